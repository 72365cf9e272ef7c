"""Words for the world: phrases, synonyms, plurals and spellings, read once from `lexicon.toml`."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

from pochade.world import scene, vocabulary

SECTIONS: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "noun": (("products", vocabulary.PRODUCTS), ("food", vocabulary.FOOD)),
    "setting": (("landscapes", vocabulary.LANDSCAPES), ("places", vocabulary.PLACES)),
    "material": (("materials", vocabulary.MATERIALS),),
    "color": (("colors", vocabulary.COLORS),),
    "surface": (("surfaces", vocabulary.SURFACES),),
    "light": (("lights", vocabulary.LIGHTS),),
    "view": (("views", vocabulary.VIEWS),),
    "mood": (("moods", vocabulary.MOODS),),
    "relation": (("relations", scene.RELATIONS),),
    "count": (("counts", ("1", "2", "3", "4", "5", "few", "pile")),),
}
"""Kind -> sections of `lexicon.toml` and the canonical words each must cover."""

WORD = re.compile(r"[^\W_]+|&")


@dataclass(frozen=True)
class Sense:
    """One meaning of a phrase.

    Attributes:
        kind: "noun", "material", ..., "ignored", "compound" or a rule of the [grammar] table.
        canonical: canonical word; the phrase itself for compounds, grammar and ignored words.
        plural: the phrase is a regular plural ("vases").
        collective: looks plural but names one thing ("pancakes").
        weak: gives way to another word of its kind ("sunny" to "golden hour").
    """

    kind: str
    canonical: str
    plural: bool = False
    collective: bool = False
    weak: bool = False


@dataclass(frozen=True)
class Lexicon:
    """Everything the parser and the captions look words up in.

    Attributes:
        senses: phrase in normal form -> its meanings.
        synonyms: (kind, canonical) -> phrases as written, the canonical word first, plurals left out.
        compounds: phrase -> the fields it states.
        tokens: every single word that occurs in a phrase -> weight; typos are corrected to these.
        spellings: word -> its replacement, one or several words.
        strangers: common words outside the world -> canonical words that are near.
        longest: number of words of the longest phrase.
    """

    senses: Mapping[str, tuple[Sense, ...]]
    synonyms: Mapping[tuple[str, str], tuple[str, ...]]
    compounds: Mapping[str, Mapping[str, str]]
    tokens: Mapping[str, int]
    spellings: Mapping[str, tuple[str, ...]]
    strangers: Mapping[str, tuple[str, ...]]
    tables: Mapping[str, Mapping[str, tuple[str, ...]]]
    irregular: Mapping[str, str]
    longest: int
    by_length: Mapping[int, tuple[str, ...]] = field(repr=False)

    def plural(self, phrase: str) -> str:
        """The plural of a noun phrase: "glass of red wine" -> "glasses of red wine"."""
        return _plural_phrase(phrase, self.irregular)


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The lexicon, built on first use.

    Raises:
        ValueError: if `lexicon.toml` misses a canonical word or names one that does not exist.
    """
    raw = tomllib.loads(resources.files("pochade.world").joinpath("lexicon.toml").read_text(encoding="utf-8"))
    return _build(raw)


def _build(raw: dict[str, Any]) -> Lexicon:
    spellings = {word: tuple(value.split()) for word, value in raw["spellings"].items()}
    irregular: dict[str, str] = raw["plurals"]
    groups = _groups(raw)
    senses: dict[str, list[Sense]] = {}
    synonyms: dict[tuple[str, str], tuple[str, ...]] = {}

    def add(phrase: str, sense: Sense) -> None:
        known = senses.setdefault(normal(phrase, spellings), [])
        if not any(other.kind == sense.kind for other in known):
            known.append(sense)

    canonical_words = [(kind, name) for kind, sections in SECTIONS.items() for _, names in sections for name in names]
    for kind, name in canonical_words:
        add(name, Sense(kind, name))
    for kind, sections in SECTIONS.items():
        for section, names in sections:
            for name in names:  # what is spelled out goes before what a pattern gives
                for phrase in raw[section].get(name, ()):
                    if "{" not in phrase:
                        add(phrase.rstrip("*"), Sense(kind, name, collective=phrase.endswith("*")))
            unknown = set(raw[section]) - set(names)
            if unknown:
                raise ValueError(f"[{section}] of lexicon.toml names {sorted(unknown)}, which vocabulary.py does not have")
            for name in names:
                phrases = [phrase for pattern in raw[section].get(name, ()) for phrase in _expand(pattern, groups)]
                for phrase in phrases:
                    add(phrase.rstrip("*"), Sense(kind, name, collective=phrase.endswith("*")))
                singular = [phrase for phrase in phrases if not phrase.endswith("*")]
                synonyms[kind, name] = tuple(dict.fromkeys(phrase.rstrip("*") for phrase in (name, *phrases)))
                if kind == "noun":
                    for phrase in (name, *singular):
                        add(_plural_phrase(phrase, irregular), Sense("noun", name, plural=True))
    for name, phrases in raw["weak"].items():
        for phrase in phrases:
            add(phrase, Sense("light", name, weak=True))
    compounds: dict[str, Mapping[str, str]] = {}
    for pattern, fields in raw["compounds"].items():
        for phrase in _expand(pattern.rstrip("*"), groups):
            key = normal(phrase, spellings)
            compounds[key] = fields
            senses.setdefault(key, [])[:] = [Sense("compound", key, collective=pattern.endswith("*"))] + [
                sense for sense in senses.get(key, ()) if sense.kind == "color"
            ]
            if "noun" in fields and "count" not in fields:
                plural = normal(_plural_phrase(phrase, irregular), spellings)
                compounds.setdefault(plural, fields)
                senses.setdefault(plural, [Sense("compound", plural, plural=True)])
    for rule, phrases in raw["grammar"].items():
        for phrase in phrases:
            add(phrase, Sense(rule, phrase))
    for phrase in raw["ignored"]["words"]:
        if normal(phrase, spellings) not in senses:
            add(phrase, Sense("ignored", phrase))
    return _finish(raw, senses, synonyms, compounds, spellings, irregular)


def _finish(
    raw: dict[str, Any],
    senses: dict[str, list[Sense]],
    synonyms: dict[tuple[str, str], tuple[str, ...]],
    compounds: dict[str, Mapping[str, str]],
    spellings: dict[str, tuple[str, ...]],
    irregular: dict[str, str],
) -> Lexicon:
    tokens: dict[str, int] = {}
    for phrase, meanings in senses.items():
        words = phrase.split()
        common = meanings[0].kind in SECTIONS and meanings[0].canonical == phrase
        weight = 3 if common else 2 if len(words) == 1 else 1
        for word in words:
            tokens[word] = max(tokens.get(word, 0), weight)
    strangers: dict[str, tuple[str, ...]] = {}
    for group in raw["strangers"]:
        for word in group["words"].split():
            if "-" not in word and word not in tokens:
                strangers.setdefault(word, tuple(group["near"]))
    by_length: dict[int, list[str]] = {}
    for word in sorted(tokens):
        by_length.setdefault(len(word), []).append(word)
    tables = {
        name: {key: tuple(values) for key, values in raw[name].items()}
        for name in ("surface_of_material", "surface_of_setting", "vessels", "absorbs", "flavoured")
    }
    return Lexicon(
        senses={phrase: tuple(meanings) for phrase, meanings in senses.items()},
        synonyms=synonyms,
        compounds=compounds,
        tokens=tokens,
        spellings=spellings,
        strangers=strangers,
        tables=tables,
        irregular=irregular,
        longest=max(len(phrase.split()) for phrase in senses),
        by_length={length: tuple(words) for length, words in by_length.items()},
    )


def normal(phrase: str, spellings: Mapping[str, tuple[str, ...]]) -> str:
    """Normal form of a phrase: lower case, no hyphens or apostrophes, British spelling, words parted by one space."""
    words = WORD.findall(phrase.lower().replace("'", "").replace("’", ""))
    return " ".join(itertools.chain.from_iterable(spellings.get(word, (word,)) for word in words))


def _groups(raw: dict[str, Any]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = dict(raw["groups"])
    for name in vocabulary.MATERIALS:
        groups[name] = [name, *raw["materials"].get(name, ())]
    return groups


def _expand(pattern: str, groups: Mapping[str, list[str]]) -> Iterator[str]:
    """Fills every {group} of a pattern with each of its phrases."""
    parts = re.split(r"\{([^}]+)\}", pattern)
    choices = [groups[part] if index % 2 else [part] for index, part in enumerate(parts)]
    return ("".join(chosen) for chosen in itertools.product(*choices))


def _plural_phrase(phrase: str, irregular: Mapping[str, str]) -> str:
    head, joint, rest = _split_head(phrase)
    *before, last = head.split()
    return " ".join([*before, _plural_word(last, irregular)]) + joint + rest


def _split_head(phrase: str) -> tuple[str, str, str]:
    joints = [
        joint for joint in (" of ", " with ", " in ", " and ", " on ", " filled ", " full ", " containing ", " holding ") if joint in phrase
    ]
    if not joints:
        return phrase, "", ""
    return phrase.partition(min(joints, key=phrase.index))


def _plural_word(word: str, irregular: Mapping[str, str]) -> str:
    if word in irregular:
        return irregular[word]
    if re.search(r"(s|x|z|ch|sh)$", word):
        return word + "es"
    if re.search(r"[^aeiou]y$", word):
        return word[:-1] + "ies"
    return word + "s"
