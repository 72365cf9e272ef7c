"""Plans worked out beside this process: the same ones, each once, whatever becomes of the helpers."""

from __future__ import annotations

import io
import json
import time

import pytest

from pochade.core.errors import CancelledError, InvalidRequestError
from pochade.providers import planners
from pochade.providers.planners import Job, Planned, Planners, planned


def job(seed: int, plan: str | None = None) -> Job:
    return Job(plan, "a red apple on a wooden table", seed, 1.0, 64, 64)


def never() -> bool:
    return False


def same(a: Planned, b: Planned) -> bool:
    return a.scene_json == b.scene_json and a.guide.shape == b.guide.shape and bool((a.guide == b.guide).all())


@pytest.fixture
def crew(monkeypatch):
    """Planners with two helpers at the most, on a machine with cores and memory to spare."""
    monkeypatch.setattr(planners, "_spare_cores", lambda: 2)
    monkeypatch.setattr(planners, "_has_room", lambda: True)
    found = Planners(2)
    yield found
    found.rest()


def test_a_helper_plans_what_this_process_would():
    helper = planners._Helper()
    try:
        assert same(helper.ask(job(3)), planned(job(3)))
        assert same(helper.ask(job(4)), planned(job(4)))
    finally:
        helper.end()


def test_every_picture_is_planned_once_and_the_first_here(crew):
    jobs = [job(seed) for seed in range(5)]
    found = list(crew.all_planned(jobs, never))
    assert found[0][0] == 0 and sorted(number for number, _ in found) == [0, 1, 2, 3, 4]
    assert all(same(plan, planned(jobs[number])) for number, plan in found)


def test_helpers_do_their_part_and_stay_for_the_next_request(crew, monkeypatch):
    asked: list[int] = []

    class Noting(planners._Helper):
        def ask(self, job: Job) -> Planned:
            found = super().ask(job)
            asked.append(job.seed)
            return found

    def slowly(job: Job) -> Planned:
        while len(asked) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        return planned(job)

    monkeypatch.setattr(planners, "_Helper", Noting)
    monkeypatch.setattr(planners, "planned", slowly)
    deadline = time.monotonic() + 60
    assert len(list(crew.all_planned([job(seed) for seed in range(6)], never))) == 6
    assert len(asked) >= 2
    while crew._busy and time.monotonic() < deadline:
        time.sleep(0.05)
    stayed = set(crew._idle)
    assert stayed and not crew._busy
    assert len(list(crew.all_planned([job(seed) for seed in range(6)], never))) == 6
    while crew._busy and time.monotonic() < deadline:
        time.sleep(0.05)
    assert set(crew._idle) >= stayed


class _Broken(planners._Helper):
    def ask(self, job: Job) -> Planned:
        raise OSError("gone")


def test_what_helpers_fail_at_is_planned_here(crew, monkeypatch):
    monkeypatch.setattr(planners, "_Helper", _Broken)
    found = dict(crew.all_planned([job(seed) for seed in range(4)], never))
    assert sorted(found) == [0, 1, 2, 3] and crew._busy == 0 and not crew._idle


def test_a_plan_that_no_helper_can_work_out_is_refused_with_its_reason(crew):
    with pytest.raises(InvalidRequestError, match="not a scene of this world"):
        list(crew.all_planned([job(0), job(1, "{}"), job(2, "{}")], never))


def test_cancelling_stops_before_the_next_plan(crew):
    plans = crew.all_planned([job(seed) for seed in range(6)], lambda: True)
    next(plans)
    with pytest.raises(CancelledError):
        next(plans)


@pytest.mark.parametrize("lacking", ["_spare_cores", "_has_room"])
def test_without_cores_or_memory_to_spare_nobody_helps(crew, monkeypatch, lacking):
    monkeypatch.setattr(planners, lacking, lambda: 0)
    monkeypatch.setattr(planners, "_Helper", None)  # to start one would fail
    assert len(list(crew.all_planned([job(0), job(1)], never))) == 2


def test_idle_helpers_end(crew):
    helper = crew._taken()
    crew._returned(helper)
    crew.rest(idle_s=30)
    assert crew._idle == [helper]
    crew.rest()
    assert not crew._idle
    assert helper._process.wait(10) == 0


def test_a_helper_ends_with_its_input():
    answer = io.BytesIO()
    line = json.dumps(vars(job(1))).encode() + b"\n"
    planners.main(io.BytesIO(line), answer)  # type: ignore[arg-type]
    head, pixels = answer.getvalue().split(b"\n", 1)
    scene_json, shape = json.loads(head)
    assert same(Planned(scene_json, planned(job(1)).guide), planned(job(1))) and len(pixels) == shape[0] * shape[1] * shape[2]
