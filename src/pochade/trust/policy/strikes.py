"""How often one key may be refused, and how fast it may ask."""

from __future__ import annotations

import json
import threading
import time
import unicodedata
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from pochade.trust.locking import locked
from pochade.trust.policy.decision import ALLOWED, Decision, refusal


@dataclass
class Strikes:
    """Counts refusals and requests by key. Safe to use from several threads.

    Refusals are kept in a file, if one is named: all processes that name it count together, and a new start forgets nothing. Requests
    are counted in this process's memory.

    Attributes:
        max_strikes: refusals within `window_s` after which the key has to wait; one in an absolute category counts `absolute_weight`.
        max_requests: requests within `window_s`; None: as many as it likes (admission has its own limits).
        window_s: how long each counts.
        exempt: who is neither counted nor stopped, e.g. an auditor, whose work is to be refused: keys, or names that an administrator gave.
        clock: seconds, increasing; with a file, the same for all processes, such as `time.time`.
        path: of the file; None: refusals too are counted in memory.
        named: what the file calls a key, such as a keyed hash of it; None: the key itself.
    """

    max_strikes: int = 10
    absolute_weight: int = 3
    max_requests: int | None = None
    window_s: float = 3600.0
    exempt: Collection[str] = ()
    clock: Callable[[], float] = time.monotonic
    path: Path | None = None
    named: Callable[[str], str] | None = None
    _strikes: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque), repr=False)
    _requests: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque), repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        if isinstance(self.exempt, str) or not all(isinstance(name, str) and name.strip() for name in self.exempt):
            # a string would exempt everybody who is called like one of its letters
            raise TypeError(f"`exempt` ({self.exempt!r}) must be a list of names")

    def spares(self, *known_as: str) -> bool:
        """Whether somebody with these names is exempt; names are told apart as those of accounts are, whatever their capitals."""
        return not {_folded(name) for name in known_as if name}.isdisjoint(map(_folded, self.exempt))

    def admit(self, key: str) -> Decision:
        """Whether this key may ask now; counts the request."""
        if self.spares(key):
            return ALLOWED
        with self._lock:
            now = self.clock()
            with self._kept(changes=False) as strikes:
                struck = self._recent(strikes, self._name(key), now)
            asked = self._recent(self._requests, key, now)
            if len(struck) >= self.max_strikes:
                return self._wait("strikes-001", "Too many refused requests", f"{self.max_strikes} strikes are", struck[0], now)
            if self.max_requests is not None and len(asked) >= self.max_requests:
                return self._wait("strikes-002", "Too many requests", f"{self.max_requests} requests are", asked[0], now)
            asked.append(now)
            return ALLOWED

    def count(self, key: str, decision: Decision) -> None:
        """Notes a refusal of what the key asked for; one that was not the key's fault does not count."""
        if decision.allowed or decision.layer in ("strikes", "unavailable") or self.spares(key):
            return
        with self._lock, self._kept() as strikes:
            strikes[self._name(key)].extend([self.clock()] * (self.absolute_weight if decision.absolute else 1))

    def forgive(self, key: str) -> None:
        """Forgets the strikes of a key, for an administrator who found them unjust."""
        self.forgive_named(self._name(key))

    def forgive_named(self, name: str) -> None:
        """Like `forgive`, for a key by what the file calls it."""
        with self._lock, self._kept() as strikes:
            strikes.pop(name, None)

    def _name(self, key: str) -> str:
        return self.named(key) if self.named and self.path else key

    @contextmanager
    def _kept(self, changes: bool = True) -> Iterator[dict[str, deque[float]]]:
        """The times of all strikes, by name; what is done to them is kept."""
        if self.path is None:
            yield self._strikes
            return
        if not changes and not self.path.exists():
            yield defaultdict(deque)
            return
        with locked(self.path) as file:
            strikes: dict[str, deque[float]] = defaultdict(deque)
            with suppress(ValueError, TypeError, AttributeError):  # a crash in the middle of a write; the next one mends it
                strikes.update({name: deque(map(float, times)) for name, times in json.loads(file.read() or b"{}").items()})
            yield strikes
            if changes:
                now = self.clock()
                recent = {name: list(times) for name in list(strikes) if (times := self._recent(strikes, name, now))}
                file.seek(0)
                file.write(json.dumps(recent).encode())
                file.truncate()

    def _recent(self, times: dict[str, deque[float]], key: str, now: float) -> deque[float]:
        kept = times[key]
        while kept and kept[0] <= now - self.window_s:
            kept.popleft()
        return kept

    def _wait(self, rule_id: str, name: str, limit: str, first: float, now: float) -> Decision:
        left_s = first + self.window_s - now
        minutes = max(1, round(left_s / 60))
        why = f"{limit} the most that one key may collect in {self.window_s / 60:g} minutes."
        return refusal(rule_id, "strikes", name, why, f"Wait {minutes} minutes.", layer="strikes", retry_after_s=max(1.0, left_s))


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).strip().casefold()
