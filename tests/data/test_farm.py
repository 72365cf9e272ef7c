"""Worker processes: restarted when they crash, stopped when nobody wants their results any more."""

from __future__ import annotations

import os

import pytest

from data import works
from pochade.core.errors import DataError, OutputError
from pochade.data import farm


def test_all_tasks_are_done_with_the_threads_asked_for():
    events = list(farm.run(works.square, [1, 2, 3, 4, 5], workers=2, threads=3))
    assert sorted(event.result for event in events if isinstance(event, farm.Finished)) == [(k * k, "3") for k in (1, 2, 3, 4, 5)]
    assert sorted(event.message for event in events if isinstance(event, farm.Reported)) == [1, 2, 3, 4, 5]


def test_workers_make_room_for_new_ones():
    pids = {event.result for event in farm.run(works.pid, range(farm.TASKS_EACH + 1), workers=1) if isinstance(event, farm.Finished)}
    assert len(pids) == 2


def test_a_task_whose_worker_died_is_done_by_another(tmp_path):
    tasks = [(str(tmp_path), number) for number in (1, 2, 3)]
    events = list(farm.run(works.dies_once, tasks, workers=1))
    assert [event.result for event in events if isinstance(event, farm.Finished)] == [1, 2, 3]
    crashes = [event for event in events if isinstance(event, farm.Crashed)]
    assert [(event.task[1], event.last, event.crashes) for event in crashes] == [(2, "at 2", 1)]


def test_a_task_that_always_crashes_ends_the_run_and_is_changed_before(tmp_path):
    tried = []

    def after(task, last, crashes):
        tried.append((task, last, crashes))
        return task + 1

    with pytest.raises(DataError, match=r"died 3 times over 12 \(exit code 9\)"):
        list(farm.run(works.dies_always, [10], 1, after_crash=after))
    assert tried == [(10, "here", 1), (11, "here", 2)]


@pytest.mark.parametrize(
    ("kind", "error", "message"),
    [
        ("output", OutputError, "of kind output"),
        ("data", DataError, "of kind data"),
        ("fault", DataError, "ZeroDivisionError: of kind fault"),
    ],
)
def test_errors_come_back(kind, error, message):
    with pytest.raises(error, match=message):
        list(farm.run(works.fails, [kind], 1))


def test_closing_the_iterator_stops_the_workers():
    events = farm.run(works.waits, [1, 2], 2)
    pids = [event.message for event in (next(events), next(events)) if isinstance(event, farm.Reported)]
    assert len(pids) == 2
    events.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
