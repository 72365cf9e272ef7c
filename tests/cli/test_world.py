"""`pochade world` as a user types it."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from pochade.cli.app import app
from pochade.cli.world import SAMPLES, SENSE_KINDS, words


def pochade(*arguments: str):
    return CliRunner().invoke(app, ["world", *arguments])


def test_every_kind_has_words_and_a_sample_prompt():
    assert words().keys() == SAMPLES.keys() == SENSE_KINDS.keys()
    assert all(words().values())


def test_list_of_everything_has_kind_and_word_on_each_line():
    rows = [line.split("\t") for line in pochade("list").stdout.splitlines()]
    assert ["products", "wine glass"] in rows and ["food", "orange"] in rows and ["colours", "orange"] in rows
    assert len(rows) == sum(map(len, words().values()))


@pytest.mark.parametrize("kind", ["materials", "material", "Materials"])
def test_list_of_one_kind(kind):
    assert pochade("list", kind).stdout.split("\n")[:-1] == list(words()["materials"])


def test_list_of_an_unknown_kind():
    result = pochade("list", "matirials")
    assert result.exit_code == 2 and "Got kind 'matirials'" in result.stderr and "Did you mean 'materials'" in result.stderr


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (["wine", "glass"], ["wine glass", "kind products", "also .*goblet", "made of clear glass", "colours .*green"]),
        (["wineglasses"], ["wine glass"]),
        (["Aluminum"], ["aluminium", "kind materials", "colours its own"]),
        (["orange"], ["orange", "kind food, colours"]),
        (["left of"], ["left of", "kind relations"]),
    ],
    ids=str,
)
def test_show_tells_what_a_word_means_and_paints_nothing_into_a_pipe(name, lines):
    result = pochade("show", *name)
    assert result.exit_code == 0
    shown = re.sub(r"\s+", " ", result.stdout)
    assert all(re.search(line, shown) for line in lines)


@pytest.mark.parametrize(("name", "near"), [("wine glas", "wine glass"), ("xyzzq", "Choose one of those"), ("?!", "world list")])
def test_show_of_a_word_that_means_nothing(name, near):
    result = pochade("show", name)
    assert result.exit_code == 2 and repr(name) in result.stderr and near in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-n", "0"], "1 to 10"),
        (["-n", "x"], "1 to 10"),
        (["--size", "1x1"], "64 to 2048"),
        (["--seed", "-3"], "0 to 4294967295"),
        (["--quality", "perfect"], "draft, standard, best"),
        (["-o", "nowhere"], "mkdir -p nowhere"),
    ],
)
def test_sample_refuses_bad_input(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = pochade("sample", *arguments)
    assert result.exit_code == 2 and message in result.stderr and list(tmp_path.iterdir()) == []
