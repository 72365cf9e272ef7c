"""Training a judge on one half of the rendered training pictures and their exact labels."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from pochade.core.errors import DataError, InvalidRequestError
from pochade.core.flow import Floats
from pochade.core.labels import Labels, Truth, mirrored, truth
from pochade.data.pack import Pack
from pochade.data.splits import Split
from pochade.data.thumbnails import thumbnail
from pochade.model import state
from pochade.model.batches import ahead
from pochade.model.config import read_toml, settings_from
from pochade.model.judge import Judge, JudgeConfig, JudgeLesson
from pochade.model.loop import Loop
from pochade.model.train import Machine

KIND = "judge"
HALVES = 2
CROPPED = 0.06
"""Largest share of a side that is cut off: no thing leaves the picture."""
BRIGHTER = 0.06
"""Largest change of brightness: far less than from one light to another."""


@dataclass(frozen=True)
class JudgeRecipe:
    """One run of a judge; settings as in `config.Recipe`.

    Attributes:
        half: which half of the training samples it sees, 0 or 1, so that two judges have no picture in common.
        held_out: pictures of the held-out split whose loss is measured before each checkpoint.
    """

    name: str
    kind: str = KIND
    net: JudgeConfig = field(default_factory=JudgeConfig)
    half: int = 0
    steps: int = 6000
    batch: int = 32
    seed: int = 1
    lr_muon: float = 0.01
    lr_adam: float = 0.002
    weight_decay: float = 0.05
    warmup: float = 0.03
    cooldown: float = 0.5
    clip: float = 5.0
    ema_halflife: float = 0.03
    held_out: int = 256
    checkpoint_s: float = 180.0

    def __post_init__(self) -> None:
        if not 0 <= self.half < HALVES:
            raise ValueError(f"half is {self.half}, not 0 or 1")


@dataclass(frozen=True)
class JudgeReport:
    """One line of `stats.jsonl`.

    Attributes:
        loss: sum of the four that follow, means over the last steps. loss_counts: how many of each noun. loss_looks: colours, materials.
        loss_places: left, right, above, before, behind. loss_around: light, setting, surface.
        loss_held_out: of the averaged weights on held-out pictures; None where it was not measured.
    """

    step: int
    steps: int
    loss: float
    loss_counts: float
    loss_looks: float
    loss_places: float
    loss_around: float
    loss_held_out: float | None
    pictures_per_s: float
    elapsed_s: float
    left_s: float


def load_judge_recipe(path: Path) -> JudgeRecipe:
    """Reads a recipe of kind "judge".

    Raises:
        InvalidRequestError: if there is no such file, or it holds a key or a value that such a recipe does not have.
    """
    return settings_from(JudgeRecipe, JudgeConfig, {"name": path.stem, **read_toml(path)})


def half_of(sample_id: str) -> int:
    """The half of the training split that a sample belongs to."""
    return hashlib.sha256(f"judge {sample_id}".encode()).digest()[0] % HALVES


class Shown:
    """The pictures of a split that a judge may look at, with what their labels say.

    Args:
        half: of `half_of`; None: all. most: pictures at most, None: all.

    Raises:
        DataError: if there is none.
    """

    def __init__(self, pack: Pack, split: Split, labels: Labels, size_px: int, half: int | None = None, most: int | None = None):
        self.pack, self.size_px = pack, size_px
        self.at: list[tuple[str, int]] = []
        samples = []
        for name, group in pack.groups.items():
            for row in map(int, group.of_split(split)):
                sample = group.samples[row]
                # nobody has labelled a photograph
                if sample["family"] != "photo" and half in (None, half_of(sample["id"])) and (most is None or len(samples) < most):
                    self.at.append((name, row))
                    samples.append(sample)
        if not samples:
            raise DataError(f"Got {str(pack.folder)!r}, where no rendered sample of split {split!r} is for this judge. Render more.")
        self.truth: Truth = truth(labels, samples)

    def __len__(self) -> int:
        return len(self.at)

    def batch(self, rows: NDArray[np.int64], rng: np.random.Generator | None = None) -> list[NDArray[Any]]:
        """Pictures (B, size_px, size_px, 3) uint8 and the arrays of their `Truth`; augmented where there is an `rng`."""
        pictures, told = [], self.truth.rows(rows)
        orders = told.orders.copy()
        for number, row in enumerate(rows):
            name, place = self.at[row]
            picture = self.pack.groups[name].pictures[place]
            if rng is None:
                pictures.append(thumbnail(picture, self.size_px))
                continue
            pictures.append(altered(picture, self.size_px, rng))
            if rng.random() < 0.5:
                pictures[-1] = pictures[-1][:, ::-1]
                orders[number] = mirrored(orders[number])
        return [np.stack(pictures), told.counts, told.colours, told.materials, orders, told.lights, told.settings, told.surfaces]


def altered(picture: NDArray[np.uint8], size_px: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A thumbnail, cut a little at the borders and a little brighter or darker: what changes no label."""
    height, width = picture.shape[:2]
    left, right = rng.uniform(0, CROPPED / 2, 2) * width
    upper, lower = rng.uniform(0, CROPPED / 2, 2) * height
    small = thumbnail(picture, size_px, (left, upper, width - right, height - lower))
    return np.clip(small * np.float32(1 + rng.uniform(-BRIGHTER, BRIGHTER)) + 0.5, 0, 255).astype(np.uint8)


class JudgeRun(Loop[JudgeReport]):
    """A run folder and all that is needed to go on with it.

    Args:
        labels: the words that the judge learns.

    Raises:
        InvalidRequestError: if the folder holds a run of another recipe or with other labels, or one that is not to be resumed.
        DataError: if the pack is not readable or has no samples for this judge.
    """

    def __init__(self, recipe: JudgeRecipe, pack: Pack, labels: Labels, folder: Path, resume: bool = False, machine: Machine | None = None):
        settings = {**asdict(recipe), "labels": labels.plain()}
        super().__init__(recipe, settings, lambda: Judge(recipe.net, labels), folder, resume, machine)
        self.recipe = recipe
        size_px = recipe.net.size_px
        self.shown = Shown(pack, "train", labels, size_px, recipe.half)
        self.held_out = Shown(pack, "held-out", labels, size_px, most=recipe.held_out) if pack.count("held-out") else None
        self.lesson = self.compiled(JudgeLesson(self.net))  # type: ignore[arg-type]

    def __iter__(self) -> Iterator[JudgeReport]:
        """See `Loop.__iter__`."""
        self._source = ahead(self._batches())
        try:
            yield from super().__iter__()
        finally:
            self._source.close()  # type: ignore[attr-defined]

    def _batches(self) -> Iterator[list[NDArray[Any]]]:
        number = self.place.step
        while True:
            number += 1
            rng = np.random.Generator(np.random.SFC64([self.recipe.seed, number]))
            yield self.shown.batch(rng.integers(len(self.shown), size=self.recipe.batch), rng)

    def learn(self, number: int) -> tuple[float, ...]:
        """See `Loop.learn`."""
        losses = self.lesson(*self._tensors(next(self._source)))
        losses.sum().backward()
        return tuple(losses.detach().tolist())

    def report(self, losses: Floats, per_step_s: float, saving: bool) -> JudgeReport:
        """See `Loop.report`."""
        held_out = self._measured() if saving and self.held_out is not None else None
        counts, looks, places, around = map(float, losses)
        return JudgeReport(
            step=self.place.step,
            steps=self.recipe.steps,
            loss=float(losses.sum()),
            loss_counts=counts,
            loss_looks=looks,
            loss_places=places,
            loss_around=around,
            loss_held_out=held_out,
            pictures_per_s=self.recipe.batch / per_step_s,
            elapsed_s=self.place.elapsed_s,
            left_s=self.left_s(per_step_s),
        )

    def _measured(self) -> float:
        """Loss of the averaged weights on the held-out pictures."""
        assert self.held_out is not None
        lesson = JudgeLesson(Judge(self.recipe.net, Labels.from_plain(self.settings["labels"])).to(self.device))
        lesson.net.load_state_dict(self.optimizer.average)
        losses = []
        with torch.no_grad():
            for start in range(0, len(self.held_out), self.recipe.batch):
                rows = np.arange(start, min(start + self.recipe.batch, len(self.held_out)))
                losses += [float(lesson(*self._tensors(self.held_out.batch(rows))).sum())] * len(rows)
        return float(np.mean(losses))

    def _tensors(self, batch: list[NDArray[Any]]) -> list[torch.Tensor]:
        return [torch.from_numpy(np.ascontiguousarray(array)).to(self.device) for array in batch]


def load_judge(path: Path) -> tuple[Judge, JudgeRecipe, Labels]:
    """The network (fp32, for evaluation) of a snapshot, its recipe, and the words that it knows.

    Raises:
        InvalidRequestError: if the file is missing, damaged, or no judge's.
    """
    tensors, about = state.read(path)
    settings = dict(about["recipe"])
    if settings.get("kind") != KIND:
        raise InvalidRequestError(f"Got {path}, which holds no judge. Choose the snapshot of a run of kind {KIND!r}.")
    labels = Labels.from_plain(settings.pop("labels"))
    recipe = settings_from(JudgeRecipe, JudgeConfig, settings)
    net = Judge(recipe.net, labels)
    net.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    return net.eval(), recipe, labels
