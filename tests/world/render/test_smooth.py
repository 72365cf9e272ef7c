"""Evening out grain within surfaces: what must be kept apart, and what must not."""

import numpy as np
import pytest

from pochade.world.render.smooth import BRIGHTEST, STEPS_PX, Places, without_specks

SIDE = 32


def places(height_m: np.ndarray, normals: np.ndarray | None = None) -> Places:
    """A pixel grid seen from two metres above, at heights (SIDE, SIDE)."""
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32) / SIDE
    points = np.stack([x, y, height_m], -1).reshape(-1, 3).astype(np.float32)
    if normals is None:
        normals = np.repeat(np.float32([[0, 0, 1]]), SIDE**2, 0)
    count = SIDE**2
    return Places.of(points, normals, np.arange(count), np.ones(count, bool), np.full(count, 2, np.float32), (SIDE, SIDE))


def grain(level: float, seed: int = 0) -> np.ndarray:
    return (level * np.random.default_rng(seed).exponential(size=(SIDE**2, 3))).astype(np.float32)


def test_grain_goes_and_the_mean_stays():
    values = grain(1.0)
    made = places(np.zeros((SIDE, SIDE))).smoothed(values)
    assert made.std() < 0.15 * values.std() and made.mean() == pytest.approx(values.mean(), rel=0.1)


@pytest.mark.parametrize("steps", [STEPS_PX[:1], STEPS_PX[:2], STEPS_PX])
def test_nothing_passes_a_step_in_height_or_a_crease(steps):
    right = np.arange(SIDE) >= SIDE // 2
    values = np.where(np.broadcast_to(right, (SIDE, SIDE)).reshape(-1, 1), 5, 1).repeat(3, 1).astype(np.float32)
    stairs = places(np.broadcast_to(np.where(right, 0.3, 0.0), (SIDE, SIDE)))
    np.testing.assert_allclose(stairs.smoothed(values, steps), values, rtol=1e-5)
    turned = np.where(np.broadcast_to(right, (SIDE, SIDE)).reshape(-1, 1), np.float32([[0, 0.8, 0.6]]), np.float32([[0, 0, 1]]))
    crease = places(np.zeros((SIDE, SIDE)), turned.astype(np.float32))
    np.testing.assert_allclose(crease.smoothed(values, steps), values, rtol=1e-5)


def test_a_pixels_second_surface_takes_from_its_neighbours():
    count = SIDE**2
    first = places(np.zeros((SIDE, SIDE)))
    points = np.concatenate([first.points, first.points[[100]], first.points[[200]] + np.float32([0, 0, 0.5])])
    normals = np.concatenate([first.normals, first.normals[:2]])
    pixels = np.concatenate([np.arange(count), [100, 200]])
    two = Places.of(points, normals, pixels, np.arange(count + 2) < count, np.full(count + 2, 2, np.float32), (SIDE, SIDE))
    values = np.concatenate([np.ones((count, 3)), [[9, 9, 9], [7, 7, 7]]]).astype(np.float32)
    made = two.smoothed(values)
    assert made[count] == pytest.approx(1)  # on the surface around it
    assert made[count + 1] == pytest.approx(7)  # on none


def test_only_specks_are_cut():
    values = np.ones((1000, 3), np.float32)
    values[3] = 1e4
    made = without_specks(values)
    assert made[3].max() <= BRIGHTEST * values.mean() * 1.001 and (made[:3] == 1).all()
