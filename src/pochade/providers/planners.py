"""Plans of several pictures at once, worked out by processes beside this one.

Threads would not do: plans are thousands of operations on small arrays, each of which holds the interpreter's lock (experiments/LOG.md).
A helper is `python -m pochade.providers.planners`: jobs in, plans out, until its input ends.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass
from math import prod
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import numpy as np

from pochade.core.errors import CancelledError
from pochade.providers import planning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MOST = 4
"""Helpers at the most; each takes about half a gigabyte while it works."""
FREE_BYTES = 1_500_000_000
"""Memory that has to be free for one more of them."""
MODULE = "pochade.providers.planners"
IDLE_S = 60.0
"""After this long without work they end."""


@dataclass(frozen=True)
class Job:
    """A picture to be planned.

    Attributes:
        plan, prompt, seed, aspect: as for `planning.scene_of`. width_px, height_px: of its guide maps.
    """

    plan: str | None
    prompt: str
    seed: int
    aspect: float
    width_px: int
    height_px: int


class Planned(NamedTuple):
    """A scene as JSON, and its guide (H, W, C) uint8 as the own model sees it: `data.guide.channels`."""

    scene_json: str
    guide: np.ndarray


def planned(job: Job) -> Planned:
    """The plan of a picture.

    Raises:
        InvalidRequestError: for a plan that is no scene.
    """
    from pochade.data.guide import channels
    from pochade.world.render.guide import guide

    scene = planning.scene_of(job.plan, job.prompt, job.seed, job.aspect)
    return Planned(scene.to_json(), channels(guide(scene, job.width_px, job.height_px, mirrors=True)))


class _Helper:
    """A process that works out one plan after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
        self.idle_since = 0.0

    def ask(self, job: Job) -> Planned:
        """See `planned`.

        Raises:
            OSError, ValueError: if the process ended, or could not plan this.
        """
        asked, answer = self._process.stdin, self._process.stdout
        assert asked is not None and answer is not None
        asked.write(json.dumps(asdict(job)).encode() + b"\n")
        asked.flush()
        scene_json, shape = json.loads(answer.readline())
        return Planned(scene_json, np.frombuffer(answer.read(prod(shape)), np.uint8).reshape(shape))

    def end(self) -> None:
        """Lets it finish what it is at; it hears of nothing more."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        threading.Thread(target=self._process.wait, name="planner-ends", daemon=True).start()


class Planners:
    """The helpers of this process. They come with the first request of several pictures, and go when there is nothing to do.

    Args:
        most: how many there may be.
    """

    def __init__(self, most: int = MOST):
        self.most = most
        self._idle: list[_Helper] = []
        self._busy = 0
        self._lock = threading.Lock()

    def all_planned(self, jobs: Sequence[Job], cancelled: Callable[[], bool]) -> Iterator[tuple[int, Planned]]:
        """Plans of all jobs, one at least, with their indices, as they are done: here, and by helpers meanwhile.

        Raises:
            CancelledError: when `cancelled()` turned true.
            Whatever a plan that cannot be worked out raises.
        """
        left, done = deque(range(len(jobs))), SimpleQueue[tuple[int, Planned | None]]()
        asked = min(self.most, _spare_cores(), len(jobs) - 1)
        threads = [threading.Thread(target=self._help, args=(jobs, left, done), name="planner", daemon=True) for _ in range(asked)]
        try:
            first = left.popleft()  # this process is warm: its picture is the first
            for thread in threads:
                thread.start()
            yield first, planned(jobs[first])
            for _ in jobs[1:]:
                yield self._next(jobs, left, done, cancelled)
        finally:
            left.clear()

    def _next(
        self, jobs: Sequence[Job], left: deque[int], done: SimpleQueue[tuple[int, Planned | None]], cancelled: Callable[[], bool]
    ) -> tuple[int, Planned]:
        """What a helper has done by now, or what is left, done here; where nothing is, what a helper does next."""
        while not cancelled():
            with suppress(Empty):
                index, found = done.get(timeout=0.0 if left else 0.1)
                return index, planned(jobs[index]) if found is None else found
            with suppress(IndexError):
                index = left.popleft()
                return index, planned(jobs[index])
        raise CancelledError()

    def _help(self, jobs: Sequence[Job], left: deque[int], done: SimpleQueue[tuple[int, Planned | None]]) -> None:
        """A thread that has a helper work on what is left. What it fails at goes back as None."""
        helper = self._taken()
        if helper is None:
            return
        while left:
            try:
                index = left.popleft()
            except IndexError:
                break
            try:
                done.put((index, helper.ask(jobs[index])))
            except (OSError, ValueError):
                done.put((index, None))
                helper.end()
                with self._lock:
                    self._busy -= 1
                return
        self._returned(helper)

    def _taken(self) -> _Helper | None:
        """An idle helper, or a new one where there may be one more."""
        with self._lock:
            if self._idle:
                self._busy += 1
                return self._idle.pop()
            if self._busy >= self.most or not _has_room():
                return None
            self._busy += 1
        try:
            return _Helper()
        except OSError:
            with self._lock:
                self._busy -= 1
            return None

    def _returned(self, helper: _Helper) -> None:
        helper.idle_since = time.monotonic()
        with self._lock:
            self._busy -= 1
            self._idle.append(helper)
        timer = threading.Timer(IDLE_S, self.rest, args=(IDLE_S,))
        timer.daemon = True
        timer.start()

    def rest(self, idle_s: float = 0.0) -> None:
        """Ends the helpers that have had nothing to do for this long."""
        latest = time.monotonic() - idle_s
        with self._lock:
            ending = [helper for helper in self._idle if helper.idle_since <= latest]
            self._idle = [helper for helper in self._idle if helper.idle_since > latest]
        for helper in ending:
            helper.end()


def _spare_cores() -> int:
    from pochade.world.render.backend import threads

    return threads() - 1


def _has_room() -> bool:
    """Whether there is memory for one more helper; yes where the system does not say, which only Linux does."""
    try:
        told = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
        return 1024 * int(told["MemAvailable"].split()[0]) > FREE_BYTES
    except (OSError, KeyError, ValueError):
        return True


def main(asked: BinaryIO, answer: BinaryIO) -> None:
    """Answers jobs, a line of JSON each: a line with scene and shape, then the guide's bytes. Ends with its input, or a failure."""
    from pochade.core.memory import give_back, share_arenas

    share_arenas()
    for line in asked:
        found = planned(Job(**json.loads(line)))
        answer.write(json.dumps([found.scene_json, found.guide.shape]).encode() + b"\n" + found.guide.tobytes())
        answer.flush()
        give_back()


PLANNERS = Planners()
atexit.register(PLANNERS.rest)

if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
