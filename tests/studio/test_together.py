"""Jobs that a model paints by one call: each keeps its own pictures, failure, cancellation and lease."""

from __future__ import annotations

import asyncio

import pytest

from fakes import paint as pixels
from pochade.core.errors import NotUnderstoodError, ProviderUnavailableError
from pochade.core.recipe import Recipe
from pochade.core.values import Capabilities, FinishedImage, GenerationRequest, Progress
from pochade.providers import registry
from pochade.store import NewJob, NewPicture, Store, open_store, tables
from pochade.studio.jobs import Jobs, to_json
from pochade.studio.worker import Worker
from pochade.trust.marking import Marking


class Batching:
    """Paints requests of one prompt length together; "unknown" is not understood, and calls fail as the test wrote down."""

    model_id = "batching"
    capabilities = Capabilities(summary="for tests", min_side_px=16, from_image=True, negative_prompt=True)
    max_together = 4

    def __init__(self):
        self.calls: list[list[GenerationRequest]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.failures: list[Exception] = []
        self.left_out: list[str] = []
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()

    def together_key(self, request):
        return None if request.quality == "best" else (request.negative_prompt,)

    async def generate(self, request):
        async for _, event in self.generate_together([request], lambda _: True):
            yield event

    async def generate_together(self, requests, wanted):
        self.calls.append(list(requests))
        try:
            for number, _ in enumerate(requests):
                yield number, Progress(0.5)
            self.begun.set()
            if self.failures:
                raise self.failures.pop()
            await self.gate.wait()
            for index in range(max(request.num_images for request in requests)):
                for number, request in enumerate(requests):
                    if not wanted(number):
                        self.left_out.append(request.prompt)
                    elif request.prompt == "unknown":
                        yield number, NotUnderstoodError("Nothing in it is known.")
                    elif index < request.num_images:
                        seed = request.seed + index
                        made = pixels(request.prompt, seed, request.width_px, request.height_px)
                        yield number, FinishedImage(made, seed, index=index)
        finally:
            self.ended.set()


@pytest.fixture(autouse=True)
def model(monkeypatch) -> Batching:
    found, build = Batching(), registry.provider
    monkeypatch.setattr(registry, "provider", lambda model_id: found if model_id == "batching" else build(model_id))
    monkeypatch.setattr("pochade.studio.paint.marking_of", lambda region: Marking(watermark=False, manifest=False))
    return found


@pytest.fixture
def store(tmp_path):
    opened = open_store(f"sqlite:///{tmp_path}/pochade.db", str(tmp_path / "blobs"))
    yield opened
    opened.close()


@pytest.fixture
def ada(store):
    return store.users.create_first("Ada")


def waiting(store: Store, user, prompt="red", **changes):
    """A job that waits for the next worker."""
    options = {"seed": 7, "model_id": "batching", "width_px": 32, "height_px": 16, **changes}
    request = GenerationRequest(prompt, **options)
    new = NewJob(to_json(request), request.model_id, request.width_px, request.height_px, request.num_images)
    return store.queue.submit(user, new).job.id


def run(store, scenario, **options):
    """Runs `scenario(jobs)` beside a worker of one slot, which is drained in the end."""

    async def main():
        jobs = Jobs(store)
        worker = Worker(jobs, **{"slots": 1, "poll_s": 0.02, "backoff_s": 0.01, **options})
        worker.start()
        try:
            return await asyncio.wait_for(scenario(jobs), 30)
        finally:
            await worker.drain(5)

    return asyncio.run(main())


def ended(store, user, *ids):
    async def scenario(jobs):
        return await asyncio.gather(*(jobs.finished(user, job_id) for job_id in ids))

    return run(store, scenario)


def test_waiting_jobs_of_one_model_and_size_are_painted_by_one_call(store, ada, model):
    bob = store.users.create(ada, "Bob")
    ids = [waiting(store, ada, "red", seed=k, num_images=1 + k) for k in range(3)]
    ids_of_bob = [waiting(store, bob, "blue", seed=9)]

    async def scenario(jobs):
        mine = await asyncio.gather(*(jobs.finished(ada, job_id) for job_id in ids))
        return mine, await jobs.finished(bob, ids_of_bob[0])

    mine, (his, [picture]) = run(store, scenario)
    assert [len(call) for call in model.calls] == [4]
    assert [[kept.seed for kept in pictures] for _, pictures in mine] == [[0], [1, 2], [2, 3, 4]]
    assert {job.state for job, _ in mine} | {his.state} == {"done"}
    assert (picture.user_id, picture.prompt, picture.seed) == (bob.id, "blue", 9)


def test_each_gets_the_picture_that_it_would_get_alone(store, ada, model):
    def painted(**changes):
        ids = [waiting(store, ada, "red", seed=k, **changes) for k in range(3)]
        return [Recipe.from_json(pictures[0].recipe).sha256 for _, pictures in ended(store, ada, *ids)]

    together, alone = painted(), painted(quality="best")
    assert [len(call) for call in model.calls] == [3, 1, 1, 1]
    assert together == alone and len(set(alone)) == 3


@pytest.mark.parametrize("other", [{"width_px": 64}, {"negative_prompt": "blur"}, {"quality": "best"}, {"model_id": "gradient"}])
def test_what_is_not_alike_is_painted_apart(store, ada, model, other):
    ids = [waiting(store, ada), waiting(store, ada, **other), waiting(store, ada)]
    assert {job.state for job, _ in ended(store, ada, *ids)} == {"done"}
    assert [len(call) for call in model.calls] == ([2] if "model_id" in other else [2, 1])


def test_pictures_to_start_from_are_painted_apart(store, ada, model):
    sha256 = store.blobs.put(b"not looked at")
    job = NewJob(to_json(GenerationRequest("red", 1, "batching", width_px=32, height_px=16)), "batching", 32, 16, image_sha256=sha256)
    first, second = waiting(store, ada), store.queue.submit(ada, job).job.id
    (done, _), (failed, _) = ended(store, ada, first, second)
    assert (done.state, failed.state, [len(call) for call in model.calls]) == ("done", "failed", [1])


def test_one_that_fails_does_not_take_the_others_along(store, ada, model):
    ids = [waiting(store, ada, prompt) for prompt in ("red", "unknown", "blue")]
    (red, _), (unknown, _), (blue, _) = ended(store, ada, *ids)
    assert (red.state, unknown.state, unknown.error_kind, blue.state) == ("done", "failed", "NotUnderstoodError", "done")
    assert len(model.calls) == 1


def test_one_that_the_policy_refuses_does_not_take_the_others_along(store, ada, model):
    ids = [waiting(store, ada, prompt) for prompt in ("red", "a nude child", "blue")]
    states = [job.state for job, _ in ended(store, ada, *ids)]
    assert states == ["done", "failed", "done"]
    assert [[request.prompt for request in call] for call in model.calls] == [["red", "blue"]]


def test_call_that_fails_is_tried_again_for_each(store, ada, model):
    model.failures = [ProviderUnavailableError("busy", retry_after_s=0.01)]
    ids = [waiting(store, ada, seed=k) for k in range(2)]
    assert [(job.state, job.attempts) for job, _ in ended(store, ada, *ids)] == [("done", 2)] * 2


def test_cancelled_job_leaves_and_the_others_go_on(store, ada, model):
    ids = [waiting(store, ada, prompt) for prompt in ("red", "blue", "green")]
    model.gate.clear()

    async def scenario(jobs):
        await model.begun.wait()
        await jobs.cancel(ada, ids[1])
        gone, _ = await jobs.finished(ada, ids[1])
        states = [store.queue.get(ada, ids[k]).state for k in (0, 2)]
        model.gate.set()
        others = await asyncio.gather(*(jobs.finished(ada, ids[k]) for k in (0, 2)))
        return gone, states, others

    gone, states, others = run(store, scenario)
    assert (gone.state, states, [job.state for job, _ in others]) == ("cancelled", ["running"] * 2, ["done"] * 2)
    assert model.left_out == ["blue"]


def test_call_is_stopped_once_all_have_left(store, ada, model):
    ids = [waiting(store, ada), waiting(store, ada)]
    model.gate.clear()

    async def scenario(jobs):
        await model.begun.wait()
        for job_id in ids:
            await jobs.cancel(ada, job_id)
        await model.ended.wait()
        return [(await jobs.finished(ada, job_id))[0].state for job_id in ids]

    assert run(store, scenario) == ["cancelled"] * 2


def test_lost_lease_refuses_one_result_and_takes_the_others(store, ada, model):
    ids = [waiting(store, ada, seed=k) for k in range(2)]
    model.gate.clear()

    async def scenario(jobs):
        await model.begun.wait()
        # as if another worker had been given the first, and was at it
        with store._context.database.write() as session:
            session.get(tables.Job, ids[0]).fence += 1
        model.gate.set()
        done, _ = await jobs.finished(ada, ids[1])
        return done.state, store.queue.get(ada, ids[0]).state

    assert run(store, scenario) == ("done", "running")
    assert store.pictures.of_job(ada, ids[0]) == []


def test_batch_takes_one_slot_and_drain_puts_all_of_it_back(store, ada, model):
    ids = [waiting(store, ada, seed=k) for k in range(6)]
    model.gate.clear()

    async def main():
        worker = Worker(Jobs(store), slots=1, poll_s=0.02)
        worker.start()
        await model.begun.wait()
        await asyncio.sleep(0.1)
        counts = store.queue.counts()
        await worker.drain(grace_s=0.01)
        return counts

    assert asyncio.run(main()) == {"running": 4, "queued": 2}
    assert [(store.queue.get(ada, job_id).state, store.queue.get(ada, job_id).attempts) for job_id in ids] == [("queued", 0)] * 6


def test_killed_process_leaves_each_job_to_the_next(store, ada, model, tmp_path):
    ids = [waiting(store, ada, seed=k, num_images=2) for k in range(2)]
    [first] = store.queue.lease("dead")
    [second] = store.queue.lease_more(first, "dead", 30, 3, lambda job: True)
    assert [first.job.id, second.job.id] == ids
    store.queue.deliver(second, 0, NewPicture(b"kept before the kill", "image/png", 32, 16, "batching", seed=1))
    store.close()
    again = open_store(f"sqlite:///{tmp_path}/pochade.db", str(tmp_path / "blobs"))  # which takes back what the dead had
    try:
        results = ended(again, ada, *ids)
        kept = [[again.pictures.read(ada, picture.id) for picture in pictures] for _, pictures in results]
    finally:
        again.close()
    assert [job.state for job, _ in results] == ["done"] * 2
    assert [len(files) for files in kept] == [2, 2]
    assert kept[1][0] == b"kept before the kill"
    assert [(request.seed, request.num_images) for request in model.calls[0]] == [(0, 2), (2, 1)]
