"""The page Refine: new pictures out of one that is there. The one stays as it is; what comes of it is shown as a tree."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import TYPE_CHECKING, Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import FormData, UploadFile

from pochade.core.errors import InvalidRequestError, NotFoundError, UnsupportedRequestError
from pochade.core.values import Capabilities, GenerationRequest
from pochade.providers import registry
from pochade.store import Picture
from pochade.web.api.requests import capabilities_of, default_model
from pochade.web.auth import Caller, csrf_protected, person
from pochade.web.pages import fields
from pochade.web.pages.painting import begun, form_context
from pochade.web.pages.rendering import PageRoute, page
from pochade.web.pages.views import PictureView, recipe_of
from pochade.web.state import Studio, studio_of

if TYPE_CHECKING:
    from pochade.core.values import Mask
    from pochade.core.values import Picture as Pixels
    from pochade.world.scene import Scene

router = APIRouter(include_in_schema=False, route_class=PageRoute)
Person = Annotated[Caller, Depends(person)]
WAYS = ("vary", "change", "repaint", "extend", "enlarge")
SIDES = ("t", "r", "b", "l")
MAX_PAD_PX = 1024
FACTORS = (1.5, 2.0, 3.0)
ENLARGING_STRENGTH = 0.2
MAX_RELATIVES = 60


@router.get("/refine")
async def choose(request: Request, caller: Person) -> Response:
    studio = studio_of(request)
    pictures = await anyio.to_thread.run_sync(lambda: studio.store.pictures.list(caller.user, limit=60))
    return page(request, caller, "choose.html", here="refine", pictures=[PictureView(picture) for picture in pictures])


@router.get("/refine/{picture_id}")
async def refine_page(request: Request, picture_id: str, caller: Person) -> Response:
    studio = studio_of(request)
    picture = await _picture(studio, caller, picture_id)
    drawn = await anyio.to_thread.run_sync(tree, studio, caller, picture)
    planned = await anyio.to_thread.run_sync(_through_the_plan, picture)
    context = {"picture": PictureView(picture), "tree": drawn, "planned": planned, **await form_context(studio)}
    return page(request, caller, "refine.html", here="refine", **context)


@router.get("/refine/{picture_id}/tree")
async def tree_part(request: Request, picture_id: str, caller: Person) -> Response:
    studio = studio_of(request)
    picture = await _picture(studio, caller, picture_id)
    drawn = await anyio.to_thread.run_sync(tree, studio, caller, picture)
    return page(request, caller, "parts/tree.html", picture=PictureView(picture), tree=drawn)


@router.post("/refine/{picture_id}", dependencies=[Depends(csrf_protected)])
async def refine(request: Request, picture_id: str, caller: Person) -> Response:
    """Takes a refinement on, in one of `WAYS`."""
    studio, form = studio_of(request), await request.form()
    picture = await _picture(studio, caller, picture_id)
    way = fields.text(form, "way")
    if way not in WAYS:
        raise InvalidRequestError(f"Got {way!r:.40} as the way to refine; {', '.join(WAYS)} are accepted. Choose one of those.", "way")
    asked = fields.request_of({**form, "size": f"{picture.width_px}x{picture.height_px}", "seed": ""}, default_model(studio.settings))
    able = await capabilities_of(asked.model_id)
    asked = await anyio.to_thread.run_sync(_carried_over, asked, picture, able)
    if way == "enlarge":
        asked = _enlarged(asked, picture, able, fields.real(form, "factor", 2.0) or 0)
    if way in ("change", "repaint", "extend") or (way == "enlarge" and asked.plan is None):
        kept = await anyio.to_thread.run_sync(studio.store.pictures.read, caller.user, picture.id)
        pixels = await anyio.to_thread.run_sync(_pixels, kept)
        strength = fields.real(form, "strength", asked.strength) or 0.0
        planned = await anyio.to_thread.run_sync(_planned_scene, asked, picture, able)
        if way == "extend":
            pixels, mask = _extended(pixels, form, able)
            asked = replace(asked, image=pixels, mask=mask, width_px=pixels.shape[1], height_px=pixels.shape[0], strength=1.0)
            asked = await anyio.to_thread.run_sync(_gone_on, asked, picture, planned)
        elif way == "repaint":
            asked = replace(asked, image=pixels, mask=await _mask(studio, form, pixels), strength=strength)
            asked = await anyio.to_thread.run_sync(_repainted, asked, picture, planned)
        elif way == "change" and planned is not None:
            asked = await anyio.to_thread.run_sync(_changed, asked, picture, planned)
        elif way == "change":
            asked = replace(asked, image=pixels, strength=strength)
        else:
            asked = replace(asked, image=pixels, strength=ENLARGING_STRENGTH)
    return JSONResponse(await begun(studio, caller, asked, parent_ids=(picture.id,)))


async def _picture(studio: Studio, caller: Caller, picture_id: str) -> Picture:
    picture = await anyio.to_thread.run_sync(studio.store.pictures.get, caller.user, picture_id)
    if picture.deleted_at is not None:
        raise NotFoundError(f"There is no picture {picture_id!r}. It may have been deleted; the gallery shows all.")
    return picture


def _carried_over(asked: GenerationRequest, picture: Picture, able: Capabilities) -> GenerationRequest:
    """With the picture's own quality and settings, as far as this model has them, and a size that it accepts."""
    recipe = recipe_of(picture)
    width, height = able.nearest_size(asked.width_px, asked.height_px)
    asked = replace(asked, width_px=width, height_px=height, seed=secrets.randbelow(1_000_000))
    if recipe is None:
        return replace(asked, quality=asked.quality if asked.quality in able.qualities else able.qualities[0])
    settings = recipe.settings
    return replace(
        asked,
        quality=recipe.quality if recipe.quality in able.qualities else able.qualities[0],
        negative_prompt=settings.get("negative_prompt") if able.negative_prompt else None,
        num_steps=settings.get("num_steps") if able.steps and settings.get("num_steps", 0) <= able.steps else None,
        guidance_scale=settings.get("guidance_scale") if able.guidance else None,
    )


def _enlarged(asked: GenerationRequest, picture: Picture, able: Capabilities, factor: float) -> GenerationRequest:
    """From the picture's own plan and seed where there is one, which adds true detail; else from the picture."""
    if factor not in FACTORS:
        raise InvalidRequestError(f"Got {factor:g} as the factor; {', '.join(f'{one:g}' for one in FACTORS)} are accepted.", "size")
    width, height = (round(side * factor / able.side_multiple_px) * able.side_multiple_px for side in (picture.width_px, picture.height_px))
    recipe = recipe_of(picture)
    if recipe is not None and recipe.plan is not None and recipe.model_id == asked.model_id and able.plans:
        asked = replace(asked, seed=recipe.seed, plan=recipe.plan, num_images=1)
    elif not able.from_image:
        raise UnsupportedRequestError(
            f"Got a picture to enlarge; {asked.model_id} neither has its plan nor starts from pictures. Choose another model.", "model"
        )
    return replace(asked, width_px=width, height_px=height, num_images=1)


def _planned_scene(asked: GenerationRequest, picture: Picture, able: Capabilities) -> Scene | None:
    """The scene that the picture was painted from, if the model that is to go on with it paints such plans."""
    return _scene_of(picture) if able.plans and asked.model_id in _planners(picture) else None


def _scene_of(picture: Picture) -> Scene | None:
    """The scene that a picture was painted from, if it was, and this version can read it."""
    from pochade.core.values import NO_PLAN
    from pochade.providers.planning import read_plan

    recipe = recipe_of(picture)
    if recipe is None or recipe.plan is None or recipe.plan == NO_PLAN:
        return None
    try:
        return read_plan(recipe.plan)
    except InvalidRequestError:  # of a model with plans of another kind, or of another world
        return None


def _planners(picture: Picture) -> tuple[str, ...]:
    """Models that go on with the plan of a picture: the one that painted it, and those that share its plans."""
    recipe = recipe_of(picture)
    if recipe is None:
        return ()
    return registry.PLAN_SHARERS if recipe.model_id in registry.PLAN_SHARERS else (recipe.model_id,)


def _through_the_plan(picture: Picture) -> dict[str, Any]:
    """In which of `WAYS` which models go through the picture's plan, so that the page shows what then counts, and nothing else."""
    scene = _scene_of(picture)
    if scene is None:
        return {"ways": [], "models": []}
    ways = ["change", "repaint"] if scene.camera is None else ["change", "repaint", "extend"]
    return {"ways": ways, "models": _planners(picture)}


def _changed(asked: GenerationRequest, picture: Picture, scene: Scene) -> GenerationRequest:
    """One picture of the scene as the words have it, or with other shapes where they are the same.

    No smear of the old one, as starting from its pixels leaves.
    """
    from pochade.studio.refinement import changed, reshaped

    if asked.prompt.strip() == picture.prompt.strip():
        return _with_plan(replace(asked, seed=scene.seed), reshaped(scene, asked.seed))
    found, prompt = changed(scene, picture.prompt, asked.prompt, asked.aspect)
    return _with_plan(replace(asked, prompt=prompt, seed=scene.seed), found)


def _repainted(asked: GenerationRequest, picture: Picture, scene: Scene | None) -> GenerationRequest:
    """With the changed scene to paint under the mask, where the picture has one."""
    from pochade.studio.refinement import under_mask

    if scene is None or asked.mask is None:
        return asked
    return _with_plan(asked, under_mask(scene, picture.prompt, asked.prompt, asked.mask, asked.seed))


def _gone_on(asked: GenerationRequest, picture: Picture, scene: Scene | None) -> GenerationRequest:
    """With the scene as a camera sees it that sees further, where the picture has one."""
    import numpy as np

    from pochade.studio.refinement import extended

    if scene is None or asked.mask is None:
        return asked
    top, left = (int(np.flatnonzero(~asked.mask.all(axis))[0]) for axis in (1, 0))
    right, bottom = asked.width_px - left - picture.width_px, asked.height_px - top - picture.height_px
    return _with_plan(asked, extended(scene, picture.width_px, picture.height_px, left, top, right, bottom))


def _with_plan(asked: GenerationRequest, scene: Scene | None) -> GenerationRequest:
    """For the scene; as it was where there is none. A plan is painted once."""
    return asked if scene is None else replace(asked, plan=scene.to_json(), num_images=1)


async def _mask(studio: Studio, form: FormData, pixels: Pixels) -> Mask:
    """What was brushed over: opaque in the uploaded picture."""
    import numpy as np

    file = form.get("mask")
    if not isinstance(file, UploadFile):
        raise InvalidRequestError("Got no mask; brush over what is to be painted anew.", "mask")
    upload = await studio.decoders.decode(await file.read(), "mask")
    marked = np.zeros(pixels.shape[:2], bool) if upload.alpha is None else upload.alpha > 127
    if not marked.any():
        raise InvalidRequestError("Got a mask with nothing marked; brush over what is to be painted anew.", "mask")
    return marked


def _extended(pixels: Pixels, form: FormData, able: Capabilities) -> tuple[Pixels, Mask]:
    """The picture with more room on its sides, and where that is. The room is rounded up to what the model accepts."""
    import numpy as np

    pads = {}
    for side in SIDES:
        pad = fields.whole(form, f"pad_{side}", 0, "pixels to add") or 0
        if not 0 <= pad <= MAX_PAD_PX:
            raise InvalidRequestError(f"Got {pad} pixels to add; 0 to {MAX_PAD_PX} on each side are accepted. Correct it.", "pad")
        pads[side] = pad
    if not any(pads.values()):
        raise InvalidRequestError("Got no pixels to add on any side; 1 or more are accepted. Say how far the picture should go on.", "pad")
    height, width, _ = pixels.shape
    step = able.side_multiple_px
    # on a side that was asked for, so that a picture going on to the left gets no strip on the right
    pads["l" if pads["l"] and not pads["r"] else "r"] += -(width + pads["l"] + pads["r"]) % step
    pads["t" if pads["t"] and not pads["b"] else "b"] += -(height + pads["t"] + pads["b"]) % step
    around = ((pads["t"], pads["b"]), (pads["l"], pads["r"]))
    return np.pad(pixels, (*around, (0, 0)), mode="edge"), np.pad(np.zeros((height, width), bool), around, constant_values=True)


def _pixels(kept: bytes) -> Pixels:
    import numpy as np
    from PIL import Image

    with Image.open(BytesIO(kept)) as image:
        return np.asarray(image.convert("RGB"))


# --- the tree -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Node:
    """A picture of the tree, at the upper left corner of its square."""

    picture: PictureView
    x: int
    y: int


@dataclass
class Tree:
    """A picture with all it was made from and all that was made from it, from left to right."""

    side: int = 46
    nodes: list[Node] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    width: int = 0
    height: int = 0


def tree(studio: Studio, caller: Caller, picture: Picture) -> Tree:
    """The history around a picture; deleted ones are left out, and what came of them moves up."""
    root = picture
    seen = {picture.id}
    while root.parent_ids and root.parent_ids[0] not in seen:
        root = studio.store.pictures.get(caller.user, root.parent_ids[0])
        seen.add(root.id)
    drawn, left, placed = Tree(), 4, set[str]()
    across, down = drawn.side + 30, drawn.side + 8
    rows = 0

    def place(one: Picture, depth: int) -> int | None:
        """Puts a picture and what came of it; gives the middle of its left edge, or None if it is not shown."""
        nonlocal rows
        if one.id in placed or len(placed) >= MAX_RELATIVES:
            return None
        placed.add(one.id)
        row = rows
        shown = one.deleted_at is None
        below = [at for child in studio.store.pictures.children(caller.user, one.id) if (at := place(child, depth + shown)) is not None]
        if rows == row and shown:
            rows += 1
        if not shown:
            return below[0] if below else None
        x, y = left + depth * across, 4 + row * down
        drawn.nodes.append(Node(PictureView(one), x, y))
        middle = y + drawn.side // 2
        for to in below:
            start, end = x + drawn.side, x + across
            drawn.lines.append(f"M{start} {middle}C{start + 18} {middle} {end - 18} {to} {end} {to}")
        drawn.width, drawn.height = max(drawn.width, x + drawn.side + 4), max(drawn.height, y + drawn.side + 4)
        return middle

    place(root, 0)
    return drawn
