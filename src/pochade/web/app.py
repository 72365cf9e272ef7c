"""The application: everything that answers HTTP, put together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from urllib.parse import quote, urlsplit

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from pochade import __version__
from pochade.core.errors import InvalidRequestError, StoreError
from pochade.store import Limits, Store, User, open_store
from pochade.studio.jobs import Jobs
from pochade.studio.worker import Worker
from pochade.trust import regions
from pochade.trust.decisions import DecisionLog
from pochade.trust.policy import Gate
from pochade.trust.policy.installation import installation_appeals, installation_gate
from pochade.trust.regions import retention
from pochade.web import pages
from pochade.web.api import errors, files, health, images, models, moderations, sdapi, verification
from pochade.web.api.mcp_http import McpEndpoint
from pochade.web.api.verification import Examinations
from pochade.web.auth import Attempts, LoginRequiredError
from pochade.web.metrics import Metrics
from pochade.web.middleware import Admission, Envelope, HostCheck, reached_at
from pochade.web.settings import LOOPBACK_HOSTS, Settings
from pochade.web.state import Studio
from pochade.web.tokens import server_key
from pochade.web.uploads import Decoders

log = logging.getLogger(__name__)

OWNER = "admin"
"""Name of the administrator that the first start makes."""


def create_app(settings: Settings) -> FastAPI:
    """The whole server. Nothing is opened before its lifespan begins; then `app.state.studio` holds what the routes share."""
    metrics, mcp = Metrics(), McpEndpoint()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_studio(settings, metrics) as studio:
            app.state.studio = studio
            studio.jobs.gate.appeals_at = lambda: f"{reached_base(settings)}/appeals"
            yield
            await mcp.stop()

    app = FastAPI(
        title="Pochade",
        version=__version__,
        description="Paint with any model: OpenAI's Images interface, a subset of AUTOMATIC1111's, and MCP at /mcp.",
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from another server
        redoc_url=None,
        max_body_size=settings.max_body_bytes,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    errors.answer_errors(app)
    app.add_exception_handler(LoginRequiredError, _to_login)
    for part in (images, models, moderations, sdapi, files, verification, health):
        app.include_router(part.router)
    pages.install(app)
    app.add_route("/mcp", mcp, methods=["GET", "POST", "DELETE"], include_in_schema=False)  # type: ignore[arg-type]
    app.add_middleware(
        Admission,
        metrics=metrics,
        max_requests=settings.max_open_requests,
        max_bytes=settings.max_open_bytes,
        max_body_bytes=settings.max_body_bytes,
    )
    app.add_middleware(HostCheck, accepts=lambda name: accepts_host(settings, name))
    app.add_middleware(Envelope, metrics=metrics)
    return app


@asynccontextmanager
async def open_studio(settings: Settings, metrics: Metrics) -> AsyncIterator[Studio]:
    """Opens the store, starts what works in the background, and in the end closes both."""
    key = server_key(settings.key_path, settings.secret.get_secret_value() if settings.secret else None)
    limits = Limits(
        jobs_per_user=settings.max_queued_jobs_per_user,
        pixels_per_user=settings.max_queued_pixels,
        jobs=settings.max_queued_jobs,
        pixels=settings.max_queued_pixels,
    )

    def open_() -> Store:
        return open_store(settings.database_url, settings.blobs_url, key=key, limits=limits)

    store = await anyio.to_thread.run_sync(open_)
    decoders = Decoders(settings.max_upload_bytes, settings.max_upload_pixels)
    try:
        regions.chosen()  # a misspelt region stops the start, not every request
        owner = await anyio.to_thread.run_sync(first_administrator, store)
        jobs = Jobs(store, await anyio.to_thread.run_sync(installation_gate, settings.data))
        worker = Worker(jobs, slots=settings.workers) if settings.workers else None
        studio = Studio(
            settings=settings,
            store=store,
            jobs=jobs,
            worker=worker,
            key=key,
            owner=owner,
            metrics=metrics,
            decoders=decoders,
            attempts_by_name=Attempts(most=10),
            attempts_by_address=Attempts(most=100),
            examinations=Examinations(most=settings.max_examinations),
            regions=await anyio.to_thread.run_sync(regions.choices, settings.data / regions.FILE),
        )
        if worker is not None:
            worker.start()
        draining = asyncio.create_task(studio.drain_when_told(), name="drain")
        sweeping = asyncio.create_task(sweep_daily(store, jobs.gate), name="sweep")
        try:
            yield studio
        finally:
            sweeping.cancel()
            studio.draining.set()
            await draining
    finally:
        await decoders.close()
        await anyio.to_thread.run_sync(store.close)


async def sweep_daily(store: Store, gate: Gate, first_s: float = 60.0, every_s: float = 86_400.0) -> None:
    """Empties the bin and removes expired logins, files without a picture, and records whose time is up.

    A minute after the start, and then every day.
    """
    await asyncio.sleep(first_s)
    while True:
        for sweep in (store.sweep, partial(retain, gate)):
            try:
                await anyio.to_thread.run_sync(sweep)
            except (StoreError, InvalidRequestError, OSError, ValueError) as error:  # tomorrow is another day
                log.warning("sweeping failed: %s", error)
        await asyncio.sleep(every_s)


def retain(gate: Gate) -> None:
    """Deletes the decisions and appeals that are older than the deployment's region keeps them."""
    if isinstance(gate.log, DecisionLog):
        deleted = retention.enforce(gate.log, installation_appeals(), regions.chosen())
        if deleted.decisions or deleted.appeals:
            log.info("retention (%s): deleted %d decisions and %d appeals", deleted.region, deleted.decisions, deleted.appeals)


def first_administrator(store: Store) -> User:
    """The oldest administrator; made, without a password, at the first start."""
    if store.users.count() == 0:
        return store.users.create_first(OWNER)
    console = User(id="", name="the console", role="admin", created_at=0)  # whoever starts the server may list its users
    return next(user for user in store.users.list(console) if user.is_admin and user.disabled_at is None)


async def login_link(app: FastAPI, port: int) -> str:
    """A link that logs the first administrator in, once, within an hour."""
    studio: Studio = app.state.studio
    secret = await anyio.to_thread.run_sync(studio.store.sessions.login_link, studio.owner)
    return f"{base_url(studio.settings, port)}/login?link={quote(secret)}"


def base_url(settings: Settings, port: int) -> str:
    """How people reach the server, without a slash at the end."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def reached_base(settings: Settings) -> str:
    """Like `base_url`, but as whoever asks now reaches the server, unless it was told how people do."""
    reached = "" if settings.public_url else reached_at.get()
    return reached or base_url(settings, settings.port)


def accepts_host(settings: Settings, name: str) -> bool:
    """Whether requests may address the server by this name."""
    if name in settings.allowed_hosts or "*" in settings.allowed_hosts or name in LOOPBACK_HOSTS:
        return True
    public = urlsplit(settings.public_url or "").hostname
    # bound to an address that others reach: by that address, or by the public name
    return name == public or (not settings.is_local and (name == settings.host or _is_address(name)))


def _is_address(name: str) -> bool:
    import ipaddress

    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


async def _to_login(request: Request, error: Exception) -> Response:
    """Sends a browser to the login page, and from there back to the page it wanted."""
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = f"/login?next={quote(wanted, safe='')}" if request.method == "GET" else "/login"
    if request.headers.get("hx-request"):
        # htmx follows redirections by itself and would put the login form inside the page
        return Response(status_code=401, headers={"hx-redirect": target})
    return RedirectResponse(target, 303)
