"""The documents say what the program does."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
import typer.main

from pochade.cli.app import app
from pochade.core.values import FinishedImage, GenerationRequest

ROOT = Path(__file__).parent.parent
GUIDE = "\n".join(path.read_text() for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))])
ROOT_COMMAND = typer.main.get_command(app)
COMMANDS = {
    " ".join(names): command
    for names, command in [
        (("paint",), ROOT_COMMAND.commands["paint"]),  # type: ignore[attr-defined]
        *(
            ((group, name), command)
            for group in ("world", "models")
            for name, command in ROOT_COMMAND.commands[group].commands.items()  # type: ignore[attr-defined]
        ),
    ]
}


def test_every_option_of_paint_is_documented():
    options = [max(parameter.opts, key=len) for parameter in COMMANDS["paint"].params if parameter.opts[0].startswith("-")]
    short = {"--output": "-o", "--number": "-n", "--help": "--force"}
    assert [option for option in options if short.get(option, option) not in GUIDE] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name):
    assert f"pochade {name}" in GUIDE


@pytest.mark.parametrize("line", sorted(set(re.findall(r"^pochade (?:paint|world|models) .*$", GUIDE, re.MULTILINE))))
def test_every_documented_command_line_parses(line):
    import shlex

    _, name, *arguments = shlex.split(line, comments=True)
    if name != "paint":
        name, arguments = f"{name} {arguments[0]}", arguments[1:]
    COMMANDS[name].make_context(name, arguments)


def test_every_link_between_documents_leads_somewhere():
    # made by `make gallery` and `make bench`
    generated = {"docs/gallery/hero.webp", "docs/gallery/README.md", "benchmarks/README.md"}
    for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!http)([^)#]+)", path.read_text()):
            found = (path.parent / target).resolve()
            assert found.exists() or str(found.relative_to(ROOT)) in generated, f"{path.name}: {target}"


def test_the_adapter_in_the_guide_works():
    code = re.search(r"```python\n(.*?)```", (ROOT / "docs/providers.md").read_text(), re.DOTALL)
    assert code is not None
    scope: dict = {}
    exec(code[1], scope)

    async def gather() -> list:
        return [event async for event in scope["Flat"]().generate(GenerationRequest("x", 1, "flat", 2, width_px=64, height_px=72))]

    images = [event for event in asyncio.run(gather()) if isinstance(event, FinishedImage)]
    assert [(image.seed, image.picture.shape) for image in images] == [(1, (72, 64, 3)), (2, (72, 64, 3))]
