"""Dry country: desert dunes, canyon."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from pochade.world.blending import mix, shade, smoothstep
from pochade.world.landscapes import vegetation as veg
from pochade.world.landscapes.erosion import refined, stream_power
from pochade.world.landscapes.land import SQUARE, Floats, Frame, Landscape
from pochade.world.landscapes.terrain import (
    Framing,
    Grid,
    HeightMap,
    Noise,
    crest,
    ground_part,
    hover,
    sample_axes,
    stand,
    tinted,
    view_grid,
)
from pochade.world.landscapes.water import water_body
from pochade.world.materials import Material, Rgb
from pochade.world.vectors import f32

SAND = Material(roughness=0.9, specular=0.15)


def _dune_profile(t: Floats, lee: Floats) -> Floats:
    """Height 0 to 1 over one period: a long windward slope, a sharp brink, a straight slip face of share `lee`."""
    t = t % 1
    rise = np.clip(t / (1 - lee), 0, 1)
    fall = np.clip((t - (1 - lee)) / lee, 0, 1)
    windward = rise**1.35 * (1.25 - 0.25 * rise)
    foot = 1 - fall
    return np.where(t < 1 - lee, windward, foot * (1 - 0.18 * np.sin(np.pi * fall)))


def desert_dunes(
    rng: np.random.Generator, wavelength_m: float, wind_deg: float, color: Rgb, views: tuple[str, ...] = (), frame: Frame = SQUARE
) -> Landscape:
    """A sea of dunes with slip faces and wind ripples.

    Args:
        wavelength_m: distance between crests, 120 to 320.
        wind_deg: direction the wind blows to; the slip faces look that way. 0 is away from the camera.
    """
    noise = Noise(rng)
    w = np.radians(wind_deg)
    phase = rng.uniform(0, 1000, 2)
    tall = wavelength_m * rng.uniform(0.125, 0.155)

    def dunes(x: Floats, y: Floats, size: float, turn: float, spacing: Floats | None) -> tuple[Floats, Floats]:
        u = x * np.sin(w + turn) + y * np.cos(w + turn) + phase[0]
        v = x * np.cos(w + turn) - y * np.sin(w + turn) + phase[1]
        bend = 0.62 * noise.fbm(v, u * 0.45, 3.1 * size, 3, 0.45) + 0.05 * noise.fbm(v, u * 0.5, 0.6 * size, 2, 0.5)
        t = (u / size + bend) % 1
        strength = np.clip(0.62 + 0.75 * noise.fbm(v + 300, u * 0.6, 2.3 * size, 2, 0.45), 0.06, 1.3)
        lee = 0.24 + 0.05 * noise(v / (3 * size), u / (3 * size))
        open_slope = np.sin(np.pi * np.clip(t / (1 - lee), 0, 1)) ** 1.5
        return strength * _dune_profile(t, lee), open_slope

    stand_at = [0.0, 0.0]

    def ground(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        main, windward = dunes(x, y, wavelength_m, 0.0, spacing)
        second, _ = dunes(x, y, 0.47 * wavelength_m, 0.42, spacing)
        h = tall * main + 0.26 * tall * second * windward + 2.2 * tall * noise.fbm(x, y, 9 * wavelength_m, 2, 0.4)
        far = np.hypot(x, y)
        h += 1.5 * tall * smoothstep(6 * wavelength_m, 16 * wavelength_m, far) * (0.6 + noise.fbm(x, y, 5 * wavelength_m, 2))
        near = smoothstep(45, 8, np.hypot(x - stand_at[0], y - stand_at[1])) * smoothstep(0.0, 0.3, windward)
        if spacing is not None and (near > 0).any():
            k = near > 0
            px, py = x[k], y[k]
            u = px * np.sin(w) + py * np.cos(w)
            v = px * np.cos(w) - py * np.sin(w)
            fork = 0.34 * noise.fbm(v, 0.5 * u, 1.3, 3, 0.5) + 1.1 * noise.fbm(v, u, 6.5, 2, 0.5)
            s = (u / 0.26 + 1.6 * fork) % 1
            ripple = np.where(s < 0.68, s / 0.68, (1 - s) / 0.32)
            ripple = ripple * ripple * (3 - 2 * ripple)
            fade = np.clip(0.26 / (2.4 * spacing[k]) - 1, 0, 1)
            h = h.copy()
            h[k] += near[k] * fade * 0.03 * ripple * np.clip(0.75 + 0.6 * noise.fbm(px, py, 5, 2), 0.15, 1.3)
        return h

    def paint(x: Floats, y: Floats, z: Floats, n: Floats, spacing: Floats) -> Floats:
        wide = noise.fbm(x, y, 1.4 * wavelength_m, 4, 0.5, spacing)
        fine = noise.fbm(x, y, 0.5, 3, 0.7, spacing)
        grain = shade(mix(color, np.asarray(color) * [0.93, 0.86, 0.78], smoothstep(-0.5, 0.6, wide)), 1 + 0.035 * fine)
        steep = smoothstep(0.05, 0.16, 1 - n[:, 2])
        return shade(grain, 1 + 0.07 * steep)

    # stand on a windward slope, with crests ahead
    best, place = -1e9, (0.0, 0.0)
    r = np.geomspace(3, 1500, 60).astype(np.float32)
    for _ in range(90):
        px, py = (float(v) for v in rng.uniform(-900, 900, 2))
        a = f32([[-0.4], [-0.27], [-0.13], [0.0], [0.13], [0.27], [0.4]])
        h0 = float(ground(f32([px]), f32([py]))[0])
        angle = np.arctan2(ground(px + r * np.sin(a), py + r * np.cos(a)) - h0 - 1.6, r)
        seen = angle >= np.maximum.accumulate(angle, 1) - 1e-4
        close = angle[:, r < 28].max(1)  # open ground before the camera, a great dune to one side beyond it
        hero = angle[:, (r > 35) & (r < 330)].max(1)
        shown = seen[:, (r > 30) & (r < 500)].mean()
        score = shown + 6 * min(float(hero.max()), 0.16) + 5 * float(hero.std()) - 7 * float(np.clip(close + 0.02, 0, 1).mean())
        tilt = np.hypot(*(ground(px + f32([6, 0]), py + f32([0, 6])) - h0)) / 6
        score -= 8 * max(0.0, float(tilt) - 0.16)
        if score > best:
            best, place = score, (px, py)
    px, py = np.float32(place[0]), np.float32(place[1])
    stand_at[:] = place

    def here(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        return ground(np.asarray(x, np.float32) + px, np.asarray(y, np.float32) + py, spacing)

    def paint_here(x: Floats, y: Floats, z: Floats, n: Floats, spacing: Floats) -> Floats:
        return paint(x + px, y + py, z, n, spacing)

    camera = stand(here, Framing(rng.uniform(1.6, 3.2), rng.uniform(-9, -5), rng.uniform(46, 58), 7, 140), views)
    grid = view_grid(here, camera, frame, 560, 440, 15_000)
    side = (62.0, 112.0) if rng.random() < 0.5 else (-112.0, -62.0)
    return Landscape((ground_part(grid, here, paint_here, SAND),), (), (), camera, side, here, 55.0)


def desert_dunes_rand(rng: np.random.Generator, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """Golden, apricot or pale dunes."""
    sands: tuple[Rgb, ...] = ((0.5, 0.33, 0.17), (0.52, 0.29, 0.13), (0.55, 0.42, 0.27), (0.48, 0.25, 0.11))
    color = tinted(rng, sands[int(rng.integers(len(sands)))], 0.08)
    wind = rng.uniform(40, 140) * (1 if rng.random() < 0.5 else -1)
    return desert_dunes(rng, rng.uniform(130, 260), wind, color, views, frame)


# --- canyon ---------------------------------------------------------------------------------------------------


def canyon(rng: np.random.Generator, depth_m: float, color: Rgb, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """A stepped canyon in layered rock, seen from its rim.

    Args:
        depth_m: from the rim to the river, 300 to 900.
    """
    noise = Noise(rng)
    wide = 4200.0
    low, high = (-wide, -1500.0), (wide, 6900.0)
    shift = rng.uniform(0, 900)
    sway = rng.uniform(0.8, 1.3)

    def course(y: Floats) -> Floats:
        return 520 * sway * np.sin((y + 3 * shift) / 1150) + 260 * np.sin((y - shift) / 520)

    h = None
    for columns, steps, years in ((110, 16, 4.2e4), (220, 9, 2.1e4), (360, 5, 9e3)):
        x, y, cell = sample_axes(low, high, columns)
        river = np.abs(x - course(y)) < max(45.0, 0.8 * cell)
        h = 1.0 + 0.10 * noise.fbm(x, y, 1300, 4) if h is None else refined(h, x.shape)
        h = np.where(river, np.minimum(h, 0.02), h).astype(np.float32)
        scaled = stream_power(
            h * depth_m, np.zeros_like(h), 1.05e-5 * 2 ** (1.5 * noise.fbm(x, y, 900, 3)), cell, steps, years, rng, river, 2.4
        )
        h = np.clip(scaled / depth_m, 0, 1.25)
    # hard and soft layers: a monotone curve with cliffs (steep) and benches (flat)
    levels = np.linspace(0, 1.25, 600)
    edges = np.sort(np.concatenate([[0.0], rng.uniform(0.06, 0.98, 8), [1.02, 1.25]]))
    hard = np.interp(levels, edges, rng.uniform(0, 1, len(edges))) + 0.0
    blocks = np.searchsorted(edges, levels)
    hardness = np.where(rng.random(len(edges) + 1)[blocks] < 0.52, 6.0, 0.42) * (0.8 + 0.4 * hard)
    hardness[levels > 0.985] = 0.5
    hardness[(levels > 0.88) & (levels < 0.985)] = 5.0
    curve = np.cumsum(gaussian_filter1d(hardness, 3))
    curve = curve / np.interp(1.0, levels, curve)
    soft = gaussian_filter(h, 0.7)
    shape0 = HeightMap(soft, low, cell)

    def stepped(x: Floats, y: Floats, spacing: Floats | None, rugged: Floats | float = 1.0) -> Floats:
        e = shape0(x, y)
        outside = smoothstep(0, 900, np.maximum(np.abs(x) - 3900, y - 6300))
        e = e + (1.0 - e) * outside
        inside = rugged * smoothstep(0.02, 0.12, e) * (0.25 + 0.75 * smoothstep(0.99, 0.9, e))
        e = e + inside * (0.026 * noise.fbm(x, y, 210, 6, 0.55, spacing) + 0.006 * noise.fbm(x, y, 34, 4, 0.6, spacing, crest))
        return np.interp(np.clip(e, 0, 1.25), levels, curve).astype(np.float32) * np.float32(depth_m)

    # stand on the rim: high, with depth ahead and the far wall beyond
    gx, gy = np.meshgrid(np.linspace(-2300, 2300, 70, dtype=np.float32), np.linspace(-900, 1500, 40, dtype=np.float32))
    z0 = stepped(gx, gy, None)
    gain = np.zeros_like(z0)
    for r in (30, 70, 160, 300, 520, 800, 1200):
        for bend in (-0.3, 0.0, 0.3):
            gain += np.clip(z0 - stepped(gx + bend * r, gy + r, None), -0.3 * depth_m, depth_m)
    flat = np.abs(z0 - stepped(gx + 12, gy, None)) + np.abs(z0 - stepped(gx, gy + 12, None))
    score = gain - 8 * flat * 6 - 9e9 * (z0 < 0.93 * depth_m) + rng.uniform(0, 0.5 * depth_m, gain.shape)
    k = int(score.argmax())
    px, py = gx.ravel()[k], gy.ravel()[k]

    drone = "top-down" in views

    def ground(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        qx, qy = np.asarray(x, np.float32) + px, np.asarray(y, np.float32) + py
        z = stepped(qx, qy, spacing, 1.0 if drone else 0.12 + 0.88 * smoothstep(25, 130, np.hypot(x, y)))
        z = z + 0.05 * noise.fbm(qx, qy, 2.3, 5, 0.62, spacing) + 0.5 * noise.fbm(qx, qy, 22, 3, 0.5, spacing)
        stream = smoothstep(34, 20, np.abs(qx - course(qy)))
        return z * (1 - stream) + np.minimum(z, -2.0) * stream

    bands = rng.uniform(0.62, 1.35, 64)
    hues = rng.uniform(0, 1, 64)
    pale = tinted(rng, (0.47, 0.36, 0.25), 0.1)
    dark = tinted(rng, (0.25, 0.09, 0.05), 0.15)

    def paint(x: Floats, y: Floats, z: Floats, n: Floats, spacing: Floats) -> Floats:
        qx, qy = x + px, y + py
        fine = noise.fbm(qx, qy, 4, 5, 0.62, spacing)
        patchy = noise.fbm(qx, qy, 160, 5, 0.55, spacing)
        layer = (z + 3 * patchy + 0.02 * qx) / depth_m * 26
        i = np.clip(np.floor(layer).astype(int), 0, 62)
        f = smoothstep(0.75, 1.0, layer - np.floor(layer))
        tone = bands[i] * (1 - f) + bands[i + 1] * f
        hue = hues[i] * (1 - f) + hues[i + 1] * f
        rock = mix(mix(color, dark, smoothstep(0.55, 1.0, hue)), pale, smoothstep(0.4, 0.0, hue))
        steep = 1 - n[:, 2]
        stain = smoothstep(0.25, 0.6, steep) * smoothstep(0.0, 0.5, noise.fbm(qx * 3, qy * 3, 90, 4, 0.6, spacing))
        rock = shade(rock, tone * (1 + 0.16 * fine) * (1 - 0.3 * stain))
        talus = smoothstep(0.34, 0.12, steep)
        c = mix(rock, shade(mix(color, pale, 0.35), 0.85 + 0.2 * fine + 0.15 * patchy), talus * 0.8)
        scrub = talus * smoothstep(0.1, 0.5, noise.fbm(qx, qy, 14, 4, 0.7, spacing) + 0.3 * patchy) * smoothstep(25, 120, np.hypot(x, y))
        return mix(c, shade((0.075, 0.08, 0.04), 1 + 0.4 * fine), 0.7 * scrub)

    camera = stand(ground, Framing(rng.uniform(5, 14), rng.uniform(-13, -9), rng.uniform(54, 64), 14, 350), views)
    if drone:
        camera = hover(ground, float(course(py + 700.0)) - px, 700.0, 2.6 * depth_m)
    grid = view_grid(ground, camera, frame, 600, 460, 20_000)
    half = 36 * max(frame.aspect, 1) if not drone else 180
    x, y = veg.sector_points(rng, 220, 2.2, 160, half, 0.7)
    level = np.abs(ground(x, y) - ground(np.zeros(1, np.float32), np.zeros(1, np.float32))) < 12
    rocks = [veg.rock(rng, 9, 0.6, 0.05, color, lichen=0.05) for _ in range(4)]
    size = np.minimum(rng.lognormal(-1.8, 0.8, len(x)), 1.0) * (1 + np.hypot(x, y) / 60)
    instances = veg.planted("boulder", rocks, x[level], y[level], ground, rng, size[level], 0.3, 0.1, squash=0.25)
    x, y = veg.sector_points(rng, 150, 3.0, 500, half, 0.8)
    keep = veg.slope_normals(ground, x, y, 3)[:, 2] > 0.8
    bushes = [veg.bush_rand(rng, 500, 0.07) for _ in range(3)]
    instances += veg.planted("bush", bushes, x[keep], y[keep], ground, rng, (0.22, 0.8), 0.05, 0.1)
    sheet = view_grid(ground, camera, frame, 300, 260, 9000, nearest_m=60)
    wet = np.abs(sheet.x + px - course(sheet.y + py)) < 60
    sheet = Grid(sheet.x, sheet.y, sheet.spacing, sheet.faces[wet[sheet.faces].any(1)])
    river = (water_body(sheet, 2.5, (0.045, 0.07, 0.055), None, slope_variance=0.004),) if len(sheet.faces) else ()
    side = (55.0, 125.0) if rng.random() < 0.5 else (-125.0, -55.0)
    return Landscape((ground_part(grid, ground, paint),), instances, river, camera, side, ground, 60.0)


def canyon_rand(rng: np.random.Generator, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """A red-rock canyon."""
    reds: tuple[Rgb, ...] = ((0.38, 0.17, 0.09), (0.42, 0.22, 0.12), (0.35, 0.19, 0.12))
    return canyon(rng, rng.uniform(380, 680), tinted(rng, reds[int(rng.integers(3))], 0.1), views, frame)
