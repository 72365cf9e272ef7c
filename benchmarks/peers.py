"""Measures the own model's painter beside one step of two published few-step models, in one run: same machine, same engine, same precision.

    pip install '.[hub]' && python benchmarks/peers.py        # three minutes and 10 GB of memory on two cores

SD-Turbo's and SDXS-512's networks have random weights here: time does not depend on what weights say, and no weight is downloaded. Shapes
after the published configurations (arXiv:2311.17042, arXiv:2403.16627); their parameters are counted and printed. Both paint 512x512 in a
latent space, so the tiny decoder that turns latents into pixels is measured with them; their text encoders are not.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

SIDE_PX = 512
LATENT_PX, TOKENS, TOKEN_WIDTH = 64, 77, 1024

SDXS = {
    "block_out_channels": (320, 640, 1280),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "mid_block_type": None,
    "layers_per_block": 1,
    "attention_head_dim": (5, 10, 20),
}
SD_TURBO = {"block_out_channels": (320, 640, 1280, 1280), "attention_head_dim": (5, 10, 20, 20)}


def peer(shape: dict[str, Any]) -> tuple[Callable[[], None], float]:
    """One step of a latent network of a shape, compiled for the CPU in bf16, and its millions of parameters."""
    import openvino as ov
    import torch
    from diffusers import UNet2DConditionModel

    class Step(torch.nn.Module):
        """Its plain tensors, which a graph can be traced through."""

        def __init__(self, net: torch.nn.Module):
            super().__init__()
            self.net = net

        def forward(self, latents: torch.Tensor, t: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
            return self.net(latents, t, encoder_hidden_states=states, return_dict=False)[0]

    net = UNet2DConditionModel(sample_size=LATENT_PX, cross_attention_dim=TOKEN_WIDTH, use_linear_projection=True, **shape).eval()
    inputs = (torch.randn(1, 4, LATENT_PX, LATENT_PX), torch.tensor([999]), torch.randn(1, TOKENS, TOKEN_WIDTH))
    millions = sum(parameter.numel() for parameter in net.parameters()) / 1e6
    with torch.no_grad():
        graph = ov.convert_model(Step(net), example_input=inputs)
    graph.reshape({port: list(array.shape) for port, array in zip(graph.inputs, inputs, strict=True)})
    return _asked(graph, inputs), millions


def decoder() -> Callable[[], None]:
    """The tiny decoder from latents to pixels."""
    import openvino as ov
    import torch
    from diffusers import AutoencoderTiny

    latents = torch.randn(1, 4, LATENT_PX, LATENT_PX)
    with torch.no_grad():
        graph = ov.convert_model(AutoencoderTiny().eval().decoder, example_input=latents)
    return _asked(graph, (latents,))


def _asked(graph: Any, inputs: tuple[Any, ...]) -> Callable[[], None]:
    import openvino as ov

    compiled = ov.Core().compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": "bf16", "PERFORMANCE_HINT": "LATENCY"})
    arrays = [array.numpy() for array in inputs]

    def ask() -> None:
        compiled(arrays)

    return ask


def own() -> Callable[[], None]:
    """One picture of the own model's painter over a guide, noise and caption included, without its plan."""
    import numpy as np

    from pochade.core.conditions import GUIDE_CHANNELS
    from pochade.runtime.engine import engine
    from pochade.runtime.sampler import Task, paint

    guide = np.random.default_rng(0).integers(0, 256, (SIDE_PX, SIDE_PX, GUIDE_CHANNELS), np.uint8)
    task = Task(["a lemon"], [1], SIDE_PX, SIDE_PX, guides=[guide], num_steps=1)

    def ask() -> None:
        list(paint(engine(), task))

    return ask


def measured(rounds: int) -> dict[str, float]:
    """Medians in milliseconds; each round asks all of them, so that other work of the machine meets them alike."""
    import torch

    torch.manual_seed(0)
    turbo, turbo_millions = peer(SD_TURBO)
    gc.collect()
    small, small_millions = peer(SDXS)
    gc.collect()
    asked = {
        "the own model's painter": own(),
        f"SD-Turbo's network, {turbo_millions:.0f} M": turbo,
        f"SDXS-512's network, {small_millions:.0f} M": small,
        "their tiny decoder": decoder(),
    }
    times: dict[str, list[float]] = {name: [] for name in asked}
    for number in range(rounds + 1):
        for name, ask in asked.items():
            start = time.perf_counter()
            ask()
            if number:  # the first warms up
                times[name].append(1e3 * (time.perf_counter() - start))
    return {f"{name}, {SIDE_PX}x{SIDE_PX}, one step, ms": statistics.median(found) for name, found in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    figures = measured(options.rounds)
    if options.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:60s} {value:.0f}")


if __name__ == "__main__":
    main()
