"""A second opinion from any `/v1/moderations` endpoint. What cannot be asked is refused."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from typing import Any

from pochade.trust.policy.decision import ALLOWED, Decision, refusal

_ABSOLUTE = {"sexual/minors"}


@dataclass(frozen=True)
class Moderation:
    """An OpenAI-compatible moderation endpoint.

    Attributes:
        base_url: up to and including `/v1`.
        model: as its vendor calls it; None: the endpoint's own choice.
        key_env: name of the environment variable that holds the key; None: no key.
        timeout_s: longest time to wait for an answer.

    Source: OpenAI API reference, Moderations.
    """

    base_url: str
    model: str | None = None
    key_env: str | None = None
    timeout_s: float = 5.0

    def check(self, prompt: str) -> Decision:
        """What the endpoint says to a prompt; a refusal `moderation-unavailable-001` if it says nothing."""
        return self._ask(prompt)

    def check_picture(self, png: bytes) -> Decision:
        """What the endpoint says to a picture; needs a model that reads pictures."""
        url = f"data:image/png;base64,{base64.b64encode(png).decode()}"
        return self._ask([{"type": "image_url", "image_url": {"url": url}}])

    def _ask(self, what: Any) -> Decision:
        import httpx

        body = {"input": what} | ({"model": self.model} if self.model else {})
        headers = {}
        if self.key_env:
            if not (key := os.environ.get(self.key_env)):
                return self._unavailable(f"the environment variable {self.key_env} holds no key")
            headers["Authorization"] = f"Bearer {key}"
        try:
            answer = httpx.post(f"{self.base_url.rstrip('/')}/moderations", json=body, headers=headers, timeout=self.timeout_s)
            answer.raise_for_status()
            result = answer.json()["results"][0]
            flagged = bool(result["flagged"])
            categories = sorted(name for name, fired in (result.get("categories") or {}).items() if fired)
        except (httpx.HTTPError, ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
            return self._unavailable(type(error).__name__)
        if not flagged:
            return ALLOWED
        category = categories[0] if categories else "unspecified"
        return refusal(
            f"moderation-{category.replace('/', '-')}",
            category,
            "The moderation service of this installation",
            f"It found: {', '.join(categories) or 'no category given'}.",
            "Change the request.",
            layer="moderation",
            absolute=bool(_ABSOLUTE & set(categories)),
        )

    def _unavailable(self, why: str) -> Decision:
        return refusal(
            "moderation-unavailable-001",
            "unavailable",
            "The moderation service did not answer",
            f"This installation paints nothing that {self.base_url} has not looked at ({why}).",
            "Try again later, or ask whoever runs this installation.",
            layer="unavailable",
        )
