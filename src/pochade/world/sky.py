"""Skies: what hangs over a landscape, as radiance in every direction.

Frame: z is up, the camera looks along +y, x is to its right. An azimuth is 0 straight behind the camera (towards -y) and
positive towards +x, so 90 is the right and 180 straight ahead.

Units: linear Rec. 709 radiance; a white ground under a clear noon sky has about 1. Darker hours are lifted
(`_lifted`), as no picture needs the full range of a day: a moonlit white ground has about 0.02.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pochade.world.atmosphere import Atmosphere, atmosphere
from pochade.world.vocabulary import OUTDOOR_LIGHTS

Floats = NDArray[np.float32]
CloudKind = Literal["none", "cumulus", "stratocumulus", "stratus", "storm"]

_CHUNK = 16384  # directions at a time, so that intermediate arrays stay in the cache
_MOON_LEVEL = 0.02
_MOON_TINT = np.array([0.74, 0.95, 1.38])
_GROUND = np.array([0.20, 0.185, 0.15])


@dataclass(frozen=True)
class Sky:
    """A sky. Two equal skies are equal in every direction.

    Attributes:
        light: canonical name, one of `vocabulary.OUTDOOR_LIGHTS`.
        seed: draws clouds, stars, aurora and lightning.
        sun_elevation_deg: -12 to 90; of the moon where `source` is "moon".
        sun_azimuth_deg: 0 straight behind the camera, positive towards the right.
        source: what lights the sky.
        haze: aerosol, 0.3 (crystal clear) to 12 (thick), 1 for a clear day.
        visibility_m: distance at which 2 % of the contrast is left (Koschmieder).
        clouds: kind of the low clouds.
        cover: part of the dome that low clouds cover, 0 to 1.
        cirrus: strength of the high ice clouds, 0 to 1.
        altocumulus: strength of the mid-level flock of small clouds, 0 to 1.
        stars: brightness of stars and Milky Way, 1 for a dark site.
        aurora: brightness of the curtains, 0 to 1.
        lightning_azimuth_deg: where a bolt strikes, None for no lightning.
    """

    light: str
    seed: int
    sun_elevation_deg: float
    sun_azimuth_deg: float
    source: Literal["sun", "moon", "none"] = "sun"
    haze: float = 1.0
    visibility_m: float = 60_000.0
    clouds: CloudKind = "none"
    cover: float = 0.0
    cirrus: float = 0.0
    altocumulus: float = 0.0
    stars: float = 0.0
    aurora: float = 0.0
    lightning_azimuth_deg: float | None = None


@dataclass(frozen=True, eq=False)
class Sun:
    """The sun's or moon's disc as an emitter at infinity.

    Attributes:
        direction: (3,) unit, towards the disc.
        angular_radius_deg: half of the disc's width.
        radiance: (3,) of the disc, linear Rec. 709.
    """

    direction: Floats
    angular_radius_deg: float
    radiance: Floats

    @property
    def irradiance(self) -> Floats:
        """(3,) on a plane that faces the disc."""
        return (self.radiance * np.pi * np.sin(np.deg2rad(self.angular_radius_deg)) ** 2).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Air:
    """What distance does to light.

    Attributes:
        extinction: (3,) per metre.
        inscatter: (N, 3) radiance of an endless path along the horizon, at azimuths k * 360 / N degrees.
    """

    extinction: Floats
    inscatter: Floats


def unit(elevation_deg: float, azimuth_deg: float) -> Floats:
    """(3,) unit vector towards an elevation and azimuth."""
    e, a = np.deg2rad(elevation_deg), np.deg2rad(azimuth_deg)
    return np.array([np.cos(e) * np.sin(a), -np.cos(e) * np.cos(a), np.sin(e)], np.float32)


def directions(height_px: int) -> Floats:
    """(H, 2H, 3) float32 unit directions of the pixels of `environment`."""
    polar = np.linspace(0, np.pi, height_px, dtype=np.float64)[:, None]
    turn = (np.arange(2 * height_px) + 0.5)[None, :] * np.pi / height_px
    shape = (height_px, 2 * height_px)
    x, y = np.sin(polar) * np.sin(turn), np.sin(polar) * np.cos(turn)
    return np.stack([x, y, np.broadcast_to(np.cos(polar), shape)], -1).astype(np.float32)


def direction_to_column(direction: NDArray[np.floating], height_px: int) -> NDArray[np.floating]:
    """Fractional column of `environment` (..., ) for directions (..., 3): column c covers c to c + 1, its centre c + 0.5."""
    return np.remainder(np.arctan2(direction[..., 0], direction[..., 1]) / (2 * np.pi), 1) * 2 * height_px


def sky_rand(light: str, rng: np.random.Generator, azimuth_deg: float | None = None) -> Sky:
    """A sky for one of `vocabulary.OUTDOOR_LIGHTS`.

    Args:
        azimuth_deg: of the sun or moon; None draws one.

    Raises:
        ValueError: if the light is not an outdoor light.
    """
    if light not in OUTDOOR_LIGHTS:
        raise ValueError(f"no sky for the light {light!r}; skies are: {', '.join(OUTDOOR_LIGHTS)}")
    seed = int(rng.integers(2**31))
    side = float(rng.choice([-1, 1]))
    # Photographers have a high sun at their back or side, a low one at the side or ahead.
    spread = {"noon": (20, 110), "morning": (30, 130), "golden hour": (60, 165), "sunset": (120, 180), "dusk": (110, 180)}
    drawn = side * float(rng.uniform(*spread.get(light, (20, 160))))
    return _SKIES[light](rng, seed, drawn if azimuth_deg is None else float(azimuth_deg))


def _cumulus(rng: np.random.Generator, low: float, high: float, clear: float) -> dict:
    if rng.random() < clear:
        return {}
    return {"clouds": "cumulus", "cover": float(rng.uniform(low, high))}


def _wisps(rng: np.random.Generator, cirrus: float, flock: float) -> dict:
    """High clouds with the given probabilities."""
    return {
        "cirrus": float(rng.uniform(0.3, 1)) if rng.random() < cirrus else 0.0,
        "altocumulus": float(rng.uniform(0.4, 1)) if rng.random() < flock else 0.0,
    }


def _noon(rng: np.random.Generator, seed: int, azimuth: float) -> Sky:
    low = {**_cumulus(rng, 0.2, 0.55, 0.25), **_wisps(rng, 0.4, 0.1)}
    return Sky("noon", seed, float(rng.uniform(48, 66)), azimuth, haze=float(rng.uniform(0.5, 1.3)), visibility_m=60_000, **low)


def _morning(rng: np.random.Generator, seed: int, azimuth: float) -> Sky:
    low = {**_cumulus(rng, 0.15, 0.45, 0.4), **_wisps(rng, 0.5, 0.25)}
    return Sky("morning", seed, float(rng.uniform(16, 30)), azimuth, haze=float(rng.uniform(0.8, 2.2)), visibility_m=35_000, **low)


def _golden(rng: np.random.Generator, seed: int, azimuth: float) -> Sky:
    low = {**_cumulus(rng, 0.2, 0.5, 0.35), **_wisps(rng, 0.6, 0.3)}
    return Sky("golden hour", seed, float(rng.uniform(4.5, 9)), azimuth, haze=float(rng.uniform(0.8, 2.0)), visibility_m=30_000, **low)


def _sunset(rng: np.random.Generator, seed: int, azimuth: float) -> Sky:
    low = {**_cumulus(rng, 0.25, 0.6, 0.35), **_wisps(rng, 0.7, 0.4)}
    return Sky("sunset", seed, float(rng.uniform(0.6, 2.5)), azimuth, haze=float(rng.uniform(0.6, 1.6)), visibility_m=30_000, **low)


def _dusk(rng: np.random.Generator, seed: int, azimuth: float) -> Sky:
    low = {**_cumulus(rng, 0.15, 0.4, 0.6), **_wisps(rng, 0.5, 0.2)}
    elevation = float(rng.uniform(-5.5, -3))
    return Sky("dusk", seed, elevation, azimuth, haze=float(rng.uniform(0.5, 1.2)), visibility_m=35_000, stars=0.05, **low)


def _overcast(rng: np.random.Generator, seed: int, azimuth: float) -> Sky:
    return Sky("overcast", seed, float(rng.uniform(35, 55)), azimuth, haze=2.0, visibility_m=16_000, clouds="stratus", cover=1.0)


def _storm(rng: np.random.Generator, seed: int, azimuth: float) -> Sky:
    bolt = 180 + float(rng.uniform(-24, 24))
    return Sky(
        "storm", seed, float(rng.uniform(12, 30)), azimuth, haze=2.0, visibility_m=18_000,
        clouds="storm", cover=float(rng.uniform(0.85, 1.0)), lightning_azimuth_deg=bolt,
    )  # fmt: skip


def _moonlight(rng: np.random.Generator, seed: int, azimuth: float) -> Sky:
    low = {**_cumulus(rng, 0.15, 0.45, 0.4), **_wisps(rng, 0.4, 0.2)}
    elevation = float(rng.uniform(14, 42))
    return Sky("moonlight", seed, elevation, azimuth, "moon", float(rng.uniform(0.8, 1.6)), 40_000, stars=0.25, **low)


def _starry(rng: np.random.Generator, seed: int, azimuth: float) -> Sky:
    return Sky("starry night", seed, -12.0, azimuth, "none", 0.6, 60_000, stars=float(rng.uniform(0.8, 1.2)))


def _aurora(rng: np.random.Generator, seed: int, azimuth: float) -> Sky:
    return Sky("aurora", seed, -12.0, azimuth, "none", 0.6, 60_000, stars=0.5, aurora=float(rng.uniform(0.6, 1.0)))


def _fog(rng: np.random.Generator, seed: int, azimuth: float) -> Sky:
    return Sky("fog", seed, float(rng.uniform(14, 32)), azimuth, haze=5.0, visibility_m=float(rng.uniform(100, 400)))


_SKIES: dict[str, Callable[[np.random.Generator, int, float], Sky]] = {
    "noon": _noon, "morning": _morning, "golden hour": _golden, "sunset": _sunset, "dusk": _dusk, "overcast": _overcast,
    "storm": _storm, "moonlight": _moonlight, "starry night": _starry, "aurora": _aurora, "fog": _fog,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Day:
    """A sky made ready: its clear air and how strong its light is."""

    air: Atmosphere
    to_source: Floats
    gain: Floats  # (3,) from the atmosphere's units to the sky's
    sunlight: Floats  # (3,) irradiance on a plane facing the source at the ground, without clouds
    skylight: Floats  # (3,) irradiance of the clear sky on level ground


def _sky_irradiance(air: Atmosphere) -> NDArray[np.float64]:
    sine, turn = np.meshgrid((np.arange(24) + 0.5) / 24, (np.arange(24) + 0.5) / 24 * 2 * np.pi)
    sine, turn = sine.ravel().astype(np.float32), turn.ravel().astype(np.float32)
    to_sun = sine * air.sun_sine + np.sqrt(1 - sine**2) * np.sqrt(1 - air.sun_sine**2) * np.cos(turn)
    return (air(sine, turn, to_sun) * sine[:, None]).mean(0) * 2 * np.pi


def _lifted(level: float) -> float:
    """Level of a lifted scene: dusk is 2,000 times darker than noon, but its picture needs to be only 20 times darker."""
    return level**0.4


@lru_cache(maxsize=16)
def _day(sky: Sky) -> _Day:
    air = atmosphere(sky.sun_elevation_deg, sky.haze)
    sunlight, skylight = air.sunlight(0.0), _sky_irradiance(air)
    level = float((sunlight * max(air.sun_sine, 0) + skylight)[1]) / np.pi
    gain = np.full(3, _lifted(level) / level)
    if sky.source == "moon":
        gain = _MOON_TINT * _MOON_LEVEL / level
    if sky.source == "none":
        gain = np.zeros(3)
    to_source = unit(sky.sun_elevation_deg, sky.sun_azimuth_deg)
    return _Day(air, to_source, gain.astype(np.float32), (sunlight * gain).astype(np.float32), (skylight * gain).astype(np.float32))


def _clear(sky: Sky, day: _Day, d: Floats) -> Floats:
    """Clear sky (N, 3) towards directions (N, 3); below the horizon as at the horizon."""
    turn = np.arctan2(d[:, 0], -d[:, 1]) - np.float32(np.deg2rad(sky.sun_azimuth_deg))
    light = day.air(d[:, 2], turn, d @ day.to_source) * day.gain
    if sky.source != "sun":
        low = np.exp(-np.clip(d[:, 2], 0, 1) * 5)[:, None]
        light = light + np.float32(0.0011) * (np.array([0.55, 0.8, 1.25], np.float32) + low * np.array([0.9, 1.15, 1.1], np.float32))
    return light.astype(np.float32)


def radiance(sky: Sky, directions: NDArray[np.floating], pixel_deg: float = 0.12, discs: bool = True) -> Floats:
    """What the camera sees: radiance (..., 3) float32 towards unit directions (..., 3), linear Rec. 709.

    Args:
        pixel_deg: width of a pixel, which sets the size of stars and of the bolt's core.
        discs: draw the sun's or moon's disc, at a brightness that film would show. Leave it out of what lights a scene.
    """
    flat = np.ascontiguousarray(directions, np.float32).reshape(-1, 3)
    out = np.empty_like(flat)
    for start in range(0, len(flat), _CHUNK):
        out[start : start + _CHUNK] = _seen(sky, flat[start : start + _CHUNK], pixel_deg, discs)
    return out.reshape(*np.shape(directions))


def _seen(sky: Sky, d: Floats, pixel_deg: float, discs: bool) -> Floats:
    day = _day(sky)
    light = _clear(sky, day, d)
    below = d[:, 2] < 0
    if below.any():
        light[below] = _ground(sky, day, d[below], light[below])
    return np.maximum(light, 0)


def _ground(sky: Sky, day: _Day, d: Floats, horizon: Floats) -> Floats:
    """Level ground seen through the air."""
    light = _GROUND / np.pi * (day.sunlight * max(day.air.sun_sine, 0) + day.skylight)
    through = np.exp(-60 / np.maximum(-d[:, 2], 1e-4) * 3.9 / sky.visibility_m)[:, None]
    return (light * through + horizon * (1 - through)).astype(np.float32)


def environment(sky: Sky, height_px: int) -> Floats:
    """The whole sphere as a latitude-longitude map (H, 2H, 3) float32, without the disc of sun or moon.

    Row 0 is the zenith and the last row the nadir, both exactly: row i has the polar angle pi * i / (H - 1). Column j
    looks to (x, y) = (sin a, cos a) with a = 2 pi (j + 0.5) / W: column 0 is straight ahead, +y, a quarter of the
    width is +x. A Mitsuba `envmap` shows it right with `to_world = rotate([1, 0, 0], 90)`.
    """
    return radiance(sky, directions(height_px), pixel_deg=180 / height_px, discs=False)


def sun(sky: Sky) -> Sun | None:
    """The sun's or moon's disc, dimmed by the clouds before it; None if it gives no light."""
    day = _day(sky)
    light = day.sunlight
    if light.max() <= 1e-5:
        return None
    radius_deg = 0.27
    return Sun(day.to_source, radius_deg, (light / (np.pi * np.sin(np.deg2rad(radius_deg)) ** 2)).astype(np.float32))


def aerial(sky: Sky) -> Air:
    """The air near the ground, for `apply_air`."""
    turn = np.arange(64) * 2 * np.pi / 64
    low = np.stack([np.sin(turn), -np.cos(turn), np.full(64, 0.008)], -1).astype(np.float32)
    base = 3.912 / sky.visibility_m
    rayleigh = np.array([6.0e-6, 1.25e-5, 2.6e-5])
    extinction = rayleigh + max(base - rayleigh[1], 0.2 * base) * np.array([0.93, 1.0, 1.08])
    return Air(extinction.astype(np.float32), _clear(sky, _day(sky), low))


def apply_air(light: NDArray[np.floating], distance_m: NDArray[np.floating], directions: NDArray[np.floating], air: Air) -> Floats:
    """Radiance (..., 3) as seen through `distance_m` (...) of air along unit directions (..., 3): L T + S (1 - T)."""
    through = np.exp(-np.asarray(distance_m, np.float32)[..., None] * air.extinction)
    count = len(air.inscatter)
    at = np.remainder(np.arctan2(directions[..., 0], -directions[..., 1]) / (2 * np.pi), 1) * count
    index, part = np.floor(at).astype(int) % count, (at - np.floor(at))[..., None]
    scatter = air.inscatter[index] * (1 - part) + air.inscatter[(index + 1) % count] * part
    return (light * through + scatter * (1 - through)).astype(np.float32)
