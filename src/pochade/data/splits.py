"""Which samples train and which judge: fixed by seed, and for combinations by a rule without any seed.

A held-out combination is a triple (noun, material, light) that no training sample shows, though each of the three is seen in others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Literal, get_args

Split = Literal["train", "held-out", "held-out-combination"]
SPLITS: tuple[Split, ...] = get_args(Split)

RULE_VERSION = 1
HELD_OUT_SHARE = 0.02
COMBINATION_SAMPLES_SHARE = 0.02
"""Share of the samples that show held-out combinations."""
COMBINATIONS_SHARE = 0.15
"""Share of the combinations that are held out."""

Combination = tuple[str, str | None, str | None]
"""Noun, material (None: its natural one), light."""


def is_held_out(combination: Combination) -> bool:
    """Whether training must never see this combination."""
    return _uniform("combination", *(part or "" for part in combination)) < COMBINATIONS_SHARE


def any_held_out(combinations: Iterable[Combination]) -> bool:
    return any(is_held_out(combination) for combination in combinations)


def split_of(root_seed: int, index: int) -> Split:
    """The split of rendered sample `index`; what it shows is drawn to fit."""
    u = _uniform("sample", str(root_seed), str(index))
    if u < HELD_OUT_SHARE:
        return "held-out"
    return "held-out-combination" if u < HELD_OUT_SHARE + COMBINATION_SAMPLES_SHARE else "train"


def split_of_file(sha256: str) -> Split:
    """The split of an imported picture: by its content, so that it stays whatever is imported beside it."""
    return "held-out" if _uniform("file", sha256) < HELD_OUT_SHARE else "train"


def _uniform(*parts: str) -> float:
    digest = hashlib.sha256("\x1f".join(("pochade split", str(RULE_VERSION), *parts)).encode()).digest()
    return int.from_bytes(digest[:7]) / 2**56
