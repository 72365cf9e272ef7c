"""Phrases of the rules, and how they are found in a text of words that may be read in several ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pochade.core.errors import InvalidRequestError
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


@dataclass(eq=False)
class _Node:
    """What may follow. Alternatives of one place in a phrase lead to one node, so a word may lead to several."""

    words: dict[str, list[_Node]] = field(default_factory=dict)
    prefixes: dict[str, list[_Node]] = field(default_factory=dict)
    gap: _Node | None = None
    ends: set[tuple[str, bool]] = field(default_factory=set)
    shared: bool = False

    def grow(self, sequences: list[tuple[str, ...]]) -> _Node:
        """The node after any one of the word sequences, made where it is missing."""
        if sequences == [("...",)]:
            self.gap = self.gap or _Node()
            return self.gap
        if len(sequences) == 1 and len(sequences[0]) == 1:
            plain = next((node for node in self._ways(sequences[0][0]) if not node.shared), None)
            if plain is None:
                self._ways(sequences[0][0]).append(plain := _Node())
            return plain
        target = _Node(shared=True)
        for sequence in sequences:
            node = self
            for word in sequence[:-1]:
                node = node.grow([(word,)])
            node._ways(sequence[-1]).append(target)
        return target

    def _ways(self, word: str) -> list[_Node]:
        if word.endswith("*"):
            return self.prefixes.setdefault(word[:-1], [])
        return self.words.setdefault(word, [])


class PhraseBook:
    """All phrases of all concepts, in one trie over words.

    A phrase is written as words. `child*` stands for every word that begins so, `...` for up to three words, `<age>` for a
    number under 18, `<minor>` for an age such as "14yo", `nude|naked` for either word,
    and `t_shirt` for two words where one is expected, so `shirt|t_shirt` is either.

    Attributes:
        vocabulary: the words of all phrases.
        grave: those in phrases that are not benign.
        telling: those that are such a phrase by themselves.
        prefixes: the words written with an asterisk, without it.
        slippery: those words and prefixes of which a slip of the pen is still read as the word.
    """

    def __init__(self) -> None:
        self._root = _Node()
        self.vocabulary: set[str] = set()
        self.grave: set[str] = set()
        self.telling: set[str] = set()
        self.prefixes: set[str] = set()
        self.slippery: set[str] = set()

    def add(self, concept: str, phrases: Iterable[str], benign: bool = False, exact: bool = False) -> None:
        """Adds phrases that mean `concept`, or, if `benign`, in which its words mean something harmless.

        The words of `exact` phrases count to the letter only: no slips, halves or reversals.
        """
        for phrase in phrases:
            node = self._root
            for part in phrase.split():
                sequences = [_plain(word, phrase) for word in part.split("|")]
                node = node.grow(sequences)
                for word in (word for sequence in sequences for word in sequence if word not in _SIGNS):
                    if word.endswith("*"):
                        self.prefixes.add(word[:-1])
                        if not exact:
                            self.slippery.add(word[:-1])
                    else:
                        self.vocabulary.add(word)
                        if not benign and not exact:
                            self.grave.add(word)
                            self.slippery.add(word)
                            if len(phrase.split()) == 1:
                                self.telling.add(word)
            node.ends.add((concept, benign))

    def knows(self, word: str) -> bool:
        """Whether some phrase holds this word."""
        return word in self.vocabulary or any(word[:end] in self.prefixes for end in range(3, len(word) + 1))

    def settles(self, word: str) -> bool:
        """Whether a phrase holds this word, so that nobody needs to ask what it may be a slip of."""
        begins = (word[:end] for end in range(3, len(word) + 1))
        return word in self.vocabulary or any(begin in self.prefixes and begin in self.slippery for begin in begins)

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
                for following in node.words.get(word, ()):
                    yield from self._walk(following, lattice, after)
                if node.prefixes:
                    for end in range(2, len(word) + 1):
                        for following in node.prefixes.get(word[:end], ()):
                            yield from self._walk(following, lattice, after)
        if node.gap:
            for skipped in range(MAX_GAP + 1):
                if at + skipped <= len(lattice):
                    yield from self._walk(node.gap, lattice, at + skipped)


def _plain(word: str, phrase: str) -> tuple[str, ...]:
    """A word of a phrase as the words of a normalised text; Chinese, for one, makes several of it."""
    if word in _SIGNS or (word.isascii() and word.isalpha() and word.islower()):  # as most are
        return (word,)
    plain = [found.text.replace("'", "") for found in split_words(normalise(word.removesuffix("*")))]
    if not plain:
        raise InvalidRequestError(
            f"Got the phrase {phrase!r}; {word!r} in it has no letter. Write words, `word*`, `...`, `{AGE}` or `{MINOR}`.", field="phrases"
        )
    return (*plain[:-1], plain[-1] + ("*" if word.endswith("*") else ""))
