"""`/v1/models`: what can be asked for."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request

from pochade.core.errors import ProviderUnavailableError
from pochade.providers import registry
from pochade.web.api.errors import error_responses
from pochade.web.api.requests import capabilities_of, model_id_of
from pochade.web.api.schemas import ModelCard, ModelList
from pochade.web.auth import Caller, caller_with
from pochade.web.state import studio_of

router = APIRouter(prefix="/v1/models", tags=["openai"])
CREATED = 1_790_000_000
"""Clients want a time; models here have none, so all have this one."""
Reader = Annotated[Caller, Depends(caller_with("read"))]


@router.get("", summary="All models", responses=error_responses(401, 403))
async def list_models(_: Reader) -> ModelList:
    return ModelList(data=[await card(model_id) for model_id in registry.model_ids()])


@router.get("/{model_id:path}", summary="One model, also by an alias", responses=error_responses(401, 403, 404))
async def get_model(request: Request, model_id: Annotated[str, Path(max_length=200)], _: Reader) -> ModelCard:
    settings = studio_of(request).settings
    real = model_id_of(settings, model_id)
    if real not in registry.model_ids():
        registry.provider(real)  # raises, and says which names are near
    return await card(real, None if real == model_id else model_id)


async def card(model_id: str, alias: str | None = None) -> ModelCard:
    """What there is to say about a model; a model that cannot be loaded is listed all the same, as unavailable."""
    try:
        capabilities = await capabilities_of(model_id)
    except ProviderUnavailableError as error:
        return ModelCard(id=alias or model_id, created=CREATED, owned_by="unknown", summary=str(error), available=False)
    return ModelCard(
        id=alias or model_id,
        created=CREATED,
        owned_by="pochade" if capabilities.runs_at == "this machine" else capabilities.runs_at,
        alias_of=model_id if alias else None,
        summary=capabilities.summary,
        qualities=list(capabilities.qualities),
        min_side_px=capabilities.min_side_px,
        max_side_px=capabilities.max_side_px,
        side_multiple_px=capabilities.side_multiple_px,
        max_pixels=capabilities.max_pixels,
        from_image=capabilities.from_image,
        from_mask=capabilities.from_mask,
        runs_at=capabilities.runs_at,
        price_usd=capabilities.price_usd,
    )
