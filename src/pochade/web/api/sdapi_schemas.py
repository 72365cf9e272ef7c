"""The AUTOMATIC1111 interface in types, as far as it is served.

Source: stable-diffusion-webui, modules/api/models.py, and what Open WebUI and LibreChat send.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from pochade.core.limits import MAX_GUIDANCE, MAX_IMAGES, MAX_PROMPT_CHARS, MAX_SEED, MAX_STEPS

EncodedPicture = Annotated[str, Field(description="A PNG, JPEG or WebP file in base64, with or without a data: prefix.")]


class TextToImage(BaseModel):
    """`POST /sdapi/v1/txt2img`. Fields that are not listed are accepted and change nothing, as there."""

    model_config = ConfigDict(extra="allow")

    prompt: Annotated[str, Field(max_length=MAX_PROMPT_CHARS)] = ""
    negative_prompt: Annotated[str | None, Field(max_length=MAX_PROMPT_CHARS)] = ""
    seed: Annotated[int, Field(ge=-1, le=MAX_SEED, description="-1: drawn.")] = -1
    steps: Annotated[int | None, Field(ge=1, le=MAX_STEPS, description="Ignored by models without this setting.")] = None
    cfg_scale: Annotated[float | None, Field(ge=0, le=MAX_GUIDANCE, description="Ignored by models without this setting.")] = None
    width: Annotated[int, Field(ge=1, le=100_000)] = 512
    height: Annotated[int, Field(ge=1, le=100_000)] = 512
    batch_size: Annotated[int, Field(ge=1, le=MAX_IMAGES)] = 1
    n_iter: Annotated[int, Field(ge=1, le=MAX_IMAGES, description="Batches; batch_size * n_iter is at most 10.")] = 1
    sampler_name: Annotated[str | None, Field(max_length=100)] = None
    override_settings: Annotated[dict[str, Any] | None, Field(description="`sd_model_checkpoint` chooses the model.")] = None


class ImageToImage(TextToImage):
    """`POST /sdapi/v1/img2img`."""

    init_images: Annotated[list[EncodedPicture], Field(min_length=1, max_length=1)]
    mask: Annotated[EncodedPicture | None, Field(description="White where to paint anew.")] = None
    inpainting_mask_invert: Annotated[int, Field(ge=0, le=1, description="1: black where to paint anew.")] = 0
    denoising_strength: Annotated[float | None, Field(ge=0, le=1)] = 0.75


class ImagesAnswer(BaseModel):
    """Pictures as PNG files in base64; `info` is JSON text with seeds and infotexts."""

    images: list[str]
    parameters: dict[str, Any]
    info: str


class SdOptions(BaseModel):
    """The one option that exists here: which model paints for this user through this interface."""

    model_config = ConfigDict(extra="allow")

    sd_model_checkpoint: Annotated[str | None, Field(max_length=200)] = None


class SdModel(BaseModel):
    """A model, in this interface's words."""

    title: str
    model_name: str
    hash: str
    sha256: str
    filename: str
    config: str | None = None


class Sampler(BaseModel):
    name: str
    aliases: list[str] = []
    options: dict[str, str] = {}


class Scheduler(BaseModel):
    name: str
    label: str
    aliases: list[str] | None = None
    default_rho: float = -1
    need_inner_model: bool = False


class Upscaler(BaseModel):
    name: str
    model_name: str | None = None
    model_path: str | None = None
    model_url: str | None = None
    scale: float | None = None


class SdProgress(BaseModel):
    """How far the user's current work is."""

    progress: Annotated[float, Field(ge=0, le=1)]
    eta_relative: float
    state: dict[str, Any]
    current_image: str | None = None
    textinfo: str | None = None


class PngInfoBody(BaseModel):
    image: EncodedPicture


class PngInfo(BaseModel):
    """The text inside a picture."""

    info: str
    items: dict[str, Any]
    parameters: dict[str, Any]


class SdError(BaseModel):
    """Every error answer of this interface."""

    error: str
    detail: str
    body: str
    errors: str
