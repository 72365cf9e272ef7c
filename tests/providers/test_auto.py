"""How `auto` chooses, and what it says about it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import fakes
from pochade.core.errors import NotUnderstoodError, ProviderUnavailableError, UnknownModelError, UnsupportedRequestError
from pochade.core.values import Capabilities, FinishedImage, GenerationEvent, GenerationRequest, Notice, Progress
from pochade.providers import configured, registry
from pochade.providers.auto import Auto
from pochade.studio.paint import recipe_of

ASKED = GenerationRequest("a red apple on a table", 7, "auto", width_px=64, height_px=64)
UNHEARD = replace(ASKED, prompt="a red apple and an accordion on a table")


class Fake:
    """Paints a gradient; is unavailable `at` the start or after the first picture, if told so."""

    def __init__(self, model_id: str, fails: str = "", **capabilities: Any):
        self.model_id = model_id
        self.capabilities = Capabilities(summary=model_id, **capabilities)
        self.fails = fails
        self.asked: list[GenerationRequest] = []
        self.closed = False

    async def generate(self, request: GenerationRequest) -> AsyncIterator[GenerationEvent]:
        self.asked.append(request)
        try:
            for index in range(request.num_images):
                if self.fails == ("start" if index == 0 else "middle"):
                    raise ProviderUnavailableError(f"{self.model_id} is down.", retry_after_s=9.0)
                yield Progress(0.0, index=index)
                picture = fakes.paint(request.prompt, request.seed + index, request.width_px, request.height_px)
                yield FinishedImage(picture, request.seed + index, index=index)
        finally:
            self.closed = True


def auto(*models: Fake, **ratings: float) -> Auto:
    known = {model.model_id: model for model in models}
    return Auto(lambda: ratings, known.__getitem__, lambda: tuple(known))


def plan_model(**more: Any) -> Fake:
    return Fake("planner", plans=True, **more)


def order(chooser: Auto, request: GenerationRequest = ASKED) -> list[str]:
    return [candidate.model_id for candidate in chooser.candidates(request)]


def notices(events: list[GenerationEvent]) -> list[str]:
    return [event.message for event in events if isinstance(event, Notice)]


def test_it_says_what_it_chose_and_why(paint):
    planner, other = plan_model(), Fake("other")
    events = paint(auto(planner, other), ASKED)
    assert notices(events) == ["auto chose planner: it knows every word; free; this machine."]
    assert events.index(next(event for event in events if isinstance(event, Notice))) == 0
    assert planner.asked[0].model_id == "planner" and other.asked == []


def test_unknown_words_send_it_to_a_model_that_takes_any(paint):
    assert notices(paint(auto(plan_model(), Fake("other")), UNHEARD)) == ["auto chose other: it takes any words; free; this machine."]
    alone = notices(paint(auto(plan_model()), UNHEARD))
    assert alone == ["auto chose planner: it knows every word but 'accordion'; free; this machine."]


def test_a_prompt_that_no_allowed_model_understands():
    with pytest.raises(NotUnderstoodError, match="Nothing in"):
        auto(plan_model()).candidates(replace(ASKED, prompt="xyzzq qwrtp"))


def test_of_equals_the_cheaper_comes_first_and_an_unknown_price_last(config_folder):
    config_folder.mkdir()
    (config_folder / "models.toml").write_text('[auto]\nallow = ["dear", "cheap", "unknown", "free"]')
    models = [Fake("unknown", price_usd=None), Fake("dear", price_usd=0.2), Fake("cheap", price_usd=0.01), Fake("free")]
    assert order(auto(*models)) == ["free", "cheap", "dear", "unknown"]
    # clearly better pictures outweigh the price, hardly better ones do not
    assert order(auto(*models, dear=1200.0)) == ["dear", "free", "cheap", "unknown"]
    assert order(auto(*models, dear=1010.0, cheap=1000.0, free=1000.0)) == ["free", "cheap", "dear", "unknown"]
    assert auto(*models, dear=1200.0).candidates(ASKED)[0].reason() == "it takes any words; rated 1200; $0.2 a picture; this machine"


def test_prompts_stay_on_this_machine_unless_the_user_allows_more(config_folder):
    models = [Fake("here"), Fake("lan", runs_at="this network"), Fake("cloud", runs_at="OpenAI", price_usd=0.04)]
    assert order(auto(*models)) == ["here"]
    config_folder.mkdir()
    (config_folder / "models.toml").write_text('[auto]\nallow = ["lan", "cloud"]')
    assert order(auto(*models)) == ["lan", "cloud"]
    (config_folder / "models.toml").write_text('[auto]\nallow = ["lan", "cloud", "unknown"]\nmax_price_usd = 0.03')
    assert order(auto(*models, Fake("unknown", price_usd=None))) == ["lan"]
    (config_folder / "models.toml").write_text("[auto]\nallow = []")
    with pytest.raises(ProviderUnavailableError, match=r"\[auto\] allow"):
        order(auto(*models))


@pytest.mark.parametrize(
    ("needs", "able"),
    [
        ({"image": np.zeros((8, 8, 3), np.uint8)}, {"from_image": True}),
        ({"image": np.zeros((8, 8, 3), np.uint8), "mask": np.ones((8, 8), bool)}, {"from_image": True, "from_mask": True}),
        ({"width_px": 3000}, {"max_side_px": 4096}),
        ({"negative_prompt": "rain"}, {"negative_prompt": True}),
        ({"num_steps": 20}, {"steps": 50}),
        ({"guidance_scale": 3.0}, {"guidance": True}),
        ({"plan": "{}"}, {"plans": True}),
    ],
    ids=lambda value: ", ".join(value),
)
def test_only_models_that_can_do_it_are_asked(needs, able):
    chooser = auto(Fake("plain"), Fake("able", **able))
    asked = replace(ASKED, **needs)
    chooser.capabilities.check(asked)
    assert order(chooser, asked) == ["able"]


def test_what_no_model_can_do_is_told_of_each():
    with pytest.raises(
        UnsupportedRequestError, match=r"No model that auto may ask.*one: Got size 3000x64.*two: Got size 3000x64"
    ) as caught:
        auto(Fake("one"), Fake("two")).candidates(replace(ASKED, width_px=3000))
    assert caught.value.field == "size"


def test_it_falls_over_to_the_next_and_says_so(paint):
    down, up = Fake("down", fails="start"), Fake("up", price_usd=0.5)
    events = paint(auto(down, up), replace(ASKED, num_images=2))
    assert notices(events) == [
        "auto chose down: it takes any words; free; this machine.",
        "down cannot answer now, so auto asks another. down is down.",
        "auto chose up: it takes any words; $0.5 a picture; this machine.",
    ]
    images = [event for event in events if isinstance(event, FinishedImage)]
    assert [(image.index, image.model_id) for image in images] == [(0, "up"), (1, "up")] and down.closed


def test_when_all_are_down_the_last_one_says_when_to_come_back(paint):
    with pytest.raises(ProviderUnavailableError, match="two is down") as caught:
        paint(auto(Fake("one", fails="start"), Fake("two", fails="start", price_usd=1.0)), ASKED)
    assert caught.value.retry_after_s == 9.0


def test_once_a_picture_is_out_nobody_else_is_asked(paint):
    spare = Fake("spare", price_usd=1.0)
    with pytest.raises(ProviderUnavailableError, match="first is down"):
        paint(auto(Fake("first", fails="middle"), spare), replace(ASKED, num_images=2))
    assert spare.asked == []


def test_closing_it_closes_the_model_it_asked():
    model = Fake("one")

    async def start_and_stop() -> None:
        events = auto(model).generate(ASKED)
        async for event in events:
            if isinstance(event, Progress):
                break
        await events.aclose()  # type: ignore[attr-defined]

    asyncio.run(start_and_stop())
    assert model.closed


def test_a_recipe_names_the_model_that_painted(finished):
    (image,) = finished(auto(Fake("real")), ASKED)
    assert recipe_of(ASKED, image).model_id == "real"


def test_models_that_cannot_be_built_are_passed_over():
    def lookup(model_id: str) -> Fake:
        if model_id == "gone":
            raise UnknownModelError("gone")
        return Fake(model_id)

    assert order(Auto(lookup=lookup, ids=lambda: ("gone", "auto", "there"))) == ["there"]


def test_models_whose_key_is_not_set_are_passed_over(monkeypatch):
    configured.add(configured.ConfiguredModel("keyed", "automatic1111", base_url="http://localhost:1", api_key_env="A_KEY"))
    chooser = auto(Fake("keyed"), Fake("other"))
    monkeypatch.delenv("A_KEY", raising=False)
    assert order(chooser) == ["other"]
    monkeypatch.setenv("A_KEY", "k")
    assert order(chooser) == ["keyed", "other"]


def test_the_registry_offers_it_over_all_models():
    chooser = registry.provider("auto")
    assert chooser.model_id == "auto" and chooser.capabilities.plans and chooser.capabilities.runs_at == "this machine"
    assert [candidate.model_id for candidate in chooser.candidates(ASKED)] == ["pathtracer", "gradient"]  # type: ignore[attr-defined]
