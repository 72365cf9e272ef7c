"""What a potter, a glass blower and a turner make: profiles, hollow shells of real thickness, and parts swept along a path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from pochade.world.asset import Cavity
from pochade.world.mesh import Floats, Mesh, drop_degenerate, filleted, flipped, grid_faces, lathe, sheet, spline

Squash = Callable[[Floats, Floats], Floats]

# --- profiles: polylines (N, 2) of radius and z ---------------------------------------------------------------


def joined(first: ArrayLike, second: ArrayLike, corner_m: float, steps: int = 6) -> Floats:
    """Two polylines of which the first ends where the second begins, their corner rounded over `corner_m` of arc length."""
    a, b = np.asarray(first, np.float64)[::-1], np.asarray(second, np.float64)
    lengths = [np.linalg.norm(np.diff(line, axis=0), axis=1) for line in (a, b)]
    cut = min(corner_m, 0.9 * lengths[0].sum(), 0.9 * lengths[1].sum())
    kept = []
    for line, length in ((a, lengths[0]), (b, lengths[1])):
        along = np.concatenate([[0.0], np.cumsum(length)])
        start = np.array([np.interp(cut, along, line[:, k]) for k in range(2)])
        kept.append(np.concatenate([start[None], line[along > cut + 1e-9]]))
    t = np.linspace(0, 1, steps + 1)[1:-1, None]
    arc = (1 - t) ** 2 * kept[0][0] + 2 * t * (1 - t) * b[0] + t**2 * kept[1][0]
    return np.concatenate([kept[0][::-1], arc, kept[1]]).astype(np.float32)


def grounded(wall: ArrayLike, bevel_m: float = 0.002, punt_m: float = 0.0015) -> Floats:
    """Puts a bottom under a wall that starts at (radius, 0): it stands on a ring, hollowed by `punt_m` in the middle."""
    p = np.asarray(wall, np.float64)
    r = p[0, 0]
    bottom = filleted([(0, punt_m), (0.5 * r, punt_m), (0.84 * r, 0.0), (r, 0.0)], [0, 0.2 * r, 0.08 * r, 0], 5)
    outline = joined(bottom, p, bevel_m, 5)
    outline[:, 1] -= outline[:, 1].min()
    return outline


def simplified(line: ArrayLike, turn_deg: float = 7.0, longest_m: float = 0.016) -> Floats:
    """Keeps a point of a dense polyline wherever it has turned by `turn_deg` or run for `longest_m` since the last; and the lowest."""
    p = np.asarray(line, np.float64)
    d = np.diff(p, axis=0)
    step = np.linalg.norm(d, axis=1)
    heading = np.arctan2(d[:, 1], d[:, 0])
    turn = np.abs((np.diff(heading) + np.pi) % (2 * np.pi) - np.pi)
    lowest = int(p[:, 1].argmin())
    keep, turned, run = [0], 0.0, 0.0
    for i in range(1, len(p) - 1):
        run += step[i - 1]
        turned += turn[i - 1]
        ahead = turn[i] if i < len(turn) else 0.0
        if (
            i == lowest
            or turned + 0.5 * ahead > np.radians(turn_deg)
            or run > longest_m
            or (turned > np.radians(0.35 * turn_deg) and run > 0.4 * longest_m)
        ):
            keep.append(i)
            turned, run = 0.0, 0.0
    return p[[*keep, len(p) - 1]].astype(np.float32)


Element = tuple[Any, ...]


def turned(elements: Sequence[Element], bottom_hollow_m: float = 0.0015, edge_m: float = 0.0007) -> Floats:
    """Outside of a turned piece from stacked elements, from the bottom centre to the top centre, edges broken by `edge_m`.

    Args:
        elements: from bottom to top, lengths in metres: ("line", r0, r1, h) a straight side; ("bead", r0, r1, h) a half round
            from r0 out to r1 and back; ("cove", r0, r1, h) a hollow quarter from r0 to r1; ("curve", h, (r, share of h), ...) a spline.
    """
    points: list[tuple[float, float]] = []
    z = 0.0
    for kind, *rest in elements:
        if kind == "curve":
            h = rest[0]
            piece = spline(np.array(rest[1:]) * [1, h], 40)
        else:
            r0, r1, h = rest
            if kind == "line":
                piece = np.array([(r0, 0), (r1, h)])
            elif kind == "bead":
                t = np.linspace(-np.pi / 2, np.pi / 2, 11)
                piece = np.stack([r0 + (r1 - r0) * np.cos(t), h / 2 * (1 + np.sin(t))], 1)
            elif kind == "cove":
                t = np.linspace(0, np.pi / 2, 9)
                piece = np.stack(
                    [r0 + (r1 - r0) * np.sin(t), h * (1 - np.cos(t))] if r1 < r0 else [r0 + (r1 - r0) * (1 - np.cos(t)), h * np.sin(t)],
                    1,
                )  # fmt: skip
            else:
                raise ValueError(f"element {kind!r}: use line, bead, cove or curve")
        points += [(float(r), float(z + dz)) for r, dz in piece]
        z += h
    r0 = points[0][0]
    p = np.array([(0, bottom_hollow_m), (0.8 * r0, bottom_hollow_m), (0.86 * r0, 0), *points, (0, z)], np.float64)
    p = p[np.concatenate([[True], np.linalg.norm(np.diff(p, axis=0), axis=1) > 1e-6])]
    d = np.diff(p, axis=0)
    heading = np.arctan2(d[:, 1], d[:, 0])
    turn = np.abs((np.diff(heading) + np.pi) % (2 * np.pi) - np.pi)
    radii = np.concatenate([[0], np.where(turn > np.radians(22), edge_m, 0.0), [0]])
    p = simplified(filleted(p, radii.tolist(), 2), 12, 0.04)
    p[[0, -1], 0] = 0
    return p


def ring_profile(p: ArrayLike) -> Floats:
    """Closes a section by repeating its first point, without repeated points in between."""
    q = np.asarray(p, np.float64)
    q = q[np.concatenate([[True], np.linalg.norm(np.diff(q, axis=0), axis=1) > 1e-7])]
    if np.linalg.norm(q[0] - q[-1]) > 1e-7:
        q = np.concatenate([q, q[:1]])
    return q.astype(np.float32)


def dense(line: ArrayLike, step_m: float) -> np.ndarray:
    """The polyline (N, 2) without repeated points, and with points added so that no step is longer than `step_m`."""
    p = np.asarray(line, np.float64)
    p = p[np.concatenate([[True], np.linalg.norm(np.diff(p, axis=0), axis=1) > 1e-8])]
    out = [p[:1]]
    for a, b in pairwise(p):
        n = max(1, int(np.ceil(np.linalg.norm(b - a) / step_m)))
        out.append(a + (b - a) * (np.arange(1, n + 1) / n)[:, None])
    return np.concatenate(out)


def _directions(p: np.ndarray) -> np.ndarray:
    d = np.gradient(p, axis=0)
    return d / np.maximum(np.linalg.norm(d, axis=1, keepdims=True), 1e-12)


@dataclass(frozen=True, eq=False)
class Shell:
    """Half section of a hollow turned vessel.

    Attributes:
        outer: from the bottom centre to the outer edge of the lip.
        inner: from the centre of the inner floor to the inner edge of the lip.
        profile: the closed section, for `lathe`.
    """

    outer: Floats
    inner: Floats
    profile: Floats

    def mesh(self, segments: int = 72, squash: Squash | None = None) -> Mesh:
        return lathe(self.profile, segments, squash)

    @property
    def rim_m(self) -> float:
        return float(self.profile[:, 1].max())

    def outer_at(self, z_m: float) -> tuple[np.ndarray, np.ndarray]:
        """Point (r, z) of the outside highest up the wall at a height, and its outward normal."""
        p = dense(self.outer, 0.0005)
        i = int(np.flatnonzero((p[:-1, 1] - z_m) * (p[1:, 1] - z_m) <= 0)[-1])
        d = p[min(i + 3, len(p) - 1)] - p[max(i - 3, 0)]
        return np.array([p[i, 0], z_m]), np.array([d[1], -d[0]]) / np.linalg.norm(d)

    def inner_radius_at(self, z_m: float) -> float:
        """Inner radius at a height; outside the inner wall's range that of its nearer end."""
        rising = self.inner[np.concatenate([[True], np.diff(np.maximum.accumulate(self.inner[:, 1])) > 0])]
        return float(np.interp(z_m, rising[:, 1], rising[:, 0]))

    def cavity(self, level: float = 0.3) -> Cavity:
        """Room inside: the inner floor, the lip, and the radius that is free from `level` (a share of the depth) upwards."""
        floor_m = float(self.inner[0, 1])
        heights = floor_m + (self.rim_m - floor_m) * np.linspace(level, 1, 24)
        return Cavity(min(self.inner_radius_at(z) for z in heights), floor_m, self.rim_m)

    def liquid(self, level_m: float, overlap_m: float = 0.00015, segments: int = 72) -> Mesh:
        """What fills the vessel up to `level_m`; reaches `overlap_m` into the wall, so that no film of air shows."""
        p = self.inner.astype(np.float64)
        d = _directions(p)
        side = (p + np.stack([d[:, 1], -d[:, 0]], 1) * overlap_m)[p[:, 1] < level_m - 0.0005]
        side[0, 0] = 0.0
        r = self.inner_radius_at(level_m) + overlap_m
        climb = min(0.0012, 0.2 * r)  # the meniscus climbs the glass
        top = [(r, level_m + 0.5 * climb), (r - 0.3 * climb, level_m + 0.16 * climb), (r - climb, level_m), (0, level_m)]
        return lathe(np.concatenate([side[side[:, 0] >= 0], top]), segments)


def hollow(outer: ArrayLike, wall_m: float, floor_m: float, corner_m: float = 0.006) -> Shell:
    """Hollows a turned solid: an inner wall at constant distance, an inner floor, a rounded lip.

    Args:
        outer: (N, 2) from the bottom centre out and up to the lip.
        wall_m: wall thickness, 0.0005 to 0.02.
        floor_m: height of the inner floor above z = 0.
        corner_m: how far the corner between inner wall and floor is rounded.
    """
    p = dense(outer, 0.0006)
    p[:, 1] -= p[:, 1].min()
    d = _directions(p)
    inner = p + np.stack([-d[:, 1], d[:, 0]], 1) * wall_m
    gap = np.sqrt(((inner[:, None] - p[None]) ** 2).sum(-1).min(1))
    valid = (gap > 0.985 * wall_m) & (inner[:, 0] > 1e-5)
    valid[-1] = True
    q = inner[valid][::-1]  # from the lip down
    low = np.flatnonzero(q[:, 1] < floor_m)
    if len(low):
        a, b = q[low[0] - 1], q[low[0]]
        cross = a + (b - a) * (a[1] - floor_m) / (a[1] - b[1])
        q = np.concatenate([q[: low[0]], cross[None]])
    else:
        q = np.concatenate([q, [[q[-1, 0], floor_m]]])
    wall = joined([(0, floor_m), (q[-1, 0], floor_m)], q[::-1], corner_m, 10)
    outer_line, inner_line = simplified(p), simplified(wall)
    tip, centre = p[-1], (p[-1] + q[0]) / 2
    arm = tip - centre
    lip = [
        centre + np.array([np.cos(t) * arm[0] - np.sin(t) * arm[1], np.sin(t) * arm[0] + np.cos(t) * arm[1]])
        for t in np.linspace(0, np.pi, 8)[1:-1]
    ]
    return Shell(outer_line, inner_line, np.concatenate([outer_line, np.array(lip), inner_line[::-1]]).astype(np.float32))


# --- swept parts ----------------------------------------------------------------------------------------------


def rings_solid(rings: ArrayLike) -> Mesh:
    """Closed solid through rings (K, S, 3) of equally many points; the first and the last are closed by fans."""
    r = np.asarray(rings, np.float64)
    closed = np.concatenate(
        [
            np.broadcast_to(r[:1].mean(1, keepdims=True), r[:1].shape), r, np.broadcast_to(r[-1:].mean(1, keepdims=True), r[-1:].shape),
        ],
    )  # fmt: skip
    closed = np.concatenate([closed, closed[:, :1]], 1)
    around = np.concatenate([np.zeros((len(closed), 1)), np.cumsum(np.linalg.norm(np.diff(closed, axis=1), axis=-1), 1)], 1)
    middle = closed.mean(1)
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(middle, axis=0), axis=1) + np.abs(np.diff(around[:, -1])) / 6)])
    widest = max(around[:, -1].max(), 1e-9)
    u = np.broadcast_to(np.linspace(0, widest, closed.shape[1]), closed.shape[:2])
    uv = np.stack([u, np.broadcast_to(along[:, None], u.shape)], -1)
    rounded = np.round(closed, 8).reshape(-1, 3).astype(np.float32)
    mesh = drop_degenerate(Mesh(rounded, grid_faces(*closed.shape[:2]), uv.reshape(-1, 2).astype(np.float32)))
    return mesh if mesh.volume_m3 > 0 else flipped(mesh)


def loop_solid(rings: ArrayLike) -> Mesh:
    """Closed solid through rings (K, S, 3) of which the last joins the first again, like a torus."""
    r = np.asarray(rings, np.float64)
    r = np.concatenate([r, r[:1]])
    r = np.concatenate([r, r[:, :1]], 1)
    u = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(r, axis=1), axis=-1).mean(0))])
    v = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(r, axis=0), axis=-1).mean(1))])
    uv = np.stack(np.broadcast_arrays(u[None], v[:, None]), -1).reshape(-1, 2)
    mesh = drop_degenerate(Mesh(np.round(r, 8).reshape(-1, 3).astype(np.float32), grid_faces(*r.shape[:2]), uv.astype(np.float32)))
    return mesh if mesh.volume_m3 > 0 else flipped(mesh)


def strap(path: ArrayLike, width_m: ArrayLike, thickness_m: ArrayLike, segments: int = 24, power: float = 2.5) -> Mesh:
    """Bar swept along a path (N, 2) of x and z in the plane y = 0, with a superelliptic section.

    Args:
        width_m: full width along y, a number or (N,). thickness_m: full size across the path, likewise.
        power: 2 an ellipse, higher is squarer.
    """
    p = np.asarray(path, np.float64)
    d = _directions(p)
    t = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    c, s = (np.sign(v) * np.abs(v) ** (2 / power) for v in (np.cos(t), np.sin(t)))
    half_w, half_t = (np.broadcast_to(np.asarray(v, np.float64), (len(p),))[:, None] / 2 for v in (width_m, thickness_m))
    n = np.stack([-d[:, 1], d[:, 0]], 1)
    x = p[:, :1] + n[:, :1] * half_t * c
    z = p[:, 1:] + n[:, 1:] * half_t * c
    return rings_solid(np.stack([x, half_w * s, z], -1))


def ear(
    shell: Shell,
    top_m: float,
    bottom_m: float,
    reach_m: float,
    width_m: float,
    thickness_m: float,
    wall_m: float,
    sag: float = 0.42,
    power: float = 2.4,
) -> Mesh:
    """Handle on the +x side whose ends widen into the wall.

    Args:
        top_m, bottom_m: heights where it joins the outside.
        reach_m: free room between wall and handle at its widest.
        sag: where it reaches out furthest, 0 at the top joint, 1 at the bottom joint.
    """
    (a, na), (b, nb) = shell.outer_at(top_m), shell.outer_at(bottom_m)
    far = max(a[0], b[0]) + reach_m + thickness_m / 2
    phi = np.linspace(np.pi / 2, -np.pi / 2, 46)
    down = 0.5 - 0.5 * np.sin(phi)  # 0 at the top joint, 1 at the bottom joint
    z = top_m - (top_m - bottom_m) * down ** (np.log(sag) / np.log(0.5))
    base = a[0] + (b[0] - a[0]) * down
    loop = np.stack([base + (far - base) * np.cos(phi) ** 0.74, z], 1)
    depth = 0.55 * wall_m
    loop[0], loop[-1] = a, b
    path = spline(np.concatenate([[a - na * depth], loop[[0, *range(3, len(loop) - 3, 3), -1]], [b - nb * depth]]), 56)
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    near = np.minimum(along, along[-1] - along) - depth
    flare = np.exp(-np.clip(near, 0, None) / (0.45 * thickness_m))
    return strap(path, width_m * (1 + 0.45 * flare), thickness_m * (1 + 0.85 * flare), power=power)


def pipe(path: ArrayLike, radius_m: ArrayLike, wall_m: float, flatten: ArrayLike = 1.0, cut: float = 0.0, segments: int = 28) -> Mesh:
    """Hollow spout along a path (N, 2) of x and z in the plane y = 0, open at its end.

    Args:
        radius_m: outer radius (N,). flatten: factor (N,) on the width along y.
        cut: shear of the mouth in radians, so that it can be level however the spout leans.
    """
    p = np.asarray(path, np.float64)
    r = np.asarray(radius_m, np.float64)
    squeeze = np.broadcast_to(np.asarray(flatten, np.float64), r.shape)
    d = _directions(p)
    n = np.stack([-d[:, 1], d[:, 0]], 1)
    t = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    share = np.linspace(0, 1, len(p)) ** 4

    def ring(i: int, radius: float, push: float) -> np.ndarray:
        c, s = np.cos(t) * radius, np.sin(t) * radius * squeeze[i]
        lean = push + np.tan(cut) * c * share[i]
        return np.stack([p[i, 0] + n[i, 0] * c + d[i, 0] * lean, s, p[i, 1] + n[i, 1] * c + d[i, 1] * lean], -1)

    last = len(p) - 1
    outside = [ring(i, r[i], 0.0) for i in range(last)]
    lip = [ring(last, r[-1] - wall_m / 2 * (1 - np.cos(a)), wall_m / 2 * np.sin(a)) for a in np.linspace(0, np.pi, 6)]
    inside = [ring(i, max(r[i] - wall_m, 0.3 * r[i]), 0.0) for i in range(last - 1, last // 3, -1)]
    return rings_solid(np.stack(outside + lip + inside))


def wrap(radius_m: float, z0_m: float, z1_m: float, span_deg: float, thickness_m: float = 0.00015, columns: int = 40) -> Mesh:
    """Label around a cylinder of `radius_m` about z, centred on the front (-y), `span_deg` wide."""
    angle = np.radians(np.linspace(-span_deg / 2, span_deg / 2, columns) - 90)
    z = np.linspace(z0_m, z1_m, 5)
    a, zz = np.meshgrid(angle, z)
    r = radius_m + thickness_m
    return sheet(np.stack([r * np.cos(a), r * np.sin(a), zz], -1), 2 * thickness_m)


def facets(count: int) -> Squash:
    """Makes a lathe's circles regular polygons with a corner at angle 0; segments must be a multiple of `count`."""
    step = 2 * np.pi / count
    return lambda theta, p: (np.cos(step / 2) / np.cos(theta % step - step / 2)).astype(np.float32)
