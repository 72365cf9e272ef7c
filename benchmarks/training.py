"""Measures a training step of the own model: plain PyTorch in 32 bits, in bf16, and compiled as `pochade train` does it.

    python benchmarks/training.py                 # about five minutes on two cores, most of them compiling
    python benchmarks/training.py --device cuda

Forward and backward pass of the recipe's network and batch on random data, without the optimiser and the making of batches.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

import torch

from pochade.core.conditions import GUIDE_CHANNELS
from pochade.model.config import load_recipe
from pochade.model.learn import Lesson
from pochade.model.painter import Pochade

RECIPES = Path(__file__).parent.parent / "recipes"


def samples_per_s(recipe_name: str, device: str, dtype: torch.dtype, compiled: bool, repetitions: int) -> float:
    """Median over the repetitions, after one to warm up."""
    recipe = load_recipe(RECIPES / f"{recipe_name}.toml")
    torch.manual_seed(0)
    net = Pochade(recipe.net).to(device, dtype).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    lesson = Lesson(net, recipe.min_noise)
    step = torch.compile(lesson, dynamic=False) if compiled else lesson
    count, side = recipe.batch, recipe.size_px
    pictures = torch.randint(0, 256, (count, side, side, 3), dtype=torch.uint8, device=device)
    guides = torch.randint(0, 256, (count, side, side, GUIDE_CHANNELS), dtype=torch.uint8, device=device)
    modes, tokens = (
        torch.ones(count, dtype=torch.int64, device=device),
        torch.randint(1, 300, (count, recipe.net.text_tokens), device=device),
    )
    noise, t = torch.randn(count, 3, side, side, device=device, dtype=dtype), torch.rand(count, device=device)
    times = []
    for _ in range(repetitions + 1):
        start = time.perf_counter()
        loss, aux = step(pictures, guides, modes, tokens, noise, t)
        (loss.mean() + 0.1 * aux.mean()).backward()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return count / statistics.median(times[1:])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="pochade-1")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    kinds = (("plain, 32 bits", torch.float32, False), ("plain, bf16", torch.bfloat16, False), ("compiled, bf16", torch.bfloat16, True))
    naive = None
    for name, dtype, compiled in kinds:
        found = samples_per_s(options.recipe, options.device, dtype, compiled, options.repetitions)
        naive = naive or found
        print(f"{name:20s} {found:7.1f} samples/s  {found / naive:5.1f} times the first", flush=True)


if __name__ == "__main__":
    main()
