"""A denoiser without learned weights: edge-avoiding wavelets steered by first-hit features and the measured noise.

Source: Dammertz et al. 2010, "Edge-avoiding À-Trous wavelet transform"; variance steering after Schied et al. 2017 (SVGF).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from pochade.world.render.features import Features
from pochade.world.render.trace import LUMINANCE

Floats = NDArray[np.float32]

_KERNEL = np.array([1 / 4, 1 / 2, 1 / 4], np.float32)


def denoise(radiance: Floats, variance: Floats, features: Features, levels: int = 4, strength: float = 1.0) -> Floats:
    """Smooths noise, keeps edges, textures and what is brighter than its noise.

    Args:
        radiance: (H, W, 3) linear. variance: (H, W) of its luminance, per pixel.
        strength: factor on the tolerated difference in units of the noise's standard deviation; 0 changes nothing.
    """
    if strength <= 0:
        return radiance
    base = features.albedo + np.float32(0.04) + (1 - np.minimum(features.albedo.sum(-1, keepdims=True) * 8, 1)) * np.float32(0.5)
    light = radiance / base  # texture is divided out, so it need not survive the filter
    scale = base @ LUMINANCE
    noise = gaussian_filter(variance, 1.0) / scale**2
    normal, depth = features.normal, features.depth_m
    slope = np.maximum(np.abs(np.gradient(depth, axis=0)), np.abs(np.gradient(depth, axis=1)))
    slope = np.minimum(gaussian_filter(slope, 0.7), 0.05 * depth + 1e-4) + 1e-3 * depth + 1e-6
    albedo = features.albedo
    for level in range(levels):
        step = 2**level
        luminance = light @ LUMINANCE
        tolerance = np.float32(2.2 * strength) * np.sqrt(np.maximum(noise, 0)) + 1e-6
        total = np.zeros_like(light)
        weights = np.zeros_like(luminance)
        spread = np.zeros_like(luminance)
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                moved = _shifted(light, dy * step, dx * step)
                w = np.exp(-np.abs(_shifted(luminance, dy * step, dx * step) - luminance) / tolerance)
                w *= np.exp(-12 * ((_shifted(normal, dy * step, dx * step) - normal) ** 2).sum(-1))
                distance = max(abs(dy), abs(dx)) * step
                if distance:
                    w *= np.exp(-np.abs(_shifted(depth, dy * step, dx * step) - depth) / (slope * distance))
                    difference = np.abs(_shifted(albedo, dy * step, dx * step) - albedo).sum(-1)
                    w *= np.exp(-difference * 6)
                w *= _KERNEL[dy + 1] * _KERNEL[dx + 1]
                total += moved * w[..., None]
                weights += w
                spread += _shifted(noise, dy * step, dx * step) * w * w
        light = total / weights[..., None]
        noise = spread / weights**2
    return (light * base).astype(np.float32)


def _shifted(image: Floats, dy: int, dx: int) -> Floats:
    """The image moved so that out[y, x] = image[y + dy, x + dx], edges repeated."""
    h, w = image.shape[:2]
    rows = np.clip(np.arange(h) + dy, 0, h - 1)
    columns = np.clip(np.arange(w) + dx, 0, w - 1)
    return image[rows][:, columns]
