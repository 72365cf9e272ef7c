"""Which word of the rules a misspelt or masked word stands for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

from rapidfuzz.distance import OSA

from pochade.trust.policy.phrases import PhraseBook

_SHORTEST = 5
"""Shorter words have too many innocent neighbours."""
_SHORTEST_SCRAMBLED = 4
_FEWEST_CONSONANTS = 3
_VOWELS = re.compile("[aeiou]")


class Slips:
    """The vocabulary of a phrase book, also where one letter is wrong, missing, doubled or swapped.

    Source: symmetric deletion, Garbe 2012 (SymSpell): two words one edit apart share a word that is one deletion away from either.
    """

    def __init__(self, book: PhraseBook, ordinary: Iterable[str]):
        """`ordinary` are words of plain English that only look like a slip."""
        self._book = book
        self._ordinary = frozenset(ordinary)
        self._by_deletion: dict[str, set[str]] = defaultdict(set)
        self._by_length: dict[int, list[str]] = defaultdict(list)
        self._scrambled: dict[str, set[str]] = defaultdict(set)
        self._by_consonants: dict[str, set[str]] = defaultdict(set)
        for word in sorted(book.slippery):
            self._by_length[len(word)].append(word)
            if len(word) >= _SHORTEST and word.isascii():
                for shorter in _deletions(word):
                    self._by_deletion[shorter].add(word)
            if len(word) >= _SHORTEST_SCRAMBLED and word.isascii():
                self._scrambled[_scrambling(word)].add(word)
            if word.isascii() and word.isalpha() and len(bones := _consonants(word)) >= _FEWEST_CONSONANTS:
                self._by_consonants[bones].add(word)

    def knows(self, word: str) -> bool:
        return self._book.knows(word)

    def settles(self, word: str) -> bool:
        return self._book.settles(word)

    def holds(self, word: str) -> bool:
        return word in self._book.slippery

    def tells(self, word: str) -> bool:
        return word in self._book.telling

    def ordinary(self, word: str) -> bool:
        return word in self._ordinary or word.removesuffix("s") in self._ordinary

    def near(self, word: str) -> tuple[str, ...]:
        """Words of the vocabulary that `word` may stand for: of five letters and more one slip away, scrambled inside, without vowels."""
        if len(word) < _FEWEST_CONSONANTS or self.ordinary(word):
            return ()
        if not _VOWELS.search(word):
            return tuple(sorted(self._by_consonants.get(word, ())))
        candidates = {found for shorter in _deletions(word) for found in self._by_deletion.get(shorter, ())}
        slips = {found for found in candidates if found[0] == word[0] and OSA.distance(word, found, score_cutoff=1) <= 1}
        return tuple(sorted(slips | self._scrambled.get(_scrambling(word), set())))

    def masked(self, pattern: str) -> tuple[str, ...]:
        """Words of the vocabulary that agree with `pattern` where it does not say `*`; at least half of it must be letters."""
        if 2 * pattern.count("*") > len(pattern):
            return ()
        return tuple(
            word
            for word in self._by_length[len(pattern)]
            if all(shown in ("*", letter) for shown, letter in zip(pattern, word, strict=True))
        )


def _scrambling(word: str) -> str:
    """The same for all words that differ only in the order of the letters between the first and the last."""
    return word[0] + "".join(sorted(word[1:-1])) + word[-1]


def _consonants(word: str) -> str:
    """As words are shortened: without the vowels after the first letter; doubled consonants stay."""
    return word[0] + _VOWELS.sub("", word[1:])


def _deletions(word: str) -> Iterator[str]:
    yield word
    for index in range(len(word)):
        yield word[:index] + word[index + 1 :]
