"""What shines in the sky besides the sun: stars and Milky Way, the moon's face, aurora curtains, lightning.

Directions are unit vectors with z up; radiance is linear Rec. 709 in the units of `sky`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, zoom
from scipy.spatial import KDTree

from pochade.world.clouds import fractal
from pochade.world.mesh import Floats

_AZIMUTHS, _ELEVATIONS = 3072, 320  # of the aurora's table


def _volume_noise(points: Floats, octaves: int) -> Floats:
    """Fractal value noise at points (N, 3), about -1 to 1, one feature per unit."""
    grid, total, amplitude = _random_grid(), np.zeros(len(points), np.float32), 1.0
    for octave in range(octaves):
        q = points * np.float32(2**octave) + np.float32(17.3 * octave)
        base = np.floor(q)
        f = q - base
        f = f * f * (3 - 2 * f)
        i = base.astype(np.int64) & 63
        j = (i + 1) & 63
        value = np.zeros(len(points), np.float32)
        for dx in (0, 1):
            for dy in (0, 1):
                ix, iy = (j if dx else i)[:, 0] * 4096, (j if dy else i)[:, 1] * 64
                weight = (f[:, 0] if dx else 1 - f[:, 0]) * (f[:, 1] if dy else 1 - f[:, 1])
                low, high = grid.take(ix + iy + i[:, 2]), grid.take(ix + iy + j[:, 2])
                value += weight * (low + f[:, 2] * (high - low))
        total += np.float32(amplitude) * value
        amplitude *= 0.55
    return total


@lru_cache(maxsize=1)
def _random_grid() -> Floats:
    return np.random.default_rng(64).uniform(-1, 1, 64**3).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Stars:
    """A night's stars.

    Attributes:
        tree: of the unit directions.
        peak: (N,) radiance at the centre of each star.
        color: (N, 3) of mean 1.
        pole, core: (3,) unit vectors of the Milky Way's axis and bright centre.
    """

    tree: KDTree
    peak: Floats
    color: Floats
    pole: Floats
    core: Floats


@lru_cache(maxsize=4)
def stars(seed: int) -> Stars:
    rng = np.random.default_rng([seed, 71])
    azimuth, rise = np.deg2rad(180 + rng.uniform(-40, 40)), np.deg2rad(rng.uniform(8, 32))
    core = np.array([np.cos(rise) * np.sin(azimuth), -np.cos(rise) * np.cos(azimuth), np.sin(rise)])
    lean = np.cross(core, [0, 0, 1.0])
    lean /= np.linalg.norm(lean)
    roll = rng.choice([-1, 1]) * np.deg2rad(rng.uniform(15, 60))
    pole = np.cos(roll) * lean + np.sin(roll) * np.cross(core, lean)
    anywhere = rng.normal(size=(9000, 3))
    turn, off = rng.uniform(0, 2 * np.pi, 7000), rng.normal(0, 0.16, 7000)
    band = np.cos(turn)[:, None] * core + np.sin(turn)[:, None] * np.cross(pole, core) + off[:, None] * pole
    at = np.concatenate([anywhere, band])
    at /= np.linalg.norm(at, axis=1, keepdims=True)
    # Each magnitude fainter has about three times as many stars.
    magnitude = np.log(rng.random(len(at))) / np.log(3.1)  # 0 the faintest
    magnitude[9000:] = np.maximum(magnitude[9000:], -2.5)
    peak = 0.0013 * 10 ** (-0.4 * magnitude * 1.1)
    warmth = np.clip(rng.normal(0, 0.5, len(at)), -1, 1.2)[:, None]
    color = np.where(warmth > 0, 1 + warmth * np.array([0.35, 0.02, -0.45]), 1 - warmth * np.array([-0.28, -0.05, 0.35]))
    return Stars(KDTree(at), *(v.astype(np.float32) for v in (np.minimum(peak, 0.35), color, pole, core)))


def starlight(field: Stars, d: Floats, pixel_deg: float) -> Floats:
    """Radiance (N, 3) of stars and Milky Way on a dark night, without air."""
    latitude = np.arcsin(np.clip(d @ field.pole, -1, 1))
    toward = d @ field.core
    q = np.stack([toward, d @ np.cross(field.pole, field.core), d @ field.pole * 1.7], -1).astype(np.float32)
    clumps = _volume_noise(q * 5, 5)
    lanes = _volume_noise(q * 3.2 + 9, 5)
    bulge = np.exp(-((1 - toward) / 0.10))
    wide = 0.11 + 0.07 * bulge
    band = np.exp(-(((latitude + 0.05 * lanes) / wide) ** 2)) * (0.34 + 0.24 * toward + 0.75 * bulge) * np.exp(0.8 * clumps)
    narrow = 0.045 + 0.05 * np.clip(clumps + 0.3, 0, 1)
    rift = np.exp(-(((latitude - 0.015 + 0.07 * lanes) / narrow) ** 2)) * np.clip(0.9 + 0.9 * lanes, 0, 1)
    band = np.maximum(band, 0) * (1 - 0.88 * rift)
    warm = np.clip(bulge * 1.2, 0, 1)[:, None]
    light = 0.0034 * band[:, None] * (np.array([0.80, 0.92, 1.22]) * (1 - warm) + np.array([1.18, 0.98, 0.82]) * warm)
    if pixel_deg < 0.35:
        pixel = np.deg2rad(pixel_deg)
        distance, which = field.tree.query(d, k=2, distance_upper_bound=4.5 * pixel)
        for k in (0, 1):
            found = np.flatnonzero(np.isfinite(distance[:, k]))
            star = which[found, k]
            size = pixel * (0.5 + 0.25 * np.log10(np.maximum(field.peak[star] / 0.015, 1)))
            light[found] += (field.peak[star] * np.exp(-0.5 * (distance[found, k] / size) ** 2))[:, None] * field.color[star]
    return light.astype(np.float32)


_MARIA = np.array([  # x, y, radius, depth on a disc of radius 1, as seen from northern latitudes
    (-0.35, 0.45, 0.30, 0.9), (0.18, 0.42, 0.20, 0.8), (0.33, 0.18, 0.22, 0.9), (0.60, 0.25, 0.13, 0.8),
    (0.50, -0.08, 0.17, 0.6), (-0.55, 0.02, 0.34, 0.75), (-0.30, -0.30, 0.20, 0.6),
    (-0.50, -0.38, 0.12, 0.7), (-0.05, 0.15, 0.14, 0.5), (0.66, 0.02, 0.12, 0.6)])  # fmt: skip

MOON_RADIUS_DEG = 0.55
"""Of the moon in pictures: twice its true size, as a longer lens shows it."""


def moon_face(d: Floats, moon: Floats, pixel_deg: float) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Indices of the directions on the moon, their cover 0 to 1 and their brightness (K,)."""
    radius = np.deg2rad(MOON_RADIUS_DEG)
    at = np.flatnonzero(d @ moon > np.cos(radius * 1.6))
    right = np.cross(moon, [0, 0, 1.0])
    right /= np.linalg.norm(right)
    up = np.cross(right, moon)
    x, y = d[at] @ right / np.sin(radius), d[at] @ up / np.sin(radius)
    r = np.hypot(x, y)
    cover = np.clip((1 - r) * MOON_RADIUS_DEG / pixel_deg + 0.5, 0, 1)
    ripple = _volume_noise(np.stack([x * 3, y * 3, np.full_like(x, 5.5)], -1).astype(np.float32), 4) * 0.35
    dark = np.zeros_like(x)
    for mx, my, size, depth in _MARIA:
        dark = np.maximum(dark, depth * np.clip(1.35 - np.hypot(x - mx, y - my) / size + ripple, 0, 1))
    craters = 1 + 0.12 * ripple
    return at, cover.astype(np.float32), ((1 - 0.5 * dark) * craters).astype(np.float32)


def _periodic(values: Floats, at: Floats) -> Floats:
    """Linear interpolation in a periodic row."""
    low = np.floor(at)
    i = low.astype(np.int64) % len(values)
    return values[i] + (at - low) * (values[(i + 1) % len(values)] - values[i])


@lru_cache(maxsize=4)
def _aurora_table(seed: int) -> Floats:
    """(azimuths, elevations, 3) radiance of an aurora; columns from -y, elevation in equal steps to the zenith.

    A curtain is a vertical sheet above a line on the ground: along one azimuth, a sheet crossed at the distance rho is seen
    at all altitudes rho * tan(elevation), so the picture is a product of two matrices.
    """
    rng = np.random.default_rng([seed, 83])
    azimuth = ((np.arange(_AZIMUTHS) + 0.5) * 2 * np.pi / _AZIMUTHS).astype(np.float32)
    rho = (15.0 * (1200 / 15.0) ** (np.arange(240) / 239)).astype(np.float32)
    width = np.gradient(rho)
    tilt = float(np.deg2rad(rng.uniform(-35, 35)))
    along, across = rho * np.sin(azimuth - tilt)[:, None], -rho * np.cos(azimuth - tilt)[:, None]
    rays = fractal((2, 2048), (1, 120), seed, 1.3)[0]
    patches = fractal((2, 2048), (1, 14), seed + 3)[0]
    elevation = ((np.arange(_ELEVATIONS) + 0.5) / _ELEVATIONS * np.pi / 2).astype(np.float32)
    altitude = rho[:, None] * np.tan(elevation) + rho[:, None] ** 2 / 12740  # km
    lower = 100.0
    above = np.maximum(altitude - lower, 0)
    rise = 1 / (1 + np.exp(-np.clip((altitude - lower) / 3.0, -30, 30)))
    green = rise * np.exp(-above / 24)
    purple = rise * (0.16 * np.exp(-above / 75) * np.clip(above / 60, 0, 1))
    fringe = 0.14 * np.exp(-(((altitude - lower + 2) / 4) ** 2))
    colors = np.array([[0.10, 1.0, 0.36], [0.85, 0.16, 1.0], [1.0, 0.28, 0.62]])
    profile = np.stack([green, purple, fringe], -1) @ colors / np.cos(elevation)[:, None]  # (rho, E, 3)
    profile = profile.astype(np.float32).reshape(len(rho), -1)
    total = np.zeros((_AZIMUTHS, len(rho)), np.float32)
    for curtain in range(int(rng.integers(2, 5))):
        start = rng.uniform(110, 260) if curtain == 0 else rng.uniform(40, 330) * (1 if rng.random() < 0.85 else -1)
        line = np.zeros_like(along)
        shifted = along + 25 * np.sin(along / 47 + rng.uniform(0, 6))
        for size, reach in ((330, 60), (140, 26), (52, 9), (19, 2.5)):
            wave = np.float32(2 * np.pi / size / rng.uniform(0.8, 1.25))
            line += np.float32(reach * rng.uniform(0.5, 1.1)) * np.sin(shifted * wave + np.float32(rng.uniform(0, 6.28)))
        sheet = 2.2 + 0.5 * width
        offset = across - start - line
        slope = np.abs(np.gradient(offset, axis=1)) / width
        near = np.exp(-((offset / (sheet * np.maximum(slope, 0.25))) ** 2)) * 2.2 / sheet
        place = (shifted + rng.uniform(0, 900)) * np.float32(2048 / 900)
        fine = np.clip(0.6 + 0.95 * _periodic(rays, place), 0.05, 2)
        gate = np.clip(0.55 + 1.5 * _periodic(patches, place / 2), 0.12, 1.4)
        total += near * fine * gate * (width * np.float32(rng.uniform(0.5, 1.0)))
    light = (total @ profile).reshape(_AZIMUTHS, _ELEVATIONS, 3)
    few = light.reshape(_AZIMUTHS // 32, 32, _ELEVATIONS // 8, 8, 3).mean((1, 3))
    few = gaussian_filter(few, (2.8, 3, 0), mode=("wrap", "nearest", "nearest"))  # pyright: ignore[reportArgumentType]
    glow = np.asarray(zoom(few, (32, 8, 1), order=1, mode="grid-wrap", grid_mode=True))
    light = 0.0065 * light + 0.003 * glow
    return (light / (1 + light.max(-1, keepdims=True) / 0.14)).astype(np.float32)


def aurora(seed: int, d: Floats) -> Floats:
    """Radiance (N, 3) of aurora curtains at full strength."""
    table = _aurora_table(seed)
    col = np.remainder(np.arctan2(d[:, 0], -d[:, 1]) / np.float32(2 * np.pi), 1) * _AZIMUTHS - np.float32(0.5)
    row = np.clip(np.arcsin(np.clip(d[:, 2], 0, 1)) * np.float32(_ELEVATIONS * 2 / np.pi) - np.float32(0.5), 0, _ELEVATIONS - 1.001)
    j, i = np.floor(col), np.floor(row)
    fj, fi = (col - j)[:, None], (row - i)[:, None]
    at, to, i = (j.astype(np.int64) % _AZIMUTHS) * _ELEVATIONS, ((j.astype(np.int64) + 1) % _AZIMUTHS) * _ELEVATIONS, i.astype(np.int64)
    flat = table.reshape(-1, 3)
    near = flat.take(at + i, 0) * (1 - fi) + flat.take(at + i + 1, 0) * fi
    far = flat.take(to + i, 0) * (1 - fi) + flat.take(to + i + 1, 0) * fi
    return (near + fj * (far - near)) * np.clip(d[:, 2:] * 12, 0, 1)


@dataclass(frozen=True, eq=False)
class Bolt:
    """A lightning bolt: points along its branches and their brightness, and where it leaves the cloud."""

    tree: KDTree
    strength: Floats
    root: Floats


def _branch(rng: np.random.Generator, start: Floats, end: Floats, rough: float) -> Floats:
    """A jagged line (K, 2) from start to end by midpoint displacement."""
    line = np.stack([start, end])
    for _ in range(7):
        middle = (line[1:] + line[:-1]) / 2
        step = line[1:] - line[:-1]
        side = np.stack([-step[:, 1], step[:, 0]], -1)
        middle = middle + side * rng.normal(0, rough, (len(step), 1))
        merged = np.empty((2 * len(line) - 1, 2))
        merged[::2], merged[1::2] = line, middle
        line = merged
    return line


@lru_cache(maxsize=4)
def bolt(seed: int, azimuth_deg: float) -> Bolt:
    """A bolt that strikes at an azimuth, from 12 to 18 degrees up down to the horizon."""
    rng = np.random.default_rng([seed, 97])
    top = np.array([azimuth_deg, rng.uniform(12, 18)])
    foot = np.array([azimuth_deg + rng.uniform(-4, 4), -0.4])
    trunk = _branch(rng, top, foot, 0.17)
    lines, strengths = [trunk], [np.ones(len(trunk))]
    for _ in range(int(rng.integers(5, 10))):
        at = trunk[int(rng.uniform(0.03, 0.8) * len(trunk))]
        reach = rng.uniform(1.0, 5.5)
        to = at + reach * np.array([rng.choice([-1, 1]) * rng.uniform(0.35, 1.1), -rng.uniform(0.3, 1.0)])
        limb = _branch(rng, at, to, 0.19)
        lines.append(limb)
        strengths.append(rng.uniform(0.15, 0.45) * np.linspace(1, 0.25, len(limb)))
        if rng.random() < 0.6:
            fork = limb[int(rng.uniform(0.2, 0.7) * len(limb))]
            twig = _branch(rng, fork, fork + reach * 0.4 * np.array([rng.uniform(-1, 1), -rng.uniform(0.2, 1)]), 0.2)
            lines.append(twig)
            strengths.append(np.linspace(0.14, 0.04, len(twig)))
    dense, strong = [], []
    for line, strength in zip(lines, strengths, strict=True):
        length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
        at = np.arange(0, length[-1], 0.02)
        dense.append(np.stack([np.interp(at, length, line[:, k]) for k in (0, 1)], -1))
        strong.append(np.interp(at, length, strength))
    azimuth, rise = np.deg2rad(np.concatenate(dense)).T
    points = np.stack([np.cos(rise) * np.sin(azimuth), -np.cos(rise) * np.cos(azimuth), np.sin(rise)], -1)
    return Bolt(KDTree(points), np.concatenate(strong).astype(np.float32), points[0].astype(np.float32))


def boltlight(flash: Bolt, d: Floats, pixel_deg: float) -> Floats:
    """Brightness (N,) of the channel and its glow, 1 at the core of the trunk."""
    light = np.zeros(len(d), np.float32)
    reach = np.deg2rad(3.0)
    near = np.flatnonzero(d @ flash.root > 0.9)
    if not len(near):
        return light
    distance, which = flash.tree.query(d[near], distance_upper_bound=reach)
    found = np.isfinite(distance)
    near, deg, strength = near[found], np.rad2deg(distance[found]), flash.strength[which[found]]
    size = np.maximum(0.055 * (0.5 + 0.5 * strength), 0.5 * pixel_deg)
    core, glow, halo = np.exp(-0.5 * (deg / size) ** 2), 0.09 * np.exp(-deg / 0.22), 0.02 * np.clip(1 - deg / 3, 0, 1) ** 2
    light[near] = strength * (core + glow + halo)
    return light
