from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from pochade.trust import watermark_search
from pochade.trust.watermark import TILE_PX, band, data_symbols, embed, luma, soft_bits, tile
from pochade.trust.watermark_code import decode
from pochade.trust.watermark_search import SMALLEST_PX, detect, match
from trust.pictures import opened, saved, still_life

NUMBER = 0x0123_4567_89AB_CDEF
ORIGINAL = still_life()
MARKED = embed(ORIGINAL, NUMBER)
attacks = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))


def psnr_db(first: np.ndarray, second: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.mean((first.astype(float) - second) ** 2)))


def resized(picture: np.ndarray, scale: float) -> np.ndarray:
    height, width, _ = picture.shape
    return np.asarray(Image.fromarray(picture).resize((round(width * scale), round(height * scale)), Image.Resampling.BICUBIC))


def is_read(picture: np.ndarray) -> bool:
    found = detect(np.ascontiguousarray(picture))
    return found.found and found.number == NUMBER


@pytest.mark.parametrize(
    "picture",
    [
        ORIGINAL,
        still_life(256, 2),
        np.full((300, 300, 3), 128, np.uint8),
        np.random.default_rng(1).integers(0, 256, (300, 200, 3), dtype=np.uint8),
        np.tile(np.array([0, 255], np.uint8)[None, :, None], (256, 128, 3)),
    ],
    ids=["still life", "small", "flat", "noise", "stripes"],
)
def test_the_change_is_at_42_db_or_less(picture):
    assert psnr_db(picture, embed(picture, NUMBER)) >= 42


def test_flat_areas_change_least():
    change = np.abs(MARKED.astype(int) - ORIGINAL).mean(-1)
    sky, table = change[:150], change[400:]
    assert sky.mean() < 0.6 * table.mean()
    # contrast beside the edge of a thing does not count: a flat half stays as calm as a flat whole
    half = np.zeros((256, 256, 3), np.uint8)
    half[:, 128:] = 200
    half[:, :128] = 60
    assert np.abs(embed(half, NUMBER).astype(int) - half).max() <= 4


def half_flat(level: int) -> np.ndarray:
    rough = np.clip(np.random.default_rng(4).normal(level, 12, (512, 512, 1)), 0, 255).astype(np.uint8).repeat(3, -1)
    rough[:256] = level
    return rough


@pytest.mark.parametrize("level", [60, 128, 230])
def test_flat_areas_beside_texture_change_by_less_than_a_level(level):
    change = embed(half_flat(level), NUMBER).astype(float) - half_flat(level)
    calm, busy = np.sqrt(np.mean(change[:240] ** 2)), np.sqrt(np.mean(change[272:] ** 2))
    assert calm < 0.75 and busy > 2.2


def test_middling_dark_flat_areas_change_less_than_bright_ones():
    dark, bright = (np.std((embed(half_flat(level), NUMBER).astype(float) - half_flat(level))[:240]) for level in (70, 220))
    assert dark < 0.8 * bright


def test_marks_of_earlier_versions_are_read():
    # until 1.0 all frequencies had nearly equal amplitudes, and flat areas a level
    found = band()
    symbols = found.phase.copy()
    symbols[found.sync :] *= data_symbols(NUMBER)
    spectrum = np.zeros((TILE_PX, TILE_PX // 2 + 1), np.complex64)
    spectrum[found.u % TILE_PX, found.v] = symbols * np.hypot(found.v, found.u) ** -0.2
    pattern = np.fft.irfft2(spectrum).T
    change = np.tile(pattern / pattern.std(), (6, 6))[:512, :512, None]
    assert is_read(np.clip(np.rint(ORIGINAL + 1.2 * change), 0, 255).astype(np.uint8))


def test_marking_depends_on_picture_and_id_only():
    assert (embed(ORIGINAL, NUMBER) == MARKED).all()
    assert (embed(ORIGINAL, NUMBER + 1) != MARKED).any()
    assert ORIGINAL.dtype == MARKED.dtype and ORIGINAL.shape == MARKED.shape


def test_the_tile_is_balanced_and_carries_its_id():
    pattern = tile(NUMBER)
    assert pattern.shape == (TILE_PX, TILE_PX) and abs(pattern.mean()) < 1e-4 and pattern.std() == pytest.approx(1, abs=1e-4)
    assert decode(soft_bits(data_symbols(NUMBER)))[0] == NUMBER


def test_luma_of_grey_is_that_grey():
    assert luma(np.full((2, 2, 3), 77, np.uint8)) == pytest.approx(77, abs=1e-3)


def test_an_unchanged_picture_is_read_as_such():
    found = detect(MARKED)
    assert (found.found, found.number, found.change, found.scale) == (True, NUMBER, "none", pytest.approx(1, abs=0.01))


@attacks
@given(st.integers(50, 100), st.sampled_from(["JPEG", "WEBP"]))
@example(50, "JPEG")
@example(65, "WEBP")
def test_compression_is_survived(quality, format):
    assert is_read(opened(saved(MARKED, format, quality=max(quality, 65 if format == "WEBP" else 50))))


@attacks
@given(st.floats(0.5, 2))
@example(0.5)
@example(2.0)
def test_resizing_is_survived_and_measured(scale):
    found = detect(resized(MARKED, scale))
    assert found.number == NUMBER and found.scale == pytest.approx(scale, rel=0.02)


@pytest.mark.parametrize("size", [(256, 256), (384, 384), (320, 768)])
def test_whole_pictures_of_usual_sizes_are_known_as_resized(size):
    picture = np.asarray(Image.fromarray(still_life(768)).crop((0, 0, size[1], size[0])))
    small = np.asarray(Image.fromarray(embed(picture, NUMBER)).resize((size[1] // 2, size[0] // 2), Image.Resampling.LANCZOS))
    found = detect(small)
    assert found.found and found.change == "resized" and found.scale == pytest.approx(0.5)


@attacks
@given(st.floats(0.25, 1), st.floats(0, 1), st.floats(0, 1))
@example(0.25, 1.0, 0.0)
def test_cropping_is_survived(keep, down, right):
    side = round(512 * keep**0.5)
    top, left = round((512 - side) * down), round((512 - side) * right)
    assert is_read(MARKED[top : top + side, left : left + side])


TURNED = {
    "upright": lambda picture: picture,
    "mirrored": np.fliplr,
    "turned by 180 degrees": lambda picture: np.rot90(picture, 2),
    "turned by 90 degrees": np.rot90,
    "turned by 270 degrees": lambda picture: np.rot90(picture, 3),
    "mirrored upside down": np.flipud,
    "mirrored and turned by 90 degrees": lambda picture: np.rot90(np.fliplr(picture)),
    "mirrored and turned by 270 degrees": lambda picture: np.rot90(np.fliplr(picture), 3),
}


@pytest.mark.parametrize("name", TURNED)
def test_mirroring_and_right_angles_are_survived_and_named(name):
    wide = embed(np.ascontiguousarray(ORIGINAL[:384]), NUMBER)
    shown = opened(saved(np.ascontiguousarray(TURNED[name](wide)), "JPEG", quality=80))
    found = detect(shown)
    assert (found.number, found.orientation) == (NUMBER, name)
    smaller = detect(resized(np.ascontiguousarray(TURNED[name](wide)[:, 60:]), 0.75))
    assert (smaller.number, smaller.orientation) == (NUMBER, name)


@pytest.mark.parametrize("name", [name for name in TURNED if name != "upright"])
def test_turned_pictures_need_more_evidence(name):
    turned = np.ascontiguousarray(TURNED[name](MARKED))
    undone = np.ascontiguousarray(watermark_search.ORIENTATIONS[name](turned))
    assert (undone == MARKED).all()
    assert detect(turned).score == pytest.approx(detect(MARKED).score - watermark_search.TURNED_MORE)


@attacks
@given(st.floats(-0.15, 0.15), st.floats(0.7, 1.3), st.floats(0.8, 1.25))
def test_brightness_contrast_and_gamma_are_survived(offset, gain, gamma):
    values = ((MARKED / 255.0) ** gamma - 0.5) * gain + 0.5 + offset
    assert is_read((np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8))


@attacks
@given(st.floats(0.7, 1.5), st.integers(75, 95), st.floats(0.7, 1))
def test_a_screenshot_is_survived(scale, quality, keep):
    side = round(512 * keep**0.5)
    shown = resized(MARKED[512 - side :, :side], scale)
    brighter = ((shown / 255.0) ** 0.92 * 255 + 0.5).astype(np.uint8)
    assert is_read(opened(saved(brighter, "JPEG", quality=quality)))


def test_pictures_of_256_pixels_hold_it():
    marked = embed(still_life(256, 3), NUMBER)
    assert is_read(marked) and is_read(opened(saved(marked, "JPEG", quality=75)))


def test_large_pictures_are_found_by_their_middle():
    marked = embed(np.tile(ORIGINAL, (3, 4, 1)), NUMBER)
    found = detect(marked)
    assert found.number == NUMBER and found.change == "none"


def test_unmarked_pictures_are_not_found():
    # at a rate of 1e-4 a wrong one is very unlikely among so few
    for seed in range(12):
        found = detect(still_life(256, 100 + seed))
        assert not found.found and found.number is None


@pytest.mark.parametrize("level", [0, 128, 255])
def test_flat_pictures_are_not_found(level):
    assert not detect(np.full((256, 256, 3), level, np.uint8)).found


def test_regular_patterns_are_not_taken_for_the_tile():
    y, x = np.mgrid[0:384, 0:384]
    for period in (8, 12, 16, TILE_PX // 4, TILE_PX // 2, TILE_PX):
        for values in ((x // period + y // period) % 2 * 255, np.sin(2 * np.pi * x / period) * 100 + 128):
            assert not detect(np.repeat(values.astype(np.uint8)[..., None], 3, -1)).found


@pytest.mark.parametrize("shape", [(1, 1), (SMALLEST_PX - 1, 500), (8, 8)])
def test_tiny_pictures_are_marked_but_not_searched(shape):
    picture = np.full((*shape, 3), 90, np.uint8)
    assert embed(picture, NUMBER).shape == picture.shape
    found = detect(picture)
    assert not found.searched and not found.found


@pytest.mark.parametrize("quality", [80, 40])
def test_comparing_with_known_ids_finds_what_can_no_longer_be_read(quality):
    others = [int(number) for number in np.random.default_rng(3).integers(1 << 63, size=500)]
    small = opened(saved(resized(MARKED, 0.5), "JPEG", quality=quality))
    assert detect(small).number is None
    assert match(detect(small), [*others, NUMBER]) == NUMBER
    assert match(detect(np.ascontiguousarray(small[:, ::-1])), [*others, NUMBER]) == NUMBER
    assert match(detect(small), others) is None
    assert match(detect(small), []) is None
    assert match(detect(ORIGINAL), [*others, NUMBER]) is None
