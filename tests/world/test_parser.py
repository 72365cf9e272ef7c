"""Prompts as people write them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pochade.world.lexicon import SECTIONS, lexicon
from pochade.world.parser import known_words, near_words, parse
from pochade.world.scene import Description, Entity, Relation
from pochade.world.vocabulary import COLORS, MATERIALS

PROMPTS = tomllib.loads(Path(__file__).with_name("prompts.toml").read_text(encoding="utf-8"))["prompt"]
SPAN_KINDS = {"noun", "material", "color", "surface", "light", "view", "mood", "relation", "count", "setting", "backdrop", "ignored"}


def entity(words: str) -> Entity:
    """ "apple, 2, green" -> Entity; the notation of prompts.toml."""
    noun, *rest = (word.strip() for word in words.split(","))
    fields: dict[str, Any] = {}
    for word in rest:
        if word in ("few", "pile"):
            fields["grouping"] = word
        elif word.isdigit():
            fields["count"] = int(word)
        elif word in COLORS:
            fields["color"] = word
        else:
            assert word in MATERIALS, word
            fields["material"] = word
    return Entity(noun, **fields)


def relation(words: str) -> Relation:
    """ "0 between 1 2" -> Relation."""
    numbers = [int(word) for word in words.split() if word.isdigit()]
    kind: Any = " ".join(word for word in words.split() if not word.isdigit())
    return Relation(kind, numbers[0], numbers[1] if len(numbers) > 1 else -1, numbers[2] if len(numbers) > 2 else None)


def meant(prompt: dict[str, Any]) -> Description:
    return Description(
        entities=tuple(entity(words) for words in prompt.get("things", ())),
        relations=tuple(relation(words) for words in prompt.get("relations", ())),
        setting=prompt.get("setting"),
        surface=prompt.get("surface"),
        light=prompt.get("light"),
        light_colors=tuple(prompt.get("light_colors", ())),
        backdrop=prompt.get("backdrop"),
        views=tuple(prompt.get("views", ())),
        moods=tuple(prompt.get("moods", ())),
    )


def facts(description: Description) -> tuple[Any, ...]:
    """The description without the order of relations, views and moods."""
    d = description
    return (
        d.entities,
        frozenset(d.relations),
        d.setting,
        d.surface,
        d.light,
        d.light_colors,
        d.backdrop,
        frozenset(d.views),
        frozenset(d.moods),
    )


def test_prompts_mean_what_their_authors_mean():
    wrong = []
    for prompt in PROMPTS:
        parsed = parse(prompt["text"])
        reported = {unknown.word.lower() for unknown in parsed.unknown}
        if facts(parsed.description) != facts(meant(prompt)) or not reported >= set(prompt.get("unknown", ())):
            wrong.append(prompt["text"])
    share = 1 - len(wrong) / len(PROMPTS)
    print(f"{share:.1%} of {len(PROMPTS)} prompts parse as meant; not these: {wrong}")
    assert len(PROMPTS) >= 170
    assert share >= 0.9, wrong


def things(prompt: str) -> tuple[Entity, ...]:
    return parse(prompt).description.entities


def relations(prompt: str) -> tuple[Relation, ...]:
    return parse(prompt).description.relations


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a red glass vase", ["vase, red, coloured glass"]),
        ("a vase made of red glass", ["vase, red, coloured glass"]),
        ("a vase, red, glass", ["vase, red, coloured glass"]),
        ("a vase in red glass", ["vase, red, coloured glass"]),
        ("a shiny, red, glass vase", ["vase, red, coloured glass"]),
        ("a ball that is green", ["ball, green"]),
        ("red and blue balls", ["ball, red", "ball, blue"]),
        ("a red and a blue ball", ["ball, red", "ball, blue"]),
        ("three red and two blue balls", ["ball, 3, red", "ball, 2, blue"]),
        ("two balls, one red and one blue", ["ball, 1, red", "ball, 1, blue"]),
        ("a gold ring and a silver spoon", ["ring, gold", "spoon, silver"]),
        ("vase blue, bowl red", ["vase, blue", "bowl, red"]),
        ("an orange", ["orange"]),
        ("an orange cube", ["cube, orange"]),
        ("a lime and a lime", ["lime", "lime"]),
        ("a glass of red wine", ["glass of red wine"]),
        ("a red glass", ["tumbler, red"]),
        ("a pine cone", ["cone, pine"]),
        ("a crystal vase and a crystal", ["vase, cut glass", "crystal"]),
        ("lots of lemons", ["lemon, pile"]),
        ("a few lemons", ["lemon, few"]),
        ("lemons", ["lemon, few"]),
        ("9 lemons", ["lemon, pile"]),
        ("a couple of lemons", ["lemon, 2"]),
        ("some coffee", ["cup of coffee"]),
        ("can you paint a can", ["can"]),
        ("black marble ball", ["ball, black marble"]),
    ],
)
def test_attributes_and_counts_bind(prompt, expected):
    assert things(prompt) == tuple(entity(words) for words in expected)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a blue cube to the left of an orange sphere", ["0 left of 1"]),
        ("to the left of an orange sphere, a blue cube", ["1 left of 0"]),
        ("a cup on a book", ["0 on top of 1"]),
        ("a bowl of lemons", ["1 inside 0"]),
        ("lemons in a bowl", ["0 inside 1"]),
        ("an apple and a pear in a bowl", ["0 inside 2", "1 inside 2"]),
        ("a bowl filled with cherries and grapes", ["1 inside 0", "2 inside 0"]),
        ("a cookie on a plate", ["0 on a plate"]),
        ("a cookie on a blue plate", ["0 on top of 1"]),
        ("a pear between a jug and a bowl", ["0 between 1 2"]),
        ("a pear between two jugs", ["0 between 1 2"]),
        ("a jug with a pear behind it", ["1 behind 0"]),
        ("a pear on the left, a jug on the right", ["0 left of 1"]),
        ("a vase next to a lamp, behind a book", ["0 next to 1", "0 behind 2"]),
        ("a vase on a marble table", []),
        ("a dog next to a ball", []),
    ],
)
def test_relations(prompt, expected):
    assert relations(prompt) == tuple(relation(words) for words in expected)


@pytest.mark.parametrize(
    ("prompt", "field", "expected"),
    [
        ("a ball on the beach", "surface", "sand"),
        ("a ball, beach at noon", "setting", "beach"),
        ("the beach at noon", "setting", "beach"),
        ("a ball in the snow", "surface", "snow"),
        ("a ball on velvet", "surface", "velvet cloth"),
        ("a ball on a table made of marble", "surface", "marble table"),
        ("a ball on a pink background", "backdrop", "pink"),
        ("a ball on white", "backdrop", "white"),
        ("pink and blue neon lights, a ball", "light_colors", ("pink", "blue")),
        ("a ball lit by red light", "light", "coloured gels"),
        ("sunny beach at golden hour", "light", "golden hour"),
        ("city at night, neon", "light", "neon"),
        ("a narrow street at night in the rain", "light", "neon"),
        ("a ring on black velvet, softbox", "surface_color", "black"),
        ("two lemons on a white linen tablecloth", "surface_color", "white"),
        ("a blue vase on a white table", "surface_color", "white"),
        ("a red vase on a velvet cloth", "surface_color", None),
        ("a blue vase on a white oak table", "surface_color", None),
        ("a vase on a white marble table", "surface_color", None),
        ("a black velvet ball on a tablecloth", "surface_color", None),
        ("flat lay of a book, bokeh", "views", ("top-down", "shallow depth of field")),
        ("a black and white photo of a pear", "moods", ("black and white",)),
    ],
)
def test_circumstances(prompt, field, expected):
    assert getattr(parse(prompt).description, field) == expected


@pytest.mark.parametrize(
    "prompt", ["a ball, no people", "a ball without a stem or leaves", "a ball but not a cube", "a ball; no text, no cubes"]
)
def test_what_is_denied_is_not_painted(prompt):
    parsed = parse(prompt)
    assert parsed.description == Description((Entity("ball"),))
    assert any(span.kind == "ignored" for span in parsed.spans)
    assert not parsed.unknown


@pytest.mark.parametrize(
    ("typo", "word"),
    [
        ("strawbery", "strawberry"),
        ("croisant", "croissant"),
        ("candel", "candle"),
        ("pyramide", "pyramid"),
        ("tomatos", "tomato"),
        ("lanturn", "lantern"),
        ("bannanas", "banana"),
        ("vsae", "vase"),
        ("perfumebottle", "perfume bottle"),
    ],
)
def test_typos_are_forgiven(typo, word):
    assert [found.noun for found in things(typo)] == [word]


@pytest.mark.parametrize(
    "word", ["cat", "dog", "car", "person", "text", "house", "bear", "boat", "clock tower", "king", "hand", "shirt", "rice"]
)
def test_real_words_are_not_corrected(word):
    parsed = parse(f"a {word.split()[-1]}")
    assert parsed.description == Description()
    assert not parsed.understood
    assert parsed.unknown[0].word == word.split()[-1]
    assert parsed.unknown[0].near


@pytest.mark.parametrize(
    "prompt", ["", "   ", "\n", "🍕", "!!!", "?" * 3000, "\x00", "e\u0301", "ﬁ", "１２３", "a" * 5000, "of the and", "(((", "-- --"]
)
def test_odd_input_is_read_without_fault(prompt):
    parsed = parse(prompt)
    assert not parsed.understood


@pytest.mark.parametrize("words", ["a ", "red and ", "glass ", "orange and ", "a ball and ", "in ", "it ", "no ", "(((", "\ud800 "])
def test_endless_repetition_is_read_in_passing(words):
    parse(words * (32_000 // len(words)))


def test_unicode_forms_read_alike():
    assert things("ＲＥＤ ＢＡＬＬ") == things("rëd ball") == things("red\u00a0ball") == (Entity("ball", color="red"),)


def test_spans_point_into_the_prompt():
    prompt = "A RED  ball, accordion"
    parsed = parse(prompt)
    assert {prompt[span.start : span.end]: span.kind for span in parsed.spans} == {"A": "ignored", "RED": "color", "ball": "noun"}
    assert [prompt[unknown.start : unknown.end] for unknown in parsed.unknown] == ["accordion"]


def test_near_words_are_of_the_vocabulary():
    vocabulary = {word for kind in SECTIONS for word in known_words(kind)}
    for word in ("accordion", "cat", "xqzv", "gobletish", ""):
        assert 1 <= len(near_words(word)) <= 3
        assert set(near_words(word)) <= vocabulary
    assert len(near_words("cat", 2)) == 2


def test_known_words_names_the_kinds_it_accepts():
    with pytest.raises(ValueError, match="'nouns' is not one of noun, setting"):
        known_words("nouns")


WORDS = (
    sorted(lexicon().tokens)
    + ["dog", "xyzzy", ",", ".", "and", "with", "a", "the", "two", "3", "/", "no", "-", "on", "in", "of", "it"] * 40
)


def assert_sound(prompt: str) -> None:
    """What holds for every prompt."""
    parsed = parse(prompt)
    again = parse(prompt)
    assert parsed == again
    covered = [False] * len(prompt)
    for found in (*parsed.spans, *parsed.unknown):
        assert 0 <= found.start < found.end <= len(prompt)
        for index in range(found.start, found.end):
            covered[index] = True
    for span in parsed.spans:
        assert span.kind in SPAN_KINDS
    d = parsed.description
    for found in d.entities:
        assert found.noun in known_words("noun")
        assert found.color is None or found.color in known_words("color")
        assert found.material is None or found.material in known_words("material")
        assert found.count is None or 1 <= found.count <= 5
        assert found.count is None or found.grouping == "exact"
    for bond in d.relations:
        ends = [bond.subject, *([bond.object] if bond.kind != "on a plate" else []), *([bond.second] if bond.second is not None else [])]
        assert len(set(ends)) == len(ends)
        assert all(0 <= end < len(d.entities) for end in ends)
        assert (bond.kind == "between") == (bond.second is not None)
    assert d.surface is None or d.surface in known_words("surface")
    assert d.setting is None or d.setting in known_words("setting")
    assert d.light is None or d.light in known_words("light")
    assert len(d.light_colors) <= 2
    missed = {prompt[index] for index, seen in enumerate(covered) if not seen}
    assert not any(character.isalnum() for character in missed), missed


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
def test_any_words_in_any_order_are_read_soundly(prompt):
    assert_sound(prompt)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=120))
def test_any_text_is_read_soundly(prompt):
    parsed = parse(prompt)
    assert parsed == parse(prompt)
    for found in (*parsed.spans, *parsed.unknown):
        assert 0 <= found.start < found.end <= len(prompt)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(PROMPTS), st.randoms(use_true_random=False))
def test_case_and_spacing_do_not_matter(prompt, random):
    text = prompt["text"]
    other = "".join(random.choice((c.upper(), c.lower())) for c in text).replace(" ", "  ")
    assert parse(other).description == parse(text).description


@pytest.mark.parametrize(
    ("prompt", "light"),
    [
        ("a neon street in the rain at night", "neon"),
        ("a street at night in the rain", "neon"),
        ("a neon street at night", "neon"),
        ("a rainy night in the city", "neon"),
        ("a street by moonlight", "moonlight"),
        ("a lake on a rainy night", "moonlight"),
        ("a street in the rain", "overcast"),
    ],
)
def test_a_rainy_night_is_a_night_and_streets_are_lit_then(prompt, light):
    assert parse(prompt).description.light == light
