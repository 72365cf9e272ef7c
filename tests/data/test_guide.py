"""Guide maps as bytes: what is kept, and what a model sees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pochade.core.errors import DataError
from pochade.data import guide


def channel(array: np.ndarray, name: str) -> np.ndarray:
    return array[..., guide.CHANNELS.index(name)]


def test_encoding_loses_nothing(maps):
    kept = guide.stored(maps)
    back = guide.decode(guide.encode(kept), kept.near_m, kept.far_m)
    for name in guide.MAPS:
        assert np.array_equal(getattr(back, name), getattr(kept, name)) and getattr(back, name).dtype == getattr(kept, name).dtype


def test_depth_can_be_computed_back(maps):
    kept = guide.stored(maps)
    seen = maps.thing != guide.SKY
    assert (kept.depth[~seen] == 0).all() and kept.depth[seen].min() == 1 and kept.depth[seen].max() == 65535
    closeness = (kept.depth[seen].astype(float) - 1) / 65534
    depth_m = kept.far_m * (kept.near_m / kept.far_m) ** closeness
    assert np.allclose(depth_m, maps.depth_m[seen], rtol=1e-4)


def test_channels_mean_what_the_documentation_says(maps):
    seen = guide.channels(maps)
    assert seen.shape == (*maps.thing.shape, len(guide.CHANNELS)) and seen.dtype == np.uint8
    sky, ground = maps.thing == guide.SKY, maps.thing == -1
    assert (channel(seen, "depth")[sky] == 0).all() and channel(seen, "depth").max() == 255 and channel(seen, "depth")[ground].min() == 1
    assert (channel(seen, "normal_x")[sky] == 128).all()
    assert np.allclose(channel(seen, "normal_z")[ground], 127.5 * (maps.normal[ground][:, 2] + 1), atol=0.51)
    assert np.allclose(channel(seen, "roughness"), 255 * maps.roughness, atol=0.51)
    # sRGB: linear 0.5 is 188
    grey = guide.channels(replace(maps, albedo=np.full_like(maps.albedo, 0.5)))
    assert (channel(grey, "albedo_g") == 188).all()
    # radiance 3 of all colours: 255 log2(1 + 192) / 16, to the precision of the kept map
    assert np.allclose(channel(seen, "emission")[maps.thing == 0], 255 * np.log2(193) / 16, atol=1)
    assert (channel(seen, "emission")[maps.thing != 0] == 0).all()
    # light is told as exposed: 1 is 1/6 of the range, sRGB 113
    for level in (0.01, 100):
        assert (channel(guide.channels(replace(maps, light=np.full_like(maps.light, level), exposure=1 / level)), "light_b") == 113).all()
    assert (channel(guide.channels(replace(maps, light=np.zeros_like(maps.light))), "light_r") == 0).all()


def test_channels_from_shards_are_those_of_a_plan(maps):
    kept = guide.stored(maps)
    assert np.array_equal(guide.channels(guide.decode(guide.encode(kept), kept.near_m, kept.far_m)), guide.channels(maps))


def test_mirrors_follow_on_the_scale_of_light_and_then_the_draft(maps):
    light, draft = np.full_like(maps.light, 2.0), np.full(maps.light.shape, 77, np.uint8)
    seen = guide.channels(replace(maps, light=light, specular=light / 2, exposure=0.5, draft=draft))
    assert seen.shape[-1] == len(guide.CHANNELS) + len(guide.MIRROR_CHANNELS)
    half = np.round(255 * (1.055 * (1 / 12) ** (1 / 2.4) - 0.055))  # sRGB of half an exposed light of 1
    assert (seen[..., 15:18] == half).all() and (seen[..., 18:] == 77).all()


def test_edges_lie_where_the_right_or_lower_neighbour_is_another_thing():
    thing = np.array([[1, 1, 2], [1, 1, 2], [3, 3, 3]], np.uint8)
    assert np.array_equal(guide.edges(thing) // 255, [[0, 1, 0], [1, 1, 1], [0, 0, 0]])


def test_only_sky(maps):
    nothing = replace(maps, thing=np.full_like(maps.thing, guide.SKY), depth_m=np.zeros_like(maps.depth_m))
    assert guide.stored(nothing).near_m == guide.stored(nothing).far_m == 1
    assert (channel(guide.channels(nothing), "depth") == 0).all()


def test_one_depth_everywhere(maps):
    flat = replace(maps, thing=np.full_like(maps.thing, -1), depth_m=np.full_like(maps.depth_m, 2.0))
    assert (guide.stored(flat).depth == 1).all() and guide.stored(flat).far_m == 2


def test_too_many_things(maps):
    with pytest.raises(DataError, match="254 things"):
        guide.stored(replace(maps, thing=np.full_like(maps.thing, 253)))


def test_reduced_takes_means():
    array = np.array([[0, 4, 10, 10], [8, 8, 10, 11]], np.uint8)[..., None]
    assert np.array_equal(guide.reduced(array, 2, 1)[..., 0], [[5, 10]])
    assert guide.reduced(array, 4, 2) is array
    odd = np.repeat(np.arange(6, dtype=np.uint8)[None, :, None] * 10, 6, 0)
    assert np.allclose(guide.reduced(odd, 4, 4)[0, :, 0], [5 / 1.5, 25 / 1.5, 50 / 1.5, 70 / 1.5], atol=4)
    with pytest.raises(DataError, match="only smaller sizes"):
        guide.reduced(array, 8, 4)


def test_damaged_maps_are_named(maps):
    files = guide.encode(guide.stored(maps))
    with pytest.raises(DataError, match="not readable"):
        guide.decode({**files, "albedo": files["albedo"][:40]}, 1, 2)
