"""Guide maps: what a plan says of every pixel, for the own model and for the studio's plan view.

One ray per pixel against one merged mesh, and for shadows one more for each lamp and one for the sky; everything else is looked up.
No BSDF, no compiling, and no bounces but of what smooth surfaces mirror and glass lets through, where that is asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates, maximum_filter

from pochade.core.errors import InvalidRequestError
from pochade.world.materials import Material
from pochade.world.mesh import Floats
from pochade.world.render.backend import load_mitsuba
from pochade.world.render.build import Piece, pieces_of
from pochade.world.render.direct import interleaved, lamplight, skylight
from pochade.world.render.specular import Met, Surroundings, specular, towards
from pochade.world.scene import Camera, Scene
from pochade.world.sky import apply_air, from_map
from pochade.world.stage import Stage
from pochade.world.staging import stage
from pochade.world.textures import TEXTURES, tile

SKY = -3
"""Object id of pixels whose ray meets nothing."""


@dataclass(frozen=True, eq=False)
class Guide:
    """Maps of the first surface through each pixel's centre, (H, W) or (H, W, 3) float32.

    Attributes:
        depth_m: along the view axis; 0 for the sky.
        normal: shading normal in camera space: x right, y up, z towards the camera.
        albedo: reflectance, of metal its specular colour, of glass its transmittance; linear Rec. 709.
        roughness, metalness, transmission: 0 to 1.
        emission: radiance of what shines, linear Rec. 709.
        light: radiance of a matte white surface in this place under what lamps and sky send straight to it, shadows and air counted in;
            of the sky, or what else is seen beyond all things, its radiance, softened. Linear Rec. 709.
        specular: radiance that surfaces send to the eye as mirrors and windows, of one bounce or through glass, linear Rec. 709;
            None if not asked for.
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


@dataclass(frozen=True, eq=False)
class _Geometry:
    """A stage as one mesh with tables by item."""

    scene: object
    staged: Stage
    faces: NDArray[np.int32]
    positions: Floats
    normals: Floats
    uv: Floats
    color: Floats
    face_item: NDArray[np.int32]
    roughness: Floats  # per vertex
    materials: tuple[Material, ...]
    things: NDArray[np.int32]


@lru_cache(maxsize=4)
def _geometry(scene_json: str, aspect: float) -> _Geometry:
    return geometry(stage(Scene.from_json(scene_json), aspect))


def geometry(staged: Stage, pieces: Sequence[Piece] | None = None) -> _Geometry:
    """Merges the meshes of a stage and builds the tree that rays are traced in.

    Args:
        pieces: `build.pieces_of(staged)`, where they are at hand.
    """
    pieces = pieces_of(staged) if pieces is None else pieces
    arrays = [piece.arrays for piece in pieces]
    offsets = np.cumsum([0] + [len(a.positions) for a in arrays])
    positions = np.concatenate([a.positions for a in arrays]).astype(np.float32)
    faces = np.concatenate([a.faces + o for a, o in zip(arrays, offsets[:-1], strict=True)]).astype(np.int32)
    color = np.concatenate([
        np.broadcast_to(np.float32(p.material.color), p.arrays.positions.shape) if p.arrays.color is None else p.arrays.color
        for p in pieces
    ]).astype(np.float32)  # fmt: skip
    roughness = np.concatenate([
        np.full(len(p.arrays.positions), p.material.roughness, np.float32) if p.roughness is None else p.roughness for p in pieces
    ])  # fmt: skip
    return _Geometry(
        _tree(_Triangles(positions, faces)), staged, faces, positions,
        np.concatenate([a.normals for a in arrays]).astype(np.float32), np.concatenate([a.uv for a in arrays]).astype(np.float32), color,
        np.repeat(np.arange(len(arrays), dtype=np.int32), [len(a.faces) for a in arrays]), roughness,
        tuple(p.material for p in pieces), np.array([p.thing for p in pieces], np.int32),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Triangles:
    """Merged triangles, compared by their bytes: another colour, material or camera on the same shapes needs no new tree."""

    positions: Floats
    faces: NDArray[np.int32]

    @cached_property
    def digest(self) -> bytes:
        return hashlib.blake2b(self.positions.tobytes() + self.faces.tobytes(), digest_size=16).digest()

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Triangles) and self.digest == other.digest


@lru_cache(maxsize=4)
def _tree(triangles: _Triangles) -> object:
    """What rays are traced in."""
    mi = load_mitsuba()
    mesh = mi.Mesh("merged", len(triangles.positions), len(triangles.faces))
    parameters = mi.traverse(mesh)
    parameters["vertex_positions"] = triangles.positions.ravel()
    parameters["faces"] = triangles.faces.astype(np.uint32).ravel()
    parameters.update()
    return mi.load_dict({"type": "scene", "mesh": mesh})


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


def looked_up(g: _Geometry, width_px: int, height_px: int, mirrors: bool = False) -> Guide:
    """The guide maps of a stage whose meshes are merged."""
    camera = g.staged.camera
    frame = camera_frame(camera)
    local = pixel_directions(camera, width_px, height_px).reshape(-1, 3)
    directions = local @ frame
    lengths = np.linalg.norm(directions, axis=1)
    directions /= lengths[:, None]
    met, item = _met(g, np.broadcast_to(np.float32(camera.position_m), directions.shape), directions)
    hit = met.hit
    depth = np.where(hit, met.distance / lengths, 0).astype(np.float32)
    thing = np.where(hit, g.things[item], SKY).astype(np.int32)
    light, mirrored = _lit(g, directions, met, depth, width_px, mirrors)

    def shaped(values: Floats) -> Floats:
        return values.reshape(height_px, width_px, *values.shape[1:])

    return Guide(
        shaped(depth), shaped(met.normal @ frame.T), shaped(met.albedo), shaped(met.roughness), shaped(met.metal), shaped(met.through),
        shaped(met.shine), shaped(light), None if mirrored is None else shaped(mirrored), thing.reshape(height_px, width_px),
    )  # fmt: skip


def _met(g: _Geometry, origins: Floats, directions: Floats) -> tuple[Met, NDArray[np.int32]]:
    """What rays meet, and the item that each meets (0 where none)."""
    distance, face, bary = _cast(g.scene, origins, directions)
    hit, n = np.isfinite(distance), len(directions)
    normal, albedo, shine = (np.zeros((n, 3), np.float32) for _ in range(3))
    rough, metal, through, coat = (np.zeros(n, np.float32) for _ in range(4))
    ior = np.ones(n, np.float32)
    corners = g.faces[face[hit]]
    weights = np.stack([1 - bary[hit].sum(1), bary[hit, 0], bary[hit, 1]], 1)
    across = np.einsum("nk,nkc->nc", weights, g.normals[corners])
    normal[hit] = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    albedo[hit] = np.einsum("nk,nkc->nc", weights, g.color[corners])
    rough[hit] = np.einsum("nk,nk->n", weights, g.roughness[corners])
    uv = np.zeros((n, 2), np.float32)
    uv[hit] = np.einsum("nk,nkc->nc", weights, g.uv[corners])
    item = np.where(hit, g.face_item[face], 0)
    for index in np.unique(item[hit]):
        material, at = g.materials[index], hit & (item == index)
        if material.texture in TEXTURES:
            drawn = tile(material.texture)
            size = len(drawn.color)
            column, row = (np.floor(uv[at] / drawn.size_m % 1 * size).astype(int) % size).T
            albedo[at] = drawn.color[row, column] * np.float32(material.color)
            rough[at] = np.clip(drawn.roughness[row, column] * material.roughness, 0, 1)
        if material.model == "metal":
            from pochade.world.render.bsdf import REFLECTANCE

            metal[at] = 1
            albedo[at] *= np.float32(REFLECTANCE[material.conductor or "Cr"])
        through[at] = 1.0 if material.model in ("glass", "frosted") else material.translucency
        ior[at] = material.ior
        coat[at] = max(material.specular / 0.5, material.clearcoat) if material.model == "opaque" else 0.0
        if material.emission is not None:
            shine[at] = material.emission
    return Met(hit, distance, normal, albedo, shine, rough, metal, through, ior, coat), item


SKY_STEP_PX = 4
"""The sky is looked at in every fourth pixel: its clouds cost more than everything else, and are soft."""


def _lit(g: _Geometry, directions: Floats, met: Met, depth: Floats, width_px: int, mirrors: bool) -> tuple[Floats, Floats | None]:
    """`Guide.light` and, if asked for, `Guide.specular` of all pixels, (N, 3) each."""
    hit, seen = met.hit, directions[met.hit]
    light = np.zeros(directions.shape, np.float32)
    distance = met.distance[hit]
    facing = towards(met.normal[hit], seen)
    points = np.float32(g.staged.camera.position_m) + seen * distance[:, None] + facing * (5e-4 * distance + 1e-5)[:, None]
    chances = interleaved(len(directions) // width_px, width_px).reshape(-1, 2)[hit]
    blocked, around = partial(_occluded, g.scene), g.staged.environment

    def lit(at: Floats, normals: Floats, rows: NDArray[np.int64]) -> Floats:
        found = lamplight(g.staged.lights, at, normals, chances[rows], blocked)
        return found if around is None else found + skylight(around.small, at, normals, chances[rows], blocked)

    light[hit] = lit(points, facing, np.arange(len(points)))
    mirrored = None
    if mirrors:
        mirrored = np.zeros(directions.shape, np.float32)
        far = np.zeros_like if around is None else partial(from_map, around.small)
        world = Surroundings(lambda origins, aimed: _met(g, origins, aimed)[0], lit, far, g.staged.lights)
        mirrored[hit] = specular(met.at(np.flatnonzero(hit)), points, seen, chances, world)
    if g.staged.air is not None:
        for found in (light, mirrored):
            if found is not None:
                found[hit] = apply_air(found[hit], depth[hit], seen, g.staged.air)
    if around is not None and not hit.all():
        beyond = around.background or partial(from_map, around.map)
        light[~hit] = _sky(beyond, directions.reshape(-1, width_px, 3), ~hit.reshape(-1, width_px))[~hit]
    return light, mirrored


def _sky(background: Callable[[Floats], Floats], directions: Floats, open_sky: NDArray[np.bool_]) -> Floats:
    """Radiance (H * W, 3) of the sky, from a coarse grid; directions (H, W, 3), open_sky (H, W)."""
    height, width = open_sky.shape
    rows, columns = (np.minimum(np.arange(0, size + SKY_STEP_PX, SKY_STEP_PX), size - 1) for size in (height, width))
    coarse = np.zeros((len(rows), len(columns), 3), np.float32)
    near = maximum_filter(open_sky, 2 * SKY_STEP_PX + 1)[np.ix_(rows, columns)]
    coarse[near] = background(directions[np.ix_(rows, columns)][near])
    at = np.meshgrid(np.arange(height) / SKY_STEP_PX, np.arange(width) / SKY_STEP_PX, indexing="ij")
    return np.stack([map_coordinates(coarse[..., k], at, order=1) for k in range(3)], -1).reshape(-1, 3)


def _cast(scene: object, origins: Floats, directions: Floats) -> tuple[Floats, NDArray[np.int64], Floats]:
    """Distance (N,), inf where nothing is met, triangle (N,) and barycentric coordinates (N, 2)."""
    mi = load_mitsuba()
    if mi.variant().startswith("scalar"):
        found = [scene.ray_intersect_preliminary(mi.Ray3f(o, d)) for o, d in zip(origins.tolist(), directions.tolist(), strict=True)]  # type: ignore[attr-defined]
        distance = np.array([f.t for f in found], np.float32)
        face, bary = np.array([f.prim_index for f in found], np.int64), np.array([[f.prim_uv[0], f.prim_uv[1]] for f in found], np.float32)
    else:
        import drjit as dr

        ray = mi.Ray3f(mi.Point3f(np.ascontiguousarray(origins.T)), mi.Vector3f(np.ascontiguousarray(directions.T)))
        hit = scene.ray_intersect_preliminary(ray, coherent=True)  # type: ignore[attr-defined]
        dr.eval(hit.t, hit.prim_index, hit.prim_uv)
        distance, face, bary = np.array(hit.t), np.array(hit.prim_index).astype(np.int64), np.array(hit.prim_uv).T
    return distance, np.where(np.isfinite(distance), face, 0), bary


def _occluded(scene: object, origins: Floats, directions: Floats, reaches: Floats) -> NDArray[np.bool_]:
    """Whether something lies within `reaches` (N,) metres of origins (N, 3) along directions (N, 3)."""
    mi = load_mitsuba()
    if mi.variant().startswith("scalar"):
        rays = zip(origins.tolist(), directions.tolist(), reaches.tolist(), strict=True)
        return np.array([scene.ray_test(mi.Ray3f(o, d, reach, 0.0, [])) for o, d, reach in rays], bool)  # type: ignore[attr-defined]
    ray = mi.Ray3f(mi.Point3f(np.ascontiguousarray(origins.T)), mi.Vector3f(np.ascontiguousarray(directions.T)))
    ray.maxt = mi.Float(reaches)
    return np.array(scene.ray_test(ray, coherent=False)).astype(bool)  # type: ignore[attr-defined]
