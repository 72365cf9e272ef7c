"""`pochade-1` from request to picture, on a tiny untrained network."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import exported
from pochade.core.errors import (
    InvalidRequestError,
    NotUnderstoodError,
    ProviderUnavailableError,
    UnknownModelError,
    UnsupportedRequestError,
)
from pochade.core.values import NO_PLAN, FinishedImage, GenerationEvent, GenerationRequest, ImageProvider, Notice, Preview, PromptRead
from pochade.providers import pochade1, registry
from pochade.providers.pochade1 import LARGEST_PLANNED, Pochade1, painted_size
from pochade.runtime import adapters, engine, manifest, sampler
from pochade.runtime.engine import Engine

pytest.importorskip("torch")


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported.export_tiny(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(autouse=True)
def _tiny(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = engine.Engine(folder)
    monkeypatch.setattr(engine, "engine", lambda adapter="": loaded)


def paint(model: ImageProvider | None = None, **wanted: Any) -> list[GenerationEvent]:
    async def collect() -> list[GenerationEvent]:
        request = GenerationRequest(
            **{"prompt": "a red apple", "seed": 1, "width_px": 64, "height_px": 64, "model_id": "pochade-1", **wanted}
        )
        return [event async for event in (model or Pochade1()).generate(request)]

    return asyncio.run(collect())


def finished(**wanted: Any) -> list[FinishedImage]:
    return [event for event in paint(**wanted) if isinstance(event, FinishedImage)]


def test_a_prompt_is_read_planned_and_painted():
    events = paint(prompt="a red apple and a violin", num_images=2)
    assert isinstance(events[0], PromptRead) and [word.word for word in events[0].unknown] == ["violin"]
    pictures = [event for event in events if isinstance(event, FinishedImage)]
    assert [(image.index, image.seed, image.picture.shape) for image in pictures] == [(0, 1, (64, 64, 3)), (1, 2, (64, 64, 3))]
    assert sum(isinstance(event, Preview) for event in events) == 2 * (pochade1.PLANNED_STEPS - 1)
    assert pictures[0].plan and '"apple"' in pictures[0].plan and "world" in pictures[0].versions


def test_a_picture_repeats_from_its_seed_and_from_its_plan():
    second = finished(num_images=2)[1]
    np.testing.assert_allclose(finished(seed=2)[0].picture.astype(int), second.picture, atol=1)
    again = finished(seed=2, plan=second.plan)[0]
    assert again.plan == second.plan
    np.testing.assert_allclose(again.picture.astype(int), second.picture, atol=1)


def test_the_best_quality_is_painted_twice_as_large_and_a_draft_half_as_large(monkeypatch: pytest.MonkeyPatch):
    sizes = []
    paint_ = sampler.paint

    def spied(engine: Any, task: Any, cancelled: Any = None):
        sizes.append((task.width_px, task.height_px))
        return paint_(engine, task, cancelled)

    monkeypatch.setattr(sampler, "paint", spied)
    assert finished(quality="best")[0].picture.shape == (64, 64, 3)
    finished(quality="standard")
    finished(quality="best", plan=NO_PLAN)
    assert finished(quality="draft")[0].picture.shape == (64, 64, 3)
    finished(quality="draft", plan=NO_PLAN)
    assert sizes == [(128, 128), (64, 64), (64, 64), (32, 32), (64, 64)]


def test_words_alone_need_no_plan_and_say_so():
    image = finished(plan=NO_PLAN, num_steps=2)[0]
    assert image.plan == NO_PLAN and "world" not in image.versions


def test_what_goes_under_a_mask_begins_as_its_surroundings_end():
    from pochade.providers.pochade1 import _finished

    rng = np.random.default_rng(0)
    before = np.clip(np.linspace(60, 120, 64)[None, :, None] + rng.normal(0, 1, (64, 64, 3)), 0, 255).astype(np.uint8)
    mask = np.zeros((64, 64), bool)
    mask[:, 40:] = True
    junk = np.where(mask[..., None], np.uint8(255), before)  # what lies under the mask is not looked at
    made = np.clip(np.rint(before * 0.7), 0, 255).astype(np.uint8)  # the same scene, exposed otherwise
    request = GenerationRequest("a lemon", 1, "pochade-1", width_px=64, height_px=64, image=junk, mask=mask)
    found = _finished(request, made)
    np.testing.assert_array_equal(found[~mask], before[~mask])
    assert np.abs(found.astype(int) - before)[mask].mean() < 2
    other = _finished(request, 255 - made).astype(int)  # another scene: its own away from the seam, no step at it
    assert np.abs(other[:, 60:] - (255 - made)[:, 60:]).max() <= 1
    assert np.abs(other[:, 40].mean(0) - before[:, 39].mean(0)).max() < np.abs(other[:, 60].mean(0) - before[:, 39].mean(0)).max()


def test_under_a_mask_only_is_painted():
    start = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    mask = np.zeros((64, 64), bool)
    mask[8:40, 8:40] = True
    made = finished(image=start, mask=mask, num_steps=1)[0].picture
    np.testing.assert_array_equal(made[~mask], start[~mask])
    assert not np.array_equal(made, start)


def test_painting_over_a_picture_says_that_it_is_rough():
    start = np.full((64, 64, 3), 90, np.uint8)
    assert any(isinstance(event, Notice) and "without a plan" in event.message for event in paint(image=start, num_steps=1))
    assert not any(isinstance(event, Notice) and "without a plan" in event.message for event in paint(num_steps=1))


def test_large_pictures_are_painted_small_and_enlarged_openly():
    events = paint(width_px=512, height_px=256, num_steps=1)
    assert any(isinstance(event, Notice) and "enlarged to 512x256" in event.message for event in events)
    assert isinstance(events[-1], FinishedImage) and events[-1].picture.shape == (256, 512, 3)


SIZES = {(256, 256): (256, 256), (320, 208): (320, 208), (512, 512): (256, 256), (640, 416): (320, 208), (64, 64): (256, 256)}


@pytest.mark.parametrize(("size", "painted"), SIZES.items())
def test_pictures_are_painted_near_the_class_of_the_training(size: tuple[int, int], painted: tuple[int, int]):
    assert painted_size(*size, 256) == painted


PLANNED = {(512, 512): (512, 512), (640, 416): (640, 416), (1024, 1024): (512, 512), (64, 64): (256, 256), (2048, 256): (1456, 176)}


@pytest.mark.parametrize(("size", "painted"), PLANNED.items())
def test_planned_pictures_are_painted_as_large_as_twice_the_class(size: tuple[int, int], painted: tuple[int, int]):
    assert painted_size(*size, 256, LARGEST_PLANNED) == painted


def test_what_cannot_be_painted_is_said_at_once():
    with pytest.raises(NotUnderstoodError, match="known to pochade-1"):
        paint(prompt="xyzzy")
    with pytest.raises(InvalidRequestError, match="not a scene of this world"):
        paint(plan='{"entities": 3}')
    with pytest.raises(UnsupportedRequestError, match="accepts 1 to 50"):
        paint(num_steps=51)


def test_it_is_registered_only_with_its_weights(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(registry, "shipped", lambda: False)
    assert "pochade-1" not in registry.model_ids()
    monkeypatch.setattr(registry, "shipped", lambda: True)
    assert "pochade-1" in registry.model_ids()
    assert isinstance(registry.provider("pochade-1"), Pochade1)


def test_an_adapter_is_a_model_of_its_own(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import torch

    from pochade.model.lowrank import adapt, write_adapter
    from pochade.model.state import load_snapshot, sha256

    snapshot, place = folder.parent / "snapshot.safetensors", tmp_path / "adapters" / "evening.safetensors"
    net = adapt(load_snapshot(snapshot)[0], 2)
    learned = {name: torch.full_like(parameter, 0.1) for name, parameter in net.named_parameters() if parameter.requires_grad}
    place.parent.mkdir()
    write_adapter(place, learned, {"base_sha256": sha256(snapshot)})
    monkeypatch.setenv("POCHADE_DATA", str(tmp_path))
    monkeypatch.setattr(registry, "shipped", lambda: True)
    plainly = engine.engine()
    monkeypatch.setattr(engine, "engine", lambda name: Engine(folder, adapter=adapters.read(adapters.find(name).path)) if name else plainly)
    assert {"pochade-1", "pochade-1@evening"} <= set(registry.model_ids())
    model = registry.provider("pochade-1@evening")
    assert model.model_id == "pochade-1@evening" and "adapter evening" in model.capabilities.summary
    assert registry.provider("pochade-1").model_id == "pochade-1"
    taught, plain = finished(model=model)[0], finished()[0]
    assert taught.versions["adapter"] == sha256(place)[:16] and "adapter" not in plain.versions
    assert taught.versions["weights"] == plain.versions["weights"]
    assert not np.array_equal(taught.picture, plain.picture)
    np.testing.assert_array_equal(finished(model=model)[0].picture, taught.picture)
    with pytest.raises(UnknownModelError, match=r"Got model 'pochade-1@noon'; available: .*pochade-1@evening"):
        registry.provider("pochade-1@noon")
    place.unlink()
    with pytest.raises(ProviderUnavailableError, match=r"Got adapter 'evening'; in .* lie: none"):
        finished(model=model)


def test_shipped_weights_are_whole():
    if not manifest.shipped():
        pytest.skip("no weights are shipped")
    assert sum(entry["bytes"] for entry in manifest.checked(manifest.FOLDER)["files"].values()) <= 48 * 2**20
