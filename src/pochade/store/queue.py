"""The durable queue of jobs.

Accepted means committed. A worker holds a job by a lease that heartbeats renew; every lease carries a fence, a number that
grows, and what comes under an older one is refused: a job may run twice, its result is taken once.

Order is (priority, turn, id). A job's turn is the one after the last open job of its user, but not before the turn that is
being served, so users with work waiting take turns, whoever asked for more or first.
Source: start-time fair queueing, Goyal, Vin and Cheng, SIGCOMM 1996, with every job of cost 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    RowMapping,
    Select,
    and_,
    bindparam,
    case,
    cast,
    func,
    insert,
    not_,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session

from pochade.core.errors import IdempotencyError, InvalidRequestError, NotFoundError, OverloadedError, QuotaExceededError, StaleLeaseError
from pochade.store import pictures, tables
from pochade.store.context import Context, new_id
from pochade.store.records import (
    OPEN_STATES,
    Accepted,
    Claim,
    Job,
    JobState,
    Lease,
    NewJob,
    NewPicture,
    Picture,
    Priority,
    Standing,
    User,
    record,
    record_of,
)

_JOB = tables.Job
_DONE: dict[str, Any] = {"error_kind": None, "error": None, "fraction": 1.0}

# statements of the way that every request takes, made once: making them anew costs more than SQLite needs to carry them out
_JOBS, _PICTURES = tables.core(tables.Job), tables.core(tables.Picture)
_IS_OPEN = or_(*(_JOBS.c.state == state for state in OPEN_STATES))
_INSERT = insert(_JOBS)
_UPDATE = update(_JOBS).where(_JOBS.c.id == bindparam("job_id"))
_EARLIER = select(_JOBS).where(_JOBS.c.user_id == bindparam("user_id"), _JOBS.c.idempotency_key == bindparam("key"))
_HELD = select(_JOBS.c.state, _JOBS.c.fence).where(_JOBS.c.id == bindparam("job_id")).with_for_update()
_DELIVERED = select(_PICTURES.c.index, _PICTURES.c.id).where(_PICTURES.c.job_id == bindparam("job_id"))
_SILENT = (
    select(_JOBS.c.id, _JOBS.c.attempts, _JOBS.c.cancel_requested)
    .where(_JOBS.c.state == "running", _JOBS.c.lease_expires_at <= bindparam("now"))
    .with_for_update(skip_locked=True)  # a locked one is just being heard of
)
_HEAD = (
    select(_JOBS)
    .where(_JOBS.c.state == "queued", _JOBS.c.available_at <= bindparam("now"), _JOBS.c.priority <= bindparam("slowest"))
    .order_by(_JOBS.c.priority, _JOBS.c.turn, _JOBS.c.id)
    .limit(1)
)


def _open_work() -> Select[*tuple[Any, ...]]:
    """All open work and one user's, counted, and the turns that are being served, that wait, and that the user has."""
    own, alike = _JOBS.c.user_id == bindparam("user_id"), _JOBS.c.priority == bindparam("priority")

    def pixels(counted: Any) -> Any:
        return cast(func.coalesce(func.sum(counted), 0), BigInteger)  # PostgreSQL adds bigints up to a decimal

    def turn_where(*which: Any) -> Any:
        return case((and_(alike, *which), _JOBS.c.turn))

    return select(
        func.count().label("count_"),
        pixels(_JOBS.c.pixels).label("pixels"),
        func.count(case((own, 1))).label("own_count"),
        pixels(case((own, _JOBS.c.pixels))).label("own_pixels"),
        func.max(turn_where(_JOBS.c.state == "running")).label("running_turn"),
        func.min(turn_where(_JOBS.c.state == "queued")).label("queued_turn"),
        func.max(turn_where(own)).label("own_turn"),
    ).where(_IS_OPEN)


_OPEN_WORK = _open_work()


@dataclass(frozen=True)
class Limits:
    """How much open work is taken on, counted in jobs and in pixels of finished pictures.

    Attributes:
        max_attempts: how often a job is begun before it counts as failed, so that one that kills its worker ends.
    """

    jobs_per_user: int = 100
    pixels_per_user: int = 400_000_000
    jobs: int = 2_000
    pixels: int = 4_000_000_000
    max_attempts: int = 5


class Queue:
    """Jobs of all users. Methods with an acting user are for users; the others are for workers."""

    def __init__(self, context: Context, limits: Limits):
        self._context = context
        self.limits = limits

    # users

    def submit(self, acting: User, job: NewJob, claim: Claim | None = None) -> Accepted:
        """Accepts a job: once this returns, it survives anything that the database survives.

        Args:
            claim: a worker that would take the next job, whichever that is, by the same commit; None: nobody offers.

        Raises:
            IdempotencyError: if the idempotency key was used for another request.
            QuotaExceededError: if the user has too much waiting.
            OverloadedError: if the installation has.
            NotFoundError: if a parent, the image or the mask is not there.
        """
        for sha256 in filter(None, (job.image_sha256, job.mask_sha256)):
            self._context.blobs.get(sha256)
        with self._context.database.writing_alone() as connection:
            if (earlier := self._earlier(connection, acting, job)) is not None:
                return Accepted(earlier, replayed=True)
            turn = self._admit(connection, acting, job)
            pictures.check_own(connection, acting.id, job.parent_ids)
            now = self._context.clock()
            values = {
                "id": new_id(),
                "user_id": acting.id,
                "state": "queued",
                "priority": int(job.priority),
                "turn": turn,
                "model_id": job.model_id,
                "width_px": job.width_px,
                "height_px": job.height_px,
                "num_images": job.num_images,
                "pixels": job.pixels,
                "request": dict(job.request),
                "image_sha256": job.image_sha256,
                "mask_sha256": job.mask_sha256,
                "parent_ids": list(job.parent_ids),
                "idempotency_key": job.idempotency_key,
                "body_sha256": job.fingerprint,
                "available_at": now,
                "attempts": 0,
                "fence": 0,
                "worker": None,
                "lease_expires_at": None,
                "cancel_requested": False,
                "fraction": 0.0,
                "created_at": now,
                "started_at": None,
                "finished_at": None,
                "error_kind": None,
                "error": None,
            }
            connection.execute(_INSERT, values)
            # jobs of lost workers are for those who look for work
            leases = [] if claim is None else self._next(connection, claim.worker, now, claim.ttl_s, 1, claim.slowest)
            return Accepted(record_of(Job, values), leases=tuple(leases))

    def earlier(self, acting: User, job: NewJob) -> Job | None:
        """The job that was accepted under the same idempotency key, or None.

        Raises:
            IdempotencyError: if the idempotency key was used for another request.
        """
        if job.idempotency_key is None:
            return None
        with self._context.database.reading() as connection:
            return self._earlier(connection, acting, job)

    def get(self, acting: User, job_id: str) -> Job:
        """One job of the acting user."""
        with self._context.database.read() as session:
            return record(Job, self._row(session, acting, job_id))

    def list(self, acting: User, *, states: Sequence[JobState] | None = None, before: str | None = None, limit: int = 50) -> list[Job]:
        """The acting user's jobs, newest first.

        Args:
            before: id of the last job of the page before; None: the first page.
        """
        query = select(_JOB).where(_JOB.user_id == acting.id)
        if states is not None:
            query = query.where(_JOB.state.in_(states))
        if before is not None:
            query = query.where(_JOB.id < before)
        with self._context.database.read() as session:
            return [record(Job, row) for row in session.scalars(query.order_by(_JOB.id.desc()).limit(limit))]

    def cancel(self, acting: User, job_id: str) -> Job:
        """Cancels a waiting job at once, and asks the worker of a running one to stop. A job that is over stays as it is."""
        with self._context.database.write_alone() as session:
            row = self._row(session, acting, job_id)
            session.refresh(row, with_for_update=True)  # its worker may be writing down how it ended
            if row.state == "queued":
                self._end(row, "cancelled")
            elif row.state == "running":
                row.cancel_requested = True
            return record(Job, row)

    def standing(self, acting: User, job_id: str, workers: int = 1) -> Standing:
        """How many jobs go before this one, and how long it should take, with so many jobs painted at a time.

        Raises:
            NotFoundError: if there is no such job.
        """
        with self._context.database.read() as session:
            row = self._row(session, acting, job_id)
            if row.state not in OPEN_STATES:
                return Standing(0, 0.0)
            before = []
            if row.state == "queued":
                earlier = tuple_(_JOB.priority, _JOB.turn, _JOB.id) < tuple_(row.priority, row.turn, row.id)  # type: ignore[operator]
                before = session.execute(_work().where(_JOB.state == "queued", earlier).group_by(_JOB.model_id)).all()
            running = session.execute(_work().where(_JOB.state == "running", _JOB.id != row.id).group_by(_JOB.model_id)).all()
            own = row.pixels * (1 - row.fraction)
            seconds = self._seconds(session, {row.model_id: own})
            ahead = 0.0
            if row.state == "queued":
                for model_id, _, pixels in [*before, *running]:
                    ahead += (self._seconds(session, {model_id: float(pixels)}) or 0.0) / workers
            position = sum(count for _, count, _ in before)
            return Standing(position, None if seconds is None else ahead + seconds)

    # workers

    def lease(self, worker: str, ttl_s: float = 30, max_batch: int = 1, slowest: Priority = Priority.BATCH) -> list[Lease]:
        """The next job, and up to `max_batch - 1` more of its model, size and priority; none: nothing waits.

        Nobody waits for a batch longer than for one job of every user: none of a later turn goes before another user's job.

        Args:
            worker: who asks, for the log.
            ttl_s: without a heartbeat for so long, the job is given to another worker.
            slowest: only jobs of this priority or a more urgent one.
        """
        with self._context.database.writing_alone() as connection:
            return self._lease(connection, worker, ttl_s, max_batch, slowest)

    def lease_more(self, first: Lease, worker: str, ttl_s: float, most: int, fits: Callable[[Job], bool]) -> list[Lease]:
        """Up to `most` further jobs that may be painted together with a leased one: of its model, size and priority, and `fits`.

        Args:
            fits: what else has to be alike; called inside the transaction, so it must be quick.
        """
        with self._context.database.writing_alone() as connection:
            now = self._context.clock()
            # a batch is looked for among the next ones only: whoever is further back has time
            found = self._alike(connection, first.job, now, 8 * most)
            chosen = [row for row in found if fits(record_of(Job, row))][:most]
            return [self._taken(connection, row, worker, now, ttl_s) for row in chosen]

    def heartbeat(self, lease: Lease, fraction: float = 0.0, ttl_s: float = 30) -> bool:
        """Renews a lease and notes progress; False: the job was cancelled, so stop and `abandon` it.

        Raises:
            StaleLeaseError: if the job is no longer this worker's.
        """
        with self._context.database.write() as session:
            row = self._held(session, lease)
            row.lease_expires_at = self._context.clock() + ttl_s
            row.fraction = max(row.fraction, min(fraction, 1.0))
            return not row.cancel_requested

    def parent_files(self, lease: Lease) -> list[bytes]:
        """The files of the pictures that a leased job starts from; one that was removed since is left out."""
        if not lease.job.parent_ids:
            return []
        own = select(tables.Picture.sha256).where(tables.Picture.id.in_(lease.job.parent_ids), tables.Picture.user_id == lease.job.user_id)
        with self._context.database.read() as session:
            names = session.scalars(own.order_by(tables.Picture.id)).all()
        return [self._context.blobs.get(name) for name in names]

    def deliver(self, lease: Lease, index: int, picture: NewPicture, last: bool = False) -> Picture:
        """Keeps picture `index` of a job; with `last`, the job is done by the same commit.

        A picture that has been delivered before is not replaced: the first one is given back.

        Raises:
            StaleLeaseError: if the job is no longer this worker's; nothing is kept.
            InvalidRequestError: if the index is none of the job's, or with `last` others are missing.
        """
        sha256 = self._context.blobs.put(picture.encoded)
        job = lease.job
        with self._context.database.writing() as connection:
            held = connection.execute(_HELD, {"job_id": job.id}).one_or_none()
            if held is None or held.state != "running" or held.fence != lease.fence:
                raise _stale(lease)
            if not 0 <= index < job.num_images:
                raise InvalidRequestError(
                    f"Got picture {index} of a job of {job.num_images}; 0 to {job.num_images - 1} are accepted.", "index"
                )
            there = {row[0]: row[1] for row in connection.execute(_DELIVERED, {"job_id": job.id})}
            now = self._context.clock()
            if index in there:
                kept = pictures.one(connection, there[index])
            else:
                kept = pictures.insert(connection, self._context, job.user_id, job.id, index, picture, sha256, now)
            if last:
                _refuse_missing(job.id, tuple(number for number in range(job.num_images) if number not in there and number != index))
                connection.execute(_UPDATE, {"job_id": job.id, **_DONE, **_ended("done", now)})
            return kept

    def complete(self, lease: Lease) -> None:
        """Ends a job all of whose pictures were delivered.

        Raises:
            StaleLeaseError: if the job is no longer this worker's.
            InvalidRequestError: if pictures are missing.
        """
        with self._context.database.write() as session:
            self._finish(session, self._held(session, lease))

    def fail(self, lease: Lease, error_kind: str, error: str, retry_after_s: float | None = None) -> Job:
        """Ends a job without success, or with `retry_after_s` puts it back for later while it has attempts left.

        Raises:
            StaleLeaseError: if the job is no longer this worker's.
        """
        with self._context.database.write() as session:
            row = self._held(session, lease)
            if row.cancel_requested:
                self._end(row, "cancelled")
                return record(Job, row)
            row.error_kind, row.error = error_kind, error
            if retry_after_s is not None and row.attempts < self.limits.max_attempts:
                self._put_back(row, self._context.clock() + retry_after_s)
            else:
                self._end(row, "failed")
            return record(Job, row)

    def abandon(self, lease: Lease) -> Job:
        """Ends a job that was cancelled while it ran; one that was not is put back for another worker, and this attempt not counted.

        Raises:
            StaleLeaseError: if the job is no longer this worker's.
        """
        with self._context.database.write() as session:
            row = self._held(session, lease)
            if row.cancel_requested:
                self._end(row, "cancelled")
            else:
                row.attempts -= 1
                self._put_back(row, self._context.clock())
            return record(Job, row)

    def recover(self) -> int:
        """Puts back all jobs of workers that died with the only process that could have them; how many. For SQLite, at the start."""
        with self._context.database.writing_alone() as connection:
            return self._reclaim(connection, float("inf"))

    def counts(self) -> dict[JobState, int]:
        """How many jobs are in each state, for metrics."""
        with self._context.database.read() as session:
            return dict(session.execute(select(_JOB.state, func.count()).group_by(_JOB.state)).all())  # type: ignore[arg-type]

    # rules

    @staticmethod
    def _earlier(connection: Connection, acting: User, job: NewJob) -> Job | None:
        if job.idempotency_key is None:
            return None
        row = connection.execute(_EARLIER, {"user_id": acting.id, "key": job.idempotency_key}).one_or_none()
        if row is not None and row.body_sha256 != job.fingerprint:
            raise IdempotencyError(
                f"Got the idempotency key {job.idempotency_key!r:.80}, which was used for another request; "
                "a key repeats the very same request. Send this one with a new key."
            )
        return None if row is None else record(Job, row)

    def _admit(self, connection: Connection, acting: User, job: NewJob) -> int:
        """The job's turn.

        Raises:
            QuotaExceededError, OverloadedError: if there is no room for it.
        """
        there = connection.execute(_OPEN_WORK, {"user_id": acting.id, "priority": int(job.priority)}).one()
        count, pixels = there.own_count, there.own_pixels
        limits = self.limits
        if count + 1 > limits.jobs_per_user or pixels + job.pixels > limits.pixels_per_user:
            raise QuotaExceededError(
                f"You have {count:,} jobs of {pixels / 1e6:,.1f} megapixels waiting; {limits.jobs_per_user:,} jobs and "
                f"{limits.pixels_per_user / 1e6:,.1f} megapixels are accepted for one user. Wait for some to finish, or cancel some.",
                self._relief_s(connection, acting.id),
            )
        count, pixels = there.count_, there.pixels
        if count + 1 > limits.jobs or pixels + job.pixels > limits.pixels:
            raise OverloadedError(
                f"There are {count:,} jobs of {pixels / 1e6:,.1f} megapixels waiting, as many as are accepted at once. Try again later.",
                self._relief_s(connection, None),
            )
        served = there.running_turn if there.running_turn is not None else there.queued_turn or 0
        return served if there.own_turn is None else max(served, there.own_turn + 1)

    def _relief_s(self, connection: Connection, user_id: str | None) -> float:
        """When the next job should be over, 1 to 60 seconds from now: half of what one took lately, as one is half done on average."""
        query = select(_JOB.finished_at - _JOB.started_at).where(_JOB.state == "done").order_by(_JOB.finished_at.desc()).limit(20)
        took = sorted(connection.scalars(query if user_id is None else query.where(_JOB.user_id == user_id)))
        return min(max(took[len(took) // 2] / 2 if took else 5.0, 1.0), 60.0)

    def _lease(self, connection: Connection, worker: str, ttl_s: float, max_batch: int, slowest: Priority) -> list[Lease]:
        now = self._context.clock()
        self._reclaim(connection, now)
        return self._next(connection, worker, now, ttl_s, max_batch, slowest)

    def _next(self, connection: Connection, worker: str, now: float, ttl_s: float, max_batch: int, slowest: Priority) -> list[Lease]:
        head = connection.execute(_HEAD, {"now": now, "slowest": int(slowest)}).mappings().one_or_none()
        if head is None:
            return []
        rows = [head]
        if max_batch > 1:
            rows += self._alike(connection, record_of(Job, head), now, max_batch - 1)
        return [self._taken(connection, row, worker, now, ttl_s) for row in rows]

    @staticmethod
    def _alike(connection: Connection, first: Job, now: float, most: int) -> Sequence[RowMapping]:
        """Rows of waiting jobs that may be painted together with `first`, in their order."""
        alike = and_(*(_JOBS.c[name] == getattr(first, name) for name in ("model_id", "width_px", "height_px", "priority")))
        waiting = and_(_JOBS.c.state == "queued", _JOBS.c.available_at <= now, _JOBS.c.priority == first.priority)
        # who asks for something else must not wait for a batch that one user fills
        others = select(func.min(_JOBS.c.turn)).where(waiting, not_(alike), _JOBS.c.user_id != first.user_id)
        last_turn = connection.scalar(others)
        query = select(_JOBS).where(waiting, alike, _JOBS.c.id != first.id)
        if last_turn is not None:
            query = query.where(_JOBS.c.turn <= last_turn)
        return connection.execute(query.order_by(_JOBS.c.turn, _JOBS.c.id).limit(most)).mappings().all()

    def _taken(self, connection: Connection, row: RowMapping, worker: str, now: float, ttl_s: float) -> Lease:
        """The lease of a waiting job."""
        given = {"state": "running", "worker": worker, "lease_expires_at": now + ttl_s, "started_at": now}
        given |= {"fence": row["fence"] + 1, "attempts": row["attempts"] + 1}
        connection.execute(_UPDATE, {"job_id": row["id"], **given})
        job = record_of(Job, {**row, **given})
        # under its first lease nothing can have been delivered
        there = {row[0] for row in connection.execute(_DELIVERED, {"job_id": job.id})} if row["fence"] else ()
        return Lease(job, row["fence"] + 1, now + ttl_s, tuple(index for index in range(job.num_images) if index not in there))

    def _reclaim(self, connection: Connection, now: float) -> int:
        dead = connection.execute(_SILENT, {"now": now}).all()
        for row in dead:
            if row.cancel_requested:
                values = _ended("cancelled", self._context.clock())
            elif row.attempts >= self.limits.max_attempts:
                error = f"The worker was lost {row.attempts} times while painting this. Try a smaller size or another model."
                values = {"error_kind": "StaleLeaseError", "error": error, **_ended("failed", self._context.clock())}
            else:
                values = _waiting(self._context.clock())
            connection.execute(_UPDATE, {"job_id": row.id, **values})
        return len(dead)

    @staticmethod
    def _held(session: Session, lease: Lease) -> tables.Job:
        row = session.get(_JOB, lease.job.id, with_for_update=True)
        if row is None or row.state != "running" or row.fence != lease.fence:
            raise _stale(lease)
        return row

    @staticmethod
    def _missing(session: Session, row: tables.Job) -> tuple[int, ...]:
        there = set(session.scalars(select(tables.Picture.index).where(tables.Picture.job_id == row.id)))
        return tuple(index for index in range(row.num_images) if index not in there)

    def _finish(self, session: Session, row: tables.Job) -> None:
        _refuse_missing(row.id, self._missing(session, row))
        _set(row, _DONE)
        self._end(row, "done")

    def _end(self, row: tables.Job, state: JobState) -> None:
        _set(row, _ended(state, self._context.clock()))

    @staticmethod
    def _put_back(row: tables.Job, available_at: float) -> None:
        _set(row, _waiting(available_at))

    @staticmethod
    def _row(session: Session, acting: User, job_id: str) -> tables.Job:
        row = session.get(_JOB, job_id)
        if row is None or row.user_id != acting.id:
            raise NotFoundError(f"There is no job {job_id!r}.")
        return row

    @staticmethod
    def _seconds(session: Session, work: dict[str, float]) -> float | None:
        """Seconds for so many pixels of each model, at the pace of its last 20 jobs; None if one has no pace yet."""
        total = 0.0
        for model_id, pixels in work.items():
            recent = select(_JOB.finished_at - _JOB.started_at, _JOB.pixels).where(_JOB.state == "done", _JOB.model_id == model_id)
            took = session.execute(recent.order_by(_JOB.finished_at.desc()).limit(20)).all()
            if not took:
                return None
            total += pixels * sum(seconds for seconds, _ in took) / sum(count for _, count in took)
        return total


def _stale(lease: Lease) -> StaleLeaseError:
    return StaleLeaseError(f"Job {lease.job.id} is no longer held under fence {lease.fence}; its result was not taken.")


def _refuse_missing(job_id: str, missing: tuple[int, ...]) -> None:
    if missing:
        raise InvalidRequestError(f"Job {job_id} lacks pictures {', '.join(map(str, missing))}; deliver those first.", "index")


def _ended(state: JobState, now: float) -> dict[str, Any]:
    """What changes in the row of a job that ends."""
    return {"state": state, "finished_at": now, "lease_expires_at": None}


def _waiting(available_at: float) -> dict[str, Any]:
    """What changes in the row of a job that is put back."""
    return {"state": "queued", "available_at": available_at, "worker": None, "lease_expires_at": None, "fraction": 0.0}


def _set(row: tables.Job, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def _work() -> Select[str, int, Any]:
    """Jobs and pixels left, by model."""
    return select(_JOB.model_id, func.count(), func.sum(_JOB.pixels * (1 - _JOB.fraction)))
