"""From outcomes to figures to a signed statement, and back."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from math import sqrt
from typing import Any

from pochade import __version__
from pochade.core.errors import InvalidRequestError
from pochade.trust.audit import suites
from pochade.trust.audit.endpoint import Endpoint
from pochade.trust.audit.signing import Signer, canonical, envelope, opened
from pochade.trust.audit.suites import Case, Outcome

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1"


@dataclass(frozen=True)
class Rate:
    """A share with its 95 % interval.

    Attributes:
        passed, total: counts; cases without an answer are in neither.
        unclear: cases without an answer.
        low, high: Wilson interval of passed / total; 0 to 1.
    """

    passed: int
    total: int
    unclear: int
    low: float
    high: float


def wilson(passed: int, total: int, z: float = 1.959964) -> tuple[float, float]:
    """Score interval of a share; (0, 1) if nothing was counted.

    Source: Wilson 1927, Probable inference, the law of succession, and statistical inference.
    """
    if not total:
        return 0.0, 1.0
    share = passed / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    low = 0.0 if passed == 0 else max(0.0, middle - half)
    return low, 1.0 if passed == total else min(1.0, middle + half)


def rates(results: Iterable[dict[str, Any]]) -> dict[str, Rate]:
    """The rate of each measure, from results as a statement holds them."""
    verdicts: dict[str, list[bool | None]] = {}
    for result in results:
        verdicts.setdefault(result["measure"], []).append(result["passed"])
    return {measure: _rate(found) for measure, found in verdicts.items()}


def _rate(verdicts: list[bool | None]) -> Rate:
    passed, unclear = verdicts.count(True), verdicts.count(None)
    total = len(verdicts) - unclear
    low, high = wilson(passed, total)
    return Rate(passed, total, unclear, round(low, 6), round(high, 6))


def run(
    endpoint: Endpoint, name: str, signer: Signer, limit: int | None = None, progress: Callable[[Case, Outcome], None] = lambda *_: None
) -> dict[str, Any]:
    """Asks every case of a suite and returns the signed statement.

    Args:
        limit: the first so many cases of each measure; None: all.

    Raises:
        InvalidRequestError: if there is no such suite, or the key is not accepted.
        ProviderUnavailableError: if nobody answers.
    """
    cases = _limited(suites.suite(name), limit)
    served = endpoint.reach()
    started = datetime.now(UTC)
    results = [_result(case, endpoint, progress) for case in cases]
    models = sorted(str(item.get("id")) for item in served.body.get("data") or [] if isinstance(item, dict))
    address = endpoint.named or endpoint.base
    identity = {"url": address, "models": models, "model": endpoint.model}
    return envelope(
        {
            "_type": STATEMENT_TYPE,
            "subject": [{"name": address, "digest": {"sha256": hashlib.sha256(canonical(identity)).hexdigest()}}],
            "predicateType": PREDICATE_TYPE,
            "predicate": {
                "result": _overall(results),
                "configuration": [{"name": f"suite:{name}", "digest": {"sha256": suites.digest(cases)}}],
                "passedTests": [result["id"] for result in results if result["passed"] is True],
                "failedTests": [result["id"] for result in results if result["passed"] is False],
                "warnedTests": [result["id"] for result in results if result["passed"] is None],
                "audit": {
                    "suite": name,
                    "limit": limit,
                    "target": identity,
                    "size": endpoint.size,
                    "auditor": {"pochade": __version__, "python": platform.python_version()},
                    "startedAt": started.isoformat(timespec="seconds"),
                    "finishedAt": datetime.now(UTC).isoformat(timespec="seconds"),
                    "rates": _listed(results),
                    "results": results,
                },
            },
        },
        signer,
    )


def _limited(cases: list[Case], limit: int | None) -> list[Case]:
    seen: dict[str, int] = {}
    kept = []
    for case in cases:
        seen[case.measure] = seen.get(case.measure, 0) + 1
        if limit is None or seen[case.measure] <= limit:
            kept.append(case)
    return kept


def _result(case: Case, endpoint: Endpoint, progress: Callable[[Case, Outcome], None]) -> dict[str, Any]:
    outcome = case.run(endpoint)
    progress(case, outcome)
    return {
        "id": case.id,
        "measure": case.measure,
        "asks": case.asks,
        "caseSha256": case.digest,
        "passed": outcome.passed,
        "observed": outcome.observed,
        "evidence": outcome.evidence,
    }


def _overall(results: list[dict[str, Any]]) -> str:
    verdicts = {result["passed"] for result in results}
    return "FAILED" if False in verdicts else "WARNED" if None in verdicts else "PASSED"


def _listed(results: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {measure: asdict(rate) for measure, rate in rates(results).items()}


@dataclass(frozen=True)
class Checked:
    """What a check of a statement found.

    Attributes:
        predicate: the audit in it.
        signed_by: public key, 32 bytes.
        problems: figures that do not follow from the results, or a suite that differs from this version's; empty: none.
        differences: cases whose repetition went otherwise; None if nothing was repeated.
        unanswered: cases that had an answer then and got none when they were repeated, and why: they neither agree nor differ.
        unclear: cases that had no answer either time.
    """

    predicate: dict[str, Any]
    signed_by: bytes
    problems: tuple[str, ...]
    differences: tuple[str, ...] | None = None
    unanswered: tuple[str, ...] = ()
    unclear: int = 0


def verify(
    raw: Any,
    public_key: bytes | None = None,
    endpoint: Callable[[str, str | None, str], Endpoint] | None = None,
) -> Checked:
    """Checks a statement's signature and figures; asks every case again if `endpoint` is given.

    Args:
        public_key: the key that must have signed; None: whichever the statement names.
        endpoint: makes the endpoint to ask from the statement's address, model and size; None: nothing is asked.

    Raises:
        InvalidRequestError: if it is no statement of an audit, or the signature is wrong.
    """
    statement, signed_by = opened(raw, public_key)
    predicate = statement.get("predicate")
    if statement.get("predicateType") != PREDICATE_TYPE or not isinstance(predicate, dict) or "audit" not in predicate:
        raise InvalidRequestError("This statement is not about an audit. Give a file that `pochade audit run` wrote.")
    audit = predicate["audit"]
    results = audit["results"]
    problems = []
    if _listed(results) != audit["rates"]:
        problems.append("The rates do not follow from the results.")
    if predicate["result"] != _overall(results):
        problems.append(f"The result {predicate['result']} does not follow from the results.")
    cases = _limited(suites.suite(audit["suite"]), audit["limit"])
    if predicate["configuration"][0]["digest"]["sha256"] != suites.digest(cases):
        problems.append("The suite differs from this version's: install the version of Pochade that is named in the statement to compare.")
    if [result["caseSha256"] for result in results] != [case.digest for case in cases]:
        problems.append("The results are not those of the suite's cases, in their order.")
    if endpoint is None:
        return Checked(predicate, signed_by, tuple(problems))
    asked = endpoint(audit["target"]["url"], audit["target"]["model"], audit["size"])
    try:
        asked.reach()
        again = {case.id: case.run(asked) for case in cases}
    finally:
        asked.close()
    silent = {name: outcome.observed for name, outcome in again.items() if outcome.passed is None}
    repeated = [result for result in results if result["id"] not in silent]
    lost = [result["id"] for result in results if result["id"] in silent and result["passed"] is not None]
    return Checked(
        predicate,
        signed_by,
        tuple(problems),
        tuple(_differences(repeated, again)),
        tuple(f"{name}: {silent[name]}" for name in lost),
        len(results) - len(repeated) - len(lost),
    )


def _differences(results: list[dict[str, Any]], again: dict[str, Outcome]) -> Iterable[str]:
    for result in results:
        outcome = again.get(result["id"])
        if outcome is None:
            yield f"{result['id']}: not in this version's suite"
        elif outcome.passed != result["passed"]:
            yield f"{result['id']}: was {result['observed']!r}, is {outcome.observed!r}"
        elif outcome.evidence.get("pixels_sha256") != result["evidence"].get("pixels_sha256"):
            yield f"{result['id']}: other pixels than then"
