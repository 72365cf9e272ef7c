"""A gallery: coloured walls that tint their neighbours, laylights, plinths, polished concrete."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pochade.world.materials import Material, Rgb, srgb
from pochade.world.palette import COLOR_RGB, MATERIALS, WALL
from pochade.world.places import furniture as furnish
from pochade.world.places.building import Set, block, herringbone, plane, slabs, wall
from pochade.world.places.daylight import Daylight, daylight, lamps
from pochade.world.places.views import among, reach_m, viewpoint
from pochade.world.scene import Scene
from pochade.world.stage import AreaLight, Stage
from pochade.world.staging import moody, thing_items

SMOOTH = replace(WALL, bump=0.3)
WHITE = SMOOTH.dyed(srgb(240, 239, 236))
PLINTH = Material("opaque", srgb(240, 239, 236), None, roughness=0.7, specular=0.3)
ACCENTS = (
    ("red", "green"),
    ("blue", "coral"),
    ("mustard yellow", "navy blue"),
    ("red", "blue"),
    ("teal", "orange"),
    ("burgundy", "sky blue"),
    ("green", "pink"),
    ("yellow", "purple"),
)
STONES = ("white marble", "bronze", "black marble", "sandstone", "gold", "terracotta", "jade", "granite")


def gallery_stage(scene: Scene, aspect: float) -> Stage:
    """See `place_stage`."""
    d = scene.description
    rng = np.random.default_rng([scene.setting_seed, 21])
    w, north, south, h = rng.uniform(6.6, 8.4), rng.uniform(4.6, 5.6), -5.2, rng.uniform(3.9, 4.6)
    day = daylight(d.light or "overcast", np.random.default_rng([scene.light_seed, 22]), 60.0, visible=False)
    offset = (0.0, 0.0, 0.0)
    plinth_x = plinth_y = 0.0
    if scene.things:
        x, y = reach_m(scene)
        plinth_x, plinth_y = max(0.46, 2 * x + 0.16), max(0.46, 2 * y + 0.16)
        offset = (0.0, -0.6, 1.02)
        camera = among(scene, offset)
        south = min(south, camera.position_m[1] - 1.0)
        h = max(h, camera.position_m[2] + 0.9)
        w = max(w, 2 * abs(camera.position_m[0]) + 1.2, plinth_x + 3.2)
    else:
        eye = (rng.uniform(-0.14, 0.14) * w, south + 0.5, 1.5)
        camera = viewpoint(
            d.views,
            np.random.default_rng([scene.light_seed, 23]),
            eye,
            (-0.4 * eye[0], north, 1.5),
            rng.uniform(56, 64),
            0.3,
            h - 0.6,
            0.24 * w,
        )

    place = Set()
    left, right = (str(c) for c in rng.permutation(ACCENTS[int(rng.integers(len(ACCENTS)))]))
    _shell(place, rng, w, north, south, h, left, right)
    _show(place, rng, w, north, south, h, bool(scene.things), "minimal" in d.moods)
    if scene.things:
        place.furnish(furnish.plinth(plinth_x, plinth_y, offset[2], PLINTH), (0.0, offset[1], 0.0))
    lights = (*_laylights(place, day, w, north, south, h), *lamps(day, rng, d.light_colors, camera.position_m, camera.target_m, 0.3 * w))
    items = place.items() + (thing_items(scene, offset) if scene.things else [])
    exposure = replace(day.exposure, key=0.12 if day.night else 0.25, warmth=0.0, highlight_percentile=97)
    return Stage(tuple(items), camera, day.environment, lights, exposure=moody(exposure, d))


def _shell(place: Set, rng: np.random.Generator, w: float, north: float, south: float, h: float, left: str, right: str) -> None:
    length, middle = north - south, (north + south) / 2
    tinted = {name: SMOOTH.dyed(COLOR_RGB[name]) for name in (left, right)}
    door_x, door_w, door_h = float(rng.choice([-1, 1]) * rng.uniform(0.16, 0.26) * w), rng.uniform(1.5, 2.0), 2.7
    place.add(wall(south, north, h, 0.2).rotated("z", 90).moved(-w / 2), tinted[left])
    place.add(wall(-north, -south, h, 0.2).rotated("z", -90).moved(w / 2), tinted[right])
    far = WHITE if rng.random() < 0.6 else SMOOTH.dyed(COLOR_RGB[str(rng.choice(["yellow", "sky blue", "turquoise", "cream", "coral"]))])
    place.add(wall(-w / 2, w / 2, h, 0.35, [(door_x - door_w / 2, door_x + door_w / 2, 0.0, door_h)]).moved(0, north), far)
    place.add(wall(-w / 2, w / 2, h, 0.2).rotated("z", 180).moved(0, south), WHITE)
    # the next room, in a colour of its own
    deep = 3.6
    second = SMOOTH.dyed(COLOR_RGB[str(rng.choice([left, right, "yellow", "blue", "coral"]))])
    place.add(wall(-3.2, 3.2, 3.6, 0.1).moved(door_x, north + 0.35 + deep), second)
    place.add(wall(0, deep, 3.6, 0.1).rotated("z", 90).moved(door_x - 3.2, north + 0.35), WHITE)
    place.add(wall(-deep, 0, 3.6, 0.1).rotated("z", -90).moved(door_x + 3.2, north + 0.35), WHITE)
    place.add(plane(6.6, deep + 0.4).rotated("x", 180).moved(door_x, north + 0.35 + deep / 2, 3.6), WHITE)
    place.furnish(furnish.picture(1.1, 1.5, rng, furnish.BLACK_STEEL, mount=False), (door_x - 0.1 * door_x, north + 0.349 + deep, 0.85))
    # a shadow gap instead of a skirting
    gap = Material("opaque", (0.03, 0.03, 0.03), roughness=0.9, specular=0.1)
    for x in (-w / 2 + 0.002, w / 2 - 0.002):
        place.add(block(0.004, length, 0.03, 0.0005).moved(x, middle, 0), gap)
    for a, b in ((-w / 2, door_x - door_w / 2), (door_x + door_w / 2, w / 2)):
        place.add(block(b - a, 0.004, 0.03, 0.0005).moved((a + b) / 2, north - 0.002, 0), gap)
    full, centre = length + deep + 0.6, middle + (deep + 0.6) / 2
    if rng.random() < 0.68:
        floor = replace(MATERIALS["concrete"], roughness=0.30, specular=0.5, bump=0.15)
        side = rng.uniform(1.9, 2.6)
        n, m = int(np.ceil(w / side)) + 1, int(np.ceil(full / side)) + 1
        centres = np.stack(np.meshgrid((np.arange(n) - (n - 1) / 2) * side, (np.arange(m) - (m - 1) / 2) * side), -1).reshape(-1, 2)
        place.ground(slabs(centres, (side - 0.005, side - 0.005), 0.0, rng, 0.002).moved(0, centre), floor)
    else:
        for heap, shade in zip(herringbone(w, full, 0.11, 0.66, rng), (0.86, 0.94, 1.0), strict=False):
            place.ground(heap.moved(0, centre), replace(MATERIALS["oak"], color=(shade, shade, shade), roughness=0.36))
    place.ground(plane(w + 1, full, (0, centre, -0.012)), gap)


def _laylights(place: Set, day: Daylight, w: float, north: float, south: float, h: float) -> tuple[AreaLight, ...]:
    """Coffers in the ceiling with a luminous bottom of light boxes, and one light for the next room."""
    length = north - south
    count = 3
    size_y = length / count * 0.62
    size_x = 0.44 * w
    step = length / count
    radiance = _ceiling_light(day)
    edges_x = (-w / 2, -size_x / 2, size_x / 2, w / 2)
    lights = []
    for k in range(count):
        y = south + (k + 0.5) * step
        for a, b in ((edges_x[0], edges_x[1]), (edges_x[2], edges_x[3])):
            place.add(plane(b - a, step).rotated("x", 180).moved((a + b) / 2, y, h), WHITE)
        for lo, hi in ((y - step / 2, y - size_y / 2), (y + size_y / 2, y + step / 2)):
            place.add(plane(size_x, hi - lo).rotated("x", 180).moved(0, (lo + hi) / 2, h), WHITE)
        well = 0.45
        for length_, turn, dx, dy in (
            (size_x, 0, 0, size_y / 2),
            (size_x, 180, 0, -size_y / 2),
            (size_y, 90, -size_x / 2, 0),
            (size_y, -90, size_x / 2, 0),
        ):
            place.add(wall(-length_ / 2, length_ / 2, well, 0.05).rotated("z", turn).moved(dx, y + dy, h), WHITE)
        for j in range(1, 4):
            place.add(block(0.035, size_y, 0.10, 0.004).moved(-size_x / 2 + j * size_x / 4, y, h + 0.22), furnish.PAINT)
        for j in range(1, 3):
            place.add(block(size_x, 0.035, 0.10, 0.004).moved(0, y - size_y / 2 + j * size_y / 3, h + 0.22), furnish.PAINT)
        lights.append(AreaLight((0.0, y, h + 0.42), (0.0, y, 0.0), (size_x, size_y), radiance))
    lights.append(AreaLight((0.0, north + 2.2, 3.5), (0.0, north + 2.2, 0.0), (3.0, 1.6), tuple(1.1 * v for v in radiance)))  # type: ignore[arg-type]
    return tuple(lights)


def _ceiling_light(day: Daylight) -> Rgb:
    level = max(day.level, 0.03)
    if day.night:
        factor = 0.4 if day.light in ("neon", "coloured gels", "candlelight", "firelight", "hard spotlight") else 3.0
        return tuple(float(v) for v in factor * level * np.array([1.05, 0.98, 0.86]))  # type: ignore[return-value]
    sky = np.array(day.glow(0, 40, 85, 300))
    warm = np.array(day.glow(60, 2, 25)) if day.light in ("golden hour", "sunset", "morning") else sky
    tint = 0.6 * sky + 0.4 * warm
    tint = 0.5 * tint / max(tint.mean(), 1e-6) + 0.5  # laylight glass evens the colour out
    return tuple(float(v) for v in 3.0 * level * tint)  # type: ignore[return-value]


def _show(place: Set, rng: np.random.Generator, w: float, north: float, south: float, h: float, things: bool, minimal: bool) -> None:
    """Plinths with sculpture, a bench, pictures on the long walls."""
    spots = [(-0.24 * w, north - 1.7), (0.26 * w, north - 2.9), (-0.25 * w, north - 4.9)]
    if minimal:
        spots = [(0.0, north - 3.2)]
    if things:
        spots = [(-0.33 * w, north - 1.3), (0.33 * w, north - 1.8)]
    forms = rng.permutation(["knot", "totem", "stone", "ring", "vase", "totem"])
    for (x, y), form in zip(spots, forms, strict=False):
        x, y = x + rng.uniform(-0.2, 0.2), y + rng.uniform(-0.25, 0.25)
        material = MATERIALS[str(rng.choice(STONES))]
        top = rng.uniform(0.85, 1.05)
        yaw = rng.uniform(-40, 40)
        if form == "totem":
            top = rng.uniform(0.25, 0.4)
        place.furnish(furnish.plinth(0.46, 0.46, top, PLINTH), (x, y, 0), yaw if form == "totem" else 0.0)
        if form == "vase":
            place.asset(
                "vase",
                int(rng.integers(2**31)),
                "glazed ceramic",
                str(rng.choice(["teal", "white", "coral", "black"])),
                (x, y, top),
                scale=1.6,
            )
            continue
        mesh = {
            "knot": lambda: furnish.knot(0.62, *((2, 3), (3, 2), (2, 5))[int(rng.integers(3))], 0.055),
            "totem": lambda: furnish.totem(rng.uniform(1.3, 1.6), rng),
            "stone": lambda: furnish.stone_form(0.66, rng),
            "ring": lambda: furnish.ring_form(0.6),
        }[str(form)]()
        place.add(mesh.rotated("z", yaw).moved(x, y, top), material)
    if not things and not minimal:
        place.furnish(furnish.bench(1.7, MATERIALS[str(rng.choice(["oak", "walnut"]))], rng), (0.12 * w, north - 4.6, 0), 90)
    frame = [furnish.BLACK_STEEL, MATERIALS["oak"], MATERIALS["walnut"]][int(rng.integers(3))]
    for side in (-1, 1):
        y = north - 1.6
        for _ in range(2 if minimal else 3):
            wide, tall = rng.uniform(1.1, 1.9), rng.uniform(1.1, 1.6)
            if y - wide / 2 < south + 1.0:
                break
            for mesh, material in furnish.picture(wide, tall, rng, frame, mount=False):
                place.add(mesh.rotated("z", 90 if side < 0 else -90).moved(side * (w / 2 - 0.001), y, 1.52 - tall / 2), material)
            y -= wide + rng.uniform(0.9, 1.3)
