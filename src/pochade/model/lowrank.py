"""Low-rank adapters in training: the base's weights stay frozen, and thin matrices beside them learn.

Source: Hu et al., LoRA, arXiv:2106.09685.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from pochade.core.lowrank import DOWN, FORMAT, UP, tensors_sha256
from pochade.model import state
from pochade.model.painter import Pochade

LEFT_OUT = ("painter.bypass", "painter.aux")
"""Layers that see nothing but the guide, or are there for training only."""
_LEARNED = ".parametrizations.weight.0"
"""What torch puts between a layer's name and that of its adapter's matrices."""


class LowRank(nn.Module):
    """Adds up @ down to a weight, seen as a matrix (O, I): out, and everything else. Starts by adding nothing."""

    def __init__(self, weight: Tensor, rank: int):
        super().__init__()
        out, into = len(weight), weight[0].numel()
        rank = min(rank, out, into)
        self.down = nn.Parameter(torch.randn(rank, into) * into**-0.5)
        self.up = nn.Parameter(torch.zeros(out, rank))

    def forward(self, weight: Tensor) -> Tensor:
        """Maps a weight to its sum with the adapter's, of the same shape."""
        return weight + (self.up @ self.down).reshape(weight.shape)


def adapt(net: Pochade, rank: int) -> Pochade:
    """Freezes a network and gives each of its matrices an adapter; returns it. Random numbers are torch's."""
    net.requires_grad_(False)
    for name, layer in list(net.named_modules()):
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.Embedding) and name not in LEFT_OUT:
            parametrize.register_parametrization(layer, "weight", LowRank(layer.weight, rank))
    return net


def write_adapter(path: Path, learned: Mapping[str, Tensor], about: dict[str, Any]) -> None:
    """Writes what was learned, by the names that `adapt` leads to, as `core.lowrank` describes it.

    Args:
        about: `name`, `rank`, `base_sha256`, `recipe`, `step`, `data_root`.
    """
    tensors = {name.replace(_LEARNED, ".weight"): tensor.to("cpu", torch.float16) for name, tensor in learned.items()}
    digest = tensors_sha256({name: np.ascontiguousarray(tensor.numpy()) for name, tensor in tensors.items()})
    state.write(path, tensors, {"format": FORMAT, "tensors_sha256": digest, **about})


def load_adapter(net: Pochade, path: Path) -> Pochade:
    """Adds an adapter's file to a network's weights, for good; returns the network. For evaluation.

    Raises:
        InvalidRequestError: if the file is missing or damaged.
    """
    tensors, _ = state.read(path)
    weights = dict(net.named_parameters())
    with torch.no_grad():
        for name in [name.removesuffix(DOWN) for name in tensors if name.endswith(DOWN)]:
            product = tensors[name + UP].float() @ tensors[name + DOWN].float()
            weights[name].add_(product.reshape(weights[name].shape))
    return net
