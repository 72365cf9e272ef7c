"""Water: wind waves from a spectrum, still lakes, and what colour the depth gives.

Source: the wave field is a sum of linear waves with a directional Pierson-Moskowitz spectrum, displaced
sideways as in Tessendorf, "Simulating Ocean Water", 2001, section 3.6 (choppy waves).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import map_coordinates

from pochade.world.asset import Part
from pochade.world.blending import mix, smoothstep
from pochade.world.landscapes.land import Floats, Water
from pochade.world.landscapes.terrain import Grid, curved
from pochade.world.materials import Material, Rgb
from pochade.world.mesh import Mesh
from pochade.world.vectors import f32

WATER = Material(texture="water", roughness=0.05, specular=0.5, ior=1.33, color=(0.01, 0.03, 0.035))
FOAM: Rgb = (0.78, 0.8, 0.8)


class Waves:
    """A wind sea: displacement and slope statistics on tiles of several sizes, each with its band of wavelengths.

    Args:
        wind_m_s: speed of the wind at 10 m height; 3 is a ripple, 12 has whitecaps.
        wind_deg: direction it blows to, 0 is along +y (away from the camera), positive to the right.
        choppiness: 0 round waves, 1 sharp crests.
        swell_m: height of a long swell added to it.
    """

    _TILES = ((610.0, 256), (83.0, 256), (11.3, 256))

    def __init__(self, rng: np.random.Generator, wind_m_s: float, wind_deg: float = 150.0, choppiness: float = 0.8, swell_m: float = 0.0):
        self.choppiness = choppiness
        self.tiles: list[tuple[float, Floats]] = []
        g = 9.81
        wind = np.radians(wind_deg)
        edges = [0.0] + [np.pi * n / size * 0.45 for size, n in self._TILES]
        self.slope_variance: list[float] = []
        for level, (size, n) in enumerate(self._TILES):
            k1 = 2 * np.pi * np.fft.fftfreq(n, size / n)
            kx, ky = np.meshgrid(k1, k1)
            k = np.hypot(kx, ky)
            k[0, 0] = 1
            peak = g * (0.855 / wind_m_s) ** 2
            energy = 0.0081 / (2 * k**3) * np.exp(-1.25 * (peak / k) ** 2)  # S(k) of Pierson and Moskowitz
            along = (kx * np.sin(wind) + ky * np.cos(wind)) / k
            lobe = np.where(along > 0, along**2, 0.06 * along**2) * 0.9 + 0.1
            if level == 0 and swell_m > 0:
                ks = 2 * np.pi / (26 * swell_m + 25)
                swell = np.exp(-(((k - ks) / (0.22 * ks)) ** 2)) * np.clip(along, 0, 1) ** 10
                energy = energy + 0.0
            spectrum = energy * lobe * (2 / np.pi) / k
            spectrum[(k <= edges[level]) | (k > edges[level + 1])] = 0
            spectrum[0, 0] = 0
            dk = (2 * np.pi / size) ** 2
            amplitude = np.sqrt(spectrum * dk)
            if level == 0 and swell_m > 0:
                swell[0, 0] = 0
                amplitude = amplitude + np.sqrt(swell / max(swell.sum(), 1e-9)) * swell_m / 4
            phase = rng.normal(size=(n, n)) + 1j * rng.normal(size=(n, n))
            h = phase * amplitude
            fields = np.stack([np.fft.ifft2(h * f).real * n * n for f in (1, -1j * kx / k, -1j * ky / k)]).astype(np.float32)
            self.tiles.append((size, fields))
            self.slope_variance.append(float((amplitude**2 * k**2).sum()))

    @property
    def significant_height_m(self) -> float:
        return 4 * float(np.sqrt(sum(fields[0].var() for _, fields in self.tiles)))

    def __call__(self, x: Floats, y: Floats, spacing: Floats, calm: Floats | float = 1.0) -> tuple[Floats, Floats, Floats, Floats]:
        """Sideways and upward displacement at x, y, and the slope variance that `spacing` cannot carry.

        Args:
            calm: factor on the amplitude, e.g. falling towards the shore or in the lee.
        """
        out = np.zeros((3, len(x)), np.float32)
        rest = np.full(len(x), 0.002, np.float32)
        for level, (size, fields) in enumerate(self.tiles):
            n = fields.shape[-1]
            shortest = 2 * size / n / 0.45
            c, s = np.cos(0.35 * level), np.sin(0.35 * level)  # turned, so that the tiles do not line up
            weight = np.clip(np.log2(np.maximum(shortest * 6 / spacing, 1e-6)) / 2, 0, 1)
            use = weight > 0
            if use.any():
                px, py = x[use], y[use]
                at = np.stack([(-s * px + c * py) / size * n, (c * px + s * py) / size * n])
                h, dx, dy = (map_coordinates(f, at, order=1 if level == 0 else 3, mode="grid-wrap", prefilter=True) for f in fields)
                w = weight[use]
                out[0, use] += w * (c * dx - s * dy)
                out[1, use] += w * (s * dx + c * dy)
                out[2, use] += w * h
            rest += (1 - weight**2) * self.slope_variance[level]
        calm = np.asarray(calm, np.float32)
        out *= calm
        rest = 0.0004 + (rest - 0.0004) * calm**2
        return out[0] * self.choppiness, out[1] * self.choppiness, out[2], rest


def depth_color(depth_m: Floats, deep: ArrayLike, shallow: ArrayLike, bottom: ArrayLike, clarity_m: float) -> Floats:
    """Light that comes back from water over a bottom: the bottom's colour at the edge, then `shallow`, then `deep`.

    Args:
        clarity_m: depth at which a third of the bottom still shows.
    """
    d = np.maximum(depth_m, 0)
    c = mix(shallow, deep, 1 - np.exp(-d / (3 * clarity_m)))
    wet = np.asarray(bottom, np.float32) * np.float32(0.55) * np.exp(-d[..., None] / clarity_m * f32([2.2, 0.9, 0.75]))
    return c * (1 - np.exp(-d / clarity_m))[..., None] + wet


def roughness_of(slope_variance: Floats, foam: Floats | float = 0.0) -> NDArray[np.float32]:
    """Disney roughness: GGX alpha is the root of the slope variance. Source: Cox and Munk 1954 for the idea."""
    r = np.sqrt(np.sqrt(np.maximum(slope_variance, 1e-6)))
    return np.clip(r + (0.85 - r) * np.asarray(foam), 0.02, 1).astype(np.float32)


def water_body(
    grid: Grid,
    level_m: float,
    color: Callable[[Floats, Floats], Floats] | ArrayLike,
    waves: Waves | None = None,
    calm: Floats | float = 1.0,
    foam: Floats | None = None,
    lift_m: Floats | float = 0.0,
    slope_variance: float = 0.0003,
) -> Water:
    """Water on a grid.

    Args:
        color: body colours from x, y, or one colour.
        foam: (V,) 0 to 1.
        lift_m: (V,) extra height, e.g. of breakers.
        slope_variance: roughness of still water.
    """
    x, y = grid.x, grid.y
    body = np.broadcast_to(np.asarray(color, np.float32), (len(x), 3)) if not callable(color) else color(x, y)
    if waves is None:
        dx = dy = dz = np.float32(0)
        rest = np.full(len(x), slope_variance, np.float32)
    else:
        dx, dy, dz, rest = waves(x, y, grid.spacing, calm)
    z = level_m + dz + lift_m
    v = np.stack([x + dx, y + dy, np.broadcast_to(curved(x, y, np.asarray(z, np.float32)), x.shape)], 1).astype(np.float32)
    f = np.zeros(len(x), np.float32) if foam is None else foam
    c = mix(body, FOAM, np.clip(f, 0, 1))
    mesh = Mesh(v, grid.faces, v[:, :2].copy(), np.clip(c, 0, 1).astype(np.float32))
    return Water(Part(mesh, WATER), level_m, roughness_of(rest, f))


def whitecaps(waves: Waves, x: Floats, y: Floats, spacing: Floats, amount: float) -> Floats:
    """Foam 0 to 1 where crests fold over.

    Args:
        amount: share of crests that break, 0 to 1.
    """
    out = np.zeros(len(x), np.float32)
    for level in (0, 1):
        size, fields = waves.tiles[level]
        n = fields.shape[-1]
        step = size / n
        fold = np.zeros((n, n), np.float32)
        for axis, f in ((1, fields[1]), (0, fields[2])):
            fold += (np.roll(f, -1, axis) - np.roll(f, 1, axis)) / (2 * step)
        limit = np.quantile(fold, amount * (0.06, 0.035)[level])
        scale = max(fold.std(), 1e-6)
        c, s = np.cos(0.35 * level), np.sin(0.35 * level)
        here = map_coordinates(fold, np.stack([(-s * x + c * y) / size * n, (c * x + s * y) / size * n]), order=1, mode="grid-wrap")
        # the long waves' tile is too coarse to draw a single breaking crest: it says only where the small ones break
        broken = smoothstep(limit + 0.3 * scale, limit - 0.6 * scale, here) * np.clip(step * 3 / spacing, 0, 1)
        out = np.maximum(out, (0.45, 1.0)[level] * broken)
    return out


__all__ = ["FOAM", "WATER", "Waves", "depth_color", "roughness_of", "water_body", "whitecaps"]
