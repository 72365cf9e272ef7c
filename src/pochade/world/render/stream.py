"""Many small pictures, each with its guide maps: what training data are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pochade.world.render.build import pieces_of
from pochade.world.render.guide import Guide, geometry, looked_up
from pochade.world.render.paint import Quality, paint_stage
from pochade.world.scene import Scene
from pochade.world.staging import stage


@dataclass(frozen=True, eq=False)
class Sample:
    """A picture, (H, W, 3) uint8 sRGB, and the guide maps of the same scene at the same size."""

    picture: NDArray[np.uint8]
    guide: Guide


def sample(scene: Scene, width_px: int, height_px: int, spp: int = 24) -> Sample:
    """Paints a scene with `spp` samples per pixel, cleared up and developed as `paint` does it.

    Staging and the merging of meshes, which `paint` and `guide` would each do on their own, are done once.
    """
    staged = stage(scene, width_px / height_px)
    pieces = pieces_of(staged)
    picture = None
    for step in paint_stage(staged, width_px, height_px, Quality(spp, denoise=1.0, max_depth=8), scene.seed, pieces=pieces):
        picture = step.picture
    assert picture is not None
    return Sample(picture, looked_up(geometry(staged, pieces), width_px, height_px))
