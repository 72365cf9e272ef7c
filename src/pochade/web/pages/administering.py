"""Models, keys, users and the system. Everybody sees the models and their own keys; the rest is for administrators."""

from __future__ import annotations

import platform
import re
import time
from typing import Annotated, Any, cast
from urllib.parse import quote

import anyio.to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from pochade import __version__
from pochade.core.errors import InvalidRequestError, PochadeError
from pochade.core.values import GenerationRequest
from pochade.providers import configured, registry
from pochade.store.records import SCOPES, ApiKey, Role, Scope, User
from pochade.studio import paint
from pochade.web.api.requests import default_model
from pochade.web.auth import Caller, administrator, csrf_protected, person
from pochade.web.pages import fields
from pochade.web.pages.rendering import PageRoute, day, duration, moment, page
from pochade.web.pages.views import models
from pochade.web.pages.words import t
from pochade.web.state import Studio, studio_of

router = APIRouter(include_in_schema=False, route_class=PageRoute)
Person = Annotated[Caller, Depends(person)]
Administrator = Annotated[Caller, Depends(administrator)]
MODEL_FIELDS = ("name", "kind", "base_url", "remote_model", "api_key_env", "source", "price_usd")
TEST_PROMPT = "a lemon on a slate slab"
TEST_SIDE_PX = 256
MAX_KEY_DAYS = 3650
SHOWN_EVENTS = 40


# --- models ---------------------------------------------------------------------------------------------------


@router.get("/models")
async def models_page(request: Request, caller: Person, added: str = "", removed: str = "") -> Response:
    notice = t("models.added", name=added) if added else t("models.removed", name=removed) if removed else ""
    return await _models(request, caller, notice=notice)


async def _models(request: Request, caller: Caller, status: int = 200, **context: Any) -> Response:
    default = default_model(studio_of(request).settings)
    given = {"form": dict.fromkeys(MODEL_FIELDS, "") | {"kind": "openai"}, **context}
    found = await anyio.to_thread.run_sync(models, default)
    return page(request, caller, "models.html", status, here="studio", tab="models", models=found, kinds=configured.KINDS, **given)


def _named_field(message: str, name: str) -> str:
    """The field of the form that a sentence about a model's settings names first; "form" if it names none."""
    found = re.search(rf"\b({'|'.join(MODEL_FIELDS)})\b", message.removeprefix(f"Model {name!r}:"))
    return found[1] if found else "form"


@router.post("/models", dependencies=[Depends(csrf_protected)])
async def add_model(request: Request, caller: Administrator) -> Response:
    raw = await request.form()
    form = {name: fields.text(raw, name).strip() for name in MODEL_FIELDS}
    try:
        if form["name"] in registry.model_ids():
            raise InvalidRequestError(f"Got the name {form['name']!r}, which is taken. Choose another.", "name")
        settings: dict[str, str | float] = {name: value for name, value in form.items() if value and name not in ("name", "price_usd")}
        price = fields.real(form, "price_usd", what="the price")
        if price is not None:
            settings["price_usd"] = price
        await anyio.to_thread.run_sync(lambda: configured.add(configured.ConfiguredModel.read(form["name"], settings)))
    except PochadeError as error:
        field = getattr(error, "field", None)
        errors = {field if field in MODEL_FIELDS else _named_field(str(error), form["name"]): str(error)}
        return await _models(request, caller, 400, form=form, errors=errors)
    await anyio.to_thread.run_sync(_noted, studio_of(request), caller, "model.add", form["name"])
    return RedirectResponse(f"/models?added={form['name']}", 303)


@router.post("/models/{model_id}/remove", dependencies=[Depends(csrf_protected)])
async def remove_model(request: Request, model_id: str, caller: Administrator) -> Response:
    try:
        await anyio.to_thread.run_sync(configured.remove, model_id)
    except PochadeError as error:
        return await _models(request, caller, 400, errors={"list": str(error)})
    await anyio.to_thread.run_sync(_noted, studio_of(request), caller, "model.remove", model_id)
    return RedirectResponse(f"/models?removed={model_id}", 303)


@router.post("/models/{model_id}/test", dependencies=[Depends(csrf_protected)])
async def test_model(request: Request, model_id: str, caller: Administrator) -> Response:
    """Paints one small picture, which is not kept, and tells how long it took."""
    started = time.perf_counter()
    try:
        able = (await anyio.to_thread.run_sync(registry.provider, model_id)).capabilities
        width, height = able.nearest_size(TEST_SIDE_PX, TEST_SIDE_PX)
        asked = GenerationRequest(TEST_PROMPT, 1, model_id, width_px=width, height_px=height, quality=able.qualities[0])
        async for event in paint.paint(asked):
            if isinstance(event, paint.Painted):
                break
    except PochadeError as error:
        return await _models(request, caller, 502, errors={"list": str(error)})
    took = duration(time.perf_counter() - started)
    return await _models(request, caller, notice=t("models.works", name=model_id, width=width, height=height, time=took))


# --- keys -----------------------------------------------------------------------------------------------------


@router.get("/keys")
async def keys_page(request: Request, caller: Person) -> Response:
    return await _keys(request, caller)


async def _keys(request: Request, caller: Caller, status: int = 200, **context: Any) -> Response:
    studio = studio_of(request)
    keys = await anyio.to_thread.run_sync(studio.store.keys.list, caller.user)
    shown = [
        {
            "id": key.id,
            "name": key.name,
            "hint": key.hint,
            "scopes": [t(f"scope.{scope}.short") for scope in key.scopes],
            "created": day(key.created_at),
            "expires": day(key.expires_at) if key.expires_at else t("keys.never"),
            "state": _state(key),
        }
        for key in keys
    ]
    base = (studio.settings.public_url or str(request.base_url)).rstrip("/")
    scopes = [scope for scope in SCOPES if scope != "admin" or caller.user.is_admin]
    given = {"form": {"name": "", "days": "", "scopes": ["paint", "read"]}, "made": None, **context}
    return page(request, caller, "keys.html", status, here="studio", tab="keys", keys=shown, scopes=scopes, base_url=f"{base}/v1", **given)


def _state(key: ApiKey) -> str:
    if key.revoked_at is not None:
        return t("keys.revoked")
    return t("keys.expired") if key.expires_at is not None and key.expires_at <= time.time() else ""


@router.post("/keys", dependencies=[Depends(csrf_protected)])
async def add_key(request: Request, caller: Person) -> Response:
    raw = await request.form()
    scopes = tuple(scope for scope in raw.getlist("scope") if isinstance(scope, str))
    form = {"name": fields.text(raw, "name"), "days": fields.text(raw, "days"), "scopes": list(scopes)}
    try:
        days = fields.whole(form, "days", what="the number of days")
        if days is not None and not 1 <= days <= MAX_KEY_DAYS:
            raise InvalidRequestError(f"Got {days} days; 1 to {MAX_KEY_DAYS:,} are accepted. Correct it, or leave it empty.", "days")
        expires_at = None if days is None else time.time() + days * 86_400
        store = studio_of(request).store
        key, secret = await anyio.to_thread.run_sync(
            store.keys.create, caller.user, form["name"], cast(tuple[Scope, ...], scopes), expires_at
        )
    except PochadeError as error:
        field = getattr(error, "field", None)
        return await _keys(request, caller, 400, form=form, errors={field if field in form else "form": str(error)})
    return await _keys(request, caller, made={"name": key.name, "secret": secret})


@router.post("/keys/{key_id}/revoke", dependencies=[Depends(csrf_protected)])
async def revoke_key(request: Request, key_id: str, caller: Person) -> Response:
    await anyio.to_thread.run_sync(studio_of(request).store.keys.revoke, caller.user, key_id)
    return RedirectResponse("/keys", 303)


# --- users ----------------------------------------------------------------------------------------------------


@router.get("/users")
async def users_page(request: Request, caller: Administrator, added: str = "", deleted: str = "") -> Response:
    notice = t("users.added", name=added) if added else t("users.deleted", name=deleted) if deleted else ""
    return await _users(request, caller, notice=notice)


async def _users(request: Request, caller: Caller, status: int = 200, **context: Any) -> Response:
    users = await anyio.to_thread.run_sync(studio_of(request).store.users.list, caller.user)
    shown = [
        {"id": one.id, "name": one.name, "role": one.role, "created": day(one.created_at), "disabled": one.disabled_at is not None}
        for one in users
    ]
    given = {"form": {"name": "", "role": "member"}, **context}
    return page(request, caller, "users.html", status, here="studio", tab="users", users=shown, **given)


@router.post("/users", dependencies=[Depends(csrf_protected)])
async def add_user(request: Request, caller: Administrator) -> Response:
    raw = await request.form()
    form = {"name": fields.text(raw, "name"), "role": fields.text(raw, "role", "member")}
    password = fields.text(raw, "password")
    try:
        if form["role"] not in ("admin", "member"):
            raise InvalidRequestError(f"Got {form['role']!r:.40} as role; admin and member are accepted. Choose one.", "role")
        store = studio_of(request).store
        user = await anyio.to_thread.run_sync(store.users.create, caller.user, form["name"], cast(Role, form["role"]), password)
    except InvalidRequestError as error:
        return await _users(request, caller, 400, form=form, errors={error.field or "form": str(error)})
    await anyio.to_thread.run_sync(_noted, studio_of(request), caller, "user.add", user.name)
    return RedirectResponse(f"/users?added={quote(user.name)}", 303)


@router.post("/users/{user_id}/{how}", dependencies=[Depends(csrf_protected)])
async def change_user(request: Request, user_id: str, how: str, caller: Administrator) -> Response:
    """Locks an account out or lets it in again, gives it a role, or deletes it with all it has once its name was typed."""
    if how not in ("disable", "enable", "admin", "member", "delete"):
        raise InvalidRequestError(f"Got {how!r:.40}; disable, enable, admin, member and delete are accepted.", "how")
    typed, users = fields.text(await request.form(), "name"), studio_of(request).store.users

    def changed() -> User:
        if how in ("disable", "enable"):
            return users.set_disabled(caller.user, user_id, how == "disable")
        if how != "delete":
            return users.set_role(caller.user, user_id, cast(Role, how))
        user = users.get(caller.user, user_id)
        if typed.strip() != user.name:
            raise InvalidRequestError(t("users.delete_typed", typed=typed, name=user.name))
        users.delete(caller.user, user_id)
        return user

    try:
        user = await anyio.to_thread.run_sync(changed)
    except PochadeError as error:
        return await _users(request, caller, 400, errors={"list": str(error)})
    await anyio.to_thread.run_sync(_noted, studio_of(request), caller, f"user.{how}", user.name)
    return RedirectResponse(f"/users?deleted={quote(user.name)}" if how == "delete" else "/users", 303)


# --- system ---------------------------------------------------------------------------------------------------


@router.get("/system")
async def system_page(request: Request, caller: Administrator) -> Response:
    studio = studio_of(request)

    def read() -> tuple[Any, Any, int]:
        events = studio.store.events.list(caller.user, everybody=True, limit=SHOWN_EVENTS)
        return studio.store.queue.counts(), events, studio.store.users.count()

    counts, events, users = await anyio.to_thread.run_sync(read)
    settings = studio.settings
    tally = [(state, f"{counts.get(state, 0):,}") for state in ("queued", "running", "done", "failed")] + [("users", str(users))]
    facts = [
        ("version", __version__),
        ("python", f"{platform.python_version()}, {platform.system()} {platform.machine()}"),
        ("data", str(settings.data)),
        ("database", "SQLite" if settings.database_url.startswith("sqlite") else "PostgreSQL"),
        ("workers", str(settings.workers)),
        ("default_model", default_model(settings)),
        ("login", t("system.on") if settings.login else t("system.off")),
        (
            "limits",
            t("system.limits_are", bytes=f"{settings.max_upload_bytes / 1e6:.0f}", pixels=f"{settings.max_upload_pixels / 1e6:.0f}"),
        ),
    ]
    shown = [{"when": moment(event.created_at), "kind": event.kind, "subject": event.subject} for event in events]
    return page(request, caller, "system.html", here="studio", tab="system", tally=tally, facts=facts, events=shown)


def _noted(studio: Studio, caller: Caller, kind: str, subject: str) -> None:
    studio.store.events.record(caller.user, kind, subject)
