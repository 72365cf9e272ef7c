"""Records whose time is up are deleted, as the region's pack says, and what was deleted is noted."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pochade.trust.decisions import DecisionLog
from pochade.trust.locking import locked
from pochade.trust.policy.appeals import AppealFile
from pochade.trust.regions import Region

FILE = "retention.jsonl"
"""In the data folder: one line for each time that something was deleted."""


@dataclass(frozen=True)
class Deleted:
    """What was deleted, or would be.

    Attributes:
        region: whose days were used.
        decisions: entries of the decision log, always its oldest.
        appeals: those with an answer.
        waiting: appeals that are as old and stay, with the decisions from the first of theirs on, until somebody answers them.
    """

    at: str
    region: str
    decisions_days: int
    appeals_days: int
    decisions: int
    appeals: int
    waiting: int


def enforce(log: DecisionLog, appeals: AppealFile, region: Region, now: datetime | None = None, *, dry_run: bool = False) -> Deleted:
    """Deletes the decisions and the answered appeals that are older than the region's days, and notes it beside the log.

    A decision that somebody appealed against stays until the appeal has its answer, and with it those after it, for the log is a chain.
    Nothing else has an end here: pictures, favourites and collections are their owners', who delete them.

    Args:
        dry_run: only say what would go.

    Raises:
        OSError: if something cannot be written; what was not deleted goes the next time.
    """
    now = now or datetime.now(UTC)
    kept = region.retention
    decisions_end, appeals_end = now - timedelta(days=kept.decisions_days), now - timedelta(days=kept.appeals_days)
    unanswered = {one.decision_id: one for one in appeals.all() if not one.answer}
    deleted = Deleted(
        at=now.isoformat(timespec="seconds"),
        region=region.id,
        decisions_days=kept.decisions_days,
        appeals_days=kept.appeals_days,
        decisions=log.forget(decisions_end, but=unanswered, because=f"{region.id}: {kept.decisions_days} days", dry_run=dry_run),
        appeals=appeals.forget(appeals_end, dry_run=dry_run),
        waiting=sum(datetime.fromisoformat(one.filed_at) < appeals_end for one in unanswered.values()),
    )
    if not dry_run and (deleted.decisions or deleted.appeals):
        _note(log.path.with_name(FILE), deleted)
    return deleted


def _note(path: Path, deleted: Deleted) -> None:
    with locked(path) as file:
        file.seek(0, os.SEEK_END)
        file.write(json.dumps(asdict(deleted)).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
