"""Flow matching with prediction of the clean picture, in plain arithmetic that training and sampling share.

t runs from 0 (noise) to 1 (clean): z = t x + (1 - t) noise, velocity = x - noise = (x - z) / (1 - t).

Source: Li and He, "Back to Basics: Let Denoising Generative Models Denoise", arXiv:2511.13720.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Predict = Callable[[Floats, float], Floats]
"""Maps noisy pictures (B, 3, H, W) at t to clean ones."""

NOISY_INPUTS = 4
"""The noisy picture and a channel that tells t."""

PICTURE_SPREAD = 0.55
"""Standard deviation of pictures from -1 to 1, as training data has it."""

MIN_NOISE = 0.05
"""Floor of 1 - t in the weight of the loss."""


def noise_scale(height_px: int, width_px: int) -> float:
    """Standard deviation of the noise: larger pictures hide less under the same noise, so they get more. Source: arXiv:2511.13720."""
    return float(np.sqrt(height_px * width_px)) / 256


def mixed(x: Any, noise: Any, t: Any) -> Any:
    """z at t, of arrays or tensors."""
    return x * t + noise * (1 - t)


def input_gain(t: Any, scale: float) -> Any:
    """What z is multiplied by before a network sees it: it then has standard deviation t, so that pure noise says nothing.

    Args:
        t: number, array or tensor. scale: of the noise, see `noise_scale`.

    Source: after the preconditioning of Karras et al., arXiv:2206.00364, times t.
    """
    return t / ((t * PICTURE_SPREAD) ** 2 + ((1 - t) * scale) ** 2) ** 0.5


def noisy_inputs(z: Floats, t: float) -> Floats:
    """z (B, 3, H, W) at t as network input (B, NOISY_INPUTS, H, W): z times its gain, then t from -1 to 1."""
    count, channels, height, width = z.shape
    made = np.empty((count, channels + 1, height, width), np.float32)
    made[:, :channels] = z * np.float32(input_gain(t, noise_scale(height, width)))
    made[:, channels] = 2 * t - 1
    return made


def loss_weight(t: Any, min_noise: float = MIN_NOISE) -> Any:
    """What makes a squared error of x one of the velocity: 1 / max(1 - t, min_noise)^2, of arrays or tensors."""
    return 1 / (1 - t).clip(min_noise) ** 2


def noise_rand(seed: int, height_px: int, width_px: int) -> Floats:
    """The noise (3, H, W) that a seed stands for: the same on every machine, since Philox counts."""
    drawn = np.random.Generator(np.random.Philox(seed)).standard_normal((3, height_px, width_px), np.float32)
    return (drawn * noise_scale(height_px, width_px)).astype(np.float32)


def guided(conditional: Floats, unconditional: Floats, scale: float) -> Floats:
    """Classifier-free guidance. Source: arXiv:2207.12598."""
    return (unconditional + np.float32(scale) * (conditional - unconditional)).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Known:
    """A picture to start from or to keep.

    Attributes:
        x: (B, 3, H, W), -1 to 1.
        keep: (H, W) bool, true where it stays; None: nowhere.
        strength: 0 to 1, the share of the way from noise to picture that is painted anew.
    """

    x: Floats
    keep: NDArray[np.bool_] | None = None
    strength: float = 1.0


@dataclass(frozen=True, eq=False)
class Step:
    """One step of a sampling. `x` is the picture as it is expected so far, in the last step the result."""

    number: int
    num_steps: int
    x: Floats


def time_grid(num_steps: int, start: float = 0.0) -> Floats:
    """`num_steps` + 1 times from `start` to 1."""
    return np.linspace(start, 1.0, num_steps + 1, dtype=np.float32)


def sample(predict: Predict, noise: Floats, num_steps: int, known: Known | None = None) -> Iterator[Step]:
    """Euler's method from noise to pictures, one step at a time; to cancel, stop asking for more.

    Args:
        noise: (B, 3, H, W), scaled.
        known: what is repainted: what it keeps is put back under the right amount of noise before each step, and exactly at the end.
    """
    start = 0.0 if known is None else 1.0 - known.strength
    times = time_grid(num_steps, start)
    z: Floats = noise if known is None else mixed(known.x, noise, np.float32(start))
    keep = None if known is None or known.keep is None else known.keep[None, None]
    for number in range(num_steps):
        t, after = float(times[number]), float(times[number + 1])
        x: Floats = predict(z, t) if t < 1 else z
        if keep is not None and known is not None:
            x = np.where(keep, known.x, x).astype(np.float32)
        z = x if after >= 1 else (z + np.float32((after - t) / (1 - t)) * (x - z)).astype(np.float32)
        yield Step(number + 1, num_steps, x)
