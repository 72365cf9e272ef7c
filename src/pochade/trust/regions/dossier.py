"""The papers of a deployment, put together from records only; what no record says is named as a gap.

Papers help whoever deploys Pochade to meet their duties. They certify nothing.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pochade import __version__
from pochade.core.errors import InvalidRequestError, OutputExistsError, PochadeError
from pochade.trust import regions, watermark
from pochade.trust.audit import report
from pochade.trust.audit.signing import key_id
from pochade.trust.policy import rulebook
from pochade.trust.regions import Region

AUDITS_WANTED = ("policy", "marking", "reproducibility", "contract")
FALSE_ALARMS_AT_MOST = 1e-4
"""Goal for unmarked pictures that are taken for marked ones; the upper end of the measured interval must lie below it."""
MOST_CHARS = 20_000
_KINDS = {
    "deep-fake": "a deep fake: a picture of real persons, objects, places or events that would falsely appear to be authentic",
    "text-of-public-interest": "text on matters of public interest that a machine wrote and nobody edited (this program writes none)",
}


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
        review: what a person qualified in law wrote of the region's pack, TOML: `reviewer`, `date`, `pack_sha256`, `statement`.
    """

    measurements: tuple[Path, ...] = ()
    audits: tuple[Path, ...] = ()
    public_key: bytes | None = None
    data: Path | None = None
    run: Path | None = None
    review: Path | None = None


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
        "deployer-guide.md": _guide(region, records, gaps),
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


def _guide(region: Region, records: Records, gaps: list[Gap]) -> str:
    pack = regions.digest(region.id)
    marks = ", ".join(name for name in ("manifest", "metadata", "watermark") if getattr(region.marking, name))
    withheld = [f"  - `{rule.pattern}`: {rule.why}" for rule in region.withheld] or ["  - none"]
    book = rulebook.standard()
    absolute = [category.name for category in book.categories.values() if category.absolute]
    notices = {"Beside the prompt": region.notices.interface, "With each picture": region.notices.delivery}
    return _page(
        "Guide for deployers",
        [
            f"Region: {region.name} (`{region.id}`), policy pack `{region.id}.toml` of Pochade {__version__}, SHA-256 `{pack}`.",
            "",
            f"What the pack says of the law: “{region.because}”",
            "",
            _reviewed(records, pack, gaps),
            "",
            "## What this version does when it runs as it comes",
            "What the pack and the rules ask of the program. Whether an installation does so, audits must show: see the evidence.",
            "",
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
            *(f"- {place}, show (the studio does; your own pages must): “{text}”" for place, text in notices.items() if text),
            *(
                f"- Label what you publish with “{region.labels.text}” if it is {_KINDS.get(kind, kind)}."
                for kind in region.labels.required_for
            ),
            "- Answer appeals: `pochade audit appeals`.",
            "- Check the decision log: `pochade audit log verify FILE`.",
        ],
    )


def _reviewed(records: Records, pack: str, gaps: list[Gap]) -> str:
    """Who in law has read the pack; a gap, if nobody has, or another version of it."""
    how = "have somebody qualified in law read the pack, then --reviewed FILE (TOML: reviewer, date, pack_sha256, statement)."
    nobody = (
        "**No person qualified in law has confirmed these references, sentences and days on record.** "
        "They were written by the program's authors and are no legal advice."
    )
    if records.review is None:
        gaps.append(Gap("deployer-guide.md", "No record shows that a person qualified in law has read what is said of the law.", how))
        return nobody
    try:
        raw = tomllib.loads(records.review.read_text("utf-8"))
        said = {name: str(raw[name]) for name in ("reviewer", "date", "pack_sha256", "statement")}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError) as error:
        gaps.append(Gap("deployer-guide.md", f"The review {records.review.name} cannot be read ({error!r}).", how))
        return nobody
    if said["pack_sha256"] != pack:
        what = f"The review {records.review.name} is of another version of the pack ({said['pack_sha256'][:12]}…, not {pack[:12]}…)."
        gaps.append(Gap("deployer-guide.md", what, how))
        return nobody
    return (
        f"On {said['date']} {said['reviewer']} wrote of this pack: “{said['statement']}” "
        f"(`{records.review.name}`, SHA-256 `{_digest(records.review)}`; that it is theirs is not checked here.)"
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
            found[checked.predicate["audit"]["suite"]] = (path, {**checked.predicate, "signedBy": key_id(checked.signed_by)})
    for suite in AUDITS_WANTED:
        if suite not in found:
            gaps.append(Gap("audits", f"There is no audit of the suite {suite}.", f"pochade audit run --target URL --suite {suite}"))
        elif found[suite][1]["audit"].get("limit"):
            limit = found[suite][1]["audit"]["limit"]
            gaps.append(Gap("audits", f"The audit of the suite {suite} asked only {limit} cases.", "run it without --limit."))
        elif found[suite][1]["result"] != "PASSED":
            gaps.append(Gap("audits", f"The audit of the suite {suite} ended {found[suite][1]['result']}.", "see its failed cases."))
    return found


def _audit_lines(path: Path, predicate: dict[str, Any]) -> Iterator[str]:
    audit = predicate["audit"]
    when = f"{audit['startedAt']} to {audit['finishedAt']}"
    yield f"Audit of {audit['target']['url']}, {when} (`{path.name}`, SHA-256 `{_digest(path)}`), signed by key `{predicate['signedBy']}`:"
    yield ""
    yield "| measure | passed | of | 95 % interval | unclear |"
    yield "|---|---|---|---|---|"
    for measure, rate in audit["rates"].items():
        yield f"| {measure} | {rate['passed']} | {rate['total']} | {rate['low']:.1%} to {rate['high']:.1%} | {rate['unclear']} |"


def _marking(region: Region, records: Records, audits: Mapping[str, tuple[Path, dict[str, Any]]], gaps: list[Gap]) -> str:
    asked = [name for name in ("manifest", "metadata", "watermark") if getattr(region.marking, name)]
    lines = [f"The region `{region.id}` asks for: {', '.join(asked) or 'nothing'}.", ""]
    measured, bound = 0, 1.0
    for path in records.measurements:
        try:
            content = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            gaps.append(Gap("marking-evidence.md", f"The measurement {path.name} cannot be read ({error}).", "measure again."))
            continue
        measured += 1
        text = json.dumps(content, indent=1)
        bound = min(bound, _summary(path, content, lines, gaps))
        lines += [
            f"Measurement `{path.name}` (SHA-256 `{_digest(path)}`):",
            "",
            "```json",
            text[:MOST_CHARS],
            "```",
            "",
        ]
        if len(text) > MOST_CHARS:
            lines += [f"Cut after {MOST_CHARS:,} of {len(text):,} characters: the whole is in the file.", ""]
    if measured and bound > FALSE_ALARMS_AT_MOST:
        what = f"No measurement bounds false alarms of the watermark below {FALSE_ALARMS_AT_MOST:g} (upper end of 95 %: {bound:.2g})."
        gaps.append(Gap("marking-evidence.md", what, "measure more unmarked pictures: python benchmarks/watermark.py --fresh 100000"))
    if not measured:
        gaps.append(
            Gap(
                "marking-evidence.md", "There is no measurement of detection rates.", "python benchmarks/watermark.py, then --measured FILE"
            )
        )
    if "marking" in audits:
        lines += list(_audit_lines(*audits["marking"]))
    return _page("Evidence of marking", lines)


def _summary(path: Path, content: Any, lines: list[str], gaps: list[Gap]) -> float:
    """Adds what a measurement of the watermark says in sentences; returns the upper end of its false alarms, 1 if it tells none."""
    if not isinstance(content, dict):
        return 1.0
    bound = 1.0
    if (version := content.get("watermark_version")) != watermark.VERSION:
        was = f"was made of version {version}" if version else "does not say of which version of the mark it was made"
        what = f"The measurement {path.name} {was}; this program puts version {watermark.VERSION}."
        gaps.append(Gap("marking-evidence.md", what, "measure again with this version."))
    try:
        unmarked = content.get("unmarked")
        if unmarked:
            low, bound = map(float, unmarked["rate_interval"])
            wrong, count = unmarked["false_positives"], unmarked["count"]
            lines.append(f"- False alarms: {wrong} of {count:,} unmarked pictures (95 %: {low:.2g} to {bound:.2g}), by `{path.name}`.")
        for attack, sides in (content.get("marked") or {}).get("attacks", {}).items():
            found, count = (sum(side[name] for side in sides.values()) for name in ("found", "count"))
            if found < 0.99 * count:
                lines.append(f"- **Found in less than 99 %** after “{attack}”: {found} of {count}.")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        gaps.append(
            Gap("marking-evidence.md", f"The measurement {path.name} is not as its script writes it ({error!r}).", "measure again.")
        )
    lines.append("")
    return bound


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
