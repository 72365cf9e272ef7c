"""An arcade: columns and arches along a paved walk, sun between them in stripes, light at the far end."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from pochade.world.materials import Material, srgb
from pochade.world.mesh import box, box_mapped, join
from pochade.world.palette import MATERIALS, WALL
from pochade.world.places import furniture as furnish
from pochade.world.places.building import Set, arched_wall, archivolt, block, column, moulding, paving, plane, shifted_uv, timber, wall
from pochade.world.places.daylight import daylight, lamps, times
from pochade.world.places.views import among, reach_m, viewpoint
from pochade.world.scene import Scene
from pochade.world.stage import Stage
from pochade.world.staging import moody, thing_items

STONE = (srgb(214, 202, 180), srgb(222, 214, 200), srgb(206, 184, 152), srgb(196, 190, 180))
PLASTERS = (srgb(206, 180, 140), srgb(212, 202, 186), srgb(196, 142, 100), srgb(192, 174, 144), srgb(200, 158, 130))
STRING = ((0.0, -0.09), (0.02, -0.085), (0.022, -0.06), (0.045, -0.035), (0.05, -0.02), (0.06, -0.018), (0.06, 0.02), (0.0, 0.03))


def arcade_stage(scene: Scene, aspect: float) -> Stage:
    """See `place_stage`."""
    d = scene.description
    rng = np.random.default_rng([scene.setting_seed, 41])
    light_rng = np.random.default_rng([scene.light_seed, 42])
    side = int(rng.choice([-1, 1]))  # where it is open
    day = daylight(d.light or "golden hour", light_rng, side * float(light_rng.uniform(62, 88)))
    w, bay = rng.uniform(3.0, 3.8), rng.uniform(2.4, 2.8)
    radius = rng.uniform(0.21, 0.26)
    spring, bays = rng.uniform(2.5, 2.9), 10
    south, offset = -2.4, (0.0, 0.0, 0.0)
    h = spring + (bay - 2.6 * radius) / 2 + 0.75
    if scene.things:
        x, y = reach_m(scene)
        offset = (0.0, 2.6, 0.86)
        camera = among(scene, offset)
        south = min(south, camera.position_m[1] - 0.5)
        w = max(w, 2 * x + 2.6, 2 * abs(camera.position_m[0]) + 0.9)
        h = max(h, camera.position_m[2] + 0.5)
    else:
        eye = (-side * rng.uniform(0.10, 0.20) * w, -1.5, rng.uniform(1.35, 1.55))
        target = (side * 0.10 * w, 12.0, eye[2] + 0.25)
        camera = viewpoint(d.views, light_rng, eye, target, rng.uniform(54, 62), 0.3, h - 0.3, 0.24 * w)
    place = Set()
    bays = max(bays, int(np.ceil((24 - south) / bay)))
    end = _walk(place, rng, side, w, bay, bays, south, spring, radius, h)
    _outside(place, rng, side, w, south, end)
    if scene.things:
        _stone_table(place, rng, max(0.9, 2 * x + 0.3), max(0.6, 2 * y + 0.24), offset)
    lights = (*day.sun, *lamps(day, rng, d.light_colors, camera.position_m, camera.target_m, 0.3 * w))
    items = place.items() + (thing_items(scene, offset) if scene.things else [])
    exposure = replace(day.exposure, key=day.exposure.key * 0.8, highlight_percentile=93)
    return Stage(tuple(items), camera, day.environment, lights, exposure=moody(exposure, d))


def _walk(
    place: Set, rng: np.random.Generator, side: int, w: float, bay: float, bays: int, south: float, spring: float, radius: float, h: float
) -> float:
    """Columns and arches on the open side, pilasters and doors on the wall side, beams or vaults above. Returns its end in y."""
    stone_color = STONE[int(rng.integers(len(STONE)))]
    stone = Material("opaque", stone_color, "plaster", roughness=0.85, specular=0.25, bump=1.4)
    plaster = WALL.dyed(PLASTERS[int(rng.integers(len(PLASTERS)))])
    end = south + bays * bay
    thickness = 2.2 * radius
    span = bay - 2.6 * radius
    x_open, x_wall = side * w / 2, -side * w / 2
    # arches: the wall's local x runs along y
    turn = 90 if side < 0 else -90
    centres = [south + (k + 0.5) * bay for k in range(bays)]
    local = centres if side < 0 else [-c for c in centres[::-1]]
    ends = (south, end) if side < 0 else (-end, -south)
    rise = 1.0
    inner_face = x_open - side * 0.0
    arches = arched_wall(local, span, spring, h + 0.5, thickness, *ends, rise=rise)
    place.add(arches.rotated("z", turn).moved(inner_face), plaster)
    for c in local:
        place.add(archivolt(c, span, spring, 0.16, 0.03, rise).rotated("z", turn).moved(inner_face), stone)
    flutes = int(rng.choice([0, 0, 20]))
    shaft = column(spring - 0.0, radius, flutes, str(rng.choice(["attic", "tuscan"])))
    for k in range(bays + 1):
        for mesh in shaft:
            place.add(shifted_uv(mesh, *rng.uniform(0, 3, 2)).moved(x_open + side * thickness / 2, south + k * bay, 0.0), stone)
    # a step under the columns
    place.add(
        box_mapped(box(3.4 * radius, end - south + 1, 0.15, 0.01, 2)).moved(x_open + side * thickness / 2, (south + end) / 2, -0.149), stone
    )
    # the wall side: pilasters, a string course, doors or niches between them
    openings = []
    for k in range(bays):
        kind = rng.random()
        y = south + (k + 0.5) * bay
        if kind < 0.45:
            openings.append((y - 0.55, y + 0.55, 0.0, 2.35))
    wall_turn = -turn
    wall_local = [(a, b, c, e) if -side < 0 else (-b, -a, c, e) for a, b, c, e in openings]
    wall_ends = (south, end) if -side < 0 else (-end, -south)
    place.add(wall(*wall_ends, h, 0.35, wall_local, back=False).rotated("z", wall_turn).moved(x_wall), plaster)
    wood = Material("opaque", (0.55, 0.5, 0.45), "walnut", roughness=0.6, specular=0.35)
    for a, b, _, top in wall_local:
        middle = (a + b) / 2
        leaf = [timber(0.53, 0.05, top, 0.003).moved(middle + s * 0.27, 0.22) for s in (-1, 1)]
        for s in (-1, 1):
            for z0, z1 in ((0.15, 0.75), (0.87, 1.55), (1.67, top - 0.12)):
                leaf.append(timber(0.36, 0.03, z1 - z0, 0.01, 2).moved(middle + s * 0.27, 0.19, z0))
        for mesh in leaf:
            place.add(mesh.rotated("z", wall_turn).moved(x_wall), wood)
        surround = [block(0.14, 0.05, top, 0.006).moved(middle + s * 0.62, -0.02) for s in (-1, 1)] + [
            block(1.52, 0.06, 0.16, 0.006).moved(middle, -0.02, top),
            box(1.66, 0.14, 0.05, 0.008, 2).moved(middle, -0.05, top + 0.16),
        ]
        place.add(join(surround).creased(40).rotated("z", wall_turn).moved(x_wall), stone)
    for k in range(bays + 1):
        y = south + k * bay
        pilaster = [
            block(0.09, 1.7 * radius, spring - 0.30, 0.006).moved(0, 0, 0.12),
            box(0.12, 2.3 * radius, 0.14, 0.01, 2),
            box(0.12, 2.1 * radius, 0.10, 0.01, 2).moved(0, 0, spring - 0.22),
            block(0.16, 2.5 * radius, 0.09, 0.006).moved(0, 0, spring - 0.12),
        ]
        place.add(box_mapped(join(pilaster)).creased(40).moved(x_wall + side * 0.045, y), stone)
    place.add(
        moulding(np.array(STRING) + np.array([0, spring]), end - south).rotated("z", wall_turn).moved(x_wall, (south + end) / 2), stone
    )
    if rng.random() < 0.5:
        _vaults(place, w, bay, bays, south, spring, h, plaster)
    else:
        place.add(plane(w + 2 * thickness, end - south).rotated("x", 180).moved(0, (south + end) / 2, h), plaster)
        beams = [
            shifted_uv(timber(w + 0.1, 0.16, 0.2, 0.008, 1), *rng.uniform(0, 3, 2)).moved(0, y, h - 0.2)
            for y in np.arange(south + bay / 8, end, bay / 4)
        ]
        place.add(join(beams), MATERIALS["walnut"])
    for heap, shade in zip(paving(w + 1.2, end - south + 2, (0.72, 0.48), rng, 0.006), (1.0, 0.88), strict=False):
        place.ground(
            heap.moved(0, (south + end) / 2),
            Material("opaque", times(stone_color, 0.9 * shade), "concrete", roughness=0.42, specular=0.45),
        )
    place.ground(
        plane(w + 1.4, end - south + 2, (0, (south + end) / 2, -0.016)), Material("opaque", srgb(96, 88, 76), None, roughness=0.95)
    )
    # the far end: an arch to the open
    place.add(arched_wall([0.0], 0.52 * w, spring - 0.35, h + 0.3, 0.4, -w / 2 - 1, w / 2 + 1, base_m=0.0).moved(0, end), plaster)
    place.add(archivolt(0.0, 0.52 * w, spring - 0.35, 0.16, 0.03).moved(0, end), stone)
    return end


def _vaults(place: Set, w: float, bay: float, bays: int, south: float, spring: float, h: float, plaster: Material) -> None:
    """Groin vaults, one to a bay: the higher of two crossing barrels, with ribs between bays."""
    n = 17
    u, v = np.meshgrid(np.linspace(-1, 1, n), np.linspace(-1, 1, n))
    crown = h - 0.04
    rise = crown - spring - 0.1
    barrel_x, barrel_y = np.sqrt(np.clip(1 - u**2, 0, 1)), np.sqrt(np.clip(1 - v**2, 0, 1))
    z = spring + 0.1 + rise * np.maximum(barrel_x, barrel_y)
    from pochade.world.mesh import Mesh, flipped, grid_faces

    p = np.stack([u * w / 2, v * bay / 2, z], -1).reshape(-1, 3).astype(np.float32)
    cell = flipped(Mesh(p, grid_faces(n, n), p[:, :2].copy(), crease_deg=35.0))
    for k in range(bays):
        place.add(cell.moved(0, south + (k + 0.5) * bay), plaster)
    angle = np.linspace(0, np.pi, 25)
    for k in range(bays + 1):
        ring = np.stack([np.cos(angle) * w / 2, 0 * angle, spring + 0.1 + rise * np.sin(angle)], 1)
        parts = []
        for a, b in itertools.pairwise(ring):
            seg = block(float(np.linalg.norm(b - a)) + 0.01, 0.24, 0.12, 0.004).moved(0, 0, -0.08)
            tilt = np.degrees(np.arctan2(b[2] - a[2], b[0] - a[0]))
            parts.append(seg.rotated("y", -tilt).moved(*((a + b) / 2)))
        place.add(join(parts).moved(0, south + k * bay), plaster)
    # a lid over it all, so that no light leaks in
    place.add(plane(w + 2, bays * bay + 1).rotated("x", 180).moved(0, south + bays * bay / 2, h + 0.45), plaster)


def _outside(place: Set, rng: np.random.Generator, side: int, w: float, south: float, end: float) -> None:
    """A garden before the arcade and beyond its end."""
    x = side * (w / 2 + 0.6)
    gravel = Material("opaque", (0.62, 0.55, 0.42), "sand", roughness=0.95, specular=0.15)
    place.add(plane(40, 90, (x + side * 20, 20, -0.16)), gravel)
    place.add(plane(40, 40, (-side * 10, end + 20.5, -0.16)), gravel)
    leaves = []
    for y0 in np.arange(south - 2, end + 14, 2.6):
        for _ in range(130):
            foot = np.array([x + side * (4.5 + rng.normal(0, 0.25)), y0 + rng.uniform(0, 2.1), rng.uniform(-0.1, 1.0)])
            leaves.append(
                (foot, rng.normal(0, 1, 3) + np.array([-side * 0.6, 0, 0.4]), np.array([0, 0, 1.0]), rng.uniform(0.16, 0.3), 0.55, 0.3)
            )
    for x0 in np.arange(-9, 10, 1.4):
        for _ in range(110):
            foot = np.array([x0 + rng.uniform(0, 1.4), end + 9 + rng.normal(0, 0.3), rng.uniform(-0.1, 1.3)])
            leaves.append((foot, rng.normal(0, 1, 3) + np.array([0, -0.6, 0.4]), np.array([0, 0, 1.0]), rng.uniform(0.2, 0.34), 0.55, 0.3))
    place.add(
        furnish._leaves(leaves, np.array([0.05, 0.10, 0.03]), rng, False),
        Material("thin", (0.05, 0.1, 0.03), None, roughness=0.45, translucency=0.3),
    )
    for y0 in np.arange(south + 1.5, end + 12, 6.5):  # cypresses
        tree = []
        height = rng.uniform(6, 9)
        for _ in range(420):
            t = rng.random() ** 0.8
            a = rng.uniform(0, 2 * np.pi)
            r = 0.75 * np.sin(np.pi * (0.12 + 0.86 * t)) ** 0.8 * rng.uniform(0.7, 1.0)
            tree.append(
                (
                    np.array([r * np.cos(a), r * np.sin(a), 0.3 + t * height]),
                    np.array([np.cos(a), np.sin(a), 2.0]),
                    np.array([np.cos(a), np.sin(a), 0.0]),
                    rng.uniform(0.35, 0.6),
                    0.4,
                    0.0,
                )
            )
        at = (x + side * rng.uniform(8, 13), y0 + rng.uniform(-1, 1), -0.2)
        place.add(
            furnish._leaves(tree, np.array([0.025, 0.055, 0.02]), rng, False).moved(*at),
            Material("thin", (0.025, 0.055, 0.02), None, roughness=0.5, translucency=0.15),
        )


def _stone_table(place: Set, rng: np.random.Generator, x_m: float, y_m: float, at: tuple[float, float, float]) -> None:
    """A stone slab on two moulded blocks, for things to stand on."""
    stone = MATERIALS[str(rng.choice(["sandstone", "white marble", "granite"]))]
    top = box_mapped(box(x_m, y_m, 0.07, 0.012, 3)).moved(at[0], at[1], at[2] - 0.07)
    legs = [box_mapped(box(0.16, 0.72 * y_m, at[2] - 0.07, 0.015, 2)).moved(at[0] + s * 0.34 * x_m, at[1]) for s in (-1, 1)]
    feet = [box_mapped(box(0.24, 0.8 * y_m, 0.09, 0.02, 2)).moved(at[0] + s * 0.34 * x_m, at[1]) for s in (-1, 1)]
    place.add(join([top, *legs, *feet]).creased(40), stone)
