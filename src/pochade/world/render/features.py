"""What a camera ray meets first: depth, normal, albedo, and which thing it is. No light transport."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pochade.world.mesh import Floats
from pochade.world.render.backend import load_mitsuba
from pochade.world.render.trace import mixed, primary_rays


@dataclass(frozen=True, eq=False)
class Features:
    """Means over the samples of a pixel, (H, W, C) float32; zero where rays meet nothing.

    Attributes:
        albedo: diffuse reflectance, linear Rec. 709; 0 for glass and metal.
        normal: shading normal in world space, not renormalised, so edges are shorter.
        depth_m: distance along the ray, mean over the rays that meet something; 0 if none does.
        cover: share of rays that meet something, 0 to 1.
        directions: unit direction of the pixel's central ray in world space.
        air_m: distance through air that hides as much as what is before all that rays meet: less than `depth_m` where they meet near
            things and far ones. (H, W); `depth_m` where air hides nothing.
    """

    albedo: Floats
    normal: Floats
    depth_m: Floats
    cover: Floats
    directions: Floats
    air_m: Floats


def features(scene: Any, width_px: int, height_px: int, spp: int = 16, seed: int = 0, extinction: float = 0.0) -> Features:
    """Gathers first-hit features with the same camera, lens and filter as the picture.

    Args:
        extinction: of the air, per metre, for `air_m`.
    """
    mi = load_mitsuba()
    directions = central_directions(scene, width_px, height_px)
    if mi.variant().startswith("scalar"):
        return _features(_sample_by_sample(scene, width_px, height_px, spp, seed, extinction), directions, extinction)
    import drjit as dr

    sampler = mi.load_dict({"type": "independent"})
    sampler.seed(seed, width_px * height_px * spp)
    ray, _ = primary_rays(scene, sampler, width_px, height_px, spp)
    hit = scene.ray_intersect(ray)
    valid = hit.is_valid()
    albedo = hit.bsdf(ray).eval_diffuse_reflectance(hit, valid)
    normal = hit.sh_frame.n
    values = [*albedo, *normal, hit.t, mi.Float(1.0), dr.exp(-hit.t * dr.opaque(mi.Float, extinction))]
    values = [dr.select(valid, value, 0.0) for value in values]
    dr.eval(values)
    means = np.stack([np.array(dr.block_sum(value, spp)) for value in values], -1) / np.float32(spp)
    return _features(means.reshape(height_px, width_px, -1), directions, extinction)


def _features(means: Floats, directions: Floats, extinction: float) -> Features:
    """From means (H, W, 9) of albedo, normal, depth, whether rays meet something, and what air lets through of it."""
    cover = means[..., 7]
    share = np.maximum(cover, 1e-6)
    depth_m = means[..., 6] / share
    air_m = depth_m if extinction == 0 else -np.log(np.clip(means[..., 8] / share, 1e-9, 1)) / np.float32(extinction)
    return Features(means[..., 0:3], means[..., 3:6], depth_m, cover, directions, air_m)


def _sample_by_sample(scene: Any, width_px: int, height_px: int, spp: int, seed: int, extinction: float) -> Floats:
    """What `_features` asks for without LLVM: only of a single sample does a map tell whether it met something, and how far away."""
    mi = load_mitsuba()
    tracer = mi.load_dict({"type": "aov", "aovs": "albedo:albedo,normal:sh_normal,depth:depth"})
    total = np.zeros((height_px, width_px, 9), np.float32)
    for k in range(spp):
        sample = np.array(mi.render(scene, integrator=tracer, spp=1, seed=mixed(seed, k)), np.float32)
        met = np.linalg.norm(sample[..., 3:6], axis=-1) > 0.5
        total += np.dstack([sample, met, met * np.exp(-sample[..., 6] * extinction)])
    return total / np.float32(spp)


def central_directions(scene: Any, width_px: int, height_px: int) -> Floats:
    """Unit world directions (H, W, 3) through pixel centres, as from a pinhole."""
    mi = load_mitsuba()
    sensor = scene.sensors()[0]
    corners = []
    for x, y in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)):
        # through the middle of the lens: aperture sample (0.5, 0.5) maps to the disc's centre
        ray, _ = sensor.sample_ray(0.0, 0.5, mi.Point2f(x, y), mi.Point2f(0.5, 0.5))
        corners.append(np.array(ray.d, dtype=np.float64).reshape(3))
    forward = np.array(sensor.world_transform().matrix, dtype=np.float64).reshape(4, 4)[:3, 2]
    forward /= np.linalg.norm(forward)
    a, b, c = (v / (v @ forward) for v in corners)  # on the plane at distance 1
    u, v = (np.arange(width_px) + 0.5) / width_px, (np.arange(height_px) + 0.5) / height_px
    d = a + (b - a) * u[None, :, None] + (c - a) * v[:, None, None]
    return (d / np.linalg.norm(d, axis=-1, keepdims=True)).astype(np.float32)
