"""Measures the server: what it adds to a model, how soon it is ready, what it holds, and what a crowd does to it.

    python benchmarks/serving.py            # about two minutes on two cores
    python benchmarks/serving.py --quick    # fewer repetitions
    python benchmarks/serving.py --against ../other    # one picture, through this checkout's server and another's, by turns

The model is a stub that paints a slope of colours in a fraction of a millisecond, so that what is measured is the studio.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as `pochade serve` does, before numpy is loaded

import httpx
import numpy as np

from pochade.core.values import Capabilities, FinishedImage, GenerationEvent, GenerationRequest

SIDE_PX = 256
CLIENTS = 200
BODY = {"prompt": "a red apple", "size": f"{SIDE_PX}x{SIDE_PX}", "seed": 1}


class Stub:
    """A model without cost."""

    model_id = "stub"
    capabilities = Capabilities(summary="a slope, for measuring the studio")

    async def generate(self, request: GenerationRequest) -> AsyncIterator[GenerationEvent]:
        y, x = np.mgrid[0 : request.height_px, 0 : request.width_px]
        picture = np.stack([x % 256, y % 256, (x + y + request.seed) % 256], -1).astype(np.uint8)
        yield FinishedImage(picture, request.seed, None, {}, "numpy")


@contextmanager
def server(folder: str, stub: bool = True, source: Path | None = None, **settings: str) -> Iterator[tuple[int, str, str, float]]:
    """Runs `pochade serve` in a process: its id, its address, its login link, and the seconds until it printed that.

    Args:
        source: of the code that serves; None: the one that is imported here.
    """
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); sys.argv = ['pochade', 'serve', '--port', '0']\n"
    if stub:
        code += "from pochade.providers import registry; registry.register('stub', 'serving:Stub')\n"
    code += "from pochade.cli import main; main()"
    environment = {**os.environ, "POCHADE_DATA": folder, "POCHADE_LOG_LEVEL": "WARNING", **settings}
    if source is not None:
        environment["PYTHONPATH"] = str(source)
    start = time.perf_counter()
    running = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert running.stdout is not None
        link = next(line.strip() for line in running.stdout if "link=" in line)
        yield running.pid, link.partition("/login")[0], link, time.perf_counter() - start
    finally:
        running.terminate()
        running.wait(60)


def memory_mb(pid: int, field: str = "VmRSS") -> float:
    """Resident memory of a process; with "VmHWM" the most it ever had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1]) / 1e3


def key_from(link: str) -> tuple[httpx.Client, str]:
    """Logs in by the link: a client with the cookie, and the token that its requests carry."""
    import re

    client = httpx.Client(base_url=link.partition("/login")[0], timeout=60, follow_redirects=True)
    client.get(link)
    token = re.search(r"[0-9a-f]{64}", client.get("/keys").text)
    assert token is not None
    return client, token[0]


def bare(marked: bool = False) -> Callable[[], None]:
    """What paints one picture by the model alone, or `marked`, by `studio.paint`: with policy, marks and signature."""
    from pochade.providers import registry
    from pochade.studio.paint import paint

    registry.register("stub", "serving:Stub")
    request = GenerationRequest("a red apple", 1, "stub", width_px=SIDE_PX, height_px=SIDE_PX)

    async def painted() -> None:
        async for _ in paint(request) if marked else registry.provider("stub").generate(request):
            pass

    return lambda: asyncio.run(painted())


def together_s(count: int = 4) -> tuple[float, float]:
    """Seconds that the own model takes for so many requests from words alone: one after the other, and by one call."""
    from pochade.core.values import NO_PLAN
    from pochade.providers.pochade1 import Pochade1

    words = ("a red apple on a table", "a blue vase", "a lemon on slate", "two green bottles")
    model = Pochade1()
    asked = [
        GenerationRequest(words[k % len(words)], k, "pochade-1", width_px=SIDE_PX, height_px=SIDE_PX, plan=NO_PLAN) for k in range(count)
    ]

    async def apart() -> None:
        for request in asked:
            async for _ in model.generate(request):
                pass

    async def together() -> None:
        async for _ in model.generate_together(asked, lambda number: True):
            pass

    asyncio.run(together())  # loads the network
    return tuple(median_ms(lambda work=work: asyncio.run(work()), 3) / 1e3 for work in (apart, together))  # type: ignore[return-value]


def durable_write_ms(folder: str, repetitions: int, warm: int = 3) -> float:
    """Median milliseconds of a durable write of 64 KiB: file synced, renamed, folder synced. That is two syncs; a picture takes four."""

    def write() -> None:
        path = Path(folder) / "written"
        with open(path, "wb") as file:
            file.write(bytes(65_536))
            file.flush()
            os.fsync(file.fileno())
        path.rename(path.with_name("kept"))
        opened = os.open(folder, os.O_RDONLY)
        os.fsync(opened)
        os.close(opened)

    return median_ms(write, repetitions, warm)


def median_ms(work: Callable[[], None], repetitions: int, warm: int = 3) -> float:
    times = []
    for _ in range(repetitions + warm):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times[warm:]) * 1e3


def one_picture(client: httpx.Client, token: str) -> Callable[[], None]:
    """What asks for one picture and waits for the answer, by a connection that stays open.

    By the standard library's client, since httpx takes a millisecond for itself, which is not the studio's.

    Args:
        client: one that is logged in. token: of its forms.
    """
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    headers = {"x-csrf-token": token, "cookie": cookies, "content-type": "application/json"}
    connection = http.client.HTTPConnection(client.base_url.netloc.decode(), timeout=60)

    def ask() -> None:
        connection.request("POST", "/v1/images/generations", json.dumps(BODY), headers)
        answer = connection.getresponse()
        data = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"status {answer.status}: {data[:300]!r}")

    return ask


@contextmanager
def asking(source: Path | None = None) -> Iterator[Callable[[], None]]:
    """A server with the stub in a new folder: what asks it for one picture and waits for the answer."""
    with tempfile.TemporaryDirectory() as folder, server(folder, source=source, POCHADE_DEFAULT_MODEL="stub") as (_, _, link, _):
        client, token = key_from(link)
        with closing(client):
            yield one_picture(client, token)


def by_turns(other: Path, repetitions: int) -> dict[str, object]:
    """Milliseconds of a picture by the model alone, through this checkout's server and through another's, each after the other."""
    alone = "the model alone"
    with asking() as this, asking(other / "src") as that, tempfile.TemporaryDirectory() as folder:
        works = {alone: bare(), "this server": this, "the other server": that}
        times: dict[str, list[float]] = {name: [] for name in works}
        writes: list[float] = []
        for _ in range(repetitions + 5):
            for name, work in works.items():
                start = time.perf_counter()
                work()
                times[name].append((time.perf_counter() - start) * 1e3)
            writes.append(durable_write_ms(folder, 1, warm=0))
    figures: dict[str, object] = {"one durable write of this disk, ms (median)": round(statistics.median(writes), 2)}
    for name, taken in times.items():
        low, median, high = statistics.quantiles(taken[5:], n=4)
        figures[f"{name}, {SIDE_PX}x{SIDE_PX}, ms: median (quartiles)"] = f"{median:.1f} ({low:.1f} to {high:.1f})"
        if name != alone:
            figures[f"overhead of {name}, ms"] = round(median - statistics.median(times[alone][5:]), 1)
    return figures


async def crowd(address: str, headers: dict[str, str], each: int) -> tuple[Counter[int], int, float]:
    """Statuses of all answers, how many refusals came without Retry-After, and seconds for all."""
    missing = 0
    statuses: Counter[int] = Counter()
    start = time.perf_counter()
    limits = httpx.Limits(max_connections=CLIENTS, max_keepalive_connections=CLIENTS)
    async with httpx.AsyncClient(base_url=address, headers=headers, limits=limits, timeout=300) as client:

        async def one(k: int) -> None:
            nonlocal missing
            for j in range(each):
                body = {"prompt": f"picture {k}", "size": f"{SIDE_PX}x{SIDE_PX}", "seed": j}
                answer = await client.post("/v1/images/generations", json=body)
                statuses[answer.status_code] += 1
                missing += answer.status_code in (429, 503) and "retry-after" not in answer.headers

        await asyncio.gather(*(one(k) for k in range(CLIENTS)))
    return statuses, missing, time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--together", action="store_true", help="only what it gains to paint several requests by one call")
    parser.add_argument("--against", type=Path, metavar="DIR", help="only one picture, against another checkout's server")
    options = parser.parse_args()
    from pochade.core.memory import reuse_freed  # here, since an older checkout's server, which has none, loads the stub from this file

    reuse_freed()  # as the server does: the stub alone is twice as quick with it
    if options.together:
        print("four pictures from words alone, one after the other and by one call, s: {:.2f} {:.2f}".format(*together_s()))
        return
    if options.against:
        show(by_turns(options.against, 60 if options.quick else 200), options.json)
        return
    repetitions, starts, each = (15, 3, 2) if options.quick else (60, 7, 5)
    figures: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        times, resting = [], []
        for _ in range(starts + 1):
            with server(folder, stub=False) as (pid, address, _link, seconds):
                times.append(seconds)
                httpx.get(f"{address}/readyz").raise_for_status()
                resting.append(memory_mb(pid))
        figures["first start to ready, s"] = round(times[0], 2)
        figures["start to ready, s (median)"] = round(statistics.median(times[1:]), 2)
        figures["idle memory, MB (median)"] = round(statistics.median(resting))
    alone, painted = median_ms(bare(), repetitions), median_ms(bare(marked=True), repetitions)
    figures[f"the model alone, {SIDE_PX}x{SIDE_PX}, ms"] = round(alone, 1)
    figures["with policy, marks and signature, ms"] = round(painted, 1)
    with tempfile.TemporaryDirectory() as folder, server(folder, POCHADE_DEFAULT_MODEL="stub") as (pid, address, link, _):
        client, token = key_from(link)
        with closing(client):
            headers = {"x-csrf-token": token}
            figures["one durable write of this disk, ms"] = round(durable_write_ms(folder, repetitions), 2)
            whole = median_ms(one_picture(client, token), repetitions)
            figures["through the server, ms"] = round(whole, 1)
            figures["overhead over the model alone, ms"] = round(whole - alone, 1)
            figures["of it queue, store and HTTP, ms"] = round(whole - painted, 1)
            before = memory_mb(pid)
            cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
            statuses, missing, seconds = asyncio.run(crowd(address, {**headers, "cookie": cookies}, each))
        figures[f"{CLIENTS} clients, {each} requests each: answers by status"] = dict(sorted(statuses.items()))
        figures["refusals without Retry-After"] = missing
        figures["seconds for all"] = round(seconds, 1)
        figures["memory before and at the most, MB"] = [round(before), round(memory_mb(pid, "VmHWM"))]
    show(figures, options.json)


def show(figures: dict[str, object], as_json: bool) -> None:
    if as_json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:60s} {value}")


if __name__ == "__main__":
    main()
