"""Fewer and larger leaves and blades for plants that are far away: what is smaller than a pixel need not be there one by one.

Source: after R. Cook et al., "Stochastic Simplification of Aggregate Detail", SIGGRAPH 2007.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from pochade.world.mesh import Floats, Mesh, face_normals, weld
from pochade.world.stage import InstanceGroup
from pochade.world.vectors import f32, lengths

WORTH = 4000
"""Triangles of all copies together from which on a prototype is thinned."""
LOOSE = 16
"""Least number of loose pieces of a mesh that is thinned: fewer are a solid."""
BULKY = 6.0
"""Pieces with more than this many times the area of the middle one (stems, trunks) stay as they are."""
THINNEST = 4
"""Halvings of the number of pieces at most."""


def thinned(groups: Sequence[InstanceGroup], eye_m: tuple[float, float, float], pixel: float) -> tuple[InstanceGroup, ...]:
    """Instances with as many pieces as a picture shows, in as large pieces as cover the same.

    Args:
        eye_m: where the camera is.
        pixel: metres that a pixel covers at one metre's distance.
    """
    found: list[InstanceGroup] = []
    for group in groups:
        distance = lengths(group.to_world[:, :3, 3] - f32(eye_m))
        scale = np.cbrt(np.abs(np.linalg.det(group.to_world[:, :3, :3])))
        for part in group.parts:
            pieces = _pieces(part.mesh) if len(part.mesh.faces) * len(distance) >= WORTH else None
            if pieces is None:
                found.append(replace(group, parts=(part,)))
                continue
            share = pieces.area_m2 * (scale / np.maximum(pixel * distance, 1e-9)) ** 2
            halvings = np.clip(-np.log2(np.maximum(share, 1e-9)), 0, THINNEST).astype(int)
            for number in np.unique(halvings):
                some = halvings == number
                mesh = pieces.thinned(part.mesh, 2.0**-number) if number else part.mesh
                tint = None if group.tint is None else group.tint[some]
                found.append(replace(group, parts=(replace(part, mesh=mesh),), to_world=group.to_world[some], tint=tint))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class _Pieces:
    """The loose pieces of a mesh.

    Attributes:
        of_vertex: (V,) the piece of each vertex. of_face: (F,). bulky: (P,) whether one stays as it is.
        centre: (P, 3). along: (P, 3) unit, the direction in which one is longest, and `slender` (P,), how many times longer than wide.
        area_m2: of the middle one.
    """

    of_vertex: NDArray[np.int32]
    of_face: NDArray[np.int32]
    bulky: NDArray[np.bool_]
    centre: Floats
    along: Floats
    slender: Floats
    area_m2: float

    def thinned(self, mesh: Mesh, share: float) -> Mesh:
        """About a `share` of the pieces, always the same, each wider, and once it is as wide as long larger, to cover as much."""
        order = np.random.default_rng(len(self.bulky)).permutation(len(self.bulky))
        kept = self.bulky | (order < share * len(order))
        faces = mesh.faces[kept[self.of_face]]
        used, index = np.unique(faces, return_inverse=True)
        piece = self.of_vertex[used]
        wider = np.where(self.bulky, 1, np.minimum(1 / share, self.slender))[piece, None]
        larger = np.where(self.bulky, 1, np.sqrt(1 / (share * np.minimum(1 / share, self.slender))))[piece, None]
        along, offset = self.along[piece], mesh.vertices[used] - self.centre[piece]
        length = (offset * along).sum(1, keepdims=True) * along
        vertices = self.centre[piece] + (length + (offset - length) * wider) * larger
        color = None if mesh.color is None else mesh.color[used]
        return Mesh(vertices.astype(np.float32), index.reshape(-1, 3).astype(np.int32), mesh.uv[used], color, mesh.crease_deg)


def _pieces(mesh: Mesh) -> _Pieces | None:
    """None for a mesh of few pieces."""
    ids = weld(mesh.vertices)
    ends = ids[mesh.faces]
    edges = coo_array(
        (np.ones(2 * len(ends), np.int8), (np.r_[ends[:, 0], ends[:, 1]], np.r_[ends[:, 1], ends[:, 2]])), [ids.max() + 1] * 2
    )
    count, label = connected_components(edges, directed=False)
    if count < LOOSE:
        return None
    of_vertex = label[ids]
    of_face = of_vertex[mesh.faces[:, 0]]
    area = np.bincount(of_face, lengths(face_normals(mesh)) / 2, minlength=count)
    middle = float(np.median(area))
    number = np.bincount(of_vertex, minlength=count)
    centre = np.stack([np.bincount(of_vertex, mesh.vertices[:, k], minlength=count) for k in range(3)], -1) / number[:, None]
    offset = mesh.vertices - centre[of_vertex]
    spread = np.stack([np.bincount(of_vertex, offset[:, i] * offset[:, j], minlength=count) for i in range(3) for j in range(3)], -1)
    values, axes = np.linalg.eigh(spread.reshape(count, 3, 3))
    slender = np.sqrt(values[:, 2] / np.maximum(values[:, 1], 1e-12 * np.maximum(values[:, 2], 1e-30)))
    return _Pieces(of_vertex, of_face, area > BULKY * middle, centre, axes[:, :, 2], np.maximum(slender, 1), middle)
