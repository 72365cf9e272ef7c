"""The small prompt classifier: catches wordings for which nobody wrote a rule."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import as_file, files
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from pochade.trust.policy.normalise import normalise
from pochade.trust.policy.words import split_words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NUM_BUCKETS = 2**14
WINDOW_WORDS = 16
"""A long prompt is read in windows of so many words, so that harmless words cannot drown the others."""
_STRIDE_WORDS = 8
_SHORTEST_GRAM, _LONGEST_GRAM = 3, 5


@dataclass(frozen=True)
class Verdict:
    """The category that the classifier is sure of, with its probability, 0 to 1."""

    category: str
    probability: float


@dataclass(frozen=True, eq=False)
class Classifier:
    """One logistic regression per category over hashed words, pairs of words and pieces of words.

    Attributes:
        categories: their ids, C of them.
        weights: (C, NUM_BUCKETS) float32.
        biases: (C,) float32.
        thresholds: (C,) float32, probability from which on a category counts.
    """

    categories: tuple[str, ...]
    weights: NDArray[np.float32]
    biases: NDArray[np.float32]
    thresholds: NDArray[np.float32]

    def verdict(self, prompt: str) -> Verdict | None:
        """The category that is farthest above its threshold in any window of the prompt; None if none is above."""
        import numpy as np

        probabilities = self.probabilities(prompt)
        best = int(np.argmax(probabilities - self.thresholds))
        if probabilities[best] < self.thresholds[best]:
            return None
        return Verdict(self.categories[best], float(probabilities[best]))

    def probabilities(self, prompt: str) -> NDArray[np.float64]:
        """(C,) float64: for each category the highest probability over the windows."""
        import numpy as np

        highest = np.zeros(len(self.categories))
        for buckets in windows(prompt):
            logits = self.weights[:, buckets].sum(axis=1) / np.sqrt(len(buckets)) + self.biases
            highest = np.maximum(highest, 1 / (1 + np.exp(-logits)))
        return highest

    @classmethod
    def load(cls, path: Path) -> Classifier:
        """Reads what `save` wrote."""
        import numpy as np

        with np.load(path, allow_pickle=False) as raw:
            weights = raw["weights"].astype(np.float32) * raw["scales"][:, None]
            return cls(tuple(map(str, raw["categories"])), weights, raw["biases"], raw["thresholds"])

    def save(self, path: Path) -> None:
        """Writes the weights in 8 bits, one scale per category."""
        import numpy as np

        scales = (np.abs(self.weights).max(axis=1) / 127).astype(np.float32)
        weights = np.round(self.weights / scales[:, None]).astype(np.int8)
        np.savez_compressed(
            path, categories=np.array(self.categories), weights=weights, scales=scales, biases=self.biases, thresholds=self.thresholds
        )


def windows(prompt: str) -> Iterator[list[int]]:
    """The buckets of each window of a prompt; nothing for a prompt without words."""
    words = [word.text for word in split_words(normalise(prompt))]
    for first in range(0, max(1, len(words) - WINDOW_WORDS + _STRIDE_WORDS), _STRIDE_WORDS):
        if seen := words[first : first + WINDOW_WORDS]:
            yield features(seen)


def features(words: list[str]) -> list[int]:
    """The buckets, 0 to NUM_BUCKETS - 1, of the words, pairs of neighbours and letter n-grams of a text, each bucket once.

    Source: feature hashing, Weinberger et al. 2009; n-grams within words as in fastText, Bojanowski et al. 2017.
    """
    buckets = {bucket for word in words for bucket in _of_word(word)}
    buckets.update(_bucket(f"{left} {right}") for left, right in pairwise(words))
    return sorted(buckets)


@lru_cache(maxsize=4096)
def _of_word(word: str) -> tuple[int, ...]:
    framed = f"<{word[:40]}>"
    grams = (framed[at : at + size] for size in range(_SHORTEST_GRAM, _LONGEST_GRAM + 1) for at in range(len(framed) - size + 1))
    return (_bucket(f"w {word}"), *(_bucket(gram) for gram in grams))


def _bucket(text: str) -> int:
    return zlib.crc32(text.encode()) % NUM_BUCKETS


@cache
def standard() -> Classifier:
    """The classifier that comes with Pochade."""
    with as_file(files("pochade.trust.policy").joinpath("classifier.npz")) as path:
        return Classifier.load(path)
