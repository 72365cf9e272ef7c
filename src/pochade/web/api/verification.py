"""`/v1/verify`: whether a machine made a file, and how that shows. For anybody; nothing that is sent is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

import anyio
import anyio.to_thread
from fastapi import APIRouter, File, Query, Request, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from pochade.core.errors import InvalidRequestError, SigningError
from pochade.web.api.errors import Refusal, error_responses
from pochade.web.auth import Attempts, is_known
from pochade.web.state import studio_of

if TYPE_CHECKING:
    from pochade.trust.verify import Verdict

router = APIRouter(prefix="/v1/verify", tags=["verification"])
TIMEOUT_S = 20.0
WINDOW_S = 600.0
MAX_NAME_CHARS = 200
ReportFormat = Literal["json", "pdf"]
MEDIA_TYPES: Mapping[ReportFormat, str] = {"json": "application/json", "pdf": "application/pdf"}


class Examinations:
    """Looks at files in processes of their own, few at once, and not endlessly many for one address.

    Args:
        most: files within `WINDOW_S` that one address may have looked at.
        at_once: each takes up to 4 GiB while it lasts.
        waiting: files that may wait for their turn, beyond which new ones are refused.
    """

    def __init__(self, most: int, at_once: int = 2, waiting: int = 16):
        self._by_address = Attempts(most, WINDOW_S)
        self._turns = anyio.CapacityLimiter(at_once)
        self._waiting = waiting

    def count(self, address: str) -> None:
        """Counts one file of an address.

        Raises:
            Refusal: 429, if it has had its share.
        """
        wait_s = self._by_address.wait_s(address)
        if wait_s > 0:
            message = f"Too many files from {address or 'this address'}. Try again in {max(1, round(wait_s / 60))} minutes, or log in."
            raise Refusal(429, message, "quota_exceeded", None, wait_s)
        self._by_address.fail(address)

    async def look(self, data: bytes) -> Verdict:
        """The verdict on a file.

        Raises:
            Refusal: 503, if too many wait, or this server's certificates cannot be read.
        """
        if self._turns.statistics().tasks_waiting >= self._waiting:
            raise Refusal(503, "Many files are being looked at. Try again shortly.", "overloaded", None, 5)

        def look() -> Verdict:
            from pochade.trust.verify import verify_bytes

            return verify_bytes(data, timeout_s=TIMEOUT_S)

        try:
            return await anyio.to_thread.run_sync(look, limiter=self._turns)
        except SigningError as error:
            raise _unsigned(error) from error


async def examined(request: Request, file: UploadFile | None) -> tuple[str, Verdict]:
    """Name of the file that was sent, and the verdict on it.

    Raises:
        InvalidRequestError: if none was sent.
        Refusal: if it is too large, or cannot be looked at now.
    """
    studio = studio_of(request)
    if file is None or not (file.filename or file.size):
        raise InvalidRequestError("Got no file; one is accepted, of any kind. Choose a picture.", "file")
    if not await is_known(request):
        studio.examinations.count(request.client.host if request.client else "")
    most = studio.settings.max_upload_bytes
    data = await file.read(most + 1)
    if len(data) > most:
        got = f"{file.size:,}" if file.size else f"more than {most:,}"
        raise Refusal(413, f"Got a file of {got} bytes; up to {most:,} are accepted. Save the picture smaller.", "too_large", "file")
    return _plain(file.filename or ""), await studio.examinations.look(data)


async def report_of(name: str, verdict: Verdict, format: ReportFormat) -> bytes:
    """The signed report on one file.

    Raises:
        Refusal: 503, if it cannot be signed.
    """

    def write() -> bytes:
        from pochade.trust.report import pdf_report, signed_report

        return (pdf_report if format == "pdf" else signed_report)({name: verdict})

    try:
        return await anyio.to_thread.run_sync(write)
    except SigningError as error:
        raise _unsigned(error) from error


def _plain(name: str) -> str:
    """A file's name as its sender calls it, without what would break a line."""
    return "".join(char for char in name if char.isprintable())[:MAX_NAME_CHARS] or "file"


def _unsigned(error: SigningError) -> Refusal:
    return Refusal(503, str(error), "signing_unavailable", None, error.retry_after_s)


class ManifestAnswer(BaseModel):
    """What the C2PA manifest says."""

    state: Annotated[Literal["trusted", "valid", "invalid"], Field(description="valid: whole, by a signer who is not known here.")]
    faults: list[str]
    signer: str
    generator: str
    source_types: list[str]
    models: list[str]
    actions: list[str]
    watermark_ids: list[str]
    training: dict[str, str]
    ingredients: list[str]
    signed_at: str | None


class WatermarkAnswer(BaseModel):
    """What the search for Pochade's watermark found."""

    found: bool
    score: Annotated[float, Field(description="Evidence above the threshold, in standard deviations.")]
    scale: float
    change: str
    orientation: Annotated[str, Field(description="How the picture was mirrored or turned by right angles; upright if it was not.")]
    searched: Annotated[bool, Field(description="False for pictures too small to hold one.")]
    id: Annotated[str | None, Field(description="16 hexadecimal digits; null where it cannot be read.")]


class FindingsAnswer(BaseModel):
    """Everything that was seen."""

    sha256: str
    size_bytes: int
    format: str | None
    width_px: int
    height_px: int
    damage: Annotated[str, Field(description="Why the picture could not be read; empty if it could.")]
    manifest: ManifestAnswer | None
    watermark: WatermarkAnswer | None
    source_type: Annotated[str | None, Field(description="Of XMP or IPTC.")]
    recipe: Annotated[str | None, Field(description="Pochade's recipe, JSON.")]
    same_pixels: Annotated[bool, Field(description="The pixels are, bit for bit, those that the recipe was written for.")]
    recipe_watermark: str | None


class VerdictAnswer(BaseModel):
    """Whether a machine made the file, and how that shows."""

    conclusion: Literal["signed", "signed by others", "tampered", "marked", "claimed", "nothing", "unreadable"]
    sentence: str
    techniques: list[Literal["manifest", "watermark", "metadata", "recipe"]]
    generated: Annotated[bool | None, Field(description="True: a machine made or changed it; null: nothing can be said.")]
    source_type: Annotated[str | None, Field(description="The last part of IPTC's URI.")]
    findings: FindingsAnswer


class SignedReport(BaseModel):
    """The same as a report: the payload of the signature (JWS, RFC 7515, compact) is the report."""

    model_config = ConfigDict(extra="forbid")

    report: dict
    signature: str


ANSWERS = {
    200: {
        "model": VerdictAnswer | SignedReport,
        "description": "The verdict; with `report` the signed report instead",
        "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
    },
    **error_responses(400, 413, 429, 500, 503),
}


@router.post("", summary="Tell whether a machine made a file", response_class=Response, responses=ANSWERS)
async def verify(
    request: Request,
    file: Annotated[UploadFile, File(description="Anything; PNG, JPEG and WebP are understood, whatever the name says.")],
    report: Annotated[ReportFormat | None, Query(description="A signed report instead of the verdict.")] = None,
) -> Response:
    name, verdict = await examined(request, file)
    if report is None:
        return Response(VerdictAnswer.model_validate(verdict.to_dict()).model_dump_json(), media_type=MEDIA_TYPES["json"])
    headers = {"content-disposition": f'attachment; filename="verification-report.{report}"'}
    return Response(await report_of(name, verdict, report), media_type=MEDIA_TYPES[report], headers=headers)
