"""News of running jobs for whoever watches in this process. Bounded: of progress and previews only the latest is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress

from pochade.core.values import GenerationEvent, Notice

MAX_NOTICES = 20


class Inbox:
    """What one watcher has not seen yet: at most one event of each kind for each picture."""

    def __init__(self, latest: dict[Hashable, GenerationEvent]):
        self._pending = dict(latest)
        self._over = False
        self._news = asyncio.Event()

    def put(self, event: GenerationEvent) -> None:
        key = _key(event)
        self._pending.pop(key, None)  # so that the newer one comes where it belongs: last
        self._pending[key] = event
        self._news.set()

    def close(self) -> None:
        self._over = True
        self._news.set()

    async def next(self, patience_s: float) -> GenerationEvent | None:
        """The next event; None if the job has ended in this process, or nothing has come for so long."""
        if not self._pending and not self._over:
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    await self._news.wait()
        if self._pending:
            return self._pending.pop(next(iter(self._pending)))
        self._over = False
        return None


class Feed:
    """Passes the events of jobs on to their watchers. For use on one event loop."""

    def __init__(self) -> None:
        self._latest: dict[str, dict[Hashable, GenerationEvent]] = {}
        self._inboxes: dict[str, list[Inbox]] = {}
        self._stop: dict[str, Callable[[], object]] = {}
        self._from_the_start: set[str] = set()

    @contextmanager
    def running(self, job_id: str, stop: Callable[[], object], from_the_start: bool = False) -> Iterator[None]:
        """While the job is painted in this process: `stop` is called when it is cancelled, and late watchers get the latest events.

        Args:
            from_the_start: whether nothing of the job had been kept before.
        """
        self._latest[job_id], self._stop[job_id] = {}, stop
        if from_the_start:
            self._from_the_start.add(job_id)
        try:
            yield
        finally:
            if self._stop.get(job_id) is stop:  # not if the job was lost and leased again meanwhile
                del self._latest[job_id], self._stop[job_id]
                self._from_the_start.discard(job_id)

    def tells_all(self, job_id: str) -> bool:
        """Whether whoever subscribes now gets every picture of the job from here, so that it need not look at the store."""
        return job_id in self._from_the_start

    def publish(self, job_id: str, event: GenerationEvent) -> None:
        """Tells the watchers of a job."""
        latest = self._latest.get(job_id)
        if latest is not None:
            notices = sum(isinstance(known, Notice) for known in latest.values())
            if isinstance(event, Notice) and notices >= MAX_NOTICES:
                return
            latest[_key(event)] = event
        for inbox in self._inboxes.get(job_id, ()):
            inbox.put(event)

    def over(self, job_id: str) -> None:
        """Tells the watchers of a job to look at the store: it has ended, or waits for another attempt."""
        for inbox in self._inboxes.get(job_id, ()):
            inbox.close()

    def cancel(self, job_id: str) -> None:
        """Stops the painting of a job, if it is this process that paints it."""
        if job_id in self._stop:
            self._stop[job_id]()

    @contextmanager
    def subscribe(self, job_id: str) -> Iterator[Inbox]:
        """An inbox that is filled while the block runs."""
        inbox = Inbox(self._latest.get(job_id, {}))
        self._inboxes.setdefault(job_id, []).append(inbox)
        try:
            yield inbox
        finally:
            self._inboxes[job_id].remove(inbox)
            if not self._inboxes[job_id]:
                del self._inboxes[job_id]


def _key(event: GenerationEvent) -> Hashable:
    return (type(event), event.index, event.message if isinstance(event, Notice) else "")
