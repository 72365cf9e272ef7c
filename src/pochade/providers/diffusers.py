"""Models in the diffusers format, run on this machine. Needs the extra `hub`; torch is imported when the first picture is painted."""

from __future__ import annotations

import dataclasses
import inspect
import math
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing, contextmanager
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pochade.core.errors import CancelledError, PolicyRefusedError, ProviderUnavailableError, UnsupportedRequestError
from pochade.core.limits import MAX_STEPS
from pochade.core.values import Capabilities, FinishedImage, GenerationEvent, GenerationRequest, Preview, Progress
from pochade.providers.folders import HUB_ID, absent, check_folder, class_name, snapshot, variant
from pochade.providers.threads import Cancelled, Send, in_thread

if TYPE_CHECKING:
    from pochade.core.values import Picture

INSTALL = 'pip install "pochade[hub]"'
STEPS_FACTOR = {"draft": 0.5, "standard": 1.0, "best": 1.5}
PREVIEW_SIDE_PX = 256


@dataclasses.dataclass(frozen=True)
class Family:
    """What the pipelines of one class can do.

    Attributes:
        side_multiple_px: sides that they take without rounding.
        guidance: name of the argument that takes the guidance scale.
        previews: True if `Painter.preview` can decode their latents.
    """

    side_multiple_px: int = 32
    from_image: bool = False
    from_mask: bool = False
    negative_prompt: bool = False
    guidance: str = "guidance_scale"
    previews: bool = False


FAMILIES = {
    "StableDiffusionPipeline": Family(8, from_image=True, from_mask=True, negative_prompt=True, previews=True),
    "StableDiffusionXLPipeline": Family(8, from_image=True, from_mask=True, negative_prompt=True, previews=True),
    "StableDiffusion3Pipeline": Family(16, from_image=True, from_mask=True, negative_prompt=True, previews=True),
    "LatentConsistencyModelPipeline": Family(8, from_image=True, previews=True),
    "FluxPipeline": Family(16, from_image=True, from_mask=True, previews=True),
    "SanaPipeline": Family(32, negative_prompt=True, previews=True),
    "PixArtAlphaPipeline": Family(16, negative_prompt=True, previews=True),
    "PixArtSigmaPipeline": Family(16, negative_prompt=True, previews=True),
    "QwenImagePipeline": Family(16, from_image=True, from_mask=True, negative_prompt=True, guidance="true_cfg_scale"),
    "ZImagePipeline": Family(16, from_image=True, from_mask=True, negative_prompt=True),
}
"""By the class that `model_index.json` names. Others are painted from words alone."""


class Diffusers:
    """A pipeline of the diffusers library, loaded from safetensors, without code from the model.

    Args:
        model_id: the model's name here.
        source: a folder with `model_index.json`, or an id of the Hugging Face hub.
        download: True if a hub id may be fetched; else it must already be on this machine.
        steps: steps at standard quality; None: the class's own default. Few-step models need it: 4, say.
        guidance_scale: used where a request names none; None: the class's own default.
        declared: fields of `Capabilities` that are known better than guessed here.
    """

    def __init__(
        self,
        model_id: str,
        source: str,
        *,
        download: bool = False,
        steps: int | None = None,
        guidance_scale: float | None = None,
        declared: Mapping[str, Any] | None = None,
    ):
        self.model_id = model_id
        self.source = source
        self.download = download
        self.steps = steps
        self.guidance_scale = guidance_scale
        self.declared = dict(declared or {})
        self._painter: Painter | None = None
        self._turn = threading.Lock()

    @property
    def capabilities(self) -> Capabilities:
        """Known from `model_index.json`, without loading the model; modest where that is not on this machine yet."""
        family = FAMILIES.get(class_name(self.source), Family())
        guessed = Capabilities(
            summary=f"{self.source}, by diffusers",
            side_multiple_px=family.side_multiple_px,
            from_image=family.from_image,
            from_mask=family.from_mask,
            negative_prompt=family.negative_prompt,
            steps=MAX_STEPS,
            guidance=True,
            previews=family.previews,
            licence="terms of the weights",
        )
        return dataclasses.replace(guessed, **self.declared)

    async def generate(self, request: GenerationRequest) -> AsyncIterator[GenerationEvent]:
        """See `ImageProvider.generate`. Pictures of one model take turns: two at once would need twice the memory."""
        self.capabilities.check(request)
        if find_spec("diffusers") is None or find_spec("torch") is None:
            raise ProviderUnavailableError(f"Model {self.model_id!r} needs software that is not installed. Install it: {INSTALL}")
        async with aclosing(in_thread(partial(self._paint, request), f"diffusers {self.model_id}")) as events:
            async for event in events:
                yield event

    def _paint(self, request: GenerationRequest, send: Send, cancelled: Cancelled) -> None:
        for index in range(request.num_images):
            send(Progress(0.0, index=index))
            with self._held(cancelled):
                if self._painter is None:
                    self._painter = Painter.load(self.model_id, self.source, self.download)
                settings = self._settings(request, self._painter.default_steps(request))
                picture = self._painter.paint(request, index, settings, send, cancelled)
            send(Progress(1.0, index=index))
            versions = {"diffusers": version("diffusers"), "torch": version("torch"), "pipeline": self._painter.class_name}
            send(FinishedImage(picture, request.seed + index, versions=versions, backend=self._painter.backend, index=index))

    def _settings(self, request: GenerationRequest, default_steps: int) -> Settings:
        steps = request.num_steps or max(1, round((self.steps or default_steps) * STEPS_FACTOR[request.quality]))
        guidance = self.guidance_scale if request.guidance_scale is None else request.guidance_scale
        return Settings(min(steps, MAX_STEPS), guidance)

    @contextmanager
    def _held(self, cancelled: Cancelled) -> Iterator[None]:
        while not self._turn.acquire(timeout=0.1):
            if cancelled():
                raise CancelledError()
        try:
            if cancelled():
                raise CancelledError()
            yield
        finally:
            self._turn.release()


@dataclasses.dataclass(frozen=True)
class Settings:
    """Sampling settings of one picture; `guidance_scale` None is the class's own."""

    num_steps: int
    guidance_scale: float | None


class Painter:
    """A loaded pipeline and its siblings for pictures and masks, which share its weights."""

    def __init__(self, model_id: str, pipeline: Any, device: str):
        self.model_id = model_id
        self.class_name = type(pipeline).__name__
        self.family = FAMILIES.get(self.class_name, Family())
        self.backend = device
        self._pipeline = pipeline
        self._siblings: dict[bool, Any] = {}  # by whether there is a mask

    @classmethod
    def load(cls, model_id: str, source: str, download: bool) -> Painter:
        """Reads the weights; takes seconds to minutes.

        Raises:
            ProviderUnavailableError: if they are not there, are not safetensors, or want to run code of their own.
        """
        folder = _folder(model_id, source, download)
        check_folder(model_id, folder)
        import torch
        from diffusers.pipelines.pipeline_utils import DiffusionPipeline

        _quiet()
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        try:
            pipeline = DiffusionPipeline.from_pretrained(
                folder,
                dtype=torch.float32 if device == "cpu" else torch.bfloat16,
                variant=variant(folder),
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=False,
            )
            pipeline.to(device)
        except (OSError, ValueError, ImportError, AttributeError, KeyError, TypeError, RuntimeError) as error:
            raise ProviderUnavailableError(
                f"Model {model_id!r} cannot be loaded from {folder} ({type(error).__name__}: {str(error)[:300]}). "
                "Check that the folder is whole; download it again if need be."
            ) from error
        pipeline.set_progress_bar_config(disable=True)
        return cls(model_id, pipeline, device)

    def default_steps(self, request: GenerationRequest) -> int:
        """Steps that the class takes when it is told nothing."""
        return int(inspect.signature(self._for(request).__call__).parameters["num_inference_steps"].default)

    def paint(self, request: GenerationRequest, index: int, settings: Settings, send: Send, cancelled: Cancelled) -> Picture:
        """Picture `index` of `request`: (H, W, 3) uint8, sRGB. Outside a mask it is the given picture, pixel by pixel.

        Raises:
            CancelledError: between two steps, once `cancelled()`.
            UnsupportedRequestError, PolicyRefusedError, ProviderUnavailableError: see `ImageProvider.generate`.
        """
        import numpy as np
        import torch
        from PIL import Image

        size = (request.width_px, request.height_px)
        start = None if request.image is None else Image.fromarray(request.image).resize(size, Image.Resampling.LANCZOS)
        mask = None if request.mask is None else Image.fromarray(request.mask.astype(np.uint8) * 255).resize(size, Image.Resampling.NEAREST)
        if start is not None and request.strength == 0:
            return np.asarray(start).copy()
        num_steps = settings.num_steps
        if start is not None:  # of these, `strength` says how many are taken; one at least
            num_steps = max(num_steps, math.ceil(1 / request.strength))
        pipeline = self._for(request)
        arguments = {
            "prompt": request.prompt,
            "negative_prompt": request.negative_prompt,
            "width": request.width_px,
            "height": request.height_px,
            "num_inference_steps": num_steps,
            self.family.guidance: settings.guidance_scale,
            "generator": torch.Generator("cpu").manual_seed(request.seed + index),
            "image": start,
            "mask_image": mask,
            "strength": None if start is None else request.strength,
            "use_resolution_binning": False,
            "output_type": "np",
            "callback_on_step_end": self._watch(request, index, send, cancelled),
        }
        known = inspect.signature(pipeline.__call__).parameters
        try:
            with torch.inference_mode():
                output = pipeline(**{name: value for name, value in arguments.items() if value is not None and name in known})
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise ProviderUnavailableError(
                f"Model {self.model_id!r} has not enough memory for {size[0]}x{size[1]}. Ask for a smaller picture, or free memory."
            ) from error
        except ValueError as error:
            raise UnsupportedRequestError(f"Model {self.model_id!r} does not accept this ({error}). Change it.") from error
        if any(getattr(output, "nsfw_content_detected", None) or ()):
            raise PolicyRefusedError(
                f"The safety checker inside model {self.model_id!r} blanked its picture. Word it differently, or try another seed.",
                rule_id="safety_checker",
                category="the model's own safety checker",
            )
        if not np.isfinite(output.images[0]).all():
            raise ProviderUnavailableError(
                f"Model {self.model_id!r} painted numbers that are no colours (overflow). Try another seed, or fewer steps.",
                retry_after_s=0.0,
            )
        picture = np.clip(output.images[0] * 255 + 0.5, 0, 255).astype(np.uint8)
        if mask is not None and start is not None:
            picture = np.where(np.asarray(mask)[..., None] > 0, picture, np.asarray(start))
        return picture

    def _for(self, request: GenerationRequest) -> Any:
        if request.image is None:
            return self._pipeline
        masked = request.mask is not None
        if masked not in self._siblings:
            from diffusers.pipelines.auto_pipeline import AutoPipelineForImage2Image, AutoPipelineForInpainting

            sibling = (AutoPipelineForInpainting if masked else AutoPipelineForImage2Image).from_pipe(self._pipeline)
            sibling.set_progress_bar_config(disable=True)
            self._siblings[masked] = sibling
        return self._siblings[masked]

    def _watch(self, request: GenerationRequest, index: int, send: Send, cancelled: Cancelled) -> Callable[..., dict[str, Any]]:
        """The callback after each step: stops if told so, tells how far it is, shows three previews on the way."""

        def after_step(pipeline: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
            if cancelled():
                raise CancelledError()
            total = max(pipeline.num_timesteps, 1)
            done = min(step + 1, total)
            send(Progress(done / total, index=index))
            if self.family.previews and done < total and done in {total // 4, total // 2, 3 * total // 4}:
                send(Preview(self.preview(pipeline, tensors["latents"], request), index=index))
            return {}

        return after_step

    def preview(self, pipeline: Any, latents: Any, request: GenerationRequest) -> Picture:
        """What `latents` (B, C, h, w), or packed as FLUX packs them (B, h·w/4, 4·C), show by now; at most 256 pixels on a side."""
        import torch

        scale, vae = pipeline.vae_scale_factor, pipeline.vae
        with torch.inference_mode():
            if latents.ndim == 3:
                latents = pipeline._unpack_latents(latents, request.height_px, request.width_px, scale)
            shrink = min(1.0, PREVIEW_SIDE_PX / scale / max(latents.shape[-2:]))
            if shrink < 1:
                latents = torch.nn.functional.interpolate(latents, scale_factor=shrink, mode="area")
            latents = latents[:1] / vae.config.scaling_factor + (getattr(vae.config, "shift_factor", None) or 0.0)
            image = vae.decode(latents.to(vae.dtype), return_dict=False)[0][0]  # (3, H, W), -1 to 1
            return ((image.float().nan_to_num() / 2 + 0.5).clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()


def _folder(model_id: str, source: str, download: bool) -> Path:
    """Where the model lies on this machine; only `download` may use the network."""
    found = snapshot(source) or Path(source).expanduser()
    if download and HUB_ID.fullmatch(source) and not Path(source).is_dir():
        from diffusers.pipelines.pipeline_utils import DiffusionPipeline

        try:
            return Path(DiffusionPipeline.download(source, use_safetensors=True, trust_remote_code=False))
        except Exception as error:  # each layer of the hub's client has errors of its own
            if not found.is_dir():
                raise ProviderUnavailableError(
                    f"Model {model_id!r} cannot be fetched as {source} ({type(error).__name__}). Check the id and the network.",
                    retry_after_s=60.0,
                ) from error
    missing = absent(model_id, source)
    if missing:
        raise ProviderUnavailableError(missing)
    return found


def _quiet() -> None:
    """No progress bars and advice of libraries between our own lines."""
    from diffusers.utils import logging as of_diffusers
    from transformers.utils import logging as of_transformers

    for logging in (of_diffusers, of_transformers):
        logging.disable_progress_bar()
        logging.set_verbosity_error()
