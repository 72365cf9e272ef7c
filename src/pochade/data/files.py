"""Writes that leave all or nothing, and the room that is left for them."""

from __future__ import annotations

import errno
import os
import shutil
import uuid
from pathlib import Path

from pochade.core.errors import OutputError

PARTIAL = ".pochade-partial"


def write_whole(path: Path, data: bytes) -> None:
    """Writes or replaces `path` at one stroke: whatever happens, it never holds half a file.

    Raises:
        OutputError: if it cannot be written.
    """
    partial = path.with_name(f".{uuid.uuid4().hex}{PARTIAL}")
    try:
        with partial.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
        sync_folder(path.parent)
    except OSError as error:
        hint = "Free some room; the same command goes on from there." if error.errno == errno.ENOSPC else "Choose another folder."
        raise OutputError(f"Cannot write {str(path)!r} ({error.strerror}). {hint}") from error
    finally:
        partial.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Makes renames in `folder` survive a power cut."""
    if os.name == "nt":
        return  # folders cannot be opened there
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(path: Path) -> None:
    """Makes a folder and its parents.

    Raises:
        OutputError: if it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Cannot make the folder {str(path)!r} ({error.strerror}). Choose another one.") from error


def remove_leftovers(folder: Path) -> None:
    """Removes what interrupted writes left behind."""
    for partial in folder.glob(f".*{PARTIAL}"):
        partial.unlink(missing_ok=True)


def check_room(folder: Path, needed_bytes: float) -> None:
    """Raises OutputError unless `folder` has `needed_bytes` left, and a twentieth more."""
    free = shutil.disk_usage(folder).free
    if free < needed_bytes * 1.05:
        raise OutputError(
            f"About {needed_bytes / 1e9:.1f} GB are needed in {str(folder)!r}, where {free / 1e9:.1f} GB are free. "
            "Free some room, choose another folder with --out, or ask for fewer or smaller samples."
        )
