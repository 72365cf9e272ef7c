"""Files that several processes write by turns."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_BEYOND = 1 << 40
"""Where Windows locks a byte: past any end, since what is locked there cannot be read by others."""
_RETRY_S = 0.01


@contextmanager
def locked(path: Path) -> Iterator[BinaryIO]:
    """The file, made if there is none and for its owner's eyes, while nobody else has it so. Other processes and threads wait.

    Raises:
        OSError: if it can be neither opened nor made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    opened = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(opened, "r+b") as file:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX)  # given back when the file is closed
            yield file
            return
        _lock_byte(file)
        try:
            yield file
            file.flush()
        finally:
            _unlock_byte(file)


def _lock_byte(file: BinaryIO) -> None:
    import msvcrt

    while True:
        file.seek(_BEYOND)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # Windows only
            file.seek(0)
            return
        except OSError:
            time.sleep(_RETRY_S)


def _unlock_byte(file: BinaryIO) -> None:
    import msvcrt

    file.seek(_BEYOND)
    msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)  # type: ignore[attr-defined]  # Windows only
