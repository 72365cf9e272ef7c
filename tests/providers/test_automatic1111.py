"""Servers with the API of AUTOMATIC1111, asked over real sockets."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pochade.core.errors import ProviderUnavailableError, UnsupportedRequestError
from pochade.core.values import FinishedImage, GenerationRequest, Preview, Progress
from pochade.providers.automatic1111 import Automatic1111
from pochade.providers.wire import Endpoint
from providers.standins import Reply, Request, StandIn, b64, file_of, picture, pixels_of

ASKED = GenerationRequest("a lemon", 7, "there", width_px=64, height_px=64)


def model(server: StandIn, remote_model: str = "", api_key_env: str = "") -> Automatic1111:
    return Automatic1111(Endpoint("there", server.url, api_key_env, 20.0), remote_model, poll_s=0.01)


def painted(pixels: np.ndarray) -> Reply:
    info = json.dumps({"seed": 7, "infotexts": ["a lemon\nSteps: 25"]})
    return Reply({"images": [b64(pixels)], "parameters": {}, "info": info})


class Server:
    """Paints until `done` is set; tells progress one reading at a time, the last one for ever."""

    def __init__(self, *readings: dict[str, Any]):
        self.readings = list(readings)
        self.done = threading.Event()
        self.interrupted = threading.Event()

    def __call__(self, request: Request) -> Reply:
        if request.path.startswith("/sdapi/v1/progress"):
            reading = self.readings.pop(0) if len(self.readings) > 1 else self.readings[0]
            if len(self.readings) == 1 and not self.readings[0].get("for_ever"):
                self.done.set()
            return Reply({"progress": 0.0, "eta_relative": 1.0, "state": {}, "current_image": None, "textinfo": None, **reading})
        if request.path == "/sdapi/v1/interrupt":
            self.interrupted.set()
            return Reply({})
        return replace(painted(picture()), wait_for=self.done)


def test_txt2img_on_the_wire(finished):
    with StandIn(lambda request: painted(picture(seed=request.json["seed"]))) as server:
        images = finished(model(server, "sd_xl_base.safetensors [31e3]"), replace(ASKED, num_images=2, negative_prompt="rain", num_steps=9))
        sent = [request.json for request in server.requests if request.method == "POST"]
    assert [(image.seed, image.index) for image in images] == [(7, 0), (8, 1)] == [(fields["seed"], k) for k, fields in enumerate(sent)]
    assert all((image.picture == picture(seed=image.seed)).all() for image in images)
    assert images[0].original == file_of(picture(seed=7)) and images[0].versions == {"remote_model": "sd_xl_base.safetensors [31e3]"}
    task_ids = {fields.pop("force_task_id") for fields in sent}
    assert len(task_ids) == 2
    assert sent[0] == {
        "prompt": "a lemon",
        "negative_prompt": "rain",
        "seed": 7,
        "steps": 9,
        "width": 64,
        "height": 64,
        "batch_size": 1,
        "n_iter": 1,
        "send_images": True,
        "save_images": False,
        "override_settings": {"sd_model_checkpoint": "sd_xl_base.safetensors [31e3]"},
        "override_settings_restore_afterwards": False,
    }


def test_img2img_and_inpainting_on_the_wire(finished):
    image, mask = picture(32, 24), np.zeros((24, 32), bool)
    mask[2:5, 7:20] = True
    with StandIn(lambda request: painted(picture())) as server:
        finished(model(server), replace(ASKED, image=image, mask=mask, strength=0.3, guidance_scale=4.0, quality="draft"))
        # on a busy machine the answer takes so long that progress is asked for too
        (request,) = [request for request in server.requests if "progress" not in request.path]
    sent = request.json
    assert request.path == "/sdapi/v1/img2img"
    assert (sent["denoising_strength"], sent["cfg_scale"], sent["steps"]) == (0.3, 4.0, 12)
    assert (pixels_of(base64.b64decode(sent["init_images"][0])) == image).all()
    assert (pixels_of(base64.b64decode(sent["mask"])) == mask * np.uint8(255)).all()


def test_progress_and_previews_are_polled(paint):
    server = Server({"progress": 0.25, "current_image": b64(picture(8, 8))}, {"progress": 0.2}, {"progress": 0.75})
    with StandIn(server) as standin:
        events = paint(model(standin), ASKED)
    fractions = [event.fraction for event in events if isinstance(event, Progress)]
    # how many polls fit in before the answer depends on the machine; the first always does
    assert (
        fractions[:2] == [0.0, 0.25]
        and set(fractions) <= {0.0, 0.25, 0.75, 1.0}
        and fractions == sorted(fractions)
        and fractions[-1] == 1.0
    )
    assert [event.picture.shape for event in events if isinstance(event, Preview)] == [(8, 8, 3)]
    assert isinstance(events[-1], FinishedImage)


def test_a_server_without_progress_paints_all_the_same(paint):
    server = Server({"progress": 0.0})

    def script(request: Request) -> Reply:
        reply = server(request)
        return Reply({"detail": "Not Found"}, 404) if "progress" in request.path else reply

    with StandIn(script) as standin:
        assert isinstance(paint(model(standin), ASKED)[-1], FinishedImage)


def test_progress_of_somebody_else_is_not_shown(paint):
    server = Server(
        {"progress": 0.9, "current_task": "theirs", "current_image": b64(picture())}, {"progress": 0.1, "current_task": "theirs"}
    )
    with StandIn(server) as standin:
        events = paint(model(standin), ASKED)
    assert {event.fraction for event in events if isinstance(event, Progress)} == {0.0, 1.0}
    assert not any(isinstance(event, Preview) for event in events)


async def stopped(provider: Automatic1111) -> None:
    events = provider.generate(ASKED)
    async for event in events:
        if isinstance(event, Progress) and event.fraction > 0:
            break
    await events.aclose()  # type: ignore[attr-defined]


def test_cancelling_interrupts_the_work_there():
    server = Server({"progress": 0.5, "for_ever": True})
    with StandIn(server) as standin:
        asyncio.run(stopped(model(standin)))
        assert server.interrupted.is_set() and standin.gone.wait(5)


def test_cancelling_leaves_the_work_of_others_alone():
    server = Server({"progress": 0.5}, {"progress": 0.5, "current_task": "theirs", "for_ever": True})
    with StandIn(server) as standin:
        asyncio.run(stopped(model(standin)))
        assert not server.interrupted.is_set() and standin.gone.wait(5)


def test_the_key_is_user_and_password(finished, monkeypatch):
    monkeypatch.setenv("A_KEY", "ann:secret")
    with StandIn(lambda request: painted(picture())) as server:
        finished(model(server, api_key_env="A_KEY"), ASKED)
        assert server.requests[0].headers["Authorization"] == "Basic " + base64.b64encode(b"ann:secret").decode()


@pytest.mark.parametrize(
    ("reply", "error", "message"),
    [
        (Reply({"images": []}), ProviderUnavailableError, "no pictures"),
        (Reply({"images": ["%%"]}), ProviderUnavailableError, "no picture but"),
        (
            Reply({"error": "OutOfMemoryError", "detail": "", "errors": "CUDA out of memory"}, 500),
            ProviderUnavailableError,
            "CUDA out of memory",
        ),
        (Reply({"detail": "Sampler not found"}, 422), UnsupportedRequestError, "Sampler not found"),
        (Reply({"detail": "Incorrect username or password"}, 401), ProviderUnavailableError, "--api-key-env"),
    ],
)
def test_bad_answers(paint, reply, error, message):
    with StandIn(lambda request: reply) as server, pytest.raises(error, match=message):
        paint(model(server), ASKED)
