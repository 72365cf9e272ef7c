"""The MCP server at /mcp: started when the first request comes, since its software takes a second to load."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import anyio.to_thread
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from pochade.web.api.errors import Refusal, answer_error
from pochade.web.auth import Caller, caller_by_key
from pochade.web.state import Studio, studio_of

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager


class McpEndpoint:
    """Streamable HTTP without sessions: each request stands alone, so idle assistants cost nothing. API keys only, no cookies."""

    def __init__(self) -> None:
        self._starting = asyncio.Lock()
        self._manager: StreamableHTTPSessionManager | None = None
        self._running: asyncio.Task[None] | None = None
        self._stop = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            scope["pochade.caller"] = await caller_by_key(request)
        except Refusal as error:
            await answer_error(request, error)(scope, receive, send)
            return
        manager = self._manager or await self._start(studio_of(request))
        await manager.handle_request(scope, receive, send)

    async def stop(self) -> None:
        """Ends what is running."""
        self._stop.set()
        if self._running is not None:
            await self._running

    async def _start(self, studio: Studio) -> StreamableHTTPSessionManager:
        async with self._starting:
            if self._manager is None:
                manager = await anyio.to_thread.run_sync(_manager, studio)
                started = asyncio.Event()
                self._running = asyncio.create_task(self._run(manager, started), name="mcp")
                await started.wait()
                self._manager = manager
        return self._manager

    async def _run(self, manager: StreamableHTTPSessionManager, started: asyncio.Event) -> None:
        # its task group has to be entered and left by one and the same task
        async with manager.run():
            started.set()
            await self._stop.wait()


def _manager(studio: Studio) -> StreamableHTTPSessionManager:
    from mcp.server.transport_security import TransportSecuritySettings

    from pochade.web.api.mcp import create_server

    async def identify(request: Request | None) -> Caller:
        assert request is not None
        return request.scope["pochade.caller"]

    server = create_server(studio, identify)
    server.streamable_http_app(
        stateless_http=True,
        max_request_body_size=studio.settings.max_body_bytes,
        # middleware.HostCheck does it for the whole server
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    return server.session_manager
