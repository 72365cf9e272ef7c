"""From a request to files on disk, watched by a person or a program."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pochade.cli.easel import Easel
from pochade.core.recipe import Recipe
from pochade.core.values import GenerationRequest, Notice
from pochade.studio.files import Destination
from pochade.studio.paint import Painted, paint
from pochade.studio.pictures import encode_sheet
from pochade.studio.sheet import contact_sheet
from pochade.trust import regions

if TYPE_CHECKING:
    from pochade.core.values import Picture


class Session:
    """One request of the command line: paints, saves each picture as soon as it is finished, reports.

    Args:
        recipe: of the picture that is painted again, or None.
    """

    def __init__(self, request: GenerationRequest, place: Destination, easel: Easel, recipe: Recipe | None = None):
        self.request, self.place, self.easel, self.recipe = request, place, easel, recipe
        self.saved: list[tuple[Path, Picture, Recipe]] = []

    def run(self) -> None:
        try:
            with self.easel:
                asyncio.run(self._paint())
                if self.request.num_images > 1:
                    self._save_sheet()
                if self.recipe is not None:
                    self._compare(self.recipe)
        except (KeyboardInterrupt, asyncio.CancelledError):
            self.easel.say(self._stopped())
            raise typer.Exit(130) from None

    async def _paint(self) -> None:
        async with aclosing(paint(self.request, self.place.suffix.lower())) as events:
            async for event in events:
                if isinstance(event, Painted):
                    if not self.saved and (due := regions.chosen().notices.delivery):
                        # with the pictures, not before: there may be none
                        self.easel.see(Notice(due))
                    path = self.place.save(self.place.path(event.index), event.encoded)
                    self.saved.append((path, event.picture, event.recipe))
                    self.easel.hang(path, event.picture, event.recipe)
                else:
                    self.easel.see(event)

    def _save_sheet(self) -> None:
        save_sheet(self.saved, [f"seed {recipe.seed}" for *_, recipe in self.saved], self.place, self.easel)

    def _compare(self, old: Recipe) -> None:
        """Says whether a repetition is exact and, if not, why."""
        new = self.saved[0][2]
        fields = ("prompt", "seed", "model_id", "width_px", "height_px", "quality")
        if any(getattr(old, name) != getattr(new, name) for name in fields):
            return
        if old.sha256 == new.sha256:
            self.easel.say("identical to the original, bit for bit", good=True)
            return
        then, now = ({**recipe.versions, "backend": recipe.backend} for recipe in (old, new))
        names = [name for name in {**then, **now} if then.get(name) != now.get(name)]
        changes = ", ".join(f"{name} {then.get(name) or 'unknown'} then, {now.get(name) or 'unknown'} now" for name in names)
        self.easel.say(f"not identical to the original: {changes or 'same versions, so the processor or an unreleased change is another'}")

    def _stopped(self) -> str:
        kept = len(self.saved)
        if not kept:
            return "Stopped. Nothing was written."
        return f"Stopped. {kept} of {self.request.num_images} pictures are finished and kept."


def save_sheet(saved: Sequence[tuple[Path, Picture, Recipe]], labels: Sequence[str], place: Destination, easel: Easel) -> None:
    """Writes the contact sheet of `saved` beside the pictures and shows it."""
    pictures = [picture for _, picture, _ in saved]
    data = encode_sheet(contact_sheet(pictures, labels), [path.name for path, *_ in saved], place.suffix.lower())
    # a terminal is too coarse for the labels
    easel.hang_sheet(place.save(place.sheet_path(), data), contact_sheet(pictures, [""] * len(pictures)))
