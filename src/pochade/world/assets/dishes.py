"""Dishes: burger, pizza, cheese, sushi, ice cream, soup."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pochade.world.asset import Asset, AssetType, Part
from pochade.world.assets.bakery import (
    CRUST,
    floored,
    loops,
    outward,
    over,
    ramp,
    resampled,
    scattered,
    seed_of,
    smoothstep,
    surface_points,
    swept,
    turned,
)
from pochade.world.materials import Material, srgb
from pochade.world.mesh import (
    Floats,
    Mesh,
    ball,
    blob,
    cylinder,
    drop_degenerate,
    filleted,
    grid_faces,
    join,
    lathe,
    sheet,
    shell_profile,
    spline,
    tube,
)
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
            ring = tube(
                path + [(radius_m * 0.93 - size) * np.cos(a), (radius_m * 0.93 - size) * np.sin(a), z + 0.0015], 0.0017, 8, closed=True
            )
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
        g = grain.vertices * np.float32([0.00165, 0.00100, 0.00062])
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
        milky = ramp(tone, srgb(214, 132, 52), srgb(234, 176, 88), srgb(242, 204, 124), srgb(246, 220, 156))
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
        p = spread(leaves, 0.05, 0.016) + np.float32([0, 0, 0.003])
        parts.append(
            Part(join([_basil(rng.uniform(0.030, 0.042), rng).rotated("z", rng.uniform(0, 360)).moved(*map(float, q)) for q in p]), _LEAF)
        )
    if flakes:
        p = spread(flakes, 0.012, 0.003) + np.float32([0, 0, 0.0006])
        chip = ball(2).scaled(0.0011, 0.0007, 0.0003)
        colors = np.array((srgb(70, 96, 40), srgb(52, 76, 30), srgb(92, 104, 52)))[rng.integers(3, size=len(p))]
        parts.append(Part(scattered(chip, p, np.tile(np.float32([0, 0, 1]), (len(p), 1)), rng, colors, (0.7, 1.5), 0.15), _LEAF))
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


ASSETS = (
    AssetType("burger", "food", burger_rand, (0.09, 0.16)),
    AssetType("pizza", "food", pizza_rand, (0.2, 0.42)),
)
