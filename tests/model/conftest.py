"""A tiny packed folder of shaded balls, and a tiny recipe."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
torch.set_num_threads(1)  # nets this small only wait for a second thread

from pochade.data.folder import data_root  # noqa: E402
from pochade.data.guide import CHANNELS  # noqa: E402
from pochade.model.config import NetConfig, Recipe  # noqa: E402

COLOURS = {"red": (200, 40, 30), "green": (40, 160, 60), "blue": (40, 60, 190)}
SIZE = 32
NET = NetConfig(widths=(8, 16), token_width=32, depth=2, heads=2, text_width=32, text_depth=1, text_tokens=12, aux_block=1)


@pytest.fixture(scope="session")
def recipe() -> Recipe:
    return Recipe("tiny", NET, size_px=SIZE, samples=8 * 40, batch=8, sheet_s=1e9, checkpoint_s=1e9)


@pytest.fixture(scope="session")
def pack_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pack")
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
        guide = np.full((SIZE, SIZE, len(CHANNELS)), 128, np.uint8)
        guide[..., 1:4] = np.where(inside[..., None], 127.5 + 127 * np.stack([dx, -dy, up], -1), 128)
        guide[..., 4:7] = np.where(inside[..., None], COLOURS[name], 128)
        guide[..., 7:] = 0
        guides.append(guide)
        captions = [["canonical", f"a {name} ball, noon"], ["short", f"a {name} ball to the left of a cube"]]
        lines.append(json.dumps({"id": str(number), "seed": number, "captions": captions}))
    group = folder / "1x1"
    group.mkdir()
    splits = np.zeros(count, np.uint8)
    splits[40:] = 1
    for name, array in (("pictures", np.stack(pictures)), ("guides", np.stack(guides)), ("splits", splits)):
        np.save(group / f"{name}.npy", array)
    (group / "samples.jsonl").write_text("\n".join(lines) + "\n")
    sides = dict.fromkeys(("width_px", "height_px", "guide_width_px", "guide_height_px"), SIZE)
    manifest = {"format": 1, "size": SIZE, "guide_size": SIZE, "channels": list(CHANNELS), "data_root": data_root([]), "shards": []}
    (folder / "pack.json").write_text(json.dumps({**manifest, "groups": [{"name": "1x1", **sides, "rows": count}]}))
    return folder
