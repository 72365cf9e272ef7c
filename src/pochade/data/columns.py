"""Arrays on disk that grow: plain `.npy` files whose first axis can be appended to, and cut back to what was committed."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

HEADER_BYTES = 256


class Column:
    """A `.npy` file of (rows, *shape) uint8, open for appending.

    Args:
        rows: how many rows of an existing file count; what lies behind them is cut off.
    """

    def __init__(self, path: Path, shape: tuple[int, ...], rows: int = 0):
        self.shape, self.rows = shape, rows
        self._file = path.open("r+b" if path.exists() else "w+b")
        self._row_bytes = int(np.prod(shape, dtype=np.int64))
        self._file.truncate(HEADER_BYTES + rows * self._row_bytes)
        self._file.seek(0, os.SEEK_END)

    def append(self, array: NDArray[np.uint8]) -> None:
        """Appends one row."""
        if array.shape != self.shape or array.dtype != np.uint8:
            raise ValueError(f"got a row of {array.shape} {array.dtype}; {self.shape} uint8 is accepted")
        self._file.write(np.ascontiguousarray(array).data)
        self.rows += 1

    def commit(self) -> None:
        """Makes header and rows durable."""
        self._file.flush()
        self._file.seek(0)
        self._file.write(_header((self.rows, *self.shape)))
        self._file.seek(0, os.SEEK_END)
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Column:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _header(shape: tuple[int, ...]) -> bytes:
    """Source: the NPY format, version 1.0 (numpy.lib.format), padded to a fixed length so that it can be rewritten in place."""
    text = repr({"descr": "|u1", "fortran_order": False, "shape": shape}).encode()
    space = HEADER_BYTES - 10 - len(text) - 1
    return b"\x93NUMPY\x01\x00" + (HEADER_BYTES - 10).to_bytes(2, "little") + text + b" " * space + b"\n"
