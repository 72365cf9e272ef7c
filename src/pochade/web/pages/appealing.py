"""Appeals: whoever was refused says why that is a mistake, an administrator reads it and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from pochade.core.errors import InvalidRequestError, NotFoundError
from pochade.store import User
from pochade.trust.decisions import DecisionLog, find
from pochade.trust.policy.appeals import MAX_REASON_CHARS, Appeal, appeal
from pochade.trust.policy.installation import answer_appeal, installation_appeals
from pochade.web.auth import Caller, administrator, csrf_protected, person
from pochade.web.pages import fields
from pochade.web.pages.rendering import PageRoute, moment, page
from pochade.web.pages.words import t
from pochade.web.state import Studio, studio_of

router = APIRouter(include_in_schema=False, route_class=PageRoute)
Person = Annotated[Caller, Depends(person)]
Administrator = Annotated[Caller, Depends(administrator)]
ANSWERS = {"grant": "granted", "uphold": "upheld"}
SHOWN_ANSWERED = 100
UNKNOWN: Mapping[str, Any] = {}


@dataclass(frozen=True)
class AppealView:
    """An appeal as an administrator reads it.

    Attributes:
        who: name of the user who was refused; "" where nobody knows.
        rule: id of the rule that fired, "" if the log does not tell any more.
        prompt: what was asked for, where the log keeps it in clear; else "".
    """

    decision_id: str
    because: str
    filed: str
    answer: str
    who: str
    rule: str
    category: str
    decided: str
    prompt: str


# --- whoever was refused --------------------------------------------------------------------------------------


@router.get("/appeals/{decision_id}")
async def appeal_page(request: Request, decision_id: str, caller: Person) -> Response:
    return await _form(request, caller, decision_id)


@router.post("/appeals", dependencies=[Depends(csrf_protected)])
async def file_appeal(request: Request, caller: Person) -> Response:
    """Files an appeal against a refusal of the caller's own, once."""
    raw = await request.form()
    decision_id, because = fields.text(raw, "decision_id").strip(), fields.text(raw, "because")
    studio = studio_of(request)

    def write() -> None:
        _decision(studio, caller, decision_id)
        if _filed(decision_id) is None:  # sent twice: the first word stands, and an answer is not undone
            appeal(decision_id, because, installation_appeals(), caller.user.id)
            studio.store.events.record(caller.user, "appeal.file", decision_id)

    try:
        await anyio.to_thread.run_sync(write)
    except InvalidRequestError as error:
        if "text/html" not in request.headers.get("accept", ""):
            raise
        return await _form(request, caller, decision_id, 400, because=because, errors={error.field or "because": str(error)})
    if "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"told": t("appeal.filed")})
    return RedirectResponse(f"/appeals/{decision_id}", 303)


async def _form(request: Request, caller: Caller, decision_id: str, status: int = 200, **context: Any) -> Response:
    def read() -> tuple[Mapping[str, Any], Appeal | None]:
        return _decision(studio_of(request), caller, decision_id), _filed(decision_id)

    entry, filed = await anyio.to_thread.run_sync(read)
    given = {"because": "", **context}
    rule = entry.get("rule_id", "")
    return page(request, caller, "appeal.html", status, decision_id=decision_id, rule=rule, filed=filed, most=MAX_REASON_CHARS, **given)


def _filed(decision_id: str) -> Appeal | None:
    return next((one for one in installation_appeals().all() if one.decision_id == decision_id), None)


def _decision(studio: Studio, caller: Caller, decision_id: str) -> Mapping[str, Any]:
    """The refusal in the decision log.

    Raises:
        NotFoundError: if there is none, or it is somebody else's.
    """
    entry = _logged(studio, [decision_id]).get(decision_id) if decision_id else None
    if entry is None or entry["allowed"] or entry["actor"] not in ("", _log(studio).keyed(caller.user.id)):
        raise NotFoundError(f"There is no refusal {decision_id!r:.40} of yours. Open the address that stands in the refusal.")
    return entry


def _log(studio: Studio) -> DecisionLog:
    log = studio.jobs.gate.log
    assert isinstance(log, DecisionLog), "the studio is opened with the installation's gate"
    return log


def _logged(studio: Studio, decision_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    return find(_log(studio).path, decision_ids)


# --- administrators -------------------------------------------------------------------------------------------


@router.get("/appeals")
async def appeals_page(request: Request, caller: Administrator, answered: str = "") -> Response:
    studio = studio_of(request)
    shown = await anyio.to_thread.run_sync(_views, studio, caller)
    return page(
        request,
        caller,
        "appeals.html",
        here="studio",
        tab="appeals",
        waiting=[one for one in shown if not one.answer],
        answered=[one for one in reversed(shown) if one.answer][:SHOWN_ANSWERED],
        notice=t(f"appeals.now_{answered}") if answered in ANSWERS.values() else "",
    )


@router.post("/appeals/{decision_id}/answer", dependencies=[Depends(csrf_protected)])
async def answer(request: Request, decision_id: str, caller: Administrator) -> Response:
    """Grants an appeal, which takes back the strikes of whoever was refused, or lets the refusal stand."""
    how = fields.text(await request.form(), "answer")
    if how not in ANSWERS:
        raise InvalidRequestError(f"Got {how!r:.40} as answer; grant and uphold are accepted. Choose one.", "answer")
    studio = studio_of(request)

    def write() -> None:
        if _filed(decision_id) is None:
            raise NotFoundError(f"There is no appeal against {decision_id!r:.40}. The page Appeals lists all.")
        answer_appeal(decision_id, ANSWERS[how], studio.jobs.gate)
        studio.store.events.record(caller.user, f"appeal.{how}", decision_id)

    await anyio.to_thread.run_sync(write)
    return RedirectResponse(f"/appeals?answered={ANSWERS[how]}", 303)


def _views(studio: Studio, caller: Caller) -> list[AppealView]:
    """All appeals, the oldest first."""
    filed = list(installation_appeals().all())
    entries, users = _logged(studio, [one.decision_id for one in filed]), _users(studio, caller)
    shown = []
    for one in filed:
        entry = entries.get(one.decision_id, UNKNOWN)
        user = _actor(one, entry, users)
        shown.append(
            AppealView(
                decision_id=one.decision_id,
                because=one.because,
                filed=_moment(one.filed_at),
                answer=one.answer,
                who=user.name if user else "",
                rule=entry.get("rule_id", ""),
                category=entry.get("category", ""),
                decided=_moment(entry["at"]) if entry else "",
                prompt=entry.get("prompt", ""),
            )
        )
    return shown


def _users(studio: Studio, caller: Caller) -> dict[str, User]:
    """Users by their id, and by what the decision log calls them."""
    users = studio.store.users.list(caller.user)
    return {user.id: user for user in users} | {_log(studio).keyed(user.id): user for user in users}


def _actor(filed: Appeal, entry: Mapping[str, Any], users: Mapping[str, User]) -> User | None:
    """Who was refused: as the log says; else who appealed."""
    return users.get(entry.get("actor", "")) or users.get(filed.actor)


def _moment(iso: str) -> str:
    return moment(datetime.fromisoformat(iso).timestamp())
