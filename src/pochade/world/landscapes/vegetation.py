"""What grows and lies on the ground: trees, grass, flowers, reeds, rocks; and where it stands.

Prototypes have their foot at the origin. Needles, leaves and blades are single thin sheets ("thin" materials
shade both sides); trunks and rocks are opaque.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial import ConvexHull, KDTree

from pochade.world.asset import Part
from pochade.world.blending import mix, shade, smoothstep
from pochade.world.landscapes.land import Floats, Ground, InstanceGroup
from pochade.world.landscapes.terrain import curved
from pochade.world.materials import Material, Rgb
from pochade.world.mesh import Mesh
from pochade.world.noise import fbm

BARK = Material(roughness=0.9, specular=0.15)
NEEDLES = Material(model="thin", roughness=0.6, specular=0.25, translucency=0.22)
LEAVES = Material(model="thin", roughness=0.5, specular=0.3, translucency=0.42)
BLADES = Material(model="thin", roughness=0.55, specular=0.25, translucency=0.38)
STONE = Material(roughness=0.85, specular=0.2)


# --- placing --------------------------------------------------------------------------------------------------


def matrices(
    position_m: ArrayLike, yaw_rad: ArrayLike, scale: ArrayLike, lean: ArrayLike | None = None, up: ArrayLike | None = None
) -> Floats:
    """Instance matrices (N, 4, 4).

    Args:
        position_m: (N, 3).
        scale: (N,) or (N, 3) along the prototype's axes.
        lean: (N, 2), tangent of the tilt along x and y; None: upright.
        up: (N, 3), direction of the prototype's z; overrides `lean`.
    """
    p = np.asarray(position_m, np.float64)
    n = len(p)
    z = np.zeros((n, 3))
    z[:, 2] = 1
    if lean is not None:
        z[:, :2] = lean
    if up is not None:
        z = np.array(up, np.float64)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    yaw = np.broadcast_to(np.asarray(yaw_rad, np.float64), (n,))
    x = np.stack([np.cos(yaw), np.sin(yaw), np.zeros(n)], 1)
    x -= z * (x * z).sum(1, keepdims=True)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    y = np.cross(z, x)
    s = np.asarray(scale, np.float64)
    s = np.broadcast_to(s[:, None] if s.ndim == 1 else s, (n, 3))
    out = np.zeros((n, 4, 4))
    out[:, :3, 0], out[:, :3, 1], out[:, :3, 2], out[:, :3, 3] = x * s[:, :1], y * s[:, 1:2], z * s[:, 2:], p
    out[:, 3, 3] = 1
    return out.astype(np.float32)


def sector_points(
    rng: np.random.Generator, count: int, near_m: float, far_m: float, half_angle_deg: float, power: float = 1.0, heading_deg: float = 0.0
) -> tuple[Floats, Floats]:
    """Random points x, y (count,) in a sector ahead of the camera.

    Args:
        power: density falls with distance: 2 is even over the area, 1 even over distance, 0 even over its logarithm.
    """
    u = rng.random(count)
    r = near_m * (far_m / near_m) ** u if power == 0 else (near_m**power + u * (far_m**power - near_m**power)) ** (1 / power)
    a = np.radians(heading_deg + rng.uniform(-half_angle_deg, half_angle_deg, count))
    return (r * np.sin(a)).astype(np.float32), (r * np.cos(a)).astype(np.float32)


def spread(x: Floats, y: Floats, distance_m: ArrayLike) -> NDArray[np.bool_]:
    """Mask of points, earlier ones first, so that no two kept ones are nearer than their mean `distance_m`."""
    d = np.broadcast_to(np.asarray(distance_m, np.float32), x.shape)
    keep = np.zeros(len(x), bool)
    kx, ky, kd = np.empty(len(x), np.float32), np.empty(len(x), np.float32), np.empty(len(x), np.float32)
    n = 0
    for i in range(len(x)):
        if n and (((kx[:n] - x[i]) ** 2 + (ky[:n] - y[i]) ** 2) < ((kd[:n] + d[i]) * 0.5) ** 2).any():
            continue
        keep[i] = True
        kx[n], ky[n], kd[n] = x[i], y[i], d[i]
        n += 1
    return keep


def planted(
    name: str,
    prototypes: Sequence[tuple[Part, ...]],
    x: Floats,
    y: Floats,
    ground: Ground,
    rng: np.random.Generator,
    scale: tuple[float, float] | Floats = (0.7, 1.25),
    lean: float = 0.03,
    sink_m: float = 0.0,
    tilt_to: Floats | None = None,
    squash: float = 0.0,
    vary: float = 0.12,
) -> tuple[InstanceGroup, ...]:
    """Stands prototypes, drawn at random, on the ground at x, y.

    Args:
        scale: range, or one factor per place.
        lean: spread of the tilt's tangent.
        sink_m: how deep the foot goes into the ground, times the scale.
        tilt_to: (N, 3) directions that z follows, e.g. the slope's normal.
        squash: spread of the unequal scaling along the axes.
        vary: spread of the brightness of their colours.
    """
    n = len(x)
    which = rng.integers(0, len(prototypes), n)
    yaw = rng.uniform(0, 2 * np.pi, n)
    size = rng.uniform(*scale, n) if isinstance(scale, tuple) else np.asarray(scale)
    tilt = rng.normal(0, lean, (n, 2))
    axes = size[:, None] * (1 + rng.uniform(-squash, squash, (n, 3)))
    if not n:
        return ()
    z = curved(x, y, ground(x, y) - np.float32(sink_m) * size)
    up = None
    if tilt_to is not None:
        up = tilt_to + np.concatenate([tilt, np.zeros((n, 1))], 1)
    world = matrices(np.stack([x, y, z], 1), yaw, axes, tilt, up)
    tint = (1 + rng.normal(0, vary, (n, 1))) * (1 + rng.normal(0, vary / 4, (n, 3)))
    tint = np.clip(tint, 0.4, 1.7).astype(np.float32)
    return tuple(InstanceGroup(name, tuple(p), world[which == k], tint[which == k]) for k, p in enumerate(prototypes) if (which == k).any())


def slope_normals(ground: Ground, x: Floats, y: Floats, reach_m: float = 1.0) -> Floats:
    """Unit normals (N, 3) of the ground, over `reach_m`."""
    e = np.float32(reach_m)
    dx = (ground(x + e, y) - ground(x - e, y)) / (2 * e)
    dy = (ground(x, y + e) - ground(x, y - e)) / (2 * e)
    n = np.stack([-dx, -dy, np.ones_like(dx)], 1)
    return n / np.linalg.norm(n, axis=1, keepdims=True)


# --- building blocks ------------------------------------------------------------------------------------------


def _mesh(vertices: ArrayLike, faces: ArrayLike, color: ArrayLike, crease_deg: float = 180.0) -> Mesh:
    v = np.asarray(vertices, np.float32).reshape(-1, 3)
    c = np.clip(np.asarray(color, np.float32).reshape(-1, 3), 0, 1)
    return Mesh(v, np.asarray(faces, np.int32).reshape(-1, 3), np.ascontiguousarray(v[:, :2]), c, crease_deg)


def tubes(a: Floats, b: Floats, ra: Floats, rb: Floats, color: Callable[[Floats], Floats], sides: int = 5) -> Mesh:
    """Tapered open tubes from a to b (N, 3) with radii ra, rb (N,); `color` maps positions (..., 3) to colours."""
    d = b - a
    d = d / np.maximum(np.linalg.norm(d, axis=1, keepdims=True), 1e-9)
    side = np.cross(d, np.where(np.abs(d[:, 2:]) > 0.9, [[1.0, 0.0, 0.0]], [[0.0, 0.0, 1.0]]))
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    other = np.cross(d, side)
    t = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    ring = side[:, None] * np.cos(t)[None, :, None] + other[:, None] * np.sin(t)[None, :, None]  # (N, sides, 3)
    v = np.stack([a[:, None] + ring * ra[:, None, None], b[:, None] + ring * rb[:, None, None]], 1)  # (N, 2, sides, 3)
    i = np.arange(sides)
    j = (i + 1) % sides
    f = np.concatenate([np.stack([i, j, sides + j], 1), np.stack([i, sides + j, sides + i], 1)])
    faces = (np.arange(len(a)) * 2 * sides)[:, None, None] + f[None]
    return _mesh(v, faces, color(v))


def stem(
    path: Floats,
    radius: Floats,
    color: Callable[[Floats], Floats],
    seed: int,
    sides: int = 20,
    step_m: float = 0.05,
    fine_m: float = 6.0,
    relief: float = 0.05,
) -> Mesh:
    """Trunk for close views: a smooth tube along path (N, 3) with bark relief, finely divided up to `fine_m` height.

    Args:
        radius: (N,) along the path.
        relief: depth of the furrows as a fraction of the radius.
    """
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    total = along[-1]
    fine = min(fine_m, total)
    at = np.concatenate([np.arange(0, fine, step_m), np.linspace(fine, total, max(3, int((total - fine) / 0.5) + 2))])
    centre = np.stack([gaussian_filter1d(np.interp(at, along, path[:, k]), 4, mode="nearest") for k in range(3)], 1)
    centre[:, 2] = np.interp(at, along, path[:, 2])
    r = gaussian_filter1d(np.interp(at, along, radius), 3, mode="nearest")
    t = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    circle = np.stack([np.cos(t), np.sin(t), np.zeros(sides)], 1)
    # furrows run along the trunk; roots flare at its foot
    p = np.concatenate(
        [np.broadcast_to(circle[None, :, :2] * 2.6, (len(at), sides, 2)), np.broadcast_to(at[:, None, None] * 1.3, (len(at), sides, 1))], -1
    )
    bark = fbm(p, seed, 4, 0.6)
    flare = 1 + 0.55 * np.exp(-at / 0.35)[:, None] * (1 + 0.35 * np.sin(5 * t + seed % 7))
    v = centre[:, None] + circle[None] * (r[:, None] * (flare + relief * 2 * bark))[..., None]
    i = np.arange(len(at) * sides).reshape(len(at), sides)
    a, b, c, d = i[:-1], np.roll(i, -1, 1)[:-1], np.roll(i, -1, 1)[1:], i[1:]
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    tone = 1 + np.clip(relief * 12, 0, 0.9) * bark
    return _mesh(v, faces, color(v) * tone[..., None])


def _blades(root: Floats, tip: Floats, across: Floats, fold: Floats | None = None) -> tuple[Floats, NDArray[np.int32]]:
    """Lancet sheets of two triangles: corners root, both sides at 40 % of the length, tip. All (N, 3)."""
    middle = root + (tip - root) * 0.42
    if fold is not None:
        middle = middle + fold
    v = np.stack([root, middle - across, tip, middle + across], 1)
    f = np.array([[0, 1, 2], [0, 2, 3]])
    return v, ((np.arange(len(root)) * 4)[:, None, None] + f[None]).astype(np.int32)


def merged(meshes: Sequence[Mesh]) -> Mesh:
    """One mesh of several coloured ones."""
    offset = np.cumsum([0] + [len(m.vertices) for m in meshes[:-1]])
    v = np.concatenate([m.vertices for m in meshes])
    return _mesh(
        v,
        np.concatenate([m.faces + np.int32(o) for m, o in zip(meshes, offset, strict=True)]),
        np.concatenate([m.color for m in meshes]),  # type: ignore[misc]
        min(m.crease_deg for m in meshes),
    )


# --- conifers -------------------------------------------------------------------------------------------------


def conifer(
    rng: np.random.Generator,
    height_m: float,
    crown_from: float = 0.1,
    width: float = 0.19,
    branches: int = 90,
    twigs: int = 16,
    droop: float = 0.35,
    needle: Rgb = (0.022, 0.05, 0.018),
    bark: Rgb = (0.085, 0.06, 0.045),
    trunk_sides: int = 7,
    girth: float = 1.0,
) -> tuple[Part, ...]:
    """Spruce or pine: a straight trunk, whorls of branches, each a spray of needle-covered twigs.

    Args:
        crown_from: where the crown starts, as a fraction of the height.
        width: longest branch as a fraction of the height.
        twigs: sprays on each side of a branch.
        droop: how far branches hang, 0 for a pine that reaches up.
    """
    h = height_m
    levels = 9
    zt = np.linspace(0, h, levels)
    bend = np.cumsum(rng.normal(0, 0.006 * h, (levels, 2)), 0)
    bend[0] = 0
    axis = np.concatenate([bend, zt[:, None]], 1)
    radius = 0.012 * girth * h * (1 - zt / h) ** 0.85 + 0.004
    radius[0] *= 1.5
    tint = rng.uniform(0.85, 1.2)

    def bark_color(v: Floats) -> Floats:
        n = np.sin(v[..., 2] * 9 + np.sin(v[..., 0] * 40) * 2 + v[..., 1] * 30)
        return shade(bark, tint * (1 + 0.3 * n))

    if trunk_sides > 10:
        trunk = stem(
            axis, radius, lambda v: np.broadcast_to(np.asarray(bark) * tint, v.shape), int(rng.integers(1 << 30)), 26, 0.055, 7.0, 0.075
        )
    else:
        trunk = tubes(axis[:-1], axis[1:], radius[:-1], radius[1:], bark_color, trunk_sides)
    u = np.sort(1 - (1 - rng.random(branches)) ** 0.8)
    u = np.linspace(0, 1, branches) * 0.7 + u * 0.3
    s = crown_from + (1 - crown_from) * u**0.93 * 0.985
    base = np.stack([np.interp(s * h, zt, axis[:, k]) for k in range(3)], 1)
    profile = (1 - u) ** 0.8 * np.minimum(1, 0.45 + u * 5)
    length = (width * h * profile * rng.uniform(0.7, 1.1, branches) + 0.02 * h).astype(np.float64)
    yaw = np.arange(branches) * 2.39996 + rng.normal(0, 0.3, branches)
    out = np.stack([np.cos(yaw), np.sin(yaw), np.zeros(branches)], 1)
    fuller = (90 * 14 / (branches * twigs)) ** 0.5  # few sprays must cover as much as many
    rise = 0.55 * u - droop * (1 - u) + rng.normal(0, 0.07, branches)

    def along(t: Floats) -> Floats:
        """Points on the branches at t (branches, K): out, sagging, with the tip curving up."""
        p = base[:, None] + out[:, None] * (length[:, None] * t)[..., None]
        p[..., 2] += length[:, None] * (rise[:, None] * t - 0.25 * droop * np.sin(np.pi * t) + 0.12 * t**3)
        return p

    steps = np.broadcast_to(np.linspace(0, 1, 4), (branches, 4))
    spine = along(steps)
    r = np.maximum(0.02 * length, 0.006)
    wood = tubes(
        spine[:, :-1].reshape(-1, 3), spine[:, 1:].reshape(-1, 3),
        (r[:, None] * [1, 0.7, 0.4]).ravel(), (r[:, None] * [0.7, 0.4, 0.15]).ravel(), bark_color, 3,
    )  # fmt: skip
    t = (np.linspace(0.16, 1.0, twigs) + rng.normal(0, 0.02, (branches, twigs))).clip(0.08, 1)
    t = np.repeat(t, 2, axis=1)  # both sides
    root = along(t)
    tangent = along(np.minimum(t + 0.05, 1.05)) - along(np.minimum(t + 0.05, 1.05) - 0.05)
    tangent /= np.linalg.norm(tangent, axis=-1, keepdims=True)
    across = np.cross(tangent, [0.0, 0.0, 1.0])
    across /= np.linalg.norm(across, axis=-1, keepdims=True)
    side = np.where(np.arange(2 * twigs) % 2 == 0, 1.0, -1.0)[None, :, None]
    spray = (length[:, None] * 0.38 * np.sqrt(np.clip(1.12 - t, 0.05, 1)) * (0.35 + 0.65 * np.minimum(1, t * 3)))[..., None]
    spray = spray * rng.uniform(0.75, 1.2, spray.shape) * fuller**0.25
    lean = rng.normal(0, 0.22, (*t.shape, 1))
    direction = tangent * 0.75 + across * side * rng.uniform(0.5, 0.9, (*t.shape, 1))
    direction[..., 2] += lean[..., 0] - 0.25 * droop
    tip = root + direction * spray
    thick = np.cross(direction, rng.normal(0, 1, direction.shape) * [0.35, 0.35, 1])
    thick /= np.linalg.norm(thick, axis=-1, keepdims=True)
    v, f = _blades(root.reshape(-1, 3), tip.reshape(-1, 3), (thick * spray * 0.27 * fuller**1.1).reshape(-1, 3))
    depth = np.repeat(t.reshape(-1, 1), 4, 1) * [0.5, 0.8, 1.0, 0.8]
    light = 0.75 + 0.95 * depth  # a sheet shares its colour between reflected and passing light
    light *= rng.uniform(0.75, 1.25, (len(light), 1)) * np.repeat(rng.uniform(0.8, 1.2, branches), 2 * twigs)[:, None]
    hue = mix(needle, np.asarray(needle) * [1.9, 1.5, 1.15], np.clip(depth - 0.35, 0, 1))
    needles = _mesh(v, f, hue * light[..., None] * tint)
    return Part(merged([trunk, wood]) if branches > 30 else trunk, BARK), Part(needles, NEEDLES)


def by_distance(
    name: str,
    kinds: Sequence[Sequence[tuple[Part, ...]]],
    limits_m: Sequence[float],
    x: Floats,
    y: Floats,
    ground: Ground,
    rng: np.random.Generator,
    **options: object,
) -> tuple[InstanceGroup, ...]:
    """Plants the finest prototypes near the camera and coarser ones beyond each limit; options as in `planted`."""
    level = np.searchsorted(np.asarray(limits_m), np.hypot(x, y))
    groups: tuple[InstanceGroup, ...] = ()
    for k, prototypes in enumerate(kinds):
        here = level == k
        if here.any():
            groups += planted(name, prototypes, x[here], y[here], ground, rng, **options)  # type: ignore[arg-type]
    return groups


CONIFER_LEVELS = ((90, 14), (40, 6), (18, 3))
"""Branches and twigs of conifers near, at some hundred metres, and far."""


def spruce_rand(rng: np.random.Generator, branches: int = 90, twigs: int = 14) -> tuple[Part, ...]:
    """Spruce of 12 to 22 m, branches almost to the ground."""
    return conifer(
        rng, rng.uniform(12, 22), rng.uniform(0.04, 0.12), rng.uniform(0.14, 0.21), branches, twigs, rng.uniform(0.25, 0.5),
        (rng.uniform(0.017, 0.028), rng.uniform(0.042, 0.06), rng.uniform(0.014, 0.024)),
    )  # fmt: skip


def pine_rand(rng: np.random.Generator, branches: int = 60, twigs: int = 16) -> tuple[Part, ...]:
    """Tall forest pine of 16 to 26 m with a bare lower trunk."""
    return conifer(
        rng, rng.uniform(16, 26), rng.uniform(0.4, 0.6), rng.uniform(0.13, 0.18), branches, twigs, rng.uniform(0.0, 0.25),
        (rng.uniform(0.025, 0.035), rng.uniform(0.05, 0.065), rng.uniform(0.02, 0.026)), (0.13, 0.075, 0.05), 9,
    )  # fmt: skip


# --- rocks ----------------------------------------------------------------------------------------------------


def icosphere(levels: int) -> tuple[Floats, NDArray[np.int32]]:
    """Unit sphere of even triangles without seams: 20 * 4^levels faces."""
    g = (1 + 5**0.5) / 2
    v = np.array([[-1, g, 0], [1, g, 0], [-1, -g, 0], [1, -g, 0]])
    v = np.concatenate([v, np.roll(v, 1, 1), np.roll(v, 2, 1)])
    f = ConvexHull(v).simplices.astype(np.int64)
    a, b, c = (v[f[:, k]] for k in range(3))
    inward = (np.cross(b - a, c - a) * a).sum(1) < 0
    f[inward] = f[inward][:, ::-1]
    v = v / np.linalg.norm(v, axis=1, keepdims=True)
    for _ in range(levels):
        edges = np.sort(np.concatenate([f[:, [0, 1]], f[:, [1, 2]], f[:, [2, 0]]]), 1)
        unique, inverse = np.unique(edges, axis=0, return_inverse=True)
        middle = v[unique].sum(1)
        middle /= np.linalg.norm(middle, axis=1, keepdims=True)
        ab, bc, ca = (inverse.reshape(3, -1) + len(v)).reshape(3, -1)
        a, b, c = f.T
        f = np.concatenate([np.stack(t, 1) for t in ((a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca))])
        v = np.concatenate([v, middle])
    return v.astype(np.float32), f.astype(np.int32)


def rock(
    rng: np.random.Generator,
    cuts: int = 14,
    flatness: float = 0.65,
    roughness: float = 0.06,
    color: Rgb = (0.19, 0.175, 0.155),
    levels: int = 3,
    lichen: float = 0.5,
) -> tuple[Part, ...]:
    """Boulder of radius about 1, half of it below z = 0.

    Args:
        cuts: planes that break it; few and deep for shattered rock, many and shallow for worn.
        flatness: height over width.
        lichen: 0 to 1, how much of the top is overgrown.
    """
    v, f = icosphere(levels)
    v = v * (1 + 0.22 * fbm(v * 0.9 + rng.uniform(0, 50, 3), int(rng.integers(1 << 30)), 2))[:, None]
    for _ in range(cuts):
        n = rng.normal(size=3)
        n /= np.linalg.norm(n)
        over = v @ n - rng.uniform(0.55, 0.92)
        v = v - np.maximum(over, 0)[:, None] * n * rng.uniform(0.85, 1.0)
    seed = int(rng.integers(1 << 30))
    fine = fbm(v * 2.6, seed, 4, 0.55)
    layer = np.sin((v @ [0.2, 0.1, 1.0]) * 14 + 3 * fine)
    v = v * (1 + roughness * fine + roughness * 0.15 * layer)[:, None]
    v = (v * [1.0, rng.uniform(0.7, 1.0), flatness]).astype(np.float32)
    spots = fbm(v * 6 + 9, seed + 1, 3)
    c = shade(color, 1 + 0.35 * fine + 0.25 * spots + 0.06 * layer)
    grown = smoothstep(0.0, 0.35, fbm(v * 3 + 31, seed + 2, 3) + 0.5 * v[:, 2] - 0.35 + 0.5 * lichen) * lichen
    c = mix(c, shade((0.13, 0.14, 0.07), 1 + 0.4 * spots), grown * 0.75)
    c = c * smoothstep(-0.45, 0.35, v[:, 2])[:, None] ** 0.5  # earth-stained foot
    return (Part(_mesh(v, f, c), STONE),)


# --- grass and flowers ----------------------------------------------------------------------------------------


def grass_patch(
    rng: np.random.Generator,
    size_m: float = 1.0,
    blades: int = 320,
    height_m: float = 0.25,
    width_m: float = 0.006,
    color: Rgb = (0.07, 0.105, 0.025),
    dry: float = 0.15,
    clump: float = 0.6,
) -> tuple[Part, ...]:
    """A square metre or so of grass: bent blades of five triangles, darker at the root.

    Args:
        dry: share of straw-coloured blades.
        clump: 0 spreads blades evenly, 1 gathers them in tussocks.
    """
    tussocks = rng.uniform(-0.5, 0.5, (max(3, int(14 * size_m)), 2)) * size_m
    xy = rng.uniform(-0.5, 0.5, (blades, 2)) * size_m
    pick = rng.random(blades) < clump
    near = tussocks[rng.integers(0, len(tussocks), blades)] + rng.normal(0, 0.055 * np.sqrt(size_m), (blades, 2))
    xy = np.where(pick[:, None], near, xy)
    length = height_m * rng.uniform(0.45, 1.15, blades) * np.where(pick, 1.1, 0.75)
    yaw = rng.uniform(0, 2 * np.pi, blades)
    bend = rng.uniform(0.1, 0.75, blades) ** 1.3
    out = np.stack([np.cos(yaw), np.sin(yaw), np.zeros(blades)], 1)
    across = np.stack([-np.sin(yaw), np.cos(yaw), np.zeros(blades)], 1) * (width_m * rng.uniform(0.6, 1.2, blades))[:, None]
    root = np.concatenate([xy, np.full((blades, 1), -0.02)], 1)
    rows = []
    for t, w in ((0.0, 0.8), (0.45, 1.0), (0.8, 0.6)):
        centre = root + out * (length * bend * t**2)[:, None]
        centre[:, 2] += length * (t - 0.35 * bend * t**2)
        rows += [centre - across * w * 0.5, centre + across * w * 0.5]
    tip = root + out * (length * bend)[:, None]
    tip[:, 2] += length * (1 - 0.35 * bend)
    v = np.stack([*rows, tip], 1)  # (blades, 7, 3)
    f = np.array([[0, 1, 3], [0, 3, 2], [2, 3, 5], [2, 5, 4], [4, 5, 6]])
    faces = (np.arange(blades) * 7)[:, None, None] + f[None]
    base = np.asarray(color) * rng.uniform(1.15, 2.0, (blades, 1)) * (1 + rng.normal(0, 0.08, (blades, 3)))
    straw = np.array([0.26, 0.2, 0.085]) * rng.uniform(0.6, 1.1, (blades, 1))
    base = np.where((rng.random(blades) < dry)[:, None], straw, base)
    ramp = np.array([0.45, 0.45, 0.85, 0.85, 1.1, 1.1, 1.25])
    warm = 1 + np.array([0.0, 0.0, 0.05, 0.05, 0.12, 0.12, 0.2])[:, None] * [1.0, 0.4, -0.5]
    return (Part(_mesh(v, faces, base[:, None] * ramp[None, :, None] * warm[None]), BLADES),)


def flower(rng: np.random.Generator, kind: str) -> tuple[Part, ...]:
    """One flower on its stalk: "daisy", "poppy", "buttercup", "cornflower" or "lupin"."""
    tall = {"daisy": 0.32, "poppy": 0.42, "buttercup": 0.34, "cornflower": 0.42, "lupin": 0.5}[kind] * rng.uniform(0.8, 1.2)
    lean = rng.normal(0, 0.12, 2) * tall
    stalk = np.array([[0, 0, -0.03], [lean[0] * 0.3, lean[1] * 0.3, tall * 0.5], [lean[0], lean[1], tall]])
    green = tubes(
        stalk[:-1],
        stalk[1:],
        np.array([0.0025, 0.002]),
        np.array([0.002, 0.0015]),
        lambda v: np.broadcast_to((0.05, 0.09, 0.02), v.shape),
        3,
    )
    head = stalk[-1]
    petals, radius, cup, width, hue, heart = {
        "daisy": (12, 0.024, 0.15, 0.23, (0.8, 0.8, 0.76), (0.75, 0.45, 0.02)),
        "poppy": (5, 0.038, 0.55, 0.75, (0.62, 0.03, 0.012), (0.02, 0.015, 0.02)),
        "buttercup": (5, 0.018, 0.5, 0.6, (0.8, 0.55, 0.01), (0.6, 0.4, 0.02)),
        "cornflower": (9, 0.024, 0.4, 0.35, (0.07, 0.1, 0.62), (0.1, 0.04, 0.3)),
        "lupin": (44, 0.02, 0.4, 0.5, (0.2, 0.07, 0.42), (0.3, 0.2, 0.5)),
    }[kind]  # fmt: skip
    radius *= rng.uniform(0.85, 1.2)
    a = np.arange(petals) * (2 * np.pi / petals if kind != "lupin" else 2.4) + rng.normal(0, 0.08, petals)
    out = np.stack([np.cos(a), np.sin(a), np.full(petals, cup) + rng.normal(0, 0.12, petals)], 1)
    root = np.broadcast_to(head, (petals, 3)).copy()
    if kind == "lupin":
        t = np.linspace(0, 1, petals)
        root[:, 2] += t * 0.17
        out *= (1.15 - t)[:, None]
    across = np.stack([-np.sin(a), np.cos(a), np.zeros(petals)], 1) * radius * width
    v, f = _blades(root, root + out * radius, across, np.array([0.0, 0.0, -0.12 * radius]))
    shade_of = np.array([0.7, 1.0, 1.0, 1.0])
    bloom = _mesh(v, f, np.asarray(hue) * rng.uniform(0.8, 1.1, (petals, 1, 1)) * shade_of[None, :, None])
    parts = [green]
    if kind != "lupin":
        s, sf = icosphere(0)
        parts.append(_mesh(s * np.array([0.34, 0.34, 0.22]) * radius + head, sf, np.broadcast_to(heart, s.shape)))
    return Part(merged(parts), BARK), Part(bloom, LEAVES)


def reed_clump(rng: np.random.Generator, blades: int = 46, height_m: float = 1.5, color: Rgb = (0.11, 0.12, 0.04)) -> tuple[Part, ...]:
    """Reeds of a lake shore: stiff blades, some with brown heads."""
    (grass,) = grass_patch(rng, 0.6, blades, height_m, 0.014, color, 0.3, 0.4)
    heads = max(3, blades // 8)
    foot = np.concatenate([rng.uniform(-0.25, 0.25, (heads, 2)), np.zeros((heads, 1))], 1)
    top = foot + np.concatenate([rng.normal(0, 0.09, (heads, 2)), rng.uniform(0.8, 1.1, (heads, 1))], 1) * height_m
    stem = tubes(foot, top, np.full(heads, 0.004), np.full(heads, 0.003), lambda v: np.broadcast_to((0.13, 0.12, 0.05), v.shape), 3)
    cob_from, cob_to = top * 0.97 + foot * 0.03, top + (top - foot) * (0.16 / height_m)
    cob = tubes(cob_from, cob_to, np.full(heads, 0.013), np.full(heads, 0.01), lambda v: np.broadcast_to((0.06, 0.032, 0.015), v.shape), 5)
    return grass, Part(merged([stem, cob]), BARK)


def fern(rng: np.random.Generator, fronds: int = 9, length_m: float = 0.55, color: Rgb = (0.045, 0.085, 0.02)) -> tuple[Part, ...]:
    """Fern: arching fronds with paired leaflets."""
    pairs = 13
    yaw = np.arange(fronds) * 2.399 + rng.normal(0, 0.3, fronds)
    out = np.stack([np.cos(yaw), np.sin(yaw), np.zeros(fronds)], 1)
    size = length_m * rng.uniform(0.7, 1.15, fronds)
    t = np.linspace(0.15, 1, pairs)

    def along(t: Floats) -> Floats:
        p = out[:, None] * (size[:, None] * t * 0.85)[..., None]
        p[..., 2] += size[:, None] * (1.1 * t - 0.85 * t**2.2)
        return p

    t2 = np.broadcast_to(t, (fronds, pairs))
    root = np.repeat(along(t2), 2, 1)
    side = np.where(np.arange(2 * pairs) % 2 == 0, 1.0, -1.0)[None, :, None]
    across = np.stack([-np.sin(yaw), np.cos(yaw), np.zeros(fronds)], 1)[:, None]
    reach = (size[:, None] * 0.3 * np.sin(np.pi * (0.12 + 0.86 * t2)) + 0.01).repeat(2, 1)[..., None]
    tip = root + across * side * reach + out[:, None] * reach * 0.35 - np.array([0, 0, 1.0]) * reach * rng.uniform(0, 0.35, reach.shape)
    v, f = _blades(root.reshape(-1, 3), tip.reshape(-1, 3), np.repeat(out, 2 * pairs, 0) * (reach.reshape(-1, 1) * 0.17 + 0.006))
    c = np.asarray(color) * rng.uniform(0.7, 1.35, (len(v), 1, 1)) * np.array([0.8, 1.0, 1.15, 1.0])[None, :, None]
    return (Part(_mesh(v, f, c), LEAVES),)


# --- broad-leaved trees ---------------------------------------------------------------------------------------


def _crown_points(rng: np.random.Generator, count: int, shape: str) -> Floats:
    """Points in a crown that spans -1 to 1 in x and y and 0 to 1 in z."""
    p = rng.uniform(-1, 1, (count * 6, 3))
    p[:, 2] = p[:, 2] * 0.5 + 0.5
    r, z = np.hypot(p[:, 0], p[:, 1]), p[:, 2]
    if shape == "round":
        edge = np.sqrt(np.clip(1 - ((z - 0.42) / 0.58) ** 2, 0, 1))
    elif shape == "slender":
        edge = np.sin(np.pi * np.clip(z * 0.93 + 0.07, 0, 1) ** 0.75)
    else:  # spreading
        edge = np.clip(np.minimum(z / 0.22, 1), 0, 1) ** 0.6 * np.sqrt(np.clip(1 - z**2.6, 0, 1))
    lobes = 1 + 0.16 * np.sin(3 * np.arctan2(p[:, 1], p[:, 0]) + rng.uniform(0, 6) + 2.5 * z) + 0.12 * np.sin(11 * z + rng.uniform(0, 6))
    inside = (r < edge * lobes) & (r > edge * 0.25 * (z < 0.6))
    return p[inside][:count]


def skeleton(
    rng: np.random.Generator,
    height_m: float,
    crown_m: float,
    crown_from: float,
    attractors: int,
    step_m: float,
    shape: str,
    tropism: float = 0.12,
) -> tuple[Floats, NDArray[np.int64], Floats]:
    """Branch nodes (N, 3), their parents (N,) and radii (N,) of a tree that grows into its crown's free space.

    Args:
        crown_m: radius of the crown.
        crown_from: height where the crown begins, as a fraction of the height.
        tropism: pull upwards; negative lets twigs hang.

    Source: Runions, Lane and Prusinkiewicz, "Modeling Trees with a Space Colonization Algorithm", 2007.
    """
    points = _crown_points(rng, attractors, shape)
    low = crown_from * height_m
    points = points * [crown_m, crown_m, height_m - low] + [0, 0, low]
    points[:, :2] += rng.normal(0, 0.05 * crown_m, 2)
    nodes = [np.array([0.0, 0.0, -0.3])]
    parents = [0]
    drift = rng.normal(0, 0.05, 2)
    z = 0.0
    while z < low + 0.12 * (height_m - low):
        drift = drift * 0.9 + rng.normal(0, 0.025, 2)
        nodes.append(nodes[-1] + np.array([drift[0], drift[1], 1.0]) * step_m)
        parents.append(len(nodes) - 2)
        z = nodes[-1][2]
    position = np.array(nodes)
    parent = np.array(parents)
    reach, kill = 9e9, step_m * 1.7
    for _ in range(int(3.2 * (height_m + crown_m) / step_m)):
        if not len(points):
            break
        distance, nearest = KDTree(position).query(points, distance_upper_bound=reach)
        keep = distance > kill
        points, nearest = points[keep], np.asarray(nearest)[keep]
        if not len(points):
            break
        toward = points - position[nearest]
        toward /= np.linalg.norm(toward, axis=1, keepdims=True)
        grow, index = np.unique(nearest, return_inverse=True)
        direction = np.stack([np.bincount(index, toward[:, k], minlength=len(grow)) for k in range(3)], 1)
        direction /= np.linalg.norm(direction, axis=1, keepdims=True) + 1e-9
        direction += rng.normal(0, 0.16, direction.shape)
        direction[:, 2] += tropism
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        fresh = position[grow] + direction * step_m
        position = np.concatenate([position, fresh])
        parent = np.concatenate([parent, grow])
        if len(position) > 9000:
            break
    power = 2.25
    load = np.zeros(len(position))
    has_child = np.zeros(len(position), bool)
    has_child[parent[1:]] = True
    load[~has_child] = 1.0
    for i in range(len(position) - 1, 0, -1):
        load[parent[i]] += load[i]
    radius = load ** (1 / power)
    radius *= 0.021 * height_m / radius[0] * rng.uniform(0.9, 1.2)
    radius[:2] *= 1.35
    return position, parent, np.maximum(radius, 0.0035)


def broadleaf(
    rng: np.random.Generator,
    height_m: float,
    crown_m: float,
    crown_from: float = 0.22,
    shape: str = "spreading",
    attractors: int = 900,
    step_m: float = 0.32,
    leaves: int = 9000,
    leaf_m: float = 0.11,
    leaf: Rgb = (0.05, 0.085, 0.018),
    autumn: float = 0.0,
    bark: Rgb = (0.1, 0.08, 0.062),
    tropism: float = 0.12,
    bark_color: Callable[[Floats], Floats] | None = None,
    girth: float = 1.0,
) -> tuple[Part, ...]:
    """Broad-leaved tree: a grown skeleton with leaves on its twigs.

    Args:
        leaves: number of leaf sheets, two triangles each; where they are few they stand for sprays of leaves (`leaf_m`).
        autumn: 0 to 1, share of yellow leaves.
        girth: factor on the thickness of trunk and branches.
    """
    position, parent, radius = skeleton(rng, height_m, crown_m, crown_from, attractors, step_m, shape, tropism)
    radius = radius * girth

    def plain_bark(v: Floats) -> Floats:
        groove = np.sin(np.arctan2(v[..., 1], v[..., 0]) * 9 + np.sin(v[..., 2] * 5) * 2) + np.sin(v[..., 2] * 13 + v[..., 0] * 25)
        return shade(bark, 1 + 0.22 * groove)

    paint = bark_color or plain_bark
    child = np.arange(1, len(position))
    thick = radius[child] > (0.02 if leaves < 3000 else 0.006)
    wood = []
    if leaves > 3000:  # near: the trunk and its leader as one smooth stem
        heir = np.zeros(len(position), int)
        order = np.argsort(radius[1:], kind="stable") + 1
        heir[parent[order]] = order  # the thickest child is written last
        line = [0]
        while heir[line[-1]] and radius[heir[line[-1]]] > 0.035:
            line.append(int(heir[line[-1]]))
        relief = 0.012 if bark_color else 0.06
        wood.append(
            stem(
                position[line],
                radius[line] / np.where(np.arange(len(line)) < 2, 1.35, 1),
                paint,
                int(rng.integers(1 << 30)),
                20,
                0.04,
                6.0,
                relief,
            )
        )
        thick &= ~np.isin(child, line)
    child = child[thick]
    big = radius[child] > 0.05
    for mask, sides in ((big, 9 if leaves > 5000 else 6), (~big, 4 if leaves > 5000 else 3)):
        c = child[mask]
        if len(c):
            a, b = position[parent[c]], position[c]
            ra = np.where(radius[c] > 0.75 * radius[parent[c]], radius[parent[c]], radius[c] * 1.2)
            wood.append(tubes(a, b + (b - a) * 0.08, ra, radius[c], paint, sides))
    tips = np.flatnonzero(radius <= np.quantile(radius, 0.7))
    at = tips[rng.integers(0, len(tips), leaves)]
    spread_m = max(step_m * 0.9, leaf_m * 0.8)
    root = position[at] + rng.normal(0, 1, (leaves, 3)) * spread_m * [0.6, 0.6, 0.45]
    centre = np.array([0, 0, height_m * (crown_from + 0.45 * (1 - crown_from))])
    away = root - centre
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    direction = away * 0.5 + rng.normal(0, 0.6, (leaves, 3)) - [0, 0, 0.25]
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    normal = away * 0.6 + [0, 0, 0.7] + rng.normal(0, 0.55, (leaves, 3))
    across = np.cross(direction, normal)
    across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-6)
    size = leaf_m * rng.uniform(0.65, 1.25, (leaves, 1))
    v, f = _blades(root, root + direction * size, across * size * 0.3, -0.12 * size * np.cross(across, direction))
    scaled = (root - centre) / [crown_m, crown_m, height_m * (1 - crown_from) * 0.5]
    outer = np.clip(np.linalg.norm(scaled, axis=1), 0, 1.1)
    tone = (0.95 + 0.8 * outer) * rng.uniform(0.72, 1.3, leaves)  # a sheet shares its colour between reflected and passing light
    hue = mix(leaf, np.asarray(leaf) * [1.75, 1.3, 1.1], rng.random(leaves) ** 2 * 0.8)
    yellow = rng.random(leaves) < autumn * (0.6 + 0.8 * rng.random())
    hue = np.where(yellow[:, None], np.array([0.42, 0.26, 0.025]) * rng.uniform(0.6, 1.1, (leaves, 1)), hue)
    c = np.repeat((hue * tone[:, None])[:, None], 4, 1) * np.array([0.85, 1.0, 1.1, 1.0])[None, :, None]
    return Part(merged(wood), BARK), Part(_mesh(v, f, c), LEAVES)


BROADLEAF_LEVELS = ((700, 0.4, 8000, 0.3), (170, 0.8, 1500, 0.7), (45, 1.3, 240, 1.8))
"""Attractors, step in metres, leaves and their size for broad-leaved trees near, at some hundred metres, and far."""


def oak_rand(rng: np.random.Generator, level: int = 0) -> tuple[Part, ...]:
    """Broad-leaved tree of 9 to 14 m with a wide crown; `level` as in `BROADLEAF_LEVELS`."""
    attractors, step, leaves, leaf = BROADLEAF_LEVELS[level]
    h = rng.uniform(9, 14)
    green = (rng.uniform(0.035, 0.06), rng.uniform(0.065, 0.09), rng.uniform(0.012, 0.02))
    shape = "spreading" if rng.random() < 0.6 else "round"
    return broadleaf(rng, h, h * rng.uniform(0.36, 0.48), rng.uniform(0.16, 0.26), shape, attractors, step, leaves, leaf, green)


def birch_bark(v: Floats) -> Floats:
    """White bark with dark lenticels and scars."""
    mark = fbm(v * [7, 7, 26], 5, 2)
    scar = fbm(v * [3, 3, 4.5], 9, 3)
    foot = smoothstep(1.1, 0.0, v[..., 2])
    dark = np.maximum(smoothstep(0.22, 0.36, mark), smoothstep(0.26, 0.36, scar + 0.45 * foot))
    white = mix((0.6, 0.57, 0.52), (0.5, 0.42, 0.35), smoothstep(-0.3, 0.5, scar))
    return mix(white, (0.035, 0.03, 0.028), dark * 0.92)


def birch_rand(rng: np.random.Generator, level: int = 0, autumn: float = 0.0) -> tuple[Part, ...]:
    """Birch of 11 to 16 m: slender, hanging twigs."""
    attractors, step, leaves, leaf = ((420, 0.42, 5000, 0.2), (130, 0.8, 1000, 0.5), (40, 1.3, 170, 1.25))[level]
    h = rng.uniform(11, 16)
    return broadleaf(
        rng, h, h * rng.uniform(0.15, 0.2), rng.uniform(0.3, 0.42), "slender", attractors, step, leaves, leaf,
        (0.075, 0.11, 0.02), autumn, (0.5, 0.48, 0.45), -0.02, birch_bark, 0.5,
    )  # fmt: skip


def bush_rand(rng: np.random.Generator, leaves: int = 420, leaf_m: float = 0.2) -> tuple[Part, ...]:
    """Shrub of about 1.2 m radius and 2 m height: leaves on the shell of a lumpy ball."""
    d = rng.normal(size=(leaves, 3))
    d /= np.linalg.norm(d, axis=1, keepdims=True)
    d[:, 2] = np.abs(d[:, 2]) * 1.1 - 0.1
    lump = 1 + 0.22 * np.sin(d[:, 0] * 5 + rng.uniform(0, 6)) * np.sin(d[:, 1] * 4 + rng.uniform(0, 6)) + rng.normal(0, 0.07, leaves)
    p = d * lump[:, None] * [1.15, 1.15, 1.75] * (0.75 + 0.25 * rng.random((leaves, 1)))
    p[:, 2] += 0.15
    direction = d * 0.6 + rng.normal(0, 0.6, (leaves, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    across = np.cross(direction, d + rng.normal(0, 0.5, (leaves, 3)))
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    v, f = _blades(p, p + direction * leaf_m * 1.5, across * leaf_m * 0.55)
    tone = rng.uniform(0.9, 2.0, leaves) * (0.55 + 0.45 * smoothstep(0, 1.2, p[:, 2]))
    c = np.array((0.04, 0.068, 0.018)) * tone[:, None] * (1 + rng.normal(0, 0.1, (leaves, 3)))
    return (Part(_mesh(v, f, np.repeat(c[:, None], 4, 1)), LEAVES),)
