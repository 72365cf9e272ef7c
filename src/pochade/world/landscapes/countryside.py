"""Gentle and tended land: meadow, rolling hills, lake, river valley, rice terraces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from pochade.world.blending import mix, shade, smoothstep
from pochade.world.landscapes import vegetation as veg
from pochade.world.landscapes.erosion import refined, stream_power
from pochade.world.landscapes.land import SQUARE, Floats, Frame, Landscape
from pochade.world.landscapes.mountains import SNOW, massif
from pochade.world.landscapes.terrain import (
    Framing,
    Grid,
    HeightMap,
    Noise,
    billow,
    crest,
    ground_part,
    is_drone,
    sample_axes,
    stand,
    tinted,
    view_grid,
)
from pochade.world.landscapes.water import Waves, depth_color, water_body
from pochade.world.materials import Rgb
from pochade.world.noise import cellular
from pochade.world.vectors import f32

FLOWERS = ("daisy", "poppy", "buttercup", "cornflower", "lupin")


def _half_angle(fov_deg: float, aspect: float, drone: bool) -> float:
    """Half the sector, in degrees, where things near the camera are in the picture."""
    return 180.0 if drone else float(np.degrees(np.arctan(np.tan(np.radians(fov_deg / 2)) * max(aspect, 1.0)))) + 6


def meadow(rng: np.random.Generator, bloom: float, kinds: tuple[str, ...], views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """Tall grass with flowers, trees at its edge and wooded hills behind.

    Args:
        bloom: flowers per square metre near the camera, 0 to 14.
        kinds: which flowers, of `FLOWERS`.
    """
    noise = Noise(rng)
    grass = tinted(rng, (0.07, 0.105, 0.024), 0.15)
    slant = rng.uniform(-0.03, 0.03)

    def ground(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        h = 330 * smoothstep(300, 3200, y) * (0.75 + 0.8 * noise.fbm(x, y, 2100, 4, 0.45, spacing)) + 1.2 * noise.fbm(
            x, y, 90, 2, 0.4, spacing
        )
        h += 5.0 * smoothstep(30, 140, y) * noise.fbm(x + 400, y, 160, 2, 0.4, spacing) - 3.0 * smoothstep(15, 160, y)
        return h + slant * x * np.exp(-(x * x + y * y) / 2e4) + 0.1 * noise.fbm(x, y, 4, 3, 0.5, spacing)

    def wooded(x: Floats, y: Floats) -> Floats:
        return smoothstep(-0.12, 0.12, noise.fbm(x + 900, y, 520, 4, 0.5) + 0.25 * smoothstep(500, 1500, y) - 0.15) * smoothstep(
            170, 260, y
        )

    def paint(x: Floats, y: Floats, z: Floats, n: Floats, spacing: Floats) -> Floats:
        wide = noise.fbm(x, y, 45, 5, 0.55, spacing)
        fine = noise.fbm(x, y, 1.4, 4, 0.65, spacing)
        c = mix(grass, np.asarray(grass) * [1.5, 1.12, 0.85], smoothstep(-0.5, 0.7, wide))
        near = smoothstep(22, 3, np.hypot(x, y))
        c = shade(c, (1.05 + 0.3 * fine + 0.12 * wide) * (1 - 0.4 * near))
        c = mix(c, shade((0.07, 0.055, 0.035), 1 + 0.4 * fine), near * smoothstep(0.0, 0.6, fine) * 0.7)
        woods = shade((0.032, 0.052, 0.018), 1 + 0.5 * noise.fbm(x, y, 26, 4, 0.75, spacing))
        return mix(c, woods, wooded(x, y))

    camera = stand(ground, Framing(rng.uniform(0.62, 0.95), rng.uniform(-6, -1), rng.uniform(50, 60), 2.6, 8.0), views)
    grid = view_grid(ground, camera, frame, 320, 320, 14_000)
    drone = is_drone(camera)
    half = _half_angle(camera.fov_deg, frame.aspect, drone)
    tall = rng.uniform(0.26, 0.4)
    patches = [veg.grass_patch(rng, 1.0, 230, tall, 0.006, grass, rng.uniform(0.05, 0.25)) for _ in range(3)]
    x, y = veg.sector_points(rng, 330, 0.8, 13, half, 1.5)
    out = veg.planted("grass", patches, x, y, ground, rng, (0.75, 1.2), 0.08)
    coarse = [veg.grass_patch(rng, 2.4, 110, 1.15 * tall, 0.02, grass, rng.uniform(0.05, 0.25)) for _ in range(2)]
    x, y = veg.sector_points(rng, 520, 11, 80, half, 1.0)
    out += veg.planted("grass", coarse, x, y, ground, rng, (0.8, 1.3), 0.05)
    for kind in kinds:
        drift = rng.uniform(0, 900)
        count = int(bloom * 330 / len(kinds))
        x, y = veg.sector_points(rng, count, 0.9, 46, half, 0.9)
        grows = noise.fbm(x + drift, y - drift, 6, 2) > rng.uniform(-0.35, 0.0)
        heads = [veg.flower(rng, kind) for _ in range(3)]
        size = rng.uniform(0.85, 1.35, len(x)) * (1 + 0.015 * np.hypot(x, y))
        out += veg.planted(kind, heads, x[grows], y[grows], ground, rng, size[grows], 0.12)
    x, y = veg.sector_points(rng, 700, 180, 1300, half, 1.3)
    grows = wooded(x, y) > 0.5
    single = np.flatnonzero((rng.random(len(x)) < 0.015) & ~grows)
    grows[single] = True
    oaks = [[veg.oak_rand(rng, level) for _ in range(3)] for level in (1, 2)]
    out += veg.by_distance("oak", oaks, (260.0,), x[grows][:420], y[grows][:420], ground, rng, scale=(0.7, 1.35), sink_m=0.2, vary=0.16)
    side = (75.0, 150.0) if rng.random() < 0.5 else (-150.0, -75.0)
    return Landscape((ground_part(grid, ground, paint),), out, (), camera, side, ground, 35.0)


def meadow_rand(rng: np.random.Generator, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """A summer meadow with one to three kinds of flowers."""
    kinds = tuple(str(k) for k in rng.choice(FLOWERS, int(rng.integers(1, 4)), replace=False))
    return meadow(rng, rng.uniform(5, 12), kinds, views, frame)


# --- rolling hills --------------------------------------------------------------------------------------------


def rolling_hills(
    rng: np.random.Generator, relief_m: float, field_m: float, views: tuple[str, ...] = (), frame: Frame = SQUARE
) -> Landscape:
    """Farmed hills: a patchwork of fields with hedges, copses and single trees.

    Args:
        relief_m: height of the hills, 25 to 70.
        field_m: size of a field, 90 to 220.
    """
    noise = Noise(rng)
    seed = int(rng.integers(1 << 30))
    shift = np.zeros(2, np.float32)

    def swell(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        px, py = x + shift[0], y + shift[1]
        h = relief_m * (noise.fbm(px, py, 620, 2, 0.38, spacing) + 0.35 * noise.fbm(px, py, 1500, 1))
        return h + 2.2 * relief_m * smoothstep(1800, 6000, np.hypot(x, y)) * (0.5 + noise.fbm(px, py, 2600, 3, 0.45, spacing))

    best = -1e9
    ahead = f32([40, 80, 140, 240, 400, 650])
    for _ in range(60):  # stand where the land falls away and rises again
        at = rng.uniform(-9000, 9000, 2).astype(np.float32)
        h = relief_m * noise.fbm(
            at[0] + np.append(ahead, 0) * f32([[-0.3], [0.0], [0.3]]),
            at[1] + np.append(ahead, np.float32(0)) + np.zeros((3, 1), np.float32),
            620,
            2,
            0.38,
        )
        score = float((h[:, -1:] - h[:, 1:5]).mean() + 0.5 * (h[:, 5] - h[:, 3]).mean())
        if score > best:
            best, shift = score, at
    knoll = 0.12 * relief_m

    def ground(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        h = swell(x, y, spacing) + knoll * np.exp(-(x * x + y * y) / (2 * 45.0**2))
        return h + 0.25 * noise.fbm(x, y, 12, 3, 0.5, spacing) + 0.05 * noise.fbm(x, y, 1.6, 3, 0.5, spacing)

    def fields(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Distance in metres to the nearest boundary, and a number per field."""
        wx, wy = x + 0.22 * field_m * noise.fbm(x, y, 2.2 * field_m, 2), y + 0.22 * field_m * noise.fbm(y, x, 2.2 * field_m, 2)
        first, second, ident = cellular(np.stack([(wx + shift[1]) / (1.25 * field_m), (wy + shift[0]) / field_m], -1), seed)
        return (second - first) * 0.5 * field_m, ident

    greens = ((0.07, 0.105, 0.026), (0.085, 0.125, 0.03), (0.1, 0.115, 0.035), (0.06, 0.085, 0.025), (0.075, 0.115, 0.03))
    ripe = ((0.3, 0.225, 0.085), (0.36, 0.27, 0.11), (0.14, 0.095, 0.06), (0.5, 0.4, 0.03))  # barley, wheat, soil, rape
    crops = [tinted(rng, c, 0.1) for c in (*greens, *ripe)]
    palette = np.asarray(crops, np.float32)[rng.integers(0, 8 + int(rng.random() < 0.4), 61)]
    rows_angle = rng.uniform(0, np.pi, 61).astype(np.float32)

    def wooded(x: Floats, y: Floats) -> Floats:
        return smoothstep(0.42, 0.5, noise.fbm(x + 77, y - 400, 480, 3, 0.5)) * smoothstep(160, 230, np.hypot(x, y))

    def paint(x: Floats, y: Floats, z: Floats, n: Floats, spacing: Floats) -> Floats:
        edge, ident = fields(x, y)
        k = np.clip((ident * 61).astype(int), 0, 60)
        fine = noise.fbm(x, y, 1.3, 4, 0.65, spacing)
        wide = noise.fbm(x, y, 60, 4, 0.55, spacing)
        c = shade(palette[k], 1 + 0.1 * fine + 0.12 * wide)
        turn = rows_angle[k]
        across = x * np.cos(turn) + y * np.sin(turn) + 1.5 * noise.fbm(x, y, 70, 2)
        stripes = np.sin(across * (2 * np.pi / 3.4)) * np.clip(3.4 / (3 * spacing) - 1, 0, 1) + 1.2 * np.sin(
            across * (2 * np.pi / 19)
        ) * np.clip(19 / (3 * spacing) - 1, 0, 1)
        c = shade(c, 1 + 0.07 * stripes * (ident > 0.25))
        own = smoothstep(20, 13, np.hypot(x, y)) * ("top-down" not in views)
        c = mix(c, shade((0.075, 0.1, 0.028), 0.9 + 0.25 * fine + 0.12 * wide), own)
        hedge = smoothstep(3.4, 1.8, edge + 0.6 * fine) * (1 - own)
        c = mix(c, shade((0.035, 0.05, 0.018), 1 + 0.4 * fine), hedge)
        woods = shade((0.035, 0.052, 0.018), 1 + 0.5 * noise.fbm(x, y, 22, 4, 0.75, spacing))
        return mix(c, woods, wooded(x, y))

    camera = stand(ground, Framing(rng.uniform(4, 9), rng.uniform(-6, -3.5), rng.uniform(40, 50), 14, 230), views)
    grid = view_grid(ground, camera, frame, 430, 400, 14_000)
    drone = is_drone(camera)
    half = _half_angle(camera.fov_deg, frame.aspect, drone)
    x, y = veg.sector_points(rng, 26_000, 45, 1500, half, 1.25)
    edge, _ = fields(x, y)
    hedge = (edge < 1.6) & (noise.fbm(x, y, 130, 2) > -0.3)
    hx, hy = x[hedge][:1000], y[hedge][:1000]
    bushes = [[veg.bush_rand(rng, n, leaf) for _ in range(3)] for n, leaf in ((380, 0.2), (70, 0.5), (26, 0.9))]
    out = veg.by_distance("hedge", bushes, (120.0, 420.0), hx, hy, ground, rng, scale=(0.8, 1.7), sink_m=0.1, vary=0.2)
    single = ((edge < 2.2) & (rng.random(len(x)) < 0.12)) | (rng.random(len(x)) < 0.0007)
    copse = (wooded(x, y) > 0.6) & (rng.random(len(x)) < 0.25)
    tx, ty = np.concatenate([x[single][:110], x[copse][:330]]), np.concatenate([y[single][:110], y[copse][:330]])
    oaks = [[veg.oak_rand(rng, level) for _ in range(n)] for level, n in ((0, 2), (1, 3), (2, 3))]
    out += veg.by_distance("oak", oaks, (85.0, 330.0), tx, ty, ground, rng, scale=(0.6, 1.25), sink_m=0.2, vary=0.18)
    grass = (0.075, 0.1, 0.028)
    patches = [veg.grass_patch(rng, 1.0, 110, 0.2, 0.007, grass, 0.25, 0.7) for _ in range(3)]
    x, y = veg.sector_points(rng, 420, 1.4, 19, half, 1.2)
    out += veg.planted("grass", patches, x, y, ground, rng, (0.7, 1.3), 0.08)
    x, y = veg.sector_points(rng, 240, 1.8, 19, half, 1.0)
    grows = noise.fbm(x, y, 6, 2) > 0.05
    heads = [veg.flower(rng, k) for k in ("daisy", "buttercup", "poppy")]
    out += veg.planted("flower", heads, x[grows], y[grows], ground, rng, (0.6, 1.0), 0.12)
    side = (60.0, 120.0) if rng.random() < 0.5 else (-120.0, -60.0)
    return Landscape((ground_part(grid, ground, paint),), out, (), camera, side, ground, 32.0)


def rolling_hills_rand(rng: np.random.Generator, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """Hills in spring or at harvest."""
    return rolling_hills(rng, rng.uniform(28, 55), rng.uniform(110, 190), views, frame)


# --- lake and river -------------------------------------------------------------------------------------------


def _alpine_paint(noise: Noise, land: object, peak_m: float, stone: Rgb, snow_line: float, tree_line: float):
    """Painter of wooded slopes, rock and snow above them; returns colours from x, y, z, n, spacing."""

    def paint(x: Floats, y: Floats, z: Floats, n: Floats, spacing: Floats) -> Floats:
        patchy = noise.fbm(x, y, 380, 5, 0.55, spacing)
        fine = noise.fbm(x, y, 6, 5, 0.62, spacing)
        hollow = land.hollow(x, y)  # type: ignore[attr-defined]
        steep = 1 - n[:, 2]
        h01 = z / peak_m + 0.05 * patchy
        strata = np.sin((z + 0.15 * x + 60 * patchy) * 0.1)
        rock = shade(
            mix(stone, (0.19, 0.16, 0.13), smoothstep(-0.4, 0.8, patchy)),
            1 + 0.14 * strata + 0.25 * fine - 0.004 * np.clip(hollow, -60, 60),
        )
        pasture = shade(mix((0.075, 0.1, 0.03), (0.13, 0.12, 0.05), smoothstep(-0.4, 0.6, patchy)), 1 + 0.25 * fine)
        c = mix(rock, pasture, smoothstep(0.5, 0.3, steep) * smoothstep(tree_line + 0.22, tree_line + 0.05, h01))
        woods = shade((0.026, 0.044, 0.019), 1 + 0.5 * noise.fbm(x, y, 30, 4, 0.75, spacing))
        cover = smoothstep(tree_line + 0.05, tree_line - 0.05, h01 + 0.05 * noise.fbm(x, y, 130, 3, 0.6, spacing)) * smoothstep(
            0.62, 0.46, steep
        )
        c = mix(c, woods, cover * smoothstep(-0.5, -0.1, noise.fbm(x, y, 700, 4, 0.55, spacing)))
        snow = smoothstep(-0.05, 0.09, h01 - snow_line + 0.002 * np.clip(hollow, -90, 90) + 0.08 * fine) * smoothstep(0.6, 0.4, steep)
        return mix(c, SNOW, snow)

    return paint


def lake(rng: np.random.Generator, ripples: float, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """A mountain lake with reflections, reeds and stones on the near shore, forest and peaks beyond.

    Args:
        ripples: 0 for a mirror, 1 for a light breeze.
    """
    noise = Noise(rng)
    peak = rng.uniform(1100, 1700)
    length = rng.uniform(900, 1700)
    land = massif(rng, noise, peak, 0.5 * length, (-8000.0, -2500.0), (8000.0, 10_500.0), 360, 1.2, rng.uniform(0, 0.5), ramp_m=2300)
    base = float(np.median(land.height(np.linspace(-300, 300, 30).astype(np.float32), np.full(30, 0.4 * length, np.float32))))
    shore = rng.uniform(2.6, 4.2)
    side = 1.0 if rng.random() < 0.5 else -1.0

    def basin(x: Floats, y: Floats) -> Floats:
        """Negative in the lake, metres to its edge (about)."""
        wobble = noise.fbm(x, y, 420, 4, 0.5) * 120 * smoothstep(30, 300, np.hypot(x, y))
        near = shore - y + 0.3 * noise.fbm(x, y, 9, 3, 0.55) * 4 + 0.006 * x * x * np.where(x * side > 0, 1.0, 0.15) * smoothstep(200, 0, y)
        far = np.hypot(x / 1.25, y - 0.52 * length) - 0.52 * length - shore
        return np.maximum(np.where(np.hypot(x, y) < 60, near, far), far) + wobble * (np.hypot(x, y) > 60)

    def ground(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        d = basin(x, y)
        h = np.maximum(land.height(x, y) - base, 0) * smoothstep(20, 900, d)
        high = smoothstep(40, 400, h)
        h = h + 36 * high * noise.fbm(x, y, 250, 6, 0.54, spacing, crest)
        bank = np.where(d > 0, 0.09 * np.minimum(d, 40) + 0.05 * np.minimum(np.maximum(d - 20, 0), 500), 0.12 * np.maximum(d, -60))
        local = smoothstep(0.05, 0.8, d) * 0.35 + 0.12
        h = h + bank + local * (0.35 * noise.fbm(x, y, 4, 3, 0.5, spacing) + 0.12 * noise.fbm(x, y, 0.8, 4, 0.6, spacing, billow))
        return h + 8 * smoothstep(30, 200, d) * noise.fbm(x, y, 130, 3, 0.5, spacing)

    alpine = _alpine_paint(noise, land, peak, tinted(rng, (0.15, 0.145, 0.14), 0.12), rng.uniform(0.45, 0.75), rng.uniform(0.3, 0.45))

    def paint(x: Floats, y: Floats, z: Floats, n: Floats, spacing: Floats) -> Floats:
        fine = noise.fbm(x, y, 0.5, 4, 0.65, spacing)
        wide = noise.fbm(x, y, 3, 3, 0.6, spacing)
        near = smoothstep(90, 40, np.hypot(x, y))
        gravel = shade((0.17, 0.15, 0.125), 1 + 0.35 * fine + 0.2 * wide)
        gravel = shade(gravel, 1 - 0.5 * smoothstep(0.12, 0.02, z))
        turf = shade((0.075, 0.095, 0.03), 1 + 0.3 * fine)
        own = mix(gravel, turf, smoothstep(0.2, 0.5, z + 0.12 * wide))
        c = mix(alpine(x, y, z, n, spacing), own, near)
        rim = smoothstep(1.2, 0.2, z) * (1 - near)
        return mix(c, shade((0.16, 0.145, 0.12), 1 + 0.2 * fine), 0.8 * rim)

    camera = stand(ground, Framing(rng.uniform(0.9, 1.6), rng.uniform(-2.5, 0.5), rng.uniform(42, 52), 4.5, 90), views)
    grid = view_grid(ground, camera, frame, 430, 400, 12_000)
    sheet = view_grid(lambda x, y, spacing=None: np.zeros(np.shape(x), np.float32), camera, frame, 280, 220, 5000)
    depth = -ground(sheet.x, sheet.y, sheet.spacing)
    tone = depth_color(depth, (0.008, 0.02, 0.02), (0.03, 0.055, 0.04), (0.17, 0.15, 0.125), 0.8)
    gust = smoothstep(0.0, 0.5, noise.fbm(sheet.x, sheet.y * 2.5, 260, 3, 0.5)) * smoothstep(40, 160, sheet.y)
    waves = Waves(rng, 2.2, rng.uniform(150, 210), 0.5)
    calm = 0.05 + 0.5 * ripples * (0.25 + 0.75 * gust)
    body = water_body(sheet, 0.0, tone, waves, calm.astype(np.float32))
    drone = is_drone(camera)
    half = _half_angle(camera.fov_deg, frame.aspect, drone)
    x, y = veg.sector_points(rng, 420, 1.3, 34, half + 4, 1.0)
    d = basin(x, y)
    reeds = [veg.reed_clump(rng, 40, rng.uniform(1.1, 1.6)) for _ in range(3)]
    bed = (d < 0.3) & (d > -3.5) & (noise.fbm(x, y, 7, 2) > 0.1) & (np.abs(x) > 0.2 * y)
    out = veg.planted("reeds", reeds, x[bed], y[bed], ground, rng, (0.6, 1.1), 0.04)
    x, y = veg.sector_points(rng, 230, 1.3, 22, half + 4, 0.9)
    d = basin(x, y)
    stones = [veg.rock(rng, 7, 0.55, 0.03, c, 3, 0.25) for c in ((0.17, 0.16, 0.15), (0.22, 0.2, 0.17), (0.12, 0.115, 0.11))]
    keep = (d > -3.0) & (d < 6)
    size = np.minimum(rng.lognormal(-2.1, 0.65, len(x)), 0.7)
    out += veg.planted("stone", stones, x[keep], y[keep], ground, rng, size[keep], 0.3, 0.12, squash=0.25)
    patches = [veg.grass_patch(rng, 0.8, 110, 0.24, 0.006, (0.075, 0.1, 0.03), 0.25, 0.8) for _ in range(2)]
    x, y = veg.sector_points(rng, 260, 0.9, 14, half + 4, 1.0)
    keep = basin(x, y) > 1.2
    out += veg.planted("grass", patches, x[keep], y[keep], ground, rng, (0.6, 1.2), 0.1)
    x, y = veg.sector_points(rng, 9000, 120, 2.0 * length, half + 8, 1.6)
    d = basin(x, y)
    grows = (d > 4) & (d < 260) & (noise.fbm(x, y, 170, 3) + 0.4 * smoothstep(120, 10, d) > -0.05)
    spruces = [[veg.spruce_rand(rng, *level) for _ in range(3)] for level in veg.CONIFER_LEVELS[1:]]
    out += veg.by_distance(
        "spruce", spruces, (300.0,), x[grows][:1100], y[grows][:1100], ground, rng, scale=(0.7, 1.5), sink_m=0.3, vary=0.18
    )
    lateral = (50.0, 125.0) if rng.random() < 0.5 else (-125.0, -50.0)

    def surface(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        return np.maximum(ground(x, y, spacing), 0)

    return Landscape((ground_part(grid, ground, paint),), out, (body,), camera, lateral, surface, 50.0)


def lake_rand(rng: np.random.Generator, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """Mostly calm."""
    return lake(rng, float(rng.choice([0.0, 0.1, 0.4])), views, frame)


def river_valley(rng: np.random.Generator, width_m: float, bends: float, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """A river that winds through the flat floor of a mountain valley, seen from the slope above it.

    Args:
        width_m: of the river, 18 to 50.
        bends: amplitude of the meanders in metres, 60 to 220.
    """
    noise = Noise(rng)
    peak = rng.uniform(1000, 1500)
    land = massif(rng, noise, peak, 150, (-7000.0, -2500.0), (7000.0, 11_000.0), 360, 1.15, 1.0, 330, 4600)
    floor = float(np.median(land.height(np.zeros(20, np.float32), np.linspace(200, 3000, 20).astype(np.float32))))
    lookout = rng.uniform(38, 60) * ("top-down" not in views)
    side = 1.0 if rng.random() < 0.5 else -1.0

    def meander(y: Floats, phase: float) -> Floats:
        grow = 1 + 0.0003 * np.maximum(y, 0)
        return bends * grow * np.sin((y + phase) / (1.9 * bends + 60)) + 0.4 * bends * np.sin((y - phase) / (0.8 * bends + 30))

    near = np.linspace(-60, 100, 12)
    tries = rng.uniform(0, 9000, 60)  # the river must pass beside the lookout and then swing across the view
    swing = []
    for p in tries:
        nearest = side * (meander(near, p).min() if side > 0 else meander(near, p).max())
        swing.append(-abs(nearest - 95.0) - 0.8 * abs(side * float(meander(np.array([400.0]), p)[0]) + 50.0))
    phase = float(tries[int(np.argmax(swing))])
    closest = side * (meander(near, phase).min() if side > 0 else meander(near, phase).max())
    shift = side * max(72.0 + 0.7 * width_m - closest, 0.0)

    def course(y: Floats) -> Floats:
        return shift * np.exp(-((y / 330) ** 2)) + meander(y, phase)

    def river(x: Floats, y: Floats) -> Floats:
        """Metres from the bank, negative in the water (about: the channel slants with its course)."""
        slope = (course(y + 2) - course(y - 2)) / 4
        return np.abs(x - course(y)) / np.sqrt(1 + slope**2) - 0.5 * width_m * (1 + 0.25 * np.sin(y / 130 + phase))

    def ground(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        away = np.abs(x - 0.35 * shift * np.exp(-((y / 1500) ** 2)))
        valley = np.maximum(
            smoothstep(220, 650, away + 90 * noise.fbm(x, y, 500, 3) - 0.02 * np.maximum(y, 0)), smoothstep(3800, 5600, y + 0.5 * np.abs(x))
        )
        h = np.maximum(land.height(x, y) - floor, 0) * valley
        high = smoothstep(40, 350, h)
        h = h + 34 * high * noise.fbm(x, y, 240, 6, 0.54, spacing, crest)
        d = river(x, y)
        flat = 1.6 + 0.9 * noise.fbm(x, y, 90, 4, 0.5, spacing) + 0.002 * np.clip(d, 0, 800)
        r2 = (x + 0.4 * shift * 0) ** 2 + y * y
        own = lookout * np.exp(-(((x + side * 25) / 78) ** 2) - ((y + 25) / 80) ** 2) * 1.18
        bank = smoothstep(-1.5, 3.5, d + 2.0 * noise.fbm(x, y, 14, 3, 0.5, spacing))
        h = (h + flat + own) * bank - 1.4 * (1 - bank)
        return h + smoothstep(60, 10, np.sqrt(r2)) * (
            0.3 * noise.fbm(x, y, 5, 3, 0.5, spacing) + 0.06 * noise.fbm(x, y, 1.1, 3, 0.6, spacing)
        )

    alpine = _alpine_paint(noise, land, peak, tinted(rng, (0.16, 0.15, 0.14), 0.12), rng.uniform(0.5, 0.9), rng.uniform(0.4, 0.55))
    meadow_green = tinted(rng, (0.08, 0.105, 0.03), 0.15)

    def paint(x: Floats, y: Floats, z: Floats, n: Floats, spacing: Floats) -> Floats:
        fine = noise.fbm(x, y, 1.3, 4, 0.65, spacing)
        wide = noise.fbm(x, y, 55, 5, 0.55, spacing)
        d = river(x, y)
        c = alpine(x, y, z, n, spacing)
        pasture = shade(mix(meadow_green, np.asarray(meadow_green) * [1.6, 1.2, 0.9], smoothstep(-0.4, 0.6, wide)), 1 + 0.22 * fine)
        low = smoothstep(50, 14, z) + smoothstep(130, 70, np.hypot(x, y))
        c = mix(c, pasture, np.clip(low, 0, 1))
        gravel = smoothstep(11, 3, d + 9 * wide + 3 * fine) * smoothstep(4, 1.5, z)
        return mix(c, shade((0.3, 0.27, 0.23), 1 + 0.15 * fine), gravel)

    camera = stand(ground, Framing(rng.uniform(1.8, 4), rng.uniform(-8, -5), rng.uniform(42, 50), 9, 330), views)
    grid = view_grid(ground, camera, frame, 460, 420, 13_000)
    level = 0.35

    def flat(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        return np.full(np.shape(x), level, np.float32)

    sheet = view_grid(flat, camera, frame, 340, 300, 9000, nearest_m=15)
    near_river = river(sheet.x, sheet.y) < 14
    sheet = Grid(sheet.x, sheet.y, sheet.spacing, sheet.faces[near_river[sheet.faces].any(1)])
    depth = np.clip(0.09 * -river(sheet.x, sheet.y) + 0.3, 0, 3)
    tone = depth_color(depth, (0.012, 0.045, 0.045), (0.035, 0.09, 0.08), (0.25, 0.22, 0.18), 0.8)
    rapid = smoothstep(0.25, 0.6, noise.fbm(sheet.x, sheet.y, 55, 4, 0.6, sheet.spacing)) * 0.35
    waves = Waves(rng, 2.5, 180, 0.5)
    body = water_body(sheet, level, tone, waves, 0.25, rapid * smoothstep(0.1, 0.6, noise.fbm(sheet.x, sheet.y, 3, 3, 0.7, sheet.spacing)))
    drone = is_drone(camera)
    half = _half_angle(camera.fov_deg, frame.aspect, drone)
    x, y = veg.sector_points(rng, 7000, 70, 2600, half, 1.3)
    d, z = river(x, y), ground(x, y)
    forest = (z > 24) & (z < 0.42 * peak) & (noise.fbm(x, y, 420, 3) > -0.3) & (np.hypot(x, y) > 170)
    grove = (d > 5) & (noise.fbm(x, y, 150, 3) + 0.35 * smoothstep(40, 6, d) > 0.28) & ~forest & (rng.random(len(x)) < 0.7)
    spruces = [[veg.spruce_rand(rng, *lod) for _ in range(2)] for lod in veg.CONIFER_LEVELS[1:]]
    out = veg.by_distance(
        "spruce", spruces, (380.0,), x[forest][:1000], y[forest][:1000], ground, rng, scale=(0.7, 1.3), sink_m=0.3, vary=0.18
    )
    oaks = [[veg.oak_rand(rng, lod) for _ in range(2)] for lod in (0, 1, 2)]
    gx, gy = x[grove][:420], y[grove][:420]
    out += veg.by_distance("oak", oaks, (95.0, 320.0), gx, gy, ground, rng, scale=(0.5, 1.0), sink_m=0.2, vary=0.18)
    patches = [veg.grass_patch(rng, 1.0, 100, rng.uniform(0.15, 0.3), 0.007, meadow_green, 0.25, 0.7) for _ in range(3)]
    x, y = veg.sector_points(rng, 650, 1.4, 34, half, 1.2)
    out += veg.planted("grass", patches, x, y, ground, rng, (0.7, 1.3), 0.08)
    x, y = veg.sector_points(rng, 34, 3.5, 60, half, 0.8)
    rocks = [veg.rock(rng, 14, 0.65, 0.06, (0.19, 0.18, 0.165)) for _ in range(3)]
    size = np.minimum(rng.lognormal(-1.3, 0.7, len(x)), 1.4)
    out += veg.planted("boulder", rocks, x, y, ground, rng, size, 0.2, 0.2, squash=0.2)
    lateral = (55.0, 125.0) if rng.random() < 0.5 else (-125.0, -55.0)

    def surface(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        return np.maximum(ground(x, y, spacing), level)

    return Landscape((ground_part(grid, ground, paint),), out, (body,), camera, lateral, surface, 45.0)


def river_valley_rand(rng: np.random.Generator, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """A broad or a narrow river."""
    return river_valley(rng, rng.uniform(22, 42), rng.uniform(80, 180), views, frame)


# --- rice terraces --------------------------------------------------------------------------------------------


def rice_terraces(rng: np.random.Generator, step_m: float, flooded: float, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """Terraces that step down a hillside into a valley; flooded paddies mirror the sky.

    Args:
        step_m: height of a step, 1 to 2.2.
        flooded: share of paddies under water, 0 to 1; the others are green.
    """
    noise = Noise(rng)
    h = None
    low, high = (-900.0, -260.0), (900.0, 1700.0)
    lean = rng.uniform(-0.12, 0.12)
    bowl = rng.uniform(380, 560)
    for columns, steps, years in ((90, 5, 1.6e4), (180, 3, 7e3)):
        x, y, cell = sample_axes(low, high, columns)
        if h is None:
            up = 0.4 * np.hypot(np.maximum(np.abs(x + lean * y) - 30, 0), 0.75 * (y - bowl))
            h = np.minimum(up, 260) + 30 * noise.fbm(x, y, 330, 3, 0.45) + 0.16 * np.maximum(y - bowl, 0)
        else:
            h = refined(h, x.shape)
        h = stream_power(h, np.zeros_like(h), 5e-6 * 2 ** noise.fbm(x, y, 260, 2), cell, steps, years, rng, max_slope=0.7)
    shape0 = HeightMap(gaussian_filter(h, 1.6), low, cell)
    best, px, py = -1e9, np.float32(0), np.float32(0)
    ahead = f32([0, 20, 45, 80, 130, 200, 300, 420])
    for _ in range(80):  # stand where the steps run down before the camera and up again beyond
        qx, qy = (np.float32(v) for v in (rng.uniform(-500, 500), rng.uniform(-150, 260)))
        z = shape0(qx + ahead * f32([[-0.35], [0.0], [0.35]]), qy + ahead + np.zeros((3, 1), np.float32))
        score = float(
            (z[:, :1] - z[:, 2:6]).clip(-20, 45).mean() + 0.35 * (z[:, 7] - z[:, 5]).clip(-20, 60).mean() - 0.5 * abs(z[0] - z[2]).mean()
        )
        if score > best:
            best, px, py = score, qx, qy

    def shape(x: Floats, y: Floats) -> Floats:
        return shape0(x + px, y + py)

    def slope_of(x: Floats, y: Floats) -> Floats:
        far = smoothstep(700, 1500, np.hypot(x, y))
        base = shape(x, y) + 4.5 * noise.fbm(x, y, 120, 2, 0.4) + 0.6 * noise.fbm(x, y, 24, 2, 0.4)
        return base + far * (60 + 130 * noise.fbm(x, y, 1300, 4, 0.5))

    def tread(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Number of the terrace, and place on it: 0 at its outer edge, 1 at the foot of the next riser."""
        s = slope_of(x, y) / np.float32(step_m)
        k = np.floor(s)
        return k, s - k

    def tilled(x: Floats, y: Floats) -> Floats:
        return smoothstep(760, 640, np.hypot(x, y)) * smoothstep(-0.62, -0.5, noise.fbm(x + 50, y, 420, 3))

    def ground(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        raw = slope_of(x, y)
        s = raw / np.float32(step_m)
        k = np.floor(s)
        f = s - k
        bund = 0.22 * smoothstep(0.0, 0.05, f) * smoothstep(0.17, 0.1, f)
        riser = smoothstep(0.86, 1.0, f)
        z = (k + riser) * np.float32(step_m) + bund * (f < 0.5) + 0.0
        t = tilled(x, y)
        z = z * t + raw * (1 - t) + (1 - t) * 3 * noise.fbm(x, y, 40, 4, 0.55, spacing)
        rough = 0.05 * noise.fbm(x, y, 1.3, 4, 0.6, spacing) * np.maximum(riser, np.minimum(1, bund * 5))
        return z + rough

    field_seed = float(rng.uniform(0, 900))

    def wet(x: Floats, y: Floats, k: Floats) -> NDArray[np.bool_]:
        return noise.fbm(k * 31.7 + x / 260, k * 17.3 + y / 260 + field_seed, 1.0, 1) < (flooded * 1.5 - 0.75)

    rice = [tinted(rng, c, 0.1) for c in ((0.085, 0.14, 0.022), (0.07, 0.12, 0.024), (0.13, 0.155, 0.03))]

    def paint(x: Floats, y: Floats, z: Floats, n: Floats, spacing: Floats) -> Floats:
        k, f = tread(x, y)
        fine = noise.fbm(x, y, 0.8, 4, 0.65, spacing)
        wide = noise.fbm(x, y, 40, 4, 0.55, spacing)
        steep = smoothstep(0.1, 0.35, 1 - n[:, 2])
        which = noise.fbm(k * 13.1 + x / 300, k * 7.7 + y / 300, 1.0, 1)
        crop = mix(mix(rice[0], rice[1], smoothstep(-0.3, 0.3, which)), rice[2], smoothstep(0.3, 0.6, which))
        crop = shade(crop, 1 + 0.2 * fine + 0.1 * wide)
        mud = shade((0.1, 0.075, 0.05), 1 + 0.3 * fine)
        c = np.where(wet(x, y, k)[:, None], mud, crop)
        turf = shade(mix((0.06, 0.095, 0.024), (0.1, 0.085, 0.045), smoothstep(-0.1, 0.6, wide + 0.5 * fine)), 1 + 0.3 * fine)
        c = mix(c, turf, np.maximum(steep, smoothstep(0.19, 0.14, f)))
        t = tilled(x, y)
        woods = shade((0.032, 0.055, 0.02), 1 + 0.5 * noise.fbm(x, y, 16, 4, 0.75, spacing))
        return mix(woods, c, t)

    camera = stand(ground, Framing(rng.uniform(5, 12), rng.uniform(-16, -11), rng.uniform(48, 58), 16, 90), views)
    grid = view_grid(ground, camera, frame, 640, 480, 9000)
    sheet_grid = view_grid(ground, camera, frame, 480, 400, 900)
    k, f = tread(sheet_grid.x, sheet_grid.y)
    lies = (f > 0.09) & (f < 0.96) & wet(sheet_grid.x, sheet_grid.y, k) & (tilled(sheet_grid.x, sheet_grid.y) > 0.9)
    faces = sheet_grid.faces
    same = (k[faces].max(1) == k[faces].min(1)) & lies[faces].all(1)
    sheet = Grid(sheet_grid.x, sheet_grid.y, sheet_grid.spacing, faces[same])
    tone = mix((0.035, 0.034, 0.026), (0.05, 0.06, 0.03), smoothstep(-0.3, 0.5, noise.fbm(sheet.x, sheet.y, 12, 3)))
    body = water_body(sheet, 0.0, tone, None, lift_m=(k * np.float32(step_m) + np.float32(0.1)), slope_variance=0.00004)
    drone = is_drone(camera)
    half = _half_angle(camera.fov_deg, frame.aspect, drone)
    x, y = veg.sector_points(rng, 2600, 2.0, 38, half, 1.3)
    k, f = tread(x, y)
    dry = (f > 0.2) & (f < 0.85) & (tilled(x, y) > 0.9) & ~wet(x, y, k)
    plants = [veg.grass_patch(rng, 0.7, 60, 0.4, 0.009, rice[0], 0.02, 0.9) for _ in range(3)]
    out = veg.planted("rice", plants, x[dry][:800], y[dry][:800], ground, rng, (0.7, 1.1), 0.05)
    edge = (f < 0.12) | (f > 0.9)
    tufts = [veg.grass_patch(rng, 0.7, 70, 0.22, 0.006, (0.07, 0.1, 0.026), 0.2, 0.7) for _ in range(2)]
    out += veg.planted("grass", tufts, x[edge][:600], y[edge][:600], ground, rng, (0.6, 1.3), 0.1)
    x, y = veg.sector_points(rng, 6000, 25, 1300, half, 1.3)
    trees = (tilled(x, y) < 0.3) | (rng.random(len(x)) < 0.006)
    trees &= np.hypot(x, y) > 60
    oaks = [[veg.oak_rand(rng, lod) for _ in range(3)] for lod in (1, 2)]
    out += veg.by_distance("tree", oaks, (160.0,), x[trees][:520], y[trees][:520], ground, rng, scale=(0.5, 1.0), sink_m=0.2, vary=0.18)
    lateral = (70.0, 150.0) if rng.random() < 0.5 else (-150.0, -70.0)
    return Landscape((ground_part(grid, ground, paint),), out, (body,), camera, lateral, ground, 25.0)


def rice_terraces_rand(rng: np.random.Generator, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """At planting time or green."""
    return rice_terraces(rng, rng.uniform(1.2, 2.0), float(rng.choice([0.35, 0.7, 1.0])), views, frame)
