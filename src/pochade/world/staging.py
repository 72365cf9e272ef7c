"""A scene on its stage: meshes from seeds, a set around them, lights, exposure."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache, partial

import numpy as np

from pochade.world import lighting
from pochade.world import sky as skies
from pochade.world.asset import Part
from pochade.world.assets import asset_types
from pochade.world.compose import OUTDOOR_SURFACES, corners_m, shape
from pochade.world.landscapes import Frame, Landscape, landscape_rand
from pochade.world.materials import Material, Rgb
from pochade.world.mesh import Mesh, box, box_mapped, grid_faces
from pochade.world.palette import COLOR_RGB, WALL, material, surface_material
from pochade.world.scene import Camera, Description, Scene, Thing
from pochade.world.stage import BACKDROP, GROUND, Environment, Exposure, InstanceGroup, Item, Stage, transform
from pochade.world.vocabulary import LANDSCAPES, OUTDOOR_LIGHTS, PLACES


def stage(scene: Scene, aspect: float = 1.0, fineness: float = 1.0) -> Stage:
    """Everything a renderer needs to paint a scene.

    Args:
        aspect: width over height of the picture.
        fineness: see `landscapes.Frame`.
    """
    setting = scene.description.setting
    if setting in LANDSCAPES:
        return _landscape_stage(scene, Frame(aspect, fineness))
    if setting in PLACES:
        from pochade.world.places import place_stage

        return place_stage(scene, thing_items(scene), aspect)
    return _still_life_stage(scene)


def thing_items(scene: Scene, offset_m: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> list[Item]:
    """The meshes of all things in their places, moved as one by `offset_m`."""
    out = []
    for index, thing in enumerate(scene.things):
        position = tuple(p + o for p, o in zip(thing.position_m, offset_m, strict=True))
        matrix = transform(position, thing.rotation_deg, thing.scale)  # type: ignore[arg-type]
        rng = np.random.default_rng([thing.seed, 1])
        shift = (float(rng.uniform(0, 3)), float(rng.uniform(0, 3)))
        for part in thing_parts(thing.noun, thing.seed, thing.color, thing.material):
            out.append(Item(part.mesh, part.material or Material(), matrix, index, shift))
    return out


@lru_cache(maxsize=128)
def thing_parts(noun: str, seed: int, color: str | None, material_name: str | None) -> tuple[Part, ...]:
    """The parts of a thing in its material and colour. Kept, since meshes keep their shading normals."""
    thing = Thing(noun, seed, 0, material_name, color, (0.0, 0.0, 0.0))
    return tuple(dressed(part, thing) for part in shape(noun, seed, color).parts)


def dressed(part: Part, thing: Thing) -> Part:
    """A part in the material and colour that its thing states."""
    kind = asset_types()[thing.noun]
    if part.material is None:
        return Part(_bare(part.mesh), material(thing.material or (kind.materials or ("matte plastic",))[0], thing.color))
    if not part.paintable:
        return part
    if thing.material is not None:
        return Part(_bare(part.mesh), material(thing.material, thing.color))
    if thing.color is not None and thing.color not in (kind.varieties or {}):
        target = np.array(COLOR_RGB[thing.color], np.float32)
        if part.mesh.color is None:
            return Part(part.mesh, part.material.dyed(COLOR_RGB[thing.color]))
        level = part.mesh.color @ np.array([0.2126, 0.7152, 0.0722], np.float32)
        return Part(
            replace(part.mesh, color=np.clip(target * (level / max(float(level.mean()), 1e-3))[:, None], 0, 0.9).astype(np.float32)),
            part.material,
        )
    return part


def _bare(mesh: Mesh) -> Mesh:
    return mesh if mesh.color is None else replace(mesh, color=None)


# --- still lifes ----------------------------------------------------------------------------------------------


def _still_life_stage(scene: Scene) -> Stage:
    d = scene.description
    rng = np.random.default_rng([scene.light_seed, 2])
    points = corners_m(scene.things)
    low, high = points.min(0), points.max(0)
    reach = float(max(np.linalg.norm((high - low)[:2]) / 2, (high - low)[2] / 2, 0.03))
    centre = ((low + high) / 2) * [1, 1, 0.9]
    assert d.light is not None and d.surface is not None and scene.camera is not None
    # lamps and walls stand outside the camera's way, however far it had to step back
    stand_back = float(np.linalg.norm(np.subtract(scene.camera.position_m, centre)))
    lit_reach = max(reach, 0.5 * stand_back)
    rig = lighting.rig(d.light, rng, scene.key_azimuth_deg, lit_reach, tuple(centre), d.light_colors)
    items = thing_items(scene) + list(rig.items)
    items += _ground(scene, reach)
    if rig.room:
        items += _wall(scene, rig.wall, lit_reach)
    environment = rig.environment
    air = None
    if rig.sky is not None and d.light == "fog":
        air = skies.aerial(replace(rig.sky, visibility_m=min(rig.sky.visibility_m, 9.0 * stand_back)))
    return Stage(tuple(items), scene.camera, environment, rig.lights, air=air, exposure=moody(rig.exposure, d))


def _ground(scene: Scene, reach: float) -> list[Item]:
    """What the things stand on: a table with an edge, or a floor that goes on."""
    surface = scene.description.surface
    assert surface is not None and scene.camera is not None
    rng = np.random.default_rng([scene.surface_seed, 3])
    top = surface_material(surface, scene.description.surface_color)
    shift = (float(rng.uniform(0, 4)), float(rng.uniform(0, 4)))
    if surface in OUTDOOR_SURFACES:
        return [Item(_soil(surface, reach, rng), top, transform((0, 0, 0)), GROUND, shift)] + (
            _tufts(rng, reach, scene) if surface == "grass" else []
        )
    floor = surface.endswith("floor") or surface in ("terracotta tiles",)
    if floor and not surface.startswith(("white", "black")):
        return [Item(_plane(40.0), top, transform((0, 0, 0)), GROUND, shift)]
    if surface.startswith(("white", "black")):
        color = scene.description.backdrop
        material_ = top if color is None else top.dyed(COLOR_RGB[color])
        return [Item(_sweep(reach), material_, transform((0, 0, 0)), GROUND, shift)]
    if surface == "linen tablecloth" or surface == "velvet cloth":
        return [Item(_cloth(rng, reach), top, transform((0, 0, 0)), GROUND, shift)]
    width, depth, thickness = max(1.5, 7 * reach), max(0.8, 4.2 * reach), 0.035
    slab = box_mapped(box(width, depth, thickness, 0.004))
    if rng.random() < 0.5:
        slab = replace(slab, uv=slab.uv[:, ::-1].copy())
    back = float(rng.uniform(0.18, 0.30)) * depth
    return [Item(slab, top, transform((float(rng.uniform(-0.05, 0.05)), back, -thickness)), GROUND, shift)]


def _plane(size_m: float) -> Mesh:
    h = size_m / 2
    v = np.array([[-h, -h, 0], [h, -h, 0], [h, h, 0], [-h, h, 0]], np.float32)
    return Mesh(v, np.array([[0, 1, 2], [0, 2, 3]], np.int32), v[:, :2].copy())


def _sweep(reach: float) -> Mesh:
    """Seamless paper: a floor that curves up into the background."""
    back, radius = 3.4 * reach + 0.25, 1.8 * reach + 0.2
    t = np.linspace(0, np.pi / 2, 24)
    profile = (
        [(-12 * reach - 2, 0.0), (-2.0 * reach, 0.0), (back, 0.0)]
        + [(back + radius * np.sin(a), radius * (1 - np.cos(a))) for a in t[1:]]
        + [(back + radius, radius + 16 * reach + 2)]
    )
    p = np.array(profile)
    x = np.linspace(-1, 1, 9) * (14 * reach + 4)
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=1))])
    v = np.array([[xx, py, pz] for py, pz in p for xx in x], np.float32)
    uv = np.array([[xx, s] for s in length for xx in x], np.float32)
    return Mesh(v, grid_faces(len(p), len(x)), uv)


def _cloth(rng: np.random.Generator, reach: float) -> Mesh:
    """Cloth over a table: faint folds away from the things, none under them."""
    from pochade.world.noise import fbm

    half = max(0.9, 4.5 * reach)
    t = np.linspace(-1, 1, 150)
    x, y = np.meshgrid(t * half, t * half * 0.75 + 0.2 * half)
    angle = rng.uniform(0, np.pi)
    u, v = x * np.cos(angle) + y * np.sin(angle), -x * np.sin(angle) + y * np.cos(angle)
    p = np.stack([u * 2.2 / reach * 0.25, v * 0.7 / reach * 0.25, np.full_like(u, 0.5)], -1)
    folds = 0.16 * reach * np.clip(fbm(p, int(rng.integers(2**20)), 3), -0.25, 1)
    away = np.clip((np.hypot(x, y) / reach - 1.15) / 1.6, 0, 1) ** 1.5
    z = np.maximum(folds * away, -0.02 * away)
    grid = np.stack([x, y, z], -1).reshape(-1, 3).astype(np.float32)
    return Mesh(grid, grid_faces(150, 150), grid[:, :2].copy())


def _soil(surface: str, reach: float, rng: np.random.Generator) -> Mesh:
    """Open ground: fine near the things with soft unevenness, out to the horizon."""
    from pochade.world.noise import fbm

    rings = np.concatenate([np.linspace(0, 4, 40), np.geomspace(4.2, 4000, 40)]) * max(reach, 0.1)
    theta = np.linspace(0, 2 * np.pi, 97)
    r, a = np.meshgrid(rings, theta, indexing="ij")
    x, y = r * np.cos(a), r * np.sin(a)
    amount = {"sand": 0.05, "snow": 0.10, "grass": 0.06}.get(surface, 0.0)
    flat = np.clip((r / reach - 1.1) / 2.5, 0, 1)
    wave = fbm(np.stack([x / reach * 0.35, y / reach * 0.35, np.zeros_like(x)], -1), int(rng.integers(2**20)), 3)
    z = amount * reach * wave * flat
    z[:, -1] = z[:, 0]
    v = np.stack([x, y, z], -1).reshape(-1, 3).astype(np.float32)
    return Mesh(v, grid_faces(len(rings), len(theta))[:, ::-1].copy(), v[:, :2].copy())


def _tufts(rng: np.random.Generator, reach: float, scene: Scene) -> list[Item]:
    """Blades of grass around the things, in one mesh: short, bent, of many greens."""
    count = 9000
    radius = 5.5 * max(reach, 0.05) * np.sqrt(rng.uniform(0.0, 1, count)) + 0.0
    turn = rng.uniform(0, 2 * np.pi, count)
    x, y = radius * np.cos(turn), radius * np.sin(turn)
    keep = np.ones(count, bool)
    for thing in scene.things:
        size = shape(thing.noun, thing.seed, thing.color).radius_m * thing.scale
        keep &= np.hypot(x - thing.position_m[0], y - thing.position_m[1]) > size * 0.92
    x, y = x[keep], y[keep]
    n = len(x)
    height = np.clip(rng.normal(0.035, 0.012, n), 0.012, 0.07) * np.clip(reach / 0.08, 0.6, 1.6)
    lean, heading = rng.uniform(0.1, 0.8, n), rng.uniform(0, 2 * np.pi, n)
    dx, dy = np.cos(heading) * height * lean, np.sin(heading) * height * lean
    width = rng.uniform(0.0012, 0.0028, n)
    wx, wy = -np.sin(heading) * width, np.cos(heading) * width
    foot = np.stack([x, y, np.full(n, -0.002)], 1)
    across = np.stack([wx, wy, np.zeros(n)], 1)
    middle = foot + np.stack([dx * 0.35, dy * 0.35, height * 0.62], 1)
    tip = foot + np.stack([dx, dy, height], 1)
    v = np.stack([foot - across, foot + across, middle - 0.7 * across, middle + 0.7 * across, tip], 1).reshape(-1, 3).astype(np.float32)
    base = np.arange(n)[:, None, None] * 5
    f = (np.array([[0, 1, 3], [0, 3, 2], [2, 3, 4]])[None] + base).reshape(-1, 3).astype(np.int32)
    green = np.array([0.075, 0.13, 0.03]) * rng.uniform(0.6, 1.5, (n, 1)) + rng.random((n, 1)) ** 4 * np.array([0.16, 0.12, 0.03])
    color = np.repeat(green, 5, 0).reshape(n, 5, 3) * np.array([0.45, 0.45, 0.9, 0.9, 1.25])[None, :, None]
    mesh = Mesh(v, f, np.zeros((len(v), 2), np.float32), color.reshape(-1, 3).astype(np.float32), 0.0)
    return [Item(mesh, Material("thin", roughness=0.5, translucency=0.4), transform((0, 0, 0)), GROUND)]


def _wall(scene: Scene, color: Rgb | None, reach: float) -> list[Item]:
    """A plain wall behind the set, far enough to be out of focus and to fall off in light."""
    backdrop = scene.description.backdrop
    surface = scene.description.surface or ""
    if surface.startswith(("white", "black")):
        return []
    rng = np.random.default_rng([scene.surface_seed, 4])
    paint = COLOR_RGB[backdrop] if backdrop else color
    if paint is None:
        soft = (
            WALL.color,
            (0.30, 0.31, 0.32),
            (0.42, 0.36, 0.30),
            (0.20, 0.24, 0.26),
            (0.55, 0.52, 0.47),
            (0.16, 0.17, 0.15),
            (0.34, 0.25, 0.21),
        )
        paint = soft[int(rng.integers(len(soft)))]
    distance = max(3.6 * reach, 0.55) * float(rng.uniform(1.0, 1.5)) + max(0.8, 4.2 * reach) * 0.5
    wall = box_mapped(box(60 * reach + 8, 0.1, 40 * reach + 6, 0.0))
    return [Item(wall, WALL.dyed(paint), transform((0, distance, -8 * reach - 1.0)), BACKDROP)]


# --- landscapes -----------------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def _land(name: str, seed: int, views: tuple[str, ...], frame: Frame) -> Landscape:
    return landscape_rand(name, np.random.default_rng(seed), views, frame)


def _landscape_stage(scene: Scene, frame: Frame) -> Stage:
    d = scene.description
    assert d.setting is not None and d.light is not None
    rng = np.random.default_rng([scene.light_seed, 5])
    land = _land(d.setting, scene.setting_seed, d.views, frame)
    items = [Item(part.mesh, part.material or Material(), transform((0, 0, 0)), GROUND) for part in land.parts]
    items += [
        Item(body.part.mesh, body.part.material or Material(), transform((0, 0, 0)), GROUND, roughness=body.roughness)
        for body in land.water
    ]
    groups = tuple(InstanceGroup(group.parts, group.to_world, GROUND, group.tint) for group in land.instances)
    camera = land.camera
    if scene.things:
        camera, offset = _among_things(scene, land)
        items += thing_items(scene, offset)
    low, high = land.sun_azimuth_range_deg
    azimuth = float(rng.uniform(low, high))
    light = d.light if d.light in OUTDOOR_LIGHTS else "noon"
    sky = skies.sky_rand(light, rng, azimuth)
    if light == "fog":
        sky = replace(sky, visibility_m=_fog_m(sky, camera, land))
    environment = Environment(partial(skies.environment, sky), lambda directions: skies.radiance(sky, directions))
    return Stage(
        tuple(items), camera, environment, lighting.sun_lights(sky), groups, skies.aerial(sky),
        exposure=moody(lighting.outdoor_exposure(light), d),
    )  # fmt: skip


FOGGED = 2.0
"""Visibility in thick fog, in distances of what fills the lower half of the view: what is nearer is seen, what is beyond fades."""


def _fog_m(sky: skies.Sky, camera: Camera, land: Landscape) -> float:
    """Visibility in metres of a fog that is as thick for the view from a hill as for that along a path."""
    forward = np.subtract(camera.target_m, camera.position_m)
    right = np.cross(forward, camera.up)
    up = np.cross(right, forward)
    forward, right, up = (v / np.linalg.norm(v) for v in (forward, right, up))
    across, down = np.meshgrid(np.linspace(-0.8, 0.8, 7), np.linspace(-1, 0, 9))
    half = np.tan(np.radians(camera.fov_deg) / 2)
    directions = forward + half * (across.reshape(-1, 1) * right + down.reshape(-1, 1) * up)
    distance_m = np.geomspace(2, 5000, 160)
    x, y, z = np.moveaxis(camera.position_m + directions[:, None] * distance_m[:, None], -1, 0).astype(np.float32)
    below = z < land.ground_m(x.ravel(), y.ravel()).reshape(x.shape)
    met_m = np.where(below.any(1), distance_m[below.argmax(1)], distance_m[-1])
    return float(max(sky.visibility_m, FOGGED * sky.visibility_m / 100 * np.quantile(met_m, 0.7)))


def _among_things(scene: Scene, land: Landscape) -> tuple[Camera, tuple[float, float, float]]:
    """A camera on the things' own framing, the things set down on the ground before the landscape's camera."""
    assert scene.camera is not None
    x, y = land.camera.position_m[0], land.camera.position_m[1] + 1.2
    points = corners_m(scene.things)
    reach = float(np.abs(points[:, :2]).max())
    around = [float(land.ground_m(np.float32(x + dx), np.float32(y + dy))) for dx in (-reach, 0, reach) for dy in (-reach, 0, reach)]
    z = float(np.median(around))
    move = lambda p: (p[0] + x, p[1] + y, p[2] + z)  # noqa: E731
    camera = scene.camera
    floor = float(land.ground_m(np.float32(camera.position_m[0] + x), np.float32(camera.position_m[1] + y))) + 0.05
    eye = move(camera.position_m)
    return replace(camera, position_m=(eye[0], eye[1], max(eye[2], floor)), target_m=move(camera.target_m)), (x, y, z)


# --- mood -----------------------------------------------------------------------------------------------------


def moody(exposure: Exposure, description: Description) -> Exposure:
    """The exposure as the moods ask."""
    e = exposure
    for mood in description.moods:
        if mood == "high key":
            e = replace(e, key=max(e.key, 0.18) * 1.75, contrast=e.contrast * 0.9, highlight_percentile=93)
        elif mood == "low key":
            e = replace(e, key=min(e.key, 0.12) * 0.55, contrast=e.contrast * 1.1)
        elif mood == "black and white":
            e = replace(e, saturation=0.0, contrast=e.contrast * 1.1)
        elif mood == "warm":
            e = replace(e, warmth=e.warmth + 0.55)
        elif mood == "cool":
            e = replace(e, warmth=e.warmth - 0.55)
    return e
