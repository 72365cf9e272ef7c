"""The detector: says of any file whether Pochade or another generator made it, how that shows, and how sure it is."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, Literal

from pochade.core.errors import InvalidRequestError
from pochade.trust import keys
from pochade.trust.examination import Findings
from pochade.trust.manifests import LEARNED, merged_sources

Conclusion = Literal["signed", "signed by others", "tampered", "marked", "claimed", "nothing", "unreadable"]
"""What `Verdict.conclusion` can be.

- signed: a whole manifest, signed by a root that is trusted here.
- signed by others: a whole manifest of an unknown signer: what it says is only as good as they are.
- tampered: a manifest that does not fit the file any more, or a file that is no readable picture any more.
- marked: no valid manifest, but the watermark: painted by Pochade, then processed.
- claimed: only plain text (XMP, recipe), which anyone can write.
- nothing: no sign of anything, which proves nothing.
- unreadable: not a picture that can be read.
"""
MAX_BYTES = 100_000_000
TIMEOUT_S = 60.0
_MODULE = "pochade.trust.examination"
_SOURCES = {
    "trainedAlgorithmicMedia": "made by a generative model",
    "compositeWithTrainedAlgorithmicMedia": "a picture changed by a generative model",
    "algorithmicMedia": "computed, not photographed",
    "compositeSynthetic": "put together from synthetic pictures",
}


@dataclass(frozen=True)
class Verdict:
    """The answer about one file.

    Attributes:
        conclusion: see `Conclusion`.
        sentence: the same for people.
        techniques: which of "manifest", "watermark", "metadata" and "recipe" showed something.
        generated: True: a machine made or changed it, as far as this shows; None: nothing can be said.
        source_type: the last part of IPTC's URI, from the best source there is; None: not known.
        findings: everything that was seen.
    """

    conclusion: Conclusion
    sentence: str
    techniques: tuple[str, ...]
    generated: bool | None
    source_type: str | None
    findings: Findings

    def to_dict(self) -> dict[str, Any]:
        """For JSON. Ids of watermarks are 16 hexadecimal digits, since JSON's readers cut long numbers.

        What only serves to compare with known ids is left out.
        """
        raw = dataclasses.asdict(self)
        if (watermark := raw["findings"]["watermark"]) is not None:
            number = watermark.pop("number")
            del watermark["bits"]
            watermark["id"] = None if number is None else f"{number:016x}"
            watermark["score"] = round(watermark["score"], 2)
        return raw


def verify_bytes(data: bytes, trusted_roots: str | None = None, timeout_s: float = TIMEOUT_S) -> Verdict:
    """The verdict on one file, looked at in a process of its own with limits on memory and time. Keeps nothing.

    Args:
        data: anything at all.
        trusted_roots: PEM certificates whose signatures are trusted; None: this installation's own and those it was told to trust.

    Raises:
        InvalidRequestError: if the file is larger than `MAX_BYTES`.
    """
    if len(data) > MAX_BYTES:
        raise InvalidRequestError(
            f"Got a file of {len(data):,} bytes; up to {MAX_BYTES:,} are accepted. Save the picture smaller.",
            field="file",
        )
    roots = (keys.trusted_roots() if trusted_roots is None else trusted_roots).encode()
    request = len(roots).to_bytes(4, "big") + roots + data
    command = [sys.executable, "-I", "-m", _MODULE]
    try:
        done = subprocess.run(command, input=request, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=timeout_s)
        findings = Findings.from_json(done.stdout)
    except subprocess.TimeoutExpired:
        findings = _lost(data, f"reading it takes longer than {timeout_s:g} s")
    except (ValueError, KeyError, TypeError):
        findings = _lost(data, "reading it takes too much memory, or breaks the reader")
    return verdict(findings)


def _lost(data: bytes, damage: str) -> Findings:
    import hashlib

    return Findings(hashlib.sha256(data).hexdigest(), len(data), damage=damage)


def verdict(findings: Findings) -> Verdict:
    """What findings mean."""
    manifest, watermark = findings.manifest, findings.watermark
    seen = watermark is not None and watermark.found
    present = {
        "manifest": manifest is not None,
        "watermark": seen,
        "metadata": findings.source_type is not None,
        "recipe": findings.recipe is not None,
    }
    techniques = tuple(name for name, there in present.items() if there)
    stated = merged_sources(manifest.source_types) if manifest is not None and manifest.state != "invalid" else None
    source = stated or findings.source_type
    conclusion, sentence = _conclude(findings, seen, stated)
    generated = True if seen or (source is not None and (source in LEARNED or source in _SOURCES)) or findings.recipe else None
    return Verdict(conclusion, sentence, techniques, generated, source, findings)


def _conclude(findings: Findings, seen: bool, stated: str | None) -> tuple[Conclusion, str]:
    manifest = findings.manifest
    if findings.damage and manifest is None:
        return "unreadable", f"Nothing can be said about this file: {findings.damage}."
    mark = f" {_mark(findings)}" if seen else ""
    unread = f" Its pixels could not be looked at: {findings.damage}." if findings.damage else ""
    if manifest is not None and manifest.state == "invalid":
        faults = ", ".join(manifest.faults[:3]) or "no reason given"
        return "tampered", f"The manifest in this file does not fit it: it was changed after it was signed ({faults}).{mark}{unread}"
    if manifest is not None and findings.broken:
        # chunks' lengths and checksums around the manifest are not signed: whoever spoilt them changed the file all the same
        return "tampered", f"The manifest in this file is whole, but the file was changed after it was signed: {findings.damage}.{mark}"
    if manifest is not None:
        what = _SOURCES.get(stated or "", "with no statement on how it was made")
        by = f" by {', '.join(manifest.models)}" if manifest.models else ""
        if manifest.state == "trusted":
            return "signed", f"Signed and unchanged: {what}{by}; the signer ({manifest.signer}) is trusted here.{mark}{unread}"
        return (
            "signed by others",
            f"Signed and unchanged: {what}{by}, says its signer ({manifest.signer or 'unnamed'}), who is not known here.{mark}{unread}",
        )
    if seen:
        return "marked", f"No manifest. {_mark(findings)}"
    if findings.source_type is not None or findings.recipe is not None:
        what = "a recipe of Pochade" if findings.recipe is not None else f"metadata saying {findings.source_type}"
        return "claimed", f"Neither signature nor watermark, only {what}: plain text that anyone can write."
    small = findings.watermark is not None and not findings.watermark.searched
    return "nothing", "No manifest, no watermark, no metadata." + (
        " The picture is too small to hold a watermark." if small else " That does not prove that no machine made it: marks can be removed."
    )


def _mark(findings: Findings) -> str:
    watermark = findings.watermark
    assert watermark is not None
    change = {
        "none": "",
        "cropped": ", cropped since",
        "resized": f", resized to {100 * watermark.scale:.0f} % since",
        "cropped and resized": f", cropped and resized to {100 * watermark.scale:.0f} % since",
    }[watermark.change]
    if watermark.orientation != "upright":
        change = f", {watermark.orientation}{change or ' since'}"
    if watermark.number is None:
        return f"Pochade's watermark is in the pixels{change}; its id cannot be read any more."
    identity = f"{watermark.number:016x}"
    told = (findings.recipe_watermark,) + (findings.manifest.watermark_ids if findings.manifest else ())
    match = " which fits the rest" if identity in told else " which is another than the file says" if any(told) else ""
    return f"Pochade's watermark is in the pixels{change}, id {identity}{',' + match if match else ''}."
