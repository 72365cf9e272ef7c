"""A stage as one merged mesh, and what is known of the surfaces that rays meet in it: looked up in tables, no BSDF, no compiling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from pochade.world.materials import Material
from pochade.world.mesh import Floats, Mesh, face_normals
from pochade.world.render.build import Piece, pieces_of
from pochade.world.render.direct import Glow
from pochade.world.render.gloss import Met
from pochade.world.render.tiles import pyramid, slopes, texels
from pochade.world.render.tree import Hits, Tree, Triangles, tree
from pochade.world.stage import Stage
from pochade.world.textures import TEXTURES
from pochade.world.vectors import dots, f32, unit


@dataclass(frozen=True, eq=False)
class Surfaces:
    """What the materials of a stage's items say, a row for each: (I,) or (I, 3).

    Attributes:
        tint: factor on the colour that vertices or tiles give; of plain items the colour. shine: radiance.
        roughness: factor on what vertices or tiles give; of plain items the roughness.
        textured: whether a tile gives colour and roughness. varied: whether vertices do. Plain items are neither.
        metal, through, ior, gloss, coat: see `gloss.Met`. brushed: whether it is brushed metal, along the u of its mesh.
        relief: factor on the relief of the tile of glass, 0 where it has none.
    """

    tint: Floats
    shine: Floats
    roughness: Floats
    textured: NDArray[np.bool_]
    varied: NDArray[np.bool_]
    metal: Floats
    through: Floats
    ior: Floats
    gloss: Floats
    coat: Floats
    brushed: NDArray[np.bool_]
    relief: Floats


@dataclass(frozen=True, eq=False)
class Geometry:
    """A stage as one mesh with tables by item."""

    tree: Tree
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
    surfaces: Surfaces

    @cached_property
    def without_glass(self) -> Tree:
        """The same for rays that glass does not stop."""
        clear = self.surfaces.through[self.face_item] > 0.5
        return tree(Triangles(self.positions, self.faces[~clear])) if clear.any() and not clear.all() else self.tree

    def face_normals(self, faces: NDArray[np.int64]) -> Floats:
        """(N, 3) unit length, of triangles themselves."""
        across = face_normals(Mesh(self.positions, self.faces[faces], self.uv))
        return unit(across, 1e-20)

    @cached_property
    def glow(self) -> Glow | None:
        """What of it shines."""
        shining = np.any(self.surfaces.shine, axis=1)[self.face_item]
        return Glow.of(self.positions[self.faces[shining]], self.surfaces.shine[self.face_item[shining]]) if shining.any() else None


def geometry(staged: Stage, pieces: Sequence[Piece] | None = None) -> Geometry:
    """Merges the meshes of a stage and builds the tree that rays are traced in.

    Args:
        pieces: `build.pieces_of(staged)`, where they are at hand.
    """
    pieces = pieces_of(staged) if pieces is None else pieces
    arrays = [piece.arrays for piece in pieces]
    offsets = np.cumsum([0] + [len(a.positions) for a in arrays])
    positions = np.concatenate([a.positions for a in arrays]).astype(np.float32, copy=False)
    faces = np.concatenate([a.faces + o for a, o in zip(arrays, offsets[:-1], strict=True)]).astype(np.int32, copy=False)
    color = np.concatenate([
        np.broadcast_to(f32(p.material.color), p.arrays.positions.shape) if p.arrays.color is None else p.arrays.color
        for p in pieces
    ]).astype(np.float32, copy=False)  # fmt: skip
    roughness = np.concatenate([
        np.full(len(p.arrays.positions), p.material.roughness, np.float32) if p.roughness is None else p.roughness for p in pieces
    ])  # fmt: skip
    return Geometry(
        tree(Triangles(positions, faces)), staged, faces, positions,
        np.concatenate([a.normals for a in arrays]).astype(np.float32, copy=False),
        np.concatenate([a.uv for a in arrays]).astype(np.float32, copy=False), color,
        np.repeat(np.arange(len(arrays), dtype=np.int32), [len(a.faces) for a in arrays]), roughness,
        tuple(p.material for p in pieces), np.array([p.thing for p in pieces], np.int32), _surfaces(pieces),
    )  # fmt: skip


FOOTPRINT = 0.004
"""Metres per metre that a ray stands for where nothing else is said: about a pixel of a small picture."""


def met(g: Geometry, hits: Hits, size_m: Floats | None = None) -> Met:
    """What is known of the surfaces that rays meet.

    Args:
        size_m: (N,) edge length on the surface that each ray stands for; None: FOOTPRINT of its way.
    """
    n, rows = len(hits.face), np.flatnonzero(hits.hit)
    some = hits if len(rows) == n else hits.at(rows)
    on, table = g.face_item[some.face], g.surfaces
    across = unit(_between(g, some, g.normals))
    size_m = FOOTPRINT * some.distance if size_m is None else size_m[rows]
    color, rough = colors(g, some, size_m)
    known = {
        "normal": across, "albedo": color, "shine": table.shine[on], "roughness": rough,
        "metal": table.metal[on], "through": table.through[on], "ior": table.ior[on], "gloss": table.gloss[on],
        "coat": table.coat[on],
    }  # fmt: skip
    cut = np.flatnonzero((table.through[on] > 0.5) & (table.relief[on] > 0))
    if len(cut):
        across[cut] = _tilted(g, some.at(cut), across[cut], size_m[cut])
    if len(rows) < n:
        known = {name: _spread(values, rows, n) for name, values in known.items()}
    return Met(hit=hits.hit, distance=hits.distance, **known)


def _tilted(g: Geometry, hits: Hits, normals: Floats, size_m: Floats) -> Floats:
    """Normals (N, 3) tilted by the relief of tiles; all rays must meet one.

    Source: J. Blinn, "Simulation of Wrinkled Surfaces", 1978.
    """
    on, uv = g.face_item[hits.face], _between(g, hits, g.uv)
    slope = np.zeros((len(on), 2), np.float32)
    for at in _by_item(on):
        name = g.materials[on[at[0]]].texture or ""
        for some, level, row, column in texels(name, uv[at], size_m[at]):
            slope[at[some]] = slopes(name)[level][row, column] * g.surfaces.relief[on[at[0]]]
    tilted = normals.copy()
    for k, direction in enumerate(_ways(g, hits.face)):
        level = direction - dots(direction, normals)[:, None] * normals
        tilted -= slope[:, k, None] * unit(level)
    return unit(tilted)


def _ways(g: Geometry, chosen: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Directions (N, 3) of growing u and of growing v in triangles, not of unit length."""
    faces = g.faces[chosen]
    (b, c), (p, q) = ([values[faces[:, k]] - values[faces[:, 0]] for k in (1, 2)] for values in (g.positions, g.uv))
    turn = np.sign(p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0])[:, None]
    return (b * q[:, 1:] - c * p[:, 1:]) * turn, (c * p[:, :1] - b * q[:, :1]) * turn


def _by_item(on: NDArray[np.int32]) -> list[NDArray[np.int64]]:
    """Indices of each item that occurs."""
    order = np.argsort(on, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(on[order])) + 1) if len(order) else []


def grain(g: Geometry, hits: Hits) -> Floats | None:
    """Directions (N, 3) along which surfaces that rays meet are brushed, 0 where they are not; None if none is."""
    if not g.surfaces.brushed.any():
        return None
    rows = np.flatnonzero(hits.hit & g.surfaces.brushed[g.face_item[hits.face]])
    if not len(rows):
        return None
    along, _ = _ways(g, hits.face[rows])
    found = np.zeros((len(hits.face), 3), np.float32)
    found[rows] = unit(along, 1e-20)
    return found


def colors(g: Geometry, hits: Hits, size_m: Floats) -> tuple[Floats, Floats]:
    """Albedo (N, 3) and roughness (N,) of surfaces; all rays must meet one. size_m: as for `met`."""
    on, table = g.face_item[hits.face], g.surfaces
    color, rough = table.tint[on], table.roughness[on]
    varied = np.flatnonzero(table.varied[on])
    if len(varied):
        some = hits.at(varied)
        color[varied] *= _between(g, some, g.color)
        rough[varied] *= _between(g, some, g.roughness)
    textured = np.flatnonzero(table.textured[on])
    uv = _between(g, hits.at(textured), g.uv)
    for part in _by_item(on[textured]):
        at = textured[part]
        name = g.materials[on[at[0]]].texture or ""
        for some, level, row, column in texels(name, uv[part], size_m[at]):
            color[at[some]] *= pyramid(name).color[level][row, column]
            drawn = pyramid(name).roughness[level][row, column].astype(np.float32)
            # of metal a tile's roughness is a factor on the width of its highlights, not on its root
            drawn = np.sqrt(drawn) if table.metal[on[at[0]]] else drawn
            rough[at[some]] = np.clip(drawn * rough[at[some]], 0, 1)
    return color, rough


def _between(g: Geometry, hits: Hits, values: Floats) -> Floats:
    """Values of vertices (V,) or (V, C) where rays meet their triangles."""
    u, v = (hits.bary[:, k] if values.ndim == 1 else hits.bary[:, k, None] for k in range(2))
    a, b, c = (values[g.faces[hits.face, k]] for k in range(3))
    return a + (b - a) * u + (c - a) * v


def _spread(values: Floats, rows: NDArray[np.int64], n: int) -> Floats:
    made = np.zeros((n, *values.shape[1:]), np.float32)
    made[rows] = values
    return made


def _surfaces(pieces: Sequence[Piece]) -> Surfaces:
    from pochade.world.render.bsdf import PAINTED_SPECULAR, REFLECTANCE

    materials = [piece.material for piece in pieces]
    metal = np.array([m.model == "metal" for m in materials])
    textured = np.array([m.texture in TEXTURES for m in materials])
    # tiles leave nothing of what vertices say
    varied = np.array([p.arrays.color is not None or p.roughness is not None for p in pieces]) & ~textured
    tint = np.stack([np.ones(3, np.float32) if flag else f32(m.color) for m, flag in zip(materials, varied, strict=True)])
    for index in np.flatnonzero(metal):
        tint[index] *= f32(REFLECTANCE[materials[index].conductor or "Cr"])
    return Surfaces(
        tint,
        np.stack([f32(m.emission or (0, 0, 0)) for m in materials]),
        f32([0.0 if m.model == "glass" else 1.0 if flag else _uneven(m) for m, flag in zip(materials, varied, strict=True)]),
        textured,
        varied,
        metal.astype(np.float32),
        f32([1.0 if m.model in ("glass", "frosted") else m.translucency for m in materials]),
        f32([m.ior for m in materials]),
        f32([0.0 if m.model not in ("opaque", "thin") else 0.08 * (PAINTED_SPECULAR if flag else m.specular)
                    for m, flag in zip(materials, varied, strict=True)]),
        f32([m.clearcoat if m.model == "opaque" else 0.0 for m in materials]),
        metal & np.array([m.texture == "brushed" for m in materials]),
        f32([m.bump if flag and m.model in ("glass", "frosted") else 0.0 for m, flag in zip(materials, textured, strict=True)]),
    )  # fmt: skip


def _uneven(material: Material) -> float:
    """Roughness of a material, wider by the relief of its tile: a picture's pixels are too large to show it.

    Source: after M. Toksvig, "Mipmapping Normal Maps", 2005, for a Gaussian distribution of slopes.
    """
    if material.texture not in TEXTURES:
        return material.roughness
    return min((material.roughness**4 + 2 * (pyramid(material.texture).steep * material.bump) ** 2) ** 0.25, 1.0)
