from __future__ import annotations

import dataclasses
import io
import json
import random
import struct
import zlib

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from typer.testing import CliRunner

from pochade.cli.app import app
from pochade.core.errors import InvalidRequestError
from pochade.core.recipe import Recipe
from pochade.studio.pictures import encode
from pochade.trust import keys, verify
from pochade.trust.examination import Findings, examine
from pochade.trust.marking import Marking, watermark_id, watermarked
from pochade.trust.report import check_report, pdf_report, rows, signed_report
from pochade.trust.verify import verdict, verify_bytes
from trust.pictures import opened, saved, still_life

BARE = Recipe("a red vase", 7, "gradient", 384, 384, "draft", "", None, {"pochade": "0.1.0"}, "numpy")
PICTURE, RECIPE = watermarked(still_life(384), BARE)
SIGNED = {suffix: encode(PICTURE, RECIPE, suffix) for suffix in (".png", ".jpg", ".webp")}
SMALL = {suffix: encode(still_life(48), dataclasses.replace(RECIPE, plan=None), suffix) for suffix in (".png", ".jpg", ".webp")}
ID = f"{watermark_id(RECIPE):016x}"


def told(data: bytes):
    return verdict(examine(data, keys.trusted_roots()))


@pytest.mark.parametrize("suffix", SIGNED)
def test_our_own_files_are_signed_and_every_technique_fires(suffix):
    found = told(SIGNED[suffix])
    assert found.conclusion == "signed" and found.generated is True and found.source_type == "trainedAlgorithmicMedia"
    assert found.techniques == ("manifest", "watermark", "metadata", "recipe")
    assert f"id {ID}, which fits the rest" in found.sentence and "gradient" in found.sentence
    assert found.findings.same_pixels == (suffix == ".png")


def test_elsewhere_the_signer_is_unknown():
    found = verdict(examine(SIGNED[".png"]))
    assert found.conclusion == "signed by others" and "not known here" in found.sentence


def test_a_stripped_picture_is_known_by_its_watermark():
    found = told(saved(PICTURE[20:380, 10:370], "JPEG", quality=80))
    assert found.conclusion == "marked" and found.techniques == ("watermark",) and found.generated is True
    assert f"cropped since, id {ID}." in found.sentence


def test_a_changed_picture_is_tampered_with():
    data = bytearray(SIGNED[".jpg"])
    data[-300] ^= 1
    found = told(bytes(data))
    assert found.conclusion == "tampered" and "assertion.dataHash.mismatch" in found.sentence
    assert found.findings.watermark is not None and found.findings.watermark.found


def test_a_foreign_recipe_is_told_apart():
    other = dataclasses.replace(RECIPE, seed=8)
    found = told(encode(PICTURE, other, marking=Marking(manifest=False)))
    assert "another than the file says" in found.sentence


def test_plain_text_proves_little():
    unmarked = encode(still_life(256), dataclasses.replace(BARE, sha256="0" * 64), marking=Marking(manifest=False))
    found = told(unmarked)
    assert found.conclusion == "claimed" and "plain text that anyone can write" in found.sentence


def test_nothing_found_proves_nothing():
    found = told(saved(still_life(256)))
    assert found.conclusion == "nothing" and found.generated is None and "does not prove" in found.sentence
    assert "too small" in told(saved(still_life(64))).sentence


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no PNG, JPEG or WebP"),
        (b"hello", "no PNG, JPEG or WebP"),
        (b"GIF89a" + b"\0" * 50, "no PNG, JPEG or WebP"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"\xff\xd8\xff", "damaged"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "damaged"),
        (saved(still_life(256))[:5000], "damaged"),
    ],
    ids=["empty", "text", "gif", "png", "jpeg", "webp", "cut"],
)
def test_what_is_no_picture_gets_a_clear_answer(data, reason):
    found = told(data)
    assert found.conclusion == "unreadable" and reason in found.sentence


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(side: int) -> bytes:
    """A PNG of a few kilobytes that says it has side x side pixels."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100_000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [20_000, 60_000, 2**31 - 1])
def test_decompression_bombs_are_not_decoded(side):
    found = told(bomb(side))
    assert found.conclusion == "unreadable" and found.findings.watermark is None


def test_texts_that_unpack_to_gigabytes_are_cut():
    file = io.BytesIO()
    texts = Image.core and __import__("PIL.PngImagePlugin", fromlist=["PngInfo"]).PngInfo()
    texts.add_itxt("pochade", "x" * 50_000_000, zip=True)
    Image.fromarray(still_life(32)).save(file, "PNG", pnginfo=texts)
    assert told(file.getvalue()).conclusion in ("unreadable", "nothing")


def test_a_renamed_file_is_known_by_its_content(tmp_path):
    path = tmp_path / "vase.png"
    path.write_bytes(SIGNED[".webp"])
    result = CliRunner().invoke(app, ["verify", str(path), "--json"])
    assert result.exit_code == 0 and json.loads(result.stdout)["findings"]["format"] == "webp"


@settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(SMALL)), st.randoms(use_true_random=False), st.integers(0, 3), st.floats(0, 1))
def test_hostile_files_are_always_answered(suffix, chance, kind, where):
    data = bytearray(SMALL[suffix])
    if kind == 0:
        data = data[: int(where * len(data))]
    elif kind == 1:
        for _ in range(chance.randrange(1, 40)):
            data[chance.randrange(len(data))] = chance.randrange(256)
    elif kind == 2:
        place = int(where * len(data))
        data[place:place] = chance.randbytes(chance.randrange(1, 5000))
    else:
        first, second = sorted(chance.randrange(len(data)) for _ in range(2))
        del data[first:second]
    found = told(bytes(data))
    assert found.sentence and rows(found)
    if bytes(data) != SMALL[suffix] and found.conclusion == "signed":
        # only what the manifest itself does not cover may differ: its own padding
        assert (opened(bytes(data)) == opened(SMALL[suffix])).all()


@pytest.mark.parametrize("value", [1, 32, 255])
def test_a_signed_file_that_no_viewer_opens_is_not_called_unchanged(value):
    data = bytearray(SMALL[".png"])
    data[data.index(b"caBX") + 4] ^= value  # a byte that only the chunk's checksum covers
    found = told(bytes(data))
    assert found.conclusion == "tampered" and "object at" not in found.sentence


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=2000), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF\0\0\0\0WEBP"]))
def test_noise_is_always_answered(data, magic):
    assert told(magic + data).conclusion == "unreadable" or magic


def test_findings_survive_the_way_between_processes():
    findings = examine(SIGNED[".png"], keys.trusted_roots())
    assert Findings.from_json(findings.to_json()) == findings


def test_a_process_of_its_own_gives_the_same_verdict():
    assert verify_bytes(SIGNED[".jpg"]) == told(SIGNED[".jpg"])


def test_a_reader_that_dies_or_hangs_is_an_answer_too(monkeypatch):
    assert "longer than 0.01 s" in verify_bytes(SIGNED[".png"], timeout_s=0.01).sentence
    monkeypatch.setattr(verify, "_MODULE", "pochade.nowhere")
    assert "breaks the reader" in verify_bytes(SIGNED[".png"]).sentence
    with pytest.raises(InvalidRequestError, match="100,000,000 are accepted"):
        verify_bytes(bytes(verify.MAX_BYTES + 1))


def test_reports_are_signed_and_changes_are_noticed():
    report = signed_report({"vase.png": told(SIGNED[".png"]), "größe.jpg": told(b"")})
    checked = check_report(report)
    assert checked.trusted and "Pochade installation" in checked.signer
    assert [one["conclusion"] for one in checked.report["files"]] == ["signed", "unreadable"]
    assert checked.report["files"][0]["findings"]["watermark"]["id"] == ID
    assert not check_report(report, trusted_roots="").trusted
    with pytest.raises(InvalidRequestError, match="changed after it was signed"):
        check_report(report.replace(b'"unreadable"', b'"signed"'))
    raw = json.loads(report)
    head, payload, signature = raw["signature"].split(".")
    raw["signature"] = f"{head}.{payload}.{signature[:-6]}AAAAAA"
    with pytest.raises(InvalidRequestError):
        check_report(json.dumps(raw).encode())
    for other in (b"", b"{}", b"[1]", b'{"report": 1, "signature": "a.b.c"}'):
        with pytest.raises(InvalidRequestError, match="no report of Pochade"):
            check_report(other)


def test_the_pdf_holds_the_signed_report():
    data = pdf_report({"vase, größe 赤.png": told(SIGNED[".png"])})
    assert data.startswith(b"%PDF") and b"EmbeddedFile" in data and b"report.json" in data


def test_the_command_tells_which_picture_a_copy_comes_from(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "vase.png").write_bytes(SIGNED[".png"])
    (tmp_path / "mine" / "note.txt").write_text("hello")
    with Image.open(io.BytesIO(SIGNED[".png"])) as image:
        image.convert("RGB").save("copy.jpg", quality=60)
        Image.fromarray(still_life(256, 5)).save("other.png")

    def here(*_: object) -> None:
        raise AssertionError("a file that somebody brought is read once, in a process of its own")

    monkeypatch.setattr("pochade.trust.watermark_search.detect", here)
    monkeypatch.setattr("pochade.trust.audit.endpoint.decoded", here)
    result = CliRunner().invoke(app, ["verify", "copy.jpg", "other.png", "--among", "mine", "--json"])
    assert result.exit_code == 0, result.output
    assert all("bits" not in (json.loads(line)["findings"]["watermark"] or {}) for line in result.stdout.splitlines())
    assert [json.loads(line)["copy_of"] for line in result.stdout.splitlines()] == ["mine/vase.png", None]
    assert "copy of: mine/vase.png" in CliRunner().invoke(app, ["verify", "copy.jpg", "--among", "mine"]).stdout
    assert CliRunner().invoke(app, ["verify", "copy.jpg", "--among", "nowhere"]).exit_code == 2


def test_the_command_tells_a_person(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vase.png").write_bytes(SIGNED[".png"])
    (tmp_path / "note.txt").write_text("hello")
    result = CliRunner().invoke(app, ["verify", "vase.png", "note.txt", "--report", "report.json"])
    assert result.exit_code == 0, result.output
    assert "vase.png: signed: Signed and unchanged" in result.stdout and "note.txt: unreadable" in result.stdout
    assert check_report((tmp_path / "report.json").read_bytes()).trusted
    assert CliRunner().invoke(app, ["verify", "vase.png", "--report", "report.pdf"]).exit_code == 0
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["nowhere.png"], "cannot be read (No such file"), (["x.png", "--report", "x.txt"], "end in .json or .pdf")],
)
def test_the_command_refuses_clearly(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.png").write_bytes(SMALL[".png"])
    result = CliRunner().invoke(app, ["verify", *arguments])
    assert result.exit_code == 2 and message in result.stderr and "Traceback" not in result.output


def test_random_bytes_after_the_end_do_not_hide_anything():
    found = told(SIGNED[".jpg"] + random.Random(1).randbytes(1000))
    assert found.conclusion in ("tampered", "signed") and "watermark" in found.techniques
    assert isinstance(np.asarray(opened(SIGNED[".jpg"])), np.ndarray)
