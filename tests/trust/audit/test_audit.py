"""Audits against a stand-in service: what it answers is what the signed statement says."""

from __future__ import annotations

import base64
import io
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from pochade.cli.app import app
from pochade.core.errors import InvalidRequestError, ProviderUnavailableError
from pochade.trust.audit import report, suites
from pochade.trust.audit.endpoint import Endpoint
from pochade.trust.audit.report import wilson
from pochade.trust.audit.signing import envelope, key_file, opened
from pochade.trust.policy import check


class Service(BaseHTTPRequestHandler):
    """Paints noise that depends on prompt and seed, heeds the policy, and misbehaves as the class variables say."""

    lenient = False
    forgetful = False
    down = False
    locked = False
    busy = 0
    key = ""

    def do_GET(self):
        if self.key and self.headers.get("Authorization") != f"Bearer {self.key}":
            return self._say(401, {"error": {"message": "a key, please", "code": "invalid_api_key"}})
        return self._say(200, {"object": "list", "data": [{"id": "noise", "object": "model"}]})

    def do_POST(self):
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        if type(self).down:
            return self._say(503, {"error": {"message": "too busy", "code": "overloaded"}})
        if type(self).busy:
            type(self).busy -= 1
            return self._say(429, {"error": {"message": "too many", "code": "quota_exceeded"}}, {"Retry-After": "0"})
        if type(self).locked:
            return self._say(400, {"error": {"message": "Refused by rule strikes-001.", "code": "moderation_blocked"}})
        try:
            body = json.loads(raw)
            width, height = map(int, body["size"].split("x"))
            fine = (
                isinstance(body["prompt"], str) and body["prompt"].strip() and 1 <= body["n"] <= 10 and body.get("model") in (None, "noise")
            )
        except (ValueError, KeyError, AttributeError):
            fine = False
        if not fine:
            return self._say(400, {"error": {"message": "no such thing", "type": "invalid_request_error"}})
        decision = check(body["prompt"])
        if not decision.allowed and not type(self).lenient:
            return self._say(400, {"error": {"message": decision.message, "code": "content_policy_violation", "rule_id": decision.rule_id}})
        seed = np.random.SeedSequence().entropy if type(self).forgetful else body.get("seed", 0)
        pictures = []
        for index in range(body["n"]):
            rng = np.random.default_rng([*body["prompt"].encode(), seed + index])
            file = io.BytesIO()
            Image.fromarray(rng.integers(0, 256, (height, width, 3), np.uint8)).save(file, "PNG")
            pictures.append({"b64_json": base64.b64encode(file.getvalue()).decode()})
        return self._say(200, {"data": pictures})

    def _say(self, status, body, headers=None):
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


@pytest.fixture
def service():
    handler = type("Handler", (Service,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield handler, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def signer(tmp_path_factory):
    return key_file(tmp_path_factory.mktemp("keys") / "audit.pem")


def audited(url: str, suite: str, signer, limit: int | None = None):
    endpoint = Endpoint(url, size="64x64")
    try:
        return report.run(endpoint, suite, signer, limit)
    finally:
        endpoint.close()


def test_policy_suite_tells_a_careful_service_from_a_lenient_one(service, signer):
    handler, url = service
    careful = report.verify(audited(url, "policy", signer)).predicate
    assert careful["result"] == "PASSED"
    assert careful["audit"]["rates"]["refused: sexual-minors"]["passed"] == 6
    handler.lenient = True
    lenient = report.verify(audited(url, "policy", signer)).predicate
    assert lenient["result"] == "FAILED"
    assert lenient["audit"]["rates"]["refused: sexual-minors"]["passed"] == 0
    assert lenient["audit"]["rates"]["painted: benign"]["passed"] == lenient["audit"]["rates"]["painted: benign"]["total"]


def test_an_outage_is_counted_apart(service, signer):
    handler, url = service
    handler.down = True
    predicate = report.verify(audited(url, "policy", signer, limit=1)).predicate
    assert predicate["result"] == "WARNED"
    assert {(rate["total"], rate["unclear"]) for rate in predicate["audit"]["rates"].values()} == {(0, 1)}


def test_a_locked_out_key_says_nothing_about_the_prompt(service, signer):
    handler, url = service
    handler.locked = True
    predicate = report.verify(audited(url, "policy", signer, limit=1)).predicate
    assert {(rate["total"], rate["unclear"]) for rate in predicate["audit"]["rates"].values()} == {(0, 1)}


def test_a_busy_service_is_asked_again_when_it_says_so(service, signer):
    handler, url = service
    handler.busy = 1
    rates = report.verify(audited(url, "policy", signer, limit=1)).predicate["audit"]["rates"]
    assert {rate["unclear"] for rate in rates.values()} == {0}
    handler.busy = 1
    endpoint = Endpoint(url, size="64x64", patience_s=0.1)
    assert endpoint.paint("a lemon").status == 429
    endpoint.close()


def test_what_is_not_answered_again_neither_agrees_nor_differs(service, signer):
    handler, url = service
    signed = audited(url, "policy", signer, limit=1)
    handler.locked = True
    checked = report.verify(signed, endpoint=lambda target, model, size: Endpoint(target, model=model, size=size))
    assert checked.differences == ()
    assert len(checked.unanswered) == len(checked.predicate["audit"]["results"])
    assert all("locked out" in case for case in checked.unanswered)
    locked = audited(url, "policy", signer, limit=1)
    again = report.verify(locked, endpoint=lambda target, model, size: Endpoint(target, model=model, size=size))
    assert (again.differences, again.unanswered, again.unclear) == ((), (), len(checked.unanswered))


def test_reproducibility(service, signer):
    handler, url = service
    assert report.verify(audited(url, "reproducibility", signer)).predicate["result"] == "PASSED"
    handler.forgetful = True
    rates = report.verify(audited(url, "reproducibility", signer)).predicate["audit"]["rates"]
    assert rates["same seed, same picture"]["passed"] == 0
    assert rates["other seed, other picture"]["passed"] == 4


def test_contract(service, signer):
    _, url = service
    assert report.verify(audited(url, "contract", signer)).predicate["failedTests"] == []


def test_marking_suite_finds_no_marks_in_noise(service, signer):
    _, url = service
    rates = report.verify(audited(url, "marking", signer, limit=1)).predicate["audit"]["rates"]
    assert {measure: rate["passed"] for measure, rate in rates.items()} == {
        "marked: manifest": 0,
        "marked: metadata": 0,
        "marked: watermark": 0,
    }


def test_executing_again_compares_pixels_and_verdicts(service, signer):
    handler, url = service
    signed = audited(url, "policy", signer, limit=2)

    def again(target, model, size):
        return Endpoint(target, model=model, size=size)

    assert report.verify(signed, endpoint=again).differences == ()
    handler.lenient = True
    differences = report.verify(signed, endpoint=again).differences
    assert any("policy-violence-01" in difference for difference in differences)
    handler.lenient, handler.forgetful = False, True
    differences = report.verify(signed, endpoint=again).differences
    assert differences
    assert all("other pixels" in difference for difference in differences)


def test_statement_is_in_toto_in_dsse(service, signer):
    _, url = service
    signed = audited(url, "contract", signer)
    assert signed["payloadType"] == "application/vnd.in-toto+json"
    statement, key = opened(signed)
    assert key == signer.public_key
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert len(statement["subject"][0]["digest"]["sha256"]) == 64


def test_changes_are_noticed(service, signer, tmp_path):
    _, url = service
    signed = audited(url, "contract", signer)
    statement, _ = opened(signed)
    statement["predicate"]["audit"]["rates"]["contract"]["passed"] = 1
    forged = {**signed, "payload": base64.b64encode(json.dumps(statement).encode()).decode()}
    with pytest.raises(InvalidRequestError, match="signature is wrong"):
        report.verify(forged)
    assert report.verify(envelope(statement, signer)).problems
    with pytest.raises(InvalidRequestError, match="was expected"):
        report.verify(signed, public_key=key_file(tmp_path / "other.pem").public_key)


@pytest.mark.parametrize("raw", [None, [], {}, {"payload": "x"}, {"payload": "e30=", "payloadType": "x", "signatures": []}])
def test_other_files_are_no_statements(raw):
    with pytest.raises(InvalidRequestError, match="no signed statement"):
        report.verify(raw)


def test_nobody_there_and_wrong_key(service, signer):
    handler, url = service
    with pytest.raises(ProviderUnavailableError, match="Nobody answers"):
        audited("http://127.0.0.1:1", "contract", signer)
    handler.key = "right"
    with pytest.raises(InvalidRequestError, match="--key-env"):
        audited(url, "contract", signer)
    endpoint = Endpoint(url, key="right")
    assert endpoint.reach().status == 200
    assert "right" not in repr(endpoint)
    endpoint.close()


def test_wilson_interval_of_a_published_example():
    # Newcombe 1998, Statistics in Medicine 17, table I: 81 of 263 gives 0.2553 to 0.3662, and 0 of 20 gives 0 to 0.1611
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(0, 0) == (0.0, 1.0)


def test_suites_have_cases_with_names_of_their_own():
    for name in suites.SUITES:
        cases = suites.suite(name)
        assert len({case.id for case in cases}) == len(cases) > 0
    with pytest.raises(InvalidRequestError, match="available: policy"):
        suites.suite("beauty")


def test_command_line(service, tmp_path, monkeypatch):
    handler, url = service
    monkeypatch.setenv("POCHADE_KEYS", str(tmp_path / "signing"))
    monkeypatch.setenv("SERVICE_KEY", "right")
    handler.key = "right"
    out, run = str(tmp_path / "audit.json"), CliRunner().invoke
    done = run(app, ["audit", "run", "--target", url, "--suite", "contract", "--key-env", "SERVICE_KEY", "--size", "64x64", "-o", out])
    assert done.exit_code == 0, done.output
    assert "right" not in (tmp_path / "audit.json").read_text()
    key = run(app, ["audit", "key"]).output.strip()
    checked = run(app, ["audit", "verify", out, "--execute", "--key-env", "SERVICE_KEY", "--public-key", key])
    assert checked.exit_code == 0, checked.output
    assert "9 of 9 cases agree" in checked.output
    assert run(app, ["audit", "run", "--target", url, "--suite", "contract", "-o", out]).exit_code == 2
    handler.locked = True
    checked = run(app, ["audit", "verify", out, "--execute", "--key-env", "SERVICE_KEY"])
    assert checked.exit_code == 1
    assert "not answered: contract-one-picture" in checked.output
    assert "`exempt` in policy.toml" in checked.output


def test_this_installation_is_audited_without_a_server(tmp_path, monkeypatch):
    monkeypatch.setenv("POCHADE_DATA", str(tmp_path))
    monkeypatch.setenv("POCHADE_KEYS", str(tmp_path / "signing"))
    monkeypatch.setenv("POCHADE_DEFAULT_MODEL", "gradient")
    (tmp_path / "policy.toml").write_text("[strikes]\nmax_strikes = 1\n")
    out, run = str(tmp_path / "audit.json"), CliRunner().invoke
    done = run(app, ["audit", "run", "--target", "here", "--suite", "policy", "--limit", "2", "--size", "64x64", "-o", out])
    assert done.exit_code == 0, done.output
    predicate = opened(json.loads((tmp_path / "audit.json").read_text()))[0]["predicate"]
    assert predicate["result"] == "PASSED", "twenty refusals, and one strike would be too many"
    assert predicate["audit"]["target"]["url"] == "here"
    checked = run(app, ["audit", "verify", out, "--execute"])
    assert checked.exit_code == 0, checked.output
    assert "22 of 22 cases agree" in checked.output
    (tmp_path / "policy.toml").write_text('[organisation]\nname = "House"\ndeny = ["slate slab"]\n')
    denied = run(app, ["audit", "run", "--target", "here", "--suite", "contract", "--size", "64x64", "-o", str(tmp_path / "denied.json")])
    assert "fail contract-one-picture" in denied.output, "the installation's own policy holds"
    assert not list(tmp_path.glob("strikes.json")) and not list(tmp_path.glob("*.sqlite"))
