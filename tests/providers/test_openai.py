"""OpenAI-compatible models, asked over real sockets."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pochade.core.errors import PolicyRefusedError, ProviderUnavailableError, UnsupportedRequestError
from pochade.core.values import FinishedImage, GenerationRequest, Notice, Preview, Progress
from pochade.providers import wire
from pochade.providers.openai import OpenAIImages
from pochade.providers.wire import Endpoint
from providers.standins import Reply, Request, StandIn, b64, file_of, picture, pixels_of

ASKED = GenerationRequest("a lemon", 7, "there", width_px=64, height_px=64)


def model(server: StandIn, remote_model: str = "sd", **options) -> OpenAIImages:
    key = options.pop("api_key_env", "")
    return OpenAIImages(Endpoint("there", f"{server.url}/v1", key, options.pop("timeout_s", 20.0)), remote_model, **options)


def images(*pixels: np.ndarray) -> Reply:
    return Reply({"created": 1, "data": [{"b64_json": b64(each)} for each in pixels]})


def fault(status: int, code: str | None = None, message: str = "Nope.", **headers: str) -> Reply:
    return Reply({"error": {"message": message, "type": "t", "param": None, "code": code}}, status, headers)


def sse(*events: object, cut_at: int = 0, end: str = "\n", name: bool = True) -> list[bytes]:
    """Server-sent events in pieces of `cut_at` bytes."""
    text = ""
    for event in events:
        data = event if isinstance(event, str) else json.dumps(event)
        kind = f"event: {event['type']}{end}" if name and isinstance(event, dict) and "type" in event else ""
        text += f"{kind}data: {data}{end}{end}"
    raw = text.encode()
    return [raw[k : k + cut_at] for k in range(0, len(raw), cut_at)] if cut_at else [raw]


def stream(*events: object, **cut) -> Reply:
    return Reply(chunks=sse(*events, **cut), headers={"Content-Type": "text/event-stream; charset=utf-8"})


def failure(paint, reply: Reply, error: type[Exception], message: str, **options) -> Any:
    """The error that `reply` leads to."""
    with StandIn(lambda request: reply) as server, pytest.raises(error, match=message) as caught:
        paint(model(server, **options), ASKED)
    return caught.value


PARTIAL = {"type": "image_generation.partial_image", "b64_json": b64(picture(8, 8, 1)), "partial_image_index": 0, "created_at": 1}
DONE = {"type": "image_generation.completed", "b64_json": b64(picture(64, 64, 2)), "created_at": 2, "usage": {"total_tokens": 3}}


def test_a_picture_arrives_pixel_by_pixel_with_its_file(finished):
    with StandIn(lambda request: images(picture())) as server:
        (image,) = finished(model(server, stream=False), ASKED)
        assert (image.picture == picture()).all() and image.original == file_of(picture())
        assert (image.seed, image.versions, image.backend) == (7, {"remote_model": "sd"}, "127.0.0.1")
        (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/v1/images/generations")
    assert request.json == {"model": "sd", "prompt": "a lemon", "n": 1, "size": "64x64", "response_format": "b64_json"}
    assert "Authorization" not in request.headers


def test_several_pictures_come_from_one_call(paint):
    with StandIn(lambda request: images(picture(seed=1), picture(seed=2), picture(seed=3))) as server:
        events = paint(model(server), replace(ASKED, num_images=3))
        assert len(server.requests) == 1 and server.requests[0].json["n"] == 3 and "stream" not in server.requests[0].json
    done = [event for event in events if isinstance(event, FinishedImage)]
    assert [(image.index, image.seed) for image in done] == [(0, 7), (1, 8), (2, 9)]
    assert all((image.picture == picture(seed=k)).all() for k, image in enumerate(done, 1))


def test_extensions_go_along_with_a_seed_for_each_picture(finished):
    asked = replace(ASKED, num_images=2, negative_prompt="rain", num_steps=4, guidance_scale=2.5, quality="draft")
    with StandIn(lambda request: images(picture())) as server:
        assert [image.seed for image in finished(model(server, extensions=True, stream=False), asked)] == [7, 8]
        sent = [request.json for request in server.requests]
    extra = {"negative_prompt": "rain", "num_inference_steps": 4, "guidance_scale": 2.5, "quality": "low", "n": 1}
    assert all(extra.items() <= fields.items() for fields in sent)
    assert [fields["seed"] for fields in sent] == [7, 8]


def test_without_extensions_what_it_cannot_heed_is_refused_before_any_cost(paint):
    with StandIn(lambda request: images(picture())) as server:
        for field, value in (("negative_prompt", "rain"), ("num_steps", 4), ("guidance_scale", 2.0)):
            with pytest.raises(UnsupportedRequestError) as caught:
                paint(model(server), replace(ASKED, **{field: value}))
            assert caught.value.field == field
        assert server.requests == []


def test_an_edit_sends_picture_and_mask_as_a_form(finished):
    image, mask = picture(32, 24), np.zeros((24, 32), bool)
    mask[3:9, 5:20] = True
    with StandIn(lambda request: images(picture())) as server:
        finished(model(server, extensions=True, stream=False), replace(ASKED, image=image, mask=mask, strength=0.25))
        (request,) = server.requests
    form = request.form()
    sent = pixels_of(form["mask"])
    assert request.path == "/v1/images/edits" and (pixels_of(form["image"]) == image).all()
    assert ((sent[..., 3] == 0) == mask).all() and set(np.unique(sent[..., 3])) == {0, 255}
    assert (form["prompt"], form["n"], form["seed"], form["strength"], form["size"]) == ("a lemon", "1", "7", "0.25", "64x64")


def test_a_key_goes_along_as_bearer(finished, monkeypatch):
    monkeypatch.setenv("A_KEY", "sk-secret")
    with StandIn(lambda request: images(picture())) as server:
        finished(model(server, api_key_env="A_KEY"), ASKED)
        assert server.requests[0].headers["Authorization"] == "Bearer sk-secret"


def test_a_server_that_repeats_the_key_does_not_spread_it(paint, monkeypatch):
    monkeypatch.setenv("A_KEY", "sk-secret")
    raised = failure(paint, fault(401, None, "Wrong key sk-secret."), ProviderUnavailableError, r"\[key\]", api_key_env="A_KEY")
    assert "sk-secret" not in str(raised)


def test_azure_wants_its_key_and_version_elsewhere(finished, monkeypatch):
    monkeypatch.setenv("A_KEY", "secret")
    with StandIn(lambda request: images(picture())) as server:
        endpoint = Endpoint("there", f"{server.url}/openai/deployments/mine/", "A_KEY")
        finished(OpenAIImages(endpoint, "sd", api_version="2025-04-01-preview"), ASKED)
        (request,) = server.requests
    assert request.path == "/openai/deployments/mine/images/generations?api-version=2025-04-01-preview"
    assert request.headers["api-key"] == "secret" and "Authorization" not in request.headers


def test_a_missing_key_says_how_to_set_it_and_asks_nothing(paint, monkeypatch):
    monkeypatch.delenv("A_KEY", raising=False)
    with StandIn(lambda request: images(picture())) as server:
        with pytest.raises(ProviderUnavailableError, match=r"variable A_KEY, which is not set.*export A_KEY=") as caught:
            paint(model(server, api_key_env="A_KEY"), ASKED)
        assert caught.value.retry_after_s is None and server.requests == []


def test_a_key_with_odd_characters_is_not_sent(paint, monkeypatch):
    monkeypatch.setenv("A_KEY", "schlüssel")
    with StandIn(lambda request: images(picture())) as server:
        with pytest.raises(ProviderUnavailableError, match="A_KEY holds characters that no key has"):
            paint(model(server, api_key_env="A_KEY"), ASKED)
        assert server.requests == []


@pytest.mark.parametrize("cut_at", [0, 1, 7, 1000])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_partial_images_are_previews_however_the_stream_is_cut(paint, cut_at, end):
    late = {**PARTIAL, "partial_image_index": 1, "b64_json": b64(picture(16, 16, 3), "WEBP")}
    with StandIn(lambda request: stream(PARTIAL, late, DONE, "[DONE]", cut_at=cut_at, end=end)) as server:
        events = paint(model(server), ASKED)
        assert server.requests[0].json["stream"] is True and server.requests[0].json["partial_images"] == 2
    previews = [event.picture.shape for event in events if isinstance(event, Preview)]
    (image,) = [event for event in events if isinstance(event, FinishedImage)]
    assert previews == [(8, 8, 3), (16, 16, 3)] and (image.picture == picture(64, 64, 2)).all()
    fractions = [event.fraction for event in events if isinstance(event, Progress)]
    assert fractions == sorted(fractions) and fractions[0] == 0 and fractions[-1] == 1


def test_comments_names_and_long_data_in_a_stream():
    async def read(*chunks: bytes) -> list[bytes]:
        async def pieces():
            for chunk in chunks:
                yield chunk

        return [data async for data in wire.server_sent(pieces())]

    text = b": ping\n\nevent: x\nid: 3\ndata: {\ndata:1}\n\ndata: last\n\ndata: [DONE]\n\ndata: after\n\n"
    assert asyncio.run(read(text)) == asyncio.run(read(*[bytes([byte]) for byte in text])) == [b"{\n1}", b"last"]
    # U+2028 and U+0085 end no line here
    assert asyncio.run(read("data: \u2028\u0085\n\n".encode())) == ["\u2028\u0085".encode()]
    assert asyncio.run(read(b"data: cut off")) == []


def test_a_server_that_knows_no_streaming_may_just_answer(finished):
    with StandIn(lambda request: images(picture())) as server:
        assert len(finished(model(server), ASKED)) == 1


def test_a_server_that_refuses_streaming_is_asked_without_it_from_then_on(finished):
    def script(request: Request) -> Reply:
        return fault(400, "unknown_parameter", "Unknown parameter: 'stream'.") if "stream" in request.json else images(picture())

    with StandIn(script) as server:
        asked = model(server)
        assert len(finished(asked, ASKED)) == len(finished(asked, ASKED)) == 1
        assert ["stream" in request.json for request in server.requests] == [True, False, False]


def test_a_fault_within_a_stream(paint):
    crash = stream(PARTIAL, {"error": {"message": "GPU fell over"}})
    failure(paint, crash, ProviderUnavailableError, "gave up while painting.*GPU fell over")
    failure(paint, stream(PARTIAL, {"error": {"message": "No.", "code": "moderation_blocked"}}), PolicyRefusedError, "own policy")


@pytest.mark.parametrize(
    ("reply", "error", "message", "retry_after_s"),
    [
        (fault(400, "moderation_blocked", "Rejected."), PolicyRefusedError, "refused this by its own policy.*Rejected", ...),
        (fault(400, "contentFilter"), PolicyRefusedError, "own policy", ...),
        (
            Reply({"error": {"message": "x", "code": "BadRequest", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}, 400),
            PolicyRefusedError,
            "own policy",
            ...,
        ),
        (fault(400, "invalid_value", "Size is odd."), UnsupportedRequestError, "does not accept the request.*Size is odd", ...),
        (Reply({"detail": [{"loc": ["body", "n"], "msg": "too big"}]}, 422), UnsupportedRequestError, "too big", ...),
        (fault(401), ProviderUnavailableError, "does not accept the key.*variable A_KEY", None),
        (fault(403), ProviderUnavailableError, "does not accept the key", None),
        (fault(404, "model_not_found"), ProviderUnavailableError, "is not there.*base_url and remote_model", None),
        (Reply(b"", 307, {"Location": "http://192.0.2.1/"}), ProviderUnavailableError, "is not there", None),
        (fault(429, "rate_limit_exceeded", **{"retry-after": "17"}), ProviderUnavailableError, "Try again in 17 s", 17.0),
        (fault(429, **{"retry-after-ms": "250", "retry-after": "9"}), ProviderUnavailableError, "too often", 0.25),
        (fault(429), ProviderUnavailableError, "too often", 5.0),
        (fault(429, "insufficient_quota"), ProviderUnavailableError, "no budget left", None),
        (fault(429, **{"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}), ProviderUnavailableError, "too often", 0.0),
        (fault(429, **{"retry-after": "soon"}), ProviderUnavailableError, "too often", 5.0),
        (Reply(b"<html>Bad gateway</html>", 502), ProviderUnavailableError, "has trouble", 5.0),
        (fault(503, **{"retry-after": "3"}), ProviderUnavailableError, "has trouble", 3.0),
        (Reply(b'{"data": [{"b64_json": "iVBO'), ProviderUnavailableError, "no readable JSON", 5.0),
        (Reply(b"[" * 100_000), ProviderUnavailableError, "no readable JSON", 5.0),
        (Reply({"data": []}), ProviderUnavailableError, "no pictures", 5.0),
        (Reply([1]), ProviderUnavailableError, "no pictures", 5.0),
        (Reply({"data": [{"b64_json": "!!!"}]}), ProviderUnavailableError, "no picture but", 5.0),
        (Reply({"data": [{"b64_json": 5}]}), ProviderUnavailableError, "no picture but 5", 5.0),
        (Reply({"data": [{"b64_json": "aGVsbG8="}]}), ProviderUnavailableError, "bytes that are no PNG", 5.0),
        (Reply({"data": [{"b64_json": b64(picture())[:400]}]}), ProviderUnavailableError, "only a part of one", 5.0),
        (Reply({"data": [{"b64_json": b64(picture(), "GIF")}]}), ProviderUnavailableError, "no PNG, JPEG or WebP", 5.0),
        (Reply({"data": [{"url": "http://192.0.2.1/x.png"}]}), ProviderUnavailableError, "none is fetched", 5.0),
        (Reply({"data": [{}]}), ProviderUnavailableError, "an item without a picture", 5.0),
        (Reply({"data": [None]}), ProviderUnavailableError, "an item without a picture", 5.0),
        (stream(PARTIAL), ProviderUnavailableError, "a stream that ended before the picture", 5.0),
        (stream("{not json"), ProviderUnavailableError, "no readable JSON", 5.0),
        (stream("3"), ProviderUnavailableError, "an event that is no object", 5.0),
        (Reply(b"", headers={"Content-Length": "500"}), ProviderUnavailableError, "cannot be reached", 5.0),
    ],
)
def test_bad_answers(paint, monkeypatch, reply, error, message, retry_after_s):
    monkeypatch.setenv("A_KEY", "k")
    raised = failure(paint, reply, error, message, api_key_env="A_KEY")
    if retry_after_s is not ...:
        assert raised.retry_after_s == retry_after_s


def test_a_refusal_says_who_decided_and_which_field_was_wrong(paint):
    refusal = failure(paint, fault(400, "moderation_blocked"), PolicyRefusedError, "own policy")
    assert (refusal.rule_id, refusal.category) == ("moderation_blocked", "policy of this machine")
    wrong = Reply({"error": {"message": "m", "param": "size", "code": "c"}}, 400)
    assert failure(paint, wrong, UnsupportedRequestError, "m").field == "size"


def test_fewer_pictures_than_asked_for(paint):
    with StandIn(lambda request: images(picture())) as server, pytest.raises(ProviderUnavailableError, match="1 of 2 pictures"):
        paint(model(server), replace(ASKED, num_images=2))


def test_a_server_that_is_down(paint):
    with StandIn(lambda request: Reply()) as server:
        pass
    with pytest.raises(ProviderUnavailableError, match=r"cannot be reached at 127.0.0.1.*Check that it runs") as caught:
        paint(model(server), ASKED)
    assert caught.value.retry_after_s == 5.0


def test_a_server_that_keeps_silent_or_drips(paint):
    late = r"did not answer within 0.2 s"
    failure(paint, Reply({}, wait_for=threading.Event()), ProviderUnavailableError, late, timeout_s=0.2)
    drips = Reply(chunks=[b" "] * 10, wait_for=threading.Event())
    failure(paint, drips, ProviderUnavailableError, late, timeout_s=0.2)


def test_an_answer_without_end_is_cut_off(paint, monkeypatch):
    monkeypatch.setattr("pochade.providers.openai.MAX_BYTES_PER_PICTURE", 2**20)
    failure(paint, Reply(chunks=[b" " * 65_536] * 100), ProviderUnavailableError, "more than 1 MiB", stream=False)


def test_a_picture_of_absurd_size_is_not_unpacked(paint, monkeypatch):
    monkeypatch.setattr(wire, "MAX_ANSWER_PIXELS", 1000)
    failure(paint, images(picture()), ProviderUnavailableError, "a picture of 64x64, larger than")


def test_transparent_parts_become_white(finished):
    pixels = np.dstack([picture(), np.zeros((64, 64), np.uint8)])
    with StandIn(lambda request: images(pixels)) as server:
        assert (finished(model(server), ASKED)[0].picture == 255).all()


def test_a_data_url_is_a_picture_too(finished):
    reply = Reply({"data": [{"url": "data:image/png;base64," + b64(picture())}]})
    with StandIn(lambda request: reply) as server:
        assert (finished(model(server), ASKED)[0].picture == picture()).all()


def test_hanging_up_closes_the_connection():
    async def first_preview(server: StandIn) -> None:
        events = model(server).generate(ASKED)
        async for event in events:
            if isinstance(event, Preview):
                break
        await events.aclose()  # type: ignore[attr-defined]

    with StandIn(lambda request: replace(stream(PARTIAL), wait_for=threading.Event())) as server:
        asyncio.run(first_preview(server))
        assert server.gone.wait(5)


def test_cancelling_the_task_closes_the_connection():
    async def main(server: StandIn) -> None:
        async def read() -> None:
            async for _ in model(server).generate(ASKED):
                pass

        task = asyncio.create_task(read())
        while not server.requests:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with StandIn(lambda request: Reply({}, wait_for=threading.Event())) as server:
        asyncio.run(main(server))
        assert server.gone.wait(5)


def test_calls_overlap(finished):
    together = threading.Barrier(3, timeout=10)

    def script(request: Request) -> Reply:
        together.wait()
        return images(picture(seed=len(request.json["prompt"])))

    async def main(server: StandIn) -> list[FinishedImage]:
        asked = model(server)

        async def one(prompt: str) -> FinishedImage:
            events = [event async for event in asked.generate(replace(ASKED, prompt=prompt))]
            return next(event for event in events if isinstance(event, FinishedImage))

        return await asyncio.gather(*(one("x" * k) for k in (1, 2, 3)))

    with StandIn(script) as server:
        done = asyncio.run(main(server))
    assert all((image.picture == picture(seed=k)).all() for k, image in enumerate(done, 1))


def test_a_picture_of_another_size_is_cut_to_the_one_asked_for(paint):
    # red stripes outside the middle, which is all that may be left
    large = np.zeros((100, 300, 3), np.uint8)
    large[:, 100:200] = (0, 200, 0)
    large[:, :99] = large[:, 201:] = (255, 0, 0)
    with StandIn(lambda request: images(large)) as server:
        events = paint(model(server, "gpt-image-2"), replace(ASKED, width_px=72, height_px=72, quality="best"))
        assert server.requests[0].json["quality"] == "high" and "response_format" not in server.requests[0].json
    (image,) = [event for event in events if isinstance(event, FinishedImage)]
    assert image.picture.shape == (72, 72, 3) and image.picture[:, 1:-1, 0].max() < 40 and image.original == file_of(large)
    assert [event.message for event in events if isinstance(event, Notice)] == ["there painted 300x100; cut and scaled to 72x72."]


def test_a_smaller_picture_is_never_blown_up(finished):
    with StandIn(lambda request: images(picture(32, 32))) as server:
        assert finished(model(server), ASKED)[0].picture.shape == (32, 32, 3)
