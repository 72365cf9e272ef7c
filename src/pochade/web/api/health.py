"""Whether the server lives, whether it should get requests, and how it is doing."""

from __future__ import annotations

from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from pydantic import BaseModel

from pochade.core.errors import PochadeError
from pochade.web.api.errors import error_responses
from pochade.web.auth import Caller, caller_with
from pochade.web.state import Studio, studio_of

router = APIRouter(tags=["operation"])
JOB_STATES = ("queued", "running", "done", "failed", "cancelled")


class Health(BaseModel):
    """One word, and the reason if it is not "ok"."""

    status: str
    reason: str | None = None


@router.get("/livez", summary="The process lives")
async def livez() -> Health:
    return Health(status="ok")


@router.get("/readyz", summary="The server takes requests", responses={503: {"model": Health}})
async def readyz(request: Request) -> Response:
    studio: Studio | None = getattr(request.app.state, "studio", None)
    reason = "starting" if studio is None else "draining" if studio.draining.is_set() else await _store_fault(studio)
    if reason is not None:
        return JSONResponse({"status": "unavailable", "reason": reason}, 503, {"retry-after": "5"})
    return JSONResponse({"status": "ok", "reason": None})


@router.get(
    "/metrics",
    summary="Prometheus metrics",
    response_class=PlainTextResponse,
    responses=error_responses(401, 403, 503),
)
async def metrics(request: Request, _: Annotated[Caller, Depends(caller_with("admin"))]) -> Response:
    studio = studio_of(request)
    counts = await anyio.to_thread.run_sync(studio.store.queue.counts)
    for state in JOB_STATES:
        studio.metrics.jobs.labels(state).set(counts.get(state, 0))
    return Response(studio.metrics.exposition(), media_type=studio.metrics.content_type)


async def _store_fault(studio: Studio) -> str | None:
    try:
        await anyio.to_thread.run_sync(studio.store.users.count)
    except PochadeError as error:
        return str(error)
    return None
