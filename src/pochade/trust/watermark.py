"""An imperceptible watermark that carries a 64-bit id: spread over the spectrum of a small tile that repeats across the picture.

A tile of 96 x 96 pixels has a few hundred frequencies in the band that survives both JPEG and halving. A third of them, at
phases known to everyone, tell where and at what scale the tile lies; the others carry the id, coded against errors. Repetition
turns the tile into a lattice of peaks in the picture's spectrum, which any piece of the picture, at any scale, still shows.

The key is public on purpose: anyone can detect the mark with this code alone. So anyone can also forge or attack it; what proves
where a picture comes from is its signature, and the watermark is what remains when the signature has been stripped.

Source: Cox et al., IEEE Trans. Image Processing 6 (1997), spread spectrum; Kutter, SPIE 3528 (1998), periodic tiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from pochade.trust import watermark_code

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.core.values import Picture

PATTERN = "1"
"""Raised when a detector of the old version could not read the new mark."""
VERSION = f"{PATTERN}.1"
"""Its second number is raised when the same picture is marked in another way, which every detector of the pattern reads."""
ALGORITHM = f"org.pochade.watermark.{PATTERN}"
TILE_PX = 96
_KEY = 20261121
_BAND = (4.5, 19.5)
"""Cycles per tile: lower ones are seen, higher ones do not survive halving and compression."""
_AXIS = 2
"""Frequencies nearer to an axis are left out: edges of things and of the picture drown them."""
_SYNC_SHARE = 0.36
_SYNC_GAIN = 1.5
"""Amplitude of the template against the data's: that a picture is marked should be known longer than by which id."""
_TILT = 0.3
_BLOCK_PX, _SAMPLED_PX = 8, 2
_FLAT, _FLATTEST = 0.45, 0.85
"""Amplitude in flat areas of middle brightness, in 8-bit levels: usually, and at most, in pictures that have little else."""
_LIGHTS, _HIDING = (0, 20, 70, 128, 220), (1.2, 1.0, 0.85, 1.0, 1.3)
"""How much more than that flat areas of such luma hide: a level of 8 bits is a smaller share of more light, and lost in black."""
_MASKED, _MASKING, _SEEN = 0.85, 0.65, 0.5
"""Amplitude hidden by a level of local contrast, the power with which it grows, and the contrast below which nothing is hidden.

Source: the power is that of contrast masking, about 0.6 to 0.7: Legge and Foley, J. Opt. Soc. Am. 70 (1980).
"""
_BUSIEST = 5.0
_LEAST_RMS, _MOST_RMS = 1.5, 1.9
"""Levels over the whole picture: the mark of 256 x 256 pixels that flat areas are raised for; and 42.5 dB with rounding."""
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True)
class Band:
    """The tile's frequencies: the first `sync` are the template, the others carry data.

    Attributes:
        v, u: (n,) cycles per tile, down and to the right.
        phase: (n,) complex64 of magnitude 1: the template, and what data is turned by.
        amplitude: (n,) float32.
        order: place of each data value among the (2 * carried) real and imaginary parts.
    """

    v: NDArray[np.int64]
    u: NDArray[np.int64]
    phase: NDArray[np.complex64]
    amplitude: NDArray[np.float32]
    sync: int
    order: NDArray[np.int64]

    @property
    def carried(self) -> int:
        """How many frequencies carry data."""
        return len(self.v) - self.sync


@cache
def band() -> Band:
    """The frequencies of this version."""
    rng = np.random.default_rng(_KEY)
    top = int(_BAND[1])
    v, u = (grid.ravel() for grid in np.mgrid[0 : top + 1, -top : top + 1])
    radius = np.hypot(v, u)
    kept = rng.permutation(np.flatnonzero((radius >= _BAND[0]) & (radius <= _BAND[1]) & (v >= _AXIS) & (abs(u) >= _AXIS)))
    v, u, radius = v[kept], u[kept], radius[kept]
    sync = round(_SYNC_SHARE * len(kept))
    phase = np.exp(2j * np.pi * rng.random(len(kept))).astype(np.complex64)
    order = rng.permutation(2 * (len(kept) - sync))
    amplitude = radius**-_TILT * np.where(np.arange(len(kept)) < sync, _SYNC_GAIN, 1)
    return Band(v, u, phase, amplitude.astype(np.float32), sync, order)


def data_symbols(number: int) -> NDArray[np.complex64]:
    """(carried,) complex64 of magnitude 1: the codeword of an id, repeated and spread over the data frequencies."""
    found = band()
    codeword = watermark_code.encode(number)
    parts = np.empty(2 * found.carried, np.float32)
    parts[found.order] = codeword[np.arange(len(parts)) % len(codeword)]
    return ((parts[: found.carried] + 1j * parts[found.carried :]) / np.sqrt(2)).astype(np.complex64)


def soft_bits(symbols: NDArray[np.complexfloating]) -> NDArray[np.floating]:
    """Inverse of `data_symbols` up to decoding: (CODED_BITS,) sums of what the copies of each coded bit say."""
    parts = np.concatenate([symbols.real, symbols.imag])[band().order]
    places = np.arange(len(parts)) % watermark_code.CODED_BITS
    return np.bincount(places, parts, watermark_code.CODED_BITS).astype(np.float32)


def tile(number: int) -> NDArray[np.float32]:
    """(TILE_PX, TILE_PX) float32 with mean 0 and standard deviation 1: the pattern of an id."""
    found = band()
    symbols = found.phase.copy()
    symbols[found.sync :] *= data_symbols(number)
    spectrum = np.zeros((TILE_PX, TILE_PX // 2 + 1), np.complex64)
    spectrum[found.u % TILE_PX, found.v] = symbols * found.amplitude
    pattern = np.fft.irfft2(spectrum).T
    return np.ascontiguousarray(pattern / pattern.std(), np.float32)


def luma(picture: Picture) -> NDArray[np.float32]:
    """(H, W) float32, 0 to 255: Rec. 601 luma of an (H, W, 3) uint8 picture."""
    return picture.astype(np.float32) @ _LUMA


def embed(picture: Picture, number: int) -> Picture:
    """The picture with the id in it. The same picture and id give the same result, bit for bit.

    The mark is weakest in flat areas, where it would be seen, and stronger where texture hides it. Pictures with sides under
    about 256 pixels are marked too, but hold too little to be sure of finding it again.

    Args:
        picture: (H, W, 3) uint8, sRGB.
        number: 0 to 2**64 - 1.

    Returns:
        (H, W, 3) uint8, sRGB; at 42 dB of PSNR or more.
    """
    height, width, _ = picture.shape
    change = np.tile(tile(number), (-(-height // TILE_PX), -(-width // TILE_PX)))[:height, :width] * amplitude(picture)
    rms = float(np.sqrt(np.vdot(change, change) / change.size))
    change *= min(1.0, _MOST_RMS / max(rms, 1e-6))
    levels = np.rint(change).astype(np.int16)
    marked = picture + np.repeat(levels, 3, axis=1).reshape(picture.shape)  # three times as fast as letting numpy spread it
    return np.clip(marked, 0, 255, out=marked).astype(np.uint8)


def amplitude(picture: Picture) -> NDArray[np.float32]:
    """(H, W) float32: how many levels of change the surroundings of each pixel hide.

    Contrast is taken from the least busy of neighbouring blocks, so that nothing shows beside the edge of a thing. Small pictures
    with little texture carry more in their flat areas than others, and those with more texture than 42 dB allow carry less in the
    busiest areas, where least of it would be found again.

    Args:
        picture: (H, W, 3) uint8, sRGB.
    """
    from scipy import ndimage

    height, width, _ = picture.shape
    light = luma(picture[::_SAMPLED_PX, ::_SAMPLED_PX])
    side = _BLOCK_PX // _SAMPLED_PX
    padded: NDArray[np.float32] = np.pad(light, ((0, -light.shape[0] % side), (0, -light.shape[1] % side)), "edge")
    blocks = padded.shape[0] // side, padded.shape[1] // side
    down, right = (_between_blocks(count, side) for count in blocks)
    # a smooth slope, as in a sky, hides nothing
    means = _block_means(padded, side)
    detail = (padded - down @ means @ right.T).astype(np.float32, copy=False)
    contrast = np.sqrt(_block_means(detail * detail, side))
    contrast = ndimage.uniform_filter(ndimage.minimum_filter(contrast, 3), 3)
    masked = _MASKED * np.maximum(contrast - _SEEN, 0) ** _MASKING
    levels = _evened(np.interp(means, _LIGHTS, _HIDING), masked, _LEAST_RMS * 256 / (height * width) ** 0.5).astype(np.float32)
    down, right = (_between_blocks(count, _BLOCK_PX) for count in blocks)
    return np.asarray((down @ levels @ right.T)[:height, :width], np.float32)


def _evened(hiding: NDArray[np.floating], masked: NDArray[np.floating], least_rms: float) -> NDArray[np.floating]:
    """Amplitude by block from what brightness and texture hide there, within the limits of the whole picture."""
    for flat in np.linspace(_FLAT, _FLATTEST, 9):
        levels = np.minimum(flat * hiding + masked, _BUSIEST)
        if np.mean(levels**2) >= least_rms**2:
            break
    # the highest amplitude that keeps the whole at its limit: with the k smallest squares kept, the others share what is left
    squares = np.sort(levels, axis=None).astype(np.float64) ** 2
    left = _MOST_RMS**2 * squares.size - np.concatenate([[0], np.cumsum(squares[:-1])])
    shares = left / np.arange(squares.size, 0, -1)
    over = np.flatnonzero(squares > shares)
    return np.minimum(levels, np.sqrt(shares[over[0]])) if len(over) else levels


def _block_means(values: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    rows = values.reshape(-1, values.shape[1] // side, side).mean(axis=2)
    return rows.reshape(-1, side, rows.shape[1]).mean(axis=1).astype(np.float32, copy=False)


@cache
def _between_blocks(count: int, side: int) -> NDArray[np.float32]:
    """(count * side, count) float32: weights of linear interpolation between the middles of blocks."""
    place = np.clip((np.arange(count * side) + 0.5) / side - 0.5, 0, count - 1)
    return np.maximum(0, 1 - np.abs(place[:, None] - np.arange(count))).astype(np.float32)
