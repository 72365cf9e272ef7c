"""The web studio's pages: one file per room, templates beside them, scripts and styles in `web/static`."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from pochade import __version__
from pochade.web.api.errors import answer_error
from pochade.web.pages import account, administering, appealing, comparing, gallery, painting, planning, refining, verifying
from pochade.web.pages.rendering import page
from pochade.web.pages.words import t

STATIC = Path(__file__).parent.parent / "static"


class VersionedFiles(StaticFiles):
    """Files whose URL holds the version of Pochade, so that browsers need never ask for them again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def install(app: FastAPI) -> None:
    """Adds all pages and their files to the application, and a page for addresses where there is nothing."""
    for room in (painting, comparing, refining, planning, gallery, administering, appealing, verifying, account):
        app.include_router(room.router)
    app.add_exception_handler(HTTPException, _unrouted)
    app.mount(f"/static/{__version__}", VersionedFiles(directory=STATIC), name="static")


async def _unrouted(request: Request, error: Exception) -> Response:
    """What no route answers: a browser that shows it to a person gets a page, programs get what their interface says."""
    if isinstance(error, HTTPException) and error.status_code == 404 and "text/html" in request.headers.get("accept", ""):
        return page(request, None, "problem.html", 404, title=t("problem.missing"), message=t("problem.no_page"))
    return answer_error(request, error)
