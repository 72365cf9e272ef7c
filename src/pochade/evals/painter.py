"""The own model against the renderer: held-out plans, painted and compared with the path traced pictures of the same plans."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pochade.core.tokens import key_phrase
from pochade.evals import metrics
from pochade.runtime.sampler import Task, paint

if TYPE_CHECKING:
    from pochade.data.pack import Group, Pack
    from pochade.data.splits import Split
    from pochade.runtime.engine import Engine

TOGETHER = 4
"""Pictures painted at once."""


@dataclass(frozen=True)
class Score:
    """Means over the pictures of one kind.

    Attributes:
        kind: "all", or a family. pictures: how many.
        psnr_db, psnr_low, psnr_high: against the renders, with the 95 % interval.
        color_difference: of an 8 x 8 grid of means; 2.3 is just noticeable.
    """

    kind: str
    pictures: int
    psnr_db: float
    psnr_low: float
    psnr_high: float
    color_difference: float


@dataclass(frozen=True)
class Evaluation:
    """What one number of steps reaches.

    Attributes:
        sharpness: power in each octave as a share of the renders', coarse to fine.
        ms_per_picture: of painting, without the plan, in groups of TOGETHER.
    """

    num_steps: int
    scores: tuple[Score, ...]
    sharpness: tuple[float, ...]
    ms_per_picture: float


def evaluate(
    engine: Engine,
    pack: Pack,
    read: Callable[[str], str],
    num_steps: Sequence[int] = (1, 4),
    split: Split = "held-out",
    most: int = 512,
) -> list[Evaluation]:
    """Paints the planned samples of a split in each number of steps, and compares.

    Args:
        read: brings a caption to canonical words, as painting does.
        most: pictures at most, the first of each format by its share.
    """
    rows = {name: group.of_split(split) for name, group in pack.groups.items()}
    total = sum(map(len, rows.values()))
    chosen = {name: found[: max(1, round(len(found) * min(1, most / max(total, 1))))] for name, found in rows.items() if len(found)}
    return [_evaluated(engine, pack, read, steps, chosen) for steps in num_steps]


def painted(engine: Engine, group: Group, rows: NDArray[np.int64], read: Callable[[str], str], num_steps: int) -> NDArray[np.uint8]:
    """Pictures (B, H, W, 3) uint8 of samples of a group, painted over their own guides; sample k of a group has seed k."""
    made = []
    for start in range(0, len(rows), TOGETHER):
        some = rows[start : start + TOGETHER]
        samples = [group.samples[int(row)] for row in some]
        height, width = group.pictures.shape[1:3]
        task = Task(
            captions=[f"{read(sample['captions'][0][1])} {key_phrase(sample.get('key_azimuth_deg'))}" for sample in samples],
            seeds=[int(row) for row in some],
            width_px=width,
            height_px=height,
            guides=[np.asarray(group.guides[int(row)]) for row in some],
            num_steps=num_steps,
        )
        *_, last = paint(engine, task)
        made.append(last.pictures)
    return np.concatenate(made)


def _evaluated(engine: Engine, pack: Pack, read: Callable[[str], str], num_steps: int, chosen: dict[str, NDArray[np.int64]]) -> Evaluation:
    psnr, colors, families, found_power, wanted_power, taken_s = [], [], [], [], [], 0.0
    for name, rows in chosen.items():
        group = pack.groups[name]
        start = time.perf_counter()
        found = painted(engine, group, rows, read, num_steps)
        taken_s += time.perf_counter() - start
        wanted = np.array(group.pictures[rows])
        psnr.append(metrics.psnr_db(found, wanted))
        colors.append(metrics.color_difference(found, wanted))
        found_power.append(metrics.octaves(found))
        wanted_power.append(metrics.octaves(wanted))
        families += [group.samples[int(row)]["family"] for row in rows]
    all_psnr, all_colors = np.concatenate(psnr), np.concatenate(colors)
    kinds = np.array(families)
    scores = [_score("all", all_psnr, all_colors)]
    scores += [_score(kind, all_psnr[kinds == kind], all_colors[kinds == kind]) for kind in sorted(set(families))]
    sharp = metrics.share_of_power(np.concatenate(found_power), np.concatenate(wanted_power))
    return Evaluation(num_steps, tuple(scores), tuple(float(share) for share in sharp), 1e3 * taken_s / len(all_psnr))


def _score(kind: str, psnr: NDArray[np.float64], colors: NDArray[np.float64]) -> Score:
    return Score(kind, len(psnr), *metrics.interval(psnr), float(colors.mean()))
