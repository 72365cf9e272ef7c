"""Importing an owner's own photographs with their captions, for fine-tuning: nothing is taken that may not be, nothing dropped silently."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from pochade.core.errors import DataError
from pochade.data import folder as folders
from pochade.data import shards
from pochade.data.licences import Licence
from pochade.data.optout import Reservations, objections, reservations
from pochade.data.records import LABELS, SINGLE_LABELS, Sample
from pochade.data.splits import split_of_file

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff")
CAPTION_TABLES = ("captions.jsonl", "captions.csv", "metadata.jsonl", "metadata.csv")
MAX_PIXELS = 100_000_000
MAX_FILE_BYTES = 200_000_000
MAX_SIDE_PX = 1536
"""Longer pictures are stored smaller: no class that is trained needs more."""
MIN_SIDE_PX = 128
SHARD_ROWS = 256
NEAR_BITS = 10
"""Perceptual hashes that differ in so few of 256 bits count as the same picture."""
WEBP_QUALITY = 95

Bits = NDArray[np.uint8]
Outcome = Literal["imported", "opted out", "duplicate", "near duplicate", "unreadable", "no caption", "too small"]


@dataclass(frozen=True)
class Decision:
    """What became of one file, and why."""

    file: str
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True)
class Source:
    """Where photographs come from.

    Attributes:
        source: in words, e.g. "own shoot, spring collection". creator: to be credited, or empty.
    """

    licence: Licence
    source: str
    creator: str = ""


@dataclass(eq=False)
class _Seen:
    """Pictures taken so far, for finding duplicates."""

    exact: dict[str, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    hashes: list[Bits] = field(default_factory=list)

    def near(self, mark: Bits) -> str | None:
        if not self.hashes:
            return None
        bits = np.bitwise_count(np.array(self.hashes) ^ mark).sum(1)
        nearest = int(bits.argmin())
        return self.names[nearest] if bits[nearest] <= NEAR_BITS else None

    def add(self, name: str, pixels: str, mark: Bits) -> None:
        self.exact[pixels] = name
        self.names.append(name)
        self.hashes.append(mark)


def import_photos(folder: Path, out: Path, source: Source) -> Iterator[Decision]:
    """Writes the photographs of a folder to shards in `out`, and says of every file what became of it.

    A picture needs a caption: a text file of the same name, or a row of captions.csv or captions.jsonl (columns file, caption).

    Raises:
        DataError: if the folder has no pictures, a caption table is not readable, or `out` holds something else already.
        OutputError: if it cannot be written.
    """
    if not source.source.strip():
        raise DataError('Got an empty source; say where the pictures come from, for example --source "own shoot, spring 2026".')
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()) if folder.is_dir() else []
    if not files:
        raise DataError(f"Got {str(folder)!r}, which holds no pictures ({', '.join(SUFFIXES)} are accepted). Name another folder.")
    if (out / folders.MANIFEST).exists():
        raise DataError(f"{str(out)!r} holds data already. Import into a new folder.")
    shards.pyarrow()
    captions, reserved = _captions(folder), reservations(folder)
    folders.lay_out(out)
    seen, waiting, written = _Seen(), [], 0
    for path in files:
        name = path.relative_to(folder).as_posix()
        taken = _taken(path, name, folder, source, captions, reserved, seen)
        if isinstance(taken, Sample):
            waiting.append(taken)
            yield Decision(name, "imported")
        else:
            yield taken
        if len(waiting) == SHARD_ROWS:
            shards.write_shard(out, written // SHARD_ROWS, waiting)
            written, waiting = written + SHARD_ROWS, []
    if waiting:
        shards.write_shard(out, written // SHARD_ROWS, waiting)
    if not written + len(waiting):
        raise DataError(f"None of the {len(files)} pictures in {str(folder)!r} could be imported; the reasons are listed above.")
    settings = {"source": source.source, "creator": source.creator, "licence": source.licence.spdx}
    folders.prepare(out, folders.Manifest("photos", written + len(waiting), SHARD_ROWS, settings))


def _taken(
    path: Path, name: str, folder: Path, source: Source, captions: dict[str, list[str]], reserved: Reservations, seen: _Seen
) -> Sample | Decision:
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            return Decision(name, "unreadable", f"larger than {MAX_FILE_BYTES // 10**6} MB")
        data = path.read_bytes()
    except OSError as error:
        return Decision(name, "unreadable", str(error.strerror))
    against = objections(path, data, folder, reserved)
    if against:
        return Decision(name, "opted out", "; ".join(against))
    try:
        image = _decoded(data)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        return Decision(name, "unreadable", str(error))
    if min(image.size) < MIN_SIDE_PX:
        return Decision(name, "too small", f"{image.width}x{image.height}; at least {MIN_SIDE_PX} pixels a side are needed")
    pixels = hashlib.sha256(f"{image.size}".encode() + image.tobytes()).hexdigest()
    if pixels in seen.exact:
        return Decision(name, "duplicate", f"the same pixels as {seen.exact[pixels]}")
    mark = perceptual_hash(image)
    near = seen.near(mark)
    if near is not None:
        return Decision(name, "near duplicate", f"looks like {near}")
    texts = _caption_file(path) or captions.get(name) or captions.get(path.name) or []
    if not texts:
        return Decision(name, "no caption", f"neither {path.stem}.txt nor a row in a caption table")
    seen.add(name, pixels, mark)
    return _sample(name, image, pixels, data, texts, source)


def _decoded(data: bytes) -> Image.Image:
    """One frame, turned as its EXIF says, RGB, transparent parts on white, at most `MAX_SIDE_PX` long."""
    with Image.open(io.BytesIO(data)) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            raise ValueError(f"{opened.width}x{opened.height} pixels are more than {MAX_PIXELS // 10**6} million")
        opened.load()
        image = ImageOps.exif_transpose(opened)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    image = image.convert("RGB")
    image.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX), Image.Resampling.LANCZOS)
    return image


def perceptual_hash(image: Image.Image) -> Bits:
    """(32,) uint8, 256 bits: whether each of 16 x 16 cells is brighter than the one to its right (dHash)."""
    grey = np.asarray(image.convert("L").resize((17, 16), Image.Resampling.BOX))
    return np.packbits(grey[:, :-1] > grey[:, 1:])


def _sample(name: str, image: Image.Image, pixels: str, data: bytes, texts: list[str], source: Source) -> Sample:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=WEBP_QUALITY, method=4)
    return Sample(
        id=f"photo-{pixels[:16]}",
        seed=0,
        split=split_of_file(pixels),
        family="photo",
        width_px=image.width,
        height_px=image.height,
        picture=buffer.getvalue(),
        captions=tuple(("given", text) for text in dict.fromkeys(texts)),
        labels={**dict.fromkeys(LABELS, ()), **dict.fromkeys(SINGLE_LABELS, "")},
        ledger={
            "file": name,
            "file_sha256": hashlib.sha256(data).hexdigest(),
            "pixels_sha256": pixels,
            "licence": source.licence.spdx,
            "rights": "the importer states that he holds them" if source.licence.stated else "as licensed",
            "source": source.source,
            "creator": source.creator,
        },
    )


def _caption_file(path: Path) -> list[str]:
    """The lines of a picture's own text file, each one caption."""
    for beside in (path.with_suffix(".txt"), path.with_name(f"{path.name}.txt")):
        if beside.exists():
            try:
                return _texts(beside.read_text(encoding="utf-8-sig").splitlines())
            except (OSError, UnicodeDecodeError) as error:
                raise DataError(f"{str(beside)!r} is not readable ({error}). Save it as UTF-8 text.") from error
    return []


def _captions(folder: Path) -> dict[str, list[str]]:
    """Captions by file name from the tables that lie in a folder.

    Raises:
        DataError: if a table is not readable.
    """
    found: dict[str, list[str]] = {}
    for path in (folder / name for name in CAPTION_TABLES):
        if not path.exists():
            continue
        try:
            text = path.read_text(encoding="utf-8-sig")
            rows = (
                [json.loads(line) for line in text.splitlines() if line.strip()]
                if path.suffix == ".jsonl"
                else csv.DictReader(io.StringIO(text))
            )
            for row in rows:
                file = row.get("file") or row["file_name"]
                said = row.get("caption") or row.get("text") or row.get("captions") or ""
                found.setdefault(str(file), []).extend(_texts(said if isinstance(said, list) else [said]))
        except (OSError, ValueError, KeyError, AttributeError, csv.Error) as error:
            raise DataError(f"{str(path)!r} is not readable ({error}); each row needs the columns file and caption. Repair it.") from error
    return found


def _texts(lines: Iterable[object]) -> list[str]:
    return [text for text in (" ".join(str(line).split()) for line in lines) if text]
