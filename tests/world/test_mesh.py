"""Solids against their closed forms."""

import numpy as np
import pytest

from pochade.world import mesh as m
from pochade.world.mesh import Mesh

PROFILE = [(0, 0), (0.03, 0), (0.04, 0.03), (0.045, 0.08)]
RING = np.stack(
    [np.cos(np.linspace(0, 2 * np.pi, 40, endpoint=False)), np.sin(np.linspace(0, 2 * np.pi, 40, endpoint=False)), np.zeros(40)], 1
)
L_SHAPE = [(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)]

SOLIDS = {
    "cylinder": m.cylinder(0.05, 0.2),
    "cone": m.cone(0.05, 0.2),
    "sphere": m.sphere(0.05),
    "torus": m.torus(0.05, 0.02),
    "ball": m.ball(),
    "blob": m.blob(lambda d: 0.05 + 0.01 * np.sin(5 * d[:, 0])),
    "box": m.box(0.1, 0.2, 0.3),
    "sharp box": m.box(0.1, 0.2, 0.3, 0.0),
    "fine box": m.box(0.1, 0.1, 0.1, 0.01, resolution=6),
    "vessel": m.lathe(m.shell_profile(PROFILE, 0.003)),
    "fluted lathe": m.lathe(m.shell_profile(PROFILE, 0.003), squash=lambda a, p: 1 + 0.05 * np.cos(8 * a)),
    "tube": m.tube([(0, 0, 0), (0, 0.02, 0.1), (0.05, 0, 0.2)], 0.01),
    "flat-ended tube": m.tube([(0, 0, 0), (0, 0, 0.2)], 0.01, caps=0),
    "closed tube": m.tube(RING, 0.1, closed=True),
    "extrusion": m.extrude(L_SHAPE, 0.5),
    "bevelled extrusion": m.extrude(L_SHAPE, 0.5, 0.02),
    "sheet": m.sheet(np.stack([*np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 2, 11)), 0.1 * np.ones((11, 9))], -1), 0.01),
    "block": m.heightfield_block(0.1 * np.random.default_rng(0).random((7, 9)), (1.0, 2.0), -0.5),
    "box-mapped box": m.box_mapped(m.box(0.1, 0.2, 0.3)),
    "level-mapped cylinder": m.cylinder(0.05, 0.2).level_mapped,
    "joined": m.join([m.sphere(0.05), m.sphere(0.05).moved(x=1.0)]),
}

every_solid = pytest.mark.parametrize("solid", SOLIDS.values(), ids=SOLIDS)


@every_solid
def test_solid_is_closed_and_faces_outward(solid: Mesh) -> None:
    assert solid.is_watertight()
    assert solid.volume_m3 > 0
    assert solid.vertices.dtype == solid.uv.dtype == np.float32
    assert solid.faces.dtype == np.int32
    assert solid.faces.min() >= 0 and solid.faces.max() < len(solid.vertices)
    assert np.isfinite(solid.uv).all() and solid.uv.shape == (len(solid.vertices), 2)


@every_solid
def test_solid_has_no_empty_triangles(solid: Mesh) -> None:
    ids = m.weld(solid.vertices)[solid.faces]
    assert ((ids[:, 0] != ids[:, 1]) & (ids[:, 1] != ids[:, 2]) & (ids[:, 2] != ids[:, 0])).all()


@every_solid
def test_shading_normals_are_unit_and_on_the_side_of_their_triangles(solid: Mesh) -> None:
    split, normals = solid.shaded
    assert np.linalg.norm(normals, axis=1) == pytest.approx(1.0, abs=1e-4)
    faces = m.face_normals(split)
    corners = normals[split.faces].mean(1)
    assert (np.einsum("fk,fk->f", faces, corners) > 0).mean() > 0.99


@pytest.mark.parametrize(
    ("solid", "volume", "rel"),
    [
        (m.cylinder(0.05, 0.2, 1e-4, 256), np.pi * 0.05**2 * 0.2, 0.002),
        (m.cone(0.05, 0.2, 1e-4, 256), np.pi * 0.05**2 * 0.2 / 3, 0.005),
        (m.sphere(0.05, 256), 4 / 3 * np.pi * 0.05**3, 0.001),
        (m.torus(0.05, 0.02, 256, 128), 2 * np.pi**2 * 0.05 * 0.02**2, 0.002),
        (m.ball(64), 4 / 3 * np.pi, 0.001),
        (m.box(0.1, 0.2, 0.3, 0.0), 0.1 * 0.2 * 0.3, 1e-5),
        # a rounded box is a box, six slabs, twelve quarter cylinders and a sphere
        (m.box(1.0, 1.0, 1.0, 0.2, 24), 0.6**3 + 6 * 0.6**2 * 0.2 + 12 * 0.6 * np.pi * 0.04 / 4 + 4 / 3 * np.pi * 0.008, 0.002),
        (m.tube([(0, 0, 0), (0, 0, 0.1), (0, 0, 0.2)], 0.01, 128, caps=0), np.pi * 1e-4 * 0.2, 0.002),
        (m.tube([(0, 0, 0), (0, 0, 0.1), (0, 0, 0.2)], 0.01, 128, caps=32), np.pi * 1e-4 * 0.2 + 4 / 3 * np.pi * 1e-6, 0.003),
        (m.extrude(L_SHAPE, 0.5), 3 * 0.5, 1e-5),
        (m.heightfield_block(np.full((4, 4), 0.25), (2.0, 3.0), -0.75), 6.0, 1e-5),
    ],
    ids=["cylinder", "cone", "sphere", "torus", "ball", "box", "rounded box", "rod", "capsule", "extrusion", "block"],
)
def test_volume_is_the_closed_form(solid: Mesh, volume: float, rel: float) -> None:
    assert solid.volume_m3 == pytest.approx(volume, rel=rel)


def test_sheet_has_its_area_times_its_thickness() -> None:
    x, y = np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 2, 11))
    assert m.sheet(np.stack([x, y, 0 * x], -1), 0.01).volume_m3 == pytest.approx(0.02, rel=1e-3)


def test_vessel_holds_air_and_has_its_wall() -> None:
    outer = np.array([(0, 0), (0.05, 0), (0.05, 0.05), (0.05, 0.1)])
    vessel = m.lathe(m.shell_profile(np.concatenate([outer[:1], np.linspace(outer[1], outer[3], 20)]), 0.005), 128)
    assert vessel.volume_m3 < 0.5 * np.pi * 0.05**2 * 0.1
    radius = np.hypot(vessel.vertices[:, 0], vessel.vertices[:, 1])
    middle = np.abs(vessel.vertices[:, 2] - 0.05) < 0.02
    assert radius[middle].min() == pytest.approx(0.045, abs=5e-4)
    assert radius[middle].max() == pytest.approx(0.05, abs=1e-5)


def test_normals_of_a_sphere_are_its_directions() -> None:
    ball = m.sphere(2.0, 96)
    assert np.einsum("vk,vk->v", m.smooth_normals(ball), ball.vertices / 2).min() > 0.999


def test_moved_rotated_scaled_keep_what_they_should() -> None:
    box = m.box(0.1, 0.2, 0.3)
    moved = box.moved(1, 2, 3)
    assert moved.bounds[0] == pytest.approx(box.bounds[0] + [1, 2, 3], abs=1e-6)
    assert moved.volume_m3 == pytest.approx(box.volume_m3, rel=1e-3)
    turned = box.rotated("z", 90)
    assert turned.bounds[1] == pytest.approx([0.1, 0.05, 0.3], abs=1e-6)
    assert turned.volume_m3 == pytest.approx(box.volume_m3, rel=1e-5)
    assert box.scaled(2).volume_m3 == pytest.approx(8 * box.volume_m3, rel=1e-5)
    assert box.scaled(1, 2, 3).volume_m3 == pytest.approx(6 * box.volume_m3, rel=1e-5)
    assert box.scaled(2).uv == pytest.approx(2 * box.uv)


@pytest.mark.parametrize(
    ("axis", "point", "turned"), [("x", (0, 1, 0), (0, 0, 1)), ("y", (0, 0, 1), (1, 0, 0)), ("z", (1, 0, 0), (0, 1, 0))]
)
def test_rotation_is_anticlockwise_seen_from_the_tip(axis: str, point: tuple, turned: tuple) -> None:
    assert m.rotation(axis, 90) @ np.float32(point) == pytest.approx(np.float32(turned), abs=1e-6)


def test_flipped_faces_inward() -> None:
    assert m.flipped(m.sphere(1.0)).volume_m3 < 0


def test_a_hole_is_noticed() -> None:
    ball = m.sphere(1.0)
    assert not Mesh(ball.vertices, ball.faces[1:], ball.uv).is_watertight()


def test_displaced_grows_a_sphere_evenly() -> None:
    ball = m.sphere(1.0, 64)
    grown = ball.displaced(np.full(len(ball.vertices), 0.1))
    assert np.linalg.norm(grown.vertices, axis=1) == pytest.approx(1.1, abs=2e-3)
    assert grown.is_watertight()


def test_spline_passes_through_its_points() -> None:
    points = np.random.default_rng(4).uniform(-1, 1, (6, 3))
    curve = m.spline(points, 4001)
    for point in points:
        assert np.linalg.norm(curve - point, axis=1).min() < 2e-3
    assert curve[0] == pytest.approx(points[0], abs=1e-6) and curve[-1] == pytest.approx(points[-1], abs=1e-6)


def test_closed_spline_comes_back_without_repeating() -> None:
    points = [(1, 0), (0, 1), (-1, 0), (0, -1)]
    curve = m.spline(points, 400, closed=True)
    steps = np.linalg.norm(np.diff(np.concatenate([curve, curve[:1]]), axis=0), axis=1)
    assert steps.max() < 2 * steps.mean()
    assert steps.min() > 0.2 * steps.mean()
    assert np.linalg.norm(curve, axis=1) == pytest.approx(1.0, abs=0.05)


def test_filleted_corner_is_an_arc_of_its_radius() -> None:
    line = m.filleted([(0, 0), (1, 0), (1, 1)], 0.2, 16)
    assert line[0] == pytest.approx([0, 0]) and line[-1] == pytest.approx([1, 1])
    assert np.linalg.norm(line[1:-1] - [0.8, 0.2], axis=1) == pytest.approx(0.2, abs=1e-6)
    square = m.filleted([(0, 0), (1, 0), (1, 1), (0, 1)], 0.1, 32, closed=True)
    x, y = square.T.astype(float)
    area = 0.5 * (x * np.roll(y, -1) - y * np.roll(x, -1)).sum()
    assert area == pytest.approx(1 - (4 - np.pi) * 0.01, abs=1e-4)


def test_fillet_shrinks_where_edges_are_short() -> None:
    line = m.filleted([(0, 0), (0.1, 0), (0.1, 0.1), (5, 0.1)], 3.0)
    assert line.min() >= -1e-6 and line[:, 1].max() <= 0.1 + 1e-6


def test_triangles_fill_a_concave_polygon() -> None:
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    star = np.stack([np.cos(angles), np.sin(angles)], 1) * np.where(np.arange(40) % 2, 0.5, 1.0)[:, None]
    for polygon in (np.array(L_SHAPE, float), star):
        a, b, c = (polygon[m.triangulate(polygon)[:, k]] for k in range(3))
        areas = 0.5 * ((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0]))
        x, y = polygon.T
        assert (areas > 0).all()
        assert areas.sum() == pytest.approx(0.5 * (x * np.roll(y, -1) - y * np.roll(x, -1)).sum())


def test_creases_are_shaded_as_edges_and_curves_are_not() -> None:
    sharp = m.extrude([(-1, -1), (1, -1), (1, 1), (-1, 1)], 2.0)
    _, normals = sharp.shaded
    assert np.abs(normals).max(1) == pytest.approx(1.0, abs=1e-5)  # every corner keeps its own face's normal
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    round_ = m.extrude(np.stack([np.cos(angles), np.sin(angles)], 1), 1.0)
    split, normals = round_.shaded
    side = np.abs(normals[:, 2]) < 0.5
    assert np.einsum("vk,vk->v", normals[side, :2], split.vertices[side, :2]).min() > 0.999
    assert np.abs(normals[~side, 2]) == pytest.approx(1.0, abs=1e-5)


def test_flat_crease_gives_every_triangle_its_own_normal() -> None:
    split, normals = m.sphere(1.0, 12).creased(0).shaded
    faces = m.face_normals(split)
    faces /= np.linalg.norm(faces, axis=1, keepdims=True)
    assert np.repeat(faces, 3, axis=0) == pytest.approx(normals, abs=1e-4)


def test_texture_coordinates_are_metres_along_the_surface() -> None:
    box = m.box_mapped(m.box(0.2, 0.3, 0.4, 0.0))
    for corner in range(3):
        a, b = box.faces[:, corner], box.faces[:, (corner + 1) % 3]
        assert np.linalg.norm(box.uv[a] - box.uv[b], axis=1) == pytest.approx(
            np.linalg.norm(box.vertices[a] - box.vertices[b], axis=1), abs=1e-6
        )


def test_painted_and_joined_keep_colours() -> None:
    both = m.join([m.sphere(1.0).painted((1, 0, 0)), m.box(1, 1, 1).painted((0, 1, 0))])
    assert both.color is not None
    assert both.color[0] == pytest.approx([1, 0, 0]) and both.color[-1] == pytest.approx([0, 1, 0])
    assert both == m.join([m.sphere(1.0).painted((1, 0, 0)), m.box(1, 1, 1).painted((0, 1, 0))])
    assert both != m.join([m.sphere(1.0).painted((1, 0, 1)), m.box(1, 1, 1).painted((0, 1, 0))])
