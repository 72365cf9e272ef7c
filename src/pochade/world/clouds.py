"""Clouds: heaps of cumulus marched as a volume, and thin layers (cirrus, flocks, a closed ceiling) as sheets.

Lengths in metres, directions are unit vectors with z up. Nothing here knows colours: a cloud says which part of the
sunlight, of the skylight and of the light from the ground it sends to the eye; `sky` gives them their colours.

Source: multiple scattering as a sum of ever softer scatterings, Wrenninge et al., "Oz: The Great and Volumetric", 2013;
billows from cellular noise, Schneider, "The Real-time Volumetric Cloudscapes of Horizon Zero Dawn", 2015.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, wraps

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, uniform_filter1d, zoom

from pochade.world.atmosphere import henyey_greenstein
from pochade.world.kept import folder, kept
from pochade.world.mesh import Floats

Ints = NDArray[np.int64]

_CELLS, _LAYERS = 256, 44
_CELL_M, _LAYER_M = 60.0, 50.0
_TILE_M = _CELLS * _CELL_M
_FLOOR_M = 150.0  # empty space below the flat bases, inside the grid
_BAND_M = 200.0  # distance to a heap up to which the field is exact
_BILLOW_CELLS, _BILLOW_M = 64, 1100.0  # the tile of fine billows
_BILLOW_AMPLITUDE_M = 190.0
_EXTINCTION = 0.06
_OPAQUE = 0.02  # transmittance at which a ray ends
_EDGE_M = 34.0  # over which a surface thickens
_FURTHEST_M = 60_000.0
_DRIFT_CELLS, _DRIFT_M = 256, 74_000.0


def _splat(field: Floats, centre: Floats, radius: float) -> None:
    """Raises the field, periodic in x and y, to the distance inside a ball."""
    reach, middle = radius + _BAND_M, centre.astype(np.float32)
    lo = np.floor((centre - reach) / (_CELL_M, _CELL_M, _LAYER_M)).astype(int)
    hi = np.ceil((centre + reach) / (_CELL_M, _CELL_M, _LAYER_M)).astype(int) + 1
    lo[2], hi[2] = max(lo[2], 0), min(hi[2], _LAYERS)
    x = (np.arange(lo[0], hi[0], dtype=np.float32) * _CELL_M - middle[0]) ** 2
    y = (np.arange(lo[1], hi[1], dtype=np.float32) * _CELL_M - middle[1]) ** 2
    z = (np.arange(lo[2], hi[2], dtype=np.float32) * _LAYER_M - middle[2]) ** 2
    inside = np.float32(radius) - np.sqrt(x[:, None, None] + y[None, :, None] + z)
    if lo[0] >= 0 and lo[1] >= 0 and hi[0] <= _CELLS and hi[1] <= _CELLS:
        part = field[lo[0] : hi[0], lo[1] : hi[1], lo[2] : hi[2]]
        np.maximum(part, inside, out=part)
    else:
        at = np.ix_(np.arange(lo[0], hi[0]) % _CELLS, np.arange(lo[1], hi[1]) % _CELLS, np.arange(lo[2], hi[2]))
        field[at] = np.maximum(field[at], inside)


def _heap(rng: np.random.Generator, radius: float, tall: float) -> list[tuple[Floats, float]]:
    """Balls of one cumulus around the origin, base at z = 0: turrets that are highest in the middle, and buds upon them."""
    balls = []
    stretch, turn = rng.uniform(1.0, 1.6), rng.uniform(0, np.pi)
    axis = np.array([np.cos(turn), np.sin(turn)])
    for _ in range(int(7 + radius / 80)):
        out, around = np.sqrt(rng.random()) * 0.85, rng.uniform(0, 2 * np.pi)
        xy = radius * out * np.array([np.cos(around), np.sin(around)])
        xy = xy + axis * (xy @ axis) * (stretch - 1)
        r = radius * rng.uniform(0.24, 0.46) * (1.1 - 0.4 * out)
        crown = radius * tall * (1 - out**1.7) * rng.uniform(0.25, 1.0)
        z = 0.25 * r
        while True:
            centre = np.array([*(xy + rng.normal(0, 0.12 * r, 2)), z])
            balls.append((centre, r))
            if z >= crown:
                break
            z, r = min(z + 0.75 * r, max(crown, z + 1)), r * rng.uniform(0.86, 1.0)
        for centre, size in balls[-2:]:
            for _ in range(7):
                to = rng.normal(size=3)
                to[2] = abs(to[2]) * 0.9
                to /= np.linalg.norm(to)
                balls.append((centre + to * size * 0.86, size * rng.uniform(0.28, 0.5)))
    return balls


def _kept(draw: Callable[[], Floats]) -> Callable[[], Floats]:
    """Drawn once by this version of the code, then read from the cache folder."""

    @lru_cache(maxsize=1)
    def read() -> Floats:
        path = folder("clouds", sys.modules[__name__]) / f"{draw.__name__.strip('_')}.npz"
        return kept(path, ("value",), lambda: {"value": draw()})["value"]

    return wraps(draw)(read)


@_kept
def _billows() -> Floats:
    """(64, 64, 64) periodic heaps upon heaps, about -0.5 to 0.5: high where a cauliflower bulges."""
    rng = np.random.default_rng(20)
    n = _BILLOW_CELLS
    total = np.zeros((n, n, n), np.float32)
    for cells, amplitude in ((7, 1.0), (14, 0.5), (28, 0.26)):
        size = n / cells
        near = np.full((n, n, n), 9.0, np.float32)
        reach = int(np.ceil(size * 1.25))
        points = (np.stack(np.meshgrid(*[np.arange(cells)] * 3, indexing="ij"), -1).reshape(-1, 3) + rng.random((cells**3, 3))) * size
        for point in points:
            base = np.floor(point).astype(int)
            span = [np.arange(b - reach, b + reach + 1) for b in base]
            d = [((s - p) / size) ** 2 for s, p in zip(span, point, strict=True)]
            at = np.ix_(*[s % n for s in span])
            near[at] = np.minimum(near[at], (d[0][:, None, None] + d[1][None, :, None] + d[2]).astype(np.float32))
        total += np.float32(amplitude) * (0.55 - np.minimum(near, 1.2))
    total -= total.mean()
    return total / np.float32(2 * np.abs(total).max() * 0.8)


@dataclass(frozen=True, eq=False)
class Heaps:
    """A field of cumulus that repeats every 15 km, warped so that no two repeats are alike.

    Attributes:
        base_m: altitude of the flat bases.
        field: (X, Y, Z) signed distance to the surface, positive inside, before billows; x points towards the sun.
        depth: (X, Y, Z) optical depth towards the sun.
        crowd: (X / 2, Y / 2, Z) part of the neighbourhood that is cloud.
        drift: (D, D) what is added to the field far and wide, in metres.
        shift_m: (2,) of the field.
        ahead: (2,) horizontal unit vector of the sun; `rise` its elevation in radians, at least a little above the horizon.
    """

    base_m: float
    field: Floats
    depth: Floats
    crowd: Floats
    drift: Floats
    shift_m: Floats
    ahead: Floats
    rise: float

    @property
    def top_m(self) -> float:
        return self.base_m - _FLOOR_M + (_LAYERS - 1) * _LAYER_M


def _toward_sun(density: Floats, rise: float) -> Floats:
    """Optical depth towards a sun in the x-z plane, fading over some kilometres."""
    tau = np.zeros_like(density)
    if np.tan(rise) * _CELL_M < _LAYER_M:
        drop = np.tan(rise) * _CELL_M / _LAYER_M  # layers climbed per cell
        length = _CELL_M / np.cos(rise) * _EXTINCTION
        keep = np.float32(np.exp(-_CELL_M / 6000))
        state = np.zeros(density.shape[1:], np.float32)
        for k in range(2 * _CELLS - 1, -1, -1):
            i = k % _CELLS
            state *= keep
            above = np.concatenate([state[:, 1:], np.zeros_like(state[:, :1])], 1)
            state = state + np.float32(drop) * (above - state)
            state += np.float32(length / 2) * density[(i + 1) % _CELLS]
            tau[i] = state + np.float32(length / 2) * density[i]
            state = tau[i].copy()
        return tau
    run = _LAYER_M / np.tan(rise) / _CELL_M
    length = _LAYER_M / np.sin(rise) * _EXTINCTION
    state = np.zeros(density.shape[:2], np.float32)
    for k in range(_LAYERS - 1, -1, -1):
        whole, part = int(run), np.float32(run % 1)
        state = np.roll(state, -whole, 0) * (1 - part) + np.roll(state, -whole - 1, 0) * part
        state = state + np.float32(length) * density[:, :, k]
        tau[:, :, k] = state
    return tau


@lru_cache(maxsize=2)
def heaps(seed: int, cover: float, sun_elevation_deg: float, sun_azimuth_deg: float) -> Heaps:
    """Cumulus over about `cover` of the sky, 0 to 1."""
    rng = np.random.default_rng([seed, 31])
    field = np.full((_CELLS, _CELLS, _LAYERS), -_BAND_M, np.float32)
    tall = rng.uniform(0.55, 1.1)
    covered, placed = 0.0, []
    area = _TILE_M**2
    while covered < cover * 0.62 * area and len(placed) < 160:
        radius = float(np.clip(300 * rng.random() ** -0.6, 300, 1150))
        best, far = None, -np.inf
        for _ in range(6):  # prefers open places, so clouds keep apart
            xy = rng.random(2) * _TILE_M
            gap = min((float(np.linalg.norm((xy - p + _TILE_M / 2) % _TILE_M - _TILE_M / 2)) - q - radius for p, q in placed), default=1e9)
            if gap > far:
                best, far = xy, gap
        assert best is not None  # the first gap is larger than -inf
        placed.append((best, radius))
        covered += np.pi * radius**2 * 1.3
        for centre, size in _heap(rng, radius, tall):
            _splat(field, centre + np.array([*best, _FLOOR_M]), size)
    rough = fractal((_CELLS, _CELLS), (24, 24), seed)
    height = np.arange(_LAYERS, dtype=np.float32) * _LAYER_M
    np.minimum(field, height - _FLOOR_M - 60 * rough[..., None], out=field)
    density = np.clip(field / 50 + 0.5, 0, 1)
    rise = float(np.deg2rad(max(sun_elevation_deg, 0.8)))
    tau = _toward_sun(density, rise)
    near = density.reshape(_CELLS // 2, 2, _CELLS // 2, 2, _LAYERS).mean((1, 3))
    for axis, width, mode in ((0, 3, "wrap"), (1, 3, "wrap"), (2, 5, "constant")):
        near = uniform_filter1d(near, width, axis, mode=mode)
    # Far from every heap the field says how far, which lets rays leap.
    crowd = field.max(2)[::2, ::2] > -_BAND_M + 1
    clear = (
        np.asarray(distance_transform_edt(~np.tile(crowd, (2, 2)))) * (2 * _CELL_M) if crowd.any() else np.full((_CELLS, _CELLS), 4000.0)
    )
    half = _CELLS // 4
    clear = np.roll(clear[half : half + _CELLS // 2, half : half + _CELLS // 2], (half, half), (0, 1))
    clear = np.asarray(zoom(clear.astype(np.float32), 2, order=0))
    field = np.where(field <= -_BAND_M + 1, -np.maximum(_BAND_M, clear[..., None] + _BAND_M * 0.6), field)
    drift = 95 * np.clip(fractal((_DRIFT_CELLS, _DRIFT_CELLS), (12, 12), seed + 5, 3.0) - 0.1, -0.25, 0.9)
    azimuth = np.deg2rad(sun_azimuth_deg)
    ahead = np.array([np.sin(azimuth), -np.cos(azimuth)], np.float32)
    base = float(rng.uniform(900, 1500))
    shift = (rng.random(2) * _TILE_M).astype(np.float32)
    return Heaps(base, field.astype(np.float32), tau, near, drift.astype(np.float32), shift, ahead, rise)


def _trilinear(grid: Floats, x: Floats, y: Floats, z: Floats) -> Floats:
    """Values of a grid periodic in x and y (powers of two), held in z, at coordinates (N,) in cells."""
    nx, ny, nz = grid.shape
    flat = grid.ravel()
    x0, y0 = np.floor(x), np.floor(y)
    z = np.clip(z, 0, nz - 1.001)
    z0 = np.floor(z)
    fx, fy, fz = x - x0, y - y0, z - z0
    ix, iy, iz = x0.astype(np.int64) & (nx - 1), y0.astype(np.int64) & (ny - 1), z0.astype(np.int64)
    jx, jy = ((ix + 1) & (nx - 1)) * ny, (iy + 1) & (ny - 1)
    ix *= ny

    def column(at: Ints) -> Floats:
        at = at * nz + iz
        low = flat.take(at)
        return low + fz * (flat.take(at + 1) - low)

    near, far = column(ix + iy), column(jx + iy)
    near = near + fy * (column(ix + jy) - near)
    far = far + fy * (column(jx + jy) - far)
    return near + fx * (far - near)


def _trilinear_periodic(grid: Floats, x: Floats, y: Floats, z: Floats) -> Floats:
    """As `_trilinear`, periodic in z too."""
    n = grid.shape[2]
    return _trilinear(grid, x, y, np.remainder(z, n - 1))


def bilinear(grid: Floats, x: Floats, y: Floats) -> Floats:
    """Values (N,) of a grid periodic in both axes (powers of two) at coordinates in cells."""
    nx, ny = grid.shape
    flat = grid.ravel()
    x0, y0 = np.floor(x), np.floor(y)
    fx, fy = x - x0, y - y0
    ix, iy = x0.astype(np.int64) & (nx - 1), y0.astype(np.int64) & (ny - 1)
    jx, jy = ((ix + 1) & (nx - 1)) * ny, (iy + 1) & (ny - 1)
    ix *= ny
    near, far = flat.take(ix + iy), flat.take(jx + iy)
    near = near + fy * (flat.take(ix + jy) - near)
    far = far + fy * (flat.take(jx + jy) - far)
    return near + fx * (far - near)


def _surface(cloud: Heaps, p: Floats, finest: bool = False) -> Floats:
    """Signed distance (N,), positive inside, at places (3, N) in the cloud's frame with z from the grid's floor."""
    f = _trilinear(cloud.field, *_in_cells(p))
    f += bilinear(cloud.drift, p[0] * (_DRIFT_CELLS / _DRIFT_M), p[1] * (_DRIFT_CELLS / _DRIFT_M))
    close = np.flatnonzero(f > -_BILLOW_AMPLITUDE_M)
    if len(close):
        q = p[:, close]
        scale = np.float32(_BILLOW_CELLS / _BILLOW_M)
        u, v, w = (q[0] * 0.8 + q[1] * 0.6) * scale, (q[1] * 0.8 - q[0] * 0.6) * scale, q[2] * scale
        bulge = _trilinear_periodic(_billows(), u, v, w)
        if finest:
            bulge += 0.34 * _trilinear_periodic(_billows(), 4.3 * u + 11, 4.3 * v + 27, 4.3 * w)
        f[close] += _BILLOW_AMPLITUDE_M * bulge * np.clip((q[2] - _FLOOR_M) / 250 + 0.35, 0.35, 1)
    return f


@dataclass(frozen=True, eq=False)
class Veil:
    """What clouds put before the sky, for N directions.

    Attributes:
        sun, sky, ground: (N,) radiance per unit of sun irradiance, of mean sky radiance and of ground radiance.
        through: (N,) part of the light behind that passes.
        distance_m: (N,) to what is seen.
    """

    sun: Floats
    sky: Floats
    ground: Floats
    through: Floats
    distance_m: Floats


def march(cloud: Heaps, d: Floats, to_sun: Floats, pixel_deg: float, eye_m: float = 60.0) -> Veil:
    """Cumulus seen along directions (N, 3); `to_sun` (N,) are cosines of the angles to the sun."""
    spread = np.float32(max(0.7 * np.deg2rad(pixel_deg), 0.0016))  # steps grow with what a pixel covers
    n = len(d)
    sun, sky, ground = np.zeros(n, np.float32), np.zeros(n, np.float32), np.zeros(n, np.float32)
    through, seen = np.ones(n, np.float32), np.full(n, np.float32(_FURTHEST_M))
    up = d[:, 2]
    active = np.flatnonzero(up > 0.018)
    floor = cloud.base_m - _FLOOR_M
    local = np.stack([d @ np.array([*cloud.ahead, 0], np.float32), d @ np.array([-cloud.ahead[1], cloud.ahead[0], 0], np.float32), up])
    t = (floor - eye_m) / np.maximum(up, 1e-3)
    end = np.minimum((cloud.top_m - eye_m) / np.maximum(up, 1e-3), _FURTHEST_M)
    active = active[t[active] < end[active]]
    origin = np.array([*cloud.shift_m, eye_m - floor], np.float32)[:, None]
    forward = 0.75 * henyey_greenstein(to_sun, 0.82) + 0.25 * henyey_greenstein(to_sun, 0.3)
    soft = 0.6 + 0.4 * 4 * np.pi * henyey_greenstein(to_sun, 0.3)
    to = np.array([np.cos(cloud.rise), 0, np.sin(cloud.rise)], np.float32)[:, None]
    for _ in range(160):
        if not len(active):
            break
        s = t[active]
        p = origin + local[:, active] * s
        f = _surface(cloud, p, finest=s.min() * spread < 15)
        least = 16 + spread * s
        step = np.maximum(least, -0.85 * f)
        inside = np.flatnonzero(f > -12)
        if len(inside):
            at, q = active[inside], p[:, inside]
            step[inside] = least[inside] * 1.4
            at_x, at_y, at_z = _in_cells(q)
            crowd = _trilinear(cloud.crowd, at_x / 2 - 0.25, at_y / 2 - 0.25, at_z)
            sigma = _EXTINCTION * np.clip((f[inside] + 12) / (_EDGE_M + 0.9 * spread * s[inside]), 0, 1) * np.clip(3 * crowd, 0.12, 1)
            opaque = 1 - np.exp(-sigma * step[inside])
            part = through[at] * opaque
            far = _trilinear(cloud.depth, *_in_cells(q + to * 110))
            close = sum(length * np.clip((_surface(cloud, q + to * away) + 12) / _EDGE_M, 0, 1) for away, length in ((15, 25), (45, 60)))
            tau = far + _EXTINCTION * close
            body = 1 - np.exp(-5 * crowd)
            sun[at] += part * (forward[at] * np.exp(-tau) + soft[at] * body * (0.15 * np.exp(-0.28 * tau) + 0.085 * np.exp(-0.05 * tau)))
            high = np.clip((q[2] - _FLOOR_M) / 900, 0, 1)
            open_ = np.exp(-1.3 * crowd)
            sky[at] += part * (0.35 + 0.65 * high) * open_
            ground[at] += part * 0.5 * (1 - high) * open_
            first = through[at] > 0.5
            through[at] *= 1 - opaque
            seen[at] = np.where(first, s[inside], seen[at])
        t[active] = s + step
        active = active[(t[active] < end[active]) & (through[active] > _OPAQUE)]
    # What little would still pass an opaque cloud does not: the sun behind it would show as grain.
    closed = np.clip((through - _OPAQUE) / (1 - _OPAQUE), 0, 1)
    scale = (1 - closed) / np.maximum(1 - through, 1e-6)
    return Veil(sun * scale, sky * scale, ground * scale, closed, seen)


def _in_cells(p: Floats) -> tuple[Floats, Floats, Floats]:
    return p[0] / _CELL_M, p[1] / _CELL_M, p[2] / _LAYER_M


_SHEET = 1024


def fractal(shape: tuple[int, int], features: tuple[float, float], seed: int, slope: float = 1.9, finest: float = 1e9) -> Floats:
    """Periodic Gaussian noise of standard deviation 0.3 whose amplitude falls as frequency^-slope; one transform does all octaves.

    Args:
        features: of the coarsest octave along rows and columns.
        finest: features beyond which there are none.
    """
    rng = np.random.default_rng([seed, 11])
    white = scipy.fft.rfft2(rng.standard_normal(shape, np.float32))
    v = scipy.fft.fftfreq(shape[0], 1 / shape[0])[:, None] / features[0]
    u = scipy.fft.rfftfreq(shape[1], 1 / shape[1]) / features[1]
    k = np.sqrt(v * v + u * u)
    amplitude = np.where(k > 0, (1 + k**4) ** (-slope / 4) * np.exp(-((k * features[0] / finest) ** 2)), 0) * np.minimum(k, 1)
    value = np.asarray(scipy.fft.irfft2(np.asarray(white) * amplitude.astype(np.float32), shape))
    return (value * (0.3 / value.std())).astype(np.float32)


def _warped(texture: Floats, rows: Floats, cols: Floats) -> Floats:
    """The texture, each pixel taken from (rows, cols) further on."""
    out, at = np.empty_like(texture), np.arange(_SHEET, dtype=np.float32)
    for i in range(0, _SHEET, 16):  # a few rows at a time stay in the cache
        part = slice(i, i + 16)
        out[part] = bilinear(texture, (at[part, None] + rows[part]).ravel(), (at + cols[part]).ravel()).reshape(-1, _SHEET)
    return out


@_kept
def _feathers() -> Floats:
    """(1024, 1024) periodic, 0 to 1: fallstreaks of ice, combed along x and bent."""
    shape = (_SHEET, _SHEET)
    bend, bend2 = fractal(shape, (3, 2), 401, 4.0), fractal(shape, (3, 2), 402, 4.0)
    streaks = 0.7 * fractal(shape, (46, 4), 403, 1.8) + 0.6 * fractal(shape, (14, 4), 405, 2.4)
    combed = _warped(streaks, 115 * bend, 80 * bend2)
    patches = _warped(fractal(shape, (6, 4), 404, 2.2), 60 * bend, 60 * bend2)
    value = np.clip(0.42 + 0.75 * combed, 0, 1.2) * np.clip(0.25 + 1.5 * patches, 0, 1.2)
    return np.ascontiguousarray(np.clip(value, 0, 1) ** 1.2)


def _ranks(rows: int, cols: int, seed: int) -> Floats:
    """(1024, 1024) periodic, 0 to 1: overlapping mounds on a jittered lattice."""
    rng = np.random.default_rng(seed)
    out = np.zeros((_SHEET, _SHEET), np.float32)
    high, wide = _SHEET / rows, _SHEET / cols
    cells = np.stack(np.meshgrid(np.arange(rows), np.arange(cols), indexing="ij"), -1).reshape(-1, 2)
    centres = (cells + rng.uniform(0, 0.85, cells.shape)) * (high, wide)
    for (cy, cx), size in zip(centres, rng.uniform(0.5, 1.1, len(centres)), strict=True):
        reach_y, reach_x = int(high * size) + 1, int(wide * size) + 1
        ys, xs = np.arange(int(cy) - reach_y, int(cy) + reach_y + 1), np.arange(int(cx) - reach_x, int(cx) + reach_x + 1)
        mound = 1 - (((ys - cy) / (high * size)) ** 2)[:, None] - ((xs - cx) / (wide * size)) ** 2
        at = np.ix_(ys % _SHEET, xs % _SHEET)
        out[at] = np.maximum(out[at], mound * min(size + 0.2, 1))
    return out


@_kept
def _flock() -> Floats:
    """(1024, 1024) periodic, 0 to 1: small heaps in ranks, with gaps."""
    shape = (_SHEET, _SHEET)
    bend, bend2 = fractal(shape, (4, 4), 411, 3.2), fractal(shape, (4, 4), 412, 3.2)
    fine = fractal(shape, (64, 64), 413)
    bent = _warped(_ranks(96, 64, 77), 60 * bend + 4 * fine, 60 * bend2)
    patches = fractal(shape, (6, 4), 414)
    return np.ascontiguousarray(np.clip(0.85 * bent + 0.22 * fine + 1.3 * patches - 0.36, 0, 1))


@_kept
def _ceiling() -> Floats:
    """(1024, 1024) periodic, about -1 to 1: the underside of a closed layer, lumps in loose rolls; high is thick and low-hanging."""
    shape = (_SHEET, _SHEET)
    bend, bend2 = fractal(shape, (6, 6), 421, 2.6), fractal(shape, (6, 6), 422, 2.6)
    fine, fine2 = fractal(shape, (50, 50), 425, 1.9), fractal(shape, (50, 50), 426, 1.9)
    large = _warped(_ranks(26, 17, 78), 34 * bend + 16 * fine, 34 * bend2 + 16 * fine2)
    small = _warped(_ranks(58, 44, 79), 34 * bend + 8 * fine, 34 * bend2 + 8 * fine2)
    lumps = large + 0.4 * small
    lumps -= lumps.mean()
    return np.ascontiguousarray(1.1 * lumps + 1.0 * fractal(shape, (7, 5), 424, 2.2) + 0.25 * fine)


_PLANET_M = 6_360_000.0


@dataclass(frozen=True, eq=False)
class Sheet:
    """A thin layer at one altitude, drawn from a texture that a seed turns and shifts."""

    texture: Floats
    altitude_m: float
    tile_m: float
    turn: float
    shift: tuple[float, float]

    def reach(self, up: Floats) -> Floats:
        """Distance (N,) to the layer along directions of elevation sine `up`."""
        up = np.maximum(up, 0)
        r, h = np.float32(_PLANET_M), np.float32(self.altitude_m)
        return (2 * r * h + h * h) / (r * up + np.sqrt((r * up) ** 2 + 2 * r * h + h * h))

    def __call__(self, x: Floats, y: Floats) -> Floats:
        """Texture (N,) at places in metres."""
        c, s = np.float32(np.cos(self.turn)), np.float32(np.sin(self.turn))
        scale = np.float32(_SHEET / self.tile_m)
        u, v = (c * x - s * y) * scale, (s * x + c * y) * scale
        return bilinear(self.texture, u + np.float32(self.shift[0]), v + np.float32(self.shift[1]))


@lru_cache(maxsize=32)
def sheet(kind: str, seed: int) -> Sheet:
    """The layer "cirrus", "altocumulus" or "ceiling" of one seed."""
    rng = np.random.default_rng([seed, {"cirrus": 51, "altocumulus": 52, "ceiling": 53}[kind]])
    texture, altitude, tile = {
        "cirrus": (_feathers, rng.uniform(8000, 10500), rng.uniform(55e3, 90e3)),
        "altocumulus": (_flock, rng.uniform(3600, 5000), rng.uniform(24e3, 40e3)),
        "ceiling": (_ceiling, rng.uniform(900, 1400), rng.uniform(19e3, 28e3)),
    }[kind]
    shift = rng.uniform(0, _SHEET, 2)
    return Sheet(texture(), float(altitude), float(tile), float(rng.uniform(0, 2 * np.pi)), (float(shift[0]), float(shift[1])))
