"""What a landscape is: terrain, water and what grows, as data that any renderer can take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from pochade.world.asset import Part
from pochade.world.materials import Material
from pochade.world.mesh import Floats, Mesh, join
from pochade.world.scene import Camera

"""Arrays of this package: float32 in what it hands out, either width in between."""

Ground: TypeAlias = Callable[..., Floats]
"""Height in metres over x and y in metres: `ground(x, y, spacing=None)`.

`spacing` is the distance between samples: detail finer than twice that is left out. None: all detail.
"""


@dataclass(frozen=True)
class Frame:
    """The picture that a landscape is made for.

    Attributes:
        aspect: width over height, so that the ground is fine as far as the frame reaches.
        fineness: factor on how finely the ground is divided, 1 for large pictures; small ones show no difference.
    """

    aspect: float = 1.0
    fineness: float = 1.0


SQUARE = Frame()


@dataclass(frozen=True, eq=False)
class InstanceGroup:
    """One prototype and the places where it stands.

    Attributes:
        name: what it is ("spruce", "boulder"); several groups may share a name.
        parts: the prototype, its origin at the foot, z up, metres.
        to_world: (N, 4, 4) float32, one matrix per instance: rotation and scale, then translation.
        tint: (N, 3) float32, factors on the prototype's vertex colours, or None.
    """

    name: str
    parts: tuple[Part, ...]
    to_world: Floats
    tint: Floats | None = None

    @property
    def num_triangles(self) -> int:
        """Triangles of the prototype."""
        return sum(len(part.mesh.faces) for part in self.parts)

    def baked(self) -> tuple[Part, ...]:
        """One part per part of the prototype that holds all its copies."""
        matrix, count = self.to_world, len(self.to_world)
        out = []
        for part in self.parts:
            mesh = part.mesh
            n = len(mesh.vertices)
            vertices = (mesh.vertices @ matrix[:, :3, :3].transpose(0, 2, 1) + matrix[:, None, :3, 3]).reshape(-1, 3).astype(np.float32)
            faces = (mesh.faces[None] + (np.arange(count, dtype=np.int32) * n)[:, None, None]).reshape(-1, 3)
            color = None
            if mesh.color is not None:
                color = np.broadcast_to(mesh.color, (count, n, 3))
                if self.tint is not None:
                    color = np.clip(color * self.tint[:, None], 0, 1)
                color = np.ascontiguousarray(color.reshape(-1, 3), np.float32)
            out.append(Part(Mesh(vertices, faces, np.zeros((len(vertices), 2), np.float32), color, mesh.crease_deg), part.material))
        return tuple(out)


@dataclass(frozen=True, eq=False)
class Water:
    """A body of water: a mesh with real waves near the camera; its material names the texture "water".

    Attributes:
        part: mesh with vertex colours: the light that comes back from the body (depth, bottom, foam).
        level_m: height of the surface at rest.
        roughness: (V,) float32, 0 to 1, Disney roughness (GGX alpha is its square): the waves that the mesh is
            too coarse to carry, and foam.
    """

    part: Part
    level_m: float
    roughness: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Landscape:
    """A piece of world around a camera that stands near x = y = 0 and looks roughly along +y.

    Attributes:
        parts: meshes; where a mesh has vertex colours they replace the material's colour.
        instances: what is repeated: trees, rocks, grass.
        water: bodies of water.
        camera: placed for the composition.
        sun_azimuth_range_deg: where the sun models the relief; 0 is behind the camera, positive from the right.
        ground_m: height of the ground, or of the water above it.
        visibility_km: distance at which haze takes about all contrast, for aerial perspective.
    """

    parts: tuple[Part, ...]
    instances: tuple[InstanceGroup, ...]
    water: tuple[Water, ...]
    camera: Camera
    sun_azimuth_range_deg: tuple[float, float]
    ground_m: Ground
    visibility_km: float = 60.0

    @property
    def num_triangles(self) -> int:
        """Triangles with every instance counted."""
        meshes = [part.mesh for part in self.parts] + [body.part.mesh for body in self.water]
        return sum(len(mesh.faces) for mesh in meshes) + sum(len(group.to_world) * group.num_triangles for group in self.instances)

    def baked_instances(self) -> tuple[Part, ...]:
        """All instances as ordinary meshes, one per material: for renderers in which many instances are slow."""
        by_material: dict[Material | None, list[Mesh]] = {}
        for group in self.instances:
            for part in group.baked():
                by_material.setdefault(part.material, []).append(part.mesh)
        return tuple(Part(join(meshes), material) for material, meshes in by_material.items())
