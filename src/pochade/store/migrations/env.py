"""Run by Alembic with the connection that `schema` hands over."""

from __future__ import annotations

from alembic import context

from pochade.store.tables import Base


def run() -> None:
    """Runs the migrations that Alembic chose, in the transaction under way."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
    context.run_migrations()


# importable without Alembic, which sets up its context before it loads this file
if getattr(context, "_proxy", None) is not None:
    run()
