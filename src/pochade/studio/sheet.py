"""Contact sheets: several pictures on one dark page, with a line of text under each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from pochade.core.values import Picture

PAGE = (22, 22, 24)
TEXT = (168, 166, 160)


def columns(count: int) -> int:
    """How many pictures stand in a row: as square as fills the rows, e.g. 3 for 3, 5 and 6, 4 for 8, 5 for 10."""
    if count <= 3:
        return count
    square = math.ceil(math.sqrt(count))
    return min((square, square + 1), key=lambda wide: -count % wide)


def contact_sheet(pictures: Sequence[Picture], labels: Sequence[str], max_width_px: int = 2400, wide: int | None = None) -> Picture:
    """One page with all pictures, in reading order.

    Args:
        pictures: each (H, W, 3) uint8 sRGB, all of one size; shrunk where the page would be wider than `max_width_px`.
        labels: one line for each.
        wide: pictures per row; None: chosen by `columns`.

    Returns:
        (H, W, 3) uint8, sRGB.
    """
    wide = wide or columns(len(pictures))
    height, width = pictures[0].shape[:2]
    cell_w = min(width, max_width_px // wide)
    cell_h = max(1, round(height * cell_w / width))
    gap = max(6, round(cell_w * 0.03))
    font_px = min(max(10, round(cell_w * 0.036)), 22)
    font = ImageFont.load_default(font_px)
    row_h = cell_h + (round(font_px * 1.7) if any(labels) else 0) + gap
    rows = math.ceil(len(pictures) / wide)
    page = Image.new("RGB", (wide * (cell_w + gap) + gap, rows * row_h + gap), PAGE)
    draw = ImageDraw.Draw(page)
    for k, (picture, label) in enumerate(zip(pictures, labels, strict=True)):
        x, y = gap + (k % wide) * (cell_w + gap), gap + (k // wide) * row_h
        image = Image.fromarray(picture)
        page.paste(image if cell_w == width else image.resize((cell_w, cell_h), Image.Resampling.LANCZOS), (x, y))
        draw.text((x, y + cell_h + font_px * 0.35), _fitted(label, font, cell_w), TEXT, font)
    return np.asarray(page)


def _fitted(label: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width_px: int) -> str:
    if font.getlength(label) <= width_px:
        return label
    while label and font.getlength(label + "…") > width_px:
        label = label[:-1]
    return label.rstrip() + "…"
