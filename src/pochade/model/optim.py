"""Muon for matrices, AdamW for everything else, over fp32 masters of bf16 weights, with a moving average of the masters.

Source: Muon, K. Jordan 2024 (kellerjordan.github.io/posts/muon); AdamW arXiv:1711.05101.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import torch
from torch import Tensor, nn

from pochade.core.lowrank import DOWN, UP

MUON_MOMENTUM, ADAM_BETAS, ADAM_EPS = 0.95, (0.9, 0.98), 1e-10


def orthogonalised(matrices: Tensor, steps: int = 5) -> Tensor:
    """The nearest semi-orthogonal matrices of (K, m, n), roughly: singular values come out between 0.7 and 1.2."""
    a, b, c = 3.4445, -4.7750, 2.0315
    wide = matrices.shape[-2] <= matrices.shape[-1]
    x = (matrices if wide else matrices.mT).bfloat16()
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return (x if wide else x.mT).float()


def by_muon(name: str, parameter: Tensor) -> bool:
    """Whether a parameter is a matrix of the inside: no embedding, not at the border to pixels or answers, of no adapter, and no vector."""
    border = name.endswith(("embed.weight", "into.weight", "painter.out.weight", "bypass.weight", "aux.weight", "head.weight"))
    border = border and not name.endswith("feed.into.weight")
    return parameter.ndim >= 2 and not border and not name.endswith((DOWN, UP))


class Schedule(Protocol):
    """How the rates go over a run; see `config.Recipe`."""

    @property
    def steps(self) -> int: ...
    @property
    def lr_muon(self) -> float: ...
    @property
    def lr_adam(self) -> float: ...
    @property
    def warmup(self) -> float: ...
    @property
    def cooldown(self) -> float: ...
    @property
    def clip(self) -> float: ...
    @property
    def ema_halflife(self) -> float: ...


class Optimizer:
    """Holds masters, momenta and average of what is not frozen; `step` updates the network's own (bf16) parameters from them."""

    def __init__(self, net: nn.Module, weight_decay: float):
        self.weight_decay = weight_decay
        self.live = {name: parameter for name, parameter in net.named_parameters() if parameter.requires_grad}
        self.masters = {name: parameter.detach().float().clone() for name, parameter in self.live.items()}
        self.average = {name: master.clone() for name, master in self.masters.items()}
        self.momenta = {name: torch.zeros_like(master) for name, master in self.masters.items()}
        self.squares = {name: torch.zeros_like(master) for name, master in self.masters.items() if not by_muon(name, master)}
        groups: dict[tuple[int, int], list[str]] = {}
        for name, master in self.masters.items():
            if by_muon(name, master):
                groups.setdefault((len(master), master[0].numel()), []).append(name)
        self.groups = groups

    def follow(self, schedule: Schedule, number: int) -> float:
        """Step `number` of a run: as `step`, with the rates of that moment."""
        share = rate(number / schedule.steps, schedule.warmup, schedule.cooldown)
        decay = 0.5 ** (1 / max(1.0, min(schedule.ema_halflife * schedule.steps, number / 2)))
        return self.step(number, schedule.lr_muon * share, schedule.lr_adam * share, schedule.clip, decay)

    def step(self, number: int, lr_muon: float, lr_adam: float, clip: float, decay: float) -> float:
        """One update from the gradients, which are cleared; returns their norm before clipping.

        Args:
            number: of this step, from 1. decay: of the moving average.
        """
        gradients = {name: parameter.grad.float() for name, parameter in self.live.items() if parameter.grad is not None}
        norm = float(torch.stack([gradient.square().sum() for gradient in gradients.values()]).sum().sqrt())
        scale = min(1.0, clip / (norm + 1e-9))
        for gradient in gradients.values():
            gradient.mul_(scale)
        for shape, names in self.groups.items():
            self._muon(shape, [name for name in names if name in gradients], gradients, lr_muon)
        for name in self.squares.keys() & gradients.keys():
            self._adam(name, gradients[name], number, lr_adam)
        with torch.no_grad():
            for name, parameter in self.live.items():
                parameter.grad = None
                parameter.copy_(self.masters[name])
            for name, average in self.average.items():
                average.lerp_(self.masters[name], 1 - decay)
        return norm

    def _muon(self, shape: tuple[int, int], names: list[str], gradients: Mapping[str, Tensor], lr: float) -> None:
        if not names:
            return
        directions = []
        for name in names:
            momentum, gradient = self.momenta[name], gradients[name]
            momentum.lerp_(gradient, 1 - MUON_MOMENTUM)
            directions.append(gradient.lerp(momentum, MUON_MOMENTUM).reshape(shape))
        updates = orthogonalised(torch.stack(directions))
        size = lr * max(1.0, shape[0] / shape[1]) ** 0.5
        for name, update in zip(names, updates, strict=True):
            master = self.masters[name]
            master.mul_(1 - lr * self.weight_decay).add_(update.reshape(master.shape), alpha=-size)

    def _adam(self, name: str, gradient: Tensor, number: int, lr: float) -> None:
        first, second = ADAM_BETAS
        momentum, square = self.momenta[name].lerp_(gradient, 1 - first), self.squares[name].lerp_(gradient.square(), 1 - second)
        unbiased = (square / (1 - second**number)).sqrt_().add_(ADAM_EPS)
        self.masters[name].addcdiv_(momentum / (1 - first**number), unbiased, value=-lr)

    def tensors(self) -> dict[str, Tensor]:
        """Everything that a checkpoint must hold, by name."""
        kinds = {"master": self.masters, "average": self.average, "momentum": self.momenta, "square": self.squares}
        return {f"{kind}:{name}": tensor for kind, entries in kinds.items() for name, tensor in entries.items()}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Takes over what `tensors` gave, and the network with it."""
        with torch.no_grad():
            for name, tensor in self.tensors().items():
                tensor.copy_(tensors[name])
            for name, parameter in self.live.items():
                parameter.copy_(self.masters[name])


def rate(progress: float, warmup: float, cooldown: float) -> float:
    """Share of the peak rate at `progress` (0 to 1): linear up, flat, linear down to 0."""
    return min(1.0, progress / warmup if warmup else 1.0, (1 - progress) / cooldown if cooldown else 1.0)
