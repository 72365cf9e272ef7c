"""What holds for every request and every response: an id, a time, a checked host, and headers that browsers heed."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pochade.web.api.errors import Refusal, answer_error
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
SMALL_BODIES = dict.fromkeys(("/v1/images/generations", "/v1/moderations", "/sdapi/v1/txt2img", "/sdapi/v1/options"), 1_000_000)
"""Bytes that requests without pictures may have, by path."""
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
        start, status, started = time.perf_counter(), 500, False

        async def send_with_headers(message: Message) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                status, started = message["status"], True
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = identity
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception as error:
            if started:
                raise
            await answer_error(Request(scope), error)(scope, receive, send_with_headers)
        finally:
            seconds = time.perf_counter() - start
            # the route's pattern, not the path: no ids in metrics, no query strings (login links) in logs
            pattern = getattr(scope.get("route"), "path", "unmatched")
            self.metrics.see_request(scope["method"], pattern, status, seconds)
            fields = {"method": scope["method"], "path": scope["path"], "status": status, "ms": round(seconds * 1e3, 1)}
            logger.info("request", extra=fields)
            request_id.reset(token)


reached_at: ContextVar[str] = ContextVar("reached_at", default="")
"""Scheme, host and port by which the request that is being served reached this server, without a slash at the end; "" outside of one."""


class HostCheck:
    """Refuses requests addressed to another name: a web page elsewhere must not reach a local server through its own DNS."""

    def __init__(self, app: ASGIApp, accepts: Callable[[str], bool]):
        self.app, self.accepts = app, accepts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            host = Headers(scope=scope).get("host", "")
            name = host_name(host)
            if not self.accepts(name):
                message = f"Got a request for the host {name[:100]!r}, which this server is not. Use its own address, or add the name"
                refusal = Refusal(421, f"{message} to POCHADE_ALLOWED_HOSTS.", "wrong_host")
                await answer_error(Request(scope), refusal)(scope, receive, send)
                return
            reached_at.set(f"{scope['scheme']}://{host}")
        await self.app(scope, receive, send)


class Admission:
    """Bounds what is open at once, so that a crowd costs time and not memory.

    Args:
        max_requests: open requests; health checks are always answered.
        max_bytes: of all their bodies together; a body of unknown length counts as the largest.
        max_body_bytes: of one body, but for `SMALL_BODIES`. A body that lies about its length meets the routes' own limits.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, max_requests: int, max_bytes: int, max_body_bytes: int):
        self.app, self.metrics = app, metrics
        self.max_requests, self.max_bytes, self.max_body_bytes = max_requests, max_bytes, max_body_bytes
        self._requests = self._bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in ("/livez", "/readyz"):
            await self.app(scope, receive, send)
            return
        most = SMALL_BODIES.get(scope["path"], self.max_body_bytes)
        size = _size(Headers(scope=scope), most)
        if size > most:
            refusal = Refusal(413, f"Got a request of {size:,} bytes; at most {most:,} are accepted here. Send less.", "too_large")
            await answer_error(Request(scope), refusal)(scope, receive, send)
            return
        if self._requests >= self.max_requests or (size and self._bytes + size > self.max_bytes):
            self.metrics.refused.labels("open requests").inc()
            refusal = Refusal(503, "The server is answering as many requests as it can. Try again shortly.", "overloaded", None, 1)
            await answer_error(Request(scope), refusal)(scope, receive, send)
            return
        self._requests += 1
        self._bytes += size
        try:
            await self.app(scope, receive, send)
        finally:
            self._requests -= 1
            self._bytes -= size


def _size(headers: Headers, unknown: int) -> int:
    """Bytes of the body, as the request says; `unknown` if it does not."""
    length = headers.get("content-length")
    if length is None:
        return unknown if "transfer-encoding" in headers else 0
    return int(length) if re.fullmatch("[0-9]{1,15}", length) else unknown


def host_name(header: str) -> str:
    """The name in a Host header, without port and brackets, in lower case."""
    return re.sub(r":\d*$", "", header).strip("[]").lower()
