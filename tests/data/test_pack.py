"""The packed copy: right, growing, and read in an order that can be resumed."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import numpy as np
import pytest

from pochade.core.errors import DataError, InvalidRequestError
from pochade.data import folder, guide, ledger, reader, shards
from pochade.data.pack import Pack
from pochade.data.packing import write_pack

pytest.importorskip("pyarrow")


def packed(place, out, size=32, guide_size=None):
    steps = list(write_pack(place, out, size, guide_size))
    return Pack(out), steps


def test_rows_are_the_samples(data_folder, tmp_path):
    place = data_folder(10, 4)
    pack, steps = packed(place, tmp_path / "pack")
    group = pack.groups["1x1"]
    assert steps[-1].added == 10 and group.pictures.shape == (10, 32, 32, 3) and group.guides.shape == (10, 32, 32, 15)
    samples = [reader.decoded(sample) for index in shards.indices(place) for sample in shards.read_samples(place, index)]
    for row, one in enumerate(samples):
        assert np.array_equal(group.guides[row], guide.reduced(one.guide, 32, 32))
        means = one.picture.reshape(32, 2, 32, 2, 3).mean((1, 3))
        assert np.abs(group.pictures[row] - means).mean() < 2
        assert group.samples[row]["id"] == one.sample.id and group.samples[row]["captions"][0] == ["canonical", f"{row} lemons"]
        assert group.samples[row]["light"] == "noon" and group.samples[row]["nouns"] == ["lemon", "bowl"]
    assert list(group.of_split("held-out")) == [4, 9] and pack.count("train") == 8
    assert pack.data_root == ledger.root_of(place)
    with pytest.raises(IndexError):
        group.samples[10]


def test_the_guide_may_be_smaller(data_folder, tmp_path):
    pack, _ = packed(data_folder(4, 4), tmp_path / "pack", 64, 32)
    assert pack.groups["1x1"].pictures.shape[1:3] == (64, 64) and pack.groups["1x1"].guides.shape[1:3] == (32, 32)


def test_a_pack_grows_with_its_data(data_folder, tmp_path):
    place = data_folder(12, 4)
    held = shards.shard_path(place, 2)
    later = held.read_bytes()
    held.unlink()
    out = tmp_path / "pack"
    first, _ = packed(place, out)
    assert first.groups["1x1"].rows == 8
    held.write_bytes(later)
    # a run that was cut off has left rows behind what was committed
    with (out / "1x1" / "pictures.npy").open("ab") as file:
        file.write(b"x" * 100_000)
    with (out / "1x1" / "samples.jsonl").open("ab") as file:
        file.write(b'{"half')
    second, steps = packed(place, out)
    whole, _ = packed(place, tmp_path / "whole")
    assert steps[-1].added == 4
    for name in ("pictures", "guides", "splits"):
        assert np.array_equal(getattr(second.groups["1x1"], name), getattr(whole.groups["1x1"], name))
    assert list(second.groups["1x1"].samples) == list(whole.groups["1x1"].samples)
    assert first.groups["1x1"].pictures.shape == (8, 32, 32, 3)


def test_batches_are_full_of_one_format_and_show_everything_once_an_epoch(data_folder, tmp_path):
    place = data_folder(40, 10, sizes=((64, 64), (80, 52)))
    pack, _ = packed(place, tmp_path / "pack")
    assert {name: group.rows for name, group in pack.groups.items()} == {"1x1": 20, "3x2": 20}
    epoch = list(islice(pack.batches("train", 4, seed=3), 8))
    seen = Counter((batch.group, int(row)) for batch in epoch for row in batch.rows)
    assert len(seen) == 32 and set(seen.values()) == {1}
    for batch in epoch:
        group = pack.groups[batch.group]
        assert batch.pictures.shape == (4, *group.pictures.shape[1:]) and np.array_equal(batch.guides, group.guides[batch.rows])
        assert (np.asarray(group.splits)[batch.rows] == 0).all()
    assert [batch.position for batch in epoch] == list(range(1, 9))


def test_formats_can_be_chosen_once_for_a_pack(data_folder, tmp_path):
    place, out = data_folder(8, 4, sizes=((64, 64), (80, 52))), tmp_path / "pack"
    steps = list(write_pack(place, out, 32, formats=("3x2",)))
    assert {name: group.rows for name, group in Pack(out).groups.items()} == {"3x2": 4} and steps[-1].added == 4
    with pytest.raises(DataError, match=r"packed with other formats \(3x2\)"):
        list(write_pack(place, out, 32))
    with pytest.raises(InvalidRequestError, match="Got the format '4x3'; 1x1, 3x2"):
        list(write_pack(place, tmp_path / "other", 32, formats=("4x3",)))


def test_splits_can_be_chosen_once_for_a_pack(data_folder, tmp_path):
    place, out = data_folder(40, 10), tmp_path / "pack"
    whole, _ = packed(place, tmp_path / "whole")
    list(write_pack(place, out, 32, splits=("held-out", "held-out-combination")))
    kept = Pack(out)
    assert kept.count("train") == 0 < whole.count("train")
    assert all(kept.count(split) == whole.count(split) for split in ("held-out", "held-out-combination"))
    with pytest.raises(DataError, match=r"packed with other splits \(held-out, held-out-combination\)"):
        list(write_pack(place, out, 32))
    with pytest.raises(InvalidRequestError, match="Got the split 'test'; train"):
        list(write_pack(place, tmp_path / "other", 32, splits=("test",)))


def test_batches_resume_where_they_stopped(data_folder, tmp_path):
    pack, _ = packed(data_folder(13, 5), tmp_path / "pack")

    def rows(position, count):
        return [(batch.group, batch.rows.tolist()) for batch in islice(pack.batches("train", 4, 5, position), count)]

    straight = rows(0, 9)
    assert rows(4, 5) == straight[4:] and all(len(chosen) == 4 for _, chosen in straight)
    assert [chosen for _, chosen in straight] != [batch.rows.tolist() for batch in islice(pack.batches("train", 4, 6), 9)]


def test_what_cannot_be_packed_or_read(data_folder, tmp_path):
    place = data_folder(4, 4)
    with pytest.raises(DataError, match="only smaller sizes"):
        list(write_pack(place, tmp_path / "large", 128))
    pack, _ = packed(place, tmp_path / "pack")
    with pytest.raises(DataError, match="'held-out-combination' .* no samples"):
        next(pack.batches("held-out-combination", 4, 1))
    with pytest.raises(DataError, match="packed with size 32 and guide size 32, not 64 and 64"):
        list(write_pack(place, tmp_path / "pack", 64))
    shards.write_shard(place, 0, list(shards.read_samples(place, 0))[::-1])
    with pytest.raises(DataError, match="packed from other shards"):
        list(write_pack(place, tmp_path / "pack", 32))
    with pytest.raises(DataError, match="holds no packed data"):
        Pack(place)
    (tmp_path / "pack" / "1x1" / "guides.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(DataError, match="guides.npy' is not readable"):
        Pack(tmp_path / "pack")


def test_reader_shuffles_resumes_and_reads_everything_once(data_folder):
    place = data_folder(30, 3)
    plain = [one.sample.id for one in reader.read(place, "train")]
    assert plain == sorted(plain) and len(plain) == 24
    shuffled = [one.sample.id for one in reader.read(place, "train", seed=1)]
    assert sorted(shuffled) == plain != shuffled
    assert [one.sample.id for one in reader.read(place, "train", seed=1)] == shuffled
    for position in (1, 13, 23):
        rest = list(reader.read(place, "train", 1, position))
        assert [one.sample.id for one in rest] == shuffled[position:] and rest[0].position == position + 1
    first = next(reader.read(place, "held-out"))
    assert first.picture.shape == (64, 64, 3) and first.guide is not None and first.guide.shape == (64, 64, 15)
    with pytest.raises(DataError, match="no samples"):
        next(reader.read(place, "held-out-combination"))


def test_pairs_are_not_packed(tmp_path):
    folder.prepare(tmp_path / "pairs", folder.Manifest("denoiser", 1, 1, {}))
    with pytest.raises(DataError, match="tiles for the denoiser"):
        list(write_pack(tmp_path / "pairs", tmp_path / "pack", 64))
