"""Migrations lead from nothing to the tables of the code, and back."""

from __future__ import annotations

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from pochade.core.errors import StoreError
from pochade.store import open_store, schema
from pochade.store.database import Database
from pochade.store.tables import Base


@pytest.fixture
def empty(request, store, database_url, tmp_path):
    """A database without tables."""
    store.close()
    database = Database(database_url)
    schema.downgrade(database, "base")
    yield database
    schema.upgrade(database)
    database.close()


def tables(database) -> set[str]:
    return set(inspect(database.engine).get_table_names())


def description(database) -> dict[str, object]:
    """All tables as the database itself tells of them, and its revision."""
    found = inspect(database.engine)
    with database.read() as session:
        revision = session.scalar(text("SELECT version_num FROM alembic_version"))
    return {
        name: {
            "columns": [{**column, "type": repr(column["type"])} for column in found.get_columns(name)],
            "key": found.get_pk_constraint(name),
            "foreign": sorted(found.get_foreign_keys(name), key=str),
            "unique": sorted(found.get_unique_constraints(name), key=str),
            "indexes": sorted(found.get_indexes(name), key=str),
            "revision": revision,
        }
        for name in found.get_table_names()
    }


def test_upgrade_from_nothing_gives_the_tables_of_the_code(empty):
    assert tables(empty) == {"alembic_version"}
    schema.upgrade(empty)
    assert tables(empty) == {"alembic_version", *Base.metadata.tables}
    with empty.writing_alone() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, Base.metadata) == []


def test_revisions_are_named_by_their_files(empty):
    with empty.writing_alone() as connection:
        script = ScriptDirectory.from_config(schema.configuration(connection))
    assert schema.revisions() == tuple(revision.revision for revision in script.walk_revisions())[::-1]
    assert schema.newest() == script.get_current_head()


def test_an_empty_database_gets_at_once_what_the_migrations_lead_to(empty):
    schema.upgrade(empty)
    migrated = description(empty)
    schema.downgrade(empty, "base")
    with empty.writing() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    assert tables(empty) == set()
    schema.upgrade(empty)
    assert description(empty) == migrated
    assert len(migrated) == len(Base.metadata.tables) + 1


def test_neither_a_first_start_nor_a_later_one_loads_alembic(tmp_path):
    code = f"import sys; from pochade.store import open_store; open_store('sqlite:///{tmp_path}/pochade.db', '{tmp_path}/blobs').close()"
    for _ in range(2):
        loaded = subprocess.run(
            [sys.executable, "-c", f"{code}; print('alembic' in sys.modules)"], capture_output=True, text=True, check=True
        )
        assert loaded.stdout.strip() == "False"


def test_every_revision_can_be_undone_and_done_again(empty):
    with empty.writing_alone() as connection:
        script = ScriptDirectory.from_config(schema.configuration(connection))
    revisions = [revision.revision for revision in script.walk_revisions()][::-1]
    before = "base"
    for revision in revisions:
        schema.upgrade(empty, revision)
        there = tables(empty)
        schema.downgrade(empty, before)
        schema.upgrade(empty, revision)
        assert tables(empty) == there
        before = revision


def test_migrating_again_changes_nothing(store, ada):
    store.migrate()
    assert store.users.list(ada) == [ada]


def test_newer_database_is_refused(tmp_path):
    url, blobs = f"sqlite:///{tmp_path}/pochade.db", str(tmp_path / "blobs")
    store = open_store(url, blobs)
    with store._context.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    with pytest.raises(StoreError, match="revision '9999', newer than this Pochade"):
        open_store(url, blobs)
    # the lock was given back with the refusal
    Database(url).close()
