"""Migrations lead from nothing to the tables of the code, and back."""

from __future__ import annotations

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


def test_upgrade_from_nothing_gives_the_tables_of_the_code(empty):
    assert tables(empty) == {"alembic_version"}
    schema.upgrade(empty)
    assert tables(empty) == {"alembic_version", *Base.metadata.tables}
    with empty.writing_alone() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, Base.metadata) == []


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
