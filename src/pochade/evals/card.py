"""The model card: what the own model is, what it learned from and how well it paints, written from records only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pochade.data.census import Census
from pochade.data.runs import RunRecord

LIMITS = (
    "It paints what the world can describe: products, food, landscapes and places. No people, no animals, no lettering, no brands.",
    "Words that the world does not know are named to the user and left out of the picture.",
    "A plan tells it light of one bounce, gloss, mirrors, glass and what is blurred; more bounces, caustics and relief it has to guess.",
    "From words alone, without a plan, it paints blotches: little of its training was spent on that.",
    "It was trained on squares of 256 pixels a side. Other formats and planned pictures of twice the size use the same weights.",
)


def model_card(
    manifest: Mapping[str, Any],
    runs: Sequence[RunRecord],
    data: Sequence[tuple[str, Census]],
    evaluations: Sequence[Mapping[str, Any]],
    watts: float | None = None,
) -> str:
    """The card as Markdown.

    Args:
        manifest: of the exported weights. runs: that led to them, oldest first, each starting from the one before.
        data: root hash and counts of each data folder.
        evaluations: what `pochade evaluate --out` wrote, each of some split and formats.
        watts: what the machine drew in training, for the energy; None: not known.
    """
    parts = [
        f"# Model card: {manifest['model_id']}",
        "Written by `pochade model-card` from the weights' manifest, the records of the runs, the data's ledgers and an evaluation.",
        _network(manifest),
        _training(runs, watts),
        _data(data),
        *([_evaluation(found, manifest) for found in evaluations] or ["## Evaluation\n\nNot evaluated."]),
        "## Limits\n\n" + "\n".join(f"- {limit}" for limit in LIMITS),
        "## Licence\n\nThe weights are part of this project and under its licence. Pictures painted with them are yours, "
        "without conditions. No picture, caption or weight of a third party entered the training.",
    ]
    return "\n\n".join(parts) + "\n"


def _network(manifest: Mapping[str, Any]) -> str:
    net = manifest["recipe"]["net"]
    widths = ", ".join(map(str, net["widths"]))
    size_mb = sum(entry["bytes"] for entry in manifest["files"].values()) / 1e6
    rows = [
        ("parameters", f"{manifest['parameters']:,}"),
        ("files", f"{size_mb:.1f} MB in half precision"),
        ("architecture", f"convolutions ({widths} channels), {net['depth']} transformer blocks of {net['token_width']} over the coarsest "
         f"grid, a text encoder of {net['text_depth']} blocks of {net['text_width']}"),
        ("input", f"guide maps, caption of up to {net['text_tokens']} tokens, noise or a picture"),
        ("class", f"{manifest['size_px']} x {manifest['size_px']} pixels or the same area"),
        ("snapshot, SHA-256", f"`{manifest['snapshot_sha256']}`"),
    ]  # fmt: skip
    return "## Network\n\n" + _table(("what", "figure"), rows)


def _training(runs: Sequence[RunRecord], watts: float | None) -> str:
    rows = [
        (run.name, run.finished[:10], f"{run.samples_seen:,}", f"{run.seconds / 3600:.2f}", f"{run.config['lr_muon']:g}", run.machine)
        for run in runs
    ]
    hours = sum(run.seconds for run in runs) / 3600
    table = _table(("run", "ended", "samples seen", "hours", "peak rate", "machine"), rows)
    energy = "not measured" if watts is None else f"about {hours * watts / 1000:.2f} kWh, if the machine drew {watts:g} W"
    return f"## Training\n\n{table}\n\nIn all {sum(run.samples_seen for run in runs):,} samples in {hours:.2f} hours. Energy: {energy}."


def _data(data: Sequence[tuple[str, Census]]) -> str:
    parts = ["## Data\n\nRendered by this project; `pochade ledger replay ID` renders any sample again and compares."]
    for root, counted in data:
        rows = [(family, f"{number:,}") for family, number in counted.counts["family"].items()]
        splits = ", ".join(f"{number:,} {split}" for split, number in counted.counts["split"].items())
        parts.append(f"{counted.samples:,} samples ({splits}); root of the ledger `{root}`.\n\n{_table(('family', 'samples'), rows)}")
    return "\n\n".join(parts)


def _evaluation(found: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    own = found["snapshot_sha256"] == manifest["snapshot_sha256"]
    formats = ", ".join(name.replace("x", ":") for name in found.get("formats", ()))
    parts = [
        f"## Evaluation: {found['split']}{formats and ', ' + formats}\n\n"
        f'Planned pictures of the split "{found["split"]}" against their renders (`pochade evaluate`), '
        f"on {found['backend']}. PSNR in decibels, 95 % intervals; colour difference CIE 1976 on an 8 x 8 grid (2.3 is just noticeable)."
        + ("" if own else " **These figures are of other weights.**")
    ]
    for entry in found["evaluations"]:
        rows = [
            (score["kind"], str(score["pictures"]), f"{score['psnr_db']:.1f} ({score['psnr_low']:.1f} to {score['psnr_high']:.1f})",
             f"{score['color_difference']:.1f}")
            for score in entry["scores"]
        ]  # fmt: skip
        sharp = " ".join(f"{share:.2f}" for share in entry["sharpness"])
        steps = f"{entry['num_steps']} step{'s' if entry['num_steps'] > 1 else ''}"
        parts.append(
            f"### {steps}\n\n{_table(('pictures of', 'number', 'PSNR', 'colour difference'), rows)}\n\n"
            f"Power of detail as a share of the renders', octaves from coarse to fine: {sharp}."
        )
    return "\n\n".join(parts)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
