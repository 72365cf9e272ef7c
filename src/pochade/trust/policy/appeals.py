"""Appeals against refusals: a person says why, an administrator reads and answers."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from pochade.core.errors import InvalidRequestError
from pochade.trust.locking import locked, replace

MAX_REASON_CHARS = 2000


@dataclass(frozen=True)
class Appeal:
    """Somebody's word against one decision.

    Attributes:
        decision_id: of the refusal.
        because: what the person says, 1 to 2,000 characters.
        filed_at: UTC, ISO 8601.
        actor: key or user who was refused, "" if nobody was logged in.
        answer: what an administrator decided: "" (not yet), "upheld" (the refusal stands) or "granted".
    """

    decision_id: str
    because: str
    filed_at: str
    actor: str = ""
    answer: str = ""


class AppealSink(Protocol):
    """Where appeals go."""

    def file(self, appeal: Appeal) -> None: ...


def appeal(decision_id: str, because: str, sink: AppealSink, actor: str = "") -> Appeal:
    """Files an appeal against a decision.

    Raises:
        InvalidRequestError: if the reason is blank or too long, or the decision id is none.
    """
    if not 1 <= len(because.strip()) <= MAX_REASON_CHARS:
        raise InvalidRequestError(
            f"Got a reason of {len(because.strip())} characters; 1 to {MAX_REASON_CHARS:,} are accepted. Say why the refusal is a mistake.",
            field="because",
        )
    if not (len(decision_id) == 12 and all(char in "0123456789abcdef" for char in decision_id)):
        raise InvalidRequestError(
            f"Got decision {decision_id!r}; a decision has 12 characters, 0-9 and a-f. Copy it from the refusal.", field="decision_id"
        )
    filed = Appeal(decision_id, because.strip(), datetime.now(UTC).isoformat(timespec="seconds"), actor)
    sink.file(filed)
    return filed


@dataclass(frozen=True)
class AppealFile:
    """Appeals as JSON lines in a file that only its owner can read; the newest line about a decision counts."""

    path: Path

    def file(self, appeal: Appeal) -> None:
        with locked(self.path) as file:
            file.seek(0, os.SEEK_END)
            file.write(json.dumps(asdict(appeal), ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")

    def forget(self, before: datetime, *, dry_run: bool = False) -> int:
        """Deletes what was filed before then and has its answer; how many appeals. One that waits for an answer stays."""
        gone = {one.decision_id for one in self.all() if one.answer and datetime.fromisoformat(one.filed_at) < before}
        if gone and not dry_run:
            with locked(self.path) as file:
                lines = file.read().splitlines(keepends=True)
                replace(self.path, file, b"".join(line for line in lines if json.loads(line)["decision_id"] not in gone))
        return len(gone)

    def answer(self, decision_id: str, answer: str) -> Appeal:
        """Notes an administrator's answer.

        Raises:
            InvalidRequestError: if there is no such appeal, or the answer is neither "upheld" nor "granted".
        """
        if answer not in ("upheld", "granted"):
            raise InvalidRequestError(f"Got the answer {answer!r}; upheld and granted are accepted. Choose one.", field="answer")
        known = {found.decision_id: found for found in self.all()}
        if decision_id not in known:
            raise InvalidRequestError(
                f"Got decision {decision_id!r}, against which nobody appealed. List them: pochade audit appeals.",
                field="decision_id",
            )
        answered = Appeal(**{**asdict(known[decision_id]), "answer": answer})
        self.file(answered)
        return answered

    def all(self) -> Iterator[Appeal]:
        """Each appeal once, as it stands now, the oldest first."""
        found: dict[str, Appeal] = {}
        if self.path.exists():
            for line in self.path.read_text("utf-8").splitlines():
                raw: dict[str, Any] = json.loads(line)
                found[raw["decision_id"]] = Appeal(**raw)
        yield from found.values()
