"""The page Gallery, single pictures, and what is done with many at once."""

from __future__ import annotations

import time
from typing import Annotated, Any
from urllib.parse import urlencode

import anyio.to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from pochade.core.errors import InvalidRequestError, NotFoundError
from pochade.providers import registry
from pochade.store import Picture
from pochade.studio import exports
from pochade.web.api.encoding import thumbnail
from pochade.web.api.work import notice_headers, notices_for
from pochade.web.auth import Caller, csrf_protected, person
from pochade.web.pages import fields
from pochade.web.pages.painting import own_pictures
from pochade.web.pages.rendering import PageRoute, page
from pochade.web.pages.views import PictureView
from pochade.web.state import Studio, studio_of

router = APIRouter(include_in_schema=False, route_class=PageRoute)
Person = Annotated[Caller, Depends(person)]
PAGE = 60
SMALL_PX = 560
_DAY_S = 86_400.0
SINCE = {"day": _DAY_S, "week": 7 * _DAY_S, "month": 30 * _DAY_S, "year": 365 * _DAY_S}
IMMUTABLE = {"cache-control": "private, max-age=31536000, immutable"}


@router.get("/gallery")
async def gallery(request: Request, caller: Person) -> Response:
    studio, given = studio_of(request), request.query_params
    query = {name: given.get(name, "") for name in ("q", "model", "since", "collection", "favourite")}
    before = given.get("before") or None

    def read() -> tuple[list[Picture], Any]:
        found = studio.store.pictures.list(
            caller.user,
            text=query["q"],
            model_id=query["model"] or None,
            since=time.time() - SINCE[query["since"]] if query["since"] in SINCE else None,
            favourites=bool(query["favourite"]),
            collection_id=query["collection"] or None,
            before=before,
            limit=PAGE + 1,
        )
        return found, studio.store.collections.list(caller.user)

    found, collections = await anyio.to_thread.run_sync(read)
    filtered = {name: value for name, value in query.items() if value}
    following = urlencode({**filtered, "before": found[PAGE - 1].id}) if len(found) > PAGE else ""
    return page(
        request,
        caller,
        "parts/hang.html" if request.headers.get("hx-request") else "gallery.html",
        here="gallery",
        pictures=[PictureView(picture) for picture in found[:PAGE]],
        next=f"/gallery?{following}" if following else "",
        filtered=bool(filtered),
        query=query,
        model_ids=await anyio.to_thread.run_sync(registry.model_ids),
        collections=collections,
        bulk_formats=exports.FORMATS,
    )


@router.get("/pictures/{picture_id}")
async def picture_page(request: Request, picture_id: str, caller: Person) -> Response:
    studio = studio_of(request)

    def read() -> tuple[Picture, list[Picture]]:
        picture = studio.store.pictures.get(caller.user, picture_id)
        kin = [*(studio.store.pictures.get(caller.user, parent) for parent in picture.parent_ids)]
        kin += studio.store.pictures.children(caller.user, picture_id)
        return picture, [other for other in kin if other.deleted_at is None]

    picture, kin = await anyio.to_thread.run_sync(read)
    if picture.deleted_at is not None:
        raise NotFoundError(f"There is no picture {picture_id!r}.")
    return page(
        request,
        caller,
        "parts/look.html" if request.query_params.get("part") == "look" else "picture.html",
        here="gallery",
        picture=PictureView(picture),
        kin=[PictureView(other) for other in kin],
        formats=exports.SINGLE_FORMATS,
    )


@router.get("/pictures/{picture_id}/small")
async def small(request: Request, picture_id: str, caller: Person) -> Response:
    """A picture small enough for grids."""
    studio = studio_of(request)

    def read() -> bytes:
        if studio.store.pictures.get(caller.user, picture_id).deleted_at is not None:
            raise NotFoundError(f"There is no picture {picture_id!r}.")
        return thumbnail(studio.store.pictures.read(caller.user, picture_id), SMALL_PX)

    return Response(await anyio.to_thread.run_sync(read), media_type="image/jpeg", headers=IMMUTABLE)


@router.post("/pictures/favourite", dependencies=[Depends(csrf_protected)])
async def favourite(request: Request, caller: Person) -> Response:
    studio, body = studio_of(request), await fields.json_body(request)
    ids = await _ids(studio, caller, body)
    await anyio.to_thread.run_sync(studio.store.pictures.set_favourite, caller.user, ids, body.get("on") is True)
    return JSONResponse({"ids": ids})


@router.post("/pictures/delete", dependencies=[Depends(csrf_protected)])
async def delete(request: Request, caller: Person) -> Response:
    studio = studio_of(request)
    ids = await _ids(studio, caller, await fields.json_body(request))
    await anyio.to_thread.run_sync(studio.store.pictures.delete, caller.user, ids)
    return JSONResponse({"ids": ids})


@router.post("/pictures/restore", dependencies=[Depends(csrf_protected)])
async def restore(request: Request, caller: Person) -> Response:
    studio = studio_of(request)
    ids = await _ids(studio, caller, await fields.json_body(request))
    await anyio.to_thread.run_sync(studio.store.pictures.restore, caller.user, ids)
    return JSONResponse({"ids": ids})


@router.post("/collections", dependencies=[Depends(csrf_protected)])
async def collect(request: Request, caller: Person) -> Response:
    """Puts pictures into a collection: a known one, or a new one of the given name."""
    studio, body = studio_of(request), await fields.json_body(request)
    ids = await _ids(studio, caller, body)

    def put() -> dict[str, str]:
        known = {item.id: item for item in studio.store.collections.list(caller.user)}
        chosen = known.get(str(body.get("collection"))) or studio.store.collections.create(caller.user, str(body.get("name") or ""))
        studio.store.collections.put(caller.user, chosen.id, ids)
        return {"id": chosen.id, "name": chosen.name}

    return JSONResponse(await anyio.to_thread.run_sync(put))


@router.post("/pictures/export", dependencies=[Depends(csrf_protected)])
async def export(request: Request, caller: Person) -> Response:
    """The chosen pictures as one file."""
    studio, form = studio_of(request), await request.form()
    wanted = fields.text(form, "format", "png")
    if wanted not in exports.FORMATS:
        raise InvalidRequestError(
            f"Got {wanted!r:.40} as format; {', '.join(exports.FORMATS)} are accepted. Choose one of those.", "format"
        )

    def made() -> exports.Export:
        pictures = own_pictures(studio, caller, [one for one in form.getlist("id") if isinstance(one, str)])
        files = [(picture, studio.store.pictures.read(caller.user, picture.id)) for picture in pictures]
        return exports.export(files, wanted, notices_for(studio, caller).delivery)

    file = await anyio.to_thread.run_sync(made)
    headers = {"content-disposition": f'attachment; filename="{file.name}"', **notice_headers(studio, caller)}
    return Response(file.data, media_type=file.media_type, headers=headers)


async def _ids(studio: Studio, caller: Caller, body: dict[str, Any]) -> list[str]:
    pictures = await anyio.to_thread.run_sync(own_pictures, studio, caller, body.get("ids"))
    return [picture.id for picture in pictures]
