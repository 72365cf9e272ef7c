"""The learned denoiser of the path tracer on the inference engine."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np

from pochade.core import conditions, denoising
from pochade.core.denoising import Floats
from pochade.core.inference import load_openvino
from pochade.runtime import manifest

FOLDER = Path(__file__).parent / "weights" / "denoiser"

Denoise = Callable[[Floats, Floats, Floats, Floats], Floats]
"""radiance (H, W, 3), albedo (H, W, 3), normal (H, W, 3), depth (H, W) -> radiance (H, W, 3); see `denoising.prepared` for units."""


def shipped(folder: Path = FOLDER) -> bool:
    """True if the folder holds the denoiser's weights."""
    return manifest.shipped(folder)


def version(folder: Path = FOLDER) -> str:
    """Names these weights in a recipe: the first 16 digits of their SHA-256.

    Raises:
        ProviderUnavailableError: if the weights are missing or damaged.
    """
    return str(manifest.checked(folder)["files"]["denoiser.bin"]["sha256"])[:16]


@lru_cache(maxsize=2)
def load(folder: Path = FOLDER, precision: str = "bf16") -> Denoise:
    """The denoiser, loaded once per process. Calls may overlap.

    Raises:
        ProviderUnavailableError: if the weights are missing or damaged.
    """
    manifest.checked(folder)
    core = load_openvino().Core()
    options = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
    graph = core.compile_model(core.read_model(folder / "denoiser.xml"), "CPU", options)
    turn = threading.Lock()

    def denoise(radiance: Floats, albedo: Floats, normal: Floats, depth: Floats) -> Floats:
        made = denoising.prepared(radiance, albedo, normal, depth)
        height, width = radiance.shape[:2]
        inputs = conditions.padded(made.inputs, denoising.MULTIPLE_PX, (1, 2))
        with turn:
            predicted = np.array(graph([inputs[None]])[0][0], np.float32)
        return denoising.restored(predicted[:, :height, :width], made)

    return denoise
