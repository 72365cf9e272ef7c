"""A scene changed in words: what is said changes, everything else stays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pochade.core.errors import InvalidRequestError
from pochade.studio.rewording import reworded
from pochade.world.compose import compose
from pochade.world.parser import parse


@pytest.fixture(scope="module")
def scene():
    return compose(parse("a red glass vase and two lemons on a marble table, softbox").description, 3)


@pytest.mark.parametrize(("words", "light"), [("at night", "moonlight"), ("with candlelight please", "candlelight")])
def test_another_light_moves_nothing(scene, words, light):
    found = reworded(scene, words)
    assert found == replace(scene, description=replace(scene.description, light=light))


@pytest.mark.parametrize(
    ("words", "index", "color", "material"),
    [
        ("make it blue", 0, "blue", "glass"),
        ("in gold", 0, None, "gold"),
        ("an oak vase", 0, None, "oak"),
        ("in blue ceramic", 0, "blue", "ceramic"),
        ("a green vase", 0, "green", "glass"),
        ("green lemons", 1, "green", None),
    ],
)
def test_colour_and_material_go_to_what_is_named_else_to_the_first(scene, words, index, color, material):
    found = reworded(scene, words)
    entity = found.description.entities[index]
    assert entity.color == color and (material is None or material in (entity.material or ""))
    assert [thing.position_m for thing in found.things] == [thing.position_m for thing in scene.things]
    assert found.description.entities[1 - index] == scene.description.entities[1 - index]
    assert found.camera == scene.camera


def test_another_thing_takes_the_first_ones_place(scene):
    found = reworded(scene, "a teapot")
    assert found.description.entities[0].noun == "teapot" and found.description.entities[1] == scene.description.entities[1]
    assert "vase" not in {thing.noun for thing in found.things}


def test_another_thing_takes_the_place_of_one_that_is_not_named(scene):
    found = reworded(scene, "a red glass vase and three mugs")
    assert [entity.noun for entity in found.description.entities] == ["vase", "mug"]
    assert sum(thing.noun == "mug" for thing in found.things) == 3
    vase = [thing for thing in scene.things if thing.noun == "vase"]
    assert [thing for thing in found.things if thing.noun == "vase"] == vase


def test_food_in_the_place_of_something_else_is_itself(scene):
    found = reworded(scene, "two lemons and a pear")
    pear = next(thing for thing in found.things if thing.noun == "pear")
    assert (pear.color, pear.material) == (None, None), "no red glass pear"


def test_a_thing_beyond_all_that_are_named_joins_them(scene):
    found = reworded(scene, "a red glass vase, two lemons and two gold mugs")
    assert [entity.noun for entity in found.description.entities] == ["vase", "lemon", "mug"]
    added = found.things[len(scene.things) :]
    assert found.things[: len(scene.things)] == scene.things
    assert [(thing.noun, thing.material, thing.entity) for thing in added] == [("mug", "gold", 2)] * 2
    assert added[0].position_m != added[1].position_m and added[0].seed != added[1].seed
    # where a sentence names a noun twice, each stands for itself
    twice = reworded(scene, "a red glass vase, two lemons and a green vase")
    assert [entity.noun for entity in twice.description.entities] == ["vase", "lemon", "vase"]


def test_numbers_views_and_several_at_once(scene):
    found = reworded(scene, "three lemons on an oak table at night, seen from above")
    assert sum(thing.noun == "lemon" for thing in found.things) == 3
    assert (found.description.surface, found.description.light, found.description.views) == ("oak table", "moonlight", ("top-down",))


def test_a_cloth_changes_with_its_colour(scene):
    found = reworded(scene, "on black velvet")
    assert (found.description.surface, found.description.surface_color) == ("velvet cloth", "black")


@pytest.mark.parametrize(("words", "named"), [("accordion", "accordion"), ("", "says nothing"), ("please", "says nothing")])
def test_words_that_change_nothing_are_refused(scene, words, named):
    with pytest.raises(InvalidRequestError, match=named):
        reworded(scene, words)


def test_a_scene_without_things_has_no_colour_to_change():
    empty = compose(parse("a glacier at noon").description, 1)
    with pytest.raises(InvalidRequestError, match="object"):
        reworded(empty, "make it blue")
    assert reworded(empty, "at sunset").description.light == "sunset"


def test_as_many_as_before_stay_where_they_are():
    scene = compose(parse("three lemons in a blue bowl").description, 3, 1.0)
    assert [thing.position_m for thing in reworded(scene, "three lemons").things] == [thing.position_m for thing in scene.things]
