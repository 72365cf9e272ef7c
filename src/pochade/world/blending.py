"""Blending values and colours: smooth steps, ramps, layers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from pochade.world.mesh import Floats


def smoothstep(low: ArrayLike, high: ArrayLike, value: ArrayLike) -> Floats:
    """0 below `low`, 1 above `high`, smooth between; falls where `low` > `high`."""
    low, high = np.asarray(low, np.float32), np.asarray(high, np.float32)
    t = np.clip((np.asarray(value, np.float32) - low) / (high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def ramp(t: ArrayLike, *stops: Sequence[float]) -> Floats:
    """Colours (..., 3) at positions t (...) along evenly spaced stops, 0 the first and 1 the last; clipped outside."""
    at = np.linspace(0, 1, len(stops))
    table = np.asarray(stops, np.float32)
    return np.stack([np.interp(np.asarray(t, np.float32), at, table[:, k]) for k in range(3)], -1).astype(np.float32)


def over(base: ArrayLike, color: ArrayLike, weight: ArrayLike) -> Floats:
    """`color` laid over `base` (..., 3) with a weight (...), clipped to 0 to 1."""
    base = np.asarray(base, np.float32)
    w = np.clip(np.asarray(weight, np.float32), 0, 1)[..., None]
    return base + (np.asarray(color, np.float32) - base) * w


def mix(a: ArrayLike, b: ArrayLike, amount: ArrayLike) -> Floats:
    """Blends colours (..., 3) by amounts (...), which may lie outside 0 to 1."""
    t = np.asarray(amount, np.float32)[..., None]
    return np.asarray(a, np.float32) * (1 - t) + np.asarray(b, np.float32) * t


def shade(color: ArrayLike, factor: ArrayLike) -> Floats:
    """Multiplies colours (..., 3) or (3,) by factors (...)."""
    return np.asarray(color, np.float32) * np.asarray(factor, np.float32)[..., None]
