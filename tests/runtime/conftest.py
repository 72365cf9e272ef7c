"""The tiny exported network, and an engine on it."""

from __future__ import annotations

from pathlib import Path

import pytest

import exported

pytest.importorskip("torch")

from pochade.runtime.engine import Engine


@pytest.fixture(scope="session")
def exported_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported.export_tiny(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def tiny_engine(exported_folder: Path) -> Engine:
    return Engine(exported_folder, "f32")
