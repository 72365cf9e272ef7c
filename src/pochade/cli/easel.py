"""What a person sees while a picture is painted: the prompt as it was understood, the picture appearing, the time left.

Paths go to standard output, so that scripts can use them; all else goes to standard error unless a person watches.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from pochade.cli import terminal
from pochade.core.recipe import Recipe
from pochade.core.values import GenerationEvent, GenerationRequest, Notice, Preview, Progress, PromptRead

if TYPE_CHECKING:
    from pochade.core.values import Picture

ACCENT = "#d9a15b"
KEEP_ROWS = 9
"""Lines of text around a picture: it should fit on the screen together with them."""
SETUP = 0.05
"""Share of a picture's progress that goes to setting up, roughly."""


class Easel:
    """Base and the quiet one: prints the paths of the files, nothing else."""

    def __init__(self, request: GenerationRequest):
        self.request = request

    def __enter__(self) -> Easel:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def see(self, event: GenerationEvent) -> None:
        """An event of the model that is not a finished picture."""

    def hang(self, path: Path, picture: Picture, recipe: Recipe) -> None:
        """A picture is finished and lies at `path`."""
        print(path, flush=True)

    def hang_sheet(self, path: Path, sheet: Picture) -> None:
        """The contact sheet lies at `path`; `sheet` is the one to show, without its labels."""
        print(path, flush=True)

    def say(self, message: str, good: bool = False) -> None:
        """A sentence for the person."""


class JsonEasel(Easel):
    """One JSON object per line and file, for programs."""

    def __init__(self, request: GenerationRequest):
        super().__init__(request)
        self.read = PromptRead()
        self.notes: list[str] = []

    def see(self, event: GenerationEvent) -> None:
        if isinstance(event, PromptRead):
            self.read = event
        elif isinstance(event, Notice):
            self.notes.append(event.message)

    def hang(self, path: Path, picture: Picture, recipe: Recipe) -> None:
        self._print(
            path=str(path),
            seed=recipe.seed,
            prompt=recipe.prompt,
            model=recipe.model_id,
            width_px=recipe.width_px,
            height_px=recipe.height_px,
            quality=recipe.quality,
            understood=sorted({span.canonical for span in self.read.spans if span.kind != "ignored"}),
            not_understood=[{"word": word.word, "near": list(word.near)} for word in self.read.unknown],
            notices=self.notes,
            sha256=recipe.sha256,
        )

    def hang_sheet(self, path: Path, sheet: Picture) -> None:
        self._print(sheet=str(path))

    def say(self, message: str, good: bool = False) -> None:
        self._print(note=message)

    @staticmethod
    def _print(**fields: Any) -> None:
        print(json.dumps(fields, ensure_ascii=False), flush=True)


class PlainEasel(Easel):
    """Lines without colour or movement, for logs and pipes."""

    def __init__(self, request: GenerationRequest):
        super().__init__(request)
        self.told = -1

    def _line(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def see(self, event: GenerationEvent) -> None:
        if isinstance(event, PromptRead):
            for text in not_understood(event):
                self._line(text)
        elif isinstance(event, Notice):
            self._line(event.message)
        elif isinstance(event, Progress):
            quarter = event.index * 4 + int(event.fraction * 4)
            if quarter > self.told and event.fraction < 1:
                self.told = quarter
                self._line(f"painting {event.index + 1} of {self.request.num_images}: {event.fraction:.0%}")

    def say(self, message: str, good: bool = False) -> None:
        self._line(message)


class LiveEasel(Easel):
    """For a person at a terminal: the picture appears above a bar with the time left, and stays when finished."""

    def __init__(self, request: GenerationRequest, console: Console, paths: bool = True):
        super().__init__(request)
        self.console, self.paths = console, paths
        self.how: terminal.Protocol = terminal.protocol(console, os.environ)
        self.index = 0
        self.preview: terminal.Blocks | None = None
        self.clock = Clock(SETUP / request.num_images)
        self.started_s = time.monotonic()
        self.spinner = Spinner("dots", style=ACCENT)
        self.title: PromptRead | None = None
        self.live = Live(get_renderable=self._render, console=console, refresh_per_second=8, transient=True)

    def __enter__(self) -> Easel:
        self.console.print()
        self.live.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.live.stop()

    def see(self, event: GenerationEvent) -> None:
        if isinstance(event, PromptRead):
            self._print_title(event)
        elif isinstance(event, Notice):
            self.say(event.message)
        elif isinstance(event, Progress):
            self._print_title(PromptRead())
            self.index = event.index
            self.clock.tell((event.index + event.fraction) / self.request.num_images)
        elif isinstance(event, Preview):
            self.preview = terminal.Blocks(event.picture, *terminal.room(self.console, keep_rows=KEEP_ROWS))

    def hang(self, path: Path, picture: Picture, recipe: Recipe) -> None:
        if self.request.num_images == 1:
            self._show(picture)
        else:
            self.preview = terminal.Blocks(picture, *terminal.room(self.console, keep_rows=KEEP_ROWS + self.request.num_images))
        self._print_path(path, f"seed {recipe.seed}")

    def hang_sheet(self, path: Path, sheet: Picture) -> None:
        self._show(sheet)
        self._print_path(path, "all of them")

    def say(self, message: str, good: bool = False) -> None:
        mark, style = ("✓", "green") if good else ("!", "yellow")
        self._print_marked(mark, style, message, "dim")

    def _print_title(self, read: PromptRead) -> None:
        """The prompt with what was understood in bold, once."""
        if self.title is not None:
            return
        self.title = read
        request = self.request
        text = Text(request.prompt if len(request.prompt) < 400 else request.prompt[:399] + "…")
        for span in read.spans:
            if span.kind != "ignored":
                text.stylize("bold", span.start, span.end)
        for word in read.unknown:
            text.stylize("yellow underline", word.start, word.end)
        settings = f"{request.model_id} · {request.width_px}×{request.height_px} · {request.quality} · seed {request.seed}"
        self._print_indented(text)
        self._print_indented(Text(settings, style="dim"))
        for line in not_understood(read):
            self._print_marked("!", "yellow", line, "")

    def _print_indented(self, text: Text) -> None:
        self.console.print(Padding(text, (0, 2), expand=False))

    def _print_marked(self, mark: str, style: str, message: str, message_style: str) -> None:
        grid = Table.grid(padding=(0, 1))
        grid.add_row(Text(mark, style=style), Text(message, style=message_style))
        self.console.print(Padding(grid, (0, 2), expand=False))

    def _print_path(self, path: Path, note: str) -> None:
        if not self.paths:
            return
        line = Text("  ")
        line.append(str(path), style=f"bold {ACCENT}")
        line.append(f"  {note}", style="dim")
        # a path that is cut or wrapped cannot be copied
        self.console.print(line, soft_wrap=True, highlight=False)

    def _show(self, picture: Picture) -> None:
        self.live.stop()
        self.console.print()
        terminal.show(self.console, picture, self.how, KEEP_ROWS)
        self.console.print()

    def _render(self) -> RenderableType:
        line: list[RenderableType] = [Text(" ")]
        number = f"{self.index + 1} of {self.request.num_images}" if self.request.num_images > 1 else "painting"
        done = self.clock.fraction
        if done < self.clock.start:
            waited_s = int(time.monotonic() - self.started_s)
            self.spinner.update(text=Text("getting the scene ready" + (f"  {waited_s} s" if waited_s > 3 else ""), style="dim"))
            line.append(self.spinner)
        else:
            bar = ProgressBar(1.0, done, width=min(36, max(10, self.console.width - 34)), complete_style=ACCENT, finished_style=ACCENT)
            line += [Text(number, style="dim"), bar, Text(f"{done:4.0%}"), Text(self.clock.left(), style="dim")]
        grid = Table.grid(padding=(0, 1))
        grid.add_row(*line)
        if self.preview is None or self.how == "none":
            return Group(Text(), grid)
        return Group(Text(), self.preview, Text(), grid)


class Clock:
    """Estimates the time left from how fast the last ten seconds went.

    Args:
        start: share of the work up to which nothing is estimated: setting up goes at a pace of its own.
    """

    def __init__(self, start: float = 0.0) -> None:
        self.start = start
        self.samples: deque[tuple[float, float]] = deque()

    @property
    def fraction(self) -> float:
        return self.samples[-1][1] if self.samples else 0.0

    def tell(self, fraction: float) -> None:
        now = time.monotonic()
        if self.fraction < self.start:
            self.samples.clear()
        self.samples.append((now, fraction))
        while len(self.samples) > 3 and now - self.samples[0][0] > 10:
            self.samples.popleft()

    def left(self) -> str:
        """The time left as a person says it, e.g. "0:07 left"; empty while nothing can be said."""
        if len(self.samples) < 2:
            return ""
        (first_s, first), (last_s, last) = self.samples[0], self.samples[-1]
        if last <= first or last_s <= first_s:
            return ""
        left_s = (1 - last) * (last_s - first_s) / (last - first) - (time.monotonic() - last_s)
        whole = max(1, round(left_s))
        return f"{whole // 60}:{whole % 60:02} left" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min left"


def not_understood(read: PromptRead) -> list[str]:
    """One sentence for the unknown words of a prompt, or none."""
    if not read.unknown:
        return []
    words = [f"'{word.word}'" + (f" (near: {', '.join(word.near)})" if word.near else "") for word in read.unknown]
    return [f"not understood: {', '.join(words)}"]


def easel(request: GenerationRequest, quiet: bool = False, as_json: bool = False, paths: bool = True) -> Easel:
    """The easel that suits who is watching. A person is told the files' paths unless `paths` is False."""
    if as_json:
        return JsonEasel(request)
    if quiet:
        return Easel(request)
    console = Console(highlight=False)
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveEasel(request, console, paths)
    return PlainEasel(request)
