"""Batches of training: which samples, which wording, which guide, how much noise; all of it follows from the seed and the step."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from pochade.core import conditions
from pochade.core.flow import Floats, noise_scale
from pochade.core.tokens import PAD, START, Tokenizer, key_phrase
from pochade.model.config import Recipe

if TYPE_CHECKING:
    from pochade.data.pack import Group, Pack

Made = TypeVar("Made")

NONE, EXACT, COARSE = 0, 1, 2
COARSE_CELLS = (8, 12, 16, 24)
"""Cells along the mean side of a coarse guide."""


@dataclass(frozen=True, eq=False)
class Batch:
    """What one step learns from.

    Attributes:
        pictures: (B, H, W, 3) uint8 sRGB. guides: (B, H, W, GUIDE_CHANNELS) uint8. modes: (B,) NONE, EXACT or COARSE.
        tokens: (B, M) ids. noise: (B, 3, H, W), scaled. t: (B,).
        position: where the order of the data stands after this batch.
    """

    pictures: NDArray[np.uint8]
    guides: NDArray[np.uint8]
    modes: NDArray[np.int64]
    tokens: NDArray[np.int64]
    noise: Floats
    t: Floats
    position: int


class Captions:
    """Token ids of every caption of a group of samples: (N, K, M), rows of samples with fewer captions repeat theirs.

    The first wording, which says most, tells the side of the key light as well.
    """

    def __init__(self, group: Group, read: Callable[[str], str], tokenizer: Tokenizer, length: int):
        texts: list[list[str]] = []
        for sample in group.samples:
            wordings = dict.fromkeys(read(text) for _, text in sample["captions"])
            key = key_phrase(sample.get("key_azimuth_deg"))
            texts.append([f"{text} {key}" if number == 0 else text for number, text in enumerate(wordings)] or [""])
        self.choices = max(map(len, texts), default=1)
        flat = [wordings[number % len(wordings)] for wordings in texts for number in range(self.choices)]
        self.ids = tokenizer.batch(flat, length).reshape(len(texts), self.choices, length).astype(np.int16)

    def chosen(self, rows: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        """One wording of each row, (B, M): half of the time the first, which says most."""
        which = rng.integers(self.choices, size=len(rows)) * (rng.random(len(rows)) < 0.5)
        return self.ids[rows, which].astype(np.int64)


def times_rand(recipe: Recipe, count: int, rng: np.random.Generator) -> Floats:
    """t of a batch: logit-normal, a share of it even, drawn in strata so that batches differ little."""
    from scipy.special import expit, ndtri

    strata = (rng.permutation(count) + rng.random(count)) / count
    drawn = expit(recipe.t_mean + recipe.t_std * ndtri(np.clip(strata, 1e-6, 1 - 1e-6)))
    return np.where(rng.random(count) < recipe.t_uniform, strata, drawn).astype(np.float32)


def batches(pack: Pack, recipe: Recipe, captions: dict[str, Captions], tokenizer: Tokenizer, step: int, position: int) -> Iterator[Batch]:
    """Endless batches from `step` (counted from 0) and `position` of the data's order on."""
    for raw in pack.batches("train", batch_size=recipe.batch, seed=recipe.seed, position=position, groups=recipe.groups):
        rng = np.random.Generator(np.random.SFC64([recipe.seed, step]))
        yield _made(recipe, captions[raw.group], tokenizer, raw, rng)
        step += 1


def _made(recipe: Recipe, captions: Captions, tokenizer: Tokenizer, raw: object, rng: np.random.Generator) -> Batch:
    pictures, guides = np.array(raw.pictures), fitted(raw.guides, raw.pictures.shape[1:3])  # type: ignore[attr-defined]
    tokens = captions.chosen(np.asarray(raw.rows), rng)  # type: ignore[attr-defined]
    count = len(pictures)
    flip = rng.random(count) < 0.5
    pictures[flip] = pictures[flip][:, :, ::-1]
    guides[flip] = conditions.mirrored(guides[flip])
    tokens[flip] = tokenizer.mirrored(tokens[flip])
    tokens[rng.random(count) < recipe.drop_text] = blank(tokens.shape[1])
    draw = rng.random(count)
    modes = np.select([draw < recipe.drop_guide, draw < recipe.drop_guide + recipe.coarsen_guide], [NONE, COARSE], EXACT)
    for index in np.flatnonzero(modes == COARSE):
        cell = round(np.sqrt(guides[index, ..., 0].size) / COARSE_CELLS[int(rng.integers(len(COARSE_CELLS)))])
        guides[index] = conditions.coarsened(guides[index], max(cell, 1))
    pictures, guides = (conditions.padded(array, recipe.net.stride, (1, 2)) for array in (pictures, guides))
    height, width = pictures.shape[1:3]
    noise = rng.standard_normal((count, 3, height, width), np.float32) * np.float32(noise_scale(height, width))
    t = times_rand(recipe, count, rng)
    t[(modes == EXACT) & (rng.random(count) < recipe.at_once)] = 0
    return Batch(pictures, guides, modes.astype(np.int64), tokens, noise, t, raw.position)  # type: ignore[attr-defined]


def fitted(guides: NDArray[np.uint8], shape: Sequence[int]) -> NDArray[np.uint8]:
    """Guides (B, h, w, C) brought to the pictures' size (H, W), by repetition where they are smaller; always a copy."""
    rows, columns = (np.arange(size) * have // size for size, have in zip(shape, guides.shape[1:3], strict=True))
    return np.array(guides) if guides.shape[1:3] == tuple(shape) else np.asarray(guides)[:, rows[:, None], columns[None]]


def blank(length: int) -> NDArray[np.int64]:
    """The caption that says nothing, (M,)."""
    return np.array([START] + [PAD] * (length - 1))


def ahead(source: Iterator[Made], depth: int = 2) -> Iterator[Made]:
    """The same batches, made in a thread while the last ones are learned from. Closing the iterator ends the thread."""
    made: queue.Queue[Made | BaseException] = queue.Queue(depth)
    over = threading.Event()

    def work() -> None:
        try:
            for batch in source:
                while not over.is_set():
                    try:
                        made.put(batch, timeout=0.2)
                        break
                    except queue.Full:
                        continue
                if over.is_set():
                    return
        except BaseException as error:  # handed to the reader of the batches
            made.put(error)

    thread = threading.Thread(target=work, name="batches", daemon=True)
    thread.start()
    try:
        while True:
            got = made.get()
            if isinstance(got, BaseException):
                raise got
            yield got
    finally:
        over.set()
        thread.join()
