"""Light that falls straight onto surfaces, with shadows: one ray per pixel and lamp and one for what is around, no bounce.

A plan tells it because it decides a picture's shadows, and costs milliseconds where light transport costs seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pochade.world.mesh import Floats
from pochade.world.sky import from_map
from pochade.world.stage import AreaLight, SpotLight, SunLight
from pochade.world.vectors import dots, f32, largest, lengths, unit

Lamp = AreaLight | SpotLight | SunLight
Occluded = Callable[[Floats, Floats, Floats], NDArray[np.bool_]]
"""Origins (N, 3), unit directions (N, 3), reaches (N,) in metres -> whether something lies between."""

BEAM_SHARE = 0.7
"""Part of a spotlight's half angle in which it shines at full strength; `build` gives Mitsuba the same."""


@dataclass(frozen=True, eq=False)
class Arrival:
    """What arrives of one lamp where nothing lies between.

    Attributes:
        lamp: the lamp. rows: (M,) the points that it reaches. directions: (M, 3) towards it. irradiance: (M, 3) on a surface that faces it.
        level: (M,) cosine between the direction and the surface's normal.
    """

    lamp: Lamp
    rows: NDArray[np.int64]
    directions: Floats
    irradiance: Floats
    level: Floats


def arrivals(lamps: Sequence[Lamp], points: Floats, normals: Floats, chances: Floats, occluded: Occluded) -> Iterator[Arrival]:
    """What arrives of each lamp.

    Area lamps are sampled at one point per surface point, a different one for each, so their soft shadows come as grain.

    Args:
        points: (N, 3) metres, a little off their surfaces. normals: (N, 3), unit.
        chances: (N, 2), 0 to 1, which choose the point of each lamp; see `interleaved`.
    """
    u, v = chances.T
    for lamp in lamps:
        directions, reaches, irradiance = _arriving(lamp, points, u, v)
        level = dots(directions, normals)
        chosen = np.flatnonzero((level > 0) & (largest(irradiance) > 0))
        if len(chosen):
            chosen = chosen[~occluded(points[chosen], directions[chosen], reaches[chosen])]
            yield Arrival(lamp, chosen, directions[chosen], irradiance[chosen], level[chosen])


def lamplight(lamps: Sequence[Lamp], points: Floats, normals: Floats, chances: Floats, occluded: Occluded) -> Floats:
    """Radiance (N, 3) that matte white surfaces would have under the lamps alone, linear Rec. 709. Arguments as for `arrivals`."""
    total = np.zeros(points.shape, np.float32)
    for one in arrivals(lamps, points, normals, chances, occluded):
        total[one.rows] += one.irradiance * one.level[:, None] / np.float32(np.pi)
    return total


@dataclass(frozen=True, eq=False)
class Glow:
    """Shining triangles.

    Attributes:
        corners: (T, 3, 3) metres, the shining side counter-clockwise. radiance: (T, 3) linear Rec. 709. power: (T,) running sum of the
            share of all light that each sends, up to 1. areas: (T,) square metres.
    """

    corners: Floats
    radiance: Floats
    power: NDArray[np.float64]
    areas: Floats

    @classmethod
    def of(cls, corners: Floats, radiance: Floats) -> Glow | None:
        """None if nothing shines."""
        areas = lengths(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])) / 2
        power = np.cumsum(areas * radiance.sum(1), dtype=np.float64)
        return cls(corners, radiance, power / power[-1], areas) if len(power) and power[-1] > 0 else None


def glowlight(glow: Glow, points: Floats, normals: Floats, chances: Floats, occluded: Occluded) -> Floats:
    """Radiance (N, 3) of matte white surfaces under shining things alone: from one point of them each, chosen by what they send.

    Args:
        points, normals, chances: as for `lamplight`.
    """
    u, v = chances.T.astype(np.float64)
    index = np.minimum(np.searchsorted(glow.power, u, side="right"), len(glow.power) - 1)
    before = np.concatenate([[0.0], glow.power])[index]
    share = np.maximum(glow.power[index] - before, 1e-12)
    a, b, c = (glow.corners[index, k] for k in range(3))
    root, v = np.sqrt(np.clip((u - before) / share, 0, 1))[:, None], v[:, None]
    offset = a * (1 - root) + b * (root * (1 - v)) + c * (root * v) - points
    distance = np.maximum(lengths(offset), 1e-6)
    directions = (offset / distance[:, None]).astype(np.float32)
    axis = np.cross(b - a, c - a)
    towards = -dots(unit(axis, 1e-12), directions)
    facing = dots(normals, directions)
    strength = np.maximum(towards, 0) * np.maximum(facing, 0) * glow.areas[index] / share / distance**2 / np.pi
    chosen = np.flatnonzero(strength > 0)
    total = np.zeros(points.shape, np.float32)
    if len(chosen):
        chosen = chosen[~occluded(points[chosen], directions[chosen], (distance[chosen] * 0.995 - 1e-4).astype(np.float32))]
        total[chosen] = glow.radiance[index[chosen]] * strength[chosen, None]
    return total


def skylight(around: Floats, points: Floats, normals: Floats, chances: Floats, occluded: Occluded) -> Floats:
    """Radiance (N, 3) that matte white surfaces would have under an environment's map alone, from one direction each.

    Args:
        around: (H, 2H, 3), convention of `sky.directions`. points, normals, chances: as for `lamplight`.
    """
    aimed = scattered(normals, chances)
    total = from_map(around, aimed)
    total[occluded(points, aimed, np.full(len(points), 1e6, np.float32))] = 0
    return total


def scattered(normals: Floats, chances: Floats) -> Floats:
    """Unit directions (N, 3) about normals (N, 3), as matte surfaces scatter: with the cosine's density. chances: (N, 2), 0 to 1."""
    u, v = chances.T
    height, turn = 2 * v - 1, np.float32(2 * np.pi) * u
    ring = np.sqrt(np.maximum(1 - height**2, 0))
    aimed = normals + np.float32(0.999) * np.stack([ring * np.cos(turn), ring * np.sin(turn), height], -1)
    return unit(aimed).astype(np.float32)


def interleaved(height_px: int, width_px: int) -> Floats:
    """Two numbers from 0 to 1 for each pixel, (H, W, 2): spread evenly over every three by three of them, so that grain averages out.

    Source: interleaved gradient noise, J. Jimenez, "Next Generation Post Processing in Call of Duty", SIGGRAPH 2014.
    """
    y, x = np.mgrid[:height_px, :width_px].astype(np.float64)
    return np.stack([52.9829189 * ((0.06711056 * a + 0.00583715 * b) % 1) % 1 for a, b in ((x, y), (y, x))], -1).astype(np.float32)


def _arriving(lamp: Lamp, points: Floats, u: Floats, v: Floats) -> tuple[Floats, Floats, Floats]:
    """Directions (N, 3) towards a lamp, reaches (N,), and irradiance (N, 3) on a surface that faces it."""
    if isinstance(lamp, SunLight):
        axis = np.asarray(lamp.direction, float)
        spread = np.tan(np.radians(lamp.angular_radius_deg))
        right, up = (np.float32(spread * way) for way in across(axis))
        a, b = _disc(u, v)
        aimed = unit(np.float32(axis) + a[:, None] * right + b[:, None] * up)
        return aimed, np.full(len(points), 1e6, np.float32), np.broadcast_to(f32(lamp.irradiance), points.shape)
    at, axis = f32(lamp.position_m), np.subtract(lamp.target_m, lamp.position_m)
    axis = axis / np.linalg.norm(axis)
    if isinstance(lamp, AreaLight):
        right, up = (np.float32(way * size / 2) for way, size in zip(across(axis), lamp.size_m, strict=True))
        a, b = _disc(u, v) if lamp.round else (2 * u - 1, 2 * v - 1)
        offset = at + a[:, None] * right + b[:, None] * up - points
    else:
        offset = at - points
    distance = np.maximum(lengths(offset), 1e-6)
    directions = offset / distance[:, None]
    towards = -(directions @ np.float32(axis))
    if isinstance(lamp, AreaLight):
        area = lamp.size_m[0] * lamp.size_m[1] * (np.pi / 4 if lamp.round else 1)
        strength, colour = np.maximum(towards, 0) * np.float32(area), lamp.radiance
    else:
        cutoff = np.radians(lamp.cutoff_deg)
        angle = np.arccos(np.clip(towards, -1, 1))
        strength, colour = np.clip((cutoff - angle) / (cutoff * (1 - BEAM_SHARE)), 0, 1), lamp.intensity
    return directions, distance * np.float32(0.999), ((strength / distance**2)[:, None] * f32(colour)).astype(np.float32)


def across(axis: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two directions that are at right angles to an axis and to each other; the first is level."""
    right = np.cross(axis, (0, 0, 1) if abs(axis[2]) < 0.99 else (0, 1, 0))
    right /= np.linalg.norm(right)
    return right, np.cross(right, axis)


def _disc(u: Floats, v: Floats) -> tuple[Floats, Floats]:
    radius, turn = np.sqrt(u), np.float32(2 * np.pi) * v
    return radius * np.cos(turn), radius * np.sin(turn)
