"""How near pictures come to the truth: scenes that no training saw, traced with many samples, beside everything quicker.

    python benchmarks/references.py --data DATA --count 12        # six minutes on two cores

DATA is a folder of `pochade data render`. Its own pictures, which the own model learns from and is evaluated with, are traced with few
samples and cleared up: where light is hard to find they are blotched, and no painter can come nearer to them than they are to the truth.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pochade.core.tokens import key_phrase
from pochade.data import shards
from pochade.data.guide import channels
from pochade.data.records import Sample
from pochade.evals.metrics import interval, octaves, psnr_db, share_of_power
from pochade.runtime import denoiser
from pochade.runtime.engine import engine
from pochade.runtime.sampler import Task
from pochade.runtime.sampler import paint as repaint
from pochade.world.captions import canonical
from pochade.world.render.guide import guide
from pochade.world.render.paint import Quality, paint, paint_stage
from pochade.world.scene import Scene
from pochade.world.staging import stage

TRUTH = Quality(spp=512, denoise=0.3, max_depth=24)
Picture = NDArray[np.uint8]


def square_scenes(folder: Path, count: int) -> Iterator[Sample]:
    """Held-out square samples, at most one of a shard, the first shards evenly apart."""
    indices, found = shards.indices(folder), 0
    step = max(1, len(indices) // count)
    for index in sorted(indices, key=lambda index: (index % step, index)):
        for sample in shards.read_samples(folder, index):
            if found < count and sample.split == "held-out" and sample.width_px == sample.height_px:
                yield sample
                found += 1
                break


def traced(scene: Scene, side_px: int, quality: str) -> Picture:
    *_, last = paint(scene, side_px, side_px, quality, denoiser=denoiser.load())
    assert last.picture is not None
    return last.picture


def painted(scene: Scene, side_px: int) -> Picture:
    told = f"{canonical(scene.description)} {key_phrase(scene.key_azimuth_deg)}"
    *_, last = repaint(engine(), Task([told], [scene.seed], side_px, side_px, [channels(guide(scene, side_px, mirrors=True))], num_steps=1))
    return last.pictures[0]


def sketched(scene: Scene, side_px: int) -> Picture:
    draft = guide(scene, side_px, mirrors=True).draft
    assert draft is not None
    return draft


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--count", type=int, default=12)
    chosen = parser.parse_args()
    ways: dict[str, Callable[[Scene, int], Picture]] = {
        "the plan's draft alone": sketched,
        "pochade-1": painted,
        "path tracer, draft": lambda scene, side_px: traced(scene, side_px, "draft"),
        "path tracer, standard": lambda scene, side_px: traced(scene, side_px, "standard"),
    }
    truths: list[Picture] = []
    made: dict[str, list[Picture]] = {name: [] for name in ("the data's own", *ways)}
    for number, sample in enumerate(square_scenes(chosen.data, chosen.count)):
        scene, side_px = Scene.from_json(sample.scene), sample.width_px
        *_, last = paint_stage(stage(scene), side_px, side_px, TRUTH, scene.seed + 1)
        assert last.picture is not None
        truths.append(last.picture)
        made["the data's own"].append(np.asarray(Image.open(io.BytesIO(sample.picture)).convert("RGB")))
        for name, way in ways.items():
            made[name].append(way(scene, side_px))
        near = " ".join(f"{psnr_db(pictures[-1][None], last.picture[None])[0]:.1f}" for pictures in made.values())
        print(f"{number + 1} of {chosen.count}: {sample.id} {near}", flush=True)
    wanted = np.stack(truths)
    print(f"\n| against {TRUTH.spp} samples a pixel, {len(wanted)} scenes | PSNR, dB | power of detail, coarse to fine |")
    print("|---|---|---|")
    for name, pictures in made.items():
        found = np.stack(pictures)
        mean, low, high = interval(psnr_db(found, wanted))
        detail = " ".join(f"{share:.2f}" for share in share_of_power(octaves(found), octaves(wanted)))
        print(f"| {name} | {mean:.1f} ({low:.1f} to {high:.1f}) | {detail} |")


if __name__ == "__main__":
    main()
