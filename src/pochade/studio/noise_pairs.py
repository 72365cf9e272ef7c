"""Rendering what the denoiser learns from: the same scene with few samples per pixel and with many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pochade.core.errors import DataError
from pochade.data.pairs import NoisePair, halfs
from pochade.studio.drawing import Draw
from pochade.world.scene import Scene

REFERENCE_STREAM = 0x9E3779B1
"""Added to the seed for the reference, whose noise must not be that of the noisy picture."""
MAX_DEPTH = 10


def noise_pair(
    scene: Scene, drawn: Draw, sample_id: str, description: str, spp: int, reference_spp: int, ledger: Mapping[str, Any]
) -> NoisePair:
    """Renders the scene of a draw with `spp` and again with `reference_spp` samples per pixel, as `pathtracer` would before it denoises.

    Raises:
        DataError: if the scene is all black.
    """
    from pochade.world.render.build import build
    from pochade.world.render.features import features
    from pochade.world.render.film import meter
    from pochade.world.render.trace import Buffers, trace
    from pochade.world.staging import stage

    width, height = drawn.width_px, drawn.height_px
    staged = stage(scene, width / height)
    loaded = build(staged, width, height)
    hide_sky = staged.environment is not None and staged.environment.background is not None
    first_hits = features(loaded, width, height, 16, drawn.seed)

    def traced(samples: int, seed: int) -> Buffers:
        last = None
        for last in trace(loaded, width, height, samples, seed, MAX_DEPTH, hide_emitters=hide_sky):  # noqa: B007, the last one is wanted
            pass
        assert last is not None
        return last

    noisy = traced(spp, drawn.seed)
    reference = traced(reference_spp, (drawn.seed + REFERENCE_STREAM) % 2**32)
    if not reference.radiance.any():
        raise DataError(f"Got a black picture from {sample_id}. Draw another scene.")
    exposure = meter(reference.radiance, staged.exposure, first_hits.albedo)
    planes = {
        "noisy": noisy.radiance * np.float32(exposure),
        "variance": noisy.variance * np.float32(exposure) ** 2,
        "albedo": first_hits.albedo,
        "normal": first_hits.normal,
        "depth": first_hits.depth_m,
        "cover": first_hits.cover,
        "reference": reference.radiance * np.float32(exposure),
    }
    return NoisePair(
        id=sample_id,
        seed=drawn.seed,
        split=drawn.split,
        family=drawn.family,
        spp=noisy.spp,
        reference_spp=reference.spp,
        exposure=exposure,
        planes={name: halfs(plane) for name, plane in planes.items()},
        ledger=ledger,
        description=description,
    )
