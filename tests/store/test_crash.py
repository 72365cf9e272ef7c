"""kill -9 at any moment loses nothing that was accepted and duplicates nothing. The long run: benchmarks/crash.py --rounds 1000."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from pochade.store.database import Database

CRASH = Path(__file__).parents[2] / "benchmarks" / "crash.py"


def test_killed_processes_lose_and_duplicate_nothing(database_url, quick_folder):
    processes = "1" if database_url.startswith("sqlite") else "2"
    command = [sys.executable, CRASH, "--rounds", "10", "--longest-s", "0.2", "--processes", processes, "--database", database_url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, env={**os.environ, "TMPDIR": str(quick_folder)})
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert (report["rounds"], report["lost_jobs"], report["duplicate_pictures"], report["damage"]) == (10, 0, 0, 0)
    assert report["accepted"] > 0, "the processes did work"
    Database(database_url).close()  # no lock is left behind
