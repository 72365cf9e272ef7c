"""Models that were added, settings, and the log of events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pochade.core.errors import InvalidRequestError, NotFoundError
from pochade.store import tables
from pochade.store.context import Context, new_id, require_admin
from pochade.store.records import Event, ModelEntry, User, record

_SYSTEM = "system"


class Models:
    """Models beyond those that Pochade brings along. All users may see them, administrators change them."""

    def __init__(self, context: Context):
        self._context = context

    def list(self) -> list[ModelEntry]:
        """By id."""
        with self._context.database.read() as session:
            return [record(ModelEntry, row) for row in session.scalars(select(tables.Model).order_by(tables.Model.id))]

    def put(self, acting: User, model_id: str, kind: str, settings: Mapping[str, Any]) -> ModelEntry:
        """Adds a model, or gives it new settings."""
        require_admin(acting, "add models")
        if not 1 <= len(model_id) <= 200 or not model_id.isprintable() or model_id != model_id.strip():
            raise InvalidRequestError(f"Got {model_id!r:.80} as a model id; 1 to 200 printable characters are accepted.", "model")
        now = self._context.clock()
        with self._context.database.write_alone() as session:
            row = session.get(tables.Model, model_id)
            if row is None:
                row = tables.Model(id=model_id, kind=kind, settings=dict(settings), created_at=now, updated_at=now)
                session.add(row)
            row.kind, row.settings, row.updated_at = kind, dict(settings), now
            log(session, self._context, acting.id, "model.put", model_id, {"kind": kind, "settings": dict(settings)})
            session.flush()
            return record(ModelEntry, row)

    def remove(self, acting: User, model_id: str) -> None:
        """Forgets a model; its pictures stay."""
        require_admin(acting, "remove models")
        with self._context.database.write() as session:
            row = session.get(tables.Model, model_id)
            if row is None:
                raise NotFoundError(f"There is no added model {model_id!r}.")
            session.delete(row)
            log(session, self._context, acting.id, "model.remove", model_id, {})


class Settings:
    """Settings of each user and of the installation. What a setting was before stands in the events."""

    def __init__(self, context: Context):
        self._context = context

    def get(self, acting: User, name: str, default: Any = None) -> Any:
        """One of the acting user's settings."""
        return self._get(acting.id, name, default)

    def all(self, acting: User) -> dict[str, Any]:
        """All of the acting user's settings."""
        with self._context.database.read() as session:
            rows = session.scalars(select(tables.Setting).where(tables.Setting.owner == acting.id))
            return {row.name: row.value for row in rows}

    def set(self, acting: User, name: str, value: Any) -> None:
        """Changes one of the acting user's settings to a JSON value."""
        self._set(acting, acting.id, name, value)

    def get_system(self, name: str, default: Any = None) -> Any:
        """A setting of the installation."""
        return self._get(_SYSTEM, name, default)

    def set_system(self, acting: User, name: str, value: Any) -> None:
        """Changes a setting of the installation to a JSON value. For administrators."""
        require_admin(acting, "change settings of the installation")
        self._set(acting, _SYSTEM, name, value)

    def _get(self, owner: str, name: str, default: Any) -> Any:
        with self._context.database.read() as session:
            row = session.get(tables.Setting, (owner, name))
            return default if row is None else row.value

    def _set(self, acting: User, owner: str, name: str, value: Any) -> None:
        with self._context.database.write_alone() as session:
            now = self._context.clock()
            row = session.get(tables.Setting, (owner, name))
            before = None if row is None else row.value
            session.merge(tables.Setting(owner=owner, name=name, value=value, updated_at=now))
            kind = "setting.system" if owner == _SYSTEM else "setting"
            log(session, self._context, acting.id, kind, name, {"before": before, "after": value})


class Events:
    """What happened, append-only."""

    def __init__(self, context: Context):
        self._context = context

    def record(self, acting: User | None, kind: str, subject: str = "", data: Mapping[str, Any] | None = None) -> Event:
        """Notes an event of a user, or with None of the installation.

        Args:
            kind: dotted, e.g. "login.failed".
            subject: id of what it is about.
        """
        with self._context.database.write() as session:
            return log(session, self._context, acting.id if acting else None, kind, subject, data or {})

    def list(
        self, acting: User, *, everybody: bool = False, kind: str | None = None, before: str | None = None, limit: int = 100
    ) -> list[Event]:
        """The acting user's events, newest first; with `everybody`, for administrators, those of all users and the installation."""
        table = tables.Event
        query = select(table).order_by(table.id.desc()).limit(limit)
        if everybody:
            require_admin(acting, "read everybody's events")
        else:
            query = query.where(table.user_id == acting.id)
        if kind is not None:
            query = query.where(table.kind == kind)
        if before is not None:
            query = query.where(table.id < before)
        with self._context.database.read() as session:
            return [record(Event, row) for row in session.scalars(query)]


def log(session: Session, context: Context, user_id: str | None, kind: str, subject: str, data: Mapping[str, Any]) -> Event:
    """Adds an event to the transaction under way."""
    row = tables.Event(id=new_id(), user_id=user_id, kind=kind, subject=subject, data=dict(data), created_at=context.clock())
    session.add(row)
    session.flush()
    return record(Event, row)
