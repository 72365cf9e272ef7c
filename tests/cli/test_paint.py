"""`pochade paint` as a user types it, with a model that paints at once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from fakes import paint as gradient
from pochade import __version__
from pochade.cli.app import app
from pochade.cli.paint import Asked
from pochade.core.values import NO_PLAN
from pochade.studio.pictures import read_recipe
from pochade.trust import regions
from pochade.trust.watermark import VERSION as WATERMARK
from pochade.world.compose import compose
from pochade.world.parser import parse
from pochade.world.scene import Scene

TESTS = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pochade(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


def paint(*arguments: str):
    return pochade("paint", "--model", "gradient", "--size", "64x48", *arguments)


def names() -> list[str]:
    return sorted(os.listdir())


def pixels(path: str | Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def same_picture(first: str | Path, second: str | Path) -> bool:
    """Bit for bit and with the same recipe; the files differ, since no two signatures are alike."""
    return (pixels(first) == pixels(second)).all() and read_recipe(Path(first)) == read_recipe(Path(second))


def is_gradient(path: str | Path, seed: int) -> bool:
    """Whether it is what the model painted, but for the watermark."""
    change = pixels(path).astype(int) - gradient("a red vase", seed, 64, 48)
    return 0 < np.abs(change).max() <= 8 and np.sqrt((change**2).mean()) < 2.1


def test_version():
    assert pochade("--version").stdout == f"pochade {__version__}\n"


def test_a_prompt_becomes_a_file_and_its_path_is_printed():
    result = paint("a red vase", "--seed", "7")
    assert result.exit_code == 0 and result.stdout == "a-red-vase-7.png\n"
    assert names() == ["a-red-vase-7.png"]
    assert is_gradient("a-red-vase-7.png", 7)


def test_words_need_no_quotes():
    assert paint("a", "red", "vase", "--seed", "7").stdout == "a-red-vase-7.png\n"


def test_progress_goes_to_standard_error_without_escapes():
    result = paint("a red vase, notice", "--seed", "7")
    assert "painting 1 of 1: 50%" in result.stderr and "This is a notice." in result.stderr
    assert "\x1b" not in result.output


def test_the_drawn_seed_is_in_the_name_and_repeats():
    first = paint("a red vase").stdout.strip()
    seed = first.removesuffix(".png").rsplit("-", 1)[1]
    again = paint("a red vase", "--seed", seed).stdout.strip()
    assert again == f"a-red-vase-{seed}-2.png"
    assert same_picture(first, again)


@pytest.mark.parametrize("ending", ["png", "jpg", "webp", "PNG"])
def test_the_ending_chooses_the_format(ending):
    assert paint("a red vase", "-o", f"vase.{ending}", "--seed", "7").exit_code == 0
    with Image.open(f"vase.{ending}") as image:
        assert image.format == {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}[ending.lower()]
    recipe = read_recipe(Path(f"vase.{ending}"))
    assert (recipe.prompt, recipe.seed, recipe.model_id, recipe.width_px, recipe.height_px) == ("a red vase", 7, "gradient", 64, 48)
    assert recipe.versions == {"pochade": __version__, "fake": "1", "watermark": WATERMARK} and recipe.backend == "numpy"


def test_variations_and_contact_sheet():
    result = paint("a red vase", "-n", "3", "--seed", "7")
    assert result.stdout.split() == ["a-red-vase-7.png", "a-red-vase-8.png", "a-red-vase-9.png", "a-red-vase-7-sheet.png"]
    for seed in (7, 8, 9):
        path = Path(f"a-red-vase-{seed}.png")
        assert read_recipe(path).seed == seed
        assert is_gradient(path, seed)
        assert paint("a red vase", "--seed", str(seed), "-o", "alone.png", "--force").exit_code == 0
        assert same_picture("alone.png", path)


def test_a_folder_as_output():
    Path("out").mkdir()
    assert paint("a red vase", "--seed", "7", "-o", "out").stdout == "out/a-red-vase-7.png\n"


def test_unknown_words_are_listed_with_near_ones_and_the_rest_is_painted():
    result = paint("a red accordion", "--seed", "7")
    assert result.exit_code == 0 and names() == ["a-red-accordion-7.png"]
    assert "not understood: 'accordion' (near: cardboard box, candle)" in result.stderr


def test_nothing_understood():
    result = paint("gibberish")
    assert result.exit_code == 2 and "Near words: red" in result.stderr
    assert names() == []


@pytest.mark.parametrize(
    ("arguments", "received", "accepted"),
    [
        ([""], "an empty prompt", "1 to 32,000"),
        (["   "], "3 blank characters", "1 to 32,000"),
        (["x" * 32_001], "32,001 characters", "32,000"),
        (["x", "--seed", "-1"], "seed -1", "0 to 4294967295"),
        (["x", "--seed", "4294967296"], "seed 4294967296", "0 to 4294967295"),
        (["x", "--seed", "1.5"], "'1.5'", "0 to 4294967295"),
        (["x", "--seed", "4294967295", "-n", "2"], "4294967295", "up to 4294967294"),
        (["x", "-n", "0"], "Got 0", "1 to 10"),
        (["x", "-n", "11"], "Got 11", "1 to 10"),
        (["x", "-n", "many"], "'many'", "1 to 10"),
        (["x", "--size", "big"], "'big'", "768x512"),
        (["x", "--size", "64x"], "'64x'", "768x512"),
        (["x", "--size", "65x64"], "65x64", "16 to 512 pixels in steps of 8"),
        (["x", "--size", "0x0"], "0x0", "16 to 512 pixels in steps of 8"),
        (["x", "--size", "99999x64"], "99999x64", "Try 512x16"),
        (["x", "--quality", "perfect"], "'perfect'", "draft, standard, best"),
        (["x", "--model", "gradiant"], "'gradiant'", "Did you mean 'gradient'"),
        (["x", "--model", ""], "''", "available: pochade-1, "),
        (["x", "-o", "vase"], "'vase'", ".png, .jpg, .jpeg, .webp"),
        (["x", "-o", "vase.gif"], "'.gif'", ".png, .jpg, .jpeg, .webp"),
        (["x", "-o", "nowhere/vase.png"], "'nowhere'", "mkdir -p nowhere"),
        (["x", "-o", "y" * 300 + ".png"], "too long", "another name"),
        (["--from", "nowhere.png"], "'nowhere.png'", "does not exist"),
        (["a ball", "--change", "at night"], "no picture to change", "--from"),
        ([], "no prompt", "pochade paint"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_bad_input_gets_one_sentence_exit_code_2_and_no_file(arguments, received, accepted):
    result = paint(*arguments)
    assert result.exit_code == 2, result.output
    message = result.stderr.strip()
    assert received in message and accepted in message
    assert message.startswith("pochade: ") and "\n" not in message and "Traceback" not in message
    assert result.stdout == "" and names() == []


def test_an_existing_file_is_kept_unless_forced():
    Path("vase.png").write_text("mine")
    result = paint("a red vase", "-o", "vase.png")
    assert result.exit_code == 2 and "--force" in result.stderr
    assert Path("vase.png").read_text() == "mine" and names() == ["vase.png"]
    assert paint("a red vase", "-o", "vase.png", "--force").exit_code == 0
    assert read_recipe(Path("vase.png")).prompt == "a red vase" and names() == ["vase.png"]


@pytest.mark.parametrize("ending", ["png", "jpg", "webp"])
def test_from_repeats_a_picture_bit_for_bit(ending):
    paint("a red vase", "-o", f"vase.{ending}", "--quality", "draft")
    result = pochade("paint", "--from", f"vase.{ending}", "-o", f"again.{ending}")
    assert result.exit_code == 0 and "identical to the original, bit for bit" in result.stderr
    assert same_picture(f"vase.{ending}", f"again.{ending}")


def test_from_with_options_changes_just_these():
    paint("a red vase", "-o", "vase.png", "--seed", "7", "--quality", "draft")
    result = pochade("paint", "--from", "vase.png", "-o", "large.png", "--size", "128x96")
    old, new = read_recipe(Path("vase.png")), read_recipe(Path("large.png"))
    assert result.exit_code == 0 and "identical" not in result.stderr
    assert (new.width_px, new.height_px, new.seed, new.prompt, new.plan, new.quality) == (128, 96, 7, "a red vase", old.plan, "draft")
    pochade("paint", "a", "blue", "vase", "--from", "vase.png", "-o", "blue.png")
    assert read_recipe(Path("blue.png")).prompt == "a blue vase" and read_recipe(Path("blue.png")).seed == 7
    pochade("paint", "--from", "vase.png", "-o", "four.png", "-n", "4")
    assert [read_recipe(Path(f"four-{k}.png")).seed for k in (1, 2, 3, 4)] == [7, 8, 9, 10]
    assert same_picture("four-1.png", "vase.png")


def test_from_says_what_differs(monkeypatch):
    paint("a red vase", "-o", "vase.png")
    monkeypatch.setattr("fakes.paint", lambda *_: np.zeros((48, 64, 3), np.uint8))
    monkeypatch.setattr("pochade.studio.paint.__version__", "9.9.9")
    result = pochade("paint", "--from", "vase.png", "-o", "again.png")
    assert result.exit_code == 0
    assert f"not identical to the original: pochade {__version__} then, 9.9.9 now" in result.stderr


def test_from_a_contact_sheet_points_to_the_pictures():
    paint("a red vase", "-n", "2", "-o", "vase.png")
    result = pochade("paint", "--from", "vase-sheet.png")
    assert result.exit_code == 2 and "vase-1.png, vase-2.png" in result.stderr


def test_quiet_prints_paths_only():
    result = paint("a red accordion, notice", "--seed", "7", "-q")
    assert (result.stdout, result.stderr) == ("a-red-accordion-notice-7.png\n", "")


@pytest.mark.parametrize("region", ["eu", "us", "none"])
def test_what_a_region_wants_said_with_pictures_is_said(region, monkeypatch):
    monkeypatch.setenv("POCHADE_REGION", region)
    due = regions.region(region).notices.delivery
    said = paint("a red vase", "--seed", "7").stderr
    assert said.count("made by a machine") == bool(due) and due in said


def test_json_is_one_object_per_file():
    result = paint("a red accordion, notice", "--seed", "7", "-n", "2", "--json")
    first, second, sheet = map(json.loads, result.stdout.splitlines())
    assert first["path"] == "a-red-accordion-notice-7.png" and second["seed"] == 8 and "sheet" in sheet
    assert first["understood"] == ["red"] and first["not_understood"] == [{"word": "accordion", "near": ["cardboard box", "candle"]}]
    assert first["notices"] == ["This is a notice.", regions.region("eu").notices.delivery]


COMMAND = (
    # as at a terminal, even where the tests run in the background and inherit an ignored SIGINT
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from pochade.providers import registry; registry.register('gradient', 'fakes:Gradient'); from pochade.cli import main; main()"
)


def start(*arguments: str, step_s: float) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(TESTS), "FAKE_STEP_S": str(step_s)}
    command = [sys.executable, "-c", COMMAND, "paint", "--model", "gradient", "--size", "64x48", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_stopped_run_leaves_no_partial_file(sent, code):
    with start("a red vase", step_s=5) as process:
        assert process.stderr is not None
        assert "painting" in process.stderr.readline()
        stopped_s = time.monotonic()
        process.send_signal(sent)
        assert process.wait(10) == code
        assert time.monotonic() - stopped_s < 3
        if sent == signal.SIGINT:
            assert "Stopped. Nothing was written." in process.stderr.read()
    assert names() == []


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_stopped_run_keeps_finished_pictures():
    with start("a red vase", "-n", "10", "--seed", "7", step_s=0.15) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == "a-red-vase-7.png\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert "1 of 10 pictures are finished and kept" in process.stderr.read()
    assert names() == ["a-red-vase-7.png"] and read_recipe(Path("a-red-vase-7.png")).seed == 7


def test_a_reader_that_goes_away_gets_no_traceback():
    with start("a red vase", "-n", "3", step_s=0.05) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert "Traceback" not in process.stderr.read()


def test_a_fault_is_one_sentence_and_a_traceback_on_request(monkeypatch):
    monkeypatch.setattr("fakes.paint", lambda *_: 1 / 0)
    result = paint("a red vase")
    assert result.exit_code == 1 and names() == []
    assert (
        "fault in Pochade" in result.stderr and "ZeroDivisionError: division by zero" in result.stderr and "Traceback" not in result.stderr
    )
    monkeypatch.setenv("POCHADE_TRACEBACK", "1")
    assert isinstance(paint("a red vase").exception, ZeroDivisionError)


def test_misspelt_options_are_refused():
    result = paint("a red vase", "--sede", "7")
    assert result.exit_code == 2 and "--seed" in result.stderr and names() == []


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")
def test_at_a_terminal_the_picture_is_shown_and_the_cursor_comes_back():
    import pty

    command = [sys.executable, "-c", COMMAND, "paint", "--model", "gradient", "--size", "64x48", "a red accordion", "--seed", "7"]
    environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "TMUX", "POCHADE_TERMINAL")}
    environment |= {"PYTHONPATH": str(TESTS), "FAKE_STEP_S": "0.2", "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    master, slave = pty.openpty()
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment) as process:
        os.close(slave)
        shown = b""
        while True:
            try:
                data = os.read(master, 65536)
            except OSError:  # how Linux tells the end
                break
            if not data:
                break
            shown += data
    os.close(master)
    text = shown.decode()
    assert process.returncode == 0
    assert "not understood: 'accordion'" in text and "left" in text and "▀" in text and "a-red-accordion-7.png" in text
    assert text.rfind("\x1b[?25h") > text.rfind("\x1b[?25l"), "the cursor is shown again"


def test_steps_and_a_plan_that_is_off_reach_the_request():
    asked = Asked("a lemon", "2", None, "1", None, "pochade-1", plan="off", steps="3")
    request = asked.request(None)
    assert (request.plan, request.num_steps, request.num_images) == (NO_PLAN, 3, 2)


def test_a_scene_from_a_file_is_painted_as_it_is(monkeypatch):
    seen = []
    monkeypatch.setattr("pochade.cli.session.Session.run", lambda self: seen.append(self.request))
    scene = compose(parse("a lemon").description, 5, 1.0)
    Path("plan.json").write_text(scene.to_json())
    assert paint("a lemon", "--plan", "plan.json").exit_code == 0
    assert seen[0].plan == scene.to_json()


def test_a_layout_moves_the_things_of_the_plan(monkeypatch):
    seen = []
    monkeypatch.setattr("pochade.cli.session.Session.run", lambda self: seen.append(self.request))
    Path("boxes.json").write_text('[{"thing": "lemon", "box": [0.1, 0.5, 0.4, 0.9]}]')
    assert paint("a lemon", "--seed", "5", "--layout", "boxes.json").exit_code == 0
    drawn = compose(parse("a lemon").description, 5, 64 / 48)
    assert Scene.from_json(seen[0].plan).things[0].position_m != drawn.things[0].position_m


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--plan", "none.json"), "cannot be read"),
        (("--layout", "none.json"), "cannot be read"),
        (("--plan", "off", "--layout", "none.json"), "a layout needs a plan"),
        (("-n", "2", "--layout", "none.json"), "one is accepted"),
        (("--steps", "many"), "1 to 50"),
    ],
)
def test_plans_and_layouts_that_cannot_be_are_refused(arguments: tuple[str, ...], said: str):
    result = paint("a lemon", *arguments)
    assert result.exit_code == 2 and said in " ".join(result.stderr.split())
