"""The lexicon: every canonical word is there, says itself, and has company."""

from __future__ import annotations

import tomllib
from importlib import resources

import pytest

from pochade.world.lexicon import SECTIONS, lexicon, normal
from pochade.world.parser import known_words, parse
from pochade.world.scene import Description, Entity

NOUNS = known_words("noun")
WORDS = [(kind, word) for kind in SECTIONS for word in known_words(kind)]


@pytest.mark.parametrize(("kind", "word"), WORDS)
def test_every_word_has_at_least_eight_synonyms(kind, word):
    assert len(lexicon().synonyms[kind, word]) > 8, lexicon().synonyms[kind, word]


def test_no_phrase_means_two_things_of_one_kind():
    raw = tomllib.loads(resources.files("pochade.world").joinpath("lexicon.toml").read_text(encoding="utf-8"))
    clashes = []
    for kind, sections in SECTIONS.items():
        owner: dict[str, str] = {}
        for section, names in sections:
            for name in names:
                for phrase in (name, *raw[section].get(name, ())):
                    if "{" not in phrase:
                        key = normal(phrase.rstrip("*"), lexicon().spellings)
                        if owner.setdefault(key, name) != name:
                            clashes.append((kind, phrase, owner[key], name))
    assert not clashes


@pytest.mark.parametrize("noun", NOUNS)
def test_a_noun_says_itself(noun):
    assert parse(noun).description.entities == (Entity(noun),)
    assert parse(f"a {noun}").description.entities == (Entity(noun),)


@pytest.mark.parametrize("noun", [noun for noun in NOUNS if noun != "flower in a vase"])  # three flowers stand in one vase
def test_a_counted_plural_says_its_noun(noun):
    assert parse(f"three {lexicon().plural(noun)}").description.entities == (Entity(noun, count=3),)


@pytest.mark.parametrize("color", known_words("color"))
def test_a_colour_dyes_the_noun_it_precedes(color):
    assert parse(f"a {color} cube").description == Description((Entity("cube", color=color),))


@pytest.mark.parametrize("material", known_words("material"))
def test_a_material_makes_the_noun(material):
    expected = Description((Entity("vase", material=material),))
    assert parse(f"a {material} vase").description == expected
    assert parse(f"a vase made of {material}").description == expected


@pytest.mark.parametrize("kind", ["setting", "light", "surface"])
def test_circumstances_say_themselves_alone_and_with_a_thing(kind):
    for word in known_words(kind):
        assert getattr(parse(word).description, kind) == word
        found = parse(f"a ball, {word}").description
        assert getattr(found, kind) == word
        assert found.entities == (Entity("ball"),)


@pytest.mark.parametrize("kind", ["view", "mood"])
def test_views_and_moods_say_themselves(kind):
    for word in known_words(kind):
        assert getattr(parse(word).description, f"{kind}s") == (word,)


@pytest.mark.parametrize("relation", [word for word in known_words("relation") if word not in ("between", "on a plate")])
def test_relations_say_themselves(relation):
    (found,) = parse(f"a lemon {relation} a bowl").description.relations
    assert (found.kind, found.subject, found.object) == (relation, 0, 1)


@pytest.mark.parametrize(
    ("kind", "probe", "share"),
    [("noun", "a {}", 0.97), ("color", "a {} cube", 0.97), ("material", "a cube made of {}", 0.97), ("surface", "a cube on a {}", 0.97)],
)
def test_synonyms_lead_to_their_word(kind, probe, share):
    said = right = 0
    for name in known_words(kind):
        for phrase in lexicon().synonyms[kind, name]:
            found = parse(probe.format(phrase)).description
            first = found.entities[0] if found.entities else Entity("")
            meant = {"noun": first.noun, "color": first.color, "material": first.material, "surface": found.surface}[kind]
            said += 1
            right += meant == name
    assert right / said >= share


@pytest.mark.parametrize(
    ("british", "american"),
    [
        ("a grey aluminium cube", "a gray aluminum cube"),
        ("a coloured glass vase", "a colored glass vase"),
        ("a donut, coloured gels", "a doughnut, colored gels"),
        ("a centred composition of a vase", "a centered composition of a vase"),
    ],
)
def test_both_spellings_say_the_same(british, american):
    assert parse(british).description == parse(american).description
    assert not parse(american).unknown


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("glass of red wine", "glasses of red wine"),
        ("stack of books", "stacks of books"),
        ("cup and saucer", "cups and saucer"),
        ("flower in a vase", "flowers in a vase"),
        ("bread loaf", "bread loaves"),
        ("avocado half", "avocado halves"),
        ("cherry", "cherries"),
        ("torus", "tori"),
        ("tomato", "tomatoes"),
        ("die", "dice"),
        ("box", "boxes"),
        ("candle", "candles"),
    ],
)
def test_plurals(singular, plural):
    assert lexicon().plural(singular) == plural


@pytest.mark.parametrize(
    ("words", "material"),
    [
        ("golden", "gold"),
        ("wooden", "oak"),
        ("marble", "white marble"),
        ("glass", "clear glass"),
        ("metal", "brushed steel"),
        ("plastic", "glossy plastic"),
        ("ceramic", "glazed ceramic"),
        ("rusty", "rusty iron"),
    ],
)
def test_adjectives_name_materials(words, material):
    assert parse(f"a {words} bowl").description.entities == (Entity("bowl", material=material),)
