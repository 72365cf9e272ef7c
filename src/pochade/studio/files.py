"""Where pictures go: names, refusals before any work is done, and writes that leave all or nothing."""

from __future__ import annotations

import os
import unicodedata
import uuid
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from pochade.core.errors import OutputError, OutputExistsError
from pochade.core.files import PARTIAL, write_new, write_whole
from pochade.studio.pictures import FORMATS


def slug(prompt: str, max_chars: int = 48) -> str:
    """The prompt as a file name: lower case, words joined by hyphens, cut at a word; "picture" if nothing is left."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", prompt.lower()) if not unicodedata.combining(char))
    words = "".join(char if char.isalnum() else " " for char in unicodedata.normalize("NFC", plain)).split()
    name = ""
    for word in words:
        longer = f"{name}-{word}" if name else word[:max_chars]
        if len(longer) > max_chars:
            break
        name = longer
    return name or "picture"


@dataclass(frozen=True)
class Destination:
    """Where the pictures of one request go.

    Attributes:
        stem: file name without number and ending; None: made from prompt and seed, never overwriting.
        suffix: file ending as typed, e.g. ".png".
        overwrite: whether existing files named by the user may be replaced.
    """

    folder: Path
    stem: str | None
    suffix: str
    overwrite: bool
    prompt: str
    first_seed: int
    num_images: int

    def path(self, index: int) -> Path:
        """The wanted path of picture `index`."""
        if self.stem is None:
            return self.folder / f"{slug(self.prompt)}-{self.first_seed + index}{self.suffix}"
        number = f"-{index + 1}" if self.num_images > 1 else ""
        return self.folder / f"{self.stem}{number}{self.suffix}"

    def sheet_path(self) -> Path:
        """The wanted path of the contact sheet."""
        stem = self.stem if self.stem is not None else f"{slug(self.prompt)}-{self.first_seed}"
        return self.folder / f"{stem}-sheet{self.suffix}"

    def save(self, path: Path, data: bytes) -> Path:
        """Writes `data` to `path`, or beside it under the next free number rather than lose or overwrite a picture.

        Raises:
            OutputError: if nothing can be written there.
        """
        if self.overwrite and self.stem is not None:
            return write(path, data, overwrite=True)
        for candidate in (path if k == 1 else path.with_name(f"{path.stem}-{k}{path.suffix}") for k in count(1)):
            try:
                return write(candidate, data)
            except OutputExistsError:
                continue
        raise AssertionError("unreachable")


def destination(output: str | None, prompt: str, first_seed: int, num_images: int, overwrite: bool = False) -> Destination:
    """Decides where to write, and tries whether it can be done.

    Args:
        output: a file with one of the endings of `FORMATS`, a folder, or None for the current folder.

    Raises:
        OutputExistsError: if a file named by the user exists and `overwrite` is False.
        OutputError: if the place cannot be written to.
    """
    try:
        found = _destination(output, prompt, first_seed, num_images, overwrite)
        _try(found.folder)
        if found.stem is not None:
            _refuse_existing(found)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise OutputError(f"Cannot write to {output!r:.200} ({reason}). Choose another name with -o.") from error
    return found


def _destination(output: str | None, prompt: str, first_seed: int, num_images: int, overwrite: bool) -> Destination:
    path = Path(output if output is not None else ".")
    if output is None or path.is_dir() or output.endswith(("/", os.sep)):
        return Destination(path, None, ".png", overwrite, prompt, first_seed, num_images)
    if path.suffix.lower() not in FORMATS:
        got = f"with the ending {path.suffix!r}" if path.suffix else "without an ending"
        raise OutputError(f"Got the file name {output!r} {got}; {', '.join(FORMATS)} are accepted. Try {path.stem + '.png'!r}.")
    return Destination(path.parent, path.stem, path.suffix, overwrite, prompt, first_seed, num_images)


def _refuse_existing(found: Destination) -> None:
    wanted = [found.path(index) for index in range(found.num_images)] + ([found.sheet_path()] if found.num_images > 1 else [])
    existing = [path for path in wanted if path.exists() or path.is_symlink()]
    folders = [path for path in existing if path.is_dir()]
    if folders:
        raise OutputError(f"Cannot write {str(folders[0])!r}: it is a folder. Choose another name.")
    if existing and not found.overwrite:
        names = ", ".join(repr(str(path)) for path in existing)
        raise OutputExistsError(f"{names} exists already and is kept. Choose another name, or add --force to replace it.")


def _try(folder: Path) -> None:
    """Raises OutputError unless a file can be created in `folder`."""
    if not folder.is_dir():
        wrong = "is not a folder" if folder.exists() else "does not exist"
        hint = "Choose another place." if folder.exists() else f"Make it with `mkdir -p {folder}`, or choose another place."
        raise OutputError(f"Cannot write to {str(folder)!r}: it {wrong}. {hint}")
    probe = folder / f".{uuid.uuid4().hex}{PARTIAL}"
    try:
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        raise OutputError(
            f"Cannot write to {str(folder.absolute())!r} ({error.strerror}). Choose a folder you may write to, with -o."
        ) from error


def write(path: Path, data: bytes, overwrite: bool = False) -> Path:
    """Writes all of `data` or nothing: whatever happens, `path` never holds half a file.

    Raises:
        OutputExistsError: if the file exists and `overwrite` is False.
        OutputError: if it cannot be written.
    """
    try:
        (write_whole if overwrite else write_new)(path, data)
    except FileExistsError as error:
        raise OutputExistsError(f"{str(path)!r} exists already and is kept. Choose another name, or add --force to replace it.") from error
    except OSError as error:
        raise OutputError(f"Cannot write {str(path)!r} ({error.strerror}). Choose another place with -o.") from error
    return path
