"""From a request to its pictures, through the queue: accepted means committed, whatever happens to the connection."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable
from typing import TypeVar

import anyio.to_thread

from pochade.core import errors as core_errors
from pochade.core.errors import InvalidRequestError, ProviderUnavailableError
from pochade.core.values import GenerationRequest
from pochade.store import Accepted, Job, Priority
from pochade.studio.jobs import Kept
from pochade.trust import regions
from pochade.trust.regions import Notices, Region
from pochade.web.api.errors import Refusal
from pochade.web.auth import Caller
from pochade.web.state import Studio

Result = TypeVar("Result")
RETRY_AFTER_RESTART_S = 5.0
LAST_NEWS_S = 1.0
"""How long the end of a job may take to arrive after all work has ended."""
MAX_IDEMPOTENCY_KEY_CHARS = 255
NOTICE_HEADER = "x-content-notice"
"""Says with every answer that delivers pictures what the region in force wants said of them."""
REFUSALS = {"PolicyRefusedError": "moderation_blocked", "NotUnderstoodError": "prompt_not_understood"}


async def accept(
    studio: Studio,
    caller: Caller,
    request: GenerationRequest,
    *,
    idempotency_key: str | None = None,
    body: bytes | None = None,
    parent_ids: tuple[str, ...] = (),
    priority: Priority = Priority.INTERACTIVE,
) -> Accepted:
    """Takes the request on.

    Args:
        priority: what goes before it, and what waits for it.
        body: what the client sent, which the key is held against.

    Raises:
        PochadeError: if it is refused, as `Jobs.submit` says; before anything is painted.
        Refusal: 503, if the server is about to stop.
    """
    if studio.draining.is_set():
        raise stopping("Nothing was begun. Try again.")
    return await studio.jobs.submit(
        caller.user,
        request,
        priority=priority,
        parent_ids=parent_ids,
        idempotency_key=checked_key(idempotency_key),
        body=body,
        region=region_for(studio, caller),
    )


def region_for(studio: Studio, caller: Caller) -> Region | None:
    """The region that an administrator chose for the user or the key; None: the deployment's."""
    if not (studio.regions.users or studio.regions.keys):
        return None
    key = () if caller.key is None else (caller.key.name, caller.key.id)
    return studio.regions.of((caller.user.name, caller.user.id), key)


def notices_for(studio: Studio, caller: Caller | None) -> Notices:
    """What the region in force wants people told; for visitors, the deployment's."""
    return ((caller and region_for(studio, caller)) or regions.chosen()).notices


def notice_headers(studio: Studio, caller: Caller | None) -> dict[str, str]:
    """The header of an answer that delivers pictures; nothing, where the region asks for nothing."""
    due = notices_for(studio, caller).delivery
    return {NOTICE_HEADER: due.encode("ascii", "replace").decode()} if due else {}


async def pictures_of(studio: Studio, caller: Caller, job: Job) -> list[Kept]:
    """Waits for the pictures of a job that was just accepted.

    Raises:
        Refusal: if it failed, was cancelled, takes too long, or the server stops; a job that is not over goes on.
    """
    ended, pictures = await until_over(studio, caller, job.id, studio.jobs.kept(caller.user, job.id, job))
    if ended.state != "done":
        raise failure(ended)
    return pictures


async def until_over(studio: Studio, caller: Caller, job_id: str, work: Awaitable[Result]) -> Result:
    """Waits for `work` on a job, but not past the end of the server, nor longer than requests may take.

    Raises:
        Refusal: 503 or 504, if it is not over by then.
    """
    finished = asyncio.ensure_future(work)
    try:
        await asyncio.wait(
            {finished, studio.told_to_stop()}, timeout=studio.settings.request_timeout_s, return_when=asyncio.FIRST_COMPLETED
        )
        if not finished.done() and studio.draining.is_set():
            job = await anyio.to_thread.run_sync(studio.store.queue.get, caller.user, job_id)
            if job.state == "running":
                drained = asyncio.ensure_future(studio.drained.wait())
                await asyncio.wait({finished, drained}, return_when=asyncio.FIRST_COMPLETED)
                drained.cancel()
                await asyncio.wait({finished}, timeout=LAST_NEWS_S)
            if not finished.done():
                raise stopping(f"Job {job_id} is kept and goes on after the restart; the same request and Idempotency-Key find it.")
        if not finished.done():
            raise Refusal(
                504,
                f"Painting takes longer than {studio.settings.request_timeout_s:g} s. Job {job_id} goes on; its pictures will be in "
                "the gallery; the same request with the same Idempotency-Key gives them.",
                "timeout",
                headers={"x-should-retry": "false"},
            )
        return await finished
    finally:
        finished.cancel()


def stopping(next_step: str) -> Refusal:
    return Refusal(503, f"The server is stopping. {next_step}", "stopping", None, RETRY_AFTER_RESTART_S)


def failure(job: Job) -> Refusal:
    """The answer to a job that ended without its pictures."""
    if job.state == "cancelled":
        return Refusal(409, f"Job {job.id} was cancelled.", "cancelled", headers={"x-should-retry": "false"})
    message = job.error or f"Job {job.id} failed."
    kind = getattr(core_errors, job.error_kind or "", Exception)
    if job.error_kind in REFUSALS:
        return Refusal(400, message, REFUSALS[job.error_kind], "prompt", type_="image_generation_user_error")
    if issubclass(kind, InvalidRequestError):
        return Refusal(400, message, "invalid_value")
    if issubclass(kind, ProviderUnavailableError):
        # the queue has tried again already
        return Refusal(503, message, "model_unavailable", "model", headers={"x-should-retry": "false"}, retry_after_s=30)
    return Refusal(500, message, "painting_failed", headers={"x-should-retry": "false"})


def checked_key(key: str | None) -> str | None:
    """Raises InvalidRequestError for an idempotency key that is not accepted."""
    if key is not None and not re.fullmatch(rf"[\x21-\x7e]{{1,{MAX_IDEMPOTENCY_KEY_CHARS}}}", key):
        raise InvalidRequestError(
            f"Got an Idempotency-Key of {len(key)} characters; 1 to {MAX_IDEMPOTENCY_KEY_CHARS} visible ASCII characters are accepted. "
            "Draw a UUID.",
            "Idempotency-Key",
        )
    return key
