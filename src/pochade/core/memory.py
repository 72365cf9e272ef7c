"""What the C library keeps of memory that nobody uses any more. Plans make and drop arrays by the hundred megabytes."""

from __future__ import annotations

import ctypes
from functools import cache

_ARENA_MAX = -8
"""glibc's `M_ARENA_MAX` of `mallopt`."""


@cache
def _library() -> ctypes.CDLL | None:
    """glibc; None where another library manages memory."""
    try:
        library = ctypes.CDLL("libc.so.6")
    except OSError:
        return None
    return library if hasattr(library, "malloc_trim") and hasattr(library, "mallopt") else None


@cache
def share_arenas() -> None:
    """Lets all threads draw from two arenas: with one each, what one of them freed is of no use to the next.

    Elsewhere than in glibc it does nothing.
    """
    if (library := _library()) is not None:
        library.mallopt(_ARENA_MAX, 2)


def give_back() -> None:
    """Hands free pages back to the system; some milliseconds. Elsewhere than in glibc: nothing."""
    if (library := _library()) is not None:
        library.malloc_trim(0)
