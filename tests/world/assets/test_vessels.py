"""Vessels are hollow, lamps shine, cut solids have the volumes and angles that follow from their sizes."""

import numpy as np
import pytest

from pochade.world.asset import AssetType
from pochade.world.assets import asset_types, household, lamps, vessels
from pochade.world.assets.household import book, brilliant, dice, gear
from pochade.world.assets.lamps import candle, flame, table_lamp
from pochade.world.assets.vessels import bowl, cup_and_saucer, mug, plate, vase, wine_bottle, wine_glass
from pochade.world.mesh import face_normals


@pytest.mark.parametrize("kind", [*vessels.ASSETS, *lamps.ASSETS, *household.ASSETS], ids=lambda kind: kind.noun)
def test_keeps_to_its_triangles(kind: AssetType) -> None:
    for seed in range(5):
        assert sum(len(part.mesh.faces) for part in kind.rand(np.random.default_rng(seed)).parts) <= 25_000


def test_a_cup_of_the_cavitys_size_fits_in_a_mug() -> None:
    asset = mug(0.04, 0.095)
    c = asset.cavity
    assert c is not None
    v = asset.parts[0].mesh.vertices
    r = np.linalg.norm(v[:, :2], axis=1)
    inside = (v[:, 2] > c.floor_m + 0.15 * (c.rim_m - c.floor_m)) & (v[:, 2] < c.rim_m - 0.003)
    assert r[inside].min() > c.radius_m - 1e-4


def test_wine_glass_wall_is_thin() -> None:
    asset = wine_glass("bordeaux", 0.044, 0.11, 0.095)
    p = asset.parts[0].mesh
    assert p.is_watertight()
    assert p.volume_m3 * 2500 < 0.22, "a glass weighs about 150 g"
    assert asset.cavity is not None and asset.cavity.floor_m > 0.095


@pytest.mark.parametrize(("name", "value"), [("bowl_radius_m", 0.4), ("bowl_height_m", 0.01), ("stem_m", 0.3)])
def test_wine_glass_names_a_length_out_of_range(name: str, value: float) -> None:
    lengths = {"bowl_radius_m": 0.044, "bowl_height_m": 0.11, "stem_m": 0.095, name: value}
    with pytest.raises(ValueError, match=rf"`{name}` is {value}; use"):
        wine_glass("bordeaux", **lengths)


def test_wine_bottle_holds_three_quarters_of_a_litre() -> None:
    for shape in ("bordeaux", "burgundy", "hock"):
        full = wine_bottle(shape, fill=0.85)
        assert full.parts[1].mesh.volume_m3 == pytest.approx(0.75e-3, rel=0.2)
        assert len(wine_bottle(shape, fill=0).parts) == len(full.parts) - 1


@pytest.mark.parametrize("ribs_or_facets", [{"ribs": 16, "twist_deg": 50.0}, {"facet_count": 8}, {}])
def test_vase_keeps_its_outline(ribs_or_facets: dict[str, float]) -> None:
    asset = vase("amphora", 0.25, **ribs_or_facets)  # type: ignore[arg-type]
    _, high = asset.bounds
    assert high[2] == pytest.approx(0.25, abs=0.003)
    assert high[0] <= 0.25 * 0.292


def test_plate_carries_and_bowl_holds() -> None:
    assert plate(0.12).platform is not None
    assert bowl(0.1, 0.06).cavity is not None
    cup = cup_and_saucer(0.042, 0.056)
    saucer, body = (part.mesh for part in cup.parts)
    assert 0.001 < body.bounds[0][2] < saucer.bounds[1][2], "the cup stands in the well of its saucer"


def test_candles_and_lamps_shine_only_when_lit() -> None:
    for build in (lambda lit: candle("pillar", 0.03, 0.1, lit=lit), lambda lit: table_lamp("gourd", 0.22, 0.12, 0.15, lit=lit)):
        shining = [
            sum(part.material is not None and part.material.emission is not None for part in build(lit).parts) for lit in (False, True)
        ]
        assert shining[0] == 0 and shining[1] >= 1
    assert flame(0.024).bounds[1][2] == pytest.approx(0.024)


def test_a_share_of_candles_is_lit() -> None:
    rand = asset_types()["candle"].rand
    lit = sum(any(p.material is not None and p.material.emission for p in rand(np.random.default_rng(k)).parts) for k in range(60))
    assert 12 <= lit <= 36


def test_brilliant_has_57_facets_and_a_32_sided_girdle() -> None:
    stone = brilliant(0.0065)
    n = face_normals(stone)
    n = n / np.linalg.norm(n, axis=1, keepdims=True)
    assert len(np.unique(np.round(n, 2) + 0.0, axis=0)) == 1 + 8 + 8 + 16 + 16 + 8 + 32
    low, high = stone.bounds
    assert high[0] - low[0] == pytest.approx(0.0065, rel=0.02)
    crown = np.degrees(np.arccos(n[:, 2]))
    assert np.isclose(crown, 34.5, atol=0.05).sum() >= 8


def test_opposite_faces_of_a_die_sum_to_seven() -> None:
    for top in range(1, 7):
        pips = dice(0.016, top, 1).parts[1].mesh
        per_pip = len(pips.faces) // 21
        z = pips.vertices[pips.faces].mean(1)[:, 2]
        on_top, below = (z > 0.0155).sum(), (z < 0.0005).sum()
        assert round(on_top / per_pip) == top
        assert round(below / per_pip) == 7 - top
    with pytest.raises(ValueError, match="`top` is 7; use 1 to 6"):
        dice(0.016, 7, 0)


def test_gear_has_its_teeth() -> None:
    asset = gear(0.003, 20, 0.01, 0.005)
    mesh = asset.parts[0].mesh
    v = mesh.vertices[np.abs(mesh.vertices[:, 2] - 0.005) < 0.0048]
    r = np.linalg.norm(v[:, :2], axis=1)
    assert r.max() == pytest.approx(0.033, rel=0.005), "tip radius: half the pitch diameter and one module"
    angle = np.degrees(np.arctan2(*v[r > 0.0328][:, 1::-1].T)) % 360
    assert len(np.unique(np.round(angle / 18) % 20)) == 20


def test_book_pages_lie_within_the_cover() -> None:
    cover, pages = (part.mesh for part in book(0.21, 0.14, 0.03, seed=3, gilt=False).parts[:2])
    (c0, c1), (p0, p1) = cover.bounds, pages.bounds
    assert (p0 > c0).all() and (p1 < c1).all()
    assert pages.color is not None and pages.color.std() > 0.005
