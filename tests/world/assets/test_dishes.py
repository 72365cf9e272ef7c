"""Food from the bakery, the kitchen and the bar: the forms they share, and what each must show."""

import numpy as np
import pytest

from pochade.world.assets import asset_types, bakery, dishes, drinks
from pochade.world.materials import srgb
from pochade.world.mesh import ball

KINDS = (*bakery.ASSETS, *dishes.ASSETS, *drinks.ASSETS)
every_food = pytest.mark.parametrize("kind", KINDS, ids=[kind.noun for kind in KINDS])
MOST_TRIANGLES = 45_000
BRIGHTEST = 0.88


@every_food
def test_food_is_complete_and_in_its_place(kind):
    assert kind.family == "food"
    assert asset_types()[kind.noun] is kind


@every_food
@pytest.mark.parametrize("seed", range(4))
def test_each_part_is_a_closed_solid_on_the_table(kind, seed):
    asset = kind.rand(np.random.default_rng(seed))
    for part in asset.parts:
        assert part.mesh.is_watertight()
        assert part.mesh.volume_m3 > 0
    low, high = asset.bounds
    assert abs(low[2]) < 2e-5
    assert kind.size_m[0] <= (high - low).max() <= kind.size_m[1]
    assert sum(len(part.mesh.faces) for part in asset.parts) <= MOST_TRIANGLES


@every_food
def test_no_reflectance_is_brighter_than_food(kind):
    for seed in range(3):
        for part in kind.rand(np.random.default_rng(seed)).parts:
            if part.mesh.color is not None:
                assert part.mesh.color.min() >= 0
                assert part.mesh.color.max() <= BRIGHTEST
                for k in range(3):  # equal positions, equal colours: no seams
                    ids = np.unique(part.mesh.vertices, axis=0, return_inverse=True)[1].reshape(-1)
                    highest, lowest = np.full(ids.max() + 1, -1.0), np.full(ids.max() + 1, 2.0)
                    np.maximum.at(highest, ids, part.mesh.color[:, k])
                    np.minimum.at(lowest, ids, part.mesh.color[:, k])
                    assert np.mean(highest - lowest > 0.02) < 0.05


@every_food
def test_a_stated_colour_has_something_to_dye(kind):
    if kind.colors:
        asset = kind.rand(np.random.default_rng(0))
        assert any(part.paintable or part.material is None for part in asset.parts)


def test_turned_solid_has_the_volume_of_a_cylinder():
    made = bakery.turned([(0, 0), (0.04, 0), (0.04, 0.02), (0, 0.02)], 48)
    assert made.is_watertight()
    assert made.volume_m3 == pytest.approx(np.pi * 0.04**2 * 0.02, rel=0.05)


def test_block_has_the_volume_of_its_map():
    made, uvw = bakery.block((3, 4, 5), lambda u, v, w: np.stack([0.1 * u, 0.2 * v, 0.3 * w], -1))
    assert made.is_watertight()
    assert made.volume_m3 == pytest.approx(0.1 * 0.2 * 0.3, rel=1e-5)
    assert np.allclose(made.vertices, uvw * [0.1, 0.2, 0.3], atol=1e-6)


@pytest.mark.parametrize("flip", [False, True])
def test_sector_has_its_share_of_the_ring(flip):
    section = np.array([(0.02, 0.0), (0.05, 0.0), (0.05, 0.01), (0.02, 0.01)])[:: -1 if flip else 1]
    made = bakery.swept(lambda _: section, np.linspace(0.3, 0.3 + np.pi / 2, 60))
    assert made.is_watertight()
    assert made.volume_m3 == pytest.approx(np.pi / 4 * (0.05**2 - 0.02**2) * 0.01, rel=1e-3)


def test_loops_make_a_torus():
    u, w = np.meshgrid(np.linspace(0, 2 * np.pi, 90, endpoint=False), np.linspace(0, 2 * np.pi, 40, endpoint=False), indexing="ij")
    rho = 0.05 + 0.01 * np.cos(w)
    made = bakery.loops(np.stack([rho * np.cos(u), rho * np.sin(u), 0.01 * np.sin(w)], -1))
    assert made.is_watertight()
    assert made.volume_m3 == pytest.approx(2 * np.pi**2 * 0.05 * 0.01**2, rel=0.02)


def test_resampled_keeps_the_corners_and_bounds_the_steps():
    line = [(0, 0), (0.1, 0), (0.1, 0.03)]
    dense = bakery.resampled(line, 0.007)
    assert np.linalg.norm(np.diff(dense, axis=0), axis=1).max() <= 0.007 + 1e-9
    for corner in line:
        assert np.abs(dense - corner).sum(1).min() < 1e-12


def test_points_on_a_surface_keep_their_distance():
    at, normal = bakery.surface_points(ball(8), np.random.default_rng(5), 40, 0.2)
    gaps = np.linalg.norm(at[:, None] - at[None], axis=-1) + 9 * np.eye(len(at))
    assert len(at) == 40
    assert gaps.min() > 0.2
    assert np.allclose(np.linalg.norm(normal, axis=1), 1, atol=1e-5)
    assert np.allclose((normal * at).sum(1), 1, atol=0.05)


def test_colours_run_along_their_stops():
    first, last = srgb(10, 20, 30), srgb(200, 100, 50)
    made = bakery.ramp(np.array([-1.0, 0.0, 0.5, 1.0, 2.0]), first, last)
    assert np.allclose(made[[0, 1]], first, atol=1e-6)
    assert np.allclose(made[[3, 4]], last, atol=1e-6)
    assert np.allclose(made[2], (np.array(first) + last) / 2, atol=1e-6)


def test_sprinkles_lie_on_the_icing_and_dough_below_it():
    made = bakery.donut(0.047, 0.018, bakery.ICINGS["pink"], 60, np.random.default_rng(1))
    dough, icing, sprinkles = made.parts
    assert icing.paintable
    assert sprinkles.mesh.bounds[0][2] > 0.3 * dough.mesh.bounds[1][2]
    assert dough.mesh.bounds[1][2] < icing.mesh.bounds[1][2] < sprinkles.mesh.bounds[1][2]


def test_wine_stays_in_its_glass():
    glass, wine = drinks.glass_of_red_wine("bordeaux", 0.044, 0.112, 0.095, 0.4).parts
    assert wine.material is not None and wine.material.model == "glass"
    assert wine.mesh.bounds[0][2] > 0.09
    assert wine.mesh.bounds[1][2] < glass.mesh.bounds[1][2]
    assert 5e-5 < wine.mesh.volume_m3 < 3e-4  # 50 to 300 ml


def test_coffee_ends_below_the_rim_and_inside_the_wall():
    made = drinks.cup_of_coffee(0.045, 0.056, "rosetta", np.random.default_rng(2))
    cup, coffee = made.parts[1].mesh, made.parts[-1].mesh
    assert coffee.bounds[1][2] < cup.bounds[1][2] - 0.002
    assert np.hypot(*coffee.vertices[:, :2].T).max() < 0.045
    assert 5e-5 < coffee.volume_m3 < 3e-4


@pytest.mark.parametrize("pulled", [True, False])
@pytest.mark.parametrize("topping", ["pepperoni", "basil", "olives"])
def test_pizza_lies_flat_and_its_toppings_within_the_rim(topping, pulled):
    made = dishes.pizza(0.14, topping, pulled, np.random.default_rng(3))
    assert made.height_m < 0.035
    assert made.radius_m < 0.14 * (1.3 if pulled else 1.05)
