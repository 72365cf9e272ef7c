"""What rendered samples depend on beside their seed: the code, and what does the arithmetic."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib import resources
from importlib.metadata import version

_OWN_SOURCE = (
    "data/guide.py", "data/splits.py", "studio/dataset.py", "studio/drawing.py", "studio/labelling.py", "studio/noise_pairs.py",
)  # fmt: skip
"""What a sample depends on beside the world."""


@lru_cache(maxsize=1)
def code() -> str:
    """SHA-256 over the source that a sample depends on: tells whether it can be repeated bit for bit."""
    root = resources.files("pochade")
    files = {name: root.joinpath(name).read_bytes() for name in _OWN_SOURCE}
    pending = [("world/", root.joinpath("world"))]
    while pending:
        prefix, folder = pending.pop()
        for entry in folder.iterdir():
            name = f"{prefix}{entry.name}"
            if entry.is_dir():
                pending.append((f"{name}/", entry))
            elif name.endswith((".py", ".toml")):
                files[name] = entry.read_bytes()
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{name}\0{hashlib.sha256(files[name]).hexdigest()}\n".encode())
    return digest.hexdigest()


@lru_cache(maxsize=1)
def renderer() -> str:
    """What the arithmetic is done by, e.g. "mitsuba 3.9.1, llvm_ad_rgb"."""
    from pochade.world.render.backend import backend

    return f"mitsuba {version('mitsuba')}, {backend().variant}"
