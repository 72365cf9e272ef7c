"""Splits and formats: fixed for ever, and of the right shares."""

from __future__ import annotations

from itertools import product

import pytest

from pochade.core.errors import InvalidRequestError
from pochade.data import formats, splits
from pochade.world.vocabulary import FOOD, LIGHTS, MATERIALS, PRODUCTS

HELD_OUT = [1, 156, 170, 205, 212, 264, 268, 277, 284, 340]
TRIPLES = list(product(PRODUCTS + FOOD, MATERIALS, LIGHTS))


def test_splits_never_change():
    """Samples that judges have used must stay out of training for good."""
    assert [index for index in range(400) if splits.split_of(1, index) == "held-out"] == HELD_OUT
    assert splits.is_held_out(("vase", "jade", "aurora")) is True
    assert splits.is_held_out(("apple", None, "fog")) is False


def test_shares():
    found = [splits.split_of(7, index) for index in range(20_000)]
    assert found.count("held-out") / 20_000 == pytest.approx(0.02, abs=0.004)
    assert found.count("held-out-combination") / 20_000 == pytest.approx(0.02, abs=0.004)
    assert sum(map(splits.is_held_out, TRIPLES)) / len(TRIPLES) == pytest.approx(0.15, abs=0.006)


def test_each_part_of_a_held_out_combination_is_left_in_others():
    left = [triple for triple in TRIPLES if not splits.is_held_out(triple)]
    assert [len(set(parts)) for parts in zip(*left, strict=True)] == [len(PRODUCTS + FOOD), len(MATERIALS), len(LIGHTS)]


def test_imported_pictures_are_split_by_their_content():
    assert splits.split_of_file("ab" * 32) == splits.split_of_file("ab" * 32)
    found = [splits.split_of_file(f"{k:064x}") for k in range(5000)]
    assert 0.01 < found.count("held-out") / 5000 < 0.03


@pytest.mark.parametrize("size", [128, 256, 512])
@pytest.mark.parametrize("aspect", formats.ASPECTS)
def test_formats_have_the_pixels_of_their_class_and_their_shape(aspect, size):
    width, height = formats.sides(aspect, size)
    wanted = int(aspect.split(":")[0]) / int(aspect.split(":")[1])
    assert width * height == pytest.approx(size * size, rel=0.03) and width / height == pytest.approx(wanted, rel=0.03)
    assert width % (size // 16) == height % (size // 16) == 0
    assert formats.aspect_of(width, height) == aspect


@pytest.mark.parametrize("size", [0, 16, 100, 2048])
def test_sizes_that_are_refused(size):
    with pytest.raises(InvalidRequestError, match=rf"Got size {size}; multiples of 16 from 32 to 1024"):
        formats.sides("1:1", size)


def test_aspect_ratios_that_are_refused():
    with pytest.raises(InvalidRequestError, match="'4:3'; 1:1, 3:2, 2:3, 16:9, 9:16 are accepted"):
        formats.sides("4:3", 256)
