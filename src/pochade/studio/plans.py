"""Changing the plan behind a picture: one thing at a time, and everything else stays as it was."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pochade.core.errors import InvalidRequestError
from pochade.providers.planning import one_of
from pochade.providers.planning import scene as planned
from pochade.world.lens import Lens
from pochade.world.scene import Camera, Description, Entity, Scene, Thing
from pochade.world.vocabulary import (
    COLORS,
    FOOD,
    LANDSCAPES,
    LIGHTS,
    MATERIALS,
    MOODS,
    OUTDOOR_LIGHTS,
    PLACES,
    PRODUCTS,
    SURFACES,
    VIEWS,
)

if TYPE_CHECKING:
    from pochade.core.values import GenerationRequest, Picture

MAX_COUNT = 9
REACH_M = 20.0
"""How far from the middle a thing may be put."""

_guiding = threading.Lock()
_TURN_DEG, _TILT_DEG, _DOLLY = 15.0, 8.0, 0.85
_MOVES = ("left", "right", "higher", "lower", "closer", "farther")


def lights(scene: Scene) -> tuple[str, ...]:
    """The lights that this scene can have."""
    return OUTDOOR_LIGHTS if scene.description.setting in LANDSCAPES else LIGHTS


def settings(scene: Scene) -> tuple[str, ...]:
    """The settings that this scene's can be changed for; none for a still life."""
    setting = scene.description.setting
    return () if setting is None else LANDSCAPES if setting in LANDSCAPES else PLACES


def change(scene: Scene, what: str, value: str, *, entity: int | None = None, aspect: float = 1.0) -> Scene:
    """The scene with one thing changed.

    Args:
        what: "light", "azimuth", "setting", "surface", "surface_color", "view", "mood", "camera", or of an entity
            "noun", "count", "material", "color".
        value: a word of the vocabulary, a number, or "" for what the thing has by itself; for the camera "left", "closer", ...
        entity: index into `scene.description.entities`.
        aspect: width over height of the picture, which a new camera is fitted to.

    Raises:
        InvalidRequestError: for a value that is not accepted; names the accepted ones.
    """
    said = scene.description
    match what:
        case "light":
            return replace(scene, description=replace(said, light=one_of(what, value, lights(scene))))
        case "azimuth":
            return replace(scene, key_azimuth_deg=_number(what, value, -180, 180))
        case "setting":
            return replace(scene, description=replace(said, setting=one_of(what, value, settings(scene))))
        case "surface":
            return replace(scene, description=replace(said, surface=one_of(what, value, SURFACES)))
        case "surface_color":
            return replace(scene, description=replace(said, surface_color=one_of(what, value, COLORS) if value else None))
        case "view":
            return _viewed(scene, (one_of(what, value, VIEWS),) if value else (), aspect)
        case "mood":
            return replace(scene, description=replace(said, moods=(one_of(what, value, MOODS),) if value else ()))
        case "camera":
            if scene.camera is None:
                raise InvalidRequestError(
                    "Got a movement of the camera; this scene's place brings its own. Choose a view instead.", "camera"
                )
            return replace(scene, camera=_moved_camera(scene.camera, one_of(what, value, _MOVES)))
        case "noun" | "count" | "material" | "color":
            return _changed_entity(scene, what, value, entity, aspect)
    raise InvalidRequestError(
        f"Got {what!r} to change; light, azimuth, setting, surface, surface_color, view, mood, camera, noun, count, material and color "
        "are accepted.",
        "what",
    )


def move(scene: Scene, index: int, x_m: float, y_m: float) -> Scene:
    """The scene with one thing stood elsewhere, with all it carries; where there is no room, as near as there is.

    Args:
        index: into `scene.things`; what is carried moves its carrier.
        x_m, y_m: where its base goes, within 20 m of the middle.

    Raises:
        InvalidRequestError: for a thing that is not there, or a place out of reach.
    """
    if not 0 <= index < len(scene.things):
        raise InvalidRequestError(f"Got thing {index}; 0 to {len(scene.things) - 1} are accepted.", "thing")
    if not (abs(x_m) <= REACH_M and abs(y_m) <= REACH_M):  # refuses NaN too
        raise InvalidRequestError(f"Got a place at {x_m:g}, {y_m:g} m; up to {REACH_M:g} m from the middle is accepted.", "place")
    target = scene.things[index]
    root = root_of(scene.things, index)
    moving = {k for k in range(len(scene.things)) if root_of(scene.things, k) == root}
    base = scene.things[root]
    wanted = (base.position_m[0] + x_m - target.position_m[0], base.position_m[1] + y_m - target.position_m[1])
    radius = max(math.dist(scene.things[k].position_m[:2], base.position_m[:2]) + _radius_m(scene.things[k]) for k in moving)
    others = [thing for k, thing in enumerate(scene.things) if k not in moving and thing.support is None]
    x, y = _free_place(wanted, radius, others)
    dx, dy = x - base.position_m[0], y - base.position_m[1]
    return replace(scene, things=tuple(_shifted(thing, dx, dy) if k in moving else thing for k, thing in enumerate(scene.things)))


def added(scene: Scene, entity: Entity, aspect: float = 1.0) -> Scene:
    """The scene with one entity more, beside the others; the camera steps back as far as it takes to see it.

    Args:
        entity: an unstated count is one.

    Raises:
        InvalidRequestError: if the scene's place brings its own view, in which nothing stands.
    """
    if not scene.things:
        raise InvalidRequestError(
            f"Got {entity.noun!r} as a further object; this scene is all landscape. Change its light, its place or its view.", "entity"
        )
    index = len(scene.description.entities)
    count = min(entity.count or 1, MAX_COUNT)
    entity = replace(entity, count=entity.count and count, grouping="exact")
    base = next(thing for thing in scene.things if thing.support is None)
    seed = int(np.random.default_rng([scene.seed, index, 0xF1]).integers(2**31))
    first = replace(
        base, noun=entity.noun, seed=seed, entity=index, material=entity.material, color=entity.color, rotation_deg=(0.0, 0.0, 0.0)
    )
    x, y = _free_place(base.position_m[:2], _radius_m(first), [thing for thing in scene.things if thing.support is None])
    things = _counted((*scene.things, replace(first, position_m=(x, y, 0.0))), index, count, scene.seed)
    said = replace(scene.description, entities=(*scene.description.entities, entity))
    return replace(scene, description=said, things=things, camera=scene.camera and _fitted(scene.camera, things, aspect))


def without(scene: Scene, index: int, aspect: float = 1.0) -> Scene:
    """The scene without one entity; the others stay where they are, unless they stood on or in it: then all is arranged anew.

    Args:
        index: into `scene.description.entities`, which has others.
    """
    from pochade.world.compose import compose

    said = scene.description

    def moved(place: int | None) -> int | None:
        return place if place is None or place < index else place - 1

    relations = tuple(
        replace(one, subject=one.subject - (one.subject > index), object=one.object - (one.object > index), second=moved(one.second))
        for one in said.relations
        if index not in (one.subject, one.object, one.second)
    )
    said = replace(said, entities=(*said.entities[:index], *said.entities[index + 1 :]), relations=relations)
    if _entangled(scene, index):
        return compose(said, scene.seed, aspect)
    kept = [k for k, thing in enumerate(scene.things) if thing.entity != index]
    things = tuple(
        replace(
            scene.things[k],
            entity=scene.things[k].entity - (scene.things[k].entity > index),
            support=None if (support := scene.things[k].support) is None else kept.index(support),
        )
        for k in kept
    )
    return replace(scene, description=said, things=things)


def guide_picture(scene: Scene, width_px: int, height_px: int) -> Picture:
    """The guide maps as one picture for people: surfaces in their colours under a plain light.

    Returns:
        (H, W, 3) uint8, sRGB.
    """
    from pochade.world.render.guide import SKY, guide

    with _guiding:  # one at a time: more would only make all of them late
        maps = guide(scene, width_px, height_px, light=False)
    toward_light = np.array([-0.45, 0.62, 0.64], np.float32)
    facing = np.clip(maps.normal @ toward_light, 0, 1)[..., None]
    linear = maps.albedo * (0.25 + 0.9 * facing) + np.minimum(maps.emission, 1)
    rows = np.linspace(0.42, 0.72, height_px, dtype=np.float32)[:, None, None] * np.array([0.92, 1.0, 1.1], np.float32)
    linear = np.where((maps.thing == SKY)[..., None], rows, linear)
    return (np.clip(linear, 0, 1) ** (1 / 2.2) * 255 + 0.5).astype(np.uint8)


def outline(request: GenerationRequest) -> Picture | None:
    """How a request will be composed, under a plain light: there long before a painting. None for a scene without things.

    Raises:
        InvalidRequestError: for a plan that is none.
    """
    scene = planned(request, 0)
    return guide_picture(scene, request.width_px, request.height_px) if scene.things else None


# --- entities -------------------------------------------------------------------------------------------------


def _changed_entity(scene: Scene, what: str, value: str, index: int | None, aspect: float) -> Scene:
    from pochade.world.compose import compose  # it brings scipy, which takes a third of a second to load

    entities = scene.description.entities
    if index is None or not 0 <= index < len(entities):
        raise InvalidRequestError(f"Got object {index}; 0 to {len(entities) - 1} are accepted here.", "entity")
    entity = entities[index]
    if what == "material":
        changed = replace(entity, material=one_of(what, value, MATERIALS) if value else None)
    elif what == "color":
        changed = replace(entity, color=one_of("colour", value, COLORS) if value else None)
    elif what == "noun":
        changed = replace(entity, noun=one_of("object", value, (*PRODUCTS, *FOOD)))
    else:
        changed = replace(entity, count=int(_number("count", value, 1, MAX_COUNT)), grouping="exact")
    said = replace(scene.description, entities=tuple(changed if k == index else other for k, other in enumerate(entities)))
    if what in ("material", "color"):
        dressed = tuple(
            replace(t, material=changed.material, color=changed.color) if t.entity == index and t.noun == entity.noun else t
            for t in scene.things
        )
        return replace(scene, description=said, things=dressed)
    if _entangled(scene, index):  # what stands on or in something else is arranged anew
        return compose(said, scene.seed, aspect)
    things = _renamed(scene.things, index, changed) if what == "noun" else _counted(scene.things, index, changed.count or 1, scene.seed)
    return replace(scene, description=said, things=things, camera=scene.camera and _fitted(scene.camera, things, aspect))


def _entangled(scene: Scene, index: int) -> bool:
    """Whether things of this entity carry others, are carried, or lie in a heap."""
    own = {k for k, thing in enumerate(scene.things) if thing.entity == index}
    return not own or any(
        (thing.support is not None or thing.position_m[2] > 1e-6) if k in own else thing.support in own
        for k, thing in enumerate(scene.things)
    )


def _renamed(things: tuple[Thing, ...], index: int, entity: Entity) -> tuple[Thing, ...]:
    out = list(things)
    for k, thing in enumerate(things):
        if thing.entity == index:
            standing = replace(thing, noun=entity.noun, rotation_deg=(thing.rotation_deg[0], 0.0, 0.0))
            others = [other for j, other in enumerate(out) if j != k and other.support is None]
            x, y = _free_place(thing.position_m[:2], _radius_m(standing), others)
            out[k] = replace(standing, position_m=(x, y, 0.0))
    return tuple(out)


def _counted(things: tuple[Thing, ...], index: int, count: int, seed: int) -> tuple[Thing, ...]:
    own = [k for k, thing in enumerate(things) if thing.entity == index]
    gone = own[count:]
    kept = [
        replace(thing, support=None if thing.support is None else thing.support - sum(g < thing.support for g in gone))
        for k, thing in enumerate(things)
        if k not in gone
    ]
    rng = np.random.default_rng([seed, index, 0xADD])
    model = things[own[0]]
    for _ in range(count - len(own)):
        added = replace(model, seed=int(rng.integers(2**31)), rotation_deg=(float(rng.uniform(-20, 20)), 0.0, 0.0))
        x, y = _free_place(model.position_m[:2], _radius_m(added), [thing for thing in kept if thing.support is None])
        kept.append(replace(added, position_m=(x, y, 0.0)))
    return tuple(kept)


def _free_place(wanted: tuple[float, ...], radius_m: float, others: list[Thing]) -> tuple[float, float]:
    """The place nearest to `wanted` where a footprint of this radius meets no other's."""
    standing = [(thing.position_m[0], thing.position_m[1], _radius_m(thing)) for thing in others]
    step = max(radius_m, 0.01) / 4
    for ring in range(400):
        turns = max(1, ring * 6)
        for k in range(turns):
            angle = 2 * np.pi * k / turns
            x, y = wanted[0] + ring * step * np.cos(angle), wanted[1] + ring * step * np.sin(angle)
            if all(np.hypot(x - ox, y - oy) >= 0.98 * (radius_m + r) for ox, oy, r in standing):
                return float(x), float(y)
    return float(wanted[0]), float(wanted[1])


def _radius_m(thing: Thing) -> float:
    from pochade.world.compose import shape

    return shape(thing.noun, thing.seed, thing.color).radius_m * thing.scale


def root_of(things: Sequence[Thing], index: int) -> int:
    """The thing on the ground that carries a thing, or is it."""
    for _ in things:  # a plan from elsewhere may name supports in a circle
        support = things[index].support
        if support is None or not 0 <= support < len(things):
            break
        index = support
    return index


def _shifted(thing: Thing, dx: float, dy: float) -> Thing:
    x, y, z = thing.position_m
    return replace(thing, position_m=(x + dx, y + dy, z))


# --- camera ---------------------------------------------------------------------------------------------------


def _viewed(scene: Scene, views: tuple[str, ...], aspect: float) -> Scene:
    from pochade.world.compose import frame

    said: Description = replace(scene.description, views=views)
    camera = frame(said, scene.things, np.random.default_rng([scene.seed, 0xC4]), aspect) if scene.things else scene.camera
    return replace(scene, description=said, camera=camera)


def _moved_camera(camera: Camera, how: str) -> Camera:
    target = np.array(camera.target_m)
    arm = np.array(camera.position_m) - target
    distance = float(np.linalg.norm(arm))
    azimuth = np.degrees(np.arctan2(arm[0], -arm[1]))
    elevation = np.degrees(np.arcsin(np.clip(arm[2] / distance, -1, 1)))
    azimuth += {"left": -_TURN_DEG, "right": _TURN_DEG}.get(how, 0.0)
    elevation = float(np.clip(elevation + {"higher": _TILT_DEG, "lower": -_TILT_DEG}.get(how, 0.0), 1.0, 84.0))
    nearer = {"closer": _DOLLY, "farther": 1 / _DOLLY}.get(how, 1.0)
    a, e = np.radians(azimuth), np.radians(elevation)
    toward = np.array([np.sin(a) * np.cos(e), -np.cos(a) * np.cos(e), np.sin(e)])
    eye = target + toward * distance * nearer
    focus = max(camera.focus_distance_m + distance * (nearer - 1), 0.02)
    return replace(camera, position_m=(float(eye[0]), float(eye[1]), float(eye[2])), focus_distance_m=float(focus), up=(0.0, 0.0, 1.0))


def _fitted(camera: Camera, things: tuple[Thing, ...], aspect: float) -> Camera:
    """The camera, drawn back just as far as it takes to see all things."""
    from pochade.world.compose import corners_m

    points, lens, target = corners_m(things), Lens.of(camera, aspect), np.array(camera.target_m)
    distance = start = float(np.linalg.norm(lens.eye - target))
    while np.abs(replace(lens, eye=target + lens.toward * distance).seen(points) - 0.5).max() > 0.485 and distance < 10 * start:
        distance *= 1.06
    eye = target + lens.toward * distance
    return replace(
        camera,
        position_m=(float(eye[0]), float(eye[1]), float(eye[2])),
        focus_distance_m=camera.focus_distance_m + distance - start,
    )


# --- values ---------------------------------------------------------------------------------------------------


def _number(what: str, value: str, low: float, high: float) -> float:
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not low <= number <= high:
        raise InvalidRequestError(f"Got {value!r:.60} as {what}; a number from {low:g} to {high:g} is accepted. Choose one.", what)
    return number
