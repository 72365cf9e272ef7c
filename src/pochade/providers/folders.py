"""Folders in the diffusers format: where they lie, what they say they are, and which of them are accepted. Reads no weights."""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pochade.core.errors import ProviderUnavailableError

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")
LIBRARIES = frozenset(("diffusers", "transformers", "stable_diffusion"))
"""Where the classes of a model's parts may come from; "stable_diffusion" is what old files call diffusers' safety checker."""
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")


def check_folder(model_id: str, folder: Path) -> None:
    """Raises ProviderUnavailableError unless `folder` is a model of safetensors that brings no code."""
    index = _index(folder / "model_index.json")
    if not index:
        raise ProviderUnavailableError(
            f"Model {model_id!r} should lie in {folder}, which has no readable model_index.json. Name a folder in the diffusers format."
        )
    if not isinstance(index.get("_class_name"), str):
        raise ProviderUnavailableError(f"Model {model_id!r} wants a pipeline of its own code. Choose one of a class of diffusers.")
    for part, origin in index.items():
        if part.startswith("_") or not isinstance(origin, list) or origin[:1] == [None]:
            continue
        if origin[0] not in LIBRARIES:
            raise ProviderUnavailableError(
                f"Model {model_id!r} wants code from {origin[0]!r} for its {part}; "
                "only diffusers and transformers are accepted. Choose another."
            )
        if "auto_map" in _index(folder / part / "config.json"):
            raise ProviderUnavailableError(f"Model {model_id!r} wants to run code of its own for its {part}. Choose another model.")
        files = list((folder / part).glob("*"))
        if any(file.suffix in PICKLES for file in files) and not any(file.suffix == ".safetensors" for file in files):
            raise ProviderUnavailableError(
                f"The {part} of model {model_id!r} is stored as pickle, which can run code. "
                "Only safetensors are accepted: convert it first."
            )


def absent(model_id: str, source: str) -> str:
    """Says that a model is not on this machine, and what to do about it; "" if it is."""
    if Path(source).expanduser().is_dir() or snapshot(source):
        return ""
    if HUB_ID.fullmatch(source):
        return (
            f"Model {model_id!r} ({source}) is not on this machine. "
            "Allow it to be fetched: set download = true at its entry in models.toml, or add it again with --force --download."
        )
    return (
        f"Model {model_id!r} should lie in {source}, which is no folder. Correct its source: a folder in the diffusers format, or a hub id."
    )


def class_name(source: str) -> str:
    """The pipeline class of a model on this machine; "" if it is not here."""
    return str(_index((snapshot(source) or Path(source).expanduser()) / "model_index.json").get("_class_name", ""))


def snapshot(source: str) -> Path | None:
    """The folder in the hub's cache that holds the model `source`; None if there is none. Looks at files only."""
    if Path(source).expanduser().is_dir() or not HUB_ID.fullmatch(source) or find_spec("huggingface_hub") is None:
        return None
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(source, "model_index.json")
    return Path(found).parent if isinstance(found, str) else None


def _index(path: Path) -> dict[str, Any]:
    try:
        raw = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return raw if isinstance(raw, dict) else {}


def variant(folder: Path) -> str | None:
    """ "fp16" for a folder that has its weights in that variant only."""
    weights = [path.name for path in folder.glob("*/*.safetensors")]
    return "fp16" if weights and all(".fp16." in name for name in weights) else None
