"""Distances between sets of pictures, from the features (N, F) that a judge sees in them. Never called FID: that is of another network."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import eigh, eigvalsh
from scipy.spatial.distance import cdist

from pochade.evals.metrics import Floats


def frechet_distance(some: Any, others: Any) -> float:
    """Squared 2-Wasserstein distance of the normal distributions with the same means and covariances. Source: arXiv:1706.08500, eq. 6.

    Raises:
        ValueError: for fewer than two pictures, which have no covariance.
    """
    a, b = _checked(some), _checked(others)
    cov_a, cov_b = np.atleast_2d(np.cov(a.T)), np.atleast_2d(np.cov(b.T))
    values, axes = eigh(cov_a)  # which has a root even where pictures are fewer than features, and it is singular
    root = axes * np.sqrt(np.maximum(values, 0)) @ axes.T
    common = np.sqrt(np.maximum(eigvalsh(root @ cov_b @ root), 0)).sum()
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(cov_a) + np.trace(cov_b) - 2 * common)


def frechet_ratio(generated: Any, train: Any, held_out: Any) -> float:
    """FDr: the distance of generated pictures to training pictures, as a share of that of held-out renders. 1 is ideal.

    The distance falls with the number of pictures, so `generated` and `held_out` should be as many.
    """
    return frechet_distance(generated, train) / frechet_distance(held_out, train)


def kernel_distance(some: Any, others: Any) -> float:
    """KID: unbiased squared maximum mean discrepancy with a cubic kernel, about 0 for equal distributions. Source: arXiv:1801.01401."""
    a, b = _checked(some), _checked(others)

    def kernel(x: Floats, y: Floats) -> Floats:
        return (x @ y.T / x.shape[1] + 1) ** 3

    def within(x: Floats) -> float:
        found = kernel(x, x)
        return float((found.sum() - np.trace(found)) / (len(x) * (len(x) - 1)))

    return within(a) + within(b) - 2 * float(kernel(a, b).mean())


def vendi_score(features: Any) -> float:
    """How many wholly different pictures a set is worth, 1 to N, by cosine similarity. Source: arXiv:2210.02410."""
    x = np.asarray(features, float)
    x = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
    shares = eigvalsh(x @ x.T / len(x))
    shares = shares[shares > 1e-12]
    return float(np.exp(-(shares * np.log(shares)).sum()))


def neighbour_ratio(generated: Any, train: Any, held_out: Any) -> float:
    """Median distance of a generated picture to the nearest training picture, as a share of that of a held-out render.

    About 1 where the model paints anew; far below 1 where it repeats what it was trained on.
    """
    nearest = [float(np.median(cdist(np.asarray(some, float), np.asarray(train, float)).min(1))) for some in (generated, held_out)]
    return nearest[0] / nearest[1]


def _checked(features: Any) -> Floats:
    x = np.asarray(features, float)
    if len(x) < 2:
        raise ValueError(f"got features of {len(x)} pictures; two or more are needed")
    return x
