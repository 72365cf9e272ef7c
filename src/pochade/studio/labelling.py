"""What is said of a scene: captions in many wordings, and labels."""

from __future__ import annotations

import re

import numpy as np

from pochade.world.captions import STYLES, canonical, caption
from pochade.world.scene import Description

CAPTION_RULE = 1
"""Raised when the same scene would get other captions from this module; the wordings themselves belong to the world."""
CAPTIONS_PER_STYLE = {"short": 3, "medium": 4, "dense": 4}
_EMPTY = re.compile(r"\bempty (?!space)")
"""A short caption may leave out what lies in a bowl, but not call it empty."""


def wordings(description: Description, seed: int) -> tuple[tuple[str, str], ...]:
    """(style, text): the canonical wording, then short, medium and dense ones, no text twice."""
    rng = np.random.default_rng([seed, CAPTION_RULE, 0xCA])
    found = {canonical(description): "canonical"}
    for style in STYLES:
        for _ in range(CAPTIONS_PER_STYLE[style]):
            text = caption(description, style, rng).text
            if not (_EMPTY.search(text) and len(description.entities) > 1):
                found.setdefault(text, style)
    return tuple((style, text) for text, style in found.items())


def labels(description: Description) -> dict[str, tuple[str, ...] | str]:
    """The labels of a determined description, by the names of `data.records`."""
    entities = description.entities
    relations = []
    for relation in description.relations:
        ends = [relation.subject, relation.object, *([] if relation.second is None else [relation.second])]
        subject, *others = ["" if end < 0 else f"{end}:{entities[end].noun}" for end in ends]
        relations.append("|".join([subject, relation.kind, *others]))
    return {
        "nouns": tuple(entity.noun for entity in entities),
        "materials": tuple(entity.material or "" for entity in entities),
        "colours": tuple(entity.color or "" for entity in entities),
        "counts": tuple(str(entity.count or "") if entity.grouping == "exact" else entity.grouping for entity in entities),
        "relations": tuple(relations),
        "views": description.views,
        "moods": description.moods,
        "light_colours": description.light_colors,
        "setting": description.setting or "",
        "surface": description.surface or "",
        "light": description.light or "",
        "backdrop": description.backdrop or "",
    }
