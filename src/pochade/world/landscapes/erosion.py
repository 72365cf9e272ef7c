"""Erosion on height fields: rivers that cut valleys, slopes that slide.

Rivers follow the stream-power law dh/dt = U - K A^m S with drainage area A and slope S, solved implicitly
along the receiver tree. Both the drainage area and the implicit solution are recurrences along the flow
path, and are computed for all cells at once by pointer doubling.
Source: Braun and Willett, "A very efficient O(n), implicit and parallel method to solve the stream power
equation", 2013, for the law and its implicit step with n = 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, zoom

from pochade.world.landscapes.land import Floats

_NEIGHBOURS = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))


def receivers(height: Floats, cell_m: float, jitter: Floats | None = None) -> tuple[NDArray[np.int32], Floats]:
    """Flat index (R * C) of the neighbour that each cell of (R, C) drains to (itself in a pit), and the distance to it.

    Args:
        jitter: (8, R, C) factors near 1 on the slopes, which break the eight-way pattern of the grid.
    """
    rows, columns = height.shape
    padded = np.pad(height, 1, constant_values=np.float32(3e38))
    best = np.zeros_like(height)
    index = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    receiver, distance = index.copy(), np.full_like(height, cell_m)
    for k, (dy, dx) in enumerate(_NEIGHBOURS):
        length = np.float32(cell_m * np.hypot(dy, dx))
        slope = (height - padded[1 + dy : 1 + dy + rows, 1 + dx : 1 + dx + columns]) * (1 / length)
        if jitter is not None:
            slope *= jitter[k]
        better = slope > best
        np.copyto(best, slope, where=better)
        np.copyto(receiver, index + np.int32(dy * columns + dx), where=better)
        distance[better] = length
    return receiver.ravel(), distance.ravel()


def drainage_area(receiver: NDArray[np.int32], cell_m: float) -> Floats:
    """Area in square metres that drains through each cell, itself included.

    After k rounds each cell holds what lies less than 2^k steps upstream.
    """
    n = len(receiver)
    to = np.append(np.where(receiver == np.arange(n), n, receiver), n)  # pits drain to a sink of their own
    area = np.full(n + 1, cell_m * cell_m)
    area[n] = 0
    while (to[:n] < n).any():
        area += np.bincount(to, area, minlength=n + 1)
        area[n] = 0
        to = to[to]
    return area[:n].astype(np.float32)


def _along_paths(constant: Floats, factor: Floats, receiver: NDArray[np.int32]) -> Floats:
    """Solves h = constant + factor * h[receiver], with factor 0 where a path ends."""
    while factor.max() > 1e-5:
        constant = constant + factor * constant[receiver]
        factor = factor * factor[receiver]
        receiver = receiver[receiver]
    return constant


def stream_power(
    height: Floats,
    uplift: Floats,
    erodibility: Floats | float,
    cell_m: float,
    steps: int,
    years: float,
    rng: np.random.Generator,
    fixed: NDArray[np.bool_] | None = None,
    max_slope: float = 1.1,
) -> Floats:
    """Lets rivers cut `height` (R, C) while the ground rises.

    Args:
        uplift: (R, C), metres a year.
        erodibility: K in 1 / years, for m = 0.5; about 1e-5 gives alpine slopes at an uplift of 1e-3.
        years: length of one step.
        fixed: cells that keep their height (sea level); None: the border.
        max_slope: steepest slope that rock holds; what is steeper slides.
    """
    h = np.asarray(height, np.float32).copy()
    rows, columns = h.shape
    if fixed is None:
        fixed = np.zeros(h.shape, bool)
        fixed[0] = fixed[-1] = fixed[:, 0] = fixed[:, -1] = True
    held = fixed.ravel()
    jitter = rng.uniform(0.75, 1.25, (8, rows, columns)).astype(np.float32)
    k = np.broadcast_to(np.asarray(erodibility, np.float32), h.shape).ravel()
    own = np.arange(rows * columns)
    for _ in range(steps):
        receiver, distance = receivers(h, cell_m, jitter)
        area = drainage_area(receiver, cell_m)
        f = k * np.sqrt(area) * np.float32(years) / distance
        f[(receiver == own) | held] = 0
        raised = h.ravel() + np.where(held, 0, uplift.ravel() * np.float32(years))
        flat = _along_paths(raised / (1 + f), f / (1 + f), receiver)
        h = flat.reshape(rows, columns)
        h = slide(h, cell_m, max_slope, 1)
    return h


def slide(height: Floats, cell_m: float, max_slope: float | Floats, rounds: int) -> Floats:
    """Moves material down wherever a slope to one of the four neighbours is steeper than `max_slope`."""
    h = height.copy()
    limit = np.float32(cell_m) * np.asarray(max_slope, np.float32)
    for _ in range(rounds):
        for axis in (0, 1):
            drop = np.diff(h, axis=axis)
            room = limit if limit.ndim == 0 else (limit[1:] if axis == 0 else limit[:, 1:])
            move = (np.sign(drop) * np.maximum(np.abs(drop) - room, 0) * 0.25).astype(np.float32)
            if axis == 0:
                h[:-1] += move
                h[1:] -= move
            else:
                h[:, :-1] += move
                h[:, 1:] -= move
    return h


def refined(field: Floats, shape: tuple[int, int]) -> Floats:
    """Resamples a field (R, C) to `shape`, corners kept."""
    rows, columns = field.shape
    out = zoom(field, (shape[0] / rows, shape[1] / columns), order=1, mode="nearest", grid_mode=False)
    return gaussian_filter(out, 0.6).astype(np.float32)
