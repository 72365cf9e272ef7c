"""What the region in force wants said is said wherever a picture leaves: in headers and answers for programs, on the pages for people."""

from __future__ import annotations

import ast
import asyncio
import json
import zipfile
from base64 import b64encode
from collections.abc import Callable
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

import pochade.web
from pochade.trust import regions
from pochade.web.api.work import NOTICE_HEADER
from pochade.web.app import create_app
from pochade.web.state import Studio
from pochade.web.tokens import csrf_token
from web.conftest import Live, png
from web.test_mcp import over_http

BODY = {"prompt": "red", "size": "64x48"}
RETOUCH = {"prompt": "red", "width": 64, "height": 48, "override_settings": {"sd_model_checkpoint": "retoucher"}}
NOTICES = regions.region("eu").notices
SOURCE = Path(pochade.web.__file__).parent
SILENT = {
    "api/encoding.py": "encodes for the routes below",
    "api/streaming.py": "events of an answer of api/images.py, which has the header",
    "pages/refining.py": "takes a picture as the beginning of another",
}
"""Who reads files of pictures and says nothing, and why that is no delivery."""
Ask = Callable[[TestClient, Studio], Any]


def programs() -> dict[str, Ask]:
    """Every request by which a program gets pictures, as (client, studio) -> response."""

    def link(client: TestClient, studio: Studio) -> str:
        return client.post("/v1/images/generations", json={**BODY, "response_format": "url"}).json()["data"][0]["url"]

    def file(client: TestClient, studio: Studio) -> Any:
        painted = client.post("/v1/images/generations", json=BODY).json()["data"][0]["id"]
        return client.get(f"/files/{painted}")

    image = {"image": ("image.png", png(), "image/png")}
    return {
        "generations": lambda client, _: client.post("/v1/images/generations", json=BODY),
        "stream": lambda client, _: client.post("/v1/images/generations", json={**BODY, "stream": True}),
        "edits": lambda client, _: client.post("/v1/images/edits", data={"prompt": "red", "model": "retoucher"}, files=image),
        "variations": lambda client, _: client.post("/v1/images/variations", data={"model": "retoucher"}, files=image),
        "link": lambda client, studio: client.get(link(client, studio), headers={"authorization": ""}),
        "file": file,
        "txt2img": lambda client, _: client.post("/sdapi/v1/txt2img", json={"prompt": "red", "width": 64, "height": 48}),
        "img2img": lambda client, _: client.post("/sdapi/v1/img2img", json={**RETOUCH, "init_images": [b64encode(png()).decode()]}),
    }


@pytest.fixture
def program(client: TestClient, auth: dict[str, str]) -> TestClient:
    client.headers.update(auth)
    return client


@pytest.fixture
def person(client: TestClient, studio: Studio) -> TestClient:
    """The administrator, logged in."""
    client.cookies.set("pochade_session", studio.store.sessions.open(studio.owner)[1])
    client.headers["accept"] = "text/html"
    client.headers["x-csrf-token"] = csrf_token(studio.key, client.cookies["pochade_session"])
    return client


@pytest.fixture
def picture_id(client: TestClient, auth: dict[str, str]) -> str:
    return client.post("/v1/images/generations", json=BODY, headers=auth).json()["data"][0]["id"]


@pytest.mark.parametrize("ask", programs().values(), ids=programs())
def test_programs_are_told(program, studio, ask):
    answer = ask(program, studio)
    assert answer.status_code == 200, answer.text
    assert answer.headers[NOTICE_HEADER] == NOTICES.delivery


def test_answers_hold_it_where_their_contract_leaves_room(program):
    assert program.post("/v1/images/generations", json=BODY).json()["notice"] == NOTICES.delivery
    info = program.post("/sdapi/v1/txt2img", json={"prompt": "red", "width": 64, "height": 48}).json()["info"]
    assert json.loads(info)["notice"] == NOTICES.delivery


def test_assistants_are_told(live: Live):
    async def ask() -> Any:
        async with over_http(live) as client:
            return await client.call_tool("generate_image", {"prompt": "red", "size": "64x48"})

    answer = asyncio.run(ask())
    assert answer.structured_content["notice"] == NOTICES.delivery
    assert NOTICES.delivery in answer.content[0].text


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/", ("interface", "delivery")),
        ("/compare", ("interface", "delivery")),
        ("/refine/{id}", ("interface", "delivery")),
        ("/pictures/{id}", ("delivery",)),
        ("/pictures/{id}?part=look", ("delivery",)),
        ("/gallery", ("delivery",)),
        ("/verify", ("detector",)),
    ],
)
def test_people_are_told(person, picture_id, path, said):
    page = unescape(person.get(path.format(id=picture_id)).text)
    for kind in said:
        assert f'data-notice="{kind}">{getattr(NOTICES, kind)}<' in page


def test_visitors_of_the_detector_are_told(client):
    assert NOTICES.detector in unescape(client.get("/verify", headers={"accept": "text/html"}).text)


@pytest.mark.parametrize("wanted", ["png", "zip"])
def test_downloads_are_told(person, picture_id, wanted):
    answer = person.post("/pictures/export", data={"id": picture_id, "format": wanted})
    assert answer.headers[NOTICE_HEADER] == NOTICES.delivery
    if wanted == "zip":
        with zipfile.ZipFile(BytesIO(answer.content)) as archive:
            assert archive.read("NOTICE.txt").decode() == f"{NOTICES.delivery}\n"


def test_a_key_with_another_region_is_told_what_that_one_says(settings):
    settings.data.mkdir(parents=True)
    (settings.data / regions.FILE).write_text('[keys]\npress = "us"\nquiet = "none"')
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        studio = client.app.state.studio  # type: ignore[attr-defined]
        told = []
        for name in ("press", "quiet", "other"):
            secret = studio.store.keys.create(studio.owner, name, ("paint", "read"))[1]
            answer = client.post("/v1/images/generations", json=BODY, headers={"authorization": f"Bearer {secret}"})
            told.append((answer.headers.get(NOTICE_HEADER), answer.json().get("notice")))
    us = regions.region("us").notices.delivery
    assert told == [(us, us), (None, None), (NOTICES.delivery, NOTICES.delivery)]


def test_a_link_is_told_what_the_region_of_its_owner_says(settings):
    settings.data.mkdir(parents=True)
    (settings.data / regions.FILE).write_text('[users]\nadmin = "us"')
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        studio = client.app.state.studio  # type: ignore[attr-defined]
        client.headers["authorization"] = f"Bearer {studio.store.keys.create(studio.owner, 'one', ('paint', 'read'))[1]}"
        assert programs()["link"](client, studio).headers[NOTICE_HEADER] == regions.region("us").notices.delivery


def test_a_misspelt_region_stops_the_start(settings, monkeypatch):
    monkeypatch.setenv(regions.VARIABLE, "mars")
    with pytest.raises(Exception, match="mars"), TestClient(create_app(settings)):
        pass


def test_whoever_reads_files_of_pictures_says_it():
    """A new route that gives pictures out fails here until it tells what the region wants said."""
    readers, sayers = set(), set()
    for path in sorted(SOURCE.rglob("*.py")):
        tree, name = ast.parse(path.read_text()), path.relative_to(SOURCE).as_posix()
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr == "read" and ast.unparse(node).endswith("pictures.read"):
                readers.add(name)
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "file_of":
                readers.add(name)
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("notice_headers", "notices_for"):
                sayers.add(name)
    assert readers - sayers - set(SILENT) == set()
    assert set(SILENT) <= readers
