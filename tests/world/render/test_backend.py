"""Which variant paints: found without risk, remembered, and said when it is the slow one."""

import importlib
import json
from pathlib import Path

import pytest

from pochade.world.render.backend import Backend, llvm_candidates

module = importlib.import_module("pochade.world.render.backend")  # the package re-exports the function under this name
find = module.backend.__wrapped__


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("POCHADE_RENDER_VARIANT", raising=False)
    monkeypatch.delenv("DRJIT_LIBLLVM_PATH", raising=False)
    return tmp_path / "cache" / "pochade" / "backend.json"


@pytest.fixture
def probed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stands in for the child process: records what was tried, and finds every libgood usable."""
    tried: list[str] = []

    def probe(library: str) -> bool:
        tried.append(library)
        return "good" in library

    monkeypatch.setattr(module, "_probe", probe)
    return tried


def offer(monkeypatch: pytest.MonkeyPatch, *libraries: str) -> None:
    monkeypatch.setattr(module, "llvm_candidates", lambda: list(libraries))


def test_candidates_are_newest_first_and_each_file_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    names = ["libLLVM-15.so.1", "libLLVM.so.22.1", "libLLVM-9.so", "libLLVM.so.19.1"]
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / "libLLVM-22.so").symlink_to(tmp_path / "libLLVM.so.22.1")
    paths = [str(path) for path in sorted(tmp_path.glob("libLLVM*"))]
    monkeypatch.setattr(module.glob, "glob", lambda pattern: paths if pattern.startswith("/usr/lib/*") else [])
    found = [Path(path).resolve().name for path in llvm_candidates()]
    assert found == ["libLLVM.so.22.1", "libLLVM.so.19.1", "libLLVM-15.so.1", "libLLVM-9.so"]


def test_a_named_library_is_the_only_candidate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRJIT_LIBLLVM_PATH", "/opt/mine/libLLVM.so")
    assert llvm_candidates() == ["/opt/mine/libLLVM.so"]


def test_first_usable_candidate_is_taken(monkeypatch: pytest.MonkeyPatch, probed: list[str]) -> None:
    offer(monkeypatch, "libbad.so.99", "libgood.so.22", "libgood.so.19")
    assert find() == Backend("llvm_ad_rgb", "libgood.so.22")
    assert probed == ["libbad.so.99", "libgood.so.22"]


def test_a_broken_library_leads_to_the_scalar_variant_with_a_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The real probe on a file that is no library: this process lives on."""
    broken = tmp_path / "libLLVM.so"
    broken.write_text("this is a text file")
    monkeypatch.setenv("DRJIT_LIBLLVM_PATH", str(broken))
    found = find()
    assert found.variant == "scalar_rgb" and found.library is None
    assert str(broken) in found.reason and "slower" in found.reason and "LLVM 19" in found.reason


def test_no_library_at_all_is_said_with_the_next_step(monkeypatch: pytest.MonkeyPatch, probed: list[str]) -> None:
    offer(monkeypatch)
    found = find()
    assert found.variant == "scalar_rgb" and "apt install" in found.reason
    assert not probed


def test_variant_can_be_forced(monkeypatch: pytest.MonkeyPatch, probed: list[str], own_cache: Path) -> None:
    monkeypatch.setenv("POCHADE_RENDER_VARIANT", "scalar_rgb")
    assert find() == Backend("scalar_rgb", None)
    assert not probed and not own_cache.exists()


def test_verdict_is_remembered(monkeypatch: pytest.MonkeyPatch, probed: list[str], own_cache: Path) -> None:
    offer(monkeypatch, "libbad.so", "libgood.so")
    first = find()
    assert own_cache.exists() and len(probed) == 2
    assert find() == first
    assert len(probed) == 2, "the second call asks nobody"
    assert [path.name for path in own_cache.parent.iterdir()] == ["backend.json"]


def test_another_set_of_libraries_is_another_question(monkeypatch: pytest.MonkeyPatch, probed: list[str]) -> None:
    offer(monkeypatch, "libbad.so")
    assert find().variant == "scalar_rgb"
    offer(monkeypatch, "libgood.so", "libbad.so")
    assert find() == Backend("llvm_ad_rgb", "libgood.so")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"llvm"', '{"key": "other"}', "\udcff"])
def test_damaged_cache_is_ignored_and_mended(monkeypatch: pytest.MonkeyPatch, probed: list[str], own_cache: Path, text: str) -> None:
    offer(monkeypatch, "libgood.so")
    own_cache.parent.mkdir(parents=True)
    own_cache.write_bytes(text.encode("utf-8", "surrogateescape"))
    assert find() == Backend("llvm_ad_rgb", "libgood.so")
    assert json.loads(own_cache.read_text())["library"] == "libgood.so"


def test_cache_that_lacks_a_field_is_ignored(monkeypatch: pytest.MonkeyPatch, probed: list[str], own_cache: Path) -> None:
    offer(monkeypatch, "libgood.so")
    find()
    kept = json.loads(own_cache.read_text())
    del kept["library"]
    own_cache.write_text(json.dumps(kept))
    assert find() == Backend("llvm_ad_rgb", "libgood.so")


def test_read_only_home_only_costs_the_probe(monkeypatch: pytest.MonkeyPatch, probed: list[str], tmp_path: Path) -> None:
    offer(monkeypatch, "libgood.so")
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert find() == find() == Backend("llvm_ad_rgb", "libgood.so")
    assert len(probed) == 2
