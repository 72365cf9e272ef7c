"""Landscapes: eroded terrain, water and vegetation around a camera, as data that any renderer can take."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from pochade.world.landscapes import coasts, countryside, drylands, mountains, woods
from pochade.world.landscapes.land import SQUARE, Frame, Ground, InstanceGroup, Landscape, Water

__all__ = ["LANDSCAPE_RANDS", "SQUARE", "Frame", "Ground", "InstanceGroup", "Landscape", "Water", "landscape_rand"]

LandscapeRand: TypeAlias = Callable[[np.random.Generator, tuple[str, ...], Frame], Landscape]

LANDSCAPE_RANDS: dict[str, LandscapeRand] = {
    "mountain range": mountains.mountain_range_rand,
    "snowy peaks": mountains.snowy_peaks_rand,
    "glacier": mountains.glacier_rand,
    "volcano": mountains.volcano_rand,
    "desert dunes": drylands.desert_dunes_rand,
    "canyon": drylands.canyon_rand,
    "pine forest": woods.pine_forest_rand,
    "birch grove": woods.birch_grove_rand,
    "lone tree": woods.lone_tree_rand,
    "meadow": countryside.meadow_rand,
    "rolling hills": countryside.rolling_hills_rand,
    "lake": countryside.lake_rand,
    "river valley": countryside.river_valley_rand,
    "rice terraces": countryside.rice_terraces_rand,
    "sea": coasts.sea_rand,
    "beach": coasts.beach_rand,
    "cliffs": coasts.cliffs_rand,
    "island": coasts.island_rand,
}
"""How each noun of `vocabulary.LANDSCAPES` is drawn: `rand(rng, views, frame)`."""


def landscape_rand(name: str, rng: np.random.Generator, views: tuple[str, ...] = (), frame: Frame = SQUARE) -> Landscape:
    """Draws a landscape.

    Args:
        name: canonical noun, one of `vocabulary.LANDSCAPES`.
        views: canonical views that the camera must honour; those about distance to things are ignored.
        frame: the picture that it is made for.

    Raises:
        ValueError: if there is no such landscape.
    """
    if name not in LANDSCAPE_RANDS:
        raise ValueError(f"no landscape '{name}'; there are: {', '.join(LANDSCAPE_RANDS)}")
    return LANDSCAPE_RANDS[name](rng, views, frame)
