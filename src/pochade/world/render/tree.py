"""Rays in a merged mesh, without materials: Embree alone where it is installed, else the one that Mitsuba brings.

Embree alone needs no LLVM, compiles nothing and takes a third of the memory; there is no build of it for Linux on ARM.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pochade.world.mesh import Floats
from pochade.world.render.backend import load_mitsuba


@dataclass(frozen=True, eq=False)
class Hits:
    """Where N rays end: distances (N,) in metres, inf where nothing is met; triangles (N,), 0 there; barycentric coordinates (N, 2)."""

    distance: Floats
    face: NDArray[np.int64]
    bary: Floats

    @cached_property
    def hit(self) -> NDArray[np.bool_]:
        return np.isfinite(self.distance)

    def at(self, rows: NDArray[np.int64]) -> Hits:
        """Some of them."""
        return Hits(self.distance[rows], self.face[rows], self.bary[rows])


class Tree(Protocol):
    """What rays are cast in; from any thread."""

    def cast(self, origins: Floats, directions: Floats) -> Hits:
        """Where rays from origins (N, 3) along unit directions (N, 3) end."""
        ...

    def occluded(self, origins: Floats, directions: Floats, reaches: Floats) -> NDArray[np.bool_]:
        """Whether something lies within `reaches` (N,) metres of origins (N, 3) along unit directions (N, 3)."""
        ...


@dataclass(frozen=True, eq=False)
class Triangles:
    """Merged triangles, compared by their bytes: another colour, material or camera on the same shapes needs no new tree."""

    positions: Floats
    faces: NDArray[np.int32]

    @cached_property
    def digest(self) -> bytes:
        found = hashlib.blake2b(np.ascontiguousarray(self.positions).data, digest_size=16)
        found.update(np.ascontiguousarray(self.faces).data)
        return found.digest()

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Triangles) and self.digest == other.digest


@lru_cache(maxsize=2)
def tree(triangles: Triangles) -> Tree:
    """The tree of a mesh; the last ones are kept."""
    try:
        return EmbreeTree(triangles)
    except ImportError:
        return MitsubaTree(triangles)


class EmbreeTree:
    """By the package `embreex`; rays of one call run on all cores."""

    def __init__(self, triangles: Triangles):
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene

        self._scene = EmbreeScene()
        TriangleMesh(self._scene, triangles.positions, triangles.faces)
        nowhere = np.zeros((1, 3), np.float32)
        self._scene.run(nowhere, nowhere + 1)  # builds the tree, before several threads would

    def cast(self, origins: Floats, directions: Floats) -> Hits:
        found = self._scene.run(_dense(origins), _dense(directions), output=True)
        missed = found["primID"] < 0
        distance = np.where(missed, np.float32(np.inf), found["tfar"])
        return Hits(distance, np.where(missed, 0, found["primID"]).astype(np.int64), np.stack([found["u"], found["v"]], -1))

    def occluded(self, origins: Floats, directions: Floats, reaches: Floats) -> NDArray[np.bool_]:
        return self._scene.run(_dense(origins), _dense(directions), dists=_dense(reaches), query="OCCLUDED") >= 0


class MitsubaTree:
    """By Mitsuba; the scalar variant casts ray by ray, which takes a hundred times as long."""

    def __init__(self, triangles: Triangles):
        mi = load_mitsuba()
        mesh = mi.Mesh("merged", len(triangles.positions), len(triangles.faces))
        parameters = mi.traverse(mesh)
        parameters["vertex_positions"] = triangles.positions.ravel()
        parameters["faces"] = triangles.faces.astype(np.uint32).ravel()
        parameters.update()
        self._mi, self._scene = mi, mi.load_dict({"type": "scene", "mesh": mesh})
        self._scalar, self._turn = mi.variant().startswith("scalar"), threading.Lock()

    def cast(self, origins: Floats, directions: Floats) -> Hits:
        mi = self._mi
        with self._turn:
            if self._scalar:
                rays = zip(origins.tolist(), directions.tolist(), strict=True)
                found = [self._scene.ray_intersect_preliminary(mi.Ray3f(o, d)) for o, d in rays]
                distance, face = np.array([f.t for f in found], np.float32), np.array([f.prim_index for f in found], np.int64)
                bary = np.array([[f.prim_uv[0], f.prim_uv[1]] for f in found], np.float32)
            else:
                import drjit as dr

                hit = self._scene.ray_intersect_preliminary(mi.Ray3f(mi.Point3f(_dense(origins.T)), mi.Vector3f(_dense(directions.T))))
                dr.eval(hit.t, hit.prim_index, hit.prim_uv)
                distance, face, bary = np.array(hit.t), np.array(hit.prim_index).astype(np.int64), np.array(hit.prim_uv).T
        return Hits(distance, np.where(np.isfinite(distance), face, 0), bary)

    def occluded(self, origins: Floats, directions: Floats, reaches: Floats) -> NDArray[np.bool_]:
        mi = self._mi
        with self._turn:
            if self._scalar:
                rays = zip(origins.tolist(), directions.tolist(), reaches.tolist(), strict=True)
                return np.array([self._scene.ray_test(mi.Ray3f(o, d, reach, 0.0, [])) for o, d, reach in rays], bool)
            ray = mi.Ray3f(mi.Point3f(_dense(origins.T)), mi.Vector3f(_dense(directions.T)))
            ray.maxt = mi.Float(reaches)
            return np.array(self._scene.ray_test(ray, coherent=False)).astype(bool)


def _dense(array: Floats) -> Floats:
    return np.ascontiguousarray(array, np.float32)
