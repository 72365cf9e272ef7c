"""From the bakery: bread, croissant, cookie, donut, cupcake, layer cake, pancakes; and the forms that dishes share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pochade.world.asset import Asset, AssetType, Part
from pochade.world.materials import Material, Rgb, srgb
from pochade.world.mesh import (
    Floats,
    Mesh,
    ball,
    blob,
    box,
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


def ramp(t: ArrayLike, *stops: Rgb) -> Floats:
    """Colours (V, 3) at positions t (V,) along evenly spaced stops, 0 the first and 1 the last; clipped outside."""
    at = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(t, at, [s[c] for s in stops]) for c in range(3)], -1).astype(np.float32)


def over(base: ArrayLike, color: ArrayLike, amount: ArrayLike) -> Floats:
    """Lays a colour over colours (V, 3); amount (V,), 0 to 1."""
    base = np.asarray(base, np.float32)
    return base + (np.asarray(color, np.float32) - base) * np.clip(np.asarray(amount, np.float32), 0, 1)[..., None]


def smoothstep(low: float, high: float, x: ArrayLike) -> Floats:
    """0 below `low`, 1 above `high`, smooth between; `low` may be the larger one."""
    t = np.clip((np.asarray(x, np.float32) - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


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


def cap(rim: ArrayLike, rows: int = 24) -> NDArray[np.float64]:
    """Radii 0 to 1 of rows for a film over a top: denser towards the edge. (rows,)."""
    return np.asarray(rim, np.float64) * np.sin(np.linspace(0, np.pi / 2, rows))


def swept(section: Callable[[float], NDArray[np.floating]], angles: NDArray[np.floating]) -> Mesh:
    """Sector of a solid about z: `section(angle)` is a closed polygon (N, 2) of radius and z, capped at both ends."""
    sections = [np.asarray(section(float(a)), np.float64) for a in angles]
    rings = [np.concatenate([s, s[:1]]) for s in sections]
    v = np.concatenate([np.stack([r[:, 0] * np.cos(a), r[:, 0] * np.sin(a), r[:, 1]], 1) for r, a in zip(rings, angles, strict=True)])
    n = len(rings[0])
    uv = np.concatenate([np.stack([r[:, 0] * a, r[:, 1]], 1) for r, a in zip(rings, angles, strict=True)])
    first = sections[0]
    area = (first[:, 0] * np.roll(first[:, 1], -1) - np.roll(first[:, 0], -1) * first[:, 1]).sum()
    order = np.arange(n - 1) if area > 0 else np.arange(n - 1)[::-1]
    ends = []
    for k, s in ((0, sections[0]), (len(angles) - 1, sections[-1])):
        faces = order[triangulate(s[order])] + k * n
        ends.append(faces if (k > 0) == (area < 0) else faces[:, ::-1])
    side = grid_faces(len(rings), n)
    mesh = Mesh(np.round(v, 8).astype(np.float32), np.concatenate([side, *ends]).astype(np.int32), uv.astype(np.float32), crease_deg=50.0)
    if not mesh.is_watertight():  # the caps turn against the sides
        mesh = Mesh(mesh.vertices, np.concatenate([side, *[e[:, ::-1] for e in ends]]).astype(np.int32), mesh.uv, crease_deg=50.0)
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
    color = np.repeat(np.broadcast_to(np.asarray(colors, np.float32), (n, 3)), m, 0)
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
            size = rng.uniform(0.0032, 0.0052)
            shape = seed_of(rng)
            chip = blob(lambda d, shape=shape: 1 / (np.abs(d) ** 3.2).sum(1) ** (1 / 3.2) * (1 + 0.20 * fbm(d * 1.4, shape, 2)), 6)
            pieces.append(
                scattered(
                    chip.scaled(size, size * rng.uniform(0.8, 1.0), size * rng.uniform(0.6, 0.8)),
                    (p - n * size * 0.38)[None],
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
    return cookie(rng.uniform(0.038, 0.048), rng.uniform(0.012, 0.015), int(rng.integers(14, 22)), tuple(float(c) for c in dough), rng)


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

    def dough(u: NDArray, a: NDArray, lift: ArrayLike = 0.0) -> NDArray:
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
)
