"""Policy packs, and papers that say only what records say."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pochade.cli.app import app
from pochade.core.errors import InvalidRequestError, OutputExistsError, UnsupportedRequestError
from pochade.trust import regions, watermark
from pochade.trust.regions import dossier


@pytest.mark.parametrize("region_id", regions.REGIONS)
def test_every_region_marks_and_keeps_no_uploads(region_id):
    region = regions.region(region_id)
    assert region.id == region_id
    assert region.marking.manifest and region.marking.watermark
    assert region.retention.uploads_days == 0


def test_the_strictest_holds_until_somebody_chooses(monkeypatch):
    monkeypatch.delenv(regions.VARIABLE, raising=False)
    assert regions.chosen().id == "eu"
    monkeypatch.setenv(regions.VARIABLE, "us")
    assert regions.chosen().id == "us"
    assert regions.chosen(deployment="eu").id == "eu"
    assert regions.chosen(key="none", deployment="eu").id == "none"
    assert regions.chosen(user="us", key="none", deployment="eu").id == "us"
    with pytest.raises(InvalidRequestError, match="available: eu, us, none"):
        regions.chosen(user="mars")


def test_models_are_withheld_where_their_licence_says_so():
    with pytest.raises(UnsupportedRequestError, match="excludes the European Union"):
        regions.region("eu").check_model("tencent/HunyuanImage-3.0")
    regions.region("us").check_model("tencent/HunyuanImage-3.0")
    regions.region("eu").check_model("pathtracer")


def test_without_records_everything_is_a_gap():
    assembled = dossier.assemble(regions.region("eu"), dossier.Records())
    assert {gap.paper for gap in assembled.gaps} == {
        "audits",
        "deployer-guide.md",
        "marking-evidence.md",
        "policy-evidence.md",
        "training-content-summary.md",
        "technical-file.md",
    }
    assert "There is no record" in assembled.papers["technical-file.md"]


def test_no_paper_claims_compliance():
    for region_id in regions.REGIONS:
        for text in dossier.assemble(regions.region(region_id), dossier.Records()).papers.values():
            assert "compliant" not in text.lower()
            assert "certifies nothing" in text


def test_measurements_are_quoted_with_their_hash(tmp_path):
    file = tmp_path / "watermark.json"
    file.write_text(json.dumps({"true_positive_rate": 0.5}))
    assembled = dossier.assemble(regions.region("eu"), dossier.Records(measurements=(file, tmp_path / "missing.json")))
    evidence = assembled.papers["marking-evidence.md"]
    assert '"true_positive_rate": 0.5' in evidence
    assert hashlib.sha256(file.read_bytes()).hexdigest() in evidence
    assert any("missing.json" in gap.what for gap in assembled.gaps)


def review(folder: Path, **changed: str) -> Path:
    said = {
        "reviewer": "Legal department",
        "date": "2026-11-20",
        "pack_sha256": regions.digest("eu"),
        "statement": "Read, and apt.",
        **changed,
    }
    file = folder / "review.toml"
    file.write_text("".join(f'{name} = "{value}"\n' for name, value in said.items() if value))
    return file


def test_a_person_has_to_have_read_what_is_said_of_the_law(tmp_path):
    def guide(review: Path | None) -> tuple[str, list[str]]:
        found = dossier.assemble(regions.region("eu"), dossier.Records(review=review))
        return found.papers["deployer-guide.md"], [gap.what for gap in found.gaps if gap.paper == "deployer-guide.md"]

    text, gaps = guide(None)
    assert "No person qualified in law" in text and len(gaps) == 1
    text, gaps = guide(review(tmp_path))
    assert "Legal department wrote of this pack: “Read, and apt.”" in text and "No person" not in text and gaps == []
    for wrong in ({"pack_sha256": regions.digest("us")}, {"statement": ""}, {"date": '"'}):
        text, gaps = guide(review(tmp_path, **wrong))
        assert "No person qualified in law" in text and len(gaps) == 1, wrong


BOUND = {"count": 9, "false_positives": 0, "rate_interval": [0, 1e-5]}


@pytest.mark.parametrize(
    ("content", "gap"),
    [
        ({"watermark_version": watermark.VERSION, "unmarked": BOUND}, ""),
        ({"watermark_version": "0.1", "unmarked": BOUND}, "of version 0.1"),
        ({"unmarked": BOUND}, "does not say of which version"),
        (
            {"watermark_version": watermark.VERSION, "unmarked": {**BOUND, "rate_interval": [0, 2e-4]}},
            "bounds false alarms",
        ),
        ({"watermark_version": watermark.VERSION, "unmarked": {"count": 9}}, "not as its script writes it"),
        ([1], "bounds false alarms"),
    ],
)
def test_measurements_that_show_too_little_are_gaps(tmp_path, content, gap):
    file = tmp_path / "watermark.json"
    file.write_text(json.dumps(content))
    found = dossier.assemble(regions.region("eu"), dossier.Records(measurements=(file,)))
    gaps = [one.what for one in found.gaps if one.paper == "marking-evidence.md"]
    assert any(gap in what for what in gaps) if gap else gaps == []


def test_what_fails_and_what_is_cut_is_said(tmp_path):
    attacks = {"turned": {"256": {"found": 1, "count": 600}}, "none": {"256": {"found": 600, "count": 600}}}
    file = tmp_path / "watermark.json"
    file.write_text(json.dumps({"marked": {"attacks": attacks}, "long": ["x" * 100] * 300}))
    evidence = dossier.assemble(regions.region("eu"), dossier.Records(measurements=(file,))).papers["marking-evidence.md"]
    assert "after “turned”: 1 of 600" in evidence and "after “none”" not in evidence
    assert "Cut after 20,000 of" in evidence


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"payload": 1}'])
def test_audits_that_prove_nothing_are_gaps(tmp_path, content):
    file = tmp_path / "audit.json"
    file.write_text(content)
    assembled = dossier.assemble(regions.region("eu"), dossier.Records(audits=(file,)))
    assert any("audit.json does not count" in gap.what for gap in assembled.gaps)


def test_data_and_runs_that_are_none_are_gaps(tmp_path):
    assembled = dossier.assemble(regions.region("eu"), dossier.Records(data=tmp_path, run=tmp_path))
    assert sum("cannot be read" in gap.what for gap in assembled.gaps) == 2


def test_commands(tmp_path):
    run = CliRunner().invoke
    checked = run(app, ["comply", "check"])
    assert checked.exit_code == 1
    assert "gap: technical-file.md" in checked.output
    built = run(app, ["comply", "build", "--region", "us", "-o", str(tmp_path / "papers")])
    assert built.exit_code == 0, built.output
    assert "United States" in (tmp_path / "papers" / "deployer-guide.md").read_text()
    sums = dict(reversed(line.split("  ")) for line in (tmp_path / "papers" / "SHA256SUMS").read_text().splitlines())
    for name, digest in sums.items():
        assert hashlib.sha256((tmp_path / "papers" / name).read_bytes()).hexdigest() == digest
    with pytest.raises(OutputExistsError, match="not empty"):
        dossier.write(dossier.assemble(regions.region("us"), dossier.Records()), tmp_path / "papers")
