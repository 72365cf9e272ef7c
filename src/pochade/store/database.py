"""The connection: SQLite as safely as it can be had, or PostgreSQL; transactions; the lock of the one writing process."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from pochade.core.errors import StoreError

BUSY_TIMEOUT_S = 30
_POOL = {"pool_size": 10, "max_overflow": 40, "pool_timeout": BUSY_TIMEOUT_S}
_JOURNAL_BYTES = 16_000_000
"""A log that one large transaction blew up is cut down to this; as it grows until then, it is written over, which is synced sooner."""
_LOCK = text("SELECT pg_advisory_xact_lock(:key)")
_ALONE = 0x706F6368  # any number that no other program takes for its advisory locks


class Database:
    """Transactions over one database. Safe to use from several threads.

    SQLite keeps a write-ahead log, with which a commit is one sync. SQLite 3.7.0 to 3.51.2, but for 3.44.6 and 3.50.7, can lose that log
    when one connection commits while another begins to copy the log into the database. Here that cannot be: one process may write, by
    its lock, and within it a turn lasts from BEGIN until the commit is over, with the copying that it may do.
    Source: https://sqlite.org/wal.html#walresetbug

    Args:
        url: "sqlite:///relative.db", "sqlite:////absolute.db" or "postgresql://user:password@host/name".

    Attributes:
        reads_at_once: whether who reads never waits for who writes, nor for a network: SQLite with its log, once it has been used.

    Raises:
        StoreError: for another kind of URL, a database that cannot be opened, or a SQLite file that another process writes.
    """

    def __init__(self, url: str):
        parsed = _parsed(url)
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        self.path = Path(str(parsed.database)).absolute() if self.is_sqlite else None
        self._writing = threading.RLock()
        self._lock_file: IO[str] | None = None
        self.reads_at_once = False
        if self.path is not None:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(f"Cannot make the folder {self.path.parent} for the database ({error}). Name another place.") from error
            self._lock_file = _locked(self.path)
            self.engine = _sqlite_engine(parsed, self)
        else:
            self.engine = create_engine(parsed, pool_pre_ping=True, **_POOL)
        self._writer = self.engine.execution_options(begin="BEGIN IMMEDIATE")  # a writer that begins as a reader can be refused half-way
        self._reader = self.engine.execution_options(begin=None)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only reads."""
        with _clear_errors(), Session(self.engine) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction, durable once the block has been left without an exception."""
        with _clear_errors(), self._writing_turn(), Session(self._writer) as session, session.begin():
            yield session

    @contextmanager
    def write_alone(self) -> Iterator[Session]:
        """Like `write`, but one at a time among all processes: what is counted here stays true until the commit."""
        with self.write() as session:
            if not self.is_sqlite:
                session.execute(_LOCK, {"key": _ALONE})
            yield session

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """For one statement, made once, that only reads: a `Session` and a transaction cost more than SQLite itself needs."""
        with _clear_errors(), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Like `write`, for statements that are made once."""
        with _clear_errors(), self._writing_turn(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def writing_alone(self) -> Iterator[Connection]:
        """Like `write_alone`, for statements that are made once, and for migrations."""
        with self.writing() as connection:
            if not self.is_sqlite:
                connection.execute(_LOCK, {"key": _ALONE})
            yield connection

    def close(self) -> None:
        """Closes every connection and lets the next process write."""
        self.engine.dispose()
        if self._lock_file is not None:
            self._lock_file.close()

    @contextmanager
    def _writing_turn(self) -> Iterator[None]:
        # SQLite has one writer, and waiting here is fair and costs nothing, while its busy handler polls; and see the class
        if not self.is_sqlite:
            yield
            return
        with self._writing:
            yield


def _parsed(url: str) -> URL:
    accepted = 'accepted are "sqlite:///file.db" and "postgresql://user:password@host/name"'
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError(f"Got {url!r} as the database; {accepted}. Use one of those.") from error
    backend = parsed.get_backend_name()
    if backend not in ("sqlite", "postgresql") or (backend == "sqlite" and parsed.database in (None, "", ":memory:")):
        raise StoreError(f"Got {parsed.render_as_string()!r} as the database; {accepted}. Use one of those.")
    return parsed.set(drivername="postgresql+psycopg") if backend == "postgresql" else parsed.set(drivername="sqlite")


def _locked(path: Path) -> IO[str]:
    """Takes the lock beside the database file; it goes with the process, however that ends."""
    import fcntl

    lock = path.with_name(path.name + ".lock")
    file = open(lock, "a+", encoding="ascii")  # noqa: SIM115 - it stays open as long as the database
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.seek(0)
        owner = file.read().strip() or "unknown"
        file.close()
        raise StoreError(
            f"{path} is in use by process {owner}; one process at a time may write to a SQLite database. "
            "Stop that one, name another database, or use PostgreSQL."
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _sqlite_engine(url: URL, database: Database) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S}, **_POOL)

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin below, not at the driver's whim
        settings = {
            "busy_timeout": BUSY_TIMEOUT_S * 1000,
            "journal_size_limit": _JOURNAL_BYTES,
            "synchronous": "FULL",
            "foreign_keys": "ON",
        }
        for name, value in settings.items():
            connection.execute(f"PRAGMA {name}={value}")
        database.reads_at_once = connection.execute("PRAGMA journal_mode=WAL").fetchone() == ("wal",)
        if not database.reads_at_once:
            # the file system has no shared memory. Of the rollback journals this is the one whose end is synced: after DELETE a commit
            # may come undone when the power goes
            connection.execute("PRAGMA journal_mode=PERSIST")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        if (begin := connection.get_execution_options().get("begin", "BEGIN")) is not None:
            connection.exec_driver_sql(begin)

    return engine


@contextmanager
def _clear_errors() -> Iterator[None]:
    try:
        yield
    except PoolTimeout as error:
        raise StoreError(f"The database is too busy: no connection came free for {BUSY_TIMEOUT_S} seconds. Try again later.") from error
    except OperationalError as error:
        reason = " ".join(str(error.orig).split())
        full = "full" in reason or "No space" in reason
        step = "Free some space" if full else "Check that the database runs and can be written"
        raise StoreError(f"The database did not take it ({reason}). {step}, then try again.") from error
    except DatabaseError as error:
        if "malformed" in str(error.orig) or "not a database" in str(error.orig):
            raise StoreError(f"The database is damaged ({error.orig}). Restore it from a backup.") from error
        raise
