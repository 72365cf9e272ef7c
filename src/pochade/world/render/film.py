"""From scene-linear radiance to a picture: metering, a filmic curve, sRGB."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pochade.world.mesh import Floats
from pochade.world.stage import Exposure

LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)

# Rec. 709 primaries pulled towards grey before the curve, so that bright saturated light bleaches as on film
# instead of clipping to a pure primary; the inverse follows the curve at reduced strength.
_INSET = 0.12

INCIDENT_SHARE = 0.75
BEYOND = 0.4
"""Power of what the reading asks for beyond `Exposure.most`."""
TYPICAL_REFLECTANCE = 0.30
"""What an average picture reflects: brings both readings to one scale."""


def meter(radiance: Floats, exposure: Exposure, albedo: Floats | None = None) -> float:
    """Factor that brings the picture to its key.

    Mostly an incident reading where reflectances are known: light divided by albedo, so that a white cup stays white and
    a black table black whatever fills the frame. The rest is a centre-weighted log average of the picture itself. Held
    back where it would push more than the allowed share of pixels over the shoulder.

    Args:
        radiance: (H, W, 3) float32, linear Rec. 709.
        albedo: (H, W, 3) diffuse reflectance of what is seen, 0 where unknown.
    """
    luminance = np.maximum(radiance @ LUMINANCE, 1e-8)
    h, w = luminance.shape
    y, x = np.mgrid[0:h, 0:w]
    weight = 0.35 + np.exp(-(((x / w - 0.5) / 0.33) ** 2 + ((y / h - 0.52) / 0.33) ** 2))
    floor = np.percentile(luminance, 99) * 2e-3
    grey = np.exp((weight * np.log(luminance + floor)).sum() / weight.sum()) - floor * 0.5
    scale = exposure.key / max(grey, 1e-8)
    surfaces = luminance
    if albedo is not None:
        reflectance = albedo @ LUMINANCE
        known = weight * (reflectance > 0.05)
        if known.sum() > 0.05 * weight.sum():
            surfaces = luminance[reflectance > 0.05]
            light = np.log(luminance / np.maximum(reflectance, 0.05) + floor)
            incident = exposure.key / max(TYPICAL_REFLECTANCE * np.exp((known * light).sum() / known.sum()), 1e-8)
            scale = scale ** (1 - INCIDENT_SHARE) * incident**INCIDENT_SHARE
    high = np.percentile(luminance, exposure.highlight_percentile)
    broad = np.percentile(surfaces, 80)  # a pool of light in the dark is exposed for the pool
    if scale > exposure.most:
        scale = exposure.most * (scale / exposure.most) ** BEYOND
    return float(min(scale, 2.2 / max(high, 1e-8), max(1.1, 5 * exposure.key) / max(broad, 1e-8)))


def curve(x: Floats, contrast: float = 1.0) -> Floats:
    """Filmic curve on scene-linear values: 0 to 0, 0.18 to about 0.18, a long shoulder that reaches 1 at infinity.

    A log-logistic response, y = x^a / (x^a + c): a straight line through grey on log axes, with toe and shoulder.
    """
    a = np.float32(1.42 * contrast)
    pivot = np.float32(0.18**a * (1 / 0.19 - 1))
    p = np.maximum(x, 0) ** a
    return p / (p + pivot)


def develop(radiance: Floats, exposure: Exposure, scale: float | None = None) -> NDArray[np.uint8]:
    """(H, W, 3) linear radiance to (H, W, 3) uint8 sRGB.

    Args:
        scale: exposure factor; None: metered.
    """
    x = np.nan_to_num(radiance, nan=0.0, posinf=1e4).astype(np.float32) * np.float32(meter(radiance, exposure) if scale is None else scale)
    if exposure.warmth:
        x = x * np.array([1 + 0.14 * exposure.warmth, 1.0, 1 - 0.18 * exposure.warmth], np.float32)
    grey = (x @ LUMINANCE)[..., None]
    x = grey + (x - grey) * np.float32(1 - _INSET)
    y = curve(x, exposure.contrast)
    level = (y @ LUMINANCE)[..., None]
    # the inset is taken back where there is room, and lost in the highlights
    back = np.float32(exposure.saturation) * (1 / (1 - _INSET) + 0.06 - 0.30 * np.clip(level - 0.55, 0, 1))
    y = np.clip(level + (y - level) * back, 0, 1)
    encoded = np.where(y <= 0.0031308, 12.92 * y, 1.055 * y ** (1 / 2.4) - 0.055)
    return (encoded * 255 + 0.5).astype(np.uint8)
