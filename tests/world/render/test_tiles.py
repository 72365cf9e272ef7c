"""Tiles at the size of what rays stand for."""

from __future__ import annotations

import numpy as np
import pytest

from pochade.world.render.tiles import pyramid, slopes, texels
from pochade.world.textures import tile


def test_each_level_is_the_mean_of_the_one_before():
    made, drawn = pyramid("linen"), tile("linen")
    np.testing.assert_array_equal(made.color[0], drawn.color)
    np.testing.assert_array_equal(made.roughness[0], drawn.roughness)
    assert len(made.color[1]) * 2 == len(made.color[0])
    for color, slope in zip(made.color, slopes("linen"), strict=True):
        assert np.mean(color, dtype=np.float64) == pytest.approx(np.mean(drawn.color, dtype=np.float64), rel=2e-3)
        assert abs(np.mean(slope, dtype=np.float64)) < 1e-3  # relief that repeats leads nowhere


def test_small_places_are_read_from_the_tile_and_large_ones_from_its_means():
    drawn, places = tile("oak"), np.random.default_rng(1).random((500, 2), np.float32)
    for size_m, want in ((1e-5, 0), (drawn.size_m / len(drawn.color) * 4, 2), (10.0, len(pyramid("oak").color) - 1)):
        found = list(texels("oak", places, np.full(500, size_m, np.float32)))
        assert [level for _, level, _, _ in found] == [want]
    both = np.where(np.arange(500) % 2, 1e-5, 10.0).astype(np.float32)
    parts = list(texels("oak", places, both))
    assert sorted(np.concatenate([at for at, *_ in parts]).tolist()) == list(range(500)) and len(parts) == 2


def test_texels_are_where_places_say():
    drawn = tile("oak")
    at, level, row, column = next(texels("oak", np.float32([[drawn.size_m * 1.25, drawn.size_m * 0.5]]), np.float32([1e-6])))
    assert (at.tolist(), level) == ([0], 0) and (row[0], column[0]) == (len(drawn.color) // 2, len(drawn.color) // 4)


def test_relief_is_steep_where_it_is_drawn():
    assert pyramid("leather").steep > 0.1 and pyramid("white marble").steep == 0
