"""Graphs: the same as torch, whole or refused, and quiet."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from pochade.core import conditions
from pochade.core.errors import ProviderUnavailableError
from pochade.core.flow import noisy_inputs
from pochade.core.tokens import tokenizer
from pochade.model.layers import grid_angles
from pochade.model.learn import text_bias
from pochade.model.state import load_snapshot
from pochade.runtime import manifest
from pochade.runtime.engine import Engine, angles


@pytest.mark.parametrize(("height", "width", "count"), [(64, 64, 1), (48, 80, 3)])
@pytest.mark.parametrize(("precision", "most"), [("f32", 1e-4), ("bf16", 1e-2)])
def test_parity_with_torch(exported_folder: Path, height: int, width: int, count: int, precision: str, most: float):
    engine, (net, recipe, _) = Engine(exported_folder, precision), load_snapshot(exported_folder.parent / "snapshot.safetensors")
    rng = np.random.default_rng(0)
    z = rng.standard_normal((count, 3, height, width), np.float32)
    guide = rng.uniform(-1, 1, (count, conditions.GUIDE_INPUTS, height, width)).astype(np.float32)
    captions = ["a red ball", "noon", "a zebra"][:count]
    ids = torch.from_numpy(tokenizer().batch(captions, recipe.net.text_tokens))
    with torch.no_grad():
        want = net(torch.from_numpy(noisy_inputs(z, 0.3)), torch.from_numpy(guide), ids, text_bias(ids))[0].numpy()
    found = engine.predict(z, 0.3, guide, engine.read(captions))
    assert want.std() > 0.02
    assert np.abs(found - want).max() <= most * max(1.0, np.abs(want).max())


@pytest.mark.parametrize(("rows", "columns"), [(8, 8), (6, 11)])
def test_angles_are_those_of_training(rows: int, columns: int):
    for found, want in zip(angles(rows, columns, 16), grid_angles(rows, columns, 16), strict=True):
        np.testing.assert_allclose(found, want.numpy(), atol=1e-5)


@pytest.fixture
def copy(exported_folder: Path, tmp_path: Path) -> Path:
    return shutil.copytree(exported_folder, tmp_path / "weights")


def test_damaged_weights_are_refused(copy: Path):
    path = copy / "painter.bin"
    raw = bytearray(path.read_bytes())
    raw[100] ^= 1
    path.write_bytes(raw)
    with pytest.raises(ProviderUnavailableError, match=r"damaged: painter\.bin has SHA-256"):
        Engine(copy)
    path.unlink()
    with pytest.raises(ProviderUnavailableError, match=r"lack painter\.bin"):
        Engine(copy)


def test_weights_of_another_format_or_vocabulary_are_refused(copy: Path):
    path = copy / manifest.NAME
    raw = json.loads(path.read_text())
    path.write_text(json.dumps({**raw, "phrases": 10**6}))
    with pytest.raises(ProviderUnavailableError, match="1000000 phrases"):
        Engine(copy)
    path.write_text(json.dumps({**raw, "format": 99}))
    with pytest.raises(ProviderUnavailableError, match="format 99"):
        Engine(copy)
    path.write_text("{")
    with pytest.raises(ProviderUnavailableError, match="no readable"):
        Engine(copy)
    assert manifest.shipped(copy) and not manifest.shipped(copy / "elsewhere")


def test_the_engine_reports_nothing_to_anyone():
    code = "import sys; from pochade.core.inference import load_openvino; load_openvino(); print('openvino_telemetry' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"
