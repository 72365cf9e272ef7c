"""Who may do what: every route stands in the matrix, and is tried by nobody, by another user, and by the owner's peers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

from pochade.store import NewPicture, User
from pochade.web.app import create_app
from pochade.web.settings import Settings, load_settings
from pochade.web.state import Studio
from pochade.web.tokens import csrf_token
from web.conftest import png

Kind = Literal["open", "program", "person", "own", "admin"]
"""open: anybody. program: a caller by key or login, about nothing but itself. person: the same for pages.
own: about one thing of its owner's, which does not exist for others. admin: administrators only."""

MATRIX: dict[str, Kind] = {
    "GET /livez": "open",
    "GET /readyz": "open",
    "GET /openapi.json": "open",
    "GET /login": "open",
    "POST /login": "open",
    "GET /files/{user_id}/{picture_id}": "open",  # a signature stands for the key; tried in test_openai.py
    "GET /verify": "open",
    "POST /verify": "open",
    "POST /v1/verify": "open",
    "GET /appeals/{decision_id}": "own",
    "POST /appeals": "person",
    "GET /appeals": "admin",
    "POST /appeals/{decision_id}/answer": "admin",
    "GET /metrics": "admin",
    "POST /mcp": "program",
    "GET /mcp": "program",
    "DELETE /mcp": "program",
    "POST /v1/images/generations": "program",
    "POST /v1/images/edits": "program",
    "POST /v1/images/variations": "program",
    "GET /v1/models": "program",
    "GET /v1/models/{model_id:path}": "program",
    "POST /v1/moderations": "program",
    "POST /sdapi/v1/txt2img": "program",
    "POST /sdapi/v1/img2img": "program",
    "GET /sdapi/v1/options": "program",
    "POST /sdapi/v1/options": "program",
    "GET /sdapi/v1/sd-models": "program",
    "GET /sdapi/v1/samplers": "program",
    "GET /sdapi/v1/schedulers": "program",
    "GET /sdapi/v1/upscalers": "program",
    "GET /sdapi/v1/progress": "program",
    "POST /sdapi/v1/png-info": "program",
    "GET /files/{picture_id}": "own",
    "GET /": "person",
    "POST /jobs": "person",
    "POST /preview": "person",
    "POST /recipe": "person",
    "GET /compare": "person",
    "GET /refine": "person",
    "GET /plan": "person",
    "GET /gallery": "person",
    "GET /models": "person",
    "GET /keys": "person",
    "POST /keys": "person",
    "POST /logout": "person",
    "GET /account": "person",
    "POST /account/password": "person",
    "POST /jobs/{job_id}/cancel": "own",
    "GET /jobs/events": "own",
    "POST /compare/best": "own",
    "GET /refine/{picture_id}": "own",
    "GET /refine/{picture_id}/tree": "own",
    "POST /refine/{picture_id}": "own",
    "GET /plan/{picture_id}": "own",
    "POST /plan/{picture_id}": "own",
    "POST /plan/{picture_id}/change": "own",
    "POST /plan/{picture_id}/guide": "own",
    "GET /pictures/{picture_id}": "own",
    "GET /pictures/{picture_id}/small": "own",
    "POST /pictures/favourite": "own",
    "POST /pictures/delete": "own",
    "POST /pictures/restore": "own",
    "POST /pictures/export": "own",
    "POST /collections": "own",
    "POST /keys/{key_id}/revoke": "own",
    "POST /models": "admin",
    "POST /models/{model_id}/remove": "admin",
    "POST /models/{model_id}/test": "admin",
    "GET /users": "admin",
    "POST /users": "admin",
    "POST /users/{user_id}/{how}": "admin",
    "GET /system": "admin",
}
BODIES: dict[str, dict[str, Any]] = {
    "POST /compare/best": {"json": {"ids": ["{picture_id}"], "best": "{picture_id}"}},
    "GET /jobs/events": {"params": {"id": "{job_id}"}},
    "POST /pictures/favourite": {"json": {"ids": ["{picture_id}"], "on": True}},
    "POST /pictures/delete": {"json": {"ids": ["{picture_id}"]}},
    "POST /pictures/restore": {"json": {"ids": ["{picture_id}"]}},
    "POST /pictures/export": {"data": {"id": "{picture_id}", "format": "zip"}},
    "POST /collections": {"json": {"ids": ["{picture_id}"], "name": "stolen"}},
    "POST /plan/{picture_id}/change": {"json": {}},
    "POST /plan/{picture_id}/guide": {"json": {}},
}
OF_KIND = {kind: [route for route, found in MATRIX.items() if found == kind] for kind in ("program", "person", "own", "admin")}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """One server for all of this file: what is refused changes nothing."""
    settings = load_settings(data=tmp_path_factory.mktemp("access"), default_model="gradient")
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture(autouse=True)
def nobody(client: TestClient) -> None:
    """Every test begins without a login."""
    client.cookies.clear()


@pytest.fixture(scope="module")
def studio(client: TestClient) -> Studio:
    return client.app.state.studio  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def others(studio: Studio, client: TestClient) -> dict[str, str]:
    """Ids of things that belong to the owner."""
    picture = studio.store.pictures.add(studio.owner, NewPicture(png(), "image/png", 64, 48, "gradient", "private", 1))
    key, secret = studio.store.keys.create(studio.owner, "the owner's")
    painted = client.post("/v1/images/generations", json={"prompt": "red", "size": "32x32"}, headers={"authorization": f"Bearer {secret}"})
    ids = {"picture_id": picture.id, "key_id": key.id, "job_id": painted.headers["x-job-id"], "user_id": studio.owner.id}
    refused = studio.jobs.gate.check("a beheaded man", actor=studio.owner.id)
    return {**ids, "model_id": "gradient", "how": "disable", "decision_id": refused.decision_id}


@pytest.fixture(scope="module")
def another(studio: Studio) -> User:
    return studio.store.users.create(studio.owner, "stranger")


@pytest.fixture
def stranger(studio: Studio, client: TestClient, another: User) -> User:
    """Another user, who is logged in."""
    log_in(client, studio, another)
    return another


def log_in(client: TestClient, studio: Studio, user: User) -> None:
    client.cookies.set("pochade_session", studio.store.sessions.open(user)[1])


def ask(client: TestClient, route: str, ids: dict[str, str], csrf: str = "") -> Any:
    method, path = route.split(" ", 1)
    path = path.replace(":path", "")
    for name, value in ids.items():
        path = path.replace(f"{{{name}}}", value)
    headers = {"x-csrf-token": csrf, "accept": "text/html" if MATRIX[route] in ("person", "own", "admin") else "*/*"}
    return client.request(method, path, headers=headers, follow_redirects=False, **filled(BODIES.get(route, {}), ids))


def filled(body: Any, ids: dict[str, str]) -> Any:
    if isinstance(body, dict):
        return {key: filled(value, ids) for key, value in body.items()}
    if isinstance(body, list):
        return [filled(value, ids) for value in body]
    return body.format(**ids) if isinstance(body, str) else body


def test_every_route_stands_in_the_matrix(settings: Settings):
    found = set()
    for route in iter_route_contexts(create_app(settings).routes):
        for method in getattr(route, "methods", None) or ():
            if method != "HEAD":
                found.add(f"{method} {route.path}")
    assert found - set(MATRIX) == set(), "say in MATRIX who may use these"
    assert set(MATRIX) - found == set(), "these are gone"


@pytest.mark.parametrize("route", [*OF_KIND["program"], *OF_KIND["person"], *OF_KIND["own"], *OF_KIND["admin"]])
def test_nobody_gets_anything(client, others, route):
    answer = ask(client, route, others)
    if answer.status_code == 303:
        assert answer.headers["location"].startswith("/login")
    else:
        # a body that is not read before the caller is known may be refused for itself
        assert answer.status_code in (400, 401)


@pytest.mark.parametrize("route", OF_KIND["own"])
def test_what_belongs_to_others_does_not_exist(client, studio, others, stranger, route):
    before = studio.store.pictures.get(studio.owner, others["picture_id"])
    answer = ask(client, route, others, csrf_of(client, studio))
    assert answer.status_code == 404, answer.text
    assert studio.store.pictures.get(studio.owner, others["picture_id"]) == before
    assert {key.id: key.revoked_at for key in studio.store.keys.list(studio.owner)}[others["key_id"]] is None
    assert studio.store.collections.list(stranger) == []


@pytest.mark.parametrize("route", OF_KIND["admin"])
def test_members_do_not_administer(client, studio, others, stranger, route):
    assert ask(client, route, others, csrf_of(client, studio)).status_code == 403


@pytest.mark.parametrize("route", [route for route in [*OF_KIND["person"], *OF_KIND["own"], *OF_KIND["admin"]] if route.startswith("POST")])
def test_forms_of_other_sites_are_refused(client, studio, others, route):
    log_in(client, studio, studio.owner)
    assert ask(client, route, others, "").status_code == 403
    assert ask(client, route, others, "0" * 64).status_code == 403


def test_the_api_by_cookie_needs_the_token_too(client, studio):
    log_in(client, studio, studio.owner)
    body = {"prompt": "red", "size": "32x32"}
    assert client.post("/v1/images/generations", json=body).status_code == 403
    token = csrf_of(client, studio)
    assert client.post("/v1/images/generations", json=body, headers={"x-csrf-token": token}).status_code == 200
    cross = {"x-csrf-token": token, "origin": "https://example.org"}
    assert client.post("/v1/images/generations", json=body, headers=cross).status_code == 403


@pytest.mark.parametrize("scope, allowed", [("read", "/v1/models"), ("admin", "/metrics")])
def test_scopes(client, studio, scope, allowed):
    key = studio.store.keys.create(studio.owner, "k", (scope,))[1]
    headers = {"authorization": f"Bearer {key}"}
    assert client.get(allowed, headers=headers).status_code == 200
    answer = client.post("/v1/images/generations", json={"prompt": "red"}, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "missing_scope"


def test_a_revoked_key_opens_nothing(client, studio):
    key, secret = studio.store.keys.create(studio.owner, "k")
    headers = {"authorization": f"Bearer {secret}"}
    assert client.get("/v1/models", headers=headers).status_code == 200
    studio.store.keys.revoke(studio.owner, key.id)
    assert client.get("/v1/models", headers=headers).status_code == 401


def csrf_of(client: TestClient, studio: Studio) -> str:
    return csrf_token(studio.key, client.cookies["pochade_session"])
