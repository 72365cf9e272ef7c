"""Recipes: what a network looks like and how it is trained, as frozen values read from TOML."""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from pochade.core.errors import InvalidRequestError


@dataclass(frozen=True)
class NetConfig:
    """Shape of the painter. One dial for each part; the rest follows.

    Attributes:
        widths: channels of the convolutional stages at 1/2, 1/4, 1/8, ... of the size; the token grid lies one halving below the last.
        token_width: of the transformer, a multiple of 2 * `heads`.
        depth: transformer blocks over the token grid.
        text_width, text_depth: of the text encoder. text_tokens: longest caption, in tokens.
        aux_block: after how many blocks the guide's maps are predicted from the tokens in training; 0: not at all.
    """

    widths: tuple[int, ...] = (32, 48, 96, 160)
    token_width: int = 256
    depth: int = 6
    heads: int = 4
    text_width: int = 256
    text_depth: int = 3
    text_tokens: int = 32
    vocabulary: int = 768
    aux_block: int = 2

    def __post_init__(self) -> None:
        if self.token_width % (4 * self.heads) or self.text_width % (4 * self.heads):
            raise ValueError(f"token_width {self.token_width} and text_width {self.text_width} must be multiples of {4 * self.heads}")
        if not self.widths or not 0 <= self.aux_block <= self.depth:
            raise ValueError(f"widths {self.widths} must not be empty and aux_block {self.aux_block} must lie in 0 to {self.depth}")

    @property
    def stride(self) -> int:
        """Pixels per token and side; both sides of a picture must be a multiple of it."""
        return 2 ** (len(self.widths) + 1)


@dataclass(frozen=True)
class Recipe:
    """One canonical run.

    Attributes:
        size_px: side of a square picture; other aspects have the same area.
        formats: names of the formats to learn from, apart by commas; "": all. Each takes a compilation of its own.
        samples: pictures seen in all. batch: pictures per step.
        lr_muon, lr_adam: peak rates of the matrices and of everything else. weight_decay: decoupled, of the matrices.
        warmup, cooldown: shares of the run in which the rate rises and falls linearly.
        drop_guide, coarsen_guide, drop_text: shares of samples without a guide, with a coarse one, without a caption.
        ema_halflife: share of the samples seen.
        aux_weight: of the auxiliary loss; it ends at `aux_until` of the run.
        t_mean, t_std: of the logit of t; `t_uniform` of the samples draw t evenly instead. min_noise: floor of 1 - t in the loss.
        at_once: share of the exactly guided samples that are learned at t = 0, where one step paints the whole picture.
        checkpoint_s, sheet_s: seconds between checkpoints and between sample sheets.
        start: snapshot that the weights start from, a path, or "" for none.
    """

    name: str
    net: NetConfig = field(default_factory=NetConfig)
    size_px: int = 256
    formats: str = ""
    samples: int = 60_000
    batch: int = 32
    seed: int = 1
    lr_muon: float = 0.02
    lr_adam: float = 0.002
    weight_decay: float = 0.01
    warmup: float = 0.02
    cooldown: float = 0.3
    clip: float = 1.0
    drop_guide: float = 0.25
    coarsen_guide: float = 0.1
    drop_text: float = 0.1
    ema_halflife: float = 0.03
    aux_weight: float = 0.1
    aux_until: float = 0.6
    t_mean: float = -0.8
    t_std: float = 0.8
    t_uniform: float = 0.15
    min_noise: float = 0.05
    at_once: float = 0.0
    checkpoint_s: float = 180.0
    sheet_s: float = 420.0
    start: str = ""

    @property
    def steps(self) -> int:
        return self.samples // self.batch

    @property
    def groups(self) -> tuple[str, ...]:
        """The formats as names of a pack's groups; empty: all."""
        return tuple(filter(None, self.formats.split(",")))


def load_recipe(path: Path) -> Recipe:
    """Reads a recipe; its name is the file's.

    Raises:
        InvalidRequestError: if there is no such file, or it holds a key or a value that a recipe does not have.
    """
    return recipe_from({"name": path.stem, **read_toml(path)})


def read_toml(path: Path) -> dict[str, Any]:
    """A recipe's file as plain values.

    Raises:
        InvalidRequestError: if there is no such file, or it is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        known = ", ".join(sorted(entry.stem for entry in path.parent.glob("*.toml"))) or "none"
        raise InvalidRequestError(f"Got recipe {path}, which cannot be read ({error.strerror}); in its folder lie: {known}.") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidRequestError(f"Got recipe {path}, which is not TOML ({error}). Correct it.") from error


def recipe_from(raw: dict[str, Any]) -> Recipe:
    """A recipe from plain values, as TOML or JSON give them.

    Raises:
        InvalidRequestError: for a key or a value that a recipe does not have.
    """
    return settings_from(Recipe, NetConfig, raw)


Settings = TypeVar("Settings")


def settings_from(kind: type[Settings], net: type, raw: dict[str, Any]) -> Settings:
    """A recipe of any kind, its network's shape under "net", from plain values.

    Raises:
        InvalidRequestError: for a key or a value that such a recipe does not have.
    """
    values = dict(raw)
    try:
        values["net"] = net(**checked(net, dict(values.get("net", {}))))
        return kind(**checked(kind, values))
    except (TypeError, ValueError) as error:
        raise InvalidRequestError(f"The recipe {raw.get('name', '')!r} holds a value that is not accepted: {error}.") from error


def checked(kind: type, values: dict[str, Any]) -> dict[str, Any]:
    """The values, numbers and tuples brought to their fields' types.

    Raises:
        ValueError: for a field that `kind` does not have, or a value of another type.
    """
    hints = get_type_hints(kind)
    unknown = sorted(set(values) - set(hints))
    if unknown:
        raise ValueError(f"{', '.join(unknown)} is no setting of {kind.__name__}; settings are {', '.join(sorted(hints))}")
    for name, value in values.items():
        hint = hints[name]
        if hint is float and isinstance(value, int):
            values[name] = float(value)
        elif hint in (int, float, str) and type(value) is not hint:
            raise ValueError(f"{name} is {value!r}, not {hint.__name__}")
        elif isinstance(value, list):
            values[name] = tuple(int(entry) for entry in value)
    return values


def published(recipe: Recipe) -> dict[str, Any]:
    """As `plain`, without the folder that `start` lay in, which says something about a machine and nothing about the weights."""
    return {**plain(recipe), "start": Path(recipe.start).name}


def plain(recipe: Recipe) -> dict[str, Any]:
    """The recipe as JSON-ready values; `recipe_from` reads them back."""
    return dataclasses.asdict(recipe)
