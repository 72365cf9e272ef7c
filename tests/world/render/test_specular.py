"""Mirrors and windows, in worlds small enough to know what must be seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pochade.world.render.gloss import COAT_F0, Met
from pochade.world.render.specular import Surroundings, _refracted, specular
from pochade.world.sky import Air
from pochade.world.stage import AreaLight

DOWN = np.array([[0, 0, -1.0]], np.float32)
CHANCES = np.full((1, 2), 0.5, np.float32)


def met(count: int = 1, hit: bool = True, **given: object) -> Met:
    """What rays meet that look straight at level surfaces; white, matte and smooth unless told otherwise."""
    full = {
        "hit": np.full(count, hit),
        "distance": np.full(count, 1.0 if hit else np.inf, np.float32),
        "normal": np.tile(np.float32([0, 0, 1]), (count, 1)),
        "albedo": np.ones((count, 3), np.float32),
        "shine": np.zeros((count, 3), np.float32),
        **{name: np.zeros(count, np.float32) for name in ("roughness", "metal", "through", "gloss", "coat")},
        "ior": np.full(count, 1.5, np.float32),
    }
    return Met(**{**full, **{name: np.broadcast_to(np.float32(value), full[name].shape).copy() for name, value in given.items()}})  # type: ignore[arg-type]


def sky(directions: np.ndarray) -> np.ndarray:
    """Blue above, green below."""
    return np.where(directions[:, 2:] > 0, np.float32([0, 0, 1]), np.float32([0, 1, 0])).astype(np.float32)


def world(meet=lambda origins, directions: met(len(origins), hit=False), lamps=()) -> Surroundings:
    def white(points: np.ndarray, *_: object) -> np.ndarray:
        return np.ones(points.shape, np.float32)

    return Surroundings(meet, white, lambda points, *_: np.zeros(points.shape, np.float32), sky, lamps, None)


def seen(first: Met, around: Surroundings, direction: np.ndarray = DOWN) -> np.ndarray:
    found = specular(first, np.zeros((1, 3), np.float32), direction, CHANCES, around)
    return (found.plain + found.coat + found.behind * found.light + found.shown * found.shown_light)[0]


def test_metal_mirrors_the_sky_in_its_colour():
    np.testing.assert_allclose(seen(met(metal=1, albedo=(0.9, 0.6, 0.5)), world()), [0, 0, 0.5], atol=1e-5)


def test_gloss_mirrors_a_little_and_dull_things_nothing():
    assert seen(met(gloss=0.04), world()) == pytest.approx([0, 0, 0.04], abs=1e-4)
    assert not seen(met(gloss=0.04, roughness=0.9), world()).any() and not seen(met(), world()).any()


def test_a_clear_coat_mirrors_sharply_on_what_is_dull_below():
    found = specular(met(coat=1, gloss=0.04, roughness=0.9), np.zeros((1, 3), np.float32), DOWN, CHANCES, world())
    assert not found.plain.any() and found.coat[0] == pytest.approx([0, 0, COAT_F0], rel=1e-3)


def test_gloss_mirrors_more_at_grazing_angles():
    low = np.float32([[0.995, 0, -0.0998]])
    assert seen(met(gloss=0.04), world(), low)[2] > 0.5


def test_mirrors_show_mirrors_twice_and_then_what_is_around():
    calls = []

    def meet(origins: np.ndarray, directions: np.ndarray) -> Met:
        calls.append(len(origins))
        return met(len(origins), metal=1, albedo=0.5)

    assert seen(met(metal=1), world(meet)).sum() == pytest.approx(0.5**3, rel=1e-3)
    assert calls == [1, 1, 1]


def test_rough_metal_asks_for_no_lamp_along_its_rays():
    lamp = AreaLight((0, 0, 2), (0, 0, 0), (9, 9), (7, 7, 7))
    assert seen(met(metal=1, roughness=0.2), world(lamps=(lamp,))).max() > 6.5
    assert seen(met(metal=1, roughness=0.4), world(lamps=(lamp,))).max() <= 1


def test_frosted_glass_scatters_what_passes():
    faces = [met(through=1, roughness=0.4), met(hit=False)]
    ways = []

    def meet(origins: np.ndarray, directions: np.ndarray) -> Met:
        ways.append(directions[0])
        return faces[1] if directions[0, 2] > 0 or len(ways) > 2 else faces[0]

    seen(met(through=1, roughness=0.4), world(meet))
    assert abs(ways[1][0]) + abs(ways[1][1]) > 0.01  # the first is the mirrored one


def test_a_lamp_is_seen_in_a_mirror_and_only_from_its_shining_side():
    lamp = AreaLight((0, 0, 2), (0, 0, 0), (1, 1), (7, 7, 7))
    assert seen(met(metal=1), world(lamps=(lamp,))) == pytest.approx([7, 7, 7])
    turned = AreaLight((0, 0, 2), (0, 0, 3), (1, 1), (7, 7, 7))
    assert seen(met(metal=1), world(lamps=(turned,))) == pytest.approx([0, 0, 1])


def test_what_stands_before_a_lamp_hides_it():
    lamp = AreaLight((0, 0, 2), (0, 0, 0), (1, 1), (7, 7, 7))
    near = world(lambda origins, directions: met(len(origins), albedo=(0.5, 0.2, 0.1)), (lamp,))
    assert seen(met(metal=1), near) == pytest.approx([0.5, 0.2, 0.1])
    far = world(lambda origins, directions: met(len(origins), albedo=(0.5, 0.2, 0.1), distance=9), (lamp,))
    assert seen(met(metal=1), far) == pytest.approx([7, 7, 7])  # and the lamp what stands behind it


def test_through_a_pane_one_sees_what_is_below_it_tinted_twice():
    faces = iter([met(through=1, albedo=0.8), met(hit=False)])

    def meet(origins: np.ndarray, directions: np.ndarray) -> Met:
        return met(1, hit=False) if directions[0, 2] > 0 else next(faces)  # up: what the pane mirrors

    found = seen(met(through=1, albedo=0.8), world(meet))
    assert found[1] == pytest.approx(0.96 * 0.8 * 0.8, rel=1e-3)  # 4 % are mirrored, two faces are crossed
    assert found[2] == pytest.approx(0.04, rel=1e-3)


def test_matte_things_behind_glass_are_told_apart_from_the_light_on_them():
    faces = iter([met(through=1, albedo=0.8), met(albedo=0.5)])

    def meet(origins: np.ndarray, directions: np.ndarray) -> Met:
        return met(1, hit=False) if directions[0, 2] > 0 else next(faces)

    found = specular(met(through=1, albedo=0.8), np.zeros((1, 3), np.float32), DOWN, CHANCES, world(meet))
    assert found.behind[0] == pytest.approx(0.96 * 0.8 * 0.8 * 0.5, rel=1e-3) and found.light[0] == pytest.approx(1)
    assert found.plain[0] == pytest.approx([0, 0, 0.04], rel=1e-3)


def test_light_bends_by_snells_law_or_is_mirrored_whole():
    angle = np.radians(40)
    ray, face = np.float32([[np.sin(angle), 0, -np.cos(angle)]]), np.float32([[0, 0, 1]])
    bent, passes = _refracted(ray, face, np.float32([1 / 1.5]))
    assert passes.all() and bent[0, 0] == pytest.approx(np.sin(angle) / 1.5, rel=1e-5)
    back, passes = _refracted(ray * 1, face, np.float32([1.7]))
    assert not passes.any() and back[0] == pytest.approx([ray[0, 0], 0, -ray[0, 2]], rel=1e-5)


def test_matte_things_in_metal_are_told_apart_from_the_light_on_them():
    around = world(lambda origins, directions: met(len(origins), albedo=0.5))
    found = specular(met(metal=1, albedo=0.8), np.zeros((1, 3), np.float32), DOWN, CHANCES, around)
    assert found.shown[0] == pytest.approx(0.8 * 0.5, rel=1e-3) and found.shown_light[0] == pytest.approx(1)
    assert not found.plain.any()


def test_far_things_are_seen_through_air_in_mirrors():
    air = Air(np.full(3, 0.1, np.float32), np.full((4, 3), 0.25, np.float32))
    around = replace(world(lambda origins, directions: met(len(origins), albedo=0.5, distance=10)), air=air)
    passes = np.exp(-1.0)
    assert seen(met(metal=1), around) == pytest.approx(0.5 * passes + 0.25 * (1 - passes), rel=1e-3)
