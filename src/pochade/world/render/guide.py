"""Guide maps: what a plan looks like before any light, for the own model and for the studio's plan view.

One ray per pixel against one merged mesh; everything else is looked up. No light transport, no BSDF, no compiling.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from pochade.core.errors import InvalidRequestError
from pochade.world.materials import Material
from pochade.world.mesh import Floats
from pochade.world.render.backend import load_mitsuba
from pochade.world.render.build import Piece, pieces_of
from pochade.world.scene import Camera, Scene
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
        thing: (H, W) int32, index into `Scene.things`, stage.GROUND, stage.BACKDROP or SKY.
    """

    depth_m: Floats
    normal: Floats
    albedo: Floats
    roughness: Floats
    metalness: Floats
    transmission: Floats
    emission: Floats
    thing: NDArray[np.int32]


def guide(scene: Scene, width_px: int, height_px: int | None = None) -> Guide:
    """The guide maps of a scene.

    Args:
        width_px, height_px: 16 to 1024; None: square.

    Raises:
        InvalidRequestError: for a size out of range.
    """
    height_px = width_px if height_px is None else height_px
    for size in (width_px, height_px):
        if not 16 <= size <= 1024:
            raise InvalidRequestError(f"a guide of {width_px} x {height_px} px is out of range; choose 16 to 1024 px a side")
    return looked_up(_geometry(scene.to_json(), round(width_px / height_px, 4)), width_px, height_px)


@dataclass(frozen=True, eq=False)
class _Geometry:
    """A stage as one mesh with tables by item."""

    scene: object
    camera: Camera
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
    return geometry(stage(Scene.from_json(scene_json), aspect, lit=False))


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
        _tree(_Triangles(positions, faces)), staged.camera, faces, positions,
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


def looked_up(g: _Geometry, width_px: int, height_px: int) -> Guide:
    """The guide maps of a stage whose meshes are merged."""
    frame = camera_frame(g.camera)
    local = pixel_directions(g.camera, width_px, height_px).reshape(-1, 3)
    directions = local @ frame
    lengths = np.linalg.norm(directions, axis=1)
    directions /= lengths[:, None]
    distance, face, bary = _cast(g.scene, np.asarray(g.camera.position_m, np.float32), directions)
    hit = np.isfinite(distance)
    n = len(directions)
    maps = {name: np.zeros((n, 3) if name in ("normal", "albedo", "emission") else n, np.float32)
            for name in ("depth", "normal", "albedo", "roughness", "metal", "transmission", "emission")}  # fmt: skip
    thing = np.full(n, SKY, np.int32)
    corners = g.faces[face[hit]]
    weights = np.stack([1 - bary[hit].sum(1), bary[hit, 0], bary[hit, 1]], 1)
    normal = np.einsum("nk,nkc->nc", weights, g.normals[corners])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    maps["normal"][hit] = normal @ frame.T
    maps["depth"][hit] = distance[hit] / lengths[hit]
    albedo = np.einsum("nk,nkc->nc", weights, g.color[corners])
    rough = np.einsum("nk,nk->n", weights, g.roughness[corners])
    uv = np.einsum("nk,nkc->nc", weights, g.uv[corners])
    item = g.face_item[face[hit]]
    metal, through, shine = (np.zeros(len(item), np.float32), np.zeros(len(item), np.float32), np.zeros((len(item), 3), np.float32))
    for index in np.unique(item):
        material, at = g.materials[index], item == index
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
        if material.emission is not None:
            shine[at] = material.emission
    maps["albedo"][hit], maps["roughness"][hit], maps["metal"][hit] = albedo, rough, metal
    maps["transmission"][hit], maps["emission"][hit], thing[hit] = through, shine, g.things[item]
    shaped = {name: value.reshape(height_px, width_px, *value.shape[1:]) for name, value in maps.items()}
    return Guide(shaped["depth"], shaped["normal"], shaped["albedo"], shaped["roughness"], shaped["metal"], shaped["transmission"],
                 shaped["emission"], thing.reshape(height_px, width_px))  # fmt: skip


def _cast(scene: object, origin: Floats, directions: Floats) -> tuple[Floats, NDArray[np.int64], Floats]:
    """Distance (N,), inf where nothing is met, triangle (N,) and barycentric coordinates (N, 2)."""
    mi = load_mitsuba()
    if mi.variant().startswith("scalar"):
        found = [scene.ray_intersect_preliminary(mi.Ray3f(origin.tolist(), d.tolist())) for d in directions]  # type: ignore[attr-defined]
        distance = np.array([f.t for f in found], np.float32)
        face, bary = np.array([f.prim_index for f in found], np.int64), np.array([[f.prim_uv[0], f.prim_uv[1]] for f in found], np.float32)
    else:
        import drjit as dr

        ray = mi.Ray3f(dr.opaque(mi.Point3f, origin.tolist()), mi.Vector3f(np.ascontiguousarray(directions.T)))
        hit = scene.ray_intersect_preliminary(ray, coherent=True)  # type: ignore[attr-defined]
        dr.eval(hit.t, hit.prim_index, hit.prim_uv)
        distance, face, bary = np.array(hit.t), np.array(hit.prim_index).astype(np.int64), np.array(hit.prim_uv).T
    return distance, np.where(np.isfinite(distance), face, 0), bary
