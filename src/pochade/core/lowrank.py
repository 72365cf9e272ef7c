"""Low-rank adapters as files: what training writes and painting reads.

A file holds, for each matrix W (O, I) that it changes, `{parameter}.down` (R, I) and `{parameter}.up` (O, R), in half precision:
W + up down is used in its place. Kernels of convolutions count as matrices (out, everything else). Its metadata has one entry,
`about`: JSON with `format`, `name`, `rank`, `base_sha256` (of the snapshot whose weights are changed), `tensors_sha256`, `recipe`,
`step` and `data_root`.

Source: Hu et al., LoRA, arXiv:2106.09685.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = 1
DOWN, UP = ".down", ".up"


def tensors_sha256(tensors: Mapping[str, NDArray[Any]]) -> str:
    """Of names, shapes and values, in hexadecimal."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        digest.update(f"{name} {tensors[name].dtype} {tensors[name].shape}\n".encode() + tensors[name].tobytes())
    return digest.hexdigest()
