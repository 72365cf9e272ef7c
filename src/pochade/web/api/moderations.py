"""`/v1/moderations`: what the policy of this server says to a text."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated

import anyio.to_thread
from fastapi import APIRouter, Depends, Request

from pochade.web.api.errors import error_responses
from pochade.web.api.schemas import Moderation, ModerationAnswer, ModerationBody
from pochade.web.auth import Caller, caller_with
from pochade.web.middleware import SMALL_BODIES
from pochade.web.state import studio_of

if TYPE_CHECKING:
    from pochade.trust.policy import Decision

router = APIRouter(prefix="/v1/moderations", tags=["openai"])
MODEL = "pochade-policy"
OPENAI_CATEGORIES = (
    "harassment",
    "harassment/threatening",
    "hate",
    "hate/threatening",
    "illicit",
    "illicit/violent",
    "self-harm",
    "self-harm/instructions",
    "self-harm/intent",
    "sexual",
    "sexual/minors",
    "violence",
    "violence/graphic",
)
"""Source: the `openai` package 3.52.0, types/moderation.py."""
TO_OPENAI = {"sexual-minors": "sexual/minors"}
"""Categories of the policy that have another name there; all others keep their own."""


@router.post(
    "",
    summary="Judge texts by this server's policy",
    max_body_size=SMALL_BODIES["/v1/moderations"],
    responses=error_responses(400, 401, 403),
)
async def moderate(request: Request, body: ModerationBody, _: Annotated[Caller, Depends(caller_with("read"))]) -> ModerationAnswer:
    organisation = studio_of(request).jobs.gate.organisation
    texts = [body.input] if isinstance(body.input, str) else body.input

    def judge() -> list[Decision]:
        from pochade.trust.policy import check  # its rules take a moment to load, so not before they are needed

        return [check(text, organisation=organisation) for text in texts]

    decisions = await anyio.to_thread.run_sync(judge)
    return ModerationAnswer(id=f"modr-{secrets.token_hex(12)}", model=MODEL, results=[judged(decision) for decision in decisions])


def judged(decision: Decision) -> Moderation:
    """A decision in OpenAI's words. The rules are certain or silent, so a score is 1 or 0 unless a classifier gave one."""
    fired = TO_OPENAI.get(decision.category, decision.category)
    names = [*OPENAI_CATEGORIES, *([fired] if fired and fired not in OPENAI_CATEGORIES else [])]
    score = 1.0 if decision.score is None else decision.score
    return Moderation(
        flagged=not decision.allowed,
        categories={name: name == fired for name in names},
        category_scores={name: score if name == fired else 0.0 for name in names},
        category_applied_input_types={name: ["text"] for name in names},
        rule_id=decision.rule_id or None,
    )
