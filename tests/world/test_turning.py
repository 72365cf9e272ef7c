"""Turned and hollowed solids have the volumes that follow from their sizes."""

import numpy as np
import pytest

from pochade.world.mesh import lathe
from pochade.world.turning import hollow, turned


def test_hollow_cylinder_has_the_volume_of_its_walls() -> None:
    outer = [(0, 0), (0.04, 0), (0.04, 0.1)]
    shell = hollow(outer, wall_m=0.004, floor_m=0.006, corner_m=1e-5)
    solid = np.pi * (0.04**2 * 0.006 + (0.04**2 - 0.036**2) * 0.094)
    lip = 2 * np.pi * 0.038 * np.pi * 0.002**2 / 2  # Pappus: the half round on top
    assert shell.mesh(360).volume_m3 == pytest.approx(solid + lip, rel=0.01)
    assert shell.rim_m == pytest.approx(0.102, abs=1e-4)
    assert shell.inner_radius_at(0.05) == pytest.approx(0.036, abs=1e-5)


def test_liquid_reaches_into_the_wall_and_up_to_its_level() -> None:
    shell = hollow([(0, 0), (0.04, 0), (0.04, 0.1)], wall_m=0.004, floor_m=0.006, corner_m=0.002)
    liquid = shell.liquid(0.05, overlap_m=0.0002, segments=360)
    low, high = liquid.bounds
    assert high[0] == pytest.approx(0.0362, abs=2e-5)
    assert low[2] == pytest.approx(0.0058, abs=5e-5)
    assert liquid.volume_m3 == pytest.approx(np.pi * 0.0362**2 * (0.05 - 0.0058), rel=0.02)


def test_turned_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="element 'ogee': use line, bead, cove or curve"):
        turned([("ogee", 0.1, 0.1, 0.1)])


def test_turned_line_is_a_cylinder() -> None:
    mesh = lathe(turned([("line", 0.02, 0.02, 0.1)], bottom_hollow_m=0.0, edge_m=1e-6), 360)
    assert mesh.volume_m3 == pytest.approx(np.pi * 0.02**2 * 0.1, rel=1e-3)
