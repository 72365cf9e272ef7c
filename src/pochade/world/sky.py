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

from pochade.world import clouds, night
from pochade.world.atmosphere import GROUND_M, Atmosphere, atmosphere, henyey_greenstein
from pochade.world.mesh import Floats
from pochade.world.vocabulary import OUTDOOR_LIGHTS

CloudKind = Literal["none", "cumulus", "stratus", "storm"]

_CHUNK = 16384  # directions at a time, so that intermediate arrays stay in the cache
_MOON_LEVEL = 0.02
_MOON_TINT = np.array([0.80, 0.96, 1.24])
_GROUND = np.array([0.20, 0.185, 0.15])
_NIGHT = 0.0006 * np.array([0.50, 0.80, 1.35], np.float32)
_GLARE = 0.94  # cosine of the angle to the sun within which its aureole dazzles
_LIFT = 3.0  # of a night without moon
_LIDS = {"stratus": 0.155 * np.array([0.97, 1.0, 1.045]), "storm": 0.060 * np.array([0.88, 1.0, 1.14])}
_FOG = 0.19 * np.array([0.98, 1.0, 1.02])
_FLASH = np.array([0.62, 0.60, 0.85], np.float32)
_BOLT = np.array([4.2, 4.0, 5.2], np.float32)


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


def from_map(image: Floats, d: NDArray[np.floating]) -> Floats:
    """Radiance (N, 3) that a map of `environment`'s form has towards unit directions (N, 3), without interpolation."""
    height_px = len(image)
    row = np.clip(np.arccos(np.clip(d[:, 2], -1, 1)) / np.pi * (height_px - 1) + 0.5, 0, height_px - 1).astype(int)
    return image[row, direction_to_column(d, height_px).astype(int) % (2 * height_px)]


def between_map(image: Floats, d: NDArray[np.floating]) -> Floats:
    """As `from_map`, interpolated: for what is seen, in focus or in a mirror."""
    height_px = len(image)
    row = np.arccos(np.clip(d[:, 2], -1, 1)) / np.pi * (height_px - 1)
    column = direction_to_column(d, height_px) - 0.5
    top, left = np.minimum(row.astype(int), height_px - 2), np.floor(column).astype(int)
    down, right = (row - top)[:, None].astype(np.float32), (column - left)[:, None].astype(np.float32)
    here, there = left % (2 * height_px), (left + 1) % (2 * height_px)
    upper = image[top, here] * (1 - right) + image[top, there] * right
    return upper * (1 - down) + (image[top + 1, here] * (1 - right) + image[top + 1, there] * right) * down


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
    """High clouds with the given probabilities, one kind at a time."""
    drawn, strength = rng.random(), float(rng.uniform(0.3, 1))
    return {"altocumulus": 0.7 * strength} if drawn < flock else {"cirrus": strength} if drawn < flock + cirrus else {}


def _noon(rng: np.random.Generator, seed: int, azimuth: float) -> Sky:
    low = {**_cumulus(rng, 0.2, 0.55, 0.25), **_wisps(rng, 0.4, 0.12)}
    return Sky("noon", seed, float(rng.uniform(48, 66)), azimuth, haze=float(rng.uniform(0.5, 1.3)), visibility_m=60_000, **low)


def _morning(rng: np.random.Generator, seed: int, azimuth: float) -> Sky:
    low = {**_cumulus(rng, 0.15, 0.45, 0.4), **_wisps(rng, 0.5, 0.25)}
    return Sky("morning", seed, float(rng.uniform(16, 30)), azimuth, haze=float(rng.uniform(0.8, 2.2)), visibility_m=35_000, **low)


def _golden(rng: np.random.Generator, seed: int, azimuth: float) -> Sky:
    low = {**_cumulus(rng, 0.2, 0.5, 0.35), **_wisps(rng, 0.5, 0.25)}
    return Sky("golden hour", seed, float(rng.uniform(4.5, 9)), azimuth, haze=float(rng.uniform(0.8, 2.0)), visibility_m=30_000, **low)


def _sunset(rng: np.random.Generator, seed: int, azimuth: float) -> Sky:
    low = {**_cumulus(rng, 0.25, 0.6, 0.35), **_wisps(rng, 0.5, 0.3)}
    return Sky("sunset", seed, float(rng.uniform(-0.7, 1.7)), azimuth, haze=float(rng.uniform(0.6, 1.6)), visibility_m=30_000, **low)


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
    ground: Floats  # (3,) radiance of the ground
    lid: Floats  # (3,) mean radiance of a closed layer of clouds


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
    sunlight, skylight = sunlight * gain, skylight * gain
    total = sunlight * max(air.sun_sine, 0) + skylight
    lid = total[1] * _LIDS.get(sky.clouds, np.zeros(3))
    if sky.light == "fog":
        lid = total[1] * _FOG
    if lid.any():
        total = lid * np.pi
    ground = _GROUND / np.pi * total + _NIGHT * 0.5 * (sky.source == "none")
    to_source = unit(sky.sun_elevation_deg, sky.sun_azimuth_deg)
    return _Day(air, to_source, *(np.asarray(v, np.float32) for v in (gain, sunlight, skylight, ground, lid)))


def _clear(sky: Sky, day: _Day, d: Floats, bluntest: float = 1.0) -> Floats:
    """Clear sky (N, 3) towards directions (N, 3); below the horizon as at the horizon.

    `bluntest` bounds the cosine of the angle to the sun: less than 1 leaves out the aureole.
    """
    turn = np.arctan2(d[:, 0], -d[:, 1]) - np.float32(np.deg2rad(sky.sun_azimuth_deg))
    light = day.air(d[:, 2], turn, np.minimum(d @ day.to_source, np.float32(bluntest))) * day.gain
    return (light + _airglow(sky, d)).astype(np.float32)


def _airglow(sky: Sky, d: Floats) -> Floats | float:
    """What a sky without the sun has of its own towards (N, 3)."""
    if sky.source == "sun":
        return 0.0
    low = np.exp(-np.clip(d[:, 2], 0, 1) * 5)[:, None]
    return _NIGHT * (0.55 if sky.source == "moon" else _LIFT) * (1 + low * np.array([1.6, 1.45, 0.9], np.float32))


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
    above = d[:, 2] >= 0
    if not above.all():
        light = np.empty_like(d)
        light[~above] = _ground(sky, day, d[~above])
        if above.any():
            light[above] = _seen(sky, d[above], pixel_deg, discs)
        return light
    dark = _LIFT if sky.source == "none" else 1.0
    horizon = _clear(sky, day, d)
    light = horizon.copy()
    glare = d @ day.to_source > _GLARE  # lies behind the clouds, not in the air before them
    if glare.any():
        horizon[glare] = _clear(sky, day, d[glare], bluntest=_GLARE)
    if sky.stars:
        air = np.exp(-0.16 / np.maximum(d[:, 2:], 0.02))
        light += sky.stars * dark * air * night.starlight(night.stars(sky.seed), d, pixel_deg)
    if sky.aurora:
        light += np.float32(sky.aurora * dark) * night.aurora(sky.seed, d)
    if discs:
        _disc(sky, day, d, light, pixel_deg)
    if sky.cirrus:
        light = _cirrus(sky, day, d, light, horizon)
    if sky.altocumulus:
        light = _flock(sky, day, d, light, horizon)
    if sky.clouds in ("stratus", "storm"):
        light = _lid(sky, day, d, light)
    if sky.clouds in ("cumulus", "storm"):
        light = _heaped(sky, day, d, light, horizon, pixel_deg)
    if sky.lightning_azimuth_deg is not None:
        light += night.boltlight(night.bolt(sky.seed, sky.lightning_azimuth_deg), d, pixel_deg)[:, None] * _BOLT
    if sky.light == "fog":
        light = _fogged(day, d)
    return np.maximum(light, 0)


def _disc(sky: Sky, day: _Day, d: Floats, light: Floats, pixel_deg: float) -> None:
    """Adds the sun as film shows it, or the moon with its face."""
    if sky.source == "moon":
        at, cover, face = night.moon_face(d, day.to_source, pixel_deg)
        light[at] += (cover * face)[:, None] * np.array([0.10, 0.097, 0.092], np.float32)
    elif sky.source == "sun" and sky.sun_elevation_deg > -0.4:
        angle = np.rad2deg(np.arccos(np.clip(d @ day.to_source, -1, 1)))
        cover = np.clip((0.30 - angle) / max(pixel_deg, 0.05) + 0.5, 0, 1)
        light += cover[:, None] * (24 * day.sunlight / max(day.sunlight.max(), 1e-9)).astype(np.float32)


def _over(light: Floats, own: Floats, through: Floats, distance_m: Floats, horizon: Floats, sky: Sky, altitude_m: float) -> Floats:
    """A cloud of radiance `own` (N, 3), already weighted by its cover, before `light`, seen through the air below it."""
    thin = 1200 * (1 - np.exp(-altitude_m / 1200)) / altitude_m  # haze lies low
    clean = np.array([5.0e-6, 1.1e-5, 2.4e-5], np.float32) * np.float32((1 - np.exp(-altitude_m / 8000)) * 8000 / altitude_m)
    air = np.exp(-distance_m[:, None] * (clean + np.float32(1.3e-5 * sky.haze * thin)))
    cover = 1 - through[:, None]
    return light * through[:, None] + own * air + horizon * cover * (1 - air)


@lru_cache(maxsize=32)
def _sun_by_shift(sky: Sky, altitude_m: float) -> tuple[Floats, Floats]:
    shift = np.linspace(-0.12, 0.12, 97)
    return shift, (_day(sky).air.sunlight(altitude_m, shift) * _day(sky).gain).astype(np.float32)


def _sun_at(sky: Sky, day: _Day, d: Floats, distance_m: Floats, altitude_m: float) -> Floats:
    """Sunlight (N, 3) on a layer: it is still day for clouds that hang towards a sun that has set."""
    shift, light = _sun_by_shift(sky, altitude_m)
    ahead = day.to_source[:2] / max(float(np.hypot(*day.to_source[:2])), 1e-6)
    nearer = distance_m * (d[:, :2] @ ahead) / np.float32(GROUND_M)
    return np.stack([np.interp(nearer, shift, light[:, k]) for k in range(3)], -1).astype(np.float32)


def _cirrus(sky: Sky, day: _Day, d: Floats, light: Floats, horizon: Floats) -> Floats:
    layer = clouds.sheet("cirrus", sky.seed)
    distance = layer.reach(d[:, 2])
    ice = layer(d[:, 0] * distance, d[:, 1] * distance)
    ice = ice * (0.7 + 0.9 * layer(d[:, 0] * distance * 3.1 + 9e3, d[:, 1] * distance * 3.1))
    slant = np.minimum(distance / layer.altitude_m, 6)
    through = np.exp(-np.float32(1.7 * sky.cirrus) * ice * (0.5 + 0.5 * slant))
    to_sun = d @ day.to_source
    own = (
        _sun_at(sky, day, d, distance, layer.altitude_m)
        * (0.13 + 0.35 * henyey_greenstein(to_sun, 0.75) + 0.06 * henyey_greenstein(to_sun, 0.96))[:, None]
    )
    own = (own + 0.35 * day.skylight / np.pi) * (1 - through)[:, None]
    return _over(light, own, through, distance, horizon, sky, layer.altitude_m)


def _flock(sky: Sky, day: _Day, d: Floats, light: Floats, horizon: Floats) -> Floats:
    layer = clouds.sheet("altocumulus", sky.seed)
    distance = layer.reach(d[:, 2])
    x, y = d[:, 0] * distance, d[:, 1] * distance
    thick = layer(x, y)
    run = 260.0
    before = layer(x + day.to_source[0] * run, y + day.to_source[1] * run)
    through = np.exp(-np.float32(4 * sky.altocumulus) * thick**1.8)
    tau = 3.0 * thick + 5.0 * before * np.float32(np.hypot(*day.to_source[:2]))
    to_sun = d @ day.to_source
    bright = 0.5 * henyey_greenstein(to_sun, 0.8) * np.exp(-tau) + 0.2 * np.exp(-0.3 * tau) + 0.06
    own = _sun_at(sky, day, d, distance, layer.altitude_m) * bright[:, None]
    own = (own + 0.5 * day.skylight / np.pi) * (1 - through)[:, None]
    return _over(light, own, through, distance, horizon, sky, layer.altitude_m)


def _lid(sky: Sky, day: _Day, d: Floats, light: Floats) -> Floats:
    """A closed layer: overcast, or the torn dark ceiling of a storm with its bright gap on the horizon."""
    layer = clouds.sheet("ceiling", sky.seed)
    storm = sky.clouds == "storm"
    distance = layer.reach(d[:, 2])
    x, y = d[:, 0] * distance, d[:, 1] * distance
    thick = layer(x, y)
    depth = 110.0  # lumps hang down: look again where the ray meets them
    nearer = 1 - np.clip(depth * thick / layer.altitude_m, -0.4, 0.4)
    x, y, distance = x * nearer, y * nearer, distance * nearer
    thick = layer(x, y)
    small = layer(x * 3.3 + 4e3, y * 3.3) + 0.3 * layer(x * 9.7, y * 9.7 + 2e3)
    out = np.hypot(d[:, 0], d[:, 1]) + 1e-6
    run = 220.0
    outward = layer(x + d[:, 0] / out * run, y + d[:, 1] / out * run)
    face = np.clip((outward - thick) * 2.2, -1, 1)  # sides that look at us are dark, those that look away catch the far light
    far = np.exp(-distance / (14_000 if storm else 9_000))
    if storm:
        tone = np.exp(-0.85 * thick - 0.05 * small - 0.1 * face) * (0.5 + 0.5 * (1 - np.clip(d[:, 2], 0, 1)) ** 3)
    else:
        tone = np.exp(-0.52 * thick - 0.04 * small - 0.08 * face) * (1 + 2 * np.clip(d[:, 2], 0, 1)) / 3 * 1.29
        tone = tone * (1 + 1.6 * henyey_greenstein(d @ day.to_source, 0.55))
    own = (tone**far)[:, None] * day.lid
    own = own * (1 + (1 - np.clip(tone, 0, 1))[:, None] * np.array([-0.05, 0.0, 0.08], np.float32))
    if storm and sky.lightning_azimuth_deg is not None:
        root = night.bolt(sky.seed, sky.lightning_azimuth_deg).root
        at = root[:2] / root[2] * layer.altitude_m
        gap = ((x - at[0]) ** 2 + (y - at[1]) ** 2) / 1500**2
        own += 0.7 * (np.exp(-0.6 * thick - 0.1 * small) / (1 + gap) ** 1.5)[:, None] * _FLASH
    if not storm:
        haze = day.lid * np.float32(0.62)
        air = np.exp(-distance / sky.visibility_m * 2)[:, None]
        return (own * air + haze * (1 - air)).astype(np.float32)
    turn = np.arctan2(d[:, 0], -d[:, 1])
    rng = np.random.default_rng([sky.seed, 61])
    first, second = rng.uniform(0, 2 * np.pi, 2)
    edge = 9_000 + 4_000 * np.sin(turn + first) + 2_500 * np.sin(2 * turn + second) + 3_000 * (thick + 0.6 * small)
    closed = 1 / (1 + np.exp(-np.clip((edge - distance) / 700, -30, 30)))
    behind = 0.30 * light / max(float(light.mean()), 1e-6) * day.lid.mean() * 2.2 + day.lid * np.array([1.5, 1.42, 1.2], np.float32)
    rain = clouds.fractal((2, 1024), (1, 26), sky.seed, 1.7)[0]
    shaft = np.interp((turn + 0.2 * d[:, 2]) * (512 / np.pi), np.arange(1024), rain, period=1024)
    shaft = np.clip(2 * shaft - 0.1, 0, 1) * np.clip(1 - d[:, 2] / 0.2, 0, 1)
    behind = behind * (1 - 0.75 * shaft)[:, None]
    air = np.exp(-distance / 40_000)[:, None]
    own = own * air + day.lid * np.float32(0.75) * (1 - air)
    return (own * closed[:, None] + behind * (1 - closed)[:, None]).astype(np.float32)


def _heap_field(sky: Sky) -> clouds.Heaps:
    cover = sky.cover if sky.clouds == "cumulus" else 0.8 * sky.cover
    return clouds.heaps(sky.seed, cover, sky.sun_elevation_deg, sky.sun_azimuth_deg)


def _heaped(sky: Sky, day: _Day, d: Floats, light: Floats, horizon: Floats, pixel_deg: float) -> Floats:
    field = _heap_field(sky)
    veil = clouds.march(field, d, d @ day.to_source, pixel_deg)
    if sky.clouds == "storm":
        gloom = _LIDS["storm"] / _LIDS["storm"][1]
        own = veil.sun[:, None] * (0.045 * day.sunlight.mean() * gloom) + (0.7 * veil.sky + 0.25 * veil.ground)[:, None] * day.lid
        if sky.lightning_azimuth_deg is not None:
            root = night.bolt(sky.seed, sky.lightning_azimuth_deg).root
            place = d * veil.distance_m[:, None] - root / root[2] * field.base_m
            own += ((1 - veil.through) * (veil.sky + 0.3) / (1 + (place**2).sum(-1) / 1200**2) ** 1.5)[:, None] * _FLASH
        return _over(light, own, veil.through, veil.distance_m, light, sky, 1500.0)
    sunlight = (day.air.sunlight(field.base_m + 700) * day.gain).astype(np.float32)
    own = veil.sun[:, None] * sunlight + veil.sky[:, None] * day.skylight / np.pi + veil.ground[:, None] * day.ground
    return _over(light, own, veil.through, veil.distance_m, horizon, sky, field.base_m)


def _fogged(day: _Day, d: Floats) -> Floats:
    """Inside fog: a glow towards the sun and the open sky above, no horizon."""
    to_sun = d @ day.to_source
    glow = 0.75 + 0.35 * np.clip(d[:, 2], -0.2, 1) + 1.3 * henyey_greenstein(to_sun, 0.62) + 0.10 * henyey_greenstein(to_sun, 0.93)
    warm = np.clip(to_sun, 0, 1)[:, None] ** 4 * np.array([0.05, 0.0, -0.08], np.float32)
    return (glow[:, None] * day.lid * (1 + warm)).astype(np.float32)


def _horizon(sky: Sky, day: _Day, d: Floats) -> Floats:
    """What an endless path of air looks like along the horizontal directions of (N, 3)."""
    low = _leveled(d)
    veil = _veil(sky, day, low)
    return _clear(sky, day, low, bluntest=_GLARE) if veil is None else veil


def _leveled(d: Floats) -> Floats:
    low = d.copy()
    low[:, 2] = 0.01
    low[:, :2] /= np.maximum(np.hypot(low[:, 0], low[:, 1]), 1e-6)[:, None]
    return low


def _veil(sky: Sky, day: _Day, low: Floats) -> Floats | None:
    """Air in fog or under a closed lid of clouds, alike near and far, along level directions (N, 3); None: the sky is open."""
    if sky.light == "fog":
        return _fogged(day, low)
    if sky.clouds in ("stratus", "storm"):
        return np.broadcast_to(day.lid * np.float32(0.62 if sky.clouds == "stratus" else 1.1), low.shape)
    return None


def _ground(sky: Sky, day: _Day, d: Floats) -> Floats:
    """Level ground seen through the air."""
    through = np.exp(-60 / np.maximum(-d[:, 2], 1e-4) * 3.9 / sky.visibility_m)[:, None]
    return (day.ground * through + _horizon(sky, day, d) * (1 - through)).astype(np.float32)


@lru_cache(maxsize=12)
def environment(sky: Sky, height_px: int) -> Floats:
    """The whole sphere as a latitude-longitude map (H, 2H, 3) float32, without the disc of sun or moon.

    Row 0 is the zenith and the last row the nadir, both exactly: row i has the polar angle pi * i / (H - 1). Column j
    looks to (x, y) = (sin a, cos a) with a = 2 pi (j + 0.5) / W: column 0 is straight ahead, +y, a quarter of the
    width is +x. A Mitsuba `envmap` shows it right with `to_world = rotate([1, 0, 0], 90)`.
    """
    pixel_deg, grid = 180 / height_px, directions(height_px)
    out = np.empty_like(grid)
    sine = np.sin(np.linspace(0, np.pi, height_px))
    thinned = np.select([height_px % 2 == 1, sine < 0.28, sine < 0.58], [1, 4, 2], 1)  # columns crowd towards the poles
    for factor in (1, 2, 4):
        rows = np.flatnonzero(thinned == factor)
        if factor == 1:
            out[rows] = radiance(sky, grid[rows], pixel_deg, discs=False)
        elif len(rows):
            few = grid[rows].reshape(len(rows), -1, factor, 3).sum(2)
            few = radiance(sky, few / np.linalg.norm(few, axis=-1, keepdims=True), pixel_deg, discs=False)
            after = (np.arange(factor) + 0.5) / factor - 0.5  # of a column's centre, in wide columns
            near = np.where((after < 0)[:, None], np.roll(few, 1, 1)[:, :, None], np.roll(few, -1, 1)[:, :, None])
            part = np.abs(after)[:, None].astype(np.float32)
            out[rows] = (few[:, :, None] * (1 - part) + near * part).reshape(len(rows), -1, 3)
    return out


@lru_cache(maxsize=64)
def sun(sky: Sky) -> Sun | None:
    """The sun's or moon's disc, dimmed by the clouds before it; None if it gives no light."""
    day = _day(sky)
    light = day.sunlight * np.float32(_before_sun(sky, day))
    if light.max() <= 0.02 * day.skylight.max():  # also where both are nothing
        return None
    radius_deg = 0.27
    return Sun(day.to_source, radius_deg, (light / (np.pi * np.sin(np.deg2rad(radius_deg)) ** 2)).astype(np.float32))


def _before_sun(sky: Sky, day: _Day) -> float:
    """Part of the light of sun or moon that passes the clouds."""
    if sky.clouds in ("stratus", "storm"):
        return 0.0
    if sky.light == "fog":
        return 0.06
    through = 1.0
    around = _cone(day.to_source, 1.2)
    if sky.cirrus:
        through *= 1 - 0.25 * sky.cirrus
    if sky.altocumulus:
        through *= 1 - 0.35 * sky.altocumulus
    if sky.clouds == "cumulus":
        through *= float(clouds.march(_heap_field(sky), around, around @ day.to_source, 0.3).through.mean())
    return through


def _cone(axis: Floats, radius_deg: float) -> Floats:
    """(19, 3) directions around an axis."""
    right = np.cross(axis, [0.0, 0, 1])
    right /= np.linalg.norm(right)
    up = np.cross(right, axis)
    turn, ring = np.arange(18) * 2.399963, np.sqrt((np.arange(18) + 0.5) / 18) * np.tan(np.deg2rad(radius_deg))
    out = axis + ring[:, None] * (np.cos(turn)[:, None] * right + np.sin(turn)[:, None] * up)
    return np.concatenate([axis[None], out / np.linalg.norm(out, axis=1, keepdims=True)]).astype(np.float32)


def aerial(sky: Sky) -> Air:
    """The air near the ground, for `apply_air`."""
    turn = np.arange(64) * 2 * np.pi / 64
    low = np.stack([np.sin(turn), -np.cos(turn), np.full(64, 0.008)], -1).astype(np.float32)
    base = 3.912 / sky.visibility_m
    rayleigh = np.array([6.0e-6, 1.25e-5, 2.6e-5])
    extinction = rayleigh + max(base - rayleigh[1], 0.2 * base) * np.array([0.93, 1.0, 1.08])
    day = _day(sky)
    scattered = _veil(sky, day, _leveled(low))
    if scattered is None:
        scattered = (day.air.nearby(turn - np.deg2rad(sky.sun_azimuth_deg), _GLARE) * day.gain + _airglow(sky, low)).astype(np.float32)
    return Air(extinction.astype(np.float32), scattered)


def apply_air(light: NDArray[np.floating], distance_m: NDArray[np.floating], directions: NDArray[np.floating], air: Air) -> Floats:
    """Radiance (..., 3) as seen through `distance_m` (...) of air along unit directions (..., 3): L T + S (1 - T)."""
    through = np.exp(-np.asarray(distance_m, np.float32)[..., None] * air.extinction)
    count = len(air.inscatter)
    at = np.remainder(np.arctan2(directions[..., 0], -directions[..., 1]) / (2 * np.pi), 1) * count
    index, part = np.floor(at).astype(int) % count, (at - np.floor(at))[..., None]
    scatter = air.inscatter[index] * (1 - part) + air.inscatter[(index + 1) % count] * part
    return (light * through + scatter * (1 - through)).astype(np.float32)
