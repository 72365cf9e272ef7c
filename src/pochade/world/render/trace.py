"""Progressive path tracing in passes: previews, cancellation, fireflies held back, auxiliary buffers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pochade.world.render.backend import load_mitsuba

Floats = NDArray[np.float32]

AOVS = "albedo:albedo,normal:sh_normal,depth:depth"


@dataclass(frozen=True, eq=False)
class Buffers:
    """What has been gathered so far; all (H, W, C) float32, linear Rec. 709.

    Attributes:
        radiance: mean over passes, outliers held back.
        variance: of that mean, per pixel luminance (H, W).
        albedo, normal: of the first surface. depth_m: distance along the ray, 0 where the ray meets nothing.
    """

    radiance: Floats
    variance: Floats
    albedo: Floats
    normal: Floats
    depth_m: Floats
    spp: int


def integrator(max_depth: int, fog: bool = False) -> Any:
    mi = load_mitsuba()
    path = {"type": "volpath" if fog else "path", "max_depth": max_depth, "rr_depth": 6}
    return mi.load_dict({"type": "aov", "aovs": AOVS, "img": path})


def trace(scene: Any, spp: int, passes: int, seed: int, max_depth: int = 12, fog: bool = False, cancelled: Callable[[], bool] | None = None) -> Iterator[Buffers]:
    """Renders `passes` times `spp / passes` samples and yields the buffers after each pass.

    The caller stops by closing the iterator; `cancelled` is asked before every pass and ends it early.
    """
    mi = load_mitsuba()
    tracer = integrator(max_depth, fog)
    each = max(1, spp // passes)
    stack: list[Floats] = []
    features: Floats | None = None
    for k in range(passes):
        if cancelled is not None and cancelled():
            return
        # a large odd stride keeps the streams of neighbouring seeds apart
        image = np.array(mi.render(scene, integrator=tracer, spp=each, seed=(seed * 0x9E3779B1 + k * 0x85EBCA77) & 0x7FFFFFFF), dtype=np.float32)
        image = np.nan_to_num(image, nan=0.0, posinf=0.0, neginf=0.0)
        stack.append(np.maximum(image[..., :3], 0))
        features = image[..., 3:] if features is None else features + image[..., 3:]
        mean, variance = combine(np.stack(stack))
        f = features / (k + 1)
        yield Buffers(mean, variance, f[..., 0:3], f[..., 3:6], f[..., 6], each * (k + 1))


def combine(passes: Floats) -> tuple[Floats, Floats]:
    """Mean over passes (P, H, W, 3), each pass limited to what its neighbourhood makes plausible.

    A firefly is a pass far brighter than the other passes of the same pixel and of its neighbours. It is cut to a
    few times their upper spread; what is seen by most passes (a lamp, a glint) stays.

    Returns:
        (H, W, 3) mean and (H, W) variance of the mean's luminance.
    """
    count = len(passes)
    luminance = passes @ np.float32([0.2126, 0.7152, 0.0722])
    if count == 1:
        return passes[0], luminance[0] ** 2
    padded = np.pad(luminance, ((0, 0), (1, 1), (1, 1)), mode="edge")
    h, w = luminance.shape[1:]
    around = np.concatenate([padded[:, dy : dy + h, dx : dx + w] for dy in range(3) for dx in range(3)])
    middle = np.median(around, axis=0)
    spread = np.median(np.abs(around - middle), axis=0)
    limit = middle + 8 * spread + 0.02 * middle + 1e-6
    own = np.sort(luminance, axis=0)
    limit = np.maximum(limit, 1.5 * own[count // 2])
    scale = np.minimum(1, limit / np.maximum(luminance, 1e-12))
    kept = passes * scale[..., None]
    return kept.mean(0), (luminance * scale).var(0, ddof=1) / count
