"""Paints docs/samples.webp: the own model's pictures of fixed prompts and one seed, beside the path tracer's of the same plans.

python dev/samples.py                  # nothing is chosen by hand: evenly spaced words of every family
python dev/samples.py --each 3         # words of each family
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

import numpy as np
from gallery import sheet, sheets
from PIL import Image

from pochade.core.values import FinishedImage, GenerationRequest
from pochade.providers.pathtracer import PathTracer
from pochade.providers.pochade1 import Pochade1

OUT = Path(__file__).parent.parent / "docs" / "samples.webp"
FAMILIES = ("products", "food", "landscapes", "places", "materials", "lights")
SIDE_PX, SEED = 256, 1


def painted(model: Pochade1 | PathTracer, prompt: str, quality: str) -> Image.Image:
    """The picture of a prompt and the first seed, unmarked, since it is only shown small in a sheet that says what it is."""

    async def only() -> np.ndarray:
        request = GenerationRequest(prompt, SEED, model.model_id, width_px=SIDE_PX, height_px=SIDE_PX, quality=quality)  # type: ignore[arg-type]
        pictures = [event.picture async for event in model.generate(request) if isinstance(event, FinishedImage)]
        return pictures[0]

    return Image.fromarray(asyncio.run(only()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=6, help="words of each family")
    parser.add_argument("--quality", default="best", help="of the own model: draft, standard or best")
    options = parser.parse_args()
    own, tracer, tiles = Pochade1(), PathTracer(), []
    for family in FAMILIES:
        every = sheets()[family]
        for k in np.linspace(0, len(every) - 1, options.each).astype(int):
            label, prompt, _ = every[k]
            tiles.append((label, painted(own, prompt, options.quality)))
            tiles.append(("path traced", painted(tracer, prompt, "standard")))
            print(f"{family}: {prompt}", file=sys.stderr, flush=True)
    sheet(tiles, 2 * min(options.each, 3)).save(OUT, quality=84, method=6)
    print(OUT)


if __name__ == "__main__":
    main()
