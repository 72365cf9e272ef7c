"""Accepted is committed, order is fair, results are taken once."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from pochade.core.errors import (
    IdempotencyError,
    InvalidRequestError,
    NotFoundError,
    OverloadedError,
    QuotaExceededError,
    StaleLeaseError,
)
from pochade.store import Claim, Limits, Priority
from store.samples import JOB, picture, submit


def served(store, count):
    """Leases and finishes jobs one after the other; their ids in order."""
    order = []
    for _ in range(count):
        [lease] = store.queue.lease("w")
        store.queue.deliver(lease, 0, picture(), last=True)
        order.append(lease.job.id)
    return order


def test_accepted_job_outlives_the_process(store, ada, open_again):
    [job] = submit(store, ada, image_sha256=store.blobs.put(b"start"), num_images=3)
    store.close()
    again = open_again()
    assert again.queue.get(ada, job.id) == job
    assert again.blobs.get(job.image_sha256) == b"start"


def test_job_runs_from_lease_to_picture(store, ada, clock):
    [job] = submit(store, ada)
    [lease] = store.queue.lease("w")
    assert (lease.job.id, lease.job.state, lease.fence, lease.missing) == (job.id, "running", 1, (0,))
    clock.now += 5
    kept = store.queue.deliver(lease, 0, picture(), last=True)
    done = store.queue.get(ada, job.id)
    assert (done.state, done.fraction, done.finished_at - done.started_at) == ("done", 1.0, 5)
    assert store.pictures.of_job(ada, job.id) == [kept]
    assert store.pictures.read(ada, kept.id) == b"file"
    assert store.queue.lease("w") == []


def test_priorities_overtake(store, ada):
    [batch] = submit(store, ada, priority=Priority.BATCH)
    [interactive] = submit(store, ada, priority=Priority.INTERACTIVE)
    [preview] = submit(store, ada, priority=Priority.PREVIEW)
    assert served(store, 3) == [preview.id, interactive.id, batch.id]


def test_lease_of_urgent_work_only(store, ada):
    submit(store, ada, priority=Priority.BATCH)
    assert store.queue.lease("w", slowest=Priority.INTERACTIVE) == []
    assert len(store.queue.lease("w")) == 1


def test_users_take_turns(store, ada, bob):
    a = [job.id for job in submit(store, ada, 4)]
    b = [job.id for job in submit(store, bob, 2)]
    assert served(store, 6) == [a[0], b[0], a[1], b[1], a[2], a[3]]


def test_late_user_waits_for_one_turn_not_for_all(store, ada, bob):
    a = [job.id for job in submit(store, ada, 5)]
    assert served(store, 2) == a[:2]
    [b] = submit(store, bob)
    assert served(store, 2) == [a[2], b.id]


def test_served_turns_are_neither_owed_nor_earned(store, ada, bob):
    a = [job.id for job in submit(store, ada, 6)]
    served(store, 5)
    b = [job.id for job in submit(store, bob, 4)]
    a += [job.id for job in submit(store, ada)]
    assert served(store, 6) == [a[5], b[0], b[1], a[6], b[2], b[3]]


def test_batch_is_of_one_model_size_and_priority(store, ada, bob):
    [first] = submit(store, ada)
    submit(store, ada, model_id="other")
    submit(store, ada, width_px=128)
    submit(store, ada, priority=Priority.BATCH)
    [alike] = submit(store, bob)
    leases = store.queue.lease("w", max_batch=4)
    assert [lease.job.id for lease in leases] == [first.id, alike.id]


def test_batch_is_no_larger_than_asked_for(store, ada):
    submit(store, ada, 5)
    assert len(store.queue.lease("w", max_batch=3)) == 3


def test_expired_lease_goes_to_another_and_its_result_is_refused(store, ada, clock):
    [job] = submit(store, ada)
    [slow] = store.queue.lease("slow", ttl_s=30)
    clock.now += 31
    [fast] = store.queue.lease("fast", ttl_s=30)
    assert (fast.job.id, fast.fence) == (job.id, slow.fence + 1)
    for attempt in (
        lambda: store.queue.deliver(slow, 0, picture(b"stale"), last=True),
        lambda: store.queue.heartbeat(slow),
        lambda: store.queue.complete(slow),
        lambda: store.queue.fail(slow, "Error", "late"),
        lambda: store.queue.abandon(slow),
    ):
        with pytest.raises(StaleLeaseError, match="no longer held"):
            attempt()
    store.queue.deliver(fast, 0, picture(b"fresh"), last=True)
    with pytest.raises(StaleLeaseError):
        store.queue.deliver(fast, 0, picture(b"again"), last=True)
    assert [store.pictures.read(ada, kept.id) for kept in store.pictures.list(ada)] == [b"fresh"]


def test_heartbeat_keeps_the_lease_and_notes_progress(store, ada, clock):
    [job] = submit(store, ada)
    [lease] = store.queue.lease("w", ttl_s=30)
    for fraction in (0.2, 0.6, 0.5):
        clock.now += 25
        assert store.queue.heartbeat(lease, fraction, ttl_s=30)
    assert store.queue.lease("other") == []
    assert store.queue.get(ada, job.id).fraction == 0.6


def test_second_attempt_paints_only_what_is_missing(store, ada, clock):
    [job] = submit(store, ada, num_images=3)
    [lease] = store.queue.lease("w", ttl_s=30)
    first = store.queue.deliver(lease, 0, picture(b"0"))
    clock.now += 31
    [again] = store.queue.lease("w")
    assert again.missing == (1, 2)
    assert store.queue.deliver(again, 0, picture(b"other bytes")) == first, "the first one stays"
    store.queue.deliver(again, 1, picture(b"1"))
    with pytest.raises(InvalidRequestError, match="lacks pictures 2"):
        store.queue.complete(again)
    store.queue.deliver(again, 2, picture(b"2"), last=True)
    assert [store.pictures.read(ada, kept.id) for kept in store.pictures.of_job(ada, job.id)] == [b"0", b"1", b"2"]


def test_index_beyond_the_job_is_refused(store, ada):
    submit(store, ada)
    [lease] = store.queue.lease("w")
    with pytest.raises(InvalidRequestError, match="picture 1 of a job of 1"):
        store.queue.deliver(lease, 1, picture())


def test_job_that_kills_its_workers_ends(open_again, clock):
    store = open_again(limits=Limits(max_attempts=2))
    ada = store.users.create_first("Ada")
    [job] = submit(store, ada)
    for _ in range(2):
        assert len(store.queue.lease("w", ttl_s=30)) == 1
        clock.now += 31
    assert store.queue.lease("w") == []
    failed = store.queue.get(ada, job.id)
    assert failed.state == "failed"
    assert "lost 2 times" in failed.error


def test_cancel_of_a_waiting_job_is_immediate(store, ada):
    [job] = submit(store, ada)
    assert store.queue.cancel(ada, job.id).state == "cancelled"
    assert store.queue.lease("w") == []


def test_cancel_of_a_running_job_reaches_its_worker(store, ada):
    [job] = submit(store, ada)
    [lease] = store.queue.lease("w")
    assert store.queue.cancel(ada, job.id).cancel_requested
    assert store.queue.heartbeat(lease) is False
    assert store.queue.abandon(lease).state == "cancelled"
    assert store.queue.cancel(ada, job.id).state == "cancelled", "once more changes nothing"


def test_cancelled_job_of_a_dead_worker_is_not_run_again(store, ada, clock):
    [job] = submit(store, ada)
    store.queue.lease("w", ttl_s=30)
    store.queue.cancel(ada, job.id)
    clock.now += 31
    assert store.queue.lease("w") == []
    assert store.queue.get(ada, job.id).state == "cancelled"


def test_abandoned_job_goes_back_and_the_attempt_does_not_count(store, ada):
    [job] = submit(store, ada)
    [lease] = store.queue.lease("w")
    assert (store.queue.abandon(lease).state, store.queue.get(ada, job.id).attempts) == ("queued", 0)
    [again] = store.queue.lease("w")
    assert again.fence == 2


def test_failure_waits_for_its_next_attempt_and_then_is_final(open_again, clock):
    store = open_again(limits=Limits(max_attempts=2))
    ada = store.users.create_first("Ada")
    [job] = submit(store, ada)
    [lease] = store.queue.lease("w")
    assert store.queue.fail(lease, "ProviderUnavailableError", "busy", retry_after_s=10).state == "queued"
    assert store.queue.lease("w") == []
    clock.now += 10
    [lease] = store.queue.lease("w")
    assert store.queue.fail(lease, "ProviderUnavailableError", "busy", retry_after_s=10).state == "failed"
    failed = store.queue.get(ada, job.id)
    assert (failed.error_kind, failed.error) == ("ProviderUnavailableError", "busy")


def test_success_after_a_failure_leaves_no_error(store, ada):
    [job] = submit(store, ada)
    [lease] = store.queue.lease("w")
    store.queue.fail(lease, "ProviderUnavailableError", "busy", retry_after_s=0)
    served(store, 1)
    assert store.queue.get(ada, job.id).error is None


def test_idempotency_key_names_one_job(store, ada, bob):
    first = store.queue.submit(ada, replace(JOB, idempotency_key="k"))
    again = store.queue.submit(ada, replace(JOB, idempotency_key="k"))
    assert (first.replayed, again.replayed, again.job.id) == (False, True, first.job.id)
    with pytest.raises(IdempotencyError, match="'k', which was used for another request"):
        store.queue.submit(ada, replace(JOB, idempotency_key="k", width_px=128))
    assert store.queue.submit(bob, replace(JOB, idempotency_key="k")).job.id != first.job.id, "keys are each user's own"


def test_idempotency_is_held_against_the_body_as_sent(store, ada):
    sent = replace(JOB, idempotency_key="k", body_sha256="0" * 64)
    first = store.queue.submit(ada, sent)
    drawn_anew = replace(sent, request={"prompt": "a lemon", "seed": 99})
    assert store.queue.submit(ada, drawn_anew).job == first.job
    assert store.queue.earlier(ada, drawn_anew) == first.job


def test_idempotent_submissions_at_once_make_one_job(store, ada):
    ids, together = [], threading.Barrier(4)

    def one():
        together.wait()
        ids.append(store.queue.submit(ada, replace(JOB, idempotency_key="k")).job.id)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 4 and len(set(ids)) == 1


def test_leases_at_once_never_share_a_job(store, ada):
    submit(store, ada, 12)
    taken, together = [], threading.Barrier(4)

    def one():
        together.wait()
        for _ in range(3):
            taken.extend(lease.job.id for lease in store.queue.lease("w"))

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 12


@pytest.mark.parametrize("limits", [Limits(jobs_per_user=2), Limits(pixels_per_user=2 * 64 * 32)], ids=["jobs", "pixels"])
def test_quota_of_one_user(open_again, limits):
    store = open_again(limits=limits)
    ada = store.users.create_first("Ada")
    bob = store.users.create(ada, "Bob")
    submit(store, ada, 2)
    with pytest.raises(QuotaExceededError, match="You have 2 jobs") as refused:
        submit(store, ada)
    assert 1 <= refused.value.retry_after_s <= 60
    submit(store, bob)
    served(store, 1)
    submit(store, ada)  # there is room again


@pytest.mark.parametrize("limits", [Limits(jobs=2), Limits(pixels=2 * 64 * 32)], ids=["jobs", "pixels"])
def test_load_of_the_installation(open_again, limits):
    store = open_again(limits=limits)
    ada = store.users.create_first("Ada")
    bob = store.users.create(ada, "Bob")
    submit(store, ada, 2)
    with pytest.raises(OverloadedError, match="2 jobs") as refused:
        submit(store, bob)
    assert 1 <= refused.value.retry_after_s <= 60


def test_replay_is_answered_even_when_there_is_no_room(open_again):
    store = open_again(limits=Limits(jobs_per_user=1))
    ada = store.users.create_first("Ada")
    first = store.queue.submit(ada, replace(JOB, idempotency_key="k"))
    assert store.queue.submit(ada, replace(JOB, idempotency_key="k")).job == first.job


def test_standing_counts_what_goes_before(store, ada, bob, clock):
    jobs = [*submit(store, ada, 3), *submit(store, bob)]
    positions = [store.queue.standing(ada, job.id).position for job in jobs[:3]]
    assert positions == [0, 2, 3]
    assert store.queue.standing(bob, jobs[3].id) == store.queue.standing(bob, jobs[3].id)
    assert store.queue.standing(bob, jobs[3].id).position == 1
    assert store.queue.standing(ada, jobs[0].id).seconds_left is None, "nothing was painted yet to judge by"


def test_time_left_follows_the_pace_of_the_model(store, ada, clock):
    submit(store, ada)
    [lease] = store.queue.lease("w")
    clock.now += 4
    store.queue.deliver(lease, 0, picture(), last=True)  # 4 s for 64x32
    running, waiting = submit(store, ada, 1)[0], submit(store, ada, 1, num_images=2)[0]
    [lease] = store.queue.lease("w")
    store.queue.heartbeat(lease, 0.25)
    assert store.queue.standing(ada, running.id).seconds_left == pytest.approx(3)
    assert store.queue.standing(ada, waiting.id).seconds_left == pytest.approx(3 + 8)
    assert store.queue.standing(ada, waiting.id, workers=2).seconds_left == pytest.approx(1.5 + 8)


def test_inputs_and_parents_must_be_there(store, ada, bob):
    theirs = store.pictures.add(bob, picture())
    for changes in ({"image_sha256": "0" * 64}, {"mask_sha256": "0" * 64}, {"parent_ids": (theirs.id,)}):
        with pytest.raises(NotFoundError):
            submit(store, ada, **changes)
    assert store.queue.list(ada) == []


def test_list_pages_through_jobs(store, ada):
    jobs = submit(store, ada, 5)
    ids = [job.id for job in reversed(jobs)]
    page = store.queue.list(ada, limit=2)
    assert [job.id for job in page] == ids[:2]
    assert [job.id for job in store.queue.list(ada, before=page[-1].id)] == ids[2:]
    store.queue.cancel(ada, ids[0])
    assert [job.id for job in store.queue.list(ada, states=["cancelled"])] == ids[:1]
    assert store.queue.counts() == {"queued": 4, "cancelled": 1}


def test_batch_of_one_user_does_not_go_before_anothers_turn(store, ada, bob):
    a = [job.id for job in submit(store, ada, 5)]
    [other_size] = submit(store, bob, width_px=128)
    assert [lease.job.id for lease in store.queue.lease("w", max_batch=4)] == [a[0]]
    assert [lease.job.id for lease in store.queue.lease("w", max_batch=4)] == [other_size.id]
    assert [lease.job.id for lease in store.queue.lease("w", max_batch=4)] == a[1:]


def test_batch_takes_turns_among_users_who_ask_for_the_same(store, ada, bob):
    a = [job.id for job in submit(store, ada, 4)]
    b = [job.id for job in submit(store, bob, 4)]
    assert [lease.job.id for lease in store.queue.lease("w", max_batch=4)] == [a[0], b[0], a[1], b[1]]


def test_more_jobs_are_leased_beside_one_if_they_fit(store, ada, clock):
    a = [job.id for job in submit(store, ada, 5)]
    [first] = store.queue.lease("w", ttl_s=30)
    more = store.queue.lease_more(first, "w", 30, most=2, fits=lambda job: job.id != a[1])
    assert [(lease.job.id, lease.job.state, lease.fence, lease.expires_at) for lease in more] == [
        (a[2], "running", 1, clock.now + 30),
        (a[3], "running", 1, clock.now + 30),
    ]
    assert store.queue.counts() == {"running": 3, "queued": 2}


def test_accepted_and_leased_by_one_commit(store, ada):
    claim = Claim("w", ttl_s=30)
    accepted = store.queue.submit(ada, JOB, claim)
    [lease] = accepted.leases
    assert (accepted.job.state, lease.job.id, lease.job.state, lease.fence) == ("queued", accepted.job.id, "running", 1)
    assert store.queue.get(ada, accepted.job.id).state == "running"
    store.queue.deliver(lease, 0, picture(), last=True)
    assert store.queue.get(ada, accepted.job.id).state == "done"


def test_claim_gets_whose_turn_it_is(store, ada, bob):
    [first] = submit(store, bob)
    accepted = store.queue.submit(ada, JOB, Claim("w", ttl_s=30))
    assert [lease.job.id for lease in accepted.leases] == [first.id]
    assert store.queue.get(ada, accepted.job.id).state == "queued"
    urgent_only = store.queue.submit(ada, JOB, Claim("w", ttl_s=30, slowest=Priority.PREVIEW))
    assert urgent_only.leases == ()


def test_replayed_job_gives_nothing_to_a_claim(store, ada):
    job = replace(JOB, idempotency_key="k")
    store.queue.submit(ada, job)
    again = store.queue.submit(ada, job, Claim("w", ttl_s=30))
    assert (again.replayed, again.leases) == (True, ())
