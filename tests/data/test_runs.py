"""Run records: written by training, found by the hash of their weights."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from pochade.core.errors import DataError
from pochade.data import ledger, runs

pytest.importorskip("pyarrow")

WEIGHTS = "ab" * 32


def record(used: runs.DataUsed) -> runs.RunRecord:
    return runs.RunRecord(
        name="first", model_id="pochade-1", recipe="small", started="2026-01-31T12:00:00Z", finished="2026-01-31T20:00:00Z", data=(used,),
        config={"width": 320}, weights={"painter.safetensors": WEIGHTS}, samples_seen=3, seconds=1.5, results={"loss": 0.1},
    )  # fmt: skip


def test_a_record_survives_its_file_and_names_the_root_of_its_data(data_folder, tmp_path):
    place = data_folder(6, 4)
    used = runs.data_used(place, {"train": 5})
    assert used.root == ledger.root_of(place) and len(used.shard_roots) == 2
    folder = tmp_path / "runs" / "first"
    folder.mkdir(parents=True)
    record(used).write(folder)
    assert runs.read_run(folder) == record(used)
    (tmp_path / "runs" / "other").mkdir()
    (tmp_path / "runs" / "other" / "run.json").write_text('{"of": "another program"}')
    assert runs.run_of_weights(WEIGHTS, [tmp_path / "runs"]) == record(used)
    with pytest.raises(DataError, match="No run record .* speaks of weights cd"):
        runs.run_of_weights("cd" * 32, [tmp_path / "runs"])


def test_a_record_whose_roots_do_not_fit_is_refused(data_folder):
    used = runs.data_used(data_folder(6, 4))
    with pytest.raises(DataError, match="the roots of its shards give"):
        replace(used, shard_roots=used.shard_roots[::-1])
    with pytest.raises(DataError, match="64 hexadecimal digits"):
        replace(record(used), weights={"painter": "latest"})


def test_damaged_records(data_folder, tmp_path):
    good = json.loads(record(runs.data_used(data_folder(4, 4))).to_json())
    for bad in (b"{", b"[]", b"{}", json.dumps({**good, "format": 2}).encode(), json.dumps({**good, "extra": 1}).encode()):
        with pytest.raises(DataError):
            runs.RunRecord.from_json(bad)
    with pytest.raises(DataError, match="not readable"):
        runs.read_run(tmp_path / "nowhere")
