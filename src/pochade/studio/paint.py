"""The one use case behind every way of asking for a picture: request in, pictures with their recipes out."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pochade import __version__
from pochade.core.recipe import Recipe
from pochade.core.values import FinishedImage, GenerationEvent, GenerationRequest
from pochade.providers import registry
from pochade.studio.pictures import encode
from pochade.trust import regions
from pochade.trust.keys import key_folder
from pochade.trust.marking import Marking, marking_of, watermarked
from pochade.trust.policy.gate import Gate

if TYPE_CHECKING:
    from pochade.core.values import ImageProvider, Picture
    from pochade.providers.auto import Auto
    from pochade.trust.regions import Region


@dataclass(frozen=True, eq=False)
class Painted(GenerationEvent):
    """A finished picture, marked, and all it takes to paint it again.

    Attributes:
        picture: (H, W, 3) uint8, sRGB, with the watermark in it.
        encoded: the same as a signed file, to be delivered byte for byte.
    """

    picture: Picture
    recipe: Recipe
    encoded: bytes = field(repr=False)


def check(request: GenerationRequest, gate: Gate | None = None, actor: str = "", region: Region | None = None) -> None:
    """Raises what `paint` would raise for this request before any cost, except for words that are not understood.

    Args:
        gate: the policy; None: that of this installation.
        actor: who asks, for its strikes.
        region: whose rules hold; None: the deployment's.

    Raises:
        UnknownModelError: if there is no such model.
        UnsupportedRequestError: if the model cannot do it, or may not be offered in the region.
        ProviderUnavailableError: if the model's software is not installed.
        PolicyRefusedError: if it may not be painted.
    """
    region = region or regions.chosen()
    _provider(request, region).capabilities.check(request)
    region.check_model(request.model_id)
    (gate or own_gate()).enforce(
        request.prompt, image_given=request.image is not None, negative_prompt=request.negative_prompt, actor=actor
    )


def _provider(request: GenerationRequest, region: Region) -> ImageProvider:
    """The model that is asked; `auto` chooses among those that may be offered in the region."""
    found = registry.provider(request.model_id)
    if request.model_id != registry.AUTO:
        return found
    return cast("Auto", found).among(lambda model_id: region.refusal(model_id) is None)


def own_gate() -> Gate:
    """The policy of this installation, with its decision log; one per process.

    Raises:
        InvalidRequestError: if its file cannot be read.
    """
    return _gate_of(key_folder().parent)


@lru_cache(maxsize=4)
def _gate_of(folder: Path) -> Gate:
    from pochade.trust.policy.installation import installation_gate

    return installation_gate(folder)


async def paint(
    request: GenerationRequest,
    suffix: str = ".png",
    *,
    parents: Sequence[bytes] = (),
    gate: Gate | None = None,
    actor: str = "",
    region: Region | None = None,
    generate: Callable[[GenerationRequest], AsyncIterator[GenerationEvent]] | None = None,
    admitted: bool = False,
    then: Callable[[Painted], GenerationEvent] | None = None,
) -> AsyncGenerator[GenerationEvent, None]:
    """Yields the events of the model; each finished picture as `Painted`. Closing the iterator stops the work.

    Nothing is painted before the policy has allowed it, and no picture leaves that is not marked.

    Args:
        suffix: format of the files, one of `pictures.FORMATS`.
        parents: the files that `request.image` came from, so that their manifests are kept.
        gate, actor, region: as for `check`; the region also says how pictures are marked.
        generate: paints instead of the model's own `generate`, for a model that paints several requests at once.
        admitted: whether `check` has let this very request in a moment ago, so that it need not be asked again.
        then: what is done with each finished picture, in the thread that marked it; what it gives is yielded instead.

    Raises:
        PochadeError: whatever `check` and `ImageProvider.generate` raise.
        PolicyRefusedError: if a finished picture may not be delivered.
        SigningError: if a picture cannot be signed; retryable.
    """
    gate = gate or await asyncio.to_thread(own_gate)
    region = region or regions.chosen()
    if not admitted:
        await asyncio.to_thread(check, request, gate, actor, region)
    source = _provider(request, region).generate(request) if generate is None else generate(request)
    async with aclosing(cast(AsyncGenerator[GenerationEvent, None], source)) as events:
        async for event in events:
            if isinstance(event, FinishedImage):
                yield await asyncio.to_thread(_finished, request, event, suffix, parents, marking_of(region), gate, actor, then)
            else:
                yield event


def _finished(
    request: GenerationRequest,
    image: FinishedImage,
    suffix: str,
    parents: Sequence[bytes],
    marking: Marking,
    gate: Gate,
    actor: str,
    then: Callable[[Painted], GenerationEvent] | None,
) -> GenerationEvent:
    painted = _marked(request, image, suffix, parents, marking, gate, actor)
    return painted if then is None else then(painted)


def _marked(
    request: GenerationRequest, image: FinishedImage, suffix: str, parents: Sequence[bytes], marking: Marking, gate: Gate, actor: str
) -> Painted:
    decision = gate.check_output(image.picture, prompt=request.prompt, actor=actor)
    if not decision.allowed:
        raise decision.error()
    # the watermark changes the picture, and with it the checksum
    picture, recipe = image.picture, recipe_of(request, image, "" if marking.watermark else None)
    if marking.watermark:
        picture, recipe = watermarked(picture, recipe)
    # a plan painted again starts from no pixels, whatever picture the plan came from
    made_from = (*([image.original] if image.original else []), *(parents if request.image is not None else ()))
    encoded = encode(picture, recipe, suffix, parents=made_from, marking=marking)
    return Painted(picture, recipe, encoded, index=image.index)


def recipe_of(request: GenerationRequest, image: FinishedImage, sha256: str | None = None) -> Recipe:
    """The recipe of one finished image of `request`. `sha256` of its bytes; None: it is worked out."""
    height, width, _ = image.picture.shape
    return Recipe(
        prompt=request.prompt,
        seed=image.seed,
        model_id=image.model_id or request.model_id,
        width_px=width,
        height_px=height,
        quality=request.quality,
        sha256=digest(image.picture) if sha256 is None else sha256,
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
