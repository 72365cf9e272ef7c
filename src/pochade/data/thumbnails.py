"""Pictures of any format as small squares: what judges look at."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def thumbnail(picture: NDArray[np.uint8], size_px: int, box: tuple[float, float, float, float] | None = None) -> NDArray[np.uint8]:
    """A picture (H, W, 3) squeezed to (size_px, size_px, 3): other formats lose their proportions, and no thing at the border is lost.

    Args:
        box: the part to show, as left, upper, right and lower pixel; None: all.
    """
    if box is None and picture.shape[:2] == (size_px, size_px):
        return np.asarray(picture)
    return np.asarray(Image.fromarray(np.asarray(picture)).resize((size_px, size_px), Image.Resampling.BILINEAR, box=box))
