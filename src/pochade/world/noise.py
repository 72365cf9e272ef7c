"""Deterministic noise on numpy arrays: gradient noise, fractal sums, cellular noise.

Every function takes an integer `seed`; the lattice values come from a hash, so there is no table to keep
and no global state. Source: gradient noise after Perlin, "Improving Noise", 2002; cellular after Worley, 1996.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def _hash(ix: NDArray[np.int64], iy: NDArray[np.int64], iz: NDArray[np.int64], seed: int) -> NDArray[np.uint32]:
    h = np.atleast_1d(ix * 0x8DA6B343 + iy * 0xD8163841 + iz * 0xCB1AB31F + (seed * 0x9E3779B1 & 0xFFFFFFFF)).astype(np.uint32)
    h ^= h >> np.uint32(15)
    h *= np.uint32(0x2C1B3C6D)
    h ^= h >> np.uint32(12)
    h *= np.uint32(0x297A2D39)
    h ^= h >> np.uint32(15)
    return h.reshape(np.shape(ix))


_GRADIENTS = np.array(
    [[1, 1, 0], [-1, 1, 0], [1, -1, 0], [-1, -1, 0], [1, 0, 1], [-1, 0, 1], [1, 0, -1], [-1, 0, -1],
     [0, 1, 1], [0, -1, 1], [0, 1, -1], [0, -1, -1], [1, 1, 0], [-1, 1, 0], [0, -1, 1], [0, -1, -1]], np.float32)  # fmt: skip


def gradient_noise(points: NDArray[np.floating], seed: int, period: int | tuple[int, int, int] | None = None) -> Array:
    """Gradient noise at points (..., 3) or (..., 2), about -1 to 1, one feature per unit length.

    Args:
        period: lattice period in units, one integer or one per axis, which makes the noise tile; None for no tiling.
    """
    p = np.asarray(points, np.float32)
    if p.shape[-1] == 2:
        p = np.concatenate([p, np.zeros_like(p[..., :1])], -1)
    cell = np.floor(p)
    f = p - cell
    base = cell.astype(np.int64)
    fade = f * f * f * (f * (f * 6 - 15) + 10)
    periods = None if period is None else (period,) * 3 if isinstance(period, int) else period
    total = np.zeros(p.shape[:-1], np.float32)
    for dx in (0, 1):
        wx = fade[..., 0] if dx else 1 - fade[..., 0]
        for dy in (0, 1):
            wy = fade[..., 1] if dy else 1 - fade[..., 1]
            for dz in (0, 1):
                wz = fade[..., 2] if dz else 1 - fade[..., 2]
                ix, iy, iz = base[..., 0] + dx, base[..., 1] + dy, base[..., 2] + dz
                if periods is not None:
                    ix, iy, iz = ix % periods[0], iy % periods[1], iz % periods[2]
                g = _GRADIENTS[_hash(ix, iy, iz, seed) & np.uint32(15)]
                d = g[..., 0] * (f[..., 0] - dx) + g[..., 1] * (f[..., 1] - dy) + g[..., 2] * (f[..., 2] - dz)
                total += wx * wy * wz * d
    return total


def fbm(
    points: NDArray[np.floating], seed: int, octaves: int = 5, gain: float = 0.5, period: int | tuple[int, int, int] | None = None
) -> Array:
    """Fractal sum of gradient noise, frequency doubling per octave, about -1 to 1. Shapes as `gradient_noise`."""
    p = np.asarray(points, np.float32)
    total = np.zeros(p.shape[:-1], np.float32)
    amplitude, norm = 1.0, 0.0
    for octave in range(octaves):
        frequency = 2**octave
        scaled = None if period is None else period * frequency if isinstance(period, int) else tuple(n * frequency for n in period)
        total += amplitude * gradient_noise(p * frequency, seed + 101 * octave, scaled)
        norm += amplitude
        amplitude *= gain
    return total / np.float32(norm)


def ridged(points: NDArray[np.floating], seed: int, octaves: int = 5, gain: float = 0.5, period: int | None = None) -> Array:
    """Ridged fractal noise, 0 to 1, sharp crests (Musgrave). Shapes as `gradient_noise`."""
    p = np.asarray(points, np.float32)
    total = np.zeros(p.shape[:-1], np.float32)
    weight = np.ones(p.shape[:-1], np.float32)
    amplitude, norm = 1.0, 0.0
    for octave in range(octaves):
        scaled = None if period is None else period * 2**octave
        signal = (1 - np.abs(gradient_noise(p * 2**octave, seed + 131 * octave, scaled))) ** 2
        total += amplitude * signal * weight
        weight = np.clip(signal * 2, 0, 1)
        norm += amplitude
        amplitude *= gain
    return total / np.float32(norm)


def cellular(points: NDArray[np.floating], seed: int, period: int | None = None) -> tuple[Array, Array, Array]:
    """Worley noise at points (..., 2) or (..., 3): distances to the nearest and second feature point, and a cell id in [0, 1)."""
    p = np.asarray(points, np.float32)
    flat = p.shape[-1] == 2
    if flat:
        p = np.concatenate([p, np.zeros_like(p[..., :1])], -1)
    base = np.floor(p).astype(np.int64)
    first = np.full(p.shape[:-1], 9.0, np.float32)
    second = np.full(p.shape[:-1], 9.0, np.float32)
    ident = np.zeros(p.shape[:-1], np.float32)
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            for dz in (0,) if flat else (-1, 0, 1):
                ix, iy, iz = base[..., 0] + dx, base[..., 1] + dy, base[..., 2] + dz
                hx, hy, hz = (ix, iy, iz) if period is None else (ix % period, iy % period, iz % period)
                jitter = [_hash(hx, hy, hz, seed + 7 * k).astype(np.float32) / 2**32 for k in range(2 if flat else 3)]
                d = (ix + jitter[0] - p[..., 0]) ** 2 + (iy + jitter[1] - p[..., 1]) ** 2
                if not flat:
                    d = d + (iz + jitter[2] - p[..., 2]) ** 2
                closer = d < first
                second = np.where(closer, first, np.minimum(second, d))
                first = np.where(closer, d, first)
                ident = np.where(closer, _hash(hx, hy, hz, seed + 91).astype(np.float32) / 2**32, ident)
    return np.sqrt(first).astype(np.float32), np.sqrt(second).astype(np.float32), ident.astype(np.float32)


def tiling_fbm(n: int, cells_x: int, cells_y: int, seed: int, octaves: int = 5, gain: float = 0.5) -> Array:
    """Fractal gradient noise (n, n) on a regular grid that repeats at its edges, about -1 to 1.

    Much faster than `fbm` on points, because lattice and fade are separable on a grid. Octaves finer than
    two samples per feature are left out.

    Args:
        cells_x, cells_y: features of the first octave along columns and rows.
    """
    total = np.zeros((n, n), np.float32)
    amplitude, norm = 1.0, 0.0
    position = (np.arange(n, dtype=np.float32) + 0.5) / n
    for octave in range(octaves):
        cx, cy = cells_x * 2**octave, cells_y * 2**octave
        if octave and max(cx, cy) > n // 2:
            break
        ix, iy = np.meshgrid(np.arange(cx, dtype=np.int64), np.arange(cy, dtype=np.int64))
        angle = _hash(ix, iy, np.zeros_like(ix), seed + 101 * octave).astype(np.float32) * np.float32(2 * np.pi / 2**32)
        gx, gy = np.cos(angle), np.sin(angle)
        u, v = position * cx, position * cy
        column, row = np.floor(u).astype(int), np.floor(v).astype(int)
        fu, fv = (u - column)[None, :], (v - row)[:, None]
        wu, wv = fu**3 * (fu * (fu * 6 - 15) + 10), fv**3 * (fv * (fv * 6 - 15) + 10)

        def corner(dy: int, dx: int) -> Array:
            at = np.ix_((row + dy) % cy, (column + dx) % cx)  # noqa: B023 (called within this turn of the loop)
            return gx[at] * (fu - dx) + gy[at] * (fv - dy)  # noqa: B023

        low = corner(0, 0) + wu * (corner(0, 1) - corner(0, 0))
        high = corner(1, 0) + wu * (corner(1, 1) - corner(1, 0))
        total += np.float32(1.45 * amplitude) * (low + wv * (high - low))
        norm += amplitude
        amplitude *= gain
    return total / np.float32(norm)
