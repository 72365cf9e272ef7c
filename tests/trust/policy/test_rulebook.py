"""Rules as data: phrases, benign look-alikes, distance, and errors in files."""

from __future__ import annotations

import pytest

from pochade.core.errors import InvalidRequestError
from pochade.trust.policy.rulebook import Rulebook, standard

CATEGORY = {"id": "test", "name": "Test", "absolute": False, "why": "Because.", "instead": "Don't."}


def rulebook(rule: dict, concepts: dict, benign: dict | None = None) -> Rulebook:
    book = Rulebook()
    book.add({"category": CATEGORY, "rules": [{"id": "test-001", **rule}], "concepts": concepts, "benign": benign or {}})
    return book.seal()


def fires(book: Rulebook, text: str, **how) -> bool:
    return bool(book.firings(text, **how))


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("accordion", "two accordions", True),
        ("accordion", "an acordion", True),
        ("accordion", "a cc ordion", True),
        ("accordion", "4cc0rd!0n", True),
        ("accordion", "noidrocca", True),
        ("accordion", "accooordiooon", True),
        ("accordion", "acc*rdi*n", True),
        ("accordion", "according", False),
        ("accordion", "an accord", False),
        ("tuba*", "tubalike", True),
        ("big ... drum", "a big and very loud drum", True),
        ("big ... drum", "a big one two three four drum", False),
        ("red|blue horn", "a blue horn", True),
        ("red|blue horn", "a green horn", False),
        ("horn|french_horn player", "a french horn player", True),
        ("<age> years old", "12 years old", True),
        ("<age> years old", "eleven years old", True),
        ("<age> years old", "18 years old", False),
        ("<minor>", "a 9yo", True),
        ("<minor>", "a 19yo", False),
        ("裸", "全裸", True),
    ],
)
def test_phrases(phrase, text, expected):
    assert fires(rulebook({"all_of": ["thing"]}, {"thing": [phrase]}), text) is expected


def test_ordinary_words_are_no_slips():
    book = Rulebook()
    book.add({"category": CATEGORY, "rules": [{"id": "t", "all_of": ["x"]}], "concepts": {"x": ["naked"]}, "ordinary": "baked named"})
    book.seal()
    assert not fires(book, "a named dish")
    assert fires(book, "a nakde dish")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("une trompette", True),
        ("l'accordeon", True),
        ("the trompettiste", True),
        ("a trompete", False),
        ("trom pette", False),
        ("ettepmort", False),
    ],
)
def test_exact_phrases_count_to_the_letter(text, expected):
    book = Rulebook()
    concepts = {"thing": ["trompette", "trompettist*", "accordeon"]}
    book.add({"category": CATEGORY, "rules": [{"id": "test-001", "all_of": ["thing"]}], "concepts": concepts, "exact": True})
    assert fires(book.seal(), text) is expected


def test_slips_of_a_plain_word_are_found_beside_an_exact_prefix_that_begins_alike():
    book = Rulebook()
    book.add({"category": CATEGORY, "rules": [{"id": "test-001", "all_of": ["thing"]}], "concepts": {"thing": ["accordion"]}})
    book.add({"concepts": {"other": ["acc*"]}, "exact": True})
    assert fires(book.seal(), "an accordian")


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("كمان", "والكمان القديم", True),
        ("كمان", "صورة لكمان", True),
        ("كمان", "كمانات", False),
        ("כינור", "והכינור", True),
        ("קר", "בקר", False),
    ],
)
def test_small_words_that_are_written_into_the_next_do_not_hide_it(phrase, text, expected):
    assert fires(rulebook({"all_of": ["thing"]}, {"thing": [phrase]}), text) is expected


@pytest.mark.parametrize(("text", "expected"), [("tu.ba solo", True), ("tu-ba solo", True), ("tu ba solo", False)])
def test_pieces_without_a_space_between_them_are_one_word(text, expected):
    assert fires(rulebook({"all_of": ["thing"]}, {"thing": ["tuba solo"]}), text) is expected


@pytest.mark.parametrize(("text", "expected"), [("a bare wall", False), ("bare, wall", True), ("bare. wall", True), ("bare (wall)", True)])
def test_benign_phrases_end_where_a_sentence_parts(text, expected):
    assert fires(rulebook({"all_of": ["thing"]}, {"thing": ["bare"]}, {"any": ["bare wall"]}), text) is expected


def test_benign_phrases_excuse_their_own_words_only():
    book = rulebook({"all_of": ["thing"]}, {"thing": ["horn"]}, {"thing": ["horn of plenty"]})
    assert not fires(book, "a horn of plenty")
    assert fires(book, "a horn of plenty beside a horn")


def test_concepts_must_meet_within_the_distance():
    book = rulebook({"all_of": ["one", "other"], "within": 2}, {"one": ["horn"], "other": ["drum"]})
    assert fires(book, "a drum and a horn")
    assert not fires(book, "a drum and a very old horn")


def test_unless_excuses_and_edits_only_waits_for_a_picture():
    book = rulebook({"all_of": ["one"], "unless": ["two"], "edits_only": True}, {"one": ["horn"], "two": ["drum"]})
    assert not fires(book, "a horn")
    assert fires(book, "a horn", image_given=True)
    assert not fires(book, "a horn and a drum", image_given=True)


@pytest.mark.parametrize(
    ("rule", "concepts", "message"),
    [
        ({"all_of": ["missing"]}, {"thing": ["horn"]}, "missing"),
        ({"all_of": ["thing"], "colour": "red"}, {"thing": ["horn"]}, "colour"),
        ({"all_of": ["thing"]}, {"thing": ["...", "?!"]}, "has no letter"),
    ],
)
def test_mistakes_in_files_are_named(rule, concepts, message):
    with pytest.raises(InvalidRequestError, match=message):
        rulebook(rule, concepts)


def test_every_standard_rule_names_its_category():
    for rule in standard().rules:
        assert rule.id.startswith(f"{rule.category.id}-")
    absolute = {category.id for category in standard().categories.values() if category.absolute}
    assert absolute == {"sexual-minors", "intimate-real-people"}
