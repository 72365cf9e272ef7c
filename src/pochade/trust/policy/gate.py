"""The one question the rest of Pochade asks: may this be painted?"""

from __future__ import annotations

from pochade.trust.policy import rulebook
from pochade.trust.policy.decision import ALLOWED, Decision, refusal
from pochade.trust.policy.rulebook import Firing


def check(prompt: str, *, image_given: bool = False, organisation: object | None = None) -> Decision:
    """Whether `prompt` may be painted; `image_given` if it changes a picture that somebody brought."""
    firings = rulebook.standard().firings(prompt, image_given=image_given)
    return refused_by(firings[0], prompt) if firings else ALLOWED


def enforce(prompt: str, *, image_given: bool = False, organisation: object | None = None) -> Decision:
    """Like `check`, but raises.

    Raises:
        PolicyRefusedError: if it may not be painted.
    """
    decision = check(prompt, image_given=image_given, organisation=organisation)
    if not decision.allowed:
        raise decision.error()
    return decision


def refused_by(firing: Firing, prompt: str) -> Decision:
    """The refusal that a firing rule amounts to."""
    category = firing.rule.category
    return refusal(
        firing.rule.id,
        category.id,
        category.name,
        firing.rule.why or category.why,
        category.instead,
        layer="rules",
        absolute=category.absolute,
        quotes=tuple(prompt[start:end] for start, end in firing.spans),
    )
