"""`pochade world` as a user types it."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from pochade.cli.app import app
from pochade.cli.world import SAMPLES, words


def pochade(*arguments: str):
    return CliRunner().invoke(app, ["world", *arguments])


def test_every_kind_has_words_and_a_sample_prompt():
    assert words().keys() == SAMPLES.keys()
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
