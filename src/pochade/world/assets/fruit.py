"""Fruit, berries, two vegetables and an egg: skins painted by noise at the mesh's own positions.

Colours are linear reflectances of ripe, unretouched fruit. A fruit is modelled upright about z and then laid
down the way it comes to rest; `rested` puts it on z = 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline
from scipy.spatial import cKDTree

from pochade.world.asset import Asset, AssetType, Part
from pochade.world.materials import Material, Rgb, srgb
from pochade.world.mesh import Floats, Mesh, ball, drop_degenerate, grid_faces, join, rotation, sheet, smooth_normals, spline, tube, weld
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


def rested(parts: Sequence[Part], turns: Sequence[tuple[str, float]] = (), sink_m: float = 0.0, on: int | None = None) -> Asset:
    """Turns all parts about the axes in order, sets them down on z = 0 and centres their footprint.

    Args:
        turns: pairs of axis "x", "y", "z" and angle in degrees.
        sink_m: how far soft fruit gives way where it touches; those vertices are flattened.
        on: it rests on the first `on` parts, and what hangs below them (leaves) is pressed flat; None: on all.
    """
    turned_parts = []
    for part in parts:
        mesh = part.mesh
        for axis, angle_deg in turns:
            mesh = mesh.rotated(axis, angle_deg)
        turned_parts.append(replace(part, mesh=mesh))
    low = np.min([part.mesh.bounds[0] for part in turned_parts], 0)
    high = np.max([part.mesh.bounds[1] for part in turned_parts], 0)
    base = min(part.mesh.bounds[0][2] for part in turned_parts[:on]) + sink_m
    out = []
    for k, part in enumerate(turned_parts):
        v = part.mesh.vertices - np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, base], np.float32)
        if on is not None and k >= on and v[:, 2].min() < 0:
            rise = 0.12 * (high[2] - base)
            v[:, 2] = np.where(v[:, 2] < rise, rise * (v[:, 2] - v[:, 2].min()) / (rise - v[:, 2].min()), v[:, 2])
        v[:, 2] = np.maximum(v[:, 2], 0)
        out.append(replace(part, mesh=replace(part.mesh, vertices=v)))
    return Asset(tuple(out))


def evened(mesh: Mesh) -> Mesh:
    """Gives vertices at one position one colour, their mean: for the ends and the seams of tubes."""
    assert mesh.color is not None
    ids = weld(mesh.vertices)
    count = np.bincount(ids)
    mean = np.stack([np.bincount(ids, mesh.color[:, k]) / count for k in range(3)], 1)
    return replace(mesh, color=mean[ids].astype(np.float32))


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
    half = (
        np.interp(s, np.linspace(0, 1, len(widths)), widths) / 2
        if len(widths) < 4 or len(widths) == rows
        else np.maximum(spline(widths[:, None], rows)[:, 0], 0) / 2
    )
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
        [(0, -0.72), (0.12, -0.73), (0.25, -0.82), (0.38, -0.875), (0.57, -0.81), (0.79, -0.56), (0.945, -0.18), (1.0, 0.16), (0.95,
         0.48), (0.79, 0.74),
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
    creases = np.abs(np.sin(4.5 * theta + 1.3 * gradient_noise(d * 2, seed + 9))) * smooth(0.85, 0.97, d[:, 2]) * np.hypot(d[:, 0], d[:, 1])
    body = body.displaced(-0.05 * radius_m * (0.35 - creases) * smooth(0.85, 0.97, d[:, 2]) * 0.5)
    body, pits = _pored(body, d, seed + 1, 17.0, 0.00042)
    tone = 0.5 + 0.55 * fbm(d * 1.4, seed + 3, 4)
    skin = ramp(
        tone, (color[0] * 0.93, color[1] * 0.80, color[2] * 0.8), color, (min(color[0] * 1.06, 0.84), color[1] * 1.2, color[2] * 1.3)
    )
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
        (0, -n), (0.09, -n + 0.004), (0.19, -n + 0.05 + 0.02 * q), (0.42, -n + 0.19), (0.72, -n + 0.46), (0.95, -0.27), (1, 0.04), (0.94,
        0.38), (0.74, n - 0.44),
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
    v[:, :2] *= (1 + 0.02 * np.cos(5 * theta) * smooth(-0.2, -0.9, d[:, 2]) + 0.025 * np.cos(3 * theta + 2) * smooth(0.2, -0.6, d[:, 2]))[
        :, None
    ]
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
    amount = smooth(0.8 - cover, 1.5 - 1.1 * cover, sun + 0.16 * mottle)
    color = over(color, ramp(0.5 + 0.5 * fbm(around(d, 5, 1.5), seed + 5, 4), blush, tuple(0.62 * c for c in blush)), amount)
    dots = np.maximum(spots(q * 10, seed + 6, 0.18, 0.5 + 0.4 * russet), spots(q * 15, seed + 7, 0.2, 0.3 + 0.5 * russet))
    color = over(color, srgb(126, 92, 50), 0.42 * dots)
    patches = smooth(0.62 - 0.75 * russet, 1.0 - 0.5 * russet, 0.55 * fbm(q * 2, seed + 8, 5, 0.6) + 0.25 * mottle + 0.45 * russet)
    color = over(color, srgb(138, 98, 54), 0.75 * patches)
    color = over(color, srgb(196, 158, 102), 0.6 * dots * smooth(0.5, 0.8, russet))  # pale on a russet skin
    ends = np.maximum(smooth(0.93, 0.995, d[:, 2] + 0.03 * mottle), smooth(-0.95, -0.99, d[:, 2] - 0.02 * mottle))
    color = over(color, srgb(104, 76, 42), 0.8 * ends)
    skin = replace(body, vertices=q * np.float32(radius_m), uv=body.uv * np.float32(radius_m), color=color)
    rng = np.random.default_rng(seed + 1)
    top = skin.vertices[d[:, 2] > 0.995].mean(0)
    swing = rng.uniform(-0.5, 0.5, 2) * stem_m + [0.12 * stem_m, 0]
    path = [top - [0, 0, 0.003], np.add(top, [*(swing * 0.2), 0.45 * stem_m]), np.add(top, [*swing, stem_m])]
    stalk = stem(path, [0.0022, 0.0014, 0.0013, 0.0022], srgb(112, 92, 48), srgb(74, 52, 34), seed)
    material = _DULL if russet > 0.6 else replace(_WAXY, roughness=0.42, clearcoat=0.25)
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
    front = smooth(0.25, -0.1, d[:, 1])
    cleft = np.exp(-((d[:, 0] / (0.10 + 0.06 * (1 + d[:, 2]))) ** 2)) * front * smooth(-0.92, -0.25, d[:, 2])
    v = body.vertices * (1 - 0.085 * cleft * smooth(1.0, 0.7, d[:, 2]))[:, None]
    v[:, 0] *= 1 + 0.05 * front * smooth(0.0, 0.3, np.abs(d[:, 0]))
    body = warped(replace(body, vertices=v.astype(np.float32)), seed, 0.03, 0.8)
    side = np.array([0.55, -0.45, 0.4])
    sun = 0.5 + 0.45 * (d @ side) + 0.55 * fbm(d * 1.2, seed + 1, 3) - 0.15 * cleft
    stipple = fbm(d * 17, seed + 2, 3, 0.8)
    streak = fbm(around(d, 5, 1.2), seed + 3, 3)
    amount = smooth(0.8 - cover, 1.6 - 1.1 * cover, sun + 0.30 * stipple + 0.22 * streak)
    color = ramp(
        0.5 + 0.6 * fbm(d * 1.8, seed + 4, 4), tuple(0.9 * c for c in ground), ground, (ground[0], ground[1] * 1.12, ground[2] * 1.05)
    )
    red = ramp(0.5 + 0.5 * (sun - 0.5) + 0.3 * stipple, blush, tuple(0.6 * c for c in blush))
    color = over(color, red, 0.93 * amount)
    color = over(color, srgb(196, 150, 62), 0.75 * smooth(0.86, 0.98, d[:, 2]))
    color = over(color, srgb(96, 66, 38), 0.9 * smooth(0.985, 0.998, d[:, 2]))
    color = over(color, srgb(226, 190, 170), 0.10 + 0.10 * smooth(0.0, 0.5, stipple))  # down
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
    green = np.clip(smooth(0.34, 0.08, t + 0.05 * fbm(q, seed + 5)) + 0.8 * smooth(0.86, 0.97, t), 0, 1) * (0.95 - 0.6 * ripeness)
    skin = over(skin, srgb(132, 142, 50), green)
    skin = over(skin, srgb(150, 112, 44), (0.10 + 0.25 * ripeness) * smooth(0.55, 1.0, ridge))
    grain = fbm(q * np.float32([1, 1, 1]) * 4, seed + 6, 4, 0.7)
    specks = np.maximum(spots(q * 2.4, seed + 7, 0.22, 0.75 * ripeness), spots(q * 4.2, seed + 8, 0.24, 0.8 * ripeness))
    skin = over(skin, srgb(92, 58, 26), 0.75 * specks)
    bruise = smooth(0.42 - 0.15 * ripeness, 0.62, fbm(q * 0.9, seed + 9, 4) + 0.25 * grain)
    skin = over(skin, srgb(120, 82, 34), 0.55 * bruise * (0.3 + 0.7 * ripeness))
    skin = over(skin, srgb(104, 84, 44), 0.75 * smooth(0.045, 0.0, t + 0.02 * grain))
    skin = over(skin, srgb(40, 30, 20), smooth(0.945, 0.975, t + 0.02 * grain))
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
        angle = bow * (0.5 - ease) + np.radians(10) * smooth(0.2, 0, s) * (-1 if count > 1 else 1)
        step = np.diff(s, prepend=0) * length_m * (1 + 0.04 * rng.uniform(-1, 1))
        x, up = np.cumsum(np.cos(angle) * step), np.cumsum(np.sin(angle) * step)
        if count == 1:
            path = np.stack([x, up, 0.004 * np.sin(3 * s)], 1)
        else:
            side = (k - (count - 1) / 2) * smooth(-0.02, 0.42, s) * girth_m * 2.0 + (k - (count - 1) / 2) * girth_m * 0.5
            path = np.stack([x, side, up], 1)
        parts.append(
            Part(
                _banana(path, girth_m, tinted(rng, color, 0.04), ripeness, seed + 20 * k),
                replace(_WAXY, roughness=0.5, clearcoat=0.12, flatness=0.7),
                True,
            )
        )
    if count == 1:
        return rested(parts, [("x", rng.uniform(42, 58)), ("z", float(rng.choice([0, 180])) + rng.uniform(-28, 28))], 0.0004)
    width = girth_m * 0.55 * count
    crown = turned([(0, -1), (0.6, -0.98), (1, -0.7), (1, 0.2), (0.86, 0.7), (0.5, 0.8), (0, 0.78)], 12)
    at = crown.vertices * np.float32([0.006, width * 0.62, 0.012])
    crown = replace(crown, vertices=at.astype(np.float32)).rotated("y", -40)
    grain = fbm(crown.vertices * 180, seed + 3, 3)
    crown = replace(crown, color=ramp(0.45 + 0.7 * grain, srgb(60, 44, 26), srgb(112, 88, 46), srgb(140, 116, 60)))
    parts.append(Part(crown, _DULL))
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


# --- cherry -----------------------------------------------------------------------------------------------------


def cherry(radius_m: float, count: int, stem_m: float, color: Rgb, seed: int) -> Asset:
    """Cherries on long stems that meet in a woody knot.

    Args:
        radius_m: 0.009 to 0.014.
        count: 1 to 3.
        stem_m: height of the knot above the fruit, 0.03 to 0.05.
    """
    rng = np.random.default_rng(seed)
    profile = [
        (0, -0.93),
        (0.1, -0.935),
        (0.5, -0.83),
        (0.9, -0.42),
        (1.02, 0.08),
        (0.9, 0.54),
        (0.62, 0.82),
        (0.36, 0.87),
        (0.16, 0.73),
        (0.06, 0.62),
        (0, 0.61),
    ]
    d = ball(30).vertices
    parts = []
    lean = rng.uniform(-0.5, 0.5) * radius_m
    knot = np.array([lean, rng.uniform(-0.2, 0.4) * radius_m, radius_m + stem_m])
    heading = rng.uniform(-25, 25)
    for k in range(count):
        body = turned(profile, 30)
        v = body.vertices * (1 - 0.035 * np.exp(-((d[:, 0] / 0.12) ** 2)) * smooth(0.3, -0.2, d[:, 1]))[:, None]
        body = warped(replace(body, vertices=v.astype(np.float32)), seed + 10 * k, 0.02, 0.7)
        tone = 0.5 + 0.7 * fbm(d * 1.4, seed + 10 * k, 4) + 0.25 * (d @ np.array([0.5, -0.6, 0.4]))
        tint = ramp(tone, tuple(0.4 * c for c in color), color, (color[0] * 1.5, color[1] * 1.5, color[2] * 1.35))
        tint = over(tint, (color[0] * 1.7, color[1] * 3.0, color[2] * 2.4), 0.3 * spots(d * 11, seed + 3, 0.13, 0.5))
        tint = over(tint, srgb(70, 34, 20), 0.7 * smooth(0.97, 0.995, d[:, 2]))
        size = radius_m * rng.uniform(0.94, 1.04)
        angle = np.radians(heading + 360 / max(count, 2) * k) if count > 1 else 0.0
        spread = radius_m * (1.1 if count < 3 else 1.28) if count > 1 else 0.0
        place = np.array([np.cos(angle) * spread, np.sin(angle) * spread * (0.7 if count < 3 else 1), size * 0.93])
        towards = knot - place
        tilt = np.degrees(np.arctan2(np.hypot(*towards[:2]), towards[2])) * 0.5
        turn = np.degrees(np.arctan2(towards[1], towards[0]))
        m = rotation("z", turn) @ rotation("y", tilt) @ rotation("z", rng.uniform(-60, 60) - turn)
        mesh = replace(
            body, vertices=(body.vertices * np.float32(size)) @ m.T, uv=body.uv * np.float32(size), color=np.clip(tint, 0.002, 0.84)
        )
        low = mesh.bounds[0][2]
        place[2] = -low
        parts.append(Part(mesh.moved(*place), _GLOSSY, True))
        root = place + m @ np.array([0, 0, 0.6 * size])
        out = m @ np.array([0, 0, 1.0])
        path = [
            root,
            root + out * 0.35 * stem_m + [0, 0, 0.08 * stem_m],
            root * 0.3 + knot * 0.7 + [*(rng.uniform(-0.05, 0.05, 2) * stem_m), 0.05 * stem_m],
            knot,
        ]
        parts.append(stem(path, [0.0008, 0.00055, 0.0005, 0.00055, 0.0009], srgb(112, 128, 52), srgb(120, 118, 56), seed + k, 8, _DULL))
    knob = turned([(0, -1.0), (0.7, -0.8), (1, -0.1), (0.85, 0.6), (0.5, 1.0), (0, 1.1)], 8)
    knob = warped(knob, seed, 0.12, 1.5).scaled(0.0017, 0.0012, 0.0011).moved(*knot)
    parts.append(Part(knob.painted(srgb(92, 66, 40)), _WOODY))
    return rested(parts)


def cherry_rand(rng: np.random.Generator) -> Asset:
    return cherry(rng.uniform(0.0105, 0.0125), 2, rng.uniform(0.032, 0.044), tinted(rng, srgb(132, 12, 22), 0.2), seed_of(rng))


# --- tomato, egg ------------------------------------------------------------------------------------------------


def tomato(radius_m: float, height: float, lobes: int, lobing: float, color: Rgb, seed: int) -> Asset:
    """Tomato with lobed shoulders and its green calyx.

    Args:
        radius_m: 0.022 to 0.045.
        height: total height in radii, 1.3 to 1.9.
        lobes: 3 to 9 ribs.
        lobing: depth of the ribs, 0 to 0.15.
    """
    h = height / 1.72
    profile = np.array(
        [
            (0, -0.84),
            (0.08, -0.845),
            (0.4, -0.80),
            (0.78, -0.55),
            (0.99, -0.06),
            (0.96, 0.34),
            (0.78, 0.67),
            (0.52, 0.80),
            (0.28, 0.77),
            (0.12, 0.68),
            (0, 0.65),
        ]
    ) * [1, h]
    d = ball(44).vertices
    theta = np.arctan2(d[:, 1], d[:, 0])
    body = turned(profile, 44)
    wave = (
        np.abs(np.cos(lobes / 2 * (theta + 0.25 * np.sin(theta + seed % 7)))) ** 0.8
        if lobes % 2 == 0
        else 0.5 + 0.5 * np.cos(lobes * theta + 0.5 * np.sin(theta))
    )
    ribs = (wave - 0.6) * np.minimum(np.hypot(d[:, 0], d[:, 1]) * 2.2, 1)
    v = body.vertices.copy()
    v[:, :2] *= (1 + lobing * ribs * (0.35 + 0.65 * smooth(-0.2, 0.75, d[:, 2])))[:, None]
    v[:, 2] += lobing * 0.6 * ribs * smooth(0.4, 0.85, d[:, 2])
    body = warped(replace(body, vertices=v.astype(np.float32)), seed, 0.025, 0.8)
    tone = 0.5 + 0.5 * fbm(d * 1.3, seed + 1, 4)
    tint = ramp(tone, tuple(0.8 * c for c in color), color, (color[0] * 1.1, color[1] * 1.35, color[2] * 1.2))
    shoulders = smooth(0.55, 1.0, d[:, 2] + 0.12 * fbm(around(d, 4, 1), seed + 2, 3))
    tint = over(tint, (max(color[0] * 0.85, 0.3), max(color[1] * 2.6, 0.14), color[2] * 1.3), 0.55 * shoulders)
    tint = over(tint, tuple(min(1.5 * c + 0.03, 0.8) for c in color), 0.22 * spots(d * 15, seed + 3, 0.13, 0.5))
    tint = over(tint, srgb(112, 84, 44), 0.8 * smooth(-0.992, -0.998, d[:, 2]))
    skin = replace(body, vertices=body.vertices * np.float32(radius_m), uv=body.uv * np.float32(radius_m), color=np.clip(tint, 0.003, 0.84))
    rng = np.random.default_rng(seed)
    top = float(skin.vertices[d[:, 2] > 0.99, 2].mean())
    count = int(rng.integers(5, 7))
    blades = []
    for k in range(count):
        length = radius_m * rng.uniform(0.62, 0.9)
        t = np.linspace(0, 1, 14)[:, None]
        vein = np.abs(np.linspace(-1, 1, 5))[None]
        tone = ramp(0.25 + 0.5 * t + 0 * vein, srgb(58, 92, 34), srgb(86, 118, 48))
        tone = over(tone, srgb(124, 146, 74), 0.5 * smooth(0.5, 0.0, vein) + 0 * t)
        blade = leaf(
            length,
            [0.12 * radius_m, 0.2 * radius_m, 0.17 * radius_m, 0.09 * radius_m, 0],
            tone,
            0.0009,
            rng.uniform(-45, 14),
            rng.uniform(25, 36),
            0.35,
            14,
            5,
        )
        blades.append(placed(blade, (0, 0, top + 0.0012), 360 / count * k + rng.uniform(-12, 12), 0, rng.uniform(-20, 20)))
    lean = rng.uniform(-0.35, 0.35, 2) * radius_m
    path = [(0, 0, top - 0.003), (*(lean * 0.2), top + 0.14 * radius_m), (*lean, top + rng.uniform(0.26, 0.42) * radius_m)]
    stalk = stem(path, [0.0034, 0.0024, 0.0023, 0.003], srgb(84, 112, 46), srgb(104, 116, 58), seed, 12, _DULL)
    return rested(
        [Part(skin, _GLOSSY, True), Part(join(blades), _LEAF), stalk], [("z", rng.uniform(0, 360)), ("x", rng.uniform(-4, 16))], 0.0003
    )


def _tomato(rng: np.random.Generator, color: Rgb) -> Asset:
    if rng.random() < 0.7:
        return tomato(
            rng.uniform(0.03, 0.036),
            rng.uniform(1.6, 1.8),
            int(rng.integers(4, 7)),
            rng.uniform(0.02, 0.05),
            tinted(rng, color),
            seed_of(rng),
        )
    return tomato(
        rng.uniform(0.036, 0.044),
        rng.uniform(1.3, 1.5),
        int(rng.integers(6, 10)),
        rng.uniform(0.09, 0.15),
        tinted(rng, color),
        seed_of(rng),
    )


def tomato_rand(rng: np.random.Generator) -> Asset:
    return _tomato(rng, srgb(172, 28, 18))


def egg(radius_m: float, length: float, color: Rgb, speckles: float, seed: int) -> Asset:
    """Hen's egg lying on its side.

    Args:
        radius_m: greatest radius, 0.02 to 0.024.
        length: in diameters, 1.25 to 1.4.
        speckles: 0 to 1, darker flecks of the shell.
    """
    t = np.linspace(-np.pi / 2, np.pi / 2, 25)
    z = np.sin(t) * length
    r = np.cos(t) * (1 - 0.115 * np.sin(t) - 0.03 * np.sin(t) ** 2)
    d = ball(36).vertices
    body = warped(turned(np.stack([r / r.max(), z], 1), 36), seed, 0.006, 0.7).scaled(radius_m)
    body = body.displaced(0.00009 * fbm(d * 24, seed + 1, 2, 0.8))
    tone = 0.5 + 0.35 * fbm(d * 1.5, seed + 2, 4) + 0.15 * fbm(d * 14, seed + 3, 2)
    tint = ramp(tone, tuple(0.9 * c for c in color), color, tuple(min(1.06 * c, 0.82) for c in color))
    tint = over(
        tint,
        tuple(0.5 * c for c in color),
        0.75 * speckles * np.maximum(spots(d * 12, seed + 4, 0.14, 0.5), spots(d * 19, seed + 5, 0.17, 0.4)),
    )
    tint = over(tint, tuple(min(1.2 * c, 0.83) for c in color), 0.25 * spots(d * 17, seed + 6, 0.2, 0.5))
    rng = np.random.default_rng(seed)
    shell = Part(replace(body, color=tint), Material("opaque", roughness=0.48, clearcoat=0.06, flatness=0.9), True)
    return rested([shell], [("z", rng.uniform(0, 360)), ("y", 90 + rng.uniform(1, 6)), ("z", rng.uniform(-70, 70))])


def _egg(rng: np.random.Generator, color: Rgb, speckles: float) -> Asset:
    return egg(rng.uniform(0.0205, 0.023), rng.uniform(1.27, 1.37), tinted(rng, color, 0.06), speckles, seed_of(rng))


def egg_rand(rng: np.random.Generator) -> Asset:
    return _egg(rng, srgb(196, 146, 106), float(rng.uniform(0, 1))) if rng.random() < 0.65 else _egg(rng, srgb(226, 220, 206), 0.0)


# --- berries ----------------------------------------------------------------------------------------------------


def strawberry(radius_m: float, length: float, color: Rgb, seeds: int, stem_m: float, seed: int) -> Asset:
    """Strawberry lying on its side: seeds in dimples, a leafy calyx.

    Args:
        radius_m: widest radius, 0.012 to 0.02.
        length: in radii, 2.0 to 2.9.
        color: reflectance of the ripe flesh.
        seeds: number of seeds, 60 to 160.
        stem_m: 0.006 to 0.03.
    """
    rng = np.random.default_rng(seed)
    n = length
    profile = np.array(
        [
            (0, -0.62 * n),
            (0.1, -0.615 * n),
            (0.3, -0.54 * n),
            (0.6, -0.33 * n),
            (0.88, -0.02 * n),
            (1.0, 0.18 * n),
            (0.9, 0.31 * n),
            (0.62, 0.375 * n),
            (0.3, 0.36 * n),
            (0.1, 0.33 * n),
            (0, 0.325 * n),
        ]
    )
    resolution = 38
    base = turned(profile, resolution)
    d = ball(resolution).vertices

    curve = spline(profile, 400)
    area = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1) * (curve[1:, 0] + curve[:-1, 0]))])
    k = np.arange(seeds)
    share = (k + 0.5) / seeds * 0.93 + 0.01
    r, z = np.interp(share * area[-1], area, curve[:, 0]), np.interp(share * area[-1], area, curve[:, 1])
    phi = k * np.pi * (3 - np.sqrt(5)) + rng.uniform(-0.05, 0.05, seeds)
    sites = np.stack([r * np.cos(phi), r * np.sin(phi), z], 1) + rng.normal(0, 0.022, (seeds, 3))
    spacing = float(np.sqrt(area[-1] * np.pi / seeds))
    distance = cKDTree(sites).query(base.vertices)[0]
    tree = cKDTree(base.vertices)
    at = tree.query(sites)[1]

    v = base.vertices * np.float32([1 + rng.uniform(-0.05, 0.12), 1 - rng.uniform(0, 0.1), 1])
    body = warped(replace(base, vertices=v), seed, 0.055, 0.9)
    pit = np.exp(-((distance / (0.30 * spacing)) ** 2))
    swell = smooth(0.25 * spacing, 0.6 * spacing, distance)
    body = body.displaced((0.050 * swell - 0.055 * pit) * smooth(-1.0, -0.9, d[:, 2]) + 0.012 * fbm(d * 5, seed + 1, 2))

    tone = 0.5 + 0.5 * fbm(base.vertices * 0.9, seed + 2, 4) - 0.1 * swell
    tint = ramp(tone, tuple(0.55 * c for c in color), color, (color[0] * 1.15, color[1] * 1.6, color[2] * 1.3))
    pale = smooth(0.55, 0.98, d[:, 2] + 0.15 * fbm(around(d, 3, 0.6), seed + 3, 3))
    tint = over(tint, srgb(222, 150, 110), 0.75 * pale)
    tint = over(tint, tuple(0.5 * c for c in color), 0.55 * pit)
    skin = replace(body, vertices=body.vertices * np.float32(radius_m), uv=body.uv * np.float32(radius_m), color=np.clip(tint, 0.003, 0.84))

    normals = smooth_normals(skin)[at]
    pip = ball(2)
    pips = []
    for site, normal in zip(skin.vertices[at], normals, strict=True):
        along = np.array([0, 0, 1.0]) - normal * normal[2]
        along /= max(np.linalg.norm(along), 1e-6)
        frame = np.stack([along, np.cross(normal, along), normal], 1)
        size = radius_m * rng.uniform(0.9, 1.1)
        local = pip.vertices * np.float32([0.074, 0.044, 0.032]) * np.float32(size)
        local[:, 1] *= 1 - 0.35 * pip.vertices[:, 0]
        tone = tinted(rng, srgb(202, 150, 66) if rng.random() < 0.75 else srgb(170, 92, 44), 0.15)
        pips.append(replace(pip, vertices=(local @ frame.T + site + normal * 0.012 * radius_m).astype(np.float32)).painted(tone))

    top = skin.vertices[d[:, 2] > 0.985].mean(0)
    blades = []
    for ring, (count, size, up) in enumerate(((9, 1.2, 4), (6, 0.85, 28))):
        for m in range(count):
            t, vein = np.linspace(0, 1, 12)[:, None], np.abs(np.linspace(-1, 1, 7))[None]
            tone = over(
                ramp(0.2 + 0.6 * t + 0 * vein, srgb(122, 146, 64), srgb(70, 108, 38), srgb(84, 122, 44)),
                srgb(146, 168, 88),
                0.5 * smooth(0.35, 0.0, vein) + 0 * t,
            )
            tone = tone * np.float32(rng.uniform(0.85, 1.12))
            width = radius_m * rng.uniform(0.36, 0.5)
            blade = leaf(
                radius_m * size * rng.uniform(0.8, 1.15),
                [0.5 * width, 0.95 * width, width, 0.66 * width, 0],
                tone,
                0.00045,
                rng.uniform(-60, 60),
                up + rng.uniform(-8, 20),
                0.3,
                12,
                7,
            )
            blades.append(
                placed(
                    blade,
                    np.add(top, [0, 0, 0.02 * radius_m * (1 + ring)]),
                    360 / count * (m + 0.5 * ring) + rng.uniform(-14, 14),
                    0,
                    rng.uniform(-22, 22),
                )
            )
    lean = rng.uniform(-0.5, 0.5, 2) * stem_m
    path = [top - [0, 0, 0.003], np.add(top, [*(lean * 0.15), 0.4 * stem_m]), np.add(top, [*lean, stem_m])]
    stalk = stem(path, [0.0017, 0.0012, 0.0011, 0.0013], srgb(132, 152, 74), srgb(120, 134, 66), seed, 10, _DULL)
    side = rng.choice([-1, 1])
    parts = [Part(skin, replace(_GLOSSY, roughness=0.3, clearcoat=0.7), True), Part(join(pips), _WAXY), Part(join(blades), _LEAF), stalk]
    return rested(
        parts, [("z", rng.uniform(0, 360)), ("x", 72 + rng.uniform(-4, 4)), ("z", 180 + side * rng.uniform(35, 125))], 0.0003, on=2
    )


def strawberry_rand(rng: np.random.Generator) -> Asset:
    return strawberry(
        rng.uniform(0.0145, 0.018),
        rng.uniform(2.1, 2.6),
        tinted(rng, srgb(172, 22, 22)),
        int(rng.integers(95, 130)),
        rng.uniform(0.008, 0.022),
        seed_of(rng),
    )


def blueberry(radius_m: float, flattening: float, bloom: float, seed: int) -> Asset:
    """Blueberry with its five-pointed crown and a dusty bloom.

    Args:
        radius_m: 0.006 to 0.01.
        flattening: height over width, 0.75 to 0.95.
        bloom: 0 to 1, how much of the wax is left.
    """
    f = flattening
    profile = np.array(
        [
            (0, -0.97),
            (0.3, -0.93),
            (0.72, -0.68),
            (1, -0.02),
            (0.86, 0.5),
            (0.64, 0.76),
            (0.50, 0.86),
            (0.44, 0.95),
            (0.385, 1.0),
            (0.33, 0.96),
            (0.29, 0.82),
            (0.2, 0.72),
            (0.08, 0.70),
            (0, 0.71),
        ]
    ) * [1, f]
    resolution = 44
    d = ball(resolution).vertices
    body = turned(profile, resolution)
    theta = np.arctan2(d[:, 1], d[:, 0])
    v = body.vertices.copy()
    r = np.hypot(v[:, 0], v[:, 1])
    rim = smooth(0.82, 0.95, v[:, 2] / f) * smooth(0.56, 0.44, r)
    star = 0.5 + 0.5 * np.cos(5 * theta + 0.6 * np.sin(2 * theta + seed % 5))
    v[:, 2] += rim * f * (0.16 * star - 0.11)
    v[:, :2] *= (1 + 0.13 * rim * star)[:, None]
    body = warped(replace(body, vertices=v.astype(np.float32)), seed, 0.025, 1.0)
    wax = smooth(-0.42 - 0.25 * bloom, 0.55 - 0.3 * bloom, 0.75 * fbm(d * 1.6, seed + 1, 5, 0.6) + 0.2 * fbm(d * 9, seed + 2, 3))
    rubbed = smooth(0.30, 0.55, fbm(d * np.float32([2.4, 2.4, 5]) + 5, seed + 3, 3))
    wax = wax * (1 - 0.75 * rubbed) * (0.35 + 0.65 * bloom)
    tint = ramp(0.5 + 0.6 * fbm(d * 2, seed + 4, 3), srgb(28, 30, 52), srgb(40, 40, 70), srgb(58, 44, 76))
    tint = over(tint, ramp(0.5 + 0.6 * fbm(d * 5, seed + 5, 3), srgb(84, 94, 132), srgb(124, 136, 168)), 0.75 * wax)
    tint = over(tint, srgb(40, 34, 50), 0.9 * smooth(0.34, 0.26, r) * smooth(0.5, 0.6, d[:, 2]))
    tint = over(tint, srgb(66, 52, 52), 0.7 * smooth(0.1, 0.05, r) * smooth(0.5, 0.6, d[:, 2]))
    tint = over(tint, srgb(74, 60, 66), 0.45 * rim * smooth(0.93, 1.02, v[:, 2] / f))
    skin = replace(body, vertices=body.vertices * np.float32(radius_m), uv=body.uv * np.float32(radius_m), color=tint)
    rng = np.random.default_rng(seed)
    material = Material("opaque", roughness=0.58, clearcoat=0.08, flatness=0.6)
    return rested([Part(skin, material, True)], [("z", rng.uniform(0, 360)), ("x", rng.uniform(15, 75)), ("z", rng.uniform(-50, 50))])


def blueberry_rand(rng: np.random.Generator) -> Asset:
    return blueberry(rng.uniform(0.0068, 0.0088), rng.uniform(0.8, 0.9), rng.uniform(0.4, 1.0), seed_of(rng))


def grapes(berry_m: float, count: int, elongation: float, color: Rgb, deep: Rgb, bloom: float, seed: int) -> Asset:
    """A lying bunch of grapes on its stalk. The berries settle under weight, so they press on each other and the table.

    Args:
        berry_m: radius of a berry, 0.007 to 0.011.
        count: 20 to 60 berries.
        elongation: length over width of a berry, 1 to 1.4.
        color, deep: reflectances of thin and thick skin.
        bloom: 0 to 1, dusty wax.
    """
    rng = np.random.default_rng(seed)
    a = berry_m * (1 + 0.35 * (elongation - 1))
    t = (np.arange(count) + 0.5) / count
    length = a * 1.85 * count**0.45
    wide = a * 0.86 * count**0.40
    taper = np.interp(t, [0, 0.12, 0.35, 0.75, 1], [0.7, 1.0, 1.0, 0.7, 0.2])
    phi = rng.uniform(0, 2 * np.pi, count)
    rho = np.sqrt(rng.uniform(0.02, 1, count)) * wide * taper
    p = np.stack([(t - 0.5) * length + rng.normal(0, 0.2 * a, count), rho * np.cos(phi), wide + rho * np.sin(phi)], 1)
    sizes = a * rng.uniform(0.84, 1.1, count)
    drift = rng.uniform(-0.3, 0.3)
    for turn in range(260):
        delta = p[:, None] - p[None]
        gap = np.linalg.norm(delta, axis=-1) + np.eye(count)
        reach = (sizes[:, None] + sizes[None]) * 0.965
        push = np.where(gap < reach, (reach - gap) * 0.5, 0.0) * (1 - np.eye(count))
        p = p + 0.55 * (delta / gap[..., None] * push[..., None]).sum(1)
        if turn < 200:
            p[:, 2] += 0.05 * (0.75 * wide - p[:, 2]) - 0.01 * a
            p[:, 1] += 0.06 * (drift * length * np.sin(np.pi * t) * 0.3 - p[:, 1])
            p[:, 0] += 0.05 * ((t - 0.5) * length - p[:, 0])
        p[:, 2] = np.maximum(p[:, 2], sizes * 0.95)
    axis_z = float(np.percentile(p[:, 2], 62))
    spine_t = np.linspace(-0.52, 0.42, 9) * length
    order = np.argsort(p[:, 0])
    middle = np.interp(spine_t, p[order, 0], np.convolve(np.pad(p[order, 1], 4, mode="edge"), np.full(9, 1 / 9), mode="valid"))
    spine = np.stack([spine_t, middle, np.full(9, axis_z)], 1)
    spine[:, 2] = np.minimum(spine[:, 2], np.interp(spine_t, [-0.5 * length, 0.45 * length], [axis_z, a * 1.2]))
    unit = ball(7)
    d = unit.vertices
    berries, stalks = [], []
    for k in range(count):
        anchor = spine[np.argmin(np.abs(spine[:, 0] - (p[k, 0] - 1.2 * a)))]
        out = p[k] - anchor
        out = out / max(np.linalg.norm(out), 1e-9) + rng.normal(0, 0.25, 3)
        out /= np.linalg.norm(out)
        side = np.cross(out, [0.3, 0.5, 0.81])
        side /= np.linalg.norm(side)
        frame = np.stack([side, np.cross(out, side), out], 1)
        tone = 0.5 + 0.45 * fbm(d * 1.2, seed + k, 3) + rng.uniform(-0.3, 0.3)
        tint = ramp(tone, deep, color, tuple(min(1.2 * c, 0.8) for c in color))
        tint = over(tint, (min(color[0] * 1.3, 0.7), min(color[1] * 1.5 + 0.02, 0.7), color[2] * 1.2), 0.45 * smooth(-0.5, -1.0, d[:, 2]))
        dust = smooth(-0.1, 0.5, fbm(d * 2.0 + k, seed + 3, 4) + 0.25 * bloom) * bloom
        tint = over(tint, np.asarray(color) * 0.3 + np.array(srgb(150, 158, 176)) * 0.6, 0.38 * dust)
        tint = over(tint, srgb(88, 62, 36), 0.75 * smooth(0.975, 0.995, d[:, 2]))
        local = d * np.float32([1, 1, elongation]) * np.float32(sizes[k] / (1 + 0.35 * (elongation - 1)))
        berries.append(
            Mesh((local @ frame.T + p[k]).astype(np.float32), unit.faces, unit.uv * np.float32(berry_m), np.clip(tint, 0.003, 0.84))
        )
        root = p[k] - out * sizes[k] * 0.9
        path = spline([anchor, (anchor + root) / 2 + rng.normal(0, 0.15 * a, 3), root], 5)
        stalks.append(tube(path, [0.0008, 0.0006, 0.0006, 0.0007, 0.0011], 6, caps=1))
    lift = np.array([0, 0, 1.0])
    end = spine[0]
    handle = [
        spine[1],
        end,
        np.add(end, [-1.1 * a, 0.15 * a, 0.35 * a]),
        end + np.array([-2.6 * a, rng.uniform(-0.8, 0.8) * a, 0]) + lift * 0.9 * a,
    ]
    stalks.append(tube(spline(np.concatenate([spine[::-1], handle[2:]]), 26), np.linspace(0.0009, 0.0021, 26), 8, caps=2))
    tip = np.asarray(handle[-1])
    bar = spline(np.add(tip, [[0.1 * a, -1.1 * a, 0.1 * a], [0, 0, 0], [-0.1 * a, 1.0 * a, 0.25 * a]]), 9)
    stalks.append(tube(bar, [0.0022, 0.0024, 0.0026, 0.0029, 0.0031, 0.0029, 0.0026, 0.0024, 0.0022], 8, caps=2))
    wood = join(stalks)
    grain = fbm(wood.vertices * 320, seed + 2, 3)
    wood = replace(
        wood,
        color=ramp(
            0.5 + 0.6 * grain + 0.5 * smooth(-0.5 * length, -0.7 * length, wood.vertices[:, 0]) - 0.2,
            srgb(128, 134, 66),
            srgb(126, 112, 60),
            srgb(92, 68, 42),
        ),
    )
    skin = Material("opaque", roughness=0.24 + 0.14 * bloom, clearcoat=0.75 - 0.45 * bloom, flatness=1.0)
    low = min(berry.vertices[:, 2].min() for berry in berries)
    flesh = join(berries)
    v = flesh.vertices.copy()
    v[:, 2] = np.maximum(v[:, 2], low + 0.03 * a)
    return rested(
        [Part(replace(flesh, vertices=v), skin, True), Part(wood, _WOODY)], [("z", float(rng.choice([0, 180])) + rng.uniform(-40, 40))]
    )


def _grapes(rng: np.random.Generator, kind: str) -> Asset:
    color, deep, bloom = {
        "green": (srgb(166, 176, 76), srgb(146, 160, 66), 0.25),
        "red": (srgb(138, 42, 52), srgb(82, 20, 34), 0.55),
        "purple": (srgb(58, 30, 52), srgb(28, 16, 30), 0.75),
    }[kind]
    return grapes(
        rng.uniform(0.0095, 0.011), int(rng.integers(40, 56)), rng.uniform(1.05, 1.28), tinted(rng, color), tinted(rng, deep),
        bloom * rng.uniform(0.7, 1.1), seed_of(rng),
    )  # fmt: skip


def grapes_rand(rng: np.random.Generator) -> Asset:
    return _grapes(rng, str(rng.choice(["green", "red", "purple"], p=[0.4, 0.3, 0.3])))


# --- cut fruit --------------------------------------------------------------------------------------------------


def slab(layers: ArrayLike) -> Mesh:
    """Closed solid between surfaces: `layers` (L, R, C, 3) run from the back to the front, whose normal is d/column x d/row.

    The first and last layer are faces; the sides run over the rims of all layers. Crease angle 50.
    """
    p = np.asarray(layers, np.float64)
    count, rows, columns = p.shape[:3]
    index = np.arange(rows * columns).reshape(rows, columns)
    rim = np.concatenate([index[0, :-1], index[:-1, -1], index[-1, :0:-1], index[:0:-1, 0]])
    around_rim = p.reshape(count, -1, 3)[:, np.append(rim, rim[0])]
    faces, m, k = grid_faces(rows, columns), rows * columns, len(rim) + 1
    v = np.concatenate([p[0].reshape(-1, 3), p[-1].reshape(-1, 3), around_rim.reshape(-1, 3)])
    along = np.linspace(0, np.linalg.norm(np.diff(around_rim[0], axis=0), axis=1).sum(), k)
    up = np.linspace(0, np.linalg.norm(p[-1, 0, 0] - p[0, 0, 0]), count)
    uv = np.concatenate([v[: 2 * m, [0, 2]], np.stack(np.broadcast_arrays(along[None], up[:, None]), -1).reshape(-1, 2)])
    f = np.concatenate([faces[:, ::-1], faces + m, grid_faces(count, k) + 2 * m])
    return Mesh(np.round(v, 9).astype(np.float32), f.astype(np.int32), uv.astype(np.float32), crease_deg=50.0)


def watermelon_slice(radius_m: float, angle_deg: float, thickness_m: float, color: Rgb, seeds: int, seed: int) -> Asset:
    """Sector of a round watermelon slice, standing on its rind.

    Args:
        radius_m: of the melon, 0.09 to 0.14.
        angle_deg: of the sector, 45 to 120.
        thickness_m: 0.018 to 0.04.
        color: reflectance of the ripe flesh.
        seeds: dark seeds on each face, 0 to 20.
    """
    rng = np.random.default_rng(seed)
    half = np.radians(angle_deg) / 2
    radial = np.concatenate([np.linspace(0.0, 0.84, 48), np.linspace(0.855, 1.0, 18)])
    phi = np.linspace(-1, 1, 65)
    rho, turn = np.meshgrid(radial, phi, indexing="ij")  # rows outward, columns from left to right
    turn = turn * half
    wobble = 1 + 0.012 * np.sin(3 * turn + seed % 9)
    x, z = rho * np.sin(turn) * radius_m * wobble, -rho * np.cos(turn) * radius_m * wobble
    tip = radius_m * 0.012  # the point of the sector is a little blunt
    z = np.where(rho < 0.02, z - tip * (1 - rho / 0.02), z)
    levels = np.linspace(-1, 1, 9)
    layers = []
    for level in levels:
        bulge = 1 - 0.035 * (1 - np.cos(level * 1.2)) * rho**6  # the rind is round across the slice
        layers.append(np.stack([x * bulge, np.full_like(x, level * thickness_m / 2), z * bulge], -1))
    layers = np.asarray(layers)
    relief = (
        fbm(np.stack([x, z, 0 * x], -1) / 0.0045, seed, 4, 0.6) * 0.00045 + fbm(np.stack([x, z, 0 * x + 3], -1) / 0.02, seed, 2) * 0.0009
    )
    inside = smooth(0.93, 0.86, rho) * smooth(1.0, 0.985, np.abs(turn) / half) * smooth(0.0, 0.03, rho)
    sites = []
    for side, layer in ((-1, 0), (1, -1)):
        for k in range(seeds):
            spot = (rng.uniform(0.42, 0.6) + 0.2 * (k % 2), (2 * (k + rng.uniform(0.2, 0.8)) / max(seeds, 1) - 1) * 0.9 * half)
            sites.append((side, spot[0] * np.sin(spot[1]) * radius_m, -spot[0] * np.cos(spot[1]) * radius_m, spot[1]))
        dent = np.zeros_like(x)
        for s_side, sx, sz, _ in sites:
            if s_side == side:
                dent = np.maximum(dent, np.exp(-(((x - sx) ** 2 + (z - sz) ** 2) / 0.0052**2)))
        layers[layer, ..., 1] += side * (relief - 0.0011 * dent) * inside
    body = slab(layers)

    v = body.vertices
    r, angle = np.hypot(v[:, 0], v[:, 2]) / radius_m, np.arctan2(v[:, 0], -v[:, 2])
    q = v / 0.02
    grain = fbm(v / 0.0035, seed + 1, 4, 0.65)
    fibre = fbm(np.stack([angle * 14, r * 3.5, v[:, 1] / 0.02], 1), seed + 2, 4, 0.6)
    flesh = ramp(
        0.45 + 0.35 * fibre + 0.3 * grain + 0.25 * fbm(q * 0.6, seed + 3, 3),
        tuple(0.72 * c for c in color),
        color,
        (color[0] * 1.15, color[1] * 2.0, color[2] * 1.8),
    )
    heart = smooth(0.5, 0.2, r)
    flesh = over(flesh, (color[0] * 1.08, color[1] * 1.5, color[2] * 1.4), 0.35 * heart)
    edge = r + 0.010 * fibre + 0.006 * grain
    tint = over(flesh, srgb(222, 120, 96), 0.65 * smooth(0.80, 0.875, edge))
    tint = over(tint, srgb(224, 222, 176), smooth(0.855, 0.905, edge))
    tint = over(tint, srgb(184, 202, 122), smooth(0.925, 0.958, edge))
    tint = over(tint, srgb(104, 142, 62), smooth(0.958, 0.974, edge))
    tint = over(tint, srgb(34, 66, 30), smooth(0.972, 0.984, r))
    on_rind = (np.arange(len(v)) >= 2 * layers[0].shape[0] * layers[0].shape[1]) & (r > 0.93)
    stripe = smooth(-0.25, 0.3, np.sin(angle * 20 + 2.2 * fbm(v / 0.018, seed + 4, 3)) + 0.7 * fbm(v / 0.007, seed + 5, 3))
    rind = ramp(stripe, srgb(26, 54, 26), srgb(62, 98, 46), srgb(112, 142, 74))
    tint[on_rind & (r > 0.955)] = rind[on_rind & (r > 0.955)]
    for side, sx, sz, _ in sites:
        near = smooth(0.0085, 0.004, np.hypot(v[:, 0] - sx, v[:, 2] - sz)) * (np.abs(v[:, 1] - side * thickness_m / 2) < 0.004)
        tint = over(tint, tuple(0.62 * c for c in color), 0.5 * near)
    body = replace(body, color=np.clip(tint, 0.003, 0.84))

    pip = ball(4)
    pips = []
    for side, sx, sz, angle_at in sites:
        u = pip.vertices.copy()
        u[:, 0] *= (1 - 0.45 * u[:, 2]) * 0.0027
        u[:, 2] *= 0.0047
        u[:, 1] *= 0.0013
        u = (u * np.float32(rng.uniform(0.82, 1.1))) @ rotation("y", float(np.degrees(-angle_at)) + rng.uniform(-28, 28)).T
        tone = tinted(rng, srgb(34, 22, 18) if rng.random() < 0.88 else srgb(206, 176, 130), 0.2)
        pips.append(replace(pip, vertices=np.add(u, [sx, side * (thickness_m / 2 - 0.0002), sz]).astype(np.float32)).painted(tone))
    parts = [Part(body, replace(_JUICY, roughness=0.32, clearcoat=0.45), True)]
    if pips:
        parts.append(Part(join(pips), _GLOSSY))
    return rested(parts, [("y", rng.uniform(-7, 7)), ("x", rng.uniform(-3, 0)), ("z", rng.uniform(-18, 18))])


def watermelon_slice_rand(rng: np.random.Generator) -> Asset:
    return watermelon_slice(
        rng.uniform(0.1, 0.125),
        rng.uniform(62, 98),
        rng.uniform(0.022, 0.032),
        tinted(rng, srgb(186, 38, 36), 0.1),
        int(rng.integers(8, 14)),
        seed_of(rng),
    )


def avocado_half(radius_m: float, length: float, has_pit: bool, skin: Rgb, seed: int) -> Asset:
    """Avocado half lying on its back, cut face up and towards the front, with its stone or the hollow it left.

    Args:
        radius_m: widest radius of the cut face, 0.028 to 0.04.
        length: of the face in radii, 2.6 to 3.4.
        has_pit: with the stone.
        skin: reflectance of the peel.
    """
    rng = np.random.default_rng(seed)
    k = length / 3.0
    outline = spline(
        [(0, -1.15 * k), (0.55, -1.02 * k), (0.95, -0.5 * k), (1.0, 0.05 * k), (0.86, 0.62 * k), (0.6, 1.2 * k), (0.42, 1.62 * k), (0.2,
         1.82 * k), (0, 1.86 * k),
         (-0.2, 1.82 * k), (-0.42, 1.62 * k), (-0.6, 1.2 * k), (-0.86, 0.62 * k), (-1.0, 0.05 * k), (-0.95, -0.5 * k), (-0.55,
          -1.02 * k)], 96, closed=True
    )  # fmt: skip
    sway = rng.uniform(-0.08, 0.08)
    outline[:, 0] += sway * np.maximum(outline[:, 1], 0) ** 2
    centre = np.array([0.0, -0.12 * k])
    pit_radius = 0.53 * rng.uniform(0.93, 1.05)

    def ring(scale: ArrayLike, z: ArrayLike) -> NDArray[np.float64]:
        scale, z = np.atleast_1d(scale), np.atleast_1d(z)
        flat = centre + (outline - centre)[None] * scale[:, None, None]
        p = np.concatenate([flat, np.broadcast_to(z[:, None, None], (len(scale), 96, 1))], -1)
        return np.concatenate([p, p[:, :1]], 1)

    shrink = np.linspace(0.0, 1.0, 38) ** 0.9
    face = ring(shrink, np.zeros(38))
    off = np.hypot(face[..., 0], face[..., 1] - centre[1])
    hollow = -np.sqrt(np.maximum(pit_radius**2 - off**2, 0)) * 0.92 * smooth(pit_radius * 1.0, pit_radius * 0.9, off)
    face[..., 2] = hollow + 0.012 * smooth(1.0, 0.9, shrink)[:, None] * smooth(pit_radius * 0.95, pit_radius * 1.2, off)
    face[..., 2] += (
        0.012 * fbm(np.stack([face[..., 0] * 2, face[..., 1] * 2, 0 * off], -1), seed + 9, 3) * smooth(1.0, 0.93, shrink)[:, None]
    )
    t = np.linspace(0, np.pi / 2, 30)
    back = ring(np.cos(t), -np.sin(t) * 0.96)
    inner = ring(np.cos(t[::-1]) * 0.965, -np.sin(t[::-1]) * 0.925)
    rim = ring([0.988], [0.006])

    def closed(rows: NDArray[np.float64]) -> Mesh:
        rows[:, -1] = rows[:, 0]
        for end in (0, -1):
            if np.ptp(rows[end, :, :2], 0).max() < 1e-6:
                rows[end] = rows[end, 0]
        v = np.round(rows.reshape(-1, 3), 6).astype(np.float32)
        mesh = Mesh(v, grid_faces(rows.shape[0], rows.shape[1]), v[:, :2].copy(), crease_deg=180.0)
        return drop_degenerate(mesh)

    flesh = closed(np.concatenate([face, ring(np.cos(t[4:]) * 0.962, -np.sin(t[4:]) * 0.92)])[::-1])
    peel = closed(np.concatenate([inner, rim, back])[::-1])
    flesh = replace(flesh, crease_deg=70.0)
    q = flesh.vertices
    off = np.hypot(q[:, 0], q[:, 1] - centre[1])
    direction = np.arctan2(q[:, 0], q[:, 1] - centre[1])
    reach = np.interp(direction, *_sorted_polar(outline, centre))
    share = np.clip((off - pit_radius) / np.maximum(reach * 0.962 - pit_radius, 1e-3), 0, 1)
    grain = fbm(q * 6, seed + 1, 4, 0.6)
    share = share + 0.03 * grain
    tint = ramp(
        share, srgb(222, 206, 120), srgb(222, 210, 118), srgb(212, 206, 106), srgb(190, 196, 88), srgb(150, 172, 64), srgb(104, 136, 44)
    )
    streak = fbm(np.stack([direction * 9, share * 1.2, 0 * share], 1), seed + 2, 3)
    tint = tint * (1 + 0.05 * streak + 0.05 * grain)[:, None]
    tint = over(tint, srgb(168, 138, 66), 0.55 * smooth(0.03, -0.005, share - 0.03) * (off < pit_radius * 1.12))
    tint = over(tint, srgb(184, 158, 84), 0.5 * (off < pit_radius * 0.98))
    flesh = replace(flesh, vertices=q * np.float32(radius_m), color=np.clip(tint, 0.003, 0.82).astype(np.float32))

    q = peel.vertices
    bumps = fbm(q * 4.5, seed + 3, 3) + 0.8 * smooth(0.5, 0.1, cellular(q * 7, seed + 4)[0])
    outside = smooth(-0.02, -0.12, q[:, 2]) * (np.linalg.norm((q - [0, centre[1], 0]) * [1, 0.75 / k, 1.04], axis=1) > 0.2)
    tint = ramp(0.4 + 0.5 * bumps, tuple(0.5 * c for c in skin), skin, (skin[0] * 1.7, skin[1] * 1.9, skin[2] * 1.5))
    peel = replace(peel, vertices=q * np.float32(radius_m), color=np.clip(tint, 0.003, 0.8).astype(np.float32), crease_deg=70.0)
    lowered = replace(peel, vertices=peel.vertices * (1 + 0.02 * (bumps * outside))[:, None].astype(np.float32))
    parts = [
        Part(lowered, replace(_WAXY, roughness=0.5, clearcoat=0.2, flatness=0.2)),
        Part(flesh, replace(_JUICY, roughness=0.42, clearcoat=0.25), True),
    ]
    if has_pit:
        d = ball(26).vertices
        stone = warped(ball(26), seed + 5, 0.02, 1.0)
        v = stone.vertices * np.float32([0.985, 0.985, 0.985])
        v[:, 1] *= 1.04
        lines = fbm(around(d[:, [0, 2, 1]], 6, 1.4), seed + 6, 4)
        tint = ramp(0.5 + 0.8 * lines + 0.3 * fbm(d * 2, seed + 7, 3), srgb(74, 38, 20), srgb(122, 70, 38), srgb(158, 104, 62))
        tint = over(tint, srgb(196, 160, 112), 0.35 * smooth(0.25, 0.5, fbm(d * 3, seed + 8, 4)))
        size = pit_radius * radius_m * 0.97
        parts.append(
            Part(
                replace(stone, vertices=(v * np.float32(size)).astype(np.float32), color=tint).moved(
                    y=float(centre[1] * radius_m), z=float(-0.12 * size)
                ),
                replace(_GLOSSY, roughness=0.32, clearcoat=0.6),
            )
        )
    return rested(parts, [("z", rng.uniform(-70, 70)), ("x", rng.uniform(22, 34))])


def _sorted_polar(outline: Floats, centre: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Angle from +y and radius of an outline, ready for interpolation."""
    flat = outline - centre
    angle, radius = np.arctan2(flat[:, 0], flat[:, 1]), np.hypot(flat[:, 0], flat[:, 1])
    order = np.argsort(angle)
    angle, radius = angle[order], radius[order]
    return np.concatenate([[angle[-1] - 2 * np.pi], angle, [angle[0] + 2 * np.pi]]), np.concatenate([[radius[-1]], radius, [radius[0]]])


def avocado_half_rand(rng: np.random.Generator) -> Asset:
    return avocado_half(
        rng.uniform(0.031, 0.036), rng.uniform(2.75, 3.15), bool(rng.random() < 0.65), tinted(rng, srgb(48, 52, 28), 0.2), seed_of(rng)
    )


# --- carrot -----------------------------------------------------------------------------------------------------


def carrot(length_m: float, radius_m: float, color: Rgb, leaf_m: float, fronds: int, seed: int) -> Asset:
    """Carrot lying down, with rings, fine roots and feathery leaves.

    Args:
        length_m: of the root, 0.12 to 0.2.
        radius_m: at the shoulder, 0.012 to 0.02.
        leaf_m: length of the green, 0.04 to 0.16.
        fronds: number of leaves, 3 to 9.
    """
    rng = np.random.default_rng(seed)
    n, segments = 110, 44
    s = np.linspace(0, 1, n)
    bow = rng.uniform(-0.06, 0.06)
    x = -s * length_m
    path = np.stack([x, bow * length_m * s**2 + 0.004 * np.sin(5 * s + seed % 7), 0 * s], 1)
    r = radius_m * np.interp(
        s, [0, 0.008, 0.02, 0.05, 0.12, 0.4, 0.7, 0.88, 0.94, 1], [0.42, 0.66, 0.86, 0.98, 1.0, 0.82, 0.56, 0.30, 0.13, 0.03]
    )
    rings = gradient_noise(np.stack([s * 46, 0 * s, 0 * s], 1), seed) + 0.6 * gradient_noise(np.stack([s * 19, 0 * s, 0 * s + 4], 1), seed)
    r = r * (1 + 0.022 * rings)
    mesh = tube(path, r, segments, caps=0)
    row = np.repeat(np.concatenate([[0], s, [1]]), segments + 1).astype(np.float32)
    angle = np.tile(np.linspace(0, 2 * np.pi, segments + 1), n + 2).astype(np.float32)
    ring = np.stack([np.cos(angle), np.sin(angle)], 1)
    cut = np.concatenate([ring * 1.6, (row * 42)[:, None]], 1)
    crack = smooth(0.30, 0.62, fbm(cut, seed + 1, 3, 0.6))
    groove = fbm(np.concatenate([ring * 2.2, (row * 3)[:, None]], 1), seed + 2, 3)
    mesh = mesh.displaced(radius_m * (0.035 * groove - 0.035 * crack) * smooth(1.0, 0.9, row) * smooth(0.0, 0.05, row))
    tint = ramp(
        0.5 + 0.6 * fbm(np.concatenate([ring, (row * 7)[:, None]], 1), seed + 3, 4),
        tuple(0.85 * c for c in color),
        color,
        (color[0] * 1.04, color[1] * 1.2, color[2] * 1.3),
    )
    tint = over(tint, tuple(0.45 * c for c in color), 0.75 * crack)
    tint = over(
        tint,
        (color[0] * 1.02, color[1] * 1.45, color[2] * 2.4),
        0.35 * smooth(0.2, 0.7, fbm(np.concatenate([ring * 2, (row * 90)[:, None]], 1), seed + 4, 3)),
    )
    tint = over(tint, srgb(124, 116, 48), 0.75 * smooth(0.035, 0.004, row + 0.02 * groove))
    root = Part(
        evened(replace(mesh, color=np.clip(tint, 0.003, 0.83))), Material("opaque", roughness=0.5, clearcoat=0.12, flatness=0.6), True
    )

    stalks, blades = [], []
    for _ in range(fronds):
        heading = np.radians(rng.uniform(-32, 32))
        rise = np.radians(rng.uniform(2, 40))
        size = leaf_m * rng.uniform(0.7, 1.05)
        ahead = np.array([np.cos(heading) * np.cos(rise), np.sin(heading) * np.cos(rise), np.sin(rise)])
        droop = np.array([0, 0, -1.0]) * size * rng.uniform(0.15, 0.45)
        start = np.array([-0.002, rng.uniform(-0.3, 0.3) * radius_m, rng.uniform(-0.3, 0.3) * radius_m])
        u = np.linspace(0, 1, 16)[:, None]
        curve = start + ahead * size * u + droop * u**2.2 + np.array([0, np.sin(heading), 0]) * 0.25 * size * u**2
        tone = tinted(rng, srgb(108, 142, 56), 0.12)
        stalks.append(tube(curve, np.linspace(0.0017, 0.0005, 16), 7, caps=1).painted(tone))
        green = tinted(rng, srgb(62, 104, 36), 0.18)
        for m in range(11):
            at = 0.34 + 0.66 * m / 10
            where = np.array([np.interp(at, u[:, 0], curve[:, axis]) for axis in range(3)])
            grow = (1.12 - at) * size * 0.42
            for hand in (-1, 1):
                out = np.degrees(heading) + hand * rng.uniform(38, 66)
                for finger in range(3):
                    reach = grow * (1.0, 0.62, 0.62)[finger] * rng.uniform(0.8, 1.15)
                    spread = (0, 32, -32)[finger] + rng.uniform(-10, 10)
                    shade = np.float32(green) * np.float32(rng.uniform(0.8, 1.25))
                    blade = leaf(
                        reach,
                        [0.001, 0.19 * reach + 0.0005, 0.21 * reach + 0.0006, 0.13 * reach, 0],
                        shade,
                        0.0003,
                        rng.uniform(0, 50),
                        rng.uniform(-8, 25),
                        0.25,
                        5,
                        3,
                    )
                    blades.append(placed(blade, where, out + spread, rng.uniform(-15, 15), rng.uniform(-40, 40)))
    green = [Part(join(stalks), _DULL), Part(join(blades), _LEAF)]
    return rested(
        [root, *green],
        [
            ("x", rng.uniform(0, 20)),
            ("y", -np.degrees(np.arctan(0.55 * radius_m / length_m))),
            ("z", float(rng.choice([20, 160])) + rng.uniform(-38, 38)),
        ],
        on=1,
    )


def _carrot(rng: np.random.Generator, color: Rgb) -> Asset:
    return carrot(
        rng.uniform(0.135, 0.17),
        rng.uniform(0.0135, 0.0175),
        tinted(rng, color),
        rng.uniform(0.07, 0.11),
        int(rng.integers(5, 7)),
        seed_of(rng),
    )


def carrot_rand(rng: np.random.Generator) -> Asset:
    return _carrot(rng, srgb(216, 108, 28))


def _kinds(draw: Callable[[np.random.Generator, str], Asset], *names: str) -> dict[str, Callable[[np.random.Generator], Asset]]:
    return {name: partial(draw, kind=name) for name in names}


def _dyed(draw: Callable[..., Asset], colors: dict[str, Rgb], **more: float) -> dict[str, Callable[[np.random.Generator], Asset]]:
    return {name: partial(draw, color=color, **more) for name, color in colors.items()}


ASSETS = (
    AssetType("apple", "food", apple_rand, (0.05, 0.12), (), ("red", "green", "yellow"), _kinds(_apple, "red", "green", "yellow")),
    AssetType("orange", "food", orange_rand, (0.05, 0.1), (), ("orange",)),
    AssetType("lemon", "food", lemon_rand, (0.05, 0.12), (), ("yellow",)),
    AssetType("lime", "food", lime_rand, (0.04, 0.08), (), ("green", "lime green")),
    AssetType("pear", "food", pear_rand, (0.06, 0.15), (), ("green", "yellow", "red", "brown"), _kinds(_pear, "green", "yellow", "red",
    "brown"), True),
    AssetType("peach", "food", peach_rand, (0.05, 0.1), (), ("orange", "coral")),
    AssetType(
        "banana", "food", banana_rand, (0.12, 0.24), (), ("yellow", "green", "brown"),
        {"yellow": partial(_bananas, color=srgb(226, 182, 52), ripeness=0.3), "green": partial(_bananas, color=srgb(128, 150, 46),
        ripeness=0.0),
         "brown": partial(_bananas, color=srgb(184, 136, 48), ripeness=1.0)},
    ),
    AssetType("cherry", "food", cherry_rand, (0.03, 0.08), (), ("red", "burgundy")),
    AssetType("strawberry", "food", strawberry_rand, (0.03, 0.08), (), ("red",)),
    AssetType("blueberry", "food", blueberry_rand, (0.012, 0.022), (), ("blue", "navy blue")),
    AssetType("grapes", "food", grapes_rand, (0.1, 0.26), (), ("green", "red", "purple"), _kinds(_grapes, "green", "red", "purple")),
    AssetType(
        "tomato", "food", tomato_rand, (0.05, 0.11), (), ("red", "yellow", "orange", "green"),
        _dyed(_tomato, {"red": srgb(172, 28, 18), "yellow": srgb(220, 168, 40), "orange": srgb(212, 104, 26), "green": srgb(104, 126, 44)}),
    ),
    AssetType("watermelon slice", "food", watermelon_slice_rand, (0.08, 0.24), (), ("red",), lies=True),
    AssetType("avocado half", "food", avocado_half_rand, (0.07, 0.14), (), ("green",)),
    AssetType(
        "carrot", "food", carrot_rand, (0.15, 0.36), (), ("orange", "purple", "yellow"),
        _dyed(_carrot, {"orange": srgb(216, 108, 28), "purple": srgb(74, 34, 60), "yellow": srgb(222, 176, 66)}),
    ),
    AssetType(
        "egg", "food", egg_rand, (0.045, 0.075), (), ("white", "brown", "beige", "cream"),
        {"white": partial(_egg, color=srgb(228, 224, 214), speckles=0.0), "brown": partial(_egg, color=srgb(176, 118, 78), speckles=0.6),
         "beige": partial(_egg, color=srgb(206, 170, 132), speckles=0.3), "cream": partial(_egg, color=srgb(226, 210, 178), speckles=0.1)},
    ),
)  # fmt: skip
