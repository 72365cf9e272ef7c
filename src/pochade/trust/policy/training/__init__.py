"""Trains the prompt classifier from scratch: python -m pochade.trust.policy.training"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from itertools import product
from string import Formatter
from typing import TYPE_CHECKING

import numpy as np

from pochade.trust.policy.classifier import NUM_BUCKETS, Classifier, features
from pochade.trust.policy.normalise import normalise
from pochade.trust.policy.words import split_words

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

BENIGN = "benign"
SEED = 5
NUM_CAPTIONS = 1500
MOST_PER_TEMPLATE = 150
LOWEST_THRESHOLD = 0.8
"""The classifier speaks only when it is sure: what rules leave over is mostly harmless."""
_MARGIN = 0.02
_RIDGE = 1e-4
_NUM_STEPS, _STEP = 400, 0.05


def examples() -> dict[str, list[str]]:
    """Prompts by category, in a fixed order; includes captions of the world as harmless ones."""
    raw = tomllib.loads(files("pochade.trust.policy.training").joinpath("examples.toml").read_text("utf-8"))
    rng = np.random.default_rng(SEED)
    found: dict[str, list[str]] = {}
    for category, templates in raw["examples"].items():
        found[category] = []
        for template in templates:
            filled = list(fillings(template, raw["slots"]))
            chosen = rng.permutation(len(filled))[:MOST_PER_TEMPLATE]
            found[category] += [filled[index] for index in sorted(chosen)]
    found[BENIGN] += world_captions(NUM_CAPTIONS, SEED)
    return found


def fillings(template: str, slots: Mapping[str, list[str]]) -> Iterator[str]:
    """Every prompt that a template stands for."""
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    for choice in product(*(slots[name] for name in names)):
        values = iter(choice)
        text = "".join(plain + (next(values) if name else "") for plain, name, _, _ in Formatter().parse(template))
        yield " ".join(text.split())


def world_captions(number: int, seed: int) -> list[str]:
    """Captions of random descriptions of the world."""
    from pochade.world.captions import caption_rand
    from pochade.world.describe import description_rand

    rngs = [np.random.default_rng([seed, index]) for index in range(number)]
    return [caption_rand(description_rand(rng), rng).text for rng in rngs]


def train(labelled: Mapping[str, list[str]]) -> Classifier:
    """Fits one ridge-penalised logistic regression per category, by Adam from zero: no randomness.

    Thresholds lie above every harmless example, at LOWEST_THRESHOLD or higher.
    Source: Adam, arXiv:1412.6980, algorithm 1.
    """
    categories = tuple(name for name in labelled if name != BENIGN)
    texts = [(text, category) for category, prompts in labelled.items() for text in prompts]
    design = matrix([text for text, _ in texts])
    labels = np.array([[category == name for name in categories] for _, category in texts], dtype=np.float64)  # (N, C)
    importance = 0.5 / labels.mean(axis=0) * labels + 0.5 / (1 - labels.mean(axis=0)) * (1 - labels)
    weights, biases = np.zeros((NUM_BUCKETS, len(categories))), np.zeros(len(categories))
    moments = [np.zeros_like(weights), np.zeros_like(weights), np.zeros_like(biases), np.zeros_like(biases)]
    for step in range(1, _NUM_STEPS + 1):
        residual = importance * (_sigmoid(design @ weights + biases) - labels) / len(texts)
        gradients = (design.T @ residual + _RIDGE * weights, residual.sum(axis=0))
        for place, (values, gradient) in enumerate(zip((weights, biases), gradients, strict=True)):
            first, second = moments[2 * place], moments[2 * place + 1]
            first += 0.1 * (gradient - first)
            second += 0.001 * (gradient**2 - second)
            values -= _STEP * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    harmless = _sigmoid(design[[category == BENIGN for _, category in texts]] @ weights + biases)
    thresholds = np.clip(harmless.max(axis=0) + _MARGIN, LOWEST_THRESHOLD, 0.999)
    return Classifier(categories, weights.T.astype(np.float32), biases.astype(np.float32), thresholds.astype(np.float32))


def matrix(texts: list[str]) -> csr_matrix:
    """(N, NUM_BUCKETS) sparse float64, each row of length 1."""
    from scipy.sparse import csr_matrix

    rows = [features([word.text for word in split_words(normalise(text))]) for text in texts]
    values = np.concatenate([np.full(len(row), 1 / np.sqrt(max(1, len(row)))) for row in rows])
    bounds = np.concatenate([[0], np.cumsum([len(row) for row in rows])])
    return csr_matrix((values, np.concatenate(rows).astype(np.int32), bounds), shape=(len(rows), NUM_BUCKETS))


def _sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-x))
