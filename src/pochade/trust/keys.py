"""Who signs: a key pair of this installation, made at first start, or an organisation's certificate.

Environment variables, all optional:

- `POCHADE_KEYS`: folder of this installation's key pair; by default `signing` in the data folder.
- `POCHADE_SIGNING_CERTIFICATE`, `POCHADE_SIGNING_KEY`: PEM files of an organisation's certificate chain (leaf first) and private key.
- `POCHADE_TIMESTAMP_URL`: an RFC 3161 time-stamping authority that is asked for each signature; by default nobody is.
- `POCHADE_TRUSTED_CERTIFICATES`: PEM file of further roots whose signatures `verify` trusts.
"""

from __future__ import annotations

import datetime
import os
import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pochade.core.errors import SigningError
from pochade.core.files import kept_secret
from pochade.core.places import data_folder

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

FOLDER, CERTIFICATE, KEY = "POCHADE_KEYS", "POCHADE_SIGNING_CERTIFICATE", "POCHADE_SIGNING_KEY"
TIMESTAMPS, TRUSTED = "POCHADE_TIMESTAMP_URL", "POCHADE_TRUSTED_CERTIFICATES"
FILE = "signing.pem"
"""Private key, leaf and root in one file, so that they appear together or not at all."""
VALID_DAYS = 3650
ORGANISATION = "Pochade installation"


@dataclass(frozen=True)
class Credentials:
    """What signatures are made with.

    Attributes:
        algorithm: as C2PA names it: "es256", "es384", "es512", "ed25519" or "ps256".
        chain_pem: certificates, leaf first.
        key_pem: the leaf's private key, PKCS 8.
        root_pem: the last certificate of the chain: trusting it trusts these signatures.
        timestamp_url: of a time-stamping authority, or None.
    """

    algorithm: str
    chain_pem: str
    key_pem: str = field(repr=False)
    root_pem: str
    timestamp_url: str | None = None


def credentials() -> Credentials:
    """The organisation's credentials if it names some, else this installation's, made now if this is its first start.

    Raises:
        SigningError: if they cannot be read, do not belong together or cannot be made.
    """
    names = (os.environ.get(CERTIFICATE), os.environ.get(KEY))
    timestamp_url = os.environ.get(TIMESTAMPS) or None
    if any(names):
        if not all(names):
            raise SigningError(f"Got only one of {CERTIFICATE} and {KEY}; both or neither are accepted. Set the other one too.")
        return _organisation(str(names[0]), str(names[1]), timestamp_url)
    return _installation(key_folder(), timestamp_url)


def key_folder() -> Path:
    """Where this installation's key pair lies."""
    given = os.environ.get(FOLDER)
    return Path(given) if given else data_folder() / "signing"


def trusted_roots() -> str:
    """PEM text of all roots whose signatures count as trusted: our own, and those that the environment names.

    Raises:
        SigningError: if a file of roots cannot be read.
    """
    given = os.environ.get(TRUSTED)
    try:
        others = Path(given).read_text() if given else ""
    except (OSError, UnicodeDecodeError) as error:
        raise SigningError(f"Cannot read the trusted certificates in {given!r} ({error}). Check {TRUSTED}.") from error
    try:
        own = credentials().root_pem
    except SigningError:
        own = ""  # whoever cannot sign can still verify
    return "\n".join(part for part in (own, others) if part)


@lru_cache(maxsize=8)
def _installation(folder: Path, timestamp_url: str | None) -> Credentials:
    path = folder / FILE
    try:
        text = kept_secret(path, lambda: _made().encode()).decode()
    except OSError as error:
        raise SigningError(
            f"Pictures cannot be signed: the key pair in {str(folder)!r} can be neither read nor made ({error.strerror}). "
            f"Let Pochade write there, or name another folder in {FOLDER}."
        ) from error
    key_end = text.find("-----BEGIN CERTIFICATE-----")
    return _checked(text[key_end:], text[:key_end], str(path), timestamp_url)


@lru_cache(maxsize=8)
def _organisation(certificate: str, key: str, timestamp_url: str | None) -> Credentials:
    try:
        chain_pem, key_pem = Path(certificate).read_text(), Path(key).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise SigningError(f"Pictures cannot be signed: {certificate!r} or {key!r} cannot be read ({error}). Check their names.") from error
    return _checked(chain_pem, key_pem, certificate, timestamp_url)


def _checked(chain_pem: str, key_pem: str, source: str, timestamp_url: str | None) -> Credentials:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

    try:
        chain = x509.load_pem_x509_certificates(chain_pem.encode())
        private = load_pem_private_key(key_pem.encode(), None)
    except (ValueError, TypeError) as error:
        # the error's own text could quote the key
        raise SigningError(
            f"Pictures cannot be signed: {source!r} holds no readable PEM certificates with their key. Replace it."
        ) from error
    if private.public_key() != chain[0].public_key():
        raise SigningError(
            f"Pictures cannot be signed: the key does not belong to the first certificate in {source!r}. Give the one that does."
        )
    now = datetime.datetime.now(datetime.UTC)
    if not chain[0].not_valid_before_utc <= now <= chain[0].not_valid_after_utc:
        raise SigningError(
            f"Pictures cannot be signed: the certificate in {source!r} is valid from {chain[0].not_valid_before_utc:%Y-%m-%d} to "
            f"{chain[0].not_valid_after_utc:%Y-%m-%d}. Renew it, or remove the file to have a new one made."
        )
    return Credentials(_algorithm(private, source), chain_pem, key_pem, chain[-1].public_bytes(Encoding.PEM).decode(), timestamp_url)


def _algorithm(private: PrivateKeyTypes, source: str) -> str:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name in _CURVES:
        return _CURVES[private.curve.name]
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size >= 2048:
        return "ps256"
    raise SigningError(
        f"Pictures cannot be signed: the key of {source!r} is of a kind that C2PA does not accept; "
        "P-256, P-384, P-521, Ed25519 and RSA of 2048 bits or more are. Ask for another certificate."
    )


_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


def _made() -> str:
    """A new key with its certificate and their root, PEM. The root's key is forgotten: nobody can issue more in its name."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509 import (
        AuthorityKeyIdentifier,
        BasicConstraints,
        ExtendedKeyUsage,
        SubjectKeyIdentifier,
    )
    from cryptography.x509.oid import ExtendedKeyUsageOID

    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    number = secrets.token_hex(4)
    root_name, name = _name(f"root {number}"), _name(f"pictures {number}")
    root = (
        _certificate(root_name, root_name, root_key.public_key())
        .add_extension(BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(certificates=True), critical=True)
        .add_extension(SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    leaf = (
        _certificate(name, root_name, key.public_key())
        .add_extension(BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(certificates=False), critical=True)
        .add_extension(ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return (private + leaf.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM)).decode()


def _name(common_name: str) -> x509.Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION), x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _certificate(subject: x509.Name, issuer: x509.Name, public_key: object) -> x509.CertificateBuilder:
    from cryptography import x509

    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)  # type: ignore[arg-type]
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))  # clocks differ
        .not_valid_after(now + datetime.timedelta(days=VALID_DAYS))
    )


def _usage(certificates: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )
