"""Air before surfaces and before what they mirror, against what can be worked out by hand; with LLVM and without."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pochade.world.materials import Material
from pochade.world.mesh import Mesh
from pochade.world.render.build import build
from pochade.world.render.features import features
from pochade.world.render.haze import F0, haze
from pochade.world.scene import Camera
from pochade.world.sky import Air
from pochade.world.stage import GROUND, Environment, Item, Stage, transform

SIZE = 24
EYE_M, WALL_M = 2.0, 5000.0
AIR = Air(np.float32([2e-4, 3e-4, 4e-4]), np.broadcast_to(np.float32([0.5, 0.6, 0.9]), (8, 3)))
FURNACE = Environment(lambda _: np.ones((8, 16, 3), np.float32))


def sheet(corners: list[tuple[float, float, float]], roughness: float) -> Item:
    v = np.float32(corners)
    mesh = Mesh(v, np.array([[0, 1, 2], [0, 2, 3]], np.int32), v[:, :2].copy(), np.full((4, 3), 0.2, np.float32))
    return Item(mesh, Material(), transform((0, 0, 0)), GROUND, roughness=np.full(4, roughness, np.float32))


def lake(roughness: float = 0.02, air: Air | None = AIR) -> Stage:
    """A level sheet of water that ends at a wall, looked along."""
    water = sheet([(-4000, -10, 0), (4000, -10, 0), (4000, WALL_M, 0), (-4000, WALL_M, 0)], roughness)
    wall = sheet([(-4000, WALL_M, 0), (4000, WALL_M, 0), (4000, WALL_M, 4000), (-4000, WALL_M, 4000)], 1.0)
    camera = Camera((0.0, 0.0, EYE_M), (0.0, 100.0, EYE_M - 10.0), 8.0, 0.0, 100.0)
    return Stage((water, wall), camera, FURNACE, air=air)


def told() -> dict[str, list[float]]:
    """What is asked of both variants: the middle column's air before mirrors; cover where two walls meet; the eaves of a roof in air."""
    stage = lake()
    scene = build(stage, SIZE, SIZE)
    found = haze(scene, stage, SIZE, SIZE, 16)
    assert found is not None
    first = features(scene, SIZE, SIZE, 16, extinction=1e-3)
    middle = SIZE // 2
    return {
        "lost": found.lost[:, middle].ravel().tolist(),
        "gained": found.gained[:, middle].ravel().tolist(),
        "directions": first.directions[:, middle].ravel().tolist(),
        "cover": corner_cover().ravel().tolist(),
        "air_m": near_and_far().ravel().tolist(),
    }


def corner_cover() -> np.ndarray:
    """Two walls back to back, whose normals cancel out along their edge."""
    left = sheet([(0, 0, -9), (-9, 9, -9), (-9, 9, 9), (0, 0, 9)], 1.0)
    right = sheet([(9, 9, -9), (0, 0, -9), (0, 0, 9), (9, 9, 9)], 1.0)
    camera = Camera((0.0, -6.0, 0.0), (0.0, 0.0, 0.0), 20.0, 0.0, 6.0)
    return features(build(Stage((left, right), camera, FURNACE), SIZE, SIZE), SIZE, SIZE, 16).cover


def near_and_far() -> np.ndarray:
    """Pixel (12, 12) of a fence of thin slats, half of it gaps, before a wall 1,000 m away; extinction one in 1,000 m."""
    slats = [sheet([(x, 10, -5), (x + 0.05, 10, -5), (x + 0.05, 10, 5), (x, 10, 5)], 1.0) for x in np.arange(-5, 5, 0.1)]
    wall = sheet([(-900, 1000, -900), (900, 1000, -900), (900, 1000, 900), (-900, 1000, 900)], 1.0)
    camera = Camera((0.0, 0.0, 0.0), (0.0, 1.0, 0.0), 40.0, 0.0, 1.0)
    found = features(build(Stage((*slats, wall), camera, FURNACE), 8, 8), 8, 8, 64, extinction=1e-3)
    assert (found.depth_m > 300).all()
    return found.air_m


@pytest.fixture(scope="module", params=["here", "scalar_rgb"])
def found(request: pytest.FixtureRequest) -> dict[str, np.ndarray]:
    if request.param == "here":
        return {name: np.array(values) for name, values in told().items()}
    asked = [sys.executable, "-c", "import json; from world.render.test_haze import told; print(json.dumps(told()))"]
    paths = os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, sys.path)])
    environment = {**os.environ, "POCHADE_RENDER_VARIANT": "scalar_rgb", "PYTHONPATH": paths}
    answer = subprocess.run(asked, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert answer.returncode == 0, answer.stderr
    return {name: np.array(values) for name, values in json.loads(answer.stdout.splitlines()[-1]).items()}


def test_water_shows_a_wall_through_the_air_between_them(found):
    directions = found["directions"].reshape(-1, 3)
    down = -directions[:, 2]
    water_m = EYE_M / down
    share = F0 + (0.98 - F0) * (1 - down) ** 5
    on_m = (WALL_M - water_m * directions[:, 1]) / directions[:, 1]  # as far again to the wall as it is from there
    lost = share[:, None] * (1 - np.exp(-on_m[:, None] * AIR.extinction))
    assert found["lost"].reshape(-1, 3) == pytest.approx(lost, rel=0.1)
    assert found["gained"].reshape(-1, 3) == pytest.approx(lost * AIR.inscatter[0], rel=0.1)


def test_an_edge_between_two_walls_is_no_gap(found):
    assert found["cover"] == pytest.approx(1)


def test_thin_things_before_far_ones_are_not_hazed_as_if_they_were_far(found):
    # half the light passes 10 m of air, half 1,000 m
    share = np.exp(-found["air_m"] * 1e-3)
    assert share.mean() == pytest.approx((np.exp(-0.01) + np.exp(-1)) / 2, abs=0.03)


def test_rough_surfaces_and_rooms_without_air_mirror_none():
    for stage in (lake(roughness=0.9), lake(air=None)):
        assert haze(None, stage, SIZE, SIZE, 4) is None


def test_light_is_dimmed_and_replaced():
    stage = lake()
    found = haze(build(stage, SIZE, SIZE), stage, SIZE, SIZE, 16)
    assert found is not None
    seen = found.before(np.ones((SIZE, SIZE, 3), np.float32))
    # where the air shines as bright as what it hides, nothing changes; blue is nearly so here, red is hidden
    assert (np.abs(seen[..., 2] - 1) < 0.12).all() and seen[..., 0].min() < seen[..., 2].min()
