"""`pochade serve`: the studio and its interfaces over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pochade.core.errors import OutputError

if TYPE_CHECKING:
    import socket

    from pochade.web.settings import Settings

KEEP_ALIVE_S = 75
"""Longer than proxies keep their connections, which must not reuse one that is being closed."""


def serve(
    host: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Address to listen on. Default: 127.0.0.1, this machine only.")
    ] = None,
    port: Annotated[str | None, typer.Option(metavar="N", help="Port; 0: any free one. Default: 8420.")] = None,
    data: Annotated[str | None, typer.Option(metavar="DIR", help="Folder for database, pictures and keys.")] = None,
    database: Annotated[str | None, typer.Option(metavar="URL", help="Database. Default: SQLite in the folder.")] = None,
    blobs: Annotated[
        str | None, typer.Option(metavar="URL", help="Where picture files go: s3://, gs://, az://. Default: the folder.")
    ] = None,
    workers: Annotated[str | None, typer.Option(metavar="N", help="Jobs painted at once in this process. Default: 1.")] = None,
) -> None:
    """Start the studio: paint in the browser, or through its APIs.

    [dim]pochade serve --port 8420[/dim]
    """
    import gc
    import os

    # what is loaded stays, and looking through it again and again takes a tenth of the start; on again when the server is ready
    gc.disable()
    # before numpy is loaded: products of small matrices shared among threads wait for each other, tens of milliseconds on a busy machine
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from pochade.web.settings import load_settings

    run(load_settings(host=host, port=port, data=data, database=database, blobs=blobs, workers=workers))


def run(settings: Settings) -> None:
    """Serves until the process is told to stop, then lets running work finish.

    Raises:
        OutputError: if the address is taken.
    """
    import gc
    import os
    import sys

    import uvicorn

    from pochade.core.memory import reuse_freed
    from pochade.web.app import create_app, login_link
    from pochade.web.logging import log_as_json

    # what signs pictures keeps its keys in the same folder
    os.environ["POCHADE_DATA"] = str(settings.data)
    log_as_json(settings.log_level)
    reuse_freed()
    listener = listen(settings)
    app = create_app(settings)

    class Server(uvicorn.Server):
        """Says where to log in once it is ready; tells the studio to wind down as soon as it is told to stop."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                gc.freeze()  # what is loaded by now stays: looking through it again takes longer than an answer
                gc.enable()
                link = await login_link(app, listener.getsockname()[1])
                print(f"Pochade is ready. Log in, once, with this link:\n\n  {link}\n", flush=True)

        def handle_exit(self, sig: int, frame: Any) -> None:
            app.state.studio.draining.set()
            super().handle_exit(sig, frame)

    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=int(settings.drain_s) + 2,
    )
    server = Server(config)
    server.run([listener])
    if not server.started:
        sys.exit(1)


def listen(settings: Settings) -> socket.socket:
    """A socket on the settings' address, before anything else is started.

    Raises:
        OutputError: if that cannot be had.
    """
    import socket

    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # with its protocol named, asyncio sends small parts at once; else every answer waits 40 ms for the other side's acknowledgement
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise OutputError(
            f"Cannot listen on {settings.host} port {settings.port} ({error.strerror}). "
            "Choose another with --port, or stop the program that has it."
        ) from error
    return listener
