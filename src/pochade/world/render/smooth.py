"""Evens out the grain of light that was asked for with one ray per pixel, within surfaces.

Source: after the edge-avoiding wavelets of Dammertz et al., 2010, steered by where surfaces lie alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pochade.world.mesh import Floats
from pochade.world.vectors import largest

STEPS_PX = (1, 3, 9)
"""Distances of the neighbours in the passes; each makes the means' side three times as long, without a gap."""
AROUND = tuple((y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0))
"""Neighbours of a point in the picture, in steps down and to the right."""
SOFTENING_PX = 4
"""The same of one more pass, after the widest, whose means are squares that would be seen."""
GRAIN = (0.03, 0.09)
"""Relative deviation of the means of nine by nine, at which the widest pass begins to count, and where it counts alone."""
FACING = 0.85
"""Least cosine between the normals of neighbours whose light is averaged."""
OFF_PLANE = 0.012
"""Farthest that a neighbour may lie off a surface's plane, in shares of its distance from the eye."""
BRIGHTEST = 12.0
"""Most that one ray may bring, in means of all: more would leave a speck."""


@dataclass(frozen=True, eq=False)
class Places:
    """Where N points lie in a picture.

    Attributes:
        points, normals: (N, 3). pixels: (N,) index into all pixels. reach_m: (N,) how far off its plane a neighbour may lie.
        lead, others: indices of the one point of each pixel that stands for it on maps, and of all further ones.
        maps: points and normals of the leading ones, (3, H, W) each: channels apart, so that each step runs over dense memory.
        there: (H, W), 1 where a pixel has a point, else 0. reach: (H, W) of `reach_m`.
    """

    points: Floats
    normals: Floats
    pixels: NDArray[np.int64]
    reach_m: Floats
    lead: NDArray[np.int64]
    others: NDArray[np.int64]
    maps: tuple[Floats, Floats]
    there: Floats
    reach: Floats
    _near: dict[tuple[int, float], tuple[NDArray[np.bool_], Floats]] = field(default_factory=dict, init=False)
    _beside: dict[float, NDArray[np.bool_]] = field(default_factory=dict, init=False)

    @classmethod
    def of(
        cls,
        points: Floats,
        normals: Floats,
        pixels: NDArray[np.int64],
        leading: NDArray[np.bool_],
        distance_m: Floats,
        shape: tuple[int, int],
    ) -> Self:
        """leading: (N,) bool, true for at most one point of each pixel. distance_m: (N,) from the eye. shape: rows and columns."""
        lead, reach_m = np.flatnonzero(leading), OFF_PLANE * distance_m
        there, reach = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        there.reshape(-1)[pixels[lead]] = 1
        reach.reshape(-1)[pixels[lead]] = reach_m[lead]
        maps = tuple(_spread(array[lead], pixels[lead], shape) for array in (points, normals))
        return cls(points, normals, pixels, reach_m, lead, np.flatnonzero(~leading), maps, there, reach)  # type: ignore[arg-type]

    def smoothed(self, values: Floats, steps_px: tuple[int, ...] = STEPS_PX, facing: float = FACING) -> Floats:
        """Means (N, 3) of values over those near in the picture and on the same surface.

        Args:
            steps_px: passes; with all of STEPS_PX the last counts only where the others left grain.
            facing: least cosine between the normals of neighbours that are averaged.
        """
        on_map = self.pixels[self.lead]
        made = _spread(values[self.lead], on_map, self.there.shape)
        made = np.concatenate([made, made.sum(0, keepdims=True) ** 2])
        for step in steps_px[:2]:
            made = self._pass(made, step, facing)
        if len(steps_px) > 2:
            bright = made[:3].sum(0)
            grain = np.sqrt(np.maximum(made[3] - bright**2, 0)) / 9 / np.maximum(bright, 1e-9)
            wide = np.clip((grain - GRAIN[0]) / (GRAIN[1] - GRAIN[0]), 0, 1)
            if wide.any():
                made += (self._pass(made, steps_px[2], facing) - made) * wide
                made += (self._pass(made, SOFTENING_PX, facing) - made) * wide
        found = values.copy()
        found[self.lead] = made[:3].reshape(3, -1)[:, on_map].T
        if len(self.others):
            found[self.others] = self._from_neighbours(values[self.others], made[:3], facing)
        return found

    def _pass(self, values: Floats, step: int, facing: float) -> Floats:
        height, width = self.there.shape
        same, count = self._neighbours(step, facing)
        wide = np.pad(values, [(0, 0), (step, step), (step, step)])
        total = values * self.there
        for (y, x), share in zip(AROUND, same, strict=True):
            down, right = (1 + y) * step, (1 + x) * step
            total += wide[:, down : down + height, right : right + width] * share
        return total / count

    def _neighbours(self, step: int, facing: float) -> tuple[NDArray[np.bool_], Floats]:
        """Whether those AROUND lie on the same surface (8, H, W), and how many points a mean is of, at least 1; kept, as all passes ask."""
        if (step, facing) not in self._near:
            height, width = self.there.shape
            points, normals = self.maps
            wide = [np.pad(array, [(0, 0), (step, step), (step, step)]) for array in (points, normals)]
            there = np.pad(self.there > 0, step)
            level, same = _dot(normals, points), np.empty((len(AROUND), height, width), bool)
            for (y, x), share in zip(AROUND, same, strict=True):
                down, right = (1 + y) * step, (1 + x) * step
                point, normal = (array[:, down : down + height, right : right + width] for array in wide)
                exists = there[down : down + height, right : right + width]
                share[:] = exists & _one_surface(normals, level, self.reach, point, normal, facing)
            self._near[step, facing] = same, np.maximum(same.sum(0, dtype=np.float32) + self.there, 1)
        return self._near[step, facing]

    def _from_neighbours(self, values: Floats, smooth: Floats, facing: float) -> Floats:
        """Second surfaces of a pixel: means of what the pixels around have on the same surface; their own values where none has."""
        height, width = self.there.shape
        rows, columns = np.divmod(self.pixels[self.others], width)
        around = [np.clip(rows + y, 0, height - 1) * width + np.clip(columns + x, 0, width - 1) for y in (-1, 0, 1) for x in (-1, 0, 1)]
        if facing not in self._beside:
            points, normals, reach = self.points[self.others].T, self.normals[self.others].T, self.reach_m[self.others]
            level, there = _dot(normals, points), self.there.reshape(-1) > 0
            point, normal = (array.reshape(3, -1) for array in self.maps)
            self._beside[facing] = np.stack(
                [there[at] & _one_surface(normals, level, reach, point[:, at], normal[:, at], facing) for at in around]
            )
        same, flat = self._beside[facing], smooth.reshape(3, -1)
        total = sum(flat[:, at] * share for at, share in zip(around, same, strict=True))
        count = same.sum(0)
        return np.where(count > 0, total / np.maximum(count, 1), values.T).T.astype(np.float32)


def _one_surface(normals: Floats, level: Floats, reach: Floats, point: Floats, normal: Floats, facing: float) -> NDArray[np.bool_]:
    """Whether neighbours, (3, ...) each, lie on the surfaces through points of that `level` along their normals."""
    return (np.abs(_dot(normals, point) - level) <= reach) & (_dot(normals, normal) >= facing)


def _dot(a: Floats, b: Floats) -> Floats:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def without_specks(values: Floats, most: float = BRIGHTEST) -> Floats:
    """Values (N, 3), none of them brighter than `most` times their mean."""
    if not len(values):
        return values
    bright = largest(values)
    return values * np.minimum(1, most * bright.mean() / np.maximum(bright, 1e-9))[:, None]


def _spread(values: Floats, pixels: NDArray[np.int64], shape: tuple[int, int]) -> Floats:
    """(N, 3) as maps (3, H, W), 0 elsewhere."""
    made = np.zeros((3, shape[0] * shape[1]), np.float32)
    made[:, pixels] = values.T
    return made.reshape(3, *shape)
