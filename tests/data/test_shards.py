"""Data folders: what is written comes back, what is broken is found, what is finished is kept."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from pochade.core.errors import DataError, OutputError
from pochade.core.files import PARTIAL
from pochade.data import files, folder, ledger, merkle, shards

pytest.importorskip("pyarrow")


def test_samples_come_back(data_folder):
    place = data_folder(5, 3)
    back = [sample for index in shards.indices(place) for sample in shards.read_samples(place, index)]
    assert [sample.id for sample in back] == [f"1-{k:08d}" for k in range(5)]
    again = list(shards.read_samples(data_folder(5, 3, "again"), 0))[1]
    assert back[1] == again and back[1].captions[1] == ("short", "fruit – “lemons”")


def test_a_sound_folder_verifies_and_its_root_is_the_tree_of_its_shards(data_folder):
    place = data_folder(10, 4)
    verdicts = list(ledger.verify(place))
    assert [(verdict.rows, verdict.faults) for verdict in verdicts] == [(4, ()), (4, ()), (2, ())]
    leaves = [merkle.leaf(bytes.fromhex(verdict.root)) for verdict in verdicts]
    assert ledger.root_of(place) == merkle.root(leaves).hex()


@pytest.mark.parametrize("what", ["picture", "captions", "scene", "split"])
def test_a_changed_sample_is_found(data_folder, what):
    place = data_folder(6, 3)
    samples = list(shards.read_samples(place, 1))
    other = {"picture": samples[0].picture, "captions": (("short", "pears"),), "scene": "[]", "split": "held-out"}[what]
    kept = shards.ledger_path(place, 1).read_bytes()
    shards.write_shard(place, 1, [*samples[:2], replace(samples[2], **{what: other})])
    shards.ledger_path(place, 1).write_bytes(kept)
    faults = [fault for verdict in ledger.verify(place) for fault in verdict.faults]
    assert any("1-00000005 is not what its ledger line says" in fault and f"{what}" in fault for fault in faults)


def test_a_changed_ledger_is_found(data_folder):
    place = data_folder(4, 4)
    path = shards.ledger_path(place, 0)
    path.write_bytes(path.read_bytes().replace(b"CC0-1.0", b"MIT", 1))
    faults = next(ledger.verify(place)).faults
    assert any("ledger has been changed" in fault for fault in faults) and any("licence" in fault for fault in faults)


def test_missing_short_and_broken_shards_are_found_and_made_again(data_folder):
    place = data_folder(16, 4)
    shards.shard_path(place, 0).unlink()
    shards.write_shard(place, 1, list(shards.read_samples(place, 1))[:2])
    path = shards.shard_path(place, 2)
    path.write_bytes(path.read_bytes()[:-100])
    faults = [verdict.faults for verdict in ledger.verify(place)]
    assert "is missing" in faults[0][0] and "has 2 samples instead of 4" in faults[1][0] and "no readable shard" in faults[2][0]
    assert not faults[3]
    assert list(folder.finished(place, folder.read_manifest(place))) == [3]


def test_a_damaged_picture_inside_a_sound_file_is_found(data_folder):
    place = data_folder(4, 4)
    picture = next(shards.read_samples(place, 0)).picture
    path = shards.shard_path(place, 0)
    data = path.read_bytes()
    at = data.index(picture) + len(picture) // 2
    path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    assert any("picture_sha256" in fault for fault in next(ledger.verify(place)).faults)


def test_a_sample_is_found_by_id_with_its_proof(data_folder):
    place = data_folder(7, 5)
    found = ledger.find(place, "1-00000003")
    line = shards.ledger_path(place, 0).read_bytes().splitlines()[3]
    path = [bytes.fromhex(step) for step in found.proof]
    assert found.shard == 0 and found.row == 3 and found.entry == json.loads(line)
    assert merkle.proven(merkle.leaf(line), found.row, found.rows, path, bytes.fromhex(found.root))
    assert found.root == shards.summary(place, 0).root
    with pytest.raises(DataError, match="'9-1', which is not in .*'1-00000000'"):
        ledger.find(place, "9-1")


def test_a_folder_holds_data_of_one_kind(data_folder):
    place = data_folder(4, 4)
    wanted = folder.read_manifest(place)
    folder.prepare(place, replace(wanted, count=9))
    assert folder.read_manifest(place).count == 9
    with pytest.raises(DataError, match="Got a count of 4 .* meant to hold 9"):
        folder.prepare(place, wanted)
    with pytest.raises(DataError, match="root_seed 1 there, 2 now"):
        folder.prepare(place, replace(wanted, settings={"root_seed": 2, "world_version": 1}))


def test_what_is_no_data_folder(tmp_path):
    with pytest.raises(DataError, match="no data folder"):
        list(ledger.verify(tmp_path))
    with pytest.raises(DataError, match="holds no data shards"):
        shards.indices(tmp_path)
    (tmp_path / "dataset.json").write_text("{")
    with pytest.raises(DataError, match="not readable"):
        folder.read_manifest(tmp_path)


def test_leftovers_of_interrupted_writes_go(data_folder):
    place = data_folder(4, 4)
    left = place / "shards" / f".abc{PARTIAL}"
    left.write_bytes(b"half")
    folder.prepare(place, folder.read_manifest(place))
    assert not left.exists()


def test_a_full_disk_leaves_what_was_there(data_folder, monkeypatch):
    place = data_folder(4, 4)
    before = shards.shard_path(place, 0).read_bytes()

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"No space left on device.*the same command goes on"):
        files.write_whole(shards.shard_path(place, 0), b"other")
    assert shards.shard_path(place, 0).read_bytes() == before and len(list((place / "shards").iterdir())) == 1


def test_room_is_checked_before_any_work(tmp_path):
    files.check_room(tmp_path, 1000)
    with pytest.raises(OutputError, match=r"About 1000000000.0 GB are needed"):
        files.check_room(tmp_path, 1e18)
