"""`pochade train`: one canonical run of the own model, or an adapter to it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pochade.core.errors import InvalidRequestError, ProviderUnavailableError

if TYPE_CHECKING:
    from pochade.core.labels import Labels
    from pochade.model.train import Report, Run
    from pochade.model.train_judge import JudgeReport

RECIPES = Path("recipes")


def train(
    run: Annotated[Path, typer.Option(help="Folder of the run: statistics, sample sheets, checkpoint, snapshot.", show_default=False)],
    recipe: Annotated[
        str, typer.Option(help="Name of a recipe in recipes/, or the path of one (.toml); with --finetune, finetune.", show_default=False)
    ] = "",
    data: Annotated[Path | None, typer.Option(help="Packed data, made by `pochade data pack`.", show_default=False)] = None,
    finetune: Annotated[
        Path | None, typer.Option(help="Photographs, imported by `pochade data import`, to learn an adapter from.", show_default=False)
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run that the folder holds.")] = False,
    start: Annotated[Path | None, typer.Option(help="Snapshot to start from, instead of the recipe's own.", show_default=False)] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    threads: Annotated[int | None, typer.Option(help="Processor threads.", show_default="all")] = None,
    compiled: Annotated[
        bool, typer.Option("--compile/--no-compile", help="Compile first: a minute or two, then many times as fast.")
    ] = True,
) -> None:
    """Train the own model by a recipe. Ctrl-C or a crash loses at most a few minutes: add --resume to go on.

    Several GPUs: `torchrun --nproc-per-node N -m -- pochade train ... --device cuda`; the batch of the recipe is shared out.
    """
    if finetune is not None and not recipe:
        recipe = "finetune"
    if not recipe or (data is None) == (finetune is None):
        raise InvalidRequestError("Give --recipe and --data to train by a recipe, or --finetune and --start to learn from photographs.")
    path = recipe_path(recipe)
    try:
        from pochade.model.config import load_recipe, read_toml
        from pochade.model.finetune import Finetune, load_finetune_recipe
        from pochade.model.team import joined
        from pochade.model.train import Machine, Run
        from pochade.model.train_denoiser import KIND, DenoiserRun, load_denoiser_recipe
        from pochade.model.train_judge import KIND as JUDGE
        from pochade.model.train_judge import JudgeRun, load_judge_recipe
    except ImportError as error:
        raise ProviderUnavailableError(f'Training needs {error.name}, which is not installed. Run: pip install "pochade[train]"') from error
    from pochade.data.pack import Pack
    from pochade.runtime import adapters

    small = read_toml(path).get("kind") in (KIND, JUDGE)
    team, device = joined(device)
    if team.size > 1 and (small or data is None):
        team.leave()
        raise InvalidRequestError(f"Got {team.size} processes; only recipes of pochade-1 itself share a run. Start one, without torchrun.")
    machine = Machine(device, compiled, threads, team)
    if data is None:
        assert finetune is not None
        going = Finetune(load_finetune_recipe(path, start), finetune, run, canonical_words, resume, machine)
        _follow(going)
        name, place = run.resolve().name, adapters.folder()
        print(f"Put it into {place} as {name}.safetensors, and the model pochade-1@{name} paints with it.")
        return
    if read_toml(path).get("kind") == KIND:
        for step in DenoiserRun(load_denoiser_recipe(path), data, run, resume, machine):
            share = f"{step.loss:.4f} of {step.loss_noisy:.4f}"
            print(
                f"step {step.step:,}/{step.steps:,}  loss {share}  {step.tiles_per_s:.1f} tiles/s  {_clock(step.left_s)} left", flush=True
            )
        print(f"done: {run / 'snapshot.safetensors'}")
        return
    if read_toml(path).get("kind") == JUDGE:
        for judged in JudgeRun(load_judge_recipe(path), Pack(data), judge_labels(), run, resume, machine):
            print(judge_line(judged), flush=True)
        print(f"done: {run / 'snapshot.safetensors'}")
        return
    chosen = load_recipe(path)
    if start is not None:
        chosen = replace(chosen, start=str(start))
    try:
        _follow(Run(chosen, Pack(data), run, canonical_words, resume, machine))
    finally:
        team.leave()


def _follow(going: Run) -> None:
    """Trains to the end, and tells how it goes."""
    if not going.team.leads:
        for _ in going:
            pass
        return
    parameters = sum(master.numel() for master in going.optimizer.masters.values())
    pictures = f"{going.pack.count('train'):,} pictures of class {going.pack.size_px}"
    print(f"{going.recipe.name}: {parameters / 1e6:.1f} M parameters, {pictures}, {going.recipe.steps:,} steps", flush=True)
    for report in going:
        print(line(report), flush=True)
    print(f"done: {going.folder / going.weights}")


def recipe_path(recipe: str) -> Path:
    """Where a recipe lies: a path, or a name in `recipes/` here or beside the package's source.

    Raises:
        InvalidRequestError: if there is no such recipe.
    """
    if recipe.endswith(".toml"):
        return Path(recipe)
    folders = (RECIPES, Path(__file__).parents[3] / RECIPES)
    for folder in folders:
        if (folder / f"{recipe}.toml").is_file():
            return folder / f"{recipe}.toml"
    known = sorted({path.stem for folder in folders for path in folder.glob("*.toml")})
    raise InvalidRequestError(
        f"Got recipe {recipe!r}; known are {', '.join(known) or 'none'}. Choose one of those, or give the path of a .toml file."
    )


def canonical_words(caption: str) -> str:
    """A caption in canonical words, as painting reads a prompt; what the world does not know is left out."""
    from pochade.world.captions import canonical
    from pochade.world.parser import parse

    return canonical(parse(caption).description)


def judge_labels() -> Labels:
    """The words of the world that judges learn."""
    from pochade.core.labels import Labels
    from pochade.world import vocabulary as words

    return Labels(
        nouns=words.PRODUCTS + words.FOOD,
        colours=words.COLORS,
        materials=words.MATERIALS,
        lights=words.LIGHTS,
        settings=("", *words.LANDSCAPES, *words.PLACES),
        surfaces=("", *words.SURFACES),
    )


def judge_line(report: JudgeReport) -> str:
    """One line for a person, as `line`."""
    kinds = {"counts": report.loss_counts, "looks": report.loss_looks, "places": report.loss_places, "around": report.loss_around}
    parts = ", ".join(f"{kind} {value:.3f}" for kind, value in kinds.items())
    held_out = "" if report.loss_held_out is None else f"  held-out {report.loss_held_out:.3f}"
    return (
        f"step {report.step:,}/{report.steps:,}  loss {report.loss:.3f} ({parts}){held_out}  "
        f"{report.pictures_per_s:.1f} pictures/s  {_clock(report.left_s)} left"
    )


def line(report: Report) -> str:
    """One line for a person: where the run stands, how well, how fast, and how long it still takes."""
    kinds = {"guided": report.loss_guided, "coarse": report.loss_coarse, "text": report.loss_text}
    parts = [f"{kind} {value:.4f}" for kind, value in kinds.items() if value is not None]
    return (
        f"step {report.step:,}/{report.steps:,}  loss {report.loss:.4f} ({', '.join(parts)})  aux {report.aux:.4f}  "
        f"norm {report.norm:.2f}  {report.samples_per_s:.1f} samples/s  {_clock(report.left_s)} left"
    )


def _clock(seconds: float) -> str:
    """Hours and minutes, "1:05"."""
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours}:{minutes:02d}"


def export(
    snapshot: Annotated[Path, typer.Argument(help="Snapshot of a run, RUN/snapshot.safetensors.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Folder for the graphs and their manifest.", show_default=False)],
    record: Annotated[Path | None, typer.Option(help="Record of the run, whose hash the manifest names.", show_default=False)] = None,
) -> None:
    """Export a trained network for painting without torch."""
    try:
        from pochade.model.export import export as write
        from pochade.model.export import export_denoiser, export_judge
        from pochade.model.state import read
        from pochade.model.train_denoiser import KIND
        from pochade.model.train_judge import KIND as JUDGE
    except ImportError as error:
        raise ProviderUnavailableError(
            f'Exporting needs {error.name}, which is not installed. Run: pip install "pochade[train]"'
        ) from error
    about = {} if record is None else {"run_record_sha256": hashlib.sha256(record.read_bytes()).hexdigest()}
    kind = read(snapshot)[1]["recipe"].get("kind")
    manifest = export_denoiser(snapshot, out) if kind == KIND else (export_judge if kind == JUDGE else write)(snapshot, out, about)
    size = sum(path.stat().st_size for path in out.iterdir())
    print(f"{manifest}: {size / 2**20:.1f} MiB in all")
