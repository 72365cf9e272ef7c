"""Progressive path tracing in passes: previews, cancellation, fireflies held back, auxiliary buffers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from pochade.world.mesh import Floats
from pochade.world.render.backend import load_mitsuba

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)

MAX_LANES = 1 << 21
"""Samples in flight at once; bounds memory to about 1 GB."""

MIN_PASSES = 4
"""Fewest passes, without which an outlier could not be told from the rest."""

SAMPLE_LIMIT = 24.0
"""A single sample counts at most this many times the picture's white: an unbiased firefly helps nobody."""


@dataclass(frozen=True, eq=False)
class Buffers:
    """What has been gathered so far; all (H, W, C) float32, linear Rec. 709.

    Attributes:
        radiance: mean over passes, outliers held back.
        variance: of that mean, per pixel luminance (H, W).
        spp: samples per pixel so far. done: True in the last.
    """

    radiance: Floats
    variance: Floats
    spp: int
    done: bool


def trace(
    scene: Any,
    width_px: int,
    height_px: int,
    spp: int,
    seed: int,
    max_depth: int = 12,
    hide_emitters: bool = False,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[Buffers]:
    """Renders `spp` samples per pixel in passes and yields the buffers after each pass.

    The same arguments give the same bits on one machine. With `hide_emitters` the camera sees black where there is only
    sky, which the caller paints. `cancelled` is asked before every pass and ends it early.
    """
    mi = load_mitsuba()
    path = mi.load_dict({"type": "path", "max_depth": max_depth, "rr_depth": 5, "hide_emitters": hide_emitters})
    pixels = width_px * height_px
    launches = max(1, -(-spp * pixels // MAX_LANES))
    groups = max(1, -(-MIN_PASSES // launches))
    each = max(1, round(spp / (launches * groups)))
    stack: list[Floats] = []
    limit: float | None = None
    for k in range(launches):
        if cancelled is not None and cancelled():
            return
        passes, limit = _sample(scene, path, width_px, height_px, each, groups, mixed(seed, k + 1), limit)
        stack += list(passes)
        mean, variance = combine(np.stack(stack))
        yield Buffers(mean, variance, len(stack) * each, k + 1 == launches)


def mixed(seed: int, stream: int) -> int:
    """A seed for one pass; far from those of neighbouring seeds and passes."""
    x = (seed * 0x9E3779B97F4A7C15 + stream * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    x ^= x >> 31
    return (x * 0x94D049BB133111EB & 0xFFFFFFFFFFFFFFFF) >> 33


def _sample(
    scene: Any, path: Any, width_px: int, height_px: int, spp: int, groups: int, seed: int, limit: float | None
) -> tuple[Floats, float]:
    """`groups` passes of `spp` samples per pixel in one launch: (groups, H, W, 3), and the sample limit in force.

    The first launch finds the limit from its own samples.
    """
    mi = load_mitsuba()
    if mi.variant().startswith("scalar"):
        images = [
            np.array(mi.render(scene, integrator=path, spp=spp, seed=mixed(seed, 77 + g)), dtype=np.float32)[..., :3] for g in range(groups)
        ]
        image = np.maximum(np.nan_to_num(np.stack(images), nan=0.0, posinf=0.0, neginf=0.0), 0)
        limit = _limit(image.mean(0)) if limit is None else limit
        level = np.maximum(image @ LUMINANCE, 1e-12)  # here only a pass can be limited, not a sample
        return image * np.minimum(1, limit / level)[..., None], limit
    import drjit as dr

    sampler = mi.load_dict({"type": "independent"})
    sampler.seed(seed, width_px * height_px * spp * groups)
    ray, weight = primary_rays(scene, sampler, width_px, height_px, spp * groups)
    radiance, _, _ = path.sample(scene, sampler, ray, None, True)
    radiance = dr.select(dr.isfinite(radiance), dr.maximum(radiance * weight, 0), 0)
    dr.eval(radiance)  # all channels in one kernel
    if limit is None:
        limit = _limit(_pixels(dr, radiance, width_px, height_px, spp * groups)[0])
    radiance = radiance * dr.minimum(1, dr.opaque(mi.Float, limit) / dr.maximum(mi.luminance(radiance), 1e-12))
    dr.eval(radiance)
    return _pixels(dr, radiance, width_px, height_px, spp), limit


def _pixels(dr: Any, samples: Any, width_px: int, height_px: int, spp: int) -> Floats:
    """Means over runs of `spp` samples: (groups, H, W, 3)."""
    channels = [np.array(dr.block_sum(channel, spp)) for channel in samples]
    return np.ascontiguousarray((np.stack(channels, -1) / np.float32(spp)).reshape(height_px, width_px, -1, 3).transpose(2, 0, 1, 3))


def _limit(image: Floats) -> float:
    luminance = image @ LUMINANCE
    white = np.exp(np.log(luminance + 1e-6 + 1e-3 * np.median(luminance)).mean()) / 0.18
    return float(SAMPLE_LIMIT * max(white, np.percentile(luminance, 90)))


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
