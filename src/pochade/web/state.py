"""What the routes share: one `Studio` per application, at `request.app.state.studio`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio
from fastapi import Request

from pochade.store import Store, User
from pochade.web.metrics import Metrics
from pochade.web.settings import Settings
from pochade.web.uploads import Decoders

if TYPE_CHECKING:
    from pochade.web.auth import Attempts


@dataclass
class Studio:
    """Everything that runs behind one application.

    Attributes:
        key: the installation's secret key.
        owner: the first administrator, who everyone is where logins are switched off.
        draining: set when the server has been told to stop: nothing new is begun.
    """

    settings: Settings
    store: Store
    key: bytes
    owner: User
    metrics: Metrics
    decoders: Decoders
    attempts_by_name: Attempts
    attempts_by_address: Attempts
    password_checks: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(2))
    draining: asyncio.Event = field(default_factory=asyncio.Event)


def studio_of(request: Request) -> Studio:
    """The studio that this request came to."""
    return request.app.state.studio
