"""What a picture file says about itself in plain text: XMP with IPTC's digital source type, and the recipe."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Mapping
from typing import Any

from pochade.core.errors import RecipeError

SOURCE_TYPE_URI = "http://cv.iptc.org/newscodes/digitalsourcetype/"
"""Source: IPTC NewsCodes, digitalsourcetype."""
CHUNK, SHEET_CHUNK, XMP_CHUNK = "pochade", "pochade-sheet", "XML:com.adobe.xmp"
"""PNG text chunks: the recipe, the names of the pictures on a contact sheet, XMP."""
_MAX_RECIPE_BYTES = 1 << 20
_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:pochade="urn:pochade:1:"'
    "{source_type}{recipe}/></rdf:RDF></x:xmpmeta>"
)


def xmp_packet(source_type: str | None, recipe_json: str | None = None) -> bytes:
    """An XMP packet that states the digital source type and, where the format has no text chunks, holds the recipe.

    Args:
        source_type: the last part of the IPTC URI; None: nothing is stated.
        recipe_json: a recipe, held as `pochade:recipe`, deflated, base64; None: held elsewhere.
    """
    packed = "" if recipe_json is None else f' pochade:recipe="{base64.b64encode(zlib.compress(recipe_json.encode(), 9)).decode()}"'
    stated = "" if source_type is None else f' Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE_URI}{source_type}"'
    return _XMP.format(source_type=stated, recipe=packed).encode()


def source_type_in(info: Mapping[Any, Any]) -> str | None:
    """The last part of the digital source type's URI in a file's XMP, or None.

    Args:
        info: what Pillow read beside the pixels, `Image.info`.
    """
    found = re.search(r"""DigitalSourceType(?:=["']|>)\s*https?://cv\.iptc\.org/newscodes/digitalsourcetype/(\w{1,60})""", _xmp(info))
    return found[1] if found else None


def recipe_text_in(info: Mapping[Any, Any]) -> str:
    """The recipe's JSON in a file, or "" if there is none. `info` as for `source_type_in`.

    Raises:
        RecipeError: if there is one, and it is damaged.
    """
    if CHUNK in info:
        return str(info[CHUNK])
    found = re.search(r'pochade:recipe="([A-Za-z0-9+/=]*)"', _xmp(info))
    if found is None:
        return ""
    try:
        return zlib.decompressobj().decompress(base64.b64decode(found[1]), _MAX_RECIPE_BYTES).decode()
    except (ValueError, zlib.error) as error:
        raise RecipeError(f"The recipe is damaged ({error}).") from error


def _xmp(info: Mapping[Any, Any]) -> str:
    packet = info.get("xmp", info.get(XMP_CHUNK, b""))
    return packet if isinstance(packet, str) else bytes(packet).decode("utf-8", "replace")
