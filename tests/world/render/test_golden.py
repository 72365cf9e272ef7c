"""Golden thumbnails: a picture may change in its noise, not in what it shows.

Machines and variants differ in their random numbers, so pictures are compared by a z-test: two renders of different
seeds estimate each pixel's variance, the golden's own being the same. Source: Mitsuba's z-test of golden renders;
Jung et al. 2020, "Detecting bias in Monte Carlo renderers using Welch's t-test".

Painted anew by `python tests/world/render/test_golden.py --write` after a change that is meant.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import uniform_filter

from pochade.world.compose import compose
from pochade.world.render.paint import Quality, paint_stage
from pochade.world.scene import Description, Entity, Scene
from pochade.world.staging import stage

FOLDER = Path(__file__).parent / "golden"
SIZE = 48
SCENE_SEED = 11
RAW = Quality(96, 0.0, 12)
"""Not denoised: a denoiser's errors are not independent from pixel to pixel."""

GOLDENS = {
    "marble-ball-softbox": Description((Entity("ball", 1, material="white marble"),), surface="slate slab", light="softbox"),
    "gold-torus-window-light": Description((Entity("torus", 1, material="gold"),), surface="walnut table", light="window light"),
    "glass-ball-noon": Description((Entity("ball", 1, material="clear glass"),), surface="oak table", light="noon"),
    "wooden-cube-noon": Description((Entity("cube", 1, material="oak"),), surface="concrete floor", light="noon"),
    "red-cone-softbox": Description(
        (Entity("cone", 1, color="red", material="matte plastic"),), surface="white studio floor", light="softbox"
    ),
    "chrome-cylinder-window-light": Description(
        (Entity("cylinder", 1, material="chrome"),), surface="linen tablecloth", light="window light"
    ),
}

MEAN_Z = 1.5
"""Largest root mean square of z that still is noise: 1 for perfect variances; two samples estimate them loosely."""

FAR_SHARE = 0.01
"""Share of pixels that may lie beyond five sigma."""

FLOOR = 3.0
"""Standard deviation in 8-bit steps that is always allowed: rounding, and another exposure by a hair."""


def scene(name: str) -> Scene:
    return compose(GOLDENS[name], SCENE_SEED)


def painted(s: Scene, seed: int) -> np.ndarray:
    """(H, W, 3) float, 0 to 255."""
    *_, last = paint_stage(stage(s), SIZE, SIZE, RAW, seed)
    assert last.picture is not None
    return last.picture.astype(float)


@lru_cache(maxsize=32)
def pair(name: str) -> tuple[np.ndarray, np.ndarray]:
    return painted(scene(name), 101), painted(scene(name), 202)


def z_scores(golden: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(H, W, 3): how many standard deviations the golden lies from the mean of two new renders.

    A pixel's variance is estimated from its neighbourhood, since two samples alone say little.
    """
    variance = uniform_filter((first - second) ** 2 / 2, (5, 5, 0)) + FLOOR**2  # of one render
    return (golden - (first + second) / 2) / np.sqrt(1.5 * variance)  # the golden's variance and half of it for the mean


def looks_like(golden: np.ndarray, first: np.ndarray, second: np.ndarray) -> bool:
    z = z_scores(golden, first, second)
    return bool(np.sqrt((z**2).mean()) < MEAN_Z and (np.abs(z) > 5).mean() < FAR_SHARE and np.abs(z.mean()) < 0.5)


def golden(name: str) -> np.ndarray:
    return np.asarray(Image.open(FOLDER / f"{name}.png").convert("RGB")).astype(float)


@pytest.mark.parametrize("name", GOLDENS)
def test_picture_looks_like_its_golden(name: str) -> None:
    z = z_scores(golden(name), *pair(name))
    said = f"rms z {np.sqrt((z**2).mean()):.2f}, {(np.abs(z) > 5).mean():.2%} beyond five sigma, mean z {z.mean():+.2f}"
    assert looks_like(golden(name), *pair(name)), said


def test_folder_holds_these_goldens_and_no_others() -> None:
    assert {path.stem for path in FOLDER.glob("*.png")} == set(GOLDENS)


@pytest.mark.parametrize("name", ["marble-ball-softbox", "red-cone-softbox"])
def test_noise_alone_passes(name: str) -> None:
    assert looks_like(painted(scene(name), 303), *pair(name))


def test_another_colour_fails() -> None:
    s = scene("red-cone-softbox")
    for color in ("orange", "burgundy"):
        assert not looks_like(painted(replace(s, things=tuple(replace(t, color=color) for t in s.things)), 303), *pair("red-cone-softbox"))


def test_another_shape_place_or_light_fails() -> None:
    name = "marble-ball-softbox"
    s = scene(name)
    x, y, z = s.things[0].position_m
    changed = (
        replace(s, things=(replace(s.things[0], position_m=(x + 0.006, y, z)),)),
        replace(s, things=(replace(s.things[0], scale=1.08),)),
        replace(s, things=(replace(s.things[0], noun="cube"),)),
        replace(s, description=replace(s.description, light="window light")),
        replace(s, surface_seed=s.surface_seed + 1, key_azimuth_deg=-s.key_azimuth_deg),
    )
    for other in changed:
        assert not looks_like(painted(other, 303), *pair(name))


def test_goldens_differ_from_one_another() -> None:
    for name in GOLDENS:
        for other in GOLDENS:
            if other != name:
                assert np.abs(golden(name) - golden(other)).mean() > 8


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python tests/world/render/test_golden.py --write")
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    for name in GOLDENS:
        Image.fromarray(painted(scene(name), 1).astype(np.uint8)).save(FOLDER / f"{name}.png", optimize=True)
        print(FOLDER / f"{name}.png")
