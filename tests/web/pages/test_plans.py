"""Changing plans: one thing at a time, and everything else stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pochade.core.errors import InvalidRequestError
from pochade.providers.planning import read_plan
from pochade.studio import plans
from pochade.web.pages.planning import top_view
from pochade.world.compose import compose, corners_m, shape
from pochade.world.parser import parse
from pochade.world.scene import Scene


def scene_of(prompt: str, seed: int = 4) -> Scene:
    return compose(parse(prompt).description, seed)


@pytest.mark.parametrize(
    ("what", "value"), [("light", "candlelight"), ("surface", "oak table"), ("surface_color", "blue"), ("mood", "warm")]
)
def test_a_word_is_changed_and_nothing_else(what: str, value: str):
    scene = scene_of("a lemon and a mug on a slate slab")
    changed = plans.change(scene, what, value)
    field = {"moods": (value,)} if what == "mood" else {what: value}
    assert changed == replace(scene, description=replace(scene.description, **field))  # type: ignore[arg-type]


def test_a_material_is_changed_for_its_object_only():
    scene = scene_of("two mugs and a vase on a slate slab")
    changed = plans.change(scene, "material", "copper", entity=0)
    assert [thing.material == "copper" for thing in changed.things] == [thing.noun == "mug" for thing in scene.things]
    assert [thing.position_m for thing in changed.things] == [thing.position_m for thing in scene.things]


@pytest.mark.parametrize("count", [1, 2, 5, 9])
def test_a_count_adds_or_takes_away_without_collisions(count: int):
    scene = scene_of("three apples and a jug on an oak table")
    changed = plans.change(scene, "count", str(count), entity=0)
    assert sum(thing.noun == "apple" for thing in changed.things) == count
    assert [t for t in changed.things if t.noun == "jug"] == [t for t in scene.things if t.noun == "jug"]
    assert apart(changed) >= 0.97


def test_all_things_stay_in_the_picture_when_there_are_more():
    changed = plans.change(scene_of("an apple on an oak table, close-up"), "count", "7", entity=0)
    camera = changed.camera
    assert camera is not None
    eye, target = np.array(camera.position_m), np.array(camera.target_m)
    view = (target - eye) / np.linalg.norm(target - eye)
    rays = corners_m(changed.things) - eye
    tangent = np.linalg.norm(rays - np.outer(rays @ view, view), axis=1) / (rays @ view)
    assert tangent.max() <= np.tan(np.radians(camera.fov_deg / 2)) * np.sqrt(2)


def test_what_lies_in_a_bowl_is_arranged_anew():
    scene = scene_of("a bowl of lemons on an oak table")
    bowl = next(k for k, entity in enumerate(scene.description.entities) if entity.noun == "lemon")
    changed = plans.change(scene, "count", "2", entity=bowl)
    assert sum(thing.noun == "lemon" for thing in changed.things) == 2
    assert all(thing.support is not None for thing in changed.things if thing.noun == "lemon")


def test_a_thing_takes_along_what_it_carries_and_stops_before_others():
    scene = scene_of("a candle on top of a book, and a mug")
    book = next(k for k, thing in enumerate(scene.things) if thing.noun == "book")
    candle = next(k for k, thing in enumerate(scene.things) if thing.noun == "candle")
    mug = next(thing for thing in scene.things if thing.noun == "mug")
    moved = plans.move(scene, book, mug.position_m[0], mug.position_m[1])
    offset = np.subtract(moved.things[book].position_m, scene.things[book].position_m)
    assert np.subtract(moved.things[candle].position_m, scene.things[candle].position_m) == pytest.approx(offset)
    assert np.hypot(*offset[:2]) > 0
    assert apart(moved) >= 0.97


def test_the_camera_turns_around_what_it_looks_at():
    scene = scene_of("a vase on a slate slab")
    left = plans.change(scene, "camera", "left")
    assert scene.camera is not None and left.camera is not None
    arms = [np.subtract(camera.position_m, camera.target_m) for camera in (scene.camera, left.camera)]
    assert np.linalg.norm(arms[0]) == pytest.approx(np.linalg.norm(arms[1]))
    turned = np.degrees(np.arctan2(arms[1][0], -arms[1][1]) - np.arctan2(arms[0][0], -arms[0][1]))
    assert turned == pytest.approx(-15)
    closer = plans.change(scene, "camera", "closer")
    assert closer.camera is not None
    assert np.linalg.norm(np.subtract(closer.camera.position_m, closer.camera.target_m)) == pytest.approx(0.85 * np.linalg.norm(arms[0]))


@pytest.mark.parametrize(
    ("what", "value", "field"),
    [
        ("light", "neon sun", "light"),
        ("azimuth", "north", "azimuth"),
        ("azimuth", "nan", "azimuth"),
        ("count", "12", "count"),
        ("x", "", "what"),
    ],
)
def test_a_value_that_is_not_accepted_is_named(what: str, value: str, field: str):
    with pytest.raises(InvalidRequestError, match="accepted") as refused:
        plans.change(scene_of("a lemon"), what, value, entity=0)
    assert refused.value.field == field


def test_a_plan_with_things_of_another_world_is_refused():
    foreign = scene_of("a lemon").to_json().replace('"noun":"lemon"', '"noun":"unicorn"')
    with pytest.raises(InvalidRequestError, match="unicorn"):
        read_plan(foreign)
    with pytest.raises(InvalidRequestError, match="not a scene"):
        read_plan('{"seed": 1}')


def apart(scene: Scene) -> float:
    """How far the closest two things on the ground are apart, in sums of their radii."""
    standing = [(thing, shape(thing.noun, thing.seed, thing.color).radius_m) for thing in scene.things if thing.support is None]
    gaps = [
        np.hypot(a.position_m[0] - b.position_m[0], a.position_m[1] - b.position_m[1]) / (ra + rb)
        for k, (a, ra) in enumerate(standing)
        for b, rb in standing[:k]
    ]
    return min(gaps, default=9.0)


def test_things_have_their_own_colours_from_above():
    def rgb(prompt: str) -> tuple[int, int, int]:
        [thing] = top_view(scene_of(prompt), 1.0).things
        return tuple(bytes.fromhex(thing.fill[1:]))

    red, green, blue = rgb("a lemon on a table")
    assert red > 150 and green > 120 and blue < 100
    assert rgb("a blue mug on a table") == rgb("a blue bowl on a table")  # what is asked for, whatever the thing
    red_of_copper, _, blue_of_copper = rgb("a copper teapot on a table")
    assert red_of_copper > blue_of_copper + 40
    assert rgb("a lime on a table") != (red, green, blue)
