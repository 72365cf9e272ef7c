"""Sample sheets: what the averaged weights paint of fixed held-out captions and guides, beside the renders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from pochade.core import conditions
from pochade.core.flow import Floats, guided, noise_rand, noisy_inputs, sample
from pochade.model.batches import blank
from pochade.model.learn import text_bias

Forward = Callable[[Tensor, Tensor, Tensor, Tensor], tuple[Tensor, Tensor | None]]


@dataclass(frozen=True, eq=False)
class Subjects:
    """What a sheet shows: pictures (B, H, W, 3) uint8, guides (B, H, W, C) uint8, tokens (B, M)."""

    pictures: NDArray[np.uint8]
    guides: NDArray[np.uint8]
    tokens: NDArray[np.int64]


@dataclass(frozen=True)
class Row:
    """One row of a sheet: with or without guides, in how many steps, at which guidance scale."""

    mode: conditions.GuideMode
    num_steps: int
    guidance_scale: float = 1.0


ROWS = (Row("exact", 1), Row("exact", 4), Row("coarse", 4), Row("none", 8, 2.0))


def painted(forward: Forward, subjects: Subjects, row: Row, dtype: torch.dtype, device: torch.device) -> NDArray[np.uint8]:
    """Pictures (B, H, W, 3) of the subjects; picture k has seed k."""
    count, height, width, _ = subjects.pictures.shape
    guides = [conditions.coarsened(guide, max(height // 16, 1)) if row.mode == "coarse" else guide for guide in subjects.guides]
    told = np.stack([conditions.guide_inputs(guide, row.mode, height, width) for guide in guides])
    noise = np.stack([noise_rand(seed, height, width) for seed in range(count)])
    empty = np.tile(blank(subjects.tokens.shape[1]), (count, 1))

    def once(z: Floats, t: float, tokens: NDArray[np.int64]) -> Floats:
        ids = torch.from_numpy(tokens).to(device)
        with torch.no_grad():
            inputs = (torch.from_numpy(array).to(device, dtype) for array in (noisy_inputs(z, t), told))
            noisy, guide = (tensor.contiguous(memory_format=torch.channels_last) for tensor in inputs)
            return forward(noisy, guide, ids, text_bias(ids))[0].float().cpu().numpy()

    def predict(z: Floats, t: float) -> Floats:
        x = once(z, t, subjects.tokens)
        return x if row.guidance_scale == 1 else guided(x, once(z, t, empty), row.guidance_scale)

    *_, last = sample(predict, noise, row.num_steps)
    return to_pictures(last.x)


def to_pictures(x: Floats) -> NDArray[np.uint8]:
    """(B, 3, H, W) from -1 to 1 as (B, H, W, 3) uint8."""
    return (np.moveaxis(np.clip(x, -1, 1), 1, -1) * 127.5 + 128).astype(np.uint8)


def write_sheet(path: Path, rows: list[NDArray[np.uint8]]) -> None:
    """A PNG of rows of pictures, each (B, H, W, 3)."""
    Image.fromarray(np.concatenate([np.concatenate(list(row), 1) for row in rows])).save(path)
