"""`/sdapi/v1`: the part of AUTOMATIC1111's interface that chat front ends use."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import secrets
from typing import TYPE_CHECKING, Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, Request, Response

from pochade.core.errors import InvalidRequestError, UnsupportedRequestError
from pochade.core.limits import MAX_IMAGES
from pochade.core.recipe import Recipe
from pochade.core.values import Capabilities, GenerationRequest
from pochade.providers import registry
from pochade.store import Picture
from pochade.web.api.encoding import base64_of, file_of
from pochade.web.api.requests import RANDOM_SEEDS, capabilities_of, default_model, model_id_of
from pochade.web.api.sdapi_schemas import (
    ImagesAnswer,
    ImageToImage,
    PngInfo,
    PngInfoBody,
    Sampler,
    Scheduler,
    SdError,
    SdModel,
    SdOptions,
    SdProgress,
    TextToImage,
    Upscaler,
)
from pochade.web.api.work import accept, notice_headers, notices_for, pictures_of
from pochade.web.auth import Caller, caller_with
from pochade.web.middleware import SMALL_BODIES
from pochade.web.state import Studio, studio_of
from pochade.web.uploads import Upload

if TYPE_CHECKING:
    from pochade.core.values import Mask

ERRORS: dict[int | str, dict[str, Any]] = {status: {"model": SdError} for status in (400, 401, 403, 404, 409, 413, 429, 500, 503, 504)}
router = APIRouter(prefix="/sdapi/v1", tags=["automatic1111"], responses=ERRORS)
SETTING = "sdapi.model"
"""Name of the user's setting that holds the model chosen through this interface."""
METHOD = "Automatic"

Painter = Annotated[Caller, Depends(caller_with("paint"))]
Reader = Annotated[Caller, Depends(caller_with("read"))]


@router.post("/txt2img", summary="Paint", max_body_size=SMALL_BODIES["/sdapi/v1/txt2img"])
async def txt2img(request: Request, response: Response, body: TextToImage, caller: Painter) -> ImagesAnswer:
    response.headers.update(notice_headers(studio_of(request), caller))
    return await _paint(request, caller, body)


@router.post("/img2img", summary="Change a picture")
async def img2img(request: Request, response: Response, body: ImageToImage, caller: Painter) -> ImagesAnswer:
    response.headers.update(notice_headers(studio_of(request), caller))
    decoders = studio_of(request).decoders
    image = await decoders.decode_base64(body.init_images[0], "init_images")
    mask = None if not body.mask else white(await decoders.decode_base64(body.mask, "mask"), bool(body.inpainting_mask_invert))
    return await _paint(request, caller, body, image, mask)


@router.get("/options", summary="The user's model")
async def get_options(request: Request, caller: Reader) -> SdOptions:
    return SdOptions(sd_model_checkpoint=await _chosen(studio_of(request), caller))


@router.post("/options", summary="Choose the user's model", max_body_size=SMALL_BODIES["/sdapi/v1/options"])
async def set_options(request: Request, body: SdOptions, caller: Painter) -> None:
    if body.sd_model_checkpoint:
        studio = studio_of(request)
        model_id = model_id_of(studio.settings, body.sd_model_checkpoint)
        await capabilities_of(model_id)
        await anyio.to_thread.run_sync(studio.store.settings.set, caller.user, SETTING, model_id)


@router.get("/sd-models", summary="All models")
async def sd_models(_: Reader) -> list[SdModel]:
    return [_model(model_id) for model_id in registry.model_ids()]


@router.get("/samplers", summary="Samplers: the models choose")
async def samplers(_: Reader) -> list[Sampler]:
    return [Sampler(name=METHOD)]


@router.get("/schedulers", summary="Schedulers: the models choose")
async def schedulers(_: Reader) -> list[Scheduler]:
    return [Scheduler(name=METHOD.lower(), label=METHOD)]


@router.get("/upscalers", summary="Upscalers: there are none")
async def upscalers(_: Reader) -> list[Upscaler]:
    return [Upscaler(name="None", scale=1)]


@router.get("/progress", summary="How far the caller's work is")
async def progress(request: Request, caller: Reader) -> SdProgress:
    queue = studio_of(request).store.queue
    jobs = await anyio.to_thread.run_sync(lambda: queue.list(caller.user, states=("queued", "running"), limit=100))
    if not jobs:
        return SdProgress(progress=0, eta_relative=0, state={"job_count": 0, "job": ""})
    current = next((job for job in reversed(jobs) if job.state == "running"), jobs[-1])
    standing = await anyio.to_thread.run_sync(queue.standing, caller.user, current.id)
    state = {"job_count": len(jobs), "job": current.id, "sampling_step": 0, "sampling_steps": 0, "interrupted": False, "skipped": False}
    return SdProgress(progress=current.fraction, eta_relative=standing.seconds_left or 0.0, state=state)


@router.post("/png-info", summary="The text inside a picture")
async def png_info(request: Request, body: PngInfoBody, _: Reader) -> PngInfo:
    upload = await studio_of(request).decoders.decode_base64(body.image, "image")
    recipe = None if upload.recipe is None else Recipe.from_json(upload.recipe)
    text = upload.parameters or ("" if recipe is None else recipe.parameters())
    return PngInfo(info=text, items={"parameters": text} if text else {}, parameters={} if recipe is None else _parameters(recipe))


def white(mask: Upload, invert: bool) -> Mask:
    """(H, W) bool, true where the mask is white, or with `invert` where it is black."""
    bright = mask.picture.mean(axis=2) >= 128
    return ~bright if invert else bright


async def _paint(
    request: Request, caller: Caller, body: TextToImage, image: Upload | None = None, mask: Mask | None = None
) -> ImagesAnswer:
    studio = studio_of(request)
    wanted, ignored = await _wanted(studio, caller, body, image, mask)
    accepted = await accept(studio, caller, wanted)
    events = await pictures_of(studio, caller, accepted.job)
    images = [await base64_of(await file_of(studio, caller, event, "png")) for event in events]
    pictures = [event.picture for event in events]
    for picture in pictures:
        studio.metrics.pictures.labels(picture.model_id).inc()
    said = body.model_dump(exclude={"init_images", "mask"})
    due = notices_for(studio, caller).delivery
    told = {"notice": due} if due else {}
    return ImagesAnswer(images=images, parameters=said, info=json.dumps({**_info(wanted, pictures, ignored), **told}))


async def _wanted(
    studio: Studio, caller: Caller, body: TextToImage, image: Upload | None, mask: Mask | None
) -> tuple[GenerationRequest, list[str]]:
    """What to paint, and which settings the model has no use for: this interface's clients send all of them, always."""
    chosen = (body.override_settings or {}).get("sd_model_checkpoint") or await _chosen(studio, caller)
    if not isinstance(chosen, str):
        raise InvalidRequestError(f"Got sd_model_checkpoint {chosen!r:.100}; the name of a model is accepted.", "override_settings")
    model_id = model_id_of(studio.settings, chosen.partition(" [")[0])
    capabilities = await capabilities_of(model_id)
    num_images = body.batch_size * body.n_iter
    if num_images > MAX_IMAGES:
        raise UnsupportedRequestError(
            f"Got batch_size {body.batch_size} times n_iter {body.n_iter}; {MAX_IMAGES} pictures are accepted. Ask for fewer.", "batch_size"
        )
    heeded, ignored = _heeded(body, capabilities)
    strength = getattr(body, "denoising_strength", None)
    request = GenerationRequest(
        prompt=body.prompt,
        seed=secrets.randbelow(RANDOM_SEEDS) if body.seed < 0 else body.seed,
        model_id=model_id,
        num_images=num_images,
        width_px=body.width,
        height_px=body.height,
        image=None if image is None else image.picture,
        mask=mask,
        **heeded,
    )
    request = request if strength is None else dataclasses.replace(request, strength=strength)
    capabilities.check(request)
    return request, ignored


def _heeded(body: TextToImage, capabilities: Capabilities) -> tuple[dict[str, Any], list[str]]:
    """The settings that the model has, and the names of those it has not."""
    heeded: dict[str, Any] = {}
    ignored = []
    for name, field, value, has in (
        ("negative_prompt", "negative_prompt", body.negative_prompt or None, capabilities.negative_prompt),
        ("steps", "num_steps", body.steps, capabilities.steps is not None and (body.steps or 0) <= capabilities.steps),
        ("cfg_scale", "guidance_scale", body.cfg_scale, capabilities.guidance),
    ):
        if value is not None and has:
            heeded[field] = value
        elif value is not None:
            ignored.append(name)
    return heeded, ignored


def _info(wanted: GenerationRequest, pictures: list[Picture], ignored: list[str]) -> dict[str, Any]:
    """What AUTOMATIC1111 says about a batch. Source: stable-diffusion-webui, modules/processing.py, `Processed.js`."""
    texts = [Recipe.from_json(picture.recipe).parameters() for picture in pictures if picture.recipe]
    seeds = [picture.seed for picture in pictures]
    return {
        "prompt": wanted.prompt,
        "all_prompts": [wanted.prompt] * len(pictures),
        "negative_prompt": wanted.negative_prompt or "",
        "seed": seeds[0] if seeds else wanted.seed,
        "all_seeds": seeds,
        "width": wanted.width_px,
        "height": wanted.height_px,
        "sampler_name": METHOD,
        "cfg_scale": wanted.guidance_scale,
        "steps": wanted.num_steps,
        "batch_size": len(pictures),
        "sd_model_name": pictures[0].model_id if pictures else wanted.model_id,
        "denoising_strength": None if wanted.image is None else wanted.strength,
        "index_of_first_image": 0,
        "infotexts": texts,
        "ignored": ignored,
    }


async def _chosen(studio: Studio, caller: Caller) -> str:
    """The model that the user chose through this interface, if it is still there."""
    chosen = await anyio.to_thread.run_sync(studio.store.settings.get, caller.user, SETTING)
    return chosen if isinstance(chosen, str) and chosen in registry.model_ids() else default_model(studio.settings)


def _model(model_id: str) -> SdModel:
    digest = hashlib.sha256(model_id.encode()).hexdigest()
    return SdModel(title=model_id, model_name=model_id, hash=digest[:10], sha256=digest, filename=model_id)


def _parameters(recipe: Recipe) -> dict[str, Any]:
    return {
        "Prompt": recipe.prompt,
        "Seed": recipe.seed,
        "Size-1": recipe.width_px,
        "Size-2": recipe.height_px,
        "Model": recipe.model_id,
        "Quality": recipe.quality,
        **recipe.settings,
    }
