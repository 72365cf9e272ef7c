"""Low-rank adapters at work: where they lie, that they are whole, and what they do to the graphs before these are compiled."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pochade.core.errors import ProviderUnavailableError
from pochade.core.inference import load_openvino
from pochade.core.lowrank import DOWN, FORMAT, UP, tensors_sha256
from pochade.core.places import data_folder

if TYPE_CHECKING:
    from pochade.core.flow import Floats

SUFFIX = ".safetensors"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Place:
    """An adapter's file as it lies there now; another file of the same name is another place.

    Attributes:
        changed_ns: when it was last written.
    """

    path: Path
    changed_ns: int


@dataclass(frozen=True, eq=False)
class Adapter:
    """What an adapter's file says.

    Attributes:
        name: of the file. sha256: of the file, in hexadecimal. base_sha256: of the snapshot whose weights it changes.
        matrices: parameter to its `down` (R, I) and `up` (O, R), float32.
    """

    name: str
    sha256: str
    base_sha256: str
    matrices: Mapping[str, tuple[Floats, Floats]]

    def check_base(self, manifest: Mapping[str, Any]) -> None:
        """Raises ProviderUnavailableError unless it was made for the weights that the manifest is of."""
        found = str(manifest["snapshot_sha256"])
        if found != self.base_sha256:
            raise ProviderUnavailableError(
                f"The adapter {self.name!r} was made for other weights: for snapshot {self.base_sha256[:12]}…, not {found[:12]}…. "
                "Train it again from the snapshot of the weights in use, or remove it."
            )

    def apply(self, graphs: Iterable[Any]) -> None:
        """Changes the constants of graphs that were read, and not compiled yet.

        Raises:
            ProviderUnavailableError: if they lack a matrix that it changes, or have it in another shape.
        """
        constant = load_openvino().op.Constant
        waiting = dict(self.matrices)
        for node in [node for graph in graphs for node in graph.get_ordered_ops() if node.get_type_name() == "Constant"]:
            name = node.get_friendly_name().removeprefix("self.").removesuffix("_compressed")  # as the converter calls parameters
            if name not in waiting:
                continue
            (down, up), weight = waiting.pop(name), node.data
            if weight.shape[0] != len(up) or weight.size != len(up) * down.shape[1]:
                raise self._damaged(f"its {name} is of another shape than that of the weights")
            changed = constant((weight.astype("float32") + (up @ down).reshape(weight.shape)).astype(weight.dtype))
            changed.set_friendly_name(node.get_friendly_name())
            for reader in node.output(0).get_target_inputs():
                reader.replace_source_output(changed.output(0))
        if waiting:
            raise self._damaged(f"the weights have no {', '.join(sorted(waiting))}")

    def _damaged(self, why: str) -> ProviderUnavailableError:
        return ProviderUnavailableError(f"The adapter {self.name!r} cannot be used: {why}. Copy it again, or train it again.")


def folder() -> Path:
    """Where adapters lie, each as NAME.safetensors."""
    return data_folder() / "adapters"


def names() -> tuple[str, ...]:
    """Of the adapters that lie in the folder, whole or not."""
    return tuple(sorted(path.stem for path in folder().glob(f"*{SUFFIX}") if NAME.fullmatch(path.stem)))


def find(name: str) -> Place:
    """The file of an adapter.

    Raises:
        ProviderUnavailableError: if there is none of that name; names those there are.
    """
    known = names()
    if name not in known:
        raise ProviderUnavailableError(
            f"Got adapter {name!r}; in {folder()} lie: {', '.join(known) or 'none'}. Choose one of those, or put its file there."
        )
    path = folder() / f"{name}{SUFFIX}"
    return Place(path, path.stat().st_mtime_ns)


def read(path: Path) -> Adapter:
    """The adapter in a file.

    Raises:
        ProviderUnavailableError: if it is missing, damaged, or of another format.
    """
    from safetensors import SafetensorError, safe_open

    try:
        raw = path.read_bytes()
        with safe_open(path, "np") as file:
            tensors = {name: file.get_tensor(name) for name in list(file.keys())}
            about = json.loads(file.metadata()["about"])
        format_, base, digest = about["format"], str(about["base_sha256"]), about["tensors_sha256"]
        changed = sorted(name.removesuffix(DOWN) for name in tensors if name.endswith(DOWN))
        matrices = {name: (tensors[name + DOWN].astype("float32"), tensors[name + UP].astype("float32")) for name in changed}
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise ProviderUnavailableError(f"{path} is no readable adapter ({error}). Copy it again, or remove it.") from error
    if format_ != FORMAT:
        raise ProviderUnavailableError(
            f"{path} has format {format_!r}; this version reads format {FORMAT}. Install the version of Pochade that wrote it."
        )
    fitting = all(down.ndim == up.ndim == 2 and len(down) == up.shape[1] for down, up in matrices.values())
    if tensors_sha256(tensors) != digest or not fitting:
        raise ProviderUnavailableError(f"{path} is damaged: its values are not those that were written. Copy it again, or remove it.")
    return Adapter(path.stem, hashlib.sha256(raw).hexdigest(), base, matrices)
