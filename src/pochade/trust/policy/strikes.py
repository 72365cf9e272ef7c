"""How often one key may be refused, and how fast it may ask."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from pochade.trust.policy.decision import ALLOWED, Decision, refusal


@dataclass
class Strikes:
    """Counts refusals and requests by key, in this process's memory. Safe to use from several threads.

    Attributes:
        max_strikes: refusals within `window_s` after which the key has to wait; one in an absolute category counts `absolute_weight`.
        max_requests: requests within `window_s`; None: as many as it likes (admission has its own limits).
        window_s: how long each counts.
        exempt: keys that are neither counted nor stopped, e.g. an auditor's, whose work is to be refused.
        clock: seconds, increasing.
    """

    max_strikes: int = 10
    absolute_weight: int = 3
    max_requests: int | None = None
    window_s: float = 3600.0
    exempt: Collection[str] = ()
    clock: Callable[[], float] = time.monotonic
    _strikes: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque), repr=False)
    _requests: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque), repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def admit(self, key: str) -> Decision:
        """Whether this key may ask now; counts the request."""
        if key in self.exempt:
            return ALLOWED
        with self._lock:
            now = self.clock()
            struck, asked = self._recent(self._strikes, key, now), self._recent(self._requests, key, now)
            if len(struck) >= self.max_strikes:
                return self._wait("strikes-001", "Too many refused requests", f"{self.max_strikes} strikes are", struck[0], now)
            if self.max_requests is not None and len(asked) >= self.max_requests:
                return self._wait("strikes-002", "Too many requests", f"{self.max_requests} requests are", asked[0], now)
            asked.append(now)
            return ALLOWED

    def count(self, key: str, decision: Decision) -> None:
        """Notes a refusal of what the key asked for; one that was not the key's fault does not count."""
        if decision.allowed or decision.layer in ("strikes", "unavailable") or key in self.exempt:
            return
        with self._lock:
            self._strikes[key].extend([self.clock()] * (self.absolute_weight if decision.absolute else 1))

    def forgive(self, key: str) -> None:
        """Forgets the strikes of a key, for an administrator who found them unjust."""
        with self._lock:
            self._strikes.pop(key, None)

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
