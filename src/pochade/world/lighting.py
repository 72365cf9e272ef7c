"""Lights by name: what stands around a still life and how the picture is exposed.

A rig is drawn for a set of a given size: lamps stand at multiples of `reach_m`, so a ring and a table lamp are lit alike.
Azimuths are 0 behind the camera and positive towards +x; the camera looks along +y.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from pochade.world import sky as skies
from pochade.world.materials import Material, Rgb
from pochade.world.mesh import Floats, Mesh, box, join, tube
from pochade.world.noise import fbm
from pochade.world.palette import COLOR_RGB
from pochade.world.stage import ENVIRONMENT_PX, AreaLight, Environment, Exposure, Item, SpotLight, SunLight, transform
from pochade.world.vectors import f32
from pochade.world.vocabulary import OUTDOOR_LIGHTS


@dataclass(frozen=True, eq=False)
class Rig:
    """Lights, what is around, and the exposure they ask for.

    Attributes:
        items: gobos and visible tubes.
        room: True if the still life stands indoors, before a wall.
        wall: radiance-free colour of that wall; None for the set's own choice.
        sky: the sky outdoors, else None.
    """

    environment: Environment
    lights: tuple[AreaLight | SpotLight | SunLight, ...] = ()
    items: tuple[Item, ...] = ()
    exposure: Exposure = field(default_factory=Exposure)
    room: bool = True
    wall: Rgb | None = None
    sky: skies.Sky | None = None


def rig(
    name: str,
    rng: np.random.Generator,
    azimuth_deg: float,
    reach_m: float,
    centre_m: tuple[float, float, float],
    colors: tuple[str, ...] = (),
) -> Rig:
    """The rig of a canonical light name.

    Args:
        azimuth_deg: where the key light comes from.
        reach_m: radius of the things on the set.
        centre_m: their middle.
        colors: canonical colours of tubes or gels.

    Raises:
        KeyError: for a name outside the vocabulary.
    """
    if name in OUTDOOR_LIGHTS:
        return outdoors(skies.sky_rand(name, rng, azimuth_deg))
    return _RIGS[name](rng, azimuth_deg, reach_m, np.asarray(centre_m, float), colors)


_OPEN_LIGHTS = ("golden hour", "sunset", "dusk", "storm", "moonlight", "starry night", "aurora")
"""Skies worth seeing: what lies behind a table under them is a low horizon, not a garden."""


@lru_cache(maxsize=48)
def outdoors(sky: skies.Sky) -> Rig:
    """Open air under a sky, with a garden or far hills for what reflects and what is out of focus."""
    return Rig(Environment(partial(_open_air, sky)), sun_lights(sky), exposure=outdoor_exposure(sky.light), room=False, sky=sky)


def _open_air(sky: skies.Sky, height_px: int) -> Floats:
    image = skies.environment(sky, height_px)
    if sky.light == "fog":
        image = np.where(np.arange(height_px)[:, None, None] < height_px // 2, image, image[height_px // 2 - 2].mean(0)).astype(np.float32)
    elif sky.light in _OPEN_LIGHTS or sky.seed % 10 < 3:
        image = _with_hills(image, sky)
    else:
        image = _with_garden(image, sky.seed)
    # out of focus, and no pixels to be seen
    return gaussian_filter(image, (1.1, 1.1, 0), mode=("nearest", "wrap", "nearest"))  # pyright: ignore[reportArgumentType]


def sun_lights(sky: skies.Sky, angular_radius_deg: float = 0.55) -> tuple[SunLight, ...]:
    """The sun or moon as a lamp. A disc twice its true size: half a degree of softness that a lens would not tell
    apart, and four times fewer fireflies in glass."""
    disc = skies.sun(sky)
    if disc is None:
        return ()
    return (SunLight(_point(disc.direction), _rgb(disc.irradiance), max(disc.angular_radius_deg, angular_radius_deg)),)


_OUTDOOR_KEY = {
    "noon": 0.273, "morning": 0.26, "golden hour": 0.234, "sunset": 0.169, "dusk": 0.13, "overcast": 0.247, "storm": 0.13,
    "moonlight": 0.078, "starry night": 0.065, "aurora": 0.078, "fog": 0.24,
}  # fmt: skip


_MOST = {"moonlight": 10.0}
"""Exposed for longer, a moonlit night looks like a day."""


def outdoor_exposure(light: str) -> Exposure:
    warm = {"golden hour": 0.12, "moonlight": -0.12, "starry night": -0.1, "dusk": -0.08}
    return Exposure(_OUTDOOR_KEY[light], warmth=warm.get(light, 0.0), highlight_percentile=97, most=_MOST.get(light, np.inf))


# --- indoors --------------------------------------------------------------------------------------------------


def _softbox(rng, azimuth_deg, reach, centre, colors) -> Rig:
    key = _panel(centre, azimuth_deg, rng.uniform(38, 58), 3.4 * reach, 2.4 * reach, _white(rng, 7.0, 5200))
    fill = _panel(
        centre, azimuth_deg + (150 if azimuth_deg < 0 else -150), 25, 4.0 * reach, 2.6 * reach, _white(rng, rng.uniform(0.6, 1.4), 6000)
    )
    return Rig(_studio(rng, 0.22), (key, fill), exposure=Exposure(0.26))


def _hard_spotlight(rng, azimuth_deg, reach, centre, colors) -> Rig:
    distance = 5.5 * reach
    at = _around(centre, azimuth_deg, rng.uniform(42, 58), distance)
    cutoff = float(np.degrees(np.arctan(rng.uniform(1.6, 2.2) * reach / distance)))
    spot = SpotLight(_point(at), _point(centre), _white(rng, 26.0 * distance**2, 4600), cutoff)
    rim = _panel(centre, azimuth_deg + 170, 30, 4 * reach, 0.9 * reach, _white(rng, 0.5, 7500))
    return Rig(_studio(rng, 0.03), (spot, rim), exposure=Exposure(0.075, 1.05, highlight_percentile=99.5), wall=(0.08, 0.08, 0.085))


def _rim_light(rng, azimuth_deg, reach, centre, colors) -> Rig:
    lights = [_panel(centre, side * rng.uniform(112, 132), rng.uniform(30, 46), 4.2 * reach, 1.5 * reach,
                     _white(rng, 1.6 * power, kelvin), tall=1.7)
              for side, power, kelvin in ((1, 9.0, 5600), (-1, rng.uniform(4.0, 8.0), 6200))]  # fmt: skip
    fill = _panel(centre, azimuth_deg, 45, 5 * reach, 2.5 * reach, _white(rng, 0.30, 5600))
    return Rig(_studio(rng, 0.02), (*lights, fill), exposure=Exposure(0.0975, 1.05), wall=(0.03, 0.03, 0.033))


def _backlight(rng, azimuth_deg, reach, centre, colors) -> Rig:
    at = centre + np.array([0.25 * np.sign(azimuth_deg) * reach, 6.0 * reach + 0.2, 2.2 * reach])
    panel = AreaLight(_point(at), _point(centre), (22.0 * reach, 13.0 * reach), _white(rng, 1.6, 5400))
    fill = _panel(centre, azimuth_deg, 50, 5 * reach, 3.0 * reach, _white(rng, 2.4, 5600))
    return Rig(_studio(rng, 0.14), (panel, fill), exposure=Exposure(0.286, highlight_percentile=96), room=False)


def _candlelight(rng, azimuth_deg, reach, centre, colors) -> Rig:
    flame = (30.0, 16.0, 6.2)
    lights = tuple(
        AreaLight(
            _point(_around(centre, azimuth_deg + turn, up, far * reach)),
            _point(centre),
            (0.22 * reach, 0.38 * reach),
            _rgb(power * v for v in flame),
            True,
        )
        for turn, up, far, power in ((0, 22, 2.0, 1.0), (-55, 16, 2.6, 0.7), (140, 20, 3.0, 0.6))
    )
    return Rig(
        _bokeh(rng, (1.0, 0.42, 0.10), 0.012, 26),
        lights,
        exposure=Exposure(0.13, 1.0, warmth=0.1, highlight_percentile=98),
        wall=(0.22, 0.15, 0.11),
    )


def _firelight(rng, azimuth_deg, reach, centre, colors) -> Rig:
    side = _panel(centre, azimuth_deg + np.sign(azimuth_deg or 1) * 40, 14, 3.4 * reach, 2.2 * reach, (9.0, 4.0, 1.25))
    low = _panel(centre, azimuth_deg + np.sign(azimuth_deg or 1) * 62, 8, 3.0 * reach, 1.0 * reach, (13.0, 6.2, 2.1))
    cool = _panel(centre, -azimuth_deg + 180, 50, 5 * reach, 3 * reach, (0.035, 0.06, 0.12))
    return Rig(_bokeh(rng, (1.0, 0.34, 0.06), 0.010, 10), (side, low, cool), exposure=Exposure(0.13, warmth=0.08), wall=(0.20, 0.13, 0.10))


def _neon(rng, azimuth_deg, reach, centre, colors) -> Rig:
    first, second = _two_colors(
        rng, colors, (("pink", "turquoise"), ("magenta", "blue"), ("red", "sky blue"), ("purple", "orange"), ("teal", "coral"))
    )
    items, lights = [], []
    for side, color in ((-1, first), (1, second)):
        glow = _glow(color)
        foot = centre + np.array([side * rng.uniform(1.9, 2.4) * reach, rng.uniform(1.4, 2.2) * reach, -0.2 * reach])
        path = (
            np.array([foot, foot + [0, 0, 2.6 * reach]])
            if rng.random() < 0.5
            else np.array([foot + [0, -1.0 * reach, reach], foot + [0, 1.0 * reach, reach]])
        )
        items.append(
            Item(
                tube(path, 0.05 * reach, 10),
                Material("opaque", (0.8, 0.8, 0.8), emission=_rgb(11 * v for v in glow)),
                transform((0, 0, 0)),
            )
        )
        lights.append(_panel(centre, side * rng.uniform(60, 85), 28, 3.2 * reach, 1.3 * reach, _rgb(4.6 * v for v in glow), tall=2.0))
    return Rig(
        _studio(rng, 0.012), tuple(lights), tuple(items), Exposure(0.13, 1.04, 1.08, highlight_percentile=97.5), wall=(0.24, 0.24, 0.26)
    )


def _coloured_gels(rng, azimuth_deg, reach, centre, colors) -> Rig:
    first, second = _two_colors(
        rng, colors, (("blue", "orange"), ("magenta", "teal"), ("red", "blue"), ("purple", "yellow"), ("green", "pink"))
    )
    lights = (
        _panel(centre, -62, 34, 3.4 * reach, 2.0 * reach, _rgb(6.0 * v for v in _glow(first))),
        _panel(centre, 62, 34, 3.4 * reach, 2.0 * reach, _rgb(6.0 * v for v in _glow(second))),
        _panel(centre, 178, 60, 4.4 * reach, 1.4 * reach, _white(rng, 0.9, 5600)),
    )
    return Rig(_studio(rng, 0.04), lights, exposure=Exposure(0.182, 1.0, 1.05), wall=(0.5, 0.5, 0.5))


def _window_light(rng, azimuth_deg, reach, centre, colors) -> Rig:
    side = -1 if azimuth_deg < 0 else 1
    kelvin = rng.uniform(5600, 7600)
    at = centre + np.array([side * rng.uniform(3.2, 4.2) * reach, rng.uniform(0.0, 1.4) * reach, 1.7 * reach])
    panes = [AreaLight(_point(at + np.array([0, dy * reach, dz * reach])), _point(centre + np.array([0, dy * reach, dz * reach]) * 0.35),
                       (1.25 * reach, 1.45 * reach), _white(rng, 7.0, kelvin)) for dy in (-0.72, 0.72) for dz in (-0.8, 0.8)]  # fmt: skip
    bounce = _panel(centre, -side * 80, 20, 5 * reach, 4 * reach, _white(rng, 0.16, 4300))
    return Rig(_studio(rng, 0.07), (*panes, bounce), exposure=Exposure(0.208, 1.03), wall=(0.42, 0.39, 0.35))


def _light_through_blinds(rng, azimuth_deg, reach, centre, colors) -> Rig:
    side = -1 if azimuth_deg < 0 else 1
    direction = _around(np.zeros(3), side * rng.uniform(68, 100), rng.uniform(27, 38), 1.0)
    pitch = rng.uniform(0.34, 0.48) * reach
    middle = centre + direction * 4.2 * reach
    slats = [
        box(0.55 * pitch, 9.0 * reach, 0.012 * reach, 0.003 * reach).rotated("y", side * 32).moved(0, 0, k * pitch) for k in range(-11, 12)
    ]
    yaw = float(np.degrees(np.arctan2(direction[1], direction[0])))
    blind = Item(join(slats), Material("opaque", (0.75, 0.72, 0.66), roughness=0.5), transform(_point(middle), (yaw, 0, 0)))
    sun = SunLight(_point(direction), _rgb(4.2 * v for v in _kelvin(rng.uniform(3600, 4800))), 0.35)
    return Rig(_studio(rng, 0.14, cool=True), (sun,), (blind,), Exposure(0.195, 1.02), wall=(0.52, 0.46, 0.38))


def _dappled_shade(rng, azimuth_deg, reach, centre, colors) -> Rig:
    sky = skies.sky_rand("noon" if rng.random() < 0.5 else "morning", rng, azimuth_deg)
    base = outdoors(sky)
    disc = skies.sun(sky)
    direction = np.asarray(disc.direction if disc is not None else (0.4, -0.4, 0.8), float)
    leaves = _canopy(rng, centre + direction * 11 * reach, direction, 4.6 * reach, 0.34 * reach)
    item = Item(leaves, Material("thin", (0.10, 0.20, 0.04), roughness=0.5, translucency=0.35), transform((0, 0, 0)))
    return Rig(base.environment, base.lights, (item,), Exposure(0.15, highlight_percentile=96), room=False, sky=sky)


_RIGS = {
    "softbox": _softbox, "hard spotlight": _hard_spotlight, "rim light": _rim_light, "backlight": _backlight, "candlelight": _candlelight,
    "firelight": _firelight, "neon": _neon, "coloured gels": _coloured_gels, "window light": _window_light,
    "light through blinds": _light_through_blinds, "dappled shade": _dappled_shade,
}  # fmt: skip


# --- pieces ---------------------------------------------------------------------------------------------------


def _around(centre: NDArray[np.float64], azimuth_deg: float, elevation_deg: float, distance_m: float) -> NDArray[np.float64]:
    a, e = np.radians(azimuth_deg), np.radians(elevation_deg)
    return centre + distance_m * np.array([np.sin(a) * np.cos(e), -np.cos(a) * np.cos(e), np.sin(e)])


def _panel(
    centre, azimuth_deg: float, elevation_deg: float, distance_m: float, size_m: float, radiance: Rgb, tall: float = 1.0
) -> AreaLight:
    return AreaLight(_point(_around(centre, azimuth_deg, elevation_deg, distance_m)), _point(centre), (size_m, size_m * tall), radiance)


def _kelvin(kelvin: float) -> Rgb:
    """Colour of a black body relative to 5600 K at equal luminance, linear Rec. 709. A fit that is good from 2000 to 9000 K."""
    t = kelvin / 5600
    rgb = np.array([t**-0.75, 1.0, t**0.95]) if t < 1 else np.array([t**-0.45, 1.0, t**0.55])
    return _rgb(rgb / (rgb @ [0.2126, 0.7152, 0.0722]))


def _white(rng: np.random.Generator, level: float, kelvin: float) -> Rgb:
    return tuple(level * v for v in _kelvin(kelvin * rng.uniform(0.93, 1.07)))  # type: ignore[return-value]


def _glow(color: str) -> Rgb:
    """Light of a named colour: saturated, never empty in any channel, luminance about 0.5."""
    rgb = np.maximum(np.array(COLOR_RGB[color]), 1e-3)
    rgb = (rgb / rgb.max()) ** 1.25 + 0.012
    return _rgb(rgb * min(0.5 / (rgb @ [0.2126, 0.7152, 0.0722]), 2.2))


def _two_colors(rng: np.random.Generator, colors: tuple[str, ...], pairs: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    if len(colors) >= 2:
        return colors[0], colors[1]
    if len(colors) == 1:
        return colors[0], colors[0]
    return pairs[int(rng.integers(len(pairs)))]


def _studio(rng: np.random.Generator, level: float, cool: bool = False) -> Environment:
    """A dim room: darker floor, lighter ceiling, two vague panels for things to reflect."""
    h = ENVIRONMENT_PX // 2
    elevation = np.linspace(np.pi / 2, -np.pi / 2, h, dtype=np.float32)[:, None]
    azimuth = np.linspace(-np.pi, np.pi, 2 * h, dtype=np.float32)[None, :]
    base = 0.55 + 0.45 * np.sin(elevation) + 0 * azimuth
    for _ in range(3):
        a, e = rng.uniform(-np.pi, np.pi), rng.uniform(0.2, 0.9)
        base = base + rng.uniform(1.0, 2.6) * (
            (np.abs((azimuth - a + np.pi) % (2 * np.pi) - np.pi) < 0.35) & (np.abs(elevation - e) < 0.25)
        )
    soft = gaussian_filter(base, 1.2, mode=("nearest", "wrap"))  # pyright: ignore[reportArgumentType]
    image = soft[..., None] * f32([0.92, 1.0, 1.16] if cool else [1.03, 1.0, 0.96])
    return Environment(lambda _: (level * image).astype(np.float32))


def _bokeh(rng: np.random.Generator, color: Rgb, level: float, count: int) -> Environment:
    """A dark room with small warm lights far off."""
    h = 2 * ENVIRONMENT_PX
    image = np.full((h, 2 * h, 3), level, np.float32) * f32(color)
    for _ in range(count):
        row, column = int(h * rng.uniform(0.36, 0.52)), int(2 * h * rng.uniform(0, 1))
        image[max(row - 1, 0) : row + 1, column : column + 2] += f32(color) * rng.uniform(3, 14)
    return Environment(lambda _: image)


def _rows_deg(h: int) -> Floats:
    """Elevation of the rows of a map."""
    return (90 - (np.arange(h) + 0.5) * 180 / h).astype(np.float32)


def _ring(h: int) -> Floats:
    """A circle (2H, 3) along the map's columns, on which noise has no seam."""
    azimuth = (np.arange(2 * h) + 0.5) / (2 * h) * 2 * np.pi
    return np.stack([np.cos(azimuth), np.sin(azimuth), np.zeros_like(azimuth)], -1).astype(np.float32)


def _with_garden(image: Floats, seed: int) -> Floats:
    """Hedges and trees around a terrace: leaves in light and shade from below the table up to 4 to 20 degrees.

    They are seen out of focus and in reflections, so tones count and leaves do not.
    """
    h = len(image)
    ring, elevation = _ring(h), _rows_deg(h)
    top = 9 + 9 * fbm(ring * 3, seed, 3) + 3 * fbm(ring * 18, seed + 1, 3)
    inside = np.clip((top[None, :] - elevation[:, None]) / 1.5 + 0.5, 0, 1)
    rows = (elevation > -60) & (elevation < 32)
    p = np.stack(np.broadcast_arrays(ring[None, :, 0], ring[None, :, 1], elevation[:, None] / 57.3), -1)[rows].astype(np.float32)
    mass = fbm(p * 7, seed + 2, 4)
    leaf = fbm(p * 34, seed + 3, 3)
    light = image[: h // 2].mean((0, 1))
    tone = np.exp(2.2 * mass + 1.5 * leaf)[..., None] * np.array([0.10, 0.135, 0.045], np.float32)
    tone = tone * (1 + 0.8 * fbm(p * 3, seed + 4, 2)[..., None] * np.array([1.0, 0.35, 0.3], np.float32))
    glint = np.clip(leaf + 0.6 * mass - 0.62, 0, 1)[..., None] * np.array([5.0, 5.2, 3.0], np.float32)  # gaps that let the sky through
    out = image.copy()
    out[rows] += (light * (np.maximum(tone, 0) + glint) - out[rows]) * inside[rows][..., None].astype(np.float32)
    low = np.clip((-22 - elevation) / 20, 0, 1)[:, None, None]  # gravel and shade under the hedge
    return (out + (light * np.array([0.20, 0.18, 0.15], np.float32) - out) * low).astype(np.float32)


def _with_hills(image: Floats, sky: skies.Sky) -> Floats:
    """A far valley below the horizon, ridge behind ridge, each paler with distance."""
    h = len(image)
    ring, elevation = _ring(h), _rows_deg(h)
    row = int(h // 2 - h * 2.2 / 180)
    horizon = gaussian_filter(image[row], (6, 0), mode="wrap")
    light = image[: h // 2].mean((0, 1))
    out = image.copy()
    near = light * np.array([0.10, 0.12, 0.06], np.float32)
    for k, (height_deg, haze) in enumerate(((2.6, 0.86), (0.6, 0.70), (-2.5, 0.48), (-7.0, 0.26), (-14.0, 0.12))):
        top = height_deg + (1.8 + 0.8 * k) * fbm(ring * (3 + k), sky.seed + 11 * k, 4)
        cover = np.clip((top[None, :] - elevation[:, None]) / 0.8 + 0.5, 0, 1)[..., None].astype(np.float32)
        tone = horizon * np.float32(haze * 0.9) + near * np.float32(1 - haze) * (1 + 0.5 * fbm(ring * 14, sky.seed + 5 + k, 3)[:, None])
        out = out + (tone[None] - out) * cover
    return out.astype(np.float32)


def _canopy(rng: np.random.Generator, middle, direction, radius_m: float, leaf_m: float) -> Mesh:
    """Leaves in a disc across the light, in clumps, so that the gaps are uneven."""
    side = np.cross(direction, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side)
    up = np.cross(side, direction)
    t = np.linspace(0, 2 * np.pi, 7)[:-1]
    outline = np.stack([np.cos(t), 0.55 * np.sin(t)], 1)
    vertices, faces = [], []
    clumps = rng.uniform(-1, 1, (46, 2))
    for k in range(900):
        at = (clumps[k % len(clumps)] + rng.normal(0, 0.12, 2)) * radius_m
        spin, size = rng.uniform(0, 2 * np.pi), leaf_m * rng.uniform(0.6, 1.3)
        c, s = np.cos(spin), np.sin(spin)
        shape = outline @ np.array([[c, -s], [s, c]]) * size + at
        vertices.append(middle + shape[:, :1] * side + shape[:, 1:] * up + direction * rng.uniform(-1, 1) * leaf_m * 3)
        faces.append(np.array([[0, j, j + 1] for j in range(1, 5)]) + 6 * k)
    v = np.concatenate(vertices).astype(np.float32)
    return Mesh(v, np.concatenate(faces).astype(np.int32), np.zeros((len(v), 2), np.float32))


def _point(value) -> tuple[float, float, float]:
    return tuple(float(v) for v in value)  # type: ignore[return-value]


def _rgb(value) -> Rgb:
    return tuple(float(v) for v in value)  # type: ignore[return-value]


__all__ = ["Rig", "outdoor_exposure", "outdoors", "rig", "sun_lights"]
