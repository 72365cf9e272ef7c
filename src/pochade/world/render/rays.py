"""A stage as one merged mesh, and what rays meet in it: no BSDF, no compiling, everything looked up in tables."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from pochade.world.materials import Material
from pochade.world.mesh import Floats
from pochade.world.render.backend import load_mitsuba
from pochade.world.render.build import Piece, pieces_of
from pochade.world.render.direct import Glow
from pochade.world.render.specular import Met
from pochade.world.stage import Stage
from pochade.world.textures import TEXTURES, tile


@dataclass(frozen=True, eq=False)
class Surfaces:
    """What the materials of a stage's items say, a row for each: (I,) or (I, 3).

    Attributes:
        tint: factor on the colour that vertices or tiles give. shine: radiance. textured: whether a tile gives the colour.
        metal, through, ior, coat: see `specular.Met`.
    """

    tint: Floats
    shine: Floats
    textured: NDArray[np.bool_]
    metal: Floats
    through: Floats
    ior: Floats
    coat: Floats


@dataclass(frozen=True, eq=False)
class Geometry:
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

    @cached_property
    def surfaces(self) -> Surfaces:
        return _surfaces(self.materials)

    @cached_property
    def glow(self) -> Glow | None:
        """What of it shines."""
        shining = self.surfaces.shine.any(1)[self.face_item]
        return Glow.of(self.positions[self.faces[shining]], self.surfaces.shine[self.face_item[shining]]) if shining.any() else None


def geometry(staged: Stage, pieces: Sequence[Piece] | None = None) -> Geometry:
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
    return Geometry(
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


def met(g: Geometry, origins: Floats, directions: Floats) -> tuple[Met, NDArray[np.int32]]:
    """What rays meet, and the item that each meets (0 where none)."""
    distance, face, bary = _cast(g.scene, origins, directions)
    n, rows = len(directions), np.flatnonzero(np.isfinite(distance))
    face, bary = face[rows], bary[rows]
    found = {name: np.zeros((n, 3), np.float32) for name in ("normal", "albedo", "shine")}
    corners = g.faces[face]
    weights = np.stack([1 - bary.sum(1), bary[:, 0], bary[:, 1]], 1)

    def between(values: Floats) -> Floats:
        a, b, c = (values[corners[:, k]] for k in range(3))
        shares = weights if values.ndim == 1 else weights[..., None]
        return a * shares[:, 0] + b * shares[:, 1] + c * shares[:, 2]

    across = between(g.normals)
    on = g.face_item[face]
    table = g.surfaces
    found["normal"][rows] = across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
    color, rough = between(g.color), between(g.roughness)
    textured = np.flatnonzero(table.textured[on])
    if len(textured):
        _textured(g, on, textured, between(g.uv), color, rough)
    found["albedo"][rows] = color * table.tint[on]
    found["shine"][rows] = table.shine[on]
    single = {name: np.zeros(n, np.float32) for name in ("roughness", "metal", "through", "coat")}
    for name in ("metal", "through", "coat"):
        single[name][rows] = getattr(table, name)[on]
    single["roughness"][rows] = rough
    ior = np.ones(n, np.float32)
    ior[rows] = table.ior[on]
    item = np.zeros(n, np.int32)
    item[rows] = on
    return Met(hit=np.isfinite(distance), distance=distance, ior=ior, **found, **single), item


def _textured(g: Geometry, on: NDArray[np.int32], rows: NDArray[np.int64], uv: Floats, color: Floats, rough: Floats) -> None:
    """Writes into `color` and `rough` what tiles say, item by item."""
    rows = rows[np.argsort(on[rows], kind="stable")]
    starts = np.flatnonzero(np.diff(on[rows], prepend=-1))
    for at in np.split(rows, starts[1:]):
        material = g.materials[on[at[0]]]
        drawn = tile(material.texture or "")
        size = len(drawn.color)
        column, row = (np.floor(uv[at] / np.float32(drawn.size_m) % 1 * size).astype(np.int32) % size).T
        color[at] = drawn.color[row, column]
        rough[at] = np.clip(drawn.roughness[row, column] * np.float32(material.roughness), 0, 1)


def _surfaces(materials: Sequence[Material]) -> Surfaces:
    from pochade.world.render.bsdf import REFLECTANCE

    textured = np.array([material.texture in TEXTURES for material in materials])
    metal = np.array([material.model == "metal" for material in materials])
    tint = [np.float32(material.color) if flag else np.ones(3, np.float32) for material, flag in zip(materials, textured, strict=True)]
    tint = [
        own * np.float32(REFLECTANCE[material.conductor or "Cr"]) if flag else own
        for own, material, flag in zip(tint, materials, metal, strict=True)
    ]
    return Surfaces(
        np.stack(tint),
        np.stack([np.float32(material.emission or (0, 0, 0)) for material in materials]),
        textured,
        metal.astype(np.float32),
        np.float32([1.0 if m.model in ("glass", "frosted") else m.translucency for m in materials]),
        np.float32([m.ior for m in materials]),
        np.float32([max(m.specular / 0.5, m.clearcoat) if m.model == "opaque" else 0.0 for m in materials]),
    )


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


def occluded(scene: object, origins: Floats, directions: Floats, reaches: Floats) -> NDArray[np.bool_]:
    """Whether something lies within `reaches` (N,) metres of origins (N, 3) along directions (N, 3)."""
    mi = load_mitsuba()
    if mi.variant().startswith("scalar"):
        rays = zip(origins.tolist(), directions.tolist(), reaches.tolist(), strict=True)
        return np.array([scene.ray_test(mi.Ray3f(o, d, reach, 0.0, [])) for o, d, reach in rays], bool)  # type: ignore[attr-defined]
    ray = mi.Ray3f(mi.Point3f(np.ascontiguousarray(origins.T)), mi.Vector3f(np.ascontiguousarray(directions.T)))
    ray.maxt = mi.Float(reaches)
    return np.array(scene.ray_test(ray, coherent=False)).astype(bool)  # type: ignore[attr-defined]
