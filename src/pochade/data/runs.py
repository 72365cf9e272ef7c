"""Run records: which data, which settings and which code made a set of weights. Written by training, read by the ledger.

A record is one JSON file, `run.json`, beside the weights that it speaks of. Its schema (format 1):

    {"format": 1, "name": "...", "model_id": "pochade-1", "recipe": "...", "started": "2026-01-31T12:00:00Z", "finished": "...",
     "data": [{"root": "<sha256>", "shard_roots": ["<sha256>", ...], "samples": {"train": 123, ...}}],
     "config": {...}, "weights": {"file name": "<sha256>"}, "parents": ["<sha256 of weights it started from>"],
     "code": "<version or hash>", "machine": "...", "samples_seen": 0, "seconds": 0.0, "results": {...}}
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from pochade.core.errors import DataError
from pochade.data import folder as folders
from pochade.data.files import write_whole

FORMAT = 1
FILE_NAME = "run.json"
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class DataUsed:
    """One data folder that a run read.

    Attributes:
        root: Merkle root over `shard_roots` (hex). shard_roots: of its shards, in order.
        samples: number of samples that were at hand, by split.
    """

    root: str
    shard_roots: tuple[str, ...]
    samples: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        found = folders.data_root(list(self.shard_roots))
        if found != self.root:
            raise DataError(f"Got data root {self.root}, but the roots of its shards give {found}. Take both from the same folder.")


@dataclass(frozen=True)
class RunRecord:
    """How a set of weights came to be.

    Attributes:
        name: of the run. recipe: name of the canonical run it followed.
        started, finished: UTC, ISO 8601.
        data: what it read, in order.
        config: all settings, as JSON values.
        weights: file name to SHA-256 (hex) of every file it wrote.
        parents: SHA-256 of weights it started from.
        code: version or hash of the code. machine: in words.
        samples_seen: over all epochs. seconds: of training.
        results: figures by name.
    """

    name: str
    model_id: str
    recipe: str
    started: str
    finished: str
    data: tuple[DataUsed, ...]
    config: Mapping[str, Any]
    weights: Mapping[str, str]
    parents: tuple[str, ...] = ()
    code: str = ""
    machine: str = ""
    samples_seen: int = 0
    seconds: float = 0.0
    results: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for digest in (*self.weights.values(), *self.parents):
            if not _SHA256.fullmatch(digest):
                raise DataError(f"Got {digest!r} as the SHA-256 of weights; 64 hexadecimal digits are accepted. Hash the file.")

    def to_json(self) -> bytes:
        return (json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True) + "\n").encode()

    @classmethod
    def from_json(cls, data: bytes) -> RunRecord:
        """Inverse of `to_json`.

        Raises:
            DataError: if it is no run record of this format.
        """
        try:
            raw = json.loads(data)
            if raw.pop("format") != FORMAT:
                raise DataError(f"The run record is of another format than {FORMAT}. Install the version that wrote it.")
            used = tuple(DataUsed(one["root"], tuple(one["shard_roots"]), one.get("samples", {})) for one in raw.pop("data"))
            return cls(**{**raw, "data": used, "parents": tuple(raw["parents"])})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            known = ", ".join(one.name for one in fields(cls))
            raise DataError(f"The run record is not readable ({error}); it has format, {known}. Restore the file.") from error

    def write(self, place: Path) -> None:
        """Writes `run.json` into the folder `place`, at one stroke."""
        write_whole(place / FILE_NAME, self.to_json())


def read_run(path: Path) -> RunRecord:
    """The record in a file, or in a folder's `run.json`.

    Raises:
        DataError: if it is missing or not readable.
    """
    file = path / FILE_NAME if path.is_dir() else path
    try:
        data = file.read_bytes()
    except OSError as error:
        raise DataError(f"Got {str(file)!r}, which is not readable ({error.strerror}). Name a run folder or its {FILE_NAME}.") from error
    return RunRecord.from_json(data)


def run_of_weights(sha256: str, places: Iterable[Path]) -> RunRecord:
    """The run, among the records below `places`, that wrote the weights with this hash.

    Raises:
        DataError: if there is none.
    """
    looked = [str(place) for place in places]
    for place in looked:
        for file in sorted(Path(place).rglob(FILE_NAME)):
            try:
                record = read_run(file)
            except DataError:
                continue  # another program's run.json
            if sha256 in record.weights.values():
                return record
    raise DataError(f"No run record below {', '.join(looked) or 'any folder'} speaks of weights {sha256}. Name its folder with --runs.")


def data_used(place: Path, samples: Mapping[str, int] | None = None) -> DataUsed:
    """What a record says of a data folder as it lies there."""
    from pochade.data import shards

    roots = tuple(shards.summary(place, index).root for index in shards.indices(place))
    return DataUsed(folders.data_root(list(roots)), roots, samples or {})


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
