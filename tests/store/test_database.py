"""The rules for SQLite, the lock of its one writer, and errors that say what to do."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import pytest
from sqlalchemy import event, text

from pochade.core.errors import StoreError
from pochade.store import open_store
from pochade.store.database import Database
from store.samples import picture, submit

SETTINGS = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")


def settings_of(database: Database) -> dict[str, object]:
    with database.read() as session:
        return {name: session.scalar(text(f"PRAGMA {name}")) for name in SETTINGS}


@pytest.fixture
def database(tmp_path):
    opened = Database(f"sqlite:///{tmp_path}/pochade.db")
    yield opened
    opened.close()


def test_sqlite_settings(database):
    # 2 is FULL
    assert settings_of(database) == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_without_shared_memory_the_journal_is_one_whose_end_is_synced(tmp_path, monkeypatch):
    connect = sqlite3.dbapi2.connect

    def without(path: str, **options: object) -> sqlite3.Connection:
        return connect(f"file:{path}?vfs=unix-none", uri=True, **options)  # no locks, no shared memory

    monkeypatch.setattr(sqlite3.dbapi2, "connect", without)
    database = Database(f"sqlite:///{tmp_path}/pochade.db")
    assert settings_of(database)["journal_mode"] == "persist"
    database.close()


def test_a_turn_lasts_until_the_commit_is_over_with_its_copying(database):
    """SQLite up to 3.51.2 may lose its log if a commit comes while another connection begins to copy the log into the database."""
    path, lasted, copied, errors = str(database.path), [], [], []
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE things (content BLOB)")

    @event.listens_for(database.engine, "checkin")
    def over(_connection: object, _record: object) -> None:
        # all connections of the pool are given back only when nothing of theirs goes on
        lasted.append(database._writing._is_owned())

    def work() -> None:
        try:
            for _ in range(30):
                before = os.path.getsize(path)
                with database.writing() as connection:
                    connection.exec_driver_sql("INSERT INTO things VALUES (zeroblob(400000))")  # a hundred pages of four KiB
                copied.append(os.path.getsize(path) > before)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert any(copied)  # or this showed nothing
    assert len(lasted) == 90 and all(lasted)


def test_reading_needs_no_turn(database):
    with database.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE things (content TEXT)")
    with database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO things VALUES ('new')")
        found = []

        def read() -> None:
            with database.reading() as other:
                found.append(other.exec_driver_sql("SELECT count(*) FROM things").scalar_one())

        thread = threading.Thread(target=read)
        thread.start()
        thread.join(10)
        assert found == [0]


def test_a_database_with_a_rollback_journal_goes_on_with_a_log(tmp_path):
    url, blobs = f"sqlite:///{tmp_path}/pochade.db", str(tmp_path / "blobs")
    store = open_store(url, blobs)
    ada = store.users.create_first("Ada")
    store.close()
    with closing(sqlite3.connect(tmp_path / "pochade.db")) as connection:
        assert connection.execute("PRAGMA journal_mode=PERSIST").fetchone() == ("persist",)  # as earlier versions left it
    store = open_store(url, blobs)
    assert settings_of(store._context.database)["journal_mode"] == "wal"
    assert store.users.list(ada) == [ada]
    store.close()


def test_second_writer_is_refused_by_name(tmp_path):
    url, blobs = f"sqlite:///{tmp_path}/pochade.db", str(tmp_path / "blobs")
    store = open_store(url, blobs)
    code = f"from pochade.store import open_store; open_store({url!r}, {blobs!r})"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert other.returncode == 1
    assert f"pochade.db is in use by process {os.getpid()}; one process at a time may write" in other.stderr
    store.close()
    open_store(url, blobs).close()


@pytest.mark.parametrize("url", ["mysql://host/name", "sqlite://", "sqlite:///:memory:", "nonsense"])
def test_other_databases_are_refused(url):
    with pytest.raises(StoreError, match="as the database; accepted are"):
        Database(url)


def test_password_in_a_url_is_not_repeated(tmp_path):
    with pytest.raises(StoreError) as refused:
        Database("mysql://user:hunter2@host/name")
    assert "hunter2" not in str(refused.value)


def test_unwritable_place_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="Cannot make the folder"):
        Database(f"sqlite:///{tmp_path}/file/below/pochade.db")


def test_installation_secret_is_private_and_stays(tmp_path):
    url, blobs = f"sqlite:///{tmp_path}/pochade.db", str(tmp_path / "blobs")
    store = open_store(url, blobs)
    _, secret = store.keys.create(store.users.create_first("Ada"), "laptop")
    store.close()
    assert (tmp_path / "pochade.db.key").stat().st_mode & 0o777 == 0o600
    again = open_store(url, blobs)
    assert again.keys.authenticate(secret)
    again.close()


def test_postgresql_wants_a_secret_from_outside():
    with pytest.raises(StoreError, match="installation secret"):
        open_store("postgresql://user@127.0.0.1:1/name", "blobs")


def test_unreachable_server_is_a_clear_error(tmp_path):
    with pytest.raises(StoreError, match="did not take it .*Check that the database runs"):
        open_store("postgresql://user@127.0.0.1:1/name", str(tmp_path), key=b"k" * 32)


def test_full_database_loses_nothing_and_recovers(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/pochade.db", str(tmp_path / "blobs"))
    ada = store.users.create_first("Ada")
    [accepted] = submit(store, ada)
    with store._context.database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")  # holds for this connection, which the pool hands out again
    with pytest.raises(StoreError, match=r"\(database or disk is full\). Free some space"):
        submit(store, ada, 40, request={"prompt": "x" * 10_000})
    kept = store.queue.list(ada, limit=100)
    assert accepted in kept
    with store._context.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
    submit(store, ada)
    assert len(store.queue.list(ada, limit=100)) == len(kept) + 1
    store.close()


def test_damaged_file_is_named(tmp_path):
    (tmp_path / "pochade.db").write_bytes(b"no database at all, " * 500)
    with pytest.raises(StoreError, match="damaged .*Restore it from a backup"):
        open_store(f"sqlite:///{tmp_path}/pochade.db", str(tmp_path / "blobs"))


def test_readers_and_writers_do_not_stop_each_other(store, ada):
    errors = []

    def work() -> None:
        try:
            for _ in range(5):
                submit(store, ada)
                store.queue.list(ada)
                store.pictures.add(ada, picture())
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert (store.queue.counts(), len(store.pictures.list(ada))) == ({"queued": 30}, 30)


def test_failed_transaction_leaves_nothing(store, ada):
    database = store._context.database
    with pytest.raises(RuntimeError), database.write() as session:
        session.execute(text("UPDATE users SET name = 'Eve'"))
        raise RuntimeError
    assert store.users.get(ada, ada.id).name == "Ada"
