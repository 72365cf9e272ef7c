"""Looking at one file in all the ways there are: manifest, watermark, metadata, recipe. Runs apart from the caller's process.

`python -I -m pochade.trust.examination` reads one file from standard input and writes the findings to standard output as JSON. It gives
up memory, time and files that it does not need, so that a hostile file hurts nothing but it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import struct
import sys
import warnings
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pochade.core.errors import RecipeError
from pochade.core.recipe import Recipe
from pochade.trust.manifests import Manifest, media_type, read
from pochade.trust.metadata import recipe_text_in, source_type_in
from pochade.trust.watermark_search import Detection, detect

if TYPE_CHECKING:
    from PIL import Image as PillowImage

MAX_PIXELS = 64_000_000
MEMORY_BYTES = 4 << 30
CPU_S = 60
_FORMATS = ("PNG", "JPEG", "WEBP")


@dataclass(frozen=True)
class Findings:
    """What one file shows.

    Attributes:
        sha256: of the file. size_bytes: of the file.
        format: "png", "jpeg" or "webp" by its content, or None for anything else.
        width_px, height_px: of the picture, 0 where it cannot be read.
        damage: why the picture could not be read, one sentence; "" if it could.
        broken: whether that is the file's own fault, not a limit of ours.
        manifest: the C2PA manifest; None: it has none.
        watermark: what the search found; None: there was no picture to search.
        source_type: what XMP says, the last part of the IPTC URI; None: nothing.
        recipe: Pochade's recipe, JSON; None: it has none that can be read.
        same_pixels: whether the pixels are those that the recipe was written for, bit for bit (lossless formats only can be).
        recipe_watermark: the watermark's id of that recipe, 16 hexadecimal digits, or None.
    """

    sha256: str
    size_bytes: int
    format: str | None = None
    width_px: int = 0
    height_px: int = 0
    damage: str = ""
    manifest: Manifest | None = None
    watermark: Detection | None = None
    source_type: str | None = None
    recipe: str | None = None
    same_pixels: bool = False
    recipe_watermark: str | None = None
    broken: bool = False

    @classmethod
    def from_json(cls, text: str | bytes) -> Findings:
        """Inverse of `to_json`."""
        raw = json.loads(text)
        manifest, watermark = raw["manifest"], raw["watermark"]
        if manifest is not None:
            values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in manifest.items()}
            manifest = Manifest(**values)
        return cls(**{**raw, "manifest": manifest, "watermark": watermark and Detection(**{**watermark, "bits": tuple(watermark["bits"])})})

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self))


@dataclass
class _Picture:
    """What was read of a picture before something went wrong."""

    width_px: int = 0
    height_px: int = 0
    source_type: str | None = None
    recipe: Recipe | None = None
    damage: str = ""
    broken: bool = False
    detection: Detection | None = None
    sha256: str = field(default="", repr=False)


def examine(data: bytes, trusted_roots: str = "") -> Findings:
    """Everything about one file, in this process; whatever the file is, it is answered.

    Args:
        trusted_roots: PEM certificates whose signatures are trusted.
    """
    from pochade.trust.marking import watermark_id

    kind = media_type(data)
    checksum, size = hashlib.sha256(data).hexdigest(), len(data)
    if kind is None:
        return Findings(checksum, size, damage="it is no PNG, JPEG or WebP file")
    seen = _look(data)
    return Findings(
        checksum,
        size,
        kind.removeprefix("image/"),
        seen.width_px,
        seen.height_px,
        seen.damage,
        read(data, trusted_roots),
        seen.detection,
        seen.source_type,
        None if seen.recipe is None else seen.recipe.to_json(),
        seen.recipe is not None and seen.recipe.sha256 == seen.sha256,
        None if seen.recipe is None else f"{watermark_id(seen.recipe):016x}",
        seen.broken,
    )


def _look(data: bytes) -> _Picture:
    from PIL import Image, UnidentifiedImageError

    seen = _Picture()
    try:
        with warnings.catch_warnings(), Image.open(BytesIO(data), formats=_FORMATS) as image:
            warnings.simplefilter("ignore")  # large pictures and odd metadata are dealt with below
            seen.width_px, seen.height_px = image.size
            if image.width * image.height > MAX_PIXELS:
                seen.damage = f"it has {image.width * image.height / 1e6:,.0f} megapixels, and at most {MAX_PIXELS / 1e6:.0f} are decoded"
                return seen
            with contextlib.suppress(Exception):
                _read_texts(image, seen)
            image.load()
            _read_texts(image, seen)  # a PNG may say more after its pixels
            _search(image, seen)
    except (MemoryError, RecursionError):
        seen.damage = "reading it takes too much memory"
    except Exception as error:  # Pillow's plugins raise nearly anything for a hostile file
        seen.broken = True
        reason = "no picture is found in it" if isinstance(error, UnidentifiedImageError) else f"{type(error).__name__}: {error}"
        seen.damage = f"the picture is damaged ({reason})"[:300]
    return seen


def _read_texts(image: PillowImage.Image, seen: _Picture) -> None:
    seen.source_type = source_type_in(image.info)
    with contextlib.suppress(RecipeError, struct.error, UnicodeDecodeError):
        text = recipe_text_in(image.info)
        seen.recipe = Recipe.from_json(text) if text else None


def _search(image: PillowImage.Image, seen: _Picture) -> None:
    import numpy as np

    picture = np.asarray(image.convert("RGB"))
    seen.sha256 = hashlib.sha256(picture.tobytes()).hexdigest()
    seen.detection = detect(picture)


def _restrict() -> None:
    """Gives up what looking at one file does not need, where the system can."""
    try:
        import resource
    except ImportError:
        return
    limits = {resource.RLIMIT_AS: MEMORY_BYTES, resource.RLIMIT_CPU: CPU_S, resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CORE: 0}
    for limit, value in limits.items():
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(limit, (value, value))


def main() -> None:
    """The child process: four bytes of length, the trusted roots, then the file; answers with JSON."""
    _restrict()
    length = int.from_bytes(sys.stdin.buffer.read(4), "big")
    roots = sys.stdin.buffer.read(length).decode()
    answer: dict[str, Any] | str = examine(sys.stdin.buffer.read(), roots).to_json()
    sys.stdout.write(str(answer))


if __name__ == "__main__":
    main()
