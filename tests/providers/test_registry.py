from __future__ import annotations

import subprocess
import sys

import pytest

from pochade.core.errors import ProviderUnavailableError, UnknownModelError
from pochade.providers import registry


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    monkeypatch.setattr(registry, "_ADAPTERS", dict(registry._ADAPTERS))
    yield
    registry._built.clear()


def test_the_default_comes_first(monkeypatch):
    monkeypatch.setattr(registry, "shipped", lambda: True)
    assert registry.model_ids()[0] == registry.DEFAULT_MODEL == "pochade-1"
    monkeypatch.setattr(registry, "shipped", lambda: False)
    assert registry.model_ids()[0] == "pathtracer"


@pytest.mark.parametrize("model_id", ["pathtracer", "gradient"])
def test_adapters_carry_their_id(model_id):
    assert registry.provider(model_id).model_id == model_id
    assert registry.provider(model_id) is registry.provider(model_id)


def test_an_unknown_model_is_named_with_near_ones():
    with pytest.raises(
        UnknownModelError, match=r"Got model 'Path-Tracer'; available: pathtracer, gradient, auto. Did you mean 'pathtracer'"
    ) as caught:
        registry.provider("Path-Tracer")
    assert caught.value.near == ("pathtracer",)
    with pytest.raises(UnknownModelError, match="Choose one of those"):
        registry.provider("zzz")


def test_an_adapter_without_its_software():
    registry.register("missing", "pochade_of_the_future:Painter")
    with pytest.raises(ProviderUnavailableError, match="pochade_of_the_future"):
        registry.provider("missing")


def test_adapters_are_not_imported_before_they_are_used():
    code = "from pochade.providers import registry; registry.model_ids(); import sys; print('pochade.providers.pathtracer' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"
