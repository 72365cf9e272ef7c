"""AUTOMATIC1111's interface, as chat front ends call it."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest

from fakes import paint
from web.conftest import assert_alike, pixels_of, png


@pytest.fixture
def b64() -> str:
    return base64.b64encode(png()).decode()


def test_txt2img_paints_what_the_model_paints(client, auth):
    body = {"prompt": "red", "seed": 5, "width": 64, "height": 48, "batch_size": 2, "n_iter": 1, "steps": 20, "cfg_scale": 7}
    answer = client.post("/sdapi/v1/txt2img", json=body, headers=auth).json()
    info = json.loads(answer["info"])
    assert info["all_seeds"] == [5, 6]
    assert info["ignored"] == ["steps", "cfg_scale"]
    assert "Seed: 6" in info["infotexts"][1]
    for k, image in enumerate(answer["images"]):
        assert_alike(pixels_of(image), paint("red", 5 + k, 64, 48))


def test_settings_reach_a_model_that_has_them(client, auth, studio):
    body = {"prompt": "red", "width": 64, "height": 48, "steps": 9, "cfg_scale": 3.5, "negative_prompt": "blue"}
    body["override_settings"] = {"sd_model_checkpoint": "retoucher"}
    answer = client.post("/sdapi/v1/txt2img", json=body, headers=auth).json()
    assert json.loads(answer["info"])["ignored"] == []
    recipe = json.loads(studio.store.pictures.list(studio.owner)[0].recipe)
    assert recipe["settings"] == {"negative_prompt": "blue", "num_steps": 9, "guidance_scale": 3.5}


@pytest.mark.parametrize("invert", [0, 1])
def test_img2img_repaints_where_the_mask_is_white(client, auth, b64, invert):
    half = np.zeros((48, 64), np.uint8)
    half[:, :32] = 255
    mask = base64.b64encode(png_of(half)).decode()
    body = {"prompt": "x", "init_images": [b64], "mask": mask, "inpainting_mask_invert": invert, "width": 64, "height": 48}
    body |= {"override_settings": {"sd_model_checkpoint": "retoucher"}, "denoising_strength": 0.4}
    answer = client.post("/sdapi/v1/img2img", json=body, headers=auth).json()
    painted = pixels_of(answer["images"][0])
    anew, kept = (slice(32, 64), slice(0, 32)) if invert else (slice(0, 32), slice(32, 64))
    assert_alike(painted[:, anew], np.zeros((48, 32, 3), np.uint8))
    assert_alike(painted[:, kept], pixels_of(png())[:, kept])


def test_a_url_instead_of_a_picture_is_not_fetched(client, auth):
    answer = client.post("/sdapi/v1/img2img", json={"init_images": ["http://127.0.0.1:1/x.png"]}, headers=auth)
    assert answer.status_code == 400
    assert "fetches nothing" in answer.json()["detail"]


def test_the_model_is_the_users_own_choice(client, auth, key_of, studio):
    other = studio.store.users.create(studio.owner, "other")
    assert client.post("/sdapi/v1/options", json={"sd_model_checkpoint": "retoucher"}, headers=auth).status_code == 200
    assert client.get("/sdapi/v1/options", headers=auth).json() == {"sd_model_checkpoint": "retoucher"}
    theirs = {"authorization": f"Bearer {key_of(other)}"}
    assert client.get("/sdapi/v1/options", headers=theirs).json() == {"sd_model_checkpoint": "gradient"}


def test_unknown_model_is_refused(client, auth):
    answer = client.post("/sdapi/v1/options", json={"sd_model_checkpoint": "v1-5-pruned"}, headers=auth)
    assert answer.status_code == 404
    assert set(answer.json()) == {"error", "detail", "body", "errors"}


def test_png_info_reads_our_own_picture(client, auth):
    image = client.post("/sdapi/v1/txt2img", json={"prompt": "red", "seed": 5, "width": 64, "height": 48}, headers=auth).json()["images"][0]
    info = client.post("/sdapi/v1/png-info", json={"image": f"data:image/png;base64,{image}"}, headers=auth).json()
    assert info["parameters"]["Seed"] == 5
    assert info["info"].startswith("red\nSeed: 5")


def test_lists(client, auth):
    assert "gradient" in [model["model_name"] for model in client.get("/sdapi/v1/sd-models", headers=auth).json()]
    for name in ("samplers", "schedulers", "upscalers"):
        assert client.get(f"/sdapi/v1/{name}", headers=auth).json()[0]["name"]
    assert client.get("/sdapi/v1/progress", headers=auth).json()["progress"] == 0


def test_basic_authentication_with_the_key_as_password(client, key_of):
    assert client.get("/sdapi/v1/options", auth=("any", key_of())).status_code == 200
    assert client.get("/sdapi/v1/options", auth=("any", "wrong")).status_code == 401


def png_of(gray: np.ndarray) -> bytes:
    from io import BytesIO

    from PIL import Image

    file = BytesIO()
    Image.fromarray(gray).save(file, "PNG")
    return file.getvalue()
