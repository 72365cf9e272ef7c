"""Air before what smooth surfaces mirror: a lake shows mountains as hazy as they are.

The path tracer knows no air; what lies between the camera and the surfaces that it sees is added afterwards. This is the same for the
second part of the way, from water to what it mirrors.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from pochade.world import sky as skies
from pochade.world.mesh import Floats
from pochade.world.render.backend import load_mitsuba
from pochade.world.render.bsdf import PAINTED_SPECULAR
from pochade.world.render.features import central_directions
from pochade.world.render.gloss import TOLD
from pochade.world.render.trace import primary_rays
from pochade.world.sky import Air
from pochade.world.stage import Stage

F0 = 0.08 * PAINTED_SPECULAR
"""Share that painted surfaces mirror head on. Source: B. Burley, "Physically-Based Shading at Disney", 2012."""

COARSE_PX = 2
"""Without LLVM, of how many rows and columns one is asked."""


@dataclass(frozen=True, eq=False)
class Haze:
    """What air does to mirrored light, means over pixels, (H, W, 3) float32.

    Attributes:
        lost: share of a surface's radiance that does not get through, 0 to 1. gained: radiance that the air sends instead.
    """

    lost: Floats
    gained: Floats

    def before(self, radiance: Floats) -> Floats:
        """Radiance (H, W, 3) of surfaces, air before what they mirror counted in."""
        return radiance * (1 - self.lost) + self.gained


def haze(scene: Any, stage: Stage, width_px: int, height_px: int, spp: int, seed: int = 0) -> Haze | None:
    """The air before what a stage's first surfaces mirror; None without air, and where nothing is smooth and wide enough.

    Rough surfaces are left out, since they mirror no place in particular, and so is the tint of metals.

    Args:
        scene: the stage, as `build` made it. spp: samples per pixel.
    """
    air = stage.air
    if air is None or not any(item.roughness is not None and item.roughness.min() < TOLD[1] for item in stage.items):
        return None
    if load_mitsuba().variant().startswith("scalar"):
        at, told = _one_by_one(scene, width_px, height_px, seed)
        shape, spp = (-(-height_px // COARSE_PX), -(-width_px // COARSE_PX)), 1
    else:
        at, told = _at_once(scene, width_px, height_px, spp, seed)
        shape = height_px, width_px
    values = _of_air(told, air)
    means = np.stack([np.bincount(at, each, shape[0] * shape[1]) for each in values.T], -1).astype(np.float32) / spp
    means = means.reshape(*shape, 6)
    if shape[0] != height_px:
        means = median_filter(means, (5, 5, 1)).repeat(COARSE_PX, 0).repeat(COARSE_PX, 1)[:height_px, :width_px]
    return Haze(means[..., :3], means[..., 3:])


def _at_once(scene: Any, width_px: int, height_px: int, spp: int, seed: int) -> tuple[NDArray[np.uint32], Floats]:
    """Of all rays that are mirrored to something: their pixels (N,), row by row, and what `_of_air` asks for."""
    mi = load_mitsuba()
    import drjit as dr

    sampler = mi.load_dict({"type": "independent"})
    sampler.seed(seed, width_px * height_px * spp)
    ray, _ = primary_rays(scene, sampler, width_px, height_px, spp)
    hit = scene.ray_intersect(ray)
    rough = hit.shape.eval_attribute_1("vertex_roughness", hit, hit.is_valid())
    asked = hit.is_valid() & (rough < TOLD[1]) & (hit.wi.z > 0)
    aimed, cosine = _facing(mi, hit, rough, sampler.next_2d())
    second = scene.ray_intersect(hit.spawn_ray(aimed), asked & (dr.dot(hit.n, aimed) > 0))
    values = [*aimed, cosine, rough, second.t]
    found = asked & second.is_valid()
    dr.eval(values, found)  # all in one kernel
    rows: Any = dr.compress(found)
    return np.array(rows // spp), np.stack([np.array(dr.gather(mi.Float, value, rows)) for value in values], -1)


def _facing(mi: Any, hit: Any, rough: Any, chances: Any) -> tuple[Any, Any]:
    """The direction that one of a surface's microfacets mirrors to, and the cosine towards that facet."""
    width = mi.MicrofacetDistribution(mi.MicrofacetType.GGX, rough * rough, rough * rough, True)
    facet, _ = width.sample(hit.wi, chances)
    return hit.to_world(mi.reflect(hit.wi, facet)), hit.wi @ facet


def _one_by_one(scene: Any, width_px: int, height_px: int, seed: int) -> tuple[NDArray[np.int64], Floats]:
    """The same for central rays of every second row and column: without LLVM each ray is a call."""
    mi = load_mitsuba()
    directions = central_directions(scene, width_px, height_px)[::COARSE_PX, ::COARSE_PX].reshape(-1, 3)
    chances = np.random.default_rng(seed).random((len(directions), 2))
    origin = mi.Point3f(np.array(scene.sensors()[0].world_transform().matrix)[:3, 3])
    at, told = [], []
    for k, direction in enumerate(directions):
        hit = scene.ray_intersect(mi.Ray3f(origin, mi.Vector3f(direction)))
        rough = hit.shape.eval_attribute_1("vertex_roughness", hit) if hit.is_valid() else TOLD[1]
        if rough >= TOLD[1] or hit.wi.z <= 0:
            continue
        aimed, cosine = _facing(mi, hit, rough, mi.Point2f(chances[k]))
        second = scene.ray_intersect(hit.spawn_ray(aimed))
        if second.is_valid():
            at.append(k)
            told.append((*aimed, cosine, rough, second.t))
    return np.array(at, np.int64), np.array(told, np.float32).reshape(-1, 6)


def _of_air(told: Floats, air: Air) -> Floats:
    """What `Haze` says, side by side (N, 6).

    Args:
        told: of rays that are mirrored to something (N, 6): where to (unit), the cosine there, roughness, and how far it is in metres.
    """
    aimed, cosine, rough, distance_m = told[:, :3], told[:, 3], told[:, 4], told[:, 5]
    most = np.clip(1 - rough, F0, 1)
    share = (F0 + (most - F0) * (1 - cosine) ** 5) * np.clip((TOLD[1] - rough) / (TOLD[1] - TOLD[0]), 0, 1)
    lost = 1 - np.exp(-distance_m[:, None] * air.extinction)
    return share[:, None] * np.hstack([lost, skies.apply_air(np.zeros_like(aimed), distance_m, aimed, air)])
