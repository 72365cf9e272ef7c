"""`pochade evaluate` and `pochade model-card`: how good the own model is, in figures and on its card."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pochade.core.errors import InvalidRequestError

if TYPE_CHECKING:
    from pochade.evals.painter import Evaluation


def evaluate(
    data: Annotated[Path, typer.Argument(help="Folder of a pack, as `pochade data pack` writes it.", show_default=False)],
    weights: Annotated[
        Path | None, typer.Option(help="Folder of exported weights. Default: those that are shipped.", show_default=False)
    ] = None,
    steps: Annotated[str, typer.Option(metavar="N,...", help="Numbers of steps to compare.")] = "1,4",
    split: Annotated[str, typer.Option(help="Which samples: held-out, held-out-combination or train.")] = "held-out",
    most: Annotated[int, typer.Option(min=1, help="Pictures at most.")] = 512,
    out: Annotated[Path | None, typer.Option(help="JSON file for the figures.", show_default=False)] = None,
) -> None:
    """Compare the own model's pictures of held-out plans with their renders."""
    from pochade.cli.train import canonical_words
    from pochade.data.pack import Pack
    from pochade.data.splits import SPLITS
    from pochade.evals.painter import evaluate as measure
    from pochade.runtime import manifest
    from pochade.runtime.engine import Engine

    if split not in SPLITS:
        raise InvalidRequestError(f"Got split {split!r}; {', '.join(SPLITS)} are accepted. Choose one of those.", field="split")
    wanted = numbers(steps)
    pack = Pack(data)
    if not pack.count(split):
        raise InvalidRequestError(
            f"Got split {split!r}, of which {str(data)!r} has no samples. Choose another, or pack more data.", field="split"
        )
    engine = Engine(weights or manifest.FOLDER)
    found = measure(engine, pack, canonical_words, wanted, split, most)
    print("\n\n".join(map(table, found)))
    if out is not None:
        record = {
            "split": split,
            "formats": sorted(name for name, group in pack.groups.items() if len(group.of_split(split))),
            "data_root": pack.data_root,
            "snapshot_sha256": engine.manifest["snapshot_sha256"],
            "backend": engine.backend,
            "evaluations": [asdict(entry) for entry in found],
        }
        out.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def model_card(
    runs: Annotated[list[Path], typer.Argument(help="Run folders or their run.json, oldest first.", show_default=False)],
    data: Annotated[
        list[Path] | None, typer.Option(help="Data folder that was learned from; may be given again.", show_default=False)
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="Folder of exported weights. Default: those that are shipped.", show_default=False)
    ] = None,
    evaluation: Annotated[
        list[Path] | None, typer.Option(help="What `pochade evaluate --out` wrote; may be given again.", show_default=False)
    ] = None,
    watts: Annotated[
        float | None, typer.Option(min=0, help="What the machine drew in training, for the energy.", show_default=False)
    ] = None,
    out: Annotated[Path, typer.Option(help="Markdown file.")] = Path("docs/model-card.md"),
) -> None:
    """Write the model card of exported weights from their records."""
    from pochade.data import ledger
    from pochade.data.census import census
    from pochade.data.runs import read_run
    from pochade.evals.card import model_card as written
    from pochade.runtime import manifest

    counted = [(ledger.root_of(folder), census(folder)) for folder in data or ()]
    found = [_read(path) for path in evaluation or ()]
    card = written(manifest.checked(weights or manifest.FOLDER), [read_run(run) for run in runs], counted, found, watts)
    out.write_text(card, encoding="utf-8")
    print(out)


def _read(evaluation: Path) -> dict[str, Any]:
    try:
        return json.loads(evaluation.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidRequestError(f"Got {str(evaluation)!r} as evaluation, which cannot be read ({error}). Name another.") from error


def numbers(text: str) -> list[int]:
    """ "1,4" as numbers of steps.

    Raises:
        InvalidRequestError: if it is anything else.
    """
    from pochade.runtime.sampler import MAX_STEPS

    try:
        found = [int(part) for part in text.split(",")]
    except ValueError:
        found = []
    if not found or not all(1 <= number <= MAX_STEPS for number in found):
        raise InvalidRequestError(f"Got {text!r} as steps; numbers from 1 to {MAX_STEPS}, apart by commas, are accepted.", field="steps")
    return found


def table(found: Evaluation) -> str:
    """An evaluation as lines for a person."""
    lines = [f"{found.num_steps} step{'s' if found.num_steps > 1 else ''}, {found.ms_per_picture:.0f} ms a picture"]
    lines.append(f"{'':12s} {'pictures':>8s} {'PSNR, dB':>20s} {'colour difference':>18s}")
    for score in found.scores:
        range_db = f"{score.psnr_db:.1f} ({score.psnr_low:.1f} to {score.psnr_high:.1f})"
        lines.append(f"{score.kind:12s} {score.pictures:8d} {range_db:>20s} {score.color_difference:18.1f}")
    lines.append("sharpness, octaves coarse to fine: " + " ".join(f"{share:.2f}" for share in found.sharpness))
    return "\n".join(lines)
