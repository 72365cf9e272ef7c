"""The own model, `pochade-1`: prompt, plan, guide maps, and a picture painted over them in a few steps."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from pochade.core.errors import CancelledError, PochadeError
from pochade.core.memory import give_back, share_arenas
from pochade.core.tokens import key_phrase
from pochade.core.values import NO_PLAN, Capabilities, FinishedImage, GenerationEvent, GenerationRequest, Notice, Preview, Progress
from pochade.providers import planning
from pochade.providers.threads import Cancelled, Send, in_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Hashable, Iterator, Sequence

    from pochade.core.values import Picture
    from pochade.runtime.engine import Engine
    from pochade.world.scene import Scene

PLANNED_STEPS = 1
"""With a plan more steps only blur: see docs/model-card.md."""
WORDS_ALONE_STEPS, WORDS_ALONE_GUIDANCE = 8, 2.0
"""Without a guide the picture is made of the words, which takes more steps and a stronger pull."""
TOGETHER = 4
"""Pictures painted at once from words alone; more only wait for each other. Planned ones come one by one: the plan takes longest."""
GRID_PX = 16
SMALLEST, LARGEST = 0.8, 1.25
"""Areas that are painted as they are, in shares of the class of the training."""
LARGEST_PLANNED = 4.2
"""The same with a plan: it tells at any size where everything is, and the network, mostly convolutions, follows."""


@dataclass(frozen=True, eq=False)
class _Planned:
    """Picture `index` of a request: what it is told in words, and its plan and guide, if any; and who hears of it."""

    request: GenerationRequest
    index: int
    caption: str
    scene: Scene | None
    guide: np.ndarray | None
    send: Send


class Pochade1:
    """Paints a planned scene with the project's own network.

    Args:
        adapter: name of a low-rank adapter that changes the weights; "": none does.
    """

    model_id = "pochade-1"
    capabilities = Capabilities(
        summary="the own model: plans the picture as a scene, then paints it in a few steps",
        max_side_px=1024,
        max_pixels=1_048_576,
        from_image=True,
        from_mask=True,
        negative_prompt=True,
        steps=50,
        guidance=True,
        plans=True,
        licence="pictures are yours, without conditions",
        source_type="trainedAlgorithmicMedia",
    )

    def __init__(self, adapter: str = ""):
        self.adapter = adapter
        if adapter:
            self.model_id = f"{Pochade1.model_id}@{adapter}"
            self.capabilities = replace(Pochade1.capabilities, summary=f"the own model, taught further: adapter {adapter}")

    async def generate(self, request: GenerationRequest) -> AsyncIterator[GenerationEvent]:
        """See `ImageProvider.generate`.

        The plan of a picture is its `Scene` as JSON; `NO_PLAN` paints from words alone. A picture to start from is painted over
        without a new plan, since that would be of another scene; with the plan that comes with it, it is followed.
        """
        self.capabilities.check(request)
        # in a thread all of it, since even loading the network takes a moment
        async with aclosing(in_thread(partial(_send_all, self, request), self.model_id)) as events:
            async for event in events:
                yield event

    max_together = TOGETHER

    def together_key(self, request: GenerationRequest) -> Hashable | None:
        """See `BatchingProvider.together_key`. From words alone only: of a planned picture's time nearly all goes into its own plan."""
        if request.plan != NO_PLAN or request.image is not None:
            return None
        return (request.num_steps, request.guidance_scale, request.negative_prompt)

    async def generate_together(
        self, requests: Sequence[GenerationRequest], wanted: Callable[[int], bool]
    ) -> AsyncIterator[tuple[int, GenerationEvent | PochadeError]]:
        """See `BatchingProvider.generate_together`."""
        for request in requests:
            self.capabilities.check(request)
        async with aclosing(in_thread(partial(_send_together, self, requests, wanted), self.model_id)) as pairs:
            async for pair in pairs:
                yield pair


def _send_together(
    model: Pochade1,
    requests: Sequence[GenerationRequest],
    wanted: Callable[[int], bool],
    send: Callable[[tuple[int, GenerationEvent | PochadeError]], None],
    cancelled: Cancelled,
) -> None:
    from pochade.runtime.engine import engine

    ready, open_ = engine(model.adapter), []
    for number, request in enumerate(requests):
        try:
            send((number, planning.read(request, model.model_id)))
        except PochadeError as error:
            send((number, error))
            continue
        size = _size(model, ready, request, False, lambda event, number=number: send((number, event)))
        open_ += [(index, number, size) for index in range(request.num_images)]
    open_.sort()  # everybody's first picture first
    while open_ := [entry for entry in open_ if wanted(entry[1])]:
        now, open_ = open_[:TOGETHER], open_[TOGETHER:]
        pictures = [
            _Planned(
                requests[number], index, words(requests[number].prompt), None, None, lambda event, number=number: send((number, event))
            )
            for index, number, _ in now
        ]
        gone = partial(_all_gone, [number for _, number, _ in now], wanted, cancelled)
        try:
            _send_some(ready, pictures, now[0][2], gone)
        except CancelledError:
            if cancelled():
                raise


def _all_gone(numbers: Sequence[int], wanted: Callable[[int], bool], cancelled: Cancelled) -> bool:
    return cancelled() or not any(wanted(number) for number in numbers)


def _size(model: Pochade1, ready: Engine, request: GenerationRequest, planned: bool, send: Send) -> tuple[int, int]:
    """Width and height in which it is painted; says so if that is less than what was asked for."""
    width, height = painted_size(request.width_px, request.height_px, ready.manifest["size_px"], LARGEST_PLANNED if planned else LARGEST)
    if planned and request.quality == "best" and 4 * width * height <= LARGEST_PLANNED * ready.manifest["size_px"] ** 2:
        width, height = 2 * width, 2 * height  # brought to size at the end: smoother edges, finer detail
    if planned and request.quality == "draft":
        width, height = (max(GRID_PX, round(side / 2 / GRID_PX) * GRID_PX) for side in (width, height))
    if width * height < request.width_px * request.height_px:
        enlarged = f"{request.width_px}x{request.height_px}"
        send(Notice(f"{model.model_id} paints {width}x{height} at this format; the picture is enlarged to {enlarged}."))
    return width, height


def _send_all(model: Pochade1, request: GenerationRequest, send: Send, cancelled: Cancelled) -> None:
    from pochade.runtime.engine import engine

    if request.plan in (None, NO_PLAN):
        send(planning.read(request, model.model_id))
    planned = request.image is None if request.plan is None else request.plan != NO_PLAN
    share_arenas()
    if request.image is not None and not planned:
        send(
            Notice(
                f"{model.model_id} paints over pictures from words alone, without a plan: roughly. A model made for that does it better."
            )
        )
    ready = engine(model.adapter)
    width, height = _size(model, ready, request, planned, send)
    if planned:
        for picture in _planned(request, width, height, send, cancelled):
            _send_some(ready, [picture], (width, height), cancelled)
            give_back()
        return
    caption = words(request.prompt)
    for start in range(0, request.num_images, TOGETHER):
        indices = range(start, min(start + TOGETHER, request.num_images))
        _send_some(ready, [_Planned(request, index, caption, None, None, send) for index in indices], (width, height), cancelled)
        give_back()


def _send_some(ready: Engine, planned: Sequence[_Planned], size: tuple[int, int], cancelled: Cancelled) -> None:
    """Paints pictures that differ in words, seed and plan only."""
    from pochade.runtime.sampler import Task, paint

    request = planned[0].request
    guides = [entry.guide for entry in planned if entry.guide is not None]
    free = not guides
    # with a plan, what goes under a mask is painted as if there were none, so that the seam can be told from what lies beside it
    start, keep = (None, None) if guides and request.mask is not None else _start(request, size)
    task = Task(
        captions=[entry.caption for entry in planned],
        seeds=[entry.request.seed + entry.index for entry in planned],
        width_px=size[0],
        height_px=size[1],
        guides=guides or None,
        num_steps=request.num_steps or (WORDS_ALONE_STEPS if free else PLANNED_STEPS),
        guidance_scale=_guidance(request, free),
        negative=words(request.negative_prompt or ""),
        image=start,
        mask=keep,
        strength=request.strength if start is not None and request.mask is None else 1.0,
    )
    for entry in planned:
        entry.send(Progress(0.0, index=entry.index))
    for step in paint(ready, task, cancelled):
        for entry, seed, picture in zip(planned, task.seeds, step.pictures, strict=True):
            entry.send(Progress(step.fraction, index=entry.index))
            if step.fraction < 1:
                entry.send(Preview(picture, index=entry.index))
                continue
            plan = NO_PLAN if entry.scene is None else entry.scene.to_json()
            made = _finished(entry.request, picture)
            entry.send(FinishedImage(made, seed, plan, _versions(ready, entry), ready.backend, index=entry.index))


def words(text: str) -> str:
    """A text in the canonical words that the network was taught; "" for nothing known."""
    from pochade.world.captions import canonical
    from pochade.world.parser import parse

    return canonical(parse(text).description) if text.strip() else ""


def painted_size(width_px: int, height_px: int, size_px: int, largest: float = LARGEST) -> tuple[int, int]:
    """Width and height in which a picture is painted: as asked, or in the nearest area that can be.

    Args:
        size_px: class of the training, the side of a square. largest: area, in shares of the class.
    """
    share = width_px * height_px / size_px**2
    if SMALLEST <= share <= largest:
        return width_px, height_px
    shrink = (min(max(share, 1.0), int(largest)) / share) ** 0.5
    return tuple(max(GRID_PX, round(side * shrink / GRID_PX) * GRID_PX) for side in (width_px, height_px))  # type: ignore[return-value]


def _planned(request: GenerationRequest, width_px: int, height_px: int, send: Send, cancelled: Cancelled) -> Iterator[_Planned]:
    """The pictures of a request with their plans, in the order in which those are done."""
    from pochade.providers.planners import PLANNERS, Job
    from pochade.world.captions import canonical

    wanted: dict[Job, list[int]] = {}
    for index in range(request.num_images):
        seed = request.seed + index if request.plan is None else 0  # a plan that is given is the same for all
        job = Job(request.plan, request.prompt, seed, request.aspect, width_px, height_px)
        wanted.setdefault(job, []).append(index)
    jobs = list(wanted)
    for number, plan in PLANNERS.all_planned(jobs, cancelled):
        scene = planning.read_plan(plan.scene_json)
        caption = f"{canonical(scene.description)} {key_phrase(scene.key_azimuth_deg)}"
        for index in wanted[jobs[number]]:
            yield _Planned(request, index, caption, scene, plan.guide, send)


def _guidance(request: GenerationRequest, free: bool) -> float:
    if request.guidance_scale is not None:
        return request.guidance_scale
    return WORDS_ALONE_GUIDANCE if free or request.negative_prompt else 1.0


def _start(request: GenerationRequest, size: tuple[int, int]) -> tuple[Picture | None, np.ndarray | None]:
    """The picture to start from and its mask at the size that is painted."""
    if request.image is None:
        return None, None
    image = _resized(request.image, size)
    if request.mask is None:
        return image, None
    return image, _resized(np.where(request.mask, np.uint8(255), np.uint8(0)), size) > 0


def _resized(array: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    from PIL import Image

    if (array.shape[1], array.shape[0]) == size:
        return array
    return np.array(Image.fromarray(array).resize(size, Image.Resampling.LANCZOS if array.ndim == 3 else Image.Resampling.BOX))


def _finished(request: GenerationRequest, picture: Picture) -> Picture:
    """The picture at the size that was asked for; outside a mask, the picture it started from, untouched."""
    size = (request.width_px, request.height_px)
    made = _resized(picture, size)
    if request.image is None or request.mask is None:
        return made
    marked = _resized(np.where(request.mask, np.uint8(255), np.uint8(0)), size) > 0
    before = _resized(request.image, size)
    brought = _joined(_as_bright(made.astype(np.float32), before.astype(np.float32), ~marked), before, marked)
    return np.where(marked[..., None], np.rint(brought).clip(0, 255).astype(np.uint8), before)


ALIKE = 8.0
"""Mean difference, in levels of 8 bits, up to which two pictures count as one scene in one light."""


def _as_bright(made: np.ndarray, before: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """A picture (H, W, 3) exposed as the one before, if both show the same where that is kept (H, W).

    A camera that sees more meters otherwise, and so does one before whom a thing has another colour.
    """
    if not kept.any():
        return made
    gain = before[kept].sum(0) / np.maximum(made[kept].sum(0), 1)
    return made * gain if np.abs(made[kept] * gain - before[kept]).mean() <= ALIKE else made


SEAM = 1 / 24
"""Width over which what is painted under a mask takes over from what was there, as a share of the picture's shorter side."""
SEAM_PX = 1.5
"""Deviation of what the difference at the seam is evened out with, so that it leaves no streaks."""


def _joined(made: np.ndarray, before: np.ndarray, marked: np.ndarray) -> np.ndarray:
    """A picture (H, W, 3) that begins at the mask's edge as the one before ends there.

    What differs at the nearest kept pixel fades inwards. What lay under the mask itself is not looked at: beyond the edge of a picture
    that is extended there was nothing.
    """
    from scipy.ndimage import distance_transform_edt, gaussian_filter

    if marked.all():
        return made
    distance, (rows, columns) = distance_transform_edt(marked, return_indices=True)  # type: ignore[misc]
    share = np.clip(1 - distance / (SEAM * min(marked.shape)), 0, 1)[..., None]
    kept = (~marked).astype(np.float32)[..., None]
    even = partial(gaussian_filter, sigma=(SEAM_PX, SEAM_PX, 0))
    off = even((before - made) * kept) / np.maximum(even(kept), 1e-3)
    return made + (share * off[rows, columns]).astype(np.float32)


def _versions(ready: Engine, entry: _Planned) -> dict[str, str]:
    made = {"weights": str(ready.manifest["snapshot_sha256"])}
    if ready.adapter is not None:
        made["adapter"] = ready.adapter.sha256[:16]
    return made if entry.scene is None else {**made, "world": str(entry.scene.version)}
