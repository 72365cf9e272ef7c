"""Signatures under audits and checkpoints: an Ed25519 key per installation, and DSSE envelopes."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pochade.core.errors import InvalidRequestError
from pochade.core.files import kept_secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"


class Signer(Protocol):
    """Something that signs; the key never leaves it."""

    @property
    def public_key(self) -> bytes:
        """32 bytes, raw Ed25519."""
        ...

    def sign(self, message: bytes) -> bytes: ...


@dataclass(frozen=True)
class KeyFile:
    """An Ed25519 key in memory, read from a file."""

    private: Ed25519PrivateKey

    @property
    def public_key(self) -> bytes:
        return self.private.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self.private.sign(message)


def key_file(path: Path) -> KeyFile:
    """The key in `path` (PKCS #8, PEM); made, readable by its owner only, if there is none.

    Raises:
        InvalidRequestError: if the file holds no Ed25519 key.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    def drawn() -> bytes:
        return Ed25519PrivateKey.generate().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    try:
        private = serialization.load_pem_private_key(kept_secret(path, drawn), password=None)
    except (ValueError, TypeError) as error:
        raise InvalidRequestError(f"{path} holds no readable key. Restore it, or move it away to have a new one made.") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise InvalidRequestError(f"{path} holds a key of another kind; Ed25519 is accepted. Move it away to have a new one made.")
    return KeyFile(private)


def key_id(public_key: bytes) -> str:
    """A name for a public key: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def verified(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether an Ed25519 signature is right."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def canonical(value: Any) -> bytes:
    """JSON with sorted keys and no spaces, UTF-8: the bytes that are hashed and signed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def envelope(statement: dict[str, Any], signer: Signer) -> dict[str, Any]:
    """A statement in a signed DSSE envelope; the public key travels along.

    Source: DSSE v1.0, protocol.md.
    """
    payload = canonical(statement)
    return {
        "payloadType": PAYLOAD_TYPE,
        "payload": base64.b64encode(payload).decode(),
        "signatures": [
            {
                "keyid": key_id(signer.public_key),
                "sig": base64.b64encode(signer.sign(_encoded(payload))).decode(),
                "publicKey": base64.b64encode(signer.public_key).decode(),
            }
        ],
    }


def opened(raw: Any, public_key: bytes | None = None) -> tuple[dict[str, Any], bytes]:
    """The statement in an envelope and the key that signed it.

    Args:
        public_key: the key that must have signed; None: whichever the envelope names.

    Raises:
        InvalidRequestError: if it is no envelope, or its signature is wrong.
    """
    try:
        payload = base64.b64decode(raw["payload"], validate=True)
        signature = raw["signatures"][0]
        signed_by = base64.b64decode(signature["publicKey"], validate=True)
        signed = base64.b64decode(signature["sig"], validate=True)
        statement = json.loads(payload)
        if raw["payloadType"] != PAYLOAD_TYPE or not isinstance(statement, dict):
            raise ValueError("not an in-toto statement")
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise InvalidRequestError(f"This is no signed statement ({error}). Give a file that `pochade audit run` wrote.") from error
    if public_key is not None and signed_by != public_key:
        raise InvalidRequestError(
            f"The statement is signed by key {key_id(signed_by)}; {key_id(public_key)} was expected. Ask its author which key is theirs."
        )
    if not verified(signed_by, signed, _encoded(payload)):
        raise InvalidRequestError("The statement's signature is wrong: it was changed later. Ask its author for the original.")
    return statement, signed_by


def _encoded(payload: bytes) -> bytes:
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
