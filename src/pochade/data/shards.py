"""Parquet shards: the unit of work, of storage and of the ledger. The only place that knows their columns.

Shard k of a data folder is `shards/00000k.parquet` with its ledger `ledger/00000k.jsonl` beside it. The ledger is written first;
a shard exists once its Parquet file does.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from pochade.core.errors import DataError
from pochade.data import guide, merkle
from pochade.data.files import write_whole
from pochade.data.records import LABELS, SINGLE_LABELS, Sample

SCHEMA_VERSION = 1
ROOT_KEY, VERSION_KEY = b"pochade.merkle_root", b"pochade.schema"
BATCH_ROWS = 32


@dataclass(frozen=True)
class ShardSummary:
    """What a finished shard amounts to: rows, size of its file, Merkle root of its ledger (hex)."""

    index: int
    rows: int
    size_bytes: int
    root: str


def pyarrow() -> ModuleType:
    """The module, imported when first needed.

    Raises:
        DataError: if it is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise DataError('Data shards need pyarrow, which is not installed. Install it with `pip install "pochade[train]"`.') from error
    return pyarrow


def shard_path(folder: Path, index: int) -> Path:
    return folder / "shards" / f"{index:06d}.parquet"


def ledger_path(folder: Path, index: int) -> Path:
    return folder / "ledger" / f"{index:06d}.jsonl"


def indices(folder: Path) -> list[int]:
    """Numbers of the shards in a data folder, in order.

    Raises:
        DataError: if there are none.
    """
    found = sorted(int(path.stem) for path in (folder / "shards").glob("*.parquet") if path.stem.isdigit())
    if not found:
        raise DataError(f"Got {str(folder)!r}, which holds no data shards. Render some with `pochade data render --out {folder}`.")
    return found


def write_shard(folder: Path, index: int, samples: Sequence[Sample]) -> ShardSummary:
    """Writes a shard of samples; see `write`."""
    lines = [sample.ledger_line() for sample in samples]
    rows = [_row(sample, line) for sample, line in zip(samples, lines, strict=True)]
    return write(folder, index, rows, lines, _schema())


def write(folder: Path, index: int, rows: Sequence[Mapping[str, Any]], lines: Sequence[bytes], schema: Any) -> ShardSummary:
    """Writes the rows of a shard and their ledger lines, each file at one stroke.

    Raises:
        OutputError: if the disk is full or the folder cannot be written to.
    """
    root = merkle.root([merkle.leaf(line) for line in lines]).hex()
    write_whole(ledger_path(folder, index), b"".join(line + b"\n" for line in lines))
    data = _parquet_bytes(rows, schema, {ROOT_KEY: root.encode()})
    write_whole(shard_path(folder, index), data)
    return ShardSummary(index, len(rows), len(data), root)


def _parquet_bytes(rows: Sequence[Mapping[str, Any]], schema: Any, metadata: Mapping[bytes, bytes]) -> bytes:
    """A Parquet file; columns of encoded pictures stay as they are, the rest is compressed."""
    pa = pyarrow()
    stamped = schema.with_metadata({VERSION_KEY: str(SCHEMA_VERSION).encode(), **metadata})
    table = pa.Table.from_pylist(list(rows), schema=stamped)
    encoded = {"picture", *(f"guide_{name}" for name in guide.MAPS)}
    compression = {name: "NONE" if name in encoded else "ZSTD" for name in schema.names}
    buffer = io.BytesIO()
    pa.parquet.write_table(table, buffer, row_group_size=BATCH_ROWS, compression=compression, use_dictionary=False, write_statistics=False)
    return buffer.getvalue()


def open_parquet(path: Path) -> Any:
    """A `pyarrow.parquet.ParquetFile`.

    Raises:
        DataError: if the file is missing, broken or of another format.
    """
    pa = pyarrow()
    try:
        file = pa.parquet.ParquetFile(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise DataError(f"{str(path)!r} is no readable shard ({_first_line(error)}). Run the command that made the data again.") from error
    version = (file.schema_arrow.metadata or {}).get(VERSION_KEY, b"none").decode()
    if version != str(SCHEMA_VERSION):
        raise DataError(f"{str(path)!r} has schema {version}; this version reads {SCHEMA_VERSION}. Install the version that wrote it.")
    return file


def summary(folder: Path, index: int) -> ShardSummary:
    """What the footer of a shard says, without reading its rows.

    Raises:
        DataError: if it is broken.
    """
    path = shard_path(folder, index)
    file = open_parquet(path)
    root = file.schema_arrow.metadata.get(ROOT_KEY, b"").decode()
    return ShardSummary(index, file.metadata.num_rows, path.stat().st_size, root)


def read_columns(folder: Path, index: int, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Some columns of a shard, row by row.

    Raises:
        DataError: if the shard is broken.
    """
    path = shard_path(folder, index)
    file = open_parquet(path)
    lacking = [name for name in columns if name not in file.schema_arrow.names]
    if lacking:
        raise DataError(f"{str(path)!r} lacks {', '.join(lacking)}: it holds another kind of data. Choose another folder.")
    try:
        for batch in file.iter_batches(BATCH_ROWS, columns=list(columns)):
            yield from batch.to_pylist()
    except (OSError, pyarrow().ArrowInvalid) as error:
        raise DataError(f"{str(path)!r} is broken ({_first_line(error)}). Run the command that made the data again.") from error


def read_samples(folder: Path, index: int) -> Iterator[Sample]:
    """The samples of a shard in order.

    Raises:
        DataError: if it is broken.
    """
    for row in read_columns(folder, index, _schema().names):
        yield _sample(row)


def _schema() -> Any:
    pa = pyarrow()
    text, binary = pa.string(), pa.large_binary()
    return pa.schema(
        [
            ("id", text),
            ("seed", pa.int64()),
            ("split", text),
            ("family", text),
            ("width_px", pa.int32()),
            ("height_px", pa.int32()),
            ("picture", binary),
            ("captions", pa.list_(pa.struct([("style", text), ("text", text)]))),
            *((name, pa.list_(text)) for name in LABELS),
            *((name, text) for name in SINGLE_LABELS),
            ("description", text),
            ("scene", text),
            *((f"guide_{name}", binary) for name in guide.MAPS),
            ("guide_near_m", pa.float64()),
            ("guide_far_m", pa.float64()),
            ("ledger", text),
        ]
    )


def _row(sample: Sample, line: bytes) -> dict[str, Any]:
    maps = sample.guide or {}
    return {
        "id": sample.id,
        "seed": sample.seed,
        "split": sample.split,
        "family": sample.family,
        "width_px": sample.width_px,
        "height_px": sample.height_px,
        "picture": sample.picture,
        "captions": [{"style": style, "text": text} for style, text in sample.captions],
        **{name: list(sample.labels[name]) for name in LABELS},
        **{name: sample.labels[name] for name in SINGLE_LABELS},
        "description": sample.description,
        "scene": sample.scene,
        **{f"guide_{name}": maps.get(name) for name in guide.MAPS},
        "guide_near_m": sample.near_m,
        "guide_far_m": sample.far_m,
        "ledger": line.decode(),
    }


def _sample(row: Mapping[str, Any]) -> Sample:
    maps = {name: row[f"guide_{name}"] for name in guide.MAPS}
    return Sample(
        id=row["id"],
        seed=row["seed"],
        split=row["split"],
        family=row["family"],
        width_px=row["width_px"],
        height_px=row["height_px"],
        picture=row["picture"],
        captions=tuple((caption["style"], caption["text"]) for caption in row["captions"]),
        labels={**{name: tuple(row[name]) for name in LABELS}, **{name: row[name] for name in SINGLE_LABELS}},
        ledger=json.loads(row["ledger"]),
        description=row["description"],
        scene=row["scene"],
        guide=None if maps["depth"] is None else maps,
        near_m=row["guide_near_m"],
        far_m=row["guide_far_m"],
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
