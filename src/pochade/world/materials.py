"""Materials and colours as plain data, independent of any renderer.

Reflectances and transmittances are linear Rec. 709, 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

Rgb = tuple[float, float, float]


@dataclass(frozen=True)
class Material:
    """A surface.

    Attributes:
        model: "opaque" (dielectric base with a specular layer), "metal" (measured conductor), "glass" (smooth,
            refracts), "frosted" (rough glass), "thin" (a sheet that lets light through: petal, leaf, paper, wax).
        color: base reflectance; for glass the transmittance per crossing; for metal a tint, usually white.
            Multiplied into the texture where there is one; replaced by the mesh's own vertex colours where it has them.
        texture: name in `textures.TEXTURES`, or None.
        conductor: measured metal for "metal": "Au", "Ag", "Cu", "Al", "Cr", "brass", "bronze", "iron".
        roughness: GGX roughness, 0 to 1 (alpha is its square).
        specular: 0 to 1, 0.5 is an index of refraction of 1.5.
        clearcoat: 0 to 1, a second, sharp gloss.
        sheen: 0 to 1, the soft edge glow of cloth.
        flatness: 0 to 1, flattens shading like light that scatters under the surface (wax, fruit, jade).
        translucency: 0 to 1, for "thin": the part of the diffuse light that passes through.
        ior: index of refraction of glass.
        bump: depth of the texture's relief as a factor on its own, 1 as it is, 0 flat.
        emission: radiance, in the units of `lights` (1 is a sunlit white wall's order of magnitude), or None.
    """

    model: Literal["opaque", "metal", "glass", "frosted", "thin"] = "opaque"
    color: Rgb = (0.8, 0.8, 0.8)
    texture: str | None = None
    conductor: str | None = None
    roughness: float = 0.5
    specular: float = 0.5
    clearcoat: float = 0.0
    sheen: float = 0.0
    flatness: float = 0.0
    translucency: float = 0.0
    ior: float = 1.5
    bump: float = 1.0
    emission: Rgb | None = None

    def dyed(self, color: Rgb) -> Material:
        return replace(self, color=color)


def srgb(r: int, g: int, b: int) -> Rgb:
    """Linear colour of 8-bit sRGB values. Source: IEC 61966-2-1."""
    c = np.array([r, g, b]) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    return tuple(float(round(v, 5)) for v in linear)  # type: ignore[return-value]
