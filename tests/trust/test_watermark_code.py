from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pochade.trust.watermark_code import CODED_BITS, decode, encode

NUMBERS = st.integers(0, 2**64 - 1)


@given(NUMBERS)
def test_a_clean_codeword_is_read(number):
    assert decode(encode(number)) == number


@given(NUMBERS, st.sets(st.integers(0, CODED_BITS - 1), max_size=11))
def test_up_to_eleven_wrong_bits_are_corrected_wherever_they_are(number, places):
    # the free distance is 24: fewer than half of that can never lead to another codeword
    received = encode(number)
    received[list(places)] *= -1
    assert decode(received) == number


def test_two_codewords_differ_in_24_places_or_more():
    rng = np.random.default_rng(1)
    for _ in range(200):
        number = int(rng.integers(2**63))
        near = number ^ (1 << int(rng.integers(64)))
        assert (encode(number) != encode(near)).sum() >= 24


def test_noise_as_strong_as_the_signal_is_survived():
    rng = np.random.default_rng(2)
    numbers = [int(rng.integers(2**63)) for _ in range(30)]
    assert all(decode(encode(number) + rng.normal(0, 1, CODED_BITS)) == number for number in numbers)


@pytest.mark.parametrize("number", [-1, 2**64])
def test_numbers_of_more_than_64_bits_are_refused(number):
    with pytest.raises(ValueError, match="2\\*\\*64"):
        encode(number)
