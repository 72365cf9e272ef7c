"""One asset on a table in soft light: for looking at assets while making them.

python -m pochade.world.render.preview "wine glass" apple --seeds 4 --out sheet.png
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from pochade.world.asset import Asset
from pochade.world.materials import Material
from pochade.world.mesh import box, box_mapped
from pochade.world.palette import SURFACES
from pochade.world.render.build import build
from pochade.world.render.film import develop
from pochade.world.render.trace import trace
from pochade.world.scene import Camera, Thing
from pochade.world.stage import GROUND, AreaLight, Environment, Exposure, Item, Stage, SunLight, transform
from pochade.world.staging import dressed


def asset_stage(
    asset: Asset,
    thing: Thing,
    surface: str = "oak table",
    sunny: bool = False,
    elevation_deg: float = 22.0,
    zoom: float = 1.0,
) -> Stage:
    """A quick studio around one asset, scaled to its size."""
    low, high = asset.bounds
    size = float(max(high - low))
    clothed = [dressed(part, thing) for part in asset.parts]
    items = [Item(part.mesh, part.material or Material(), transform((0, 0, 0)), 0) for part in clothed]
    ground = box_mapped(box(2.4 * max(size, 0.3), 1.6 * max(size, 0.3), 0.03))
    items.append(Item(ground, SURFACES[surface], transform((0, 0.3 * size, -0.03)), GROUND))
    centre = np.array([0, 0, float(high[2]) * 0.46])
    angle = np.radians(elevation_deg)
    eye = centre + 2.35 * size / zoom * np.array([0.18, -np.cos(angle), np.sin(angle)]) / np.tan(np.radians(17)) * 0.5
    camera = Camera(tuple(eye), tuple(centre), 34.0, 0.012 * size, float(np.linalg.norm(eye - centre)) - 0.2 * size)
    t = np.linspace(0, 1, 32)[:, None, None]
    sky = np.broadcast_to((0.55 - 0.42 * t) * np.array([0.95, 1.0, 1.08], np.float32), (32, 64, 3)).astype(np.float32).copy()
    sky[6:14, 4:12] += 2.5
    lights: list[AreaLight | SunLight] = [
        AreaLight((1.6 * size, -1.1 * size, 2.0 * size), tuple(centre), (1.3 * size, 1.3 * size), (9.0, 8.7, 8.2))
    ]
    if sunny:
        lights = [SunLight((0.62, -0.35, 0.7), (3.2, 2.9, 2.5), 1.2)]
    return Stage(tuple(items), camera, Environment(lambda _: sky), tuple(lights), exposure=Exposure())


def render_stage(stage: Stage, size_px: int = 256, spp: int = 64, seed: int = 0) -> np.ndarray:
    buffers = None
    for buffers in trace(build(stage, size_px, size_px), size_px, size_px, spp, seed):  # noqa: B007, the last one is wanted
        pass
    assert buffers is not None
    return develop(buffers.radiance, stage.exposure)


def main() -> None:
    from pochade.world.assets import asset_types

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("nouns", nargs="+")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--materials", nargs="*", default=None, help="paint the body in each of these")
    parser.add_argument("--color")
    parser.add_argument("--surface", default="oak table")
    parser.add_argument("--sunny", action="store_true")
    parser.add_argument("--elevation", type=float, default=22.0)
    parser.add_argument("--zoom", type=float, default=1.0)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--spp", type=int, default=64)
    parser.add_argument("--out", type=Path, default=Path("preview.png"))
    options = parser.parse_args()
    types = asset_types()
    rows = []
    for noun in options.nouns:
        kind = types[noun]
        row = []
        for seed in range(options.first_seed, options.first_seed + options.seeds):
            for name in options.materials or [None]:
                rand = (kind.varieties or {}).get(options.color or "", kind.rand)
                asset = rand(np.random.default_rng(seed))
                body = name or (kind.materials[seed % len(kind.materials)] if kind.materials else None)
                thing = Thing(noun, seed, 0, body, options.color, (0.0, 0.0, 0.0))
                stage = asset_stage(asset, thing, options.surface, options.sunny, options.elevation, options.zoom)
                row.append(render_stage(stage, options.size, options.spp))
                triangles = sum(len(p.mesh.faces) for p in asset.parts)
                tight = all(p.mesh.is_watertight() for p in asset.parts)
                print(
                    f"{noun} seed {seed} {name or ''}: {triangles} triangles, height {asset.height_m:.3f} m, watertight {tight}",
                    file=sys.stderr,
                )
        rows.append(np.concatenate(row, 1))
    width = max(row.shape[1] for row in rows)
    sheet = np.concatenate([np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0))) for row in rows])
    Image.fromarray(sheet).save(options.out)
    print(options.out)


if __name__ == "__main__":
    main()
