"""What a camera ray meets first: depth, normal, albedo, and which thing it is. No light transport."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from pochade.world.mesh import Floats
from pochade.world.render.backend import load_mitsuba
from pochade.world.render.trace import primary_rays


@dataclass(frozen=True, eq=False)
class Features:
    """Means over the samples of a pixel, (H, W, C) float32; zero where rays meet nothing.

    Attributes:
        albedo: diffuse reflectance, linear Rec. 709; 0 for glass and metal.
        normal: shading normal in world space, not renormalised, so edges are shorter.
        depth_m: distance along the ray, mean over the rays that meet something; 0 if none does.
        cover: share of rays that meet something, 0 to 1.
        directions: unit direction of the pixel's central ray in world space.
    """

    albedo: Floats
    normal: Floats
    depth_m: Floats
    cover: Floats
    directions: Floats


def features(scene: Any, width_px: int, height_px: int, spp: int = 16, seed: int = 0) -> Features:
    """Gathers first-hit features with the same camera, lens and filter as the picture."""
    mi = load_mitsuba()
    directions = central_directions(scene, width_px, height_px)
    if mi.variant().startswith("scalar"):
        tracer = mi.load_dict({"type": "aov", "aovs": "albedo:albedo,normal:sh_normal,depth:depth"})
        image = np.array(mi.render(scene, integrator=tracer, spp=spp, seed=seed), dtype=np.float32)
        cover = np.clip(np.linalg.norm(image[..., 3:6], axis=-1), 0, 1)
        return Features(image[..., 0:3], image[..., 3:6], image[..., 6] / np.maximum(cover, 1e-3), cover, directions)
    import drjit as dr

    sampler = mi.load_dict({"type": "independent"})
    sampler.seed(seed, width_px * height_px * spp)
    ray, _ = primary_rays(scene, sampler, width_px, height_px, spp)
    hit = scene.ray_intersect(ray)
    valid = hit.is_valid()
    albedo = hit.bsdf(ray).eval_diffuse_reflectance(hit, valid)
    normal = hit.sh_frame.n
    values = [*albedo, *normal, hit.t, mi.Float(1.0)]
    values = [dr.select(valid, value, 0.0) for value in values]
    dr.eval(values)
    image = np.stack([np.array(dr.block_sum(value, spp)) for value in values], -1).reshape(height_px, width_px, 8) / np.float32(spp)
    cover = image[..., 7]
    return Features(image[..., 0:3], image[..., 3:6], image[..., 6] / np.maximum(cover, 1e-6), cover, directions)


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
