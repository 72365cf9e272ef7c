"""The words of a text and the other words they may stand for: leetspeak, spaced-out letters, repeats, reversals, slips."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise, product
from typing import Protocol

from pochade.trust.policy.normalise import Normalised

AGE = "<age>"
"""Stands for a number under 18 in readings and phrases."""
MINOR = "<minor>"
"""Stands for an age under 18 written as one word, such as "14yo"."""

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\U0001f300-\U0001faff"
"""Characters that are words by themselves: Chinese, Japanese, Korean, pictograms."""
_LONGEST = 100
"""Letters; what is longer is cut, or a prompt of signs alone would take seconds to split."""
_INSIDE = rf"(?:[^\W_{_CJK}]|[@$|!*#+'](?=[@$|!*#+']{{0,3}}[^\W_])){{0,{_LONGEST}}}"
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]{_INSIDE}[$@*#]{{0,8}}|[@$|!+]{{1,8}}[^\W_{_CJK}]{_INSIDE}[$@*#]{{0,8}}")
_PARTING = re.compile(r"[,;:.!?()\[\]{}\n、。，；：！？]")
_CLITICS = re.compile(r"(?:[وف]?(?:[بكل]?ال|لل|[بكل])|[وف])([\u0620-\u06ff]{3,})|[והבלמשכ]{1,2}([\u05d0-\u05ea]{3,})")
"""What Arabic, Persian and Hebrew write into one word with the next: and, so, in, as, for, the."""
_AGE = re.compile(r"(\d{1,2})(?:yo|yrs?|y|years?|yearold|jahre|ans)?")
_AGE_WORDS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen".split()  # noqa: SIM905
)
_LEET = {
    "0": "o",
    "1": "il",
    "3": "e",
    "4": "a",
    "5": "s",
    "6": "gb",
    "7": "t",
    "8": "b",
    "9": "g",
    "@": "a",
    "$": "s",
    "!": "i",
    "|": "il",
    "+": "t",
}
_REPEATS = re.compile(r"(.)\1+")
_PAIRS = re.compile(r"(.)\1")
_LONG_REPEATS = re.compile(r"(.)\1{2,}")
_STRETCHED = re.compile(r"(.)\1\1|(.)\2.*(.)\3.*(.)\4")
_MAX_LEET_READINGS = 8
_LONGEST_JOIN = 24
_SHORTEST_AFTER_APOSTROPHE = 3
_SHORTEST_UNSPACED = 4


class Vocabulary(Protocol):
    """The words that matter: a disguised word counts only if it would be one of these."""

    def knows(self, word: str) -> bool:
        """Whether `word` is one, or begins as one that is written with an asterisk."""
        ...

    def settles(self, word: str) -> bool:
        """Whether `word` is one and cannot be a slip of another."""
        ...

    def holds(self, word: str) -> bool:
        """Whether `word` is one of those that a rule may fire on, to the letter."""
        ...

    def tells(self, word: str) -> bool:
        """Whether `word` means something to a rule all by itself."""
        ...

    def ordinary(self, word: str) -> bool:
        """Whether `word` is plain English that only looks disguised."""
        ...

    def near(self, word: str) -> tuple[str, ...]:
        """Words of the vocabulary that `word` is a slip of."""
        ...

    def masked(self, pattern: str) -> tuple[str, ...]:
        """Words of the vocabulary that `pattern` stands for, with `*` for any one letter."""
        ...


@dataclass(frozen=True)
class Word:
    """A word of a normalised text and where it stands there."""

    text: str
    start: int
    end: int


@dataclass
class Lattice:
    """A text as words, some of which can be read in several ways or together with the words after them."""

    words: list[Word]
    _readings: list[list[tuple[str, int]]] = field(default_factory=list)
    _parted: list[bool] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.words)

    def readings(self, index: int) -> list[tuple[str, int]]:
        """What may be read at word `index`, each with the index of the word after it."""
        return self._readings[index]

    def parted(self, first: int, last: int) -> bool:
        """Whether a comma, a full stop or the like stands between words `first` and `last`, exclusive: "naked, wall" is no naked wall."""
        return any(self._parted[first + 1 : last])


def split_words(normalised: Normalised) -> list[Word]:
    """The words of a text; each CJK character is a word of its own."""
    return [Word(match[0], match.start(), match.end()) for match in _WORD.finditer(normalised.text)]


def read(normalised: Normalised, vocabulary: Vocabulary) -> Lattice:
    """All readings of a text that matter to `vocabulary`."""
    words = split_words(normalised)
    gaps = [normalised.text[before.end : word.start] for before, word in pairwise(words)]
    lattice = Lattice(words, [[] for _ in words], [False, *(bool(_PARTING.search(gap)) for gap in gaps)])
    for index, word in enumerate(words):
        at = lattice.readings(index)
        at.extend((reading, index + 1) for reading in dict.fromkeys(_readings(word.text, vocabulary)))
    _join_letters(lattice, vocabulary)
    _join_pieces(lattice, vocabulary, normalised)
    return lattice


def _readings(text: str, vocabulary: Vocabulary) -> Iterator[str]:
    bare = text.replace("'", "").strip("@$|!+*#")
    yield bare or text
    if bare in _AGE_WORDS:
        yield AGE
    if "'" in text:
        head, tail = text.split("'", 1)
        yield head
        if len(tail) >= _SHORTEST_AFTER_APOSTROPHE:  # l'amour, dell'uomo
            yield tail
    if not text.isascii() and (joined := _CLITICS.fullmatch(bare)):
        yield joined[1] or joined[2]
    if text.isascii() and text.isalpha() and vocabulary.settles(text):
        yield from _singular(text, vocabulary)
        return
    if (age := _AGE.fullmatch(bare)) and int(age[1]) < 18:
        yield AGE if age[1] == bare else MINOR
    for candidate in _decoded(text):
        if vocabulary.knows(candidate):
            yield candidate
        yield from _singular(candidate, vocabulary)
        yield from _without_repeats(candidate, vocabulary)
        yield from _glued(candidate, vocabulary)
        if len(candidate) >= 4 and not vocabulary.ordinary(candidate) and vocabulary.tells(candidate[::-1]):
            yield candidate[::-1]
        yield from vocabulary.near(candidate)
    if "*" in text or "#" in text:
        yield from vocabulary.masked(text.replace("#", "*"))


def _singular(word: str, vocabulary: Vocabulary) -> Iterator[str]:
    for ending in ("s", "es"):
        if word.endswith(ending) and len(word) > len(ending) + 2 and vocabulary.knows(word.removesuffix(ending)):
            yield word.removesuffix(ending)


def _decoded(text: str) -> list[str]:
    """The word with digits and signs read as letters; the word itself if it has none."""
    if text.isalpha():
        return [text]
    options = [_LEET.get(char, char if char.isalpha() else "") for char in text]
    found: list[str] = []
    for letters in product(*(option or ("",) for option in options)):
        found.append("".join(letters))
        if len(found) == _MAX_LEET_READINGS:
            break
    return [word for word in found if len(word) >= 3]


def _without_repeats(word: str, vocabulary: Vocabulary) -> Iterator[str]:
    if _STRETCHED.search(word):
        halved = _PAIRS.sub(r"\1", word)
        for short in (_REPEATS.sub(r"\1", word), _REPEATS.sub(r"\1\1", word), _LONG_REPEATS.sub(r"\1", word), halved):
            if short != word and vocabulary.knows(short):
                yield short


def _glued(word: str, vocabulary: Vocabulary) -> Iterator[str]:
    """The parts of a word that is two telling words, written as one."""
    if len(word) < 7 or vocabulary.knows(word) or vocabulary.ordinary(word):
        return
    for cut in range(3, len(word) - 2):
        if vocabulary.tells(word[:cut]) and vocabulary.tells(word[cut:]):
            yield from (word[:cut], word[cut:])


def _join_letters(lattice: Lattice, vocabulary: Vocabulary) -> None:
    """Reads runs of single letters ("n u d e", "n.u.d.e") as the words they spell."""
    words = lattice.words
    first = 0
    while first < len(words):
        last = first
        while last < len(words) and len(words[last].text) == 1 and not re.match(rf"[{_CJK}]", words[last].text):
            last += 1
        if last - first >= 3:
            letters = "".join(word.text for word in words[first:last])
            for start in range(len(letters)):
                for end in range(start + 3, min(start + _LONGEST_JOIN, len(letters)) + 1):
                    for spelt in _decoded(letters[start:end]):
                        if vocabulary.holds(spelt):
                            lattice.readings(first + start).append((spelt, first + end))
        first = max(last, first + 1)


def _join_pieces(lattice: Lattice, vocabulary: Vocabulary, normalised: Normalised) -> None:
    """Reads neighbours that together are one word: "por n", "under-age", "em.ma"."""
    words = lattice.words
    for first in range(len(words) - 1):
        joined, unspaced = words[first].text, True
        for last in range(first + 2, min(first + 4, len(words)) + 1):
            joined += words[last - 1].text
            unspaced = unspaced and words[last - 1].start - words[last - 2].end == 1 and not normalised.text[words[last - 2].end].isspace()
            if len(joined) > _LONGEST_JOIN:
                break
            for spelt in _decoded(joined):
                shortest = _SHORTEST_UNSPACED if unspaced else 5
                if (len(spelt) >= shortest and vocabulary.holds(spelt)) or (len(spelt) == 4 and vocabulary.tells(spelt)):
                    lattice.readings(first).append((spelt, last))
