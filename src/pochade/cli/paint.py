"""`pochade paint`: from a prompt, or from the recipe inside a picture, to files."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from pochade.core.errors import InvalidRequestError

if TYPE_CHECKING:
    from pochade.core.recipe import Recipe
    from pochade.core.values import GenerationRequest, Quality

DEFAULT_SIZE = "512x512"
RANDOM_SEEDS = 10_000_000
"""Seeds that are drawn, not given, lie below this: short enough to read out."""


def paint(
    prompt: Annotated[list[str] | None, typer.Argument(help="What to paint, in your own words.", show_default=False)] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="File (.png, .jpg, .webp) or folder. Default: named after the prompt."),
    ] = None,
    num_images: Annotated[
        str, typer.Option("-n", "--number", metavar="N", help="Variations, 1 to 10; more than one come with a contact sheet.")
    ] = "1",
    size: Annotated[str | None, typer.Option(metavar="WxH", help=f"Size in pixels. Default: {DEFAULT_SIZE}.")] = None,
    seed: Annotated[str | None, typer.Option(metavar="S", help="Same prompt and seed, same picture. Default: drawn.")] = None,
    quality: Annotated[
        str | None, typer.Option(metavar="draft|standard|best", help="How long to let the light settle. Default: standard.")
    ] = None,
    model: Annotated[str | None, typer.Option(metavar="ID", help="Which model paints. Default: pochade-1.")] = None,
    source: Annotated[
        str | None, typer.Option("--from", metavar="PICTURE", help="Paint a picture of Pochade again; other options change it.")
    ] = None,
    change: Annotated[
        str | None, typer.Option("--change", metavar="WORDS", help='With --from: the same scene, but "at night", "in gold", "a teapot".')
    ] = None,
    plan: Annotated[
        str | None,
        typer.Option(metavar="auto|off|FILE", help="off: from the words alone (pochade-1). FILE: a scene as JSON, to be painted."),
    ] = None,
    layout: Annotated[
        str | None, typer.Option(metavar="FILE", help='Where things go: JSON like [{"thing": "lemon", "box": [0.1, 0.5, 0.4, 0.9]}].')
    ] = None,
    steps: Annotated[str | None, typer.Option(metavar="N", help="Steps of models that paint in steps. Default: by quality.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print the paths of the files, nothing else.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per file.")] = False,
) -> None:
    """Paint a picture from a prompt.

    [dim]pochade paint "a red glass vase on a marble table at sunset"[/dim]
    """
    from pochade.studio.paint import check

    asked = Asked(" ".join(prompt) if prompt else None, num_images, size, seed, quality, model, plan, steps)
    recipe = None
    if source is not None:
        from pochade.studio.pictures import read_recipe

        recipe = read_recipe(Path(source))
    elif not prompt:
        raise InvalidRequestError('Got no prompt; say what to paint, for example: pochade paint "a lemon on a slate slab".', field="prompt")
    elif change is not None:
        raise InvalidRequestError(
            "Got a change but no picture to change; name one of Pochade's, for example: "
            'pochade paint --from vase.png --change "at night".',
            field="change",
        )
    request = asked.request(recipe)
    if recipe is not None and change is not None:
        request = changed(request, recipe, change)
    if layout is not None:
        request = laid_out(request, Path(layout))
    check(request)

    from pochade.cli.easel import easel
    from pochade.cli.session import Session
    from pochade.studio.files import destination

    place = destination(output, request.prompt, request.seed, request.num_images, force)
    Session(request, place, easel(request, quiet, as_json), recipe).run()


@dataclasses.dataclass(frozen=True)
class Asked:
    """The options as typed; None where nothing was typed."""

    prompt: str | None
    num_images: str
    size: str | None
    seed: str | None
    quality: str | None
    model: str | None
    plan: str | None = None
    steps: str | None = None

    def request(self, recipe: Recipe | None) -> GenerationRequest:
        """What to paint: what was typed, else what the recipe says, else the defaults.

        Raises:
            InvalidRequestError: for a value that is not accepted.
        """
        import secrets

        from pochade.core.values import GenerationRequest
        from pochade.providers.registry import DEFAULT_MODEL

        num_images = whole_number(self.num_images, "the number of pictures", "1 to 10", "n")
        size = None if self.size is None else parse_size(self.size)
        num_steps = None if self.steps is None else whole_number(self.steps, "the number of steps", "1 to 50", "num_steps")
        if recipe is None:
            width, height = size or parse_size(DEFAULT_SIZE)
            return GenerationRequest(
                prompt=self.prompt or "",
                seed=secrets.randbelow(RANDOM_SEEDS) if self.seed is None else parse_seed(self.seed),
                model_id=DEFAULT_MODEL if self.model is None else self.model,
                num_images=num_images,
                width_px=width,
                height_px=height,
                quality="standard" if self.quality is None else cast("Quality", self.quality),
                num_steps=num_steps,
                plan=plan_of(self.plan),
            )
        width, height = size or (recipe.width_px, recipe.height_px)
        keeps_plan = self.prompt is None and self.seed is None and num_images == 1 and self.model in (None, recipe.model_id)
        return GenerationRequest(
            prompt=recipe.prompt if self.prompt is None else self.prompt,
            seed=recipe.seed if self.seed is None else parse_seed(self.seed),
            model_id=recipe.model_id if self.model is None else self.model,
            num_images=num_images,
            width_px=width,
            height_px=height,
            quality=recipe.quality if self.quality is None else cast("Quality", self.quality),
            num_steps=num_steps,
            plan=plan_of(self.plan) if self.plan else recipe.plan if keeps_plan else None,
        )


def changed(request: GenerationRequest, recipe: Recipe, words: str) -> GenerationRequest:
    """The request for the recipe's scene, with what `words` say changed.

    Raises:
        InvalidRequestError: if the recipe has no scene, or the words say nothing that it can take.
    """
    from pochade.core.values import NO_PLAN
    from pochade.providers.planning import read_plan
    from pochade.studio.rewording import reworded

    if request.num_images != 1:
        raise InvalidRequestError(f"Got {request.num_images} pictures of a changed scene; one is accepted. Leave -n out.", field="n")
    if recipe.plan in (None, NO_PLAN):
        raise InvalidRequestError(
            f"Got a change for a picture that {recipe.model_id} painted without a plan; one of pathtracer or pochade-1 is accepted. "
            "Paint its prompt anew instead.",
            field="change",
        )
    scene = reworded(read_plan(recipe.plan), words, request.aspect)
    return dataclasses.replace(request, prompt=f"{request.prompt}, {words}", plan=scene.to_json())


def laid_out(request: GenerationRequest, path: Path) -> GenerationRequest:
    """The request for the scene of its plan, or of its prompt and seed, with things where the layout in `path` wants them.

    Raises:
        InvalidRequestError: if there is no such layout, or the scene cannot follow it.
    """
    from pochade.core.values import NO_PLAN
    from pochade.providers.planning import scene
    from pochade.studio.layout import arranged, read_layout

    if request.num_images != 1:
        raise InvalidRequestError(f"Got {request.num_images} pictures of one layout; one is accepted. Leave -n out.", field="n")
    if request.plan == NO_PLAN:
        raise InvalidRequestError("Got a layout, and --plan off; a layout needs a plan. Leave one of them out.", field="layout")
    found = arranged(scene(request, 0), read_layout(_text(path, "layout")), request.aspect)
    return dataclasses.replace(request, plan=found.to_json())


def plan_of(text: str | None) -> str | None:
    """What `--plan` stands for: None for a plan drawn from prompt and seed, `NO_PLAN`, or a scene as JSON.

    Raises:
        InvalidRequestError: if it names no readable scene.
    """
    from pochade.core.values import NO_PLAN

    if text in (None, "auto"):
        return None
    if text == "off":
        return NO_PLAN
    from pochade.providers.planning import read_plan

    return read_plan(_text(Path(text), "plan")).to_json()


def _text(path: Path, what: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InvalidRequestError(f"Got {str(path)!r:.200} as {what}, which cannot be read ({reason}). Name a text file.", what) from error


def whole_number(text: str, what: str, accepted: str, field: str) -> int:
    """Raises InvalidRequestError if `text` is no whole number."""
    try:
        return int(text)
    except ValueError:
        raise InvalidRequestError(
            f"Got {text!r} as {what}; whole numbers from {accepted} are accepted. Choose one of those.", field
        ) from None


def parse_seed(text: str) -> int:
    from pochade.core.limits import MAX_SEED

    return whole_number(text, "the seed", f"0 to {MAX_SEED}", "seed")


def parse_size(text: str) -> tuple[int, int]:
    """ "640x480" or "512" to (width, height) in pixels.

    Raises:
        InvalidRequestError: if it is neither.
    """
    found = re.fullmatch(r"\s*(\d{1,9})\s*(?:[xX×*]\s*(\d{1,9})\s*)?", text)
    if found is None:
        raise InvalidRequestError(
            f"Got size {text!r}; width x height in pixels is accepted, for example 768x512. Write it like that.", field="size"
        )
    return int(found[1]), int(found[2] or found[1])
