"""What goes into the learned denoiser and what comes out, in plain arithmetic that training and painting share.

Light is divided by what surfaces reflect, so that textures need not survive the network, brought to a common level,
and compressed by a logarithm.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

INPUTS = 10
"""Compressed light 3, albedo 3, normal 3, depth 1."""
MULTIPLE_PX = 8
"""Sides of what the network takes."""

_LEVEL, _GAIN = 0.2, 8.0
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)


@dataclass(frozen=True, eq=False)
class Prepared:
    """A noisy picture as the network takes it.

    Attributes:
        inputs: (INPUTS, H, W). base: (H, W, 3), what the light was divided by. scale: factor that brought it to the common level.
    """

    inputs: Floats
    base: Floats
    scale: float


def prepared(radiance: Floats, albedo: Floats, normal: Floats, depth: Floats) -> Prepared:
    """Brings a noisy picture and its first-hit features to what the network takes.

    Args:
        radiance: (H, W, 3) linear, any exposure. albedo, normal: (H, W, 3). depth: (H, W), 0 where nothing is met.
    """
    base = albedo + np.float32(0.04) + (1 - np.minimum(albedo.sum(-1, keepdims=True) * 8, 1)) * np.float32(0.5)
    light = np.maximum(radiance, 0) / base
    luminance = light @ _LUMINANCE
    lit = luminance[luminance > 0]
    scale = _LEVEL / float(np.exp(np.mean(np.log(lit)))) if lit.size else 1.0
    met = depth > 0
    near = np.log(np.where(met, depth, 1))
    middle = float(np.median(near[met])) if met.any() else 0.0
    closeness = np.where(met, np.clip(near - middle, -4, 4), 4).astype(np.float32)
    inputs = np.concatenate([compressed(light * np.float32(scale)), albedo, normal, closeness[..., None]], -1)
    return Prepared(np.ascontiguousarray(np.moveaxis(inputs, -1, 0), np.float32), base.astype(np.float32), scale)


def compressed(light: Floats) -> Floats:
    """Light on a logarithmic scale, 0 for none, about 1 at the common level."""
    return np.log1p(np.float32(_GAIN) * np.maximum(light, 0))


def restored(predicted: Floats, made: Prepared) -> Floats:
    """The clean picture (H, W, 3) from what the network predicts, (3, H, W) compressed light."""
    light = np.expm1(np.clip(np.moveaxis(predicted, 0, -1), 0, 20)) / np.float32(_GAIN)
    return (light * made.base / np.float32(made.scale)).astype(np.float32)
