"""Finding a watermark again: at which scale and offset the template lies, how sure that is, and which id it carries.

The picture's spectrum is whitened and sampled where the tile's frequencies would lie at each scale; one small transform per
scale then correlates the template at all offsets. What was neither cropped nor resized needs fewer trials than what was, so less
evidence is enough for it: each of five hypotheses has its own threshold, and together they keep the false-positive rate. What is not
found so is turned and mirrored, where more evidence is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import scipy.fft
import scipy.ndimage
import scipy.special

from pochade.trust import watermark_code
from pochade.trust.watermark import TILE_PX, band, data_symbols, luma, soft_bits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pochade.core.values import Picture

Change = Literal["none", "cropped", "resized", "cropped and resized"]
Orientation = Literal[
    "upright",
    "mirrored",
    "turned by 180 degrees",
    "turned by 90 degrees",
    "turned by 270 degrees",
    "mirrored upside down",
    "mirrored and turned by 90 degrees",
    "mirrored and turned by 270 degrees",
]
"""What was done to the picture; turns are to the left, after mirroring left to right."""
Hypothesis = Literal["none", "whole", "resized", "cropped", "cropped and resized"]
"""What is tried: as `Change`; "whole" is a resized picture whose sides were multiples of `_USUAL_STEP_PX` before."""
fft: Any = scipy.fft  # without types of its own
ndimage: Any = scipy.ndimage
special: Any = scipy.special
THRESHOLDS: dict[Hypothesis, float] = {"none": 4.4, "whole": 5.3, "resized": 5.75, "cropped": 6.0, "cropped and resized": 7.0}
"""In standard deviations of the correlation with what is not there.

Meant for a false-positive rate of 1e-4 in all, by the number of trials of each hypothesis; benchmarks/watermark.py checks it.
"""
TURNED_MORE = 0.6
"""So much more evidence is asked for in each of the seven orientations that are not upright, to keep the false-positive rate."""
ID_EVIDENCE, ID_LEAD, ID_LEAD_EVIDENT = 11.5, 5.0, 3.0
"""When an id counts as read.

Evidence: of the codeword, in standard deviations; the best of 2**64 reaches 9.4 on average where there is none.
Lead: evidence times how much more of it there is than for the next codeword, about the logarithm of the odds between the two. A lead of
`ID_LEAD` is enough, and of `ID_LEAD_EVIDENT` with evidence of `ID_EVIDENCE`.
"""
SMALLEST_PX = 96
SCALES = (0.45, 2.2)
_WINDOW_PX = 1024
_AT_ONCE = 64
_USUAL_STEP_PX = 16
_LOCAL_MEAN_PX, _LOCAL_CONTRAST_PX, _QUIET, _LOUDEST = 11, 7, 0.4, 2.0
_WHITENED = 1.2
"""Power of the local contrast by which detail is divided: above 1, since the mark is stronger, against contrast, where that is low."""
_FADE_PX = 6
_PEAK = 1.5
_FADING = 0.4
"""Cycles per pixel of the picture at hand around which the mark fades: what shrank has lost its finest frequencies."""
_COARSE = 48
"""Into how many offsets the tile is divided where scales are unknown too; more than twice its highest frequency."""
_REFINE_BELOW = 2.0
_WRONG_MATCHES = 1e-6
"""How often a picture with another id may be taken for one of those that it is compared with, if their code were chance.

It is not: of 12.7 million sums of wrong ids in pictures whose own could not be read, those beyond 4 to 5.5 deviations were three to six
times as many (the highest 5.7), and in untouched pictures, whose id is read, far more: so what can be read is not compared.
"""
_ALIKE_CYCLES = 1.5
"""Frequencies that differ in radius by less than about so much have faded alike."""
_LEAST_WEIGHT = 0.02
_TOP = int(band().v.max())
_RADIUS = np.hypot(band().v, band().u)


@dataclass(frozen=True)
class Detection:
    """What a search for the watermark found.

    Attributes:
        found: whether the watermark is there: see `THRESHOLDS`.
        score: evidence above the threshold, in standard deviations; negative where there is too little.
        number: the id, or None where it cannot be read with certainty.
        scale: size of the picture relative to the one that was marked, 1 unless it was resized.
        change: what seems to have been done to the picture.
        orientation: likewise; "upright" where nothing was found.
        searched: False for pictures that are too small to search.
        bits: (CODED_BITS,) what the copies of each coded bit say, to be compared with known ids; empty where nothing was found.
    """

    found: bool
    score: float
    number: int | None = None
    scale: float = 1.0
    change: Change = "none"
    searched: bool = True
    orientation: Orientation = "upright"
    bits: tuple[float, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class _Place:
    """Where the tile may lie. `scale`: down and across; `y`, `x`: the offset in the tile, in its own pixels."""

    hypothesis: Hypothesis
    value: float
    scale: tuple[float, float]
    y: int
    x: int

    @property
    def score(self) -> float:
        return self.value - THRESHOLDS[self.hypothesis]

    def told(self, found: bool, score: float, number: int | None = None) -> Detection:
        change: Change = "resized" if self.hypothesis == "whole" else self.hypothesis
        return Detection(found, score, number, (self.scale[0] * self.scale[1]) ** 0.5, change)


def detect(picture: Picture) -> Detection:
    """Searches a picture for the watermark, at scales 0.45 to 2.2 of the marked one and at every offset, mirrored and turned too.

    Args:
        picture: (H, W, 3) uint8, sRGB; of large pictures the middle is looked at.
    """
    if min(picture.shape[:2]) < SMALLEST_PX:
        return Detection(False, -max(THRESHOLDS.values()), searched=False)
    upright = search(picture)
    if upright.found:
        return upright
    for orientation, undone in ORIENTATIONS.items():
        found = search(np.ascontiguousarray(undone(picture)), TURNED_MORE)
        if found.found:
            return replace(found, orientation=orientation)
    return upright


def match(found: Detection, numbers: Sequence[int]) -> int | None:
    """Which of some ids a picture carries, also where its id can no longer be read by itself: comparing asks for less than reading.

    Args:
        found: what `detect` found in the picture.
        numbers: the ids to compare with, such as those of all pictures of an installation; each 0 to 2**64 - 1.

    Returns:
        The one that fits best, if it fits better than any of so many would by chance; None if none does, or no watermark is found.
    """
    if not found.found or not numbers:
        return None
    if found.number is not None:
        return found.number if found.number in numbers else None
    return nearest(np.array(found.bits), numbers) if found.bits else None


def nearest(soft: NDArray[np.floating], numbers: Sequence[int]) -> int | None:
    """Which of some ids (CODED_BITS,) soft bits tell, or None if none fits better than any of so many would by chance."""
    numbers = list(dict.fromkeys(numbers))
    codewords = np.stack([_codeword(number) for number in numbers])
    # in standard deviations of what a codeword of chance would sum to: with another id in the picture the sums are larger than with none
    fits = codewords @ soft / np.sqrt(np.vdot(soft, soft) + 1e-12)
    best = int(fits.argmax())
    return numbers[best] if fits[best] >= -special.ndtri(_WRONG_MATCHES / len(numbers)) else None


@lru_cache(maxsize=100_000)
def _codeword(number: int) -> NDArray[np.int8]:
    return watermark_code.encode(number).astype(np.int8)


ORIENTATIONS: dict[Orientation, Callable[[Picture], Picture]] = {
    "mirrored": lambda picture: picture[:, ::-1],
    "turned by 180 degrees": lambda picture: picture[::-1, ::-1],
    "turned by 90 degrees": lambda picture: np.rot90(picture, -1),
    "turned by 270 degrees": lambda picture: np.rot90(picture),
    "mirrored upside down": lambda picture: picture[::-1],
    "mirrored and turned by 90 degrees": lambda picture: np.rot90(picture, -1)[:, ::-1],
    "mirrored and turned by 270 degrees": lambda picture: np.rot90(picture)[:, ::-1],
}
"""All but upright, the likeliest first; what undoes each."""


def search(picture: Picture, more: float = 0.0) -> Detection:
    """Searches a picture as it stands.

    Args:
        picture: (H, W, 3) uint8, sRGB, with sides of `SMALLEST_PX` or more.
        more: evidence that is asked for beyond the thresholds.
    """
    height, width, _ = picture.shape
    corner = (max(0, height - _WINDOW_PX) // 2, max(0, width - _WINDOW_PX) // 2)
    light = luma(picture[corner[0] : corner[0] + _WINDOW_PX, corner[1] : corner[1] + _WINDOW_PX])
    spectrum = _Spectrum(light, corner, (height, width))
    place = max(spectrum.places(), key=lambda place: place.score)
    if place.score - more < -_REFINE_BELOW:
        return place.told(False, place.score - more)
    refined, values = spectrum.refine(place)
    score = max(place.score, refined.score) - more
    if score < 0:
        return refined.told(False, score)
    bits = tuple(float(f"{bit:.5g}") for bit in soft_bits(_carried(values, refined)))
    return replace(refined.told(True, score, _read(values, refined)), bits=bits)


def _carried(values: NDArray[np.complexfloating], place: _Place) -> NDArray[np.complexfloating]:
    """(carried,): what the tile's data frequencies say; each counts as much as is left of the template at its radius."""
    found = band()
    turn = np.exp(-2j * np.pi * (found.v * place.y + found.u * place.x) / TILE_PX)
    turned = values * turn
    return turned[found.sync :] * (np.maximum(_alike() @ turned[: found.sync].real, 0) + _LEAST_WEIGHT)


def _read(values: NDArray[np.complexfloating], place: _Place) -> int | None:
    """The id, or None if no codeword stands out."""
    carried = _carried(values, place)
    number, lead = watermark_code.decode(soft_bits(carried))
    spread = np.sqrt((np.abs(carried) ** 2).sum() / 2)
    evidence = (carried * np.conj(data_symbols(number))).real.sum() / spread
    sure = evidence * lead / (np.sqrt(2) * spread)
    return number if sure >= ID_LEAD or (sure >= ID_LEAD_EVIDENT and evidence >= ID_EVIDENCE) else None


@cache
def _alike() -> NDArray[np.float64]:
    """(carried, sync): how much each of the template's frequencies tells about what is left at each of the data's; rows sum to 1."""
    sync = band().sync
    near = np.exp(-0.5 * ((_RADIUS[sync:, None] - _RADIUS[None, :sync]) / _ALIKE_CYCLES) ** 2)
    return near / near.sum(axis=1, keepdims=True)


class _Spectrum:
    """The whitened spectrum of a picture, or of the middle of one, with its origin in the middle.

    Args:
        light: (H, W) float32, 0 to 255.
        corner: where it lies in the whole picture, (y, x).
        whole: height and width of the whole picture.
    """

    def __init__(self, light: NDArray[np.float32], corner: tuple[int, int], whole: tuple[int, int]):
        self.height, self.width = light.shape
        self.middle = self.height // 2, self.width // 2
        self.corner, self.whole = corner, whole
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
        grid = np.concatenate([[1.0], np.exp(np.arange(low, high, self.step))])
        scales = np.stack([grid, grid], axis=1)
        values = self._template(scales)
        found = self._at_corners("none", values[:1], scales[:1]) + self._at_corners("resized", values[1:], scales[1:])
        if len(usual := _usual_scales(*self.whole)):
            found += self._at_corners("whole", self._template(usual), usual)
        best: _Place | None = None
        for start in range(0, len(scales), _AT_ONCE):
            here = slice(start, start + _AT_ONCE)
            highest = _peak("cropped and resized", values[here], scales[here], _COARSE)
            best = highest if best is None or highest.value > best.value else best
        assert best is not None
        return [*found, _peak("cropped", values[:1], scales[:1]), best]

    def _template(self, scales: NDArray[np.floating]) -> NDArray[np.complexfloating]:
        """(K, sync): the whitened spectrum at the template's frequencies at each of (K, 2) scales, turned by its phases, weighted."""
        found, count = band(), band().sync
        places = self._bins(found.v[:count] / (TILE_PX * scales[:, :1]), found.u[:count] / (TILE_PX * scales[:, 1:]))
        return _limited(self.bins[places] / self.level[places]) * np.conj(found.phase[:count]) * _weights(scales)

    def _bins(self, v: NDArray[np.floating], u: NDArray[np.floating]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Indices of frequencies in cycles per pixel."""
        rows = np.rint(u * self.side).astype(np.int64) % self.side
        return rows, np.minimum(np.rint(v * self.side).astype(np.int64), self.bins.shape[1] - 1)

    def _corners(self, scales: NDArray[np.floating]) -> NDArray[np.int64]:
        """(K, 2): by y and x, which pixel of the tile lies in the middle if the picture was not cropped."""
        middle = np.array([at + middle + 0.5 for at, middle in zip(self.corner, self.middle, strict=True)])
        return np.rint(middle / scales - 0.5).astype(np.int64) % TILE_PX

    def _at_corners(self, hypothesis: Hypothesis, values: NDArray[np.complexfloating], scales: NDArray[np.floating]) -> list[_Place]:
        """The best place where nothing was cropped."""
        found, count, corners = band(), band().sync, self._corners(scales)
        turns = np.exp(-2j * np.pi * (corners[:, :1] * found.v[:count] + corners[:, 1:] * found.u[:count]) / TILE_PX)
        sums = (values * turns).real.sum(axis=1) / _spread(values)
        k = int(sums.argmax())
        return [_Place(hypothesis, float(sums[k]), (float(scales[k, 0]), float(scales[k, 1])), int(corners[k, 0]), int(corners[k, 1]))]

    def refine(self, place: _Place) -> tuple[_Place, NDArray[np.complexfloating]]:
        """The place near `place` that fits best, with its own scale in either direction where that is not known exactly.

        Returns:
            The place, and (n,) the whitened spectrum at all frequencies of the tile, turned by their phases.
        """
        found = band()
        known = place.hypothesis in ("none", "whole", "cropped")
        steps = 1 + self.step * np.array([0.0] if known else [-1, -0.5, 0, 0.5, 1])
        cycles = np.arange(-_TOP, _TOP + 1)
        columns = [_waves(self.width, self.middle[1], cycles / (TILE_PX * place.scale[1] * step)) for step in steps]
        across = [self.texture @ column.T for column in columns]  # (H, 2 * _TOP + 1) each
        level = self.level[self._bins(found.v / (TILE_PX * place.scale[0]), found.u / (TILE_PX * place.scale[1]))]
        weights = _weights(np.array([place.scale]))[0]
        reach = {"none": 0, "whole": 1}.get(place.hypothesis, 2)
        near_x, near_y = ((np.arange(-reach, reach + 1) + at) % TILE_PX for at in (place.x, place.y))
        best, best_values = place, None
        for step_y in steps:
            down = _waves(self.height, self.middle[0], cycles[_TOP:] / (TILE_PX * place.scale[0] * step_y))
            for step_x, each in zip(steps, across, strict=True):
                values = _limited((down @ each)[found.v, found.u + _TOP] / level) * np.conj(found.phase)
                around = _correlations((values[: found.sync] * weights)[None])[0][np.ix_(near_x, near_y)]
                i, j = np.unravel_index(int(around.argmax()), around.shape)
                if best_values is None or around[i, j] > best.value:
                    scale = (place.scale[0] * float(step_y), place.scale[1] * float(step_x))
                    best = _Place(place.hypothesis, float(around[i, j]), scale, int(near_y[j]), int(near_x[i]))
                    best_values = values
        assert best_values is not None
        return best, best_values


def _usual_scales(height: int, width: int) -> NDArray[np.floating]:
    """(K, 2): scales, down and across, at which pictures with usual sides come to these, but for 1."""
    low, high = np.ceil(height / SCALES[1] / _USUAL_STEP_PX), np.floor(height / SCALES[0] / _USUAL_STEP_PX)
    heights = _USUAL_STEP_PX * np.arange(low, high + 1)
    widths = _USUAL_STEP_PX * np.rint(width * heights / height / _USUAL_STEP_PX)
    fits = (np.abs(widths * height - width * heights) <= heights) & (heights != height)  # to a pixel, since sides are rounded
    return np.stack([height / heights[fits], width / np.maximum(widths[fits], 1)], axis=1)


def _texture(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """(H, W) float32: local contrast made even and outliers cut, faded out at the very borders."""
    detail = light - ndimage.uniform_filter(light, _LOCAL_MEAN_PX)
    contrast = np.sqrt(np.maximum(ndimage.uniform_filter(detail * detail, _LOCAL_CONTRAST_PX), 0)) + _QUIET
    detail = np.clip(detail / contrast**_WHITENED, -_LOUDEST, _LOUDEST)
    ramp = (np.sin(np.pi / 2 * (np.arange(_FADE_PX) + 0.5) / _FADE_PX) ** 2).astype(np.float32)
    for turned in (detail, detail.T):
        turned[:_FADE_PX] *= ramp[:, None]
        turned[-_FADE_PX:] *= ramp[::-1, None]
    return detail.astype(np.float32, copy=False)


def _weights(scales: NDArray[np.floating]) -> NDArray[np.floating]:
    """(K, sync): how much the template's frequencies count at each of (K, 2) scales."""
    radius = _RADIUS[: band().sync] / (TILE_PX * np.sqrt(scales[:, :1] * scales[:, 1:]))
    return 1 / (1 + (radius / _FADING) ** 4)


def _limited(values: NDArray[np.complexfloating]) -> NDArray[np.complexfloating]:
    """No frequency says more than `_PEAK` times the usual: pictures have regular patterns of their own."""
    return values * np.minimum(1, _PEAK / np.maximum(np.abs(values), 1e-9))


def _waves(length: int, middle: int, frequencies: NDArray[np.floating]) -> NDArray[np.complex64]:
    """(frequencies, length) complex64."""
    return np.exp(-2j * np.pi * np.outer(frequencies, np.arange(length) - middle)).astype(np.complex64)


def _correlations(values: NDArray[np.complexfloating], side: int = TILE_PX) -> NDArray[np.floating]:
    """Correlation of the template at every offset, in standard deviations of chance.

    Args:
        values: (K, sync) whitened spectrum at the template's frequencies, turned by its phases.
        side: into how many offsets the tile is divided.

    Returns:
        (K, side, side), by x and y.
    """
    found, count = band(), band().sync
    lattice = np.zeros((len(values), side, side // 2 + 1), np.complex64)
    lattice[:, found.u[:count] % side, found.v[:count]] = np.conj(values / _spread(values)[:, None])
    # columns that hold nothing need no transform
    lattice[:, :, : _TOP + 1] = fft.ifft(lattice[:, :, : _TOP + 1], axis=1, norm="forward")
    return fft.irfft(lattice, side, axis=2, norm="forward") / 2


def _spread(values: NDArray[np.complexfloating]) -> NDArray[np.floating]:
    """(K,): standard deviation of the real part of the sum of (K, n) values if their phases are chance."""
    return np.sqrt((np.abs(values) ** 2).sum(axis=1) / 2 + 1e-9)


def _peak(hypothesis: Hypothesis, values: NDArray[np.complexfloating], scales: NDArray[np.floating], side: int = TILE_PX) -> _Place:
    """The best place for values as `_correlations` takes them, at (K, 2) scales."""
    maps = _correlations(values, side)
    k, x, y = np.unravel_index(int(maps.argmax()), maps.shape)
    y, x = (round(int(at) * TILE_PX / side) % TILE_PX for at in (y, x))
    return _Place(hypothesis, float(maps.max()), (float(scales[k, 0]), float(scales[k, 1])), y, x)
