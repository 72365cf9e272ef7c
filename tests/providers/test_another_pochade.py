"""Another Pochade as a model: our own server, asked over a real socket by our own adapters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

import fakes
from pochade.core.errors import ProviderUnavailableError, UnsupportedRequestError
from pochade.core.values import FinishedImage, GenerationRequest, Preview
from pochade.providers.automatic1111 import Automatic1111
from pochade.providers.openai import OpenAIImages
from pochade.providers.wire import Endpoint
from pochade.web.settings import load_settings
from web.conftest import Live, assert_alike, serve

ASKED = GenerationRequest("red and blue", 7, "there", width_px=80, height_px=64)


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    yield from serve(load_settings(data=tmp_path_factory.mktemp("another"), default_model="gradient", port=0, drain_s=5))


@pytest.fixture
def there(live: Live, monkeypatch: pytest.MonkeyPatch) -> OpenAIImages:
    monkeypatch.setenv("THERE_KEY", live.key)
    return OpenAIImages(Endpoint("there", f"{live.url}/v1", "THERE_KEY", 30.0), "gradient", extensions=True)


def test_its_pictures_and_previews_arrive_and_their_seeds_repeat_them(there, paint):
    events = paint(there, replace(ASKED, num_images=2))
    images = [event for event in events if isinstance(event, FinishedImage)]
    assert [image.seed for image in images] == [7, 8]
    for image in images:
        assert_alike(image.picture, fakes.paint(ASKED.prompt, image.seed, 80, 64))
        assert image.original is not None and b"c2pa" in image.original  # its marks came along
    assert any(isinstance(event, Preview) for event in events)


def test_what_it_refuses_is_told_in_its_own_words(there, paint):
    with pytest.raises(UnsupportedRequestError, match=r"It said: .*512") as caught:
        paint(there, replace(ASKED, width_px=1024))
    assert caught.value.field == "size"


def test_a_wrong_key_names_the_variable(there, paint, monkeypatch):
    monkeypatch.setenv("THERE_KEY", "wrong")
    with pytest.raises(ProviderUnavailableError, match="Check the key in the environment variable THERE_KEY"):
        paint(there, ASKED)


def test_its_other_interface_works_too(live, paint, monkeypatch):
    monkeypatch.setenv("THERE_KEY", f"anyone:{live.key}")
    (image,) = [
        event
        for event in paint(Automatic1111(Endpoint("there", live.url, "THERE_KEY", 30.0), "gradient", poll_s=0.02), ASKED)
        if isinstance(event, FinishedImage)
    ]
    assert_alike(image.picture, fakes.paint(ASKED.prompt, 7, 80, 64))
