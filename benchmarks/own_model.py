"""Measures the own model: from prompt to pixels, the painter alone, ten variations, twice the size, the first picture, memory.

    python benchmarks/own_model.py            # about two minutes on two cores
    python benchmarks/own_model.py --quick    # fewer repetitions

Prompts are all different, so every plan is new: shapes, skies and trees of triangles are drawn and built within the time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROMPTS = (
    "a red glass vase on a marble table at sunset", "three lemons in a blue bowl, window light", "a gold ring on slate, macro",
    "a burger and a glass of orange juice on a wooden table", "a copper teapot and two mugs on an oak table, golden hour",
    "a green glass bottle next to a croissant, softbox", "two pears on a linen tablecloth, candlelight", "snowy peaks at dawn",
    "a lake at noon", "a cozy living room, window light",
)  # fmt: skip


def measured(repetitions: int) -> dict[str, float]:
    """Figures of this process; the model is loaded and warm for all but the first picture."""
    from pochade.core.values import FinishedImage, GenerationRequest, Quality
    from pochade.providers.pochade1 import Pochade1, words
    from pochade.runtime.engine import engine
    from pochade.runtime.sampler import Task, paint

    begun = time.perf_counter()

    def ask(prompt: str, seed: int, side_px: int = 256, count: int = 1, quality: Quality = "standard") -> float:
        async def all_events() -> int:
            request = GenerationRequest(prompt, seed, "pochade-1", num_images=count, width_px=side_px, height_px=side_px, quality=quality)
            return sum([isinstance(event, FinishedImage) async for event in Pochade1().generate(request)])

        start = time.perf_counter()
        assert asyncio.run(all_events()) == count
        return 1e3 * (time.perf_counter() - start)

    ask(PROMPTS[0], 1)
    first_s = time.perf_counter() - begun
    for prompt in PROMPTS:
        ask(prompt, 2)
    single = [ask(prompt, 10 + k) for k in range(repetitions) for prompt in PROMPTS]
    drafts = [ask(prompt, 400 + k, quality="draft") for k in range(repetitions) for prompt in PROMPTS]
    again = [ask(PROMPTS[1], 10 + k % 2) for k in range(2, 4 * repetitions)]
    ten = [ask(PROMPTS[k % 3], 100 + 10 * k, count=10) for k in range(repetitions)]
    ask(PROMPTS[0], 3, 512)
    large = [ask(prompt, 200 + k, 512) for k in range(repetitions) for prompt in PROMPTS[:5]]
    alone = {}
    for side_px in (256, 512):
        task = Task([words(PROMPTS[0])], [1], side_px, side_px, num_steps=1)
        times = []
        for _ in range(4 * repetitions):
            start = time.perf_counter()
            list(paint(engine(), task))
            times.append(1e3 * (time.perf_counter() - start))
        alone[side_px] = statistics.median(times)
    status = Path("/proc/self/status").read_text() if Path("/proc/self/status").exists() else ""
    peak = next((int(line.split()[1]) / 1e3 for line in status.splitlines() if line.startswith("VmHWM")), float("nan"))
    return {
        "one 256x256, new plan, ms (median)": statistics.median(single),
        "one 256x256, new plan, ms (slowest)": max(single),
        "one 256x256, new plan, painted at half the size, ms (median)": statistics.median(drafts),
        "one 256x256, plan seen before, ms (median)": statistics.median(again),
        "painter alone, 256x256, one step, ms": alone[256],
        "ten variations of 256x256, ms (median)": statistics.median(ten),
        "one 512x512, new plan, ms (median)": statistics.median(large),
        "painter alone, 512x512, one step, ms": alone[512],
        "first picture of a process that has imported nothing, s": first_s,
        "memory at the most, MB": peak,
    }


def command_s() -> float:
    """Seconds of `pochade paint` of 256x256, start of the interpreter and writing of the file included."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["paint", "--model", "pochade-1", "--size", "256", "-q", "-o", folder, PROMPTS[0]]
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "pochade", *arguments], check=True, capture_output=True)
        return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    figures = measured(2 if options.quick else 5)
    command_s()
    figures["`pochade paint`, 256x256, the whole command, s"] = statistics.median(command_s() for _ in range(3))
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:60s} {value:.{2 if name.endswith(', s') else 0}f}")


if __name__ == "__main__":
    main()
