"""What nobody can reach any more goes away by itself."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

from pochade.core.errors import StoreError
from pochade.trust import decisions
from pochade.trust.decisions import DecisionLog
from pochade.trust.policy import Gate, check
from pochade.trust.policy.installation import installation_gate
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
        task = asyncio.create_task(sweep_daily(store, Gate(), first_s=0, every_s=0))  # type: ignore[arg-type]
        await asyncio.wait_for(store.enough.wait(), 10)
        task.cancel()
        return store.calls

    assert asyncio.run(run()) >= 3


def test_records_whose_time_is_up_go_too_even_if_the_store_fails(tmp_path, monkeypatch):
    gate = installation_gate(tmp_path)
    assert isinstance(gate.log, DecisionLog)

    class LongAgo(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(UTC) - timedelta(days=181)

    with monkeypatch.context() as then:
        then.setattr(decisions, "datetime", LongAgo)
        gate.log.record(check("a lemon"), prompt="x")
    gate.log.record(kept := check("a beheaded man"), prompt="x")

    async def run() -> None:
        store = Stub()
        task = asyncio.create_task(sweep_daily(store, gate, first_s=0, every_s=0))  # type: ignore[arg-type]
        await asyncio.wait_for(store.enough.wait(), 10)
        task.cancel()

    asyncio.run(run())
    assert [json.loads(line)["decision_id"] for line in gate.log.path.read_text().splitlines()] == [kept.decision_id]
