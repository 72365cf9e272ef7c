"""Rules as data: concepts (phrases that mean one thing) and rules (concepts that must not meet), read from TOML files."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from pochade.core.errors import InvalidRequestError
from pochade.trust.policy.normalise import normalise
from pochade.trust.policy.phrases import Found, PhraseBook
from pochade.trust.policy.slips import Slips
from pochade.trust.policy.words import Lattice, read

ANY = "any"
"""As the concept of a benign phrase: its words mean nothing that any rule asks about."""


@dataclass(frozen=True)
class Category:
    """What a rule protects from.

    Attributes:
        name: for a person, e.g. "Sexual content about minors".
        absolute: no organisation can allow it, and no appeal changes it.
        why: one sentence in plain words.
        instead: what to do instead, one sentence.
    """

    id: str
    name: str
    absolute: bool
    why: str
    instead: str


@dataclass(frozen=True)
class Rule:
    """Fires where all its concepts are in one text.

    Attributes:
        all_of: concepts of which each must be there.
        within: number of words that they may at most lie apart; None: anywhere in the text.
        unless: concepts of which one excuses.
        edits_only: asks about changes to a picture that somebody brought.
        why: replaces the category's sentence, if not empty.
    """

    id: str
    category: Category
    all_of: tuple[str, ...]
    within: int | None = None
    unless: tuple[str, ...] = ()
    edits_only: bool = False
    why: str = ""


@dataclass(frozen=True)
class Firing:
    """A rule that fired, and the stretches of the original text that made it fire, in their order."""

    rule: Rule
    spans: tuple[tuple[int, int], ...]


@dataclass
class Rulebook:
    """Rules that can be asked about a text."""

    categories: dict[str, Category] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    book: PhraseBook = field(default_factory=PhraseBook)
    concepts: set[str] = field(default_factory=set)
    ordinary: set[str] = field(default_factory=set)

    def add(self, raw: Mapping[str, Any]) -> None:
        """Adds the contents of one rules file.

        Raises:
            InvalidRequestError: for a rule id used twice, an unknown field, or an unknown category.
        """
        if "category" in raw:
            category = Category(**raw["category"])
            self.categories[category.id] = category
        for concept, phrases in raw.get("concepts", {}).items():
            self.concepts.add(concept)
            self.book.add(concept, phrases, exact=raw.get("exact", False))
        for concept, phrases in raw.get("benign", {}).items():
            self.book.add(concept, phrases, benign=True, exact=raw.get("exact", False))
        self.ordinary.update(raw.get("ordinary", "").split())
        for entry in raw.get("rules", ()):
            self._add_rule(raw["category"]["id"], entry)

    def _add_rule(self, category_id: str, entry: Mapping[str, Any]) -> None:
        known = {"id", "all_of", "within", "unless", "edits_only", "why"}
        if odd := sorted(set(entry) - known):
            raise InvalidRequestError(
                f"Got the field {odd[0]!r} in rule {entry.get('id')!r}; accepted: {', '.join(sorted(known))}. Correct it."
            )
        if any(rule.id == entry["id"] for rule in self.rules):
            raise InvalidRequestError(f"Got rule id {entry['id']!r} twice; ids are unique. Rename one.")
        rule = {**entry, "all_of": tuple(entry["all_of"]), "unless": tuple(entry.get("unless", ()))}
        self.rules.append(Rule(category=self.categories[category_id], **rule))

    def seal(self) -> Rulebook:
        """Checks that every rule asks for concepts that exist; call it once, after the last `add`.

        Raises:
            InvalidRequestError: naming the rule and the concept.
        """
        for rule in self.rules:
            for concept in (*rule.all_of, *rule.unless):
                if concept not in self.concepts:
                    raise InvalidRequestError(
                        f"Got concept {concept!r} in rule {rule.id!r}; no file defines it. Define it under [concepts]."
                    )
        self.slips = Slips(self.book, self.ordinary)
        return self

    def firings(
        self, text: str, *, image_given: bool = False, pardons: PhraseBook | None = None, excuses: Callable[[Rule], bool] | None = None
    ) -> list[Firing]:
        """The rules that fire, absolute ones first, else in the order of the files.

        Args:
            image_given: whether the text changes a picture that somebody brought.
            pardons: phrases that count for nothing, except in absolute categories.
            excuses: says which rules are switched off.
        """
        normalised = normalise(text)
        lattice = read(normalised, self.slips)
        found = {match for match in self.book.find(lattice) if not (match.benign and lattice.parted(match.first, match.last))}
        strict = _places(found)
        lenient = _places(found | set(pardons.find(lattice))) if pardons else strict
        fired = []
        for rule in self.rules:
            places = strict if rule.category.absolute else lenient
            if (rule.edits_only and not image_given) or (excuses and excuses(rule)) or any(concept in places for concept in rule.unless):
                continue
            if met := _meeting([places.get(concept, []) for concept in rule.all_of], rule.within):
                fired.append(Firing(rule, _spans(lattice, met, normalised.span)))
        return sorted(fired, key=lambda firing: not firing.rule.category.absolute)

    def without(self, text: str, phrases: PhraseBook) -> str:
        """The text with the words of these phrases blanked out."""
        normalised = normalise(text)
        lattice = read(normalised, self.slips)
        letters = list(text)
        for found in phrases.find(lattice):
            start, end = normalised.span(lattice.words[found.first].start, lattice.words[found.last - 1].end)
            letters[start:end] = " " * (end - start)
        return "".join(letters)


def _places(matches: set[Found]) -> dict[str, list[tuple[int, int]]]:
    """Where each concept is spoken of, without what benign phrases take away."""
    excused: dict[str, set[int]] = defaultdict(set)
    for match in matches:
        if match.benign:
            excused[match.concept].update(range(match.first, match.last))
    places: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for match in sorted(matches, key=lambda match: (match.first, match.last)):
        words = set(range(match.first, match.last))
        if not match.benign and not words <= (excused[match.concept] | excused[ANY]):
            places[match.concept].append((match.first, match.last))
    return places


def _meeting(places: list[list[tuple[int, int]]], within: int | None) -> list[tuple[int, int]]:
    """One place of each concept, near enough to the first one's; nothing if there are none."""
    for anchor in places[0]:
        chosen = [anchor]
        for others in places[1:]:
            near = min(others, key=lambda place: _distance(anchor, place), default=None)
            if near is None or (within is not None and _distance(anchor, near) > within):
                break
            chosen.append(near)
        else:
            return chosen
    return []


def _distance(one: tuple[int, int], other: tuple[int, int]) -> int:
    return max(0, other[0] - one[1], one[0] - other[1])


def _spans(lattice: Lattice, places: list[tuple[int, int]], span: Any) -> tuple[tuple[int, int], ...]:
    return tuple(span(lattice.words[first].start, lattice.words[last - 1].end) for first, last in sorted(set(places)))


@cache
def standard() -> Rulebook:
    """The rules that come with Pochade, for prompts."""
    rulebook = Rulebook()
    folder = files("pochade.trust.policy").joinpath("rules")
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".toml"):
            rulebook.add(tomllib.loads(file.read_text("utf-8")))
    return rulebook.seal()


@cache
def unwanted() -> Rulebook:
    """The rules for negative prompts: there, "nudity" is harmless and "clothes" is not."""
    rulebook = Rulebook()
    rulebook.add(tomllib.loads(files("pochade.trust.policy").joinpath("negative.toml").read_text("utf-8")))
    return rulebook.seal()
