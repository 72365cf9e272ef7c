"""A tiny packed folder of shaded balls."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from pochade.data.folder import data_root
from pochade.data.guide import CHANNELS, MIRROR_CHANNELS

COLOURS = {"red": (200, 40, 30), "green": (40, 160, 60), "blue": (40, 60, 190)}
SIZE = 32
ALL = [*CHANNELS, *MIRROR_CHANNELS]


def write_pack(folder: Path) -> Path:
    """Writes 40 training and 8 held-out samples; returns the folder."""
    count, rng = 48, np.random.default_rng(0)
    y, x = np.mgrid[:SIZE, :SIZE]
    pictures, guides, lines = [], [], []
    for number in range(count):
        name = list(COLOURS)[number % 3]
        cx, cy, radius = rng.uniform(0.3, 0.7) * SIZE, rng.uniform(0.3, 0.7) * SIZE, rng.uniform(0.15, 0.3) * SIZE
        dx, dy = (x - cx) / radius, (y - cy) / radius
        inside = dx**2 + dy**2 < 1
        up = np.sqrt(np.clip(1 - dx**2 - dy**2, 0, 1))
        shade = np.clip(0.25 + 0.6 * up - 0.3 * dx, 0, 1)[..., None]
        pictures.append(np.where(inside[..., None], np.array(COLOURS[name]) * shade, 110).astype(np.uint8))
        guide = np.full((SIZE, SIZE, len(ALL)), 128, np.uint8)
        guide[..., 1:4] = np.where(inside[..., None], 127.5 + 127 * np.stack([dx, -dy, up], -1), 128)
        guide[..., 4:7] = np.where(inside[..., None], COLOURS[name], 128)
        guide[..., 7:] = 0
        guides.append(guide)
        captions = [["canonical", f"a {name} ball, noon"], ["short", f"a {name} ball to the left of a cube"]]
        lines.append(json.dumps({"id": str(number), "seed": number, "family": "balls", "captions": captions}))
    group = folder / "1x1"
    group.mkdir()
    splits = np.zeros(count, np.uint8)
    splits[40:] = 1
    for name, array in (("pictures", np.stack(pictures)), ("guides", np.stack(guides)), ("splits", splits)):
        np.save(group / f"{name}.npy", array)
    (group / "samples.jsonl").write_text("\n".join(lines) + "\n")
    sides = dict.fromkeys(("width_px", "height_px", "guide_width_px", "guide_height_px"), SIZE)
    manifest = {"format": 1, "size": SIZE, "guide_size": SIZE, "channels": ALL, "data_root": data_root([]), "shards": []}
    (folder / "pack.json").write_text(json.dumps({**manifest, "groups": [{"name": "1x1", **sides, "rows": count}]}))
    return folder
