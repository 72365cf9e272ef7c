"""The service under audit, seen as any client of the OpenAI Images API sees it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np
from PIL import Image

from pochade.core.errors import InvalidRequestError, ProviderUnavailableError
from pochade.core.retrying import retry_after_s

MAX_PICTURE_BYTES = 64_000_000
MAX_PICTURE_PIXELS = 40_000_000
_REFUSAL_WORDS = ("policy", "moderation", "safety", "content_filter", "refus", "blocked")


@dataclass(frozen=True)
class Reply:
    """What the service answered.

    Attributes:
        status: HTTP status; 0 if it did not answer.
        body: the JSON object, or {} if it was none.
        pictures: the delivered files.
    """

    status: int
    body: dict[str, Any]
    pictures: tuple[bytes, ...] = ()

    @property
    def error(self) -> dict[str, Any]:
        """The error object, or {}."""
        found = self.body.get("error")
        return found if isinstance(found, dict) else {}

    @property
    def refused(self) -> bool:
        """Whether it declined for reasons of policy, not of form, and for this prompt, not for earlier ones."""
        if self.status == 429 or self.locked_out:
            return False
        said = " ".join(str(self.error.get(name) or "") for name in ("code", "type", "rule_id", "category")).lower()
        return 400 <= self.status < 500 and any(word in said for word in _REFUSAL_WORDS)

    @property
    def locked_out(self) -> bool:
        """Whether it answers none of our prompts any more, for what it refused before."""
        return "strikes-" in f"{self.error.get('rule_id')} {self.error.get('message')}"


@dataclass
class Endpoint:
    """An OpenAI-compatible service.

    Attributes:
        url: with or without a trailing `/v1`.
        key: sent as a bearer token; never written anywhere. None: none is sent.
        model: None: the service's own choice.
        size: of the pictures asked for, e.g. "512x512".
        timeout_s: longest time to wait for one answer.
        named: what a statement calls it; None: its address.
        patience_s: how long, in all, a service that is busy is asked again for one answer, as often as its Retry-After says.
    """

    url: str
    key: str | None = field(default=None, repr=False)
    model: str | None = None
    size: str = "512x512"
    timeout_s: float = 300.0
    named: str | None = None
    patience_s: float = 120.0

    def __post_init__(self) -> None:
        if not self.url.startswith(("http://", "https://")):
            raise InvalidRequestError(f"Got target {self.url!r}; http and https are accepted. Write http://127.0.0.1:8420, for one.")
        base = self.url.rstrip("/")
        self.base = base if base.endswith("/v1") else f"{base}/v1"
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        self._client = httpx.Client(headers=headers, timeout=self.timeout_s, follow_redirects=False)

    def close(self) -> None:
        self._client.close()

    def models(self) -> Reply:
        return self._reply("GET", "/models")

    def paint(self, prompt: Any, **options: Any) -> Reply:
        """Asks for pictures; `options` go into the body as they are."""
        body = {"prompt": prompt, "n": 1, "size": self.size, "response_format": "b64_json"}
        if self.model:
            body["model"] = self.model
        return self._reply("POST", "/images/generations", json=body | options)

    def post(self, path: str, content: bytes) -> Reply:
        """Sends bytes that claim to be JSON."""
        return self._reply("POST", path, content=content, headers={"Content-Type": "application/json"})

    def reach(self) -> Reply:
        """The list of models, or an error that says why there is none.

        Raises:
            ProviderUnavailableError: if nobody answers at this address.
            InvalidRequestError: if the key is not accepted.
        """
        reply = self.models()
        if reply.status == 0:
            raise ProviderUnavailableError(f"Nobody answers at {self.base}. Start the service, or correct --target.")
        if reply.status in (401, 403):
            raise InvalidRequestError(f"{self.base} answers {reply.status}: it wants a key. Name its variable with --key-env.")
        return reply

    def _reply(self, method: str, path: str, **how: Any) -> Reply:
        left_s = self.patience_s
        while True:
            try:
                answer = self._client.request(method, self.base + path, **how)
            except httpx.HTTPError:
                return Reply(0, {})
            wait_s = _wait_s(answer)
            # longer waits, such as those of strikes, are said instead: the case stays unclear
            if wait_s is None or wait_s > left_s:
                break
            left_s -= wait_s
            time.sleep(wait_s)
        try:
            body = answer.json()
        except ValueError:
            body = {}
        body = body if isinstance(body, dict) else {}
        return Reply(answer.status_code, body, tuple(_pictures(body)))


def _wait_s(answer: httpx.Response) -> float | None:
    """How long a service that has no time now asks us to wait; None if it does not."""
    if answer.status_code not in (429, 503) or answer.headers.get("x-should-retry") == "false":
        return None
    told_s = retry_after_s(answer.headers)
    # at least a little, so that a service that says 0 is not asked without end
    return None if told_s is None else max(0.5, told_s)


def _pictures(body: dict[str, Any]) -> list[bytes]:
    data = body.get("data")
    found = []
    for item in data if isinstance(data, list) else []:
        coded = item.get("b64_json") if isinstance(item, dict) else None
        if isinstance(coded, str) and len(coded) <= MAX_PICTURE_BYTES * 4 // 3:
            try:
                found.append(base64.b64decode(coded, validate=True))
            except binascii.Error:
                continue
    return found


def decoded(picture: bytes) -> Image.Image | None:
    """The picture in a file, in RGB; None if the file holds none that is accepted here."""
    try:
        with Image.open(io.BytesIO(picture), formats=("PNG", "JPEG", "WEBP")) as image:
            if image.width * image.height > MAX_PICTURE_PIXELS:
                return None
            return image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def pixel_hash(picture: bytes) -> str:
    """SHA-256 of the picture's (H, W, 3) uint8 pixels, which marks in the file do not change; "" if it is no picture."""
    image = decoded(picture)
    return hashlib.sha256(np.asarray(image).tobytes()).hexdigest() if image else ""
