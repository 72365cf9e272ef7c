"""Values of forms: read, checked, refused by name."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any, cast

from fastapi import Request

from pochade.core.errors import InvalidRequestError
from pochade.core.values import GenerationRequest, Quality

_DRAWN_SEEDS = 1_000_000


async def json_body(request: Request) -> dict[str, Any]:
    """The JSON object that a script sent.

    Raises:
        InvalidRequestError: for anything else.
    """
    try:
        body = await request.json()
    except ValueError as error:
        raise InvalidRequestError("Got a body that is no JSON; a JSON object is accepted.") from error
    if not isinstance(body, dict):
        raise InvalidRequestError("Got a body that is no JSON object; one is accepted.")
    return body


def text(form: Mapping[str, Any], name: str, default: str = "") -> str:
    """The text of a field; a file in its place counts as nothing."""
    value = form.get(name, default)
    return value if isinstance(value, str) else default


def whole(form: Mapping[str, Any], name: str, default: int | None = None, what: str | None = None) -> int | None:
    """A whole number, or `default` for an empty field.

    Raises:
        InvalidRequestError: for anything else.
    """
    given = str(form.get(name, "") if form.get(name) is not None else "").strip()
    if not given:
        return default
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", given):
        raise InvalidRequestError(f"Got {given!r:.60} as {what or name}; a whole number is accepted. Correct it, or leave it empty.", name)
    return int(given)


def real(form: Mapping[str, Any], name: str, default: float | None = None, what: str | None = None) -> float | None:
    """A number, or `default` for an empty field.

    Raises:
        InvalidRequestError: for anything else.
    """
    given = str(form.get(name, "") if form.get(name) is not None else "").strip()
    if not given:
        return default
    try:
        return float(given.replace(",", "."))
    except ValueError as error:
        raise InvalidRequestError(
            f"Got {given!r:.60} as {what or name}; a number is accepted. Correct it, or leave it empty.", name
        ) from error


def size(form: Mapping[str, Any]) -> tuple[int, int]:
    """Width and height of the field `size`, "512x512".

    Raises:
        InvalidRequestError: for anything else.
    """
    given = text(form, "size", "512x512")
    found = re.fullmatch(r"([0-9]{1,5})[x×]([0-9]{1,5})", given.strip())
    if found is None:
        raise InvalidRequestError(f"Got {given!r:.60} as size; width and height such as 768x512 are accepted. Correct it.", "size")
    return int(found[1]), int(found[2])


def request_of(form: Mapping[str, Any], default_model: str) -> GenerationRequest:
    """What a form asks to paint.

    Raises:
        InvalidRequestError: naming the field whose value is not accepted.
    """
    width_px, height_px = size(form)
    seed = whole(form, "seed")
    return GenerationRequest(
        prompt=text(form, "prompt"),
        seed=secrets.randbelow(_DRAWN_SEEDS) if seed is None else seed,
        model_id=text(form, "model") or default_model,
        num_images=cast(int, whole(form, "n", 1, "the number of pictures")),
        width_px=width_px,
        height_px=height_px,
        quality=cast(Quality, text(form, "quality") or "standard"),
        negative_prompt=text(form, "negative_prompt").strip() or None,
        num_steps=whole(form, "num_steps", what="steps"),
        guidance_scale=real(form, "guidance_scale", what="guidance"),
        plan=text(form, "plan") or None,
    )
