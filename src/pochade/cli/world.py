"""`pochade world`: which words can be painted, what one of them means, and random scenes made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

import typer

from pochade.core.errors import InvalidRequestError

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


SENSE_KINDS = {
    "products": "noun",
    "food": "noun",
    "landscapes": "setting",
    "places": "setting",
    "materials": "material",
    "colours": "color",
    "surfaces": "surface",
    "lights": "light",
    "views": "view",
    "moods": "mood",
    "relations": "relation",
}
"""Kind of word to what the lexicon calls it."""

SYNONYMS_SHOWN = 16


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
    console.print(Padding(grid, (0, 2), expand=False))


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
    console.print(Padding(Text(word, style="bold"), (0, 2), expand=False))
    console.print(Padding(grid, (0, 2), expand=False))
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

    from pochade.world.lexicon import lexicon, normal

    lexicon_ = lexicon()
    plain = normal(name, lexicon_.spellings)
    if not plain:
        raise InvalidRequestError(f"Got {name!r}; a word of the world is accepted. `pochade world list` shows them.", field="name")
    listed = words()
    for sense in lexicon_.senses.get(plain, ()):
        kinds = [kind for kind in listed if sense.canonical in listed[kind]]
        if kinds:
            return sense.canonical, kinds
    near = dict.fromkeys(
        sense.canonical
        for phrase, _, _ in process.extract(plain, list(lexicon_.senses), limit=8, score_cutoff=60)
        for sense in lexicon_.senses[phrase]
        if sense.kind in SENSE_KINDS.values()
    )
    near = dict.fromkeys([*lexicon_.strangers.get(plain, ()), *near])
    hint = f"Near words: {', '.join(list(near)[:4])}." if near else "Choose one of those."
    raise InvalidRequestError(
        f"Got {name!r}, which means nothing here; `pochade world list` shows all accepted words. {hint}", field="name"
    )


def facts(word: str, kinds: list[str]) -> dict[str, tuple[str, ...]]:
    """What is known about a canonical word, by label."""
    from pochade.world.assets import asset_types
    from pochade.world.lexicon import lexicon
    from pochade.world.vocabulary import TINTABLE_MATERIALS

    synonyms = lexicon().synonyms
    also = dict.fromkeys(other for kind in kinds for other in synonyms.get((SENSE_KINDS[kind], word), ()) if other != word)
    found: dict[str, tuple[str, ...]] = {"kind": tuple(kinds), "also": tuple(also)[:SYNONYMS_SHOWN]}
    asset = asset_types().get(word)
    if asset is not None:
        found |= {"made of": asset.materials, "colours": asset.colors}
    if "materials" in kinds:
        found["colours"] = ("any",) if word in TINTABLE_MATERIALS else ("its own",)
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
    from pochade.core.values import GenerationRequest
    from pochade.studio.files import destination
    from pochade.studio.paint import check

    count = whole_number(num_images, "the number of pictures", "1 to 10", "n")
    first = secrets.randbelow(RANDOM_SEEDS) if seed is None else parse_seed(seed)
    width, height = parse_size(size)
    title = "world sample"
    check(GenerationRequest(title, first, num_images=count, width_px=width, height_px=height, quality=cast("Quality", quality)))
    folder = f"{output or '.'}/"
    place = destination(folder, title, first, count)
    saved = []
    for k in range(count):
        request = random_request(first + k, width, height, cast("Quality", quality))
        session = Session(request, destination(folder, request.prompt, request.seed, 1), easel(request, quiet, as_json))
        session.run()
        saved += session.saved
    if count > 1:
        save_sheet(saved, [recipe.prompt for *_, recipe in saved], place, easel(request, quiet, as_json))


def random_request(seed: int, width_px: int, height_px: int, quality: Quality) -> GenerationRequest:
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
        quality=quality,
        plan=scene.to_json(),
    )
