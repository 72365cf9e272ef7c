"""Adapters: the same as torch with them, and refused where they do not belong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch

from pochade.core import conditions
from pochade.core.errors import ProviderUnavailableError
from pochade.core.flow import noisy_inputs
from pochade.core.tokens import tokenizer
from pochade.model.learn import text_bias
from pochade.model.lowrank import adapt, load_adapter, write_adapter
from pochade.model.state import load_snapshot, sha256
from pochade.runtime import adapters, engine
from pochade.runtime.engine import Engine


def write(path: Path, snapshot: Path, base_sha256: str = "", spread: float = 0.05) -> Path:
    """An adapter of random values for a snapshot's network."""
    torch.manual_seed(3)
    net = adapt(load_snapshot(snapshot)[0], 3)
    learned = {name: torch.randn_like(parameter) * spread for name, parameter in net.named_parameters() if parameter.requires_grad}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_adapter(path, learned, {"name": path.stem, "rank": 3, "base_sha256": base_sha256 or sha256(snapshot)})
    return path


@pytest.fixture
def snapshot(exported_folder: Path) -> Path:
    return exported_folder.parent / "snapshot.safetensors"


@pytest.mark.parametrize(("precision", "most"), [("f32", 2e-3), ("bf16", 1e-2)])
def test_parity_with_torch(exported_folder: Path, snapshot: Path, tmp_path: Path, precision: str, most: float):
    path = write(tmp_path / "evening.safetensors", snapshot, spread=0.1)
    plain, taught = Engine(exported_folder, precision), Engine(exported_folder, precision, adapters.read(path))
    net, recipe, _ = load_snapshot(snapshot)
    load_adapter(net, path)
    rng = np.random.default_rng(0)
    z, guide = rng.standard_normal((2, 3, 64, 48), np.float32), np.zeros((2, conditions.GUIDE_INPUTS, 64, 48), np.float32)
    captions = ["a red ball", "noon"]
    ids = torch.from_numpy(tokenizer().batch(captions, recipe.net.text_tokens))
    with torch.no_grad():
        want = net(torch.from_numpy(noisy_inputs(z, 0.3)), torch.from_numpy(guide), ids, text_bias(ids))[0].numpy()
        states = net.text(ids, text_bias(ids)).numpy()
    said = taught.read(captions)
    found = taught.predict(z, 0.3, guide, said)
    assert np.abs(found - want).max() <= most * max(1.0, np.abs(want).max())
    assert np.abs(said.states - states).max() <= 3 * most * np.abs(states).max()
    assert np.abs(found - plain.predict(z, 0.3, guide, plain.read(captions))).mean() > 0.02
    assert np.abs(said.states - plain.read(captions).states).mean() > 0.01


def test_every_matrix_that_is_taught_is_found_in_the_graphs(exported_folder: Path, snapshot: Path, tmp_path: Path):
    path = write(tmp_path / "evening.safetensors", snapshot)
    found = adapters.read(path)
    assert {"text.embed.weight", "painter.into.weight", "painter.blocks.1.attend.context_kv.weight"} <= set(found.matrices)
    matrices = {**found.matrices, "painter.extra.weight": found.matrices["painter.into.weight"]}
    stranger = adapters.Adapter("stranger", "", found.base_sha256, matrices)
    with pytest.raises(ProviderUnavailableError, match=r"the weights have no painter\.extra\.weight"):
        Engine(exported_folder, adapter=stranger)
    thin = adapters.Adapter("thin", "", found.base_sha256, {"painter.into.weight": found.matrices["painter.out.weight"]})
    with pytest.raises(ProviderUnavailableError, match=r"painter\.into\.weight is of another shape"):
        Engine(exported_folder, adapter=thin)


def test_an_adapter_to_other_weights_is_refused(exported_folder: Path, snapshot: Path, tmp_path: Path):
    path = write(tmp_path / "evening.safetensors", snapshot, base_sha256="ab" * 32)
    with pytest.raises(ProviderUnavailableError, match="'evening' was made for other weights: for snapshot abababababab…, not "):
        Engine(exported_folder, adapter=adapters.read(path))


def test_a_damaged_adapter_is_refused(snapshot: Path, tmp_path: Path):
    path = write(tmp_path / "evening.safetensors", snapshot)
    whole = path.read_bytes()
    path.write_bytes(whole[:-50] + bytes([whole[-50] ^ 1]) + whole[-49:])
    with pytest.raises(ProviderUnavailableError, match=r"evening\.safetensors is damaged"):
        adapters.read(path)
    path.write_bytes(whole[:500])
    with pytest.raises(ProviderUnavailableError, match="no readable adapter"):
        adapters.read(path)
    shutil.copy(snapshot, path)
    with pytest.raises(ProviderUnavailableError, match="no readable adapter"):
        adapters.read(path)
    header = json.dumps({"__metadata__": {"about": json.dumps({"format": 9, "base_sha256": "", "tensors_sha256": ""})}}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(ProviderUnavailableError, match="format 9; this version reads format 1"):
        adapters.read(path)


def test_adapters_are_found_by_name_and_loaded_once(exported_folder: Path, snapshot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("POCHADE_DATA", str(tmp_path))
    monkeypatch.setattr(engine, "Engine", lambda adapter: Engine(exported_folder, adapter=adapter))
    engine._loaded.cache_clear()
    assert adapters.names() == ()
    for name in ("evening", "dusk", ".hidden", "two words"):
        write(tmp_path / "adapters" / f"{name}.safetensors", snapshot)
    assert adapters.names() == ("dusk", "evening")
    with pytest.raises(ProviderUnavailableError, match=r"Got adapter 'noon'; in .*adapters lie: dusk, evening\."):
        engine.engine("noon")
    first = engine.engine("dusk")
    assert first.adapter is not None and first.adapter.name == "dusk" and engine.engine().adapter is None
    assert engine.engine("dusk") is first and engine.engine("evening") is not first
    write(tmp_path / "adapters" / "dusk.safetensors", snapshot, spread=0.1)
    assert engine.engine("dusk") is not first
    engine._loaded.cache_clear()
