"""Evaluating a network: the figures are those of its pictures, and the command says what it cannot do."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import exported
import packed
from pochade.cli.app import app
from pochade.data.pack import Pack
from pochade.evals import metrics
from pochade.evals.painter import evaluate, painted

pytest.importorskip("torch")

from pochade.runtime.engine import Engine


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported.export_tiny(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module")
def pack_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed.write_pack(tmp_path_factory.mktemp("pack"))


def test_scores_are_those_of_the_pictures(weights: Path, pack_folder: Path):
    engine, pack = Engine(weights, "f32"), Pack(pack_folder)
    (found,) = evaluate(engine, pack, str, (2,))
    group = pack.groups["1x1"]
    rows = group.of_split("held-out")
    made = painted(engine, group, rows, str, 2)
    psnr = metrics.psnr_db(made, np.array(group.pictures[rows]))
    whole, *families = found.scores
    assert (whole.kind, whole.pictures, whole.psnr_db) == ("all", len(rows), pytest.approx(psnr.mean()))
    assert whole.psnr_low <= whole.psnr_db <= whole.psnr_high and sum(score.pictures for score in families) == len(rows)
    assert found.num_steps == 2 and len(found.sharpness) == 4 and found.ms_per_picture > 0


def test_the_command_prints_and_keeps_its_figures(weights: Path, pack_folder: Path, tmp_path: Path):
    arguments = [
        "evaluate",
        str(pack_folder),
        "--weights",
        str(weights),
        "--steps",
        "1,2",
        "--most",
        "4",
        "--out",
        str(tmp_path / "found.json"),
    ]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0 and "1 step," in result.stdout and "2 steps," in result.stdout and "PSNR" in result.stdout
    kept = json.loads((tmp_path / "found.json").read_text())
    assert [entry["num_steps"] for entry in kept["evaluations"]] == [1, 2] and kept["evaluations"][0]["scores"][0]["pictures"] == 4


@pytest.mark.parametrize(
    ("arguments", "said"), [(("--steps", "0"), "1 to 50"), (("--steps", "a"), "1 to 50"), (("--split", "none"), "held-out")]
)
def test_what_cannot_be_evaluated_is_said(weights: Path, pack_folder: Path, arguments: tuple[str, ...], said: str):
    result = CliRunner().invoke(app, ["evaluate", str(pack_folder), "--weights", str(weights), *arguments])
    assert result.exit_code == 2 and said in result.stderr
