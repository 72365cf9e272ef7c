"""Models behind the OpenAI Images API: GPT-Image, Azure, LocalAI, vLLM-Omni, another Pochade."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from pochade.core.errors import UnsupportedRequestError
from pochade.core.limits import MAX_STEPS
from pochade.core.values import Capabilities, FinishedImage, GenerationEvent, GenerationRequest, Notice, Preview, Progress
from pochade.providers.faults import broken_off, is_near, runs_at
from pochade.providers.wire import MAX_BYTES_PER_PICTURE, Answer, Endpoint, fitted, png, server_sent

if TYPE_CHECKING:
    import httpx

    from pochade.core.values import Mask, Picture

PARTIAL_IMAGES = 2
QUALITY_NAMES = {"draft": "low", "standard": "medium", "best": "high"}
FIXED_SIZES = ((1024, 1024), (1536, 1024), (1024, 1536))
"""What `gpt-image-1*` and `chatgpt-image-*` paint."""
FREE_STEP_PX, FREE_MAX_SIDE_PX, FREE_MIN_PIXELS, FREE_MAX_PIXELS, FREE_MAX_ASPECT = 16, 3840, 655_360, 8_294_400, 3.0
"""What `gpt-image-2` and later paint. Source: OpenAI API reference, images, `size`."""


class OpenAIImages:
    """Any model that is asked by `POST /images/generations` and `/images/edits`.

    Args:
        endpoint: its `base_url` ends where `/images/generations` begins, usually in `/v1`; on Azure in `/openai/deployments/NAME`.
        remote_model: what the model is called there.
        api_version: Azure's; the key then goes into the header `api-key`.
        extensions: True if the server heeds `seed`, `negative_prompt`, `num_inference_steps`, `guidance_scale` (and `strength` for
            edits), as vLLM-Omni and Pochade do. Without them pictures cannot be repeated by their seed.
        stream: True to ask for partial images; a server that does not know them is then asked without.
        declared: fields of `Capabilities` that are known better than guessed here.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        remote_model: str,
        *,
        api_version: str = "",
        extensions: bool = False,
        stream: bool = True,
        declared: Mapping[str, Any] | None = None,
    ):
        self.model_id = endpoint.model_id
        self.endpoint = endpoint
        self.remote_model = remote_model
        self.api_version = api_version
        self.extensions = extensions
        self.streams = stream
        self.capabilities = dataclasses.replace(self._guessed(), **(declared or {}))

    def _guessed(self) -> Capabilities:
        place = runs_at(self.endpoint.base_url)
        kind = _kind(self.remote_model)
        sizes = {
            "fixed": {"side_multiple_px": 1, "max_side_px": 1536, "max_pixels": 1536 * 1024},
            "free": {"side_multiple_px": 1, "max_side_px": FREE_MAX_SIDE_PX, "max_pixels": FREE_MAX_PIXELS},
            "exact": {},
        }
        return Capabilities(
            summary=f"{self.remote_model} at {self.endpoint.host}",
            previews=self.streams,
            from_image=True,
            from_mask=True,
            negative_prompt=self.extensions,
            steps=MAX_STEPS if self.extensions else None,
            guidance=self.extensions,
            runs_at=place,
            price_usd=0.0 if is_near(place) else None,
            licence=f"terms of {place}" if not is_near(place) else "",
            **sizes[kind],
        )

    async def generate(self, request: GenerationRequest) -> AsyncIterator[GenerationEvent]:
        """See `ImageProvider.generate`. With `extensions` one call per picture, each with its seed; else one call for all."""
        self.capabilities.check(request)
        key = self.endpoint.key()
        headers = {"api-key" if self.api_version else "Authorization": key if self.api_version else f"Bearer {key}"} if key else {}
        params = {"api-version": self.api_version} if self.api_version else None
        per_call = 1 if self.extensions else request.num_images
        async with self.endpoint.client(headers, params) as client:
            for first in range(0, request.num_images, per_call):
                for index in range(first, first + per_call):
                    yield Progress(0.0, index=index)
                async with aclosing(self._painted(client, request, first, per_call)) as events:
                    async for event in events:
                        yield event

    async def _painted(
        self, client: httpx.AsyncClient, request: GenerationRequest, first: int, count: int
    ) -> AsyncGenerator[GenerationEvent, None]:
        """Events of pictures `first` to `first + count - 1`, asked for in one call."""
        streams = self.streams and count == 1
        try:
            async with aclosing(self._asked(client, request, first, count, streams)) as events:
                async for event in events:
                    yield event
        except UnsupportedRequestError as error:
            if not (streams and ("stream" in str(error) or "partial_images" in str(error))):
                raise
            self.streams = False
            async with aclosing(self._asked(client, request, first, count, False)) as events:
                async for event in events:
                    yield event

    async def _asked(
        self, client: httpx.AsyncClient, request: GenerationRequest, first: int, count: int, streams: bool
    ) -> AsyncGenerator[GenerationEvent, None]:
        path, content = await asyncio.to_thread(self._content, request, first, count, streams)
        # a stream carries previews besides the picture
        max_bytes = MAX_BYTES_PER_PICTURE * (count + PARTIAL_IMAGES if streams else count)
        async with self.endpoint.answer(client, "POST", path, max_bytes, **content) as answer:
            if answer.content_type.startswith("text/event-stream"):
                async with aclosing(self._streamed(answer, request, first)) as events:
                    async for event in events:
                        yield event
                return
            raw = self.endpoint.parse(await answer.body())
        data = raw.get("data") if isinstance(raw, dict) else None
        if not isinstance(data, list) or not data:
            raise self.endpoint.garbled("no pictures")
        for index, item in enumerate(data[:count], first):
            for event in await self._finished(request, self._encoded(item), index):
                yield event
        if len(data) < count:
            raise self.endpoint.garbled(f"{len(data)} of {count} pictures")

    async def _streamed(self, answer: Answer, request: GenerationRequest, index: int) -> AsyncGenerator[GenerationEvent, None]:
        async with aclosing(server_sent(answer.chunks)) as events:
            async for data in events:
                raw = self.endpoint.parse(data)
                if not isinstance(raw, dict):
                    raise self.endpoint.garbled("an event that is no object")
                if raw.get("error"):
                    raise broken_off(self.endpoint, raw)
                kind = str(raw.get("type"))
                if kind.endswith(".partial_image"):
                    picture, _ = await asyncio.to_thread(self.endpoint.picture, raw.get("b64_json"))
                    number = raw.get("partial_image_index")
                    number = number if isinstance(number, int) and 0 <= number < PARTIAL_IMAGES else PARTIAL_IMAGES - 1
                    yield Progress((number + 1) / (PARTIAL_IMAGES + 1), index=index)
                    yield Preview(picture, index=index)
                elif kind.endswith(".completed"):
                    for event in await self._finished(request, raw.get("b64_json"), index):
                        yield event
                    return
        raise self.endpoint.garbled("a stream that ended before the picture")

    async def _finished(self, request: GenerationRequest, encoded: object, index: int) -> list[GenerationEvent]:
        delivered, file = await asyncio.to_thread(self.endpoint.picture, encoded)
        height, width = delivered.shape[:2]
        picture = await asyncio.to_thread(fitted, delivered, request.width_px, request.height_px)
        events: list[GenerationEvent] = [Progress(1.0, index=index)]
        if picture.shape != delivered.shape:
            cut = f"{picture.shape[1]}x{picture.shape[0]}"
            events.append(Notice(f"{self.model_id} painted {width}x{height}; cut and scaled to {cut}.", index=index))
        versions = {"remote_model": self.remote_model}
        events.append(
            FinishedImage(picture, request.seed + index, versions=versions, backend=self.endpoint.host, index=index, original=file)
        )
        return events

    def _encoded(self, item: object) -> object:
        """The base64 in one item of `data`. Nothing is fetched from an address: it could lead anywhere."""
        item = item if isinstance(item, dict) else {}
        url = str(item.get("url") or "")
        if item.get("b64_json") or url.startswith("data:"):
            return item.get("b64_json") or url
        raise self.endpoint.garbled("the address of a picture, and none is fetched from there," if url else "an item without a picture")

    def _content(self, request: GenerationRequest, first: int, count: int, streams: bool) -> tuple[str, dict[str, Any]]:
        """Path and content of the HTTP request: JSON, or a form when a picture goes along."""
        width, height = painted_size(self.remote_model, request.width_px, request.height_px)
        fields: dict[str, Any] = {"model": self.remote_model, "prompt": request.prompt, "n": count, "size": f"{width}x{height}"}
        if _kind(self.remote_model) == "exact":
            fields["response_format"] = "b64_json"  # GPT-Image always answers so, and knows no such field
        if _kind(self.remote_model) != "exact" or self.extensions:
            fields["quality"] = QUALITY_NAMES[request.quality]
        if streams:
            fields |= {"stream": True, "partial_images": PARTIAL_IMAGES}
        if self.extensions:
            extra = {
                "seed": request.seed + first,
                "negative_prompt": request.negative_prompt,
                "num_inference_steps": request.num_steps,
                "guidance_scale": request.guidance_scale,
                "strength": None if request.image is None else request.strength,
            }
            fields |= {name: value for name, value in extra.items() if value is not None}
        if request.image is None:
            return "/images/generations", {"json": fields}
        files = [("image", ("image.png", png(request.image), "image/png"))]
        if request.mask is not None:
            files.append(("mask", ("mask.png", png(_with_holes(request.image, request.mask)), "image/png")))
        form = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in fields.items()}
        return "/images/edits", {"data": form, "files": files}


def painted_size(remote_model: str, width_px: int, height_px: int) -> tuple[int, int]:
    """The size to ask `remote_model` for, at least as large as the one wanted where the model's limits allow it."""
    kind = _kind(remote_model)
    if kind == "exact":
        return width_px, height_px
    if kind == "fixed":
        return min(FIXED_SIZES, key=lambda size: abs(size[0] / size[1] - width_px / height_px))
    width, height = max(width_px, height_px / FREE_MAX_ASPECT), max(height_px, width_px / FREE_MAX_ASPECT)
    grow = max(1.0, (FREE_MIN_PIXELS / (width * height)) ** 0.5)
    width, height = (min(-int(-side * grow // FREE_STEP_PX) * FREE_STEP_PX, FREE_MAX_SIDE_PX) for side in (width, height))
    while width * height > FREE_MAX_PIXELS:
        width, height = (width - FREE_STEP_PX, height) if width >= height else (width, height - FREE_STEP_PX)
    return width, height


def _kind(remote_model: str) -> str:
    """How a model takes sizes: "fixed" ones, "free" within limits, or "exact"ly what is asked."""
    if remote_model.startswith(("gpt-image-1", "chatgpt-image")):
        return "fixed"
    return "free" if remote_model.startswith("gpt-image-") else "exact"


def _with_holes(image: Picture, mask: Mask) -> Any:
    """(H, W, 4) uint8: `image`, transparent where `mask` says that it is to be painted anew."""
    import numpy as np

    return np.dstack([image, np.where(mask, 0, 255).astype(np.uint8)])
