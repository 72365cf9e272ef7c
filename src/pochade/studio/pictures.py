"""Picture files: the one module that turns finished pictures into files, each with its recipe and signed, and reads recipes back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, PngImagePlugin, UnidentifiedImageError

from pochade import __version__
from pochade.core.errors import OutputError, PochadeError, RecipeError
from pochade.core.recipe import Recipe
from pochade.studio import png
from pochade.trust import marking as trust_marking
from pochade.trust.manifests import Claim, Made
from pochade.trust.marking import EVERYTHING, Marking
from pochade.trust.metadata import CHUNK, SHEET_CHUNK, XMP_CHUNK, recipe_text_in, source_type_in, xmp_packet

if TYPE_CHECKING:
    from pochade.core.values import Picture, SourceType

FORMATS = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".webp": "WEBP"}
"""File ending, in lower case, to format."""

SHEET_SOURCE_TYPE = "compositeSynthetic"
"""IPTC: several elements, at least one of which is synthetic."""
_USER_COMMENT, _EXIF_IFD, _SOFTWARE = 0x9286, 0x8769, 0x0131


def encode(
    picture: Picture,
    recipe: Recipe,
    suffix: str = ".png",
    quality: int = 95,
    *,
    source_type: SourceType | None = None,
    parents: Sequence[bytes] = (),
    marking: Marking = EVERYTHING,
) -> bytes:
    """The picture as a signed file with its recipe inside. The signature is new every time; all else depends on the arguments only.

    PNG holds the recipe in the text chunks "pochade" (JSON) and "parameters" (the text that AUTOMATIC1111 reads),
    JPEG and WebP in XMP (`pochade:recipe`, deflated, base64) and in the EXIF user comment. XMP states the digital source type.

    Args:
        picture: (H, W, 3) uint8, sRGB, watermarked already: see `trust.marking.watermarked`.
        suffix: one of `FORMATS`.
        quality: of JPEG and WebP, 0 to 100.
        source_type: of the picture; None: that of the recipe's model.
        parents: files that it was made from; their manifests are kept inside its own.
        marking: what is put on it.

    Raises:
        OutputError: if the recipe is too long for the format.
        SigningError: if it cannot be signed.
    """
    source = source_type or source_type_of(recipe)
    file = _file(picture, recipe, suffix, quality, source if marking.metadata else None)
    return _sealed(file, recipe, source, "edited" if parents else "created", parents, marking)


def converted(kept: bytes, recipe: Recipe | None, suffix: str, quality: int = 95, marking: Marking = EVERYTHING) -> bytes:
    """A kept picture in another format: its pixels with the watermark in them, its recipe, and a manifest that keeps its manifest.

    Args:
        kept: a file that `encode` made, or that somebody brought.
        recipe: its recipe; None for what was not painted here: the source type is then what the file itself says.

    Raises:
        OutputError, SigningError: as `encode` does.
    """
    import numpy as np

    with Image.open(BytesIO(kept)) as image:
        source = source_type_in(image.info) if recipe is None else source_type_of(recipe)
        picture = np.asarray(image.convert("RGB"))
    file = _file(picture, recipe, suffix, quality, source if marking.metadata else None)
    return _sealed(file, recipe, source, "transcoded", (kept,), marking)


def encode_sheet(sheet: Picture, file_names: list[str], suffix: str = ".png", marking: Marking = EVERYTHING) -> bytes:
    """A contact sheet as a signed file; a PNG also tells which pictures it shows.

    Raises:
        SigningError: if it cannot be signed.
    """
    xmp = xmp_packet(SHEET_SOURCE_TYPE)
    if FORMATS[suffix] == "PNG":
        data = _png(sheet, {SHEET_CHUNK: json.dumps(file_names)}, xmp)
    else:
        file = BytesIO()
        Image.fromarray(sheet).save(file, FORMATS[suffix], quality=92, xmp=xmp)
        data = file.getvalue()
    claim = Claim("contact sheet", SHEET_SOURCE_TYPE, training=marking.training)
    return trust_marking.seal(data, claim) if marking.manifest else data


def encode_preview(picture: Picture, suffix: str = ".jpg", quality: int = 80, source_type: SourceType = "trainedAlgorithmicMedia") -> bytes:
    """An unfinished or shrunk picture as a small file: neither recipe nor signature, but XMP that states the digital source type."""
    file = BytesIO()
    if FORMATS[suffix] == "PNG":
        return _png(picture, {}, xmp_packet(source_type))
    Image.fromarray(picture).save(file, FORMATS[suffix], quality=quality, xmp=xmp_packet(source_type))
    return file.getvalue()


def source_type_of(recipe: Recipe) -> SourceType:
    """The digital source type of a picture with this recipe: its model's, or an edit's if it was made from other pictures."""
    from pochade.providers import registry

    if recipe.parents:
        return "compositeWithTrainedAlgorithmicMedia"
    try:
        return registry.provider(recipe.model_id).capabilities.source_type
    except PochadeError:
        # the model has gone: the type that says most
        return "trainedAlgorithmicMedia"


def _sealed(file: bytes, recipe: Recipe | None, source: str | None, made: Made, parents: Sequence[bytes], marking: Marking) -> bytes:
    if not marking.manifest:
        return file
    if recipe is None:
        return trust_marking.seal(file, Claim("picture", source, made, training=None, parents=tuple(parents)))
    number = trust_marking.watermark_id(recipe) if trust_marking.WATERMARK in recipe.versions else None
    title = recipe.prompt if len(recipe.prompt) <= 120 else recipe.prompt[:119] + "…"
    claim = Claim(title, source, made, recipe.model_id, number, marking.training, tuple(parents))
    return trust_marking.seal(file, claim)


def _file(picture: Picture, recipe: Recipe | None, suffix: str, quality: int, source: str | None) -> bytes:
    if FORMATS[suffix] == "PNG":
        texts = {} if recipe is None else {CHUNK: recipe.to_json(), "parameters": recipe.parameters()}
        return _png(picture, texts, xmp_packet(source))
    xmp = xmp_packet(source, None if recipe is None else recipe.to_json())
    exif = Image.Exif()
    exif[_SOFTWARE] = f"Pochade {__version__}"
    if recipe is not None:
        # a segment holds 64 KiB; a prompt that long is kept whole in the recipe
        exif.get_ifd(_EXIF_IFD)[_USER_COMMENT] = b"UNICODE\0" + recipe.parameters()[-15_000:].encode("utf-16-be")
    options: dict[str, Any] = {"exif": exif, "xmp": xmp, "quality": quality}
    if FORMATS[suffix] == "JPEG":
        options |= {"subsampling": 0, "optimize": True}
    file = BytesIO()
    try:
        Image.fromarray(picture).save(file, FORMATS[suffix], **options)
    except ValueError as error:
        raise OutputError(
            f"The recipe ({len(xmp):,} characters) is too long for a {suffix} file ({error}). Write to a .png file instead."
        ) from error
    return file.getvalue()


def _png(picture: Picture, texts: dict[str, str], xmp: bytes) -> bytes:
    chunks = PngImagePlugin.PngInfo()
    chunks.add(b"sRGB", b"\0")
    chunks.add_itxt("Software", f"Pochade {__version__}")
    chunks.add_itxt(XMP_CHUNK, xmp.decode())
    for key, text in texts.items():
        chunks.add_itxt(key, text, zip=key == CHUNK)
    return png.encode(picture, ((chunk[0], chunk[1]) for chunk in chunks.chunks))


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
    text = recipe_text_in(info)
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
