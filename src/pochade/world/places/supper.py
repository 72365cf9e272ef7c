"""A candlelit table: a laid cloth, tapers, glass and fruit in warm pools of light, the room dark behind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pochade.world.assets import asset_types
from pochade.world.compose import shape
from pochade.world.materials import Material, srgb
from pochade.world.mesh import box, join
from pochade.world.palette import COLOR_RGB, MATERIALS, WALL
from pochade.world.places import furniture as furnish
from pochade.world.places.building import SKIRTING, Set, moulding, plane, timber, wall
from pochade.world.places.daylight import OUTSIDE, daylight, dim, lamps
from pochade.world.places.views import among, reach_m, viewpoint
from pochade.world.scene import Scene
from pochade.world.stage import AreaLight, Exposure, Stage
from pochade.world.staging import moody, thing_items

TOP_M = 0.75
CANDLE = (1.0, 0.48, 0.13)
WALLS = (srgb(92, 40, 36), srgb(40, 58, 52), srgb(44, 50, 72), srgb(96, 72, 50), srgb(66, 44, 58), srgb(112, 92, 70))


def supper_stage(scene: Scene, aspect: float) -> Stage:
    """See `place_stage`."""
    d = scene.description
    rng = np.random.default_rng([scene.setting_seed, 51])
    light_rng = np.random.default_rng([scene.light_seed, 52])
    table_x, table_y = rng.uniform(1.3, 1.6), rng.uniform(0.9, 1.05)
    south, clear = -1.9, 0.0
    if scene.things:
        x, y = reach_m(scene)
        clear = float(np.hypot(x, y))
        table_x, table_y = max(table_x, 2 * x + 0.9), max(table_y, 2 * y + 0.7)
        offset = (0.0, 0.0, TOP_M + 0.004)
        camera = among(scene, offset)
        south = min(south, camera.position_m[1] - 0.5)
    else:
        offset = (0.0, 0.0, 0.0)
        azimuth = np.radians(rng.uniform(-22, 22))
        up, far = rng.uniform(0.24, 0.36), rng.uniform(1.0, 1.16)
        eye = (far * np.sin(azimuth), -far * np.cos(azimuth), TOP_M + up)
        target = (0.0, 0.02, TOP_M + 0.15)
        camera = viewpoint(d.views, light_rng, eye, target, rng.uniform(38, 44), TOP_M + 0.09, TOP_M + 1.1, 0.5)
        if "low angle" in d.views:
            camera = replace(camera, target_m=(0.0, 0.0, TOP_M + 0.16))
        if "top-down" in d.views:
            camera = replace(camera, position_m=(0.0, -0.12, TOP_M + 1.3), target_m=(0.0, 0.0, TOP_M), fov_deg=46.0)
        camera = replace(
            camera,
            aperture_radius_m=0.012 if "shallow depth of field" in d.views else 0.005,
            focus_distance_m=float(np.linalg.norm(np.subtract(camera.target_m, camera.position_m))) - 0.05,
        )
    place = Set()
    _dining_room(
        place, rng, min(south, -1.9), max(4.2, table_x + 2.2, 2 * abs(camera.position_m[0]) + 1.0), max(2.6, camera.position_m[2] + 0.3)
    )
    _cloth(place, rng, table_x, table_y)
    flames = _lay(place, rng, table_x, table_y, clear, camera.position_m)
    chair_wood = MATERIALS["walnut"]
    seat = furnish.linen(COLOR_RGB[str(rng.choice(["burgundy", "olive green", "beige", "navy blue"]))])
    for x, y, yaw in (
        (-0.28 * table_x, table_y / 2 + 0.18, 0),
        (0.30 * table_x, table_y / 2 + 0.22, 5),
        (-table_x / 2 - 0.2, 0.05, 90),
        (table_x / 2 + 0.2, -0.02, -90),
    ):
        place.furnish(furnish.chair(chair_wood, seat, rng), (x, y, 0), yaw + rng.uniform(-5, 5))
    lights: list = []
    own = d.light in ("candlelight", "firelight", "starry night", "moonlight", "dusk", "aurora")
    if d.light == "firelight":
        lights.append(AreaLight((1.9, -0.6, 0.5), (0.0, 0.0, 0.8), (0.6, 0.5), (5.0, 1.6, 0.28)))
    elif not own:
        day = daylight(d.light or "overcast", light_rng, 60.0, visible=False)
        if day.light in OUTSIDE and day.night:
            lights += lamps(
                day,
                rng,
                d.light_colors,
                (camera.position_m[0], camera.position_m[1] - 0.2, camera.position_m[2] + 0.3),
                (0.0, 0.0, 0.8),
                1.2,
            )
            lights = [
                replace(light, radiance=tuple(0.06 / max(day.level, 0.02) * v for v in light.radiance))
                if isinstance(light, AreaLight)
                else replace(light, intensity=tuple(0.06 / max(day.level, 0.02) * v for v in light.intensity))
                for light in lights
            ]
        else:
            sky = np.array(day.glow(60, 5, 60)) / max(day.level, 1e-6)
            red, green, blue = (float(1.3 * v) for v in sky)
            lights.append(AreaLight((-1.9, -0.2, 1.5), (0.0, 0.1, 0.8), (1.1, 1.5), (red, green, blue)))
    fill = AreaLight((0.0, min(south, -1.9) + 0.1, 2.3), (0.0, 0.4, 0.8), (1.6, 0.6), (0.010, 0.010, 0.013) if own else (0.1, 0.095, 0.09))
    exposure = Exposure(0.06 if own else 0.12, 1.04, warmth=0.05 if own else 0.0, highlight_percentile=97.0)
    items = place.items() + (thing_items(scene, offset) if scene.things else [])
    assert flames >= 1
    return Stage(tuple(items), camera, dim(rng, 0.002, (1.0, 0.75, 0.55)), (*lights, fill), exposure=moody(exposure, d))


def _dining_room(place: Set, rng: np.random.Generator, south: float, w: float, h: float) -> None:
    north = 2.1
    length, middle = north - south, (north + south) / 2
    paint = WALL.dyed(WALLS[int(rng.integers(len(WALLS)))])
    wood = MATERIALS["walnut"]
    place.add(wall(-w / 2, w / 2, h, 0.1).moved(0, north), paint)
    place.add(wall(south, north, h, 0.1).rotated("z", 90).moved(-w / 2), paint)
    place.add(wall(-north, -south, h, 0.1).rotated("z", -90).moved(w / 2), paint)
    place.add(wall(-w / 2, w / 2, h, 0.1).rotated("z", 180).moved(0, south), paint)
    place.add(plane(w, length).rotated("x", 180).moved(0, middle, h), Material("opaque", srgb(170, 160, 146), None, roughness=0.95))
    place.ground(plane(w, length, (0, middle, 0)), MATERIALS["oak"])
    # wainscot
    panel = []
    count = int(w / 0.55)
    for k in range(count):
        x = -w / 2 + (k + 0.5) * w / count
        panel.append(timber(w / count - 0.15, 0.014, 0.62, 0.006, 2).moved(x, north - 0.012, 0.2))
    panel += [timber(w, 0.012, 0.95, 0.001).moved(0, north - 0.004, 0), timber(w, 0.04, 0.035, 0.006, 2).moved(0, north - 0.02, 0.95)]
    place.add(join(panel), wood)
    place.add(moulding(SKIRTING, w).moved(0, north - 0.01), wood)
    for k in range(int(rng.integers(1, 3))):
        x = (k - 0.4) * 1.2 + rng.uniform(-0.2, 0.2)
        place.furnish(
            furnish.picture(0.55, 0.7, rng, Material("metal", (0.9, 0.85, 0.75), None, "brass", roughness=0.35)), (x, north - 0.002, 1.25)
        )


def _cloth(place: Set, rng: np.random.Generator, x_m: float, y_m: float) -> None:
    color = COLOR_RGB[str(rng.choice(["white", "cream", "white", "cream", "beige"]))]
    cloth = furnish.draped_cloth(x_m, y_m, 0.32, rng).moved(z=TOP_M + 0.003)
    place.ground(cloth, furnish.linen(tuple(0.85 * c for c in color)))  # type: ignore[arg-type]
    place.furnish(furnish.table(x_m - 0.02, y_m - 0.02, TOP_M, MATERIALS["oak"], rng))


def _lay(place: Set, rng: np.random.Generator, table_x: float, table_y: float, clear: float, eye) -> int:
    """Candles, and what supper needs; nothing within `clear` of the middle nor between it and the camera. Returns the flames."""
    z = TOP_M + 0.0045
    if clear:
        back = min(clear + 0.16, table_y / 2 - 0.10)
        spots = [(-(0.75 * clear + 0.13), back), (0.75 * clear + 0.17, back * 0.92)]
        spots = [(float(np.clip(x, -table_x / 2 + 0.12, table_x / 2 - 0.12)), y) for x, y in spots]
        flames = [_taper(place, rng, (x, y, z)) for x, y in spots]
        place.asset("wine glass", int(rng.integers(2**31)), "clear glass", None, (min(clear + 0.24, table_x / 2 - 0.1), 0.05, z))
        return len(flames)
    metal = str(rng.choice(["brass", "silver", "brass", "bronze"]))
    centre_x = rng.uniform(-0.05, 0.05)
    spots = [(centre_x, 0.10), (centre_x - 0.13, 0.16), (centre_x + 0.14, 0.17)][: int(rng.integers(2, 4))]
    heights = rng.permutation([0.20, 0.15, 0.11])
    for (x, y), height in zip(spots, heights, strict=False):
        _taper(place, rng, (x, y, z), metal, float(height))
    flames = len(spots)
    if rng.random() < 0.6:
        at = (centre_x + rng.choice([-1, 1]) * 0.26, 0.02, z)
        _votive(place, rng, at)
        flames += 1
    # the near cover: plate, glass, cutlery, napkin
    side = float(rng.choice([-1, 1]))
    px, py = -side * 0.20, -0.20
    plate_color = str(rng.choice(["white", "cream", "white"]))
    place.asset("plate", int(rng.integers(2**31)), "porcelain", plate_color, (px, py, z))
    reach = shape_radius("plate", 7)
    place.asset("wine glass", int(rng.integers(2**31)), "clear glass", None, (px + 0.19, py + 0.20, z))
    if "glass of red wine" in asset_types():
        place.asset("glass of red wine", int(rng.integers(2**31)), None, None, (-px * 1.4, 0.04, z))
    _cutlery(place, (px, py, z), reach + 0.03)
    # the bowl of fruit
    bx, by = side * 0.27, -0.10
    seed = int(rng.integers(2**31))
    bowl_color = str(rng.choice(["white", "navy blue", "teal", "cream"]))
    bowl = shape("bowl", seed, bowl_color)
    place.asset("bowl", seed, "glazed ceramic", bowl_color, (bx, by, z))
    room = bowl.cavity.radius_m if bowl.cavity else 0.09
    rim, floor = (bowl.cavity.rim_m, bowl.cavity.floor_m) if bowl.cavity else (0.07, 0.01)
    _fruit(place, rng, (bx, by, z), room, floor, rim)
    # the far cover
    place.asset("plate", int(rng.integers(2**31)), "porcelain", plate_color, (side * 0.16, table_y / 2 - 0.2, z))
    place.asset("wine glass", int(rng.integers(2**31)), "clear glass", None, (side * 0.16 - 0.2, table_y / 2 - 0.28, z))
    if "bread loaf" in asset_types() and rng.random() < 0.5:
        place.asset("bread loaf", int(rng.integers(2**31)), None, None, (-side * 0.48, 0.06, z), (rng.uniform(0, 180), 0, 0), 0.8)
    return flames


def shape_radius(noun: str, seed: int) -> float:
    return shape(noun, seed, "white").radius_m


def _taper(
    place: Set, rng: np.random.Generator, at: tuple[float, float, float], metal: str | None = None, stick_m: float | None = None
) -> int:
    from pochade.world.assets.lamps import CandlestickStyle, candlestick
    from pochade.world.stage import Item, transform

    metal = metal or str(rng.choice(["brass", "silver", "bronze"]))
    style: CandlestickStyle = rng.choice(["baluster", "column", "knopped"])
    body = candlestick(
        style,
        stick_m or rng.uniform(0.12, 0.19),
        rng.uniform(0.13, 0.19),
        lit=True,
        melt=rng.uniform(0.2, 0.6),
        seed=int(rng.integers(1 << 30)),
    )
    for part in body.parts:
        place.put(Item(part.mesh, part.material or MATERIALS[metal], transform(at, (float(rng.uniform(0, 360)), 0, 0))))
    return 1


def _votive(place: Set, rng: np.random.Generator, at: tuple[float, float, float]) -> None:
    from pochade.world.assets.lamps import candle
    from pochade.world.stage import Item, transform

    body = candle("votive", 0.026, 0.04, True, 0.5, 0, int(rng.integers(1 << 30)))
    for part in body.parts:
        place.put(Item(part.mesh, part.material or MATERIALS["wax"], transform(at)))


def _cutlery(place: Set, at: tuple[float, float, float], reach: float) -> None:
    """A knife and a fork beside the plate."""
    x, y, z = at
    silver = Material("metal", (1, 1, 1), None, "Ag", roughness=0.14)
    knife = [box(0.013, 0.10, 0.006, 0.0028, 3).moved(0, -0.055), box(0.020, 0.12, 0.0022, 0.001, 2).moved(0.002, 0.055, 0.002)]
    fork = [box(0.010, 0.125, 0.004, 0.0018, 3).moved(0, -0.045, 0.001), box(0.024, 0.022, 0.003, 0.0014, 2).moved(0, 0.026, 0.002)]
    fork += [box(0.0036, 0.052, 0.0026, 0.0012, 2).moved(dx, 0.060, 0.002) for dx in (-0.0096, -0.0032, 0.0032, 0.0096)]
    place.add(join(knife).creased(60).moved(x + reach, y, z), silver)
    place.add(join(fork).creased(60).moved(x - reach, y, z), silver)


def _fruit(place: Set, rng: np.random.Generator, at: tuple[float, float, float], room: float, floor: float, rim: float) -> None:
    """Fruit heaped in a bowl: a ring in the hollow and some on top."""
    kinds = rng.permutation(["apple", "orange", "pear", "lemon", "peach"])[:2]
    x0, y0, z0 = at
    radius = float(np.clip(0.52 * room, 0.022, 0.036))
    spots = [(0.48 * room * np.cos(a), 0.48 * room * np.sin(a), 0.0) for a in np.linspace(0, 2 * np.pi, 4)[:3] + rng.uniform(0, 2)] + [
        (0.0, 0.0, 1.35 * radius)
    ]
    for k, (x, y, lift) in enumerate(spots):
        noun = str(kinds[k % len(kinds)])
        seed = int(rng.integers(2**31))
        low, high = shape(noun, seed, None).bounds
        scale = 2 * radius / float(max(high[0] - low[0], 1e-3))
        base = floor + 0.30 * (rim - floor)
        place.asset(
            noun,
            seed,
            None,
            None,
            (x0 + x, y0 + y, z0 + base + lift),
            (float(rng.uniform(0, 360)), float(rng.normal(0, 12)), float(rng.normal(0, 12))),
            scale,
        )
