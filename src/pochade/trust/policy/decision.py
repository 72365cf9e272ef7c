"""The answer of the policy: allowed, or refused by a named rule, in words a person understands."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace

from pochade.core.errors import PolicyRefusedError, QuotaExceededError


@dataclass(frozen=True)
class Decision:
    """What the policy says to one request.

    Attributes:
        allowed: whether it may be painted.
        rule_id: the rule that fired, e.g. "sexual-minors-001"; "" if allowed.
        category: what the rule protects from, e.g. "sexual-minors"; "" if allowed.
        message: for a person: what fired, why, and what to do instead; "" if allowed.
        appeal: how to have it looked at again; "" if allowed.
        layer: which part of the policy decided: "rules", "classifier", "moderation", "organisation", "strikes", "output" or "unavailable".
        absolute: nobody can allow it.
        quotes: what was typed that made the rule fire.
        score: probability that the classifier gave to `category`, 0 to 1; None if it was not what decided.
        decision_id: names this decision in the log and in an appeal; "" if allowed.
        retry_after_s: seconds after which the same request may pass, for one that only came too soon; None: waiting does not help.
    """

    allowed: bool
    rule_id: str = ""
    category: str = ""
    message: str = ""
    appeal: str = ""
    layer: str = "rules"
    absolute: bool = False
    quotes: tuple[str, ...] = ()
    score: float | None = None
    decision_id: str = field(default="", compare=False)
    retry_after_s: float | None = None

    def error(self) -> PolicyRefusedError | QuotaExceededError:
        """The refusal as an error to raise."""
        if self.retry_after_s is not None:
            return QuotaExceededError(f"{self.message} {self.appeal}".strip(), self.retry_after_s)
        return PolicyRefusedError(f"{self.message} {self.appeal}".strip(), rule_id=self.rule_id, category=self.category, appeal=self.appeal)

    def appealed_at(self, pages: str) -> Decision:
        """The same, naming the page where to appeal instead of the command; `pages` is what comes before the decision's id."""
        if not self.decision_id:
            return self
        return replace(self, appeal=f"If this is a mistake, appeal at {pages}/{self.decision_id} and an administrator will see it.")


ALLOWED = Decision(allowed=True)


def refusal(
    rule_id: str,
    category: str,
    name: str,
    why: str,
    instead: str,
    *,
    layer: str,
    absolute: bool = False,
    quotes: tuple[str, ...] = (),
    score: float | None = None,
    retry_after_s: float | None = None,
) -> Decision:
    """A refusal with its sentences put together."""
    decision_id = secrets.token_hex(6)
    fired = f" What led to it: {', '.join(f'“{quote}”' for quote in quotes)}." if quotes else ""
    return Decision(
        allowed=False,
        rule_id=rule_id,
        category=category,
        message=f"Refused by rule {rule_id} ({name}). {why}{fired} {instead}",
        appeal=f'If this is a mistake, appeal: pochade audit appeal {decision_id} --because "..."; an administrator will see it.',
        layer=layer,
        absolute=absolute,
        quotes=quotes,
        score=score,
        decision_id=decision_id,
        retry_after_s=retry_after_s,
    )
