"""`/v1/images`: OpenAI's Images interface."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Header, Request, Response, UploadFile
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import Field

from pochade.core.errors import InvalidRequestError, UnsupportedRequestError
from pochade.core.values import GenerationRequest
from pochade.store import Priority
from pochade.web.api.answers import answer
from pochade.web.api.errors import error_responses
from pochade.web.api.requests import check_output, painting
from pochade.web.api.schemas import GenerateBody, ImagesAnswer, Options, Prompt, Strength
from pochade.web.api.streaming import Stream
from pochade.web.api.work import accept, notice_headers, pictures_of
from pochade.web.auth import Caller, caller_with
from pochade.web.middleware import SMALL_BODIES
from pochade.web.state import studio_of
from pochade.web.uploads import Upload

router = APIRouter(prefix="/v1/images", tags=["openai"])
MAX_TEXT_BYTES = 200_000
VARIATION_PROMPT = "a picture like this one"
"""For a picture without a recipe: a model has to be told something."""

Painter = Annotated[Caller, Depends(caller_with("paint"))]
IdempotencyKey = Annotated[
    str | None, Header(alias="Idempotency-Key", description="The same key and request give the same pictures, painted once.")
]
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": ImagesAnswer,
        "description": "The pictures; with `stream` as server-sent events that end with `data: [DONE]`",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    },
    **error_responses(400, 401, 403, 404, 409, 413, 429, 500, 503, 504),
}


class EditForm(Options):
    """`POST /v1/images/edits`. One picture, as `image` or `image[]`."""

    prompt: Prompt
    image: Annotated[list[UploadFile], Field(default_factory=list)]
    image_array: Annotated[list[UploadFile], Field(alias="image[]", default_factory=list)]
    mask: Annotated[UploadFile | None, Field(description="PNG or WebP of the same size; painted anew where its alpha is 0.")] = None
    strength: Strength = None
    input_fidelity: Annotated[Literal["high", "low"] | None, Field(description="Accepted for compatibility: see `strength`.")] = None


class VariationForm(Options):
    """`POST /v1/images/variations`."""

    image: UploadFile
    strength: Strength = None


@router.post(
    "/generations", summary="Paint", response_class=JSONResponse, responses=ANSWERS, max_body_size=SMALL_BODIES["/v1/images/generations"]
)
async def generate(request: Request, body: GenerateBody, caller: Painter, idempotency_key: IdempotencyKey = None) -> Response:
    check_output(body)
    wanted = await painting(studio_of(request).settings, body, body.prompt)
    return await _paint(request, caller, body, wanted, "generation", idempotency_key, body.model_dump_json())


@router.post(
    "/edits", summary="Change a picture", response_class=JSONResponse, responses=ANSWERS, form_limits={"max_part_size": MAX_TEXT_BYTES}
)
async def edit(
    request: Request,
    form: Annotated[EditForm, Form(media_type="multipart/form-data")],
    caller: Painter,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    check_output(form)
    files = [*form.image, *form.image_array]
    if len(files) != 1:
        raise UnsupportedRequestError(f"Got {len(files)} pictures to edit; one is accepted. Send it as `image`.", "image")
    image, image_sha256 = await _decoded(request, files[0], "image")
    mask, mask_sha256 = (None, "") if form.mask is None else await _decoded(request, form.mask, "mask")
    wanted = await painting(
        studio_of(request).settings, form, form.prompt, image.picture, None if mask is None else edit_here(mask), form.strength
    )
    said = form.model_dump_json(exclude={"image", "image_array", "mask"})
    return await _paint(request, caller, form, wanted, "edit", idempotency_key, f"{said}{image_sha256}{mask_sha256}")


@router.post(
    "/variations",
    summary="Vary a picture",
    response_class=JSONResponse,
    responses=ANSWERS,
    form_limits={"max_part_size": MAX_TEXT_BYTES},
)
async def vary(
    request: Request,
    form: Annotated[VariationForm, Form(media_type="multipart/form-data")],
    caller: Painter,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    check_output(form)
    image, image_sha256 = await _decoded(request, form.image, "image")
    prompt = json.loads(image.recipe)["prompt"] if image.recipe else VARIATION_PROMPT
    wanted = await painting(studio_of(request).settings, form, prompt, image.picture, strength=form.strength)
    said = form.model_dump_json(exclude={"image"})
    return await _paint(request, caller, form, wanted, "edit", idempotency_key, f"{said}{image_sha256}")


def edit_here(mask: Upload) -> Any:
    """(H, W) bool, true where the mask is transparent.

    Raises:
        InvalidRequestError: if that is nowhere.
    """
    if mask.transparent is None or not mask.transparent.any():
        raise InvalidRequestError(
            "Got a mask that is transparent nowhere; transparent pixels (alpha 0) say where to paint anew. Make some, as PNG or WebP.",
            "mask",
        )
    return mask.transparent


async def _paint(
    request: Request,
    caller: Caller,
    options: Options,
    wanted: GenerationRequest,
    kind: Literal["generation", "edit"],
    idempotency_key: str | None,
    said: str,
) -> Response:
    studio = studio_of(request)
    body = f"{request.url.path}\n{said}".encode()
    priority = Priority.BATCH if options.priority == "batch" else Priority.INTERACTIVE
    accepted = await accept(studio, caller, wanted, idempotency_key=idempotency_key, body=body, priority=priority)
    ignored = sorted(options.model_extra or {})
    headers = {"x-job-id": accepted.job.id, **notice_headers(studio, caller)}
    if ignored:
        headers["x-ignored-parameters"] = _listed(ignored)
    if options.stream:
        stream = Stream(studio, caller, accepted.job, options, wanted, kind)
        await stream.open()
        return StreamingResponse(stream.chunks(), headers=headers, media_type="text/event-stream")
    pictures = await pictures_of(studio, caller, accepted.job)
    found = await answer(request, caller, accepted.job, options, wanted, pictures)
    return Response(found.model_dump_json(exclude_none=True), headers=headers, media_type="application/json")


async def _decoded(request: Request, file: UploadFile, field: str) -> tuple[Upload, str]:
    """The picture in an uploaded file, and the SHA-256 of the file."""
    decoders = studio_of(request).decoders
    data = await file.read(decoders.max_bytes + 1)
    return await decoders.decode(data, field), hashlib.sha256(data).hexdigest()


def _listed(names: list[str]) -> str:
    """Names for a header, whose characters and length are limited."""
    return ", ".join(name.encode("ascii", "replace").decode() for name in names if name.isprintable())[:500]
