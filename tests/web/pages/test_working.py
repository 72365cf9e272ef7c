"""Working in the studio: refining through a plan, the brush, the keyboard alone, and what is kept when something goes wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from pochade.core.recipe import Recipe
from pochade.store import Picture
from web.conftest import Live
from web.pages.test_access import violations
from web.pages.test_rooms import marked

Visit = Callable[..., Page]
Keep = Callable[..., Picture]


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_STEP_S", "0.7")


def children(live: Live, picture: Picture) -> list[Picture]:
    return live.studio.store.pictures.children(live.studio.owner, picture.id)


def plan_of(picture: Picture) -> Any:
    return json.loads(Recipe.from_json(picture.recipe or "").plan or "null")


# --- refine, through a plan -----------------------------------------------------------------------------------


def test_what_means_nothing_to_a_plan_is_not_shown(visit: Visit, keep: Keep):
    page = visit(f"/refine/{keep(model_id='whole').id}")
    strength, count, prompt, says = (page.locator(which) for which in ("#strength", "#count", "#prompt", "#way-says"))
    for way, words in (("change", "Changes the scene"), ("repaint", "With the same words"), ("extend", "seen further")):
        page.click(f'[data-way="{way}"]')
        page.select_option("#model", "whole")
        expect(says).to_contain_text(words)
        expect(strength).to_be_hidden()
        expect(count).to_be_hidden()
        expect(prompt).to_be_visible(visible=way != "extend")
        page.select_option("#model", "brush")  # it knows no plan
        expect(says).not_to_contain_text(words)
        expect(strength).to_be_visible(visible=way != "extend")
        expect(count).to_be_visible()
        expect(prompt).to_be_visible()
    page.click('[data-way="vary"]')
    expect(count).to_be_visible()


def test_words_change_the_scene_and_the_result_is_shown_beside_what_it_was(live: Live, visit: Visit, keep: Keep):
    picture = keep("a lemon and a mug on an oak table, noon", model_id="whole")
    page = visit(f"/refine/{picture.id}")
    page.click('[data-way="change"]')
    page.fill("#prompt", "accordion")
    page.click("#go")
    expect(page.locator('[data-wrong="prompt"]')).to_contain_text("accordion is not known")
    expect(page.locator("#prompt")).to_have_value("accordion")
    page.fill("#prompt", "by candlelight")
    expect(page.locator("#afterwards")).to_be_hidden()
    page.click("#go")
    expect(page.locator("#afterwards")).to_be_visible()
    [child] = children(live, picture)
    assert plan_of(child)["description"]["light"] == "candlelight"
    assert plan_of(child)["things"] == plan_of(picture)["things"]
    assert child.prompt == f"{picture.prompt}, by candlelight"
    expect(page.locator("#subject")).to_have_attribute("src", f"/files/{child.id}")
    page.check("#afterwards input[value=before]", force=True)
    expect(page.locator("#subject")).to_have_attribute("src", f"/files/{picture.id}")
    page.click("#go-on")
    expect(page).to_have_url(re.compile(f"/refine/{child.id}$"))


def test_a_mask_is_painted_from_the_plan_and_the_brush_comes_back_with_the_picture(live: Live, visit: Visit, keep: Keep):
    picture = keep("a lemon and a mug on an oak table, noon", model_id="whole")
    page = visit(f"/refine/{picture.id}")
    page.click('[data-way="repaint"]')
    page.click("#mask", position={"x": 3, "y": 3})  # nothing covers its corners
    page.click("#go")
    expect(page.locator('[data-wrong="mask"]')).to_contain_text("Brush over all of a thing")
    page.fill("#prompt", "a lemon and a glass mug on an oak table, noon")
    page.click("#go")
    expect(page.locator("#afterwards")).to_be_visible()
    expect(page.locator("#mask")).to_be_hidden()
    [child] = children(live, picture)
    assert "glass" in json.dumps(plan_of(child)["things"])
    page.check("#afterwards input[value=before]", force=True)
    expect(page.locator("#mask")).to_be_visible()
    assert marked(page).any(), "the mask is still there"


def test_two_clicks_ask_once(live: Live, visit: Visit, keep: Keep):
    picture = keep(model_id="whole")
    page = visit(f"/refine/{picture.id}")
    page.locator("#count").press("Home")
    page.evaluate("for (const k of [1, 2, 3]) document.querySelector('#refiner').requestSubmit()")
    expect(page.locator(".job[data-state=done]")).to_have_count(1)
    assert len(children(live, picture)) == 1
    expect(page.locator(".job [data-act=again]")).to_be_hidden()  # it does nothing here


# --- the brush ------------------------------------------------------------------------------------------------


def test_strokes_are_undone_and_redone_and_buttons_say_when_there_is_nothing(visit: Visit, keep: Keep):
    page = visit(f"/refine/{keep().id}")
    page.click('[data-way="repaint"]')
    undo, redo, clear = (page.locator(f"#brush-{name}") for name in ("undo", "redo", "clear"))
    can = lambda: [button.get_attribute("aria-disabled") == "false" for button in (undo, redo, clear)]  # noqa: E731
    assert can() == [False, False, False]
    page.click("#mask", position={"x": 60, "y": 60})
    first = marked(page)
    assert can() == [True, False, True]
    expect(page.locator("#brush-says")).to_have_text(re.compile(r"^\S+ % of the picture is marked$"))
    page.click("#mask", position={"x": 200, "y": 100})
    both = marked(page)
    undo.click()
    assert (marked(page) == first).all() and can() == [True, True, True]
    undo.click()
    assert not marked(page).any() and can() == [False, True, False]
    expect(page.locator("#brush-says")).to_have_text("Brush over what should be painted anew.")
    expect(undo).to_be_focused()  # a button that is disabled under one's finger would lose it
    redo.click()
    redo.click()
    assert (marked(page) == both).all() and can() == [True, False, True]
    clear.click()
    clear.press("Enter")
    assert not marked(page).any()
    page.focus("#mask")
    page.keyboard.press("Control+z")
    assert (marked(page) == both).all(), "clearing once is undone at once"
    page.keyboard.press("Control+Shift+z")
    assert not marked(page).any()
    page.keyboard.press("Control+z")
    page.click("#mask", position={"x": 100, "y": 150})
    assert can() == [True, False, True], "a new stroke ends what could be redone"


def test_a_mask_is_painted_with_the_keyboard_alone(live: Live, visit: Visit, keep: Keep):
    picture = keep(model_id="whole")
    page = visit(f"/refine/{picture.id}")
    page.focus("#tab-vary")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#tab-repaint")).to_be_focused()
    for _ in range(20):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.id") == "mask":
            break
    expect(page.locator("#mask")).to_be_focused()
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.down(" ")
    for _ in range(4):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.up(" ")
    row = marked(page)[48]
    assert row[55:100].all(), "a line, not dots"
    page.keyboard.press("ArrowDown")
    assert (marked(page)[48] == row).all(), "the brush is lifted"
    page.keyboard.press("Control+z")
    assert not marked(page).any(), "a stroke, not a step"
    page.keyboard.press("Control+y")
    page.fill("#prompt", "three pears")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#afterwards")).to_be_visible()
    assert len(children(live, picture)) == 1


# --- plan -----------------------------------------------------------------------------------------------------


def test_keys_that_come_faster_than_answers_add_up_and_are_taken_back_and_made_again(visit: Visit, keep: Keep):
    page = visit(f"/plan/{keep('a lemon on a slate slab, noon').id}")
    plan = page.locator("[name=plan]")
    at = lambda: np.array(json.loads(plan.input_value())["things"][0]["position_m"][:2])  # noqa: E731
    start = at()
    page.evaluate(
        "() => { const soon = window.fetch;"
        " window.fetch = async (...asked) => (await new Promise((run) => setTimeout(run, 150)), soon(...asked)) }"
    )
    page.locator(".thing").first.focus()
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    wanted = start[0] + 0.07  # no step is lost
    page.wait_for_function(
        "x => Math.abs(JSON.parse(document.querySelector('[name=plan]').value).things[0].position_m[0] - x) < 1e-6", arg=wanted
    )
    moved = at()
    while page.locator("#plan-undo").is_enabled():
        value = plan.input_value()
        page.keyboard.press("Control+z")
        expect(plan).not_to_have_value(value)
    assert at() == pytest.approx(start)
    while page.locator("#plan-redo").is_enabled():
        value = plan.input_value()
        page.keyboard.press("Control+y")
        expect(plan).not_to_have_value(value)
    assert at() == pytest.approx(moved)
    value = plan.input_value()
    page.reload()
    expect(plan).to_have_value(value)  # what was moved about survives
    expect(page.locator("#plan-reset")).to_be_enabled()


def test_a_plan_says_so_when_the_server_is_gone_and_goes_on_afterwards(visit: Visit, keep: Keep):
    page = visit(f"/plan/{keep('a mug on a slate slab, noon').id}")
    page.route("**/change", lambda route: route.abort())
    page.select_option('[data-change="light"]', "candlelight")
    expect(page.locator('[data-wrong=""]')).to_contain_text("cannot be reached")
    page.unroute("**/change")
    page.select_option('[data-change="light"]', "moonlight")
    expect(page.locator("#plan-undo")).to_be_enabled()
    expect(page.locator('[data-wrong=""]')).to_be_hidden()


# --- when something goes wrong --------------------------------------------------------------------------------


def test_many_jobs_leave_the_page_its_connections(visit: Visit, slow: None):
    page = visit("/")
    for k in range(9):  # a browser opens six connections to a server
        page.fill("#prompt", f"a lemon, seen {k}")
        with page.expect_response("**/jobs"):
            page.click("#paint")
    expect(page.locator(".job[data-state=queued]")).not_to_have_count(0)
    with page.expect_response("**/preview", timeout=5_000) as answered:
        page.fill("#prompt", "a mug on a slate slab")
    assert answered.value.ok
    page.evaluate("document.querySelectorAll('.job [data-act=cancel]:not([hidden])').forEach((button) => button.click())")
    expect(page.locator(".job [data-act=cancel]:visible")).to_have_count(0)


def test_a_lost_connection_is_told_and_taken_up_again(visit: Visit, slow: None):
    page = visit("/")
    page.route("**/jobs/events**", lambda route: route.fulfill(status=503, body="gone"))
    page.fill("#prompt", "a pear on a slate slab")
    page.click("#paint")
    job = page.locator(".job").first
    expect(job.locator("[data-slot=status]")).to_contain_text("Trying again")
    page.unroute("**/jobs/events**")
    expect(job).to_have_attribute("data-state", "done")
    expect(job.locator("figure[data-picture]")).to_have_count(1)


def test_what_is_typed_survives_a_reload_another_page_and_a_login_that_ended(live: Live, visit: Visit):
    page = visit("/")
    page.fill("#prompt", "a teapot beside the long window")
    page.locator("#count").press("ArrowRight")
    page.check('[name=aspect][value="16:9"]', force=True)
    page.fill("#seed", "77")
    for leave in (page.reload, lambda: page.goto("/gallery") and page.go_back(), lambda: page.goto("/models") and page.goto("/")):
        leave()
        expect(page.locator("#prompt")).to_have_value("a teapot beside the long window")
        expect(page.locator("#count")).to_have_value("2")
        expect(page.locator('[name=aspect][value="16:9"]')).to_be_checked()
        expect(page.locator("#seed")).to_have_value("77")
        expect(page.locator("#seed-lock")).to_have_attribute("aria-pressed", "true")
    page.context.clear_cookies()
    page.fill("#prompt", "a teapot, and more words")
    expect(page.locator("#words-known")).to_contain_text("Your login has ended")  # typing takes nobody elsewhere
    page.click("#paint")
    expect(page).to_have_url(re.compile("/login"))
    stranger = live.studio.store.users.create(live.studio.owner, "passer-by")
    for user, words in ((stranger, ""), (live.studio.owner, "a teapot, and more words")):
        _, secret = live.studio.store.sessions.open(user)
        page.context.add_cookies([{"name": "pochade_session", "value": secret, "url": live.url}])
        page.goto("/")
        expect(page.locator("#prompt")).to_have_value(words)
    page.goto("/account")
    page.click("text=Log out")
    assert page.evaluate("sessionStorage.length") == 0


def test_what_cannot_be_sketched_is_told_below_the_words_and_nothing_old_stays(visit: Visit):
    page = visit("/")
    page.fill("#prompt", "a lemon and an accordion")
    expect(page.locator("#words-known b")).to_have_text("accordion")
    expect(page.locator("#easel")).to_be_visible()
    page.fill("#prompt", "a beheaded man")
    expect(page.locator("#words-known p")).to_contain_text("Refused by rule")
    expect(page.locator("#words-known b")).to_have_count(0)
    expect(page.locator("#easel")).to_be_hidden()
    page.fill("#prompt", "qwertz asdfgh yxcvbn poiuzt lkjhgf mnbvcx")
    expect(page.locator("#reading")).to_have_text("Nothing understood")
    expect(page.locator("#words-known b")).to_have_count(4)
    expect(page.locator("#words-known p")).to_have_text("And 2 more.")
    page.fill("#prompt", "a lemon on slate, " * 100)
    expect(page.locator("#words-known")).to_contain_text("arranges up to 24")


def test_long_words_and_words_from_right_to_left_stay_inside(visit: Visit):
    page = visit("/", viewport={"width": 390, "height": 844})
    for words in ("supercalifragilistic" * 30, "ليمونة على طاولة خشبية"):
        page.fill("#prompt", words)
        expect(page.locator("#words-known b").first).to_contain_text(words[:6])  # not what the last prompt's words were
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        # all at once, since the words are written anew with every answer
        measured = "box => [box, ...box.querySelectorAll('b')].map(part => part.getBoundingClientRect().right)"
        rights = page.locator("#words-known").evaluate(measured)
        assert max(rights[1:]) <= rights[0]
    aligned = "area => getComputedStyle(area).direction"
    assert page.locator("#prompt").evaluate(aligned) == page.locator("#marks").evaluate(aligned) == "rtl"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_refining_is_accessible_in_every_way_and_after_it(visit: Visit, keep: Keep, theme: str):
    page = visit(f"/refine/{keep(model_id='whole').id}", color_scheme=theme, reduced_motion="reduce")
    for way in ("change", "repaint", "extend", "enlarge"):
        page.click(f'[data-way="{way}"]')
        assert violations(page) == [], way
    page.click('[data-way="change"]')
    page.fill("#prompt", "hm")
    page.click("#go")
    expect(page.locator('[data-wrong="prompt"]')).to_be_visible()
    assert violations(page) == []
    page.fill("#prompt", "at night")
    page.click("#go")
    expect(page.locator("#afterwards")).to_be_visible()
    expect(page.locator(".job[data-state=done]")).to_have_count(1)
    assert violations(page) == []


def test_a_refinement_is_kept_until_it_is_sent(visit: Visit, keep: Keep):
    page = visit(f"/refine/{keep(model_id='whole').id}")
    page.click('[data-way="change"]')
    page.fill("#prompt", "at night")
    page.reload()
    expect(page.locator("#tab-change")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#prompt")).to_have_value("at night")
    page.click("#go")
    expect(page.locator("#afterwards")).to_be_visible()
    page.reload()
    expect(page.locator("#prompt")).not_to_have_value("at night")


def test_a_model_that_waits_for_another_says_so(visit: Visit, slow: None):
    page = visit("/compare")
    page.fill("#prompt", "a shell on sand")
    while page.locator('[name="model"]:checked').count():
        page.locator('[name="model"]:checked').first.uncheck()
    for model in ("still", "brush"):
        page.check(f'[name="model"][value="{model}"]')
    page.locator("#prompt").press("Control+Enter")
    told = page.locator(".rival [data-slot=cost]")
    expect(told.filter(has_text="Painting")).to_have_count(1)
    expect(told.filter(has_text=re.compile("Next in line|One job before"))).to_have_count(1)
    expect(told.filter(has_text=re.compile(r"\d s"))).to_have_count(2)


def test_a_comparison_is_kept(visit: Visit):
    page = visit("/compare")
    page.fill("#prompt", "two shells on sand")
    while page.locator('[name="model"]:checked').count():
        page.locator('[name="model"]:checked').first.uncheck()
    page.check('[name="model"][value="brush"]')
    page.reload()
    expect(page.locator("#prompt")).to_have_value("two shells on sand")
    expect(page.locator('[name="model"]:checked')).to_have_count(1)
    expect(page.locator('[name="model"][value="brush"]')).to_be_checked()
