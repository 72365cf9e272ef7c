"""Noisy and clean light of the same scenes, for training the denoiser: one row per picture, cut into tiles when read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pochade.core.errors import DataError
from pochade.data import shards
from pochade.data.records import canonical_json, sha256
from pochade.data.splits import Split

Halfs = NDArray[np.float16]

PLANES: Mapping[str, int] = {"noisy": 3, "variance": 1, "albedo": 3, "normal": 3, "depth": 1, "cover": 1, "reference": 3}
"""Arrays of a pair and their channels, float16."""

_LARGEST = 6e4
"""Light is cut there: float16 ends at 65,504."""


@dataclass(frozen=True, eq=False)
class NoisePair:
    """One picture with few samples per pixel, and with many.

    Attributes:
        spp, reference_spp: samples per pixel of `noisy` and of `reference`.
        exposure: the factor that `noisy` and `reference` were multiplied with (and `variance` with its square), as metered.
        description: JSON of what was rendered.
        planes: by the names of `PLANES`, (H, W, C) float16. noisy, reference: linear Rec. 709; variance: of the noisy luminance;
            albedo: linear Rec. 709; normal: world space; depth: metres along the ray; cover: share of rays that meet something.
    """

    id: str
    seed: int
    split: Split
    family: str
    spp: int
    reference_spp: int
    exposure: float
    planes: Mapping[str, Halfs]
    ledger: Mapping[str, Any]
    description: str = ""

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height."""
        height, width = self.planes["noisy"].shape[:2]
        return width, height

    def ledger_line(self) -> bytes:
        """The pair's line in the ledger, without its line feed."""
        width, height = self.size_px
        row = {
            "id": self.id,
            "seed": self.seed,
            "split": self.split,
            "family": self.family,
            "spp": self.spp,
            "reference_spp": self.reference_spp,
            "width_px": width,
            "height_px": height,
            "description_sha256": sha256(self.description.encode()),
            "planes_sha256": sha256(b"".join(bytes.fromhex(sha256(self.planes[name].tobytes())) for name in PLANES)),
        }
        return canonical_json({**self.ledger, **row})


def halfs(array: NDArray[np.floating]) -> Halfs:
    """(H, W) or (H, W, C) as (H, W, C) float16, what is too large cut off."""
    return np.clip(array if array.ndim == 3 else array[..., None], -_LARGEST, _LARGEST).astype(np.float16)


def write_shard(folder: Path, index: int, pairs: list[NoisePair]) -> shards.ShardSummary:
    """Writes a shard of pairs; see `shards.write`."""
    lines = [pair.ledger_line() for pair in pairs]
    rows = [_row(pair, line) for pair, line in zip(pairs, lines, strict=True)]
    return shards.write(folder, index, rows, lines, _schema())


def read_pairs(folder: Path, index: int) -> Iterator[NoisePair]:
    """The pairs of a shard in order.

    Raises:
        DataError: if it is broken, or holds something else.
    """
    for row in shards.read_columns(folder, index, _schema().names):
        yield _pair(row)


def tiles(folder: Path, split: Split, tile_px: int = 128) -> Iterator[dict[str, Halfs]]:
    """All whole tiles of `tile_px` a side of a split, each as its planes, (tile_px, tile_px, C) float16.

    Raises:
        DataError: if a shard is broken or holds something else.
    """
    for index in shards.indices(folder):
        for pair in read_pairs(folder, index):
            if pair.split != split:
                continue
            width, height = pair.size_px
            for y in range(0, height - tile_px + 1, tile_px):
                for x in range(0, width - tile_px + 1, tile_px):
                    yield {name: plane[y : y + tile_px, x : x + tile_px] for name, plane in pair.planes.items()}


def _schema() -> Any:
    pa = shards.pyarrow()
    text, whole = pa.string(), pa.int32()
    return pa.schema(
        [
            ("id", text),
            ("seed", pa.int64()),
            ("split", text),
            ("family", text),
            ("width_px", whole),
            ("height_px", whole),
            ("spp", whole),
            ("reference_spp", whole),
            ("exposure", pa.float64()),
            *((name, pa.large_binary()) for name in PLANES),
            ("description", text),
            ("ledger", text),
        ]
    )


def _row(pair: NoisePair, line: bytes) -> dict[str, Any]:
    width, height = pair.size_px
    return {
        "id": pair.id,
        "seed": pair.seed,
        "split": pair.split,
        "family": pair.family,
        "width_px": width,
        "height_px": height,
        "spp": pair.spp,
        "reference_spp": pair.reference_spp,
        "exposure": pair.exposure,
        **{name: np.ascontiguousarray(pair.planes[name]).tobytes() for name in PLANES},
        "description": pair.description,
        "ledger": line.decode(),
    }


def _pair(row: Mapping[str, Any]) -> NoisePair:
    height, width = row["height_px"], row["width_px"]
    try:
        planes = {name: np.frombuffer(row[name], np.float16).reshape(height, width, depth) for name, depth in PLANES.items()}
    except ValueError as error:
        raise DataError(f"The planes of {row['id']} are not {width}x{height} ({error}). Render this shard again.") from error
    return NoisePair(
        id=row["id"],
        seed=row["seed"],
        split=row["split"],
        family=row["family"],
        spp=row["spp"],
        reference_spp=row["reference_spp"],
        exposure=row["exposure"],
        planes=planes,
        ledger=json.loads(row["ledger"]),
        description=row["description"],
    )
