"""Which models there are. An adapter is imported when it is first used, never before."""

from __future__ import annotations

import difflib
import importlib
from functools import cache
from importlib.metadata import entry_points

from pochade.core.errors import ProviderUnavailableError, UnknownModelError
from pochade.core.values import ImageProvider
from pochade.providers import configured
from pochade.runtime import adapters
from pochade.runtime.manifest import shipped

AUTO = "auto"
RENDERER = "pathtracer"
"""Paints exactly, and is always there."""
OWN_MODEL = "pochade-1"
"""There only where its weights are; `pochade-1@NAME` is the same with the low-rank adapter NAME."""
DEFAULT_MODEL = OWN_MODEL if shipped() else RENDERER
PLAN_SHARERS = (RENDERER, OWN_MODEL)
"""Models that paint each other's plans."""

_OWN_ADAPTER = "pochade.providers.pochade1:Pochade1"
_ADAPTERS: dict[str, str] = {
    RENDERER: "pochade.providers.pathtracer:PathTracer",
    AUTO: "pochade.providers.auto:Auto",
}
"""Model id to `module:class`; the class is called without arguments, or with what follows a second colon."""

ENTRY_POINT_GROUP = "pochade.providers"
"""Other packages offer adapters under this entry point group: name = model id, value = `module:class`."""


def register(model_id: str, dotted_name: str) -> None:
    """Adds or replaces an adapter, given as `module:class`. Nothing is imported yet."""
    _ADAPTERS[model_id] = dotted_name
    _built.clear()


def model_ids() -> tuple[str, ...]:
    """Ids of all models that can be asked for: the default, those that come with Pochade or with packages, the user's own, `auto`."""
    known = _known()
    ids = sorted({*known, *configured.load().models})
    return tuple(sorted(ids, key=lambda name: (name == AUTO, name != DEFAULT_MODEL, name != RENDERER, name not in known)))


def is_known(model_id: str) -> bool:
    """Whether it is one of `model_ids`."""
    return _adapter_of(model_id) is not None or model_id in configured.load().models


def is_configured(model_id: str) -> bool:
    """True for a model of the user's file; a built-in of the same name wins over it."""
    return _adapter_of(model_id) is None and model_id in configured.load().models


def problems() -> dict[str, str]:
    """What is wrong with the user's models: by name, and under "" with the whole file. One sentence each."""
    configuration, path = configured.load(), configured.config_path()
    found = dict(configuration.problems)
    for name in configuration.models:
        if name in _known():
            found[name] = f"The model {name!r} of {path} is hidden by the built-in one. Rename it there."
    strangers = [repr(name) for name in configuration.auto.get("allow", ()) if name not in model_ids()]
    if strangers:
        found[AUTO] = f"[auto] of {path} allows {', '.join(strangers)}, which is no model. Correct or remove it."
    return found


def provider(model_id: str) -> ImageProvider:
    """The adapter for `model_id`, imported on first use, one instance per process and configuration.

    Raises:
        UnknownModelError: if there is no such model; names the near ones.
        ProviderUnavailableError: if its software is not installed, or its entry in the user's file is wrong.
    """
    dotted_name = _adapter_of(model_id)
    if dotted_name is not None:
        return _build(model_id, dotted_name)
    configuration = configured.load()
    if model_id in configuration.models:
        return _build_configured(configuration.models[model_id])
    if model_id in configuration.problems:
        raise ProviderUnavailableError(configuration.problems[model_id])
    ids = model_ids()
    near = tuple(difflib.get_close_matches(model_id.lower(), ids, n=3, cutoff=0.5))
    hint = f"Did you mean {near[0]!r}?" if near else f"Choose one of those, or leave it out for {DEFAULT_MODEL!r}."
    broken = f" {configuration.problems['']}" if "" in configuration.problems else ""
    raise UnknownModelError(f"Got model {model_id!r}; available: {', '.join(ids)}. {hint}{broken}", near)


def at_hand(model_id: str) -> ImageProvider | None:
    """The adapter if it was asked for before, which takes no time; None: `provider` may take some, or there is no such model."""
    return _built.get((model_id, _adapter_of(model_id) or ""))


def _adapter_of(model_id: str) -> str | None:
    """What `_known` says of one model, without looking for all others."""
    if model_id in _ADAPTERS:
        return _ADAPTERS[model_id]
    if shipped() and model_id.partition("@")[0] == OWN_MODEL:
        return _OWN_ADAPTER if model_id == OWN_MODEL else _own().get(model_id)
    return _installed().get(model_id)


def _known() -> dict[str, str]:
    return {**_installed(), **(_own() if shipped() else {}), **_ADAPTERS}


def _own() -> dict[str, str]:
    """The own model, alone and with each low-rank adapter that lies in the data folder."""
    return {OWN_MODEL: _OWN_ADAPTER, **{f"{OWN_MODEL}@{name}": f"{_OWN_ADAPTER}:{name}" for name in adapters.names()}}


@cache
def _installed() -> dict[str, str]:
    """Adapters of other packages. Reading what is installed takes 10 ms, and a process asks for every request."""
    return {found.name: found.value for found in entry_points(group=ENTRY_POINT_GROUP)}


_built: dict[tuple[str, str], ImageProvider] = {}


def _build(model_id: str, dotted_name: str) -> ImageProvider:
    if (known := _built.get((model_id, dotted_name))) is not None:
        return known
    module_name, class_name, *arguments = dotted_name.split(":")
    try:
        adapter = getattr(importlib.import_module(module_name), class_name)(*arguments)
        return _built.setdefault((model_id, dotted_name), adapter)  # another thread may have been quicker
    except ImportError as error:
        others = ", ".join(other for other in model_ids() if other != model_id)
        hint = f"Install it, or choose another model: {others}." if others else "Install it."
        raise ProviderUnavailableError(f"Model {model_id!r} needs software that is not installed ({error}). {hint}") from error


_configured: dict[str, tuple[configured.ConfiguredModel, ImageProvider]] = {}


def _build_configured(model: configured.ConfiguredModel) -> ImageProvider:
    """One instance per name; when its entry changes the old one goes, with the weights it may hold."""
    built_from, adapter = _configured.get(model.name, (None, None))
    if adapter is None or built_from != model:
        adapter = configured.build(model)
        _configured[model.name] = (model, adapter)
    return adapter
