"""The files of pictures, as they are kept: by API key or login, or by a signed link for programs that cannot send a key."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from pochade.core.errors import NotFoundError
from pochade.store import Picture, User
from pochade.web.api.errors import Refusal, error_responses
from pochade.web.api.work import notice_headers
from pochade.web.auth import Caller, caller_with
from pochade.web.state import Studio, studio_of
from pochade.web.tokens import is_signed, sign_link

router = APIRouter(prefix="/files", tags=["files"])
LINK_LASTS_S = 3600
SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}
PICTURE = {
    "content": {media_type: {"schema": {"type": "string", "format": "binary"}} for media_type in SUFFIXES},
    "description": "The file",
}
PictureId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="Id of a picture.")]


@router.get("/{picture_id}", summary="A picture", response_class=Response, responses={200: PICTURE, **error_responses(400, 401, 403, 404)})
async def own_file(request: Request, picture_id: PictureId, caller: Annotated[Caller, Depends(caller_with("read"))]) -> Response:
    return await _file(studio_of(request), caller, picture_id)


@router.get(
    "/{user_id}/{picture_id}",
    summary="A picture, by a link from this server",
    response_class=Response,
    responses={200: PICTURE, **error_responses(400, 403, 404)},
)
async def linked_file(
    request: Request,
    user_id: Annotated[str, Path(pattern="^[0-9a-f]{32}$")],
    picture_id: PictureId,
    expires: Annotated[int, Query(ge=0, lt=2**53)],
    signature: Annotated[str, Query(pattern="^[0-9a-f]{64}$")],
) -> Response:
    studio = studio_of(request)
    if not is_signed(studio.key, _path(user_id, picture_id), expires, signature):
        raise Refusal(403, "This link is wrong or has expired. Ask for the picture again, or fetch it with an API key.", "link_expired")
    # the signature vouches for who asked for the link
    owner = User(id=user_id, name="", role="member", created_at=0)
    with suppress(NotFoundError):
        # by its name, too, an administrator may have chosen a region for it
        owner = await anyio.to_thread.run_sync(studio.store.users.get, owner, user_id)
    return await _file(studio, Caller(owner, ("read",)), picture_id)


def link(request: Request, picture: Picture) -> str:
    """A URL under which the picture can be fetched without a key for an hour."""
    studio = studio_of(request)
    path, expires = _path(picture.user_id, picture.id), int(time.time()) + LINK_LASTS_S
    base = (studio.settings.public_url or str(request.base_url)).rstrip("/")
    return f"{base}{path}?expires={expires}&signature={sign_link(studio.key, path, expires)}"


def _path(user_id: str, picture_id: str) -> str:
    return f"/files/{user_id}/{picture_id}"


async def _file(studio: Studio, caller: Caller, picture_id: str) -> Response:
    picture = await anyio.to_thread.run_sync(studio.store.pictures.get, caller.user, picture_id)
    if picture.deleted_at is not None:
        raise NotFoundError(f"There is no picture {picture_id!r}.")
    data = await anyio.to_thread.run_sync(studio.store.pictures.read, caller.user, picture_id)
    name = f"pochade-{picture.id}{SUFFIXES.get(picture.media_type, '')}"
    headers = {"content-disposition": f'inline; filename="{name}"', "cache-control": "private, max-age=31536000, immutable"}
    return Response(data, media_type=picture.media_type, headers={**headers, **notice_headers(studio, caller)})
