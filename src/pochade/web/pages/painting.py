"""The page Paint, and what its script calls: jobs and their events, sketches while typing, settings out of a picture."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Annotated, Any, cast

import anyio
import anyio.to_thread
from anyio.streams.memory import MemoryObjectSendStream
from fastapi import APIRouter, Depends, Request, Response, UploadFile
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.requests import ClientDisconnect

from pochade.core.errors import InvalidRequestError, NotUnderstoodError, PochadeError, RecipeError
from pochade.core.recipe import Recipe
from pochade.core.values import GenerationEvent, GenerationRequest, Notice, Preview, Progress, PromptRead, Quality
from pochade.providers import registry
from pochade.store import Job, Picture
from pochade.studio import paint, plans
from pochade.studio.jobs import Kept, Over
from pochade.web.api.encoding import preview_of
from pochade.web.api.requests import default_model
from pochade.web.api.work import accept
from pochade.web.auth import Caller, csrf_protected, person
from pochade.web.pages import fields
from pochade.web.pages.rendering import PageRoute, duration, page
from pochade.web.pages.views import (
    AREAS,
    ASPECTS,
    THIS_MACHINE,
    JobView,
    PictureView,
    facts_of,
    job_view,
    models,
    recipe_of,
    settings_of_job,
    settings_of_recipe,
)
from pochade.web.pages.words import EXAMPLES
from pochade.web.state import Studio, studio_of

router = APIRouter(include_in_schema=False, route_class=PageRoute)
Person = Annotated[Caller, Depends(person)]
SHOWN_JOBS = 12
PAST_PROMPTS = 40
SKETCH_SIDE_PX = 256
STANDING_EVERY_S = 1.0
MAX_FOLLOWED = 100


@router.get("/")
async def paint_page(request: Request, caller: Person) -> Response:
    studio = studio_of(request)
    wanted = request.query_params.get("from")

    def read() -> tuple[list[JobView], list[str], dict[str, Any] | None]:
        jobs = studio.store.queue.list(caller.user, limit=PAST_PROMPTS)
        shown = [job_view(job, studio.store.pictures.of_job(caller.user, job.id)) for job in jobs[:SHOWN_JOBS]]
        shown = [job for job in shown if job.active or job.error or job.pictures]
        prompts = list(dict.fromkeys(str(job.request["prompt"]) for job in jobs))
        recipe = recipe_of(studio.store.pictures.get(caller.user, wanted)) if wanted else None
        return shown, prompts, settings_of_recipe(recipe) if recipe else None

    jobs, prompts, settings = await anyio.to_thread.run_sync(read)
    return page(
        request,
        caller,
        "paint.html",
        here="paint",
        jobs=jobs,
        prompts=prompts,
        settings=settings,
        examples=EXAMPLES,
        **await form_context(studio),
    )


async def form_context(studio: Studio) -> dict[str, Any]:
    """What the fields of Paint and Compare are made from."""
    from pochade.world.vocabulary import LIGHTS, MOODS, VIEWS

    default = default_model(studio.settings)
    found = await anyio.to_thread.run_sync(models, default)
    return {
        "models": found,
        "models_data": {model.id: model.for_scripts() for model in found},
        "aspects": ASPECTS,
        "areas": AREAS,
        "styles": (("light", LIGHTS), ("mood", MOODS), ("view", VIEWS)),
        "blank_job": JobView(),
        "form": {
            "prompt": "",
            "model": default,
            "models": [model.id for model in found if model.available and model.id != registry.AUTO][:3],
            "aspect": "1:1",
            "area": "512",
            "n": 1,
            "seed": "",
            "seed_locked": False,
            "quality": "standard",
            "negative_prompt": "",
            "num_steps": "",
            "guidance_scale": "",
        },
    }


# --- jobs -----------------------------------------------------------------------------------------------------


@router.post("/jobs", dependencies=[Depends(csrf_protected)])
async def begin(request: Request, caller: Person) -> Response:
    """Takes a painting on; the pictures come through `/jobs/ID/events`."""
    studio = studio_of(request)
    asked = fields.request_of(cast(Mapping[str, Any], await request.form()), default_model(studio.settings))
    return JSONResponse(await begun(studio, caller, asked))


async def begun(studio: Studio, caller: Caller, asked: GenerationRequest, parent_ids: tuple[str, ...] = ()) -> dict[str, Any]:
    """What scripts are told about a job that was just accepted."""
    accepted = await accept(studio, caller, asked, parent_ids=parent_ids)
    job = accepted.job
    return {
        "id": job.id,
        "prompt": asked.prompt,
        "facts": facts_of(job),
        "n": job.num_images,
        "width_px": job.width_px,
        "height_px": job.height_px,
        "settings": settings_of_job(job),
    }


@router.post("/jobs/{job_id}/cancel", dependencies=[Depends(csrf_protected)])
async def cancel(request: Request, job_id: str, caller: Person) -> Response:
    job = await studio_of(request).jobs.cancel(caller.user, job_id)
    return JSONResponse({"state": job.state})


@router.get("/jobs/events")
async def events(request: Request, caller: Person) -> Response:
    """News of all jobs that a page follows, by one stream: browsers open six connections to a server, and a page needs some for else."""
    studio, ids = studio_of(request), list(dict.fromkeys(request.query_params.getlist("id")))
    if not 1 <= len(ids) <= MAX_FOLLOWED:
        raise InvalidRequestError(f"Got {len(ids)} jobs to follow; 1 to {MAX_FOLLOWED} are accepted. Name some by `id`.", "id")

    def refuse() -> None:  # here, not in the stream
        for job_id in ids:
            studio.store.queue.get(caller.user, job_id)

    await anyio.to_thread.run_sync(refuse)
    return StreamingResponse(_all_news(studio, caller, ids), media_type="text/event-stream", headers={"x-accel-buffering": "no"})


async def _all_news(studio: Studio, caller: Caller, ids: Sequence[str]) -> AsyncGenerator[str, None]:
    """News of each of the jobs until all are over or the server stops."""
    into, out = anyio.create_memory_object_stream[str]()

    async def pass_on(job_id: str, into: MemoryObjectSendStream[str]) -> None:
        with into:
            async with aclosing(_news(studio, caller, job_id)) as news:
                async for one in news:
                    await into.send(one)

    with into, out:
        following = [asyncio.create_task(pass_on(job_id, into.clone()), name=f"news of {job_id}") for job_id in ids]
        into.close()
        try:
            async for one in out:
                yield one
        finally:
            for task in following:
                task.cancel()
            await asyncio.gather(*following, return_exceptions=True)


async def _news(studio: Studio, caller: Caller, job_id: str) -> AsyncGenerator[str, None]:
    """Events of a job as server-sent events, and how it stands every second until it is over or the server stops."""

    def sent(name: str, data: Mapping[str, Any]) -> str:
        return f"event: {name}\ndata: {json.dumps({'job': job_id, **data}, separators=(',', ':'))}\n\n"

    async def standing() -> str:
        job = await anyio.to_thread.run_sync(studio.store.queue.get, caller.user, job_id)
        stands = await anyio.to_thread.run_sync(studio.store.queue.standing, caller.user, job_id, max(studio.settings.workers, 1))
        return sent("standing", {"state": job.state, "position": stands.position, "seconds_left": stands.seconds_left})

    watching = cast(AsyncGenerator[GenerationEvent, None], studio.jobs.watch(caller.user, job_id))
    coming = asyncio.ensure_future(anext(watching))
    try:
        yield await standing()
        while not studio.draining.is_set():
            await asyncio.wait({coming}, timeout=STANDING_EVERY_S)
            if not coming.done():
                yield await standing()
                continue
            event = coming.result()
            told = await anyio.to_thread.run_sync(_told, event)
            if told:
                yield sent(*told)
            if isinstance(event, Over):
                return
            coming = asyncio.ensure_future(anext(watching))
    finally:
        coming.cancel()
        with suppress(asyncio.CancelledError, StopAsyncIteration, PochadeError):
            await coming
        await watching.aclose()


def _told(event: GenerationEvent) -> tuple[str, dict[str, Any]] | None:
    """Name and data of the event for scripts, or None if they need not know."""
    match event:
        case PromptRead():
            return "read", read_for_scripts(event)
        case Notice():
            return "notice", {"message": event.message}
        case Progress():
            return "progress", {"index": event.index, "fraction": event.fraction}
        case Preview():
            return "preview", {"index": event.index, "src": _data_url(event)}
        case Kept():
            return "picture", {"index": event.index, "picture": PictureView(event.picture).for_scripts()}
        case Over():
            return "end", {"state": event.job.state, "error": event.job.error, "facts": facts_of(event.job), "time": _took(event.job)}
    return None


def _took(job: Job) -> str:
    return duration(job.finished_at - job.started_at) if job.started_at is not None and job.finished_at is not None else ""


def read_for_scripts(read: PromptRead) -> dict[str, Any]:
    return {
        "spans": [{"start": span.start, "end": span.end, "kind": span.kind} for span in read.spans],
        "unknown": [{"start": word.start, "end": word.end, "word": word.word, "near": list(word.near[:4])} for word in read.unknown],
    }


def _data_url(preview: Preview) -> str:
    return "data:image/webp;base64," + base64.b64encode(preview_of(preview.picture, "webp")).decode()


# --- sketches while typing ------------------------------------------------------------------------------------


@router.post("/preview", dependencies=[Depends(csrf_protected)])
async def preview(request: Request, caller: Person) -> Response:
    """What is understood of a prompt, and how it would look, as lines of JSON. The next one of the same user ends this one."""
    studio = studio_of(request)
    try:
        form = await fields.json_body(request)
    except ClientDisconnect:  # the next key was pressed meanwhile
        return Response(status_code=204)
    asked = fields.request_of({**form, "size": "256x256", "n": 1, "plan": form.get("plan")}, default_model(studio.settings))
    model_id = sketcher(studio, asked.model_id, planned=asked.plan is not None)
    if model_id is None:
        return Response(status_code=204)
    width, height = (max(1, fields.whole(form, side, SKETCH_SIDE_PX) or 1) for side in ("width", "height"))
    shrink = SKETCH_SIDE_PX / max(width, height)
    able = registry.provider(model_id).capabilities
    width_px, height_px = able.nearest_size(round(width * shrink), round(height * shrink))
    asked = replace(asked, model_id=model_id, width_px=width_px, height_px=height_px, num_steps=None, guidance_scale=None)
    wanted = [replace(asked, quality=quality) for quality in sketch_qualities(model_id)]
    # without an actor: half-typed words are nobody's strikes
    await anyio.to_thread.run_sync(paint.check, wanted[0], studio.jobs.gate)
    stop = asyncio.Event()
    sketches: dict[str, asyncio.Event] = request.app.state.__dict__.setdefault("sketches", {})
    if earlier := sketches.get(caller.user.id):
        earlier.set()
    sketches[caller.user.id] = stop
    return StreamingResponse(_sketches(studio, wanted, stop), media_type="application/x-ndjson", headers={"x-accel-buffering": "no"})


def sketcher(studio: Studio, chosen: str, planned: bool = False) -> str | None:
    """What sketches while typing: the own model where its weights are, which is fastest, else a model that runs here: default, chosen, any.

    What the default model is to be for a deployment with other models, its settings say; that one sketches then.

    Args:
        planned: a plan is sketched by the own model if the chosen one shares its plans, else by the chosen one, or not at all.
    """
    own = (registry.OWN_MODEL,) if chosen in registry.PLAN_SHARERS or not (planned or studio.settings.default_model) else ()
    for model_id in (*own, chosen) if planned else (*own, default_model(studio.settings), chosen, *registry.model_ids()):
        with suppress(PochadeError):
            able = registry.provider(model_id).capabilities
            if able.runs_at == THIS_MACHINE and able.previews:
                return model_id
    return None


def sketch_qualities(model_id: str) -> tuple[Quality, ...]:
    """Qualities of the sketches that follow each other."""
    if model_id == registry.OWN_MODEL:
        return ("draft", "standard")  # the draft comes much sooner, and its scene is kept for what follows
    return (registry.provider(model_id).capabilities.qualities[0],)


def _line(type_: str, **data: Any) -> str:
    return json.dumps({"type": type_, **data}) + "\n"


async def _sketches(studio: Studio, asked: Sequence[GenerationRequest], stop: asyncio.Event) -> AsyncIterator[str]:
    """One sketch after the other, each better than the one before, of a prompt that was let in; it is read once."""
    prompt = asked[0].prompt
    try:
        for number, one in enumerate(asked):
            async with aclosing(paint.paint(one, gate=studio.jobs.gate, admitted=True)) as events:
                async for event in events:
                    if stop.is_set():
                        return
                    if isinstance(event, PromptRead) and number == 0:
                        yield _line("read", **read_for_scripts(event))
                        # what the path tracer composes from is drawn while it paints; the own model is as fast as that drawing
                        if registry.provider(one.model_id).capabilities.plans and one.model_id != registry.OWN_MODEL:
                            outlined = await anyio.to_thread.run_sync(plans.outline, one)
                            if outlined is not None:
                                yield await _sketch(Preview(outlined))
                    elif isinstance(event, Preview):
                        yield await _sketch(event)
                    elif isinstance(event, paint.Painted):
                        yield await _sketch(Preview(event.picture), last=number + 1 == len(asked))
    except NotUnderstoodError as error:
        unknown = [{"word": word, "near": list(near[:4]), **_place(prompt, word)} for word, near in error.unknown]
        yield _line("refused", message=str(error), unknown=unknown)
    except PochadeError as error:
        yield _line("refused", message=str(error))


async def _sketch(shown: Preview, last: bool = False) -> str:
    return _line("sketch", src=await anyio.to_thread.run_sync(_data_url, shown), last=last)


def _place(prompt: str, word: str) -> dict[str, int]:
    start = max(prompt.find(word), 0)
    return {"start": start, "end": start + len(word)}


# --- settings out of a picture --------------------------------------------------------------------------------


@router.post("/recipe", dependencies=[Depends(csrf_protected)])
async def recipe(request: Request, file: UploadFile, caller: Person) -> Response:
    """The settings inside a picture that Pochade painted."""
    upload = await studio_of(request).decoders.decode(await file.read(), "file")
    if not upload.recipe:
        raise InvalidRequestError(
            f"Got {file.filename or 'a picture'!r:.80}, which has no recipe inside; pictures that Pochade painted and no other program "
            "rewrote are accepted. Choose one of those.",
            "file",
        )
    try:
        return JSONResponse(settings_of_recipe(Recipe.from_json(upload.recipe)))
    except RecipeError as error:
        raise InvalidRequestError(str(error), "file") from error


def own_pictures(studio: Studio, caller: Caller, ids: Any) -> list[Picture]:
    """The pictures of a list of ids.

    Raises:
        InvalidRequestError: if it is no such list.
        NotFoundError: if one is not the caller's.
    """
    if not isinstance(ids, list) or not 1 <= len(ids) <= 500 or not all(isinstance(one, str) for one in ids):
        raise InvalidRequestError("Got no list of pictures; 1 to 500 are accepted. Choose some.", "ids")
    return [studio.store.pictures.get(caller.user, one) for one in dict.fromkeys(ids)]
