from __future__ import annotations

import datetime
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pochade.core.errors import ProviderUnavailableError, SigningError
from pochade.trust import keys, manifests
from pochade.trust.manifests import Claim
from trust.pictures import saved, still_life


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv(keys.FOLDER, str(tmp_path / "keys"))
    for name in (keys.CERTIFICATE, keys.KEY, keys.TRUSTED, keys.TIMESTAMPS):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "keys"


def self_signed(tmp_path: Path, private=None, days: int = 30) -> tuple[Path, Path]:
    """Certificate and key files of an organisation."""
    private = private or ec.generate_private_key(ec.SECP384R1())
    name = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "An Organisation"), x509.NameAttribute(NameOID.COMMON_NAME, "pictures")]
    )
    issuer = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "An Organisation"), x509.NameAttribute(NameOID.COMMON_NAME, "root")])
    root_key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    unused = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only")
    usage = dict.fromkeys(unused, False)

    def built(subject, public, authority):
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(public)
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=60))
        builder = builder.not_valid_after(now + datetime.timedelta(days=days))
        builder = builder.add_extension(x509.BasicConstraints(authority, None), True)
        builder = builder.add_extension(x509.KeyUsage(digital_signature=True, key_cert_sign=authority, crl_sign=authority, **usage), True)
        if not authority:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
        builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), False)
        return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False).sign(root_key, hashes.SHA256())

    chain = [built(name, private.public_key(), False), built(issuer, root_key.public_key(), True)]
    certificate, key = tmp_path / "organisation.pem", tmp_path / "organisation.key"
    certificate.write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in chain))
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, key


def use(monkeypatch, certificate: Path, key: Path) -> None:
    monkeypatch.setenv(keys.CERTIFICATE, str(certificate))
    monkeypatch.setenv(keys.KEY, str(key))


def test_the_first_start_makes_a_key_pair_for_its_owners_eyes(folder):
    made = keys.credentials()
    path = folder / keys.FILE
    assert [path.name for path in folder.iterdir()] == [keys.FILE]
    if os.name != "nt":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(folder.stat().st_mode) == 0o700
    leaf, root = x509.load_pem_x509_certificates(made.chain_pem.encode())
    leaf.verify_directly_issued_by(root)
    assert leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value._usages == [ExtendedKeyUsageOID.EMAIL_PROTECTION]
    assert made.algorithm == "es256" and made.root_pem in made.chain_pem


def test_later_starts_use_the_same_one(folder):
    first = keys.credentials()
    keys._installation.cache_clear()
    assert keys.credentials() == first


def test_starting_twice_at_once_makes_one_key_pair(folder):
    def start(_):
        return keys._installation.__wrapped__(folder, None)

    with ThreadPoolExecutor(8) as pool:
        assert len({one.chain_pem for one in pool.map(start, range(8))}) == 1
    assert [path.name for path in folder.iterdir()] == [keys.FILE]


@pytest.mark.parametrize("private", [None, ed25519.Ed25519PrivateKey.generate()], ids=["P-384", "Ed25519"])
def test_an_organisation_signs_with_its_own_certificate(folder, tmp_path, monkeypatch, private):
    use(monkeypatch, *self_signed(tmp_path, private))
    signed = manifests.sign(saved(still_life(64)), Claim("x", "trainedAlgorithmicMedia"), keys.credentials())
    found = manifests.read(signed, keys.trusted_roots())
    assert found is not None and found.state == "trusted" and found.signer == "An Organisation, pictures"
    assert not folder.exists()


def test_the_key_never_shows(folder, tmp_path, monkeypatch):
    made = keys.credentials()
    secret = made.key_pem.split("\n")[1]
    assert secret not in repr(made) and secret not in str(made)
    certificate, key = self_signed(tmp_path)
    key.write_text(key.read_text()[:60] + "!!!!" + key.read_text()[64:])
    use(monkeypatch, certificate, key)
    with pytest.raises(SigningError) as caught:
        keys.credentials()
    assert "PRIVATE" not in str(caught.value) and key.read_text()[40:80] not in str(caught.value)


def test_what_cannot_sign_is_refused_with_the_way_out(folder, tmp_path, monkeypatch):
    certificate, _ = self_signed(tmp_path)
    monkeypatch.setenv(keys.CERTIFICATE, str(certificate))
    with pytest.raises(SigningError, match=f"{keys.KEY}; both or neither"):
        keys.credentials()
    monkeypatch.setenv(keys.KEY, str(tmp_path / "nowhere"))
    with pytest.raises(SigningError, match="cannot be read"):
        keys.credentials()
    (tmp_path / "other").mkdir()
    _, other = self_signed(tmp_path / "other")
    use(monkeypatch, certificate, other)
    with pytest.raises(SigningError, match="does not belong to"):
        keys.credentials()
    (tmp_path / "old").mkdir()
    use(monkeypatch, *self_signed(tmp_path / "old", days=-1))
    with pytest.raises(SigningError, match="Renew it"):
        keys.credentials()
    (tmp_path / "odd").mkdir()
    use(monkeypatch, *self_signed(tmp_path / "odd", ec.generate_private_key(ec.SECP256K1())))
    with pytest.raises(SigningError, match="C2PA does not accept"):
        keys.credentials()


def test_a_folder_that_cannot_be_written_is_named(folder, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(keys.FOLDER, str(tmp_path / "file" / "keys"))
    with pytest.raises(SigningError, match=rf"can be neither read nor made.*{keys.FOLDER}") as caught:
        keys.credentials()
    assert isinstance(caught.value, ProviderUnavailableError) and caught.value.retry_after_s, "the queue tries again"
    assert keys.trusted_roots() == "", "whoever cannot sign can still verify"
