"""The papers of a deployment, put together from records only; what no record says is named as a gap.

Papers help whoever deploys Pochade to meet their duties. They certify nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pochade import __version__
from pochade.core.errors import InvalidRequestError, OutputExistsError, PochadeError
from pochade.trust.audit import report
from pochade.trust.policy import rulebook
from pochade.trust.regions import Region

AUDITS_WANTED = ("policy", "marking", "reproducibility", "contract")


@dataclass(frozen=True)
class Gap:
    """Something that no record shows: in which paper, what, and how to get the record."""

    paper: str
    what: str
    how: str


@dataclass(frozen=True)
class Records:
    """Where the records lie; None: there is none.

    Attributes:
        measurements: JSON files that the scripts in benchmarks/ wrote.
        audits: signed statements of `pochade audit run`.
        public_key: the key that must have signed the audits, 32 bytes; None: any.
        data: folder of the own model's training data, with its ledger.
        run: folder of the own model's training run.
    """

    measurements: tuple[Path, ...] = ()
    audits: tuple[Path, ...] = ()
    public_key: bytes | None = None
    data: Path | None = None
    run: Path | None = None


@dataclass(frozen=True)
class Dossier:
    """Papers by file name, in Markdown, and what is missing in them."""

    papers: Mapping[str, str]
    gaps: tuple[Gap, ...]


def assemble(region: Region, records: Records) -> Dossier:
    """Writes every paper from the records; nothing is written to disk."""
    gaps: list[Gap] = []
    audits = _audits(records, gaps)
    papers = {
        "deployer-guide.md": _guide(region),
        "marking-evidence.md": _marking(region, records, audits, gaps),
        "policy-evidence.md": _policy(audits, gaps),
        "training-content-summary.md": _training(records, gaps),
        "technical-file.md": _technical(records, gaps),
    }
    papers["gaps.md"] = _page("Gaps", _gap_lines(gaps) or ["No gap was found in the records that were asked for."])
    return Dossier(papers, tuple(gaps))


def write(dossier: Dossier, folder: Path) -> None:
    """Writes the papers and their SHA-256 into a new folder.

    Raises:
        OutputExistsError: if the folder holds something already.
    """
    if folder.exists() and any(folder.iterdir()):
        raise OutputExistsError(f"{folder} is not empty. Choose another folder with --out, or move it away.")
    folder.mkdir(parents=True, exist_ok=True)
    sums = []
    for name, text in dossier.papers.items():
        (folder / name).write_text(text, encoding="utf-8")
        sums.append(f"{hashlib.sha256(text.encode()).hexdigest()}  {name}\n")
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")


def _page(title: str, lines: list[str]) -> str:
    made = f"Put together by Pochade {__version__} on {datetime.now(UTC):%Y-%m-%d} from the records named below. It certifies nothing."
    return "\n".join([f"# {title}", "", made, "", *lines, ""])


def _gap_lines(gaps: list[Gap]) -> list[str]:
    return [f"- **{gap.paper}**: {gap.what} To fill it: {gap.how}" for gap in gaps]


def _guide(region: Region) -> str:
    marks = ", ".join(name for name in ("manifest", "metadata", "watermark") if getattr(region.marking, name))
    withheld = [f"- `{rule.pattern}`: {rule.why}" for rule in region.withheld] or ["- none"]
    book = rulebook.standard()
    absolute = [category.name for category in book.categories.values() if category.absolute]
    notices = {"Beside the prompt": region.notices.interface, "With each picture": region.notices.delivery}
    return _page(
        "Guide for deployers",
        [
            f"Region: {region.name} (`{region.id}`). {region.because}",
            "",
            "## What the installation does",
            f"- Marks on every picture: {marks}.",
            f"- The policy has {len(book.rules)} rules in {len(book.categories)} categories; nobody can switch off: {'; '.join(absolute)}.",
            "- Files brought to the detector are not kept."
            if not region.retention.uploads_days
            else f"- Files brought to the detector are kept {region.retention.uploads_days} days.",
            f"- Records are kept so long: decisions {region.retention.decisions_days} days, appeals {region.retention.appeals_days} days. "
            "The server deletes older ones every day (`pochade comply retain` does it at once), the decision log's oldest entries "
            "first, notes it in retention.jsonl, and signs how many went, so that the rest still proves itself. An appeal that waits for "
            "an answer stays, with the decisions from its own on. Pictures, favourites and collections are their owners', and nothing "
            "deletes them but they.",
            "- Models that are not offered here:",
            *withheld,
            "",
            "## What you must do",
            *(f"- {place}, show: “{text}”" for place, text in notices.items() if text),
            *(f"- Label what you publish with “{region.labels.text}” if it is: {kind}." for kind in region.labels.required_for),
            "- Answer appeals: `pochade audit appeals`.",
            "- Check the decision log: `pochade audit log verify FILE`.",
        ],
    )


def _audits(records: Records, gaps: list[Gap]) -> dict[str, tuple[Path, dict[str, Any]]]:
    found: dict[str, tuple[Path, dict[str, Any]]] = {}
    for path in records.audits:
        try:
            checked = report.verify(json.loads(path.read_text("utf-8")), records.public_key)
        except (OSError, ValueError, KeyError, TypeError, PochadeError) as error:
            gaps.append(Gap("audits", f"{path.name} does not count ({error}).", "run the audit again."))
            continue
        if checked.problems:
            gaps.append(Gap("audits", f"{path.name} does not hold: {checked.problems[0]}", "run the audit again."))
        else:
            found[checked.predicate["audit"]["suite"]] = (path, checked.predicate)
    for suite in AUDITS_WANTED:
        if suite not in found:
            gaps.append(Gap("audits", f"There is no audit of the suite {suite}.", f"pochade audit run --target URL --suite {suite}"))
        elif found[suite][1]["result"] != "PASSED":
            gaps.append(Gap("audits", f"The audit of the suite {suite} ended {found[suite][1]['result']}.", "see its failed cases."))
    return found


def _audit_lines(path: Path, predicate: dict[str, Any]) -> Iterator[str]:
    audit = predicate["audit"]
    when = f"{audit['startedAt']} to {audit['finishedAt']}"
    yield f"Audit of {audit['target']['url']}, {when} (`{path.name}`, SHA-256 `{_digest(path)}`):"
    yield ""
    yield "| measure | passed | of | 95 % interval | unclear |"
    yield "|---|---|---|---|---|"
    for measure, rate in audit["rates"].items():
        yield f"| {measure} | {rate['passed']} | {rate['total']} | {rate['low']:.1%} to {rate['high']:.1%} | {rate['unclear']} |"


def _marking(region: Region, records: Records, audits: Mapping[str, tuple[Path, dict[str, Any]]], gaps: list[Gap]) -> str:
    lines = [f"The region `{region.id}` asks for: manifest {region.marking.manifest}, watermark {region.marking.watermark}.", ""]
    measured = 0
    for path in records.measurements:
        try:
            content = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            gaps.append(Gap("marking-evidence.md", f"The measurement {path.name} cannot be read ({error}).", "measure again."))
            continue
        measured += 1
        lines += [
            f"Measurement `{path.name}` (SHA-256 `{_digest(path)}`):",
            "",
            "```json",
            json.dumps(content, indent=1)[:20_000],
            "```",
            "",
        ]
    if not measured:
        gaps.append(
            Gap(
                "marking-evidence.md", "There is no measurement of detection rates.", "python benchmarks/watermark.py, then --measured FILE"
            )
        )
    if "marking" in audits:
        lines += list(_audit_lines(*audits["marking"]))
    return _page("Evidence of marking", lines)


def _policy(audits: Mapping[str, tuple[Path, dict[str, Any]]], gaps: list[Gap]) -> str:
    if "policy" not in audits:
        gaps.append(Gap("policy-evidence.md", "No record shows what the policy refuses.", "pochade audit run --target URL --suite policy"))
        return _page("Evidence of the policy", ["There is no record."])
    return _page("Evidence of the policy", list(_audit_lines(*audits["policy"])))


def _training(records: Records, gaps: list[Gap]) -> str:
    title, paper = "Summary of training content", "training-content-summary.md"
    if records.data is None:
        gaps.append(Gap(paper, "No training data of the own model was named.", "pochade comply build --data DIR"))
        return _page(title, ["There is no record."])
    try:
        from pochade.data import card

        described = card.card(records.data)
    except (OSError, ValueError, ImportError, PochadeError) as error:
        gaps.append(Gap(paper, f"The training data in {records.data} cannot be read ({error}).", "pochade ledger verify DIR"))
        return _page(title, ["There is no readable record."])
    wanted = ("name", "description", "license", "datePublished", "version")
    lines = [f"- {name}: {described[name]}" for name in wanted if described.get(name)]
    lines += [f"- {name.removeprefix('rai:')}: {value}" for name, value in described.items() if name.startswith("rai:")]
    return _page(title, lines)


def _technical(records: Records, gaps: list[Gap]) -> str:
    title, paper = "Technical file of the own model", "technical-file.md"
    if records.run is None:
        gaps.append(Gap(paper, "No training run of the own model was named.", "pochade comply build --run DIR"))
        return _page(title, ["There is no record."])
    try:
        from dataclasses import asdict

        from pochade.data import runs

        described = asdict(runs.read_run(records.run))
    except (OSError, ValueError, ImportError, PochadeError) as error:
        gaps.append(Gap(paper, f"The run in {records.run} cannot be read ({error}).", "give the folder of a finished run."))
        return _page(title, ["There is no readable record."])
    return _page(title, ["```json", json.dumps(described, indent=1, default=str), "```"])


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InvalidRequestError(f"{path} cannot be read ({error}). Check the path.") from error
