"""Flow matching, conditions and tokens: closed forms and round trips."""

from __future__ import annotations

import numpy as np
import pytest

from pochade.core import conditions, flow
from pochade.core.flow import Known
from pochade.core.tokens import BYTES, PAD, START, Tokenizer, pieces, tokenizer


@pytest.mark.parametrize("num_steps", [1, 2, 5])
def test_a_perfect_prediction_ends_at_the_picture_and_walks_straight_there(num_steps: int):
    x, noise = np.full((1, 3, 4, 4), 0.3, np.float32), flow.noise_rand(1, 4, 4)[None]
    seen = []

    def predict(z: flow.Floats, t: float) -> flow.Floats:
        np.testing.assert_allclose(z, flow.mixed(x, noise, np.float32(t)), atol=1e-5)
        seen.append(t)
        return x

    *_, last = flow.sample(predict, noise, num_steps)
    np.testing.assert_array_equal(last.x, x)
    assert seen == pytest.approx(np.arange(num_steps) / num_steps)


def test_what_is_kept_stays_exactly_and_the_rest_is_painted():
    noise, known, keep = flow.noise_rand(1, 4, 4)[None], np.full((1, 3, 4, 4), 0.5, np.float32), np.zeros((4, 4), bool)
    keep[:2] = True
    *_, last = flow.sample(lambda z, t: np.full_like(z, -1), noise, 3, Known(known, keep))
    assert (last.x[:, :, :2] == 0.5).all() and (last.x[:, :, 2:] == -1).all()


def test_strength_says_where_the_walk_starts():
    noise, known = flow.noise_rand(1, 4, 4)[None], np.ones((1, 3, 4, 4), np.float32)
    times: list[float] = []
    list(flow.sample(lambda z, t: times.append(t) or z, noise, 2, Known(known, strength=0.4)))
    assert times == pytest.approx([0.6, 0.8])
    *_, last = flow.sample(lambda z, t: z * 0, noise, 2, Known(known, strength=0.0))
    np.testing.assert_array_equal(last.x, known)


def test_a_seed_is_its_noise_and_larger_pictures_get_more():
    small = flow.noise_rand(7, 64, 64)
    np.testing.assert_array_equal(small, flow.noise_rand(7, 64, 64))
    assert not np.array_equal(small, flow.noise_rand(8, 64, 64))
    assert small.std() == pytest.approx(0.25, rel=0.05) and flow.noise_rand(7, 256, 256).std() == pytest.approx(1, rel=0.05)


def test_guidance_of_one_changes_nothing():
    a, b = np.float32([1, 2]), np.float32([0, 4])
    assert flow.guided(a, b, 1.0).tolist() == [1, 2]
    assert flow.guided(a, b, 2.0).tolist() == [2, 0]


def test_a_coarse_guide_keeps_means_and_forgets_edges():
    channels = np.random.default_rng(0).integers(0, 256, (10, 9, 12), np.uint8)
    made = conditions.coarsened(channels, 4)
    assert made.shape == channels.shape and not made[..., conditions.EDGES].any() and (made[..., 1:4] == 128).all()
    assert made[0, 0, 4] == made[3, 3, 4] == round(channels[:4, :4, 4].mean())
    assert made[9, 8, 4] == round(channels[8:, 8:, 4].mean())


def test_mirroring_a_guide_turns_its_normals():
    channels = np.random.default_rng(0).integers(0, 256, (2, 4, 6, 12), np.uint8)
    made = conditions.mirrored(channels)
    assert (made[:, :, 0, 1] == 255 - channels[:, :, -1, 1]).all() and (made[:, :, 0, 2:] == channels[:, :, -1, 2:]).all()
    np.testing.assert_array_equal(conditions.mirrored(made), channels)


def test_padding_repeats_the_border():
    made = conditions.padded(np.arange(6).reshape(1, 2, 3), 4, (1, 2))
    assert made.shape == (1, 4, 4) and made[0, 3].tolist() == [3, 4, 5, 5]
    assert conditions.padded(made, 4, (1, 2)) is made


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("A red wine glass", ["a", "red", "wine glass"]),
        ("wine", ["wine"]),
        ("two Wine Glasses, golden hour.", ["two", "wine glasses", ",", "golden hour", "."]),
    ],
)
def test_phrases_are_one_token(text: str, tokens: list[str]):
    words = tokenizer()
    assert [words.decode([token]) for token in words.encode(text)] == tokens


@pytest.mark.parametrize("text", ["a zebra", "naïve ☃ 雪", "x" * 200])
def test_what_is_not_known_is_spelled(text: str):
    words = tokenizer()
    assert words.decode(words.encode(text)) == " ".join(pieces(text))


def test_batches_are_cut_and_filled():
    words = Tokenizer(["a", "b"])
    assert words.batch(["a b", "", "a b a b"], 4).tolist() == [[START, 258, 259, PAD], [START, PAD, PAD, PAD], [START, 258, 259, 258]]
    assert words.encode("z") == [BYTES + 32, BYTES + ord("z")]
    with pytest.raises(ValueError, match="repeated"):
        Tokenizer(["a", "a"])


def test_a_mirrored_caption_has_left_and_right_exchanged():
    words = tokenizer()
    ids = words.batch(["a lemon to the left of a jug, right of a cup key back left"], 24)
    assert words.decode(words.mirrored(ids)[0]) == "a lemon to the right of a jug , left of a cup key back right"
