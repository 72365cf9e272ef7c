"""Phrases of the rules, and how they are found in a text of words that may be read in several ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product

from pochade.trust.policy.normalise import normalise
from pochade.trust.policy.words import AGE, MINOR, Lattice, split_words

MAX_GAP = 3
"""So many words at most may stand where a phrase says "..."."""
_SIGNS = ("...", AGE, MINOR)


@dataclass(frozen=True)
class Found:
    """A phrase in a text: words `first` to `last`, exclusive, say something of `concept`."""

    concept: str
    benign: bool
    first: int
    last: int


@dataclass
class _Node:
    words: dict[str, _Node] = field(default_factory=dict)
    prefixes: dict[str, _Node] = field(default_factory=dict)
    gap: _Node | None = None
    ends: set[tuple[str, bool]] = field(default_factory=set)

    def child(self, part: str) -> _Node:
        if part == "...":
            self.gap = self.gap or _Node()
            return self.gap
        if part.endswith("*"):
            return self.prefixes.setdefault(part[:-1], _Node())
        return self.words.setdefault(part, _Node())


class PhraseBook:
    """All phrases of all concepts, in one trie over words.

    A phrase is written as words. `child*` stands for every word that begins so, `...` for up to three words, `<age>` for a
    number under 18, `<minor>` for an age such as "14yo", and `nude|naked` for either word.
    """

    def __init__(self) -> None:
        self._root = _Node()
        self.vocabulary: set[str] = set()
        self.prefixes: set[str] = set()

    def add(self, concept: str, phrases: Iterable[str], benign: bool = False) -> None:
        """Adds phrases that mean `concept`, or, if `benign`, in which its words mean something harmless."""
        for phrase in phrases:
            for parts in expand(phrase):
                node = self._root
                for part in parts:
                    node = node.child(part)
                    if part.endswith("*"):
                        self.prefixes.add(part[:-1])
                    elif part not in _SIGNS:
                        self.vocabulary.add(part)
                node.ends.add((concept, benign))

    def knows(self, word: str) -> bool:
        """Whether some phrase holds this word."""
        return word in self.vocabulary or any(word[:end] in self.prefixes for end in range(4, len(word) + 1))

    def find(self, lattice: Lattice) -> Iterator[Found]:
        """Every phrase in the text, whichever way its words are read."""
        for first in range(len(lattice)):
            for last, ends in self._walk(self._root, lattice, first):
                for concept, benign in ends:
                    yield Found(concept, benign, first, last)

    def _walk(self, node: _Node, lattice: Lattice, at: int) -> Iterator[tuple[int, set[tuple[str, bool]]]]:
        if node.ends:
            yield at, node.ends
        if at < len(lattice):
            for word, after in lattice.readings(at):
                if following := node.words.get(word):
                    yield from self._walk(following, lattice, after)
                if node.prefixes:
                    for end in range(3, len(word) + 1):
                        if following := node.prefixes.get(word[:end]):
                            yield from self._walk(following, lattice, after)
        if node.gap:
            for skipped in range(MAX_GAP + 1):
                if at + skipped <= len(lattice):
                    yield from self._walk(node.gap, lattice, at + skipped)


def expand(phrase: str) -> Iterator[tuple[str, ...]]:
    """The plain phrases that a phrase with alternatives stands for, as normalised words."""
    for choice in product(*(part.split("|") for part in phrase.split())):
        parts: list[str] = []
        for word in choice:
            if word in _SIGNS:
                parts.append(word)
                continue
            plain = [found.text for found in split_words(normalise(word.removesuffix("*")))]
            if not plain:
                raise ValueError(f"Got the phrase {phrase!r}; {word!r} in it has no letter. Write words, `word*`, `...` or `{AGE}`.")
            parts += plain[:-1] + [plain[-1] + ("*" if word.endswith("*") else "")]
        yield tuple(parts)
