"""From the bakery: bread, croissant, cookie, donut, cupcake, layer cake, pancakes; and the forms that dishes share."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pochade.world import blending
from pochade.world.asset import Asset, AssetType, Part
from pochade.world.blending import smoothstep
from pochade.world.materials import Material, Rgb, srgb
from pochade.world.mesh import (
    Floats,
    Mesh,
    ball,
    blob,
    drop_degenerate,
    filleted,
    flipped,
    grid_faces,
    join,
    lathe,
    shell_profile,
    smooth_normals,
    spline,
    triangulate,
    tube,
)  # fmt: skip
from pochade.world.noise import cellular, fbm, ridged

# --- forms and colours of food ----------------------------------------------------------------------------------


BRIGHTEST = 0.87
"""Nothing edible reflects more; whiter whites would clip in the sun."""


def ramp(t: ArrayLike, *stops: Rgb) -> Floats:
    """`blending.ramp`, nowhere brighter than food."""
    return np.minimum(blending.ramp(t, *stops), BRIGHTEST)


def over(base: ArrayLike, color: ArrayLike, amount: ArrayLike) -> Floats:
    """`blending.over` with a colour no brighter than food."""
    return blending.over(base, np.minimum(np.asarray(color, np.float32), BRIGHTEST), amount)


def seed_of(rng: np.random.Generator) -> int:
    """A seed for noise."""
    return int(rng.integers(1 << 30))


def outward(mesh: Mesh) -> Mesh:
    """The closed mesh with its triangles turned outward."""
    return flipped(mesh) if mesh.volume_m3 < 0 else mesh


def turned(profile: ArrayLike, resolution: int = 32) -> Mesh:
    """Solid of revolution from a closed lathe profile (N, 2), as `mesh.lathe`, with even triangles and no poles.

    Args:
        resolution: quads along each of the six patches; 12 resolution^2 triangles.
    """
    p = np.asarray(profile, np.float64)
    arc = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=1))])
    unit = ball(resolution)
    d = unit.vertices.astype(np.float64)
    at = np.arccos(np.clip(-d[:, 2], -1, 1)) / np.pi * arc[-1]
    r, z = np.interp(at, arc, p[:, 0]), np.interp(at, arc, p[:, 1])
    across = np.maximum(np.linalg.norm(d[:, :2], axis=1), 1e-9)
    v = np.stack([d[:, 0] / across * r, d[:, 1] / across * r, z], 1)
    return Mesh(np.round(v, 8).astype(np.float32), unit.faces, unit.uv * np.float32(p[:, 0].max()))


def loops(points: ArrayLike) -> Mesh:
    """Closed ring of closed loops: points (R, C, 3), periodic both ways, such as a film around a torus."""
    p = np.asarray(points, np.float64)
    p = np.concatenate([p, p[:1]], 0)
    p = np.concatenate([p, p[:, :1]], 1)
    rows, columns = p.shape[:2]
    u = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(p, axis=1), axis=-1).mean(0))])
    v = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=-1).mean(1))])
    uv = np.stack(np.meshgrid(u, v), -1).reshape(-1, 2)
    mesh = Mesh(np.round(p, 8).reshape(-1, 3).astype(np.float32), grid_faces(rows, columns), uv.astype(np.float32))
    return outward(drop_degenerate(mesh))


def resampled(line: ArrayLike, longest_m: float) -> NDArray[np.float64]:
    """The polyline (N, 2) with points added so that no step is longer than `longest_m`."""
    p = np.asarray(line, np.float64)
    out = [p[:1]]
    for a, b in pairwise(p):
        n = max(1, int(np.ceil(np.linalg.norm(b - a) / longest_m)))
        out.append(a + (b - a) * (np.arange(1, n + 1) / n)[:, None])
    return np.concatenate(out)


def swept(section: Callable[[float], NDArray[np.floating]], angles: NDArray[np.floating]) -> Mesh:
    """Sector of a solid about z: `section(angle)` is a closed polygon (N, 2) of radius and z.

    The last 2 N vertices are those of the caps at both ends.
    """
    sections = [np.asarray(section(float(a)), np.float64) for a in angles]
    rings = [np.concatenate([s, s[:1]]) for s in sections] + [sections[0], sections[-1]]
    turns = [*angles, angles[0], angles[-1]]
    v = np.concatenate([np.stack([r[:, 0] * np.cos(a), r[:, 0] * np.sin(a), r[:, 1]], 1) for r, a in zip(rings, turns, strict=True)])
    uv = np.concatenate([np.stack([r[:, 0] * a, r[:, 1]], 1) for r, a in zip(rings, turns, strict=True)])
    n = len(sections[0])
    first = sections[0]
    anticlockwise = (first[:, 0] * np.roll(first[:, 1], -1) - np.roll(first[:, 0], -1) * first[:, 1]).sum() > 0
    order = np.arange(n) if anticlockwise else np.arange(n)[::-1]
    side = grid_faces(len(angles), n + 1)
    start, end = (order[triangulate(s[order])] + len(v) - k * n for s, k in ((sections[0], 2), (sections[-1], 1)))
    for turn in (1, -1):  # anticlockwise caps against anticlockwise sides, or the other way
        faces = np.concatenate([side, start[:, ::turn], end[:, ::-turn]])
        mesh = Mesh(np.round(v, 8).astype(np.float32), faces.astype(np.int32), uv.astype(np.float32), crease_deg=50.0)
        if mesh.is_watertight():
            break
    return outward(drop_degenerate(mesh))


def block(counts: tuple[int, int, int], place: Callable[[Floats, Floats, Floats], Floats]) -> tuple[Mesh, Floats]:
    """Solid whose six sides are grids: `place` maps (u, v, w), each 0 to 1, to (V, 3) metres.

    Args:
        counts: quads along u, v and w.

    Returns:
        the mesh and the (V, 3) coordinates u, v, w of its vertices.
    """
    sides, faces, total = [], [], 0
    lines = [np.linspace(0, 1, n + 1) for n in counts]
    for axis in range(3):
        i, j = (axis + 1) % 3, (axis + 2) % 3
        a, b = np.meshgrid(lines[i], lines[j])
        for end in (1.0, 0.0):
            p = np.full((*a.shape, 3), end)
            p[..., i], p[..., j] = a, b
            f = grid_faces(*a.shape)
            sides.append(p.reshape(-1, 3))
            faces.append((f if end else f[:, ::-1]) + total)
            total += a.size
    uvw = np.concatenate(sides)
    v = np.asarray(place(uvw[:, 0], uvw[:, 1], uvw[:, 2]), np.float64)
    mesh = Mesh(np.round(v, 8).astype(np.float32), np.concatenate(faces).astype(np.int32), v[:, :2].astype(np.float32), crease_deg=50.0)
    return outward(drop_degenerate(mesh)), uvw.astype(np.float32)


def piped(path: ArrayLike, radius_m: ArrayLike, lobes: int = 6, depth: float = 0.2, twist: float = 0.0, segments: int = 36) -> Mesh:
    """Cream from a star nozzle: a tube with lobes that run along it and wind by `twist` turns."""
    p = np.asarray(path, np.float64)
    mesh = tube(p, radius_m, segments, caps=4)
    # find each vertex's ring: tube() keeps rings of segments + 1 vertices in order, caps included
    rings = mesh.vertices.reshape(-1, segments + 1, 3).astype(np.float64)
    centre = rings[:, :-1].mean(1, keepdims=True)
    theta = np.linspace(0, 2 * np.pi, segments + 1)
    turn = np.linspace(0, 2 * np.pi * twist, len(rings))[:, None]
    factor = 1 + depth * np.cos(lobes * (theta[None] + turn)) - depth * 0.3
    rings = centre + (rings - centre) * factor[..., None]
    rings[:, -1] = rings[:, 0]
    v = np.round(rings, 8).reshape(-1, 3).astype(np.float32)
    return Mesh(v, mesh.faces, mesh.uv)


def surface_points(
    mesh: Mesh, rng: np.random.Generator, count: int, spacing_m: float, accept: Callable[[Floats, Floats], NDArray[np.bool_]] | None = None
) -> tuple[Floats, Floats]:
    """Points and unit normals, up to (count, 3) each, spread over a mesh at least `spacing_m` apart.

    Args:
        accept: maps candidates (N, 3) and their normals (N, 3) to those wanted (N,).
    """
    normals = smooth_normals(mesh)
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1).astype(np.float64)
    pick = rng.choice(len(area), count * 12, p=area / area.sum())
    s, t = np.sqrt(rng.random(len(pick))), rng.random(len(pick))
    weight = np.stack([1 - s, s * (1 - t), s * t], 1).astype(np.float32)
    corners = mesh.faces[pick]
    at = np.einsum("nk,nkd->nd", weight, mesh.vertices[corners])
    n = np.einsum("nk,nkd->nd", weight, normals[corners])
    n /= np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-9)
    if accept is not None:
        keep = accept(at, n)
        at, n = at[keep], n[keep]
    chosen: list[int] = []
    for k in range(len(at)):
        if len(chosen) == count:
            break
        if not chosen or (((at[chosen] - at[k]) ** 2).sum(1) > spacing_m**2).all():
            chosen.append(k)
    return at[chosen], n[chosen]


def scattered(
    piece: Mesh,
    at: Floats,
    up: Floats,
    rng: np.random.Generator,
    colors: ArrayLike,
    scale: tuple[float, float] = (0.85, 1.15),
    lean: float = 0.0,
) -> Mesh:
    """Copies of a piece, its z axis along `up` (N, 3), each turned at random, in colours (N, 3).

    Args:
        scale: lowest and highest size.
        lean: how far axes stray from `up`, 0 to 1.
    """
    n = len(at)
    z = up + lean * rng.normal(size=(n, 3))
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    x = rng.normal(size=(n, 3))
    x -= z * (x * z).sum(1, keepdims=True)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    frame = np.stack([x, np.cross(z, x), z], 1) * rng.uniform(*scale, size=(n, 1, 1))
    v = np.einsum("vk,nkd->nvd", piece.vertices, frame) + at[:, None]
    m = len(piece.vertices)
    faces = (piece.faces[None] + (np.arange(n, dtype=np.int32) * m)[:, None, None]).reshape(-1, 3)
    color = np.repeat(np.broadcast_to(np.minimum(np.asarray(colors, np.float32), BRIGHTEST), (n, 3)), m, 0)
    return Mesh(np.round(v, 8).reshape(-1, 3).astype(np.float32), faces, np.tile(piece.uv, (n, 1)), color, piece.crease_deg)


def floored(mesh: Mesh, softness_m: float = 0.001) -> Mesh:
    """Presses what reaches below z = 0 flat on the table, with a soft edge of about `softness_m`."""
    v = mesh.vertices.copy()
    z = v[:, 2].astype(np.float64)
    v[:, 2] = np.where(z > 8 * softness_m, z, softness_m * np.log1p(np.exp(np.minimum(z / softness_m, 60.0))))
    v[:, 2] -= v[:, 2].min()
    return Mesh(v, mesh.faces, mesh.uv, mesh.color, mesh.crease_deg)


CRUST = (srgb(238, 206, 150), srgb(222, 168, 96), srgb(190, 118, 52), srgb(140, 74, 30), srgb(88, 42, 20))
"""From pale dough to dark crust."""
_SPRINKLES = (srgb(236, 92, 120), srgb(250, 206, 70), srgb(92, 178, 214), srgb(242, 240, 232), srgb(120, 190, 96), srgb(236, 130, 54))
_BERRY = Material("opaque", srgb(150, 20, 28), roughness=0.22, clearcoat=0.8, flatness=0.4)
_BAKED = Material("opaque", roughness=0.62, specular=0.4, flatness=0.4)


# --- bread ------------------------------------------------------------------------------------------------------


def bread_loaf(length_m: float, width_m: float, height_m: float, cuts: int, flour: float, rng: np.random.Generator) -> Asset:
    """Hearth loaf: dark crust, flour, and scores that have opened into ears.

    Args:
        length_m: 0.16 to 0.32, along x.
        width_m: 0.12 to 0.24.
        height_m: 0.07 to 0.12.
        cuts: scores across the top, 1 to 5.
        flour: 0 none, 1 well dusted.
    """
    seed = seed_of(rng)
    long = length_m / width_m

    def radius(d: Floats) -> Floats:
        half = np.array([length_m / 2, width_m / 2, height_m * 0.62])
        r = 1 / ((np.abs(d) / half) ** 2.3).sum(1) ** (1 / 2.3)
        return r * (1 + 0.05 * fbm(d * 1.3, seed, 3))

    mesh = blob(radius, 56)
    v = mesh.vertices
    x, y = v[:, 0] / (length_m / 2), v[:, 1] / (width_m / 2)
    z = v[:, 2] / (height_m * 0.62)
    # scores: distance across each cut, and how far it has opened there
    opening, lip = np.zeros(len(v), np.float32), np.zeros(len(v), np.float32)
    tilt = rng.uniform(0.3, 0.6) * rng.choice([-1, 1])
    for k in range(cuts):
        place = 0.0 if cuts == 1 else (k - (cuts - 1) / 2) * (1.25 / cuts)
        angle = tilt if cuts > 1 else rng.uniform(-0.25, 0.25) * (1 if long > 1.25 else 4)
        along = x * long * np.cos(angle) + y * np.sin(angle) - place * long * np.cos(angle)
        across = -x * long * np.sin(angle) + y * np.cos(angle) + place * long * np.sin(angle)
        if cuts > 1:
            along, across = across, -along
        reach = (0.74 if cuts > 1 else 0.72 * long) * rng.uniform(0.94, 1.06)
        across = (
            across
            + 0.16 * (along / reach) ** 2 * rng.choice([-1.0, 1.0])
            + 0.04 * fbm(v[:, :2] / 0.03, seed + k, 3)
            + rng.uniform(-0.05, 0.05)
        )
        width = rng.uniform(0.12, 0.16) * np.sqrt(np.clip(1 - (along / reach) ** 2, 0, 1)) * (0.85 if cuts > 2 else 1.25)
        inside = np.where((width > 0.01) & (z > 0), np.clip(1 - np.abs(across) / np.maximum(width, 1e-3), 0, 1), 0)
        opening = np.maximum(opening, inside)
        edge = np.exp(-(((across - width * 1.06) / 0.035) ** 2)) * (width > 0.02) * (z > 0) * np.clip(width / 0.1, 0, 1)
        lip = np.maximum(lip, edge)
    open_ = smoothstep(0.0, 0.35, opening)
    blister = np.clip(fbm(v / 0.006, seed + 20, 2) - 0.18, 0, 1) * (1 - open_)
    crackle, second, _ = cellular(v / 0.016 + 0.5 * fbm(v / 0.012, seed + 21, 2)[:, None], seed + 22)
    crack = smoothstep(0.05, 0.0, second - crackle) * smoothstep(0.0, 0.3, fbm(v / 0.05, seed + 23, 2)) * (1 - open_)
    crumb = fbm(v / 0.004, seed + 24, 3)
    strand = ridged(np.stack([v[:, 0] / 0.03, v[:, 1] / 0.008, v[:, 2] / 0.008], 1), seed + 25, 3)
    lift = -0.006 * open_ * (1 - 0.35 * opening) + 0.0055 * lip + 0.0012 * blister - 0.0007 * crack
    lift = lift + open_ * (0.0014 * crumb + 0.0022 * (strand - 0.5)) + 0.0012 * fbm(v / 0.02, seed + 26, 3)
    shaped = mesh.displaced(lift)
    mottle = fbm(v / 0.025, seed + 27, 4)
    bake = 0.62 + 0.20 * np.clip(z, -1, 1) + 0.16 * mottle + 0.25 * lip + 0.22 * blister
    bake = bake - 0.25 * smoothstep(-0.1, -0.6, z)
    color = ramp(bake, *CRUST)
    inner = ramp(0.42 + 0.35 * crumb + 0.55 * (strand - 0.5), srgb(240, 218, 172), srgb(228, 190, 130), srgb(200, 140, 76))
    color = over(color, inner, open_ * 0.95)
    color = over(color, srgb(226, 184, 120), crack * 0.5)
    rings = 0.5 + 0.5 * np.cos(np.hypot(x * max(long * 0.8, 1), y) * 22 + 1.5 * mottle) if long < 1.25 else 0.75
    dust = smoothstep(-0.2, 0.75, fbm(v / 0.03, seed + 28, 5) + 0.7 * flour - 0.45 + 0.25 * smoothstep(0.2, 0.8, z)) * rings
    dust = dust * (0.75 + 0.5 * fbm(v / 0.0035, seed + 29, 2)) * smoothstep(-0.5, 0.1, z) * (1 - open_) * (1 - 0.8 * lip)
    color = over(color, srgb(240, 230, 212), np.clip(dust, 0, 0.82) * min(1.0, flour * 1.2))
    loaf = shaped.painted(color).moved(z=height_m * 0.36)
    return Asset((Part(floored(loaf, 0.004), Material("opaque", roughness=0.68, specular=0.35, flatness=0.3)),))


def tin_loaf(length_m: float, width_m: float, height_m: float, rng: np.random.Generator) -> Asset:
    """Tin loaf with a domed top that has burst along its length.

    Args:
        length_m: 0.18 to 0.28, along x.
        width_m: 0.09 to 0.13.
        height_m: 0.09 to 0.14.
    """
    seed = seed_of(rng)

    def radius(d: Floats) -> Floats:
        half = np.array([length_m / 2, width_m / 2, height_m / 2])
        return 1 / ((np.abs(d) / half) ** 6).sum(1) ** (1 / 6)

    mesh = blob(radius, 56)
    v = mesh.vertices.copy()
    u, w, h = v[:, 0] / (length_m / 2), v[:, 1] / (width_m / 2), v[:, 2] / height_m + 0.5
    top = smoothstep(0.55, 1.0, h)
    # sides lean out as the tin does; above its edge the dough mushrooms and domes
    v[:, 1] *= 0.88 + 0.12 * h + 0.07 * np.exp(-(((h - 0.72) / 0.12) ** 2)) - 0.10 * smoothstep(0.75, 1.0, h)
    v[:, 0] *= 0.93 + 0.07 * h + 0.03 * np.exp(-(((h - 0.72) / 0.12) ** 2)) - 0.05 * smoothstep(0.75, 1.0, h)
    v[:, 2] += top * height_m * (0.20 * (1 - np.clip(w, -1, 1) ** 2) * (1 - 0.75 * np.clip(np.abs(u), 0, 1) ** 4) - 0.08)
    v[:, 2] += top * 0.006 * fbm(v / 0.06, seed + 9, 2)
    mesh = Mesh(v, mesh.faces, mesh.uv)
    wander = w + 0.10 * fbm(np.stack([u * 2, 0 * u, 0 * u], 1), seed, 3)
    width = 0.17 * np.clip(1 - (u / 0.86) ** 2, 0, 1) ** 0.5
    opening = np.where((h > 0.6) & (width > 0.01), np.clip(1 - np.abs(wander) / np.maximum(width, 1e-3), 0, 1), 0)
    open_ = smoothstep(0.0, 0.3, opening)
    lip = np.exp(-(((np.abs(wander) - width * 1.08) / 0.05) ** 2)) * (h > 0.6) * np.clip(width / 0.1, 0, 1)
    crumb = fbm(v / 0.0045, seed + 1, 3)
    strand = ridged(np.stack([v[:, 0] / 0.012, v[:, 1] / 0.006, v[:, 2] / 0.02], 1), seed + 2, 3)
    pores, _, ident = cellular(v / 0.0045, seed + 3)
    pore = smoothstep(0.22, 0.08, pores) * (ident > 0.6) * smoothstep(0.75, 0.5, h)
    lift = -0.004 * open_ * (1 - 0.4 * opening) + 0.003 * lip + open_ * (0.001 * crumb + 0.0018 * (strand - 0.5)) - 0.0005 * pore
    lift = lift + 0.0008 * fbm(v / 0.015, seed + 4, 3) + 0.0004 * fbm(v / 0.004, seed + 5, 2) * top
    mottle = fbm(v / 0.03, seed + 6, 4)
    bake = 0.36 + 0.12 * mottle + 0.30 * smoothstep(0.5, 0.85, h) + 0.14 * lip + 0.05 * top + 0.12 * smoothstep(0.25, 0.0, h)
    bake = bake + 0.12 * np.abs(np.clip(w, -1, 1)) ** 8 * (h < 0.7)
    color = ramp(bake, *CRUST)
    color = over(
        color, ramp(0.5 + 0.5 * crumb + 0.4 * (strand - 0.5), srgb(240, 214, 160), srgb(224, 176, 108), srgb(196, 134, 70)), open_ * 0.9
    )
    color = over(color, srgb(150, 92, 44), pore * 0.4)
    loaf = mesh.displaced(lift).painted(color)
    return Asset(
        (
            Part(
                floored(loaf.moved(z=-float(loaf.vertices[:, 2].min()) - 0.0005), 0.0006),
                Material("opaque", roughness=0.5, specular=0.4, flatness=0.3),
            ),
        )
    )


def bread_loaf_rand(rng: np.random.Generator) -> Asset:
    kind = rng.choice(["boule", "batard", "tin"], p=[0.4, 0.35, 0.25])
    if kind == "tin":
        return tin_loaf(rng.uniform(0.20, 0.25), rng.uniform(0.10, 0.12), rng.uniform(0.10, 0.12), rng)
    width_m = rng.uniform(0.19, 0.22) if kind == "boule" else rng.uniform(0.125, 0.145)
    length_m = width_m * (rng.uniform(1.02, 1.12) if kind == "boule" else rng.uniform(1.75, 2.1))
    cuts = int(rng.choice([1, 3])) if kind == "boule" else int(rng.choice([1, 3, 4]))
    return bread_loaf(
        length_m,
        width_m,
        width_m * (rng.uniform(0.5, 0.56) if kind == "boule" else rng.uniform(0.62, 0.7)),
        cuts,
        rng.uniform(0.3, 0.9),
        rng,
    )


# --- croissant --------------------------------------------------------------------------------------------------


def croissant(length_m: float, thickness_m: float, segments: int, bend_deg: float, rng: np.random.Generator) -> Asset:
    """Croissant of rolled segments, each tucked under the next one towards the middle.

    Args:
        length_m: along the curve, 0.14 to 0.24.
        thickness_m: at the middle, 0.045 to 0.075.
        segments: visible rolls, odd, 5 to 9.
        bend_deg: angle that the curve sweeps, 40 to 150.
    """
    seed = seed_of(rng)
    bend = np.radians(bend_deg)
    big = length_m / bend
    half = segments // 2
    edges = np.sin(np.linspace(0, 1, half + 2) * np.pi / 2 * 0.94)
    edges = edges / edges[-1]
    envelope = lambda s: thickness_m / 2 * (0.16 + 0.84 * (1 - np.abs(s) ** 1.9) ** 0.85)  # noqa: E731
    parts = []
    phase = rng.uniform(0, 2 * np.pi)
    for k in range(-half, half + 1):
        side = np.sign(k) or 1
        inner, outer = (-edges[1], edges[1]) if k == 0 else (edges[abs(k)], edges[abs(k) + 1])
        rows, columns = 40, 56
        t = np.linspace(0, 1, rows)[:, None]
        theta = np.linspace(0, 2 * np.pi, columns + 1)[None]
        # the rolled triangle's edge winds round, so a segment's border slants
        slant = 0.055 * np.cos(theta - phase) + 0.02 * fbm(np.stack([np.cos(theta), np.sin(theta), 0 * theta + k], -1) * 1.5, seed, 2)
        tuck = 0.16
        if k == 0:
            s = inner - 0.01 + (outer - inner + 0.02) * t + slant * np.linspace(-1, 1, rows)[:, None]
            bulge = np.sin(np.pi * np.clip(t, 0, 1)) ** 0.42
            scale = 0.50 + 0.52 * bulge
        else:
            s = (inner - tuck) + (outer - inner + tuck + 0.01) * t + slant * t
            bulge = np.sin(np.pi * (0.10 + 0.90 * t)) ** 0.5
            scale = (0.52 + 0.50 * bulge) if abs(k) < half else (0.30 + 0.70 * bulge**0.7)
            s = np.clip(s, -0.2, 1.0) * side
        s = np.clip(s, -0.995, 0.995)
        r = envelope(s) * scale * (1 + 0.05 * rng.uniform(-1, 1))
        angle = -np.pi / 2 + s * bend / 2
        roll = theta * np.ones_like(t)
        squash = np.where(np.sin(roll) > 0, 0.92, 0.80)
        centre_r = big - 0.10 * r
        radial, up = np.cos(roll) * r, np.sin(roll) * r * squash
        rest = -0.82 * (thickness_m / 2 - envelope(s))
        points = np.stack([(centre_r + radial) * np.cos(angle), (centre_r + radial) * np.sin(angle), up + rest], -1)
        # close both ends
        a, b = points[:1].mean(1, keepdims=True).repeat(columns + 1, 1), points[-1:].mean(1, keepdims=True).repeat(columns + 1, 1)
        points = np.concatenate([a, points, b])
        points[:, -1] = points[:, 0]
        tt = np.concatenate([t[:1], t, t[-1:]]) * np.ones_like(roll[:1])
        mesh = Mesh(
            np.round(points, 8).reshape(-1, 3).astype(np.float32),
            grid_faces(rows + 2, columns + 1),
            np.zeros(((rows + 2) * (columns + 1), 2), np.float32),
        )
        mesh = outward(drop_degenerate(mesh))
        v = mesh.vertices
        t1 = tt.reshape(-1)
        cosine, sine = np.tile(np.cos(theta), (rows + 2, 1)).reshape(-1), np.tile(np.sin(theta), (rows + 2, 1)).reshape(-1)
        # fine laminations parallel to the border, strongest near it
        warp = 0.05 * fbm(np.stack([cosine, sine, t1 * 2 + k], 1) * 1.2, seed + 5, 3)
        fold = (t1 if k else np.abs(2 * t1 - 1)) + warp
        lines = smoothstep(0.25, 0.8, 0.5 + 0.5 * np.cos(2 * np.pi * fold * 8))
        near = smoothstep(0.30, 0.9, fold) * (0.55 + 0.45 * smoothstep(-0.2, 0.2, fbm(v / 0.02, seed + 13, 2)))
        flake = fbm(v / 0.004, seed + 7, 3)
        blister = fbm(v / 0.010, seed + 11, 3)
        open_end = (t1 < 0.99) & (t1 > 0.01)
        mesh = mesh.displaced(open_end * (-0.0006 * lines * near + 0.00022 * flake + 0.0009 * blister))
        crown = 1 - np.abs(2 * t1 - 1) if k == 0 else np.sin(np.pi * np.clip(0.12 + 0.88 * t1, 0, 1))
        height = (v[:, 2] / (thickness_m / 2) + 1) / 2
        bake = 0.14 + 0.44 * crown**0.9 + 0.26 * height - 0.24 * lines * near + 0.20 * blister + 0.10 * flake
        bake = bake + (0.10 if abs(k) == half else 0.0)
        parts.append(
            mesh.painted(ramp(bake, srgb(244, 212, 148), srgb(232, 176, 92), srgb(206, 128, 50), srgb(160, 84, 32), srgb(104, 50, 22)))
        )
    whole = join(parts).moved(y=big, z=thickness_m * 0.36)
    whole = floored(whole, 0.0015)
    low, high = whole.bounds
    whole = whole.moved(y=-float(low[1] + high[1]) / 2).rotated("z", 180 + rng.uniform(-35, 35))
    return Asset((Part(whole, Material("opaque", roughness=0.40, specular=0.45, clearcoat=0.25, flatness=0.35)),))


def croissant_rand(rng: np.random.Generator) -> Asset:
    return croissant(rng.uniform(0.165, 0.20), rng.uniform(0.058, 0.068), int(rng.choice([7, 7, 9])), rng.uniform(70, 125), rng)


# --- cookie -----------------------------------------------------------------------------------------------------


def cookie(radius_m: float, height_m: float, chips: int, dough: Rgb, rng: np.random.Generator) -> Asset:
    """Cookie with a cracked top and chocolate chips.

    Args:
        radius_m: 0.03 to 0.06.
        height_m: 0.008 to 0.02.
        chips: 0 to 40.
        dough: reflectance of the baked top.
    """
    seed = seed_of(rng)
    profile = filleted(
        [(0, 0), (radius_m * 0.97, 0), (radius_m, height_m * 0.35), (radius_m * 0.86, height_m * 0.86), (0, height_m)],
        [0, 0.003, 0.006, 0.012, 0],
        6,
    )
    mesh = turned(profile, 42)
    v = mesh.vertices
    mesh = Mesh(
        v * np.stack([1 + 0.035 * fbm(v[:, :2] / 0.035, seed, 2)] * 2 + [np.ones(len(v))], 1).astype(np.float32), mesh.faces, mesh.uv
    )
    v = mesh.vertices
    top = smoothstep(0.25, 0.6, v[:, 2] / height_m)
    at, normal = surface_points(
        mesh, rng, chips, radius_m * 0.22, lambda p, n: (n[:, 2] > 0.55) & (np.hypot(p[:, 0], p[:, 1]) < radius_m * 0.93)
    )
    near = np.full(len(v), 1.0, np.float32)
    for p in at:
        near = np.minimum(near, np.linalg.norm((v - p) * [1, 1, 0.4], axis=1))
    f1, f2, _ = cellular(
        v[:, :2] / 0.017 + 0.55 * np.stack([fbm(v[:, :2] / 0.010, seed + 1, 3), fbm(v[:, :2] / 0.010, seed + 2, 3)], -1), seed + 3
    )
    gap = f2 - f1
    crack = smoothstep(0.16, 0.02, gap) * top * smoothstep(-0.25, 0.15, fbm(v[:, :2] / 0.03, seed + 4, 2))
    grain = fbm(v / 0.0022, seed + 5, 3)
    lump = fbm(v / 0.011, seed + 6, 3)
    lift = (
        top * (0.0011 * lump + 0.0007 * smoothstep(0.0, 0.4, gap))
        - 0.0020 * crack
        + 0.00045 * grain * (0.4 + 0.6 * top)
        + 0.0011 * np.exp(-((near / 0.008) ** 2)) * top
    )
    mesh = mesh.displaced(np.where(v[:, 2] < 0.0004, 0.0, lift))
    rim = smoothstep(0.62, 1.0, np.hypot(v[:, 0], v[:, 1]) / radius_m)
    base = np.array(dough, np.float32)
    color = base * (1.04 + 0.16 * lump + 0.16 * grain)[:, None]
    color = over(color, base * [0.60, 0.48, 0.36], 0.75 * rim * (1.0 - crack) * (0.7 + 0.5 * lump))
    color = over(color, np.minimum(base * [1.12, 1.16, 1.22], 0.85), crack * 0.75)
    color = over(color, base * [0.5, 0.38, 0.28], smoothstep(0.25, 0.0, v[:, 2] / height_m) * 0.8)
    parts = [Part(mesh.painted(np.clip(color, 0, 0.86)), Material("opaque", roughness=0.66, specular=0.35, flatness=0.45))]
    if len(at):
        pieces = []
        for p, n in zip(at, normal, strict=True):
            size = rng.uniform(0.0034, 0.0050)
            shape = seed_of(rng)
            chip = blob(lambda d, shape=shape: 1 / (np.abs(d) ** 3.2).sum(1) ** (1 / 3.2) * (1 + 0.20 * fbm(d * 1.4, shape, 2)), 6)
            pieces.append(
                scattered(
                    chip.scaled(size, size * rng.uniform(0.8, 1.0), size * rng.uniform(0.6, 0.8)),
                    (p + n * size * 0.02)[None],
                    n[None],
                    rng,
                    [srgb(58, 30, 18)],
                    scale=(0.9, 1.1),
                    lean=0.25,
                )
            )
        parts.append(Part(join(pieces), Material("opaque", roughness=0.34, specular=0.5, clearcoat=0.15, flatness=0.2)))
    return Asset(tuple(parts))


def cookie_rand(rng: np.random.Generator) -> Asset:
    dough = ramp(rng.uniform(0, 1), srgb(214, 160, 96), srgb(196, 136, 76), srgb(176, 114, 62))
    radius, height, chips = rng.uniform(0.038, 0.048), rng.uniform(0.012, 0.015), int(rng.integers(14, 22))
    return cookie(radius, height, chips, (float(dough[0]), float(dough[1]), float(dough[2])), rng)


# --- donut ------------------------------------------------------------------------------------------------------

ICINGS: dict[str, Rgb] = {"brown": srgb(78, 40, 24), "pink": srgb(236, 142, 160), "white": srgb(240, 234, 222)}
"""Icing by the colour's name: chocolate, strawberry, sugar."""


def donut(radius_m: float, tube_m: float, icing: Rgb, sprinkles: int, rng: np.random.Generator) -> Asset:
    """Ring of fried dough with a pale waist, icing that drips at its edge, and sprinkles.

    Args:
        radius_m: to the outside, 0.035 to 0.06.
        tube_m: radius of the tube, 0.3 to 0.42 of `radius_m`.
        sprinkles: 0 to 200.
    """
    seed = seed_of(rng)
    major = radius_m - tube_m
    n, m = 132, 44
    u = np.linspace(0, 2 * np.pi, n, endpoint=False)[:, None]

    def dough(u: NDArray, a: NDArray, lift: NDArray | float = 0.0) -> NDArray:
        """Point on the tube at angle a (0 outside, pi / 2 top), lifted along its normal."""
        c, s = np.cos(a), np.sin(a)
        soft = (np.abs(c) ** 2.3 + np.abs(s) ** 2.3) ** (-1 / 2.3)
        wave = np.stack(np.broadcast_arrays(np.cos(u) * 1.6 + c * 0.5, np.sin(u) * 1.6, s * 0.8), -1)
        r = tube_m * soft * (1 + 0.05 * fbm(wave, seed, 2))
        rho = major + (r + lift) * c
        return np.stack([rho * np.cos(u), rho * np.sin(u), (r * 0.80 + lift) * s + 0 * u], -1)

    a = np.linspace(0, 2 * np.pi, m, endpoint=False)[None]
    ring = loops(dough(u, a))
    v = ring.vertices
    across = np.hypot(v[:, 0], v[:, 1]) - major
    level = v[:, 2] / (tube_m * 0.8)
    ring = ring.displaced(0.0004 * fbm(v / 0.006, seed + 1, 3) + 0.00018 * fbm(v / 0.0018, seed + 2, 2))
    waist = np.exp(-(((level + 0.08 + 0.10 * fbm(v / 0.02, seed + 3, 2)) / 0.20) ** 2)) * smoothstep(-0.004, 0.006, across)
    fry = 0.50 + 0.22 * np.abs(level) + 0.16 * fbm(v / 0.012, seed + 4, 4) + 0.07 * fbm(v / 0.003, seed + 5, 2)
    color = ramp(fry - 0.42 * waist, srgb(240, 208, 148), srgb(224, 168, 96), srgb(188, 116, 54), srgb(150, 82, 36), srgb(112, 58, 26))
    base = float(ring.vertices[:, 2].min())
    body = Part(floored(ring.painted(color).moved(z=-base - 0.0012), 0.0006), Material("opaque", roughness=0.5, specular=0.4, flatness=0.5))
    shift = float(body.mesh.vertices[:, 2].max() - ring.vertices[:, 2].max())

    # icing: a closed film over the top; its two edges wander and hang in drips
    w = np.linspace(0, 1, 34)[None]
    circle = np.stack([np.cos(u), np.sin(u), 0 * u], -1)
    outer = 0.30 - 0.30 * fbm(circle * 2.2, seed + 6, 2) - 0.22 * np.clip(fbm(circle * 4.2, seed + 7, 2), -0.3, 1)
    inner = np.pi - 0.45 + 0.25 * fbm(circle * 1.5, seed + 8, 2)
    span = outer + (inner - outer) * w
    edge = 1 - np.abs(2 * w - 1) ** 14
    bead = np.exp(-(((np.minimum(w, 1 - w) - 0.05) / 0.05) ** 2))
    thick = (
        0.0022 + 0.0011 * bead + 0.0005 * fbm(np.stack(np.broadcast_arrays(np.cos(u) * 2, np.sin(u) * 2, span), -1), seed + 9, 2)
    ) * np.sqrt(np.clip(edge, 0, 1))
    top = dough(u, span, thick)
    under = dough(u, span[:, ::-1], -0.0015)
    film = loops(np.concatenate([top, under], 1)).moved(z=shift)
    glaze = Material("opaque", icing, roughness=0.28, specular=0.5, clearcoat=0.35, flatness=0.45)
    parts = [body, Part(film, glaze, paintable=True)]
    if sprinkles:
        at, normal = surface_points(film, rng, sprinkles, 0.0022, lambda p, k: (k[:, 2] > 0.35) & (p[:, 2] > shift + tube_m * 0.35))
        piece = tube(np.array([[-0.0021, 0, 0], [0, 0, 0], [0.0021, 0, 0]]), 0.00072, 6, caps=2)
        colors = np.array(_SPRINKLES)[rng.integers(len(_SPRINKLES), size=len(at))]
        parts.append(
            Part(
                scattered(piece, at + normal * 0.0005, normal, rng, colors, lean=0.12),
                Material("opaque", roughness=0.35, specular=0.5, flatness=0.5),
            )
        )
    return Asset(tuple(parts))


def _donut_in(color: str) -> Callable[[np.random.Generator], Asset]:
    def rand(rng: np.random.Generator) -> Asset:
        radius_m = rng.uniform(0.043, 0.05)
        return donut(radius_m, radius_m * rng.uniform(0.37, 0.41), ICINGS[color], int(rng.choice([0, 80, 110, 130])), rng)

    return rand


def donut_rand(rng: np.random.Generator) -> Asset:
    return _donut_in(str(rng.choice(list(ICINGS), p=[0.35, 0.45, 0.2])))(rng)


# --- cupcake ----------------------------------------------------------------------------------------------------

FROSTINGS: dict[str, Rgb] = {
    "white": srgb(243, 236, 220), "pink": srgb(240, 170, 182), "brown": srgb(96, 54, 34), "cream": srgb(242, 224, 180),
    "lavender": srgb(200, 180, 220), "turquoise": srgb(150, 214, 206),
}  # fmt: skip
"""Buttercream by the colour's name."""
_PAPERS = (srgb(236, 226, 206), srgb(96, 58, 38), srgb(232, 232, 230), srgb(190, 60, 66), srgb(120, 164, 176), srgb(222, 150, 160))


def cupcake(radius_m: float, height_m: float, frosting: Rgb, paper: Rgb, turns: float, topping: str, rng: np.random.Generator) -> Asset:
    """Cupcake in a pleated paper cup, with a piped swirl.

    Args:
        radius_m: of the cup's rim, 0.028 to 0.04.
        height_m: of the cup, 0.03 to 0.05.
        turns: of the swirl, 2 to 4.
        topping: "cherry", "sprinkles" or "none".
    """
    seed = seed_of(rng)
    low_m = radius_m * 0.74
    wall = filleted([(0, 0), (low_m, 0), (radius_m, height_m)], [0, 0.0015, 0], 3)
    wall = np.concatenate([wall[:-1], np.linspace(wall[-2], wall[-1], 9)[1:]])
    pleats = 38

    def pleat(theta: Floats, p: Floats) -> Floats:
        wave = np.cos(pleats * theta + 0.5 * np.sin(3 * theta))
        return (1 + 0.030 * wave * np.clip(p[:, 1] / height_m * 1.2, 0, 1) * (p[:, 0] > 0.9 * low_m)).astype(np.float32)

    cup = lathe(shell_profile(wall, 0.0007, 0.0012), pleats * 6, pleat)
    dome = filleted(
        [(0, 0.002), (low_m * 0.96, 0.002), (radius_m * 0.955, height_m * 0.97), (radius_m * 0.9, height_m + 0.006), (0, height_m + 0.010)],
        [0, 0.002, 0.004, 0.012, 0],
        4,
    )
    cake = turned(dome, 20)
    v = cake.vertices
    crumb = fbm(v / 0.003, seed, 3)
    cake = cake.displaced(np.where(v[:, 2] > height_m * 0.9, 0.0004 * crumb, 0)).painted(
        ramp(0.5 + 0.5 * crumb + 0.25 * fbm(v / 0.012, seed + 1, 2), srgb(232, 188, 116), srgb(206, 148, 78), srgb(166, 104, 50))
    )
    # one rope of cream that climbs and narrows to a peak
    n = 170
    t = np.linspace(0, 1, n)
    rope = radius_m * 0.33 * (1 - 0.52 * t) * np.where(t > 0.93, np.sqrt(np.clip((1 - t) / 0.07, 0.0, 1)), 1)
    spiral = radius_m * 0.76 * (1 - t**1.15) ** 0.9
    rope = np.minimum(np.maximum(rope, 0.0006) * np.minimum(1, 0.55 + t * 12), np.maximum(0.95 * spiral, 0.0012))
    angle = 2 * np.pi * turns * t**0.86 + rng.uniform(0, 2 * np.pi)
    climb = 0.78 if topping == "cherry" else 1.06
    rise = height_m + 0.003 + radius_m * 0.33 * 0.7 + radius_m * climb * t**1.05 + 0.0056 * np.clip((t - 0.93) / 0.07, 0, 1)
    path = np.stack([spiral * np.cos(angle), spiral * np.sin(angle), rise], 1)
    swirl = piped(path, np.maximum(rope, 0.0004), 7, 0.15, turns * 0.9, 42)
    swirl = swirl.displaced(0.00025 * fbm(swirl.vertices / 0.006, seed + 2, 2) * (swirl.vertices[:, 2] < rise[-1] - 0.012))
    top_m = float(swirl.bounds[1][2])
    core = turned(
        [
            (0, height_m + 0.002),
            (radius_m * 0.72, height_m + 0.004),
            (radius_m * 0.42, height_m + 0.55 * (top_m - height_m)),
            (0, top_m - 0.012),
        ],
        10,
    )
    cream = Material("opaque", frosting, roughness=0.5, specular=0.4, flatness=0.65)
    parts = [
        Part(cup, Material("opaque", paper, roughness=0.75, specular=0.25, flatness=0.2)),
        Part(cake, _BAKED),
        Part(join([swirl, core]), cream, paintable=True),
    ]
    if topping == "cherry":
        parts += [Part(m, k) for m, k in _cherry(radius_m * 0.28, rng, top_m - radius_m * 0.34)]
    elif topping == "sprinkles":
        at, normal = surface_points(swirl, rng, 90, 0.003, lambda p, k: k[:, 2] > 0.1)
        piece = tube(np.array([[-0.0019, 0, 0], [0, 0, 0], [0.0019, 0, 0]]), 0.00065, 6, caps=2)
        colors = np.array(_SPRINKLES)[rng.integers(len(_SPRINKLES), size=len(at))]
        parts.append(
            Part(scattered(piece, at + normal * 0.0003, normal, rng, colors, lean=0.2), Material("opaque", roughness=0.35, flatness=0.5))
        )
    return Asset(tuple(parts))


def _cherry(radius_m: float, rng: np.random.Generator, base_m: float) -> list[tuple[Mesh, Material]]:
    """A glossy cherry with its stem, its underside at `base_m`."""

    def radius(d: Floats) -> Floats:
        dimple = np.exp(-((np.arccos(np.clip(d[:, 2], -1, 1)) / 0.42) ** 2))
        return radius_m * (1 - 0.20 * dimple - 0.05 * d[:, 2] ** 2)

    fruit = blob(radius, 14)
    shade = smoothstep(-1, 1, fruit.vertices[:, 2] / radius_m)
    fruit = fruit.painted(ramp(shade, srgb(112, 8, 18), srgb(150, 14, 24), srgb(120, 10, 20)))
    lean = rng.uniform(0.6, 1.4) * rng.choice([-1.0, 1.0]) * radius_m
    stem = spline([(0, 0, 0.6 * radius_m), (0.12 * lean, 0, 1.4 * radius_m), (0.85 * lean, 0.2 * lean, 2.5 * radius_m)], 10)
    stalk = tube(stem, np.interp(np.linspace(0, 1, 10), [0, 0.85, 1], [0.0006, 0.0005, 0.0011]), 7, caps=2).painted(srgb(104, 92, 44))
    lift = base_m + radius_m * 0.95
    return [(fruit.moved(z=lift), _BERRY), (stalk.moved(z=lift), Material("opaque", roughness=0.6))]


def _cupcake_in(color: str) -> Callable[[np.random.Generator], Asset]:
    def rand(rng: np.random.Generator) -> Asset:
        paper = _PAPERS[int(rng.integers(len(_PAPERS)))]
        topping = str(rng.choice(["cherry", "sprinkles", "none"], p=[0.45, 0.35, 0.2]))
        return cupcake(rng.uniform(0.033, 0.037), rng.uniform(0.036, 0.042), FROSTINGS[color], paper, rng.uniform(2.7, 3.3), topping, rng)

    return rand


def cupcake_rand(rng: np.random.Generator) -> Asset:
    return _cupcake_in(str(rng.choice(list(FROSTINGS), p=[0.25, 0.25, 0.2, 0.15, 0.08, 0.07])))(rng)


# --- layer cake -------------------------------------------------------------------------------------------------


def layer_cake(
    radius_m: float,
    layers: int,
    layer_m: float,
    gap_deg: float,
    sponge: Rgb,
    filling: Rgb,
    frosting: Rgb,
    drip: Rgb | None,
    rng: np.random.Generator,
) -> Asset:
    """Frosted cake on a board, a wedge taken out towards the viewer, so that sponge and cream show.

    Args:
        radius_m: 0.06 to 0.12.
        layers: of sponge, 2 to 4.
        layer_m: thickness of a sponge, 0.015 to 0.03.
        gap_deg: of the missing wedge, 30 to 90.
        drip: colour of a glaze that runs over the edge; None: piped dollops instead.
    """
    seed = seed_of(rng)
    board_m, cream_m, coat_m = 0.003, 0.0055, 0.006
    middle = np.radians(-90 + rng.uniform(-18, 18))
    first, last = middle + np.radians(gap_deg) / 2, middle + 2 * np.pi - np.radians(gap_deg) / 2
    height_m = layers * layer_m + (layers - 1) * cream_m
    parts: list[Part] = []
    crumbs, creams = [], []
    base = np.array(sponge, np.float32)
    for k in range(layers):
        z0 = board_m + k * (layer_m + cream_m)

        def place(u: Floats, v: Floats, w: Floats, z0: float = z0) -> Floats:
            a, r = first + 0.006 + u * (last - first - 0.012), v * (radius_m - 0.0015)  # a hair behind the coat's own cut
            return np.stack([r * np.cos(a), r * np.sin(a), z0 + w * layer_m], -1)

        mesh, uvw = block((14, 38, 13), place)
        x = mesh.vertices
        cut = (uvw[:, 0] < 1e-6) | (uvw[:, 0] > 1 - 1e-6)
        inside = cut & (uvw[:, 1] > 0.01) & (uvw[:, 1] < 0.99) & (uvw[:, 2] > 0.01) & (uvw[:, 2] < 0.99)
        near, _, ident = cellular(x / 0.0055, seed + k)
        pore = smoothstep(0.42, 0.12, near) * (ident > 0.35)
        crumb = fbm(x / 0.003, seed + 10, 2)
        mesh = mesh.displaced(np.where(inside, -0.0013 * pore + 0.0005 * crumb, 0))
        rind = smoothstep(0.16, 0.02, np.minimum(uvw[:, 2], 1 - uvw[:, 2]))
        color = base * (1.0 + 0.14 * crumb - 0.26 * pore + 0.10 * fbm(x / 0.012, seed + 11, 2))[:, None]
        crumbs.append(mesh.painted(np.clip(over(color, base * [0.72, 0.56, 0.42], rind * 0.7), 0, 0.86)))
        if k:

            def squeeze(u: Floats, v: Floats, w: Floats, z0: float = z0) -> Floats:
                out = 0.0012 * np.sin(np.pi * w) + 0.0006 * fbm(np.stack([v * 14, w, u * 3], -1), seed + 12, 2)
                a, r = first + u * (last - first), v * (radius_m - 0.0015)
                side = np.where(u < 0.5, -1.0, 1.0) * out * ((u < 1e-6) | (u > 1 - 1e-6)) * np.clip(v * 6, 0, 1)
                return np.stack(
                    [r * np.cos(a) - side * np.sin(a), r * np.sin(a) + side * np.cos(a), z0 - cream_m - 0.0006 + w * (cream_m + 0.0012)], -1
                )

            creams.append(block((14, 30, 5), squeeze)[0].painted(np.minimum(filling, BRIGHTEST)))
    parts.append(Part(join(crumbs), Material("opaque", roughness=0.85, specular=0.2, flatness=0.5)))
    parts.append(Part(join(creams), Material("opaque", roughness=0.4, specular=0.45, flatness=0.6)))

    outer_m, top_m = radius_m + 0.004, board_m + height_m + coat_m
    outline = resampled(
        filleted([(radius_m - 0.002, board_m), (outer_m, board_m), (outer_m, top_m), (0, top_m)], [0, 0.001, 0.006, 0], 5), 0.005
    )
    inner = np.array([(0, top_m - coat_m - 0.0008), (radius_m * 0.5, top_m - coat_m - 0.0008), (radius_m - 0.004, top_m - coat_m - 0.0008)])

    def coat(angle: float) -> NDArray[np.floating]:
        p = outline.copy()
        wave = np.stack([np.cos(angle) * 5 + 0 * p[:, 1], np.sin(angle) * 5 + 0 * p[:, 1], p[:, 1] * 140], -1)
        knife = 0.0010 * fbm(wave, seed + 20, 3) + 0.0005 * np.sin(p[:, 1] * 900 + 2 * np.sin(angle))
        side = smoothstep(0.7, 0.95, p[:, 0] / outer_m) * (p[:, 1] > board_m + 0.001)
        across = np.stack([p[:, 0] * np.cos(angle), p[:, 0] * np.sin(angle), 0 * p[:, 0]], -1)
        p[:, 0] += knife * side
        p[:, 1] += 0.0009 * fbm(across / 0.022, seed + 21, 3) * smoothstep(0.9, 0.7, p[:, 0] / outer_m) * (p[:, 0] > 1e-6)
        return np.concatenate([p, inner])

    frost = Material("opaque", frosting, roughness=0.48, specular=0.4, flatness=0.6)
    sides = swept(coat, np.linspace(first, last, 96))
    dollops = []
    ring = np.linspace(first + 0.19, last - 0.19, 8)
    if drip is None:
        lobes = lambda theta, p: (1 + 0.13 * np.cos(7 * theta + p[:, 1] * 190)).astype(np.float32)  # noqa: E731
        kiss = lathe(
            spline([(0, 0), (0.0125, 0.0004), (0.0145, 0.0045), (0.0105, 0.0095), (0.0060, 0.0125), (0, 0.0140)], 12)
            * np.array([1, 1], np.float32),
            35,
            lobes,
        )
        dollops = [
            kiss.scaled(rng.uniform(0.92, 1.06))
            .rotated("z", rng.uniform(0, 360))
            .moved(outer_m * 0.82 * np.cos(a), outer_m * 0.82 * np.sin(a), top_m - 0.001)
            for a in ring
        ]
    parts.append(Part(join([sides.creased(180), *dollops]) if dollops else sides, frost, paintable=True))
    if drip is not None:
        lengths = rng.uniform(0.008, 0.36 * height_m, 26) * rng.choice([0.5, 1.0], 26)
        places = np.linspace(first, last, 26, endpoint=False) + rng.uniform(0, 0.2, 26)

        def glaze(angle: float) -> NDArray[np.floating]:
            run = 0.003 + max(float(ln * np.exp(-(((angle - a) / 0.055) ** 4))) for ln, a in zip(lengths, places, strict=True))
            corner = [
                (0, top_m + 0.0018),
                (outer_m * 0.5, top_m + 0.0018),
                (outer_m - 0.001, top_m + 0.0016),
                (outer_m + 0.0020, top_m - 0.0025),
            ]
            down = [(outer_m + 0.0022 + 0.0012 * k**3, top_m - 0.0025 - k * run) for k in np.linspace(0.2, 0.92, 8)]
            tip = [(outer_m + 0.0024, top_m - 0.0025 - run), (outer_m - 0.002, top_m - 0.0035 - run)]
            return np.array([*corner, *down, *tip, (outer_m - 0.003, top_m - 0.003), (outer_m * 0.5, top_m - 0.003), (0, top_m - 0.003)])

        parts.append(
            Part(
                swept(glaze, np.linspace(first + 0.004, last - 0.004, 190)).creased(180),
                Material("opaque", drip, roughness=0.16, specular=0.5, clearcoat=0.5, flatness=0.2),
            )
        )
    stand_m = top_m + (0.0085 if drip is None else 0.0005)
    fruit = []
    for a in ring:
        size, twist = rng.uniform(0.0085, 0.0105), rng.uniform(0, 360)
        at = outer_m * 0.82 * np.array([np.cos(a), np.sin(a)])
        fruit.append(
            _raspberry(size, rng).rotated("x", rng.uniform(-25, 25)).rotated("z", twist).moved(at[0], at[1], stand_m + size * 0.75)
        )
    parts.append(Part(join(fruit), Material("opaque", roughness=0.42, specular=0.4, clearcoat=0.2, flatness=0.5)))
    plate = lathe(filleted([(0, 0), (radius_m * 1.13, 0), (radius_m * 1.13, board_m), (0, board_m)], 0.0008, 3), 72)
    parts.append(Part(plate, Material("opaque", srgb(232, 228, 220), roughness=0.5)))
    return Asset(tuple(parts))


def _raspberry(radius_m: float, rng: np.random.Generator) -> Mesh:
    """A berry of drupelets, painted."""
    seed = seed_of(rng)
    unit = ball(9)
    d = unit.vertices
    k = np.arange(46) + 0.5
    polar, turn = np.arccos(1 - 2 * k / 46), np.pi * (1 + 5**0.5) * k
    centres = np.stack([np.sin(polar) * np.cos(turn), np.sin(polar) * np.sin(turn), np.cos(polar)], 1)
    near = 1 - (d @ centres.T).max(1)
    bump = np.sqrt(np.clip(1 - near / 0.048, 0, 1))
    shape = d * (0.80 + 0.20 * bump)[:, None] * [1, 1, 1.12]
    color = over(
        ramp(0.4 + 0.5 * fbm(d * 2, seed, 2) + 0.4 * bump, srgb(116, 10, 26), srgb(176, 24, 44), srgb(204, 52, 66)),
        srgb(80, 4, 16),
        (1 - bump) * 0.7,
    )
    return Mesh((shape * radius_m).astype(np.float32), unit.faces, unit.uv, color)


_SPONGES = {"vanilla": srgb(238, 202, 132), "chocolate": srgb(92, 54, 34), "red": srgb(150, 36, 36), "carrot": srgb(196, 132, 72)}


def layer_cake_rand(rng: np.random.Generator) -> Asset:
    kind = str(rng.choice(["vanilla", "chocolate", "red", "carrot", "vanilla"]))
    layers = int(rng.choice([3, 3, 2]))
    cream = srgb(244, 236, 218)
    frosting, filling, drip = {
        "vanilla": (cream, srgb(246, 238, 220), None if rng.random() < 0.5 else srgb(72, 36, 22)),
        "chocolate": (srgb(104, 62, 40) if rng.random() < 0.6 else cream, cream, srgb(58, 30, 20)),
        "red": (cream, cream, None),
        "carrot": (srgb(242, 230, 204), srgb(244, 234, 212), None),
    }[kind]
    if kind == "vanilla" and rng.random() < 0.4:
        frosting = srgb(240, 182, 190)
    return layer_cake(
        rng.uniform(0.075, 0.09),
        layers,
        rng.uniform(0.019, 0.023) * (1.2 if layers == 2 else 1),
        rng.uniform(52, 70),
        _SPONGES[kind],
        filling,
        frosting,
        drip,
        rng,
    )


def _frosted(color: str) -> Callable[[np.random.Generator], Asset]:
    def rand(rng: np.random.Generator) -> Asset:
        sponge = _SPONGES["chocolate" if color == "brown" else "vanilla"]
        return layer_cake(
            rng.uniform(0.075, 0.09),
            3,
            rng.uniform(0.019, 0.023),
            rng.uniform(52, 70),
            sponge,
            FROSTINGS["white"],
            FROSTINGS[color],
            None,
            rng,
        )

    return rand


# --- pancakes ---------------------------------------------------------------------------------------------------


def pancake_stack(radius_m: float, count: int, thickness_m: float, drips: int, rng: np.random.Generator) -> Asset:
    """Pancakes with a pat of butter and syrup that runs over the edge.

    Args:
        radius_m: 0.045 to 0.08.
        count: of pancakes, 2 to 8.
        thickness_m: of one, 0.008 to 0.016.
        drips: runs of syrup down the side, 0 to 16.
    """
    seed = seed_of(rng)
    pitch_m = thickness_m * 0.94
    offsets = np.concatenate([rng.normal(0, 0.0032, (count, 2))])
    sizes = radius_m * rng.uniform(0.95, 1.04, count)

    def outline(k: int, phi: NDArray) -> NDArray:
        return sizes[k] * (1 + 0.035 * fbm(np.stack([np.cos(phi), np.sin(phi), 0 * phi + 3 * k], -1) * 1.3, seed, 2))

    def sag(x: NDArray, y: NDArray) -> NDArray:
        return 0.0022 * fbm(np.stack([x, y], -1) / 0.06, seed + 1, 2)

    cakes = []
    for k in range(count):
        top = k == count - 1
        r, h = 1.0, thickness_m
        inside = np.linspace(0, 0.90, 24 if top else 5)
        arc = np.linspace(-np.pi / 2, np.pi / 2, 15)
        side = np.stack([0.90 + 0.10 * np.cos(arc) ** 0.7, h / 2 + h / 2 * np.sign(np.sin(arc)) * np.abs(np.sin(arc)) ** 0.85], 1)
        profile = np.concatenate(
            [np.stack([np.linspace(0, 0.88, 4), np.zeros(4)], 1), side, np.stack([inside[::-1], np.full(len(inside), h)], 1)[1:]]
        )
        mesh = lathe(profile, 96 if top else 60)
        v = mesh.vertices.astype(np.float64)
        phi = np.arctan2(v[:, 1], v[:, 0])
        rho = np.hypot(v[:, 0], v[:, 1])
        edge = np.round(outline(k, phi), 8)
        level = v[:, 2] / h
        x, y = v[:, 0] * edge, v[:, 1] * edge
        z = v[:, 2] - 0.0018 * smoothstep(0.8, 1.0, rho) * level + k * pitch_m + (sag(x, y) * min(k, 2) / 2)
        mesh = Mesh(np.round(np.stack([x + offsets[k, 0], y + offsets[k, 1], z], 1), 8).astype(np.float32), mesh.faces, mesh.uv)
        p = mesh.vertices
        pores, _, ident = cellular(p / 0.0035, seed + 2 + k)
        pore = smoothstep(0.34, 0.1, pores) * (ident > 0.5)
        band = smoothstep(0.14, 0.30, level) * smoothstep(0.90, 0.72, level) * smoothstep(0.88, 0.96, rho)
        fine = fbm(p / 0.0028, seed + 20, 3)
        mesh = mesh.displaced(-0.0008 * pore * band + 0.0002 * fine)
        pan = fbm(p / 0.018, seed + 21 + k, 5)
        face = 0.60 + 0.34 * pan + 0.10 * fine - 0.30 * smoothstep(0.84, 0.96, rho) + 0.16 * np.exp(-(((rho - 0.80) / 0.07) ** 2))
        brown = ramp(face, srgb(242, 204, 128), srgb(224, 164, 82), srgb(192, 118, 50), srgb(150, 82, 34))
        pale = ramp(0.5 + 0.5 * fine + 0.3 * pan - 0.3 * pore, srgb(228, 186, 116), srgb(244, 216, 152), srgb(248, 226, 170))
        cakes.append(mesh.painted(over(brown, pale, band)))
    cakes[0] = floored(cakes[0], 0.0004)
    parts = [Part(join(cakes), Material("opaque", roughness=0.72, specular=0.3, flatness=0.5))]

    top_m = (count - 1) * pitch_m + thickness_m
    cx, cy = offsets[-1]

    def silhouette(phi: float, z: NDArray) -> NDArray:
        """Outside of the stack in a direction from the top pancake's centre, smoothed over the grooves."""
        best = np.zeros_like(z)
        for k in range(count):
            reach = float(outline(k, np.array(phi))) + (offsets[k, 0] - cx) * np.cos(phi) + (offsets[k, 1] - cy) * np.sin(phi)
            level = np.clip((z - k * pitch_m) / thickness_m * 2 - 1, -1.2, 1.2)
            best = np.maximum(best, reach * (0.90 + 0.10 * np.clip(1 - np.abs(level) ** 2.4, 0, 1) ** 0.4))
        return np.convolve(np.pad(best, 3, mode="edge"), np.ones(7) / 7, "valid")

    n, m = 110, 20
    phi = np.linspace(0, 2 * np.pi, n, endpoint=False)[:, None]
    circle = np.stack([np.cos(phi), np.sin(phi), 0 * phi], -1)
    reach = outline(count - 1, phi) * (0.80 + 0.22 * fbm(circle * 1.8, seed + 40, 3))
    places = np.sort((np.linspace(0, 2 * np.pi, drips, endpoint=False) + rng.uniform(-0.2, 0.2, drips) - np.pi / 2) % (2 * np.pi))
    for a in places:
        away = np.abs((phi - a + np.pi) % (2 * np.pi) - np.pi)
        reach = np.maximum(reach, outline(count - 1, phi) * (0.90 * np.exp(-((away / 0.16) ** 2))))
    w = np.sin(np.linspace(0.02, 1, m) * np.pi / 2)[None]
    rho = reach * w
    x, y = rho * np.cos(phi), rho * np.sin(phi)
    relief = np.sqrt(np.clip(1 - w**10, 0, 1)) * (0.0011 + 0.0008 * np.exp(-(((w - 0.95) / 0.05) ** 2)))
    droop = 0.0018 * smoothstep(0.8, 1.0, rho / outline(count - 1, phi))
    level = top_m + sag(x, y) * min(count - 1, 2) / 2 - droop
    up = np.stack([x + cx, y + cy, level + relief + 0.0002], -1)
    down = np.stack([x + cx, y + cy, level - 0.0012], -1)[:, ::-1]
    films = [loops(np.concatenate([up, down], 1))]
    for a in places:
        length = rng.uniform(0.25, 0.95) * (top_m - 0.004)
        z = np.linspace(top_m - 0.0022, top_m - length, 26)
        r = silhouette(float(a), z)
        over_edge = float(outline(count - 1, np.array(a))) * np.array([0.74, 0.82, 0.90])
        run = np.concatenate([np.stack([over_edge, np.full(3, top_m + 0.0004) - [0, 0.0002, 0.0008]], 1), np.stack([r, z], 1)])
        sway = 0.02 * np.sin(np.linspace(0, 3, len(run)) + rng.uniform(0, 6))
        line = np.stack([cx + run[:, 0] * np.cos(a + sway), cy + run[:, 0] * np.sin(a + sway), run[:, 1]], 1)
        line = spline(line, 26)
        width = rng.uniform(0.0019, 0.0028) * np.interp(
            np.linspace(0, 1, 26), [0, 0.2, 0.45, 0.8, 0.95, 1], [1.0, 1.25, 0.85, 0.85, 1.35, 1.2]
        )
        films.append(tube(line, width, 10, caps=3))
    # what shines through: darker where it lies thick, lighter where it thins out
    poured = join(films)
    p = poured.vertices
    thin = np.concatenate(
        [np.tile(np.concatenate([w[0], w[0, ::-1], w[0, :1]]), n + 1) ** 6 * 0.45, np.full(len(p) - (n + 1) * (2 * m + 1), 0.22)]
    )
    depth = 0.22 + 0.34 * fbm(p / 0.018, seed + 21 + count - 1, 5) + thin
    amber = ramp(depth, srgb(88, 28, 2), srgb(142, 60, 3), srgb(192, 100, 8), srgb(222, 142, 26))
    parts.append(Part(poured.painted(amber), Material("opaque", roughness=0.09, specular=0.5, clearcoat=1.0, flatness=0.15)))
    pat = blob(lambda d: 1 / (np.abs(d) ** 7).sum(1) ** (1 / 7), 10)
    v = pat.vertices * np.array([0.0125, 0.0115, 0.0048], np.float32)
    v[:, :2] *= (1 + 0.10 * np.clip(-v[:, 2:] / 0.0048, 0, 1)).astype(np.float32)
    v[:, 2] += 0.0006 * fbm(v / 0.008, seed + 50, 2)
    butter = Mesh(v, pat.faces, pat.uv).painted(ramp(0.5 + v[:, 2] / 0.012, srgb(244, 208, 104), srgb(250, 228, 144), srgb(250, 234, 168)))
    butter = (
        butter.rotated("z", rng.uniform(0, 90))
        .rotated("x", rng.uniform(-3, 3))
        .moved(cx + rng.normal(0, 0.004), cy + rng.normal(0, 0.004), top_m + float(sag(cx, cy)) + 0.0048)
    )
    parts.append(Part(butter, Material("opaque", roughness=0.3, specular=0.45, clearcoat=0.3, flatness=0.8)))
    return Asset(tuple(parts))


def pancake_stack_rand(rng: np.random.Generator) -> Asset:
    return pancake_stack(rng.uniform(0.052, 0.062), int(rng.integers(4, 7)), rng.uniform(0.011, 0.0135), int(rng.integers(6, 11)), rng)


ASSETS = (
    AssetType("bread loaf", "food", bread_loaf_rand, (0.14, 0.34)),
    AssetType("croissant", "food", croissant_rand, (0.10, 0.24)),
    AssetType("cookie", "food", cookie_rand, (0.06, 0.13)),
    AssetType(
        "donut",
        "food",
        donut_rand,
        (0.07, 0.13),
        colors=("pink", "brown", "white", "lavender", "sky blue", "yellow", "red"),
        varieties={c: _donut_in(c) for c in ICINGS},
    ),
    AssetType(
        "cupcake",
        "food",
        cupcake_rand,
        (0.06, 0.14),
        colors=("pink", "white", "brown", "cream", "lavender", "turquoise", "yellow"),
        varieties={c: _cupcake_in(c) for c in FROSTINGS},
    ),
    AssetType(
        "layer cake",
        "food",
        layer_cake_rand,
        (0.12, 0.26),
        colors=("white", "pink", "brown", "cream", "lavender"),
        varieties={c: _frosted(c) for c in ("white", "pink", "brown", "cream", "lavender")},
    ),
    AssetType("pancake stack", "food", pancake_stack_rand, (0.08, 0.18)),
)
