"""Exported weights: where they lie, and that they are whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pochade.core.errors import ProviderUnavailableError

FOLDER = Path(__file__).parent / "weights"
"""What comes with the package."""
NAME = "manifest.json"
FORMAT = 1


def shipped(folder: Path = FOLDER) -> bool:
    """True if the folder holds weights; whether they are whole is seen when they are loaded."""
    return (folder / NAME).is_file()


def checked(folder: Path) -> Mapping[str, Any]:
    """The manifest of a folder of weights, after every file's SHA-256 was compared with it.

    Raises:
        ProviderUnavailableError: if a file is missing or differs, or the format is another.
    """
    try:
        manifest = json.loads((folder / NAME).read_text(encoding="utf-8"))
        files = {str(name): str(entry["sha256"]) for name, entry in manifest["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ProviderUnavailableError(
            f"The weights in {folder} have no readable {NAME} ({error}). Install Pochade again, or choose another model."
        ) from error
    if manifest.get("format") != FORMAT:
        raise ProviderUnavailableError(
            f"The weights in {folder} have format {manifest.get('format')!r}; this version reads format {FORMAT}. "
            "Install the version of Pochade that wrote them."
        )
    for name, expected in files.items():
        try:
            found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        except OSError as error:
            raise ProviderUnavailableError(
                f"The weights in {folder} lack {name} ({error.strerror}). Install Pochade again, or choose another model."
            ) from error
        if found != expected:
            raise ProviderUnavailableError(
                f"The weights in {folder} are damaged: {name} has SHA-256 {found[:12]}…, not {expected[:12]}…. "
                "Install Pochade again, or choose another model."
            )
    return manifest
