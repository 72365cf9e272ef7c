"""A request becomes a job, the job becomes kept pictures, and whoever watches sees it happen."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from fakes import paint
from pochade.core.errors import (
    CancelledError,
    IdempotencyError,
    InvalidRequestError,
    NotFoundError,
    NotUnderstoodError,
    PolicyRefusedError,
    ProviderUnavailableError,
    StoreError,
    UnknownModelError,
)
from pochade.core.values import Capabilities, FinishedImage, GenerationEvent, GenerationRequest, Notice, Preview, Progress
from pochade.providers import registry
from pochade.store import NewPicture, Priority, Store, User, open_store
from pochade.studio.feed import Inbox
from pochade.studio.jobs import Jobs, Kept, Over, from_json, to_json
from pochade.studio.paint import digest
from pochade.studio.pictures import read_recipe
from pochade.studio.worker import Worker, rest_of
from pochade.trust.marking import Marking
from pochade.trust.policy.decision import refusal
from pochade.trust.policy.gate import Gate

REQUEST = GenerationRequest("a red thing", 7, "gradient", width_px=32, height_px=16)


class Scripted:
    """A model that does at each attempt what the test wrote down: raises errors, waits, or paints like `Gradient`."""

    model_id = "scripted"
    capabilities = Capabilities(summary="for tests", min_side_px=16, from_image=True, from_mask=True)

    def __init__(self) -> None:
        self.script: list[object] = []
        self.requests: list[GenerationRequest] = []
        self.begun = asyncio.Event()

    async def generate(self, request: GenerationRequest) -> AsyncIterator[GenerationEvent]:
        self.requests.append(request)
        step = self.script.pop(0) if self.script else None
        for index in range(request.num_images):
            yield Progress(0.5, index=index)
            self.begun.set()
            if isinstance(step, BaseException) and index == request.num_images - 1:
                raise step
            if isinstance(step, asyncio.Event):
                await step.wait()
            seed = request.seed + index
            yield FinishedImage(paint(request.prompt, seed, request.width_px, request.height_px), seed, index=index)


@pytest.fixture(autouse=True)
def quick_marks(request, monkeypatch) -> None:
    """Marks take longer than all else that is tested here, so only one test has them."""
    if "signed" not in request.node.name:
        monkeypatch.setattr("pochade.studio.paint.marking_of", lambda region: Marking(watermark=False, manifest=False))


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/pochade.db", str(tmp_path / "blobs"))
    yield opened
    opened.close()


@pytest.fixture
def ada(store) -> User:
    return store.users.create_first("Ada")


@pytest.fixture
def scripted(monkeypatch) -> Scripted:
    model = Scripted()
    build = registry.provider
    monkeypatch.setattr(registry, "provider", lambda model_id: model if model_id == "scripted" else build(model_id))
    return model


def run(store, scenario, **options):
    """Runs `scenario(jobs)` beside a worker, which is drained in the end."""

    async def main():
        jobs = Jobs(store)
        worker = Worker(jobs, **{"poll_s": 0.02, "backoff_s": 0.01, **options})
        worker.start()
        try:
            return await asyncio.wait_for(scenario(jobs), 30)
        finally:
            await worker.drain(5)

    return asyncio.run(main())


async def painted(jobs, user, request=REQUEST, **options):
    accepted = await jobs.submit(user, request, **options)
    return await jobs.finished(user, accepted.job.id)


def scripted_request(**changes):
    return GenerationRequest(**{"prompt": "red", "seed": 7, "model_id": "scripted", "width_px": 32, "height_px": 16, **changes})


def test_what_was_told_before_a_picture_was_kept_does_not_follow_it():
    """The store may show a picture before its last preview has been heard."""
    inbox = Inbox({})
    for event in (Preview(np.zeros((2, 2, 3), np.uint8), index=0), Progress(1.0, index=0), Progress(0.5, index=1)):
        inbox.put(event)

    async def heard(shown):
        inbox.close()
        return [event async for event in Jobs._heard(inbox, shown)]

    assert asyncio.run(heard({0})) == [Progress(0.5, index=1)]


def test_request_becomes_kept_signed_pictures(store, ada, tmp_path):
    request = GenerationRequest("a red thing", 7, "gradient", num_images=3, width_px=32, height_px=16)
    job, kept = run(store, lambda jobs: painted(jobs, ada, request))
    assert (job.state, [picture.index for picture in kept], [picture.seed for picture in kept]) == ("done", [0, 1, 2], [7, 8, 9])
    for picture in kept:
        file = store.pictures.read(ada, picture.id)
        pixels = np.asarray(Image.open(BytesIO(file)))
        (tmp_path / "kept.png").write_bytes(file)
        recipe = read_recipe(tmp_path / "kept.png")
        assert (recipe.to_json(), recipe.seed, digest(pixels)) == (picture.recipe, picture.seed, recipe.sha256)
        assert (picture.media_type, picture.width_px, picture.height_px, set(picture.timings)) == (
            "image/png",
            32,
            16,
            {"queued_s", "paint_s"},
        )
        assert b"c2pa" in file, "signed"


def test_watcher_sees_it_happen_in_order(store, ada):
    async def scenario(jobs):
        accepted = await jobs.submit(ada, REQUEST)
        return [event async for event in jobs.watch(ada, accepted.job.id)]

    events = run(store, scenario)
    kinds = [type(event) for event in events]
    assert kinds[-2:] == [Kept, Over]
    assert kinds.count(Kept) == 1
    fractions = [event.fraction for event in events if isinstance(event, Progress)]
    assert fractions == sorted(fractions)
    assert events[-1].job.state == "done"


def test_late_watcher_gets_the_latest_of_each(store, ada, scripted):
    scripted.script = [gate := asyncio.Event()]

    async def scenario(jobs):
        accepted = await jobs.submit(ada, scripted_request())
        await scripted.begun.wait()
        for k in range(50):
            jobs.feed.publish(accepted.job.id, Preview(np.full((1, 1, 3), k, np.uint8)))
            jobs.feed.publish(accepted.job.id, Notice("Only once."))
        seen = []
        async for event in jobs.watch(ada, accepted.job.id):
            seen.append(event)
            gate.set()
        return seen

    seen = run(store, scenario)
    assert [event.picture[0, 0, 0] for event in seen if isinstance(event, Preview)] == [49]
    assert [event.message for event in seen if isinstance(event, Notice)] == ["Only once."]
    assert isinstance(seen[-1], Over)


def test_watching_what_is_over_gives_its_pictures(store, ada):
    async def scenario(jobs):
        job, kept = await painted(jobs, ada)
        return kept, [event async for event in jobs.watch(ada, job.id)]

    kept, events = run(store, scenario)
    assert [event.picture for event in events[:-1]] == kept
    assert isinstance(events[-1], Over)


def test_others_can_neither_watch_nor_cancel(store, ada):
    bob = store.users.create(ada, "Bob")

    async def scenario(jobs):
        job, _ = await painted(jobs, ada)
        with pytest.raises(NotFoundError):
            await jobs.finished(bob, job.id)
        with pytest.raises(NotFoundError):
            await jobs.cancel(bob, job.id)

    run(store, scenario)


def test_impossible_requests_are_refused_before_they_are_accepted(store, ada):
    async def scenario(jobs):
        with pytest.raises(UnknownModelError):
            await jobs.submit(ada, GenerationRequest("x", 1, "no such model"))
        with pytest.raises(InvalidRequestError):
            await jobs.submit(ada, GenerationRequest("x", 1, "gradient", width_px=8, height_px=8))

    run(store, scenario)
    assert store.queue.list(ada) == []


def test_idempotency_key_paints_once(store, ada):
    async def scenario(jobs):
        first = await jobs.submit(ada, REQUEST, idempotency_key="k", body=b"{}")
        await jobs.finished(ada, first.job.id)
        drawn_anew = GenerationRequest("a red thing", 8, "gradient", width_px=32, height_px=16)
        again = await jobs.submit(ada, drawn_anew, idempotency_key="k", body=b"{}")
        with pytest.raises(IdempotencyError):
            await jobs.submit(ada, REQUEST, idempotency_key="k", body=b"{ }")
        return first, again

    first, again = run(store, scenario)
    assert (again.replayed, again.job.id) == (True, first.job.id)
    assert len(store.pictures.list(ada)) == 1


def test_failure_is_told_in_the_models_words(store, ada):
    job, kept = run(store, lambda jobs: painted(jobs, ada, GenerationRequest("gibberish", 1, "gradient", width_px=32, height_px=16)))
    assert (job.state, job.error_kind, kept) == ("failed", NotUnderstoodError.__name__, [])
    assert job.error.startswith('Nothing in "gibberish" is known')


def test_bug_in_an_adapter_fails_one_job_and_says_no_internals(store, ada, scripted, caplog):
    scripted.script = [KeyError("secret detail")]

    async def scenario(jobs):
        return await painted(jobs, ada, scripted_request()), await painted(jobs, ada, scripted_request())

    (failed, _), (done, _) = run(store, scenario)
    assert (failed.state, done.state) == ("failed", "done")
    assert "secret detail" not in failed.error
    assert "secret detail" in caplog.text


def test_unavailable_provider_is_tried_again_from_where_it_stopped(store, ada, scripted):
    scripted.script = [ProviderUnavailableError("busy", retry_after_s=0.01)]
    job, kept = run(store, lambda jobs: painted(jobs, ada, scripted_request(num_images=3)))
    assert (job.state, job.attempts, [picture.seed for picture in kept]) == ("done", 2, [7, 8, 9])
    assert [(request.seed, request.num_images) for request in scripted.requests] == [(7, 3), (9, 1)]


def test_no_use_in_waiting_means_no_second_attempt(store, ada, scripted):
    scripted.script = [ProviderUnavailableError("no key", retry_after_s=None)]
    job, _ = run(store, lambda jobs: painted(jobs, ada, scripted_request()))
    assert (job.state, job.attempts, job.error) == ("failed", 1, "no key")


@pytest.mark.parametrize("stopped_by", ["task", "renderer"])
def test_cancel_stops_the_painting(store, ada, scripted, stopped_by):
    scripted.script = [asyncio.Event() if stopped_by == "task" else CancelledError()]

    async def scenario(jobs):
        accepted = await jobs.submit(ada, scripted_request())
        if stopped_by == "renderer":
            store.queue.cancel(ada, accepted.job.id)
        else:
            await scripted.begun.wait()
            await jobs.cancel(ada, accepted.job.id)
        return await jobs.finished(ada, accepted.job.id)

    job, kept = run(store, scenario)
    assert (job.state, kept) == ("cancelled", [])


def test_cancel_from_another_process_arrives_with_the_heartbeat(store, ada, scripted):
    scripted.script = [asyncio.Event()]

    async def scenario(jobs):
        accepted = await jobs.submit(ada, scripted_request())
        await scripted.begun.wait()
        await asyncio.to_thread(store.queue.cancel, ada, accepted.job.id)
        return await jobs.finished(ada, accepted.job.id)

    job, _ = run(store, scenario, lease_s=0.1)
    assert job.state == "cancelled"


def test_heartbeats_outlast_the_lease(store, ada, scripted):
    scripted.script = [gate := asyncio.Event()]

    async def scenario(jobs):
        accepted = await jobs.submit(ada, scripted_request())
        await scripted.begun.wait()
        while store.queue.get(ada, accepted.job.id).fraction != 0.5:  # told by a heartbeat
            await asyncio.sleep(0.01)
        gate.set()
        return await jobs.finished(ada, accepted.job.id)

    job, _ = run(store, scenario, lease_s=0.3)
    assert (job.state, job.attempts) == ("done", 1)


def test_drain_puts_back_what_it_cannot_finish(store, ada, scripted):
    scripted.script = [asyncio.Event()]

    async def main():
        jobs = Jobs(store)
        worker = Worker(jobs, poll_s=0.02)
        worker.start()
        accepted = await jobs.submit(ada, scripted_request())
        await scripted.begun.wait()
        await worker.drain(grace_s=0.01)
        return accepted.job.id

    job_id = asyncio.run(main())
    job = store.queue.get(ada, job_id)
    assert (job.state, job.attempts) == ("queued", 0)


def test_drain_lets_running_jobs_finish_and_takes_no_more(store, ada, scripted):
    scripted.script = [gate := asyncio.Event()]

    async def main():
        jobs = Jobs(store)
        worker = Worker(jobs, slots=1, poll_s=0.02)
        worker.start()
        running = await jobs.submit(ada, scripted_request())
        await scripted.begun.wait()
        waiting = await jobs.submit(ada, scripted_request())
        draining = asyncio.create_task(worker.drain(grace_s=10))
        await asyncio.sleep(0)
        gate.set()
        await draining
        return running.job.id, waiting.job.id

    running, waiting = asyncio.run(main())
    assert (store.queue.get(ada, running).state, store.queue.get(ada, waiting).state) == ("done", "queued")


def test_previews_do_not_wait_for_long_jobs(store, ada, scripted):
    scripted.script = [gate := asyncio.Event()]

    async def scenario(jobs):
        long = await jobs.submit(ada, scripted_request(), priority=Priority.BATCH)
        await scripted.begun.wait()
        preview, _ = await painted(jobs, ada, priority=Priority.PREVIEW)
        state = store.queue.get(ada, long.job.id).state
        gate.set()
        return preview.state, state

    assert run(store, scenario, slots=1) == ("done", "running")


def test_previews_are_not_painted_all_at_once(store, ada, scripted):
    gates = [asyncio.Event() for _ in range(5)]
    scripted.script = list(gates)

    async def scenario(jobs):
        accepted = [await jobs.submit(ada, scripted_request(), priority=Priority.PREVIEW) for _ in gates]
        while len(scripted.requests) < 2:
            await asyncio.sleep(0.01)
        gates[0].set()  # when the third has begun, one of the first two must have ended
        while len(scripted.requests) < 3:
            await asyncio.sleep(0.01)
        counts = store.queue.counts()
        for gate in gates:
            gate.set()
        for one in accepted:
            await jobs.finished(ada, one.job.id)
        return counts

    assert run(store, scenario, slots=1) == {"done": 1, "running": 2, "queued": 2}


def test_worker_outlives_a_database_that_fails_for_a_while(store, ada, monkeypatch, caplog):
    lease, failures = store.queue.lease, [StoreError("the disk is full"), RuntimeError("a bug")]

    def failing(*arguments, **options):
        if failures:
            raise failures.pop()
        return lease(*arguments, **options)

    async def scenario(jobs):
        while failures:
            await asyncio.sleep(0.01)
        job = (await jobs.submit(ada, REQUEST)).job
        return (await jobs.finished(ada, job.id))[0]

    monkeypatch.setattr(store.queue, "lease", failing)
    # accepted before: only the worker's own looking finds it
    waiting = asyncio.run(Jobs(store).submit(ada, REQUEST)).job
    job = run(store, scenario)
    assert (job.state, store.queue.get(ada, waiting.id).state) == ("done", "done")
    assert "the disk is full" in caplog.text


def test_jobs_that_waited_for_a_process_are_painted_by_the_next(store, ada):
    async def accept():
        return await Jobs(store).submit(ada, REQUEST)

    accepted = asyncio.run(accept())
    job, kept = run(store, lambda jobs: jobs.finished(ada, accepted.job.id))
    assert (job.state, len(kept)) == ("done", 1)


def test_image_and_mask_reach_the_model_and_the_history(store, ada, scripted):
    rng = np.random.default_rng(1)
    image, mask = rng.integers(0, 256, (16, 32, 3), np.uint8), rng.random((16, 32)) < 0.5

    async def scenario(jobs):
        _, [first] = await painted(jobs, ada)
        _, [second] = await painted(jobs, ada, scripted_request(image=image, mask=mask), parent_ids=(first.id,))
        return first, second

    first, second = run(store, scenario)
    assert np.array_equal(scripted.requests[0].image, image)
    assert np.array_equal(scripted.requests[0].mask, mask)
    assert second.parent_ids == (first.id,)
    assert store.pictures.children(ada, first.id) == [second]


def test_policy_refuses_before_anything_is_accepted(store, ada):
    gate = Gate(output_checks=[lambda picture: refusal("shown-001", "shown", "Shown", "It shows it.", "Another.", layer="output")])

    async def scenario(jobs):
        jobs.gate = gate
        return await painted(jobs, ada)

    job, kept = run(store, scenario)
    assert (job.state, job.error_kind, kept) == ("failed", PolicyRefusedError.__name__, [])

    async def forbidden(jobs):
        with pytest.raises(PolicyRefusedError):
            await jobs.submit(ada, GenerationRequest("a nude child", 1, "gradient", width_px=32, height_px=16))

    run(store, forbidden)
    assert [job.state for job in store.queue.list(ada)] == ["failed"], "the second was never accepted"


def test_every_field_of_a_request_survives_the_table(store, ada):
    image = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    request = GenerationRequest(
        "ein Ölbild 🎨", 2**32 - 1, "m", 1, 64, 128, "best", '{"a":1}', "blur", 12, 3.5, image, image[..., 0] > 20, strength=0.25
    )
    raw = json.loads(json.dumps(to_json(request)))
    assert from_json(raw, request.image, request.mask) == request
    assert set(to_json(request)) | {"image", "mask"} == set(GenerationRequest.__dataclass_fields__)


def test_rest_of_a_request_keeps_its_seeds():
    request = GenerationRequest("red", 5, "gradient", num_images=4)
    assert (rest_of(request, 3).seed, rest_of(request, 3).num_images) == (8, 1)


def test_whoever_asks_and_goes_away_is_painted_for_all_the_same(store, ada):
    async def scenario(jobs):
        asking = asyncio.create_task(jobs.submit(ada, REQUEST))
        await asyncio.sleep(0)
        asking.cancel()  # while the job is being accepted, and leased by the same commit
        await asyncio.wait([asking])
        while store.queue.counts() != {"done": 1}:
            await asyncio.sleep(0.01)
        return asking.cancelled()

    assert run(store, scenario, lease_s=1000)


def test_job_that_runs_here_is_watched_without_the_store(store, ada, monkeypatch):
    async def scenario(jobs):
        accepted = await jobs.submit(ada, REQUEST)
        monkeypatch.setattr(store.queue, "get", None)
        monkeypatch.setattr(store.pictures, "of_job", None)
        return await jobs.kept(ada, accepted.job.id, accepted.job)

    job, [event] = run(store, scenario)
    monkeypatch.undo()
    assert job == store.queue.get(ada, job.id)
    assert event.picture == store.pictures.of_job(ada, job.id)[0]
    assert event.encoded == store.pictures.read(ada, event.picture.id)


def test_what_is_known_of_a_job_opens_it_to_nobody_else(store, ada, scripted):
    bob = store.users.create(ada, "Bob")
    scripted.script = [gate := asyncio.Event()]

    async def scenario(jobs):
        accepted = await jobs.submit(ada, scripted_request())
        with pytest.raises(NotFoundError):
            await jobs.kept(bob, accepted.job.id, accepted.job)
        gate.set()

    run(store, scenario)


def test_late_watcher_of_a_job_with_older_pictures_gets_those_too(store, ada, scripted):
    accepted = asyncio.run(Jobs(store).submit(ada, scripted_request(num_images=2)))
    [lease] = store.queue.lease("dead")
    older = store.queue.deliver(lease, 0, NewPicture(b"older", "image/png", 32, 16, "scripted", seed=7))
    store.queue.recover()
    job, kept = run(store, lambda jobs: jobs.kept(ada, accepted.job.id, accepted.job))
    assert (job.state, [event.picture.index for event in kept], kept[0].picture) == ("done", [0, 1], older)


def test_place_that_was_claimed_in_vain_is_free_again_at_once(store, ada, monkeypatch):
    """Refused by the queue after a claim: the job that found no place meanwhile must not wait for the next look."""
    submit, refused = store.queue.submit, []

    def refusing(acting, job, claim=None):
        if job.request["prompt"] == "refused":
            time.sleep(0.2)
            refused.append(claim)
            raise StoreError("the disk is full")
        return submit(acting, job, claim)

    monkeypatch.setattr(store.queue, "submit", refusing)

    async def scenario(jobs):
        await asyncio.sleep(0.05)
        while jobs.worker._places:  # it looks for work once at the start
            await asyncio.sleep(0.01)
        vain = asyncio.create_task(jobs.submit(ada, GenerationRequest("refused", 1, "gradient", width_px=32, height_px=16)))
        await asyncio.sleep(0.1)  # it holds the only place now
        accepted = await jobs.submit(ada, REQUEST)
        job, _ = await asyncio.wait_for(jobs.finished(ada, accepted.job.id), 10)
        with pytest.raises(StoreError):
            await vain
        return job.state

    assert run(store, scenario, slots=1, poll_s=1000) == "done"
    assert refused != [None], "it had a claim"


def test_slow_policy_keeps_no_place_free(store, ada, monkeypatch):
    import pochade.studio.jobs

    check, waiting = pochade.studio.jobs.paint.check, threading.Event()

    def slow(request, *arguments, **options):
        if request.prompt == "slow red":
            waiting.wait(20)
        return check(request, *arguments, **options)

    monkeypatch.setattr("pochade.studio.jobs.paint.check", slow)

    async def scenario(jobs):
        late = asyncio.create_task(jobs.submit(ada, GenerationRequest("slow red", 1, "gradient", width_px=32, height_px=16)))
        await asyncio.sleep(0.05)
        job, _ = await painted(jobs, ada)
        waiting.set()
        done, _ = await jobs.finished(ada, (await late).job.id)
        return job.state, done.state

    assert run(store, scenario, slots=1, poll_s=1000) == ("done", "done")
