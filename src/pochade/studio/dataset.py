"""Rendering training data: joins the world, which draws and renders scenes, with the shards and ledgers that keep them."""

from __future__ import annotations

import dataclasses
import io
import json
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from PIL import Image

from pochade.core.errors import DataError, InvalidRequestError
from pochade.data import farm, guide, pairs
from pochade.data.files import check_room
from pochade.data.folder import Manifest, finished, ledger_lines, prepare
from pochade.data.formats import ASPECTS, check_size
from pochade.data.packing import Planned
from pochade.data.pairs import NoisePair
from pochade.data.records import LICENCE, Sample, canonical_json, sha256
from pochade.data.shards import ShardSummary, pyarrow, write_shard
from pochade.data.splits import RULE_VERSION
from pochade.studio.drawing import ASPECT_SHARES, FAMILY_SHARES, Draw, draw
from pochade.studio.fingerprint import code, renderer
from pochade.studio.labelling import CAPTION_RULE, labels, wordings
from pochade.studio.noise_pairs import noise_pair
from pochade.world.compose import Pool, compose
from pochade.world.describe import FAMILIES
from pochade.world.scene import WORLD_VERSION, Description, Scene, description_from

if TYPE_CHECKING:
    from numpy.typing import NDArray

Row = TypeVar("Row", Sample, NoisePair)

WEBP_QUALITY = 94
MAX_ATTEMPTS = 4
PLANS_EACH = 400
"""Scenes that a process plans before it makes room for a new one."""
SHARD_ROWS = 256
MAX_COUNT = 10_000_000
BYTES_PER_PIXEL, PAIR_BYTES_PER_PIXEL = 2.6, 22
"""On disk, of a sample and of a pair, before the first shard tells better."""


@dataclass(frozen=True)
class RenderOptions:
    """What to render.

    Attributes:
        count: samples in all.
        size_px: class of the pictures, see `data.formats`.
        spp: samples per pixel; where there is a reference, drawn from 4 up to this.
        reference_spp: render pairs for the denoiser, with this many samples per pixel in the clean one; 0: render samples.
        families, aspects: name to share.
        shard_rows: samples per shard.

    Raises:
        InvalidRequestError: for values that are not accepted.
    """

    count: int
    size_px: int = 256
    spp: int = 48
    root_seed: int = 1
    families: Mapping[str, float] = dataclasses.field(default_factory=lambda: dict(FAMILY_SHARES))
    aspects: Mapping[str, float] = dataclasses.field(default_factory=lambda: dict(ASPECT_SHARES))
    shard_rows: int = SHARD_ROWS
    reference_spp: int = 0

    def __post_init__(self) -> None:
        check_size(self.size_px)
        for name, value, low, high in (
            ("count", self.count, 1, MAX_COUNT),
            ("spp", self.spp, 4, 4096),
            ("seed", self.root_seed, 0, 2**32 - 1),
            ("shard-rows", self.shard_rows, 1, 4096),
            *([("reference-spp", self.reference_spp, 64, 65536)] if self.reference_spp else []),
        ):
            if not low <= value <= high:
                raise InvalidRequestError(f"Got {value} for {name}; {low} to {high} is accepted. Choose one of those.", field=name)
        for name, shares, known in (("families", self.families, FAMILIES), ("aspects", self.aspects, tuple(ASPECTS))):
            odd = [key for key in shares if key not in known]
            if odd or not shares or min(shares.values()) < 0 or not 0 < sum(shares.values()) < float("inf"):
                raise InvalidRequestError(
                    f"Got {dict(shares)} for {name}; {', '.join(known)} are accepted, each with a share of 0 or more that are not all 0. "
                    "Name those you want.",
                    field=name,
                )

    def manifest(self) -> Manifest:
        settings = {
            "size_px": self.size_px,
            "spp": self.spp,
            "root_seed": self.root_seed,
            "families": {name: float(share) for name, share in self.families.items()},
            "aspects": {name: float(share) for name, share in self.aspects.items()},
            "world_version": WORLD_VERSION,
            "caption_rule": CAPTION_RULE,
            "split_rule": RULE_VERSION,
        }
        if self.reference_spp:
            return Manifest("denoiser", self.count, self.shard_rows, {**settings, "reference_spp": self.reference_spp})
        return Manifest("samples", self.count, self.shard_rows, settings)


@dataclass(frozen=True)
class ShardTask:
    """One shard to render.

    Attributes:
        attempts: index of a sample to the number of scenes that could not be rendered for it, with the reason for each.
    """

    folder: Path
    options: RenderOptions
    index: int
    threads: int
    attempts: Mapping[int, tuple[str, ...]] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return f"shard {self.index}"

    def sample_indices(self) -> range:
        first = self.index * self.options.shard_rows
        return range(first, first + self.options.manifest().rows_of(self.index))


@dataclass(frozen=True)
class RenderProgress:
    """How far a rendering is.

    Attributes:
        done: samples rendered, counting those of earlier runs. unsaved: how many of them are in shards not yet written.
        rate: samples per second over the last minutes, or None. left_s: time left, or None.
        notice: a sentence for the person, or empty.
        shard: a shard that has just been written, or None.
    """

    done: int
    count: int
    unsaved: int = 0
    rate: float | None = None
    left_s: float | None = None
    notice: str = ""
    shard: ShardSummary | None = None


def render(folder: Path, options: RenderOptions, workers: int = 2) -> Iterator[RenderProgress]:
    """Renders what `folder` lacks. Finished shards are kept; closing the iterator stops the workers.

    Raises:
        DataError: if the folder holds other data, or a worker keeps crashing.
        OutputError: if the disk is or would be full.
    """
    cores = os.cpu_count() or 1
    if not 1 <= workers <= 4 * cores:
        raise InvalidRequestError(f"Got {workers} workers; 1 to {4 * cores} are accepted on {cores} cores. Choose one of those.")
    pyarrow()
    manifest = options.manifest()
    prepare(folder, manifest)
    kept = finished(folder, manifest)
    missing = [index for index in range(manifest.num_shards) if index not in kept]
    done = sum(shard.rows for shard in kept.values())
    yield RenderProgress(done, options.count, notice=_changed(folder, list(kept)))
    check_room(folder, (options.count - done) * _sample_bytes(options, list(kept.values())))
    threads = max(1, cores // workers)
    tasks = [ShardTask(folder, options, index, threads) for index in missing]
    yield from _progress(folder, options, tasks, workers, threads, list(kept.values()))


def _changed(folder: Path, kept: list[int]) -> str:
    """A sentence where shards were rendered by other code than there is now, or empty."""
    other = [index for index in kept if json.loads(ledger_lines(folder, index)[0])["code"] != code()]
    if not other:
        return ""
    return f"The code has changed since {len(other)} of the {len(kept)} shards were rendered. They are kept; their ledger lines say so."


def _progress(
    folder: Path, options: RenderOptions, tasks: list[ShardTask], workers: int, threads: int, written: list[ShardSummary]
) -> Iterator[RenderProgress]:
    done = sum(shard.rows for shard in written)
    partial: dict[int, int] = {}
    clock = _Clock()
    for event in farm.run(render_shard, tasks, workers, threads, _without_culprit):
        index = event.task.index
        notice, shard = "", None
        if isinstance(event, farm.Crashed):
            partial.pop(index, None)
            notice = f"A worker died over sample {event.last} of shard {index}; a new one tries again."
        elif isinstance(event, farm.Finished):
            shard = event.result
            assert isinstance(shard, ShardSummary)
            written.append(shard)
            partial.pop(index, None)
            done += shard.rows
            check_room(folder, (options.count - done - sum(partial.values())) * _sample_bytes(options, written))
        else:
            position = event.message - event.task.sample_indices().start
            if position > partial.get(index, 0):
                clock.tick()
            partial[index] = position
        unsaved = sum(partial.values())
        now = done + unsaved
        rate = clock.rate()
        yield RenderProgress(now, options.count, unsaved, rate, (options.count - now) / rate if rate else None, notice, shard)


class _Clock:
    """Rate over the last few minutes."""

    WINDOW = 400

    def __init__(self) -> None:
        self.times: list[float] = []

    def tick(self) -> None:
        self.times = [*self.times[-self.WINDOW :], time.monotonic()]

    def rate(self) -> float | None:
        span = self.times[-1] - self.times[0] if len(self.times) > 1 else 0.0
        return (len(self.times) - 1) / span if span > 0 else None


def _sample_bytes(options: RenderOptions, written: list[ShardSummary]) -> float:
    rows = sum(shard.rows for shard in written)
    guess = options.size_px**2 * (PAIR_BYTES_PER_PIXEL if options.reference_spp else BYTES_PER_PIXEL)
    return sum(shard.size_bytes for shard in written) / rows if rows else guess


def _without_culprit(task: ShardTask, last: Any, crashes: int) -> ShardTask:
    """After a second crash, the scene that was being rendered is given up, which its ledger line will say."""
    if crashes < 2 or last is None:
        return task
    reasons = (*task.attempts.get(last, ()), "the renderer's process died")
    return dataclasses.replace(task, attempts={**task.attempts, last: reasons})


def render_shard(task: ShardTask, report: Callable[[int], None]) -> ShardSummary:
    """Renders one shard and writes it. Reports the index of each sample before it is begun, and one past the last."""
    from pochade.world.render.backend import limit_threads

    limit_threads(task.threads)
    rows: list[Any] = []
    one = render_pair if task.options.reference_spp else render_sample
    for index in task.sample_indices():
        report(index)
        rows.append(one(task.options, index, task.attempts.get(index, ())))
    report(task.sample_indices().stop)
    return (pairs.write_shard if task.options.reference_spp else write_shard)(task.folder, task.index, rows)


def render_sample(options: RenderOptions, index: int, failures: tuple[str, ...] = ()) -> Sample:
    """Renders one sample. A scene that cannot be rendered is drawn anew, and the ledger line says so.

    Args:
        failures: reasons why earlier draws for this sample were given up.

    Raises:
        DataError: if none of `MAX_ATTEMPTS` draws can be rendered.
    """
    return _rendered(rendered_sample, options, index, failures)


def render_pair(options: RenderOptions, index: int, failures: tuple[str, ...] = ()) -> NoisePair:
    """Renders one pair for the denoiser; otherwise as `render_sample`."""
    return _rendered(rendered_pair, options, index, failures)


def _rendered(
    one: Callable[[RenderOptions, Draw, tuple[str, ...]], Row], options: RenderOptions, index: int, failures: tuple[str, ...]
) -> Row:
    while len(failures) < MAX_ATTEMPTS:
        drawn = draw(options.root_seed, index, options.size_px, options.families, options.aspects, attempt=len(failures))
        try:
            return one(options, drawn, failures)
        except Exception as error:  # a fault in one scene of a million must not end the run; the ledger keeps it
            failures = (*failures, f"{type(error).__name__}: {error}"[:300])
    raise DataError(f"Sample {index} could not be rendered in {MAX_ATTEMPTS} draws: {'; '.join(failures)}. Please report this.")


def _ledger(options: RenderOptions, drawn: Draw, failures: tuple[str, ...]) -> dict[str, Any]:
    """What the ledger says of a rendered sample beyond its digests."""
    return {
        "index": drawn.index,
        "root_seed": options.root_seed,
        "spp": options.spp,
        "world_version": WORLD_VERSION,
        "code": code(),
        "caption_rule": CAPTION_RULE,
        "split_rule": RULE_VERSION,
        "renderer": renderer(),
        "given_up": list(failures),
        "licence": LICENCE,
        "source": "rendered by pochade",
    }


def _sample_id(options: RenderOptions, drawn: Draw) -> str:
    return f"{options.root_seed}-{drawn.index:08d}"


def described(drawn: Draw) -> str:
    """The description of a draw as JSON."""
    return canonical_json(dataclasses.asdict(drawn.description)).decode()


def rendered_pair(options: RenderOptions, drawn: Draw, failures: tuple[str, ...] = ()) -> NoisePair:
    """Renders a draw as a pair. `failures`: reasons why earlier draws were given up."""
    choices = range(4, options.spp + 1, 4)
    spp = choices[drawn.seed % len(choices)]
    scene = compose(drawn.description, drawn.seed, drawn.width_px / drawn.height_px, pool_of(options.root_seed, drawn.index))
    return noise_pair(
        scene, drawn, _sample_id(options, drawn), described(drawn), spp, options.reference_spp, _ledger(options, drawn, failures)
    )


def rendered_sample(options: RenderOptions, drawn: Draw, failures: tuple[str, ...] = ()) -> Sample:
    """Renders a draw as a sample. `failures`: reasons why earlier draws were given up."""
    picture, maps, scene = painted(
        drawn.description, drawn.seed, drawn.width_px, drawn.height_px, options.spp, pool_of(options.root_seed, drawn.index)
    )
    kept = guide.stored(maps)
    return Sample(
        id=_sample_id(options, drawn),
        seed=drawn.seed,
        split=drawn.split,
        family=drawn.family,
        width_px=drawn.width_px,
        height_px=drawn.height_px,
        picture=webp(picture),
        captions=wordings(scene.description, drawn.seed),
        labels=labels(scene.description),
        ledger={**_ledger(options, drawn, failures), "pixels_sha256": sha256(picture.tobytes())},
        description=described(drawn),
        scene=scene.to_json(),
        guide=guide.encode(kept),
        near_m=kept.near_m,
        far_m=kept.far_m,
    )


@contextmanager
def planner(workers: int | None = None) -> Iterator[Planned]:
    """Plans scenes anew in processes of their own, for packing; see `packing.Planned`."""
    context = multiprocessing.get_context("spawn")
    # a renderer keeps compiled kernels, and so grows with every scene; on Python 3.11 an executor hangs when it replaces its processes
    with context.Pool(workers or os.cpu_count(), limit_one_thread, maxtasksperchild=PLANS_EACH) as pool:
        yield lambda samples: pool.imap(_planned, [(sample.scene, sample.width_px, sample.height_px) for sample in samples])


def limit_one_thread() -> None:
    """Leaves the other cores to the other processes."""
    from pochade.world.render.backend import limit_threads

    limit_threads(1)


def _planned(asked: tuple[str, int, int]) -> NDArray[np.uint8]:
    from pochade.world.render.guide import guide as plan

    text, width_px, height_px = asked
    return guide.channels(plan(Scene.from_json(text), width_px, height_px, mirrors=True))


def painted(
    description: Description, seed: int, width_px: int, height_px: int, spp: int, pool: Pool | None = None
) -> tuple[NDArray[np.uint8], guide.GuideMaps, Scene]:
    """Composes and renders a scene: (H, W, 3) uint8 sRGB, its guide maps, and the scene."""
    from pochade.world.render.stream import sample

    scene = compose(description, seed, width_px / height_px, pool)
    made = sample(scene, width_px, height_px, spp)
    return made.picture, made.guide, scene


CHAPTER = 1024
"""Consecutive samples that share a pool of shapes, skies and landscapes."""


def pool_of(root_seed: int, index: int) -> Pool:
    """The pool that a sample's shapes are chosen from: about 250 shapes serve a thousand samples, then there are others."""
    return Pool(int(np.random.default_rng([root_seed, index // CHAPTER, 0x9001]).integers(2**31)), shapes=3, skies=3, settings=2)


def webp(picture: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "WEBP", quality=WEBP_QUALITY, method=4)
    return buffer.getvalue()


def as_drawn(sample: Sample | NoisePair) -> Draw:
    """The draw that a stored sample was rendered from, as it was at the time."""
    width, height = (sample.width_px, sample.height_px) if isinstance(sample, Sample) else sample.size_px
    description = description_from(json.loads(sample.description))
    return Draw(sample.ledger["index"], sample.seed, sample.split, sample.family, width, height, description)
