"""Fine-tuning: it learns from photographs, leaves the base alone, goes on exactly, and refuses in words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import typer
from PIL import Image
from typer.testing import CliRunner

import exported
from pochade.cli.train import recipe_path
from pochade.cli.train import train as command
from pochade.core.conditions import GUIDE_INPUTS
from pochade.core.errors import InvalidRequestError
from pochade.core.flow import NOISY_INPUTS
from pochade.data import photos
from pochade.data.licences import licence
from pochade.data.runs import read_run
from pochade.model import state, train
from pochade.model.finetune import ADAPTER, Finetune, FinetuneRecipe, load_finetune_recipe
from pochade.model.lowrank import adapt, load_adapter
from pochade.model.train import Machine
from pochade.runtime import adapters

pytest.importorskip("pyarrow")

EAGER = Machine(compiled=False)
RECIPE = "kind = 'finetune'\nrank = 2\nsamples = 160\nbatch = 4\nlr_adam = 0.01\nt_uniform = 1.0\nsheet_s = 1e9\ncheckpoint_s = 1e9\n"


@pytest.fixture(autouse=True)
def _short_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "STATS_STEPS", 5)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported.export_tiny(tmp_path_factory.mktemp("base")).parent / state.SNAPSHOT


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve photographs of orange evenings."""
    folder = tmp_path_factory.mktemp("photos")
    for number in range(12):
        spots = np.random.default_rng(number).integers(0, 60, (4, 4, 3), np.uint8) + np.uint8([180, 90, 10])
        Image.fromarray(spots).resize((128, 128), Image.Resampling.BICUBIC).save(folder / f"{number}.png")
        (folder / f"{number}.txt").write_text("a lemon at sunset")
    out = folder / "imported"
    taken = list(photos.import_photos(folder, out, photos.Source(licence("", holds_rights=True), "own shoot")))
    assert {decision.outcome for decision in taken} == {"imported"}
    return out


@pytest.fixture(scope="module")
def recipe(base: Path, tmp_path_factory: pytest.TempPathFactory) -> FinetuneRecipe:
    path = tmp_path_factory.mktemp("recipe") / "tiny.toml"
    path.write_text(RECIPE)
    return load_finetune_recipe(path, base)


@pytest.fixture(scope="module")
def learned(recipe: FinetuneRecipe, imported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that went to its end."""
    folder = tmp_path_factory.mktemp("runs") / "evening"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(train, "STATS_STEPS", 5)
        list(Finetune(recipe, imported, folder, machine=EAGER))
    return folder


def losses(folder: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (folder / "stats.jsonl").read_text().splitlines()]


def test_a_run_learns_and_writes_what_painting_reads(recipe: FinetuneRecipe, base: Path, learned: Path):
    found = losses(learned)
    assert len(found) == 8 and np.mean(found[-2:]) < 0.7 * found[0]
    with Image.open(learned / "samples-000040.png") as sheet:
        assert sheet.size == (train.SUBJECTS * recipe.size_px, 2 * recipe.size_px)
    made = adapters.read(learned / ADAPTER)
    assert made.base_sha256 == state.sha256(base)
    about = state.read(learned / ADAPTER)[1]
    assert (about["name"], about["rank"], about["recipe"]["start"]) == ("evening", 2, state.SNAPSHOT)
    run = read_run(learned)
    assert run.weights == {ADAPTER: made.sha256} and run.parents == (made.base_sha256,) and run.model_id == "pochade-1@evening"
    assert about["data_root"] == run.data[0].root


def test_only_the_adapter_learns(recipe: FinetuneRecipe, base: Path, imported: Path, tmp_path: Path):
    before = state.sha256(base)
    run = Finetune(recipe, imported, tmp_path / "run", machine=EAGER)
    frozen = {name: parameter.clone() for name, parameter in run.net.named_parameters() if name not in run.optimizer.live}
    next(iter(run))
    for name, parameter in run.net.named_parameters():
        if name in frozen:
            torch.testing.assert_close(parameter, frozen[name], rtol=0, atol=0)
        else:
            assert name.endswith((".down", ".up")) and name not in run.optimizer.groups
    assert state.sha256(base) == before
    assert sum(master.numel() for master in run.optimizer.masters.values()) < 0.2 * sum(tensor.numel() for tensor in frozen.values())


def test_an_adapter_starts_as_nothing_and_its_file_is_what_was_learned(recipe: FinetuneRecipe, base: Path, learned: Path):
    def answer(net: torch.nn.Module) -> torch.Tensor:
        torch.manual_seed(1)
        with torch.no_grad():
            inputs = torch.randn(1, NOISY_INPUTS, 16, 16), torch.zeros(1, GUIDE_INPUTS, 16, 16)
            return net(*inputs, torch.full((1, 24), 300), torch.zeros(1, 1, 1, 24))[0]

    fresh = [state.load_snapshot(base)[0] for _ in range(3)]
    want = answer(fresh[0])
    torch.testing.assert_close(answer(adapt(fresh[1], 2)), want)
    tensors, _ = state.read(learned / ADAPTER)
    with torch.no_grad():
        for name, parameter in fresh[1].named_parameters():
            if parameter.requires_grad:
                parameter.copy_(tensors[name.replace(".parametrizations.weight.0", ".weight")])
    taught = answer(load_adapter(fresh[2], learned / ADAPTER))
    torch.testing.assert_close(answer(fresh[1]), taught, rtol=1e-4, atol=1e-4)
    assert (taught - want).abs().mean() > 0.05


def test_a_stopped_run_goes_on_exactly(recipe: FinetuneRecipe, imported: Path, learned: Path, tmp_path: Path):
    folder = tmp_path / "evening"
    going = Finetune(recipe, imported, folder, machine=EAGER)
    reports = iter(going)
    for _ in range(3):
        next(reports)
    going.save()
    reports.close()
    with pytest.raises(InvalidRequestError, match="--resume"):
        Finetune(recipe, imported, folder, machine=EAGER)
    list(Finetune(recipe, imported, folder, resume=True, machine=EAGER))
    assert losses(folder) == losses(learned)
    assert (folder / ADAPTER).read_bytes() == (learned / ADAPTER).read_bytes()


def test_the_shipped_recipe_takes_shape_and_size_from_its_base(base: Path):
    found = load_finetune_recipe(recipe_path("finetune"), base)
    assert (found.name, found.net.widths, found.size_px, found.drop_guide) == ("finetune", (8, 16), 64, 1.0)


def test_what_a_recipe_lacks_is_said(base: Path, tmp_path: Path):
    path = tmp_path / "odd.toml"
    path.write_text(RECIPE)
    with pytest.raises(InvalidRequestError, match="no weights to start from. Add --start SNAPSHOT"):
        load_finetune_recipe(path)
    with pytest.raises(InvalidRequestError, match="no readable file of weights"):
        load_finetune_recipe(path, tmp_path / "none.safetensors")
    for line, says in (("rank = 0", "rank 0"), ("drop_guide = 0.5", "drop_guide 0.5"), ("size_px = 64", "Got net or size_px")):
        path.write_text(f"kind = 'finetune'\n{line}\n")
        with pytest.raises(InvalidRequestError, match=says):
            load_finetune_recipe(path, base)


def test_the_command_learns_and_says_where_the_adapter_goes(base: Path, imported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("POCHADE_DATA", str(tmp_path))
    path = tmp_path / "short.toml"
    path.write_text(RECIPE.replace("160", "20"))
    app = typer.Typer()
    app.command()(command)
    options = ["--finetune", str(imported), "--recipe", str(path), "--run", str(tmp_path / "dusk"), "--no-compile"]
    done = CliRunner().invoke(app, [*options, "--start", str(base)])
    assert done.exit_code == 0, done.output
    assert f"done: {tmp_path / 'dusk' / ADAPTER}" in done.output
    assert f"Put it into {tmp_path / 'adapters'} as dusk.safetensors" in done.output
    assert "Give --recipe and --data" in str(CliRunner().invoke(app, ["--run", str(tmp_path / "x")]).exception)
