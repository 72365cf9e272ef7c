"""High country: mountain range, snowy peaks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pochade.world.landscapes import vegetation as veg
from pochade.world.landscapes.erosion import drainage_area, receivers, refined, slide, stream_power
from pochade.world.landscapes.land import Ground, InstanceGroup, Landscape
from pochade.world.landscapes.terrain import (
    Framing,
    HeightMap,
    Noise,
    crest,
    ground_part,
    is_drone,
    mix,
    sample_axes,
    shade,
    smoothstep,
    stand,
    tinted,
    view_grid,
)
from pochade.world.materials import Rgb
from pochade.world.mesh import Floats

SNOW: Rgb = (0.82, 0.84, 0.87)
SUN_FROM_THE_SIDE = (55.0, 115.0)


@dataclass(frozen=True, eq=False)
class Massif:
    """Eroded mountains.

    Attributes:
        height: metres over the foreland.
        hollow: depth below the surroundings, metres.
        wetness: logarithm (base 10) of the drainage area in square metres.
    """

    height: HeightMap
    hollow: HeightMap
    wetness: HeightMap


def massif(
    rng: np.random.Generator,
    noise: Noise,
    peak_m: float,
    front_m: float,
    low_m: tuple[float, float] = (-12_000.0, -3_000.0),
    high_m: tuple[float, float] = (12_000.0, 17_000.0),
    columns: int = 400,
    max_slope: float = 1.25,
    valley: float = 0.0,
) -> Massif:
    """Mountains behind a foreland.

    Args:
        peak_m: height of the highest summit.
        front_m: distance at which they begin to rise.
        valley: 0 to 1, how strongly the uplift leaves a valley open straight ahead.
    """
    shift = rng.uniform(-4000, 4000, 2)

    def uplift(x: Floats, y: Floats) -> Floats:
        front = y - front_m + 1400 * noise.fbm(x + shift[0], y + shift[1], 6500, 3) - 0.12 * np.abs(x)
        u = smoothstep(-600, 3600, front) * (1 - 0.45 * smoothstep(5000, 11000, front))
        u = u * np.clip(0.8 + 0.75 * noise.fbm(x - shift[1], y + shift[0], 5200, 3), 0.15, 2)
        if valley:
            u = u * (1 - valley * np.exp(-((x / (500 + 0.1 * y)) ** 2)))
        return (1e-3 * u).astype(np.float32)

    x, y, cell = sample_axes(low_m, high_m, columns // 4)
    h = 25 * noise.fbm(x, y, 2500, 5)
    for share, steps, years in ((4, 26, 9e4), (2, 11, 5e4), (1, 5, 2.5e4)):
        x, y, cell = sample_axes(low_m, high_m, columns // share)
        if h.shape != x.shape:
            h = refined(h, x.shape)
        hard = 1.1e-5 * 2 ** (1.3 * noise.fbm(x, y, 2100, 3))
        h = stream_power(h, uplift(x, y), hard, cell, steps, years, rng, max_slope=max_slope)
    h = slide(h, cell, max_slope * 0.9, 4)
    import os
    if os.environ.get('DBG'): print('natural', np.quantile(h,.9995))
    h *= np.float32(peak_m / np.quantile(h, 0.9995))
    receiver, _ = receivers(h, cell)
    area = drainage_area(receiver, cell).reshape(h.shape)
    height = HeightMap(h, low_m, cell)
    return Massif(height, height.hollowness(180), HeightMap(np.log10(area), low_m, cell))


def mountain_range(rng: np.random.Generator, peak_m: float, snow_line: float, views: tuple[str, ...] = (), aspect: float = 1.0) -> Landscape:
    """An alpine chain over a meadow with boulders and spruces.

    Args:
        peak_m: summit height over the foreland, 1200 to 2800.
        snow_line: height of the lower limit of snow as a fraction of `peak_m`; above 1 leaves only streaks.
    """
    noise = Noise(rng)
    land = massif(rng, noise, peak_m, front_m=rng.uniform(1700, 2600), valley=rng.uniform(0, 0.7))
    hill = rng.uniform(10, 30)
    slant = rng.uniform(-0.05, 0.05)

    def ground(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        h = land.height(x, y)
        high = smoothstep(60, 500, h)
        r2 = x * x + y * y
        rise = hill * np.exp(-r2 / (2 * 170.0**2)) + slant * x * np.exp(-r2 / (2 * 120.0**2))
        h = h + (4 + 34 * high) * noise.fbm(x, y, 260, 5, 0.52, spacing, crest)
        h += (1 - high) * (6 * noise.fbm(x, y, 140, 2, 0.5, spacing) + 0.3 * noise.fbm(x, y, 9, 3, 0.5, spacing))
        return h + rise + 0.03 * noise.fbm(x, y, 0.9, 3, 0.6, spacing)

    stone = tinted(rng, (0.2, 0.185, 0.17), 0.14)
    warm = tinted(rng, (0.24, 0.19, 0.145), 0.14)
    grass = tinted(rng, (0.075, 0.1, 0.028), 0.15)

    def paint(x: Floats, y: Floats, z: Floats, n: Floats, spacing: Floats) -> Floats:
        patchy = noise.fbm(x, y, 420, 5, 0.55, spacing)
        fine = noise.fbm(x, y, 6, 5, 0.6, spacing)
        hollow = land.hollow(x, y)
        steep = 1 - n[:, 2]
        strata = np.sin((z + 0.12 * x + 60 * patchy) * 0.11) * 0.5 + np.sin((z + 0.12 * x) * 0.029 + 2 * patchy)
        rock = mix(stone, warm, smoothstep(-0.6, 0.9, patchy + 0.35 * strata))
        rock = shade(rock, 1 + 0.16 * strata + 0.2 * fine - 0.004 * np.clip(hollow, -60, 60))
        scree = shade(mix(stone, warm, 0.3), 1.12 + 0.15 * fine)
        c = mix(rock, scree, smoothstep(0.0, 45, hollow) * smoothstep(0.45, 0.25, steep))
        h01 = z / peak_m + 0.05 * patchy
        meadow = shade(mix(grass, shade(grass, np.float32(1.2)) * [1.25, 1.0, 0.8], smoothstep(-0.4, 0.5, patchy)), 1 + 0.28 * fine)
        c = mix(c, meadow, smoothstep(0.55, 0.36, h01) * smoothstep(0.42, 0.22, steep))
        wood = smoothstep(0.42, 0.33, h01) * smoothstep(-0.25, 0.05, noise.fbm(x, y, 900, 4, 0.55, spacing) + 0.15)
        wood *= smoothstep(0.6, 0.45, steep) * smoothstep(500, 900, np.hypot(x, y))
        trees = shade((0.028, 0.048, 0.02), 1 + 0.45 * noise.fbm(x, y, 40, 4, 0.7, spacing))
        c = mix(c, trees, wood)
        aspect_cool = 0.1 * n[:, 1]
        lie = h01 - snow_line + 0.0022 * np.clip(hollow, -90, 90) + aspect_cool + 0.12 * fine * high_of(h01)
        snow = smoothstep(-0.06, 0.1, lie) * smoothstep(0.62, 0.4, steep + 0.08 * fine)
        return mix(c, shade(SNOW, 1 + 0.02 * fine), snow)

    def high_of(h01: Floats) -> Floats:
        return smoothstep(0.2, 0.5, h01)

    camera = stand(ground, Framing(eye_m=rng.uniform(1.6, 3), pitch_deg=rng.uniform(2.0, 4.5), fov_deg=rng.uniform(42, 50), drone_m=260), views)
    grid = view_grid(ground, camera, aspect, reach_m=16_500)
    instances = _foreground(rng, noise, ground, is_drone(camera), aspect, grass, stone)
    x, y = veg.sector_points(rng, 1500, 260, 3200, 38 * max(aspect, 1), 1.3)
    h = land.height(x, y)
    grows = (noise.fbm(x, y, 700, 3) + 0.3 * rng.normal(size=len(x)) > -0.05) & (h < 0.36 * peak_m)
    grows &= veg.slope_normals(land.height, x, y, 40)[:, 2] > 0.72
    spruces = [[veg.spruce_rand(rng, *level) for _ in range(3)] for level in veg.CONIFER_LEVELS[1:]]
    instances += veg.by_distance("spruce", spruces, (500.0,), x[grows], y[grows], ground, rng, scale=(0.8, 1.6), sink_m=0.4)
    return Landscape((ground_part(grid, ground, paint),), instances, (), camera, _side(rng), ground, 75.0)


def mountain_range_rand(rng: np.random.Generator, views: tuple[str, ...] = (), aspect: float = 1.0) -> Landscape:
    """Mountains with some snow on the summits."""
    return mountain_range(rng, peak_m=rng.uniform(1700, 2400), snow_line=rng.uniform(0.55, 0.85), views=views, aspect=aspect)


def _side(rng: np.random.Generator, low: float = 55.0, high: float = 115.0) -> tuple[float, float]:
    """Sun from the left or from the right, degrees as in `Landscape.sun_azimuth_range_deg`."""
    return (low, high) if rng.random() < 0.5 else (-high, -low)


def _foreground(
    rng: np.random.Generator, noise: Noise, ground: Ground, drone: bool, aspect: float, grass: Rgb, stone: Rgb
) -> tuple[InstanceGroup, ...]:
    """Grass, boulders and a few spruces of an alpine meadow."""
    half = 34.0 * max(1.0, aspect) if not drone else 180.0
    x, y = veg.sector_points(rng, 900, 1.6, 26, half, 1.2)
    patches = [veg.grass_patch(rng, 0.9, 110, rng.uniform(0.12, 0.22), 0.007, grass, 0.25) for _ in range(3)]
    keep = noise.fbm(x, y, 5, 2) > -0.35
    out = veg.planted("grass", patches, x[keep], y[keep], ground, rng, (0.7, 1.3), 0.05)
    x, y = veg.sector_points(rng, 46, 4, 120, half, 0.6)
    size = np.minimum(rng.lognormal(-1.5, 0.75, len(x)), 1.7) * (1 + np.hypot(x, y) / 50)
    rocks = [veg.rock(rng, int(rng.integers(10, 22)), rng.uniform(0.55, 0.8), 0.06, stone) for _ in range(4)]
    out += veg.planted("boulder", rocks, x, y, ground, rng, size, 0.25, 0.15, squash=0.2)
    x, y = veg.sector_points(rng, 30, 45, 300, half, 1.0)
    side = (np.abs(x) > 0.22 * y) & (noise.fbm(x, y, 60, 2) > -0.1)
    trees = [[veg.spruce_rand(rng, *level) for _ in range(2)] for level in veg.CONIFER_LEVELS]
    return out + veg.by_distance("spruce", trees, (70.0, 250.0), x[side], y[side], ground, rng, scale=(0.5, 1.2), sink_m=0.3)
