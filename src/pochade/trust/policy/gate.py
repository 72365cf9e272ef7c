"""The layers in their order: organisation, rules, classifier, moderation; and strikes, log and appeals around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from pochade.trust.policy import classifier, disguises, rulebook
from pochade.trust.policy.classifier import Verdict
from pochade.trust.policy.decision import ALLOWED, Decision, refusal
from pochade.trust.policy.moderation import Moderation
from pochade.trust.policy.organisation import Organisation
from pochade.trust.policy.rulebook import Firing
from pochade.trust.policy.strikes import Strikes

if TYPE_CHECKING:
    from pochade.core.values import Picture


class DecisionSink(Protocol):
    """Where decisions are noted, e.g. `pochade.trust.decisions.DecisionLog`."""

    def record(self, decision: Decision, *, prompt: str, actor: str, image_given: bool) -> None: ...


OutputCheck = Callable[["Picture"], Decision]
"""Looks at a finished picture, (H, W, 3) uint8, sRGB."""


def check(
    prompt: str,
    *,
    image_given: bool = False,
    negative_prompt: str | None = None,
    organisation: Organisation | None = None,
    moderation: Moderation | None = None,
) -> Decision:
    """Whether `prompt` may be painted. Never raises: what cannot be checked is refused.

    Args:
        image_given: whether it changes a picture that somebody brought; stricter rules hold then.
        negative_prompt: what should not be seen; None: nothing said.
        organisation: additions and permissions of the organisation that asks; None: the standard rules only.
        moderation: an endpoint to ask too; None: nothing leaves this machine.
    """
    try:
        decision = _check(prompt, image_given, negative_prompt, organisation)
        return moderation.check(prompt) if decision.allowed and moderation else decision
    except Exception as error:  # fail closed: a fault in a layer must not open the gate
        return refusal(
            "unavailable-001",
            "unavailable",
            "The policy could not be checked",
            f"A part of the policy failed ({type(error).__name__}), and nothing is painted unchecked.",
            "Try again, and tell whoever runs this installation.",
            layer="unavailable",
        )


def _check(prompt: str, image_given: bool, negative_prompt: str | None, organisation: Organisation | None) -> Decision:
    pardons = organisation.pardons if organisation else None
    excuses = organisation.excuses if organisation else None
    books = [rulebook.standard()] + ([organisation.rulebook] if organisation and organisation.rulebook else [])
    texts = disguises.readings(prompt, rulebook.standard().slips)
    for text in texts:
        for book in books:
            if firings := book.firings(text, image_given=image_given, pardons=pardons, excuses=excuses):
                return _refused_by(firings[0], text)
    if negative_prompt and (firings := rulebook.unwanted().firings(negative_prompt)):
        return _refused_by(firings[0], negative_prompt)
    verdict = _verdict(prompt, organisation)
    if verdict is None:
        return ALLOWED
    category = rulebook.standard().categories[verdict.category]
    return refusal(
        f"classifier-{category.id}",
        category.id,
        category.name,
        category.why,
        category.instead,
        layer="classifier",
        absolute=category.absolute,
        score=verdict.probability,
    )


def _verdict(prompt: str, organisation: Organisation | None) -> Verdict | None:
    """What the classifier says; where nothing is absolute, to what the organisation leaves of the prompt."""
    verdict = classifier.standard().verdict(prompt)
    if verdict is None or organisation is None or rulebook.standard().categories[verdict.category].absolute:
        return verdict
    if organisation.pardons:
        verdict = classifier.standard().verdict(rulebook.standard().without(prompt, organisation.pardons))
    return None if verdict and f"classifier-{verdict.category}" in organisation.allowed_rules else verdict


def _refused_by(firing: Firing, text: str) -> Decision:
    category = firing.rule.category
    return refusal(
        firing.rule.id,
        category.id,
        category.name,
        firing.rule.why or category.why,
        category.instead,
        layer="organisation" if category.id == "organisation" else "rules",
        absolute=category.absolute,
        quotes=tuple(text[start:end] for start, end in firing.spans),
    )


@dataclass
class Gate:
    """The policy of one installation: what is checked, counted and noted. Safe to use from several threads.

    Attributes:
        organisation: None: the standard rules only.
        moderation: None: nothing leaves this machine.
        strikes: None: refusals are not counted.
        log: None: decisions are not noted.
        output_checks: look at each finished picture, in this order.
        admitted: requests come here a second time, after they were accepted: none is counted, and only a refusal is noted.
        appeals_at: tells where the pages for appeals are, as whoever asks reaches them, without a slash at the end; None: refusals name
            the command.
    """

    organisation: Organisation | None = None
    moderation: Moderation | None = None
    strikes: Strikes | None = None
    log: DecisionSink | None = None
    output_checks: list[OutputCheck] = field(default_factory=list)
    admitted: bool = False
    appeals_at: Callable[[], str] | None = None

    def again(self) -> Gate:
        """The same policy for what it has let in before, at the moment of painting."""
        return replace(self, strikes=None, admitted=True)

    def facing(self, *known_as: str) -> Gate:
        """The same policy for somebody with these names: nothing is counted against whom the strikes spare; all is decided and noted."""
        return replace(self, strikes=None) if self.strikes and self.strikes.spares(*known_as) else self

    def check(self, prompt: str, *, image_given: bool = False, negative_prompt: str | None = None, actor: str = "") -> Decision:
        """Decides, counts the refusal against `actor` (a key or user; "" for nobody in particular), and notes the decision."""
        decision = self.strikes.admit(actor) if self.strikes and actor else ALLOWED
        if decision.allowed:
            decision = check(
                prompt,
                image_given=image_given,
                negative_prompt=negative_prompt,
                organisation=self.organisation,
                moderation=self.moderation,
            )
        if self.strikes and actor:
            self.strikes.count(actor, decision)
        if self.log and not (self.admitted and decision.allowed):
            self.log.record(decision, prompt=prompt, actor=actor, image_given=image_given)
        return self._appealable(decision)

    def enforce(self, prompt: str, *, image_given: bool = False, negative_prompt: str | None = None, actor: str = "") -> Decision:
        """Like `check`, but raises.

        Raises:
            PolicyRefusedError: if it may not be painted.
            QuotaExceededError: if `actor` has to wait.
        """
        return _raised(self.check(prompt, image_given=image_given, negative_prompt=negative_prompt, actor=actor))

    def check_output(self, picture: Picture, *, prompt: str = "", actor: str = "") -> Decision:
        """Whether a finished picture may be delivered; a check that fails refuses it. `picture` is (H, W, 3) uint8, sRGB."""
        for look in self.output_checks:
            try:
                decision = look(picture)
            except Exception as error:  # fail closed
                decision = refusal(
                    "output-unavailable-001",
                    "unavailable",
                    "The finished picture could not be checked",
                    f"A check failed ({type(error).__name__}), and nothing is delivered unchecked.",
                    "Try again, and tell whoever runs this installation.",
                    layer="unavailable",
                )
            if not decision.allowed:
                if self.log:
                    self.log.record(decision, prompt=prompt, actor=actor, image_given=False)
                return self._appealable(decision)
        return ALLOWED

    def _appealable(self, decision: Decision) -> Decision:
        return decision.appealed_at(self.appeals_at()) if self.appeals_at else decision


def enforce(
    prompt: str,
    *,
    image_given: bool = False,
    negative_prompt: str | None = None,
    organisation: Organisation | None = None,
    moderation: Moderation | None = None,
) -> Decision:
    """Like `check`, but raises.

    Raises:
        PolicyRefusedError: if it may not be painted.
    """
    return _raised(
        check(prompt, image_given=image_given, negative_prompt=negative_prompt, organisation=organisation, moderation=moderation)
    )


def _raised(decision: Decision) -> Decision:
    if not decision.allowed:
        raise decision.error()
    return decision
