"""A sunlit room: a window wall, boards, furniture, and the sun on the floor."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pochade.world.materials import Material, Rgb, srgb
from pochade.world.palette import COLOR_RGB, MATERIALS, WALL
from pochade.world.places import furniture as furnish
from pochade.world.places.building import SKIRTING, Set, blinds, boards, casing, coving, curtain, herringbone, moulding, plane, wall, window
from pochade.world.places.daylight import Daylight, behind_lamps, daylight, lamps, times
from pochade.world.places.views import among, reach_m, viewpoint
from pochade.world.scene import Scene
from pochade.world.stage import AreaLight, Stage, SunLight
from pochade.world.staging import moody, thing_items

WALLS = (
    srgb(232, 228, 220),
    srgb(226, 218, 204),
    srgb(206, 212, 208),
    srgb(214, 204, 190),
    srgb(190, 202, 208),
    srgb(226, 206, 190),
    srgb(184, 194, 178),
)
FABRICS = ("cream", "teal", "mustard yellow", "navy blue", "olive green", "coral", "grey", "beige", "burgundy")
POTS = (
    MATERIALS["terracotta"],
    replace(MATERIALS["glazed ceramic"], color=srgb(228, 224, 214)),
    replace(MATERIALS["glazed ceramic"], color=srgb(40, 62, 70)),
    MATERIALS["concrete"],
)
CEILING = Material("opaque", srgb(238, 236, 231), None, roughness=0.95, specular=0.1)
LAMPLIGHT = (1.0, 0.66, 0.34)

_OUTSIDE = {"candlelight": 0.03, "firelight": 0.03, "hard spotlight": 0.1, "neon": 0.06, "coloured gels": 0.06, "dusk": 0.2}
_NIGHT = 0.03
"""How bright it is outside beside a daylit sky of that hour, where the room's own lamps are lit; of other nights."""
_LAMP = 6.0
"""Strength of the floor lamp's bulb beside the sky's."""

_REVEAL_M, _GARDEN_M = 0.30, 4.5


def room_stage(scene: Scene, aspect: float) -> Stage:
    """See `place_stage`."""
    d = scene.description
    rng = np.random.default_rng([scene.setting_seed, 11])
    side = int(rng.choice([-1, 1]))
    w, depth, h = rng.uniform(4.3, 5.4), rng.uniform(5.0, 6.2), rng.uniform(2.75, 3.15)
    azimuth = side * np.random.default_rng([scene.light_seed, 12]).uniform(60, 75)
    day = daylight(d.light or "morning", np.random.default_rng([scene.light_seed, 13]), float(azimuth), visible=False)
    outside = _OUTSIDE.get(day.light, _NIGHT) if day.night else 1.0
    day = behind_lamps(day, outside)
    offset, south = (0.0, 0.0, 0.0), -depth / 2
    if scene.things:
        x, y = reach_m(scene)
        table_x, table_y = max(1.3, 2 * x + 0.5), max(0.8, 2 * y + 0.4)
        offset = (-0.1 * side, -0.35, 0.74)
        camera = among(scene, offset)
        south = min(south, camera.position_m[1] - 0.9)
        w = max(w, table_x + 2.4, 2 * abs(camera.position_m[0]) + 0.8)
        h = max(h, camera.position_m[2] + 0.5)
        depth = max(depth, 2 * (offset[1] + table_y / 2 + 1.9))
    else:
        eye = (-side * rng.uniform(0.12, 0.28) * w, -depth / 2 + 0.3, rng.uniform(1.2, 1.4))
        target = (side * rng.uniform(0.04, 0.16) * w, depth / 2, eye[2] - 0.28)
        camera = viewpoint(
            d.views, np.random.default_rng([scene.light_seed, 14]), eye, target, rng.uniform(54, 61), 0.3, h - 0.25, 0.25 * w
        )

    place = Set()
    openings = _shell(place, rng, w, depth, south, h, side)
    blind = d.light == "light through blinds" or (not scene.things and rng.random() < 0.25)
    _dress_windows(place, rng, openings, w, side, h, blind)
    lit = LAMPLIGHT if day.night else None
    glow = tuple(max(day.level, 0.03) * 1.2 * _LAMP * v for v in LAMPLIGHT) if lit else None
    _furnish(place, rng, w, depth, h, side, glow, bool(scene.things), "minimal" in d.moods)
    if scene.things:
        wood = MATERIALS[str(rng.choice(["oak", "walnut", "pine"]))]
        place.furnish(furnish.table(table_x, table_y, 0.74, wood, rng), (offset[0], offset[1] + 0.1 * table_y, 0.0))
    _garden(place, rng, w, side, day)
    fill = AreaLight((0.0, south + 0.02, 0.62 * h), (0.0, 0.0, 0.55 * h), (0.72 * w, 0.5 * h), times(_fill(day), outside))
    lights = (
        *_softened(day.sun, 0.3 if blind else 0.7),
        fill,
        *_sky_panels(day, openings, w, side, azimuth),
        *lamps(day, rng, d.light_colors, camera.position_m, camera.target_m, 0.35 * w),
    )
    exposure = replace(day.exposure, key=max(0.75 * day.exposure.key, 0.05) if day.night else 0.25, highlight_percentile=97.5, most=np.inf)
    items = place.items() + thing_items(scene, offset) if scene.things else place.items()
    return Stage(tuple(items), camera, day.environment, lights, exposure=moody(exposure, d))


def _shell(
    place: Set, rng: np.random.Generator, w: float, depth: float, south: float, h: float, side: int
) -> list[tuple[float, float, float, float]]:
    """Walls, floor, ceiling, mouldings. Returns the window openings as (y0, y1, z0, z1)."""
    north = depth / 2
    length, middle = north - south, (north + south) / 2
    paint = replace(WALL.dyed(WALLS[int(rng.integers(len(WALLS)))]), bump=0.3)
    sill, head = rng.uniform(0.35, 0.85), h - rng.uniform(0.32, 0.5)
    width = rng.uniform(1.15, 1.5)
    centres = [north - 0.55 - width / 2 - rng.uniform(0, 0.3)]
    if length > 4.6:
        centres.append(centres[0] - width - rng.uniform(0.55, 0.9))
    openings = [(c - width / 2, c + width / 2, sill, head) for c in centres]
    turn = 90 if side < 0 else -90
    local = [(a, b, z0, z1) if side < 0 else (-b, -a, z0, z1) for a, b, z0, z1 in openings]
    ends = (south, north) if side < 0 else (-north, -south)
    columns, rows = int(rng.choice([2, 4])), int(rng.integers(2, 5))
    trim = furnish.PAINT
    place.add(wall(*ends, h, _REVEAL_M, local).rotated("z", turn).moved(side * w / 2), paint)
    for opening in local:
        place.add(window(opening, columns, rows, 0.16).rotated("z", turn).moved(side * w / 2), trim)
        place.add(casing(opening).rotated("z", turn).moved(side * w / 2), trim)
        if opening[2] > 0.6 and rng.random() < 0.6:
            place.add(
                furnish.radiator(0.8 * (opening[1] - opening[0]), opening[2] - 0.14)
                .moved((opening[0] + opening[1]) / 2)
                .rotated("z", turn)
                .moved(side * w / 2),
                trim,
            )
    place.add(wall(-w / 2, w / 2, h, 0.2).moved(0, north), paint)
    place.add(wall(-ends[1], -ends[0], h, 0.2).rotated("z", -turn).moved(-side * w / 2), paint)
    place.add(wall(-w / 2, w / 2, h, 0.2).rotated("z", 180).moved(0, south), paint)
    place.add(plane(w, length, (0, 0, 0)).rotated("x", 180).moved(0, middle, h), CEILING)
    for mesh in coving(w, length, 0.0, SKIRTING):
        place.add(mesh.moved(0, middle), trim)
    if rng.random() < 0.7:
        for mesh in coving(w, length, h):
            place.add(mesh.moved(0, middle), CEILING)
    if rng.random() < 0.35:
        _panelling(place, rng, w, north, h, trim)
    _floor(place, rng, w, length, middle)
    return openings


def _panelling(place: Set, rng: np.random.Generator, w: float, north: float, h: float, trim: Material) -> None:
    """Picture-rail frames of moulding on the far wall."""
    count = int(rng.integers(3, 5))
    gap = 0.16
    width = (w - gap * (count + 1)) / count
    bead = ((0.0, -0.02), (0.012, -0.018), (0.018, 0.0), (0.012, 0.018), (0.0, 0.02))
    z0, z1 = 0.28, h - 0.32
    for k in range(count):
        x = -w / 2 + gap + width / 2 + k * (width + gap)
        for z in (z0, z1):
            place.add(moulding(np.array(bead) + np.array([0, z]), width).moved(x, north), trim)
        for s in (-1, 1):
            place.add(moulding(bead, z1 - z0).rotated("y", 90).moved(x + s * width / 2, north, (z0 + z1) / 2), trim)


def _floor(place: Set, rng: np.random.Generator, w: float, length: float, middle: float) -> None:
    style = rng.random()
    wood = str(rng.choice(["oak", "oak", "oak", "pine", "walnut"]))
    heaps = (
        herringbone(w, length, 0.085, 0.51, rng)
        if style < 0.35
        else boards(w, length, rng.uniform(0.11, 0.17), rng, "y" if style < 0.8 else "x")
    )
    for heap, shade in zip(heaps, (0.82, 0.92, 1.0), strict=False):
        place.ground(heap.moved(0, middle), replace(MATERIALS[wood], color=(shade, shade, shade), roughness=0.42))
    place.ground(plane(w, length, (0, middle, -0.012)), Material("opaque", (0.02, 0.015, 0.01), roughness=1.0, specular=0.1))


def _dress_windows(place: Set, rng: np.random.Generator, openings: list, w: float, side: int, h: float, blind: bool) -> None:
    turn = 90 if side < 0 else -90
    if blind:
        tilt = 4.0  # nearly level, so that a sun of 15 to 40 degrees passes in stripes
        for y0, y1, z0, z1 in openings:
            local = (y0, y1, z0, z1) if side < 0 else (-y1, -y0, z0, z1)
            place.add(
                blinds(local, tilt, rng.uniform(0.82, 1.0), 0.07).rotated("z", turn).moved(side * w / 2),
                Material("opaque", srgb(226, 218, 200), None, roughness=0.5),
            )
        return
    if rng.random() < 0.2:
        return
    color = COLOR_RGB[str(rng.choice(["cream", "white", "beige", "olive green", "grey", "lavender"]))]
    cloth = Material("thin", color, "linen", roughness=0.95, translucency=0.42)
    long = rng.random() < 0.75
    for y0, y1, z0, z1 in openings:
        foot = 0.02 if long else z0 - 0.12
        top = z1 + 0.16
        rod = np.array([(0, y0 - 0.32, top), (0, y1 + 0.32, top)])
        x = side * (w / 2 - 0.11)
        from pochade.world.mesh import tube

        place.add(tube(rod + np.array([x, 0, 0]), 0.012, 12), furnish.BRASS)
        for edge, sign in ((y0, -1), (y1, 1)):
            width = rng.uniform(0.34, 0.46)
            folds = curtain(width, top - foot - 0.01, 6, rng).rotated("z", 90)
            place.add(folds.moved(x, edge + sign * (width / 2 - 0.09), foot), cloth)


def _furnish(place: Set, rng: np.random.Generator, w: float, depth: float, h: float, side: int, glow, things: bool, minimal: bool) -> None:
    north = depth / 2
    fabric = furnish.linen(COLOR_RGB[str(rng.choice(FABRICS))])
    wood = MATERIALS[str(rng.choice(["oak", "walnut", "walnut"]))]
    pot = POTS[int(rng.integers(len(POTS)))]
    frame = [MATERIALS["oak"], furnish.BLACK_STEEL, MATERIALS["walnut"], furnish.BRASS][int(rng.integers(4))]
    style = (
        "chair"
        if minimal
        else str(rng.choice(["sofa", "sofa", "reading", "dining"]))
        if not things
        else str(rng.choice(["sofa", "reading"]))
    )
    away = -side
    if style == "sofa":
        width = float(np.clip(0.45 * w, 1.75, 2.3))
        x = away * 0.06 * w
        place.furnish(furnish.armchair(fabric, wood, rng, width), (x, north - 0.62, 0))
        for k in range(2):
            pad = furnish.cushion(0.42, 0.42, 0.13, 2.5, 40 + k).rotated("x", 66).rotated("z", rng.uniform(-12, 12))
            place.add(
                pad.moved(x + (k - 0.5) * 1.3 * (width / 2 - 0.2), north - 0.66, 0.50), furnish.linen(COLOR_RGB[str(rng.choice(FABRICS))])
            )
        _pictures(place, rng, x, north, h, frame)
        if not things:
            place.furnish(furnish.rug(min(2.6, 0.55 * w), 1.7, rng), (x, north - 2.0, 0))
            place.furnish(furnish.side_table(0.40, 0.38, wood), (x + 0.1, north - 1.85, 0))
            place.asset(
                "bowl",
                int(rng.integers(2**31)),
                "glazed ceramic",
                str(rng.choice(["white", "teal", "cream"])),
                (x + 0.06, north - 1.83, 0.38),
            )
        place.furnish(furnish.floor_lamp(1.62, srgb(236, 226, 206), glow), (x + away * (width / 2 + 0.34), north - 0.42, 0))
        place.furnish(furnish.plant(rng.uniform(1.25, 1.6), rng, "rubber", pot), (side * (w / 2 - 0.62), north - 0.45, 0))
    elif style == "reading":
        place.furnish(furnish.armchair(fabric, wood, rng), (side * (w / 2 - 1.45), north - 1.05, 0), -side * 38)
        place.furnish(furnish.side_table(0.22, 0.52, wood), (side * (w / 2 - 2.15), north - 1.0, 0))
        place.asset("book", int(rng.integers(2**31)), None, None, (side * (w / 2 - 2.15), north - 1.0, 0.52), (25, 0, 0)) if _has(
            "book"
        ) else None
        place.furnish(furnish.shelf(1.15, 2.05, 5, rng, wood), (away * (w / 2 - 0.95), north, 0))
        place.furnish(furnish.floor_lamp(1.58, srgb(236, 226, 206), glow), (side * (w / 2 - 0.85), north - 0.40, 0))
        if not things:
            place.furnish(furnish.rug(2.2, 1.5, rng), (side * 0.12 * w, north - 1.95, 0), rng.uniform(-5, 5))
            place.furnish(furnish.plant(rng.uniform(0.9, 1.2), rng, "palm", pot), (away * (w / 2 - 0.55), north - 1.35, 0))
        _pictures(place, rng, side * 0.05 * w, north, h, frame, 1)
    elif style == "dining":
        place.furnish(furnish.table(1.55, 0.86, 0.74, wood, rng), (0, north - 2.0, 0))
        for x, y, yaw in ((-0.42, -2.62, 180), (0.42, -2.58, 176), (-0.40, -1.36, 0), (0.42, -1.40, -4)):
            place.furnish(furnish.chair(wood, fabric, rng), (x, north + y, 0), yaw + rng.uniform(-6, 6))
        place.asset(
            "vase",
            int(rng.integers(2**31)),
            "glazed ceramic",
            str(rng.choice(["white", "teal", "coral"])),
            (0.1, north - 2.0, 0.74),
            scale=0.9,
        )
        place.asset("bowl", int(rng.integers(2**31)), "glazed ceramic", "cream", (-0.36, north - 2.04, 0.74))
        place.furnish(furnish.pendant(1.55, h, furnish.BLACK_STEEL, glow), (0, north - 2.0, 0))
        _pictures(place, rng, 0.0, north, h, frame)
        place.furnish(furnish.plant(rng.uniform(1.2, 1.6), rng, "rubber", pot), (away * (w / 2 - 0.5), north - 0.5, 0))
    else:
        place.furnish(furnish.chair(wood, fabric, rng), (side * 0.12 * w, north - 1.5, 0), rng.uniform(-30, 30))
        place.furnish(furnish.plant(rng.uniform(1.0, 1.4), rng, "palm", pot), (away * (w / 2 - 0.7), north - 0.6, 0))


def _has(noun: str) -> bool:
    from pochade.world.assets import asset_types

    return noun in asset_types()


def _pictures(place: Set, rng: np.random.Generator, x: float, north: float, h: float, frame: Material, count: int | None = None) -> None:
    count = count or int(rng.integers(1, 4))
    sizes = [(rng.uniform(0.7, 1.0), rng.uniform(0.7, 0.95))] if count == 1 else [(0.42, 0.56)] * count
    total = sum(s[0] for s in sizes) + 0.10 * (count - 1)
    at = x - total / 2
    for width, height in sizes:
        place.furnish(furnish.picture(width, height, rng, frame), (at + width / 2, north - 0.001, 1.62 - height / 2))
        at += width + 0.10


def _garden(place: Set, rng: np.random.Generator, w: float, side: int, day: Daylight) -> None:
    """Lawn and a hedge before the sky panels."""
    x = side * (w / 2 + _REVEAL_M)
    place.add(plane(_GARDEN_M + 2, 26, (x + side * (_GARDEN_M + 2) / 2, 2, -0.25)), MATERIALS["sandstone"].dyed((0.25, 0.42, 0.12)))
    leaves = []
    for _ in range(1500):
        y, z = rng.uniform(-5, 11), rng.uniform(0, 1)
        top = 1.1 + 0.35 * np.sin(1.3 * y + 2) + 0.2 * np.sin(3.1 * y)
        foot = np.array([x + side * (_GARDEN_M - 0.7 + rng.normal(0, 0.22)), y, -0.2 + z * top])
        leaves.append((foot, rng.normal(0, 1, 3) + np.array([-side, 0, 0.4]), np.array([0, 0, 1.0]), rng.uniform(0.14, 0.3), 0.55, 0.3))
    place.add(
        furnish._leaves(leaves, np.array([0.07, 0.13, 0.035]), rng, False),
        Material("thin", (0.07, 0.13, 0.035), None, roughness=0.45, translucency=0.4),
    )


def _sky_panels(day: Daylight, openings: list, w: float, side: int, azimuth: float) -> tuple[AreaLight, ...]:
    """The sky as seen through the windows, as panels beside the way of the sun's rays."""
    x = side * (w / 2 + _REVEAL_M + _GARDEN_M)
    shift = (_REVEAL_M + _GARDEN_M + 0.2) / np.tan(np.radians(abs(azimuth)))
    start = max(o[1] for o in openings) - shift + 0.4 if day.sun else min(o[0] for o in openings) - 4.0
    y0, y1 = start, max(o[1] for o in openings) + 9.0
    middle = 90 * side + side * 35  # towards what the camera sees through the window
    out = []
    for z0, z1, low, high in ((0.4, 2.4, 1, 12), (2.4, 6.5, 12, 40)):
        at = (float(x), float((y0 + y1) / 2), (z0 + z1) / 2)
        out.append(AreaLight(at, (0.0, at[1], at[2]), (float(y1 - y0), z1 - z0), tuple(2.6 * v for v in day.glow(middle, low, high))))  # type: ignore[arg-type]
    return tuple(out)


def _softened(sun: tuple[SunLight, ...], radius_deg: float) -> tuple[SunLight, ...]:
    """The sun through summer haze: a photographer waits for less than a hundredfold contrast between patch and wall."""
    return tuple(replace(s, irradiance=tuple(0.42 * v for v in s.irradiance), angular_radius_deg=radius_deg) for s in sun)  # type: ignore[arg-type]


def _fill(day: Daylight) -> Rgb:
    """The rest of the house, behind the camera: light that has been about."""
    warm = np.array([1.08, 1.0, 0.90]) if not day.night else np.array([1.0, 1.0, 1.1])
    return tuple(float(v) for v in (0.5 if day.night else 2.2) * day.level * warm)  # type: ignore[return-value]
