"""What the C library keeps of memory that nobody uses any more. Plans make and drop arrays by the hundred megabytes."""

from __future__ import annotations

import ctypes
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""glibc's `M_TRIM_THRESHOLD`, `M_MMAP_THRESHOLD` and `M_ARENA_MAX` of `mallopt`."""
_KEPT_BYTES, _MAPPED_BYTES = 32 << 20, 8 << 20


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


@cache
def reuse_freed() -> None:
    """Keeps freed arrays for the next ones: up to 32 MiB free at the end of an arena, and arrays up to 8 MiB within it.

    Arrays of small pictures come from the system and go back to it otherwise, and each of their pages is a fault: of a picture of
    256x256 through the server some 900, two of its milliseconds. Elsewhere than in glibc it does nothing.
    """
    if (library := _library()) is not None:
        library.mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
        library.mallopt(_MMAP_THRESHOLD, _MAPPED_BYTES)


def give_back() -> None:
    """Hands free pages back to the system; some milliseconds. Elsewhere than in glibc: nothing."""
    if (library := _library()) is not None:
        library.malloc_trim(0)
