"""Export: a snapshot as graphs of the inference engine, with a manifest of their hashes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pochade.core.conditions import GUIDE_INPUTS
from pochade.core.inference import load_openvino
from pochade.core.tokens import tokenizer
from pochade.model.config import plain
from pochade.model.layers import grid_angles
from pochade.model.painter import Painter, TextEncoder
from pochade.model.state import load_snapshot

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
    """The painter with the angles of its grid as an input, so that one graph serves every size."""

    def __init__(self, painter: Painter):
        super().__init__()
        self.painter = painter

    def forward(self, z: Tensor, guide: Tensor, text: Tensor, bias: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        return self.painter.with_angles(z, guide, text, bias, (cos, sin))


def export(snapshot: Path, folder: Path, about: dict[str, Any] | None = None) -> Path:
    """Writes the text encoder and the painter of a snapshot as OpenVINO graphs with weights in half precision.

    Args:
        about: what the manifest says beside, e.g. the hash of the run's record.

    Returns:
        The manifest's path.

    Raises:
        InvalidRequestError: if the snapshot is not readable.
    """
    ov = load_openvino()
    net, recipe, kept = load_snapshot(snapshot)
    config = recipe.net
    folder.mkdir(parents=True, exist_ok=True)
    side, tokens = config.stride * 4, config.text_tokens
    bias = torch.zeros(1, 1, 1, tokens)
    cos, sin = grid_angles(4, 4, config.token_width // config.heads)
    inputs = {
        "text": (torch.zeros(1, tokens, dtype=torch.int64), bias),
        "painter": (
            torch.randn(1, 3, side, side),
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
            [-1, 3, -1, -1],
            [-1, GUIDE_INPUTS, -1, -1],
            [-1, tokens, config.text_width],
            [-1, 1, 1, tokens],
            *([[-1, cos.shape[1]]] * 2),
        ),
    }
    graphs = {"text": _TextGraph(net.text), "painter": _PainterGraph(net.painter)}
    files = {}
    for name, graph in graphs.items():
        with torch.no_grad():
            converted = ov.convert_model(graph.eval(), example_input=inputs[name], input=[ov.PartialShape(shape) for shape in shapes[name]])
        ov.save_model(converted, folder / f"{name}.xml", compress_to_fp16=True)
        for path in (folder / f"{name}.xml", folder / f"{name}.bin"):
            files[path.name] = {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}
    manifest = {
        "format": FORMAT,
        "model_id": "pochade-1",
        "files": files,
        "stride": config.stride,
        "size_px": recipe.size_px,
        "text_tokens": tokens,
        "head_width": config.token_width // config.heads,
        "phrases": len(tokenizer().phrases),
        "parameters": sum(parameter.numel() for parameter in net.parameters()),
        "recipe": plain(recipe),
        "step": kept["step"],
        "snapshot_sha256": hashlib.sha256(snapshot.read_bytes()).hexdigest(),
        **(about or {}),
    }
    path = folder / MANIFEST
    path.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return path
