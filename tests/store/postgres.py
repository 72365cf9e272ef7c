"""A throw-away PostgreSQL server on a Unix socket, for tests and benchmarks."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_UNPRIVILEGED = "nobody"


def binaries() -> Path | None:
    """The folder of `initdb` and `postgres`, or None: Debian keeps them off the path."""
    on_path = shutil.which("initdb")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return Path(on_path).parent if on_path else found[-1].parent if found else None


@contextmanager
def cluster(bin_folder: Path) -> Iterator[str]:
    """Starts a server of its own in a new folder; gives the URL of its database "postgres"."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path must be short
    as_user = {}
    if os.geteuid() == 0:  # which the server refuses to run as
        shutil.chown(folder, _UNPRIVILEGED)
        as_user = {"user": _UNPRIVILEGED, "extra_groups": []}
    quiet = {"cwd": folder, "check": True, "capture_output": True, "timeout": 60, **as_user}
    data = folder / "data"
    try:
        initdb = [bin_folder / "initdb", "-D", data, "-U", "pochade", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(initdb, **quiet)
        # the log goes to a file: a pipe would stay open as long as the server
        control = [bin_folder / "pg_ctl", "-D", data, "-w", "-t", "30", "-l", folder / "log"]
        subprocess.run([*control, "-o", f"-k {folder} -c listen_addresses='' -c fsync=off", "start"], **quiet)
        try:
            yield f"postgresql://pochade@/postgres?host={folder}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **quiet)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
