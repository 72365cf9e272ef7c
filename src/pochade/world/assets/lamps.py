"""Things that shine: candles, a candlestick, a table lamp, a lantern."""

from __future__ import annotations

from typing import Literal

import numpy as np

from pochade.world.asset import Asset, AssetType, Part
from pochade.world.materials import Material, Rgb, srgb
from pochade.world.mesh import Mesh, box, extrude, join, lathe, sphere, spline, torus, tube
from pochade.world.noise import fbm
from pochade.world.turning import Element, grounded, joined, simplified, turned

FLAME = Material("opaque", (0.02, 0.02, 0.02), roughness=1.0, specular=0.0, emission=(26.0, 12.5, 3.4))
FLAME_HEART = Material("opaque", (0.02, 0.02, 0.02), roughness=1.0, specular=0.0, emission=(3.0, 3.2, 7.0))
WICK = Material("opaque", srgb(38, 32, 28), roughness=0.95, specular=0.1)
FRESH_WICK = Material("opaque", srgb(226, 218, 200), roughness=0.95, specular=0.1)
IVORY_WAX = Material("opaque", srgb(240, 230, 204), roughness=0.42, specular=0.4, flatness=1.0)
BRASS = Material("metal", (1, 1, 1), None, "brass", roughness=0.26)
PANE = Material("glass", (0.99, 0.995, 0.99), ior=1.5)
IVORY, NATURAL_LINEN = srgb(240, 230, 204), srgb(236, 224, 200)


def flame(height_m: float = 0.024) -> Mesh:
    """Candle flame, a teardrop standing on z = 0.

    Args:
        height_m: 0.012 to 0.04.
    """
    t = np.linspace(0, 1, 22)
    r = 0.205 * height_m * np.sin(np.pi * t**0.72) ** 0.9 * (1 - t) ** 0.22
    r[[0, -1]] = 0
    return lathe(np.stack([r, height_m * t], 1), 24)


def _wick(top_m: float, length_m: float, bend: float, lit: bool) -> list[Part]:
    """Wick at height `top_m` on the axis, and its flame if lit."""
    path = spline(
        [
            (0, 0, top_m - 0.004), (0, 0, top_m + 0.35 * length_m), (bend * 0.5 * length_m, 0, top_m + 0.8 * length_m),
            (bend * length_m, 0, top_m + length_m),
        ],
        10,
    )  # fmt: skip
    parts = [Part(tube(path, 0.0009, 10, caps=2), WICK if lit else FRESH_WICK)]
    if lit:
        x = bend * 0.6 * length_m
        parts.append(Part(flame().moved(x=x, z=top_m + 0.55 * length_m), FLAME))
    return parts


def wax_body(
    radius_m: float, top_radius_m: float, height_m: float, seed: int, melt: float = 0.5, drips: int = 0, segments: int = 96
) -> Mesh:
    """Candle without its wick, the rim softened and the top hollowed by a pool.

    Args:
        radius_m: at the bottom, 0.005 to 0.06. top_radius_m: above. height_m: 0.03 to 0.3.
        melt: 0 fresh to 1 well burnt. drips: runs of wax down the side, 0 to 5.
    """
    r1, h = top_radius_m, height_m
    soft = (0.10 + 0.22 * melt) * r1
    pool = (0.05 + 0.22 * melt) * r1
    side = np.stack([np.linspace(radius_m, r1, 26), np.linspace(0, h, 26)], 1)
    top = spline([(r1, h), (0.80 * r1, h - 0.25 * pool), (0.52 * r1, h - 0.8 * pool), (0.25 * r1, h - pool), (0, h - pool)], 16)
    wall = joined(side, top, soft, 8)
    wall[-1, 0] = 0
    profile = grounded(wall, 0.12 * radius_m, 0.0)
    mesh = lathe(profile, segments)
    v = mesh.vertices.astype(np.float64)
    r = np.linalg.norm(v[:, :2], axis=1)
    theta = np.arctan2(v[:, 1], v[:, 0])
    ring = np.stack([np.cos(theta), np.sin(theta), 0 * theta], 1)
    outer = np.clip(r / max(r1, 1e-9), 0, 1)
    high = np.clip((v[:, 2] - 0.80 * h) / (0.20 * h), 0, 1)
    v[:, 2] += 0.10 * melt * r1 * fbm(1.1 * ring + 7.3, seed, 2) * high * outer**2
    swell = 1 + 0.012 * fbm(1.6 * ring + np.stack([0 * r, 0 * r, v[:, 2] / radius_m * 0.5], 1), seed + 1, 2)
    rng = np.random.default_rng(seed)
    for _ in range(drips):
        at, width, end = rng.uniform(-np.pi, np.pi), rng.uniform(0.13, 0.2) * (0.03 / max(r1, 0.012)) ** 0.5, h * rng.uniform(0.35, 0.85)
        off = np.abs((theta - at + np.pi) % (2 * np.pi) - np.pi) / width
        below = np.clip((end - v[:, 2]) / (0.010 + 0.02 * h), -1, 1)
        bulb = np.exp(-(((v[:, 2] - end) / (0.045 * h + 0.002)) ** 2))
        swell += (0.0011 + 0.0011 * bulb) / r1 * np.exp(-(off**2) / (1 - 0.3 * bulb)) * np.where(
            below > 0, np.exp(-6 * below**2), 1,
        ) * (outer > 0.75)  # fmt: skip
    v[:, :2] *= swell[:, None]
    return Mesh(v.astype(np.float32), mesh.faces, mesh.uv)


def candle(
    kind: Literal["pillar", "taper", "votive"],
    radius_m: float,
    height_m: float,
    lit: bool = False,
    melt: float = 0.5,
    drips: int = 0,
    seed: int = 0,
) -> Asset:
    """Candle; the body is the wax.

    Args:
        kind: "pillar" free-standing, "taper" slender in a small brass holder, "votive" low and wide.
        radius_m: 0.008 to 0.05. height_m: 0.03 to 0.28. melt: 0 fresh to 1 well burnt. drips: 0 to 5.
        seed: of the melted top.
    """
    z = 0.0
    parts = []
    if kind == "taper":
        wax = wax_body(radius_m, 0.74 * radius_m, height_m, seed, melt, drips, 64)
        z = 0.0035
        holder = turned([
            (
                "line", 3.0 * radius_m, 3.05 * radius_m, 0.0015,
            ), ("cove", 2.6 * radius_m, 1.40 * radius_m, 0.004), ("bead", 1.35 * radius_m, 1.5 * radius_m, 0.004),
            ("line", 1.28 * radius_m, 1.25 * radius_m, 0.010), ("bead", 1.25 * radius_m, 1.42 * radius_m, 0.003),
        ])  # fmt: skip
        parts.append(Part(lathe(holder, 72), BRASS))
    else:
        wax = wax_body(radius_m, radius_m * (0.99 if kind == "pillar" else 1.06), height_m, seed, melt, drips)
    pool = (0.05 + 0.22 * melt) * radius_m * (0.74 if kind == "taper" else 1.0)
    wick = _wick(z + height_m - pool, 0.011 if kind != "taper" else 0.009, 0.35 if melt > 0.2 or lit else 0.1, lit)
    return Asset((Part(wax.moved(z=z)), *parts, *wick))


def candle_rand(rng: np.random.Generator) -> Asset:
    lit, seed, drips = bool(rng.random() < 0.4), int(rng.integers(1 << 30)), int(rng.integers(0, 4))
    style = rng.random()
    if style < 0.62:
        radius_m = rng.uniform(0.026, 0.038)
        return candle("pillar", radius_m, radius_m * rng.uniform(2.1, 4.6), lit, rng.uniform(0.15, 0.9), drips if lit else 0, seed)
    if style < 0.82:
        return candle("taper", rng.uniform(0.0105, 0.012), rng.uniform(0.17, 0.25), lit, rng.uniform(0.1, 0.7), drips, seed)
    return candle("votive", rng.uniform(0.024, 0.03), rng.uniform(0.035, 0.05), lit, rng.uniform(0.2, 0.7), 0, seed)


CandlestickStyle = Literal["baluster", "column", "knopped", "chamber"]


def candlestick(
    style: CandlestickStyle,
    height_m: float,
    candle_m: float,
    wax: Material = IVORY_WAX,
    lit: bool = False,
    melt: float = 0.4,
    seed: int = 0,
) -> Asset:
    """Turned candlestick with a taper candle.

    Args:
        height_m: of the stick, 0.05 to 0.28. candle_m: length of the candle above it, 0.08 to 0.25.
    """
    h = height_m
    foot = 0.030 + 0.10 * h if style != "chamber" else 0.052
    socket: list[Element] = [
        ("cove", 0.0072, 0.0125, 0.010), ("curve", 0.022, (0.0125, 0), (0.0145, 0.3), (0.0132, 0.75), (0.0140, 1)),
        ("bead", 0.0142, 0.0190, 0.0034),
    ]  # fmt: skip
    lower: list[Element] = [
        ("line", foot, foot, 0.0035), ("bead", 0.94 * foot, 0.97 * foot, 0.004), ("cove", 0.90 * foot, 0.40 * foot, 0.012),
    ]  # fmt: skip
    used = 0.0194 + 0.0354
    rest = h - used
    middle: list[Element]
    if style == "baluster":
        middle = [
            ("bead", 0.36 * foot, 0.46 * foot, 0.006), ("line", 0.0075, 0.0075, 0.003),
            (
                "curve", rest - 0.019, (0.0080, 0), (0.0175, 0.22), (0.0115, 0.55), (0.0070, 0.86), (0.0078, 1),
            ), ("bead", 0.0080, 0.0135, 0.005), ("line", 0.0070, 0.0070, 0.005),
        ]  # fmt: skip
    elif style == "column":
        middle = [
            ("line", 0.0150, 0.0150, 0.003), ("bead", 0.0130, 0.0148, 0.005), (
                "curve", rest - 0.016, (0.0112, 0), (0.0112, 0.3), (0.0104, 0.7), (0.0092, 1),
            ),
            ("bead", 0.0098, 0.0120, 0.004), ("line", 0.0085, 0.0085, 0.004),
        ]  # fmt: skip
    elif style == "knopped":
        k = (rest - 0.018) / 3
        middle = [("line", 0.0080, 0.0080, 0.004)]
        for scale in (1.0, 0.86, 0.74):
            middle += [("bead", 0.0080, 0.0185 * scale, k - 0.004), ("line", 0.0072, 0.0072, 0.004)]
        middle += [("bead", 0.0080, 0.0120, 0.006), ("line", 0.0070, 0.0070, 0.008)]
    else:
        lower = [("cove", 0.80 * foot, 0.98 * foot, 0.006), ("bead", 0.98 * foot, 1.01 * foot, 0.0022)]
        socket = [
            ("bead", 0.0125, 0.0150, 0.004), ("curve", 0.020, (0.0125, 0), (0.0135, 0.4), (0.0130, 0.8), (0.0138, 1)),
            ("bead", 0.0138, 0.0178, 0.003),
        ]  # fmt: skip
        middle = [("cove", 0.97 * foot, 0.0150, 0.003)]
    outline = turned([*lower, *middle, *socket], 0.002)
    top = float(outline[:, 1].max())
    body = lathe(outline, 60 if style == "knopped" else 72)
    if style == "chamber":
        body = join([body, torus(0.0135, 0.0026, 36, 12).rotated("x", 90).moved(x=foot + 0.0115, z=0.0163)])
    taper = wax_body(0.0112, 0.0085, candle_m, seed, melt, 2 if lit else 0, 48).moved(z=top - 0.001)
    pool = (0.05 + 0.22 * melt) * 0.0085
    return Asset((Part(body), Part(taper, wax), *_wick(top - 0.001 + candle_m - pool, 0.009, 0.3, lit)))


def candlestick_rand(rng: np.random.Generator) -> Asset:
    style: CandlestickStyle = rng.choice(["baluster", "baluster", "column", "knopped", "chamber"])
    wax_color: Rgb = [
        srgb(240, 230, 204), srgb(240, 230, 204), srgb(242, 240, 234), srgb(150, 22, 26), srgb(30, 60, 44),
    ][int(rng.integers(5))]  # fmt: skip
    wax = Material("opaque", wax_color, roughness=0.42, specular=0.4, flatness=1.0)
    height_m = rng.uniform(0.13, 0.22) if style != "chamber" else 0.05
    return candlestick(
        style, height_m, rng.uniform(0.11, 0.2), wax, bool(rng.random() < 0.4), rng.uniform(0.1, 0.6), int(rng.integers(1 << 30)),
    )  # fmt: skip


LampBase = Literal["gourd", "column", "globe", "bottle"]

_LAMP_BASES: dict[str, list[tuple[float, float]]] = {
    "gourd": [(0.165, 0), (0.245, 0.16), (0.262, 0.34), (0.185, 0.56), (0.120, 0.70), (0.128, 0.82), (0.085, 0.95), (0.060, 1.0)],
    "globe": [(0.170, 0), (0.330, 0.16), (0.420, 0.45), (0.330, 0.74), (0.150, 0.92), (0.070, 1.0)],
    "bottle": [(0.205, 0), (0.222, 0.10), (0.226, 0.40), (0.215, 0.58), (0.140, 0.76), (0.075, 0.88), (0.062, 1.0)],
}


def table_lamp(
    base: LampBase,
    base_height_m: float,
    shade_radius_m: float,
    shade_height_m: float,
    taper: float = 0.7,
    fabric: Rgb = NATURAL_LINEN,
    lit: bool = True,
) -> Asset:
    """Table lamp: a base of the body's material, brass fittings, a fabric shade open above and below, a bulb.

    Args:
        base_height_m: 0.12 to 0.3. shade_radius_m: at its lower edge, 0.08 to 0.17. shade_height_m: 0.1 to 0.22.
        taper: upper over lower radius, 0.4 to 1.
    """
    h = base_height_m
    if base == "column":
        foot = 0.29 * h + 0.012
        body = lathe(turned([
            ("line", foot, foot, 0.008), (
                "cove", 0.96 * foot, 0.34 * foot, 0.020,
            ), ("bead", 0.30 * foot, 0.40 * foot, 0.010), ("line", 0.0100, 0.0100, 0.005),
            (
                "curve", h - 0.058, (0.0105, 0), (0.0210, 0.20), (0.0150, 0.55), (0.0105, 1),
            ), ("bead", 0.0115, 0.0180, 0.010), ("line", 0.0100, 0.0090, 0.005),
        ], 0.002, 0.001), 72)  # fmt: skip
    else:
        curve = spline(np.array(_LAMP_BASES[base]) * h, 80)
        body = lathe(np.concatenate([simplified(grounded(curve, 0.006, 0.002)), [(0, h)]]), 80)
    brass = [
        lathe(
            turned(
                [
                    ("line", 0.0150, 0.0150, 0.002), ("cove", 0.0140, 0.0065, 0.006), ("line", 0.0065, 0.0065, 0.030),
                    ("bead", 0.0135, 0.0150, 0.004), ("line", 0.0140, 0.0140, 0.024), ("bead", 0.0120, 0.0145, 0.003),
                ],
                0.0,
            ),
            40,
        ).moved(z=h - 0.001),
    ]  # fmt: skip
    z0 = h + 0.012
    z1 = z0 + shade_height_m
    r0, r1 = shade_radius_m, taper * shade_radius_m
    shade = hollow_frustum(r0, r1, shade_height_m, 0.0009).moved(z=z0)
    wires = [torus(r0 - 0.0004, 0.0012, 64, 8).moved(z=z0 + 0.0005), torus(r1 - 0.0004, 0.0012, 64, 8).moved(z=z1 - 0.0005)]
    spider = [
        tube(
            [
                (0.010 * np.cos(a), 0.010 * np.sin(a), z1 - 0.012), (0.4 * r1 * np.cos(a), 0.4 * r1 * np.sin(a), z1 - 0.011),
                ((r1 - 0.0006) * np.cos(a), (r1 - 0.0006) * np.sin(a), z1 - 0.0012),
            ],
            0.0012,
            8,
        )
        for a in np.radians([90, 210, 330])
    ]  # fmt: skip
    harp_z = h + 0.066
    half = np.linspace(0, np.pi, 24)
    harp = tube(
        np.stack([0.036 * np.sin(half) * 1.0, 0 * half, harp_z - 0.012 + (z1 - 0.012 - harp_z + 0.012) * (1 - np.cos(half)) / 2], 1),
        0.0013, 8,
    )  # fmt: skip
    harp = join([harp, harp.rotated("z", 180)])
    finial = lathe(
        turned(
            [
                ("line", 0.0060, 0.0060, 0.003), ("bead", 0.0040, 0.0075, 0.011),
                ("curve", 0.005, (0.0035, 0), (0.0030, 0.6), (0.0005, 1)),
            ],
            0.0,
        ),
        32,
    ).moved(z=z1 - 0.013)  # fmt: skip
    bulb_profile = spline([(0.0125, 0), (0.0130, 0.010), (0.0215, 0.030), (0.0285, 0.053), (0.0200, 0.076), (0.0, 0.0845)], 26)
    bulb_profile[-1, 0] = 0
    bulb = lathe(np.concatenate([[(0, 0)], bulb_profile]), 40).moved(z=h + 0.064)
    glow = Material("opaque", (0.9, 0.9, 0.88), roughness=0.25, emission=(46.0, 33.0, 18.5) if lit else None)
    cloth = Material("thin", fabric, roughness=0.9, translucency=0.55)
    return Asset((Part(body), Part(join([*brass, *wires, *spider, harp, finial]), BRASS), Part(shade, cloth), Part(bulb, glow)))


def hollow_frustum(bottom_m: float, top_m: float, height_m: float, thickness_m: float) -> Mesh:
    """Wall of a lampshade: a frustum open above and below, standing on z = 0; radii of the outside."""
    z = np.linspace(0, height_m, 6)
    r = bottom_m + (top_m - bottom_m) * z / height_m
    outside, inside = np.stack([r, z], 1), np.stack([r - thickness_m, z], 1)[::-1]
    return lathe(np.concatenate([outside, inside, outside[:1]]), 80).creased(50)


def table_lamp_rand(rng: np.random.Generator) -> Asset:
    base: LampBase = rng.choice(["gourd", "column", "globe", "bottle"])
    height_m = rng.uniform(0.14, 0.18) if base == "globe" else rng.uniform(0.19, 0.26)
    fabrics = (srgb(236, 224, 200), srgb(240, 236, 228), srgb(214, 196, 160), srgb(206, 120, 84), srgb(120, 150, 140))
    shade_m = rng.uniform(0.105, 0.14)
    fabric = fabrics[min(int(rng.integers(7)), 4)] if rng.random() < 0.4 else fabrics[0]
    return table_lamp(
        base, height_m, shade_m, shade_m * rng.uniform(1.15, 1.5), rng.uniform(0.55, 0.95), fabric, lit=bool(rng.random() < 0.85),
    )  # fmt: skip


def lantern(
    sides: int,
    radius_m: float,
    pane_m: float,
    lit: bool = True,
    wax: Rgb = IVORY,
    melt: float = 0.4,
    glazed: bool = True,
    seed: int = 0,
) -> Asset:
    """Lantern: a metal frame with glass panes, a roof with a chimney and a carrying ring, a candle inside.

    Args:
        sides: 4, 6 or 8. radius_m: from the axis to a corner, 0.05 to 0.1. pane_m: height of the panes, 0.09 to 0.2.
        glazed: with its panes. A path tracer finds the way of a flame's light through glass only by luck, so a lit lantern is better open.
    """
    turn = np.pi / sides - np.pi / 2
    corners = turn + 2 * np.pi * np.arange(sides) / sides
    unit = np.stack([np.cos(corners), np.sin(corners)], 1)

    def slab(radius: float, height: float, z: float, bevel: float = 0.001) -> Mesh:
        return extrude(unit * radius, height, bevel).moved(z=z)

    r, z0 = radius_m, 0.020
    z1 = z0 + pane_m
    frame = [slab(1.10 * r, 0.007, 0.004), slab(1.02 * r, 0.010, 0.0105), slab(1.05 * r, 0.006, z1 - 0.001)]
    for a in corners:
        foot = sphere(0.0052, 16).moved(x=0.98 * r * np.cos(a), y=0.98 * r * np.sin(a), z=0.0052)
        post = box(0.0075, 0.0075, pane_m + 0.004, 0.0012, 2).moved(x=0.955 * r, z=z0 - 0.002).rotated("z", np.degrees(a))
        frame += [foot, post]
    side = 2 * r * np.sin(np.pi / sides)
    apothem = 0.955 * r * np.cos(np.pi / sides)
    panes = []
    for k in range(sides):
        middle = np.degrees(corners[k]) + 180 / sides
        for z in (z0, z1 - 0.006):
            frame.append(box(0.005, side - 0.006, 0.006, 0.001, 2).moved(x=apothem, z=z).rotated("z", middle))
        panes.append(box(0.0018, 0.955 * side - 0.0062, pane_m - 0.002, 0.0004, 2).moved(x=apothem, z=z0 + 0.001).rotated("z", middle))
    eave, vent = 1.20 * r, 0.36 * r
    roof_h = 0.62 * r
    t = np.linspace(0, 1, 9)
    slope = np.stack([eave + (vent - eave) * t, z1 + 0.006 + 0.004 + roof_h * (0.62 * t + 0.38 * t**2.2)], 1)
    roof = np.concatenate([[(0, z1 + 0.005), (eave - 0.004, z1 + 0.005), (eave, z1 + 0.0062)], slope, [(0, slope[-1, 1])]])
    segments = sides * 4
    step = 2 * np.pi / sides

    def polygon(theta: np.ndarray, p: np.ndarray) -> np.ndarray:
        return (np.cos(step / 2) / np.cos(theta % step - step / 2)).astype(np.float32)

    frame.append(lathe(roof, segments, polygon).rotated("z", np.degrees(turn)).creased(28))
    z2 = float(slope[-1, 1]) - 0.001
    chimney = turned(
        [
            ("line", 0.92 * vent, 0.92 * vent, 0.016), ("line", 1.30 * vent, 1.30 * vent, 0.002),
            ("cove", 1.25 * vent, 0.30 * vent, 0.010), ("bead", 0.20 * vent, 0.34 * vent, 0.006),
        ],
        0.0,
    )  # fmt: skip
    frame.append(lathe(chimney, 48).moved(z=z2).creased(60))
    ring_z = z2 + 0.034 + 0.22 * r
    frame.append(torus(0.24 * r, 0.0021, 48, 14).rotated("x", 90).moved(z=ring_z))
    frame = [m.creased(35) if m.crease_deg >= 180 and len(m.faces) < 800 else m for m in frame]
    wax_r, wax_h = 0.40 * r * np.cos(np.pi / sides) * 1.15, 0.52 * pane_m
    body = wax_body(wax_r, 0.99 * wax_r, wax_h, seed, melt, 2, 64).moved(z=z0)
    wick = _wick(z0 + wax_h - (0.05 + 0.22 * melt) * wax_r, 0.010, 0.3, lit)
    smooth = [m for m in frame if m.crease_deg >= 180]
    edged = [m for m in frame if m.crease_deg < 180]
    parts = [Part(join(edged)), *([Part(join(smooth))] if smooth else []), *([Part(join(panes).creased(30), PANE)] if glazed else [])]
    return Asset((*parts, Part(body, Material("opaque", wax, roughness=0.42, specular=0.4, flatness=1.0)), *wick))


def lantern_rand(rng: np.random.Generator) -> Asset:
    sides = int(rng.choice([4, 4, 6]))
    radius_m = rng.uniform(0.07, 0.085) if sides == 4 else rng.uniform(0.062, 0.078)
    lit = bool(rng.random() < 0.75)
    return lantern(
        sides, radius_m, radius_m * rng.uniform(1.5, 2.1), lit, glazed=not lit, melt=rng.uniform(0.2, 0.7),
        seed=int(rng.integers(1 << 30)),
    )  # fmt: skip


_METALS = ("brass", "silver", "copper", "bronze", "gold", "rusty iron", "brushed steel", "chrome")

ASSETS = (
    AssetType(
        "candle", "products", candle_rand, (0.03, 0.3), ("wax",),
        ("cream", "white", "red", "green", "beige", "lavender", "pink", "orange", "burgundy", "teal", "navy blue", "yellow"),
    ),
    AssetType(
        "candlestick", "products", candlestick_rand, (0.12, 0.48),
        (*_METALS, "walnut", "oak", "porcelain", "clear glass", "white marble", "glazed ceramic"),
        ("white", "black", "blue", "green", "red"),
    ),
    AssetType(
        "table lamp", "products", table_lamp_rand, (0.25, 0.55),
        (
            "glazed ceramic", "brass", "porcelain", "walnut", "oak", "copper", "white marble", "terracotta", "concrete", "bronze",
            "coloured glass",
        ),
        ("teal", "white", "blue", "navy blue", "green", "black", "cream", "coral", "mustard yellow", "turquoise"),
    ),
    AssetType(
        "lantern", "products", lantern_rand, (0.15, 0.42),
        ("brass", "copper", "rusty iron", "bronze", "brushed steel", "silver", "matte plastic"),
        ("black", "white", "red", "green", "blue"),
    ),
)  # fmt: skip
