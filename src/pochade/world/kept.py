"""Drawn arrays that are kept in the cache folder, since drawing them takes a hundred times as long as reading: tiles, sheets of clouds."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]


@cache
def folder(kind: str, *code: ModuleType) -> Path:
    """The cache folder of what these modules draw; another version of their code has another."""
    drawing = b"".join(Path(str(module.__file__)).read_bytes() for module in code)
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return root / "pochade" / kind / hashlib.sha256(drawing + np.__version__.encode()).hexdigest()[:16]


def kept(path: Path, names: tuple[str, ...], draw: Callable[[], Arrays]) -> Arrays:
    """Arrays of these names out of a file, or drawn and left in it. A full or read-only disk only costs the drawing next time."""
    try:
        # of a cut-off file, `np.load` would leave its own handle open
        with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
            return {name: found[name] for name in names}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        drawn = draw()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}")
        with part.open("wb") as file:
            np.savez(file, **drawn)  # pyright: ignore[reportArgumentType]
        part.replace(path)
    except OSError:
        pass
    return drawn
