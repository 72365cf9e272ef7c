"""Limits that hold for every model, and their checks."""

from __future__ import annotations

from pochade.core.errors import InvalidRequestError

MAX_PROMPT_CHARS = 32_000
MAX_IMAGES = 10
MAX_SEED = 2**32 - 1
MAX_STEPS = 150
MAX_GUIDANCE = 50.0


def check_prompt(prompt: str) -> None:
    """Raises InvalidRequestError for a prompt that is empty, blank, over-long or not text."""
    if not prompt.strip():
        got = "an empty prompt" if not prompt else f"a prompt of {len(prompt)} blank characters"
        raise InvalidRequestError(
            f'Got {got}; it needs 1 to {MAX_PROMPT_CHARS:,} characters of text. Say what to paint, for example "a lemon on a slate slab".',
            field="prompt",
        )
    if len(prompt) > MAX_PROMPT_CHARS:
        raise InvalidRequestError(
            f"Got a prompt of {len(prompt):,} characters; at most {MAX_PROMPT_CHARS:,} are accepted. Shorten it to what should be seen.",
            field="prompt",
        )
    broken = next((char for char in prompt if "\ud800" <= char <= "\udfff" or char == "\0"), None)
    if broken is not None:
        raise InvalidRequestError(
            f"Got a prompt with {broken!r} at character {prompt.index(broken) + 1}, which is not text; "
            "Unicode text (UTF-8) is accepted. Type the prompt anew, or check the encoding of your terminal.",
            field="prompt",
        )


def check_num_images(num_images: int) -> None:
    """Raises InvalidRequestError outside 1 to MAX_IMAGES."""
    if not 1 <= num_images <= MAX_IMAGES:
        raise InvalidRequestError(
            f"Got {num_images} as the number of pictures; 1 to {MAX_IMAGES} are accepted. For more, ask again with another seed.",
            field="n",
        )


def check_seed(seed: int, num_images: int = 1) -> None:
    """Raises InvalidRequestError unless `seed` and the seeds of all variations lie in 0 to MAX_SEED."""
    if not 0 <= seed <= MAX_SEED:
        raise InvalidRequestError(
            f"Got seed {seed}; whole numbers from 0 to {MAX_SEED} are accepted. Choose one of those, or leave the seed out.", field="seed"
        )
    if seed + num_images - 1 > MAX_SEED:
        raise InvalidRequestError(
            f"Got seed {seed} for {num_images} pictures, whose seeds count up past {MAX_SEED}; "
            f"seeds up to {MAX_SEED - num_images + 1} are accepted here. Choose a lower one.",
            field="seed",
        )


def check_sampling(num_steps: int | None, guidance_scale: float | None, strength: float) -> None:
    """Raises InvalidRequestError for sampling settings that no model accepts; None is the model's own choice."""
    if num_steps is not None and not 1 <= num_steps <= MAX_STEPS:
        raise InvalidRequestError(
            f"Got {num_steps} steps; 1 to {MAX_STEPS} are accepted. Choose one of those, or leave it out.", field="num_steps"
        )
    if guidance_scale is not None and not 0 <= guidance_scale <= MAX_GUIDANCE:  # refuses NaN too
        raise InvalidRequestError(
            f"Got guidance scale {guidance_scale}; 0 to {MAX_GUIDANCE:g} is accepted. Choose one of those, or leave it out.",
            field="guidance_scale",
        )
    if not 0 <= strength <= 1:
        raise InvalidRequestError(
            f"Got strength {strength}; 0 (keep the picture) to 1 (ignore it) is accepted. Choose one of those, or leave it out.",
            field="strength",
        )
