"""What places are built from: walls with openings, windows, paving, columns, arches, mouldings.

Walls are made in their own frame: x along the wall, z up, the inner face on y = 0 looking towards -y, the thickness behind it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pochade.world.compose import shape
from pochade.world.materials import Material
from pochade.world.mesh import Mesh, box, filleted, grid_faces, join, lathe
from pochade.world.scene import Thing
from pochade.world.stage import BACKDROP, GROUND, Item, transform
from pochade.world.staging import dressed
from pochade.world.vectors import f32

Opening = tuple[float, float, float, float]
"""x0, x1, z0, z1 in a wall's frame, metres."""

_STILL = transform((0, 0, 0))


class Set:
    """Gathers meshes by material, so that a place is few items however many pieces it has."""

    def __init__(self) -> None:
        self._groups: dict[tuple[Material, float, int, bool], list[Mesh]] = {}
        self._items: list[Item] = []

    def add(self, mesh: Mesh, material: Material, thing: int = BACKDROP) -> None:
        self._groups.setdefault((material, mesh.crease_deg, thing, mesh.color is not None), []).append(mesh)

    def ground(self, mesh: Mesh, material: Material) -> None:
        self.add(mesh, material, GROUND)

    def put(self, item: Item) -> None:
        self._items.append(item)

    def furnish(self, parts: Sequence[tuple[Mesh, Material]], at: tuple[float, float, float] = (0, 0, 0), yaw_deg: float = 0.0) -> None:
        """Sets down a piece of furniture."""
        for mesh, material in parts:
            turned = mesh.rotated("z", yaw_deg) if yaw_deg else mesh
            self.add(turned.moved(*at), material)

    def asset(
        self, noun: str, seed: int, material: str | None = None, color: str | None = None,
        at: tuple[float, float, float] = (0, 0, 0), rotation_deg: tuple[float, float, float] = (0, 0, 0), scale: float = 1.0,
    ) -> None:  # fmt: skip
        """Sets down a thing of the vocabulary as part of the place."""
        thing = Thing(noun, seed, -1, material, color, at, rotation_deg, scale)
        matrix = transform(at, rotation_deg, scale)
        for part in shape(noun, seed, color).parts:
            clothed = dressed(part, thing)
            self._items.append(Item(clothed.mesh, clothed.material or Material(), matrix))

    def items(self) -> list[Item]:
        joined = [Item(join(meshes), material, _STILL, thing) for (material, _, thing, _), meshes in self._groups.items()]
        return joined + self._items


# --- quads ----------------------------------------------------------------------------------------------------


def quads(corners: ArrayLike, uv: ArrayLike | None = None) -> Mesh:
    """Flat-shaded quadrilaterals (N, 4, 3), anticlockwise seen from their front.

    Args:
        uv: (N, 4, 2) metres; None: along each quad's first edge and across it.
    """
    c = np.asarray(corners, np.float64).reshape(-1, 4, 3)
    if uv is None:
        along, up = c[:, 1] - c[:, 0], c[:, 3] - c[:, 0]
        u = along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
        v = up - u * (up * u).sum(1, keepdims=True)
        v /= np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-9)
        uv = np.stack([np.einsum("nkd,nd->nk", c, u), np.einsum("nkd,nd->nk", c, v)], -1)
    index = np.arange(len(c), dtype=np.int32)[:, None] * 4
    faces = np.concatenate([index + np.array([0, 1, 2]), index + np.array([0, 2, 3])]).astype(np.int32)
    return Mesh(c.reshape(-1, 3).astype(np.float32), faces, np.asarray(uv, np.float32).reshape(-1, 2), crease_deg=20.0)


def plane(x_m: float, y_m: float, at: tuple[float, float, float] = (0, 0, 0), turn_uv: bool = False) -> Mesh:
    """Level rectangle that looks up."""
    x, y = x_m / 2, y_m / 2
    v = np.array([[-x, -y, 0], [x, -y, 0], [x, y, 0], [-x, y, 0]], np.float32)
    uv = v[:, :2][:, ::-1] if turn_uv else v[:, :2]
    return Mesh(v + f32(at), np.array([[0, 1, 2], [0, 2, 3]], np.int32), uv.copy())


def timber(x_m: float, y_m: float, z_m: float, bevel_m: float = 0.002, steps: int = 1) -> Mesh:
    """Box on z = 0 whose texture runs along its longest side."""
    mesh = box(x_m, y_m, z_m, bevel_m, steps)
    long = int(np.argmax([x_m, y_m, z_m]))
    other = mesh.vertices[:, [k for k in range(3) if k != long]].sum(1)
    return replace(mesh, uv=np.stack([mesh.vertices[:, long], other], 1).astype(np.float32), crease_deg=50.0)


_CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)


def block(x_m: float, y_m: float, z_m: float, chamfer_m: float = 0.0) -> Mesh:
    """Box on z = 0 for building with: 44 triangles with chamfered edges, 12 where the chamfer would be too fine to see."""
    half = np.array([x_m, y_m, z_m]) / 2
    chamfer_m = min(chamfer_m, 0.45 * min(x_m, y_m, z_m)) if chamfer_m > 0.003 else 0.0
    flats, tips = _block_faces(chamfer_m > 0)
    # three copies of every corner, one on each face that meets there; their hull is the chamfered box
    points = (_CORNERS * half)[:, None] - _CORNERS[:, None] * chamfer_m * (1 - np.eye(3))
    points = points.reshape(-1, 3) + np.array([0, 0, half[2]])
    mesh = quads(points[flats])
    if not chamfer_m:
        return mesh
    v = points[tips].reshape(-1, 3).astype(np.float32)
    first = len(mesh.vertices)
    return Mesh(
        np.concatenate([mesh.vertices, v]),
        np.concatenate([mesh.faces, np.arange(first, first + 24, dtype=np.int32).reshape(8, 3)]),
        np.concatenate([mesh.uv, v[:, :2]]),
        crease_deg=20.0,
    )


@lru_cache(maxsize=2)
def _block_faces(chamfered: bool) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Quads (6 or 18, 4) and corner triangles (8, 3) of a block, as indices 3 * corner + axis, turned outward."""

    def at(corner: Sequence[float], axis: int) -> int:
        return ((corner[0] > 0) * 4 + (corner[1] > 0) * 2 + (corner[2] > 0)) * 3 + axis

    flats = []
    for axis in range(3):
        u, v = (axis + 1) % 3, (axis + 2) % 3
        for sign in (1, -1):
            ring = []
            for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
                corner = [0, 0, 0]
                corner[axis], corner[u], corner[v] = sign, a, b
                ring.append(at(corner, axis))
            flats.append(ring)
        if chamfered:
            for su, sv in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                low, high = [0, 0, 0], [0, 0, 0]
                low[axis], high[axis] = -1, 1
                low[u], low[v], high[u], high[v] = su, sv, su, sv
                flats.append([at(low, u), at(low, v), at(high, v), at(high, u)])
    tips = [[at(corner, k) for k in range(3)] for corner in _CORNERS]
    points = (_CORNERS[:, None] * (1 - 0.2 * (1 - np.eye(3)))).reshape(-1, 3)
    return _outward(points, np.array(flats)), _outward(points, np.array(tips))


def _outward(points: NDArray[np.float64], polygons: NDArray[np.int64]) -> NDArray[np.int64]:
    """Polygons (N, K) of a convex body about the origin, turned to face outward."""
    p = points[polygons]
    normal = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    inward = (normal * p.mean(1)).sum(1) < 0
    return np.where(inward[:, None], polygons[:, ::-1], polygons)


def shifted_uv(mesh: Mesh, u_m: float, v_m: float) -> Mesh:
    return replace(mesh, uv=mesh.uv + f32([u_m, v_m]))


# --- walls ----------------------------------------------------------------------------------------------------


def wall(x0_m: float, x1_m: float, height_m: float, thickness_m: float = 0.3, openings: Sequence[Opening] = (), back: bool = True) -> Mesh:
    """Wall with rectangular openings and their reveals."""
    xs = sorted({x0_m, x1_m, *(v for o in openings for v in o[:2])})
    zs = sorted({0.0, height_m, *(v for o in openings for v in o[2:])})
    t = thickness_m
    out = []
    for a, b in itertools.pairwise(xs):
        for c, d in itertools.pairwise(zs):
            if any(o[0] <= a + 1e-9 and b <= o[1] + 1e-9 and o[2] <= c + 1e-9 and d <= o[3] + 1e-9 for o in openings):
                continue
            out.append([(a, 0, c), (b, 0, c), (b, 0, d), (a, 0, d)])
            if back:
                out.append([(b, t, c), (a, t, c), (a, t, d), (b, t, d)])
    for x0, x1, z0, z1 in openings:
        out.append([(x0, 0, z0), (x0, 0, z1), (x0, t, z1), (x0, t, z0)][::-1])
        out.append([(x1, 0, z0), (x1, t, z0), (x1, t, z1), (x1, 0, z1)][::-1])
        out.append([(x0, 0, z1), (x1, 0, z1), (x1, t, z1), (x0, t, z1)][::-1])
        if z0 > 1e-6:
            out.append([(x0, 0, z0), (x0, t, z0), (x1, t, z0), (x1, 0, z0)][::-1])
    out += [
        [(x0_m, t, 0), (x0_m, 0, 0), (x0_m, 0, height_m), (x0_m, t, height_m)],
        [(x1_m, 0, 0), (x1_m, t, 0), (x1_m, t, height_m), (x1_m, 0, height_m)],
        [(x0_m, 0, height_m), (x1_m, 0, height_m), (x1_m, t, height_m), (x0_m, t, height_m)],
    ]
    return quads(out)


def arched_wall(
    centres_m: Sequence[float], span_m: float, spring_m: float, height_m: float, thickness_m: float,
    x0_m: float, x1_m: float, rise: float = 1.0, base_m: float | None = None, steps: int = 24,
) -> Mesh:  # fmt: skip
    """Wall over a row of round arches.

    Args:
        centres_m: x of the arches. span_m: clear width. spring_m: where the arcs begin.
        rise: height of the arc over half the span; 1 is a half circle.
        base_m: foot of the piers between the openings; None: there are columns instead, and the wall starts at `spring_m`.
    """
    t, r = thickness_m, span_m / 2
    foot = spring_m if base_m is None else base_m
    angle = np.linspace(np.pi, 0, steps + 1)
    out, uvs, soffit = [], [], []
    edges = [x0_m]
    for centre in centres_m:
        edges += [centre - r, centre + r]
    edges.append(x1_m)
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        if b - a > 1e-6:
            out += [
                [(a, 0, foot), (b, 0, foot), (b, 0, height_m), (a, 0, height_m)],
                [(b, t, foot), (a, t, foot), (a, t, height_m), (b, t, height_m)],
            ]
            out += [
                [(a, t, foot), (a, 0, foot), (a, 0, spring_m), (a, t, spring_m)],
                [(b, 0, foot), (b, t, foot), (b, t, spring_m), (b, 0, spring_m)],
            ]
            out += [[(a, t, foot), (b, t, foot), (b, 0, foot), (a, 0, foot)]]
    for centre in centres_m:
        x, z = centre + r * np.cos(angle), spring_m + rise * r * np.sin(angle)
        for i in range(steps):
            out.append([(x[i], 0, z[i]), (x[i + 1], 0, z[i + 1]), (x[i + 1], 0, height_m), (x[i], 0, height_m)])
            out.append([(x[i + 1], t, z[i + 1]), (x[i], t, z[i]), (x[i], t, height_m), (x[i + 1], t, height_m)])
            soffit.append([(x[i], t, z[i]), (x[i + 1], t, z[i + 1]), (x[i + 1], 0, z[i + 1]), (x[i], 0, z[i])])
    out += [
        [(x0_m, t, foot), (x0_m, 0, foot), (x0_m, 0, height_m), (x0_m, t, height_m)],
        [(x1_m, 0, foot), (x1_m, t, foot), (x1_m, t, height_m), (x1_m, 0, height_m)],
        [(x0_m, 0, height_m), (x1_m, 0, height_m), (x1_m, t, height_m), (x0_m, t, height_m)],
    ]
    flat = np.asarray(out)
    uvs = np.where(np.abs(np.ptp(flat[..., 0], axis=1))[:, None] < 1e-6, flat[..., 1], flat[..., 0])
    face = quads(flat, np.stack([uvs, flat[..., 2]], -1))
    return join([face, quads(soffit)])


def archivolt(centre_m: float, span_m: float, spring_m: float, width_m: float, proud_m: float, rise: float = 1.0, steps: int = 28) -> Mesh:
    """Moulded band around an arch, standing `proud_m` before the wall's inner face: two fasciae and a roll."""
    section = np.array([(0, 0), (0, 0.6), (0.42, 0.6), (0.42, 0.8), (0.8, 0.8), (0.84, 1.0), (0.96, 1.0), (1.0, 0.8), (1.0, 0.0)])
    angle = np.linspace(np.pi, 0, steps + 1)
    r = span_m / 2 + section[:, 0] * width_m
    x = centre_m + np.cos(angle)[:, None] * r
    z = spring_m + np.sin(angle)[:, None] * (r + (rise - 1) * span_m / 2)
    y = np.broadcast_to(-section[:, 1] * proud_m, x.shape)
    p = np.stack([x, y, z], -1)
    out = [[p[i, j], p[i + 1, j], p[i + 1, j + 1], p[i, j + 1]] for i in range(steps) for j in range(len(section) - 1)]
    return quads(out)


def moulding(profile: ArrayLike, length_m: float) -> Mesh:
    """Straight moulding along x, centred, on the inner face of a wall.

    Args:
        profile: (N, 2) of how far it stands out from the wall and z, from bottom to top.
    """
    p = np.asarray(profile, np.float64)
    h = length_m / 2
    out = []
    for (d0, z0), (d1, z1) in itertools.pairwise(p):
        out.append([(-h, -d0, z0), (h, -d0, z0), (h, -d1, z1), (-h, -d1, z1)])
    mesh = quads(out)
    ends = []
    for side in (-h, h):
        for (d0, z0), (d1, z1) in itertools.pairwise(p):
            end = [(side, 0, z0), (side, -d0, z0), (side, -d1, z1), (side, 0, z1)]
            ends.append(end if side < 0 else end[::-1])
    return join([mesh, quads(ends)])


SKIRTING = ((0.018, 0.0), (0.018, 0.095), (0.014, 0.102), (0.012, 0.112), (0.006, 0.118), (0.0, 0.12))
CORNICE = (
    (0.0, -0.13),
    (0.012, -0.13),
    (0.014, -0.115),
    (0.03, -0.10),
    (0.05, -0.07),
    (0.085, -0.035),
    (0.11, -0.025),
    (0.112, -0.012),
    (0.125, -0.01),
    (0.125, 0.0),
)
DADO_RAIL = ((0.0, -0.03), (0.012, -0.028), (0.02, -0.012), (0.026, 0.0), (0.026, 0.012), (0.018, 0.02), (0.0, 0.024))


def coving(x_m: float, y_m: float, z_m: float, profile: ArrayLike = CORNICE, skip: str = "") -> list[Mesh]:
    """A moulding around a rectangular room about the origin, at height `z_m`; `skip` leaves out sides of "nesw"."""
    out = []
    for name, length, turn, dx, dy in (
        ("n", x_m, 0, 0, y_m / 2),
        ("w", y_m, 90, -x_m / 2, 0),
        ("s", x_m, 180, 0, -y_m / 2),
        ("e", y_m, -90, x_m / 2, 0),
    ):
        if name not in skip:
            out.append(moulding(np.asarray(profile) + np.array([0, z_m]), length).rotated("z", turn).moved(dx, dy))
    return out


# --- windows --------------------------------------------------------------------------------------------------


def window(opening: Opening, columns: int = 2, rows: int = 3, depth_m: float = 0.12, casement: bool = True) -> Mesh:
    """Frame, sashes and glazing bars in an opening, in the wall's frame. Panes are left out: clean glass hardly shows."""
    x0, x1, z0, z1 = opening
    w, h = x1 - x0, z1 - z0
    parts = []

    def bar(a: float, b: float, c: float, d: float, y: float, deep: float) -> None:
        parts.append(block(b - a, deep, d - c, 0.004).moved((a + b) / 2, y, c))

    f, y = 0.055, depth_m
    bar(x0, x0 + f, z0, z1, y, 0.08)
    bar(x1 - f, x1, z0, z1, y, 0.08)
    bar(x0 + f, x1 - f, z0, z0 + f, y, 0.08)
    bar(x0 + f, x1 - f, z1 - f, z1, y, 0.08)
    leaves = 2 if casement and w > 0.9 else 1
    inner = (w - 2 * f) / leaves
    s = 0.048
    for k in range(leaves):
        a, b = x0 + f + k * inner, x0 + f + (k + 1) * inner
        c, d = z0 + f, z1 - f
        bar(a + 0.003, a + s, c, d, y - 0.012, 0.055)
        bar(b - s, b - 0.003, c, d, y - 0.012, 0.055)
        bar(a + s, b - s, c + 0.003, c + s * 1.3, y - 0.012, 0.055)
        bar(a + s, b - s, d - s, d - 0.003, y - 0.012, 0.055)
        n = max(1, round(columns / leaves))
        for j in range(1, n):
            m = a + s + (b - a - 2 * s) * j / n
            bar(m - 0.012, m + 0.012, c + s, d - s, y - 0.012, 0.03)
        for j in range(1, rows):
            m = c + s + (d - c - 2 * s) * j / rows
            bar(a + s, b - s, m - 0.012, m + 0.012, y - 0.012, 0.03)
    if leaves == 2:  # espagnolette
        parts.append(block(0.018, 0.018, 0.11, 0.004).moved((x0 + x1) / 2, y - 0.05, z0 + 0.45 * h))
    return replace(join(parts), crease_deg=40.0)


def casing(opening: Opening, width_m: float = 0.085, sill: bool = True) -> Mesh:
    """Architrave around an opening on the wall's inner face, with a sill board below."""
    x0, x1, z0, z1 = opening
    w = width_m
    parts = []
    for x in (x0 - w / 2, x1 + w / 2):
        parts += [
            block(w, 0.02, z1 - z0 + w, 0.003).moved(x, -0.01, z0),
            block(w * 0.28, 0.034, z1 - z0 + w, 0.003).moved(x + np.sign(x - (x0 + x1) / 2) * w * 0.36, -0.017, z0),
        ]
    parts += [
        block(x1 - x0, 0.02, w, 0.003).moved((x0 + x1) / 2, -0.01, z1),
        block(x1 - x0 + 2 * w + 0.02, 0.036, w * 0.28, 0.003).moved((x0 + x1) / 2, -0.018, z1 + 0.72 * w),
    ]
    if sill:
        parts += [
            box(x1 - x0 + 2 * w + 0.08, 0.24, 0.035, 0.006, 2).moved((x0 + x1) / 2, 0.04, z0 - 0.035),
            block(x1 - x0 + 2 * w, 0.018, 0.07, 0.003).moved((x0 + x1) / 2, -0.009, z0 - 0.105),
        ]
    return replace(join(parts), crease_deg=40.0)


def blinds(opening: Opening, tilt_deg: float, drop: float = 1.0, depth_m: float = 0.05, pitch_m: float = 0.078) -> Mesh:
    """Venetian blind in an opening; `drop` 0 to 1 is how far it is let down."""
    x0, x1, z0, z1 = opening
    w = x1 - x0 - 0.03
    count = int((z1 - z0 - 0.08) * drop / pitch_m)
    x = (x0 + x1) / 2
    parts = [block(w, 0.05, 0.045, 0.004).moved(x, depth_m, z1 - 0.05)]
    for k in range(count):
        parts.append(block(w, 0.86 * pitch_m, 0.003).rotated("x", tilt_deg).moved(x, depth_m, z1 - 0.075 - k * pitch_m))
    parts.append(block(w, 0.04, 0.018, 0.004).moved(x, depth_m, z1 - 0.09 - count * pitch_m))
    for at in (0.16, 0.84):
        parts.append(
            block(0.003, 0.003, count * pitch_m + 0.05, 0.001).moved(x0 + 0.015 + at * w, depth_m - 0.026, z1 - 0.075 - count * pitch_m)
        )
    return replace(join(parts), crease_deg=40.0)


def curtain(width_m: float, height_m: float, folds: int, rng: np.random.Generator, gathered: float = 1.0) -> Mesh:
    """Hanging cloth along x, centred, its foot on z = 0: folds that widen and wander downwards. A single sheet."""
    u, v = np.meshgrid(np.linspace(0, 1, folds * 10 + 1), np.linspace(0, 1, 26))
    phase = rng.uniform(0, 2 * np.pi, 3)
    drift = 0.22 * np.sin(2 * np.pi * u + phase[0] + 1.2 * (1 - v)) * (1 - v)
    wave = 2 * np.pi * folds * u + 2.4 * drift + 0.6 * np.sin(5 * u + phase[1])
    depth = 0.5 * width_m / folds * (0.55 + 0.35 * (1 - v)) * (1 + 0.35 * np.sin(9.0 * u + phase[2])) * gathered
    x = (u - 0.5) * width_m * (1 + 0.05 * np.sin(np.pi * v + phase[1]) * (u - 0.5)) + 0.3 * depth * np.cos(wave) * 0.5
    y = depth * np.sin(wave)
    z = v * height_m
    p = np.stack([x, y, z], -1)
    arc = np.concatenate([np.zeros((len(p), 1)), np.cumsum(np.linalg.norm(np.diff(p, axis=1), axis=-1), 1)], 1)
    uv = np.stack([arc, z], -1)
    return Mesh(p.reshape(-1, 3).astype(np.float32), grid_faces(*u.shape), uv.reshape(-1, 2).astype(np.float32))


# --- floors ---------------------------------------------------------------------------------------------------


def slabs(
    centres_m: ArrayLike, size_m: ArrayLike, yaw_deg: ArrayLike, rng: np.random.Generator,
    chamfer_m: float = 0.002, thickness_m: float = 0.02, uneven_m: float = 0.0, spread_uv_m: float = 2.0,
) -> Mesh:  # fmt: skip
    """Boards, tiles or flagstones with chamfered edges, their tops about z = 0; ten triangles each.

    Args:
        centres_m: (N, 2). size_m: (2,) or (N, 2), x along the grain. yaw_deg: (N,) or a number.
        uneven_m: standard deviation of height. spread_uv_m: how far apart the pieces' textures are drawn.
    """
    c = np.asarray(centres_m, np.float64)
    n = len(c)
    half = np.broadcast_to(np.asarray(size_m, np.float64), (n, 2)) / 2
    turn = np.radians(np.broadcast_to(np.asarray(yaw_deg, np.float64), (n,)))
    sign = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], float)
    lift = rng.normal(0, uneven_m, (n, 1)) if uneven_m else np.zeros((n, 1))
    tilt = rng.normal(0, uneven_m * 0.4, (n, 1)) * sign[:, 0] + rng.normal(0, uneven_m * 0.4, (n, 1)) * sign[:, 1]

    def ring(inset: float, z: float) -> NDArray[np.float64]:
        local = sign[None] * (half[:, None] - inset)
        x = local[..., 0] * np.cos(turn)[:, None] - local[..., 1] * np.sin(turn)[:, None]
        y = local[..., 0] * np.sin(turn)[:, None] + local[..., 1] * np.cos(turn)[:, None]
        return np.stack([x + c[:, :1], y + c[:, 1:], z + lift + tilt], -1), local  # type: ignore[return-value]

    (top, uv_top), (edge, uv_edge), (foot, _) = ring(chamfer_m, 0.0), ring(0.0, -chamfer_m), ring(0.0, -thickness_m)  # type: ignore[misc]
    shift = rng.uniform(0, spread_uv_m, (n, 1, 2))
    faces, uvs = [top], [uv_top + shift]
    for k in range(4):
        j = (k + 1) % 4
        faces.append(np.stack([edge[:, k], edge[:, j], top[:, j], top[:, k]], 1))
        uvs.append(np.stack([uv_edge[:, k], uv_edge[:, j], uv_top[:, j], uv_top[:, k]], 1) + shift)
        faces.append(np.stack([foot[:, k], foot[:, j], edge[:, j], edge[:, k]], 1))
        uvs.append(np.stack([uv_edge[:, k], uv_edge[:, j], uv_edge[:, j], uv_edge[:, k]], 1) + shift)
    return quads(np.concatenate(faces), np.concatenate(uvs))


def boards(x_m: float, y_m: float, width_m: float, rng: np.random.Generator, along: str = "y") -> list[Mesh]:
    """Floorboards of random lengths over a rectangle about the origin, in three heaps for three shades."""
    length, across = (y_m, x_m) if along == "y" else (x_m, y_m)
    heaps: list[list[tuple[float, float, float]]] = [[], [], []]
    for row in range(int(np.ceil(across / width_m))):
        a = -length / 2 - rng.uniform(0, 1.6)
        while a < length / 2:
            b = a + rng.uniform(1.2, 2.4)
            lo, hi = max(a, -length / 2), min(b, length / 2)
            if hi - lo > 0.02:
                heaps[int(rng.integers(3))].append(((lo + hi) / 2, -across / 2 + (row + 0.5) * width_m, hi - lo))
            a = b
    out = []
    for heap in heaps:
        if not heap:
            continue
        h = np.array(heap)
        centres = h[:, :2] if along == "x" else np.stack([-h[:, 1], h[:, 0]], 1)
        size = np.stack([h[:, 2] - 0.0015, np.full(len(h), width_m - 0.0015)], 1)
        out.append(slabs(centres, size, 0.0 if along == "x" else 90.0, rng, 0.0012, 0.02))
    return out


def herringbone(x_m: float, y_m: float, width_m: float, length_m: float, rng: np.random.Generator) -> list[Mesh]:
    """Herringbone parquet over a rectangle about the origin, in three heaps for three shades. `length_m` is a multiple of `width_m`."""
    w, n = width_m, round(length_m / width_m)
    heaps: list[list[tuple[float, float, float]]] = [[], [], []]
    reach = int(np.hypot(x_m, y_m) / w) + 4 * n
    c, s = np.cos(np.pi / 4), np.sin(np.pi / 4)
    for i in range(-reach, reach):
        for k in range(-reach // (2 * n) - 1, reach // (2 * n) + 2):
            for turned in (0, 1):
                # a staircase of pairs: (i + k * n, i - k * n) steps in units of the width
                a, b = (i + 2 * n * k) * w, i * w
                cx, cy = (a + n * w / 2, b + w / 2) if not turned else (a + w / 2 + n * w, b + w - n * w / 2 + 0.0)
                x, y = c * cx - s * cy, s * cx + c * cy
                if abs(x) < x_m / 2 + length_m and abs(y) < y_m / 2 + length_m:
                    heaps[int(rng.integers(3))].append((x, y, 45.0 + 90.0 * turned))
    out = []
    for heap in heaps:
        h = np.array(heap)
        out.append(slabs(h[:, :2], (length_m - 0.001, w - 0.001), h[:, 2], rng, 0.001, 0.02))
    return out


def paving(
    x_m: float,
    y_m: float,
    sizes_m: tuple[float, float],
    rng: np.random.Generator,
    joint_m: float = 0.006,
    uneven_m: float = 0.0008,
    stagger: bool = True,
) -> list[Mesh]:
    """Flagstones in courses along x over a rectangle about the origin, in two heaps for two shades."""
    w, d = sizes_m
    heaps: list[list[tuple[float, float, float]]] = [[], []]
    for row in range(int(np.ceil(y_m / d))):
        x = -x_m / 2 - (rng.uniform(0, w) if stagger else 0.0)
        y = -y_m / 2 + (row + 0.5) * d
        while x < x_m / 2:
            length = w * (rng.uniform(0.75, 1.35) if stagger else 1.0)
            heaps[int(rng.random() < 0.4)].append((x + length / 2, y, length))
            x += length
    out = []
    for heap in heaps:
        if heap:
            h = np.array(heap)
            out.append(slabs(h[:, :2], np.stack([h[:, 2] - joint_m, np.full(len(h), d - joint_m)], 1), 0.0, rng, 0.004, 0.03, uneven_m))
    return out


# --- columns --------------------------------------------------------------------------------------------------


def column(height_m: float, radius_m: float, flutes: int = 0, order: str = "tuscan") -> list[Mesh]:
    """Classical column on z = 0: square plinth, base, shaft with entasis, capital with square abacus.

    Args:
        height_m: with base and capital. radius_m: of the shaft's foot. flutes: 0 for a plain shaft.
        order: "tuscan" (one torus) or "attic" (two tori and a hollow).
    """
    r = radius_m
    plinth_h, abacus_h = 0.42 * r, 0.34 * r
    plinth = box(2.9 * r, 2.9 * r, plinth_h, 0.012, 2)
    z = plinth_h

    def half_round(z0: float, h: float, r0: float, out: float) -> list[tuple[float, float]]:
        a = np.linspace(-np.pi / 2, np.pi / 2, 9)
        return [(r0 + out * np.cos(t), z0 + h / 2 + h / 2 * np.sin(t)) for t in a]

    base: list[tuple[float, float]] = [(0.0, z)]
    if order == "attic":
        base += half_round(z, 0.36 * r, 1.22 * r, 0.20 * r)
        z += 0.36 * r
        base += [(1.22 * r, z + 0.03 * r)]
        base += [(1.22 * r - 0.12 * r * np.sin(t), z + 0.05 * r + 0.18 * r * t / np.pi) for t in np.linspace(0, np.pi, 8)]
        z += 0.28 * r
        base += half_round(z, 0.22 * r, 1.10 * r, 0.12 * r)
        z += 0.22 * r
    else:
        base += half_round(z, 0.48 * r, 1.16 * r, 0.24 * r)
        z += 0.48 * r
    base += [(1.10 * r, z + 0.02 * r), (1.10 * r, z + 0.09 * r)]
    z += 0.10 * r
    top = height_m - abacus_h
    r1 = 0.84 * r
    shaft_end = top - 0.75 * r
    t = np.linspace(0, 1, 30)
    bulge = r + (r1 - r) * t**1.8
    shaft = [(rr, z + (shaft_end - z) * tt) for rr, tt in zip(bulge, t, strict=True)]
    apophyge = [(1.06 * r, z), (1.02 * r, z + 0.04 * r)]
    cap = [*half_round(shaft_end, 0.14 * r, r1, 0.08 * r), (r1, shaft_end + 0.18 * r), (r1, shaft_end + 0.40 * r)]
    cap += [(1.07 * r1, shaft_end + 0.41 * r), (1.07 * r1, shaft_end + 0.46 * r)]
    cap += [
        (1.07 * r1 + (1.30 * r - 1.07 * r1) * np.sin(a) ** 0.9, shaft_end + 0.46 * r + 0.29 * r * (1 - np.cos(a)))
        for a in np.linspace(0, np.pi / 2, 8)
    ]
    cap += [(0.0, top)]
    abacus = [
        box(2.62 * r, 2.62 * r, abacus_h * 0.72, 0.008, 2).moved(z=top),
        box(2.82 * r, 2.82 * r, abacus_h * 0.28, 0.006, 2).moved(z=top + 0.72 * abacus_h),
    ]

    def fluted(theta: NDArray[np.float32], p: NDArray[np.float32]) -> NDArray[np.float32]:
        along = np.clip((p[:, 1] - z) / (0.25 * r), 0, 1) * np.clip((shaft_end - p[:, 1]) / (0.25 * r), 0, 1)
        return (1 - 0.055 * np.sqrt(np.abs(np.sin(flutes / 2 * theta))) * np.sqrt(np.clip(along, 0, 1))).astype(np.float32)

    round_part = lathe(np.array(base + apophyge), 48).creased(50)
    body = lathe(np.array([(0.0, z), *shaft, (0.0, shaft_end)]), 12 * flutes if flutes else 56, fluted if flutes else None).creased(60)
    capital = lathe(np.array([(0.0, shaft_end), *cap]), 48).creased(50)
    return [plinth.creased(40), round_part, body, capital, *(a.creased(40) for a in abacus)]


def turned_rim(points: ArrayLike, radius_m: float, segments: int = 48) -> Mesh:
    """Lathe over a profile with rounded corners."""
    return lathe(filleted(points, radius_m, 3), segments).creased(45)


def window_lights(cells: ArrayLike, inset_m: float = 0.0) -> Mesh:
    """Rectangles (N, 4) of x0, x1, z0, z1 on y = `inset_m`, looking towards -y: lit windows of a facade as one mesh."""
    c = np.asarray(cells, float).reshape(-1, 4)
    y = np.full(len(c), inset_m)
    corner = lambda a, b: np.stack([c[:, a], y, c[:, b]], -1)  # noqa: E731
    return quads(np.stack([corner(0, 2), corner(1, 2), corner(1, 3), corner(0, 3)], 1))
