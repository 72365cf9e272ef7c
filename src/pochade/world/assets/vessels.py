"""Vessels: bottles, glasses, crockery, jars, a can. All hollow, with walls of real thickness."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from pochade.world.asset import Asset, AssetType, Cavity, Part, Platform
from pochade.world.materials import Material, Rgb, srgb
from pochade.world.mesh import Floats, Mesh, cylinder, filleted, join, lathe, spline, tube
from pochade.world.turning import (
    Shell,
    Squash,
    dense,
    ear,
    facets,
    grounded,
    hollow,
    joined,
    pipe,
    ring_profile,
    rings_solid,
    simplified,
    wrap,
)

RED_WINE = Material("glass", (0.30, 0.012, 0.03), ior=1.345)
CORK = Material("opaque", srgb(198, 160, 118), None, roughness=0.9, specular=0.15)
PAPER_LABEL = Material("opaque", srgb(238, 232, 216), "paper", roughness=0.8, specular=0.2)
GILT = Material("metal", (1, 1, 1), None, "Au", roughness=0.28)
BARE_ALUMINIUM = Material("metal", (0.97, 0.97, 0.98), None, "Al", roughness=0.34)
TINPLATE = Material("metal", (0.96, 0.96, 0.97), None, "Cr", roughness=0.30)

# --- bottles --------------------------------------------------------------------------------------------------

BottleShape = Literal["longneck", "milk", "apothecary", "oil", "flask"]


def bottle(shape: BottleShape, height_m: float, radius_m: float, corked: bool = False) -> Asset:
    """Empty glass bottle.

    Args:
        height_m: 0.12 to 0.32. radius_m: of the body, 0.025 to 0.06.
        corked: closed with a cork.
    """
    h, r = height_m, radius_m
    lip = max(0.30 * r, 0.011)
    if shape == "longneck":
        neck = 0.40 * r
        wall = np.concatenate(
            [
                [(r, 0), (r, 0.50 * h)],
                spline([(r, 0.54 * h), (0.93 * r, 0.60 * h), (0.60 * r, 0.70 * h), (1.08 * neck, 0.80 * h), (neck, 0.88 * h)], 40),
            ],
        )  # fmt: skip
        lip = 1.12 * neck
    elif shape == "milk":
        neck = 0.50 * r
        wall = np.concatenate(
            [
                [(r, 0), (r, 0.52 * h)],
                spline([(r, 0.55 * h), (0.94 * r, 0.62 * h), (0.66 * r, 0.74 * h), (neck, 0.84 * h), (0.50 * r, 0.90 * h)], 40),
            ],
        )  # fmt: skip
        lip = 1.22 * neck
    elif shape == "apothecary":
        neck = 0.36 * r
        wall = np.concatenate(
            [
                [(r, 0), (r, 0.62 * h)],
                spline([(r, 0.64 * h), (0.92 * r, 0.715 * h), (0.62 * r, 0.765 * h), (1.04 * neck, 0.80 * h), (neck, 0.84 * h)], 40),
            ],
        )  # fmt: skip
        lip = 1.55 * neck
    elif shape == "oil":
        neck = 0.32 * r
        wall = np.concatenate(
            [
                [(0.94 * r, 0)],
                spline(
                    [
                        (0.96 * r, 0.02 * h), (r, 0.36 * h), (0.98 * r, 0.50 * h), (0.66 * r, 0.64 * h), (1.15 * neck, 0.76 * h),
                        (neck, 0.86 * h),
                    ],
                    60,
                ),
            ],
        )  # fmt: skip
        lip = 1.35 * neck
    else:
        neck = 0.26 * r
        wall = spline(
            [
                (0.52 * r, 0), (0.90 * r, 0.07 * h), (r, 0.24 * h), (0.80 * r, 0.44 * h), (0.42 * r, 0.58 * h), (neck, 0.74 * h),
                (1.02 * neck, 0.90 * h),
            ],
            90,
        )  # fmt: skip
        lip = 1.6 * neck
    band = 0.030 * h
    last = wall[-1]
    finish = filleted(
        [last, (last[0], h - 1.15 * band - 0.002), (lip, h - 1.15 * band), (lip, h - 0.002), (lip - 0.0008, h - 0.0006)],
        [0, 0.0015, 0.0015, 0.0012, 0], 4,
    )  # fmt: skip
    outer = grounded(np.concatenate([wall[:-1], finish]), 0.12 * r, 0.12 * r)
    shell = hollow(outer, min(0.0028, 0.3 * neck), 0.0045 + 0.12 * r, 0.2 * r)
    shell = _bored(shell, neck - min(0.0028, 0.3 * neck), 0.72 * h)
    parts = [Part(shell.mesh(80))]
    if corked:
        bore = shell.inner_radius_at(0.95 * h)
        plug = lathe(
            filleted(
                [(0, h - 0.022), (0.93 * bore, h - 0.022), (bore + 0.0001, h - 0.004), (1.14 * bore, h + 0.011), (0, h + 0.011)],
                [0, 0.001, 0.002, 0.0012, 0],
            ),
            48,
        )  # fmt: skip
        parts.append(Part(plug, CORK))
    return Asset(tuple(parts))


def _bored(shell: Shell, bore_m: float, above_m: float) -> Shell:
    """Gives the neck above a height one bore, whatever rings it has outside."""
    p = dense(shell.profile, 0.0015)
    n_outer = int(np.argmax(p[:, 1]))
    is_inner = np.arange(len(p)) > n_outer
    lip_z = p[:, 1].max()
    change = is_inner & (p[:, 1] > above_m) & (p[:, 1] < lip_z - 0.0025)
    p[change, 0] = np.minimum(p[change, 0], np.maximum(bore_m, 0) + np.clip((p[change, 1] - (lip_z - 0.006)) / 0.0035, 0, 1) * 0.0006)
    top = is_inner & (p[:, 1] >= lip_z - 0.0025)
    outer_lip = p[n_outer, 0]
    if top.any():  # the lip's inner edge comes in to the bore
        inner_now = p[top, 0].min()
        wanted = bore_m + 0.0006
        p[top, 0] = outer_lip + (p[top, 0] - outer_lip) * (outer_lip - wanted) / max(outer_lip - inner_now, 1e-6)
    outer, inner = simplified(p[: n_outer + 1], 9), simplified(p[n_outer:], 9)
    return Shell(outer, inner[::-1].copy(), np.concatenate([outer, inner[1:]]))


def bottle_rand(rng: np.random.Generator) -> Asset:
    shape: BottleShape = rng.choice(["longneck", "milk", "apothecary", "oil", "flask"])
    low, high, slim = {
        "longneck": (0.22, 0.26, 0.128), "milk": (0.18, 0.24, 0.19), "apothecary": (0.12, 0.19, 0.235), "oil": (0.22, 0.30, 0.14),
        "flask": (0.17, 0.24, 0.31),
    }[shape]  # fmt: skip
    height_m = rng.uniform(low, high)
    return bottle(shape, height_m, height_m * slim * rng.uniform(0.93, 1.08), corked=bool(rng.random() < 0.35))


WineBottleShape = Literal["bordeaux", "burgundy", "hock"]


def wine_bottle(
    shape: WineBottleShape, fill: float = 0.9, capsule: Rgb | None = (0.32, 0.02, 0.05), label: bool = True, label_height_m: float = 0.085
) -> Asset:
    """Wine bottle of 0.75 litres.

    Args:
        fill: share of the height that is dark red wine, 0 for an empty bottle, to 0.92.
        capsule: tint of the foil over the neck; None: a bare cork.
        label_height_m: 0.06 to 0.11.
    """
    if shape == "bordeaux":
        h, r, straight = 0.300, 0.0372, 0.188
        curve = [
            (r, straight), (0.985 * r, straight + 0.008), (0.80 * r, straight + 0.024), (0.50 * r, straight + 0.036),
            (0.0148, straight + 0.052), (0.0140, straight + 0.07),
        ]  # fmt: skip
    elif shape == "burgundy":
        h, r, straight = 0.297, 0.0410, 0.118
        curve = [
            (r, straight), (0.985 * r, straight + 0.014), (0.86 * r, straight + 0.040), (0.62 * r, straight + 0.075),
            (0.42 * r, straight + 0.105), (0.0146, straight + 0.130), (0.0140, straight + 0.148),
        ]  # fmt: skip
    else:
        h, r, straight = 0.330, 0.0385, 0.128
        curve = [
            (r, straight), (0.985 * r, straight + 0.018), (0.84 * r, straight + 0.060), (0.56 * r, straight + 0.110),
            (0.0152, straight + 0.152), (0.0138, straight + 0.178),
        ]  # fmt: skip
    wall = np.concatenate([[(r, 0)], spline(curve, 60)])
    ring = 0.0158
    top = filleted(
        [
            wall[-1], (0.0138, h - 0.017), (ring, h - 0.0165), (ring, h - 0.0085), (0.0146, h - 0.008), (0.0144, h - 0.0025),
            (0.0125, h - 0.0012),
        ],
        [0, 0.0008, 0.0012, 0.0012, 0.0006, 0.0018, 0], 4,
    )  # fmt: skip
    punt = 0.0 if shape == "hock" else 0.022
    body = np.concatenate([wall[:-1], top])
    bottom = spline([(0, punt + 0.002), (0.25 * r, 0.86 * punt + 0.002), (0.55 * r, 0.36 * punt + 0.0014), (0.80 * r, 0.0003)], 24)
    outer = joined(np.concatenate([bottom, [(0.86 * r, 0), (r, 0)]]), body, 0.0045, 6)
    shell = _bored(hollow(outer, 0.0032, punt + 0.006, 0.4 * r), 0.0095, straight + 0.05)
    parts = [Part(shell.mesh(64))]
    if fill > 0:
        parts.append(Part(shell.liquid(fill * 0.86 * h, segments=56), RED_WINE))
    if capsule is not None:
        low = h - 0.062
        skin = dense(shell.outer, 0.001)
        skin = skin[skin[:, 1] > low]
        smooth = np.convolve(np.pad(skin[:, 0], 3, mode="edge"), np.ones(7) / 7, "valid")
        outside = simplified(np.stack([np.maximum(smooth, skin[:, 0]) + 0.00045, skin[:, 1]], 1), 14).astype(np.float64)
        inside = outside - [0.0004, 0]
        crown = filleted([outside[-1], (outside[-1, 0], h + 0.0006), (0, h + 0.0006)], [0, 0.0016, 0])
        foil = np.concatenate([inside[:1], outside, crown[1:], [(0, h + 0.0001)], [(inside[-1, 0] - 0.001, h + 0.0001)], inside[::-1]])
        parts.append(Part(lathe(ring_profile(foil), 48), Material("metal", capsule, None, "Al", roughness=0.42)))
    else:
        parts.append(
            Part(
                lathe(filleted([(0, h - 0.04), (0.0096, h - 0.04), (0.0096, h - 0.0005), (0, h - 0.0005)], [0, 0.001, 0.0008, 0]), 48),
                CORK,
            ),
        )  # fmt: skip
    if label:
        middle = 0.52 * straight if shape == "bordeaux" else 0.56 * straight
        low = middle - label_height_m / 2
        parts.append(Part(wrap(r, low, low + label_height_m, 150), PAPER_LABEL))
        lines = [wrap(r + 0.0003, low + a * label_height_m, low + a * label_height_m + 0.0009, 136, 0.00004) for a in (0.08, 0.90)]
        parts.append(Part(join(lines), GILT))
    return Asset(tuple(parts))


def wine_bottle_rand(rng: np.random.Generator) -> Asset:
    shape: WineBottleShape = rng.choice(["bordeaux", "bordeaux", "burgundy", "hock"])
    capsule: Rgb | None = [
        (0.32, 0.02, 0.05), (0.05, 0.05, 0.055), (0.75, 0.55, 0.2), (0.62, 0.62, 0.63), (0.03, 0.09, 0.06),
    ][int(rng.integers(5))]  # fmt: skip
    if rng.random() < 0.15:
        capsule = None
    return wine_bottle(
        shape, fill=0.0 if rng.random() < 0.2 else rng.uniform(0.82, 0.9), capsule=capsule, label=bool(rng.random() < 0.85),
        label_height_m=rng.uniform(0.065, 0.095),
    )  # fmt: skip


PerfumeCap = Literal["cylinder", "block", "ball"]


def perfume_bottle(
    width_m: float,
    depth_m: float,
    height_m: float,
    chamfer_m: float,
    liquid: Rgb = (0.96, 0.78, 0.42),
    fill: float = 0.75,
    cap: PerfumeCap = "cylinder",
    cap_metal: str = "Au",
) -> Asset:
    """Perfume bottle: thick faceted glass, liquid, metal collar and cap.

    Args:
        width_m, depth_m: 0.025 to 0.08. height_m: of the glass body without its neck, 0.04 to 0.11.
        chamfer_m: cut of the upright edges, 0.002 to 0.02.
        fill: share of the inner height, 0 to 0.95. cap_metal: "Au", "Ag", "Cr", "Cu".
    """
    w, d, h = width_m / 2, depth_m / 2, height_m
    wall, base, neck = 0.0042, 0.011, min(0.0085, 0.45 * d)

    def plan(inset: float) -> np.ndarray:
        x, y, c = w - inset, d - inset, max(min(chamfer_m, 0.75 * min(w, d)) - 0.41 * inset, 0.0012)
        corners = [(x, -y + c), (x, y - c), (x - c, y), (-x + c, y), (-x, y - c), (-x, -y + c), (-x + c, -y), (x - c, -y)]
        return filleted(corners, 0.0006, 2, closed=True).astype(np.float64)

    count = len(plan(0))
    angle = np.arctan2(plan(0)[:, 1], plan(0)[:, 0])
    circle = np.stack([np.cos(angle), np.sin(angle)], 1)

    def level(outline: np.ndarray, z: float) -> np.ndarray:
        return np.concatenate([outline, np.full((count, 1), z)], 1)

    e = 0.0022  # edge bevel
    outside = [level(plan(0.25 * d), 0.0009), level(plan(e + 0.001), 0.0)]
    outside += [level(plan(e * (1 - np.sin(a))), e * (1 - np.cos(a))) for a in np.linspace(0, np.pi / 2, 4)]
    outside += [level(plan(0), z) for z in np.linspace(e, h - e, 4)[1:-1]]
    outside += [level(plan(e * (1 - np.cos(a))), h - e * (1 - np.sin(a))) for a in np.linspace(0, np.pi / 2, 4)]
    shoulder = plan(0.45 * d)
    outside += [
        level(0.5 * (shoulder + circle * neck * 1.3), h), level(circle * (neck + 0.0012), h), level(circle * neck, h + 0.0012),
        level(circle * neck, h + 0.008), level(circle * (neck - 0.001), h + 0.009),
    ]  # fmt: skip
    bore = neck - 0.0022
    inside_plan = plan(wall)
    inner = [
        level(inside_plan * 0.6, base), level(plan(wall + 0.004), base + 0.0004), level(plan(wall + 0.0014), base + 0.0022),
        level(plan(wall), base + 0.0065),
    ]  # fmt: skip
    inner += [level(plan(wall), h - wall - 0.006), level(plan(wall + 0.0018), h - wall - 0.0018), level(plan(wall + 0.006), h - wall)]
    inner += [level(circle * (bore + 0.0015), h - wall + 0.0006), level(circle * bore, h - wall + 0.003), level(circle * bore, h + 0.009)]
    body = rings_solid(np.stack(outside + inner[::-1])).creased(30)
    parts = [Part(body)]
    if fill > 0:
        top = base + fill * (h - wall - base)
        keep = [ring for ring in inner[:5] if ring[0, 2] < top - 0.001]
        grown = [ring + np.concatenate([circle * 0.00015, np.full((count, 1), -0.00012)], 1) for ring in keep]
        grown += [level(plan(wall - 0.00015), top), level(plan(wall + 0.0012), top - 0.0004)]
        parts.append(Part(rings_solid(np.stack(grown)).creased(30), Material("glass", liquid, ior=1.36)))
    metal = Material("metal", (1, 1, 1), None, cap_metal, roughness=0.14)
    r = neck + 0.0012
    collar = lathe(filleted([(0, h + 0.0006), (r + 0.0012, h + 0.0006), (r + 0.0012, h + 0.0085), (0, h + 0.0085)], 0.0006), 64)
    dip = tube([(0, 0, base + 0.003), (0.0008, 0, h * 0.5), (0, 0, h + 0.004)], 0.0007, 10)
    parts += [Part(collar, metal), Part(dip, Material("opaque", (0.85, 0.85, 0.84), roughness=0.3))]
    z = h + 0.0088
    if cap == "cylinder":
        top_r = 1.45 * r
        parts.append(Part(lathe(filleted([(0, z), (top_r, z), (top_r, z + 0.024), (0, z + 0.024)], 0.0012, 5), 72), metal))
    elif cap == "block":
        square = filleted(np.array([(1, -1), (1, 1), (-1, 1), (-1, -1)]) * 1.5 * r, 0.0012, 3, closed=True)
        block = [
            np.concatenate([square * s, np.full((len(square), 1), z + v)], 1)
            for s, v in ((0.95, 0), (1, 0.0008), (1, 0.0202), (0.95, 0.021))
        ]
        parts.append(Part(rings_solid(np.stack(block)).creased(40), metal))
    else:
        t = np.linspace(-1.05, np.pi / 2, 24)
        ball_r = 1.75 * r
        arc = np.stack([ball_r * np.cos(t), z + ball_r * (np.sin(t) + np.sin(1.05))], 1)
        arc[-1, 0] = 0
        parts.append(Part(lathe(np.concatenate([[(0, z)], arc]), 64), metal))
    return Asset(tuple(parts))


def perfume_bottle_rand(rng: np.random.Generator) -> Asset:
    width_m = rng.uniform(0.042, 0.062)
    liquids = ((0.96, 0.78, 0.42), (0.97, 0.66, 0.62), (0.90, 0.94, 0.80), (0.97, 0.88, 0.66), (0.72, 0.88, 0.95))
    return perfume_bottle(
        width_m, width_m * rng.uniform(0.5, 0.95), width_m * rng.uniform(1.0, 1.5), rng.uniform(0.002, 0.012),
        liquids[int(rng.integers(len(liquids)))], rng.uniform(0.6, 0.9), rng.choice(["cylinder", "block", "ball"]),
        rng.choice(["Au", "Ag", "Cr"]),
    )  # fmt: skip


# --- glasses --------------------------------------------------------------------------------------------------

WineGlassShape = Literal["bordeaux", "burgundy", "white", "flute", "coupe"]

_BOWLS: dict[str, list[tuple[float, float]]] = {
    "bordeaux": [(0.10, 0.0), (0.44, 0.06), (0.84, 0.22), (1.0, 0.42), (0.96, 0.66), (0.84, 0.88), (0.77, 1.0)],
    "burgundy": [(0.09, 0.0), (0.48, 0.06), (0.88, 0.22), (1.0, 0.40), (0.90, 0.64), (0.72, 0.86), (0.64, 1.0)],
    "white": [(0.11, 0.0), (0.42, 0.05), (0.84, 0.22), (1.0, 0.45), (0.97, 0.68), (0.86, 0.88), (0.80, 1.0)],
    "flute": [(0.18, 0.0), (0.46, 0.06), (0.80, 0.22), (0.98, 0.45), (1.0, 0.62), (0.93, 0.84), (0.86, 1.0)],
    "coupe": [(0.07, 0.0), (0.40, 0.08), (0.74, 0.26), (0.92, 0.50), (0.98, 0.76), (1.0, 1.0)],
}


def wine_glass_shell(shape: WineGlassShape, bowl_radius_m: float, bowl_height_m: float, stem_m: float, wall_m: float = 0.0012) -> Shell:
    """Section of a stemmed glass.

    Args:
        bowl_radius_m: widest outer radius, 0.02 to 0.06. bowl_height_m: 0.04 to 0.16. stem_m: 0.05 to 0.12.

    Raises:
        ValueError: if a length is outside its range.
    """
    for name, value, low, high in (
        ("bowl_radius_m", bowl_radius_m, 0.02, 0.06), ("bowl_height_m", bowl_height_m, 0.04, 0.16), ("stem_m", stem_m, 0.05, 0.12),
    ):  # fmt: skip
        if not low <= value <= high:
            raise ValueError(f"`{name}` is {value}; use {low} to {high}")
    foot, thin = np.clip(0.92 * bowl_radius_m, 0.030, 0.042), 0.0034
    bottom = filleted(
        [(0, 0.0012), (0.72 * foot, 0.0010), (foot - 0.0025, 0.0), (foot, 0.0006), (foot, 0.0020), (foot - 0.0015, 0.0026)],
        [0, 0.01, 0.002, 0.0008, 0.0008, 0], 4,
    )  # fmt: skip
    bowl = np.array(_BOWLS[shape]) * [bowl_radius_m, bowl_height_m] + [0, stem_m]
    rising = spline(np.concatenate([
        [
            bottom[-1], (0.62 * foot, 0.0046), (0.30 * foot, 0.0088), (1.35 * thin, 0.0200), (1.02 * thin, 0.36 * stem_m),
            (thin, 0.62 * stem_m), (1.22 * thin, 0.86 * stem_m),
        ],
        bowl[1:],
    ]), 180)  # fmt: skip
    return hollow(np.concatenate([bottom[:-1], rising]), wall_m, stem_m + 0.06 * bowl_height_m + 0.6 * wall_m, 0.8 * bowl_radius_m)


def wine_glass(shape: WineGlassShape, bowl_radius_m: float, bowl_height_m: float, stem_m: float) -> Asset:
    """Empty stemmed glass with a thin wall; arguments as `wine_glass_shell`."""
    shell = wine_glass_shell(shape, bowl_radius_m, bowl_height_m, stem_m)
    return Asset((Part(shell.mesh(80)),), cavity=shell.cavity(0.35))


def wine_glass_rand(rng: np.random.Generator) -> Asset:
    shape: WineGlassShape = rng.choice(["bordeaux", "bordeaux", "burgundy", "white", "flute", "coupe"])
    radius, height, stem = {
        "bordeaux": (0.0440, 0.112, 0.095), "burgundy": (0.0500, 0.106, 0.092), "white": (0.0385, 0.095, 0.090),
        "flute": (0.0270, 0.148, 0.082), "coupe": (0.0480, 0.058, 0.095),
    }[shape]  # fmt: skip
    return wine_glass(shape, radius * rng.uniform(0.93, 1.06), height * rng.uniform(0.93, 1.06), stem * rng.uniform(0.9, 1.12))


def tumbler(radius_m: float, height_m: float, taper: float, wall_m: float = 0.0022, base_m: float = 0.009, facet_count: int = 0) -> Asset:
    """Drinking glass with a heavy bottom.

    Args:
        radius_m: at the rim, 0.028 to 0.048. height_m: 0.07 to 0.16. taper: bottom radius over rim radius, 0.7 to 1.
        facet_count: flat cuts around the lower two thirds, 0 for a round glass.
    """
    wall = spline([(taper * radius_m, 0), (radius_m * (taper + 0.55 * (1 - taper)), 0.5 * height_m), (radius_m, height_m - wall_m / 2)], 30)
    shell = hollow(grounded(wall, 0.12 * radius_m, 0.002), wall_m, base_m, 0.22 * radius_m)
    squash: Squash | None = None
    segments = 72
    if facet_count:
        polygon = facets(facet_count)
        segments = facet_count * (8 if facet_count <= 10 else 6)

        def cut(theta: Floats, p: Floats) -> Floats:
            outside = p[:, 0] > np.interp(p[:, 1], shell.outer[:, 1], shell.outer[:, 0]) - 0.4 * wall_m
            share = np.where(outside, np.clip((0.72 * height_m - p[:, 1]) / (0.10 * height_m), 0, 1), 0.0)
            return 1 + (polygon(theta, p) * 1.02 - 1) * 0.55 * share.astype(np.float32)

        squash = cut

    mesh = shell.mesh(segments, squash)
    return Asset((Part(mesh.creased(22) if facet_count else mesh),), cavity=shell.cavity(0.1))


def tumbler_rand(rng: np.random.Generator) -> Asset:
    tall = rng.random() < 0.5
    height_m = rng.uniform(0.125, 0.15) if tall else rng.uniform(0.082, 0.1)
    radius_m = height_m * (rng.uniform(0.235, 0.275) if tall else rng.uniform(0.42, 0.46))
    facet_count = int(rng.choice([8, 10, 12])) if rng.random() < 0.3 and not tall else 0
    return tumbler(radius_m, height_m, rng.uniform(0.8, 0.97), rng.uniform(0.0018, 0.0025), rng.uniform(0.007, 0.013), facet_count)


# --- vases and bowls ------------------------------------------------------------------------------------------

VaseShape = Literal["amphora", "bud", "gourd", "cylinder", "trumpet", "globe", "shoulder"]

_VASES: dict[str, list[tuple[float, float]]] = {  # radius over height, height over height
    "amphora": [
        (0.13, 0), (0.15, 0.03), (0.225, 0.20), (0.288, 0.46), (0.255, 0.66), (0.145, 0.80), (0.108, 0.875), (0.122, 0.95),
        (0.162, 1.0),
    ],
    "bud": [(0.115, 0), (0.175, 0.09), (0.196, 0.22), (0.135, 0.40), (0.062, 0.56), (0.047, 0.74), (0.054, 0.92), (0.072, 1.0)],
    "gourd": [
        (0.150, 0), (0.232, 0.12), (0.254, 0.27), (0.178, 0.45), (0.128, 0.54), (0.158, 0.66), (0.166, 0.76), (0.104, 0.89),
        (0.098, 0.95), (0.118, 1.0),
    ],
    "cylinder": [(0.205, 0), (0.209, 0.25), (0.212, 0.5), (0.216, 0.75), (0.222, 1.0)],
    "trumpet": [(0.155, 0), (0.142, 0.05), (0.108, 0.20), (0.108, 0.40), (0.132, 0.62), (0.176, 0.82), (0.255, 1.0)],
    "globe": [(0.200, 0), (0.345, 0.12), (0.442, 0.36), (0.420, 0.58), (0.270, 0.78), (0.165, 0.87), (0.160, 0.94), (0.190, 1.0)],
    "shoulder": [(0.140, 0), (0.160, 0.15), (0.225, 0.45), (0.290, 0.70), (0.258, 0.85), (0.140, 0.925), (0.122, 0.96), (0.142, 1.0)],
}  # fmt: skip


def vase(
    shape: VaseShape,
    height_m: float,
    girth: float = 1.0,
    wall_m: float = 0.0035,
    ribs: int = 0,
    rib_depth: float = 0.05,
    twist_deg: float = 0.0,
    facet_count: int = 0,
) -> Asset:
    """Vase turned from a spline.

    Args:
        height_m: 0.1 to 0.4. girth: factor on the radius, 0.8 to 1.2. wall_m: 0.002 to 0.006.
        ribs: upright waves around, 0 for none; `twist_deg` turns them from bottom to top. rib_depth: share of the radius.
        facet_count: flat sides, 0 for a round vase; excludes ribs.
    """
    curve = spline(np.array(_VASES[shape]) * [girth * height_m, height_m], 120)
    curve[:, 1] *= (height_m - wall_m / 2) / height_m
    shell = hollow(grounded(curve, 0.004, 0.002), wall_m, wall_m + 0.004, 0.02)
    squash: Squash | None = None
    segments = 72
    if facet_count:
        turn, polygon = np.radians(twist_deg), facets(facet_count)
        segments = facet_count * max(4, 72 // facet_count)
        squash = lambda theta, p: polygon((theta + turn * p[:, 1] / height_m) % np.float32(2 * np.pi), p)  # noqa: E731
        if twist_deg:
            segments = 96
    elif ribs:
        segments = ribs * max(5, round(108 / ribs))
        turn = np.radians(twist_deg)

        def wave_in(theta: Floats, p: Floats) -> Floats:
            fade = np.clip(p[:, 1] / (0.05 * height_m), 0, 1) * np.clip((height_m - p[:, 1]) / (0.06 * height_m), 0, 1)
            wave = 0.5 - 0.5 * np.cos(ribs * theta + ribs * turn * p[:, 1] / height_m)
            return (1 - rib_depth * wave**1.5 * fade * fade * (3 - 2 * fade)).astype(np.float32)

        squash = wave_in

    mesh = shell.mesh(segments, squash)
    if facet_count and not twist_deg:
        mesh = mesh.creased(min(34.0, 0.6 * 360 / facet_count))
    return Asset((Part(mesh),), cavity=shell.cavity(0.5))


def vase_rand(rng: np.random.Generator) -> Asset:
    shape: VaseShape = rng.choice(list(_VASES))
    style = rng.random()
    ribs = facet_count = 0
    twist_deg = 0.0
    if style < 0.2:
        ribs = int(rng.choice([12, 16, 20]))
        twist_deg = rng.uniform(25, 70) * rng.choice([-1, 1]) if rng.random() < 0.5 else 0.0
    elif style < 0.35:
        facet_count = int(rng.choice([6, 8, 10, 12]))
    low, high = (0.14, 0.22) if shape in ("bud", "globe") else (0.2, 0.31)
    return vase(
        shape, rng.uniform(low, high), rng.uniform(0.92, 1.1), rng.uniform(0.0028, 0.0042), ribs, rng.uniform(0.05, 0.11), twist_deg,
        facet_count,
    )  # fmt: skip


def bowl(radius_m: float, height_m: float, fullness: float = 1.4, wall_m: float = 0.0036, flare: float = 0.0) -> Asset:
    """Bowl on a foot ring.

    Args:
        radius_m: at the rim, 0.05 to 0.16. height_m: 0.03 to 0.12.
        fullness: roundness of the section, 1 a dish with straight flanks to 2 steep sides.
        flare: how far the lip turns out, 0 to 0.1 of the radius.
    """
    r, h = radius_m, height_m
    foot, lift = 0.42 * r, 0.05 * r
    t = np.linspace(0, 1, 70)
    rho, rise = 1.05 * foot + (r - 1.05 * foot) * np.sin(np.pi / 2 * t), 1 - np.cos(np.pi / 2 * t) ** (2 / fullness)
    z = lift + 0.003 + (h - lift - 0.003 - wall_m / 2) * (0.82 * rise + 0.18 * np.sin(np.pi / 2 * t))
    wall = np.stack([rho + flare * r * np.clip((z / h - 0.7) / 0.3, 0, 1) ** 2, z], 1)
    ring = filleted(
        [(0, lift), (0.86 * foot, lift), (0.90 * foot, 0.0), (foot, 0.0), (1.01 * foot, lift + 0.001), wall[0]],
        [0, 0.002, 0.0012, 0.0012, 0.002, 0], 4,
    )  # fmt: skip
    shell = hollow(np.concatenate([ring[:-1], wall]), wall_m, lift + 1.4 * wall_m, 0.45 * r)
    return Asset((Part(shell.mesh(84)),), cavity=shell.cavity(0.35))


def bowl_rand(rng: np.random.Generator) -> Asset:
    radius_m = rng.uniform(0.07, 0.115)
    return bowl(
        radius_m, radius_m * rng.uniform(0.55, 0.78), rng.uniform(1.1, 1.8), rng.uniform(0.003, 0.0042),
        rng.uniform(0.02, 0.07) if rng.random() < 0.4 else 0.0,
    )  # fmt: skip


def plate_shell(radius_m: float, coupe: bool = False, wall_m: float = 0.0036, rim_share: float = 0.30) -> Shell:
    """Section of a plate on a foot ring.

    Args:
        radius_m: 0.06 to 0.16. coupe: a rimless curve instead of a well with a flat rim.
        rim_share: width of the rim over the radius, 0.15 to 0.35.
    """
    r, lift = radius_m, 0.0026
    foot = 0.60 * r
    well = (1 - rim_share) * r
    if coupe:
        rise = spline(
            [(1.06 * foot, lift + 0.0006), (0.80 * r, lift + 0.020 * r + 0.001), (0.93 * r, lift + 0.085 * r), (r, lift + 0.165 * r)],
            40,
        )  # fmt: skip
    else:
        rise = filleted(
            [
                (1.06 * foot, lift + 0.0004), (well - 0.045 * r, lift + 0.0012), (well + 0.030 * r, lift + 0.085 * r),
                (r, lift + 0.135 * r),
            ],
            [0, 0.10 * r, 0.07 * r, 0], 10,
        )  # fmt: skip
    ring = filleted(
        [(0, lift), (0.93 * foot, lift), (0.955 * foot, 0), (foot, 0), (1.02 * foot, lift), rise[0]],
        [0, 0.001, 0.0009, 0.0009, 0.001, 0], 4,
    )  # fmt: skip
    return hollow(np.concatenate([ring[:-1], rise]), wall_m, lift + wall_m, 0.12 * r)


def plate(radius_m: float, coupe: bool = False) -> Asset:
    """Plate; arguments as `plate_shell`."""
    shell = plate_shell(radius_m, coupe)
    floor_m = float(shell.inner[0, 1])
    well_m = 0.66 * radius_m
    return Asset((Part(shell.mesh(96)),), cavity=Cavity(well_m, floor_m, shell.rim_m), platform=Platform(well_m, floor_m))


def plate_rand(rng: np.random.Generator) -> Asset:
    return plate(rng.uniform(0.095, 0.135), coupe=bool(rng.random() < 0.4))


# --- with handles ---------------------------------------------------------------------------------------------


def mug(radius_m: float, height_m: float, taper: float = 1.0, belly: float = 0.0, wall_m: float = 0.004, reach_m: float = 0.026) -> Asset:
    """Mug with a handle on the +x side.

    Args:
        radius_m: at the rim, 0.034 to 0.048. height_m: 0.07 to 0.12.
        taper: bottom radius over rim radius, 0.75 to 1. belly: bulge over the radius, -0.08 to 0.12.
        reach_m: room for fingers, 0.02 to 0.032.
    """
    z = np.linspace(0, height_m - wall_m / 2, 40)
    s = z / height_m
    r = radius_m * (taper + (1 - taper) * s + belly * np.sin(np.pi * s))
    shell = hollow(grounded(np.stack([r, z], 1), 0.007, 0.002), wall_m, 0.0065, 0.010)
    handle = ear(shell, 0.84 * height_m, 0.20 * height_m, reach_m, 0.0125, 0.0082, wall_m)
    return Asset((Part(join([shell.mesh(80), handle])),), cavity=shell.cavity(0.1))


def mug_rand(rng: np.random.Generator) -> Asset:
    return mug(
        rng.uniform(0.038, 0.044), rng.uniform(0.085, 0.102), rng.uniform(0.86, 1.0), rng.uniform(-0.03, 0.07),
        rng.uniform(0.0036, 0.0044), rng.uniform(0.023, 0.028),
    )  # fmt: skip


def cup_shell(radius_m: float, height_m: float, wall_m: float = 0.0024, power: float = 2.6) -> Shell:
    """Section of a tea cup with a small foot; ranges as `cup_and_saucer`."""
    r, h, foot, lift = radius_m, height_m, 0.50 * radius_m, 0.004
    s = np.linspace(0, 1, 50)
    rho = 1.04 * foot + (r - 1.04 * foot) * (1 - (1 - s) ** power) ** (1 / 1.25)
    wall = np.stack([rho, lift + 0.001 + (h - lift - 0.001 - wall_m / 2) * s], 1)
    ring = filleted(
        [(0, lift), (0.82 * foot, lift), (0.86 * foot, 0), (foot, 0), (0.98 * foot, lift), wall[0]],
        [0, 0.001, 0.001, 0.001, 0.0012, 0], 4,
    )  # fmt: skip
    return hollow(np.concatenate([ring[:-1], wall]), wall_m, lift + 1.3 * wall_m, 0.3 * r)


def cup_and_saucer(radius_m: float, height_m: float, power: float = 2.6) -> Asset:
    """Tea cup standing on its saucer, both of the body's material.

    Args:
        radius_m: of the cup's rim, 0.034 to 0.052. height_m: of the cup, 0.045 to 0.075. power: roundness of its belly, 1.8 to 3.4.
    """
    wall = 0.0024
    shell = cup_shell(radius_m, height_m, wall, power)
    handle = ear(shell, 0.86 * height_m, 0.27 * height_m, 0.020, 0.0075, 0.0052, wall, sag=0.42)
    dish = saucer_shell(1.72 * radius_m, 0.50 * radius_m)
    seat = float(dish.inner[0, 1]) + 0.0001
    cavity = shell.cavity(0.35)
    parts = Part(dish.mesh(84)), Part(join([shell.mesh(76), handle]).moved(z=seat))
    return Asset(parts, cavity=Cavity(cavity.radius_m, cavity.floor_m + seat, cavity.rim_m + seat))


def saucer_shell(radius_m: float, seat_m: float) -> Shell:
    """Section of a saucer whose flat middle of radius `seat_m` takes a cup."""
    r, lift = radius_m, 0.003
    foot = 1.02 * seat_m
    rise = spline([(1.10 * foot, lift + 0.0004), (0.70 * r, lift + 0.030 * r), (0.88 * r, lift + 0.105 * r), (r, lift + 0.19 * r)], 40)
    ring = filleted(
        [(0, lift), (0.90 * foot, lift), (0.93 * foot, 0), (foot, 0), (1.04 * foot, lift), rise[0]], [0, 0.001, 0.001, 0.001, 0.001, 0],
        4,
    )  # fmt: skip
    return hollow(np.concatenate([ring[:-1], rise]), 0.0028, lift + 0.0030, 0.15 * r)


def cup_and_saucer_rand(rng: np.random.Generator) -> Asset:
    return cup_and_saucer(rng.uniform(0.04, 0.047), rng.uniform(0.052, 0.064), rng.uniform(2.0, 3.0))


def teapot(radius_m: float, height_m: float, shoulder: float = 0.0) -> Asset:
    """Teapot with its lid on, spout to -x, handle to +x.

    Args:
        radius_m: of the belly, 0.06 to 0.09. height_m: of the body without lid, 0.08 to 0.13.
        shoulder: -0.1 (pear-shaped) to 0.12 (broad above).
    """
    r, h, wall = radius_m, height_m, 0.0038
    k = shoulder
    curve = spline(
        [
            (0.56 * r, 0.004), (0.80 * r, 0.12 * h), (r, 0.40 * h + 0.5 * k * h), (0.96 * r, 0.62 * h + 0.4 * k * h),
            (0.72 * r, 0.87 * h), (0.50 * r, 0.975 * h), (0.445 * r, h - wall / 2),
        ],
        90,
    )  # fmt: skip
    ring = filleted([(0, 0.003), (0.46 * r, 0.003), (0.48 * r, 0), (0.555 * r, 0), (0.56 * r, 0.004)], [0, 0.001, 0.001, 0.0014, 0], 4)
    shell = hollow(np.concatenate([ring[:-1], curve]), wall, 0.009, 0.3 * r)
    lip, rim = 0.44 * r, shell.rim_m
    dome = spline(
        [
            (lip + 0.004, rim + 0.0012), (0.36 * r, rim + 0.052 * r + 0.003), (0.19 * r, rim + 0.125 * r + 0.003),
            (0.060 * r, rim + 0.150 * r + 0.003),
        ],
        30,
    )  # fmt: skip
    knob_z = rim + 0.150 * r + 0.003
    knob = spline(
        [
            dome[-1], (0.062 * r, knob_z + 0.05 * r), (0.118 * r, knob_z + 0.13 * r), (0.128 * r, knob_z + 0.19 * r),
            (0.080 * r, knob_z + 0.252 * r), (0.0, knob_z + 0.272 * r),
        ],
        36,
    )  # fmt: skip
    knob[:, 0] = np.maximum(knob[:, 0], 0)
    knob[-1, 0] = 0
    under = filleted(
        [
            (0, rim - 0.004), (lip - wall - 0.0012, rim - 0.004), (lip - wall - 0.0008, rim + 0.0002), (lip + 0.0042, rim + 0.0002),
            dome[0],
        ],
        [0, 0.001, 0.0004, 0.0006, 0], 3,
    )  # fmt: skip
    lid = lathe(simplified(np.concatenate([under, dome[1:], knob[1:]])), 72)
    handle = ear(shell, 0.86 * h, 0.22 * h, 0.040, 0.0135, 0.0092, wall, sag=0.44)
    start, normal = shell.outer_at(0.34 * h)
    path = spline(
        [
            tuple(start - normal * 0.004), tuple(start + normal * 0.12 * r), (1.22 * r, 0.46 * h), (1.42 * r, 0.68 * h),
            (1.56 * r, 0.90 * h), (1.72 * r, 1.03 * h),
        ],
        34,
    )  # fmt: skip
    t = np.linspace(0, 1, 34)
    radius = 0.118 * r + 0.20 * r * (1 - t) ** 1.7 + 0.10 * r * np.exp(-t / 0.06)
    spout = pipe(path, radius, 0.0022, flatten=1 - 0.12 * t, cut=0.45).rotated("z", 180)
    mesh = join([shell.mesh(72), spout, handle])
    return Asset((Part(mesh), Part(lid)))


def teapot_rand(rng: np.random.Generator) -> Asset:
    radius_m = rng.uniform(0.068, 0.08)
    return teapot(radius_m, radius_m * rng.uniform(1.25, 1.55), rng.uniform(-0.08, 0.1))


JugShape = Literal["pitcher", "creamer", "ewer"]


def jug(shape: JugShape, height_m: float, lip: float = 1.0) -> Asset:
    """Jug with a drawn lip on the -x side and a handle on the +x side.

    Args:
        height_m: 0.08 to 0.28. lip: how far the lip is drawn, 0.6 to 1.4.
    """
    h, wall = height_m, 0.0036
    table = {
        "pitcher": [(0.250, 0), (0.285, 0.10), (0.325, 0.30), (0.312, 0.48), (0.238, 0.68), (0.205, 0.80), (0.222, 0.92), (0.250, 1.0)],
        "creamer": [(0.330, 0), (0.372, 0.08), (0.420, 0.30), (0.408, 0.50), (0.350, 0.74), (0.332, 0.86), (0.348, 1.0)],
        "ewer": [
            (0.185, 0), (0.200, 0.04), (0.270, 0.20), (0.285, 0.34), (0.215, 0.56), (0.140, 0.74), (0.132, 0.84), (0.165, 0.95),
            (0.190, 1.0),
        ],
    }[shape]  # fmt: skip
    curve = spline(np.array(table) * h, 110)
    curve[:, 1] *= (h - wall / 2) / h
    shell = hollow(grounded(curve, 0.006, 0.002), wall, 0.0085, 0.016)
    mesh = shell.mesh(88)
    v = mesh.vertices.astype(np.float64)
    r = np.maximum(np.linalg.norm(v[:, :2], axis=1), 1e-9)
    angle = np.arctan2(v[:, 1], -v[:, 0])  # 0 at -x
    high = np.clip((v[:, 2] / h - 0.70) / 0.30, 0, 1.1) ** 2.0
    rim_r = table[-1][0] * h
    draw = lip * rim_r * (0.46 * np.exp(-((angle / 0.36) ** 2)) - 0.10 * np.exp(-(((np.abs(angle) - 0.85) / 0.32) ** 2)))
    inward = np.clip(r / (rim_r * 0.5), 0, 1)
    v[:, :2] *= (1 + draw * high * inward / r)[:, None]
    v[:, 2] += high * inward * h * (0.045 * lip * np.exp(-((angle / 0.5) ** 2)) + 0.02 * np.exp(-(((np.abs(angle) - np.pi) / 0.7) ** 2)))
    mesh = Mesh(v.astype(np.float32), mesh.faces, mesh.uv)
    tall = shape != "creamer"
    handle = ear(
        shell, (0.86 if tall else 0.80) * h, (0.36 if shape == "pitcher" else 0.32 if tall else 0.24) * h, 0.145 * h + 0.008,
        0.060 * h + 0.003, 0.035 * h + 0.0025, wall, sag=0.30,
    )  # fmt: skip
    return Asset((Part(join([mesh, handle])),), cavity=shell.cavity(0.3))


def jug_rand(rng: np.random.Generator) -> Asset:
    shape: JugShape = rng.choice(["pitcher", "pitcher", "creamer", "ewer"])
    low, high = {"pitcher": (0.18, 0.24), "creamer": (0.085, 0.11), "ewer": (0.22, 0.28)}[shape]
    return jug(shape, rng.uniform(low, high), rng.uniform(0.85, 1.25))


# --- jar, can -------------------------------------------------------------------------------------------------

JarLid = Literal["cork", "screw", "knob", "none"]


def jar(radius_m: float, height_m: float, lid: JarLid, belly: float = 0.0, wall_m: float = 0.0028) -> Asset:
    """Storage jar.

    Args:
        radius_m: 0.03 to 0.07. height_m: without lid, 0.07 to 0.2. belly: bulge over the radius, 0 to 0.25.
        lid: "cork" a stopper, "screw" a metal lid, "knob" a lid of the body's material, "none" open.
    """
    r, h = radius_m, height_m
    mouth = 0.80 * r
    z = np.linspace(0, 0.76 * h, 30)
    side = np.stack([r * (1 + belly * np.sin(np.pi * z / (0.86 * h)) - 0.5 * belly), z], 1)
    last = side[-1]
    neck = filleted([last, (last[0], 0.86 * h), (mouth, 0.90 * h), (mouth, h - wall_m / 2)], [0, 0.3 * r, 0.006, 0], 8)
    shell = hollow(grounded(np.concatenate([side[:-1], neck]), 0.008, 0.0025), wall_m, 0.0065, 0.010)
    parts = [Part(shell.mesh(80))]
    bore, rim = mouth - wall_m, shell.rim_m
    cavity: Cavity | None = None
    platform: Platform | None = None
    if lid == "cork":
        plug = lathe(
            filleted(
                [
                    (0, rim - 0.012), (bore - 0.0012, rim - 0.012), (bore + 0.0001, rim - 0.001), (mouth + 0.0004, rim + 0.0165),
                    (0, rim + 0.0165),
                ],
                [0, 0.0015, 0.001, 0.002, 0],
            ),
            64,
        )  # fmt: skip
        parts.append(Part(plug, CORK))
    elif lid == "screw":
        top = rim + 0.0012
        cap = np.concatenate([
            filleted(
                [
                    (mouth + 0.0004, top - 0.016), (mouth + 0.0022, top - 0.016), (mouth + 0.0022, top), (mouth - 0.004, top + 0.0006),
                    (mouth - 0.006, top - 0.0006), (0, top - 0.0006),
                ],
                [0, 0.0006, 0.0016, 0.001, 0.001, 0], 4,
            ),
            [(0, top - 0.0009), (mouth + 0.0004, top - 0.0009), (mouth + 0.0004, top - 0.016)],
        ])  # fmt: skip
        count = 90
        grip = lambda theta, p: (  # noqa: E731
            1 + np.where(
                (p[:, 0] > mouth + 0.002) & (p[:, 1] > top - 0.0145) & (p[:, 1] < top - 0.0025), 0.006 * np.cos(30 * theta), 0,
            )
        ).astype(np.float32)  # fmt: skip
        rows = dense(cap, 0.004)
        parts.append(Part(lathe(ring_profile(rows), count, grip), TINPLATE))
        platform = Platform(0.85 * mouth, top)
    elif lid == "knob":
        edge = mouth + 0.003
        under = filleted(
            [(0, rim - 0.006), (bore - 0.0012, rim - 0.006), (bore - 0.0012, rim + 0.0002), (edge, rim + 0.0002), (edge, rim + 0.004)],
            [0, 0.001, 0.0006, 0.0012, 0], 4,
        )  # fmt: skip
        dome = spline([(edge, rim + 0.004), (0.85 * edge, rim + 0.0085), (0.4 * edge, rim + 0.0135), (0.17 * edge, rim + 0.0150)], 20)
        knob = spline([dome[-1], (0.16 * edge, rim + 0.018), (0.27 * edge, rim + 0.025), (0.24 * edge, rim + 0.033), (0, rim + 0.0365)], 24)
        knob[-1, 0] = 0
        parts.append(Part(lathe(simplified(np.concatenate([joined(under, dome, 0.001), knob[1:]])), 64)))
    else:
        cavity = shell.cavity(0.1)
    return Asset(tuple(parts), cavity=cavity, platform=platform)


def jar_rand(rng: np.random.Generator) -> Asset:
    lid: JarLid = rng.choice(["cork", "screw", "knob", "none"], p=[0.35, 0.3, 0.25, 0.1])
    radius_m = rng.uniform(0.038, 0.055)
    return jar(
        radius_m, radius_m * rng.uniform(2.0, 3.1), lid, rng.uniform(0.08, 0.2) if rng.random() < 0.35 else 0.0,
        rng.uniform(0.0024, 0.0032),
    )  # fmt: skip


CanKind = Literal["drink", "food"]


def can(kind: CanKind, radius_m: float, height_m: float) -> Asset:
    """Closed can: a drink can with a ring pull, or a ribbed food tin.

    Args:
        radius_m: 0.026 to 0.05. height_m: 0.06 to 0.17.
    """
    r, h = radius_m, height_m
    if kind == "drink":
        neck = 0.82 * r
        side = spline([(0.80 * r, 0.0012), (0.90 * r, 0.0040), (0.985 * r, 0.0085), (r, 0.0140)], 16)
        shoulder = spline(
            [(r, h - 0.018), (0.975 * r, h - 0.0125), (0.885 * r, h - 0.0070), (0.828 * r, h - 0.0042), (neck, h - 0.003)], 20,
        )  # fmt: skip
        foot = filleted([(0, 0.0085), (0.55 * r, 0.005), (0.72 * r, 0.0), (0.78 * r, 0.0), side[0]], [0, 0.02, 0.001, 0.001, 0], 5)
        body = lathe(
            simplified(
                np.concatenate(
                    [
                        foot[:-1], side, shoulder, [(neck - 0.0004, h - 0.003), (neck - 0.0004, h - 0.0076), (0, h - 0.0076)],
                    ],
                ),
            ),
            80,
        )  # fmt: skip
        lid = lathe(
            filleted([(0, h - 0.0073), (neck - 0.001, h - 0.0073), (neck - 0.0006, h - 0.0032),
                      (neck + 0.0011, h - 0.0034), (neck + 0.0011, h), (neck - 0.0007, h),
                      (neck - 0.0016, h - 0.0066), (neck - 0.0034, h - 0.0066), (neck - 0.0042, h - 0.0038), (0, h - 0.0038)],
                     [0, 0.0004, 0.0003, 0.0006, 0.0009, 0.0007, 0.0006, 0.0006, 0.0006, 0], 4), 80,
        )  # fmt: skip
        top = h - 0.0038
        parts = [Part(body), Part(lid, BARE_ALUMINIUM), Part(_ring_pull(neck).moved(z=top), BARE_ALUMINIUM)]
        return Asset(tuple(parts), platform=Platform(0.8 * neck, h))
    seam = 0.0012
    z = np.linspace(0.22 * h, 0.78 * h, 61)
    beads = r - 0.0006 * (0.5 - 0.5 * np.cos(2 * np.pi * (z - z[0]) / (z[-1] - z[0]) * round(0.56 * h / 0.0062)))
    profile = np.concatenate([
        filleted(
            [(0, 0.0018), (r - 0.004, 0.0018), (r - 0.002, 0), (r + seam, 0), (r + seam, 0.0034), (r, 0.0040), (r, 0.2 * h)],
            [0, 0.001, 0.0008, 0.0008, 0.0008, 0.0008, 0], 4,
        ),
        np.stack([beads, z], 1),
        filleted([(r, 0.8 * h), (r, h - 0.0040), (r + seam, h - 0.0034), (r + seam, h), (r - 0.0014, h), (r - 0.0024, h - 0.0036),
                  (0.80 * r, h - 0.0036), (0.77 * r, h - 0.0044), (0.56 * r, h - 0.0044), (0.53 * r, h - 0.0036), (0, h - 0.0036)],
                 [0, 0.0008, 0.0008, 0.0009, 0.0008, 0.0008, 0.001, 0.001, 0.001, 0.001, 0], 4),
    ])  # fmt: skip
    return Asset((Part(lathe(profile, 64)),), platform=Platform(0.9 * r, h))


def _ring_pull(neck_m: float) -> Mesh:
    """Ring pull lying on a lid at z = 0."""
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    loop = np.stack([0.0072 * np.cos(t), 0.0080 * np.sin(t) - 0.0105, np.full_like(t, 0.0015)], 1)
    ring = tube(loop, 0.0012, 10, closed=True)
    tongue = cylinder(0.0066, 0.0010, 0.0004, 32).scaled(1.0, 1.25, 1.0).moved(y=0.0020, z=0.0006)
    rivet = lathe(filleted([(0, 0), (0.0030, 0), (0.0026, 0.0022), (0, 0.0024)], [0, 0, 0.0008, 0]), 24)
    panel = _outlined(0.62 * neck_m)
    return join([ring, tongue, rivet, panel])


def _outlined(size_m: float) -> Mesh:
    """The scored tear panel of a drink can: a raised line."""
    t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    line = np.stack([0.42 * size_m * np.cos(t), 0.36 * size_m * np.sin(t) - 0.46 * size_m, np.full_like(t, 0.0)], 1)
    return tube(line, 0.0004, 6, closed=True)


def can_rand(rng: np.random.Generator) -> Asset:
    if rng.random() < 0.6:
        return can("drink", 0.033, 0.115) if rng.random() < 0.6 else can("drink", rng.uniform(0.0265, 0.029), rng.uniform(0.133, 0.157))
    radius_m = rng.uniform(0.036, 0.044)
    return can("food", radius_m, radius_m * rng.uniform(2.2, 2.9))


_GLASSES: Sequence[str] = ("clear glass", "coloured glass", "frosted glass", "cut glass")
_CERAMICS: Sequence[str] = ("porcelain", "glazed ceramic", "terracotta", "clay")
_METALS: Sequence[str] = ("silver", "copper", "brass", "gold", "bronze", "brushed steel", "aluminium")
_COLORS = (
    "white", "blue", "red", "green", "turquoise", "yellow", "black", "cream", "teal", "navy blue", "orange", "sky blue", "grey", "pink",
    "purple", "coral", "mustard yellow",
)  # fmt: skip
_GLASS_COLORS = ("green", "blue", "brown", "turquoise", "red", "teal", "sky blue", "purple", "pink", "yellow")

ASSETS = (
    AssetType(
        "bottle",
        "products",
        bottle_rand,
        (0.1, 0.35),
        (*_GLASSES[:3], "glazed ceramic", "porcelain", "glossy plastic", "aluminium"),
        _GLASS_COLORS,
        lies=True,
    ),
    AssetType(
        "wine bottle",
        "products",
        wine_bottle_rand,
        (0.28, 0.34), ("coloured glass", "clear glass", "frosted glass"), ("green", "olive green", "brown", "black", "blue"),
        lies=True,
    ),
    AssetType(
        "wine glass",
        "products",
        wine_glass_rand,
        (0.12, 0.27), ("clear glass", "coloured glass", "cut glass", "frosted glass", "silver", "gold"),
        ("blue", "green", "red", "pink", "purple", "turquoise"),
    ),
    AssetType("tumbler", "products", tumbler_rand, (0.07, 0.17), (*_GLASSES, "brushed steel", "copper", "matte plastic"), _GLASS_COLORS),
    AssetType(
        "vase",
        "products",
        vase_rand,
        (0.1, 0.4),
        (
            "glazed ceramic",
            "porcelain",
            "clear glass",
            "coloured glass",
            "terracotta",
            "clay",
            "frosted glass",
            "cut glass",
            "copper",
            "brass",
            "silver",
            "bronze",
            "white marble",
            "black marble",
            "jade",
            "concrete",
            "gold",
        ),
        _COLORS,
    ),
    AssetType(
        "bowl",
        "products",
        bowl_rand,
        (0.09, 0.34),
        (
            "porcelain",
            "glazed ceramic",
            "clear glass",
            "oak",
            "walnut",
            "bamboo",
            "terracotta",
            "coloured glass",
            "copper",
            "silver",
            "brass",
            "white marble",
            "clay",
            "brushed steel",
            "gold",
        ),
        _COLORS,
    ),
    AssetType(
        "plate",
        "products",
        plate_rand,
        (0.12, 0.34),
        (
            "porcelain",
            "glazed ceramic",
            "clear glass",
            "terracotta",
            "slate",
            "oak",
            "silver",
            "gold",
            "clay",
            "white marble",
            "bamboo",
        ),
        _COLORS,
    ),
    AssetType(
        "mug",
        "products",
        mug_rand,
        (0.09, 0.16),
        ("glazed ceramic", "porcelain", "terracotta", "clay", "clear glass", "brushed steel", "copper", "matte plastic", "aluminium"),
        _COLORS,
    ),
    AssetType(
        "cup and saucer",
        "products",
        cup_and_saucer_rand,
        (0.1, 0.2),
        ("porcelain", "glazed ceramic", "clear glass", "silver", "gold", "terracotta", "clay"),
        _COLORS,
    ),
    AssetType(
        "teapot",
        "products",
        teapot_rand,
        (0.14, 0.32),
        ("porcelain", "glazed ceramic", "silver", "copper", "clay", "terracotta", "clear glass", "brass", "brushed steel"),
        _COLORS,
    ),
    AssetType(
        "jug",
        "products",
        jug_rand,
        (0.08, 0.32),
        (*_CERAMICS, "clear glass", "coloured glass", *_METALS[:3], "brushed steel"),
        _COLORS,
    ),
    AssetType("jar", "products", jar_rand, (0.07, 0.24), (*_GLASSES[:3], *_CERAMICS, "white marble", "jade"), _COLORS),
    AssetType(
        "perfume bottle",
        "products",
        perfume_bottle_rand,
        (0.05, 0.16), ("clear glass", "coloured glass", "frosted glass"),
        ("pink", "purple", "blue", "sky blue", "lavender", "green", "black", "red", "yellow"),
    ),
    AssetType(
        "can",
        "products",
        can_rand,
        (0.06, 0.18), ("aluminium", "brushed steel", "glossy plastic", "matte plastic", "copper", "chrome", "rusty iron"),
        ("red", "blue", "green", "black", "white", "yellow", "orange", "purple", "turquoise"),
        lies=True,
    ),
)  # fmt: skip
