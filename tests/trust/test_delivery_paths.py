"""Every way in which a picture can leave is listed here. A new one fails these tests until it is marked, and listed."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

import pochade
from pochade.cli.app import app
from pochade.core.values import GenerationRequest
from pochade.studio.exports import export
from pochade.studio.paint import Painted, paint
from pochade.trust import keys, manifests

SOURCE = Path(pochade.__file__).parent

NOT_DELIVERED = {
    "cli/terminal.py": "shows pictures in the terminal, as escape sequences",
    "core": "no pictures",
    "data": "training data: masters for our own model, with a ledger of their own",
    "evals": "measures pictures",
    "model": "sheets that watch a training run",
    "providers": "sends what a person brought to a model elsewhere, and reads what comes back",
    "studio/dataset.py": "training data, as above",
    "studio/jobs.py": "keeps what a person brought until its job is painted",
    "studio/noise_pairs.py": "training data, as above",
    "trust": "reads files; reports",
    "web/decoder.py": "reads uploads",
    "web/pages/planning.py": "guide maps of a plan: a drawing of boxes, no picture of a model",
    "world": "renders arrays",
}
"""Where files of pictures may be written without marks, and why that is no delivery. A folder stands for all below it."""
ENCODERS = "studio/pictures.py"
TOGETHER = "studio/together.py"
WORKER = "studio/worker.py"
PAINTERS = {"studio/paint.py", "cli/judge.py", TOGETHER, WORKER}
"""Who may ask a model for pictures: everybody else asks `studio.paint`. Judges see words of the vocabulary, and keep figures only; what
paints several requests by one call is a source that the worker gives `studio.paint`, see below."""


def modules() -> dict[str, ast.Module]:
    return {path.relative_to(SOURCE).as_posix(): ast.parse(path.read_text()) for path in sorted(SOURCE.rglob("*.py"))}


MODULES = modules()


def writes_pictures(tree: ast.Module) -> list[int]:
    """Lines where Pillow writes a file: `x.save(...)` with a format or an image's own name, in a module that knows Pillow."""
    knows = any(
        (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in ("PIL", "cv2", "imageio"))
        or (isinstance(node, ast.Import) and any(name.name.split(".")[0] in ("PIL", "cv2", "imageio") for name in node.names))
        for node in ast.walk(tree)
    )
    return [line for name in ("save", "imwrite", "imencode", "imsave") for line in reached(tree, name)] if knows else []


def asks_models(tree: ast.Module) -> list[int]:
    """Lines that call `something.generate(request)` or `something.generate_together(requests)`, or keep it for later under another name.

    What makes keys takes no argument.
    """
    makes_keys = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call) and not node.args and not node.keywords}
    found = [node for name in ("generate", "generate_together") for node in mentions(tree, name) if id(node) not in makes_keys]
    return [node.lineno for node in found] + [line for name in ("generate", "generate_together") for line in fetched(tree, name)]


def reached(tree: ast.Module, name: str) -> list[int]:
    """Lines that read an attribute of this name, called there or not, or fetch it by its name."""
    return [node.lineno for node in mentions(tree, name)] + fetched(tree, name)


def fetched(tree: ast.Module, name: str) -> list[int]:
    """Lines of `getattr(something, "name")`."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("getattr", "attrgetter")))
    return [node.lineno for node in calls if any(isinstance(one, ast.Constant) and one.value == name for one in node.args)]


def mentions(tree: ast.Module, name: str) -> list[ast.Attribute]:
    """Nodes that read an attribute of this name."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == name]


def excused(name: str) -> bool:
    return any(name == place or name.startswith(f"{place}/") for place in NOT_DELIVERED)


def test_only_one_module_turns_pictures_into_files():
    found = {name: lines for name, tree in MODULES.items() if name != ENCODERS and not excused(name) and (lines := writes_pictures(tree))}
    assert not found, f"these write pictures past {ENCODERS}, unmarked: use its `encode`, `converted` or `encode_preview`"


def test_only_the_use_case_asks_models_for_pictures():
    allowed = {"providers"}
    found = {
        name: lines
        for name, tree in MODULES.items()
        if name not in PAINTERS and name.split("/")[0] not in allowed | {"model", "runtime"} and (lines := asks_models(tree))
    }
    assert not found, "these skip policy and marking: use `studio.paint.paint`"


def test_what_is_painted_together_passes_the_use_case_too():
    assert not writes_pictures(MODULES[TOGETHER]) and "PIL" not in (SOURCE / TOGETHER).read_text()
    # nobody but the worker knows it, and the worker hands its seats to `studio.paint` and does nothing else with them
    users = [
        name for name, tree in MODULES.items() if "together" in {n.name.rsplit(".")[-1] for n in ast.walk(tree) if isinstance(n, ast.alias)}
    ]
    assert users == [WORKER]
    worker = MODULES[WORKER]
    assert len(mentions(worker, "generate")) == 1 and not mentions(worker, "news") and not mentions(worker, "generate_together")
    [given] = [
        word.value
        for call in ast.walk(worker)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "paint.paint"
        for word in call.keywords
        if word.arg == "generate"
    ]
    assert ast.unparse(given) == "generate"


def test_what_is_judged_is_never_written():
    assert not writes_pictures(MODULES["cli/judge.py"]) and "PIL" not in (SOURCE / "cli" / "judge.py").read_text()


def test_the_search_finds_what_it_looks_for():
    assert writes_pictures(ast.parse("from PIL import Image\nImage.new('L', (1, 1)).save('x.png')")) == [2]
    assert asks_models(ast.parse("async for event in source.generate(request): pass")) == [1]
    # nor is it led round by another name, a keyword, or a name in quotes
    assert writes_pictures(ast.parse("import PIL.Image as I\nkeep = I.fromarray(p).save\nkeep('x.png')")) == [2]
    assert writes_pictures(ast.parse("from PIL import Image\ngetattr(Image.new('L', (1, 1)), 'save')('x.png')")) == [2]
    assert asks_models(ast.parse("async for event in source.generate(request=request): pass")) == [1]
    assert asks_models(ast.parse("paint = source.generate\nasync for event in paint(request): pass")) == [1]
    assert asks_models(ast.parse("getattr(source, 'generate')(request)")) == [1]
    assert not asks_models(ast.parse("key = Ed25519PrivateKey.generate()"))
    assert writes_pictures(MODULES[ENCODERS]) and asks_models(MODULES["studio/paint.py"])


def test_excuses_are_about_modules_that_exist():
    assert [place for place in NOT_DELIVERED if not (SOURCE / place).exists() and place != "evals"] == []


def test_workers_keep_the_signed_file_byte_for_byte():
    tree = MODULES["studio/worker.py"]
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    literals = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert "encoded" in names | literals


def marked(data: bytes) -> bool:
    found = manifests.read(data, keys.trusted_roots())
    return found is not None and found.state == "trusted" and bool(found.source_types)


@pytest.mark.parametrize("ending", ["png", "jpg", "jpeg", "webp"])
def test_the_command_line_writes_marked_files_only(tmp_path, monkeypatch, ending):
    monkeypatch.chdir(tmp_path)
    arguments = ["paint", "a red vase", "--model", "gradient", "--size", "64x48", "-n", "2", "-o", f"vase.{ending}"]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    files = sorted(os.listdir(tmp_path))
    assert len(files) == 3, "two pictures and their sheet"
    assert [name for name in files if not marked((tmp_path / name).read_bytes())] == []


def test_the_command_line_writes_nothing_that_it_cannot_sign(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    (tmp_path / "out").mkdir()
    monkeypatch.setenv(keys.FOLDER, str(tmp_path / "file" / "keys"))
    result = CliRunner().invoke(app, ["paint", "a red vase", "--model", "gradient", "--size", "64x48", "-o", str(tmp_path / "out")])
    assert result.exit_code == 1 and "cannot be signed" in result.stderr and os.listdir(tmp_path / "out") == []


async def _painted() -> Painted:
    async for event in paint(GenerationRequest("a red vase", 7, "gradient", width_px=64, height_px=64)):
        if isinstance(event, Painted):
            return event
    raise AssertionError("no picture")


@pytest.mark.parametrize("wanted", ["png", "jpeg", "webp", "zip", "ora"])
def test_exports_are_marked(wanted):
    import asyncio

    result = asyncio.run(_painted())
    picture = SimpleNamespace(
        id="0123456789", prompt="a red vase", seed=7, model_id="gradient", media_type="image/png", width_px=64, height_px=64
    )
    picture.recipe = result.recipe.to_json()
    file = export([(picture, result.encoded)], wanted)  # type: ignore[list-item]
    if wanted in ("zip", "ora"):
        with zipfile.ZipFile(BytesIO(file.data)) as archive:
            pictures = {name: archive.read(name) for name in archive.namelist() if name.endswith((".png", ".jpg", ".webp"))}
        assert pictures
        for name, data in pictures.items():
            # what only stands for the layers says what it is, the layers themselves are signed
            assert marked(data) or (name in ("mergedimage.png", "Thumbnails/thumbnail.png") and b"DigitalSourceType" in data), name
    else:
        assert marked(file.data)


def test_the_small_picture_of_layers_is_resampled_not_thinned():
    """A checkerboard of single pixels is grey from afar; every third pixel of it is a checkerboard still."""
    import numpy as np
    from PIL import Image

    from pochade.studio.pictures import encode_preview

    board = np.where((np.indices((600, 600)).sum(0) % 2)[..., None], np.uint8(255), np.uint8(0)).repeat(3, 2)
    picture = SimpleNamespace(id="0123456789", prompt="", seed=7, model_id="m", media_type="image/png", width_px=600, height_px=600)
    picture.recipe = None
    with zipfile.ZipFile(BytesIO(export([(picture, encode_preview(board, ".png"))], "ora").data)) as archive:  # type: ignore[list-item]
        small = np.asarray(Image.open(BytesIO(archive.read("Thumbnails/thumbnail.png"))).convert("L"))
    assert max(small.shape) <= 256
    assert np.abs(small[8:-8, 8:-8].astype(int) - 128).max() < 24


def test_a_process_without_our_settings_finds_the_marks(tmp_path):
    """The detector as a stranger runs it: another process, another key folder."""
    import asyncio

    (tmp_path / "vase.png").write_bytes(asyncio.run(_painted()).encoded)
    command = [sys.executable, "-c", "from pochade.cli import main; main()", "verify", "vase.png", "--json"]
    environment = {**os.environ, keys.FOLDER: str(tmp_path / "keys")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["conclusion"] == "signed by others"
