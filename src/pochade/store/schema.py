"""Migrations: one numbered file per change under `migrations/versions`. An empty database gets the newest tables at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, inspect, select

from pochade.core.errors import StoreError
from pochade.store.database import Database
from pochade.store.tables import Base

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "head"
_MIGRATIONS = Path(__file__).with_name("migrations")
_VERSION = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)
"""As Alembic makes it; a test compares the two."""


def upgrade(database: Database, revision: str = HEAD) -> None:
    """Brings the tables up to `revision`.

    Alembic, which takes a fifth of a second to load, is asked only where there is something to migrate.

    Raises:
        StoreError: if the database is of a newer version of Pochade.
    """
    with database.writing_alone() as connection:
        tables = set(inspect(connection).get_table_names())
        if revision == HEAD and tables.isdisjoint({_VERSION.name, *Base.metadata.tables}):
            Base.metadata.create_all(connection, checkfirst=False)
            _VERSION.create(connection, checkfirst=False)
            connection.execute(_VERSION.insert(), {"version_num": newest()})
            return
        there = connection.scalar(select(_VERSION.c.version_num)) if _VERSION.name in tables else None
        if there is not None and there not in revisions():
            raise StoreError(
                f"The database is of revision {there!r}, newer than this Pochade, which knows {newest()!r}. "
                "Install the version that wrote it, or name another database."
            )
        if there != (newest() if revision == HEAD else revision):
            from alembic import command

            command.upgrade(configuration(connection), revision)


def downgrade(database: Database, revision: str) -> None:
    """Takes the tables back to `revision`; "base" removes them."""
    from alembic import command

    with database.writing_alone() as connection:
        command.downgrade(configuration(connection), revision)


def revisions() -> tuple[str, ...]:
    """Of all migrations, oldest first; each is what the name of its file begins with."""
    return tuple(sorted(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py")))


def newest() -> str:
    """The revision of the tables of the code."""
    return revisions()[-1]


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for a connection that is already in a transaction."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
