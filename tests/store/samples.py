"""Jobs and pictures to test with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pochade.store import Job, NewJob, NewPicture, Store, User

JOB = NewJob({"prompt": "a lemon"}, "tracer", 64, 32)


def picture(content: bytes = b"file") -> NewPicture:
    return NewPicture(content, "image/png", 64, 32, "tracer", "a lemon", 7, timings={"paint_s": 1.0})


def submit(store: Store, user: User, count: int = 1, **changes: Any) -> list[Job]:
    return [store.queue.submit(user, replace(JOB, **changes)).job for _ in range(count)]
