"""Does a picture show what its prompt says? Prompts by task from the world's words, judged, beside the renders that are the ceiling.

The first six tasks are those of GenEval (arXiv:2310.11513), whose judge is a detector of photographs; here it is judges of this world.
A prompt is a `Description` put into words, and the same description is what a picture is judged by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pochade.core.labels import AXES
from pochade.evals.judge import Bools, Judge, Judged
from pochade.evals.metrics import Pictures, interval, share_interval
from pochade.world.captions import canonical
from pochade.world.describe import FLAT_TOPPED, INDOOR_LIGHTS, PERCHED, SINGLE
from pochade.world.parser import parse
from pochade.world.scene import Description, Entity, Relation
from pochade.world.vocabulary import COLORS, FOOD, PRODUCTS, TINTABLE_MATERIALS

TASKS = ("single object", "two objects", "counting", "colour", "position", "colour attribution", "material", "light")
PER_PROMPT = 4
"""Pictures painted for each prompt."""

Paint = Callable[[str, Sequence[int]], Pictures]
"""(prompt, seeds) -> pictures (B, H, W, 3) uint8, one for each seed."""


@dataclass(frozen=True)
class Prompt:
    """What is asked for, and what is looked for in the pictures: nothing more than the task is about."""

    task: str
    text: str
    wanted: Description


@dataclass(frozen=True)
class Result:
    """How well one task is done.

    Attributes:
        prompts: how many. fulfilled, low, high: share of the pictures that show what was asked, with its 95 % interval.
        ceiling: the same for the renders. share, share_low, share_high: `fulfilled` as a share of it; None where it is 0 or not known.
        by_judge: judge to `fulfilled` and `ceiling` (None: not known); the figures above are means over the judges.
    """

    task: str
    prompts: int
    fulfilled: float
    low: float
    high: float
    ceiling: float | None
    share: float | None
    share_low: float | None
    share_high: float | None
    by_judge: Mapping[str, tuple[float, float | None]]


def prompts(task: str, count: int, seed: int = 0) -> list[Prompt]:
    """Prompts of a task, all different; they follow from the seed, and a longer list begins with the shorter one.

    Raises:
        ValueError: if there is no such task.
    """
    if task not in TASKS:
        raise ValueError(f"task {task!r} is not one of {', '.join(TASKS)}")
    rng = np.random.default_rng([seed, TASKS.index(task), 0xE7])
    found: dict[str, Prompt] = {}
    while len(found) < count:
        wanted = _wanted(task, rng)
        text = canonical(wanted)
        if parse(text).description == wanted:  # "a cardboard box" does not say again what it is made of
            found.setdefault(text, Prompt(task, text, wanted))
    return list(found.values())


def _wanted(task: str, rng: np.random.Generator) -> Description:
    nouns = PRODUCTS + FOOD
    if task == "counting":
        return Description((Entity(_pick(rng, [noun for noun in nouns if noun not in SINGLE]), int(rng.integers(2, 5))),))
    if task == "colour":
        return Description((Entity(_pick(rng, _dyeable()), color=_pick(rng, COLORS)),))
    if task == "material":
        noun = _pick(rng, list(_materials()))
        return Description((Entity(noun, material=_pick(rng, _materials()[noun])),))
    if task == "light":
        return Description((Entity(_pick(rng, nouns)),), light=_pick(rng, INDOOR_LIGHTS))
    if task == "position":
        relation = _pick(rng, list(AXES))
        first, second = (_pick(rng, PERCHED), _pick(rng, FLAT_TOPPED)) if relation == "on top of" else _two(rng, nouns)
        if first == second:
            return _wanted(task, rng)
        return Description((Entity(first), Entity(second)), (Relation(relation, 0, 1),))  # type: ignore[arg-type]
    if task == "colour attribution":
        colors = _two(rng, COLORS)
        return Description(tuple(Entity(noun, color=color) for noun, color in zip(_two(rng, _dyeable()), colors, strict=True)))
    return Description(tuple(Entity(noun) for noun in _two(rng, nouns)[: 1 if task == "single object" else 2]))


def _pick(rng: np.random.Generator, words: Sequence[str]) -> str:
    return words[int(rng.integers(len(words)))]


def _two(rng: np.random.Generator, words: Sequence[str]) -> list[str]:
    return [words[int(number)] for number in rng.choice(len(words), 2, replace=False)]


def _materials() -> dict[str, tuple[str, ...]]:
    """What nouns can be made of, where that is more than one thing."""
    from pochade.world.assets import asset_types

    kinds = asset_types()
    return {noun: kinds[noun].materials for noun in PRODUCTS if len(kinds[noun].materials) > 1}


def _dyeable() -> list[str]:
    """Nouns that a colour word may dye."""
    return [noun for noun, materials in _materials().items() if set(materials) & set(TINTABLE_MATERIALS)]


def described(sample: Mapping[str, Any]) -> Description:
    """What a line of a pack says of its picture, as far as tasks ask for it."""
    entities = tuple(
        Entity(noun, int(count) if count.isdigit() else None, "exact", colour or None, material or None)
        for noun, count, colour, material in zip(sample["nouns"], sample["counts"], sample["colours"], sample["materials"], strict=True)
    )
    relations = []
    for text in sample["relations"]:
        subject, kind, *others = text.split("|")
        if kind in AXES and len(others) == 1:
            relations.append(Relation(kind, *(int(end.partition(":")[0]) for end in (subject, *others))))
    return Description(entities, tuple(relations), light=sample["light"] or None)


def reduced(task: str, full: Description) -> Description | None:
    """What a task would ask of a picture of which `full` is true; None where it has nothing to ask."""
    entities = full.entities
    if len({entity.noun for entity in entities}) < len(entities):
        return None  # of two balls one cannot say which is meant
    bare = tuple(Entity(entity.noun) for entity in entities)
    one: Entity | None = None
    if task == "position":
        found = [relation for relation in full.relations if relation.kind in AXES]
        return Description((bare[found[0].subject], bare[found[0].object]), (replace(found[0], subject=0, object=1),)) if found else None
    if task == "two objects":
        return Description(bare[:2]) if len(bare) > 1 else None
    if task == "colour attribution":
        dyed = tuple(Entity(entity.noun, color=entity.color) for entity in entities if entity.color)[:2]
        return Description(dyed) if len(dyed) == 2 and dyed[0].color != dyed[1].color else None
    if task == "light":
        return Description(bare[:1], light=full.light) if bare and full.light else None
    for entity, plain in zip(entities, bare, strict=True):
        if task == "single object":
            one = plain
        elif task == "counting" and (entity.count or 0) > 1:
            one = replace(plain, count=entity.count)
        elif task == "colour" and entity.color:
            one = replace(plain, color=entity.color)
        elif task == "material" and entity.material:
            one = replace(plain, material=entity.material)
        if one is not None:
            return Description((one,))
    return None


def fulfilled(judged: Judged, wanted: Description) -> Bools:
    """Which of the judged pictures show all that is wanted, (B,)."""
    good = np.ones(len(judged.features), bool)
    for entity in wanted.entities:
        good &= judged.has(entity.noun)
        if entity.count is not None:
            good &= judged.has_count(entity.noun, entity.count)
        if entity.color is not None:
            good &= judged.looks(entity.noun, "colours", entity.color)
        if entity.material is not None:
            good &= judged.looks(entity.noun, "materials", entity.material)
    for relation in wanted.relations:
        good &= judged.stands(wanted.entities[relation.subject].noun, relation.kind, wanted.entities[relation.object].noun)
    if wanted.light is not None:
        good &= judged.lit(wanted.light)
    return good


def of_prompts(judges: Sequence[Judge], asked: Sequence[Prompt], paint: Paint, seed: int = 0) -> dict[str, list[float]]:
    """Paints PER_PROMPT pictures of each prompt; by judge, the share of them that show it, one number for each prompt.

    Picture k of prompt n has the seed `seed` + PER_PROMPT n + k, so that models are compared on the same seeds.
    """
    found: dict[str, list[float]] = {judge.name: [] for judge in judges}
    for number, prompt in enumerate(asked):
        start = seed + PER_PROMPT * number
        pictures = paint(prompt.text, range(start, start + PER_PROMPT))
        for judge in judges:
            found[judge.name].append(float(fulfilled(judge(pictures), prompt.wanted).mean()))
    return found


def of_renders(
    judges: Sequence[Judge], task: str, samples: Sequence[tuple[Mapping[str, Any], Pictures]], most: int = 512
) -> dict[str, list[float]]:
    """By judge, whether renders show what the task would ask of them by their labels, one number for each that it can ask of.

    Args:
        samples: lines of a pack with their pictures (H, W, 3). most: samples at most.
    """
    asked = [(wanted, picture) for sample, picture in samples if (wanted := reduced(task, described(sample))) is not None][:most]
    found: dict[str, list[float]] = {}
    for judge in judges:
        judged = judge([picture for _, picture in asked]) if asked else None
        found[judge.name] = [float(fulfilled(judged.row(row), wanted)[0]) for row, (wanted, _) in enumerate(asked) if judged]
    return found


def result(task: str, painted: Mapping[str, Sequence[float]], ceiling: Mapping[str, Sequence[float]] | None = None) -> Result:
    """Sums up a task from what `of_prompts` and, for the ceiling, `of_prompts` or `of_renders` found."""
    values = np.mean(list(painted.values()), 0)
    whole = np.mean(list(ceiling.values()), 0) if ceiling and all(len(found) for found in ceiling.values()) else None
    share = None if whole is None else share_interval(values, whole)
    return Result(
        task,
        len(values),
        *interval(values),
        None if whole is None else float(whole.mean()),
        *(share or (None, None, None)),
        {name: (float(np.mean(found)), None if whole is None else float(np.mean(ceiling[name]))) for name, found in painted.items()},  # type: ignore[index]
    )
