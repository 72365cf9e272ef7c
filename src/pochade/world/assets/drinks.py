"""Drinks in their vessels: coffee, juice, red wine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from pochade.world.asset import Asset, AssetType, Part
from pochade.world.assets.bakery import over, ramp, seed_of
from pochade.world.assets.vessels import WineGlassShape, cup_and_saucer, cup_shell, wine_glass_shell
from pochade.world.blending import smoothstep
from pochade.world.materials import Material, Rgb, srgb
from pochade.world.mesh import Floats, Mesh, box, filleted, join, lathe, spline
from pochade.world.noise import cellular, fbm
from pochade.world.turning import grounded, hollow, pipe
from pochade.world.vectors import f32

_GLASS = Material("glass", (0.985, 0.992, 0.988), ior=1.52)
_WINE = Material("glass", (0.50, 0.024, 0.046), ior=1.34)
_ICE = Material("glass", (0.975, 0.985, 0.99), ior=1.31)


# --- coffee -----------------------------------------------------------------------------------------------------

CoffeeStyle = Literal["black", "crema", "heart", "rosetta"]


def cup_of_coffee(radius_m: float, height_m: float, style: CoffeeStyle, rng: np.random.Generator) -> Asset:
    """Cup and saucer with coffee; the vessel is the body.

    Args:
        radius_m: of the cup's rim, 0.034 to 0.052.
        height_m: of the cup, 0.045 to 0.075.
        style: black, with the foam of an espresso, or milk foam with a pattern.
    """
    seed = seed_of(rng)
    power = rng.uniform(2.2, 3.0)
    crockery = cup_and_saucer(radius_m, height_m, power)
    assert crockery.cavity is not None
    shell = cup_shell(radius_m, height_m, power=power)
    seat_m = crockery.cavity.rim_m - shell.rim_m
    level_m = height_m * rng.uniform(0.84, 0.89)
    side = shell.inner[shell.inner[:, 1] < level_m - 0.001].astype(np.float64) + np.array([0.0003, -0.0002])
    side[0, 0] = 0.0
    r = shell.inner_radius_at(level_m) + 0.0003
    top = [(r, level_m + 0.0005), (r - 0.0006, level_m + 0.0002), *[(k, level_m) for k in np.linspace(r - 0.002, 0, 54)]]
    mesh = lathe(np.array([*side, *top]), 144)
    full_m = shell.inner_radius_at(level_m)
    x, y = mesh.vertices[:, 0] / full_m, mesh.vertices[:, 1] / full_m
    rho = np.hypot(x, y)
    p = np.stack([x, y], 1)
    flow = np.stack([fbm(p * 2.2, seed, 3), fbm(p * 2.2, seed + 1, 3)], 1)
    bubbles, _, ident = cellular(p * 26 + flow, seed + 2)
    froth = smoothstep(0.45, 0.15, bubbles) * (ident > 0.45)
    tiger = fbm((p + 0.35 * flow) * np.array([5, 9], np.float32), seed + 3, 4)
    crema = ramp(0.5 + 0.7 * tiger + 0.15 * froth, srgb(112, 60, 24), srgb(162, 96, 42), srgb(192, 128, 66), srgb(214, 160, 98))
    rough, coat = 0.30, 0.2
    if style == "black":
        edge = smoothstep(0.86, 0.99, rho + 0.05 * flow[:, 0])
        color = ramp(0.3 + 0.5 * flow[:, 0] + 0.25 * rho, srgb(24, 11, 6), srgb(34, 16, 8), srgb(48, 23, 11))
        color = over(color, srgb(104, 56, 24), edge * 0.8)
        color = over(color, srgb(176, 122, 72), froth * smoothstep(0.88, 0.98, rho + 0.08 * flow[:, 1]) * 0.8)
        rough, coat = 0.06, 1.0
    elif style == "crema":
        color = over(crema, srgb(84, 42, 18), smoothstep(0.10, 0.45, tiger) * 0.5)
        color = over(color, srgb(96, 50, 20), smoothstep(0.93, 1.0, rho) * 0.6)
    else:
        turn = np.radians(rng.uniform(-25, 25))
        c, s = np.cos(turn), np.sin(turn)
        u, v = c * x - s * y + 0.03 * flow[:, 0], s * x + c * y + 0.03 * flow[:, 1]
        milk = _heart(u, v) if style == "heart" else _rosetta(u, v)
        base = over(crema, srgb(128, 72, 32), 0.35 + 0.3 * smoothstep(0.7, 1.0, rho))
        foam = ramp(0.6 + 0.4 * flow[:, 0] + 0.2 * froth, srgb(226, 200, 160), srgb(240, 224, 196), srgb(246, 236, 216))
        color = over(base, foam, milk)
    drink = Material("opaque", roughness=rough, specular=0.45, clearcoat=coat, flatness=0.3)
    return Asset((*crockery.parts, Part(mesh.painted(np.clip(color, 0, 0.86)).moved(z=seat_m), drink)))


def _heart(x: Floats, y: Floats) -> Floats:
    """Milk 0 to 1 of a heart in layers, at points in a unit disc."""
    low, high = np.full(x.shape, 0.02), np.full(x.shape, 3.0)
    for _ in range(18):  # the scale at which the curve (x^2 + y^2 - 1)^3 = x^2 y^3 passes through the point
        mid = (low + high) / 2
        a, b = x / mid, (y + 0.08) / mid * 1.05
        inside = (a * a + b * b - 1) ** 3 - a * a * b**3 < 0
        low, high = np.where(inside, low, mid), np.where(inside, mid, high)
    soft = 0.03
    milk = smoothstep(0.46 + soft, 0.46 - soft, high)
    for at, width in ((0.58, 0.040), (0.71, 0.030)):
        milk = np.maximum(milk, smoothstep(width + soft * 0.7, width - soft * 0.3, np.abs(high - at)) * smoothstep(-0.55, -0.15, y))
    return milk


def _rosetta(x: Floats, y: Floats) -> Floats:
    """Milk 0 to 1 of a fern, at points in a unit disc; its stalk points to -y."""
    t = np.clip((y + 0.72) / 1.40, 0, 1)
    wide = 0.60 * np.sin(np.pi * t**0.8) ** 0.65 + 0.02
    across = np.abs(x) / wide
    phase = t * 8.5 - 1.25 * across**1.6 * np.sqrt(wide)
    stripe = smoothstep(0.20, 0.42, np.abs(phase - np.floor(phase) - 0.5))
    leaf = smoothstep(1.04, 0.92, across) * ((y > -0.72) & (y < 0.68))
    stem = smoothstep(0.035, 0.012, np.abs(x)) * smoothstep(-0.86, -0.8, y) * smoothstep(0.45, 0.3, y)
    crown = smoothstep(0.16, 0.11, np.hypot(x, (y - 0.60) * 1.3))
    return np.maximum(np.maximum(leaf * (1 - stripe), stem), crown)


def cup_of_coffee_rand(rng: np.random.Generator) -> Asset:
    style: CoffeeStyle = rng.choice(["black", "crema", "heart", "rosetta"], p=[0.25, 0.2, 0.25, 0.3])
    return cup_of_coffee(rng.uniform(0.042, 0.048), rng.uniform(0.052, 0.060), style, rng)


# --- juice ------------------------------------------------------------------------------------------------------

JUICES: dict[str, tuple[Rgb, Rgb]] = {
    "orange": (srgb(236, 134, 18), srgb(246, 172, 64)), "red": (srgb(172, 24, 26), srgb(206, 74, 66)),
    "green": (srgb(112, 148, 38), srgb(158, 184, 84)),
    "yellow": (srgb(238, 186, 84), srgb(246, 214, 130)), "pink": (srgb(232, 112, 104), srgb(244, 164, 150)),
}  # fmt: skip
"""Juice by the colour's name, and its froth."""
_PEEL: dict[str, tuple[Rgb, Rgb]] = {
    "orange": (srgb(232, 126, 20), srgb(244, 164, 48)), "red": (srgb(206, 74, 40), srgb(206, 52, 40)),
    "green": (srgb(84, 134, 36), srgb(190, 208, 106)),
    "yellow": (srgb(240, 196, 40), srgb(244, 222, 116)), "pink": (srgb(236, 150, 70), srgb(230, 96, 84)),
}  # fmt: skip


def glass_of_juice(
    radius_m: float, height_m: float, color: str, fill: float, ice: int, straw: bool, slice_on_rim: bool, rng: np.random.Generator
) -> Asset:
    """Tumbler of juice with froth at its rim.

    Args:
        radius_m: at the rim, 0.028 to 0.04.
        height_m: 0.09 to 0.16.
        color: a key of `JUICES`.
        fill: share of the height, 0.5 to 0.9.
        ice: cubes that float, 0 to 3.
    """
    seed = seed_of(rng)
    taper, wall_m = rng.uniform(0.82, 0.94), 0.0019
    wall = spline([(taper * radius_m, 0), (radius_m * (taper + 0.55 * (1 - taper)), 0.5 * height_m), (radius_m, height_m - wall_m / 2)], 30)
    shell = hollow(grounded(wall, 0.12 * radius_m, 0.002), wall_m, 0.009, 0.22 * radius_m)
    level_m = fill * height_m
    body, froth = JUICES[color]
    # seen through the round wall, juice seems to fill the glass to its outside; so that is where its surface is, with the gloss of glass
    floor_m = float(shell.inner[0, 1])
    heights = np.concatenate([np.linspace(floor_m + 0.004, level_m - 0.016, 6), np.linspace(level_m - 0.014, level_m - 0.0004, 9)])
    side = [(shell.outer_at(z)[0][0] + 0.00005, z) for z in heights]
    low = filleted([(0, floor_m - 0.0002), (side[0][0], floor_m - 0.0002), side[1]], [0, 0.006, 0], 5)[:-1]
    r = shell.inner_radius_at(level_m)
    top = [
        (side[-1][0] - 0.0003, level_m),
        (r, level_m + 0.0004),
        (r - 0.0006, level_m),
        *[(k, level_m - 0.0003) for k in np.linspace(r - 0.002, 0, 18)],
    ]
    mesh = lathe(np.array([*low, *side[1:], *top]), 96)
    v = mesh.vertices
    rim = np.hypot(v[:, 0], v[:, 1]) / r
    surface_ = v[:, 2] > level_m - 0.002
    bubbles, _, ident = cellular(v / 0.0024, seed)
    foam = (
        smoothstep(-0.35, 0.25, fbm(v / 0.008, seed + 1, 3) + 0.9 * (rim - 0.72) + 0.3 * smoothstep(0.4, 0.1, bubbles) * (ident > 0.5))
        * surface_
    )
    line = smoothstep(level_m - 0.0055, level_m - 0.0005, v[:, 2] + 0.002 * fbm(v[:, :2] / 0.008, seed + 2, 2))
    tint = (
        np.array(body, np.float32)
        * (1.0 + 0.10 * fbm(v / np.array([0.02, 0.02, 0.03], np.float32), seed + 3, 3) + 0.10 * (v[:, 2] / level_m - 0.6))[:, None]
    )
    painted = mesh.painted(np.clip(over(tint, froth, np.maximum(foam * 0.8, line * 0.7)), 0, 0.86))
    parts = [
        Part(shell.mesh(80), _GLASS),
        Part(painted, Material("opaque", roughness=0.06, specular=0.5, clearcoat=1.0, flatness=0.85), paintable=True),
    ]
    if ice:
        cubes = []
        for k in range(ice):
            edge = rng.uniform(0.019, 0.022) * min(1.0, radius_m / 0.034)
            turn = 2 * np.pi * k / ice + rng.uniform(-0.3, 0.3)
            away = 0.0 if ice == 1 else r - 0.76 * edge
            cube = box(edge, edge, edge, 0.003, 3, 4).moved(z=-edge / 2)
            cube = (
                cube.displaced(0.0005 * fbm(cube.vertices / 0.009, seed + 4 + k, 2))
                .rotated("x", rng.uniform(-14, 14))
                .rotated("z", rng.uniform(0, 90))
            )
            cubes.append(cube.moved(away * np.cos(turn), away * np.sin(turn), level_m + rng.uniform(0.0, 0.15) * edge))
        parts.append(Part(join(cubes), _ICE))
    if straw:
        width_m = 0.0031
        high, low = shell.inner_radius_at(height_m - 0.002) - width_m * 1.15, -0.45 * shell.inner_radius_at(0.016)
        slope = (high - low) / (height_m - 0.014)
        z = np.linspace(0.014, height_m + rng.uniform(0.04, 0.055), 56)
        paper = pipe(np.stack([low + slope * (z - 0.014), z], 1), np.full(56, width_m), 0.0004, segments=24)
        v = paper.vertices
        angle = np.arctan2(v[:, 1], v[:, 0] - low - slope * (v[:, 2] - 0.014))
        band = smoothstep(-0.1, 0.1, np.cos(angle + v[:, 2] / 0.0135 * 2 * np.pi))
        stripe = (srgb(176, 40, 40), srgb(40, 96, 140), srgb(60, 120, 80))[int(rng.integers(3))]
        color_ = over(np.broadcast_to(f32(srgb(238, 234, 224)), v.shape), stripe, band)
        parts.append(Part(paper.painted(color_).rotated("z", rng.uniform(20, 160)), Material("opaque", roughness=0.6)))
    if slice_on_rim:
        size = rng.uniform(0.029, 0.032) if color not in ("green", "yellow") else rng.uniform(0.023, 0.026)
        side_deg = float(rng.choice([rng.uniform(-65, -35), rng.uniform(215, 245)]))
        wheel = _citrus_wheel(size, *_PEEL[color], rng)
        wheel = wheel.rotated("x", 90).rotated("y", rng.uniform(0, 360)).moved(z=height_m + 0.22 * size)
        # the wall runs into the cut of the slice
        parts.append(
            Part(
                wheel.moved(x=radius_m - wall_m / 2).rotated("z", side_deg),
                Material("opaque", roughness=0.3, specular=0.45, clearcoat=0.35, flatness=0.6),
            )
        )
    return Asset(tuple(parts))


def _citrus_wheel(radius_m: float, peel: Rgb, pulp: Rgb, rng: np.random.Generator) -> Mesh:
    """A slice across a citrus fruit, its axis along z, centred, painted."""
    seed = seed_of(rng)
    half, count = 0.0026, int(rng.integers(9, 12))
    rings = np.linspace(0, 1, 17) ** 0.8 * (radius_m - 0.0006)
    profile = [*[(r, -half) for r in rings], (radius_m, -half + 0.0006), (radius_m, half - 0.0006), *[(r, half) for r in rings[::-1]]]
    mesh = lathe(np.array(profile), 108)
    v = mesh.vertices
    rho, a = np.hypot(v[:, 0], v[:, 1]) / radius_m, np.arctan2(v[:, 1], v[:, 0])
    wobble = 0.16 * fbm(v[:, :2] / 0.010, seed, 2)
    spoke = np.abs((a / (2 * np.pi) * count + wobble + 64) % 1 - 0.5)
    gap = (0.5 - spoke) * 2 * np.pi / count * rho * radius_m
    skin = smoothstep(0.0011, 0.0004, gap)
    sacs = fbm(np.stack([rho * 5, a * 5.5, v[:, 2] / 0.004], 1), seed + 1, 3)
    flesh = np.array(pulp, np.float32) * (1.0 + 0.30 * sacs)[:, None]
    pale = np.array(srgb(246, 232, 196), np.float32)
    color = over(
        over(flesh, pale * 0.5 + np.array(pulp, np.float32) * 0.5, skin), pale, smoothstep(0.855, 0.885, rho) + smoothstep(0.13, 0.09, rho)
    )
    color = over(color, peel, smoothstep(0.935, 0.955, rho))
    lift = 0.0004 * sacs * (rho < 0.86) - 0.0004 * skin * (rho < 0.86)
    return mesh.displaced(np.where(np.abs(v[:, 2]) > half * 0.9, lift * smoothstep(0.0, 0.1, rho), 0)).painted(np.clip(color, 0, 0.86))


def _juice_in(color: str) -> Callable[[np.random.Generator], Asset]:
    def rand(rng: np.random.Generator) -> Asset:
        height_m = rng.uniform(0.115, 0.14)
        extra = rng.random(3)
        return glass_of_juice(
            rng.uniform(0.032, 0.037), height_m, color, rng.uniform(0.74, 0.84), int(rng.choice([1, 2, 3])) if extra[0] < 0.4 else 0,
            bool(extra[1] < 0.5), bool(extra[2] < 0.6), rng,
        )  # fmt: skip

    return rand


def glass_of_juice_rand(rng: np.random.Generator) -> Asset:
    return _juice_in(str(rng.choice(list(JUICES), p=[0.5, 0.15, 0.15, 0.1, 0.1])))(rng)


# --- red wine ---------------------------------------------------------------------------------------------------


def glass_of_red_wine(shape: WineGlassShape, bowl_radius_m: float, bowl_height_m: float, stem_m: float, fill: float) -> Asset:
    """Stemmed glass of red wine; the wine reaches a hair into the wall, so that no film of air shows.

    Args:
        bowl_radius_m: widest outer radius, 0.02 to 0.06. bowl_height_m: 0.04 to 0.16. stem_m: 0.05 to 0.12.
        fill: share of the bowl's height, 0.2 to 0.7.
    """
    shell = wine_glass_shell(shape, bowl_radius_m, bowl_height_m, stem_m)
    level_m = stem_m + fill * bowl_height_m
    return Asset((Part(shell.mesh(80), _GLASS), Part(shell.liquid(level_m, segments=80), _WINE)))


def glass_of_red_wine_rand(rng: np.random.Generator) -> Asset:
    shape: WineGlassShape = rng.choice(["bordeaux", "burgundy"])
    radius, height, stem = {"bordeaux": (0.0440, 0.112, 0.095), "burgundy": (0.0500, 0.106, 0.092)}[shape]
    return glass_of_red_wine(
        shape, radius * rng.uniform(0.93, 1.06), height * rng.uniform(0.93, 1.06), stem * rng.uniform(0.9, 1.12), rng.uniform(0.36, 0.46)
    )


ASSETS = (
    AssetType(
        "cup of coffee",
        "food",
        cup_of_coffee_rand,
        (0.1, 0.2),
        ("porcelain", "glazed ceramic", "clear glass", "terracotta", "clay"),
        ("white", "black", "blue", "green", "red", "teal", "cream", "grey", "pink", "mustard yellow", "navy blue", "turquoise"),
    ),
    AssetType(
        "glass of juice", "food", glass_of_juice_rand, (0.09, 0.24), colors=tuple(JUICES), varieties={c: _juice_in(c) for c in JUICES}
    ),
    AssetType("glass of red wine", "food", glass_of_red_wine_rand, (0.15, 0.27)),
)
