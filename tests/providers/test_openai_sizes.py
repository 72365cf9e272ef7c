"""What follows for an OpenAI-compatible model from its name and its address."""

from __future__ import annotations

import numpy as np
import pytest

from pochade.providers.openai import OpenAIImages, painted_size
from pochade.providers.wire import Endpoint


@pytest.mark.parametrize(
    ("remote_model", "wanted", "asked"),
    [
        ("sdxl", (520, 264), (520, 264)),
        ("gpt-image-1.5", (512, 512), (1024, 1024)),
        ("gpt-image-1-mini", (768, 512), (1536, 1024)),
        ("chatgpt-image-latest", (300, 900), (1024, 1536)),
        ("gpt-image-2.5-flare", (1024, 1024), (1024, 1024)),
        ("gpt-image-2.5-flare", (512, 512), (816, 816)),
        ("gpt-image-2", (2000, 1000), (2000, 1008)),
        ("gpt-image-2", (3840, 2160), (3840, 2160)),
        ("gpt-image-2.6-flare", (2000, 400), (2000, 672)),
        ("gpt-image-2", (2872, 2880), (2880, 2880)),
    ],
)
def test_sizes_that_are_asked_for(remote_model, wanted, asked):
    assert painted_size(remote_model, *wanted) == asked


def test_any_size_of_gpt_image_is_within_its_limits():
    rng = np.random.default_rng(5)
    for width, height in rng.integers(64, 3841, (500, 2)):
        if width * height <= 8_294_400:
            wide, high = painted_size("gpt-image-2", int(width), int(height))
            assert wide % 16 == high % 16 == 0 and max(wide, high) <= 3840 and max(wide, high) <= 3 * min(wide, high)
            assert 655_360 <= wide * high <= 8_294_400


def test_capabilities_follow_from_address_and_model():
    def of(url: str, remote_model: str = "sd", **options):
        return OpenAIImages(Endpoint("there", url), remote_model, **options).capabilities

    assert [
        of(url).runs_at for url in ("http://localhost:8080/v1", "http://192.168.1.9/v1", "http://gpu-box/v1", "https://x.example.org/v1")
    ] == [
        "this machine",
        "this network",
        "this network",
        "x.example.org",
    ]
    hosted = of("https://api.openai.com/v1", "gpt-image-2.5-flare")
    assert (hosted.runs_at, hosted.price_usd, hosted.max_side_px) == ("OpenAI", None, 3840)
    assert of("https://mine.openai.azure.com/openai/v1").runs_at == "Microsoft Azure"
    assert of("https://notopenai.com/v1").runs_at == "notopenai.com"
    assert of("http://[::1]/v1").price_usd == 0.0
    assert of("http://localhost/v1", declared={"price_usd": 0.5, "max_side_px": 512}).price_usd == 0.5
