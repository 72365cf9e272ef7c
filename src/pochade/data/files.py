"""Writes that leave all or nothing, and the room that is left for them."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from pochade.core import files
from pochade.core.errors import OutputError


def write_whole(path: Path, data: bytes) -> None:
    """As `core.files.write_whole`.

    Raises:
        OutputError: if it cannot be written.
    """
    try:
        files.write_whole(path, data)
    except OSError as error:
        hint = "Free some room; the same command goes on from there." if error.errno == errno.ENOSPC else "Choose another folder."
        raise OutputError(f"Cannot write {str(path)!r} ({error.strerror}). {hint}") from error


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
    for partial in folder.glob(f".*{files.PARTIAL}"):
        partial.unlink(missing_ok=True)


def check_room(folder: Path, needed_bytes: float) -> None:
    """Raises OutputError unless `folder` has `needed_bytes` left, and a twentieth more."""
    free = shutil.disk_usage(folder).free
    if free < needed_bytes * 1.05:
        raise OutputError(
            f"About {needed_bytes / 1e9:.1f} GB are needed in {str(folder)!r}, where {free / 1e9:.1f} GB are free. "
            "Free some room, choose another folder with --out, or ask for fewer or smaller samples."
        )
