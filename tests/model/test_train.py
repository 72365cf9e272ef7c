"""Training: it learns, repeats, resumes exactly, and stops in words."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from pochade.core.errors import InvalidRequestError
from pochade.data.pack import Pack
from pochade.data.runs import read_run
from pochade.model import finetune, state, train, train_judge
from pochade.model.config import Recipe, load_recipe, plain, read_toml, recipe_from
from pochade.model.train import DivergedError, Machine, Run
from pochade.model.train_denoiser import KIND, load_denoiser_recipe

EAGER = Machine(compiled=False)


@pytest.fixture(autouse=True)
def _short_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "STATS_STEPS", 5)
    monkeypatch.setattr(train, "ROWS", train.ROWS[:1])


@pytest.fixture
def pack(pack_folder: Path) -> Pack:
    return Pack(pack_folder)


def losses(folder: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (folder / "stats.jsonl").read_text().splitlines()]


def run_to_end(recipe: Recipe, pack: Pack, folder: Path, resume: bool = False) -> list[float]:
    list(Run(recipe, pack, folder, resume=resume, machine=EAGER))
    return losses(folder)


def test_a_run_learns_writes_its_files_and_repeats(recipe: Recipe, pack: Pack, tmp_path: Path):
    first = run_to_end(recipe, pack, tmp_path / "a")
    assert np.mean(first[-2:]) < 0.5 * first[0]
    with Image.open(tmp_path / "a" / f"samples-{recipe.steps:06d}.png") as sheet:
        assert sheet.size == (train.SUBJECTS * recipe.size_px, 2 * recipe.size_px)
    net, kept, about = state.load_snapshot(tmp_path / "a" / state.SNAPSHOT)
    assert kept == recipe and about["step"] == recipe.steps and not net.training
    run = read_run(tmp_path / "a")
    assert run.weights == {state.SNAPSHOT: state.sha256(tmp_path / "a" / state.SNAPSHOT)}
    assert (run.samples_seen, run.recipe, run.data[0].samples["train"]) == (recipe.samples, "tiny", 40)
    assert run_to_end(recipe, pack, tmp_path / "b") == first


def test_a_stopped_run_goes_on_exactly_where_its_checkpoint_lies(recipe: Recipe, pack: Pack, tmp_path: Path):
    whole = run_to_end(recipe, pack, tmp_path / "whole")
    going = Run(recipe, pack, tmp_path / "parts", machine=EAGER)
    reports = iter(going)
    for _ in range(3):
        next(reports)
    going.save()
    next(reports)  # work after the checkpoint, which is lost
    reports.close()
    lines = tmp_path / "parts" / "stats.jsonl"
    lines.write_text("".join(lines.read_text().splitlines(keepends=True)[:3]))
    assert run_to_end(recipe, pack, tmp_path / "parts", resume=True) == whole


def test_a_run_folder_of_another_recipe_or_in_use_is_refused(recipe: Recipe, pack: Pack, tmp_path: Path):
    Run(recipe, pack, tmp_path, machine=EAGER).save()
    with pytest.raises(InvalidRequestError, match="--resume"):
        Run(recipe, pack, tmp_path, machine=EAGER)
    with pytest.raises(InvalidRequestError, match=r"another recipe \(other: lr_adam\)"):
        Run(replace(recipe, lr_adam=0.5), pack, tmp_path, resume=True, machine=EAGER)
    with pytest.raises(InvalidRequestError, match="class 32 for recipe"):
        Run(replace(recipe, size_px=64), pack, tmp_path / "new", machine=EAGER)


def test_a_damaged_checkpoint_is_named(recipe: Recipe, pack: Pack, tmp_path: Path):
    Run(recipe, pack, tmp_path, machine=EAGER).save()
    path = tmp_path / state.CHECKPOINT
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InvalidRequestError, match=r"checkpoint\.safetensors, which is no readable file"):
        Run(recipe, pack, tmp_path, resume=True, machine=EAGER)


def test_a_run_that_diverges_stops_and_keeps_its_snapshot(recipe: Recipe, pack: Pack, tmp_path: Path):
    going = Run(replace(recipe, samples=8 * 400), pack, tmp_path, machine=EAGER)
    reports = iter(going)
    next(reports)
    going.save()
    before = (tmp_path / state.SNAPSHOT).read_bytes()
    with torch.no_grad():
        going.optimizer.masters["painter.out.bias"] += 100.0
        going.net.painter.out.bias += 100.0
    with pytest.raises(DivergedError, match=r"loss rose to .*snapshot\.safetensors"):
        next(reports)
    assert (tmp_path / state.SNAPSHOT).read_bytes() == before


def test_recipes_are_read_strictly(recipe: Recipe, tmp_path: Path):
    assert recipe_from(json.loads(json.dumps(plain(recipe)))) == recipe
    path = tmp_path / "odd.toml"
    path.write_text("smaples = 3\n")
    with pytest.raises(InvalidRequestError, match="smaples is no setting of Recipe"):
        load_recipe(path)
    path.write_text("samples = 'many'\n")
    with pytest.raises(InvalidRequestError, match="samples is 'many', not int"):
        load_recipe(path)
    with pytest.raises(InvalidRequestError, match="in its folder lie: odd"):
        load_recipe(tmp_path / "none.toml")


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[2] / "recipes").glob("*.toml")), ids=lambda path: path.stem)
def test_every_shipped_recipe_is_readable(path: Path):
    kind = read_toml(path).get("kind")
    if kind == finetune.KIND:
        return  # it is read with its base, in test_finetune
    load = {KIND: load_denoiser_recipe, train_judge.KIND: train_judge.load_judge_recipe}.get(kind, load_recipe)
    assert load(path).name == path.stem
