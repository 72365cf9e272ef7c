"""A data folder: what it is meant to hold (`dataset.json`) and which of its shards are finished."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pochade.core.errors import DataError
from pochade.data import merkle, shards
from pochade.data.files import make_folder, remove_leftovers, write_whole

MANIFEST = "dataset.json"


@dataclass(frozen=True)
class Manifest:
    """What a data folder is meant to hold.

    Attributes:
        kind: "samples" (pictures with captions and guides), "denoiser" (noisy and clean tiles) or "photos" (imported).
        count: samples in all. shard_rows: samples per shard, less in the last.
        settings: what the samples depend on; a folder holds samples of one set of settings only.
    """

    kind: str
    count: int
    shard_rows: int
    settings: Mapping[str, Any]

    def rows_of(self, index: int) -> int:
        return max(0, min(self.shard_rows, self.count - index * self.shard_rows))

    @property
    def num_shards(self) -> int:
        return -(-self.count // self.shard_rows)

    def to_json(self) -> bytes:
        raw = {"format": 1, "kind": self.kind, "count": self.count, "shard_rows": self.shard_rows, "settings": dict(self.settings)}
        return (json.dumps(raw, indent=2, sort_keys=True) + "\n").encode()


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a data folder.

    Raises:
        DataError: if there is none or it is damaged.
    """
    path = folder / MANIFEST
    try:
        raw = json.loads(path.read_bytes())
        if raw["format"] != 1:
            raise DataError(f"{str(path)!r} has format {raw['format']!r}; this version reads 1. Install the version that wrote it.")
        return Manifest(raw["kind"], int(raw["count"]), int(raw["shard_rows"]), raw["settings"])
    except FileNotFoundError as error:
        raise DataError(
            f"Got {str(folder)!r}, which is no data folder (it has no {MANIFEST}). Make one with `pochade data render`."
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{str(path)!r} is not readable ({error}). Restore it, or choose another folder.") from error


def lay_out(folder: Path) -> None:
    """Makes the folders, and removes what interrupted writes left in them.

    Raises:
        OutputError: if they cannot be made.
    """
    for path in (folder, folder / "shards", folder / "ledger"):
        make_folder(path)
        remove_leftovers(path)


def prepare(folder: Path, wanted: Manifest) -> None:
    """Makes a folder for `wanted`, or checks that what it holds is part of that. A larger count extends it.

    Raises:
        DataError: if it holds something else. OutputError: if it cannot be written to.
    """
    lay_out(folder)
    if (folder / MANIFEST).exists():
        found = read_manifest(folder)
        then = {"kind": found.kind, "shard_rows": found.shard_rows, **found.settings}
        now = {"kind": wanted.kind, "shard_rows": wanted.shard_rows, **wanted.settings}
        changed = [name for name in {**then, **now} if then.get(name) != now.get(name)]
        if changed:
            told = ", ".join(f"{name} {then.get(name)!r} there, {now.get(name)!r} now" for name in changed)
            raise DataError(f"{str(folder)!r} holds other data ({told}). Choose another folder, or ask for the same.")
        if wanted.count < found.count:
            raise DataError(
                f"Got a count of {wanted.count} for {str(folder)!r}, which is meant to hold {found.count}. "
                "Ask for as many or more, or choose another folder."
            )
    write_whole(folder / MANIFEST, wanted.to_json())


def finished(folder: Path, manifest: Manifest) -> dict[int, shards.ShardSummary]:
    """The shards that are complete, by number. Broken or short ones are left out, to be made again."""
    found: dict[int, shards.ShardSummary] = {}
    for index in range(manifest.num_shards):
        if not shards.shard_path(folder, index).exists():
            continue
        try:
            shard = shards.summary(folder, index)
        except DataError:
            continue
        if shard.rows == manifest.rows_of(index) and shard.root == ledger_root(folder, index):
            found[index] = shard
    return found


def ledger_lines(folder: Path, index: int) -> list[bytes]:
    """The ledger of a shard, one line per sample.

    Raises:
        DataError: if it is missing.
    """
    path = shards.ledger_path(folder, index)
    try:
        return path.read_bytes().splitlines()
    except OSError as error:
        raise DataError(f"{str(path)!r} is not readable ({error.strerror}). Render this shard again.") from error


def ledger_root(folder: Path, index: int) -> str | None:
    """Merkle root (hex) over a shard's ledger as it lies there; None if there is none."""
    try:
        return merkle.root([merkle.leaf(line) for line in ledger_lines(folder, index)]).hex()
    except DataError:
        return None


def data_root(roots: list[str]) -> str:
    """The root over the roots of all shards, in order (hex); its leaves are the 32 bytes of each."""
    return merkle.root([merkle.leaf(bytes.fromhex(root)) for root in roots]).hex()
