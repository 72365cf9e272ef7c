"""The recipe that travels inside every picture: all it takes to paint it again, bit for bit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pochade.core.errors import InvalidRequestError, RecipeError
from pochade.core.values import GenerationRequest, Quality

FORMAT = 1
"""Raised when a reader of the old format could not read the new one."""


@dataclass(frozen=True)
class Recipe:
    """How one picture was painted.

    Attributes:
        plan: JSON text of the plan it was painted from (for `pathtracer` the Scene), or None.
        versions: of pochade and of what the picture depends on, e.g. {"pochade": "0.1.0", "mitsuba": "3.9.1", "world": "1"}.
        backend: name of the arithmetic used, e.g. "llvm_ad_rgb".
        sha256: of the picture's sRGB bytes, (H, W, 3) uint8 in C order: tells whether a repetition is exact.
        settings: what was asked beyond that, by the request's field names: negative_prompt, num_steps, guidance_scale, strength.
        parents: SHA-256 of the sRGB bytes of the pictures that it was made from.
    """

    prompt: str
    seed: int
    model_id: str
    width_px: int
    height_px: int
    quality: Quality
    sha256: str
    plan: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    backend: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    parents: tuple[str, ...] = ()

    def request(self) -> GenerationRequest:
        """The request that paints this picture again, alone.

        Raises:
            InvalidRequestError: if the recipe holds values that are not accepted.

        What was made from other pictures needs those too: `dataclasses.replace` the request's `image` and `mask`.
        """
        return GenerationRequest(
            prompt=self.prompt,
            seed=self.seed,
            model_id=self.model_id,
            width_px=self.width_px,
            height_px=self.height_px,
            quality=self.quality,
            plan=self.plan,
            **self.settings,
        )

    def to_json(self) -> str:
        """One line of ASCII JSON; the plan is nested as JSON, not as a string."""
        raw = {"format": FORMAT, **asdict(self), "versions": dict(self.versions), "settings": dict(self.settings)}
        raw["plan"] = None if self.plan is None else json.loads(self.plan)
        return json.dumps(raw, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        """Inverse of `to_json`.

        Raises:
            RecipeError: if the text is no recipe, of a newer format, or holds values that are not accepted.
        """
        try:
            raw = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise RecipeError(f"The recipe is not readable ({error}).") from error
        if not isinstance(raw, dict):
            raise RecipeError("The recipe is not readable (no JSON object).")
        if raw.pop("format", None) != FORMAT:
            raise RecipeError(f"The recipe has a format other than {FORMAT}. Install the version of Pochade that wrote the picture.")
        raw = {"settings": {}, "parents": [], **raw}  # recipes of the first days lack these
        if set(raw) != set(cls.__dataclass_fields__):
            odd = sorted(set(raw) ^ set(cls.__dataclass_fields__))
            raise RecipeError(f"The recipe is not readable (fields missing or unknown: {', '.join(odd)}).")
        for name, kind in _KINDS.items():
            if not isinstance(raw[name], kind) or isinstance(raw[name], bool):
                raise RecipeError(f"The recipe is not readable (its {name} is {raw[name]!r:.80}).")
        if raw["plan"] is not None:
            raw["plan"] = json.dumps(raw["plan"], separators=(",", ":"))
        if not set(raw["settings"]) <= set(_SETTINGS):
            raise RecipeError(f"The recipe is not readable (its settings are {raw['settings']!r:.80}).")
        recipe = cls(**{**raw, "parents": tuple(map(str, raw["parents"]))})
        try:
            recipe.request()
        except (InvalidRequestError, TypeError) as error:
            raise RecipeError(f"The recipe holds a value that is not accepted. {error}") from error
        return recipe

    def parameters(self) -> str:
        """The human-readable text that AUTOMATIC1111 and picture viewers show.

        Source: AUTOMATIC1111 stable-diffusion-webui, modules/infotext_utils.py: the prompt, then one line `Key: value, ...`.
        """
        settings = {
            "Seed": self.seed,
            "Size": f"{self.width_px}x{self.height_px}",
            "Model": self.model_id,
            "Quality": self.quality,
            **{_SETTING_NAMES[key]: value for key, value in self.settings.items() if key in _SETTING_NAMES},
            "Backend": self.backend,
            "Version": f"pochade {self.versions.get('pochade', '')}".strip(),
        }
        return f"{self.prompt}\n" + ", ".join(f"{key}: {value}" for key, value in settings.items() if value != "")


_KINDS: dict[str, Any] = {
    "prompt": str,
    "seed": int,
    "model_id": str,
    "width_px": int,
    "height_px": int,
    "quality": str,
    "sha256": str,
    "plan": (dict, list, type(None)),
    "versions": dict,
    "backend": str,
    "settings": dict,
    "parents": list,
}

_SETTING_NAMES = {"num_steps": "Steps", "guidance_scale": "CFG scale", "strength": "Denoising strength"}
_SETTINGS = ("negative_prompt", "num_steps", "guidance_scale", "strength")
