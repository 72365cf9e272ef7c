from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pochade.core.errors import InvalidRequestError, PochadeError, ProviderUnavailableError, UnknownModelError, UnsupportedRequestError
from pochade.core.limits import MAX_PROMPT_CHARS, MAX_SEED
from pochade.core.values import Capabilities, GenerationRequest

CAPABILITIES = Capabilities(summary="")


@pytest.mark.parametrize(
    ("fields", "field", "received", "accepted"),
    [
        ({"prompt": ""}, "prompt", "empty", "32,000"),
        ({"prompt": " \n\t "}, "prompt", "4 blank", "32,000"),
        ({"prompt": "a" * (MAX_PROMPT_CHARS + 1)}, "prompt", "32,001", "32,000"),
        ({"prompt": "a \udce4 b"}, "prompt", r"\udce4", "UTF-8"),
        ({"prompt": "a \0 b"}, "prompt", r"\x00", "UTF-8"),
        ({"seed": -1}, "seed", "-1", "0 to 4294967295"),
        ({"seed": MAX_SEED + 1}, "seed", "4294967296", "0 to 4294967295"),
        ({"seed": MAX_SEED, "num_images": 2}, "seed", "4294967295", "4294967294"),
        ({"num_images": 0}, "n", "0", "1 to 10"),
        ({"num_images": 11}, "n", "11", "1 to 10"),
        ({"quality": "perfect"}, "quality", "'perfect'", "draft, standard, best"),
        ({"plan": '{"a": 1}', "num_images": 2}, "n", "2", "one picture"),
    ],
)
def test_bad_values_are_named_with_what_is_accepted(fields, field, received, accepted):
    with pytest.raises(InvalidRequestError) as caught:
        GenerationRequest(**{"prompt": "a lemon", "seed": 1, **fields})
    assert caught.value.field == field
    assert received in str(caught.value) and accepted in str(caught.value)


@pytest.mark.parametrize(
    "fields", [{"prompt": "a" * MAX_PROMPT_CHARS}, {"seed": 0}, {"seed": MAX_SEED}, {"seed": MAX_SEED - 9, "num_images": 10}]
)
def test_the_limits_themselves_are_accepted(fields):
    GenerationRequest(**{"prompt": "a lemon", "seed": 1, **fields})


@pytest.mark.parametrize("size", [(64, 64), (2048, 2048), (72, 2048), (512, 768)])
def test_sizes_within_the_capabilities(size):
    CAPABILITIES.check(GenerationRequest("a lemon", 1, width_px=size[0], height_px=size[1]))


@pytest.mark.parametrize("size", [(0, 0), (-8, 64), (56, 64), (2056, 64), (100, 100), (512, 513)])
def test_sizes_beyond_the_capabilities(size):
    with pytest.raises(UnsupportedRequestError, match=f"Got size {size[0]}x{size[1]}; pathtracer accepts"):
        CAPABILITIES.check(GenerationRequest("a lemon", 1, width_px=size[0], height_px=size[1]))


@given(st.integers(-10, 10**9), st.integers(-10, 10**9), st.sampled_from([1, 8, 64]), st.sampled_from([4096, 10**6, 4_194_304]))
def test_the_size_that_is_proposed_is_accepted(width, height, step, max_pixels):
    capabilities = Capabilities(summary="", side_multiple_px=step, max_pixels=max_pixels)
    near_width, near_height = capabilities.nearest_size(width, height)
    capabilities.check(GenerationRequest("a lemon", 1, width_px=near_width, height_px=near_height))


def test_number_and_quality_beyond_the_capabilities():
    modest = Capabilities(summary="", qualities=("draft",), max_images=2)
    with pytest.raises(UnsupportedRequestError, match="accepts draft"):
        modest.check(GenerationRequest("a lemon", 1))
    with pytest.raises(UnsupportedRequestError, match="at most 2"):
        modest.check(GenerationRequest("a lemon", 1, num_images=3, quality="draft"))


def test_one_error_tree():
    assert issubclass(UnknownModelError, InvalidRequestError) and issubclass(InvalidRequestError, PochadeError)
    assert ProviderUnavailableError("later", retry_after_s=3).retry_after_s == 3
