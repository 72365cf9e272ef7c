"""What is disguised as a whole reads as what it says, whatever the words are; harmless texts stay as they are."""

from __future__ import annotations

import base64
import codecs
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pochade.trust.policy import check, disguises, rulebook, training
from pochade.trust.policy.disguises import MOST, readings
from pochade.trust.policy.rulebook import Rulebook

SAID = "naked trumpet player"
MORSE = {letter: code for code, letter in disguises._MORSE_LETTERS.items()}
ALIKE = str.maketrans("abdefghikmnpqrtuvwy", "ɐqpǝɟƃɥᴉʞɯudbɹʇnʌʍʎ")


def by_word(change):
    return lambda text: " ".join(change(word) for word in text.split())


DISGUISES = {
    "HTML": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "HTML in hexadecimal": lambda text: "".join(f"&#x{ord(char):x};" for char in text),
    "percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "percent of HTML": lambda text: "".join(f"%26%23{ord(char)}%3B" for char in text),
    "escapes": lambda text: "".join(f"\\u{ord(char):04x}" for char in text),
    "short escapes": lambda text: "".join(f"\\x{ord(char):02x}" for char in text),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 in a sentence": lambda text: f"paint {base64.urlsafe_b64encode(text.encode()).decode().rstrip('=')} please",
    "base64 twice": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
    "bytes": lambda text: text.encode().hex(" "),
    "binary": lambda text: " ".join(f"{byte:08b}" for byte in text.encode()),
    "decimal": lambda text: " ".join(str(byte) for byte in text.encode()),
    "Morse": lambda text: " / ".join(" ".join(MORSE[letter] for letter in word) for word in text.split()),
    "backwards": lambda text: text[::-1],
    "each word backwards": by_word(lambda word: word[::-1]),
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "pig Latin": by_word(lambda word: word[1:] + word[0] + "ay"),
    "upside down": lambda text: text.translate(ALIKE)[::-1],
    "weights": by_word(lambda word: f"({word}:1.3)"),
    "weights by signs": by_word(lambda word: f"{word}++"),
    "pipes": by_word("|".join),
    "halves": by_word(lambda word: f"{word[:2]}' + '{word[2:]}"),
    "pictograms": by_word("🔥".join),
    "capitals": lambda text: "".join(word.title() for word in text.split()),
    "glued": lambda text: text.replace(" ", ""),
    "plain pictures of letters": lambda text: "".join(chr(0x1F170 + ord(char) - 97) if char.isalpha() else char for char in text),
    "without vowels": by_word(lambda word: word[0] + "".join(char for char in word[1:] if char not in "aeiou")),
    "scrambled": by_word(lambda word: word[0] + word[1:-1][::-1] + word[-1]),
    "doubled": lambda text: "".join(2 * char for char in text),
    "masked to the end": by_word(lambda word: word[:-1] + "*"),
}


@pytest.fixture(scope="module")
def book() -> Rulebook:
    made = Rulebook()
    category = {"id": "test", "name": "Test", "absolute": False, "why": "Because.", "instead": "Don't."}
    made.add(
        {
            "category": category,
            "rules": [{"id": "test-001", "all_of": ["bare", "player"]}],
            "concepts": {"bare": ["naked"], "player": ["trumpet player"]},
        }
    )
    return made.seal()


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_disguised_text_meets_the_rules(book, disguise):
    assert any(book.firings(text) for text in readings(disguise(SAID), book.slips))


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
def test_the_policy_looks_under_disguises(disguise):
    assert not check(disguise("naked children")).allowed


def test_what_is_not_disguised_has_one_reading_nearly_always():
    slips = rulebook.standard().slips
    odd = [text for text in training.world_captions(300, seed=11) if readings(text, slips) != [text]]
    assert len(odd) <= 3


@pytest.mark.parametrize(
    "prompt",
    [
        "(lemon:1.2) on a slate slab",
        "JazzClub poster",
        "a 50% sale sign & a lamp",
        "#ff00cc and #a0b1c2 stripes",
        "seed 1234567890 on a receipt",
    ],
)
def test_ordinary_signs_are_no_disguise(prompt):
    assert check(prompt).allowed


@given(st.text(max_size=200))
def test_readings_are_few_and_begin_with_the_text(text):
    found = readings(text, rulebook.standard().slips)
    assert found[0] == text
    assert len(found) <= MOST


HOSTILE = ("+", "a+", "%25", "&amp;", "ay", "n", "-. ", "41", "Ab", "$a", "n*", "a ", "\U0001f525")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_text_takes_long(hostile):
    text = (hostile * 30_000)[:30_000]
    started = time.process_time()
    check(text)
    assert time.process_time() - started < 3
