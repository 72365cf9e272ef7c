"""What everything that grows shares: skins painted by noise at the mesh's own positions, leaves, stalks, and how a thing comes to rest.

Colours are linear reflectances. A thing is modelled upright about z and then laid down the way it comes to rest; `rested` puts it on z = 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import CubicSpline
from scipy.spatial import KDTree

from pochade.world.asset import Asset, Part
from pochade.world.blending import ramp, smoothstep
from pochade.world.materials import Material, Rgb
from pochade.world.mesh import Floats, Mesh, ball, rotation, sheet, spline, tube, weld
from pochade.world.noise import cellular, fbm, gradient_noise

WAXY = Material("opaque", roughness=0.36, clearcoat=0.45, flatness=0.55)
GLOSSY = Material("opaque", roughness=0.26, clearcoat=0.9, flatness=0.5)
DULL = Material("opaque", roughness=0.62, clearcoat=0.0, flatness=0.7)
WOODY = Material("opaque", roughness=0.75, flatness=0.2)
LEAF = Material("thin", roughness=0.45, translucency=0.25)


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
    return smoothstep(radius, radius * 0.35, near) * (ident < chance)


def around(directions: Floats, across: float, along: float) -> Floats:
    """Noise coordinates (N, 3) that run fast around z and slowly along it: for streaks."""
    ring = directions[:, :2] / np.maximum(np.linalg.norm(directions[:, :2], axis=1, keepdims=True), 1e-3)
    return np.concatenate([ring * across, directions[:, 2:] * along], 1).astype(np.float32)


def stem(path: ArrayLike, radius_m: ArrayLike, color: Rgb, end: Rgb, seed: int, segments: int = 10, material: Material = WOODY) -> Part:
    """A stalk along a path (N, 3), coloured from `color` at its root to `end` at its tip."""
    p = spline(path, 14)
    r = np.interp(np.linspace(0, 1, 14), np.linspace(0, 1, np.size(radius_m)), np.ravel(radius_m))
    mesh = tube(p, r, segments, caps=3)
    t = KDTree(p).query(mesh.vertices)[1] / 13
    grain = fbm(mesh.vertices / np.float32(r.mean()) * np.array([0.8, 0.8, 0.3], np.float32), seed, 3)
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


def kinds(draw: Callable[..., Asset], *names: str) -> dict[str, Callable[[np.random.Generator], Asset]]:
    """Varieties of which each is drawn by its name."""
    return {name: partial(draw, kind=name) for name in names}


def dyed(draw: Callable[..., Asset], colors: dict[str, Rgb], **more: float) -> dict[str, Callable[[np.random.Generator], Asset]]:
    """Varieties that differ in their colour."""
    return {name: partial(draw, color=color, **more) for name, color in colors.items()}
