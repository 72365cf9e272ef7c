"""The renderer against what can be worked out by hand."""

import numpy as np
import pytest

from pochade.world.materials import Material
from pochade.world.mesh import Mesh, sphere
from pochade.world.palette import MATERIALS
from pochade.world.render.build import build
from pochade.world.render.features import features
from pochade.world.render.film import curve, develop, meter
from pochade.world.render.trace import combine, trace
from pochade.world.scene import Camera
from pochade.world.stage import GROUND, AreaLight, Environment, Exposure, Item, Stage, SunLight, transform

SIZE = 24
FURNACE = Environment(lambda _: np.ones((8, 16, 3), np.float32))
ABOVE = Camera((0.0, 0.0, 3.0), (0.0, 0.0, 0.0), 20.0, 0.0, 3.0, (0.0, 1.0, 0.0))
MATT = Material("opaque", (0.5, 0.5, 0.5), roughness=1.0, specular=0.0)


def plane(size_m: float = 40.0) -> Mesh:
    h = size_m / 2
    v = np.array([[-h, -h, 0], [h, -h, 0], [h, h, 0], [-h, h, 0]], np.float32)
    return Mesh(v, np.array([[0, 1, 2], [0, 2, 3]], np.int32), v[:, :2].copy())


def traced(stage: Stage, spp: int = 64, seed: int = 3, max_depth: int = 12) -> np.ndarray:
    *_, last = trace(build(stage, SIZE, SIZE), SIZE, SIZE, spp, seed, max_depth)
    return last.radiance


def item(mesh: Mesh, material: Material) -> Item:
    return Item(mesh, material, transform((0, 0, 0)), GROUND)


def test_plane_under_a_sun_reflects_albedo_times_irradiance_over_pi():
    sun = SunLight((0.0, 0.0, 1.0), (2.0, 3.0, 4.0), 0.5)
    image = traced(Stage((item(plane(), MATT),), ABOVE, None, (sun,)))
    assert image.mean((0, 1)) == pytest.approx(0.5 * np.array([2.0, 3.0, 4.0]) / np.pi, rel=0.02)


def test_tilted_sun_falls_off_with_the_cosine():
    slant = np.array([np.sin(np.radians(60)), 0.0, np.cos(np.radians(60))])
    straight, tilted = (
        traced(Stage((item(plane(), MATT),), ABOVE, None, (SunLight(tuple(d), (3.0, 3.0, 3.0), 0.5),))).mean()
        for d in (np.array([0.0, 0.0, 1.0]), slant)
    )
    # Burley's diffuse lobe departs from Lambert by a few per cent at 60 degrees
    assert tilted / straight == pytest.approx(0.5, rel=0.08)


def test_area_light_follows_its_form_factor():
    """A small lamp of area A and radiance L at distance d straight above: irradiance L A / d^2."""
    lamp = AreaLight((0.0, 0.0, 2.0), (0.0, 0.0, 0.0), (0.1, 0.1), (50.0, 50.0, 50.0))
    side = Camera((0.0, -1.5, 1.5), (0.0, 0.0, 0.0), 2.0, 0.0, 2.0)
    image = traced(Stage((item(plane(), MATT),), side, None, (lamp,)), max_depth=2)
    assert image.mean() == pytest.approx(0.5 / np.pi * 50.0 * 0.01 / 4.0, rel=0.06)


@pytest.mark.parametrize("name", ["gold", "clear glass", "porcelain", "brushed steel", "oak", "velvet", "frosted glass", "jade"])
def test_white_furnace_creates_no_energy(name):
    """Light of radiance one from everywhere: nothing can look brighter than one."""
    ball = item(sphere(1.0, 96), MATERIALS[name])
    camera = Camera((0.0, -4.0, 0.0), (0.0, 0.0, 0.0), 24.0, 0.0, 4.0)
    image = traced(Stage((ball,), camera, FURNACE), 128, max_depth=32)
    assert image[8:16, 8:16].mean() <= 1.02
    assert image[8:16, 8:16].mean() > 0.02


def test_lossless_glass_vanishes_in_a_furnace():
    ball = item(sphere(1.0, 96), Material("glass", (1.0, 1.0, 1.0), ior=1.52))
    camera = Camera((0.0, -4.0, 0.0), (0.0, 0.0, 0.0), 24.0, 0.0, 4.0)
    image = traced(Stage((ball,), camera, FURNACE), 128, max_depth=40)
    assert image[6:18, 6:18] == pytest.approx(1.0, abs=0.03)


def test_same_seed_same_bits_and_other_seed_other_noise():
    stage = Stage((item(plane(), MATERIALS["oak"]),), ABOVE, FURNACE, (AreaLight((1, 0, 2), (0, 0, 0), (0.5, 0.5), (5, 5, 5)),))
    first, again, other = (traced(stage, 8, seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_stage_without_light_is_refused():
    with pytest.raises(ValueError, match="no light"):
        build(Stage((item(plane(), MATT),), ABOVE), SIZE, SIZE)


def test_features_name_the_plane_by_depth_normal_and_albedo():
    found = features(build(Stage((item(plane(), MATT),), ABOVE, FURNACE), SIZE, SIZE), SIZE, SIZE)
    middle = SIZE // 2
    assert found.cover == pytest.approx(1.0)
    assert found.depth_m[middle, middle] == pytest.approx(3.0, rel=0.01)
    assert found.normal[middle, middle] == pytest.approx([0, 0, 1], abs=1e-3)
    assert found.albedo[middle, middle] == pytest.approx([0.5] * 3, abs=0.03)
    assert found.directions[middle, middle] @ [0, 0, -1] == pytest.approx(1.0, abs=1e-3)


def test_combine_cuts_a_firefly_and_keeps_a_lamp():
    rng = np.random.default_rng(0)
    passes = rng.uniform(0.9, 1.1, (6, 16, 16, 3)).astype(np.float32)
    passes[2, 5, 5] = 500.0  # one pass only: a firefly
    passes[:, 10:12, 10:12] = 80.0  # all passes: a lamp
    mean, _ = combine(passes)
    assert mean[5, 5].max() < 2.0
    assert mean[10, 10] == pytest.approx(80.0, rel=0.01)


def test_curve_rises_from_black_and_never_clips():
    x = np.geomspace(1e-4, 50, 200).astype(np.float32)
    y = curve(x)
    assert (np.diff(y) > 0).all()
    assert y[0] < 1e-3
    assert y[-1] < 1.0
    assert curve(np.float32(0.18)) == pytest.approx(0.19, abs=0.01)


def test_metering_brings_grey_to_its_key_at_any_level():
    image = np.full((32, 32, 3), 0.004, np.float32)
    assert meter(image, Exposure(0.18)) * 0.004 == pytest.approx(0.18, rel=0.05)
    assert np.array_equal(develop(image, Exposure()), develop(image * 1000, Exposure()))


def test_black_and_white_has_no_colour():
    image = np.random.default_rng(1).uniform(0, 1, (8, 8, 3)).astype(np.float32)
    picture = develop(image, Exposure(saturation=0.0)).astype(int)
    assert np.ptp(picture, axis=-1).max() <= 1


def test_the_meter_is_followed_less_and_less_where_it_is_to_stay_dark():
    dark = np.full((8, 8, 3), 1e-3, np.float32)
    free = meter(dark, Exposure(0.1))
    held = meter(dark, Exposure(0.1, most=free / 16))
    assert held == pytest.approx(free / 16 * 16**0.4, rel=1e-3) and meter(dark, Exposure(0.1, most=2 * free)) == free
