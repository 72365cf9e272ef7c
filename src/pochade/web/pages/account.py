"""Logging in and out, and one's own account."""

from __future__ import annotations

import time
from typing import Annotated
from urllib.parse import quote, urlsplit

import anyio.to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from pochade.core.errors import InvalidRequestError
from pochade.web.api.errors import Refusal
from pochade.web.auth import Caller, csrf_protected, log_in, log_in_by_link, log_out, person
from pochade.web.pages import fields
from pochade.web.pages.rendering import PageRoute, page
from pochade.web.pages.words import t
from pochade.web.state import Studio, studio_of
from pochade.web.tokens import is_signed, sign_link

router = APIRouter(include_in_schema=False, route_class=PageRoute)
Person = Annotated[Caller, Depends(person)]
FRESH_S = 900
"""How long after a login by link a password may be set without the old one."""


@router.get("/login")
async def login_page(request: Request, link: str = "", next: str = "/") -> Response:
    if not link:
        return page(request, None, "login.html", next=_inside(next), form={"name": ""})
    response = RedirectResponse("/", 303)
    user = await log_in_by_link(request, response, link)
    if user is None:
        return page(request, None, "login.html", 403, next="/", form={"name": ""}, errors={"form": t("login.link_used")})
    expires = int(time.time()) + FRESH_S
    proof = sign_link(studio_of(request).key, _fresh(user.id), expires)
    response.headers["location"] = f"/account?welcome={expires}.{quote(proof)}"
    return response


@router.post("/login")
async def login(request: Request) -> Response:
    form = await request.form()
    name, password = fields.text(form, "name").strip(), fields.text(form, "password")
    target = _inside(fields.text(form, "next", "/"))
    errors, status = {}, 401
    if (origin := request.headers.get("origin")) is not None and urlsplit(origin).netloc != request.headers.get("host"):
        errors["form"] = t("login.elsewhere")  # another site that logs somebody in as it likes
    if not name:
        errors["name"] = t("login.no_name")
    if not password:
        errors["password"] = t("login.no_password")
    response = RedirectResponse(target, 303)
    if not errors:
        try:
            if await log_in(request, response, name, password) is not None:
                return response
            errors["form"] = t("login.wrong")
        except Refusal as refusal:
            errors["form"], status = str(refusal), refusal.status
    return page(request, None, "login.html", status, next=target, form={"name": name}, errors=errors)


@router.post("/logout", dependencies=[Depends(csrf_protected)])
async def logout(request: Request, caller: Person) -> Response:
    response = RedirectResponse("/login", 303)
    await log_out(request, response, caller)
    return response


@router.get("/account")
async def account_page(request: Request, caller: Person, welcome: str = "", changed: str = "") -> Response:
    fresh = _is_fresh(studio_of(request), caller, welcome)
    return page(
        request,
        caller,
        "account.html",
        here="account",
        fresh=fresh,
        welcome=welcome if fresh else "",
        notice=t("account.changed") if changed else "",
    )


@router.post("/account/password", dependencies=[Depends(csrf_protected)])
async def change_password(request: Request, caller: Person) -> Response:
    """Sets a new password; other logins of the account end."""
    studio, form = studio_of(request), await request.form()
    current, password, welcome = (fields.text(form, name) for name in ("current", "password", "welcome"))
    fresh = _is_fresh(studio, caller, welcome)
    errors = {}
    if (
        not fresh
        and await anyio.to_thread.run_sync(studio.store.users.authenticate, caller.user.name, current, limiter=studio.password_checks)
        is None
    ):
        errors["current"] = t("account.wrong_current")
    else:
        try:
            await anyio.to_thread.run_sync(studio.store.users.set_password, caller.user, caller.user.id, password)
        except InvalidRequestError as error:
            errors["password"] = str(error)
    if errors:
        return page(request, caller, "account.html", 400, here="account", fresh=fresh, welcome=welcome if fresh else "", errors=errors)
    response = RedirectResponse("/account?changed=1", 303)
    if caller.session is not None:  # this login has ended with the others
        await log_in(request, response, caller.user.name, password)
    return response


def _inside(target: str) -> str:
    """A path of this server; anything else becomes the front page."""
    inside = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if inside else "/"


def _fresh(user_id: str) -> str:
    return f"password of {user_id}"


def _is_fresh(studio: Studio, caller: Caller, welcome: str) -> bool:
    expires, _, proof = welcome.partition(".")
    return expires.isdigit() and is_signed(studio.key, _fresh(caller.user.id), int(expires[:12]), proof)
