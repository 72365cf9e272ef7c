"""Triangle meshes as numpy arrays, and the solids that assets are made of.

Lengths are metres, z is up. Solids are watertight once vertices at equal positions are welded (seams of
texture coordinates keep duplicates), and their triangles turn anticlockwise seen from outside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.interpolate import CubicSpline

Floats = NDArray[np.floating]


LARGE = 60_000


@dataclass(frozen=True, eq=False)
class Mesh:
    """Indexed triangles.

    Attributes:
        vertices: (V, 3) float32, metres.
        faces: (F, 3) int32, indices into `vertices`.
        uv: (V, 2) float32, metres along the surface, so that a texture has its physical size.
        color: (V, 3) float32, linear Rec. 709 reflectance 0 to 1, or None where the material gives the colour.
        crease_deg: edges with a sharper dihedral angle are shaded as edges; 180 shades everything smoothly.
    """

    vertices: Floats
    faces: NDArray[np.int32]
    uv: Floats
    color: Floats | None = None
    crease_deg: float = 180.0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mesh):
            return NotImplemented
        mine, theirs = (m.color if m.color is not None else np.zeros(0) for m in (self, other))
        return (
            np.array_equal(self.vertices, other.vertices)
            and np.array_equal(self.faces, other.faces)
            and np.array_equal(self.uv, other.uv)
            and np.array_equal(mine, theirs)
        )

    __hash__ = None  # type: ignore[assignment]

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """Lowest and highest corner, (3,) each."""
        return self.vertices.min(0), self.vertices.max(0)

    def moved(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Mesh:
        return replace(self, vertices=self.vertices + np.array([x, y, z], np.float32))

    def scaled(self, x: float, y: float | None = None, z: float | None = None) -> Mesh:
        """Scales about the origin; one argument scales all axes. Texture coordinates keep their size for a uniform scale."""
        factors = np.array([x, x if y is None else y, x if z is None else z], np.float32)
        return replace(self, vertices=self.vertices * factors, uv=self.uv * np.float32(np.cbrt(np.prod(factors))))

    def rotated(self, axis: str, angle_deg: float) -> Mesh:
        """Rotates about the axis "x", "y" or "z" through the origin, anticlockwise seen from its tip."""
        return replace(self, vertices=self.vertices @ rotation(axis, angle_deg).T)

    def painted(self, color: ArrayLike) -> Mesh:
        """Gives every vertex a colour: (3,) or (V, 3), linear."""
        return replace(self, color=np.broadcast_to(np.asarray(color, np.float32), self.vertices.shape).copy())

    def creased(self, crease_deg: float) -> Mesh:
        return replace(self, crease_deg=crease_deg)

    def displaced(self, height_m: ArrayLike) -> Mesh:
        """Moves every vertex along its smooth normal by (V,) metres. Vertices at one position must get one height."""
        return replace(self, vertices=self.vertices + smooth_normals(self) * np.asarray(height_m, np.float32)[:, None])

    @cached_property
    def shaded(self) -> tuple[Mesh, Floats]:
        """`shading_corners` of this mesh, worked out once."""
        return shading_corners(self)

    @cached_property
    def level_mapped(self) -> Mesh:
        """Texture coordinates from above on level faces, where those of a turned solid would fan out; others as they are."""
        normals = face_normals(self)
        level = np.abs(normals[:, 2]) > 0.8 * np.maximum(np.linalg.norm(normals, axis=1), 1e-20)
        if not level.any() or level.all():
            return self
        return join([replace(self, faces=self.faces[~level]), box_mapped(replace(self, faces=self.faces[level]))])

    def is_watertight(self, tolerance_m: float = 1e-6) -> bool:
        """True if every edge is shared by two triangles that run along it in opposite directions."""
        ids = weld(self.vertices, tolerance_m)[self.faces]
        ids = ids[(ids[:, 0] != ids[:, 1]) & (ids[:, 1] != ids[:, 2]) & (ids[:, 2] != ids[:, 0])]
        edges = np.concatenate([ids[:, [0, 1]], ids[:, [1, 2]], ids[:, [2, 0]]]).astype(np.int64)
        n = ids.max() + 1
        forward, backward = edges[:, 0] * n + edges[:, 1], edges[:, 1] * n + edges[:, 0]
        keys, counts = np.unique(forward, return_counts=True)
        back_keys, back_counts = np.unique(backward, return_counts=True)
        return len(keys) == len(back_keys) and bool((keys == back_keys).all() and (counts == back_counts).all())

    @property
    def volume_m3(self) -> float:
        """Signed volume; positive for a watertight mesh whose triangles face outward."""
        a, b, c = (self.vertices[self.faces[:, k]].astype(np.float64) for k in range(3))
        return float((a * np.cross(b, c)).sum() / 6)


def rotation(axis: str, angle_deg: float) -> Floats:
    """Rotation matrix (3, 3) about "x", "y" or "z"."""
    i = "xyz".index(axis)
    j, k = (i + 1) % 3, (i + 2) % 3
    c, s = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    m = np.eye(3, dtype=np.float32)
    m[j, j], m[k, k], m[j, k], m[k, j] = c, c, -s, s
    return m


def weld(vertices: Floats, tolerance_m: float = 1e-6) -> NDArray[np.int64]:
    """Ids (V,) that are equal for vertices at one position."""
    quantised = np.round(vertices.astype(np.float64) / tolerance_m).astype(np.int64)
    return np.unique(quantised, axis=0, return_inverse=True)[1].reshape(-1)


def face_normals(mesh: Mesh) -> Floats:
    """(F, 3), length twice the triangle's area."""
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    return np.cross(b - a, c - a)


def smooth_normals(mesh: Mesh) -> Floats:
    """Unit normals (V, 3), area-weighted, equal for vertices at one position.

    Meshes of more than `LARGE` vertices (terrain) are taken to have no seams, for welding them would take seconds.
    """
    ids = weld(mesh.vertices) if len(mesh.vertices) <= LARGE else np.arange(len(mesh.vertices))
    total = np.zeros((ids.max() + 1, 3), np.float64)
    normals = face_normals(mesh)
    for k in range(3):
        for axis in range(3):
            total[:, axis] += np.bincount(ids[mesh.faces[:, k]], normals[:, axis], minlength=len(total))
    total /= np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-20)
    return total[ids].astype(np.float32)


def shading_corners(mesh: Mesh) -> tuple[Mesh, Floats]:
    """The mesh with vertices split along creases, and its shading normals (V', 3)."""
    if mesh.crease_deg >= 180 or (len(mesh.vertices) > LARGE and mesh.crease_deg > 0):
        return mesh, smooth_normals(mesh)
    normals = face_normals(mesh).astype(np.float64)
    unit = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-20)
    if mesh.crease_deg <= 0:
        corner = np.repeat(unit, 3, axis=0)
    else:
        ids = weld(mesh.vertices)[mesh.faces].reshape(-1)  # corner -> welded vertex
        face = np.repeat(np.arange(len(mesh.faces)), 3)
        order = np.argsort(ids, kind="stable")
        starts = np.searchsorted(ids[order], np.arange(ids.max() + 2))
        corner = np.zeros((len(ids), 3))
        cosine = np.cos(np.radians(mesh.crease_deg))
        degree = np.diff(starts)
        for d in np.unique(degree[degree > 0]):  # vertices grouped by valence, so that each group is one array
            members = order[starts[:-1][degree == d][:, None] + np.arange(d)]  # (G, d) corners
            u, n = unit[face[members]], normals[face[members]]
            near = np.einsum("gik,gjk->gij", u, u) >= cosine
            corner[members] = np.einsum("gij,gjk->gik", near, n)
        corner /= np.maximum(np.linalg.norm(corner, axis=1, keepdims=True), 1e-20)
    flat = mesh.faces.reshape(-1)
    split = Mesh(
        mesh.vertices[flat],
        np.arange(len(flat), dtype=np.int32).reshape(-1, 3),
        mesh.uv[flat],
        None if mesh.color is None else mesh.color[flat],
        180.0,
    )
    return split, corner.astype(np.float32)


def join(meshes: Sequence[Mesh]) -> Mesh:
    """One mesh of several. If one has colours, all need them."""
    offsets = np.cumsum([0] + [len(m.vertices) for m in meshes[:-1]])
    color = None if meshes[0].color is None else np.concatenate([m.color for m in meshes])  # type: ignore[misc]
    return Mesh(
        np.concatenate([m.vertices for m in meshes]),
        np.concatenate([m.faces + np.int32(o) for m, o in zip(meshes, offsets, strict=True)]),
        np.concatenate([m.uv for m in meshes]),
        color,
        min(m.crease_deg for m in meshes),
    )


def grid_faces(rows: int, columns: int) -> NDArray[np.int32]:
    """Two triangles per cell of a (rows, columns) vertex grid; normals along d/column x d/row."""
    i = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    a, b, c, d = i[:-1, :-1].ravel(), i[:-1, 1:].ravel(), i[1:, 1:].ravel(), i[1:, :-1].ravel()
    return np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])


def drop_degenerate(mesh: Mesh) -> Mesh:
    """Removes triangles with two corners at one position (at the poles of a lathe)."""
    ids = weld(mesh.vertices)[mesh.faces]
    keep = (ids[:, 0] != ids[:, 1]) & (ids[:, 1] != ids[:, 2]) & (ids[:, 2] != ids[:, 0])
    return replace(mesh, faces=mesh.faces[keep])


def flipped(mesh: Mesh) -> Mesh:
    return replace(mesh, faces=np.ascontiguousarray(mesh.faces[:, ::-1]))


# --- profiles -------------------------------------------------------------------------------------------------


def filleted(points: ArrayLike, radius_m: float | Sequence[float], steps: int = 5, closed: bool = False) -> Floats:
    """Rounds the corners of a polyline (N, 2) by arcs; a corner's radius shrinks where its edges are short.

    Args:
        radius_m: one radius, or one per point; ends of an open line stay.
        steps: segments per arc.
    """
    p = np.asarray(points, np.float64)
    n = len(p)
    radii = np.broadcast_to(np.asarray(radius_m, np.float64), (n,))
    out: list[NDArray[np.float64]] = []
    for i in range(n):
        if (not closed and i in (0, n - 1)) or radii[i] <= 0:
            out.append(p[i])
            continue
        before, after = p[i - 1] - p[i], p[(i + 1) % n] - p[i]
        la, lb = np.linalg.norm(before), np.linalg.norm(after)
        if la < 1e-9 or lb < 1e-9:
            out.append(p[i])
            continue
        before, after = before / la, after / lb
        half = np.arccos(np.clip(before @ after, -1, 1)) / 2
        if half > np.pi / 2 - 0.02:
            out.append(p[i])
            continue
        cut = min(radii[i] / np.tan(half), 0.48 * la, 0.48 * lb)
        radius = cut * np.tan(half)
        bisector = (before + after) / np.linalg.norm(before + after)
        centre = p[i] + bisector * radius / np.sin(half)
        start, end = p[i] + before * cut - centre, p[i] + after * cut - centre
        angle = np.arctan2(start[0] * end[1] - start[1] * end[0], start @ end)
        for t in np.linspace(0, angle, steps + 1):
            c, s = np.cos(t), np.sin(t)
            out.append(centre + np.array([c * start[0] - s * start[1], s * start[0] + c * start[1]]))
    return np.asarray(out, np.float32)


def spline(points: ArrayLike, samples: int, closed: bool = False) -> Floats:
    """Smooth curve (samples, D) through points (N, D): a cubic spline over centripetal knots.

    A closed curve does not repeat its first point.
    """
    p = np.asarray(points, np.float64)
    if closed:
        p = np.concatenate([p, p[:1]])
    knots = np.concatenate([[0.0], np.cumsum(np.maximum(np.linalg.norm(np.diff(p, axis=0), axis=1), 1e-9) ** 0.5)])
    curve = CubicSpline(knots, p, bc_type="periodic" if closed else "natural")
    return curve(np.linspace(0, knots[-1], samples, endpoint=not closed)).astype(np.float32)


# --- solids ---------------------------------------------------------------------------------------------------


def lathe(profile: ArrayLike, segments: int = 64, squash: Callable[[Floats, Floats], Floats] | None = None) -> Mesh:
    """Solid of revolution about z.

    Args:
        profile: (N, 2) of radius and z, anticlockwise in the (r, z) half plane: from the bottom centre out, up, and
            back to the axis. If it starts and ends on the axis the solid is closed; a ring (torus, bead) repeats its first point.
        squash: maps angle (M,) and profile points (M, 2) to a factor on the radius, for flutes, facets, waves.
    """
    p = np.asarray(profile, np.float32)
    theta = np.linspace(0, 2 * np.pi, segments + 1, dtype=np.float32)
    theta_grid, r = np.meshgrid(theta, p[:, 0])
    z = np.repeat(p[:, 1:2], segments + 1, 1)
    if squash is not None:
        pairs = np.stack([r, z], -1).reshape(-1, 2)
        r = r * squash(theta_grid.ravel() % np.float32(2 * np.pi), pairs).reshape(r.shape)
        r[:, -1] = r[:, 0]
    vertices = np.stack([r * np.cos(theta_grid), r * np.sin(theta_grid), z], -1)
    vertices[:, -1] = vertices[:, 0]
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=1))]).astype(np.float32)
    reference = np.float32(max(p[:, 0].max() * 0.8, 1e-4))
    uv = np.stack([theta_grid * reference, np.repeat(along[:, None], segments + 1, 1)], -1)
    return drop_degenerate(Mesh(vertices.reshape(-1, 3), grid_faces(len(p), segments + 1), uv.reshape(-1, 2).astype(np.float32)))


def shell_profile(outer: ArrayLike, wall_m: float, floor_m: float | None = None) -> Floats:
    """Closed lathe profile of an open vessel: outer wall up, a rounded rim, inner wall down at `wall_m` distance.

    Args:
        outer: (N, 2) radius and z of the outside, from the bottom centre (0, 0) to the rim.
        floor_m: thickness of the bottom; None: the wall's.
    """
    p = np.asarray(outer, np.float64)
    floor_m = wall_m if floor_m is None else floor_m
    d = np.gradient(p, axis=0)
    d /= np.maximum(np.linalg.norm(d, axis=1, keepdims=True), 1e-12)
    inner = p + np.stack([-d[:, 1], d[:, 0]], 1) * wall_m
    inner[:, 0] = np.minimum(np.maximum(inner[:, 0], 0), p[:, 0].max())
    inner[:, 1] = np.maximum(inner[:, 1], floor_m)
    inner = inner[(inner[:, 0] < p[:, 0] + 1e-9) | (p[:, 0] > wall_m)]
    inner[0] = (0, floor_m)
    keep = [0]
    for i in range(1, len(inner)):  # drop folds that the offset makes in tight corners
        if (inner[i] - inner[keep[-1]]) @ d[min(i, len(d) - 1)] > 1e-7:
            keep.append(i)
    inner = inner[keep]
    tip, centre = p[-1], (p[-1] + inner[-1]) / 2
    arm = tip - centre
    rim = [
        centre + np.array([np.cos(t) * arm[0] - np.sin(t) * arm[1], np.sin(t) * arm[0] + np.cos(t) * arm[1]])
        for t in np.linspace(0, np.pi, 7)[1:-1]
    ]
    return np.concatenate([p, np.array(rim), inner[::-1]]).astype(np.float32)


def cylinder(radius_m: float, height_m: float, bevel_m: float = 0.001, segments: int = 64) -> Mesh:
    """Upright cylinder on z = 0 with rounded edges."""
    corners = [(0, 0), (radius_m, 0), (radius_m, height_m), (0, height_m)]
    return lathe(_dense(filleted(corners, bevel_m, 4)), segments)


def cone(radius_m: float, height_m: float, bevel_m: float = 0.001, segments: int = 64) -> Mesh:
    """Upright cone on z = 0; the tip is rounded by a sphere of about `bevel_m`."""
    tip = bevel_m * 0.5
    return lathe(_dense(filleted([(0, 0), (radius_m, 0), (tip, height_m), (0, height_m)], [0, bevel_m, tip, 0], 4)), segments)


def sphere(radius_m: float, segments: int = 64) -> Mesh:
    """Sphere about the origin."""
    t = np.linspace(-np.pi / 2, np.pi / 2, segments // 2 + 1)
    p = np.stack([np.cos(t), np.sin(t)], 1) * radius_m
    p[0, 0] = p[-1, 0] = 0
    return lathe(p, segments)


def torus(major_m: float, minor_m: float, segments: int = 72, ring_segments: int = 32) -> Mesh:
    """Lying torus about the origin; `major_m` to the centre of the tube."""
    t = np.linspace(0, 2 * np.pi, ring_segments + 1)
    p = np.stack([major_m + minor_m * np.cos(t), minor_m * np.sin(t)], 1)
    p[-1] = p[0]
    return lathe(p, segments)


def ball(resolution: int = 24) -> Mesh:
    """Unit sphere from a cube of resolution^2 quads a side: even triangles, no poles, for displacement into organic shapes.

    uv is (longitude, latitude) scaled to arc length at the equator. `vertices` are unit directions.
    """
    t = np.tan(np.linspace(-np.pi / 4, np.pi / 4, resolution + 1))
    a, b = np.meshgrid(t, t)
    sides = []
    one = np.ones_like(a)
    for axis in range(3):
        for sign in (1.0, -1.0):
            v = np.empty(a.shape + (3,))
            v[..., axis] = sign * one
            v[..., (axis + 1) % 3] = a if sign > 0 else -a
            v[..., (axis + 2) % 3] = b
            sides.append(v.reshape(-1, 3))
    faces = np.concatenate([grid_faces(resolution + 1, resolution + 1) + k * (resolution + 1) ** 2 for k in range(6)])
    v = np.concatenate(sides)
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    v = np.round(v, 9).astype(np.float32)
    uv = np.stack([np.arctan2(v[:, 1], v[:, 0]), np.arcsin(np.clip(v[:, 2], -1, 1))], 1)
    return Mesh(v, faces.astype(np.int32), uv.astype(np.float32))


def blob(radius: Callable[[Floats], Floats], resolution: int = 24) -> Mesh:
    """Star-shaped solid about the origin: `radius` maps unit directions (V, 3) to metres (V,)."""
    unit = ball(resolution)
    r = np.asarray(radius(unit.vertices), np.float32)
    return replace(unit, vertices=unit.vertices * r[:, None], uv=unit.uv * np.float32(r.mean()))


def box(x_m: float, y_m: float, z_m: float, bevel_m: float = 0.002, steps: int = 3, resolution: int = 1) -> Mesh:
    """Box of full sizes standing on z = 0, centred in x and y, edges rounded by `bevel_m`; without a bevel they are shaded as edges.

    Args:
        resolution: quads along each flat, for displacement.
    """
    half = np.array([x_m, y_m, z_m]) / 2
    bevel_m = min(bevel_m, 0.49 * min(x_m, y_m, z_m))
    arc = np.tan(np.linspace(-np.pi / 4, 0, steps + 1))
    sides, faces, uvs, count = [], [], [], 0
    for axis in range(3):
        u_axis, v_axis = (axis + 1) % 3, (axis + 2) % 3
        for sign in (1.0, -1.0):
            # each coordinate: (inner anchor, direction), so that the corner patches round like a sphere
            lines = []
            for k in (u_axis, v_axis):
                inner = half[k] - bevel_m
                flat = np.linspace(-inner, inner, resolution + 1)
                anchor = np.concatenate([np.full(steps, -inner), flat, np.full(steps, inner)])
                direction = np.concatenate([arc[:-1], np.zeros(resolution + 1), -arc[:-1][::-1]])
                lines.append((anchor, direction))
            (au, du), (av, dv) = lines
            anchor = np.zeros((len(av), len(au), 3))
            direction = np.zeros_like(anchor)
            anchor[..., u_axis], anchor[..., v_axis] = np.meshgrid(au, av)
            direction[..., u_axis], direction[..., v_axis] = np.meshgrid(du, dv)
            anchor[..., axis] = sign * (half[axis] - bevel_m)
            direction[..., axis] = sign
            direction /= np.linalg.norm(direction, axis=-1, keepdims=True)
            p = anchor + direction * bevel_m
            f = grid_faces(len(av), len(au))
            sides.append(p.reshape(-1, 3))
            uvs.append(np.stack([p[..., u_axis], p[..., v_axis]], -1).reshape(-1, 2))
            faces.append((f if sign > 0 else f[:, ::-1]) + count)
            count += len(sides[-1])
    v = np.round(np.concatenate(sides) + [0, 0, half[2]], 9)
    mesh = Mesh(v.astype(np.float32), np.concatenate(faces).astype(np.int32), np.concatenate(uvs).astype(np.float32))
    return mesh if bevel_m > 0 else drop_degenerate(mesh).creased(40.0)


def tube(path: ArrayLike, radius_m: ArrayLike, segments: int = 20, closed: bool = False, caps: int = 4) -> Mesh:
    """Tube along a path (N, 3) with radius (N,) or a number; ends are rounded with `caps` rings each.

    The frame is parallel-transported, so the tube does not twist.
    """
    p = np.asarray(path, np.float64)
    r = np.broadcast_to(np.asarray(radius_m, np.float64), (len(p),)).copy()
    d = np.roll(p, -1, 0) - np.roll(p, 1, 0) if closed else np.gradient(p, axis=0)
    d /= np.linalg.norm(d, axis=1, keepdims=True)
    if not closed and caps:
        t = np.linspace(np.pi / 2, 0, caps + 1)[:-1]
        head = [(p[0] - d[0] * r[0] * np.sin(a), r[0] * np.cos(a), d[0]) for a in t]
        tail = [(p[-1] + d[-1] * r[-1] * np.sin(a), r[-1] * np.cos(a), d[-1]) for a in t[::-1]]
        p = np.concatenate([[h[0] for h in head], p, [h[0] for h in tail]])
        r = np.concatenate([[h[1] for h in head], r, [h[1] for h in tail]])
        d = np.concatenate([[h[2] for h in head], d, [h[2] for h in tail]])
        r[0] = r[-1] = 0.0
    elif not closed:
        p = np.concatenate([p[:1], p, p[-1:]])
        r = np.concatenate([[0.0], r, [0.0]])
        d = np.concatenate([d[:1], d, d[-1:]])
    normal = np.cross(d[0], [0.0, 0.0, 1.0])
    if np.linalg.norm(normal) < 1e-3:
        normal = np.cross(d[0], [0.0, 1.0, 0.0])
    normal /= np.linalg.norm(normal)
    normals = []
    for tangent in d:
        normal = normal - tangent * (normal @ tangent)
        normal /= np.linalg.norm(normal)
        normals.append(normal)
    n = np.asarray(normals)
    b = np.cross(d, n)
    if closed:  # spread the twist that a closed path accumulates over its length
        last = normals[-1] - d[0] * (normals[-1] @ d[0])
        twist = np.arctan2(last @ b[0], last @ n[0])
        angle = -twist * np.arange(len(p)) / len(p)
        n, b = n * np.cos(angle)[:, None] + b * np.sin(angle)[:, None], b * np.cos(angle)[:, None] - n * np.sin(angle)[:, None]
    theta = np.linspace(0, 2 * np.pi, segments + 1)
    ring = n[:, None] * np.cos(theta)[None, :, None] + b[:, None] * np.sin(theta)[None, :, None]
    v = p[:, None] + ring * r[:, None, None]
    v[:, -1] = v[:, 0]
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=1))])
    uv = np.stack(np.broadcast_arrays(theta[None] * max(r.mean(), 1e-4), along[:, None]), -1)
    if closed:
        v = np.concatenate([v, v[:1]])
        uv = np.concatenate([uv, uv[:1] + [0, along[-1]]])
    v = np.round(v, 9)
    mesh = Mesh(v.reshape(-1, 3).astype(np.float32), grid_faces(len(v), segments + 1), uv.reshape(-1, 2).astype(np.float32))
    return drop_degenerate(mesh)


def extrude(outline: ArrayLike, height_m: float, bevel_m: float = 0.0, steps: int = 3) -> Mesh:
    """Prism over a simple polygon (N, 2), anticlockwise, on z = 0; top and bottom edges rounded by `bevel_m`.

    The bevel insets the outline along its vertex normals: keep it small against the shortest edge. Crease angle 40.
    """
    p = np.asarray(outline, np.float64)
    forward, backward = np.roll(p, -1, 0) - p, p - np.roll(p, 1, 0)
    na, nb = (np.stack([e[:, 1], -e[:, 0]], 1) / np.linalg.norm(e, axis=1, keepdims=True) for e in (forward, backward))
    out = na + nb
    out /= np.maximum((out * na).sum(1, keepdims=True), 0.3)  # miter
    rings = []
    if bevel_m > 0:
        for a in np.linspace(np.pi / 2, 0, steps + 1):
            rings.append((p - out * bevel_m * (1 - np.cos(a)), bevel_m * (1 - np.sin(a))))
        rings += [(ring, height_m - z) for ring, z in rings[::-1]]
    else:
        rings = [(p, 0.0), (p, height_m)]
    n = len(p)
    v = np.concatenate([np.concatenate([ring, np.full((n, 1), z)], 1) for ring, z in rings])
    perimeter = np.concatenate([[0], np.cumsum(np.linalg.norm(forward, axis=1))])[:n]
    uv = np.concatenate([np.stack([perimeter, np.full(n, z)], 1) for _, z in rings])
    i = np.arange(n)
    j = (i + 1) % n
    faces = []
    for k in range(len(rings) - 1):
        a, b, c, d = k * n + i, k * n + j, (k + 1) * n + j, (k + 1) * n + i
        faces += [np.stack([a, b, c], 1), np.stack([a, c, d], 1)]
    cap = triangulate(rings[-1][0])
    count = len(v)
    v = np.concatenate([v, v[-n:], v[:n]])
    uv = np.concatenate([uv, v[-2 * n :, :2]])
    faces += [cap + count, cap[:, ::-1] + count + n]
    return Mesh(np.round(v, 9).astype(np.float32), np.concatenate(faces).astype(np.int32), uv.astype(np.float32), crease_deg=40.0)


def triangulate(polygon: ArrayLike) -> NDArray[np.int32]:
    """Ear clipping of a simple anticlockwise polygon (N, 2) into (N - 2, 3) indices."""
    p = np.asarray(polygon, np.float64)
    left = list(range(len(p)))
    out = []
    while len(left) > 3:
        best, best_area = None, 0.0
        for k in range(len(left)):
            ia, ib, ic = left[k - 1], left[k], left[(k + 1) % len(left)]
            a, b, c = p[ia], p[ib], p[ic]
            area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
            if area <= best_area:
                continue
            others = p[[m for m in left if m not in (ia, ib, ic)]]
            side = [(v[0] - u[0]) * (others[:, 1] - u[1]) - (v[1] - u[1]) * (others[:, 0] - u[0]) for u, v in ((a, b), (b, c), (c, a))]
            if ((side[0] >= 0) & (side[1] >= 0) & (side[2] >= 0)).any():
                continue
            best, best_area = k, area
            if len(left) > 80:
                break
        if best is None:
            best = 0
        out.append((left[best - 1], left[best], left[(best + 1) % len(left)]))
        del left[best]
    out.append(tuple(left))
    return np.asarray(out, np.int32)


def sheet(surface: ArrayLike, thickness_m: ArrayLike) -> Mesh:
    """Closed thin solid around a surface grid (R, C, 3): leaf, petal, cloth, slice. Thickness: a number or (R, C)."""
    p = np.asarray(surface, np.float64)
    rows, columns = p.shape[:2]
    du, dv = np.gradient(p, axis=1), np.gradient(p, axis=0)
    n = np.cross(du, dv)
    n /= np.maximum(np.linalg.norm(n, axis=-1, keepdims=True), 1e-12)
    half = np.broadcast_to(np.asarray(thickness_m, np.float64), (rows, columns))[..., None] / 2
    top, bottom = p + n * half, p - n * half
    v = np.concatenate([top.reshape(-1, 3), bottom.reshape(-1, 3)])
    f = grid_faces(rows, columns)
    index = np.arange(rows * columns).reshape(rows, columns)
    rim = np.concatenate([index[0, :-1], index[:-1, -1], index[-1, :0:-1], index[:0:-1, 0]])
    nxt = np.roll(rim, -1)
    m = rows * columns
    side = np.concatenate([np.stack([rim, rim + m, nxt + m], 1), np.stack([rim, nxt + m, nxt], 1)])
    arc_u = np.concatenate([np.zeros((rows, 1)), np.cumsum(np.linalg.norm(np.diff(p, axis=1), axis=-1), 1)], 1)
    arc_v = np.concatenate([np.zeros((1, columns)), np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=-1), 0)], 0)
    uv = np.stack([arc_u, arc_v], -1).reshape(-1, 2)
    mesh = Mesh(
        np.round(v, 9).astype(np.float32),
        np.concatenate([f, f[:, ::-1] + m, side]).astype(np.int32),
        np.concatenate([uv, uv]).astype(np.float32),
    )
    return replace(drop_degenerate(mesh), crease_deg=60.0)


def heightfield_block(height_m: ArrayLike, size_m: tuple[float, float], base_m: float) -> Mesh:
    """Closed block with a height map (R, C) on top, centred at the origin, flat underneath at z = base_m. Rows run along +y."""
    h = np.asarray(height_m, np.float64)
    rows, columns = h.shape
    x, y = np.meshgrid(np.linspace(-size_m[0] / 2, size_m[0] / 2, columns), np.linspace(-size_m[1] / 2, size_m[1] / 2, rows))
    top = np.stack([x, y, h], -1).reshape(-1, 3)
    index = np.arange(rows * columns).reshape(rows, columns)
    rim = np.concatenate([index[0, :-1], index[:-1, -1], index[-1, :0:-1], index[:0:-1, 0]])
    low = top[rim].copy()
    low[:, 2] = base_m
    m, k = len(top), len(rim)
    i = np.arange(k)
    j = (i + 1) % k
    side = np.concatenate([np.stack([rim[i], m + i, m + j], 1), np.stack([rim[i], m + j, rim[j]], 1)])
    centre = np.array([[0.0, 0.0, base_m]])
    fan = np.stack([np.full(k, m + k), m + j, m + i], 1)
    v = np.concatenate([top, low, centre])
    faces = np.concatenate([grid_faces(rows, columns), side, fan])
    return Mesh(v.astype(np.float32), faces.astype(np.int32), v[:, :2].astype(np.float32), crease_deg=70.0)


def box_mapped(mesh: Mesh) -> Mesh:
    """Texture coordinates by projecting each triangle along its dominant axis, in metres; splits vertices at the seams."""
    axis = np.abs(face_normals(mesh)).argmax(1)
    corner_axis = np.repeat(axis, 3)
    key = mesh.faces.reshape(-1).astype(np.int64) * 3 + corner_axis
    unique, inverse = np.unique(key, return_inverse=True)
    source, which = unique // 3, unique % 3
    v = mesh.vertices[source]
    rows = np.arange(len(v))
    uv = np.stack([v[rows, (which + 1) % 3], v[rows, (which + 2) % 3]], 1)
    return replace(
        mesh,
        vertices=v,
        faces=inverse.reshape(-1, 3).astype(np.int32),
        uv=uv.astype(np.float32),
        color=None if mesh.color is None else mesh.color[source],
    )


def _dense(profile: Floats, longest: int = 12) -> Floats:
    """Adds points along long straight runs of a profile, so that textures and shading normals stay even."""
    step = max(np.linalg.norm(np.diff(profile, axis=0), axis=1).max() / longest, 1e-5)
    out = [profile[:1]]
    for a, b in pairwise(profile):
        n = max(1, int(np.ceil(np.linalg.norm(b - a) / step)))
        out.append(a + (b - a) * (np.arange(1, n + 1) / n)[:, None])
    return np.concatenate(out).astype(np.float32)
