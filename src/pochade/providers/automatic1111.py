"""Stable Diffusion servers with the API of AUTOMATIC1111: stable-diffusion-webui, Forge, SD.Next, another Pochade."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pochade.core.errors import PochadeError
from pochade.core.limits import MAX_STEPS
from pochade.core.values import Capabilities, FinishedImage, GenerationEvent, GenerationRequest, Preview, Progress
from pochade.providers.faults import is_near, runs_at
from pochade.providers.wire import Endpoint, png

if TYPE_CHECKING:
    import httpx

    from pochade.core.values import Picture

POLL_S = 0.5
STEPS = {"draft": 12, "standard": 25, "best": 50}
KEEP_ORIGINAL = 1
"""`inpainting_fill`: what lies under the mask is where repainting starts."""


class Automatic1111:
    """A model that is asked by `POST /sdapi/v1/txt2img` and `img2img`, and watched by `GET /sdapi/v1/progress`.

    Args:
        endpoint: its `base_url` ends where `/sdapi` begins; its key is `user:password`, as given to `--api-auth`.
        remote_model: checkpoint title as the server lists it; "": whichever is loaded.
        declared: fields of `Capabilities` that are known better than guessed here.
        poll_s: seconds between two looks at the progress.
    """

    def __init__(self, endpoint: Endpoint, remote_model: str = "", *, declared: Mapping[str, Any] | None = None, poll_s: float = POLL_S):
        self.model_id = endpoint.model_id
        self.endpoint = endpoint
        self.remote_model = remote_model
        self.poll_s = poll_s
        place = runs_at(endpoint.base_url)
        guessed = Capabilities(
            summary=f"{remote_model or 'the loaded checkpoint'} at {endpoint.host}",
            from_image=True,
            from_mask=True,
            negative_prompt=True,
            steps=MAX_STEPS,
            guidance=True,
            runs_at=place,
            price_usd=0.0 if is_near(place) else None,
            licence="terms of the checkpoint",
        )
        self.capabilities = dataclasses.replace(guessed, **(declared or {}))

    async def generate(self, request: GenerationRequest) -> AsyncIterator[GenerationEvent]:
        """See `ImageProvider.generate`. One call per picture, so that each can be watched and repeated by its seed."""
        self.capabilities.check(request)
        key = self.endpoint.key()
        basic = base64.b64encode(key.encode()).decode()
        async with self.endpoint.client({"Authorization": f"Basic {basic}"} if key else {}) as client:
            for index in range(request.num_images):
                task_id = f"pochade-{secrets.token_hex(8)}"
                path, content = await asyncio.to_thread(self._content, request, index, task_id)
                yield Progress(0.0, index=index)
                painting = asyncio.ensure_future(self.endpoint.call(client, "POST", path, json=content))
                try:
                    done = 0.0
                    while not (await asyncio.wait((painting,), timeout=self.poll_s))[0]:
                        fraction, preview = await self._look(client, task_id)
                        done = max(done, min(fraction, 1.0))
                        yield Progress(done, index=index)
                        if preview is not None:
                            yield Preview(preview, index=index)
                    picture, file = await self._picture(painting.result())
                finally:
                    if not painting.done():
                        await self._stop(client, task_id, painting)
                yield Progress(1.0, index=index)
                versions = {"remote_model": self.remote_model} if self.remote_model else {}
                yield FinishedImage(
                    picture, request.seed + index, versions=versions, backend=self.endpoint.host, index=index, original=file
                )

    async def _look(self, client: httpx.AsyncClient, task_id: str) -> tuple[float, Picture | None]:
        """How far the picture is, 0 to 1, and how it looks so far. A server that cannot say is no reason to stop."""
        with suppress(PochadeError):
            raw = await self.endpoint.call(client, "GET", "/sdapi/v1/progress")
            if isinstance(raw, dict) and raw.get("current_task") in (None, "", task_id):
                fraction, current = raw.get("progress"), raw.get("current_image")
                preview = (await asyncio.to_thread(self.endpoint.picture, current))[0] if current else None
                return (float(fraction) if isinstance(fraction, int | float) else 0.0), preview
        return 0.0, None

    async def _picture(self, raw: object) -> tuple[Picture, bytes]:
        images = raw.get("images") if isinstance(raw, dict) else None
        if not isinstance(images, list) or not images:
            raise self.endpoint.garbled("no pictures")
        return await asyncio.to_thread(self.endpoint.picture, images[0])

    async def _stop(self, client: httpx.AsyncClient, task_id: str, painting: asyncio.Future[Any]) -> None:
        """Ends the work there, which closing the connection does not; not that of somebody else, where the server tells whose it is."""
        with suppress(PochadeError, asyncio.TimeoutError):
            async with asyncio.timeout(2.0):
                raw = await self.endpoint.call(client, "GET", "/sdapi/v1/progress", params={"skip_current_image": "true"})
                if isinstance(raw, dict) and raw.get("current_task") in (None, "", task_id):
                    await self.endpoint.call(client, "POST", "/sdapi/v1/interrupt")
        painting.cancel()
        await asyncio.gather(painting, return_exceptions=True)

    def _content(self, request: GenerationRequest, index: int, task_id: str) -> tuple[str, dict[str, Any]]:
        """Path and JSON of the HTTP request. Source: stable-diffusion-webui, modules/api/models.py."""
        fields: dict[str, Any] = {
            "prompt": request.prompt,
            "negative_prompt": request.negative_prompt or "",
            "seed": request.seed + index,
            "steps": request.num_steps or STEPS[request.quality],
            "width": request.width_px,
            "height": request.height_px,
            "batch_size": 1,
            "n_iter": 1,
            "send_images": True,
            "save_images": False,
            "force_task_id": task_id,
        }
        if request.guidance_scale is not None:
            fields["cfg_scale"] = request.guidance_scale
        if self.remote_model:
            fields |= {"override_settings": {"sd_model_checkpoint": self.remote_model}, "override_settings_restore_afterwards": False}
        if request.image is None:
            return "/sdapi/v1/txt2img", fields
        fields |= {"init_images": [base64.b64encode(png(request.image)).decode()], "denoising_strength": request.strength}
        if request.mask is not None:
            white = request.mask.astype("uint8") * 255
            fields |= {"mask": base64.b64encode(png(white)).decode(), "inpainting_fill": KEEP_ORIGINAL, "inpaint_full_res": False}
        return "/sdapi/v1/img2img", fields
