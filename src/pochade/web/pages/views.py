"""What templates and scripts are shown of pictures, models and jobs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pochade.core.errors import PochadeError
from pochade.core.recipe import Recipe
from pochade.core.values import Capabilities
from pochade.providers import registry
from pochade.providers.auto import price
from pochade.store import Job, Picture
from pochade.web.pages.rendering import duration, moment
from pochade.web.pages.words import t

ASPECTS = (
    ("square", "1:1", 16, 16),
    ("portrait", "4:5", 14.4, 18),
    ("landscape", "3:2", 20, 13.3),
    ("wide", "16:9", 21, 11.8),
    ("tall", "9:16", 11.8, 21),
)
"""Name, label, and the sides of its sign."""
AREAS = ("256", "512", "768", "1024")
"""Side of the square of the same area, in pixels."""
_SHAPES = {"s11": 1.0, "s43": 4 / 3, "s32": 1.5, "s169": 16 / 9, "s34": 0.75, "s45": 0.8, "s23": 2 / 3, "s916": 9 / 16}
THIS_MACHINE = "this machine"


@dataclass(frozen=True)
class ModelView:
    """A model for menus and listings; one that cannot be used says why in `problem`."""

    id: str
    capabilities: Capabilities | None
    problem: str = ""
    added: bool = False
    default: bool = False

    @property
    def name(self) -> str:
        return self.id

    @property
    def available(self) -> bool:
        return self.capabilities is not None

    @property
    def summary(self) -> str:
        return self.capabilities.summary if self.capabilities else ""

    @property
    def licence(self) -> str:
        return self.capabilities.licence if self.capabilities else ""

    @property
    def runs_at(self) -> str:
        return self.capabilities.runs_at if self.capabilities else t("models.unavailable")

    @property
    def local(self) -> bool:
        return self.capabilities is None or self.capabilities.runs_at == THIS_MACHINE

    @property
    def price(self) -> str:
        return price(self.capabilities.price_usd) if self.capabilities else ""

    @property
    def abilities(self) -> list[str]:
        """What it can do beyond painting from words."""
        able = self.capabilities
        if able is None:
            return []
        return [t("can.words")] + [
            t(f"can.{name}") for name in ("plans", "from_image", "from_mask", "negative_prompt") if getattr(able, name)
        ]

    def for_scripts(self) -> dict[str, Any]:
        able = self.capabilities
        if able is None:
            return {"available": False}
        return {
            "available": True,
            "summary": able.summary,
            "runs_at": able.runs_at,
            "price": self.price,
            "min": able.min_side_px,
            "max": able.max_side_px,
            "step": able.side_multiple_px,
            "max_pixels": able.max_pixels,
            "negative_prompt": able.negative_prompt,
            "steps": able.steps,
            "guidance": able.guidance,
            "from_image": able.from_image,
            "from_mask": able.from_mask,
            "plans": able.plans,
        }


def models(default: str | None = None) -> list[ModelView]:
    """All models, the default first; those that cannot be loaded too, with the reason."""
    default = default or registry.DEFAULT_MODEL
    found = []
    for model_id in sorted(registry.model_ids(), key=lambda known: known != default):
        capabilities, problem = None, ""
        try:
            capabilities = registry.provider(model_id).capabilities
        except PochadeError as error:
            problem = str(error)
        found.append(ModelView(model_id, capabilities, problem, registry.is_configured(model_id), model_id == default))
    return found


@dataclass(frozen=True)
class PictureView:
    """A picture of the gallery."""

    picture: Picture

    def __getattr__(self, name: str) -> Any:
        return getattr(self.picture, name)

    @property
    def file(self) -> str:
        return f"/files/{self.picture.id}"

    @property
    def small(self) -> str:
        return f"/pictures/{self.picture.id}/small"

    @property
    def favourite(self) -> bool:
        return self.picture.favourite_at is not None

    @property
    def short_prompt(self) -> str:
        prompt = " ".join(self.picture.prompt.split()) or t("tile.untitled")
        return prompt if len(prompt) <= 140 else prompt[:139] + "…"

    @property
    def planned(self) -> bool:
        """Whether it was painted from a plan that can be changed."""
        recipe = recipe_of(self.picture)
        return recipe is not None and recipe.plan is not None and '"description"' in recipe.plan

    @property
    def shape(self) -> str:
        """Name of the class of the nearest shape, for the gallery's rows."""
        ratio = math.log(self.picture.width_px / self.picture.height_px)
        return min(_SHAPES, key=lambda name: abs(math.log(_SHAPES[name]) - ratio))

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Names of the catalogue and values, for the list beside the picture."""
        picture, recipe = self.picture, recipe_of(self.picture)
        facts = [("model", picture.model_id), ("size", f"{picture.width_px} × {picture.height_px}")]
        if picture.seed is not None:
            facts.append(("seed", str(picture.seed)))
        if recipe is not None:
            facts.append(("quality", t(f"quality.{recipe.quality}")))
            facts += [(name, str(value)) for name, value in recipe.settings.items()]
        if picture.timings:
            facts.append(("time", duration(sum(picture.timings.values()))))
        facts += [
            ("created", moment(picture.created_at)),
            ("file", f"{picture.num_bytes / 1024:,.0f} KB {picture.media_type.removeprefix('image/').upper()}"),
        ]
        return facts

    def for_scripts(self) -> dict[str, Any]:
        picture = self.picture
        return {
            "id": picture.id,
            "small": self.small,
            "file": self.file,
            "width_px": picture.width_px,
            "height_px": picture.height_px,
            "short_prompt": self.short_prompt,
            "favourite": self.favourite,
            "seed": picture.seed,
            "model": picture.model_id,
            "time": duration(sum(picture.timings.values())) if picture.timings else "",
        }


def recipe_of(picture: Picture) -> Recipe | None:
    """The recipe of a picture, if it has one that this version can read."""
    try:
        return None if picture.recipe is None else Recipe.from_json(picture.recipe)
    except PochadeError:
        return None


@dataclass(frozen=True)
class JobView:
    """A job on the page Paint, and the blank one that its script fills in."""

    id: str = ""
    state: str = ""
    prompt: str = ""
    facts: str = ""
    status: str = ""
    error: str = ""
    fraction: float = 0.0
    n: int = 1
    active: bool = False
    pictures: tuple[PictureView, ...] = ()
    settings: Mapping[str, Any] | None = None


def job_view(job: Job, pictures: list[Picture]) -> JobView:
    seen = tuple(PictureView(picture) for picture in pictures if picture.deleted_at is None)
    return JobView(
        id=job.id,
        state=job.state,
        prompt=job.request["prompt"],
        facts=facts_of(job),
        error=job.error or "",
        fraction=job.fraction,
        n=job.num_images,
        active=job.state in ("queued", "running"),
        pictures=() if job.state in ("queued", "running") else seen,
        settings=settings_of_job(job),
    )


def facts_of(job: Job) -> str:
    """Model, size and seed of a job, and how long it took once it is done."""
    facts = [job.model_id, f"{job.width_px} × {job.height_px}", t("job.seed", seed=job.request["seed"])]
    if job.state == "done" and job.started_at is not None and job.finished_at is not None:
        facts.append(duration(job.finished_at - job.started_at))
    return " · ".join(facts)


def settings_of_job(job: Job) -> dict[str, Any]:
    """What it takes to fill in the form again."""
    kept = {name: job.request.get(name) for name in ("prompt", "seed", "quality", "negative_prompt", "num_steps", "guidance_scale")}
    return {**kept, "model": job.model_id, "n": job.num_images, **size_settings(job.width_px, job.height_px)}


def settings_of_recipe(recipe: Recipe) -> dict[str, Any]:
    """The same from a recipe; one picture, the very seed."""
    kept = {name: recipe.settings.get(name) for name in ("negative_prompt", "num_steps", "guidance_scale")}
    return {
        **kept,
        "prompt": recipe.prompt,
        "seed": recipe.seed,
        "quality": recipe.quality,
        "model": recipe.model_id,
        "n": 1,
        **size_settings(recipe.width_px, recipe.height_px),
    }


def size_settings(width_px: int, height_px: int) -> dict[str, Any]:
    """The size, and the nearest shape and area of the form."""
    ratio = math.log(width_px / height_px)

    def apart(label: str) -> float:
        w, h = map(int, label.split(":"))
        return abs(math.log(w / h) - ratio)

    side = math.sqrt(width_px * height_px)
    return {
        "width_px": width_px,
        "height_px": height_px,
        "aspect": min((label for _, label, _, _ in ASPECTS), key=apart),
        "area": min(AREAS, key=lambda area: abs(int(area) - side)),
    }
