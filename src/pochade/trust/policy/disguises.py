"""Other texts that a prompt may stand for: out of codes and escapes, without weights, unglued, backwards. Each is checked as a whole.

What is disguised letter by letter or word by word is read by `normalise` and `words`; here is what changes the text as a whole.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Protocol
from urllib.parse import unquote

MOST = 12
"""So many readings of a prompt are looked at; no honest prompt has three."""
_DEPTH = 2
"""A code inside a code is read too, no deeper."""
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_BASE32 = re.compile(r"\b[A-Z2-7]{8,}={0,6}")
_HEX = re.compile(r"(?:\b0x)?((?:[0-9a-fA-F]{2}[ ,:]?){4,})")
_BINARY = re.compile(r"(?:[01]{8}[ ,]?){3,}")
_DECIMAL = re.compile(r"(?:\b\d{2,3}[ ,]+){3,}\d{2,3}\b")
_MORSE = re.compile(r"(?:[.\-·−–]{1,5}[ /|]+){2,}[.\-·−–]{1,5}")
_ESCAPE = re.compile(r"\\u\{?([0-9a-fA-F]{4,6})\}?|\\x([0-9a-fA-F]{2})|\bU\+([0-9a-fA-F]{4,6})\s?")
_WEIGHT = re.compile(r"(?<=[^\W\d])\s*:\s*-?\d*\.?\d+(?=\s*[)\]}>])|(?<=[^\W\d])\^\d*\.?\d+|(?<=[^\W\d])(?:\+{1,4}|-{2,4})(?=[\s,)]|$)")
"""How much a word counts, as several image models read it: (word:1.3), word^1.3, word++."""
_JOINTS = re.compile(r"(?<=[^\W\d_])(?:[\"'“”’)\]}]*\s?[+|&~^=<>•·‧∙]+\s?[\"'“”‘(\[{]*|[\"'”)\]}]+[\"'“(\[{]+)(?=[^\W\d_])")
_PICTOGRAMS = re.compile(r"(?<=\w)[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]+(?=\w)")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")
_GLUED = re.compile(r"(?<![^\W\d_])[^\W\d_]{9,80}(?![^\W\d_])")
_MORSE_LETTERS: dict[str, str] = dict(
    zip(
        ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- -..- -.-- --..".split(),  # noqa: SIM905
        "abcdefghijklmnopqrstuvwxyz",
        strict=True,
    )
)
_UPSIDE_DOWN = dict(zip("ɐqɔpǝɟƃɓɥᴉıɾʞןɯuodbɹsʇnʌʍxʎz", "abcdefgghiijklmnopqrstuvwxyz", strict=True))
_TURNED = re.compile("[ɐɔǝɟƃɓɥᴉɾʞןɯɹʇʌʍʎ]")
"""Letters that are only ever seen where others were turned."""
_SMALL = frozenset("a an and at by for from her his in into is it la my no of on or she the their to up with without".split())  # noqa: SIM905
_SHOWN = frozenset("art drawing image painting photo photograph picture portrait realistic render shot sketch video wearing".split())  # noqa: SIM905
_SHORTEST_PIECE = 3
_SHORTEST_TOLD = 4


class Words(Protocol):
    """What a reading must be made of to count, where nearly any text has one."""

    def holds(self, word: str) -> bool:
        """Whether `word` is one that a rule may fire on, to the letter."""
        ...

    def tells(self, word: str) -> bool:
        """Whether `word` means something to a rule all by itself."""
        ...

    def ordinary(self, word: str) -> bool:
        """Whether `word` is plain English that only looks disguised."""
        ...


def readings(prompt: str, words: Words) -> list[str]:
    """The prompt, and what else it may say, at most `MOST` texts."""
    found = [prompt]
    newest = [prompt]
    for _ in range(_DEPTH):
        newest = [text for text in dict.fromkeys(other for text in newest for other in _others(text, words)) if text not in found]
        found += newest
    return found[:MOST]


def _others(text: str, words: Words) -> Iterator[str]:
    for read in (_unescaped, *_DECODERS, _unweighted, _joined, _parted, _plain_pictures):
        if (other := read(text)) != text and other.strip():
            yield other
    if (other := _unglued(text, words)) != text:
        yield other
    if _TURNED.search(text):
        yield (turned := "".join(_UPSIDE_DOWN.get(char, char) for char in text.casefold()))
        yield turned[::-1]
    # these give some text for any text: only one that says more to the rules than what it came from counts
    told = _telling(text, words)
    for read in (_backwards, _words_backwards, _rotated, _from_pig_latin):
        other = read(text)
        if _telling(other, words) >= max(told + 1, 2):
            yield other


def _telling(text: str, words: Words) -> int:
    """How much the words of a text say to the rules: two for each that tells by itself, one for each other of the rules."""
    found = (word for word in re.findall(r"[^\W\d_]+", text.casefold()) if len(word) >= _SHORTEST_TOLD)
    return sum(2 if words.tells(word) else words.holds(word) for word in found)


def _unescaped(text: str) -> str:
    """Source: HTML character references, URL percent-encoding (RFC 3986), escapes of programming languages."""
    plain = html.unescape(text)
    if "%" in plain:
        plain = unquote(plain)
    return _ESCAPE.sub(lambda match: _character(int(next(code for code in match.groups() if code), 16)), plain)


def _character(code: int) -> str:
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else ""


def _decoded(pattern: re.Pattern[str], read: Callable[[str], str], text: str) -> str:
    """With every piece in a code replaced by what it says, where that is readable text."""
    return pattern.sub(lambda match: _said(read, match[0]), text)


def _said(read: Callable[[str], str], coded: str) -> str:
    try:
        said = read(coded)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return coded
    # letters, mostly: what is no code gives noise
    return said if said.isprintable() and 4 * sum(char.isalpha() or char == " " for char in said) >= 3 * len(said) > 0 else coded


def _from_base64(coded: str) -> str:
    bare = coded.rstrip("=").replace("-", "+").replace("_", "/")
    return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True).decode("utf-8")


def _from_base32(coded: str) -> str:
    bare = coded.rstrip("=")
    return base64.b32decode(bare + "=" * (-len(bare) % 8)).decode("utf-8")


def _from_hex(coded: str) -> str:
    return bytes.fromhex(re.sub(r"[ ,:]|0x", "", coded)).decode("utf-8") + " " * coded.endswith(" ")


def _from_binary(coded: str) -> str:
    return bytes(int(byte, 2) for byte in re.findall(r"[01]{8}", coded)).decode("utf-8") + " " * coded.endswith(" ")


def _from_decimal(coded: str) -> str:
    return bytes(int(byte) for byte in re.findall(r"\d+", coded)).decode("utf-8")


def _from_morse(coded: str) -> str:
    plain = re.sub("[−–]", "-", coded.replace("·", "."))
    return " ".join("".join(_MORSE_LETTERS.get(letter, "?") for letter in word.split()) for word in re.split(r"[/|]| {2,}", plain))


_DECODERS = tuple(
    partial(_decoded, pattern, read)
    for pattern, read in (
        (_BASE64, _from_base64),
        (_BASE32, _from_base32),
        (_HEX, _from_hex),
        (_BINARY, _from_binary),
        (_DECIMAL, _from_decimal),
        (_MORSE, _from_morse),
    )
)


def _unweighted(text: str) -> str:
    return _WEIGHT.sub("", text)


def _joined(text: str) -> str:
    return _JOINTS.sub("", text)


def _parted(text: str) -> str:
    """As several words where signs or a new capital letter stand in for spaces."""
    return _CAMEL.sub(" ", _JOINTS.sub(" ", text))


def _plain_pictures(text: str) -> str:
    return _PICTOGRAMS.sub("", text)


def _backwards(text: str) -> str:
    return text[::-1]


def _words_backwards(text: str) -> str:
    return re.sub(r"[^\W\d_]+", lambda match: match[0][::-1], text)


def _rotated(text: str) -> str:
    return codecs.encode(text, "rot13")


def _from_pig_latin(text: str) -> str:
    return re.sub(r"\b([^\W\d_]{2,})([^\Waeiou\d_]{1,3})ay\b", r"\2\1", text)


def _unglued(text: str, words: Words) -> str:
    """With words that are several of the rules' words, written as one, taken apart."""

    def apart(match: re.Match[str]) -> str:
        word = match[0].casefold()
        if not word.isascii() or words.holds(word) or words.ordinary(word):
            return match[0]
        pieces = _pieces(word, words)
        return " ".join(pieces) if len(set(pieces)) > 1 and any(words.tells(piece) for piece in pieces) else match[0]

    return _GLUED.sub(apart, text)


def _pieces(word: str, words: Words) -> list[str]:
    """The fewest words that `word` is made of; nothing if there are none."""
    best: list[list[str] | None] = [[]] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 20), end):
            before, piece = best[start], word[start:end]
            if before is not None and (piece in _SMALL or piece in _SHOWN or (len(piece) >= _SHORTEST_PIECE and words.holds(piece))):
                shortest = best[end]
                if shortest is None or len(before) + 1 < len(shortest):
                    best[end] = [*before, piece]
    return best[-1] or []
