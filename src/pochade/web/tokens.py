"""The installation's secret key, and what is derived from it: CSRF tokens and links that open one file for a while."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from pathlib import Path

from pochade.core.errors import OutputError
from pochade.core.files import kept_secret


def server_key(path: Path, given: str | None) -> bytes:
    """32 bytes that only this installation knows: from `given`, else from the file `path`, drawn at the first start.

    Raises:
        OutputError: if the file cannot be written.
    """
    if given is not None:
        return hashlib.sha256(given.encode()).digest()
    try:
        return kept_secret(path, lambda: secrets.token_bytes(32))
    except OSError as error:
        raise OutputError(
            f"Cannot keep the server's key in {str(path)!r} ({error.strerror}). Choose a folder you may write to, with --data."
        ) from error


def csrf_token(key: bytes, session_secret: str) -> str:
    """The token that forms of this login carry: no other site can know it."""
    return _mac(key, "csrf", session_secret)


def sign_link(key: bytes, path: str, expires_at: int) -> str:
    """A signature that opens `path` without a login until `expires_at` (Unix seconds)."""
    return _mac(key, "link", f"{expires_at}\n{path}")


def is_signed(key: bytes, path: str, expires_at: int, signature: str) -> bool:
    """Whether `sign_link` gave this signature, and it still holds."""
    return expires_at > time.time() and hmac.compare_digest(sign_link(key, path, expires_at).encode(), signature.encode())


def _mac(key: bytes, purpose: str, text: str) -> str:
    return hmac.new(key, f"{purpose}\n{text}".encode(), hashlib.sha256).hexdigest()
