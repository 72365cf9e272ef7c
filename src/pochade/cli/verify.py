"""`pochade verify`: whether a machine made a picture, and how that shows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pochade.core.errors import InvalidRequestError

if TYPE_CHECKING:
    from pochade.trust.verify import Verdict

_STYLES = {
    "signed": ("✓", "green"),
    "signed by others": ("✓", "yellow"),
    "marked": ("✓", "green"),
    "claimed": ("?", "yellow"),
    "nothing": ("·", "dim"),
    "tampered": ("✗", "red"),
    "unreadable": ("✗", "red"),
}


def verify(
    files: Annotated[list[Path], typer.Argument(help="Pictures (.png, .jpg, .webp), or anything else.", show_default=False)],
    trust: Annotated[
        Path | None, typer.Option("--trust", metavar="PEM", help="Roots whose signatures are trusted, beside those of this installation.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write a signed report: .json or .pdf.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per file.")] = False,
) -> None:
    """Tell whether pictures were made by a machine, and how that shows. Nothing leaves this machine.

    [dim]pochade verify vase.png --report vase.pdf[/dim]
    """
    import json

    from pochade.trust import keys
    from pochade.trust.verify import verify_bytes

    if report is not None and report.suffix.lower() not in (".json", ".pdf"):
        raise InvalidRequestError(
            f"Got the report {str(report)!r}; names that end in .json or .pdf are accepted. Choose one of those.", "report"
        )
    roots = "\n".join((keys.trusted_roots(), "" if trust is None else _content(trust).decode("utf-8", "replace")))
    verdicts = {}
    for path in files:
        verdicts[str(path)] = one = verify_bytes(_content(path), roots)
        if as_json:
            print(json.dumps({"path": str(path), **one.to_dict()}, ensure_ascii=False), flush=True)
        else:
            _show(path, one)
    if report is not None:
        from pochade.studio.files import write
        from pochade.trust.report import pdf_report, signed_report

        write(report, pdf_report(verdicts) if report.suffix.lower() == ".pdf" else signed_report(verdicts), overwrite=True)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidRequestError(f"Got {str(path)!r}, which cannot be read ({error.strerror}). Check the name.", "file") from error


def _show(path: Path, verdict: Verdict) -> None:
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    from pochade.trust.report import rows

    console = Console(highlight=False)
    mark, style = _STYLES[verdict.conclusion]
    if not console.is_terminal:
        print(f"{path}: {verdict.conclusion}: {verdict.sentence}")
        for label, value in rows(verdict):
            print(f"  {label}: {value}")
        return
    console.print(Text.assemble((f"{mark} ", f"bold {style}"), (str(path), "bold")), soft_wrap=True)
    console.print(Padding(Text(verdict.sentence), (0, 2)))
    grid = Table.grid(padding=(0, 2))
    for label, value in rows(verdict):
        grid.add_row(Text(label, style="dim"), Text(value, overflow="fold"))
    console.print(Padding(grid, (0, 2, 1, 4)))
