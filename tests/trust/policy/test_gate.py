"""The layers around the rules: they explain, they fail closed, and nobody switches off what is absolute."""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pytest

from pochade.core.errors import InvalidRequestError, PolicyRefusedError, QuotaExceededError
from pochade.trust.policy import (
    ALLOWED,
    AppealFile,
    Gate,
    Moderation,
    Strikes,
    appeal,
    check,
    enforce,
    gate,
    load_organisation,
    organisation,
)
from pochade.trust.policy.decision import refusal

UNSAFE = "a beheaded man"


def test_refusal_explains_itself():
    decision = check(UNSAFE)
    assert decision.rule_id == "violence-001"
    assert decision.category == "violence"
    for part in (decision.rule_id, "Graphic violence", "beheaded"):
        assert part in decision.message
    assert decision.decision_id in decision.appeal
    with pytest.raises(PolicyRefusedError, match="violence-001") as caught:
        enforce(UNSAFE)
    assert (caught.value.rule_id, caught.value.category) == ("violence-001", "violence")
    assert "administrator" in caught.value.appeal


def test_prompts_in_base64_are_read():
    assert not check(base64.b64encode(UNSAFE.encode()).decode()).allowed
    assert check(base64.b64encode(b"a lemon on a slate slab").decode()).allowed


@pytest.mark.parametrize(("negative", "allowed"), [("blurry, nudity, blood", True), ("clothes", False), ("adults", False)])
def test_negative_prompts_have_rules_of_their_own(negative, allowed):
    assert check("a man on a beach", negative_prompt=negative).allowed is allowed


def test_a_fault_in_a_layer_refuses(monkeypatch):
    monkeypatch.setattr(gate.classifier, "standard", lambda: 1 / 0)
    decision = check("a lemon on a slate slab")
    assert (decision.allowed, decision.rule_id) == (False, "unavailable-001")
    assert "ZeroDivisionError" in decision.message


class TestOrganisation:
    def test_adds_refusals_and_unlocks_rules(self):
        house = organisation({"name": "House", "deny": ["accordion"], "allow_rules": ["violence-001"]})
        assert check("an accordion", organisation=house).rule_id == "organisation-001"
        assert check(UNSAFE).allowed is False
        assert check("a severed head on a pike", organisation=house).allowed

    def test_allowed_phrases_count_for_nothing_except_where_it_is_absolute(self):
        house = organisation({"name": "House", "allow_phrases": ["nude"]})
        assert check("a nude woman", organisation=house).allowed
        assert not check("a nude child", organisation=house).allowed

    def test_the_classifier_can_be_unlocked_by_category(self):
        prompt = "a beheaded man, guts hanging out, blood everywhere"
        rules = [rule.id for rule in gate.rulebook.standard().rules if rule.category.id == "violence"]
        assert check(prompt, organisation=organisation({"name": "House", "allow_rules": rules})).rule_id == "classifier-violence"
        unlocked = organisation({"name": "House", "allow_rules": [*rules, "classifier-violence"]})
        assert check(prompt, organisation=unlocked).allowed

    @pytest.mark.parametrize(
        ("raw", "message"),
        [
            ({"name": "House", "allow_rules": ["classifier-sexual-minors"]}, "hold for everybody"),
            ({"name": "House", "allow_rules": ["sexual-minors-001"]}, "hold for everybody"),
            ({"name": "House", "allow_rules": ["no-such-rule"]}, "no-such-rule"),
            ({"name": "House", "color": 1}, "color"),
            ({"deny": ["x"]}, "name"),
        ],
    )
    def test_mistakes_are_named(self, raw, message):
        with pytest.raises(InvalidRequestError, match=message):
            organisation(raw)

    def test_reads_toml(self, tmp_path):
        file = tmp_path / "house.toml"
        file.write_text('name = "House"\ndeny = ["accordion"]\n')
        assert not check("an accordion", organisation=load_organisation(file)).allowed
        file.write_text("name = ")
        with pytest.raises(InvalidRequestError, match="cannot be read"):
            load_organisation(file)


class TestModeration:
    @pytest.fixture
    def endpoint(self):
        class Handler(BaseHTTPRequestHandler):
            answer: object = {}

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                content = json.dumps(type(self).answer).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield Handler, f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
        thread.join()
        server.server_close()

    def test_is_asked_and_heeded(self, endpoint):
        handler, url = endpoint
        handler.answer = {"results": [{"flagged": True, "categories": {"violence": True, "hate": False}}]}
        decision = check("a lemon", moderation=Moderation(url))
        assert (decision.rule_id, decision.layer) == ("moderation-violence", "moderation")
        handler.answer = {"results": [{"flagged": False, "categories": {}}]}
        assert check("a lemon", moderation=Moderation(url)).allowed

    @pytest.mark.parametrize("answer", [{}, {"results": []}, [], {"results": [{}]}, {"results": "no"}])
    def test_an_answer_that_is_none_refuses(self, endpoint, answer):
        handler, url = endpoint
        handler.answer = answer
        decision = check("a lemon", moderation=Moderation(url))
        assert (decision.allowed, decision.rule_id) == (False, "moderation-unavailable-001")

    def test_nobody_there_or_no_key_refuses(self, monkeypatch):
        assert not check("a lemon", moderation=Moderation("http://127.0.0.1:1/v1")).allowed
        monkeypatch.delenv("NO_KEY_HERE", raising=False)
        assert "NO_KEY_HERE" in check("a lemon", moderation=Moderation("http://127.0.0.1:1/v1", key_env="NO_KEY_HERE")).message


class TestGate:
    def test_counts_strikes_by_key_and_lets_them_expire(self):
        now = [0.0]
        door = Gate(strikes=Strikes(max_strikes=2, window_s=60, clock=lambda: now[0]))
        for _ in range(2):
            assert door.check(UNSAFE, actor="one").rule_id == "violence-001"
        assert door.check("a lemon", actor="one").rule_id == "strikes-001"
        assert door.check("a lemon", actor="other").allowed
        now[0] = 60.0
        assert door.check("a lemon", actor="one").allowed

    def test_absolute_categories_weigh_more_and_strikes_can_be_forgiven(self):
        strikes = Strikes(max_strikes=3)
        door = Gate(strikes=strikes)
        door.check("a nude child", actor="one")
        assert not door.check("a lemon", actor="one").allowed
        strikes.forgive("one")
        assert door.check("a lemon", actor="one").allowed

    def test_an_exempt_key_is_neither_counted_nor_stopped(self):
        door = Gate(strikes=Strikes(max_strikes=1, max_requests=1, exempt=["auditor"]))
        assert [door.check(UNSAFE, actor="auditor").rule_id for _ in range(3)] == ["violence-001"] * 3

    def test_an_exempt_account_is_known_by_its_name_and_everything_is_still_decided_and_noted(self):
        noted = []

        class Sink:
            def record(self, decision, **_):
                noted.append(decision.rule_id)

        door = Gate(strikes=Strikes(max_strikes=1, exempt=["Auditor"]), log=Sink())
        for _ in range(2):
            assert door.facing("auditor", "id-1").check(UNSAFE, actor="id-1").rule_id == "violence-001"
        assert door.facing("an auditor", "id-2") is door
        assert door.facing("", "id-2") is door
        assert noted == ["violence-001"] * 2

    @pytest.mark.parametrize("exempt", ["auditor", [""], [" "], [1]])
    def test_exempt_is_a_list_of_names(self, exempt):
        with pytest.raises(TypeError, match="list of names"):
            Strikes(exempt=exempt)

    def test_limits_the_rate(self):
        now = [0.0]
        door = Gate(strikes=Strikes(max_requests=1, window_s=60, clock=lambda: now[0]))
        assert door.check("a lemon", actor="one").allowed
        assert door.check("a lemon", actor="one").rule_id == "strikes-002"
        now[0] = 61.0
        assert door.check("a lemon", actor="one").allowed

    def test_too_soon_says_when_to_come_again(self):
        door = Gate(strikes=Strikes(max_requests=1, window_s=60, clock=lambda: 0.0))
        door.enforce("a lemon", actor="one")
        with pytest.raises(QuotaExceededError) as caught:
            door.enforce("a lemon", actor="one")
        assert caught.value.retry_after_s == 60

    def test_what_was_let_in_is_checked_again_but_not_counted(self):
        noted = []

        class Sink:
            def record(self, decision, **_):
                noted.append(decision.rule_id)

        door = Gate(strikes=Strikes(max_requests=1), log=Sink())
        assert door.check("a lemon", actor="one").allowed
        assert door.again().check("a lemon", actor="one").allowed
        assert door.again().check(UNSAFE, actor="one").rule_id == "violence-001"
        assert noted == ["", "violence-001"]

    def test_notes_every_decision(self):
        noted = []

        class Sink:
            def record(self, decision, *, prompt, actor, image_given):
                noted.append((decision.allowed, prompt, actor, image_given))

        door = Gate(log=Sink())
        door.check("a lemon", actor="one")
        with pytest.raises(PolicyRefusedError):
            door.enforce(UNSAFE, image_given=True)
        assert noted == [(True, "a lemon", "one", False), (False, UNSAFE, "", True)]

    def test_output_checks_refuse_and_fail_closed(self):
        picture = np.zeros((8, 8, 3), np.uint8)
        bad = refusal("output-001", "violence", "Output", "Seen.", "No.", layer="output")
        assert Gate(output_checks=[lambda _: ALLOWED]).check_output(picture).allowed
        assert Gate(output_checks=[lambda _: ALLOWED, lambda _: bad]).check_output(picture) == bad
        assert Gate(output_checks=[lambda _: 1 / 0]).check_output(picture).rule_id == "output-unavailable-001"


class TestAppeals:
    def test_are_filed_and_answered(self, tmp_path):
        sink = AppealFile(tmp_path / "deep" / "appeals.jsonl")
        decision = check(UNSAFE)
        appeal(decision.decision_id, "It is a chess piece.", sink, actor="one")
        assert [one.answer for one in sink.all()] == [""]
        sink.answer(decision.decision_id, "granted")
        (found,) = sink.all()
        assert (found.answer, found.because, found.actor) == ("granted", "It is a chess piece.", "one")
        assert (tmp_path / "deep" / "appeals.jsonl").stat().st_mode & 0o077 == 0

    @pytest.mark.parametrize(("decision", "because"), [("0" * 12, "  "), ("0" * 12, "x" * 2001), ("../../etc", "why")])
    def test_mistakes_are_named(self, tmp_path, decision, because):
        with pytest.raises(InvalidRequestError):
            appeal(decision, because, AppealFile(tmp_path / "appeals.jsonl"))
        assert not (tmp_path / "appeals.jsonl").exists()
