"""What smooth surfaces show of their surroundings: one mirror bounce, and straight and bent ways through glass.

A plan tells it because it is what a network can guess least: which lamp a ring reflects, and what stands behind a glass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pochade.world.mesh import Floats
from pochade.world.render.direct import across, scattered
from pochade.world.stage import AreaLight, SpotLight, SunLight

CROSSINGS = 12
"""Faces of glass that a ray may pass; what it has not left by then it is taken to leave unbent."""
DULL = 0.55
"""Roughness from which on a reflection that is not metal's is too weak and too soft to tell."""
LEAST = 0.015
"""Share of a reflection that is worth a ray."""


@dataclass(frozen=True, eq=False)
class Met:
    """What N rays meet.

    Attributes:
        hit: (N,) bool. distance: (N,) metres, inf where nothing is met.
        normal: (N, 3) shading normal as the mesh has it, unit length; 0 where nothing is met.
        albedo, shine: (N, 3) linear Rec. 709. roughness, metal, through: (N,) 0 to 1.
        ior: (N,) index of refraction. coat: (N,) strength of the gloss of what is neither metal nor glass, 1 is that of an index of 1.5.
    """

    hit: NDArray[np.bool_]
    distance: Floats
    normal: Floats
    albedo: Floats
    shine: Floats
    roughness: Floats
    metal: Floats
    through: Floats
    ior: Floats
    coat: Floats

    def at(self, rows: NDArray[np.int64] | slice) -> Met:
        """Some of them."""
        return Met(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    @classmethod
    def joined(cls, parts: Sequence[Met]) -> Met:
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__dataclass_fields__))


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What rays can meet.

    Attributes:
        meet: origins (N, 3) and unit directions (N, 3) to what they meet.
        lit: points (N, 3), unit normals (N, 3) towards the viewer and rows of `chances` (N,) to the radiance of matte white there.
        around: directions (N, 3) to radiance (N, 3) of what lies beyond all things.
        lamps: those with a surface are seen.
    """

    meet: Callable[[Floats, Floats], Met]
    lit: Callable[[Floats, Floats, NDArray[np.int64]], Floats]
    around: Callable[[Floats], Floats]
    lamps: Sequence[AreaLight | SpotLight | SunLight]


def specular(first: Met, points: Floats, seen: Floats, chances: Floats, world: Surroundings) -> Floats:
    """Radiance (N, 3) that surfaces send to the eye as mirrors and windows, without what they scatter.

    Args:
        first: what was met. points: (N, 3) where. seen: (N, 3) unit directions from the eye.
        chances: (N, 2), 0 to 1, which spread the reflections of rough surfaces.
    """
    total = np.zeros(points.shape, np.float32)
    facing = towards(first.normal, seen)
    cosine = np.clip(-np.einsum("nc,nc->n", facing, seen), 0, 1)
    share = _fresnel(first, cosine)
    rows = np.flatnonzero(share.max(1) > LEAST)
    if len(rows):
        aimed = _reflected(seen[rows], facing[rows], first.roughness[rows], chances[rows])
        total[rows] = share[rows] * _seen(points[rows], facing[rows], aimed, rows, world)
    rows = np.flatnonzero(first.through > 0.5)
    if len(rows):
        total[rows] += (1 - share[rows]) * _through(first.at(rows), points[rows], seen[rows], rows, world)
    return total


MOST_BOUNCED = 4.0
"""Largest factor for the light of all further bounces."""


def gathered(points: Floats, normals: Floats, chances: Floats, world: Surroundings) -> tuple[Floats, Met]:
    """Radiance (N, 3) of matte white surfaces under the sky and what things around reflect, from one direction each; and what is there.

    Lamps and what shines are left out: they are small, and asked for in another way. Light is followed for one bounce; see `with_series`.

    Args:
        points: (N, 3) metres, a little off their surfaces. normals: (N, 3), unit, on the viewer's side. chances: (N, 2), 0 to 1.
    """
    aimed = scattered(normals, chances)
    met = world.meet(points, aimed)
    met = replace(met, shine=np.zeros_like(met.shine))
    return _sent(met, points, aimed, np.arange(len(points)), replace(world, lamps=())), met


def with_series(light: Floats, met: Met) -> Floats:
    """What was gathered, with the light of all further bounces: a series whose ratio is the mean of what is met."""
    if not met.hit.any():
        return light
    again = met.albedo.sum(0) / len(light)  # nothing where nothing is met
    factor = np.minimum(1 / np.maximum(1 - again, 1e-3), MOST_BOUNCED)
    return np.where(met.hit[:, None], light * factor, light).astype(np.float32)


def _fresnel(met: Met, cosine: Floats) -> Floats:
    """Shares (N, 3) of light that are mirrored. Source: C. Schlick, "An Inexpensive BRDF Model", 1994."""
    normal = ((met.ior - 1) / (met.ior + 1)) ** 2
    plain = np.where(met.through > 0.5, normal, 0.04 * met.coat * np.clip((DULL - met.roughness) / DULL, 0, 1))
    at_normal = np.where(met.metal[:, None] > 0.5, met.albedo, plain[:, None])
    clear = (met.metal > 0.5) | (met.through > 0.5)
    grazing = (1 - cosine) ** 5 * np.where(clear, 1, np.clip(plain / 0.04, 0, 1))
    return (at_normal + (1 - at_normal) * grazing[:, None]).astype(np.float32)


def _reflected(seen: Floats, facing: Floats, roughness: Floats, chances: Floats) -> Floats:
    """Directions (N, 3) that surfaces mirror, wider apart for rougher ones, on the surface's outer side.

    Source: the microfacets of B. Walter et al., "Microfacet Models for Refraction through Rough Surfaces", 2007 (GGX).
    """
    u, turn = chances[:, 0], 2 * np.pi * chances[:, 1]
    steep = (1 - u) / (1 + (roughness**4 - 1) * u)  # squared cosine between a facet and the surface
    ring, up = np.sqrt(np.maximum(1 - steep, 0)), np.sqrt(steep)
    sign = np.where(facing[:, 2] >= 0, 1, -1).astype(np.float32)  # a frame without a branch: T. Duff et al., 2017
    a = -1 / (sign + facing[:, 2])
    b = facing[:, 0] * facing[:, 1] * a
    right = np.stack([1 + sign * facing[:, 0] ** 2 * a, sign * b, -sign * facing[:, 0]], -1)
    ahead = np.stack([b, sign + facing[:, 1] ** 2 * a, -facing[:, 1]], -1)
    facet = (ring * np.cos(turn))[:, None] * right + (ring * np.sin(turn))[:, None] * ahead + up[:, None] * facing
    found = mirrored(seen, facet)
    below = np.minimum(np.einsum("nc,nc->n", found, facing) - 0.02, 0)
    found = found - 2 * below[:, None] * facing
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def _seen(origins: Floats, facing: Floats, directions: Floats, rows: NDArray[np.int64], world: Surroundings) -> Floats:
    """Radiance (N, 3) that arrives from directions: of lamps, of matte and shining things, of what is around."""
    met = world.meet(origins + facing * 1e-4, directions)
    return _sent(met, origins, directions, rows, world)


def _sent(met: Met, origins: Floats, directions: Floats, rows: NDArray[np.int64], world: Surroundings) -> Floats:
    found = np.zeros(directions.shape, np.float32)
    nothing = np.flatnonzero(~met.hit)
    if len(nothing):
        found[nothing] = world.around(directions[nothing])
    things = np.flatnonzero(met.hit)
    if len(things):
        facing = towards(met.normal[things], directions[things])
        points = origins[things] + directions[things] * met.distance[things, None] + facing * 2e-4
        # a mirror in a mirror, or glass behind glass, shows about what is around
        second = np.where(met.metal[things, None] > 0.5, mirrored(directions[things], facing), directions[things])
        matte = np.clip(1 - met.metal[things] - met.through[things], 0, 1)[:, None]
        found[things] = met.shine[things] + met.albedo[things] * (
            matte * world.lit(points, facing, rows[things]) + (1 - matte) * world.around(second.astype(np.float32))
        )
    for lamp in world.lamps:
        if isinstance(lamp, AreaLight):
            lit = _lamp_distance(lamp, origins, directions) < np.where(met.hit, met.distance, np.inf)
            found[lit] = np.float32(lamp.radiance)
    return found


def _through(met: Met, points: Floats, seen: Floats, rows: NDArray[np.int64], world: Surroundings) -> Floats:
    """Radiance (N, 3) that arrives through glass; bent at each face, tinted at each crossing."""
    found, tint = np.zeros(points.shape, np.float32), np.ones(points.shape, np.float32)
    origins, directions, inside = points.copy(), seen.copy(), np.zeros(len(points), bool)
    left = np.arange(len(points))
    for crossing in range(CROSSINGS):
        facing = towards(met.normal, directions[left])
        ratio = np.where(inside[left], met.ior, 1 / met.ior)
        bent, passes = _refracted(directions[left], facing, ratio)
        tint[left] *= np.where(passes[:, None], met.albedo, 1)
        inside[left] ^= passes
        directions[left] = bent
        origins[left] += np.where(passes, -1, 1)[:, None] * facing * 1e-4
        met_next = world.meet(origins[left], directions[left])
        glass = met_next.hit & (met_next.through > 0.5) & (crossing + 1 < CROSSINGS)
        over = np.flatnonzero(~glass)
        if len(over):
            at = left[over]
            aimed = directions[at]
            if crossing + 1 == CROSSINGS:
                aimed = aimed * np.float32([1, 1, -1]) ** (aimed[:, 2:] < 0)  # light that is caught in glass mostly leaves it upwards
            found[at] = tint[at] * _sent(met_next.at(over), origins[at], aimed, rows[at], world)
        on = np.flatnonzero(glass)
        if not len(on):
            break
        met, left = met_next.at(on), left[on]
        origins[left] += directions[left] * met.distance[:, None]
    return found


def _refracted(directions: Floats, facing: Floats, ratio: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Directions (N, 3) behind a face, or mirrored where it lets nothing pass, and where it does.

    Args:
        ratio: (N,) index of refraction on the side of the ray over that behind the face.
    """
    cosine = -np.einsum("nc,nc->n", directions, facing)
    squared = 1 - ratio**2 * (1 - cosine**2)
    passes = squared > 0
    bent = ratio[:, None] * directions + (ratio * cosine - np.sqrt(np.maximum(squared, 0)))[:, None] * facing
    found = np.where(passes[:, None], bent, mirrored(directions, facing))
    return (found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)).astype(np.float32), passes


def _lamp_distance(lamp: AreaLight, origins: Floats, directions: Floats) -> Floats:
    """Distances (N,) to the shining side of a lamp along directions, inf where it is missed."""
    at, axis = np.asarray(lamp.position_m, float), np.subtract(lamp.target_m, lamp.position_m)
    axis = axis / np.linalg.norm(axis)
    right, up = across(axis)
    slope = directions @ axis
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = ((at - origins) @ axis) / slope
    spot = origins + directions * np.where(np.isfinite(distance), distance, 0)[:, None] - at
    a, b = spot @ right / lamp.size_m[0] * 2, spot @ up / lamp.size_m[1] * 2
    on = a**2 + b**2 <= 1 if lamp.round else (np.abs(a) <= 1) & (np.abs(b) <= 1)
    return np.where(on & (slope < 0) & (distance > 1e-4), distance, np.inf).astype(np.float32)


def mirrored(directions: Floats, normals: Floats) -> Floats:
    """Directions (N, 3) as plane mirrors with unit normals (N, 3) send them on."""
    return directions - 2 * np.einsum("nc,nc->n", directions, normals)[:, None] * normals


def towards(normal: Floats, directions: Floats) -> Floats:
    """Normals (N, 3) turned against the directions that they are seen along."""
    return np.where(np.einsum("nc,nc->n", normal, directions)[:, None] > 0, -normal, normal)
