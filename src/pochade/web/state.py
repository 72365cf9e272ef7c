"""What the routes share: one `Studio` per application, at `request.app.state.studio`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio
from fastapi import Request

from pochade.store import Store, User
from pochade.studio.jobs import Jobs
from pochade.studio.worker import Worker
from pochade.trust.regions import Choices
from pochade.web.metrics import Metrics
from pochade.web.settings import Settings
from pochade.web.uploads import Decoders

if TYPE_CHECKING:
    from pochade.web.api.verification import Examinations
    from pochade.web.auth import Attempts


@dataclass
class Studio:
    """Everything that runs behind one application.

    Attributes:
        jobs: how requests become pictures: submit, watch, cancel.
        worker: paints jobs in this process; None: other processes do.
        key: the installation's secret key.
        owner: the first administrator, who everyone is where logins are switched off.
        draining: set when the server has been told to stop: nothing new is begun.
        examinations: files of anybody that are looked at, few at once.
        regions: which region an administrator chose for users and keys.
        drained: set when what was being painted then is finished or put back.
    """

    settings: Settings
    store: Store
    jobs: Jobs
    worker: Worker | None
    key: bytes
    owner: User
    metrics: Metrics
    decoders: Decoders
    attempts_by_name: Attempts
    attempts_by_address: Attempts
    examinations: Examinations
    regions: Choices = field(default_factory=Choices)
    password_checks: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(2))
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    drained: asyncio.Event = field(default_factory=asyncio.Event)
    _told: asyncio.Task[bool] | None = None

    def told_to_stop(self) -> asyncio.Task[bool]:
        """Done when `draining` is set: one for all who wait for that beside something else."""
        if self._told is None:
            self._told = asyncio.create_task(self.draining.wait(), name="told to stop")
        return self._told

    async def drain(self) -> None:
        """Finishes what is being painted, as far as there is time, and takes nothing more."""
        self.draining.set()
        if self.worker is not None and not self.drained.is_set():
            await self.worker.drain(self.settings.drain_s)
        self.drained.set()

    async def drain_when_told(self) -> None:
        """Waits until the server is told to stop, then drains."""
        await self.draining.wait()
        await self.drain()


def studio_of(request: Request) -> Studio:
    """The studio that this request came to."""
    return request.app.state.studio
