"""Several processes train what one trains: the same batches, the same losses, one folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch

from pochade.core.errors import InvalidRequestError
from pochade.data.pack import Pack
from pochade.model import state
from pochade.model.batches import Batch
from pochade.model.config import Recipe
from pochade.model.team import ALONE, Team, check_divides, joined
from pochade.model.train import Machine, Run

STEPS = 20


def toml(recipe: Recipe) -> str:
    values = {key: value for key, value in asdict(recipe).items() if key not in ("name", "net") and not isinstance(value, (dict, tuple))}
    net = {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(recipe.net).items()}
    lines = [f"{key} = {json.dumps(value)}" for key, value in {**values, "samples": STEPS * recipe.batch}.items()]
    return "\n".join([*lines, "[net]", *(f"{key} = {json.dumps(value)}" for key, value in net.items())]) + "\n"


def trained(processes: int, recipe: Path, pack: Path, run: Path) -> subprocess.CompletedProcess[str]:
    started = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)] if processes > 1 else []
    arguments = ["train", "--recipe", str(recipe), "--data", str(pack), "--run", str(run), "--no-compile", "--threads", "1"]
    more = ("--",) if processes > 1 else ()  # or torchrun takes our --run for its own --run-path
    return subprocess.run(
        [sys.executable, *started, "-m", *more, "pochade", *arguments],
        capture_output=True, text=True, timeout=300, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def losses(run: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (run / "stats.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def recipe_file(recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "tiny.toml"
    path.write_text(toml(recipe))
    return path


def test_two_processes_learn_what_one_learns(recipe_file: Path, pack_folder: Path, tmp_path: Path):
    alone, both = trained(1, recipe_file, pack_folder, tmp_path / "one"), trained(2, recipe_file, pack_folder, tmp_path / "two")
    assert (alone.returncode, both.returncode) == (0, 0), both.stderr
    assert both.stdout.count("step 20/20") == 1  # one of them speaks
    assert losses(tmp_path / "two") == pytest.approx(losses(tmp_path / "one"), rel=0.02)
    one, two = (state.read(tmp_path / run / state.SNAPSHOT)[0] for run in ("one", "two"))
    apart = [float((two[name].float() - tensor.float()).norm() / tensor.float().norm().clamp(min=1e-3)) for name, tensor in one.items()]
    assert np.median(apart) < 0.03 and max(apart) < 0.3  # bf16 rounds other sums in another order
    machine = json.loads((tmp_path / "two" / "run.json").read_text())["machine"]
    assert machine.endswith("2 processes")
    again = trained(2, recipe_file, pack_folder, tmp_path / "two")
    assert again.returncode and "Add --resume" in again.stderr


def test_only_pochade_1_is_trained_by_several(pack_folder: Path, tmp_path: Path):
    path = tmp_path / "judge.toml"
    path.write_text('kind = "judge"\n')
    refused = trained(2, path, pack_folder, tmp_path / "run")
    assert refused.returncode and "only recipes of pochade-1" in refused.stderr
    assert not (tmp_path / "run").exists()


def test_every_sample_is_in_one_part(recipe: Recipe):
    batch = Batch(*(np.arange(8) for _ in range(6)), position=3)
    parts = [Team(rank, 2).part(batch) for rank in range(2)]
    assert sorted(np.concatenate([part.t for part in parts])) == list(range(8))
    assert all(part.position == 3 for part in parts) and ALONE.part(batch) is batch


def test_a_batch_that_cannot_be_shared_is_refused(recipe: Recipe, pack_folder: Path, tmp_path: Path):
    with pytest.raises(InvalidRequestError, match="Got 3 processes for batches of 8"):
        check_divides(8, Team(0, 3))
    with pytest.raises(InvalidRequestError, match="cannot be shared evenly"):
        Run(recipe, Pack(pack_folder), tmp_path / "run", machine=Machine(compiled=False, team=Team(0, 3)))


def test_alone_nothing_is_exchanged(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    assert joined("cpu") == (ALONE, "cpu")
    values = torch.arange(3.0)
    assert ALONE.together(values) is values and ALONE.agreed(2.5) == 2.5
    ALONE.leave()
