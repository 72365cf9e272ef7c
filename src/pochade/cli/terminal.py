"""Pictures in the terminal: kitty graphics, iTerm2 inline images, sixel, or coloured half blocks that work nearly everywhere."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Literal, get_args

from PIL import Image
from rich.color import Color
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style

if TYPE_CHECKING:
    from pochade.core.values import Picture

Protocol = Literal["kitty", "iterm", "sixel", "blocks", "none"]
VARIABLE = "POCHADE_TERMINAL"
"""Environment variable that names the protocol to use, for terminals that are not recognised."""


def protocol(console: Console, environment: Mapping[str, str]) -> Protocol:
    """How pictures can be shown on `console`, judged by what the terminal says about itself."""
    if not console.is_terminal:
        return "none"
    forced = environment.get(VARIABLE, "")
    for known in get_args(Protocol):
        if forced == known:
            return known
    colours = console.color_system if not console.no_color else None
    blocks: Protocol = "blocks" if colours in ("truecolor", "256") else "none"
    if "TMUX" in environment or environment.get("TERM", "").startswith("screen"):
        return blocks  # a multiplexer swallows graphics
    term, program = environment.get("TERM", ""), environment.get("TERM_PROGRAM", "")
    if "KITTY_WINDOW_ID" in environment or term in ("xterm-kitty", "xterm-ghostty") or program == "ghostty":
        return "kitty"
    if program in ("iTerm.app", "WezTerm") or environment.get("LC_TERMINAL") == "iTerm2":
        return "iterm"
    if term.startswith(("foot", "mlterm", "contour")) or "sixel" in term:
        return "sixel"
    return blocks


class Blocks:
    """A picture in half blocks, two pixels to a character.

    Args:
        picture: (H, W, 3) uint8, sRGB.
        max_columns, max_rows: room in characters.
    """

    def __init__(self, picture: Picture, max_columns: int, max_rows: int, indent: int = 2):
        self.indent = indent
        height, width = picture.shape[:2]
        shrink = min(max_columns / width, 2 * max_rows / height)
        size = (max(1, round(width * shrink)), max(2, round(height * shrink / 2) * 2))
        self.image = Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        pixels = self.image.load()
        assert pixels is not None
        width, height = self.image.size
        for y in range(0, height, 2):
            yield Segment(" " * self.indent)
            for x in range(width):
                upper, lower = Color.from_rgb(*pixels[x, y]), Color.from_rgb(*pixels[x, y + 1])  # type: ignore[misc]
                yield Segment("▀", Style(color=upper, bgcolor=lower))
            yield Segment.line()


def room(console: Console, keep_rows: int) -> tuple[int, int]:
    """Columns and rows that a picture may take, leaving `keep_rows` for text."""
    return max(8, min(console.width - 4, 80)), max(4, min(console.height - keep_rows, 40))


def show(console: Console, picture: Picture, how: Protocol, keep_rows: int) -> None:
    """Prints a picture as large as is pleasant, leaving `keep_rows` for text; does nothing for "none"."""
    if how == "none":
        return
    columns, rows = room(console, keep_rows)
    if how == "blocks":
        console.print(Blocks(picture, columns, rows), end="")
        return
    height, width = picture.shape[:2]
    columns = max(1, min(columns, round(2 * rows * width / height)))
    image = Image.fromarray(picture)
    if how == "sixel":
        image.thumbnail((columns * 9, rows * 18), Image.Resampling.LANCZOS)
        escapes = sixel(image)
    else:
        file = BytesIO()
        image.save(file, "PNG", compress_level=1)
        escapes = "".join(kitty(file.getvalue(), columns)) if how == "kitty" else iterm(file.getvalue(), columns)
    console.file.write(f"  {escapes}\n")
    console.file.flush()


def kitty(png: bytes, columns: int) -> Iterator[str]:
    """Escapes that show a PNG `columns` wide.

    Source: kitty terminal graphics protocol, "Remote client": payload in chunks of at most 4096 characters.
    """
    data = base64.b64encode(png).decode()
    chunks = [data[k : k + 4096] for k in range(0, len(data), 4096)]
    for k, chunk in enumerate(chunks):
        control = f"a=T,f=100,q=2,c={columns}," if k == 0 else ""
        yield f"\x1b_G{control}m={int(k < len(chunks) - 1)};{chunk}\x1b\\"


def iterm(png: bytes, columns: int) -> str:
    """Escapes that show a PNG `columns` wide. Source: iTerm2 inline images protocol, OSC 1337."""
    data = base64.b64encode(png).decode()
    return f"\x1b]1337;File=inline=1;size={len(png)};width={columns};preserveAspectRatio=1:{data}\a"


def sixel(image: Image.Image) -> str:
    """Escapes that show an image in at most 255 colours. Source: DEC VT330/VT340 manual, chapter 14, sixel graphics."""
    reduced = image.convert("RGB").quantize(255, dither=Image.Dither.FLOYDSTEINBERG)
    width, height = reduced.size
    palette, pixels = reduced.getpalette() or [], reduced.tobytes()
    parts = [f'\x1bP0;1q"1;1;{width};{height}']
    parts += [f"#{k};2;" + ";".join(str(round(level / 2.55)) for level in palette[3 * k : 3 * k + 3]) for k in range(len(palette) // 3)]
    for top in range(0, height, 6):
        rows = [pixels[y * width : (y + 1) * width] for y in range(top, min(top + 6, height))]
        for colour in sorted(set(b"".join(rows))):
            bits = [sum((row[x] == colour) << k for k, row in enumerate(rows)) for x in range(width)]
            parts.append(f"#{colour}{_runs(bits)}$")
        parts.append("-")
    return "".join(parts) + "\x1b\\"


def _runs(bits: list[int]) -> str:
    out, start = [], 0
    for x in range(1, len(bits) + 1):
        if x == len(bits) or bits[x] != bits[start]:
            char, length = chr(63 + bits[start]), x - start
            out.append(f"!{length}{char}" if length > 3 else char * length)
            start = x
    return "".join(out)
