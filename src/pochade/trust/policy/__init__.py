"""What may be painted: layers of rules as data, each refusal with a rule id, a reason and an appeal."""

from pochade.trust.policy.appeals import Appeal, AppealFile, AppealSink, appeal
from pochade.trust.policy.decision import ALLOWED, Decision
from pochade.trust.policy.gate import DecisionSink, Gate, OutputCheck, check, enforce
from pochade.trust.policy.moderation import Moderation
from pochade.trust.policy.organisation import Organisation, load_organisation, organisation
from pochade.trust.policy.strikes import Strikes

__all__ = [
    "ALLOWED",
    "Appeal",
    "AppealFile",
    "AppealSink",
    "Decision",
    "DecisionSink",
    "Gate",
    "Moderation",
    "Organisation",
    "OutputCheck",
    "Strikes",
    "appeal",
    "check",
    "enforce",
    "load_organisation",
    "organisation",
]
