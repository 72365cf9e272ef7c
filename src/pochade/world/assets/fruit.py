"""Fruit, berries, two vegetables and an egg: skins painted by noise at the mesh's own positions.

Colours are linear reflectances of ripe, unretouched fruit. A fruit is modelled upright about z and then laid
down the way it comes to rest; `rested` puts it on z = 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import CubicSpline
from scipy.spatial import cKDTree

from pochade.world.asset import Asset, AssetType, Part
from pochade.world.materials import Material, Rgb, srgb
from pochade.world.mesh import Floats, Mesh, ball, join, rotation, sheet, spline, tube
from pochade.world.noise import cellular, fbm, gradient_noise

_WAXY = Material("opaque", roughness=0.36, clearcoat=0.45, flatness=0.55)
_GLOSSY = Material("opaque", roughness=0.26, clearcoat=0.9, flatness=0.5)
_CITRUS = Material("opaque", roughness=0.42, clearcoat=0.35, flatness=0.6)
_DULL = Material("opaque", roughness=0.62, clearcoat=0.0, flatness=0.7)
_FUZZY = Material("opaque", roughness=0.85, clearcoat=0.0, flatness=1.0)
_WOODY = Material("opaque", roughness=0.75, flatness=0.2)
_JUICY = Material("opaque", roughness=0.28, clearcoat=0.7, flatness=0.9)
_LEAF = Material("thin", roughness=0.45, translucency=0.25)


# --- shared by everything that grows ----------------------------------------------------------------------------


def smooth(low: float, high: float, x: ArrayLike) -> Floats:
    """Smoothstep: 0 below `low`, 1 above `high` (or falling, if `low` is above `high`)."""
    t = np.clip((np.asarray(x, np.float32) - low) / (high - low), 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)


def ramp(t: ArrayLike, *stops: Rgb) -> Floats:
    """Colours (..., 3) along evenly spaced stops; t 0 to 1."""
    at = np.linspace(0, 1, len(stops))
    table = np.asarray(stops, np.float32)
    t = np.clip(np.asarray(t, np.float32), 0, 1)
    return np.stack([np.interp(t, at, table[:, k]) for k in range(3)], -1).astype(np.float32)


def over(base: Floats, color: ArrayLike, weight: ArrayLike) -> Floats:
    """`color` laid over `base` (..., 3) with a weight (...), 0 to 1."""
    w = np.clip(np.asarray(weight, np.float32), 0, 1)[..., None]
    return base + (np.asarray(color, np.float32) - base) * w


def tinted(rng: np.random.Generator, color: Rgb, amount: float = 0.08) -> Rgb:
    """A colour of the same family: brightness and channels varied by about `amount`."""
    c = np.asarray(color) * (1 + amount * rng.uniform(-1, 1)) * (1 + 0.5 * amount * rng.uniform(-1, 1, 3))
    return tuple(float(v) for v in np.clip(c, 0.003, 0.85))  # type: ignore[return-value]


def seed_of(rng: np.random.Generator) -> int:
    return int(rng.integers(1 << 30))


def turned(profile: ArrayLike, resolution: int = 44) -> Mesh:
    """Solid of revolution on the even triangles of `ball(resolution)`, whose vertices give each vertex's direction.

    Args:
        profile: (N, 2) radius and z from the bottom of the axis to its top; a smooth curve is laid through it, level at the axis.
    """
    p = np.asarray(profile, np.float64)
    mirrored = np.concatenate([p[2:0:-1] * [-1, 1], p, p[-2:-4:-1] * [-1, 1]])
    knots = np.concatenate([[0.0], np.cumsum(np.maximum(np.linalg.norm(np.diff(mirrored, axis=0), axis=1), 1e-9) ** 0.5)])
    curve = CubicSpline(knots, mirrored)(np.linspace(knots[2], knots[-3], 800))
    curve[:, 0] = np.maximum(curve[:, 0], 0)
    curve[[0, -1], 0] = 0
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    unit = ball(resolution)
    d = unit.vertices.astype(np.float64)
    at = (0.5 + np.arcsin(np.clip(d[:, 2], -1, 1)) / np.pi) * along[-1]
    radius, z = np.interp(at, along, curve[:, 0]), np.interp(at, along, curve[:, 1])
    scale = radius / np.maximum(np.hypot(d[:, 0], d[:, 1]), 1e-9)
    v = np.stack([d[:, 0] * scale, d[:, 1] * scale, z], 1).astype(np.float32)
    return replace(unit, vertices=v, uv=unit.uv * np.float32(radius.mean()))


def warped(mesh: Mesh, seed: int, amount: float, features: float = 1.0) -> Mesh:
    """Bends a mesh by smooth noise: `amount` as a part of its size, `features` across its size."""
    low, high = mesh.bounds
    size = float(max(high - low))
    at = mesh.vertices / size * np.float32(features * 2)
    shift = np.stack([gradient_noise(at, seed + k) for k in range(3)], 1)
    return replace(mesh, vertices=mesh.vertices + shift * np.float32(amount * size))


def rested(parts: Sequence[Part], turns: Sequence[tuple[str, float]] = (), sink_m: float = 0.0) -> Asset:
    """Turns all parts about the axes in order, sets them down on z = 0 and centres their footprint.

    Args:
        turns: pairs of axis "x", "y", "z" and angle in degrees.
        sink_m: how far soft fruit gives way where it touches; those vertices are flattened.
    """
    turned_parts = []
    for part in parts:
        mesh = part.mesh
        for axis, angle_deg in turns:
            mesh = mesh.rotated(axis, angle_deg)
        turned_parts.append(replace(part, mesh=mesh))
    low = np.min([part.mesh.bounds[0] for part in turned_parts], 0)
    high = np.max([part.mesh.bounds[1] for part in turned_parts], 0)
    base = low[2] + sink_m
    out = []
    for part in turned_parts:
        v = part.mesh.vertices - np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, base], np.float32)
        v[:, 2] = np.maximum(v[:, 2], 0)
        out.append(replace(part, mesh=replace(part.mesh, vertices=v)))
    return Asset(tuple(out))


def spots(points: Floats, seed: int, radius: float, chance: float = 1.0) -> Floats:
    """Soft round spots (N,), 1 at their centres: one per unit cell of `points` with probability `chance`; radius in cells."""
    near, _, ident = cellular(points, seed)
    return smooth(radius, radius * 0.35, near) * (ident < chance)


def around(directions: Floats, across: float, along: float) -> Floats:
    """Noise coordinates (N, 3) that run fast around z and slowly along it: for streaks."""
    ring = directions[:, :2] / np.maximum(np.linalg.norm(directions[:, :2], axis=1, keepdims=True), 1e-3)
    return np.concatenate([ring * across, directions[:, 2:] * along], 1).astype(np.float32)


def stem(path: ArrayLike, radius_m: ArrayLike, color: Rgb, end: Rgb, seed: int, segments: int = 10, material: Material = _WOODY) -> Part:
    """A stalk along a path (N, 3), coloured from `color` at its root to `end` at its tip."""
    p = spline(path, 14)
    r = np.interp(np.linspace(0, 1, 14), np.linspace(0, 1, np.size(radius_m)), np.ravel(radius_m))
    mesh = tube(p, r, segments, caps=3)
    t = cKDTree(p).query(mesh.vertices)[1] / 13
    grain = fbm(mesh.vertices / np.float32(r.mean()) * np.float32([0.8, 0.8, 0.3]), seed, 3)
    return Part(mesh.painted(ramp(t, color, end) * (1 + 0.35 * grain[:, None])), material)


def leaf(
    length_m: float, width_m: ArrayLike, color: ArrayLike, thickness_m: float = 0.0005, bend_deg: float = 40.0, lift_deg: float = 20.0,
    fold: float = 0.25, rows: int = 12, columns: int = 7,
) -> Mesh:  # fmt: skip
    """A leaf from the origin along +x, face up, as a closed thin sheet.

    Args:
        width_m: (K,) full widths at even steps along the leaf; 0 at an end makes a point.
        color: (3,), or (rows, columns, 3) from base to tip and from right to left.
        bend_deg: how far the tip turns down relative to the base (negative curls up).
        lift_deg: elevation of the base.
        fold: height of the sides above the midrib, as a part of the half width.
    """
    s = np.linspace(0, 1, rows)
    widths = np.ravel(np.asarray(width_m, np.float64))
    half = np.interp(s, np.linspace(0, 1, len(widths)), widths) / 2 if len(widths) < 4 else np.maximum(spline(widths[:, None], rows)[:, 0], 0) / 2
    half[[0, -1]] = widths[[0, -1]] / 2
    angle = np.radians(lift_deg - bend_deg * s)
    step = np.diff(s, prepend=0) * length_m
    x, z = np.cumsum(np.cos(angle) * step), np.cumsum(np.sin(angle) * step)
    t = np.linspace(-1, 1, columns)
    rise = fold * np.abs(t)[None] * half[:, None]
    grid = np.stack([x[:, None] - np.sin(angle)[:, None] * rise, t[None] * half[:, None], z[:, None] + np.cos(angle)[:, None] * rise], -1)
    mesh = sheet(grid[:, ::-1][:, ::-1], thickness_m)
    shade = np.broadcast_to(np.asarray(color, np.float32), (rows, columns, 3)).reshape(-1, 3)
    return replace(mesh, color=np.concatenate([shade, shade]).astype(np.float32), crease_deg=180.0)


def placed(mesh: Mesh, position_m: ArrayLike, yaw_deg: float = 0.0, pitch_deg: float = 0.0, roll_deg: float = 0.0) -> Mesh:
    """Rolls about x, lifts +x by `pitch_deg`, turns about z, moves."""
    m = rotation("z", yaw_deg) @ rotation("y", -pitch_deg) @ rotation("x", roll_deg)
    return replace(mesh, vertices=(mesh.vertices @ m.T + np.asarray(position_m, np.float32)).astype(np.float32))


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
        [(0, -0.72), (0.12, -0.73), (0.25, -0.82), (0.38, -0.875), (0.57, -0.81), (0.79, -0.56), (0.945, -0.18), (1.0, 0.16), (0.95, 0.48), (0.79, 0.74),
         (0.56, 0.875), (0.36, 0.85), (0.2, 0.72), (0.1, 0.57), (0.03, 0.47), (0, 0.46)]
    ) * [1, k]  # fmt: skip
    body = turned(profile, 48)
    d = ball(48).vertices
    theta = np.arctan2(d[:, 1], d[:, 0])
    lobes = np.cos(5 * theta + 0.4 * np.sin(theta)) * np.hypot(d[:, 0], d[:, 1])
    v = body.vertices.copy()
    v[:, 2] -= 0.03 * lobes * smooth(-0.3, -0.9, d[:, 2])
    v[:, :2] *= (1 + 0.022 * lobes * smooth(0.5, -0.8, d[:, 2]) + 0.02 * np.cos(3 * theta + 1) * smooth(0.0, 0.7, d[:, 2]))[:, None]
    v[:, 2] += 0.07 * v[:, 0] * smooth(0.2, 0.8, d[:, 2])  # one shoulder higher
    body = warped(replace(body, vertices=v), seed, 0.035, 0.8)

    side = np.array([0.75, -0.55, 0.35])
    sun = 0.5 + 0.42 * (d @ side) + 0.5 * fbm(d * 1.3, seed + 1, 3)
    streaks = fbm(around(d, 9, 0.9), seed + 2, 4, 0.65)
    fine = fbm(around(d, 22, 1.6), seed + 3, 3, 0.7)
    amount = smooth(0.75 - cover, 1.5 - 1.15 * cover, sun + 0.55 * streaks + 0.30 * fine)
    color = ramp(0.5 + 0.7 * fbm(d * 2.2, seed + 4, 4), tuple(0.86 * c for c in ground), ground, tuple(min(1.1 * c, 0.84) for c in ground))
    deep = tuple(0.52 * c for c in blush)
    red = ramp(0.55 + 0.9 * streaks - 0.35 * (d @ side), blush, deep)
    color = over(color, red, amount)
    pores = np.maximum(spots(d * 11, seed + 5, 0.14, 0.7), spots(d * 16 + 3, seed + 6, 0.17, 0.55 + 0.3 * float(cover < 0.5)))
    color = over(color, lenticels, 0.5 * pores * smooth(0.93, 0.75, d[:, 2]))
    cavity = smooth(0.80, 0.97, d[:, 2] + 0.05 * streaks)  # greener, then russet, into the cavity
    color = over(color, (ground[0] * 0.72, ground[1] * 0.85, ground[2] * 0.6), 0.85 * cavity)
    color = over(color, srgb(120, 92, 52), 0.7 * smooth(0.90, 0.99, d[:, 2] + 0.06 * fine + 0.05 * streaks))
    color = over(color, srgb(60, 46, 28), smooth(-0.965, -0.99, d[:, 2]))
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
    return rested([Part(skin, _WAXY, True), stalk, Part(calyx, _WOODY)], [("z", rng.uniform(0, 360)), ("x", tilt_deg)])


def _apple(rng: np.random.Generator, kind: str) -> Asset:
    ground, blush, cover, pores = {
        "red": (srgb(196, 158, 78), srgb(150, 26, 30), rng.uniform(0.66, 0.95), srgb(206, 166, 122)),
        "green": (srgb(128, 154, 48), srgb(150, 140, 60), rng.uniform(0.1, 0.25), srgb(196, 208, 140)),
        "yellow": (srgb(206, 178, 82), srgb(198, 120, 66), rng.uniform(0.1, 0.35), srgb(150, 116, 62)),
    }[kind]
    return apple(
        rng.uniform(0.034, 0.041), rng.uniform(1.66, 1.9) + (0.05 if kind == "yellow" else 0), tinted(rng, ground), tinted(rng, blush, 0.12), cover,
        pores, rng.uniform(0.006, 0.017), rng.uniform(-7, 9), seed_of(rng),
    )  # fmt: skip


def apple_rand(rng: np.random.Generator) -> Asset:
    return _apple(rng, str(rng.choice(["red", "green", "yellow"], p=[0.6, 0.24, 0.16])))


# --- citrus -----------------------------------------------------------------------------------------------------


def _pored(mesh: Mesh, directions: Floats, seed: int, cells: float, depth_m: float) -> tuple[Mesh, Floats]:
    """Citrus pores: pits of two sizes by displacement. Returns the mesh and the pits (V,), 1 at their bottom."""
    jitter = 0.4 * np.stack([gradient_noise(directions * 5, seed + 8 + k) for k in range(3)], 1)
    near, _, ident = cellular(directions * cells + jitter, seed)
    pits = smooth(0.42, 0.05, near) * (0.45 + 0.55 * ident)
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
    profile = [(0, -0.975 * f), (0.12, -0.985 * f), (0.45, -0.90 * f), (0.8, -0.61 * f), (1, 0), (0.81, 0.59 * f), (0.48, 0.88 * f), (0.2, 0.965 * f), (0.08, 0.945 * f), (0, 0.93 * f)]
    d = ball(48).vertices
    body = turned(profile, 48)
    body = warped(replace(body, vertices=body.vertices * np.float32(radius_m), uv=body.uv * np.float32(radius_m)), seed, 0.025, 0.9)
    theta = np.arctan2(d[:, 1], d[:, 0])
    creases = np.abs(np.sin(4.5 * theta + 1.3 * gradient_noise(d * 2, seed + 9))) * smooth(0.85, 0.97, d[:, 2]) * np.hypot(d[:, 0], d[:, 1])
    body = body.displaced(-0.05 * radius_m * (0.35 - creases) * smooth(0.85, 0.97, d[:, 2]) * 0.5)
    body, pits = _pored(body, d, seed + 1, 17.0, 0.00042)
    tone = 0.5 + 0.55 * fbm(d * 1.4, seed + 3, 4)
    skin = ramp(tone, (color[0] * 0.93, color[1] * 0.80, color[2] * 0.8), color, (min(color[0] * 1.06, 0.84), color[1] * 1.2, color[2] * 1.3))
    skin = skin * (1 - 0.20 * pits[:, None] * np.float32([0.7, 1.0, 1.0]))
    skin = over(skin, srgb(176, 128, 44), 0.5 * smooth(0.93, 0.99, d[:, 2]))
    scar = spots(d * 2.4, seed + 5, 0.2, 0.22) * smooth(-0.1, 0.25, fbm(d * 13, seed + 6, 3))
    skin = over(skin, srgb(172, 120, 66), 0.55 * scar)

    rng = np.random.default_rng(seed)
    button = turned([(0, -0.02), (0.5, -0.02), (0.95, 0.0), (1, 0.12), (0.8, 0.25), (0.4, 0.24), (0.18, 0.3), (0, 0.32)], 12)
    bt = np.arctan2(button.vertices[:, 1], button.vertices[:, 0])
    v = button.vertices * np.float32([1, 1, 0.8])
    v[:, :2] *= (1 + 0.22 * np.cos(5 * bt + 0.3) * np.clip(np.hypot(v[:, 0], v[:, 1]), 0, 1))[:, None]
    inner = np.hypot(v[:, 0], v[:, 1])
    tint = ramp(inner, srgb(150, 140, 92), srgb(92, 104, 44), srgb(66, 80, 36))
    button = replace(button, vertices=(v * np.float32(0.088 * radius_m / 1.0)).astype(np.float32), color=tint)
    top = float(body.vertices[d[:, 2] > 0.995, 2].mean())
    parts = [Part(replace(body, color=skin), _CITRUS, True), Part(button.moved(z=top - 0.0002), _DULL)]
    return rested(parts, [("z", rng.uniform(0, 360)), ("x", rng.uniform(-5, 42)), ("z", rng.uniform(-60, 60))])


def orange_rand(rng: np.random.Generator) -> Asset:
    return orange(rng.uniform(0.034, 0.042), rng.uniform(0.91, 1.0), tinted(rng, srgb(226, 122, 22), 0.06), seed_of(rng))


def _zest(radius_m: float, length: float, nipple: float, color: Rgb, shade: Rgb, cells: float, seed: int) -> Asset:
    """The lemon's and the lime's common body, lying on its side."""
    n, q = length, nipple
    profile = [
        (0, -n), (0.09, -n + 0.004), (0.19, -n + 0.05 + 0.02 * q), (0.42, -n + 0.19), (0.72, -n + 0.46), (0.95, -0.27), (1, 0.04), (0.94, 0.38), (0.74, n - 0.44),
        (0.46, n - 0.16), (0.29, n - 0.05 + 0.05 * q), (0.18, n - 0.02 + 0.15 * q), (0.08, n + 0.21 * q), (0, n + 0.22 * q),
    ]  # fmt: skip
    d = ball(48).vertices
    body = turned(profile, 48)
    v = body.vertices.copy()
    v[:, 0] += np.float32(0.06) * v[:, 2] ** 2 * np.sign(v[:, 2])  # the ends point a little past each other
    body = warped(replace(body, vertices=v * np.float32(radius_m), uv=body.uv * np.float32(radius_m)), seed, 0.035, 1.0)
    end = smooth(0.88, 0.985, np.abs(d[:, 2]))
    body, pits = _pored(body, d * np.float32([1, 1, 1.25]), seed + 1, cells, 0.0005)
    body = body.displaced(0.02 * radius_m * end * gradient_noise(around(d, 3.0, 2.0), seed + 4))
    tone = 0.5 + 0.6 * fbm(d * 1.5, seed + 3, 4)
    skin = ramp(tone, tuple(0.88 * c for c in color), color, tuple(min(1.08 * c, 0.84) for c in color))
    skin = over(skin, shade, 0.55 * end + 0.3 * smooth(0.05, 0.5, fbm(d * 1.1 + 4, seed + 6, 2)))
    skin = skin * (1 - 0.16 * pits[:, None] * np.float32([0.8, 0.9, 1.0]))
    skin = over(skin, srgb(126, 104, 58), 0.8 * smooth(-0.988, -0.996, d[:, 2]))
    skin = over(skin, srgb(112, 96, 52), 0.75 * smooth(0.992, 0.998, d[:, 2]))
    scar = spots(d * 2.6, seed + 5, 0.16, 0.2) * smooth(-0.1, 0.25, fbm(d * 13, seed + 7, 3))
    skin = over(skin, srgb(160, 128, 70), 0.5 * scar)
    rng = np.random.default_rng(seed)
    return rested([Part(replace(body, color=skin), _CITRUS, True)], [("z", rng.uniform(0, 360)), ("y", 90 + rng.uniform(-4, 8)), ("z", rng.uniform(-50, 50))])


def lemon(radius_m: float, length: float, color: Rgb, seed: int) -> Asset:
    """Lemon lying on its side, with nipple and neck.

    Args:
        radius_m: across, 0.024 to 0.036.
        length: half length in radii, 1.2 to 1.5.
        color: reflectance of the skin.
    """
    return _zest(radius_m, length, 0.8, color, srgb(196, 176, 52), 15.0, seed)


def lemon_rand(rng: np.random.Generator) -> Asset:
    return lemon(rng.uniform(0.026, 0.032), rng.uniform(1.2, 1.42), tinted(rng, srgb(230, 190, 38), 0.05), seed_of(rng))


def lime(radius_m: float, length: float, color: Rgb, seed: int) -> Asset:
    """Lime lying on its side: smaller, rounder and greener than a lemon.

    Args:
        radius_m: across, 0.02 to 0.03.
        length: half length in radii, 1.05 to 1.25.
    """
    return _zest(radius_m, length, 0.35, color, srgb(140, 152, 60), 15.0, seed)


def lime_rand(rng: np.random.Generator) -> Asset:
    return lime(rng.uniform(0.022, 0.027), rng.uniform(1.1, 1.22), tinted(rng, srgb(86, 112, 30), 0.12), seed_of(rng))


ASSETS = (
    AssetType("apple", "food", apple_rand, (0.05, 0.12), colors=("red", "green", "yellow"), varieties={kind: (lambda rng, kind=kind: _apple(rng, kind)) for kind in ("red", "green", "yellow")}),
    AssetType("orange", "food", orange_rand, (0.05, 0.1), colors=("orange",)),
    AssetType("lemon", "food", lemon_rand, (0.05, 0.12), colors=("yellow",)),
    AssetType("lime", "food", lime_rand, (0.04, 0.08), colors=("green", "lime green")),
)
