"""Which Mitsuba variant runs here, found out without risking the process.

An unsuitable libLLVM does not raise: it aborts the whole process ("Cannot select ... X86ISD"). So every
candidate is first tried in a child process on a tiny render, and the verdict is kept on disk.
"""

from __future__ import annotations

import ctypes.util
import glob
import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import ModuleType

PROBE = """
import mitsuba as mi
mi.set_variant("llvm_ad_rgb")
scene = mi.load_dict({"type": "scene", "integrator": {"type": "path", "max_depth": 3}, "emitter": {"type": "constant"},
    "sensor": {"type": "thinlens", "aperture_radius": 0.01, "focus_distance": 4.0, "film": {"type": "hdrfilm", "width": 16, "height": 16}},
    "shape": {"type": "sphere", "center": [0, 0, 6], "bsdf": {"type": "principled", "roughness": 0.3}},
    "glass": {"type": "cube", "bsdf": {"type": "roughdielectric"}}})
mean = float(mi.TensorXf(mi.render(scene, spp=4)).array.numpy().mean())
assert 0.05 < mean < 20, mean
print("usable")
"""


@dataclass(frozen=True)
class Backend:
    """The variant in use.

    Attributes:
        variant: "llvm_ad_rgb" (vectorised, about three times as fast) or "scalar_rgb".
        library: path of the libLLVM in use, or None.
        reason: a sentence for the user when it fell back to the scalar variant, otherwise empty.
    """

    variant: str
    library: str | None
    reason: str = ""


def llvm_candidates() -> list[str]:
    """Paths of libLLVM on this machine, newest version first; `DRJIT_LIBLLVM_PATH` alone if it is set."""
    forced = os.environ.get("DRJIT_LIBLLVM_PATH")
    if forced:
        return [forced]
    patterns = (
        "/usr/lib/*/libLLVM*.so*", "/usr/lib/llvm-*/lib/libLLVM*.so*", "/usr/lib64/libLLVM*.so*", "/usr/lib/libLLVM*.so*",
        "/opt/homebrew/opt/llvm*/lib/libLLVM*.dylib", "/usr/local/opt/llvm*/lib/libLLVM*.dylib",
        "C:/Program Files/LLVM/bin/LLVM-C.dll",
    )  # fmt: skip
    found: dict[str, tuple[int, str]] = {}
    for path in (path for pattern in patterns for path in glob.glob(pattern)):
        real = os.path.realpath(path)
        digits = re.search(r"(\d+)", os.path.basename(real)) or re.search(r"llvm@?-?(\d+)", real)
        found.setdefault(real, (int(digits[1]) if digits else 0, path))
    paths = [path for _, path in sorted(found.values(), reverse=True)]
    return paths or [name for name in [ctypes.util.find_library("LLVM")] if name]


def _cache_file() -> Path:
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return root / "pochade" / "backend.json"


def _probe(library: str) -> bool:
    environment = {**os.environ, "DRJIT_LIBLLVM_PATH": library}
    try:
        done = subprocess.run([sys.executable, "-c", PROBE], env=environment, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and "usable" in done.stdout


@lru_cache(maxsize=1)
def backend() -> Backend:
    """Finds the variant to use. The first call on a machine takes a second or two; then it is remembered.

    `POCHADE_RENDER_VARIANT=scalar_rgb` (or `llvm_ad_rgb`) skips the search.
    """
    forced = os.environ.get("POCHADE_RENDER_VARIANT")
    if forced:
        return Backend(forced, os.environ.get("DRJIT_LIBLLVM_PATH"))
    candidates = llvm_candidates()
    key = hashlib.sha256(json.dumps([sys.executable, candidates, _mitsuba_version()]).encode()).hexdigest()
    try:
        cached = json.loads(_cache_file().read_text())
        if cached["key"] == key:
            return Backend(cached["variant"], cached["library"], cached["reason"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    library = next((path for path in candidates if _probe(path)), None)
    if library:
        result = Backend("llvm_ad_rgb", library)
    elif candidates:
        result = Backend(
            "scalar_rgb",
            None,
            "No usable libLLVM (tried "
            + ", ".join(candidates)
            + "): painting with the slower scalar variant. LLVM 19 or newer makes it about three times as fast.",
        )
    else:
        result = Backend(
            "scalar_rgb",
            None,
            "No libLLVM on this machine: painting with the slower scalar variant. Installing LLVM 19 or newer "
            "(for example `apt install libllvm19`) makes it about three times as fast.",
        )
    try:
        _cache_file().parent.mkdir(parents=True, exist_ok=True)
        temporary = _cache_file().with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps({"key": key, "variant": result.variant, "library": result.library, "reason": result.reason}))
        temporary.replace(_cache_file())
    except OSError:
        pass  # a read-only home only costs the probe next time
    return result


def _mitsuba_version() -> str:
    from importlib.metadata import version

    return version("mitsuba")


_loading = threading.Lock()


@lru_cache(maxsize=1)
def load_mitsuba() -> ModuleType:
    """Imports Mitsuba with the variant of `backend()` set; one thread pool for the process."""
    chosen = backend()
    if chosen.library:
        os.environ["DRJIT_LIBLLVM_PATH"] = chosen.library
    with _loading:  # two threads that import it at once find it half made
        import mitsuba as mi

        mi.set_variant(chosen.variant)
        mi.set_log_level(mi.LogLevel.Error)
        if _limit:
            _limit_mitsuba()
    return mi


_limit: list[int] = []


def limit_threads(count: int) -> None:
    """Lets the renderer of this process use `count` threads, at least one; for processes that share a machine.

    Mitsuba, which takes a second to load, is not loaded for it: a process that only plans may never need it.
    """
    _limit[:] = [count]
    if load_mitsuba.cache_info().currsize:
        _limit_mitsuba()


def _limit_mitsuba() -> None:
    import drjit as dr

    dr.set_thread_count(_limit[0])


def threads() -> int:
    """Threads that this process may use."""
    return _limit[0] if _limit else len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
