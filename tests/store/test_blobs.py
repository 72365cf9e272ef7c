"""Blobs are named by content, all or nothing, and checked when read."""

from __future__ import annotations

import errno
import hashlib
import os

import pytest

from pochade.core.errors import NotFoundError, StoreError
from pochade.store.blobs import Blobs, FolderBlobs, ObjectBlobs, open_blobs

NAME = hashlib.sha256(b"data").hexdigest()


@pytest.fixture(params=["folder", "objects"])
def blobs(request, tmp_path) -> Blobs:
    if request.param == "folder":
        return open_blobs(str(tmp_path / "blobs"))
    return ObjectBlobs("memory:///")


def test_round_trip(blobs):
    assert blobs.put(b"data") == blobs.put(b"data") == NAME
    assert blobs.get(NAME) == b"data"
    assert [name for name, _ in blobs.names()] == [NAME]


@pytest.mark.parametrize("name", ["0" * 64, "../../etc/passwd", "", "A" * 64])
def test_what_is_not_there(blobs, name):
    with pytest.raises(NotFoundError):
        blobs.get(name)


def test_only_the_old_are_deleted(blobs):
    blobs.put(b"data")
    assert not blobs.delete(NAME, min_age_s=60)
    assert blobs.delete(NAME, min_age_s=0)
    assert not blobs.delete(NAME, min_age_s=0)
    assert list(blobs.names()) == []


def test_put_again_makes_young(tmp_path):
    blobs = FolderBlobs(tmp_path)
    blobs.put(b"data")
    os.utime(tmp_path / NAME[:2] / NAME, (0, 0))
    blobs.put(b"data")
    assert not blobs.delete(NAME, min_age_s=60)


def test_damage_is_noticed(tmp_path):
    blobs = FolderBlobs(tmp_path)
    blobs.put(b"data")
    (tmp_path / NAME[:2] / NAME).write_bytes(b"dat0")
    with pytest.raises(StoreError, match="damaged"):
        blobs.get(NAME)


def test_write_is_synced_before_and_after_the_rename(tmp_path, monkeypatch):
    blobs, calls = FolderBlobs(tmp_path), []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (calls.append(os.readlink(f"/proc/self/fd/{handle}")), fsync(handle)))
    monkeypatch.setattr(os, "replace", lambda old, new: (calls.append("rename"), replace(old, new)))
    blobs.put(b"data")
    partial, rename, folder = calls
    assert partial.startswith(f"{tmp_path}/partial/")
    assert (rename, folder) == ("rename", str(tmp_path / NAME[:2]))


def test_full_disk_leaves_nothing_half_written(tmp_path, monkeypatch):
    blobs = FolderBlobs(tmp_path)

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(StoreError, match="Could not keep a picture of 4 bytes .*No space left on device"):
            blobs.put(b"data")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert blobs.get(blobs.put(b"data")) == b"data"


def test_leftovers_of_a_killed_process_are_cleared_away(tmp_path):
    FolderBlobs(tmp_path)
    old, young = tmp_path / "partial" / "1", tmp_path / "partial" / "2"
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    FolderBlobs(tmp_path)
    assert (old.exists(), young.exists()) == (False, True), "the young one may be another process's"


def test_places(tmp_path):
    assert isinstance(open_blobs(f"file://{tmp_path}/with%20space"), FolderBlobs)
    assert (tmp_path / "with space").is_dir()
    assert isinstance(open_blobs("s3://bucket/prefix"), ObjectBlobs)
    with pytest.raises(StoreError, match="Got 'ftp://host' for pictures; a folder, s3://"):
        open_blobs("ftp://host")
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="Cannot use the folder"):
        open_blobs(str(tmp_path / "file"))
