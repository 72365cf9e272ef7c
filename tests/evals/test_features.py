"""Distances of sets of pictures against what can be derived by hand."""

from __future__ import annotations

import numpy as np
import pytest

from pochade.evals import features, metrics

RNG = np.random.default_rng(0)
CLOUD = RNG.normal(0, 1, (400, 4))


def test_frechet_distance_of_shifted_and_stretched_clouds():
    assert features.frechet_distance(CLOUD, CLOUD) == pytest.approx(0, abs=1e-6)
    assert features.frechet_distance(CLOUD, CLOUD + np.array([3, 4, 0, 0])) == pytest.approx(25)
    # of normal distributions along one axis: the squared differences of means and of standard deviations
    line = np.array([[-1.0], [1.0]] * 50)
    assert features.frechet_distance(line, 3 * line) == pytest.approx((3 - 1) ** 2 * 100 / 99)
    # covariances that do not commute are no trouble
    turned = CLOUD @ np.linalg.qr(RNG.normal(size=(4, 4)))[0] * [1, 2, 3, 4]
    assert features.frechet_distance(CLOUD, turned) == pytest.approx(features.frechet_distance(turned, CLOUD))


def test_frechet_distance_of_fewer_pictures_than_features():
    few = RNG.normal(0, 1, (6, 16))
    assert features.frechet_distance(few, few) == pytest.approx(0, abs=1e-4)
    with pytest.raises(ValueError, match="1 pictures"):
        features.frechet_distance(few[:1], few)


def test_the_ratio_is_one_for_what_is_as_far_as_held_out():
    train, held_out = CLOUD, CLOUD + 1
    assert features.frechet_ratio(CLOUD - 1, train, held_out) == pytest.approx(1)
    assert features.frechet_ratio(CLOUD + 2, train, held_out) == pytest.approx(4)


def test_kernel_distance_is_that_of_the_definition_and_unbiased():
    a, b = np.array([[1.0], [2.0]]), np.array([[0.0], [1.0]])
    # (xy + 1)^3: within a 27, within b 1, between the mean of 1, 8, 1, 27
    assert features.kernel_distance(a, b) == pytest.approx(27 + 1 - 2 * (1 + 8 + 1 + 27) / 4)
    same = [features.kernel_distance(*np.split(np.random.default_rng(seed).normal(0, 1, (40, 3)), 2)) for seed in range(300)]
    assert abs(np.mean(same)) < 3 * np.std(same) / np.sqrt(300) and min(same) < 0


def test_vendi_score_counts_what_differs():
    assert features.vendi_score(np.tile(CLOUD[:1], (5, 1))) == pytest.approx(1)
    assert features.vendi_score(np.eye(5)) == pytest.approx(5)
    assert features.vendi_score(np.repeat(np.eye(3), 4, 0) * 7) == pytest.approx(3)


def test_what_repeats_its_training_is_told():
    train = np.arange(10.0)[:, None]
    assert features.neighbour_ratio(train + 0.2, train, train + 0.4) == pytest.approx(0.5)
    assert features.neighbour_ratio(train[::-1], train, train + 0.4) == 0


def test_a_share_of_the_ceiling_has_an_interval():
    found = metrics.share_interval([0.5] * 10, [1, 1, 1, 1])
    assert found == pytest.approx((0.5, 0.5, 0.5))
    share, low, high = metrics.share_interval([0, 1] * 20, [0, 1, 1, 1] * 10)  # type: ignore[misc]
    assert share == pytest.approx(2 / 3) and low < share < high
    assert metrics.share_interval([1], [0]) is None
