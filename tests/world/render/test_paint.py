"""Painting step by step: watched, stopped, repeated, and well exposed."""

import importlib
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from pochade.core.errors import CancelledError, InvalidRequestError
from pochade.world.compose import compose
from pochade.world.parser import parse
from pochade.world.render.paint import QUALITIES, Quality, RenderProgress, paint, paint_stage
from pochade.world.scene import Scene
from pochade.world.staging import stage

SIZE = 48
PROMPTS = (
    "a red glass vase on a marble table by a window",
    "three apples on an oak table at golden hour",
    "a gold ring on slate, hard spotlight",
    "a white porcelain teapot, softbox",
    "two candles by candlelight",
    "a chrome ball and a blue cube in neon light",
    "a lemon on a white studio floor at noon, high key",
    "a desert at noon",
    "the sea at dusk",
)


@lru_cache(maxsize=32)
def scene(prompt: str, seed: int = 5) -> Scene:
    return compose(parse(prompt).description, seed)


@lru_cache(maxsize=32)
def picture(prompt: str, seed: int = 5) -> np.ndarray:
    *_, last = paint(scene(prompt, seed), SIZE, SIZE, "draft")
    assert last.picture is not None
    return last.picture


def test_progress_rises_to_one_and_ends_with_the_picture() -> None:
    steps = list(paint(scene(PROMPTS[3]), SIZE, SIZE, "draft"))
    fractions = [step.fraction for step in steps]
    assert fractions[0] == 0.0 and fractions[-1] == 1.0
    assert fractions == sorted(fractions)
    assert all(step.picture is None for step in steps[:-1])
    assert steps[-1].picture is not None


def test_previews_come_before_the_picture_and_look_like_it(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = importlib.import_module("pochade.world.render.trace")
    monkeypatch.setattr(trace, "MAX_LANES", SIZE * SIZE * 8)  # several launches even for a picture this small
    steps = list(paint_stage(stage(scene(PROMPTS[3])), SIZE, SIZE, Quality(32, 1.0, 8), 1))
    previews = [step.preview for step in steps if step.preview is not None]
    assert len(previews) >= 2
    final = steps[-1].picture
    assert final is not None and steps[-1].preview is None
    for preview in previews:
        assert preview.shape == (SIZE, SIZE, 3) and preview.dtype == np.uint8
        assert np.abs(preview.astype(float) - final).mean() < 25


@pytest.mark.parametrize("after", [0, 1, 2])
def test_cancelling_stops_the_painting(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    trace = importlib.import_module("pochade.world.render.trace")
    monkeypatch.setattr(trace, "MAX_LANES", SIZE * SIZE * 4)
    asked = iter(range(1000))
    seen: list[RenderProgress] = []
    with pytest.raises(CancelledError):
        for step in paint(scene(PROMPTS[3]), SIZE, SIZE, "draft", cancelled=lambda: next(asked) >= after):
            seen.append(step)
    assert all(step.picture is None for step in seen)


def test_unknown_quality_is_refused_before_any_work() -> None:
    with pytest.raises(InvalidRequestError, match=r"'superb'.*draft, standard, best"):
        next(paint(scene(PROMPTS[3]), SIZE, SIZE, "superb"))


def test_better_quality_means_more_work() -> None:
    draft, standard, best = (QUALITIES[name] for name in ("draft", "standard", "best"))
    assert draft.spp < standard.spp < best.spp
    assert draft.denoise >= standard.denoise >= best.denoise
    assert draft.max_depth <= standard.max_depth <= best.max_depth


@pytest.mark.parametrize("size", [(48, 48), (64, 36), (30, 48)])
def test_picture_has_the_size_asked_for(size: tuple[int, int]) -> None:
    width, height = size
    *_, last = paint(compose(parse(PROMPTS[3]).description, 5, width / height), width, height, "draft")
    assert last.picture is not None
    assert last.picture.shape == (height, width, 3) and last.picture.dtype == np.uint8


@pytest.mark.parametrize("prompt", PROMPTS)
def test_picture_is_well_exposed(prompt: str) -> None:
    image = picture(prompt).astype(float)
    clipped = (image >= 255).all(-1).mean()
    assert clipped < 0.01, f"{clipped:.1%} of the picture is plain white"
    luminance = image @ [0.2126, 0.7152, 0.0722]
    assert 18 < luminance.mean() < 225, "black or washed out"
    assert np.percentile(luminance, 98) > 70, "no light in it"
    assert np.ptp(np.percentile(luminance, [2, 98])) > (20 if "high key" in prompt else 35), "no contrast"


def test_same_scene_gives_the_same_bits() -> None:
    *_, again = paint(compose(parse(PROMPTS[0]).description, 5), SIZE, SIZE, "draft")
    assert np.array_equal(picture(PROMPTS[0]), again.picture)


@pytest.mark.parametrize("prompt", [PROMPTS[0], PROMPTS[7]])
def test_other_seed_gives_another_picture(prompt: str) -> None:
    first, second = picture(prompt), picture(prompt, 6)
    assert np.abs(first.astype(float) - second).mean() > 4


def test_what_is_said_shows() -> None:
    """The same scene in another colour and light is another picture, in the direction that the words say."""
    base = scene("a red rubber ball on a white studio floor, softbox")
    red = painted(base)
    blue = painted(replace(base, things=tuple(replace(t, color="blue") for t in base.things)))
    middle = np.s_[SIZE // 3 : 2 * SIZE // 3, SIZE // 3 : 2 * SIZE // 3]
    assert red[middle][..., 0].mean() > red[middle][..., 2].mean() + 25
    assert blue[middle][..., 2].mean() > blue[middle][..., 0].mean() + 25
    grey = painted(replace(base, description=replace(base.description, moods=("black and white",))))
    assert np.ptp(grey, axis=-1).max() <= 2
    warm, cool = (painted(replace(base, description=replace(base.description, moods=(mood,)))) for mood in ("warm", "cool"))
    assert (warm[..., 0] - warm[..., 2]).mean() > (cool[..., 0] - cool[..., 2]).mean() + 5


def painted(s: Scene) -> np.ndarray:
    *_, last = paint(s, SIZE, SIZE, "draft")
    assert last.picture is not None
    return last.picture.astype(float)
