"""More than there is room for: told so at once, with a time to come again, and nothing that was accepted is lost."""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx
import pytest

from pochade.web.settings import load_settings
from web.conftest import serve

ROOM = 6
CLIENTS = 10 * ROOM


@pytest.mark.parametrize("limit, refused", [("max_queued_jobs", 503), ("max_queued_jobs_per_user", 429)])
def test_ten_times_too_many(tmp_path, monkeypatch, limit, refused):
    monkeypatch.setenv("FAKE_STEP_S", "0.1")
    running = serve(load_settings(data=tmp_path, default_model="gradient", port=0, drain_s=5, **{limit: ROOM}))
    live = next(running)

    async def flood() -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=CLIENTS)
        async with httpx.AsyncClient(base_url=live.url, headers=live.headers, limits=limits, timeout=60) as client:
            body = {"prompt": "red", "size": "32x32"}
            return await asyncio.gather(*(client.post("/v1/images/generations", json=body) for _ in range(CLIENTS)))

    answers = asyncio.run(flood())
    counts = Counter(answer.status_code for answer in answers)
    assert set(counts) == {200, refused}
    assert counts[200] >= ROOM
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in answers if answer.status_code == refused)
    assert len(live.studio.store.pictures.list(live.studio.owner, limit=500)) == counts[200]
    next(running, None)


def test_a_request_that_takes_too_long_is_told_where_its_pictures_will_be(tmp_path, monkeypatch):
    monkeypatch.setenv("FAKE_STEP_S", "0.5")
    running = serve(load_settings(data=tmp_path, default_model="gradient", port=0, drain_s=5, request_timeout_s=0.3))
    live = next(running)
    headers = {**live.headers, "Idempotency-Key": "one"}
    answer = httpx.post(f"{live.url}/v1/images/generations", json={"prompt": "red", "size": "32x32"}, headers=headers)
    assert (answer.status_code, answer.headers["x-should-retry"]) == (504, "false")
    monkeypatch.setenv("FAKE_STEP_S", "0")
    (job,) = live.studio.store.queue.list(live.studio.owner)
    assert job.id in answer.text
    next(running, None)  # the server lets the job finish before it stops
