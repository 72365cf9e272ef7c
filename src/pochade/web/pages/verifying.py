"""The page Verify, for everybody: whether a machine made a file, and how that shows. Nothing that is sent is kept."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, File, Request, Response, UploadFile

from pochade.core.errors import InvalidRequestError
from pochade.web.api.errors import Answer, Refusal
from pochade.web.api.verification import MEDIA_TYPES, ReportFormat, examined, report_of
from pochade.web.auth import Caller, visitor
from pochade.web.pages.rendering import PageRoute, page
from pochade.web.pages.words import t
from pochade.web.state import studio_of

if TYPE_CHECKING:
    from pochade.trust.verify import Verdict

router = APIRouter(include_in_schema=False, route_class=PageRoute)
Visitor = Annotated[Caller | None, Depends(visitor)]
TONES = {
    "signed": ("check", "good"),
    "signed by others": ("info", ""),
    "tampered": ("alert", "bad"),
    "marked": ("check", "good"),
    "claimed": ("info", ""),
    "nothing": ("info", ""),
    "unreadable": ("alert", "bad"),
}
"""Icon and colour of each conclusion."""


@dataclass(frozen=True)
class VerdictView:
    """A verdict as the page shows it.

    Attributes:
        title: the conclusion, for people.
        icon, tone: of the conclusion.
        techniques: name and finding of each technique, and whether it fired.
        rows: what was found, one labelled line each.
        recipe: labelled lines of the recipe; empty: there is none.
        recipe_json: the whole of it, indented.
        reports: format of each signed report to its `data:` URL, so that nothing has to be kept here.
        unsigned: why there are none, or "".
    """

    name: str
    title: str
    sentence: str
    icon: str
    tone: str
    techniques: list[tuple[str, str, bool]]
    rows: list[tuple[str, str]]
    recipe: list[tuple[str, str]]
    recipe_json: str
    reports: dict[str, str]
    unsigned: str


@router.get("/verify")
async def verify_page(request: Request, caller: Visitor) -> Response:
    return _page(request, caller)


@router.post("/verify")
async def verify(request: Request, caller: Visitor, file: Annotated[UploadFile | None, File()] = None) -> Response:
    try:
        name, verdict = await examined(request, file)
    except (InvalidRequestError, Refusal) as error:
        if "text/html" not in request.headers.get("accept", ""):
            raise
        told = Answer.of(error)
        answer = _page(request, caller, told.status, errors={"file": told.body.message})
        answer.headers.update(told.headers)
        return answer
    return _page(request, caller, verdict=await _view(name, verdict))


def _page(request: Request, caller: Caller | None, status: int = 200, **context: Any) -> Response:
    megabytes = f"{studio_of(request).settings.max_upload_bytes / 1e6:.0f}"
    return page(request, caller, "verify.html", status, here="studio", tab="verify", megabytes=megabytes, **{"verdict": None, **context})


async def _view(name: str, verdict: Verdict) -> VerdictView:
    from pochade.trust.report import rows

    reports, unsigned = {}, ""
    try:
        for format in MEDIA_TYPES:
            reports[format] = _data_url(await report_of(name, verdict, format), format)
    except Refusal as refusal:
        reports, unsigned = {}, str(refusal)
    icon, tone = TONES[verdict.conclusion]
    recipe = json.loads(verdict.findings.recipe) if verdict.findings.recipe else {}
    return VerdictView(
        name=name,
        title=t(f"verdict.{verdict.conclusion.replace(' ', '_')}"),
        sentence=verdict.sentence,
        icon=icon,
        tone=tone,
        techniques=_techniques(verdict),
        rows=[(label, value) for label, value in rows(verdict) if label != "recipe"],
        recipe=_recipe(recipe),
        recipe_json=json.dumps(recipe, indent=2, ensure_ascii=False),
        reports=reports,
        unsigned=unsigned,
    )


def _techniques(verdict: Verdict) -> list[tuple[str, str, bool]]:
    found = verdict.findings
    manifest, watermark = found.manifest, found.watermark
    said = {
        "manifest": t(f"technique.{manifest.state}") if manifest else "",
        "watermark": t("technique.not_searched") if watermark is None or not watermark.searched else "",
        "metadata": found.source_type or "",
        "recipe": t("technique.same_pixels") if found.same_pixels else "",
    }
    fired = {name: name in verdict.techniques for name in said}
    return [(name, said[name] or t("technique.found" if fired[name] else "technique.none"), fired[name]) for name in said]


def _recipe(recipe: dict[str, Any]) -> list[tuple[str, str]]:
    if not recipe:
        return []
    facts = {
        "model": recipe["model_id"],
        "size": f"{recipe['width_px']} × {recipe['height_px']}",
        "seed": recipe["seed"],
        "quality": t(f"quality.{recipe['quality']}"),
        **{name: value for name, value in recipe["settings"].items() if value is not None},
    }
    return [(t("paint.prompt"), recipe["prompt"]), *((t(f"fact.{name}"), str(value)) for name, value in facts.items())]


def _data_url(data: bytes, format: ReportFormat) -> str:
    return f"data:{MEDIA_TYPES[format]};base64,{base64.b64encode(data).decode()}"
