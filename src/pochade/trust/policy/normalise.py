"""Text as the rules see it: one plain alphabet, without disguises, each character knowing where it came from."""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files


@dataclass(frozen=True)
class Normalised:
    """A text in the plain alphabet.

    Attributes:
        original: what was typed.
        text: lower-case, compatibility forms resolved, accents stripped, look-alike letters as the Latin ones they imitate.
        offsets: for each character of `text`, the index in `original` of the character that it stands for.
    """

    original: str
    text: str
    offsets: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` stands in `original`; `start < end`."""
        return self.offsets[start], self.offsets[end - 1] + 1


@lru_cache(maxsize=4)
def normalise(original: str) -> Normalised:
    """Resolves compatibility forms (NFKC), case, accents, look-alike letters and invisible characters.

    Letter by letter, so that offsets stay exact; combining characters vanish with the accents.
    Remembers the last few texts, since every layer asks.
    Source: Unicode TR15 (NFKC), TR39 (confusables; the table here is a choice of its own, confusables.toml).
    """
    pieces, offsets = [], []
    for index, char in enumerate(original):
        plain = _plain(char)
        pieces.append(plain)
        offsets.extend([index] * len(plain))
    return Normalised(original, "".join(pieces), tuple(offsets))


@cache
def _plain(char: str) -> str:
    table = _confusables()
    seen = table.get(char)
    if seen is None:
        seen = "".join(table.get(part, part) for part in unicodedata.normalize("NFKC", char).casefold())
    stripped = unicodedata.normalize("NFD", seen)
    kept = [table.get(part, part) for part in stripped if unicodedata.category(part) not in _INVISIBLE]
    return "".join(kept).casefold()


_INVISIBLE = frozenset({"Mn", "Me", "Cf"})
"""Accents, enclosing marks, and formatting characters such as the zero-width joiner or the soft hyphen."""


@cache
def _confusables() -> dict[str, str]:
    raw = tomllib.loads(files("pochade.trust.policy").joinpath("confusables.toml").read_text("utf-8"))
    return {char: latin for latin, chars in raw["look_alikes"].items() for char in chars}
