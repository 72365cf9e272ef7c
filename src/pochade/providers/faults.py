"""What a remote model's bad answer means, and where a remote model runs."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pochade.core.errors import PochadeError, PolicyRefusedError, ProviderUnavailableError, UnsupportedRequestError
from pochade.core.retrying import retry_after_s

if TYPE_CHECKING:
    from pochade.providers.wire import Endpoint

RETRY_S = 5.0
"""When to try again after a failure that names no time."""
COMPANIES = {
    "openai.com": "OpenAI",
    "openai.azure.com": "Microsoft Azure",
    "cognitiveservices.azure.com": "Microsoft Azure",
    "services.ai.azure.com": "Microsoft Azure",
    "googleapis.com": "Google",
}
"""Domain to the company that gets the prompts."""
POLICY_CODES = frozenset(
    ("moderation_blocked", "content_policy_violation", "content_filter", "contentfilter", "responsibleaipolicyviolation")
)
FIELDS = {"size": "size", "width": "size", "height": "size", "n": "n", "seed": "seed", "quality": "quality", "prompt": "prompt"}
"""Parameter names of the wire to field names of `GenerationRequest`'s errors, where those exist."""


def error_of(endpoint: Endpoint, status: int, headers: Mapping[str, str], body: bytes) -> PochadeError:
    """The error that an answer with a bad status means.

    A refusal by the other side's policy becomes PolicyRefusedError, other faults of the request UnsupportedRequestError,
    all else ProviderUnavailableError, with the time to wait where waiting helps.
    """
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        raw = {}
    said = Fault.read(raw)
    model = endpoint.model_id
    where = f"{model!r} at {endpoint.host}"
    reply = f" It said: {endpoint.redacted(said.message)}" if said.message else ""
    if said.is_policy and 400 <= status < 500:
        return refused(endpoint, said.message, said.code)
    if status in (401, 403) or said.code == "API_KEY_INVALID":
        fix = (
            f"Check the key in the environment variable {endpoint.api_key_env}."
            if endpoint.api_key_env
            else f"Name the environment variable that holds its key: pochade models add {model} --force --api-key-env NAME ..."
        )
        return ProviderUnavailableError(f"Model {where} does not accept the key (HTTP {status}). {fix}{reply}")
    if status in (404, 405) or 300 <= status < 400:
        return ProviderUnavailableError(
            f"Model {where} is not there (HTTP {status}). Check its base_url and remote_model with `pochade models list`.{reply}"
        )
    if status == 429 and said.code in ("insufficient_quota", "billing_hard_limit_reached"):
        return ProviderUnavailableError(f"Model {where} has no budget left. Raise it there, or choose another model.{reply}")
    if status in (408, 429) or status >= 500:
        wait = next(told for told in (retry_after_s(headers), said.retry_after_s, RETRY_S) if told is not None)
        what = "is asked too often just now" if status == 429 else f"has trouble (HTTP {status})"
        return ProviderUnavailableError(f"Model {where} {what}. Try again in {wait:.0f} s.{reply}", retry_after_s=wait)
    return UnsupportedRequestError(
        f"Model {where} does not accept the request (HTTP {status}). Change it, or choose another model.{reply}",
        field=FIELDS.get(said.param),
    )


def broken_off(endpoint: Endpoint, raw: object) -> PochadeError:
    """The error for a fault that is told in the middle of a stream."""
    said = Fault.read(raw)
    if said.is_policy:
        return refused(endpoint, said.message, said.code)
    return ProviderUnavailableError(
        f"Model {endpoint.model_id!r} at {endpoint.host} gave up while painting. Try again. It said: {said.message or 'nothing more'}",
        retry_after_s=said.retry_after_s or RETRY_S,
    )


def refused(endpoint: Endpoint, message: str, code: str) -> PolicyRefusedError:
    """The error for a prompt or picture that the other side's policy does not allow."""
    reply = f" It said: {message}" if message else ""
    return PolicyRefusedError(
        f"Model {endpoint.model_id!r} at {endpoint.host} refused this by its own policy. "
        f"Word it differently, or choose another model.{reply}",
        rule_id=code or "refused",
        category=f"policy of {runs_at(endpoint.base_url)}",
        appeal=f"This was decided by {runs_at(endpoint.base_url)}, not by Pochade; ask there.",
    )


@dataclass(frozen=True)
class Fault:
    """What an error answer says, read from any of the shapes in use.

    Attributes:
        retry_after_s: from the body, where Google puts it; None if it is not there.
    """

    message: str = ""
    code: str = ""
    param: str = ""
    retry_after_s: float | None = None
    is_policy: bool = False

    @classmethod
    def read(cls, raw: object) -> Fault:
        """OpenAI `{"error": {message, code, param}}`, Google `{"error": {message, status, details}}`, FastAPI `{"detail": ...}`."""
        if not isinstance(raw, dict):
            return cls()
        error = raw.get("error")
        if not isinstance(error, dict):
            detail = raw.get("detail") or raw.get("errors") or raw.get("message") or error or ""
            return cls(shortened(detail if isinstance(detail, str) else json.dumps(detail)))
        listed = error.get("details")
        details = [detail for detail in listed if isinstance(detail, dict)] if isinstance(listed, list) else []
        codes = [*(detail.get("reason") for detail in details), error.get("code"), error.get("status"), error.get("type")]
        inner = error.get("innererror") or error.get("inner_error")
        if isinstance(inner, dict):
            codes.append(inner.get("code"))
        names = [code for code in codes if isinstance(code, str)]
        policy = [name for name in names if name.lower() in POLICY_CODES]
        return cls(
            message=shortened(str(error.get("message") or "")),
            code=(policy or names or [""])[0],
            param=str(error.get("param") or ""),
            retry_after_s=_retry_delay_s(details),
            is_policy=bool(policy),
        )


def runs_at(base_url: str) -> str:
    """Where prompts go that are sent there: "this machine", "this network", a company, or the host's name."""
    host = (urlsplit(base_url).hostname or "").lower()
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        if host == "localhost" or host.endswith(".localhost"):
            return "this machine"
        if "." not in host or host.endswith((".local", ".lan", ".internal", ".home.arpa")):
            return "this network"
        return next((name for domain, name in COMPANIES.items() if host == domain or host.endswith("." + domain)), host)
    if address.is_loopback:
        return "this machine"
    return "this network" if address.is_private else host


def is_near(place: str) -> bool:
    """True if `place`, as `runs_at` gives it, is in the owner's own hands."""
    return place in ("this machine", "this network")


def missing_key(model_id: str, variable: str) -> str:
    """How to give a model its key, in one line."""
    return (
        f"Model {model_id!r} needs a key in the environment variable {variable}, which is not set. "
        f"Set it where Pochade runs (export {variable}=... in the shell that starts it), then try again."
    )


def shortened(text: str, length: int = 300) -> str:
    """One line of at most `length` characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def _retry_delay_s(details: list[dict[str, Any]]) -> float | None:
    """Source: google.rpc.RetryInfo in JSON, `retryDelay` such as "34s"."""
    for detail in details:
        with suppress(ValueError):
            return float(str(detail.get("retryDelay")).removesuffix("s"))
    return None
