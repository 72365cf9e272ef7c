"""Making and extending a packed copy of a data folder."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pochade.core.errors import DataError, InvalidRequestError
from pochade.data import guide, pack, shards
from pochade.data.columns import Column
from pochade.data.files import check_room, make_folder, write_whole
from pochade.data.folder import data_root, read_manifest
from pochade.data.formats import ASPECTS, aspect_of, check_size, sides
from pochade.data.records import Sample
from pochade.data.splits import SPLITS

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class PackProgress:
    """Shards packed so far, those of earlier runs counted, of all that lie there; samples added by this run."""

    shards_done: int
    shards: int
    added: int


Planned = Callable[[Sequence[Sample]], Iterator[Bytes]]
"""Plans samples anew: the (H, W, C) uint8 guide of each, in the pictures' size, as `guide.channels` gives it with mirrors."""


class _Group:
    """Files of one format, open for appending."""

    def __init__(self, folder: Path, aspect: str, size_px: int, guide_size_px: int, channels: int, raw: dict[str, Any] | None):
        self.name = aspect.replace(":", "x")
        self.width_px, self.height_px = sides(aspect, size_px)
        self.guide_width_px, self.guide_height_px = sides(aspect, guide_size_px)
        place = folder / self.name
        make_folder(place)
        rows, length = (raw["rows"], raw["samples_bytes"]) if raw else (0, 0)
        self.pictures = Column(place / "pictures.npy", (self.height_px, self.width_px, 3), rows)
        self.guides = Column(place / "guides.npy", (self.guide_height_px, self.guide_width_px, channels), rows)
        self.splits = Column(place / "splits.npy", (), rows)
        self.lines = (place / "samples.jsonl").open("ab")
        self.lines.truncate(length)

    def add(self, sample: Sample, maps: Bytes | None) -> None:
        self.pictures.append(fitted(sample.picture, self.width_px, self.height_px))
        self.guides.append(self._guide(sample) if maps is None else guide.reduced(maps, self.guide_width_px, self.guide_height_px))
        self.splits.append(np.array(SPLITS.index(sample.split), np.uint8))
        self.lines.write(json.dumps(_line(sample), ensure_ascii=False, separators=(",", ":")).encode() + b"\n")

    def _guide(self, sample: Sample) -> Bytes:
        if sample.guide is None:
            return np.zeros(self.guides.shape, np.uint8)
        maps = guide.channels(guide.decode(sample.guide, sample.near_m, sample.far_m))
        return guide.reduced(maps, self.guide_width_px, self.guide_height_px)

    def commit(self) -> dict[str, Any]:
        for column in (self.pictures, self.guides, self.splits):
            column.commit()
        self.lines.flush()
        os.fsync(self.lines.fileno())
        return {
            "name": self.name,
            "width_px": self.width_px,
            "height_px": self.height_px,
            "guide_width_px": self.guide_width_px,
            "guide_height_px": self.guide_height_px,
            "rows": self.pictures.rows,
            "samples_bytes": self.lines.tell(),
        }

    def close(self) -> None:
        for file in (self.pictures, self.guides, self.splits, self.lines):
            file.close()


def write_pack(
    folder: Path,
    out: Path,
    size_px: int,
    guide_size_px: int | None = None,
    planned: Planned | None = None,
    formats: Sequence[str] = (),
    splits: Sequence[str] = (),
) -> Iterator[PackProgress]:
    """Packs the shards of a data folder that are not packed yet; a run that was cut off goes on at its shard.

    Args:
        size_px: class of the pictures. guide_size_px: class of the guide maps; None: the same.
        planned: plans samples anew, mirrors and all, instead of taking the maps that the shards keep.
        formats: names of those to pack, such as "1x1"; samples of others are left out. Empty: all.
        splits: the same of the splits, such as "held-out".

    Raises:
        InvalidRequestError: for a format or a split that there is not.
        DataError: if `out` holds another pack, a shard is broken, or the data is smaller than the class.
        OutputError: if the disk is or would be full.
    """
    guide_size_px = size_px if guide_size_px is None else guide_size_px
    check_size(size_px)
    check_size(guide_size_px)
    unknown = [name for name in formats if name.replace("x", ":") not in ASPECTS]
    if unknown:
        known = ", ".join(name.replace(":", "x") for name in ASPECTS)
        raise InvalidRequestError(f"Got the format {unknown[0]!r}; {known} are accepted. Choose of those.", field="formats")
    odd = [name for name in splits if name not in SPLITS]
    if odd:
        raise InvalidRequestError(f"Got the split {odd[0]!r}; {', '.join(SPLITS)} are accepted. Choose of those.", field="splits")
    kind = read_manifest(folder).kind
    if kind == "denoiser":
        raise DataError(f"{str(folder)!r} holds tiles for the denoiser, which are read as they are. Choose a folder of samples.")
    make_folder(out)
    raw = _existing(out, size_px, guide_size_px, pack.KINDS[planned is not None or kind == "photos"], sorted(formats), sorted(splits))
    channels = len(raw["channels"])
    found = [shards.summary(folder, index) for index in shards.indices(folder)]
    packed = _checked(out, raw, found)
    waiting = [shard for shard in found if shard.index not in packed]
    check_room(out, sum(shard.rows for shard in waiting) * (size_px**2 * 3 + guide_size_px**2 * channels))
    added = 0
    with contextlib.ExitStack() as stack:
        groups: dict[str, _Group] = {}
        old = {group["name"]: group for group in raw["groups"]}
        for name, group in old.items():
            groups[name] = _Group(out, name.replace("x", ":"), size_px, guide_size_px, channels, group)
            stack.callback(groups[name].close)
        yield PackProgress(len(packed), len(found), 0)
        for shard in waiting:
            samples = [sample for sample in shards.read_samples(folder, shard.index) if _wanted(sample, formats, splits)]
            for sample, maps in zip(samples, planned(samples) if planned else repeat(None), strict=False):
                name = _format(sample)
                if name not in groups:
                    groups[name] = _Group(out, name.replace("x", ":"), size_px, guide_size_px, channels, None)
                    stack.callback(groups[name].close)
                groups[name].add(sample, maps)
                added += 1
            packed[shard.index] = shard.root
            ordered = [{"index": index, "root": packed[index]} for index in sorted(packed)]
            raw = {
                **raw,
                "groups": [groups[name].commit() for name in sorted(groups)],
                "shards": ordered,
                "data_root": data_root([entry["root"] for entry in ordered]),
            }
            write_whole(out / pack.MANIFEST, (json.dumps(raw, indent=1) + "\n").encode())
            yield PackProgress(len(packed), len(found), added)


def _existing(
    out: Path, size_px: int, guide_size_px: int, channels: Sequence[str], formats: list[str], splits: list[str]
) -> dict[str, Any]:
    fresh = {
        "format": pack.FORMAT,
        "size": size_px,
        "guide_size": guide_size_px,
        "channels": channels,
        "formats": formats,
        "splits": splits,
        "shards": [],
        "groups": [],
    }
    if not (out / pack.MANIFEST).exists():
        return fresh
    raw = pack.read_manifest(out)
    if raw["channels"] != channels:
        raise DataError(f"{str(out)!r} has guides of {len(raw['channels'])} channels, not {len(channels)}. Choose another folder.")
    if (raw["size"], raw["guide_size"]) != (size_px, guide_size_px):
        raise DataError(
            f"{str(out)!r} is packed with size {raw['size']} and guide size {raw['guide_size']}, not {size_px} and {guide_size_px}. "
            "Choose another folder, or ask for the same."
        )
    for what, asked in (("formats", formats), ("splits", splits)):
        if raw.get(what, []) != asked:
            raise DataError(f"{str(out)!r} is packed with other {what} ({', '.join(raw.get(what, [])) or 'all'}). Choose another folder.")
    return raw


def _wanted(sample: Sample, formats: Sequence[str], splits: Sequence[str]) -> bool:
    return (not formats or _format(sample) in formats) and (not splits or sample.split in splits)


def _format(sample: Sample) -> str:
    return aspect_of(sample.width_px, sample.height_px).replace(":", "x")


def _checked(out: Path, raw: dict[str, Any], found: list[shards.ShardSummary]) -> dict[int, str]:
    """Roots of what is packed already, by shard. Raises DataError if the shards there are others now."""
    packed = {entry["index"]: entry["root"] for entry in raw["shards"]}
    roots = {shard.index: shard.root for shard in found}
    changed = [index for index, root in packed.items() if roots.get(index) != root]
    if changed:
        raise DataError(f"{str(out)!r} was packed from other shards (shard {changed[0]} differs). Pack into another folder.")
    return packed


def fitted(picture: bytes, width_px: int, height_px: int) -> Bytes:
    """A picture file as (height_px, width_px, 3) uint8: cut to the format about its middle, then made smaller.

    Raises:
        DataError: if it is not readable, or too small.
    """
    try:
        image = Image.open(io.BytesIO(picture)).convert("RGB")
    except (OSError, SyntaxError) as error:
        raise DataError(f"A picture is not readable ({error}). Verify the data with `pochade ledger verify`.") from error
    if image.size == (width_px, height_px):
        return np.asarray(image)
    shrink = min(image.width / width_px, image.height / height_px)
    if shrink < 1:
        raise DataError(
            f"Got a picture of {image.width}x{image.height} to pack at {width_px}x{height_px}; only smaller sizes are accepted. "
            "Choose a smaller --size."
        )
    x, y = (image.width - width_px * shrink) / 2, (image.height - height_px * shrink) / 2
    box = (x, y, x + width_px * shrink, y + height_px * shrink)
    return np.asarray(image.resize((width_px, height_px), Image.Resampling.LANCZOS, box=box))


def _line(sample: Sample) -> dict[str, Any]:
    return {
        "id": sample.id,
        "seed": sample.seed,
        "split": sample.split,
        "family": sample.family,
        "guide": sample.guide is not None,
        "key_azimuth_deg": json.loads(sample.scene).get("key_azimuth_deg") if sample.scene else None,
        "captions": [list(pair) for pair in sample.captions],
        **{name: list(value) if isinstance(value, tuple) else value for name, value in sample.labels.items()},
    }
