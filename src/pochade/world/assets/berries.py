"""Cherries and berries: strawberry, blueberry, grapes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial import KDTree

from pochade.world.asset import Asset, AssetType, Part
from pochade.world.blending import over, ramp, smoothstep
from pochade.world.growth import (
    DULL,
    GLOSSY,
    LEAF,
    WAXY,
    WOODY,
    around,
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
from pochade.world.mesh import Mesh, ball, join, rotation, smooth_normals, spline, tube
from pochade.world.noise import fbm

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
        v = body.vertices * (1 - 0.035 * np.exp(-((d[:, 0] / 0.12) ** 2)) * smoothstep(0.3, -0.2, d[:, 1]))[:, None]
        body = warped(replace(body, vertices=v.astype(np.float32)), seed + 10 * k, 0.02, 0.7)
        tone = 0.5 + 0.7 * fbm(d * 1.4, seed + 10 * k, 4) + 0.25 * (d @ np.array([0.5, -0.6, 0.4]))
        tint = ramp(tone, tuple(0.4 * c for c in color), color, (color[0] * 1.5, color[1] * 1.5, color[2] * 1.35))
        tint = over(tint, (color[0] * 1.7, color[1] * 3.0, color[2] * 2.4), 0.3 * spots(d * 11, seed + 3, 0.13, 0.5))
        tint = over(tint, srgb(70, 34, 20), 0.7 * smoothstep(0.97, 0.995, d[:, 2]))
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
        parts.append(Part(mesh.moved(*place), GLOSSY, True))
        root = place + m @ np.array([0, 0, 0.6 * size])
        out = m @ np.array([0, 0, 1.0])
        path = [
            root,
            root + out * 0.35 * stem_m + [0, 0, 0.08 * stem_m],
            root * 0.3 + knot * 0.7 + [*(rng.uniform(-0.05, 0.05, 2) * stem_m), 0.05 * stem_m],
            knot,
        ]
        parts.append(stem(path, [0.0008, 0.00055, 0.0005, 0.00055, 0.0009], srgb(112, 128, 52), srgb(120, 118, 56), seed + k, 8, DULL))
    knob = turned([(0, -1.0), (0.7, -0.8), (1, -0.1), (0.85, 0.6), (0.5, 1.0), (0, 1.1)], 8)
    knob = warped(knob, seed, 0.12, 1.5).scaled(0.0017, 0.0012, 0.0011).moved(*knot)
    parts.append(Part(knob.painted(srgb(92, 66, 40)), WOODY))
    return rested(parts)


def cherry_rand(rng: np.random.Generator) -> Asset:
    return cherry(rng.uniform(0.0105, 0.0125), 2, rng.uniform(0.032, 0.044), tinted(rng, srgb(132, 12, 22), 0.2), seed_of(rng))


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
    distance = KDTree(sites).query(base.vertices)[0]
    tree = KDTree(base.vertices)
    at = tree.query(sites)[1]

    v = base.vertices * np.array([1 + rng.uniform(-0.05, 0.12), 1 - rng.uniform(0, 0.1), 1], np.float32)
    body = warped(replace(base, vertices=v), seed, 0.055, 0.9)
    pit = np.exp(-((distance / (0.30 * spacing)) ** 2))
    swell = smoothstep(0.25 * spacing, 0.6 * spacing, distance)
    body = body.displaced((0.050 * swell - 0.055 * pit) * smoothstep(-1.0, -0.9, d[:, 2]) + 0.012 * fbm(d * 5, seed + 1, 2))

    tone = 0.5 + 0.5 * fbm(base.vertices * 0.9, seed + 2, 4) - 0.1 * swell
    tint = ramp(tone, tuple(0.55 * c for c in color), color, (color[0] * 1.15, color[1] * 1.6, color[2] * 1.3))
    pale = smoothstep(0.55, 0.98, d[:, 2] + 0.15 * fbm(around(d, 3, 0.6), seed + 3, 3))
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
        local = pip.vertices * np.array([0.074, 0.044, 0.032], np.float32) * np.float32(size)
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
                0.5 * smoothstep(0.35, 0.0, vein) + 0 * t,
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
    stalk = stem(path, [0.0017, 0.0012, 0.0011, 0.0013], srgb(132, 152, 74), srgb(120, 134, 66), seed, 10, DULL)
    side = rng.choice([-1, 1])
    parts = [Part(skin, replace(GLOSSY, roughness=0.3, clearcoat=0.7), True), Part(join(pips), WAXY), Part(join(blades), LEAF), stalk]
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
    rim = smoothstep(0.82, 0.95, v[:, 2] / f) * smoothstep(0.56, 0.44, r)
    star = 0.5 + 0.5 * np.cos(5 * theta + 0.6 * np.sin(2 * theta + seed % 5))
    v[:, 2] += rim * f * (0.16 * star - 0.11)
    v[:, :2] *= (1 + 0.13 * rim * star)[:, None]
    body = warped(replace(body, vertices=v.astype(np.float32)), seed, 0.025, 1.0)
    wax = smoothstep(-0.42 - 0.25 * bloom, 0.55 - 0.3 * bloom, 0.75 * fbm(d * 1.6, seed + 1, 5, 0.6) + 0.2 * fbm(d * 9, seed + 2, 3))
    rubbed = smoothstep(0.30, 0.55, fbm(d * np.array([2.4, 2.4, 5], np.float32) + 5, seed + 3, 3))
    wax = wax * (1 - 0.75 * rubbed) * (0.35 + 0.65 * bloom)
    tint = ramp(0.5 + 0.6 * fbm(d * 2, seed + 4, 3), srgb(28, 30, 52), srgb(40, 40, 70), srgb(58, 44, 76))
    tint = over(tint, ramp(0.5 + 0.6 * fbm(d * 5, seed + 5, 3), srgb(84, 94, 132), srgb(124, 136, 168)), 0.75 * wax)
    tint = over(tint, srgb(40, 34, 50), 0.9 * smoothstep(0.34, 0.26, r) * smoothstep(0.5, 0.6, d[:, 2]))
    tint = over(tint, srgb(66, 52, 52), 0.7 * smoothstep(0.1, 0.05, r) * smoothstep(0.5, 0.6, d[:, 2]))
    tint = over(tint, srgb(74, 60, 66), 0.45 * rim * smoothstep(0.93, 1.02, v[:, 2] / f))
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
        tint = over(
            tint, (min(color[0] * 1.3, 0.7), min(color[1] * 1.5 + 0.02, 0.7), color[2] * 1.2), 0.45 * smoothstep(-0.5, -1.0, d[:, 2])
        )
        dust = smoothstep(-0.1, 0.5, fbm(d * 2.0 + k, seed + 3, 4) + 0.25 * bloom) * bloom
        tint = over(tint, np.asarray(color) * 0.3 + np.array(srgb(150, 158, 176)) * 0.6, 0.38 * dust)
        tint = over(tint, srgb(88, 62, 36), 0.75 * smoothstep(0.975, 0.995, d[:, 2]))
        local = d * np.array([1, 1, elongation], np.float32) * np.float32(sizes[k] / (1 + 0.35 * (elongation - 1)))
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
            0.5 + 0.6 * grain + 0.5 * smoothstep(-0.5 * length, -0.7 * length, wood.vertices[:, 0]) - 0.2,
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
        [Part(replace(flesh, vertices=v), skin, True), Part(wood, WOODY)], [("z", float(rng.choice([0, 180])) + rng.uniform(-40, 40))]
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


ASSETS = (
    AssetType("cherry", "food", cherry_rand, (0.03, 0.08), (), ("red", "burgundy")),
    AssetType("strawberry", "food", strawberry_rand, (0.03, 0.08), (), ("red",)),
    AssetType("blueberry", "food", blueberry_rand, (0.012, 0.022), (), ("blue", "navy blue")),
    AssetType("grapes", "food", grapes_rand, (0.1, 0.26), (), ("green", "red", "purple"), kinds(_grapes, "green", "red", "purple")),
)  # fmt: skip
