from __future__ import annotations

import contextlib
import dataclasses
import json
import random

import numpy as np
import pytest
from PIL import Image

from pochade.core.errors import OutputError, RecipeError
from pochade.core.recipe import Recipe
from pochade.studio.paint import digest
from pochade.studio.pictures import encode, encode_sheet, read_recipe
from pochade.studio.sheet import columns, contact_sheet
from pochade.trust.marking import Marking

PICTURE = np.random.default_rng(3).integers(0, 256, (48, 64, 3), dtype=np.uint8)
RECIPE = Recipe("a “red” vase, größer", 7, "gradient", 64, 48, "draft", digest(PICTURE), '{"things":[1,2]}', {"pochade": "0.1.0"}, "numpy")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".jpeg", ".webp"])
def test_the_recipe_comes_back(tmp_path, suffix):
    path = tmp_path / f"vase{suffix}"
    path.write_bytes(encode(PICTURE, RECIPE, suffix))
    assert read_recipe(path) == RECIPE
    with Image.open(path) as image:
        assert image.size == (64, 48)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_same_picture_same_file(suffix):
    unsigned = Marking(manifest=False)
    assert encode(PICTURE, RECIPE, suffix, marking=unsigned) == encode(PICTURE, RECIPE, suffix, marking=unsigned)


def test_png_keeps_every_bit_and_reads_well_elsewhere(tmp_path):
    path = tmp_path / "vase.png"
    path.write_bytes(encode(PICTURE, RECIPE))
    with Image.open(path) as image:
        assert digest(np.asarray(image)) == RECIPE.sha256
        assert image.info["parameters"].startswith(RECIPE.prompt)
        assert json.loads(image.info["pochade"])["prompt"] == RECIPE.prompt
        assert image.info["srgb"] == 0


def test_jpeg_shows_the_parameters_in_exif(tmp_path):
    path = tmp_path / "vase.jpg"
    path.write_bytes(encode(PICTURE, RECIPE, ".jpg"))
    with Image.open(path) as image:
        comment = image.getexif().get_ifd(0x8769)[0x9286]
    assert comment[:8] == b"UNICODE\0" and comment[8:].decode("utf-16-be") == RECIPE.parameters()


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_the_longest_prompt_fits(tmp_path, suffix):
    letters = random.Random(1)
    recipe = dataclasses.replace(RECIPE, prompt="".join(letters.choices("abcdefghijklmnopqrstuvwxyz ,", k=32_000)))
    path = tmp_path / f"long{suffix}"
    path.write_bytes(encode(PICTURE, recipe, suffix))
    assert read_recipe(path) == recipe


def test_a_recipe_that_does_not_fit_is_refused_with_the_way_out():
    noise = random.Random(1).randbytes(90_000).hex()
    with pytest.raises(OutputError, match=r"Write to a \.png file instead"):
        encode(PICTURE, dataclasses.replace(RECIPE, plan=json.dumps([noise])), ".jpg")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "does not exist"),
        (b"", "no readable picture"),
        (b"hello", "no readable picture"),
        ("plain", "no recipe inside"),
        ("sheet", "one of: a.png, b.png"),
    ],
)
def test_pictures_without_a_recipe(tmp_path, content, message):
    path = tmp_path / "x.png"
    if content == "plain":
        Image.fromarray(PICTURE).save(path)
    elif content == "sheet":
        path.write_bytes(encode_sheet(PICTURE, ["a.png", "b.png"]))
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(RecipeError, match=message):
        read_recipe(path)
    with pytest.raises(RecipeError, match="no readable picture"):
        read_recipe(tmp_path)


def test_truncated_and_tampered_files_are_refused_not_fatal(tmp_path):
    data = encode(PICTURE, RECIPE)
    path = tmp_path / "vase.png"
    for end in range(0, len(data), 97):
        path.write_bytes(data[:end])
        with contextlib.suppress(RecipeError):
            assert read_recipe(path) == RECIPE
    rng = random.Random(2)
    for _ in range(200):
        broken = bytearray(data[:800])
        broken[rng.randrange(len(broken))] = rng.randrange(256)
        path.write_bytes(bytes(broken) + data[800:])
        with contextlib.suppress(RecipeError):
            read_recipe(path)


@pytest.mark.parametrize(("count", "wide"), [(1, 1), (2, 2), (3, 3), (4, 2), (5, 3), (6, 3), (7, 4), (8, 4), (9, 3), (10, 5)])
def test_columns(count, wide):
    assert columns(count) == wide


def test_a_contact_sheet_shows_every_picture_whole():
    pictures = [np.full((48, 64, 3), level, np.uint8) for level in (50, 100, 150, 200)]
    sheet = contact_sheet(pictures, ["a label that is far too long for one small picture"] * 4)
    assert [int((sheet == level).all(-1).sum()) for level in (50, 100, 150, 200)] == [48 * 64] * 4


def test_a_contact_sheet_of_large_pictures_is_shrunk():
    sheet = contact_sheet([np.zeros((2048, 1024, 3), np.uint8)] * 10, [""] * 10)
    assert sheet.shape[1] <= 2400 * 1.1
