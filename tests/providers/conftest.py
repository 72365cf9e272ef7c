"""Tests of providers see an empty configuration, and collect events the same way."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pochade.core.values import FinishedImage, GenerationEvent, GenerationRequest, ImageProvider
from pochade.providers import registry


@pytest.fixture(autouse=True)
def config_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "config"
    monkeypatch.setenv("POCHADE_CONFIG", str(folder))
    return folder


@pytest.fixture(autouse=True)
def few_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only these, whatever other tests have registered, and whether or not the own model's weights are there."""
    monkeypatch.setattr(registry, "shipped", lambda: False)
    monkeypatch.setattr(registry, "_ADAPTERS", {name: registry._ADAPTERS[name] for name in ("pathtracer", "auto", "gradient")})


@pytest.fixture
def paint():
    """Runs a provider to its end; gives all events."""

    def run(provider: ImageProvider, request: GenerationRequest) -> list[GenerationEvent]:
        async def gather() -> list[GenerationEvent]:
            return [event async for event in provider.generate(request)]

        return asyncio.run(gather())

    return run


@pytest.fixture
def finished(paint):
    """Runs a provider to its end; gives the finished pictures."""

    def run(provider: ImageProvider, request: GenerationRequest) -> list[FinishedImage]:
        return [event for event in paint(provider, request) if isinstance(event, FinishedImage)]

    return run
