"""Small things about the house: spoon, ring, watch, books, boxes, soap, coins, dice, a chess pawn, a gear."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import ConvexHull, HalfspaceIntersection

from pochade.world.asset import Asset, AssetType, Cavity, Part, Platform
from pochade.world.materials import Material, Rgb, srgb
from pochade.world.mesh import (
    Mesh,
    box,
    box_mapped,
    cylinder,
    extrude,
    filleted,
    flipped,
    grid_faces,
    join,
    lathe,
    sheet,
    sphere,
    spline,
    tube,
)
from pochade.world.noise import fbm
from pochade.world.turning import loop_solid, rings_solid, strap, turned

DIAMOND = Material("glass", (0.995, 0.995, 0.995), ior=2.42)
GILT = Material("metal", (1, 1, 1), None, "Au", roughness=0.26)
PAGES = Material("opaque", srgb(236, 228, 208), roughness=0.9, specular=0.15)
PACKING_TAPE = Material("opaque", srgb(196, 152, 100), roughness=0.18, specular=0.5, clearcoat=0.4)

TAN, JET = srgb(88, 52, 32), srgb(18, 18, 20)

# --- spoon ----------------------------------------------------------------------------------------------------


def spoon(length_m: float, bowl_width_m: float, arch_m: float = 0.011, handle_width_m: float = 0.016) -> Asset:
    """Spoon lying along x with its bowl to -x.

    Args:
        length_m: 0.1 to 0.3. bowl_width_m: 0.02 to 0.06. arch_m: height of the neck above the table, 0.006 to 0.02.
        handle_width_m: at its end, 0.008 to 0.022.
    """
    n, bowl_share = 84, 0.34
    s = 0.5 - 0.5 * np.cos(np.pi * np.linspace(0, 1, n)) * (0.6 + 0.4 * np.abs(np.cos(np.pi * np.linspace(0, 1, n))))
    x = s * length_m
    t = np.clip(s / bowl_share, 0, 1)
    egg = np.sqrt(np.clip(t * (1 - t), 0, None)) * 2 * (1.06 - 0.16 * t)
    neck = 0.0027 + 0.0006 * np.clip((s - bowl_share) / 0.1, 0, 1)
    flare = np.clip((s - 0.45) / 0.5, 0, 1)
    handle = neck + (handle_width_m / 2 - neck) * flare**1.5
    end = np.sqrt(np.clip(1 - np.clip((x - (length_m - 0.75 * handle_width_m)) / (0.75 * handle_width_m), 0, 1) ** 2.2, 0, 1))
    bowl_half = bowl_width_m / 2 * egg
    blend = np.clip((s - 0.70 * bowl_share) / (0.45 * bowl_share), 0, 1)
    blend = blend * blend * (3 - 2 * blend)
    half = np.maximum(np.where(s < bowl_share, np.maximum(bowl_half, neck * blend), handle), 0.0)
    half = np.where(
        np.abs(s - bowl_share) < 0.05, np.maximum(half, neck * 0.98 + 0.5 * np.clip(bowl_share - s, 0, 1) * bowl_width_m), half,
    ) * end  # fmt: skip
    half = np.maximum(half, 0.0004)
    depth = 0.21 * bowl_width_m * np.sin(np.pi * np.clip(t, 0, 1) ** 0.9) ** 0.85
    knots = np.array([0, 0.10, 0.22, 0.32, 0.40, 0.55, 0.75, 0.90, 1.0])
    rise = np.array(
        [
            0.26 * bowl_width_m, 0.235 * bowl_width_m, 0.235 * bowl_width_m, 0.62 * arch_m, arch_m, 0.98 * arch_m, 0.62 * arch_m,
            0.30 * arch_m, 0.24 * arch_m,
        ],
    )  # fmt: skip
    centre = np.interp(s, knots, rise)
    width = max(3, n // 12) | 1
    kernel = np.hanning(width + 2)[1:-1]
    centre = np.convolve(np.pad(centre, width // 2, mode="edge"), kernel / kernel.sum(), "valid")
    v = np.sin(np.linspace(-np.pi / 2, np.pi / 2, 21))
    surface = np.stack([
        np.broadcast_to(x[:, None], (n, 21)), half[:, None] * v,
        centre[:, None] - depth[:, None] * (1 - v**2) ** 1.0 + 0.0006 * (1 - v**2) * (flare * end)[:, None],
    ], -1)  # fmt: skip
    body = 0.0016 + 0.0014 * np.exp(-(((s - 0.42) / 0.10) ** 2)) + 0.0004 * flare
    mesh = sheet(surface, body[:, None] * np.sqrt(1 - 0.80 * v**4))
    mesh = mesh if mesh.volume_m3 > 0 else flipped(mesh)
    low = mesh.vertices[:, 2].min()
    return Asset((Part(mesh.moved(x=-length_m / 2, z=-float(low)).creased(75)),))


def spoon_rand(rng: np.random.Generator) -> Asset:
    length_m = rng.uniform(0.135, 0.2)
    return spoon(length_m, length_m * rng.uniform(0.2, 0.23), rng.uniform(0.009, 0.013), length_m * rng.uniform(0.085, 0.11))


# --- ring -----------------------------------------------------------------------------------------------------


def brilliant(diameter_m: float) -> Mesh:
    """Round brilliant cut of 57 facets, table up, girdle at z = 0.

    Args:
        diameter_m: 0.002 to 0.02.

    Source: proportions of Tolkowsky, "Diamond Design", 1919 (crown 34.5 deg, pavilion 40.75 deg, table 53 %).
    """
    planes = [[0, 0, 1.0, -(0.016 + 0.47 * np.tan(np.radians(34.5)))]]

    def facet(azimuth_deg: float, slope_deg: float, radius: float, z: float, up: float) -> None:
        a, b = np.radians(azimuth_deg), np.radians(slope_deg)
        normal = np.array([np.sin(b) * np.cos(a), np.sin(b) * np.sin(a), up * np.cos(b)])
        planes.append([*normal, -(normal[0] * radius * np.cos(a) + normal[1] * radius * np.sin(a) + normal[2] * z)])

    top = 0.016 + 0.47 * np.tan(np.radians(34.5))
    for k in range(8):
        facet(45 * k, 34.5, 1.0, 0.016, 1)
        facet(45 * k + 22.5, 23.0, 0.53 * np.cos(np.pi / 8), top, 1)
        facet(45 * k, 40.75, 1.0, -0.016, -1)
    for k in range(16):
        facet(22.5 * k + 11.25, 40.0, 0.992, 0.016, 1)
        facet(22.5 * k + 11.25, 42.2, 0.994, -0.016, -1)
    for k in range(32):
        facet(11.25 * k + 5.625, 90.0, 0.985, 0.0, 1)
    points = HalfspaceIntersection(np.array(planes), np.zeros(3)).intersections
    points = np.unique(np.round(points, 6), axis=0)
    hull = ConvexHull(points)
    faces = hull.simplices.copy()
    normals = np.cross(points[faces[:, 1]] - points[faces[:, 0]], points[faces[:, 2]] - points[faces[:, 0]])
    wrong = (normals * hull.equations[:, :3]).sum(1) < 0
    faces[wrong] = faces[wrong][:, ::-1]
    v = (points * diameter_m / 2).astype(np.float32)
    return Mesh(v, faces.astype(np.int32), v[:, :2].copy(), crease_deg=1.5)


def _band(
    inner_m: float, width_m: ArrayLike, thickness_m: ArrayLike, count: int = 96, power: float = 2.6, flat_top_m: float | None = None
) -> Mesh:
    """Finger ring about the y axis, its centre at the origin; width and thickness a number or (count,), from the top round."""
    phi = np.linspace(0, 2 * np.pi, count, endpoint=False)
    t = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    c, s = (np.sign(f) * np.abs(f) ** (2 / power) for f in (np.cos(t), np.sin(t)))
    w, h = (np.broadcast_to(np.asarray(q, np.float64), (count,))[:, None] / 2 for q in (width_m, thickness_m))
    radial = inner_m + h + h * np.where(c > 0, c, 0.75 * c)
    x, z = radial * np.sin(phi)[:, None], radial * np.cos(phi)[:, None]
    if flat_top_m is not None:
        z = np.where(z > flat_top_m - 0.0004, flat_top_m - 0.0004 + 0.0004 * np.tanh((z - flat_top_m + 0.0004) / 0.0004), z)
    return loop_solid(np.stack([x, np.broadcast_to(w * s, x.shape), z], -1))


RingStyle = Literal["band", "solitaire", "signet"]


def ring(style: RingStyle, inner_m: float = 0.0086, width_m: float = 0.004, stone_m: float = 0.0066, standing: bool = True) -> Asset:
    """Finger ring.

    Args:
        inner_m: inner radius, 0.0075 to 0.0105. width_m: of the band, 0.0015 to 0.009. stone_m: diameter of a solitaire, 0.004 to 0.01.
        standing: upright on its rim, the stone up; else lying flat.
    """
    phi = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    up = 0.5 + 0.5 * np.cos(phi)
    parts: list[Part]
    if style == "band":
        parts = [Part(_band(inner_m, width_m, 0.0019, power=2.2))]
    elif style == "signet":
        swell = up**3
        metal = _band(inner_m, width_m * (0.62 + 1.75 * swell), 0.0017 + 0.0030 * swell, power=2.8, flat_top_m=inner_m + 0.0026)
        parts = [Part(metal.creased(50))]
    else:
        shank = _band(inner_m, 0.0024 - 0.0007 * up**4, 0.0019 - 0.0002 * up**4, power=2.2)
        girdle = inner_m + 0.0014 + 0.43 * stone_m
        r = stone_m / 2
        claws, n = [], 6
        for k in range(n):
            a = np.pi / 6 + 2 * np.pi * k / n
            radial = np.array([np.cos(a), np.sin(a), 0])
            path = [
                radial * q + [0, 0, girdle + z]
                for q, z in (
                    (0.16 * r, -0.98 * r), (0.66 * r, -0.55 * r), (1.035 * r, -0.06 * r), (1.03 * r, 0.10 * r),
                    (0.90 * r, 0.225 * r),
                )
            ]  # fmt: skip
            claws.append(_claw(np.array(path), 0.075 * r + 0.00006))
        collar = lathe(_circle_profile(0.62 * r, 0.00032, girdle - 0.58 * r), 48)
        parts = [Part(join([shank, *claws, collar])), Part(brilliant(stone_m).moved(z=girdle), DIAMOND)]
    lift = -float(min(p.mesh.vertices[:, 2].min() for p in parts))
    if standing:
        return Asset(tuple(Part(p.mesh.moved(z=lift), p.material) for p in parts))
    flat = [Part(p.mesh.rotated("x", 90), p.material) for p in parts]
    low = -float(min(p.mesh.vertices[:, 2].min() for p in flat))
    return Asset(tuple(Part(p.mesh.moved(z=low), p.material) for p in flat))


def _claw(path: np.ndarray, radius_m: float) -> Mesh:
    return tube(spline(path, 14), radius_m, 10, caps=3)


def _circle_profile(major_m: float, minor_m: float, z_m: float) -> np.ndarray:
    t = np.linspace(0, 2 * np.pi, 13)
    p = np.stack([major_m + minor_m * np.cos(t), z_m + minor_m * np.sin(t)], 1)
    p[-1] = p[0]
    return p


def ring_rand(rng: np.random.Generator) -> Asset:
    style: RingStyle = rng.choice(["solitaire", "solitaire", "band", "signet"])
    return ring(
        style, rng.uniform(0.0080, 0.0095), rng.uniform(0.0032, 0.0055), rng.uniform(0.006, 0.0078),
        standing=style != "band" or bool(rng.random() < 0.5),
    )  # fmt: skip


# --- watch ----------------------------------------------------------------------------------------------------


def watch_face(
    radius_m: float,
    dial: Rgb,
    marks: Literal["batons", "dots"] = "batons",
    hour: float = 10.15,
    prop_deg: float = 0.0,
    crystal: bool = False,
    accent: Material = GILT,
    strap_color: Rgb = TAN,
) -> Asset:
    """Watch on a leather strap: case with lugs of the body's material, lacquered dial, hour marks, hands, crown.

    Args:
        radius_m: of the case, 0.014 to 0.026. dial: colour. hour: time shown, 0 to 12.
        prop_deg: how far the dial is tilted towards the front, standing on its closed strap, 20 to 70; 0 lies with the strap spread.
        crystal: with its domed glass. Lamps hardly reach a dial behind glass in few samples, so its clear lacquer usually stands in.
        accent: of marks and hands.
    """
    r, h = radius_m, 0.40 * radius_m
    shell = turned([
        ("line", 0.86 * r, 0.90 * r, 0.05 * r), (
            "curve", 0.22 * r, (0.93 * r, 0), (r, 0.35), (r, 0.7), (0.985 * r, 1),
        ), ("curve", 0.11 * r, (0.965 * r, 0), (0.94 * r, 0.5), (0.885 * r, 1)),
    ], 0.0, 0.0003)  # fmt: skip
    top = float(shell[:, 1].max())
    inner, dial_z = 0.865 * r, top - 0.085 * r
    wall = filleted([shell[-2], (inner, top), (inner - 0.0002, dial_z - 0.0006), (0, dial_z - 0.0006)], [0, 0.0003, 0.0001, 0], 3)
    case = lathe(np.concatenate([shell[:-1], wall[1:]]), 84)
    lugs = []
    for sx in (-1, 1):
        for sy in (-1, 1):
            path = spline([(0.78 * r, 0.23 * r), (0.96 * r, 0.24 * r), (1.10 * r, 0.18 * r), (1.19 * r, 0.07 * r)], 16)
            lug = strap(path, np.linspace(0.16, 0.11, 16) * r, np.linspace(0.22, 0.10, 16) * r, 16, 3.5).rotated("z", 90 if sy > 0 else -90)
            lugs.append(lug.moved(x=sx * 0.53 * r))
    crown_profile = filleted(
        [(0, 0), (0.115 * r, 0), (0.125 * r, 0.02 * r), (0.125 * r, 0.15 * r), (0.10 * r, 0.18 * r), (0, 0.185 * r)],
        [0, 0.0002, 0.0002, 0.0003, 0.0003, 0], 3,
    )  # fmt: skip
    flutes = lambda theta, p: (1 + np.where(p[:, 0] > 0.12 * r, 0.05 * np.cos(18 * theta), 0)).astype(np.float32)  # noqa: E731
    crown = lathe(crown_profile, 72, flutes).rotated("y", 90).moved(x=1.0 * r, z=0.20 * r)
    parts = [Part(join([case, *lugs, crown]))]
    disc = cylinder(inner - 0.00005, 0.0004, 0.0001, 96).moved(z=dial_z - 0.0005)
    parts.append(Part(disc, Material("opaque", dial, roughness=0.35, specular=0.5, clearcoat=1.0)))
    z = dial_z - 0.00012
    pieces = []
    tick = np.array([(-0.00011, 0.80 * r), (0.00011, 0.80 * r), (0.00011, 0.835 * r), (-0.00011, 0.835 * r)])
    for k in range(60):
        a = np.degrees(2 * np.pi * k / 60)
        if k % 5:
            pieces.append(extrude(tick, 0.00015).moved(z=z).rotated("z", -a))
        elif marks == "batons":
            length = 0.18 * r if k % 15 == 0 else 0.13 * r
            pieces.append(
                box(
                    0.055 * r if k else 0.11 * r, length, 0.0004, 0.00012, 1,
                ).moved(y=0.80 * r - length / 2, z=z).rotated("z", -a),
            )  # fmt: skip
        else:
            pieces.append(
                lathe(
                    [(0, 0), (0.045 * r, 0), (0.043 * r, 0.0002), (0.03 * r, 0.0004), (0, 0.00045)], 20,
                ).moved(y=0.72 * r, z=z).rotated("z", -a),
            )  # fmt: skip
    minute = (hour % 1) * 60
    for angle, length, width, lift in ((hour * 30, 0.46, 0.060, 0.0006), (minute * 6, 0.70, 0.045, 0.0010)):
        blade = np.array(
            [
                (-0.5 * width, -0.10), (0.5 * width, -0.10), (0.62 * width, 0.75 * length), (0.0, length),
                (-0.62 * width, 0.75 * length),
            ],
        ) * r  # fmt: skip
        pieces.append(extrude(blade, 0.0003, 0.00006, 1).moved(z=z + lift).rotated("z", -angle))
    second = np.array([(-0.008, -0.20), (0.008, -0.20), (0.006, 0.78), (-0.006, 0.78)]) * r
    pieces.append(extrude(second, 0.0002, 0.00003, 1).moved(z=z + 0.0014).rotated("z", -203))
    pieces.append(cylinder(0.035 * r, 0.0018, 0.0002, 24).moved(z=z))
    parts.append(Part(join([p.creased(40) for p in pieces]), accent))
    if crystal:
        t = np.linspace(0, 1, 16)
        rise = 0.075 * r
        outer = np.stack([inner * t, top + rise * (1 - t**2.2) + 0.0003], 1)
        under = np.stack([inner * t, top + (rise - 0.0005) * (1 - t**2.2) - 0.0004], 1)
        glass = lathe(np.concatenate([under, outer[::-1]]), 80)
        parts.append(Part(glass, Material("glass", (0.997, 0.997, 0.997), ior=1.5)))
    leather = Material("opaque", strap_color, "leather", roughness=0.5, specular=0.4)
    if prop_deg:
        path = spline(
            [
                (0.97 * r, 0.12 * r), (1.16 * r, 0.07 * r), (1.42 * r, -0.30 * r), (1.32 * r, -1.05 * r), (0.70 * r, -1.62 * r),
                (0, -1.74 * r), (-0.70 * r, -1.62 * r), (-1.32 * r, -1.05 * r), (-1.42 * r, -0.30 * r), (-1.16 * r, 0.07 * r),
                (-0.97 * r, 0.12 * r),
            ],
            90,
        )  # fmt: skip
        bands = [(path, 0.90 - 0.16 * np.sin(np.linspace(0, np.pi, 90)))]
    else:
        half = spline(
            [
                (0.97 * r, 0.12 * r), (1.16 * r, 0.09 * r), (1.50 * r, -0.02 * r), (1.95 * r, 0.025 * r), (2.9 * r, 0.0555 * r),
                (3.3 * r, 0.056 * r),
            ],
            50,
        )  # fmt: skip
        bands = [(half * [sign, 1], np.linspace(0.90, 0.76, 50)) for sign in (1, -1)]
    for path, width in bands:
        band = strap(path, width * r, 0.11 * r, 20, 4.0).rotated("z", 90)
        parts.append(Part(box_mapped(band), leather))
    if prop_deg:
        parts = [Part(p.mesh.moved(z=-h / 2).rotated("x", prop_deg), p.material) for p in parts]
    low = -float(min(p.mesh.vertices[:, 2].min() for p in parts))
    return Asset(tuple(Part(p.mesh.moved(z=low), p.material) for p in parts))


def watch_face_rand(rng: np.random.Generator) -> Asset:
    dials = (srgb(240, 238, 232), srgb(22, 22, 24), srgb(20, 34, 74), srgb(226, 208, 170), srgb(18, 62, 50))
    k = int(rng.integers(len(dials)))
    accent = GILT if rng.random() < 0.5 else Material("metal", (1, 1, 1), None, "Cr", roughness=0.12)
    if k in (0, 3) and rng.random() < 0.5:
        accent = Material("opaque", srgb(24, 30, 60), roughness=0.2, specular=0.6)
    prop_deg = rng.uniform(40, 62) if rng.random() < 0.65 else 0.0
    straps = (srgb(88, 52, 32), srgb(30, 28, 27), srgb(150, 96, 56), srgb(40, 48, 66))
    return watch_face(
        rng.uniform(0.017, 0.021), dials[k], rng.choice(["batons", "dots"]), rng.uniform(0, 12), prop_deg, False, accent,
        straps[int(rng.integers(4))],
    )  # fmt: skip


# --- books ----------------------------------------------------------------------------------------------------


def _page_block(x_m: float, y_m: float, z_m: float, hollow_m: float, seed: int) -> Mesh:
    """Pages lying flat on z = 0 with the spine at y = 0 and the fore-edge at y = y_m, hollowed by `hollow_m`; painted in fine lines."""
    layers = 34
    rows, colors = [], []
    base = np.array(PAGES.color)
    for k in range(layers + 1):
        level = k / layers
        shift = -hollow_m * (1 - (2 * level - 1) ** 2)
        jitter = 0.00012 * (fbm(np.array([[k * 0.83, seed % 97, 0.5]]), 5, 2)[0])
        y1, hx = y_m + shift + jitter, x_m / 2 + 0.5 * jitter
        n = 4
        edge_x = np.linspace(-hx, hx, n + 1)
        outline = np.concatenate([
            np.stack([edge_x[:-1], np.full(n, 0.0)], 1), np.stack([np.full(n, hx), np.linspace(0, y1, n + 1)[:-1]], 1),
            np.stack([edge_x[::-1][:-1], np.full(n, y1)], 1), np.stack([np.full(n, -hx), np.linspace(y1, 0, n + 1)[:-1]], 1),
        ])  # fmt: skip
        rows.append(np.concatenate([outline, np.full((len(outline), 1), level * z_m)], 1))
        shade = 0.90 + 0.10 * (k % 2) + 0.07 * fbm(np.array([[k * 0.37, seed % 89, 0.2]]), 7, 2)[0]
        colors.append(base * shade)
    mesh = rings_solid(np.stack(rows)).creased(50)
    level = np.clip(np.round(mesh.vertices[:, 2] / z_m * layers).astype(int), 0, layers)
    return mesh.painted(np.clip(np.array(colors)[level], 0, 0.95))


def book(
    length_m: float, width_m: float, thickness_m: float, rounded: bool = True, bands: int = 0, gilt: bool = True, seed: int = 0
) -> Asset:
    """Hardcover lying flat, spine towards the front; the body is its cover.

    Args:
        length_m: along x, 0.12 to 0.32. width_m: 0.09 to 0.24. thickness_m: 0.012 to 0.06.
        rounded: a rounded spine; else a square one. bands: raised bands across the spine, 0 to 5. gilt: gold lines on spine and cover.
    """
    board, overhang = 0.0026, 0.0032
    y0, y1, h = -width_m / 2, width_m / 2, thickness_m
    bulge = min(0.16 * h, 0.006) if rounded else 0.0008
    t = np.linspace(-1, 1, 17)
    arc = np.stack([y0 - bulge * (1 - t**2), h / 2 + t * (h / 2 - 0.0011)], 1)
    joint = y0 + 0.0105
    cover = _cover(arc, y1, joint, h, length_m, board)
    parts = [Part(cover)]
    pages_w = width_m - overhang - 0.0024
    pages = _page_block(length_m - 2 * overhang, pages_w, h - 2 * board, 0.10 * h if rounded else 0.0, seed).moved(y=y0 + 0.0024, z=board)
    parts.append(Part(pages, PAGES))
    if bands:
        ribs = []
        for k in range(bands):
            x = length_m * (-0.5 + (k + 0.9) / (bands + 0.8))
            ribs.append(_spine_strip(arc, h, x, 0.0045, 0.0011))
        parts.append(Part(join(ribs)))
    if gilt:
        gold = []
        places = (
            [-0.42, -0.40, 0.40, 0.42]
            if bands == 0
            else [(-0.5 + (k + 0.9) / (bands + 0.8)) + d for k in range(bands) for d in (-0.022, 0.022)]
        )
        for share in places:
            gold.append(_spine_strip(arc, h, length_m * share, 0.0009, 0.00012))
        frame_x, frame_y = length_m / 2 - 0.014, (y1 - 0.012, joint + 0.012)
        for inset, line in ((0.0, 0.0011), (0.0035, 0.0005)):
            fx, fy = frame_x - inset, (frame_y[0] - inset, frame_y[1] + inset)
            for x in (-fx, fx):
                gold.append(box(line, fy[0] - fy[1] + line, 0.00024, 0.00005, 1).moved(x=x, y=(fy[0] + fy[1]) / 2, z=h - 0.00012))
            for y in fy:
                gold.append(box(2 * fx + line, line, 0.00024, 0.00005, 1).moved(y=y, z=h - 0.00012))
        parts.append(Part(join(gold), GILT))
    return Asset(tuple(parts), platform=Platform(0.46 * width_m, h))


def _cover(arc: np.ndarray, fore_edge_m: float, joint_m: float, h: float, length_m: float, board_m: float) -> Mesh:
    """Two boards and a spine in one piece, bent around a book block; `arc` is the spine's outside in (y, z), upwards."""
    y0 = arc[0, 0]
    flat = [(fore_edge_m, 0.0), *((y, 0.0) for y in np.linspace(fore_edge_m, joint_m + 0.006, 8)[1:])]
    dip = 0.0009
    lower = np.array(
        [
            *flat, (joint_m + 0.0036, 0.0001), (joint_m + 0.0018, dip), (joint_m - 0.0004, dip), (joint_m - 0.0022, 0.0001),
            (y0 + 0.0052, 0.0),
        ],
    )  # fmt: skip
    corner = filleted([lower[-1], (y0, 0.0), arc[3]], [0, 0.0034, 0], 6).astype(np.float64)
    half = np.concatenate([lower[:-1], corner, arc[4:9]])
    outer = np.concatenate([half, np.stack([half[:-1, 0], h - half[:-1, 1]], 1)[::-1]])
    d = np.gradient(outer, axis=0)
    n = np.stack([d[:, 1], -d[:, 0]], 1) / np.linalg.norm(d, axis=1, keepdims=True)
    if (n[0] @ np.array([0.0, 1.0])) < 0:
        n = -n
    inner = outer + n * board_m
    rows, e = [], 0.0005
    for x, inset in ((-0.5, e), (-0.5, 0.3 * e), (-0.5, 0.0), (0.0, 0.0), (0.5, 0.0), (0.5, 0.3 * e), (0.5, e)):
        shift = np.sign(x) * {e: 0.0, 0.3 * e: -0.3 * e, 0.0: -e}[inset] if x else 0.0
        ring_yz = np.concatenate([outer + n * inset, (inner - n * inset)[::-1]])
        rows.append(np.concatenate([np.full((len(ring_yz), 1), x * length_m + shift), ring_yz], 1))
    r = np.stack(rows)
    count, m = r.shape[1], len(outer)
    walls = grid_faces(len(rows), count + 1).reshape(-1, 3)
    at = (walls // (count + 1)) * count + (walls % (count + 1)) % count
    i = np.arange(m - 1)
    cap = np.concatenate([np.stack([i, i + 1, count - 2 - i], 1), np.stack([i, count - 2 - i, count - 1 - i], 1)])
    end = (len(rows) - 1) * count
    v = np.round(r.reshape(-1, 3), 8).astype(np.float32)
    faces = np.concatenate([at, cap[:, ::-1], cap + end]).astype(np.int32)
    mesh = Mesh(v, faces, v[:, :2].copy())
    mesh = mesh if mesh.volume_m3 > 0 else flipped(mesh)
    return box_mapped(mesh).creased(40)


def _spine_strip(arc: np.ndarray, h: float, x_m: float, width_m: float, height_m: float) -> Mesh:
    """Band across a spine at `x_m`, standing out by `height_m`."""
    z = np.linspace(0.0022, h - 0.0022, 17)
    y = np.interp(z, arc[:, 1], arc[:, 0])
    d = np.gradient(np.stack([y, z], 1), axis=0)
    n = np.stack([-d[:, 1], d[:, 0]], 1) / np.linalg.norm(d, axis=1, keepdims=True)
    count = 12
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    c, s = (np.sign(f) * np.abs(f) ** (2 / 2.6) for f in (np.cos(t), np.sin(t)))
    taper = np.clip(np.minimum(np.arange(17), 16 - np.arange(17)) / 2, 0.15, 1)[:, None]
    yy = y[:, None] + n[:, :1] * height_m * c * taper
    zz = z[:, None] + n[:, 1:] * height_m * c * taper
    return rings_solid(np.stack([x_m + width_m / 2 * np.broadcast_to(s, yy.shape), yy, zz], -1))


def book_rand(rng: np.random.Generator) -> Asset:
    length_m = rng.uniform(0.18, 0.235)
    rounded = bool(rng.random() < 0.7)
    return book(
        length_m, length_m * rng.uniform(0.63, 0.72), rng.uniform(0.02, 0.042), rounded,
        int(rng.integers(3, 6)) if rounded and rng.random() < 0.5 else 0, bool(rng.random() < 0.7), int(rng.integers(1 << 30)),
    )  # fmt: skip


_CLOTHS: tuple[Rgb, ...] = (
    srgb(122, 34, 36), srgb(28, 52, 84), srgb(36, 74, 56), srgb(
        204, 186, 152,
    ), srgb(96, 62, 42), srgb(196, 142, 52), srgb(60, 62, 68), srgb(176, 88, 64), srgb(226, 220, 208), srgb(72, 108, 122),
)  # fmt: skip


def stack_of_books(
    books: tuple[Asset, ...], covers: tuple[Material, ...], yaw_deg: tuple[float, ...], shift_m: tuple[tuple[float, float], ...]
) -> Asset:
    """Books lying on each other; covers keep their materials unless one is stated.

    Args:
        books: from bottom to top. covers, yaw_deg, shift_m: one each.
    """
    parts = []
    z = 0.0
    for one, cover, yaw, (dx, dy) in zip(books, covers, yaw_deg, shift_m, strict=True):
        for part in one.parts:
            mesh = part.mesh.rotated("z", yaw).moved(dx, dy, z)
            parts.append(Part(mesh, cover, paintable=True) if part.material is None else Part(mesh, part.material))
        z += one.platform.height_m if one.platform else one.height_m
    top = books[-1].platform
    return Asset(tuple(parts), platform=Platform(0.85 * (top.radius_m if top else 0.05), z))


def stack_of_books_rand(rng: np.random.Generator) -> Asset:
    count = int(rng.integers(3, 6))
    lengths = np.sort(rng.uniform(0.165, 0.25, count))[::-1]
    if count > 3 and rng.random() < 0.6:
        lengths[[1, 2]] = lengths[[2, 1]]
    books = tuple(
        book(
            float(n),
            float(n) * rng.uniform(0.64, 0.74),
            rng.uniform(0.018, 0.038),
            bool(rng.random() < 0.7),
            0,
            bool(rng.random() < 0.5),
            int(rng.integers(1 << 30)),
        )
        for n in lengths
    )
    order = rng.permutation(len(_CLOTHS))[:count]
    covers = tuple(
        Material("opaque", _CLOTHS[k], "linen" if rng.random() < 0.6 else "leather", roughness=0.8, specular=0.25) for k in order
    )
    yaw = tuple(float(a) for a in rng.normal(0, 6, count))
    shift = tuple((float(rng.uniform(-0.012, 0.012)), float(rng.uniform(-0.008, 0.008))) for _ in range(count))
    return stack_of_books(books, covers, yaw, shift)


# --- boxes ----------------------------------------------------------------------------------------------------


def gift_box(x_m: float, y_m: float, z_m: float, ribbon: Rgb, ribbon_m: float = 0.022, yaw_deg: float = 0.0) -> Asset:
    """Gift box with lid, ribbon cross and bow; the body is box and lid.

    Args:
        x_m, y_m, z_m: 0.05 to 0.3. ribbon: colour. ribbon_m: width, 0.008 to 0.04. yaw_deg: of the bow.
    """
    lid_h, over, thick = min(0.30 * z_m, 0.035), 0.0018, 0.0005
    lower = box(x_m, y_m, z_m - 0.004, 0.0012, 2)
    lid = box(x_m + 2 * over, y_m + 2 * over, lid_h, 0.0014, 2).moved(z=z_m - lid_h)
    parts = [Part(box_mapped(join([lower, lid])).creased(60))]
    silk = Material("opaque", ribbon, roughness=0.34, specular=0.5, sheen=0.5)
    strips = []
    for half in (x_m / 2, y_m / 2):
        g = thick / 2 + 0.00015
        corners = [
            (-half - g, 0.0004), (-half - g, z_m - lid_h - 0.002), (-half - over - g, z_m - lid_h + 0.001), (-half - over - g, z_m + g),
            (half + over + g, z_m + g), (half + over + g, z_m - lid_h + 0.001), (half + g, z_m - lid_h - 0.002), (half + g, 0.0004),
        ]  # fmt: skip
        path = filleted(corners, [0, 0.002, 0.002, 0.0019, 0.0019, 0.002, 0.002, 0], 5)
        strips.append(strap(path, ribbon_m, thick, 16, 7.0))
    strips[1] = strips[1].rotated("z", 90)
    bow = [m.rotated("z", yaw_deg).moved(z=z_m) for m in bow_knot(ribbon_m, 2.6 * ribbon_m)]
    parts.append(Part(join([*strips, *bow]).creased(70), silk))
    return Asset(tuple(parts))


def bow_knot(width_m: float, reach_m: float) -> list[Mesh]:
    """Bow on z = 0: two loops along x, a knot and two tails towards the front.

    Args:
        width_m: of the ribbon. reach_m: length of one loop.
    """
    w, r, thick = width_m, reach_m, 0.0006
    loop = spline(
        [
            (0.0, 0.20 * w), (0.32 * r, 0.30 * r), (0.74 * r, 0.50 * r), (0.99 * r, 0.40 * r), (0.92 * r, 0.17 * r),
            (0.55 * r, 0.045 * r), (0.0, 0.09 * w),
        ],
        44,
    )  # fmt: skip
    along = np.linspace(0, 1, 44)
    spread = w * (0.42 + 0.72 * np.sin(np.pi * along) ** 0.8)
    right = strap(loop, spread, thick, 14, 6.0)
    left = right.rotated("z", 180)
    knot = box(0.72 * w, 0.80 * w, 0.52 * w, 0.20 * w, 4)
    tail_path = spline([(0.0, 0.14 * w), (0.28 * r, 0.12 * r), (0.60 * r, 0.055 * r), (0.92 * r, 0.020 * r), (1.12 * r, 0.030 * r)], 26)
    tail = strap(tail_path, w * np.linspace(0.45, 0.92, 26), thick, 14, 6.0)
    return [right.rotated("z", 8), left.rotated("z", 8), knot, tail.rotated("z", -62), tail.rotated("z", -118)]


def gift_box_rand(rng: np.random.Generator) -> Asset:
    x_m = rng.uniform(0.1, 0.16)
    ribbons = (srgb(244, 240, 230), srgb(206, 160, 62), srgb(186, 24, 34), srgb(24, 60, 120), srgb(28, 28, 30), srgb(40, 110, 70))
    return gift_box(
        x_m, x_m * rng.uniform(0.8, 1.0), x_m * rng.uniform(0.5, 0.95),
        ribbons[int(rng.choice(6, p=[0.35, 0.25, 0.15, 0.1, 0.1, 0.05]))], x_m * rng.uniform(0.14, 0.2), rng.uniform(-30, 30),
    )  # fmt: skip


def cardboard_box(x_m: float, y_m: float, z_m: float, open_deg: tuple[float, float, float, float] | None, wall_m: float = 0.004) -> Asset:
    """Cardboard box.

    Args:
        x_m, y_m, z_m: 0.1 to 0.5.
        open_deg: how far the flaps at +x, -x, +y, -y are turned up and out, 0 flat shut to 230; None: shut and taped.
    """
    plan = np.array([(x_m / 2, -y_m / 2), (x_m / 2, y_m / 2), (-x_m / 2, y_m / 2), (-x_m / 2, -y_m / 2)])
    outside = filleted(plan, 0.003, 4, closed=True).astype(np.float64)
    inside = filleted(plan * [1 - 2 * wall_m / x_m, 1 - 2 * wall_m / y_m], 0.0015, 4, closed=True).astype(np.float64)

    def level(outline: np.ndarray, z: float) -> np.ndarray:
        return np.concatenate([outline, np.full((len(outline), 1), z)], 1)

    top = z_m - wall_m
    body = rings_solid(
        np.stack(
            [
                level(outside * 0.99, 0.0), level(outside, 0.001), level(outside, top - 0.0006), level(outside * 0.998, top),
                level(inside * 1.002, top), level(inside, top - 0.0006), level(inside, wall_m),
            ],
        ),
    )  # fmt: skip
    shut = open_deg is None
    angles = open_deg or (0.0, 0.0, 0.0, 0.0)
    flaps = []
    for k, angle in enumerate(angles):
        minor = k < 2
        width, reach = (y_m, min(x_m, y_m) / 2) if minor else (x_m, y_m / 2)
        # hinge along its own x axis at the origin, the flap reaching to -y when shut
        flap = box(width - 0.004, reach - 0.002, wall_m - 0.0006, 0.0012, 2).moved(y=-reach / 2, z=-wall_m / 2)
        flap = flap.rotated("x", -angle)
        lift = z_m - wall_m / 2 - (0.0 if not minor else wall_m if angle < 1 else 0.0)
        if k == 0:
            placed = flap.rotated("z", -90).moved(x=x_m / 2 - 0.001, z=lift)
        elif k == 1:
            placed = flap.rotated("z", 90).moved(x=-x_m / 2 + 0.001, z=lift)
        elif k == 2:
            placed = flap.moved(y=y_m / 2 - 0.001, z=lift)
        else:
            placed = flap.rotated("z", 180).moved(y=-y_m / 2 + 0.001, z=lift)
        flaps.append(placed)
    parts = [Part(box_mapped(join([body, *flaps])).creased(40))]
    cavity, platform = None, None
    if shut:
        g = 0.0004
        path = filleted(
            [(-x_m / 2 - g, 0.72 * z_m), (-x_m / 2 - g, z_m - 0.001), (x_m / 2 + g, z_m - 0.001), (x_m / 2 + g, 0.72 * z_m)],
            [0, 0.003, 0.003, 0], 4,
        )  # fmt: skip
        tape = strap(np.asarray(path) + np.array([0, 0.0009]), 0.048, 0.0005, 16, 8.0)
        parts.append(Part(tape.creased(60), PACKING_TAPE))
        platform = Platform(0.45 * min(x_m, y_m), z_m + 0.0001)
    elif min(angles) > 60:
        cavity = Cavity(min(x_m, y_m) / 2 - wall_m, wall_m, z_m)
    return Asset(tuple(parts), cavity=cavity, platform=platform)


def cardboard_box_rand(rng: np.random.Generator) -> Asset:
    x_m = rng.uniform(0.2, 0.32)
    y_m, z_m = x_m * rng.uniform(0.65, 0.9), x_m * rng.uniform(0.5, 0.8)
    style = rng.random()
    if style < 0.4:
        return cardboard_box(x_m, y_m, z_m, None)
    if style < 0.7:
        a, b, c, d = (float(v) for v in rng.uniform(110, 165, 4))
        return cardboard_box(x_m, y_m, z_m, (a, b, c, d))
    a, b = (float(v) for v in rng.uniform(75, 120, 2))
    return cardboard_box(x_m, y_m, z_m, (a, b, float(rng.uniform(25, 60)), float(rng.uniform(15, 45))))


# --- soap, coins, dice, pawn, gear ----------------------------------------------------------------------------


def soap_bar(x_m: float, y_m: float, z_m: float, power: float = 3.0, groove: bool = True) -> Asset:
    """Soap bar with a softly hollowed top and a pressed line.

    Args:
        x_m: 0.05 to 0.11. y_m: 0.03 to 0.08. z_m: 0.015 to 0.045.
        power: of the superelliptic plan, 2 an oval to 6 almost a rectangle.
    """
    n = 96
    t = np.linspace(0, 2 * np.pi, n, endpoint=False)
    plan = np.stack(
        [
            np.sign(np.cos(t)) * np.abs(np.cos(t)) ** (2 / power) * x_m / 2,
            np.sign(np.sin(t)) * np.abs(np.sin(t)) ** (2 / power) * y_m / 2,
        ],
        1,
    )  # fmt: skip
    section = [(0.70, 0.0), (0.80, 0.0004)]
    a = np.linspace(-np.pi / 2, np.pi / 2, 19)
    section += [(0.80 + 0.20 * np.cos(v) ** 0.9, z_m * (0.5 + 0.5 * np.sin(v)) * 0.998 + 0.0003) for v in a[1:-1]]
    section += [(0.79, z_m), (0.76, z_m + 0.0001), (0.735, z_m)]
    if groove:
        section += [
            (0.715, z_m - 0.0003), (0.700, z_m - 0.0011), (0.688, z_m - 0.0013), (0.676, z_m - 0.0011), (0.660, z_m - 0.0003),
            (0.645, z_m - 0.0001),
        ]  # fmt: skip
    section += [(0.58, z_m - 0.0003), (0.44, z_m - 0.0009), (0.30, z_m - 0.0013), (0.15, z_m - 0.0016)]
    rings = [np.concatenate([plan * s, np.full((n, 1), z)], 1) for s, z in section]
    mesh = rings_solid(np.stack(rings))
    v = mesh.vertices
    worn = 1 + 0.010 * fbm(v / 0.03 + 3.1, 5, 2)
    worn[v[:, 2] < 0.0006] = 1.0
    rounded = (v * np.stack([worn, worn, np.ones_like(worn)], 1)).astype(np.float32)
    return Asset(
        (Part(Mesh(rounded, mesh.faces, v[:, :2].copy())),),
        platform=Platform(0.35 * y_m, z_m),
    )  # fmt: skip


def soap_bar_rand(rng: np.random.Generator) -> Asset:
    x_m = rng.uniform(0.07, 0.092)
    return soap_bar(x_m, x_m * rng.uniform(0.58, 0.72), x_m * rng.uniform(0.27, 0.36), rng.uniform(2.2, 4.5), bool(rng.random() < 0.8))


def coin(radius_m: float, thickness_m: float, faces: bool = True) -> Mesh:
    """Coin with a raised rim and a milled edge, lying on z = 0.

    Args:
        radius_m: 0.008 to 0.02. thickness_m: 0.0012 to 0.004. faces: with the emblem on top; else plain, for the middle of a stack.
    """
    r, h, deep = radius_m, thickness_m, 0.00022
    segments = 144  # 72 ridges
    milled = lambda theta, p: (  # noqa: E731
        1 - np.where(
            p[:, 0] > 0.992 * r, 0.011 * (np.floor(theta * segments / (2 * np.pi) + 0.5) % 2), 0,
        )
    ).astype(np.float32)  # fmt: skip
    if not faces:
        return lathe([(0, 0), (0.98 * r, 0), (r, 0.0002), (r, h - 0.0002), (0.98 * r, h), (0, h)], segments, milled).creased(30)
    edge = filleted([(0.93 * r, 0), (r, 0), (r, h), (0.93 * r, h)], [0, 0.0002, 0.0002, 0], 2)
    body = lathe(
        np.concatenate([[(0, deep), (0.895 * r, deep)], edge, [(0.895 * r, h - deep), (0, h - deep)]]), segments, milled,
    ).creased(30)  # fmt: skip
    star = np.array(
        [
            ((0.40 if k % 2 == 0 else 0.165) * r * np.sin(np.pi * k / 5), (0.40 if k % 2 == 0 else 0.165) * r * np.cos(np.pi * k / 5))
            for k in range(10)
        ]
    )[::-1]
    beads = [
        sphere(0.018 * r, 10).scaled(1, 1, 0.6).moved(x=0.80 * r * np.cos(a), y=0.80 * r * np.sin(a), z=h - deep)
        for a in np.linspace(0, 2 * np.pi, 28, endpoint=False)
    ]
    emblem = extrude(star, 0.00028, 0.00012, 2).moved(z=h - deep - 0.0001)
    line = lathe(_circle_profile(0.56 * r, 0.00012, h - deep), 64)
    return join([body, emblem, line.creased(30), *[b.creased(30) for b in beads]])


def coin_stack(radius_m: float, thickness_m: float, offsets_m: tuple[tuple[float, float], ...], yaw_deg: tuple[float, ...]) -> Asset:
    """Stack of equal coins, one per offset from the axis; ranges as `coin`."""
    plain, top = coin(radius_m, thickness_m, False), coin(radius_m, thickness_m)
    count = len(offsets_m)
    coins = []
    for k, ((x, y), yaw) in enumerate(zip(offsets_m, yaw_deg, strict=True)):
        coins.append((top if k == count - 1 else plain).rotated("z", yaw).moved(x, y, k * thickness_m))
    return Asset((Part(box_mapped(join(coins))),), platform=Platform(0.8 * radius_m, count * thickness_m))


def coin_stack_rand(rng: np.random.Generator) -> Asset:
    count = int(rng.integers(4, 9))
    radius_m = rng.uniform(0.0115, 0.0145)
    offsets = tuple((float(x), float(y)) for x, y in rng.normal(0, 0.045 * radius_m, (count, 2)))
    return coin_stack(radius_m, radius_m * rng.uniform(0.15, 0.18), offsets, tuple(float(v) for v in rng.uniform(0, 360, count)))


_PIPS = {
    1: [(0, 0)], 2: [(-1, -1), (1, 1)], 3: [(-1, -1), (0, 0), (1, 1)], 4: [(-1, -1), (-1, 1), (1, -1), (1, 1)],
    5: [(-1, -1), (-1, 1), (0, 0), (1, -1), (1, 1)], 6: [(-1, -1), (-1, 0), (-1, 1), (1, -1), (1, 0), (1, 1)],
}  # fmt: skip


def dice(edge_m: float, top: int, turns: int, pips: Rgb = JET) -> Asset:
    """Die with rounded edges; opposite faces sum to seven.

    Args:
        edge_m: 0.01 to 0.03. top: face that lies up, 1 to 6. turns: quarter turns about the vertical, 0 to 3. pips: their colour.

    Raises:
        ValueError: if `top` is not 1 to 6.
    """
    if top not in _PIPS:
        raise ValueError(f"`top` is {top}; use 1 to 6")
    e = edge_m
    body = box(e, e, e, 0.16 * e, 5).moved(z=-e / 2)
    dot = lathe([(0, -0.02 * e), (0.088 * e, -0.02 * e), (0.088 * e, 0.0), (0.080 * e, 0.0022 * e), (0, 0.0030 * e)], 28).moved(z=e / 2)
    dots = []
    for face, (axis, angle) in {1: ("x", 0), 6: ("x", 180), 2: ("x", 90), 5: ("x", -90), 3: ("y", 90), 4: ("y", -90)}.items():
        for x, y in _PIPS[face]:
            dots.append(dot.moved(x=0.245 * e * x, y=0.245 * e * y).rotated(axis, angle))
    parts = [body, join(dots).creased(50)]
    undo = {1: ("x", 0), 6: ("x", 180), 2: ("x", -90), 5: ("x", 90), 3: ("y", -90), 4: ("y", 90)}[top]
    parts = [m.rotated(*undo).rotated("z", 90 * turns).moved(z=e / 2) for m in parts]
    low = -float(parts[0].vertices[:, 2].min())
    return Asset(
        (
            Part(parts[0].moved(z=low)),
            Part(parts[1].moved(z=max(low, -float(parts[1].vertices[:, 2].min()))), Material("opaque", pips, roughness=0.35)),
        ),
        platform=Platform(0.4 * e, e),
    )  # fmt: skip


def dice_rand(rng: np.random.Generator) -> Asset:
    return dice(rng.uniform(0.015, 0.019), int(rng.integers(1, 7)), int(rng.integers(4)))


def dark_dice_rand(rng: np.random.Generator) -> Asset:
    """A die with white pips, for dark bodies."""
    return dice(rng.uniform(0.015, 0.019), int(rng.integers(1, 7)), int(rng.integers(4)), srgb(244, 242, 236))


def chess_pawn(height_m: float, base_m: float, head: float = 1.0) -> Asset:
    """Turned chess pawn in the Staunton pattern.

    Args:
        height_m: 0.03 to 0.08. base_m: radius of the base, 0.35 of the height or less. head: factor on the head's size, 0.85 to 1.15.
    """
    h, b = height_m, base_m
    ball = 0.148 * h * head
    outline = turned([
        ("line", 0.97 * b, b, 0.045 * h), (
            "bead", 0.92 * b, 0.99 * b, 0.055 * h,
        ), ("cove", 0.90 * b, 0.66 * b, 0.045 * h), ("bead", 0.62 * b, 0.70 * b, 0.030 * h),
        ("curve", 0.40 * h, (0.60 * b, 0), (0.42 * b, 0.28), (0.30 * b, 0.62), (0.275 * b, 1)),
        ("bead", 0.28 * b, 0.50 * b, 0.040 * h), ("bead", 0.30 * b, 0.40 * b, 0.022 * h),
    ], 0.001, 0.0004)  # fmt: skip
    z = float(outline[:, 1].max())
    start = -np.arccos(min(0.30 * b / ball, 0.95))
    t = np.linspace(start, np.pi / 2, 22)
    top = np.stack([ball * np.cos(t), z + ball * (np.sin(t) - np.sin(start))], 1)
    top[-1, 0] = 0
    return Asset((Part(lathe(np.concatenate([outline[:-1], top]), 64).creased(60)),))


def chess_pawn_rand(rng: np.random.Generator) -> Asset:
    height_m = rng.uniform(0.044, 0.056)
    return chess_pawn(height_m, height_m * rng.uniform(0.29, 0.34), rng.uniform(0.92, 1.08))


def gear(module_m: float, teeth: int, thickness_m: float, bore_m: float, recess: bool = True) -> Asset:
    """Spur gear lying flat.

    Args:
        module_m: pitch diameter over the number of teeth, 0.001 to 0.006. teeth: 12 to 48.
        thickness_m: 0.003 to 0.02. bore_m: radius of the bore. recess: a turned recess between rim and hub.
    """
    pitch = module_m * teeth / 2
    tip, root = pitch + module_m, pitch - 1.25 * module_m
    base = pitch * np.cos(np.radians(20))
    involute = lambda radius: np.sqrt(max((radius / base) ** 2 - 1, 0)) - np.arctan(np.sqrt(max((radius / base) ** 2 - 1, 0)))  # noqa: E731
    half = np.pi / (2 * teeth) + involute(pitch)
    flank = [(root + 0.25 * module_m, half * 1.02)] + [
        (q, half - involute(q)) for q in np.linspace(max(base, root + 0.4 * module_m), tip - 0.12 * module_m, 5)
    ]
    last = flank[-1]
    tooth = [(root, half * 1.22), *flank, (tip, last[1] - 0.10 * module_m / tip)]
    tooth = [(q, -a) for q, a in tooth] + [(q, a) for q, a in tooth[::-1]]
    polar = np.array([(q, a + 2 * np.pi * k / teeth) for k in range(teeth) for q, a in tooth])
    angle, radius = polar[:, 1], polar[:, 0]
    unit = np.stack([np.cos(angle), np.sin(angle)], 1)
    e, h = 0.09 * module_m + 0.00008, thickness_m

    def level(r: np.ndarray | float, z: float) -> np.ndarray:
        return np.concatenate([unit * np.broadcast_to(np.asarray(r, float), angle.shape)[:, None], np.full((len(angle), 1), z)], 1)

    rim, hub = root - 1.0 * module_m, max(1.9 * bore_m, 0.34 * root)
    deep = 0.16 * h if recess else 0.0
    inset = lambda d: radius - d * 1.2  # noqa: E731
    side = [level(inset(e), h), level(inset(0.3 * e), h - 0.3 * e), level(radius, h - e)]
    face = [level(bore_m, h - 0.6 * e), level(bore_m + 0.6 * e, h)]
    if recess and rim > hub * 1.25:
        face += [
            level(hub, h), level(hub + e, h - 0.5 * e), level(hub + 1.4 * e, h - deep), level(rim - 1.4 * e, h - deep),
            level(rim - e, h - 0.5 * e), level(rim, h),
        ]  # fmt: skip
    face.append(level(root - 0.1 * module_m, h))
    upper = [*face, *side]
    lower = [np.stack([p[:, 0], p[:, 1], h - p[:, 2]], 1) for p in upper[::-1]]
    mesh = loop_solid(np.stack([*upper, *lower])).creased(32)
    return Asset((Part(box_mapped(mesh)),), platform=Platform(0.8 * root, h))


def gear_rand(rng: np.random.Generator) -> Asset:
    teeth = int(rng.integers(14, 31))
    pitch_m = rng.uniform(0.026, 0.042)
    return gear(2 * pitch_m / teeth, teeth, pitch_m * rng.uniform(0.26, 0.40), pitch_m * rng.uniform(0.15, 0.24), bool(rng.random() < 0.9))


_METALS = ("silver", "gold", "brass", "copper", "bronze", "chrome", "brushed steel")
_DARK = ("red", "blue", "green", "black", "purple", "navy blue", "burgundy", "brown", "teal", "magenta", "olive green", "grey")

ASSETS = (
    AssetType(
        "spoon", "products", spoon_rand, (0.1, 0.25),
        ("silver", "brushed steel", "chrome", "gold", "copper", "brass", "oak", "walnut", "bamboo", "porcelain"),
        ("red", "blue", "black", "white"),
    ),
    AssetType(
        "ring", "products", ring_rand, (0.014, 0.04), ("gold", "silver", "copper", "bronze", "chrome", "brushed steel", "jade"),
        ("black", "blue", "green"),
    ),
    AssetType(
        "watch face", "products", watch_face_rand, (0.03, 0.15),
        ("brushed steel", "gold", "silver", "chrome", "copper", "bronze", "matte plastic"), ("black", "white", "blue", "red"),
    ),
    AssetType(
        "book", "products", book_rand, (0.15, 0.3), ("leather", "linen", "paper", "velvet", "cardboard"),
        (
            "red", "blue", "green", "brown", "black", "navy blue", "burgundy", "teal", "beige", "mustard yellow", "grey", "orange",
            "white", "purple",
        ),
    ),
    AssetType(
        "stack of books", "products", stack_of_books_rand, (0.15, 0.34), (),
        ("red", "blue", "green", "brown", "black", "navy blue", "burgundy", "teal", "white"),
    ),
    AssetType(
        "gift box", "products", gift_box_rand, (0.08, 0.25),
        ("paper", "glossy plastic", "cardboard", "velvet", "linen", "matte plastic", "leather"),
        (
            "red", "blue", "green", "white", "pink", "purple", "black", "yellow", "turquoise", "teal", "lavender", "coral", "navy blue",
            "burgundy",
        ),
    ),
    AssetType(
        "cardboard box", "products", cardboard_box_rand, (0.18, 0.62), ("cardboard", "paper"),
        ("brown", "white", "red", "blue", "green", "black"),
    ),
    AssetType(
        "soap bar", "products", soap_bar_rand, (0.05, 0.12), ("wax", "white marble", "jade", "matte plastic", "porcelain"),
        ("white", "pink", "green", "lavender", "cream", "blue", "yellow", "turquoise", "beige", "coral", "orange", "sky blue"),
    ),
    AssetType("coin stack", "products", coin_stack_rand, (0.015, 0.05), ("gold", "silver", "copper", "bronze", "brass"), ()),
    AssetType(
        "dice", "products", dice_rand, (0.012, 0.03),
        ("glossy plastic", "matte plastic", "porcelain", "white marble", "oak", "jade", "gold", "silver", "clear glass", "brass"),
        ("red", "white", "blue", "green", "black", "yellow", "purple", "orange"), varieties=dict.fromkeys(_DARK, dark_dice_rand),
    ),
    AssetType(
        "chess pawn", "products", chess_pawn_rand, (0.03, 0.08),
        (
            "walnut", "oak", "white marble", "black marble", "brass", "jade", "glossy plastic", "clear glass", "bronze", "silver",
            "pine", "gold",
        ),
        ("black", "white", "red", "brown", "cream", "blue", "green"), lies=True,
    ),
    AssetType(
        "gear", "products", gear_rand, (0.05, 0.1),
        ("brushed steel", "brass", "bronze", "rusty iron", "chrome", "aluminium", "copper", "matte plastic", "gold"),
        ("red", "blue", "black", "yellow", "white"),
    ),
)  # fmt: skip
