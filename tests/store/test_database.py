"""The rules for SQLite, the lock of its one writer, and errors that say what to do."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading

import pytest
from sqlalchemy import text

from pochade.core.errors import StoreError
from pochade.store import open_store
from pochade.store.database import Database, wal_is_safe
from store.samples import picture, submit


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
    ],
)
def test_which_sqlite_may_keep_a_write_ahead_log(version, safe):
    assert wal_is_safe(version) is safe


@pytest.mark.parametrize(("version", "journal"), [((3, 40, 1), "persist"), ((3, 51, 3), "wal")])
def test_sqlite_settings(tmp_path, monkeypatch, version, journal):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    database = Database(f"sqlite:///{tmp_path}/pochade.db")
    with database.read() as session:
        settings = {
            name: session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    database.close()
    # 2 is FULL
    assert settings == {"journal_mode": journal, "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


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
