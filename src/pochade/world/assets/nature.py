"""Found and grown things: shell, pebble, crystal, feather, potted plant, flowers in a vase."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import KDTree

from pochade.world.asset import Asset, AssetType, Part
from pochade.world.blending import over, ramp, smoothstep
from pochade.world.growth import evened, leaf, placed, rested, seed_of, spots, tinted, turned, warped
from pochade.world.materials import Material, Rgb, srgb
from pochade.world.mesh import (
    Floats,
    Mesh,
    ball,
    drop_degenerate,
    flipped,
    grid_faces,
    join,
    lathe,
    rotation,
    sheet,
    shell_profile,
    spline,
    tube,
)
from pochade.world.noise import cellular, fbm, gradient_noise
from pochade.world.vectors import f32

_STONE = Material("opaque", roughness=0.6, flatness=0.2)
_PORCELLANEOUS = Material("opaque", roughness=0.34, clearcoat=0.3, flatness=0.5)
_DOWNY = Material("thin", roughness=0.7, translucency=0.3)
_LEAF = Material("thin", roughness=0.4, translucency=0.3)
_WAXY_LEAF = Material("thin", roughness=0.33, translucency=0.18)
_PETAL = Material("thin", roughness=0.6, translucency=0.4)
_PLUMP = Material("opaque", roughness=0.5, clearcoat=0.1, flatness=0.8)
_EARTH = Material("opaque", roughness=0.95, specular=0.1)
_STALK = Material("opaque", roughness=0.5, flatness=0.5)


# --- pebble -----------------------------------------------------------------------------------------------------


def pebble(
    length_m: float, width: float, height: float, color: Rgb, fleck: Rgb, flecks: float, banding: float, veins: int, seed: int
) -> Asset:
    """Water-worn stone lying flat.

    Args:
        length_m: 0.02 to 0.1.
        width, height: in lengths, 0.6 to 0.95 and 0.25 to 0.6.
        color, fleck: reflectances of the stone and of its grains.
        flecks: 0 to 1, share of grains.
        banding: 0 to 1, strength of layers.
        veins: number of quartz veins, 0 to 3.
    """
    rng = np.random.default_rng(seed)
    d = ball(44).vertices
    shape = np.sign(d) * np.abs(d) ** rng.uniform(0.86, 1.0)
    size = np.array([1, width, height], np.float32) * np.float32(length_m / 2)
    body = replace(ball(44), vertices=(shape * size).astype(np.float32), uv=ball(44).uv * np.float32(length_m / 2))
    body = warped(body, seed, 0.09, 0.75)
    q = body.vertices / np.float32(length_m)
    body = body.displaced(length_m * (0.010 * fbm(q * 6, seed + 3, 3) + 0.0016 * fbm(q * 26, seed + 4, 3)))
    tone = 0.5 + 0.5 * fbm(q * 3, seed + 5, 5, 0.6)
    tint = ramp(tone, tuple(0.78 * c for c in color), color, tuple(min(1.2 * c, 0.8) for c in color))
    slope = rotation("x", rng.uniform(-40, 40)) @ rotation("y", rng.uniform(-40, 40))
    layers = (q @ slope.T)[:, 2] + 0.05 * fbm(q * 2.5, seed + 6, 4)
    bands = gradient_noise(np.stack([layers * 26, 0 * layers, 0 * layers + 1], 1), seed + 7) + 0.5 * gradient_noise(
        np.stack([layers * 60, 0 * layers, 0 * layers], 1), seed + 8
    )
    tint = tint * (1 + 0.45 * banding * bands)[:, None]
    grains = np.maximum(spots(q * 34, seed + 9, 0.40, flecks), spots(q * 52 + 3, seed + 10, 0.42, flecks))
    tint = over(tint, fleck, 0.75 * grains)
    tint = over(tint, tuple(0.35 * c for c in color), 0.5 * spots(q * 40 + 7, seed + 11, 0.36, 0.6 * flecks))
    for k in range(veins):
        normal = rng.normal(0, 1, 3)
        normal[2] *= 0.4
        normal /= np.linalg.norm(normal)
        along = q @ normal - rng.uniform(-0.16, 0.16) + 0.045 * fbm(q * 2.2, seed + 20 + k, 4, 0.6)
        wide = rng.uniform(0.006, 0.022) * (1 + 0.6 * fbm(q * 5, seed + 30 + k, 2))
        vein = smoothstep(1.5, 0.6, np.abs(along) / np.maximum(wide, 0.003))
        tint = over(tint, ramp(0.5 + 0.5 * fbm(q * 20, seed + 40 + k, 3), srgb(190, 184, 172), srgb(226, 222, 212)), 0.92 * vein)
    tint = np.clip(tint, 0.004, 0.82)
    return rested([Part(replace(body, color=tint), _STONE, True)], [("z", rng.uniform(-60, 60))], 0.0008 * length_m / 0.05)


_STONES: dict[str, tuple[Rgb, Rgb, float, float]] = {
    "grey": (srgb(116, 116, 114), srgb(176, 174, 168), 0.35, 0.15),
    "black": (srgb(50, 50, 52), srgb(96, 96, 96), 0.25, 0.1),
    "white": (srgb(206, 202, 192), srgb(150, 148, 142), 0.15, 0.15),
    "beige": (srgb(182, 160, 128), srgb(126, 102, 76), 0.3, 0.55),
    "brown": (srgb(118, 86, 66), srgb(170, 138, 112), 0.3, 0.5),
    "green": (srgb(88, 102, 86), srgb(142, 152, 128), 0.3, 0.45),
}


def _pebble(rng: np.random.Generator, kind: str) -> Asset:
    color, fleck, flecks, banding = _STONES[kind]
    return pebble(
        rng.uniform(0.04, 0.075), rng.uniform(0.68, 0.92), rng.uniform(0.36, 0.58), tinted(rng, color, 0.15), fleck,
        flecks * rng.uniform(0.3, 1.4),
        banding * rng.uniform(0.4, 1.3), int(rng.choice([0, 1, 2], p=[0.35, 0.45, 0.2])), seed_of(rng),
    )  # fmt: skip


def pebble_rand(rng: np.random.Generator) -> Asset:
    return _pebble(rng, str(rng.choice(list(_STONES), p=[0.4, 0.14, 0.12, 0.14, 0.1, 0.1])))


# --- shell ------------------------------------------------------------------------------------------------------


def whelk(length_m: float, growth: float, spire: float, knobs: int, ground: Rgb, bands: Rgb, throat: Rgb, seed: int) -> Asset:
    """Sea snail's shell lying on its side, its mouth to the front.

    The section of a whorl grows by `growth` per turn on a logarithmic spiral.

    Args:
        length_m: 0.04 to 0.15.
        growth: per turn, 1.5 to 2.2.
        spire: pitch of the spiral, 0.8 to 1.6 whorl radii.
        knobs: per turn, on the shoulder, 0 to 12.

    Source: Raup, "Geometric analysis of shell coiling", 1966.
    """
    rng = np.random.default_rng(seed)
    turns, columns = 5.6, 49
    end = 2 * np.pi * turns
    k = np.log(growth) / (2 * np.pi)
    phi = np.concatenate([np.linspace(0, end - 2 * np.pi, 130)[:-1], np.linspace(end - 2 * np.pi, end, 84)])
    v = np.linspace(-np.pi, np.pi, columns)  # 0 outward, pi/2 up the spire, -pi/2 down to the canal

    def section(p: NDArray[np.float64], shrink: ArrayLike, flare: ArrayLike) -> NDArray[np.float64]:
        size = np.exp(k * (p - end))[:, None]
        shrink, flare = np.asarray(shrink, float)[:, None], np.asarray(flare, float)[:, None]
        fade = smoothstep(0.3, 1.6, (p - end + 2.2 * np.pi)[:, None] / np.pi) * 0.7 + 0.3
        shoulder = np.exp(-(((v - 0.85) / 0.42) ** 2))[None]
        canal = np.exp(-(((v + 1.75) / 0.42) ** 2))[None]
        cords = 0.014 * np.cos(22 * v)[None] * (np.cos(v)[None] > -0.4)
        growth_lines = 0.010 * gradient_noise(np.stack([p * 9, 0 * p, 0 * p], 1), seed)[:, None] * (np.cos(v)[None] > -0.6)
        bumps = 0.17 * shoulder * np.maximum(np.cos(knobs * p)[:, None], 0) ** 1.5 * fade if knobs else 0.0
        reach = 1 + 0.10 * shoulder + cords + growth_lines + bumps + 0.13 * flare * np.maximum(np.cos(v - 0.2), 0)[None]
        r = 0.72 + shrink * reach * np.cos(v)[None] * 0.74 - 0.30 * canal * shrink
        z = shrink * (reach * np.sin(v)[None] * 1.12 - 1.55 * canal)
        z = z - 1.95 * spire
        angle = p[:, None] + np.pi - end  # the mouth opens towards -y
        r = np.maximum(r, 0.02) * size
        return np.stack([r * np.cos(angle), r * np.sin(angle), z * size], -1)

    lip = np.linspace(0, 1, 7)[1:]
    outer = section(phi, np.ones(len(phi)), smoothstep(end - 0.5, end, phi))
    turn_in = section(end + 0.05 * np.sin(np.pi * lip), 1 - 0.11 * lip, np.ones(6) * (1 - 0.3 * lip))
    back = np.linspace(end, end - 2.0, 26)[1:]
    inner = section(back, 0.89 - 0.10 * np.linspace(0, 1, 25), np.linspace(0.7, 0, 25))
    rows = np.concatenate([outer, turn_in, inner])
    rows = np.concatenate(
        [rows[:1].mean((0, 1), keepdims=True) + 0 * rows[:1], rows, rows[-1:].mean((0, 1), keepdims=True) + 0 * rows[-1:]]
    )
    rows[:, -1] = rows[:, 0]
    scale = length_m / np.ptp(rows[..., 2])
    rows = np.round(rows * scale, 7)
    m, count = rows.shape[0], len(outer) + 1
    mesh = drop_degenerate(
        Mesh(rows.reshape(-1, 3).astype(np.float32), grid_faces(m, columns), rows.reshape(-1, 3)[:, [0, 2]].astype(np.float32))
    )
    if mesh.volume_m3 < 0:
        mesh = flipped(mesh)

    row = np.repeat(np.arange(m), columns)
    across = np.tile(v, m)
    p = np.interp(row, np.arange(m), np.concatenate([[0], phi, np.full(6, end), back, back[-1:]]))
    at = mesh.vertices / length_m
    spiral = np.stack([across * 2.6, 0 * across, 0 * across], 1)
    lines = gradient_noise(spiral, seed + 1) + 0.6 * gradient_noise(spiral * 2.7, seed + 2)
    flames = fbm(np.stack([np.cos(p) * 3.2, np.sin(p) * 3.2, across * 0.7 + p * 0.1], 1), seed + 3, 4, 0.6)
    growth_lines = gradient_noise(np.stack([p * 7, 0 * p, 0 * p], 1), seed + 4)
    tint = ramp(0.5 + 0.5 * fbm(at * 5, seed + 5, 4), tuple(0.82 * c for c in ground), ground, tuple(min(1.1 * c, 0.82) for c in ground))
    tint = over(tint, bands, 0.9 * smoothstep(-0.05, 0.38, 0.55 * lines + 1.1 * flames))
    tint = over(tint, tuple(0.55 * c for c in bands), 0.35 * smoothstep(0.2, 0.7, growth_lines) * smoothstep(-0.1, 0.4, flames))
    tint = over(tint, tuple(0.5 * np.array(ground) + 0.35), 0.5 * smoothstep(0.5, 0.0, p / end))
    inside = (row >= count).astype(np.float32)
    depth = np.clip((row - count) / 31, 0, 1)
    tint = np.where(inside[:, None] > 0, ramp(depth, tuple(0.6 * np.array(ground) + 0.32), throat, tuple(0.7 * c for c in throat)), tint)
    mesh = evened(replace(mesh, color=np.clip(tint, 0.004, 0.82).astype(np.float32)))
    lay = rng.uniform(72, 88) * rng.choice([-1, 1])
    return rested([Part(mesh, _PORCELLANEOUS, True)], [("y", lay), ("x", rng.uniform(-30, -10)), ("z", rng.uniform(-30, 30))], 0.0004)


def scallop(length_m: float, ribs: int, dome: float, ground: Rgb, bands: Rgb, seed: int) -> Asset:
    """One valve of a scallop, lying with its back up, tilted to the front.

    Args:
        length_m: 0.04 to 0.12.
        ribs: 12 to 26.
        dome: height of the back in lengths, 0.15 to 0.3.
    """
    rng = np.random.default_rng(seed)
    radius = length_m / 2
    s = np.linspace(0.015, 1, 60)
    t = np.linspace(-1, 1, 12 * ribs // 2 * 1 + 1)
    open_angle = np.radians(66)
    ang = t * open_angle
    edge = 2 * radius * np.cos(ang) ** 0.62
    edge = edge * (1 + 0.018 * np.cos(ribs * np.pi * t)) * (0.985 + 0.015 * np.cos(ang))
    x, y = s[:, None] * (edge * np.sin(ang))[None], s[:, None] * (edge * np.cos(ang))[None]
    inward = 1 - np.abs(t) ** 6
    arch = (
        dome
        * length_m
        * (np.sin(np.pi * np.minimum(s * 0.92 + 0.08, 1) ** 0.75)[:, None] ** 0.9)
        * (0.35 + 0.65 * np.cos(ang * np.pi / 2 / open_angle) ** 0.8)[None]
    )
    wave = np.cos(ribs * np.pi * t)[None] * (0.35 + 0.65 * s[:, None])
    rings = gradient_noise(np.stack([s * 20, 0 * s, 0 * s], 1), seed)[:, None]
    z = arch + radius * (0.028 * wave * s[:, None] ** 0.5 * inward[None] + 0.010 * rings * s[:, None])
    z = z + radius * 0.006 * fbm(np.stack([x, y, 0 * x], -1) / radius * 5, seed + 1, 3)
    valve = sheet(np.stack([x, y, z], -1), radius * 0.045)
    if valve.volume_m3 < 0:
        valve = flipped(valve)

    def paint(mesh: Mesh) -> Mesh:
        q = mesh.vertices / np.float32(radius)
        r = np.hypot(q[:, 0], q[:, 1]) / 2
        a = np.arctan2(q[:, 0], np.maximum(q[:, 1], 1e-6)) / open_angle
        reach = r / np.maximum(np.cos(np.clip(a, -1, 1) * open_angle) ** 0.62, 0.2)
        zones = gradient_noise(np.stack([reach * 7 + 0.2 * fbm(q * 2, seed + 3, 3), 0 * r, 0 * r], 1), seed + 4) + 0.6 * gradient_noise(
            np.stack([reach * 19, 0 * r, 0 * r], 1), seed + 5
        )
        rays = gradient_noise(np.stack([a * 3.5, 0 * r, 0 * r], 1), seed + 6)
        ridge = 0.5 + 0.5 * np.cos(ribs * np.pi * a)
        tint = ramp(0.5 + 0.4 * fbm(q * 3, seed + 7, 4), tuple(0.85 * c for c in ground), ground)
        tint = over(tint, bands, np.clip(0.36 + 1.3 * zones + 0.7 * rays, 0, 1) * (0.5 + 0.5 * ridge))
        tint = over(tint, tuple(0.6 * c for c in bands), 0.35 * (1 - ridge) * smoothstep(0.15, 0.5, reach))
        tint = over(tint, tuple(0.75 * c for c in bands), 0.5 * smoothstep(0.16, 0.03, reach))
        return replace(mesh, color=np.clip(tint, 0.004, 0.82).astype(np.float32))

    wings = []
    for hand in (-1, 1):
        u, w = np.meshgrid(np.linspace(0, 1, 14), np.linspace(0, 1, 12))
        span = radius * (0.62 if hand > 0 else 0.5)
        wx = hand * span * u * (1 - 0.12 * w)
        wy = radius * (-0.03 + 0.44 * w * (1 - 0.15 * u) + 0.12 * u * w)
        wz = radius * (0.13 + 0.10 * w - 0.13 * u * (1 - 0.3 * w) + 0.018 * np.sin(w * 16))
        wing = sheet(np.stack([wx, wy, wz], -1), radius * 0.04)
        wings.append(flipped(wing) if wing.volume_m3 < 0 else wing)
    parts = [Part(paint(valve), _PORCELLANEOUS, True), Part(paint(join(wings)), _PORCELLANEOUS, True)]
    return rested(parts, [("z", 180 + rng.uniform(-40, 40)), ("x", rng.uniform(4, 16))])


_SHELLS: dict[str, tuple[Rgb, Rgb, Rgb]] = {
    "beige": (srgb(214, 194, 162), srgb(152, 100, 62), srgb(216, 160, 122)),
    "white": (srgb(222, 216, 204), srgb(196, 176, 150), srgb(222, 190, 168)),
    "pink": (srgb(222, 186, 172), srgb(196, 116, 106), srgb(214, 130, 116)),
    "orange": (srgb(222, 180, 132), srgb(196, 98, 48), srgb(220, 150, 104)),
    "brown": (srgb(188, 158, 122), srgb(98, 60, 38), srgb(206, 160, 124)),
    "purple": (srgb(204, 186, 184), srgb(108, 62, 92), srgb(170, 122, 146)),
}


def _shell(rng: np.random.Generator, kind: str) -> Asset:
    ground, bands, throat = _SHELLS[kind]
    if rng.random() < 0.55:
        return whelk(
            rng.uniform(0.07, 0.11),
            rng.uniform(1.6, 1.9),
            rng.uniform(0.95, 1.25),
            int(rng.choice([0, 8, 9])),
            tinted(rng, ground),
            tinted(rng, bands),
            throat,
            seed_of(rng),
        )
    return scallop(
        rng.uniform(0.07, 0.1), int(rng.integers(15, 21)), rng.uniform(0.2, 0.28), tinted(rng, ground), tinted(rng, bands), seed_of(rng)
    )


def shell_rand(rng: np.random.Generator) -> Asset:
    return _shell(rng, str(rng.choice(list(_SHELLS))))


# --- crystal ----------------------------------------------------------------------------------------------------


def _prism(length_m: float, radius_m: float, rng: np.random.Generator) -> Mesh:
    """Six-sided crystal along +z from z = 0: uneven faces, a slight taper, a point of three large and three small faces."""
    angle = np.radians(np.arange(6) * 60.0 + rng.uniform(-5, 5, 6)) + rng.uniform(0, 1)
    foot = np.stack([np.cos(angle), np.sin(angle)], 1) * radius_m * rng.uniform(0.9, 1.08, (6, 1))
    point = radius_m * rng.uniform(1.3, 1.9)
    shift = rng.uniform(-0.22, 0.22, 2) * radius_m
    sink = np.where(np.arange(6) % 2 == 0, rng.uniform(0.0, 0.25, 6), rng.uniform(0.25, 0.6, 6)) * radius_m
    neck = foot * rng.uniform(0.90, 0.96)
    v = np.concatenate([
        np.c_[foot, np.zeros(6)], np.c_[neck, length_m - point - sink], [[0, 0, 0], [*shift, length_m]],
    ])  # fmt: skip
    i = np.arange(6)
    j = (i + 1) % 6
    sides = np.concatenate([np.stack([i, j, j + 6], 1), np.stack([i, j + 6, i + 6], 1)])
    f = np.concatenate([sides, np.stack([i + 6, j + 6, np.full(6, 13)], 1), np.stack([j, i, np.full(6, 12)], 1)])
    corner = v[f].reshape(-1, 3).astype(np.float32)
    uv = np.stack([np.arctan2(corner[:, 1], corner[:, 0]) * radius_m, corner[:, 2]], 1)
    return Mesh(corner, np.arange(len(corner), dtype=np.int32).reshape(-1, 3), uv.astype(np.float32), crease_deg=4.0)


def crystal(height_m: float, count: int, slenderness: float, matrix: bool, seed: int) -> Asset:
    """Cluster of hexagonal quartz prisms; the body's material is the crystal's.

    Args:
        height_m: of the tallest, 0.05 to 0.15.
        count: prisms, 1 to 14.
        slenderness: length over radius, 3.5 to 8.
        matrix: grown on a crust of rough rock.
    """
    rng = np.random.default_rng(seed)
    prisms = []
    radius = height_m / slenderness
    for k in range(count):
        if k == 0:
            size, lean, heading, off = 1.0, rng.uniform(0, 9), rng.uniform(0, 360), 0.0
        else:
            size = rng.uniform(0.42, 0.82) * (0.75 if k > 6 else 1.0)
            heading = 360 / max(min(count - 1, 6), 1) * (k + (0.5 if k > 6 else 0)) + rng.uniform(-15, 15)
            lean = rng.uniform(12, 32) + (12 if k > 6 else 0)
            off = radius * (rng.uniform(1.25, 1.5) + (0.6 if k > 6 else 0))
        prism = _prism(height_m * size, radius * (0.25 + 0.62 * size) * rng.uniform(0.85, 1.1), rng)
        place = (off * np.cos(np.radians(heading)), off * np.sin(np.radians(heading)), 0.0)
        prisms.append(prism.rotated("y", lean).rotated("z", heading).moved(*place))
    parts = [Part(join(prisms))]
    if matrix:
        d = ball(34).vertices
        wide = radius * (2.7 if count > 7 else 2.3 if count > 1 else 1.35)
        size = np.array([wide, wide * 0.88, radius * 0.9], np.float32)
        near, _, ident = cellular(d * 3.4 + 0.25 * fbm(d * 3, seed, 3)[:, None], seed + 1)
        lumps = 1 + 0.20 * fbm(d * 1.6, seed + 2, 5, 0.55) - 0.12 * smoothstep(0.15, 0.7, near) + 0.03 * fbm(d * 12, seed + 5, 3, 0.7)
        v = (d * lumps[:, None] * size).astype(np.float32)
        grain = fbm(d * 14, seed + 3, 4, 0.65)
        tint = ramp(0.45 + 0.35 * grain + 0.4 * (ident - 0.5), srgb(104, 98, 90), srgb(160, 152, 140), srgb(204, 198, 186))
        tint = over(tint, srgb(196, 190, 180), 0.6 * spots(d * 11, seed + 4, 0.4, 0.25))
        floor = -0.55 * size[2]
        v[:, 2] = np.maximum(v[:, 2], floor)
        parts.append(Part(replace(ball(34), vertices=v, color=tint, crease_deg=180.0), _STONE))
        low = floor
    else:
        low = float(parts[0].mesh.bounds[0][2])
    return Asset(tuple(replace(part, mesh=_cut_below(part.mesh, low)) for part in parts))


def _cut_below(mesh: Mesh, floor_m: float) -> Mesh:
    """Sets the mesh down on z = 0; what reaches below `floor_m` is pressed into a thin layer above it."""
    v = mesh.vertices.copy()
    v[:, 2] -= floor_m
    lowest = float(v[:, 2].min())
    if lowest < 0:
        layer = 0.0008
        v[:, 2] = np.where(v[:, 2] < layer, layer * (v[:, 2] - lowest) / (layer - lowest), v[:, 2])
    return replace(mesh, vertices=np.maximum(v, [-np.inf, -np.inf, 0]).astype(np.float32))


def crystal_rand(rng: np.random.Generator) -> Asset:
    count = int(rng.choice([1, 6, 8, 11], p=[0.12, 0.3, 0.33, 0.25]))
    return crystal(rng.uniform(0.075, 0.12), count, rng.uniform(4.6, 6.4), True, seed_of(rng))


# --- feather ----------------------------------------------------------------------------------------------------


def feather(length_m: float, width_m: float, curve_deg: float, ground: Rgb, mark: Rgb, bars: float, seed: int) -> Asset:
    """Feather lying on its back curve: a tapered shaft, barbs that part here and there, down at the foot.

    Args:
        length_m: 0.08 to 0.25.
        width_m: of the whole vane, 0.02 to 0.05.
        curve_deg: bend of the shaft in the plane of the vane, -50 to 50.
        ground, mark: reflectances of the vane and of its bars.
        bars: 0 plain, below 8 number of bars, 9 dark tip, 10 dark margins.
    """
    rng = np.random.default_rng(seed)
    s = np.linspace(0, 1, 60)
    angle = np.radians(curve_deg) * (s - 0.4)
    x, y = np.cumsum(np.cos(angle)) * length_m / 60, np.cumsum(np.sin(angle)) * length_m / 60
    z = length_m * (0.10 * (s - 0.42) ** 2 + 0.006) + 0.004 * length_m * np.sin(3 * s)
    path = np.stack([x, y, z], 1)
    quill = tube(path, np.interp(s, [0, 0.15, 0.5, 1], [0.0011, 0.0012, 0.0007, 0.00012]) * length_m / 0.15, 8, caps=2)
    grain = cumulative = np.interp(quill.vertices[:, 0], x, s)
    quill = quill.painted(
        ramp(cumulative, srgb(206, 196, 174), srgb(190, 174, 148), tuple(0.6 * np.array(ground) + 0.1))
        * (0.96 + 0.06 * np.sin(40 * grain))[:, None]
    )
    barbs = []
    for hand in (-1, 1):
        side = width_m * (0.42 if hand > 0 else 0.58)
        steps = 118
        parting = np.cumsum(rng.normal(0, 1, steps))
        group = np.floor(np.cumsum(rng.random(steps) < 0.07))
        slack = rng.uniform(-1, 1, steps + 1)[group.astype(int)]
        for k in range(steps):
            at = 0.15 + 0.845 * (k / (steps - 1)) ** 0.97
            down = at < 0.27
            base = np.array([np.interp(at, s, path[:, a]) for a in range(3)])
            heading = np.interp(at, s, angle)
            reach = (
                side
                * np.interp(at, [0.15, 0.2, 0.3, 0.55, 0.8, 0.93, 1.0], [0.35, 0.62, 0.9, 1.0, 0.86, 0.55, 0.26])
                * rng.uniform(0.96, 1.04)
            )
            sweep = np.radians(
                np.interp(at, [0.15, 0.3, 0.8, 1.0], [68, 50, 36, 16])
                + 4.5 * slack[k] * (at > 0.27)
                + (rng.uniform(-26, 26) if down else 0)
            )
            rows = 8
            u = np.linspace(0, 1, rows)
            bend = sweep - np.radians(16) * u * (1 if not down else rng.uniform(-3, 3))
            length = reach / np.maximum(np.sin(sweep), 0.45) * (rng.uniform(0.8, 1.25) if down else 1)
            step = np.diff(u, prepend=0) * length
            forward, out = np.cumsum(np.cos(bend) * step), np.cumsum(np.sin(bend) * step) * hand
            c, sn = np.cos(heading), np.sin(heading)
            px, py = base[0] + c * forward - sn * out, base[1] + sn * forward + c * out
            pz = (
                base[2]
                + 0.10 * np.abs(out)
                - 1.9 * out**2 / width_m * 0.5
                + 0.0002 * slack[k]
                + (rng.uniform(-0.04, 0.10) * length * u**1.5 if down else 0)
            )
            wide = (
                length_m
                * (0.845 / steps)
                * (0.45 if down else 0.84)
                * np.interp(u, [0, 0.75, 1], [1.0, 0.95, 0.35])
                / np.maximum(np.sin(sweep), 0.5) ** 0.3
            )
            dx, dy = -np.sin(heading + hand * bend), np.cos(heading + hand * bend)
            grid = np.stack([np.stack([px - dx * w * wide, py - dy * w * wide, pz + 0.00010 * (w > 0)], -1) for w in (-1.0, 1.0)], 1)
            blade = sheet(grid, 0.00016)
            share = u
            if bars == 0:
                dark = 0.25 * smoothstep(0.9, 1.0, share * 0.3 + 0.7 * at)
            elif bars < 9:
                phase = at * bars + 0.10 * share + 0.03 * slack[k]
                dark = smoothstep(0.28, 0.46, np.abs((phase % 1) - 0.5)) * smoothstep(0.22, 0.34, at)
            elif bars < 10:
                dark = smoothstep(0.62, 0.80, at + 0.06 * share + 0.02 * slack[k] + 0.002 * parting[k])
            else:
                dark = smoothstep(0.45, 0.8, share + 0.1 * slack[k]) * smoothstep(0.2, 0.4, at)
            tone = over(np.tile(f32(ground), (rows, 1)), mark, dark * (0 if down else 1))
            tone = over(tone, srgb(206, 200, 190), 0.55 * float(down))
            tone = tone * np.float32(1 + 0.07 * rng.uniform(-1, 1)) * (1 - 0.10 * share[:, None])
            shade = np.repeat(tone[:, None], 2, 1).reshape(-1, 3)
            barbs.append(replace(blade, color=np.clip(np.concatenate([shade, shade]), 0.004, 0.82).astype(np.float32), crease_deg=180.0))
    vane = join(barbs)
    return rested(
        [Part(quill, _PORCELLANEOUS), Part(vane, _DOWNY, True)],
        [("z", rng.uniform(-35, 35) + float(rng.choice([0, 180]))), ("x", rng.uniform(8, 15))],
    )


_FEATHERS: dict[str, tuple[Rgb, Rgb]] = {
    "white": (srgb(222, 220, 214), srgb(190, 186, 178)),
    "grey": (srgb(150, 152, 156), srgb(62, 64, 70)),
    "brown": (srgb(164, 128, 92), srgb(74, 48, 32)),
    "black": (srgb(38, 38, 42), srgb(20, 20, 24)),
    "blue": (srgb(52, 104, 168), srgb(24, 30, 44)),
    "red": (srgb(170, 36, 34), srgb(60, 22, 24)),
    "green": (srgb(66, 128, 62), srgb(30, 48, 36)),
    "yellow": (srgb(216, 180, 66), srgb(110, 78, 34)),
}


def _feather(rng: np.random.Generator, kind: str) -> Asset:
    ground, mark = _FEATHERS[kind]
    bars = 0.0 if kind in ("white", "black") else float(rng.choice([0.0, 5.5, 7.0, 9.0, 10.0]))
    return feather(
        rng.uniform(0.13, 0.19),
        rng.uniform(0.03, 0.044),
        rng.uniform(14, 46) * float(rng.choice([-1, 1])),
        tinted(rng, ground),
        mark,
        bars,
        seed_of(rng),
    )


def feather_rand(rng: np.random.Generator) -> Asset:
    return _feather(rng, str(rng.choice(["white", "grey", "brown", "blue", "black"], p=[0.28, 0.24, 0.24, 0.14, 0.1])))


# --- potted plant -----------------------------------------------------------------------------------------------


def _pot(radius_m: float, height_m: float, rim_m: float, seed: int) -> tuple[Part, Part, float]:
    """Tapered pot (the body), its soil, and the soil's level."""
    foot = radius_m * 0.68
    lip = rim_m > 0
    outer = [(0, 0), (foot, 0), (radius_m * 0.93, height_m - rim_m)]
    outer += [(radius_m, height_m - rim_m), (radius_m * 1.01, height_m)] if lip else [(radius_m, height_m)]
    points = [np.asarray(outer[0], float)]
    for a, b in pairwise(outer):
        n = max(2, int(np.linalg.norm(np.subtract(b, a)) / (0.3 * radius_m)))
        points += [np.asarray(a) + (np.asarray(b) - a) * u for u in np.linspace(0, 1, n + 1)[1:]]
    profile = np.asarray(points)
    smoothed = profile.copy()
    smoothed[1:-1] = 0.25 * profile[:-2] + 0.5 * profile[1:-1] + 0.25 * profile[2:]
    pot = lathe(shell_profile(smoothed, 0.055 * radius_m + 0.0015), 72)
    level = height_m - 0.16 * radius_m - 0.008
    inner = float(np.interp(level - 0.02, smoothed[1:, 1], smoothed[1:, 0])) - 0.055 * radius_m - 0.0022
    d = ball(20).vertices
    v = d * np.array([inner, inner, 0.012], np.float32)
    grain = fbm(d * 9, seed, 4, 0.7)
    v[:, 2] += 0.003 * grain * (d[:, 2] > -0.2) + 0.004 * fbm(d * 2.5, seed + 1, 2)
    v = np.concatenate(
        [v[:, :2] * np.minimum(1, inner / np.maximum(np.hypot(v[:, 0], v[:, 1]), 1e-9))[:, None], v[:, 2:] + level - 0.008], 1
    )
    tint = ramp(0.45 + 0.6 * grain, srgb(30, 22, 17), srgb(58, 43, 32), srgb(92, 72, 54))
    tint = over(tint, srgb(188, 182, 170), 0.8 * spots(d * 13, seed + 2, 0.3, 0.1))
    return Part(pot), Part(replace(ball(20), vertices=v.astype(np.float32), color=tint), _EARTH), level - 0.002


def _sword_plant(rng: np.random.Generator, radius_m: float, tall_m: float) -> list[Part]:
    """Snake plant: upright twisted swords with dark cross bands and pale margins."""
    count = int(rng.integers(9, 13))
    rows, columns = 34, 9
    margin = bool(rng.random() < 0.6)
    leaves = []
    for k in range(count):
        tall = tall_m * (rng.uniform(0.8, 1.0) if k < 4 else rng.uniform(0.45, 0.85))
        s, t = np.linspace(0, 1, rows), np.linspace(-1, 1, columns)
        half = radius_m * rng.uniform(0.24, 0.32) * np.interp(s, [0, 0.2, 0.5, 0.8, 0.93, 1], [0.55, 0.8, 1.0, 0.72, 0.3, 0.0])
        twist = rng.uniform(-0.7, 0.7) * s + rng.uniform(0, 2 * np.pi)
        heading, spread = k * 2.4 + rng.uniform(-0.3, 0.3), 0.22 * radius_m * np.sqrt(k) * 0.9
        lean = rng.uniform(0.02, 0.10) + 0.03 * np.sqrt(k)
        sway = lean * tall * s**1.6
        cup = 0.34 * (1 - 0.6 * s)[:, None] * (t**2)[None] * half[:, None] + 0.02 * half[:, None] * np.sin(11 * s + k)[:, None] * t[None]
        x = (spread + sway)[:, None] * np.cos(heading) + half[:, None] * t * np.cos(twist)[:, None] - cup * np.sin(twist)[:, None]
        y = (spread + sway)[:, None] * np.sin(heading) + half[:, None] * t * np.sin(twist)[:, None] + cup * np.cos(twist)[:, None]
        z = np.broadcast_to((s * tall - 0.01)[:, None], x.shape)
        where = np.stack(np.broadcast_arrays(t[None] * 0.8, (s * tall / 0.018)[:, None], 9.0 * k), -1)
        zig = fbm(where * np.array([1.2, 1.0, 1.0], np.float32), int(rng.integers(1 << 20)), 4, 0.65)
        tint = ramp(0.5 + 1.1 * zig, srgb(42, 70, 40), srgb(88, 120, 68), srgb(154, 172, 118))
        if margin:
            tint = over(tint, srgb(196, 188, 104), smoothstep(0.70, 0.86, np.abs(t))[None] + 0 * s[:, None])
        tint = over(tint, srgb(170, 160, 104), 0.8 * smoothstep(0.985, 1.0, s)[:, None] + 0 * t[None])
        blade = sheet(np.stack([x, y, z], -1), np.interp(s, [0, 0.5, 1], [0.004, 0.0022, 0.0008])[:, None] * np.ones(columns))
        shade = tint.reshape(-1, 3)
        leaves.append(replace(blade, color=np.concatenate([shade, shade * 0.92]).astype(np.float32), crease_deg=70.0))
    return [Part(join(leaves), replace(_WAXY_LEAF, translucency=0.06), True)]


def _rosette(rng: np.random.Generator, radius_m: float) -> list[Part]:
    """Echeveria: a spiral of plump pointed leaves, blue-green, their tips blushed."""
    tone = tinted(rng, [srgb(122, 150, 128), srgb(134, 152, 92), srgb(130, 144, 150), srgb(112, 142, 98)][int(rng.integers(4))], 0.08)
    blush = srgb(184, 98, 98)
    unit = ball(7)
    d = unit.vertices
    leaves, count = [], 46
    for k in range(count):
        u = 1 - k / (count - 1)  # 1 outermost and lowest
        length = radius_m * (0.16 + 0.86 * u**0.75) * rng.uniform(0.94, 1.05)
        lift = np.interp(u, [0, 0.3, 0.7, 1.0], [84, 60, 30, 8]) + rng.uniform(-4, 4)
        along = 0.5 + 0.5 * d[:, 0]
        wide = length * 0.30 * (0.42 + 1.25 * along**1.1 - 0.55 * along**6)
        v = np.stack([along * length, d[:, 1] * wide, d[:, 2] * length * 0.095 * (1 - 0.35 * along)], 1)
        v[:, 0] += length * 0.13 * smoothstep(0.86, 1.0, d[:, 0])  # the spine at the tip
        v[:, 2] += length * (0.20 * along**2 + 0.55 * d[:, 1] ** 2 * (0.3 * along))
        tint = ramp(
            0.35 + 0.5 * along + 0.15 * fbm(d * 2 + k, 3, 3), tuple(0.7 * c for c in tone), tone, tuple(min(1.25 * c, 0.75) for c in tone)
        )
        tint = over(tint, blush, 0.75 * smoothstep(0.86, 1.02, d[:, 0] + 0.10 * np.abs(d[:, 1])))
        tint = over(tint, tuple(0.5 * np.array(tone) + 0.33), 0.35 * smoothstep(-0.1, 0.4, fbm(d * 3 + k, 4, 3)))
        mesh = replace(unit, vertices=v.astype(np.float32), color=np.clip(tint, 0.01, 0.8).astype(np.float32))
        leaves.append(placed(mesh, (0, 0, radius_m * (0.04 + 0.20 * (1 - u))), 137.508 * k + rng.uniform(-5, 5), lift))
    return [Part(join(leaves), _PLUMP, True)]


def _swiss_leaf(rng: np.random.Generator, length_m: float, young: bool) -> Mesh:
    """Monstera blade along +x from its petiole: heart shaped, slit between the side veins."""
    rows, columns = 58, 11
    s, t = np.linspace(0, 1, rows), np.linspace(-1, 1, columns)
    half = 0.46 * length_m * np.interp(s, [0, 0.06, 0.16, 0.34, 0.55, 0.78, 0.92, 1], [0.10, 0.62, 0.92, 1.0, 0.90, 0.58, 0.27, 0.0])
    slits = 5.0
    phase = (s - 0.1) * slits / 0.82
    notch = np.where((phase > 0.3) & (phase < slits), smoothstep(0.60, 0.93, np.abs(2 * (phase % 1) - 1)), 0) * (0.0 if young else 1.0)
    width = half[:, None] * (1 - notch[:, None] * np.array([0.58, 0.66])[(t > 0).astype(int)][None])
    sweep = 0.22 * length_m * np.abs(t)[None] ** 1.4 * (s - 0.24)[:, None] + 0.06 * length_m * np.abs(t)[None] * (s - 0.5)[:, None]
    x = s[:, None] * length_m * 0.94 + sweep - 0.16 * length_m * np.abs(t)[None] ** 2 * smoothstep(0.25, 0.0, s)[:, None]
    y = width * t[None]
    vein_phase = np.cos(2 * np.pi * phase)[:, None] * np.ones_like(t)[None]
    droop = 0.20 * length_m * s[:, None] ** 2 + 0.10 * np.abs(y) ** 2 / max(half.max(), 1e-6)
    z = 0.10 * np.abs(y) - droop + 0.012 * length_m * vein_phase * np.abs(t)[None] * smoothstep(0, 0.2, s)[:, None]
    z = z + 0.010 * length_m * fbm(np.stack([x, y, 0 * x], -1) / length_m * 3, int(rng.integers(1 << 20)), 2)
    grid = np.stack([x, y, z], -1)
    mid = smoothstep(0.16, 0.03, np.abs(t))[None] * np.ones((rows, 1))
    rib = smoothstep(-0.90, -0.99, vein_phase * -1) * smoothstep(0.05, 0.2, np.abs(t))[None] * 0.7
    base = [srgb(58, 106, 50), srgb(112, 158, 68)][int(young)]
    tone = ramp(
        0.5 + 0.5 * fbm(np.stack([x, y, 0 * x], -1) / length_m * 4, int(rng.integers(1 << 20)), 3) + 0.15 * vein_phase,
        tuple(0.75 * c for c in base),
        base,
        tuple(1.35 * c for c in base),
    )
    tone = over(tone, srgb(136, 164, 92), np.maximum(0.75 * mid, 0.45 * rib))
    mesh = sheet(grid, 0.0009)
    shade = tone.reshape(-1, 3)
    return replace(mesh, color=np.clip(np.concatenate([shade, shade * 1.15]), 0.005, 0.8).astype(np.float32), crease_deg=70.0)


def _monstera(rng: np.random.Generator, radius_m: float, tall_m: float) -> list[Part]:
    leaves, stalks = [], []
    count = int(rng.integers(7, 10))
    for k in range(count):
        young = k == count - 1
        heading = 137.5 * k + rng.uniform(-18, 18)
        size = tall_m * rng.uniform(0.40, 0.52) * (0.7 if young else 1.0)
        reach = tall_m * (rng.uniform(0.16, 0.42) if not young else 0.1)
        high = tall_m * (0.42 + 0.40 * (k / count) + rng.uniform(-0.05, 0.08))
        c, sn = np.cos(np.radians(heading)), np.sin(np.radians(heading))
        foot = np.array([c, sn, 0]) * radius_m * 0.16
        top = np.array([c * reach, sn * reach, high])
        path = spline([foot - [0, 0, 0.01], foot * 1.6 + [0, 0, 0.5 * high], (foot * 2 + top) / 2 + [0, 0, 0.26 * high], top], 18)
        stalks.append(tube(path, np.linspace(0.0034, 0.0020, 18), 9, caps=1).painted(ramp(np.linspace(0, 1, 1), srgb(92, 120, 58))[0]))
        pitch = rng.uniform(-38, -8) if not young else 20
        leaves.append(placed(_swiss_leaf(rng, size, young), top, heading + rng.uniform(-14, 14), pitch, rng.uniform(-22, 22)))
    return [Part(join(leaves), _WAXY_LEAF, True), Part(join(stalks), _STALK)]


def _fern(rng: np.random.Generator, radius_m: float, tall_m: float) -> list[Part]:
    blades, stalks = [], []
    for k in range(14):
        heading = 137.5 * k + rng.uniform(-15, 15)
        outer = k / 13
        length = tall_m * rng.uniform(0.95, 1.25)
        lift = np.radians(np.interp(outer, [0, 1], [40, 84]) + rng.uniform(-7, 7))
        s = np.linspace(0, 1, 22)
        angle = lift - np.radians(np.interp(outer, [0, 1], [75, 105])) * s**1.2
        run, high = np.cumsum(np.cos(angle)) * length / 22, np.cumsum(np.sin(angle)) * length / 22
        c, sn = np.cos(np.radians(heading)), np.sin(np.radians(heading))
        curve = np.stack([c * (run + 0.1 * radius_m), sn * (run + 0.1 * radius_m), high - 0.006], 1)
        curve[:, 2] = np.maximum(curve[:, 2], -0.7 * tall_m)
        green = f32(tinted(rng, srgb(72, 118, 42), 0.16))
        stalks.append(tube(curve, np.linspace(0.0016, 0.0004, 22), 6, caps=1).painted(srgb(104, 116, 58)))
        pairs = 16
        for m in range(pairs):
            at = 0.16 + 0.83 * m / (pairs - 1)
            where = np.array([np.interp(at, s, curve[:, a]) for a in range(3)])
            tilt = float(np.degrees(np.interp(at, s, angle)))
            reach = length * 0.20 * np.interp(at, [0.16, 0.3, 0.6, 1.0], [0.65, 1.0, 0.8, 0.14])
            tone = green * np.float32(rng.uniform(0.85, 1.2) * (0.85 + 0.4 * at))
            for hand in (-1, 1):
                blade = leaf(
                    reach, [0.20 * reach, 0.25 * reach, 0.23 * reach, 0.12 * reach, 0], tone, 0.00035, rng.uniform(5, 40), 0, 0.15, 5, 3
                )
                local = blade.rotated("z", hand * rng.uniform(66, 80)).rotated("y", -tilt).rotated("z", heading)
                blades.append(local.moved(*where))
    return [Part(join(blades), _LEAF, True), Part(join(stalks), _STALK)]


def potted_plant(species: str, pot_radius_m: float, pot_height_m: float, tall_m: float, seed: int) -> Asset:
    """Plant in a pot; the body's material is the pot's.

    Args:
        species: "snake plant", "succulent", "monstera" or "fern".
        pot_radius_m: 0.04 to 0.1.
        pot_height_m: 0.05 to 0.18.
        tall_m: height of the green above the soil, 0.04 to 0.5; ignored for the succulent, which fits its pot.

    Raises:
        ValueError: for an unknown species.
    """
    rng = np.random.default_rng(seed)
    pot, soil, level = _pot(pot_radius_m, pot_height_m, float(rng.choice([0.0, 0.2])) * pot_height_m, seed)
    if species == "snake plant":
        green = _sword_plant(rng, pot_radius_m, tall_m)
    elif species == "succulent":
        green = _rosette(rng, pot_radius_m * 1.16)
    elif species == "monstera":
        green = _monstera(rng, pot_radius_m, tall_m)
    elif species == "fern":
        green = _fern(rng, pot_radius_m, tall_m)
    else:
        raise ValueError(f"unknown `species` {species!r}: choose snake plant, succulent, monstera or fern")
    return Asset((pot, soil, *(replace(part, paintable=False, mesh=part.mesh.moved(z=level)) for part in green)))


def potted_plant_rand(rng: np.random.Generator) -> Asset:
    species = str(rng.choice(["snake plant", "succulent", "monstera", "fern"]))
    radius_m = rng.uniform(0.05, 0.06) if species == "succulent" else rng.uniform(0.065, 0.085)
    height_m = radius_m * rng.uniform(1.15, 1.6)
    tall_m = {"snake plant": 0.30, "succulent": 0.05, "monstera": 0.30, "fern": 0.17}[species] * rng.uniform(0.85, 1.15)
    return potted_plant(species, radius_m, height_m, tall_m, seed_of(rng))


# --- flowers in a vase ------------------------------------------------------------------------------------------


def _petal(
    rows: int,
    columns: int,
    radius: ArrayLike,
    height: ArrayLike,
    half_angle: ArrayLike,
    theta: float,
    lap: float,
    roll: float,
    ruffle: ArrayLike,
) -> NDArray[np.float64]:
    """Grid (rows, columns, 3) of a petal that wraps the flower's axis.

    Args:
        radius, height: (rows,) its curve away from and along the axis, metres.
        half_angle: (rows,) half of the angle it embraces, radians.
        lap: how much farther out one edge lies than the other, part of the radius.
        roll: how far the side edges bend outward, part of the radius.
        ruffle: (rows, columns) added to the height, metres.
    """
    t = np.linspace(-1, 1, columns)
    r = np.asarray(radius)[:, None] * (1 + lap * t[None] + roll * t[None] ** 4)
    a = theta + np.asarray(half_angle)[:, None] * t[None]
    return np.stack([r * np.cos(a), r * np.sin(a), np.asarray(height)[:, None] + np.asarray(ruffle)], -1)


def _painted_petal(grid: NDArray[np.float64], tint: Floats, thickness_m: float = 0.0004) -> Mesh:
    mesh = sheet(grid, thickness_m)
    shade = np.clip(tint.reshape(-1, 3), 0.004, 0.83)
    return replace(mesh, color=np.concatenate([shade, shade]).astype(np.float32), crease_deg=180.0)


def tulip_head(size_m: float, color: Rgb, opened: float, rng: np.random.Generator) -> list[Part]:
    """Six petals in two whorls about +z, from the origin up.

    Args:
        size_m: height, 0.04 to 0.07.
        opened: 0 bud to 1 wide.
    """
    rows, columns = 14, 9
    s, t = np.linspace(0, 1, rows), np.linspace(-1, 1, columns)
    base, edge = ramp(0.0, srgb(206, 196, 96)), tuple(np.clip(np.array(color) * 1.25 + 0.02, 0, 0.8))
    petals = []
    for k in range(6):
        inner = k >= 3
        wide = 0.42 * size_m * (0.9 if inner else 1.0) * (0.92 + 0.35 * opened)
        tip = wide * np.interp(opened, [0, 1], [0.42, 1.25]) * rng.uniform(0.85, 1.15)
        radius = spline([(0.05 * size_m,), (0.72 * wide,), (wide,), (0.86 * wide * (1 - 0.2 * (1 - opened)),), (tip,)], rows)[:, 0]
        high = size_m * (0.97 if inner else 1.0) * rng.uniform(0.95, 1.04) * np.interp(s, [0, 0.15, 1], [0, 0.07, 1.0 - 0.14 * opened])
        half = (
            np.radians(66 if not inner else 60)
            * np.interp(s, [0, 0.2, 0.5, 0.75, 0.9, 1], [0.55, 0.85, 1.0, 0.92, 0.58, 0.06])
            * np.interp(s, [0, 1], [1, 1 - 0.28 * opened])
        )
        ruffle = 0.012 * size_m * np.sin(5 * t[None] + k) * s[:, None] ** 2
        grid = _petal(
            rows, columns, radius, high, half, np.radians(120 * k + (60 if inner else 0) + rng.uniform(-6, 6)), 0.05, -0.04, ruffle
        )
        streak = gradient_noise(np.stack(np.broadcast_arrays(t[None] * 7, s[:, None] * 0.8, 5.0 * k), -1), 7)
        tone = ramp(0.5 + 0.35 * streak + 0 * s[:, None], tuple(0.72 * c for c in color), color, edge)
        tone = over(tone, edge, 0.4 * smoothstep(0.55, 1.0, np.abs(t))[None] * smoothstep(0.2, 0.6, s)[:, None])
        tone = over(tone, base, 0.8 * smoothstep(0.20, 0.02, s)[:, None] * (1 + 0 * t[None]))
        petals.append(_painted_petal(grid, tone, 0.0006))
    pistil = tube(np.array([[0, 0, 0.0], [0, 0, 0.2 * size_m], [0, 0, 0.42 * size_m]]), [0.0022, 0.0022, 0.0028], 8, caps=2).painted(
        srgb(150, 164, 84)
    )
    return [Part(join(petals), _PETAL), Part(pistil, _STALK)]


def rose_head(size_m: float, color: Rgb, opened: float, rng: np.random.Generator) -> list[Part]:
    """A spiral of rolled petals about +z, from the origin up.

    Args:
        size_m: width, 0.05 to 0.09.
        opened: 0 bud to 1 full.
    """
    rows, columns, count = 11, 9, 20
    s, t = 1 - (1 - np.linspace(0, 1, rows)) ** 1.5, np.linspace(-1, 1, columns)  # rows crowd at the rolled tip
    dark, light = tuple(0.42 * c for c in color), tuple(np.clip(np.array(color) * 1.3 + 0.03, 0, 0.8))
    petals, theta = [], rng.uniform(0, 6)
    for k in range(count):
        o = (k / (count - 1)) ** 0.85  # 0 in the heart, 1 outermost
        wide = size_m * (0.055 + (0.22 + 0.10 * opened) * o)
        high = size_m * np.interp(o, [0, 0.35, 0.7, 1.0], [0.70, 0.72, 0.66, 0.55]) * rng.uniform(0.96, 1.03)
        flare = np.interp(o, [0, 0.25, 0.6, 1.0], [0.72, 0.95, 1.22, 1.42 + 0.3 * opened])
        radius = wide * spline([(0.30,), (0.82,), (1.0,), (0.55 + 0.45 * flare,), (flare,)], rows)[:, 0]
        lip = np.interp(o, [0, 0.4, 1.0], [0.0, 0.035, 0.13]) * size_m
        rise = high * np.interp(s, [0, 0.12, 0.8, 1], [0.0, 0.06, 0.9, 1.0]) - lip * smoothstep(0.72, 1.0, s)
        half = np.radians(np.interp(o, [0, 0.3, 1], [125, 84, 58])) * np.interp(
            s, [0, 0.2, 0.6, 0.85, 0.94, 0.98, 1], [0.45, 0.72, 1.0, 0.97, 0.80, 0.56, 0.34]
        )
        dip = -0.03 * size_m * np.abs(t[None]) ** 2.5 * s[:, None] ** 2
        ruffle = dip + 0.012 * size_m * o * np.sin(4.2 * t[None] + rng.uniform(0, 6)) * s[:, None] ** 3
        grid = _petal(rows, columns, radius, rise, half, theta, 0.10 * (1 - 0.5 * o), 0.10 * o, ruffle)
        theta += np.radians(137.5 + rng.uniform(-9, 9))
        vein = gradient_noise(np.stack(np.broadcast_arrays(t[None] * 6, s[:, None] * 1.2, 3.0 * k), -1), 11)
        tone = ramp(0.30 + 0.45 * s[:, None] + 0.16 * vein + 0.12 * (o - 0.5), dark, color, light)
        tone = over(tone, srgb(206, 204, 130), 0.55 * smoothstep(0.25, 0.0, s)[:, None] * (1 + 0 * t[None]))
        petals.append(_painted_petal(grid, tone, 0.0004))
    green = []
    for k in range(5):
        blade = leaf(
            0.42 * size_m,
            [0.10 * size_m, 0.13 * size_m, 0.06 * size_m, 0],
            srgb(78, 110, 48),
            0.0006,
            rng.uniform(20, 90),
            rng.uniform(-20, 20),
            0.3,
            9,
            5,
        )
        green.append(placed(blade, (0, 0, 0), 72 * k + rng.uniform(-8, 8)))
    hip = turned([(0, -0.13), (0.05, -0.125), (0.085, -0.06), (0.09, 0.0), (0.07, 0.05), (0, 0.07)], 8).scaled(size_m)
    return [Part(join(petals), replace(_PETAL, translucency=0.34)), Part(join(green), _LEAF), Part(hip.painted(srgb(86, 118, 56)), _STALK)]


def daisy_head(size_m: float, color: Rgb, rng: np.random.Generator) -> list[Part]:
    """Ray petals in two rings about a domed disc, facing +z.

    Args:
        size_m: width, 0.03 to 0.09.
    """
    petals, rows, columns = [], 8, 3
    for k in range(32):
        low = k % 2
        reach = size_m * 0.40 * rng.uniform(0.92, 1.05)
        s, t = np.linspace(0, 1, rows)[:, None], np.linspace(-1, 1, columns)[None]
        tone = ramp(0.35 + 0.5 * s + 0.12 * np.cos(6 * t), tuple(0.78 * c for c in color), color, tuple(min(1.1 * c, 0.82) for c in color))
        tone = over(tone, tuple(0.7 * np.array(color) + 0.05), 0.35 * smoothstep(0.3, 0.0, s) * (1 + 0 * t))
        width = size_m * rng.uniform(0.062, 0.078)
        blade = leaf(
            reach,
            [0.45 * width, 0.85 * width, width, 0.88 * width, 0.30 * width],
            np.clip(tone, 0.004, 0.82),
            0.0004,
            rng.uniform(0, 34),
            rng.uniform(4, 20) - 6 * low,
            -0.22,
            rows,
            columns,
        )
        angle = 360 / 32 * k + rng.uniform(-3, 3)
        c, sn = np.cos(np.radians(angle)), np.sin(np.radians(angle))
        petals.append(placed(blade, (0.085 * size_m * c, 0.085 * size_m * sn, -0.012 * size_m * low), angle, 0, rng.uniform(-12, 12)))
    disc = ball(12)
    d = disc.vertices
    k = np.arange(90)
    rr, ang = np.sqrt((k + 0.5) / 90), k * np.pi * (3 - np.sqrt(5))
    gap = KDTree(np.stack([rr * np.cos(ang), rr * np.sin(ang)], 1)).query(d[:, :2])[0]
    bump = smoothstep(0.10, 0.0, gap) * smoothstep(-0.1, 0.2, d[:, 2])
    v = d * np.array([0.155, 0.155, 0.075], np.float32) * (1 + 0.10 * bump)[:, None]
    inner = np.hypot(d[:, 0], d[:, 1])
    tint = over(ramp(inner, srgb(168, 138, 36), srgb(216, 164, 36), srgb(206, 140, 28)), srgb(120, 78, 20), 0.6 * (1 - bump))
    heart = replace(disc, vertices=(v * np.float32(size_m)).astype(np.float32), color=tint)
    cup = turned([(0, -0.09), (0.04, -0.085), (0.12, -0.05), (0.15, 0.0), (0.1, 0.012), (0, 0.014)], 5).scaled(size_m)
    return [Part(join(petals), _PETAL), Part(heart, _PLUMP), Part(cup.moved(z=-0.012 * size_m).painted(srgb(84, 116, 52)), _STALK)]


def _tilted(parts: Sequence[Part], top: NDArray[np.float64], tangent: NDArray[np.float64], spin_deg: float) -> list[Part]:
    """Turns a head that faces +z to face along a stem's tangent, and moves it to the stem's top."""
    tangent = tangent / np.linalg.norm(tangent)
    pitch = float(np.degrees(np.arccos(np.clip(tangent[2], -1, 1))))
    yaw = float(np.degrees(np.arctan2(tangent[1], tangent[0])))
    m = rotation("z", yaw) @ rotation("y", pitch) @ rotation("z", spin_deg - yaw)
    return [replace(part, mesh=replace(part.mesh, vertices=(part.mesh.vertices @ m.T + top).astype(np.float32))) for part in parts]


def flowers_in_vase(kind: str, color: Rgb, count: int, vase_radius_m: float, vase_height_m: float, neck: float, seed: int) -> Asset:
    """Cut flowers in a slim vase; the body's material is the vase's, the petals keep their colour.

    Args:
        kind: "tulip", "rose" or "daisy".
        color: reflectance of the petals.
        count: 1 to 7 stems.
        vase_radius_m: widest, 0.025 to 0.06.
        vase_height_m: 0.12 to 0.28.
        neck: narrowest radius over the widest, 0.35 to 0.8.

    Raises:
        ValueError: for an unknown kind.
    """
    if kind not in ("tulip", "rose", "daisy"):
        raise ValueError(f"unknown `kind` {kind!r}: choose tulip, rose or daisy")
    rng = np.random.default_rng(seed)
    r, h = vase_radius_m, vase_height_m
    belly = rng.uniform(0.28, 0.42)
    side = spline([(0.62 * r, 0.012 * h), (r, belly * h), (neck * r * 1.15, 0.74 * h), (neck * r, 0.86 * h), (neck * r * 1.28, h)], 26)
    foot = np.stack([np.linspace(0, 0.60 * r, 5), np.zeros(5)], 1)
    vase = lathe(shell_profile(np.concatenate([foot, side]), 0.0028, 0.006), 60)
    if vase.volume_m3 < 0:
        vase = flipped(vase)

    heads: dict[str, Callable[[], list[Part]]] = {
        "tulip": lambda: tulip_head(rng.uniform(0.054, 0.064), tinted(rng, color, 0.06), rng.uniform(0.05, 0.6), rng),
        "rose": lambda: rose_head(rng.uniform(0.062, 0.078), tinted(rng, color, 0.06), rng.uniform(0.1, 1.0), rng),
        "daisy": lambda: daisy_head(rng.uniform(0.058, 0.078), tinted(rng, color, 0.04), rng),
    }
    blossoms: list[Part] = []
    stems, leaves = [], []
    hold = neck * r * 0.62
    for k in range(count):
        heading = np.radians(360 / max(count, 1) * k + rng.uniform(-20, 20) - 90)
        spread = (0.0 if count == 1 else rng.uniform(0.55, 1.0)) * (0.75 if k == 0 and count > 3 else 1.0)
        lean = np.radians(rng.uniform(2, 7) + spread * {"tulip": 25, "rose": 22, "daisy": 28}[kind])
        above = h * rng.uniform(0.42, 0.66) * (1.15 if k == 0 else 1.0)
        out = np.array([np.cos(heading), np.sin(heading), 0.0])
        at_neck = out * hold * spread + [0, 0, 0.9 * h]
        low = -out * 0.45 * r * spread + [0, 0, 0.05 * h]
        top = at_neck + out * np.sin(lean) * above + [0, 0, np.cos(lean) * above]
        bow = out * 0.10 * above * (1 if kind == "tulip" else 0.5)
        path = spline([low, (low + at_neck) / 2, at_neck, (at_neck + top) / 2 - bow * 0.6 + [0, 0, 0.02 * above], top], 30)
        thick = {"tulip": 0.0030, "rose": 0.0024, "daisy": 0.0016}[kind]
        tone = tinted(rng, srgb(96, 128, 56), 0.12)
        stems.append(tube(path, np.linspace(thick * 1.1, thick * 0.85, 30), 9, caps=2).painted(tone))
        tangent = (
            path[-1]
            - path[-3]
            + out * np.linalg.norm(path[-1] - path[-3]) * ({"tulip": 0.1, "rose": 0.25, "daisy": 0.5}[kind])
            + np.array([0, -1, 0]) * np.linalg.norm(path[-1] - path[-3]) * {"tulip": 0.05, "rose": 0.55, "daisy": 0.9}[kind]
        )
        blossoms += _tilted(heads[kind](), path[-1].astype(float), tangent.astype(float), rng.uniform(0, 360))
        for m in range(2):
            where = np.array(
                [np.interp((0.60, 0.72, 0.84)[m] + rng.uniform(-0.03, 0.03), np.linspace(0, 1, 30), path[:, a]) for a in range(3)]
            )
            turn = np.degrees(heading) + rng.uniform(-110, 110)
            rows, columns = (16, 7) if kind == "tulip" else (10, 5)
            s, t = np.linspace(0, 1, rows)[:, None], np.linspace(-1, 1, columns)[None]
            green = tinted(rng, srgb(92, 130, 60) if kind != "tulip" else srgb(124, 158, 100), 0.12)
            if kind == "tulip":
                tint = ramp(0.5 + 0.3 * np.cos(9 * t) + 0.2 * s, tuple(0.85 * c for c in green), green, tuple(1.2 * c for c in green))
                length = above * rng.uniform(0.75, 1.05)
                leaves.append(
                    placed(
                        leaf(
                            length,
                            [0.02, 0.036, 0.034, 0.02, 0],
                            tint,
                            0.0008,
                            rng.uniform(30, 85),
                            rng.uniform(66, 82),
                            0.5,
                            rows,
                            columns,
                        ),
                        where,
                        turn,
                    )
                )
            elif kind == "rose":
                tint = over(
                    ramp(0.4 + 0.3 * np.abs(np.sin(14 * s + 6 * np.abs(t))), tuple(0.7 * c for c in green), green),
                    tuple(1.7 * c for c in green),
                    0.6 * smoothstep(0.3, 0.0, np.abs(t)) + 0 * s,
                )
                for fan in (-48, 0, 48):
                    size = rng.uniform(0.030, 0.042) * (1.15 if fan == 0 else 0.9)
                    leaves.append(
                        placed(
                            leaf(
                                size,
                                [0.004, 0.62 * size, 0.58 * size, 0.26 * size, 0],
                                tint,
                                0.0005,
                                rng.uniform(15, 55),
                                rng.uniform(5, 35),
                                0.22,
                                rows,
                                columns,
                            ),
                            where,
                            turn + fan,
                        )
                    )
            else:
                tint = ramp(0.5 + 0 * s + 0 * t, green, green)
                size = rng.uniform(0.035, 0.055)
                leaves.append(
                    placed(
                        leaf(
                            size,
                            [0.003, 0.009, 0.011, 0.006, 0],
                            tint,
                            0.0005,
                            rng.uniform(20, 70),
                            rng.uniform(30, 60),
                            0.3,
                            rows,
                            columns,
                        ),
                        where,
                        turn,
                    )
                )
    parts = [Part(vase), Part(join(stems), _STALK), Part(join(leaves), _LEAF), *_merged(blossoms)]
    return Asset(tuple(parts))


def _merged(parts: Sequence[Part]) -> list[Part]:
    """Joins parts of one material, so that a bunch is a few meshes."""
    groups: dict[Material | None, list[Mesh]] = {}
    for part in parts:
        groups.setdefault(part.material, []).append(part.mesh)
    return [Part(join(meshes), material) for material, meshes in groups.items()]


_PETALS: dict[str, Rgb] = {
    "red": srgb(204, 30, 34), "pink": srgb(234, 148, 172), "white": srgb(226, 224, 212), "yellow": srgb(228, 186, 50),
    "orange": srgb(224, 120, 44),
    "purple": srgb(132, 70, 152), "burgundy": srgb(128, 24, 48), "lavender": srgb(172, 150, 202), "coral": srgb(226, 116, 98),
    "cream": srgb(228, 212, 172),
    "magenta": srgb(180, 34, 112), "blue": srgb(72, 92, 170),
}  # fmt: skip


def _flowers(rng: np.random.Generator, color: Rgb, kinds: Sequence[str] = ("tulip", "rose", "daisy")) -> Asset:
    kind = str(rng.choice(list(kinds)))
    count = {"tulip": int(rng.integers(3, 6)), "rose": int(rng.integers(1, 4)), "daisy": int(rng.integers(4, 6))}[kind]
    return flowers_in_vase(kind, color, count, rng.uniform(0.036, 0.048), rng.uniform(0.16, 0.21), rng.uniform(0.42, 0.62), seed_of(rng))


def flowers_in_vase_rand(rng: np.random.Generator) -> Asset:
    name = str(rng.choice(["red", "pink", "white", "yellow", "orange", "purple", "coral", "cream"]))
    return _flowers(rng, _PETALS[name])


ASSETS = (
    AssetType("pebble", "products", pebble_rand, (0.03, 0.09), (), tuple(_STONES), {kind: partial(_pebble, kind=kind) for kind in _STONES}),
    AssetType("shell", "products", shell_rand, (0.05, 0.14), (), tuple(_SHELLS), {kind: partial(_shell, kind=kind) for kind in _SHELLS}),
    AssetType(
        "crystal", "products", crystal_rand, (0.06, 0.16), ("clear glass", "coloured glass", "frosted glass", "ice", "jade"), ("purple",
        "pink", "blue", "green", "yellow", "white")
    ),
    AssetType("feather", "products", feather_rand, (0.1, 0.24), (), tuple(_FEATHERS), {kind: partial(_feather,
    kind=kind) for kind in _FEATHERS}),
    AssetType(
        "potted plant", "products", potted_plant_rand, (0.08, 0.75),
        ("terracotta", "glazed ceramic", "porcelain", "concrete", "matte plastic", "clay", "white marble", "brass", "copper"),
        ("white", "grey", "teal", "navy blue", "yellow", "black", "pink", "beige"),
    ),
    AssetType(
        "flower in a vase", "products", flowers_in_vase_rand, (0.2, 0.55),
        ("clear glass", "glazed ceramic", "porcelain", "clear glass", "coloured glass", "terracotta", "white marble", "brass"),
        tuple(_PETALS), {name: partial(_flowers, color=color) for name, color in _PETALS.items()},
    ),
)  # fmt: skip
