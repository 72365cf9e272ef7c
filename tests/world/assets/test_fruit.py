"""Fruit, berries and what the garden gives: closed, on the floor, of its size, drawn from its seed alone."""

import numpy as np
import pytest

from pochade.world.assets import berries, fruit, garden

ASSETS = (*fruit.ASSETS, *berries.ASSETS, *garden.ASSETS)
KINDS = {kind.noun: kind for kind in ASSETS}
DRAWS = {f"{kind.noun} {color}".strip(): rand for kind in ASSETS for color, rand in {"": kind.rand, **(kind.varieties or {})}.items()}


@pytest.mark.parametrize("rand", DRAWS.values(), ids=DRAWS)
def test_closed_on_the_floor_and_affordable(rand):
    asset = rand(np.random.default_rng(3))
    assert all(part.mesh.is_watertight() for part in asset.parts)
    assert all(part.mesh.volume_m3 > 0 for part in asset.parts)
    assert asset.bounds[0][2] == pytest.approx(0, abs=1e-6)
    assert np.abs(asset.bounds[0][:2] + asset.bounds[1][:2]).max() < 0.4 * max(asset.bounds[1] - asset.bounds[0])
    assert sum(len(part.mesh.faces) for part in asset.parts) <= 40_000


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_size_is_plausible(kind):
    for seed in range(3):
        low, high = kind.rand(np.random.default_rng(seed)).bounds
        assert kind.size_m[0] <= max(high - low) <= kind.size_m[1]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_depends_only_on_its_seed(kind):
    first, again, other = (kind.rand(np.random.default_rng(seed)) for seed in (7, 7, 8))
    assert first == again
    assert first != other


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_colors_are_reflectances_without_seams(kind):
    for part in kind.rand(np.random.default_rng(5)).parts:
        if part.material is None or part.mesh.color is None:
            continue
        assert part.mesh.color.min() >= 0
        assert part.mesh.color.max() <= 0.9
        if part.mesh.crease_deg >= 180 and part.paintable:
            _, ids = np.unique(np.round(part.mesh.vertices * 1e6), axis=0, return_inverse=True)
            ids = ids.reshape(-1)
            order = np.argsort(ids)
            same = np.diff(ids[order]) == 0
            assert np.abs(np.diff(part.mesh.color[order], axis=0))[same].max(initial=0) < 2e-3
