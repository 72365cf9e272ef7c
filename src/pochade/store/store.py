"""The store as a whole."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from time import time

from sqlalchemy import delete, select, union

from pochade.core.errors import StoreError
from pochade.core.files import kept_secret
from pochade.store import schema, tables
from pochade.store.accounts import ApiKeys, Sessions, Users
from pochade.store.blobs import Blobs, open_blobs
from pochade.store.catalogue import Events, Models, Settings
from pochade.store.context import Context
from pochade.store.database import Database
from pochade.store.pictures import Collections, Pictures
from pochade.store.queue import Limits, Queue

MIN_BLOB_AGE_S = 3_600.0
"""A blob that no row names yet is left alone for so long: its row may be about to be written."""


class Store:
    """Everything that Pochade keeps. Safe to use from several threads; calls block, so asynchronous code uses a thread.

    Attributes:
        users, sessions, keys: accounts, logins, API keys.
        models, settings, events: added models, settings, the log.
        queue: jobs.
        pictures, collections: what was painted.
        blobs: files by content.
    """

    def __init__(self, database: Database, blobs: Blobs, key: bytes, limits: Limits | None = None, clock: Callable[[], float] = time):
        context = Context(database, blobs, key, clock)
        self._context = context
        self.blobs = blobs
        self.users = Users(context)
        self.sessions = Sessions(context)
        self.keys = ApiKeys(context)
        self.models = Models(context)
        self.settings = Settings(context)
        self.events = Events(context)
        self.queue = Queue(context, limits or Limits())
        self.pictures = Pictures(context)
        self.collections = Collections(context)

    @property
    def reads_at_once(self) -> bool:
        """Whether one row is read in less time than a thread takes to be told, so that it may be read on an event loop."""
        return self._context.database.reads_at_once

    @property
    def is_alone(self) -> bool:
        """Whether only this process can add jobs."""
        return self._context.database.is_sqlite

    def migrate(self) -> None:
        """Brings the tables to this version of Pochade.

        Raises:
            StoreError: if they are of a newer one.
        """
        schema.upgrade(self._context.database)

    def sweep(self, bin_age_s: float = 30 * 86_400.0) -> int:
        """Removes what nobody can reach any more: pictures long in the bin, expired logins, files without a row.

        Returns:
            How many files were removed.
        """
        now = self._context.clock()
        with self._context.database.write() as session:
            session.execute(delete(tables.Picture).where(tables.Picture.deleted_at < now - bin_age_s))
        self.sessions.sweep()
        named = union(
            select(tables.Picture.sha256),
            select(tables.Job.image_sha256).where(tables.Job.image_sha256.is_not(None)),
            select(tables.Job.mask_sha256).where(tables.Job.mask_sha256.is_not(None)),
        )
        old = [name for name, age_s in self.blobs.names() if age_s >= MIN_BLOB_AGE_S]
        with self._context.database.read() as session:
            kept = set(session.scalars(named))
        return sum(self.blobs.delete(name, MIN_BLOB_AGE_S) for name in old if name not in kept)

    def close(self) -> None:
        """Closes the database and lets another process open it."""
        self._context.database.close()


def open_store(
    database_url: str,
    blobs_url: str,
    *,
    key: bytes | None = None,
    limits: Limits | None = None,
    clock: Callable[[], float] = time,
) -> Store:
    """Opens the store, makes or migrates its tables, and with SQLite puts back the jobs of a process that died.

    Args:
        database_url: "sqlite:///file.db" or "postgresql://user:password@host/name".
        blobs_url: a folder, or an "s3://", "gs://" or "az://" URL.
        key: installation secret, 32 bytes or more; None: with SQLite the file beside the database that ends in ".key",
            made at first use.

    Raises:
        StoreError: if one of them cannot be used.
    """
    database = Database(database_url)
    try:
        store = Store(database, open_blobs(blobs_url), key or _installation_key(database.path), limits, clock)
        store.migrate()
        if database.is_sqlite:
            store.queue.recover()
    except BaseException:
        database.close()
        raise
    return store


def _installation_key(database_path: Path | None) -> bytes:
    if database_path is None:
        raise StoreError(
            "PostgreSQL needs an installation secret that all its processes share; 32 bytes or more are accepted. "
            'Make one with: python -c "import secrets; print(secrets.token_hex(32))"'
        )
    path = database_path.with_name(database_path.name + ".key")
    try:
        return kept_secret(path, lambda: secrets.token_hex(32).encode())
    except OSError as error:
        raise StoreError(f"Cannot keep the installation secret in {path} ({error}). Make the folder writable, or name another.") from error
