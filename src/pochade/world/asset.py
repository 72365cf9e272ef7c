"""What an asset is: meshes with materials, and where other things can stand on it or lie in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from pochade.world.materials import Material
from pochade.world.mesh import Floats, Mesh


@dataclass(frozen=True)
class Part:
    """A mesh and what it is made of.

    Attributes:
        material: None for the body, which takes the material and colour that the scene states (or the
            asset's default); a `Material` for what always keeps its own (a stem, a wick, coffee in a cup).
        paintable: the part carries its own material or vertex colours, but takes a stated colour or material
            all the same: the skin of an apple, the icing of a donut.
    """

    mesh: Mesh
    material: Material | None = None
    paintable: bool = False


@dataclass(frozen=True)
class Cavity:
    """Room inside a vessel: an upright cylinder of `radius_m` from `floor_m` to `rim_m` above the base."""

    radius_m: float
    floor_m: float
    rim_m: float


@dataclass(frozen=True)
class Platform:
    """A level place on top that carries another thing."""

    radius_m: float
    height_m: float


@dataclass(frozen=True)
class Asset:
    """One shape. The origin is the centre of the base; nothing reaches below z = 0."""

    parts: tuple[Part, ...]
    cavity: Cavity | None = None
    platform: Platform | None = None

    @cached_property
    def bounds(self) -> tuple[Floats, Floats]:
        lows, highs = zip(*(part.mesh.bounds for part in self.parts), strict=True)
        return np.min(lows, 0), np.max(highs, 0)

    @property
    def height_m(self) -> float:
        return float(self.bounds[1][2])

    @property
    def radius_m(self) -> float:
        """Radius of the circle about the origin that holds the footprint."""
        return float(max(np.linalg.norm(part.mesh.vertices[:, :2], axis=1).max() for part in self.parts))


@dataclass(frozen=True)
class AssetType:
    """How a noun is made.

    Attributes:
        rand: draws a shape: `rand(rng)`.
        materials: plausible materials for the body, most usual first; empty when the parts bring their own.
        colors: colours it plausibly has; for an asset that brings its own colours, those it can take
            without looking strange. A prompt may ask for any other.
        varieties: colour -> `rand` for colours that change more than the paint (a green pear, a yellow apple).
        size_m: lowest and highest plausible largest extent, checked by a test.
        lies: True if it may also lie on its side.
    """

    noun: str
    family: Literal["products", "food"]
    rand: Callable[[np.random.Generator], Asset]
    size_m: tuple[float, float]
    materials: tuple[str, ...] = ()
    colors: tuple[str, ...] = ()
    varieties: dict[str, Callable[[np.random.Generator], Asset]] | None = None
    lies: bool = False
