"""What each sample of a data set shows: drawn from the root seed and the sample's number alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import cast

import numpy as np

from pochade.core.errors import DataError
from pochade.data.formats import ASPECTS, sides
from pochade.data.splits import Combination, Split, any_held_out, split_of
from pochade.world.compose import determined
from pochade.world.describe import FAMILIES, Family, description_rand
from pochade.world.scene import Description

FAMILY_SHARES: Mapping[str, float] = {"products": 0.42, "food": 0.24, "landscape": 0.2, "place": 0.14}
ASPECT_SHARES: Mapping[str, float] = {"1:1": 0.76, "3:2": 0.08, "2:3": 0.06, "16:9": 0.06, "9:16": 0.04}

CANDIDATES = 2
"""Descriptions drawn per sample; the one with the rarer words is the likelier to be taken."""
_TRIES = 400
_CENSUS = 3000

Word = tuple[str, str]
"""Kind ("noun", "material", "colour", "surface", "setting", "light", "view", "mood") and canonical word."""


@dataclass(frozen=True)
class Draw:
    """What a sample shows.

    Attributes:
        description: determined but for colours that it leaves open.
        seed: of its scene, 0 to 2^32 - 1, another one for every index.
    """

    index: int
    seed: int
    split: Split
    family: str
    width_px: int
    height_px: int
    description: Description


def draw(root_seed: int, index: int, size_px: int, families: Mapping[str, float], aspects: Mapping[str, float], attempt: int = 0) -> Draw:
    """Draws sample `index`.

    Args:
        families, aspects: name to share; shares need not add up to one.
        attempt: draws another scene for the same place in the data set, where the one before could not be rendered.
    """
    rng = np.random.default_rng([root_seed, index, attempt, 0xDA7A])
    split = split_of(root_seed, index)
    with_things = {name: share for name, share in families.items() if name in ("products", "food")}
    if split == "held-out-combination" and not any(with_things.values()):
        split = "held-out"
    family = cast(Family, _choice(rng, with_things if split == "held-out-combination" else families, FAMILIES))
    width, height = sides(_choice(rng, aspects, tuple(ASPECTS)), size_px)
    description = _described(rng, family, split)
    seed = (int(np.random.default_rng([root_seed, 0x5EED]).integers(2**32)) + index + attempt * 0x10000001) % 2**32
    return Draw(index, seed, split, family, width, height, description)


def combinations(description: Description) -> Iterator[Combination]:
    """What the rule of held-out combinations looks at."""
    return ((entity.noun, entity.material, description.light) for entity in description.entities)


def words(description: Description) -> Iterator[Word]:
    """Every word that a determined description would be labelled with, each once."""
    found: dict[Word, None] = {}
    for entity in description.entities:
        found[("noun", entity.noun)] = None
        if entity.material:
            found[("material", entity.material)] = None
        if entity.color:
            found[("colour", entity.color)] = None
    for kind, word in (("surface", description.surface), ("setting", description.setting), ("light", description.light)):
        if word:
            found[(kind, word)] = None
    found.update({("view", view): None for view in description.views})
    found.update({("mood", mood): None for mood in description.moods})
    return iter(found)


def _described(rng: np.random.Generator, family: Family, split: Split) -> Description:
    """A determined description that belongs into the split, weighted towards rare words.

    As many kinds of things as the first candidate has: otherwise crowded scenes, which are likelier to hold a held-out
    combination, would become rare in training.
    """
    wanted = split == "held-out-combination"
    found: list[Description] = []
    number: int | None = None
    for _ in range(_TRIES):
        stated = description_rand(rng, family)
        candidate = determined(stated, rng)
        if wanted and not candidate.entities:
            continue
        number = len(candidate.entities) if number is None else number
        if len(candidate.entities) == number and any_held_out(combinations(candidate)) == wanted:
            found.append(_undyed(candidate, stated))
            if len(found) == CANDIDATES:
                break
    if not found:
        raise DataError(f"No scene of the family {family!r} fits the split {split!r} in {_TRIES} draws. Leave this family out.")
    rareness = np.array([max((1 / _census(family)[word] for word in words(candidate)), default=0.0) for candidate in found])
    return found[int(rng.choice(len(found), p=rareness / rareness.sum()))] if rareness.sum() > 0 else found[0]


def _undyed(full: Description, stated: Description) -> Description:
    """`full` with only the stated colours: the composer draws the others, and twice would be too often."""
    entities = []
    for k, entity in enumerate(full.entities):
        color = stated.entities[k].color if k < len(stated.entities) else None
        entities.append(replace(entity, color=color))
    return replace(full, entities=tuple(entities))


@lru_cache(maxsize=len(FAMILIES))
def _census(family: Family) -> Counter[Word]:
    """How often each word comes up in some draws of a family; at least 1."""
    rng = np.random.default_rng(0xCE)
    seen: Counter[Word] = Counter()
    for _ in range(_CENSUS):
        seen.update(words(determined(description_rand(rng, family), rng)))
    return _AtLeastOne(seen)


class _AtLeastOne(Counter[Word]):
    def __missing__(self, key: Word) -> int:
        return 1


def _choice(rng: np.random.Generator, shares: Mapping[str, float], order: Sequence[str]) -> str:
    """One of the names; the order in which the shares are given changes nothing."""
    names = [name for name in order if name in shares]
    weights = np.array([shares[name] for name in names], float)
    return names[int(rng.choice(len(names), p=weights / weights.sum()))]
