"""What an organisation adds to the standard rules: what else it refuses, and what it allows that the standard rules refuse."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pochade.core.errors import InvalidRequestError
from pochade.trust.policy.phrases import PhraseBook
from pochade.trust.policy.rulebook import ANY, Rule, Rulebook, standard

_CATEGORY = {
    "id": "organisation",
    "name": "A rule of your organisation",
    "absolute": False,
    "why": "Your organisation does not allow this here.",
    "instead": "Ask whoever runs this installation.",
}
_FIELDS = ("name", "deny", "allow_rules", "allow_phrases")


@dataclass(frozen=True)
class Organisation:
    """An organisation's own policy.

    Attributes:
        name: shown in refusals.
        rulebook: what it denies, as rules `organisation-001`, ...; None: nothing beyond the standard.
        allowed_rules: ids of standard rules (or "classifier-" and a category) that do not count; never those of an absolute category.
        pardons: phrases whose words count for nothing, except in absolute categories.
    """

    name: str
    rulebook: Rulebook | None = None
    allowed_rules: frozenset[str] = field(default_factory=frozenset)
    pardons: PhraseBook | None = None

    def excuses(self, rule: Rule) -> bool:
        """Whether this organisation has switched the rule off."""
        return rule.id in self.allowed_rules and not rule.category.absolute


def organisation(raw: Mapping[str, Any]) -> Organisation:
    """An organisation's policy from the contents of its file.

    Raises:
        InvalidRequestError: for an unknown field, an unknown rule id, or a rule that nobody can switch off.
    """
    if odd := sorted(set(raw) - set(_FIELDS)):
        raise InvalidRequestError(f"Got {odd[0]!r} in an organisation's policy; accepted: {', '.join(_FIELDS)}. Correct it.", field=odd[0])
    if not isinstance(raw.get("name"), str) or not raw["name"].strip():
        raise InvalidRequestError(f"Got {raw.get('name')!r} as the organisation's name; a name is needed. Set `name`.", field="name")
    by_rule = {rule.id: rule.category for rule in standard().rules}
    by_rule |= {f"classifier-{category.id}": category for category in standard().categories.values()}
    for rule_id in raw.get("allow_rules", ()):
        if rule_id not in by_rule:
            raise InvalidRequestError(f"Got rule id {rule_id!r}, which no rule has. List them: pochade audit rules.", field="allow_rules")
        if by_rule[rule_id].absolute:
            raise InvalidRequestError(
                f"Got rule id {rule_id!r} under allow_rules; rules about {by_rule[rule_id].name.lower()} hold for everybody. "
                "Take it out of the list.",
                field="allow_rules",
            )
    pardons = PhraseBook()
    pardons.add(ANY, raw.get("allow_phrases", ()), benign=True)
    return Organisation(raw["name"], _denials(raw.get("deny", ())), frozenset(raw.get("allow_rules", ())), pardons)


def load_organisation(path: Path) -> Organisation:
    """Reads an organisation's policy from a TOML file.

    Raises:
        InvalidRequestError: if it cannot be read, or holds what `organisation` does not accept.
    """
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidRequestError(f"The organisation's policy {path} cannot be read ({error}). Correct it, or its path.") from error
    return organisation(raw)


def _denials(phrases: Any) -> Rulebook | None:
    if not phrases:
        return None
    rulebook = Rulebook()
    concepts = {f"denied_{number:03}": [phrase] for number, phrase in enumerate(phrases, start=1)}
    rules = [{"id": f"organisation-{number:03}", "all_of": [concept]} for number, concept in enumerate(concepts, start=1)]
    rulebook.add({"category": _CATEGORY, "concepts": concepts, "rules": rules})
    return rulebook.seal()
