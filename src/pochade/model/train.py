"""A run: step after step, with statistics, sample sheets, checkpoints; stops at the last good snapshot when it diverges."""

from __future__ import annotations

import math
import os
import platform
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from pochade import __version__
from pochade.core.conditions import GUIDE_CHANNELS
from pochade.core.errors import InvalidRequestError
from pochade.core.tokens import Tokenizer, tokenizer
from pochade.data.pack import Pack
from pochade.data.runs import DataUsed, RunRecord
from pochade.data.splits import SPLITS
from pochade.model import state
from pochade.model.batches import COARSE, EXACT, NONE, Batch, Captions, ahead, batches, fitted
from pochade.model.config import Recipe, plain, published
from pochade.model.learn import Lesson, to_tensors
from pochade.model.optim import Optimizer, rate
from pochade.model.painter import Pochade
from pochade.model.sheet import ROWS, Row, Subjects, painted, write_sheet
from pochade.model.state import DivergedError
from pochade.model.team import ALONE, Team, check_divides

SUBJECTS = 8
STATS_STEPS = 20
"""Steps that one line of `stats.jsonl` sums up."""
DIVERGED = 4.0
"""How many times its usual value the loss may reach, over STATS_STEPS, before a run counts as diverged."""


@dataclass(frozen=True)
class Report:
    """One line of `stats.jsonl`.

    Attributes:
        loss, loss_guided, loss_coarse, loss_text: means over the last steps; None where no sample was of that kind.
        aux: auxiliary loss. norm: of the gradient, before clipping. lr: share of the peak rate.
        samples_per_s: over the last steps. left_s: seconds to the end at that rate.
    """

    step: int
    steps: int
    samples: int
    loss: float
    loss_guided: float | None
    loss_coarse: float | None
    loss_text: float | None
    aux: float
    norm: float
    lr: float
    samples_per_s: float
    elapsed_s: float
    left_s: float


@dataclass(frozen=True)
class Machine:
    """What a run computes with. `compiled` costs a minute or two at the start. `team`: the processes that share its batches."""

    device: str = "cpu"
    compiled: bool = True
    threads: int | None = None
    team: Team = ALONE


class Run:
    """A run folder and all that is needed to go on with it.

    Args:
        read: brings a caption to the wording that the model learns from (canonical words); see `cli.train`.

    Raises:
        InvalidRequestError: if the folder holds a run of another recipe, or one that is not to be resumed.
        DataError: if the pack is not readable or has no training samples.
    """

    model_id = "pochade-1"
    weights = state.SNAPSHOT
    """Name of the file of averaged weights."""

    def __init__(
        self,
        recipe: Recipe,
        pack: Pack,
        folder: Path,
        read: Callable[[str], str] = str,
        resume: bool = False,
        machine: Machine | None = None,
    ):
        self.recipe, self.pack, self.folder, self.machine = recipe, pack, folder, machine or Machine()
        self.team = self.machine.team
        check_divides(recipe.batch, self.team)
        if pack.size_px != recipe.size_px:
            raise InvalidRequestError(
                f"Got data of class {pack.size_px} for recipe {recipe.name!r}, which learns class {recipe.size_px}. "
                f"Pack it with `pochade data pack DIR --out PACK --size {recipe.size_px}`, or choose another recipe."
            )
        if pack.channels != GUIDE_CHANNELS:
            raise InvalidRequestError(
                f"Got guides of {pack.channels} channels; {GUIDE_CHANNELS} are needed. Pack the data with `pochade data pack DIR "
                f"--out PACK --size {recipe.size_px} --mirrors`."
            )
        self.words: Tokenizer = tokenizer()
        if len(self.words) > recipe.net.vocabulary:
            raise InvalidRequestError(
                f"Got {recipe.net.vocabulary} tokens as vocabulary of recipe {recipe.name!r}; at least {len(self.words)} are needed."
            )
        if self.machine.threads:
            torch.set_num_threads(self.machine.threads)
        self.dtype = torch.bfloat16
        self.device = torch.device(self.machine.device)
        torch.manual_seed(recipe.seed)
        self.net = self.network().to(self.device, self.dtype).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimizer = Optimizer(self.net, recipe.weight_decay)
        self._open(resume)
        lesson = Lesson(self.net, recipe.min_noise)
        self.lesson = torch.compile(lesson, dynamic=False) if self.machine.compiled else lesson
        taken = {name: group for name, group in pack.groups.items() if not recipe.groups or name in recipe.groups}
        self.captions = {name: Captions(group, read, self.words, recipe.net.text_tokens) for name, group in taken.items()}
        self._recent: list[tuple[np.ndarray, np.ndarray, float, float]] = []
        self._usual: deque[float] = deque(maxlen=50)

    def _open(self, resume: bool) -> None:
        """Takes up the run that the folder holds, if it does. Only the first process looks; the others are told."""
        tensors, place = state.opened(self.folder, plain(self.recipe), resume) if self.team.leads else (None, state.Place())
        if tensors is not None:
            self.optimizer.restore(tensors)
        self.place = self.team.agreed(place)
        self.team.told(self.optimizer.tensors().values())
        self.team.told(parameter.data for parameter in self.optimizer.live.values())

    def network(self) -> Pochade:
        """The network as it is before the first step."""
        net = Pochade(self.recipe.net)
        if self.recipe.start:
            net.load_state_dict({name: tensor.float() for name, tensor in state.read(Path(self.recipe.start))[0].items()})
        return net

    def rows(self) -> tuple[Row, ...]:
        """Rows of a sheet, below the pictures themselves."""
        return ROWS

    def __iter__(self) -> Iterator[Report]:
        """Trains to the end; yields a report every STATS_STEPS steps.

        Raises:
            DivergedError: when the loss left all bounds.
        """
        recipe = self.recipe
        source = ahead(batches(self.pack, recipe, self.captions, self.words, self.place.step, self.place.position))
        since, sheet_at, save_at = time.monotonic(), time.monotonic() + recipe.sheet_s, time.monotonic() + recipe.checkpoint_s
        try:
            while self.place.step < recipe.steps:
                self._learn(next(source))
                if self.place.step % STATS_STEPS == 0 or self.place.step == recipe.steps:
                    now = time.monotonic()
                    report = self._report(now - since)
                    since = now
                    yield report
                    if self.team.leads and (now >= save_at or self.place.step == recipe.steps):
                        self.save()
                        save_at = time.monotonic() + recipe.checkpoint_s
                    if self.team.leads and (now >= sheet_at or self.place.step == recipe.steps):
                        self.sheet()
                        sheet_at = time.monotonic() + recipe.sheet_s
                    since = time.monotonic()
        finally:
            source.close()  # type: ignore[attr-defined]

    def _learn(self, batch: Batch) -> None:
        recipe, number = self.recipe, self.place.step + 1
        progress = number / recipe.steps
        weight = recipe.aux_weight if progress < recipe.aux_until else 0.0
        loss, aux = self.lesson(*to_tensors(self.team.part(batch), self.dtype, self.device))
        (loss.mean() + weight * aux.mean()).backward()
        self.team.average_gradients(self.optimizer.live.values())
        loss, aux = (self.team.together(values.detach().float()).cpu() for values in (loss, aux))
        norm = self.optimizer.follow(recipe, number)
        if not math.isfinite(norm):
            raise DivergedError(self._diverged(f"the gradient's norm is {norm}"))
        self._recent.append((loss.numpy(), batch.modes, float(aux.mean()), norm))
        self.place = replace(self.place, step=number, position=batch.position)

    def _report(self, took_s: float) -> Report:
        losses, modes = np.concatenate([entry[0] for entry in self._recent]), np.concatenate([entry[1] for entry in self._recent])
        steps = len(self._recent)
        loss, share = float(losses.mean()), rate(self.place.step / self.recipe.steps, self.recipe.warmup, self.recipe.cooldown)
        by_mode = {mode: float(losses[modes == mode].mean()) if (modes == mode).any() else None for mode in (EXACT, COARSE, NONE)}
        self.place = replace(self.place, elapsed_s=self.place.elapsed_s + took_s)
        usual = float(np.median(self._usual)) if self._usual else math.inf
        if loss > DIVERGED * usual:
            raise DivergedError(self._diverged(f"the loss rose to {loss:.3g}, its usual value being {usual:.3g}"))
        self._usual.append(loss)
        report = Report(
            step=self.place.step,
            steps=self.recipe.steps,
            samples=self.place.step * self.recipe.batch,
            loss=loss,
            loss_guided=by_mode[EXACT],
            loss_coarse=by_mode[COARSE],
            loss_text=by_mode[NONE],
            aux=float(np.mean([entry[2] for entry in self._recent])),
            norm=float(np.mean([entry[3] for entry in self._recent])),
            lr=share,
            samples_per_s=steps * self.recipe.batch / took_s,
            elapsed_s=self.place.elapsed_s,
            left_s=(self.recipe.steps - self.place.step) * took_s / steps,
        )
        self._recent.clear()
        if self.team.leads:
            state.add_line(self.folder, vars(report))
        return report

    def _diverged(self, what: str) -> str:
        return (
            f"The run diverged at step {self.place.step + 1}: {what}. Its last good weights are {self.folder / state.SNAPSHOT}; "
            "go on from there with lower rates, in a recipe whose `start` names that file."
        )

    def save(self) -> None:
        """Writes checkpoint and snapshot, each whole or not at all."""
        about = {"recipe": plain(self.recipe), "place": vars(self.place), "data_root": self.pack.data_root}
        state.write(self.folder / state.CHECKPOINT, self.optimizer.tensors(), about)
        path = self.folder / self.weights
        self.keep(path)
        self.record(path).write(self.folder)

    def keep(self, path: Path) -> None:
        """Writes the averaged weights."""
        state.save_snapshot(path, self.optimizer.average, self.recipe, self.place)

    def record(self, weights: Path) -> RunRecord:
        """What the ledger keeps of this run: its data, its settings, and the hash of its weights."""
        recipe, begun = self.recipe, (self.folder / "recipe.json").stat().st_mtime
        started, finished = (datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for when in (begun, time.time()))
        return RunRecord(
            name=self.folder.name,
            model_id=self.model_id,
            recipe=recipe.name,
            started=started,
            finished=finished,
            data=(DataUsed(self.pack.data_root, self.pack.shard_roots, {split: self.pack.count(split) for split in SPLITS}),),
            config=published(recipe),
            weights={weights.name: state.sha256(weights)},
            parents=(state.sha256(Path(recipe.start)),) if recipe.start else (),
            code=__version__,
            machine=f"{platform.machine()}, {os.cpu_count()} cores, torch {torch.__version__} on {self.device}"
            + (f", {self.team.size} processes" if self.team.size > 1 else ""),
            samples_seen=self.place.step * recipe.batch,
            seconds=round(self.place.elapsed_s, 1),
        )

    def subjects(self) -> Subjects:
        """The fixed held-out samples of the sheets: the first of the square format, spread over its rows."""
        name = "1x1" if "1x1" in self.captions else next(iter(self.captions))
        group = self.pack.groups[name]
        held_out, train = group.of_split("held-out"), group.of_split("train")
        rows = train if len(train) and len(held_out) < SUBJECTS else held_out
        rows = rows[np.linspace(0, len(rows) - 1, SUBJECTS).astype(int)]
        pictures = np.array(group.pictures[rows])
        return Subjects(pictures, fitted(group.guides[rows], pictures.shape[1:3]), self.captions[name].ids[rows, 0].astype(np.int64))

    def sheet(self) -> Path:
        """Paints the sample sheet of this moment with the averaged weights; returns its path."""
        subjects = self.subjects()
        live = {name: parameter.detach().clone() for name, parameter in self.optimizer.live.items()}
        try:
            self._use(self.optimizer.average)
            forward = self._forward()
            rows = [painted(forward, subjects, row, self.dtype, self.device) for row in self.rows()]
        finally:
            self._use(live)
        path = self.folder / f"samples-{self.place.step:06d}.png"
        write_sheet(path, [subjects.pictures, *rows])
        return path

    def _use(self, weights: dict[str, Tensor]) -> None:
        with torch.no_grad():
            for name, parameter in self.optimizer.live.items():
                parameter.copy_(weights[name])

    def _forward(self) -> Callable[..., tuple[Tensor, Tensor | None]]:
        return torch.compile(self.net, dynamic=False) if self.machine.compiled else self.net
