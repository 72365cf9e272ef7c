"""Procedural tiles for materials: colour, roughness and relief, each of a physical size, without seams.

A tile is drawn once per process and shared by every scene. All noise is periodic, so tiles repeat without
a visible edge; the composer shifts and turns them from object to object.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.ndimage import map_coordinates

from pochade.world import noise
from pochade.world.kept import Arrays, folder, kept
from pochade.world.materials import srgb
from pochade.world.mesh import Floats
from pochade.world.noise import cellular, tiling_fbm


@dataclass(frozen=True, eq=False)
class Tile:
    """A repeating square of surface.

    Attributes:
        color: (N, N, 3) float32, linear reflectance; white where the material's own colour should show.
        roughness: (N, N) float32, factor on the material's roughness, about 1.
        height_m: (N, N) float32, relief in metres.
        size_m: edge length.
    """

    color: Floats
    roughness: Floats
    height_m: Floats
    size_m: float


def _grid(n: int) -> tuple[Floats, Floats]:
    t = (np.arange(n, dtype=np.float32) + 0.5) / n
    return np.meshgrid(t, t)


def _points(n: int, cells_x: float, cells_y: float | None = None) -> Floats:
    x, y = _grid(n)
    return np.stack([x * cells_x, y * (cells_x if cells_y is None else cells_y), np.full_like(x, 0.37)], -1)


def _fbm(n: int, cells: int, seed: int, octaves: int = 5, gain: float = 0.5, cells_y: int | None = None) -> Floats:
    return tiling_fbm(n, cells, cells if cells_y is None else cells_y, seed, octaves, gain)


def _warped(n: int, cells: int, seed: int, warp: float, octaves: int = 5) -> Floats:
    """Fractal noise whose coordinates are bent by other noise, `warp` features at most (marble, rust, cloud)."""
    base = _fbm(n, cells, seed, octaves)
    row, column = np.mgrid[0:n, 0:n].astype(np.float32)
    bend = warp * n / cells
    at = np.stack([row + bend * _fbm(n, cells, seed + 6, 4), column + bend * _fbm(n, cells, seed + 5, 4)])
    return map_coordinates(base, at, order=1, mode="grid-wrap")


def _mix(t: Floats, *colors: tuple[float, float, float]) -> Floats:
    """Piecewise linear ramp over t in 0..1."""
    stops = np.linspace(0, 1, len(colors))
    c = np.asarray(colors, np.float32)
    t = np.clip(t, 0, 1)
    return np.stack([np.interp(t, stops, c[:, k]) for k in range(3)], -1).astype(np.float32)


def _flat(n: int, value: float = 1.0) -> Floats:
    return np.full((n, n), value, np.float32)


def _wood(n: int, seed: int, size_m: float, rings: int, dark, mid, light, pore: float, contrast: float = 1.0) -> Tile:
    """Plain-sawn board: stretched, warped growth rings along x, pores as short dark dashes."""
    _, y = _grid(n)
    wave = _fbm(n, 1, seed, 3, cells_y=4)
    fine = _fbm(n, 3, seed + 1, 3, cells_y=24)
    cathedral = _fbm(n, 1, seed + 2, 2, cells_y=2)
    phase = y * rings + 3.2 * cathedral * rings / 8 + 0.9 * wave + 0.25 * fine
    saw = phase - np.floor(phase)
    ring = np.where(saw < 0.8, saw / 0.8, (1 - saw) / 0.2) ** 1.6
    fibre = _fbm(n, 6, seed + 3, 2, 0.6, 180)
    pores = np.clip(_fbm(n, 28, seed + 4, 1, 0.5, 260) * 1.6 - 0.75, 0, 1)
    tone = np.clip(0.62 - contrast * 0.42 * ring + 0.16 * fibre + 0.22 * wave, 0, 1)
    color = _mix(tone, dark, mid, light) * (1 - pore * pores)[..., None]
    return Tile(color, 1 + 0.25 * ring - 0.1 * fibre + 0.3 * pores, (-0.00012 * pores - 0.00003 * ring).astype(np.float32), size_m)


def _planks(board: Tile, count: int, seed: int, gap_m: float = 0.0012) -> Tile:
    """Cuts a board tile into `count` planks with staggered offsets, tone differences and dark joints."""
    n = board.color.shape[0]
    rng = np.random.default_rng(seed)
    rows = n // count
    color, rough, height = board.color.copy(), board.roughness.copy(), board.height_m.copy()
    for k in range(count):
        s = slice(k * rows, (k + 1) * rows if k < count - 1 else n)
        rolled = np.roll(np.roll(board.color, int(rng.integers(n)), 1), int(rng.integers(n)), 0)
        color[s] = rolled[s] * rng.uniform(0.82, 1.12)
        rough[s] = np.roll(board.roughness, int(rng.integers(n)), 1)[s]
    y = (np.arange(n) + 0.5) / n * board.size_m
    pitch = board.size_m / count
    edge = np.abs((y + pitch / 2) % pitch - pitch / 2)
    joint = np.clip(1 - edge / gap_m, 0, 1).astype(np.float32)[:, None]
    return Tile(color * (1 - 0.75 * joint)[..., None], rough, height - 0.0006 * joint, board.size_m)


def oak(n: int = 1024) -> Tile:
    return _wood(n, 11, 0.5, 14, srgb(122, 84, 50), srgb(168, 124, 80), srgb(197, 158, 110), 0.38)


def walnut(n: int = 1024) -> Tile:
    return _wood(n, 12, 0.5, 12, srgb(52, 33, 22), srgb(88, 58, 38), srgb(124, 87, 60), 0.45)


def pine(n: int = 1024) -> Tile:
    return _wood(n, 13, 0.45, 16, srgb(184, 128, 72), srgb(216, 170, 112), srgb(232, 198, 146), 0.08, 1.3)


def bamboo(n: int = 512) -> Tile:
    return _wood(n, 14, 0.24, 40, srgb(176, 138, 76), srgb(206, 172, 108), srgb(222, 194, 136), 0.2, 0.6)


def wooden_floor(n: int = 1024) -> Tile:
    base = _wood(n, 15, 0.9, 22, srgb(112, 72, 42), srgb(156, 108, 66), srgb(186, 142, 94), 0.4)
    return _planks(base, 7, 5)


def oak_planks(n: int = 1024) -> Tile:
    base = oak(n)
    return _planks(Tile(base.color, base.roughness, base.height_m, 0.9), 6, 3, 0.0008)


def white_marble(n: int = 1024) -> Tile:
    """Carrara: cool white, soft grey clouds, a few sharp veins of varying strength."""
    cloud = _warped(n, 3, 21, 0.9, 6)
    body = np.clip(0.5 + 0.9 * cloud, 0, 1)
    veins = np.zeros((n, n), np.float32)
    for k, (cells, strength, width) in enumerate(((1, 0.95, 0.022), (2, 0.8, 0.016), (4, 0.5, 0.016), (8, 0.22, 0.03))):
        line = np.abs(_warped(n, cells, 31 + 9 * k, 0.45, 6))
        mask = np.clip(0.35 + 1.5 * _fbm(n, 2, 77 + k, 3), 0, 1)
        halo = 0.35 * np.exp(-line / (width * 5))
        veins = np.maximum(veins, strength * mask * (0.65 * np.exp(-line / width) + halo))
    color = _mix(body, srgb(204, 205, 208), srgb(228, 227, 226), srgb(238, 237, 235)) * (
        1 - 0.75 * veins[..., None] * np.array([1, 0.97, 0.93], np.float32)
    )
    return Tile(color, 1 + 0.3 * veins, _flat(n, 0), 0.75)


def black_marble(n: int = 1024) -> Tile:
    """Marquina: near black with white lightning veins."""
    cloud = _warped(n, 4, 41, 0.7, 5)
    veins = np.zeros((n, n), np.float32)
    for k, (cells, strength, width) in enumerate(((2, 0.9, 0.012), (4, 0.5, 0.012), (7, 0.25, 0.014))):
        line = np.abs(_warped(n, cells, 51 + 9 * k, 0.5, 6))
        mask = np.clip(0.1 + 1.6 * _fbm(n, 3, 87 + k, 3), 0, 1)
        veins = np.maximum(veins, strength * mask * np.exp(-line / width))
    color = _mix(np.clip(0.5 + cloud, 0, 1), srgb(16, 16, 18), srgb(27, 27, 29), srgb(40, 40, 43))
    color = color + veins[..., None] * (np.array(srgb(206, 202, 196), np.float32) - color) * 0.9
    return Tile(color, 1 + 0.3 * veins, _flat(n, 0), 0.7)


def granite(n: int = 1024) -> Tile:
    p = _points(n, 90)
    _, _, ident = cellular(p[..., :2] + 0.35 * _fbm(n, 90, 3, 2)[..., None], 61, 90)
    grain = np.clip(ident + 0.12 * _fbm(n, 40, 63, 3), 0, 0.999)
    palette = np.array(
        [srgb(38, 36, 38), srgb(92, 88, 86), srgb(150, 142, 136), srgb(178, 168, 160), srgb(196, 186, 178), srgb(170, 140, 126)], np.float32
    )
    weight = np.array([0.16, 0.34, 0.58, 0.78, 0.92, 1.0])
    color = palette[np.searchsorted(weight, grain)]
    return Tile(color, 1 + 0.5 * (ident < 0.16).astype(np.float32), _flat(n, 0), 0.35)


def slate(n: int = 1024) -> Tile:
    layers = _warped(n, 3, 71, 0.8, 6)
    step = np.floor(layers * 7 + 0.6 * _fbm(n, 12, 72, 3)) / 7
    tone = np.clip(0.5 + 0.5 * _fbm(n, 5, 73, 5) + 0.4 * layers, 0, 1)
    color = _mix(tone, srgb(44, 48, 53), srgb(64, 68, 73), srgb(86, 88, 90))
    return Tile(color, 1 + 0.25 * _fbm(n, 20, 74, 3), (0.0016 * step + 0.0004 * _fbm(n, 24, 75, 4)).astype(np.float32), 0.5)


def concrete(n: int = 1024) -> Tile:
    tone = np.clip(0.5 + 0.55 * _fbm(n, 3, 81, 6) + 0.10 * _fbm(n, 60, 82, 2), 0, 1)
    pits, _, ident = cellular(_points(n, 34)[..., :2], 83, 34)
    pit = np.clip(1 - pits / (0.05 + 0.16 * np.clip(ident - 0.62, 0, 1)), 0, 1) * (ident > 0.62)
    color = _mix(tone, srgb(118, 116, 112), srgb(146, 144, 139), srgb(168, 166, 160)) * (1 - 0.45 * pit)[..., None]
    return Tile(
        color.astype(np.float32), 1 + 0.15 * _fbm(n, 8, 84, 3), (-0.0012 * pit + 0.00022 * _fbm(n, 50, 85, 3)).astype(np.float32), 0.8
    )


def sandstone(n: int = 768) -> Tile:
    band = _fbm(n, 2, 91, 5, 0.55, 12)
    grain = _fbm(n, 130, 93, 2)
    color = _mix(np.clip(0.5 + 0.8 * band + 0.18 * grain, 0, 1), srgb(168, 124, 84), srgb(204, 164, 118), srgb(222, 190, 148))
    return Tile(color, _flat(n), (0.0004 * grain + 0.0008 * _fbm(n, 14, 94, 4)).astype(np.float32), 0.4)


def jade(n: int = 512) -> Tile:
    t = np.clip(0.5 + 0.9 * _warped(n, 3, 96, 1.0, 5), 0, 1)
    return Tile(_mix(t, srgb(38, 96, 66), srgb(74, 142, 100), srgb(150, 190, 150)), _flat(n), _flat(n, 0), 0.25)


def terracotta(n: int = 512) -> Tile:
    t = np.clip(0.5 + 0.5 * _fbm(n, 4, 101, 5) + 0.12 * _fbm(n, 90, 102, 2), 0, 1)
    return Tile(
        _mix(t, srgb(160, 82, 52), srgb(188, 104, 68), srgb(204, 128, 92)),
        _flat(n),
        (0.00025 * _fbm(n, 70, 103, 3)).astype(np.float32),
        0.3,
    )


def clay(n: int = 512) -> Tile:
    """Thrown clay: faint turning grooves along u; neutral, so that it can be dyed."""
    lines = _fbm(n, 2, 111, 4, 0.5, 46)
    tone = 1 + 0.10 * _fbm(n, 5, 112, 5) + 0.05 * lines
    return Tile(
        np.repeat(np.clip(tone, 0, 1.2)[..., None], 3, 2).astype(np.float32),
        _flat(n),
        (0.00035 * lines + 0.00012 * _fbm(n, 60, 113, 3)).astype(np.float32),
        0.25,
    )


def rust(n: int = 768) -> Tile:
    t = np.clip(0.5 + 0.8 * _warped(n, 5, 121, 0.8, 6) + 0.15 * _fbm(n, 70, 122, 3), 0, 1)
    color = _mix(t, srgb(46, 38, 34), srgb(92, 52, 32), srgb(140, 74, 36), srgb(176, 104, 54))
    return Tile(color, 0.75 + 0.4 * t, (0.0009 * _fbm(n, 36, 123, 4) + 0.0006 * t).astype(np.float32), 0.3)


def leather(n: int = 768) -> Tile:
    near, far, _ = cellular(_points(n, 70)[..., :2] + 0.3 * _fbm(n, 70, 132, 2)[..., None], 131, 70)
    crease = np.clip((far - near) * 3, 0, 1)
    tone = 0.78 + 0.22 * crease + 0.10 * _fbm(n, 4, 133, 4)
    return Tile(
        np.repeat(np.clip(tone, 0, 1.2)[..., None], 3, 2).astype(np.float32),
        1.15 - 0.25 * crease,
        (0.00030 * crease).astype(np.float32),
        0.16,
    )


def linen(n: int = 768) -> Tile:
    """Plain weave with slubs: two sets of threads, over and under."""
    x, y = _grid(n)
    count = 96
    wobble = 0.18 * _fbm(n, 8, 141, 3)
    u, v = x * count + wobble, y * count + 0.18 * _fbm(n, 8, 142, 3)
    over = (np.floor(u) + np.floor(v)) % 2
    fu, fv = np.abs(u - np.floor(u) - 0.5) * 2, np.abs(v - np.floor(v) - 0.5) * 2
    weft, warp = np.sqrt(np.clip(1 - fv**2, 0, 1)), np.sqrt(np.clip(1 - fu**2, 0, 1))
    height = np.where(over > 0, np.maximum(weft * (1 - 0.5 * fu), 0.45 * warp), np.maximum(warp * (1 - 0.5 * fv), 0.45 * weft))
    slub = _fbm(n, 3, 143, 3, 0.5, 96) * 0.5 + _fbm(n, 96, 144, 3, 0.5, 3) * 0.5
    tone = 0.80 + 0.18 * height + 0.16 * slub
    return Tile(
        np.repeat(np.clip(tone, 0, 1.15)[..., None], 3, 2).astype(np.float32),
        _flat(n),
        (0.00030 * height + 0.00012 * slub).astype(np.float32),
        0.10,
    )


def velvet(n: int = 512) -> Tile:
    nap = _fbm(n, 5, 151, 4)
    pile = _fbm(n, 160, 152, 2)
    tone = 0.85 + 0.18 * nap + 0.10 * pile
    return Tile(
        np.repeat(np.clip(tone, 0, 1.2)[..., None], 3, 2).astype(np.float32),
        _flat(n),
        (0.0003 * pile + 0.0008 * nap).astype(np.float32),
        0.25,
    )


def paper(n: int = 512) -> Tile:
    fibre = _fbm(n, 48, 161, 3)
    tone = 0.985 + 0.03 * fibre
    return Tile(
        np.repeat(tone[..., None], 3, 2).astype(np.float32),
        _flat(n),
        (0.00005 * fibre + 0.0003 * _fbm(n, 3, 162, 3)).astype(np.float32),
        0.15,
    )


def cardboard(n: int = 512) -> Tile:
    x, _ = _grid(n)
    flute = np.sin(x * 2 * np.pi * 36)
    speck = np.clip(_fbm(n, 90, 171, 2) * 2.4 - 0.8, 0, 1)
    tone = 0.92 + 0.06 * _fbm(n, 6, 172, 4) + 0.02 * flute
    color = np.array(srgb(186, 145, 100), np.float32) * tone[..., None] * (1 - 0.25 * speck[..., None])
    return Tile(color.astype(np.float32), _flat(n), (0.00006 * flute).astype(np.float32), 0.25)


def brushed(n: int = 768) -> Tile:
    """Brushing along u: long scratches that vary across v; drives the roughness and a faint relief."""
    scratch = _fbm(n, 2, 181, 4, 0.7, 240)
    tone = 0.96 + 0.06 * scratch
    return Tile(
        np.repeat(np.clip(tone, 0, 1)[..., None], 3, 2).astype(np.float32), 1 + 0.5 * scratch, (0.000010 * scratch).astype(np.float32), 0.2
    )


def aged_metal(n: int = 512) -> Tile:
    """Handled metal: fingerprints and fine wear in the roughness."""
    wear = _fbm(n, 5, 191, 5)
    return Tile(
        np.repeat((0.97 + 0.05 * wear)[..., None], 3, 2).astype(np.float32),
        1 + 0.5 * wear,
        (0.00004 * _fbm(n, 10, 192, 3)).astype(np.float32),
        0.2,
    )


def cut(n: int = 512) -> Tile:
    """Diamond cuts of crystal glass as relief: two crossing sets of V grooves."""
    x, y = _grid(n)
    a = np.abs(((x + y) * 9) % 1 - 0.5) * 2
    b = np.abs(((x - y) * 9) % 1 - 0.5) * 2
    return Tile(_flat(n)[..., None].repeat(3, 2), _flat(n), (0.0042 * np.minimum(a, b)).astype(np.float32), 0.13)


def ice(n: int = 512) -> Tile:
    return Tile(_flat(n)[..., None].repeat(3, 2), 1 + 0.8 * _fbm(n, 4, 201, 4), (0.004 * _fbm(n, 5, 202, 4)).astype(np.float32), 0.25)


def tiles(n: int = 1024) -> Tile:
    """Glazed floor tiles, 20 cm, grey-white and petrol in a chequer, with grout."""
    return _tiles(n, srgb(222, 218, 208), srgb(74, 106, 112), 6, 0.003, 211)


def terracotta_tiles(n: int = 1024) -> Tile:
    return _tiles(n, srgb(176, 98, 64), srgb(188, 112, 76), 5, 0.006, 221, 0.22)


def _tiles(n: int, first, second, count: int, gap_m: float, seed: int, variation: float = 0.08) -> Tile:
    x, y = _grid(n)
    size_m = 0.2 * count if count % 2 == 0 else 0.24 * count
    u, v = x * count, y * count
    rng = np.random.default_rng(seed)
    iu, iv = np.floor(u).astype(int), np.floor(v).astype(int)
    tone = rng.uniform(1 - variation, 1 + variation, (count, count)).astype(np.float32)[iv, iu]
    pitch = size_m / count
    edge = np.minimum(np.minimum(u % 1, 1 - u % 1), np.minimum(v % 1, 1 - v % 1)) * pitch
    inside = np.clip((edge - gap_m / 2) / 0.0015, 0, 1)
    parity = ((iu + iv) % 2)[..., None]
    body = np.where(parity == 0, np.array(first, np.float32), np.array(second, np.float32)) * tone[..., None]
    body = body * (1 + 0.10 * _fbm(n, 16, seed + 1, 4)[..., None])
    grout = np.array(srgb(128, 122, 112), np.float32) * (1 + 0.2 * _fbm(n, 80, seed + 2, 2)[..., None])
    return Tile(
        (grout + (body - grout) * inside[..., None]).astype(np.float32),
        (2.2 - 1.2 * inside).astype(np.float32),
        (0.0012 * inside + 0.0003 * _fbm(n, 8, seed + 3, 3)).astype(np.float32),
        size_m,
    )


def cobbles(n: int = 1024) -> Tile:
    near, far, ident = cellular(_points(n, 11)[..., :2] + 0.12 * _fbm(n, 11, 232, 2)[..., None], 231, 11)
    dome = np.clip((far - near) * 1.9, 0, 1)
    top = np.sqrt(dome)
    tone = np.clip(0.25 + 0.6 * ident + 0.25 * _fbm(n, 60, 233, 3), 0, 1)
    color = _mix(tone, srgb(72, 70, 68), srgb(104, 100, 96), srgb(136, 130, 122)) * (0.35 + 0.65 * np.clip(dome * 3, 0, 1))[..., None]
    return Tile(color.astype(np.float32), 1.25 - 0.35 * top, (0.018 * top + 0.0012 * _fbm(n, 70, 234, 3)).astype(np.float32), 1.2)


def asphalt(n: int = 1024) -> Tile:
    near, _, ident = cellular(_points(n, 110)[..., :2], 241, 110)
    stone = np.clip(1 - near * 1.7, 0, 1)
    puddle = np.clip(2.6 * _fbm(n, 3, 242, 4) + 0.25, 0, 1)  # 1 where water stands
    color = (
        _mix(np.clip(0.2 + 0.7 * ident * stone, 0, 1), srgb(20, 20, 22), srgb(40, 40, 42), srgb(66, 64, 62))
        * (1 - 0.45 * puddle)[..., None]
    )
    return Tile(
        color.astype(np.float32), (1.5 - 1.44 * puddle).astype(np.float32), ((0.0022 * stone) * (1 - puddle) ** 2).astype(np.float32), 1.6
    )


def sand(n: int = 1024) -> Tile:
    _, y = _grid(n)
    ripple_phase = y * 9 + 0.9 * _fbm(n, 3, 251, 3)
    s = ripple_phase - np.floor(ripple_phase)
    ripple = np.where(s < 0.68, s / 0.68, (1 - s) / 0.32)
    ripple = ripple * ripple * (3 - 2 * ripple)
    grain = _fbm(n, 220, 252, 2)
    color = _mix(np.clip(0.5 + 0.5 * _fbm(n, 4, 253, 4) + 0.3 * grain, 0, 1), srgb(186, 156, 112), srgb(208, 180, 138), srgb(224, 200, 162))
    return Tile(color, _flat(n), (0.006 * ripple + 0.0004 * grain + 0.003 * _fbm(n, 4, 254, 3)).astype(np.float32), 0.9)


def snow(n: int = 768) -> Tile:
    soft = _fbm(n, 3, 261, 5)
    grain = _fbm(n, 150, 262, 2)
    tone = 0.88 + 0.03 * grain
    return Tile(
        np.stack([tone * 0.985, tone * 0.995, tone], -1).astype(np.float32),
        _flat(n),
        (0.012 * soft + 0.0008 * grain).astype(np.float32),
        1.0,
    )


def plaster(n: int = 512) -> Tile:
    t = _fbm(n, 4, 271, 5)
    return Tile(
        np.repeat((0.97 + 0.05 * t)[..., None], 3, 2).astype(np.float32),
        _flat(n),
        (0.0006 * _fbm(n, 30, 272, 4) + 0.0008 * t).astype(np.float32),
        1.0,
    )


def bricks(n: int = 1024) -> Tile:
    x, y = _grid(n)
    rows = 12
    v = y * rows
    iv = np.floor(v).astype(int)
    u = x * 4 + 0.5 * (iv % 2)
    iu = np.floor(u).astype(int) % 4
    rng = np.random.default_rng(281)
    tone = rng.uniform(0, 1, (rows, 4)).astype(np.float32)[iv, iu]
    edge = np.minimum(np.minimum(u % 1, 1 - u % 1) * 0.25, np.minimum(v % 1, 1 - v % 1) / rows) + 0.0012 * _fbm(n, 40, 284, 3)
    inside = np.clip((edge - 0.006) / 0.004, 0, 1)
    body = _mix(np.clip(tone + 0.35 * _fbm(n, 30, 282, 4), 0, 1), srgb(108, 54, 42), srgb(146, 78, 58), srgb(172, 108, 82))
    mortar = np.array(srgb(150, 142, 132), np.float32) * (1 + 0.2 * _fbm(n, 90, 283, 2)[..., None])
    return Tile(
        (mortar + (body - mortar) * inside[..., None]).astype(np.float32),
        _flat(n),
        (0.005 * inside + 0.0012 * _fbm(n, 50, 285, 4)).astype(np.float32),
        0.96,
    )


def grass_ground(n: int = 768) -> Tile:
    t = np.clip(0.5 + 0.6 * _fbm(n, 10, 291, 6) + 0.3 * _fbm(n, 120, 292, 2), 0, 1)
    return Tile(
        _mix(t, srgb(44, 52, 24), srgb(66, 80, 34), srgb(98, 102, 52)), _flat(n), (0.006 * _fbm(n, 60, 293, 4)).astype(np.float32), 1.0
    )


TEXTURES: dict[str, Callable[[], Tile]] = {
    "oak": oak, "walnut": walnut, "pine": pine, "bamboo": bamboo, "wooden floor": wooden_floor, "oak planks": oak_planks,
    "white marble": white_marble, "black marble": black_marble, "granite": granite, "slate": slate, "concrete": concrete,
    "sandstone": sandstone, "jade": jade, "terracotta": terracotta, "clay": clay, "rust": rust, "leather": leather,
    "linen": linen, "velvet": velvet, "paper": paper, "cardboard": cardboard, "brushed": brushed, "aged metal": aged_metal,
    "cut": cut, "ice": ice, "tiles": tiles, "terracotta tiles": terracotta_tiles, "cobbles": cobbles, "asphalt": asphalt,
    "sand": sand, "snow": snow, "plaster": plaster, "bricks": bricks, "grass ground": grass_ground,
}  # fmt: skip


@lru_cache(maxsize=64)
def tile(name: str) -> Tile:
    """The tile of a texture name, kept in memory; see `read_tile`."""
    return read_tile(name)


def read_tile(name: str) -> Tile:
    """The tile of a texture name. Drawn tiles are kept in the cache folder, since a large one takes a second.

    Raises:
        KeyError: for a name that is not in TEXTURES.
    """
    draw = TEXTURES[name]
    path = folder("tiles", sys.modules[__name__], noise) / f"{name.replace(' ', '-')}.npz"  # pyright: ignore[reportArgumentType]
    # colour and roughness rounded as the file holds them, so that the first picture equals the second
    found = kept(path, ("color", "roughness", "height_m", "size_m"), lambda: _rounded(draw()))
    return Tile(found["color"].astype(np.float32), found["roughness"].astype(np.float32), found["height_m"], float(found["size_m"]))


def _rounded(drawn: Tile) -> Arrays:
    return {
        "color": drawn.color.astype(np.float16),
        "roughness": drawn.roughness.astype(np.float16),
        "height_m": drawn.height_m.astype(np.float32),
        "size_m": np.array(drawn.size_m),
    }
