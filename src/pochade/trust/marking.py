"""Marking a finished picture: watermark first, signature last. Every file that leaves goes through `seal`."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pochade.core.recipe import Recipe
from pochade.trust import keys, manifests, watermark
from pochade.trust.manifests import Claim, TrainingUse

if TYPE_CHECKING:
    from pochade.core.values import Picture
    from pochade.trust.regions import Region

WATERMARK = "watermark"
"""Name, among a recipe's versions, of the watermark's."""


@dataclass(frozen=True)
class Marking:
    """What is put on pictures. Only the policy pack of a region should ask for less than everything.

    Attributes:
        watermark: whether pictures carry the watermark.
        manifest: whether files carry a signed manifest.
        metadata: whether XMP states the digital source type.
        training: what the manifest says others may use the picture for; None: nothing.
    """

    watermark: bool = True
    manifest: bool = True
    metadata: bool = True
    training: TrainingUse | None = "notAllowed"


EVERYTHING = Marking()


def marking_of(region: Region) -> Marking:
    """What a region asks for."""
    asked = region.marking
    return Marking(asked.watermark, asked.manifest, asked.metadata, asked.training or None)


def watermark_id(recipe: Recipe) -> int:
    """The id that the watermark of a picture with this recipe carries, 0 to 2**64 - 1.

    It follows from the recipe alone (without the checksum of the pixels, which contain it), so that painting again gives the same
    picture, and so that a picture that lost its recipe leads back to it.
    """
    versions = {name: version for name, version in recipe.versions.items() if name != WATERMARK}
    bare = dataclasses.replace(recipe, sha256="", versions=versions)
    return int.from_bytes(hashlib.sha256(b"pochade watermark 1\n" + bare.to_json().encode()).digest()[:8], "big")


def watermarked(picture: Picture, recipe: Recipe) -> tuple[Picture, Recipe]:
    """The picture with its recipe's id in it, and the recipe with the new checksum and the watermark's version.

    Args:
        picture: (H, W, 3) uint8, sRGB.
    """
    marked = watermark.embed(picture, watermark_id(recipe))
    checksum = hashlib.sha256(marked.tobytes()).hexdigest()
    return marked, dataclasses.replace(recipe, sha256=checksum, versions={**recipe.versions, WATERMARK: watermark.VERSION})


def seal(data: bytes, claim: Claim) -> bytes:
    """The file, signed by this installation.

    Raises:
        SigningError: if that cannot be done. The picture must not be delivered then.
    """
    return manifests.sign(data, claim, keys.credentials())
