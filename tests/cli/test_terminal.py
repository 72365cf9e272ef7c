"""Pictures and progress in the terminal."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from pochade.cli import easel, terminal
from pochade.core.recipe import Recipe
from pochade.core.values import GenerationRequest, Notice, Preview, Progress, PromptRead, Span, UnknownWord

PICTURE = np.zeros((40, 60, 3), np.uint8)
PICTURE[:, :30] = (255, 0, 0)
PICTURE[20:, 30:] = (0, 0, 255)


def console(color_system="truecolor", width=80, height=30, **options) -> Console:
    return Console(
        file=io.StringIO(), force_terminal=True, color_system=color_system, width=width, height=height, legacy_windows=False,
        highlight=False, _environ={}, **options
    )  # fmt: skip


def text_of(target: Console) -> str:
    assert isinstance(target.file, io.StringIO)
    return target.file.getvalue()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "blocks"),
        ({"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM_PROGRAM": "ghostty"}, "kitty"),
        ({"TERM_PROGRAM": "iTerm.app"}, "iterm"),
        ({"TERM_PROGRAM": "WezTerm"}, "iterm"),
        ({"LC_TERMINAL": "iTerm2"}, "iterm"),
        ({"TERM": "foot"}, "sixel"),
        ({"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1", "TMUX": "/tmp/tmux"}, "blocks"),
        ({"TMUX": "/tmp/tmux", "POCHADE_TERMINAL": "kitty"}, "kitty"),
        ({"POCHADE_TERMINAL": "none"}, "none"),
        ({"POCHADE_TERMINAL": "hologram"}, "blocks"),
    ],
)
def test_how_pictures_are_shown(environment, expected):
    assert terminal.protocol(console(), environment) == expected


def test_no_pictures_without_colours_or_terminal():
    assert terminal.protocol(console("standard"), {}) == "none"
    assert terminal.protocol(console(no_color=True), {}) == "none"
    assert terminal.protocol(Console(file=io.StringIO()), {"POCHADE_TERMINAL": "kitty"}) == "none"


def test_blocks_fit_and_keep_their_shape():
    target = console()
    target.print(terminal.Blocks(PICTURE, max_columns=40, max_rows=10), end="")
    lines = text_of(target).splitlines()
    cells = [re.findall(r"\x1b\[38;2;(\d+);(\d+);(\d+);48;2;(\d+);(\d+);(\d+)m▀", line) for line in lines]
    assert len(cells) == 10 and {len(row) for row in cells} == {30}
    assert cells[0][0] == ("255", "0", "0", "255", "0", "0")
    assert cells[0][-1] == ("0", "0", "0", "0", "0", "0")
    assert cells[-1][-1] == ("0", "0", "255", "0", "0", "255")


def test_kitty_payload_is_the_picture_in_chunks():
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    target = console()
    terminal.show(target, noise, "kitty", 9)
    chunks = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", text_of(target))
    assert len(chunks) > 1 and all(len(data) <= 4096 for _, data in chunks)
    assert chunks[0][0].startswith("a=T,f=100,q=2,c=") and [control[-3:] for control, _ in chunks[:-1]] == ["m=1"] * (len(chunks) - 1)
    assert chunks[-1][0] == "m=0"
    png = base64.b64decode("".join(data for _, data in chunks))
    assert (np.asarray(Image.open(io.BytesIO(png))) == noise).all()


def test_iterm_payload_is_the_picture():
    target = console()
    terminal.show(target, PICTURE, "iterm", 9)
    found = re.search(r"\x1b\]1337;File=inline=1;size=(\d+);width=(\d+);preserveAspectRatio=1:([^\a]*)\a", text_of(target))
    assert found is not None
    png = base64.b64decode(found[3])
    assert len(png) == int(found[1]) and (np.asarray(Image.open(io.BytesIO(png))) == PICTURE).all()


def test_sixel_decodes_to_the_picture():
    image = Image.fromarray(PICTURE)
    assert (decode_sixel(terminal.sixel(image)) == PICTURE).all()


def decode_sixel(text: str) -> np.ndarray:
    found = re.fullmatch(r'\x1bP0;1q"1;1;(\d+);(\d+)(.*)\x1b\\', text, re.DOTALL)
    assert found is not None
    width, height = int(found[1]), int(found[2])
    picture, palette = np.full((height, width, 3), 99, np.uint8), {}
    x = top = 0
    colour = None
    for token in re.findall(r"#\d+;2;\d+;\d+;\d+|#\d+|!\d+.|[$-]|[?-~]", found[3]):
        if ";" in token:
            index, _, *levels = token[1:].split(";")
            palette[index] = [round(int(level) * 2.55) for level in levels]
        elif token.startswith("#"):
            colour = palette[token[1:]]
        elif token in "$-":
            x, top = 0, top + 6 * (token == "-")
        else:
            count = int(token[1:-1]) if token.startswith("!") else 1
            bits = ord(token[-1]) - 63
            for row in range(6):
                if bits >> row & 1:
                    picture[top + row, x : x + count] = colour
            x += count
    return picture


def test_the_live_easel_tells_everything_and_leaves_the_picture():
    request = GenerationRequest("a red accordion", 7, "gradient", width_px=60, height_px=40)
    target = console()
    with easel.LiveEasel(request, target) as live:
        live.see(PromptRead((Span(2, 5, "color", "red"),), (UnknownWord(6, 15, "accordion", ("candle",)),)))
        live.see(Notice("No libLLVM here."))
        live.see(Progress(0.0))
        live.see(Progress(0.5))
        live.see(Preview(PICTURE))
        recipe = Recipe(request.prompt, 7, "gradient", 60, 40, "standard", "")
        live.hang(Path("a-very-long-name/" * 10 + "vase.png"), PICTURE, recipe)
    shown = text_of(target)
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    assert "\x1b[1mred\x1b[0m" in shown
    assert "gradient · 60×40 · standard · seed 7" in plain
    assert "not understood: 'accordion' (near: candle)" in plain and "No libLLVM here." in plain
    # a long path is neither cut nor broken, so that it can be copied
    assert "a-very-long-name/" * 10 + "vase.png" in plain
    assert "▀" in plain
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h"), "the cursor is shown again"


def test_time_left(monkeypatch):
    now = 0.0
    monkeypatch.setattr(easel.time, "monotonic", lambda: now)
    clock = easel.Clock()
    assert clock.left() == ""
    clock.tell(0.0)
    now = 3.0
    clock.tell(0.3)
    assert clock.left() == "0:07 left"
    now = 5.0
    assert clock.left() == "0:05 left"
    now = 1000.0
    clock.tell(0.31)
    assert clock.left().endswith("min left") or ":" in clock.left()


def test_setting_up_does_not_count(monkeypatch):
    now = 0.0
    monkeypatch.setattr(easel.time, "monotonic", lambda: now)
    clock = easel.Clock(start=0.05)
    clock.tell(0.0)
    now = 60.0
    clock.tell(0.04)
    now = 61.0
    clock.tell(0.2)
    assert clock.left() == "", "one sample says nothing"
    now = 62.0
    clock.tell(0.4)
    assert clock.left() == "0:03 left"


@pytest.mark.parametrize(("tty", "quiet", "as_json", "expected"), [
    (False, False, False, easel.PlainEasel), (False, True, False, easel.Easel), (False, False, True, easel.JsonEasel),
    (True, False, False, easel.LiveEasel), (True, True, False, easel.Easel),
])  # fmt: skip
def test_the_easel_suits_who_watches(monkeypatch, tty, quiet, as_json, expected):
    monkeypatch.setattr(easel, "Console", lambda **_: console() if tty else Console(file=io.StringIO()))
    assert type(easel.easel(GenerationRequest("x", 1), quiet, as_json)) is expected
