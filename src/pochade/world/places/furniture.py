"""Furniture as lists of (mesh, material), standing on z = 0 about the origin, its front towards -y."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from pochade.world.materials import Material, Rgb, srgb
from pochade.world.mesh import Mesh, box, box_mapped, cylinder, filleted, grid_faces, join, lathe, sheet, sphere, spline, torus, tube
from pochade.world.noise import fbm
from pochade.world.palette import COLOR_RGB, MATERIALS
from pochade.world.places.building import block, quads, shifted_uv, timber

Furniture = list[tuple[Mesh, Material]]

BLACK_STEEL = Material("opaque", srgb(30, 30, 31), None, roughness=0.45, specular=0.5)
BRASS = Material("metal", (1, 1, 1), None, "brass", roughness=0.28)
STEEL = Material("metal", (0.95, 0.95, 0.96), None, "iron", roughness=0.35)
PAINT = Material("opaque", srgb(236, 233, 226), None, roughness=0.35, specular=0.45)


def linen(color: Rgb) -> Material:
    return replace(MATERIALS["linen"], color=color)


def cushion(x_m: float, y_m: float, z_m: float, power: float = 5.0, seed: int = 0, resolution: int = 10) -> Mesh:
    """Upholstery: a soft-edged pad on z = 0, slightly crowned and uneven."""
    mesh = box(x_m, y_m, z_m, 0.42 * z_m, 3, resolution)
    v = mesh.vertices.astype(float)
    u = np.clip(np.abs(v[:, :2]) / (np.array([x_m, y_m]) / 2), 0, 1)
    crown = (1 - u[:, 0] ** power) * (1 - u[:, 1] ** power)
    rise = 0.16 * z_m * crown + 0.02 * z_m * fbm(np.concatenate([v[:, :2] * 9, np.full((len(v), 1), seed * 0.37)], 1), seed, 3)
    v[:, 2] += np.where(v[:, 2] > z_m / 2, rise, 0)
    return box_mapped(replace(mesh, vertices=v.astype(np.float32)))


def table(
    x_m: float, y_m: float, height_m: float, wood: Material, rng: np.random.Generator, leg_m: float = 0.055, top_m: float = 0.032
) -> Furniture:
    """Four-legged table with aprons."""
    top = shifted_uv(timber(x_m, y_m, top_m, 0.005, 3), *rng.uniform(0, 3, 2)).moved(z=height_m - top_m)
    parts = [top]
    inset, leg_h = 0.06, height_m - top_m
    for sx in (-1, 1):
        for sy in (-1, 1):
            leg = timber(leg_m, leg_m, leg_h, 0.004, 2)
            v = leg.vertices.copy()
            v[:, :2] *= (0.62 + 0.38 * v[:, 2:] / leg_h) ** 0.8
            parts.append(
                shifted_uv(replace(leg, vertices=v), *rng.uniform(0, 3, 2)).moved(
                    sx * (x_m / 2 - inset - leg_m / 2), sy * (y_m / 2 - inset - leg_m / 2)
                )
            )
    apron = 0.085
    for sy in (-1, 1):
        parts.append(
            shifted_uv(timber(x_m - 2 * inset - leg_m, 0.022, apron, 0.002), *rng.uniform(0, 3, 2)).moved(
                0, sy * (y_m / 2 - inset - leg_m / 2), leg_h - apron
            )
        )
    for sx in (-1, 1):
        parts.append(
            shifted_uv(timber(0.022, y_m - 2 * inset - leg_m, apron, 0.002), *rng.uniform(0, 3, 2)).moved(
                sx * (x_m / 2 - inset - leg_m / 2), 0, leg_h - apron
            )
        )
    return [(join(parts), wood)]


def chair(wood: Material, seat: Material, rng: np.random.Generator) -> Furniture:
    """Dining chair with a curved back and a padded seat, 0.82 m high."""
    w, d, h = 0.46, 0.44, 0.455
    parts = []
    for sx in (-1, 1):
        front = spline([(sx * 0.20, -0.19, 0.0), (sx * 0.195, -0.185, 0.2), (sx * 0.19, -0.18, 0.43)], 8)
        back = spline(
            [
                (sx * 0.185, 0.245, 0.0),
                (sx * 0.185, 0.195, 0.28),
                (sx * 0.185, 0.19, 0.46),
                (sx * 0.19, 0.235, 0.66),
                (sx * 0.192, 0.285, 0.82),
            ],
            20,
        )
        parts += [tube(front, np.linspace(0.0125, 0.017, 8), 14), tube(back, np.linspace(0.013, 0.015, 20), 14)]
        parts.append(tube([(sx * 0.195, -0.18, 0.25), (sx * 0.187, 0.2, 0.27)], 0.009, 10))
    for z, y, r in ((0.80, 0.278, 0.03), (0.68, 0.243, 0.022)):
        bow = spline([(-0.19, y, z), (-0.1, y + 0.035, z), (0, y + 0.045, z), (0.1, y + 0.035, z), (0.19, y, z)], 20)
        rail = np.stack([bow + np.array([0, 0, dz]) for dz in np.linspace(-r, r, 5)])
        parts.append(sheet(rail, 0.014))
    parts.append(tube([(-0.195, 0.0, 0.26), (0.195, 0.0, 0.26)], 0.009, 10))
    frame = box(w - 0.04, d - 0.04, 0.04, 0.008, 2).moved(0, 0.01, h - 0.045)
    return [
        (join([p.creased(50) for p in [*parts, frame]]), wood),
        (cushion(w, d, 0.045, seed=int(rng.integers(99))).moved(0, 0, h - 0.01), seat),
    ]


def armchair(fabric: Material, wood: Material, rng: np.random.Generator, width_m: float = 0.78) -> Furniture:
    """Upholstered armchair, or a sofa when it is wide: one seat cushion per 0.7 m."""
    inner, depth = width_m - 0.22, 0.80
    seats = max(1, round(inner / 0.70))
    parts = [cushion(inner + 0.06, depth - 0.08, 0.19, 8, 1).moved(0, 0.0, 0.14)]
    for k in range(seats):
        x = -inner / 2 + (k + 0.5) * inner / seats
        parts.append(cushion(inner / seats - 0.008, 0.62, 0.15, 4, 2 + k).moved(x, -0.09, 0.30))
        parts.append(cushion(inner / seats - 0.012, 0.46, 0.17, 3, 12 + k).rotated("x", 78).moved(x, 0.28, 0.44))
    for sx in (-1, 1):
        parts.append(cushion(0.50, depth, 0.13, 6, 21).rotated("y", 90).moved(sx * (width_m / 2 - 0.065) - 0.065, 0.0, 0.37))
    parts.append(cushion(width_m - 0.02, 0.66, 0.14, 6, 31).rotated("x", 84).moved(0, 0.37, 0.47))
    legs = [
        lathe([(0, 0), (0.016, 0), (0.026, 0.14), (0, 0.14)], 20).moved(sx * (width_m / 2 - 0.09), sy * 0.30)
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    return [(join([replace(p, crease_deg=180.0) for p in parts]), fabric), (join(legs).creased(40), wood)]


def side_table(radius_m: float, height_m: float, top: Material, metal: Material = BLACK_STEEL) -> Furniture:
    """Round table on a stem with a round foot."""
    disc = lathe(filleted([(0, 0), (radius_m, 0), (radius_m, 0.024), (0, 0.024)], 0.006, 4), 72).moved(z=height_m - 0.024)
    stem = lathe(
        filleted(
            [
                (0, 0),
                (0.55 * radius_m, 0),
                (0.55 * radius_m, 0.008),
                (0.03, 0.016),
                (0.014, 0.05),
                (0.014, height_m - 0.06),
                (0.05, height_m - 0.026),
                (0, height_m - 0.025),
            ],
            0.006,
            3,
        ),
        48,
    )
    return [(disc.creased(50), top), (stem.creased(50), metal)]


def floor_lamp(height_m: float, shade: Rgb, glow: Rgb | None, metal: Material = BRASS) -> Furniture:
    """Standing lamp with a drum shade; `glow` is the radiance of the shade's lining when lit."""
    r0, r1, h = 0.19, 0.165, 0.26
    z0 = height_m - h
    wall = lathe([(r0, z0), (r1, height_m)], 64)
    cloth = Material("thin", shade, None, roughness=0.9, translucency=0.5)
    stem = lathe(
        filleted(
            [(0, 0), (0.15, 0), (0.15, 0.012), (0.02, 0.022), (0.009, 0.04), (0.009, height_m - 0.06), (0, height_m - 0.06)], 0.005, 3
        ),
        40,
    )
    spider = [
        tube([(0, 0, height_m - 0.05), (r1 * np.cos(a), r1 * np.sin(a), height_m - 0.02)], 0.0025, 8)
        for a in np.linspace(0, 2 * np.pi, 4)[:3]
    ]
    out: Furniture = [(wall, cloth), (join([stem, *spider]).creased(50), metal)]
    if glow is not None:
        bulb = sphere(0.032, 20).scaled(1, 1, 1.25).moved(z=height_m - 0.12)
        out.append((bulb, Material("opaque", (0.8, 0.8, 0.8), emission=tuple(38 * g for g in glow))))  # type: ignore[arg-type]
    return out


def pendant(height_m: float, ceiling_m: float, metal: Material, glow: Rgb | None) -> Furniture:
    """Hanging lamp: a spun dome on a cable."""
    arc = np.linspace(0.05, 1, 14)
    outer = np.stack([0.19 * np.sin(arc * np.pi / 2) ** 0.9, 0.17 * np.cos(arc * np.pi / 2)], 1)
    dome = lathe(np.concatenate([outer, outer[::-1] * [0.98, 0.97]]), 48).moved(z=height_m)
    cable = tube([(0, 0, height_m + 0.16), (0, 0, ceiling_m)], 0.004, 8)
    cap = cylinder(0.05, 0.03, 0.004, 24).moved(z=ceiling_m - 0.03)
    out: Furniture = [(join([dome, cable, cap]).creased(60), metal)]
    if glow is not None:
        out.append((sphere(0.05, 24).moved(z=height_m + 0.045), Material("opaque", (0.8, 0.8, 0.8), emission=tuple(14 * g for g in glow))))  # type: ignore[arg-type]
    return out


def rug(x_m: float, y_m: float, rng: np.random.Generator) -> Furniture:
    """Woven rug with a border and fringes, patterned in two or three colours."""
    grounds = (
        ("cream", "navy blue", "coral"),
        ("burgundy", "cream", "navy blue"),
        ("beige", "teal", "mustard yellow"),
        ("grey", "cream", "black"),
        ("cream", "olive green", "brown"),
    )
    first, second, third = (np.array(COLOR_RGB[c]) * 0.8 for c in grounds[int(rng.integers(len(grounds)))])
    nx, ny = 96, 120
    u, v = np.meshgrid(np.linspace(-0.5, 0.5, nx) * x_m, np.linspace(-0.5, 0.5, ny) * y_m)
    edge = np.minimum(x_m / 2 - np.abs(u), y_m / 2 - np.abs(v))
    style = int(rng.integers(3))
    if style == 0:
        p = 0.34
        a = np.abs((u / p + 0.5) % 1 - 0.5) + np.abs((v / p + 0.5) % 1 - 0.5)
        ink = np.where((a < 0.14) | (np.abs(a - 0.34) < 0.06), 1, 0)
    elif style == 1:
        ink = np.where((v / 0.22) % 1 < 0.32, 1, 0) + np.where(((v / 0.22) % 1 > 0.46) & ((v / 0.22) % 1 < 0.54), 2, 0)
    else:
        ink = np.zeros_like(u)
    ink = np.where((edge > 0.10) & (edge < 0.17), 1, np.where(edge < 0.10, np.where(edge > 0.07, 2, 0), ink))
    color = np.stack([first, second, third])[np.clip(ink.astype(int), 0, 2)]
    grain = 1 + 0.10 * fbm(np.stack([u * 60, v * 60, 0 * u], -1), 5, 2) + 0.08 * fbm(np.stack([u * 3, v * 3, 0 * u], -1), 6, 3)
    z = 0.011 + 0.0012 * fbm(np.stack([u * 25, v * 25, 0 * u], -1), 7, 2) - 0.010 * (edge < 1e-6)
    mesh = Mesh(
        np.stack([u, v, z], -1).reshape(-1, 3).astype(np.float32),
        grid_faces(ny, nx),
        np.zeros((nx * ny, 2), np.float32),
        np.clip(color * grain[..., None], 0, 0.9).reshape(-1, 3).astype(np.float32),
    )
    return [(mesh, Material("opaque", (0.5, 0.5, 0.5), None, roughness=0.95, specular=0.1))]


def picture(x_m: float, z_m: float, rng: np.random.Generator, frame: Material, mount: bool = True) -> Furniture:
    """Framed picture on a wall whose face is y = 0 (the picture looks towards -y), its foot on z = 0: a simple abstract in a mount."""
    f, deep = 0.022, 0.026
    parts = []
    for sz in (0, 1):
        parts.append(timber(x_m, deep, f, 0.002).moved(0, -deep / 2, sz * (z_m - f)))
    for sx in (-1, 1):
        parts.append(timber(f, deep, z_m - 2 * f, 0.002).moved(sx * (x_m / 2 - f / 2), -deep / 2, f))
    margin = (0.18 * min(x_m, z_m)) if mount else 0.0
    n = 48
    u, v = np.meshgrid(np.linspace(0, 1, n), np.linspace(0, 1, n))
    palette = np.array(
        [
            COLOR_RGB[c]
            for c in rng.permutation(
                ["cream", "navy blue", "coral", "mustard yellow", "teal", "black", "beige", "burgundy", "olive green", "sky blue"]
            )[:4]
        ]
    )
    aspect = z_m / x_m
    style = int(rng.integers(4))
    if style == 0:  # bands of colour with soft edges
        wave = v + 0.035 * fbm(np.stack([u * 2.2, v * 0.6, 0 * u], -1), int(rng.integers(999)), 3)
        steps = np.sort(rng.uniform(0.15, 0.9, 2))
        which = (wave > steps[0]).astype(int) + (wave > steps[1])
    elif style == 1:  # discs
        which = np.zeros_like(u, int)
        for k in range(3):
            cx, cy, r = rng.uniform(0.3, 0.7), rng.uniform(0.25, 0.75), rng.uniform(0.12, 0.3)
            which = np.where((u - cx) ** 2 + ((v - cy) * aspect) ** 2 < r * r, k + 1, which)
    elif style == 2:  # hills before a sky
        which = np.zeros_like(u, int)
        for k in range(3):
            line = 0.62 - 0.19 * k + 0.3 * fbm(np.stack([u * (1.3 + k), 0 * u + 3.7 * k, 0 * u], -1), int(rng.integers(999)), 4)
            which = np.where(v < line, k + 1, which)
    else:  # blocks
        which = ((u > rng.uniform(0.3, 0.7)).astype(int) + 2 * (v > rng.uniform(0.3, 0.7))) % 4
    color = palette[which] * (1 + 0.07 * fbm(np.stack([u * 14, v * 14, 0 * u], -1), 3, 3))[..., None]
    w, h = x_m - 2 * f - 2 * margin, z_m - 2 * f - 2 * margin
    grid = np.stack([(u - 0.5) * w, np.full_like(u, -0.0075), f + margin + v * h], -1)
    art = Mesh(
        grid.reshape(-1, 3).astype(np.float32),
        grid_faces(n, n),
        np.zeros((n * n, 2), np.float32),
        np.clip(color, 0.01, 0.9).reshape(-1, 3).astype(np.float32),
    )
    back = quads([[(-x_m / 2 + f, -0.007, f), (x_m / 2 - f, -0.007, f), (x_m / 2 - f, -0.007, z_m - f), (-x_m / 2 + f, -0.007, z_m - f)]])
    return [
        (join(parts), frame),
        (art, Material("opaque", (0.5, 0.5, 0.5), None, roughness=0.6, specular=0.3)),
        (back, Material("opaque", srgb(238, 235, 228), None, roughness=0.8, specular=0.2)),
    ]


def plant(height_m: float, rng: np.random.Generator, kind: str, pot: Material, soil_m: float | None = None) -> Furniture:
    """Plant in a pot: "rubber" (a stem with broad leaves), "palm" (arching fronds), "olive" (a small crown) or "box" (a clipped ball)."""
    r = soil_m or (0.13 + 0.04 * height_m)
    pot_h = 1.65 * r
    shape = lathe(
        filleted(
            [
                (0, 0),
                (0.72 * r, 0),
                (r, pot_h * 0.9),
                (1.10 * r, pot_h * 0.9),
                (1.10 * r, pot_h),
                (0.98 * r, pot_h),
                (0.94 * r, pot_h * 0.86),
                (0, pot_h * 0.86),
            ],
            0.008,
            3,
        ),
        56,
    ).creased(50)
    soil = lathe([(0.95 * r, 0.0), (0.5 * r, 0.012), (0, 0.02)][::-1][::-1], 24).moved(z=pot_h * 0.87)
    out: Furniture = [(shape, pot), (soil, Material("opaque", srgb(52, 38, 28), None, roughness=1.0, specular=0.1))]
    leaves: list[tuple[np.ndarray, np.ndarray, np.ndarray, float, float, float]] = []  # foot, direction, up, length, width, droop
    stems = []
    top = height_m - pot_h
    base = np.array([0, 0, pot_h * 0.87])
    if kind == "rubber":
        for k in range(int(rng.integers(2, 4))):
            lean = rng.normal(0, 0.10, 2)
            path = spline(
                [
                    base + np.array([0.25 * r * np.cos(2.1 * k), 0.25 * r * np.sin(2.1 * k), 0]),
                    base + np.array([lean[0] * top * 0.5, lean[1] * top * 0.5, top * 0.5]),
                    base + np.array([lean[0] * top * 1.6, lean[1] * top * 1.6, top * rng.uniform(0.75, 0.95)]),
                ],
                16,
            )
            stems.append(tube(path, np.linspace(0.011, 0.005, 16), 8))
            count = int(11 + 6 * top)
            for j in range(count):
                t = 0.18 + 0.82 * j / (count - 1)
                foot = path[int(t * 15)]
                turn = 2.4 * j + k + rng.normal(0, 0.25)
                up = rng.uniform(0.15, 0.55) + 0.5 * max(0, t - 0.8) * 5
                leaves.append(
                    (
                        foot,
                        np.array([np.cos(turn), np.sin(turn), up]),
                        np.array([0, 0, 1.0]),
                        rng.uniform(0.15, 0.26),
                        0.42,
                        rng.uniform(0.25, 0.6),
                    )
                )
    elif kind == "palm":
        for j in range(int(rng.integers(13, 18))):
            turn, up = 2.4 * j + rng.normal(0, 0.15), rng.uniform(0.7, 2.6)
            leaves.append(
                (
                    base + rng.normal(0, 0.015, 3) * [1, 1, 0],
                    np.array([np.cos(turn), np.sin(turn), up]),
                    np.array([0, 0, 1.0]),
                    top * rng.uniform(0.75, 1.15),
                    0.10,
                    rng.uniform(0.5, 1.0),
                )
            )
    else:
        ball = kind == "box"
        centre = base + np.array([0, 0, top * (0.62 if ball else 0.72)])
        radius = min(top * 0.40, 2.0 * r) if ball else top * 0.36
        if ball:
            centre = base + np.array([0, 0, radius * 0.92])
        else:
            trunk = spline([base, base + np.array([0.02, 0.015, top * 0.3]), centre - [0.01, 0.02, radius * 0.4]], 12)
            stems.append(tube(trunk, np.linspace(0.022, 0.012, 12), 10))
            for _ in range(9):
                d = rng.normal(0, 1, 3)
                d[2] = abs(d[2])
                stems.append(
                    tube(
                        spline(
                            [trunk[-3], centre + 0.3 * radius * d / np.linalg.norm(d), centre + 0.8 * radius * d / np.linalg.norm(d)], 8
                        ),
                        np.linspace(0.007, 0.002, 8),
                        6,
                    )
                )
        count = 620 if ball else 420
        d = rng.normal(0, 1, (count, 3))
        d /= np.linalg.norm(d, axis=1, keepdims=True)
        lump = 1 + (0.08 if ball else 0.3) * fbm(d * 1.7, 4, 2)
        depth = rng.uniform(0.9, 1.0, count) if ball else rng.uniform(0.35, 1.0, count) ** 0.6
        feet = centre + radius * (lump * depth)[:, None] * d
        heading = d + rng.normal(0, 0.7, (count, 3))
        sizes = rng.uniform(0.022, 0.036, count) if ball else rng.uniform(0.045, 0.075, count)
        leaves += [(f, a, n, s, 0.5 if ball else 0.24, 0.2) for f, a, n, s in zip(feet, heading, d, sizes, strict=True)]
    green = {"rubber": (0.030, 0.085, 0.025), "palm": (0.055, 0.13, 0.03), "olive": (0.11, 0.15, 0.075), "box": (0.045, 0.10, 0.022)}[kind]
    out.append(
        (_leaves(leaves, np.array(green), rng, feathered=kind == "palm"), Material("thin", green, None, roughness=0.35, translucency=0.25))
    )
    if stems:
        out.append((join(stems), Material("opaque", srgb(96, 78, 58), None, roughness=0.9, specular=0.2)))
    return out


def _leaves(leaves: list, green: np.ndarray, rng: np.random.Generator, feathered: bool) -> Mesh:
    """Leaves as single folded sheets in one painted mesh; "feathered" ones are fronds of many leaflets."""
    if feathered:
        fine = []
        for foot, d, _, length, _, droop in leaves:
            d = d / np.linalg.norm(d)
            flat = np.array([d[0], d[1], 0]) / max(np.hypot(d[0], d[1]), 1e-6)
            for t in np.linspace(0.22, 1.0, 19):
                at = foot + d * length * t + flat * length * 0.18 * t**2 - np.array([0, 0, 1]) * length * droop * 0.55 * t**2.2
                along = d + flat * 0.36 * t - np.array([0, 0, 1]) * droop * 1.2 * t**1.2
                along /= np.linalg.norm(along)
                side = np.cross(along, [0, 0, 1.0])
                side /= max(np.linalg.norm(side), 1e-6)
                for s in (-1, 1):
                    reach = length * 0.34 * np.sin(np.pi * (0.12 + 0.8 * t)) ** 0.7
                    fine.append((at, along * 0.75 + s * side + np.array([0, 0, 0.12]), np.array([0, 0, 1.0]), reach, 0.10, 0.35))
        leaves = fine
    foot, d, up, length, width, droop = (np.array([leaf[k] for leaf in leaves], float) for k in range(6))
    n = len(leaves)
    d /= np.maximum(np.linalg.norm(d, axis=1, keepdims=True), 1e-9)
    side = np.cross(d, up)
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-6)
    normal = np.cross(side, d)
    t = np.array([0.0, 0.28, 0.62, 1.0])
    half = np.array([0.06, 1.0, 0.86, 0.0])
    rows = []
    for tt, hh in zip(t, half, strict=True):
        middle = foot + d * (length * tt)[:, None] - np.array([0, 0, 1.0]) * (length * droop * 0.5 * tt**2)[:, None]
        w = (length * width * 0.5 * hh)[:, None]
        rows.append(np.stack([middle - side * w + normal * w * 0.3, middle, middle + side * w + normal * w * 0.3], 1))
    v = np.stack(rows, 1)  # (N, 4, 3, 3)
    cell = grid_faces(4, 3)
    faces = (cell[None] + (np.arange(n) * 12)[:, None, None]).reshape(-1, 3)
    shade = rng.uniform(0.65, 1.45, (n, 1)) * np.array([1.0, 1.0, 1.0]) + rng.random((n, 1)) ** 5 * np.array([0.6, 0.35, 0.0])
    color = np.repeat(np.clip(green * shade, 0.01, 0.6), 12, 0)
    return Mesh(v.reshape(-1, 3).astype(np.float32), faces.astype(np.int32), np.zeros((12 * n, 2), np.float32), color.astype(np.float32))


def books(width_m: float, rng: np.random.Generator) -> Furniture:
    """A row of books on z = 0, spines towards -y."""
    x, spines, pages = -width_m / 2, [], []
    while True:
        t, h, d = rng.uniform(0.014, 0.042), rng.uniform(0.19, 0.285), rng.uniform(0.13, 0.19)
        if x + t > width_m / 2:
            break
        color = (
            np.array(
                COLOR_RGB[
                    str(
                        rng.choice(
                            [
                                "burgundy",
                                "navy blue",
                                "cream",
                                "olive green",
                                "black",
                                "mustard yellow",
                                "grey",
                                "teal",
                                "brown",
                                "white",
                                "coral",
                            ]
                        )
                    )
                ]
            )
            * 0.85
        )
        lean = rng.normal(0, 0.6)
        spines.append(block(t, d, h, 0.003).painted(color).rotated("y", lean).moved(x + t / 2, d / 2, 0.002))
        pages.append(block(t * 0.8, d * 0.96, h * 0.975, 0.001).moved(x + t / 2, d / 2 + 0.006, h * 0.0125 + 0.002))
        x += t + rng.uniform(0.0, 0.002)
    return [(join(spines).creased(50), Material("opaque", (0.5, 0.5, 0.5), None, roughness=0.6, specular=0.35))]


def shelf(x_m: float, height_m: float, levels: int, rng: np.random.Generator, wood: Material) -> Furniture:
    """Bookcase with books, open, its back on y = 0."""
    d, t = 0.28, 0.022
    parts = [timber(t, d, height_m, 0.002).moved(sx * (x_m / 2 - t / 2), -d / 2) for sx in (-1, 1)]
    out: Furniture = []
    for k in range(levels + 1):
        z = 0.06 + k * (height_m - 0.06 - t) / levels
        parts.append(timber(x_m - 2 * t, d - 0.01, t, 0.002).moved(0, -d / 2, z))
        if k < levels:
            fill = rng.uniform(0.45, 0.95) * (x_m - 2 * t)
            shift = (x_m - 2 * t - fill) / 2 * rng.choice([-1, 1])
            out += [(m.moved(shift, -d + 0.03, z + t), material) for m, material in books(fill, rng)]
    parts.append(timber(x_m - 2 * t, 0.01, height_m, 0.001).moved(0, -0.006))
    return [(join(parts), wood), *out]


def plinth(x_m: float, y_m: float, height_m: float, material: Material) -> Furniture:
    """Exhibition plinth on a recessed foot."""
    body = block(x_m, y_m, height_m - 0.02, 0.004).moved(z=0.02)
    return [(body, material), (block(x_m - 0.04, y_m - 0.04, 0.021, 0.001), BLACK_STEEL)]


def bench(x_m: float, wood: Material, rng: np.random.Generator) -> Furniture:
    """Museum bench: a thick slatted top on two steel frames."""
    slats = [shifted_uv(timber(x_m, 0.078, 0.05, 0.004, 2), *rng.uniform(0, 3, 2)).moved(0, (k - 2) * 0.084, 0.40) for k in range(5)]
    legs = []
    for sx in (-1, 1):
        x = sx * (x_m / 2 - 0.22)
        legs += [block(0.05, 0.012, 0.40, 0.002).moved(x, sy * 0.185) for sy in (-1, 1)] + [
            block(0.05, 0.38, 0.012, 0.002).moved(x, 0, z) for z in (0.0, 0.388)
        ]
    return [(join(slats), wood), (join(legs).creased(40), BLACK_STEEL)]


def knot(size_m: float, p: int, q: int, thickness_m: float) -> Mesh:
    """Torus knot on z = 0, `size_m` high, for sculptors."""
    t = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    r = 1 + 0.42 * np.cos(q * t)
    path = np.stack([r * np.cos(p * t), 0.42 * np.sin(q * t) * 1.1, r * np.sin(p * t)], 1)
    scale = (size_m - 2 * thickness_m) / 2.84
    mesh = tube(path * scale, thickness_m * (1 + 0.12 * np.sin(3 * t)), 28, closed=True)
    return mesh.moved(z=-float(mesh.bounds[0][2]))


def totem(size_m: float, rng: np.random.Generator) -> Mesh:
    """A turned, twisted upright form after Brancusi, `size_m` high."""
    n = int(rng.integers(3, 6))
    z = np.linspace(0, 1, 140)
    r = 0.075 + 0.05 * np.abs(np.sin(np.pi * n * z)) ** rng.uniform(0.7, 1.6)
    r *= 1 - 0.25 * z
    profile = np.concatenate([[(0, 0)], np.stack([r, z], 1) * size_m, [(0, size_m)]])
    sides, twist = int(rng.choice([2, 3, 4])), rng.uniform(0, 5)
    return lathe(profile, 96, lambda a, q: (1 + 0.16 * np.cos(sides * (a + twist * q[:, 1]))).astype(np.float32)).creased(60)


def stone_form(size_m: float, rng: np.random.Generator) -> Mesh:
    """A pierced, flowing stone form after Hepworth: a swollen ring, `size_m` high."""
    t = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    path = np.stack([0.33 * np.sin(t) * (1 + 0.1 * np.cos(t)), 0.06 * np.sin(2 * t + 1), 0.5 - 0.5 * np.cos(t) * 0.72], 1) * size_m
    radius = size_m * (0.15 + 0.05 * np.sin(t + rng.uniform(0, 6)) + 0.02 * np.sin(3 * t))
    mesh = tube(path, radius, 40, closed=True)
    return mesh.moved(z=-float(mesh.bounds[0][2]) - 0.004)


def ring_form(size_m: float) -> Mesh:
    mesh = torus(0.42 * size_m, 0.08 * size_m, 96, 32).rotated("x", 90)
    return mesh.moved(z=-float(mesh.bounds[0][2]) - 0.003)


def draped_cloth(x_m: float, y_m: float, drop_m: float, rng: np.random.Generator, thickness_m: float = 0.0) -> Mesh:
    """Tablecloth over a table top of x_m by y_m at z = 0: level above, falling in folds over the edges. A single sheet."""
    nx, ny = 150, 120
    u, v = np.meshgrid(np.linspace(-1, 1, nx) * (x_m / 2 + drop_m), np.linspace(-1, 1, ny) * (y_m / 2 + drop_m))
    over_x, over_y = np.maximum(np.abs(u) - x_m / 2, 0), np.maximum(np.abs(v) - y_m / 2, 0)
    bend = 0.03
    fall = np.hypot(over_x, over_y)
    down = np.where(fall < bend, fall**2 / (2 * bend), fall - bend / 2)
    out = np.minimum(fall, bend) * 0.8
    along = np.where(over_x > over_y, v, u)
    phase = rng.uniform(0, 6, 2)
    fold = np.sin(along * 19 + phase[0] + 1.3 * np.sin(along * 5 + phase[1])) * 0.022 * np.clip(fall / 0.25, 0, 1)
    corner = np.minimum(over_x, over_y)
    out = out + fold + 0.16 * corner
    safe = np.maximum(fall, 1e-9)
    x = np.sign(u) * np.minimum(np.abs(u), x_m / 2) + np.sign(u) * over_x / safe * out
    y = np.sign(v) * np.minimum(np.abs(v), y_m / 2) + np.sign(v) * over_y / safe * out
    crumple = 0.0012 * fbm(np.stack([u * 3, v * 3, 0 * u], -1), int(rng.integers(999)), 3)
    z = -down + np.where(fall > 0, 0, crumple)
    mesh = Mesh(
        np.stack([x, y, z], -1).reshape(-1, 3).astype(np.float32),
        grid_faces(ny, nx),
        np.stack([u, v], -1).reshape(-1, 2).astype(np.float32),
    )
    return mesh if thickness_m == 0 else mesh.displaced(np.full(len(mesh.vertices), thickness_m))


def radiator(x_m: float, height_m: float) -> Mesh:
    """Column radiator standing before a wall at y = 0."""
    count = int(x_m / 0.055)
    parts = []
    for k in range(count):
        x = (k - (count - 1) / 2) * 0.055
        for y in (-0.06, -0.12):
            parts.append(tube([(x, y, 0.1), (x, y, height_m - 0.03)], 0.016, 10))
        for z in (0.1, height_m - 0.03):
            parts.append(tube([(x, -0.05, z), (x, -0.13, z)], 0.02, 8))
    for x in (-(count - 1) / 2 * 0.055, (count - 1) / 2 * 0.055):
        parts.append(tube([(x, -0.09, 0.0), (x, -0.09, 0.1)], 0.014, 8))
    return join(parts)


def painted_grid(points: ArrayLike, color: ArrayLike) -> Mesh:
    """Surface grid (R, C, 3) with vertex colours (R, C, 3)."""
    p = np.asarray(points, np.float64)
    return Mesh(
        p.reshape(-1, 3).astype(np.float32),
        grid_faces(*p.shape[:2]),
        p.reshape(-1, 3)[:, :2].astype(np.float32),
        np.asarray(color, np.float32).reshape(-1, 3),
    )
