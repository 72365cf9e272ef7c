"""Found and grown things: closed, on the floor, of their size, drawn from their seed alone."""

import numpy as np
import pytest

from pochade.world.assets.nature import ASSETS, crystal, daisy_head, flowers_in_vase, potted_plant, rose_head, tulip_head
from pochade.world.mesh import face_normals

KINDS = {kind.noun: kind for kind in ASSETS}
DRAWS = {f"{kind.noun} {color}".strip(): rand for kind in ASSETS for color, rand in {"": kind.rand, **(kind.varieties or {})}.items()}
SPECIES = ("snake plant", "succulent", "monstera", "fern")


def _sound(asset):
    assert all(part.mesh.is_watertight() for part in asset.parts)
    assert all(part.mesh.volume_m3 > 0 for part in asset.parts)
    assert asset.bounds[0][2] == pytest.approx(0, abs=1e-6)
    assert np.abs(asset.bounds[0][:2] + asset.bounds[1][:2]).max() < 0.5 * max(asset.bounds[1] - asset.bounds[0])
    assert sum(len(part.mesh.faces) for part in asset.parts) <= 42_000
    for part in asset.parts:
        if part.mesh.color is not None:
            assert part.mesh.color.min() >= 0
            assert part.mesh.color.max() <= 0.9


@pytest.mark.parametrize("rand", DRAWS.values(), ids=DRAWS)
def test_closed_on_the_floor_and_affordable(rand):
    _sound(rand(np.random.default_rng(3)))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_size_is_plausible(kind):
    for seed in range(3):
        low, high = kind.rand(np.random.default_rng(seed)).bounds
        assert kind.size_m[0] <= max(high - low) <= kind.size_m[1]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_depends_only_on_its_seed(kind):
    first, again, other = (kind.rand(np.random.default_rng(seed)) for seed in (7, 7, 8))
    assert first == again
    assert first != other


@pytest.mark.parametrize("species", SPECIES)
def test_every_species_grows(species):
    asset = potted_plant(species, 0.07, 0.1, 0.25, 1)
    _sound(asset)
    assert asset.parts[0].material is None


def test_unknown_species_and_flowers_are_refused():
    with pytest.raises(ValueError, match="cactus"):
        potted_plant("cactus", 0.07, 0.1, 0.2, 1)
    with pytest.raises(ValueError, match="lily"):
        flowers_in_vase("lily", (0.5, 0.1, 0.1), 3, 0.04, 0.18, 0.5, 1)


@pytest.mark.parametrize("head", [lambda rng: tulip_head(0.06, (0.5, 0.1, 0.1), 0.5, rng), lambda rng: rose_head(0.07, (0.5, 0.1, 0.1),
0.5, rng),
                                  lambda rng: daisy_head(0.06, (0.8, 0.8, 0.8), rng)], ids=["tulip", "rose", "daisy"])  # fmt: skip
def test_blossoms_are_closed_sheets(head):
    for part in head(np.random.default_rng(2)):
        assert part.mesh.is_watertight()
        assert part.mesh.volume_m3 > 0


def test_crystal_faces_are_flat():
    body = crystal(0.1, 1, 5.0, False, 4).parts[0].mesh
    normals = face_normals(body)
    unit = normals / np.linalg.norm(normals, axis=1, keepdims=True)
    side = unit[:12].reshape(2, 6, 3)
    assert (side[0] * side[1]).sum(-1).min() > 0.99  # the two triangles of a face share its plane
    assert body.crease_deg < 10
