"""Signed reports of the detector: JSON that anyone can check with the certificate inside, and the same as a PDF to read."""

from __future__ import annotations

import base64
import datetime
import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pochade import __version__
from pochade.core.errors import InvalidRequestError, SigningError
from pochade.trust import keys
from pochade.trust.verify import Verdict

FORMAT = "pochade-verification-report/1"


@dataclass(frozen=True)
class Checked:
    """A report whose signature was checked.

    Attributes:
        report: its content.
        signer: name of the certificate.
        trusted: whether its root is one that is trusted here.
    """

    report: Mapping[str, Any]
    signer: str
    trusted: bool


def signed_report(verdicts: Mapping[str, Verdict], made_at: datetime.datetime | None = None) -> bytes:
    """The verdicts as signed JSON: `{"report": ..., "signature": "<JWS, RFC 7515, compact>"}`; the signature's payload is the report.

    Args:
        verdicts: name of each file, as its owner calls it, to the verdict.
        made_at: None: now.

    Raises:
        SigningError: if there is no usable key.
    """
    report = {
        "format": FORMAT,
        "made_at": (made_at or datetime.datetime.now(datetime.UTC)).isoformat(timespec="seconds"),
        "made_by": f"Pochade {__version__}",
        "files": [{"name": name, **one.to_dict()} for name, one in verdicts.items()],
    }
    signature = _jws(json.dumps(report, sort_keys=True, separators=(",", ":")).encode())
    return json.dumps({"report": report, "signature": signature}, indent=1).encode() + b"\n"


def check_report(data: bytes, trusted_roots: str | None = None) -> Checked:
    """Checks a report of `signed_report`.

    Args:
        trusted_roots: PEM; None: those of this installation.

    Raises:
        InvalidRequestError: if it is no report, or its signature does not hold.
    """
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    try:
        raw = json.loads(data)
        header_text, payload_text, signature_text = raw["signature"].split(".")
        header = json.loads(_unpacked(header_text))
        chain = [x509.load_der_x509_certificate(base64.b64decode(text)) for text in header["x5c"]]
        _verify(chain[0].public_key(), header["alg"], f"{header_text}.{payload_text}".encode(), _unpacked(signature_text))
        _check_chain(chain)
        if json.loads(_unpacked(payload_text)) != raw["report"]:
            raise InvalidSignature
    except InvalidSignature as error:
        raise InvalidRequestError("The report was changed after it was signed. Ask for the original.", field="report") from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        raise InvalidRequestError(
            "Got no report of Pochade; the JSON that `pochade verify --report` writes is accepted.", "report"
        ) from error
    roots = keys.trusted_roots() if trusted_roots is None else trusted_roots
    known = x509.load_pem_x509_certificates(roots.encode()) if roots else []
    return Checked(raw["report"], chain[0].subject.rfc4514_string(), chain[-1] in known)


def pdf_report(verdicts: Mapping[str, Verdict], made_at: datetime.datetime | None = None) -> bytes:
    """The same as a PDF, with the signed JSON attached.

    Raises:
        SigningError: if there is no usable key.
    """
    import fpdf

    signed = signed_report(verdicts, made_at)
    report = json.loads(signed)["report"]
    pdf: Any = fpdf.FPDF()  # its types know whole points only
    pdf.set_title("Verification report")
    pdf.set_margin(20)
    pdf.add_page()

    def line(text: str, size: float = 10, style: str = "", grey: int = 0, gap: float = 0) -> None:
        pdf.set_font("helvetica", style, size)
        pdf.set_text_color(grey)
        # the built-in fonts know Latin-1; the attached JSON has every character
        plain = text.encode("latin-1", "replace").decode("latin-1")
        pdf.multi_cell(0, size * 0.5, plain, new_x="LMARGIN", new_y="NEXT", align="L")
        pdf.ln(gap)

    line("Verification report", 20, "B", gap=2)
    line(
        f"{report['made_at']}, {report['made_by']}. SHA-256 of the attached signed JSON: {hashlib.sha256(signed).hexdigest()}",
        8,
        grey=110,
        gap=6,
    )
    for name, one in verdicts.items():
        line(name, 13, "B", gap=1)
        line(one.sentence, 11, gap=2)
        for label, value in rows(one):
            line(f"{label}: {value}", 9, grey=70)
        pdf.ln(6)
    pdf.embed_file(bytes=signed, basename="report.json", desc="The report, signed", compress=True)
    return bytes(pdf.output())


def rows(verdict: Verdict) -> list[tuple[str, str]]:
    """What was found, one labelled line each, for people."""
    found, lines = verdict.findings, []
    size = f", {found.width_px} x {found.height_px} pixels" if found.width_px else ""
    lines.append(("file", f"{found.format or 'of unknown format'}{size}, {found.size_bytes:,} bytes, SHA-256 {found.sha256}"))
    manifest = found.manifest
    if manifest is None:
        lines.append(("manifest", "none"))
    else:
        faults = f" ({', '.join(manifest.faults)})" if manifest.faults else ""
        lines.append(("manifest", f"{manifest.state}{faults}"))
        pairs: Sequence[tuple[str, str]] = (
            ("signed by", manifest.signer),
            ("signed at", manifest.signed_at or ""),
            ("says", ", ".join((*manifest.source_types, *manifest.actions))),
            ("model", ", ".join(manifest.models)),
            ("made from", ", ".join(manifest.ingredients)),
        )
        lines += [(label, value) for label, value in pairs if value]
    watermark = found.watermark
    if watermark is None or not watermark.searched:
        lines.append(("watermark", "not searched"))
    elif not watermark.found:
        lines.append(("watermark", f"not found (score {watermark.score:.1f}, below the threshold of 0)"))
    else:
        number = "id not readable" if watermark.number is None else f"id {watermark.number:016x}"
        change = "neither cropped nor resized" if watermark.change == "none" else f"{watermark.change}, scale {watermark.scale:.2f}"
        if watermark.orientation != "upright":
            change = f"{watermark.orientation}, {change}"
        lines.append(("watermark", f"found, {number}, {change} (score {watermark.score:.1f})"))
    lines.append(("metadata", found.source_type or "none"))
    kept = ", pixels unchanged" if found.same_pixels else ""
    lines.append(("recipe", "none" if found.recipe is None else f"{json.loads(found.recipe)['model_id']}{kept}"))
    return lines


def _jws(payload: bytes) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

    credentials = keys.credentials()
    chain = x509.load_pem_x509_certificates(credentials.chain_pem.encode())
    header = {
        "typ": FORMAT,
        "alg": credentials.algorithm,
        "x5c": [base64.b64encode(one.public_bytes(Encoding.DER)).decode() for one in chain],
    }
    signed = f"{_packed(json.dumps(header).encode())}.{_packed(payload)}"
    private: Any = load_pem_private_key(credentials.key_pem.encode(), None)
    return f"{signed}.{_packed(_sign(private, credentials.algorithm, signed.encode()))}"


_CURVE_BYTES = {"es256": 32, "es384": 48, "es512": 66}


def _hash(algorithm: str) -> Any:
    from cryptography.hazmat.primitives import hashes

    return {"es384": hashes.SHA384(), "es512": hashes.SHA512()}.get(algorithm, hashes.SHA256())


def _sign(private: Any, algorithm: str, data: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import ec, padding
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    if algorithm in _CURVE_BYTES:
        numbers = decode_dss_signature(private.sign(data, ec.ECDSA(_hash(algorithm))))
        return b"".join(number.to_bytes(_CURVE_BYTES[algorithm], "big") for number in numbers)
    if algorithm == "ed25519":
        return private.sign(data)
    if algorithm == "ps256":
        return private.sign(data, padding.PSS(padding.MGF1(_hash(algorithm)), padding.PSS.DIGEST_LENGTH), _hash(algorithm))
    raise SigningError(f"Reports cannot be signed with {algorithm}. Use another certificate.")


def _verify(public: Any, algorithm: str, data: bytes, signature: bytes) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, padding
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    if algorithm in _CURVE_BYTES:
        half = len(signature) // 2
        numbers = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
        public.verify(encode_dss_signature(*numbers), data, ec.ECDSA(_hash(algorithm)))
    elif algorithm == "ed25519":
        public.verify(signature, data)
    else:
        public.verify(signature, data, padding.PSS(padding.MGF1(_hash(algorithm)), padding.PSS.DIGEST_LENGTH), _hash(algorithm))


def _check_chain(chain: Sequence[Any]) -> None:
    """Raises InvalidSignature or ValueError unless each certificate was issued by the next."""
    for certificate, issuer in itertools.pairwise(chain):
        certificate.verify_directly_issued_by(issuer)


def _packed(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
