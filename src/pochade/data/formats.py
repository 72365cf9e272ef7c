"""Picture formats: aspect ratios, and the pixels that each gets in a size class."""

from __future__ import annotations

from pochade.core.errors import InvalidRequestError

GRID = 16
"""Sides are multiples of a sixteenth of the class."""

ASPECTS: dict[str, tuple[int, int]] = {"1:1": (16, 16), "3:2": (20, 13), "2:3": (13, 20), "16:9": (21, 12), "9:16": (12, 21)}
"""Aspect ratio to width and height in sixteenths of the class: about as many pixels as the square."""

MIN_SIZE_PX, MAX_SIZE_PX = 32, 1024


def check_size(size_px: int) -> None:
    """Raises InvalidRequestError unless `size_px` is a multiple of 16 from 32 to 1024."""
    if not MIN_SIZE_PX <= size_px <= MAX_SIZE_PX or size_px % GRID:
        raise InvalidRequestError(
            f"Got size {size_px}; multiples of {GRID} from {MIN_SIZE_PX} to {MAX_SIZE_PX} are accepted. Choose for example 256.",
            field="size",
        )


def sides(aspect: str, size_px: int) -> tuple[int, int]:
    """Width and height in pixels of an aspect ratio in class `size_px`.

    Raises:
        InvalidRequestError: for an aspect ratio or class that does not exist.
    """
    check_size(size_px)
    if aspect not in ASPECTS:
        raise InvalidRequestError(f"Got aspect ratio {aspect!r}; {', '.join(ASPECTS)} are accepted. Choose of those.", field="aspects")
    columns, rows = ASPECTS[aspect]
    return columns * size_px // GRID, rows * size_px // GRID


def aspect_of(width_px: int, height_px: int) -> str:
    """The aspect ratio in the table that is nearest to a picture's."""
    return min(ASPECTS, key=lambda name: abs(width_px * ASPECTS[name][1] / (height_px * ASPECTS[name][0]) - 1))
