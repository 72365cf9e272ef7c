"""Scenes as data: what is written is what is read."""

import json
from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

from pochade.world import vocabulary as words
from pochade.world.captions import canonical
from pochade.world.compose import compose
from pochade.world.describe import description_rand
from pochade.world.palette import COLOR_RGB
from pochade.world.parser import parse
from pochade.world.scene import RELATIONS, Camera, Description, Entity, Relation, Scene, Thing
from pochade.world.stage import GROUND, Material
from pochade.world.staging import stage

number = st.floats(-1e6, 1e6, allow_nan=False)
point = st.tuples(number, number, number)
seed = st.integers(0, 2**32 - 1)
some = st.one_of(st.none(), st.text(max_size=12))

entities = st.builds(
    Entity, st.sampled_from(words.PRODUCTS), st.one_of(st.none(), st.integers(1, 5)), st.sampled_from(("exact", "few", "pile")), some, some
)
relations = st.builds(Relation, st.sampled_from(RELATIONS), st.integers(0, 4), st.integers(-1, 4), st.one_of(st.none(), st.integers(0, 4)))
names = st.lists(st.text(max_size=8), max_size=3).map(tuple)
descriptions = st.builds(
    Description,
    st.lists(entities, max_size=3).map(tuple),
    st.lists(relations, max_size=3).map(tuple),
    some,
    some,
    some,
    names,
    some,
    names,
    names,
)
things = st.builds(
    Thing, st.text(max_size=8), seed, st.integers(-1, 4), some, some, point, point, number, st.one_of(st.none(), st.integers(0, 9))
)
cameras = st.builds(Camera, point, point, number, number, number, point)
scenes = st.builds(
    Scene, descriptions, st.lists(things, max_size=3).map(tuple), st.one_of(st.none(), cameras), seed, seed, seed, seed, number
)


@settings(max_examples=60, deadline=None)
@given(scenes)
def test_json_round_trip_of_any_scene(scene: Scene) -> None:
    assert Scene.from_json(scene.to_json()) == scene
    assert hash(Scene.from_json(scene.to_json())) == hash(scene)


@pytest.mark.parametrize("seed", range(12))
def test_json_round_trip_of_composed_scenes(seed: int) -> None:
    scene = compose(description_rand(np.random.default_rng(seed)), seed)
    assert Scene.from_json(scene.to_json()) == scene


def spoilt(**changes: object) -> str:
    raw = json.loads(compose(Description((Entity("cube"),)), 1).to_json())
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = raw
        for key in parents:
            place = place[int(key) if key.isdigit() else key]
        if value is ...:
            del place[last]
        else:
            place[last] = value
    return json.dumps(raw)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "null", "[]", "7", '"scene"', "{}", '{"description": 3}', "not json at all", "\x00",
        spoilt(seed=...), spoilt(things=...), spoilt(description__entities=...), spoilt(things__0__noun=...), spoilt(camera__fov_deg=...),
        spoilt(surprise=1), spoilt(description__surprise=1), spoilt(things__0__surprise=1), spoilt(camera__surprise=1),
        spoilt(things=3), spoilt(camera="yes"), spoilt(things__0__position_m=None), spoilt(description__views=4),
    ],
)  # fmt: skip
def test_what_is_not_a_scene_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a scene"):
        Scene.from_json(text)


def test_unspoilt_json_is_accepted() -> None:
    assert Scene.from_json(spoilt()) == compose(Description((Entity("cube"),)), 1)


def test_scenes_are_plain_immutable_values() -> None:
    scene = compose(Description((Entity("cube"),)), 1)
    assert replace(scene, seed=2) != scene
    with pytest.raises(AttributeError):
        scene.seed = 2  # type: ignore[misc]


def test_the_colour_of_a_surface_is_in_the_text_only_where_there_is_one():
    plain = compose(Description((Entity("cube"),), surface="velvet cloth"), 1)
    dyed = compose(Description((Entity("cube"),), surface="velvet cloth", surface_color="black"), 1)
    assert "surface_color" not in plain.to_json() and Scene.from_json(plain.to_json()) == plain
    assert Scene.from_json(dyed.to_json()) == dyed and dyed.description.surface_color == "black"
    assert canonical(dyed.description).count("black velvet cloth") == 1 and parse(canonical(dyed.description)).description.surface_color


@pytest.mark.parametrize("surface", words.DYED_SURFACES)
def test_dyed_surfaces_have_the_colour_that_is_said(surface):
    def ground(color: str | None) -> Material:
        staged = stage(compose(Description((Entity("cube"),), surface=surface, surface_color=color), 1))
        return next(item.material for item in staged.items if item.thing == GROUND)

    assert ground(None).color != ground("blue").color == COLOR_RGB["blue"]
