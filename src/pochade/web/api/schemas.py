"""The OpenAI Images interface in types: what clients send and what they get.

Source: the `openai` package 3.52.0, types/image_*_params.py, images_response.py, image_*_event.py.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from pochade.core.limits import MAX_GUIDANCE, MAX_IMAGES, MAX_PROMPT_CHARS, MAX_SEED, MAX_STEPS

OpenAIQuality = Literal["auto", "low", "medium", "high", "xhigh", "max", "standard", "hd"]
OutputFormat = Literal["png", "jpeg", "webp"]
Background = Literal["auto", "opaque", "transparent"]
ResponseFormat = Literal["b64_json", "url"]


def _blank_is_none(value: object) -> object:
    """A form sends "" for a field that was left empty."""
    return None if value == "" else value


BLANK = BeforeValidator(_blank_is_none)

Prompt = Annotated[str, Field(max_length=MAX_PROMPT_CHARS, description="What to paint, 1 to 32,000 characters.")]
Model = Annotated[str | None, Field(max_length=200, description="Model id, or an alias; default: this server's default model.")]
Count = Annotated[Annotated[int, Field(ge=1, le=MAX_IMAGES)] | None, BLANK, Field(description="How many pictures.")]
Size = Annotated[
    Annotated[str, Field(max_length=20)] | None,
    BLANK,
    Field(description="WxH in pixels, or auto. A size that the model cannot paint is refused, never changed."),
]
Compression = Annotated[
    Annotated[int, Field(ge=0, le=100)] | None, BLANK, Field(description="Quality of JPEG and WebP, 0 smallest to 100 best.")
]
Partials = Annotated[Annotated[int, Field(ge=0, le=3)] | None, BLANK, Field(description="With stream: previews per picture.")]
Seed = Annotated[
    Annotated[int, Field(ge=0, le=MAX_SEED)] | None, BLANK, Field(description="Extension. Picture k has seed + k; default: drawn.")
]
Steps = Annotated[Annotated[int, Field(ge=1, le=MAX_STEPS)] | None, BLANK, Field(description="Extension.")]
Guidance = Annotated[Annotated[float, Field(ge=0, le=MAX_GUIDANCE)] | None, BLANK, Field(description="Extension.")]
Strength = Annotated[
    Annotated[float, Field(ge=0, le=1)] | None,
    BLANK,
    Field(description="Extension. How far the result may go from the picture, 0 not at all to 1 anywhere."),
]
NegativePrompt = Annotated[str | None, Field(max_length=MAX_PROMPT_CHARS, description="Extension. What should not be seen.")]


class Options(BaseModel):
    """What generations and edits have in common. Fields that are not listed are ignored and named in `x-ignored-parameters`."""

    model_config = ConfigDict(extra="allow")

    model: Model = None
    n: Count = None
    size: Size = None
    quality: OpenAIQuality | None = None
    background: Background | None = None
    output_format: OutputFormat | None = None
    output_compression: Compression = None
    response_format: ResponseFormat | None = None
    stream: bool | None = None
    partial_images: Partials = None
    seed: Seed = None
    negative_prompt: NegativePrompt = None
    num_inference_steps: Steps = None
    guidance_scale: Guidance = None
    priority: Annotated[
        Literal["interactive", "batch"] | None, BLANK, Field(description="Extension. batch: whatever somebody waits for goes before it.")
    ] = None
    user: Annotated[str | None, Field(max_length=1000, description="Accepted for compatibility; not kept.")] = None
    safety_identifier: Annotated[str | None, Field(max_length=1000, description="Accepted for compatibility; not kept.")] = None


class GenerateBody(Options):
    """`POST /v1/images/generations`."""

    prompt: Prompt
    plan: Annotated[
        Literal["auto", "off"] | None, Field(description="Extension. off: from the words alone, where the model would plan the picture.")
    ] = None
    moderation: Annotated[
        Literal["auto", "low"] | None, Field(description="Accepted for compatibility: the policy of this server always holds.")
    ] = None
    style: Annotated[str | None, Field(max_length=100, description="Accepted for compatibility; say it in the prompt instead.")] = None


class ImageData(BaseModel):
    """One picture: as base64, or as a link that works for an hour without a key."""

    b64_json: str | None = None
    url: str | None = None
    seed: Annotated[int, Field(description="Extension. Repeats this very picture with n 1.")]
    id: Annotated[str, Field(description="Extension. The picture in this studio.")]


class InputTokens(BaseModel):
    """Tokens of what was sent, by kind."""

    image_tokens: int
    text_tokens: int


class Usage(BaseModel):
    """Work in the units that clients count: a text token is four characters, an image token 16x16 pixels."""

    input_tokens: int
    input_tokens_details: InputTokens
    output_tokens: int
    total_tokens: int


class ImagesAnswer(BaseModel):
    """The pictures of a request."""

    created: Annotated[int, Field(description="Unix time in seconds.")]
    data: list[ImageData]
    background: Literal["opaque"] = "opaque"
    output_format: OutputFormat
    quality: Literal["low", "medium", "high"]
    size: str
    model: Annotated[str, Field(description="Extension. The model that painted.")]
    notice: Annotated[str | None, Field(description="Extension. What the region in force wants said of pictures.")] = None
    usage: Usage


class ModelCard(BaseModel):
    """A model that can be asked for. What follows `owned_by` is an extension."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str
    alias_of: str | None = None
    summary: str = ""
    qualities: list[str] = []
    min_side_px: int | None = None
    max_side_px: int | None = None
    side_multiple_px: int | None = None
    max_pixels: int | None = None
    from_image: bool = False
    from_mask: bool = False
    runs_at: str = ""
    price_usd: float | None = None
    available: bool = True


class ModelList(BaseModel):
    """All models."""

    object: Literal["list"] = "list"
    data: list[ModelCard]


class ModerationBody(BaseModel):
    """`POST /v1/moderations`. Pictures are not judged here; links are not fetched."""

    model_config = ConfigDict(extra="allow")

    input: (
        Annotated[str, Field(max_length=MAX_PROMPT_CHARS)]
        | Annotated[list[Annotated[str, Field(max_length=MAX_PROMPT_CHARS)]], Field(min_length=1, max_length=32)]
    )
    model: Annotated[str | None, Field(max_length=200)] = None


class Moderation(BaseModel):
    """The policy's judgement of one text."""

    flagged: bool
    categories: dict[str, bool]
    category_scores: dict[str, float]
    category_applied_input_types: dict[str, list[str]]
    rule_id: Annotated[str | None, Field(description="Extension. The rule that fired.")] = None


class ModerationAnswer(BaseModel):
    """The judgements, in the order of the texts."""

    id: str
    model: str
    results: list[Moderation]
