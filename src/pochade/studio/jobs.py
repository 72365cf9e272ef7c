"""Painting through the durable queue: submit, watch, cancel. Whoever asks, a request becomes a job, and its pictures are kept."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any, Protocol

from pochade.core.values import GenerationEvent, GenerationRequest, Preview, Progress
from pochade.store import OPEN_STATES, Accepted, Claim, Job, Lease, NewJob, Picture, Priority, Store, User
from pochade.studio import feed, paint
from pochade.trust import regions
from pochade.trust.policy.gate import Gate

if TYPE_CHECKING:
    from pochade.core.values import Mask
    from pochade.core.values import Picture as Pixels
    from pochade.trust.regions import Region

REGION = "region"
"""Beside the request's own fields, as the job is kept: the region that was chosen for whoever asked."""
POLL_S = 1.0
"""How often a job that runs in another process is looked at."""


@dataclass(frozen=True)
class Kept(GenerationEvent):
    """Picture `index` is finished and kept.

    Attributes:
        encoded: its file, byte for byte as it was kept; None: to be read from the store.
    """

    picture: Picture
    encoded: bytes | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class Over(GenerationEvent):
    """The job has ended: `job.state` is "done", "failed" or "cancelled". The last event."""

    job: Job


class Taker(Protocol):
    """What the worker of this process does about new work; called on its event loop, but for `claim`."""

    def claim(self, priority: Priority) -> Claim | None:
        """An offer to take the next job by the commit that accepts a new one of this priority; None: hands are full. From any thread."""
        ...

    def take(self, claim: Claim, leases: Sequence[Lease], admitted: str | None = None) -> None:
        """Begins what the offer was answered with, if anything; called once for every claim.

        Args:
            admitted: the job among them that the policy let in just now; None: there is none.
        """
        ...

    def wake(self) -> None:
        """There is new work."""
        ...


class Jobs:
    """Jobs of all users, over one store.

    Attributes:
        gate: the policy that every request and every picture passes.
        feed: news of the jobs that are painted in this process.
        worker: paints in this process; set by itself. None: other processes do.
    """

    def __init__(self, store: Store, gate: Gate | None = None):
        self.store = store
        self.gate = gate or Gate()
        self.feed = feed.Feed()
        self.worker: Taker | None = None

    async def submit(
        self,
        acting: User,
        request: GenerationRequest,
        *,
        priority: Priority = Priority.INTERACTIVE,
        parent_ids: tuple[str, ...] = (),
        idempotency_key: str | None = None,
        body: bytes | None = None,
        region: Region | None = None,
    ) -> Accepted:
        """Accepts a request; once this returns, it survives the end of the process.

        Args:
            parent_ids: the user's pictures that it starts from, for the history.
            idempotency_key: sent again with the same body, it names the same job.
            body: the request as the client sent it, which is what the key is held against; None: `request` itself.
            region: whose rules hold, now and when it is painted; None: the deployment's.

        Raises:
            PochadeError: what `studio.paint.check` and `Queue.submit` raise.
        """
        claims: list[Claim] = []
        submitting = asyncio.ensure_future(
            asyncio.to_thread(self._submit, acting, request, priority, parent_ids, idempotency_key, body, claims, region)
        )
        # even if whoever asks goes away meanwhile: what was accepted is painted, what was leased must not get lost
        submitting.add_done_callback(partial(self._begin, claims))
        return await asyncio.shield(submitting)

    def _begin(self, claims: Sequence[Claim], submitted: asyncio.Future[Accepted]) -> None:
        accepted = None if submitted.cancelled() or submitted.exception() is not None else submitted.result()
        if self.worker is None:
            return
        for claim in claims:
            self.worker.take(claim, accepted.leases if accepted else (), accepted.job.id if accepted else None)
        if accepted is not None and not any(lease.job.id == accepted.job.id for lease in accepted.leases):
            self.worker.wake()

    async def cancel(self, acting: User, job_id: str) -> Job:
        """Cancels a job; one that is being painted stops at its worker's next step."""
        job = await asyncio.to_thread(self.store.queue.cancel, acting, job_id)
        self.feed.cancel(job_id)
        self.feed.over(job_id)
        return job

    async def watch(self, acting: User, job_id: str, known: Job | None = None) -> AsyncIterator[GenerationEvent]:
        """What happens to a job: the events of its model, `Kept` for each picture, `Over` at last. A late watcher gets the latest of each.

        A slow watcher misses old progress and old previews, nothing else.

        Args:
            known: the job as it was accepted for the acting user just now, which saves looking for it; None: it is looked for.

        Raises:
            NotFoundError: if the acting user has no such job.
        """
        shown: set[int] = set()
        with self.feed.subscribe(job_id) as inbox:
            looked = known is not None and (known.id, known.user_id) == (job_id, acting.id) and self.feed.tells_all(job_id)
            while True:
                if looked:
                    looked = False
                    async for event in self._heard(inbox, shown):
                        yield event
                        if isinstance(event, Over):
                            return
                # the job first: whatever was kept before it ended is then found
                job = await asyncio.to_thread(self.store.queue.get, acting, job_id)
                for picture in await asyncio.to_thread(self.store.pictures.of_job, acting, job_id):
                    if picture.index not in shown:
                        shown.add(picture.index)
                        yield Kept(picture, index=picture.index)
                if job.state not in OPEN_STATES:
                    yield Over(job)
                    return
                async for event in self._heard(inbox, shown):
                    yield event
                    if isinstance(event, Over):
                        return

    @staticmethod
    async def _heard(inbox: feed.Inbox, shown: set[int]) -> AsyncIterator[GenerationEvent]:
        """What comes in until it is time to look at the store; each picture once, and after it nothing older of it."""
        while (event := await inbox.next(POLL_S)) is not None:
            if isinstance(event, Kept | Preview | Progress) and event.index in shown:
                continue
            if isinstance(event, Kept):
                shown.add(event.index)
            yield event

    async def finished(self, acting: User, job_id: str) -> tuple[Job, list[Picture]]:
        """Waits for the end of a job; gives it and its pictures in order.

        Raises:
            NotFoundError: if the acting user has no such job.
        """
        job, kept = await self.kept(acting, job_id)
        return job, [event.picture for event in kept]

    async def kept(self, acting: User, job_id: str, known: Job | None = None) -> tuple[Job, list[Kept]]:
        """Like `finished`, with the files where they are at hand. `known` as for `watch`."""
        kept: list[Kept] = []
        job = None
        async for event in self.watch(acting, job_id, known):
            if isinstance(event, Kept):
                kept.append(event)
            elif isinstance(event, Over):
                job = event.job
        assert job is not None
        return job, sorted(kept, key=lambda event: event.index)

    def _submit(
        self,
        acting: User,
        request: GenerationRequest,
        priority: Priority,
        parent_ids: tuple[str, ...],
        idempotency_key: str | None,
        body: bytes | None,
        claims: list[Claim],
        region: Region | None,
    ) -> Accepted:
        job = NewJob(
            request=to_json(request) | ({REGION: region.id} if region else {}),
            model_id=request.model_id,
            width_px=request.width_px,
            height_px=request.height_px,
            num_images=request.num_images,
            priority=priority,
            image_sha256=None if request.image is None else self.store.blobs.put(_png(request.image)),
            mask_sha256=None if request.mask is None else self.store.blobs.put(_png(request.mask)),
            parent_ids=parent_ids,
            idempotency_key=idempotency_key,
            body_sha256=None if body is None else hashlib.sha256(body).hexdigest(),
        )
        # before the check: what was accepted is answered for, even if its model has gone since
        earlier = self.store.queue.earlier(acting, job)
        if earlier is not None:
            return Accepted(earlier, replayed=True)
        # by the account, which only an administrator names: nothing in a request can say that it comes from an auditor
        paint.check(request, self.gate.facing(acting.name, acting.id), actor=acting.id, region=region)
        # not before: a policy that asks elsewhere takes its time, and no place must be kept free for that
        claim = None if self.worker is None else self.worker.claim(priority)
        if claim is not None:
            claims.append(claim)
        return self.store.queue.submit(acting, job, claim)


def to_json(request: GenerationRequest) -> dict[str, Any]:
    """The request as JSON values, without its picture and mask."""
    return {name.name: getattr(request, name.name) for name in fields(request) if name.name not in ("image", "mask")}


def from_json(raw: Mapping[str, Any], image: Pixels | None = None, mask: Mask | None = None) -> GenerationRequest:
    """Inverse of `to_json`."""
    return GenerationRequest(**{name: value for name, value in raw.items() if name != REGION}, image=image, mask=mask)


def region_of(job: Job) -> Region | None:
    """The region that was chosen for whoever asked; None: nobody chose, so the deployment's holds."""
    named = job.request.get(REGION)
    return None if named is None else regions.region(named)


def request_of(store: Store, job: Job) -> GenerationRequest:
    """The request of a job, with picture and mask read from their blobs.

    Raises:
        NotFoundError: if a blob is gone.
    """
    image = None if job.image_sha256 is None else _pixels(store.blobs.get(job.image_sha256))
    mask = None if job.mask_sha256 is None else _pixels(store.blobs.get(job.mask_sha256))
    return from_json(job.request, image, mask)


def _png(pixels: Pixels | Mask) -> bytes:
    from PIL import Image

    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def _pixels(encoded: bytes) -> Any:
    import numpy as np
    from PIL import Image

    return np.asarray(Image.open(BytesIO(encoded)))
