"""Metrics against what can be derived by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pochade.evals import metrics


def noise(count: int = 2, side: int = 64, seed: int = 0) -> metrics.Pictures:
    return np.random.default_rng(seed).integers(60, 200, (count, side, side, 3), np.uint8)


def test_psnr():
    pictures = noise()
    assert metrics.psnr_db(pictures, pictures).tolist() == [99, 99]
    assert metrics.psnr_db(pictures, pictures + np.uint8(10)) == pytest.approx(20 * np.log10(25.5))


@pytest.mark.parametrize(("cycles", "octave"), [(6, 2), (12, 3), (24, 4)])
def test_a_wave_lies_in_its_octave(cycles: int, octave: int):
    x = np.arange(64)
    wave = np.tile((128 + 100 * np.sin(2 * np.pi * cycles * x / 64))[None, :, None], (64, 1, 3)).astype(np.uint8)[None]
    power = metrics.octaves(wave)[0]
    assert len(power) == 5 and power[octave] > 0.9 * power.sum()


def test_a_blurred_picture_is_less_sharp_in_fine_octaves_only():
    pictures = noise(4)
    soft = (sum(np.roll(pictures.astype(float), shift, axis) for shift in (-1, 0, 1) for axis in (1, 2)) / 6).astype(np.uint8)
    shares = metrics.sharpness(soft, pictures)
    assert shares[-1] < 0.3 and shares[0] == pytest.approx(1, abs=0.1) and (np.diff(shares) < 0.02).all()
    assert metrics.sharpness(pictures, pictures) == pytest.approx(1)


def test_octaves_of_other_formats_are_as_many():
    rng = np.random.default_rng(1)
    counts = {metrics.octaves(rng.integers(0, 255, (1, h, w, 3), np.uint8)).shape[1] for h, w in ((256, 256), (192, 336), (320, 208))}
    assert counts == {7}


def test_color_difference_is_that_of_cielab_and_blind_to_detail():
    grey, white = (np.full((1, 32, 32, 3), value, np.uint8) for value in (119, 255))
    assert metrics.color_difference(grey, white)[0] == pytest.approx(50, abs=0.2)  # L* of sRGB 119 is 50
    pictures = noise()
    turned = pictures.reshape(2, 8, 8, 8, 8, 3)[:, :, ::-1, :, ::-1].reshape(pictures.shape)  # detail moved about inside its cells
    assert metrics.color_difference(pictures, turned) == pytest.approx(0, abs=1e-9)


def test_the_interval_holds_the_mean_and_narrows():
    rng = np.random.default_rng(0)
    few, many = (metrics.interval(rng.normal(5, 1, count)) for count in (20, 2000))
    assert few[1] < few[0] < few[2] and many[1] < 5 < many[2] and many[2] - many[1] < few[2] - few[1]
