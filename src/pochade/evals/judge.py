"""Judges at work: exported networks that say what a picture shows. They need no torch."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from pochade.core.errors import ProviderUnavailableError
from pochade.core.flow import Floats
from pochade.core.inference import load_openvino
from pochade.core.labels import ANSWERS, AXES, MOST, Labels
from pochade.data.thumbnails import thumbnail
from pochade.evals.metrics import Pictures
from pochade.runtime import manifest

TOGETHER = 32
"""Pictures looked at at once."""

Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Judged:
    """What a judge says of B pictures, as probabilities; words are in the order of `labels`.

    Attributes:
        features: (B, F) float32. counts: (B, N, C), of N nouns and the classes of `COUNTS`.
        colours, materials: (B, N, ...), of each noun if it is there.
        places: (B, N, 3), see `core.labels.AXES`: the greater of two lies nearer to that axis' end.
        lights, settings, surfaces: (B, ...).
    """

    labels: Labels
    features: Floats
    counts: Floats
    colours: Floats
    materials: Floats
    places: Floats
    lights: Floats
    settings: Floats
    surfaces: Floats

    def row(self, row: int) -> Judged:
        """Of one picture."""
        return Judged(self.labels, **{name: getattr(self, name)[row : row + 1] for name in ANSWERS})

    def present(self) -> Floats:
        """Probability that a noun is there, (B, N)."""
        return 1 - self.counts[..., 0]

    def shown(self, kind: str) -> Floats:
        """Probability that anything in the picture has a colour or material, (B, ...); `kind` is "colours" or "materials"."""
        return 1 - np.prod(1 - self.present()[..., None] * getattr(self, kind), 1)

    def has(self, noun: str) -> Bools:
        """Whether the noun is there, (B,)."""
        return self.present()[:, self._at("nouns", noun)] > 0.5

    def has_count(self, noun: str, count: int) -> Bools:
        """Whether there are as many; from `MOST` on more count as the same, (B,)."""
        return self.counts[:, self._at("nouns", noun)].argmax(-1) == min(count, MOST)

    def looks(self, noun: str, kind: str, word: str) -> Bools:
        """Whether the noun has that colour or material, (B,); `kind` is "colours" or "materials"."""
        return getattr(self, kind)[:, self._at("nouns", noun)].argmax(-1) == self._at(kind, word)

    def stands(self, subject: str, relation: str, other: str) -> Bools:
        """Whether one noun stands so to the other, (B,); relations are those of `AXES`."""
        axis, side = AXES[relation]
        places = self.places[..., axis]
        return side * (places[:, self._at("nouns", subject)] - places[:, self._at("nouns", other)]) > 0

    def lit(self, light: str) -> Bools:
        """Whether the picture has that light, (B,)."""
        return self.lights.argmax(-1) == self._at("lights", light)

    def _at(self, kind: str, word: str) -> int:
        words = getattr(self.labels, kind)
        if word not in words:
            raise ValueError(f"the judge has not learned {word!r} among its {kind}")
        return words.index(word)


class Judge:
    """An exported judge. Calls may overlap; they take turns.

    Args:
        folder: what `pochade export` wrote of a judge. precision: arithmetic, "f32" or "bf16".

    Attributes:
        name: of its recipe. snapshot_sha256: of its weights. size_px: side of what it looks at.

    Raises:
        ProviderUnavailableError: if the weights are missing or damaged, or are no judge's.
    """

    def __init__(self, folder: Path, precision: str = "f32"):
        about = manifest.checked(folder)
        if about.get("kind") != "judge":
            raise ProviderUnavailableError(
                f"The weights in {folder} are no judge's. Train one (`pochade train --recipe judge-cnn`), and export it."
            )
        self.name: str = about["model_id"]
        self.snapshot_sha256: str = about["snapshot_sha256"]
        self.size_px: int = about["size_px"]
        self.labels = Labels.from_plain(about["labels"])
        core = load_openvino().Core()
        options = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
        self._graph = core.compile_model(core.read_model(folder / "judge.xml"), "CPU", options)
        self._turn = threading.Lock()

    def __call__(self, pictures: Pictures | Sequence[Pictures]) -> Judged:
        """Looks at pictures (H, W, 3) uint8, sRGB, of any sizes."""
        parts = [self._asked(pictures[start : start + TOGETHER]) for start in range(0, len(pictures), TOGETHER)]
        said = {name: np.concatenate([part[k] for part in parts]) for k, name in enumerate(ANSWERS)}
        for name in set(ANSWERS) - {"features", "places"}:
            said[name] = softmax(said[name], -1)
        return Judged(self.labels, **said)

    def _asked(self, pictures: Pictures | Sequence[Pictures]) -> list[Floats]:
        small = np.stack([thumbnail(picture, self.size_px) for picture in pictures])
        x = np.moveaxis(small.astype(np.float32) / np.float32(127.5) - 1, -1, 1)
        with self._turn:
            found = self._graph([np.ascontiguousarray(x)])
            return [np.array(found[k], np.float32) for k in range(len(ANSWERS))]
