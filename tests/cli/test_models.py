"""`pochade models` as a user types it."""

from __future__ import annotations

import json
import re

import pytest
from typer.testing import CliRunner

from pochade.cli.app import app
from pochade.providers import registry
from providers.standins import Reply, StandIn, b64, picture

ADD_GPT = [
    "add",
    "gpt",
    "--kind",
    "openai",
    "--base-url",
    "https://api.openai.com/v1",
    "--remote-model",
    "gpt-image-2",
    "--api-key-env",
    "A_KEY",
    "--price",
    "0.04",
]


@pytest.fixture(autouse=True)
def config_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("POCHADE_CONFIG", str(tmp_path))
    monkeypatch.delenv("A_KEY", raising=False)
    return tmp_path


def models(*arguments: str):
    return CliRunner().invoke(app, ["models", *arguments])


def rows(*arguments: str) -> dict[str, list[str]]:
    return {line.split("\t")[0]: line.split("\t") for line in models("list", *arguments).stdout.splitlines()}


def test_list_says_what_each_can_do_costs_and_where_prompts_go(monkeypatch):
    models(*ADD_GPT)
    listed = rows()
    assert list(listed) == list(registry.model_ids())
    assert listed["pathtracer"][1:5] == ["words, plan", "to 2048 px", "free", "this machine"] and listed["pathtracer"][-1] == "ready"
    assert listed["gpt"][1:5] == ["words, picture, mask", "to 3840 px", "$0.04 a picture", "OpenAI"]
    assert listed["gpt"][-1].startswith("not ready: ") and "export A_KEY=" in listed["gpt"][-1]
    monkeypatch.setenv("A_KEY", "k")
    assert rows()["gpt"][-1] == "ready"


def test_list_as_json():
    listed = {row["model"]: row for row in map(json.loads, models("list", "--json").stdout.splitlines())}
    assert listed["pathtracer"]["ready"] is True and listed["pathtracer"]["plans"] is True and listed["auto"]["price_usd"] == 0.0


def test_list_on_a_terminal_is_a_table(monkeypatch):
    models(*ADD_GPT)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "160")
    shown = models("list").stdout
    assert "Prompts go to" in shown and "gpt-image-2 at api.openai.com" in shown and "pathtracer" in shown


def test_list_survives_a_broken_file(config_folder):
    (config_folder / "models.toml").write_text("[models.x\n")
    result = models("list")
    assert result.exit_code == 0 and "pathtracer" in result.stdout and "models.toml cannot be read" in result.stderr


def test_list_shows_a_model_whose_software_is_missing(monkeypatch):
    monkeypatch.setattr(registry, "_ADAPTERS", {**registry._ADAPTERS, "later": "pochade_of_the_future:Painter"})
    assert "needs software that is not installed" in rows()["later"][-1]


def test_add_says_where_prompts_go_and_what_is_missing(config_folder):
    result = models(*ADD_GPT)
    assert result.exit_code == 0
    assert "Added gpt: prompts go to OpenAI. Try it out: pochade models test gpt" in result.stdout and "export A_KEY=" in result.stdout
    assert 'api_key_env = "A_KEY"' in (config_folder / "models.toml").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["add", "x", "--kind", "magic"], "got kind 'magic'"),
        (["add", "x", "--kind", "openai"], "http or https address"),
        (
            ["add", "x", "--kind", "openai", "--base-url", "http://x", "--remote-model", "m", "--api-key-env", "sk-12"],
            "no name of an environment",
        ),
        (["add", "auto", "--kind", "automatic1111", "--base-url", "http://x"], "a built-in model's"),
        (["add", "gpt", "--kind", "automatic1111", "--base-url", "http://x"], "which is taken"),
        (["remove", "nope"], "it has gpt"),
        (["test", "nope"], "Got model 'nope'"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value[:2]),
)
def test_bad_input(arguments, message):
    models(*ADD_GPT)
    result = models(*arguments)
    assert result.exit_code == 2 and message in result.stderr and result.stdout == ""


def test_remove():
    models(*ADD_GPT)
    assert models("remove", "gpt").stdout == "Removed gpt.\n" and "gpt" not in rows()


def test_test_paints_one_small_picture_and_tells_the_time():
    result = models("test", "gradient", "--prompt", "red notice")
    assert re.fullmatch(r"This is a notice.\ngradient works: 256x256 in \d+.\d s, at this machine.\n", result.stdout)


def test_test_without_the_key_says_how_to_set_it():
    models(*ADD_GPT)
    result = models("test", "gpt")
    assert result.exit_code == 1 and "variable A_KEY, which is not set" in result.stderr and "export A_KEY=" in result.stderr


def test_test_asks_a_configured_server():
    with StandIn(lambda request: Reply({"data": [{"b64_json": b64(picture(256, 256))}]})) as server:
        models("add", "local", "--kind", "openai", "--base-url", f"{server.url}/v1", "--remote-model", "sd", "--extensions")
        result = models("test", "local")
        assert result.exit_code == 0 and "local works: 256x256 in" in result.stdout and "at this machine." in result.stdout
        assert server.requests[0].json["size"] == "256x256" and server.requests[0].json["seed"] == 1
