"""Measures the watermark: false positives on unmarked pictures, detection by attack and strength, PSNR and time.

    pochade data render DATA --count 4928     # the pictures; see docs/data.md
    python benchmarks/watermark.py --data DATA --painted FOLDER --keep outcomes.jsonl
    python benchmarks/watermark.py --quick    # some hundred; prints, writes nothing
    python benchmarks/watermark.py --data DATA --fresh 100000 --keep FILE  # further unmarked ones; watermark-fresh.json
    python benchmarks/watermark.py --data DATA --limits 200   # small pictures, and turns by few degrees; prints

Writes benchmarks/watermark.md and benchmarks/watermark.json. Pictures of the shortest size are renders as they are, every one another;
larger ones are pictures of FOLDER (PNG files without the mark, at least as large, cut to size) and renders that were enlarged, by turns.
Without `--data`, all are cut from the sheets of docs/gallery, of which there are some 200. Unmarked ones are also cut, flipped, turned,
zoomed, and given other exposure and colours; an eighth of them are synthetic: noise of several colours, gradients, stripes, checks, flat
colour. So is a sixteenth of the marked ones, which are counted apart. Marked pictures meet the attacks by turns, `PER_PICTURE` of them.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from pochade.trust import watermark, watermark_search

ROOT = Path(__file__).parent.parent
SHEETS = ("food", "landscapes", "lights", "materials", "places", "products", "relations", "views")
CELL_PX, ROW_PX = 256, 278
UNMARKED, TURNED, MARKED, PER_PICTURE = 30_000, 4_000, 2_000, 8
SIZES = (256, 256, 384, 512, 768)
"""Sides of square pictures; others have as many pixels. The smallest, where least is found, is measured twice as often."""
ASKED = ("JPEG q50", "WebP q80", "WebP q65", "resize 0.5x", "resize 2x", "crop 25 % away", "screenshot 0.8x, JPEG q80")
"""Attacks that stand for those that nearly every mark should survive."""
Z_95 = 1.96
AT_ONCE = 40
LIMITS = (
    "**What these figures do not show.** Strength, band and the detector's filters were chosen by trials on some 60 of the same renders,"
    " so the shares are of pictures like those the mark was tuned on. Enlarged renders are smoother than pictures painted at that size. "
    "Windows of one picture are not independent, so the intervals are too narrow. The thresholds were set on 9,200 other windows of the "
    "same renders, of which one had been a false positive, before these unmarked pictures were measured."
)
SOURCES: dict[str, list[Path]] = {"data": [], "painted": []}


def use(data: Sequence[Path], painted: Path | None) -> None:
    """Sets where pictures come from, in every process."""
    SOURCES["data"] = [shard for folder in data for shard in sorted(folder.glob("shards/*.parquet"))]
    SOURCES["painted"] = sorted(painted.glob("*.png")) if painted else []


@cache
def renders() -> list[bytes]:
    """Picture files of the renders, in an order of chance."""
    import pyarrow.parquet

    files = [file.as_py() for shard in SOURCES["data"] for file in pyarrow.parquet.read_table(shard, columns=["picture"])["picture"]]
    return [files[k] for k in np.random.default_rng(0).permutation(len(files))]


def opened(file: bytes | Path) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(file) if isinstance(file, bytes) else file).convert("RGB"))


@cache
def cells() -> list[np.ndarray]:
    """The pictures on the sheets, each (256, 256, 3) uint8."""
    found = []
    for name in SHEETS:
        sheet = np.asarray(Image.open(ROOT / f"docs/gallery/{name}.webp").convert("RGB"))
        for top in range(0, sheet.shape[0] - CELL_PX + 1, ROW_PX):
            for left in range(0, sheet.shape[1] - CELL_PX + 1, CELL_PX):
                cell = sheet[top : top + CELL_PX, left : left + CELL_PX]
                if cell.std() > 3 and not (cell[:, -20:] == cell[0, -1]).all():
                    found.append(cell)
    return found


def whole(number: int, side: int) -> tuple[np.ndarray, str]:
    """The picture of this number, (H, W, 3) uint8 of about side * side pixels, and what kind it is; each number has another one."""
    rng = np.random.default_rng([3, number])
    if number % 16 == 15:
        return synthetic(rng, side), "synthetic"
    large = [file for file in SOURCES["painted"] if side > CELL_PX and min(Image.open(file).size) >= side]
    if large and number // len(SIZES) % 2:
        seen = opened(large[number // (2 * len(SIZES)) % len(large)])
        y, x = rng.integers(0, np.array(seen.shape[:2]) - side + 1)
        return np.ascontiguousarray(seen[y : y + side, x : x + side]), "painted"
    if not renders():
        return picture(rng, side), "picture"
    seen = opened(renders()[number % len(renders())])
    if side == CELL_PX:
        return seen, "picture"
    return resized(seen, side / CELL_PX, Image.Resampling.LANCZOS), "enlarged"


def picture(rng: np.random.Generator, side: int) -> np.ndarray:
    """A window of one unmarked picture, in other colours, (side, side, 3) uint8."""
    if rng.random() < 0.125:
        return synthetic(rng, side)
    cell = opened(renders()[rng.integers(len(renders()))]) if renders() else cells()[rng.integers(len(cells()))]
    keep = int(rng.integers(160, min(cell.shape[:2]) + 1))
    y, x = rng.integers(0, np.array(cell.shape[:2]) - keep + 1)
    image = Image.fromarray(cell[y : y + keep, x : x + keep]).resize((side, side), Image.Resampling.LANCZOS)
    values = np.rot90(np.asarray(image), int(rng.integers(4)))
    values = (values[:, ::-1] if rng.random() < 0.5 else values) / 255.0
    values = values ** rng.uniform(0.7, 1.4) * rng.uniform(0.8, 1.15) * rng.uniform(0.9, 1.1, 3)
    grey = values.mean(-1, keepdims=True)
    return as_bytes(grey + (values - grey) * rng.uniform(0.3, 1.4))


def synthetic(rng: np.random.Generator, side: int) -> np.ndarray:
    """Noise, a gradient, stripes, checks, or flat colour with grain; (side, side, 3) uint8."""
    y, x = np.mgrid[0:side, 0:side] / side
    kind = rng.integers(5)
    if kind == 0:
        frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)) + 1 / side
        field = np.fft.irfft2(np.fft.rfft2(rng.normal(size=(side, side))) / frequency ** rng.uniform(0, 2), (side, side))
        field = 0.5 + field / field.std() * rng.uniform(0.03, 0.25)
    elif kind == 1:
        field = 0.5 + 0.5 * np.sin(rng.uniform(0, 6) + rng.uniform(-3, 3) * x + rng.uniform(-3, 3) * y)
    elif kind == 2:
        field = 0.5 + 0.3 * np.sin(2 * np.pi * (rng.uniform(-60, 60) * x + rng.uniform(-60, 60) * y))
    elif kind == 3:
        field = 0.2 + 0.6 * ((x * rng.uniform(4, 40)).astype(int) + (y * rng.uniform(4, 40)).astype(int)) % 2
    else:
        field = np.full((side, side), rng.uniform(0.1, 0.9))
    grain = rng.normal(0, rng.uniform(0, 0.02), (side, side, 1))
    return as_bytes(field[..., None] * rng.uniform(0.4, 1, 3) + grain)


def as_bytes(values: np.ndarray) -> np.ndarray:
    return (np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8)


def encoded(picture: np.ndarray, format: str, quality: int) -> np.ndarray:
    file = BytesIO()
    Image.fromarray(picture).save(file, format, quality=quality)
    return np.asarray(Image.open(file).convert("RGB"))


def resized(picture: np.ndarray, scale: float, how: Image.Resampling = Image.Resampling.BICUBIC) -> np.ndarray:
    height, width, _ = picture.shape
    return np.asarray(Image.fromarray(picture).resize((round(width * scale), round(height * scale)), how))


def cropped(picture: np.ndarray, keep: float) -> np.ndarray:
    """The share `keep` of the area, off the middle."""
    height, width, _ = picture.shape
    h, w = round(height * keep**0.5), round(width * keep**0.5)
    y, x = (height - h) * 2 // 3, (width - w) * 3 // 7
    return picture[y : y + h, x : x + w]


def levels(picture: np.ndarray, gain: float, offset: float, gamma: float = 1.0) -> np.ndarray:
    return as_bytes((picture / 255.0) ** gamma * gain + offset)


def screenshot(picture: np.ndarray, scale: float, quality: int) -> np.ndarray:
    return encoded(levels(resized(picture, scale, Image.Resampling.BILINEAR), 1, 0, 1 / 1.1), "JPEG", quality)


def moved(picture: np.ndarray, keep: float, quality: int) -> np.ndarray:
    return encoded(cropped(picture, keep), "JPEG", quality)


def shown(picture: np.ndarray, keep: float, scale: float, quality: int) -> np.ndarray:
    return encoded(resized(cropped(picture, keep), scale), "JPEG", quality)


def shrunk(picture: np.ndarray, scale: float, quality: int) -> np.ndarray:
    return encoded(resized(picture, scale), "JPEG", quality)


ATTACKS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "none": lambda picture: picture,
    **{f"JPEG q{q}": partial(encoded, format="JPEG", quality=q) for q in (90, 75, 50, 30)},
    **{f"WebP q{q}": partial(encoded, format="WEBP", quality=q) for q in (80, 65, 50)},
    **{f"resize {s:g}x": partial(resized, scale=s) for s in (0.5, 0.75, 1.4, 2)},
    "crop 25 % away": partial(cropped, keep=0.75),
    "crop 50 % away": partial(cropped, keep=0.5),
    "crop 75 % away": partial(cropped, keep=0.25),
    "brightness +15 %": partial(levels, gain=1, offset=0.15),
    "contrast 0.7": partial(levels, gain=0.7, offset=0.15),
    "contrast 1.3": partial(levels, gain=1.3, offset=-0.15),
    "screenshot 0.8x, JPEG q80": partial(screenshot, scale=0.8, quality=80),
    "screenshot 1.25x, JPEG q80": partial(screenshot, scale=1.25, quality=80),
    "crop 25 % away, JPEG q75": partial(moved, keep=0.75, quality=75),
    "resize 0.5x, JPEG q80": partial(shrunk, scale=0.5, quality=80),
    "crop 25 % away, resize 0.8x, JPEG q80": partial(shown, keep=0.75, scale=0.8, quality=80),
    "mirrored": lambda picture: picture[:, ::-1],
    "mirrored, JPEG q75": lambda picture: encoded(picture[:, ::-1], "JPEG", 75),
    "turned by 90 degrees": np.rot90,
    "turned by 180 degrees": lambda picture: np.rot90(picture, 2),
    "turned by 270 degrees": lambda picture: np.rot90(picture, 3),
    "turned by 5 degrees": lambda picture: np.asarray(Image.fromarray(picture).rotate(5, Image.Resampling.BICUBIC)),
}


def unmarked(seed: int) -> np.ndarray:
    rng = np.random.default_rng([4, seed])
    seen = picture(rng, 512 if seed % 16 == 0 else 256)
    return encoded(seen, ("JPEG", "WEBP")[rng.integers(2)], int(rng.integers(40, 95))) if rng.random() < 0.5 else seen


def unmarked_score(seed: int) -> tuple[float, str]:
    """Of an unmarked picture as it stands."""
    found = watermark_search.search(unmarked(seed))
    return found.score, found.change


def turned_score(seed: int) -> tuple[float, str]:
    """Of an unmarked picture: the highest in the seven orientations that are not upright, against their own thresholds."""
    seen = unmarked(seed)
    scores = [
        (watermark_search.search(np.ascontiguousarray(undone(seen)), watermark_search.TURNED_MORE).score, name)
        for name, undone in watermark_search.ORIENTATIONS.items()
    ]
    return max(scores)


def marked_scores(seed: int) -> tuple[int, str, float, float, list[tuple[str, bool, bool, bool]]]:
    """Side, kind, PSNR in dB, seconds to mark; and per attack: its name, whether found, whether the id was read, and read wrongly."""
    rng = np.random.default_rng([2, seed])
    side = SIZES[seed % len(SIZES)]
    original, kind = whole(seed, side)
    number = int(rng.integers(1 << 63))
    start = time.perf_counter()
    marked = watermark.embed(original, number)
    took_s = time.perf_counter() - start
    error = np.mean((marked.astype(np.float64) - original) ** 2)
    names = list(ATTACKS)
    outcomes = []
    for k in range(PER_PICTURE):
        name = names[(seed // len(SIZES) * PER_PICTURE + k) % len(names)]
        found = watermark_search.detect(np.ascontiguousarray(ATTACKS[name](marked)))
        outcomes.append((name, found.found, found.number == number, found.number not in (None, number)))
    return side, kind, float(10 * np.log10(255**2 / max(error, 1e-9))), took_s, outcomes


def wilson(hits: int, count: int) -> tuple[float, float]:
    """95 % interval of a share."""
    if not count:
        return 0.0, 1.0
    share, z2 = hits / count, Z_95**2
    middle, half = share + z2 / (2 * count), Z_95 * (share * (1 - share) / count + z2 / (4 * count**2)) ** 0.5
    return max(0.0, middle - half) / (1 + z2 / count), (middle + half) / (1 + z2 / count)


def each(work: Callable, name: str, count: int, options: argparse.Namespace) -> list:
    """What `work` says of each number; what the file `options.keep` knows already is not measured again."""
    known: dict[int, list] = {}
    if options.keep and options.keep.exists():
        for line in options.keep.read_text("utf-8").splitlines():
            if (one := json.loads(line))["of"] == name:
                known[one["seed"]] = one["outcome"]
    missing = [seed for seed in range(count) if seed not in known]
    with ProcessPoolExecutor(options.processes, initializer=use, initargs=(options.data, options.painted)) as pool:
        for start in range(0, len(missing), AT_ONCE * options.processes):
            seeds = missing[start : start + AT_ONCE * options.processes]
            outcomes = list(pool.map(work, seeds, chunksize=AT_ONCE // 4))
            known.update(zip(seeds, outcomes, strict=True))
            if options.keep:
                with options.keep.open("a", encoding="utf-8") as file:
                    lines = zip(seeds, outcomes, strict=True)
                    file.writelines(json.dumps({"of": name, "seed": seed, "outcome": outcome}) + "\n" for seed, outcome in lines)
    return [known[seed] for seed in range(count)]


def measure_unmarked(options: argparse.Namespace, work: Callable, name: str) -> dict:
    scores, count = defaultdict(list), getattr(options, name)
    for score, change in each(work, name, count, options):
        scores[change].append(score)
    every = np.sort(np.concatenate([np.array(found) for found in scores.values()]))[::-1]
    positives = int((every >= 0).sum())
    return {
        "count": count,
        "false_positives": positives,
        "rate_interval": wilson(positives, count),
        "highest": [round(float(score), 2) for score in every[:10]],
        "highest_by_change": {change: round(max(found), 2) for change, found in scores.items()},
    }


def measure_marked(options: argparse.Namespace) -> dict:
    psnr_db, embed_ms, kinds = defaultdict(list), defaultdict(list), defaultdict(list)
    outcomes: dict[str, dict[int, list[tuple[bool, bool, bool]]]] = {name: defaultdict(list) for name in ATTACKS}
    sources: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for side, kind, quality, took_s, seen in each(marked_scores, "marked", options.marked, options):
        sources[side][kind] += 1
        psnr_db[side].append(quality)
        embed_ms[side].append(took_s * 1e3)
        kinds[kind] += [one[1] for one in seen if one[0] in ASKED]
        if kind != "synthetic":
            for name, *outcome in seen:
                outcomes[name][side].append(tuple(outcome))
    return {
        "count": options.marked,
        "sources": sources,
        "psnr_db": {side: [round(float(q), 2) for q in np.percentile(found, [0, 50, 100])] for side, found in psnr_db.items()},
        "embed_ms_median": {side: round(float(np.median(found)), 1) for side, found in embed_ms.items()},
        "asked_by_kind": {kind: {"count": len(found), "found": sum(found)} for kind, found in kinds.items()},
        "attacks": {
            name: {
                side: {
                    "count": len(seen),
                    "found": sum(one[0] for one in seen),
                    "read": sum(one[1] for one in seen),
                    "misread": sum(one[2] for one in seen),
                }
                for side, seen in sorted(by_side.items())
            }
            for name, by_side in outcomes.items()
        },
    }


KINDS = {
    "picture": "pictures as they are",
    "painted": "painted at that size",
    "enlarged": "enlarged",
    "synthetic": "synthetic",
}


SMALL = (96, 128, 160, 192, 224, 256)
SMALL_ATTACKS = ("none", "JPEG q75", "WebP q80", "crop 25 % away")
TURNS_DEG = (0.25, 0.5, 1.0, 2.0, 5.0)


def fresh_score(number: int) -> tuple[float, str]:
    """Of an unmarked picture that was not among those of the first measurement."""
    return unmarked_score(UNMARKED + number)


def measure_limits(count: int, options: argparse.Namespace) -> str:
    """Tables of what is found of small pictures, and of ones of 512 pixels that were turned by few degrees."""
    use(options.data, options.painted)
    lines = ["| side | " + " | ".join(SMALL_ATTACKS) + " | PSNR, least |", "|---|" + "---|" * (len(SMALL_ATTACKS) + 1)]
    for side in SMALL:
        found, least = dict.fromkeys(SMALL_ATTACKS, 0), float("inf")
        for number in range(count):
            original = resized(opened(renders()[number]), side / CELL_PX, Image.Resampling.LANCZOS)
            marked = watermark.embed(original, number)
            least = min(least, float(10 * np.log10(255**2 / np.mean((marked.astype(np.float64) - original) ** 2))))
            for name in SMALL_ATTACKS:
                found[name] += watermark_search.detect(np.ascontiguousarray(ATTACKS[name](marked))).found
        shares = [f"{100 * found[name] / count:.1f} %" for name in SMALL_ATTACKS]
        lines.append(f"| {side} px | {' | '.join(shares)} | {least:.1f} dB |")
    lines += ["", "| turned by | found |", "|---|---|"]
    for degrees in TURNS_DEG:
        hits = 0
        for number in range(count // 4):
            marked = watermark.embed(resized(opened(renders()[number]), 2, Image.Resampling.LANCZOS), number)
            hits += watermark_search.detect(np.asarray(Image.fromarray(marked).rotate(degrees, Image.Resampling.BICUBIC))).found
        lines.append(f"| {degrees:g} degrees | {100 * hits / (count // 4):.1f} % |")
    return "\n".join(lines)


def report(found: dict) -> str:
    unmarked, turned, marked = found["unmarked"], found["turned"], found["marked"]
    low, high = unmarked["rate_interval"]
    sides = [str(side) for side in sorted(set(SIZES))]
    lines = [
        "# The watermark, measured",
        "",
        f"Measured with `{found['command']}` on {found['date']}: {found['machine']}, shared with other work: times are upper bounds.",
        "",
        f"**False positives:** {unmarked['false_positives']} of {unmarked['count']:,} unmarked pictures "
        f"({100 * low:.4f} to {100 * high:.4f} %, 95 % interval). Highest scores, the threshold being 0: "
        + ", ".join(f"{score:g}" for score in unmarked["highest"][:5])
        + f". So far upright. In the seven other orientations together, whose thresholds are {watermark_search.TURNED_MORE:g} higher: "
        f"{turned['false_positives']} of {turned['count']:,} unmarked pictures ({100 * turned['rate_interval'][0]:.4f} to "
        f"{100 * turned['rate_interval'][1]:.4f} %); highest: " + ", ".join(f"{score:g}" for score in turned["highest"][:5]) + ".",
        "",
        f"**Marked pictures:** {marked['count']:,}, each under {PER_PICTURE} of the {len(ATTACKS)} attacks. PSNR (least, median) by side: "
        + ", ".join(f"{side} px {q[0]:.1f}, {q[1]:.1f} dB" for side, q in sorted(marked["psnr_db"].items(), key=lambda item: int(item[0])))
        + ". Median time to mark: "
        + ", ".join(f"{side} px {ms:g} ms" for side, ms in sorted(marked["embed_ms_median"].items(), key=lambda item: int(item[0])))
        + ".",
        "",
        "What was marked, by side: "
        + "; ".join(
            f"{side} px: " + ", ".join(f"{count:,} {KINDS[kind]}" for kind, count in kinds.items())
            for side, kinds in marked["sources"].items()
        )
        + ".",
        "",
        "Share of marked pictures that are found at that threshold, without the synthetic ones, and in brackets those whose id is read, "
        "by the picture's side before the attack:",
        "",
        "| attack | " + " | ".join(f"{side} px" for side in sides) + " | all (95 % interval) |",
        "|---|" + "---|" * (len(sides) + 1),
    ]
    failures = []
    for name, by_side in marked["attacks"].items():
        texts = []
        for side in sides:
            one = by_side.get(side, by_side.get(int(side)))
            texts.append(f"{100 * one['found'] / one['count']:.1f} % ({100 * one['read'] / one['count']:.1f} %)" if one else "")
        hits, count = sum(one["found"] for one in by_side.values()), sum(one["count"] for one in by_side.values())
        low, high = wilson(hits, count)
        lines.append(f"| {name} | {' | '.join(texts)} | {100 * low:.1f} to {100 * high:.1f} % of {count} |")
        for side in sides:
            one = by_side.get(side, by_side.get(int(side)))
            if one and one["found"] / one["count"] < 0.99:
                failures.append(f"{name} at {side} px ({100 * one['found'] / one['count']:.1f} %)")
    by_kind = "; ".join(
        f"{KINDS[kind]} {one['found']:,} of {one['count']:,} ({100 * one['found'] / max(one['count'], 1):.1f} %)"
        for kind, one in marked["asked_by_kind"].items()
    )
    lines += ["", f"Under {', '.join(ASKED)} together, by kind of picture: {by_kind}."]
    misread = sum(one["misread"] for by_side in marked["attacks"].values() for one in by_side.values())
    lines += ["", f"Ids read wrongly: {misread}.", "", "**Below 99 %:** " + ("; ".join(failures) or "none") + ".", "", LIMITS, ""]
    if note := found.get("note"):
        lines += [f"**This run.** {note}", ""]
    return "\n".join(lines)


def command(options: argparse.Namespace) -> str:
    """How to measure the same again."""
    given = "".join(
        f" --{name} {getattr(options, name)}"
        for name, usual in (("unmarked", UNMARKED), ("turned", TURNED), ("marked", MARKED), ("fresh", 0))
        if getattr(options, name) != usual
    )
    return f"python benchmarks/watermark.py{' --data DATA' * len(options.data)}{' --painted FOLDER' if options.painted else ''}{given}"


def circumstances(options: argparse.Namespace) -> dict[str, str]:
    """How, when, where and of which version of the mark something was measured."""
    return {
        "command": command(options),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}",
        "watermark_version": watermark.VERSION,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="some hundred pictures; prints, writes nothing")
    parser.add_argument("--unmarked", type=int, default=UNMARKED, help="pictures without the mark")
    parser.add_argument("--turned", type=int, default=TURNED, help="of them to search in all orientations")
    parser.add_argument("--marked", type=int, default=MARKED, help="pictures with it")
    parser.add_argument("--data", type=Path, action="append", default=[], help="folder of `pochade data render`; may be repeated")
    parser.add_argument("--painted", type=Path, help="folder of large PNG pictures without the mark")
    parser.add_argument("--keep", type=Path, help="file of outcomes, JSON lines; what it holds is not measured again")
    parser.add_argument("--fresh", type=int, default=0, help="only score so many further pictures without the mark")
    parser.add_argument("--limits", type=int, default=0, help="only look at so many small pictures, and at slightly turned ones")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    if options.limits:
        print(measure_limits(options.limits, options))
        return
    if options.fresh:
        found = {**circumstances(options), "unmarked": measure_unmarked(options, fresh_score, "fresh")}
        (ROOT / "benchmarks/watermark-fresh.json").write_text(json.dumps(found, indent=1) + "\n")
        print(json.dumps(found, indent=1))
        return
    if options.quick:
        options.keep = None
        options.unmarked, options.turned, options.marked = options.unmarked // 100, options.turned // 100, options.marked // 25
    found = {
        **circumstances(options),
        "marked": measure_marked(options),
        "unmarked": measure_unmarked(options, unmarked_score, "unmarked"),
        "turned": measure_unmarked(options, turned_score, "turned"),
    }
    found = json.loads(json.dumps(found))  # as it will be read: sides as text
    text = report(found)
    print(text)
    if not options.quick:
        (ROOT / "benchmarks/watermark.json").write_text(json.dumps(found, indent=1) + "\n")
        (ROOT / "benchmarks/watermark.md").write_text(text)


if __name__ == "__main__":
    main()
