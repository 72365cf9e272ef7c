"""Replays of what chat front ends send, as their source code has it."""

from __future__ import annotations

import base64
import json

import pytest

from web.conftest import pixels_of, png


def test_open_webui_through_openai(client, auth):
    """Source: open-webui, backend/open_webui/routers/images.py, engine "openai": it takes bare base64 for PNG."""
    body = {"model": "dall-e-3", "prompt": "a red apple", "n": 1, "size": "512x512", "response_format": "b64_json"}
    answer = client.post("/v1/images/generations", json=body, headers={**auth, "X-OpenWebUI-User-Name": "somebody"})
    assert answer.status_code == 200
    encoded = [image["b64_json"] for image in answer.json()["data"]]
    assert [base64.b64decode(text)[:4] for text in encoded] == [b"\x89PNG"]


def test_open_webui_edits_through_openai(client, auth):
    body = {"model": "retoucher", "prompt": "darker", "n": "1", "size": "64x48", "response_format": "b64_json"}
    answer = client.post("/v1/images/edits", data=body, files={"image": ("image.png", png(), "image/png")}, headers=auth)
    assert pixels_of(answer.json()["data"][0]["b64_json"]).shape == (48, 64, 3)


def test_open_webui_through_automatic1111(client, key_of):
    """It asks for the model and sets it, then sends prompt, size and the settings of its own form."""
    login = ("user", key_of())
    assert client.get("/sdapi/v1/options", auth=login).json()["sd_model_checkpoint"] == "gradient"
    models = client.get("/sdapi/v1/sd-models", auth=login).json()
    assert {"title", "model_name"} <= set(models[0])
    assert client.post("/sdapi/v1/options", json={"sd_model_checkpoint": "gradient"}, auth=login).status_code == 200
    body = {"prompt": "a red apple", "batch_size": 1, "width": 512, "height": 512, "steps": 50, "negative_prompt": "blur"}
    body |= {"cfg_scale": 7.0, "sampler_name": "Euler", "scheduler": "Karras"}
    answer = client.post("/sdapi/v1/txt2img", json=body, auth=login).json()
    assert pixels_of(answer["images"][0]).shape == (512, 512, 3)


def test_librechat_through_openai(client, auth):
    """Source: LibreChat, api/app/clients/tools/structured/OpenAIImageTools.js: it reads data[0].b64_json only."""
    body = {"model": "gpt-image-1", "prompt": "a red apple", "n": 1, "size": "auto", "quality": "auto", "background": "auto"}
    body |= {"output_format": "png", "moderation": "auto"}
    assert client.post("/v1/images/generations", json=body, headers=auth).json()["data"][0]["b64_json"]


def test_librechat_edits_with_an_array(client, auth):
    form = {"model": "retoucher", "prompt": "darker", "quality": "auto", "size": "auto"}
    answer = client.post("/v1/images/edits", data=form, files=[("image[]", ("a.png", png(), "image/png"))], headers=auth)
    assert answer.json()["data"][0]["b64_json"]


def test_two_pictures_to_edit_are_refused(client, auth):
    files = [("image[]", (f"{k}.png", png(), "image/png")) for k in range(2)]
    answer = client.post("/v1/images/edits", data={"model": "retoucher", "prompt": "x"}, files=files, headers=auth)
    assert answer.status_code == 400
    assert "2 pictures" in answer.json()["error"]["message"]


def test_librechat_through_automatic1111(client, key_of):
    """Source: LibreChat, api/app/clients/tools/structured/StableDiffusion.js: it parses `info` for seed and infotexts[0]."""
    body = {"prompt": "a red apple", "negative_prompt": "blur", "cfg_scale": 4.5, "steps": 22, "width": 512, "height": 512}
    answer = client.post("/sdapi/v1/txt2img", json=body, auth=("x", key_of())).json()
    info = json.loads(answer["info"])
    assert isinstance(info["seed"], int)
    assert f"Seed: {info['seed']}" in info["infotexts"][0]
    assert info["width"] == 512


@pytest.mark.parametrize("value", ["http://169.254.169.254/latest", "https://example.org/a.png"])
def test_a_url_in_place_of_a_file(client, auth, value):
    answer = client.post("/v1/images/edits", data={"model": "retoucher", "prompt": "x", "image": value}, headers=auth)
    assert answer.status_code == 400
    assert "fetches nothing" in answer.json()["error"]["message"]


def test_unknown_fields_are_named_not_hidden(client, auth):
    answer = client.post("/v1/images/generations", json={"prompt": "red", "size": "32x32", "sede": 7}, headers=auth)
    assert answer.status_code == 200
    assert answer.headers["x-ignored-parameters"] == "sede"
