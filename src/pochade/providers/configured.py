"""The user's own models: a TOML file in the configuration folder, without secrets.

[models.gpt]
kind = "openai"
base_url = "https://api.openai.com/v1"
remote_model = "gpt-image-2.5-flare"
api_key_env = "OPENAI_API_KEY"
price_usd = 0.04

[auto]
allow = ["pathtracer", "gpt"]
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pochade.core.errors import InvalidRequestError, ProviderUnavailableError
from pochade.core.files import write_whole

if TYPE_CHECKING:
    from pochade.core.values import ImageProvider

FILE = "models.toml"
VARIABLE = "POCHADE_CONFIG"
"""Environment variable that names the configuration folder."""
KINDS = ("openai", "gemini", "automatic1111", "diffusers")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_REMOTE = ("base_url", "remote_model", "api_key_env")
CONCERNS = {
    "openai": (*_REMOTE, "api_version", "extensions", "stream"),
    "gemini": _REMOTE,
    "automatic1111": _REMOTE,
    "diffusers": ("source", "download", "steps", "guidance_scale"),
}
"""Kind to the settings that it alone, or with others, has."""
DECLARED = ("summary", "price_usd", "runs_at", "licence", "min_side_px", "max_side_px", "side_multiple_px", "max_pixels", "max_images")
"""Fields that, where given, replace what the adapter guesses about its capabilities."""


@dataclass(frozen=True)
class ConfiguredModel:
    """One model of the file.

    Attributes:
        name: its id.
        kind: which adapter asks it.
        base_url: where it is reached (openai, gemini, automatic1111).
        remote_model: what it is called there.
        api_key_env: environment variable that holds its key.
        api_version: Azure's `api-version` (openai).
        extensions: True if the server heeds seed, negative prompt, steps and guidance (openai).
        stream: False to ask for no partial images (openai).
        timeout_s: longest wait for one picture.
        source: folder or hub id (diffusers).
        download: True if a hub id may be fetched (diffusers).
        steps, guidance_scale: where a request names none (diffusers).
        summary, price_usd, runs_at, licence, min_side_px, max_side_px, side_multiple_px, max_pixels, max_images: see `Capabilities`.
    """

    name: str
    kind: str
    base_url: str = ""
    remote_model: str = ""
    api_key_env: str = ""
    api_version: str = ""
    extensions: bool = False
    stream: bool = True
    timeout_s: float = 300.0
    source: str = ""
    download: bool = False
    steps: int | None = None
    guidance_scale: float | None = None
    summary: str | None = None
    price_usd: float | None = None
    runs_at: str | None = None
    licence: str | None = None
    min_side_px: int | None = None
    max_side_px: int | None = None
    side_multiple_px: int | None = None
    max_pixels: int | None = None
    max_images: int | None = None

    def __post_init__(self) -> None:
        for what in (self._wrong_name, self._wrong_setting, self._wrong_place, self._wrong_number):
            message = what()
            if message:
                raise InvalidRequestError(f"Model {self.name!r}: {message}", field="model")

    @property
    def declared(self) -> dict[str, Any]:
        """What is known better than the adapter guesses, by the names of `Capabilities`."""
        return {name: value for name in DECLARED if (value := getattr(self, name)) is not None}

    @classmethod
    def read(cls, name: str, raw: object) -> ConfiguredModel:
        """One table of the file.

        Raises:
            InvalidRequestError: naming the value that is not accepted, and what is.
        """
        if not isinstance(raw, Mapping):
            raise InvalidRequestError(f"Model {name!r}: got {raw!r:.60}; a table is accepted. Write [models.{name}] above its settings.")
        known = {field.name: field for field in fields(cls) if field.name != "name"}
        for key, value in raw.items():
            if key not in known:
                raise InvalidRequestError(f"Model {name!r}: got the setting {key!r}; known are {', '.join(known)}. Correct or remove it.")
            kind = str(known[key].type).removesuffix(" | None")
            if not _is(value, kind):
                raise InvalidRequestError(f"Model {name!r}: got {value!r:.60} for {key}; {_KIND_NAMES[kind]} is accepted. Correct it.")
        if "kind" not in raw:
            raise InvalidRequestError(f"Model {name!r}: got no kind; {', '.join(KINDS)} are accepted. Add one.")
        return cls(name, **raw)

    def table(self) -> str:
        """The model as TOML, settings at their defaults left out."""
        lines = [f"[models.{_key(self.name)}]"]
        for field in fields(self)[1:]:
            value = getattr(self, field.name)
            if field.default is MISSING or value != field.default:
                lines.append(f"{field.name} = {_toml(value)}")
        return "\n".join(lines) + "\n"

    def _wrong_name(self) -> str:
        if not NAME.fullmatch(self.name):
            return "that name is not accepted; up to 64 letters, digits, dots, dashes and underscores are. Choose another."
        if self.kind not in KINDS:
            return f"got kind {self.kind!r}; {', '.join(KINDS)} are accepted. Choose one of those."
        if self.api_key_env and not ENVIRONMENT_NAME.fullmatch(self.api_key_env):
            return (
                "what is given as api_key_env is no name of an environment variable. If it is the key itself, "
                "put the key into a variable and name that here: keys are never written to the file."
            )
        return ""

    def _wrong_setting(self) -> str:
        elsewhere = {name for names in CONCERNS.values() for name in names} - set(CONCERNS[self.kind])
        given = [field.name for field in fields(self) if field.name in elsewhere and getattr(self, field.name) != field.default]
        if given:
            return f"got {', '.join(given)}, which kind {self.kind} does not have; it has {', '.join(CONCERNS[self.kind])}. Leave it out."
        return ""

    def _wrong_place(self) -> str:
        if self.kind == "diffusers":
            return "" if self.source else "got no source; a folder in the diffusers format or a hub id is accepted. Add one."
        if self.kind != "gemini" or self.base_url:
            parts = urlsplit(self.base_url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                return (
                    f"got base_url {self.base_url!r}; an http or https address is accepted, such as http://localhost:8080/v1. Correct it."
                )
            if parts.username or parts.password:
                return "got a base_url with a password in it. Put user:password into an environment variable and name it as api_key_env."
        if self.kind in ("openai", "gemini") and not self.remote_model:
            return "got no remote_model; the name that the model has there is accepted. Add it."
        return ""

    def _wrong_number(self) -> str:
        for name in ("min_side_px", "max_side_px", "side_multiple_px", "max_pixels", "max_images", "steps"):
            value = getattr(self, name)
            if value is not None and value < 1:
                return f"got {value} for {name}; whole numbers from 1 are accepted. Correct it."
        if not 1 <= self.timeout_s <= 86_400:
            return f"got {self.timeout_s:g} for timeout_s; 1 to 86400 seconds are accepted. Correct it."
        if self.price_usd is not None and not 0 <= self.price_usd <= 1000:
            return f"got {self.price_usd:g} for price_usd; 0 to 1000 US dollars per picture are accepted. Correct it."
        return ""


@dataclass(frozen=True)
class Configuration:
    """What the file says.

    Attributes:
        models: by name.
        problems: by the name of a model that cannot be used, why; under "" what concerns the whole file.
        auto: the table `[auto]`: `allow` (names), `max_price_usd`.
    """

    models: Mapping[str, ConfiguredModel]
    problems: Mapping[str, str]
    auto: Mapping[str, Any]


def config_folder() -> Path:
    """`$POCHADE_CONFIG`, else `pochade` in `$XDG_CONFIG_HOME` or `~/.config`."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named).expanduser()
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "pochade"


def config_path() -> Path:
    return config_folder() / FILE


def load() -> Configuration:
    """The file as it is now; read again only when it has changed. Never raises: what is wrong is in `problems`."""
    path = config_path()
    try:
        status = path.stat()
    except OSError:
        return Configuration({}, {}, {})
    stamp = (path, status.st_mtime_ns, status.st_size, status.st_ino)
    cached = _last.get("configuration")
    if cached is None or cached[0] != stamp:
        cached = (stamp, _read(path))
        _last["configuration"] = cached
    return cached[1]


_last: dict[str, tuple[tuple[Any, ...], Configuration]] = {}


def _read(path: Path) -> Configuration:
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        return Configuration({}, {"": f"{path} cannot be read ({error}). Correct or remove the file; built-in models work meanwhile."}, {})
    tables, auto = raw.get("models", {}), raw.get("auto", {})
    if not isinstance(tables, dict) or not isinstance(auto, dict):
        return Configuration({}, {"": f"{path}: models and auto must be tables. Correct the file; built-in models work meanwhile."}, {})
    models, problems = {}, {}
    for name, table in tables.items():
        try:
            models[name] = ConfiguredModel.read(name, table)
        except InvalidRequestError as error:
            problems[name] = f"{error} The file is {path}."
    for key, kind in (("allow", list), ("max_price_usd", (int, float))):
        if key in auto and (not isinstance(auto[key], kind) or isinstance(auto[key], bool)):
            problems["auto"] = f"{path}: [auto] {key} is {auto[key]!r:.60}, which is not accepted. Correct it."
            auto = {name: value for name, value in auto.items() if name != key}
    return Configuration(models, problems, auto)


def add(model: ConfiguredModel, replace: bool = False) -> None:
    """Writes a model to the end of the file; whatever else it holds stays as it is, comments too.

    Raises:
        InvalidRequestError: if the name is taken and `replace` is False.
        ProviderUnavailableError: if the file is broken or cannot be written.
    """
    text, tables = _text()
    if model.name in tables:
        if not replace:
            raise InvalidRequestError(
                f"Got the name {model.name!r}, which is taken. Choose another, or add --force to replace it.", field="model"
            )
        text = _without(text, model.name)
    _write((text.rstrip() + "\n\n" if text.strip() else "") + model.table(), {**tables, model.name: tomllib.loads(model.table())})


def remove(name: str) -> None:
    """Takes a model out of the file; whatever else it holds stays as it is.

    Raises:
        InvalidRequestError: if the file has no such model.
        ProviderUnavailableError: if the file is broken or cannot be written.
    """
    text, tables = _text()
    if name not in tables:
        listed = f"it has {', '.join(tables)}" if tables else "it has none"
        raise InvalidRequestError(f"Got model {name!r}, which is not in {config_path()}: {listed}. Choose one of those.", field="model")
    _write(_without(text, name), {other: table for other, table in tables.items() if other != name})


def build(model: ConfiguredModel) -> ImageProvider:
    """The adapter that asks `model`. Adapters are imported here and nowhere else."""
    from pochade.providers.wire import Endpoint

    declared = model.declared
    if model.kind == "diffusers":
        from pochade.providers.diffusers import Diffusers

        return Diffusers(
            model.name, model.source, download=model.download, steps=model.steps, guidance_scale=model.guidance_scale, declared=declared
        )
    if model.kind == "gemini":
        from pochade.providers.gemini import DEFAULT_BASE_URL, GeminiImages

        endpoint = Endpoint(model.name, model.base_url or DEFAULT_BASE_URL, model.api_key_env, model.timeout_s)
        return GeminiImages(endpoint, model.remote_model, declared=declared)
    endpoint = Endpoint(model.name, model.base_url, model.api_key_env, model.timeout_s)
    if model.kind == "automatic1111":
        from pochade.providers.automatic1111 import Automatic1111

        return Automatic1111(endpoint, model.remote_model, declared=declared)
    from pochade.providers.openai import OpenAIImages

    return OpenAIImages(
        endpoint,
        model.remote_model,
        api_version=model.api_version,
        extensions=model.extensions,
        stream=model.stream,
        declared=declared,
    )


def obstacle(model: ConfiguredModel) -> str:
    """What stands in the way of using `model`, as far as this machine can tell; "" if nothing does."""
    from importlib.util import find_spec

    from pochade.providers.faults import missing_key

    if model.api_key_env and not os.environ.get(model.api_key_env, "").strip():
        return missing_key(model.name, model.api_key_env)
    if model.kind != "diffusers":
        return ""
    if find_spec("diffusers") is None or find_spec("torch") is None:
        return f'Model {model.name!r} needs software that is not installed. Install it: pip install "pochade[hub]"'
    from pochade.providers.folders import absent

    return "" if model.download else absent(model.name, model.source)


def _text() -> tuple[str, dict[str, Any]]:
    """The file's text and its model tables, unchecked, so that a wrong model can be replaced or removed."""
    path = config_path()
    if not path.exists():
        return "", {}
    problem = load().problems.get("")
    if problem:
        raise ProviderUnavailableError(problem)
    text = path.read_text("utf-8")
    return text, tomllib.loads(text).get("models", {})


def _without(text: str, name: str) -> str:
    header = re.compile(rf"^\s*\[\s*models\s*\.\s*(?:{re.escape(name)}|\"{re.escape(name)}\"|'{re.escape(name)}')\s*\]\s*(?:#.*)?$")
    kept, skipping = [], False
    for line in text.splitlines(keepends=True):
        if line.lstrip().startswith("["):
            skipping = header.match(line) is not None
        if not skipping:
            kept.append(line)
    return "".join(kept)


def _write(text: str, expected: Mapping[str, Any]) -> None:
    path = config_path()
    try:
        as_written = tomllib.loads(text).get("models", {})
    except tomllib.TOMLDecodeError:
        as_written = None
    if as_written is None or set(as_written) != set(expected):
        raise ProviderUnavailableError(f"{path} is written in a way that only a person can change. Edit it by hand.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text.encode())
    except OSError as error:
        raise ProviderUnavailableError(f"{path} cannot be written ({error.strerror}). Check its folder, or set {VARIABLE}.") from error


_KIND_NAMES = {"str": "text", "bool": "true or false", "int": "a whole number", "float": "a number"}


def _is(value: object, kind: str) -> bool:
    if kind == "bool" or isinstance(value, bool):
        return kind == "bool" and isinstance(value, bool)
    return isinstance(value, {"str": str, "int": int, "float": int | float}[kind])


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else f'"{name}"'


def _toml(value: str | bool | int | float) -> str:
    import json

    if isinstance(value, bool):
        return str(value).lower()
    # a JSON string is a TOML basic string, but for DEL
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F") if isinstance(value, str) else repr(value)
