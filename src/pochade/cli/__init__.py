"""The command line."""

from __future__ import annotations


def main() -> None:
    """Entry point of the `pochade` command."""
    from pochade.cli.app import app

    app()
