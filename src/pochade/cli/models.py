"""`pochade models`: which models there are, adding one's own, and trying one out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pochade.core.errors import InvalidRequestError, PochadeError, ProviderUnavailableError

if TYPE_CHECKING:
    from pochade.core.values import Capabilities

app = typer.Typer(no_args_is_help=True, help="The models that can paint: list them, add your own, try one out.")

TEST_PROMPT = "a red apple on a wooden table"
TEST_SIDE_PX = 256


@app.command("list")
def list_models(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per model.")] = False,
) -> None:
    """List all models: what they can do, what they cost, and where prompts go."""
    import json
    from dataclasses import asdict

    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    from pochade.providers import registry

    rows = [(model_id, *_found(model_id)) for model_id in registry.model_ids()]
    console = Console(highlight=False)
    if as_json:
        for model_id, capabilities, obstacle in rows:
            print(
                json.dumps(
                    {"model": model_id, "ready": not obstacle, "obstacle": obstacle, **(asdict(capabilities) if capabilities else {})}
                )
            )
    elif console.is_terminal:
        console.print(_table(rows))
        for _, _, obstacle in rows:
            if obstacle:
                console.print(Padding(Text.assemble(("! ", "yellow"), obstacle), (0, 2)))
    else:
        for model_id, capabilities, obstacle in rows:
            print("\t".join((model_id, *_cells(capabilities), "ready" if not obstacle else f"not ready: {obstacle}")))
    for problem in registry.problems().values():
        typer.echo(f"pochade: {problem}", err=True)


@app.command("add")
def add_model(
    name: Annotated[str, typer.Argument(help="What to call it here.", show_default=False)],
    kind: Annotated[str, typer.Option(metavar="openai|gemini|automatic1111|diffusers", help="What it is asked by.")],
    base_url: Annotated[
        str, typer.Option(metavar="URL", help="Where it is reached, e.g. https://api.openai.com/v1.", show_default=False)
    ] = "",
    remote_model: Annotated[str, typer.Option(metavar="ID", help="What it is called there.", show_default=False)] = "",
    api_key_env: Annotated[
        str,
        typer.Option(
            metavar="VARIABLE", help="Environment variable that holds its key; the key itself is stored nowhere.", show_default=False
        ),
    ] = "",
    api_version: Annotated[str, typer.Option(metavar="DATE", help="Azure's api-version.", show_default=False)] = "",
    extensions: Annotated[
        bool, typer.Option("--extensions", help="It heeds seed, negative prompt, steps and guidance (vLLM-Omni, Pochade).")
    ] = False,
    no_stream: Annotated[bool, typer.Option("--no-stream", help="Do not ask for partial images.")] = False,
    source: Annotated[str, typer.Option(metavar="FOLDER|ID", help="Folder or hub id, for diffusers.", show_default=False)] = "",
    download: Annotated[bool, typer.Option("--download", help="A hub id may be fetched over the network.")] = False,
    steps: Annotated[int | None, typer.Option(metavar="N", help="Steps at standard quality, for diffusers.")] = None,
    guidance: Annotated[float | None, typer.Option(metavar="G", help="Guidance scale, for diffusers.")] = None,
    price: Annotated[float | None, typer.Option(metavar="USD", help="US dollars per picture.")] = None,
    runs_at: Annotated[str | None, typer.Option(metavar="PLACE", help="Where prompts go. Default: told from the URL.")] = None,
    licence: Annotated[str | None, typer.Option(metavar="TEXT", help="What its pictures may be used for.")] = None,
    timeout: Annotated[float, typer.Option(metavar="S", help="Longest wait for one picture, in seconds.")] = 300.0,
    force: Annotated[bool, typer.Option("--force", help="Replace a model of that name.")] = False,
) -> None:
    """Add a model of your own.

    [dim]pochade models add home --kind automatic1111 --base-url http://localhost:7860[/dim]
    """
    from pochade.providers import configured, registry

    model = configured.ConfiguredModel(
        name,
        kind,
        base_url=base_url,
        remote_model=remote_model,
        api_key_env=api_key_env,
        api_version=api_version,
        extensions=extensions,
        stream=not no_stream,
        timeout_s=timeout,
        source=source,
        download=download,
        steps=steps,
        guidance_scale=guidance,
        price_usd=price,
        runs_at=runs_at,
        licence=licence,
    )
    if name in registry.model_ids() and not registry.is_configured(name):
        raise InvalidRequestError(f"Got the name {name!r}, which is a built-in model's. Choose another.", field="model")
    configured.add(model, replace=force)
    where = registry.provider(name).capabilities.runs_at
    print(f"Added {name}: prompts go to {where}. Try it out: pochade models test {name}")
    obstacle = configured.obstacle(model)
    if obstacle:
        print(obstacle)


@app.command("remove")
def remove_model(name: Annotated[str, typer.Argument(help="Its name here.", show_default=False)]) -> None:
    """Remove a model that was added. Its pictures stay."""
    from pochade.providers import configured

    configured.remove(name)
    print(f"Removed {name}.")


@app.command("test")
def test_model(
    name: Annotated[str, typer.Argument(help="Its id.", show_default=False)],
    prompt: Annotated[str, typer.Option(metavar="TEXT", help="What to paint.")] = TEST_PROMPT,
) -> None:
    """Paint one small picture and tell how long it took. Nothing is saved; a model that costs money takes it."""
    import asyncio
    import time

    from pochade.core.values import GenerationRequest, Notice
    from pochade.providers import registry
    from pochade.studio.paint import Painted, paint

    capabilities = registry.provider(name).capabilities
    width, height = capabilities.nearest_size(TEST_SIDE_PX, TEST_SIDE_PX)
    request = GenerationRequest(prompt, 1, name, width_px=width, height_px=height, quality=capabilities.qualities[0])

    async def painted() -> Painted:
        async for event in paint(request):
            if isinstance(event, Notice):
                print(event.message)
            elif isinstance(event, Painted):
                return event
        raise ProviderUnavailableError(f"Model {name!r} ended without a picture. Try again.")

    start = time.perf_counter()
    result = asyncio.run(painted())
    took_s = time.perf_counter() - start
    height, width, _ = result.picture.shape
    print(f"{name} works: {width}x{height} in {took_s:.1f} s, at {capabilities.runs_at}.")


def _found(model_id: str) -> tuple[Capabilities | None, str]:
    """What a model can do, and what stands in the way of using it."""
    from pochade.providers import configured, registry

    try:
        capabilities = registry.provider(model_id).capabilities
    except PochadeError as error:
        return None, str(error)
    return capabilities, configured.obstacle(configured.load().models[model_id]) if registry.is_configured(model_id) else ""


def _cells(capabilities: Capabilities | None) -> tuple[str, str, str, str, str]:
    """What it paints from, its largest size, price, place, and licence, in words."""
    from pochade.providers.auto import price

    if capabilities is None:
        return ("", "", "", "", "")
    abilities = {
        "words": True,
        "picture": capabilities.from_image,
        "mask": capabilities.from_mask,
        "plan": capabilities.plans,
        "negative prompt": capabilities.negative_prompt,
    }
    paints_from = ", ".join(name for name, can in abilities.items() if can)
    size = f"to {capabilities.max_side_px} px"
    return paints_from, size, price(capabilities.price_usd), capabilities.runs_at, capabilities.licence


def _table(rows: list[tuple[str, Capabilities | None, str]]) -> object:
    from rich import box
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    table.add_column("Model", overflow="fold", max_width=24)
    table.add_column("What it is", overflow="fold", min_width=30)
    table.add_column("Paints from", max_width=16)
    for title in ("Size", "Price", "Prompts go to"):
        table.add_column(title, no_wrap=True)
    for model_id, capabilities, obstacle in rows:
        name = Text.assemble((model_id, "dim"), (" !", "yellow")) if obstacle else Text(model_id, "bold")
        *cells, licence = _cells(capabilities)
        summary = capabilities.summary if capabilities else ""
        table.add_row(name, Text.assemble(summary, ("\n" + licence if licence else "", "dim")), *map(Text, cells))
    return Padding(table, (1, 2))
