"""Samples rendered for real, few and small: repeatable, resumable, and what their ledger says."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil

import numpy as np
import pytest

from pochade.core.errors import DataError
from pochade.data import census, folder, ledger, pairs, shards
from pochade.data.card import card, write_card
from pochade.data.reader import read
from pochade.studio import dataset, provenance

pytest.importorskip("pyarrow")

OPTIONS = dataset.RenderOptions(count=3, size_px=64, spp=4, root_seed=3, families={"products": 1, "food": 1}, shard_rows=2)
CORES = os.cpu_count() or 1


def rendered(place, options, shard=0):
    reports = []
    folder.prepare(place, options.manifest())
    dataset.render_shard(dataset.ShardTask(place, options, shard, CORES), reports.append)
    return reports


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A data folder of three samples in two shards; nobody changes it."""
    place = tmp_path_factory.mktemp("rendered")
    assert rendered(place, OPTIONS, 0) == [0, 1, 2]
    assert rendered(place, OPTIONS, 1) == [2, 3]
    return place


def test_samples_hold_what_they_should(place):
    for position, one in enumerate(read(place, "train"), start=1):
        height, width = one.picture.shape[:2]
        assert (width, height) == (one.sample.width_px, one.sample.height_px) and one.guide.shape == (height, width, 15)
        assert one.picture.std() > 3 and one.position == position
        scene = json.loads(one.sample.scene)
        assert scene["seed"] == one.sample.seed and one.sample.captions[0][0] == "canonical"
        assert one.sample.ledger["licence"] == "CC0-1.0" and one.sample.ledger["given_up"] == []
        # what is near in the guide is not sky, and things of the scene are seen
        assert (one.guide[..., 0] > 0).any()


def test_replay_is_exact_and_says_what_has_changed(place, tmp_path):
    assert provenance.replay(place, "3-00000002") == provenance.Replay("3-00000002", True, None, ())
    samples = list(shards.read_samples(place, 0))
    forged = dataclasses.replace(samples[0], ledger={**samples[0].ledger, "code": "0" * 64, "pixels_sha256": "0" * 64})
    folder.prepare(tmp_path, OPTIONS.manifest())
    shards.write_shard(tmp_path, 0, [forged, samples[1]])
    done = provenance.replay(tmp_path, samples[0].id)
    assert not done.identical and done.changes[0].startswith("code 000000000000 then, ")


def test_verify_and_count(place):
    assert [verdict.faults for verdict in ledger.verify(place)] == [(), ()]
    found = census.census(place)
    assert found.samples == 3 and sum(found.counts["family"].values()) == 3 and found.share("split", "train") == 1


def test_the_card_names_root_families_and_limits(place):
    made = json.loads(write_card(place).read_bytes())
    assert made == card(place)
    assert made["license"] == ["https://spdx.org/licenses/CC0-1.0"] and ledger.root_of(place) in made["description"]
    assert any("food" in bias or "products" in bias for bias in made["rai:dataBiases"])
    fields = {field["name"] for field in made["recordSet"][0]["field"]}
    assert {"picture", "captions", "guide_depth", "ledger"} <= fields
    files = [one for one in made["distribution"] if one["@type"] == "cr:FileObject"]
    assert [one["contentUrl"] for one in files] == ["shards/000000.parquet", "shards/000001.parquet"]


def test_the_card_is_valid_croissant(place):
    mlcroissant = pytest.importorskip("mlcroissant")
    assert len(list(mlcroissant.Dataset(str(write_card(place))).records("samples"))) == 3


def test_rendering_goes_on_where_it_stopped(place, tmp_path):
    """Worker processes and all: one shard is there, one is broken."""
    shutil.copytree(place, tmp_path, dirs_exist_ok=True)
    kept = shards.shard_path(tmp_path, 0).stat().st_mtime_ns
    shards.shard_path(tmp_path, 1).write_bytes(b"torn")
    steps = list(dataset.render(tmp_path, OPTIONS, workers=1))
    assert (steps[0].done, steps[-1].done, steps[-1].unsaved) == (2, 3, 0) and steps[-1].shard is not None
    assert shards.shard_path(tmp_path, 0).stat().st_mtime_ns == kept
    assert [sample.id for sample in shards.read_samples(tmp_path, 1)] == ["3-00000002"]
    assert next(shards.read_samples(tmp_path, 1)) == next(shards.read_samples(place, 1))
    with pytest.raises(DataError, match="spp 4 there, 8 now"):
        next(dataset.render(tmp_path, dataclasses.replace(OPTIONS, spp=8)))


def test_pairs_share_their_scene_and_repeat(tmp_path):
    options = dataset.RenderOptions(1, 64, 4, 3, {"products": 1}, {"1:1": 1}, 1, reference_spp=64)
    rendered(tmp_path, options)
    (pair,) = pairs.read_pairs(tmp_path, 0)
    assert (pair.spp, pair.reference_spp) == (4, 64) and not [fault for verdict in ledger.verify(tmp_path) for fault in verdict.faults]
    noisy, reference = (pair.planes[name].astype(float) for name in ("noisy", "reference"))
    assert noisy.mean() == pytest.approx(reference.mean(), rel=0.15) and np.abs(noisy - reference).mean() > 1e-3
    assert [tile["noisy"].shape for tile in pairs.tiles(tmp_path, pair.split, 32)] == [(32, 32, 3)] * 4
    assert provenance.replay(tmp_path, pair.id).identical


def test_a_scene_that_cannot_be_rendered_is_drawn_anew_and_the_ledger_says_so(monkeypatch):
    painted = dataset.painted

    def fails_first(description, seed, *rest):
        if seed == dataset.draw(3, 0, 64, OPTIONS.families, OPTIONS.aspects).seed:
            raise FloatingPointError("no light")
        return painted(description, seed, *rest)

    monkeypatch.setattr(dataset, "painted", fails_first)
    sample = dataset.render_sample(OPTIONS, 0)
    assert sample.ledger["given_up"] == ["FloatingPointError: no light"]
    monkeypatch.setattr(dataset, "painted", lambda *rest: 1 / 0)
    with pytest.raises(DataError, match="Sample 0 could not be rendered in 4 draws: ZeroDivisionError"):
        dataset.render_sample(OPTIONS, 0)


def test_a_scene_that_takes_the_process_down_twice_is_given_up(tmp_path):
    task = dataset.ShardTask(tmp_path, OPTIONS, 0, 1)
    again = dataset._without_culprit(task, 1, 1)
    assert again is task
    assert dataset._without_culprit(task, 1, 2).attempts == {1: ("the renderer's process died",)}
