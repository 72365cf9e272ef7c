"""The runs of small networks: step after step, with statistics, checkpoints and snapshots."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import torch
from torch import nn

from pochade.core.flow import Floats
from pochade.model import state
from pochade.model.optim import Optimizer, Schedule
from pochade.model.train import Machine

STATS_STEPS = 25

Report = TypeVar("Report")


class Recipe(Schedule, Protocol):
    """What every run needs to know; see `config.Recipe`."""

    @property
    def batch(self) -> int: ...
    @property
    def seed(self) -> int: ...
    @property
    def weight_decay(self) -> float: ...
    @property
    def checkpoint_s(self) -> float: ...


class Loop(ABC, Generic[Report]):
    """A run folder and all that is needed to go on with it.

    Args:
        settings: JSON-ready, of the run as a whole: what a resumed run must have in common with its checkpoint.
        build: makes the network; what it draws follows from the recipe's seed.

    Raises:
        InvalidRequestError: if the folder holds a run of another recipe, or one that is not to be resumed.
    """

    def __init__(
        self,
        recipe: Recipe,
        settings: dict[str, Any],
        build: Callable[[], nn.Module],
        folder: Path,
        resume: bool = False,
        machine: Machine | None = None,
    ):
        self.settings, self.folder, self.machine = settings, folder, machine or Machine()
        self._recipe = recipe
        if self.machine.threads:
            torch.set_num_threads(self.machine.threads)
        self.device, self.dtype = torch.device(self.machine.device), torch.bfloat16
        torch.manual_seed(recipe.seed)
        self.net = build().to(self.device, self.dtype).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizer = Optimizer(self.net, recipe.weight_decay)
        tensors, self.place = state.opened(folder, settings, resume)
        if tensors is not None:
            self.optimizer.restore(tensors)

    def compiled(self, module: nn.Module) -> Callable[..., Any]:
        """The module, compiled where the machine is to."""
        return torch.compile(module, dynamic=False) if self.machine.compiled else module

    @abstractmethod
    def learn(self, number: int) -> tuple[float, ...]:
        """Gradients of step `number`, from 1; returns its losses. Everything drawn follows from the recipe's seed and the number."""

    @abstractmethod
    def report(self, losses: Floats, per_step_s: float, saving: bool) -> Report:
        """What the last steps came to. `saving`: whether checkpoint and snapshot are written next."""

    def __iter__(self) -> Iterator[Report]:
        """Trains to the end; yields a report every STATS_STEPS steps.

        Raises:
            DivergedError: when the loss is no number any more.
        """
        recipe, recent = self._recipe, []
        since, save_at = time.monotonic(), time.monotonic() + recipe.checkpoint_s
        while self.place.step < recipe.steps:
            recent.append(self._step())
            over = self.place.step == recipe.steps
            if self.place.step % STATS_STEPS and not over:
                continue
            took_s = time.monotonic() - since
            self.place = replace(self.place, elapsed_s=self.place.elapsed_s + took_s)
            saving = over or time.monotonic() >= save_at
            report = self.report(np.mean(recent, 0), took_s / len(recent), saving)
            recent = []
            state.add_line(self.folder, vars(report))
            yield report
            if saving:
                self.save()
                save_at = time.monotonic() + recipe.checkpoint_s
            since = time.monotonic()

    def _step(self) -> tuple[float, ...]:
        number = self.place.step + 1
        losses = self.learn(number)
        if not math.isfinite(self.optimizer.follow(self._recipe, number)):
            raise state.DivergedError(f"The run diverged at step {number}. Go on from {self.folder / state.SNAPSHOT} with lower rates.")
        self.place = replace(self.place, step=number)
        return losses

    def left_s(self, per_step_s: float) -> float:
        """Seconds to the end at that rate."""
        return (self._recipe.steps - self.place.step) * per_step_s

    def save(self) -> None:
        """Writes checkpoint and snapshot, each whole or not at all."""
        about = {"recipe": self.settings, "place": vars(self.place)}
        state.write(self.folder / state.CHECKPOINT, self.optimizer.tensors(), about)
        state.write(self.folder / state.SNAPSHOT, self.optimizer.average, {**about, "step": self.place.step})
