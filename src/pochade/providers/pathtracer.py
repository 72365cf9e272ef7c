"""The `pathtracer` model: prompt, scene, exact light."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing, contextmanager
from functools import partial
from importlib.metadata import version

from pochade.core.errors import CancelledError
from pochade.core.values import Capabilities, FinishedImage, GenerationEvent, GenerationRequest, Notice, Preview, Progress
from pochade.providers import planning
from pochade.providers.threads import Cancelled, Send, in_thread

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
        async with aclosing(in_thread(partial(_paint, request), self.model_id)) as events:
            async for event in events:
                yield event


def _paint(request: GenerationRequest, send: Send, cancelled: Cancelled) -> None:
    if request.plan is None:
        send(planning.read(request, PathTracer.model_id))
    # checked before Mitsuba is loaded, which takes a second
    scenes = [planning.scene(request, index) for index in range(request.num_images)]

    from pochade.runtime import denoiser
    from pochade.world.render import backend, paint

    chosen = backend()
    if chosen.reason:
        send(Notice(chosen.reason))
    versions = {"mitsuba": version("mitsuba"), "world": str(scenes[0].version)}
    denoise = None
    if request.quality == "draft" and denoiser.shipped():
        denoise = denoiser.load()
        versions["denoiser"] = denoiser.version()
    for index, scene in enumerate(scenes):
        send(Progress(0.0, index=index))
        picture, done = None, 0.0
        with _turn(cancelled):
            for step in paint(scene, request.width_px, request.height_px, request.quality, cancelled, denoise):
                done = max(done, min(float(step.fraction), 1.0))
                send(Progress(done, index=index))
                picture = getattr(step, "picture", None)
                if picture is None and step.preview is not None:
                    send(Preview(step.preview, index=index))
        if picture is None:
            raise CancelledError()
        send(FinishedImage(picture, request.seed + index, plan=scene.to_json(), versions=versions, backend=chosen.variant, index=index))


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
