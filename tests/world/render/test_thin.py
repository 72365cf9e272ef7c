"""Plants that are far away: fewer pieces, the same cover."""

from __future__ import annotations

import numpy as np
import pytest

from pochade.world.asset import Part
from pochade.world.mesh import Mesh, box, face_normals, join
from pochade.world.render.thin import THINNEST, thinned
from pochade.world.stage import InstanceGroup

EYE = (0.0, 0.0, 1.6)
PIXEL = 0.004


def leaves(width_m: float, length_m: float, count: int = 400) -> Mesh:
    """Upright leaves all over a square metre, and a trunk."""
    rng = np.random.default_rng(3)
    made = []
    for x, y, z in rng.random((count, 3)):
        corners = np.float32([[0, 0, 0], [width_m, 0, 0], [width_m, 0, length_m], [0, 0, length_m]]) + np.float32([x, y, z])
        made.append(Mesh(corners, np.int32([[0, 1, 2], [0, 2, 3]]), corners[:, :2]))
    return join([*made, box(0.3, 0.3, 1.0, 0.0)])


def group(mesh: Mesh, *distances_m: float) -> InstanceGroup:
    to_world = np.tile(np.eye(4, dtype=np.float32), (len(distances_m), 1, 1))
    to_world[:, 1, 3] = distances_m
    return InstanceGroup((Part(mesh),), to_world, tint=np.linspace(0.5, 1, len(distances_m))[:, None] * np.ones(3, np.float32))


def area(mesh: Mesh) -> float:
    return float(np.linalg.norm(face_normals(mesh), axis=1).sum() / 2)


@pytest.mark.parametrize(("width_m", "length_m"), [(0.02, 0.03), (0.004, 0.2)])
def test_what_is_far_away_has_fewer_pieces_that_cover_as_much(width_m: float, length_m: float):
    mesh = leaves(width_m, length_m)
    near, far = thinned([group(mesh, *[1.0] * 10, *[60.0] * 10)], EYE, PIXEL)
    assert len(near.to_world) == len(far.to_world) == 10
    assert near.parts[0].mesh is mesh
    thin = far.parts[0].mesh
    assert len(thin.faces) < len(mesh.faces) / 2 ** (THINNEST - 1)
    trunk = area(box(0.3, 0.3, 1.0, 0.0))
    assert area(thin) - trunk == pytest.approx(area(mesh) - trunk, rel=0.05)
    np.testing.assert_array_equal(near.tint, group(mesh, *[1.0] * 10, *[60.0] * 10).tint[:10])  # type: ignore[index]


def test_blades_grow_wider_and_not_taller():
    mesh = leaves(0.004, 0.2)
    (far,) = thinned([group(mesh, *[60.0] * 10)], EYE, PIXEL)
    low, high = far.parts[0].mesh.bounds
    assert high[2] < mesh.bounds[1][2] + 0.01 and low[2] > -0.01


def test_solids_and_lone_plants_stay_as_they_are():
    solid, lone = group(box(1, 1, 1, 0.0), *[60.0] * 900), group(leaves(0.02, 0.03, 40), 60.0)
    for kept, before in zip(thinned([solid, lone], EYE, PIXEL), [solid, lone], strict=True):
        assert kept.parts[0].mesh is before.parts[0].mesh and len(kept.to_world) == len(before.to_world)
