"""Dishes: burger, pizza, cheese, sushi, ice cream, soup."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pochade.world.asset import Asset, AssetType, Part
from pochade.world.assets.bakery import (
    CRUST,
    block,
    floored,
    loops,
    outward,
    over,
    ramp,
    resampled,
    scattered,
    seed_of,
    surface_points,
    swept,
    turned,
)
from pochade.world.assets.vessels import bowl
from pochade.world.blending import smoothstep
from pochade.world.materials import Material, Rgb, srgb
from pochade.world.mesh import Floats, Mesh, ball, blob, drop_degenerate, filleted, grid_faces, join, lathe, sheet, spline, tube
from pochade.world.noise import cellular, fbm, ridged

_WET = Material("opaque", roughness=0.28, specular=0.5, clearcoat=0.4, flatness=0.5)
_CRUMB = Material("opaque", roughness=0.6, specular=0.4, flatness=0.45)
_LEAF = Material("opaque", roughness=0.42, specular=0.4, clearcoat=0.15, flatness=0.45)


# --- burger -----------------------------------------------------------------------------------------------------


def burger(radius_m: float, patties: int, tomato: bool, onion: bool, seeds: int, rng: np.random.Generator) -> Asset:
    """Burger: heel, lettuce, patties with melted cheese, tomato, crown with sesame.

    Args:
        radius_m: of the bun, 0.045 to 0.065.
        patties: 1 or 2.
        seeds: sesame seeds, 0 to 200.
    """
    seed = seed_of(rng)
    parts: list[Part] = []

    heel_m = 0.36 * radius_m
    heel = turned(
        filleted(
            [(0, 0), (radius_m * 0.94, 0), (radius_m, heel_m * 0.55), (radius_m * 0.97, heel_m), (0, heel_m)],
            [0, 0.005, 0.008, 0.003, 0],
            5,
        ),
        18,
    )
    v = heel.vertices
    fine = fbm(v / 0.004, seed, 3)
    bake = 0.46 + 0.12 * fbm(v / 0.02, seed + 1, 3) + 0.06 * fine - 0.42 * smoothstep(0.72, 0.95, v[:, 2] / heel_m)
    heel = heel.displaced(0.0006 * fbm(v / 0.02, seed + 2, 2)).painted(ramp(bake, *CRUST))
    parts.append(Part(floored(heel, 0.0004), _CRUMB))
    z = heel_m

    parts.append(Part(_ruffle(radius_m * 1.02, z + 0.003, rng), _LEAF))
    z += 0.0062
    meats, cheeses = [], []
    for _ in range(patties):
        high = 0.27 * radius_m
        meats.append(_patty(radius_m * 1.015, high, 28 if patties == 1 else 20, rng).moved(z=z))
        cheeses.append(_cheese_slice(radius_m * 1.005, z + high, rng))
        z += high + 0.0026
    parts.append(Part(join(meats), Material("opaque", roughness=0.5, specular=0.45, clearcoat=0.12, flatness=0.2)))
    parts.append(Part(join(cheeses), Material("opaque", roughness=0.36, specular=0.45, clearcoat=0.2, flatness=0.65)))
    if tomato:
        slices = []
        for k in range(3):
            a = np.radians(-90 + 120 * k + rng.uniform(-25, 25))
            slices.append(
                _tomato_slice(radius_m * 0.56, rng).moved(radius_m * 0.46 * np.cos(a), radius_m * 0.46 * np.sin(a), z + 0.0004 * k)
            )
        parts.append(Part(join(slices), _WET))
        z += 0.0062
    if onion and patties == 1:
        rings = []
        for k in range(4):
            a = np.radians(-90 + 95 * k + rng.uniform(-30, 30))
            size = radius_m * rng.uniform(0.42, 0.56)
            t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
            path = np.stack([size * np.cos(t), size * np.sin(t), 0.0006 * np.sin(2 * t + k)], 1)
            centre = np.array([(radius_m * 0.93 - size) * np.cos(a), (radius_m * 0.93 - size) * np.sin(a), z + 0.0015])
            ring = tube(path + centre, 0.0017, 8, closed=True)
            level = (ring.vertices[:, 2] - z) / 0.003
            rings.append(ring.painted(ramp(level, srgb(170, 80, 130), srgb(226, 190, 206), srgb(236, 218, 220))))
        parts.append(Part(join(rings), _WET))
        z += 0.0030

    crown_m = 0.74 * radius_m
    under = [(0, 0), (radius_m * 0.93, 0.0), (radius_m * 0.985, 0.10 * crown_m)]
    t = np.linspace(0.10, 1, 20)
    dome = [(radius_m * np.cos((k - 0.10) / 0.9 * np.pi / 2) ** 0.62, crown_m * np.sin(k * np.pi / 2) ** 0.92) for k in t[1:-1]]
    crown = turned(np.array([*under, *dome, (0, crown_m)]), 24)
    v = crown.vertices
    level = v[:, 2] / crown_m
    fine = fbm(v / 0.0035, seed + 3, 3)
    bake = 0.16 + 0.50 * smoothstep(0.02, 0.55, level) + 0.10 * fbm(v / 0.022, seed + 4, 4) + 0.04 * fine + 0.06 * level
    crown = crown.displaced((0.0012 * fbm(v / 0.03, seed + 5, 3) + 0.00012 * fine) * smoothstep(0.02, 0.1, level)).painted(
        ramp(bake, srgb(246, 222, 172), srgb(236, 188, 116), srgb(208, 136, 62), srgb(170, 92, 36), srgb(120, 58, 24))
    )
    crown = crown.rotated("x", rng.uniform(-3, 2)).rotated("y", rng.uniform(-2, 2)).moved(z=z - 0.0004)
    parts.append(Part(crown, Material("opaque", roughness=0.36, specular=0.45, clearcoat=0.25, flatness=0.4)))
    if seeds:
        top = z + 0.30 * crown_m
        at, normal = surface_points(
            crown, rng, seeds, 0.0040, lambda p, n: (p[:, 2] > top + rng.random(len(p)) * 0.35 * crown_m) & (n[:, 2] > 0.1)
        )
        grain = ball(2)
        g = grain.vertices * np.array([0.00165, 0.00100, 0.00062], np.float32)
        g[:, 1] *= 1 - 0.35 * grain.vertices[:, 0]
        colors = ramp(rng.random(len(at)), srgb(232, 212, 168), srgb(244, 232, 202))
        parts.append(
            Part(
                scattered(Mesh(g, grain.faces, grain.uv), at + normal * 0.0003, normal, rng, colors, lean=0.08),
                Material("opaque", roughness=0.45, flatness=0.5),
            )
        )
    return Asset(tuple(parts))


def _ruffle(radius_m: float, z: float, rng: np.random.Generator) -> Mesh:
    """Ring of lettuce with a ruffled edge that spills over the bun."""
    seed = seed_of(rng)
    n, m = 132, 11
    u = np.linspace(0, 2 * np.pi, n, endpoint=False)[:, None]
    w = np.linspace(0, 1, m)[None]
    circle = np.stack([np.cos(u), np.sin(u), 0 * u], -1)
    reach = radius_m * (1.10 + 0.10 * fbm(circle * 2.4, seed, 3))
    rho = radius_m * 0.45 + (reach - radius_m * 0.45) * w
    phase = 15 * u + 2.4 * fbm(circle * 2.5, seed + 1, 2)
    wave = np.sin(phase) + 0.45 * np.sin(2.3 * phase + 1.0 + 3 * fbm(circle * 3, seed + 2, 2))
    amount = smoothstep(0.45, 1.0, w) * 0.0046
    height = z - 0.0075 * smoothstep(0.82, 1.0, w) * (1 + 0.5 * fbm(circle * 3, seed + 3, 2)) + amount * wave
    rho = rho + amount * 0.7 * np.cos(phase)
    mid = np.stack([rho * np.cos(u), rho * np.sin(u), height], -1)
    half = (0.00045 * np.sqrt(np.clip(1 - (2 * w - 1) ** 10, 0.02, 1)))[..., None] * np.array([0, 0, 1.0])
    mesh = loops(np.concatenate([mid + half, (mid - half)[:, ::-1]], 1))
    across = np.concatenate([w[0], w[0, ::-1], w[0, :1]])
    at = np.tile(across, n + 1)
    vein = fbm(mesh.vertices / 0.008, seed + 4, 3)
    color = ramp(at * 0.95 + 0.15 * vein, srgb(214, 222, 150), srgb(186, 206, 112), srgb(140, 176, 76), srgb(96, 142, 52))
    return mesh.painted(color)


def _patty(radius_m: float, height_m: float, resolution: int, rng: np.random.Generator) -> Mesh:
    """Coarsely ground, seared meat."""
    seed = seed_of(rng)
    profile = filleted(
        [(0, 0), (radius_m * 0.95, 0), (radius_m * 1.02, height_m / 2), (radius_m * 0.95, height_m), (0, height_m)],
        [0, 0.005, 0.008, 0.005, 0],
        6,
    )
    mesh = turned(resampled(profile, 0.002), resolution)
    v = mesh.vertices
    near, far, ident = cellular(v / 0.0058 + 0.4 * fbm(v / 0.006, seed, 2)[:, None], seed + 1)
    lump = np.sqrt(np.clip(1 - near, 0, 1))
    char = smoothstep(-0.25, 0.45, fbm(v / 0.014, seed + 2, 3))
    wobble = 1 + 0.03 * fbm(np.stack([v[:, 0], v[:, 1], 0 * v[:, 2]], 1) / 0.03, seed + 3, 2)
    mesh = Mesh(v * np.stack([wobble, wobble, np.ones(len(v))], 1).astype(np.float32), mesh.faces, mesh.uv)
    color = ramp(
        0.18 + 0.42 * ident + 0.55 * (lump - 0.6) - 0.22 * char, srgb(34, 18, 12), srgb(72, 38, 24), srgb(112, 64, 40), srgb(146, 92, 60)
    )
    return mesh.displaced(
        0.0022 * (lump - 0.6) + 0.0005 * fbm(v / 0.002, seed + 4, 2) - 0.0009 * smoothstep(0.12, 0.0, far - near)
    ).painted(color)


def _cheese_slice(radius_m: float, z: float, rng: np.random.Generator) -> Mesh:
    """Square slice that has melted over a round edge; its corners hang."""
    seed = seed_of(rng)
    half, turn = radius_m * 0.99, np.radians(45 + rng.uniform(-16, 16))
    t = np.linspace(-1, 1, 31)
    a, b = np.meshgrid(t, t)
    x, y = half * a, half * b
    rho = np.hypot(x, y)
    excess = np.maximum(rho - radius_m * 0.94, 0)
    bend = 0.006
    angle = np.minimum(excess / bend, 1.42)
    out = np.where(excess > 0, radius_m * 0.94 + bend * np.sin(angle) + np.maximum(excess - bend * 1.42, 0) * np.cos(1.42), rho)
    drop = bend * (1 - np.cos(angle)) + np.maximum(excess - bend * 1.42, 0) * np.sin(1.42)
    wave = fbm(np.stack([x, y], -1) / 0.022, seed, 2)
    out = out + 0.0016 * wave * smoothstep(0.0, 0.01, excess)
    factor = out / np.maximum(rho, 1e-9)
    c, s = np.cos(turn), np.sin(turn)
    px, py = x * factor, y * factor
    grid = np.stack([c * px - s * py, s * px + c * py, z + 0.0014 - drop * (1.15 + 0.35 * wave) + 0.0003 * wave], -1)
    edge = np.clip(1 - np.maximum(np.abs(a), np.abs(b)) ** 24, 0.08, 1) ** 0.5
    mesh = sheet(grid, 0.0027 * edge)
    level = fbm(mesh.vertices / 0.01, seed + 1, 2)
    return mesh.painted(ramp(0.5 + 0.5 * level, srgb(226, 152, 62), srgb(236, 170, 80), srgb(242, 186, 100))).creased(180)


def _tomato_slice(radius_m: float, rng: np.random.Generator) -> Mesh:
    seed = seed_of(rng)
    thick = 0.0055
    mesh = turned(resampled(filleted([(0, 0), (radius_m, 0), (radius_m, thick), (0, thick)], [0, 0.0014, 0.0014, 0], 3), 0.003), 9)
    v = mesh.vertices
    rim = smoothstep(0.86, 0.97, np.hypot(v[:, 0], v[:, 1]) / radius_m)
    flesh = ramp(0.5 + 0.5 * fbm(v / 0.008, seed, 3), srgb(206, 62, 40), srgb(218, 84, 54), srgb(228, 116, 84))
    return mesh.displaced(0.0004 * fbm(v / 0.008, seed + 1, 2)).painted(over(flesh, srgb(186, 26, 22), rim))


def burger_rand(rng: np.random.Generator) -> Asset:
    return burger(
        rng.uniform(0.050, 0.056),
        int(rng.choice([1, 1, 2])),
        bool(rng.random() < 0.8),
        bool(rng.random() < 0.4),
        int(rng.integers(70, 120)),
        rng,
    )


# --- pizza ------------------------------------------------------------------------------------------------------


def pizza(radius_m: float, topping: str, pulled: bool, rng: np.random.Generator) -> Asset:
    """Pizza with an airy, charred rim, sauce and melted cheese.

    Args:
        radius_m: 0.10 to 0.18.
        topping: "pepperoni", "basil" or "olives".
        pulled: one slice is drawn out towards the viewer.
    """
    seed = seed_of(rng)
    base_m, rim_m = 0.0055, 0.019
    slice_rad = np.radians(45)
    start = np.radians(-90 + rng.uniform(-20, 20)) - slice_rad / 2
    sectors = (
        [(start, slice_rad, 0.22 * radius_m), (start + slice_rad, 2 * np.pi - slice_rad, 0.0)] if pulled else [(start, 2 * np.pi, 0.0)]
    )

    def reach(a: NDArray) -> NDArray:
        return radius_m * (1 + 0.025 * fbm(np.stack([np.cos(a), np.sin(a), 0 * a], -1) * 1.6, seed, 3))

    def rim_height(a: NDArray) -> NDArray:
        circle = np.stack([np.cos(a), np.sin(a), 0 * a], -1)
        return rim_m * (0.92 + 0.45 * fbm(circle * 3.5, seed + 1, 2) + 0.9 * np.clip(fbm(circle * 9, seed + 2, 2) - 0.12, 0, 1))

    doughs, cheeses = [], []
    for first, span, pull in sectors:
        whole = span > 6.28
        n = max(14, int((130 if whole else 112) * span / (2 * np.pi)))
        angles = np.linspace(first, first + span, n + 1)
        away = np.array([np.cos(first + span / 2), np.sin(first + span / 2)]) * pull

        def section(a: float) -> NDArray:
            arc = np.linspace(0, np.pi, 15)
            r, h = float(reach(np.array(a))), float(rim_height(np.array(a)))
            wide = 0.017
            rim = np.stack(
                [r - wide * 0.62 + wide * 0.62 * np.cos(arc[::-1])[::-1], base_m * 0.4 + (h - base_m * 0.4) * np.sin(arc) ** 0.8], 1
            )
            rim[:, 1] = np.where(arc > np.pi / 2, np.maximum(rim[:, 1], base_m), rim[:, 1])
            inner = np.linspace(rim[-1, 0], 0, 8)[1:]
            top = np.stack([inner, np.full(7, base_m)], 1)
            low = np.array([(0, 0.0), (r * 0.5, 0.0), (r - wide * 0.55, 0.0), (r - 0.003, base_m * 0.15)])
            return np.concatenate([rim, top, low])

        if whole:
            p = np.stack([np.concatenate([s, s[:1]]) for s in map(section, angles)])
            grid = np.stack([p[..., 0] * np.cos(angles)[:, None], p[..., 0] * np.sin(angles)[:, None], p[..., 1]], -1)
            dough = loops(grid[:-1, :-1])
        else:
            dough = swept(section, angles)
        v = dough.vertices
        a, rho = np.arctan2(v[:, 1], v[:, 0]), np.hypot(v[:, 0], v[:, 1])
        crust = smoothstep(0.84, 0.92, rho / radius_m) * (v[:, 2] > 0.001)
        spot = smoothstep(0.14, 0.42, fbm(v / 0.011, seed + 3, 3) + 0.22 * fbm(v / 0.035, seed + 4, 2) + 0.10 * (v[:, 2] / rim_m - 0.6))
        dough = dough.displaced(crust * (0.0010 * fbm(v / 0.007, seed + 5, 3) + 0.0007 * spot))
        bake = 0.20 + 0.34 * fbm(v / 0.018, seed + 6, 4) + 0.34 * v[:, 2] / rim_m + 0.05 * fbm(v / 0.003, seed + 7, 2)
        color = over(
            ramp(bake, srgb(244, 218, 166), srgb(228, 178, 106), srgb(198, 126, 60), srgb(150, 80, 34)), srgb(46, 24, 14), spot * 0.85
        )
        sauce = ramp(0.5 + 0.6 * fbm(v / 0.009, seed + 8, 3), srgb(124, 30, 12), srgb(160, 48, 20), srgb(182, 72, 32))
        inside = smoothstep(0.895, 0.865, rho / radius_m + 0.02 * fbm(v / 0.008, seed + 9, 3)) * (v[:, 2] > base_m * 0.8)
        color = over(color, sauce, inside)
        if not whole:  # the cuts show the crumb
            caps = slice(len(color) - 2 * len(section(first)), None)
            color[caps] = ramp(0.5 + 0.5 * fbm(v[caps] / 0.003, seed + 20, 2), srgb(226, 190, 136), srgb(244, 222, 176))
        doughs.append(dough.painted(color).moved(*away))

        # one blanket of sauce and cheese whose height and colour tell them apart
        inset = 0.0 if whole else 0.006 / span
        rows = np.linspace(0, 1, 42 if whole else 33)

        def blanket(u: Floats, w: Floats, first: float = first, span: float = span, inset: float = inset) -> tuple[Floats, Floats]:
            a = first + span * (inset + (1 - 2 * inset) * u)
            edge = reach(a) * (0.895 + 0.016 * fbm(np.stack([np.cos(a), np.sin(a), 0 * a], -1) * 7, seed + 10, 3))
            return a, w * edge

        uu, ww = np.meshgrid(np.linspace(0, 1, n + 1), rows)
        a, rho = blanket(uu, ww)
        x, y = rho * np.cos(a), rho * np.sin(a)
        at = np.stack([x, y], -1)
        melt = fbm(at / 0.032 + 0.3 * np.stack([fbm(at / 0.02, seed + 11, 2), fbm(at / 0.02, seed + 12, 2)], -1), seed + 13, 3)
        cheese = smoothstep(-0.22, -0.02, melt) * smoothstep(1.0, 0.97, ww + 0.05 * fbm(at / 0.012, seed + 14, 3))
        bubble, _, ident = cellular(at / 0.013, seed + 15)
        dome = np.sqrt(np.clip(1 - (bubble / 0.42) ** 2, 0, 1)) * (ident > 0.55)
        z = base_m + 0.0006 + cheese * (0.0016 + 0.0008 * melt + 0.0010 * dome) + 0.0004 * fbm(at / 0.005, seed + 16, 2)
        grid = np.stack([x, y, z + 0.0012 * smoothstep(0.93, 1, ww)], -1)
        low = np.stack([x, y, np.full_like(z, base_m - 0.0010)], -1)
        if whole:
            top = np.concatenate([grid, low[::-6]], 0).transpose(1, 0, 2)[:-1]
            skin = loops(top)
            cheese_at, dome_at, melt_at = (np.concatenate([np.concatenate([f, f[::-6]], 0).T[:-1]] * 1) for f in (cheese, dome, melt))
            attach = lambda f: np.concatenate([np.concatenate([f, f[:1]], 0), np.concatenate([f, f[:1]], 0)[:, :1]], 1).ravel()  # noqa: E731
            cheese_at, dome_at, melt_at = attach(cheese_at), attach(dome_at), attach(melt_at)
        else:
            skin = _slab(grid, low)
            cheese_at, dome_at, melt_at = (np.concatenate([f.ravel(), f.ravel()]) for f in (cheese, dome, melt))
        v = skin.vertices
        tone = 0.62 + 0.40 * melt_at + 0.14 * fbm(v / 0.012, seed + 17, 3)
        milky = ramp(tone, srgb(214, 132, 52), srgb(234, 176, 88), srgb(244, 200, 120), srgb(248, 218, 152))
        toast = smoothstep(0.15, 0.5, fbm(v / 0.010, seed + 18, 3) + 0.30 * dome_at - 0.04)
        milky = over(milky, srgb(186, 104, 40), toast * 0.75)
        milky = over(milky, srgb(120, 58, 22), smoothstep(0.75, 1, toast) * dome_at * 0.7)
        ruddy = ramp(0.5 + 0.6 * fbm(v / 0.007, seed + 19, 3), srgb(128, 30, 12), srgb(166, 52, 22), srgb(190, 86, 40))
        cheeses.append(skin.painted(over(ruddy, milky, cheese_at)).creased(180).moved(*away))
    parts = [
        Part(join(doughs), Material("opaque", roughness=0.7, specular=0.35, flatness=0.35)),
        Part(join(cheeses), Material("opaque", roughness=0.34, specular=0.5, clearcoat=0.3, flatness=0.5)),
    ]

    def free(p: Floats, margin_m: float) -> NDArray[np.bool_]:
        """Away from the rim and from the cuts."""
        rho, a = np.hypot(p[:, 0], p[:, 1]), np.arctan2(p[:, 1], p[:, 0])
        ok = rho < radius_m * 0.86 - margin_m
        if pulled:
            for cut in (start, start + slice_rad):
                off = np.abs(np.sin(a - cut)) * rho
                ok &= (off > margin_m) | (np.cos(a - cut) < 0)
        return ok

    def shifted(p: Floats) -> Floats:
        if pulled:
            a = (np.arctan2(p[:, 1], p[:, 0]) - start) % (2 * np.pi)
            away = np.array([np.cos(start + slice_rad / 2), np.sin(start + slice_rad / 2), 0]) * 0.22 * radius_m
            p = p + (a < slice_rad)[:, None] * away
        return p.astype(np.float32)

    def spread(count: int, spacing_m: float, margin_m: float) -> Floats:
        p = rng.uniform(-radius_m, radius_m, (count * 60, 2))
        p = np.concatenate([p, np.full((len(p), 1), base_m + 0.0022)], 1)
        p = p[free(p, margin_m)]
        chosen: list[int] = []
        for k in range(len(p)):
            if len(chosen) < count and (not chosen or (np.linalg.norm(p[chosen] - p[k], axis=1) > spacing_m).all()):
                chosen.append(k)
        return shifted(p[chosen])

    if topping == "pepperoni":
        discs = [
            _pepperoni(rng.uniform(0.0165, 0.0185), rng)
            .rotated("x", rng.uniform(-4, 4))
            .rotated("z", rng.uniform(0, 360))
            .moved(*map(float, p))
            for p in spread(17, 0.036, 0.0185)
        ]
        parts.append(Part(join(discs), Material("opaque", roughness=0.34, specular=0.5, clearcoat=0.35, flatness=0.35)))
        flakes = 26
    else:
        flakes = 0
    if topping == "basil":
        balls = [_melted(rng.uniform(0.014, 0.020), rng).moved(*map(float, p)) for p in spread(8, 0.055, 0.018)]
        parts.append(Part(join(balls), Material("opaque", roughness=0.36, specular=0.45, clearcoat=0.2, flatness=0.7)))
    if topping == "olives":
        rings = [_olive(rng).rotated("x", rng.uniform(-8, 8)).moved(*map(float, p)) for p in spread(26, 0.022, 0.008)]
        parts.append(Part(join(rings), _WET))
        bits = [_pepper(rng).rotated("z", rng.uniform(0, 360)).moved(*map(float, p)) for p in spread(14, 0.03, 0.012)]
        parts.append(Part(join(bits), _WET))
    leaves = {"basil": 7, "olives": 4, "pepperoni": 0}[topping]
    if leaves:
        p = spread(leaves, 0.05, 0.016) + np.array([0, 0, 0.003], np.float32)
        parts.append(
            Part(join([_basil(rng.uniform(0.030, 0.042), rng).rotated("z", rng.uniform(0, 360)).moved(*map(float, q)) for q in p]), _LEAF)
        )
    if flakes:
        p = spread(flakes, 0.012, 0.003) + np.array([0, 0, 0.0006], np.float32)
        chip = ball(2).scaled(0.0011, 0.0007, 0.0003)
        colors = np.array((srgb(70, 96, 40), srgb(52, 76, 30), srgb(92, 104, 52)))[rng.integers(3, size=len(p))]
        parts.append(Part(scattered(chip, p, np.tile(np.array([0, 0, 1], np.float32), (len(p), 1)), rng, colors, (0.7, 1.5), 0.15), _LEAF))
    return Asset(tuple(parts))


def _slab(top: NDArray, low: NDArray) -> Mesh:
    """Closed solid between two surface grids (R, C, 3) of one outline."""
    made = sheet(np.asarray(top, np.float64), 0.0)
    v = np.round(np.concatenate([top.reshape(-1, 3), low.reshape(-1, 3)]), 8).astype(np.float32)
    rows, columns = top.shape[:2]
    f = grid_faces(rows, columns)
    index = np.arange(rows * columns).reshape(rows, columns)
    rim = np.concatenate([index[0, :-1], index[:-1, -1], index[-1, :0:-1], index[:0:-1, 0]])
    nxt, m = np.roll(rim, -1), rows * columns
    side = np.concatenate([np.stack([rim, rim + m, nxt + m], 1), np.stack([rim, nxt + m, nxt], 1)])
    faces = np.concatenate([f, f[:, ::-1] + m, side]).astype(np.int32)
    return outward(drop_degenerate(Mesh(v, faces, made.uv)))


def _pepperoni(radius_m: float, rng: np.random.Generator) -> Mesh:
    """A slice that has cupped in the oven."""
    seed = seed_of(rng)
    thick = 0.0019
    profile = resampled(filleted([(0, 0), (radius_m, 0), (radius_m, thick), (0, thick)], [0, 0.0007, 0.0007, 0], 2), 0.0022)
    mesh = lathe(profile, 26)
    v = mesh.vertices
    rho = np.hypot(v[:, 0], v[:, 1]) / radius_m
    cup = 0.0030 * rho**3 * (0.8 + 0.6 * fbm(v[:, :2] / radius_m, seed, 2))
    lift = np.stack([0 * rho, 0 * rho, cup + 0.0004 * fbm(v / 0.005, seed + 1, 2)], 1)
    marble = fbm(v / 0.0032, seed + 2, 3)
    color = ramp(0.45 + 0.7 * marble, srgb(128, 22, 12), srgb(166, 38, 20), srgb(192, 66, 36), srgb(214, 120, 80))
    color = over(color, srgb(84, 20, 12), smoothstep(0.82, 1.0, rho) * 0.7)
    return Mesh((v + lift).astype(np.float32), mesh.faces, mesh.uv).painted(color)


def _melted(radius_m: float, rng: np.random.Generator) -> Mesh:
    """A round of mozzarella, melted flat."""
    seed = seed_of(rng)
    mesh = turned(np.array([(0, -0.001), (radius_m, -0.001), (radius_m * 0.94, 0.0012), (radius_m * 0.6, 0.0026), (0, 0.0032)]), 12)
    v = mesh.vertices
    wobble = 1 + 0.16 * fbm(np.stack([v[:, 0], v[:, 1], 0 * v[:, 2]], 1) / radius_m * 0.9, seed, 2)
    v = v * np.stack([wobble, wobble, np.ones(len(v))], 1)
    tone = 0.6 + 0.5 * fbm(v / 0.010, seed + 1, 3)
    color = over(
        ramp(tone, srgb(240, 206, 140), srgb(250, 236, 206), srgb(250, 244, 228)),
        srgb(204, 140, 70),
        smoothstep(0.25, 0.5, fbm(v / 0.008, seed + 2, 3)) * 0.6,
    )
    return Mesh(np.round(v, 8).astype(np.float32), mesh.faces, mesh.uv).painted(color)


def _olive(rng: np.random.Generator) -> Mesh:
    dark = rng.random() < 0.6
    t = np.linspace(0, 2 * np.pi, 22, endpoint=False)
    ring = tube(np.stack([0.0048 * np.cos(t), 0.0048 * np.sin(t), 0 * t + 0.0008], 1), 0.0020, 8, closed=True)
    inner = smoothstep(0.0056, 0.0036, np.hypot(ring.vertices[:, 0], ring.vertices[:, 1]))
    return ring.painted(
        ramp(
            inner,
            *(
                (srgb(30, 24, 28), srgb(52, 40, 42), srgb(98, 76, 66))
                if dark
                else (srgb(94, 98, 34), srgb(140, 140, 60), srgb(176, 170, 96))
            ),
        )
    )


def _pepper(rng: np.random.Generator) -> Mesh:
    """A curved strip of sweet pepper."""
    t = np.linspace(0, rng.uniform(1.6, 2.6), 14)
    path = 0.013 * np.stack([np.cos(t), np.sin(t), 0 * t], 1) - [0.006, 0.008, 0]
    color = (srgb(186, 26, 20), srgb(66, 122, 40), srgb(236, 168, 36))[int(rng.integers(3))]
    return tube(path, 0.0019, 8, caps=2).scaled(1, 1, 0.9).painted(color)


def _basil(length_m: float, rng: np.random.Generator) -> Mesh:
    """A leaf, domed between its veins, its base at one end."""
    seed = seed_of(rng)
    s, w = np.meshgrid(np.linspace(0, 1, 22), np.linspace(-1, 1, 15))
    wide = 0.31 * length_m * np.sin(np.pi * s**0.85) ** 0.75 * (1 - 0.25 * s)
    x, y = (s - 0.5) * length_m, wide * w
    rib = np.abs(w)
    z = (
        0.16 * length_m * (np.sin(np.pi * s) * 0.35)
        - 0.10 * length_m * w**2 * np.sin(np.pi * s)
        + 0.05 * length_m * np.sin(2 * np.pi * (s * 3.2 - rib * 0.9)) * 0.25 * np.sin(np.pi * rib)
    )
    z = z - 0.014 * length_m * np.exp(-((rib / 0.10) ** 2)) + 0.03 * length_m * fbm(np.stack([x, y], -1) / 0.012, seed, 2)
    mesh = sheet(np.stack([x, y, z], -1), 0.0005)
    rib2 = np.concatenate([rib.ravel(), rib.ravel()])
    tone = 0.4 + 0.35 * fbm(mesh.vertices / 0.008, seed + 1, 3) + 0.35 * np.exp(-((rib2 / 0.08) ** 2))
    return mesh.painted(ramp(tone, srgb(34, 76, 24), srgb(58, 108, 36), srgb(108, 148, 66))).creased(180)


def pizza_rand(rng: np.random.Generator) -> Asset:
    return pizza(
        rng.uniform(0.125, 0.15), str(rng.choice(["pepperoni", "basil", "olives"], p=[0.45, 0.35, 0.2])), bool(rng.random() < 0.4), rng
    )


# --- cheese -----------------------------------------------------------------------------------------------------


def cheese_wedge(radius_m: float, height_m: float, span_deg: float, kind: str, rng: np.random.Generator) -> Asset:
    """Wedge cut from a wheel, one cut face towards the viewer.

    Args:
        radius_m: of the wheel, 0.09 to 0.16.
        height_m: 0.03 to 0.08.
        span_deg: of the wedge, 20 to 50.
        kind: "emmental" with holes, "brie" with a white rind, or "cheddar", firm and plain.
    """
    seed = seed_of(rng)
    span = np.radians(span_deg)
    counts = (88, 12, 40)
    nx, ny, nz = counts
    across = [(ny + 1) * (nz + 1)] * 2 + [(nz + 1) * (nx + 1)] * 2 + [(nx + 1) * (ny + 1)] * 2
    side = np.repeat(np.arange(6), across)  # 0 the rind outside, 1 the tip, 2 and 3 the cuts, 4 the top, 5 the bottom

    def place(u: Floats, v: Floats, w: Floats) -> Floats:
        a, r = v * span, 0.004 + u * (radius_m - 0.004)
        return np.stack([r * np.cos(a), r * np.sin(a), w * height_m], -1)

    mesh, uvw = block(counts, place)
    p = mesh.vertices.astype(np.float64)
    u, w = uvw[:, 0], uvw[:, 2]
    pit = np.zeros(len(p))
    inner = (u > 1e-6) & (u < 1 - 1e-6) & (w > 1e-6) & (w < 1 - 1e-6)
    if kind == "emmental":
        cell = max(radius_m / nx, height_m / nz)
        for face in (2, 3):
            on = (side == face) & inner
            holes: list[tuple[float, float, float]] = []
            for _ in range(140):
                size = float(
                    rng.choice([rng.uniform(0.0075, 0.0105), rng.uniform(0.0045, 0.007), rng.uniform(0.0022, 0.004)], p=[0.3, 0.4, 0.3])
                )
                x, z = rng.uniform(0.12, 0.93) * radius_m, rng.uniform(0.08, 0.92) * height_m
                edge = min(x - 0.02, radius_m - x, z, height_m - z)
                if edge > size + 0.003 and all(np.hypot(x - h[0], z - h[1]) > size + h[2] + 0.0035 for h in holes):
                    holes.append((x, z, size))
                if len(holes) >= 15:
                    break
            along = np.array([1.0, 0.0]) if face == 3 else np.array([np.cos(span), np.sin(span)])
            for x, z, size in holes:
                stretch = rng.uniform(0.9, 1.15)
                dx, dz = (p[:, :2] @ along - x) / stretch, p[:, 2] - z
                d = np.hypot(dx, dz)
                snap = on & (np.abs(d - size) < 0.52 * cell)  # a clean edge: the nearest vertices move onto it
                f = np.where(snap, size / np.maximum(d, 1e-9), 1.0)
                p[:, :2] += ((f - 1) * dx * stretch)[:, None] * along
                p[:, 2] += (f - 1) * dz
                d = np.where(snap, size, d)
                pit = np.maximum(pit, np.where(on & (d < size), np.sqrt(np.clip(size**2 - d**2, 0, None)) * 0.8, 0))
    mesh = Mesh(p.astype(np.float32), mesh.faces, mesh.uv, crease_deg=mesh.crease_deg)
    v = mesh.vertices
    inward = {2: np.array([-np.sin(span), np.cos(span), 0]), 3: np.array([0.0, -1.0, 0])}
    push = np.zeros((len(v), 3))
    for face, normal in inward.items():
        rough = 0.0003 * fbm(v / 0.012, seed + face, 3) + (0.0012 * np.sin(np.pi * w) if kind == "brie" else 0)
        if kind == "cheddar":  # broken rather than cut
            near, far, _ = cellular(v / 0.011 + 0.4 * fbm(v / 0.009, seed + 10, 2)[:, None], seed + 11)
            rough = rough - 0.0012 * smoothstep(0.10, 0.0, far - near) * smoothstep(0.0, 0.3, fbm(v / 0.03, seed + 12, 2)) + 0.0007 * near
        push += ((side == face) * inner * (rough - pit))[:, None] * normal
    v = v + push
    tone, fine = fbm(v / 0.03, seed + 5, 3), fbm(v / 0.003, seed + 6, 2)
    cut = (side == 2) | (side == 3) | (side == 1)
    if kind == "brie":
        paste = ramp(0.5 + 0.5 * tone + 0.12 * fine, srgb(236, 208, 142), srgb(244, 224, 166), srgb(248, 234, 190))
        rim = smoothstep(
            0.0024, 0.0010, np.minimum(np.minimum(v[:, 2], height_m - v[:, 2]), (1 - u) * radius_m) + 0.0006 * fbm(v / 0.006, seed + 7, 2)
        )
        rind = ramp(0.55 + 0.5 * fbm(v / 0.012, seed + 8, 4) + 0.2 * fine, srgb(214, 200, 172), srgb(238, 232, 216), srgb(244, 240, 230))
        color = np.where(cut[:, None], over(paste, srgb(240, 234, 218), rim), rind)
        v = v + np.where(cut | ~((side == 4) | (side == 5)), 0, 0.0007 * fbm(v / 0.006, seed + 9, 3) * inner_of(uvw))[:, None] * [0, 0, 1]
        look = Material("opaque", roughness=0.55, specular=0.35, clearcoat=0.05, flatness=0.7)
    else:
        stops = (
            (srgb(238, 206, 130), srgb(244, 220, 154), srgb(248, 230, 174))
            if kind == "emmental"
            else (srgb(224, 150, 72), srgb(232, 166, 88), srgb(240, 182, 106))
        )
        paste = ramp(0.5 + 0.5 * tone + 0.10 * fine, *stops)
        paste = over(paste, np.array(stops[0]) * [0.92, 0.82, 0.62], np.clip(pit / 0.006, 0, 1) * 0.6)
        edge = smoothstep(0.0040, 0.0008, (1 - u) * radius_m) + 0.7 * smoothstep(0.0022, 0.0006, np.minimum(v[:, 2], height_m - v[:, 2]))
        crust = ramp(0.5 + 0.5 * fbm(v / 0.01, seed + 8, 3), srgb(214, 160, 84), srgb(228, 184, 108), srgb(236, 200, 130))
        color = np.where(
            (cut | (kind == "cheddar"))[:, None], over(paste, crust, np.clip(edge, 0, 1) * (0.75 if kind == "emmental" else 0.15)), crust
        )
        look = Material("opaque", roughness=0.42, specular=0.45, clearcoat=0.12, flatness=0.65)
    mesh = Mesh(v.astype(np.float32), mesh.faces, mesh.uv, crease_deg=50.0).painted(np.clip(color, 0, 0.86))
    low, high = mesh.bounds
    mesh = mesh.moved(-float(low[0] + high[0]) / 2, -float(low[1] + high[1]) / 2, -float(low[2]))
    return Asset((Part(mesh.rotated("z", rng.uniform(-24, 12)), look),))


def inner_of(uvw: Floats) -> NDArray[np.bool_]:
    """True inside a side of a `block`, False on its edges."""
    return ((uvw < 1e-6) | (uvw > 1 - 1e-6)).sum(1) == 1


def _cheese_of(kind: str) -> Callable[[np.random.Generator], Asset]:
    def rand(rng: np.random.Generator) -> Asset:
        height_m = rng.uniform(0.032, 0.04) if kind == "brie" else rng.uniform(0.05, 0.062)
        return cheese_wedge(rng.uniform(0.11, 0.13), height_m, rng.uniform(30, 40), kind, rng)

    return rand


def cheese_wedge_rand(rng: np.random.Generator) -> Asset:
    return _cheese_of(str(rng.choice(["emmental", "brie", "cheddar"], p=[0.65, 0.25, 0.1])))(rng)


# --- sushi ------------------------------------------------------------------------------------------------------


def sushi_roll(radius_m: float, length_m: float, pieces: int, core: str, rng: np.random.Generator) -> Asset:
    """Maki: pieces of a roll, one of them lying so that its cut face looks at the viewer.

    Args:
        radius_m: 0.012 to 0.022.
        length_m: of a piece, 0.018 to 0.03.
        pieces: 2 to 4.
        core: "salmon", "cucumber" or "mixed".
    """
    gap = radius_m * 1.10
    spots = [(-gap, 0.55 * radius_m), (gap, 0.62 * radius_m), (0.0, -1.45 * radius_m), (0.0, 2.55 * radius_m)]
    order = [2, 0, 1, 3][:pieces] if pieces > 2 else [0, 2]
    bands, rice, fillings = [], [], []
    for k in order:
        made = _maki(radius_m, length_m, core, rng)
        turn, lie = rng.uniform(0, 360), rng.uniform(-14, 14)
        for mesh, group in zip(made, (bands, rice, fillings), strict=True):
            m = mesh.rotated("z", turn)
            if k == 2:
                m = m.moved(z=-length_m / 2).rotated("x", 90).rotated("z", lie).moved(z=radius_m)
            group.append(m.moved(*spots[k]))
    nori, grains, heart = join(bands), join(rice), join(fillings)
    base = float(min(m.bounds[0][2] for m in (nori, grains, heart)))
    return Asset((
        Part(nori.moved(z=-base), Material("opaque", roughness=0.42, specular=0.45, clearcoat=0.1, flatness=0.1)),
        Part(grains.moved(z=-base), Material("opaque", roughness=0.36, specular=0.5, clearcoat=0.15, flatness=0.75)),
        Part(heart.moved(z=-base), Material("opaque", roughness=0.26, specular=0.5, clearcoat=0.5, flatness=0.6)),
    ))  # fmt: skip


def _maki(radius_m: float, length_m: float, core: str, rng: np.random.Generator) -> tuple[Mesh, Mesh, Mesh]:
    """Band of nori, rice and filling of one standing piece."""
    seed = seed_of(rng)
    r, h, thin = radius_m, length_m, 0.0005
    z = np.linspace(0.0004, h - 0.0004, 9)
    ring = [(r, k) for k in z] + [(r - thin, k) for k in z[::-1]]
    theta = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    grid = np.array([[(a * np.cos(t), a * np.sin(t), b) for a, b in ring] for t in theta])
    wrinkle = 1 + 0.012 * fbm(np.stack([np.cos(theta) * 2, np.sin(theta) * 2, 0 * theta], -1), seed, 2)[:, None, None]
    crinkle = 0.00016 * fbm(grid / 0.0025, seed + 1, 2)[..., None] * np.stack([np.cos(theta), np.sin(theta), 0 * theta], -1)[:, None]
    nori = loops(grid * np.concatenate([wrinkle, wrinkle, np.ones_like(wrinkle)], -1) + crinkle)
    fibre = fbm(nori.vertices / np.array([0.003, 0.003, 0.0012], np.float32), seed + 2, 3)
    nori = nori.painted(ramp(0.5 + 0.6 * fibre, srgb(12, 18, 13), srgb(24, 34, 23), srgb(40, 52, 34)))

    body = turned(filleted([(0, 0), (r - 0.0006, 0), (r - 0.0006, h - 0.0006), (0, h - 0.0006)], [0, 0.0008, 0.0008, 0], 2), 12)
    near, _, _ = cellular(body.vertices / 0.0030, seed + 3)
    flat = body.vertices[:, 2] > h - 0.0008
    body = body.displaced(np.where(flat, -0.0003 + 0.0005 * np.clip(0.6 - near, -0.4, 0.6), 0.0)).painted(
        ramp(1 - near, srgb(224, 216, 196), srgb(240, 236, 222))
    )
    hole = r * (0.50 if core == "mixed" else 0.42)
    grain = ball(3)
    g = grain.vertices * np.array([0.0026, 0.00105, 0.0010], np.float32)
    g[:, 2] += 0.0002 * (grain.vertices[:, 0] ** 2 - 0.5)
    grains = [body]
    for top in (True, False):
        count = 52 if top else 12
        p = rng.uniform(-r, r, (6000, 2))
        rho = np.hypot(p[:, 0], p[:, 1])
        p = p[(rho < r - 0.0021) & (rho > hole + 0.0006)]
        chosen: list[int] = []
        for k in range(len(p)):
            if len(chosen) < count and (not chosen or (np.linalg.norm(p[chosen] - p[k], axis=1) > 0.00225).all()):
                chosen.append(k)
        at = np.concatenate([p[chosen], rng.uniform(-0.0011, -0.0006, (len(chosen), 1)) + (h if top else 0.0010)], 1).astype(np.float32)
        up = np.tile(np.array([0, 0, 1], np.float32), (len(at), 1))
        shade = ramp(rng.random(len(at)), srgb(226, 220, 202), srgb(244, 240, 228))
        grains.append(scattered(Mesh(g, grain.faces, grain.uv), at, up, rng, shade, (0.85, 1.05), 0.10))
    rice = join(grains)

    def stick(x: float, y: float, wide: float, deep: float, turn_deg: float, what: str) -> Mesh:
        made = blob(lambda d: 1 / (np.abs(d) ** 5).sum(1) ** (1 / 5), 8)
        v = made.vertices * np.array([wide, deep, h / 2 + 0.0003], np.float32)
        v = v + np.stack([0 * v[:, 0], 0 * v[:, 0], v[:, 2] * 0.0], 1)
        mesh = Mesh(v.astype(np.float32), made.faces, made.uv)
        grain_ = fbm(v / 0.004, seed + 5, 3)
        if what == "salmon":
            stripes = smoothstep(0.55, 0.95, np.cos((v[:, 0] + 0.4 * v[:, 1] + 0.0012 * grain_) / 0.0024 * 2 * np.pi))
            color = over(
                ramp(0.5 + 0.5 * grain_, srgb(226, 96, 52), srgb(236, 120, 72), srgb(240, 142, 96)), srgb(246, 196, 164), stripes * 0.7
            )
        elif what == "cucumber":
            skin = smoothstep(0.70, 0.86, v[:, 1] / deep)
            color = over(ramp(0.5 + 0.5 * grain_, srgb(176, 204, 130), srgb(206, 222, 160)), srgb(44, 92, 34), skin)
        else:
            color = ramp(0.5 + 0.4 * grain_ + 0.5 * v[:, 1] / deep, srgb(214, 210, 118), srgb(178, 194, 82), srgb(122, 158, 56))
        return mesh.painted(color).rotated("z", turn_deg).moved(x, y, h / 2)

    if core == "salmon":
        filling = stick(0, 0, hole * 0.98, hole * 0.86, rng.uniform(0, 90), "salmon")
    elif core == "cucumber":
        filling = join([stick(s * hole * 0.48, 0.0, hole * 0.46, hole * 0.80, 180 * (s > 0), "cucumber") for s in (-1, 1)])
    else:
        q = hole * 0.56
        filling = join(
            [
                stick(-q * 0.82, q * 0.1, q * 0.90, q * 1.45, 0, "salmon"),
                stick(q * 0.92, q * 0.72, q * 0.95, q * 0.80, 8, "avocado"),
                stick(q * 0.90, -q * 0.82, q * 0.95, q * 0.78, 184, "cucumber"),
            ]
        )
    return nori, rice, filling


def sushi_roll_rand(rng: np.random.Generator) -> Asset:
    core = str(rng.choice(["salmon", "cucumber", "mixed"], p=[0.4, 0.2, 0.4]))
    radius_m = rng.uniform(0.0175, 0.0195) if core == "mixed" else rng.uniform(0.0145, 0.0165)
    return sushi_roll(radius_m, rng.uniform(0.021, 0.025), 3, core, rng)


# --- ice cream --------------------------------------------------------------------------------------------------

SCOOPS: dict[str, tuple[Rgb, Rgb]] = {
    "cream": (srgb(246, 228, 178), srgb(96, 66, 40)),
    "pink": (srgb(238, 168, 172), srgb(170, 44, 60)),
    "brown": (srgb(112, 66, 42), srgb(62, 34, 22)),
    "green": (srgb(186, 208, 146), srgb(112, 128, 70)),
    "white": (srgb(246, 240, 226), srgb(226, 214, 190)),
    "turquoise": (srgb(156, 216, 200), srgb(58, 34, 24)),
    "purple": (srgb(126, 70, 120), srgb(80, 30, 70)),
    "yellow": (srgb(246, 206, 124), srgb(240, 176, 84)),
}
"""Ice cream by the colour's name, and the specks in it."""


def ice_cream_cone(height_m: float, radius_m: float, scoops: tuple[str, ...], rng: np.random.Generator) -> Asset:
    """Waffle cone with one or two scoops, standing in a ring of wire.

    Args:
        height_m: of the cone, 0.09 to 0.14.
        radius_m: of its mouth, 0.022 to 0.034.
        scoops: keys of `SCOOPS`, the lowest first.
    """
    seed = seed_of(rng)
    foot_m = 0.005
    # cone: a lattice of ridges, crossed diagonally
    line = resampled(
        filleted(
            [
                (0, 0),
                (0.003, 0.0005),
                (radius_m, height_m),
                (radius_m - 0.0028, height_m),
                (radius_m - 0.006, height_m - 0.012),
                (0, height_m - 0.014),
            ],
            [0, 0.002, 0.001, 0.001, 0.002, 0],
            3,
        ),
        0.0023,
    )
    cone = lathe(line, 112)
    v = cone.vertices
    rise = v[:, 2] / height_m
    # the lattice of a flat wafer, rolled up with its seam at the back
    along, half = np.hypot(v[:, 2] + 0.012, np.hypot(v[:, 0], v[:, 1])), np.arctan2(radius_m, height_m + 0.012)
    unrolled = np.arctan2(v[:, 0], -v[:, 1]) * np.sin(half)
    ridge = np.zeros(len(v), np.float32)
    for turn in (-np.pi / 4, np.pi / 4):
        phase = along * np.cos(unrolled + turn) / 0.0074
        ridge = np.maximum(ridge, smoothstep(0.24, 0.42, np.abs(phase - np.floor(phase) - 0.5)))
    wall = (np.hypot(v[:, 0], v[:, 1]) > (rise * (radius_m - 0.003)) * 0.97) & (rise < 0.995) & (rise > 0.02)
    fine = fbm(v / 0.004, seed, 3)
    cone = cone.displaced(np.where(wall, 0.0010 * ridge + 0.00015 * fine, 0.0))
    bake = 0.34 + 0.24 * fbm(v / 0.02, seed + 1, 3) + 0.08 * fine + 0.25 * smoothstep(0.35, 0.0, rise) + 0.26 * (1 - ridge)
    cone = cone.painted(ramp(bake, srgb(236, 190, 118), srgb(222, 160, 82), srgb(190, 118, 52), srgb(142, 78, 32))).moved(z=foot_m)
    parts = [Part(cone, Material("opaque", roughness=0.55, specular=0.4, clearcoat=0.05, flatness=0.3))]

    z = foot_m + height_m
    for k, flavour in enumerate(scoops):
        size = radius_m * (1.14 if k == 0 else 1.04) * rng.uniform(0.98, 1.03)
        parts.append(
            Part(
                _scoop(size, flavour, len(scoops) - k, rng).moved(rng.normal(0, 0.001), rng.normal(0, 0.001), z + size * 0.50),
                Material("opaque", roughness=0.5, specular=0.4, clearcoat=0.12, flatness=0.7),
                paintable=True,
            )
        )
        z += size * 1.22
    # the stand: two rings and three legs
    wire = 0.0014
    ring_m = foot_m + 0.60 * height_m
    hold = 0.003 + (radius_m - 0.003) * 0.60 + 0.0009 + wire
    base = radius_m * 1.5
    t = np.linspace(0, 2 * np.pi, 56, endpoint=False)
    rings = [tube(np.stack([q * np.cos(t), q * np.sin(t), 0 * t + h], 1), wire, 8, closed=True) for q, h in ((base, wire), (hold, ring_m))]
    legs = []
    for k in range(3):
        turn = np.radians(-150 + 120 * k)
        bow = spline([(base, wire), (base * 0.94, 0.22 * ring_m), (0.72 * base + 0.10 * hold, 0.62 * ring_m), (hold, ring_m)], 16)
        legs.append(tube(np.stack([bow[:, 0] * np.cos(turn), bow[:, 0] * np.sin(turn), bow[:, 1]], 1), wire * 0.95, 8, caps=2))
    stand = join([*rings, *legs])
    metal = Material("metal", (1, 1, 1), None, str(rng.choice(["brass", "Cr", "Cu"])), roughness=0.28)
    parts.append(Part(stand.moved(z=-float(stand.bounds[0][2])), metal))
    return Asset(tuple(parts))


def _scoop(radius_m: float, flavour: str, above: int, rng: np.random.Generator) -> Mesh:
    """A ball rolled by a scoop: torn furrows over it, a ragged skirt at its foot."""
    seed = seed_of(rng)
    body, speck = SCOOPS[flavour]

    def radius(d: Floats) -> Floats:
        skirt = np.exp(-(((d[:, 2] + 0.48) / 0.15) ** 2)) * (0.13 + 0.14 * fbm(d * 3.2, seed, 3))
        tuck = -0.25 * smoothstep(-0.62, -0.95, d[:, 2])
        return radius_m * (1 + skirt + tuck + 0.025 * fbm(d * 1.6, seed + 1, 2))

    mesh = blob(radius, 28)
    d = ball(28).vertices
    tilt = np.array([d[:, 0] * 1.3 + 0.25 * d[:, 2], d[:, 1] * 1.3, d[:, 2] * 4.2 + 0.8 * d[:, 0]]).T
    torn = ridged(tilt + 0.35 * fbm(d * 2.5, seed + 2, 2)[:, None], seed + 3, 4)
    rough = smoothstep(-0.25, 0.25, fbm(d * 1.7, seed + 4, 2)) * 0.75 + 0.25
    low = smoothstep(-0.25, -0.55, d[:, 2])
    ice = fbm(d * 16, seed + 5, 2)
    mesh = mesh.displaced(
        radius_m * (-0.105 * (torn - 0.4) * np.maximum(rough, low) + 0.014 * ice * rough + 0.08 * low * fbm(d * 7, seed + 6, 3))
    )
    tone = np.array(body, np.float32) * (1.0 + 0.07 * ice - 0.10 * (torn - 0.4) + 0.05 * fbm(d * 3, seed + 7, 3))[:, None]
    near, _, ident = cellular(d * 9, seed + 8)
    bits = smoothstep(0.24, 0.13, near) * (ident > (0.72 if flavour in ("cream", "white") else 0.5))
    share = {"cream": 0.30, "white": 0.2, "brown": 0.5, "yellow": 0.25}.get(flavour, 0.75)
    color = over(tone, speck, bits * share)
    swirl = smoothstep(0.10, 0.30, fbm(d * np.array([2, 2, 3.5], np.float32) + 0.6 * ice[:, None] * 0.3, seed + 9, 3))
    if flavour in ("pink", "purple"):
        color = over(color, np.array(body) * [0.86, 0.5, 0.56], swirl * 0.5)
    return mesh.painted(np.clip(color, 0, 0.86))


def _scoops_in(color: str) -> Callable[[np.random.Generator], Asset]:
    def rand(rng: np.random.Generator) -> Asset:
        flavours = (color,) if rng.random() < 0.6 else (color, color)
        return ice_cream_cone(rng.uniform(0.105, 0.12), rng.uniform(0.026, 0.029), flavours, rng)

    return rand


def ice_cream_cone_rand(rng: np.random.Generator) -> Asset:
    flavours = rng.choice(
        ["cream", "pink", "brown", "green", "white", "turquoise", "purple", "yellow"],
        int(rng.choice([1, 2])),
        replace=False,
        p=[0.2, 0.2, 0.18, 0.14, 0.08, 0.08, 0.06, 0.06],
    )
    return ice_cream_cone(rng.uniform(0.105, 0.12), rng.uniform(0.026, 0.029), tuple(map(str, flavours)), rng)


# --- soup -------------------------------------------------------------------------------------------------------

SOUPS: dict[str, tuple[Rgb, Rgb, Rgb]] = {
    "tomato": (srgb(150, 44, 18), srgb(184, 66, 28), srgb(204, 98, 50)),
    "pumpkin": (srgb(204, 110, 26), srgb(224, 140, 46), srgb(234, 164, 76)),
    "pea": (srgb(96, 108, 50), srgb(124, 136, 68), srgb(150, 160, 92)),
    "mushroom": (srgb(142, 112, 80), srgb(176, 146, 108), srgb(200, 172, 134)),
}
"""Dark, middle and light tone."""


def bowl_of_soup(radius_m: float, height_m: float, soup: str, croutons: int, rng: np.random.Generator) -> Asset:
    """Bowl of thick soup with a swirl of cream, herbs and croutons; the bowl is the body.

    Args:
        radius_m: of the rim, 0.06 to 0.11.
        height_m: 0.04 to 0.08.
        soup: a key of `SOUPS`.
        croutons: 0 to 12.
    """
    seed = seed_of(rng)
    vessel = bowl(radius_m, height_m, rng.uniform(1.2, 1.6), 0.0038)
    section = vessel.parts[0].mesh.vertices.reshape(-1, 3)
    p = section[np.abs(section[:, 1]) < 1e-7]
    p = p[p[:, 0] >= 0]
    level_m = height_m * 0.80
    # the inner wall: the smaller of the two radii at a height
    wall_m = min(float(np.interp(level_m, q[:, 2], q[:, 0])) for q in _rising(p))
    r = wall_m + 0.0006
    inner = np.linspace(r - 0.002, 0, 54)
    mesh = lathe(
        np.array(
            [
                (0, level_m - 0.004),
                (r * 0.94, level_m - 0.004),
                (r, level_m + 0.0006),
                (r - 0.0008, level_m + 0.0001),
                *[(k, level_m) for k in inner],
            ]
        ),
        144,
    )
    v = mesh.vertices
    x, y = v[:, 0] / r, v[:, 1] / r
    q = np.stack([x, y], 1)
    flow = np.stack([fbm(q * 1.8, seed, 2), fbm(q * 1.8, seed + 1, 2)], 1)
    a, rho = np.arctan2(y + 0.12 * flow[:, 1], x + 0.12 * flow[:, 0]), np.hypot(x + 0.12 * flow[:, 0], y + 0.12 * flow[:, 1])
    pulp, fine = fbm(q * 9 + flow, seed + 2, 4), fbm(q * 34, seed + 3, 2)
    color = ramp(0.5 + 0.45 * pulp + 0.16 * fine, *SOUPS[soup])
    turns = 2.3
    phase = a / (2 * np.pi) - np.sqrt(rho) * turns * 1.6 + 64
    arm = np.abs(phase - np.floor(phase) - 0.5) * 2
    width = 0.30 * smoothstep(0.80, 0.40, rho) + 0.05
    cream = smoothstep(width + 0.09, width - 0.03, arm + 0.10 * flow[:, 0]) * smoothstep(0.80, 0.68, rho) * smoothstep(0.02, 0.10, rho)
    color = over(color, srgb(244, 232, 208), cream * 0.92)
    drops, _, ident = cellular(q * 11, seed + 4)
    oil = smoothstep(0.24, 0.17, drops) * (ident > 0.66) * (1 - cream)
    color = over(color, np.array(SOUPS[soup][0]) * [0.9, 0.75, 0.5], oil * 0.5)
    pepper, _, kept = cellular(q * 30, seed + 5)
    color = over(color, srgb(40, 30, 22), smoothstep(0.16, 0.10, pepper) * (kept > 0.86) * 0.85)
    level = 0.0005 * pulp + 0.0004 * cream + 0.0002 * fine
    mesh = mesh.displaced(np.where((v[:, 2] > level_m - 0.0005) & (rho < 0.96), level, 0)).painted(color)
    parts = [*vessel.parts, Part(mesh, Material("opaque", roughness=0.22, specular=0.45, clearcoat=0.35, flatness=0.5))]
    if croutons:
        cubes = []
        for _ in range(croutons):
            turn, away = rng.uniform(0, 2 * np.pi), r * rng.uniform(0.1, 0.62) ** 0.7
            cubes.append(
                _crouton(rng.uniform(0.0085, 0.0115), rng).moved(
                    away * np.cos(turn), away * np.sin(turn), level_m + rng.uniform(0.0015, 0.003)
                )
            )
        parts.append(Part(join(cubes), _CRUMB))
    leaves = [
        _basil(rng.uniform(0.016, 0.026), rng)
        .rotated("x", rng.uniform(-10, 10))
        .rotated("z", rng.uniform(0, 360))
        .moved(rng.normal(0, 0.10) * r, rng.normal(0, 0.10) * r - 0.05 * r, level_m + 0.0022 + 0.0016 * k)
        for k in range(int(rng.integers(2, 4)))
    ]
    parts.append(Part(join(leaves), _LEAF))
    count = 34
    at = np.stack(
        [
            *(r * np.sqrt(rng.random(count)) * 0.8 * f(rng.uniform(0, 2 * np.pi, count)) for f in (np.cos, np.sin)),
            np.full(count, level_m + 0.0007),
        ],
        1,
    ).astype(np.float32)
    flake = ball(2).scaled(0.0013, 0.0007, 0.0004)
    greens = np.array((srgb(58, 104, 36), srgb(84, 132, 48), srgb(44, 84, 30)))[rng.integers(3, size=count)]
    parts.append(Part(scattered(flake, at, np.tile(np.array([0, 0, 1], np.float32), (count, 1)), rng, greens, (0.7, 1.5), 0.15), _LEAF))
    return Asset(tuple(parts))


def _rising(section: Floats) -> list[Floats]:
    """The outer and the inner wall of a lathed section (N, 3), each from its bottom to the rim."""
    rim = int(section[:, 2].argmax())
    walls = []
    for part in (section[: rim + 1], section[rim:][::-1]):
        keep = np.concatenate([[True], np.diff(np.maximum.accumulate(part[:, 2])) > 0])
        walls.append(part[keep])
    return walls


def _crouton(edge_m: float, rng: np.random.Generator) -> Mesh:
    """A toasted cube of bread, centred, tilted at random."""
    seed = seed_of(rng)
    mesh = blob(lambda d: edge_m / 2 / (np.abs(d) ** 9).sum(1) ** (1 / 9), 8)
    d = mesh.vertices / (edge_m / 2)
    toast = 0.42 + 0.5 * fbm(d * 1.3, seed, 3) + 0.35 * smoothstep(1.15, 1.5, np.linalg.norm(d, axis=1))
    mesh = mesh.displaced(0.0005 * fbm(d * 2.4, seed + 1, 3)).painted(
        ramp(toast, srgb(240, 206, 142), srgb(218, 160, 84), srgb(176, 108, 46), srgb(128, 70, 30))
    )
    for axis in "xyz":
        mesh = mesh.rotated(axis, rng.uniform(-24, 24) if axis != "z" else rng.uniform(0, 90))
    return mesh


def bowl_of_soup_rand(rng: np.random.Generator) -> Asset:
    soup = str(rng.choice(list(SOUPS), p=[0.4, 0.3, 0.18, 0.12]))
    radius_m = rng.uniform(0.075, 0.092)
    return bowl_of_soup(radius_m, radius_m * rng.uniform(0.56, 0.68), soup, int(rng.choice([0, 4, 6])), rng)


ASSETS = (
    AssetType("burger", "food", burger_rand, (0.09, 0.16)),
    AssetType("pizza", "food", pizza_rand, (0.2, 0.42)),
    AssetType("cheese wedge", "food", cheese_wedge_rand, (0.08, 0.17)),
    AssetType("sushi roll", "food", sushi_roll_rand, (0.04, 0.11)),
    AssetType(
        "ice-cream cone",
        "food",
        ice_cream_cone_rand,
        (0.12, 0.25),
        colors=("cream", "pink", "brown", "green", "white", "turquoise", "purple", "yellow"),
        varieties={c: _scoops_in(c) for c in SCOOPS},
    ),
    AssetType(
        "bowl of soup",
        "food",
        bowl_of_soup_rand,
        (0.11, 0.22),
        ("porcelain", "glazed ceramic", "terracotta", "clay", "oak", "black marble"),
        ("white", "blue", "cream", "grey", "teal", "black", "green", "red", "mustard yellow", "navy blue"),
    ),
)
