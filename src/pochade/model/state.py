"""What a run leaves on disk: checkpoints to resume from, snapshots of the averaged weights; safetensors, replaced atomically."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from pochade.core.errors import InvalidRequestError, PochadeError
from pochade.model.config import Recipe, plain, recipe_from
from pochade.model.painter import Pochade

CHECKPOINT, SNAPSHOT = "checkpoint.safetensors", "snapshot.safetensors"


@dataclass(frozen=True)
class Place:
    """Where a run stands.

    Attributes:
        step: steps done. position: of the data's order. elapsed_s: time spent training.
    """

    step: int = 0
    position: int = 0
    elapsed_s: float = 0.0


def write(path: Path, tensors: dict[str, Tensor], about: dict[str, Any]) -> None:
    """Writes tensors and a JSON record into one file, which is either the old one or wholly the new one."""
    part = path.with_suffix(".part")
    save_file({name: tensor.detach().contiguous() for name, tensor in tensors.items()}, part, {"about": json.dumps(about)})
    with open(part, "rb") as handle:
        os.fsync(handle.fileno())
    part.replace(path)


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """What `write` wrote.

    Raises:
        InvalidRequestError: if there is no such file, or it is damaged.
    """
    try:
        with safe_open(path, "pt") as handle:
            return {name: handle.get_tensor(name) for name in list(handle.keys())}, json.loads(handle.metadata()["about"])
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise InvalidRequestError(f"Got {path}, which is no readable file of weights ({error}). Choose another, or train anew.") from error


class DivergedError(PochadeError):
    """The loss left all bounds; the run holds its last good checkpoint and snapshot."""


def opened(folder: Path, recipe: dict[str, Any], resume: bool) -> tuple[dict[str, Tensor] | None, Place]:
    """Opens a run folder: the checkpoint's tensors and place, or None and the start of a new run.

    Raises:
        InvalidRequestError: if it holds a run of another recipe, one that is not to be resumed, or something else.
    """
    recipe, path = json.loads(json.dumps(recipe)), folder / CHECKPOINT
    if not path.exists():
        if folder.exists() and any(folder.iterdir()) and not resume:
            raise InvalidRequestError(f"Got run folder {folder}, which is not empty. Choose another, or add --resume.")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "recipe.json").write_text(json.dumps(recipe, indent=2) + "\n")
        return None, Place()
    if not resume:
        raise InvalidRequestError(f"Got run folder {folder}, which holds a run. Add --resume to go on with it, or choose another.")
    tensors, about = read(path)
    if about["recipe"] != recipe:
        changed = ", ".join(key for key, value in about["recipe"].items() if value != recipe.get(key))
        raise InvalidRequestError(
            f"Got run folder {folder}, which holds a run of another recipe (other: {changed}). "
            "Resume it with its own recipe, or choose another folder."
        )
    return tensors, Place(**about["place"])


def add_line(folder: Path, values: Mapping[str, float | int | None]) -> None:
    """Appends a line to `stats.jsonl`, numbers shortened to six digits."""
    short = {key: float(f"{value:.6g}") if isinstance(value, float) else value for key, value in values.items()}
    with (folder / "stats.jsonl").open("a") as lines:
        lines.write(json.dumps(short) + "\n")


def save_snapshot(path: Path, average: dict[str, Tensor], recipe: Recipe, place: Place) -> None:
    """The averaged weights in half precision, with the recipe."""
    write(path, {name: tensor.to(torch.bfloat16) for name, tensor in average.items()}, {"recipe": plain(recipe), "step": place.step})


def load_snapshot(path: Path) -> tuple[Pochade, Recipe, dict[str, Any]]:
    """The network (fp32, for evaluation) of a snapshot, its recipe and the whole record.

    Raises:
        InvalidRequestError: if the file is missing, damaged, or of a network of another shape.
    """
    tensors, about = read(path)
    recipe = recipe_from(about["recipe"])
    net = Pochade(recipe.net)
    try:
        net.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    except RuntimeError as error:
        raise InvalidRequestError(
            f"Got {path}, whose weights do not fit its own recipe ({error}). The file is damaged; take another."
        ) from error
    return net.eval(), recipe, about


def sha256(path: Path) -> str:
    """Of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
