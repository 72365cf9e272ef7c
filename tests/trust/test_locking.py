"""Files that several processes write by turns."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace

import pytest

from pochade.trust import locking
from pochade.trust.locking import locked


def add_one(path: Path) -> None:
    for _ in range(50):
        with locked(path) as file:
            count = int(file.read() or b"0")
            file.seek(0)
            file.write(str(count + 1).encode())


def test_nobody_is_overwritten(tmp_path):
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        list(pool.map(add_one, [tmp_path / "deep" / "count"] * 3))
    assert (tmp_path / "deep" / "count").read_bytes() == b"150"


class Windows:
    """As much of msvcrt as is used: one byte of a file, locked by one at a time."""

    LK_NBLCK, LK_UNLCK = 2, 0

    def __init__(self):
        self.held = threading.Lock()

    def locking(self, number: int, mode: int, count: int) -> None:
        assert count == 1
        if mode == self.LK_UNLCK:
            self.held.release()
        elif not self.held.acquire(blocking=False):
            raise OSError(36, "Resource deadlock avoided")


@pytest.fixture
def windows(monkeypatch):
    api = Windows()
    monkeypatch.setattr(locking, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", SimpleNamespace(LK_NBLCK=api.LK_NBLCK, LK_UNLCK=api.LK_UNLCK, locking=api.locking))
    return api


def test_where_there_is_no_flock_a_byte_is_locked(windows, tmp_path):
    threads = [threading.Thread(target=add_one, args=(tmp_path / "count",)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "count").read_bytes() == b"150"
    assert not windows.held.locked()


def test_a_fault_gives_the_lock_back(windows, tmp_path):
    with pytest.raises(ZeroDivisionError), locked(tmp_path / "file"):
        1 / 0  # noqa: B018
    assert not windows.held.locked()
