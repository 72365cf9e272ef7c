from __future__ import annotations

import os
from pathlib import Path

import pytest

from pochade.core.errors import OutputError, OutputExistsError
from pochade.studio import files
from pochade.studio.files import destination, slug, write


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("A red glass vase, on a marble table!", "a-red-glass-vase-on-a-marble-table"),
        ("  Café   crème brûlée ", "cafe-creme-brulee"),
        ("../../etc/passwd", "etc-passwd"),
        ("赤い花瓶", "赤い花瓶"),
        ("?!", "picture"),
        ("x" * 100, "x" * 48),
        ("word " * 30, "word-" * 8 + "word"),
    ],
)
def test_slug(prompt, name):
    assert slug(prompt) == name


def test_default_names_never_overwrite(tmp_path):
    place = destination(str(tmp_path), "a lemon", 7, 1)
    names = [place.save(place.path(0), bytes([k])).name for k in range(3)]
    assert names == ["a-lemon-7.png", "a-lemon-7-2.png", "a-lemon-7-3.png"]
    assert [(tmp_path / name).read_bytes() for name in names] == [b"\0", b"\1", b"\2"]


def test_names_of_variations(tmp_path):
    place = destination(str(tmp_path / "vase.JPG"), "a vase", 7, 3)
    assert [place.path(k).name for k in range(3)] == ["vase-1.JPG", "vase-2.JPG", "vase-3.JPG"]
    assert place.sheet_path().name == "vase-sheet.JPG"
    unnamed = destination(str(tmp_path), "a vase", 7, 2)
    assert [unnamed.path(k).name for k in range(2)] == ["a-vase-7.png", "a-vase-8.png"]


def test_a_chosen_name_that_exists_is_refused_unless_forced(tmp_path):
    taken = tmp_path / "vase-2.png"
    taken.write_bytes(b"mine")
    with pytest.raises(OutputExistsError, match=r"vase-2.png' exists already and is kept.*--force"):
        destination(str(tmp_path / "vase.png"), "a vase", 7, 3)
    place = destination(str(tmp_path / "vase.png"), "a vase", 7, 3, overwrite=True)
    assert place.save(place.path(1), b"new") == taken and taken.read_bytes() == b"new"


def test_a_file_that_appears_while_painting_is_kept_and_so_is_the_picture(tmp_path):
    place = destination(str(tmp_path / "vase.png"), "a vase", 7, 1)
    (tmp_path / "vase.png").write_bytes(b"theirs")
    assert place.save(place.path(0), b"ours").name == "vase-2.png"
    assert (tmp_path / "vase.png").read_bytes() == b"theirs"


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("vase", "without an ending"),
        ("vase.gif", "ending '.gif'; .png, .jpg, .jpeg, .webp are accepted. Try 'vase.png'"),
        ("nowhere/vase.png", "does not exist. Make it with `mkdir -p"),
        ("nowhere/", "does not exist"),
        ("file/vase.png", "is not a folder"),
        ("folder.png/", None),
        ("x" * 300 + ".png", "File name too long"),
    ],
)
def test_places_where_nothing_can_be_written(tmp_path, output, message):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.png").mkdir()
    if message is None:
        destination(f"{tmp_path}/{output}", "a vase", 7, 1)
        return
    with pytest.raises(OutputError) as caught:
        destination(f"{tmp_path}/{output}", "a vase", 7, 1)
    assert message in str(caught.value)
    assert not list(tmp_path.rglob(f"*{files.PARTIAL}"))


@pytest.mark.skipif(os.name == "nt" or getattr(os, "geteuid", lambda: 1)() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="Permission denied"):
        destination(str(tmp_path), "a vase", 7, 1)


@pytest.mark.parametrize("step", ["fsync", "link", "replace"])
def test_a_write_that_fails_leaves_nothing(tmp_path, monkeypatch, step):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, step, fail)
    monkeypatch.setattr(os, "rename", fail)
    with pytest.raises(OutputError, match="No space left"):
        write(tmp_path / "vase.png", b"data", overwrite=step == "replace")
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_is_interrupted_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "vase.png", b"data")
    assert list(tmp_path.iterdir()) == []


def test_writing_where_hard_links_are_unknown(tmp_path, monkeypatch):
    def unsupported(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", unsupported)
    assert write(tmp_path / "vase.png", b"one").read_bytes() == b"one"
    with pytest.raises(OutputExistsError):
        write(tmp_path / "vase.png", b"two")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["vase.png"]


def test_relative_names_stay_relative(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    place = destination(None, "a lemon", 7, 1)
    assert place.path(0) == Path("a-lemon-7.png")
