"""Image models of the Gemini API."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
from collections.abc import AsyncIterator, Mapping
from typing import Any

from pochade.core.errors import ProviderUnavailableError
from pochade.core.values import Capabilities, FinishedImage, GenerationEvent, GenerationRequest, Notice, Progress
from pochade.providers.faults import RETRY_S, refused, runs_at, shortened
from pochade.providers.wire import MAX_BYTES_PER_PICTURE, Endpoint, fitted, png

DEFAULT_BASE_URL = "https://generativelanguage.googleapis.com/v1beta"
ASPECTS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
"""What every image model of the family accepts as `imageConfig.aspectRatio`."""
IMAGE_SIZES = {"1K": 1024, "2K": 2048, "4K": 4096}
"""`imageConfig.imageSize` to the side of the square of that area, in pixels."""
ONE_SIZE = "gemini-2"
"""Models whose names begin so paint at 1K only, and know no `imageSize`."""
REFUSALS = frozenset(
    (
        "SAFETY",
        "IMAGE_SAFETY",
        "PROHIBITED_CONTENT",
        "IMAGE_PROHIBITED_CONTENT",
        "BLOCKLIST",
        "SPII",
        "RECITATION",
        "IMAGE_RECITATION",
    )
)
"""Values of `finishReason` that are a decision about the content. Source: Gemini API reference, `FinishReason`."""


class GeminiImages:
    """A model that is asked by `POST /models/NAME:generateContent`. It has sizes of its own; its pictures are cut and shrunk to fit.

    Args:
        endpoint: its `base_url` ends in the version, `/v1beta`.
        remote_model: for example "gemini-3.1-flash-image".
        declared: fields of `Capabilities` that are known better than guessed here.
    """

    def __init__(self, endpoint: Endpoint, remote_model: str, *, declared: Mapping[str, Any] | None = None):
        self.model_id = endpoint.model_id
        self.endpoint = endpoint
        self.remote_model = remote_model
        place = runs_at(endpoint.base_url)
        side = 1024 if remote_model.startswith(ONE_SIZE) else 4096
        guessed = Capabilities(
            summary=f"{remote_model} at {endpoint.host}",
            max_side_px=side,
            side_multiple_px=1,
            max_pixels=side * side,
            previews=False,
            from_image=True,
            runs_at=place,
            price_usd=None,
            licence=f"terms of {place}; invisibly watermarked (SynthID)" if place == "Google" else "",
        )
        self.capabilities = dataclasses.replace(guessed, **(declared or {}))

    async def generate(self, request: GenerationRequest) -> AsyncIterator[GenerationEvent]:
        """See `ImageProvider.generate`. One call per picture; `strength` has no counterpart there."""
        self.capabilities.check(request)
        key = self.endpoint.key()
        async with self.endpoint.client({"x-goog-api-key": key} if key else {}) as client:
            for index in range(request.num_images):
                yield Progress(0.0, index=index)
                content = await asyncio.to_thread(self._content, request, index)
                raw = await self.endpoint.call(
                    client, "POST", f"/models/{self.remote_model}:generateContent", 2 * MAX_BYTES_PER_PICTURE, json=content
                )
                delivered, file = await asyncio.to_thread(self.endpoint.picture, self._encoded(raw))
                picture = await asyncio.to_thread(fitted, delivered, request.width_px, request.height_px)
                yield Progress(1.0, index=index)
                if picture.shape != delivered.shape:
                    came, cut = (f"{shape[1]}x{shape[0]}" for shape in (delivered.shape, picture.shape))
                    yield Notice(f"{self.model_id} painted {came}; cut and scaled to {cut}.", index=index)
                version = raw.get("modelVersion") if isinstance(raw.get("modelVersion"), str) else self.remote_model
                yield FinishedImage(
                    picture,
                    request.seed + index,
                    versions={"remote_model": version},
                    backend=self.endpoint.host,
                    index=index,
                    original=file,
                )

    def _content(self, request: GenerationRequest, index: int) -> dict[str, Any]:
        parts: list[dict[str, Any]] = [{"text": request.prompt}]
        if request.image is not None:
            parts.insert(0, {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(png(request.image)).decode()}})
        return {
            "contents": [{"role": "user", "parts": parts}],
            "generationConfig": {
                "responseModalities": ["IMAGE"],
                "seed": (request.seed + index) & 0x7FFFFFFF,  # int32 on the wire
                "imageConfig": image_config(self.remote_model, request.width_px, request.height_px),
            },
        }

    def _encoded(self, raw: object) -> str:
        """The base64 of the finished picture in an answer; drafts that the model thought up on the way are passed over.

        Raises:
            PolicyRefusedError: if prompt or picture were blocked.
            ProviderUnavailableError: if there is no picture for another reason.
        """
        if not isinstance(raw, dict):
            raise self.endpoint.garbled("no object")
        feedback = raw.get("promptFeedback")
        blocked = feedback.get("blockReason") if isinstance(feedback, dict) else None
        if blocked:
            raise refused(self.endpoint, f"prompt blocked, {blocked}", str(blocked))
        candidates = raw.get("candidates")
        candidate = candidates[0] if isinstance(candidates, list) and candidates and isinstance(candidates[0], dict) else {}
        content = candidate.get("content")
        parts = content.get("parts") if isinstance(content, dict) else None
        parts = [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []
        for part in parts:
            inline = part.get("inlineData") or part.get("inline_data")
            if isinstance(inline, dict) and not part.get("thought"):
                return inline.get("data", "")
        reason = str(candidate.get("finishReason") or "no reason given")
        words = shortened(" ".join(str(part["text"]) for part in parts if part.get("text")))
        message = candidate.get("finishMessage") or words
        if reason in REFUSALS:
            raise refused(self.endpoint, shortened(str(message or reason)), reason)
        said = f" It said: {shortened(str(message))}" if message else ""
        raise ProviderUnavailableError(
            f"Model {self.model_id!r} at {self.endpoint.host} painted nothing ({reason}). "
            f"Try again, or say more plainly what should be seen.{said}",
            retry_after_s=RETRY_S,
        )


def image_config(remote_model: str, width_px: int, height_px: int) -> dict[str, str]:
    """The nearest shape, and the smallest size with as many pixels as are wanted."""
    import math

    def away(aspect: str) -> float:
        wide, high = map(int, aspect.split(":"))
        return abs(math.log(wide / high * height_px / width_px))

    config = {"aspectRatio": min(ASPECTS, key=away)}
    if not remote_model.startswith(ONE_SIZE):
        enough = (name for name, side in IMAGE_SIZES.items() if side * side >= width_px * height_px)
        config["imageSize"] = next(enough, "4K")
    return config
