"""An audit is refused on purpose: the account that an administrator exempted is not locked out, and nobody else can say to be it."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from pochade.cli.app import app

POLICY = '[strikes]\nmax_strikes = 2\nexempt = ["Auditor"]\n'
REFUSED, HARMLESS = {"prompt": "a beheaded man", "size": "64x64"}, {"prompt": "red", "size": "64x64"}


@pytest.fixture
def settings(settings):
    settings.data.mkdir(parents=True, exist_ok=True)
    (settings.data / "policy.toml").write_text(POLICY)
    return settings


def ask(client, key, body, **headers):
    return client.post("/v1/images/generations", json=body, headers={"authorization": f"Bearer {key}", **headers})


def test_the_exempt_account_goes_on_and_what_it_asked_is_noted(client, studio, key_of):
    auditor = studio.store.users.create(studio.owner, "auditor")
    key = key_of(auditor)
    assert [ask(client, key, REFUSED).status_code for _ in range(5)] == [400] * 5
    assert ask(client, key, HARMLESS).status_code == 200
    noted = studio.jobs.gate.log.path.read_text()
    assert noted.count("violence-001") == 5


def test_nobody_else_can_say_to_be_an_auditor(client, studio, key_of):
    studio.store.users.create(studio.owner, "auditor")
    member = studio.store.users.create(studio.owner, "ada")
    _, key = studio.store.keys.create(member, "auditor")
    claims = {"user-agent": "pochade audit", "x-audit": "auditor", "x-user": "auditor"}
    for _ in range(2):
        assert ask(client, key, REFUSED | {"user": "auditor"}, **claims).status_code == 400
    assert ask(client, key, HARMLESS | {"user": "auditor"}, **claims).status_code == 429


def test_an_audit_by_the_exempt_account_repeats_every_case(live_with_policy, tmp_path, monkeypatch):
    live, key = live_with_policy
    monkeypatch.setenv("SERVICE_KEY", key)
    out, run = str(tmp_path / "audit.json"), CliRunner().invoke
    asks = ["--target", live.url, "--suite", "policy", "--limit", "1", "--size", "64x64", "--key-env", "SERVICE_KEY"]
    done = run(app, ["audit", "run", *asks, "-o", out])
    assert done.exit_code == 0, done.output
    checked = run(app, ["audit", "verify", out, "--execute", "--key-env", "SERVICE_KEY"])
    assert checked.exit_code == 0, checked.output
    assert "11 of 11 cases agree" in checked.output


@pytest.fixture
def live_with_policy(settings):
    from web.conftest import serve

    for live in serve(settings):
        auditor = live.studio.store.users.create(live.studio.owner, "auditor")
        yield live, live.studio.store.keys.create(auditor, "audits")[1]
