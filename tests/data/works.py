"""Work for worker processes that needs no renderer."""

from __future__ import annotations

import os
import time
from pathlib import Path

from pochade.core.errors import DataError, OutputError


def square(task, report):
    report(task)
    return task * task, os.environ["OMP_NUM_THREADS"]


def dies_once(task, report):
    folder, number = task
    report(f"at {number}")
    mark = Path(folder) / f"{number}"
    if number == 2 and not mark.exists():
        mark.touch()
        os._exit(9)
    return number


def dies_always(task, report):
    report("here")
    os._exit(9)


def fails(task, report):
    raise {"output": OutputError, "data": DataError, "fault": ZeroDivisionError}[task](f"of kind {task}")


def waits(task, report):
    report(os.getpid())
    time.sleep(600)


def pid(task, report):
    return os.getpid()
