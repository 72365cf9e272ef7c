"""Captions as token ids: words and phrases of the world are one token each, everything else is spelled in bytes.

The vocabulary is `tokens.json`, written by `dev/tokens.py` from the lexicon; order is identity, so it only grows at the end.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

PAD, START = 0, 1
BYTES = 2
"""Id of byte 0; the other 255 follow."""
PHRASES = BYTES + 256
"""Id of the first phrase."""

_PIECE = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[^\w\s]")
_SWAPPED = {"left": "right", "right": "left"}


def pieces(text: str) -> list[str]:
    """Words (with inner hyphens and apostrophes) and marks, in lower case and compatibility form."""
    return _PIECE.findall(unicodedata.normalize("NFKC", text).lower())


def key_phrase(azimuth_deg: float | None) -> str:
    """Words for the side that the key light of a scene comes from, which guide maps do not tell; "" where it is not known.

    Args:
        azimuth_deg: 0 is from behind the camera, positive from the right, -180 to 180.
    """
    if azimuth_deg is None:
        return ""
    where = "front" if abs(azimuth_deg) < 45 else "side" if abs(azimuth_deg) < 90 else "back"
    return f"key {where} {'right' if azimuth_deg > 0 else 'left'}"


class Tokenizer:
    """Longest known phrase first, bytes for what is not known.

    Attributes:
        phrases: known phrases, in the order of their ids from PHRASES on.
    """

    def __init__(self, phrases: Sequence[str]):
        self.phrases = tuple(phrases)
        self._ids = {phrase: PHRASES + number for number, phrase in enumerate(self.phrases)}
        self._longest = max((phrase.count(" ") + 1 for phrase in self.phrases), default=1)
        if len(self._ids) != len(self.phrases):
            raise ValueError("phrases of the vocabulary are repeated; each may occur once")
        self._mirror = np.arange(len(self))
        for phrase, token in self._ids.items():
            swapped = " ".join(_SWAPPED.get(word, word) for word in phrase.split())
            self._mirror[token] = self._ids.get(swapped, token)

    def __len__(self) -> int:
        return PHRASES + len(self.phrases)

    def encode(self, text: str) -> list[int]:
        """Ids of a caption without START; "" gives none."""
        words, ids, at = pieces(text), [], 0
        while at < len(words):
            for length in range(min(self._longest, len(words) - at), 0, -1):
                known = self._ids.get(" ".join(words[at : at + length]))
                if known is not None:
                    ids.append(known)
                    at += length
                    break
            else:
                ids += [BYTES + byte for byte in f" {words[at]}".encode()]
                at += 1
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ids, words apart by single spaces; what is no byte of UTF-8 becomes U+FFFD."""
        raw = bytearray()
        for token in ids:
            raw += (
                bytes([token - BYTES])
                if BYTES <= token < PHRASES
                else f" {self.phrases[token - PHRASES]}".encode()
                if token >= PHRASES
                else b""
            )
        return raw.decode(errors="replace").strip()

    def batch(self, texts: Sequence[str], length: int) -> NDArray[np.int64]:
        """Ids (B, length): START, the caption cut to what fits, then PAD."""
        made = np.full((len(texts), length), PAD, np.int64)
        for row, text in zip(made, texts, strict=True):
            ids = [START, *self.encode(text)][:length]
            row[: len(ids)] = ids
        return made

    def mirrored(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The ids of the mirrored picture's caption: left and right exchanged."""
        return self._mirror[ids]


@lru_cache(maxsize=1)
def tokenizer() -> Tokenizer:
    """The tokenizer of the shipped vocabulary."""
    raw = resources.files("pochade.core").joinpath("tokens.json").read_text(encoding="utf-8")
    return Tokenizer(json.loads(raw)["phrases"])
