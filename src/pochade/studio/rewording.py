"""Changing the plan behind a picture in words: "at night", "in gold", "a teapot", "three lemons", "seen from above"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pochade.core.errors import InvalidRequestError
from pochade.studio.plans import change
from pochade.world.vocabulary import COLORS, MATERIALS

if TYPE_CHECKING:
    from pochade.world.parser import ParsedPrompt
    from pochade.world.scene import Description, Entity, Scene


def reworded(scene: Scene, text: str, aspect: float = 1.0) -> Scene:
    """The scene with what a sentence says changed, and nothing else.

    Light, setting, surface, view and mood replace the scene's. A noun of the scene takes the colour, material and count said of it;
    another noun takes the place of the first thing. A colour, material or number on its own is said of the first thing. A new material
    comes in its own colour unless one is said with it: gold is not red.

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
    for entity in said.entities:
        wanted += _of_entity(scene, entity)
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
    return scene


def _circumstances(said: Description) -> list[tuple[str, str | None]]:
    surface = [("surface", said.surface), ("surface_color", said.surface_color)]
    return [("light", said.light), ("setting", said.setting), *surface]


def _of_entity(scene: Scene, said: Entity) -> list[tuple[str, str, int | None]]:
    """What a noun and its words change: of the same noun in the scene, else of the first thing, which becomes it."""
    same = [index for index, entity in enumerate(scene.description.entities) if entity.noun == said.noun]
    index = same[0] if same else 0
    found = [] if same else [("noun", said.noun, index)]
    color = "" if said.material is not None and said.color is None else said.color
    entities = scene.description.entities
    count = None if index < len(entities) and said.count == entities[index].count else said.count  # as many: they stay where they are
    for what, value in (("count", count), ("color", color), ("material", said.material)):
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
