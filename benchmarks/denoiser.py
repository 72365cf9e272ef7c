"""How much the learned denoiser of the path tracer gains, on scenes that it never saw.

    python benchmarks/denoiser.py [--size 256] [--spp 8] [--reference-spp 1024] [--sheet sheet.png] [--count 12]

For each scene: PSNR of the developed picture against a reference of its own noise, for the samples as they are, for the
denoiser without learned weights, and for the learned one; all from the same samples, at the reference's exposure.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from PIL import Image

PROMPTS = (
    "a red glass vase on a marble table at sunset",
    "three lemons in a blue bowl, window light",
    "a gold ring on slate, softbox",
    "a chocolate cake on a plate, morning light",
    "a wine glass beside a pear, light through blinds",
    "a copper kettle on an oak table, overcast",
    "croissants on linen, golden hour",
    "a sunlit room",
    "a candlelit table",
    "a mountain range at sunset",
    "a forest lake in the morning",
    "two chrome balls and a frosted glass cube, hard spotlight",
)
"""Written for this page; what the denoiser learned from was drawn at random."""


def psnr(picture: np.ndarray, reference: np.ndarray) -> float:
    """Peak signal-to-noise ratio of two (H, W, 3) uint8 pictures in dB."""
    error = np.mean((picture.astype(np.float64) - reference) ** 2)
    return float(10 * np.log10(255**2 / max(error, 1e-12)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--spp", type=int, default=8)
    parser.add_argument("--reference-spp", type=int, default=1024)
    parser.add_argument("--count", type=int, default=len(PROMPTS))
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--weights", type=Path, help="another folder of exported weights")
    options = parser.parse_args()
    from pochade.runtime import denoiser
    from pochade.world.compose import compose
    from pochade.world.parser import parse
    from pochade.world.render.build import build
    from pochade.world.render.denoise import denoise
    from pochade.world.render.features import features
    from pochade.world.render.film import develop, meter
    from pochade.world.render.paint import _backdrop, _composed
    from pochade.world.render.trace import trace
    from pochade.world.staging import stage

    learned = denoiser.load(options.weights) if options.weights else denoiser.load()
    size, rows, strips = options.size, [], []
    for k, prompt in enumerate(PROMPTS[: options.count]):
        staged = stage(compose(parse(prompt).description, 900 + k))
        loaded = build(staged, size, size)
        hits = features(loaded, size, size, min(16, options.spp), k)
        backdrop = _backdrop(staged, hits)
        hide = backdrop is not None
        *_, noisy = trace(loaded, size, size, options.spp, k, 10, hide)
        *_, clean = trace(loaded, size, size, options.reference_spp, 7_000_000 + k, 10, hide)
        exposure = meter(_composed(clean.radiance, staged, hits, backdrop), staged.exposure, hits.albedo)
        start = time.perf_counter()
        made = learned(noisy.radiance, hits.albedo, hits.normal, hits.depth_m)
        took = time.perf_counter() - start
        versions = (noisy.radiance, denoise(noisy.radiance, noisy.variance, hits), made, clean.radiance)
        shown = [develop(_composed(v, staged, hits, backdrop), staged.exposure, exposure) for v in versions]
        rows.append([*(psnr(picture, shown[-1]) for picture in shown[:-1]), took * 1e3])
        strips.append(np.concatenate(shown, 1))
        print(f"| {prompt} | " + " | ".join(f"{value:.1f}" for value in rows[-1]) + " |", flush=True)
    mean = np.mean(rows, 0)
    print(f"| mean (of the time: median) | {mean[0]:.1f} | {mean[1]:.1f} | {mean[2]:.1f} | {np.median([r[3] for r in rows]):.0f} |")
    if options.sheet:
        Image.fromarray(np.concatenate(strips)).save(options.sheet)


if __name__ == "__main__":
    main()
