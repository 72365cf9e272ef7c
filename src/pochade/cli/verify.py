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
    among: Annotated[
        list[Path] | None,
        typer.Option(
            "--among",
            metavar="PATH",
            help="Also say which of these pictures (files, or all in a folder) the watermark comes from, even where its id cannot be read.",
            show_default=False,
        ),
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
    originals = _originals(among or [])
    verdicts = {}
    for path in files:
        data = _content(path)
        verdicts[str(path)] = one = verify_bytes(data, roots)
        original = _original(one, originals) if among else None
        if as_json:
            said = {"copy_of": original and str(original)} if among else {}
            print(json.dumps({"path": str(path), **one.to_dict(), **said}, ensure_ascii=False), flush=True)
        else:
            _show(path, one)
            if among:
                print(f"  copy of: {original or 'none of those it was compared with'}")
    if report is not None:
        from pochade.studio.files import write
        from pochade.trust.report import pdf_report, signed_report

        write(report, pdf_report(verdicts) if report.suffix.lower() == ".pdf" else signed_report(verdicts), overwrite=True)


def _originals(places: list[Path]) -> dict[int, Path]:
    """The pictures in these places that tell their recipe, by the id of their watermark.

    Raises:
        InvalidRequestError: if a place is not there.
    """
    from pochade.core.errors import RecipeError
    from pochade.studio.pictures import read_recipe
    from pochade.trust.marking import WATERMARK, watermark_id

    found: dict[int, Path] = {}
    for place in places:
        if not place.exists():
            raise InvalidRequestError(f"Got {str(place)!r}, which does not exist. Check the name.", "among")
        for path in sorted(file for file in place.rglob("*") if file.is_file()) if place.is_dir() else [place]:
            try:
                recipe = read_recipe(path)
            except RecipeError:
                continue
            if WATERMARK in recipe.versions:
                found.setdefault(watermark_id(recipe), path)
    return found


def _original(verdict: Verdict, originals: dict[int, Path]) -> Path | None:
    from pochade.trust.watermark_search import match

    seen = verdict.findings.watermark
    number = None if seen is None else match(seen, list(originals))
    return None if number is None else originals[number]


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
