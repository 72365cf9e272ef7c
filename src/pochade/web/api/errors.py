"""Errors as the clients of each interface expect them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from pochade.core.errors import (
    CancelledError,
    ForbiddenError,
    IdempotencyError,
    InvalidRequestError,
    NotFoundError,
    NotUnderstoodError,
    OverloadedError,
    PochadeError,
    PolicyRefusedError,
    ProviderUnavailableError,
    QuotaExceededError,
    StoreError,
    UnknownModelError,
)
from pochade.web.logging import logger


class ErrorBody(BaseModel):
    """What went wrong, for a person (`message`) and for a program."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorAnswer(BaseModel):
    """Every error answer of the OpenAI interface."""

    error: ErrorBody


class Refusal(PochadeError):
    """An answer other than success, with its HTTP status.

    Attributes:
        retry_after_s: seconds after which a new attempt makes sense; None: it never does.
        type: of the error in OpenAI's words; None: the one that goes with the status.
    """

    def __init__(
        self,
        status: int,
        message: str,
        code: str | None = None,
        param: str | None = None,
        retry_after_s: float | None = None,
        headers: dict[str, str] | None = None,
        type_: str | None = None,
    ):
        super().__init__(message)
        self.status, self.code, self.param, self.retry_after_s = status, code, param, retry_after_s
        self.headers, self.type = headers or {}, type_


_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    405: "invalid_request_error",
    409: "conflict_error",
    413: "invalid_request_error",
    421: "invalid_request_error",
    422: "invalid_request_error",
    429: "rate_limit_error",
}


@dataclass(frozen=True)
class Answer:
    """An error, independent of the interface it is told through."""

    status: int
    body: ErrorBody
    headers: dict[str, str]

    @classmethod
    def of(cls, error: Exception) -> Answer:
        """The answer to an error that is deliberate, or comes from the framework; anything else is a fault of ours: 500."""
        match error:
            case Refusal():
                return cls.build(error.status, str(error), error.param, error.code, error.retry_after_s, error.headers, error.type)
            case PolicyRefusedError():
                message = str(error) if error.appeal in str(error) else f"{error} {error.appeal}"
                return cls.build(400, message, error.field, "moderation_blocked", type_="image_generation_user_error")
            case UnknownModelError():
                return cls.build(404, str(error), "model", "model_not_found")
            case NotUnderstoodError():
                return cls.build(400, str(error), error.field, "prompt_not_understood", type_="image_generation_user_error")
            case IdempotencyError():
                return cls.build(409, str(error), error.field, "idempotency_error", headers={"x-should-retry": "false"})
            case InvalidRequestError():
                return cls.build(400, str(error), error.field, "invalid_value")
            case NotFoundError():
                return cls.build(404, str(error), None, "not_found")
            case ForbiddenError():
                return cls.build(403, str(error), None, "forbidden")
            case QuotaExceededError():
                return cls.build(429, str(error), None, "quota_exceeded", error.retry_after_s)
            case OverloadedError():
                return cls.build(503, str(error), None, "overloaded", error.retry_after_s)
            case StoreError():
                return cls.build(503, str(error), None, "store_unavailable", 5)
            case ProviderUnavailableError():
                return cls.build(503, str(error), "model", "model_unavailable", error.retry_after_s)
            case CancelledError():
                return cls.build(409, str(error), None, "cancelled", headers={"x-should-retry": "false"})
            case RequestValidationError():
                return cls.build(400, *validation_message(error), "invalid_value")
            case HTTPException():
                return cls.build(error.status_code, http_message(error), None, None, headers=dict(error.headers or {}))
        return cls.build(500, "This is a fault of the server, not of your request. Its log tells more under this request's id.", None, None)

    @classmethod
    def build(
        cls,
        status: int,
        message: str,
        param: str | None,
        code: str | None,
        retry_after_s: float | None = None,
        headers: dict[str, str] | None = None,
        type_: str | None = None,
    ) -> Answer:
        headers = {} if headers is None else headers
        if retry_after_s is not None:
            headers = {**headers, **retry_headers(retry_after_s)}
        kind = type_ or _TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
        return cls(status, ErrorBody(message=message, type=kind, param=param, code=code), headers)


def retry_headers(after_s: float) -> dict[str, str]:
    """When to come again, in whole seconds and for OpenAI's clients in milliseconds too."""
    return {"retry-after": str(max(1, math.ceil(after_s))), "retry-after-ms": str(max(1, math.ceil(after_s * 1e3)))}


def validation_message(error: RequestValidationError) -> tuple[str, str | None]:
    """One sentence on the first invalid field, and the field's name."""
    first = error.errors()[0]
    place = [str(part) for part in first["loc"] if part not in ("body", "query", "path", "header")]
    field = place[0] if place and first["type"] != "json_invalid" else None
    what = f"{'.'.join(place)}" if field else "the request's body"
    if first["type"] == "missing":
        return f"Got no {what}, which is required. Add it to the request.", field
    if isinstance(first.get("input"), str) and first["input"].lower().startswith(("http://", "https://")):
        return f"Got a URL for {what}; this server fetches nothing from the network. Send the picture itself.", field
    got = "" if first["type"] == "json_invalid" else f" {first.get('input')!r:.100}"
    return f"Got{got} for {what}: {first['msg'].lower()}. Correct it.", field


def http_message(error: HTTPException) -> str:
    """The framework's short phrases as sentences with a next step."""
    match error.status_code:
        case 404:
            return "There is nothing at this address. Check the path; /openapi.json lists all."
        case 405:
            return "This address does not answer that method. See /openapi.json for the one it does."
        case 413:
            return "The request is too large. Send a smaller or fewer pictures."
    return str(error.detail)


def openai_answer(answer: Answer) -> Response:
    return JSONResponse({"error": answer.body.model_dump()}, answer.status, answer.headers)


def automatic1111_answer(answer: Answer) -> Response:
    """Source: stable-diffusion-webui, modules/api/api.py, `handle_exception`."""
    body = {"error": answer.body.type, "detail": answer.body.message, "body": "", "errors": answer.body.message}
    return JSONResponse(body, answer.status, answer.headers)


def answer_error(request: Request, error: Exception) -> Response:
    """The answer to any error, in the shape of the interface that was called."""
    answer = Answer.of(error)
    if answer.status == 500:
        logger.error("fault", exc_info=error, extra={"method": request.method, "path": request.url.path})
    return (automatic1111_answer if request.url.path.startswith("/sdapi/") else openai_answer)(answer)


def answer_errors(app: FastAPI) -> None:
    """Makes `app` answer every deliberate error so; what is left is answered by `middleware.Envelope`."""
    for kind in (PochadeError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, answer_error)


def error_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route may answer beside success, for the OpenAPI document."""
    return {status: {"model": ErrorAnswer} for status in statuses}
