"""The network's parts against what can be derived by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from pochade.core import conditions
from pochade.core.flow import NOISY_INPUTS, PICTURE_SPREAD, input_gain, loss_weight, mixed, noise_rand, noisy_inputs
from pochade.core.tokens import PAD, START, tokenizer
from pochade.model.batches import COARSE, EXACT, NONE, Captions, blank, fitted, times_rand
from pochade.model.config import NetConfig, Recipe
from pochade.model.layers import ConvPair, attention, grid_angles, rotate
from pochade.model.learn import Lesson, text_bias
from pochade.model.optim import orthogonalised, rate
from pochade.model.painter import Pochade

NET = NetConfig(widths=(8, 16), token_width=32, depth=2, heads=2, text_width=32, text_depth=1, text_tokens=12, aux_block=1)


@pytest.fixture
def net() -> Pochade:
    torch.manual_seed(0)
    made = Pochade(NET).eval()
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return made


def tokens_of(*texts: str) -> torch.Tensor:
    return torch.from_numpy(tokenizer().batch(texts, NET.text_tokens))


@pytest.mark.parametrize(("height", "width"), [(32, 32), (16, 40)])
def test_any_size_that_the_stride_divides_goes_through(net: Pochade, height: int, width: int):
    ids = tokens_of("a red ball", "noon")
    z, guide = torch.randn(2, NOISY_INPUTS, height, width), torch.randn(2, conditions.GUIDE_INPUTS, height, width)
    x, aux = net(z, guide, ids, text_bias(ids))
    assert x.shape == (2, 3, height, width) and aux is not None and aux.shape[2:] == (height // 8, width // 8)


def test_padding_of_a_caption_changes_nothing(net: Pochade):
    short, z, guide = tokens_of("a red ball"), torch.randn(1, NOISY_INPUTS, 16, 16), torch.zeros(1, conditions.GUIDE_INPUTS, 16, 16)
    other = torch.where(short == PAD, 5, short)  # other words where the padding was
    same = net(z, guide, short, text_bias(short))[0], net(z, guide, other, text_bias(short))[0]
    torch.testing.assert_close(*same)
    assert not torch.allclose(same[0], net(z, guide, other, text_bias(other))[0])


def test_words_and_guide_reach_every_pixel(net: Pochade):
    z, guide = torch.randn(1, NOISY_INPUTS, 32, 32), torch.zeros(1, conditions.GUIDE_INPUTS, 32, 32)
    far = guide.clone()
    far[..., 0, 0] = 1
    ids, others = tokens_of("a red ball"), tokens_of("a blue ball")
    base = net(z, guide, ids, text_bias(ids))[0]
    for changed in (net(z, far, ids, text_bias(ids))[0], net(z, guide, others, text_bias(others))[0]):
        assert ((changed - base).abs().amax(1) > 0).all()


def test_attention_is_the_fused_one():
    q, k, v = torch.randn(3, 2, 4, 5, 8)
    bias = torch.tensor([0.0, 0, 0, -1e4, -1e4])[None, None, None]
    want = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=bias.expand(2, 4, 5, 5))
    torch.testing.assert_close(attention(q, k, v, bias), want)


def test_rotation_keeps_lengths_and_tells_only_distances():
    cos, sin = grid_angles(4, 4, 16)
    q, k = torch.randn(1, 1, 1, 16).expand(1, 1, 16, 16), torch.randn(1, 1, 1, 16).expand(1, 1, 16, 16)
    turned_q, turned_k = rotate(q, cos, sin), rotate(k, cos, sin)
    torch.testing.assert_close(turned_q.norm(dim=-1), q.norm(dim=-1))
    logits = (turned_q @ turned_k.mT)[0, 0].reshape(4, 4, 4, 4)
    torch.testing.assert_close(logits[0, 0, 1, 2], logits[2, 1, 3, 3])


def test_larger_grids_have_the_angles_of_smaller_ones():
    small, large = grid_angles(8, 8, 16)[0].reshape(8, 8, 8), grid_angles(16, 16, 16)[0].reshape(16, 16, 8)
    assert (small[0, 0] - large[:2, :2].mean((0, 1))).abs().max() < 0.1


def test_a_pair_of_convolutions_starts_as_the_identity():
    pair, x = ConvPair(4), torch.randn(1, 4, 6, 6)
    torch.testing.assert_close(pair(x) - pair.second.bias[:, None, None], x)


def test_muon_makes_matrices_nearly_orthogonal():
    for shape in ((2, 16, 48), (2, 48, 16)):
        values = torch.linalg.svdvals(orthogonalised(torch.randn(shape)))
        assert values.min() > 0.5 and values.max() < 1.35


@pytest.mark.parametrize(("progress", "share"), [(0.01, 0.5), (0.02, 1), (0.5, 1), (0.9, 0.5), (1.0, 0)])
def test_the_rate_rises_stays_and_falls(progress: float, share: float):
    assert rate(progress, 0.02, 0.2) == pytest.approx(share)


def test_the_loss_is_that_of_the_velocity_and_heeds_the_mode(net: Pochade):
    class Spy(torch.nn.Module):
        def forward(self, noisy: torch.Tensor, guide: torch.Tensor, ids: torch.Tensor, bias: torch.Tensor):
            self.noisy, self.guide = noisy, guide
            return torch.zeros_like(noisy[:, :3]), None

    spy, rng = Spy(), np.random.default_rng(0)
    pictures = torch.from_numpy(rng.integers(0, 256, (3, 8, 8, 3), np.uint8))
    channels = rng.integers(0, 256, (3, 8, 8, conditions.GUIDE_CHANNELS), np.uint8)
    modes, t = torch.tensor([NONE, EXACT, COARSE]), torch.tensor([0.0, 0.5, 0.99])
    noise = torch.randn(3, 3, 8, 8)
    loss, _ = Lesson(spy, 0.05)(pictures, torch.from_numpy(channels), modes, tokens_of("a", "b", "c"), noise, t)
    x = pictures.float() / 127.5 - 1
    torch.testing.assert_close(loss, x.square().mean((1, 2, 3)) * torch.tensor([1, 4, 400.0]), rtol=1e-5, atol=1e-5)
    assert loss_weight(np.float32([0.0, 0.5, 0.99])) == pytest.approx([1, 4, 400])
    for row, mode in enumerate(("none", "exact", "coarse")):  # painting tells the network the same
        want = conditions.guide_inputs(channels[row], mode, 8, 8)
        np.testing.assert_allclose(spy.guide[row].numpy(), want, atol=1e-6)
        z = mixed(x.permute(0, 3, 1, 2)[row : row + 1], noise[row : row + 1], t[row]).numpy()
        np.testing.assert_allclose(spy.noisy[row].numpy(), noisy_inputs(z, float(t[row]))[0], atol=1e-5)


def test_what_is_painted_at_once_is_learned_by_its_distance():
    def blank_net(noisy: torch.Tensor, *_: torch.Tensor):
        return torch.zeros_like(noisy[:, :3]), None

    rng = np.random.default_rng(0)
    pictures = torch.from_numpy(rng.integers(0, 256, (2, 8, 8, 3), np.uint8))
    guides = torch.zeros(2, 8, 8, conditions.GUIDE_CHANNELS, dtype=torch.uint8)
    loss, _ = Lesson(blank_net, 0.05)(
        pictures, guides, torch.tensor([EXACT, EXACT]), tokens_of("a", "b"), torch.randn(2, 3, 8, 8), torch.tensor([0.0, 0.5])
    )
    x = pictures.float() / 127.5 - 1
    edges = sum((x[0].narrow(axis, 1, 7) - x[0].narrow(axis, 0, 7)).abs().mean() for axis in (0, 1))
    assert loss[0].item() == pytest.approx((x[0].abs().mean() + edges).item(), rel=0.01)
    assert loss[1].item() == pytest.approx(4 * x[1].square().mean().item(), rel=1e-4)


def test_pure_noise_tells_the_network_nothing(net: Pochade):
    ids, guide = tokens_of("a red ball"), torch.randn(1, conditions.GUIDE_INPUTS, 16, 16)
    seen = [torch.from_numpy(noisy_inputs(noise_rand(seed, 16, 16)[None], 0.0)) for seed in (1, 2)]
    torch.testing.assert_close(*(net(noisy, guide, ids, text_bias(ids))[0] for noisy in seen))


def test_what_the_network_sees_of_z_grows_with_t():
    rng = np.random.default_rng(0)
    x, noise = rng.normal(0, PICTURE_SPREAD, 100_000), rng.normal(0, 2, 100_000)
    for t in (0.0, 0.1, 0.5, 1.0):
        assert (mixed(x, noise, t) * input_gain(t, 2.0)).std() == pytest.approx(t, rel=0.02)


def test_untrained_painter_answers_an_exact_guide_with_its_draft():
    fresh, ids = Pochade(NET), tokens_of("a ball")
    channels = np.random.default_rng(1).integers(0, 256, (16, 16, conditions.GUIDE_CHANNELS), np.uint8)
    z = torch.from_numpy(noisy_inputs(noise_rand(1, 16, 16)[None], 0.0))
    made = {}
    for mode in ("exact", "coarse", "none"):
        guide = torch.from_numpy(conditions.guide_inputs(channels, mode, 16, 16))[None]
        made[mode] = fresh(z, guide, ids, text_bias(ids))[0].detach()
    draft = torch.from_numpy(np.moveaxis(channels[..., conditions.DRAFT], -1, 0)[None].astype(np.float32) / 127.5 - 1)
    torch.testing.assert_close(made["exact"], draft)
    assert not made["coarse"].any() and not made["none"].any()


def test_times_cover_what_sampling_visits():
    drawn = np.concatenate([times_rand(Recipe("x"), 64, np.random.default_rng(seed)) for seed in range(50)])
    assert 0 <= drawn.min() < 0.02 and 0.95 < drawn.max() <= 1
    assert 0.2 < np.median(drawn) < 0.45


def test_captions_are_tokens_by_row():
    class Group:
        samples = (
            {"captions": [["canonical", "a red ball"], ["short", "noon"]], "key_azimuth_deg": -60.0},
            {"captions": [["canonical", "a cube"]]},
        )

    words = tokenizer()
    captions = Captions(Group(), str.upper, words, 6)  # type: ignore[arg-type]
    texts = {words.decode(ids) for seed in range(20) for ids in captions.chosen(np.array([0]), np.random.default_rng(seed))}
    assert texts == {"a red ball key side left", "noon"}
    assert {words.decode(captions.ids[1, k]) for k in range(2)} == {"a cube"}
    assert blank(3).tolist() == [START, PAD, PAD]


def test_smaller_guides_are_repeated():
    guides = np.arange(4, dtype=np.uint8).reshape(1, 2, 2, 1)
    assert fitted(guides, (4, 4))[0, ..., 0].tolist() == [[0, 0, 1, 1], [0, 0, 1, 1], [2, 2, 3, 3], [2, 2, 3, 3]]
