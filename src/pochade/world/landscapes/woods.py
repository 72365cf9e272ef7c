"""Among trees: pine forest, birch grove, lone tree."""

from __future__ import annotations

import numpy as np

from pochade.world.asset import Part
from pochade.world.blending import mix, shade, smoothstep
from pochade.world.landscapes import vegetation as veg
from pochade.world.landscapes.land import SQUARE, Floats, Frame, Landscape
from pochade.world.landscapes.terrain import Framing, Noise, crest, ground_part, hover, is_drone, stand, tinted, view_grid
from pochade.world.vectors import f32


def pine_forest(rng: np.random.Generator, gap_m: float, mist_km: float, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """Inside a pine forest: bare trunks, moss and ferns, a path that leads in.

    Args:
        gap_m: mean distance between trees, 3.5 to 6.
        mist_km: visibility.
    """
    noise = Noise(rng)
    sway = rng.uniform(0.5, 1.3) * (1 if rng.random() < 0.5 else -1)

    def path(y: Floats) -> Floats:
        return 2.6 * sway * np.sin(y / 13.0) * np.minimum(np.maximum(y, 0) / 10, 1) + 0.4

    def ground(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        far = np.hypot(x, y)
        h = 2.4 * noise.fbm(x, y, 60, 3, 0.45, spacing) + 14 * smoothstep(60, 320, far) * noise.fbm(x, y, 260, 2, 0.4, spacing)
        off = np.abs(x - path(y))
        on = smoothstep(1.5, 0.5, off) * smoothstep(90, 60, far)
        h += 0.16 * noise.fbm(x, y, 2.4, 4, 0.55, spacing, crest) * (1 - 0.9 * on) - 0.16 * on
        return h + 0.015 * noise.fbm(x, y, 0.35, 3, 0.6, spacing) * (1 - 0.5 * on)

    moss = tinted(rng, (0.06, 0.085, 0.02), 0.2)

    def paint(x: Floats, y: Floats, z: Floats, n: Floats, spacing: Floats) -> Floats:
        fine = noise.fbm(x, y, 0.4, 4, 0.7, spacing)
        wide = noise.fbm(x, y, 5, 4, 0.6, spacing)
        needles = shade((0.13, 0.075, 0.04), 1 + 0.35 * fine)
        c = mix(needles, shade(moss, 1 + 0.4 * fine), smoothstep(-0.2, 0.4, wide + 0.3 * fine))
        on = smoothstep(1.3, 0.4, np.abs(x - path(y)) + 0.3 * wide)
        return mix(c, shade((0.17, 0.11, 0.07), 1 + 0.3 * fine), 0.85 * on)

    camera = stand(ground, Framing(rng.uniform(1.3, 1.8), rng.uniform(1, 6), rng.uniform(54, 64), 5, 60), views)
    grid = view_grid(ground, camera, frame, 260, 260, 900)
    drone = is_drone(camera)
    half = 38 * max(frame.aspect, 1) if not drone else 180
    count = 900 if not drone else 420
    x, y = veg.sector_points(rng, count, 3.0, 150 if not drone else 70, half, 1.45)
    clear = (np.abs(x - path(y)) > 1.35 + 0.012 * y) | (y > 75)
    x, y = x[clear], y[clear]
    order = np.argsort(np.hypot(x, y))
    x, y = x[order], y[order]
    keep = veg.spread(x, y, gap_m * (0.75 + 0.25 * rng.random(len(x))))
    x, y = x[keep], y[keep]
    near = [_pine(rng, 34, 8, 12), _pine(rng, 34, 8, 12), _pine(rng, 34, 8, 12)]
    middle = [_pine(rng, 31, 5, 8), _pine(rng, 31, 5, 8)]
    far = [_pine(rng, 22, 3, 5), _pine(rng, 22, 3, 5)]
    out = veg.by_distance("pine", (near, middle, far), (22.0, 60.0), x, y, ground, rng, scale=(0.75, 1.2), lean=0.02, sink_m=0.1)
    # young spruces and ferns below
    x, y = veg.sector_points(rng, 90, 5, 70, half, 1.1)
    off = np.abs(x - path(y)) > 1.8
    young = [[veg.conifer(rng, rng.uniform(1.6, 3.2), 0.06, 0.26, 42, 8, 0.3, (0.03, 0.06, 0.02)) for _ in range(2)]]
    out += veg.by_distance("young spruce", young, (), x[off], y[off], ground, rng, scale=(0.4, 1.1))
    x, y = veg.sector_points(rng, 420, 1.5, 26, half, 1.2)
    grows = (np.abs(x - path(y)) > 0.95) & (noise.fbm(x, y, 6, 2) > -0.15)
    ferns = [veg.fern(rng, 9, rng.uniform(0.4, 0.65)) for _ in range(3)]
    out += veg.planted("fern", ferns, x[grows], y[grows], ground, rng, (0.5, 1.15), 0.1)
    x, y = veg.sector_points(rng, 340, 1.2, 16, half, 1.2)
    grows = (np.abs(x - path(y)) > 0.7) & (noise.fbm(x + 70, y, 4, 2) > 0.0)
    tufts = [veg.grass_patch(rng, 0.5, 60, 0.2, 0.005, (0.06, 0.09, 0.022), 0.2, 0.8) for _ in range(2)]
    out += veg.planted("grass", tufts, x[grows], y[grows], ground, rng, (0.6, 1.3), 0.1)
    x, y = veg.sector_points(rng, 26, 2.5, 30, half, 0.8)
    rocks = [veg.rock(rng, 14, 0.65, 0.05, (0.16, 0.15, 0.13), lichen=1.0) for _ in range(3)]
    out += veg.planted("boulder", rocks, x, y, ground, rng, np.minimum(rng.lognormal(-1.6, 0.6, len(x)), 0.8), 0.2, 0.15)
    parts: list[Part] = [ground_part(grid, ground, paint)]
    if not drone:
        parts.append(_fallen_trunk(rng, ground, path))
    side = (105.0, 165.0) if rng.random() < 0.5 else (-165.0, -105.0)
    return Landscape(tuple(parts), out, (), camera, side, ground, mist_km)


def _pine(rng: np.random.Generator, branches: int, twigs: int, sides: int) -> tuple[Part, ...]:
    needle = (rng.uniform(0.025, 0.035), rng.uniform(0.05, 0.065), rng.uniform(0.02, 0.026))
    return veg.conifer(
        rng, rng.uniform(17, 25), rng.uniform(0.3, 0.52), rng.uniform(0.13, 0.18), branches, twigs, rng.uniform(0.1, 0.3),
        needle, (0.15, 0.09, 0.062), sides, 1.35,
    )  # fmt: skip


def _fallen_trunk(rng: np.random.Generator, ground: object, path: object) -> Part:
    """A mossy trunk beside the path."""
    side = 1 if rng.random() < 0.5 else -1
    y0 = rng.uniform(5.5, 9)
    x0 = float(path(np.float32(y0))) + side * 1.6  # type: ignore[operator]
    turn = rng.uniform(-0.5, 0.5)
    t = np.linspace(0, rng.uniform(5, 9), 14)
    px, py = x0 + side * np.cos(turn) * t, y0 + np.sin(turn) * t
    r = 0.24 - 0.012 * t
    pz = ground(px.astype(np.float32), py.astype(np.float32))  # type: ignore[operator]
    slope = np.polyfit(t, pz, 1)
    p = np.stack([px, py, np.polyval(slope, t) + r * 0.75], 1)

    def bark(v: Floats) -> Floats:
        n = np.sin(v[..., 0] * 37 + np.sin(v[..., 1] * 23) * 2) * np.sin(v[..., 1] * 31)
        top = smoothstep(0.05, 0.28, v[..., 2] - np.polyval(slope, np.hypot(v[..., 0] - x0, v[..., 1] - y0)) - 0.1 + 0.05 * n)
        return mix(shade((0.09, 0.06, 0.045), 1 + 0.3 * n), shade((0.06, 0.09, 0.02), 1 + 0.3 * n), top)

    return Part(veg.tubes(p[:-1], p[1:], r[:-1], r[1:], bark, 14), veg.BARK)


def pine_forest_rand(rng: np.random.Generator, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """Clear or misty."""
    return pine_forest(rng, rng.uniform(3.4, 5.0), float(rng.choice([0.25, 0.6, 2.0])), views, frame)


# --- birch grove ----------------------------------------------------------------------------------------------


def birch_grove(rng: np.random.Generator, autumn: float, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """Birches in grass.

    Args:
        autumn: 0 to 1, how yellow the leaves are.
    """
    noise = Noise(rng)

    def ground(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        far = np.hypot(x, y)
        h = 1.5 * noise.fbm(x, y, 45, 3, 0.45, spacing) + 10 * smoothstep(60, 300, far) * noise.fbm(x, y, 240, 2, 0.4, spacing)
        return h + 0.07 * noise.fbm(x, y, 1.9, 4, 0.55, spacing)

    grass = tinted(rng, (0.065, 0.095, 0.024), 0.15)

    def paint(x: Floats, y: Floats, z: Floats, n: Floats, spacing: Floats) -> Floats:
        fine = noise.fbm(x, y, 0.35, 4, 0.7, spacing)
        wide = noise.fbm(x, y, 6, 4, 0.6, spacing)
        c = mix(shade(grass, 0.9 + 0.3 * fine), shade((0.11, 0.08, 0.045), 1 + 0.35 * fine), smoothstep(-0.1, 0.6, wide))
        litter = smoothstep(0.25, 0.55, fine + 0.3 * wide) * (0.25 + 0.6 * autumn)
        return mix(c, mix((0.2, 0.14, 0.06), (0.45, 0.28, 0.04), autumn), litter)

    camera = stand(ground, Framing(rng.uniform(1.3, 1.8), rng.uniform(2, 6), rng.uniform(50, 60), 5, 55), views)
    grid = view_grid(ground, camera, frame, 260, 260, 900)
    drone = is_drone(camera)
    half = 38 * max(frame.aspect, 1) if not drone else 180
    x, y = veg.sector_points(rng, 420, 4.2, 120 if not drone else 60, half, 1.35)
    order = np.argsort(np.hypot(x, y))
    x, y = x[order], y[order]
    open_ahead = np.abs(x) > np.maximum(0.9 - 0.012 * y, 0)
    keep = veg.spread(x, y, rng.uniform(2.2, 4.6, len(x))) & open_ahead
    x, y = x[keep], y[keep]
    kinds = [[veg.birch_rand(rng, level, autumn) for _ in range(n)] for level, n in ((0, 3), (1, 3), (2, 2))]
    out = veg.by_distance("birch", kinds, (14.0, 45.0), x, y, ground, rng, scale=(0.75, 1.2), lean=0.04, sink_m=0.1)
    x, y = veg.sector_points(rng, 480, 1.0, 24, half, 1.3)
    patches = [veg.grass_patch(rng, 0.9, 130, rng.uniform(0.2, 0.34), 0.006, grass, 0.2, 0.75) for _ in range(3)]
    out += veg.planted("grass", patches, x, y, ground, rng, (0.7, 1.25), 0.1)
    x, y = veg.sector_points(rng, 110, 1.8, 26, half, 1.1)
    ferns = [veg.fern(rng, 8, rng.uniform(0.35, 0.5), (0.06, 0.1, 0.022)) for _ in range(2)]
    out += veg.planted("fern", ferns, x, y, ground, rng, (0.5, 1.1), 0.1)
    side = (95.0, 160.0) if rng.random() < 0.5 else (-160.0, -95.0)
    return Landscape((ground_part(grid, ground, paint),), out, (), camera, side, ground, 1.2)


def birch_grove_rand(rng: np.random.Generator, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """Early summer or autumn."""
    return birch_grove(rng, float(rng.choice([0.0, 0.05, 0.75])), views, frame)


# --- lone tree ------------------------------------------------------------------------------------------------


def lone_tree(rng: np.random.Generator, height_m: float, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """One great tree on a grassy hill.

    Args:
        height_m: of the tree, 9 to 15.
    """
    noise = Noise(rng)
    distance = height_m * rng.uniform(2.5, 3.1)
    side = rng.uniform(0.08, 0.17) * distance * (1 if rng.random() < 0.5 else -1)
    rise = rng.uniform(2.6, 4.6)

    def ground(x: Floats, y: Floats, spacing: Floats | None = None) -> Floats:
        r2 = ((x - side) / 46) ** 2 + ((y - distance) / 30) ** 2
        h = rise * np.exp(-r2) + 0.5 * noise.fbm(x, y, 24, 2, 0.4, spacing) + 0.08 * noise.fbm(x, y, 3.5, 3, 0.5, spacing)
        far = smoothstep(90, 900, y)
        return (
            h
            + far * (-18 + 30 * noise.fbm(x, y, 900, 3, 0.45, spacing))
            + 170 * smoothstep(900, 4200, y) * (0.6 + noise.fbm(x, y, 2300, 3, 0.5, spacing))
        )

    grass = tinted(rng, (0.075, 0.1, 0.026), 0.15)
    gold = tinted(rng, (0.19, 0.15, 0.05), 0.15)
    dry = rng.choice([0.1, 0.35, 0.8])

    def paint(x: Floats, y: Floats, z: Floats, n: Floats, spacing: Floats) -> Floats:
        wide = noise.fbm(x, y, 30, 5, 0.55, spacing)
        fine = noise.fbm(x, y, 0.9, 4, 0.7, spacing)
        c = shade(mix(grass, gold, np.clip(dry + 0.4 * wide, 0, 1)), 1 + 0.25 * fine)
        woods = smoothstep(0.0, 0.25, noise.fbm(x, y, 260, 4, 0.55, spacing)) * smoothstep(300, 600, y)
        c = mix(c, shade((0.035, 0.05, 0.02), 1 + 0.4 * noise.fbm(x, y, 22, 4, 0.7, spacing)), woods)
        under = np.exp(-((x - side) ** 2 + (y - distance) ** 2) / (2 * 1.6**2))
        return mix(c, shade((0.09, 0.07, 0.045), 1 + 0.3 * fine), 0.8 * under)

    camera = stand(ground, Framing(rng.uniform(1.0, 1.6), rng.uniform(5, 7.5), rng.uniform(44, 50), distance, 70), views)
    if is_drone(camera):
        camera = hover(ground, side, distance, 4.2 * height_m)
    grid = view_grid(ground, camera, frame, 330, 330, 12_000)
    drone = is_drone(camera)
    half = 32 * max(frame.aspect, 1) if not drone else 180
    crown = height_m * rng.uniform(0.44, 0.55)
    leaf = (rng.uniform(0.04, 0.06), rng.uniform(0.07, 0.09), rng.uniform(0.012, 0.02))
    tree = veg.broadleaf(
        rng,
        height_m,
        crown,
        rng.uniform(0.15, 0.2),
        "spreading",
        1500,
        0.3,
        20_000,
        0.33,
        leaf,
        float(rng.choice([0, 0, 0.06])),
        girth=1.15,
    )
    place = f32([side]), f32([distance])
    out = veg.planted("oak", [tree], place[0], place[1], ground, rng, (1.0, 1.0), 0.0, 0.15, vary=0.0)
    x, y = veg.sector_points(rng, 950, 1.2, 32, half, 0.95)
    patches = [
        veg.grass_patch(rng, 1.0, 130, rng.uniform(0.18, 0.32), 0.007, tuple(mix(grass, gold, dry)), 0.1 + 0.5 * dry) for _ in range(3)
    ]
    out += veg.planted("grass", patches, x, y, ground, rng, (0.7, 1.3), 0.1)
    x, y = veg.sector_points(rng, 420, 24, 75, half, 1.0)
    coarse = [veg.grass_patch(rng, 2.4, 90, rng.uniform(0.22, 0.36), 0.02, tuple(mix(grass, gold, dry)), 0.1 + 0.5 * dry) for _ in range(2)]
    out += veg.planted("grass", coarse, x, y, ground, rng, (0.8, 1.3), 0.05)
    lateral = (60.0, 140.0) if rng.random() < 0.5 else (-140.0, -60.0)
    return Landscape((ground_part(grid, ground, paint),), out, (), camera, lateral, ground, 45.0)


def lone_tree_rand(rng: np.random.Generator, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """An oak in green or in dry grass."""
    return lone_tree(rng, rng.uniform(10, 14), views, frame)
