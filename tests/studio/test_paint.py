"""The use case behind every way of asking: what it asks, of whom, and what comes of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from pochade.core.errors import ProviderUnavailableError, UnsupportedRequestError
from pochade.core.values import GenerationRequest, Progress
from pochade.providers import registry
from pochade.studio import paint
from pochade.trust import regions
from pochade.trust.policy.gate import Gate

ASKED = GenerationRequest("a red apple", 1, "auto", width_px=64, height_px=64)


@pytest.fixture
def only_withheld(monkeypatch, tmp_path):
    """A model whose licence excludes the EU, and that alone is allowed."""
    monkeypatch.setattr(registry, "_ADAPTERS", dict(registry._ADAPTERS))
    registry.register("my-hunyuan", "fakes:Gradient")
    (tmp_path / "models.toml").write_text('[auto]\nallow = ["my-hunyuan"]')
    monkeypatch.setenv("POCHADE_CONFIG", str(tmp_path))
    yield
    registry._built.clear()


def painted(region: regions.Region, request: GenerationRequest = ASKED) -> list[paint.Painted]:
    async def gather() -> list[paint.Painted]:
        return [event async for event in paint.paint(request, gate=Gate(), region=region) if isinstance(event, paint.Painted)]

    return asyncio.run(gather())


def test_auto_chooses_no_model_that_may_not_be_offered_where_it_runs(only_withheld):
    eu, us = regions.region("eu"), regions.region("us")
    with pytest.raises(UnsupportedRequestError, match="its licence excludes the European Union"):
        painted(eu, replace(ASKED, model_id="my-hunyuan"))
    with pytest.raises(ProviderUnavailableError, match="auto may ask no model"):
        painted(eu)
    [picture] = painted(us)
    assert picture.recipe.model_id == "gradient"  # as the fake calls itself, wherever it is registered


def test_what_is_done_with_a_picture_takes_its_place(only_withheld):
    async def gather() -> list[object]:
        return [event async for event in paint.paint(ASKED, gate=Gate(), region=regions.region("us"), then=lambda painted: Progress(1.0))]

    events = asyncio.run(gather())
    assert not any(isinstance(event, paint.Painted) for event in events)
    assert events[-1] == Progress(1.0)
