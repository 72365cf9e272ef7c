"""A rough layout of a picture, boxes for its things, and the plan that follows it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pochade.core.errors import InvalidRequestError
from pochade.studio.plans import REACH_M, root_of
from pochade.world.lens import Lens
from pochade.world.scene import Scene, Thing

MAX_BOXES = 20
ROUNDS = 8
"""Of placing and measuring: a thing's outline depends on where it stands and how large it is."""
SCALES = (0.1, 10.0)
"""How much smaller or larger than it comes a thing may become."""
_EXAMPLE = '[{"thing": "lemon", "box": [0.1, 0.5, 0.4, 0.9]}]'


@dataclass(frozen=True)
class Box:
    """Where a thing goes.

    Attributes:
        thing: noun of the vocabulary, e.g. "lemon".
        left, top, right, bottom: shares of the picture's width and height, from its upper left corner.
    """

    thing: str
    left: float
    top: float
    right: float
    bottom: float


def read_layout(text: str) -> tuple[Box, ...]:
    """The boxes of a layout: a JSON list of objects with "thing" and "box".

    Raises:
        InvalidRequestError: if it is anything else.
    """
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError(f"Got a layout that is not JSON ({error}); a list like {_EXAMPLE} is accepted.", "layout") from error
    if not isinstance(raw, list) or not 1 <= len(raw) <= MAX_BOXES:
        raise InvalidRequestError(f"Got a layout that is no list of 1 to {MAX_BOXES} boxes; {_EXAMPLE} is accepted.", "layout")
    return tuple(_box(number, entry) for number, entry in enumerate(raw, 1))


def arranged(scene: Scene, boxes: Sequence[Box], aspect: float) -> Scene:
    """The scene with its things stood and sized so that they fill their boxes as seen by its camera; what they carry comes along.

    A box's width and height cannot both be met by a thing of another shape: it is made to fit inside, standing on the lower edge.

    Args:
        aspect: width over height of the picture.

    Raises:
        InvalidRequestError: for a thing that the scene does not have, or not so often, or a box that does not stand on the ground.
    """
    if scene.camera is None or not scene.things:
        raise InvalidRequestError("Got a layout for a scene without things; a prompt that names things is accepted.", "layout")
    lens, things, taken = Lens.of(scene.camera, aspect), list(scene.things), set[int]()
    for box in boxes:
        index = _next(scene, box, taken)
        taken.add(index)
        placed = _placed(things[index], box, lens)
        things = [_carried(thing, things[index], placed) if root_of(things, k) == index else thing for k, thing in enumerate(things)]
        things[index] = placed
    return replace(scene, things=tuple(things))


def _box(number: int, entry: object) -> Box:
    try:
        thing, edges = entry["thing"], [float(edge) for edge in entry["box"]]  # type: ignore[index]
        left, top, right, bottom = edges
    except (TypeError, KeyError, ValueError) as error:
        raise InvalidRequestError(
            f'Got {json.dumps(entry):.80} as box {number}; "thing" and "box" (left, top, right, bottom) are accepted.',
            "layout",
        ) from error
    if not isinstance(thing, str) or not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        raise InvalidRequestError(
            f"Got {edges} for {thing!r:.40} as box {number}; left < right and top < bottom, shares from 0 to 1, are accepted.",
            "layout",
        )
    return Box(thing, left, top, right, bottom)


def _next(scene: Scene, box: Box, taken: set[int]) -> int:
    """The first thing of the box's kind that stands on the ground and has no box yet."""
    for index, thing in enumerate(scene.things):
        if index not in taken and thing.noun == box.thing and thing.support is None:
            return index
    standing = sorted({thing.noun for thing in scene.things if thing.support is None})
    more = "more boxes than things" if any(scene.things[index].noun == box.thing for index in taken) else "a box"
    raise InvalidRequestError(f"Got {more} for {box.thing!r:.40}; standing in this scene: {', '.join(standing)}. Name those.", "layout")


def _placed(thing: Thing, box: Box, lens: Lens) -> Thing:
    from pochade.world.compose import corners_m  # it brings scipy, which takes a third of a second to load

    middle, foot, scale = (box.left + box.right) / 2, box.bottom, thing.scale
    for _ in range(ROUNDS):
        spot = lens.on_ground(middle, foot)
        if spot is None or math.hypot(*spot) > REACH_M:
            raise InvalidRequestError(
                f"Got a box for {box.thing!r} whose lower edge, at {box.bottom:g}, lies above the ground of this view; "
                "a lower one is accepted, or a prompt with another view.",
                "layout",
            )
        thing = replace(thing, position_m=(*spot, 0.0), scale=scale)
        outline = lens.seen(corners_m((thing,)))
        (left, top), (right, bottom) = outline.min(0), outline.max(0)
        fit = min((box.right - box.left) / (right - left), (box.bottom - box.top) / (bottom - top))
        scale = float(np.clip(thing.scale * fit, *SCALES))
        middle += float((box.left + box.right - left - right) / 2)
        foot += float(box.bottom - bottom)
    return thing


def _carried(thing: Thing, before: Thing, after: Thing) -> Thing:
    """What stands on a thing, after that was moved and scaled."""
    grown = after.scale / before.scale
    moved = tuple(new + (own - old) * grown for own, old, new in zip(thing.position_m, before.position_m, after.position_m, strict=True))
    return replace(thing, position_m=moved, scale=thing.scale * grown)
