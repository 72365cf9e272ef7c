"""What a wide lens leaves unsharp: a picture that was traced through a pinhole, blurred by depth."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.ndimage import gaussian_filter

from pochade.world.mesh import Floats
from pochade.world.scene import Camera

LEAST_PX = 0.6
"""Radius up to which blur is not seen."""
LARGEST_PX = 48.0


def blur_radius(camera: Camera, depth_m: Floats) -> Floats:
    """Radii (H, W) in pixels of the discs that points turn into. depth_m: (H, W) along the view axis, 0 for the sky."""
    pixel = 2 * np.tan(np.radians(camera.fov_deg) / 2) / min(depth_m.shape)
    focus = camera.focus_distance_m
    with np.errstate(divide="ignore"):
        nearness = np.where(depth_m > 0, 1 / depth_m, 0)
    return np.minimum(camera.aperture_radius_m * np.abs(1 / focus - nearness) / pixel, LARGEST_PX).astype(np.float32)


def focused(radiance: Floats, radius_px: Floats) -> Floats:
    """A picture (H, W, 3) with each place as unsharp as its radius (H, W) says; what is sharp does not bleed into what is not.

    Blurred at a few radii, each with the pixels that are about as unsharp, and mixed between them.
    Source: after the layered blur of "Practical Post-Process Depth of Field", E. Hammon, GPU Gems 3, 2007.
    """
    most = float(radius_px.max(initial=0))
    if most < LEAST_PX:
        return radiance
    steps = [LEAST_PX / 2]
    while steps[-1] < most:
        steps.append(min(steps[-1] * 2, most))
    found, sharper = radiance.copy(), radiance
    for low, high in pairwise(steps):
        weight = np.clip(radius_px / high, 0, 1) ** 2
        sigma = high / 2  # a disc's deviation along each axis
        blurred = np.stack(
            [gaussian_filter(layer, sigma) for layer in np.moveaxis(np.dstack([radiance * weight[..., None], weight]), -1, 0)], -1
        )
        unsharp = np.where(blurred[..., 3:] > 1e-3, blurred[..., :3] / np.maximum(blurred[..., 3:], 1e-3), sharper)
        share = np.clip((radius_px - low) / (high - low), 0, 1)[..., None]
        found = np.where(share > 0, sharper + (unsharp - sharper) * share, found)
        sharper = unsharp
    return found.astype(np.float32)
