"""Captions say what they claim to say, and descriptions are plausible."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from pochade.world.captions import STYLES, canonical, caption, caption_rand, captions
from pochade.world.describe import FAMILIES, MAX_THINGS, OUTDOOR_SURFACES, description_rand
from pochade.world.parser import parse
from pochade.world.scene import Description, Entity, Relation
from pochade.world.vocabulary import (
    COLORS,
    FOOD,
    LANDSCAPES,
    LIGHTS,
    MATERIALS,
    OUTDOOR_LIGHTS,
    PLACES,
    PRODUCTS,
    SURFACES,
    TINTABLE_MATERIALS,
)

from .test_parser import facts


def drawn(number: int, seed: int = 0, family=None):
    for index in range(number):
        rng = np.random.default_rng([seed, index])
        yield description_rand(rng, family), rng


def test_captions_are_recovered_by_the_parser():
    lost = []
    for description, rng in drawn(1000, seed=11):
        said = caption_rand(description, rng)
        parsed = parse(said.text)
        if facts(parsed.description) != facts(said.stated) or parsed.unknown:
            lost.append(said.text)
    print(f"{1 - len(lost) / 1000:.1%} recovered; not these: {lost}")
    assert len(lost) <= 20


def test_plain_wording_is_recovered_in_full():
    lost = 0
    for description, _ in drawn(400, seed=12):
        said = parse(canonical(description)).description
        nouns = Counter(entity.noun for entity in description.entities)
        lost += (
            Counter(entity.noun for entity in said.entities) != nouns
            or said.setting != description.setting
            or said.light != description.light
        )
    assert lost <= 4


def test_dense_captions_say_everything():
    for description, rng in drawn(200, seed=13):
        stated = caption(description, "dense", rng).stated
        assert len(stated.entities) == len(description.entities)
        assert len(stated.relations) == len(description.relations)
        assert (stated.setting, stated.surface, stated.light) == (description.setting, description.surface, description.light)
        assert set(stated.views) == set(description.views)


def test_styles_come_in_their_shares_and_lengths():
    shares: Counter[str] = Counter()
    lengths: dict[str, list[int]] = {style: [] for style in STYLES}
    for description, rng in drawn(800, seed=14):
        said = caption_rand(description, rng)
        shares[said.style] += 1
        lengths[said.style].append(len(said.text.split()))
    assert abs(shares["short"] / 800 - 0.20) < 0.05
    assert abs(shares["medium"] / 800 - 0.45) < 0.06
    assert np.mean(lengths["short"]) < np.mean(lengths["medium"]) < np.mean(lengths["dense"])


def test_one_description_has_many_wordings():
    description = Description(
        (Entity("vase", 1, color="red", material="coloured glass"), Entity("bowl", 1)),
        (Relation("left of", 0, 1),),
        surface="oak table",
        light="sunset",
    )
    texts = {caption_rand(description, np.random.default_rng(seed)).text for seed in range(100)}
    assert len(texts) > 90


def test_captions_depend_only_on_the_rng():
    for description, _ in drawn(20, seed=15):
        assert captions(description, np.random.default_rng(3)) == captions(description, np.random.default_rng(3))
        assert [said.style for said in captions(description, np.random.default_rng(3))] == list(STYLES)
        assert canonical(description) == canonical(description)


def test_the_plain_wording_uses_canonical_words():
    description = Description(
        (Entity("apple", 2, color="red"), Entity("bowl")), (Relation("next to", 0, 1),), surface="oak table", light="noon"
    )
    assert canonical(description) == "two red apples next to a bowl, on an oak table, noon"


def test_an_unknown_style_or_family_is_named():
    with pytest.raises(ValueError, match="'long' is not one of short, medium, dense"):
        caption(Description(), "long", np.random.default_rng(0))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'cars' is not one of products, food, landscape, place"):
        description_rand(np.random.default_rng(0), "cars")  # type: ignore[arg-type]


def test_any_description_can_be_said():
    empty = Description()
    assert captions(empty, np.random.default_rng(0))
    assert canonical(Description(surface="sand")) == "sand"
    assert parse(canonical(Description(light="aurora"))).description.light == "aurora"


@pytest.mark.parametrize("family", FAMILIES)
def test_descriptions_depend_only_on_their_seed(family):
    first, again, other = (description_rand(np.random.default_rng(seed), family) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_descriptions_are_plausible():
    for description, _ in drawn(1500, seed=16):
        number = sum({"few": 3, "pile": 0}.get(entity.grouping, entity.count or 1) for entity in description.entities)
        assert number <= MAX_THINGS
        assert description.entities or description.setting
        for entity in description.entities:
            assert not (entity.color and entity.material) or entity.material in TINTABLE_MATERIALS
        if description.setting in LANDSCAPES:
            assert description.light is None or description.light in OUTDOOR_LIGHTS
        if description.surface in OUTDOOR_SURFACES:
            assert description.light not in ("softbox", "window light", "light through blinds")
        for relation in description.relations:
            ends = {relation.subject, relation.object, relation.second} - {None, -1}
            assert all(0 <= end < len(description.entities) for end in ends if end is not None)


def test_descriptions_cover_the_vocabulary():
    seen: Counter[str | None] = Counter()
    for description, _ in drawn(6000, seed=17):
        seen.update({entity.noun for entity in description.entities})
        seen.update({("material", entity.material) for entity in description.entities})
        seen.update({("color", entity.color) for entity in description.entities})
        seen.update([description.setting, description.surface, description.light])
    for word in (*PRODUCTS, *FOOD, *LANDSCAPES, *PLACES, *SURFACES, *LIGHTS):
        assert seen[word] >= 15, word
    for material in MATERIALS:
        assert seen["material", material] >= 10, material
    for color in COLORS:
        assert seen["color", color] >= 15, color
