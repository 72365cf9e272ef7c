"""How often the id of a found watermark is read, by the present rule and by the one before it, of the same pictures by turns.

    python benchmarks/watermark_ids.py --data DATA --painted FOLDER [--count 240]

Before: every frequency counted alike, and the nearest codeword counted as read from 12 standard deviations on. Now each counts as much as
is left of the template at its radius, and how far the next codeword lies counts too.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import watermark as pictures

from pochade.trust import watermark, watermark_code, watermark_search

ATTACKS = ("none", "WebP q80", "WebP q65", "WebP q50", "JPEG q30", "resize 0.5x, JPEG q80", "crop 75 % away")
SIDES = (256, 384, 512)
BEFORE = 12.0


def read_before(values: np.ndarray, place: watermark_search._Place) -> int | None:
    found = watermark.band()
    turn = np.exp(-2j * np.pi * (found.v * place.y + found.u * place.x) / watermark.TILE_PX)
    carried = (values * turn)[found.sync :]
    number, _ = watermark_code.decode(watermark.soft_bits(carried))
    evidence = (carried * np.conj(watermark.data_symbols(number))).real.sum() / np.sqrt((np.abs(carried) ** 2).sum() / 2)
    return number if evidence >= BEFORE else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, action="append", default=[])
    parser.add_argument("--painted", type=Path)
    parser.add_argument("--count", type=int, default=240)
    options = parser.parse_args()
    pictures.use(options.data, options.painted)
    read = {name: {"before": [0, 0], "now": [0, 0], "count": 0} for name in ATTACKS}
    for seed in range(options.count):
        if seed % 16 == 15:  # synthetic
            continue
        rng = np.random.default_rng([14, seed])
        number = int(rng.integers(1 << 63))
        marked = watermark.embed(pictures.whole(seed, SIDES[seed % len(SIDES)])[0], number)
        for name in ATTACKS:
            seen = np.ascontiguousarray(pictures.ATTACKS[name](marked))
            spectrum = watermark_search._Spectrum(watermark.luma(seen), (0, 0), seen.shape[:2])
            place, values = spectrum.refine(max(spectrum.places(), key=lambda place: place.score))
            if place.score < 0:
                continue
            read[name]["count"] += 1
            for rule, said in (("before", read_before(values, place)), ("now", watermark_search._read(values, place))):
                read[name][rule][0] += said == number
                read[name][rule][1] += said not in (None, number)
    print("| attack | found | read before (wrongly) | read now (wrongly) |\n|---|---|---|---|")
    for name, one in read.items():
        shares = [f"{100 * one[rule][0] / one['count']:.1f} % ({one[rule][1]})" for rule in ("before", "now")]
        print(f"| {name} | {one['count']} | {' | '.join(shares)} |")


if __name__ == "__main__":
    main()
