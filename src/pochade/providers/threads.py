"""Blocking work of a model, run beside the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from typing import TypeVar

from pochade.core.errors import CancelledError
from pochade.core.values import GenerationEvent

Item = TypeVar("Item")
Send = Callable[[GenerationEvent], None]
Cancelled = Callable[[], bool]


async def in_thread(work: Callable[[Callable[[Item], None], Cancelled], None], name: str) -> AsyncGenerator[Item, None]:
    """Runs `work(send, cancelled)` in a thread of its own and hands over the events it sends.

    When the reader goes away (closes, is cancelled), `cancelled()` turns true and `send` raises CancelledError; the thread
    is not waited for, since the step it is in may take seconds.

    Raises:
        Whatever `work` raises.
    """
    loop = asyncio.get_running_loop()
    events: asyncio.Queue[tuple[Item] | BaseException | None] = asyncio.Queue()
    stop = threading.Event()

    def put(item: tuple[Item] | BaseException | None) -> None:
        try:
            loop.call_soon_threadsafe(events.put_nowait, item)
        except RuntimeError:  # the loop is closed: nobody listens any more
            stop.set()

    def send(event: Item) -> None:
        if stop.is_set():
            raise CancelledError()
        put((event,))

    def run() -> None:
        try:
            work(send, stop.is_set)
            put(None)
        except BaseException as error:
            put(error)

    threading.Thread(target=run, name=name, daemon=True).start()
    try:
        while (item := await events.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item[0]
    finally:
        stop.set()
