"""What holds for every asset of the vocabulary."""

from functools import lru_cache

import numpy as np
import pytest

from pochade.world.asset import Asset, AssetType
from pochade.world.assets import asset_types
from pochade.world.palette import COLOR_RGB, MATERIALS
from pochade.world.textures import TEXTURES

TYPES = asset_types()
MOST_TRIANGLES = 50_000
"""Bunches, cakes and flowers take more than the 25,000 that a single object keeps to."""

every_asset = pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)


@lru_cache(maxsize=256)
def drawn(noun: str, seed: int) -> Asset:
    return TYPES[noun].rand(np.random.default_rng(seed))


@every_asset
def test_depends_only_on_its_seed(kind: AssetType) -> None:
    first, again, other = (kind.rand(np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert first == again
    assert first != other


@every_asset
@pytest.mark.parametrize("seed", range(3))
def test_is_sound(kind: AssetType, seed: int) -> None:
    asset = drawn(kind.noun, seed)
    assert asset.parts
    for part in asset.parts:
        mesh = part.mesh
        assert np.isfinite(mesh.vertices).all() and np.isfinite(mesh.uv).all()
        assert len(mesh.uv) == len(mesh.vertices) and mesh.faces.max() < len(mesh.vertices)
        assert mesh.is_watertight()
        assert mesh.volume_m3 > 0, "triangles face inward"
        if mesh.color is not None:
            assert mesh.color.shape == mesh.vertices.shape
            assert mesh.color.min() >= 0 and mesh.color.max() <= 1
    low, high = asset.bounds
    assert abs(low[2]) < 2e-5, "touches the floor and does not sink into it"
    assert kind.size_m[0] <= (high - low).max() <= kind.size_m[1]
    assert sum(len(part.mesh.faces) for part in asset.parts) <= MOST_TRIANGLES
    assert np.linalg.norm((low + high)[:2] / 2) < 0.5 * asset.radius_m, "stands about the origin"
    for part in asset.parts:
        assert part.material is None or part.material.texture is None or part.material.texture in TEXTURES


@every_asset
def test_room_inside_lies_inside(kind: AssetType) -> None:
    for seed in range(3):
        asset = drawn(kind.noun, seed)
        if asset.cavity is not None:
            c = asset.cavity
            assert 0 < c.floor_m < c.rim_m <= asset.height_m + 1e-6
            assert 0 < c.radius_m < asset.radius_m
        if asset.platform is not None:
            assert 0 < asset.platform.height_m <= asset.height_m + 1e-6
            assert 0 < asset.platform.radius_m <= asset.radius_m


@every_asset
def test_speaks_the_vocabulary(kind: AssetType) -> None:
    assert set(kind.materials) <= set(MATERIALS)
    assert set(kind.colors) <= set(COLOR_RGB)
    assert set(kind.varieties or {}) <= set(COLOR_RGB)
    takes_material = any(part.material is None for part in drawn(kind.noun, 0).parts)
    assert takes_material == bool(kind.materials)


@every_asset
def test_varieties_are_sound(kind: AssetType) -> None:
    for rand in {*(kind.varieties or {}).values()}:
        asset = rand(np.random.default_rng(0))
        assert all(part.mesh.is_watertight() for part in asset.parts)
        assert abs(asset.bounds[0][2]) < 2e-5
