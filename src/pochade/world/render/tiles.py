"""Drawn tiles as rays need them: at the size of what a ray stands for, so that fine patterns neither shimmer nor turn to moire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pochade.world.mesh import Floats
from pochade.world.textures import tile

SMALLEST_PX = 8


@dataclass(frozen=True, eq=False)
class Level:
    """A tile of N by N texels, each the mean of those below it.

    Attributes:
        color: (N, N, 3). roughness: (N, N). slope: (N, N, 2) metres of relief per metre of u and of v.
    """

    color: NDArray[np.floating]
    roughness: NDArray[np.floating]
    slope: NDArray[np.float16]


@lru_cache(maxsize=64)
def levels(name: str) -> tuple[Level, ...]:
    """A tile and its means, each level half as wide as the one before."""
    drawn = tile(name)
    relief, texel_m = drawn.height_m, drawn.size_m / len(drawn.height_m)
    slope = np.stack([(np.roll(relief, -1, axis) - np.roll(relief, 1, axis)) / (2 * texel_m) for axis in (1, 0)], -1)
    means = [drawn.color, drawn.roughness[..., None], slope]
    made = []
    while True:
        color, roughness, slope = means
        half = (lambda values: values) if not made else (lambda values: values.astype(np.float16))
        made.append(Level(half(color), half(roughness[..., 0]), slope.astype(np.float16)))
        if len(color) % 2 or len(color) // 2 < SMALLEST_PX:
            return tuple(made)
        means = [(v[::2, ::2] + v[1::2, ::2] + v[::2, 1::2] + v[1::2, 1::2]) / 4 for v in means]


def texels(name: str, uv_m: Floats, size_m: Floats) -> Iterator[tuple[NDArray[np.int64], Level, NDArray[np.int64], NDArray[np.int64]]]:
    """Which texels answer for places: for each level in use the places' indices, the level, rows and columns.

    Args:
        uv_m: (N, 2) metres. size_m: (N,) edge length of what each stands for.
    """
    made, edge_m = levels(name), np.float32(tile(name).size_m)
    wanted = np.log2(np.maximum(size_m, 1e-9) * (len(made[0].color) / edge_m))
    chosen = np.clip(np.rint(wanted), 0, len(made) - 1).astype(np.int8)
    order = np.argsort(chosen, kind="stable")
    cuts = [0, *(np.flatnonzero(np.diff(chosen[order])) + 1).tolist(), len(order)]
    for start, end in pairwise(cuts):
        if start == end:
            continue
        at = order[start:end]
        level = made[chosen[at[0]]]
        size = len(level.color)
        column, row = ((uv_m[at] / edge_m % 1 * size).astype(np.int64) % size).T
        yield at, level, row, column


@lru_cache(maxsize=64)
def steep(name: str) -> float:
    """Root mean square of a tile's slopes along one axis, in metres per metre."""
    return float(np.sqrt(np.mean(np.square(levels(name)[0].slope, dtype=np.float32))))
