"""What holds for every answer of the server: health, headers, hosts, limits, logs."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from pochade.core.errors import InvalidRequestError
from pochade.web.app import accepts_host, create_app
from pochade.web.auth import Attempts
from pochade.web.logging import JsonFormatter, redact
from pochade.web.middleware import CONTENT_SECURITY_POLICY
from pochade.web.settings import Settings, load_settings
from pochade.web.tokens import is_signed, sign_link


def test_lives_and_is_ready(client):
    assert client.get("/livez").json() == {"status": "ok", "reason": None}
    assert client.get("/readyz").json() == {"status": "ok", "reason": None}


def test_a_server_that_stops_is_not_ready_and_takes_nothing(client, studio, auth):
    studio.draining.set()
    assert client.get("/readyz").status_code == 503
    answer = client.post("/v1/images/generations", json={"prompt": "red"}, headers=auth)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("path", ["/livez", "/v1/models", "/nowhere", "/", "/login"])
def test_every_answer_has_the_security_headers_and_an_id(client, path):
    answer = client.get(path, follow_redirects=False)
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"].startswith("req_")


def test_no_inline_scripts_are_allowed():
    assert "script-src 'self';" in CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY


def test_the_clients_own_request_id_is_kept_if_it_is_harmless(client):
    assert client.get("/livez", headers={"x-request-id": "abc-1"}).headers["x-request-id"] == "abc-1"
    assert client.get("/livez", headers={"x-request-id": "a\tb"}).headers["x-request-id"].startswith("req_")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8420", "127.0.0.1.evil.example", ""])
def test_other_hosts_are_refused(client, host):
    answer = client.get("/livez", headers={"host": host})
    assert answer.status_code == 421
    assert answer.json()["error"]["code"] == "wrong_host"


@pytest.mark.parametrize(
    "given, name, accepted",
    [
        ({}, "localhost", True),
        ({}, "192.168.1.5", False),
        ({"host": "0.0.0.0"}, "192.168.1.5", True),
        ({"host": "0.0.0.0"}, "evil.example", False),
        ({"public_url": "https://paint.example.org"}, "paint.example.org", True),
        ({"allowed_hosts": "studio.lan, other"}, "studio.lan", True),
    ],
)
def test_hosts(given, name, accepted):
    assert accepts_host(load_settings(**given), name) is accepted


def test_a_fault_is_answered_with_its_id_and_without_its_details(settings: Settings, monkeypatch, caplog):
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        monkeypatch.setattr(client.app.state.studio.store.users, "count", lambda: 1 / 0)
        answer = client.get("/readyz")
    assert answer.status_code == 500
    assert "division" not in answer.text
    assert answer.headers["x-request-id"].startswith("req_")
    assert "ZeroDivisionError" in caplog.text


def test_a_body_over_the_limit_is_refused(client, auth):
    answer = client.post("/v1/images/generations", content=b" " * 1_000_001, headers={**auth, "content-type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["error"]["message"]


def test_a_body_of_unknown_length_is_measured_as_it_comes(client, auth):
    def chunks() -> Iterator[bytes]:
        yield from (b" " * 100_000 for _ in range(11))

    answer = client.post("/v1/images/generations", content=chunks(), headers={**auth, "content-type": "application/json"})
    assert answer.status_code == 413


def test_no_more_requests_are_open_than_allowed(tmp_path):
    settings = load_settings(data=tmp_path, max_open_bytes=1000)
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        answer = client.post("/v1/images/generations", content=b" " * 1001)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"


def test_metrics_count_requests_by_route(client, studio):
    key = studio.store.keys.create(studio.owner, "scrape", ("admin", "paint", "read"))[1]
    headers = {"authorization": f"Bearer {key}"}
    client.get("/v1/models/gradient", headers=headers)
    client.post("/v1/images/generations", json={"prompt": "red", "size": "32x32"}, headers=headers)
    text = client.get("/metrics", headers=headers).text
    assert 'pochade_requests_total{method="GET",route="/v1/models/{model_id:path}",status="200"} 1.0' in text
    assert 'pochade_pictures_total{model="gradient"} 1.0' in text
    assert 'pochade_jobs{state="done"} 1.0' in text


def test_logs_are_json_with_ids_and_without_secrets(client, studio):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger = logging.getLogger("pochade.web")
    logger.addHandler(handler)
    logger.setLevel("INFO")
    key = studio.store.keys.create(studio.owner, "k")[1]
    link = studio.store.sessions.login_link(studio.owner)
    try:
        identity = client.get("/v1/models", headers={"authorization": f"Bearer {key}"}).headers["x-request-id"]
        client.get(f"/login?link={link}")
        client.post("/login", data={"name": "admin", "password": "correct horse battery"})
    finally:
        logger.removeHandler(handler)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert (lines[0]["request_id"], lines[0]["path"], lines[0]["status"]) == (identity, "/v1/models", 200)
    for secret in (key, link, "correct horse"):
        assert secret not in stream.getvalue()
    [login] = studio.store.events.list(studio.owner, kind="login")
    assert login.subject == "admin"


@pytest.mark.parametrize("text", ["Authorization: Bearer abc123", "key pochade_abc123", "/login?link=abc123", "password=abc123&x"])
def test_secrets_are_blacked_out(text):
    assert "abc123" not in redact(text)


def test_openapi_names_every_interface(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert {"/v1/images/generations", "/v1/images/edits", "/sdapi/v1/txt2img", "/files/{picture_id}", "/readyz"} <= set(paths)


def test_attempts_run_out_and_come_back():
    now = [0.0]
    attempts = Attempts(most=3, within_s=100, clock=lambda: now[0])
    for _ in range(3):
        assert attempts.wait_s("a") == 0
        attempts.fail("a")
    assert attempts.wait_s("a") == 100
    assert attempts.wait_s("b") == 0
    now[0] = 101
    assert attempts.wait_s("a") == 0


def test_too_many_wrong_passwords(client, studio):
    studio.store.users.create(studio.owner, "painter", password="a good long password")
    for _ in range(10):
        studio.attempts_by_name.fail("painter")
    answer = client.post("/login", data={"name": "Painter", "password": "a good long password"})
    assert answer.status_code == 429
    assert "Too many failed logins" in answer.text


def test_a_link_holds_for_its_path_and_time_only():
    signature = sign_link(b"k" * 32, "/files/a/b", 2**40)
    assert is_signed(b"k" * 32, "/files/a/b", 2**40, signature)
    assert not is_signed(b"k" * 32, "/files/a/c", 2**40, signature)
    assert not is_signed(b"k" * 32, "/files/a/b", 2**40 + 1, signature)
    assert not is_signed(b"k" * 32, "/files/a/b", 1, sign_link(b"k" * 32, "/files/a/b", 1))


@pytest.mark.parametrize(
    "variables, said",
    [
        ({"POCHADE_PORT": "http"}, "POCHADE_PORT"),
        ({"POCHADE_WORKERS": "-1"}, "workers"),
        ({"POCHADE_SECRET": "short"}, "POCHADE_SECRET"),
        ({"POCHADE_MODEL_ALIASES": "gpt"}, "JSON"),
        ({"POCHADE_LOGIN": "false", "POCHADE_HOST": "0.0.0.0"}, "needs a login"),
        ({"POCHADE_DATABASE": "postgresql://db/pochade"}, "POCHADE_SECRET"),
    ],
    ids=str,
)
def test_wrong_settings_are_refused_by_name(monkeypatch, variables, said):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InvalidRequestError, match=said) as caught:
        load_settings()
    assert "short" not in str(caught.value)


def test_without_login_everybody_is_the_owner_but_other_sites_are_not(tmp_path):
    with TestClient(create_app(load_settings(data=tmp_path, login=False, default_model="gradient")), base_url="http://127.0.0.1") as client:
        assert client.get("/v1/models").status_code == 200
        body = {"prompt": "red", "size": "32x32"}
        for path, sent in (
            ("/v1/images/generations", body),
            ("/v1/moderations", {"input": "red"}),
            ("/sdapi/v1/txt2img", {"prompt": "red"}),
        ):
            assert client.post(path, json=sent).status_code == 200, path
            for foreign in ({"origin": "https://example.org"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
                assert client.post(path, json=sent, headers=foreign).status_code == 403, (path, foreign)
            assert client.post(path, json=sent, headers={"host": "rebound.example"}).status_code == 421
            assert client.post(path, json=sent, headers={"authorization": "Bearer pochade_wrong"}).status_code == 401
        assert client.post("/jobs", data={"prompt": "red", "size": "32x32"}).status_code == 403, "pages keep their token"
