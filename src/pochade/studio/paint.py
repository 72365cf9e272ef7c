"""The one use case behind every way of asking for a picture: request in, pictures with their recipes out."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from pochade import __version__
from pochade.core.recipe import Recipe
from pochade.core.values import FinishedImage, GenerationEvent, GenerationRequest
from pochade.providers import registry

if TYPE_CHECKING:
    from pochade.core.values import Picture


@dataclass(frozen=True, eq=False)
class Painted(GenerationEvent):
    """A finished picture and all it takes to paint it again."""

    picture: Picture
    recipe: Recipe


def check(request: GenerationRequest) -> None:
    """Raises what `paint` would raise for this request before any cost, except for words that are not understood.

    Raises:
        UnknownModelError: if there is no such model.
        UnsupportedRequestError: if the model cannot do it.
        ProviderUnavailableError: if the model's software is not installed.
    """
    registry.provider(request.model_id).capabilities.check(request)


async def paint(request: GenerationRequest) -> AsyncGenerator[GenerationEvent, None]:
    """Yields the events of the model; each finished picture as `Painted`. Closing the iterator stops the work.

    Raises:
        PochadeError: whatever `check` and `ImageProvider.generate` raise.
    """
    check(request)
    source = registry.provider(request.model_id).generate(request)
    async with aclosing(cast(AsyncGenerator[GenerationEvent, None], source)) as events:
        async for event in events:
            if isinstance(event, FinishedImage):
                yield Painted(event.picture, recipe_of(request, event), index=event.index)
            else:
                yield event


def recipe_of(request: GenerationRequest, image: FinishedImage) -> Recipe:
    """The recipe of one finished image of `request`."""
    height, width, _ = image.picture.shape
    return Recipe(
        prompt=request.prompt,
        seed=image.seed,
        model_id=image.model_id or request.model_id,
        width_px=width,
        height_px=height,
        quality=request.quality,
        sha256=digest(image.picture),
        plan=image.plan,
        versions={"pochade": __version__, **image.versions},
        backend=image.backend,
        settings=settings_of(request),
        parents=() if request.image is None else (digest(request.image),),
    )


def settings_of(request: GenerationRequest) -> dict[str, str | int | float]:
    """What the request asks beyond prompt, seed, size and quality, for the recipe."""
    settings = {
        "negative_prompt": request.negative_prompt,
        "num_steps": request.num_steps,
        "guidance_scale": request.guidance_scale,
        "strength": None if request.image is None else request.strength,
    }
    return {name: value for name, value in settings.items() if value is not None}


def digest(picture: Picture) -> str:
    """SHA-256 of the picture's bytes, in hexadecimal."""
    return hashlib.sha256(picture.tobytes()).hexdigest()
