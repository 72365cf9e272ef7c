"""Arithmetic on many rays in consecutive parts, side by side: NumPy leaves the interpreter to other threads meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TypeVar

from pochade.world.render.backend import threads

T = TypeVar("T")

LEAST_PART = 8192
"""Rays that are worth a thread."""


def in_parts(task: Callable[[slice], T], count: int, least: int = LEAST_PART) -> list[T]:
    """Results of a task for consecutive parts of `count` rays, each of at least `least` where there are so many."""
    parts = max(1, min(threads(), count // least))
    ends = [count * k // parts for k in range(parts + 1)]
    slices = [slice(start, end) for start, end in pairwise(ends)]
    if parts == 1:
        return [task(slices[0])]
    with ThreadPoolExecutor(parts) as pool:
        return list(pool.map(task, slices))
