"""What the own model is told beside words: a guide, as the network takes it. Shared by training and painting."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pochade.core.flow import Floats

GUIDE_CHANNELS = 21
"""Depth 1, normal 3, albedo 3, roughness, metalness, transmission, emission, edges, light 3, specular 3, draft 3; see docs/data.md."""
DEPTH, NORMAL_X, ALBEDO, ROUGHNESS, METALNESS, TRANSMISSION, EDGES = 0, 1, slice(4, 7), 7, 8, 9, 11
LIGHT, SPECULAR, DRAFT = slice(12, 15), slice(15, 18), slice(18, 21)
GUIDE_INPUTS = GUIDE_CHANNELS + 2
"""Two flags follow the maps: the guide is exact, the guide is coarse."""

GuideMode = Literal["none", "exact", "coarse"]

_NEUTRAL_NORMAL = 128


def guide_inputs(channels: NDArray[np.uint8] | None, mode: GuideMode, height_px: int, width_px: int) -> Floats:
    """The guide as network input (GUIDE_INPUTS, H, W): maps from -1 to 1, then the flags; all zero without a guide.

    Args:
        channels: (H, W, GUIDE_CHANNELS) uint8; None only with mode "none".
    """
    made = np.zeros((GUIDE_INPUTS, height_px, width_px), np.float32)
    if mode != "none" and channels is not None:
        made[:GUIDE_CHANNELS] = np.moveaxis(channels, -1, 0).astype(np.float32) / np.float32(127.5) - 1
        made[GUIDE_CHANNELS + (mode == "coarse")] = 1
    return made


def drafted(guide: Any) -> Any:
    """The draft (B, 3, H, W) of exact guides (B, GUIDE_INPUTS, H, W), from -1 to 1; zero for any other. Of arrays or tensors."""
    return guide[:, GUIDE_CHANNELS : GUIDE_CHANNELS + 1] * guide[:, DRAFT]


def coarsened(channels: NDArray[np.uint8], cell_px: int) -> NDArray[np.uint8]:
    """A guide as a rough layout tells it: means over cells, no normals, no edges, no light.

    Args:
        channels: (H, W, GUIDE_CHANNELS) uint8. cell_px: side of a cell, at least 1; cells at the far borders may be smaller.
    """
    height, width, count = channels.shape
    rows, columns = np.arange(0, height, cell_px), np.arange(0, width, cell_px)
    total: Floats = np.add.reduceat(np.add.reduceat(channels.astype(np.float32), rows, 0), columns, 1)
    sizes = np.outer(np.diff([*rows.tolist(), height]), np.diff([*columns.tolist(), width]))
    small = np.add(total / sizes[..., None], 0.5).astype(np.uint8)
    made = small[np.arange(height)[:, None] // cell_px, np.arange(width)[None] // cell_px]
    made[..., NORMAL_X : NORMAL_X + 3] = _NEUTRAL_NORMAL
    made[..., EDGES] = 0
    made[..., LIGHT.start :] = 0
    return made.reshape(height, width, count)


def mirrored(channels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The guide of the mirrored picture: columns reversed, normals turned to the other side. Accepts (..., H, W, GUIDE_CHANNELS)."""
    made = channels[..., ::-1, :].copy()
    made[..., NORMAL_X] = 255 - made[..., NORMAL_X]
    return made


def padded(array: NDArray, multiple: int, axes: tuple[int, int]) -> NDArray:
    """The array with its last rows and columns repeated until both `axes` are multiples of `multiple`; the network needs that."""
    short = {axis: -array.shape[axis] % multiple for axis in axes}
    if not any(short.values()):
        return array
    return np.pad(array, [(0, short.get(axis, 0)) for axis in range(array.ndim)], mode="edge")
