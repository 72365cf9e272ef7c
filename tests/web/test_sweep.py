"""What nobody can reach any more goes away by itself."""

from __future__ import annotations

import asyncio

from pochade.core.errors import StoreError
from pochade.web.app import sweep_daily


class Stub:
    def __init__(self) -> None:
        self.calls = 0
        self.enough = asyncio.Event()
        self.loop = asyncio.get_running_loop()

    def sweep(self) -> int:
        self.calls += 1
        if self.calls == 3:
            self.loop.call_soon_threadsafe(self.enough.set)
        if self.calls == 1:
            raise StoreError("the database is locked")
        return 0


def test_sweeping_goes_on_after_a_failure():
    async def run() -> int:
        store = Stub()
        task = asyncio.create_task(sweep_daily(store, first_s=0, every_s=0))  # type: ignore[arg-type]
        await asyncio.wait_for(store.enough.wait(), 10)
        task.cancel()
        return store.calls

    assert asyncio.run(run()) >= 3
