"""The command line: one file per command group, and one place that turns errors into sentences and exit codes."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from pochade import __version__
from pochade.cli import paint as paint_command
from pochade.cli import world as world_commands
from pochade.core.errors import PochadeError, ProviderUnavailableError

EXIT_FAILED, EXIT_REFUSED, EXIT_INTERRUPTED = 1, 2, 130


class PochadeGroup(TyperGroup):
    """Shows deliberate errors as one sentence, without a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except PochadeError as error:
            complain(str(error))
            raise typer.Exit(EXIT_FAILED if isinstance(error, ProviderUnavailableError) else EXIT_REFUSED) from None
        except KeyboardInterrupt:
            complain("Stopped.")
            raise typer.Exit(EXIT_INTERRUPTED) from None
        except BrokenPipeError:
            # the reader of our output went away, which is its right
            sys.stderr.close()
            raise typer.Exit(EXIT_FAILED) from None


def complain(message: str) -> None:
    """One sentence on standard error."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    console = Console(stderr=True, highlight=False)
    if console.is_terminal:
        grid = Table.grid(padding=(0, 1))
        grid.add_row(Text("✗", style="bold red"), Text(message))
        console.print(Padding(grid, (0, 2)))
    else:
        print(f"pochade: {message}", file=sys.stderr)


app = typer.Typer(
    name="pochade",
    cls=PochadeGroup,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"pochade {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")] = False,
) -> None:
    """Pochade: type a prompt, get a photograph."""


app.command(name="paint")(paint_command.paint)
app.add_typer(world_commands.app, name="world")
