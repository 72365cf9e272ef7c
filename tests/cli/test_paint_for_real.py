"""`pochade paint` with the own model and the path tracer, each run a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from pochade.studio.pictures import read_recipe

POCHADE = [sys.executable, "-c", "from pochade.cli import main; main()"]
MADE_BY = {"pochade-1": {"weights"}, "pathtracer": {"mitsuba", "denoiser"}}
"""Versions that matter beside those of all."""
PROMPT = "a red rubber ball next to an accordion on an oak table"


def pochade(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*POCHADE, *arguments], cwd=folder, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module", params=MADE_BY)
def painted(request, tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("painted")
    options = ["--size", "64x64", "--quality", "draft", "--seed", "3", "-o", "ball.png"]
    model = [] if request.param == "pochade-1" else ["--model", request.param]  # which is the default
    return folder, pochade("paint", PROMPT, *options, *model, folder=folder)


def test_a_picture_with_its_whole_recipe(painted):
    folder, done = painted
    assert done.returncode == 0, done.stderr
    assert done.stdout == "ball.png\n" and os.listdir(folder) == ["ball.png"]
    assert "not understood: 'accordion'" in done.stderr
    recipe = read_recipe(folder / "ball.png")
    assert recipe.prompt == PROMPT and recipe.seed == 3 and recipe.quality == "draft"
    assert recipe.plan is not None and '"ball"' in recipe.plan
    assert set(recipe.versions) == {"pochade", "world", "watermark", *MADE_BY[recipe.model_id]} and recipe.backend


def test_another_process_repeats_it_bit_for_bit(painted, tmp_path):
    folder, _ = painted
    done = pochade("paint", "--from", str(folder / "ball.png"), "-o", "again.png", folder=tmp_path)
    assert done.returncode == 0 and "identical to the original, bit for bit" in done.stderr
    with Image.open(tmp_path / "again.png") as again, Image.open(folder / "ball.png") as first:
        assert again.tobytes() == first.tobytes()


def test_nothing_understood(tmp_path):
    done = pochade("paint", "accordion", folder=tmp_path)
    assert done.returncode == 2 and done.stdout == "" and os.listdir(tmp_path) == []
    assert 'Nothing in "accordion" is known to pochade-1' in done.stderr and "world list" in done.stderr
