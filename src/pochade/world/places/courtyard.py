"""A tiled courtyard: patterned tiles, a fountain, whitewashed walls with an arcade, pots, hard sun and blue shade."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from pochade.world.materials import Material, Rgb, srgb
from pochade.world.mesh import Mesh, box, box_mapped, filleted, grid_faces, join, lathe, tube
from pochade.world.palette import COLOR_RGB, MATERIALS, WALL
from pochade.world.places import furniture as furnish
from pochade.world.places.building import Set, arched_wall, archivolt, block, casing, column, plane, slabs, timber, wall, window
from pochade.world.places.daylight import daylight, lamps
from pochade.world.places.views import among, reach_m, viewpoint
from pochade.world.scene import Scene
from pochade.world.stage import Stage
from pochade.world.staging import moody, thing_items

PALETTES = (
    (srgb(232, 226, 212), srgb(28, 66, 132), srgb(62, 138, 156), srgb(196, 140, 52)),
    (srgb(228, 222, 208), srgb(30, 98, 92), srgb(40, 52, 96), srgb(186, 96, 56)),
    (srgb(236, 230, 218), srgb(34, 84, 150), srgb(216, 172, 76), srgb(34, 84, 150)),
    (srgb(226, 218, 204), srgb(152, 66, 44), srgb(52, 86, 84), srgb(34, 38, 44)),
)
LIMEWASH = (srgb(242, 239, 231), srgb(242, 239, 231), srgb(240, 228, 208), srgb(222, 150, 104), srgb(232, 196, 120))
GLAZE = Material("opaque", (0.5, 0.5, 0.5), None, roughness=0.22, clearcoat=0.5)


def courtyard_stage(scene: Scene, aspect: float) -> Stage:
    """See `place_stage`."""
    d = scene.description
    rng = np.random.default_rng([scene.setting_seed, 61])
    light_rng = np.random.default_rng([scene.light_seed, 62])
    day = daylight(d.light or "noon", light_rng, float(light_rng.choice([-1, 1]) * light_rng.uniform(38, 72)))
    w, north, south, h = rng.uniform(7.4, 8.8), 4.4, -5.2, rng.uniform(3.5, 4.0)
    offset = (0.0, 0.0, 0.0)
    if scene.things:
        x, y = reach_m(scene)
        offset = (0.0, -2.6, 0.62)
        camera = among(scene, offset)
        south = min(south, camera.position_m[1] - 0.9)
        w = max(w, 2 * abs(camera.position_m[0]) + 1.2)
    else:
        eye = (rng.uniform(-0.12, 0.12) * w, south + 0.45, rng.uniform(1.4, 1.65))
        camera = viewpoint(d.views, light_rng, eye, (-0.3 * eye[0], north, eye[2] - 0.12), rng.uniform(58, 66), 0.3, 3.3, 0.26 * w)
    place = Set()
    palette = PALETTES[int(rng.integers(len(PALETTES)))]
    _floor(place, rng, w, north, south, palette)
    _walls(place, rng, w, north, south, h, palette)
    _fountain(place, rng, palette, (0.0, 0.2))
    _pots(place, rng, w, north, south, bool(scene.things))
    if scene.things:
        _tiled_bench(place, rng, palette, max(1.0, 2 * x + 0.3), max(0.6, 2 * y + 0.2), offset)
    lights = (*day.sun, *lamps(day, rng, d.light_colors, camera.position_m, camera.target_m, 0.3 * w))
    items = place.items() + (thing_items(scene, offset) if scene.things else [])
    return Stage(
        tuple(items),
        camera,
        day.environment,
        lights,
        exposure=moody(replace(day.exposure, key=0.8 * day.exposure.key, highlight_percentile=96), d),
    )


def star_tile(size_m: float, style: int) -> tuple[list[np.ndarray], list[int]]:
    """Polygons (as triangles (3, 2)) of one patterned tile about the origin and the index of each one's colour.

    Args:
        style: 0 an eight-pointed star with corner petals, 1 a diamond in a frame, 2 quarter circles, 3 a windmill.
    """
    h = size_m / 2
    triangles: list[np.ndarray] = []
    inks: list[int] = []

    def fan(points: np.ndarray, ink: int, centre: tuple[float, float] | None = None) -> None:
        c = np.array(centre) if centre is not None else points.mean(0)
        for a, b in zip(points, np.roll(points, -1, 0), strict=True):
            if centre is not None and np.array_equal(b, points[0]):
                continue
            triangles.append(np.array([c, a, b]))
            inks.append(ink)

    square = np.array([(-h, -h), (h, -h), (h, h), (-h, h)])
    if style == 0:
        fan(square, 0)
        a = np.arange(16) * np.pi / 8
        r = np.where(np.arange(16) % 2 == 0, 0.92 * h, 0.62 * h)
        fan(np.stack([r * np.cos(a), r * np.sin(a)], 1), 1)
        a = np.arange(8) * np.pi / 4 + np.pi / 8
        fan(np.stack([0.40 * h * np.cos(a), 0.40 * h * np.sin(a)], 1), 3)
        for sx, sy in ((1, 1), (-1, 1), (-1, -1), (1, -1)):
            start = np.arctan2(-sy, -sx) - np.pi / 4
            arc = start + np.linspace(0, np.pi / 2, 6)
            fan(np.stack([sx * h + 0.36 * h * np.cos(arc), sy * h + 0.36 * h * np.sin(arc)], 1), 2, (sx * h, sy * h))
    elif style == 1:
        fan(square, 1)
        fan(square * 0.84, 0)
        fan(np.array([(-0.84 * h, 0), (0, -0.84 * h), (0.84 * h, 0), (0, 0.84 * h)]), 2)
        fan(np.array([(-0.44 * h, 0), (0, -0.44 * h), (0.44 * h, 0), (0, 0.44 * h)]), 3)
    elif style == 2:
        fan(square, 0)
        for sx, sy in ((1, 1), (-1, -1)):
            start = np.arctan2(-sy, -sx) - np.pi / 4
            arc = start + np.linspace(0, np.pi / 2, 12)
            for radius, ink in ((1.30, 1), (0.98, 0), (0.72, 2)):
                fan(np.stack([sx * h + radius * h * np.cos(arc), sy * h + radius * h * np.sin(arc)], 1), ink, (sx * h, sy * h))
    else:
        fan(square, 0)
        for k in range(4):
            c, s = np.cos(k * np.pi / 2), np.sin(k * np.pi / 2)
            turn = np.array([[c, s], [-s, c]])
            fan(np.array([(0, 0), (h, 0), (h, h)]) @ turn, 1 if k % 2 else 2, None)
        a = np.arange(12) * np.pi / 6
        fan(np.stack([0.30 * h * np.cos(a), 0.30 * h * np.sin(a)], 1), 3)
    return triangles, inks


def patterned(
    centres_m: np.ndarray, size_m: float, style: int, palette: tuple[Rgb, ...], rng: np.random.Generator, quarter_turns: bool = False
) -> Mesh:
    """Many copies of a patterned tile on z = 0 as one painted mesh; layers of the pattern lie 0.1 mm apart."""
    triangles, inks = star_tile(size_m * 0.985, style)
    t = np.array(triangles)  # (T, 3, 2)
    a, b = t[:, 1] - t[:, 0], t[:, 2] - t[:, 0]
    wrong = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0] < 0
    t[wrong] = t[wrong][:, ::-1]
    layer = np.arange(len(t)) * 6e-6
    n = len(centres_m)
    turn = rng.integers(0, 4, n) if quarter_turns else np.zeros(n, int)
    c, s = np.round(np.cos(turn * np.pi / 2)), np.round(np.sin(turn * np.pi / 2))
    x = t[None, ..., 0] * c[:, None, None] - t[None, ..., 1] * s[:, None, None] + centres_m[:, 0, None, None]
    y = t[None, ..., 0] * s[:, None, None] + t[None, ..., 1] * c[:, None, None] + centres_m[:, 1, None, None]
    z = np.broadcast_to(layer[None, :, None], x.shape)
    tone = rng.uniform(0.86, 1.08, (n, 1, 1)) * rng.uniform(0.93, 1.07, (n, len(t), 1))
    color = np.array(palette)[np.array(inks)][None] * tone
    v = np.stack([x, y, z], -1).reshape(-1, 3)
    faces = np.arange(len(v), dtype=np.int32).reshape(-1, 3)
    return Mesh(
        v.astype(np.float32),
        faces,
        v[:, :2].astype(np.float32),
        np.repeat(color.reshape(-1, 3), 3, 0).clip(0, 0.9).astype(np.float32),
        crease_deg=0.0,
    )


def _grid(x0: float, x1: float, y0: float, y1: float, size: float) -> np.ndarray:
    xs = np.arange(round((x1 - x0) / size)) * size + x0 + size / 2
    ys = np.arange(round((y1 - y0) / size)) * size + y0 + size / 2
    return np.stack(np.meshgrid(xs, ys), -1).reshape(-1, 2)


def _floor(place: Set, rng: np.random.Generator, w: float, north: float, south: float, palette: tuple[Rgb, ...]) -> None:
    """A carpet of patterned tiles with a plain border, terracotta around it."""
    size = 0.25
    style = int(rng.integers(4))
    grout = Material("opaque", srgb(150, 142, 128), None, roughness=0.95)
    middle = (north + south) / 2
    place.ground(plane(w + 6, north - south + 8, (0, middle, -0.003)), grout)
    half = round((w / 2 - 1.3) / size) * size
    y0, y1 = north - round((north - south - 1.0) / size) * size, north - 1.0
    y0, y1 = y1 - round((y1 - south - 0.9) / size) * size, y1
    field = _grid(-half, half, y0, y1, size)
    place.ground(patterned(field, size, style, palette, rng, quarter_turns=style == 2), GLAZE)
    ring = _grid(-half - size, half + size, y0 - size, y1 + size, size)
    ring = ring[(np.abs(ring[:, 0]) > half) | (ring[:, 1] < y0) | (ring[:, 1] > y1)]
    place.ground(patterned(ring, size, 1, (palette[1], palette[0], palette[2], palette[3]), rng), GLAZE)
    outer = _grid(-half - size - 12 * 0.3, half + size + 12 * 0.3, y0 - size - 12 * 0.3, y1 + size + 12 * 0.3, 0.3)
    keep = (np.abs(outer[:, 0]) > half + size) | (outer[:, 1] < y0 - size) | (outer[:, 1] > y1 + size)
    keep &= (np.abs(outer[:, 0]) < w / 2 + 2.2) & (outer[:, 1] < north + 3.0)
    place.ground(slabs(outer[keep], (0.292, 0.292), 0.0, rng, 0.004, 0.02, 0.0005).moved(z=0.0005), MATERIALS["terracotta"])


def _walls(place: Set, rng: np.random.Generator, w: float, north: float, south: float, h: float, palette: tuple[Rgb, ...]) -> None:
    wash = WALL.dyed(LIMEWASH[int(rng.integers(len(LIMEWASH)))])
    stone = Material("opaque", srgb(216, 204, 182), "plaster", roughness=0.8)
    # north: an arcade with a walk behind it
    bays = 3
    bay = w / bays
    radius = 0.13
    span = bay - 3.2 * radius
    spring = 2.15
    top = h + 0.2
    centres = [-w / 2 + (k + 0.5) * bay for k in range(bays)]
    place.add(arched_wall(centres, span, spring, top, 0.4, -w / 2, w / 2, rise=0.82).moved(0, north), wash)
    for c in centres:
        place.add(archivolt(c, span, spring, 0.12, 0.025, 0.82).moved(0, north), stone)
    order = str(rng.choice(["attic", "tuscan"]))
    for k in range(bays + 1):
        for mesh in column(spring, radius, 0, order):
            place.add(mesh.moved(-w / 2 + k * bay, north + 0.2), stone)
    deep = 2.4
    door = (-0.55, 0.55, 0.0, 2.2)
    place.add(wall(-w / 2 - 0.3, w / 2 + 0.3, top, 0.3, [door]).moved(0, north + 0.4 + deep), wash)
    timber_wood = Material(
        "opaque", [srgb(60, 96, 92), srgb(70, 46, 30), srgb(40, 72, 110)][int(rng.integers(3))], "walnut", roughness=0.55
    )
    leaves = [timber(0.54, 0.05, 2.18, 0.003).moved(s * 0.275, north + 0.5 + deep) for s in (-1, 1)]
    leaves += [
        timber(0.36, 0.03, z1 - z0, 0.01, 2).moved(s * 0.275, north + 0.465 + deep, z0)
        for s in (-1, 1)
        for z0, z1 in ((0.15, 0.95), (1.08, 2.05))
    ]
    place.add(join(leaves), timber_wood)
    place.add(plane(w + 0.8, deep + 0.5).rotated("x", 180).moved(0, north + 0.4 + deep / 2, h - 0.2), wash)
    beams = [timber(0.12, deep + 0.2, 0.16, 0.006).moved(x, north + 0.4 + deep / 2, h - 0.36) for x in np.arange(-w / 2 + 0.3, w / 2, 0.7)]
    place.add(join(beams), MATERIALS["walnut"])
    for sx in (-1, 1):
        place.add(
            wall(0, deep + 0.8, top, 0.2)
            .rotated("z", 90 if sx < 0 else -90)
            .moved(sx * (w / 2 + 0.02), north if sx < 0 else north + deep + 0.8),
            wash,
        )
    # sides and the wall behind the camera
    shutters = Material("opaque", timber_wood.color, None, roughness=0.5)
    for sx in (-1, 1):
        turn = 90 if sx < 0 else -90
        ends = (south, north) if sx < 0 else (-north, -south)
        opening = []
        for y in (north - 2.0, north - 4.6):
            a, b = (y - 0.45, y + 0.45) if sx < 0 else (-y - 0.45, -y + 0.45)
            opening.append((a, b, 1.0, 2.3))
        place.add(wall(*ends, h, 0.35, opening).rotated("z", turn).moved(sx * w / 2), wash)
        for o in opening:
            place.add(window(o, 2, 3, 0.2).rotated("z", turn).moved(sx * w / 2), shutters)
            x, z = (o[0] + o[1]) / 2, o[2]
            place.add(
                block(0.9, 0.02, 1.3, 0.001).moved(x, 0.28, z).rotated("z", turn).moved(sx * w / 2),
                Material("opaque", (0.03, 0.035, 0.04), None, roughness=0.1),
            )
            for s in (-1, 1):
                slats = [
                    block(0.40, 0.012, 0.05, 0.003).rotated("x", 25).moved(x + s * 0.68, -0.03, z + 0.06 + j * 0.06) for j in range(20)
                ]
                rails = [block(0.05, 0.035, 1.3, 0.004).moved(x + s * 0.68 + t * 0.21, -0.03, z) for t in (-1, 1)] + [
                    block(0.46, 0.035, 0.05, 0.004).moved(x + s * 0.68, -0.03, z + q) for q in (0, 1.25)
                ]
                place.add(join([*slats, *rails]).creased(40).rotated("z", turn).moved(sx * w / 2), shutters)
            place.add(casing(o, 0.07).rotated("z", turn).moved(sx * w / 2), stone)
        _dado(place, rng, north - south, palette, turn, (sx * w / 2, (north + south) / 2))
        _eaves(place, rng, north - south + 0.3, turn, (sx * w / 2, (north + south) / 2), h)
    place.add(wall(-w / 2, w / 2, h, 0.3).rotated("z", 180).moved(0, south), wash)
    _eaves(place, rng, w, 0, (0.0, north), top)


def _dado(place: Set, rng: np.random.Generator, length: float, palette: tuple[Rgb, ...], turn: float, at: tuple[float, float]) -> None:
    """Tiles up to hip height along a side wall."""
    size = 0.2
    n = int(length / size)
    field = _grid(-n * size / 2, n * size / 2, 0.0, 0.8, size)
    mesh = patterned(field, size, 0, palette, rng)
    cap = box(n * size, 0.03, 0.05, 0.006, 2).moved(0, -0.005, 0.80)
    place.add(mesh.rotated("x", 90).moved(0, -0.006).rotated("z", turn).moved(*at), GLAZE)
    place.add(cap.rotated("z", turn).moved(*at), Material("opaque", palette[1], None, roughness=0.2, clearcoat=0.5))


def _eaves(place: Set, rng: np.random.Generator, length: float, turn: float, at: tuple[float, float], z: float) -> None:
    """Barrel tiles along the top of a wall: two rows of under- and over-tiles."""
    pitch, r = 0.20, 0.085
    a = np.linspace(0.12, np.pi - 0.12, 9)
    y = np.linspace(-0.22, 0.5, 3)
    shell = np.stack(
        [
            np.broadcast_to(np.cos(a) * r, (3, 9)),
            np.broadcast_to(y[:, None], (3, 9)),
            np.sin(a)[None] * r * 0.9 + 0.02 + 0.32 * (y[:, None] + 0.22),
        ],
        -1,
    )
    from pochade.world.mesh import sheet

    over = sheet(shell[:, ::-1], 0.014)
    under = sheet((shell * [1, 1, -0.7] + [0, -0.02, 0.05 + 0.0])[:, ::-1] + [0, 0, 2 * 0.0], 0.014)
    slope = 0.32 * (y + 0.22)
    low = np.stack(
        [
            np.broadcast_to(np.cos(a) * r, (3, 9)),
            np.broadcast_to(y[:, None] + 0.03, (3, 9)),
            0.075 - np.sin(a)[None] * r * 0.7 + slope[:, None],
        ],
        -1,
    )
    under = sheet(low, 0.014)
    n = int(length / pitch)
    parts = []
    for k in range(n):
        x = (k - (n - 1) / 2) * pitch
        parts.append(over.moved(x + pitch / 2, rng.uniform(-0.012, 0.012), 0.02))
        parts.append(under.moved(x, 0, 0))
    place.add(join(parts).rotated("z", turn).moved(*at, z), MATERIALS["terracotta"])
    place.add(block(length, 0.16, 0.06, 0.01).moved(0, 0.02, 0.0).rotated("z", turn).moved(*at, z - 0.03), WALL.dyed(srgb(236, 230, 218)))


def _fountain(place: Set, rng: np.random.Generator, palette: tuple[Rgb, ...], at: tuple[float, float]) -> None:
    """An octagonal basin, tiled outside, with a stone bowl on a stem; the water is still but for rings."""
    r, wall_m, height = rng.uniform(0.95, 1.2), 0.16, rng.uniform(0.38, 0.46)
    marble = MATERIALS[str(rng.choice(["white marble", "sandstone", "white marble"]))]
    turn = np.pi / 8
    corner = np.arange(8) * np.pi / 4 + turn
    apothem = r * np.cos(np.pi / 8)
    edge = 2 * r * np.sin(np.pi / 8)
    for k in range(8):
        a = np.degrees(corner[k] + np.pi / 8)
        n = max(1, round(edge / 0.19))
        cell = edge / n
        tiles = patterned(_grid(-edge / 2, edge / 2, 0, 2 * cell, cell), cell, int(rng.integers(1)), palette, rng).rotated("x", 90)
        face = tiles.scaled(1, 1, (height - 0.05) / (2 * cell)).moved(0, -apothem - 0.002).rotated("z", a + 90)
        place.add(face.moved(*at), GLAZE)
    ring = lambda rr, z: np.stack([rr * np.cos(corner), rr * np.sin(corner), np.full(8, z)], 1)  # noqa: E731
    from pochade.world.places.building import quads

    body = []
    for k in range(8):
        j = (k + 1) % 8
        inner, rim = r - wall_m, height
        a, b = ring(r, 0), ring(r, rim - 0.04)
        body.append([a[k], a[j], b[j], b[k]])
        lip = (
            ring(r + 0.035, rim - 0.035),
            ring(r + 0.035, rim - 0.008),
            ring(r + 0.022, rim),
            ring(inner - 0.01, rim),
            ring(inner - 0.02, rim - 0.01),
            ring(inner - 0.02, rim - 0.05),
        )
        body.append([b[k], b[j], lip[0][j], lip[0][k]])
        for p, q in itertools.pairwise(lip):
            body.append([p[k], p[j], q[j], q[k]])
        c = ring(inner, 0.02)
        body.append([lip[-1][k], lip[-1][j], c[j], c[k]])
    place.add(quads(body).moved(*at, 0.0), marble)
    # water: an opaque, dark, rippled mirror
    rr, aa = np.meshgrid(np.linspace(0.0, r - wall_m + 0.02, 40), np.linspace(0, 2 * np.pi, 97), indexing="ij")
    wave = 0.0022 * np.sin(46 * rr) * np.exp(-1.6 * rr) + 0.0007 * np.sin(9 * rr * np.cos(aa) * 3 + 2) * np.sin(7 * rr * np.sin(aa) * 3)
    v = np.stack([rr * np.cos(aa), rr * np.sin(aa), height - 0.085 + wave], -1).reshape(-1, 3).astype(np.float32)
    water = Mesh(v, grid_faces(40, 97), v[:, :2].copy())
    place.add(water.moved(*at, 0.0), Material("opaque", (0.04, 0.17, 0.18), None, roughness=0.03, specular=0.5, clearcoat=0.6))
    stem = lathe(
        filleted(
            [
                (0, 0),
                (0.17, 0),
                (0.17, 0.06),
                (0.10, 0.10),
                (0.075, 0.30),
                (0.085, 0.45),
                (0.13, 0.50),
                (0.06, 0.55),
                (0.06, 0.62),
                (0, 0.62),
            ],
            0.018,
            4,
        ),
        48,
    ).moved(z=0.1)
    bowl = lathe(
        filleted([(0, 0.0), (0.10, 0.0), (0.30, 0.06), (0.43, 0.16), (0.455, 0.17), (0.44, 0.185), (0.38, 0.145), (0.0, 0.11)], 0.012, 4),
        72,
    ).moved(z=0.70)
    finial = lathe(
        filleted([(0, 0), (0.05, 0), (0.035, 0.05), (0.03, 0.14), (0.055, 0.17), (0.05, 0.21), (0.015, 0.25), (0, 0.26)], 0.01, 4), 32
    ).moved(z=0.80)
    place.add(join([stem, bowl, finial]).creased(55).moved(*at, 0.0), marble)
    jets = []
    for a in np.arange(6) * np.pi / 3 + 0.3:
        t = np.linspace(0, 1, 14)
        out = 0.45 + 0.16 * t
        z = 0.87 - 0.02 * t - 0.47 * t**2
        jets.append(tube(np.stack([out * np.cos(a), out * np.sin(a), z], 1), np.linspace(0.007, 0.004, 14), 8))
    place.add(join(jets).moved(*at, 0.0), Material("glass", (0.98, 0.99, 0.99), ior=1.33))
    disc = lathe([(0.40, 0.845), (0.2, 0.846), (0.0, 0.847)], 40)
    place.add(disc.moved(*at, 0.0), Material("opaque", (0.08, 0.14, 0.14), None, roughness=0.03, specular=0.3))


def _pots(place: Set, rng: np.random.Generator, w: float, north: float, south: float, things: bool) -> None:
    pots = (
        MATERIALS["terracotta"],
        MATERIALS["terracotta"],
        replace(MATERIALS["glazed ceramic"], color=COLOR_RGB["navy blue"]),
        replace(MATERIALS["glazed ceramic"], color=srgb(46, 120, 116)),
    )
    spots = [(-w / 2 + 0.65, north - 0.7), (w / 2 - 0.65, north - 0.7), (-w / 2 + 0.6, north - 3.3), (w / 2 - 0.6, north - 3.3)]
    if not things:
        spots += [(-w / 2 + 0.55, south + 2.6), (w / 2 - 0.55, south + 2.6)]
    for x, y in spots:
        kind = str(rng.choice(["olive", "palm", "box", "olive"]))
        place.furnish(
            furnish.plant(
                {"olive": rng.uniform(1.6, 2.2), "palm": rng.uniform(1.2, 1.6), "box": rng.uniform(0.9, 1.1)}[kind],
                rng,
                kind,
                pots[int(rng.integers(4))],
            ),
            (x, y + rng.uniform(-0.1, 0.1), 0.0),
        )
        if rng.random() < 0.7:
            dx = -np.sign(x) * 0.62
            place.furnish(
                furnish.plant(rng.uniform(0.45, 0.6), rng, str(rng.choice(["box", "palm"])), pots[int(rng.integers(4))], 0.14),
                (x + dx, y - rng.uniform(0.1, 0.3), 0.0),
            )


def _tiled_bench(
    place: Set, rng: np.random.Generator, palette: tuple[Rgb, ...], x_m: float, y_m: float, at: tuple[float, float, float]
) -> None:
    """A masonry bench with a tiled top, for things to stand on."""
    size = 0.15
    nx, ny = int(np.ceil(x_m / size)), int(np.ceil(y_m / size))
    w, d = nx * size, ny * size
    top = patterned(_grid(-w / 2, w / 2, -d / 2, d / 2, size), size, int(rng.choice([0, 1, 3])), palette, rng).moved(
        at[0], at[1], at[2] - 0.0025
    )
    place.add(top, GLAZE)
    place.add(box_mapped(box(w + 0.03, d + 0.03, 0.05, 0.008, 3)).moved(at[0], at[1], at[2] - 0.053), MATERIALS["sandstone"])
    place.add(box_mapped(box(w - 0.06, d - 0.06, at[2] - 0.05, 0.015, 2)).moved(at[0], at[1]), WALL.dyed(LIMEWASH[0]))
