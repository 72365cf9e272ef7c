"""Templates: one environment, and what every page is given."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pochade import __version__
from pochade.core.errors import PochadeError
from pochade.trust.policy.installation import installation_appeals
from pochade.web.api.errors import Answer
from pochade.web.api.work import notices_for
from pochade.web.auth import Caller, LoginRequiredError
from pochade.web.pages.words import for_scripts, t
from pochade.web.state import studio_of

TEMPLATES = Path(__file__).parent / "templates"
THEME_COOKIE = "pochade_theme"
_APPEAL = re.compile(r"appeal at \S*/appeals/([0-9a-f]{12})")


@cache
def environment() -> Environment:
    """The templates, with escaping on and a misspelt name an error."""
    made = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.globals.update(
        t=t, static=static, script_words=for_scripts(), errors={}, notice="", appealable=appealable, open_appeals=open_appeals
    )
    return made


def static(path: str) -> str:
    """URL of a file in `static/`; another version of Pochade has other URLs, so browsers may keep the files."""
    return f"/static/{__version__}/{path}"


def page(request: Request, caller: Caller | None, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A whole page, or a part of one (templates under `parts/`)."""
    theme = request.cookies.get(THEME_COOKIE)
    html = (
        environment()
        .get_template(template)
        .render(
            user=caller.user if caller else None,
            csrf=caller.csrf_token if caller else "",
            theme=theme if theme in ("light", "dark") else None,
            notices=notices_for(studio_of(request), caller),
            **{"here": "", **context},
        )
    )
    return HTMLResponse(html, status)


def appealable(message: str) -> tuple[str, str, str]:
    """A refusal's text before the address where to appeal, the decision's id, and the text after it; without one: "", ""."""
    found = _APPEAL.search(message)
    return (message[: found.start()], found[1], message[found.end() :]) if found else (message, "", "")


def open_appeals() -> int:
    """How many appeals nobody has answered yet."""
    return sum(not one.answer for one in installation_appeals().all())


class PageRoute(APIRoute):
    """A route whose refusals a person reads as a page; scripts, which ask for JSON, get them as the API's clients do."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await answer(request)
            except LoginRequiredError:
                raise
            except (PochadeError, RequestValidationError) as error:
                if "text/html" not in request.headers.get("accept", ""):
                    raise
                told = Answer.of(error)
                title = t("problem.missing") if told.status == 404 else t("problem.title")
                return page(request, None, "problem.html", told.status, title=title, message=told.body.message)
            finally:
                await request.close()  # uploaded files

        return answered


def day(timestamp: float) -> str:
    """A time as a date, "21 November 2026"."""
    moment = datetime.fromtimestamp(timestamp, UTC)
    return f"{moment.day} {t(f'month.{moment.month}')} {moment.year}"


def moment(timestamp: float) -> str:
    """A time to the minute, in UTC; with words where it is recent."""
    ago = time.time() - timestamp
    if ago < 60:
        return t("time.now")
    if ago < 3600:
        return t("time.minutes", n=int(ago // 60))
    return f"{day(timestamp)}, {datetime.fromtimestamp(timestamp, UTC):%H:%M} UTC"


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 10:
        return t("js.seconds", n=f"{seconds:.1f}")
    return t("js.seconds", n=round(seconds)) if seconds < 90 else t("js.minutes", n=round(seconds / 60))
