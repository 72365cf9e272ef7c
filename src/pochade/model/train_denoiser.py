"""Training the denoiser on pairs of noisy and clean light."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from pochade.core import denoising
from pochade.core.errors import InvalidRequestError
from pochade.core.flow import Floats
from pochade.data import pairs
from pochade.model import state
from pochade.model.config import read_toml, settings_from
from pochade.model.denoiser import Denoiser, DenoiserConfig
from pochade.model.loop import Loop
from pochade.model.train import Machine

KIND = "denoiser"


@dataclass(frozen=True)
class DenoiserRecipe:
    """One run of the denoiser; settings as in `config.Recipe`."""

    name: str
    kind: str = KIND
    net: DenoiserConfig = field(default_factory=DenoiserConfig)
    tile_px: int = 128
    steps: int = 3000
    batch: int = 16
    seed: int = 1
    lr_muon: float = 0.01
    lr_adam: float = 0.002
    weight_decay: float = 0.01
    warmup: float = 0.02
    cooldown: float = 0.5
    clip: float = 1.0
    ema_halflife: float = 0.03
    checkpoint_s: float = 120.0


@dataclass(frozen=True)
class DenoiserReport:
    """One line of `stats.jsonl`: losses of the last steps, and where the run stands."""

    step: int
    steps: int
    loss: float
    loss_noisy: float
    tiles_per_s: float
    elapsed_s: float
    left_s: float


def load_denoiser_recipe(path: Path) -> DenoiserRecipe:
    """Reads a recipe of kind "denoiser".

    Raises:
        InvalidRequestError: if there is no such file, or it holds a key or a value that such a recipe does not have.
    """
    return denoiser_recipe_from({"name": path.stem, **read_toml(path)})


def denoiser_recipe_from(raw: dict[str, Any]) -> DenoiserRecipe:
    """A recipe from plain values.

    Raises:
        InvalidRequestError: for a key or a value that a recipe does not have.
    """
    return settings_from(DenoiserRecipe, DenoiserConfig, raw)


@dataclass(frozen=True, eq=False)
class Tiles:
    """All tiles of a split in memory: network inputs (N, INPUTS, h, w) and clean compressed light (N, 3, h, w), float16."""

    inputs: NDArray[np.float16]
    targets: NDArray[np.float16]


def read_tiles(folder: Path, split: str, tile_px: int) -> Tiles:
    """Reads and prepares the tiles of a split.

    Raises:
        DataError: if a shard is broken or holds something else.
        InvalidRequestError: if there is no tile of that split.
    """
    inputs, targets = [], []
    for planes in pairs.tiles(folder, split, tile_px):  # type: ignore[arg-type]
        full = {name: plane.astype(np.float32) for name, plane in planes.items()}
        made = denoising.prepared(full["noisy"], full["albedo"], full["normal"], full["depth"][..., 0])
        clean = denoising.compressed(full["reference"] / made.base * np.float32(made.scale))
        inputs.append(made.inputs.astype(np.float16))
        targets.append(np.moveaxis(clean, -1, 0).astype(np.float16))
    if not inputs:
        raise InvalidRequestError(
            f"Got {folder}, which has no tiles of {tile_px} px in split {split!r}. Render more, or choose another folder."
        )
    return Tiles(np.stack(inputs), np.stack(targets))


class DenoiserRun(Loop[DenoiserReport]):
    """A run folder and all that is needed to go on with it.

    Raises:
        InvalidRequestError: if the folder holds a run of another recipe, or one that is not to be resumed.
    """

    def __init__(self, recipe: DenoiserRecipe, data: Path, folder: Path, resume: bool = False, machine: Machine | None = None):
        super().__init__(recipe, dataclasses.asdict(recipe), lambda: Denoiser(recipe.net), folder, resume, machine)
        self.recipe = recipe
        self.tiles = read_tiles(data, "train", recipe.tile_px)
        self.forward = self.compiled(self.net)

    def learn(self, number: int) -> tuple[float, float]:
        """One step; returns its loss and what the noisy tiles themselves would have lost."""
        recipe = self.recipe
        rng = np.random.Generator(np.random.SFC64([recipe.seed, number]))
        rows = rng.integers(len(self.tiles.inputs), size=recipe.batch)
        inputs, target = turned(self.tiles.inputs[rows], self.tiles.targets[rows], rng)
        x = torch.from_numpy(inputs).to(self.device, self.dtype).contiguous(memory_format=torch.channels_last)
        clean = torch.from_numpy(target).to(self.device, torch.float32)
        loss = charbonnier(self.forward(x).float() - clean)
        loss.backward()
        with torch.no_grad():
            return float(loss), float(charbonnier(x[:, :3].float() - clean))

    def report(self, losses: Floats, per_step_s: float, saving: bool) -> DenoiserReport:
        """See `Loop.report`."""
        loss, noisy = map(float, losses)
        tiles_per_s = self.recipe.batch / per_step_s
        return DenoiserReport(self.place.step, self.recipe.steps, loss, noisy, tiles_per_s, self.place.elapsed_s, self.left_s(per_step_s))


def turned(
    inputs: NDArray[np.float16], targets: NDArray[np.float16], rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """A batch mirrored, turned and with colours exchanged at random: noise knows neither up nor red."""
    both = np.concatenate([inputs, targets], 1).astype(np.float32)
    for row in both:
        colours = rng.permutation(3)
        for start in (0, 3, denoising.INPUTS):
            row[start : start + 3] = row[start : start + 3][colours]
        if rng.random() < 0.5:
            row[:] = row[:, :, ::-1].copy()
        if rng.random() < 0.5:
            row[:] = row[:, ::-1].copy()
        if rng.random() < 0.5:
            row[:] = row.transpose(0, 2, 1).copy()
    return np.ascontiguousarray(both[:, : denoising.INPUTS]), np.ascontiguousarray(both[:, denoising.INPUTS :])


def charbonnier(difference: torch.Tensor) -> torch.Tensor:
    """Mean absolute difference, smooth at 0. Fireflies pull less at it than at squares."""
    return torch.sqrt(difference.square() + 1e-4).mean()


def load_denoiser(path: Path) -> tuple[Denoiser, DenoiserRecipe]:
    """The network (fp32, for evaluation) of a snapshot.

    Raises:
        InvalidRequestError: if the file is missing or damaged.
    """
    tensors, about = state.read(path)
    recipe = denoiser_recipe_from(about["recipe"])
    net = Denoiser(recipe.net)
    net.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    return net.eval(), recipe
