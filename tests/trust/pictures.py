"""Pictures to mark in tests: drawn at once, with flat areas, texture and edges, as paintings have them."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image
from scipy import ndimage


def still_life(side: int = 512, seed: int = 1) -> np.ndarray:
    """A sky, a grained table and a few discs, (side, side, 3) uint8."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side] / side
    picture = np.stack([0.45 + 0.3 * y, 0.55 + 0.2 * y, 0.75 - 0.1 * y], -1)
    grain = ndimage.gaussian_filter(rng.normal(size=(side, side)), (0.8, 6))
    table = y > 0.55
    picture[table] = (np.array([0.5, 0.36, 0.24]) + 0.25 * grain[..., None])[table]
    for _ in range(5):
        cx, cy, r = rng.uniform(0.1, 0.9), rng.uniform(0.4, 0.8), rng.uniform(0.05, 0.15)
        disc = np.hypot(x - cx, y - cy) < r
        shade = 1.1 - 0.6 * np.hypot(x - cx + r / 3, y - cy + r / 3) / r
        picture[disc] = (rng.uniform(0.2, 0.9, 3) * shade[..., None])[disc]
    picture += rng.normal(0, 0.004, picture.shape)
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)


def saved(picture: np.ndarray, format: str = "PNG", **options: object) -> bytes:
    file = BytesIO()
    Image.fromarray(picture).save(file, format, **options)
    return file.getvalue()


def opened(data: bytes) -> np.ndarray:
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))
