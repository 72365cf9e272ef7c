"""What holds for every request and every response: an id, a time, a checked host, and headers that browsers heed."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pochade.web.logging import logger, request_id
from pochade.web.metrics import Metrics

_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "cache-control": "no-store",
}
"""Set unless the route sets its own; `cache-control` so that private pictures stay in no shared cache."""


class Envelope:
    """Gives every request an id, a line in the log and a place in the metrics; every response the security headers."""

    def __init__(self, app: ASGIApp, metrics: Metrics):
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        offered = Headers(scope=scope).get("x-request-id", "")
        identity = offered if _SAFE_ID.fullmatch(offered) else f"req_{secrets.token_hex(12)}"
        scope["request_id"] = identity
        token = request_id.set(identity)
        start, status = time.perf_counter(), 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = identity
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        finally:
            seconds = time.perf_counter() - start
            # the route's pattern, not the path: no ids in metrics, no query strings (login links) in logs
            pattern = getattr(scope.get("route"), "path", "unmatched")
            self.metrics.see_request(scope["method"], pattern, status, seconds)
            fields = {"method": scope["method"], "path": scope["path"], "status": status, "ms": round(seconds * 1e3, 1)}
            logger.info("request", extra=fields)
            request_id.reset(token)


class HostCheck:
    """Refuses requests addressed to another name: a web page elsewhere must not reach a local server through its own DNS."""

    def __init__(self, app: ASGIApp, accepts: Callable[[str], bool]):
        self.app, self.accepts = app, accepts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            name = host_name(Headers(scope=scope).get("host", ""))
            if not self.accepts(name):
                message = f"Got a request for the host {name[:100]!r}, which this server is not. Use its own address, or add the name "
                error = {"message": f"{message}to POCHADE_ALLOWED_HOSTS.", "type": "invalid_request_error", "param": None, "code": "host"}
                await JSONResponse({"error": error}, 421)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def host_name(header: str) -> str:
    """The name in a Host header, without port and brackets, in lower case."""
    return re.sub(r":\d*$", "", header).strip("[]").lower()
