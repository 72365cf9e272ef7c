"""Whole tree fruit: apple, citrus, pear, peach, banana. Reflectances of ripe, unretouched fruit."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from pochade.world.asset import Asset, AssetType, Part
from pochade.world.blending import over, ramp, smoothstep
from pochade.world.growth import (
    DULL,
    WAXY,
    WOODY,
    around,
    evened,
    kinds,
    leaf,
    placed,
    rested,
    seed_of,
    spots,
    stem,
    tinted,
    turned,
    warped,
)
from pochade.world.materials import Material, Rgb, srgb
from pochade.world.mesh import Floats, Mesh, ball, join, tube
from pochade.world.noise import cellular, fbm, gradient_noise

_CITRUS = Material("opaque", roughness=0.42, clearcoat=0.35, flatness=0.6)
_FUZZY = Material("opaque", roughness=0.85, clearcoat=0.0, flatness=1.0)

# --- apple ------------------------------------------------------------------------------------------------------


def apple(
    radius_m: float, height: float, ground: Rgb, blush: Rgb, cover: float, lenticels: Rgb, stem_m: float, tilt_deg: float, seed: int
) -> Asset:
    """Apple with stem cavity, calyx basin, lopsided shoulders and a painted skin.

    Args:
        radius_m: 0.03 to 0.045.
        height: total height in radii, 1.6 to 2.0.
        ground: reflectance of the skin in the shade.
        blush: reflectance where the sun has been.
        cover: 0 to 1, how much of the skin the blush covers.
        lenticels: reflectance of the pores.
        stem_m: length of the stem, 0.008 to 0.025.
    """
    k = height / 1.76
    profile = np.array(
        [(0, -0.72), (0.12, -0.73), (0.25, -0.82), (0.38, -0.875), (0.57, -0.81), (0.79, -0.56), (0.945, -0.18), (1.0, 0.16), (0.95,
         0.48), (0.79, 0.74),
         (0.56, 0.875), (0.36, 0.85), (0.2, 0.72), (0.1, 0.57), (0.03, 0.47), (0, 0.46)]
    ) * [1, k]  # fmt: skip
    body = turned(profile, 48)
    d = ball(48).vertices
    theta = np.arctan2(d[:, 1], d[:, 0])
    lobes = np.cos(5 * theta + 0.4 * np.sin(theta)) * np.hypot(d[:, 0], d[:, 1])
    v = body.vertices.copy()
    v[:, 2] -= 0.03 * lobes * smoothstep(-0.3, -0.9, d[:, 2])
    v[:, :2] *= (1 + 0.022 * lobes * smoothstep(0.5, -0.8, d[:, 2]) + 0.02 * np.cos(3 * theta + 1) * smoothstep(0.0, 0.7, d[:, 2]))[:, None]
    v[:, 2] += 0.07 * v[:, 0] * smoothstep(0.2, 0.8, d[:, 2])  # one shoulder higher
    body = warped(replace(body, vertices=v), seed, 0.035, 0.8)

    side = np.array([0.75, -0.55, 0.35])
    sun = 0.5 + 0.42 * (d @ side) + 0.5 * fbm(d * 1.3, seed + 1, 3)
    streaks = fbm(around(d, 9, 0.9), seed + 2, 4, 0.65)
    fine = fbm(around(d, 22, 1.6), seed + 3, 3, 0.7)
    amount = smoothstep(0.75 - cover, 1.5 - 1.15 * cover, sun + 0.55 * streaks + 0.30 * fine)
    color = ramp(0.5 + 0.7 * fbm(d * 2.2, seed + 4, 4), tuple(0.86 * c for c in ground), ground, tuple(min(1.1 * c, 0.84) for c in ground))
    deep = tuple(0.52 * c for c in blush)
    red = ramp(0.55 + 0.9 * streaks - 0.35 * (d @ side), blush, deep)
    color = over(color, red, amount)
    pores = np.maximum(spots(d * 11, seed + 5, 0.14, 0.7), spots(d * 16 + 3, seed + 6, 0.17, 0.55 + 0.3 * float(cover < 0.5)))
    color = over(color, lenticels, 0.5 * pores * smoothstep(0.93, 0.75, d[:, 2]))
    cavity = smoothstep(0.80, 0.97, d[:, 2] + 0.05 * streaks)  # greener, then russet, into the cavity
    color = over(color, (ground[0] * 0.72, ground[1] * 0.85, ground[2] * 0.6), 0.85 * cavity)
    color = over(color, srgb(120, 92, 52), 0.7 * smoothstep(0.90, 0.99, d[:, 2] + 0.06 * fine + 0.05 * streaks))
    color = over(color, srgb(60, 46, 28), smoothstep(-0.965, -0.99, d[:, 2]))
    skin = replace(body, vertices=body.vertices * np.float32(radius_m), uv=body.uv * np.float32(radius_m), color=color)

    rng = np.random.default_rng(seed)
    root = np.array([0.0, 0.0, 0.42 * k]) * radius_m
    lean = rng.uniform(-0.35, 0.35, 2)
    tip = root + np.array([*(lean * stem_m), stem_m + 0.28 * k * radius_m])
    path = [root, root * 0.5 + tip * 0.5 + [*(lean[::-1] * stem_m * 0.25), 0], tip]
    stalk = stem(path, [0.0011, 0.0010, 0.0011, 0.0019], srgb(104, 92, 50), srgb(78, 54, 34), seed)
    sepals = []
    for n in range(5):
        tone = tinted(rng, srgb(84, 70, 44), 0.2)
        blade = leaf(0.2 * radius_m, [0.09 * radius_m, 0.08 * radius_m, 0], tone, 0.0004, rng.uniform(-50, 20), 50, 0.4, 6, 3)
        sepals.append(placed(blade, (0, 0, 0), 72 * n + rng.uniform(-12, 12)))
    calyx = replace(join(sepals).rotated("x", 180).moved(z=-0.735 * k * radius_m))
    return rested([Part(skin, WAXY, True), stalk, Part(calyx, WOODY)], [("z", rng.uniform(0, 360)), ("x", tilt_deg)])


def _apple(rng: np.random.Generator, kind: str) -> Asset:
    ground, blush, cover, pores = {
        "red": (srgb(196, 158, 78), srgb(150, 26, 30), rng.uniform(0.66, 0.95), srgb(206, 166, 122)),
        "green": (srgb(128, 154, 48), srgb(150, 140, 60), rng.uniform(0.1, 0.25), srgb(196, 208, 140)),
        "yellow": (srgb(206, 178, 82), srgb(198, 120, 66), rng.uniform(0.1, 0.35), srgb(150, 116, 62)),
    }[kind]
    return apple(
        rng.uniform(0.034, 0.041), rng.uniform(1.66, 1.9) + (0.05 if kind == "yellow" else 0), tinted(rng, ground), tinted(rng, blush,
        0.12), cover,
        pores, rng.uniform(0.006, 0.017), rng.uniform(-7, 9), seed_of(rng),
    )  # fmt: skip


def apple_rand(rng: np.random.Generator) -> Asset:
    return _apple(rng, str(rng.choice(["red", "green", "yellow"], p=[0.6, 0.24, 0.16])))


# --- citrus -----------------------------------------------------------------------------------------------------


def _pored(mesh: Mesh, directions: Floats, seed: int, cells: float, depth_m: float) -> tuple[Mesh, Floats]:
    """Citrus pores: pits of two sizes by displacement. Returns the mesh and the pits (V,), 1 at their bottom."""
    jitter = 0.4 * np.stack([gradient_noise(directions * 5, seed + 8 + k) for k in range(3)], 1)
    near, _, ident = cellular(directions * cells + jitter, seed)
    pits = smoothstep(0.42, 0.05, near) * (0.45 + 0.55 * ident)
    dents = fbm(directions * 6, seed + 2, 3)
    return mesh.displaced(depth_m * (1.2 * dents - pits)), pits


def orange(radius_m: float, flattening: float, color: Rgb, seed: int) -> Asset:
    """Orange with a pored skin and the green button of its stem.

    Args:
        radius_m: 0.03 to 0.045.
        flattening: height over width, 0.88 to 1.02.
        color: reflectance of the skin.
    """
    f = flattening
    profile = [
        (0, -0.975 * f),
        (0.12, -0.985 * f),
        (0.45, -0.90 * f),
        (0.8, -0.61 * f),
        (1, 0),
        (0.81, 0.59 * f),
        (0.48, 0.88 * f),
        (0.2, 0.965 * f),
        (0.08, 0.945 * f),
        (0, 0.93 * f),
    ]
    d = ball(48).vertices
    body = turned(profile, 48)
    body = warped(replace(body, vertices=body.vertices * np.float32(radius_m), uv=body.uv * np.float32(radius_m)), seed, 0.025, 0.9)
    theta = np.arctan2(d[:, 1], d[:, 0])
    creases = (
        np.abs(np.sin(4.5 * theta + 1.3 * gradient_noise(d * 2, seed + 9))) * smoothstep(0.85, 0.97, d[:, 2]) * np.hypot(d[:, 0], d[:, 1])
    )
    body = body.displaced(-0.05 * radius_m * (0.35 - creases) * smoothstep(0.85, 0.97, d[:, 2]) * 0.5)
    body, pits = _pored(body, d, seed + 1, 17.0, 0.00042)
    tone = 0.5 + 0.55 * fbm(d * 1.4, seed + 3, 4)
    skin = ramp(
        tone, (color[0] * 0.93, color[1] * 0.80, color[2] * 0.8), color, (min(color[0] * 1.06, 0.84), color[1] * 1.2, color[2] * 1.3)
    )
    skin = skin * (1 - 0.20 * pits[:, None] * np.array([0.7, 1.0, 1.0], np.float32))
    skin = over(skin, srgb(176, 128, 44), 0.5 * smoothstep(0.93, 0.99, d[:, 2]))
    scar = spots(d * 2.4, seed + 5, 0.2, 0.22) * smoothstep(-0.1, 0.25, fbm(d * 13, seed + 6, 3))
    skin = over(skin, srgb(172, 120, 66), 0.55 * scar)

    rng = np.random.default_rng(seed)
    button = turned([(0, -0.02), (0.5, -0.02), (0.95, 0.0), (1, 0.12), (0.8, 0.25), (0.4, 0.24), (0.18, 0.3), (0, 0.32)], 12)
    bt = np.arctan2(button.vertices[:, 1], button.vertices[:, 0])
    v = button.vertices * np.array([1, 1, 0.8], np.float32)
    v[:, :2] *= (1 + 0.22 * np.cos(5 * bt + 0.3) * np.clip(np.hypot(v[:, 0], v[:, 1]), 0, 1))[:, None]
    inner = np.hypot(v[:, 0], v[:, 1])
    tint = ramp(inner, srgb(150, 140, 92), srgb(92, 104, 44), srgb(66, 80, 36))
    button = replace(button, vertices=(v * np.float32(0.088 * radius_m / 1.0)).astype(np.float32), color=tint)
    top = float(body.vertices[d[:, 2] > 0.995, 2].mean())
    parts = [Part(replace(body, color=skin), _CITRUS, True), Part(button.moved(z=top - 0.0002), DULL)]
    return rested(parts, [("z", rng.uniform(0, 360)), ("x", rng.uniform(-5, 42)), ("z", rng.uniform(-60, 60))])


def orange_rand(rng: np.random.Generator) -> Asset:
    return orange(rng.uniform(0.034, 0.042), rng.uniform(0.91, 1.0), tinted(rng, srgb(226, 122, 22), 0.06), seed_of(rng))


def _zest(radius_m: float, length: float, nipple: float, color: Rgb, shade: Rgb, cells: float, seed: int) -> Asset:
    """The lemon's and the lime's common body, lying on its side."""
    n, q = length, nipple
    profile = [
        (0, -n), (0.09, -n + 0.004), (0.19, -n + 0.05 + 0.02 * q), (0.42, -n + 0.19), (0.72, -n + 0.46), (0.95, -0.27), (1, 0.04), (0.94,
        0.38), (0.74, n - 0.44),
        (0.46, n - 0.16), (0.29, n - 0.05 + 0.05 * q), (0.18, n - 0.02 + 0.15 * q), (0.08, n + 0.21 * q), (0, n + 0.22 * q),
    ]  # fmt: skip
    d = ball(48).vertices
    body = turned(profile, 48)
    v = body.vertices.copy()
    v[:, 0] += np.float32(0.06) * v[:, 2] ** 2 * np.sign(v[:, 2])  # the ends point a little past each other
    body = warped(replace(body, vertices=v * np.float32(radius_m), uv=body.uv * np.float32(radius_m)), seed, 0.035, 1.0)
    end = smoothstep(0.88, 0.985, np.abs(d[:, 2]))
    body, pits = _pored(body, d * np.array([1, 1, 1.25], np.float32), seed + 1, cells, 0.0005)
    body = body.displaced(0.02 * radius_m * end * gradient_noise(around(d, 3.0, 2.0), seed + 4))
    tone = 0.5 + 0.6 * fbm(d * 1.5, seed + 3, 4)
    skin = ramp(tone, tuple(0.88 * c for c in color), color, tuple(min(1.08 * c, 0.84) for c in color))
    skin = over(skin, shade, 0.55 * end + 0.3 * smoothstep(0.05, 0.5, fbm(d * 1.1 + 4, seed + 6, 2)))
    skin = skin * (1 - 0.16 * pits[:, None] * np.array([0.8, 0.9, 1.0], np.float32))
    skin = over(skin, srgb(126, 104, 58), 0.8 * smoothstep(-0.988, -0.996, d[:, 2]))
    skin = over(skin, srgb(112, 96, 52), 0.75 * smoothstep(0.992, 0.998, d[:, 2]))
    scar = spots(d * 2.6, seed + 5, 0.16, 0.2) * smoothstep(-0.1, 0.25, fbm(d * 13, seed + 7, 3))
    skin = over(skin, srgb(160, 128, 70), 0.5 * scar)
    rng = np.random.default_rng(seed)
    return rested(
        [Part(replace(body, color=skin), _CITRUS, True)],
        [("z", rng.uniform(0, 360)), ("y", 90 + rng.uniform(-4, 8)), ("z", rng.uniform(-50, 50))],
    )


def lemon(radius_m: float, length: float, color: Rgb, seed: int) -> Asset:
    """Lemon lying on its side, with nipple and neck.

    Args:
        radius_m: across, 0.024 to 0.036.
        length: half length in radii, 1.2 to 1.5.
        color: reflectance of the skin.
    """
    return _zest(radius_m, length, 0.8, color, srgb(196, 176, 52), 15.0, seed)


def lemon_rand(rng: np.random.Generator) -> Asset:
    return lemon(rng.uniform(0.026, 0.032), rng.uniform(1.2, 1.42), tinted(rng, srgb(234, 198, 52), 0.04), seed_of(rng))


def lime(radius_m: float, length: float, color: Rgb, seed: int) -> Asset:
    """Lime lying on its side: smaller, rounder and greener than a lemon.

    Args:
        radius_m: across, 0.02 to 0.03.
        length: half length in radii, 1.05 to 1.25.
    """
    return _zest(radius_m, length, 0.35, color, srgb(140, 152, 60), 15.0, seed)


def lime_rand(rng: np.random.Generator) -> Asset:
    return lime(rng.uniform(0.022, 0.027), rng.uniform(1.1, 1.22), tinted(rng, srgb(86, 112, 30), 0.12), seed_of(rng))


# --- pear, peach ------------------------------------------------------------------------------------------------


def pear(
    radius_m: float, neck: float, height: float, ground: Rgb, blush: Rgb, cover: float, russet: float, stem_m: float, seed: int
) -> Asset:
    """Pear, upright, with a bent neck, a woody stem and russet dots.

    Args:
        radius_m: widest radius, 0.026 to 0.04.
        neck: width of the neck, 0.7 slender to 1.3 stout.
        height: total height in radii, 2.3 to 3.0.
        ground, blush: reflectances of the skin in shade and sun.
        cover: 0 to 1, how much the blush covers.
        russet: 0 to 1, brown corky dots and patches.
        stem_m: length of the stem, 0.015 to 0.035.
    """
    n, k = neck, height / 2.6
    profile = np.array(
        [(0, -0.82), (0.13, -0.84), (0.27, -0.92), (0.5, -0.92), (0.82, -0.66), (0.99, -0.2), (0.97, 0.18), (0.66 + 0.16 * n, 0.55),
         (0.38 + 0.22 * n, 0.92),
         (0.18 + 0.26 * n, 1.25), (0.1 + 0.23 * n, 1.5), (0.07 + 0.15 * n, 1.66), (0.08, 1.69), (0.03, 1.66), (0, 1.655)]
    ) * [1, k]  # fmt: skip
    d = ball(46).vertices
    body = turned(profile, 46)
    theta = np.arctan2(d[:, 1], d[:, 0])
    v = body.vertices.copy()
    v[:, :2] *= (
        1 + 0.02 * np.cos(5 * theta) * smoothstep(-0.2, -0.9, d[:, 2]) + 0.025 * np.cos(3 * theta + 2) * smoothstep(0.2, -0.6, d[:, 2])
    )[:, None]
    bend = np.random.default_rng(seed).uniform(0.05, 0.13)

    def bent(points: Floats) -> Floats:
        points = points.copy()
        points[:, 0] += np.float32(bend) * np.maximum(points[:, 2] + 0.1, 0) ** 2
        return points

    body = warped(replace(body, vertices=bent(v)), seed, 0.03, 0.9)
    body = body.displaced(0.012 * fbm(d * 4, seed + 1, 3))
    q = body.vertices
    sun = 0.5 + 0.4 * (d @ np.array([0.7, -0.6, 0.2])) + 0.45 * fbm(q * 0.9, seed + 2, 4)
    color = ramp(0.5 + 0.6 * fbm(q * 1.3, seed + 3, 4), tuple(0.86 * c for c in ground), ground, tuple(min(1.1 * c, 0.82) for c in ground))
    mottle = fbm(q * 9, seed + 4, 3, 0.7)
    amount = smoothstep(0.8 - cover, 1.5 - 1.1 * cover, sun + 0.16 * mottle)
    color = over(color, ramp(0.5 + 0.5 * fbm(around(d, 5, 1.5), seed + 5, 4), blush, tuple(0.62 * c for c in blush)), amount)
    dots = np.maximum(spots(q * 10, seed + 6, 0.18, 0.5 + 0.4 * russet), spots(q * 15, seed + 7, 0.2, 0.3 + 0.5 * russet))
    color = over(color, srgb(126, 92, 50), 0.42 * dots)
    patches = smoothstep(0.62 - 0.75 * russet, 1.0 - 0.5 * russet, 0.55 * fbm(q * 2, seed + 8, 5, 0.6) + 0.25 * mottle + 0.45 * russet)
    color = over(color, srgb(138, 98, 54), 0.75 * patches)
    color = over(color, srgb(196, 158, 102), 0.6 * dots * smoothstep(0.5, 0.8, russet))  # pale on a russet skin
    ends = np.maximum(smoothstep(0.93, 0.995, d[:, 2] + 0.03 * mottle), smoothstep(-0.95, -0.99, d[:, 2] - 0.02 * mottle))
    color = over(color, srgb(104, 76, 42), 0.8 * ends)
    skin = replace(body, vertices=q * np.float32(radius_m), uv=body.uv * np.float32(radius_m), color=color)
    rng = np.random.default_rng(seed + 1)
    top = skin.vertices[d[:, 2] > 0.995].mean(0)
    swing = rng.uniform(-0.5, 0.5, 2) * stem_m + [0.12 * stem_m, 0]
    path = [top - [0, 0, 0.003], np.add(top, [*(swing * 0.2), 0.45 * stem_m]), np.add(top, [*swing, stem_m])]
    stalk = stem(path, [0.0022, 0.0014, 0.0013, 0.0022], srgb(112, 92, 48), srgb(74, 52, 34), seed)
    material = DULL if russet > 0.6 else replace(WAXY, roughness=0.42, clearcoat=0.25)
    return rested([Part(skin, material, True), stalk], [("z", rng.uniform(0, 360)), ("x", rng.uniform(-4, 4))], 0.0003)


def _pear(rng: np.random.Generator, kind: str) -> Asset:
    ground, blush, cover, russet = {
        "green": (srgb(146, 160, 62), srgb(164, 116, 60), rng.uniform(0.05, 0.2), rng.uniform(0.1, 0.35)),
        "yellow": (srgb(208, 178, 74), srgb(190, 96, 52), rng.uniform(0.1, 0.4), rng.uniform(0.1, 0.4)),
        "red": (srgb(166, 120, 52), srgb(132, 34, 34), rng.uniform(0.85, 1.0), 0.1),
        "brown": (srgb(168, 132, 60), srgb(150, 88, 46), rng.uniform(0.1, 0.3), rng.uniform(0.8, 1.0)),
    }[kind]
    neck, height = (rng.uniform(0.65, 0.85), rng.uniform(2.7, 3.0)) if kind == "brown" else (rng.uniform(0.8, 1.2), rng.uniform(2.4, 2.75))
    return pear(
        rng.uniform(0.029, 0.036),
        neck,
        height,
        tinted(rng, ground),
        tinted(rng, blush),
        cover,
        russet,
        rng.uniform(0.016, 0.03),
        seed_of(rng),
    )


def pear_rand(rng: np.random.Generator) -> Asset:
    return _pear(rng, str(rng.choice(["green", "yellow", "red", "brown"], p=[0.4, 0.32, 0.12, 0.16])))


def peach(radius_m: float, ground: Rgb, blush: Rgb, cover: float, seed: int) -> Asset:
    """Peach with a cleft, a downy skin and a mottled blush.

    Args:
        radius_m: 0.028 to 0.042.
        cover: 0 to 1, how much the blush covers.
    """
    profile = [
        (0, -0.95),
        (0.06, -0.96),
        (0.3, -0.89),
        (0.68, -0.67),
        (0.96, -0.24),
        (1.0, 0.14),
        (0.9, 0.5),
        (0.68, 0.78),
        (0.42, 0.89),
        (0.24, 0.82),
        (0.1, 0.66),
        (0, 0.60),
    ]
    d = ball(48).vertices
    body = turned(profile, 48)
    front = smoothstep(0.25, -0.1, d[:, 1])
    cleft = np.exp(-((d[:, 0] / (0.10 + 0.06 * (1 + d[:, 2]))) ** 2)) * front * smoothstep(-0.92, -0.25, d[:, 2])
    v = body.vertices * (1 - 0.085 * cleft * smoothstep(1.0, 0.7, d[:, 2]))[:, None]
    v[:, 0] *= 1 + 0.05 * front * smoothstep(0.0, 0.3, np.abs(d[:, 0]))
    body = warped(replace(body, vertices=v.astype(np.float32)), seed, 0.03, 0.8)
    side = np.array([0.55, -0.45, 0.4])
    sun = 0.5 + 0.45 * (d @ side) + 0.55 * fbm(d * 1.2, seed + 1, 3) - 0.15 * cleft
    stipple = fbm(d * 17, seed + 2, 3, 0.8)
    streak = fbm(around(d, 5, 1.2), seed + 3, 3)
    amount = smoothstep(0.8 - cover, 1.6 - 1.1 * cover, sun + 0.30 * stipple + 0.22 * streak)
    color = ramp(
        0.5 + 0.6 * fbm(d * 1.8, seed + 4, 4), tuple(0.9 * c for c in ground), ground, (ground[0], ground[1] * 1.12, ground[2] * 1.05)
    )
    red = ramp(0.5 + 0.5 * (sun - 0.5) + 0.3 * stipple, blush, tuple(0.6 * c for c in blush))
    color = over(color, red, 0.93 * amount)
    color = over(color, srgb(196, 150, 62), 0.75 * smoothstep(0.86, 0.98, d[:, 2]))
    color = over(color, srgb(96, 66, 38), 0.9 * smoothstep(0.985, 0.998, d[:, 2]))
    color = over(color, srgb(226, 190, 170), 0.10 + 0.10 * smoothstep(0.0, 0.5, stipple))  # down
    skin = replace(body, vertices=body.vertices * np.float32(radius_m), uv=body.uv * np.float32(radius_m), color=color)
    rng = np.random.default_rng(seed)
    return rested(
        [Part(skin, _FUZZY, True)], [("z", rng.uniform(-50, 70)), ("x", rng.uniform(-4, 22)), ("y", rng.uniform(-12, 12))], 0.0002
    )


def peach_rand(rng: np.random.Generator) -> Asset:
    return peach(
        rng.uniform(0.031, 0.038),
        tinted(rng, srgb(224, 158, 76)),
        tinted(rng, srgb(166, 48, 44), 0.12),
        rng.uniform(0.4, 0.8),
        seed_of(rng),
    )


# --- banana -----------------------------------------------------------------------------------------------------


def _banana(path: Floats, girth_m: float, color: Rgb, ripeness: float, seed: int) -> Mesh:
    """One banana along a path (N, 3) from the crown to the blossom end."""
    n, segments = len(path), 40
    s = np.linspace(0, 1, n)
    r = girth_m * np.interp(
        s, [0, 0.015, 0.08, 0.13, 0.18, 0.24, 0.34, 0.55, 0.78, 0.86, 0.92, 0.955, 0.975, 0.995, 1], [0.36, 0.34, 0.31, 0.36, 0.55, 0.80,
        0.97, 1.0, 0.96, 0.86, 0.64, 0.42, 0.31, 0.29, 0.22]
    )  # fmt: skip
    r = np.convolve(np.pad(r, 2, mode="edge"), [0.1, 0.2, 0.4, 0.2, 0.1], mode="valid")
    mesh = tube(path, r, segments, caps=0)
    v = mesh.vertices.reshape(n + 2, segments + 1, 3)
    centre = np.concatenate([path[:1], path, path[-1:]]).astype(np.float32)[:, None]
    theta = np.linspace(0, 2 * np.pi, segments + 1) + 0.35
    wander = 0.25 * gradient_noise(np.stack([s * 2, s * 0, s * 0], 1), seed)
    wander = np.concatenate([wander[:1], wander, wander[-1:]])[:, None]
    phase = 5 * (theta[None] + wander)
    ridge = (0.5 + 0.5 * np.cos(phase)) ** 3  # sharp ridges, flat faces
    ridge[:, -1] = ridge[:, 0]
    sharp = np.interp(np.concatenate([[0], s, [1]]), [0, 0.1, 0.3, 0.7, 0.92, 1], [0.10, 0.14, 0.085, 0.07, 0.13, 0.1])[:, None]
    v = centre + (v - centre) * (1 - 0.4 * sharp + sharp * ridge)[..., None].astype(np.float32)
    v = v.reshape(-1, 3)
    v = v + np.float32(0.03 * girth_m) * np.stack([gradient_noise(v / girth_m, seed + k) for k in range(3)], 1)
    t = np.repeat(np.concatenate([[0], s, [1]]), segments + 1).astype(np.float32)
    q = v / np.float32(girth_m)
    ridge = ridge.ravel()
    skin = ramp(0.5 + 0.5 * fbm(q * 0.7, seed + 4, 4), tuple(0.9 * c for c in color), color, tuple(min(1.06 * c, 0.82) for c in color))
    green = np.clip(smoothstep(0.34, 0.08, t + 0.05 * fbm(q, seed + 5)) + 0.8 * smoothstep(0.86, 0.97, t), 0, 1) * (0.95 - 0.6 * ripeness)
    skin = over(skin, srgb(132, 142, 50), green)
    skin = over(skin, srgb(150, 112, 44), (0.10 + 0.25 * ripeness) * smoothstep(0.55, 1.0, ridge))
    grain = fbm(q * np.array([1, 1, 1], np.float32) * 4, seed + 6, 4, 0.7)
    specks = np.maximum(spots(q * 2.4, seed + 7, 0.22, 0.75 * ripeness), spots(q * 4.2, seed + 8, 0.24, 0.8 * ripeness))
    skin = over(skin, srgb(92, 58, 26), 0.75 * specks)
    bruise = smoothstep(0.42 - 0.15 * ripeness, 0.62, fbm(q * 0.9, seed + 9, 4) + 0.25 * grain)
    skin = over(skin, srgb(120, 82, 34), 0.55 * bruise * (0.3 + 0.7 * ripeness))
    skin = over(skin, srgb(104, 84, 44), 0.75 * smoothstep(0.045, 0.0, t + 0.02 * grain))
    skin = over(skin, srgb(40, 30, 20), smoothstep(0.945, 0.975, t + 0.02 * grain))
    skin = skin * (1 + 0.10 * grain[:, None])
    skin = skin.reshape(n + 2, segments + 1, 3)
    skin[:, -1] = skin[:, 0]
    return evened(replace(mesh, vertices=v.astype(np.float32), color=np.clip(skin.reshape(-1, 3), 0.003, 0.84).astype(np.float32)))


def banana(count: int, length_m: float, girth_m: float, curve_deg: float, color: Rgb, ripeness: float, seed: int) -> Asset:
    """A banana lying on its side, or a hand of several that arches over its tips.

    Args:
        count: 1 to 5.
        length_m: along the curve, 0.14 to 0.22.
        girth_m: greatest radius, 0.014 to 0.02.
        curve_deg: how far it bends from end to end, 50 to 110.
        ripeness: 0 green-tipped to 1 speckled brown.
    """
    rng = np.random.default_rng(seed)
    s = np.linspace(0, 1, 96)
    parts = []
    for k in range(count):
        bow = np.radians(curve_deg * (1 + 0.1 * rng.uniform(-1, 1)) + (14 if count > 1 else 0))
        ease = s**0.9 if count > 1 else s
        angle = bow * (0.5 - ease) + np.radians(10) * smoothstep(0.2, 0, s) * (-1 if count > 1 else 1)
        step = np.diff(s, prepend=0) * length_m * (1 + 0.04 * rng.uniform(-1, 1))
        x, up = np.cumsum(np.cos(angle) * step), np.cumsum(np.sin(angle) * step)
        if count == 1:
            path = np.stack([x, up, 0.004 * np.sin(3 * s)], 1)
        else:
            side = (k - (count - 1) / 2) * smoothstep(-0.02, 0.42, s) * girth_m * 2.0 + (k - (count - 1) / 2) * girth_m * 0.5
            path = np.stack([x, side, up], 1)
        parts.append(
            Part(
                _banana(path, girth_m, tinted(rng, color, 0.04), ripeness, seed + 20 * k),
                replace(WAXY, roughness=0.5, clearcoat=0.12, flatness=0.7),
                True,
            )
        )
    if count == 1:
        return rested(parts, [("x", rng.uniform(42, 58)), ("z", float(rng.choice([0, 180])) + rng.uniform(-28, 28))], 0.0004)
    width = girth_m * 0.55 * count
    crown = turned([(0, -1), (0.6, -0.98), (1, -0.7), (1, 0.2), (0.86, 0.7), (0.5, 0.8), (0, 0.78)], 12)
    at = crown.vertices * np.array([0.006, width * 0.62, 0.012], np.float32)
    crown = replace(crown, vertices=at.astype(np.float32)).rotated("y", -40)
    grain = fbm(crown.vertices * 180, seed + 3, 3)
    crown = replace(crown, color=ramp(0.45 + 0.7 * grain, srgb(60, 44, 26), srgb(112, 88, 46), srgb(140, 116, 60)))
    parts.append(Part(crown, DULL))
    return rested(parts, [("x", rng.uniform(-24, -12)), ("z", float(rng.choice([0, 180])) + rng.uniform(-20, 20))], 0.0006)


def banana_rand(rng: np.random.Generator) -> Asset:
    return _bananas(rng, srgb(226, 182, 52), float(rng.uniform(0.0, 0.85)))


def _bananas(rng: np.random.Generator, color: Rgb, ripeness: float) -> Asset:
    return banana(
        int(rng.choice([1, 3])),
        rng.uniform(0.165, 0.2),
        rng.uniform(0.0155, 0.0185),
        rng.uniform(76, 106),
        tinted(rng, color, 0.04),
        ripeness,
        seed_of(rng),
    )


ASSETS = (
    AssetType("apple", "food", apple_rand, (0.05, 0.12), (), ("red", "green", "yellow"), kinds(_apple, "red", "green", "yellow")),
    AssetType("orange", "food", orange_rand, (0.05, 0.1), (), ("orange",)),
    AssetType("lemon", "food", lemon_rand, (0.05, 0.12), (), ("yellow",)),
    AssetType("lime", "food", lime_rand, (0.04, 0.08), (), ("green", "lime green")),
    AssetType("pear", "food", pear_rand, (0.06, 0.15), (), ("green", "yellow", "red", "brown"), kinds(_pear, "green", "yellow", "red",
    "brown"), True),
    AssetType("peach", "food", peach_rand, (0.05, 0.1), (), ("orange", "coral")),
    AssetType(
        "banana", "food", banana_rand, (0.12, 0.24), (), ("yellow", "green", "brown"),
        {"yellow": partial(_bananas, color=srgb(226, 182, 52), ripeness=0.3), "green": partial(_bananas, color=srgb(128, 150, 46),
        ripeness=0.0),
         "brown": partial(_bananas, color=srgb(184, 136, 48), ripeness=1.0)},
    ),
)  # fmt: skip
