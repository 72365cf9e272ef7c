"""Descriptions put into words: short, medium and dense captions, in many wordings.

What a caption leaves out is left out of its `stated` description too, so `parse(caption.text).description == caption.stated`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np

from pochade.world.lexicon import lexicon, normal
from pochade.world.parser import parse
from pochade.world.scene import Description, Entity, Relation
from pochade.world.vocabulary import DYED_SURFACES

Style = Literal["short", "medium", "dense"]

STYLES: tuple[Style, ...] = ("short", "medium", "dense")
STYLE_SHARES = (0.20, 0.45, 0.35)


@dataclass(frozen=True)
class Caption:
    """A wording of a description. `stated` is what the text says, entities in order of mention."""

    text: str
    style: Style
    stated: Description


def captions(description: Description, rng: np.random.Generator) -> tuple[Caption, ...]:
    """One short, one medium and one dense caption."""
    return tuple(caption(description, style, rng) for style in STYLES)


def caption_rand(description: Description, rng: np.random.Generator) -> Caption:
    """A caption of a random style: 20 % short, 45 % medium, 35 % dense."""
    return caption(description, STYLES[int(rng.choice(3, p=STYLE_SHARES))], rng)


def caption(description: Description, style: Style, rng: np.random.Generator) -> Caption:
    """A caption of one style.

    Raises:
        ValueError: if there is no such style.
    """
    if style not in STYLES:
        raise ValueError(f"style {style!r} is not one of {', '.join(STYLES)}")
    return _Writer(_chosen(_statable(description), style, rng), rng, style).write()


def canonical(description: Description) -> str:
    """The one plain wording of a description, in canonical words: "two red apples next to a bowl, on an oak table, noon"."""
    return _Writer(_statable(description), None, "dense").write().text


# -- what to say -----------------------------------------------------------------------------------------------------


def _statable(description: Description) -> Description:
    """The description as words can put it: "a few" rather than the three that were drawn, no second mention of twins."""
    entities = tuple(_statable_entity(entity) for entity in description.entities)
    keep = [index for index, entity in enumerate(entities) if entity not in entities[:index]]
    return _subset(replace(description, entities=entities), keep)


def _statable_entity(entity: Entity) -> Entity:
    if entity.grouping != "exact" or (entity.count or 0) > 5:
        grouping = entity.grouping if entity.grouping != "exact" else "pile"
        entity = replace(entity, count=None, grouping=grouping)
    if entity.noun == "cardboard box" and entity.material == "cardboard":
        entity = replace(entity, material=None)
    return entity


def _subset(description: Description, keep: Sequence[int]) -> Description:
    """Only the entities at `keep`, in that order, with the relations among them."""
    number = {old: new for new, old in enumerate(keep)}
    relations = []
    for relation in description.relations:
        ends = [
            relation.subject,
            *([relation.object] if relation.object >= 0 else []),
            *([relation.second] if relation.second is not None else []),
        ]
        if all(end in number for end in ends):
            relations.append(
                Relation(
                    relation.kind,
                    number[relation.subject],
                    number.get(relation.object, -1),
                    number[relation.second] if relation.second is not None else None,
                )
            )
    return replace(description, entities=tuple(description.entities[index] for index in keep), relations=tuple(relations))


def _chosen(description: Description, style: Style, rng: np.random.Generator) -> Description:
    """What a caption of this style says of a description."""
    entities = [_less_one(entity, rng) for entity in description.entities]
    if style == "dense":
        return replace(description, entities=tuple(entities))
    share = 0.75 if style == "medium" else 0.5
    nouns = [entity.noun for entity in entities]
    thinned = [entity if nouns.count(entity.noun) > 1 else _thinned(entity, share, rng) for entity in entities]
    chosen = replace(description, entities=tuple(thinned))
    if style == "short" and len(thinned) > 1:
        related = [relation for relation in chosen.relations if relation.second is None]
        if related and rng.random() < 0.5:
            relation = related[int(rng.integers(len(related)))]
            chosen = _subset(chosen, sorted({relation.subject, relation.object} - {-1}))
        else:
            chosen = _subset(chosen, [0])
    if style == "medium" and chosen.relations and rng.random() < 0.2:
        chosen = replace(chosen, relations=chosen.relations[:-1])
    return _fewer_circumstances(chosen, style, rng)


def _less_one(entity: Entity, rng: np.random.Generator) -> Entity:
    """ "a vase" does not say that there is one; "one vase" does."""
    return replace(entity, count=None) if entity.count == 1 and rng.random() < 0.85 else entity


def _thinned(entity: Entity, share: float, rng: np.random.Generator) -> Entity:
    color = entity.color if rng.random() < share else None
    material = entity.material if rng.random() < share else None
    if material == "coloured glass" and entity.color and color is None and rng.random() < 0.7:
        color = entity.color
    return replace(entity, color=color, material=material)


def _fewer_circumstances(description: Description, style: Style, rng: np.random.Generator) -> Description:
    """Keeps one circumstance (light, surface, view, ...) in a short caption, about two thirds of them in a medium one."""
    fields = [name for name in ("surface", "light", "backdrop", "views", "moods") if getattr(description, name)]
    if description.setting is not None and description.entities:
        fields.append("setting")
    if style == "short":
        must = not description.entities and description.setting is None
        keep = [fields[int(rng.integers(len(fields)))]] if fields and (must or rng.random() < 0.6) else []
    else:
        keep = [name for name in fields if rng.random() < 0.65]
    empty = {"surface": None, "light": None, "backdrop": None, "views": (), "moods": (), "setting": None}
    dropped = {name: empty[name] for name in fields if name not in keep}
    if "surface" in dropped:
        dropped["surface_color"] = None
    if "light" in dropped or description.light is None or rng.random() < 0.1:
        dropped["light_colors"] = ()
    return replace(description, **dropped)  # type: ignore[arg-type]


# -- wordings --------------------------------------------------------------------------------------------------------

_NUMBERS = {1: ("one", "a single", "1"), 2: ("two", "a pair of", "2", "a couple of"), 3: ("three", "3"), 4: ("four", "4"), 5: ("five", "5")}
_GROUPS = {"few": ("a few", "several", "", "some", "a handful of"), "pile": ("a pile of", "a heap of", "many", "lots of", "a mound of")}
_RELATIONS: dict[str, tuple[str, ...]] = {
    "left of": ("to the left of", "left of", "on the left of", "on the left side of", "to the left side of"),
    "right of": ("to the right of", "right of", "on the right of", "on the right side of", "to the right side of"),
    "next to": ("next to", "beside", "alongside", "by the side of", "close to", "right next to", "near"),
    "in front of": ("in front of", "directly in front of", "just in front of"),
    "behind": ("behind", "in back of", "just behind", "right behind"),
    "on top of": ("on top of", "on", "atop", "resting on", "sitting on", "balanced on", "placed on"),
    "inside": ("inside", "in", "within", "sitting in", "lying in", "placed inside"),
    "on a plate": ("on a plate", "served on a plate", "on a plate", "sitting on a plate"),
    "between": ("between", "in between", "placed between", "standing between"),
}
_OF_IT: dict[str, tuple[str, ...]] = {
    "left of": ("to its left", "on its left", "to the left of it"),
    "right of": ("to its right", "on its right", "to the right of it"),
    "next to": ("next to it", "beside it"),
    "in front of": ("in front of it",),
    "behind": ("behind it",),
    "on top of": ("on top of it", "on top"),
    "inside": ("inside it", "in it", "inside"),
}
_LIGHTS: dict[str, tuple[str, ...]] = {
    "noon": ("at noon", "at midday", "in bright sunlight", "under the midday sun"),
    "morning": ("in the morning", "in the early morning", "in the morning sun", "in morning light", "in soft morning light"),
    "golden hour": ("at golden hour", "during golden hour", "in golden hour light", "in the late afternoon"),
    "sunset": ("at sunset", "at sunrise", "under a sunset sky", "lit by the setting sun"),
    "dusk": ("at dusk", "at twilight", "at blue hour", "in the evening"),
    "overcast": ("under an overcast sky", "on an overcast day", "on a cloudy day", "under a cloudy sky", "under a grey sky"),
    "storm": ("in a storm", "in a thunderstorm", "under a stormy sky", "in a storm with lightning"),
    "moonlight": ("in moonlight", "under the moonlight", "on a moonlit night", "under a full moon"),
    "starry night": ("on a starry night", "under a starry sky", "under the stars", "under the milky way"),
    "aurora": ("under the aurora", "under the northern lights", "with aurora borealis", "under an aurora sky"),
    "softbox": ("lit by a softbox", "in studio lighting", "with softbox lighting", "in soft studio light", "under soft diffused light"),
    "hard spotlight": ("under a hard spotlight", "lit by a single spotlight", "in hard light", "in a spotlight"),
    "rim light": ("with rim light", "with rim lighting", "rim lit", "with edge lighting"),
    "backlight": ("backlit", "lit from behind", "with backlight", "with backlighting"),
    "candlelight": ("by candlelight", "in candlelight", "lit by candles", "in the glow of candles"),
    "firelight": ("by firelight", "in firelight", "lit by a fire", "in the glow of a fire"),
    "neon": ("under neon light", "lit by neon", "in neon lighting", "under neon lights", "with neon glow"),
    "window light": ("in window light", "in soft window light", "lit by light from a window", "with natural window light"),
    "light through blinds": (
        "in light through blinds",
        "with striped shadows of blinds",
        "with light through venetian blinds",
        "in sunlight through blinds",
    ),
    "dappled shade": ("in dappled shade", "in dappled light", "in dappled sunlight", "with light through leaves"),
    "coloured gels": ("under coloured gels", "with coloured gels", "in coloured light", "with gel lighting", "under coloured lights"),
    "fog": ("in fog", "in thick fog", "in the mist", "with shafts of light", "in a misty haze"),
}
_COLORED_LIGHTS: dict[str, tuple[str, ...]] = {
    "neon": ("under {} neon light", "lit by {} neon", "with {} neon lights", "in {} neon lighting", "lit by neon in {}"),
    "coloured gels": ("with {} gel lighting", "under {} gels", "with {} gel lights", "with coloured gels in {}"),
    "": ("with {} light",),
}
_VIEW_HEADS: dict[str, tuple[str, ...]] = {
    "close-up": ("a close-up of", "a close-up shot of", "close up of"),
    "macro": ("a macro shot of", "a macro photo of", "macro photography of"),
    "eye level": ("an eye-level shot of", "an eye level view of"),
    "low angle": ("a low-angle shot of", "a low angle view of"),
    "top-down": ("a top-down view of", "an overhead shot of", "a flat lay of", "a top view of"),
    "wide shot": ("a wide shot of", "a wide-angle view of", "a wide angle shot of"),
    "three-quarter": ("a three-quarter view of", "a three-quarter shot of"),
    "symmetrical": ("a symmetrical shot of", "a symmetrical composition of"),
    "shallow depth of field": ("a shallow depth of field photo of",),
}
_HEADS = ("a photo of", "a photograph of", "a picture of", "photo of", "an image of", "a realistic photo of", "a shot of")
_MOOD_HEADS = {"black and white": ("a black and white photo of", "a black-and-white photograph of", "a monochrome picture of")}
_SETTING_JOINTS = {
    "mountain range": ("in front of", "in", "with"), "snowy peaks": ("in front of", "with"), "sea": ("by", "in front of"),
    "beach": ("at", "by"), "cliffs": ("by", "near", "in front of"), "lake": ("by", "near", "beside"), "river valley": ("in", "by"),
    "lone tree": ("by", "near"), "volcano": ("in front of", "near"), "candlelit table": ("at",), "rice terraces": ("in", "in front of"),
    "rolling hills": ("in", "in front of"), "glacier": ("by", "in front of"), "island": ("near", "in front of"),
    "arcade of columns": ("in", "under"),
}  # fmt: skip
_MASS = frozenset(
    ("sand", "grass", "snow", "asphalt", "tarmac", "turf", "moss", "linen", "blacktop", "pavement", "concrete", "powder", "parquet")
)
_LATE = frozenset(("flower in a vase", "potted plant", "cup of coffee"))
_VESSEL_FORMS = {
    "flower in a vase": ("flowers in {}", "vase"),
    "potted plant": ("a plant in {}", "pot"),
    "cup of coffee": ("coffee in {}", "mug"),
}
_JUICES = {"orange": "orange", "yellow": "apple", "red": "cranberry", "purple": "grape"}
_AMERICAN = {
    "grey": "gray", "colour": "color", "coloured": "colored", "colourful": "colorful", "colours": "colors", "aluminium": "aluminum",
    "centred": "centered",
}  # fmt: skip


@lru_cache(maxsize=1024)
def wordings(kind: str, name: str) -> tuple[str, ...]:
    """Synonyms of a canonical word that read unambiguously in a caption, the canonical word first."""
    probe = {
        "noun": "a {} on an oak table",
        "color": "a {} cube",
        "material": "a cube made of {}",
        "surface": "a cube on a {}",
        "light": "a cube, {}",
        "view": "a cube, {}",
        "mood": "a cube, {}",
        "setting": "{}",
    }[kind]
    good = [name]
    for phrase in lexicon().synonyms[kind, name][1:]:
        if any(sense.collective for sense in lexicon().senses[normal(phrase, lexicon().spellings)]):
            continue
        found = parse(probe.format(phrase)).description
        first = found.entities[0] if found.entities else Entity("")
        said: object = {
            "noun": (first.noun, first.color, first.material),
            "color": first.color,
            "material": first.material,
            "surface": found.surface,
            "light": found.light,
            "view": found.views,
            "mood": found.moods,
            "setting": found.setting,
        }[kind]
        meant: object = (name, None, None) if kind == "noun" else (name,) if kind in ("view", "mood") else name
        others = kind not in ("view", "mood", "light") or sum(map(bool, (found.light, found.views, found.moods, found.setting))) == 1
        if said == meant and others and len(found.entities) == (kind != "setting"):
            good.append(phrase)
    return tuple(good)


def _with_article(phrase: str) -> str:
    """ "apple" -> "an apple"; plurals and masses stay bare."""
    last = phrase.split()[-1]
    if (last.endswith("s") and not last.endswith(("ss", "us"))) or last in _MASS:
        return phrase
    return f"{_article(phrase)} {phrase}"


def _article(phrase: str) -> str:
    return "an" if re.match(r"(?!eu|uni|use|one|u[bt]|european)[aeiou]|hour|18|8|11", phrase.lower()) else "a"


class _Writer:
    """Writes one caption. Without an rng: the plain wording."""

    def __init__(self, description: Description, rng: np.random.Generator | None, style: Style):
        self.description = description
        self.rng = rng
        self.style: Style = style
        self.order: list[int] = []
        self.names: dict[int, str] = {}
        self.views: list[str] = []
        self.moods: list[str] = []
        self.tags = rng is not None and rng.random() < (0.3 if style == "short" else 0.18 if style == "medium" else 0.1)
        self.told = [False] * len(description.relations)

    # Choosing.

    def _chance(self, probability: float) -> bool:
        return self.rng is not None and bool(self.rng.random() < probability)

    def _one(self, choices: Sequence[str]) -> str:
        return choices[0] if self.rng is None else choices[int(self.rng.integers(len(choices)))]

    def _word(self, kind: str, name: str) -> str:
        """A synonym: the canonical word more than half the time, else those listed first more often."""
        if not self._chance(0.45):
            return name
        assert self.rng is not None
        words = wordings(kind, name)
        return words[min(int(self.rng.geometric(0.22)), len(words) - 1)]

    # Noun phrases.

    def _modified(self, entity: Entity, noun: str) -> str:
        """Colour, material and noun, the material before the noun or after it."""
        color = self._word("color", entity.color) if entity.color else ""
        if entity.material is None:
            return f"{color} {noun}".strip()
        if entity.material == "coloured glass" and entity.color:
            material = self._one(("glass", "glass", "coloured glass"))
        elif entity.material == "clear glass" and self._chance(0.5):
            material = "glass"
        else:
            material = self._word("material", entity.material)
        if self._chance(0.25) and " " not in noun and entity.noun not in _LATE:
            made = self._one(("made of", "made from", "crafted from", "made out of"))
            if self._chance(0.5):
                return f"{noun} {made} {color} {material}".replace("  ", " ")
            return f"{color} {noun} {made} {material}".strip()
        adjective = {"gold": "golden", "oak": "oak"}.get(material, material) if self._chance(0.3) else material
        return f"{color} {adjective} {noun}".strip()

    def _phrase(self, index: int) -> str:
        """The first mention of an entity."""
        entity = self.description.entities[index]
        if index not in self.order:
            self.order.append(index)
        form = _VESSEL_FORMS.get(entity.noun)
        single = entity.count is None and entity.grouping == "exact"
        if form and single and (entity.color or entity.material) and self._chance(0.6):
            self.names[index] = entity.noun
            vessel = self._modified(entity, form[1])
            return self._bare(form[0]).format(vessel if self.tags else f"{_article(vessel)} {vessel}")
        if (
            entity.noun == "glass of juice"
            and entity.color in _JUICES
            and entity.count is None
            and entity.grouping == "exact"
            and self._chance(0.7)
        ):
            self.names[index] = entity.noun
            text = f"glass of {_JUICES[entity.color]} juice"
            return text if self.tags else f"a {text}"
        noun = self._word("noun", entity.noun)
        if entity.noun in ("wine glass", "wine bottle") and entity.color in ("red", "white"):  # "a red wine glass" is for red wine
            noun = "goblet" if entity.noun == "wine glass" else "champagne bottle"
        self.names[index] = noun
        if single:
            phrase = self._modified(entity, noun)
            if self.tags or noun == "grapes":
                return phrase
            return f"{_article(phrase)} {phrase}"
        if entity.count == 1:
            phrase = self._modified(entity, noun)
            return f"{self._one(_NUMBERS[1])} {phrase}"
        plural = self._modified(entity, lexicon().plural(noun))
        if entity.count is not None:
            return f"{self._one(_NUMBERS[entity.count])} {plural}"
        groups = _GROUPS[entity.grouping]
        if lexicon().plural(noun) == noun or lexicon().plural(noun).endswith("dice"):  # a bare one would not say how many
            groups = groups[:2]
        return f"{self._one(groups)} {plural}".strip()

    def _bare(self, text: str) -> str:
        return re.sub(r"^(a|an) ", "", text) if self.tags else text

    def _again(self, index: int) -> str:
        """A later mention: "the vase", "the red vase" where another vase is about."""
        entity = self.description.entities[index]
        noun = self.names[index]
        twins = [other for at, other in enumerate(self.description.entities) if at != index and other.noun == entity.noun]
        if entity.count not in (None, 1) or entity.grouping != "exact":
            noun = lexicon().plural(noun)
        if twins:
            glass = entity.material == "coloured glass" and entity.color
            material = "glass" if glass else entity.material or ""
            return " ".join(f"the {entity.color or ''} {material} {noun}".split())
        return f"the {noun}"

    def _mention(self, index: int) -> str:
        return self._again(index) if index in self.order else self._phrase(index)

    # Clauses.

    def _clause(self, number: int) -> str:
        """The first clause of a caption, about one relation: mentions its two or three entities."""
        relation = self.description.relations[number]
        self.told[number] = True
        words = self._one(_RELATIONS[relation.kind])
        if relation.kind == "on a plate":
            entity = self.description.entities[relation.subject]
            if entity.count not in (None, 1) and self._chance(0.25):
                return f"{self._bare('a plate with')} {self._phrase(relation.subject)}"
            return f"{self._phrase(relation.subject)} {self._unarticled(words)}"
        if relation.kind == "between" and relation.second is not None:
            subject = self._phrase(relation.subject)
            return f"{subject} {words} {self._phrase(relation.object)} and {self._phrase(relation.second)}"
        if relation.kind == "inside" and self._chance(0.45):
            return self._contents(relation)
        if relation.kind in _OF_IT and self._chance(0.15):
            entity = self.description.entities[relation.object]
            if entity.count in (None, 1) and entity.grouping == "exact":
                return f"{self._phrase(relation.object)} with {self._phrase(relation.subject)} {self._one(_OF_IT[relation.kind])}"
        if self._chance(0.15) and not self.tags:
            verb = self._one(("is", "stands", "sits", "there is"))
            return f"{words} {self._phrase(relation.object)} {verb} {self._phrase(relation.subject)}"
        verb = "" if self.tags or not self._chance(0.15) else self._one((" standing", " sitting", " placed"))
        if " on" in f" {words}" or words.split()[0].endswith("ing") or words.startswith("placed"):
            verb = ""
        return f"{self._phrase(relation.subject)}{verb} {self._unarticled(words)} {self._phrase(relation.object)}"

    def _unarticled(self, words: str) -> str:
        return words.replace(" the ", " ").replace(" a ", " ") if self.tags and self._chance(0.4) else words

    def _contents(self, relation: Relation) -> str:
        vessel = self._phrase(relation.object)
        load = self.description.entities[relation.subject]
        if load.grouping == "pile":
            self.order.append(relation.subject)
            self.names[relation.subject] = load.noun
            plural = self._modified(load, lexicon().plural(load.noun))
            filled = self._one(
                ("filled with", "full of") if " made " in vessel or " crafted " in vessel else ("of", "filled with", "full of")
            )
            return f"{vessel} {filled} {plural}"
        return f"{vessel} {self._one(('containing', 'holding', 'with'))} {self._phrase(relation.subject)}"

    def _sentence(self, number: int) -> str:
        """A further relation, as a sentence of its own."""
        relation = self.description.relations[number]
        self.told[number] = True
        several = False
        subject = self._mention(relation.subject)
        entity = self.description.entities[relation.subject]
        several = entity.count not in (None, 1) or entity.grouping != "exact"
        verb = ("are", "are", "stand") if several else ("is", "stands", "sits")
        words = self._one(_RELATIONS[relation.kind])
        if words.split()[0] in ("resting", "sitting", "balanced", "placed", "lying", "standing", "served"):
            verb = ("are",) if several else ("is",)
        tail = "" if relation.kind == "on a plate" else f" {self._mention(relation.object)}"
        if relation.second is not None:
            tail += f" and {self._mention(relation.second)}"
        return f"{subject} {self._one(verb)} {words}{tail}"

    def _body(self) -> list[str]:
        """Sentences (without full stops) that mention every entity and relation."""
        entities, relations = self.description.entities, self.description.relations
        if not entities:
            return []
        first = next(iter(range(len(relations))), None)
        sentences = [self._clause(first)] if first is not None else [self._listed(range(len(entities)))]
        for number in range(len(relations)):
            if not self.told[number]:
                sentences.append(self._sentence(number))
        missing = [index for index in range(len(entities)) if index not in self.order]
        if missing:
            sentences.append(self._one(("there is also", "also", "there is")) + " " + self._listed(missing))
        return sentences

    def _listed(self, indices: Sequence[int]) -> str:
        phrases = [self._phrase(index) for index in indices]
        if self.tags:
            return ", ".join(phrases)
        joint = self._one((" and ", ", and ")) if len(phrases) > 2 else " and "
        return joint.join([", ".join(phrases[:-1]), phrases[-1]]) if len(phrases) > 1 else phrases[0]

    # Circumstances.

    def _surface(self) -> str:
        surface = self.description.surface
        if surface is None:
            return ""
        words, color = self._word("surface", surface), self.description.surface_color
        if color is not None and surface in DYED_SURFACES:
            words = "table" if surface == "oak table" else surface  # as synonyms may name a colour or a wood
            words = f"{self._word('color', color)} {words}"
        placed = self._bare(_with_article(words))
        return f"on {placed}"

    def _light(self) -> str:
        light, colors = self.description.light, self.description.light_colors
        if colors:
            said = " and ".join(self._word("color", color) for color in colors)
            return self._one(_COLORED_LIGHTS[light if light in _COLORED_LIGHTS else ""]).format(said)
        if light is None:
            return ""
        if self.rng is None or self.tags or self._chance(0.3):
            return self._word("light", light)
        return self._one(_LIGHTS[light])

    def _setting(self) -> str:
        setting = self.description.setting
        if setting is None:
            return ""
        words = self._word("setting", setting)
        placed = _with_article(words)
        if not self.description.entities:
            return self._bare(placed)
        if self._chance(0.25):
            return f"with {self._bare(placed)} in the background"
        return f"{self._one(_SETTING_JOINTS.get(setting, ('in',)))} {self._bare(placed)}"

    def _backdrop(self) -> str:
        color = self.description.backdrop
        if color is None:
            return ""
        word = self._word("color", color)
        joint = self._one(("against", "on", "in front of"))
        head = self._one(("background", "backdrop", "studio background"))
        return f"{joint} {self._bare(f'{_article(word)} {word} {head}')}"

    def _head(self) -> str:
        """ "a macro photo of", which may carry a view or a mood."""
        views, moods = self.description.views, self.description.moods
        if views and self._chance(0.5):
            self.views.append(views[0])
            return self._bare(self._one(_VIEW_HEADS[views[0]]))
        if moods and moods[0] in _MOOD_HEADS and self._chance(0.5):
            self.moods.append(moods[0])
            return self._bare(self._one(_MOOD_HEADS[moods[0]]))
        return self._bare(self._one(_HEADS)) if self._chance(0.2) else ""

    def _rest(self) -> list[str]:
        """Views and moods that the head did not carry, as phrases that follow a comma."""
        said = []
        for view in self.description.views:
            if view not in self.views:
                self.views.append(view)
                said.append(self._word("view", view))
        for mood in self.description.moods:
            if mood not in self.moods:
                self.moods.append(mood)
                said.append(self._word("mood", mood))
        return said

    # All of it.

    def write(self) -> Caption:
        text = self._listing() if self.tags else self._prose()
        if self._chance(0.3):
            text = re.sub(r"[a-z]+", lambda word: _AMERICAN.get(word.group(), word.group()), text)
        text = self._finished(text)
        stated = _subset(self.description, self.order)
        stated = replace(
            stated, relations=tuple(sorted(stated.relations, key=_reading_order)), views=tuple(self.views), moods=tuple(self.moods)
        )
        return Caption(text, self.style, stated)

    def _finished(self, text: str) -> str:
        if self.rng is None:
            return text
        if self.tags:
            return text.capitalize() if self._chance(0.1) else text
        if ". " in text or self._chance(0.55):
            text = ". ".join(part[:1].upper() + part[1:] for part in text.split(". "))
            return text + "." if self._chance(0.7) else text
        return text

    def _listing(self) -> str:
        """Tags: "red glass vase, marble table, sunset"."""
        head = self._head()
        clauses = self._body()
        parts = [*clauses[:1], *(clause for clause in clauses[1:])]
        separator = ", "
        rest = [self._surface(), self._setting(), self._light(), self._backdrop(), *self._rest()]
        rest = [part for part in rest if part]
        if len(clauses) > 1:
            parts, separator = [". ".join(clauses)], ". "
        if head and parts:
            parts[0] = f"{head} {parts[0]}"
            head = ""
        return separator.join([*([head] if head else []), *parts, ", ".join(rest)] if rest else [*([head] if head else []), *parts])

    def _prose(self) -> str:
        head = self._head()
        sentences = self._body()
        surface, setting, light, backdrop = self._surface(), self._setting(), self._light(), self._backdrop()
        lead, opening = "", ""
        if not sentences:
            sentences = [setting or surface.removeprefix("on ") or light or backdrop or ""]
            setting = ""
            if not self.description.setting:
                surface = "" if sentences[0] == surface.removeprefix("on ") else surface
                light = "" if sentences[0] == light else light
                backdrop = "" if sentences[0] == backdrop else backdrop
        elif surface and not head and self._chance(0.15):
            opening, surface = f"{surface}, ", ""
        tail = [part for part in (surface, setting) if part]
        first = " ".join([sentences[0], *tail]) if not self.description.relations or self._plain_end() else ", ".join([sentences[0], *tail])
        circumstances = [part for part in (light, backdrop, *self._rest()) if part]
        lead = f"{head} {opening}{first}".strip()
        if len(sentences) == 1 and (len(circumstances) < 3 or self._chance(0.5)):
            return ", ".join([lead, *circumstances]) if circumstances else lead
        text = ". ".join([lead, *sentences[1:]])
        return f"{text}. {', '.join(circumstances)}" if circumstances else text

    def _plain_end(self) -> bool:
        return self.rng is not None and bool(self.rng.random() < 0.6)


def _reading_order(relation: Relation) -> tuple[int, int]:
    return relation.subject, relation.object
