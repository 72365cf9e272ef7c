"""What falls on the surfaces of a plan, and what they mirror: each asks with a few rays, and grain is evened out within surfaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from math import dist, prod, sqrt
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from pochade.world.mesh import Floats
from pochade.world.render.backend import threads
from pochade.world.render.direct import Lamp, arrivals, glowlight, interleaved, lamplight, skylight
from pochade.world.render.gloss import Met, base_share, highlights, outward, told_by_rays
from pochade.world.render.rays import Geometry, grain, met
from pochade.world.render.smooth import STEPS_PX, Places, without_specks
from pochade.world.render.specular import LEAST_FROST, Surroundings, gathered, specular, with_series
from pochade.world.render.tree import Hits
from pochade.world.sky import between_map
from pochade.world.stage import AreaLight, Point
from pochade.world.vectors import dots, f32, largest

T = TypeVar("T")

SHADOW_STEPS, WIDE_STEPS, ROUGH_STEPS = STEPS_PX[:1], STEPS_PX[:2], STEPS_PX
"""Passes that take the grain from the shadows of lamps, of wide lamps, and from reflections in rough surfaces."""
WIDE, LONG = 0.3, 0.6
"""Shorter edge of an area lamp, or side of a square as large, in distances from what the camera looks at, from which on it is wide."""
ROUGH = (0.04, 0.14)
"""Roughness from which on reflections have grain, and at which they are nothing but grain."""
FROSTED = (0.15, 0.35)
"""The same of what glass lets through: ice shows its relief, frosted glass only light and shade."""
MIRROR_FACING = 0.995
"""Least cosine between the normals of neighbours whose reflections are averaged: on curved things they show other places."""
GLINT_FACING = 0.98
"""The same for highlights of lamps that rough surfaces show."""
BEHIND_STEPS = STEPS_PX[:2]
"""Passes that take the grain from the light on what is seen through glass; its texture stays as it is."""
SHOWN_STEPS = STEPS_PX[:1]
"""The same of what metal mirrors: more would blur small things in round ones. Glass is as where it lets through."""
FROSTED_BRIGHTEST = 4.0
"""See `smooth.BRIGHTEST`; of what rough glass scatters, lamps make specks."""


@dataclass(frozen=True, eq=False)
class _Asking:
    """Surfaces that ask: what they are, normals towards the eye; where and how they are seen (N, 3); chances (N, 2); grain or None."""

    met: Met
    points: Floats
    seen: Floats
    chances: Floats
    grain: Floats | None

    def at(self, rows: NDArray[np.int64] | slice) -> _Asking:
        along = None if self.grain is None else self.grain[rows]
        return _Asking(self.met.at(rows), self.points[rows], self.seen[rows], self.chances[rows], along)


class _Answers(NamedTuple):
    """What rays brought, with its grain, (N, 3) each.

    Attributes:
        soft, bounced: see `specular.gathered`. lamps, wide: of matte white, under lamps and under wide ones.
        glints: highlights of lamps with a surface. rough, smooth: what is mirrored or let through, and what of it has no grain.
        behind, light, shown, shown_light: see `specular.Mirrored`.
    """

    soft: Floats
    bounced: Met
    lamps: Floats
    wide: Floats
    glints: Floats
    rough: Floats
    smooth: Floats
    behind: Floats
    light: Floats
    shown: Floats
    shown_light: Floats


def shaded(
    g: Geometry, hits: Hits, surfaces: Met, seen: Floats, rays: NDArray[np.int64], shape: tuple[int, int], mirrors: bool
) -> tuple[Floats, Floats | None]:
    """Radiance of matte white on surfaces and, if asked for, what they mirror and let through; (M, 3) each.

    Args:
        hits, surfaces: where M rays end, and what is there. seen: (M, 3) unit directions from the eye.
        rays: (M,) indices of the rays that ask, sorted; see `guide`. shape: rows and columns of the picture.
    """
    pixels, facing = shape[0] * shape[1], outward(surfaces.normal, seen)
    points = f32(g.staged.camera.position_m) + seen * surfaces.distance[:, None]
    points += facing * (5e-4 * surfaces.distance + 1e-5)[:, None]
    chances = (interleaved(*shape).reshape(-1, 2)[rays % pixels] + (rays // pixels)[:, None] * np.float32(0.381966)) % 1
    asking = _Asking(replace(surfaces, normal=facing), points, seen, chances, grain(g, hits) if mirrors else None)
    wide = [lamp for lamp in g.staged.lights if isinstance(lamp, AreaLight) and _is_wide(lamp, g.staged.camera.target_m)]
    parts = in_parts(lambda part: _asked(g, asking.at(part), wide, mirrors), len(points))
    found = _Answers._make((Met.joined if isinstance(some[0], Met) else np.concatenate)(some) for some in zip(*parts, strict=True))
    places = Places.of(points, facing, rays % pixels, rays < pixels, surfaces.distance, shape)
    light = with_series(found.soft, found.bounced)
    if g.glow is not None:
        light += glowlight(g.glow, points, facing, chances, g.tree.occluded)
    light = places.smoothed(without_specks(light))
    lit = light + places.smoothed(found.lamps, SHADOW_STEPS)
    if wide:
        lit += places.smoothed(found.wide, WIDE_STEPS)
    return lit, _mirrored(asking, found, places, light) if mirrors else None


def _is_wide(lamp: AreaLight, seen_m: Point) -> bool:
    away = dist(lamp.position_m, seen_m)
    return min(lamp.size_m) > WIDE * away or sqrt(prod(lamp.size_m)) > LONG * away


def _asked(g: Geometry, asking: _Asking, wide: Sequence[Lamp], mirrors: bool) -> _Answers:
    """What the rays of some surfaces bring."""
    others = (asking.chances[:, ::-1] + np.float32(0.5)) % 1
    place, around = (asking.points, asking.met.normal, asking.chances), _surroundings(g, others)
    lamps, large, glints = (np.zeros_like(asking.points) for _ in range(3))
    rough, smooth, *matte = [np.zeros_like(asking.points)] * 6
    if mirrors:
        rough, smooth, *matte = specular(asking.met, asking.points, asking.seen, asking.chances, around, asking.grain)
    for one in arrivals(g.staged.lights, *place, g.tree.occluded):
        (large if one.lamp in wide else lamps)[one.rows] += one.irradiance * one.level[:, None] / np.float32(np.pi)
        if mirrors:
            there, surface = asking.at(one.rows), isinstance(one.lamp, AreaLight)
            bright = highlights(there.met, there.met.normal, there.seen, one.directions, one.irradiance, not surface, there.grain)
            (glints if surface else smooth)[one.rows] += bright
    return _Answers(*gathered(*place, around), lamps, large, glints, rough, smooth, *matte)


def _surroundings(g: Geometry, chances: Floats) -> Surroundings:
    lamps, blocked, glow, around = g.staged.lights, g.tree.occluded, g.glow, g.staged.environment

    def lit(points: Floats, normals: Floats, rows: NDArray[np.int64]) -> Floats:
        place = points, normals, chances[rows]
        found = lamplight(lamps, *place, blocked)
        if around is not None:
            found += skylight(around.small, *place, g.without_glass.occluded)
        return found if glow is None else found + glowlight(glow, *place, blocked)

    def glinting(points: Floats, normals: Floats, seen: Floats, there: Met, rows: NDArray[np.int64]) -> Floats:
        found = np.zeros_like(points)
        for one in arrivals(lamps, points, normals, chances[rows], blocked):
            here = there.at(one.rows), normals[one.rows], seen[one.rows], one.directions, one.irradiance
            found[one.rows] += highlights(*here, not isinstance(one.lamp, AreaLight))
        return found

    far = np.zeros_like if around is None else partial(between_map, around.clear)
    return Surroundings(lambda origins, aimed: met(g, g.tree.cast(origins, aimed)), lit, glinting, far, lamps, g.staged.air)


def _mirrored(asking: _Asking, found: _Answers, places: Places, light: Floats) -> Floats:
    """What surfaces mirror and let through (M, 3), its grain evened out where they are rough.

    Args:
        light: of matte white without lamps, which is about what dull surfaces mirror.
    """
    surfaces, rough = asking.met, found.rough
    glass = (surfaces.through > 0.5)[:, None]
    matte = ((found.behind, found.light, BEHIND_STEPS), (found.shown * glass, found.shown_light, BEHIND_STEPS),
             (found.shown * ~glass, found.shown_light, SHOWN_STEPS))  # fmt: skip
    for share, lit, steps in matte:
        seen = (largest(share) > 0)[:, None].astype(np.float32)
        if seen.any():
            # means over those places alone where something matte is behind the glass, or in the mirror
            near = places.smoothed(np.repeat(seen, 3, 1), steps)
            rough += share * places.smoothed(without_specks(lit) * seen, steps) / np.maximum(near, 1e-3)
    frosted = np.flatnonzero((surfaces.through > 0.5) & (surfaces.roughness > LEAST_FROST))
    if len(frosted):
        rough[frosted] = without_specks(rough[frosted], FROSTED_BRIGHTEST)
    least, most = (np.where(surfaces.through > 0.5, glass, other) for glass, other in zip(FROSTED, ROUGH, strict=True))
    dull = np.clip((surfaces.roughness - least) / (most - least), 0, 1)[:, None].astype(np.float32)
    if dull.any():
        rough += (places.smoothed(rough, ROUGH_STEPS, MIRROR_FACING) - rough) * dull
    if found.glints.any():
        rough += places.smoothed(found.glints, ROUGH_STEPS, GLINT_FACING)
    share = base_share(surfaces, np.clip(-dots(surfaces.normal, asking.seen), 0, 1))
    return rough + found.smooth + share * (1 - told_by_rays(surfaces))[:, None] * light


LEAST_PART = 8192
"""Rays that are worth a thread."""


def in_parts(task: Callable[[slice], T], count: int) -> list[T]:
    """Results of a task for consecutive parts of `count` rays, done side by side: arithmetic on arrays leaves the interpreter to others."""
    parts = max(1, min(threads(), count // LEAST_PART))
    ends = [count * k // parts for k in range(parts + 1)]
    slices = [slice(start, end) for start, end in pairwise(ends)]
    if parts == 1:
        return [task(slices[0])]
    with ThreadPoolExecutor(parts) as pool:
        return list(pool.map(task, slices))
