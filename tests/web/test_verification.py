"""The detector over HTTP: the API and the page, for everybody, with whatever file."""

from __future__ import annotations

import base64
import io
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pochade.core.recipe import Recipe
from pochade.studio.pictures import encode
from pochade.trust import keys
from pochade.trust.marking import watermarked
from pochade.trust.report import check_report
from pochade.web.app import create_app
from pochade.web.settings import load_settings
from trust.pictures import saved, still_life
from web.conftest import png

HTML = {"accept": "text/html"}
KINDS = {
    "empty": b"",
    "text": b"hello",
    "script": b"<script>alert(1)</script>",
    "cut": saved(still_life(256))[:5000],
    "noise": bytes(range(256)) * 40,
    "png head": b"\x89PNG\r\n\x1a\n",
}


@pytest.fixture(scope="module")
def signed() -> bytes:
    bare = Recipe(
        "a red vase", 7, "gradient", 256, 256, "draft", "", None, {"pochade": "0.1.0"}, "numpy", {"negative_prompt": "<b>rain</b>"}
    )
    pixels, recipe = watermarked(still_life(256), bare)
    return encode(pixels, recipe)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Nobody is logged in."""
    settings = load_settings(
        data=tmp_path_factory.mktemp("open"), default_model="gradient", max_upload_bytes=400_000, max_examinations=1000
    )
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        yield client


def send(client: TestClient, data: bytes, path: str = "/v1/verify", name: str = "vase.png", **options):
    return client.post(path, files={"file": (name, data)}, **options)


def test_everybody_gets_a_verdict_and_the_whole_of_what_was_seen(server, signed):
    answer = send(server, signed)
    assert answer.status_code == 200
    verdict = answer.json()
    assert verdict["conclusion"] == "signed" and verdict["generated"] is True
    assert verdict["techniques"] == ["manifest", "watermark", "metadata", "recipe"]
    found = verdict["findings"]
    assert found["manifest"]["state"] == "trusted" and found["manifest"]["models"] == ["gradient"]
    assert re.fullmatch("[0-9a-f]{16}", found["watermark"]["id"]) and found["watermark"]["id"] == found["recipe_watermark"]
    assert json.loads(found["recipe"])["prompt"] == "a red vase" and found["same_pixels"]


def test_reports_are_signed(server, signed):
    report = send(server, signed, "/v1/verify?report=json")
    checked = check_report(report.content, keys.trusted_roots())
    assert checked.trusted and [(one["name"], one["conclusion"]) for one in checked.report["files"]] == [("vase.png", "signed")]
    pdf = send(server, signed, "/v1/verify?report=pdf", name="vase\n\x00\u202e.png")
    assert pdf.headers["content-type"] == "application/pdf" and pdf.content.startswith(b"%PDF-")
    assert pdf.headers["content-disposition"] == 'attachment; filename="verification-report.pdf"'


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", ["/v1/verify", "/verify"])
def test_what_is_no_picture_gets_a_clear_verdict(server, path, kind):
    answer = send(server, KINDS[kind], path, headers=HTML)
    assert answer.status_code == 200
    assert "Nothing can be said about this file" in answer.text and "<script>alert" not in answer.text
    if path == "/v1/verify":
        assert answer.json()["conclusion"] == "unreadable"


def test_a_renamed_file_is_known_by_its_content(server, signed):
    verdict = send(server, signed, name="invoice.pdf").json()
    assert (verdict["conclusion"], verdict["findings"]["format"]) == ("signed", "png")


def test_what_cannot_be_taken_is_refused_by_name(server):
    for answer, status, code in (
        (send(server, b"x" * 400_001), 413, "too_large"),
        (server.post("/v1/verify"), 400, "invalid_value"),
        (server.post("/v1/verify", data={"file": "text"}), 400, "invalid_value"),
        (
            server.post("/v1/verify", content=b"--x\r\nbroken", headers={"content-type": "multipart/form-data; boundary=x"}),
            400,
            "invalid_value",
        ),
        (server.post("/v1/verify", content=b"{}", headers={"content-type": "application/json"}), 400, "invalid_value"),
        (send(server, b"hello", "/v1/verify?report=docx"), 400, "invalid_value"),
    ):
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (status, code) and len(error["message"]) > 20, answer.text
    assert "up to 400,000 are accepted" in send(server, b"x" * 400_001).json()["error"]["message"]


def test_strangers_have_a_share_and_users_have_no_end(tmp_path):
    with TestClient(
        create_app(load_settings(data=tmp_path, default_model="gradient", max_examinations=2)), base_url="http://127.0.0.1"
    ) as client:
        studio = client.app.state.studio  # type: ignore[attr-defined]
        assert [send(client, b"hello").status_code for _ in range(3)] == [200, 200, 429]
        refused = send(client, b"hello", "/verify", headers=HTML)
        assert refused.status_code == 429 and "log in" in refused.text and 0 < int(refused.headers["retry-after"]) <= 600
        wrong = {"authorization": "Bearer pochade_wrong"}
        assert send(client, b"hello", headers=wrong).status_code == 429
        known = {"authorization": f"Bearer {studio.store.keys.create(studio.owner, 'k')[1]}"}
        assert send(client, b"hello", headers=known).status_code == 200
        client.cookies.set("pochade_session", studio.store.sessions.open(studio.owner)[1])
        assert send(client, b"hello", "/verify", headers=HTML).status_code == 200


def test_a_crowd_is_told_to_come_again(server, monkeypatch):
    monkeypatch.setattr(server.app.state.studio.examinations, "_waiting", 0)
    answer = send(server, b"hello")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "overloaded") and answer.headers["retry-after"] == "5"


def test_nothing_is_kept(server, signed, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    data = server.app.state.studio.settings.data
    send(server, signed, "/verify", headers=HTML)  # what the first look makes: signing keys

    def kept() -> dict[Path, bytes]:
        # the database's journal moves by itself; the tables are compared below
        return {path: path.read_bytes() for path in sorted(data.rglob("*")) if path.is_file() and "sqlite" not in path.name}

    before, rows = kept(), _rows(data)
    large = signed + b"\0" * 1_000  # beyond what is signed
    for path in ("/v1/verify", "/v1/verify?report=pdf", "/verify"):
        send(server, large + bytes(300_000), path, headers=HTML)
        send(server, b"x" * 2_000_000, path, headers=HTML)  # such bodies are spooled to the temporary folder meanwhile
    assert kept() == before and _rows(data) == rows and list(tmp_path.iterdir()) == []


def _rows(data: Path) -> dict[str, int]:
    import sqlite3

    with sqlite3.connect(data / "studio.sqlite") as database:
        names = [name for (name,) in database.execute("select name from sqlite_master where type = 'table' and name not like '%fts%'")]
        return {name: database.execute(f'select count(*) from "{name}"').fetchone()[0] for name in names}


def test_the_page_works_by_its_form_alone(server, signed):
    page = server.get("/verify", headers=HTML).text
    assert 'enctype="multipart/form-data"' in page and 'name="file"' in page
    answer = send(server, signed, "/verify", name='<i>"vase"</i>.png', headers=HTML)
    text = answer.text
    assert answer.status_code == 200 and "Signed and unchanged" in text and "Signature trusted" in text and "a red vase" in text
    assert "<i>" not in text and "<b>rain" not in text and "&lt;b&gt;rain" in text
    reports = dict(re.findall(r'href="data:application/(json|pdf);base64,([^"]+)"', text))
    assert check_report(base64.b64decode(reports["json"]), keys.trusted_roots()).trusted
    assert base64.b64decode(reports["pdf"]).startswith(b"%PDF-")
    nothing = server.post("/verify", files={"file": ("", io.BytesIO())}, headers=HTML)
    assert nothing.status_code == 400 and "Choose a picture" in nothing.text and 'id="wrong-file"' in nothing.text


def test_a_plain_picture_proves_nothing(server):
    text = send(server, png(300, 300), "/verify", headers=HTML).text
    assert "No mark found" in text and "does not prove" in text


def test_without_a_key_that_signs_the_verdict_is_told_all_the_same(server, monkeypatch):
    monkeypatch.setenv(keys.CERTIFICATE, "/nowhere/chain.pem")
    monkeypatch.setenv(keys.KEY, "/nowhere/key.pem")
    assert "cannot be signed" in send(server, b"hello", "/verify", headers=HTML).text
    answer = send(server, b"hello", "/v1/verify?report=json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "signing_unavailable")
