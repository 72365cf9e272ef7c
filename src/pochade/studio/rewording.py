"""Changing the plan behind a picture in words: "at night", "in gold", "a teapot", "three lemons", "seen from above"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pochade.core.errors import InvalidRequestError
from pochade.studio.plans import added, change
from pochade.world.vocabulary import COLORS, FOOD, MATERIALS

if TYPE_CHECKING:
    from pochade.world.parser import ParsedPrompt
    from pochade.world.scene import Description, Entity, Scene


def reworded(scene: Scene, text: str, aspect: float = 1.0) -> Scene:
    """The scene with what a sentence says changed, and nothing else.

    Light, setting, surface, view and mood replace the scene's. A noun of the scene takes the colour, material and count said of it;
    another noun takes the place of the first thing that the sentence does not name, or joins them if it names all. A colour, material
    or number on its own is said of the first thing. A new material comes in its own colour unless one is said with it: gold is not red.

    Args:
        aspect: width over height of the picture, which a new camera is fitted to.

    Raises:
        InvalidRequestError: if the sentence says nothing that this scene can take; names what is accepted.
    """
    from pochade.world.parser import parse

    parsed = parse(text)
    said = parsed.description
    wanted: list[tuple[str, str, int | None]] = [
        *((what, value, None) for what, value in _circumstances(said) if value),
        *(("view", view, None) for view in said.views),
        *(("mood", mood, None) for mood in said.moods),
    ]
    places = spoken_of(scene, said)
    for entity, index in zip(said.entities, places, strict=True):
        if index is not None:
            wanted += _of_entity(scene, entity, index)
    if not said.entities:
        wanted += [(what, value, 0) for what, value in _alone(parsed)]
    if not wanted and not said.entities:
        lost = f" ({', '.join(word.word for word in parsed.unknown)} is not known)" if parsed.unknown else ""
        raise InvalidRequestError(
            f"Got {text[:80]!r} as a change, which says nothing that can be painted{lost}; another light, setting, surface, view, mood, "
            'thing, colour, material or number is accepted. Say it as in a prompt: "at night", "in gold", "three lemons".',
            "change",
        )
    for what, value, index in wanted:
        scene = change(scene, what, value, entity=index, aspect=aspect)
    for entity, index in zip(said.entities, places, strict=True):
        if index is None:
            scene = added(scene, entity, aspect)
    return scene


def spoken_of(scene: Scene, said: Description) -> list[int | None]:
    """Which entity of the scene each one of the sentence is: of the same noun, else one that it does not name; None: a further one."""
    own = [entity.noun for entity in scene.description.entities]
    places: list[int | None] = []
    for entity in said.entities:
        same = [index for index, noun in enumerate(own) if noun == entity.noun and index not in places]
        places.append(same[0] if same else None)
    unnamed = [index for index in range(len(own)) if index not in places]
    return [unnamed.pop(0) if place is None and unnamed else place for place in places]


def _circumstances(said: Description) -> list[tuple[str, str | None]]:
    surface = [("surface", said.surface), ("surface_color", said.surface_color)]
    return [("light", said.light), ("setting", said.setting), *surface]


def _of_entity(scene: Scene, said: Entity, index: int) -> list[tuple[str, str, int | None]]:
    """What a noun and its words change of an entity, which becomes it."""
    entities = scene.description.entities
    same = index < len(entities) and entities[index].noun == said.noun
    found: list[tuple[str, str, int | None]] = [] if same else [("noun", said.noun, index)]
    material, color = said.material, said.color
    if not same and said.noun in FOOD:  # a lemon in a mug's place is no clay lemon
        material, color = material or "", color or ""
    elif material is not None and color is None:
        color = ""
    count = None if index < len(entities) and said.count == entities[index].count else said.count  # as many: they stay where they are
    for what, value in (("count", count), ("color", color), ("material", material)):
        if value is not None:
            found.append((what, str(value), index))
    return found


def _alone(parsed: ParsedPrompt) -> list[tuple[str, str]]:
    """Colours, materials and a number that no noun of the sentence takes."""
    found = []
    for span in parsed.spans:
        word = span.canonical
        if word in COLORS:
            found.append(("color", word))
        elif word in MATERIALS:
            found.append(("material", word))
        elif word.isdecimal():
            found.append(("count", word))
    said = {what for what, _ in found}
    return found + [("color", "")] * ("material" in said and "color" not in said)
