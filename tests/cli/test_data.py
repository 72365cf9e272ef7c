"""`pochade data` and `pochade ledger` as a user types them."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer
from PIL import Image, PngImagePlugin
from typer.testing import CliRunner

from pochade.cli.app import app
from pochade.cli.data import pace, parse_shares, watch
from pochade.core.recipe import Recipe
from pochade.data import folder as folders
from pochade.data import guide, runs, shards
from pochade.data.records import LABELS, SINGLE_LABELS, Sample
from pochade.studio.dataset import RenderProgress
from pochade.studio.pictures import encode

WEIGHTS = "ab" * 32


def pochade(*arguments: object):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def sample(index: int) -> Sample:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), (index, 90, 30)).save(file, "WEBP")
    flat = np.ones((64, 64), np.uint8)
    maps = guide.StoredGuide(flat.astype(np.uint16), *[np.stack([flat] * 3, -1)] * 4, flat, np.stack([flat] * 3, -1), 1.0, 2.0)
    labels = {**dict.fromkeys(LABELS, ()), **dict.fromkeys(SINGLE_LABELS, ""), "light": "noon"}
    return Sample(
        f"1-{index:08d}", index, "train", "food", 64, 64, file.getvalue(), (("short", "a lemon"),), labels, {"licence": "CC0-1.0"},
        guide=guide.encode(maps), near_m=1.0, far_m=2.0,
    )  # fmt: skip


@pytest.fixture
def place(tmp_path):
    pytest.importorskip("pyarrow")
    place = tmp_path / "data"
    folders.prepare(place, folders.Manifest("samples", 3, 2, {"root_seed": 1, "world_version": 1}))
    shards.write_shard(place, 0, [sample(0), sample(1)])
    shards.write_shard(place, 1, [sample(2)])
    return place


def test_verify_prints_the_root_that_root_prints_and_checks_it(place):
    root = pochade("ledger", "root", place).stdout.strip()
    result = pochade("ledger", "verify", place, "--root", root)
    assert result.exit_code == 0 and result.stdout.splitlines() == ["3 samples in 2 shards are what the ledger says", f"data root {root}"]
    other = pochade("ledger", "verify", place, "--root", "0" * 64)
    assert other.exit_code == 2 and f"has data root {root}, not {'0' * 64}" in other.stderr


def test_verify_names_every_fault_and_fails(place):
    shards.shard_path(place, 0).write_bytes(b"torn")
    shards.ledger_path(place, 1).write_bytes(b"{}\n")
    result = pochade("ledger", "verify", place)
    assert result.exit_code == 2 and "shard 0: " in result.stderr and "1-00000002 is not what its ledger line says" in result.stderr
    assert "is not what its ledger says: " in result.stderr


def test_verify_against_the_record_of_a_run(place, tmp_path):
    run = write_run(place, tmp_path)
    assert pochade("ledger", "verify", place, "--run", run).exit_code == 0
    shards.write_shard(place, 1, [sample(7)])
    result = pochade("ledger", "verify", place, "--run", run)
    assert result.exit_code == 2 and "It is other data" in result.stderr


def write_run(place, tmp_path):
    record = runs.RunRecord(
        name="first", model_id="pochade-1", recipe="small", started="2026-01-31T12:00:00Z", finished="2026-01-31T20:00:00Z",
        data=(runs.data_used(place, {"train": 3}),), config={}, weights={"painter.xml": WEIGHTS},
    )  # fmt: skip
    run = tmp_path / "run"
    run.mkdir()
    record.write(run)
    return run


def write_picture(path, versions):
    picture = np.zeros((16, 16, 3), np.uint8)
    recipe = Recipe("a lemon", 7, "pochade-1", 64, 64, "standard", "00" * 32, versions=versions)
    path.write_bytes(encode(picture, recipe))
    return path


def test_explain_walks_from_a_picture_to_the_root_of_its_data(place, tmp_path):
    run = write_run(place, tmp_path)
    picture = write_picture(tmp_path / "lemon.png", {"weights": WEIGHTS})
    root = pochade("ledger", "root", place).stdout.strip()
    result = pochade("ledger", "explain", picture, "--runs", run)
    assert result.exit_code == 0 and WEIGHTS in result.stdout and f"root {root}, 2 shards, 3 samples" in result.stdout
    told = json.loads(pochade("ledger", "explain", picture, "--runs", run, "--json").stdout)
    assert told["run"]["data"][0]["root"] == root and told["prompt"] == "a lemon"
    lost = pochade("ledger", "explain", picture, "--runs", place)
    assert lost.exit_code == 2 and "No run record" in lost.stderr


def test_explain_walks_on_to_the_runs_that_a_run_went_on_from(place, tmp_path):
    first = runs.read_run(write_run(place, tmp_path))
    later = replace(first, name="later", weights={"snapshot.safetensors": "9" * 64}, parents=(WEIGHTS,))
    (tmp_path / "later").mkdir()
    later.write(tmp_path / "later")
    picture = write_picture(tmp_path / "lemon.png", {"weights": "9" * 64})
    result = pochade("ledger", "explain", picture, "--runs", tmp_path)
    told = [line.split()[1] for line in result.stdout.splitlines() if line.startswith("run ")]
    assert result.exit_code == 0 and told == ["later", first.name]
    lost = pochade("ledger", "explain", picture, "--runs", tmp_path / "later")
    assert lost.exit_code == 2 and WEIGHTS in lost.stderr


def test_explain_of_what_was_rendered_or_is_no_picture(tmp_path):
    picture = write_picture(tmp_path / "lemon.png", {"world": "1"})
    result = pochade("ledger", "explain", picture)
    assert result.exit_code == 0 and "nothing was learned" in result.stdout and "unchanged since" in result.stdout
    assert pochade("ledger", "explain", tmp_path / "nothing.png").exit_code == 2


def test_explain_says_whether_the_signature_holds(tmp_path):
    picture = write_picture(tmp_path / "lemon.png", {"world": "1"})
    data = bytearray(picture.read_bytes())
    at = data.index(b"IDAT") + 6
    data[at] ^= 1
    picture.write_bytes(data)
    assert "its signature does not hold" in pochade("ledger", "explain", picture).stdout
    with Image.open(picture) as image:
        chunks = PngImagePlugin.PngInfo()
        chunks.add_itxt("pochade", image.info["pochade"])
    Image.new("RGB", (16, 16)).save(picture, pnginfo=chunks)
    assert "nothing vouches for the recipe" in pochade("ledger", "explain", picture).stdout


def test_show_prints_the_line_and_its_proof(place):
    told = json.loads(pochade("ledger", "show", "1-00000001", "--data", place).stdout)
    assert told["entry"]["id"] == "1-00000001" and told["rows"] == 2 and len(told["proof"]) == 1
    assert pochade("ledger", "show", "9", "--data", place).exit_code == 2


def test_pack_count_and_card(place, tmp_path):
    result = pochade("data", "pack", place, "--out", tmp_path / "pack", "--size", 32)
    assert result.exit_code == 0 and "2 of 2 shards, 3 samples added" in result.stderr and (tmp_path / "pack" / "pack.json").exists()
    assert pochade("data", "count", place, "light").stdout.splitlines()[1:] == ["light\tnoon\t3\t100.00%"]
    assert "Got kind 'lights'" in pochade("data", "count", place, "lights").stderr
    assert pochade("data", "card", place, "--name", "lemons").exit_code == 0
    assert json.loads((place / "croissant.json").read_bytes())["name"] == "lemons"


def test_import_says_what_became_of_every_file(tmp_path):
    pytest.importorskip("pyarrow")
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.effect_noise((160, 160), 90).save(photos / "a.png")
    (photos / "a.txt").write_text("grain")
    (photos / "b.png").write_bytes(b"torn")
    refused = pochade("data", "import", photos, "--out", tmp_path / "x", "--licence", "CC-BY-NC-4.0", "--source", "own")
    assert refused.exit_code == 2 and "--i-hold-the-rights" in refused.stderr and not (tmp_path / "x").exists()
    uncredited = pochade("data", "import", photos, "--out", tmp_path / "x", "--licence", "CC-BY-4.0", "--source", "own")
    assert uncredited.exit_code == 2 and "--creator" in uncredited.stderr
    result = pochade("data", "import", photos, "--out", tmp_path / "x", "--licence", "mine", "--source", "own", "--i-hold-the-rights")
    assert result.exit_code == 0 and "b.png: unreadable" in result.stdout and "1 imported, 1 unreadable" in result.stdout
    assert pochade("ledger", "verify", tmp_path / "x").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--count", "0"], "Got 0 for count"),
        (["--count", "1", "--size", "100"], "multiples of 16"),
        (["--count", "1", "--families", "people"], "products, food, landscape, place"),
        (["--count", "1", "--families", "food=much"], "Got 'food=much' for families"),
        (["--count", "1", "--aspects", "4:3"], "1:1, 3:2"),
        (["--count", "1", "--workers", "0"], "Got 0 workers"),
    ],
)
def test_render_refuses_bad_input_before_it_writes(arguments, message, tmp_path):
    pytest.importorskip("pyarrow")
    result = pochade("data", "render", "--out", tmp_path / "out", *arguments)
    assert result.exit_code == 2 and message in result.stderr and not (tmp_path / "out").exists()


def test_render_refuses_a_full_disk_early(tmp_path):
    pytest.importorskip("pyarrow")
    result = pochade("data", "render", "--count", 10_000_000, "--size", 1024, "--out", tmp_path / "out")
    assert result.exit_code == 2 and "GB are needed" in result.stderr


def test_without_pyarrow_the_extra_is_named(tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = pochade("data", "render", "--count", 1, "--out", tmp_path / "out")
    assert result.exit_code == 2 and 'pip install "pochade[train]"' in result.stderr


def test_shares():
    assert parse_shares("products=2, food", "families") == {"products": 2.0, "food": 1.0}


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (RenderProgress(0, 10), "starting"),
        (RenderProgress(10, 10), "finished"),
        (RenderProgress(1, 10, 1, 2.0, 4.5), "2.00 a second, 4 s left"),
        (RenderProgress(1, 10, 1, 0.5, 600.0), "0.50 a second, 10 min left"),
        (RenderProgress(1, 10, 1, 1.42, 7500.0), "1.42 a second, 2 h 05 min left"),
    ],
)
def test_pace(step, text):
    assert pace(step) == text


STEPS = (
    RenderProgress(0, 4, notice="The code has changed."),
    RenderProgress(2, 4, 2, 1.0, 2.0),
    RenderProgress(4, 4, 0, 1.0, 0.0, shard=shards.ShardSummary(0, 4, 1_000_000, "00")),
)


@pytest.mark.parametrize("terminal", [True, False])
def test_a_rendering_is_shown(terminal, monkeypatch, capsys):
    import rich.console

    monkeypatch.setattr(rich.console.Console, "is_terminal", property(lambda self: terminal))
    watch(iter(STEPS), Path("out"))
    shown = capsys.readouterr()
    assert shown.out == "out: 4 samples\n" and "The code has changed." in shown.err
    assert ("4/4" if terminal else "4 of 4 samples, finished; shard 0 is written (1.0 MB)") in shown.err


def test_stopping_says_what_is_kept(capsys):
    def stopped():
        yield STEPS[0]
        yield RenderProgress(3, 4, 1)
        raise KeyboardInterrupt

    with pytest.raises(typer.Exit) as exit_:
        watch(stopped(), Path("out"))
    assert exit_.value.exit_code == 130 and "2 of 4 samples are kept in out; the same command goes on" in capsys.readouterr().err
