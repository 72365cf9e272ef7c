"""What every part of the store shares: the database, the blobs, the clock, new ids, and who may do what."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from pochade.core.errors import ForbiddenError
from pochade.store.blobs import Blobs
from pochade.store.database import Database
from pochade.store.records import User


@dataclass(frozen=True)
class Context:
    """Shared by the parts of one store.

    Attributes:
        key: installation secret, at least 32 bytes; what is hashed with it cannot be checked without it.
        clock: Unix time in seconds.
    """

    database: Database
    blobs: Blobs
    key: bytes
    clock: Callable[[], float] = time.time

    def hashed(self, secret: str) -> str:
        """Keyed hash of a secret of 256 random bits. Source: RFC 2104, HMAC with SHA-256."""
        return hmac.new(self.key, secret.encode(), hashlib.sha256).hexdigest()


def new_id() -> str:
    """32 hexadecimal digits: microseconds since 1970, then 72 random bits."""
    return f"{time.time_ns() // 1000:014x}{secrets.token_hex(9)}"


def require_admin(acting: User, what: str) -> None:
    """Raises ForbiddenError unless the acting user is an administrator."""
    if not acting.is_admin:
        raise ForbiddenError(f"{acting.name!r} may not {what}; administrators may. Ask one.")
