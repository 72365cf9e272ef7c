"""Guide maps: what a plan says of every pixel, for the own model and for the studio's plan view.

Four rays per pixel against one merged mesh; where they meet the same surface, one of them asks what light falls there: a ray for each lamp,
and one that shows a bit of sky or of what the next thing reflects. Everything else is looked up: no BSDF, no compiling.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates, maximum_filter

from pochade.core.errors import InvalidRequestError
from pochade.world.mesh import Floats
from pochade.world.render.direct import glowlight, interleaved, lamplight, skylight
from pochade.world.render.film import develop, meter
from pochade.world.render.rays import Geometry, geometry, met, occluded
from pochade.world.render.smooth import STEPS_PX, Places, without_specks
from pochade.world.render.specular import Met, Surroundings, gathered, specular, towards
from pochade.world.scene import Camera, Scene
from pochade.world.sky import apply_air, from_map
from pochade.world.stage import Environment
from pochade.world.staging import stage

SKY = -3
"""Object id of pixels whose rays meet nothing."""


@dataclass(frozen=True, eq=False)
class Guide:
    """Maps of the surfaces seen through each pixel, (H, W) or (H, W, 3) float32; means over the pixel but for depth, normal and thing.

    Attributes:
        depth_m: along the view axis; 0 for the sky.
        normal: shading normal in camera space: x right, y up, z towards the camera.
        albedo: reflectance, of metal its specular colour, of glass its transmittance; linear Rec. 709. It nears 1 with the share of
            light that comes from the air before a surface, and is 1 for what shines and for the sky, so that `albedo` times `light`
            is always what is seen, but for metal and glass.
        roughness, metalness, transmission: 0 to 1.
        emission: radiance of what shines, linear Rec. 709.
        light: radiance of a matte white surface in this place under what lamps, sky and the nearest things send to it, shadows and air
            counted in; of the sky, or what else is seen beyond all things, its radiance, softened. Linear Rec. 709.
        specular: radiance that surfaces send to the eye as mirrors and windows, of one bounce or through glass, linear Rec. 709;
            None if not asked for.
        exposure: what a camera would multiply radiance by.
        draft: (H, W, 3) uint8 sRGB, the picture that all of this makes; None without mirrors.
        thing: (H, W) int32, index into `Scene.things`, stage.GROUND, stage.BACKDROP or SKY.
    """

    depth_m: Floats
    normal: Floats
    albedo: Floats
    roughness: Floats
    metalness: Floats
    transmission: Floats
    emission: Floats
    light: Floats
    specular: Floats | None
    exposure: float
    draft: NDArray[np.uint8] | None
    thing: NDArray[np.int32]


def guide(scene: Scene, width_px: int, height_px: int | None = None, mirrors: bool = False) -> Guide:
    """The guide maps of a scene.

    Args:
        width_px, height_px: 16 to 1024; None: square.
        mirrors: whether to follow light once more where it is mirrored, and through glass; costs as much again where there is much of it.

    Raises:
        InvalidRequestError: for a size out of range.
    """
    height_px = width_px if height_px is None else height_px
    for size in (width_px, height_px):
        if not 16 <= size <= 1024:
            raise InvalidRequestError(f"a guide of {width_px} x {height_px} px is out of range; choose 16 to 1024 px a side")
    return looked_up(_geometry(scene.to_json(), round(width_px / height_px, 4)), width_px, height_px, mirrors)


@lru_cache(maxsize=4)
def _geometry(scene_json: str, aspect: float) -> Geometry:
    return geometry(stage(Scene.from_json(scene_json), aspect))


def camera_frame(camera: Camera) -> Floats:
    """Rows right, up, backward of a camera, (3, 3)."""
    back = np.subtract(camera.position_m, camera.target_m)
    back = back / np.linalg.norm(back)
    right = np.cross(camera.up, back)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(back, right), back]).astype(np.float32)


def pixel_directions(camera: Camera, width_px: int, height_px: int) -> Floats:
    """Directions (H, W, 3) in camera space through pixel centres, length 1 along the axis."""
    half = np.tan(np.radians(camera.fov_deg) / 2) / min(width_px, height_px)
    x = (2 * np.arange(width_px) + 1 - width_px) * half
    y = -(2 * np.arange(height_px) + 1 - height_px) * half
    grid = np.stack(np.broadcast_arrays(x[None, :], y[:, None], -1.0), -1)
    return grid.astype(np.float32)


SIDE = 2
RAYS = SIDE**2
"""Rays per pixel; of a pixel's SIDE by SIDE cells, row by row, each through the middle of one."""
SAME_FACING, SAME_DEPTH = 0.9, 0.05
"""Rays of a pixel that meet one item are taken to meet one surface if its normals' cosine and its depths' relative difference say so."""


def looked_up(g: Geometry, width_px: int, height_px: int, mirrors: bool = False) -> Guide:
    """The guide maps of a stage whose meshes are merged."""
    camera, air, shape = g.staged.camera, g.staged.air, (height_px, width_px)
    frame = camera_frame(camera)
    local = pixel_directions(camera, width_px * SIDE, height_px * SIDE).reshape(height_px, SIDE, width_px, SIDE, 3)
    local = local.transpose(1, 3, 0, 2, 4).reshape(-1, 3)  # all pixels' first rays, then all second ones: means run over dense memory
    directions = local @ frame
    lengths = np.linalg.norm(directions, axis=1)
    directions /= lengths[:, None]
    first, item = met(g, np.broadcast_to(np.float32(camera.position_m), directions.shape), directions)
    pixels = width_px * height_px
    asking = _asking(first, item, pixels)
    rows = np.flatnonzero(first.hit & (asking == np.arange(len(asking))))
    light, mirrored = _light(g, first, directions, rows, shape, mirrors)

    # what each ray sees: a share `albedo` of `light` where light is scattered, and mirrors and windows where not
    albedo, scattered, shown = first.albedo.copy(), first.albedo * light[asking], None if mirrored is None else mirrored[asking]
    clear = np.maximum(first.metal, np.where(first.through > 0.5, first.through, 0))[:, None]
    matte = albedo * (1 - clear)
    if air is not None:
        passes, scatter = np.exp(-first.distance[first.hit, None] * air.extinction), np.zeros_like(scattered)
        scatter[first.hit] = apply_air(scatter[first.hit], first.distance[first.hit], directions[first.hit], air)
        scattered[first.hit] *= passes
        scattered += scatter
        albedo[first.hit] = albedo[first.hit] * passes + 1 - passes
        if shown is not None:
            shown[first.hit] *= passes
            shown += clear * scatter
    shining = np.flatnonzero(first.shine[:, 0] + first.shine[:, 1] + first.shine[:, 2])
    scattered[shining] += first.shine[shining]
    albedo[shining], clear[shining] = 1, 0
    if g.staged.environment is not None and not first.hit.all():
        beyond = np.flatnonzero(~first.hit)
        scattered[beyond] = _sky(g.staged.environment, directions, ~first.hit, shape)[beyond % pixels]
        albedo[beyond] = 1

    def mean(values: Floats) -> Floats:
        return values.reshape(RAYS, pixels, -1).mean(0)

    counted = 1.001 - clear  # mirrors and windows count only where there is nothing else
    reflectance = mean(albedo)
    lit = mean(counted * scattered) / np.maximum(mean(counted * albedo), 1e-4)
    total = mean((1 - clear) * scattered) + (0 if shown is None else mean(shown))
    stop = meter(total.reshape(*shape, 3), g.staged.exposure, mean(matte).reshape(*shape, 3))

    def shaped(values: Floats) -> Floats:
        return values.reshape(*shape, *values.shape[1:]) if values.shape[-1] == 3 else values.reshape(shape)

    hits = first.hit.reshape(RAYS, pixels)
    main = np.arange(pixels) + pixels * hits.argmax(0)
    solid = hits.sum(0) >= SIDE
    return Guide(
        shaped(np.where(solid, first.distance[main] / lengths[main], 0).astype(np.float32)),
        shaped(np.where(solid[:, None], first.normal[main], 0) @ frame.T),
        shaped(reflectance),
        *(shaped(mean(values[:, None])) for values in (first.roughness, first.metal, first.through)),
        shaped(mean(first.shine)),
        shaped(lit),
        None if shown is None else shaped(mean(shown)),
        stop,
        None if shown is None else develop(shaped(total), g.staged.exposure, stop),
        np.where(solid, g.things[item[main]], SKY).astype(np.int32).reshape(shape),
    )


def _asking(first: Met, item: NDArray[np.int32], pixels: int) -> NDArray[np.int64]:
    """For each ray the one that asks for its light: the pixel's first where it meets the same surface, else itself."""
    asking = np.arange(len(item))
    distance = np.where(first.hit, first.distance, 0)
    leading = slice(pixels)
    for start in range(pixels, len(item), pixels):
        rays = slice(start, start + pixels)
        facing = np.einsum("pc,pc->p", first.normal[rays], first.normal[leading])
        near = np.abs(distance[rays] - distance[leading]) <= SAME_DEPTH * distance[leading]
        same = first.hit[rays] & first.hit[leading] & (item[rays] == item[leading]) & (facing > SAME_FACING) & near
        asking[rays][same] = np.flatnonzero(same)
    return asking


SHADOW_STEPS, ROUGH_STEPS = STEPS_PX[:1], STEPS_PX
"""Passes that take the grain from lamps' soft shadows, and from reflections in rough surfaces."""
ROUGH = (0.04, 0.14)
"""Roughness from which on reflections have grain, and at which they are nothing but grain."""
MIRROR_FACING = 0.995
"""Least cosine between the normals of neighbours whose reflections are averaged: on curved things they show other places."""
SKY_STEP_PX = 4
"""The sky is looked at in every fourth pixel: its clouds cost more than everything else, and are soft."""


def _light(
    g: Geometry, first: Met, directions: Floats, rows: NDArray[np.int64], shape: tuple[int, int], mirrors: bool
) -> tuple[Floats, Floats | None]:
    """Radiance of matte white and, if asked for, what is mirrored and seen through, at those `rows` of all rays; (N, 3) each."""
    at, seen = first.at(rows), directions[rows]
    facing = towards(at.normal, seen)
    pixels = shape[0] * shape[1]
    points = np.float32(g.staged.camera.position_m) + seen * at.distance[:, None] + facing * (5e-4 * at.distance + 1e-5)[:, None]
    chances = (interleaved(*shape).reshape(-1, 2)[rows % pixels] + (rows // pixels)[:, None] * np.float32(0.381966)) % 1
    others = (chances[:, ::-1] + np.float32(0.5)) % 1
    blocked, around = partial(occluded, g.scene), g.staged.environment

    def direct(at: Floats, normals: Floats, chosen: NDArray[np.int64]) -> Floats:
        found = lamplight(g.staged.lights, at, normals, others[chosen], blocked)
        if around is not None:
            found += skylight(around.small, at, normals, others[chosen], blocked)
        return found if g.glow is None else found + glowlight(g.glow, at, normals, others[chosen], blocked)

    far = np.zeros_like if around is None else partial(from_map, around.small)
    world = Surroundings(lambda origins, aimed: met(g, origins, aimed)[0], direct, far, g.staged.lights)
    places = Places.of(points, facing, rows % pixels, rows < pixels, at.distance, shape)
    soft = gathered(points, facing, chances, world)
    if g.glow is not None:
        soft += glowlight(g.glow, points, facing, chances, blocked)
    light = np.zeros(directions.shape, np.float32)
    light[rows] = places.smoothed(without_specks(soft))
    light[rows] += places.smoothed(lamplight(g.staged.lights, points, facing, chances, blocked), SHADOW_STEPS)
    if not mirrors:
        return light, None
    mirrored = np.zeros(directions.shape, np.float32)
    sharp = specular(at, points, seen, chances, world)
    dull = (np.clip((at.roughness - ROUGH[0]) / (ROUGH[1] - ROUGH[0]), 0, 1) * (at.through < 0.5))[:, None]
    mirrored[rows] = sharp + (places.smoothed(sharp, ROUGH_STEPS, MIRROR_FACING) - sharp) * dull
    return light, mirrored


def _sky(around: Environment, directions: Floats, open_sky: NDArray[np.bool_], shape: tuple[int, int]) -> Floats:
    """Radiance (H * W, 3) of what is beyond all things, from a coarse grid; directions (RAYS * H * W, 3), open_sky (RAYS * H * W,)."""
    height, width = shape
    rows, columns = (np.minimum(np.arange(0, size + SKY_STEP_PX, SKY_STEP_PX), size - 1) for size in shape)
    central = directions.reshape(RAYS, height, width, 3)[:, rows[:, None], columns].mean(0)
    near = maximum_filter(open_sky.reshape(RAYS, height, width).any(0), 2 * SKY_STEP_PX + 1)[np.ix_(rows, columns)]
    background = around.background or partial(from_map, around.map)
    coarse = np.zeros((len(rows), len(columns), 3), np.float32)
    coarse[near] = background(central[near] / np.linalg.norm(central[near], axis=1, keepdims=True))
    at = np.meshgrid(np.arange(height) / SKY_STEP_PX, np.arange(width) / SKY_STEP_PX, indexing="ij")
    return np.stack([map_coordinates(coarse[..., k], at, order=1) for k in range(3)], -1).reshape(-1, 3)
