"""Labels and a tiny packed folder for judges: balls and cubes, red, green or blue, in two places."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from pochade.core.labels import Labels
from pochade.data.folder import data_root
from pochade.data.guide import CHANNELS
from pochade.data.pack import FORMAT

COLOURS = {"red": (200, 40, 30), "green": (40, 160, 60), "blue": (40, 60, 190)}
LABELS = Labels(("ball", "cube"), tuple(COLOURS), ("rubber", "oak"), ("noon", "dusk"), ("", "beach"), ("", "sand"))
SIZE = 32


def line(number: int, nouns: list[str], **said: Any) -> dict[str, Any]:
    """A line of a pack; what is not said is empty."""
    blank = [""] * len(nouns)
    counts = ["1"] * len(nouns)
    kept = {"nouns": nouns, "counts": counts, "colours": blank, "materials": blank, "relations": [], "light": "noon", "setting": ""}
    return {"id": str(number), "seed": number, "family": "products", "surface": "", **kept, **said}


def drawn(things: list[tuple[str, str, int, int]], bright: bool) -> np.ndarray:
    """A picture of (noun, colour, x, y) in pixels; a ball is round."""
    y, x = np.mgrid[:SIZE, :SIZE]
    picture = np.full((SIZE, SIZE, 3), 150 if bright else 60, np.uint8)
    for noun, colour, at_x, at_y in things:
        apart = np.hypot(x - at_x, y - at_y) if noun == "ball" else np.maximum(abs(x - at_x), abs(y - at_y))
        picture[apart < 6] = COLOURS[colour]
    return picture


def write_pack(folder: Path, count: int = 240, held_out: int = 24) -> Path:
    """Writes a pack whose last samples are held out; returns the folder."""
    rng = np.random.default_rng(0)
    pictures, lines = [], []
    for number in range(count):
        bright = bool(rng.random() < 0.5)
        left, right = (int(rng.integers(*span)) for span in ((7, 11), (21, 25)))
        nouns = [str(noun) for noun in rng.permutation(["ball", "cube"])][: 1 + int(rng.random() < 0.75)]
        colours = [str(colour) for colour in rng.choice(list(COLOURS), len(nouns))]
        things = [(noun, colour, x, int(rng.integers(9, 23))) for noun, colour, x in zip(nouns, colours, (left, right), strict=False)]
        pictures.append(drawn(things, bright))
        relations = ["0:" + nouns[0] + "|left of|1:" + nouns[1]] if len(nouns) == 2 else []
        said = line(number, nouns, colours=colours, relations=relations, light="noon" if bright else "dusk")
        lines.append(json.dumps({**said, "captions": [["canonical", f"a {colours[0]} {nouns[0]}"]]}))
    group = folder / "1x1"
    group.mkdir(parents=True)
    splits = np.zeros(count, np.uint8)
    splits[-held_out:] = 1
    guides = np.zeros((count, 1, 1, len(CHANNELS)), np.uint8)
    for name, array in (("pictures", np.stack(pictures)), ("guides", guides), ("splits", splits)):
        np.save(group / f"{name}.npy", array)
    (group / "samples.jsonl").write_text("\n".join(lines) + "\n")
    manifest = {"format": FORMAT, "size": SIZE, "guide_size": 16, "channels": list(CHANNELS), "data_root": data_root([]), "shards": []}
    sides = {"width_px": SIZE, "height_px": SIZE, "guide_width_px": 1, "guide_height_px": 1}
    (folder / "pack.json").write_text(json.dumps({**manifest, "groups": [{"name": "1x1", **sides, "rows": count}]}))
    return folder
