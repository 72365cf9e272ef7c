"""The page Compare: one prompt to several models at once. Its script sends one job per model and puts the results side by side."""

from __future__ import annotations

from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from pochade.core.errors import InvalidRequestError
from pochade.web.auth import Caller, csrf_protected, person
from pochade.web.pages import fields
from pochade.web.pages.painting import form_context, own_pictures
from pochade.web.pages.rendering import PageRoute, page
from pochade.web.state import studio_of

router = APIRouter(include_in_schema=False, route_class=PageRoute)
Person = Annotated[Caller, Depends(person)]


@router.get("/compare")
async def compare_page(request: Request, caller: Person) -> Response:
    return page(request, caller, "compare.html", here="compare", **await form_context(studio_of(request)))


@router.post("/compare/best", dependencies=[Depends(csrf_protected)])
async def best(request: Request, caller: Person) -> Response:
    """Notes which picture of a comparison its owner likes best, and makes it a favourite."""
    studio, body = studio_of(request), await fields.json_body(request)

    def noted() -> str:
        pictures = own_pictures(studio, caller, body.get("ids"))
        chosen = next((picture for picture in pictures if picture.id == body.get("best")), None)
        if chosen is None:
            raise InvalidRequestError("Got a best picture that is not one of those compared; one of them is accepted.", "best")
        studio.store.pictures.set_favourite(caller.user, [chosen.id], True)
        others = {picture.id: picture.model_id for picture in pictures}
        studio.store.events.record(caller.user, "compare.best", chosen.id, {"model": chosen.model_id, "pictures": others})
        return chosen.id

    return JSONResponse({"best": await anyio.to_thread.run_sync(noted)})
