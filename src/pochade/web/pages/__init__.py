"""The web studio's pages: one file per room, templates beside them, scripts and styles in `web/static`."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from pochade import __version__
from pochade.web.pages import account, administering, appealing, comparing, gallery, painting, planning, refining, verifying

STATIC = Path(__file__).parent.parent / "static"


class VersionedFiles(StaticFiles):
    """Files whose URL holds the version of Pochade, so that browsers need never ask for them again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def install(app: FastAPI) -> None:
    """Adds all pages and their files to the application."""
    for room in (painting, comparing, refining, planning, gallery, administering, appealing, verifying, account):
        app.include_router(room.router)
    app.mount(f"/static/{__version__}", VersionedFiles(directory=STATIC), name="static")
