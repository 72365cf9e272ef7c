"""Pictures as files to take along: one picture in its format, or many in a zip archive or as layers of an OpenRaster file."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from pochade.core.errors import InvalidRequestError
from pochade.core.recipe import Recipe
from pochade.store import Picture
from pochade.studio.pictures import converted, encode_preview

if TYPE_CHECKING:
    from pochade.core.values import Picture as Pixels

SINGLE_FORMATS = ("png", "jpeg", "webp", "ora")
FORMATS = ("zip", "png", "jpeg", "webp", "ora")
"""Where more than one picture is asked for, "png", "jpeg" and "webp" come in a zip archive as well."""
MEDIA_TYPES = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp", "zip": "application/zip", "ora": "image/openraster"}
MAX_LAYERS_PIXELS = 80_000_000
MAX_THUMBNAIL_PX = 256
_SUFFIXES = {"image/png": "png", "image/jpeg": "jpeg", "image/webp": "webp"}
_THEN = (1980, 1, 1, 0, 0, 0)
"""Time of every entry, so that the same pictures give the same archive."""


@dataclass(frozen=True)
class Export:
    """A file to download."""

    name: str
    media_type: str
    data: bytes


def export(pictures: Sequence[tuple[Picture, bytes]], wanted: str, notice: str = "") -> Export:
    """The pictures in the wanted format.

    Args:
        pictures: each with its file as it is kept, which is what is given out wherever the format allows.
        wanted: one of `FORMATS`.
        notice: what has to be said of the pictures; it goes into archives, as `NOTICE.txt`.

    Raises:
        InvalidRequestError: if there are none, or too many for layers.
    """
    if not pictures:
        raise InvalidRequestError("Got no pictures to export; one or more are accepted. Choose some.", "ids")
    name = _stem(pictures[0][0]) if len(pictures) == 1 else f"pochade-{len(pictures)}-pictures"
    if wanted == "ora":
        return Export(f"{name}.ora", MEDIA_TYPES["ora"], _layers(pictures))
    if wanted != "zip" and len(pictures) == 1:
        return Export(f"{name}.{_suffix(wanted)}", MEDIA_TYPES[wanted], _in_format(*pictures[0], wanted))
    return Export(f"{name}.zip", MEDIA_TYPES["zip"], _archive(pictures, wanted, notice))


def _in_format(picture: Picture, kept: bytes, wanted: str) -> bytes:
    if _SUFFIXES.get(picture.media_type) == wanted:
        return kept
    return converted(kept, None if picture.recipe is None else Recipe.from_json(picture.recipe), f".{wanted}")


def _archive(pictures: Sequence[tuple[Picture, bytes]], wanted: str, notice: str) -> bytes:
    """Every picture, and its recipe beside it as JSON."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for picture, kept in pictures:
            kind = _SUFFIXES.get(picture.media_type, "png") if wanted == "zip" else wanted
            _put(archive, f"{_stem(picture)}.{_suffix(kind)}", _in_format(picture, kept, kind))
            if picture.recipe is not None:
                pretty = json.dumps(json.loads(picture.recipe), indent=2)
                _put(archive, f"{_stem(picture)}.json", pretty.encode(), zipfile.ZIP_DEFLATED)
        if notice:
            _put(archive, "NOTICE.txt", f"{notice}\n".encode())
    return file.getvalue()


def _layers(pictures: Sequence[tuple[Picture, bytes]]) -> bytes:
    """One layer per picture, the first on top and the only one shown.

    Source: OpenRaster 0.0.6: `mimetype` first and stored, `stack.xml`, `data/`, `mergedimage.png`, `Thumbnails/thumbnail.png`.
    """
    import numpy as np
    from PIL import Image

    area = sum(picture.width_px * picture.height_px for picture, _ in pictures)
    if area > MAX_LAYERS_PIXELS:
        raise InvalidRequestError(
            f"Got {len(pictures)} pictures of {area / 1e6:.0f} megapixels as layers; up to {MAX_LAYERS_PIXELS / 1e6:.0f} in all are "
            "accepted. Choose fewer, or a zip archive.",
            "format",
        )
    width, height = (max(getattr(picture, side) for picture, _ in pictures) for side in ("width_px", "height_px"))
    stack = [f'<image version="0.0.6" w="{width}" h="{height}"><stack>']
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        _put(archive, "mimetype", b"image/openraster")
        for index, (picture, kept) in enumerate(pictures):
            seen = "visible" if index == 0 else "hidden"
            label = quoteattr(f"{picture.model_id} seed {picture.seed}")
            stack.append(f'<layer name={label} src="data/layer{index}.png" x="0" y="0" opacity="1.0" visibility="{seen}"/>')
            _put(archive, f"data/layer{index}.png", _in_format(picture, kept, "png"))
        stack.append("</stack></image>")
        _put(archive, "stack.xml", "".join(stack).encode(), zipfile.ZIP_DEFLATED)
        merged = _canvas(pictures[0][1], width, height)
        _put(archive, "mergedimage.png", encode_preview(merged, ".png"))
        small = Image.fromarray(merged)
        small.thumbnail((MAX_THUMBNAIL_PX, MAX_THUMBNAIL_PX), Image.Resampling.LANCZOS)
        _put(archive, "Thumbnails/thumbnail.png", encode_preview(np.asarray(small), ".png"))
    return file.getvalue()


def _canvas(kept: bytes, width: int, height: int) -> Pixels:
    """What is seen of the layers, (H, W, 4) uint8: the first, in the upper left corner; nothing where it leaves room."""
    import numpy as np
    from PIL import Image

    canvas = np.zeros((height, width, 4), np.uint8)
    with Image.open(BytesIO(kept)) as image:
        pixels = np.asarray(image.convert("RGBA"))
    canvas[: pixels.shape[0], : pixels.shape[1]] = pixels
    return canvas


def _put(archive: zipfile.ZipFile, name: str, data: bytes, how: int = zipfile.ZIP_STORED) -> None:
    archive.writestr(zipfile.ZipInfo(name, _THEN), data, compress_type=how)


def _stem(picture: Picture) -> str:
    words = "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in picture.prompt.lower()).split()[:6])[:48]
    return "-".join(part for part in (words, str(picture.seed) if picture.seed is not None else "", picture.id[-8:]) if part)


def _suffix(kind: str) -> str:
    return "jpg" if kind == "jpeg" else kind
