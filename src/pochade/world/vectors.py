"""Arithmetic on many small vectors, (N, 3) each: NumPy's own reductions over so short an axis take several times as long."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pochade.world.mesh import Floats


def f32(values: ArrayLike) -> Floats:
    """Numbers as float32; the stub of `np.float32` itself takes no sequences."""
    return np.asarray(values, np.float32)


def dots(a: Floats, b: Floats) -> Floats:
    """Products (N,) of vectors."""
    return np.einsum("nc,nc->n", a, b)


def lengths(vectors: Floats) -> Floats:
    """(N,)."""
    return np.sqrt(dots(vectors, vectors))


def unit(vectors: Floats, least: float = 1e-9) -> Floats:
    """Vectors of length 1; those shorter than `least` are divided by that."""
    return vectors / np.maximum(lengths(vectors), least)[:, None]


def largest(vectors: Floats) -> Floats:
    """Largest of the three (N,)."""
    return np.maximum(np.maximum(vectors[:, 0], vectors[:, 1]), vectors[:, 2])
