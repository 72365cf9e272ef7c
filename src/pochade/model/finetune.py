"""Fine-tuning: a low-rank adapter learned from photographs and their captions, words alone, over a frozen base."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from pochade.core.errors import InvalidRequestError
from pochade.data import pack
from pochade.data.packing import write_pack
from pochade.model import state
from pochade.model.config import NetConfig, Recipe, plain, published, read_toml, settings_from
from pochade.model.lowrank import adapt, write_adapter
from pochade.model.painter import Pochade
from pochade.model.sheet import ROWS, Row
from pochade.model.train import Machine, Run

KIND = "finetune"
ADAPTER = "adapter.safetensors"
GUIDE_PX = 32
"""Class of a pack's guides, which photographs do not have: as small as there are."""


@dataclass(frozen=True)
class FinetuneRecipe(Recipe):
    """One run over photographs; settings as in `Recipe`, the network and the size being the base's.

    Attributes:
        rank: of the adapters, which is what they can say; matrices with a shorter side have that.
    """

    kind: str = KIND
    rank: int = 8
    samples: int = 8_000
    batch: int = 8
    lr_adam: float = 0.001
    drop_guide: float = 1.0
    coarsen_guide: float = 0.0
    aux_weight: float = 0.0

    def __post_init__(self) -> None:
        if self.kind != KIND or self.rank < 1 or self.drop_guide != 1:
            raise ValueError(f"kind {self.kind!r}, rank {self.rank}, drop_guide {self.drop_guide:g}; {KIND!r}, 1 or more, 1 are accepted")


def load_finetune_recipe(path: Path, start: Path | None = None) -> FinetuneRecipe:
    """Reads a recipe of kind "finetune", and network and size from the snapshot that it starts from.

    Args:
        start: the snapshot; None: the recipe's own.

    Raises:
        InvalidRequestError: if a file is missing or damaged, no snapshot is named, or for a key or value that such a recipe does not have.
    """
    raw = read_toml(path)
    chosen = str(start or raw.get("start", ""))
    if not chosen:
        raise InvalidRequestError(
            "Got no weights to start from. Add --start SNAPSHOT: the snapshot.safetensors whose export paints, since adapters fit no other."
        )
    if raw.keys() & {"net", "size_px"}:
        raise InvalidRequestError(f"Got net or size_px in {path}; a recipe for fine-tuning has those of the snapshot. Remove them.")
    base = state.load_snapshot(Path(chosen))[1]
    values = {"name": path.stem, **raw, "start": chosen, "net": asdict(base.net), "size_px": base.size_px}
    return settings_from(FinetuneRecipe, NetConfig, values)


class Finetune(Run):
    """A run that learns an adapter. Its folder holds ADAPTER in the place of a snapshot.

    Args:
        photos: imported photographs, as `pochade data import` writes them, or a pack of them. The former are packed in the run's folder.

    Raises:
        InvalidRequestError: as `Run`. DataError: if the photographs are not readable, or too small.
    """

    recipe: FinetuneRecipe
    weights = ADAPTER

    def __init__(
        self,
        recipe: FinetuneRecipe,
        photos: Path,
        folder: Path,
        read: Callable[[str], str] = str,
        resume: bool = False,
        machine: Machine | None = None,
    ):
        state.opened(folder, plain(recipe), resume)  # before anything else is written there
        self.base_sha256 = state.sha256(Path(recipe.start))
        super().__init__(recipe, _packed(photos, folder, recipe.size_px), folder, read, True, machine)

    @property
    def model_id(self) -> str:
        return f"pochade-1@{self.folder.resolve().name}"

    def network(self) -> Pochade:
        """The base, frozen, with adapters."""
        return adapt(super().network(), self.recipe.rank)

    def rows(self) -> tuple[Row, ...]:
        """Rows of a sheet: what is painted from words alone."""
        return tuple(row for row in ROWS if row.mode == "none")

    def keep(self, path: Path) -> None:
        """Writes the averaged adapter."""
        about = {
            "name": self.folder.resolve().name,
            "rank": self.recipe.rank,
            "base_sha256": self.base_sha256,
            "recipe": published(self.recipe),
            "step": self.place.step,
            "data_root": self.pack.data_root,
        }
        write_adapter(path, self.optimizer.average, about)

    def _diverged(self, what: str) -> str:
        return f"The run diverged at step {self.place.step + 1}: {what}. Start anew with a lower lr_adam; {self.folder / ADAPTER} is kept."


def _packed(photos: Path, folder: Path, size_px: int) -> pack.Pack:
    if (photos / pack.MANIFEST).exists():
        return pack.Pack(photos)
    for _ in write_pack(photos, folder / "pack", size_px, GUIDE_PX):
        pass
    return pack.Pack(folder / "pack")
