"""Importing photographs: licences, captions, duplicates, opt-outs; nothing dropped silently."""

from __future__ import annotations

import datetime
import io
import json

import numpy as np
import pytest
from PIL import Image

from pochade.core.errors import DataError, InvalidRequestError
from pochade.data import ledger, photos, shards
from pochade.data.licences import OWNED, licence
from pochade.data.optout import Reservations, objections
from pochade.data.packing import fitted

pytest.importorskip("pyarrow")

OWN = photos.Source(licence("", holds_rights=True), "own shoot")


def picture(seed, width=200, height=150):
    cells = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), np.uint8)
    return Image.fromarray(cells).resize((width, height), Image.Resampling.BICUBIC)


def save(folder, name, image, caption="a mug", **options):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)
    if caption:
        path.with_suffix(".txt").write_text(caption)
    return path


def outcomes(folder, out, source=OWN):
    return {decision.file: (decision.outcome, decision.reason) for decision in photos.import_photos(folder, out, source)}


@pytest.mark.parametrize(("given", "found", "credit"), [("cc0-1.0", "CC0-1.0", False), (" CC-BY-4.0 ", "CC-BY-4.0", True)])
def test_licences_that_allow_training(given, found, credit):
    assert (licence(given).spdx, licence(given).credit, licence(given).stated) == (found, credit, False)


@pytest.mark.parametrize(
    ("given", "why"), [("CC-BY-NC-4.0", "commercial"), ("CC-BY-ND-4.0", "adaptations"), ("mine", "not known"), ("", "not known")]
)
def test_licences_that_do_not_unless_the_rights_are_held(given, why):
    with pytest.raises(InvalidRequestError, match=f"{why}.*--i-hold-the-rights"):
        licence(given)
    assert licence(given, holds_rights=True).stated and licence(given, True).spdx == (given or OWNED)


def test_every_file_is_accounted_for(tmp_path):
    folder, out = tmp_path / "in", tmp_path / "out"
    save(folder, "a.png", picture(1), "a red mug\n\n a mug on oak ")
    save(folder, "deep/b.jpg", picture(2), "a blue mug")
    save(folder, "copy.webp", picture(1), lossless=True)
    save(folder, "near.jpg", picture(2).resize((260, 195)), quality=60)
    save(folder, "silent.png", picture(3), caption="")
    save(folder, "tiny.png", picture(4, 64, 64))
    (folder / "torn.png").write_bytes((folder / "a.png").read_bytes()[:900])
    (folder / "notes.md").write_text("not a picture")
    found = outcomes(folder, out)
    assert {name: outcome for name, (outcome, _) in found.items()} == {
        "a.png": "imported", "copy.webp": "duplicate", "deep/b.jpg": "imported", "near.jpg": "near duplicate", "silent.png": "no caption",
        "tiny.png": "too small", "torn.png": "unreadable",
    }  # fmt: skip
    assert "a.png" in found["copy.webp"][1] and "deep/b.jpg" in found["near.jpg"][1]
    assert all(not verdict.faults for verdict in ledger.verify(out))
    first, second = shards.read_samples(out, 0)
    assert first.captions == (("given", "a red mug"), ("given", "a mug on oak")) and first.family == "photo" and first.guide is None
    assert first.ledger["file"] == "a.png" and first.ledger["licence"] == OWNED and "states" in first.ledger["rights"]
    assert np.abs(fitted(second.picture, 200, 150).astype(int) - np.asarray(picture(2))).mean() < 6


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("captions.csv", "file,caption\na.png,a mug\n"),
        ("captions.jsonl", '{"file": "a.png", "caption": "a mug"}\n'),
        ("metadata.jsonl", '{"file_name": "a.png", "text": "a mug"}\n'),
    ],
)
def test_captions_from_a_table(tmp_path, name, text):
    save(tmp_path / "in", "a.png", picture(1), caption="")
    (tmp_path / "in" / name).write_text(text)
    assert outcomes(tmp_path / "in", tmp_path / "out")["a.png"][0] == "imported"
    assert next(shards.read_samples(tmp_path / "out", 0)).captions == (("given", "a mug"),)


def test_pictures_are_turned_as_exif_says_and_stand_on_white(tmp_path):
    image = picture(1)
    exif = image.getexif()
    exif[0x0112] = 6  # to be turned a quarter clockwise
    save(tmp_path / "in", "a.png", image, exif=exif)
    clear = Image.new("RGBA", (150, 150), (0, 0, 0, 0))
    clear.paste((200, 30, 30, 255), (0, 0, 75, 150))
    save(tmp_path / "in", "b.png", clear)
    outcomes(tmp_path / "in", tmp_path / "out")
    turned, clear_sample = shards.read_samples(tmp_path / "out", 0)
    assert (turned.width_px, turned.height_px) == (150, 200)
    assert fitted(clear_sample.picture, 150, 150)[75, 140].min() > 250


def test_what_cannot_be_imported_at_all(tmp_path):
    with pytest.raises(DataError, match="holds no pictures"):
        outcomes(tmp_path, tmp_path / "out")
    save(tmp_path / "in", "a.png", picture(1), caption="")
    with pytest.raises(DataError, match="None of the 1 pictures"):
        outcomes(tmp_path / "in", tmp_path / "out")
    save(tmp_path / "in", "a.png", picture(1))
    with pytest.raises(DataError, match="empty source"):
        outcomes(tmp_path / "in", tmp_path / "out", photos.Source(OWN.licence, " "))
    outcomes(tmp_path / "in", tmp_path / "out")
    with pytest.raises(DataError, match="holds data already"):
        outcomes(tmp_path / "in", tmp_path / "out")
    (tmp_path / "in" / "captions.csv").write_text("name,words\na.png,a mug\n")
    with pytest.raises(DataError, match="needs the columns file and caption"):
        outcomes(tmp_path / "in", tmp_path / "elsewhere")


XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description {} /></rdf:RDF></x:xmpmeta>'
)
PLUS = "http://ns.useplus.org/ldf/vocab/"


@pytest.mark.parametrize(
    ("attribute", "allowed"),
    [
        (f'plus:DataMining="{PLUS}DMI-PROHIBITED"', False),
        (f'plus:DataMining="{PLUS}DMI-PROHIBITED-AIMLTRAINING"', False),
        (f'plus:DataMining="{PLUS}DMI-PROHIBITED-EXCEPTSEARCHENGINEINDEXING"', False),
        (f'plus:DataMining="{PLUS}DMI-ALLOWED"', True),
        (f'plus:DataMining="{PLUS}DMI-UNSPECIFIED"', True),
        ('tdm:reservation="1"', False),
        ('tdm:reservation="0"', True),
        ('dc:format="image/jpeg"', True),
    ],
)
def test_metadata_are_heeded(tmp_path, attribute, allowed):
    path = save(tmp_path, "a.jpg", picture(1), xmp=XMP.format(attribute).encode())
    assert (objections(path, path.read_bytes(), tmp_path, Reservations()) == ()) is allowed


def test_reservations_of_a_site_are_heeded(tmp_path):
    folder = tmp_path / "in"
    for name in ("free/a.png", "kept/b.png", "c.png"):
        save(folder, name, picture(len(name) + ord(name[0])))
    (folder / "c.png.headers").write_text("HTTP/1.1 200 OK\nTDM-Reservation: 1\n")
    rules = [{"location": "/free/", "tdm-reservation": 0}, {"location": "/*/b.png$", "tdm-reservation": 1}]
    (folder / "tdmrep.json").write_text(json.dumps(rules))
    found = outcomes(folder, tmp_path / "out")
    assert [found[name][0] for name in ("free/a.png", "kept/b.png", "c.png")] == ["imported", "opted out", "opted out"]
    (folder / "tdmrep.json").write_text("{")
    with pytest.raises(DataError, match="what it reserves is unknown"):
        outcomes(folder, tmp_path / "other")


@pytest.mark.parametrize(
    ("label", "use", "allowed"),
    [
        ("c2pa.training-mining", "notAllowed", False),
        ("cawg.training-mining", "notAllowed", False),
        ("c2pa.training-mining", "allowed", True),
    ],
)
def test_content_credentials_are_heeded(tmp_path, label, use, allowed):
    entry = {"cawg.training-mining": "cawg.ai_generative_training", "c2pa.training-mining": "c2pa.ai_training"}[label]
    path = tmp_path / "a.png"
    path.write_bytes(signed(picture(1), {"label": label, "data": {"entries": {entry: {"use": use}}}}))
    found = objections(path, path.read_bytes(), tmp_path, Reservations())
    assert found == () if allowed else found == (f"its Content Credentials say {entry}: {use}",)


def signed(image, assertion):
    """A PNG with a manifest that holds the assertion, signed by a root and leaf made here."""
    import c2pa
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    now = datetime.datetime.now(datetime.UTC)

    def certificate(name, key, issuer, issuer_key, leaf):
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "test")])
        usage = dict.fromkeys(
            ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False
        )
        builder = (
            x509.CertificateBuilder().subject_name(subject).issuer_name(issuer or subject).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=30)).add_extension(x509.BasicConstraints(not leaf, None), critical=True)
            .add_extension(x509.KeyUsage(digital_signature=leaf, key_cert_sign=not leaf, crl_sign=not leaf, **usage), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        )  # fmt: skip
        if leaf:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        return builder.sign(issuer_key, hashes.SHA256())

    root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = certificate("root", root_key, None, root_key, leaf=False)
    leaf = certificate("leaf", key, root.subject, root_key, leaf=True)
    chain = b"".join(one.public_bytes(serialization.Encoding.PEM) for one in (leaf, root))
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    info = c2pa.C2paSignerInfo(alg=b"es256", sign_cert=chain, private_key=pem, ta_url=None)
    created = {
        "label": "c2pa.actions",
        "data": {
            "actions": [{"action": "c2pa.created", "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"}]
        },
    }
    manifest = {"claim_generator_info": [{"name": "test", "version": "1"}], "format": "image/png", "assertions": [created, assertion]}
    plain, out = io.BytesIO(), io.BytesIO()
    image.save(plain, "PNG")
    plain.seek(0)
    with c2pa.Signer.from_info(info) as signer, c2pa.Builder(manifest) as builder:
        builder.sign(signer, "image/png", plain, out)
    return out.getvalue()
