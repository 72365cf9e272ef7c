"""Materials as Mitsuba BSDFs.

Dr.Jit compiles one kernel per set of code paths, so there are few kinds of BSDF and every kind always has the same
structure (textures included, even if they are one texel): scenes that differ only in values share a kernel.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from pochade.world.materials import Material
from pochade.world.render.backend import load_mitsuba
from pochade.world.textures import tile

CONDUCTORS: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "Au": ((0.143, 0.375, 1.442), (3.983, 2.386, 1.603)),
    "Ag": ((0.155, 0.117, 0.138), (4.828, 3.122, 2.147)),
    "Cu": ((0.200, 0.924, 1.102), (3.912, 2.452, 2.142)),
    "Al": ((1.657, 0.880, 0.521), (9.224, 6.270, 4.837)),
    "Cr": ((3.180, 3.182, 2.220), (3.313, 3.329, 3.040)),
    "iron": ((2.912, 2.950, 2.585), (3.089, 2.932, 2.767)),
    "brass": ((0.444, 0.527, 1.094), (3.695, 2.765, 1.829)),
    "bronze": ((0.461, 0.703, 1.220), (3.100, 2.420, 1.980)),
}
"""Index of refraction (n, k) at about 630, 532 and 465 nm.
Source: Johnson & Christy 1972 (Au, Ag, Cu), Rakic 1998 (Al, Cr), handbook values for iron and the alloys."""

HIDDEN = (
    Material("opaque", (0.5, 0.5, 0.5)),
    Material("metal", (1, 1, 1), None, "Au", roughness=0.2),
    Material("glass", (1, 1, 1)),
    Material("glass", (1, 1, 1), "cut"),
    Material("frosted", (1, 1, 1), "ice"),
    Material("thin", (0.5, 0.5, 0.5), translucency=0.5),
)
"""One of each kind that has a BSDF of its own; every scene holds a hidden instance so that all scenes have the same kinds."""

PAINTED, PAINTED_THIN = "painted", "painted thin"
"""The two kinds that serve every mesh with vertex colours: one object each per scene, all values read from the mesh."""

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
        "type": "principled", "base_color": color, "roughness": rough, "specular": 0.45, "clearcoat": coat, "clearcoat_gloss": 0.93, "flatness": flat,
    }))  # fmt: skip


@lru_cache(maxsize=256)
def _texture(name: str | None, what: str, tint: tuple[float, float, float], scale: float) -> Any:
    """A bitmap texture object; one texel where there is no tile. `tint` and `scale` are multiplied in."""
    mi = load_mitsuba()
    if name is None:
        image = np.broadcast_to(np.float32(tint if what == "color" else (0.0 if what == "height" else scale)), (2, 2, 3 if what == "color" else 1))
    else:
        source = tile(name)
        if what == "color":
            image = np.clip(source.color * np.float32(tint), 0.0, 0.97)
        elif what == "roughness":
            image = np.clip(source.roughness * scale, 0.015, 1.0)[..., None]
        else:
            image = (source.height_m * scale)[..., None]
    # "variant" keeps single precision, which relief needs
    bitmap = mi.Bitmap(np.ascontiguousarray(image, np.float32))
    return opaque(mi.load_dict({"type": "bitmap", "bitmap": bitmap, "raw": True, "filter_type": "bilinear", "wrap_mode": "repeat", "format": "variant"}))


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
            "diff_trans": max(2.0 * m.translucency, 1e-3), "flatness": 1e-3, "spec_tint": 0.0, "anisotropic": 0.0, "sheen": 1e-3, "sheen_tint": 0.5,
        }))  # fmt: skip
    if m.model == "opaque":
        return opaque(mi.load_dict(_bumped({
            "type": "principled", "base_color": base, "roughness": _texture(m.texture, "roughness", (1, 1, 1), rough),
            "specular": max(m.specular, 1e-3), "clearcoat": max(m.clearcoat, 1e-3), "clearcoat_gloss": 0.93,
            "sheen": max(m.sheen, 1e-3), "sheen_tint": 0.7, "flatness": max(m.flatness, 1e-3),
        }, m)))  # fmt: skip
    if m.model == "metal":
        eta, k = CONDUCTORS[m.conductor or "Cr"]
        alpha = rough * rough
        # brushing along u: narrow across it, wide along the other way
        stretch = 0.35 if m.texture == "brushed" else 1.0
        inner = {
            "type": "roughconductor", "distribution": "ggx",
            "eta": {"type": "rgb", "value": list(eta)}, "k": {"type": "rgb", "value": list(k)},
            "alpha_u": _texture(m.texture, "roughness", (1, 1, 1), max(alpha * stretch, 0.0015)) if m.texture else _texture(None, "roughness", (1, 1, 1), max(alpha, 0.0015)),
            "alpha_v": _texture(m.texture, "roughness", (1, 1, 1), max(alpha / stretch, 0.0015)) if m.texture else _texture(None, "roughness", (1, 1, 1), max(alpha, 0.0015)),
            "specular_reflectance": _texture(m.texture, "color", m.color, 1.0),
        }  # fmt: skip
        return opaque(mi.load_dict(_bumped(inner, m)))
    tint = {"type": "rgb", "value": list(m.color)}
    if m.model == "glass" and m.texture is None:
        return opaque(mi.load_dict({"type": "dielectric", "int_ior": m.ior, "specular_transmittance": tint}))
    if m.model == "glass":
        return opaque(mi.load_dict(_bumped({"type": "dielectric", "int_ior": m.ior, "specular_transmittance": tint}, m)))
    alpha = max(rough * rough, 0.01)
    return opaque(mi.load_dict(_bumped({"type": "roughdielectric", "distribution": "ggx", "int_ior": m.ior, "alpha": alpha, "specular_transmittance": tint}, m)))


def _bumped(inner: dict[str, Any], m: Material) -> dict[str, Any]:
    return {"type": "bumpmap", "bump": _texture(m.texture, "height", (1, 1, 1), m.bump), "scale": 1.0, "nested": inner}


def opaque(thing: Any) -> Any:
    """Keeps parameters out of the compiled code, so that other values run the same kernel. Returns `thing`."""
    mi = load_mitsuba()
    if not mi.variant().startswith(("llvm", "cuda")):
        return thing
    import drjit as dr

    parameters = mi.traverse(thing)
    for key in parameters.keys():
        value = parameters[key]
        if dr.is_jit_v(value):
            dr.make_opaque(value)
    return thing
