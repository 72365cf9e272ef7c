"""The decision log: JSON lines, each holding the hash of the one before, with signed checkpoints in a file beside it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import threading
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pochade.core.files import kept_secret
from pochade.trust.audit.signing import Signer, canonical, key_id, verified
from pochade.trust.locking import locked, replace
from pochade.trust.policy.decision import Decision

ORIGIN = "0" * 64
"""What the first entry holds as the hash of the one before."""
CHECKPOINT_EVERY = 64


@dataclass
class DecisionLog:
    """Notes what the policy decided. Several processes may write one log.

    Attributes:
        path: of the log; the checkpoints lie beside it, in `<name>.checkpoints`.
        signer: signs the checkpoints.
        secret: key, 32 bytes, under which prompts and actors are hashed.
        clear: keep prompts in clear instead of as keyed hashes.
        every: entries from one checkpoint to the next.
    """

    path: Path
    signer: Signer
    secret: bytes
    clear: bool = False
    every: int = CHECKPOINT_EVERY
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _known: tuple[tuple[int, int], int, str] = field(default=((-1, -1), 0, ORIGIN), repr=False)

    def record(self, decision: Decision, *, prompt: str, actor: str = "", image_given: bool = False) -> None:
        """Appends one decision.

        Raises:
            OSError: if it cannot be written; the request must not go on then.
        """
        with self._lock, locked(self.path) as file:
            count, head = self._end(file)
            entry = {
                "seq": count,
                "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "decision_id": decision.decision_id,
                "allowed": decision.allowed,
                "rule_id": decision.rule_id,
                "category": decision.category,
                "layer": decision.layer,
                "image_given": image_given,
                "actor": self.keyed(actor) if actor else "",
                **({"prompt": prompt} if self.clear else {"prompt_hmac": self.keyed(prompt)}),
                "previous": head,
            }
            entry["hash"] = digest(entry)
            file.write(canonical(entry) + b"\n")
            file.flush()
            self._known = ((os.fstat(file.fileno()).st_ino, file.tell()), count + 1, entry["hash"])
            if (count + 1) % self.every == 0:
                os.fsync(file.fileno())
                self._sign(count + 1, entry["hash"])

    def checkpoint(self) -> None:
        """Signs the log as it stands, e.g. before it is handed to an auditor."""
        with self._lock, locked(self.path) as file:
            count, head = self._end(file)
            os.fsync(file.fileno())
            self._sign(count, head)

    def forget(self, before: datetime, *, but: Collection[str] = (), because: str = "", dry_run: bool = False) -> int:
        """Deletes the oldest entries, up to the first that is as young as `before` or is about a decision in `but`; how many.

        What is left still proves itself: a signed line beside the checkpoints says how many went, when, and what the last one's hash was.
        That line is written first, so that a crash in between leaves a whole log.

        Raises:
            OSError: if it cannot be written.
        """
        with self._lock, locked(self.path) as file:
            self._end(file)  # cuts off what a crash left
            file.seek(0)
            lines = file.read().splitlines(keepends=True)
            gone, head, first = 0, ORIGIN, 0
            for line in lines:
                entry = json.loads(line)
                if datetime.fromisoformat(entry["at"]) >= before or entry["decision_id"] in but:
                    break
                gone, head, first = gone + 1, entry["hash"], entry["seq"] + 1
            if gone and not dry_run:
                os.fsync(file.fileno())
                self._sign(first, head, forgotten=gone, because=because)
                replace(self.path, file, b"".join(lines[gone:]))
            return gone

    def keyed(self, text: str) -> str:
        """HMAC-SHA-256 of a text under this log's secret: finds a known prompt again, gives away nothing else."""
        return hmac.new(self.secret, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()

    def _end(self, file: Any) -> tuple[int, str]:
        """Number of entries, those forgotten among them, and the last one's hash; cuts off a line that a crash left unfinished."""
        if (os.fstat(file.fileno()).st_ino, file.seek(0, os.SEEK_END)) == self._known[0]:
            return self._known[1:]
        file.seek(0)
        content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            file.truncate(len(whole))
        file.seek(0, os.SEEK_END)
        if not whole:
            at = checkpoints_of(self.path)
            return _forgotten(at.read_bytes().splitlines() if at.exists() else [])
        last = json.loads(whole.splitlines()[-1])
        return last["seq"] + 1, last["hash"]

    def _sign(self, entries: int, head: str, **more: Any) -> None:
        at = checkpoints_of(self.path)
        before = at.read_bytes().splitlines() if at.exists() else []
        body = {
            "entries": entries,
            "head": head,
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "previous": hashlib.sha256(before[-1]).hexdigest() if before else ORIGIN,
            "public_key": base64.b64encode(self.signer.public_key).decode(),
            **more,
        }
        signed = {**body, "signature": base64.b64encode(self.signer.sign(canonical(body))).decode()}
        with locked(at) as file:
            file.seek(0, os.SEEK_END)
            file.write(canonical(signed) + b"\n")
            file.flush()
            os.fsync(file.fileno())


@dataclass(frozen=True)
class LogReport:
    """What a check of a log found.

    Attributes:
        entries: read.
        covered: the first so many of them are covered by a signed checkpoint.
        key_ids: of the keys that signed.
        problems: in the order of the log, one sentence each; empty: nothing was changed.
        forgotten: so many before them were deleted when their time was up, and a signed line says so.
    """

    entries: int
    covered: int
    key_ids: tuple[str, ...]
    problems: tuple[str, ...]
    forgotten: int = 0

    @property
    def intact(self) -> bool:
        return not self.problems


def verify_log(path: Path, checkpoints: Path | None = None, public_key: bytes | None = None) -> LogReport:
    """Checks every hash, the order, and every checkpoint of a log.

    What was cut off after the last checkpoint cannot be noticed; keep a copy of the checkpoints elsewhere to notice more.

    Args:
        checkpoints: a copy kept elsewhere; None: the file beside the log.
        public_key: the key that must have signed, 32 bytes; None: whichever the checkpoints name.
    """
    problems: list[str] = []
    base, before_base, hashes = _chain(path, problems)
    covered, key_ids, previous, forgotten = 0, [], ORIGIN, 0
    at = checkpoints or checkpoints_of(path)
    lines = at.read_bytes().splitlines() if at.exists() else []
    if not hashes:  # all may have been forgotten; whether the line that says so is genuine shows below
        base, before_base = _forgotten(lines)
    for number, line in enumerate(lines, start=1):
        try:
            signed = json.loads(line)
            signature, key = base64.b64decode(signed.pop("signature")), base64.b64decode(signed["public_key"])
            entries, head, before = int(signed["entries"]), signed["head"], signed["previous"]
        except (ValueError, KeyError, TypeError, AttributeError):
            problems.append(f"Checkpoint {number} is not readable.")
            continue
        if not verified(key, signature, canonical(signed)):
            problems.append(f"Checkpoint {number} has a wrong signature.")
        elif public_key is not None and key != public_key:
            problems.append(f"Checkpoint {number} is signed by key {key_id(key)}, not {key_id(public_key)}.")
        elif before != previous:
            problems.append(f"Checkpoint {number} does not follow the one before it: one was taken out or moved.")
        elif entries > base + len(hashes):
            end = base + len(hashes)
            problems.append(f"Checkpoint {number} covers {entries} entries; the log has {end}: {entries - end} were cut off.")
        elif entries and entries >= base and ([before_base] + hashes)[entries - base] != head:
            problems.append(f"Checkpoint {number} does not agree with entry {entries}: the log was written anew.")
        else:
            if "forgotten" in signed and entries == base:
                forgotten = base
            covered, key_ids = max(covered, entries - base), [*key_ids, key_id(key)]
        previous = hashlib.sha256(line).hexdigest()
    if base != forgotten:
        problems.append(f"The log begins with entry {base + 1}, and no signed line says that those before it were deleted by design.")
    if not lines and hashes:
        problems.append(f"There is no checkpoint at {at}; a log of {len(hashes)} entries without one proves nothing about its end.")
    return LogReport(len(hashes), covered, tuple(dict.fromkeys(key_ids)), tuple(problems), forgotten)


def _chain(path: Path, problems: list[str]) -> tuple[int, str, list[str]]:
    """How many entries are said to have been before the first one, the hash of the last of them, and the hashes of all that are there."""
    content = path.read_bytes() if path.exists() else b""
    hashes: list[str] = []
    base, previous = _begins(content)
    before_base = previous
    if content and not content.endswith(b"\n"):
        problems.append("The last line is unfinished: the writer stopped in the middle, or the end was cut off.")
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            entry = json.loads(line)
            claimed, follows, seq = entry["hash"], entry["previous"], entry["seq"]
            actual = digest({name: value for name, value in entry.items() if name != "hash"})
        except (ValueError, KeyError, TypeError):
            problems.append(f"Entry {number} is not readable.")
            hashes.append("")
            continue
        if claimed != actual or canonical(entry) != line:
            problems.append(f"Entry {number} was changed.")
        if follows != previous or seq != base + number - 1:
            problems.append(f"Entry {number} does not follow the one before it: an entry was taken out, put in or moved.")
        previous = claimed
        hashes.append(actual)
    return base, before_base, hashes


def _begins(content: bytes) -> tuple[int, str]:
    """What the first line says of those before it; the start of a whole log, if it says nothing readable."""
    try:
        first = json.loads(content.split(b"\n", 1)[0])
        base, previous = first["seq"], first["previous"]
    except (ValueError, KeyError, TypeError):
        return 0, ORIGIN
    return (base, previous) if isinstance(base, int) and base > 0 and isinstance(previous, str) else (0, ORIGIN)


def _forgotten(checkpoints: list[bytes]) -> tuple[int, str]:
    """Where an empty log goes on: after the last entry that was deleted when its time was up; else at the start."""
    for line in reversed(checkpoints):
        with suppress(ValueError, KeyError, TypeError):
            signed = json.loads(line)
            if "forgotten" in signed:
                return int(signed["entries"]), str(signed["head"])
    return 0, ORIGIN


def find(path: Path, decision_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """The entries of a log about these decisions, by id; unchecked: see `verify_log`."""
    wanted = {identity.encode() for identity in decision_ids}
    found = {}
    if wanted and path.exists():
        with path.open("rb") as file:
            for line in file:
                place = line.find(b'"decision_id":"') + 15
                if line[place : place + 12] in wanted:
                    entry = json.loads(line)
                    found[entry["decision_id"]] = entry
    return found


def digest(entry: dict[str, Any]) -> str:
    """SHA-256 of an entry's canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical(entry)).hexdigest()


def checkpoints_of(path: Path) -> Path:
    """Where the checkpoints of a log lie."""
    return path.with_name(path.name + ".checkpoints")


def log_secret(path: Path) -> bytes:
    """The 32 bytes in `path`, made if there are none; who has them can test whether a prompt is in the log."""
    return kept_secret(path, lambda: secrets.token_bytes(32))
