"""Noise: fixed by its seed, in its range, without seams where it tiles."""

import numpy as np
import pytest

from pochade.world.noise import cellular, fbm, gradient_noise, ridged, tiling_fbm

POINTS = np.random.default_rng(0).uniform(-40, 40, (20_000, 3)).astype(np.float32)

FIELDS = {
    "gradient": lambda p, seed: gradient_noise(p, seed),
    "fbm": lambda p, seed: fbm(p, seed),
    "ridged": lambda p, seed: ridged(p, seed),
    "cellular": lambda p, seed: cellular(p, seed)[0],
}
every_field = pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)


@every_field
def test_depends_only_on_its_seed(field) -> None:
    first, again, other = (field(POINTS, seed) for seed in (7, 7, 8))
    assert np.array_equal(first, again)
    assert np.abs(np.corrcoef(first, other)[0, 1]) < 0.1
    assert np.array_equal(field(POINTS[:100], 7), first[:100])


def test_known_values_do_not_drift() -> None:
    """A seed is a promise: the same on every machine and in every version."""
    p = np.array([[0.5, 0.25, 0.75], [10.1, -3.2, 4.4]], np.float32)
    assert gradient_noise(p, 3) == pytest.approx([0.0155396, -0.1489447], abs=1e-6)
    assert cellular(p, 3)[0] == pytest.approx([0.4962736, 0.6726274], abs=1e-6)


@pytest.mark.parametrize(
    ("name", "low", "high"), [("gradient", -1.1, 1.1), ("fbm", -1.1, 1.1), ("ridged", 0.0, 1.0), ("cellular", 0.0, 1.8)]
)
def test_stays_in_its_range_and_uses_it(name: str, low: float, high: float) -> None:
    values = FIELDS[name](POINTS, 5)
    assert values.dtype == np.float32 and values.shape == (len(POINTS),)
    assert low <= values.min() and values.max() <= high
    assert values.std() > 0.05 * (high - low)


def test_gradient_noise_is_zero_on_its_lattice_and_smooth_between() -> None:
    lattice = np.stack(np.meshgrid(*[np.arange(-4, 5)] * 3), -1).astype(np.float32)
    assert np.abs(gradient_noise(lattice, 1)).max() == 0
    t = np.linspace(-3, 3, 6001)
    line = gradient_noise(np.stack([t, 0.3 + 0 * t, 0.7 + 0 * t], 1), 1)
    assert np.abs(np.diff(line)).max() < 4e-3  # slope at most about 3 per unit


@pytest.mark.parametrize("seed", [1, 2])
def test_periodic_noise_repeats(seed: int) -> None:
    p = np.random.default_rng(seed).uniform(0, 4, (500, 3)).astype(np.float32)
    for field in (
        lambda q: gradient_noise(q, seed, 4),
        lambda q: fbm(q, seed, 3, period=4),
        lambda q: ridged(q, seed, 3, period=4),
        lambda q: cellular(q, seed, 4)[0],
    ):
        assert field(p + np.float32([4, 0, 0])) == pytest.approx(field(p), abs=2e-4)
        assert field(p + np.float32([0, -4, 8])) == pytest.approx(field(p), abs=2e-4)


def test_period_may_differ_by_axis() -> None:
    p = np.random.default_rng(3).uniform(0, 2, (200, 3)).astype(np.float32)
    assert fbm(p + np.float32([2, 3, 5]), 1, 3, period=(2, 3, 5)) == pytest.approx(fbm(p, 1, 3, period=(2, 3, 5)), abs=2e-4)


@pytest.mark.parametrize(("n", "cells"), [(64, (3, 3)), (128, (1, 9)), (96, (5, 2))])
def test_tiling_fbm_has_no_seam(n: int, cells: tuple[int, int]) -> None:
    tile = tiling_fbm(n, *cells, 11)
    assert tile.shape == (n, n) and np.abs(tile).max() <= 1.2
    for axis in (0, 1):
        steps = np.abs(np.diff(tile, axis=axis))
        seam = np.abs(np.take(tile, 0, axis) - np.take(tile, -1, axis))
        assert seam.max() <= 1.3 * steps.max()
        assert seam.mean() <= 2.0 * steps.mean()
    assert np.array_equal(tile, tiling_fbm(n, *cells, 11))
    assert not np.array_equal(tile, tiling_fbm(n, *cells, 12))


def test_cellular_distances_are_ordered_and_ids_mark_cells() -> None:
    x, y = np.meshgrid(np.linspace(0, 6, 200), np.linspace(0, 6, 200))
    near, far, ident = cellular(np.stack([x, y], -1), 4)
    assert (near <= far).all() and near.min() >= 0
    assert ident.min() >= 0 and ident.max() < 1
    assert 36 <= len(np.unique(ident)) <= 90  # one point per unit square, with the neighbours'
    change = np.diff(ident, axis=1) != 0  # an id changes only where two points are about equally far
    assert (far - near)[:, 1:][change].max() < 0.1
