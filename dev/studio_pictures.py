"""Photographs the studio's pages for docs/studio, with pictures that the default model paints.

    python dev/studio_pictures.py                    # the three of docs/studio
    python dev/studio_pictures.py --all build/pages  # every page at three sizes, light and dark, to look at

Needs Chromium and Playwright (extra `test`). The studio runs in a folder of its own that is thrown away.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

FOLDER = Path(__file__).parent.parent / "docs" / "studio"
PROMPTS = (
    "three lemons in a blue bowl, window light",
    "a copper teapot and two mugs on an oak table, golden hour",
    "a lake at sunset",
    "a green glass bottle next to a croissant, softbox",
    "a gold ring on slate, macro",
    "snowy peaks at dawn",
    "two pears on a linen tablecloth, candlelight",
    "a pine forest in fog",
    "a strawberry cake on a marble table, morning light",
    "a red glass vase and two oranges on a marble table at sunset",
    "desert dunes, golden hour",
    "a ceramic mug and a croissant on a wooden table, overcast",
)
SHOWN = "a copper teapot, two pears and a violin on an oak table, golden hour"
SIZES = {"phone": (390, 844), "laptop": (1280, 800), "wide": (1920, 1080)}
PAINTING_MS = 120_000


@contextmanager
def studio(folder: str) -> Iterator[str]:
    """Runs `pochade serve`; gives its login link."""
    environment = {**os.environ, "POCHADE_DATA": folder, "POCHADE_CONFIG": f"{folder}/config", "POCHADE_LOG_LEVEL": "WARNING"}
    command = [sys.executable, "-m", "pochade", "serve", "--port", "0"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert running.stdout is not None
        yield next(line.strip() for line in running.stdout if "link=" in line)
    finally:
        running.terminate()
        running.wait(60)


def paint(page: Page, prompt: str, count: int = 1) -> None:
    """Paints as a person does, and waits for the pictures."""
    page.goto("/")
    page.fill("#prompt", prompt)
    page.evaluate(
        "count => { const slider = document.querySelector('#count'); slider.value = count;"
        " slider.dispatchEvent(new Event('input', {bubbles: true})) }",
        count,
    )
    page.keyboard.press("Control+Enter")
    expect(page.locator(".job").first.locator("img[src*='/pictures/']")).to_have_count(count, timeout=PAINTING_MS)


def sketched(page: Page, prompt: str) -> None:
    """Types, and waits for the sketch that follows."""
    page.goto("/")
    page.click("#prompt")
    with page.expect_response(lambda answer: "/preview" in answer.url and answer.ok, timeout=PAINTING_MS):
        page.fill("#prompt", prompt)
    page.wait_for_timeout(8_000)  # the plan comes first, the painting in its place


def photograph(page: Page, name: str) -> None:
    png = page.screenshot()
    with tempfile.NamedTemporaryFile(suffix=".png") as file:
        Path(file.name).write_bytes(png)
        with Image.open(file.name) as image:
            image.convert("RGB").save(FOLDER / f"{name}.webp", quality=80, method=6)


def newest(page: Page, about: str) -> str:
    """Id of the newest picture of a prompt."""
    page.goto(f"/gallery?q={about.replace(' ', '+')}")
    place = page.locator("[data-view]").first
    return place.get_attribute("data-view") or ""


def of_docs(page: Page) -> None:
    """The three pictures of the guide."""
    sketched(page, SHOWN)
    photograph(page, "paint")
    page.goto(f"/plan/{newest(page, 'teapot')}")
    page.wait_for_timeout(8_000)
    photograph(page, "plan")
    page.goto("/gallery")
    page.wait_for_load_state("networkidle")
    photograph(page, "gallery")


def of_everything(browser: Browser, url: str, state: object, folder: Path) -> None:
    """Every page, at three sizes, light and dark."""
    folder.mkdir(parents=True, exist_ok=True)
    for size, (width, height) in SIZES.items():
        for scheme in ("light", "dark"):
            context = browser.new_context(
                base_url=url,
                viewport={"width": width, "height": height},
                color_scheme=scheme,
                storage_state=state,  # type: ignore[arg-type]
            )
            page = context.new_page()
            one = newest(page, "teapot")
            rooms = {"paint": "/", "compare": "/compare", "gallery": "/gallery", "refine": f"/refine/{one}", "plan": f"/plan/{one}"}
            rooms |= {name: f"/{name}" for name in ("models", "keys", "users", "system", "account", "verify")}
            for name, path in rooms.items():
                page.goto(path)
                page.wait_for_timeout(6_000 if name == "plan" else 800)
                page.screenshot(path=folder / f"{name}-{size}-{scheme}.png")
            context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="photographs of every page, at three sizes, instead")
    chosen = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with tempfile.TemporaryDirectory() as folder, studio(folder) as link, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        url = re.sub("/login.*", "", link)
        context = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900})
        context.set_default_timeout(PAINTING_MS)
        page = context.new_page()
        page.goto(link)
        for prompt in PROMPTS:
            paint(page, prompt)
        if chosen.all:
            of_everything(browser, url, context.storage_state(), chosen.all)
        else:
            of_docs(page)
        browser.close()


if __name__ == "__main__":
    main()
