"""Distances between pictures. Pictures are (B, H, W, 3) uint8, sRGB, unless said otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Pictures = NDArray[np.uint8]
Floats = NDArray[np.float64]

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def psnr_db(found: Pictures, wanted: Pictures) -> Floats:
    """Peak signal-to-noise ratio of each picture (B,), in decibels of sRGB values; 99 for equal ones."""
    error = ((found.astype(float) - wanted.astype(float)) ** 2).mean((1, 2, 3))
    return np.minimum(10 * np.log10(255**2 / np.maximum(error, 1e-9)), 99)


def octaves(pictures: Pictures) -> Floats:
    """Power of luminance in each octave of spatial frequency, (B, K), from the coarsest (1 to 2 cycles per mean side) to the finest.

    A Hann window keeps the borders, which are no edges, out of it.
    """
    grey = pictures @ LUMINANCE / 255
    grey = grey - grey.mean((1, 2), keepdims=True)
    _, height, width = grey.shape
    window = np.hanning(height)[:, None] * np.hanning(width)
    power = np.abs(np.fft.fft2(grey * window)) ** 2 / (window**2).sum()
    side = np.sqrt(height * width)
    cycles = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width)) * side
    octave = np.floor(np.log2(np.maximum(cycles, 1e-9))).astype(int)
    count = round(np.log2(side / 2))
    return np.stack([power[:, octave == k].sum(1) for k in range(count)], -1)


def sharpness(found: Pictures, wanted: Pictures) -> Floats:
    """Power in each octave as a share of that of the wanted pictures, (K,): 1 is as sharp as those, less is softer."""
    return share_of_power(octaves(found), octaves(wanted))


def share_of_power(found: Floats, wanted: Floats) -> Floats:
    """`sharpness` of what `octaves` gave, (B, K) each: pictures of several sizes can be put together so."""
    return found.mean(0) / np.maximum(wanted.mean(0), 1e-12)


def color_difference(found: Pictures, wanted: Pictures, cells: int = 8) -> Floats:
    """Mean CIE 1976 colour difference of each picture (B,), over a grid of `cells` by `cells` means.

    It is what one sees through half-closed eyes; 2.3 is just noticeable.
    """
    return np.linalg.norm(_lab(_cells(found, cells)) - _lab(_cells(wanted, cells)), axis=-1).mean((1, 2))


def interval(values: Any, resamples: int = 2000) -> tuple[float, float, float]:
    """Mean and the ends of its 95 % bootstrap interval; drawn with a fixed seed."""
    return _middle(values, _means(values, np.random.default_rng(0), resamples), 1.0)


def share_interval(values: Any, whole: Any, resamples: int = 2000) -> tuple[float, float, float] | None:
    """Mean of `values` as a share of the mean of `whole`, and the ends of its 95 % bootstrap interval; None where the whole is 0.

    Both are drawn for themselves: where they belong together in pairs, the interval is on the safe side.
    """
    mean = float(np.mean(whole))
    if mean <= 0:
        return None
    rng = np.random.default_rng(0)
    found, ceiling = _means(values, rng, resamples), _means(whole, rng, resamples)
    return _middle(values, found / np.maximum(ceiling, 1e-9), mean)


def _means(values: Any, rng: np.random.Generator, resamples: int) -> Floats:
    data = np.asarray(values, float)
    return data[rng.integers(len(data), size=(resamples, len(data)))].mean(1)


def _middle(values: Any, drawn: Floats, whole: float) -> tuple[float, float, float]:
    low, high = np.percentile(drawn, (2.5, 97.5))
    return float(np.mean(values)) / whole, float(low), float(high)


def _cells(pictures: Pictures, cells: int) -> Floats:
    """Means of linear light, (B, cells, cells, 3)."""
    x = pictures / 255
    linear = np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)
    rows, columns = (np.linspace(0, side, cells + 1).astype(int) for side in pictures.shape[1:3])
    sums = np.add.reduceat(np.add.reduceat(linear, rows[:-1], 1), columns[:-1], 2)
    return sums / (np.diff(rows)[:, None] * np.diff(columns))[..., None]


def _lab(linear: Floats) -> Floats:
    """CIE L*a*b* of linear Rec. 709 under D65. Source: CIE 15:2004."""
    xyz = linear @ np.array([[0.4124, 0.2126, 0.0193], [0.3576, 0.7152, 0.1192], [0.1805, 0.0722, 0.9505]])
    x = xyz / np.array([0.9505, 1.0, 1.089])
    f = np.where(x > 216 / 24389, np.cbrt(x), (24389 / 27 * x + 16) / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)
