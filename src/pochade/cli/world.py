"""`pochade world`: which words can be painted, what one of them means, and random scenes made of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from pochade.core.errors import InvalidRequestError, OutputError

if TYPE_CHECKING:
    from pochade.core.values import GenerationRequest, Quality

app = typer.Typer(no_args_is_help=True, help="What can be painted: list the words, show one, or see random scenes.")

SAMPLES = {
    "products": "a {}",
    "food": "a {}",
    "landscapes": "{}",
    "places": "{}",
    "materials": "a vase made of {}",
    "colours": "a {} ball and a {} cube",
    "surfaces": "two lemons and a jug on {}",
    "lights": "a teapot and a pear, {}",
    "views": "a teapot and a cup, {}",
    "moods": "a vase and two pears, {}",
    "relations": "a lemon {} a bowl",
}
"""Kind of word to the prompt that shows it off."""


def words() -> dict[str, tuple[str, ...]]:
    """Every canonical word by kind, in the order of listings."""
    from pochade.world import scene, vocabulary

    return {
        "products": vocabulary.PRODUCTS,
        "food": vocabulary.FOOD,
        "landscapes": vocabulary.LANDSCAPES,
        "places": vocabulary.PLACES,
        "materials": vocabulary.MATERIALS,
        "colours": vocabulary.COLORS,
        "surfaces": vocabulary.SURFACES,
        "lights": vocabulary.LIGHTS,
        "views": vocabulary.VIEWS,
        "moods": vocabulary.MOODS,
        "relations": scene.RELATIONS,
    }


@app.command("list")
def list_words(kind: Annotated[str | None, typer.Argument(help=f"One of: {', '.join(SAMPLES)}.", show_default=False)] = None) -> None:
    """List the words that can be painted."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    chosen = words() if kind is None else {_kind(kind): words()[_kind(kind)]}
    console = Console(highlight=False)
    if not console.is_terminal:
        for name, listed in chosen.items():
            for word in listed:
                print(word if kind else f"{name}\t{word}")
        return
    grid = Table.grid(padding=(0, 2))
    for name, listed in chosen.items():
        grid.add_row(Text.assemble((name, "bold"), "\n", (str(len(listed)), "dim")), Text(", ".join(listed) + "\n"))
    console.print()
    console.print(Padding(grid, (0, 2)))


def _kind(name: str) -> str:
    import difflib

    known = {**{kind: kind for kind in SAMPLES}, "colors": "colours"}
    singular = {kind[:-1]: target for kind, target in known.items() if kind.endswith("s")}
    found = {**singular, **known}.get(name.lower())
    if found is None:
        near = difflib.get_close_matches(name.lower(), known, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else "Choose one of those, or none for all."
        raise InvalidRequestError(f"Got kind {name!r}; {', '.join(SAMPLES)} are accepted. {hint}", field="kind")
    return found


@app.command("show")
def show(
    name: Annotated[list[str], typer.Argument(help='A word of the world, e.g. "wine glass".')],
    output: Annotated[str | None, typer.Option("-o", "--output", metavar="FILE", help="Also write the sample picture here.")] = None,
    seed: Annotated[str, typer.Option(metavar="S", help="Seed of the sample.")] = "1",
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Show what a word means: other words for it, what it can be made of, and a small sample picture."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    word, kinds = find(" ".join(name))
    prompt = SAMPLES[kinds[0]].replace("{}", word)
    request = _sample_request(prompt, seed)
    console = Console(highlight=False)
    grid = Table.grid(padding=(0, 3, 0, 0))
    for label, values in facts(word, kinds).items():
        if values:
            grid.add_row(Text(label, style="dim"), Text(", ".join(values)))
    console.print()
    console.print(Padding(Text(word, style="bold"), (0, 2)))
    console.print(Padding(grid, (0, 2)))
    if output is None and not console.is_terminal:
        return

    import tempfile

    from pochade.cli.easel import easel
    from pochade.cli.session import Session
    from pochade.studio.files import destination

    if output is not None:
        Session(request, destination(output, prompt, request.seed, 1, force), easel(request, False, False)).run()
        return
    with tempfile.TemporaryDirectory() as folder:
        Session(request, destination(folder, prompt, request.seed, 1), easel(request, False, False, paths=False)).run()


def _sample_request(prompt: str, seed: str) -> GenerationRequest:
    from pochade.cli.paint import parse_seed
    from pochade.core.values import GenerationRequest

    return GenerationRequest(prompt, parse_seed(seed), width_px=256, height_px=256, quality="draft")


def find(name: str) -> tuple[str, list[str]]:
    """The canonical word for `name`, and its kinds.

    Raises:
        InvalidRequestError: if it means nothing; names near words.
    """
    from rapidfuzz import process

    from pochade.world.parser import parse

    listed = words()
    plain = " ".join(name.lower().split())
    if not plain:
        raise InvalidRequestError("Got an empty word; a word of the world is accepted. `pochade world list` shows them.", field="name")
    candidates = [plain, *(span.canonical for span in parse(name).spans)]
    for word in candidates:
        kinds = [kind for kind, known in listed.items() if word in known]
        if kinds:
            return word, kinds
    everything = list(dict.fromkeys(word for known in listed.values() for word in known))
    near = [word for word, _, _ in process.extract(plain, everything, limit=3, score_cutoff=50)]
    hint = f"Near words: {', '.join(near)}." if near else "Choose one of those."
    raise InvalidRequestError(
        f"Got {name!r}, which means nothing here; `pochade world list` shows all accepted words. {hint}", field="name"
    )


def facts(word: str, kinds: list[str]) -> dict[str, tuple[str, ...]]:
    """What is known about a canonical word, by label."""
    from pochade.world.assets import asset_types
    from pochade.world.lexicon import synonyms
    from pochade.world.vocabulary import TINTABLE_MATERIALS

    found: dict[str, tuple[str, ...]] = {"kind": tuple(kinds), "also": tuple(other for other in synonyms(word) if other != word)}
    asset = asset_types().get(word)
    if asset is not None:
        found |= {"made of": asset.materials, "colours": asset.colors}
    if word in TINTABLE_MATERIALS:
        found["colours"] = ("any",)
    return found


@app.command("sample")
def sample(
    num_images: Annotated[str, typer.Option("-n", "--number", metavar="N", help="How many scenes, 1 to 10.")] = "1",
    output: Annotated[str | None, typer.Option("-o", "--output", metavar="DIR", help="Folder for the pictures. Default: this one.")] = None,
    size: Annotated[str, typer.Option(metavar="WxH", help="Size in pixels.")] = "256x256",
    seed: Annotated[str | None, typer.Option(metavar="S", help="Seed of the first scene. Default: drawn.")] = None,
    quality: Annotated[str, typer.Option(metavar="draft|standard|best", help="How long to let the light settle.")] = "draft",
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Print the paths of the files, nothing else.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per file.")] = False,
) -> None:
    """Paint random scenes, each with its caption."""
    import secrets

    from pochade.cli.easel import easel
    from pochade.cli.paint import RANDOM_SEEDS, parse_seed, parse_size, whole_number
    from pochade.cli.session import Session, save_sheet
    from pochade.core.limits import check_num_images, check_seed
    from pochade.studio.files import destination
    from pochade.studio.paint import check

    count = whole_number(num_images, "the number of pictures", "1 to 10", "n")
    check_num_images(count)
    first = secrets.randbelow(RANDOM_SEEDS) if seed is None else parse_seed(seed)
    check_seed(first, count)
    width, height = parse_size(size)
    folder = Path(output or ".")
    if not folder.is_dir():
        raise OutputError(f"Got the folder {str(folder)!r}, which does not exist; a folder is accepted. Make it with `mkdir -p {folder}`.")
    saved = []
    for k in range(count):
        request = random_request(first + k, width, height, quality)
        check(request)
        session = Session(request, destination(str(folder), request.prompt, request.seed, 1), easel(request, quiet, as_json))
        session.run()
        saved += session.saved
    if count > 1:
        place = destination(str(folder), "world sample", first, count)
        save_sheet(saved, [recipe.prompt for *_, recipe in saved], place, easel(request, quiet, as_json))


def random_request(seed: int, width_px: int, height_px: int, quality: str) -> GenerationRequest:
    """A random scene: its caption as the prompt, the scene itself as the plan."""
    import numpy as np

    from pochade.core.values import GenerationRequest
    from pochade.world.captions import canonical
    from pochade.world.compose import compose
    from pochade.world.describe import description_rand

    description = description_rand(np.random.default_rng(seed))
    scene = compose(description, seed, width_px / height_px)
    return GenerationRequest(
        canonical(description),
        seed,
        width_px=width_px,
        height_px=height_px,
        quality=cast("Quality", quality),
        plan=scene.to_json(),
    )
