"""`pochade data`: rendering training data, packing it, importing photographs, and the card of a data set."""

from __future__ import annotations

import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pochade.core.errors import InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from pochade.studio.dataset import RenderProgress

app = typer.Typer(no_args_is_help=True, help="Training data: render, pack, import photographs, describe.")

PLAIN_INTERVAL_S = 30.0


def parse_shares(text: str, name: str) -> dict[str, float]:
    """ "products=2,food" as {"products": 2, "food": 1}.

    Raises:
        InvalidRequestError: for anything else.
    """
    shares: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        key, _, value = part.partition("=")
        try:
            shares[key.strip()] = float(value) if value else 1.0
        except ValueError as error:
            raise InvalidRequestError(
                f"Got {part!r} for {name}; a name, or name=share, is accepted. Write for example `--{name} {key.strip()}=2`.", field=name
            ) from error
    return shares


@app.command("render")
def render(
    count: Annotated[int, typer.Option("--count", metavar="N", help="Samples in all.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Data folder; rendering goes on where it stopped.")],
    size: Annotated[int, typer.Option("--size", metavar="PX", help="Side of a square picture; other formats have as many pixels.")] = 256,
    workers: Annotated[int, typer.Option("--workers", metavar="W", help="Processes.")] = 2,
    spp: Annotated[
        int | None, typer.Option("--spp", metavar="N", help="Samples per pixel. Default: 48, or 8 with --denoiser.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Root seed: another one, other scenes.")] = 1,
    families: Annotated[str | None, typer.Option(metavar="NAME[=SHARE],...", help="Of products, food, landscape, place.")] = None,
    aspects: Annotated[str | None, typer.Option(metavar="W:H[=SHARE],...", help="Of 1:1, 3:2, 2:3, 16:9, 9:16.")] = None,
    shard_rows: Annotated[int, typer.Option(metavar="N", help="Samples per shard.")] = 256,
    denoiser: Annotated[bool, typer.Option("--denoiser", help="Render pairs for the denoiser instead: noisy and clean light.")] = False,
    reference_spp: Annotated[int, typer.Option(metavar="N", help="Samples per pixel of the clean one.")] = 512,
) -> None:
    """Render random scenes to Parquet shards: picture, captions, labels, guide maps, and a ledger."""
    from pochade.studio import dataset

    given: dict[str, object] = {"spp": 8, "reference_spp": reference_spp} if denoiser else {}
    if spp is not None:
        given["spp"] = spp
    if families is not None:
        given["families"] = parse_shares(families, "families")
    if aspects is not None:
        given["aspects"] = parse_shares(aspects, "aspects")
    options = dataset.RenderOptions(count, size_px=size, root_seed=seed, shard_rows=shard_rows, **given)  # type: ignore[arg-type]
    watch(dataset.render(out, options, workers), out)


def watch(steps: Iterator[RenderProgress], out: Path) -> None:
    """Shows a rendering: a bar for a person, a line now and then for a log."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    last = None
    try:
        for step in _barred(steps, console) if console.is_terminal else _logged(steps):
            last = step
    except KeyboardInterrupt:
        kept = "" if last is None else f" {last.done - last.unsaved} of {last.count} samples are kept in {out};"
        print(f"Stopped.{kept} the same command goes on.", file=sys.stderr)
        raise typer.Exit(130) from None
    if last is not None:
        print(f"{out}: {last.done} samples")


def _barred(steps: Iterator[RenderProgress], console: Console) -> Iterator[RenderProgress]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    with Progress(BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[pace]}"), console=console) as bar:
        task = bar.add_task("", total=None, pace="starting")
        for step in steps:
            bar.update(task, total=step.count, completed=step.done, pace=pace(step))
            if step.notice:
                console.print(step.notice)
            yield step


def _logged(steps: Iterator[RenderProgress]) -> Iterator[RenderProgress]:
    told = 0.0
    for step in steps:
        now = time.monotonic()
        if step.notice:
            print(step.notice, file=sys.stderr, flush=True)
        if step.shard is not None or now - told > PLAIN_INTERVAL_S:
            told = now
            written = f"; shard {step.shard.index} is written ({step.shard.size_bytes / 1e6:.1f} MB)" if step.shard else ""
            print(f"{step.done} of {step.count} samples, {pace(step)}{written}", file=sys.stderr, flush=True)
        yield step


def pace(step: RenderProgress) -> str:
    """ "1.42 a second, 2 h 05 min left"."""
    if step.done == step.count:
        return "finished"
    if step.rate is None or step.left_s is None:
        return "starting"
    minutes = round(step.left_s / 60)
    left = f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min" if minutes else f"{step.left_s:.0f} s"
    return f"{step.rate:.2f} a second, {left} left"


@app.command("pack")
def pack(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Data folder.")],
    out: Annotated[Path, typer.Option("--out", metavar="PACK", help="Packed folder; shards finished since are appended.")],
    size: Annotated[int, typer.Option("--size", metavar="PX", help="Class of the pictures.")] = 128,
    guide_size: Annotated[
        int | None, typer.Option(metavar="PX", help="Class of the guide maps. Default: as --size.", show_default=False)
    ] = None,
    mirrors: Annotated[bool, typer.Option("--mirrors", help="Plan every scene anew, with what mirrors and glass show.")] = False,
    formats: Annotated[
        str, typer.Option("--formats", metavar="NAMES", help="Formats to pack, such as 1x1,3x2. Default: all.", show_default=False)
    ] = "",
    splits: Annotated[
        str, typer.Option("--splits", metavar="NAMES", help="Splits to pack, such as held-out. Default: all.", show_default=False)
    ] = "",
    workers: Annotated[int | None, typer.Option(help="Processes that plan. Default: one for each core.", show_default=False)] = None,
) -> None:
    """Pack shards into plain arrays that training maps into memory."""
    from pochade.data.packing import write_pack
    from pochade.studio.dataset import planner

    step = None
    with planner(workers) if mirrors else nullcontext() as planned:
        for step in write_pack(folder, out, size, guide_size, planned, _named(formats), _named(splits)):
            print(f"{step.shards_done} of {step.shards} shards, {step.added} samples added", file=sys.stderr, flush=True)
    print(out)


def _named(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(",")))


@app.command("import")
def import_photos(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Photographs, with captions in .txt files or captions.csv or .jsonl.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="New data folder.")],
    licence: Annotated[str, typer.Option("--licence", metavar="SPDX", help="Licence of all of them, e.g. CC-BY-4.0.")],
    source: Annotated[str, typer.Option("--source", metavar="TEXT", help="Where they come from, in words.")],
    creator: Annotated[str, typer.Option("--creator", metavar="TEXT", help="Who is to be credited.", show_default=False)] = "",
    holds_rights: Annotated[bool, typer.Option("--i-hold-the-rights", help="You state that you hold the rights in them yourself.")] = False,
) -> None:
    """Import your own photographs for fine-tuning. Says of every file what became of it."""
    from collections import Counter

    from pochade.data.licences import licence as looked_up
    from pochade.data.photos import Source, import_photos

    found = looked_up(licence, holds_rights)
    if found.credit and not creator:
        raise InvalidRequestError(
            f"Got licence {found.spdx} without a creator; it asks for credit. Name one with --creator.", field="creator"
        )
    counts: Counter[str] = Counter()
    for decision in import_photos(folder, out, Source(found, source, creator)):
        counts[decision.outcome] += 1
        if decision.outcome != "imported":
            print(f"{decision.file}: {decision.outcome}: {decision.reason}")
    print(f"{out}: " + ", ".join(f"{count} {outcome}" for outcome, count in counts.items()))


@app.command("card")
def card(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Data folder.")],
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="Of the data set.")] = "pochade-data",
    url: Annotated[str, typer.Option("--url", metavar="URL", help="Where it is to be had.")] = "https://example.org/pochade-data",
) -> None:
    """Write the data set's card, croissant.json, from its records."""
    from pochade.data.card import write_card

    print(write_card(folder, name, url))


@app.command("count")
def count(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Data folder.")],
    kinds: Annotated[
        list[str] | None, typer.Argument(metavar="[KIND]...", help="For example light, materials, views.", show_default=False)
    ] = None,
) -> None:
    """Count samples by family, split, size, material, light, view, and all other labels."""
    from pochade.data.census import census

    found = census(folder)
    unknown = [kind for kind in kinds or () if kind not in found.counts]
    if unknown:
        raise InvalidRequestError(
            f"Got kind {unknown[0]!r}; {', '.join(found.counts)} are accepted. Choose of those, or none for all.", field="kind"
        )
    print(f"{found.samples} samples, {found.size_bytes / 1e6:.1f} MB")
    for kind in kinds or found.counts:
        for word, number in found.counts[kind].items():
            print(f"{kind}\t{word}\t{number}\t{number / found.samples:.2%}")
