"""Guide maps as bytes: the lossless form that shards keep, and the channels that a model sees.

Both training and painting go through `channels`, so a plan looks the same to the model in both.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pochade.core.errors import DataError

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

CHANNELS = (
    "depth", "normal_x", "normal_y", "normal_z", "albedo_r", "albedo_g", "albedo_b", "roughness", "metalness", "transmission",
    "emission", "edges", "light_r", "light_g", "light_b",
)  # fmt: skip
MIRROR_CHANNELS = ("specular_r", "specular_g", "specular_b", "draft_r", "draft_g", "draft_b")
"""Follow where a guide was made with mirrors."""
MAPS = ("depth", "normal", "albedo", "surface", "emission", "thing", "light")
"""Names of the stored maps; `surface` holds roughness, metalness and transmission."""

SKY = -3
FIRST_THING = -SKY
"""Stored id of thing 0; 0 is the sky, 1 the backdrop, 2 the ground."""

_DEPTH_LEVELS = 65534
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_EMISSION_GAIN, _EMISSION_STOPS = 64.0, 16.0
LIGHT_RANGE = 6.0


class GuideMaps(Protocol):
    """What `pochade.world.render.guide` returns; see there for units."""

    @property
    def depth_m(self) -> Floats: ...
    @property
    def normal(self) -> Floats: ...
    @property
    def albedo(self) -> Floats: ...
    @property
    def roughness(self) -> Floats: ...
    @property
    def metalness(self) -> Floats: ...
    @property
    def transmission(self) -> Floats: ...
    @property
    def emission(self) -> Floats: ...
    @property
    def light(self) -> Floats: ...
    @property
    def specular(self) -> Floats | None: ...
    @property
    def exposure(self) -> float: ...
    @property
    def draft(self) -> Bytes | None: ...
    @property
    def thing(self) -> NDArray[np.int32]: ...


@dataclass(frozen=True, eq=False)
class StoredGuide:
    """Guide maps in the form that shards keep.

    Attributes:
        depth: (H, W) uint16; 0 sky, else 1 (far_m) to 65535 (near_m), linear in the logarithm of the depth.
        normal: (H, W, 3) uint8, 127.5 (n + 1), camera space.
        albedo: (H, W, 3) uint8, sRGB-encoded.
        surface: (H, W, 3) uint8: roughness, metalness, transmission, 0 to 255.
        emission: (H, W, 3) uint8, 255 log2(1 + 64 e) / 16 of each linear Rec. 709 component, at most 255.
        thing: (H, W) uint8, 0 sky, 1 backdrop, 2 ground, 3 + index of the thing.
        light: (H, W, 3) uint8, sRGB-encoded radiance as exposed, over LIGHT_RANGE.
        specular: (H, W, 3) uint8, as `light`, or None; draft: (H, W, 3) uint8, or None; shards do not keep them, see `packing`.
        near_m, far_m: nearest and farthest depth along the view axis; both 1 where there is only sky.
    """

    depth: NDArray[np.uint16]
    normal: Bytes
    albedo: Bytes
    surface: Bytes
    emission: Bytes
    thing: Bytes
    light: Bytes
    near_m: float
    far_m: float
    specular: Bytes | None = None
    draft: Bytes | None = None


def stored(maps: GuideMaps) -> StoredGuide:
    """Brings guide maps into the form that shards keep.

    Raises:
        DataError: for more than 253 things.
    """
    hit = maps.thing != SKY
    distances = maps.depth_m[hit]
    near, far = (float(distances.min()), float(distances.max())) if hit.any() else (1.0, 1.0)
    near = max(near, 1e-6)
    far = max(far, near)
    stretch = np.log(far / near) or 1.0
    closeness = np.log(far / np.clip(maps.depth_m, near, far)) / stretch
    ids = maps.thing + FIRST_THING
    if ids.max() > 255:
        raise DataError(f"Got a guide with {ids.max() - FIRST_THING + 1} things; up to 253 are accepted. Paint a simpler scene.")
    exposed = np.float32(maps.exposure / LIGHT_RANGE)
    return StoredGuide(
        depth=np.where(hit, 1 + np.round(closeness * _DEPTH_LEVELS), 0).astype(np.uint16),
        normal=_levels((maps.normal + 1) / 2),
        albedo=_levels(_srgb(maps.albedo)),
        surface=_levels(np.stack([maps.roughness, maps.metalness, maps.transmission], -1)),
        emission=_levels(_logarithmic(maps.emission)),
        thing=ids.astype(np.uint8),
        light=_levels(_srgb(maps.light * exposed)),
        specular=None if maps.specular is None else _levels(_srgb(maps.specular * exposed)),
        draft=maps.draft,
        near_m=near,
        far_m=far,
    )


def channels(maps: GuideMaps | StoredGuide) -> Bytes:
    """The (H, W, C) uint8 array that a model sees, channels in the order of `CHANNELS`; with mirrors `MIRROR_CHANNELS` follow."""
    kept = maps if isinstance(maps, StoredGuide) else stored(maps)
    sky = kept.depth == 0
    depth = np.where(sky, 0, 1 + np.round((np.maximum(kept.depth, 1) - 1) * np.float32(254 / _DEPTH_LEVELS))).astype(np.uint8)
    shine = np.zeros(sky.shape, np.uint8)
    if kept.emission.any():
        linear = (np.exp2(kept.emission.astype(np.float32) / 255 * _EMISSION_STOPS) - 1) / _EMISSION_GAIN
        shine = _levels(_logarithmic(linear @ _LUMINANCE))
    seen = [depth[..., None], kept.normal, kept.albedo, kept.surface, shine[..., None], edges(kept.thing)[..., None], kept.light]
    return np.concatenate([*seen, *(maps for maps in (kept.specular, kept.draft) if maps is not None)], axis=-1)


def edges(thing: Bytes) -> Bytes:
    """(H, W) uint8: 255 where a pixel belongs to another thing than its right or lower neighbour."""
    found = np.zeros(thing.shape, bool)
    found[:, :-1] |= thing[:, :-1] != thing[:, 1:]
    found[:-1] |= thing[:-1] != thing[1:]
    return np.where(found, np.uint8(255), np.uint8(0))


def reduced(array: Bytes, width_px: int, height_px: int) -> Bytes:
    """Means of (H, W, C) uint8 over the area of each new pixel: (height_px, width_px, C) uint8.

    Raises:
        DataError: if the new size is larger.
    """
    height, width = array.shape[:2]
    if (width, height) == (width_px, height_px):
        return array
    if width_px > width or height_px > height:
        raise DataError(f"Got maps of {width}x{height} to bring to {width_px}x{height_px}; only smaller sizes are accepted. Render larger.")
    if width % width_px == 0 and height % height_px == 0:
        fy, fx = height // height_px, width // width_px
        sums = array.reshape(height_px, fy, width_px, fx, -1).sum((1, 3), dtype=np.uint32)
        return ((sums * 2 + fy * fx) // (2 * fy * fx)).astype(np.uint8)
    layers = [Image.fromarray(array[..., k]).resize((width_px, height_px), Image.Resampling.BOX) for k in range(array.shape[2])]
    return np.stack([np.asarray(layer) for layer in layers], -1)


def encode(guide: StoredGuide) -> dict[str, bytes]:
    """Each map of `MAPS` as a lossless PNG."""
    return {name: _png(getattr(guide, name)) for name in MAPS}


def decode(files: Mapping[str, bytes], near_m: float, far_m: float) -> StoredGuide:
    """Inverse of `encode`.

    Raises:
        DataError: if a map is missing or damaged.
    """
    try:
        arrays = {name: np.asarray(Image.open(io.BytesIO(files[name]))) for name in MAPS}
    except (KeyError, OSError, SyntaxError) as error:
        raise DataError(f"The guide maps are not readable ({error}). Render this shard again.") from error
    arrays["depth"] = arrays["depth"].astype(np.uint16)  # Pillow may hand out 16 bits as int32
    return StoredGuide(**arrays, near_m=near_m, far_m=far_m)


def digest(files: Mapping[str, bytes]) -> str:
    """SHA-256 over the encoded maps in the order of `MAPS`."""
    return hashlib.sha256(b"".join(hashlib.sha256(files[name]).digest() for name in MAPS)).hexdigest()


def _png(array: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "PNG", compress_level=4)
    return buffer.getvalue()


def _levels(x: NDArray[np.floating]) -> Bytes:
    return (np.clip(x, 0, 1) * 255 + np.float32(0.5)).astype(np.uint8)


def _srgb(linear: Floats) -> NDArray[np.floating]:
    """Source: IEC 61966-2-1."""
    x = np.clip(linear, 0, 1)
    return np.where(x <= 0.0031308, 12.92 * x, 1.055 * x ** np.float32(1 / 2.4) - 0.055)


def _logarithmic(radiance: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.log2(1 + _EMISSION_GAIN * np.maximum(radiance, 0)) / np.float32(_EMISSION_STOPS)
