"""Models for the pages' tests: they paint at once, with crops of the gallery's sheets, so that pages are seen with real pictures."""

from __future__ import annotations

import asyncio
import os
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

from pochade.core.errors import ProviderUnavailableError
from pochade.core.values import Capabilities, FinishedImage, GenerationEvent, GenerationRequest, Preview, Progress
from pochade.providers import planning
from pochade.world.vocabulary import FOOD, LANDSCAPES, LIGHTS, PRODUCTS

GALLERY = Path(__file__).parents[3] / "docs" / "gallery"
TILE_PX, COLUMNS, LABEL_PX = 256, 6, 22
STEPS = 3
NAMES = {"landscapes": LANDSCAPES, "food": FOOD, "products": PRODUCTS, "lights": LIGHTS}
"""What the tiles of a sheet show, in order."""


@cache
def tiles(sheet: str) -> list[np.ndarray]:
    """The tiles of a sheet, (256, 256, 3) uint8 each."""
    pixels = np.asarray(Image.open(GALLERY / f"{sheet}.webp").convert("RGB"))
    places = [(k // COLUMNS * (TILE_PX + LABEL_PX), k % COLUMNS * TILE_PX) for k in range(len(NAMES[sheet]))]
    return [pixels[y : y + TILE_PX, x : x + TILE_PX] for y, x in places]


def tile_of(prompt: str, seed: int) -> np.ndarray:
    """What the prompt names, as far as a sheet shows it; another one for each seed where it names several things."""
    if "vase and two oranges" in prompt:
        lit = [k for k, light in enumerate(LIGHTS) if light in prompt]
        return tiles("lights")[lit[0] if lit else (7 * seed) % len(LIGHTS)]
    named = [(sheet, k) for sheet, names in NAMES.items() for k, name in enumerate(names) if sheet != "lights" and name in prompt]
    sheet, index = named[seed % len(named)] if named else ("products", zlib.crc32(prompt.encode()) % len(PRODUCTS))
    return tiles(sheet)[index]


def picture_of(prompt: str, seed: int, width_px: int, height_px: int) -> np.ndarray:
    """(H, W, 3) uint8, cut from a sheet."""
    side = max(width_px, height_px)
    whole = Image.fromarray(tile_of(prompt, seed)).resize((side, side), Image.Resampling.LANCZOS)
    x, y = (side - width_px) // 2, (side - height_px) // 2
    return np.array(whole.crop((x, y, x + width_px, y + height_px)))


class Still:
    """Reads and plans as `pathtracer` does, and paints a crop of a sheet."""

    model_id = "still"
    capabilities = Capabilities(
        summary="still lifes and landscapes from a plan", max_side_px=1536, plans=True, licence="pictures are yours"
    )

    async def generate(self, request: GenerationRequest) -> AsyncIterator[GenerationEvent]:
        from pochade.world.compose import compose
        from pochade.world.parser import parse

        self.capabilities.check(request)
        if request.plan is None:
            yield planning.read(request, self.model_id)
        for index in range(request.num_images):
            seed = request.seed + index
            plan = request.plan or compose(parse(request.prompt).description, seed, request.aspect).to_json()
            picture = picture_of(request.prompt, seed, request.width_px, request.height_px)
            async for event in steps(picture, index):
                yield event
            yield FinishedImage(picture, seed, plan, {"world": "1"}, "crop", index=index)


class Brush:
    """Starts from pictures and masks, heeds every setting, costs money elsewhere."""

    model_id = "brush"
    capabilities = Capabilities(
        summary="photographs; starts from pictures, repaints parts",
        max_side_px=2048,
        side_multiple_px=16,
        from_image=True,
        from_mask=True,
        negative_prompt=True,
        steps=50,
        guidance=True,
        runs_at="Example Company",
        price_usd=0.04,
    )

    async def generate(self, request: GenerationRequest) -> AsyncIterator[GenerationEvent]:
        self.capabilities.check(request)
        for index in range(request.num_images):
            seed = request.seed + index
            picture = picture_of(request.prompt, seed + 1, request.width_px, request.height_px)
            if request.image is not None and request.mask is not None:
                picture = np.where(request.mask[..., None], 255 - request.image, request.image)
            async for event in steps(picture, index):
                yield event
            yield FinishedImage(picture, seed, None, {"fake": "1"}, "crop", index=index)


class Away:
    """A model that cannot be reached."""

    model_id = "away"

    def __init__(self) -> None:
        raise ProviderUnavailableError("Model 'away' needs a key: set the variable AWAY_API_KEY, and start the server again.")


async def steps(picture: np.ndarray, index: int) -> AsyncIterator[GenerationEvent]:
    """Progress and ever finer previews, at the pace of the variable FAKE_STEP_S."""
    yield Progress(0.0, index=index)
    for step in range(1, STEPS + 1):
        await asyncio.sleep(float(os.environ.get("FAKE_STEP_S", "0")))
        yield Progress(step / STEPS, index=index)
        coarse = 2 ** (STEPS + 2 - step)
        yield Preview(np.ascontiguousarray(picture[::coarse, ::coarse]), index=index)


class Second(Still):
    """Another model of the same kind, for comparisons."""

    model_id = "pathtracer"
    capabilities = Capabilities(summary="exact light from a procedural world: products, food, landscapes, places", plans=True)


class Whole(Still):
    """Plans, and paints over pictures: where it is given a mask, only under that."""

    model_id = "whole"
    capabilities = Capabilities(summary="still lifes from a plan, and over pictures", plans=True, from_image=True, from_mask=True)

    async def generate(self, request: GenerationRequest) -> AsyncIterator[GenerationEvent]:
        async for event in super().generate(request):
            if isinstance(event, FinishedImage) and request.image is not None and request.mask is not None:
                event = replace(event, picture=np.where(request.mask[..., None], 255 - request.image, request.image))
            yield event
