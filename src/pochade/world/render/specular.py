"""What smooth surfaces show of their surroundings: one mirror bounce, and straight and bent ways through glass.

A plan tells it because it is what a network can guess least: which lamp a ring reflects, and what stands behind a glass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pochade.world.mesh import Floats
from pochade.world.render.direct import across, scattered
from pochade.world.render.gloss import SOFT, Met, base_share, coat_share, facets, mirrored, reflected, told_by_rays, towards
from pochade.world.sky import Air, apply_air
from pochade.world.stage import AreaLight, SpotLight, SunLight
from pochade.world.vectors import dots, f32, largest, unit

CROSSINGS = 12
"""Faces of glass that a ray may pass; what it has not left by then it is taken to leave unbent."""
BOUNCES = 2
"""Mirrors in mirrors that are looked into."""
LEAST_FROST = 0.05
"""Roughness of glass from which on it scatters what passes."""
LEAST, LEAST_COAT = 0.015, 0.004
"""Share of a reflection that is worth a ray; clear coats are sharp, so that even a faint one is seen where it mirrors a lamp."""


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What rays can meet.

    Attributes:
        meet: origins (N, 3) and unit directions (N, 3) to what they meet.
        lit: points (N, 3), unit normals (N, 3) towards the viewer and rows of `chances` (N,) to the radiance of matte white there.
        glinting: points, unit normals, unit directions (N, 3) that they are seen along, what is there and rows of `chances` (N,) to the
            radiance of lamps that surfaces mirror there.
        around: directions (N, 3) to radiance (N, 3) of what lies beyond all things.
        lamps: those with a surface are seen.
        air: between a surface and what it mirrors; None: it is too near.
    """

    meet: Callable[[Floats, Floats], Met]
    lit: Callable[[Floats, Floats, NDArray[np.int64]], Floats]
    glinting: Callable[[Floats, Floats, Floats, Met, NDArray[np.int64]], Floats]
    around: Callable[[Floats], Floats]
    lamps: Sequence[AreaLight | SpotLight | SunLight]
    air: Air | None


class Mirrored(NamedTuple):
    """Radiance that N surfaces send to the eye as mirrors and windows, without what they scatter, (N, 3) each.

    Attributes:
        plain: all but the following. coat: what clear coats mirror, without grain.
        behind, light: matte things behind glass show the product of both: their share, and the light on them, which has grain.
        shown, shown_light: the same of matte things in mirrors.
    """

    plain: Floats
    coat: Floats
    behind: Floats
    light: Floats
    shown: Floats
    shown_light: Floats


def specular(first: Met, points: Floats, seen: Floats, chances: Floats, world: Surroundings, grain: Floats | None = None) -> Mirrored:
    """What surfaces send to the eye as mirrors and windows.

    Args:
        first: what was met. points: (N, 3) where. seen: (N, 3) unit directions from the eye.
        chances: (N, 2), 0 to 1, which spread the reflections of rough surfaces.
        grain: see `gloss.reflected`.
    """
    total, smooth, behind, light, shown, shown_light = (np.zeros(points.shape, np.float32) for _ in range(6))
    facing = towards(first.normal, seen)
    cosine = np.clip(-dots(facing, seen), 0, 1)
    share, coat = base_share(first, cosine), coat_share(first, cosine)
    told = share * told_by_rays(first)[:, None]
    base, coated = np.flatnonzero(largest(told) > LEAST), np.flatnonzero(coat > LEAST_COAT)
    rows = np.concatenate([base, coated])
    if len(rows):
        brushed = None if grain is None else grain[base]
        spread, open_ = reflected(seen[base], facing[base], first.roughness[base], chances[base], brushed)
        aimed = np.concatenate([spread, mirrored(seen[coated], facing[coated])])
        blind = np.concatenate([(first.roughness[base] >= SOFT) & (first.through[base] <= 0.5), np.zeros(len(coated), bool)])
        origins = points[rows]
        met = world.meet(origins + facing[rows] * 1e-4, aimed)
        found = _sent(met, origins, aimed, rows, world, blind, scattered=False)
        matte, lit = _scattering(met, origins, aimed, rows, world, blind)
        mirror, plain = told[base] * open_[:, None], slice(len(base))
        total[base], shown[base], shown_light[base] = mirror * found[plain], mirror * matte[plain], lit[plain]
        smooth[coated] = coat[coated, None] * (found + matte * lit)[len(base) :]
    rows = np.flatnonzero(first.through > 0.5)
    if len(rows):
        exact, tints, light[rows] = _through(first.at(rows), points[rows], seen[rows], rows, chances[rows], world)
        total[rows] += (1 - share[rows]) * exact
        behind[rows] = (1 - share[rows]) * tints
    return Mirrored(total, smooth, behind, light, shown, shown_light)


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
    return _sent(met, points, aimed, np.arange(len(points)), replace(world, lamps=(), glinting=_nothing), bounces=0), met


def _nothing(points: Floats, *_: object) -> Floats:
    return np.zeros_like(points)


def with_series(light: Floats, met: Met) -> Floats:
    """What was gathered, with the light of all further bounces: a series whose ratio is the mean of what is met."""
    if not met.hit.any():
        return light
    again = met.albedo.sum(0) / len(light)  # nothing where nothing is met
    factor = np.minimum(1 / np.maximum(1 - again, 1e-3), MOST_BOUNCED)
    return np.where(met.hit[:, None], light * factor, light).astype(np.float32)


def _seen(
    origins: Floats,
    facing: Floats,
    directions: Floats,
    rows: NDArray[np.int64],
    world: Surroundings,
    blind: NDArray[np.bool_],
    bounces: int = BOUNCES,
) -> Floats:
    """Radiance (N, 3) that arrives from directions: of lamps but for the `blind`, of matte and shining things, of what is around."""
    met = world.meet(origins + facing * 1e-4, directions)
    return _sent(met, origins, directions, rows, world, blind, bounces)


def _sent(
    met: Met,
    origins: Floats,
    directions: Floats,
    rows: NDArray[np.int64],
    world: Surroundings,
    blind: NDArray[np.bool_] | None = None,
    bounces: int = BOUNCES,
    scattered: bool = True,
) -> Floats:
    """Radiance (N, 3) of what was met. bounces: how many mirrors in mirrors are looked into. scattered: whether what it scatters counts."""
    found = np.zeros(directions.shape, np.float32)
    nothing = np.flatnonzero(~met.hit)
    if len(nothing):
        found[nothing] = world.around(directions[nothing])
    found += met.shine
    clear = np.flatnonzero(met.hit & (met.metal + met.through > 0))
    if len(clear):
        found[clear] += _cleared(met.at(clear), origins[clear], directions[clear], rows[clear], world, bounces)
    if world.air is not None:
        found[met.hit] = apply_air(found[met.hit], met.distance[met.hit], directions[met.hit], world.air)
    if scattered:
        found += np.multiply(*_scattering(met, origins, directions, rows, world, blind))
    for lamp, before in _lamps_before(met, origins, directions, world, blind):
        found[before] = f32(lamp.radiance)
    return found


def _lamps_before(
    met: Met, origins: Floats, directions: Floats, world: Surroundings, blind: NDArray[np.bool_] | None
) -> Iterator[tuple[AreaLight, NDArray[np.bool_]]]:
    """Lamps with a surface, and where (N,) they stand before what was met; never for the `blind`."""
    for lamp in world.lamps:
        if isinstance(lamp, AreaLight):
            before = _lamp_distance(lamp, origins, directions) < np.where(met.hit, met.distance, np.inf)
            yield lamp, before if blind is None else before & ~blind


def _cleared(met: Met, origins: Floats, directions: Floats, rows: NDArray[np.int64], world: Surroundings, bounces: int) -> Floats:
    """Radiance (N, 3) of what was met as far as it is metal or glass; all rays must meet something."""
    points, facing = _place(met, origins, directions)
    metal = met.metal > 0.5
    # glass behind glass, and the last of mirrors in mirrors, shows about what is around
    second = np.where(metal[:, None], mirrored(directions, facing), directions).astype(np.float32)
    beyond, mirrors = np.zeros_like(points), np.flatnonzero(metal & (bounces > 0))
    plain = np.flatnonzero(~metal | (bounces == 0))
    beyond[plain] = world.around(second[plain])
    if len(mirrors):
        blind = met.roughness[mirrors] >= SOFT
        beyond[mirrors] = _seen(points[mirrors], facing[mirrors], second[mirrors], rows[mirrors], world, blind, bounces - 1)
    found = met.albedo * np.clip(met.metal + met.through, 0, 1)[:, None] * beyond
    if metal.any():
        found[metal] += world.glinting(points[metal], facing[metal], directions[metal], met.at(metal), rows[metal])
    return found


def _scattering(
    met: Met,
    origins: Floats,
    directions: Floats,
    rows: NDArray[np.int64],
    world: Surroundings,
    blind: NDArray[np.bool_] | None = None,
) -> tuple[Floats, Floats]:
    """What arrives of what matte things scatter, as two factors (N, 3): albedo that air lets through, and radiance of matte white there."""
    share, light = np.zeros(directions.shape, np.float32), np.zeros(directions.shape, np.float32)
    matte = np.flatnonzero(met.hit & (met.metal + met.through < 1))
    if len(matte):
        some = met.at(matte)
        share[matte] = some.albedo * (1 - some.metal - some.through)[:, None]
        if world.air is not None:
            share[matte] *= np.exp(-some.distance[:, None] * world.air.extinction)
        light[matte] = world.lit(*_place(some, origins[matte], directions[matte]), rows[matte])
    for _, before in _lamps_before(met, origins, directions, world, blind):
        share[before] = 0
    return share, light


def _place(met: Met, origins: Floats, directions: Floats) -> tuple[Floats, Floats]:
    """Points (N, 3) a little off the surfaces that were met, and their normals (N, 3) towards where the rays come from."""
    facing = towards(met.normal, directions)
    return origins + directions * met.distance[:, None] + facing * 2e-4, facing


def _through(
    met: Met, points: Floats, seen: Floats, rows: NDArray[np.int64], chances: Floats, world: Surroundings
) -> tuple[Floats, Floats, Floats]:
    """Radiance (N, 3) that arrives through glass, bent at each face, tinted at each crossing; and what matte things add, as two factors."""
    found, behind, light = (np.zeros(points.shape, np.float32) for _ in range(3))
    tint = np.ones(points.shape, np.float32)
    origins, directions, inside = points.copy(), seen.copy(), np.zeros(len(points), bool)
    left = np.arange(len(points))
    for crossing in range(CROSSINGS):
        facing = towards(met.normal, directions[left])
        frosted = np.flatnonzero(met.roughness > LEAST_FROST)
        if len(frosted):
            drawn = (chances[left[frosted]] + f32([0.618034, 0.414214]) * crossing) % 1
            facing[frosted] = facets(directions[left[frosted]], facing[frosted], met.roughness[frosted], drawn)
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
                aimed = aimed * f32([1, 1, -1]) ** (aimed[:, 2:] < 0)  # light that is caught in glass mostly leaves it upwards
            beyond = met_next.at(over), origins[at], aimed, rows[at], world
            found[at] = tint[at] * _sent(*beyond, scattered=False)
            share, light[at] = _scattering(*beyond)
            behind[at] = tint[at] * share
        on = np.flatnonzero(glass)
        if not len(on):
            break
        met, left = met_next.at(on), left[on]
        origins[left] += directions[left] * met.distance[:, None]
    return found, behind, light


def _refracted(directions: Floats, facing: Floats, ratio: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Directions (N, 3) behind a face, or mirrored where it lets nothing pass, and where it does.

    Args:
        ratio: (N,) index of refraction on the side of the ray over that behind the face.
    """
    cosine = -dots(directions, facing)
    squared = 1 - ratio**2 * (1 - cosine**2)
    passes = squared > 0
    bent = ratio[:, None] * directions + (ratio * cosine - np.sqrt(np.maximum(squared, 0)))[:, None] * facing
    found = np.where(passes[:, None], bent, mirrored(directions, facing))
    return unit(found).astype(np.float32), passes


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
