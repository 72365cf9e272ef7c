"""Requests from words alone, painted by `pochade-1` in one call, on a tiny untrained network."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

import exported
from pochade.core.errors import NotUnderstoodError
from pochade.core.values import NO_PLAN, FinishedImage, GenerationRequest
from pochade.providers.pochade1 import TOGETHER, Pochade1
from pochade.runtime import engine, sampler

pytest.importorskip("torch")


@pytest.fixture(autouse=True)
def _tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = engine.Engine(exported.export_tiny(tmp_path))
    monkeypatch.setattr(engine, "engine", lambda adapter="": loaded)


def asked(prompt: str, seed: int, **changes):
    return GenerationRequest(prompt, seed, "pochade-1", **{"width_px": 64, "height_px": 64, "plan": NO_PLAN, "num_steps": 2, **changes})


def together(*requests, wanted=lambda number: True):
    async def collect():
        return [pair async for pair in Pochade1().generate_together(requests, wanted)]

    return asyncio.run(collect())


def finished(pairs, number):
    return [event for which, event in pairs if which == number and isinstance(event, FinishedImage)]


def test_each_gets_the_pictures_that_it_would_get_alone(monkeypatch):
    sizes, paint = [], sampler.paint

    def counted(engine, task, cancelled):
        sizes.append(len(task.seeds))
        return paint(engine, task, cancelled)

    monkeypatch.setattr(sampler, "paint", counted)
    requests = (asked("a red apple", 1, num_images=2), asked("a blue vase", 9), asked("a lemon", 5, num_images=2))
    pairs = together(*requests)
    assert sizes == [TOGETHER, 1]
    for number, request in enumerate(requests):

        async def alone(request=request):
            return [event async for event in Pochade1().generate(request) if isinstance(event, FinishedImage)]

        expected = asyncio.run(alone())
        made = finished(pairs, number)
        assert [(image.index, image.seed, image.plan) for image in made] == [(image.index, image.seed, image.plan) for image in expected]
        for one, other in zip(made, expected, strict=True):
            np.testing.assert_allclose(one.picture.astype(int), other.picture, atol=1)


def test_one_that_is_not_understood_ends_alone():
    pairs = together(asked("gibberish", 1), asked("a blue vase", 9))
    assert [type(event) for number, event in pairs if number == 0] == [NotUnderstoodError]
    assert len(finished(pairs, 1)) == 1


def test_what_is_no_longer_wanted_is_left_out():
    pairs = together(asked("a red apple", 1), asked("a blue vase", 9), wanted=lambda number: number == 1)
    assert (len(finished(pairs, 0)), len(finished(pairs, 1))) == (0, 1)


@pytest.mark.parametrize("change", [{"plan": None}, {"image": np.zeros((64, 64, 3), np.uint8)}])
def test_plans_and_pictures_to_start_from_are_painted_alone(change):
    assert Pochade1().together_key(asked("a lemon", 1, **change)) is None
    assert Pochade1().together_key(asked("a lemon", 1)) == Pochade1().together_key(asked("a pear", 2))
