"""Rays in merged meshes: both trees against each other, and against what can be worked out by hand."""

import numpy as np
import pytest

from pochade.world.mesh import box
from pochade.world.render.tree import EmbreeTree, MitsubaTree, Triangles

MESH = box(2.0, 2.0, 1.0, 0.0)
TRIANGLES = Triangles(MESH.vertices.astype(np.float32), MESH.faces.astype(np.int32))


def trees():
    try:
        import embreex  # noqa: F401
    except ImportError:
        return [MitsubaTree]
    return [EmbreeTree, MitsubaTree]


@pytest.mark.parametrize("kind", trees())
def test_a_ray_meets_the_nearest_side(kind):
    tree = kind(TRIANGLES)
    top = float(MESH.vertices[:, 2].max())
    origins = np.float32([[0.3, 0.2, top + 2], [0.3, 0.2, top + 2], [5, 5, 5]])
    directions = np.float32([[0, 0, -1], [0, 0, 1], [1, 0, 0]])
    hits = tree.cast(origins, directions)
    assert hits.hit.tolist() == [True, False, False] and hits.distance[0] == pytest.approx(2, rel=1e-5)
    u, v = hits.bary[0]
    a, b, c = TRIANGLES.positions[TRIANGLES.faces[hits.face[0]]]
    assert a + (b - a) * u + (c - a) * v == pytest.approx([0.3, 0.2, top], abs=1e-5)
    reaches = np.float32([1.9, 9, 9])
    assert tree.occluded(origins, directions, reaches).tolist() == [False, False, False]
    assert tree.occluded(origins, directions, reaches + 0.2).tolist() == [True, False, False]


@pytest.mark.skipif(len(trees()) == 1, reason="embreex is not installed")
def test_both_trees_agree():
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(2000, 3)).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    origins = (-3 * directions + rng.normal(scale=0.6, size=(2000, 3))).astype(np.float32)
    one, other = (kind(TRIANGLES) for kind in trees())
    a, b = one.cast(origins, directions), other.cast(origins, directions)
    assert (a.hit == b.hit).mean() > 0.999 and 0.2 < a.hit.mean() < 0.95
    both = a.hit & b.hit
    np.testing.assert_allclose(a.distance[both], b.distance[both], rtol=1e-4)
