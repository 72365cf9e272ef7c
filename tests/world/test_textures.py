"""Tiles: physical, seamless, and the same from the cache as from the brush."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from pochade.world import clouds
from pochade.world.kept import folder, kept
from pochade.world.textures import TEXTURES, Tile, tile

HARD_EDGED = ("tiles", "terracotta tiles", "bricks", "wooden floor", "oak planks")
"""A joint lies along their seam, as it does inside."""


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    folder.cache_clear()
    tile.cache_clear()
    yield tmp_path
    folder.cache_clear()
    tile.cache_clear()


@lru_cache(maxsize=64)
def drawn(name: str) -> Tile:
    return tile(name)


@pytest.mark.parametrize("name", TEXTURES)
def test_tile_is_physical(name: str) -> None:
    t = drawn(name)
    n = len(t.color)
    assert t.color.shape == (n, n, 3) and t.roughness.shape == t.height_m.shape == (n, n)
    assert t.color.dtype == t.roughness.dtype == t.height_m.dtype == np.float32
    for layer in (t.color, t.roughness, t.height_m):
        assert np.isfinite(layer).all()
    assert t.color.min() >= 0
    assert t.color.mean() <= 1.0
    assert t.roughness.min() > 0
    assert 0.5 < t.roughness.mean() < 2.0
    assert 0.05 <= t.size_m <= 2.0
    assert np.ptp(t.height_m) < 0.05 * t.size_m, "relief is deeper than the tile is wide"


@pytest.mark.parametrize("name", TEXTURES)
def test_tile_repeats_without_a_seam(name: str) -> None:
    t = drawn(name)
    for layer in (t.color, t.roughness[..., None], t.height_m[..., None]):
        for axis in (0, 1):
            steps = np.abs(np.diff(layer, axis=axis)).mean((1 - axis, 2))  # one value per line of neighbours
            seam = np.abs(np.take(layer, 0, axis) - np.take(layer, -1, axis)).mean()
            floor = 1e-3 * max(float(np.ptp(layer)), 1e-9)
            limit = steps.max() if name in HARD_EDGED else max(2.0 * steps.mean(), steps.max())
            assert seam <= 1.05 * limit + floor, f"seam {seam:.2g}, inside at most {steps.max():.2g}"


def test_cached_tile_is_the_drawn_one(empty_cache: Path) -> None:
    first = tile("plaster")
    (kept,) = empty_cache.rglob("*.npz")
    tile.cache_clear()
    second = tile("plaster")
    assert np.array_equal(first.color, second.color)
    assert np.array_equal(first.roughness, second.roughness)
    assert np.array_equal(first.height_m, second.height_m)
    assert first.size_m == second.size_m
    assert kept.name == "plaster.npz"
    assert not [path for path in empty_cache.rglob("*") if path.is_file() and path != kept], "leaves nothing half-written"


@pytest.mark.parametrize("damage", [b"", b"not a zip file", None], ids=["empty", "garbage", "cut short"])
def test_damaged_cache_file_is_drawn_anew(empty_cache: Path, damage: bytes | None) -> None:
    first = tile("cut")
    (kept,) = empty_cache.rglob("*.npz")
    whole = kept.read_bytes()
    kept.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    tile.cache_clear()
    again = tile("cut")
    assert np.array_equal(first.color, again.color) and np.array_equal(first.height_m, again.height_m)
    with np.load(kept, allow_pickle=False) as mended:
        assert set(mended) == {"color", "roughness", "height_m", "size_m"}


def test_cache_without_a_home_only_costs_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    folder.cache_clear()
    tile.cache_clear()
    try:
        assert tile("cut").size_m > 0
    finally:
        folder.cache_clear()
        tile.cache_clear()


def test_drawing_is_deterministic() -> None:
    for name in ("velvet", "cardboard", "leather"):
        first, again = TEXTURES[name](), TEXTURES[name]()
        assert np.array_equal(first.color, again.color) and np.array_equal(first.height_m, again.height_m)


def test_unknown_texture_is_refused() -> None:
    with pytest.raises(KeyError):
        tile("moss")


def test_clouds_are_the_same_from_the_cache(empty_cache: Path) -> None:
    clouds._billows.cache_clear()  # type: ignore[attr-defined]
    first = clouds._billows()
    assert [path.name for path in empty_cache.rglob("*.npz")] == ["billows.npz"]
    clouds._billows.cache_clear()  # type: ignore[attr-defined]
    again = clouds._billows()
    assert again is not first and again.dtype == np.float32
    np.testing.assert_array_equal(first, again)


def test_a_damaged_or_strange_file_is_drawn_anew(tmp_path: Path) -> None:
    path = tmp_path / "x.npz"
    for content in (b"", b"PK\x03\x04 cut off", None):
        if content is None:
            np.savez(path, other=np.zeros(2))
        else:
            path.write_bytes(content)
        assert kept(path, ("value",), lambda: {"value": np.arange(3)})["value"].tolist() == [0, 1, 2]
        assert np.load(path)["value"].tolist() == [0, 1, 2]
