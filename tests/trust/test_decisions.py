"""A log in which nothing can be changed, taken out, moved or cut off unnoticed."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from pochade.cli.app import app
from pochade.trust.audit.signing import KeyFile, key_file
from pochade.trust.decisions import DecisionLog, checkpoints_of, find, log_secret, verify_log
from pochade.trust.policy import check

DECISIONS = [check("a lemon"), check("a beheaded man")]


@pytest.fixture(scope="module")
def signer(tmp_path_factory) -> KeyFile:
    return key_file(tmp_path_factory.mktemp("keys") / "audit.pem")


@pytest.fixture
def log(tmp_path: Path, signer) -> DecisionLog:
    return DecisionLog(tmp_path / "decisions.jsonl", signer, log_secret(tmp_path / "secret"), every=4)


def fill(log: DecisionLog, number: int) -> None:
    for index in range(number):
        log.record(DECISIONS[index % 2], prompt=f"prompt {index}", actor="somebody")


def test_a_decision_is_found_by_its_id_and_by_nothing_that_was_typed(log):
    assert find(log.path, ["0" * 12]) == {}
    log.clear = True
    log.record(DECISIONS[1], prompt='"decision_id":"000000000000"', actor='"decision_id":"000000000000"')
    refused = DECISIONS[1].decision_id
    found = find(log.path, [refused, "0" * 12, ""])
    assert list(found) == [refused] and found[refused]["rule_id"] == "violence-001"
    assert find(log.path, []) == {}


def test_an_honest_log_is_intact(log, signer):
    fill(log, 10)
    found = verify_log(log.path, public_key=signer.public_key)
    assert (found.intact, found.entries, found.covered) == (True, 10, 8)
    log.checkpoint()
    assert verify_log(log.path).covered == 10


def test_prompts_and_actors_are_hashed_under_a_key(log):
    fill(log, 2)
    content = log.path.read_text()
    assert "prompt 0" not in content
    assert "somebody" not in content
    assert json.loads(content.splitlines()[0])["prompt_hmac"] == log.keyed("prompt 0")
    assert log.path.stat().st_mode & 0o077 == 0


def test_prompts_in_clear_if_asked(tmp_path, signer):
    log = DecisionLog(tmp_path / "clear.jsonl", signer, b"k" * 32, clear=True)
    fill(log, 1)
    assert json.loads(log.path.read_text())["prompt"] == "prompt 0"


def test_several_writers_keep_one_chain(log, signer):
    other = DecisionLog(log.path, signer, log.secret, every=4)
    threads = [threading.Thread(target=fill, args=(writer, 20)) for writer in (log, other, log)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = verify_log(log.path)
    assert (found.intact, found.entries) == (True, 60), found.problems


def test_a_line_that_a_crash_left_unfinished_is_cut_off(log):
    fill(log, 5)
    with log.path.open("ab") as file:
        file.write(b'{"seq":5,"at":"20')
    assert not verify_log(log.path).intact
    log.record(DECISIONS[0], prompt="again")
    assert verify_log(log.path).intact


@st.composite
def tampering(draw, entries: int = 9, covered: int = 8):
    """Something that changes the covered part of a log of `entries` entries."""
    kind = draw(st.sampled_from(["edit", "delete", "swap", "truncate", "repeat", "byte"]))
    return (
        kind,
        draw(st.integers(0, covered - 1)),
        draw(st.integers(0, entries - 1)),
        draw(st.integers(0, 10_000)),
        draw(st.integers(1, 255)),
    )


def tamper(lines: list[bytes], kind: str, first: int, second: int, place: int, flip: int) -> list[bytes]:
    changed = list(lines)
    match kind:
        case "edit":
            entry = json.loads(changed[first])
            entry["allowed"] = not entry["allowed"]
            changed[first] = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        case "delete":
            del changed[first]
        case "swap":
            changed[first], changed[second] = changed[second], changed[first]
        case "truncate":
            changed = changed[:first]
        case "repeat":
            changed.insert(second, changed[first])
        case "byte":
            line = bytearray(changed[first])
            line[place % len(line)] ^= flip
            changed[first] = bytes(line)
    return changed


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(change=tampering())
def test_tampering_is_noticed(tmp_path_factory, signer, change):
    folder = tmp_path_factory.mktemp("log")
    log = DecisionLog(folder / "decisions.jsonl", signer, b"k" * 32, every=4)
    fill(log, 9)
    lines = log.path.read_bytes().splitlines()
    changed = tamper(lines, *change)
    log.path.write_bytes(b"".join(line + b"\n" for line in changed))
    assert verify_log(log.path).intact is (changed == lines)


def test_a_log_written_anew_does_not_agree_with_its_checkpoints(log, signer, tmp_path):
    fill(log, 4)
    kept = checkpoints_of(log.path).rename(tmp_path / "kept")
    log.path.unlink()
    fresh = DecisionLog(log.path, signer, log.secret, every=4)
    fill(fresh, 4)
    assert verify_log(log.path).intact
    assert not verify_log(log.path, checkpoints=kept).intact


def test_checkpoints_of_another_key_and_missing_ones_are_named(log, tmp_path):
    fill(log, 8)
    other = key_file(tmp_path / "other.pem").public_key
    assert any("signed by key" in problem for problem in verify_log(log.path, public_key=other).problems)
    at = checkpoints_of(log.path)
    at.write_bytes(at.read_bytes().splitlines(keepends=True)[1])
    assert any("does not follow" in problem for problem in verify_log(log.path).problems)
    at.unlink()
    assert any("no checkpoint" in problem for problem in verify_log(log.path).problems)


def test_command(log):
    fill(log, 8)
    assert "nothing was changed" in CliRunner().invoke(app, ["audit", "log", "verify", str(log.path)]).output
    lines = log.path.read_bytes().splitlines(keepends=True)
    log.path.write_bytes(b"".join(lines[:3]))
    result = CliRunner().invoke(app, ["audit", "log", "verify", str(log.path)])
    assert result.exit_code == 1
    assert "cut off" in result.output
