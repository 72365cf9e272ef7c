"""What the store takes and gives: plain values, never rows. Times are Unix times in seconds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import IntEnum
from functools import cache
from typing import Any, Literal, TypeVar, get_args

Role = Literal["admin", "member"]
Scope = Literal["paint", "read", "admin"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
JobState = Literal["queued", "running", "done", "failed", "cancelled"]
OPEN_STATES: tuple[JobState, ...] = ("queued", "running")


class Priority(IntEnum):
    """What overtakes what; lower goes first."""

    PREVIEW = 0
    INTERACTIVE = 1
    BATCH = 2


@dataclass(frozen=True)
class User:
    """A person or program with an account.

    Attributes:
        disabled_at: since when the account cannot be used; None: it can.
    """

    id: str
    name: str
    role: Role
    created_at: float
    disabled_at: float | None = None

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"


@dataclass(frozen=True)
class Session:
    """A login in one browser; its secret is the cookie."""

    id: str
    user_id: str
    created_at: float
    expires_at: float


@dataclass(frozen=True)
class ApiKey:
    """A key for programs. The key itself is shown once, when it is made.

    Attributes:
        hint: its last four characters, to tell keys apart in a list.
    """

    id: str
    user_id: str
    name: str
    hint: str
    scopes: tuple[Scope, ...]
    created_at: float
    expires_at: float | None = None
    revoked_at: float | None = None


@dataclass(frozen=True)
class ModelEntry:
    """A model that an administrator added.

    Attributes:
        kind: the adapter: "openai", "gemini", "automatic1111", "diffusers", ...
        settings: what the adapter needs, JSON; never a secret in clear, only the name of the variable that holds it.
    """

    id: str
    kind: str
    settings: Mapping[str, Any]
    created_at: float
    updated_at: float


@dataclass(frozen=True)
class NewJob:
    """Work to be accepted.

    Attributes:
        request: the whole request as JSON, but for its pictures.
        model_id: which model is to paint; jobs of one model and size can be leased together.
        image_sha256: blob of the picture to start from, or None.
        mask_sha256: blob of its mask, or None.
        parent_ids: pictures of the same user that this one is made from.
        idempotency_key: sent twice with the same request, it names the same job.
        body_sha256: of the request as it was sent, before defaults and a random seed were filled in; None: of what stands here.
    """

    request: Mapping[str, Any]
    model_id: str
    width_px: int
    height_px: int
    num_images: int = 1
    priority: Priority = Priority.INTERACTIVE
    image_sha256: str | None = None
    mask_sha256: str | None = None
    parent_ids: tuple[str, ...] = ()
    idempotency_key: str | None = None
    body_sha256: str | None = None

    @property
    def pixels(self) -> int:
        """Of all its pictures together."""
        return self.width_px * self.height_px * self.num_images

    @property
    def fingerprint(self) -> str:
        """Tells whether two jobs ask for the same."""
        if self.body_sha256 is not None:
            return self.body_sha256
        body = [dict(self.request), self.model_id, self.width_px, self.height_px, self.num_images]
        body += [self.image_sha256, self.mask_sha256, self.parent_ids]
        return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True)
class Job:
    """Work that was accepted.

    Attributes:
        attempts: how often a worker began it.
        fraction: share that is done, 0 to 1, as of the last heartbeat.
        error_kind: name of the error class if it failed, e.g. "ProviderUnavailableError".
        error: the sentence for the user.
    """

    id: str
    user_id: str
    state: JobState
    priority: Priority
    model_id: str
    width_px: int
    height_px: int
    num_images: int
    request: Mapping[str, Any]
    image_sha256: str | None
    mask_sha256: str | None
    parent_ids: tuple[str, ...]
    attempts: int
    fraction: float
    cancel_requested: bool
    created_at: float
    started_at: float | None
    finished_at: float | None
    error_kind: str | None
    error: str | None


@dataclass(frozen=True)
class Accepted:
    """Answer to `submit`: the job is committed.

    Attributes:
        replayed: true when its idempotency key had been used for it before.
        leases: what the same commit leased to the worker that offered itself.
    """

    job: Job
    replayed: bool = False
    leases: tuple[Lease, ...] = ()


@dataclass(frozen=True)
class Claim:
    """A worker's offer to take the next job by the commit that accepts a new one.

    Attributes:
        worker, ttl_s, slowest: as for `Queue.lease`.
    """

    worker: str
    ttl_s: float
    slowest: Priority = Priority.BATCH


@dataclass(frozen=True)
class Standing:
    """Where an open job stands.

    Attributes:
        position: jobs that go before it; 0: next, or already running.
        seconds_left: until it should be finished; None: this model has painted nothing yet to judge by.
    """

    position: int
    seconds_left: float | None


@dataclass(frozen=True)
class Lease:
    """A worker's right to a job until `expires_at`, renewed by heartbeats.

    Attributes:
        fence: grows with every lease of the job; a result under an older one is refused.
        missing: indices of the pictures that are still to be painted, ascending.
    """

    job: Job
    fence: int
    expires_at: float
    missing: tuple[int, ...]


@dataclass(frozen=True)
class NewPicture:
    """A finished picture, encoded.

    Attributes:
        encoded: the file, kept byte for byte.
        recipe: `Recipe` as JSON text, or None for an upload.
        timings: seconds by stage, e.g. {"paint_s": 1.9}.
        parent_ids: pictures of the same user that it was made from.
    """

    encoded: bytes
    media_type: str
    width_px: int
    height_px: int
    model_id: str
    prompt: str = ""
    seed: int | None = None
    recipe: str | None = None
    timings: Mapping[str, float] = field(default_factory=dict)
    parent_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A picture that is kept.

    Attributes:
        job_id: the job that it came from, or None for an upload.
        index: which picture of the job, from 0.
        sha256: of the file; the name of its blob.
        favourite_at: since when it is a favourite; None: it is none.
        deleted_at: since when it is in the bin; None: it is not.
    """

    id: str
    user_id: str
    job_id: str | None
    index: int
    sha256: str
    media_type: str
    num_bytes: int
    width_px: int
    height_px: int
    model_id: str
    prompt: str
    seed: int | None
    recipe: str | None
    timings: Mapping[str, float]
    created_at: float
    favourite_at: float | None
    deleted_at: float | None
    parent_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Collection:
    """A named set of pictures of one user."""

    id: str
    user_id: str
    name: str
    created_at: float


@dataclass(frozen=True)
class Event:
    """Something that happened and is worth finding again; `user_id` None: to the installation."""

    id: str
    user_id: str | None
    kind: str
    subject: str
    data: Mapping[str, Any]
    created_at: float


R = TypeVar("R")


def record(kind: type[R], row: Any, **more: Any) -> R:
    """The record of class `kind` with the row's values of the same names; lists become tuples."""
    return record_of(kind, {name: getattr(row, name) for name in _names(kind) if name not in more}, **more)


def record_of(kind: type[R], values: Mapping[Any, Any], **more: Any) -> R:
    """Like `record`, of values by name; there may be others among them."""
    known = {name: values[name] for name in _names(kind) if name not in more}
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in known.items()}, **more)


@cache
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(name.name for name in fields(kind))
