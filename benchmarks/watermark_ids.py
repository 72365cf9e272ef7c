"""How often the id of a found watermark is read, by the present rule and by the one before it, of the same pictures by turns.

    python benchmarks/watermark_ids.py --data DATA --painted FOLDER [--count 240]
    python benchmarks/watermark_ids.py --gallery [--count 64]

Before: every frequency counted alike, and the nearest codeword counted as read from 12 standard deviations on. Now each counts as much as
is left of the template at its radius, and how far the next codeword lies counts too. The last column compares with 10,000 ids, the right
one among them, what cannot be read by itself, as `pochade verify --among` does; in brackets how many are taken for another, also where the
right one is not among them.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import watermark as pictures
from PIL import Image

from pochade.trust import watermark, watermark_code, watermark_search

ATTACKS = ("none", "WebP q80", "WebP q65", "WebP q50", "JPEG q30", "resize 0.5x, JPEG q80", "crop 75 % away")
SIDES = (256, 384, 512)
BEFORE = 12.0
GALLERY = Path(__file__).parents[1] / "docs" / "gallery"
COMPARED = 10_000


def read_before(values: np.ndarray, place: watermark_search._Place) -> int | None:
    found = watermark.band()
    turn = np.exp(-2j * np.pi * (found.v * place.y + found.u * place.x) / watermark.TILE_PX)
    carried = (values * turn)[found.sync :]
    number, _ = watermark_code.decode(watermark.soft_bits(carried))
    evidence = (carried * np.conj(watermark.data_symbols(number))).real.sum() / np.sqrt((np.abs(carried) ** 2).sum() / 2)
    return number if evidence >= BEFORE else None


def piece_of_gallery(seed: int, side: int) -> np.ndarray:
    """(side, side, 3) uint8: a piece of one of the pictures of the documentation."""
    files = sorted(GALLERY.glob("*.webp"))
    with Image.open(files[seed % len(files)]) as image:
        whole = np.asarray(image.convert("RGB"))
    top, left = (int(np.random.default_rng([15, seed]).integers(0, max(1, length - side + 1))) for length in whole.shape[:2])
    return np.ascontiguousarray(whole[top : top + side, left : left + side])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, action="append", default=[])
    parser.add_argument("--painted", type=Path)
    parser.add_argument("--gallery", action="store_true", help="pieces of the documentation's pictures, which everybody has")
    parser.add_argument("--count", type=int, default=240)
    options = parser.parse_args()
    if not options.gallery:
        pictures.use(options.data, options.painted)
    others = [int(number) for number in np.random.default_rng(16).integers(1 << 63, size=COMPARED - 1)]
    read = {name: {"before": [0, 0], "now": [0, 0], "among": [0, 0], "count": 0} for name in ATTACKS}
    for seed in range(options.count):
        if seed % 16 == 15:  # synthetic
            continue
        rng = np.random.default_rng([14, seed])
        number = int(rng.integers(1 << 63))
        side = SIDES[seed % len(SIDES)]
        marked = watermark.embed(piece_of_gallery(seed, side) if options.gallery else pictures.whole(seed, side)[0], number)
        for name in ATTACKS:
            seen = np.ascontiguousarray(pictures.ATTACKS[name](marked))
            spectrum = watermark_search._Spectrum(watermark.luma(seen), (0, 0), seen.shape[:2])
            place, values = spectrum.refine(max(spectrum.places(), key=lambda place: place.score))
            if place.score < 0:
                continue
            read[name]["count"] += 1
            soft = watermark.soft_bits(watermark_search._carried(values, place))
            alone = watermark_search._read(values, place)
            rules = {
                "before": read_before(values, place),
                "now": alone,
                "among": watermark_search.nearest(soft, [*others, number]) if alone is None else alone,
            }
            for rule, said in rules.items():
                read[name][rule][0] += said == number
                read[name][rule][1] += said not in (None, number)
            read[name]["among"][1] += alone is None and watermark_search.nearest(soft, others) is not None
    print("| attack | found | read before (wrongly) | read now (wrongly) | found among 10,000 (wrongly) |\n|---|---|---|---|---|")
    for name, one in read.items():
        shares = [f"{100 * one[rule][0] / one['count']:.1f} % ({one[rule][1]})" for rule in ("before", "now", "among")]
        print(f"| {name} | {one['count']} | {' | '.join(shares)} |")


if __name__ == "__main__":
    main()
