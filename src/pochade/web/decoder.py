"""A process of its own that decodes uploaded pictures, so that a hostile file can hurt nothing but it.

Started by `uploads.Decoders` as `python -m pochade.web.decoder`. It reads requests from standard input and writes answers to
standard output until the input ends. A request is two big-endian 32-bit numbers, length and largest accepted pixel count, then
the file. An answer is two lengths, a JSON header, then the pixels: H * W * 3 (RGB) or H * W * 4 (RGBA) bytes. Nothing is pickled.
"""

from __future__ import annotations

import contextlib
import json
import struct
import sys
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from PIL import Image, ImageOps, UnidentifiedImageError

from pochade.core.errors import RecipeError
from pochade.studio.pictures import read_recipe

FORMATS = ("PNG", "JPEG", "WEBP")
FRAME = struct.Struct(">II")
MEMORY_BYTES = 1 << 30
MAX_TEXT_CHARS = 100_000
_PLAIN_MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")


class Refused(Exception):
    """A file that is not accepted; says why in one sentence."""


def decode(data: bytes, max_pixels: int) -> tuple[dict[str, Any], bytes]:
    """Header and pixels of a picture file, upright and in sRGB's order.

    Raises:
        Refused: if it is no PNG, JPEG or WebP of one frame with at most `max_pixels`.
    """
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            _check(image, max_pixels)
            image.load()
            texts = _texts(image, data)
            upright = ImageOps.exif_transpose(image)
            transparent = "transparency" in image.info or upright.mode in ("LA", "PA", "RGBA")
            plain = upright.convert("RGBA" if transparent else "RGB")
            header = {"width": plain.width, "height": plain.height, "mode": plain.mode, "format": str(image.format).lower(), **texts}
            return header, plain.tobytes()
    except UnidentifiedImageError as error:
        raise Refused("it is no PNG, JPEG or WebP file") from error
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError) as error:
        raise Refused(f"the file is damaged ({error})"[:300]) from error
    except MemoryError as error:
        raise Refused("decoding it takes too much memory") from error


def _check(image: Image.Image, max_pixels: int) -> None:
    if image.width * image.height > max_pixels:
        raise Refused(f"it has {image.width}x{image.height} pixels, and at most {max_pixels / 1e6:.1f} megapixels are accepted")
    frames = getattr(image, "n_frames", 1)
    if frames != 1:
        raise Refused(f"it has {frames} frames, and one is accepted")
    if image.mode not in _PLAIN_MODES:
        raise Refused(f"its pixels are {image.mode}, and 8 bits per channel are accepted")


def _texts(image: Image.Image, data: bytes) -> dict[str, str]:
    """What the picture says about itself: the text that AUTOMATIC1111 shows, and the recipe as JSON."""
    texts = {}
    parameters = image.info.get("parameters")
    if isinstance(parameters, str):
        texts["parameters"] = parameters[:MAX_TEXT_CHARS]
    with contextlib.suppress(RecipeError):
        texts["recipe"] = read_recipe(cast(Path, BytesIO(data))).to_json()
    return texts


def _restrict() -> None:
    """Gives up memory, files and processes that decoding does not need, where the system can."""
    try:
        import resource
    except ImportError:
        return
    limits = {resource.RLIMIT_AS: MEMORY_BYTES, resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CORE: 0, resource.RLIMIT_NOFILE: 16}
    for limit, value in limits.items():
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(limit, (value, value))


def main() -> None:
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    Image.init()
    Image.MAX_IMAGE_PIXELS = None  # `_check` is stricter, and says so in words
    _restrict()
    while len(frame := requests.read(FRAME.size)) == FRAME.size:
        length, max_pixels = FRAME.unpack(frame)
        try:
            header, pixels = decode(requests.read(length), max_pixels)
        except Refused as error:
            header, pixels = {"refused": str(error)}, b""
        head = json.dumps(header).encode()
        answers.write(FRAME.pack(len(head), len(pixels)))
        answers.write(head)
        answers.write(pixels)
        answers.flush()


if __name__ == "__main__":
    main()
