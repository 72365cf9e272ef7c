"""Model Context Protocol: `generate_image`, `edit_image` and `list_models` for assistants, over standard input or HTTP at /mcp.

A result holds small previews, links to the full files, and the same as structured content: some clients cap results at 1 MB.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Literal

import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceNotFoundError, ToolError
from mcp.types import CallToolResult, ContentBlock, ImageContent, ResourceLink, TextContent, ToolAnnotations
from pydantic import BaseModel, Field
from starlette.requests import Request

from pochade import __version__
from pochade.core.errors import InvalidRequestError, NotFoundError, PochadeError
from pochade.core.limits import MAX_PROMPT_CHARS, MAX_SEED
from pochade.core.values import GenerationEvent, GenerationRequest, Progress
from pochade.providers import registry
from pochade.store import Picture
from pochade.store.records import Scope as KeyScope
from pochade.studio.jobs import Kept, Over
from pochade.web.api.encoding import thumbnail
from pochade.web.api.files import link
from pochade.web.api.models import card
from pochade.web.api.requests import painting
from pochade.web.api.schemas import ModelCard, Options
from pochade.web.api.work import accept, failure, notices_for, until_over
from pochade.web.auth import Caller
from pochade.web.state import Studio
from pochade.web.uploads import Upload

MAX_IMAGES = 4
PREVIEW_SIDE_PX = {1: 512, 2: 384, 3: 320, 4: 256}
"""By the number of pictures: together they stay far below a megabyte."""
INSTRUCTIONS = (
    "Paints pictures from descriptions and changes existing ones, on the user's own server. Results show small previews; "
    "each resource link names the full file. To change a picture, pass its picture_id to edit_image."
)
Prompt = Annotated[str, Field(min_length=1, max_length=MAX_PROMPT_CHARS, description="What to paint, in plain words.")]
Model = Annotated[str | None, Field(description="A model id from list_models; default: the server's default model.")]
Size = Annotated[str, Field(description="WxH in pixels, e.g. 512x512, or auto.")]
Quality = Annotated[Literal["auto", "low", "medium", "high"], Field(description="How long to paint.")]
Seed = Annotated[int | None, Field(ge=0, le=MAX_SEED, description="The same seed gives the same picture; default: drawn.")]
Identify = Callable[[Request | None], Awaitable[Caller]]


class PaintedPicture(BaseModel):
    """One picture."""

    picture_id: str
    uri: Annotated[str, Field(description="The full file, as a resource of this server.")]
    url: Annotated[str | None, Field(description="The full file by HTTP for an hour, where the server is reached by HTTP.")]
    seed: int | None
    width: int
    height: int
    media_type: str


class PaintedPictures(BaseModel):
    """What was painted."""

    model: str
    prompt: str
    pictures: list[PaintedPicture]
    notice: Annotated[str | None, Field(description="What has to be said of the pictures where they are shown or published.")] = None


class ModelCards(BaseModel):
    """All models."""

    models: list[ModelCard]


class Tools:
    """The tools, over one studio.

    Args:
        identify: who is asking, from the HTTP request; None: over standard input.
    """

    def __init__(self, studio: Studio, identify: Identify):
        self._studio, self._identify = studio, identify

    async def generate_image(
        self,
        ctx: Context,
        prompt: Prompt,
        model: Model = None,
        size: Size = "auto",
        quality: Quality = "auto",
        n: Annotated[int, Field(ge=1, le=MAX_IMAGES, description="How many variations.")] = 1,
        seed: Seed = None,
        negative_prompt: Annotated[str | None, Field(description="What should not be seen, for models that heed it.")] = None,
    ) -> Annotated[CallToolResult, PaintedPictures]:
        """Paint one or more pictures from a description."""
        options = Options(model=model, size=size, quality=quality, n=n, seed=seed, negative_prompt=negative_prompt)
        with _told():
            caller = await self._caller(ctx, "paint")
            wanted = await painting(self._studio.settings, options, prompt)
            return await self._painted(ctx, caller, wanted)

    async def edit_image(
        self,
        ctx: Context,
        prompt: Prompt,
        picture_id: Annotated[str | None, Field(description="The picture to change, from an earlier result.")] = None,
        image_base64: Annotated[str | None, Field(description="Or the picture itself: PNG, JPEG or WebP in base64.")] = None,
        mask_base64: Annotated[str | None, Field(description="PNG of the same size, transparent where to paint anew.")] = None,
        strength: Annotated[float | None, Field(ge=0, le=1, description="0 keeps the picture, 1 may ignore it.")] = None,
        model: Model = None,
        size: Size = "auto",
        quality: Quality = "auto",
        seed: Seed = None,
    ) -> Annotated[CallToolResult, PaintedPictures]:
        """Change a picture: one painted before, or one that is sent."""
        options = Options(model=model, size=size, quality=quality, seed=seed)
        with _told():
            caller = await self._caller(ctx, "paint")
            image, parents = await self._image(caller, picture_id, image_base64)
            mask = None if mask_base64 is None else await self._studio.decoders.decode_base64(mask_base64, "mask_base64")
            transparent = None if mask is None else mask.transparent
            if mask is not None and transparent is None:
                raise InvalidRequestError("Got a mask without transparency; transparent pixels say where to paint anew.", "mask_base64")
            wanted = await painting(self._studio.settings, options, prompt, image.picture, transparent, strength)
            return await self._painted(ctx, caller, wanted, parents)

    async def list_models(self, ctx: Context) -> Annotated[CallToolResult, ModelCards]:
        """List the models that can paint, what each can do, where it runs and what it costs."""
        with _told():
            await self._caller(ctx, "read")
            cards = [await card(model_id) for model_id in registry.model_ids()]
        lines = [f"{found.id}: {found.summary}" for found in cards]
        text = TextContent(type="text", text="\n".join(lines))
        return CallToolResult(content=[text], structured_content=ModelCards(models=cards).model_dump(mode="json"))

    async def picture(self, ctx: Context, picture_id: str) -> bytes:
        """The full file of a picture."""
        try:
            caller = await self._caller(ctx, "read")
            return await anyio.to_thread.run_sync(self._studio.store.pictures.read, caller.user, picture_id)
        except NotFoundError as error:
            raise ResourceNotFoundError(str(error)) from error

    async def _caller(self, ctx: Context, scope: KeyScope) -> Caller:
        caller = await self._identify(ctx.request_context.request)
        if scope not in caller.scopes:
            raise ToolError(f"This key may {', '.join(caller.scopes)}; {scope!r} is needed here. Make a key that may.")
        return caller

    async def _image(self, caller: Caller, picture_id: str | None, encoded: str | None) -> tuple[Upload, tuple[str, ...]]:
        if (picture_id is None) == (encoded is None):
            raise InvalidRequestError("Got no picture, or two; one of picture_id and image_base64 is needed. Send one.", "picture_id")
        if encoded is not None:
            return await self._studio.decoders.decode_base64(encoded, "image_base64"), ()
        assert picture_id is not None
        data = await anyio.to_thread.run_sync(self._studio.store.pictures.read, caller.user, picture_id)
        return await self._studio.decoders.decode(data, "picture_id"), (picture_id,)

    async def _painted(self, ctx: Context, caller: Caller, wanted: GenerationRequest, parents: tuple[str, ...] = ()) -> CallToolResult:
        accepted = await accept(self._studio, caller, wanted, parent_ids=parents)
        job_id = accepted.job.id
        pictures = await until_over(self._studio, caller, job_id, self._watched(ctx, caller, job_id, wanted.num_images))
        found = [self._described(ctx, picture) for picture in pictures]
        due = notices_for(self._studio, caller).delivery or None
        said = PaintedPictures(model=pictures[0].model_id, prompt=wanted.prompt, pictures=found, notice=due)
        content: list[ContentBlock] = [TextContent(type="text", text=_sentence(said))]
        for picture, described in zip(pictures, found, strict=True):
            content.append(await self._preview(caller, picture, PREVIEW_SIDE_PX[len(pictures)]))
            name = f"{picture.id}.{picture.media_type.partition('/')[2]}"
            content.append(
                ResourceLink(type="resource_link", uri=described.uri, name=name, mime_type=picture.media_type, size=picture.num_bytes)
            )
        return CallToolResult(content=content, structured_content=said.model_dump(mode="json"))

    async def _watched(self, ctx: Context, caller: Caller, job_id: str, num_images: int) -> list[Picture]:
        pictures: list[Picture] = []
        fractions = [0.0] * num_images
        async for event in self._studio.jobs.watch(caller.user, job_id):
            if isinstance(event, Over) and event.job.state != "done":
                raise failure(event.job)
            if isinstance(event, Kept):
                pictures.append(event.picture)
            if _progressed(fractions, event):
                await ctx.report_progress(sum(fractions) / num_images, 1.0, f"{len(pictures)} of {num_images} painted")
        return sorted(pictures, key=lambda picture: picture.index)

    def _described(self, ctx: Context, picture: Picture) -> PaintedPicture:
        request = ctx.request_context.request
        return PaintedPicture(
            picture_id=picture.id,
            uri=f"pochade://pictures/{picture.id}",
            url=link(request, picture) if isinstance(request, Request) else None,
            seed=picture.seed,
            width=picture.width_px,
            height=picture.height_px,
            media_type=picture.media_type,
        )

    async def _preview(self, caller: Caller, picture: Picture, side_px: int) -> ImageContent:
        def small() -> str:
            return base64.b64encode(thumbnail(self._studio.store.pictures.read(caller.user, picture.id), side_px)).decode()

        return ImageContent(type="image", data=await anyio.to_thread.run_sync(small), mime_type="image/jpeg")


def create_server(studio: Studio, identify: Identify) -> MCPServer:
    """The MCP server over one studio, for any transport."""
    tools = Tools(studio, identify)
    server = MCPServer("pochade", title="Pochade", version=__version__, instructions=INSTRUCTIONS, log_level="WARNING")
    paints = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
    server.add_tool(tools.generate_image, annotations=paints)
    server.add_tool(tools.edit_image, annotations=paints)
    server.add_tool(tools.list_models, annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False))
    server.resource("pochade://pictures/{picture_id}", name="picture", mime_type="image/png")(tools.picture)
    return server


@contextmanager
def _told() -> Iterator[None]:
    """Tells an assistant what went wrong in words it can act on."""
    try:
        yield
    except PochadeError as error:
        raise ToolError(str(error)) from error


def _progressed(fractions: list[float], event: GenerationEvent) -> bool:
    """Notes what an event says about progress; tells whether it said anything."""
    match event:
        case Progress():
            fractions[event.index] = max(fractions[event.index], event.fraction)
        case Kept():
            fractions[event.index] = 1.0
        case _:
            return False
    return True


def _sentence(said: PaintedPictures) -> str:
    count = f"{len(said.pictures)} pictures" if len(said.pictures) > 1 else "a picture"
    each = "; ".join(f"{found.picture_id} ({found.width}x{found.height}, seed {found.seed})" for found in said.pictures)
    due = f" {said.notice}" if said.notice else ""
    return f"{said.model} painted {count} of “{said.prompt}”: {each}.{due}"
