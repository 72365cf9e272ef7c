"""Signs by which the owner of a picture says that it must not be trained on.

Source: IPTC Photo Metadata 2023.1, Data Mining (PLUS `plus:DataMining`); C2PA 2.x and CAWG training and data mining assertions;
TDM Reservation Protocol (W3C community group report, 2024), sections 4 and 5.
"""

from __future__ import annotations

import fnmatch
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pochade.core.errors import DataError

_XMP_PROPERTY = re.compile(rb"(?:plus|[\w-]+):DataMining(?:\s*=\s*[\"']|(?:\s[^>]*)?>\s*|\s+rdf:resource\s*=\s*[\"'])([^\"'<\s]+)")
_XMP_TDM = re.compile(rb"tdm:reservation(?:\s*=\s*[\"']|(?:\s[^>]*)?>\s*)([01])")
_ALLOWED = ("DMI-ALLOWED", "DMI-UNSPECIFIED")
_C2PA_LABELS = ("c2pa.training-mining", "cawg.training-mining")
_C2PA_USES = ("ai_training", "ai_generative_training", "data_mining")
_C2PA_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}
HEADERS_SUFFIX = ".headers"


@dataclass(frozen=True)
class Reservations:
    """The reservations of a folder's `tdmrep.json`: patterns of paths with whether they are reserved."""

    rules: tuple[tuple[str, bool], ...] = ()

    def reserve(self, relative: str) -> bool:
        """Whether the first pattern that fits the path, given from the folder with slashes, reserves it."""
        path = f"/{relative}"
        return next((reserved for pattern, reserved in self.rules if _fits(pattern, path)), False)


def _fits(pattern: str, path: str) -> bool:
    """Source: TDMRep, section 5: a pattern fits what begins with it; `*` stands for anything, a final `$` for the end."""
    if pattern.endswith("$"):
        return fnmatch.fnmatchcase(path, pattern[:-1])
    return fnmatch.fnmatchcase(path, f"{pattern}*")


def reservations(folder: Path) -> Reservations:
    """Reads `.well-known/tdmrep.json` or `tdmrep.json` of a folder; without one, nothing is reserved.

    Raises:
        DataError: if it is not readable: what it reserves is then unknown.
    """
    for name in (".well-known/tdmrep.json", "tdmrep.json"):
        path = folder / name
        if path.exists():
            try:
                raw = json.loads(path.read_bytes())
                return Reservations(tuple((str(rule["location"]), int(rule["tdm-reservation"]) == 1) for rule in raw))
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise DataError(f"{str(path)!r} is not readable ({error}), so what it reserves is unknown. Repair or remove it.") from error
    return Reservations()


def objections(path: Path, data: bytes, folder: Path, reserved: Reservations) -> tuple[str, ...]:
    """Why a picture must not be trained on, one phrase each; empty: nothing speaks against it."""
    return tuple(_objections(path, data, folder, reserved))


def _objections(path: Path, data: bytes, folder: Path, reserved: Reservations) -> Iterator[str]:
    for match in _XMP_PROPERTY.finditer(data):
        value = match[1].decode("utf-8", "replace").rsplit("/", 1)[-1]
        if value not in _ALLOWED:
            yield f"its IPTC metadata say {value}"
    if any(match[1] == b"1" for match in _XMP_TDM.finditer(data)):
        yield "its metadata say tdm:reservation 1"
    if reserved.reserve(path.relative_to(folder).as_posix()):
        yield "tdmrep.json reserves it"
    headers = path.with_name(path.name + HEADERS_SUFFIX)
    if headers.exists() and re.search(r"^tdm-reservation:\s*1\s*$", headers.read_text(errors="replace"), re.M | re.I):
        yield f"{headers.name} says tdm-reservation: 1"
    yield from _c2pa(path.suffix.lower(), data)


def _c2pa(suffix: str, data: bytes) -> Iterator[str]:
    """What Content Credentials say; a picture without any says nothing."""
    if suffix not in _C2PA_TYPES or (b"c2pa" not in data and b"C2PA" not in data):
        return
    import c2pa

    try:
        with c2pa.Reader(_C2PA_TYPES[suffix], io.BytesIO(data)) as reader:
            store = json.loads(reader.json())
    except Exception as error:  # c2pa raises its own kinds; what cannot be read may forbid
        yield f"its Content Credentials are not readable ({error})"
        return
    for manifest in store.get("manifests", {}).values():
        for assertion in manifest.get("assertions", ()):
            if str(assertion.get("label", "")).startswith(_C2PA_LABELS):
                yield from _uses(assertion.get("data", {}))


def _uses(data: dict[str, Any]) -> Iterator[str]:
    for name, entry in data.get("entries", {}).items():
        use = entry.get("use") if isinstance(entry, dict) else entry
        if str(name).rsplit(".", 1)[-1] in _C2PA_USES and use in ("notAllowed", "constrained"):
            yield f"its Content Credentials say {name}: {use}"
