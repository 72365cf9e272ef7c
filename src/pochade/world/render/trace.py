"""Progressive path tracing in passes: previews, cancellation, fireflies held back, auxiliary buffers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pochade.world.render.backend import load_mitsuba

Floats = NDArray[np.float32]

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)

MAX_LANES = 1 << 21
"""Samples in flight at once; bounds memory to about 1 GB."""

SAMPLE_LIMIT = 24.0
"""A single sample counts at most this many times the picture's white: an unbiased firefly helps nobody."""


@dataclass(frozen=True, eq=False)
class Buffers:
    """What has been gathered so far; all (H, W, C) float32, linear Rec. 709.

    Attributes:
        radiance: mean over passes, outliers held back.
        variance: of that mean, per pixel luminance (H, W).
        spp: samples per pixel so far.
    """

    radiance: Floats
    variance: Floats
    spp: int


def trace(
    scene: Any, width_px: int, height_px: int, spp: int, seed: int, max_depth: int = 12, hide_emitters: bool = False, cancelled: Callable[[], bool] | None = None
) -> Iterator[Buffers]:
    """Renders `spp` samples per pixel in passes and yields the buffers after each pass.

    The same arguments give the same bits on one machine. With `hide_emitters` the camera sees black where there is only
    sky, which the caller paints. `cancelled` is asked before every pass and ends it early.
    """
    mi = load_mitsuba()
    path = mi.load_dict({"type": "path", "max_depth": max_depth, "rr_depth": 5, "hide_emitters": hide_emitters})
    pilot = _sample(scene, path, width_px, height_px, 2, _mix(seed, 0x5EED), np.float32(np.inf))
    luminance = pilot @ LUMINANCE
    white = np.exp(np.log(luminance + 1e-6 + 1e-3 * luminance.mean()).mean()) / 0.18
    limit = np.float32(SAMPLE_LIMIT * max(white, np.percentile(luminance, 90)))
    passes = max(4, -(-spp * width_px * height_px // MAX_LANES)) if spp >= 8 else 1
    counts = [len(part) for part in np.array_split(np.arange(spp), passes)]
    stack: list[Floats] = []
    for k, count in enumerate(counts):
        if cancelled is not None and cancelled():
            return
        stack.append(_sample(scene, path, width_px, height_px, count, _mix(seed, k + 1), limit))
        mean, variance = combine(np.stack(stack))
        yield Buffers(mean, variance, sum(counts[: k + 1]))


def _mix(seed: int, stream: int) -> int:
    """A seed for one pass; far from those of neighbouring seeds and passes."""
    x = (seed * 0x9E3779B97F4A7C15 + stream * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    x ^= x >> 31
    return (x * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF) >> 33


def _sample(scene: Any, path: Any, width_px: int, height_px: int, spp: int, seed: int, limit: np.float32) -> Floats:
    """Mean of `spp` samples per pixel, (H, W, 3)."""
    mi = load_mitsuba()
    if mi.variant().startswith("scalar"):
        image = np.array(mi.render(scene, integrator=path, spp=spp, seed=seed), dtype=np.float32)[..., :3]
        image = np.nan_to_num(image, nan=0.0, posinf=0.0, neginf=0.0)
        level = np.maximum(image @ LUMINANCE, 1e-12)  # here only a pass can be limited, not a sample
        return np.maximum(image * np.minimum(1, limit / level)[..., None], 0)
    import drjit as dr

    sampler = mi.load_dict({"type": "independent"})
    sampler.seed(seed, width_px * height_px * spp)
    ray, weight = primary_rays(scene, sampler, width_px, height_px, spp)
    radiance, _, _ = path.sample(scene, sampler, ray, None, True)
    radiance = dr.select(dr.isfinite(radiance), dr.maximum(radiance * weight, 0), 0)
    level = mi.luminance(radiance)
    radiance = radiance * dr.minimum(1, dr.opaque(mi.Float, float(min(limit, 1e30))) / dr.maximum(level, 1e-12))
    dr.eval(radiance)  # all channels in one kernel
    channels = [np.array(dr.block_sum(channel, spp)) for channel in radiance]
    return (np.stack(channels, -1) / np.float32(spp)).reshape(height_px, width_px, 3)


def primary_rays(scene: Any, sampler: Any, width_px: int, height_px: int, spp: int) -> tuple[Any, Any]:
    """`spp` camera rays per pixel, pixel by pixel, row by row, and their weights.

    The reconstruction filter, a tent two pixels wide, is importance-sampled: every sample belongs to one pixel with
    weight one, so sums need no atomics and repeat bit for bit. Source: Ernst et al. 2006, "Filter importance sampling".
    """
    mi = load_mitsuba()
    import drjit as dr

    pixel = dr.arange(mi.UInt32, width_px * height_px * spp) // dr.opaque(mi.UInt32, spp)
    columns = dr.opaque(mi.UInt32, width_px)
    row = pixel // columns
    offset = sampler.next_2d()
    x = mi.Float(pixel - row * columns) + 0.5 + _tent(dr, offset.x)
    y = mi.Float(row) + 0.5 + _tent(dr, offset.y)
    position = mi.Vector2f(x / dr.opaque(mi.Float, width_px), y / dr.opaque(mi.Float, height_px))
    return scene.sensors()[0].sample_ray_differential(0.0, 0.5, position, sampler.next_2d())


def _tent(dr: Any, u: Any) -> Any:
    return dr.select(u < 0.5, dr.sqrt(2 * u) - 1, 1 - dr.sqrt(2 - 2 * u))


def combine(passes: Floats) -> tuple[Floats, Floats]:
    """Mean over passes (P, H, W, 3), each pass limited to what its neighbourhood makes plausible.

    A firefly is a pass far brighter than the other passes of the same pixel and of its neighbours. It is cut to a
    few times their upper spread; what is seen by most passes (a lamp, a glint) stays.

    Returns:
        (H, W, 3) mean and (H, W) variance of the mean's luminance.
    """
    count = len(passes)
    luminance = passes @ LUMINANCE
    if count == 1:
        return passes[0], luminance[0] ** 2
    own = np.sort(luminance, axis=0)
    middle = own[count // 2]
    padded = np.pad(middle, 1, mode="edge")
    h, w = middle.shape
    around = np.stack([padded[dy : dy + h, dx : dx + w] for dy in range(3) for dx in range(3)])
    centre = np.median(around, axis=0)
    spread = np.median(np.abs(luminance - middle), axis=0) + np.median(np.abs(around - centre), axis=0)
    limit = np.maximum(centre, middle) * 1.6 + 5 * spread + 1e-7
    scale = np.minimum(1, limit / np.maximum(luminance, 1e-12))
    return (passes * scale[..., None]).mean(0), (luminance * scale).var(0, ddof=1) / count
