"""From the garden and the yard: tomato, carrot, egg; a slice of watermelon and half an avocado."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pochade.world.asset import Asset, AssetType, Part
from pochade.world.blending import over, ramp, smoothstep
from pochade.world.growth import (
    DULL,
    GLOSSY,
    LEAF,
    WAXY,
    around,
    dyed,
    evened,
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
from pochade.world.mesh import Floats, Mesh, ball, drop_degenerate, grid_faces, join, rotation, spline, tube
from pochade.world.noise import cellular, fbm, gradient_noise
from pochade.world.vectors import f32

_JUICY = Material("opaque", roughness=0.28, clearcoat=0.7, flatness=0.9)

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
    v[:, :2] *= (1 + lobing * ribs * (0.35 + 0.65 * smoothstep(-0.2, 0.75, d[:, 2])))[:, None]
    v[:, 2] += lobing * 0.6 * ribs * smoothstep(0.4, 0.85, d[:, 2])
    body = warped(replace(body, vertices=v.astype(np.float32)), seed, 0.025, 0.8)
    tone = 0.5 + 0.5 * fbm(d * 1.3, seed + 1, 4)
    tint = ramp(tone, tuple(0.8 * c for c in color), color, (color[0] * 1.1, color[1] * 1.35, color[2] * 1.2))
    shoulders = smoothstep(0.55, 1.0, d[:, 2] + 0.12 * fbm(around(d, 4, 1), seed + 2, 3))
    tint = over(tint, (max(color[0] * 0.85, 0.3), max(color[1] * 2.6, 0.14), color[2] * 1.3), 0.55 * shoulders)
    tint = over(tint, tuple(min(1.5 * c + 0.03, 0.8) for c in color), 0.22 * spots(d * 15, seed + 3, 0.13, 0.5))
    tint = over(tint, srgb(112, 84, 44), 0.8 * smoothstep(-0.992, -0.998, d[:, 2]))
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
        tone = over(tone, srgb(124, 146, 74), 0.5 * smoothstep(0.5, 0.0, vein) + 0 * t)
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
    stalk = stem(path, [0.0034, 0.0024, 0.0023, 0.003], srgb(84, 112, 46), srgb(104, 116, 58), seed, 12, DULL)
    return rested(
        [Part(skin, GLOSSY, True), Part(join(blades), LEAF), stalk], [("z", rng.uniform(0, 360)), ("x", rng.uniform(-4, 16))], 0.0003
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
    inside = smoothstep(0.93, 0.86, rho) * smoothstep(1.0, 0.985, np.abs(turn) / half) * smoothstep(0.0, 0.03, rho)
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
    heart = smoothstep(0.5, 0.2, r)
    flesh = over(flesh, (color[0] * 1.08, color[1] * 1.5, color[2] * 1.4), 0.35 * heart)
    edge = r + 0.010 * fibre + 0.006 * grain
    tint = over(flesh, srgb(222, 120, 96), 0.65 * smoothstep(0.80, 0.875, edge))
    tint = over(tint, srgb(224, 222, 176), smoothstep(0.855, 0.905, edge))
    tint = over(tint, srgb(184, 202, 122), smoothstep(0.925, 0.958, edge))
    tint = over(tint, srgb(104, 142, 62), smoothstep(0.958, 0.974, edge))
    tint = over(tint, srgb(34, 66, 30), smoothstep(0.972, 0.984, r))
    on_rind = (np.arange(len(v)) >= 2 * layers[0].shape[0] * layers[0].shape[1]) & (r > 0.93)
    stripe = smoothstep(-0.25, 0.3, np.sin(angle * 20 + 2.2 * fbm(v / 0.018, seed + 4, 3)) + 0.7 * fbm(v / 0.007, seed + 5, 3))
    rind = ramp(stripe, srgb(26, 54, 26), srgb(62, 98, 46), srgb(112, 142, 74))
    tint[on_rind & (r > 0.955)] = rind[on_rind & (r > 0.955)]
    for side, sx, sz, _ in sites:
        near = smoothstep(0.0085, 0.004, np.hypot(v[:, 0] - sx, v[:, 2] - sz)) * (np.abs(v[:, 1] - side * thickness_m / 2) < 0.004)
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
        parts.append(Part(join(pips), GLOSSY))
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

    def ring(scale: ArrayLike, z: ArrayLike) -> NDArray[np.floating]:
        scale, z = np.atleast_1d(scale), np.atleast_1d(z)
        flat = centre + (outline - centre)[None] * scale[:, None, None]
        p = np.concatenate([flat, np.broadcast_to(z[:, None, None], (len(scale), 96, 1))], -1)
        return np.concatenate([p, p[:, :1]], 1)

    shrink = np.linspace(0.0, 1.0, 38) ** 0.9
    face = ring(shrink, np.zeros(38))
    off = np.hypot(face[..., 0], face[..., 1] - centre[1])
    hollow = -np.sqrt(np.maximum(pit_radius**2 - off**2, 0)) * 0.92 * smoothstep(pit_radius * 1.0, pit_radius * 0.9, off)
    face[..., 2] = hollow + 0.012 * smoothstep(1.0, 0.9, shrink)[:, None] * smoothstep(pit_radius * 0.95, pit_radius * 1.2, off)
    face[..., 2] += (
        0.012 * fbm(np.stack([face[..., 0] * 2, face[..., 1] * 2, 0 * off], -1), seed + 9, 3) * smoothstep(1.0, 0.93, shrink)[:, None]
    )
    t = np.linspace(0, np.pi / 2, 30)
    back = ring(np.cos(t), -np.sin(t) * 0.96)
    inner = ring(np.cos(t[::-1]) * 0.965, -np.sin(t[::-1]) * 0.925)
    rim = ring([0.988], [0.006])

    def closed(rows: NDArray[np.floating]) -> Mesh:
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
    tint = over(tint, srgb(168, 138, 66), 0.55 * smoothstep(0.03, -0.005, share - 0.03) * (off < pit_radius * 1.12))
    tint = over(tint, srgb(184, 158, 84), 0.5 * (off < pit_radius * 0.98))
    flesh = replace(flesh, vertices=q * np.float32(radius_m), color=np.clip(tint, 0.003, 0.82).astype(np.float32))

    q = peel.vertices
    bumps = fbm(q * 4.5, seed + 3, 3) + 0.8 * smoothstep(0.5, 0.1, cellular(q * 7, seed + 4)[0])
    outside = smoothstep(-0.02, -0.12, q[:, 2]) * (np.linalg.norm((q - [0, centre[1], 0]) * [1, 0.75 / k, 1.04], axis=1) > 0.2)
    tint = ramp(0.4 + 0.5 * bumps, tuple(0.5 * c for c in skin), skin, (skin[0] * 1.7, skin[1] * 1.9, skin[2] * 1.5))
    peel = replace(peel, vertices=q * np.float32(radius_m), color=np.clip(tint, 0.003, 0.8).astype(np.float32), crease_deg=70.0)
    lowered = replace(peel, vertices=peel.vertices * (1 + 0.02 * (bumps * outside))[:, None].astype(np.float32))
    parts = [
        Part(lowered, replace(WAXY, roughness=0.5, clearcoat=0.2, flatness=0.2)),
        Part(flesh, replace(_JUICY, roughness=0.42, clearcoat=0.25), True),
    ]
    if has_pit:
        d = ball(26).vertices
        stone = warped(ball(26), seed + 5, 0.02, 1.0)
        v = stone.vertices * np.array([0.985, 0.985, 0.985], np.float32)
        v[:, 1] *= 1.04
        lines = fbm(around(d[:, [0, 2, 1]], 6, 1.4), seed + 6, 4)
        tint = ramp(0.5 + 0.8 * lines + 0.3 * fbm(d * 2, seed + 7, 3), srgb(74, 38, 20), srgb(122, 70, 38), srgb(158, 104, 62))
        tint = over(tint, srgb(196, 160, 112), 0.35 * smoothstep(0.25, 0.5, fbm(d * 3, seed + 8, 4)))
        size = pit_radius * radius_m * 0.97
        parts.append(
            Part(
                replace(stone, vertices=(v * np.float32(size)).astype(np.float32), color=tint).moved(
                    y=float(centre[1] * radius_m), z=float(-0.12 * size)
                ),
                replace(GLOSSY, roughness=0.32, clearcoat=0.6),
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
    crack = smoothstep(0.30, 0.62, fbm(cut, seed + 1, 3, 0.6))
    groove = fbm(np.concatenate([ring * 2.2, (row * 3)[:, None]], 1), seed + 2, 3)
    mesh = mesh.displaced(radius_m * (0.035 * groove - 0.035 * crack) * smoothstep(1.0, 0.9, row) * smoothstep(0.0, 0.05, row))
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
        0.35 * smoothstep(0.2, 0.7, fbm(np.concatenate([ring * 2, (row * 90)[:, None]], 1), seed + 4, 3)),
    )
    tint = over(tint, srgb(124, 116, 48), 0.75 * smoothstep(0.035, 0.004, row + 0.02 * groove))
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
                    shade = f32(green) * np.float32(rng.uniform(0.8, 1.25))
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
    green = [Part(join(stalks), DULL), Part(join(blades), LEAF)]
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


ASSETS = (
    AssetType(
        "tomato", "food", tomato_rand, (0.05, 0.11), (), ("red", "yellow", "orange", "green"),
        dyed(_tomato, {"red": srgb(172, 28, 18), "yellow": srgb(220, 168, 40), "orange": srgb(212, 104, 26), "green": srgb(104, 126, 44)}),
    ),
    AssetType("watermelon slice", "food", watermelon_slice_rand, (0.08, 0.24), (), ("red",), lies=True),
    AssetType("avocado half", "food", avocado_half_rand, (0.07, 0.14), (), ("green",)),
    AssetType(
        "carrot", "food", carrot_rand, (0.15, 0.36), (), ("orange", "purple", "yellow"),
        dyed(_carrot, {"orange": srgb(216, 108, 28), "purple": srgb(74, 34, 60), "yellow": srgb(222, 176, 66)}),
    ),
    AssetType(
        "egg", "food", egg_rand, (0.045, 0.075), (), ("white", "brown", "beige", "cream"),
        {"white": partial(_egg, color=srgb(228, 224, 214), speckles=0.0), "brown": partial(_egg, color=srgb(176, 118, 78), speckles=0.6),
         "beige": partial(_egg, color=srgb(206, 170, 132), speckles=0.3), "cream": partial(_egg, color=srgb(226, 210, 178), speckles=0.1)},
    ),
)  # fmt: skip
