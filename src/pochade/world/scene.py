"""Scenes as plain data: what is stated (`Description`) and what is drawn (`Scene`).

A `Description` is what a prompt or a caption says; everything it leaves open is None or empty.
A `Scene` is one complete answer to a description: every object has a place, every light a seed.
Names of nouns, materials, colours, surfaces, lights, views and moods are the canonical words of the
vocabulary ("wine glass", "brushed steel"), never synonyms.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any, Literal

Grouping = Literal["exact", "few", "pile"]
RelationKind = Literal["left of", "right of", "next to", "in front of", "behind", "on top of", "inside", "on a plate", "between"]

RELATIONS: tuple[str, ...] = RelationKind.__args__  # type: ignore[attr-defined]

WORLD_VERSION = 1
"""Raised whenever the same seed would give another scene or another picture."""


@dataclass(frozen=True)
class Entity:
    """One noun of a description with what is said about it.

    Attributes:
        noun: canonical name of an asset, e.g. "wine glass".
        count: number of instances, 1 to 5 when stated exactly; None when not stated.
        grouping: "exact" for a number, "few" for "a few", "pile" for "a pile of".
        color: canonical colour name or None.
        material: canonical material name or None.
    """

    noun: str
    count: int | None = None
    grouping: Grouping = "exact"
    color: str | None = None
    material: str | None = None


@dataclass(frozen=True)
class Relation:
    """`subject` stands in `kind` to `object`: indices into `Description.entities`.

    "between" has a second object: "a pear between a jug and a bowl". "on a plate" needs no plate among
    the entities (`object` is -1): the composer adds one.
    """

    kind: RelationKind
    subject: int
    object: int = -1
    second: int | None = None


@dataclass(frozen=True)
class Description:
    """What a prompt or caption states. None or an empty tuple means: left open.

    Attributes:
        entities: nouns that are things (products and food), in order of mention.
        relations: how they stand to each other.
        setting: a landscape ("sea", "pine forest") or place ("sunlit room"), or None for a still life.
        surface: what the things stand on ("marble table"), or None.
        surface_color: its colour, of `vocabulary.DYED_SURFACES`; None: its own.
        light: canonical light name, e.g. "golden hour".
        light_colors: colours of neon tubes or gels, at most two.
        backdrop: colour of the background of a studio shot.
        views: canonical view names, e.g. ("close-up", "shallow depth of field").
        moods: canonical mood names, e.g. ("black and white",).
    """

    entities: tuple[Entity, ...] = ()
    relations: tuple[Relation, ...] = ()
    setting: str | None = None
    surface: str | None = None
    light: str | None = None
    light_colors: tuple[str, ...] = ()
    backdrop: str | None = None
    views: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    surface_color: str | None = None


@dataclass(frozen=True)
class Thing:
    """One placed instance. z is up, the ground or table top is z = 0, the camera looks towards +y.

    Attributes:
        noun: asset name. `seed` draws its shape.
        entity: index of the `Entity` it belongs to; -1 for a plate or a vessel that the composer added.
        position_m: where the asset's origin (centre of its base) stands.
        rotation_deg: intrinsic rotations about z (yaw), then x (pitch), then y (roll).
        scale: factor on the physical size, 1 for life size.
        support: index of the thing that carries it, None for the ground.
    """

    noun: str
    seed: int
    entity: int
    material: str | None
    color: str | None
    position_m: tuple[float, float, float]
    rotation_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    scale: float = 1.0
    support: int | None = None


@dataclass(frozen=True)
class Camera:
    """Thin-lens camera.

    Attributes:
        fov_deg: horizontal field of view of a square picture; wider formats widen it.
        aperture_radius_m: 0 for a pinhole.
        focus_distance_m: distance of the plane in focus, along the view axis.
        shift: where the view axis meets the picture, right and up of its middle, in halves of its shorter side; as a shift lens does.
    """

    position_m: tuple[float, float, float]
    target_m: tuple[float, float, float]
    fov_deg: float
    aperture_radius_m: float
    focus_distance_m: float
    up: tuple[float, float, float] = (0.0, 0.0, 1.0)
    shift: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True)
class Scene:
    """A complete scene. Two equal scenes give two equal pictures.

    Attributes:
        description: the fully determined description; what `captions` may speak of.
        camera: None where the setting brings its own (a landscape, a place without things).
        seed: of the draw; `setting_seed`, `light_seed`, `surface_seed` draw terrain, light and ground.
        key_azimuth_deg: direction of the key light, 0 is from behind the camera, positive from the right.
    """

    description: Description
    things: tuple[Thing, ...]
    camera: Camera | None
    seed: int
    setting_seed: int
    light_seed: int
    surface_seed: int
    key_azimuth_deg: float
    version: int = WORLD_VERSION

    def to_json(self) -> str:
        raw = dataclasses.asdict(self)
        if self.description.surface_color is None:
            del raw["description"]["surface_color"]  # most scenes have none, and read as they did before there was such a thing
        if self.camera is not None and self.camera.shift == (0.0, 0.0):
            del raw["camera"]["shift"]  # likewise
        return json.dumps(raw, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Scene:
        """Inverse of `to_json`.

        Raises:
            ValueError: if a field is missing or unknown.
        """
        try:
            return _scene_from(json.loads(text))
        except (TypeError, KeyError, ValueError) as error:
            raise ValueError(f"not a scene: {error}") from error


def description_from(raw: dict[str, Any]) -> Description:
    """Rebuilds a Description from the nested dictionaries of `dataclasses.asdict`."""
    fields = dict(raw)
    fields["entities"] = tuple(Entity(**entity) for entity in raw["entities"])
    fields["relations"] = tuple(Relation(**relation) for relation in raw["relations"])
    for name in ("light_colors", "views", "moods"):
        fields[name] = tuple(raw[name])
    return Description(**fields)


def _scene_from(raw: dict[str, Any]) -> Scene:
    fields = dict(raw)
    fields["description"] = description_from(raw["description"])
    fields["things"] = tuple(
        Thing(**{**thing, "position_m": tuple(thing["position_m"]), "rotation_deg": tuple(thing["rotation_deg"])})
        for thing in raw["things"]
    )
    camera = raw["camera"]
    fields["camera"] = camera and Camera(
        **{**camera, **{name: tuple(camera[name]) for name in ("position_m", "target_m", "up", "shift") if name in camera}}
    )
    return Scene(**fields)
