"""The durable queue of jobs.

Accepted means committed. A worker holds a job by a lease that heartbeats renew; every lease carries a fence, a number that
grows, and what comes under an older one is refused: a job may run twice, its result is taken once.

Order is (priority, turn, id). A job's turn is the one after the last open job of its user, but not before the turn that is
being served, so users with work waiting take turns, whoever asked for more or first.
Source: start-time fair queueing, Goyal, Vin and Cheng, SIGCOMM 1996, with every job of cost 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Select, and_, cast, func, select, tuple_
from sqlalchemy.orm import Session

from pochade.core.errors import IdempotencyError, InvalidRequestError, NotFoundError, OverloadedError, QuotaExceededError, StaleLeaseError
from pochade.store import pictures, tables
from pochade.store.context import Context, new_id
from pochade.store.records import OPEN_STATES, Accepted, Job, JobState, Lease, NewJob, NewPicture, Picture, Priority, Standing, User, record

_JOB = tables.Job


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

    def submit(self, acting: User, job: NewJob) -> Accepted:
        """Accepts a job: once this returns, it survives anything that the database survives.

        Raises:
            IdempotencyError: if the idempotency key was used for another request.
            QuotaExceededError: if the user has too much waiting.
            OverloadedError: if the installation has.
            NotFoundError: if a parent, the image or the mask is not there.
        """
        for sha256 in filter(None, (job.image_sha256, job.mask_sha256)):
            self._context.blobs.get(sha256)
        with self._context.database.write_alone() as session:
            if (earlier := self._earlier(session, acting, job)) is not None:
                return Accepted(earlier, replayed=True)
            self._admit(session, acting, job)
            pictures.check_own(session, acting.id, job.parent_ids)
            row = tables.Job(
                id=new_id(),
                user_id=acting.id,
                state="queued",
                priority=int(job.priority),
                turn=self._turn(session, acting, job.priority),
                model_id=job.model_id,
                width_px=job.width_px,
                height_px=job.height_px,
                num_images=job.num_images,
                pixels=job.pixels,
                request=dict(job.request),
                image_sha256=job.image_sha256,
                mask_sha256=job.mask_sha256,
                parent_ids=list(job.parent_ids),
                idempotency_key=job.idempotency_key,
                body_sha256=job.fingerprint,
                available_at=self._context.clock(),
                attempts=0,
                fence=0,
                cancel_requested=False,
                fraction=0.0,
                created_at=self._context.clock(),
            )
            session.add(row)
            session.flush()
            return Accepted(record(Job, row))

    def earlier(self, acting: User, job: NewJob) -> Job | None:
        """The job that was accepted under the same idempotency key, or None.

        Raises:
            IdempotencyError: if the idempotency key was used for another request.
        """
        with self._context.database.read() as session:
            return self._earlier(session, acting, job)

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

        Args:
            worker: who asks, for the log.
            ttl_s: without a heartbeat for so long, the job is given to another worker.
            slowest: only jobs of this priority or a more urgent one.
        """
        with self._context.database.write_alone() as session:
            now = self._context.clock()
            self._reclaim(session, now)
            waiting = select(_JOB).where(_JOB.state == "queued", _JOB.available_at <= now, _JOB.priority <= int(slowest))
            waiting = waiting.order_by(_JOB.priority, _JOB.turn, _JOB.id)
            first = session.scalar(waiting.limit(1))
            if first is None:
                return []
            alike = and_(*(getattr(_JOB, name) == getattr(first, name) for name in ("model_id", "width_px", "height_px", "priority")))
            rows = [first, *session.scalars(waiting.where(alike, _JOB.id != first.id).limit(max_batch - 1))]
            for row in rows:
                row.state, row.worker, row.lease_expires_at = "running", worker, now + ttl_s
                row.fence += 1
                row.attempts += 1
                row.started_at = now
            session.flush()
            return [Lease(record(Job, row), row.fence, now + ttl_s, self._missing(session, row)) for row in rows]

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
        with self._context.database.write() as session:
            row = self._held(session, lease)
            if not 0 <= index < row.num_images:
                raise InvalidRequestError(
                    f"Got picture {index} of a job of {row.num_images}; 0 to {row.num_images - 1} are accepted.", "index"
                )
            found = session.scalar(select(tables.Picture).where(tables.Picture.job_id == row.id, tables.Picture.index == index))
            if found is None:
                kept = pictures.insert(session, self._context, row.user_id, row.id, index, picture, sha256)
            else:
                kept = pictures.records(session, [found])[0]
            if last:
                self._finish(session, row)
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
        with self._context.database.write_alone() as session:
            return self._reclaim(session, float("inf"))

    def counts(self) -> dict[JobState, int]:
        """How many jobs are in each state, for metrics."""
        with self._context.database.read() as session:
            return dict(session.execute(select(_JOB.state, func.count()).group_by(_JOB.state)).all())  # type: ignore[arg-type]

    # rules

    @staticmethod
    def _earlier(session: Session, acting: User, job: NewJob) -> Job | None:
        if job.idempotency_key is None:
            return None
        row = session.scalar(select(_JOB).where(_JOB.user_id == acting.id, _JOB.idempotency_key == job.idempotency_key))
        if row is not None and row.body_sha256 != job.fingerprint:
            raise IdempotencyError(
                f"Got the idempotency key {job.idempotency_key!r:.80}, which was used for another request; "
                "a key repeats the very same request. Send this one with a new key."
            )
        return None if row is None else record(Job, row)

    def _admit(self, session: Session, acting: User, job: NewJob) -> None:
        total = cast(func.coalesce(func.sum(_JOB.pixels), 0), BigInteger)  # PostgreSQL adds bigints up to a decimal
        open_work = select(func.count(), total).where(_JOB.state.in_(OPEN_STATES))
        count, pixels = session.execute(open_work.where(_JOB.user_id == acting.id)).one()
        limits = self.limits
        if count + 1 > limits.jobs_per_user or pixels + job.pixels > limits.pixels_per_user:
            raise QuotaExceededError(
                f"You have {count:,} jobs of {pixels / 1e6:,.1f} megapixels waiting; {limits.jobs_per_user:,} jobs and "
                f"{limits.pixels_per_user / 1e6:,.1f} megapixels are accepted for one user. Wait for some to finish, or cancel some.",
                self._relief_s(session, acting.id),
            )
        count, pixels = session.execute(open_work).one()
        if count + 1 > limits.jobs or pixels + job.pixels > limits.pixels:
            raise OverloadedError(
                f"There are {count:,} jobs of {pixels / 1e6:,.1f} megapixels waiting, as many as are accepted at once. Try again later.",
                self._relief_s(session, None),
            )

    def _relief_s(self, session: Session, user_id: str | None) -> float:
        """When the next job should be over, 1 to 60 seconds from now: half of what one took lately, as one is half done on average."""
        query = select(_JOB.finished_at - _JOB.started_at).where(_JOB.state == "done").order_by(_JOB.finished_at.desc()).limit(20)
        took = sorted(session.scalars(query if user_id is None else query.where(_JOB.user_id == user_id)))
        return min(max(took[len(took) // 2] / 2 if took else 5.0, 1.0), 60.0)

    @staticmethod
    def _turn(session: Session, acting: User, priority: Priority) -> int:
        alike = _JOB.priority == int(priority)
        served = session.scalar(select(func.max(_JOB.turn)).where(_JOB.state == "running", alike))
        if served is None:
            served = session.scalar(select(func.min(_JOB.turn)).where(_JOB.state == "queued", alike)) or 0
        own = session.scalar(select(func.max(_JOB.turn)).where(_JOB.state.in_(OPEN_STATES), alike, _JOB.user_id == acting.id))
        return served if own is None else max(served, own + 1)

    def _reclaim(self, session: Session, now: float) -> int:
        silent = select(_JOB).where(_JOB.state == "running", _JOB.lease_expires_at <= now)
        dead = session.scalars(silent.with_for_update(skip_locked=True)).all()  # a locked one is just being heard of
        for row in dead:
            if row.cancel_requested:
                self._end(row, "cancelled")
            elif row.attempts >= self.limits.max_attempts:
                row.error_kind = "StaleLeaseError"
                row.error = f"The worker was lost {row.attempts} times while painting this. Try a smaller size or another model."
                self._end(row, "failed")
            else:
                self._put_back(row, self._context.clock())
        session.flush()
        return len(dead)

    @staticmethod
    def _held(session: Session, lease: Lease) -> tables.Job:
        row = session.get(_JOB, lease.job.id, with_for_update=True)
        if row is None or row.state != "running" or row.fence != lease.fence:
            raise StaleLeaseError(f"Job {lease.job.id} is no longer held under fence {lease.fence}; its result was not taken.")
        return row

    @staticmethod
    def _missing(session: Session, row: tables.Job) -> tuple[int, ...]:
        there = set(session.scalars(select(tables.Picture.index).where(tables.Picture.job_id == row.id)))
        return tuple(index for index in range(row.num_images) if index not in there)

    def _finish(self, session: Session, row: tables.Job) -> None:
        missing = self._missing(session, row)
        if missing:
            raise InvalidRequestError(f"Job {row.id} lacks pictures {', '.join(map(str, missing))}; deliver those first.", "index")
        row.error_kind = row.error = None
        row.fraction = 1.0
        self._end(row, "done")

    def _end(self, row: tables.Job, state: JobState) -> None:
        row.state, row.finished_at, row.lease_expires_at = state, self._context.clock(), None

    @staticmethod
    def _put_back(row: tables.Job, available_at: float) -> None:
        row.state, row.available_at, row.worker, row.lease_expires_at, row.fraction = "queued", available_at, None, None, 0.0

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


def _work() -> Select[str, int, Any]:
    """Jobs and pixels left, by model."""
    return select(_JOB.model_id, func.count(), func.sum(_JOB.pixels * (1 - _JOB.fraction)))
