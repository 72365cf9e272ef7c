"""The denoiser: its arithmetic, that it learns, and that its graph is the network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from pochade.core import denoising
from pochade.core.errors import InvalidRequestError, ProviderUnavailableError
from pochade.data import pairs
from pochade.model import state
from pochade.model.export import export_denoiser
from pochade.model.train import Machine
from pochade.model.train_denoiser import DenoiserRecipe, DenoiserRun, load_denoiser, turned
from pochade.runtime import denoiser


def scene(size: int, seed: int) -> dict[str, np.ndarray]:
    """A wall of two colours with a shadow, under noise; planes as pairs have them."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size] / size
    albedo = np.where((x > rng.uniform(0.3, 0.7))[..., None], (0.7, 0.2, 0.1), (0.2, 0.3, 0.6))
    reference = albedo * (0.5 + 1.5 * (y > rng.uniform(0.3, 0.7)))[..., None]
    noisy = reference * rng.gamma(1.0, 1.0, (size, size, 1))
    normal, depth = np.zeros((size, size, 3)), np.ones((size, size, 1))
    return {"noisy": noisy, "albedo": albedo, "normal": normal, "depth": depth, "reference": reference}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("denoiser")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs, "tiles", lambda *_: iter([scene(32, seed) for seed in range(24)]))
        torch.set_num_threads(1)
        recipe = DenoiserRecipe("tiny", steps=75, tile_px=32, batch=8)
        reports = list(DenoiserRun(recipe, folder, folder / "run", machine=Machine(compiled=False)))
        assert reports[-1].loss < 0.5 * reports[-1].loss_noisy
        with pytest.raises(InvalidRequestError, match="--resume"):
            DenoiserRun(recipe, folder, folder / "run", machine=Machine(compiled=False))
    export_denoiser(folder / "run" / state.SNAPSHOT, folder / "weights")
    return folder / "run" / state.SNAPSHOT


def test_it_cleans_what_it_never_saw_at_any_size_and_level(snapshot: Path):
    clean = denoiser.load(snapshot.parents[1] / "weights", "f32")
    planes = {name: plane[:30, :36].astype(np.float32) for name, plane in scene(40, 99).items()}
    for level in (1.0, 1000.0):
        noisy, reference = (planes[name] * np.float32(level) for name in ("noisy", "reference"))
        made = clean(noisy, planes["albedo"], planes["normal"], planes["depth"][..., 0])
        assert made.shape == noisy.shape
        assert np.square(made - reference).mean() < 0.25 * np.square(noisy - reference).mean()


def test_the_graph_is_the_network(snapshot: Path):
    net, _ = load_denoiser(snapshot)
    planes = {name: plane.astype(np.float32) for name, plane in scene(32, 5).items()}
    made = denoising.prepared(planes["noisy"], planes["albedo"], planes["normal"], planes["depth"][..., 0])
    with torch.no_grad():
        want = denoising.restored(net(torch.from_numpy(made.inputs)[None])[0].numpy(), made)
    found = denoiser.load(snapshot.parents[1] / "weights", "f32")(
        planes["noisy"], planes["albedo"], planes["normal"], planes["depth"][..., 0]
    )
    np.testing.assert_allclose(found, want, atol=1e-2 * want.max())


def test_what_was_prepared_can_be_restored():
    planes = {name: plane.astype(np.float32) for name, plane in scene(16, 1).items()}
    made = denoising.prepared(planes["noisy"], planes["albedo"], planes["normal"], planes["depth"][..., 0])
    np.testing.assert_allclose(denoising.restored(made.inputs[:3], made), planes["noisy"], rtol=1e-3, atol=1e-4)


def test_darkness_stays_dark():
    zero = np.zeros((8, 8, 3), np.float32)
    made = denoising.prepared(zero, zero, zero, zero[..., 0])
    assert np.isfinite(made.inputs).all() and not denoising.restored(made.inputs[:3], made).any()


def test_turning_a_batch_keeps_inputs_and_targets_together():
    inputs = np.random.default_rng(0).random((6, denoising.INPUTS, 8, 8)).astype(np.float16)
    got, target = turned(inputs, inputs[:, :3], np.random.default_rng(1))
    np.testing.assert_array_equal(got[:, :3], target)
    assert not np.array_equal(got, inputs)


def test_missing_weights_are_named(tmp_path: Path):
    assert not denoiser.shipped(tmp_path)
    with pytest.raises(ProviderUnavailableError, match=r"no readable manifest\.json"):
        denoiser.load(tmp_path)
