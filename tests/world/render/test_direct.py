"""Light that falls straight onto surfaces: against what can be worked out by hand, and against the path tracer."""

import numpy as np
import pytest

from pochade.world.materials import Material
from pochade.world.mesh import box
from pochade.world.render.build import build
from pochade.world.render.direct import Glow, glowlight, interleaved, lamplight, skylight
from pochade.world.render.guide import geometry, looked_up
from pochade.world.render.trace import trace
from pochade.world.scene import Camera
from pochade.world.stage import AreaLight, Environment, Item, SpotLight, Stage, SunLight, transform

ORIGIN, UP = np.zeros((1, 3), np.float32), np.array([[0, 0, 1]], np.float32)
HALVES = np.full((1, 2), 0.5, np.float32)


def nothing(points, directions, reaches):
    return np.zeros(len(points), bool)


def everything(points, directions, reaches):
    return np.ones(len(points), bool)


def test_a_sun_shines_by_the_cosine():
    sun = SunLight((0.0, 0.8, 0.6), (3.0, 2.0, 1.0), 0.001)
    assert lamplight((sun,), ORIGIN, UP, HALVES, nothing)[0] == pytest.approx(np.array([3, 2, 1]) * 0.6 / np.pi, rel=1e-3)
    assert not lamplight((sun,), ORIGIN, UP, HALVES, everything).any()
    assert not lamplight((sun,), ORIGIN, -UP, HALVES, nothing).any()


@pytest.mark.parametrize(("round_", "area"), [(False, 0.02), (True, 0.02 * np.pi / 4)])
def test_a_small_far_lamp_shines_by_area_and_distance(round_, area):
    lamp = AreaLight((0.0, 0.0, 4.0), (0.0, 0.0, 0.0), (0.1, 0.2), (5.0, 5.0, 5.0), round_)
    chances = np.random.default_rng(0).random((500, 2), np.float32)
    found = lamplight((lamp,), np.repeat(ORIGIN, 500, 0), np.repeat(UP, 500, 0), chances, nothing)
    assert found.mean() == pytest.approx(5 * area / 16 / np.pi, rel=0.01)
    behind = AreaLight((0.0, 0.0, 4.0), (0.0, 0.0, 8.0), (0.1, 0.2), (5.0, 5.0, 5.0))
    assert not lamplight((behind,), ORIGIN, UP, HALVES, nothing).any()


def test_a_spot_shines_within_its_cone():
    spot = SpotLight((0.0, 0.0, 2.0), (0.0, 0.0, 0.0), (8.0, 8.0, 8.0), 20.0)
    points = np.array([[0, 0, 0], [2 * np.tan(np.radians(17)), 0, 0], [2 * np.tan(np.radians(21)), 0, 0]], np.float32)
    found = lamplight((spot,), points, np.repeat(UP, 3, 0), np.repeat(HALVES, 3, 0), nothing)[:, 0]
    assert found[0] == pytest.approx(8 / 4 / np.pi, rel=1e-3)
    assert 0 < found[1] < 0.6 * found[0] and found[2] == 0


def test_what_shines_lights_as_a_lamp_of_its_shape_does():
    """Two triangles that fill a square, against an area lamp of the same square, seen from below."""
    a, b, c, d = np.float32([[-0.5, -0.5, 2], [0.5, -0.5, 2], [0.5, 0.5, 2], [-0.5, 0.5, 2]])
    glow = Glow.of(np.stack([[a, c, b], [a, d, c]]), np.full((2, 3), 4.0, np.float32))
    assert glow is not None and glow.power == pytest.approx([0.5, 1.0])
    count = 4000
    chances, points, normals = np.random.default_rng(0).random((count, 2), np.float32), np.repeat(ORIGIN, count, 0), np.repeat(UP, count, 0)
    lamp = AreaLight((0.0, 0.0, 2.0), (0.0, 0.0, 0.0), (1.0, 1.0), (4.0, 4.0, 4.0))
    lit = [glowlight(glow, points, normals, chances, nothing), lamplight((lamp,), points, normals, chances, nothing)]
    assert lit[0].mean() == pytest.approx(lit[1].mean(), rel=0.02)
    assert not glowlight(glow, points, normals, chances, everything).any()
    assert not glowlight(glow, points + np.float32([0, 0, 4]), -normals, chances, nothing).any()  # the other side is dark
    assert Glow.of(np.zeros((0, 3, 3), np.float32), np.zeros((0, 3), np.float32)) is None


def test_even_surroundings_are_seen_evenly_unless_something_is_in_the_way():
    around = np.full((8, 16, 3), 0.7, np.float32)
    assert skylight(around, ORIGIN, UP, HALVES, nothing)[0] == pytest.approx(0.7)
    assert not skylight(around, ORIGIN, UP, HALVES, everything).any()


def test_chances_are_spread_over_every_three_by_three():
    chances = interleaved(48, 32)
    means = chances.reshape(16, 3, -1, 2)[:, :, :30].reshape(16, 3, 10, 3, 2).mean((1, 3))
    assert chances.min() >= 0 and chances.max() < 1
    assert np.abs(means - 0.5).max() < 0.13  # nine independent numbers would be off by twice as much


def test_plan_and_path_tracer_see_the_same_light():
    white = Material("opaque", (0.6, 0.6, 0.6), roughness=1.0)
    items = (
        Item(box(60.0, 60.0, 0.1, 0.0), white, transform((0, 0, -0.1))),
        Item(box(0.4, 0.4, 0.5, 0.0), white, transform((0, 0, 0)), 0),
    )
    camera = Camera((0.0, -2.5, 1.6), (0.0, 0.0, 0.2), fov_deg=40, focus_distance_m=2.9, aperture_radius_m=0.0)
    lamps = (
        SunLight((0.5, -0.3, 0.81), (2.0, 1.6, 1.2)),
        AreaLight((-1.5, -0.5, 1.5), (0.0, 0.0, 0.2), (0.6, 0.6), (4.0, 5.0, 7.0)),
    )
    staged = Stage(items, camera, Environment(lambda _: np.full((8, 16, 3), 0.2, np.float32)), lamps)
    size = 48
    *_, buffers = trace(build(staged, size, size), size, size, 256, seed=1)
    plan = looked_up(geometry(staged), size, size)
    shown = plan.light * plan.albedo
    blocks = [values.reshape(6, 8, 6, 8, 3).mean((1, 3)).ravel() for values in (shown, buffers.radiance)]
    ratio = blocks[0] / blocks[1]
    assert np.corrcoef(blocks)[0, 1] > 0.75
    assert np.median(ratio) == pytest.approx(1, abs=0.12) and np.percentile(np.abs(np.log(ratio)), 90) < 0.3
