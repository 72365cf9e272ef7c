"""High country: mountain range, snowy peaks, glacier, volcano."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pochade.world.asset import Part
from pochade.world.blending import mix, shade, smoothstep
from pochade.world.landscapes import vegetation as veg
from pochade.world.landscapes.erosion import drainage_area, receivers, refined, slide, stream_power
from pochade.world.landscapes.land import SQUARE, Floats, Frame, Ground, InstanceGroup, Landscape
from pochade.world.landscapes.terrain import (
    Framing,
    HeightMap,
    Noise,
    billow,
    crest,
    ground_part,
    hover,
    is_drone,
    sample_axes,
    stand,
    tinted,
    view_grid,
)
from pochade.world.materials import Material, Rgb
from pochade.world.mesh import Mesh, join
from pochade.world.noise import fbm

SNOW: Rgb = (0.82, 0.84, 0.87)
SNOW_SURFACE = Material(roughness=0.6, specular=0.25, flatness=0.5)
ICE = Material(roughness=0.45, specular=0.4, flatness=0.5)


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
    valley_m: float = 500.0,
    valley_end_m: float = 1e9,
    ramp_m: float = 3600.0,
) -> Massif:
    """Mountains behind a foreland.

    Args:
        peak_m: height of the highest summit.
        front_m: distance at which they begin to rise.
        valley: 0 to 1, how strongly the uplift leaves a valley open straight ahead.
        valley_m: half its width at the front.
        valley_end_m: where mountains close it.
        ramp_m: depth of the foothills.
    """
    shift = rng.uniform(-4000, 4000, 2)

    def uplift(x: Floats, y: Floats) -> Floats:
        front = y - front_m + 1400 * noise.fbm(x + shift[0], y + shift[1], 6500, 3) - 0.12 * np.abs(x)
        u = smoothstep(-0.17 * ramp_m, ramp_m, front) * (1 - 0.5 * smoothstep(1.2 * ramp_m, 3.0 * ramp_m, front))
        u = u * np.clip(0.8 + 0.75 * noise.fbm(x - shift[1], y + shift[0], 5200, 3), 0.15, 2)
        if valley:
            u = u * (
                1
                - valley
                * np.exp(-((x / (valley_m + 0.2 * valley_m * np.clip(y, 0, 8000) / 1000)) ** 2))
                * smoothstep(valley_end_m * 1.4, valley_end_m, y)
            )
        return (2.6e-3 * u).astype(np.float32)

    x, y, cell = sample_axes(low_m, high_m, columns // 4)
    h = 25 * noise.fbm(x, y, 2500, 5)
    for share, steps, years in ((4, 26, 9e4), (2, 11, 5e4), (1, 5, 2.5e4)):
        x, y, cell = sample_axes(low_m, high_m, columns // share)
        if h.shape != x.shape:
            h = refined(h, x.shape)
        hard = 1.1e-5 * 2 ** (1.3 * noise.fbm(x, y, 2100, 3))
        h = stream_power(h, uplift(x, y), hard, cell, steps, years, rng, max_slope=max_slope)
    h = slide(h, cell, max_slope * 0.9, 4)
    h *= np.float32(peak_m / np.quantile(h, 0.9995))
    receiver, _ = receivers(h, cell)
    area = drainage_area(receiver, cell).reshape(h.shape)
    height = HeightMap(h, low_m, cell)
    return Massif(height, height.hollowness(180), HeightMap(np.log10(area), low_m, cell))


def mountain_range(
    rng: np.random.Generator, peak_m: float, snow_line: float, views: tuple[str, ...] = (), frame: Frame = SQUARE
) -> Landscape:
    """An alpine chain over a meadow with boulders and spruces.

    Args:
        peak_m: summit height over the foreland, 1200 to 2800.
        snow_line: height of the lower limit of snow as a fraction of `peak_m`; above 1 leaves only streaks.
    """
    noise = Noise(rng)
    land = massif(rng, noise, peak_m, front_m=rng.uniform(1300, 2000), valley=rng.uniform(0, 0.6), ramp_m=2900)
    hill = rng.uniform(22, 40)
    slant = rng.uniform(-0.05, 0.05)

    def ground(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        h = land.height(x, y)
        high = smoothstep(60, 500, h)
        r2 = x * x + y * y
        rise = hill * np.exp(-r2 / (2 * 85.0**2)) + slant * x * np.exp(-r2 / (2 * 120.0**2))
        h = h + 5 * (1 - high) * noise.fbm(x, y, 260, 3, 0.4, spacing) + 62 * high * noise.fbm(x, y, 420, 7, 0.57, spacing, crest)
        h += (1 - high) * (6 * noise.fbm(x, y, 140, 2, 0.5, spacing) + 0.3 * noise.fbm(x, y, 9, 3, 0.5, spacing))
        return h + rise + 0.03 * noise.fbm(x, y, 0.9, 3, 0.6, spacing)

    stone = tinted(rng, (0.15, 0.142, 0.135), 0.14)
    warm = tinted(rng, (0.185, 0.15, 0.12), 0.14)
    grass = tinted(rng, (0.075, 0.1, 0.028), 0.15)

    def paint(x: Floats, y: Floats, z: Floats, n: Floats, spacing: Floats) -> Floats:
        patchy = noise.fbm(x, y, 420, 5, 0.55, spacing)
        fine = noise.fbm(x, y, 6, 5, 0.6, spacing)
        hollow = land.hollow(x, y)
        steep = 1 - n[:, 2]
        strata = np.sin((z + 0.12 * x + 60 * patchy) * 0.11) * 0.5 + np.sin((z + 0.12 * x) * 0.029 + 2 * patchy)
        rock = mix(stone, warm, smoothstep(-0.6, 0.9, patchy + 0.35 * strata))
        rock = shade(rock, (0.86 + 0.2 * strata + 0.28 * fine) * (1 - 0.006 * np.clip(hollow, -60, 60)))
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

    camera = stand(
        ground, Framing(eye_m=rng.uniform(1.6, 3), pitch_deg=rng.uniform(3.5, 6.5), fov_deg=rng.uniform(40, 48), drone_m=260), views
    )
    if is_drone(camera):
        camera = hover(ground, 0.0, rng.uniform(4200, 6000), 4200.0)
    grid = view_grid(ground, camera, frame, reach_m=16_500)
    instances = _foreground(rng, noise, ground, is_drone(camera), frame, grass, stone)
    x, y = veg.sector_points(rng, 1500, 260, 3200, 38 * max(frame.aspect, 1), 1.3)
    h = land.height(x, y)
    grows = (noise.fbm(x, y, 700, 3) + 0.3 * rng.normal(size=len(x)) > -0.05) & (h < 0.36 * peak_m)
    grows &= veg.slope_normals(land.height, x, y, 40)[:, 2] > 0.72
    spruces = [[veg.spruce_rand(rng, *level) for _ in range(3)] for level in veg.CONIFER_LEVELS[1:]]
    instances += veg.by_distance("spruce", spruces, (500.0,), x[grows], y[grows], ground, rng, scale=(0.8, 1.6), sink_m=0.4)
    return Landscape((ground_part(grid, ground, paint),), instances, (), camera, _side(rng), ground, 75.0)


def mountain_range_rand(rng: np.random.Generator, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """Mountains with some snow on the summits."""
    return mountain_range(rng, peak_m=rng.uniform(1700, 2400), snow_line=rng.uniform(0.38, 0.72), views=views, frame=frame)


def _side(rng: np.random.Generator, low: float = 55.0, high: float = 115.0) -> tuple[float, float]:
    """Sun from the left or from the right, degrees as in `Landscape.sun_azimuth_range_deg`."""
    return (low, high) if rng.random() < 0.5 else (-high, -low)


def _foreground(
    rng: np.random.Generator, noise: Noise, ground: Ground, drone: bool, frame: Frame, grass: Rgb, stone: Rgb
) -> tuple[InstanceGroup, ...]:
    """Grass, boulders and a few spruces of an alpine meadow."""
    half = 34.0 * max(1.0, frame.aspect) if not drone else 180.0
    x, y = veg.sector_points(rng, 1150, 1.5, 26, half, 0.9)
    patches = [veg.grass_patch(rng, 0.9, 110, rng.uniform(0.12, 0.22), 0.007, grass, 0.25) for _ in range(3)]
    keep = noise.fbm(x, y, 5, 2) > -0.35
    out = veg.planted("grass", patches, x[keep], y[keep], ground, rng, (0.7, 1.3), 0.05)
    x, y = veg.sector_points(rng, 46, 4, 120, half, 0.6)
    size = np.minimum(rng.lognormal(-1.5, 0.75, len(x)), 1.7) * (1 + np.hypot(x, y) / 50)
    rocks = [veg.rock(rng, int(rng.integers(10, 22)), rng.uniform(0.55, 0.8), 0.06, stone) for _ in range(4)]
    out += veg.planted("boulder", rocks, x, y, ground, rng, size, 0.25, 0.15, squash=0.2)
    x, y = veg.sector_points(rng, 420, 1.6, 30, half, 1.0)
    keep = noise.fbm(x + 60, y, 4, 2) > 0.1
    heads = [veg.flower(rng, str(k)) for k in rng.choice(("daisy", "buttercup", "cornflower", "lupin"), 2, replace=False)]
    out += veg.planted("flower", heads, x[keep], y[keep], ground, rng, (0.6, 1.0), 0.12)
    x, y = veg.sector_points(rng, 60, 40, 330, half, 1.0)
    side = (np.abs(x) > 0.22 * y) & (noise.fbm(x, y, 60, 2) > -0.1)
    trees = [[veg.spruce_rand(rng, *level) for _ in range(2)] for level in veg.CONIFER_LEVELS]
    return out + veg.by_distance("spruce", trees, (70.0, 250.0), x[side], y[side], ground, rng, scale=(0.5, 1.2), sink_m=0.3)


# --- snowy peaks ----------------------------------------------------------------------------------------------


def snowy_peaks(rng: np.random.Generator, peak_m: float, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """Summits under deep snow seen from a wind-carved snow field, rock only where it is too steep.

    Args:
        peak_m: summit height over the snow field, 1200 to 2400.
    """
    noise = Noise(rng)
    land = massif(
        rng,
        noise,
        peak_m,
        rng.uniform(250, 700),
        (-9000.0, -2500.0),
        (9000.0, 12_500.0),
        max_slope=1.5,
        valley=rng.uniform(0, 0.5),
        ramp_m=2100,
    )
    slant, wind = rng.uniform(-0.08, 0.08), rng.uniform(-0.9, 0.9)

    def ground(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        h = land.height(x, y)
        high = smoothstep(40, 400, h)
        r2 = x * x + y * y
        h = h + 60 * high * noise.fbm(x, y, 400, 7, 0.52, spacing, crest) + 34 * np.exp(-r2 / (2 * 80.0**2)) + slant * x * np.exp(-r2 / 3e4)
        h += (1 - high) * (9 * noise.fbm(x, y, 170, 2, 0.4, spacing) + 0.8 * noise.fbm(x, y * 0.5, 24, 3, 0.42, spacing))
        # sastrugi: ridges along the wind, steep to windward
        u, v = x * np.cos(wind) + y * np.sin(wind), -x * np.sin(wind) + y * np.cos(wind)
        carve = noise.fbm(u * 0.38, v, 2.6, 4, 0.55, None if spacing is None else spacing, crest)
        near = smoothstep(160, 30, np.sqrt(r2))
        return h + near * (
            0.17 * carve * smoothstep(-0.5, 0.4, noise.fbm(x, y, 17, 2, 0.5, spacing)) + 0.25 * noise.fbm(x, y, 8, 2, 0.5, spacing)
        )

    stone = tinted(rng, (0.13, 0.12, 0.115), 0.15)

    def paint(x: Floats, y: Floats, z: Floats, n: Floats, spacing: Floats) -> Floats:
        patchy = noise.fbm(x, y, 300, 5, 0.55, spacing)
        fine = noise.fbm(x, y, 11, 4, 0.6, spacing)
        hollow = land.hollow(x, y)
        steep = 1 - n[:, 2]
        strata = np.sin((z + 0.2 * x + 50 * patchy) * 0.13)
        rock = shade(mix(stone, (0.16, 0.138, 0.12), smoothstep(-0.3, 0.8, patchy)), 1 + 0.2 * strata + 0.25 * fine)
        bare = smoothstep(0.36, 0.52, steep - 0.0014 * np.clip(hollow, -90, 60) + 0.05 * patchy + 0.05 * fine + 0.03 * strata)
        bare *= smoothstep(30, 150, z)
        return mix(shade(SNOW, 1 + 0.015 * fine), rock, bare)

    camera = stand(ground, Framing(rng.uniform(1.6, 2.6), rng.uniform(4.5, 8), rng.uniform(38, 46), 12, 300), views)
    if is_drone(camera):
        camera = hover(ground, 0.0, rng.uniform(2400, 3600), 3600.0)
    grid = view_grid(ground, camera, frame, 430, 420, 13_000)
    drone = is_drone(camera)
    x, y = veg.sector_points(rng, 14, 7, 110, 36 * max(frame.aspect, 1) if not drone else 180, 0.6)
    size = np.minimum(rng.lognormal(-1.0, 0.7, len(x)), 1.8) * (1 + np.hypot(x, y) / 60)
    rocks = [veg.rock(rng, 14, 0.7, 0.07, stone, lichen=0.15) for _ in range(3)]
    instances = veg.planted("boulder", rocks, x, y, ground, rng, size, 0.25, 0.3, squash=0.2)
    x, y = veg.sector_points(rng, 500, 120, 1100, 38 * max(frame.aspect, 1), 1.4)
    grows = (noise.fbm(x, y, 220, 3) > 0.12) & (land.height(x, y) < 120) & (np.abs(x) > 0.12 * y)
    trees = [[_snowed(rng, veg.spruce_rand(rng, *level)) for _ in range(2)] for level in veg.CONIFER_LEVELS[1:]]
    instances += veg.by_distance("spruce", trees, (280.0,), x[grows], y[grows], ground, rng, scale=(0.5, 1.1), sink_m=0.4)
    return Landscape((ground_part(grid, ground, paint, SNOW_SURFACE),), instances, (), camera, _side(rng, 60, 125), ground, 80.0)


def snowy_peaks_rand(rng: np.random.Generator, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """Winter in the high mountains."""
    return snowy_peaks(rng, rng.uniform(1700, 2300), views, frame)


def _snowed(rng: np.random.Generator, tree: tuple[Part, ...]) -> tuple[Part, ...]:
    """The tree with snow on the upper side of its outer twigs."""
    trunk, needles = tree
    mesh = needles.mesh
    assert mesh.color is not None
    light = mesh.color.mean(1, keepdims=True)
    load = smoothstep(0.3, 0.8, rng.random((len(mesh.vertices) // 4, 1)))
    cover = np.repeat(load, 4, 0) * smoothstep(0.02, 0.06, light)
    return trunk, replace(needles, mesh=replace(mesh, color=(mesh.color * (1 - cover) + 0.75 * cover).astype(np.float32)))


# --- glacier --------------------------------------------------------------------------------------------------


def glacier(rng: np.random.Generator, crevasses: float, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """A glacier that comes down its valley towards the camera, broken by crevasses with blue ice.

    Args:
        crevasses: depth of the near crevasses in metres, 3 to 12.
    """
    noise = Noise(rng)
    land = massif(
        rng,
        noise,
        rng.uniform(1800, 2300),
        200,
        (-8000.0, -2500.0),
        (8000.0, 11_500.0),
        max_slope=1.4,
        valley=1.0,
        valley_m=300,
        valley_end_m=3600,
        ramp_m=2200,
    )
    bend = rng.uniform(-0.25, 0.25)
    phase = rng.uniform(0, 100, 2)

    def across(x: Floats, y: Floats) -> Floats:
        """Place across the tongue: 0 in its middle, -1 and 1 at its edges."""
        width = 400 + 0.09 * np.maximum(y, 0)
        return (x - 60 - bend * 700 * (1 - np.cos(np.clip(y, 0, 6000) / 1400))) / width

    def ice(x: Floats, y: Floats) -> Floats:
        a = across(x, y)
        return (
            10
            + 0.06 * np.maximum(y - 250, 0)
            + 150 * smoothstep(1200, 2300, y)
            - 70 * a**2
            - 60 * smoothstep(0.75, 1.15, np.abs(a))
            - 30 * smoothstep(60, -300, y)
        )

    def cracks(x: Floats, y: Floats, spacing: Floats | None) -> Floats:
        """Depth of crevasses, 0 to 1: long gaps across the flow, curving upstream at the edges."""
        a = across(x, y)
        bow = y - 130 * a**2 + 14 * noise.fbm(x + phase[0], y, 90, 3, 0.5, spacing)
        out = np.zeros(np.shape(x), np.float32)
        for step, wide, shift in ((30.0, 0.12, 0.0), (11.0, 0.12, 40.0)):
            line = np.abs((bow / step + 0.55 * noise.fbm(x + shift, y - shift, 60, 2, 0.5, spacing)) % 1 - 0.5)
            here = smoothstep(-0.1, 0.35, noise.fbm(x * 0.5 + phase[1] + shift, y * 1.6, 75, 2, 0.5, spacing))
            out = np.maximum(out, smoothstep(wide, 0.2 * wide, line) * here * (1.0 if shift == 0 else 0.6))
        return out

    def fall(x: Floats, y: Floats) -> Floats:
        """Where the ice breaks over a step into seracs."""
        return smoothstep(1100, 1500, y) * smoothstep(2900, 2300, y) + 0.06

    def mask(x: Floats, y: Floats) -> Floats:
        return smoothstep(
            -14, 10, ice(x, y) + 16 * noise.fbm(x, y, 150, 3) - land.height(x, y) - 25 * smoothstep(0.9, 1.4, np.abs(across(x, y)))
        )

    def ground(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        rock = land.height(x, y)
        rock = rock + (6 + 30 * smoothstep(40, 400, rock)) * noise.fbm(x, y, 230, 6, 0.5, spacing, crest)
        m = mask(x, y)
        broken = fall(x, y)
        top = ice(x, y) + 5 * noise.fbm(x, y, 120, 3, 0.5, spacing) + 0.22 * noise.fbm(x, y, 5, 4, 0.5, spacing, billow)
        top += broken * 14 * noise.fbm(x, y * 1.6, 60, 4, 0.55, spacing, crest)
        quiet = smoothstep(4, 14, np.hypot(x, y))
        top -= crevasses * cracks(x, y, spacing) * quiet * (0.9 + broken)
        return rock * (1 - m) + np.maximum(top, rock) * m

    stone = tinted(rng, (0.16, 0.15, 0.14), 0.12)

    def paint(x: Floats, y: Floats, z: Floats, n: Floats, spacing: Floats) -> Floats:
        patchy = noise.fbm(x, y, 260, 5, 0.55, spacing)
        fine = noise.fbm(x, y, 5, 5, 0.6, spacing)
        steep = 1 - n[:, 2]
        strata = np.sin((z + 0.15 * x + 40 * patchy) * 0.12)
        rock = shade(mix(stone, (0.22, 0.18, 0.145), smoothstep(-0.3, 0.8, patchy)), 1 + 0.16 * strata + 0.28 * fine)
        snow = smoothstep(0.42, 0.26, steep + 0.06 * fine) * smoothstep(250, 800, z + 220 * patchy)
        rock = mix(rock, SNOW, snow)
        a = across(x, y)
        deep = cracks(x, y, spacing)
        blue = np.clip(smoothstep(0.1, 0.9, deep) + 0.8 * smoothstep(0.12, 0.45, steep) * (0.4 + 0.6 * fall(x, y)), 0, 1)
        surface = shade(mix((0.62, 0.68, 0.72), SNOW, smoothstep(-0.3, 0.5, patchy + 0.4 * fine)), 1 + 0.06 * fine)
        ice_color = mix(surface, mix((0.3, 0.56, 0.7), (0.08, 0.34, 0.55), smoothstep(0.4, 1.0, deep)), blue * 0.9)
        band = np.exp(-(((a - 0.35 + 0.05 * patchy) / 0.05) ** 2)) + smoothstep(0.72, 0.95, np.abs(a) + 0.06 * patchy)
        dirt = np.clip(band, 0, 1) * smoothstep(-0.5, 0.3, fine) * smoothstep(0.7, 0.2, deep)
        ice_color = mix(ice_color, shade((0.17, 0.155, 0.14), 1 + 0.3 * fine), 0.85 * dirt * (z < 320))
        ice_color = shade(ice_color, 1 - 0.12 * smoothstep(0.1, 0.8, np.sin(bow_lines(x, y) * 0.09)) * (1 - blue))
        return mix(rock, ice_color, mask(x, y))

    def bow_lines(x: Floats, y: Floats) -> Floats:
        return y + 250 * across(x, y) ** 2 + 20 * noise.fbm(x, y, 160, 2)

    camera = stand(ground, Framing(rng.uniform(9, 18), rng.uniform(-5, -2), rng.uniform(44, 54), 25, 160), views)
    grid = view_grid(ground, camera, frame, 520, 420, 12_000)
    half = 36 * max(frame.aspect, 1) if not is_drone(camera) else 180
    x, y = veg.sector_points(rng, 60, 4, 160, half, 0.7)
    keep = (cracks(x, y, None) < 0.05) & (noise.fbm(x, y, 25, 2) > -0.2)
    rocks = [veg.rock(rng, 18, 0.7, 0.07, stone, lichen=0.0) for _ in range(4)]
    size = np.minimum(rng.lognormal(-1.7, 0.8, len(x)), 1.3) * (1 + np.hypot(x, y) / 70)
    instances = veg.planted("boulder", rocks, x[keep], y[keep], ground, rng, size[keep], 0.3, 0.2, squash=0.25)
    return Landscape((ground_part(grid, ground, paint, ICE),), instances, (), camera, _side(rng, 50, 120), ground, 70.0)


def glacier_rand(rng: np.random.Generator, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """A valley glacier."""
    return glacier(rng, rng.uniform(4, 10), views, frame)


# --- volcano --------------------------------------------------------------------------------------------------


def volcano(
    rng: np.random.Generator, height_m: float, lava: float, plume: float, views: tuple[str, ...] = (), frame: Frame = SQUARE
) -> Landscape:
    """A stratovolcano over ash fields and scrub.

    Args:
        height_m: of the rim over the plain, 900 to 2000.
        lava: 0 to 1, how much of the streams glows.
        plume: 0 to 1, size of the cloud of ash over the crater; 0 for none.
    """
    noise = Noise(rng)
    distance = height_m * rng.uniform(3.0, 3.8)
    cx = height_m * rng.uniform(0.25, 0.6) * (1 if rng.random() < 0.5 else -1)
    crater = height_m * rng.uniform(0.13, 0.2)
    side = height_m * 3.4
    x, y, cell = sample_axes((cx - side, distance - side), (cx + side, distance + side), 300)
    dx, dy = x - cx, y - distance
    r = np.hypot(dx, dy) * (1 + 0.07 * noise.fbm(x, y, 2.2 * height_m, 3))
    cone = height_m * 1.1 * (0.72 * np.exp(-r / (0.62 * height_m)) + 0.5 * np.exp(-((r / (1.3 * height_m)) ** 2))) + 6 * noise.fbm(
        x, y, 300, 5
    )
    cone *= smoothstep(side, side * 0.7, np.hypot(dx, dy))
    cone = stream_power(cone, np.zeros_like(cone), 6e-6 * 2 ** noise.fbm(x, y, 600, 2), cell, 9, 2.2e4, rng, max_slope=0.85)
    rim = crater * (1 + 0.18 * noise.fbm(x, y, 2 * crater, 2))
    top = float(np.median(cone[np.abs(r - crater) < cell * 1.5]))
    bowl = top - 0.5 * crater * (1 - np.clip(r / rim, 0, 1) ** 2) + 0.12 * crater * noise.fbm(x, y, crater, 3)
    cone = np.where(r < rim, np.minimum(bowl, cone + 10), cone)
    shape = HeightMap(cone, (cx - side, distance - side), cell)
    hollow = shape.hollowness(70)

    def ground(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        h = shape(x, y)
        up = smoothstep(60, 500, h)
        h = (
            h
            + 16 * up * noise.fbm(x, y, 130, 6, 0.52, spacing, crest)
            + 2 * (1 - up) * noise.fbm(x, y, 90, 4, 0.5, spacing)
            + (1 - up) * 14 * noise.fbm(x, y, 420, 4, 0.5, spacing)
        )
        blocky = smoothstep(0.0, 0.35, noise.fbm(x, y, 60, 3, 0.5, spacing)) * smoothstep(2.5, 9, np.hypot(x, y))
        h += blocky * (0.55 * noise.fbm(x, y, 3.2, 5, 0.62, spacing, billow)) + 0.06 * noise.fbm(x, y, 0.9, 3, 0.6, spacing)
        return h

    stream_angle = np.pi + np.arctan2(cx, distance) + rng.uniform(-0.75, 0.75, 5)
    stream_end = rng.uniform(0.45, 1.5, 5) * height_m

    def streams(x: Floats, y: Floats, spacing: Floats | None) -> Floats:
        """Lava 0 to 1: narrow winding lines from the rim down the near flank."""
        dx, dy = x - cx, y - distance
        r = np.hypot(dx, dy)
        a = np.arctan2(dx, dy)
        out = np.zeros(np.shape(x), np.float32)
        for k in range(len(stream_angle)):
            turn = (a - stream_angle[k] + np.pi) % (2 * np.pi) - np.pi
            off = turn * r + 0.09 * height_m * noise.fbm(r, np.full_like(r, 77.0 * k), 0.7 * height_m, 3, 0.55)
            width = height_m * (0.008 + 0.012 * r / height_m)
            out = np.maximum(
                out, smoothstep(width, 0.35 * width, np.abs(off)) * (r > 0.8 * crater) * smoothstep(stream_end[k], 0.8 * stream_end[k], r)
            )
        return out

    ash = tinted(rng, (0.06, 0.055, 0.052), 0.15)
    rust = tinted(rng, (0.14, 0.075, 0.05), 0.2)
    snow_from = rng.choice([0.72, 0.82, 2.0])

    def paint(x: Floats, y: Floats, z: Floats, n: Floats, spacing: Floats) -> Floats:
        patchy = noise.fbm(x, y, 330, 5, 0.55, spacing)
        fine = noise.fbm(x, y, 4, 5, 0.62, spacing)
        h01 = z / height_m
        steep = 1 - n[:, 2]
        c = shade(
            mix(ash, rust, smoothstep(0.0, 0.8, patchy + 0.5 * h01 - 0.1)),
            1 + 0.3 * fine + 0.1 * patchy - 0.006 * np.clip(hollow(x, y), -40, 40),
        )
        green = (
            smoothstep(0.3, 0.08, h01 + 0.08 * patchy)
            * smoothstep(-0.25, 0.35, noise.fbm(x, y, 55, 4, 0.6, spacing) + 0.25 * patchy)
            * smoothstep(0.35, 0.15, steep)
        )
        c = mix(c, shade((0.055, 0.07, 0.025), 1 + 0.4 * fine), green * smoothstep(6, 40, np.hypot(x, y)) * 0.9)
        gullies = 0.004 * np.clip(hollow(x, y), -30, 60)
        c = mix(c, SNOW, smoothstep(0.0, 0.1, h01 - snow_from + gullies + 0.05 * patchy) * smoothstep(0.5, 0.3, steep))
        if lava > 0:
            cooled = streams(x, y, spacing)
            c = mix(c, (0.03, 0.022, 0.02), cooled)
        return c

    camera = stand(ground, Framing(rng.uniform(1.6, 4), rng.uniform(2, 5), rng.uniform(42, 52), 9, 400), views)
    if is_drone(camera):
        camera = hover(ground, cx, distance, 1.5 * height_m)
    grid = view_grid(ground, camera, frame, 420, 420, 20_000)
    terrain = ground_part(grid, ground, paint)
    parts = [terrain]
    if lava > 0:
        mesh = terrain.mesh
        v = mesh.vertices
        hot = streams(grid.x, grid.y, grid.spacing) > 0.45
        faces = mesh.faces[hot[mesh.faces].all(1)]
        if len(faces):
            used, index = np.unique(faces, return_inverse=True)
            glow = Mesh(
                (v[used] + [0, 0, 0.006 * height_m * 0.2]).astype(np.float32), index.reshape(-1, 3).astype(np.int32), v[used, :2].copy()
            )
            parts.append(Part(glow, Material(color=(0.05, 0.02, 0.01), roughness=0.8, emission=(2.2 * lava, 0.42 * lava, 0.04 * lava))))
    if plume > 0 and not is_drone(camera):
        parts.append(_plume(rng, np.array([cx, distance, top - 0.25 * crater]), crater * (0.45 + 0.5 * plume), height_m * (0.5 + plume)))
    drone = is_drone(camera)
    half = 36 * max(frame.aspect, 1) if not drone else 180
    x, y = veg.sector_points(rng, 170, 2.5, 150, half, 0.6)
    size = np.minimum(rng.lognormal(-1.9, 0.9, len(x)), 1.3) * (1 + np.hypot(x, y) / 60)
    rocks = [veg.rock(rng, 9, 0.75, 0.11, ash, lichen=0.12) for _ in range(4)]
    instances = veg.planted("lava block", rocks, x, y, ground, rng, size, 0.4, 0.2, squash=0.25)
    x, y = veg.sector_points(rng, 260, 9, 500, half, 0.9)
    keep = noise.fbm(x, y, 55, 3) > 0.0
    bushes = [veg.bush_rand(rng, 800, 0.085) for _ in range(3)]
    instances += veg.planted("bush", bushes, x[keep], y[keep], ground, rng, (0.4, 1.1), 0.05, 0.1)
    return Landscape(tuple(parts), instances, (), camera, _side(rng), ground, 60.0)


def volcano_rand(rng: np.random.Generator, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """An active or a sleeping volcano."""
    active = rng.random() < 0.65
    return volcano(
        rng, rng.uniform(1100, 1700), rng.uniform(0.6, 1.2) if active else 0.0, rng.uniform(0.25, 0.9) if active else 0.0, views, frame
    )


def _plume(rng: np.random.Generator, vent_m: Floats, radius_m: float, height_m: float) -> Part:
    """A cloud of ash and steam: billows that grow as they rise and drift with the wind."""
    meshes = []
    sphere, faces = veg.icosphere(4)
    drift = np.array([rng.uniform(0.25, 0.7) * (1 if rng.random() < 0.5 else -1), rng.uniform(-0.1, 0.3)])
    for t in np.linspace(0, 1, 34):
        size = radius_m * (0.5 + 1.5 * t**0.8) * rng.uniform(0.75, 1.1)
        at = vent_m + np.array([*(drift * height_m * t**1.7), height_m * t**0.85])
        at[:2] += rng.normal(0, 0.35, 2) * size
        lump = fbm(sphere * 1.0 + rng.uniform(0, 90, 3), int(rng.integers(1 << 30)), 4, 0.48)
        fold = np.abs(lump)
        v = sphere * (0.72 + 1.1 * fold)[:, None] * [1, 1, 0.9] * size + at
        grey = 0.3 + 0.28 * t + 0.3 * fold
        meshes.append(
            Mesh(
                v.astype(np.float32),
                faces,
                v[:, :2].astype(np.float32),
                np.clip(grey[:, None] * [1.0, 0.97, 0.94], 0, 0.85).astype(np.float32),
            )
        )
    return Part(join(meshes), Material(roughness=1.0, specular=0.0, flatness=1.0))
