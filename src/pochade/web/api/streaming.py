"""Pictures as server-sent events, in the shapes of OpenAI's streams."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from typing import Any, Literal, cast

import anyio.to_thread

from pochade.core.errors import PochadeError
from pochade.core.values import GenerationEvent, GenerationRequest, Preview, Progress
from pochade.store import Job
from pochade.studio.jobs import Kept, Over
from pochade.web.api.answers import output_format, shape, usage
from pochade.web.api.encoding import base64_of, file_of, preview_of
from pochade.web.api.errors import Answer
from pochade.web.api.schemas import Options
from pochade.web.api.work import LAST_NEWS_S, failure, stopping
from pochade.web.auth import Caller
from pochade.web.state import Studio

EARLY_S = 1.0
"""How long the stream waits for a failure that can still be told by the status of the answer."""
HEARTBEAT_S = 10.0
"""A comment is sent this often while nothing else is, so that nobody takes the connection for dead."""


class Stream:
    """The events of one job for one client."""

    def __init__(
        self, studio: Studio, caller: Caller, job: Job, options: Options, painting: GenerationRequest, kind: Literal["generation", "edit"]
    ):
        self._studio, self._caller, self._job, self._options, self._painting = studio, caller, job, options, painting
        self._prefix = f"image_{kind}"
        self._source = cast(AsyncGenerator[GenerationEvent, None], studio.jobs.watch(caller.user, job.id, job))
        self._next: asyncio.Task[GenerationEvent] | None = None
        self._drained = asyncio.ensure_future(studio.drained.wait())
        self._early: list[GenerationEvent] = []
        self._fractions: dict[int, float] = {}
        self._partials_sent: dict[int, int] = {}

    async def open(self) -> None:
        """Waits a moment for the first picture.

        Raises:
            Refusal: if the job fails within it.
        """
        deadline = time.monotonic() + EARLY_S
        try:
            while (event := await self._event(deadline - time.monotonic())) is not None:
                if isinstance(event, Over) and event.job.state != "done":
                    raise failure(event.job)
                self._early.append(event)
                if isinstance(event, Kept | Over):
                    return
        except BaseException:
            await self.close()
            raise

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body of the answer."""
        deadline = time.monotonic() + self._studio.settings.request_timeout_s
        try:
            while time.monotonic() < deadline:
                event = self._early.pop(0) if self._early else await self._event(HEARTBEAT_S)
                if event is None and self._drained.done():
                    raise stopping(f"Job {self._job.id} is kept and goes on after the restart.")
                if event is None:
                    yield b": painting\n\n"
                elif isinstance(event, Over):
                    if event.job.state != "done":
                        raise failure(event.job)
                    break
                else:
                    async for message in self._messages(event):
                        yield message
            yield b"data: [DONE]\n\n"
        except PochadeError as error:
            yield _message("error", {"error": Answer.of(error).body.model_dump()})
        finally:
            await self.close()

    async def close(self) -> None:
        self._drained.cancel()
        if self._next is not None:
            self._next.cancel()
            with suppress(asyncio.CancelledError, StopAsyncIteration, PochadeError):
                await self._next
        await self._source.aclose()

    async def _event(self, patience_s: float) -> GenerationEvent | None:
        """The next event, or None if there is none within `patience_s` or before the server stops."""
        if self._next is None:
            self._next = asyncio.ensure_future(anext(self._source))
        if not self._drained.done():
            await asyncio.wait({self._next, self._drained}, timeout=max(patience_s, 0), return_when=asyncio.FIRST_COMPLETED)
        if self._drained.done():  # what ended with the draining may still be on its way
            await asyncio.wait({self._next}, timeout=LAST_NEWS_S)
        if not self._next.done():
            return None
        event, self._next = self._next.result(), None
        return event

    async def _messages(self, event: GenerationEvent) -> AsyncIterator[bytes]:
        match event:
            case Progress():
                self._fractions[event.index] = event.fraction
            case Preview() if self._is_due(event.index):
                sent = self._partials_sent.get(event.index, 0)
                self._partials_sent[event.index] = sent + 1
                data = await anyio.to_thread.run_sync(preview_of, event.picture, output_format(self._options))
                yield await self._picture("partial_image", data, event.index, partial_image_index=sent)
            case Kept():
                self._studio.metrics.pictures.labels(event.picture.model_id).inc()
                data = await file_of(self._studio, self._caller, event, output_format(self._options), self._options.output_compression)
                more = {"usage": usage(self._painting, 1).model_dump(), "seed": event.picture.seed, "id": event.picture.id}
                yield await self._picture("completed", data, event.index, **more)

    def _is_due(self, index: int) -> bool:
        """Whether it is time for the next partial image: they come at equal shares of the work."""
        wanted, sent = self._options.partial_images or 0, self._partials_sent.get(index, 0)
        return sent < wanted and self._fractions.get(index, 0.0) >= (sent + 1) / (wanted + 1)

    async def _picture(self, name: str, data: bytes, index: int, **more: Any) -> bytes:
        kind = f"{self._prefix}.{name}"
        said = {"type": kind, "b64_json": await base64_of(data), "created_at": int(time.time()), "image_index": index}
        return _message(kind, {**said, **shape(self._options, self._painting), **more})


def _message(event: str, data: dict[str, Any]) -> bytes:
    return f"event: {event}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()
