"""Places: rooms, halls, courts and streets as stages, with or without things in them."""

from __future__ import annotations

from collections.abc import Callable

from pochade.world.places.arcade import arcade_stage
from pochade.world.places.corridor import corridor_stage
from pochade.world.places.courtyard import courtyard_stage
from pochade.world.places.gallery import gallery_stage
from pochade.world.places.room import room_stage
from pochade.world.places.street import street_stage
from pochade.world.places.supper import supper_stage
from pochade.world.scene import Scene
from pochade.world.stage import Item, Stage

__all__ = ["PLACE_STAGES", "place_stage"]

PLACE_STAGES: dict[str, Callable[[Scene, float], Stage]] = {
    "sunlit room": room_stage,
    "gallery": gallery_stage,
    "arcade of columns": arcade_stage,
    "neon corridor": corridor_stage,
    "candlelit table": supper_stage,
    "tiled courtyard": courtyard_stage,
    "wet city street": street_stage,
}
"""How each noun of `vocabulary.PLACES` is built: `stage(scene, aspect)`."""


def place_stage(scene: Scene, items: list[Item], aspect: float = 1.0) -> Stage:
    """The stage of a scene whose setting is a place.

    Args:
        items: the scene's things about the origin. Places set them down where they can stand, so these serve
            only to tell that there are some.
        aspect: width over height of the picture.

    Raises:
        ValueError: if there is no such place, or there are items of a scene without things.
    """
    setting = scene.description.setting
    if setting not in PLACE_STAGES:
        raise ValueError(f"no place {setting!r}; there are: {', '.join(PLACE_STAGES)}")
    if bool(items) != bool(scene.things):
        raise ValueError(f"got {len(items)} items for a scene of {len(scene.things)} things; pass `thing_items(scene)`")
    return PLACE_STAGES[setting](scene, aspect)
