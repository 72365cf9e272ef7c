"""Drawn tiles as rays need them: at the size of what a ray stands for, so that fine patterns neither shimmer nor turn to moire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pochade.world.mesh import Floats
from pochade.world.textures import Tile, read_tile

SMALLEST_PX = 8

Halves = NDArray[np.float16]
"""Tiles hold no more than this: they are read from files in half precision."""


@dataclass(frozen=True, eq=False)
class Pyramid:
    """A tile and its means, each level half as wide as the one before.

    Attributes:
        color: of each level (N, N, 3). roughness: (N, N). size_m: edge length of the tile.
        steep: root mean square of the slopes of its relief along one axis, in metres per metre.
    """

    color: tuple[Halves, ...]
    roughness: tuple[Halves, ...]
    size_m: float
    steep: float


@lru_cache(maxsize=24)
def pyramid(name: str) -> Pyramid:
    """The pyramid of a texture name; the tile itself, five times as large, is not kept."""
    drawn = read_tile(name)
    steep = float(np.sqrt(np.mean(np.square(_slopes(drawn)))))
    return Pyramid(_means(drawn.color), _means(drawn.roughness), drawn.size_m, steep)


@lru_cache(maxsize=8)
def slopes(name: str) -> tuple[Halves, ...]:
    """Slopes of a tile's relief, of each level (N, N, 2), metres per metre of u and of v."""
    return _means(_slopes(read_tile(name)))


def texels(name: str, uv_m: Floats, size_m: Floats) -> Iterator[tuple[NDArray[np.int64], int, NDArray[np.int64], NDArray[np.int64]]]:
    """Which texels answer for places: for each level in use the places' indices, the level, rows and columns.

    Args:
        uv_m: (N, 2) metres. size_m: (N,) edge length of what each stands for.
    """
    found = pyramid(name)
    edge_m = np.float32(found.size_m)
    wanted = np.log2(np.maximum(size_m, 1e-9) * (len(found.color[0]) / edge_m))
    chosen = np.clip(np.rint(wanted), 0, len(found.color) - 1).astype(np.int8)
    order = np.argsort(chosen, kind="stable")
    cuts = [0, *(np.flatnonzero(np.diff(chosen[order])) + 1).tolist(), len(order)]
    for start, end in pairwise(cuts):
        if start == end:
            continue
        at = order[start:end]
        level = int(chosen[at[0]])
        size = len(found.color[level])
        column, row = ((uv_m[at] / edge_m % 1 * size).astype(np.int64) % size).T
        yield at, level, row, column


def _slopes(drawn: Tile) -> Floats:
    relief, texel_m = drawn.height_m, drawn.size_m / len(drawn.height_m)
    return np.stack([(np.roll(relief, -1, axis) - np.roll(relief, 1, axis)) / (2 * texel_m) for axis in (1, 0)], -1)


def _means(values: Floats) -> tuple[Halves, ...]:
    made = [values.astype(np.float16)]
    while len(values) % 2 == 0 and len(values) // 2 >= SMALLEST_PX:
        values = (values[::2, ::2] + values[1::2, ::2] + values[::2, 1::2] + values[1::2, 1::2]) / 4
        made.append(values.astype(np.float16))
    return tuple(made)
