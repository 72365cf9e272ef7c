"""Which marks a delivered picture carries, one answer per technique."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from pochade.trust import keys, manifests, metadata, watermark_search
from pochade.trust.audit.endpoint import decoded


@dataclass(frozen=True)
class Mark:
    """What one technique found, in a few words."""

    marked: bool
    says: str


def in_manifest(picture: bytes) -> Mark:
    """Whether the file holds an intact C2PA manifest that says how the picture was made."""
    manifest = manifests.read(picture, keys.trusted_roots())
    if manifest is None:
        return Mark(False, "no manifest")
    if manifest.state == "invalid":
        return Mark(False, f"manifest invalid: {', '.join(manifest.faults) or 'no reason given'}")
    kinds = ", ".join(manifest.source_types) or "no digital source type"
    return Mark(bool(manifest.source_types), f"manifest {manifest.state}: {kinds}")


def in_metadata(picture: bytes) -> Mark:
    """Whether the file's XMP names an IPTC digital source type."""
    try:
        with Image.open(io.BytesIO(picture), formats=("PNG", "JPEG", "WEBP")) as image:
            found = metadata.source_type_in(image.info)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return Mark(False, "no readable picture")
    return Mark(found is not None, found or "no digital source type")


def in_pixels(picture: bytes) -> Mark:
    """Whether the pixels carry our watermark; that of another maker is not seen."""
    image = decoded(picture)
    if image is None:
        return Mark(False, "no readable picture")
    found = watermark_search.detect(np.asarray(image))
    return Mark(found.found, f"watermark{'' if found.number is None else f' {found.number:016x}'}" if found.found else "no watermark")


TECHNIQUES: dict[str, Callable[[bytes], Mark]] = {"manifest": in_manifest, "metadata": in_metadata, "watermark": in_pixels}
