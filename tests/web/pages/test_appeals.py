"""Appeals: a refusal names where, whoever was refused says why, an administrator answers, and strikes are taken back."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect
from typer.testing import CliRunner

from pochade.cli.app import app
from pochade.store import User
from pochade.trust.policy.installation import installation_appeals
from pochade.web.app import open_studio
from pochade.web.metrics import Metrics
from pochade.web.state import Studio
from pochade.web.tokens import csrf_token
from web.conftest import Live
from web.pages.test_access import violations

HTML = {"accept": "text/html"}
UNSAFE = "a beheaded man"
REASON = "It is a chess piece."


@pytest.fixture(autouse=True)
def own_appeals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins without appeals."""
    monkeypatch.setenv("POCHADE_KEYS", str(tmp_path / "data" / "signing"))


@pytest.fixture
def member(studio: Studio) -> User:
    return studio.store.users.create(studio.owner, "ink")


def log_in(client: TestClient, studio: Studio, user: User) -> dict[str, str]:
    """Logs in; returns the form field that every form carries."""
    client.cookies.clear()
    client.cookies.set("pochade_session", studio.store.sessions.open(user)[1])
    return {"csrf_token": csrf_token(studio.key, client.cookies["pochade_session"])}


def refused(client: TestClient, token: dict[str, str], **options) -> tuple[str, str]:
    """The message of a refusal, and the decision's id."""
    answer = client.post("/jobs", data={"prompt": UNSAFE, "size": "64x64", **token}, **options)
    assert answer.status_code == 400
    message = answer.json()["error"]["message"]
    return message, re.search("/appeals/([0-9a-f]{12})", message)[1]  # type: ignore[index]


def appeal(client: TestClient, token: dict[str, str], decision: str, because: str = REASON):
    return client.post("/appeals", data={"decision_id": decision, "because": because, **token}, headers=HTML, follow_redirects=False)


def test_refusals_name_the_page_as_whoever_asks_reaches_it(client, studio, auth):
    def message(**headers: str) -> str:
        body = {"prompt": UNSAFE, "size": "64x64"}
        return client.post("/v1/images/generations", json=body, headers={**auth, **headers}).json()["error"]["message"]

    assert re.search(r"appeal at http://127\.0\.0\.1/appeals/[0-9a-f]{12} and an administrator will see it", message())
    assert "appeal at http://localhost:9000/appeals/" in message(host="localhost:9000")
    assert "pochade audit" not in message()
    told = studio.jobs.gate.again().check(UNSAFE, actor="x").error()  # outside of a request, such as while painting
    assert "appeal at http://127.0.0.1:0/appeals/" in str(told)


def test_a_studio_that_no_browser_reaches_names_the_command(settings):
    async def told() -> str:
        async with open_studio(settings, Metrics()) as studio:
            return studio.jobs.gate.check(UNSAFE).appeal

    assert "pochade audit appeal " in asyncio.run(told())


def test_from_refusal_to_answer(client, studio, member):
    token = log_in(client, studio, member)
    _, decision = refused(client, token)
    form = client.get(f"/appeals/{decision}", headers=HTML).text
    assert "violence-001" in form and f'value="{decision}"' in form
    answer = appeal(client, token, decision)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/appeals/{decision}")
    filed = list(installation_appeals().all())
    assert [(one.decision_id, one.because, one.actor, one.answer) for one in filed] == [(decision, REASON, member.id, "")]
    told = client.get(f"/appeals/{decision}", headers=HTML).text
    assert "was sent" in told and REASON in told and "<textarea" not in told

    token = log_in(client, studio, studio.owner)
    page = client.get("/appeals", headers=HTML).text
    assert all(text in page for text in (REASON, "ink", "violence-001", decision, "keeps a hash of it only"))
    assert re.search(r'class="count">1<', client.get("/system", headers=HTML).text)
    answer = client.post(f"/appeals/{decision}/answer", data={"answer": "grant", **token}, headers=HTML, follow_redirects=False)
    assert answer.headers["location"] == "/appeals?answered=granted"
    page = client.get("/appeals?answered=granted", headers=HTML).text
    assert "strikes are taken back" in page and "No appeal waits" in page and "granted" in page
    assert 'class="count"' not in client.get("/system", headers=HTML).text
    events = studio.store.events.list(studio.owner, everybody=True)
    assert [(event.kind, event.subject) for event in events if event.kind.startswith("appeal")] == [
        ("appeal.grant", decision),
        ("appeal.file", decision),
    ]
    log_in(client, studio, member)
    assert "no longer counts against you" in client.get(f"/appeals/{decision}", headers=HTML).text


@pytest.mark.parametrize("how, may_ask", [("grant", 200), ("uphold", 429)])
def test_granting_takes_back_strikes(client, studio, member, how, may_ask):
    token = log_in(client, studio, member)
    decision = [refused(client, token)[1] for _ in range(studio.jobs.gate.strikes.max_strikes)][-1]
    harmless = {"prompt": "red", "size": "64x64", **token}
    answer = client.post("/jobs", data=harmless)
    assert answer.status_code == 429 and "/appeals/" in answer.text
    appeal(client, token, decision)
    given = log_in(client, studio, studio.owner)
    client.post(f"/appeals/{decision}/answer", data={"answer": how, **given})
    harmless |= log_in(client, studio, member)
    assert client.post("/jobs", data=harmless).status_code == may_ask


def test_the_command_line_sees_the_same_appeals(client, studio, member):
    token = log_in(client, studio, member)
    (_, first), (_, second) = refused(client, token), refused(client, token)
    appeal(client, token, first)
    CliRunner().invoke(app, ["audit", "appeal", second, "--because", "From a terminal."], catch_exceptions=False)
    listed = CliRunner().invoke(app, ["audit", "appeals", "--uphold", first], catch_exceptions=False).output
    assert f"{first} upheld: {REASON}" in listed and f"{second} open: From a terminal." in listed
    assert "lets the refusal stand" in client.get(f"/appeals/{first}", headers=HTML).text
    log_in(client, studio, studio.owner)
    waiting = client.get("/appeals", headers=HTML).text.split("<table")[0]
    assert "From a terminal." in waiting and "ink" in waiting, "the log tells who was refused, though nobody was logged in"


@pytest.mark.parametrize("because, said", [("   ", "Got a reason of 0 characters"), ("x" * 2001, "Got a reason of 2001 characters")])
def test_what_was_typed_stays(client, studio, member, because, said):
    token = log_in(client, studio, member)
    _, decision = refused(client, token)
    answer = appeal(client, token, decision, because)
    assert answer.status_code == 400 and said in answer.text and f">{because}</textarea>" in answer.text
    scripted = client.post("/appeals", data={"decision_id": decision, "because": because, **token})
    assert (scripted.status_code, scripted.json()["error"]["param"]) == (400, "because")
    assert list(installation_appeals().all()) == []


def test_only_ones_own_refusals_and_only_once(client, studio, member):
    token = log_in(client, studio, studio.owner)
    _, others = refused(client, token)
    token = log_in(client, studio, member)
    allowed = studio.jobs.gate.check("a lemon", actor=member.id)
    for wrong in (others, "0" * 12, "../../x", "", allowed.decision_id):
        assert appeal(client, token, wrong).status_code == 404
    _, decision = refused(client, token)
    appeal(client, token, decision)
    installation_appeals().answer(decision, "upheld")
    appeal(client, token, decision, "Again!")
    assert [(one.because, one.answer) for one in installation_appeals().all()] == [(REASON, "upheld")]


def test_answers_are_checked(client, studio):
    token = log_in(client, studio, studio.owner)
    assert client.post("/appeals/000000000000/answer", data={"answer": "grant", **token}).status_code == 404
    assert client.post("/appeals/000000000000/answer", data={"answer": "maybe", **token}).status_code == 400


def test_a_prompt_kept_in_clear_is_shown_and_escaped(client, studio, member):
    studio.jobs.gate.log.clear = True
    token = log_in(client, studio, member)
    answer = client.post("/jobs", data={"prompt": f"{UNSAFE} <script>", "size": "64x64", **token})
    decision = re.search("/appeals/([0-9a-f]{12})", answer.text)[1]  # type: ignore[index]
    appeal(client, token, decision, "<script>alert(1)</script>")
    log_in(client, studio, studio.owner)
    page = client.get("/appeals", headers=HTML).text
    assert f"{UNSAFE} &lt;script&gt;" in page and "&lt;script&gt;alert" in page and "<script>alert" not in page


# --- in a browser ---------------------------------------------------------------------------------------------


def photograph(page: Page, name: str) -> None:
    folder = os.environ.get("POCHADE_SCREENSHOTS")
    for size, (width, height) in {"phone": (390, 844), "laptop": (1280, 800)}.items() if folder else ():
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=Path(folder or "") / f"{name}-{size}.png", full_page=True)


def test_a_refusal_on_paint_is_appealed_on_the_spot(live: Live, visit: Callable[..., Page]):
    page = visit("/")
    page.fill("#prompt", UNSAFE)
    page.click("#paint")
    wrong = page.locator('[data-wrong="prompt"]')
    expect(wrong).to_contain_text("If this is a mistake, appeal and an administrator will see it.")
    photograph(page, "refused")
    wrong.get_by_role("link", name="appeal").click()
    dialog = page.get_by_role("dialog", name="Appeal against this refusal")
    expect(dialog.get_by_label("Why it is a mistake")).to_be_focused()
    assert violations(page) == []
    dialog.get_by_role("button", name="Send appeal").click()
    expect(dialog.locator(".wrong")).to_contain_text("Say why the refusal is a mistake")
    dialog.get_by_label("Why it is a mistake").fill(REASON)
    photograph(page, "appeal-dialog")
    dialog.get_by_role("button", name="Send appeal").click()
    expect(page.locator(".toast")).to_contain_text("Your appeal was sent")
    expect(page.locator("#prompt")).to_have_value(UNSAFE)
    for path in ("/appeals", wrong.get_by_role("link").get_attribute("href")):
        page.goto(path or "")
        expect(page.locator("blockquote")).to_have_text(REASON)
        photograph(page, "appeals" if path == "/appeals" else "appeal-sent")
        assert violations(page) == []
    page.goto("/appeals")
    page.get_by_role("button", name="Let it stand").click()
    expect(page.locator(".note.good")).to_have_text("The refusal stands.")
    photograph(page, "appeals-answered")


def test_a_dropped_or_chosen_file_is_verified_without_a_login(live: Live, visit: Callable[..., Page], keep, tmp_path: Path):
    kept = keep()
    file = tmp_path / "lemon.png"
    file.write_bytes(live.studio.store.pictures.read(live.studio.owner, kept.id))
    page = visit("/verify", login=False)
    page.set_input_files("#f-file", file)
    expect(page.locator(".verdict h2")).to_have_text("Signed and unchanged")
    expect(page.locator(".verdict .seen")).to_be_visible()
    expect(page.locator(".facts").last).to_contain_text(kept.prompt)
    for name, head in (("PDF", b"%PDF-"), ("JSON", b'{\n "report"')):
        with page.expect_download() as download:
            page.click(f"text=Signed report, {name}")
        assert Path(download.value.path()).read_bytes().startswith(head)
    assert violations(page) == []
    photograph(page, "verified")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    drop = """() => { const data = new DataTransfer(); data.items.add(new File(["hello"], "note.txt"));
        for (const kind of ["dragenter", "drop"]) dispatchEvent(new DragEvent(kind, { dataTransfer: data, cancelable: true })); }"""
    page.evaluate(drop)
    expect(page.locator(".verdict h2")).to_have_text("Not readable")
    expect(page.locator("#drop")).to_be_hidden()
    photograph(page, "unreadable")


def test_the_verify_page_works_without_scripts(visit: Callable[..., Page], tmp_path: Path):
    file = tmp_path / "note.txt"
    file.write_text("hello")
    page = visit("/verify", login=False, java_script_enabled=False)
    page.locator(".inspect button").click()
    expect(page.locator("#wrong-file")).to_contain_text("Choose a picture")
    page.set_input_files("#f-file", file)
    page.locator(".inspect button").click()
    expect(page.locator(".verdict h2")).to_have_text("Not readable")
