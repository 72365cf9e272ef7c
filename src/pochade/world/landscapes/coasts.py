"""Where there is salt water: sea, beach, cliffs, island."""

from __future__ import annotations

import numpy as np

from pochade.world.landscapes.land import Landscape
from pochade.world.landscapes.terrain import Framing, Noise, mix, smoothstep, stand, tinted, view_grid
from pochade.world.landscapes.water import Waves, water_body, whitecaps
from pochade.world.mesh import Floats


def sea(
    rng: np.random.Generator, wind_m_s: float, swell_m: float, views: tuple[str, ...] = (), aspect: float = 1.0
) -> Landscape:
    """Open sea to the horizon.

    Args:
        wind_m_s: 4 for a light breeze, 13 for whitecaps.
        swell_m: height of the long waves, 0 to 4.
    """
    waves = Waves(rng, wind_m_s, rng.uniform(120, 240), 0.9, swell_m)
    noise = Noise(rng)

    def ground(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        return np.zeros(np.shape(x), np.float32)

    height = waves.significant_height_m
    camera = stand(ground, Framing(2.2 + 0.9 * height, rng.uniform(-7, -3), rng.uniform(52, 62), 9.0, 60), views)
    if "low angle" in views:
        camera = stand(lambda x, y, spacing=None: ground(x, y) + 0.75 * height, Framing(0.5, -2, 58), views)
    grid = view_grid(ground, camera, aspect, rings=520, columns=380, reach_m=30_000, nearest_m=0.8)
    foam = whitecaps(waves, grid.x, grid.y, grid.spacing, float(smoothstep(5.5, 14, wind_m_s)) * 1.2)
    lace = noise.fbm(grid.x, grid.y, 2.2, 4, 0.65, grid.spacing)
    foam = foam * smoothstep(-0.35, 0.45, lace + 0.8 * (foam - 0.35)) * 0.85
    deep = tinted(rng, (0.008, 0.03, 0.04), 0.3)
    shoal = tinted(rng, (0.012, 0.05, 0.055), 0.2)

    def color(x: Floats, y: Floats) -> Floats:
        return mix(deep, shoal, smoothstep(-0.5, 0.6, noise.fbm(x, y, 300, 4, 0.5, grid.spacing)))

    body = water_body(grid, 0.0, color, waves, foam=foam)
    high = body.part.mesh.vertices[:, 2] / max(height, 0.1)
    lit = mix(body.part.mesh.color, (0.02, 0.1, 0.09), smoothstep(0.15, 0.9, high) * 0.5 * (1 - foam))
    body.part.mesh.color[:] = lit
    side = (40.0, 165.0) if rng.random() < 0.5 else (-165.0, -40.0)
    return Landscape((), (), (body,), camera, side, ground, 45.0)


def sea_rand(rng: np.random.Generator, views: tuple[str, ...] = (), aspect: float = 1.0) -> Landscape:
    """From a light breeze to a rough sea."""
    return sea(rng, rng.uniform(4.5, 12.5), rng.uniform(0, 2.2) * (rng.random() < 0.6), views, aspect)
