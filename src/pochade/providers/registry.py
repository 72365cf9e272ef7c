"""Which models there are. An adapter is imported when it is first used, never before."""

from __future__ import annotations

import difflib
import importlib
from functools import cache
from importlib.metadata import entry_points

from pochade.core.errors import ProviderUnavailableError, UnknownModelError
from pochade.core.values import ImageProvider

DEFAULT_MODEL = "pathtracer"

_ADAPTERS: dict[str, str] = {
    "pathtracer": "pochade.providers.pathtracer:PathTracer",
}
"""Model id to `module:class`; the class is called without arguments."""

ENTRY_POINT_GROUP = "pochade.providers"
"""Other packages offer adapters under this entry point group: name = model id, value = `module:class`."""


def register(model_id: str, dotted_name: str) -> None:
    """Adds or replaces an adapter, given as `module:class`. Nothing is imported yet."""
    _ADAPTERS[model_id] = dotted_name
    _build.cache_clear()


def model_ids() -> tuple[str, ...]:
    """Ids of all models that can be asked for, the default first."""
    return tuple(sorted(_known(), key=lambda model_id: (model_id != DEFAULT_MODEL, model_id)))


def provider(model_id: str) -> ImageProvider:
    """The adapter for `model_id`, imported on first use, one instance per process.

    Raises:
        UnknownModelError: if there is no such model; names the near ones.
        ProviderUnavailableError: if its software is not installed.
    """
    dotted_name = _known().get(model_id)
    if dotted_name is None:
        near = tuple(difflib.get_close_matches(model_id.lower(), _known(), n=3, cutoff=0.5))
        hint = f"Did you mean {near[0]!r}?" if near else f"Choose one of those, or leave it out for {DEFAULT_MODEL!r}."
        raise UnknownModelError(f"Got model {model_id!r}; available: {', '.join(model_ids())}. {hint}", near)
    return _build(model_id, dotted_name)


def _known() -> dict[str, str]:
    return {**{found.name: found.value for found in entry_points(group=ENTRY_POINT_GROUP)}, **_ADAPTERS}


@cache
def _build(model_id: str, dotted_name: str) -> ImageProvider:
    module_name, _, class_name = dotted_name.partition(":")
    try:
        return getattr(importlib.import_module(module_name), class_name)()
    except ImportError as error:
        others = ", ".join(other for other in model_ids() if other != model_id)
        hint = f"Install it, or choose another model: {others}." if others else "Install it."
        raise ProviderUnavailableError(f"Model {model_id!r} needs software that is not installed ({error}). {hint}") from error
