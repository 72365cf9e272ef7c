"""The forms of grown things against closed forms."""

import numpy as np
import pytest

from pochade.world.asset import Part
from pochade.world.blending import ramp, smoothstep
from pochade.world.growth import rested, turned


def test_a_turned_circle_is_a_ball():
    t = np.linspace(-np.pi / 2, np.pi / 2, 25)
    mesh = turned(np.stack([np.cos(t), np.sin(t)], 1), 16)
    assert mesh.is_watertight()
    assert np.linalg.norm(mesh.vertices, axis=1) == pytest.approx(1, abs=2e-3)
    assert mesh.volume_m3 == pytest.approx(4 / 3 * np.pi, rel=0.01)


def test_rested_stands_centred_on_the_floor():
    t = np.linspace(-np.pi / 2, np.pi / 2, 13)
    asset = rested([Part(turned(np.stack([np.cos(t), 2 * np.sin(t)], 1), 8).moved(x=3))], [("y", 90)])
    assert asset.bounds[0] == pytest.approx([-2, -1, 0], abs=0.02)
    assert asset.bounds[1] == pytest.approx([2, 1, 2], abs=0.02)


def test_smooth_and_ramp_meet_their_ends():
    assert smoothstep(1, 3, [0, 1, 2, 3, 4]).tolist() == [0, 0, 0.5, 1, 1]
    assert smoothstep(3, 1, [1, 3]).tolist() == [1, 0]
    assert ramp([0.0, 0.5, 1.0], (0, 0, 0), (1, 0, 0)).tolist() == [[0, 0, 0], [0.5, 0, 0], [1, 0, 0]]
