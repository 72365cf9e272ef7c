"""The packed copy of a data folder: plain arrays mapped into memory, so that nothing is decoded while training.

The format is described in docs/data.md.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pochade.core.errors import DataError
from pochade.data.guide import CHANNELS, MIRROR_CHANNELS
from pochade.data.splits import SPLITS, Split

FORMAT = 1
MANIFEST = "pack.json"

Bytes = NDArray[np.uint8]
KINDS = (list(CHANNELS), [*CHANNELS, *MIRROR_CHANNELS])
"""Channels of guides, without and with mirrors."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Samples of one format.

    Attributes:
        group: name of the format, e.g. "16x9".
        rows: (B,) int64, into the group's arrays.
        pictures: (B, H, W, 3) uint8 sRGB. guides: (B, h, w, C) uint8, see `guide.CHANNELS` and `MIRROR_CHANNELS`.
        position: number of batches up to and including this one; `batches(position=...)` goes on from there.
    """

    group: str
    rows: NDArray[np.int64]
    pictures: Bytes
    guides: Bytes
    position: int


class Samples:
    """The lines of a `samples.jsonl`, mapped into memory and read on demand."""

    def __init__(self, path: Path, rows: int):
        try:
            with path.open("rb") as file:
                self._text = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise DataError(f"{str(path)!r} is not readable ({error}). Pack the data again into another folder.") from error
        self._rows = rows

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        ends = np.flatnonzero(np.frombuffer(self._text, np.uint8) == ord("\n")) + 1
        return np.concatenate([[0], ends])

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, row: int) -> dict[str, Any]:
        """The line of a row: id, seed, split, family, captions, labels; see docs/data.md."""
        if not 0 <= row < self._rows:
            raise IndexError(row)
        return json.loads(self._text[self._starts[row] : self._starts[row + 1]])


class Group:
    """All samples of one format.

    Attributes:
        pictures: (N, H, W, 3), guides: (N, h, w, C), splits: (N,) uint8 (index into `splits.SPLITS`); memory-mapped, read-only.
    """

    def __init__(self, folder: Path, raw: Mapping[str, Any], channels: int):
        self.name: str = raw["name"]
        self.rows: int = raw["rows"]
        sizes = {
            "pictures": (raw["height_px"], raw["width_px"], 3),
            "guides": (raw["guide_height_px"], raw["guide_width_px"], channels),
        }
        arrays = {name: self._mapped(folder / self.name / f"{name}.npy", shape) for name, shape in {**sizes, "splits": ()}.items()}
        self.pictures, self.guides, self.splits = arrays["pictures"], arrays["guides"], arrays["splits"]
        self.samples = Samples(folder / self.name / "samples.jsonl", self.rows)

    def _mapped(self, path: Path, shape: tuple[int, ...]) -> Bytes:
        try:
            array = np.load(path, mmap_mode="r")
        except (OSError, ValueError) as error:
            raise DataError(f"{str(path)!r} is not readable ({error}). Pack the data again into another folder.") from error
        if array.shape[1:] != shape or len(array) < self.rows or array.dtype != np.uint8:
            raise DataError(f"{str(path)!r} holds {array.shape} {array.dtype}, not ({self.rows}, *{shape}) uint8. Pack the data again.")
        return array[: self.rows]

    def of_split(self, split: Split) -> NDArray[np.int64]:
        """Rows that belong to a split."""
        return np.flatnonzero(np.asarray(self.splits) == SPLITS.index(split))


class Pack:
    """A packed folder, open for reading.

    Attributes:
        size_px, guide_size_px: classes of pictures and guides. channels: of a guide. data_root: Merkle root over what is packed (hex).
        groups: by name of the format, e.g. "1x1".

    Raises:
        DataError: if the folder holds no pack, or a damaged one.
    """

    def __init__(self, folder: Path | str):
        self.folder = Path(folder)
        raw = read_manifest(self.folder)
        self.size_px: int = raw["size"]
        self.guide_size_px: int = raw["guide_size"]
        self.channels = len(raw["channels"])
        self.data_root: str = raw["data_root"]
        self.shard_roots: tuple[str, ...] = tuple(shard["root"] for shard in raw["shards"])
        self.groups = {group["name"]: Group(self.folder, group, len(raw["channels"])) for group in raw["groups"]}

    def count(self, split: Split) -> int:
        return sum(len(group.of_split(split)) for group in self.groups.values())

    def batches(self, split: Split, batch_size: int, seed: int, position: int = 0, groups: tuple[str, ...] = ()) -> Iterator[Batch]:
        """Batches without end, epoch after epoch, in an order that follows from `seed` alone.

        Every batch is full and has one format: where a format's samples run out, its first ones of the epoch fill up.

        Args:
            position: batches to skip; as given by the last batch of an earlier run.
            groups: formats to read; empty: all.

        Raises:
            DataError: if no sample belongs to the split.
        """
        rows = {name: group.of_split(split) for name, group in self.groups.items() if not groups or name in groups}
        rows = {name: found for name, found in rows.items() if len(found)}
        if not rows:
            raise DataError(f"Got split {split!r} of {str(self.folder)!r}, where it has no samples. Render more, or choose another split.")
        per_epoch = sum(-(-len(found) // batch_size) for found in rows.values())
        epoch, skip = divmod(position, per_epoch)
        while True:
            for group, chosen in list(_epoch(rows, batch_size, seed, epoch))[skip:]:
                position += 1
                arrays = self.groups[group]
                yield Batch(group, chosen, arrays.pictures[chosen], arrays.guides[chosen], position)
            epoch, skip = epoch + 1, 0


def _epoch(rows: Mapping[str, NDArray[np.int64]], batch_size: int, seed: int, epoch: int) -> Iterator[tuple[str, NDArray[np.int64]]]:
    rng = np.random.default_rng([seed, epoch, 0xBA])
    full = {name: np.resize(rng.permutation(found), -(-len(found) // batch_size) * batch_size) for name, found in rows.items()}
    plan = [(name, start) for name, found in full.items() for start in range(0, len(found), batch_size)]
    for k in rng.permutation(len(plan)):
        name, start = plan[k]
        yield name, full[name][start : start + batch_size]


def read_manifest(folder: Path) -> dict[str, Any]:
    """`pack.json` of a packed folder.

    Raises:
        DataError: if there is none, or of another format.
    """
    path = folder / MANIFEST
    try:
        raw = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise DataError(f"Got {str(folder)!r}, which holds no packed data. Make it with `pochade data pack DIR --out {folder}`.") from error
    except (OSError, ValueError) as error:
        raise DataError(f"{str(path)!r} is not readable ({error}). Pack the data again into another folder.") from error
    if raw.get("format") != FORMAT or raw.get("channels") not in KINDS:
        raise DataError(f"{str(path)!r} is of another format than {FORMAT}. Pack the data again into another folder.")
    return raw
