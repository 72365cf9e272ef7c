"""Who is asking: logins by cookie for people, API keys for programs.

A page's route takes `Annotated[Caller, Depends(person)]`; one that changes something also has `Depends(csrf_protected)` and sends
`caller.csrf_token` in the form field `csrf_token` or the header `X-CSRF-Token`. The pages `/login` (a form, and `?link=` from the
terminal) and `/logout` call `log_in`, `log_in_by_link` and `log_out`. Routes for programs take `Depends(caller_with("paint"))`.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

import anyio.to_thread
from fastapi import Depends, Request, Response

from pochade.core.errors import PochadeError
from pochade.store import ApiKey, Session, User
from pochade.store.records import SCOPES, Scope
from pochade.web.api.errors import Refusal
from pochade.web.logging import logger
from pochade.web.state import Studio, studio_of
from pochade.web.tokens import csrf_token

COOKIE = "pochade_session"
Found = TypeVar("Found")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
ANYONE = "login is off"
"""Stands for the session's secret in CSRF tokens where logins are switched off."""


@dataclass(frozen=True)
class Caller:
    """Who is asking, and what they may do.

    Attributes:
        session: the login, for people; None for programs, and where logins are switched off.
        key: the API key, for programs.
        csrf_token: what forms of this login carry; "" for programs, which need none.
    """

    user: User
    scopes: tuple[Scope, ...]
    session: Session | None = None
    key: ApiKey | None = None
    csrf_token: str = ""


class LoginRequiredError(PochadeError):
    """A page that needs a login, asked for without one."""


class Attempts:
    """Counts failures by name, and says how long a name has to wait.

    Args:
        most: failures within `within_s` after which it has to wait.
    """

    def __init__(self, most: int = 10, within_s: float = 900, clock: Callable[[], float] = time.monotonic):
        self._most, self._within_s, self._clock = most, within_s, clock
        self._failures: dict[str, deque[float]] = {}

    def wait_s(self, name: str) -> float:
        """Seconds until another attempt is allowed; 0: now."""
        failures = self._recent(name)
        return self._within_s - (self._clock() - failures[0]) if len(failures) >= self._most else 0.0

    def fail(self, name: str) -> None:
        # names are anybody's to invent: the table is bounded
        if len(self._failures) > 10_000:
            self._failures = {kept: times for kept in list(self._failures) if (times := self._recent(kept))}
        self._failures.setdefault(name, deque(maxlen=self._most)).append(self._clock())

    def forget(self, name: str) -> None:
        self._failures.pop(name, None)

    def _recent(self, name: str) -> deque[float]:
        failures = self._failures.get(name, deque())
        while failures and self._clock() - failures[0] > self._within_s:
            failures.popleft()
        return failures


async def caller(request: Request) -> Caller:
    """Whoever asks, by API key or by login; where logins are switched off, the owner.

    Raises:
        Refusal: 401, without either.
    """
    studio = studio_of(request)
    secret = _key_in(request)
    if secret is not None:
        return await _by_key(studio, request, secret)
    if not studio.settings.login:
        return _local_owner(studio, request)
    found = await _by_login(studio, request)
    if found is None:
        raise _no_key()
    if request.method not in SAFE_METHODS:
        await csrf_protected(request, found)
    return found


async def caller_by_key(request: Request) -> Caller:
    """Whoever asks, by API key only: for clients that are no browsers. Where logins are switched off, the owner needs none.

    Raises:
        Refusal: 401, without a key that holds.
    """
    studio, secret = studio_of(request), _key_in(request)
    if secret is not None:
        return await _by_key(studio, request, secret)
    if not studio.settings.login:
        return _local_owner(studio, request)
    raise _no_key()


async def is_known(request: Request) -> bool:
    """Whether a user of this server asks, by API key or login: for what everybody may ask, but strangers not without end."""
    studio, secret = studio_of(request), _key_in(request)
    if secret is not None:
        return await anyio.to_thread.run_sync(studio.store.keys.authenticate, secret) is not None
    return await _by_login(studio, request) is not None


def caller_with(scope: Scope) -> Callable[..., Awaitable[Caller]]:
    """A dependency: a caller who may do `scope`.

    Raises:
        Refusal: 401 without key or login, 403 without the scope.
    """

    async def allowed(found: Annotated[Caller, Depends(caller)]) -> Caller:
        if scope not in found.scopes:
            raise Refusal(403, f"This key may {', '.join(found.scopes)}; {scope!r} is needed here. Make a key that may.", "missing_scope")
        return found

    return allowed


async def person(request: Request) -> Caller:
    """A dependency of pages: whoever is logged in.

    Raises:
        LoginRequiredError: if nobody is; answered by a redirection to the login page.
    """
    found = await _by_login(studio_of(request), request)
    if found is None:
        raise LoginRequiredError("Log in first.")
    return found


async def visitor(request: Request) -> Caller | None:
    """A dependency of pages for everybody: whoever is logged in, or None."""
    return await _by_login(studio_of(request), request)


async def administrator(found: Annotated[Caller, Depends(person)]) -> Caller:
    """A dependency of pages for administrators."""
    if not found.user.is_admin:
        raise Refusal(403, "This page is for administrators. Ask one, or log in as one.", "forbidden")
    return found


async def csrf_protected(request: Request, found: Annotated[Caller, Depends(person)]) -> None:
    """A dependency of routes that change something for a logged-in person: the form came from a page of this server.

    Raises:
        Refusal: 403 if it did not.
    """
    given = request.headers.get("x-csrf-token") or await _form_field(request, "csrf_token")
    if not _is_same_origin(request) or not hmac.compare_digest(given.encode(), found.csrf_token.encode()):
        raise Refusal(403, "This form was not sent from a page of this studio, or is too old. Reload the page and send it again.", "csrf")


async def log_in(request: Request, response: Response, name: str, password: str) -> User | None:
    """Logs a person in by name and password and sets the cookie on `response`; None if they do not fit.

    Raises:
        Refusal: 429 after too many failures.
    """
    studio, host = studio_of(request), request.client.host if request.client else ""
    counted = [(studio.attempts_by_name, name.casefold()[:200]), (studio.attempts_by_address, host)]
    wait_s = max(attempts.wait_s(who) for attempts, who in counted)
    if wait_s > 0:
        raise Refusal(
            429, f"Too many failed logins. Try again in {wait_s / 60:.0f} minutes, or use a login link.", "too_many_logins", None, wait_s
        )
    # a password takes 16 MiB and a tenth of a second to check: few at once
    user = await anyio.to_thread.run_sync(studio.store.users.authenticate, name, password, limiter=studio.password_checks)
    if user is None:
        for attempts, who in counted:
            attempts.fail(who)
        logger.warning("login failed", extra={"address": host})
        return None
    studio.attempts_by_name.forget(name.casefold()[:200])
    await _open_session(studio, response, user)
    return user


async def log_in_by_link(request: Request, response: Response, secret: str) -> User | None:
    """Logs a person in by a one-time link and sets the cookie on `response`; None if the link is used up, expired or wrong."""
    studio = studio_of(request)
    user = await anyio.to_thread.run_sync(studio.store.sessions.redeem, secret)
    if user is not None:
        await _open_session(studio, response, user)
    return user


async def log_out(request: Request, response: Response, found: Caller) -> None:
    """Ends this login."""
    if found.session is not None:
        await anyio.to_thread.run_sync(studio_of(request).store.sessions.close, found.user, found.session.id)
    response.delete_cookie(COOKIE)


async def _open_session(studio: Studio, response: Response, user: User) -> None:
    lasts_s = studio.settings.session_days * 86_400
    _, secret = await anyio.to_thread.run_sync(studio.store.sessions.open, user, lasts_s)
    await anyio.to_thread.run_sync(studio.store.events.record, user, "login", user.name)
    secure = (studio.settings.public_url or "").startswith("https:")
    response.set_cookie(COOKIE, secret, max_age=int(lasts_s), httponly=True, samesite="lax", secure=secure)


def _local_owner(studio: Studio, request: Request) -> Caller:
    """The owner, for programs on this machine; pages of other sites must not act through a browser that can reach this server.

    Raises:
        Refusal: 403, if a browser says that another site asks.
    """
    foreign = not _is_same_origin(request) or request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
    if request.method not in SAFE_METHODS and foreign:
        raise Refusal(403, "This request comes from a page of another site. Ask from a program, or from a page of this studio.", "csrf")
    return Caller(studio.owner, SCOPES, csrf_token=csrf_token(studio.key, ANYONE))


def _is_same_origin(request: Request) -> bool:
    """Whether a page of this server asks, or no page at all: browsers name the origin of whatever changes something."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _no_key() -> Refusal:
    return Refusal(
        401,
        "Got no API key. Send one as `Authorization: Bearer KEY`; the page Keys of the studio makes them.",
        "missing_api_key",
        headers={"www-authenticate": 'Bearer realm="pochade"'},
    )


def _key_in(request: Request) -> str | None:
    """The API key of a request: a bearer token, or, for AUTOMATIC1111's clients, the password of basic authentication."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, ValueError):
            return ""
    return None


async def _by_key(studio: Studio, request: Request, secret: str) -> Caller:
    found = await _looked_up(studio, studio.store.keys.authenticate, secret)
    if found is None:
        raise Refusal(
            401,
            "Got an API key that is wrong, expired or revoked. Check it; the page Keys of the studio lists yours.",
            "invalid_api_key",
            headers={"www-authenticate": 'Bearer realm="pochade", error="invalid_token"'},
        )
    user, key = found
    request.scope["user_id"] = user.id
    return Caller(user, key.scopes, key=key)


async def _by_login(studio: Studio, request: Request) -> Caller | None:
    if not studio.settings.login:
        return Caller(studio.owner, SCOPES, csrf_token=csrf_token(studio.key, ANYONE))
    secret = request.cookies.get(COOKIE)
    found = await _looked_up(studio, studio.store.sessions.find, secret) if secret else None
    if secret is None or found is None:
        return None
    user, session = found
    request.scope["user_id"] = user.id
    scopes: tuple[Scope, ...] = SCOPES if user.is_admin else ("paint", "read")
    return Caller(user, scopes, session, csrf_token=csrf_token(studio.key, secret))


async def _looked_up(studio: Studio, find: Callable[[str], Found], secret: str) -> Found:
    """Every request asks who asks: in a thread only if that may have to wait."""
    return find(secret) if studio.store.reads_at_once else await anyio.to_thread.run_sync(find, secret)


async def _form_field(request: Request, name: str) -> str:
    kind = request.headers.get("content-type", "")
    if not kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        return ""
    value = (await request.form()).get(name)
    return value if isinstance(value, str) else ""
