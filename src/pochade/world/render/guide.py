"""Guide maps: what a plan says of every pixel, for the own model and for the studio's plan view.

Four rays per pixel against one merged mesh; where they meet the same surface, one of them asks what light falls there: a ray for each lamp,
and one that shows a bit of sky or of what the next thing reflects. Everything else is looked up: no BSDF, no compiling.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates, maximum_filter

from pochade.core.errors import InvalidRequestError
from pochade.world.mesh import Floats
from pochade.world.render.film import develop, meter
from pochade.world.render.gloss import Met
from pochade.world.render.lens import blur_radius, focused
from pochade.world.render.rays import Geometry, colors, geometry, met
from pochade.world.render.shading import shaded
from pochade.world.render.thin import thinned
from pochade.world.render.tree import Hits
from pochade.world.scene import Camera, Scene
from pochade.world.sky import apply_air, between_map
from pochade.world.stage import Environment
from pochade.world.staging import stage
from pochade.world.vectors import dots, f32, largest, lengths, unit

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


def guide(scene: Scene, width_px: int, height_px: int | None = None, mirrors: bool = False, light: bool = True) -> Guide:
    """The guide maps of a scene.

    Args:
        width_px, height_px: 16 to 1024; None: square.
        mirrors: whether to follow light once more where it is mirrored, and through glass; costs as much again where there is much of it.
        light: whether to ask for light at all; surfaces alone cost a small part. Without, `light` and `exposure` say nothing.

    Raises:
        InvalidRequestError: for a size out of range.
    """
    height_px = width_px if height_px is None else height_px
    for size in (width_px, height_px):
        if not 16 <= size <= 1024:
            raise InvalidRequestError(f"a guide of {width_px} x {height_px} px is out of range; choose 16 to 1024 px a side")
    fineness = min(max(width_px, height_px) / FINE_PX, 1.0)
    return looked_up(_geometry(scene.to_json(), round(width_px / height_px, 4), fineness), width_px, height_px, mirrors, light)


FINE_PX = 420
"""Longer side of a picture from which on it shows all that landscapes have: the finest ground, each leaf."""


@lru_cache(maxsize=2)
def _geometry(scene_json: str, aspect: float, fineness: float = 1.0) -> Geometry:
    staged = stage(Scene.from_json(scene_json), aspect, fineness)
    if fineness < 1:
        pixel = 2 * np.tan(np.radians(staged.camera.fov_deg) / 2) / (fineness * FINE_PX * min(aspect, 1 / aspect))
        staged = replace(staged, instances=thinned(staged.instances, staged.camera.position_m, pixel))
    return geometry(staged)


def camera_frame(camera: Camera) -> Floats:
    """Rows right, up, backward of a camera, (3, 3)."""
    back = np.subtract(camera.position_m, camera.target_m)
    back = back / np.linalg.norm(back)
    right = np.cross(camera.up, back)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(back, right), back]).astype(np.float32)


def pixel_directions(camera: Camera, width_px: int, height_px: int) -> Floats:
    """Directions (H, W, 3) in camera space through pixel centres, length 1 along the axis."""
    side = min(width_px, height_px)
    half, (right, up) = np.tan(np.radians(camera.fov_deg) / 2) / side, camera.shift
    x = (2 * np.arange(width_px) + 1 - width_px - right * side) * half
    y = -(2 * np.arange(height_px) + 1 - height_px + up * side) * half
    grid = np.stack(np.broadcast_arrays(x[None, :], y[:, None], -1.0), -1)
    return grid.astype(np.float32)


SIDE = 2
RAYS = SIDE**2
"""Rays per pixel; of a pixel's SIDE by SIDE cells, row by row, each through the middle of one."""
SAME_FACING, SAME_DEPTH = 0.9, 0.05
"""Rays of a pixel that meet one item are taken to meet one surface if its normals' cosine and its depths' relative difference say so."""
POLISHED = 0.1
"""Roughness of metal up to which each ray of a pixel asks for itself, as through glass: what they show differs within the pixel."""


def looked_up(g: Geometry, width_px: int, height_px: int, mirrors: bool = False, light: bool = True) -> Guide:
    """The guide maps of a stage whose meshes are merged."""
    camera, shape, pixels = g.staged.camera, (height_px, width_px), width_px * height_px
    frame = camera_frame(camera)
    local = pixel_directions(camera, width_px * SIDE, height_px * SIDE).reshape(height_px, SIDE, width_px, SIDE, 3)
    directions = local.transpose(1, 3, 0, 2, 4).reshape(-1, 3) @ frame  # all pixels' first rays, then all second ones, ...
    slant = lengths(directions)
    directions /= slant[:, None]
    hits = g.tree.cast(np.broadcast_to(f32(camera.position_m), directions.shape), directions)
    asking = _asking(g, hits, pixels)
    rows = np.flatnonzero(hits.hit & (asking == np.arange(len(asking))))
    size_m = _sizes(hits, 2 * np.tan(np.radians(camera.fov_deg) / 2) / min(width_px, height_px) / SIDE)
    surfaces = met(g, hits.at(rows), size_m[rows])
    index = np.full(len(asking), -1)
    index[rows] = np.arange(len(rows))
    index = index[asking]  # of the surface that each ray meets, -1 for none
    albedo, share = _over_rays(g, hits, index, surfaces.albedo, size_m)
    white, mirrored = np.zeros_like(albedo), None
    if light:
        white, mirrored = shaded(g, hits.at(rows), surfaces, directions[rows], rows, shape, mirrors)
    clear = np.maximum(surfaces.metal, np.where(surfaces.through > 0.5, surfaces.through, 0))[:, None]
    matte = albedo * (1 - clear)
    if g.staged.air is not None:  # what air hides, it hides behind white
        passes = np.exp(-surfaces.distance[:, None] * g.staged.air.extinction)
        matte = matte * passes + 1 - passes
    albedo, scattered, mirrored, clear = _through_air(g, surfaces, directions[rows], albedo, white, mirrored, clear)
    sky_share = 1 - np.bincount(np.flatnonzero(hits.hit) % pixels, minlength=pixels).astype(np.float32)[:, None] / RAYS
    sky = np.zeros((pixels, 3), np.float32)
    if light and g.staged.environment is not None and sky_share.any():
        sky = _sky(g.staged.environment, directions, ~hits.hit, shape)

    def mean(values: Floats, beyond: Floats | float = 0) -> Floats:
        """Means over pixels, of surfaces' values (M, C) and of what is beyond all things."""
        values = (values[:, None] if values.ndim == 1 else values) * share
        at, leading = rows % pixels, np.searchsorted(rows, pixels)
        total = np.zeros((pixels, values.shape[1]), np.float32)
        total[at[:leading]] = values[:leading]
        np.add.at(total, at[leading:], values[leading:])
        return total + beyond * sky_share

    counted = 1.001 - clear  # mirrors and windows count only where there is nothing else
    lit = mean(counted * scattered, sky) / np.maximum(mean(counted * albedo, 1), 1e-4)
    shown = None if mirrored is None else mean(mirrored)
    total = mean((1 - clear) * scattered, sky) + (0 if shown is None else shown)
    stop = meter(total.reshape(*shape, 3), g.staged.exposure, mean(matte).reshape(*shape, 3))

    def shaped(values: Floats) -> Floats:
        return values.reshape(*shape, 3) if values.ndim == 2 and values.shape[1] == 3 else values.reshape(shape)

    solid = sky_share[:, 0] <= 1 - SIDE / RAYS
    nearest = index.reshape(RAYS, pixels)
    main = np.take_along_axis(nearest, (nearest >= 0).argmax(0)[None], 0)[0][solid]
    depth, normal, thing = np.zeros(pixels, np.float32), np.zeros((pixels, 3), np.float32), np.full(pixels, SKY, np.int32)
    depth[solid] = surfaces.distance[main] / slant[rows[main]]
    normal[solid] = surfaces.normal[main] @ frame.T
    thing[solid] = g.things[g.face_item[hits.face[rows[main]]]]
    roughness, metal, through = (shaped(mean(values)) for values in (surfaces.roughness, surfaces.metal, surfaces.through))
    return Guide(
        shaped(depth),
        shaped(normal),
        shaped(mean(albedo, 1)),
        roughness,
        metal,
        through,
        shaped(mean(surfaces.shine)),
        shaped(lit),
        None if shown is None else shaped(shown),
        stop,
        None if shown is None else develop(focused(shaped(total), _blur(g, shaped(depth))), g.staged.exposure, stop),
        thing.reshape(shape),
    )


STEEPEST = 30.0


def _sizes(hits: Hits, spread: float) -> Floats:
    """Edge length (RAYS * P,) in metres on the surface that each ray stands for: larger where it slants away within the pixel.

    Args:
        spread: angle between neighbouring rays in radians.
    """
    distance = np.where(hits.hit, hits.distance, 0).reshape(RAYS, -1)
    first = np.maximum(distance[0] * spread, 1e-9)
    slant = np.minimum(np.hypot(distance[1] - distance[0], distance[SIDE] - distance[0]) / first, STEEPEST)
    return (distance * (spread * (1 + slant**2) ** 0.25)).reshape(-1).astype(np.float32)


def _blur(g: Geometry, depth_m: Floats) -> Floats:
    """Radii (H, W) in pixels of what the lens leaves unsharp; a sky that is evaluated as a background has none, as in the renderer."""
    radius = blur_radius(g.staged.camera, depth_m)
    around = g.staged.environment
    return radius if around is None or around.background is None else np.where(depth_m > 0, radius, np.float32(0))


def _asking(g: Geometry, hits: Hits, pixels: int) -> NDArray[np.int64]:
    """For each ray the one that asks for its light: the pixel's first where it meets the same surface, else itself."""
    asking, item, leading = np.arange(len(hits.face)), g.face_item[hits.face], slice(pixels)
    distance = np.where(hits.hit[leading], hits.distance[leading], 0)
    told = g.surfaces
    shared = (told.through <= 0.5) & ((told.metal < 0.5) | (told.roughness > POLISHED))
    for start in range(pixels, len(asking), pixels):
        rays = slice(start, start + pixels)
        same = hits.hit[rays] & hits.hit[leading] & (item[rays] == item[leading]) & shared[item[rays]]
        same &= np.abs(hits.distance[rays] - distance) <= SAME_DEPTH * distance
        pairs = np.flatnonzero(same & (hits.face[rays] != hits.face[leading]))
        normals = (g.face_normals(hits.face[some][pairs]) for some in (rays, leading))
        same[pairs] = dots(*normals) > SAME_FACING
        asking[rays][same] = np.flatnonzero(same)
    return asking


def _over_rays(g: Geometry, hits: Hits, index: NDArray[np.int64], albedo: Floats, size_m: Floats) -> tuple[Floats, Floats]:
    """Albedo (M, 3) of surfaces, as mean over all of a pixel's rays that meet them, and the share (M, 1) of its rays that do.

    Args:
        index: of the surface that each ray meets, -1 for none. albedo: (M, 3) where the asking rays meet them.
        size_m: as for `rays.met`.
    """
    count = np.bincount(index[index >= 0], minlength=len(albedo)).astype(np.float32)[:, None]
    detailed = (g.surfaces.varied | g.surfaces.textured)[g.face_item[hits.face]] & hits.hit
    rays = np.flatnonzero(detailed)
    if len(rays):
        color, _ = colors(g, hits.at(rays), size_m[rays])
        total = np.stack([np.bincount(index[rays], color[:, k], minlength=len(albedo)) for k in range(3)], -1)
        some = index[rays]
        albedo = albedo.copy()
        albedo[some] = (total[some] / count[some]).astype(np.float32)
    return albedo, count / RAYS


def _through_air(
    g: Geometry, surfaces: Met, seen: Floats, albedo: Floats, light: Floats, mirrored: Floats | None, clear: Floats
) -> tuple[Floats, Floats, Floats | None, Floats]:
    """What arrives of surfaces through air: their share of scattered light, that light, mirrors (M, 3), and mirrors' share (M, 1)."""
    scattered, air = albedo * light, g.staged.air
    if air is not None:
        passes = np.exp(-surfaces.distance[:, None] * air.extinction)
        scatter = apply_air(np.zeros_like(scattered), surfaces.distance, seen, air)
        scattered, albedo = scattered * passes + scatter, albedo * passes + 1 - passes
        mirrored = None if mirrored is None else mirrored * passes + clear * scatter
    shining = largest(surfaces.shine)[:, None] > 0
    if shining.any():
        scattered, albedo, clear = (
            scattered + surfaces.shine,
            np.where(shining, np.float32(1), albedo),
            np.where(shining, np.float32(0), clear),
        )
    return albedo, scattered, mirrored, clear


SKY_STEP_PX = 2
"""The sky is looked at in every second pixel: its clouds cost more than everything else, and are soft."""


def _sky(around: Environment, directions: Floats, open_sky: NDArray[np.bool_], shape: tuple[int, int]) -> Floats:
    """Radiance (H * W, 3) of what is beyond all things, from a coarse grid; directions (RAYS * H * W, 3), open_sky (RAYS * H * W,)."""
    height, width = shape
    rows, columns = (np.minimum(np.arange(0, size + SKY_STEP_PX, SKY_STEP_PX), size - 1) for size in shape)
    central = directions.reshape(RAYS, height, width, 3)[:, rows[:, None], columns].mean(0)
    near = np.asarray(maximum_filter(open_sky.reshape(RAYS, height, width).any(0), 2 * SKY_STEP_PX + 1), bool)[np.ix_(rows, columns)]
    background = around.background or partial(between_map, around.map)
    coarse = np.zeros((len(rows), len(columns), 3), np.float32)
    coarse[near] = background(unit(central[near]))
    at = np.meshgrid(np.arange(height) / SKY_STEP_PX, np.arange(width) / SKY_STEP_PX, indexing="ij")
    return np.stack([map_coordinates(coarse[..., k], at, order=1) for k in range(3)], -1).reshape(-1, 3)
