"""What the models that paint from plans share: reading a prompt as the world understands it, and the scenes of a request."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pochade.core.errors import InvalidRequestError, NotUnderstoodError
from pochade.core.values import NO_PLAN, GenerationRequest, PromptRead, Span, UnknownWord
from pochade.world.vocabulary import COLORS, FOOD, MATERIALS, PRODUCTS

if TYPE_CHECKING:
    from pochade.world.scene import Scene

MAX_THINGS = 100
"""Things that a plan may have."""
MAX_NAMED = 24
"""Things that a prompt may name: arranging them takes longer than by their number, four seconds for so many, minutes for 200."""


def read(request: GenerationRequest, model_id: str) -> PromptRead:
    """What the world understands of the prompt.

    Raises:
        NotUnderstoodError: if that is nothing.
        InvalidRequestError: if it names more things than can be arranged.
    """
    from pochade.world.parser import parse

    parsed = parse(request.prompt)
    named = sum(entity.count or 1 for entity in parsed.description.entities)
    if named > MAX_NAMED and request.plan is None:
        raise InvalidRequestError(
            f"Got a prompt that names {named:,} things; {model_id} arranges up to {MAX_NAMED}. Name fewer, or a pile of them.", "prompt"
        )
    unknown = tuple(UnknownWord(word.start, word.end, word.word, tuple(word.near)) for word in parsed.unknown)
    if not parsed.understood:
        message = _nothing_understood(request.prompt, unknown, model_id)
        raise NotUnderstoodError(message, tuple((word.word, word.near) for word in unknown))
    return PromptRead(tuple(Span(span.start, span.end, span.kind, span.canonical) for span in parsed.spans), unknown)


def _nothing_understood(prompt: str, unknown: tuple[UnknownWord, ...], model_id: str) -> str:
    shown = prompt if len(prompt) <= 80 else prompt[:79] + "…"
    near = list(dict.fromkeys(word for entry in unknown for word in entry.near))[:6]
    hint = f"Near words that can be painted: {', '.join(near)}." if near else 'Try "a lemon on a slate slab".'
    return (
        f'Nothing in "{shown}" is known to {model_id}, which paints things, food, landscapes and places. '
        f"{hint} `pochade world list` shows all words."
    )


def scene(request: GenerationRequest, index: int) -> Scene:
    """The scene of picture number `index`: the request's plan, or one drawn for its prompt and seed.

    Raises:
        InvalidRequestError: for a plan that is no scene.
    """
    if request.plan == NO_PLAN:
        raise InvalidRequestError(
            f"Got no plan for {request.model_id}, which needs one; pochade-1 can paint from words alone. Choose it, or allow a plan.",
            field="plan",
        )
    return scene_of(request.plan, request.prompt, request.seed + index, request.aspect)


def scene_of(plan: str | None, prompt: str, seed: int, aspect: float) -> Scene:
    """The scene of a plan, or where there is none, one drawn for a prompt and a seed; aspect: width over height.

    Raises:
        InvalidRequestError: for a plan that is no scene.
    """
    return _composed(prompt, seed, aspect) if plan is None else read_plan(plan)


@lru_cache(maxsize=16)
def _composed(prompt: str, seed: int, aspect: float) -> Scene:
    """Kept, since a sketch and the painting after it share their scene."""
    from pochade.world.compose import compose
    from pochade.world.parser import parse

    return compose(parse(prompt).description, seed, aspect)


def read_plan(text: str) -> Scene:
    """The scene of a plan.

    Raises:
        InvalidRequestError: if the text is no scene, or names things or materials that this world does not have.
    """
    from pochade.world.scene import Scene

    try:
        found = Scene.from_json(text)
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError(
            f"Got a plan that is not a scene of this world ({error}); the Scene JSON that pochade-1 or pathtracer wrote is accepted. "
            "Leave the plan out to paint from prompt and seed.",
            field="plan",
        ) from error
    if len(found.things) > MAX_THINGS:
        raise InvalidRequestError(f"Got a plan with {len(found.things)} things; up to {MAX_THINGS} are accepted. Take some away.", "plan")
    for thing in found.things:
        one_of("object", thing.noun, (*PRODUCTS, *FOOD))
        if thing.material is not None:
            one_of("material", thing.material, MATERIALS)
        if thing.color is not None:
            one_of("colour", thing.color, COLORS)
    return found


def one_of(what: str, value: str, accepted: tuple[str, ...]) -> str:
    """The value, if it is accepted.

    Raises:
        InvalidRequestError: if not; names what is.
    """
    if value not in accepted:
        shown = ", ".join(accepted[:12]) + (", …" if len(accepted) > 12 else "")
        raise InvalidRequestError(f"Got {value!r:.60} as {what}; {shown} are accepted. Choose one of those.", what)
    return value
