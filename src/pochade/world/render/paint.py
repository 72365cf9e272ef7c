"""A scene as a photograph: trace, clear up, develop; in steps that can be watched and stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pochade.core.errors import CancelledError, InvalidRequestError
from pochade.world import sky as skies
from pochade.world.mesh import Floats
from pochade.world.render.build import Piece, build
from pochade.world.render.denoise import denoise
from pochade.world.render.features import Features, features
from pochade.world.render.film import develop, meter
from pochade.world.render.haze import Haze, haze
from pochade.world.render.trace import trace
from pochade.world.scene import Scene
from pochade.world.stage import Stage
from pochade.world.staging import stage


@dataclass(frozen=True)
class Quality:
    """How much work a picture gets.

    Attributes:
        spp: samples per pixel. denoise: strength, see `denoise`. max_depth: longest path.
    """

    spp: int
    denoise: float
    max_depth: int


QUALITIES = {"draft": Quality(32, 1.0, 10), "standard": Quality(128, 0.8, 14), "best": Quality(768, 0.4, 24)}
LEARNED_QUALITIES = {**QUALITIES, "draft": Quality(8, 1.0, 10)}
"""With a learned denoiser, which was trained on few samples; the others have enough of them to do better without."""

HAZE_SPP = 4, 32
"""Fewest and most samples per pixel for the air before what water mirrors, a quarter of the picture's: it is smooth where water is."""

Denoiser = Callable[[Floats, Floats, Floats, Floats], Floats]
"""radiance (H, W, 3), albedo (H, W, 3), normal (H, W, 3), depth (H, W) -> radiance (H, W, 3), all linear."""


@dataclass(frozen=True, eq=False)
class RenderProgress:
    """One step of a painting.

    Attributes:
        fraction: 0 to 1. preview: (H, W, 3) uint8 sRGB or None. picture: the finished picture, in the last step only.
    """

    fraction: float
    preview: NDArray[np.uint8] | None = None
    picture: NDArray[np.uint8] | None = None


def paint(
    scene: Scene,
    width_px: int,
    height_px: int,
    quality: str = "standard",
    cancelled: Callable[[], bool] | None = None,
    denoiser: Denoiser | None = None,
) -> Iterator[RenderProgress]:
    """Paints a scene.

    Args:
        denoiser: clears up drafts, which are then made of fewer samples; None: the one without learned weights.

    Raises:
        InvalidRequestError: for a quality that does not exist.
        CancelledError: when `cancelled()` turned true.
    """
    if quality not in QUALITIES:
        raise InvalidRequestError(f"quality {quality!r} does not exist; choose one of {', '.join(QUALITIES)}")
    chosen = (QUALITIES if denoiser is None else LEARNED_QUALITIES)[quality]
    yield RenderProgress(0.0)
    staged = stage(scene, width_px / height_px)
    learned = None if chosen == QUALITIES[quality] else denoiser
    yield from paint_stage(staged, width_px, height_px, chosen, scene.seed, cancelled, denoiser=learned)


def paint_stage(
    staged: Stage,
    width_px: int,
    height_px: int,
    quality: Quality,
    seed: int,
    cancelled: Callable[[], bool] | None = None,
    pieces: Sequence[Piece] | None = None,
    denoiser: Denoiser | None = None,
) -> Iterator[RenderProgress]:
    """Paints a stage; see `paint`. `pieces` are those of the stage, where they are at hand."""
    if cancelled is not None and cancelled():
        raise CancelledError()
    loaded = build(staged, width_px, height_px, pieces)
    yield RenderProgress(0.04)
    extinction = 0.0 if staged.air is None else float(staged.air.extinction[1])
    first_hits = features(loaded, width_px, height_px, min(16, quality.spp), seed, extinction)
    mirrored = haze(loaded, staged, width_px, height_px, int(np.clip(quality.spp // 4, *HAZE_SPP)), seed)
    backdrop = _backdrop(staged, first_hits)
    buffers = None
    for buffers in trace(
        loaded, width_px, height_px, quality.spp, seed, quality.max_depth, hide_emitters=backdrop is not None, cancelled=cancelled
    ):
        fraction = min(0.06 + 0.88 * buffers.spp / quality.spp, 0.94)
        if not buffers.done:
            yield RenderProgress(fraction, _developed(_through(mirrored, buffers.radiance), staged, first_hits, backdrop))
    if buffers is None or (cancelled is not None and cancelled()):
        raise CancelledError()
    seen = _through(mirrored, buffers.radiance)
    if denoiser is not None:
        clear = denoiser(seen, first_hits.albedo, first_hits.normal, first_hits.depth_m)
    else:
        clear = denoise(seen, buffers.variance, first_hits, strength=quality.denoise)
    yield RenderProgress(1.0, picture=_developed(clear, staged, first_hits, backdrop))


def _through(mirrored: Haze | None, radiance: Floats) -> Floats:
    return radiance if mirrored is None else mirrored.before(radiance)


def _developed(radiance: Floats, staged: Stage, first_hits: Features, backdrop: Floats | None) -> NDArray[np.uint8]:
    composed = _composed(radiance, staged, first_hits, backdrop)
    return develop(composed, staged.exposure, meter(composed, staged.exposure, _reflectance(first_hits, staged)))


def _reflectance(first_hits: Features, staged: Stage) -> Floats:
    """Albedo (H, W, 3) as it is seen: air hides dark things behind light that it scatters, as if it were white."""
    if staged.air is None:
        return first_hits.albedo
    passes = np.exp(-first_hits.air_m[..., None] * staged.air.extinction)
    return first_hits.albedo * passes + (1 - passes) * first_hits.cover[..., None]


def _backdrop(staged: Stage, first_hits: Features) -> Floats | None:
    """The sky behind everything at the picture's own resolution, or None where the light's own map will do."""
    environment = staged.environment
    if environment is None or environment.background is None:
        return None
    image = np.zeros(first_hits.directions.shape, np.float32)
    open_sky = first_hits.cover < 0.999
    if open_sky.any():
        image[open_sky] = environment.background(first_hits.directions[open_sky])
    return image


def _composed(radiance: Floats, staged: Stage, first_hits: Features, backdrop: Floats | None) -> Floats:
    """Adds air between camera and surfaces, and the sky where there is no surface."""
    out = radiance
    cover = first_hits.cover[..., None]
    if staged.air is not None:
        alone = radiance / np.maximum(cover, 1e-3) if backdrop is not None else radiance
        hazy = skies.apply_air(alone, first_hits.air_m, first_hits.directions, staged.air)
        out = hazy * cover if backdrop is not None else radiance + (hazy - radiance) * cover
    if backdrop is not None:
        out = out + backdrop * (1 - cover)
    return out.astype(np.float32)
