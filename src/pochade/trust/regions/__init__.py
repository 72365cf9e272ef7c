"""Policy packs: what a region asks for, as data; the strictest holds until somebody chooses another."""

from __future__ import annotations

import hashlib
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args

from pochade.core.errors import InvalidRequestError, UnsupportedRequestError

RegionId = Literal["eu", "us", "none"]
REGIONS: tuple[RegionId, ...] = get_args(RegionId)
DEFAULT: RegionId = "eu"
"""Nothing is guessed from time zones or addresses: who says nothing is served as in the European Union, from the first day."""
VARIABLE = "POCHADE_REGION"
FILE = "regions.toml"
"""In the data folder: which region holds for which user and key."""


@dataclass(frozen=True)
class Marking:
    """Which marks a picture must carry before it may leave, and what its manifest says others may train with it; "": nothing."""

    manifest: bool
    metadata: bool
    watermark: bool
    training: Literal["allowed", "notAllowed", "constrained", ""] = "notAllowed"


@dataclass(frozen=True)
class Notices:
    """What people are told: beside the prompt, with each picture, and on the detector's page. "" is no notice."""

    interface: str
    delivery: str
    detector: str


@dataclass(frozen=True)
class Labels:
    """What is written on or under a picture that is published.

    Attributes:
        visible: short text for the picture itself; "": none is offered.
        text: for a caption.
        required_for: kinds of pictures that must not be published without it.
    """

    visible: str
    text: str
    required_for: tuple[str, ...]


@dataclass(frozen=True)
class Retention:
    """How many days records are kept; 0: not at all."""

    decisions_days: int
    appeals_days: int
    uploads_days: int


@dataclass(frozen=True)
class Withheld:
    """Models that may not be offered: those whose id fits `pattern` (`*` stands for anything), and why."""

    pattern: str
    why: str


@dataclass(frozen=True)
class Region:
    """A policy pack.

    Attributes:
        because: the law or the choice that it comes from, one sentence.
    """

    id: RegionId
    name: str
    because: str
    marking: Marking
    notices: Notices
    labels: Labels
    retention: Retention
    withheld: tuple[Withheld, ...]

    def refusal(self, model_id: str) -> str | None:
        """Why a model may not be offered here, or None if it may."""
        return next((rule.why for rule in self.withheld if fnmatchcase(model_id.lower(), rule.pattern)), None)

    def check_model(self, model_id: str) -> None:
        """Raises UnsupportedRequestError, saying why, if the model may not be offered here."""
        if why := self.refusal(model_id):
            raise UnsupportedRequestError(
                f"Got model {model_id!r}; it is not offered in the region {self.id!r}: {why}. Choose another model.", field="model"
            )


def region(region_id: str) -> Region:
    """The policy pack of a region.

    Raises:
        InvalidRequestError: if there is none of this name.
    """
    if region_id not in REGIONS:
        raise InvalidRequestError(f"Got region {region_id!r}; available: {', '.join(REGIONS)}. Choose one of those.", field="region")
    return _read(region_id)


def chosen(user: str | None = None, key: str | None = None, deployment: str | None = None) -> Region:
    """The policy pack that holds: the user's if an administrator chose one, else the key's, else the deployment's, else the EU's.

    Args:
        deployment: None: the environment variable POCHADE_REGION, if it is set.

    Raises:
        InvalidRequestError: if one of them is no region.
    """
    return region(user or key or deployment or os.environ.get(VARIABLE) or DEFAULT)


@dataclass(frozen=True)
class Choices:
    """Which region an administrator chose for users and keys, by name or id; where nobody did, the deployment's holds."""

    users: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)

    def of(self, user: tuple[str, ...] = (), key: tuple[str, ...] = ()) -> Region:
        """The policy pack for a request.

        Args:
            user: what the user is called: name, id.
            key: what the key is called, if there is one.
        """
        chosen_user = next((self.users[name] for name in user if name in self.users), None)
        chosen_key = next((self.keys[name] for name in key if name in self.keys), None)
        return chosen(chosen_user, chosen_key)


def choices(path: Path) -> Choices:
    """What the file says, tables `[users]` and `[keys]` of region ids; nothing, if there is none.

    Raises:
        InvalidRequestError: if it cannot be read, or names what is no region.
    """
    if not path.exists():
        return Choices()
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidRequestError(f"{path} cannot be read ({error}). Correct it; without it nothing is painted.") from error
    if odd := sorted(set(raw) - {"users", "keys"}):
        raise InvalidRequestError(f"Got {odd[0]!r} in {path}; accepted: [users], [keys]. Correct it.")
    for table in raw.values():
        for named in table.values():
            region(named)
    return Choices(**raw)


def digest(region_id: RegionId) -> str:
    """SHA-256 of a pack's file, 64 hexadecimal digits: what a review was of."""
    return hashlib.sha256(files("pochade.trust.regions").joinpath(f"{region_id}.toml").read_bytes()).hexdigest()


@cache
def _read(region_id: RegionId) -> Region:
    raw: Mapping[str, Any] = tomllib.loads(files("pochade.trust.regions").joinpath(f"{region_id}.toml").read_text("utf-8"))
    return Region(
        id=region_id,
        name=raw["name"],
        because=raw["because"],
        marking=Marking(**raw["marking"]),
        notices=Notices(**raw["notices"]),
        labels=Labels(**{**raw["labels"], "required_for": tuple(raw["labels"]["required_for"])}),
        retention=Retention(**raw["retention"]),
        withheld=tuple(Withheld(**rule) for rule in raw.get("models", {}).get("withheld", ())),
    )
