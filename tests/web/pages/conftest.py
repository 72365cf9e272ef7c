"""A live studio with models that paint at once, and a browser that looks at it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # painters.py, for the registry

from painters import picture_of
from playwright.sync_api import Browser, Page, expect, sync_playwright

from pochade.core.recipe import Recipe
from pochade.providers import registry
from pochade.store import NewPicture, Picture
from pochade.studio.paint import digest
from pochade.studio.pictures import encode
from pochade.web.settings import load_settings
from pochade.world.compose import compose
from pochade.world.parser import parse
from web.conftest import Live, serve

for name, painter in (("still", "Still"), ("brush", "Brush"), ("second", "Second"), ("whole", "Whole"), ("away", "Away")):
    registry.register(name, f"painters:{painter}")

expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong
PASSWORD = "three pears in a bowl"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A server whose administrator has a password, and who has painted a few pictures."""
    folder = tmp_path_factory.mktemp("studio")
    os.environ["POCHADE_CONFIG"] = str(folder / "config")
    for server in serve(load_settings(data=folder, default_model="still", port=0, drain_s=5)):
        store = server.studio.store
        store.users.set_password(server.studio.owner, server.studio.owner.id, PASSWORD)
        yield server
    del os.environ["POCHADE_CONFIG"]


@pytest.fixture(scope="module")
def keep(live: Live) -> Callable[..., Picture]:
    """Keeps a picture in the administrator's gallery, as a model that plans would have painted it."""

    def kept(prompt: str = "a lemon and two apples on a slate slab", seed: int = 5, model_id: str = "still") -> Picture:
        pixels = picture_of(prompt, seed, 128, 96)
        plan = compose(parse(prompt).description, seed, 128 / 96).to_json()
        recipe = Recipe(prompt, seed, model_id, 128, 96, "standard", digest(pixels), plan=plan)
        new = NewPicture(encode(pixels, recipe), "image/png", 128, 96, model_id, prompt, seed, recipe.to_json(), {"paint_s": 1.5})
        return live.studio.store.pictures.add(live.studio.owner, new)

    return kept


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    # one per module: while Playwright's loop exists, no other can run in this thread
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def visit(live: Live, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page as the administrator; options are the browser context's. In the end: no error in any console."""
    complaints: list[str] = []
    contexts = []

    def open_(path: str = "/", login: bool = True, **options: object) -> Page:
        context = browser.new_context(base_url=live.url, **{"viewport": {"width": 1280, "height": 800}, **options})  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        contexts.append(context)
        if login:
            _, secret = live.studio.store.sessions.open(live.studio.owner)
            context.add_cookies([{"name": "pochade_session", "value": secret, "url": live.url}])
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    # refusals that a test provokes are told by the browser too
    assert [text for text in complaints if "Failed to load resource" not in text] == []
