"""A tiny packed folder of shaded balls, and a tiny recipe."""

from __future__ import annotations

from pathlib import Path

import pytest

import packed

torch = pytest.importorskip("torch")
torch.set_num_threads(1)  # nets this small only wait for a second thread

from pochade.model.config import NetConfig, Recipe  # noqa: E402

NET = NetConfig(widths=(8, 16), token_width=32, depth=2, heads=2, text_width=32, text_depth=1, text_tokens=12, aux_block=1)


@pytest.fixture(scope="session")
def recipe() -> Recipe:
    return Recipe("tiny", NET, size_px=packed.SIZE, samples=8 * 40, batch=8, sheet_s=1e9, checkpoint_s=1e9)


@pytest.fixture(scope="session")
def pack_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return packed.write_pack(tmp_path_factory.mktemp("pack"))
