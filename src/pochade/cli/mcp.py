"""`pochade mcp`: the studio as tools for an assistant, over standard input and output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from starlette.requests import Request

    from pochade.web.auth import Caller
    from pochade.web.settings import Settings


def mcp(
    data: Annotated[str | None, typer.Option(metavar="DIR", help="Folder for database and pictures.")] = None,
    database: Annotated[str | None, typer.Option(metavar="URL", help="Database. Default: SQLite in the folder.")] = None,
    blobs: Annotated[
        str | None, typer.Option(metavar="URL", help="Where picture files go: s3://, gs://, az://. Default: the folder.")
    ] = None,
) -> None:
    """Offer painting to an assistant: an MCP server on standard input and output.

    Where `pochade serve` runs already, point the assistant at its address /mcp instead.
    """
    import asyncio

    from pochade.web.settings import load_settings

    asyncio.run(run(load_settings(data=data, database=database, blobs=blobs)))


async def run(settings: Settings) -> None:
    """Serves until standard input ends."""
    import os

    from pochade.store.records import SCOPES
    from pochade.web.api.mcp import create_server
    from pochade.web.app import open_studio
    from pochade.web.auth import Caller
    from pochade.web.logging import log_as_json
    from pochade.web.metrics import Metrics

    # what signs pictures keeps its keys in the same folder
    os.environ["POCHADE_DATA"] = str(settings.data)
    log_as_json("WARNING")
    async with open_studio(settings, Metrics()) as studio:

        async def owner(_: Request | None) -> Caller:
            return Caller(studio.owner, SCOPES)

        await create_server(studio, owner).run_stdio_async()
