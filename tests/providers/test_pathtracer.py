"""The adapter alone: parser, composer and renderer are stand-ins that take no time."""

from __future__ import annotations

import asyncio
import dataclasses
import sys
import threading
import time
import types
from contextlib import aclosing

import numpy as np
import pytest

from pochade.core.errors import CancelledError, InvalidRequestError, NotUnderstoodError, UnsupportedRequestError
from pochade.core.values import FinishedImage, GenerationRequest, Notice, Preview, Progress, PromptRead, Span, UnknownWord
from pochade.providers.pathtracer import PathTracer
from pochade.world.scene import Camera, Description, Scene


@dataclasses.dataclass
class Step:
    fraction: float
    preview: np.ndarray | None = None
    picture: np.ndarray | None = None


class World:
    """Stand-ins for what the adapter calls; counts renders, and how many run at a time."""

    def __init__(self) -> None:
        self.passes, self.pause_s, self.reason = 3, 0.0, ""
        self.running = self.most_running = self.renders = 0
        self.cancellations: list[int] = []
        self.known = True

    def parse(self, prompt: str) -> types.SimpleNamespace:
        span, unknown = (types.SimpleNamespace(start=0, end=1, kind="noun", canonical="x", word="x", near=["y"]) for _ in range(2))
        return types.SimpleNamespace(
            description=Description(), spans=[span] if self.known else [], unknown=[unknown], understood=self.known
        )

    def compose(self, description: Description, seed: int, aspect: float = 1.0) -> Scene:
        camera = Camera((0, -1, 0.5), (0, 0, 0), 35.0, 0.0, 1.0)
        return Scene(description, (), camera, seed, 1, 2, 3, aspect)

    def paint(self, scene, width_px, height_px, quality, cancelled, denoiser=None):
        self.renders += 1
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            for k in range(self.passes):
                time.sleep(self.pause_s)
                if cancelled():
                    self.cancellations.append(k)
                    raise CancelledError()
                yield Step((k + 1) / (self.passes + 1), preview=np.zeros((4, 4, 3), np.uint8))
            yield Step(1.0, picture=np.full((height_px, width_px, 3), scene.seed % 256, np.uint8))
        finally:
            self.running -= 1

    def backend(self) -> types.SimpleNamespace:
        return types.SimpleNamespace(variant="scalar_rgb", reason=self.reason)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    fake = World()
    for name, parts in {"parser": ["parse"], "compose": ["compose"], "render": ["paint", "backend"]}.items():
        module = types.ModuleType(f"pochade.world.{name}")
        for part in parts:
            setattr(module, part, getattr(fake, part))
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return fake


def run(request: GenerationRequest) -> list:
    async def gather() -> list:
        return [event async for event in PathTracer().generate(request)]

    return asyncio.run(gather())


def test_events_in_order(world):
    world.reason = "No libLLVM."
    read, notice, *rest = run(GenerationRequest("x", 7, num_images=2, width_px=64, height_px=72))
    assert read == PromptRead((Span(0, 1, "noun", "x"),), (UnknownWord(0, 1, "x", ("y",)),))
    assert notice == Notice("No libLLVM.")
    images = [event for event in rest if isinstance(event, FinishedImage)]
    assert [(image.index, image.seed, image.picture.shape, image.picture[0, 0, 0]) for image in images] == [
        (0, 7, (72, 64, 3), 7),
        (1, 8, (72, 64, 3), 8),
    ]
    assert [event.fraction for event in rest if isinstance(event, Progress) and event.index == 1] == [0, 0.25, 0.5, 0.75, 1]
    assert sum(isinstance(event, Preview) for event in rest) == 6
    assert images[0].backend == "scalar_rgb" and set(images[0].versions) == {"mitsuba", "world"}


def test_the_plan_of_a_picture_paints_it_again(world):
    first = next(event for event in run(GenerationRequest("x", 7)) if isinstance(event, FinishedImage))
    assert first.plan is not None and Scene.from_json(first.plan).seed == 7
    world.known = False  # a plan needs no prompt that is understood
    events = run(GenerationRequest("x", 7, plan=first.plan))
    assert not any(isinstance(event, PromptRead) for event in events)
    again = events[-1]
    assert again.plan == first.plan and (again.picture == first.picture).all()


def test_refusals_come_before_any_render(world):
    with pytest.raises(UnsupportedRequestError):
        run(GenerationRequest("x", 7, width_px=65))
    with pytest.raises(InvalidRequestError, match="not a scene"):
        run(GenerationRequest("x", 7, plan='{"things":[]}'))
    world.known = False
    with pytest.raises(NotUnderstoodError, match=r'Nothing in "x" is known to pathtracer.*Near words that can be painted: y') as caught:
        run(GenerationRequest("x", 7))
    assert caught.value.unknown == (("x", ("y",)),) and world.renders == 0


def test_closing_the_iterator_stops_the_render(world):
    world.passes, world.pause_s = 1000, 0.01

    async def look_once() -> None:
        async with aclosing(PathTracer().generate(GenerationRequest("x", 7))) as events:
            async for event in events:
                if isinstance(event, Preview):
                    break

    asyncio.run(look_once())
    assert wait_for(lambda: world.running == 0) and world.renders == 1


def test_cancelling_the_task_stops_the_render_and_those_that_wait(world):
    world.passes, world.pause_s = 1000, 0.01

    async def cancel_all() -> None:
        tasks = [asyncio.create_task(consume(PathTracer(), seed)) for seed in (1, 2, 3)]
        await asyncio.sleep(0.2)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    asyncio.run(cancel_all())
    assert wait_for(lambda: not [thread for thread in threading.enumerate() if thread.name == "pathtracer"])
    assert world.renders == 1


def test_overlapping_requests_take_turns_and_all_finish(world):
    world.pause_s = 0.005

    async def three() -> list[int]:
        return await asyncio.gather(*(consume(PathTracer(), seed) for seed in (1, 2, 3)))

    assert asyncio.run(three()) == [1, 2, 3]
    assert world.most_running == 1


async def consume(model: PathTracer, seed: int) -> int:
    found = [event async for event in model.generate(GenerationRequest("x", seed)) if isinstance(event, FinishedImage)]
    return found[0].seed


def wait_for(condition, timeout_s: float = 5) -> bool:
    until = time.monotonic() + timeout_s
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    return condition()
