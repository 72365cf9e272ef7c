"""Freed memory goes back to the system, where the C library lets it."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import numpy as np
from pochade.core.memory import give_back, share_arenas

def held_mb():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 1e6

share_arenas()
blocks = [np.ones(30_000, np.uint8) for _ in range(4000)]  # small enough for the heap
last = blocks[-1]
del blocks
before = held_mb()
give_back()
print(before - held_mb())
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc tells what is held")
def test_freed_blocks_below_one_in_use_are_given_back():
    from pochade.core.memory import _library

    if _library() is None:
        pytest.skip("another C library than glibc")
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert float(done.stdout) > 80


FAULTS = """
import resource, sys
import numpy as np
from pochade.core.memory import reuse_freed

if sys.argv[1] == "reused":
    reuse_freed()
for turn in range(60):
    if turn == 10:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    arrays = [np.ones((256, 256, 3), np.float32) for _ in range(6)]
    del arrays
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems count otherwise")
def test_freed_arrays_are_used_again_without_asking_the_system():
    from pochade.core.memory import _library

    if _library() is None:
        pytest.skip("another C library than glibc")
    faults = {
        how: int(subprocess.run([sys.executable, "-c", FAULTS, how], capture_output=True, text=True, check=True).stdout)
        for how in ("reused", "as it comes")
    }
    assert faults["reused"] < 1000 < faults["as it comes"]  # fifty turns of 1,152 pages, if each is asked for


def test_without_glibc_nothing_happens(monkeypatch: pytest.MonkeyPatch):
    from pochade.core import memory

    monkeypatch.setattr(memory, "_library", lambda: None)
    memory.share_arenas.__wrapped__()
    memory.reuse_freed.__wrapped__()
    memory.give_back()
