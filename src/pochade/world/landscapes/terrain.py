"""Height functions, grids that follow the camera, and the painting of ground."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter, map_coordinates, maximum_filter, spline_filter

from pochade.world.asset import Part
from pochade.world.landscapes.land import SQUARE, Floats, Frame, Ground
from pochade.world.materials import Material, Rgb
from pochade.world.mesh import Mesh
from pochade.world.scene import Camera
from pochade.world.vectors import f32

EARTH_RADIUS_M = 6_371_000.0
SOIL = Material(roughness=0.95, specular=0.12)
"""Material of ground that carries vertex colours."""


# --- noise ----------------------------------------------------------------------------------------------------


class Noise:
    """Gradient noise in the plane from a table of random gradients; repeats after 256 wavelengths.

    About -1 to 1. Several times faster than `world.noise`, whose hash it replaces by the table: a landscape
    asks for tens of millions of samples.
    """

    def __init__(self, rng: np.random.Generator):
        angle = rng.uniform(0, 2 * np.pi, 256 * 256).astype(np.float32)
        self._gx, self._gy = np.cos(angle) * 1.55, np.sin(angle) * 1.55

    def __call__(self, x: Floats, y: Floats) -> Floats:
        """One octave at x, y in wavelengths, any equal shapes."""
        cx, cy = np.floor(x), np.floor(y)
        fx, fy = x - cx, y - cy
        ix, iy = cx.astype(np.int32), cy.astype(np.int32)
        ix &= 255
        iy &= 255
        jx, jy = (ix + 1) & 255, ((iy + 1) & 255) << 8
        iy <<= 8
        ux, uy = fx * fx * fx * (fx * (fx * 6 - 15) + 10), fy * fy * fy * (fy * (fy * 6 - 15) + 10)
        gx, gy = self._gx, self._gy
        k = iy | ix
        a = gx[k] * fx + gy[k] * fy
        k = iy | jx
        b = gx[k] * (fx - 1) + gy[k] * fy
        k = jy | ix
        c = gx[k] * fx + gy[k] * (fy - 1)
        k = jy | jx
        d = gx[k] * (fx - 1) + gy[k] * (fy - 1)
        a += ux * (b - a)
        c += ux * (d - c)
        return a + uy * (c - a)

    def fbm(
        self,
        x: ArrayLike,
        y: ArrayLike,
        wavelength_m: float,
        octaves: int = 5,
        gain: float = 0.5,
        spacing: Floats | None = None,
        fold: Callable[[Floats], Floats] | None = None,
    ) -> Floats:
        """Fractal sum over octaves from `wavelength_m` down, the first with amplitude 1 (not normalised).

        Args:
            spacing: distance between samples: octaves too fine for it fade out. None keeps all.
            fold: applied to each octave, e.g. `crest`.
        """
        px, py = np.asarray(x, np.float32), np.asarray(y, np.float32)
        total = np.zeros(np.broadcast(px, py).shape, np.float32)
        c, s = np.float32(0.8), np.float32(0.6)
        px, py = px / np.float32(wavelength_m) + np.float32(17.3), py / np.float32(wavelength_m) + np.float32(5.7)
        amplitude, length = np.float32(1.0), wavelength_m
        for _ in range(octaves):
            if spacing is None:
                n = self(px, py)
                total += amplitude * (n if fold is None else fold(n))
            else:
                weight = np.clip(length / (2.2 * spacing) - 1, 0, 1)
                keep = weight > 0
                if keep.any():
                    n = self(px[keep], py[keep])
                    total[keep] += amplitude * weight[keep] * (n if fold is None else fold(n))
            px, py = (c * px - s * py) * 2 + np.float32(31.7), (s * px + c * py) * 2 + np.float32(11.9)
            amplitude *= np.float32(gain)
            length /= 2
        return total


def crest(n: Floats) -> Floats:
    """Fold of noise with sharp but rounded crests, about -1 to 1."""
    return 1.15 - 2.15 * (n * n + np.float32(0.003)) ** np.float32(0.36)


def billow(n: Floats) -> Floats:
    """Fold of noise with round humps and sharp gullies, -1 to 1."""
    return 2 * np.abs(n) - np.float32(0.5)


# --- height maps ----------------------------------------------------------------------------------------------


class HeightMap:
    """A field on a regular grid, sampled smoothly; outside it the border value runs on.

    Args:
        values: (R, C), rows along +y.
        origin_m: x and y of values[0, 0].
        cell_m: distance between samples.
    """

    def __init__(self, values: ArrayLike, origin_m: tuple[float, float], cell_m: float):
        self.values = np.asarray(values, np.float32)
        self.origin_m, self.cell_m = origin_m, cell_m
        self._spline = spline_filter(self.values, order=3, output=np.float32, mode="nearest")  # pyright: ignore[reportArgumentType]

    def __call__(self, x: ArrayLike, y: ArrayLike) -> Floats:
        x, y = np.broadcast_arrays(np.asarray(x, np.float32), np.asarray(y, np.float32))
        at = np.stack([(y - self.origin_m[1]).ravel() / self.cell_m, (x - self.origin_m[0]).ravel() / self.cell_m])
        return map_coordinates(self._spline, at, order=3, mode="nearest", prefilter=False, output=np.float32).reshape(x.shape)

    @property
    def axes(self) -> tuple[Floats, Floats]:
        """x (C,) and y (R,) of the samples."""
        rows, columns = self.values.shape
        return (
            self.origin_m[0] + self.cell_m * np.arange(columns, dtype=np.float32),
            self.origin_m[1] + self.cell_m * np.arange(rows, dtype=np.float32),
        )

    def hollowness(self, sigma_m: float) -> HeightMap:
        """How far each place lies below its surroundings, metres: positive in gullies, negative on ridges."""
        blurred = gaussian_filter(self.values, sigma_m / self.cell_m, mode="nearest")
        return HeightMap(blurred - self.values, self.origin_m, self.cell_m)


def sample_axes(low_m: tuple[float, float], high_m: tuple[float, float], columns: int) -> tuple[Floats, Floats, float]:
    """x and y (R, C) of a regular grid over a rectangle, and its cell size."""
    cell = (high_m[0] - low_m[0]) / (columns - 1)
    rows = round((high_m[1] - low_m[1]) / cell) + 1
    x, y = np.meshgrid(low_m[0] + cell * np.arange(columns), low_m[1] + cell * np.arange(rows))
    return x.astype(np.float32), y.astype(np.float32), cell


# --- grids around the camera ----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Grid:
    """Sample points of a mesh that is fine where the camera looks closely.

    Attributes:
        x, y: (V,) float32, metres.
        spacing: (V,) float32, metres to the neighbours.
        faces: (F, 3) int32, anticlockwise seen from above.
    """

    x: Floats
    y: Floats
    spacing: Floats
    faces: NDArray[np.int32]


def view_grid(
    ground: Ground,
    camera: Camera,
    frame: Frame = SQUARE,
    rings: int = 400,
    columns: int = 400,
    reach_m: float = 30_000.0,
    nearest_m: float | None = None,
) -> Grid:
    """Polar grid about the camera's foot; the rings lie where the ground shows most, for this camera.

    Args:
        rings: number of rings, of a frame of fineness 1.
        columns: rays inside the field of view, of such a frame; some more go all around, for shadows and reflections.
        nearest_m: radius of the first ring; None: a third of the height over the ground.
    """
    cx, cy, cz = camera.position_m
    heading = np.arctan2(camera.target_m[0] - cx, camera.target_m[1] - cy)
    forward = np.hypot(camera.target_m[0] - cx, camera.target_m[1] - cy)
    rings, columns = max(round(rings * frame.fineness), 8), max(round(columns * frame.fineness), 8)
    if forward < abs(camera.target_m[2] - cz) * 1.2:
        return drone_grid(camera, frame, int(np.sqrt(rings * columns)), reach_m)
    half = np.arctan(np.tan(np.radians(camera.fov_deg / 2)) * max(frame.aspect, 1.0))
    pitch = np.arctan2(camera.target_m[2] - cz, forward)
    half = min(np.arctan(np.tan(half) / max(np.cos(abs(pitch) + np.radians(camera.fov_deg / 2)), 0.35)) + 0.06, np.pi * 0.85)
    height = max(cz - float(ground(f32([cx]), f32([cy]))[0]), 0.3)
    first = height * 0.33 if nearest_m is None else nearest_m
    # where does the ground show? march a few rays and spread the rings by visible angle
    radii = np.geomspace(first, reach_m, 1400).astype(np.float32)
    rays = heading + np.linspace(-half, half, 36, dtype=np.float32)
    r, a = np.meshgrid(radii, rays)
    z = ground(cx + r * np.sin(a), cy + r * np.cos(a), r * np.float32(0.01)) - r**2 / (2 * EARTH_RADIUS_M)
    angle = np.arctan2(z - cz, r)
    shown = maximum_filter(angle >= np.maximum.accumulate(angle, 1) - 0.002, (3, 9))
    step = np.abs(np.diff(angle, axis=1)) * shown[:, 1:]
    density = step.mean(0) + 0.5 * np.sqrt((step**2).mean(0))
    density = gaussian_filter(density, 6, mode="nearest")
    density = density / density.sum() + 0.45 / len(density)
    total = np.concatenate([[0], np.cumsum(density)])
    ring = np.interp(np.linspace(0, total[-1], rings), total, radii).astype(np.float32)
    inside = np.linspace(-half, half, columns)
    step_in = inside[1] - inside[0]
    count = max(12, int((2 * np.pi - 2 * half) / 0.12))
    t = np.linspace(-1, 1, count + 2)[1:-1]
    outside = np.pi + t * (np.pi - half) * (0.75 + 0.25 * np.abs(t)) if half < 2.5 else np.pi + t * (np.pi - half)
    theta = (heading + np.concatenate([inside, outside])).astype(np.float32)
    gap = np.concatenate([np.full(columns, step_in), np.full(count, (2 * np.pi - 2 * half) / count)]).astype(np.float32)
    x, y = cx + ring[:, None] * np.sin(theta), cy + ring[:, None] * np.cos(theta)
    radial = np.gradient(ring)
    spacing = np.maximum(ring[:, None] * gap, np.minimum(radial, ring * 0.02)[:, None])
    n, m = len(ring), len(theta)
    i = np.arange(n * m, dtype=np.int32).reshape(n, m)
    a, b = i[:-1], np.roll(i, -1, 1)[:-1]
    c, d = np.roll(i, -1, 1)[1:], i[1:]
    one, two = np.stack([a, b, d], -1), np.stack([b, c, d], -1)
    hub = np.full(m, n * m, np.int32)
    fan = np.stack([hub, np.roll(i[0], -1), i[0]], -1)
    faces = np.concatenate([one.reshape(-1, 3), two.reshape(-1, 3), fan])
    return Grid(
        np.append(x.ravel(), np.float32(cx)).astype(np.float32),
        np.append(y.ravel(), np.float32(cy)).astype(np.float32),
        np.append(spacing.ravel(), ring[0]).astype(np.float32),
        faces,
    )


def drone_grid(camera: Camera, frame: Frame = SQUARE, count: int = 400, reach_m: float = 30_000.0) -> Grid:
    """Square grid under a camera that looks down: even inside the picture, growing coarser outside."""
    cx, cy, cz = camera.position_m
    tx, ty, tz = camera.target_m
    half = (cz - tz) * np.tan(np.radians(camera.fov_deg / 2)) * max(frame.aspect, 1 / frame.aspect) * 1.25 + np.hypot(
        tx - cx, ty - cy
    ) * 0.5
    outer = min(max(40, count // 7), count // 4)
    fine = np.linspace(-half, half, count - 2 * outer)
    tail = half + np.geomspace(fine[1] - fine[0], reach_m, outer)
    axis = np.concatenate([-tail[::-1], fine, tail]).astype(np.float32)
    gap = np.gradient(axis)
    x, y = np.meshgrid(axis + np.float32((cx + tx) / 2), axis + np.float32((cy + ty) / 2))
    n = len(axis)
    i = np.arange(n * n, dtype=np.int32).reshape(n, n)
    a, b, c, d = i[:-1, :-1].ravel(), i[:-1, 1:].ravel(), i[1:, 1:].ravel(), i[1:, :-1].ravel()
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    return Grid(x.ravel(), y.ravel(), np.maximum(gap[None, :], gap[:, None]).astype(np.float32).ravel(), faces)


def curved(x: Floats, y: Floats, z: Floats) -> Floats:
    """Lowers z by the earth's curvature at distance from the origin."""
    return (z - (x * x + y * y) / np.float32(2 * EARTH_RADIUS_M)).astype(np.float32)


def vertex_normals(vertices: Floats, faces: NDArray[np.int32]) -> Floats:
    """Area-weighted unit normals (V, 3) of an indexed mesh without seams."""
    p = vertices.astype(np.float32)
    a, b, c = (p[faces[:, k]] for k in range(3))
    n = np.cross(b - a, c - a)
    total = np.empty_like(p)
    index = faces.ravel()
    for axis in range(3):
        total[:, axis] = np.bincount(index, np.repeat(n[:, axis], 3), minlength=len(p))
    return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-20)


Paint = Callable[[Floats, Floats, Floats, Floats, Floats], Floats]
"""Colours (V, 3) of ground from x, y, z (V,), unit normals (V, 3) and spacing (V,)."""


def ground_part(grid: Grid, ground: Ground, paint: Paint, material: Material = SOIL) -> Part:
    """The ground as one mesh with vertex colours."""
    z = ground(grid.x, grid.y, grid.spacing)
    vertices = np.stack([grid.x, grid.y, z], 1).astype(np.float32)
    color = np.clip(paint(grid.x, grid.y, z, vertex_normals(vertices, grid.faces), grid.spacing), 0, 1).astype(np.float32)
    vertices[:, 2] = curved(grid.x, grid.y, z)
    return Part(Mesh(vertices, grid.faces, vertices[:, :2].copy(), color), material)


# --- camera ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Framing:
    """How a landscape is photographed when nothing is said, before the stated views change it.

    Attributes:
        eye_m: height of the camera over the ground.
        pitch_deg: tilt, negative looks down.
        fov_deg: horizontal field of view of a square picture.
        focus_m: distance of the subject, for shallow depth of field.
        drone_m: height over the ground when looking straight down.
    """

    eye_m: float = 1.7
    pitch_deg: float = -3.0
    fov_deg: float = 58.0
    focus_m: float = 6.0
    drone_m: float = 120.0


def stand(ground: Ground, framing: Framing, views: tuple[str, ...] = (), heading_deg: float = 0.0) -> Camera:
    """Camera at x = y = 0 over the ground, turned and tilted for the stated views."""
    eye, pitch, fov, aperture = framing.eye_m, framing.pitch_deg, framing.fov_deg, 0.0
    focus = framing.focus_m
    if "wide shot" in views:
        fov = min(fov * 1.32, 84.0)
    if "close-up" in views or "macro" in views:
        fov *= 0.62
    if "eye level" in views:
        eye = min(eye, 1.65)
    if "low angle" in views:
        eye, pitch = min(eye, 0.5), max(pitch, -1.0) + 4.0
    if "shallow depth of field" in views:
        aperture = focus * 0.012
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    r = np.repeat([0.0, 0.4, 0.9, 1.6, 2.5], 24)
    a = np.tile(angle, 5)
    near = ground((r * np.sin(a)).astype(np.float32), (r * np.cos(a)).astype(np.float32))
    forward = near[np.cos(a - np.radians(heading_deg)) > 0.2]
    z = float(max(near[0] + eye, near[:72].max() + 0.36, forward.max() + 0.33))
    if "top-down" in views:
        z = float(near[0]) + framing.drone_m
        return Camera((0.0, 0.0, z), (0.0, 0.0, float(near[0])), min(fov, 60.0), 0.0, framing.drone_m, (0.0, 1.0, 0.0))
    h, p = np.radians(heading_deg), np.radians(pitch)
    target = (float(np.sin(h) * np.cos(p) * 10), float(np.cos(h) * np.cos(p) * 10), z + float(np.sin(p) * 10))
    return Camera((0.0, 0.0, z), target, float(fov), float(aperture), float(focus))


def hover(ground: Ground, x_m: float, y_m: float, height_m: float, fov_deg: float = 52.0) -> Camera:
    """Camera that looks straight down from `height_m` over the ground at x, y; +y is up in the picture."""
    z = float(ground(f32([x_m]), f32([y_m]))[0])
    return Camera((float(x_m), float(y_m), z + height_m), (float(x_m), float(y_m), z), fov_deg, 0.0, height_m, (0.0, 1.0, 0.0))


def is_drone(camera: Camera) -> bool:
    """True if the camera looks straight down."""
    return camera.up[2] == 0.0


def tinted(rng: np.random.Generator, color: Rgb, amount: float = 0.1) -> Rgb:
    """A colour near `color`: brightness and each channel vary by a fraction."""
    c = np.asarray(color) * rng.uniform(1 - amount, 1 + amount) * rng.uniform(1 - amount / 3, 1 + amount / 3, 3)
    return tuple(float(v) for v in np.clip(c, 0, 1))  # type: ignore[return-value]
