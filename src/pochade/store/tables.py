"""The tables. A change here needs a migration beside it; a test compares the two."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, MetaData, String, Table, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """All times are Unix times in seconds, ids 32 hexadecimal digits that sort by time."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {str: Text, float: Double, dict[str, Any]: JSON, list[str]: JSON}


def _id() -> Mapped[str]:
    return mapped_column(String(32), primary_key=True)


def _of(column: str, **options: Any) -> Any:
    """A foreign key whose row goes when the row that it names goes."""
    return mapped_column(String(32), ForeignKey(column, ondelete="CASCADE"), **options)


class User(Base):
    __tablename__ = "users"
    id: Mapped[str] = _id()
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)  # case-folded
    role: Mapped[str]
    password_hash: Mapped[str | None]
    created_at: Mapped[float]
    disabled_at: Mapped[float | None]


class Session(Base):
    """Logins (kind "session") and one-time login links (kind "link")."""

    __tablename__ = "sessions"
    id: Mapped[str] = _id()
    user_id: Mapped[str] = _of("users.id", index=True)
    kind: Mapped[str]
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[float]
    expires_at: Mapped[float] = mapped_column(index=True)


class ApiKey(Base):
    __tablename__ = "api_keys"
    id: Mapped[str] = _id()
    user_id: Mapped[str] = _of("users.id", index=True)
    name: Mapped[str]
    hint: Mapped[str]
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]]
    created_at: Mapped[float]
    expires_at: Mapped[float | None]
    revoked_at: Mapped[float | None]


class Model(Base):
    __tablename__ = "models"
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    settings: Mapped[dict[str, Any]]
    created_at: Mapped[float]
    updated_at: Mapped[float]


class Job(Base):
    """Accepted work. Queue order is (priority, turn, id); see `queue`."""

    __tablename__ = "jobs"
    __table_args__ = (
        UniqueConstraint("user_id", "idempotency_key"),
        Index("ix_jobs_order", "state", "priority", "turn", "id"),
        Index("ix_jobs_pace", "state", "model_id", "finished_at"),
        Index("ix_jobs_owner", "user_id", "id"),
    )
    id: Mapped[str] = _id()
    user_id: Mapped[str] = _of("users.id")
    state: Mapped[str] = mapped_column(String(16))
    priority: Mapped[int]
    turn: Mapped[int] = mapped_column(BigInteger)
    model_id: Mapped[str]
    width_px: Mapped[int]
    height_px: Mapped[int]
    num_images: Mapped[int]
    pixels: Mapped[int] = mapped_column(BigInteger)
    request: Mapped[dict[str, Any]]
    image_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    mask_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    parent_ids: Mapped[list[str]]
    idempotency_key: Mapped[str | None]
    body_sha256: Mapped[str] = mapped_column(String(64))
    available_at: Mapped[float]
    attempts: Mapped[int]
    fence: Mapped[int]
    worker: Mapped[str | None]
    lease_expires_at: Mapped[float | None]
    cancel_requested: Mapped[bool]
    fraction: Mapped[float]
    created_at: Mapped[float]
    started_at: Mapped[float | None]
    finished_at: Mapped[float | None]
    error_kind: Mapped[str | None]
    error: Mapped[str | None]


class Picture(Base):
    __tablename__ = "pictures"
    __table_args__ = (UniqueConstraint("job_id", "index"), Index("ix_pictures_owner", "user_id", "id"))
    id: Mapped[str] = _id()
    user_id: Mapped[str] = _of("users.id")
    job_id: Mapped[str | None] = mapped_column(String(32), ForeignKey("jobs.id", ondelete="SET NULL"))
    index: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    media_type: Mapped[str]
    num_bytes: Mapped[int] = mapped_column(BigInteger)
    width_px: Mapped[int]
    height_px: Mapped[int]
    model_id: Mapped[str]
    prompt: Mapped[str]
    search_text: Mapped[str]  # the prompt, case-folded
    seed: Mapped[int | None] = mapped_column(BigInteger)
    recipe: Mapped[str | None]
    timings: Mapped[dict[str, Any]]
    created_at: Mapped[float]
    favourite_at: Mapped[float | None]
    deleted_at: Mapped[float | None] = mapped_column(index=True)


class PictureParent(Base):
    __tablename__ = "picture_parents"
    picture_id: Mapped[str] = _of("pictures.id", primary_key=True)
    parent_id: Mapped[str] = _of("pictures.id", primary_key=True, index=True)


class Collection(Base):
    __tablename__ = "collections"
    __table_args__ = (UniqueConstraint("user_id", "name"),)
    id: Mapped[str] = _id()
    user_id: Mapped[str] = _of("users.id")
    name: Mapped[str]
    created_at: Mapped[float]


class CollectionPicture(Base):
    __tablename__ = "collection_pictures"
    collection_id: Mapped[str] = _of("collections.id", primary_key=True)
    picture_id: Mapped[str] = _of("pictures.id", primary_key=True, index=True)
    added_at: Mapped[float]


class Event(Base):
    __tablename__ = "events"
    __table_args__ = (Index("ix_events_owner", "user_id", "id"),)
    id: Mapped[str] = _id()
    user_id: Mapped[str | None] = _of("users.id")
    kind: Mapped[str]
    subject: Mapped[str]
    data: Mapped[dict[str, Any]]
    created_at: Mapped[float]


class Setting(Base):
    """One setting of a user, or of the installation (owner "system")."""

    __tablename__ = "settings"
    owner: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    updated_at: Mapped[float]


def core(mapped: type[Base]) -> Table:
    """The table itself, for statements without a `Session`."""
    return cast(Table, mapped.__table__)
