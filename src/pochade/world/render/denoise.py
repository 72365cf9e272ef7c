"""A denoiser without learned weights: edge-avoiding wavelets steered by first-hit features and the measured noise.

Source: Dammertz et al. 2010, "Edge-avoiding À-Trous wavelet transform"; variance steering after Schied et al. 2017 (SVGF);
patch distances less their expected noise after Rousselle et al. 2012, "Adaptive rendering with non-local means filtering".
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter, maximum_filter, minimum_filter, uniform_filter

from pochade.world.mesh import Floats
from pochade.world.render.features import Features
from pochade.world.render.trace import LUMINANCE

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
    light = _without_specks(light, noise)
    albedo = features.albedo
    for level in range(levels):
        step = 2**level
        luminance = light @ LUMINANCE
        total = np.zeros_like(light)
        weights = np.zeros_like(luminance)
        spread = np.zeros_like(luminance)
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                moved, other = _shifted(light, dy * step, dx * step), _shifted(noise, dy * step, dx * step)
                w = np.full_like(luminance, _KERNEL[dy + 1] * _KERNEL[dx + 1])
                if dy or dx:
                    # patches are compared, less what their noise alone would make them differ
                    expected = noise + other
                    difference = (moved @ LUMINANCE - luminance) ** 2 - expected
                    far = uniform_filter(difference, 3) / (uniform_filter(expected, 3) * np.float32(0.8 * strength**2) + 1e-10)
                    w *= np.exp(-np.clip(far, 0, 60))
                    w *= np.exp(-12 * ((_shifted(normal, dy * step, dx * step) - normal) ** 2).sum(-1))
                    w *= np.exp(-np.abs(_shifted(depth, dy * step, dx * step) - depth) / (slope * step))
                    w *= np.exp(-6 * np.abs(_shifted(albedo, dy * step, dx * step) - albedo).sum(-1))
                total += moved * w[..., None]
                weights += w
                spread += other * w * w
        light = total / weights[..., None]
        noise = spread / weights**2
    return (light * base).astype(np.float32)


def _without_specks(light: Floats, noise: Floats) -> Floats:
    """Brings single pixels that stand out from all eight neighbours to the nearest of them, where there is noise to blame."""
    ring = np.ones((3, 3), bool)
    ring[1, 1] = False
    luminance = light @ LUMINANCE
    brightest, darkest = maximum_filter(luminance, footprint=ring), minimum_filter(luminance, footprint=ring)
    noisy = np.sqrt(np.maximum(noise, 0)) > 0.03 * luminance
    scale = np.where(noisy, np.clip(luminance, darkest, brightest) / np.maximum(luminance, 1e-9), 1.0)
    dark = noisy & (luminance < 1e-9)
    out = light * scale[..., None]
    out[dark] = darkest[dark, None]
    return out.astype(np.float32)


def _shifted(image: Floats, dy: int, dx: int) -> Floats:
    """The image moved so that out[y, x] = image[y + dy, x + dx], edges repeated."""
    h, w = image.shape[:2]
    rows = np.clip(np.arange(h) + dy, 0, h - 1)
    columns = np.clip(np.arange(w) + dx, 0, w - 1)
    return image[rows][:, columns]
