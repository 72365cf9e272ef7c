"""The `pathtracer` model: prompt, scene, exact light."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import aclosing, closing, contextmanager
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING

from pochade.core.errors import CancelledError, InvalidRequestError, NotUnderstoodError
from pochade.core.values import (
    Capabilities,
    FinishedImage,
    GenerationEvent,
    GenerationRequest,
    Notice,
    Preview,
    Progress,
    PromptRead,
    Span,
    UnknownWord,
)
from pochade.providers.threads import Cancelled, Send, in_thread

if TYPE_CHECKING:
    from pochade.world.scene import Scene

_rendering = threading.Lock()
"""A render uses every core, so two at once would only make both late: requests take turns, picture by picture."""


class PathTracer:
    """Paints by physically based light transport from a procedural world."""

    model_id = "pathtracer"
    capabilities = Capabilities(
        summary="exact light from a procedural world: products, food, landscapes, places",
        plans=True,
        licence="pictures are yours, without conditions",
        source_type="algorithmicMedia",
    )

    async def generate(self, request: GenerationRequest) -> AsyncIterator[GenerationEvent]:
        """See `ImageProvider.generate`. The plan of a picture is its `Scene` as JSON."""
        self.capabilities.check(request)
        # in a thread all of it, since even importing the renderer takes a moment
        async with aclosing(in_thread(partial(_send_all, request), "pathtracer")) as events:
            async for event in events:
                yield event


def _send_all(request: GenerationRequest, send: Send, cancelled: Cancelled) -> None:
    with closing(_paint(request, cancelled)) as events:
        for event in events:
            send(event)


def _paint(request: GenerationRequest, cancelled: Callable[[], bool]) -> Generator[GenerationEvent, None, None]:
    if request.plan is None:
        yield read(request)
    # checked before Mitsuba is loaded, which takes a second
    scenes = [_scene(request, index) for index in range(request.num_images)]

    from pochade.runtime import denoiser
    from pochade.world.render import backend, paint

    chosen = backend()
    if chosen.reason:
        yield Notice(chosen.reason)
    versions = {"mitsuba": version("mitsuba"), "world": str(scenes[0].version)}
    denoise = None
    if request.quality == "draft" and denoiser.shipped():
        denoise = denoiser.load()
        versions["denoiser"] = denoiser.version()
    for index, scene in enumerate(scenes):
        yield Progress(0.0, index=index)
        picture, done = None, 0.0
        with _turn(cancelled):
            for step in paint(scene, request.width_px, request.height_px, request.quality, cancelled, denoise):
                done = max(done, min(float(step.fraction), 1.0))
                yield Progress(done, index=index)
                picture = getattr(step, "picture", None)
                if picture is None and step.preview is not None:
                    yield Preview(step.preview, index=index)
        if picture is None:
            raise CancelledError()
        yield FinishedImage(picture, request.seed + index, plan=scene.to_json(), versions=versions, backend=chosen.variant, index=index)


def read(request: GenerationRequest) -> PromptRead:
    """What the world understands of the prompt.

    Raises:
        NotUnderstoodError: if that is nothing.
    """
    from pochade.world.parser import parse

    parsed = parse(request.prompt)
    spans = tuple(Span(span.start, span.end, span.kind, span.canonical) for span in parsed.spans)
    unknown = tuple(UnknownWord(word.start, word.end, word.word, tuple(word.near)) for word in parsed.unknown)
    if not parsed.understood:
        raise NotUnderstoodError(_nothing_understood(request.prompt, unknown), tuple((word.word, word.near) for word in unknown))
    return PromptRead(spans, unknown)


def _nothing_understood(prompt: str, unknown: tuple[UnknownWord, ...]) -> str:
    shown = prompt if len(prompt) <= 80 else prompt[:79] + "…"
    near = list(dict.fromkeys(word for entry in unknown for word in entry.near))[:6]
    hint = f"Near words that can be painted: {', '.join(near)}." if near else 'Try "a lemon on a slate slab".'
    return (
        f'Nothing in "{shown}" is known to pathtracer, which paints things, food, landscapes and places. '
        f"{hint} `pochade world list` shows all words."
    )


def _scene(request: GenerationRequest, index: int) -> Scene:
    if request.plan is not None:
        from pochade.world.scene import Scene

        try:
            return Scene.from_json(request.plan)
        except ValueError as error:
            raise InvalidRequestError(
                f"Got a plan that is not a scene of this world ({error}); the Scene JSON that pathtracer wrote is accepted. "
                "Leave the plan out to paint from prompt and seed.",
                field="plan",
            ) from error
    from pochade.world.compose import compose
    from pochade.world.parser import parse

    return compose(parse(request.prompt).description, request.seed + index, request.aspect)


@contextmanager
def _turn(cancelled: Callable[[], bool]) -> Iterator[None]:
    """Holds the renderer; while waiting for it, notices a cancellation within a tenth of a second."""
    while not _rendering.acquire(timeout=0.1):
        if cancelled():
            raise CancelledError()
    try:
        if cancelled():
            raise CancelledError()
        yield
    finally:
        _rendering.release()
