"""The worker of one process: leases jobs, paints them, keeps their pictures, and gives back what it cannot finish."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import random
import secrets
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace

from pochade.core.errors import CancelledError, PochadeError, ProviderUnavailableError, StaleLeaseError, StoreError
from pochade.core.values import GenerationEvent, GenerationRequest, Progress
from pochade.store import Claim, Job, Lease, NewPicture, Priority
from pochade.studio import paint, together
from pochade.studio.jobs import Jobs, Kept, Over, from_json, region_of, request_of

log = logging.getLogger(__name__)


class Worker:
    """Paints jobs, several at a time, on the event loop that it was started on.

    Args:
        slots: jobs or batches painted at a time, and one more that only previews may take, so that they never wait for long ones.
        max_batch: jobs of one model and size that are painted by one call, where the model can.
        lease_s: a job whose worker is silent for so long goes to another one; it is renewed three times as often.
        poll_s: how often other processes' jobs and delayed ones are looked for.
        backoff_s: wait before the second attempt, doubled for each further one; at least what the provider asks for.
    """

    def __init__(self, jobs: Jobs, *, slots: int = 2, max_batch: int = 4, lease_s: float = 30, poll_s: float = 1.0, backoff_s: float = 2.0):
        self._jobs = jobs
        self._queue = jobs.store.queue
        self._slots, self._max_batch, self._lease_s, self._poll_s, self._backoff_s = slots, max_batch, lease_s, poll_s, backoff_s
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._tasks: set[asyncio.Task[None]] = set()
        self._places: set[Place] = set()
        self._choosing = threading.Lock()  # among loop and threads that claim
        self._claims: dict[Claim, Place] = {}
        self._answered = asyncio.Event()
        self._takes = False
        self._news = asyncio.Event()
        self._may_wait = True  # whether looking for jobs may be of use
        self._loop_task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to take jobs."""
        self._takes = True
        self._jobs.worker = self
        self._loop_task = asyncio.create_task(self._loop(), name="worker")

    def wake(self) -> None:
        """See `Taker.wake`."""
        self._may_wait = True
        self._news.set()

    def claim(self, priority: Priority) -> Claim | None:
        """See `Taker.claim`."""
        with self._choosing:
            place = self._free_place() if self._takes else None
            if place is None or priority > place.slowest:
                return None
            claim = Claim(f"{self._name}:{secrets.token_hex(4)}", self._lease_s, place.slowest)
            self._places.add(place)
            self._claims[claim] = place
            return claim

    def take(self, claim: Claim, leases: Sequence[Lease], admitted: str | None = None) -> None:
        """See `Taker.take`."""
        self._begin(leases, self._claims.pop(claim), admitted)
        self._answered.set()
        if not leases:
            self._news.set()  # others may have waited for the place

    def _free_place(self) -> Place | None:
        """A place that is free, for all jobs or for previews only."""
        if len(self._places) > self._slots:
            return None
        painting = sum(place.slowest != Priority.PREVIEW for place in self._places)
        return Place(Priority.BATCH if painting < self._slots else Priority.PREVIEW)

    async def drain(self, grace_s: float = 20) -> None:
        """Takes no more jobs, gives the running ones so long to finish, and puts back those that did not."""
        with self._choosing:
            self._takes = False
        if self._loop_task is not None:
            self._loop_task.cancel()
            with suppress(asyncio.CancelledError):
                await self._loop_task
        while self._claims:  # what is being accepted may be leased by the same commit
            self._answered.clear()
            await self._answered.wait()
        tasks = list(self._tasks)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=grace_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _loop(self) -> None:
        while True:
            self._news.clear()
            leases: list[Lease] = []
            with self._choosing:
                if (place := self._free_place() if self._may_wait else None) is not None:
                    self._places.add(place)
            if place is not None:
                # before looking, since whoever adds work meanwhile says so; other processes do not
                self._may_wait = place.slowest != Priority.BATCH or not self._jobs.store.is_alone
                # a lease that was granted must not get lost when this is cancelled meanwhile
                leasing = asyncio.ensure_future(asyncio.to_thread(self._lease, place))
                try:
                    leases = await asyncio.shield(leasing)
                except asyncio.CancelledError:
                    with suppress(StoreError):
                        leases = await leasing
                    raise
                except Exception:  # whatever it is, the next attempt may succeed, and without this loop nothing is painted any more
                    log.exception("no jobs can be leased")
                    self._may_wait = True
                finally:
                    self._begin(leases, place)
            if leases:
                self._may_wait = True
                continue
            # not wait_for, which on Python 3.11 loses a cancellation that comes together with the news
            try:
                async with asyncio.timeout(self._poll_s):
                    await self._news.wait()
            except TimeoutError:
                self._may_wait = True  # those that were put back for later, and those whose worker was lost

    def _lease(self, place: Place) -> list[Lease]:
        """The next job, and those that its model paints with it by one call."""
        leases = self._queue.lease(self._name, self._lease_s, slowest=place.slowest)
        provider = together.batching(leases[0].job.model_id) if leases else None
        if provider is None or self._max_batch < 2:
            return leases
        [first] = leases
        key, most = together.key_of(provider, first.job), min(self._max_batch, provider.max_together) - 1
        if key is None:
            return leases
        try:
            return leases + self._queue.lease_more(
                first, self._name, self._lease_s, most, lambda job: together.key_of(provider, job) == key
            )
        except StoreError as error:
            log.warning("job %s is painted alone: %s", first.job.id, error)
            return leases

    def _begin(self, leases: Sequence[Lease], place: Place, admitted: str | None = None) -> None:
        """Paints what was leased in this place, which is free again when all of it is over."""
        if not leases:
            with self._choosing:
                self._places.discard(place)
            return
        if leases[0].job.priority == Priority.PREVIEW:
            with self._choosing:
                self._places.discard(place)
                self._places.add(place := Place(Priority.PREVIEW))
        batch = together.Batch(len(leases)) if len(leases) > 1 else None
        running = set()
        for lease in leases:
            painting = Painting(self._jobs, lease, batch.seat() if batch else None, lease.job.id == admitted)
            task = asyncio.create_task(self._run(painting), name=f"job {lease.job.id}")
            running.add(task)
            self._tasks.add(task)

        def over(task: asyncio.Task[None]) -> None:
            running.discard(task)
            self._tasks.discard(task)
            if not running:
                with self._choosing:
                    self._places.discard(place)
                self._news.set()

        for task in list(running):
            task.add_done_callback(over)

    async def _run(self, painting: Painting) -> None:
        lease, seat = painting.lease, painting.seat
        work = asyncio.create_task(painting.run())
        heart = asyncio.create_task(self._beat(painting, work))
        try:
            with self._jobs.feed.running(lease.job.id, work.cancel, from_the_start=len(lease.missing) == lease.job.num_images):
                await self._outcome(lease, work)
        except StaleLeaseError as error:
            log.warning("%s", error)
        except StoreError as error:
            log.error("job %s waits until its lease runs out: %s", lease.job.id, error)
        finally:
            heart.cancel()
            if seat is not None:
                seat.leave()
            self._jobs.feed.over(lease.job.id)

    async def _outcome(self, lease: Lease, work: asyncio.Task[None]) -> None:
        """Waits for the painting, and writes down how it ended if that was not well."""
        try:
            await work
        except asyncio.CancelledError:
            # by its owner, or by `drain`: the queue knows which
            await asyncio.wait([work])
            await asyncio.to_thread(self._queue.abandon, lease)
            self._may_wait = True  # for it, if it was not its owner
        except StaleLeaseError:
            raise
        except PochadeError as error:
            await asyncio.to_thread(self._queue.fail, lease, type(error).__name__, str(error), self._delay_s(error, lease.job.attempts))
        except Exception as error:
            log.exception("job %s failed", lease.job.id)
            sentence = f"Painting failed inside Pochade ({type(error).__name__}); the server's log says more. Try another prompt or model."
            await asyncio.to_thread(self._queue.fail, lease, type(error).__name__, sentence)

    def _delay_s(self, error: PochadeError, attempts: int) -> float | None:
        """Seconds until the next attempt, spread so that jobs do not come back all at once; None: there is no use."""
        if isinstance(error, CancelledError):  # if it was not its owner who cancelled
            wanted = 0.0
        elif isinstance(error, ProviderUnavailableError) and error.retry_after_s is not None:
            wanted = error.retry_after_s
        else:
            return None
        return max(wanted, self._backoff_s * 2 ** (attempts - 1)) * random.uniform(1, 1.25)

    async def _beat(self, painting: Painting, work: asyncio.Task[None]) -> None:
        while True:
            await asyncio.sleep(self._lease_s / 3)
            try:
                if not await asyncio.to_thread(self._queue.heartbeat, painting.lease, painting.fraction, self._lease_s):
                    work.cancel()
            except StaleLeaseError:
                work.cancel()
            except StoreError as error:
                log.error("job %s had no heartbeat: %s", painting.lease.job.id, error)


@dataclass(eq=False)
class Place:
    """One of the places where work goes on, for jobs of a priority up to `slowest`."""

    slowest: Priority


class Painting:
    """One leased job under way.

    Args:
        seat: its place in a batch; None: it is painted by a call of its own.
        admitted: whether the policy has let it in just now; otherwise it is asked again, since its rules may be others by now.

    Attributes:
        fraction: share of the whole job that is done, 0 to 1.
        done: the job as it is kept once all of its pictures are; None before.
    """

    def __init__(self, jobs: Jobs, lease: Lease, seat: together.Seat | None = None, admitted: bool = False):
        self._store, self._feed, self._gate = jobs.store, jobs.feed, jobs.gate.again()
        self._admitted = admitted
        self.seat = seat
        self.done: Job | None = None
        self.lease = lease
        self._progress = dict.fromkeys(range(lease.job.num_images), 1.0) | dict.fromkeys(lease.missing, 0.0)

    @property
    def fraction(self) -> float:
        return sum(self._progress.values()) / len(self._progress)

    async def run(self) -> None:
        """Paints the pictures that are missing, from the first of them on, and keeps each as soon as it is finished.

        Raises:
            PochadeError: whatever `paint` and `Queue.deliver` raise.
        """
        job, missing = self.lease.job, set(self.lease.missing)
        if not missing:
            await asyncio.to_thread(self._store.queue.complete, self.lease)
            return
        first = min(missing)
        request, parents = await self._given()
        begun = time.perf_counter()

        def keep(painted: paint.Painted) -> GenerationEvent:
            painted = replace(painted, index=painted.index + first)
            if painted.index not in missing:
                return painted
            missing.remove(painted.index)
            timings = {"queued_s": (job.started_at or job.created_at) - job.created_at, "paint_s": time.perf_counter() - begun}
            return self._keep(painted, timings, not missing)

        generate = None if self.seat is None else self.seat.generate
        painting = paint.paint(
            rest_of(request, first),
            parents=parents,
            gate=self._gate,
            actor=job.user_id,
            region=region_of(job),
            generate=generate,
            admitted=self._admitted,
            then=keep,
        )
        async with aclosing(painting) as events:
            async for event in events:
                if isinstance(event, paint.Painted | Kept):
                    begun = time.perf_counter()
                    if isinstance(event, Kept):
                        self._progress[event.index] = 1.0
                        self._feed.publish(job.id, event)
                        if self.done is not None:
                            self._feed.publish(job.id, Over(self.done))
                    continue
                event = replace(event, index=event.index + first)
                if isinstance(event, Progress):
                    self._progress[event.index] = max(self._progress[event.index], event.fraction)
                self._feed.publish(job.id, event)
        if missing:
            raise ProviderUnavailableError(
                f"{job.model_id} painted {job.num_images - len(missing)} of {job.num_images} pictures and stopped. Try again.",
                retry_after_s=1,
            )

    async def _given(self) -> tuple[GenerationRequest, list[bytes]]:
        """The request, and the files of the pictures that it starts from."""
        job = self.lease.job
        if job.image_sha256 is None and not job.parent_ids:
            return from_json(job.request), []  # nothing has to be read
        request = await asyncio.to_thread(request_of, self._store, job)
        return request, await asyncio.to_thread(self._store.queue.parent_files, self.lease)

    def _keep(self, painted: paint.Painted, timings: dict[str, float], last: bool) -> Kept:
        recipe = painted.recipe
        picture = NewPicture(
            encoded=painted.encoded,
            media_type="image/png",
            width_px=recipe.width_px,
            height_px=recipe.height_px,
            model_id=recipe.model_id,
            prompt=recipe.prompt,
            seed=recipe.seed,
            recipe=recipe.to_json(),
            timings=timings,
            parent_ids=self.lease.job.parent_ids,
        )
        kept = self._store.queue.deliver(self.lease, painted.index, picture, last)
        if kept.sha256 != hashlib.sha256(painted.encoded).hexdigest():
            return Kept(kept, index=painted.index)  # another attempt had delivered it before; the store tells the rest
        if last:
            # by the very values of the commit
            self.done = replace(self.lease.job, state="done", fraction=1.0, finished_at=kept.created_at, error_kind=None, error=None)
        return Kept(kept, painted.encoded, index=painted.index)


def rest_of(request: GenerationRequest, first: int) -> GenerationRequest:
    """The request for its pictures from `first` on: picture k has seed `seed + k`."""
    return replace(request, seed=request.seed + first, num_images=request.num_images - first)
