"""A stage as a Mitsuba scene whose kernels are shared with other scenes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import zoom

from pochade.core.errors import InvalidRequestError
from pochade.world.materials import Material
from pochade.world.mesh import Mesh, box
from pochade.world.render.backend import load_mitsuba
from pochade.world.render.bsdf import HIDDEN, PAINTED, PAINTED_THIN, VERTEX_ATTRIBUTES, bsdf, opaque, painted_bsdf
from pochade.world.render.direct import BEAM_SHARE
from pochade.world.scene import Camera
from pochade.world.stage import ENVIRONMENT_PX, GROUND, AreaLight, Environment, SpotLight, Stage, SunLight
from pochade.world.textures import TEXTURES, tile
from pochade.world.vectors import f32

FAR_M = 40_000.0
"""Everything, sun included, lies within this distance; two tiny shapes at its corners keep the bounds constant."""

SUN_DISTANCE_M = 30_000.0


class Bsdfs:
    """The BSDFs of one scene: one object per distinct material, one for all painted meshes of a kind."""

    def __init__(self) -> None:
        self._made: dict[Material | str, Any] = {}

    def of(self, material: Material, painted: bool = False) -> Any:
        """The BSDF of a material, or of the meshes with vertex colours that are made of it."""
        key: Material | str = material
        if painted and material.model in ("opaque", "thin"):
            key = PAINTED_THIN if material.model == "thin" else PAINTED
        if key not in self._made:
            self._made[key] = painted_bsdf(key) if isinstance(key, str) else bsdf(material)
        return self._made[key]

    def __len__(self) -> int:
        return len(self._made)


@dataclass(frozen=True, eq=False)
class Arrays:
    """Vertex arrays of a mesh as the renderer takes them, in object space."""

    positions: NDArray[np.float32]
    normals: NDArray[np.floating]
    uv: NDArray[np.floating]
    color: NDArray[np.float32] | None
    faces: NDArray[np.int32]


def arrays_of(mesh: Mesh, material: Material) -> Arrays:
    """A mesh split along its creases, with the texture coordinates that its material wants."""
    if material.texture is not None and mesh.color is None:
        mesh = mesh.level_mapped
    split, normals = mesh.shaded
    return Arrays(split.vertices, normals, split.uv, split.color, split.faces)


def placed(arrays: Arrays, to_world: NDArray[np.float32]) -> Arrays:
    """In world space."""
    linear = to_world[:3, :3].astype(np.float64)
    normals = arrays.normals @ np.linalg.inv(linear).astype(np.float32)
    normals /= np.maximum(np.sqrt(np.einsum("nc,nc->n", normals, normals)), np.float32(1e-12))[:, None]
    positions = arrays.positions @ linear.T.astype(np.float32) + to_world[:3, 3].astype(np.float32)
    return replace(arrays, positions=positions, normals=normals, uv=arrays.uv * np.float32(np.cbrt(abs(np.linalg.det(linear)))))


def copied(arrays: Arrays, to_world: NDArray[np.float32], tint: NDArray[np.float32] | None) -> Arrays:
    """All copies of a prototype as one mesh: an instance of its own each would be a callable of its own in the kernel."""
    count, n = len(to_world), len(arrays.positions)
    linear = to_world[:, :3, :3]
    positions = arrays.positions @ linear.transpose(0, 2, 1) + to_world[:, None, :3, 3]
    normals = arrays.normals @ np.linalg.inv(linear)
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12)
    color = None
    if arrays.color is not None:
        color = np.broadcast_to(arrays.color, (count, n, 3))
        color = (color if tint is None else np.clip(color * tint[:, None], 0, 0.95)).reshape(-1, 3)
    faces = (arrays.faces[None] + (np.arange(count, dtype=np.int32) * n)[:, None, None]).reshape(-1, 3)
    return Arrays(positions.reshape(-1, 3), normals.reshape(-1, 3), np.tile(arrays.uv, (count, 1)), color, faces)


@dataclass(frozen=True, eq=False)
class Piece:
    """A mesh in world space and what it is made of.

    Attributes:
        thing: index into `Scene.things`, or stage.GROUND or BACKDROP.
        roughness: per vertex, in place of the material's; None: the material's.
    """

    arrays: Arrays
    material: Material
    thing: int = GROUND
    roughness: NDArray[np.float32] | None = None


def pieces_of(stage: Stage) -> list[Piece]:
    """All meshes of a stage in world space: its items, then its instances."""
    found: list[Piece] = []
    for item in stage.items:
        arrays = placed(arrays_of(item.mesh, item.material), item.to_world)
        if item.uv_shift != (0.0, 0.0):
            arrays = replace(arrays, uv=arrays.uv + f32(item.uv_shift))
        found.append(Piece(arrays, item.material, item.thing, item.roughness))
    for group in stage.instances:
        for part in group.parts:
            material = part.material or Material()
            found.append(Piece(copied(arrays_of(part.mesh, material), group.to_world, group.tint), material, group.thing))
    return found


def _object(pieces: Sequence[Piece], bsdf: Any, emission: tuple[float, ...] | None = None) -> Any:
    """Pieces of one BSDF as one `mi.Mesh` with normals, texture coordinates (in tiles) and the attributes of painted meshes.

    Tracing a kernel takes milliseconds per shape, so there are no more shapes than there are BSDFs.
    """
    mi = load_mitsuba()
    properties = mi.Properties()
    properties["mesh_bsdf"] = bsdf
    if emission is not None:
        properties["mesh_emitter"] = mi.load_dict(
            {"type": "area", "radiance": _rgb(emission), "sampling_weight": 0.0 if max(emission) <= 1e-6 else 1.0}
        )
    counts = [len(p.arrays.positions) for p in pieces]
    faces = _joined([p.arrays.faces + base for p, base in zip(pieces, np.cumsum([0, *counts[:-1]]), strict=True)])
    result = mi.Mesh("mesh", sum(counts), len(faces), has_vertex_normals=True, has_vertex_texcoords=True, props=properties)
    attributes = [_attributes(p) for p in pieces]
    for name, channels in VERTEX_ATTRIBUTES.items():
        result.add_attribute(name, channels, _joined([a[name] for a in attributes]).astype(np.float32).ravel())
    parameters = mi.traverse(result)
    parameters["vertex_positions"] = _joined([p.arrays.positions for p in pieces]).astype(np.float32).ravel()
    parameters["vertex_normals"] = _joined([p.arrays.normals for p in pieces]).astype(np.float32).ravel()
    parameters["vertex_texcoords"] = _joined([_tiles(p) for p in pieces]).astype(np.float32).ravel()
    parameters["faces"] = faces.astype(np.uint32).ravel()
    parameters.update()
    return result


def _joined(arrays: Sequence[NDArray[Any]]) -> NDArray[Any]:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _tiles(p: Piece) -> NDArray[np.floating]:
    """Texture coordinates in units of the material's tile."""
    size = tile(p.material.texture).size_m if p.material.texture in TEXTURES else 1.0
    # turned by a hair: Mitsuba's bump map gives NaN where a texture axis is exactly vertical
    return p.arrays.uv @ np.array([[1.0, -3e-4], [3e-4, 1.0]]) / size


def _attributes(p: Piece) -> dict[str, NDArray[Any]]:
    material = p.material
    values: dict[str, Any] = {
        "vertex_color": np.zeros((1, 3)) if p.arrays.color is None else np.clip(p.arrays.color, 0.0, 0.97),
        "vertex_roughness": max(material.roughness, 0.015) if p.roughness is None else np.maximum(p.roughness, 0.015)[:, None],
        "vertex_clearcoat": 2 * material.translucency if material.model == "thin" else material.clearcoat,
        "vertex_flatness": material.flatness,
    }
    count = len(p.arrays.positions)
    return {name: np.broadcast_to(np.asarray(values[name], np.float32), (count, n)) for name, n in VERTEX_ATTRIBUTES.items()}


def build(stage: Stage, width_px: int, height_px: int, pieces: Sequence[Piece] | None = None) -> Any:
    """Loads a stage as an `mi.Scene` with one sensor.

    Args:
        pieces: `pieces_of(stage)`, where they are at hand.

    Raises:
        ValueError: if the stage has no light at all.
    """
    mi = load_mitsuba()
    if stage.environment is None and not stage.lights and not any(item.material.emission for item in stage.items):
        raise ValueError("the stage has no light: give it an environment, a light or an emissive material")
    bsdfs = Bsdfs()
    objects = _kinds(bsdfs)
    shapes, emitters = len(objects) - 1, 3  # the spot is no shape; it, one lamp and the sky are emitters
    objects["sky"] = opaque(mi.load_dict(_environment(stage.environment)))
    for k, light in enumerate(stage.lights):
        objects[f"light{k:03d}"] = _light(light, bsdfs)
        shapes += not isinstance(light, SpotLight)
    made = _by_bsdf(pieces_of(stage) if pieces is None else pieces, bsdfs)
    for k, (stuff, emission, members) in enumerate(made):
        objects[f"mesh{k:03d}"] = _object(members, stuff, emission)
    emitters += len(stage.lights) + sum(emission is not None for _, emission, _ in made)
    objects.update(_padding(bsdfs, shapes + len(made), emitters))
    # without Mitsuba's own optimisation, which orders emitters differently from load to load
    return opaque(mi.load_dict({"type": "scene", "sensor": _sensor(stage.camera, width_px, height_px), **objects}, optimize=False))


def _by_bsdf(pieces: Sequence[Piece], bsdfs: Bsdfs) -> list[tuple[Any, tuple[float, ...] | None, list[Piece]]]:
    """Pieces by BSDF, with what they emit; every emitter is a mesh of its own."""
    dark: dict[int, tuple[Any, None, list[Piece]]] = {}
    lit: list[tuple[Any, tuple[float, ...] | None, list[Piece]]] = []
    for piece in pieces:
        stuff = bsdfs.of(piece.material, piece.arrays.color is not None)
        if piece.material.emission is not None:
            lit.append((stuff, piece.material.emission, [piece]))
        else:
            dark.setdefault(id(stuff), (stuff, None, []))[2].append(piece)
    return [*dark.values(), *lit]


_LAMP = Material("opaque", (0.03, 0.03, 0.03))
_FILLER = HIDDEN[2]  # smooth glass is the quickest to trace into a kernel
_SPECK = box(1.0, 1.0, 1.0, 0.1, steps=1)  # large enough to survive single precision at the far corners

BUCKET = 8
"""Numbers of shapes and BSDFs are padded to a multiple of this, of emitters to half of it: they are part of a kernel's tables."""


@lru_cache(maxsize=1)
def _speck() -> tuple[Arrays, Arrays]:
    """A speck as arrays, plain and painted."""
    return arrays_of(_SPECK, HIDDEN[0]), arrays_of(_SPECK.painted((0.5, 0.5, 0.5)), HIDDEN[0])


def _speck_at(position_m: tuple[float, float, float], material: Material, bsdfs: Bsdfs, painted: bool = False, lit: bool = False) -> Any:
    arrays = _speck()[painted]
    made = Piece(replace(arrays, positions=arrays.positions + f32(position_m)), material)
    return _object([made], bsdfs.of(material, painted), (1e-6, 1e-6, 1e-6) if lit else None)


def _kinds(bsdfs: Bsdfs) -> dict[str, Any]:
    """One speck of every kind of material, shape and light, outside any view, two of them at the far corners.

    They come first in every scene, always in this order: the order in which kinds appear is part of a kernel.
    """
    mi = load_mitsuba()
    found: dict[str, Any] = {}
    corners = {0: (-FAR_M, -FAR_M, -FAR_M), 1: (FAR_M, FAR_M, FAR_M)}
    for k, material in enumerate(HIDDEN):
        found[f"kind{k}"] = _speck_at(corners.get(k, (4.0 * k, 4 - FAR_M, 4 - FAR_M)), material, bsdfs)
    for k, model in enumerate(("opaque", "thin")):
        found[f"kind_painted{k}"] = _speck_at((4.0 * k, 16 - FAR_M, 4 - FAR_M), Material(model), bsdfs, painted=True)
    found["kind_lamp"] = _speck_at((-8.0, 4 - FAR_M, -FAR_M), HIDDEN[0], bsdfs, lit=True)
    found["kind_spot"] = opaque(mi.load_dict({"type": "spot", "intensity": _rgb((1e-6,) * 3), "sampling_weight": 0.0}))
    return found


def _padding(bsdfs: Bsdfs, shapes: int, emitters: int) -> dict[str, Any]:
    """Specks that bring the numbers of shapes, emitters and BSDFs to their multiples.

    Args:
        shapes, emitters: how many the scene has so far.
    """
    found: dict[str, Any] = {}
    lit, spare = -emitters % (BUCKET // 2), -len(bsdfs) % BUCKET
    for k in range(lit):
        found[f"lamp{k}"] = _speck_at((-8.0, 12 - FAR_M, 8.0 * k - FAR_M), HIDDEN[0], bsdfs, lit=True)
    for k in range(spare + -(shapes + lit + spare) % BUCKET):
        material = replace(_FILLER, color=(0.5 + 0.001 * k,) * 3) if k < spare else _FILLER
        found[f"padding{k}"] = _speck_at((12.0, 4 - FAR_M, 8.0 * k - FAR_M), material, bsdfs)
    return found


def _sensor(camera: Camera, width_px: int, height_px: int) -> dict[str, Any]:
    if camera.shift != (0.0, 0.0):  # Mitsuba's thin lens has no principal point to set
        raise InvalidRequestError(
            "Got a plan whose view was extended to one side; the path tracer paints views along their axis only. Choose pochade-1.",
            field="plan",
        )
    mi = load_mitsuba()
    return {
        "type": "thinlens", "aperture_radius": max(camera.aperture_radius_m, 1e-6), "focus_distance": camera.focus_distance_m,
        "fov": camera.fov_deg, "fov_axis": "smaller", "near_clip": 0.001, "far_clip": 4 * FAR_M,
        "to_world": mi.ScalarTransform4f().look_at(list(camera.position_m), list(camera.target_m), list(camera.up)),
        "sampler": {"type": "independent"},
        "film": {"type": "hdrfilm", "width": width_px, "height": height_px, "rfilter": {"type": "box"}, "pixel_format": "rgb",
                 "component_format": "float32"},
    }  # fmt: skip


def _light(light: AreaLight | SpotLight | SunLight, bsdfs: Bsdfs) -> Any:
    """A lamp. Area lights are meshes, not Mitsuba's rectangles and discs, whose frames would be compiled in."""
    mi = load_mitsuba()
    if isinstance(light, SpotLight):
        return opaque(mi.load_dict({
            "type": "spot", "cutoff_angle": light.cutoff_deg, "beam_width": BEAM_SHARE * light.cutoff_deg,
            "intensity": _rgb(light.intensity),
            "to_world": mi.ScalarTransform4f().look_at(list(light.position_m), list(light.target_m), _up(light.position_m, light.target_m)),
        }))  # fmt: skip
    if isinstance(light, SunLight):
        direction = np.asarray(light.direction, float)
        width = 2 * SUN_DISTANCE_M * np.tan(np.radians(light.angular_radius_deg))
        solid_angle = 2 * np.pi * (1 - np.cos(np.radians(light.angular_radius_deg)))
        radiance = tuple(v / solid_angle for v in light.irradiance)
        return _lamp(direction * SUN_DISTANCE_M, np.zeros(3), (width, width), radiance, bsdfs, round_=True)
    return _lamp(np.asarray(light.position_m, float), np.asarray(light.target_m, float), light.size_m, light.radiance, bsdfs, light.round)


def _lamp(
    position: NDArray[np.float64],
    target: NDArray[np.float64],
    size_m: tuple[float, float],
    radiance: tuple[float, ...],
    bsdfs: Bsdfs,
    round_: bool,
) -> Any:
    """A flat mesh that shines towards `target`: a quad, or an ellipse of 32 triangles of the same extent."""
    forward = (target - position) / np.linalg.norm(target - position)
    right = np.cross(forward, _up(tuple(position), tuple(target)))
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    if round_:
        t = np.linspace(0, 2 * np.pi, 33)[:-1]
        flat = np.concatenate([[[0.0, 0.0]], np.stack([np.cos(t), np.sin(t)], 1)])
        k = np.arange(1, 33)
        faces = np.stack([np.zeros(32, int), np.roll(k, -1), k], 1)
    else:
        flat = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
        faces = np.array([[0, 2, 1], [0, 3, 2]])
    flat = flat * np.array(size_m) / 2
    vertices = (position + flat[:, :1] * right + flat[:, 1:] * up).astype(np.float32)
    normals = np.broadcast_to(forward, vertices.shape)
    arrays = Arrays(vertices, normals, flat, None, faces.astype(np.int32))
    return _object([Piece(arrays, _LAMP)], bsdfs.of(_LAMP), radiance)


"""Height of every environment map: its resolution is compiled in."""


def _environment(environment: Environment | None) -> dict[str, Any]:
    mi = load_mitsuba()
    image = np.full((4, 8, 3), 1e-7, np.float32) if environment is None else environment.map
    if len(image) != ENVIRONMENT_PX:
        factor = ENVIRONMENT_PX / len(image)
        image = np.maximum(np.asarray(zoom(image, (factor, factor, 1), order=1, mode="nearest", grid_mode=True)), 0)
    # Mitsuba's map is y-up; `sky.directions` gives the frame
    frame = mi.ScalarTransform4f().rotate([1, 0, 0], 90)
    return {"type": "envmap", "bitmap": mi.Bitmap(np.ascontiguousarray(image, np.float32)), "to_world": frame}


def _rgb(value: tuple[float, ...]) -> dict[str, Any]:
    return {"type": "rgb", "value": [float(v) for v in value]}


def _up(position: tuple[float, ...], target: tuple[float, ...]) -> list[float]:
    d = np.subtract(target, position)
    return [0.0, 1.0, 0.0] if abs(d[2]) > 0.98 * np.linalg.norm(d) else [0.0, 0.0, 1.0]


__all__ = ["Arrays", "Piece", "build", "pieces_of"]
