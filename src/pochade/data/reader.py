"""Reading a data folder sample by sample, shuffled, decoded, and resumable. Training at speed reads a pack instead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pochade.core.errors import DataError
from pochade.data import guide, shards
from pochade.data.packing import fitted
from pochade.data.records import Sample
from pochade.data.splits import Split

WINDOW = 4
"""Shards that are mixed with each other: what is held in memory at a time."""


@dataclass(frozen=True, eq=False)
class Decoded:
    """One sample as arrays.

    Attributes:
        picture: (H, W, 3) uint8 sRGB.
        guide: (H, W, 15) uint8, see `guide.CHANNELS`, or None for a photograph.
        position: samples up to and including this one; `read(position=...)` goes on from there.
    """

    sample: Sample
    picture: NDArray[np.uint8]
    guide: NDArray[np.uint8] | None
    position: int


def decoded(sample: Sample, position: int = 0) -> Decoded:
    """Decodes a sample.

    Raises:
        DataError: if its picture or maps are damaged.
    """
    maps = None if sample.guide is None else guide.channels(guide.decode(sample.guide, sample.near_m, sample.far_m))
    return Decoded(sample, fitted(sample.picture, sample.width_px, sample.height_px), maps, position)


def read(folder: Path, split: Split, seed: int | None = None, position: int = 0) -> Iterator[Decoded]:
    """The samples of a split, once each.

    Args:
        seed: of the order: shards are shuffled, and samples among `WINDOW` shards; None: as they lie there.
        position: samples to skip, as given by the last one of an earlier reading with the same seed.

    Raises:
        DataError: if a shard is broken, or the split is empty.
    """
    rows = {index: _rows(folder, index, split) for index in shards.indices(folder)}
    if not any(rows.values()):
        raise DataError(f"Got split {split!r} of {str(folder)!r}, where it has no samples. Render more, or choose another split.")
    rng = None if seed is None else np.random.default_rng(seed)
    order = list(rows) if rng is None else [list(rows)[k] for k in rng.permutation(len(rows))]
    passed = 0
    for start in range(0, len(order), WINDOW):
        window = order[start : start + WINDOW]
        places = [(index, row) for index in window for row in rows[index]]
        if rng is not None:
            places = [places[k] for k in rng.permutation(len(places))]
        if passed + len(places) > position:
            wanted = set(places[max(0, position - passed) :])
            held = {
                (index, row): sample
                for index in window
                for row, sample in enumerate(shards.read_samples(folder, index))
                if (index, row) in wanted
            }
            for k, place in enumerate(places, start=passed + 1):
                if k > position:
                    yield decoded(held.pop(place), k)
        passed += len(places)


def _rows(folder: Path, index: int, split: Split) -> list[int]:
    return [row for row, kept in enumerate(shards.read_columns(folder, index, ["split"])) if kept["split"] == split]
