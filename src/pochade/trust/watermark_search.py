"""Finding a watermark again: at which scale and offset the template lies, how sure that is, and which id it carries.

The picture's spectrum is whitened and sampled where the tile's frequencies would lie at each scale; one small transform per
scale then correlates the template at all offsets. What was neither cropped nor resized needs fewer trials than what was, so less
evidence is enough for it: each of four hypotheses has its own threshold, and together they keep the false-positive rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import scipy.fft
import scipy.ndimage

from pochade.trust import watermark_code
from pochade.trust.watermark import TILE_PX, band, data_symbols, luma, soft_bits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.core.values import Picture

Change = Literal["none", "cropped", "resized", "cropped and resized"]
fft: Any = scipy.fft  # without types of its own
ndimage: Any = scipy.ndimage
THRESHOLDS: dict[Change, float] = {"none": 4.3, "resized": 5.7, "cropped": 5.9, "cropped and resized": 6.9}
"""In standard deviations of the correlation with what is not there.

Meant for a false-positive rate of 1e-4 in all, by the number of trials of each hypothesis; benchmarks/watermark.py checks it.
"""
ID_THRESHOLD = 12.0
"""Likewise for the id: the best of 2**64 codewords reaches 9.4 on average where there is none."""
SMALLEST_PX = 96
SCALES = (0.45, 2.2)
_WINDOW_PX = 1024
_AT_ONCE = 64
_LOCAL_MEAN_PX, _LOCAL_CONTRAST_PX, _QUIET, _LOUDEST = 11, 7, 0.7, 2.0
_PEAK = 3.0
_REFINE_BELOW = 1.5
_TOP = int(band().v.max())


@dataclass(frozen=True)
class Detection:
    """What a search for the watermark found.

    Attributes:
        found: whether the watermark is there: see `THRESHOLDS`.
        score: evidence above the threshold, in standard deviations; negative where there is too little.
        number: the id, or None where it cannot be read with certainty.
        scale: size of the picture relative to the one that was marked, 1 unless it was resized.
        change: what seems to have been done to the picture.
        searched: False for pictures that are too small to search.
    """

    found: bool
    score: float
    number: int | None = None
    scale: float = 1.0
    change: Change = "none"
    searched: bool = True


@dataclass(frozen=True)
class _Place:
    change: Change
    value: float
    scale: float
    y: int
    x: int

    @property
    def score(self) -> float:
        return self.value - THRESHOLDS[self.change]


def detect(picture: Picture) -> Detection:
    """Searches a picture for the watermark, at scales 0.45 to 2.2 of the marked one and at every offset.

    Args:
        picture: (H, W, 3) uint8, sRGB; of large pictures the middle is looked at.
    """
    height, width, _ = picture.shape
    if min(height, width) < SMALLEST_PX:
        return Detection(False, -max(THRESHOLDS.values()), searched=False)
    corner = (max(0, height - _WINDOW_PX) // 2, max(0, width - _WINDOW_PX) // 2)
    spectrum = _Spectrum(luma(picture[corner[0] : corner[0] + _WINDOW_PX, corner[1] : corner[1] + _WINDOW_PX]), corner)
    place = max(spectrum.places(), key=lambda place: place.score)
    if place.score < -_REFINE_BELOW:
        return Detection(False, place.score, scale=place.scale, change=place.change)
    refined, values = spectrum.refine(place)
    score = max(place.score, refined.score)
    if score < 0:
        return Detection(False, score, scale=refined.scale, change=refined.change)
    return Detection(True, score, _read(values, refined), refined.scale, refined.change)


def _read(values: NDArray[np.complexfloating], place: _Place) -> int | None:
    """The id in the whitened spectrum at the tile's frequencies, or None if no codeword stands out."""
    found = band()
    turn = np.exp(-2j * np.pi * (found.v * place.y + found.u * place.x) / TILE_PX)
    carried = (values * turn)[found.sync :]
    number = watermark_code.decode(soft_bits(carried))
    evidence = (carried * np.conj(data_symbols(number))).real.sum() / np.sqrt((np.abs(carried) ** 2).sum() / 2)
    return number if evidence >= ID_THRESHOLD else None


class _Spectrum:
    """The whitened spectrum of a picture, or of the middle of one, with its origin in the middle.

    Args:
        light: (H, W) float32, 0 to 255.
        corner: where it lies in the whole picture, (y, x).
    """

    def __init__(self, light: NDArray[np.float32], corner: tuple[int, int] = (0, 0)):
        self.height, self.width = light.shape
        self.middle = self.height // 2, self.width // 2
        self.corner = corner
        self.texture = _texture(light)
        side = fft.next_fast_len(int(1.5 * max(light.shape)), real=True)
        padded = np.zeros((side, side), np.float32)
        padded[: self.height, : self.width] = self.texture
        padded = np.roll(padded, (-self.middle[0], -self.middle[1]), (0, 1))
        self.side = side
        self.bins = fft.rfft2(padded.T)[:, : int(side * 0.5)]  # (u, v), v from 0 up to just below one half cycle per pixel
        power = self.bins.real**2 + self.bins.imag**2
        self.level = np.sqrt(ndimage.uniform_filter(power, 2 * max(4, side // 48) + 1, mode=("wrap", "reflect")) + 1e-6)
        self.step = 0.35 * TILE_PX / _TOP / max(light.shape)
        """Relative step in scale by which the highest frequency moves a third of a cycle over half the picture."""

    def places(self) -> list[_Place]:
        """The best place of the template under each hypothesis."""
        low, high = np.log(SCALES)
        scales = np.concatenate([[1.0], np.exp(np.arange(low, high, self.step))])
        found, count = band(), band().sync
        v, u = found.v[:count], found.u[:count]
        rows = np.rint(u / (TILE_PX * scales[:, None]) * self.side).astype(np.int64) % self.side
        columns = np.minimum(np.rint(v / (TILE_PX * scales[:, None]) * self.side).astype(np.int64), self.bins.shape[1] - 1)
        values = _limited(self.bins[rows, columns] / self.level[rows, columns]) * np.conj(found.phase[:count])
        # where the marked picture's corner would lie
        y, x = (
            np.rint((at + middle + 0.5) / scales - 0.5).astype(np.int64) % TILE_PX
            for at, middle in zip(self.corner, self.middle, strict=True)
        )
        best: dict[Change, _Place] = {}

        def offer(place: _Place) -> None:
            if place.change not in best or place.value > best[place.change].value:
                best[place.change] = place

        for start in range(0, len(scales), _AT_ONCE):
            here = slice(start, start + _AT_ONCE)
            maps = _correlations(values[here])  # (scales, x, y)
            ks = np.arange(len(maps))
            at_corner = maps[ks, x[here], y[here]]
            k = int(at_corner.argmax())
            offer(_Place("resized", float(at_corner[k]), float(scales[start + k]), int(y[start + k]), int(x[start + k])))
            offer(_peak("cropped and resized", maps, scales[here]))
            if start == 0:
                offer(_Place("none", float(at_corner[0]), 1.0, int(y[0]), int(x[0])))
                offer(_peak("cropped", maps[:1], scales[:1]))
        return list(best.values())

    def refine(self, place: _Place) -> tuple[_Place, NDArray[np.complexfloating]]:
        """The place near `place` that fits best, with its own scale in either direction.

        Returns:
            The place, and (n,) the whitened spectrum at all frequencies of the tile, turned by their phases.
        """
        found = band()
        steps = 1 + self.step * np.array([-1, -0.5, 0, 0.5, 1])
        cycles = np.arange(-_TOP, _TOP + 1)
        columns = [_waves(self.width, self.middle[1], cycles / (TILE_PX * place.scale * step)) for step in steps]
        across = [self.texture @ column.T for column in columns]  # (H, 2 * _TOP + 1) each
        rows = np.rint(found.u / (TILE_PX * place.scale) * self.side).astype(np.int64) % self.side
        level = self.level[
            rows, np.minimum(np.rint(found.v / (TILE_PX * place.scale) * self.side).astype(np.int64), self.bins.shape[1] - 1)
        ]
        near_x, near_y = ((np.arange(-2, 3) + at) % TILE_PX for at in (place.x, place.y))
        best, best_values = place, None
        for step in steps:
            down = _waves(self.height, self.middle[0], cycles[_TOP:] / (TILE_PX * place.scale * step))
            for each in across:
                values = _limited((down @ each)[found.v, found.u + _TOP] / level) * np.conj(found.phase)
                around = _correlations(values[None, : found.sync])[0][np.ix_(near_x, near_y)]
                i, j = np.unravel_index(int(around.argmax()), around.shape)
                if best_values is None or around[i, j] > best.value:
                    best = _Place(place.change, float(around[i, j]), place.scale * float(step), int(near_y[j]), int(near_x[i]))
                    best_values = values
        assert best_values is not None
        return best, best_values


def _texture(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """(H, W) float32: local contrast made even and outliers cut, faded out towards the borders."""
    detail = light - ndimage.uniform_filter(light, _LOCAL_MEAN_PX)
    contrast = np.sqrt(np.maximum(ndimage.uniform_filter(detail * detail, _LOCAL_CONTRAST_PX), 0)) + _QUIET
    fades = [np.sqrt(np.hanning(side + 2)[1:-1]).astype(np.float32) for side in light.shape]
    return (np.clip(detail / contrast, -_LOUDEST, _LOUDEST) * fades[0][:, None] * fades[1]).astype(np.float32)


def _limited(values: NDArray[np.complexfloating]) -> NDArray[np.complexfloating]:
    """No frequency says more than `_PEAK` times the usual: pictures have regular patterns of their own."""
    return values * np.minimum(1, _PEAK / np.maximum(np.abs(values), 1e-9))


def _waves(length: int, middle: int, frequencies: NDArray[np.floating]) -> NDArray[np.complex64]:
    """(frequencies, length) complex64."""
    return np.exp(-2j * np.pi * np.outer(frequencies, np.arange(length) - middle)).astype(np.complex64)


def _correlations(values: NDArray[np.complexfloating]) -> NDArray[np.floating]:
    """Correlation of the template at every offset, in standard deviations of chance.

    Args:
        values: (K, sync) whitened spectrum at the template's frequencies, turned by its phases.

    Returns:
        (K, TILE_PX, TILE_PX), by x and y.
    """
    found, count = band(), band().sync
    lattice = np.zeros((len(values), TILE_PX, _TOP + 1), np.complex64)
    lattice[:, found.u[:count] % TILE_PX, found.v[:count]] = np.conj(values)
    maps = fft.irfft(fft.ifft(lattice, axis=1, norm="forward"), TILE_PX, axis=2, norm="forward") / 2
    return maps / np.sqrt((np.abs(values) ** 2).sum(axis=1) / 2 + 1e-9)[:, None, None]


def _peak(change: Change, maps: NDArray[np.floating], scales: NDArray[np.floating]) -> _Place:
    k, x, y = np.unravel_index(int(maps.argmax()), maps.shape)
    return _Place(change, float(maps[k, x, y]), float(scales[k]), int(y), int(x))
