"""Models for tests of the server, beside the gradient of tests/fakes.py."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np

from pochade.core.values import Capabilities, FinishedImage, GenerationEvent, GenerationRequest, Preview, Progress


class Retoucher:
    """Starts from a picture: paints black where the mask says so, else everywhere; without a picture it paints grey."""

    model_id = "retoucher"
    capabilities = Capabilities(
        summary="retouches, for tests",
        min_side_px=16,
        max_side_px=512,
        from_image=True,
        from_mask=True,
        negative_prompt=True,
        steps=50,
        guidance=True,
    )

    async def generate(self, request: GenerationRequest) -> AsyncIterator[GenerationEvent]:
        self.capabilities.check(request)
        size = (request.height_px, request.width_px)
        for index in range(request.num_images):
            await asyncio.sleep(0)
            if request.image is None or request.image.shape[:2] != size:
                picture = np.full((*size, 3), 128, np.uint8)
            else:
                mask = np.ones(size, bool) if request.mask is None else request.mask
                picture = np.where(mask[..., None], 0, request.image).astype(np.uint8)
            yield Progress(0.5, index=index)
            yield Preview(picture, index=index)
            yield FinishedImage(picture, request.seed + index, None, {"fake": "1"}, "numpy", index=index)
