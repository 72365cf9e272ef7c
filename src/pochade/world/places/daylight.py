"""The light of places: every light of the vocabulary as a sky outside and lamps inside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pochade.world import sky as skies
from pochade.world.lighting import outdoor_exposure, sun_lights
from pochade.world.materials import Rgb
from pochade.world.palette import COLOR_RGB
from pochade.world.stage import AreaLight, Environment, Exposure, SpotLight, SunLight
from pochade.world.vectors import f32
from pochade.world.vocabulary import OUTDOOR_LIGHTS

Floats = NDArray[np.float32]
Light = AreaLight | SpotLight | SunLight

NIGHTS = ("dusk", "moonlight", "starry night", "aurora")

OUTSIDE = {
    "softbox": "overcast", "hard spotlight": "dusk", "rim light": "golden hour", "backlight": "golden hour", "candlelight": "dusk",
    "firelight": "dusk", "neon": "dusk", "window light": "overcast", "light through blinds": "morning", "dappled shade": "noon",
    "coloured gels": "dusk",
}  # fmt: skip
"""The sky that goes with a light that is no sky."""

LAMPLIT = ("hard spotlight", "candlelight", "firelight", "neon", "coloured gels")

_PAIRS = (("pink", "turquoise"), ("magenta", "blue"), ("red", "sky blue"), ("purple", "orange"), ("teal", "coral"), ("blue", "orange"))


@dataclass(frozen=True, eq=False)
class Daylight:
    """What comes in from outside.

    Attributes:
        night: lamps are lit.
        level: luminance of the sky as seen from level ground, the scale for lamps.
    """

    light: str
    sky: skies.Sky
    environment: Environment
    sun: tuple[SunLight, ...]
    night: bool
    level: float
    exposure: Exposure

    def glow(self, azimuth_deg: float, low_deg: float, high_deg: float, width_deg: float = 70.0) -> Rgb:
        """Mean radiance of the sky between two elevations, about an azimuth."""
        e, a = np.meshgrid(np.linspace(low_deg, high_deg, 5), azimuth_deg + np.linspace(-0.5, 0.5, 5) * width_deg)
        d = np.stack([skies.unit(float(x), float(y)) for x, y in zip(e.ravel(), a.ravel(), strict=True)])
        return _rgb(skies.from_map(self.environment.map, d).mean(0))


def daylight(
    light: str, rng: np.random.Generator, azimuth_deg: float, visible: bool = True, outside: str | None = None, late: bool = False
) -> Daylight:
    """The sky of a light.

    Args:
        azimuth_deg: of sun or moon, see `sky.Sky`.
        visible: the camera sees the sky, at its full detail.
        outside: canonical outdoor light that replaces the usual one for a lamp's light.
        late: dusk turns to the blue of early night, without clouds.
    """
    name = outside or (light if light in OUTDOOR_LIGHTS else OUTSIDE[light])
    sky = _suited(skies.sky_rand(name, rng, azimuth_deg), rng)
    if late and name == "dusk":
        sky = replace(sky, sun_elevation_deg=-7.5, clouds="none", cover=0.0, altocumulus=0.0)
    image = _map(sky)
    sine = np.sin(np.linspace(0, np.pi, len(image)))[: len(image) // 2, None, None]
    upper = image[: len(image) // 2]
    level = float((upper * sine).sum((0, 1)) @ [0.2126, 0.7152, 0.0722] / (sine.sum() * image.shape[1]))
    environment = Environment(lambda _: image, (lambda d: skies.radiance(sky, d)) if visible else None)
    return Daylight(light, sky, environment, sun_lights(sky, 0.5), name in NIGHTS or light in LAMPLIT, level, outdoor_exposure(name))


def behind_lamps(day: Daylight, share: float) -> Daylight:
    """The same where lamps are what one sees by: outside is `share` as bright, lamps are as they were."""
    around, sun = day.environment, tuple(replace(one, irradiance=times(one.irradiance, share)) for one in day.sun)
    background = None if around.background is None else lambda d: np.float32(share) * around.background(d)  # type: ignore[misc]
    return replace(day, environment=Environment(lambda px: np.float32(share) * around.drawn(px), background), sun=sun)


def _suited(sky: skies.Sky, rng: np.random.Generator) -> skies.Sky:
    """The sky that an architectural photographer waits for: no cloud before the sun, and a low sun not quite so low."""
    if sky.light in ("noon", "morning", "golden hour") and sky.clouds == "cumulus":
        sky = replace(sky, clouds="none", cover=0.0, cirrus=max(sky.cirrus, float(rng.uniform(0, 0.5))))
    if sky.light == "golden hour":
        sky = replace(sky, sun_elevation_deg=float(rng.uniform(11, 16)), haze=max(sky.haze, 2.0))
    return sky


@lru_cache(maxsize=8)
def _map(sky: skies.Sky) -> Floats:
    return skies.environment(sky, 128)


def dim(rng: np.random.Generator, level: float, tint: Rgb = (1.0, 1.0, 1.0)) -> Environment:
    """Faint even light from all around, a little more from above: what bounces about in a closed place."""
    elevation = np.linspace(np.pi / 2, -np.pi / 2, 16)[:, None, None]
    image = level * (0.7 + 0.3 * np.sin(elevation)) * f32(tint) * np.ones((1, 32, 1)) * rng.uniform(0.95, 1.05)
    return Environment(lambda _: image.astype(np.float32))


def neon_rgb(color: str) -> Rgb:
    """Light of a tube of a named colour: saturated, luminance about 0.5 to 1 for the bright ones."""
    if color in ("white", "grey", "black", "cream", "beige"):
        return (0.95, 0.98, 1.1) if color in ("white", "grey", "black") else (1.1, 0.95, 0.72)
    rgb = np.maximum(np.array(COLOR_RGB[color]), 1e-3)
    rgb = (rgb / rgb.max()) ** 1.2 + 0.01
    return _rgb(rgb * min(0.55 / (rgb @ [0.2126, 0.7152, 0.0722]), 2.0))


def two_colors(rng: np.random.Generator, colors: tuple[str, ...]) -> tuple[str, str]:
    pair = _PAIRS[int(rng.integers(len(_PAIRS)))]
    return (colors[0], colors[1]) if len(colors) >= 2 else (colors[0], colors[0]) if colors else pair


def lamps(
    day: Daylight,
    rng: np.random.Generator,
    colors: tuple[str, ...],
    eye_m: tuple[float, float, float],
    target_m: tuple[float, float, float],
    reach_m: float,
) -> tuple[Light, ...]:
    """What a lamp's light adds inside a place: lamps beside and above the camera, never before it.

    Args:
        reach_m: half width of the place at the camera; lamps stay within.
    """
    level = max(day.level, 0.02)
    x, y, z = eye_m
    side = float(rng.choice([-1, 1]))
    far = float(np.hypot(target_m[0] - x, target_m[1] - y))

    def panel(across: float, up: float, back: float, size: float, radiance: Rgb) -> AreaLight:
        return AreaLight((x + across * reach_m, y - back, z + up), target_m, (size, size), radiance)

    if day.light == "softbox":
        return (panel(side * 0.55, 0.75, 0.3, 1.2, times((1.0, 0.97, 0.92), 14 * level)),)
    if day.light == "hard spotlight":
        at = (x + side * 0.6 * reach_m, y + 0.1 * far, z + 1.0)
        return (SpotLight(at, target_m, times((1.0, 0.88, 0.70), 60 * level * (1 + far) ** 2 / 4), 17.0),)
    if day.light == "candlelight":
        return (panel(side * 0.6, -0.2, 0.2, 0.35, times((1.0, 0.42, 0.12), 60 * level)),)
    if day.light == "firelight":
        return (panel(side * 0.7, -0.8, 0.0, 0.6, times((1.0, 0.33, 0.06), 50 * level)),)
    if day.light in ("neon", "coloured gels"):
        first, second = two_colors(rng, colors)
        return (
            panel(-0.7, 0.5, 0.2, 0.8, times(neon_rgb(first), 22 * level)),
            panel(0.7, 0.5, 0.2, 0.8, times(neon_rgb(second), 22 * level)),
        )
    return ()


def times(rgb: Rgb, factor: float) -> Rgb:
    return _rgb(np.asarray(rgb) * factor)


def _rgb(v) -> Rgb:
    return tuple(float(x) for x in v)  # type: ignore[return-value]
