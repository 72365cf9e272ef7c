"""The card of a data set: Croissant metadata with its responsible-AI fields, written from records.

Source: Croissant 1.1 and Croissant RAI 1.0 (mlcommons.org/croissant).
"""

from __future__ import annotations

import datetime
import json
from collections import Counter
from pathlib import Path
from typing import Any

from pochade.data import ledger, shards
from pochade.data.census import Census, census
from pochade.data.folder import Manifest, ledger_lines, read_manifest
from pochade.data.guide import MAPS
from pochade.data.pairs import PLANES
from pochade.data.records import LABELS, LICENCE, SINGLE_LABELS

FILE_NAME = "croissant.json"

_OWN_TERMS = (
    "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field", "fileProperty", "fileObject", "fileSet",
    "format", "includes", "isArray", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex",
    "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
)  # fmt: skip
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
    **{term: f"cr:{term}" for term in _OWN_TERMS},
}
"""The JSON-LD context that the specification asks for."""

_LICENCE_URLS = "https://spdx.org/licenses/"


def card(folder: Path, name: str = "pochade-data", url: str = "https://example.org/pochade-data") -> dict[str, Any]:
    """The Croissant description of a data folder.

    Args:
        name: of the data set. url: where it is to be had.

    Raises:
        DataError: if it is no data folder, or a shard is broken.
    """
    manifest, counted = read_manifest(folder), census(folder)
    root = ledger.root_of(folder)
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": name,
        "description": _description(manifest, counted, root),
        "license": [licence if licence.startswith("LicenseRef") else f"{_LICENCE_URLS}{licence}" for licence in _licences(folder)],
        "url": url,
        "version": "1.0.0",
        "datePublished": _published(folder),
        "citeAs": f"{name}, data root {root}",
        "creator": {"@type": "sc:Organization", "name": manifest.settings.get("creator") or "the operator of this installation of Pochade"},
        "distribution": _distribution(folder),
        "recordSet": [_record_set(manifest.kind)],
        **_responsible(manifest, counted, root),
    }


def write_card(folder: Path, name: str = "pochade-data", url: str = "https://example.org/pochade-data") -> Path:
    """Writes the card into the folder and returns its path."""
    from pochade.data.files import write_whole

    path = folder / FILE_NAME
    write_whole(path, (json.dumps(card(folder, name, url), indent=1, ensure_ascii=False) + "\n").encode())
    return path


def _description(manifest: Manifest, counted: Census, root: str) -> str:
    families = ", ".join(f"{count:,} {family}" for family, count in counted.counts["family"].items())
    splits = ", ".join(f"{count:,} {split}" for split, count in counted.counts["split"].items())
    what = {
        "samples": "Pictures rendered from procedural scenes, each with captions in several wordings, labels and guide maps.",
        "denoiser": "Light of procedural scenes, rendered with few and with many samples per pixel, with first-hit features.",
        "photos": "Photographs imported by their owner, with captions.",
    }[manifest.kind]
    return f"{what} {counted.samples:,} samples ({families}; {splits}). Merkle root of the ledger: {root}."


def _licences(folder: Path) -> list[str]:
    return sorted(Counter(entry.get("licence", LICENCE) for entry in _entries(folder)))


def _entries(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for index in shards.indices(folder) for line in ledger_lines(folder, index)]


def _published(folder: Path) -> str:
    newest = max(shards.shard_path(folder, index).stat().st_mtime for index in shards.indices(folder))
    return datetime.datetime.fromtimestamp(newest, datetime.UTC).date().isoformat()


def _distribution(folder: Path) -> list[dict[str, Any]]:
    """Each shard as a file with its hash, and all of them as a set."""
    from pochade.data.runs import file_sha256

    files = []
    for index in shards.indices(folder):
        path = shards.shard_path(folder, index)
        where = f"shards/{path.name}"
        files.append(
            {
                "@type": "cr:FileObject",
                "@id": where,
                "name": where,
                "contentUrl": where,
                "contentSize": f"{path.stat().st_size} B",
                "encodingFormat": "application/x-parquet",
                "sha256": file_sha256(path),
            }
        )
    together = {
        "@type": "cr:FileSet",
        "@id": "shards",
        "name": "shards",
        "encodingFormat": "application/x-parquet",
        "includes": "shards/*.parquet",
    }
    return [*files, together]


def _record_set(kind: str) -> dict[str, Any]:
    plain = {
        "id": "sc:Text",
        "seed": "sc:Integer",
        "split": "sc:Text",
        "family": "sc:Text",
        "width_px": "sc:Integer",
        "height_px": "sc:Integer",
    }
    if kind == "denoiser":
        columns = {**plain, "spp": "sc:Integer", "reference_spp": "sc:Integer", "exposure": "sc:Float", **dict.fromkeys(PLANES, "sc:Text")}
        repeated: tuple[str, ...] = ()
    else:
        maps = {f"guide_{name}": "sc:ImageObject" for name in MAPS}
        columns = {
            **plain,
            "picture": "sc:ImageObject",
            "captions": "sc:Text",
            **dict.fromkeys((*LABELS, *SINGLE_LABELS), "sc:Text"),
            **maps,
        }
        repeated = ("captions", *LABELS)
    columns["ledger"] = "sc:Text"
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"samples/{column}",
            "name": column,
            "description": _FIELD_TEXTS.get(column, column.replace("_", " ")),
            "dataType": kind_of,
            **({"repeated": True} if column in repeated else {}),
            "source": {"fileSet": {"@id": "shards"}, "extract": {"column": column}, **_TRANSFORMS.get(column, {})},
        }
        for column, kind_of in columns.items()
    ]
    return {"@type": "cr:RecordSet", "@id": "samples", "name": "samples", "key": {"@id": "samples/id"}, "field": fields}


_TRANSFORMS = {"captions": {"transform": {"jsonPath": "$.text"}}}
_FIELD_TEXTS = {
    "id": "Unique in the data set.",
    "seed": "Of the scene.",
    "split": "train, held-out, or held-out-combination (of noun, material and light).",
    "family": "products, food, landscape, place, or photo.",
    "picture": "WebP, sRGB.",
    "captions": "Several wordings.",
    "guide_depth": "16-bit PNG, logarithmic.",
    "guide_normal": "PNG, camera space.",
    "guide_surface": "PNG: roughness, metalness, transmission.",
    "ledger": "The line of the ledger, canonical JSON, leaf of the Merkle tree.",
}


def _responsible(manifest: Manifest, counted: Census, root: str) -> dict[str, Any]:
    """The responsible-AI fields, each from what the records say."""
    if manifest.kind == "photos":
        return {
            "rai:dataCollection": f"Imported by their owner. Source, as stated: {manifest.settings['source']}.",
            "rai:dataCollectionType": ["Others"],
            "rai:dataAnnotationProtocol": "Captions were written by the owner or a person acting for him.",
            "rai:dataPreprocessingProtocol": [
                "Turned as EXIF says; transparent parts on white; at most 1,536 pixels a side; duplicates, pictures that opted out and "
                "unreadable files were left out and reported.",
            ],
            "rai:personalSensitiveInformation": ["Not examined: whoever imports photographs answers for who is seen in them."],
            "rai:dataUseCases": "Fine-tuning of an image generator for its owner.",
            "rai:dataLimitations": f"{counted.samples:,} pictures: enough for a product or a style, not for general use.",
        }
    settings = manifest.settings
    counts = "; ".join(
        f"{label}: " + ", ".join(f"{word} {count:,}" for word, count in counted.counts.get(kind, {}).items())
        for kind, label in (("family", "families"), ("light", "light"), ("views", "views"))
        if counted.counts.get(kind)
    )
    return {
        "rai:dataCollection": (
            f"Rendered by path tracing from procedural scenes drawn from root seed {settings['root_seed']}, "
            f"world version {settings['world_version']}; every sample can be repeated from its ledger line (`pochade ledger replay`). "
            "No third-party picture, caption or learned weight was used."
        ),
        "rai:dataCollectionType": ["Software Collection"],
        "rai:dataAnnotationProtocol": "Captions and labels follow from the scene that was rendered; nobody annotated anything.",
        "rai:dataPreprocessingProtocol": ["None beyond rendering, tone mapping and encoding."],
        "rai:dataBiases": [f"What is seen follows the vocabulary and its weights. {counts}."],
        "rai:dataLimitations": "No people, animals, lettering, logos or brands; synthetic light and materials; a closed vocabulary.",
        "rai:personalSensitiveInformation": ["None: no person, place or thing that exists was depicted."],
        "rai:dataUseCases": "Training and judging image generators and denoisers.",
        "rai:dataSocialImpact": "Data without people or third-party works; it can be shared, repeated and audited.",
        "rai:dataReleaseMaintenancePlan": f"Fixed by its Merkle root {root}; other data has another root.",
    }
