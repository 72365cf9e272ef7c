"""Painting: seeds, sizes, guides, masks, previews, cancelling."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from pochade.core.conditions import ALBEDO, DEPTH, DRAFT, EDGES, GUIDE_CHANNELS, METALNESS, ROUGHNESS, TRANSMISSION
from pochade.core.errors import CancelledError, InvalidRequestError
from pochade.runtime.engine import Engine
from pochade.runtime.sampler import Task, paint, with_detail

TASK = Task(["a red ball"], [3], 64, 64, num_steps=2)


def last(engine: Engine, task: Task) -> np.ndarray:
    *_, end = paint(engine, task)
    assert end.fraction == 1
    return end.pictures


def test_the_same_seed_is_the_same_picture_alone_and_in_company(tiny_engine: Engine):
    alone = last(tiny_engine, TASK)
    np.testing.assert_array_equal(alone, last(tiny_engine, TASK))
    both = last(tiny_engine, replace(TASK, captions=["a red ball"] * 2, seeds=[2, 3]))
    assert np.abs(both[1].astype(int) - alone[0]).max() <= 1
    assert not np.array_equal(both[0], both[1])


@pytest.mark.parametrize(("width", "height"), [(64, 64), (80, 52), (52, 80), (84, 48), (48, 84), (50, 50)])
def test_every_format_comes_out_as_asked(tiny_engine: Engine, width: int, height: int):
    assert last(tiny_engine, replace(TASK, width_px=width, height_px=height)).shape == (1, height, width, 3)


def test_steps_are_previews(tiny_engine: Engine):
    steps = list(paint(tiny_engine, replace(TASK, num_steps=4)))
    assert [step.fraction for step in steps] == [0.25, 0.5, 0.75, 1.0]


def test_cancelling_stops_between_steps(tiny_engine: Engine):
    asked = []
    with pytest.raises(CancelledError):
        list(paint(tiny_engine, replace(TASK, num_steps=8), lambda: len(asked) == 2 or asked.append(1)))  # type: ignore[func-returns-value]


def test_guides_words_and_guidance_matter(tiny_engine: Engine):
    guide = np.random.default_rng(0).integers(0, 256, (64, 64, GUIDE_CHANNELS), np.uint8)
    tasks = [TASK, replace(TASK, guides=[guide]), replace(TASK, guides=[guide], mode="coarse"), replace(TASK, captions=["noon"])]
    tasks += [replace(TASK, guidance_scale=3.0), replace(TASK, guidance_scale=3.0, negative="a blue ball")]
    pictures = [last(tiny_engine, task).tobytes() for task in tasks]
    assert len(set(pictures)) == len(pictures)


def test_outside_the_mask_nothing_changes(tiny_engine: Engine):
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    mask = np.zeros((64, 64), bool)
    mask[16:48, 16:48] = True
    made = last(tiny_engine, replace(TASK, image=image, mask=mask))[0]
    np.testing.assert_array_equal(made[~mask], image[~mask])
    assert (made[mask] != image[mask]).mean() > 0.9


def test_no_strength_returns_the_picture(tiny_engine: Engine):
    image = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    made = last(tiny_engine, replace(TASK, image=image, strength=0.0))[0]
    assert np.abs(made.astype(int) - image).max() <= 1


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"seeds": []}, "1 captions for 0 seeds"),
        ({"num_steps": 0}, "0 steps; 1 to 50"),
        ({"guides": [np.zeros((8, 8, GUIDE_CHANNELS), np.uint8)]}, "guides that are not 1 of 64x64"),
        ({"image": np.zeros((8, 9, 3), np.uint8)}, "image of 9x8 for pictures of 64x64"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict, says: str):
    with pytest.raises(InvalidRequestError, match=says):
        replace(TASK, **change)


def plain(side_px: int = 64) -> np.ndarray:
    """The guide of a plain wall, whose draft is full of grain."""
    channels = np.zeros((side_px, side_px, GUIDE_CHANNELS), np.uint8)
    channels[..., DEPTH], channels[..., ALBEDO] = 100, 150
    channels[..., DRAFT] = np.random.default_rng(0).integers(60, 200, (side_px, side_px, 1))
    return channels


def drafts(channels: np.ndarray) -> np.ndarray:
    return np.moveaxis(channels[..., DRAFT], -1, 0).astype(np.float32) / 127.5 - 1


def likeness(made: np.ndarray, channels: np.ndarray) -> float:
    return float(np.corrcoef(made[:, 8:-8, 4:28].ravel(), drafts(channels)[:, 8:-8, 4:28].ravel())[0, 1])


@pytest.mark.parametrize("channel", [TRANSMISSION, METALNESS])
def test_glass_and_polished_metal_have_the_drafts_detail_and_the_networks_colour(channel: int):
    channels = plain()
    channels[:, :32, channel] = 255
    x = np.full((3, 64, 64), -0.4, np.float32)
    made = with_detail(x, channels)
    assert likeness(made, channels) > 0.9
    assert made[:, :, :32].mean() == pytest.approx(-0.4, abs=0.03)
    np.testing.assert_array_equal(made[:, :, 32:], x[:, :, 32:])


def test_the_network_takes_the_grain_from_plain_walls():
    x = np.random.default_rng(1).normal(0, 0.1, (3, 64, 64)).astype(np.float32)
    np.testing.assert_array_equal(with_detail(x, plain()), x)


@pytest.mark.parametrize("what", ["texture", "edge", "sky"])
def test_what_is_drawn_has_most_of_the_drafts_detail(what: str):
    channels = plain()
    if what == "texture":
        channels[:, :32, ALBEDO] = np.where(np.arange(64)[:, None, None] % 2, 60, 200)
    elif what == "edge":
        channels[:, 8:24:2, EDGES] = 255
    else:
        channels[:, :32, DEPTH] = 0
    x = np.zeros((3, 64, 64), np.float32)
    made = with_detail(x, channels)
    fine = drafts(channels) - gaussian_filter(drafts(channels), (0, 1, 1))
    gain = (made * fine)[:, 8:-8, 12:20].sum() / (fine**2)[:, 8:-8, 12:20].sum()
    assert 0.4 < gain < 0.8
    assert not made[:, :, 56:].any()


def test_rough_metal_is_the_networks():
    channels = plain(16)
    channels[..., TRANSMISSION], channels[..., METALNESS], channels[..., ROUGHNESS] = 0, 255, 80
    x = np.random.default_rng(0).normal(0, 0.3, (3, 16, 16)).astype(np.float32)
    np.testing.assert_array_equal(with_detail(x, channels), x)
