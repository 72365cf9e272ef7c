"""The classifier learns the same from the same, reads long prompts in windows, and survives saving."""

from __future__ import annotations

import numpy as np
import pytest

from pochade.trust.policy import classifier, training
from pochade.trust.policy.classifier import Classifier

FEW = {
    "music": ["an accordion on stage", "a loud accordion", "accordion player", "two accordions"],
    "benign": ["a lemon on a slate slab", "a red cone", "mountain lake", "pears in a bowl"],
}


@pytest.fixture(scope="module")
def trained() -> Classifier:
    return training.train(FEW)


def test_training_is_deterministic(trained):
    again = training.train(FEW)
    assert np.array_equal(trained.weights, again.weights)
    assert np.array_equal(trained.biases, again.biases)


def test_learns_its_examples(trained):
    assert trained.probabilities("an accordion player on stage")[0] > 0.9
    assert trained.probabilities("a lemon in a bowl")[0] < 0.1


def test_harmless_words_do_not_drown_the_others(trained):
    padded = "a lemon on a slate slab " * 20 + "an accordion player on stage " + "pears in a bowl " * 20
    assert trained.probabilities(padded)[0] > 0.5


def test_saved_weights_decide_alike(trained, tmp_path):
    trained.save(tmp_path / "weights.npz")
    loaded = Classifier.load(tmp_path / "weights.npz")
    for prompts in FEW.values():
        for prompt in prompts:
            assert loaded.probabilities(prompt) == pytest.approx(trained.probabilities(prompt), abs=0.01)
    assert loaded.categories == ("music",)


def test_shipped_weights_are_silent_on_nothing_and_know_every_category():
    from pochade.trust.policy.rulebook import standard

    shipped = classifier.standard()
    assert set(shipped.categories) == set(standard().categories)
    assert shipped.verdict("") is None
    assert shipped.verdict("a lemon on a slate slab") is None
    verdict = shipped.verdict("a hostage tortured with guts hanging out")
    assert verdict is not None
    assert verdict.category == "violence"
