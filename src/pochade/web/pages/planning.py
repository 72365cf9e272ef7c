"""The page Plan: the scene behind a picture, seen from above, with menus to change it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from pochade.core.errors import NotFoundError
from pochade.providers.planning import read_plan
from pochade.store import Picture
from pochade.studio import plans
from pochade.web.api.requests import default_model
from pochade.web.auth import Caller, csrf_protected, person
from pochade.web.pages import fields
from pochade.web.pages.painting import begun
from pochade.web.pages.rendering import PageRoute, environment, page
from pochade.web.pages.views import PictureView, recipe_of
from pochade.web.state import Studio, studio_of
from pochade.world.scene import Scene, Thing

if TYPE_CHECKING:
    from pochade.world.asset import Asset

router = APIRouter(include_in_schema=False, route_class=PageRoute)
Person = Annotated[Caller, Depends(person)]
GUIDE_SIDE_PX = 320
TIMES = ("morning", "noon", "golden hour", "sunset", "dusk", "moonlight", "starry night")
WEATHER = ("overcast", "storm", "fog", "aurora")


@router.get("/plan")
async def choose(request: Request, caller: Person) -> Response:
    studio = studio_of(request)
    pictures = await anyio.to_thread.run_sync(lambda: studio.store.pictures.list(caller.user, limit=120))
    planned = [view for view in map(PictureView, pictures) if view.planned]
    return page(request, caller, "choose.html", here="plan", pictures=planned)


@router.get("/plan/{picture_id}")
async def plan_page(request: Request, picture_id: str, caller: Person) -> Response:
    studio = studio_of(request)
    picture, scene = await anyio.to_thread.run_sync(_planned, studio, caller, picture_id)
    context = await anyio.to_thread.run_sync(_context, scene, picture.width_px / picture.height_px)
    return page(request, caller, "plan.html", here="plan", picture=PictureView(picture), **context)


@router.post("/plan/{picture_id}/change", dependencies=[Depends(csrf_protected)])
async def change(request: Request, picture_id: str, caller: Person) -> Response:
    """Changes one thing of the plan that is sent; answers with the new plan, its words, its menus and its top view."""
    studio, body = studio_of(request), await fields.json_body(request)
    picture, original = await anyio.to_thread.run_sync(_planned, studio, caller, picture_id)
    aspect = picture.width_px / picture.height_px

    def changed() -> dict[str, Any]:
        scene = read_plan(str(body.get("plan") or "")) if body.get("plan") else original
        if body.get("thing") is not None:
            index, x, y = fields.whole(body, "thing"), fields.real(body, "x", 0.0), fields.real(body, "y", 0.0)
            scene = plans.move(scene, index or 0, x or 0.0, y or 0.0)
        elif body.get("what"):
            entity = fields.whole(body, "entity")
            scene = plans.change(scene, str(body["what"]), str(body.get("value", "")), entity=entity, aspect=aspect)
        context = _context(scene, aspect)
        parts = {part: environment().get_template(f"parts/plan_{part}.html").render(**context) for part in ("menus", "top")}
        return {"plan": scene.to_json(), "prompt": _prompt(scene, original, picture), **parts}

    return JSONResponse(await anyio.to_thread.run_sync(changed))


@router.post("/plan/{picture_id}/guide", dependencies=[Depends(csrf_protected)])
async def guide(request: Request, picture_id: str, caller: Person) -> Response:
    """The guide of the plan that is sent, as a picture."""
    studio, body = studio_of(request), await fields.json_body(request)
    picture, original = await anyio.to_thread.run_sync(_planned, studio, caller, picture_id)
    shrink = GUIDE_SIDE_PX / max(picture.width_px, picture.height_px)

    def drawn() -> bytes:
        from PIL import Image

        plan = body.get("plan")
        scene = read_plan(str(plan)) if plan else original
        pixels = plans.guide_picture(scene, max(16, round(picture.width_px * shrink)), max(16, round(picture.height_px * shrink)))
        file = BytesIO()
        Image.fromarray(pixels).save(file, "WEBP", quality=88)
        return file.getvalue()

    return Response(await anyio.to_thread.run_sync(drawn), media_type="image/webp")


@router.post("/plan/{picture_id}", dependencies=[Depends(csrf_protected)])
async def repaint(request: Request, picture_id: str, caller: Person) -> Response:
    """Paints the plan that is sent, at the picture's size and quality, under the words that now describe it."""
    studio, form = studio_of(request), await request.form()
    picture, original = await anyio.to_thread.run_sync(_planned, studio, caller, picture_id)
    recipe = recipe_of(picture)
    scene = await anyio.to_thread.run_sync(read_plan, fields.text(form, "plan"))
    values = {
        "prompt": _prompt(scene, original, picture),
        "model": picture.model_id,
        "size": f"{picture.width_px}x{picture.height_px}",
        "seed": picture.seed,
        "quality": recipe.quality if recipe else "standard",
        "plan": scene.to_json(),
    }
    asked = fields.request_of(values, default_model(studio.settings))
    return JSONResponse(await begun(studio, caller, asked, parent_ids=(picture.id,)))


def _planned(studio: Studio, caller: Caller, picture_id: str) -> tuple[Picture, Scene]:
    picture = studio.store.pictures.get(caller.user, picture_id)
    recipe = recipe_of(picture)
    if picture.deleted_at is not None or recipe is None or recipe.plan is None:
        raise NotFoundError(f"Picture {picture_id!r} has no plan; pictures painted by models that plan have one. Choose one of those.")
    return picture, read_plan(recipe.plan)


def _prompt(scene: Scene, original: Scene, picture: Picture) -> str:
    """The picture's own prompt as long as it fits; what was changed is said in the world's words."""
    from pochade.world.captions import canonical

    return picture.prompt if scene.description == original.description else canonical(scene.description)


# --- what the templates show ----------------------------------------------------------------------------------


def _context(scene: Scene, aspect: float) -> dict[str, Any]:
    return {"plan": scene.to_json(), "menus": _menus(scene), "top": top_view(scene, aspect)}


def _menus(scene: Scene) -> dict[str, Any]:
    from pochade.world.vocabulary import COLORS, DYED_SURFACES, FOOD, MATERIALS, MOODS, PRODUCTS, SURFACES, VIEWS

    said = scene.description
    able = plans.lights(scene)
    studio = tuple(name for name in able if name not in TIMES and name not in WEATHER)
    groups = (("times", TIMES), ("weather", WEATHER), ("studio_lights", studio))
    return {
        "lights": [(name, [light for light in members if light in able]) for name, members in groups if members],
        "light": said.light,
        "has_key_light": bool(scene.things),
        "azimuth": round(scene.key_azimuth_deg),
        "settings": plans.settings(scene),
        "setting": said.setting,
        "surfaces": SURFACES,
        "surface": said.surface,
        "dyed": said.surface in DYED_SURFACES,
        "surface_color": said.surface_color,
        "materials": MATERIALS,
        "colors": COLORS,
        "views": VIEWS,
        "view": said.views[0] if said.views else "",
        "moods": MOODS,
        "mood": said.moods[0] if said.moods else "",
        "has_camera": scene.camera is not None,
        "objects": [
            {
                "index": index,
                "noun": entity.noun,
                "nouns": PRODUCTS if entity.noun in PRODUCTS else FOOD,
                "count": str(sum(thing.entity == index for thing in scene.things)),
                "counts": [str(n) for n in range(1, plans.MAX_COUNT + 1)],
                "material": entity.material,
                "color": entity.color,
            }
            for index, entity in enumerate(said.entities)
        ],
    }


@dataclass(frozen=True)
class TopThing:
    """A thing from above, in centimetres of the drawing."""

    index: int
    name: str
    label: str
    cx: float
    cy: float
    r: float
    x_m: float
    y_m: float
    fill: str


@dataclass(frozen=True)
class TopView:
    """The plan from above: x to the right, away from the camera is up; one unit is a centimetre."""

    view_box: str = ""
    things: tuple[TopThing, ...] = ()
    rules: tuple[str, ...] = ()
    view: str = ""
    light: dict[str, Any] | None = None
    font: float = 1.0


def top_view(scene: Scene, aspect: float) -> TopView:
    """How the plan looks from above."""
    from pochade.world.compose import shape

    if not scene.things:
        return TopView()
    placed = []
    for index, thing in enumerate(scene.things):
        asset = shape(thing.noun, thing.seed, thing.color)
        radius = 100 * asset.radius_m * thing.scale
        name = " ".join(word for word in (thing.color, thing.material, thing.noun) if word)
        x, y = 100 * thing.position_m[0], -100 * thing.position_m[1]
        label = thing.noun if thing.support is None else ""
        placed.append(TopThing(index, name, label, _r(x), _r(y), _r(radius), thing.position_m[0], thing.position_m[1], _fill(thing, asset)))
    placed.sort(key=lambda one: -one.r)  # small things above large ones
    low_x, high_x = min(one.cx - one.r for one in placed), max(one.cx + one.r for one in placed)
    low_y, high_y = min(one.cy - one.r for one in placed), max(one.cy + one.r for one in placed)
    half = 0.95 * max(high_x - low_x, high_y - low_y, 12.0)
    mx, my = (low_x + high_x) / 2, (low_y + high_y) / 2
    step = (
        10.0 ** math.floor(math.log10(half)) if half / 10 ** math.floor(math.log10(half)) >= 3 else 10.0 ** math.floor(math.log10(half)) / 2
    )
    ticks = [k * step for k in range(-40, 41)]
    rules = [f"M{_r(t)} {_r(my - half)}V{_r(my + half)}" for t in ticks if abs(t - mx) < half]
    rules += [f"M{_r(mx - half)} {_r(t)}H{_r(mx + half)}" for t in ticks if abs(t - my) < half]
    azimuth = math.radians(scene.key_azimuth_deg)
    lx, ly = mx + 0.86 * half * math.sin(azimuth), my + 0.86 * half * math.cos(azimuth)
    light = {"x": _r(lx), "y": _r(ly), "r": _r(half / 22), "path": f"M{_r(lx)} {_r(ly)}L{_r(mx)} {_r(my)}"}
    box = f"{_r(mx - half)} {_r(my - half)} {_r(2 * half)} {_r(2 * half)}"
    return TopView(box, tuple(placed), tuple(rules), _wedge(scene, aspect), light, _r(half / 13))


def _wedge(scene: Scene, aspect: float) -> str:
    """What the camera sees, as a triangle from its eye."""
    camera = scene.camera
    if camera is None:
        return ""
    ex, ey = 100 * camera.position_m[0], -100 * camera.position_m[1]
    dx, dy = 100 * camera.target_m[0] - ex, -100 * camera.target_m[1] - ey
    length = math.hypot(dx, dy)
    if length < 1:  # looking straight down
        return ""
    half = math.atan(math.tan(math.radians(camera.fov_deg / 2)) * max(aspect, 1.0))
    heading = math.atan2(dy, dx)
    ends = [(ex + 6 * length * math.cos(heading + turn), ey + 6 * length * math.sin(heading + turn)) for turn in (-half, half)]
    return f"M{_r(ex)} {_r(ey)}L{_r(ends[0][0])} {_r(ends[0][1])}L{_r(ends[1][0])} {_r(ends[1][1])}Z"


def _fill(thing: Thing, asset: Asset) -> str:
    """A colour for the drawing, "#rrggbb": the one that was asked for, else the material's, else the thing's own, as of a lemon."""
    from pochade.world.palette import COLOR_RGB
    from pochade.world.palette import material as look
    from pochade.world.render.bsdf import REFLECTANCE

    body = asset.parts[0]
    own = None if body.material is None else body.material.color
    if own is not None and body.mesh.color is not None:
        own = body.mesh.color.mean(axis=0) * own
    if thing.color in COLOR_RGB:
        linear = COLOR_RGB[thing.color]
    elif thing.material:
        said = look(thing.material)
        metal = REFLECTANCE[said.conductor] if said.conductor else (1.0, 1.0, 1.0)
        linear = tuple(one * other for one, other in zip(said.color, metal, strict=True))
    else:
        linear = (0.35, 0.33, 0.30) if own is None else own
    return "#" + "".join(f"{round(255 * min(max(float(c), 0.0), 1.0) ** (1 / 2.2)):02x}" for c in linear)


def _r(value: float) -> float:
    return round(float(value), 2)
