"""From captions, guides and seeds to pictures, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter as gaussian

from pochade.core import conditions
from pochade.core.conditions import GuideMode
from pochade.core.errors import CancelledError, InvalidRequestError
from pochade.core.flow import Floats, Known, guided, noise_rand, sample
from pochade.runtime.engine import Engine

MAX_STEPS = 50
GUIDED_FROM = 0.1
"""Guidance by words acts from this t on: before, there is nothing yet to guide. Source: arXiv:2511.13720."""

Picture = NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Task:
    """Pictures of one size to paint together.

    Attributes:
        captions, seeds: one for each picture. negative: what should not be seen; "" is nothing.
        guides: (H, W, GUIDE_CHANNELS) uint8 for each picture, or None for all: then the words alone are painted.
        mode: what the guides are.
        guidance_scale: how strongly the words pull; 1 costs half as much as any other value.
        image: (H, W, 3) uint8 to start from. mask: (H, W) bool, true where it is painted anew; None: everywhere.
        strength: 0 to 1, how far from `image` the result may go.

    Raises:
        InvalidRequestError: for values that do not belong together or are out of range.
    """

    captions: Sequence[str]
    seeds: Sequence[int]
    width_px: int
    height_px: int
    guides: Sequence[NDArray[np.uint8]] | None = None
    mode: GuideMode = "exact"
    num_steps: int = 4
    guidance_scale: float = 1.0
    negative: str = ""
    image: Picture | None = None
    mask: NDArray[np.bool_] | None = None
    strength: float = 1.0

    def __post_init__(self) -> None:
        size = (self.height_px, self.width_px)
        if not len(self.captions) == len(self.seeds) or not self.captions:
            raise InvalidRequestError(f"Got {len(self.captions)} captions for {len(self.seeds)} seeds; as many are needed, at least one.")
        if not 1 <= self.num_steps <= MAX_STEPS:
            raise InvalidRequestError(f"Got {self.num_steps} steps; 1 to {MAX_STEPS} are accepted. Choose one of those.", field="num_steps")
        if self.guides is not None and (len(self.guides) != len(self.seeds) or any(guide.shape[:2] != size for guide in self.guides)):
            raise InvalidRequestError(
                f"Got guides that are not {len(self.seeds)} of {self.width_px}x{self.height_px} pixels. Send them so."
            )
        for name, array in (("image", self.image), ("mask", self.mask)):
            if array is not None and array.shape[:2] != size:
                raise InvalidRequestError(
                    f"Got a {name} of {array.shape[1]}x{array.shape[0]} for pictures of {self.width_px}x{self.height_px}; "
                    "both must be equally large. Send it so.",
                    field=name,
                )


@dataclass(frozen=True, eq=False)
class Painted:
    """One step: pictures (B, H, W, 3) uint8 as they are expected so far; in the last step (`fraction` 1) the result."""

    fraction: float
    pictures: NDArray[np.uint8]


def paint(engine: Engine, task: Task, cancelled: Callable[[], bool] | None = None) -> Iterator[Painted]:
    """Paints a task.

    Raises:
        CancelledError: when `cancelled()` turned true between two steps.
    """
    count, height, width = len(task.seeds), task.height_px, task.width_px
    told = engine.read(task.captions)
    against = engine.read([task.negative] * count) if task.guidance_scale != 1 else None
    guide = np.stack([_guide(engine, task, number) for number in range(count)])
    noise = np.stack([conditions.padded(noise_rand(seed, height, width), engine.stride, (1, 2)) for seed in task.seeds])

    def predict(z: Floats, t: float) -> Floats:
        x = engine.predict(z, t, guide, told)
        if against is None or t < GUIDED_FROM:
            return x
        return guided(x, engine.predict(z, t, guide, against), task.guidance_scale)

    for step in sample(predict, noise, task.num_steps, _known(engine, task, count)):
        if cancelled is not None and cancelled():
            raise CancelledError()
        x = step.x[:, :, :height, :width]
        if step.number == step.num_steps and task.guides is not None and task.mode == "exact" and task.image is None:
            x = np.stack([with_detail(made, channels) for made, channels in zip(x, task.guides, strict=True)])
        pictures = to_pictures(x)
        if step.number == step.num_steps and task.image is not None and task.mask is not None:
            pictures[:, ~task.mask] = task.image[~task.mask]  # to the bit, whatever rounding did
        yield Painted(step.number / step.num_steps, pictures)


DETAIL = 1 / 64
"""Size up to which the draft decides on detail, as a share of the picture's shorter side; larger things the network decides."""
POLISHED = 0.12
"""Roughness from which on metal is taken for any other surface."""
DRAWN = 0.7
"""Share of the draft's detail where things are drawn: all of it would show what four rays leave rough."""
ACTIVE = (2.0, 8.0)
"""Deviation of the albedo round about, in levels of 8 bits, from which on something is drawn there, and at which it surely is."""


def with_detail(x: Floats, channels: NDArray[np.uint8]) -> Floats:
    """A picture (3, H, W) with fine detail of the plan's draft: all of it in glass and polished metal, most of it where things are drawn.

    What smooth surfaces show, what is painted on others, where things end, and the sky are exact in the draft, ray by ray; a network
    answers with a mean, a blur. On plain surfaces the draft's finest detail is grain of its light, and the network's picture stays.

    Args:
        channels: (H, W, GUIDE_CHANNELS) of an exact guide.
    """
    told = np.moveaxis(channels, -1, 0).astype(np.float32) / np.float32(255)
    polished = np.clip(1 - told[conditions.ROUGHNESS] / np.float32(POLISHED), 0, 1) ** np.float32(0.5)
    clear = np.maximum(told[conditions.TRANSMISSION] * (told[conditions.TRANSMISSION] > 0.5), told[conditions.METALNESS] * polished)
    share = np.maximum(clear, np.float32(DRAWN) * _drawn(told))
    if not share.any():
        return x
    width = DETAIL * min(share.shape)
    missing = (2 * told[conditions.DRAFT] - 1 - x) * share
    around = _softened(missing, (0, width, width)) / np.maximum(_softened(share, width), np.float32(1e-3))
    return np.asarray(x + missing - share * around, np.float32)


def _softened(values: Floats, width: float | tuple[float, ...]) -> Floats:
    return np.asarray(gaussian(values, width, truncate=2.0), values.dtype)  # what lies further away hardly counts, and costs as much


def _drawn(told: Floats) -> Floats:
    """Where (H, W) things have drawn surfaces or end, 0 to 1; the sky has no grain."""
    albedo = told[conditions.ALBEDO].mean(0) * np.float32(255)
    width = DETAIL * min(albedo.shape)
    deviation = np.sqrt(_softened((albedo - _softened(albedo, width)) ** 2, 0.75 * width))
    drawn = np.clip((deviation - ACTIVE[0]) / (ACTIVE[1] - ACTIVE[0]), 0, 1)
    ends = np.clip(_softened(told[conditions.EDGES], 0.375 * width) * np.float32(6), 0, 1)
    sky = told[conditions.DEPTH] == 0
    return _softened(np.where(sky, np.float32(1), np.maximum(drawn, ends)), 0.5 * width)


def to_pictures(x: Floats) -> NDArray[np.uint8]:
    """(B, 3, H, W) from -1 to 1 as (B, H, W, 3) uint8."""
    return (np.moveaxis(np.clip(x, -1, 1), 1, -1) * np.float32(127.5) + np.float32(128)).astype(np.uint8)


def _guide(engine: Engine, task: Task, number: int) -> Floats:
    channels = None if task.guides is None else conditions.padded(task.guides[number], engine.stride, (0, 1))
    height, width = (-(-side // engine.stride) * engine.stride for side in (task.height_px, task.width_px))
    return conditions.guide_inputs(channels, "none" if channels is None else task.mode, height, width)


def _known(engine: Engine, task: Task, count: int) -> Known | None:
    if task.image is None:
        return None
    x = np.moveaxis(task.image.astype(np.float32) / np.float32(127.5) - 1, -1, 0)
    x = conditions.padded(x, engine.stride, (1, 2))
    keep = None if task.mask is None else conditions.padded(~task.mask, engine.stride, (0, 1))
    return Known(np.repeat(x[None], count, 0), keep, task.strength)
