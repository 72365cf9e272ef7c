"""Where things lie on this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

DATA = "POCHADE_DATA"
"""Environment variable that names the data folder."""


def data_folder() -> Path:
    """`$POCHADE_DATA`, else where this platform keeps the data of a program."""
    named = os.environ.get(DATA)
    return Path(named) if named else default_data_folder()


def default_data_folder() -> Path:
    """Where this platform keeps the data of a program."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "pochade"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "pochade"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "pochade"
