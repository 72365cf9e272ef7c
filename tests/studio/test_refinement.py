"""Refining through plans: what is said changes, what is kept stays, and a picture that goes on shows what it showed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pochade.core.errors import InvalidRequestError
from pochade.studio.refinement import brushed, changed, extended, under_mask
from pochade.world.compose import compose, corners_m
from pochade.world.lens import Lens
from pochade.world.parser import parse
from pochade.world.render.guide import pixel_directions
from pochade.world.scene import Scene

PROMPT = "three lemons in a blue bowl, window light"


@pytest.fixture(scope="module")
def scene() -> Scene:
    return compose(parse(PROMPT).description, 3, 1.0)


def test_a_phrase_is_said_beside_the_prompt_and_a_whole_prompt_instead_of_it(scene: Scene):
    at_night, said = changed(scene, PROMPT, "by candlelight", 1.0)
    assert at_night.description.light == "candlelight" and at_night.things == scene.things
    assert said == f"{PROMPT}, by candlelight"
    red, said = changed(scene, PROMPT, "three lemons in a red bowl, window light", 1.0)
    assert {thing.color for thing in red.things if thing.noun == "bowl"} == {"red"} and red.camera == scene.camera
    assert said == "three lemons in a red bowl, window light"


def test_what_is_struck_out_of_the_prompt_leaves_the_scene():
    prompt = "a copper teapot and two mugs on an oak table, golden hour"
    standing = compose(parse(prompt).description, 3, 1.0)
    found, said = changed(standing, prompt, "a copper teapot on an oak table, golden hour", 1.0)
    assert {thing.noun for thing in found.things} == {"teapot"} and "mug" not in said
    teapot = next(thing for thing in standing.things if thing.noun == "teapot")
    assert found.things[0].position_m == teapot.position_m and found.things[0].seed == teapot.seed
    found, _ = changed(standing, prompt, "two mugs on an oak table, golden hour", 1.0)
    assert [(thing.noun, thing.entity) for thing in found.things] == [("mug", 0)] * 2
    kept, _ = changed(standing, prompt, "a gold teapot", 1.0)
    assert {thing.noun for thing in kept.things} == {"teapot", "mug"}, "a phrase takes nothing away"


def test_what_carried_others_leaves_and_they_are_arranged_anew(scene: Scene):
    found, _ = changed(scene, PROMPT, "three lemons, window light", 1.0)
    assert [thing.noun for thing in found.things] == ["lemon"] * 3
    assert all(thing.support is None for thing in found.things) and found.description.relations == ()


def test_words_that_say_nothing_are_told_at_their_field(scene: Scene):
    with pytest.raises(InvalidRequestError) as refused:
        changed(scene, PROMPT, "flibbertigibbet", 1.0)
    assert refused.value.field == "prompt"


def test_brushing_gives_other_shapes_to_what_was_brushed_alone(scene: Scene):
    assert scene.camera is not None
    lens, size = Lens.of(scene.camera, 1.0), 128
    lemon = next(thing for thing in scene.things if thing.noun == "lemon")
    (left, top), (right, bottom) = (edge(lens.seen(corners_m((lemon,))) * size, 0) for edge in (np.min, np.max))
    mask = np.zeros((size, size), bool)
    mask[int(top) : int(bottom) + 1, int(left) : int(right) + 1] = True
    found = brushed(scene, mask, 5)
    differ = [a.noun for a, b in zip(scene.things, found.things, strict=True) if a != b]
    assert "lemon" in differ and "bowl" not in differ and found.camera == scene.camera
    assert found == brushed(scene, mask, 5) != brushed(scene, mask, 6)
    assert brushed(scene, np.zeros_like(mask), 5) == scene


def test_under_a_mask_the_camera_stays(scene: Scene):
    mask = np.ones((64, 64), bool)
    found = under_mask(scene, PROMPT, "five lemons in a blue bowl", mask, 1)
    assert found is not None and sum(thing.noun == "lemon" for thing in found.things) == 5
    assert found.camera == scene.camera
    with pytest.raises(InvalidRequestError, match="covers no thing") as refused:
        under_mask(scene, PROMPT, PROMPT, np.zeros_like(mask), 1)
    assert refused.value.field == "mask"
    with pytest.raises(InvalidRequestError, match="as a change"):
        under_mask(scene, PROMPT, "hm", mask, 1)


@pytest.mark.parametrize("sides", [(96, 0, 0, 0), (0, 64, 0, 0), (0, 0, 32, 16), (48, 16, 32, 80)])
def test_an_extended_view_looks_through_its_old_pixels_as_before(scene: Scene, sides: tuple[int, int, int, int]):
    left, top, right, bottom = sides
    assert scene.camera is not None
    once = extended(scene, 128, 96, *sides)
    assert once is not None and once.camera is not None and once.things == scene.things
    width, height = 128 + left + right, 96 + top + bottom
    wide = pixel_directions(once.camera, width, height)[top : top + 96, left : left + 128]
    assert np.allclose(wide, pixel_directions(scene.camera, 128, 96), atol=1e-5)
    twice = extended(once, width, height, 16, 0, 0, 32)
    assert twice is not None and twice.camera is not None
    wide = pixel_directions(twice.camera, width + 16, height + 32)[top : top + 96, 16 + left : 16 + left + 128]
    assert np.allclose(wide, pixel_directions(scene.camera, 128, 96), atol=1e-5)
    # and the lens that places things in the picture agrees
    points = corners_m(scene.things)
    before = Lens.of(scene.camera, 128 / 96).seen(points) * [128, 96]
    lens = Lens.of(once.camera, width / height)
    assert np.allclose(lens.seen(points) * [width, height], before + [left, top], atol=1e-3)
    foot = lens.seen(np.array([[0.02, 0.05, 0.0]]))[0]
    assert lens.on_ground(*foot) == pytest.approx((0.02, 0.05), abs=1e-6)


def test_a_view_of_its_place_is_not_extended(scene: Scene):
    assert extended(replace(scene, camera=None), 64, 64, 8, 0, 0, 0) is None


def test_plans_keep_a_shift_and_old_plans_have_none(scene: Scene):
    once = extended(scene, 64, 64, 8, 0, 0, 0)
    assert once is not None and Scene.from_json(once.to_json()) == once
    assert "shift" not in scene.to_json() and Scene.from_json(scene.to_json()) == scene


def test_the_path_tracer_refuses_a_view_off_its_axis(scene: Scene):
    from pochade.world.render.build import _sensor

    once = extended(scene, 64, 64, 8, 0, 0, 0)
    assert once is not None and once.camera is not None
    with pytest.raises(InvalidRequestError, match="Choose pochade-1"):
        _sensor(once.camera, 64, 64)
