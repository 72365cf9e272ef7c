"""Materials as Mitsuba BSDFs.

Dr.Jit compiles one kernel per set of code paths, so there are few kinds of BSDF and every kind always has the same
structure (textures included, even if they are one texel): scenes that differ only in values share a kernel.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from scipy.ndimage import zoom

from pochade.world.materials import Material
from pochade.world.render.backend import load_mitsuba
from pochade.world.render.gloss import BRUSHED
from pochade.world.textures import TEXTURES, tile
from pochade.world.vectors import f32

REFLECTANCE: dict[str, tuple[float, float, float]] = {
    "Au": (0.98, 0.72, 0.28), "Ag": (0.962, 0.949, 0.922), "Cu": (0.955, 0.60, 0.45), "Al": (0.912, 0.914, 0.920),
    "Cr": (0.56, 0.565, 0.57), "iron": (0.60, 0.595, 0.585), "brass": (0.90, 0.74, 0.36), "bronze": (0.76, 0.50, 0.27),
}  # fmt: skip
"""Reflectance of clean metal at normal incidence, linear Rec. 709. Source: refractiveindex data of Johnson & Christy 1972
and Rakic 1998 integrated over the primaries; the alloys after handbook values."""


def conductor(name: str) -> tuple[list[float], list[float]]:
    """Index of refraction (n, k) per channel that gives the metal's reflectance, with a small n as noble metals have.

    Source: F0 = ((n - 1)^2 + k^2) / ((n + 1)^2 + k^2), solved for k.
    """
    f = np.array(REFLECTANCE[name])
    n = np.clip(1.9 - 1.8 * f, 0.15, 1.6)
    k = np.sqrt(np.maximum((f * (n + 1) ** 2 - (n - 1) ** 2) / (1 - f), 0))
    return n.tolist(), k.tolist()


HIDDEN = (
    Material("opaque", (0.5, 0.5, 0.5)),
    Material("metal", (1, 1, 1), None, "Au", roughness=0.2),
    Material("glass", (1, 1, 1), ior=1.52),
    Material("glass", (1, 1, 1), "cut", ior=1.58),
    Material("frosted", (1, 1, 1), "ice", ior=1.5),
    Material("thin", (0.5, 0.5, 0.5), translucency=0.5),
)
"""One of each kind that has a BSDF of its own; every scene holds a hidden instance so that all scenes have the same kinds."""

PAINTED, PAINTED_THIN = "painted", "painted thin"
"""The two kinds that serve every mesh with vertex colours: one object each per scene, all values read from the mesh."""

PAINTED_SPECULAR = 0.45

VERTEX_ATTRIBUTES = {"vertex_color": 3, "vertex_roughness": 1, "vertex_clearcoat": 1, "vertex_flatness": 1}


def painted_bsdf(kind: str) -> Any:
    """The BSDF shared by the painted meshes of one scene.

    A mesh attribute is a call from the BSDF to its shape, which Dr.Jit does not merge across BSDFs: with one object
    per material the kernel would grow with every material. So there is one, and its values are vertex attributes too.
    """
    mi = load_mitsuba()
    color, rough, coat, flat = ({"type": "mesh_attribute", "name": name} for name in VERTEX_ATTRIBUTES)
    if kind == PAINTED_THIN:
        return opaque(mi.load_dict({
            "type": "principledthin", "base_color": color, "roughness": rough, "spec_trans": 0.0, "eta": 1.45, "diff_trans": coat,
            "flatness": 1e-3, "spec_tint": 0.0, "anisotropic": 0.0, "sheen": 1e-3, "sheen_tint": 0.5,
        }))  # fmt: skip
    return opaque(mi.load_dict({
        "type": "principled", "base_color": color, "roughness": rough, "specular": PAINTED_SPECULAR, "clearcoat": coat,
        "clearcoat_gloss": 0.93, "flatness": flat,
    }))  # fmt: skip


RELIEF_PX = 1024


def _texture(name: str | None, what: str, tint: tuple[float, float, float], scale: float) -> Any:
    """A bitmap texture object; one texel where there is no tile. `tint` and `scale` are multiplied in."""
    if name in TEXTURES:
        return _relief(name, scale) if what == "height" else _drawn(name, what, tint, scale)
    if what == "height":
        return _relief(None, 0.0)
    return _bitmap(np.broadcast_to(f32(tint if what == "color" else scale), (2, 2, 3 if what == "color" else 1)))


@lru_cache(maxsize=40)
def _relief(name: str | None, scale: float) -> Any:
    """The relief of a tile in metres; flat for None. A bump map's resolution is compiled in, so all have the same."""
    relief = np.zeros((1, 1), np.float32) if name is None else tile(name).height_m * np.float32(scale)
    if not relief.any():
        return _bitmap(np.zeros((RELIEF_PX, RELIEF_PX, 1), np.float32))
    return _bitmap(zoom(relief, RELIEF_PX / len(relief), order=1, mode="grid-wrap", grid_mode=True)[..., None])


@lru_cache(maxsize=64)
def _drawn(name: str, what: str, tint: tuple[float, float, float], scale: float) -> Any:
    """The colour or the roughness of a tile."""
    if what == "color":
        return _bitmap(np.clip(tile(name).color * f32(tint), 0.0, 0.97))
    return _bitmap(np.clip(tile(name).roughness * scale, 0.015, 1.0)[..., None])


def _bitmap(image: Any) -> Any:
    mi = load_mitsuba()
    # "variant" keeps single precision, which relief needs
    bitmap = mi.Bitmap(np.ascontiguousarray(image, np.float32))
    return opaque(
        mi.load_dict(
            {"type": "bitmap", "bitmap": bitmap, "raw": True, "filter_type": "bilinear", "wrap_mode": "repeat", "format": "variant"}
        )
    )


def bsdf(material: Material) -> Any:
    """The Mitsuba BSDF of a material, always a new object.

    Dr.Jit's tables of callables hold every BSDF that is alive, so a cache of them would make every scene's kernel
    differ from the last one's. Textures, which are costly, are shared.
    """
    mi = load_mitsuba()
    m = material
    rough = max(m.roughness, 0.015)
    base = _texture(m.texture, "color", m.color, 1.0)
    if m.model == "thin":
        return opaque(mi.load_dict({
            "type": "principledthin", "base_color": base, "roughness": rough, "spec_trans": 0.0, "eta": 1.45,
            "diff_trans": max(2.0 * m.translucency, 1e-3), "flatness": 1e-3, "spec_tint": 0.0, "anisotropic": 0.0,
            "sheen": 1e-3, "sheen_tint": 0.5,
        }))  # fmt: skip
    if m.model == "opaque":
        return opaque(mi.load_dict(_bumped({
            "type": "principled", "base_color": base, "roughness": _texture(m.texture, "roughness", (1, 1, 1), rough),
            "specular": max(m.specular, 1e-3), "clearcoat": max(m.clearcoat, 1e-3), "clearcoat_gloss": 0.93,
            "sheen": max(m.sheen, 1e-3), "sheen_tint": 0.7, "flatness": max(m.flatness, 1e-3),
        }, m)))  # fmt: skip
    if m.model == "metal":
        eta, k = conductor(m.conductor or "Cr")
        alpha = rough * rough
        # brushing along u: narrow across it, wide along the other way
        stretch = BRUSHED if m.texture == "brushed" else 1.0
        along, across = (alpha * stretch, alpha / stretch) if m.texture else (alpha, alpha)
        inner = {
            "type": "roughconductor", "distribution": "ggx",
            "eta": {"type": "rgb", "value": eta}, "k": {"type": "rgb", "value": k},
            "alpha_u": _texture(m.texture, "roughness", (1, 1, 1), max(along, 0.0015)),
            "alpha_v": _texture(m.texture, "roughness", (1, 1, 1), max(across, 0.0015)),
            "specular_reflectance": _texture(m.texture, "color", m.color, 1.0),
        }  # fmt: skip
        return opaque(mi.load_dict(_bumped(inner, m)))
    tint = {"type": "rgb", "value": list(m.color)}
    if m.model == "glass" and m.texture is None:
        return opaque(mi.load_dict({"type": "dielectric", "int_ior": m.ior, "specular_transmittance": tint}))
    if m.model == "glass":
        return opaque(mi.load_dict(_bumped({"type": "dielectric", "int_ior": m.ior, "specular_transmittance": tint}, m)))
    alpha = max(rough * rough, 0.01)
    return opaque(
        mi.load_dict(
            _bumped({"type": "roughdielectric", "distribution": "ggx", "int_ior": m.ior, "alpha": alpha, "specular_transmittance": tint}, m)
        )
    )


def _bumped(inner: dict[str, Any], m: Material) -> dict[str, Any]:
    return {"type": "bumpmap", "bump": _texture(m.texture, "height", (1, 1, 1), m.bump), "scale": 1.0, "nested": inner}


def opaque(thing: Any) -> Any:
    """Keeps parameters out of the compiled code, so that other values run the same kernel. Returns `thing`."""
    mi = load_mitsuba()
    if not mi.variant().startswith(("llvm", "cuda")):
        return thing
    import drjit as dr

    parameters = mi.traverse(thing)
    for key in parameters.keys():  # noqa: SIM118, Mitsuba's parameters are no dict
        value = parameters[key]
        if dr.is_jit_v(value):
            dr.make_opaque(value)
    return thing
