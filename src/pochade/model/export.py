"""Export: a snapshot as graphs of the inference engine, with a manifest of their hashes."""

from __future__ import annotations

import json
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pochade.core.conditions import GUIDE_INPUTS
from pochade.core.denoising import INPUTS
from pochade.core.flow import NOISY_INPUTS
from pochade.core.inference import load_openvino
from pochade.core.tokens import tokenizer
from pochade.model.config import published
from pochade.model.layers import grid_angles
from pochade.model.painter import Painter, TextEncoder
from pochade.model.state import load_snapshot, sha256
from pochade.model.train_denoiser import load_denoiser
from pochade.model.train_judge import load_judge

FORMAT = 1
MANIFEST = "manifest.json"


class _TextGraph(nn.Module):
    """The text encoder with its embedding as the first step."""

    def __init__(self, text: TextEncoder):
        super().__init__()
        self.text = text

    def forward(self, tokens: Tensor, bias: Tensor) -> Tensor:
        return self.text(tokens, bias)


class _PainterGraph(nn.Module):
    """What the painter adds to a draft, with the angles of its grid as an input, so that one graph serves every size."""

    def __init__(self, painter: Painter):
        super().__init__()
        self.painter = painter

    def forward(self, z: Tensor, guide: Tensor, text: Tensor, bias: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        return self.painter.missing(z, guide, text, bias, (cos, sin))


def write_graph(graph: nn.Module, inputs: tuple[Tensor, ...], shapes: Sequence[Sequence[int]], path: Path) -> dict[str, dict[str, Any]]:
    """Writes a network as a graph with weights in half precision; returns name, SHA-256 and size of its files.

    Args:
        shapes: of the inputs, -1 where any size goes.
    """
    ov = load_openvino()
    with torch.no_grad(), warnings.catch_warnings():
        # the engine's converter traces, which torch would like replaced; sizes that tracing fixes are inputs here
        warnings.filterwarnings("ignore", category=DeprecationWarning, message=".*torch.jit")
        warnings.filterwarnings("ignore", category=torch.jit.TracerWarning)  # pyright: ignore[reportPrivateImportUsage]
        converted = ov.convert_model(graph.eval(), example_input=inputs, input=[ov.PartialShape(list(shape)) for shape in shapes])
    ov.save_model(converted, path, compress_to_fp16=True)
    files = (path, path.with_suffix(".bin"))
    return {file.name: {"sha256": sha256(file), "bytes": file.stat().st_size} for file in files}


def export_denoiser(snapshot: Path, folder: Path) -> Path:
    """Writes the denoiser of a snapshot; returns the path of its manifest.

    Raises:
        InvalidRequestError: if the snapshot is not readable.
    """
    net, recipe = load_denoiser(snapshot)
    folder.mkdir(parents=True, exist_ok=True)
    files = write_graph(net, (torch.randn(1, INPUTS, 32, 32),), [(-1, INPUTS, -1, -1)], folder / "denoiser.xml")
    return _manifest(folder, {"model_id": "denoiser", "files": files, "recipe": asdict(recipe), "snapshot_sha256": sha256(snapshot)})


def export_judge(snapshot: Path, folder: Path, about: dict[str, Any] | None = None) -> Path:
    """Writes the judge of a snapshot; returns the path of its manifest, which names the words that it knows.

    Raises:
        InvalidRequestError: if the snapshot is not readable.
    """
    net, recipe, labels = load_judge(snapshot)
    size_px = recipe.net.size_px
    folder.mkdir(parents=True, exist_ok=True)
    values = {
        "model_id": recipe.name,
        "kind": recipe.kind,
        "files": write_graph(net, (torch.randn(1, 3, size_px, size_px),), [(-1, 3, size_px, size_px)], folder / "judge.xml"),
        "size_px": size_px,
        "labels": labels.plain(),
        "parameters": sum(parameter.numel() for parameter in net.parameters()),
        "recipe": asdict(recipe),
        "snapshot_sha256": sha256(snapshot),
    }
    return _manifest(folder, {**values, **(about or {})})


def export(snapshot: Path, folder: Path, about: dict[str, Any] | None = None) -> Path:
    """Writes the text encoder and the painter of a snapshot as OpenVINO graphs with weights in half precision.

    Args:
        about: what the manifest says beside, e.g. the hash of the run's record.

    Returns:
        The manifest's path.

    Raises:
        InvalidRequestError: if the snapshot is not readable.
    """
    net, recipe, kept = load_snapshot(snapshot)
    config = recipe.net
    folder.mkdir(parents=True, exist_ok=True)
    side, tokens = config.stride * 4, config.text_tokens
    bias = torch.zeros(1, 1, 1, tokens)
    cos, sin = grid_angles(4, 4, config.token_width // config.heads)
    inputs = {
        "text": (torch.zeros(1, tokens, dtype=torch.int64), bias),
        "painter": (
            torch.randn(1, NOISY_INPUTS, side, side),
            torch.randn(1, GUIDE_INPUTS, side, side),
            torch.randn(1, tokens, config.text_width),
            bias,
            cos,
            sin,
        ),
    }
    shapes = {
        "text": ([-1, tokens], [-1, 1, 1, tokens]),
        "painter": (
            [-1, NOISY_INPUTS, -1, -1],
            [-1, GUIDE_INPUTS, -1, -1],
            [-1, tokens, config.text_width],
            [-1, 1, 1, tokens],
            *([[-1, cos.shape[1]]] * 2),
        ),
    }
    graphs = {"text": _TextGraph(net.text), "painter": _PainterGraph(net.painter)}
    files = {}
    for name, graph in graphs.items():
        files |= write_graph(graph, inputs[name], shapes[name], folder / f"{name}.xml")
    values = {
        "model_id": "pochade-1",
        "files": files,
        "stride": config.stride,
        "size_px": recipe.size_px,
        "text_tokens": tokens,
        "head_width": config.token_width // config.heads,
        "phrases": len(tokenizer().phrases),
        "parameters": sum(parameter.numel() for parameter in net.parameters()),
        "recipe": published(recipe),
        "step": kept["step"],
        "snapshot_sha256": sha256(snapshot),
    }
    return _manifest(folder, {**values, **(about or {})})


def _manifest(folder: Path, values: dict[str, Any]) -> Path:
    path = folder / MANIFEST
    path.write_text(json.dumps({"format": FORMAT, **values}, indent=2) + "\n", encoding="utf-8")
    return path
