"""What may be painted: layers of rules as data, each refusal with a rule id, a reason and an appeal."""

from pochade.trust.policy.decision import Decision
from pochade.trust.policy.gate import check, enforce

__all__ = ["Decision", "check", "enforce"]
