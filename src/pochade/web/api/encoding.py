"""Pictures as clients want them: in their format, or as small previews."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import TYPE_CHECKING

import anyio.to_thread

from pochade.core.recipe import Recipe
from pochade.studio.jobs import Kept
from pochade.studio.pictures import converted
from pochade.web.api.schemas import OutputFormat
from pochade.web.state import Studio

if TYPE_CHECKING:
    from pochade.core.values import Picture as Pixels
    from pochade.web.auth import Caller

INLINE_BYTES = 1_000_000
"""What is encoded in less time than a thread takes to be told."""
MEDIA_TYPES: dict[str, OutputFormat] = {"image/png": "png", "image/jpeg": "jpeg", "image/webp": "webp"}


async def file_of(studio: Studio, caller: Caller, event: Kept, wanted: OutputFormat, quality: int | None = None) -> bytes:
    """The file of a picture in the wanted format: as it is kept, byte for byte, if that is its format; else signed anew.

    Args:
        quality: of JPEG and WebP, 0 to 100; None: 95.
    """
    picture = event.picture
    as_kept = picture.recipe is None or (MEDIA_TYPES.get(picture.media_type) == wanted and quality is None)
    if as_kept and event.encoded is not None:
        return event.encoded

    def read() -> bytes:
        kept = event.encoded or studio.store.pictures.read(caller.user, picture.id)
        if picture.recipe is None or as_kept:
            return kept
        return converted(kept, Recipe.from_json(picture.recipe), f".{wanted}", 95 if quality is None else quality)

    return await anyio.to_thread.run_sync(read)


async def base64_of(data: bytes) -> str:
    if len(data) > INLINE_BYTES:
        data = await anyio.to_thread.run_sync(base64.b64encode, data)
    else:
        data = base64.b64encode(data)
    return data.decode("ascii")


def preview_of(pixels: Pixels, wanted: OutputFormat) -> bytes:
    """An unfinished picture as a small file without a recipe."""
    from pochade.studio.pictures import encode_preview

    return encode_preview(pixels, f".{wanted}")


def thumbnail(data: bytes, max_side_px: int) -> bytes:
    """A kept picture as a JPEG that fits into a square."""
    import numpy as np
    from PIL import Image

    from pochade.studio.pictures import encode_preview

    with Image.open(BytesIO(data)) as image:
        small = image.convert("RGB")
    small.thumbnail((max_side_px, max_side_px))
    return encode_preview(np.asarray(small), ".jpeg")
