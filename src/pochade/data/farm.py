"""Worker processes that take tasks, report on the way, and are replaced when they crash.

A renderer can take its whole process down (a fault in compiled code, memory). So every worker is a process of its own, started
fresh rather than forked; the parent notices its death at once and hands the task to a new one.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from pochade.core.errors import DataError, OutputError, PochadeError

MAX_CRASHES = 3
"""Times that one task may take its worker down."""

Report = Callable[[Any], None]
Work = Callable[[Any, Report], Any]

TASKS_EACH = 4
"""Tasks after which a worker makes room for a new one: renderers keep compiled kernels, and so grow with every scene."""

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Reported:
    """A worker said something about its task."""

    task: Any
    message: Any


@dataclass(frozen=True)
class Finished:
    """A task is done."""

    task: Any
    result: Any


@dataclass(frozen=True)
class Crashed:
    """A worker died over a task, which is tried again.

    Attributes:
        last: its last report on the task, or None.
        crashes: how often this task has done so by now.
    """

    task: Any
    last: Any
    crashes: int


Event = Reported | Finished | Crashed


class _Worker:
    def __init__(self, work: Work, threads: int):
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(work, theirs), daemon=True)
        with _threads_limited(threads):
            self.process.start()
        theirs.close()
        self.task: Any = None
        self.last: Any = None
        self.given = 0

    def give(self, task: Any) -> None:
        self.task, self.last, self.given = task, None, self.given + 1
        with contextlib.suppress(OSError):  # already dead: seen at the next wait
            self.connection.send(task)

    def stop(self) -> None:
        self.process.terminate()
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.connection.close()


def run(
    work: Work,
    tasks: Sequence[Any],
    workers: int,
    threads: int = 1,
    after_crash: Callable[[Any, Any, int], Any] = lambda task, last, crashes: task,
) -> Iterator[Event]:
    """Does all tasks, in order as far as there are workers free, and tells what happens.

    Args:
        work: a function of a module, called as `work(task, report)` in a worker; what it returns comes back in `Finished`.
        threads: threads for each worker's arithmetic, set in its environment.
        after_crash: makes the task to try next from (task, last report, number of crashes).

    Raises:
        DataError: when a task has crashed `MAX_CRASHES` times, or failed with an error; OutputError as the work raised it.

    Closing the iterator stops the workers.
    """
    waiting = deque((task, 0) for task in tasks)
    running: dict[_Worker, int] = {}
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                idle = _Worker(work, threads)
                _hand_out(idle, waiting, running)
            for event, worker in list(_news(running)):
                if isinstance(event, Crashed):
                    crashes = running.pop(worker) + 1
                    worker.stop()
                    if crashes >= MAX_CRASHES:
                        raise DataError(
                            f"A worker died {crashes} times over {event.task} (exit code {worker.process.exitcode}). "
                            "What was finished is kept; look at the memory that is left, and run the same command again."
                        )
                    waiting.appendleft((after_crash(event.task, event.last, crashes), crashes))
                    yield Crashed(event.task, event.last, crashes)
                else:
                    if isinstance(event, Finished):
                        del running[worker]
                        if waiting and worker.given < TASKS_EACH:
                            _hand_out(worker, waiting, running)
                        else:
                            worker.stop()
                    yield event
    finally:
        for worker in running:
            worker.stop()


def _hand_out(worker: _Worker, waiting: deque[tuple[Any, int]], running: dict[_Worker, int]) -> None:
    task, crashes = waiting.popleft()
    running[worker] = crashes
    worker.give(task)


def _news(running: dict[_Worker, int]) -> Iterator[tuple[Event, _Worker]]:
    """Waits until at least one worker has something to say or has died."""
    by_connection = {worker.connection: worker for worker in running}
    for ready in wait(list(by_connection)):
        worker = by_connection[ready]  # type: ignore[index]
        try:
            kind, value = worker.connection.recv()
        except (EOFError, OSError):
            worker.process.join(5)
            yield Crashed(worker.task, worker.last, 0), worker
            continue
        if kind == "report":
            worker.last = value
            yield Reported(worker.task, value), worker
        elif kind == "done":
            yield Finished(worker.task, value), worker
        elif kind == "output":
            raise OutputError(value)
        else:
            raise DataError(value)


def _serve(work: Work, connection: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when to stop
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the parent is gone: so are we
        while True:
            task = connection.recv()
            try:
                connection.send(("done", work(task, lambda message: connection.send(("report", message)))))
            except (BrokenPipeError, ConnectionResetError):
                raise
            except OutputError as error:
                connection.send(("output", str(error)))
            except PochadeError as error:
                connection.send(("error", str(error)))
            except Exception:
                connection.send(("error", f"The work on {task} failed:\n{traceback.format_exc()}"))


@contextlib.contextmanager
def _threads_limited(threads: int) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in _THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(_THREAD_VARIABLES, str(threads)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
