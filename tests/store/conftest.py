"""One store per test, on both databases; a clock that the test moves."""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from pochade.store import Store, User, open_store
from pochade.store.database import Database
from pochade.store.tables import Base
from store.postgres import binaries, cluster

KEY = b"k" * 32


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """An empty database that lasts as long as the tests."""
    folder = binaries()
    if folder is None or importlib.util.find_spec("psycopg") is None:
        pytest.skip("needs a PostgreSQL server and psycopg: apt-get install postgresql; pip install 'pochade[postgres]'")
    with cluster(folder) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with empty tables, to be copied."""
    folder = tmp_path_factory.mktemp("migrated")
    open_store(f"sqlite:///{folder}/pochade.db", str(folder / "blobs"), key=KEY).close()
    return folder / "pochade.db"


@pytest.fixture
def quick_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory, where syncing costs nothing, if this machine has one."""
    if not os.access("/dev/shm", os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, quick_folder: Path) -> Iterator[str]:
    """An empty database with all tables."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), quick_folder / "pochade.db")
        yield f"sqlite:///{quick_folder}/pochade.db"
        return
    url = request.getfixturevalue("postgres_url")
    yield url
    database = Database(url)
    with database.write() as session:
        session.execute(text(f"TRUNCATE {', '.join(table.name for table in Base.metadata.sorted_tables)}"))
    database.close()


@pytest.fixture
def open_again(database_url: str, quick_folder: Path, clock: Clock) -> Iterator[Callable[..., Store]]:
    """Opens the test's database; every store is closed in the end."""
    stores: list[Store] = []

    def opened(**options: object) -> Store:
        stores.append(open_store(database_url, str(quick_folder / "blobs"), key=KEY, clock=clock, **options))
        return stores[-1]

    yield opened
    for store in stores:
        store.close()


@pytest.fixture
def store(open_again: Callable[..., Store]) -> Store:
    return open_again()


@pytest.fixture
def ada(store: Store) -> User:
    """The administrator."""
    return store.users.create_first("Ada")


@pytest.fixture
def bob(store: Store, ada: User) -> User:
    """A member."""
    return store.users.create(ada, "Bob")
