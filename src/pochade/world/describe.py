"""Random descriptions: what a photographer might set up, drawn evenly over the vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from pochade.world.scene import Description, Entity, Relation, RelationKind
from pochade.world.vocabulary import (
    COLORS,
    FOOD,
    LANDSCAPES,
    LIGHTS,
    MOODS,
    OUTDOOR_LIGHTS,
    PLACES,
    PRODUCTS,
    SURFACES,
    TINTABLE_MATERIALS,
    VIEWS,
)

Family = Literal["products", "food", "landscape", "place"]

FAMILIES: tuple[Family, ...] = ("products", "food", "landscape", "place")
MAX_THINGS = 7

OUTDOOR_SURFACES = ("sand", "grass", "snow", "wet asphalt", "cobblestones")
INDOOR_LIGHTS = tuple(light for light in LIGHTS if light not in ("storm", "starry night", "aurora", "fog"))
STUDIO_SURFACES = ("white studio floor", "black studio floor", "concrete floor", "mirror")
COLORED_LIGHTS = ("neon", "coloured gels")
LIGHT_COLORS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "turquoise", "teal", "magenta", "lime green", "coral")
PLACE_LIGHTS = {
    "sunlit room": ("morning", "noon", "golden hour", "window light", "light through blinds", "sunset"),
    "gallery": ("softbox", "coloured gels", "hard spotlight", "window light", "noon"),
    "arcade of columns": ("noon", "morning", "golden hour", "sunset", "moonlight", "fog"),
    "neon corridor": ("neon", "fog"),
    "candlelit table": ("candlelight", "firelight", "moonlight"),
    "tiled courtyard": ("noon", "morning", "golden hour", "sunset", "dappled shade", "moonlight"),
    "wet city street": ("neon", "dusk", "moonlight", "overcast", "fog"),
}

FLAT_TOPPED = ("book", "stack of books", "gift box", "cardboard box", "cube", "cylinder", "soap bar", "coin stack")
SMALL = (
    "apple", "orange", "lemon", "lime", "pear", "peach", "cherry", "strawberry", "blueberry", "tomato", "egg", "cookie", "ball", "dice",
    "pebble", "crystal", "shell", "grapes", "sushi roll",
)  # fmt: skip
TINY = ("cherry", "strawberry", "blueberry", "dice", "pebble", "ring", "shell", "egg", "lime", "cookie", "crystal")
PERCHED = (
    "apple", "lemon", "pear", "peach", "orange", "egg", "ring", "dice", "shell", "mug", "cup and saucer", "candle", "cookie", "ball",
    "cube", "pyramid", "cone", "chess pawn", "vase", "bowl", "teapot", "perfume bottle", "watch face", "croissant", "cupcake",
    "crystal", "pebble", "coin stack", "potted plant",
)  # fmt: skip
PLATED = (
    "apple", "orange", "lemon", "lime", "pear", "peach", "banana", "cherry", "grapes", "strawberry", "watermelon slice", "avocado half",
    "tomato", "egg", "bread loaf", "croissant", "cookie", "donut", "cupcake", "layer cake", "burger", "pizza", "cheese wedge",
    "sushi roll", "carrot",
)  # fmt: skip
SINGLE = (
    "stack of books", "coin stack", "grapes", "flower in a vase", "potted plant", "pancake stack", "layer cake", "pizza", "table lamp",
    "cardboard box", "bowl of soup",
)  # fmt: skip
"""Nouns that are rarely counted."""

_SOLIDS = (
    "matte plastic", "glossy plastic", "rubber", "gold", "silver", "copper", "chrome", "brass", "bronze", "brushed steel", "aluminium",
    "rusty iron", "oak", "walnut", "pine", "bamboo", "white marble", "black marble", "granite", "slate", "concrete", "sandstone",
    "terracotta", "clay", "porcelain", "glazed ceramic", "clear glass", "coloured glass", "frosted glass", "jade", "wax", "ice",
    "paper", "cardboard", "leather", "velvet", "linen",
)  # fmt: skip
_CROCKERY = ("porcelain", "glazed ceramic", "terracotta", "clay", "clear glass", "coloured glass", "white marble", "oak", "silver")
_GLASSWARE = ("clear glass", "coloured glass", "frosted glass", "cut glass")
_METALS = ("gold", "silver", "copper", "brass", "bronze", "chrome", "brushed steel", "aluminium", "rusty iron")
_MATERIALS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("ball", "cube", "cylinder", "cone", "pyramid", "torus", "dice", "chess pawn"), _SOLIDS),
    **dict.fromkeys(("vase", "bowl", "plate", "mug", "cup and saucer", "teapot", "jug", "jar"), _CROCKERY),
    **dict.fromkeys(("bottle", "wine bottle", "wine glass", "tumbler", "perfume bottle", "crystal"), _GLASSWARE),
    **dict.fromkeys(("candlestick", "lantern", "spoon", "ring", "watch face", "gear", "coin stack", "can"), _METALS),
    "soap bar": ("wax",), "candle": ("wax",), "table lamp": ("brass", "glazed ceramic", "linen"), "book": ("leather", "linen", "paper"),
    "gift box": ("paper", "velvet"), "cardboard box": ("cardboard",), "potted plant": ("terracotta", "glazed ceramic", "concrete"),
    "flower in a vase": ("clear glass", "glazed ceramic", "porcelain"), "pebble": ("granite", "slate", "sandstone", "jade"),
}  # fmt: skip
"""What a noun is plausibly made of while its asset does not say."""

_MATERIAL_COMMONNESS = {
    "gold": 4.0, "silver": 4.0, "copper": 4.0, "brass": 4.0, "porcelain": 6.0, "glazed ceramic": 6.0, "clear glass": 6.0,
    "coloured glass": 6.0, "terracotta": 5.0, "clay": 5.0, "frosted glass": 4.0, "bronze": 3.0, "chrome": 3.0, "brushed steel": 3.0,
    "aluminium": 3.0, "pine": 0.7, "linen": 0.7, "ice": 0.7, "black marble": 0.8, "rubber": 0.8, "granite": 0.8, "matte plastic": 0.8,
    "leather": 0.8, "velvet": 0.8,
}  # fmt: skip
"""Roughly how many of the nouns a material suits, so that each is seen about as often."""


def description_rand(rng: np.random.Generator, family: Family | None = None) -> Description:
    """A plausible description.

    Args:
        family: "products", "food", "landscape" or "place"; None draws one.

    Raises:
        ValueError: if there is no such family.
    """
    if family is None:
        family = FAMILIES[int(rng.choice(4, p=(0.42, 0.24, 0.2, 0.14)))]
    if family == "products":
        return _still_life(rng, PRODUCTS)
    if family == "food":
        return _still_life(rng, FOOD)
    if family == "landscape":
        return _landscape(rng)
    if family == "place":
        return _place(rng)
    raise ValueError(f"family {family!r} is not one of {', '.join(FAMILIES)}")


def entity_rand(rng: np.random.Generator, noun: str, *, most: int = 5) -> Entity:
    """One entity: a noun with a count of at most `most`, a material and a colour, each of them sometimes left open."""
    count, grouping = None, "exact"
    if most > 1 and noun not in SINGLE and rng.random() < 0.34:
        choice = rng.random()
        if choice < 0.68 or most < 4:
            count = int(rng.integers(2, most + 1))
        else:
            grouping = "few"
    elif rng.random() < 0.5:
        count = 1
    material, color = _looks(rng, noun)
    return Entity(noun, count, grouping, color, material)  # type: ignore[arg-type]


def _looks(rng: np.random.Generator, noun: str) -> tuple[str | None, str | None]:
    from pochade.world.assets import asset_types

    kind = asset_types().get(noun)
    food = noun in FOOD
    materials = kind.materials if kind else _MATERIALS.get(noun, ())
    colors = kind.colors if kind and kind.colors else () if food else COLORS
    if food:
        return None, _pick(rng, colors) if colors and rng.random() < 0.4 else None
    material = _material(rng, materials) if materials and rng.random() < 0.72 else None
    dyeable = material in TINTABLE_MATERIALS if material else any(name in TINTABLE_MATERIALS for name in materials) or not materials
    if dyeable and rng.random() < 0.62:
        return material, _pick(rng, COLORS if rng.random() < 0.4 else colors)
    return material, None


def _material(rng: np.random.Generator, materials: Sequence[str]) -> str:
    """One of the materials; those that few nouns can be made of are drawn more often."""
    weights = np.array([1.0 / _MATERIAL_COMMONNESS.get(name, 2.0) for name in materials])
    return materials[int(rng.choice(len(materials), p=weights / weights.sum()))]


def _still_life(rng: np.random.Generator, nouns: Sequence[str]) -> Description:
    number = int(rng.choice(3, p=(0.4, 0.38, 0.22))) + 1
    pool = nouns if rng.random() < 0.8 else PRODUCTS + FOOD
    names = [_pick(rng, nouns), *(_pick(rng, pool) for _ in range(number - 1))]
    entities, relations = _arranged(rng, names)
    surface = _pick(rng, SURFACES) if rng.random() < 0.75 else None
    light = _still_light(rng, surface)
    backdrop = None
    in_studio = light in (None, "softbox", "hard spotlight", "rim light", "backlight") and (surface in STUDIO_SURFACES or surface is None)
    if in_studio and rng.random() < 0.35:
        backdrop = _pick(rng, COLORS)
    return Description(
        entities=entities,
        relations=relations,
        surface=surface,
        light=light,
        light_colors=_light_colors(rng, light),
        backdrop=backdrop,
        views=_views(rng, things=True),
        moods=_moods(rng),
    )


def _still_light(rng: np.random.Generator, surface: str | None) -> str | None:
    if rng.random() < 0.15:
        return None
    if surface in OUTDOOR_SURFACES:
        paved = ("neon", "firelight") if surface in ("wet asphalt", "cobblestones") else ()
        return _pick(rng, (*OUTDOOR_LIGHTS, "dappled shade", *paved))
    return _pick(rng, LIGHTS if rng.random() < 0.15 else INDOOR_LIGHTS)


def _landscape(rng: np.random.Generator) -> Description:
    entities: tuple[Entity, ...] = ()
    relations: tuple[Relation, ...] = ()
    if rng.random() < 0.15:
        entities, relations = _arranged(rng, [_pick(rng, PRODUCTS) for _ in range(1 + int(rng.random() < 0.3))])
    light = _pick(rng, OUTDOOR_LIGHTS) if rng.random() < 0.85 else None
    views = _views(rng, things=bool(entities))
    return Description(entities, relations, setting=_pick(rng, LANDSCAPES), light=light, views=views, moods=_moods(rng))


def _place(rng: np.random.Generator) -> Description:
    setting = _pick(rng, PLACES)
    entities: tuple[Entity, ...] = ()
    relations: tuple[Relation, ...] = ()
    if rng.random() < 0.45 or setting == "candlelit table":
        entities, relations = _arranged(rng, [_pick(rng, PRODUCTS + FOOD) for _ in range(1 + int(rng.random() < 0.5))])
    light = _pick(rng, PLACE_LIGHTS[setting]) if rng.random() < 0.7 else None
    colors, views = _light_colors(rng, light), _views(rng, things=bool(entities))
    return Description(entities, relations, setting=setting, light=light, light_colors=colors, views=views, moods=_moods(rng))


def _arranged(rng: np.random.Generator, names: list[str]) -> tuple[tuple[Entity, ...], tuple[Relation, ...]]:
    """Entities for the nouns, at most `MAX_THINGS` things in all, and how they stand to each other."""
    special = rng.random()
    if special < 0.1:
        return _filled(rng, names)
    if special < 0.2:
        return _perched(rng, names)
    if special < 0.28:
        plated = _pick(rng, PLATED)
        return (entity_rand(rng, plated, most=4), *_others(rng, names[1:], plated, 1)), (Relation("on a plate", 0),)
    entities = _others(rng, names, "", 0)
    relations: list[Relation] = []
    if len(entities) == 3 and rng.random() < 0.3:
        relations.append(Relation("between", 0, 1, 2))
    else:
        for index in range(1, len(entities)):
            if rng.random() < 0.62:
                kind: RelationKind = ("left of", "right of", "next to", "in front of", "behind")[int(rng.integers(5))]
                relations.append(Relation(kind, index, index - 1) if rng.random() < 0.5 else Relation(kind, index - 1, index))
    return entities, tuple(relations)


def _others(rng: np.random.Generator, names: Sequence[str], taken: str, already: int) -> tuple[Entity, ...]:
    """Entities that can be told apart: one noun twice only with two colours."""
    found: list[Entity] = []
    left = MAX_THINGS - already
    for position, name in enumerate(names):
        most = min(5 if len(names) == 1 else 3, left - (len(names) - position - 1))
        entity = entity_rand(rng, name, most=most)
        left -= _things(entity)
        if name == taken or any(other.noun == name for other in found):
            continue
        found.append(entity)
    if len(names) > 1 and len(found) == 1 and found[0].color and rng.random() < 0.5:
        other = _pick(rng, [color for color in COLORS if color != found[0].color])
        found.append(replace(found[0], color=other, count=None, grouping="exact"))
    return tuple(found)


def _things(entity: Entity) -> int:
    return {"few": 3, "pile": 6}.get(entity.grouping, entity.count or 1)


def _filled(rng: np.random.Generator, names: list[str]) -> tuple[tuple[Entity, ...], tuple[Relation, ...]]:
    vessel = _pick(rng, ("bowl", "bowl", "bowl", "jar", "cardboard box"))
    content = _pick(rng, TINY if vessel == "jar" else SMALL)
    load = entity_rand(rng, content, most=5)
    if rng.random() < 0.5 and content not in SINGLE:
        load = replace(load, count=None, grouping="pile")
    container = replace(entity_rand(rng, vessel, most=1), count=None)
    if rng.random() < 0.5:
        return (container, load), (Relation("inside", 1, 0),)
    return (load, container), (Relation("inside", 0, 1),)


def _perched(rng: np.random.Generator, names: list[str]) -> tuple[tuple[Entity, ...], tuple[Relation, ...]]:
    base = _pick(rng, FLAT_TOPPED)
    above = _pick(rng, [name for name in PERCHED if name != base])
    bottom = replace(entity_rand(rng, base, most=1), count=None)
    top = replace(entity_rand(rng, above, most=1), count=None)
    return (top, bottom), (Relation("on top of", 0, 1),)


def _light_colors(rng: np.random.Generator, light: str | None) -> tuple[str, ...]:
    if light not in COLORED_LIGHTS or rng.random() < 0.25:
        return ()
    number = 1 + int(rng.random() < 0.6)
    return tuple(str(color) for color in rng.choice(np.array(LIGHT_COLORS), number, replace=False))


def _views(rng: np.random.Generator, *, things: bool) -> tuple[str, ...]:
    if rng.random() < 0.45:
        return ()
    fitting = VIEWS if things else ("eye level", "low angle", "top-down", "wide shot", "symmetrical")
    first = _pick(rng, fitting)
    if things and first != "shallow depth of field" and rng.random() < 0.25:
        return (first, "shallow depth of field")
    return (first,)


def _moods(rng: np.random.Generator) -> tuple[str, ...]:
    if rng.random() < 0.72:
        return ()
    first = _pick(rng, MOODS)
    if rng.random() < 0.15 and first in ("high key", "low key", "black and white"):
        return (first, "minimal")
    return (first,)


def _pick(rng: np.random.Generator, pool: Sequence[str]) -> str:
    return pool[int(rng.integers(len(pool)))]
