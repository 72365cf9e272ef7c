"""Files that several processes write by turns."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pochade.core.files import write_whole

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
    while True:
        opened = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(opened, "r+b") as file:
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_EX)  # given back when the file is closed
                if not _is_at(file, path):  # put away by `replace` while this waited
                    continue
                yield file
                return
            _lock_byte(file)
            try:
                yield file
                file.flush()
            finally:
                _unlock_byte(file)
            return


def replace(path: Path, file: BinaryIO, content: bytes) -> None:
    """Puts other content into a file that is `locked` as `file`: all of it or, if the process ends meanwhile, nothing.

    On Windows, which does not rename over a file that is open, it is written over instead.
    """
    if fcntl is None:
        file.seek(0)
        file.write(content)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
        return
    write_whole(path, content, 0o600)


def _is_at(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except FileNotFoundError:
        return False


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
