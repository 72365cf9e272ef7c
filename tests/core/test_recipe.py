from __future__ import annotations

import dataclasses
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pochade.core.errors import RecipeError
from pochade.core.recipe import Recipe

RECIPE = Recipe(
    prompt='a "red" vase\non a table, größer',
    seed=7,
    model_id="pathtracer",
    width_px=512,
    height_px=384,
    quality="draft",
    sha256="ab" * 32,
    plan='{"things":[{"noun":"vase","position_m":[0.1,2.0,0.30000000000000004]}]}',
    versions={"pochade": "0.1.0", "mitsuba": "3.9.1"},
    backend="llvm_ad_rgb",
)


def test_json_round_trip():
    assert Recipe.from_json(RECIPE.to_json()) == RECIPE
    assert Recipe.from_json(dataclasses.replace(RECIPE, plan=None).to_json()).plan is None


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1).filter(str.strip))
def test_any_prompt_survives(prompt):
    recipe = dataclasses.replace(RECIPE, prompt=prompt)
    assert Recipe.from_json(recipe.to_json()) == recipe


def test_the_request_of_a_recipe():
    request = RECIPE.request()
    assert (request.prompt, request.seed, request.width_px, request.height_px) == (RECIPE.prompt, 7, 512, 384)
    assert request.plan == RECIPE.plan and request.num_images == 1


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"seed": -1},
        {"seed": "7"},
        {"seed": True},
        {"prompt": ""},
        {"prompt": None},
        {"quality": "perfect"},
        {"versions": []},
        {"plan": "text"},
        {"surprise": 1},
    ],
    ids=str,
)
def test_what_is_not_a_recipe_is_refused(change):
    with pytest.raises(RecipeError):
        Recipe.from_json(json.dumps({**json.loads(RECIPE.to_json()), **change}))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", "[" * 100_000])
def test_broken_json_is_refused(text):
    with pytest.raises(RecipeError):
        Recipe.from_json(text)


def test_parameters_read_as_automatic1111_reads_them():
    # its parser: the last line, split by this pattern, counts if there are three settings or more
    *prompt, last = RECIPE.parameters().splitlines()
    found = dict(re.findall(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)', last))
    assert "\n".join(prompt) == RECIPE.prompt
    assert found["Seed"] == "7" and found["Size"] == "512x384" and found["Model"] == "pathtracer"
