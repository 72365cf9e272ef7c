"""Highlights and spreads of gloss, against sums over all directions and against each other."""

from __future__ import annotations

import numpy as np
import pytest

from pochade.world.render.gloss import Met, base_share, coat_share, facets, highlights, outward, reflected, told_by_rays

COUNT = 40_000
UP = np.tile(np.float32([0, 0, 1]), (COUNT, 1))


def surfaces(**given: float) -> Met:
    full = dict.fromkeys(("roughness", "metal", "through", "gloss", "coat"), 0.0) | {"ior": 1.5} | given
    ones = np.ones((COUNT, 3), np.float32)
    return Met(
        np.ones(COUNT, bool), ones[:, 0], UP, ones, 0 * ones, **{name: np.full(COUNT, value, np.float32) for name, value in full.items()}
    )


def along(degrees: float) -> np.ndarray:
    angle = np.radians(degrees)
    return np.tile(np.float32([np.sin(angle), 0, -np.cos(angle)]), (COUNT, 1))


def everywhere() -> np.ndarray:
    """Directions spread evenly over the upper half, each for 2 pi / COUNT of it."""
    k = np.arange(COUNT)
    z, turn = (k + 0.5) / COUNT, k * 2.399963
    ring = np.sqrt(1 - z**2)
    return np.stack([ring * np.cos(turn), ring * np.sin(turn), z], -1).astype(np.float32)


def chances() -> np.ndarray:
    return np.random.default_rng(5).random((COUNT, 2), np.float32)


@pytest.mark.parametrize("degrees", [0, 50, 75])
@pytest.mark.parametrize("roughness", [0.45, 0.7])
def test_what_lamps_all_around_send_is_what_mirrored_rays_would_find(roughness: float, degrees: float):
    given, ones = surfaces(metal=1, roughness=roughness), np.ones((COUNT, 3), np.float32)
    by_lamps = highlights(given, UP, along(degrees), everywhere(), ones, True).mean() * 2 * np.pi
    _, shown = reflected(along(degrees), UP, given.roughness, chances())
    assert by_lamps == pytest.approx(shown.mean(), rel=0.03)
    assert 0.5 < by_lamps <= 1.05


def test_brushed_metal_spreads_across_its_grain():
    grain = np.tile(np.float32([1, 0, 0]), (COUNT, 1))
    aimed, _ = reflected(along(0), UP, np.full(COUNT, 0.4, np.float32), chances(), grain)
    assert np.abs(aimed[:, 1]).mean() > 3 * np.abs(aimed[:, 0]).mean()
    lamp = np.tile(np.float32([0, 0.6, 0.8]), (COUNT, 1))
    given, ones = surfaces(metal=1, roughness=0.4), np.ones((COUNT, 3), np.float32)
    across = highlights(given, UP, along(0), lamp, ones, True, grain)[0, 0]
    assert across > 10 * highlights(given, UP, along(0), lamp[:, [1, 0, 2]], ones, True, grain)[0, 0]


def test_facets_are_those_that_the_eye_sees():
    for degrees in (5, 60, 85):
        found = facets(along(degrees), UP, np.full(COUNT, 0.6, np.float32), chances())
        assert (np.einsum("nc,nc->n", found, along(degrees)) < 1e-6).all()
        np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_narrow_highlights_are_left_to_rays_where_lamps_have_a_surface():
    given, ones = surfaces(gloss=0.04, roughness=0.2, coat=1), np.ones((COUNT, 3), np.float32)
    assert highlights(given, UP, along(0), UP, ones, True).min() > 0.3
    assert not highlights(given, UP, along(0), UP, ones, False).any()
    assert not highlights(given, UP, along(0), -UP, ones, True).any()


def test_shares_grow_towards_grazing_angles_but_for_coats():
    ones = np.ones(COUNT, np.float32)
    gloss = surfaces(gloss=0.04, roughness=0.3, coat=1)
    assert base_share(gloss, ones)[0, 0] == pytest.approx(0.04) and base_share(gloss, 0 * ones)[0, 0] == pytest.approx(0.7)
    assert coat_share(gloss, ones)[0] == pytest.approx(0.04) and coat_share(gloss, 0 * ones)[0] == 0
    assert not base_share(surfaces(roughness=0.3), 0 * ones).any()


def test_rays_tell_what_is_smooth_and_not_what_is_dull():
    assert told_by_rays(surfaces(gloss=0.04, roughness=0.2))[0] == 1 and told_by_rays(surfaces(gloss=0.04, roughness=0.7))[0] == 0
    assert told_by_rays(surfaces(metal=1, roughness=0.9))[0] == 1


def test_normals_at_rims_are_tilted_and_those_of_backs_turned_round():
    rim, back = np.float32([[0.1, 0, np.sqrt(0.99)]]), np.float32([[0.9, 0, np.sqrt(0.19)]])
    seen = np.float32([[1, 0, 0]])
    assert outward(rim, seen)[0] == pytest.approx([-0.02, 0, 1], abs=0.02)
    assert outward(back, seen)[0] == pytest.approx(-back[0])
    assert outward(-back, seen)[0] == pytest.approx(-back[0])
