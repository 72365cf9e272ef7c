"""`pochade comply`: the papers of a deployment, from records only, and what is missing in them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pochade.trust.regions.dossier import Dossier

app = typer.Typer(no_args_is_help=True, help="The papers of a deployment, put together from records; gaps are named.")

RegionOption = Annotated[
    str | None, typer.Option("--region", metavar="NAME", help="eu, us or none.", show_default="POCHADE_REGION, else eu")
]
Measured = Annotated[
    list[Path] | None, typer.Option("--measured", metavar="FILE", help="What a benchmark wrote (JSON).", show_default=False)
]
Audits = Annotated[list[Path] | None, typer.Option("--audit", metavar="FILE", help="A statement of an audit.", show_default=False)]
Data = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Training data with its ledger.", show_default=False)]
Reviewed = Annotated[
    Path | None,
    typer.Option("--reviewed", metavar="FILE", help="What a person qualified in law wrote of the region's pack.", show_default=False),
]
Run = Annotated[Path | None, typer.Option("--run", metavar="DIR", help="The training run.", show_default=False)]


@app.command("check")
def check(
    region: RegionOption = None,
    measured: Measured = None,
    audit: Audits = None,
    data: Data = None,
    run: Run = None,
    reviewed: Reviewed = None,
) -> None:
    """List what the records do not show; ends with 1 if there is such a gap."""
    assembled = _assembled(region, measured, audit, data, run, reviewed)
    _show(assembled)
    if assembled.gaps:
        raise typer.Exit(1)


@app.command("build")
def build(
    region: RegionOption = None,
    measured: Measured = None,
    audit: Audits = None,
    data: Data = None,
    run: Run = None,
    reviewed: Reviewed = None,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where the papers go.")] = Path("papers"),
) -> None:
    """Write the deployer's guide, the evidence and the technical file."""
    from pochade.trust.regions import dossier

    assembled = _assembled(region, measured, audit, data, run, reviewed)
    dossier.write(assembled, out)
    print(f"{len(assembled.papers)} papers written to {out}")
    _show(assembled)


@app.command("retain")
def retain(
    region: RegionOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be deleted.")] = False,
) -> None:
    """Delete decisions and answered appeals that are older than the region's days; the server does so every day."""
    from pochade.trust import regions
    from pochade.trust.decisions import DecisionLog
    from pochade.trust.policy.installation import installation_appeals, installation_gate
    from pochade.trust.regions import retention

    log = installation_gate().log
    assert isinstance(log, DecisionLog), "an installation's gate keeps a log"
    deleted = retention.enforce(log, installation_appeals(), regions.chosen(deployment=region), dry_run=dry_run)
    would = "would be deleted" if dry_run else "deleted"
    print(f"{deleted.decisions} decisions older than {deleted.decisions_days} days {would}")
    print(f"{deleted.appeals} answered appeals older than {deleted.appeals_days} days {would}")
    if deleted.waiting:
        print(f"{deleted.waiting} appeals are as old and wait for an answer: pochade audit appeals")


def _assembled(
    region: str | None, measured: list[Path] | None, audit: list[Path] | None, data: Path | None, run: Path | None, reviewed: Path | None
) -> Dossier:
    from pochade.trust import regions
    from pochade.trust.regions import dossier

    records = dossier.Records(tuple(measured or ()), tuple(audit or ()), None, data, run, reviewed)
    return dossier.assemble(regions.chosen(deployment=region), records)


def _show(assembled: Dossier) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for gap in assembled.gaps:
        console.print(Text(f"gap: {gap.paper}: {gap.what} ", style="red").append(gap.how, style="default"), soft_wrap=True)
    if not assembled.gaps:
        console.print("no gap in these records; this certifies nothing")
