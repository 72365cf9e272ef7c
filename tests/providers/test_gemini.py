"""Models of the Gemini API, asked over real sockets."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from pochade.core.errors import PolicyRefusedError, ProviderUnavailableError, UnsupportedRequestError
from pochade.core.values import FinishedImage, GenerationRequest, Notice
from pochade.providers.gemini import DEFAULT_BASE_URL, GeminiImages, image_config
from pochade.providers.wire import Endpoint
from providers.standins import Reply, StandIn, b64, file_of, picture, pixels_of

MODEL = "gemini-3.1-flash-image"
ASKED = GenerationRequest("a lemon", 2**32 - 2, "there", width_px=64, height_px=64)


def model(server: StandIn, api_key_env: str = "") -> GeminiImages:
    return GeminiImages(Endpoint("there", f"{server.url}/v1beta", api_key_env), MODEL)


def parts(*listed: dict[str, Any], **more: Any) -> Reply:
    candidate = {"content": {"role": "model", "parts": list(listed)}, "finishReason": "STOP", **more}
    return Reply({"candidates": [candidate], "usageMetadata": {"totalTokenCount": 1300}, "modelVersion": f"{MODEL}-002"})


def inline(pixels: Any, form: str = "PNG") -> dict[str, Any]:
    return {"inlineData": {"mimeType": f"image/{form.lower()}", "data": b64(pixels, form)}}


def test_a_picture_arrives_past_words_and_drafts(finished, monkeypatch):
    monkeypatch.setenv("A_KEY", "secret")
    reply = parts(
        {"text": "Here it is."}, {**inline(picture(seed=1)), "thought": True}, {**inline(picture(seed=2)), "thoughtSignature": "x"}
    )
    with StandIn(lambda request: reply) as server:
        (image,) = finished(model(server, "A_KEY"), ASKED)
        (request,) = server.requests
    assert (image.picture == picture(seed=2)).all() and image.original == file_of(picture(seed=2))
    assert image.versions == {"remote_model": f"{MODEL}-002"} and image.seed == ASKED.seed
    assert (request.method, request.path) == ("POST", f"/v1beta/models/{MODEL}:generateContent")
    assert request.headers["x-goog-api-key"] == "secret"
    assert request.json == {
        "contents": [{"role": "user", "parts": [{"text": "a lemon"}]}],
        "generationConfig": {
            "responseModalities": ["IMAGE"],
            "seed": 2**31 - 2,  # int32 on the wire
            "imageConfig": {"aspectRatio": "1:1", "imageSize": "1K"},
        },
    }


def test_several_pictures_are_asked_for_one_by_one(finished):
    with StandIn(lambda request: parts(inline(picture()))) as server:
        images = finished(model(server), replace(ASKED, seed=5, num_images=3))
        assert [request.json["generationConfig"]["seed"] for request in server.requests] == [5, 6, 7]
    assert [(image.index, image.seed) for image in images] == [(0, 5), (1, 6), (2, 7)]


def test_a_picture_to_start_from_goes_before_the_words(finished):
    image = picture(40, 30)
    with StandIn(lambda request: parts(inline(picture()))) as server:
        finished(model(server), replace(ASKED, image=image))
        first, second = server.requests[0].json["contents"][0]["parts"]
    assert first["inlineData"]["mimeType"] == "image/png" and second == {"text": "a lemon"}
    assert (pixels_of(base64.b64decode(first["inlineData"]["data"])) == image).all()


def test_its_own_sizes_are_cut_to_the_one_asked_for(paint):
    with StandIn(lambda request: parts(inline(picture(1344, 768), "JPEG"))) as server:
        events = paint(model(server), replace(ASKED, width_px=640, height_px=352))
    (image,) = [event for event in events if isinstance(event, FinishedImage)]
    assert image.picture.shape == (352, 640, 3)
    assert [event.message for event in events if isinstance(event, Notice)] == ["there painted 1344x768; cut and scaled to 640x352."]


@pytest.mark.parametrize(
    ("remote_model", "size", "config"),
    [
        (MODEL, (512, 512), {"aspectRatio": "1:1", "imageSize": "1K"}),
        (MODEL, (1920, 1080), {"aspectRatio": "16:9", "imageSize": "2K"}),
        (MODEL, (1024, 1024), {"aspectRatio": "1:1", "imageSize": "1K"}),
        ("gemini-3-pro-image", (2048, 3072), {"aspectRatio": "2:3", "imageSize": "4K"}),
        ("gemini-2.5-flash-image", (300, 900), {"aspectRatio": "9:16"}),
        (MODEL, (2000, 100), {"aspectRatio": "21:9", "imageSize": "1K"}),
    ],
)
def test_shapes_and_sizes_that_are_asked_for(remote_model, size, config):
    assert image_config(remote_model, *size) == config


def google(status: int, name: str, *details: dict[str, Any]) -> Reply:
    return Reply({"error": {"code": status, "message": "Said so.", "status": name, "details": list(details)}}, status)


RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"}


@pytest.mark.parametrize(
    ("reply", "error", "message", "retry_after_s"),
    [
        (Reply({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}), PolicyRefusedError, "prompt blocked, PROHIBITED_CONTENT", ...),
        (parts(finishReason="IMAGE_SAFETY", finishMessage="Unsafe."), PolicyRefusedError, "own policy.*Unsafe", ...),
        (Reply({"candidates": [{"finishReason": "IMAGE_PROHIBITED_CONTENT"}]}), PolicyRefusedError, "IMAGE_PROHIBITED_CONTENT", ...),
        (parts({"text": "I cannot draw that."}), ProviderUnavailableError, r"painted nothing \(STOP\).*I cannot draw that", 5.0),
        (Reply({"candidates": [{"finishReason": "NO_IMAGE"}]}), ProviderUnavailableError, "NO_IMAGE", 5.0),
        (Reply({"candidates": []}), ProviderUnavailableError, "no reason given", 5.0),
        (
            Reply({"candidates": [{"content": {"parts": [7, {"inlineData": {"data": ""}}]}}]}),
            ProviderUnavailableError,
            "bytes that are no PNG",
            5.0,
        ),
        (Reply([]), ProviderUnavailableError, "no object", 5.0),
        (google(429, "RESOURCE_EXHAUSTED", RETRY_INFO), ProviderUnavailableError, "asked too often.*Said so", 34.5),
        (google(503, "UNAVAILABLE"), ProviderUnavailableError, "has trouble", 5.0),
        (google(403, "PERMISSION_DENIED"), ProviderUnavailableError, "does not accept the key", None),
        (
            google(400, "INVALID_ARGUMENT", {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}),
            ProviderUnavailableError,
            "does not accept the key.*variable A_KEY",
            None,
        ),
        (google(400, "INVALID_ARGUMENT"), UnsupportedRequestError, "Said so", ...),
        (google(404, "NOT_FOUND"), ProviderUnavailableError, "is not there", None),
    ],
)
def test_bad_answers(paint, monkeypatch, reply, error, message, retry_after_s):
    monkeypatch.setenv("A_KEY", "k")
    with StandIn(lambda request: reply) as server, pytest.raises(error, match=message) as caught:
        paint(model(server, "A_KEY"), ASKED)
    if retry_after_s is not ...:
        assert caught.value.retry_after_s == retry_after_s


def test_masks_are_beyond_it(paint):
    asked = replace(ASKED, image=picture(), mask=picture()[..., 0] > 100)
    with StandIn(lambda request: Reply()) as server, pytest.raises(UnsupportedRequestError, match="cannot repaint a part"):
        paint(model(server), asked)


def test_where_prompts_go():
    capabilities = GeminiImages(Endpoint("there", DEFAULT_BASE_URL), MODEL).capabilities
    assert (capabilities.runs_at, capabilities.price_usd) == ("Google", None) and "SynthID" in capabilities.licence
