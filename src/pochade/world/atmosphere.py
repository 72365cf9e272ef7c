"""Light scattered by clear air: a spherical atmosphere of molecules, aerosol and ozone, at eight wavelengths.

Units: metres; radiance such that a white Lambertian ground under a clear noon sky is about 1; linear Rec. 709,
white balanced to noon daylight as a camera set to "daylight" is.

Source: densities, cross sections and solar irradiance after Bruneton, "Precomputed Atmospheric Scattering: a New
Implementation", 2017; multiple scattering after Hillaire, "A Scalable and Production Ready Sky and Atmosphere
Rendering Technique", EGSR 2020; colour matching after Wyman et al., JCGT 2(2), 2013.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from pochade.world.mesh import Floats

GROUND_M = 6_360_000.0
TOP_M = 6_460_000.0
EYE_M = 60.0
"""Altitude of the camera above the level ground."""
_NEARBY_M = 300.0
"""Altitude of the air between the camera and far land."""

LAMBDA_NM = np.arange(410, 700, 40, dtype=np.float64)  # 410 to 690
_SOLAR = np.array([1.75, 2.07, 2.00, 1.90, 1.84, 1.74, 1.58, 1.45])  # W / m^2 / nm
_RAYLEIGH = 1.24062e-6 * (LAMBDA_NM / 1000) ** -4  # 1 / m at sea level
_MIE = 6.0e-6 * (LAMBDA_NM / 550) ** -0.9  # extinction, 1 / m at sea level, for haze = 1
_MIE_ALBEDO = 0.94
_OZONE = 5.374e18 * np.array([2.763e-27, 2.316e-26, 9.016e-26, 2.755e-25, 4.672e-25, 4.305e-25, 2.238e-25, 9.423e-26])
_SCALE_RAYLEIGH_M, _SCALE_MIE_M = 8000.0, 1200.0
_GROUND_ALBEDO = 0.25
_SUN_RADIUS = np.deg2rad(0.27)

_ELEVATIONS, _AZIMUTHS = 56, 25  # nodes of the coarse table
_FINE = (224, 145)  # nodes of the table that is looked up


def _colour_matching() -> NDArray[np.float64]:
    """(8, 3) matrix from spectral radiance to linear Rec. 709, before white balance."""

    def lobe(mean: float, low: float, high: float) -> NDArray[np.float64]:
        width = np.where(mean > LAMBDA_NM, low, high)
        return np.exp(-0.5 * ((LAMBDA_NM - mean) * width) ** 2)

    x = 0.362 * lobe(442.0, 0.0624, 0.0374) + 1.056 * lobe(599.8, 0.0264, 0.0323) - 0.065 * lobe(501.1, 0.0490, 0.0382)
    y = 0.821 * lobe(568.8, 0.0213, 0.0247) + 0.286 * lobe(530.9, 0.0613, 0.0322)
    z = 1.217 * lobe(437.0, 0.0845, 0.0278) + 0.681 * lobe(459.0, 0.0385, 0.0725)
    to_rgb = np.array([[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]])
    return (to_rgb @ np.stack([x, y, z])).T


_WHITE = 1 / np.array([1.394, 1.243, 1.147])
"""Makes a white ground under a clear sky with the sun at 60 degrees neutral, of radiance 1."""
_TO_RGB = _colour_matching() * _SOLAR[:, None]


def to_rgb(transfer: NDArray[np.floating]) -> NDArray[np.float64]:
    """(..., 8) radiance relative to the sun's spectrum -> (..., 3) white-balanced linear Rec. 709."""
    return np.maximum(transfer @ (_TO_RGB * _WHITE), 0)


def _densities(altitude_m: NDArray[np.floating]) -> NDArray[np.float64]:
    """(..., 3) relative density of molecules, aerosol, ozone."""
    h = np.maximum(altitude_m, 0)
    ozone = np.maximum(0, 1 - np.abs(h - 25000) / 15000)
    return np.stack([np.exp(-h / _SCALE_RAYLEIGH_M), np.exp(-h / _SCALE_MIE_M), ozone], -1)


def _to_top(radius: NDArray[np.floating] | np.float64, mu: NDArray[np.floating]) -> NDArray[np.float64]:
    return -radius * mu + np.sqrt(np.maximum(radius**2 * (mu**2 - 1) + TOP_M**2, 0))


_COLUMN_ALTITUDES, _COLUMN_MUS = 48, 160


@lru_cache(maxsize=1)
def _columns() -> NDArray[np.float64]:
    """(48, 160, 3) metres of sea-level air from an altitude (quadratic grid) to space, by zenith cosine (cubic about 0)."""
    altitude = 100_000 * np.linspace(0, 1, _COLUMN_ALTITUDES)[:, None] ** 2
    mu = np.linspace(-1, 1, _COLUMN_MUS)[None, :] ** 3
    radius = GROUND_M + altitude + 1
    u = (np.arange(64) + 0.5) / 64
    length = _to_top(radius, mu)
    # Dense steps around the perigee, where most of the air is.
    perigee = np.clip(-radius * mu, 0, length)
    t0 = perigee[..., None] * (1 - (1 - u[:32] * 2) ** 2)
    edges_t = np.concatenate([t0, perigee[..., None] + (length - perigee)[..., None] * (u[32:] * 2 - 1) ** 2], -1)
    bounds = np.concatenate([np.zeros_like(edges_t[..., :1]), (edges_t[..., 1:] + edges_t[..., :-1]) / 2, length[..., None]], -1)
    at = np.sqrt(radius[..., None] ** 2 + edges_t**2 + 2 * edges_t * radius[..., None] * mu[..., None])
    return (_densities(at - GROUND_M) * np.diff(bounds, axis=-1)[..., None]).sum(-2)


def _column_at(altitude_m: NDArray[np.floating], mu: NDArray[np.floating]) -> NDArray[np.float64]:
    """(..., 3) column to space, bilinear in `_columns`."""
    table = _columns()
    row = np.sqrt(np.clip(altitude_m / 100_000, 0, 1)) * (_COLUMN_ALTITUDES - 1)
    col = (np.cbrt(np.clip(mu, -1, 1)) + 1) / 2 * (_COLUMN_MUS - 1)
    i, j = np.minimum(row.astype(int), _COLUMN_ALTITUDES - 2), np.minimum(col.astype(int), _COLUMN_MUS - 2)
    fi, fj = (row - i)[..., None], (col - j)[..., None]
    return (table[i, j] * (1 - fj) + table[i, j + 1] * fj) * (1 - fi) + (table[i + 1, j] * (1 - fj) + table[i + 1, j + 1] * fj) * fi


def _coefficients(haze: float) -> NDArray[np.float64]:
    """(3, 8) extinction per metre of each constituent at its full density."""
    return np.stack([_RAYLEIGH, _MIE * haze, _OZONE])


def _sun_seen(altitude_m: NDArray[np.floating], mu: NDArray[np.floating]) -> NDArray[np.float64]:
    """Part of the sun's disc above the horizon, smooth over the disc's width."""
    horizon = -np.sqrt(np.maximum(1 - (GROUND_M / (GROUND_M + np.maximum(altitude_m, 0))) ** 2, 0))
    x = np.clip((mu - horizon) / (2 * _SUN_RADIUS) + 0.5, 0, 1)
    return x * x * (3 - 2 * x)


def sun_transfer(altitude_m: NDArray[np.floating] | float, mu: NDArray[np.floating] | float, haze: float) -> NDArray[np.float64]:
    """(..., 8) part of the sun's light that reaches an altitude; `mu` is the sine of its elevation there."""
    altitude_m, mu = np.broadcast_arrays(np.asarray(altitude_m, float), np.asarray(mu, float))
    return np.exp(-_column_at(altitude_m, mu) @ _coefficients(haze)) * _sun_seen(altitude_m, mu)[..., None]


_MS_ALTITUDES_M = np.array([0, 600, 1800, 4000, 8000, 14000, 24000, 40000, 65000, 99000.0])
_MS_MUS = 28


@lru_cache(maxsize=16)
def _multiple(haze: float) -> NDArray[np.float64]:
    """(10, 28, 8) radiance of light scattered twice and more per unit of scattering, by altitude and sun cosine (cubic)."""
    sun_mu = np.linspace(-1, 1, _MS_MUS) ** 3
    beta = _coefficients(haze)
    scatter = beta * np.array([1.0, _MIE_ALBEDO, 0.0])[:, None]
    zenith = np.cos((np.arange(10) + 0.5) / 10 * np.pi)  # direction cosines; weight by sine
    weight = np.sqrt(1 - zenith**2)
    weight = weight / weight.sum()
    around = np.cos((np.arange(4) + 0.5) / 4 * np.pi)
    radius = GROUND_M + _MS_ALTITUDES_M[:, None] + 1
    top, below = _to_top(radius, zenith), radius**2 * (zenith**2 - 1) + GROUND_M**2
    hits = (below > 0) & (zenith < 0)
    ground = -radius * zenith - np.sqrt(np.maximum(below, 0))
    length = np.where(hits, ground, top)  # (A, Z)
    steps = 14
    edge = length[..., None] * np.linspace(0, 1, steps + 1) ** 2
    t, dt = (edge[..., 1:] + edge[..., :-1]) / 2, np.diff(edge, axis=-1)
    at = np.sqrt(radius[..., None] ** 2 + t**2 + 2 * t * radius[..., None] * zenith[:, None])
    altitude = at - GROUND_M
    dens = _densities(altitude)  # (A, Z, S, 3)
    column = np.cumsum(dens * dt[..., None], -2) - dens * dt[..., None] / 2
    view = np.exp(-column @ beta)  # (A, Z, S, 8)
    full = np.exp(-(dens * dt[..., None]).sum(-2) @ beta)
    sigma = dens @ scatter
    again = (view * sigma * dt[..., None]).sum(-2)  # (A, Z, 8)
    spread = np.einsum("z,azl->al", weight, again)
    second = np.zeros((len(_MS_ALTITUDES_M), _MS_MUS, len(LAMBDA_NM)))
    for k, mu in enumerate(sun_mu):
        sine = np.sqrt(1 - mu**2)
        for c in around:
            toward = zenith * mu + np.sqrt(1 - zenith**2) * sine * c  # cosine between ray and sun
            local = (radius[..., None] * mu + t * toward[:, None]) / at
            lit = sun_transfer(altitude, local, haze)
            rays = (view * sigma * lit * dt[..., None]).sum(-2) / (4 * np.pi)
            foot_mu = np.clip((radius * mu + length * toward) / GROUND_M, -1, 1)
            bounce = sun_transfer(0.0, foot_mu, haze) * np.maximum(foot_mu, 0)[..., None] * _GROUND_ALBEDO / np.pi
            rays = rays + np.where(hits[..., None], full * bounce, 0)
            second[:, k] += np.einsum("z,azl->al", weight, rays) / len(around)
    return second / (1 - np.minimum(spread, 0.9))[:, None]


def _multiple_at(altitude_m: NDArray[np.floating], mu: NDArray[np.floating], haze: float) -> NDArray[np.float64]:
    table = _multiple(haze)
    row = np.interp(altitude_m, _MS_ALTITUDES_M, np.arange(len(_MS_ALTITUDES_M)))
    col = (np.cbrt(np.clip(mu, -1, 1)) + 1) / 2 * (_MS_MUS - 1)
    i, j = np.minimum(row.astype(int), len(_MS_ALTITUDES_M) - 2), np.minimum(col.astype(int), _MS_MUS - 2)
    fi, fj = (row - i)[..., None], (col - j)[..., None]
    return (table[i, j] * (1 - fj) + table[i, j + 1] * fj) * (1 - fi) + (table[i + 1, j] * (1 - fj) + table[i + 1, j + 1] * fj) * fi


def henyey_greenstein(cosine: NDArray[np.floating], g: float) -> NDArray[np.floating]:
    """Phase function per steradian; `g` is the mean cosine of the scattering angle."""
    return (1 - g * g) / (4 * np.pi * (1 + g * g - 2 * g * cosine) ** 1.5)


def mie_phase(cosine: NDArray[np.floating]) -> NDArray[np.floating]:
    """Phase function of haze: a broad forward lobe and a sharp aureole."""
    return 0.86 * henyey_greenstein(cosine, 0.68) + 0.13 * henyey_greenstein(cosine, 0.92) + 0.01 * henyey_greenstein(cosine, 0.985)


def _rayleigh_phase(cosine: NDArray[np.floating]) -> NDArray[np.floating]:
    return 3 / (16 * np.pi) * (1 + cosine**2)


@dataclass(frozen=True, eq=False)
class Atmosphere:
    """A clear sky for one height of the sun.

    Attributes:
        sun_sine: sine of the sun's elevation.
        haze: aerosol, 1 for a clear day.
        table: (elevations, azimuths, 6) float32: light of molecules and of many scatterings, then light of
            aerosol before its phase function. Elevation is 90 v^2, azimuth is relative to the sun, 0 to 180.
    """

    sun_sine: float
    haze: float
    table: Floats

    def __call__(self, sine: Floats, azimuth: Floats, to_sun: Floats) -> Floats:
        """Radiance (N, 3) towards elevation sines (below the horizon: as at the horizon), azimuths from the sun in
        radians, and cosines of the angle to the sun."""
        both = self.smooth(sine, azimuth)
        return both[:, :3] + both[:, 3:] * mie_phase(to_sun)[:, None]

    def smooth(self, sine: Floats, azimuth: Floats) -> Floats:
        rows, cols = _FINE
        row = np.sqrt(np.arcsin(np.clip(sine, 0, 1)) * np.float32(2 / np.pi)) * np.float32(rows - 1)
        col = np.abs(np.remainder(azimuth + np.float32(np.pi), np.float32(2 * np.pi)) - np.float32(np.pi)) * np.float32((cols - 1) / np.pi)
        i, j = np.minimum(row.astype(np.int64), rows - 2), np.minimum(col.astype(np.int64), cols - 2)
        fi, fj = (row - i)[:, None].astype(np.float32), (col - j)[:, None].astype(np.float32)
        flat, at = self.table.reshape(-1, 6), i * cols + j
        low = flat.take(at, 0)
        low += fj * (flat.take(at + 1, 0) - low)
        high = flat.take(at + cols, 0)
        high += fj * (flat.take(at + cols + 1, 0) - high)
        return low + fi * (high - low)

    def nearby(self, azimuth: Floats, bluntest: float) -> Floats:
        """Radiance (N, 3) of an endless path through air like that near the ground, towards horizontal azimuths from the sun
        in radians. Not the sky's at the horizon: that comes from hundreds of kilometres of air, much of it high and, after
        sunset, still in the sun.

        Args:
            bluntest: bound of the cosine of the angle to the sun, which leaves out the aureole.
        """
        altitude_m = np.array(_NEARBY_M)
        density = _densities(altitude_m)
        molecules, aerosol, ozone = density[:, None] * _coefficients(self.haze)
        lit = sun_transfer(_NEARBY_M, self.sun_sine, self.haze)
        many = _multiple_at(altitude_m, np.array(self.sun_sine), self.haze)
        to_sun = np.sqrt(1 - self.sun_sine**2) * np.cos(azimuth.astype(np.float64))[:, None]
        once = molecules * _rayleigh_phase(to_sun) + aerosol * _MIE_ALBEDO * mie_phase(np.minimum(to_sun, bluntest))
        source = once * lit + (molecules + aerosol * _MIE_ALBEDO) * many
        return to_rgb(source / (molecules + aerosol + ozone)).astype(np.float32)

    def sunlight(self, altitude_m: float, nearer_rad: NDArray[np.floating] | float = 0.0) -> NDArray[np.float64]:
        """(..., 3) irradiance on a plane facing the sun, at places nearer to the sun's foot point by an angle of the globe."""
        sine = np.sin(np.arcsin(self.sun_sine) + np.asarray(nearer_rad))
        return to_rgb(sun_transfer(altitude_m, sine, self.haze))


def _coarse(sun_sine: float, haze: float) -> NDArray[np.float64]:
    steps = 30
    elevation = np.pi / 2 * np.linspace(0, 1, _ELEVATIONS) ** 2
    azimuth = np.linspace(0, np.pi, _AZIMUTHS)
    mu = np.sin(elevation)
    radius = GROUND_M + EYE_M
    length = _to_top(np.float64(radius), mu)
    edge = length[:, None] * np.linspace(0, 1, steps + 1) ** 2.2
    t, dt = (edge[:, 1:] + edge[:, :-1]) / 2, np.diff(edge, axis=1)  # (E, S)
    at = np.sqrt(radius**2 + t**2 + 2 * t * radius * mu[:, None])
    altitude = at - GROUND_M
    dens = _densities(altitude)
    beta = _coefficients(haze)
    column = np.cumsum(dens * dt[..., None], 1) - dens * dt[..., None] / 2
    view = np.exp(-column @ beta)  # (E, S, 8)
    toward = mu[:, None] * sun_sine + np.cos(elevation)[:, None] * np.sqrt(1 - sun_sine**2) * np.cos(azimuth)  # (E, A)
    local = (radius * sun_sine + t[:, None] * toward[..., None]) / at[:, None]  # (E, A, S)
    height = np.broadcast_to(altitude[:, None], local.shape)
    lit = sun_transfer(height, local, haze)
    many = _multiple_at(height, local, haze)
    rayleigh, mie = dens[..., :1] * _RAYLEIGH, dens[..., 1:2] * _MIE * haze * _MIE_ALBEDO
    weight = view * dt[..., None]
    molecules = np.einsum("esl,easl->eal", weight * rayleigh, lit) * _rayleigh_phase(toward)[..., None]
    molecules += np.einsum("esl,easl->eal", weight * (rayleigh + mie), many)
    aerosol = np.einsum("esl,easl->eal", weight * mie, lit)
    return np.concatenate([to_rgb(molecules), to_rgb(aerosol)], -1)


@lru_cache(maxsize=32)
def atmosphere(sun_elevation_deg: float, haze: float) -> Atmosphere:
    """The clear sky for a sun at -12 to 90 degrees and aerosol of 0.3 (crystal clear) to 12 (thick haze)."""
    sine = float(np.sin(np.deg2rad(sun_elevation_deg)))
    coarse = _coarse(sine, haze)
    rows, cols = np.meshgrid(np.linspace(0, _ELEVATIONS - 1, _FINE[0]), np.linspace(0, _AZIMUTHS - 1, _FINE[1]), indexing="ij")
    fine = np.stack([map_coordinates(coarse[..., k], [rows, cols], order=3, mode="mirror") for k in range(6)], -1)
    return Atmosphere(sine, haze, np.maximum(fine, 0).astype(np.float32))
