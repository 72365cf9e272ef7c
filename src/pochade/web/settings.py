"""Settings of the server: keyword arguments, else environment variables `POCHADE_*`, else defaults for one machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from pochade.core.errors import InvalidRequestError
from pochade.core.places import default_data_folder

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")
ALIASES = ("gpt-image-1", "gpt-image-1-mini", "gpt-image-1.5", "gpt-image-2", "chatgpt-image-latest", "dall-e-2", "dall-e-3")
"""Names of hosted models that clients send whatever they were told: all mean the default model here."""


class Settings(BaseSettings):
    """How the server runs.

    Attributes:
        host: address to listen on; the loopback unless the studio is meant for others too.
        port: 0 lets the system choose.
        data: folder for everything that is kept: database, pictures, secret key.
        database: SQLAlchemy URL; None: SQLite in `data`.
        blobs: URL of the store of picture files (s3://, gs://, az://, file://); None: a folder in `data`.
        workers: how many jobs are painted at once in this process; 0: elsewhere.
        public_url: how people reach the server, e.g. https://paint.example.org; None: the address it listens on.
        allowed_hosts: further names that requests may address it by; "*" allows any.
        default_model: what paints when a request names no model or an alias; None: the registry's default.
        model_aliases: name that clients send to model id; an empty id means `default_model`.
        max_upload_bytes: of one uploaded picture.
        max_upload_pixels: width times height of one uploaded picture.
        max_body_bytes: of one request, all its pictures together.
        max_queued_jobs: unfinished jobs in all, beyond which requests are answered 503.
        max_queued_pixels: pixels that they may have in all.
        max_queued_jobs_per_user: unfinished jobs of one user, beyond which requests are answered 429.
        max_open_requests: requests that are answered at once, beyond which they are answered 503.
        max_open_bytes: bytes of their bodies in all.
        request_timeout_s: how long a request waits for its pictures; the job goes on and its pictures are kept.
        max_examinations: files that one address may have verified within ten minutes without a login, beyond which it is answered 429.
        session_days: how long a login lasts.
        drain_s: how long a stopping server lets running jobs and open requests finish.
        login: False lets everyone who reaches the server use it as the administrator; refused unless `host` is the loopback.
        secret: at least 32 characters, for hashing keys and signing links; None: drawn once and kept in `data`.
        log_level: DEBUG, INFO, WARNING or ERROR.
    """

    model_config = SettingsConfigDict(env_prefix="POCHADE_", extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8420, ge=0, le=65535)
    data: Path = Field(default_factory=default_data_folder)
    database: str | None = None
    blobs: str | None = None
    workers: int = Field(default=1, ge=0, le=64)
    public_url: str | None = Field(default=None, pattern=r"^https?://[^/\s]+(/[^\s]*)?$")
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    default_model: str | None = None
    model_aliases: dict[str, str] = Field(default_factory=lambda: dict.fromkeys(ALIASES, ""))
    max_upload_bytes: int = Field(default=25_000_000, ge=1)
    max_upload_pixels: int = Field(default=16_777_216, ge=1)
    max_body_bytes: int = Field(default=60_000_000, ge=1)
    max_queued_jobs: int = Field(default=256, ge=1)
    max_queued_pixels: int = Field(default=1_000_000_000, ge=1)
    max_queued_jobs_per_user: int = Field(default=64, ge=1)
    max_open_requests: int = Field(default=512, ge=1)
    max_open_bytes: int = Field(default=256_000_000, ge=1)
    request_timeout_s: float = Field(default=600, gt=0)
    max_examinations: int = Field(default=30, ge=1)
    session_days: float = Field(default=30, gt=0, le=365)
    drain_s: float = Field(default=20, ge=0)
    login: bool = True
    secret: SecretStr | None = Field(default=None, min_length=32)
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

    @field_validator("allowed_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("data", mode="after")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data / 'studio.sqlite'}"

    @property
    def blobs_url(self) -> str:
        return self.blobs or (self.data / "blobs").as_uri()

    @property
    def key_path(self) -> Path:
        """Where the secret key is kept if it is not given: beside the database, as the store does it."""
        return self.data / "studio.sqlite.key"

    @property
    def is_local(self) -> bool:
        """True if nobody but this machine can reach the server."""
        return self.host in LOOPBACK_HOSTS


def load_settings(**given: Any) -> Settings:
    """Settings from what was given (None: not given) and the environment.

    Raises:
        InvalidRequestError: for a value that is not accepted; names the setting and its variable.
    """
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        got = "a secret of the wrong length" if name == "secret" else f"{first['input']!r:.120}"
        raise InvalidRequestError(
            f"Got {got} for the setting {name} (POCHADE_{name.upper()}): {first['msg'].lower()}. "
            f"Change the option or the variable, or leave it out for the default.",
            field=name,
        ) from error
    except Exception as error:  # pydantic-settings raises its own for a variable that is no JSON
        raise InvalidRequestError(
            f"A POCHADE_ variable is not readable ({error}). Lists and mappings are written as JSON; correct it, or unset it."
        ) from error
    if not settings.login and not settings.is_local:
        raise InvalidRequestError(
            f"Got login=false with the host {settings.host!r}; a server that others can reach needs a login. "
            "Leave login on, or listen on 127.0.0.1.",
            field="login",
        )
    if settings.secret is None and not settings.database_url.startswith("sqlite:"):
        raise InvalidRequestError(
            "Got no secret for a database that several servers may share. Set POCHADE_SECRET to the same 32 or more characters "
            'for all of them; make some with: python -c "import secrets; print(secrets.token_hex(32))"',
            field="secret",
        )
    return settings
