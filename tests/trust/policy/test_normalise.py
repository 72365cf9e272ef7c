"""Disguised text reads as plain text, and every character still knows where it came from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pochade.trust.policy import check
from pochade.trust.policy.normalise import normalise


@pytest.mark.parametrize("disguised", ["ｌｅｍｏｎ", "𝓁𝑒𝓂𝑜𝓃", "lé̈mön", "le\u200bm\u00adon", "lеmоn", "LEMON", "ⓛⓔⓜⓞⓝ"])
def test_disguises_read_as_the_plain_word(disguised):
    assert normalise(disguised).text == "lemon"


@given(st.text(max_size=60))
def test_offsets_point_into_the_original_in_order(text):
    normal = normalise(text)
    assert len(normal.offsets) == len(normal.text)
    assert list(normal.offsets) == sorted(normal.offsets)
    assert all(0 <= offset < len(text) for offset in normal.offsets)


@given(st.text(max_size=60))
def test_normalising_again_changes_nothing(text):
    once = normalise(text).text
    assert normalise(once).text == once


@given(st.text(max_size=80))
def test_no_text_breaks_the_policy(text):
    assert check(text).layer != "unavailable"


@pytest.mark.parametrize(
    ("prompt", "quoted"),
    [("a ｎｕｄｅ woman on a bed", "ｎｕｄｅ"), ("an n u d e woman on a bed", "n u d e"), ("a NU\u200bDE woman on a bed", "NU\u200bDE")],
)
def test_refusals_quote_what_was_typed(prompt, quoted):
    decision = check(prompt)
    assert quoted in decision.quotes
    assert quoted in decision.message
