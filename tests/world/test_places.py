"""Places: all build, depend only on their seeds, leave the camera free, and carry what stands in them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from pochade.world.compose import compose, corners_m
from pochade.world.places import PLACE_STAGES, place_stage
from pochade.world.places.building import Set, blinds, block, boards, herringbone, wall, window
from pochade.world.scene import Description, Entity, Scene
from pochade.world.stage import AreaLight, Item, Stage
from pochade.world.staging import stage, thing_items
from pochade.world.vocabulary import LIGHTS, PLACES

PEAR = (Entity("pear"),)


@lru_cache(maxsize=64)
def _built(place: str, seed: int = 5, **stated: Any) -> tuple[Scene, Stage]:
    scene = compose(Description(setting=place, **stated), seed)
    return scene, stage(scene)


def _triangles(items: tuple[Item, ...]) -> np.ndarray:
    """(T, 3, 3) corners of all triangles in world space."""
    out = []
    for item in items:
        v = item.mesh.vertices @ item.to_world[:3, :3].T + item.to_world[:3, 3]
        out.append(v[item.mesh.faces])
    return np.concatenate(out).astype(np.float64)


def _distances(triangles: np.ndarray, origin: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Distances along a ray to all triangles that it meets. Source: Moeller and Trumbore, 1997."""
    a, e1, e2 = triangles[:, 0], triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    p = np.cross(direction, e2)
    det = (e1 * p).sum(1)
    det = np.where(np.abs(det) < 1e-14, np.inf, det)
    s = origin - a
    u = (s * p).sum(1) / det
    q = np.cross(s, e1)
    v = (q @ direction) / det
    t = (e2 * q).sum(1) / det
    return t[(u >= -1e-9) & (v >= -1e-9) & (u + v <= 1 + 1e-9) & (t > 1e-6)]


def test_every_place_of_the_vocabulary_has_a_stage():
    assert tuple(PLACE_STAGES) == PLACES


@pytest.mark.parametrize("place", PLACES)
def test_place_depends_only_on_its_seeds(place):
    first, other = _built(place)[1], _built(place, 8)[1]
    again = stage(_built(place)[0])
    assert len(first.items) == len(again.items)
    assert all(a.mesh == b.mesh and a.material == b.material for a, b in zip(first.items, again.items, strict=True))
    assert first.camera == again.camera and first.lights == again.lights
    assert first.camera != other.camera
    assert sum(len(i.mesh.faces) for i in first.items) != sum(len(i.mesh.faces) for i in other.items)


@pytest.mark.parametrize("place", PLACES)
def test_place_is_affordable(place):
    _, built = _built(place)
    emitters = len(built.lights) + sum(item.material.emission is not None for item in built.items)
    assert 1 <= emitters <= 16
    assert 10_000 <= sum(len(item.mesh.faces) for item in built.items) <= 400_000
    for item in built.items:
        assert np.isfinite(item.mesh.vertices).all()
        assert item.mesh.faces.max() < len(item.mesh.vertices)


@pytest.mark.parametrize("views", [(), ("low angle",), ("top-down",), ("close-up", "symmetrical")], ids=str)
@pytest.mark.parametrize("place", PLACES)
def test_camera_stands_free(place, views):
    _, built = _built(place, views=views)
    camera = built.camera
    triangles = _triangles(built.items)
    eye, target = np.array(camera.position_m), np.array(camera.target_m)
    forward = (target - eye) / np.linalg.norm(target - eye)
    ahead = _distances(triangles, eye, forward)
    assert len(ahead) == 0 or ahead.min() > 0.25, "something stands right before the camera"
    below = _distances(triangles, eye, np.array([1e-4, 2e-4, -1.0]))
    assert len(below) and below.min() > 0.03, "there is no floor under the camera"
    for light in built.lights:
        if isinstance(light, AreaLight):
            assert np.linalg.norm(np.subtract(light.position_m, eye)) > 0.05


@pytest.mark.parametrize("place", PLACES)
def test_things_stand_on_something(place):
    scene, built = _built(place, 9, entities=(Entity("pear"), Entity("bowl")))
    low = corners_m(scene.things)[:, 2].min()
    mine = [item for item in built.items if item.thing >= 0]
    offset = mine[0].to_world[:3, 3] - thing_items(scene)[0].to_world[:3, 3]
    rest = _triangles(tuple(item for item in built.items if item.thing < 0))
    for thing in scene.things:
        if thing.support is None:
            foot = np.array(thing.position_m) + offset
            below = _distances(rest, foot + [0.0013, 0.0017, 0.5], np.array([0.0, 0.0, -1.0]))
            assert abs(below.min() - 0.5) < 0.012, f"{thing.noun} hangs or sinks by {below.min() - 0.5:+.3f} m"
    assert low > -0.01
    assert built.camera.position_m[2] > offset[2] + low, "the camera looks from below the support"


@pytest.mark.parametrize("place", PLACES)
def test_walls_stay_behind_a_far_camera(place):
    _, built = _built(place, 11, entities=(Entity("teapot"), Entity("teapot"), Entity("vase")), views=("wide shot",))
    eye, target = np.array(built.camera.position_m), np.array(built.camera.target_m)
    way = target - eye
    met = _distances(_triangles(tuple(i for i in built.items if i.thing < 0)), eye, way / np.linalg.norm(way))
    assert len(met) == 0 or met.min() > 0.6 * np.linalg.norm(way)


@pytest.mark.parametrize("light", ("noon", "moonlight", "storm", *LIGHTS[10:]))
def test_every_light_lights_a_room(light):
    _, built = _built("gallery", 2, light=light)
    assert built.lights
    assert 0.03 <= built.exposure.key <= 0.5
    for lamp in built.lights:
        power = getattr(lamp, "radiance", None) or getattr(lamp, "irradiance", None) or lamp.intensity
        assert min(power) >= 0 and max(power) > 0 and np.isfinite(power).all()


def test_neon_takes_the_stated_colours():
    _, built = _built("neon corridor", 4, light_colors=("red", "blue"))
    glowing = [np.array(i.material.emission) for i in built.items if i.material.emission is not None]
    assert sorted(int(np.argmax(e)) for e in glowing) == [0, 2]


def test_wrong_place_and_missing_items_are_told():
    scene = compose(Description(setting="gallery", entities=PEAR), 1)
    with pytest.raises(ValueError, match="thing_items"):
        place_stage(scene, [])
    with pytest.raises(ValueError, match="there are"):
        place_stage(compose(Description(setting="sea"), 1), [])


def test_wall_has_holes_where_its_openings_are():
    mesh = wall(-2, 2, 3, 0.3, [(-1.0, 0.0, 1.0, 2.0)])
    triangles = mesh.vertices[mesh.faces].astype(np.float64)
    ahead = np.array([0.0, 1.0, 0.0])
    assert len(_distances(triangles, np.array([-0.5, -1.0, 1.5]), ahead)) == 0
    assert len(_distances(triangles, np.array([0.5, -1.0, 1.5]), ahead)) == 2


def test_block_is_closed_and_has_its_size():
    for chamfer in (0.0, 0.02):
        mesh = block(0.3, 0.5, 0.4, chamfer)
        assert mesh.is_watertight()
        assert mesh.volume_m3 == pytest.approx(0.06, rel=0.03)
        assert np.allclose(mesh.bounds, [[-0.15, -0.25, 0], [0.15, 0.25, 0.4]], atol=1e-6)


def test_parquet_covers_its_floor_once():
    rng = np.random.default_rng(1)
    for heaps in (herringbone(2.0, 2.0, 0.1, 0.5, rng), boards(2.0, 2.0, 0.1, rng)):
        triangles = np.concatenate([h.vertices[h.faces] for h in heaps]).astype(np.float64)
        probes = np.random.default_rng(2).uniform(-0.95, 0.95, (60, 2))
        hits = [_distances(triangles, np.array([x, y, 1.0]), np.array([0, 0, -1.0])) for x, y in probes]
        on_top = [int((h < 1.001).sum()) for h in hits]
        assert max(on_top) <= 2  # a ray through a shared edge may count twice
        assert np.mean([n >= 1 for n in on_top]) > 0.9  # joints are left open


def test_windows_fill_their_opening():
    opening = (-0.6, 0.6, 0.8, 2.2)
    for mesh in (window(opening), blinds(opening, 30.0)):
        low, high = mesh.bounds
        assert low[0] >= -0.601 and high[0] <= 0.601 and low[2] > 0.6 and high[2] <= 2.21


def test_set_joins_by_material():
    from pochade.world.materials import Material

    place, stuff = Set(), Material()
    for x in range(3):
        place.add(block(0.1, 0.1, 0.1).moved(float(x)), stuff)
    assert len(place.items()) == 1
