"""The named materials and colours of the vocabulary as data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pochade.world.materials import Material, Rgb, srgb
from pochade.world.vocabulary import DYED_SURFACES

COLOR_RGB: dict[str, Rgb] = {
    "red": srgb(196, 30, 34), "orange": srgb(232, 116, 24), "yellow": srgb(240, 196, 32), "green": srgb(44, 132, 62),
    "blue": srgb(28, 76, 172), "purple": srgb(104, 48, 138), "pink": srgb(236, 142, 168), "white": srgb(236, 235, 231),
    "black": srgb(26, 26, 27), "grey": srgb(132, 132, 132), "brown": srgb(104, 66, 42), "beige": srgb(214, 192, 160),
    "turquoise": srgb(48, 188, 184), "teal": srgb(14, 110, 114), "navy blue": srgb(24, 36, 84), "sky blue": srgb(126, 188, 228),
    "burgundy": srgb(110, 18, 40), "magenta": srgb(200, 28, 128), "lime green": srgb(140, 200, 40), "olive green": srgb(108, 110, 46),
    "lavender": srgb(178, 158, 214), "coral": srgb(240, 116, 94), "cream": srgb(242, 230, 200), "mustard yellow": srgb(206, 156, 40),
}  # fmt: skip
"""Linear reflectance of a painted or dyed body."""

GLASS_RGB: dict[str, Rgb] = {
    "red": (0.86, 0.085, 0.075), "orange": (0.93, 0.36, 0.05), "yellow": (0.95, 0.76, 0.12), "green": (0.16, 0.66, 0.26),
    "blue": (0.11, 0.30, 0.86), "purple": (0.42, 0.10, 0.62), "pink": (0.94, 0.44, 0.62), "white": (0.94, 0.94, 0.93),
    "black": (0.06, 0.06, 0.065), "grey": (0.42, 0.42, 0.43), "brown": (0.50, 0.20, 0.06), "beige": (0.86, 0.74, 0.56),
    "turquoise": (0.16, 0.78, 0.78), "teal": (0.04, 0.44, 0.46), "navy blue": (0.03, 0.06, 0.36), "sky blue": (0.42, 0.74, 0.94),
    "burgundy": (0.42, 0.02, 0.07), "magenta": (0.78, 0.06, 0.46), "lime green": (0.58, 0.86, 0.10), "olive green": (0.36, 0.40, 0.08),
    "lavender": (0.66, 0.56, 0.88), "coral": (0.94, 0.34, 0.26), "cream": (0.95, 0.88, 0.70), "mustard yellow": (0.80, 0.56, 0.10),
}  # fmt: skip
"""Transmittance of a wall of coloured glass."""

_NATURAL = {"coloured glass": "blue", "wax": "cream", "leather": "brown", "velvet": "burgundy", "linen": "cream"}

MATERIALS: dict[str, Material] = {
    "gold": Material("metal", (1, 1, 1), "aged metal", "Au", roughness=0.20),
    "silver": Material("metal", (1, 1, 1), "aged metal", "Ag", roughness=0.16),
    "copper": Material("metal", (1, 1, 1), "aged metal", "Cu", roughness=0.24),
    "brass": Material("metal", (1, 1, 1), "aged metal", "brass", roughness=0.26),
    "bronze": Material("metal", (0.86, 0.80, 0.74), "aged metal", "bronze", roughness=0.36),
    "chrome": Material("metal", (1, 1, 1), None, "Cr", roughness=0.05),
    "brushed steel": Material("metal", (1, 1, 1), "brushed", "iron", roughness=0.40),
    "aluminium": Material("metal", (0.98, 0.98, 0.99), "aged metal", "Al", roughness=0.44),
    "rusty iron": Material("opaque", (1, 1, 1), "rust", roughness=0.82, specular=0.35),
    "clear glass": Material("glass", (0.985, 0.992, 0.988), ior=1.52),
    "frosted glass": Material("frosted", (0.95, 0.96, 0.96), ior=1.5, roughness=0.42),
    "coloured glass": Material("glass", tuple(c**0.55 for c in GLASS_RGB["blue"]), ior=1.52),
    "cut glass": Material("glass", (0.99, 0.99, 0.99), "cut", ior=1.58),
    "porcelain": Material("opaque", srgb(238, 236, 230), roughness=0.12, specular=0.6, clearcoat=0.6, flatness=0.35),
    "glazed ceramic": Material("opaque", srgb(222, 214, 198), roughness=0.22, specular=0.6, clearcoat=1.0),
    "terracotta": Material("opaque", (1, 1, 1), "terracotta", roughness=0.85, specular=0.25),
    "clay": Material("opaque", srgb(150, 128, 108), "clay", roughness=0.9, specular=0.2),
    "matte plastic": Material("opaque", srgb(210, 210, 208), roughness=0.55, specular=0.45),
    "glossy plastic": Material("opaque", srgb(216, 216, 214), roughness=0.16, specular=0.5),
    "rubber": Material("opaque", srgb(44, 44, 46), roughness=0.75, specular=0.35, sheen=0.3),
    "oak": Material("opaque", (1, 1, 1), "oak", roughness=0.48, specular=0.4),
    "walnut": Material("opaque", (1, 1, 1), "walnut", roughness=0.40, specular=0.45),
    "pine": Material("opaque", (1, 1, 1), "pine", roughness=0.55, specular=0.35),
    "bamboo": Material("opaque", (1, 1, 1), "bamboo", roughness=0.38, specular=0.45),
    "white marble": Material("opaque", (1, 1, 1), "white marble", roughness=0.16, specular=0.55, flatness=0.3),
    "black marble": Material("opaque", (1, 1, 1), "black marble", roughness=0.12, specular=0.55),
    "granite": Material("opaque", (1, 1, 1), "granite", roughness=0.22, specular=0.5),
    "slate": Material("opaque", (1, 1, 1), "slate", roughness=0.62, specular=0.4),
    "concrete": Material("opaque", (1, 1, 1), "concrete", roughness=0.85, specular=0.3),
    "sandstone": Material("opaque", (1, 1, 1), "sandstone", roughness=0.92, specular=0.2),
    "jade": Material("opaque", (1, 1, 1), "jade", roughness=0.18, specular=0.6, flatness=0.9),
    "wax": Material("opaque", srgb(236, 224, 190), roughness=0.42, specular=0.4, flatness=1.0),
    "paper": Material("opaque", srgb(238, 236, 228), "paper", roughness=0.85, specular=0.2),
    "cardboard": Material("opaque", (1, 1, 1), "cardboard", roughness=0.9, specular=0.2),
    "leather": Material("opaque", srgb(120, 70, 40), "leather", roughness=0.45, specular=0.45),
    "velvet": Material("opaque", COLOR_RGB["burgundy"], "velvet", roughness=0.95, specular=0.05, sheen=1.0),
    "linen": Material("opaque", srgb(214, 204, 184), "linen", roughness=0.95, specular=0.1, sheen=0.4),
    "ice": Material("frosted", (0.93, 0.97, 0.985), "ice", ior=1.31, roughness=0.12),
}  # fmt: skip

SURFACES: dict[str, Material] = {
    "marble table": MATERIALS["white marble"],
    "black marble table": MATERIALS["black marble"],
    "oak table": Material("opaque", (1, 1, 1), "oak planks", roughness=0.42, specular=0.42),
    "walnut table": MATERIALS["walnut"],
    "pine table": MATERIALS["pine"],
    "concrete floor": MATERIALS["concrete"],
    "slate slab": MATERIALS["slate"],
    "granite counter": MATERIALS["granite"],
    "linen tablecloth": MATERIALS["linen"],
    "velvet cloth": MATERIALS["velvet"],
    "leather desk": MATERIALS["leather"],
    "glass table": Material("opaque", srgb(20, 34, 32), None, roughness=0.03, specular=0.75, clearcoat=1.0),
    "brushed steel counter": MATERIALS["brushed steel"],
    "white studio floor": Material("opaque", srgb(226, 226, 225), None, roughness=0.6, specular=0.3),
    "black studio floor": Material("opaque", srgb(22, 22, 23), None, roughness=0.18, specular=0.5),
    "tiled floor": Material("opaque", (1, 1, 1), "tiles", roughness=0.16, specular=0.55),
    "sand": Material("opaque", (1, 1, 1), "sand", roughness=0.95, specular=0.15),
    "grass": Material("opaque", (1, 1, 1), "grass ground", roughness=0.95, specular=0.1),
    "snow": Material("opaque", (1, 1, 1), "snow", roughness=0.85, specular=0.2, flatness=0.7),
    "wet asphalt": Material("opaque", (1, 1, 1), "asphalt", roughness=0.55, specular=0.5),
    "cobblestones": Material("opaque", (1, 1, 1), "cobbles", roughness=0.55, specular=0.5),
    "mirror": Material("metal", (0.96, 0.97, 0.97), None, "Ag", roughness=0.02),
    "terracotta tiles": Material("opaque", (1, 1, 1), "terracotta tiles", roughness=0.7, specular=0.35),
    "wooden floor": Material("opaque", (1, 1, 1), "wooden floor", roughness=0.35, specular=0.45),
}  # fmt: skip


def surface_material(name: str, color: str | None = None) -> Material:
    """The material of a surface, in a canonical colour if it is one of `vocabulary.DYED_SURFACES`.

    Raises:
        KeyError: for a name outside the vocabulary.
    """
    if color is None or name not in DYED_SURFACES:
        return SURFACES[name]
    if name == "oak table":
        return Material("opaque", COLOR_RGB[color], None, roughness=0.38, specular=0.5)
    return SURFACES[name].dyed(COLOR_RGB[color])


WALL = Material("opaque", srgb(206, 200, 190), "plaster", roughness=0.9, specular=0.2)


def material(name: str, color: str | None = None) -> Material:
    """The material of a canonical name, dyed in a canonical colour.

    Dyeing something with a colour of its own (a blue gold) tints it: wood is stained, stone and metal are lacquered.

    Raises:
        KeyError: for a name outside the vocabulary.
    """
    base = MATERIALS[name]
    if color is None:
        return base
    if base.model in ("glass", "frosted"):
        return base.dyed(tuple(c**0.55 for c in GLASS_RGB[color]))  # a vessel has two walls: light crosses four surfaces
    rgb = COLOR_RGB[color]
    if base.model == "metal":
        red, green, blue = (0.12 + 0.88 * c for c in rgb)
        return base.dyed((red, green, blue))  # anodised
    if name in ("rubber", "leather", "velvet", "linen", "paper", "clay", "wax", "porcelain", "glazed ceramic") or base.texture is None:
        return base.dyed(rgb)
    strongest = max(rgb)
    return replace(base, color=tuple(0.15 + 1.1 * c / max(strongest, 0.2) * min(1.0, strongest * 2) for c in rgb))


def default_color(name: str) -> str | None:
    """The colour that a tintable material has when none is stated, where it is one of the vocabulary's."""
    return _NATURAL.get(name)


def nearest_color(rgb: Rgb) -> str:
    """Name of the nearest colour of the vocabulary, by distance in a perceptual cube root space."""
    names = list(COLOR_RGB)
    table = np.cbrt(np.array([COLOR_RGB[n] for n in names]))
    return names[int(((table - np.cbrt(np.asarray(rgb))) ** 2).sum(1).argmin())]
