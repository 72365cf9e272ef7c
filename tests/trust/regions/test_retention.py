"""Records go when their time is up, what must stay stays, and the rest of the log still proves itself."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pochade.cli.app import app
from pochade.trust import decisions
from pochade.trust.audit.signing import key_file
from pochade.trust.decisions import DecisionLog, checkpoints_of, verify_log
from pochade.trust.policy import check
from pochade.trust.policy.appeals import Appeal, AppealFile, appeal
from pochade.trust.policy.installation import installation_appeals, installation_gate
from pochade.trust.regions import region, retention

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EU = region("eu")


class Calendar:
    """Stands in for `datetime` in the log: entries are made on the days that it is told."""

    def __init__(self):
        self.today = NOW

    def now(self, zone):
        return self.today

    fromisoformat = staticmethod(datetime.fromisoformat)


@pytest.fixture
def calendar(monkeypatch):
    made = Calendar()
    monkeypatch.setattr(decisions, "datetime", made)
    return made


@pytest.fixture
def log(tmp_path) -> DecisionLog:
    return DecisionLog(tmp_path / "decisions.jsonl", key_file(tmp_path / "audit.pem"), b"k" * 32, every=4)


@pytest.fixture
def appeals(tmp_path) -> AppealFile:
    return AppealFile(tmp_path / "appeals.jsonl")


def record(log: DecisionLog, calendar: Calendar, *ages_days: float) -> list[str]:
    """One refusal for each age; their decision ids."""
    made = []
    for age in ages_days:
        calendar.today = NOW - timedelta(days=age)
        decision = check(f"a beheaded man {age}")
        log.record(decision, prompt="x", actor="somebody")
        made.append(decision.decision_id)
    calendar.today = NOW
    return made


def ids(log: DecisionLog) -> list[str]:
    return [json.loads(line)["decision_id"] for line in log.path.read_bytes().splitlines()]


def filed(decision_id: str, age_days: float, answer: str = "") -> Appeal:
    return Appeal(decision_id, "a mistake", (NOW - timedelta(days=age_days)).isoformat(), "somebody", answer)


def test_only_what_is_older_than_its_days_goes_and_it_is_noted(log, appeals, calendar):
    made = record(log, calendar, 400, 200, 180.01, 179.99, 1)
    deleted = retention.enforce(log, appeals, EU, NOW)
    assert (deleted.decisions, deleted.region, deleted.decisions_days) == (3, "eu", 180)
    assert ids(log) == made[3:]
    found = verify_log(log.path, public_key=log.signer.public_key)
    assert (found.problems, found.entries, found.forgotten) == ((), 2, 3)
    assert json.loads(log.path.with_name(retention.FILE).read_text())["decisions"] == 3
    assert retention.enforce(log, appeals, EU, NOW).decisions == 0
    assert len(log.path.with_name(retention.FILE).read_text().splitlines()) == 1
    assert log.path.stat().st_mode & 0o077 == 0


def test_a_dry_run_changes_nothing(log, appeals, calendar):
    made = record(log, calendar, 400, 1)
    appeals.file(filed(made[0], 399, "upheld"))
    before = {path.name: path.read_bytes() for path in log.path.parent.iterdir()}
    deleted = retention.enforce(log, appeals, EU, NOW, dry_run=True)
    assert (deleted.decisions, deleted.appeals) == (1, 1)
    assert {path.name: path.read_bytes() for path in log.path.parent.iterdir()} == before


def test_an_appeal_without_an_answer_stays_and_holds_its_decision(log, appeals, calendar):
    made = record(log, calendar, 500, 450, 420, 1)
    appeals.file(filed(made[0], 499))
    appeals.answer(made[0], "granted")
    appeals.file(filed(made[1], 449))
    appeals.file(filed(made[3], 1, "upheld"))
    deleted = retention.enforce(log, appeals, EU, NOW)
    assert (deleted.decisions, deleted.appeals, deleted.waiting) == (1, 1, 1)
    assert ids(log) == made[1:]
    assert [one.decision_id for one in appeals.all()] == [made[1], made[3]]
    appeals.answer(made[1], "upheld")
    deleted = retention.enforce(log, appeals, EU, NOW)
    assert (deleted.decisions, deleted.appeals, deleted.waiting) == (2, 1, 0)
    assert ids(log) == made[3:]


def test_the_chain_goes_on_after_deletions_even_of_all(log, appeals, calendar):
    record(log, calendar, 400, 300)
    assert retention.enforce(log, appeals, EU, NOW).decisions == 2
    assert log.path.read_bytes() == b""
    assert (verify_log(log.path).intact, verify_log(log.path).forgotten) == (True, 2)
    fresh = DecisionLog(log.path, log.signer, log.secret, every=4)
    for writer in (log, fresh, log):
        record(writer, calendar, 0)
    assert [json.loads(line)["seq"] for line in log.path.read_bytes().splitlines()] == [2, 3, 4]
    found = verify_log(log.path)
    assert (found.problems, found.entries, found.forgotten) == ((), 3, 2)
    log.checkpoint()
    assert verify_log(log.path).covered == 3


def test_an_emptied_log_is_told_from_a_forgotten_one(log, appeals, calendar):
    record(log, calendar, *([400] * 5))
    retention.enforce(log, appeals, EU, NOW)
    record(log, calendar, *([300] * 5))
    retention.enforce(log, appeals, EU, NOW)
    found = verify_log(log.path)
    assert (found.problems, found.entries, found.forgotten) == ((), 0, 10)
    record(log, calendar, *([1] * 4))
    log.checkpoint()
    log.path.write_bytes(b"")
    assert any("cut off" in problem for problem in verify_log(log.path).problems)


def test_entries_taken_off_the_front_without_a_signed_line_are_noticed(log, calendar):
    record(log, calendar, *range(12, 0, -1))
    lines = log.path.read_bytes().splitlines(keepends=True)
    log.path.write_bytes(b"".join(lines[5:]))
    assert any("no signed line" in problem for problem in verify_log(log.path).problems)


def test_more_taken_off_than_the_signed_line_says_is_noticed_and_so_is_a_forged_line(log, appeals, calendar, tmp_path):
    record(log, calendar, 400, 399, 5, 4, 3, 2)
    retention.enforce(log, appeals, EU, NOW)
    honest = log.path.read_bytes()
    log.path.write_bytes(b"".join(honest.splitlines(keepends=True)[1:]))
    assert any("no signed line" in problem for problem in verify_log(log.path).problems)
    log.path.write_bytes(honest)
    at = checkpoints_of(log.path)
    at.write_bytes(at.read_bytes().replace(b'"forgotten":2', b'"forgotten":3'))
    assert not verify_log(log.path).intact


def test_a_crash_between_the_signed_line_and_the_deletion_leaves_a_whole_log(log, appeals, calendar, monkeypatch):
    made = record(log, calendar, 400, 300, 1)

    def crash(*_):
        raise OSError("no space")

    with monkeypatch.context() as broken:
        broken.setattr(decisions, "replace", crash)
        with pytest.raises(OSError, match="no space"):
            retention.enforce(log, appeals, EU, NOW)
    assert ids(log) == made
    assert verify_log(log.path).problems == ()
    assert retention.enforce(log, appeals, EU, NOW).decisions == 2
    assert verify_log(log.path).problems == ()


def test_writers_go_on_while_entries_are_deleted(log, appeals):
    """Two writers and a deleter of one file, by turns: nothing that was written is lost, and the chain holds."""
    other = DecisionLog(log.path, log.signer, log.secret, every=4)
    decision = check("a lemon")

    def write(writer: DecisionLog) -> None:
        for _ in range(40):
            writer.record(decision, prompt="x")

    threads = [threading.Thread(target=write, args=(writer,)) for writer in (log, other)]
    gone = 0
    for thread in threads:
        thread.start()
    deleter = DecisionLog(log.path, log.signer, log.secret)
    while any(thread.is_alive() for thread in threads):
        gone += deleter.forget(datetime.now(UTC) - timedelta(milliseconds=5))
    for thread in threads:
        thread.join()
    found = verify_log(log.path)
    assert (found.problems, found.entries + gone) == ((), 80)


@pytest.mark.parametrize(("name", "days"), [("eu", 180), ("us", 90), ("none", 30)])
def test_each_region_has_its_days(log, appeals, calendar, name, days):
    made = record(log, calendar, days + 0.1, days - 0.1)
    assert retention.enforce(log, appeals, region(name), NOW).decisions == 1
    assert ids(log) == made[1:]


def test_command(tmp_path, monkeypatch, calendar):
    monkeypatch.setenv("POCHADE_DATA", str(tmp_path))
    monkeypatch.delenv("POCHADE_KEYS")  # with which all tests share one log
    log = installation_gate().log
    assert isinstance(log, DecisionLog)
    made = record(log, calendar, 100, 50)
    run = CliRunner().invoke(app, ["comply", "retain", "--region", "none", "--dry-run"])
    assert "2 decisions older than 30 days would be deleted" in run.output
    assert ids(log) == made
    run = CliRunner().invoke(app, ["comply", "retain", "--region", "us"])
    assert (run.exit_code, ids(log)) == (0, made[1:])
    assert "1 decisions older than 90 days deleted" in run.output
    checked = CliRunner().invoke(app, ["audit", "log", "verify", str(Path(log.path))])
    assert "1 entries after 1 that were deleted when their time was up" in checked.output


def test_an_appeal_granted_on_the_command_line_takes_back_the_strikes(tmp_path, monkeypatch):
    monkeypatch.setenv("POCHADE_DATA", str(tmp_path))
    monkeypatch.delenv("POCHADE_KEYS")  # with which all tests share one log
    gate = installation_gate()
    refused = [gate.check("a beheaded man", actor="ada") for _ in range(10)]
    assert gate.check("a lemon", actor="ada").layer == "strikes"
    appeal(refused[-1].decision_id, "it is a statue", installation_appeals())
    assert CliRunner().invoke(app, ["audit", "appeals", "--uphold", refused[-1].decision_id]).exit_code == 0
    assert gate.check("a lemon", actor="ada").layer == "strikes"
    assert "granted" in CliRunner().invoke(app, ["audit", "appeals", "--grant", refused[-1].decision_id]).output
    assert gate.check("a lemon", actor="ada").allowed
