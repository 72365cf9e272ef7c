from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pochade.trust.watermark_code import CODED_BITS, decode, encode

NUMBERS = st.integers(0, 2**64 - 1)


@given(NUMBERS)
def test_a_clean_codeword_is_read(number):
    assert decode(encode(number))[0] == number


@given(NUMBERS, st.sets(st.integers(0, CODED_BITS - 1), max_size=11))
def test_up_to_eleven_wrong_bits_are_corrected_wherever_they_are(number, places):
    # the free distance is 24: fewer than half of that can never lead to another codeword
    received = encode(number)
    received[list(places)] *= -1
    assert decode(received)[0] == number


def test_two_codewords_differ_in_24_places_or_more():
    rng = np.random.default_rng(1)
    for _ in range(200):
        number = int(rng.integers(2**63))
        near = number ^ (1 << int(rng.integers(64)))
        assert (encode(number) != encode(near)).sum() >= 24


def test_noise_as_strong_as_the_signal_is_survived():
    rng = np.random.default_rng(2)
    numbers = [int(rng.integers(2**63)) for _ in range(30)]
    assert all(decode(encode(number) + rng.normal(0, 1, CODED_BITS))[0] == number for number in numbers)


def test_the_lead_of_a_clean_codeword_is_that_of_the_free_distance():
    # 24 places differ, and each that differs costs 2
    assert decode(encode(0x0123456789ABCDEF))[1] == 2 * 24


def test_the_lead_is_what_the_next_best_codeword_lacks():
    rng = np.random.default_rng(3)
    for _ in range(5):
        number = int(rng.integers(2**63))
        received = encode(number) + rng.normal(0, 0.6, CODED_BITS)
        best, lead = decode(received)
        assert best == number
        near = max(float(received @ encode(number ^ changed)) for changed in _short_changes())
        assert lead == pytest.approx(float(received @ encode(number)) - near, rel=1e-4)


def _short_changes():
    """All changes of an id whose bits lie within 7 of each other; the nearest other codewords are among them."""
    return {pattern << at for at in range(64) for pattern in range(1, 128, 2) if pattern << at < 1 << 64}


@pytest.mark.parametrize("number", [-1, 2**64])
def test_numbers_of_more_than_64_bits_are_refused(number):
    with pytest.raises(ValueError, match="2\\*\\*64"):
        encode(number)
