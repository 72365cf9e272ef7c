"""Processes that train one network together, each on its part of every batch, as `torchrun` starts them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import TypeVar

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor

from pochade.core.errors import InvalidRequestError
from pochade.model.batches import Batch

Value = TypeVar("Value")

COMPILING = timedelta(minutes=60)
"""How long the others wait for the slowest: compiling on a busy machine takes its time."""


@dataclass(frozen=True)
class Team:
    """One process's view of all of them. A process alone is a team of one, which exchanges nothing.

    Attributes:
        rank: of this process, from 0. The first alone writes files and speaks. size: how many there are.
    """

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process writes and speaks for all."""
        return self.rank == 0

    def part(self, batch: Batch) -> Batch:
        """This process's samples of a batch.

        All make the whole batch: what is drawn for a sample then does not depend on how many processes there are.
        """
        if self.size == 1:
            return batch
        arrays = {field.name: getattr(batch, field.name) for field in fields(batch) if field.name != "position"}
        return replace(batch, **{name: array[self.rank :: self.size] for name, array in arrays.items()})

    def average_gradients(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Replaces each gradient by its mean over the processes."""
        if self.size == 1:
            return
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        flat = torch.cat([gradient.reshape(-1).float() for gradient in gradients])
        dist.all_reduce(flat)
        flat /= self.size
        for gradient, mean in zip(gradients, flat.split([gradient.numel() for gradient in gradients]), strict=True):
            gradient.copy_(mean.view_as(gradient))

    def together(self, values: Tensor) -> Tensor:
        """Values (B / size,) of this process's samples -> (B,) of all, in the order of the whole batch; the same everywhere."""
        if self.size == 1:
            return values
        parts = [torch.empty_like(values) for _ in range(self.size)]
        dist.all_gather(parts, values.contiguous())
        return torch.stack(parts, 1).reshape(-1)

    def told(self, tensors: Iterable[Tensor]) -> None:
        """Overwrites tensors with those of the first process."""
        if self.size > 1:
            for tensor in tensors:
                dist.broadcast(tensor, 0)

    def agreed(self, value: Value) -> Value:
        """What the first process has."""
        if self.size == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box, 0)
        return box[0]

    def leave(self) -> None:
        """Ends the exchange; harmless for a team of one."""
        if self.size > 1 and dist.is_initialized():
            dist.destroy_process_group()


ALONE = Team()


def joined(device: str) -> tuple[Team, str]:
    """The team that `torchrun` started this process for, and this process's device ("cuda" becomes its own GPU).

    Raises:
        InvalidRequestError: if there are more processes here than GPUs.
    """
    size, local = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("LOCAL_RANK", "0"))
    if size == 1:
        return ALONE, device
    gpu = torch.device(device).type == "cuda"
    if gpu:
        if local >= torch.cuda.device_count():
            raise InvalidRequestError(
                f"Got process {local + 1} on a machine with {torch.cuda.device_count()} GPUs. "
                "Give torchrun --nproc-per-node the number of GPUs.",
                field="device",
            )
        device = f"cuda:{local}"
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if gpu else "gloo", timeout=COMPILING)
    return Team(dist.get_rank(), size), device


def check_divides(batch: int, team: Team) -> None:
    """Whether a batch can be shared out evenly.

    Raises:
        InvalidRequestError: if not.
    """
    if batch % team.size:
        raise InvalidRequestError(
            f"Got {team.size} processes for batches of {batch}, which cannot be shared evenly. "
            f"Choose a number of processes, or a batch in the recipe, so that it can: {np.gcd(batch, team.size)} processes would do.",
            field="batch",
        )
