"""Jobs that were leased together, painted by one call of their model; to each of them it looks like a call of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TYPE_CHECKING, cast

from pochade.core.errors import PochadeError, ProviderUnavailableError
from pochade.providers import registry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pochade.core.values import BatchingProvider, GenerationEvent, GenerationRequest
    from pochade.store import Job


def batching(model_id: str) -> BatchingProvider | None:
    """The adapter of the model, if it paints several requests at once; None: it does not, or cannot be had."""
    try:
        found = registry.provider(model_id)
    except PochadeError:
        return None  # whoever paints will be told
    return cast("BatchingProvider", found) if getattr(found, "max_together", 1) > 1 else None


def key_of(provider: BatchingProvider, job: Job) -> object | None:
    """What has to be equal in jobs of one model and size that are painted together; None: this one is painted alone."""
    from pochade.studio.jobs import from_json

    if job.image_sha256 is not None:
        return None
    try:
        return provider.together_key(from_json(job.request))
    except PochadeError:
        return None


class Batch:
    """So many jobs, whose requests go to the model in one call as soon as each has come or is known not to come.

    For use on one event loop. Whatever a job does, the others go on: one that fails before, or is cancelled, only leaves.
    """

    def __init__(self, size: int):
        self._awaited = size
        self._seats: list[Seat] = []
        self._work: asyncio.Task[None] | None = None

    def seat(self) -> Seat:
        """The place of one job; they go to the model in the order in which these were given."""
        self._seats.append(seat := Seat(self))
        return seat

    def _settled(self) -> None:
        self._awaited -= 1
        if self._awaited == 0 and any(seat.has_come and seat.wanted for seat in self._seats):
            self._work = asyncio.create_task(self._run(), name="batch")

    def _left(self) -> None:
        if self._work is not None and not any(seat.wanted for seat in self._seats):
            self._work.cancel()

    async def _run(self) -> None:
        seats = [seat for seat in self._seats if seat.has_come and seat.wanted]
        requests = [seat.request for seat in seats]
        try:
            provider = registry.provider(requests[0].model_id)
            if len(seats) == 1:
                async with aclosing(cast("AsyncGenerator[GenerationEvent, None]", provider.generate(requests[0]))) as events:
                    async for event in events:
                        seats[0].news.put_nowait(event)
            else:
                together = cast("BatchingProvider", provider).generate_together(requests, lambda number: seats[number].wanted)
                async with aclosing(cast("AsyncGenerator[tuple[int, GenerationEvent | PochadeError], None]", together)) as pairs:
                    async for number, event in pairs:
                        seats[number].news.put_nowait(event)
        except BaseException as error:  # its kind says what becomes of each job
            ended = ProviderUnavailableError("The batch was stopped.", retry_after_s=0.0) if _is_cancelled(error) else error
            for seat in seats:
                seat.news.put_nowait(ended)
            if _is_cancelled(error):
                raise
        else:
            for seat in seats:
                seat.news.put_nowait(None)


def _is_cancelled(error: BaseException) -> bool:
    return isinstance(error, asyncio.CancelledError)


class Seat:
    """The place of one job in a batch.

    Attributes:
        has_come: whether its request is known.
        wanted: False once the job has gone: the model need not paint it any more.
    """

    def __init__(self, batch: Batch):
        self._batch = batch
        self.has_come, self.wanted = False, True
        self.request: GenerationRequest
        self.news: asyncio.Queue[GenerationEvent | BaseException | None] = asyncio.Queue()

    async def generate(self, request: GenerationRequest) -> AsyncIterator[GenerationEvent]:
        """Like `ImageProvider.generate`, once all others have come or gone."""
        self.request, self.has_come = request, True
        self._batch._settled()
        try:
            while (item := await self.news.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            self.leave()

    def leave(self) -> None:
        """Takes the job out, whether it has come or not. Harmless when it has left before."""
        if not self.wanted:
            return
        self.wanted = False
        if self.has_come:
            self._batch._left()
        else:
            self._batch._settled()
