"""Which model sketches while somebody types."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pochade.providers import registry
from pochade.web.pages.painting import sketch_qualities, sketcher


def studio(default_model: str | None = None) -> Any:
    return SimpleNamespace(settings=SimpleNamespace(default_model=default_model))


@pytest.mark.parametrize(
    ("shipped", "default", "chosen", "planned", "sketches"),
    [
        (False, None, "pathtracer", False, "pathtracer"),
        (True, None, "pathtracer", False, "pochade-1"),  # the same plan, sooner
        (True, None, "pathtracer", True, "pochade-1"),
        (True, None, "gradient", True, "gradient"),  # plans of other models are theirs
        (True, "gradient", "gradient", False, "gradient"),  # a deployment that wants its own model gets it
        (True, "gradient", "pathtracer", False, "pochade-1"),
    ],
)
def test_the_fastest_model_that_paints_the_same_plan(
    monkeypatch: pytest.MonkeyPatch, shipped: bool, default: str | None, chosen: str, planned: bool, sketches: str
):
    monkeypatch.setattr(registry, "shipped", lambda: shipped)
    assert sketcher(studio(default), chosen, planned) == sketches


def test_the_own_model_sketches_twice():
    assert sketch_qualities(registry.OWN_MODEL) == ("draft", "standard")
    assert sketch_qualities("pathtracer") == ("draft",)
