"""The command line: one file per command group, and one place that turns errors into sentences and exit codes."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from pochade import __version__
from pochade.cli import audit as audit_commands
from pochade.cli import comply as comply_commands
from pochade.cli import data as data_commands
from pochade.cli import evaluate as evaluate_command
from pochade.cli import judge as judge_command
from pochade.cli import ledger as ledger_commands
from pochade.cli import mcp as mcp_command
from pochade.cli import models as models_commands
from pochade.cli import paint as paint_command
from pochade.cli import serve as serve_command
from pochade.cli import train as train_command
from pochade.cli import verify as verify_command
from pochade.cli import world as world_commands
from pochade.core.errors import PochadeError, ProviderUnavailableError

TRACEBACK = "POCHADE_TRACEBACK"
EXIT_FAILED, EXIT_REFUSED, EXIT_INTERRUPTED = 1, 2, 130


# typer's own click is private, and where it lives has changed
TYPER_ERRORS = (typer.Exit, typer.Abort, *(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException"))
"""What typer raises to end a command: it knows best how to show these."""


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
        except Exception as error:
            if isinstance(error, TYPER_ERRORS) or os.environ.get(TRACEBACK):
                raise
            complain(
                f"This is a fault in Pochade, not in what you typed: {type(error).__name__}: {error}. "
                f"Please report it; the same command with {TRACEBACK}=1 in front shows where it happened."
            )
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
app.command(name="verify")(verify_command.verify)
app.command(name="serve")(serve_command.serve)
app.command(name="mcp")(mcp_command.mcp)
app.command(name="train")(train_command.train)
app.command(name="export")(train_command.export)
app.command(name="evaluate")(evaluate_command.evaluate)
app.command(name="judge")(judge_command.judge)
app.command(name="model-card")(evaluate_command.model_card)
app.add_typer(world_commands.app, name="world")
app.add_typer(data_commands.app, name="data")
app.add_typer(ledger_commands.app, name="ledger")
app.add_typer(models_commands.app, name="models")
app.add_typer(audit_commands.app, name="audit")
app.add_typer(comply_commands.app, name="comply")
