"""What judges are asked about a picture: the words of each kind, and what a sample's labels say of them in numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

COUNTS = ("0", "1", "2", "3", "4+")
"""Classes of how many there are of a noun."""
MOST = len(COUNTS) - 1
AXES: Mapping[str, tuple[int, int]] = {
    "left of": (0, -1),
    "right of": (0, 1),
    "on top of": (1, 1),
    "in front of": (2, 1),
    "behind": (2, -1),
}
"""Relation to axis (0 to the right, 1 up, 2 towards the camera) and to which end of it the subject lies. Others say no direction."""
ORDERS = 4
"""Relations of a sample that are learned from, at most."""
ANSWERS = ("features", "counts", "colours", "materials", "places", "lights", "settings", "surfaces")
"""What a judge's network gives, in this order."""

_RANGES = {"few": (3, 4), "pile": (MOST, MOST), "": (1, MOST)}
"""Counts that are no numbers: fewest and most."""

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Labels:
    """The words that a judge knows, by kind; their order is that of its answers.

    Attributes:
        settings, surfaces: the word "" stands for none.
    """

    nouns: tuple[str, ...]
    colours: tuple[str, ...]
    materials: tuple[str, ...]
    lights: tuple[str, ...]
    settings: tuple[str, ...]
    surfaces: tuple[str, ...]

    @classmethod
    def from_plain(cls, raw: Mapping[str, Sequence[str]]) -> Labels:
        """Inverse of `plain`."""
        return cls(**{kind: tuple(words) for kind, words in raw.items()})

    def plain(self) -> dict[str, list[str]]:
        """As JSON-ready values."""
        return {kind: list(words) for kind, words in asdict(self).items()}


@dataclass(frozen=True, eq=False)
class Truth:
    """What the labels of B samples say of N nouns; -1 is "not said", which nothing is learned from.

    Attributes:
        counts: (B, N, C) bool, the classes of `COUNTS` that may be true: "a few" allows two.
        colours, materials: (B, N) int64. lights, settings, surfaces: (B,) int64.
        orders: (B, ORDERS, 3) int64: an axis of `AXES`, the noun at its lower end, the noun at its upper end.
    """

    counts: NDArray[np.bool_]
    colours: Ints
    materials: Ints
    orders: Ints
    lights: Ints
    settings: Ints
    surfaces: Ints

    def rows(self, rows: Ints) -> Truth:
        """Of some of the samples."""
        return Truth(**{name: array[rows] for name, array in vars(self).items()})


def truth(labels: Labels, samples: Sequence[Mapping[str, Any]]) -> Truth:
    """The labels of samples, as lines of a pack have them, in numbers."""
    at = {kind: {word: number for number, word in enumerate(words)} for kind, words in vars(labels).items()}
    found = [_of_sample(at, sample) for sample in samples]
    counts: Any
    counts, colours, materials, orders = (np.array([entry[k] for entry in found]) for k in range(4))
    whole = {f"{kind}s": np.array([at[f"{kind}s"].get(sample[kind], -1) for sample in samples]) for kind in ("light", "setting", "surface")}
    return Truth(counts, colours, materials, orders, **whole)


def _of_sample(at: Mapping[str, Mapping[str, int]], sample: Mapping[str, Any]) -> tuple[Any, Ints, Ints, Ints]:
    nouns, said = at["nouns"], sample["nouns"]
    furnished = sample["family"] == "place"  # a laid table has glasses and bread that no label tells
    counts = np.full((len(nouns), len(COUNTS)), furnished)
    counts[:, 0] = True
    low: dict[str, int] = {}
    high: dict[str, int] = {}
    for noun, count in zip(said, sample["counts"], strict=True):
        fewest, most = _RANGES[count] if count in _RANGES else (int(count), int(count))
        low[noun], high[noun] = low.get(noun, 0) + fewest, high.get(noun, 0) + most
    if any("|on a plate" in relation for relation in sample["relations"]):  # which the labels do not count
        low["plate"], high["plate"] = low.get("plate", 0) + 1, high.get("plate", 0) + 1
    for noun in low.keys() & nouns.keys():
        most = MOST if furnished else min(high[noun], MOST)
        counts[nouns[noun]] = False
        counts[nouns[noun], min(low[noun], MOST) : most + 1] = True
    once = {noun for noun in said if said.count(noun) == 1} & nouns.keys()  # of two balls one cannot say which is the red one
    looks = []
    for kind in ("colours", "materials"):
        row = np.full(len(nouns), -1)
        for noun, word in zip(said, sample[kind], strict=True):
            if noun in once:
                row[nouns[noun]] = at[kind].get(word, -1)
        looks.append(row)
    return counts, looks[0], looks[1], _orders(nouns, once, sample["relations"])


def _orders(nouns: Mapping[str, int], once: set[str], relations: Sequence[str]) -> Ints:
    found = np.full((ORDERS, 3), -1)
    told = []
    for relation in relations:
        subject, kind, *others = relation.split("|")
        ends = [end.partition(":")[2] for end in (subject, *others)]
        if kind in AXES and len(ends) == 2 and once.issuperset(ends):
            axis, side = AXES[kind]
            told.append((axis, *(nouns[end] for end in (ends if side < 0 else reversed(ends)))))
    if told:
        found[: len(told)] = told[:ORDERS]
    return found


def mirrored(orders: Ints) -> Ints:
    """`Truth.orders` of the mirrored pictures: left and right exchanged."""
    return np.where(orders[..., :1] == 0, orders[..., (0, 2, 1)], orders)
