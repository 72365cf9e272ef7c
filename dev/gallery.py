"""Paints the contact sheets in docs/gallery: one per family, every picture from a prompt, none chosen by hand.

python dev/gallery.py                    # all sheets
python dev/gallery.py products lights    # some of them
python dev/gallery.py --only "wine glass" --out look.png   # single tiles, to look at
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from pochade.world.compose import compose
from pochade.world.parser import parse
from pochade.world.render import backend, paint
from pochade.world.vocabulary import FOOD, LANDSCAPES, LIGHTS, MATERIALS, MOODS, PLACES, PRODUCTS

FOLDER = Path(__file__).parent.parent / "docs" / "gallery"
TILE_PX = 256
LABEL_PX = 22

_DAY = ("softbox", "window light", "golden hour", "morning light", "backlight", "overcast")
_LAND = {
    "mountain range": "golden hour", "snowy peaks": "morning", "rolling hills": "noon", "meadow": "morning", "desert dunes": "golden hour",
    "canyon": "golden hour", "sea": "noon", "beach": "sunset", "cliffs": "noon", "lake": "morning", "river valley": "golden hour",
    "island": "sunset", "pine forest": "fog", "birch grove": "noon", "lone tree": "golden hour", "glacier": "noon",
    "volcano": "golden hour", "rice terraces": "morning",
}  # fmt: skip
_FORMS = ("vase", "teapot", "ball", "bowl", "cube", "mug", "chess pawn", "torus")


def sheets() -> dict[str, list[tuple[str, str, int]]]:
    """Label, prompt and seed of every tile, by sheet."""
    lit = [(noun, f"{_article(noun)}, {_DAY[k % len(_DAY)]}", k) for k, noun in enumerate(PRODUCTS)]
    food = [
        (noun, f"{_article(noun)}, {('window light', 'softbox', 'morning light', 'golden hour')[k % 4]}", k) for k, noun in enumerate(FOOD)
    ]
    land = [(name, f"{name}, {_LAND[name]}", k) for k, name in enumerate(LANDSCAPES)]
    stands = {name: "slate slab" if "white" in name or "glass" in name else "marble table" for name in MATERIALS}
    stone = [
        (name, f"a {name} {_FORMS[k % len(_FORMS)]} on a {stands[name]}, {('softbox', 'window light')[k % 2]}", k)
        for k, name in enumerate(MATERIALS)
    ]
    light = [(name, f"a blue glazed ceramic vase and two oranges on an oak table, {name}", 3 * k + 1) for k, name in enumerate(LIGHTS)]
    views = [(view, f"a copper teapot and two cups on a walnut table, {view}, window light", k) for k, view in enumerate(
        ("close-up", "macro", "shallow depth of field", "eye level", "low angle", "top-down", "wide shot", "three-quarter",
         "symmetrical"))]  # fmt: skip
    moods = [(mood, f"three pears on a linen tablecloth, {mood}", k) for k, mood in enumerate(MOODS)]
    relations = [(prompt, prompt, k) for k, prompt in enumerate((
        "a red cube to the left of a blue ball", "a gold ball to the right of a green cone", "a teapot next to a mug",
        "a lemon in front of a bottle",
        "a candlestick behind a bowl", "an apple on top of a book", "a bowl of lemons", "oranges inside a bowl",
        "a croissant on a plate",
        "a pear between a jug and a mug", "one egg", "two eggs", "three eggs", "four eggs", "five eggs", "a few cherries",
        "a pile of limes",
        "a blue cube on top of a wooden cube"))]  # fmt: skip
    places = [(f"{name}, {view}" if view else name, f"{name}{', ' + view if view else ''}", 10 * k + j)
              for k, name in enumerate(PLACES) for j, view in enumerate(("", "wide shot"))]  # fmt: skip
    return {
        "products": lit, "food": food, "landscapes": land, "places": places, "materials": stone, "lights": light,
        "views": views + moods, "relations": relations,
    }  # fmt: skip


def _article(noun: str) -> str:
    plural = noun in ("grapes",)
    return noun if plural else f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def tile(prompt: str, seed: int, quality: str, cache: Path) -> Image.Image:
    """Paints a prompt, or takes it from the cache of this version of the world's code."""
    key = hashlib.sha256(f"{prompt}|{seed}|{quality}|{TILE_PX}|{_code_hash()}".encode()).hexdigest()[:24]
    path = cache / f"{key}.png"
    if path.exists():
        return Image.open(path).convert("RGB")
    last = None
    for last in paint(compose(parse(prompt).description, seed), TILE_PX, TILE_PX, quality):  # noqa: B007, the last one is wanted
        pass
    assert last is not None and last.picture is not None
    cache.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(last.picture)
    image.save(path)
    return image


def _code_hash() -> str:
    root = Path(__file__).parent.parent / "src" / "pochade" / "world"
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(root.rglob("*.py")))).hexdigest()


def sheet(tiles: list[tuple[str, Image.Image]], columns: int) -> Image.Image:
    rows = -(-len(tiles) // columns)
    out = Image.new("RGB", (columns * TILE_PX, rows * (TILE_PX + LABEL_PX)), (18, 18, 19))
    draw = ImageDraw.Draw(out)
    font = ImageFont.load_default(13)
    for k, (label, image) in enumerate(tiles):
        x, y = k % columns * TILE_PX, k // columns * (TILE_PX + LABEL_PX)
        out.paste(image, (x, y))
        draw.text((x + 7, y + TILE_PX + 3), label, (196, 194, 190), font=font)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="sheets to paint; all by default")
    parser.add_argument("--quality", default="standard", choices=("draft", "standard", "best"))
    parser.add_argument("--columns", type=int, default=6)
    parser.add_argument("--only", nargs="*", help="labels of single tiles")
    parser.add_argument("--out", type=Path, help="where --only goes")
    parser.add_argument("--cache", type=Path, default=Path.home() / "pochade-data" / "gallery")
    options = parser.parse_args()
    print(f"painting with {backend().variant}", file=sys.stderr)
    known = sheets()
    unknown = [name for name in options.names if name not in known]
    if unknown:
        parser.error(f"no sheet is called {', '.join(unknown)}; choose from {', '.join(known)}")
    chosen = options.names or list(known)
    picked: list[tuple[str, Image.Image]] = []
    for name in chosen:
        tiles = []
        for label, prompt, seed in known[name]:
            if options.only is not None and label not in options.only:
                continue
            start = time.perf_counter()
            tiles.append((label, tile(prompt, seed, options.quality, options.cache)))
            print(f"{name}: {prompt} ({time.perf_counter() - start:.1f} s)", file=sys.stderr, flush=True)
        picked += tiles
        if options.only is None:
            FOLDER.mkdir(parents=True, exist_ok=True)
            sheet(tiles, options.columns).save(FOLDER / f"{name}.webp", quality=84, method=6)
    if options.only is not None:
        sheet(picked, min(options.columns, max(1, len(picked)))).save(options.out or Path("look.png"))


if __name__ == "__main__":
    main()
