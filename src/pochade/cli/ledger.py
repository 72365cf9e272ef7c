"""`pochade ledger`: proving where training data and pictures come from."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from pochade.core.errors import DataError

app = typer.Typer(no_args_is_help=True, help="Where data and pictures come from: verify, replay, explain.")

SIGNATURES = {
    "trusted": "signed by a trusted certificate, unchanged since",
    "valid": "signed by a certificate that is not known here, unchanged since",
    "invalid": "its signature does not hold: picture or recipe may have been changed",
    "none": "none: nothing vouches for the recipe",
}

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Data folder.")]


@app.command("verify")
def verify(
    folder: Folder,
    root: Annotated[str | None, typer.Option(metavar="SHA256", help="The data root that it must have.", show_default=False)] = None,
    run: Annotated[Path | None, typer.Option(metavar="DIR", help="A run that read it: its record must name this root.")] = None,
) -> None:
    """Hash every sample anew and compare it with the ledger."""
    from pochade.data import ledger, runs
    from pochade.data.folder import data_root

    verdicts = []
    for verdict in ledger.verify(folder):
        verdicts.append(verdict)
        for fault in verdict.faults:
            print(fault, file=sys.stderr, flush=True)
    faults = sum(len(verdict.faults) for verdict in verdicts)
    if faults:
        raise DataError(f"{str(folder)!r} is not what its ledger says: {faults} faults, listed above. Render those shards again.")
    found = data_root([verdict.root for verdict in verdicts])
    wanted = [root.lower()] if root else []
    if run is not None:
        wanted.append(" or ".join(used.root for used in runs.read_run(run).data))
    for one in wanted:
        if found not in one.split(" or "):
            raise DataError(f"{str(folder)!r} has data root {found}, not {one}. It is other data, or it has been changed as a whole.")
    rows = sum(verdict.rows for verdict in verdicts)
    print(f"{rows} samples in {len(verdicts)} shards are what the ledger says")
    print(f"data root {found}")


@app.command("root")
def root(folder: Folder) -> None:
    """Print the Merkle root over all shards of a folder, as they say themselves."""
    from pochade.data.ledger import root_of

    print(root_of(folder))


@app.command("show")
def show(
    sample_id: Annotated[str, typer.Argument(metavar="ID", help="A sample's id.")],
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Data folder.")],
) -> None:
    """Print what the ledger says of a sample, with the proof that it belongs to its shard."""
    from pochade.data.ledger import find

    found = find(data, sample_id)
    proof = {"shard": found.shard, "row": found.row, "rows": found.rows, "root": found.root, "proof": list(found.proof)}
    print(json.dumps({"entry": found.entry, **proof}, indent=1, ensure_ascii=False))


@app.command("replay")
def replay(
    sample_id: Annotated[str, typer.Argument(metavar="ID", help="A sample's id.")],
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Data folder.")],
) -> None:
    """Render a sample again from its seed and compare. Exit code 1: not identical."""
    from pochade.studio.provenance import replay

    done = replay(data, sample_id)
    if done.identical:
        print(f"{sample_id}: identical, bit for bit")
        return
    why = "; ".join(done.changes) or "same code and renderer, so the processor is another"
    near = "" if done.psnr_db is None else f", PSNR {done.psnr_db:.1f} dB"
    print(f"{sample_id}: not identical{near} ({why})")
    raise typer.Exit(1)


@app.command("explain")
def explain(
    picture: Annotated[Path, typer.Argument(metavar="PICTURE", help="A picture that Pochade painted.")],
    runs: Annotated[
        list[Path] | None, typer.Option("--runs", metavar="DIR", help="Where to look for run records.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Walk from a picture to its recipe, to the weights, to their run, to the root of the data."""
    import dataclasses

    from pochade.studio.provenance import explain

    found = explain(picture, runs or ())
    if as_json:
        print(json.dumps(dataclasses.asdict(found), ensure_ascii=False))
        return
    print(f"picture   {picture}")
    print(f"manifest  {SIGNATURES[found.signature]}{''.join(f' ({fault})' for fault in found.faults)}")
    print(f"recipe    {found.model_id}, seed {found.seed}: {found.prompt}")
    print(f"versions  {', '.join(f'{name} {value}' for name, value in found.versions.items())}")
    if found.run is None:
        print("weights   none: it was rendered from a described scene, and nothing was learned")
        return
    print(f"weights   {found.weights}")
    for run in (found.run, *found.before):
        print(f"run       {run.name} ({run.recipe}), {run.started} to {run.finished}")
        for used in run.data:
            print(f"data      root {used.root}, {len(used.shard_roots)} shards, {sum(used.samples.values())} samples")
