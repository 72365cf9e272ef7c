"""Every page, light and dark, for everybody: WCAG 2.2 AA by axe-core, no sideways scrolling on a phone, all words in the catalogue.

With POCHADE_SCREENSHOTS set to a folder, each page is also photographed there at three sizes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from pochade.store import Picture
from pochade.web.pages import STATIC
from pochade.web.pages.rendering import TEMPLATES
from pochade.web.pages.words import CATALOGUE
from web.conftest import Live

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SIZES = {"phone": (390, 844), "laptop": (1280, 800), "wide": (1920, 1080)}
PATHS = (
    "/",
    "/compare",
    "/refine",
    "/refine/{}",
    "/plan",
    "/plan/{}",
    "/gallery",
    "/pictures/{}",
    "/models",
    "/keys",
    "/users",
    "/system",
    "/appeals",
    "/verify",
    "/account",
)
PATHS += ("/login", "/pictures/nothing")


def violations(page: Page) -> list[str]:
    """What axe finds, one line each."""
    page.evaluate(AXE)
    found = page.evaluate("(rules) => axe.run(document, { runOnly: rules, resultTypes: ['violations'] })", RULES)
    return [f"{one['id']}: {node['html'][:160]} {node['failureSummary'][-160:]}" for one in found["violations"] for node in one["nodes"]]


@pytest.fixture(scope="module")
def windows(live: Live, browser: Browser) -> Iterator[dict[str, Page]]:
    """One logged-in page in light and one in dark."""
    pages = {}
    for theme in ("light", "dark"):
        context = browser.new_context(
            base_url=live.url, viewport={"width": 1280, "height": 800}, color_scheme=theme, reduced_motion="reduce"
        )
        _, secret = live.studio.store.sessions.open(live.studio.owner)
        context.add_cookies([{"name": "pochade_session", "value": secret, "url": live.url}])
        pages[theme] = context.new_page()
    yield pages
    for page in pages.values():
        page.context.close()


@pytest.fixture(scope="module")
def picture(keep: Callable[..., Picture]) -> Picture:
    return keep()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_page_is_accessible_and_fits_a_phone(windows: dict[str, Page], picture: Picture, path: str, theme: str):
    page = windows[theme]
    page.goto(path.format(picture.id))
    assert violations(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    if theme == "light":
        small = (
            "[...document.querySelectorAll('main button, main select, .rail a')].filter(one => one.offsetWidth && one.offsetHeight < 24)"
        )
        assert page.evaluate(f"{small}.map(one => one.outerHTML.slice(0, 90))") == []
    photograph(page, path.replace("/{}", "-one").strip("/") or "paint", theme)
    page.set_viewport_size({"width": 1280, "height": 800})


def test_the_judge_finds_what_is_wrong(windows: dict[str, Page]):
    page = windows["light"]
    page.goto("/account")
    page.evaluate("document.querySelector('h1').style.color = '#d8d4cc'")
    assert [one.split(":")[0] for one in violations(page)] == ["color-contrast"]


def photograph(page: Page, name: str, theme: str) -> None:
    folder = os.environ.get("POCHADE_SCREENSHOTS")
    for size, (width, height) in SIZES.items() if folder else ():
        page.set_viewport_size({"width": width, "height": height})
        page.screenshot(path=Path(folder or "") / f"{name.replace('/', '-')}-{size}-{theme}.png")


def test_open_dialogs_and_menus_are_accessible(windows: dict[str, Page], picture: Picture):
    page = windows["light"]
    page.goto("/gallery")
    page.locator(".pick input").first.check(force=True)
    assert violations(page) == []
    page.click('[data-bulk="export"]')
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.click('[data-bulk="none"]')
    page.click(f'[data-view="{picture.id}"]')
    page.wait_for_selector("#viewer .look")
    assert violations(page) == []
    page.goto("/")
    for fold in page.locator("details.fold summary").all():
        fold.click()
    page.fill("#prompt", "a lemon and an accordion")
    page.wait_for_selector("#words-known button")
    assert violations(page) == []


def test_everything_on_paint_is_reached_by_keyboard_alone(windows: dict[str, Page]):
    page = windows["light"]
    page.goto("/")
    seen: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.id || document.activeElement.name || document.activeElement.className"))
    assert seen[0] == "skip"
    wanted = ["prompt", "model", "aspect", "area", "count", "seed", "seed-roll", "seed-lock", "paint"]
    assert [name for name in dict.fromkeys(seen) if name in wanted] == wanted
    page.locator("#seed-roll").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_the_theme_is_kept(windows: dict[str, Page]):
    page = windows["light"]
    page.goto("/gallery")
    page.click(".rail [data-theme-toggle]")
    page.goto("/compare")
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"
    page.click(".rail [data-theme-toggle]")


def test_every_word_is_in_the_catalogue_and_every_entry_is_used():
    sources = [path.read_text() for path in (*TEMPLATES.rglob("*.html"), *STATIC.glob("js/*.js"), *TEMPLATES.parent.glob("*.py"))]
    text = "\n".join(sources).replace(TEMPLATES.parent.joinpath("words.py").read_text(), "")
    named = set(re.findall(r"""\bt\([^()]*?["']([a-z_]+\.[a-z_.]+[a-z_])["']""", text)) | set(re.findall(r'"(js\.[a-z_]+)"', text))
    assert sorted(named - set(CATALOGUE)) == []
    built = {"nav", "aspect", "quality", "style", "fact", "export", "compare", "refine", "plan", "camera", "side", "since", "role", "scope"}
    built |= {"kind", "can", "system", "month", "verify", "verdict", "technique", "appeal", "appeals"}
    assert sorted(key for key in CATALOGUE if key not in text and key.split(".")[0] not in built and not key.startswith("js.way_")) == []


def test_pages_hold_no_inline_script_or_style():
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text()
        assert not re.search(r"<script(?![^>]*(src=|application/json))", text), path
        assert not re.search(r"\sstyle=|<style|\son[a-z]+=", text), path
        assert "http://" not in text and "https://" not in text, path


def test_a_picture_is_given_in_every_format(live: Live, picture: Picture, tmp_path: Path):
    import io
    import zipfile

    from PIL import Image

    from pochade.studio import exports
    from pochade.studio.pictures import read_recipe

    file = live.studio.store.pictures.read(live.studio.owner, picture.id)
    for name in ("png", "jpeg", "webp"):
        made = exports.export([(picture, file)], name)
        path = tmp_path / made.name
        path.write_bytes(made.data)
        assert read_recipe(path).seed == picture.seed
    made = exports.export([(picture, file), (picture, file)], "ora")
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        first = archive.infolist()[0]
        assert (first.filename, archive.read("mimetype"), first.compress_type) == ("mimetype", b"image/openraster", zipfile.ZIP_STORED)
        assert archive.read("stack.xml").count(b"<layer ") == 2
        assert Image.open(io.BytesIO(archive.read("mergedimage.png"))).size == (picture.width_px, picture.height_px)


def test_layers_leave_room_clear_where_the_seen_one_is_smaller(live: Live, keep: Callable[..., Picture]):
    import io
    import zipfile

    import numpy as np
    from PIL import Image

    from pochade.store import NewPicture
    from pochade.studio import exports

    store, owner = live.studio.store, live.studio.owner
    small = keep("a lemon", 3)
    file = io.BytesIO()
    Image.new("RGB", (200, 300), "red").save(file, "PNG")
    large = store.pictures.add(owner, NewPicture(file.getvalue(), "image/png", 200, 300, "still", "red", 1))
    made = exports.export([(one, store.pictures.read(owner, one.id)) for one in (small, large)], "ora")
    with zipfile.ZipFile(io.BytesIO(made.data)) as archive:
        merged = Image.open(io.BytesIO(archive.read("mergedimage.png")))
        thumbnail = Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png")))
        layer = Image.open(io.BytesIO(archive.read("data/layer0.png"))).convert("RGB")
    assert (merged.mode, merged.size, thumbnail.mode) == ("RGBA", (200, 300), "RGBA")
    pixels = np.asarray(merged)
    assert (pixels[:96, :128, :3] == np.asarray(layer)).all() and (pixels[:96, :128, 3] == 255).all()
    assert not pixels[96:, :, 3].any() and not pixels[:, 128:, 3].any(), "room is clear, not black"
