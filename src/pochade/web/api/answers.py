"""What a finished request amounts to, in OpenAI's words. The same job always gives the same answer."""

from __future__ import annotations

import math
from typing import Any

from fastapi import Request

from pochade.core.values import GenerationRequest
from pochade.store import Job
from pochade.studio.jobs import Kept
from pochade.web.api.encoding import base64_of, file_of
from pochade.web.api.files import link
from pochade.web.api.requests import QUALITY_NAMES
from pochade.web.api.schemas import ImageData, ImagesAnswer, InputTokens, Options, OutputFormat, Usage
from pochade.web.api.work import notices_for
from pochade.web.auth import Caller
from pochade.web.state import studio_of

CHARS_PER_TOKEN = 4
TOKEN_SIDE_PX = 16


def output_format(options: Options) -> OutputFormat:
    return options.output_format or "png"


async def answer(
    request: Request, caller: Caller, job: Job, options: Options, painting: GenerationRequest, pictures: list[Kept]
) -> ImagesAnswer:
    """The whole answer to a request that is not streamed."""
    studio = studio_of(request)
    data = []
    for event in pictures:
        picture = event.picture
        studio.metrics.pictures.labels(picture.model_id).inc()
        wants_url = options.response_format == "url"
        # clients of the retired models read the field that was their default
        both = options.response_format is None and (options.model or "").startswith("dall-e")
        url = link(request, picture) if wants_url or both else None
        encoded = (
            None if wants_url else await base64_of(await file_of(studio, caller, event, output_format(options), options.output_compression))
        )
        data.append(ImageData(b64_json=encoded, url=url, seed=picture.seed or 0, id=picture.id))
    return ImagesAnswer(
        created=int(job.created_at),
        data=data,
        usage=usage(painting, len(pictures)),
        model=pictures[0].picture.model_id if pictures else job.model_id,
        notice=notices_for(studio, caller).delivery or None,
        **shape(options, painting),
    )


def shape(options: Options, painting: GenerationRequest) -> dict[str, Any]:
    """What answers and events say about their pictures."""
    return {
        "size": f"{painting.width_px}x{painting.height_px}",
        "quality": QUALITY_NAMES[painting.quality],
        "background": "opaque",
        "output_format": output_format(options),
    }


def usage(painting: GenerationRequest, num_pictures: int) -> Usage:
    """Tokens of the prompt, of the picture that was sent, and of the pictures that were made."""
    text = math.ceil(len(painting.prompt) / CHARS_PER_TOKEN)
    image = 0 if painting.image is None else tokens(painting.image.shape[1], painting.image.shape[0])
    output = num_pictures * tokens(painting.width_px, painting.height_px)
    details = InputTokens(image_tokens=image, text_tokens=text)
    return Usage(input_tokens=text + image, input_tokens_details=details, output_tokens=output, total_tokens=text + image + output)


def tokens(width_px: int, height_px: int) -> int:
    return math.ceil(width_px / TOKEN_SIDE_PX) * math.ceil(height_px / TOKEN_SIDE_PX)
