"""`pochade judge`: do a model's pictures show what was asked for?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pochade.core.errors import InvalidRequestError, ProviderUnavailableError

if TYPE_CHECKING:
    from pochade.core.values import GenerationRequest, Picture
    from pochade.data.pack import Pack
    from pochade.evals.compositional import Paint, Result
    from pochade.evals.judge import Judge
    from pochade.evals.metrics import Pictures

SIDE_PX = 256
SQUARE = "1x1"
CEILINGS = ("renders", "held-out", "none")


def judge(
    judges: Annotated[str, typer.Option(metavar="FOLDER,...", help="Exported judges, apart by commas.", show_default=False)],
    pack: Annotated[
        Path | None, typer.Option(help="Pack of the data, for --ceiling held-out and --distribution.", show_default=False)
    ] = None,
    model: Annotated[str, typer.Option(metavar="ID", help="Which model paints.")] = "pochade-1",
    tasks: Annotated[str, typer.Option(metavar="TASK,...", help='Which tasks, such as "counting,colour attribution".')] = "all",
    pictures: Annotated[int, typer.Option(min=8, help="Pictures in each task, four for each prompt.")] = 80,
    plan: Annotated[str, typer.Option(metavar="auto|off", help="off: from the words alone (pochade-1).")] = "auto",
    ceiling: Annotated[
        str,
        typer.Option(
            metavar="|".join(CEILINGS), help="What is shared: the path tracer's pictures of the same prompts, or the pack's held-out ones."
        ),
    ] = "renders",
    distribution: Annotated[int, typer.Option(min=0, help="Held-out captions to paint for the distances of distributions; 0: none.")] = 0,
    quality: Annotated[str, typer.Option(metavar="draft|standard|best", help="Of all that is painted.")] = "standard",
    seed: Annotated[int, typer.Option(min=0, help="Of prompts and pictures.")] = 0,
    out: Annotated[Path | None, typer.Option(help="JSON file for the figures.", show_default=False)] = None,
) -> None:
    """Let judges say whether a model paints what is asked for: things, counts, colours, positions, materials, light.

    The judges are networks that learned from the labels of rendered pictures, and that no painter learns from. They err
    too, so the share of what they see in renders is what counts.
    """
    from pochade.data.pack import Pack
    from pochade.evals import compositional
    from pochade.evals.judge import Judge
    from pochade.providers.registry import RENDERER

    chosen = _chosen(tasks, compositional.TASKS)
    _accepted("plan", plan, ("auto", "off"))
    _accepted("ceiling", ceiling, CEILINGS)
    if pack is None and (ceiling == "held-out" or distribution):
        raise InvalidRequestError("Got no pack; --ceiling held-out and --distribution need one. Add --pack PACK.", field="pack")
    asked = [Judge(Path(folder)) for folder in judges.split(",")]
    if len({entry.name for entry in asked}) < len(asked):
        raise InvalidRequestError(f"Got judges {judges}, two of which come from one recipe. Name independent ones.", field="judges")
    data = None if pack is None else Pack(pack)
    paint, render = painter(model, plan, quality), painter(RENDERER, "auto", quality)
    samples = held_out(data) if data is not None and ceiling == "held-out" else []
    results = []
    print(HEAD)
    for task in chosen:
        prompts = compositional.prompts(task, -(-pictures // compositional.PER_PROMPT), seed)
        painted = compositional.of_prompts(asked, prompts, paint, seed)
        whole = None
        if ceiling == "renders":
            whole = compositional.of_prompts(asked, prompts, render, seed) if model != RENDERER else painted
        elif ceiling == "held-out":
            whole = compositional.of_renders(asked, task, samples)
        results.append(compositional.result(task, painted, whole))
        print(row(results[-1]), flush=True)
    distances = {} if data is None or not distribution else measured(asked, data, paint, distribution)
    for name, figures in distances.items():
        print(f"{name}: " + ", ".join(f"{key} {value:.3f}" for key, value in figures.items()))
    if out is not None:
        record = {
            "model": model,
            "plan": plan,
            "quality": quality,
            "seed": seed,
            "ceiling": ceiling,
            "judges": {entry.name: entry.snapshot_sha256 for entry in asked},
            "data_root": None if data is None else data.data_root,
            "results": [asdict(entry) for entry in results],
            "distribution": distances,
        }
        out.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


HEAD = f"{'task':20s} {'prompts':>8s} {'shown':>22s} {'renders':>8s} {'share of the renders':>24s}"


def row(result: Result) -> str:
    """A task as a line of the table, in per cent, with 95 % intervals."""
    shown = _percent(result.fulfilled, result.low, result.high)
    ceiling = "" if result.ceiling is None else f"{100 * result.ceiling:.0f} %"
    share = "" if result.share is None else _percent(result.share, result.share_low, result.share_high)
    return f"{result.task:20s} {result.prompts:8d} {shown:>22s} {ceiling:>8s} {share:>24s}"


def _percent(value: float, low: float | None, high: float | None) -> str:
    assert low is not None and high is not None
    return f"{100 * value:.0f} % ({100 * low:.0f} to {100 * high:.0f})"


def painter(model: str, plan: str, quality: str) -> Paint:
    """Paints prompts with a model of the registry, without marks: what is judged leaves this machine nowhere."""
    import asyncio

    import numpy as np

    from pochade.core.values import NO_PLAN, FinishedImage, GenerationRequest
    from pochade.providers.registry import provider

    source = provider(model)
    width, height = source.capabilities.nearest_size(SIDE_PX, SIDE_PX)

    async def finished(request: GenerationRequest) -> list[Picture]:
        events = [event async for event in source.generate(request) if isinstance(event, FinishedImage)]
        return [event.picture for event in sorted(events, key=lambda event: event.index)]

    def paint(text: str, seeds: Sequence[int]) -> Pictures:
        chosen = NO_PLAN if plan == "off" else None
        request = GenerationRequest(text, seeds[0], model, len(seeds), width, height, quality, chosen)  # type: ignore[arg-type]
        made = asyncio.run(finished(request))
        if len(made) < len(seeds):
            raise ProviderUnavailableError(f"Model {model!r} painted {len(made)} of {len(seeds)} pictures of {text!r}. Try again.")
        return np.stack(made)

    return paint


def held_out(data: Pack, formats: Sequence[str] = ()) -> Sequence[tuple[Mapping[str, Any], Pictures]]:
    """Held-out renders of some formats (empty: all), the lines of their samples with their pictures."""
    found = [
        (group.samples[int(row)], group.pictures[row])
        for name, group in data.groups.items()
        if not formats or name in formats
        for row in group.of_split("held-out")
        if group.samples[int(row)]["family"] != "photo"
    ]
    if not found:
        raise InvalidRequestError(f"Got {str(data.folder)!r}, which has no held-out renders. Render and pack more.", field="pack")
    return found


def measured(judges: Sequence[Judge], data: Pack, paint: Paint, count: int) -> dict[str, dict[str, float]]:
    """Distances of pictures painted from held-out captions to the training pictures, by judge; as many renders stand beside them.

    All of them are square: formats that are squeezed look unlike.
    """
    import numpy as np

    from pochade.evals import features

    samples = held_out(data, (SQUARE,))[:count]
    square = data.groups[SQUARE]
    painted = [paint(sample["captions"][0][1], [number])[0] for number, (sample, _) in enumerate(samples)]
    renders = [picture for _, picture in samples]
    train = [square.pictures[row] for row in square.of_split("train")]  # mapped, read when looked at
    found = {}
    for judge in judges:
        generated, held, seen = (judge(pictures).features for pictures in (painted, renders, train))
        found[judge.name] = {
            "FDr": features.frechet_ratio(generated, seen, held),
            "KID": features.kernel_distance(generated, seen),
            "nearest neighbour": features.neighbour_ratio(generated, seen, held),
            "Vendi of the renders'": features.vendi_score(generated) / features.vendi_score(np.asarray(held)),
        }
    return found


def _chosen(text: str, known: Sequence[str]) -> list[str]:
    if text == "all":
        return list(known)
    for part in (found := [part.strip() for part in text.split(",")]):
        _accepted("tasks", part, ("all", *known))
    return found


def _accepted(name: str, value: str, accepted: Sequence[str]) -> None:
    if value not in accepted:
        raise InvalidRequestError(f"Got {value!r} as {name}; {', '.join(accepted)} are accepted. Choose one of those.", field=name)
