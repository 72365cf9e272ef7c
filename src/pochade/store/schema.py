"""Migrations: one numbered file per change under `migrations/versions`."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from pochade.core.errors import StoreError
from pochade.store.database import Database

HEAD = "head"


def upgrade(database: Database, revision: str = HEAD) -> None:
    """Brings the tables up to `revision`.

    Raises:
        StoreError: if the database is of a newer version of Pochade.
    """
    with database.writing_alone() as connection:
        config = configuration(connection)
        script = ScriptDirectory.from_config(config)
        there = MigrationContext.configure(connection).get_current_revision()
        if there is not None and there not in {known.revision for known in script.walk_revisions()}:
            raise StoreError(
                f"The database is of revision {there!r}, newer than this Pochade, which knows {script.get_current_head()!r}. "
                "Install the version that wrote it, or name another database."
            )
        if there != script.as_revision_number(revision):
            command.upgrade(config, revision)


def downgrade(database: Database, revision: str) -> None:
    """Takes the tables back to `revision`; "base" removes them."""
    with database.writing_alone() as connection:
        command.downgrade(configuration(connection), revision)


def configuration(connection: object) -> Config:
    """Alembic's configuration for a connection that is already in a transaction."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
