"""Tended and gentle land: meadow."""

from __future__ import annotations

import numpy as np

from pochade.world.landscapes import vegetation as veg
from pochade.world.landscapes.land import Landscape
from pochade.world.landscapes.terrain import Framing, Noise, ground_part, is_drone, mix, shade, smoothstep, stand, tinted, view_grid
from pochade.world.mesh import Floats


def meadow(rng: np.random.Generator, bloom: float, views: tuple[str, ...] = (), aspect: float = 1.0) -> Landscape:
    """Tall grass with flowers, a line of trees and low hills behind.

    Args:
        bloom: flowers per square metre near the camera, 0 to 14.
    """
    noise = Noise(rng)
    grass = tinted(rng, (0.07, 0.105, 0.024), 0.15)
    slant = rng.uniform(-0.02, 0.02)

    def ground(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        h = 60 * smoothstep(600, 2600, y) * (1 + noise.fbm(x, y, 2600, 3, 0.45, spacing)) + 1.6 * noise.fbm(x, y, 90, 2, 0.4, spacing)
        h += 3.0 * smoothstep(25, 90, y) * noise.fbm(x + 400, y, 160, 2, 0.4, spacing)
        return h + slant * x * np.exp(-(x * x + y * y) / 2e4) + 0.1 * noise.fbm(x, y, 4, 3, 0.5, spacing) + 0.012 * y * np.exp(-y * y / 1e5)

    def paint(x: Floats, y: Floats, z: Floats, n: Floats, spacing: Floats) -> Floats:
        wide = noise.fbm(x, y, 45, 5, 0.55, spacing)
        fine = noise.fbm(x, y, 1.4, 4, 0.65, spacing)
        c = mix(grass, np.asarray(grass) * [1.5, 1.12, 0.85], smoothstep(-0.5, 0.7, wide))
        near = smoothstep(22, 3, np.hypot(x, y))
        c = shade(c, (1 + 0.3 * fine + 0.12 * wide) * (1 - 0.45 * near))
        return mix(c, shade((0.07, 0.055, 0.035), 1 + 0.4 * fine), near * smoothstep(0.0, 0.6, fine) * 0.7)

    camera = stand(ground, Framing(rng.uniform(0.75, 1.15), rng.uniform(-5, -2), rng.uniform(50, 60), 3.5, 9.0), views)
    grid = view_grid(ground, camera, aspect, rings=300, columns=320, reach_m=14_000)
    half = np.degrees(np.arctan(np.tan(np.radians(camera.fov_deg / 2)) * max(aspect, 1))) + 5
    if is_drone(camera):
        half = 180.0
    patches = [veg.grass_patch(rng, 1.0, 260, rng.uniform(0.22, 0.4), 0.006, grass, rng.uniform(0.05, 0.3)) for _ in range(3)]
    x, y = veg.sector_points(rng, 420, 0.9, 14, half, 1.5)
    out = veg.planted("grass", patches, x, y, ground, rng, (0.75, 1.2), 0.08)
    coarse = [veg.grass_patch(rng, 2.2, 170, rng.uniform(0.3, 0.5), 0.018, grass, rng.uniform(0.05, 0.3)) for _ in range(2)]
    x, y = veg.sector_points(rng, 700, 11, 75, half, 1.0)
    out += veg.planted("grass", coarse, x, y, ground, rng, (0.8, 1.3), 0.05)
    return Landscape((ground_part(grid, ground, paint),), out, (), camera, (70.0, 150.0), ground, 40.0)


def meadow_rand(rng: np.random.Generator, views: tuple[str, ...] = (), aspect: float = 1.0) -> Landscape:
    """A summer meadow."""
    return meadow(rng, rng.uniform(2, 12), views, aspect)
