"""Counts of what a data folder holds, from its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pochade.data import shards
from pochade.data.folder import read_manifest
from pochade.data.records import LABELS, SINGLE_LABELS

_PAIR_COLUMNS = ("family", "split", "width_px", "height_px")


@dataclass(frozen=True)
class Census:
    """What a data folder holds.

    Attributes:
        counts: kind ("family", "split", "size", and the labels) to word to number of samples; a word counts once per sample.
    """

    kind: str
    samples: int
    size_bytes: int
    counts: Mapping[str, Mapping[str, int]]

    def share(self, kind: str, word: str) -> float:
        """Share of the samples, 0 to 1."""
        return self.counts.get(kind, {}).get(word, 0) / max(self.samples, 1)


def census(folder: Path) -> Census:
    """Counts what the shards of a folder say.

    Raises:
        DataError: if it is no data folder, or a shard is broken.
    """
    manifest = read_manifest(folder)
    labels = () if manifest.kind == "denoiser" else (*LABELS, *SINGLE_LABELS)
    counts: dict[str, Counter[str]] = {name: Counter() for name in ("family", "split", "size", *labels)}
    samples = size = 0
    for index in shards.indices(folder):
        size += shards.summary(folder, index).size_bytes
        for row in shards.read_columns(folder, index, [*_PAIR_COLUMNS, *labels]):
            samples += 1
            counts["family"][row["family"]] += 1
            counts["split"][row["split"]] += 1
            counts["size"][f"{row['width_px']}x{row['height_px']}"] += 1
            for name in labels:
                words = row[name] if isinstance(row[name], list) else [row[name]]
                if name == "relations":
                    words = [word.split("|")[1] for word in words]
                counts[name].update({word for word in words if word})
    return Census(manifest.kind, samples, size, {name: dict(counter.most_common()) for name, counter in counts.items()})
