"""Landscapes: every one builds, within its budget, with the camera above the ground and things on it."""

from __future__ import annotations

import numpy as np
import pytest

from pochade.world import vocabulary
from pochade.world.landscapes import LANDSCAPE_RANDS, Frame, Landscape, landscape_rand
from pochade.world.landscapes.coasts import lace
from pochade.world.landscapes.erosion import drainage_area, receivers, slide, stream_power
from pochade.world.landscapes.terrain import Noise, crest
from pochade.world.landscapes.water import Waves

NAMES = vocabulary.LANDSCAPES
_built: dict[tuple[str, int, tuple[str, ...]], Landscape] = {}


def build(name: str, seed: int = 3, views: tuple[str, ...] = ()) -> Landscape:
    key = (name, seed, views)
    if key not in _built:
        _built[key] = landscape_rand(name, np.random.default_rng(seed), views)
    return _built[key]


def meshes(land: Landscape) -> list:
    parts = [*land.parts, *(body.part for body in land.water), *(part for group in land.instances for part in group.parts)]
    return [part.mesh for part in parts]


def test_every_landscape_of_the_vocabulary_is_here():
    assert set(LANDSCAPE_RANDS) == set(NAMES)


def test_an_unknown_landscape_is_named():
    with pytest.raises(ValueError, match="no landscape 'swamp'"):
        landscape_rand("swamp", np.random.default_rng(0))


@pytest.mark.parametrize("name", NAMES)
def test_meshes_are_sound(name):
    for mesh in meshes(build(name)):
        assert mesh.vertices.dtype == np.float32 and np.isfinite(mesh.vertices).all()
        assert mesh.faces.dtype == np.int32 and mesh.faces.min() >= 0 and mesh.faces.max() < len(mesh.vertices)
        assert len(mesh.uv) == len(mesh.vertices)
        if mesh.color is not None:
            assert mesh.color.shape == mesh.vertices.shape and mesh.color.dtype == np.float32
            assert mesh.color.min() >= 0 and mesh.color.max() <= 1


@pytest.mark.parametrize("name", NAMES)
def test_triangles_stay_within_budget(name):
    land = build(name)
    assert 150_000 <= sum(len(mesh.faces) for mesh in meshes(land)) <= 900_000
    assert land.num_triangles <= 2_600_000


@pytest.mark.parametrize("name", NAMES)
def test_depends_only_on_its_seed(name):
    first, again, other = build(name), landscape_rand(name, np.random.default_rng(3)), build(name, 4)
    assert first.camera == again.camera
    assert all(a == b for a, b in zip(meshes(first), meshes(again), strict=True))
    assert all(np.array_equal(a.to_world, b.to_world) for a, b in zip(first.instances, again.instances, strict=True))
    assert [m.vertices.shape for m in meshes(first)] != [m.vertices.shape for m in meshes(other)] or any(
        not np.array_equal(a.vertices, b.vertices) for a, b in zip(meshes(first), meshes(other), strict=True)
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_coarser_ground_changes_nothing_else(name):
    fine, coarse = build(name), landscape_rand(name, np.random.default_rng(3), frame=Frame(fineness=0.4))
    assert coarse.camera == fine.camera and coarse.sun_azimuth_range_deg == fine.sun_azimuth_range_deg
    assert all(np.array_equal(a.to_world, b.to_world) for a, b in zip(coarse.instances, fine.instances, strict=True))
    of_coarse, of_fine = (
        sum(len(part.mesh.faces) for part in (*land.parts, *(body.part for body in land.water))) for land in (coarse, fine)
    )
    assert of_coarse < 0.5 * of_fine  # smoke over a volcano has as many as ever


@pytest.mark.parametrize(
    ("name", "views"),
    [(name, ()) for name in NAMES]
    + [(name, ("low angle",)) for name in ("canyon", "sea", "beach", "cliffs", "lake", "pine forest", "glacier")],
)
def test_camera_stands_clear_of_the_ground(name, views):
    land = build(name, 3, views)
    x, y, z = land.camera.position_m
    angle = np.arctan2(land.camera.target_m[0] - x, land.camera.target_m[1] - y) + np.linspace(-0.4, 0.4, 9)
    for r in (0.0, 0.5, 1.0, 2.0):
        ground = land.ground_m((x + r * np.sin(angle)).astype(np.float32), (y + r * np.cos(angle)).astype(np.float32))
        assert z - ground.max() >= 0.3


@pytest.mark.parametrize("name", ["sea", "island", "meadow", "mountain range"])
def test_top_down_looks_straight_down_from_the_air(name):
    camera = build(name, 3, ("top-down",)).camera
    assert camera.position_m[:2] == camera.target_m[:2]
    assert camera.position_m[2] - camera.target_m[2] >= 5


@pytest.mark.parametrize("name", NAMES)
def test_instances_stand_on_the_ground(name):
    land = build(name)
    for group in land.instances:
        assert group.to_world.dtype == np.float32 and group.to_world.shape[1:] == (4, 4)
        if group.name in ("stone", "rock", "reeds", "pebble"):  # may stand in water
            continue
        at = group.to_world[:, :3, 3]
        near = np.hypot(at[:, 0], at[:, 1]) < 1000
        gap = at[near, 2] - land.ground_m(at[near, 0], at[near, 1])
        assert gap.max(initial=-1) <= 0.3 and gap.min(initial=0) >= -2.5, group.name


@pytest.mark.parametrize("name", NAMES)
def test_ground_reaches_the_horizon(name):
    land = build(name)
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for mesh in [part.mesh for part in land.parts] + [body.part.mesh for body in land.water]:
        low = np.minimum(low, mesh.vertices[:, :2].min(0))
        high = np.maximum(high, mesh.vertices[:, :2].max(0))
    closed = name in ("pine forest", "birch grove")  # trees hide the distance
    assert high[1] >= (800 if closed else 8000)
    assert low[0] <= -500 and high[0] >= 500


@pytest.mark.parametrize("name", ["sea", "beach", "lake", "island"])
def test_water_has_a_roughness_for_every_vertex(name):
    for body in build(name).water:
        assert body.part.material.texture == "water"
        assert body.roughness.shape == (len(body.part.mesh.vertices),)
        assert body.roughness.min() > 0 and body.roughness.max() <= 1


def test_baked_instances_hold_every_copy():
    land = build("snowy peaks")
    baked = sum(len(part.mesh.faces) for part in land.baked_instances())
    assert baked == sum(len(group.to_world) * group.num_triangles for group in land.instances)


# --- the arithmetic underneath --------------------------------------------------------------------------------


def test_drainage_of_an_inclined_plane_grows_by_one_cell_a_row():
    height = np.repeat(np.arange(5, 0, -1, dtype=np.float32)[:, None], 3, 1)
    height[:, [0, 2]] += 100  # walls: only the middle column drains straight down
    receiver, _ = receivers(height, 10.0)
    area = drainage_area(receiver, 10.0).reshape(5, 3)
    assert area[-1, 1] == pytest.approx(5 * 3 * 100.0)
    assert (np.diff(area[:, 1]) > 0).all()


def test_stream_power_reaches_its_steady_slope():
    """On a ramp one cell wide, dh/dt = 0 gives S = U / (K sqrt(A))."""
    n, cell, uplift, k = 24, 100.0, 1e-3, 2e-5
    fixed = np.zeros((n, 1), bool)
    fixed[-1] = True
    height = np.linspace(n, 0, n, dtype=np.float32)[:, None]
    h = stream_power(height, np.full((n, 1), uplift, np.float32), k, cell, 60, 1e5, np.random.default_rng(0), fixed, max_slope=1e9)
    area = np.arange(1, n) * cell**2
    slope = (h[:-1, 0] - h[1:, 0]) / cell
    assert slope == pytest.approx(uplift / (k * np.sqrt(area)), rel=0.02)


def test_sliding_keeps_the_volume():
    h = np.random.default_rng(1).uniform(0, 50, (20, 30)).astype(np.float32)
    assert slide(h, 1.0, 0.5, 10).sum() == pytest.approx(h.sum(), rel=1e-5)


def test_noise_leaves_out_what_is_too_fine():
    noise = Noise(np.random.default_rng(2))
    x = np.linspace(0, 100, 500, dtype=np.float32)
    coarse = noise.fbm(x, x, 10.0, 4, spacing=np.full_like(x, 50.0))
    assert not coarse.any()
    fine = noise.fbm(x, x, 10.0, 4, spacing=np.full_like(x, 0.01))
    assert fine == pytest.approx(noise.fbm(x, x, 10.0, 4), abs=1e-5)
    assert crest(np.zeros(1, np.float32)) > crest(np.full(1, 0.1, np.float32)) > crest(np.full(1, 0.9, np.float32))


@pytest.mark.parametrize("wind_m_s", [6.0, 10.0])
def test_waves_have_the_height_of_a_wind_sea(wind_m_s):
    """Pierson-Moskowitz: significant height = 0.0213 U^2 for the wind at 19.5 m, about 0.024 U10^2."""
    height = np.mean([Waves(np.random.default_rng(seed), wind_m_s).significant_height_m for seed in range(6)])
    assert height == pytest.approx(0.024 * wind_m_s**2, rel=0.3)


def test_foam_far_away_is_as_much_as_near():
    rng = np.random.default_rng(0)
    x, y = rng.uniform(0, 300, (2, 20_000)).astype(np.float32)
    near, far = (lace(Noise(np.random.default_rng(1)), x, y, np.full(len(x), spacing, np.float32), 3.2) for spacing in (0.05, 10.0))
    assert near.max() > 0.95 and far.std() < 0.01
    assert far.mean() == pytest.approx(near.mean(), abs=0.15)
