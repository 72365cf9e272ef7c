"""Layouts: things stand where their boxes are, or the answer says why not."""

from __future__ import annotations

import json

import numpy as np
import pytest

from pochade.core.errors import InvalidRequestError
from pochade.studio.layout import Box, arranged, read_layout
from pochade.world.compose import compose, corners_m
from pochade.world.lens import Lens
from pochade.world.parser import parse


def scene_of(prompt: str, aspect: float = 1.0):
    return compose(parse(prompt).description, 3, aspect)


@pytest.mark.parametrize("aspect", [1.0, 16 / 9, 2 / 3])
def test_things_fill_their_boxes(aspect: float):
    boxes = (Box("lemon", 0.05, 0.55, 0.35, 0.85), Box("apple", 0.6, 0.45, 0.9, 0.75))
    scene = arranged(scene_of("a lemon and a red apple on a wooden table", aspect), boxes, aspect)
    lens = Lens.of(scene.camera, aspect)
    for box in boxes:
        outline = lens.seen(corners_m(tuple(thing for thing in scene.things if thing.noun == box.thing)))
        (left, top), (right, bottom) = outline.min(0), outline.max(0)
        assert bottom == pytest.approx(box.bottom, abs=0.01) and (left + right) / 2 == pytest.approx((box.left + box.right) / 2, abs=0.01)
        assert max((right - left) / (box.right - box.left), (bottom - top) / (box.bottom - box.top)) == pytest.approx(1, abs=0.03)


def test_each_of_several_takes_a_box_and_the_rest_stay():
    scene = scene_of("three lemons on a slate slab")
    moved = arranged(scene, (Box("lemon", 0.1, 0.5, 0.3, 0.7), Box("lemon", 0.7, 0.5, 0.9, 0.7)), 1.0)
    changed = [old != new for old, new in zip(scene.things, moved.things, strict=True)]
    assert sum(changed) == 2 and moved.camera == scene.camera


def test_what_is_carried_comes_along():
    scene = scene_of("a lemon on a plate on a wooden table")
    plate = next(thing for thing in scene.things if thing.noun == "plate")
    above = [k for k, thing in enumerate(scene.things) if thing.support is not None]
    assert above
    moved = arranged(scene, (Box("plate", 0.5, 0.6, 0.95, 0.9),), 1.0)
    new = next(thing for thing in moved.things if thing.noun == "plate")
    for k in above:
        before, after = np.subtract(scene.things[k].position_m, plate.position_m), np.subtract(moved.things[k].position_m, new.position_m)
        np.testing.assert_allclose(after, before * new.scale / plate.scale, atol=1e-9)


@pytest.mark.parametrize(
    ("boxes", "said"),
    [
        ((Box("horse", 0, 0, 1, 1),), "standing in this scene: lemon"),
        ((Box("lemon", 0.1, 0.5, 0.3, 0.7), Box("lemon", 0.6, 0.5, 0.8, 0.7)), "more boxes than things"),
        ((Box("lemon", 0.1, 0.0, 0.3, 0.01),), "above the ground"),
    ],
)
def test_layouts_that_do_not_fit_are_refused(boxes: tuple[Box, ...], said: str):
    with pytest.raises(InvalidRequestError, match=said):
        arranged(scene_of("a lemon on a slate slab, low angle"), boxes, 1.0)


def test_a_landscape_takes_no_boxes():
    with pytest.raises(InvalidRequestError, match="without things"):
        arranged(scene_of("a lake at dawn"), (Box("lemon", 0, 0, 1, 1),), 1.0)


def test_a_layout_is_read():
    assert read_layout('[{"thing": "lemon", "box": [0.1, 0.5, 0.4, 0.9]}]') == (Box("lemon", 0.1, 0.5, 0.4, 0.9),)


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "[1]", '[{"thing": "lemon"}]', '[{"thing": 3, "box": [0, 0, 1, 1]}]', '[{"thing": "lemon", "box": [0.5, 0, 0.2, 1]}]']
    + ['[{"thing": "lemon", "box": [0, 0, 1, NaN]}]', '[{"thing": "lemon", "box": [0, 0, 1]}]', json.dumps([{}] * 21), "[" * 100_000],
)
def test_what_is_no_layout_is_refused_in_words(text: str):
    with pytest.raises(InvalidRequestError, match="is accepted|are accepted"):
        read_layout(text)


def test_the_ground_is_found_again():
    scene = scene_of("a lemon on a slate slab")
    lens = Lens.of(scene.camera, 1.5)
    for x, y in ((0.5, 0.6), (0.1, 0.9), (0.8, 0.7)):
        spot = lens.on_ground(x, y)
        assert spot is not None
        np.testing.assert_allclose(lens.seen(np.array([[*spot, 0.0]]))[0], (x, y), atol=1e-9)
