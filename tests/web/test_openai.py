"""The unmodified `openai` package against a live server."""

from __future__ import annotations

import asyncio
import base64
import re

import httpx
import numpy as np
import openai
import pytest

from fakes import paint
from pochade.core.values import NO_PLAN
from pochade.store import Priority
from pochade.web.api.images import VARIATION_PROMPT
from pochade.web.api.requests import painting
from pochade.web.api.schemas import GenerateBody
from web.conftest import Live, assert_alike, pixels_of, png


@pytest.fixture(scope="module")
def official(live: Live) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{live.url}/v1", api_key=live.key, max_retries=0)


def test_paints_exactly_what_the_model_paints(official):
    answer = official.images.generate(prompt="a red square", size="64x48", n=2, extra_body={"seed": 7})
    assert [image.seed for image in answer.data] == [7, 8]
    for image in answer.data:
        assert_alike(pixels_of(image.b64_json), paint("a red square", image.seed, 64, 48))
    assert (answer.size, answer.quality, answer.output_format, answer.background) == ("64x48", "medium", "png", "opaque")


def test_usage_counts_text_and_picture(official):
    usage = official.images.generate(prompt="x" * 9, size="64x48", n=2).usage
    # 9 characters are 3 tokens of 4; 64x48 is 4 by 3 patches of 16x16, twice
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (3, 24, 27)


def test_async_client(live):
    async def ask() -> list[openai.types.ImagesResponse]:
        async with openai.AsyncOpenAI(base_url=f"{live.url}/v1", api_key=live.key, max_retries=0) as client:
            return await asyncio.gather(*(client.images.generate(prompt=f"picture {k}", size="32x32") for k in range(5)))

    answers = asyncio.run(ask())
    assert [len(answer.data) for answer in answers] == [1] * 5


@pytest.mark.parametrize("quality, name", [("low", "low"), ("auto", "medium"), ("hd", "high"), ("max", "high")])
def test_quality_says_what_was_painted(official, quality, name):
    assert official.images.generate(prompt="red", size="32x32", quality=quality).quality == name


def test_names_of_retired_models_mean_the_default_model(official):
    answer = official.images.generate(prompt="red", model="gpt-image-1", size="32x32")
    assert answer.model == "gradient"
    legacy = official.images.generate(prompt="red", model="dall-e-3", size="32x32").data[0]
    assert legacy.b64_json
    assert legacy.url


def test_url_works_without_a_key_and_only_as_given(official, live):
    url = official.images.generate(prompt="red", size="32x32", response_format="url").data[0].url
    with httpx.Client() as anonymous:
        answer = anonymous.get(url)
        assert answer.headers["content-type"] == "image/png"
        assert pixels_of(answer.content).shape == (32, 32, 3)
        for wrong in (re.sub(r"expires=\d", "expires=9", url), url[:-1] + ("0" if url[-1] != "0" else "1")):
            assert anonymous.get(wrong).status_code == 403


@pytest.mark.parametrize("wanted, magic", [("png", b"\x89PNG"), ("jpeg", b"\xff\xd8\xff"), ("webp", b"RIFF")])
def test_formats(official, wanted, magic):
    answer = official.images.generate(prompt="red", size="32x32", output_format=wanted)
    assert answer.output_format == wanted
    assert base64.b64decode(answer.data[0].b64_json).startswith(magic)


def test_compression_makes_smaller_files(official):
    small, large = (
        official.images.generate(prompt="red", size="256x256", output_format="jpeg", output_compression=level, extra_body={"seed": 1})
        for level in (5, 95)
    )
    assert len(small.data[0].b64_json) < len(large.data[0].b64_json)


@pytest.mark.parametrize("partials, expected", [(0, 0), (2, 2), (3, 3)])
def test_stream(official, partials, expected, monkeypatch):
    monkeypatch.setenv("FAKE_STEP_S", "0.05")  # so that no preview overtakes another
    events = list(official.images.generate(prompt="red", size="64x64", stream=True, partial_images=partials))
    assert [event.type for event in events] == ["image_generation.partial_image"] * expected + ["image_generation.completed"]
    assert [event.partial_image_index for event in events[:-1]] == list(range(expected))
    assert pixels_of(events[-1].b64_json).shape == (64, 64, 3)
    assert events[-1].usage.total_tokens == 1 + 16
    assert {event.size for event in events} == {"64x64"}


def test_async_stream_of_several(live):
    async def ask() -> list:
        async with openai.AsyncOpenAI(base_url=f"{live.url}/v1", api_key=live.key) as client:
            return [event async for event in await client.images.generate(prompt="red", size="32x32", n=3, stream=True)]

    events = asyncio.run(ask())
    assert [event.image_index for event in events] == [0, 1, 2]


def test_stream_ends_with_done(live):
    body = {"prompt": "red", "size": "32x32", "stream": True}
    answer = httpx.post(f"{live.url}/v1/images/generations", json=body, headers=live.headers)
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.endswith("\n\ndata: [DONE]\n\n")


def test_a_failure_before_the_first_picture_is_a_status_even_when_streamed(official):
    with pytest.raises(openai.BadRequestError) as caught:
        list(official.images.generate(prompt="gibberish", size="32x32", stream=True))
    assert caught.value.code == "prompt_not_understood"


def test_edit_repaints_under_the_mask_only(official):
    alpha = np.full((48, 64), 255, np.uint8)
    alpha[:24] = 0
    answer = official.images.edit(
        image=("in.png", png()), mask=("mask.png", png(alpha=alpha)), prompt="nothing above", model="retoucher", size="64x48"
    )
    result, original = pixels_of(answer.data[0].b64_json), pixels_of(png())
    assert_alike(result[:24], np.zeros((24, 64, 3), np.uint8))
    assert_alike(result[24:], original[24:])
    assert answer.usage.input_tokens_details.image_tokens == 12


def test_edit_takes_an_array_of_one_and_the_size_of_the_picture(official):
    answer = official.images.edit(image=[("in.png", png())], prompt="darker", model="retoucher", size="auto", n=2)
    assert [pixels_of(image.b64_json).shape for image in answer.data] == [(48, 64, 3)] * 2


def test_edit_streams(official):
    events = list(official.images.edit(image=("in.png", png()), prompt="darker", model="retoucher", stream=True, partial_images=1))
    assert events[-1].type == "image_edit.completed"


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")  # upstream has retired variations
def test_variation(official, live):
    answer = official.images.create_variation(image=("in.png", png()), model="retoucher", size="64x48", n=2)
    assert len(answer.data) == 2
    assert live.studio.store.pictures.list(live.studio.owner, limit=1)[0].prompt == VARIATION_PROMPT


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")  # upstream has retired variations
def test_variation_of_our_own_picture_keeps_its_prompt(official, live):
    own = base64.b64decode(official.images.generate(prompt="a red square", size="64x48").data[0].b64_json)
    official.images.create_variation(image=("own.png", own), model="retoucher", size="64x48")
    assert live.studio.store.pictures.list(live.studio.owner, limit=1)[0].prompt == "a red square"


def test_models(official):
    listed = {model.id: model for model in official.models.list()}
    assert {"gradient", "retoucher", "pathtracer"} <= set(listed)
    assert official.models.retrieve("dall-e-3").alias_of == "gradient"
    with pytest.raises(openai.NotFoundError):
        official.models.retrieve("no-such-model")


def test_moderation(official):
    results = official.moderations.create(input=["a red apple", "a naked child"]).results
    assert [result.flagged for result in results] == [False, True]
    assert results[1].categories.sexual_minors


@pytest.mark.parametrize(
    "options, param, word",
    [
        ({"size": "1000x1000"}, "size", "512"),
        ({"size": "large"}, "size", "auto"),
        ({"n": 11}, "n", "10"),
        ({"quality": "ultra"}, "quality", "high"),
        ({"background": "transparent"}, "background", "opaque"),
        ({"output_compression": 50}, "output_compression", "jpeg"),
        ({"partial_images": 2}, "partial_images", "stream"),
        ({"extra_body": {"seed": -1}}, "seed", "0"),
        ({"extra_body": {"negative_prompt": "blue"}}, "negative_prompt", "gradient"),
        ({"extra_body": {"num_inference_steps": 4}}, "num_steps", "gradient"),
    ],
    ids=str,
)
def test_what_cannot_be_painted_is_refused_with_what_can(official, options, param, word):
    with pytest.raises(openai.BadRequestError) as caught:
        official.images.generate(**{"prompt": "red", "size": "32x32", **options})
    assert caught.value.param == param
    assert word in caught.value.message
    assert caught.value.type == "invalid_request_error"


def test_refusal_by_policy(official):
    with pytest.raises(openai.BadRequestError) as caught:
        official.images.generate(prompt="a naked child", size="32x32")
    assert (caught.value.type, caught.value.code, caught.value.param) == ("image_generation_user_error", "moderation_blocked", "prompt")


def test_unknown_model(official):
    with pytest.raises(openai.NotFoundError) as caught:
        official.images.generate(prompt="red", model="gradiant")
    assert "gradient" in caught.value.message


def test_wrong_key(live):
    client = openai.OpenAI(base_url=f"{live.url}/v1", api_key="pochade_wrong", max_retries=0)
    with pytest.raises(openai.AuthenticationError) as caught:
        client.images.generate(prompt="red")
    assert caught.value.request_id == caught.value.response.headers["x-request-id"]


def test_mask_of_another_size(official):
    alpha = np.zeros((10, 10), np.uint8)
    with pytest.raises(openai.BadRequestError, match="equally large"):
        official.images.edit(image=("in.png", png()), mask=("m.png", png(10, 10, alpha)), prompt="x", model="retoucher")


def test_opaque_mask(official):
    with pytest.raises(openai.BadRequestError, match="transparent nowhere"):
        official.images.edit(image=("in.png", png()), mask=("m.png", png()), prompt="x", model="retoucher")


def test_the_same_key_and_request_give_the_same_bytes_painted_once(official, live):
    def ask(prompt: str) -> openai.types.ImagesResponse:
        return official.images.generate(prompt=prompt, size="32x32", extra_headers={"Idempotency-Key": "b0a7"})

    before = len(live.studio.store.pictures.list(live.studio.owner, limit=500))
    first, again = ask("red"), ask("red")  # no seed was given: one is drawn, once
    assert first == again
    assert len(live.studio.store.pictures.list(live.studio.owner, limit=500)) == before + 1
    with pytest.raises(openai.ConflictError):
        ask("blue")


@pytest.mark.parametrize(("asked", "kept"), [({}, Priority.INTERACTIVE), ({"priority": "batch"}, Priority.BATCH)])
def test_a_batch_lets_others_go_first(official, live, asked, kept):
    answer = official.images.with_raw_response.generate(prompt="red", size="32x32", extra_body=asked)
    assert live.studio.store.queue.get(live.studio.owner, answer.headers["x-job-id"]).priority == kept


@pytest.mark.parametrize(
    ("model", "plan", "kept"),
    [("pathtracer", "off", NO_PLAN), ("pathtracer", "auto", None), ("pathtracer", None, None), ("gradient", "off", None)],
)
def test_words_alone_where_the_model_would_plan(live, model, plan, kept):
    body = GenerateBody(prompt="a red apple", model=model, plan=plan, size="64x64")
    assert asyncio.run(painting(live.studio.settings, body, body.prompt)).plan == kept
