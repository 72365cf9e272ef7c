"""Picture files: encoding with the recipe inside, and reading the recipe back."""

from __future__ import annotations

import base64
import json
import re
import zlib
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, PngImagePlugin, UnidentifiedImageError

from pochade import __version__
from pochade.core.errors import OutputError, RecipeError
from pochade.core.recipe import Recipe

if TYPE_CHECKING:
    from pochade.core.values import Picture

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
"""File ending, in lower case, to format."""

CHUNK = "pochade"
SHEET_CHUNK = "pochade-sheet"
_MAX_RECIPE_BYTES = 1 << 20
_USER_COMMENT, _EXIF_IFD, _SOFTWARE = 0x9286, 0x8769, 0x0131
_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:pochade="urn:pochade:1:" pochade:recipe="{}"/></rdf:RDF></x:xmpmeta>'
)


def encode(picture: Picture, recipe: Recipe, suffix: str = ".png", quality: int = 95) -> bytes:
    """The picture as a file with its recipe inside. The same picture and recipe give the same bytes.

    PNG holds it in the text chunks "pochade" (JSON) and "parameters" (the text that AUTOMATIC1111 reads),
    JPEG and WebP in XMP (`pochade:recipe`, deflated, base64) and in the EXIF user comment.

    Args:
        picture: (H, W, 3) uint8, sRGB.
        suffix: one of `FORMATS`.
        quality: of JPEG and WebP, 0 to 100.

    Raises:
        OutputError: if the recipe is too long for the format.
    """
    if FORMATS[suffix] == "PNG":
        return _png(picture, {CHUNK: recipe.to_json(), "parameters": recipe.parameters()})
    packed = base64.b64encode(zlib.compress(recipe.to_json().encode(), 9)).decode()
    exif = Image.Exif()
    exif[_SOFTWARE] = f"Pochade {__version__}"
    # a segment holds 64 KiB; a prompt that long is kept whole in the recipe
    exif.get_ifd(_EXIF_IFD)[_USER_COMMENT] = b"UNICODE\0" + recipe.parameters()[-15_000:].encode("utf-16-be")
    options: dict[str, Any] = {"exif": exif, "xmp": _XMP.format(packed).encode(), "quality": quality}
    if FORMATS[suffix] == "JPEG":
        options |= {"subsampling": 0, "optimize": True}
    file = BytesIO()
    try:
        Image.fromarray(picture).save(file, FORMATS[suffix], **options)
    except ValueError as error:
        raise OutputError(
            f"The recipe ({len(packed):,} characters) is too long for a {suffix} file ({error}). Write to a .png file instead."
        ) from error
    return file.getvalue()


def encode_sheet(sheet: Picture, file_names: list[str], suffix: str = ".png") -> bytes:
    """A contact sheet as a file; a PNG also tells which pictures it shows."""
    if FORMATS[suffix] == "PNG":
        return _png(sheet, {SHEET_CHUNK: json.dumps(file_names)})
    file = BytesIO()
    Image.fromarray(sheet).save(file, FORMATS[suffix], quality=92)
    return file.getvalue()


def _png(picture: Picture, texts: dict[str, str]) -> bytes:
    chunks = PngImagePlugin.PngInfo()
    chunks.add(b"sRGB", b"\0")
    chunks.add_itxt("Software", f"Pochade {__version__}")
    for key, text in texts.items():
        chunks.add_itxt(key, text, zip=key == CHUNK)
    file = BytesIO()
    Image.fromarray(picture).save(file, "PNG", pnginfo=chunks)
    return file.getvalue()


def read_recipe(path: Path) -> Recipe:
    """The recipe inside a picture file.

    Raises:
        RecipeError: if there is no such file, it is no picture, or it has no readable recipe.
    """
    accepted = "pictures that Pochade wrote (.png, .jpg, .webp) are accepted"
    try:
        with Image.open(path) as image:
            info = dict(image.info)
    except FileNotFoundError as error:
        raise RecipeError(f"Got {str(path)!r}, which does not exist; {accepted}. Check the name.") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise RecipeError(f"Got {str(path)!r}, which is no readable picture; {accepted}. Choose one of those.") from error
    if SHEET_CHUNK in info:
        raise RecipeError(
            f"Got {str(path)!r}, which is a contact sheet; single pictures are accepted. Choose one of: {_sheet_names(info)}."
        )
    text = str(info[CHUNK]) if CHUNK in info else _from_xmp(info.get("xmp", b""))
    if not text:
        raise RecipeError(
            f"Got {str(path)!r}, which has no recipe inside; {accepted}, unless another program rewrote them. "
            "Choose an untouched one, or paint from a prompt."
        )
    try:
        return Recipe.from_json(text)
    except RecipeError as error:
        raise RecipeError(f"Got {str(path)!r}. {error}") from error


def _sheet_names(info: dict[Any, Any]) -> str:
    try:
        return ", ".join(str(name) for name in json.loads(info[SHEET_CHUNK]))
    except (ValueError, TypeError):
        return "the pictures on it"


def _from_xmp(packet: bytes | str) -> str:
    found = re.search(r'pochade:recipe="([A-Za-z0-9+/=]*)"', packet if isinstance(packet, str) else packet.decode("utf-8", "replace"))
    if found is None:
        return ""
    try:
        return zlib.decompressobj().decompress(base64.b64decode(found[1]), _MAX_RECIPE_BYTES).decode()
    except (ValueError, zlib.error) as error:
        raise RecipeError(f"The recipe is damaged ({error}).") from error
