"""What goes into a model and what comes out: requests, events, capabilities, and the protocol between them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, get_args

from pochade.core.errors import InvalidRequestError, PochadeError, UnsupportedRequestError
from pochade.core.limits import check_num_images, check_prompt, check_sampling, check_seed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Picture = NDArray[np.uint8]
    """(H, W, 3) uint8, sRGB."""
    Mask = NDArray[np.bool_]
    """(H, W) bool."""

Quality = Literal["draft", "standard", "best"]
QUALITIES: tuple[Quality, ...] = get_args(Quality)
SourceType = Literal["trainedAlgorithmicMedia", "algorithmicMedia", "compositeWithTrainedAlgorithmicMedia"]
"""IPTC digital source types; Source: IPTC NewsCodes, digitalsourcetype."""


NO_PLAN = "{}"
"""The plan of a picture that is painted from words alone."""


@dataclass(frozen=True)
class GenerationRequest:
    """What to paint.

    Attributes:
        prompt: free text, 1 to 32,000 characters.
        seed: 0 to 2**32 - 1. Picture k of the request has seed `seed + k`.
        model_id: a name of the registry.
        num_images: 1 to 10.
        plan: the model's own plan of the picture (for `pathtracer` a `Scene` as JSON) from an earlier recipe,
            painted instead of a plan drawn from prompt and seed; None: draw one; `NO_PLAN`: paint from the words alone.
            A plan needs `num_images` 1.
        negative_prompt: what should not be seen; None: nothing said.
        num_steps: sampling steps, 1 to 150; None: the model's own choice.
        guidance_scale: how strongly the words pull, 0 to 50; None: the model's own choice.
        image: a picture to start from (img2img, variations, inpainting), at any size; None: paint from nothing.
        mask: (H, W) bool, of the size of `image`, true where it is to be painted anew; None: everywhere. Needs `image`.
        strength: how far from `image` the result may go, 0 (not at all) to 1 (it may ignore it).

    Raises:
        InvalidRequestError: for a value that no model accepts.
    """

    prompt: str
    seed: int
    model_id: str = "pathtracer"
    num_images: int = 1
    width_px: int = 512
    height_px: int = 512
    quality: Quality = "standard"
    plan: str | None = None
    negative_prompt: str | None = None
    num_steps: int | None = None
    guidance_scale: float | None = None
    image: Picture | None = field(default=None, compare=False, repr=False)
    mask: Mask | None = field(default=None, compare=False, repr=False)
    strength: float = 0.6

    def __post_init__(self) -> None:
        check_prompt(self.prompt)
        check_num_images(self.num_images)
        check_seed(self.seed, self.num_images)
        check_sampling(self.num_steps, self.guidance_scale, self.strength)
        if self.mask is not None and (self.image is None or self.mask.shape != self.image.shape[:2]):
            of = "no image" if self.image is None else f"an image of {self.image.shape[1]}x{self.image.shape[0]}"
            raise InvalidRequestError(
                f"Got a mask of {self.mask.shape[1]}x{self.mask.shape[0]} for {of}; both must be equally large. Send them so.",
                field="mask",
            )
        if self.quality not in QUALITIES:
            raise InvalidRequestError(
                f"Got quality {self.quality!r}; {', '.join(QUALITIES)} are accepted. Choose one of those.", field="quality"
            )
        if self.plan not in (None, NO_PLAN) and self.num_images != 1:
            raise InvalidRequestError(
                f"Got a plan for {self.num_images} pictures; a plan is painted once. Ask for one picture, or leave the plan out.", field="n"
            )

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.width_px / self.height_px


@dataclass(frozen=True)
class Capabilities:
    """What a model can do. All lengths are of the finished picture.

    Attributes:
        side_multiple_px: both sides must be a multiple of it.
        max_pixels: largest width times height.
        previews: True if pictures can be watched while they are painted.
        summary: one line for listings.
        from_image: True if it can start from a picture (img2img, variations).
        from_mask: True if it can repaint under a mask (inpainting).
        negative_prompt: True if it heeds one.
        steps: largest accepted number of sampling steps; None: it has no such setting.
        guidance: True if it heeds `guidance_scale`.
        plans: True if its pictures come with a plan that it can paint again.
        runs_at: where prompts and pictures go: "this machine", "this network", or the name of a company.
        price_usd: price of one picture at its default settings; 0: nothing; None: not known.
        licence: one line on what its pictures and weights may be used for.
        source_type: IPTC digital source type of its pictures, the last part of the URI.
    """

    summary: str
    min_side_px: int = 64
    max_side_px: int = 2048
    side_multiple_px: int = 8
    max_pixels: int = 4_194_304
    qualities: tuple[Quality, ...] = QUALITIES
    max_images: int = 10
    previews: bool = True
    from_image: bool = False
    from_mask: bool = False
    negative_prompt: bool = False
    steps: int | None = None
    guidance: bool = False
    plans: bool = False
    runs_at: str = "this machine"
    price_usd: float | None = 0.0
    licence: str = ""
    source_type: SourceType = "trainedAlgorithmicMedia"

    def check(self, request: GenerationRequest) -> None:
        """Raises UnsupportedRequestError, naming what `request.model_id` accepts, if the request lies beyond it."""
        width, height, model = request.width_px, request.height_px, request.model_id
        low, high, step = self.min_side_px, self.max_side_px, self.side_multiple_px
        fits = all(low <= side <= high and side % step == 0 for side in (width, height))
        if not fits or width * height > self.max_pixels:
            near_w, near_h = self.nearest_size(width, height)
            raise UnsupportedRequestError(
                f"Got size {width}x{height}; {model} accepts sides of {low} to {high} pixels in steps of {step}, "
                f"up to {self.max_pixels / 1e6:.1f} megapixels in all. Try {near_w}x{near_h}.",
                field="size",
            )
        if request.quality not in self.qualities:
            raise UnsupportedRequestError(
                f"Got quality {request.quality!r}; {model} accepts {', '.join(self.qualities)}. Choose one of those.", field="quality"
            )
        if request.num_images > self.max_images:
            raise UnsupportedRequestError(
                f"Got {request.num_images} pictures; {model} paints at most {self.max_images} at a time. Ask for fewer.", field="n"
            )
        if request.image is not None and not self.from_image:
            raise UnsupportedRequestError(f"Got a picture to start from; {model} paints from words only. Choose another.", field="image")
        if request.mask is not None and not self.from_mask:
            raise UnsupportedRequestError(f"Got a mask; {model} cannot repaint a part of a picture. Choose another model.", field="mask")
        if request.negative_prompt and not self.negative_prompt:
            raise UnsupportedRequestError(
                f"Got a negative prompt; {model} heeds none. Leave it out, or choose another model.", field="negative_prompt"
            )
        if request.num_steps is not None and (self.steps is None or request.num_steps > self.steps):
            accepted = "has no such setting" if self.steps is None else f"accepts 1 to {self.steps}"
            raise UnsupportedRequestError(
                f"Got {request.num_steps} steps; {model} {accepted}. Leave it out, or choose another model.", field="num_steps"
            )
        if request.guidance_scale is not None and not self.guidance:
            raise UnsupportedRequestError(
                f"Got guidance scale {request.guidance_scale:g}; {model} has no such setting. Leave it out, or choose another model.",
                field="guidance_scale",
            )

    def nearest_size(self, width_px: int, height_px: int) -> tuple[int, int]:
        """The accepted size closest in shape and area."""
        width, height = max(width_px, 1), max(height_px, 1)
        shrink = min(1.0, (self.max_pixels / (width * height)) ** 0.5, self.max_side_px / width, self.max_side_px / height)
        step = self.side_multiple_px
        bend = 0.5 if shrink == 1.0 else 0.0
        sides = [min(max(int(side * shrink / step + bend) * step, self.min_side_px), self.max_side_px) for side in (width, height)]
        if sides[0] * sides[1] > self.max_pixels:
            longer = 0 if sides[0] >= sides[1] else 1
            sides[longer] = self.max_pixels // sides[1 - longer] // step * step
        return sides[0], sides[1]


@dataclass(frozen=True)
class Span:
    """A stretch of the prompt that was understood: `prompt[start:end]` means `canonical`, a word of `kind`.

    The kind "ignored" is for words that are known to change nothing: articles, praise.
    """

    start: int
    end: int
    kind: str
    canonical: str


@dataclass(frozen=True)
class UnknownWord:
    """A stretch of the prompt that means nothing to the model, with known words that are near, best first."""

    start: int
    end: int
    word: str
    near: tuple[str, ...] = ()


@dataclass(frozen=True)
class GenerationEvent:
    """Something that happens on the way from a request to its pictures.

    Attributes:
        index: which picture of the request it is about, from 0.
    """

    index: int = field(default=0, kw_only=True)


@dataclass(frozen=True)
class PromptRead(GenerationEvent):
    """What the model took from the prompt. Comes once, first, from models that can tell."""

    spans: tuple[Span, ...] = ()
    unknown: tuple[UnknownWord, ...] = ()


@dataclass(frozen=True)
class Notice(GenerationEvent):
    """A sentence that the user should see: a fallback, a limit."""

    message: str


@dataclass(frozen=True)
class Progress(GenerationEvent):
    """Share of the work on picture `index` that is done, 0 to 1, never falling."""

    fraction: float


@dataclass(frozen=True, eq=False)
class Preview(GenerationEvent):
    """How picture `index` looks so far; may be smaller than the finished one."""

    picture: Picture


@dataclass(frozen=True, eq=False)
class FinishedImage(GenerationEvent):
    """A finished picture.

    Attributes:
        seed: repeats this very picture with `num_images` 1.
        plan: the plan it was painted from, JSON, or None for models that do not plan.
        versions: what the picture depends on, e.g. {"mitsuba": "3.9.1", "world": "1"}.
        backend: name of the arithmetic used, e.g. "llvm_ad_rgb"; another one may differ in the last bits.
        original: the file as a remote model delivered it, with whatever marks it carries; None for pictures painted here.
        model_id: the model that painted it, where the one that was asked only chose it; None: the one that was asked.
    """

    picture: Picture
    seed: int
    plan: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    backend: str = ""
    original: bytes | None = None
    model_id: str | None = None


class ImageProvider(Protocol):
    """A source of images. Holds no per-request state, so calls may overlap."""

    @property
    def model_id(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def generate(self, request: GenerationRequest) -> AsyncIterator[GenerationEvent]:
        """Yields progress and previews, then each of `request.num_images` finished images with its seed.

        Closing the iterator or cancelling the task that reads it stops the work.

        Raises:
            UnsupportedRequestError: beyond this model's capabilities; raised before any cost.
            NotUnderstoodError: nothing in the prompt means anything to this model; raised before any cost.
            ProviderUnavailableError: retryable; carries `retry_after_s`.
        """
        ...


class BatchingProvider(ImageProvider, Protocol):
    """A source of images that paints several requests of one size in less time than one after the other."""

    @property
    def max_together(self) -> int:
        """Requests in one call, 2 or more."""
        ...

    def together_key(self, request: GenerationRequest) -> Hashable | None:
        """Requests of one size with equal keys may be painted together; None: this one is better painted alone. Quick."""
        ...

    def generate_together(
        self, requests: Sequence[GenerationRequest], wanted: Callable[[int], bool]
    ) -> AsyncIterator[tuple[int, GenerationEvent | PochadeError]]:
        """What `generate` yields, each event with the number of its request; an error ends that request alone.

        Every request gets the very pictures that it would get by itself.

        Args:
            requests: of one size, with equal keys.
            wanted: whether request `number` is still to be painted; what is not may be left out from the next step on.
        """
        ...
