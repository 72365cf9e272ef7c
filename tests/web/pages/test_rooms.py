"""The studio as a person meets it, in a real browser."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import zipfile
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from pochade.core.recipe import Recipe
from pochade.store import NewPicture, Picture
from web.conftest import Live
from web.pages.conftest import PASSWORD

Visit = Callable[..., Page]


def pixels_of(live: Live, picture_id: str) -> np.ndarray:
    data = live.studio.store.pictures.read(live.studio.owner, picture_id)
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


# --- login ----------------------------------------------------------------------------------------------------


def test_login_keeps_the_name_and_goes_where_one_wanted(visit: Visit):
    page = visit("/gallery", login=False)
    page.fill("[name=name]", "admin")
    page.fill("[name=password]", "wrong password")
    page.click("button")
    expect(page.locator(".wrong")).to_contain_text("do not fit together")
    expect(page.locator("[name=name]")).to_have_value("admin")
    page.fill("[name=password]", PASSWORD)
    page.click("button")
    expect(page).to_have_url(re.compile("/gallery$"))


def test_a_link_from_the_terminal_opens_once_and_lets_one_set_a_password(live: Live, visit: Visit):
    user = live.studio.store.users.create(live.studio.owner, "ink")
    link = f"/login?link={live.studio.store.sessions.login_link(user)}"
    page = visit(link, login=False)
    page.fill("[name=password]", "short")
    page.click("text=Save password")
    expect(page.locator(".wrong")).to_contain_text("10 to 1,000 are accepted")
    page.fill("[name=password]", "a quiet afternoon")
    page.click("text=Save password")
    expect(page.locator(".note")).to_contain_text("was changed")
    page.click("text=Log out")
    expect(page).to_have_url(re.compile("/login$"))
    page.goto(link)
    expect(page.locator(".wrong")).to_contain_text("has been used")


def test_login_leads_to_no_other_site(visit: Visit):
    page = visit("/login?next=//elsewhere.example", login=False)
    assert page.locator("[name=next]").input_value() == "/"


# --- paint ----------------------------------------------------------------------------------------------------


def test_words_are_marked_and_a_sketch_appears_while_typing(visit: Visit):
    page = visit("/")
    page.locator("#prompt").press_sequentially("a lemon and an accordion on a slate slab")
    expect(page.locator("#marks em")).to_have_text("accordion")
    expect(page.locator("#marks u").first).to_have_text("lemon")
    expect(page.locator("#sketch")).to_have_attribute("src", re.compile("^data:image/webp"))
    near = page.locator("#words-known button").first
    word = near.text_content()
    near.click()
    expect(page.locator("#prompt")).to_have_value(f"a lemon and an {word} on a slate slab")
    expect(page.locator("#reading")).to_have_text("Understood")


def test_each_keystroke_cancels_the_sketch_before_it(visit: Visit, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FAKE_STEP_S", "0.4")
    page = visit("/")
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/preview")):
        with page.expect_request("**/preview"):
            page.fill("#prompt", "a lemon")
        page.fill("#prompt", "a lemon on an oak table")
    monkeypatch.setenv("FAKE_STEP_S", "0")


def test_pictures_stream_in_and_the_seed_is_kept(live: Live, visit: Visit):
    page = visit("/")
    page.fill("#prompt", "three apples on a marble table")
    page.check('[name=aspect][value="3:2"]', force=True)
    page.check('[name=area][value="256"]', force=True)
    page.locator("#count").press("ArrowRight")
    page.locator("#count").press("ArrowRight")
    page.fill("#seed", "41")
    expect(page.locator("#seed-lock")).to_have_attribute("aria-pressed", "true")
    page.locator("#prompt").press("Control+Enter")
    job = page.locator(".job").first
    expect(job.locator("figure[data-picture]")).to_have_count(3)
    expect(job).to_have_attribute("data-state", "done")
    expect(job.locator("[data-slot=facts]")).to_contain_text("seed 41")
    expect(page.locator("#seed")).to_have_value("41")
    kept = live.studio.store.pictures.list(live.studio.owner, text="three apples marble")
    assert sorted(picture.seed for picture in kept) == [41, 42, 43]  # type: ignore[type-var]
    assert (kept[0].width_px, kept[0].height_px) == (312, 208)
    page.reload()
    expect(page.locator(".job").first.locator("figure[data-picture]")).to_have_count(3)


def test_bad_input_is_told_beside_its_field_and_what_was_typed_stays(visit: Visit):
    page = visit("/")
    page.fill("#prompt", "a lemon")
    page.fill("#seed", "banana")
    page.click("#paint")
    expect(page.locator('[data-wrong="seed"]')).to_contain_text("Got 'banana' as seed; a whole number is accepted")
    expect(page.locator("#seed")).to_be_focused()
    expect(page.locator("#prompt")).to_have_value("a lemon")
    page.fill("#seed", "3")
    page.fill("#prompt", "  ")
    page.click("#paint")
    expect(page.locator('[data-wrong="prompt"]')).to_contain_text("Say what to paint")
    expect(page.locator('[data-wrong="seed"]')).to_be_hidden()


def test_a_painting_can_be_cancelled(visit: Visit, monkeypatch: pytest.MonkeyPatch):
    page = visit("/")
    page.fill("#prompt", "a mug")
    monkeypatch.setenv("FAKE_STEP_S", "5")
    page.click("#paint")
    job = page.locator(".job").first
    expect(job.locator("[data-slot=status]")).to_contain_text("Painting")
    job.locator("[data-act=cancel]").click()
    expect(job).to_have_attribute("data-state", "cancelled")
    monkeypatch.setenv("FAKE_STEP_S", "0")


def test_settings_follow_the_model(visit: Visit):
    page = visit("/")
    page.click("#more summary")
    expect(page.locator("#negative")).to_be_hidden()
    page.select_option("#model", "brush")
    expect(page.locator("#negative")).to_be_visible()
    expect(page.locator("#model-place")).to_have_text("Example Company · $0.04 a picture")


def test_a_style_goes_into_the_prompt_and_out_again(visit: Visit):
    page = visit("/")
    page.fill("#prompt", "a lemon")
    page.click("#styles summary")
    page.click('[data-style="golden hour"]')
    page.click('[data-style="candlelight"]')  # one light at a time
    expect(page.locator("#prompt")).to_have_value("a lemon, candlelight")
    page.click('[data-style="candlelight"]')
    expect(page.locator("#prompt")).to_have_value("a lemon")


def test_a_dropped_picture_brings_its_settings_back(visit: Visit, keep: Callable[..., Picture], live: Live):
    data = live.studio.store.pictures.read(live.studio.owner, keep("a pear on an oak table", 77).id)
    page = visit("/")
    drop(page, data)
    expect(page.locator("#prompt")).to_have_value("a pear on an oak table")
    expect(page.locator("#seed")).to_have_value("77")
    expect(page.locator("#size-shown")).to_have_text("128 × 96")
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    drop(page, file.getvalue())
    expect(page.locator(".toast").last).to_contain_text("no recipe inside")
    expect(page.locator("#prompt")).to_have_value("a pear on an oak table")


def drop(page: Page, data: bytes) -> None:
    """Drops a file on the page."""
    transfer = page.evaluate_handle(
        """(encoded) => {
            const transfer = new DataTransfer();
            const bytes = Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0));
            transfer.items.add(new File([bytes], "picture.png", { type: "image/png" }));
            return transfer;
        }""",
        base64.b64encode(data).decode(),
    )
    for event in ("dragenter", "dragover", "drop"):
        page.dispatch_event("main", event, {"dataTransfer": transfer})


# --- compare --------------------------------------------------------------------------------------------------


def test_models_paint_one_prompt_side_by_side(live: Live, visit: Visit):
    page = visit("/compare")
    page.fill("#prompt", "a lemon on a slate slab")
    page.check('[name=area][value="256"]', force=True)
    chosen = page.locator('[name="model"]:checked')
    while chosen.count():
        chosen.first.uncheck()
    page.click("text=Compare >> nth=-1")
    expect(page.locator('[data-wrong="model"]')).to_contain_text("Choose some")
    for model in ("still", "brush"):
        page.check(f'[name="model"][value="{model}"]')
    page.locator("#prompt").press("Control+Enter")
    rivals = page.locator(".rival")
    expect(rivals.nth(1).locator("[data-slot=cost]")).to_contain_text(re.compile(r"\d s · \$0.04 a picture"))
    expect(rivals.nth(0).locator("[data-slot=cost]")).to_contain_text("free")
    rivals.nth(0).locator(".glass").click(position={"x": 20, "y": 20})
    zoomed = [rivals.nth(k).locator("img").evaluate("image => image.style.transform") for k in (0, 1)]
    assert zoomed[0] == zoomed[1] and "scale(2.5)" in zoomed[0]
    page.check('[name=view][value="difference"]', force=True)
    expect(page.locator("#difference-says")).to_contain_text(re.compile(r"[1-9].*% apart"))
    page.check('[name=view][value="slider"]', force=True)
    page.locator("#cutter").press("Home")
    assert page.locator("#pair-over").evaluate("over => over.style.clipPath") == "inset(0px 0px 0px 0%)"
    page.check('[name=view][value="side"]', force=True)
    rivals.nth(1).locator("button").click()
    expect(rivals.nth(1)).to_have_class(re.compile("best"))
    event = live.studio.store.events.list(live.studio.owner, kind="compare.best")[0]
    assert event.data["model"] == "brush"
    compared = [live.studio.store.pictures.get(live.studio.owner, picture_id) for picture_id in event.data["pictures"]]
    assert len({picture.seed for picture in compared}) == 1
    assert live.studio.store.pictures.get(live.studio.owner, event.subject).favourite_at is not None


# --- refine ---------------------------------------------------------------------------------------------------


def test_only_what_was_brushed_is_painted_anew(live: Live, visit: Visit, keep: Callable[..., Picture]):
    picture = keep()
    page = visit(f"/refine/{picture.id}")
    page.click('[data-way="repaint"]')
    page.select_option("#model", "brush")
    page.locator("#count").press("Home")
    page.click("#go")
    expect(page.locator('[data-wrong="mask"]')).to_contain_text("nothing marked")
    box = page.locator("#mask").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()
    page.click("#go")
    expect(page.locator(".tree a")).to_have_count(2)
    child = live.studio.store.pictures.children(live.studio.owner, picture.id)[0]
    before, after = pixels_of(live, picture.id), pixels_of(live, child.id)
    changed = np.abs(before.astype(int) - after).max(axis=2) > 24  # a watermark changes all of it, by less
    assert changed[45:51, 30:46].mean() > 0.5
    assert not changed[:, 100:].any()
    assert child.parent_ids == (picture.id,)


def marked(page: Page) -> np.ndarray:
    """The mask as it is sent, (H, W) bool."""
    url = page.evaluate("document.querySelector('#mask').toDataURL()")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))))[..., 3] > 127


def test_a_second_finger_draws_no_line_to_the_first_and_a_lost_one_stops(visit: Visit, keep: Callable[..., Picture]):
    page = visit(f"/refine/{keep().id}", has_touch=True)
    page.click('[data-way="repaint"]')
    box = page.locator("#mask").bounding_box()
    assert box is not None
    wire = page.context.new_cdp_session(page)

    def touch(kind: str, *fingers: tuple[float, float]) -> None:
        points = [{"x": box["x"] + x * box["width"], "y": box["y"] + y * box["height"], "id": k} for k, (x, y) in enumerate(fingers)]
        wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", (0.1, 0.2))
    touch("touchStart", (0.1, 0.2), (0.9, 0.9))
    touch("touchMove", (0.3, 0.2), (0.8, 0.9))
    touch("touchCancel")
    first = marked(page)
    assert first[19, 26], "the first finger brushes"
    assert not first[40:].any(), "the second one joins in"
    touch("touchStart", (0.9, 0.9))
    touch("touchMove", (0.8, 0.9))
    touch("touchEnd")
    assert marked(page)[86, 109]
    assert not marked(page)[45:65].any(), "the stroke that was taken away goes on"


def test_the_brush_is_seen_where_keys_and_mouse_move_it(visit: Visit, keep: Callable[..., Picture]):
    page = visit(f"/refine/{keep().id}")
    page.click('[data-way="repaint"]')
    expect(page.locator(".ring")).to_be_hidden()
    box = page.locator("#mask").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] / 4)
    ring = page.locator(".ring").bounding_box()
    assert ring is not None
    assert abs(ring["x"] + ring["width"] / 2 - box["x"] - box["width"] / 4) < 2
    assert abs(ring["width"] - float(page.input_value("#brush-size"))) < 3
    page.focus("#mask")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("]")
    moved = page.locator(".ring").bounding_box()
    assert moved is not None
    assert moved["x"] > ring["x"]
    assert moved["width"] > ring["width"]


def test_a_long_history_leaves_the_picture_in_sight(live: Live, visit: Visit, keep: Callable[..., Picture]):
    picture = keep()
    page = visit(f"/refine/{picture.id}")
    page.locator(".kinship .tree").evaluate("tree => tree.style.height = '900px'")
    page.click('[data-way="repaint"]')
    box, board = page.locator("#mask").bounding_box(), page.locator(".cloth").bounding_box()
    assert box is not None
    assert board is not None
    assert box["height"] > 300
    assert board["y"] <= box["y"]
    assert box["y"] + box["height"] <= board["y"] + board["height"]


@pytest.mark.parametrize(("side", "grown"), [("l", (240, 96)), ("r", (240, 96)), ("t", (128, 208)), ("b", (128, 208))])
def test_what_is_rounded_up_goes_on_the_side_that_was_asked_for(side: str, grown: tuple[int, int]):
    from starlette.datastructures import FormData

    from pochade.core.values import Capabilities
    from pochade.web.pages.refining import _extended

    pixels = np.full((96, 128, 3), 9, np.uint8)
    able = Capabilities(summary="", side_multiple_px=16)
    larger, mask = _extended(pixels, FormData({f"pad_{side}": "100"}), able)
    assert (larger.shape[1], larger.shape[0]) == grown
    kept = np.argwhere(~mask)
    assert len(kept) == 96 * 128
    top, left = (grown[1] - 96 if side == "t" else 0), (grown[0] - 128 if side == "l" else 0)
    assert tuple(kept[0]) == (top, left)


@pytest.mark.parametrize(("way", "size"), [("change", (128, 96)), ("extend", (384, 96)), ("enlarge", (256, 192)), ("vary", (128, 96))])
def test_every_way_of_refining_adds_a_child(live: Live, visit: Visit, keep: Callable[..., Picture], way: str, size: tuple[int, int]):
    picture = keep()
    page = visit(f"/refine/{picture.id}")
    page.click(f'[data-way="{way}"]')
    if way in ("change", "extend"):
        page.select_option("#model", "brush")
    if way != "enlarge":
        page.locator("#count").press("Home")
    page.click("#go")
    expect(page.locator(".tree a")).to_have_count(2)
    child = live.studio.store.pictures.children(live.studio.owner, picture.id)[0]
    assert (child.width_px, child.height_px) == size
    recipe, plan = Recipe.from_json(child.recipe or ""), Recipe.from_json(picture.recipe or "").plan
    assert (recipe.plan == plan) == (way == "enlarge")


# --- plan -----------------------------------------------------------------------------------------------------


def test_a_plan_is_changed_by_menus_and_by_dragging_and_painted(live: Live, visit: Visit, keep: Callable[..., Picture]):
    picture = keep("a lemon and a mug on a slate slab, noon")
    page = visit(f"/plan/{picture.id}")
    plan: Callable[[], Any] = lambda: json.loads(page.locator("[name=plan]").input_value())  # noqa: E731
    original = plan()
    page.select_option('[data-change="light"]', "candlelight")
    expect(page.locator("#plan-undo")).to_be_enabled()
    assert plan()["description"]["light"] == "candlelight"
    assert plan()["things"] == original["things"]
    page.select_option('[data-change="color"][data-entity="1"]', "blue")
    expect(page.locator('[data-change="color"][data-entity="1"]')).to_have_value("blue")
    page.select_option('[data-change="count"][data-entity="0"]', "3")
    expect(page.locator(".thing")).to_have_count(4)
    lemon = page.locator(".thing").filter(has_text="lemon").first
    index = int(lemon.get_attribute("data-thing") or 0)
    before = plan()["things"][index]["position_m"]
    lemon.focus()
    value = page.locator("[name=plan]").input_value()
    lemon.press("ArrowLeft")
    expect(page.locator("[name=plan]")).not_to_have_value(value)
    expect(page.locator("#shown-says")).to_have_text("Sketch of the changed plan")
    assert plan()["things"][index]["position_m"][0] < before[0]
    page.keyboard.press("Control+Enter")
    expect(page.locator("#shown-says")).to_contain_text("Painted and kept")
    child = live.studio.store.pictures.children(live.studio.owner, picture.id)[0]
    assert "candlelight" in child.prompt and "three lemons" in child.prompt
    assert json.loads(Recipe.from_json(child.recipe or "").plan or "") == plan()


def test_a_value_that_is_not_accepted_changes_nothing(live: Live, visit: Visit, keep: Callable[..., Picture]):
    page = visit(f"/plan/{keep().id}")
    page.locator('[data-change="light"]').evaluate("menu => menu.add(new Option('neon sun'))")
    page.select_option('[data-change="light"]', "neon sun")
    expect(page.locator('[data-wrong=""]')).to_contain_text("Got 'neon sun' as light")
    expect(page.locator("#plan-undo")).to_be_disabled()


# --- gallery --------------------------------------------------------------------------------------------------


def test_pictures_are_found_by_words_and_more_come_with_scrolling(live: Live, visit: Visit, keep: Callable[..., Picture]):
    one = keep("a candle on a book")
    new = NewPicture(live.studio.store.pictures.read(live.studio.owner, one.id), "image/png", 128, 96, "still", one.prompt, 5)
    for _ in range(63):
        live.studio.store.pictures.add(live.studio.owner, new)
    keep("a teapot, golden hour", 9, "brush")
    page = visit("/gallery")
    tiles = page.locator("#hang figure")
    expect(tiles).to_have_count(60)
    page.mouse.wheel(0, 20_000)
    expect(tiles.nth(64)).to_be_attached()
    page.fill("[name=q]", "hour teapot")
    expect(tiles).to_have_count(1)
    expect(page).to_have_url(re.compile("q=hour"))
    page.select_option("[name=model]", "still")
    expect(page.locator(".empty")).to_contain_text("No picture matches")


def test_chosen_pictures_are_exported_with_their_recipes(visit: Visit, keep: Callable[..., Picture]):
    kept = [keep("a feather on a velvet cloth", seed) for seed in (1, 2, 3)]
    page = visit("/gallery?q=feather")
    page.locator(".pick input").nth(0).check(force=True)
    page.locator(".pick input").nth(2).click(modifiers=["Shift"], force=True)
    expect(page.locator("#selected")).to_have_text("3 selected")
    page.click('[data-bulk="export"]')
    with page.expect_download() as started:
        page.click("#export-dialog >> text=Download")
    with zipfile.ZipFile(started.value.path()) as archive:
        recipes = [Recipe.from_json(archive.read(name).decode()) for name in archive.namelist() if name.endswith(".json")]
        assert {recipe.seed for recipe in recipes} == {1, 2, 3}
        assert sum(name.endswith(".png") for name in archive.namelist()) == len(kept)


def test_a_deleted_picture_comes_back(live: Live, visit: Visit, keep: Callable[..., Picture]):
    picture = keep("a gear and a dice")
    page = visit("/gallery?q=gear")
    page.locator(".pick input").check(force=True)
    page.click('[data-bulk="delete"]')
    expect(page.locator(f"#tile-{picture.id}")).to_be_hidden()
    assert live.studio.store.pictures.get(live.studio.owner, picture.id).deleted_at is not None
    page.click(".toast button")
    expect(page.locator(f"#tile-{picture.id}")).to_be_visible()
    assert live.studio.store.pictures.get(live.studio.owner, picture.id).deleted_at is None


def test_favourites_and_collections_are_found_again(visit: Visit, keep: Callable[..., Picture]):
    picture = keep("a shell on sand")
    page = visit("/gallery?q=shell")
    page.locator("figure .fave").click(force=True)
    page.locator(".pick input").check(force=True)
    page.click('[data-bulk="collect"]')
    page.fill("#collect-name", "Beach")
    page.click("#collect >> text=Put in")
    expect(page.locator(".toast")).to_contain_text("Beach")
    page.goto("/gallery?favourite=1")
    expect(page.locator(f"#tile-{picture.id}")).to_be_visible()
    page.select_option("[name=collection]", label="Beach")
    expect(page.locator("#hang figure")).to_have_count(1)


def test_the_viewer_opens_turns_and_gives_the_focus_back(visit: Visit, keep: Callable[..., Picture]):
    first, second = keep("a crystal on a mirror", 1), keep("a crystal on a mirror", 2)
    page = visit("/gallery?q=crystal")
    page.locator(f'[data-view="{second.id}"]').focus()
    page.keyboard.press("Enter")
    expect(page.locator("#viewer .facts")).to_contain_text("1.5 s")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#viewer .look")).to_have_attribute("data-picture", first.id)
    page.keyboard.press("Escape")
    expect(page.locator("#viewer")).to_be_hidden()
    expect(page.locator(f'[data-view="{second.id}"]')).to_be_focused()


# --- administrators -------------------------------------------------------------------------------------------


def test_a_key_is_shown_once_and_revoked(live: Live, visit: Visit):
    page = visit("/keys")
    page.fill("[name=name]", "plug-in")
    page.fill("[name=days]", "soon")
    page.click("text=Make key")
    expect(page.locator("#wrong-days")).to_contain_text("a whole number is accepted")
    expect(page.locator("[name=name]")).to_have_value("plug-in")
    page.fill("[name=days]", "30")
    page.click("text=Make key")
    secret = page.locator("#new-key").text_content() or ""
    assert live.studio.store.keys.authenticate(secret) is not None
    page.goto("/keys")
    assert secret not in page.content()
    page.locator("tr", has_text="plug-in").get_by_text("Revoke").click()
    expect(page.locator("tr", has_text="plug-in")).to_contain_text("revoked")
    assert live.studio.store.keys.authenticate(secret) is None


def test_a_model_is_added_and_removed(visit: Visit):
    page = visit("/models")
    page.fill("[name=name]", "studio-b")
    page.click("text=Add model")
    expect(page.locator("#wrong-base_url")).to_contain_text("base_url")  # beside its field
    expect(page.locator("[name=name]")).to_have_value("studio-b")
    page.fill("[name=name]", "studio b!")
    page.click("text=Add model")
    expect(page.locator("#wrong-name")).to_contain_text("up to 64 letters")
    page.fill("[name=name]", "studio-b")
    page.fill("[name=base_url]", "http://127.0.0.1:9/v1")
    page.fill("[name=remote_model]", "x")
    page.click("text=Add model")
    row = page.locator("tr", has_text="studio-b")
    expect(row).to_be_visible()
    row.get_by_text("Remove").click()
    expect(page.locator(".note")).to_contain_text("studio-b was removed")


def test_an_administrator_changes_roles_and_deletes_accounts(visit: Visit, live: Live):
    store = live.studio.store
    store.users.create(live.studio.owner, "charcoal")
    page = visit("/users")
    row = page.get_by_role("row").filter(has_text="charcoal")
    row.get_by_role("button", name="Make administrator").click()
    expect(row).to_contain_text("Administrator")
    row.get_by_role("button", name="Make member").click()
    expect(row.get_by_role("button", name="Make administrator")).to_be_visible()
    row.get_by_text("Delete", exact=True).click()
    if folder := os.environ.get("POCHADE_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/users-delete.png")
    row.get_by_role("textbox").fill("chalk")
    row.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("To delete it, type 'charcoal'")).to_be_visible()
    row.get_by_text("Delete", exact=True).click()
    row.get_by_role("textbox").fill("charcoal")
    row.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("charcoal was deleted.")).to_be_visible()
    assert "charcoal" not in [user.name for user in store.users.list(live.studio.owner)]


def test_pages_of_administrators_are_closed_to_members(live: Live, visit: Visit):
    member = live.studio.store.users.create(live.studio.owner, "guest")
    _, secret = live.studio.store.sessions.open(member)
    page = visit("/", login=False)
    page.context.add_cookies([{"name": "pochade_session", "value": secret, "url": live.url}])
    for path in ("/users", "/system"):
        answer = page.goto(path)
        assert answer is not None and answer.status == 403
        expect(page.locator("main")).to_contain_text("for administrators")


def test_a_picture_of_somebody_else_does_not_exist(live: Live, visit: Visit, keep: Callable[..., Picture]):
    picture = keep()
    stranger = live.studio.store.users.create(live.studio.owner, "stranger")
    _, secret = live.studio.store.sessions.open(stranger)
    page = visit("/", login=False)
    page.context.add_cookies([{"name": "pochade_session", "value": secret, "url": live.url}])
    for path in ("pictures/{}", "pictures/{}/small", "files/{}", "refine/{}", "plan/{}"):
        answer = page.request.get(f"/{path.format(picture.id)}")
        assert answer.status == 404, path


def test_a_body_that_is_no_object_is_refused(live: Live, visit: Visit, keep: Callable[..., Picture]):
    page = visit("/")
    token = page.locator("meta[name=csrf-token]").get_attribute("content") or ""
    for path in ("/preview", "/pictures/delete", "/compare/best", "/collections", f"/plan/{keep().id}/change"):
        for body in ("{", "[]"):
            answer = page.request.post(path, data=body, headers={"x-csrf-token": token, "content-type": "application/json"})
            assert answer.status == 400, path
        assert page.request.post(path, data="{}", headers={"content-type": "application/json"}).status == 403, path


def test_an_address_without_a_page_is_told_as_a_page_to_people_and_as_json_to_programs(live: Live, visit: Visit):
    page = visit("/")
    answer = page.goto("/paintings")
    assert answer is not None and answer.status == 404
    expect(page.locator("main")).to_contain_text("There is no page at this address")
    told = page.request.get("/v1/nothing", headers={"accept": "application/json"})
    assert told.status == 404 and told.json()["error"]["type"] == "not_found_error"
