"""The two graphs of the own model, ready to be asked."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pochade.core.conditions import drafted
from pochade.core.errors import ProviderUnavailableError
from pochade.core.flow import Floats, noisy_inputs
from pochade.core.inference import load_openvino
from pochade.core.tokens import PAD, PHRASES, Tokenizer, tokenizer
from pochade.runtime import adapters
from pochade.runtime import manifest as weights
from pochade.runtime.adapters import Adapter

PADDING_BIAS = -1e4
PRECISIONS = ("bf16", "f32")


@dataclass(frozen=True, eq=False)
class Told:
    """A caption as the painter takes it: states (B, M, D) and padding bias (B, 1, 1, M), float32."""

    states: Floats
    bias: Floats


class Engine:
    """Text encoder and painter. Calls may overlap; the inference engine itself runs them one after another.

    Args:
        folder: exported weights. precision: arithmetic, "bf16" or "f32".
        adapter: what changes the weights; None: nothing does.

    Attributes:
        manifest: of the weights. adapter: as given.
        stride: sides of pictures must be multiples of it. backend: name of the arithmetic used.

    Raises:
        ProviderUnavailableError: if the weights are missing or damaged, or were trained with other words; or if the adapter is for others.
    """

    def __init__(self, folder: Path = weights.FOLDER, precision: str = "bf16", adapter: Adapter | None = None):
        if precision not in PRECISIONS:
            raise ValueError(f"precision is {precision!r}; {', '.join(PRECISIONS)} are accepted")
        self.manifest: Mapping[str, Any] = weights.checked(folder)
        self.stride: int = self.manifest["stride"]
        self.text_tokens: int = self.manifest["text_tokens"]
        self.backend = f"openvino-{precision}"
        self._words = self._vocabulary()
        self.adapter = adapter
        core = load_openvino().Core()
        options = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
        graphs = {name: core.read_model(folder / f"{name}.xml") for name in ("text", "painter")}
        if adapter is not None:
            adapter.check_base(self.manifest)
            adapter.apply(graphs.values())
        # half a second, beside which the first plan is made
        pool = ThreadPoolExecutor(1, "compiling")
        self._graphs = {name: pool.submit(core.compile_model, graph, "CPU", options) for name, graph in graphs.items()}
        pool.shutdown(wait=False)
        self._turn = threading.Lock()

    def _vocabulary(self) -> Tokenizer:
        words, known = tokenizer(), self.manifest["phrases"]
        if known > len(words.phrases):
            raise ProviderUnavailableError(
                f"The weights know {known} phrases, this version of Pochade {len(words.phrases)}. Install the version that wrote them."
            )
        return Tokenizer(words.phrases[:known])  # what the vocabulary gained since, these weights never saw

    def read(self, captions: Sequence[str]) -> Told:
        """Captions, one for each picture; "" says nothing."""
        tokens = self._words.batch(captions, self.text_tokens)
        bias = np.where(tokens == PAD, np.float32(PADDING_BIAS), np.float32(0))[:, None, None]
        return Told(self._ask("text", [tokens, bias]), bias)

    def understands(self, word: str) -> bool:
        """Whether a word is one token, rather than spelled."""
        ids = self._words.encode(word)
        return bool(ids) and all(token >= PHRASES for token in ids)

    def predict(self, z: Floats, t: float, guide: Floats, told: Told) -> Floats:
        """The clean pictures (B, 3, H, W) behind z (B, 3, H, W) at t; `guide` (B, GUIDE_INPUTS, H, W). `stride` divides both sides."""
        turns = angles(z.shape[2] // self.stride, z.shape[3] // self.stride, self.manifest["head_width"])
        return self._ask("painter", [noisy_inputs(z, t), guide, told.states, told.bias, *turns]) + drafted(guide)

    def _ask(self, graph: str, inputs: list[NDArray[Any]]) -> Floats:
        with self._turn:
            return np.array(self._graphs[graph].result()(inputs)[0], np.float32)


@lru_cache(maxsize=32)
def angles(rows: int, columns: int, head_width: int) -> tuple[Floats, Floats]:
    """Cosines and sines of the token grid, (rows * columns, head_width / 2); what `pochade.model.layers.grid_angles` is in training."""
    unit, quarter = 8 / math.sqrt(rows * columns), head_width // 4
    y, x = ((np.arange(count) - (count - 1) / 2) * unit for count in (rows, columns))
    rates = np.pi * 0.5 * (1 / 16) ** (np.arange(quarter) / quarter)
    turned = [np.broadcast_to(part, (rows, columns, quarter)) for part in ((y[:, None] * rates)[:, None], (x[:, None] * rates)[None])]
    both = np.concatenate(turned, -1).reshape(rows * columns, 2 * quarter)
    return np.cos(both).astype(np.float32), np.sin(both).astype(np.float32)


def engine(adapter: str = "") -> Engine:
    """The engine of the shipped weights, with the adapter of that name if one is given; loaded once per process.

    Raises:
        ProviderUnavailableError: if there is no such adapter, or it or the weights cannot be used.
    """
    return _loaded(adapters.find(adapter) if adapter else None)


@lru_cache(maxsize=4)
def _loaded(place: adapters.Place | None) -> Engine:
    return Engine(adapter=None if place is None else adapters.read(place.path))
