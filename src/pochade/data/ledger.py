"""Checking a data folder against its ledger, and finding what the ledger says of one sample."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pochade.core.errors import DataError
from pochade.data import merkle, pairs, shards
from pochade.data.folder import data_root, ledger_lines, read_manifest
from pochade.data.pairs import NoisePair
from pochade.data.records import Sample


@dataclass(frozen=True)
class Verdict:
    """What verifying one shard found.

    Attributes:
        faults: one sentence for each thing that is wrong; none: all is as the ledger says.
        root: Merkle root (hex) of its ledger as it lies there, or empty.
    """

    index: int
    rows: int
    root: str
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """One sample of a data folder with its place in the ledger.

    Attributes:
        entry: its ledger line. proof: sibling hashes from its leaf up to `root`, the root of its shard.
    """

    shard: int
    row: int
    rows: int
    sample: Sample | NoisePair
    entry: dict[str, Any]
    root: str
    proof: tuple[str, ...]


def verify(folder: Path) -> Iterator[Verdict]:
    """Hashes every sample anew and compares it with the ledger, shard by shard.

    Raises:
        DataError: if the folder is no data folder.
    """
    manifest = read_manifest(folder)
    present = shards.indices(folder)
    for index in sorted({*present, *range(manifest.num_shards)}):
        if index not in present:
            yield Verdict(index, 0, "", (f"shard {index} is missing; `pochade data render` with the same options makes it",))
        else:
            yield _verdict(folder, index, manifest.kind, manifest.rows_of(index))


def _verdict(folder: Path, index: int, kind: str, expected_rows: int) -> Verdict:
    faults: list[str] = []
    rows = 0
    try:
        lines = ledger_lines(folder, index)
        root = merkle.root([merkle.leaf(line) for line in lines]).hex()
        if shards.summary(folder, index).root != root:
            faults.append(f"shard {index}: its ledger has been changed (root {root}, the shard says {shards.summary(folder, index).root})")
        for rows, sample in enumerate(read(folder, index, kind), start=1):
            if rows > len(lines):
                faults.append(f"shard {index}: {sample.id} is not in the ledger")
            elif sample.ledger_line() != lines[rows - 1]:
                faults.append(f"shard {index}: {sample.id} is not what its ledger line says ({_difference(sample, lines[rows - 1])})")
        if len(lines) != rows:
            faults.append(f"shard {index}: the ledger has {len(lines)} lines for {rows} samples")
        if rows != expected_rows:
            faults.append(f"shard {index} has {rows} samples instead of {expected_rows}")
    except DataError as error:
        return Verdict(index, rows, "", (*faults, f"shard {index}: {error}"))
    return Verdict(index, rows, root, tuple(faults))


def _difference(sample: Sample | NoisePair, line: bytes) -> str:
    try:
        then, now = json.loads(line), json.loads(sample.ledger_line())
    except ValueError:
        return "the line is no JSON"
    names = [name for name in {**then, **now} if then.get(name) != now.get(name)]
    return ", ".join(sorted(names)) or "the line is written otherwise"


def read(folder: Path, index: int, kind: str) -> Iterator[Sample | NoisePair]:
    """The samples of a shard, whatever kind the folder holds."""
    return pairs.read_pairs(folder, index) if kind == "denoiser" else shards.read_samples(folder, index)


def find(folder: Path, sample_id: str) -> Found:
    """A sample by its id.

    Raises:
        DataError: if the folder has no such sample.
    """
    manifest = read_manifest(folder)
    needle = f'"id":{json.dumps(sample_id, ensure_ascii=False)},'.encode()
    present = shards.indices(folder)
    for index in present:
        lines = ledger_lines(folder, index)
        for row, line in enumerate(lines):
            if needle in line and json.loads(line)["id"] == sample_id:
                sample = next(sample for k, sample in enumerate(read(folder, index, manifest.kind)) if k == row)
                leaves = [merkle.leaf(line) for line in lines]
                proof = tuple(step.hex() for step in merkle.proof(leaves, row))
                return Found(index, row, len(lines), sample, json.loads(line), merkle.root(leaves).hex(), proof)
    first = json.loads(ledger_lines(folder, present[0])[0])["id"]
    raise DataError(f"Got id {sample_id!r}, which is not in {str(folder)!r}. Its first id is {first!r}; the ledger/ folder lists all.")


def root_of(folder: Path) -> str:
    """The root over all shards that lie in a folder (hex), from their footers."""
    return data_root([shards.summary(folder, index).root for index in shards.indices(folder)])
