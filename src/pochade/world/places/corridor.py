"""A neon corridor: tubes of two colours in rhythm, a glossy floor, doors, one vanishing point."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pochade.world.materials import Material, srgb
from pochade.world.mesh import Mesh, box, filleted, join, torus, tube
from pochade.world.palette import MATERIALS
from pochade.world.places import furniture as furnish
from pochade.world.places.building import Set, block, plane, quads, slabs
from pochade.world.places.daylight import dim, neon_rgb, two_colors
from pochade.world.places.views import among, reach_m, viewpoint
from pochade.world.scene import Scene
from pochade.world.stage import AreaLight, Exposure, Stage
from pochade.world.staging import moody, thing_items

PANELS = (srgb(70, 72, 80), srgb(112, 112, 116), srgb(52, 54, 62), srgb(150, 148, 146))
BRIGHT_LIGHTS = (
    "noon",
    "morning",
    "golden hour",
    "sunset",
    "overcast",
    "softbox",
    "window light",
    "backlight",
    "dappled shade",
    "light through blinds",
)


def corridor_stage(scene: Scene, aspect: float) -> Stage:
    """See `place_stage`."""
    d = scene.description
    rng = np.random.default_rng([scene.setting_seed, 31])
    light_rng = np.random.default_rng([scene.light_seed, 32])
    w, h, length = rng.uniform(2.5, 3.1), rng.uniform(2.6, 2.95), rng.uniform(15, 20)
    south, offset, stand = -2.2, (0.0, 0.0, 0.0), (0.0, 0.0)
    if scene.things:
        x, y = reach_m(scene)
        stand = (max(0.5, 2 * x + 0.14), max(0.5, 2 * y + 0.14))
        offset = (0.0, 1.6, 0.92)
        camera = among(scene, offset)
        south = min(south, camera.position_m[1] - 0.9)
        w = max(w, stand[0] + 1.7, 2 * abs(camera.position_m[0]) + 0.8)
        h = max(h, camera.position_m[2] + 0.35)
    else:
        eye = (rng.uniform(-0.12, 0.12) * w, -1.6, rng.uniform(1.2, 1.45))
        camera = viewpoint(d.views, light_rng, eye, (0.0, length, eye[2] - 0.02), rng.uniform(58, 68), 0.22, h - 0.3, 0.24 * w)
    first, second = two_colors(light_rng, d.light_colors)
    place = Set()
    rhythm = rng.uniform(1.7, 2.3)
    _shell(place, rng, w, h, south, length, rhythm)
    _tubes(place, rng, w, h, south, length, rhythm, first, second)
    if scene.things:
        place.furnish(furnish.plinth(*stand, offset[2], Material("opaque", srgb(30, 30, 33), None, roughness=0.2)), (0, offset[1], 0))
    bright = d.light in BRIGHT_LIGHTS
    lights: tuple[AreaLight, ...] = ()
    if scene.things or bright:
        level = 1.6 if bright else 0.5
        lights = (AreaLight((0.0, south + 0.1, h - 0.5), (0.0, 3.0, 0.6), (0.7 * w, 0.5), (level, level * 0.97, level * 0.94)),)
    items = place.items() + (thing_items(scene, offset) if scene.things else [])
    exposure = Exposure(0.13 if not bright else 0.17, 1.02, 1.05, highlight_percentile=95)
    return Stage(tuple(items), camera, dim(rng, 0.02), lights, exposure=moody(exposure, d))


def _shell(place: Set, rng: np.random.Generator, w: float, h: float, south: float, length: float, rhythm: float) -> None:
    wall_material = Material("opaque", PANELS[int(rng.integers(len(PANELS)))], None, roughness=rng.uniform(0.28, 0.5), specular=0.5)
    dark = Material("opaque", srgb(24, 24, 27), None, roughness=0.4, specular=0.5)
    total, middle = length - south, (length + south) / 2
    style = rng.random()
    if style < 0.5:
        floor = Material("opaque", srgb(38, 38, 42), None, roughness=0.16, specular=0.55)
        side = 0.9
    elif style < 0.75:
        floor, side = replace(MATERIALS["black marble"], roughness=0.10), 1.2
    else:
        floor, side = replace(MATERIALS["concrete"], color=(0.45, 0.45, 0.48), roughness=0.24, bump=0.2), 1.5
    n, m = int(np.ceil(w / side)) + 1, int(np.ceil(total / side)) + 1
    centres = np.stack(np.meshgrid((np.arange(n) - (n - 1) / 2) * side, (np.arange(m) - (m - 1) / 2) * side), -1).reshape(-1, 2)
    place.ground(slabs(centres, (side - 0.004, side - 0.004), 0.0, rng, 0.0015, uneven_m=0.0002).moved(0, middle), floor)
    place.ground(plane(w, total, (0, middle, -0.01)), dark)
    # walls of panels with open joints
    courses = ((0.12, 1.02), (1.03, h - 0.46), (h - 0.45, h - 0.02))
    panels = []
    count = int(np.ceil(total / (rhythm / 2)))
    for side_ in (-1, 1):
        place.add(block(0.1, total, h, 0.001).moved(side_ * (w / 2 + 0.08), middle, 0), dark)
        place.add(block(0.035, total, 0.11, 0.003).moved(side_ * (w / 2 + 0.01), middle, 0), furnish.STEEL)
        for k in range(count):
            y = south + (k + 0.5) * rhythm / 2
            for z0, z1 in courses:
                panels.append(block(0.03, rhythm / 2 - 0.008, z1 - z0, 0.004).moved(side_ * (w / 2 + 0.015), y, z0))
    place.add(join(panels).creased(40), wall_material)
    place.add(plane(w + 0.2, total).rotated("x", 180).moved(0, middle, h), dark)
    # ceiling: ribs, a cable tray and pipes
    ribs = [block(w, 0.09, 0.12, 0.004).moved(0, y, h - 0.12) for y in np.arange(south + rhythm / 2, length, rhythm)]
    place.add(join(ribs).creased(40), dark)
    pipes = [
        tube([(x, south, h - 0.17 - dz), (x, length, h - 0.17 - dz)], r, 12, caps=0)
        for x, dz, r in ((-0.30 * w, 0.0, 0.035), (-0.30 * w + 0.09, 0.01, 0.022), (0.33 * w, 0.0, 0.045))
    ]
    place.add(join(pipes), Material("metal", (0.8, 0.8, 0.82), None, "iron", roughness=0.38))
    _doors(place, rng, w, length, rhythm)
    _end(place, rng, w, h, length, dark)


def _doors(place: Set, rng: np.random.Generator, w: float, length: float, rhythm: float) -> None:
    frame = Material("opaque", srgb(36, 36, 40), None, roughness=0.3, specular=0.5)
    leaf = Material(
        "opaque",
        [srgb(96, 98, 104), srgb(120, 60, 50), srgb(60, 80, 92), srgb(140, 134, 122)][int(rng.integers(4))],
        None,
        roughness=0.35,
        specular=0.5,
    )
    for k, y in enumerate(np.arange(rhythm, length - 1, 2 * rhythm)):
        for side in (-1, 1):
            if rng.random() < (0.75 if k % 2 == (side > 0) else 0.25):
                x = side * w / 2
                parts = [block(0.07, 0.07, 2.16, 0.004).moved(x, y + s * 0.5, 0) for s in (-1, 1)] + [
                    block(0.07, 1.07, 0.07, 0.004).moved(x, y, 2.13)
                ]
                place.add(join(parts).creased(40), frame)
                place.add(
                    join(
                        [
                            block(0.04, 0.93, 2.12, 0.004).moved(x, y, 0.01),
                            box(0.012, 0.7, 0.8, 0.005, 2).moved(x - side * 0.022, y, 1.15),
                            box(0.012, 0.7, 0.72, 0.005, 2).moved(x - side * 0.022, y, 0.25),
                        ]
                    ).creased(40),
                    leaf,
                )
                place.add(join([tube(filleted2((x - side * 0.03, y + 0.38, 1.02), side), 0.009, 10)]), furnish.STEEL)


def filleted2(at: tuple[float, float, float], side: int) -> np.ndarray:
    """Path of a lever handle on a door: out of the leaf, then along it."""
    x, y, _ = at
    flat = filleted([(x, y), (x - side * 0.05, y), (x - side * 0.05, y - 0.12)], 0.012, 4)
    return np.concatenate([flat, np.full((len(flat), 1), at[2])], 1)


def _end(place: Set, rng: np.random.Generator, w: float, h: float, length: float, dark: Material) -> None:
    grey = Material("opaque", srgb(120, 120, 124), None, roughness=0.5)
    place.add(quads([[(-w / 2 - 0.1, length, 0), (w / 2 + 0.1, length, 0), (w / 2 + 0.1, length, h), (-w / 2 - 0.1, length, h)]]), grey)
    parts = [block(0.08, 0.10, 2.2, 0.004).moved(s * 0.95, length - 0.04) for s in (-1, 1)] + [
        block(1.98, 0.10, 0.08, 0.004).moved(0, length - 0.04, 2.2)
    ]
    parts += [block(0.86, 0.05, 2.16, 0.004).moved(s * 0.44, length - 0.03, 0.01) for s in (-1, 1)]
    place.add(join(parts).creased(40), dark)


def _tubes(
    place: Set, rng: np.random.Generator, w: float, h: float, south: float, length: float, rhythm: float, first: str, second: str
) -> None:
    """Tubes in one mesh per colour, each on brackets a little off its wall."""
    found: tuple[list[Mesh], list[Mesh]] = ([], [])
    clips: list[Mesh] = []
    radius, off = 0.016, 0.045
    x, top = w / 2 - off, h - 0.16
    style = str(rng.choice(["portals", "portals", "verticals", "lines", "chevrons"]))
    stations = np.arange(south + 0.5 * rhythm, length - 0.3, rhythm)
    for k, y in enumerate(stations):
        which = found[k % 2]
        if style == "portals":
            if y < -0.9:
                continue
            for side in (-1, 1):
                which.append(tube([(side * x, y, 0.14), (side * x, y, top)], radius, 10, caps=2))
                clips += [block(0.05, 0.03, 0.03, 0.003).moved(side * (w / 2 - 0.02), y, z) for z in (0.3, 1.3, top - 0.2)]
            which.append(tube([(-x, y, top), (x, y, top)], radius, 10, caps=2))
        elif style == "verticals":
            for side in (-1, 1):
                pair = found[0 if side < 0 else 1] if k % 2 else found[1 if side < 0 else 0]
                for dy in (-0.07, 0.07):
                    pair.append(tube([(side * x, y + dy, 0.35), (side * x, y + dy, h - 0.5)], radius, 10, caps=2))
                clips += [block(0.05, 0.2, 0.04, 0.003).moved(side * (w / 2 - 0.02), y, z) for z in (0.36, h - 0.56)]
        elif style == "lines":
            for side, pair in ((-1, found[0]), (1, found[1])):
                for z in (0.16, 1.45):
                    pair.append(tube([(side * x, y - 0.46 * rhythm, z), (side * x, y + 0.46 * rhythm, z)], radius, 10, caps=2))
                clips += [block(0.05, 0.03, 0.05, 0.003).moved(side * (w / 2 - 0.02), y + dy, 1.43) for dy in (-0.4 * rhythm, 0.4 * rhythm)]
        else:
            for side in (-1, 1):
                which.append(
                    tube(
                        [(side * x, y - 0.3 * rhythm, 0.5), (side * x, y + 0.1 * rhythm, 1.35), (side * x, y - 0.3 * rhythm, 2.2)],
                        radius,
                        10,
                        caps=2,
                    )
                )
    ring = torus(0.42 * w * 0.7, 0.018, 72, 10).rotated("x", 90).moved(0, length - 0.10, 0.5 * h)
    found[int(rng.integers(2))].append(ring)
    for meshes, color in zip(found, (first, second), strict=True):
        if meshes:
            place.add(join(meshes), Material("opaque", (0.8, 0.8, 0.8), roughness=0.4, emission=tuple(9.0 * v for v in neon_rgb(color))))  # type: ignore[arg-type]
    if clips:
        place.add(join(clips).creased(40), furnish.BLACK_STEEL)
