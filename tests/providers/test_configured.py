"""The user's own models: reading, writing, and what a broken file may not break."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from pochade.core.errors import InvalidRequestError, ProviderUnavailableError, UnknownModelError
from pochade.providers import configured, registry
from pochade.providers.automatic1111 import Automatic1111
from pochade.providers.configured import ConfiguredModel, add, build, config_folder, load, obstacle, remove
from pochade.providers.diffusers import Diffusers
from pochade.providers.gemini import DEFAULT_BASE_URL, GeminiImages
from pochade.providers.openai import OpenAIImages
from pochade.runtime import manifest

HOME = ConfiguredModel("home", "automatic1111", base_url="http://localhost:7860")
GPT = ConfiguredModel(
    "gpt", "openai", base_url="https://api.openai.com/v1", remote_model="gpt-image-2.5-flare", api_key_env="A_KEY", price_usd=0.04
)


def write(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "models.toml"
    path.write_text(text)
    return path


def test_where_the_file_lies(monkeypatch, tmp_path):
    monkeypatch.setenv("POCHADE_CONFIG", str(tmp_path / "a"))
    assert config_folder() == tmp_path / "a"
    monkeypatch.delenv("POCHADE_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "b"))
    assert config_folder() == tmp_path / "b" / "pochade"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert config_folder() == tmp_path / ".config" / "pochade"


@pytest.mark.parametrize(
    "model",
    [
        HOME,
        GPT,
        ConfiguredModel("g.3-x_1", "gemini", remote_model="gemini-3.1-flash-image", api_key_env="GEMINI_API_KEY", timeout_s=60.5),
        ConfiguredModel(
            "sana", "diffusers", source='a "quoted" \\ folder\nwith \x7f é', steps=4, guidance_scale=0.0, download=True, licence="mine"
        ),
        ConfiguredModel(
            "x", "openai", base_url="http://h:1/v1", remote_model="m", extensions=True, stream=False, price_usd=0.0, max_side_px=768
        ),
    ],
    ids=lambda model: model.name,
)
def test_what_is_written_is_read_again(model):
    add(model)
    assert load().models == {model.name: model} and load().problems == {}
    remove(model.name)
    assert load().models == {}


def test_adding_and_removing_leaves_the_rest_of_the_file_as_it_is(config_folder):
    text = '# my models\n[auto]\nallow = ["gpt"] # only this\n\n[models.gpt] # ours\nkind = "gemini"\nremote_model = "m"\n'
    path = write(config_folder, text)
    add(HOME)
    add(ConfiguredModel("home.2", "automatic1111", base_url="http://localhost:7861"))
    assert path.read_text().startswith(text) and set(load().models) == {"gpt", "home", "home.2"}
    remove("home.2")
    remove("home")
    assert path.read_text().strip() == text.strip()
    remove("gpt")
    assert tomllib.loads(path.read_text()) == {"auto": {"allow": ["gpt"]}} and "# my models" in path.read_text()
    assert list(config_folder.iterdir()) == [path]


def test_a_name_is_taken_unless_it_is_to_be_replaced():
    add(HOME)
    other = ConfiguredModel("home", "automatic1111", base_url="http://elsewhere:7860")
    with pytest.raises(InvalidRequestError, match="'home', which is taken.*--force"):
        add(other)
    add(other, replace=True)
    assert load().models == {"home": other}


def test_removing_what_is_not_there():
    with pytest.raises(InvalidRequestError, match=r"'gpt', which is not in .*models.toml: it has none"):
        remove("gpt")
    add(HOME)
    with pytest.raises(InvalidRequestError, match="it has home"):
        remove("gpt")


def test_a_file_that_only_a_person_can_change_is_left_alone(config_folder):
    path = write(config_folder, 'models = { home = { kind = "automatic1111", base_url = "http://localhost:1" } }\n')
    before = path.read_text()
    for change in (lambda: remove("home"), lambda: add(GPT)):
        with pytest.raises(ProviderUnavailableError, match="Edit it by hand"):
            change()
    assert path.read_text() == before and "home" in load().models


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"name": "a b"}, "that name is not accepted"),
        ({"name": "x" * 65}, "that name is not accepted"),
        ({"kind": "magic"}, "got kind 'magic'; openai, gemini, automatic1111, diffusers are accepted"),
        ({"api_key_env": "sk-proj-1234"}, "no name of an environment variable.*never written"),
        ({"base_url": "ftp://x"}, "an http or https address is accepted"),
        ({"base_url": ""}, "an http or https address is accepted"),
        ({"base_url": "http://user:secret@x/v1"}, "password in it"),
        ({"remote_model": ""}, "got no remote_model"),
        ({"kind": "diffusers"}, "got base_url, remote_model, which kind diffusers does not have; it has source"),
        ({"kind": "diffusers", "base_url": "", "remote_model": ""}, "got no source"),
        ({"steps": 4}, "got steps, which kind openai does not have"),
        ({"kind": "gemini", "base_url": "", "remote_model": ""}, "got no remote_model"),
        ({"max_side_px": 0}, "got 0 for max_side_px"),
        ({"kind": "diffusers", "base_url": "", "remote_model": "", "source": "x", "steps": -1}, "got -1 for steps"),
        ({"timeout_s": 0.0}, "got 0 for timeout_s"),
        ({"price_usd": -1.0}, "got -1 for price_usd"),
        ({"price_usd": float("nan")}, "got nan for price_usd"),
    ],
    ids=str,
)
def test_values_that_are_not_accepted(wrong, message):
    right = {"name": "m", "kind": "openai", "base_url": "http://x/v1", "remote_model": "sd"}
    with pytest.raises(InvalidRequestError, match=message) as caught:
        ConfiguredModel(**{**right, **wrong})  # type: ignore[arg-type]
    assert "sk-proj-1234" not in str(caught.value) and "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("kind = 3", "got 3 for kind; text is accepted"),
        ("stream = 1", "got 1 for stream; true or false is accepted"),
        ("price_usd = true", "got True for price_usd; a number is accepted"),
        ('price_usd = "4"', "got '4' for price_usd; a number is accepted"),
        ("steps = 4.5", "got 4.5 for steps; a whole number is accepted"),
        ("api_key = 'k'", "got the setting 'api_key'; known are kind, base_url"),
    ],
)
def test_one_wrong_entry_does_not_hide_the_others(config_folder, line, message):
    kind = "" if line.startswith("kind") else 'kind = "automatic1111"\n'
    path = write(config_folder, f'[models.bad]\n{kind}base_url = "http://x"\n{line}\n' + HOME.table())
    assert registry.provider("home").model_id == "home" and "bad" not in registry.model_ids()
    with pytest.raises(ProviderUnavailableError) as caught:
        registry.provider("bad")
    assert message in str(caught.value) and str(path) in str(caught.value) and registry.problems() == {"bad": str(caught.value)}


@pytest.mark.parametrize("text", ["[models.x\n", "models = 3\n", "auto = []\n", '[models]\nx = "\x00"\n'])
def test_a_broken_file_does_not_take_down_the_built_in_models(config_folder, text):
    path = write(config_folder, text)
    assert registry.model_ids()[0] == "pathtracer" and registry.provider("gradient").model_id == "gradient"
    (problem,) = registry.problems().values()
    assert str(path) in problem and "built-in models work meanwhile" in problem
    with pytest.raises(UnknownModelError, match="built-in models work meanwhile"):
        registry.provider("mine")
    with pytest.raises(ProviderUnavailableError, match="Correct"):
        add(HOME)
    assert path.read_text() == text


def test_a_file_that_cannot_be_read(config_folder):
    (config_folder / "models.toml").mkdir(parents=True)
    assert registry.provider("gradient").model_id == "gradient" and "cannot be read" in registry.problems()[""]


def test_rules_of_auto_that_are_not_accepted(config_folder):
    write(config_folder, '[auto]\nallow = "gpt"\nmax_price_usd = 0.1\n')
    assert load().auto == {"max_price_usd": 0.1} and "[auto] allow is 'gpt'" in load().problems["auto"]


def test_names_that_auto_may_ask_but_that_are_none(config_folder):
    write(config_folder, '[auto]\nallow = ["pathtracer", "gtp"]\n')
    assert "allows 'gtp', which is no model" in registry.problems()["auto"]


def test_the_registry_finds_them_after_the_built_in_ones_and_auto_last():
    add(GPT)
    assert registry.model_ids() == ("pathtracer", "gradient", "gpt", "auto")
    assert registry.is_configured("gpt") and not registry.is_configured("gradient") and not registry.is_configured("nope")
    assert registry.provider("gpt") is registry.provider("gpt")


def test_a_changed_entry_makes_a_new_adapter(config_folder):
    add(HOME)
    before = registry.provider("home")
    add(ConfiguredModel("home", "automatic1111", base_url="http://localhost:7861"), replace=True)
    after = registry.provider("home")
    assert after is not before and isinstance(after, Automatic1111) and after.endpoint.base_url == "http://localhost:7861"


def test_a_name_of_a_built_in_model_is_hidden_and_said_to_be(config_folder):
    write(config_folder, '[models.gradient]\nkind = "automatic1111"\nbase_url = "http://x"\n')
    assert type(registry.provider("gradient")).__name__ == "Gradient" and "hidden by the built-in one" in registry.problems()["gradient"]


def test_the_file_is_read_once_until_it_changes(config_folder, monkeypatch):
    add(HOME)
    load()
    monkeypatch.setattr(configured, "_read", lambda path: pytest.fail("read again"))
    assert "home" in load().models


def test_each_kind_builds_its_adapter_with_what_is_declared():
    gpt = build(GPT)
    assert isinstance(gpt, OpenAIImages) and (gpt.capabilities.price_usd, gpt.capabilities.runs_at) == (0.04, "OpenAI")
    azure = build(
        ConfiguredModel(
            "az", "openai", base_url="https://m.openai.azure.com/openai/deployments/d", remote_model="gpt-image-2", api_version="v"
        )
    )
    assert isinstance(azure, OpenAIImages) and azure.api_version == "v"
    gemini = build(ConfiguredModel("g", "gemini", remote_model="gemini-3.1-flash-image", runs_at="our project at Google"))
    assert isinstance(gemini, GeminiImages) and gemini.endpoint.base_url == DEFAULT_BASE_URL
    assert gemini.capabilities.runs_at == "our project at Google"
    diffusers = build(ConfiguredModel("d", "diffusers", source="a/b", steps=4, download=True, licence="open"))
    assert isinstance(diffusers, Diffusers) and (diffusers.steps, diffusers.download, diffusers.capabilities.licence) == (4, True, "open")


def test_what_stands_in_the_way(monkeypatch):
    monkeypatch.delenv("A_KEY", raising=False)
    assert "export A_KEY=" in obstacle(GPT)
    monkeypatch.setenv("A_KEY", "k")
    assert obstacle(GPT) == obstacle(HOME) == ""
    nowhere = ConfiguredModel("d", "diffusers", source="/no/such/folder")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    assert "which is no folder" in obstacle(nowhere) and obstacle(replace(nowhere, download=True)) == ""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "pochade[hub]" in obstacle(ConfiguredModel("d", "diffusers", source="a/b"))


def test_listing_models_imports_no_adapter(config_folder):
    add(GPT)
    code = "import sys; from pochade.providers import registry; print(registry.model_ids())\n"
    code += "print({'httpx', 'numpy', 'torch'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    own = ("pochade-1",) if manifest.shipped() else ()
    assert done.stdout.splitlines() == [str((*own, "pathtracer", "gpt", "auto")), "set()"]
