"""One sample as shards keep it, and its line in the ledger."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pochade.data import guide
from pochade.data.splits import Split

LABELS = ("nouns", "materials", "colours", "counts", "relations", "views", "moods", "light_colours")
"""Labels that are lists. The first four have one entry per noun, empty where nothing is to be said."""
SINGLE_LABELS = ("setting", "surface", "light", "backdrop")

LICENCE = "CC0-1.0"
"""Of what this project renders."""


@dataclass(frozen=True)
class Sample:
    """One sample.

    Attributes:
        id: unique in its data folder.
        seed: of the scene; for a photograph 0.
        family: "products", "food", "landscape", "place", or "photo".
        picture: the file, WebP.
        captions: (style, text); style is "canonical", "short", "medium", "dense", or "given" for a photograph's own.
        labels: by the names of `LABELS` (tuples of str) and `SINGLE_LABELS` (str, empty: nothing to be said).
        description, scene: JSON, or empty for a photograph.
        guide: the maps of `guide.MAPS` as PNG, or None for a photograph. `near_m`, `far_m`: their depth range.
        ledger: what the ledger says of it; see `ledger_line`.
    """

    id: str
    seed: int
    split: Split
    family: str
    width_px: int
    height_px: int
    picture: bytes
    captions: tuple[tuple[str, str], ...]
    labels: Mapping[str, tuple[str, ...] | str]
    ledger: Mapping[str, Any]
    description: str = ""
    scene: str = ""
    guide: Mapping[str, bytes] | None = None
    near_m: float = 0.0
    far_m: float = 0.0

    def digests(self) -> dict[str, str]:
        """SHA-256 of everything that the sample consists of, by the ledger's names."""
        return {
            "picture_sha256": sha256(self.picture),
            "captions_sha256": sha256(canonical_json([list(pair) for pair in self.captions])),
            "labels_sha256": sha256(canonical_json({name: self.labels[name] for name in sorted(self.labels)})),
            "scene_sha256": sha256(f"{self.description}\n{self.scene}".encode()),
            "guide_sha256": "" if self.guide is None else guide.digest(self.guide),
        }

    def ledger_line(self) -> bytes:
        """The sample's line in the ledger, without its line feed: canonical JSON, the data of its Merkle leaf."""
        row = {
            "id": self.id,
            "seed": self.seed,
            "split": self.split,
            "family": self.family,
            "width_px": self.width_px,
            "height_px": self.height_px,
        }
        return canonical_json({**self.ledger, **row, **self.digests()})


def canonical_json(value: Any) -> bytes:
    """Sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
