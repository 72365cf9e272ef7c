"""A wet city street: facades with lit windows, shop fronts, lamps and neon, all of it again in the puddles."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from pochade.world import sky as skies
from pochade.world.materials import Material, srgb
from pochade.world.mesh import Mesh, box, box_mapped, extrude, filleted, grid_faces, join, lathe, sphere, torus, tube
from pochade.world.noise import fbm
from pochade.world.palette import MATERIALS
from pochade.world.places import furniture as furnish
from pochade.world.places.building import Set, block, quads, slabs
from pochade.world.places.daylight import NIGHTS, OUTSIDE, daylight, neon_rgb, times, two_colors
from pochade.world.places.views import among, viewpoint
from pochade.world.scene import Scene
from pochade.world.stage import GROUND, Item, Stage, transform
from pochade.world.staging import moody, thing_items

FACADES = (
    ("bricks", (1, 1, 1)), ("bricks", (0.75, 0.72, 0.7)), ("plaster", srgb(196, 182, 158)), ("plaster", srgb(158, 148, 140)),
    ("sandstone", (0.8, 0.8, 0.8)), ("plaster", srgb(120, 84, 70)), ("concrete", (0.9, 0.9, 0.9)), ("plaster", srgb(150, 160, 160)),
)  # fmt: skip
TRIM = Material("opaque", srgb(196, 188, 174), "plaster", roughness=0.8)
PANE = Material("opaque", (0.012, 0.014, 0.018), None, roughness=0.05, specular=0.6)
WARM, COOL = (1.0, 0.62, 0.28), (0.75, 0.9, 1.0)
DAYS = ("noon", "morning", "golden hour", "overcast", "storm", "fog", "sunset")


@dataclass
class _Glow:
    """What shines, gathered into one mesh per colour."""

    warm: list[Mesh] = field(default_factory=list)
    dim: list[Mesh] = field(default_factory=list)
    cool: list[Mesh] = field(default_factory=list)
    shops: list[Mesh] = field(default_factory=list)
    lamps: list[Mesh] = field(default_factory=list)
    tail: list[Mesh] = field(default_factory=list)
    neon: tuple[list[Mesh], list[Mesh]] = field(default_factory=lambda: ([], []))


def street_stage(scene: Scene, aspect: float) -> Stage:
    """See `place_stage`."""
    d = scene.description
    rng = np.random.default_rng([scene.setting_seed, 71])
    light_rng = np.random.default_rng([scene.light_seed, 72])
    light = d.light or "neon"
    outside = light if light in (*DAYS, *NIGHTS) else "overcast" if OUTSIDE[light] == "overcast" else "dusk"
    day = daylight(light, light_rng, float(light_rng.choice([-1, 1]) * light_rng.uniform(95, 165)), outside=outside, late=True)
    lit = outside in NIGHTS or outside in ("sunset", "storm", "fog")
    road, walk = rng.uniform(6.2, 7.4), rng.uniform(2.3, 2.9)
    offset = (0.0, 0.0, 0.0)
    if scene.things:
        offset = (0.0, 1.0, _CAMBER_M)
        camera = among(scene, offset, 5.0, 1.4)
    else:
        eye = (rng.uniform(-0.22, 0.22) * road, -1.0, rng.uniform(1.2, 1.6))
        camera = viewpoint(d.views, light_rng, eye, (0.1 * eye[0], 40.0, eye[2] + 2.6), rng.uniform(48, 58), 0.28, 5.5, 0.4 * road)
        camera = replace(camera, focus_distance_m=14.0)
    first, second = two_colors(light_rng, d.light_colors)
    glow = _Glow()
    place = Set()
    keep = (offset[1] - 1.2, offset[1] + 1.2) if scene.things else None
    _road(place, rng, road, walk, offset if scene.things else None)
    half = road / 2 + walk
    for side in (-1, 1):
        _facades(place, rng, glow, side, half)
    _far_end(place, rng, glow, half)
    _furniture(place, rng, glow, road, walk, camera.position_m, keep)
    level = max(day.level, 0.012)
    power = 3.4 * level if outside in NIGHTS else 0.7 * level if lit else 0.0
    emit = (
        (glow.warm, WARM, 6.0),
        (glow.dim, (1.0, 0.5, 0.2), 2.0),
        (glow.cool, COOL, 4.5),
        (glow.shops, (1.0, 0.78, 0.5), 9.0),
        (glow.lamps, (1.0, 0.72, 0.40), 60.0),
        (glow.tail, (1.0, 0.03, 0.02), 14.0),
    )
    for meshes, color, strength in emit:
        if meshes and power:
            place.add(join(meshes), Material("opaque", (0.1, 0.1, 0.1), roughness=0.4, emission=tuple(strength * power * c for c in color)))  # type: ignore[arg-type]
        elif meshes:
            place.add(join(meshes), PANE if meshes is not glow.lamps else Material("opaque", (0.8, 0.8, 0.78), None, roughness=0.3))
    for meshes, color in zip(glow.neon, (first, second), strict=True):
        if meshes:
            tint = neon_rgb(color)
            strength = 45 * power if light in ("neon", "coloured gels") else 26 * power
            place.add(
                join(meshes),
                Material("opaque", (0.5, 0.5, 0.5), roughness=0.4, emission=times(tint, max(strength, 0.6 * level))),
            )
    items = place.items() + (thing_items(scene, offset) if scene.things else [])
    haze = skies.aerial(replace(day.sky, visibility_m=min(day.sky.visibility_m, 1200.0 if outside == "fog" else 6000.0)))
    key = {"dusk": 0.085, "moonlight": 0.07, "starry night": 0.065, "aurora": 0.065}.get(outside, day.exposure.key)
    exposure = replace(
        day.exposure, key=key, highlight_percentile=97.0 if lit else 98.5, warmth=0.0 if outside in NIGHTS else day.exposure.warmth
    )
    return Stage(tuple(items), camera, day.environment, day.sun if outside not in NIGHTS else (), air=haze, exposure=moody(exposure, d))


_CAMBER_M = 0.0
_END_M = 62.0


def _road(place: Set, rng: np.random.Generator, road: float, walk: float, things: tuple[float, float, float] | None) -> None:
    """Asphalt with puddles of its own (no repeating tile), kerbs, flagged pavements, a manhole and a worn line."""
    rows = np.concatenate([np.arange(-9, 14, 0.1), np.geomspace(14.1, _END_M + 30, 130)])
    columns = np.linspace(-road / 2, road / 2, 76)
    x, y = np.meshgrid(columns, rows)
    seed = int(rng.integers(2**20))
    p = np.stack([x, y, 0 * x], -1)
    broad = fbm(p * [0.30, 0.16, 1], seed, 4)
    wheel = np.exp(-(((np.abs(x) - 0.26 * road) / 0.35) ** 2))
    gutter = np.exp(-((road / 2 - np.abs(x)) / 0.30))
    wet = np.clip(2.4 * (broad + 0.22 * gutter + 0.08 * wheel) + 0.30, 0, 1)
    grain = fbm(p * 11.0, seed + 1, 2)
    fine = rng.normal(0, 1, x.shape)
    tone = (0.034 + 0.008 * fbm(p * 0.9, seed + 2, 3) + 0.010 * grain + 0.006 * fine) * (1 - 0.55 * wet)
    line = (np.abs(x) < 0.06) & ((y % 6.0) < 2.6) & (fbm(p * 6, seed + 3, 3) > -0.22)
    tone = np.where(line, 0.32 * (1 - 0.4 * wet), np.clip(tone, 0.006, 0.1))
    color = tone[..., None] * np.array([1.0, 1.0, 1.04])
    stood_on = np.zeros_like(x) if things is None else np.exp(-(((x - things[0]) ** 2 + (y - things[1]) ** 2) / 0.6))
    rough = np.clip(0.46 * (1 - wet) ** 1.2 + 0.05 + 0.05 * grain * (1 - wet), 0.04, 0.7)
    z = (0.003 * grain + 0.0012 * fine) * (1 - wet) * (1 - stood_on)
    if things is not None:
        z = np.minimum(z, 0.0)
    v = np.stack([x, y, z], -1).reshape(-1, 3).astype(np.float32)
    mesh = Mesh(v, grid_faces(*x.shape), v[:, :2].copy(), np.clip(color, 0.004, 0.6).reshape(-1, 3).astype(np.float32))
    place.put(
        Item(
            mesh,
            Material("opaque", (0.04, 0.04, 0.04), None, roughness=0.4, specular=0.5),
            transform((0, 0, 0)),
            GROUND,
            roughness=rough.reshape(-1).astype(np.float32),
        )
    )
    for side in (-1, 1):
        n = int((_END_M + 8) / 0.9)
        kerb = [block(0.16, 0.892, 0.30, 0.014).moved(side * (road / 2 + 0.08), -8 + (k + 0.5) * 0.9, -0.17) for k in range(n)]
        place.add(join(kerb).creased(50), replace(MATERIALS["granite"], roughness=0.3))
        cols, length = 3, 26.0
        size = (walk - 0.16) / cols
        centres = np.stack(np.meshgrid((np.arange(cols) + 0.5) * size, np.arange(int(length / 0.6)) * 0.6 - 8), -1).reshape(-1, 2)
        centres[:, 0] = side * (road / 2 + 0.16 + centres[:, 0])
        flags = replace(MATERIALS["concrete"], color=(0.55, 0.55, 0.56), roughness=0.30, bump=0.5)
        place.ground(slabs(centres, (size - 0.006, 0.594), 0.0, rng, 0.004, 0.03, 0.0012).moved(z=0.13), flags)
        x0, x1 = sorted((side * (road / 2 + 0.16), side * (road / 2 + walk)))
        place.ground(
            quads(
                [
                    [(x0, 17, 0.128), (x1, 17, 0.128), (x1, _END_M + 30, 0.128), (x0, _END_M + 30, 0.128)],
                    [(x0, -9, 0.1), (x1, -9, 0.1), (x1, 17.2, 0.1), (x0, 17.2, 0.1)],
                ]
            ),
            flags,
        )
    hole = lathe(filleted([(0, 0), (0.33, 0), (0.33, 0.006), (0, 0.006)], 0.002, 2), 40)
    if things is None:
        place.add(hole.moved(0.22 * road, rng.uniform(4, 7), 0.0), Material("metal", (0.4, 0.38, 0.36), None, "iron", roughness=0.4))


def _facades(place: Set, rng: np.random.Generator, glow: _Glow, side: int, half: float) -> None:
    """A row of houses along one side: local x runs along the street, turned into place."""
    y = -10.0
    turn = 90 if side < 0 else -90

    def setter(mesh: Mesh, material: Material) -> None:
        place.add(mesh.rotated("z", turn).moved(side * half), material)

    while y < _END_M:
        width = rng.uniform(6.5, 10.5)
        storeys = int(rng.integers(3, 6))
        _house(setter, rng, glow, side, half, y, width, storeys, detailed=y < 30)
        y += width


def _house(
    setter, rng: np.random.Generator, glow: _Glow, side: int, half: float, y: float, width: float, storeys: int, detailed: bool
) -> None:
    texture, color = FACADES[int(rng.integers(len(FACADES)))]
    skin = Material("opaque", color, texture, roughness=0.85, specular=0.25)
    ground, floor = rng.uniform(3.5, 4.1), rng.uniform(2.95, 3.3)
    height = ground + storeys * floor + 0.5
    a = -y - width if side > 0 else y  # local x of the left end
    turn = 90 if side < 0 else -90

    def shine(heap: list[Mesh], mesh: Mesh) -> None:
        heap.append(mesh.rotated("z", turn).moved(side * half))

    columns = max(2, round(width / rng.uniform(1.75, 2.3)))
    pitch = width / columns
    win_w, win_h = rng.uniform(0.46, 0.60) * pitch, rng.uniform(1.5, 1.95)
    openings = []
    for s in range(storeys):
        z0 = ground + s * floor + rng.uniform(0.75, 0.76)
        for c in range(columns):
            x = a + (c + 0.5) * pitch
            openings.append((x - win_w / 2, x + win_w / 2, z0, z0 + win_h))
    shop = _shop(setter, shine, rng, glow, a, width, ground)
    from pochade.world.places.building import wall

    setter(wall(a, a + width, height, 0.22, [*openings, *shop], back=False), skin)
    party = rng.random() < 0.5
    lit_share = rng.uniform(0.35, 0.65)
    frames, sills = [], []
    for x0, x1, z0, z1 in openings:
        kind = rng.random()
        pane = quads([[(x0, 0.15, z0), (x1, 0.15, z0), (x1, 0.15, z1), (x0, 0.15, z1)]])
        if kind < lit_share:
            heap = glow.warm if rng.random() < 0.55 else glow.dim if rng.random() < 0.7 else glow.cool
            if rng.random() < 0.4:  # a drawn curtain leaves part of it
                cut = z0 + (z1 - z0) * rng.uniform(0.3, 0.7)
                shine(heap, quads([[(x0, 0.15, z0), (x1, 0.15, z0), (x1, 0.15, cut), (x0, 0.15, cut)]]))
                setter(
                    quads([[(x0, 0.15, cut), (x1, 0.15, cut), (x1, 0.15, z1), (x0, 0.15, z1)]]),
                    Material("opaque", (0.35, 0.3, 0.24), None, roughness=0.9),
                )
            else:
                shine(heap, pane)
        else:
            setter(pane, PANE)
        if detailed:
            t = 0.045
            m = (x0 + x1) / 2
            frames += [block(t, 0.06, z1 - z0, 0.003).moved(x, 0.11, z0) for x in (x0 + t / 2, m, x1 - t / 2)]
            frames += [block(x1 - x0, 0.06, t, 0.003).moved(m, 0.11, z) for z in (z0, z0 + 0.62 * (z1 - z0), z1 - t)]
            sills.append(block(x1 - x0 + 0.16, 0.2, 0.07, 0.008).moved(m, -0.02, z0 - 0.07))
            if party:
                sills.append(block(x1 - x0 + 0.2, 0.08, 0.18, 0.01).moved(m, -0.02, z1))
    if frames:
        setter(
            join(frames).creased(40),
            Material("opaque", [srgb(228, 224, 214), srgb(44, 46, 48), srgb(80, 58, 44)][int(rng.integers(3))], None, roughness=0.5),
        )
        setter(join(sills).creased(40), TRIM)
    cornice = [
        block(width, 0.34, 0.14, 0.015).moved(a + width / 2, -0.10, height - 0.14),
        block(width, 0.22, 0.12, 0.012).moved(a + width / 2, -0.05, height - 0.26),
        block(width, 0.14, 0.16, 0.012).moved(a + width / 2, -0.03, ground + 0.1),
    ]
    setter(join(cornice).creased(40), TRIM)
    setter(box(0.09, 0.09, height - 0.4, 0.04, 3).moved(a + 0.12, -0.07, 0.13), Material("opaque", srgb(60, 62, 62), None, roughness=0.5))
    setter(block(width, 0.3, 0.9, 0.01).moved(a + width / 2, 1.4, height - 0.2), Material("opaque", srgb(60, 58, 58), None, roughness=0.7))
    _sign(setter, shine, rng, glow, a, width, ground, floor, storeys)


def _shop(
    setter, shine, rng: np.random.Generator, glow: _Glow, a: float, width: float, ground: float
) -> list[tuple[float, float, float, float]]:
    """A shop front: stall riser, lit window with things in it, a recessed door, a fascia board, sometimes an awning."""
    wood = Material(
        "opaque",
        [srgb(28, 52, 44), srgb(88, 26, 26), srgb(30, 34, 50), srgb(36, 34, 32), srgb(120, 96, 60)][int(rng.integers(5))],
        None,
        roughness=0.32,
        specular=0.5,
    )
    door_w, head = 1.0, ground - 0.85
    left = rng.random() < 0.5
    inset = 0.45
    d0 = a + inset if left else a + width - inset - door_w
    w0, w1 = (d0 + door_w + 0.25, a + width - inset) if left else (a + inset, d0 - 0.25)
    win = (w0, w1, 0.62, head)
    door = (d0, d0 + door_w, 0.14, head)
    closed = rng.random() < 0.22
    deep = 0.55
    x0, x1, z0, z1 = win
    if not closed:
        shine(
            glow.shops,
            quads([[(x0 + 0.05, deep, z0 + 0.1), (x1 - 0.05, deep, z0 + 0.1), (x1 - 0.05, deep, z1 - 0.1), (x0 + 0.05, deep, z1 - 0.1)]]),
        )
        count = int((x1 - x0) / 0.45)
        dark = Material("opaque", (0.10, 0.08, 0.07), None, roughness=0.7)
        goods = []
        for k in range(count):
            x = x0 + 0.3 + (k + rng.uniform(0.1, 0.6)) * 0.45
            if x < x1 - 0.25:
                tall = rng.uniform(0.25, 1.25)
                goods.append(
                    _drum(rng.uniform(0.06, 0.15), tall, 12).moved(x, 0.36, z0 + 0.02)
                    if rng.random() < 0.5
                    else block(rng.uniform(0.15, 0.34), 0.12, tall, 0.01).moved(x, 0.36, z0 + 0.02)
                )
        if goods:
            setter(join(goods).creased(40), dark)
        setter(quads([[(x0, 0.2, z0), (x1, 0.2, z0), (x1, 0.7, z0), (x0, 0.7, z0)]]), wood)
    else:
        slats = [block(x1 - x0, 0.03, 0.085, 0.012).moved((x0 + x1) / 2, 0.14, z) for z in np.arange(z0, z1 - 0.05, 0.09)]
        setter(join(slats).creased(40), Material("metal", (0.7, 0.7, 0.72), None, "iron", roughness=0.5))
    bars = [block(0.07, 0.1, z1 - z0, 0.006).moved(x, 0.06, z0) for x in np.linspace(x0, x1, max(2, round((x1 - x0) / 1.5) + 1))]
    bars += [block(x1 - x0, 0.1, 0.07, 0.006).moved((x0 + x1) / 2, 0.06, z) for z in (z0, z0 + 0.78 * (z1 - z0), z1 - 0.07)]
    bars += [
        block(x1 - x0 + 0.1, 0.08, 0.5, 0.01).moved((x0 + x1) / 2, -0.02, 0.14),
        block(x1 - x0 + 0.16, 0.2, 0.06, 0.01).moved((x0 + x1) / 2, 0.0, z0 - 0.05),
    ]
    bars += [
        block(door_w, 0.05, 0.55, 0.006).moved(d0 + door_w / 2, 0.18, 0.14),
        block(0.11, 0.05, head - 0.14, 0.005).moved(d0 + 0.055, 0.18, 0.14),
        block(0.11, 0.05, head - 0.14, 0.005).moved(d0 + door_w - 0.055, 0.18, 0.14),
        block(door_w, 0.05, 0.12, 0.005).moved(d0 + door_w / 2, 0.18, head - 0.6),
    ]
    setter(join(bars).creased(40), wood)
    glass = quads([[(d0 + 0.1, 0.2, 0.6), (d0 + door_w - 0.1, 0.2, 0.6), (d0 + door_w - 0.1, 0.2, head), (d0 + 0.1, 0.2, head)]])
    if closed:
        setter(glass, PANE)
    else:
        shine(glow.dim if rng.random() < 0.5 else glow.warm, glass)
    fascia = [
        block(width - 0.3, 0.12, 0.5, 0.01).moved(a + width / 2, -0.05, head + 0.1),
        block(width - 0.2, 0.2, 0.07, 0.01).moved(a + width / 2, -0.08, head + 0.6),
    ]
    fascia += [block(0.24, 0.14, head - 0.03, 0.01).moved(x, -0.03, 0.13) for x in (a + 0.2, a + width - 0.2)]
    setter(join(fascia).creased(40), wood)
    if not closed and rng.random() < 0.45:
        stripes, other = [], []
        n = int((x1 - x0 + 0.3) / 0.28)
        for k in range(n):
            u0, u1 = x0 - 0.15 + k * 0.28, x0 - 0.15 + (k + 1) * 0.28
            cloth = [(u0, -0.06, head + 0.08), (u0, -1.05, head - 0.42), (u1, -1.05, head - 0.42), (u1, -0.06, head + 0.08)]
            flap = [(u0, -1.05, head - 0.42), (u0, -1.07, head - 0.62), (u1, -1.07, head - 0.62), (u1, -1.05, head - 0.42)]
            (stripes if k % 2 else other).extend([cloth, flap])
        setter(quads(stripes), Material("thin", (0.7, 0.68, 0.62), None, roughness=0.9, translucency=0.3))
        setter(quads(other), Material("thin", wood.color, None, roughness=0.9, translucency=0.3))
    return [win, door]


def _sign(setter, shine, rng: np.random.Generator, glow: _Glow, a: float, width: float, ground: float, floor: float, storeys: int) -> None:
    """A neon sign: bars over the shop, a blade across the pavement, or rings."""
    kind = rng.random()
    heap = glow.neon[int(rng.integers(2))]
    other = glow.neon[int(rng.integers(2))]
    if kind < 0.34:  # a blade sign
        x = a + rng.uniform(0.12, 0.88) * width
        z0, tall = ground + rng.uniform(0.4, 1.0), rng.uniform(1.8, 3.2)
        setter(box(0.14, 0.75, tall, 0.03, 2).moved(x, -0.72, z0), Material("opaque", srgb(20, 20, 24), None, roughness=0.4))
        setter(join([block(0.03, 0.4, 0.03, 0.004).moved(x, -0.2, z0 + q * tall) for q in (0.15, 0.85)]), furnish.BLACK_STEEL)
        y0, y1 = -0.42, -1.02
        for s in (-1, 1):
            loop = filleted([(y0, z0 + 0.07), (y1, z0 + 0.07), (y1, z0 + tall - 0.07), (y0, z0 + tall - 0.07)], 0.08, 4, closed=True)
            path = np.stack([np.full(len(loop), x + s * 0.095), loop[:, 0], loop[:, 1]], 1)
            shine(heap, tube(path, 0.016, 8, closed=True))
            count = int(tall / 0.55)
            for k in range(count):
                z = z0 + 0.35 + k * (tall - 0.7) / max(count - 1, 1)
                if k % 2:
                    shine(other, tube([(x + s * 0.095, y0 - 0.13, z), (x + s * 0.095, y1 + 0.13, z)], 0.016, 8))
                else:
                    shine(other, torus(0.11, 0.015, 28, 8).rotated("y", 90).moved(x + s * 0.095, (y0 + y1) / 2, z))
    elif kind < 0.62:  # bars above the fascia
        z = ground - 0.48
        for dz in (0.0, 0.12):
            shine(heap if dz == 0 else other, tube([(a + 0.8, -0.15, z + dz), (a + width - 0.8, -0.15, z + dz)], 0.016, 8))
    elif kind < 0.82 and storeys >= 3:  # rings on the wall
        z = ground + floor * rng.uniform(0.9, 1.4)
        x = a + width * rng.choice([0.0, 1.0]) + 0.0
        x = np.clip(x, a + 0.55, a + width - 0.55)
        for r, h in ((0.46, heap), (0.34, other), (0.2, heap)):
            shine(h, torus(r, 0.016, 48, 8).rotated("x", 90).moved(float(x), -0.12, z))


def _far_end(place: Set, rng: np.random.Generator, glow: _Glow, half: float) -> None:
    """Where the street ends: taller houses across, and towers behind."""
    x = -half - 8.0
    while x < half + 8:
        width, storeys = rng.uniform(6, 9), int(rng.integers(4, 8))
        _house(lambda m, mat: place.add(m.moved(0, _END_M + 14), mat), rng, _Shifted(glow), 0, 0.0, x, width, storeys, detailed=False)
        x += width
    for _ in range(6):
        width, height = rng.uniform(9, 16), rng.uniform(26, 52)
        at = (rng.uniform(-34, 34), _END_M + rng.uniform(34, 70))
        place.add(
            box_mapped(block(width, width, height, 0.05)).moved(*at), Material("opaque", (0.30, 0.31, 0.33), "concrete", roughness=0.8)
        )
        cells = []
        for z in np.arange(4, height - 2, 3.2):
            for u in np.arange(-width / 2 + 0.8, width / 2 - 1.2, 1.7):
                if rng.random() < 0.35:
                    cells.append(
                        [
                            (at[0] + u, at[1] - width / 2 - 0.05, z),
                            (at[0] + u + 1.0, at[1] - width / 2 - 0.05, z),
                            (at[0] + u + 1.0, at[1] - width / 2 - 0.05, z + 1.5),
                            (at[0] + u, at[1] - width / 2 - 0.05, z + 1.5),
                        ]
                    )
        if cells:
            (glow.warm if rng.random() < 0.6 else glow.cool).append(quads(cells))


class _Heap(list):
    """A list that moves what it is given to the end of the street."""

    def __init__(self, target: list[Mesh]) -> None:
        super().__init__()
        self._target = target

    def append(self, mesh: Mesh) -> None:  # type: ignore[override]
        # undo the quarter turn that a house makes into its row
        self._target.append(mesh.rotated("z", 90).moved(0, _END_M + 14))


class _Shifted(_Glow):
    def __init__(self, glow: _Glow) -> None:
        super().__init__(
            *(_Heap(getattr(glow, name)) for name in ("warm", "dim", "cool", "shops", "lamps", "tail")),
            neon=(_Heap(glow.neon[0]), _Heap(glow.neon[1])),
        )


def _furniture(place: Set, rng: np.random.Generator, glow: _Glow, road: float, walk: float, eye, keep) -> None:
    """Street lamps, bollards, a few parked cars."""
    iron = Material("opaque", srgb(26, 30, 30), None, roughness=0.4, specular=0.5)
    for side in (-1, 1):
        for y in np.arange(6.0 if side < 0 else 12.0, _END_M, 13.0):
            x = side * (road / 2 + 0.45)
            post = lathe(
                filleted(
                    [
                        (0, 0),
                        (0.16, 0),
                        (0.16, 0.12),
                        (0.10, 0.2),
                        (0.09, 0.75),
                        (0.11, 0.8),
                        (0.06, 0.9),
                        (0.045, 3.6),
                        (0.07, 3.66),
                        (0.04, 3.74),
                        (0, 3.74),
                    ],
                    0.015,
                    2,
                ),
                24,
            ).creased(50)
            place.add(post.moved(x, y, 0.13), iron)
            arm = np.array([(0, 0, 3.7), (0, 0, 4.1), (-side * 0.18, 0, 4.3), (-side * 0.55, 0, 4.32)])
            place.add(tube(arm, 0.025, 10).moved(x, y, 0.13), iron)
            hood = lathe([(0.0, 0.16), (0.05, 0.16), (0.07, 0.10), (0.22, 0.0), (0.21, -0.005), (0.06, 0.09), (0.0, 0.10)][::-1], 28)
            place.add(hood.moved(x - side * 0.55, y, 4.40), iron)
            glow.lamps.append(sphere(0.10, 16).moved(x - side * 0.55, y, 4.40))
        for y in np.arange(1.5, 22, 2.4):
            if side > 0:
                place.add(
                    lathe(filleted([(0, 0), (0.07, 0), (0.055, 0.06), (0.05, 0.78), (0.07, 0.82), (0.05, 0.92), (0, 0.93)], 0.012, 2), 20)
                    .creased(50)
                    .moved(side * (road / 2 + 0.3), y, 0.13),
                    iron,
                )
    for side in (-1, 1):
        y = rng.uniform(8, 11)
        while y < 44:
            if rng.random() < 0.62:
                _car(place, rng, glow, (side * (road / 2 - 1.05), y), facing=1 if side > 0 else -1)
            y += rng.uniform(5.6, 7.5)


def _drum(radius_m: float, height_m: float, segments: int) -> Mesh:
    b = min(0.012, 0.3 * radius_m, 0.3 * height_m)
    return lathe(
        [(0, 0), (radius_m - b, 0), (radius_m, b), (radius_m, height_m - b), (radius_m - b, height_m), (0, height_m)], segments
    ).creased(50)


def _car(place: Set, rng: np.random.Generator, glow: _Glow, at: tuple[float, float], facing: int) -> None:
    """A parked saloon, 4.3 m: a body drawn in profile and narrowed upwards, a cabin with dark panes, wheels, lamps."""
    paint = Material(
        "opaque",
        [srgb(20, 22, 26), srgb(120, 20, 22), srgb(170, 172, 174), srgb(26, 44, 84), srgb(210, 206, 196), srgb(50, 66, 60)][
            int(rng.integers(6))
        ],
        None,
        roughness=0.22,
        specular=0.5,
        clearcoat=1.0,
    )
    body = np.array(
        [
            (-2.12, 0.30),
            (-1.75, 0.22),
            (1.75, 0.22),
            (2.10, 0.30),
            (2.15, 0.52),
            (2.05, 0.70),
            (1.25, 0.84),
            (0.95, 0.88),
            (-1.35, 0.92),
            (-2.05, 0.86),
            (-2.16, 0.60),
        ]
    )
    cabin = np.array([(-1.55, 0.86), (1.10, 0.84), (0.42, 1.32), (0.0, 1.41), (-0.75, 1.40), (-1.15, 1.30)])
    w = 1.72

    def drawn(outline: np.ndarray, width: float, taper: float, corner: float) -> Mesh:
        mesh = extrude(filleted(outline, corner, 4, closed=True), width, 0.06, 3).rotated("x", 90).moved(0, width / 2)
        v = mesh.vertices.copy()
        v[:, 1] *= 1 - taper * np.clip((v[:, 2] - 0.55) / 0.9, 0, 1)
        return replace(mesh, vertices=v, crease_deg=50.0)

    parts: list[tuple[Mesh, Material]] = [(drawn(body, w, 0.10, 0.10), paint)]
    glass = drawn(cabin, w - 0.12, 0.26, 0.10)
    parts.append((glass, Material("opaque", (0.01, 0.012, 0.014), None, roughness=0.04, specular=0.6)))
    roof = drawn(np.array([(-1.12, 1.31), (0.40, 1.325), (0.02, 1.425), (-0.77, 1.415)]), w - 0.10, 0.255, 0.03)
    parts.append((roof, paint))
    tyre, rim = [], []
    for x in (-1.32, 1.36):
        for s in (-1, 1):
            tyre.append(torus(0.235, 0.085, 28, 10).rotated("x", 90).moved(x, s * 0.76, 0.315))
            rim.append(_drum(0.19, 0.05, 20).rotated("x", 90).moved(x, s * 0.80 + 0.025, 0.315))
    parts += [
        (join(tyre), Material("opaque", (0.015, 0.015, 0.015), None, roughness=0.8)),
        (join(rim), Material("metal", (0.8, 0.8, 0.8), None, "Al", roughness=0.35)),
    ]
    arches = [_drum(0.36, 0.1, 28).rotated("x", 90).moved(x, s * 0.79 + 0.05, 0.315) for x in (-1.32, 1.36) for s in (-1, 1)]
    parts.append((join(arches), Material("opaque", (0.01, 0.01, 0.01), None, roughness=0.9)))
    yaw = 90 * facing
    for mesh, material in parts:
        place.add(mesh.rotated("z", yaw).moved(*at, 0.0), material)
    if rng.random() < 0.5:
        for s in (-1, 1):
            lamp = box(0.04, 0.30, 0.10, 0.015, 2).moved(-2.13, s * 0.58, 0.62)
            glow.tail.append(lamp.rotated("z", yaw).moved(*at, 0.0))
    plates = join([block(0.02, 0.5, 0.11, 0.005).moved(x, 0, 0.45) for x in (-2.17, 2.16)])
    place.add(plates.rotated("z", yaw).moved(*at, 0.0), Material("opaque", (0.6, 0.6, 0.55), None, roughness=0.4))
