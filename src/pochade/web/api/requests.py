"""From what a client sent to what a model is asked: aliases, sizes, qualities."""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio.to_thread

from pochade.core.errors import InvalidRequestError, UnsupportedRequestError
from pochade.core.values import NO_PLAN, Capabilities, GenerationRequest, Quality
from pochade.providers import registry
from pochade.web.api.schemas import OpenAIQuality, Options
from pochade.web.settings import Settings

if TYPE_CHECKING:
    from pochade.core.values import Mask, Picture

QUALITIES: dict[OpenAIQuality, Quality] = {
    "auto": "standard",
    "low": "draft",
    "medium": "standard",
    "high": "best",
    "xhigh": "best",
    "max": "best",
    "standard": "standard",
    "hd": "best",
}
QUALITY_NAMES: dict[Quality, OpenAIQuality] = {"draft": "low", "standard": "medium", "best": "high"}
AUTO_SIZE_PX = (512, 512)
RANDOM_SEEDS = 10_000_000
"""Seeds that are drawn, not given, lie below this: short enough to read out."""


def default_model(settings: Settings) -> str:
    return settings.default_model or registry.DEFAULT_MODEL


def model_id_of(settings: Settings, name: str | None) -> str:
    """The model that a client means: a registered id, an alias, or nothing for the default."""
    if not name:
        return default_model(settings)
    if registry.is_known(name):
        return name
    return settings.model_aliases.get(name, name) or default_model(settings)


async def capabilities_of(model_id: str) -> Capabilities:
    """What the model can do; in a thread if its adapter has to be imported.

    Raises:
        UnknownModelError: if there is no such model.
        ProviderUnavailableError: if its software is not installed.
    """
    adapter = registry.at_hand(model_id) or await anyio.to_thread.run_sync(registry.provider, model_id)
    return adapter.capabilities


async def painting(
    settings: Settings,
    options: Options,
    prompt: str,
    image: Picture | None = None,
    mask: Mask | None = None,
    strength: float | None = None,
) -> GenerationRequest:
    """What to ask of the model.

    Raises:
        InvalidRequestError: for what no model accepts, or this one does not.
        ProviderUnavailableError: if the model's software is not installed.
    """
    model_id = model_id_of(settings, options.model)
    capabilities = await capabilities_of(model_id)
    width, height = size_of(options.size, capabilities, image)
    num_images = options.n or 1
    request = GenerationRequest(
        prompt=prompt,
        seed=secrets.randbelow(RANDOM_SEEDS) if options.seed is None else options.seed,
        model_id=model_id,
        num_images=num_images,
        width_px=width,
        height_px=height,
        quality=quality_of(options.quality, capabilities),
        plan=NO_PLAN if capabilities.plans and getattr(options, "plan", None) == "off" else None,
        negative_prompt=options.negative_prompt or None,
        num_steps=options.num_inference_steps,
        guidance_scale=options.guidance_scale,
        image=image,
        mask=mask,
    )
    request = request if strength is None else replace(request, strength=strength)
    capabilities.check(request)
    return request


def size_of(text: str | None, capabilities: Capabilities, image: Picture | None) -> tuple[int, int]:
    """Width and height in pixels; "auto" is the size of `image`, else 512x512, as near as the model comes to it.

    Raises:
        InvalidRequestError: if it is no size.
    """
    if text in (None, "auto"):
        return capabilities.nearest_size(*(AUTO_SIZE_PX if image is None else (image.shape[1], image.shape[0])))
    found = re.fullmatch(r"([1-9]\d{0,5})x([1-9]\d{0,5})", text)
    if found is None:
        raise InvalidRequestError(
            f"Got size {text!r}; auto, or width x height in pixels such as 512x512, is accepted. Write it like that.", field="size"
        )
    return int(found[1]), int(found[2])


def quality_of(name: OpenAIQuality | None, capabilities: Capabilities) -> Quality:
    """ "auto" is the standard, or what comes first where the model has none."""
    if name in (None, "auto") and "standard" not in capabilities.qualities:
        return capabilities.qualities[0]
    return QUALITIES[name or "auto"]


def check_output(options: Options) -> None:
    """Refuses what no picture of this server has, before it is painted.

    Raises:
        UnsupportedRequestError: for a transparent background, or a compression of PNG.
    """
    if options.background == "transparent":
        raise UnsupportedRequestError(
            "Got background transparent; opaque and auto are accepted. Leave it out, and cut the subject out afterwards.", "background"
        )
    if options.output_compression is not None and (options.output_format or "png") == "png":
        raise UnsupportedRequestError(
            f"Got output_compression {options.output_compression} for PNG, which loses nothing; it is accepted with jpeg and webp. "
            "Leave it out, or choose one of those as output_format.",
            "output_compression",
        )
    if options.partial_images and not options.stream:
        raise InvalidRequestError(
            f"Got partial_images {options.partial_images} without stream; previews are sent in a stream. Add stream: true.",
            "partial_images",
        )
