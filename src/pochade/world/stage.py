"""A scene made concrete, still independent of any renderer: meshes, materials, lights, air, camera, exposure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pochade.world.asset import Part
from pochade.world.materials import Material, Rgb
from pochade.world.mesh import Floats, Mesh
from pochade.world.scene import Camera

if TYPE_CHECKING:
    from pochade.world.sky import Air

Point = tuple[float, float, float]

ENVIRONMENT_PX = 256
"""Height of an environment's map."""
CLEAR_PX, SMALL_PX = 64, 32
"""Heights of the maps that plans use."""
GROUND, BACKDROP = -1, -2
"""`Item.thing` of what is not a thing."""


@dataclass(frozen=True, eq=False)
class Item:
    """A mesh in its place.

    Attributes:
        to_world: (4, 4) float32.
        thing: index into `Scene.things`, GROUND or BACKDROP.
        uv_shift: added to texture coordinates, in metres, so that equal things do not show equal grain.
        roughness: (V,) per vertex, for painted meshes; None: the material's.
    """

    mesh: Mesh
    material: Material
    to_world: Floats
    thing: int = BACKDROP
    uv_shift: tuple[float, float] = (0.0, 0.0)
    roughness: Floats | None = None


@dataclass(frozen=True, eq=False)
class InstanceGroup:
    """Many copies of the same parts: `to_world` is (N, 4, 4) float32, `tint` (N, 3) factors on vertex colours or None."""

    parts: tuple[Part, ...]
    to_world: Floats
    thing: int = BACKDROP
    tint: Floats | None = None


@dataclass(frozen=True)
class AreaLight:
    """A flat lamp: rectangle of full `size_m` about `position_m`, shining towards `target_m`; round if `round`.

    `radiance` is linear Rec. 709. It is a real surface: seen by the camera and in reflections.
    """

    position_m: Point
    target_m: Point
    size_m: tuple[float, float]
    radiance: Rgb
    round: bool = False


@dataclass(frozen=True)
class SpotLight:
    """A point that shines in a cone of half angle `cutoff_deg`; `intensity` in radiance times square metres."""

    position_m: Point
    target_m: Point
    intensity: Rgb
    cutoff_deg: float = 25.0


@dataclass(frozen=True)
class SunLight:
    """A distant disc: unit `direction` towards it, `irradiance` on a surface that faces it, angular radius."""

    direction: Point
    irradiance: Rgb
    angular_radius_deg: float = 0.27


@dataclass(frozen=True, eq=False)
class Environment:
    """Light from all around.

    Attributes:
        drawn: makes the map, of the given height or of whatever height it has. Skies are costly, and plans need only small ones.
        background: evaluates what the camera sees directly, `(N, 3) directions -> (N, 3)` radiance, at full
            detail; None: the map itself.
    """

    drawn: Callable[[int], Floats]
    background: Callable[[Floats], Floats] | None = None

    @cached_property
    def map(self) -> Floats:
        """(H, 2H, 3) float32 radiance, rows zenith to nadir; convention of `sky.directions`."""
        return self.drawn(ENVIRONMENT_PX)

    @cached_property
    def clear(self) -> Floats:
        """The same from fewer directions, enough for what a glossy thing shows of it."""
        return self.drawn(CLEAR_PX)

    @cached_property
    def small(self) -> Floats:
        """The same from fewer directions still, enough for what a matte surface receives."""
        found = self.clear
        while len(found) >= 2 * SMALL_PX:
            found = (found[::2, ::2] + found[1::2, ::2] + found[::2, 1::2] + found[1::2, 1::2]) / 4
        return found


@dataclass(frozen=True, eq=False)
class Fog:
    """Homogeneous scattering medium around everything; `extinction_per_m` grey, `albedo` of scattering."""

    extinction_per_m: float
    albedo: Rgb = (0.95, 0.95, 0.96)


@dataclass(frozen=True)
class Exposure:
    """How the picture is metered and developed.

    Attributes:
        key: scene-linear value that the metered grey is brought to, 0.18 for a normal picture.
        contrast: slope of the tone curve at grey, 1 normal.
        saturation: factor on colourfulness, 0 is black and white.
        warmth: -1 (cool) to 1 (warm), a white balance shift.
        highlight_percentile: share of pixels that may lie above the shoulder.
        most: factor on radiance from which on the meter is followed less and less: what is dark is to look dark.
    """

    key: float = 0.18
    contrast: float = 1.0
    saturation: float = 1.0
    warmth: float = 0.0
    highlight_percentile: float = 99.0
    most: float = float("inf")


@dataclass(frozen=True, eq=False)
class Stage:
    """Everything a renderer needs."""

    items: tuple[Item, ...]
    camera: Camera
    environment: Environment | None = None
    lights: tuple[AreaLight | SpotLight | SunLight, ...] = ()
    instances: tuple[InstanceGroup, ...] = ()
    air: Air | None = None
    fog: Fog | None = None
    exposure: Exposure = field(default_factory=Exposure)


def transform(position_m: Point, rotation_deg: Point = (0, 0, 0), scale: float = 1.0) -> Floats:
    """(4, 4): scale, then roll about y, pitch about x, yaw about z, then move."""
    yaw, pitch, roll = np.radians(rotation_deg)
    cz, sz, cx, sx, cy, sy = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    rz = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    rx = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    ry = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    m = np.eye(4, dtype=np.float32)
    m[:3, :3] = rz @ rx @ ry * scale
    m[:3, 3] = position_m
    return m
