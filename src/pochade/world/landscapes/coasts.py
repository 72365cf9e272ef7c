"""The coast and the open water: sea, beach, cliffs, island."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pochade.world.blending import mix, shade, smoothstep
from pochade.world.landscapes import vegetation as veg
from pochade.world.landscapes.erosion import refined, stream_power
from pochade.world.landscapes.land import SQUARE, Floats, Frame, Landscape
from pochade.world.landscapes.terrain import (
    Framing,
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
from pochade.world.landscapes.water import Waves, depth_color, water_body, whitecaps
from pochade.world.materials import Material, Rgb

WET_SAND = Material(roughness=0.55, specular=0.35)


def sea(rng: np.random.Generator, wind_m_s: float, swell_m: float, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
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
    camera = stand(ground, Framing(1.6 + 0.85 * height, rng.uniform(-6, -2), rng.uniform(52, 62), 9.0, 60), views)
    if "low angle" in views:
        camera = stand(lambda x, y, spacing=None: ground(x, y) + 0.75 * height, Framing(0.5, -2, 58), views)
    grid = view_grid(ground, camera, frame, rings=520, columns=380, reach_m=30_000, nearest_m=0.8)
    foam = whitecaps(waves, grid.x, grid.y, grid.spacing, float(smoothstep(5.5, 14, wind_m_s)) * 1.2)
    torn = noise.fbm(grid.x, grid.y, 2.6, 5, 0.68, grid.spacing)
    foam = foam * np.maximum(smoothstep(-0.1, 0.6, torn + 0.9 * (foam - 0.5)), 0.8 * lace(noise, grid.x, grid.y, grid.spacing, 2.0)) * 0.9
    streak = lace(noise, grid.x, grid.y * 0.25, grid.spacing, 3.2) * smoothstep(
        0.1, 0.5, noise.fbm(grid.x, grid.y, 34, 3, 0.5, grid.spacing)
    )
    foam = np.maximum(foam, 0.2 * streak * smoothstep(9, 14, wind_m_s))
    deep = tinted(rng, (0.008, 0.034, 0.055), 0.3)
    shoal = tinted(rng, (0.012, 0.055, 0.07), 0.2)

    def color(x: Floats, y: Floats) -> Floats:
        return mix(deep, shoal, smoothstep(-0.5, 0.6, noise.fbm(x, y, 300, 4, 0.5, grid.spacing)))

    body = water_body(grid, 0.0, color, waves, foam=foam)
    high = body.part.mesh.vertices[:, 2] / max(height, 0.1)
    tone = body.part.mesh.color
    assert tone is not None
    lit = mix(tone, (0.02, 0.1, 0.09), smoothstep(0.15, 0.9, high) * 0.5 * (1 - foam))
    tone[:] = lit
    side = (40.0, 165.0) if rng.random() < 0.5 else (-165.0, -40.0)
    return Landscape((), (), (body,), camera, side, ground, 45.0)


def sea_rand(rng: np.random.Generator, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """From a light breeze to a rough sea."""
    return sea(rng, 3.5 + 8.5 * rng.random() ** 1.5, rng.uniform(0.5, 2.5) * (rng.random() < 0.6), views, frame)


# --- beach ----------------------------------------------------------------------------------------------------


def lace(noise: Noise, x: Floats, y: Floats, spacing: Floats, size_m: float) -> Floats:
    """Foam that is tearing open: bright threads around dark cells, 0 to 1; here close, there torn away."""
    wx, wy = 0.35 * size_m * noise.fbm(x, y, size_m, 3), 0.35 * size_m * noise.fbm(y, x, size_m, 3)
    found = np.zeros(len(x), np.float32)
    for share, swapped, strength in ((1.0, False, 1.0), (0.45, True, 0.8), (0.2, False, 0.6)):
        cell_m = share * size_m
        # threads thin out and tear where the foam is old
        age = noise.fbm(x + 31 * cell_m, y - 17 * cell_m, 3.5 * cell_m, 2)
        dx, dy = (-wy, wx) if swapped else (wx, wy)
        threads = smoothstep(0.13, 0.01, np.abs(noise.fbm(x + dx, y + dy, cell_m, 1)) + 0.12 * np.clip(age + 0.1, 0, 1))
        found = np.maximum(found, strength * _fading(threads, cell_m, spacing))
    return found


THREADS = 0.104
"""Mean of the threads of `lace`."""


def _fading(threads: Floats, wavelength_m: float, spacing: Floats) -> Floats:
    """Threads as far as vertices `spacing` metres apart can carry them, and their mean beyond.

    Noise that fades with `spacing` itself would be zero there, which is a thread: whole fields of foam.
    """
    share = np.clip(np.log2(wavelength_m / (2 * spacing)), 0, 1)
    return THREADS + share * (threads - THREADS)


def beach(
    rng: np.random.Generator, sand: Rgb, surf_m: float, turquoise: float, views: tuple[str, ...] = (), frame: Frame = SQUARE
) -> Landscape:
    """A sandy shore that runs away from the camera, with breaking waves and a headland.

    Args:
        surf_m: height of the breakers, 0.3 to 1.4.
        turquoise: 0 for a northern, 1 for a tropical sea.
    """
    noise = Noise(rng)
    left = -1.0 if rng.random() < 0.5 else 1.0  # side of the sea
    turn = np.radians(rng.uniform(30, 58))
    offset = rng.uniform(0.8, 4.0)
    phase = rng.uniform(0, 500)

    def seaward(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        """Metres from the water's edge, positive out at sea; a long bay with cusps."""
        s = left * x * np.cos(turn) + y * np.sin(turn) - offset
        along = y * np.cos(turn) - left * x * np.sin(turn)
        s = s - 220 * smoothstep(150, 2600, along) * smoothstep(0, 900, along)  # the bay swings round
        return (
            s
            + 1.7 * noise.fbm(along + phase, np.zeros_like(along) + 3.3, 26, 3, 0.45)
            + 9 * noise.fbm(along + phase, np.zeros_like(along), 300, 2)
        )

    def ground(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        s = seaward(x, y)
        h = np.where(s > 0, -0.045 * s - 0.2 * smoothstep(4, 14, s), -0.062 * s)
        h = np.minimum(h, 1.6 + 0.012 * np.maximum(-s, 0))
        inland = smoothstep(-26, -55, s)
        h += inland * (3.2 + 3.4 * noise.fbm(x, y, 32, 4, 0.5, spacing)) + smoothstep(-150, -900, s) * 55 * (
            1 + noise.fbm(x, y, 900, 4, 0.5, spacing)
        )
        dry = smoothstep(-2.5, -9, s)
        h += dry * (0.05 * noise.fbm(x, y, 1.7, 3, 0.5, spacing, billow) + 0.1 * noise.fbm(x, y, 7, 2, 0.5, spacing))
        head = smoothstep(1500, 2100, y + 0.3 * np.abs(x)) * smoothstep(260, -160, s + 160 * noise.fbm(x, y, 700, 3))
        return np.maximum(h, -9) + head * (70 + 55 * noise.fbm(x, y, 600, 5, 0.5, spacing))

    def paint(x: Floats, y: Floats, z: Floats, n: Floats, spacing: Floats) -> Floats:
        s = seaward(x, y)
        fine = noise.fbm(x, y, 0.25, 3, 0.7, spacing)
        wide = noise.fbm(x, y, 6, 4, 0.55, spacing)
        dry = shade(sand, 1 + 0.06 * fine + 0.07 * wide)
        wet = smoothstep(-7.5 + 0.9, -5.0, s + 1.6 * wide)
        c = mix(dry, np.asarray(sand) * [0.46, 0.43, 0.4], wet)
        wrack = smoothstep(0.5, 0.05, np.abs(s + 8.3 + 1.2 * wide)) * smoothstep(0.0, 0.4, fine + 0.3 * wide)
        c = mix(c, (0.06, 0.05, 0.035), 0.75 * wrack)
        green = smoothstep(-28, -46, s + 9 * wide) * smoothstep(-0.3, 0.3, noise.fbm(x, y, 14, 4, 0.6, spacing) + 0.25)
        c = mix(c, shade((0.085, 0.1, 0.035), 1 + 0.3 * fine + 0.2 * wide), green)
        rock = smoothstep(0.3, 0.5, 1 - n[:, 2]) * smoothstep(8, 20, z)
        return mix(c, shade((0.17, 0.14, 0.11), 1 + 0.3 * fine + 0.2 * wide), rock)

    camera = stand(ground, Framing(rng.uniform(1.4, 1.9), rng.uniform(-8, -4), rng.uniform(56, 66), 5, 55), views)
    grid = view_grid(ground, camera, frame, 340, 340, 16_000)
    sheet = view_grid(lambda x, y, spacing=None: np.zeros(np.shape(x), np.float32), camera, frame, 460, 360, 30_000)
    x, y = sheet.x, sheet.y
    s = seaward(x, y)
    along = y * np.cos(turn) - left * x * np.sin(turn)
    lift, foam = np.zeros_like(s), np.zeros_like(s)
    wander = 2.2 * noise.fbm(along, s * 0.3, 42, 3, 0.5)
    torn = noise.fbm(x, y, 1.6, 4, 0.65, sheet.spacing)
    for k, (where, tall) in enumerate(((8.0, 0.5), (19.0, 0.95), (36.0, 0.8), (60.0, 0.6))):
        where = where * (0.7 + 0.5 * surf_m) * rng.uniform(0.85, 1.15)
        t = s - where - wander * (1 + 0.4 * k)
        power = np.clip(0.55 + 1.1 * noise.fbm(along + 70.0 * k, np.full_like(along, 9.0 * k), 46, 2, 0.5), 0.0, 1.2)
        width = 1.0 + 0.5 * surf_m + 0.02 * where
        front = np.where(t < 0, np.exp(-((t / (0.45 * width)) ** 2)), np.exp(-((t / (1.7 * width)) ** 2)))
        lift += surf_m * tall * power * front
        breaking = smoothstep(0.25, 0.7, power) * (1.0 if k < 2 else 0.75)
        foam = np.maximum(foam, breaking * smoothstep(-1.5 * width, -0.3 * width, t) * smoothstep(0.55 * width, -0.1 * width, t))
        behind = breaking * smoothstep(-0.5, 1.0, t) * np.exp(-np.maximum(t, 0) / (3.5 + 1.5 * surf_m)) * (k < 2)
        foam = np.maximum(foam, 0.95 * behind * lace(noise, x, y, sheet.spacing, 1.5))
    swash = smoothstep(7.5, 0.0, s) * smoothstep(-2.6, -1.8, s)
    foam = np.maximum(foam, swash * lace(noise, x + 50, y, sheet.spacing, 0.9) * 0.9)
    edge = smoothstep(0.6, 0.1, np.abs(s + 1.9 + 0.35 * torn)) * smoothstep(-0.5, 0.1, torn)
    foam = np.clip(np.maximum(foam, 0.9 * edge) * (0.8 + 0.3 * torn), 0, 0.95)
    bed = ground(x, y, sheet.spacing)
    film = np.where(s < 0, 0.012 * smoothstep(-2.9, -0.5, s) + np.maximum(bed, 0), 0.0)  # the swash climbs the sand as a film
    # beyond it the sheet lies below the sand, by little: a step would be a dark line along the water's edge
    film = np.where(s < -2.6 - 0.4 * torn, bed - 0.05 - 0.3 * sheet.spacing, film)
    waves = Waves(rng, 3.5 + 3 * surf_m, 0.0, 0.7)
    calm = 0.06 + 0.94 * smoothstep(4, 120, s)
    deep = mix((0.008, 0.032, 0.04), (0.004, 0.055, 0.085), turquoise)
    shallow = mix((0.03, 0.07, 0.06), (0.03, 0.25, 0.26), turquoise)
    body_color = depth_color(np.maximum(0.0 - bed, 0) + 0.3 * lift, deep, shallow, np.asarray(sand), float(mix([0.5], [1.6], turquoise)[0]))
    lit = smoothstep(0.2, 0.8, lift / max(surf_m, 0.1)) * (1 - foam)
    body_color = mix(body_color, shallow * np.float32(1.5), 0.5 * lit)
    body = water_body(sheet, 0.0, body_color, waves, calm, foam, lift + film)
    drone = is_drone(camera)
    half = 38 * max(frame.aspect, 1) if not drone else 180
    px, py = veg.sector_points(rng, 260, 1.3, 30, half, 0.9)
    ps = seaward(px, py)
    keep = (ps < -1.0) & (ps > -14) & (noise.fbm(px, py, 4, 2) > 0.05)
    pebbles = [veg.rock(rng, 5, 0.5, 0.015, c, 2, 0.0) for c in ((0.2, 0.19, 0.18), (0.34, 0.31, 0.28), (0.13, 0.12, 0.12))]
    out = veg.planted("pebble", pebbles, px[keep], py[keep], ground, rng, rng.lognormal(-3.3, 0.5, int(keep.sum())), 0.2, 0.1, squash=0.3)
    if rng.random() < 0.6:
        px, py = veg.sector_points(rng, 26, 4, 60, half, 0.8)
        ps = seaward(px, py)
        keep = (ps > -4) & (ps < 12)
        rocks = [veg.rock(rng, 12, 0.6, 0.06, (0.1, 0.09, 0.08), 4, 0.3) for _ in range(3)]
        out += veg.planted(
            "rock", rocks, px[keep], py[keep], ground, rng, np.minimum(rng.lognormal(-0.9, 0.6, int(keep.sum())), 1.5), 0.3, 0.2, squash=0.2
        )
    px, py = veg.sector_points(rng, 1500, 12, 130, 60, 1.2)
    ps = seaward(px, py)
    keep = (ps < -31) & (noise.fbm(px, py, 14, 3) > -0.25)
    tufts = [veg.grass_patch(rng, 1.6, 60, 0.6, 0.012, (0.095, 0.105, 0.04), 0.35, 0.85) for _ in range(2)]
    out += veg.planted("marram", tufts, px[keep], py[keep], ground, rng, (0.6, 1.2), 0.1)
    side = (-left * 40.0, -left * 140.0)
    side = (min(side), max(side))

    def surface(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        return np.maximum(ground(x, y, spacing), 0)

    return Landscape((ground_part(grid, ground, paint, WET_SAND),), out, (body,), camera, side, surface, 40.0)


def beach_rand(rng: np.random.Generator, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """From a northern strand to a tropical bay."""
    turquoise = float(rng.choice([0.1, 0.5, 1.0]))
    sand = tinted(rng, tuple(mix((0.33, 0.27, 0.2), (0.55, 0.47, 0.36), turquoise)), 0.1)
    return beach(rng, sand, rng.uniform(0.45, 1.2), turquoise, views, frame)


# --- cliffs ---------------------------------------------------------------------------------------------------


def cliffs(
    rng: np.random.Generator, height_m: float, stone: Rgb, layered: float, views: tuple[str, ...] = (), frame: Frame = SQUARE
) -> Landscape:
    """A line of sea cliffs that recedes along the coast, seen from the grass on their edge.

    Args:
        height_m: 50 to 180.
        layered: 0 for chalk, 1 for banded rock.
    """
    noise = Noise(rng)
    left = -1.0 if rng.random() < 0.5 else 1.0  # side of the sea
    bays = rng.uniform(0.8, 1.2) * height_m

    def wave(y: Floats, phase: float) -> Floats:
        return bays * np.sin((y + phase) / (1.5 * height_m)) + 0.4 * bays * np.sin((y - phase) / (0.62 * height_m))

    tries = rng.uniform(0, 6000, 60)  # a bay before the camera, then a headland
    line = np.array([wave(height_m * np.array([0.0, 0.7, 1.3, 2.0, 4.2, 5.0]), p) for p in tries])
    phase = float(
        tries[
            np.argmax(
                np.clip(line[:, 0] - line[:, 1:4].mean(1), -9e9, bays) + 0.8 * np.clip(line[:, 4:].max(1) - line[:, 0], -9e9, 0.8 * bays)
            )
        ]
    )

    def inland(x: Floats, y: Floats) -> Floats:
        """Metres from the edge of the cliff, positive on land."""
        off = (wave(y, phase) - float(wave(np.zeros(1), phase)[0])) * smoothstep(-3, 0.16 * height_m, y)
        return (-left * x + off + 0.05 * y + 2.6).astype(np.float32)

    def top(x: Floats, y: Floats, spacing: Floats | None) -> Floats:
        roll = 0.3 * noise.fbm(x + phase, y, 6 * height_m, 2, 0.5, spacing)
        return height_m * (1 + roll) + 0.5 * noise.fbm(x, y, 30, 3, 0.5, spacing)

    def ground(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        d = inland(x, y) + 5 * noise.fbm(x, y, 38, 4, 0.55, spacing) * smoothstep(6, 45, np.hypot(x, y))
        d += 1.3 * noise.fbm(x * 2, y * 2, 22, 4, 0.6, spacing, crest) * smoothstep(10, 60, np.hypot(x, y))
        up = top(x, y, spacing)
        reach = 0.2 * height_m
        t = np.clip(d / reach + 1, 0, 1.0)
        ledges = t + layered * 0.035 * np.sin(t * 34 + 2 * noise.fbm(x, y, 50, 2, 0.5, spacing))
        wall = np.clip(ledges, 0, 1) ** 0.62
        foot = np.clip((d + reach) / (0.45 * height_m) + 1, 0, 1)
        h = np.where(d > 0, up + 0.03 * np.minimum(d, 300), -4 + (up + 4) * wall * (t > 0))
        talus = -5 + (0.12 * height_m + 5) * foot**2 + 1.5 * noise.fbm(x, y, 9, 4, 0.6, spacing)
        h = np.where(d < 0, np.maximum(h, talus), h)
        near = smoothstep(2, -1.5, d)
        return h + 0.12 * noise.fbm(x, y, 2.5, 4, 0.55, spacing) * (1 - near)

    grass = tinted(rng, (0.07, 0.1, 0.028), 0.15)

    def paint(x: Floats, y: Floats, z: Floats, n: Floats, spacing: Floats) -> Floats:
        fine = noise.fbm(x, y, 3, 5, 0.62, spacing)
        wide = noise.fbm(x, y, 45, 4, 0.55, spacing)
        steep = 1 - n[:, 2]
        layer = np.sin(z * 0.42 + 0.8 * wide) + 0.7 * np.sin(z * 1.37 + 1.5 + 0.5 * fine) + 0.5 * np.sin(z * 0.13)
        streak = noise.fbm(x * 2, y * 2, 14, 4, 0.6, spacing)
        rock = shade(stone, 1 + (0.08 + 0.24 * layered) * layer + 0.1 * fine + 0.09 * streak)
        rock = mix(
            rock, shade((0.09, 0.11, 0.045), 1 + 0.3 * fine), 0.7 * smoothstep(0.55, 0.3, steep) * smoothstep(0.1, 0.5, z / height_m)
        )
        rock = mix(rock, (0.045, 0.042, 0.035), 0.75 * smoothstep(5, 1.5, z + fine))
        turf = shade(mix(grass, np.asarray(grass) * [1.5, 1.15, 0.9], smoothstep(-0.4, 0.6, wide)), 1 + 0.28 * fine)
        grown = smoothstep(0.32, 0.14, steep) * smoothstep(0.45, 0.7, z / height_m + 0.05 * fine)
        return mix(rock, turf, np.maximum(grown, smoothstep(-3.5, -1.5, inland(x, y)) * smoothstep(90, 30, np.hypot(x, y))))

    heading = left * rng.uniform(10, 17)
    camera = stand(ground, Framing(rng.uniform(2.0, 4.5), rng.uniform(-11, -7), rng.uniform(54, 64), 6, 240), views, heading)
    grid = view_grid(ground, camera, frame, 620, 480, 12_000)
    sheet = view_grid(lambda x, y, spacing=None: np.zeros(np.shape(x), np.float32), camera, frame, 300, 300, 40_000, nearest_m=20)
    waves = Waves(rng, rng.uniform(6, 10), left * -70, 0.85, rng.uniform(0, 1.5))
    d = inland(sheet.x, sheet.y) + 0.2 * height_m
    shore = smoothstep(-60, -8, d + 16 * noise.fbm(sheet.x, sheet.y, 55, 3))
    foam = np.maximum(
        whitecaps(waves, sheet.x, sheet.y, sheet.spacing, 0.35) * 0.7,
        shore * smoothstep(0.0, 0.6, noise.fbm(sheet.x, sheet.y, 16, 4, 0.65, sheet.spacing) + 0.5 * shore),
    )
    deep = tinted(rng, (0.008, 0.035, 0.045), 0.25)
    body = water_body(
        sheet,
        0.0,
        mix(deep, (0.02, 0.11, 0.11), smoothstep(-150, -10, d + 25 * noise.fbm(sheet.x, sheet.y, 90, 3))),
        waves,
        foam=foam * 0.9,
    )
    half = 42 * max(frame.aspect, 1) if not is_drone(camera) else 180
    x, y = veg.sector_points(rng, 1300, 1.2, 28, half, 0.9, heading)
    on = inland(x, y) > 0.6
    patches = [veg.grass_patch(rng, 0.9, 110, rng.uniform(0.12, 0.24), 0.006, grass, 0.25, 0.7) for _ in range(3)]
    out = veg.planted("grass", patches, x[on], y[on], ground, rng, (0.7, 1.3), 0.1)
    x, y = veg.sector_points(rng, 160, 1.8, 22, half, 1.1, heading)
    on = (inland(x, y) > 0.6) & (noise.fbm(x, y, 5, 2) > 0.0)
    flowers = [veg.flower(rng, k) for k in ("daisy", "buttercup", "lupin", "lupin")]
    out += veg.planted("flower", flowers, x[on], y[on], ground, rng, (0.5, 0.9), 0.15)
    side = (-left * 35.0, -left * 125.0) if rng.random() < 0.3 else (left * 35.0, left * 125.0)
    side = (min(side), max(side))

    def surface(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        return np.maximum(ground(x, y, spacing), 0)

    return Landscape((ground_part(grid, ground, paint),), out, (body,), camera, side, surface, 45.0)


def cliffs_rand(rng: np.random.Generator, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """White chalk, brown sandstone or dark slate."""
    stones: tuple[tuple[Rgb, float], ...] = (((0.66, 0.64, 0.58), 0.25), ((0.24, 0.19, 0.15), 1.0), ((0.15, 0.145, 0.145), 0.9))
    stone, layered = stones[int(rng.integers(3))]
    return cliffs(rng, rng.uniform(60, 130), tinted(rng, stone, 0.08), layered, views, frame)


# --- island ---------------------------------------------------------------------------------------------------


def island(rng: np.random.Generator, height_m: float, turquoise: float, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """A wooded island offshore, with a strip of beach and rocks, seen across the water from a stony shore.

    Args:
        height_m: of its summit, 90 to 320.
        turquoise: 0 for a northern, 1 for a tropical sea.
    """
    noise = Noise(rng)
    distance = height_m * rng.uniform(4.0, 5.2)
    cx = distance * rng.uniform(0.04, 0.14) * (1 if rng.random() < 0.5 else -1)
    size = height_m * rng.uniform(1.9, 2.6)
    span = size * 2.1
    low, high = (cx - span, distance - span), (cx + span, distance + span)
    h = None
    for columns, steps, years in ((80, 12, 4e4), (160, 7, 2e4), (260, 4, 1e4)):
        x, y, cell = sample_axes(low, high, columns)
        r = np.hypot(x - cx, (y - distance) * 1.25) / size
        r = r * (1 + 0.4 * noise.fbm(x, y, 1.2 * size, 4, 0.5)) + 0.14 * noise.fbm(x, y, 0.35 * size, 3)
        rise = np.clip(1 - r, 0, 1)
        h = 30 * rise + 3 * noise.fbm(x, y, 200, 4) if h is None else refined(h, x.shape)
        fixed = r > 1
        h = np.where(fixed, -2, h).astype(np.float32)
        h = stream_power(
            h, (2.4e-3 * rise**0.6).astype(np.float32), 2.2e-5 * 2 ** (1.2 * noise.fbm(x, y, 500, 3)), cell, steps, years, rng, fixed, 1.1
        )
    h *= np.float32(height_m / h.max())
    bed = np.where(fixed, -3 - 40 * np.clip(r - 1, 0, 2), h)
    shape = HeightMap(bed, low, cell)
    shore_y = rng.uniform(3.4, 5.0)
    point = 0.9 if cx < 0 else -0.9

    def ground(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        out = np.hypot(x - cx, y - distance)
        h = np.where(out < 0.98 * span, shape(x, y), -40)
        up = smoothstep(2, 30, h)
        h = h + up * 7 * noise.fbm(x, y, 60, 5, 0.55, spacing, crest)
        own = 0.9 - 0.12 * y * np.where(y > 0, 1, 0.3) + 0.35 * noise.fbm(x, y, 7, 3, 0.5, spacing)
        own += 0.12 * noise.fbm(x, y, 1.1, 4, 0.6, spacing, billow) + 0.0006 * x * x * (1 + point * np.sign(x))
        own = np.where(np.hypot(x, y) < 90, own + 0.06 * (shore_y - 4), -40)
        return np.maximum(h, np.maximum(own, -40))

    sand = tuple(mix((0.36, 0.3, 0.22), (0.6, 0.53, 0.42), turquoise))

    def paint(x: Floats, y: Floats, z: Floats, n: Floats, spacing: Floats) -> Floats:
        fine = noise.fbm(x, y, 2.2, 5, 0.62, spacing)
        wide = noise.fbm(x, y, 90, 4, 0.55, spacing)
        steep = 1 - n[:, 2]
        near = np.hypot(x, y) < 60
        woods = shade((0.035, 0.058, 0.02), 1 + 0.5 * noise.fbm(x, y, 14, 4, 0.75, spacing) + 0.15 * wide)
        rock = shade((0.2, 0.175, 0.145), 1 + 0.2 * np.sin(z * 0.5 + wide) + 0.3 * fine)
        c = mix(
            woods, rock, np.maximum(smoothstep(0.36, 0.5, steep + 0.06 * fine), smoothstep(0.25, 0.7, wide) * smoothstep(0.15, 0.3, steep))
        )
        c = mix(c, shade(sand, 1 + 0.1 * fine), smoothstep(5.5, 2.5, z + 1.2 * wide) * smoothstep(0.4, 0.25, steep))
        c = mix(c, (0.05, 0.045, 0.04), smoothstep(1.2, 0.3, z) * smoothstep(0.2, 0.4, steep) * (~near))
        own = shade(mix(sand, (0.17, 0.155, 0.14), 0.8 - 0.5 * turquoise), 1 + 0.25 * fine)
        own = shade(own, 1 - 0.5 * smoothstep(0.35, 0.1, z))
        return np.where(near[:, None], own, c)

    camera = stand(ground, Framing(rng.uniform(1.4, 2.6), rng.uniform(0.5, 3), rng.uniform(42, 50), 6, 1.8 * height_m + 120), views)
    if is_drone(camera):
        camera = replace(camera, position_m=(cx, distance, 3.4 * size), target_m=(cx, distance, 0.0), fov_deg=46.0)
    grid = view_grid(ground, camera, frame, 420, 380, 9000)
    sheet = view_grid(lambda x, y, spacing=None: np.zeros(np.shape(x), np.float32), camera, frame, 420, 340, 40_000)
    waves = Waves(rng, rng.uniform(3.2, 5.5), rng.uniform(140, 220), 0.7)
    depth = -ground(sheet.x, sheet.y, sheet.spacing)
    torn = noise.fbm(sheet.x, sheet.y, 3.5, 4, 0.65, sheet.spacing)
    close = np.hypot(sheet.x, sheet.y) < 60
    rim = np.where(close, smoothstep(0.1, 0.02, depth + 0.03 * torn), smoothstep(2.0, 0.3, depth + 0.8 * torn))
    foam = rim * smoothstep(-0.6, 0.3, torn) * np.where(close, 0.7, 0.9)
    deep = mix((0.008, 0.03, 0.042), (0.004, 0.05, 0.085), turquoise)
    shallow = mix((0.022, 0.06, 0.055), (0.03, 0.22, 0.23), turquoise)
    tone = depth_color(np.maximum(depth, 0), deep, shallow, np.asarray(sand), float(mix([0.6], [2.6], turquoise)[0]))
    body = water_body(sheet, 0.0, tone, waves, 0.25 + 0.75 * smoothstep(0.2, 3, depth), foam)
    x = (cx + rng.uniform(-1, 1, 5200) * size * 1.05).astype(np.float32)
    y = (distance + rng.uniform(-1, 0.5, 5200) * size).astype(np.float32)
    z = ground(x, y)
    keep = (z > 5) & (veg.slope_normals(ground, x, y, 6)[:, 2] > 0.7) & (noise.fbm(x, y, 160, 3) > -0.3)
    x, y = x[keep][:1500], y[keep][:1500]
    if turquoise < 0.4:
        kinds = [veg.spruce_rand(rng, 18, 3) for _ in range(3)] + [veg.oak_rand(rng, 2)]
    else:
        kinds = [veg.oak_rand(rng, 2) for _ in range(4)]
    out = veg.planted("tree", kinds, x, y, ground, rng, (0.5, 1.1), 0.03, 0.4, vary=0.18)
    half = 36 * max(frame.aspect, 1)
    x, y = veg.sector_points(rng, 150, 1.4, 16, half, 0.9)
    rocks = [veg.rock(rng, 11, 0.6, 0.05, (0.13, 0.12, 0.11), 3, 0.25) for _ in range(4)]
    out += veg.planted("stone", rocks, x, y, ground, rng, np.minimum(rng.lognormal(-1.9, 0.75, len(x)), 0.75), 0.3, 0.1, squash=0.25)
    side = (45.0, 120.0) if rng.random() < 0.5 else (-120.0, -45.0)

    def surface(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        return np.maximum(ground(x, y, spacing), 0)

    return Landscape((ground_part(grid, ground, paint),), out, (body,), camera, side, surface, 45.0)


def island_rand(rng: np.random.Generator, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """A northern or a tropical island."""
    return island(rng, rng.uniform(110, 240), float(rng.choice([0.0, 0.4, 1.0])), views, frame)
