"""Refining a picture of a planning model: the request that the page Refine makes of it carries the changed plan."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pochade.core.errors import InvalidRequestError
from pochade.core.recipe import Recipe
from pochade.core.values import GenerationRequest
from pochade.providers.planning import read_plan
from pochade.providers.pochade1 import Pochade1
from pochade.web.pages import refining
from pochade.world.compose import compose
from pochade.world.parser import parse

PROMPT = "a lemon and a mug on an oak table, window light"
SIDE = 64
ABLE = Pochade1.capabilities


@pytest.fixture
def picture() -> Any:
    plan = compose(parse(PROMPT).description, 3, 1.0).to_json()
    recipe = Recipe(
        prompt=PROMPT, seed=3, model_id="pochade-1", quality="standard", width_px=SIDE, height_px=SIDE, sha256="0" * 64, plan=plan
    )
    return SimpleNamespace(recipe=recipe.to_json(), prompt=PROMPT, width_px=SIDE, height_px=SIDE)


@pytest.fixture
def asked() -> GenerationRequest:
    return GenerationRequest(PROMPT, 77, "pochade-1", num_images=4, width_px=SIDE, height_px=SIDE)


def test_models_that_share_its_plans_go_on_with_a_pictures_plan_and_no_others(picture: Any, asked: GenerationRequest):
    assert refining._planned_scene(asked, picture, ABLE) is not None
    assert refining._planned_scene(replace(asked, model_id="pathtracer"), picture, ABLE) is not None
    assert refining._planned_scene(replace(asked, model_id="pochade-1@mine"), picture, ABLE) is None
    assert refining._planned_scene(asked, picture, replace(ABLE, plans=False)) is None
    picture.recipe = replace(Recipe.from_json(picture.recipe), plan='{"of": "another world"}').to_json()
    assert refining._planned_scene(asked, picture, ABLE) is None, "a plan that cannot be read"


def test_the_page_is_told_what_goes_through_the_plan(picture: Any):
    told = refining._through_the_plan(picture)
    assert told["ways"] == ["change", "repaint", "extend"] and "pochade-1" in told["models"]
    lake = compose(parse("a lake at sunset").description, 3, 1.0).to_json()
    recipe = Recipe.from_json(picture.recipe)
    picture.recipe = replace(recipe, plan=lake).to_json()
    assert refining._through_the_plan(picture)["ways"] == ["change", "repaint"], "its view belongs to its place"
    picture.recipe = replace(recipe, plan=None).to_json()
    assert refining._through_the_plan(picture)["ways"] == []


def test_a_change_with_the_same_words_gives_things_another_shape(picture: Any, asked: GenerationRequest):
    scene = refining._planned_scene(asked, picture, ABLE)
    assert scene is not None
    found = refining._changed(asked, picture, scene)
    assert found.plan is not None and found.image is None
    drawn = read_plan(found.plan)
    assert [thing.position_m for thing in drawn.things] == [thing.position_m for thing in scene.things]
    assert all(one.seed != other.seed for one, other in zip(drawn.things, scene.things, strict=True))
    with pytest.raises(InvalidRequestError, match="Say what should be other"):
        refining._changed(asked, picture, replace(scene, things=()))


def test_a_change_in_words_changes_the_plan(picture: Any, asked: GenerationRequest):
    scene = refining._planned_scene(asked, picture, ABLE)
    assert scene is not None
    found = refining._changed(replace(asked, prompt="by candlelight"), picture, scene)
    assert found.num_images == 1 and found.image is None and found.plan is not None
    assert read_plan(found.plan).description.light == "candlelight" and found.prompt == f"{PROMPT}, by candlelight"


def test_an_extended_picture_is_planned_as_seen_further(picture: Any, asked: GenerationRequest):
    scene = refining._planned_scene(asked, picture, ABLE)
    pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
    wide, mask = refining._extended(pixels, {"pad_l": "32", "pad_b": "16"}, ABLE)  # type: ignore[arg-type]
    height, width = mask.shape
    found = refining._gone_on(replace(asked, image=wide, mask=mask, width_px=width, height_px=height), picture, scene)
    assert found.num_images == 1 and found.plan is not None and scene is not None and scene.camera is not None
    camera = read_plan(found.plan).camera
    assert camera is not None and camera.shift == pytest.approx((32 / min(width, height), 16 / min(width, height)))
    assert camera.fov_deg > scene.camera.fov_deg


def test_brushing_with_the_same_words_gives_another_shape(picture: Any, asked: GenerationRequest):
    scene = refining._planned_scene(asked, picture, ABLE)
    marked = replace(asked, image=np.zeros((SIDE, SIDE, 3), np.uint8), mask=np.ones((SIDE, SIDE), bool))
    found = refining._repainted(marked, picture, scene)
    assert found.plan is not None and scene is not None and read_plan(found.plan).things != scene.things
    assert refining._repainted(marked, picture, None) is marked
