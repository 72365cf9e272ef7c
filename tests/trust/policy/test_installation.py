"""The gate of an installation, from its settings file."""

from __future__ import annotations

import json

import pytest

from pochade.core.errors import InvalidRequestError
from pochade.trust.decisions import verify_log
from pochade.trust.policy.installation import FILE, STRIKES, installation_gate


def test_without_a_file_the_standard_rules_hold_and_decisions_are_noted(tmp_path):
    gate = installation_gate(tmp_path)
    assert not gate.check("a beheaded man", actor="one").allowed
    assert gate.check("a lemon", actor="one").allowed
    entries = [json.loads(line) for line in (tmp_path / "decisions.jsonl").read_text().splitlines()]
    assert [entry["allowed"] for entry in entries] == [False, True]
    gate.log.checkpoint()
    assert verify_log(tmp_path / "decisions.jsonl").covered == 2


def test_settings_are_heeded(tmp_path):
    (tmp_path / FILE).write_text(
        '[organisation]\nname = "House"\ndeny = ["accordion"]\n[strikes]\nmax_strikes = 1\n[log]\nclear = true\n'
        '[moderation]\nbase_url = "http://127.0.0.1:1/v1"\n'
    )
    gate = installation_gate(tmp_path)
    assert gate.check("a lemon").rule_id == "moderation-unavailable-001"
    assert gate.check("an accordion", actor="one").rule_id == "organisation-001"
    assert gate.check("a lemon", actor="one").rule_id == "strikes-001"
    assert '"prompt":"an accordion"' in (tmp_path / "decisions.jsonl").read_text()


def test_strikes_outlast_a_restart_and_are_shared_between_processes(tmp_path):
    (tmp_path / FILE).write_text("[strikes]\nmax_strikes = 2\n")
    first, second = installation_gate(tmp_path), installation_gate(tmp_path)
    for gate in (first, second):
        assert gate.check("a beheaded man", actor="one").rule_id == "violence-001"
    for gate in (first, second, installation_gate(tmp_path)):
        assert gate.check("a lemon", actor="one").rule_id == "strikes-001"
        assert gate.check("a lemon", actor="two").allowed
    assert "one" not in (tmp_path / STRIKES).read_text()
    second.strikes.forgive("one")
    assert first.check("a lemon", actor="one").allowed


def test_a_damaged_file_of_strikes_stops_nobody_and_is_mended(tmp_path):
    (tmp_path / FILE).write_text("[strikes]\nmax_strikes = 1\n")
    (tmp_path / STRIKES).write_text('{"abc": [1.0, ')
    gate = installation_gate(tmp_path)
    assert gate.check("a lemon", actor="one").allowed
    assert not gate.check("a beheaded man", actor="one").allowed
    assert installation_gate(tmp_path).check("a lemon", actor="one").rule_id == "strikes-001"


@pytest.mark.parametrize(
    "text",
    [
        "[log",
        "[colour]\n",
        "[strikes]\nmax = 1\n",
        '[strikes]\nexempt = "ada"\n',
        '[organisation]\nname = "x"\nallow_rules = ["sexual-minors-001"]\n',
    ],
)
def test_a_file_that_is_not_accepted_opens_no_gate(tmp_path, text):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(InvalidRequestError):
        installation_gate(tmp_path)
