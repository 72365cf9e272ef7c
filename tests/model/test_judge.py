"""Judges: that they learn which colour belongs to which thing, resume exactly, and are the same when exported."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

import judging
from pochade.cli.app import app
from pochade.cli.train import judge_labels
from pochade.core.errors import DataError, InvalidRequestError, ProviderUnavailableError
from pochade.core.labels import truth
from pochade.data.pack import Pack
from pochade.evals.compositional import fulfilled
from pochade.evals.judge import Judge as Exported
from pochade.model import loop, state
from pochade.model.export import export_judge
from pochade.model.judge import Judge, JudgeConfig, JudgeLesson
from pochade.model.train import Machine
from pochade.model.train_judge import JudgeRecipe, JudgeRun, Shown, half_of, load_judge
from pochade.world.scene import Description, Entity, Relation

EAGER = Machine(compiled=False, threads=1)
CNN = JudgeConfig("cnn", judging.SIZE, widths=(16, 24, 32), pairs=1, noun_width=24)
VIT = JudgeConfig("vit", judging.SIZE, width=32, depth=2, heads=2, noun_width=24)
RECIPE = JudgeRecipe("tiny", net=CNN, steps=300, batch=24, lr_muon=0.02, lr_adam=0.004, held_out=16, checkpoint_s=1e9)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return Pack(judging.write_pack(tmp_path_factory.mktemp("judging") / "pack"))


@pytest.fixture(scope="module")
def trained(pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "judge"
    list(JudgeRun(RECIPE, pack, judging.LABELS, folder, machine=EAGER))
    return folder


def lines(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "stats.jsonl").read_text().splitlines()]


def test_it_learns_and_says_how_well(trained: Path):
    reports = lines(trained)
    assert reports[-1]["loss"] < 0.3 * reports[0]["loss"] and reports[-1]["step"] == RECIPE.steps
    assert [report["loss_held_out"] is None for report in reports] == [True] * (len(reports) - 1) + [False]
    assert reports[-1]["loss_held_out"] < 0.5 * reports[0]["loss"]


def test_an_exported_judge_tells_what_belongs_to_what(trained: Path, tmp_path: Path):
    export_judge(trained / state.SNAPSHOT, tmp_path)
    judge = Exported(tmp_path)
    things = [("cube", "red", 9, 16), ("ball", "blue", 23, 16)]
    exchanged = [("cube", "blue", 9, 16), ("ball", "red", 23, 16)]
    moved = [("cube", "red", 23, 16), ("ball", "blue", 9, 16)]
    judged = judge(np.stack([judging.drawn(entry, True) for entry in (things, exchanged, moved, things[:1])]))
    colours = Description((Entity("cube", color="red"), Entity("ball", color="blue")))
    assert fulfilled(judged, colours).tolist() == [True, False, True, False]
    order = Description((Entity("ball"), Entity("cube")), (Relation("right of", 0, 1),), light="noon")
    assert fulfilled(judged, order).tolist() == [True, True, False, False]
    assert judged.shown("colours")[3].round().tolist() == [1, 0, 0]


def test_the_graph_is_the_network_at_any_number_and_size(trained: Path, tmp_path: Path):
    about = json.loads(export_judge(trained / state.SNAPSHOT, tmp_path, {"run_record_sha256": "ab"}).read_text())
    assert (about["kind"], about["labels"], about["run_record_sha256"]) == ("judge", judging.LABELS.plain(), "ab")
    net, recipe, labels = load_judge(trained / state.SNAPSHOT)
    assert (recipe, labels) == (RECIPE, judging.LABELS)
    pictures = np.random.default_rng(0).integers(0, 256, (3, judging.SIZE, judging.SIZE, 3), np.uint8)
    with torch.no_grad():
        want = net(torch.from_numpy(pictures).permute(0, 3, 1, 2) / 127.5 - 1)
    judged = Exported(tmp_path)(pictures)
    np.testing.assert_allclose(judged.features, want.features, atol=0.02)
    np.testing.assert_allclose(judged.counts, want.counts.softmax(-1), atol=0.02)
    assert Exported(tmp_path)([pictures[0], np.zeros((20, 40, 3), np.uint8)]).lights.shape == (2, 2)


@pytest.mark.parametrize("net", [CNN, VIT], ids=["cnn", "vit"])
def test_a_stopped_run_goes_on_exactly(net: JudgeConfig, pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loop, "STATS_STEPS", 2)
    recipe = replace(RECIPE, net=net, steps=6, batch=4)

    def run(folder: Path, resume: bool = False) -> JudgeRun:
        return JudgeRun(recipe, pack, judging.LABELS, folder, resume, EAGER)

    list(run(tmp_path / "whole"))
    going = run(tmp_path / "parts")
    reports = iter(going)
    next(reports)
    going.save()
    reports.close()
    list(run(tmp_path / "parts", resume=True))
    whole, parts = (lines(tmp_path / name) for name in ("whole", "parts"))
    assert [report["loss"] for report in parts] == [report["loss"] for report in whole] and whole[-1]["step"] == 6
    with pytest.raises(InvalidRequestError, match="--resume"):
        run(tmp_path / "parts")
    with pytest.raises(InvalidRequestError, match="other: labels"):
        JudgeRun(recipe, pack, replace(judging.LABELS, lights=("noon",)), tmp_path / "parts", True, EAGER)


def test_two_judges_share_no_picture(pack: Pack):
    halves = [Shown(pack, "train", judging.LABELS, judging.SIZE, half) for half in (0, 1)]
    assert not set(halves[0].at) & set(halves[1].at) and sum(map(len, halves)) == pack.count("train")
    assert 0.4 < np.mean([half_of(f"1-{number:08d}") for number in range(1000)]) < 0.6
    with pytest.raises(DataError, match="no rendered sample of split 'held-out-combination'"):
        Shown(pack, "held-out-combination", judging.LABELS, judging.SIZE)


def test_a_mirrored_picture_has_mirrored_places(pack: Pack):
    shown = Shown(pack, "train", judging.LABELS, judging.SIZE)
    rows = np.flatnonzero(shown.truth.orders[:, 0, 0] == 0)[:16]
    for row in rows:
        (picture,), *_, orders, _, _, _ = shown.batch(np.array([row]), np.random.default_rng(int(row)))
        middles = {}
        for noun, colour in enumerate(shown.truth.colours[row]):
            near = np.abs(picture - np.array(list(judging.COLOURS.values())[colour])).sum(-1) < 60
            middles[noun] = np.nonzero(near)[1].mean()
        if len(set(shown.truth.colours[row])) == 2:
            _, low, high = orders[0, 0]
            assert middles[low] < middles[high]


def test_nothing_is_learned_from_what_is_not_said():
    net = Judge(VIT, judging.LABELS)
    open_ = truth(judging.LABELS, [judging.line(0, [], family="place", light="", setting="?", surface="?")])
    pictures = torch.zeros(1, judging.SIZE, judging.SIZE, 3, dtype=torch.uint8)
    losses = JudgeLesson(net)(pictures, *map(torch.from_numpy, vars(open_).values()))
    assert losses.abs().max() < 1e-5


def test_other_weights_are_no_judge(trained: Path, tmp_path: Path):
    state.write(tmp_path / "other.safetensors", {"x": torch.zeros(1)}, {"recipe": {"kind": "denoiser"}})
    with pytest.raises(InvalidRequestError, match="holds no judge"):
        load_judge(tmp_path / "other.safetensors")
    manifest = export_judge(trained / state.SNAPSHOT, tmp_path / "judge")
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "kind": "painter"}))
    with pytest.raises(ProviderUnavailableError, match="are no judge's"):
        Exported(tmp_path / "judge")


def test_the_commands_train_and_export(pack: Pack, tmp_path: Path):
    recipe = tmp_path / "small.toml"
    net = f'[net]\nbody = "vit"\nsize_px = {judging.SIZE}\nwidth = 32\nheads = 2\ndepth = 1\n'
    recipe.write_text(f'kind = "judge"\nsteps = 2\nbatch = 2\nheld_out = 2\n{net}')
    arguments = ["train", "--recipe", str(recipe), "--data", str(pack.folder), "--run", str(tmp_path / "run"), "--no-compile"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0 and "held-out" in result.stdout and "places" in result.stdout
    result = CliRunner().invoke(app, ["export", str(tmp_path / "run" / state.SNAPSHOT), "--out", str(tmp_path / "judge")])
    assert result.exit_code == 0
    assert Exported(tmp_path / "judge").labels == judge_labels()
