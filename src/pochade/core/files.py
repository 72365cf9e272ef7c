"""Writes that leave all or nothing: whatever happens, a file is never half there."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PARTIAL = ".pochade-partial"
"""Ending of files that are being written; an interrupted write may leave one."""


def write_whole(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Writes or replaces `path`, with these permissions less those that the process masks. Raises OSError."""
    with _partial(path, data, mode) as partial:
        os.replace(partial, path)
    sync_folder(path.parent)


def write_new(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Writes a file that is not there yet.

    Args:
        mode: permissions, less those that the process masks.

    Raises:
        FileExistsError: if it is.
        OSError: if it cannot be written.
    """
    with _partial(path, data, mode) as partial:
        try:
            os.link(partial, path)
        except FileExistsError:
            raise
        except OSError:  # no hard links on this file system
            if path.exists():
                raise FileExistsError(path) from None
            os.rename(partial, path)
    sync_folder(path.parent)


def kept_secret(path: Path, draw: Callable[[], bytes]) -> bytes:
    """What the file holds; if there is none, `draw` makes it, for its owner's eyes. Of two processes at once the first one's holds.

    Raises:
        OSError: if it can be neither read nor made.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with suppress(FileExistsError):
            write_new(path, draw(), 0o600)
    return path.read_bytes()


def sync_folder(folder: Path) -> None:
    """Makes renames in `folder` survive a power cut."""
    if os.name == "nt":
        return  # folders cannot be opened there
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _partial(path: Path, data: bytes, mode: int = 0o666) -> Iterator[Path]:
    """A file beside `path` that holds `data` and is gone afterwards, unless it was moved."""
    partial = path.with_name(f".{uuid.uuid4().hex}{PARTIAL}")
    try:
        with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield partial
    finally:
        partial.unlink(missing_ok=True)
