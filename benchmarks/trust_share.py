"""What trust adds to the time of a picture: policy, watermark and signature; beside them the file itself, which any studio writes.

python benchmarks/trust_share.py [--rounds 30] [--alone]
"""

from __future__ import annotations

import argparse
import os

# as the server does, before numpy is loaded: products of small matrices shared among threads wait for each other
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# isort: split
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import TypeVar

import numpy as np
from PIL import Image

from pochade.core.recipe import Recipe
from pochade.studio.pictures import encode
from pochade.trust.marking import Marking, watermarked
from pochade.trust.policy.installation import installation_gate

Result = TypeVar("Result")
PICTURE = Path(__file__).parents[1] / "docs" / "samples.webp"
PROMPT = "a red glass vase on a marble table at sunset, seen from slightly above, number {}"


def timed(times: list[float], work: Callable[[], Result]) -> Result:
    started = time.perf_counter()
    result = work()
    times.append((time.perf_counter() - started) * 1000)
    return result


def measured(side_px: int, rounds: int) -> dict[str, float]:
    """Medians in milliseconds, by what is done; each round another prompt and another piece of the picture."""
    with Image.open(PICTURE) as image:
        whole = np.asarray(image.convert("RGB"))
    rng = np.random.default_rng(side_px)
    gate = installation_gate()
    times: dict[str, list[float]] = {"policy": [], "watermark": [], "file": [], "file, signed": []}
    for number in range(rounds + 3):
        top, left = (int(rng.integers(0, length - side_px + 1)) for length in whole.shape[:2])
        picture = np.ascontiguousarray(whole[top : top + side_px, left : left + side_px])
        prompt = PROMPT.format(number)
        recipe = Recipe(
            prompt=prompt, seed=number, model_id="pochade-1", width_px=side_px, height_px=side_px, quality="standard", sha256=""
        )

        def asked(prompt: str = prompt) -> None:
            gate.enforce(prompt, actor="somebody")

        timed(times["policy"], asked)
        marked, kept = timed(times["watermark"], lambda picture=picture, recipe=recipe: watermarked(picture, recipe))
        timed(times["file"], lambda marked=marked, kept=kept: encode(marked, kept, marking=Marking(manifest=False)))
        timed(times["file, signed"], lambda marked=marked, kept=kept: encode(marked, kept))
    found = {name: median(each[3:]) for name, each in times.items()}  # without the first three, which load and warm up
    found["signature"] = median(signed - plain for signed, plain in zip(times["file, signed"][3:], times["file"][3:], strict=True))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--alone", action="store_true", help="before any other program's turn, as on an idle machine; Linux, root")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["POCHADE_DATA"] = folder
        os.environ.pop("POCHADE_KEYS", None)
        if options.alone:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        print("| ms, medians | policy, noted | watermark | signature | trust in all | the file besides |\n|---|---|---|---|---|---|")
        for side_px in (256, 512):
            each = measured(side_px, options.rounds)
            each["trust"] = each["policy"] + each["watermark"] + each["signature"]
            columns = (f"{each[name]:.2f}" for name in ("policy", "watermark", "signature", "trust", "file"))
            print(f"| {side_px}x{side_px} | {' | '.join(columns)} |")


if __name__ == "__main__":
    main()
