"""A model that paints at once: a gradient that depends on prompt, seed and size only."""

from __future__ import annotations

import asyncio
import json
import os
import zlib
from collections.abc import AsyncIterator

import numpy as np

from pochade.core.errors import NotUnderstoodError
from pochade.core.values import (
    Capabilities,
    FinishedImage,
    GenerationEvent,
    GenerationRequest,
    Notice,
    Preview,
    Progress,
    PromptRead,
    Span,
    UnknownWord,
)

STEPS = 4


class Gradient:
    """Understands colour names only; knows "accordion" to be unknown; paints at the pace of the variable FAKE_STEP_S."""

    model_id = "gradient"
    capabilities = Capabilities(summary="a gradient, for tests", min_side_px=16, max_side_px=512)

    async def generate(self, request: GenerationRequest) -> AsyncIterator[GenerationEvent]:
        self.capabilities.check(request)
        prompt = request.prompt
        if "gibberish" in prompt:
            raise NotUnderstoodError('Nothing in "gibberish" is known to gradient. Near words: red.', (("gibberish", ("red",)),))
        spans = [Span(prompt.index(word), prompt.index(word) + len(word), "color", word) for word in ("red", "blue") if word in prompt]
        start = prompt.find("accordion")
        unknown = [UnknownWord(start, start + 9, "accordion", ("cardboard box", "candle"))] if start >= 0 else []
        yield PromptRead(tuple(spans), tuple(unknown))
        if "notice" in prompt:
            yield Notice("This is a notice.")
        for index in range(request.num_images):
            seed = request.seed + index
            picture = paint(prompt, seed, request.width_px, request.height_px)
            yield Progress(0.0, index=index)
            for step in range(1, STEPS + 1):
                await asyncio.sleep(float(os.environ.get("FAKE_STEP_S", "0")))
                yield Progress(step / STEPS, index=index)
                yield Preview(picture[::4, ::4], index=index)
            plan = request.plan or json.dumps({"seed": seed}, separators=(",", ":"))
            yield FinishedImage(picture, seed, plan, {"fake": "1"}, "numpy", index=index)


def paint(prompt: str, seed: int, width_px: int, height_px: int) -> np.ndarray:
    """(H, W, 3) uint8."""
    rng = np.random.default_rng([zlib.crc32(prompt.encode()), seed])
    corners = rng.uniform(20, 235, (2, 2, 3))
    y, x = np.linspace(0, 1, height_px)[:, None, None], np.linspace(0, 1, width_px)[None, :, None]
    rows = corners[0, 0] * (1 - y) * (1 - x) + corners[0, 1] * (1 - y) * x + corners[1, 0] * y * (1 - x) + corners[1, 1] * y * x
    return rows.astype(np.uint8)
