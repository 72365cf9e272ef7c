"""Plain solids: ball, cube, cylinder, cone, pyramid, torus."""

from __future__ import annotations

import numpy as np

from pochade.world.asset import Asset, AssetType, Part, Platform
from pochade.world.mesh import Mesh, box, cone, cylinder, sphere, torus

_MATERIALS = (
    "matte plastic", "glossy plastic", "rubber", "gold", "silver", "copper", "chrome", "brass", "brushed steel", "oak", "walnut",
    "white marble", "black marble", "granite", "concrete", "terracotta", "porcelain", "glazed ceramic", "clear glass", "coloured glass",
    "frosted glass", "jade", "ice", "sandstone", "rusty iron", "clay", "wax", "slate", "bronze", "aluminium", "pine", "bamboo",
)  # fmt: skip
_COLORS = (
    "red",
    "blue",
    "green",
    "yellow",
    "orange",
    "white",
    "black",
    "pink",
    "purple",
    "turquoise",
    "teal",
    "coral",
    "lavender",
    "magenta",
    "sky blue",
    "mustard yellow",
)


def ball(radius_m: float) -> Asset:
    """Ball lying on z = 0.

    Args:
        radius_m: 0.02 to 0.15.
    """
    return Asset((Part(sphere(radius_m).moved(z=radius_m)),))


def ball_rand(rng: np.random.Generator) -> Asset:
    return ball(rng.uniform(0.035, 0.065))


def cube(edge_m: float, bevel_m: float) -> Asset:
    """Cube with rounded edges."""
    return Asset((Part(box(edge_m, edge_m, edge_m, bevel_m)),), platform=Platform(edge_m * 0.46, edge_m))


def cube_rand(rng: np.random.Generator) -> Asset:
    edge_m = rng.uniform(0.06, 0.11)
    return cube(edge_m, edge_m * rng.uniform(0.015, 0.06))


def solid_cylinder(radius_m: float, height_m: float) -> Asset:
    """Upright cylinder."""
    return Asset((Part(cylinder(radius_m, height_m, 0.03 * radius_m + 0.001)),), platform=Platform(radius_m * 0.95, height_m))


def cylinder_rand(rng: np.random.Generator) -> Asset:
    radius_m = rng.uniform(0.03, 0.055)
    return solid_cylinder(radius_m, radius_m * rng.uniform(1.6, 2.8))


def solid_cone(radius_m: float, height_m: float) -> Asset:
    """Upright cone."""
    return Asset((Part(cone(radius_m, height_m, 0.03 * radius_m + 0.001)),))


def cone_rand(rng: np.random.Generator) -> Asset:
    radius_m = rng.uniform(0.035, 0.06)
    return solid_cone(radius_m, radius_m * rng.uniform(1.7, 2.6))


def pyramid(base_m: float, height_m: float) -> Asset:
    """Square pyramid."""
    h = base_m / 2
    v = np.array([[-h, -h, 0], [h, -h, 0], [h, h, 0], [-h, h, 0], [0, 0, height_m]], np.float32)
    f = np.array([[0, 2, 1], [0, 3, 2], [0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]], np.int32)
    corner = v[f].reshape(-1, 3)
    n = np.repeat(np.cross(v[f][:, 1] - v[f][:, 0], v[f][:, 2] - v[f][:, 0]), 3, 0)
    axis = np.where(np.abs(n[:, :1]) > np.abs(n[:, 1:2]), corner[:, 1:2], corner[:, :1])
    uv = np.where(
        np.abs(n[:, 2:]) > 0.95 * np.linalg.norm(n, axis=1, keepdims=True), corner[:, :2], np.concatenate([axis, corner[:, 2:]], 1)
    )
    return Asset((Part(Mesh(corner, np.arange(18, dtype=np.int32).reshape(-1, 3), uv.astype(np.float32), crease_deg=1.0)),))


def pyramid_rand(rng: np.random.Generator) -> Asset:
    base_m = rng.uniform(0.08, 0.13)
    return pyramid(base_m, base_m * rng.uniform(0.75, 1.15))


def ring_torus(major_m: float, minor_m: float) -> Asset:
    """Lying torus."""
    return Asset((Part(torus(major_m, minor_m).moved(z=minor_m)),))


def torus_rand(rng: np.random.Generator) -> Asset:
    major_m = rng.uniform(0.04, 0.065)
    return ring_torus(major_m, major_m * rng.uniform(0.3, 0.42))


ASSETS = (
    AssetType("ball", "products", ball_rand, (0.05, 0.16), _MATERIALS, _COLORS),
    AssetType("cube", "products", cube_rand, (0.05, 0.14), _MATERIALS, _COLORS),
    AssetType("cylinder", "products", cylinder_rand, (0.05, 0.2), _MATERIALS, _COLORS),
    AssetType("cone", "products", cone_rand, (0.05, 0.2), _MATERIALS, _COLORS),
    AssetType("pyramid", "products", pyramid_rand, (0.05, 0.2), _MATERIALS, _COLORS),
    AssetType("torus", "products", torus_rand, (0.05, 0.25), _MATERIALS, _COLORS),
)
