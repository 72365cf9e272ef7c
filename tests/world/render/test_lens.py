"""Depth of field of plans."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pochade.world.render.lens import LARGEST_PX, blur_radius, focused
from pochade.world.scene import Camera

CAMERA = Camera((0, -1, 0), (0, 0, 0), fov_deg=30, aperture_radius_m=0.01, focus_distance_m=1.0)


def test_what_is_in_focus_has_no_disc_and_the_sky_has_the_lens_own():
    radius = blur_radius(CAMERA, np.float32([[1.0, 0.0], [2.0, 0.5]]))
    far = 0.01 / (2 * np.tan(np.radians(15)) / 2)
    assert radius[0, 0] == 0 and radius[0, 1] == pytest.approx(far)
    assert radius[1, 0] == pytest.approx(far / 2) and radius[1, 1] == pytest.approx(far)
    assert blur_radius(replace(CAMERA, aperture_radius_m=100), np.zeros((2, 2), np.float32)).max() == LARGEST_PX


def test_a_point_becomes_a_disc_of_the_same_light():
    picture = np.zeros((65, 65, 3), np.float32)
    picture[32, 32] = 100
    found = focused(picture, np.full((65, 65), 6, np.float32))
    assert found.sum() == pytest.approx(picture.sum(), rel=0.01)
    y, x = np.mgrid[-32:33, -32:33]
    spread = np.sqrt((found[..., 0] * (x**2 + y**2)).sum() / found[..., 0].sum())
    assert spread == pytest.approx(6 / np.sqrt(2), rel=0.15)  # a disc's


def test_sharp_things_stay_sharp_and_do_not_bleed():
    picture = np.zeros((40, 40, 3), np.float32)
    picture[:, 20:] = 1
    radius = np.where(picture[..., 0] > 0, 0, 8).astype(np.float32)
    found = focused(picture, radius)
    np.testing.assert_array_equal(found[:, 20:], 1)
    assert found[:, :20].max() < 0.02


def test_nothing_unsharp_costs_nothing():
    picture = np.ones((8, 8, 3), np.float32)
    assert focused(picture, np.zeros((8, 8), np.float32)) is picture
