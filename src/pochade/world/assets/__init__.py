"""Things that can be placed: products and food. Each module holds `thing` / `thing_rand` pairs and a tuple `ASSETS`."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache

from pochade.world.asset import AssetType


@lru_cache(maxsize=1)
def asset_types() -> dict[str, AssetType]:
    """Every asset by its noun, gathered from the modules of this package.

    Raises:
        ValueError: if two modules define one noun.
    """
    found: dict[str, AssetType] = {}
    for module in pkgutil.iter_modules(__path__):
        for kind in importlib.import_module(f"{__name__}.{module.name}").ASSETS:
            if kind.noun in found:
                raise ValueError(f"asset {kind.noun!r} is defined twice")
            found[kind.noun] = kind
    return found
