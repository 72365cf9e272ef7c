import dataclasses

import numpy as np
import pytest

from pochade.world.atmosphere import atmosphere
from pochade.world.sky import (
    Air,
    Sky,
    aerial,
    apply_air,
    direction_to_column,
    directions,
    environment,
    radiance,
    sky_rand,
    sun,
    unit,
)
from pochade.world.vocabulary import OUTDOOR_LIGHTS

HEIGHT_PX = 48


def drawn(light: str, seed: int = 1) -> Sky:
    return sky_rand(light, np.random.default_rng(seed))


def level(sky: Sky) -> float:
    """Radiance of a white level ground."""
    d = directions(HEIGHT_PX)
    polar = np.arccos(np.clip(d[..., 2], -1, 1))
    weight = np.sin(polar) * np.maximum(d[..., 2], 0) * (np.pi / HEIGHT_PX) ** 2
    sky_light = (environment(sky, HEIGHT_PX)[..., 1] * weight).sum()
    disc = sun(sky)
    return float(sky_light + (0 if disc is None else disc.irradiance[1] * max(disc.direction[2], 0))) / np.pi


@pytest.mark.parametrize("light", OUTDOOR_LIGHTS)
def test_every_light_has_a_finite_sky_that_depends_only_on_its_seed(light):
    first, again, other = drawn(light, 7), drawn(light, 7), drawn(light, 8)
    assert first == again
    assert first != other
    picture = environment(first, HEIGHT_PX)
    assert picture.shape == (HEIGHT_PX, 2 * HEIGHT_PX, 3)
    assert picture.dtype == np.float32
    assert np.isfinite(picture).all()
    assert picture.min() >= 0
    assert picture.max() > 0
    assert np.array_equal(picture, environment(again, HEIGHT_PX))
    assert not np.allclose(picture, environment(other, HEIGHT_PX), rtol=1e-3)


def test_seed_alone_moves_the_clouds():
    sky = Sky("noon", 1, 50.0, 60.0, clouds="cumulus", cover=0.5)
    assert not np.allclose(environment(sky, HEIGHT_PX), environment(dataclasses.replace(sky, seed=2), HEIGHT_PX), rtol=0.05)


def test_unknown_light_is_named():
    with pytest.raises(ValueError, match="'softbox'"):
        sky_rand("softbox", np.random.default_rng(1))


def test_azimuths_and_columns_follow_the_frame():
    assert np.allclose(unit(0, 0), (0, -1, 0), atol=1e-6)
    assert np.allclose(unit(0, 90), (1, 0, 0), atol=1e-6)
    assert np.allclose(unit(0, 180), (0, 1, 0), atol=1e-6)
    assert np.allclose(unit(90, 0), (0, 0, 1), atol=1e-6)
    d = directions(16)
    assert np.allclose(np.linalg.norm(d, axis=-1), 1, atol=1e-6)
    assert np.allclose(d[0, :, 2], 1)
    assert np.allclose(d[-1, :, 2], -1)
    assert np.allclose(direction_to_column(d[5], 16), np.arange(32) + 0.5, atol=1e-4)
    assert direction_to_column(np.array([1.0, 0.0, 0.0]), 16) == pytest.approx(8)


@pytest.mark.parametrize("azimuth_deg", [-90.0, 45.0, 180.0])
def test_sky_is_brightest_towards_its_sun(azimuth_deg):
    sky = Sky("noon", 1, 30.0, azimuth_deg)
    picture = environment(sky, 96)
    brightest = directions(96).reshape(-1, 3)[picture[:40].sum(-1).argmax()]
    disc = sun(sky)
    assert disc is not None
    assert brightest @ disc.direction > np.cos(np.deg2rad(4))


def test_given_azimuth_is_kept():
    assert sky_rand("sunset", np.random.default_rng(3), azimuth_deg=-120.0).sun_azimuth_deg == -120.0


def test_noon_ground_is_about_one_and_lights_come_in_order():
    clear = [level(Sky("noon", 1, elevation, 60.0)) for elevation in (60.0, 20.0, 6.0, 1.0, -4.0)]
    assert clear[0] == pytest.approx(1, abs=0.15)
    assert clear == sorted(clear, reverse=True)
    night = [level(drawn("dusk")), level(drawn("moonlight")), level(drawn("starry night"))]
    assert night == sorted(night, reverse=True)
    assert night[1] == pytest.approx(0.02, rel=0.3)
    assert level(drawn("noon")) > level(drawn("overcast")) > level(drawn("storm"))


def test_day_is_blue_and_sunset_is_red_near_the_sun():
    up, low = unit(70, 0)[None], unit(3, 160)[None]
    noon = radiance(Sky("noon", 1, 55.0, 180.0), np.concatenate([up, low]))
    assert noon[0, 2] > 1.5 * noon[0, 0]
    assert noon[1, 2] / noon[1, 0] < noon[0, 2] / noon[0, 0]  # paler at the horizon
    dusk = radiance(Sky("sunset", 1, 1.0, 180.0), np.concatenate([up, low]))
    assert dusk[1, 0] / dusk[1, 2] > 3 * dusk[0, 0] / dusk[0, 2]


def test_earth_shadow_lies_below_the_belt_of_venus():
    sky = Sky("dusk", 1, -3.0, 180.0, haze=0.5)
    shadow, belt = radiance(sky, np.stack([unit(1, 0), unit(10, 0)]))
    assert belt[0] / belt[2] > 1.2 * shadow[0] / shadow[2]


def test_low_sun_is_warm_and_dim():
    high, low = atmosphere(60.0, 1.0).sunlight(0.0), atmosphere(5.0, 1.0).sunlight(0.0)
    assert (low < high).all()
    assert low[0] / low[2] > 3 * high[0] / high[2]
    assert np.all(atmosphere(-3.0, 1.0).sunlight(0.0) == 0)
    assert np.all(atmosphere(-1.0, 1.0).sunlight(9000.0)[:1] > 0)  # high clouds still see it


def test_thin_clean_air_gathers_less_light():
    d = unit(40, 0)[None]
    sky = Sky("noon", 1, 50.0, 120.0)
    assert radiance(sky, d).mean() < radiance(dataclasses.replace(sky, haze=4.0), d).mean()


@pytest.mark.parametrize("light", ["noon", "overcast", "storm", "aurora", "starry night"])
def test_no_seam_where_the_azimuth_wraps_and_none_at_the_zenith(light):
    sky = dataclasses.replace(drawn(light, 3), lightning_azimuth_deg=None)
    turn = np.deg2rad(np.arange(-8, 8) * 0.004 + 1e-3)  # degrees apart by less than a pixel, across both halves of the turn
    for side in (0.0, np.pi):
        d = np.stack([np.sin(turn + side) * 0.9, np.cos(turn + side) * 0.9, np.full_like(turn, np.sqrt(1 - 0.81))], -1)
        step = np.abs(np.diff(radiance(sky, d, pixel_deg=0.5), axis=0)).max(1)
        assert step[7] <= 4 * np.median(step) + 1e-3 * level(sky)
    zenith = environment(sky, HEIGHT_PX)[0]
    assert np.ptp(zenith, axis=0).max() <= 0.02 * zenith.max() + 1e-5


def test_clouds_hide_the_sun_and_whiten_the_sky():
    assert sun(drawn("overcast")) is None
    assert sun(drawn("starry night")) is None
    clear = Sky("noon", 1, 50.0, 60.0)
    cloudy = dataclasses.replace(clear, clouds="cumulus", cover=0.6)
    blue = [np.median(p[..., 2] / p[..., 0]) for p in (environment(s, HEIGHT_PX)[10:20] for s in (clear, cloudy))]
    assert blue[1] < blue[0]
    bare, veiled = sun(clear), sun(dataclasses.replace(clear, cirrus=1.0))
    assert bare is not None
    assert veiled is not None
    assert (veiled.radiance < bare.radiance).all()


def test_disc_is_for_the_camera_only():
    sky = Sky("golden hour", 1, 6.0, 150.0)
    disc = sun(sky)
    assert disc is not None
    d = disc.direction[None]
    assert radiance(sky, d).max() > 3 * radiance(sky, d, discs=False).max()


def test_irradiance_is_radiance_times_projected_solid_angle():
    disc = sun(Sky("noon", 1, 60.0, 0.0))
    assert disc is not None
    assert np.allclose(disc.irradiance, disc.radiance * np.pi * np.sin(np.deg2rad(0.27)) ** 2, rtol=1e-5)


def test_air_leaves_near_things_alone_and_swallows_far_ones():
    air = Air(np.array([1e-3, 2e-3, 3e-3], np.float32), np.arange(12, dtype=np.float32).reshape(4, 3))
    d = np.stack([unit(0, a) for a in (0, 90, 180, 270)])
    light = np.ones((4, 3), np.float32)
    assert np.allclose(apply_air(light, np.zeros(4), d, air), light)
    assert np.allclose(apply_air(light, np.full(4, 1e9), d, air), air.inscatter, atol=1e-4)
    half = apply_air(light, np.full(4, np.log(2) / 2e-3), d, air)
    assert np.allclose(half[:, 1], (1 + air.inscatter[:, 1]) / 2, atol=1e-4)


def test_visibility_is_kept_by_the_air():
    for light in ("noon", "fog"):
        sky = drawn(light)
        assert np.exp(-aerial(sky).extinction[1] * sky.visibility_m) == pytest.approx(0.02, rel=0.35)
    air = aerial(drawn("noon")).extinction
    assert air[2] > air[1] > air[0]  # far hills turn blue


def test_after_sunset_near_air_is_darker_and_bluer_than_the_sky_above_it():
    sky = dataclasses.replace(drawn("dusk"), sun_elevation_deg=-4.0, sun_azimuth_deg=180.0, clouds="none", cirrus=0.0, altocumulus=0.0)
    toward_sun = unit(0.5, 180.0)[None].astype(np.float32)
    horizon = radiance(sky, toward_sun, 1.0)[0]
    far = apply_air(np.zeros((1, 3)), np.full(1, 1e9), toward_sun, aerial(sky))[0]
    assert far[1] < 0.5 * horizon[1]
    assert far[0] / far[2] < 0.5 * horizon[0] / horizon[2]


def test_by_day_near_air_and_horizon_are_alike():
    sky = dataclasses.replace(drawn("noon"), clouds="none", cirrus=0.0, altocumulus=0.0)
    away = unit(0.5, sky.sun_azimuth_deg + 120)[None].astype(np.float32)
    far = apply_air(np.zeros((1, 3)), np.full(1, 1e9), away, aerial(sky))[0]
    assert np.allclose(far, radiance(sky, away, 1.0)[0], rtol=0.12)
