"""Composition: what is said holds in space, nothing floats, nothing intersects, everything is in the picture."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest
from scipy.spatial import cKDTree

from pochade.core.errors import InvalidRequestError
from pochade.world import vocabulary as words
from pochade.world.asset import Asset
from pochade.world.compose import compose, corners_m, determined, settle, shape
from pochade.world.describe import description_rand
from pochade.world.scene import RELATIONS, Camera, Description, Entity, Relation, Scene, Thing
from pochade.world.stage import transform

SEEDS = range(8)
PAIRS = (("cube", "ball"), ("vase", "apple"), ("book", "mug"), ("wine glass", "pear"), ("spoon", "teapot"), ("table lamp", "ring"))


@lru_cache(maxsize=4096)
def points_m(thing: Thing) -> np.ndarray:
    """Vertices (V, 3) of a thing in world space."""
    vertices = np.concatenate([part.mesh.vertices for part in asset(thing).parts])
    m = transform(thing.position_m, thing.rotation_deg, thing.scale)
    return vertices @ m[:3, :3].T + m[:3, 3]


def asset(thing: Thing) -> Asset:
    return shape(thing.noun, thing.seed, thing.color)


def lowest_m(thing: Thing) -> float:
    return float(points_m(thing)[:, 2].min())


def things_of(scene: Scene, entity: int) -> list[Thing]:
    return [thing for thing in scene.things if thing.entity == entity]


def axes(camera: Camera) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Right, up and forward of a camera."""
    forward = np.subtract(camera.target_m, camera.position_m)
    forward = forward / np.linalg.norm(forward)
    right = np.cross(forward, camera.up)
    right = right / np.linalg.norm(right)
    return right, np.cross(right, forward), forward


def projected(camera: Camera, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Place in a square picture, -1 to 1 across, and depth."""
    right, up, forward = axes(camera)
    relative = points - np.array(camera.position_m)
    depth = relative @ forward
    half = np.tan(np.radians(camera.fov_deg / 2))
    return relative @ right / depth / half, relative @ up / depth / half, depth


def elevation_deg(camera: Camera) -> float:
    return float(np.degrees(np.arcsin(-axes(camera)[2][2])))


def azimuth_deg(camera: Camera) -> float:
    forward = axes(camera)[2]
    return float(np.degrees(np.arctan2(forward[0], forward[1])))


def pair(kind: str, first: str, second: str, seed: int) -> Scene:
    return compose(Description((Entity(first), Entity(second)), (Relation(kind, 0, 1),), surface="oak table", light="softbox"), seed)  # type: ignore[arg-type]


def middle(scene: Scene, entity: int) -> np.ndarray:
    return np.mean([(points_m(t).min(0) + points_m(t).max(0)) / 2 for t in things_of(scene, entity)], axis=0)


def check_standing(scene: Scene) -> None:
    """Nothing sinks, nothing floats, nothing stands in another's place."""
    for thing in scene.things:
        low = lowest_m(thing)
        assert low > -0.002, f"{thing.noun} reaches {-low * 1000:.1f} mm below the table"
        if thing.support is None:
            assert low < 0.004, f"{thing.noun} floats {low * 1000:.1f} mm above the table"
        else:
            carrier = scene.things[thing.support]
            if low > points_m(carrier)[:, 2].max() + 0.004:  # then it lies on others of its heap
                heap = [t for t in scene.things if t.support is not None and t.entity == thing.entity and t != thing]
                gap = min((cKDTree(points_m(t)[::3]).query(points_m(thing)[::3])[0].min() for t in heap), default=1.0)
                assert gap < 0.010, f"{thing.noun} floats above its {carrier.noun}"
    ground = [thing for thing in scene.things if thing.support is None]
    for i, a in enumerate(ground):
        for b in ground[:i]:
            assert not intersect(a, b), f"{a.noun} stands in {b.noun}"


def intersect(a: Thing, b: Thing, slack_m: float = 0.0015) -> bool:
    """True if the outlines of two things overlap in some layer of height: convex hulls of their vertices by slices."""
    pa, pb = points_m(a)[::3], points_m(b)[::3]
    if (pa.min(0) > pb.max(0) - slack_m).any() or (pb.min(0) > pa.max(0) - slack_m).any():
        return False
    low, high = max(pa[:, 2].min(), pb[:, 2].min()), min(pa[:, 2].max(), pb[:, 2].max())
    edges = np.linspace(low, high, 9)
    angles = np.linspace(0, np.pi, 36, endpoint=False)
    directions = np.stack([np.cos(angles), np.sin(angles)])
    for bottom, top in pairwise(edges):
        la, lb = (p[(p[:, 2] >= bottom) & (p[:, 2] <= top)][:, :2] @ directions for p in (pa, pb))
        if not len(la) or not len(lb):
            continue
        apart = np.maximum(la.min(0) - lb.max(0), lb.min(0) - la.max(0))
        if apart.max() < -slack_m:
            return True
    return False


# --- drawing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_same_description_and_seed_give_the_same_scene(seed: int) -> None:
    d = description_rand(np.random.default_rng(seed))
    assert compose(d, seed) == compose(d, seed)
    assert compose(d, seed) != replace(compose(d, seed + 1), seed=seed)


def test_one_prompt_has_many_variations() -> None:
    scenes = [compose(Description((Entity("vase"),)), seed) for seed in range(24)]
    assert len({s.description.surface for s in scenes}) > 5
    assert len({s.description.light for s in scenes}) > 5
    assert len({s.things[0].material for s in scenes}) > 2
    assert len({s.camera for s in scenes}) == 24


@pytest.mark.parametrize("seed", range(40))
def test_what_is_stated_is_kept(seed: int) -> None:
    stated = description_rand(np.random.default_rng([seed, 1]))
    scene = compose(stated, seed)
    found = scene.description
    assert len(found.entities) >= len(stated.entities)
    for said, drawn in zip(stated.entities, found.entities, strict=False):
        assert drawn.noun == said.noun and drawn.grouping == said.grouping
        assert said.count in (None, drawn.count)
        assert said.material in (None, drawn.material)
        assert said.color in (None, drawn.color)
    for name in ("relations", "light_colors", "backdrop", "views", "moods"):
        assert getattr(found, name) == getattr(stated, name)
    for name in ("setting", "surface", "light"):
        assert getattr(stated, name) in (None, getattr(found, name))
    for thing in scene.things:
        if thing.entity >= 0:
            entity = found.entities[thing.entity]
            assert (thing.noun, thing.material, thing.color) == (entity.noun, entity.material, entity.color)


def test_an_empty_description_is_still_a_picture() -> None:
    for seed in SEEDS:
        scene = compose(Description(), seed)
        assert scene.things and scene.camera is not None
        assert scene.description.light and scene.description.surface


def test_an_unknown_noun_is_refused_with_the_next_step() -> None:
    with pytest.raises(InvalidRequestError, match="accordion.*pochade world list"):
        compose(Description((Entity("accordion"),)), 1)


# --- counts -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("noun", ["apple", "candle", "book", "plate"])
@pytest.mark.parametrize("count", range(1, 6))
def test_counts_are_honoured(noun: str, count: int) -> None:
    for seed in range(3):
        scene = compose(Description((Entity(noun, count),), surface="oak table", light="softbox"), seed)
        assert [t.noun for t in scene.things] == [noun] * count
        assert scene.description.entities[0].count == count
        check_standing(scene)


@pytest.mark.parametrize(("grouping", "counts"), [("few", {3, 4}), ("pile", {6, 7, 8, 9})])
@pytest.mark.parametrize("noun", ["apple", "lemon", "cookie", "dice", "mug"])
def test_few_and_pile(grouping: str, counts: set[int], noun: str) -> None:
    found = set()
    for seed in range(4):
        scene = compose(Description((Entity(noun, grouping=grouping),), surface="oak table", light="softbox"), seed)  # type: ignore[arg-type]
        assert {t.noun for t in scene.things} == {noun}
        found.add(len(scene.things))
        check_standing(scene)
    assert found <= counts


def test_few_and_pile_are_not_always_as_many() -> None:
    for grouping, counts in (("few", {3, 4}), ("pile", {6, 7, 8, 9})):
        drawn = (determined(Description((Entity("apple", grouping=grouping),)), np.random.default_rng(seed)) for seed in range(60))  # type: ignore[arg-type]
        assert {d.entities[0].count for d in drawn} == counts


def test_several_of_a_kind_differ() -> None:
    scene = compose(Description((Entity("pear", 5),)), 3)
    assert len({t.seed for t in scene.things}) == 5


# --- relations --------------------------------------------------------------------------------------------------


def check_relation(scene: Scene, relation: Relation) -> None:
    assert scene.camera is not None
    kind, subjects = relation.kind, things_of(scene, relation.subject)
    if kind in ("left of", "right of", "in front of", "behind"):
        a, b = middle(scene, relation.subject), middle(scene, relation.object)
        x, _, depth = projected(scene.camera, np.stack([a, b]))
        if kind == "left of":
            assert x[0] < x[1] - 0.05
        elif kind == "right of":
            assert x[0] > x[1] + 0.05
        elif kind == "in front of":
            assert depth[0] < depth[1]
        else:
            assert depth[0] > depth[1]
        if kind in ("left of", "right of"):  # sidewise more than in depth
            right, _, forward = axes(scene.camera)
            assert abs((a - b) @ right) > abs((a - b)[:2] @ forward[:2])
    elif kind == "next to":
        gap = min(
            np.linalg.norm((points_m(s)[:, None, :2][::7] - points_m(o)[None, ::7, :2]), axis=-1).min()
            for s in subjects
            for o in things_of(scene, relation.object)
        )
        size = max(float(np.ptp(points_m(t)[:, :2], axis=0).max()) for t in (*subjects, *things_of(scene, relation.object)))
        assert gap < size, "stands far off"
    elif kind == "between":
        a, b, c = (middle(scene, e)[:2] for e in (relation.subject, relation.object, relation.second))  # type: ignore[arg-type]
        along = (a - b) @ (c - b) / ((c - b) @ (c - b))
        across = np.linalg.norm(b + along * (c - b) - a)
        assert 0.1 < along < 0.9
        assert across < 0.4 * np.linalg.norm(c - b)
    elif kind in ("on top of", "inside"):
        carrier = things_of(scene, relation.object)[0]
        for thing in subjects:
            chain = supports(scene, thing)
            assert carrier in chain, f"{thing.noun} is carried by {[t.noun for t in chain]}"
        if kind == "on top of":
            check_on_top(subjects, carrier)
        else:
            check_inside(subjects, carrier)
    else:
        assert kind == "on a plate"
        for thing in subjects:
            plates = [t for t in supports(scene, thing) if t.noun == "plate"]
            assert plates, "no plate below"
            plate = plates[0]
            assert np.hypot(*(points_m(thing).mean(0) - points_m(plate).mean(0))[:2]) < asset(plate).radius_m * plate.scale
            assert lowest_m(thing) > lowest_m(plate)


def supports(scene: Scene, thing: Thing) -> list[Thing]:
    found = []
    while thing.support is not None:
        thing = scene.things[thing.support]
        assert thing not in found, "carried in a circle"
        found.append(thing)
    return found


def check_on_top(subjects: list[Thing], carrier: Thing) -> None:
    shaped = asset(carrier)
    top = carrier.position_m[2] + (shaped.platform.height_m if shaped.platform else shaped.height_m) * carrier.scale
    assert min(lowest_m(t) for t in subjects) == pytest.approx(top, abs=0.002)
    for thing in subjects:
        off = np.hypot(*np.subtract(thing.position_m, carrier.position_m)[:2])
        assert off < shaped.radius_m * carrier.scale


def check_inside(subjects: list[Thing], carrier: Thing) -> None:
    cavity = asset(carrier).cavity
    assert cavity is not None
    for thing in subjects:
        p = points_m(thing)
        centre = (p.min(0) + p.max(0)) / 2
        assert np.hypot(*(centre[:2] - carrier.position_m[:2])) < cavity.radius_m * carrier.scale
        assert p[:, 2].min() > carrier.position_m[2] + cavity.floor_m * carrier.scale - 0.003
    lowest = min(lowest_m(t) for t in subjects)
    assert lowest < carrier.position_m[2] + cavity.rim_m * carrier.scale, "lies on the rim, not inside"


@pytest.mark.parametrize("kind", [k for k in RELATIONS if k not in ("on top of", "inside", "on a plate", "between")])
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_neighbours_stand_as_said(kind: str, first: str, second: str) -> None:
    for seed in SEEDS:
        scene = pair(kind, first, second, seed)
        check_relation(scene, scene.description.relations[0])
        check_standing(scene)


@pytest.mark.parametrize(
    ("first", "second"),
    [("apple", "book"), ("ring", "gift box"), ("vase", "stack of books"), ("cube", "cylinder"), ("cup and saucer", "cardboard box")],
)
def test_load_stands_on_its_carrier(first: str, second: str) -> None:
    for seed in SEEDS:
        scene = pair("on top of", first, second, seed)
        check_relation(scene, scene.description.relations[0])
        check_standing(scene)


@pytest.mark.parametrize(
    ("first", "second"), [("lemon", "bowl"), ("cherry", "jar"), ("blueberry", "mug"), ("lime", "cardboard box"), ("egg", "bowl")]
)
@pytest.mark.parametrize("grouping", ["exact", "few", "pile"])
def test_content_lies_in_its_vessel(first: str, second: str, grouping: str) -> None:
    for seed in range(2):
        entities = (Entity(first, grouping=grouping), Entity(second))  # type: ignore[arg-type]
        scene = compose(Description(entities, (Relation("inside", 0, 1),), surface="oak table", light="softbox"), seed)
        check_relation(scene, scene.description.relations[0])
        check_standing(scene)


@pytest.mark.parametrize("noun", ["croissant", "apple", "cookie", "layer cake", "banana"])
@pytest.mark.parametrize("count", [1, 3])
def test_food_lies_on_a_plate(noun: str, count: int) -> None:
    for seed in range(3):
        scene = compose(Description((Entity(noun, count),), (Relation("on a plate", 0),), surface="oak table", light="softbox"), seed)
        assert [t.noun for t in scene.things].count("plate") == 1
        assert [t.noun for t in scene.things].count(noun) == count
        check_relation(scene, scene.description.relations[0])
        check_standing(scene)


def test_one_stands_between_two() -> None:
    for seed in SEEDS:
        scene = compose(
            Description(
                (Entity("pear"), Entity("jug"), Entity("bowl")), (Relation("between", 0, 1, 2),), surface="oak table", light="softbox"
            ),
            seed,
        )
        check_relation(scene, scene.description.relations[0])
        check_standing(scene)


def test_three_in_a_row_stand_as_said() -> None:
    entities = (Entity("cube"), Entity("ball"), Entity("cone"))
    for relations in (
        (Relation("left of", 0, 1), Relation("left of", 1, 2)),
        (Relation("left of", 1, 2), Relation("left of", 0, 1)),
        (Relation("left of", 0, 1), Relation("right of", 2, 1)),
        (Relation("in front of", 0, 1), Relation("left of", 1, 2)),
        (Relation("right of", 1, 0), Relation("behind", 2, 1)),
    ):
        for seed in SEEDS:
            scene = compose(Description(entities, relations, surface="oak table", light="softbox"), seed)
            for relation in relations:
                check_relation(scene, relation)
            check_standing(scene)


def test_a_tower_of_three_stands() -> None:
    entities = (Entity("ring"), Entity("book"), Entity("cardboard box"))
    for relations in (
        (Relation("on top of", 0, 1), Relation("on top of", 1, 2)),
        (Relation("on top of", 1, 2), Relation("on top of", 0, 1)),
    ):
        for seed in range(6):
            scene = compose(Description(entities, relations, surface="oak table", light="softbox"), seed)
            assert len(scene.things) == 3
            for relation in relations:
                check_relation(scene, relation)
            check_standing(scene)


def test_what_stands_beside_a_loaded_carrier_keeps_clear() -> None:
    entities = (Entity("apple"), Entity("book"), Entity("vase"), Entity("candle", 3))
    for seed in SEEDS:
        scene = compose(
            Description(entities, (Relation("on top of", 0, 1), Relation("left of", 2, 1)), surface="oak table", light="softbox"), seed
        )
        for relation in scene.description.relations:
            check_relation(scene, relation)
        check_standing(scene)


@pytest.mark.parametrize("seed", range(60))
def test_random_scenes_hold_what_they_say(seed: int) -> None:
    family = ("products", "food")[seed % 2]
    scene = compose(description_rand(np.random.default_rng([seed, 2]), family), seed)  # type: ignore[arg-type]
    for relation in scene.description.relations:
        check_relation(scene, relation)
    check_standing(scene)


# --- camera -----------------------------------------------------------------------------------------------------


def simple(seed: int, *views: str, moods: tuple[str, ...] = (), light: str = "softbox") -> Camera:
    camera = compose(
        Description((Entity("vase"), Entity("apple", 2)), surface="oak table", light=light, views=views, moods=moods), seed
    ).camera
    assert camera is not None
    return camera


@pytest.mark.parametrize("seed", range(16))
@pytest.mark.parametrize("aspect", [1.0, 16 / 9, 9 / 16])
def test_everything_is_in_the_picture(seed: int, aspect: float) -> None:
    d = replace(description_rand(np.random.default_rng([seed, 3]), ("products", "food")[seed % 2]), views=())  # type: ignore[arg-type]
    scene = compose(d, seed, aspect)
    assert scene.camera is not None
    x, y, depth = projected(scene.camera, np.concatenate([points_m(t) for t in scene.things]))
    assert depth.min() > 0.01
    assert np.abs(x).max() < max(aspect, 1.0), "cut at the side"
    assert np.abs(y).max() < max(1 / aspect, 1.0), "cut above or below"
    largest = max(np.ptp(x) / max(aspect, 1.0), np.ptp(y) / max(1 / aspect, 1.0)) / 2
    assert largest > 0.28, "lost in the picture"


@pytest.mark.parametrize("seed", range(16))
@pytest.mark.parametrize("view", [None, *words.VIEWS])
def test_camera_stays_above_the_table_and_out_of_things(seed: int, view: str | None) -> None:
    d = replace(description_rand(np.random.default_rng([seed, 4]), ("products", "food")[seed % 2]), views=(view,) if view else ())  # type: ignore[arg-type]
    scene = compose(d, seed)
    camera = scene.camera
    assert camera is not None
    assert camera.position_m[2] > 0.01
    eye = np.array(camera.position_m)
    for thing in scene.things:
        p = points_m(thing)
        assert not ((eye > p.min(0)) & (eye < p.max(0))).all()
    assert 0.02 <= camera.focus_distance_m < 1.2 * np.linalg.norm(corners_m(scene.things) - eye, axis=1).max()


@pytest.mark.parametrize("seed", SEEDS)
def test_each_view_keeps_its_promise(seed: int) -> None:
    plain = simple(seed)
    height = asset(
        compose(Description((Entity("vase"), Entity("apple", 2)), surface="oak table", light="softbox"), seed).things[0]
    ).height_m
    assert elevation_deg(simple(seed, "top-down")) > 80
    assert elevation_deg(simple(seed, "low angle")) < 8 and simple(seed, "low angle").position_m[2] < 0.6 * height
    assert 0 < elevation_deg(simple(seed, "eye level")) < 12
    assert abs(azimuth_deg(simple(seed, "symmetrical"))) < 0.5
    assert 20 < abs(azimuth_deg(simple(seed, "three-quarter"))) < 45 and 20 < elevation_deg(simple(seed, "three-quarter")) < 42
    assert sharpness(simple(seed, "shallow depth of field")) > 2 * min(sharpness(plain), 0.010)
    assert sharpness(simple(seed, "shallow depth of field")) >= 0.02
    covered = {view: frame_share(seed, *((view,) if view else ())) for view in ("", "close-up", "wide shot", "macro")}
    assert covered["wide shot"] < 0.7 * covered[""] < covered[""] < covered["close-up"]
    assert covered["macro"] > covered[""]
    assert frame_share(seed, moods=("minimal",)) < 0.75 * covered[""]


def sharpness(camera: Camera) -> float:
    """Aperture radius over distance: how fast sharpness falls off."""
    return camera.aperture_radius_m / float(np.linalg.norm(np.subtract(camera.position_m, camera.target_m)))


def frame_share(seed: int, *views: str, moods: tuple[str, ...] = ()) -> float:
    scene = compose(Description((Entity("vase"), Entity("apple", 2)), surface="oak table", light="softbox", views=views, moods=moods), seed)
    assert scene.camera is not None
    x, y, _ = projected(scene.camera, np.concatenate([points_m(t) for t in scene.things]))
    return float(max(np.ptp(x), np.ptp(y)))


@pytest.mark.parametrize("seed", SEEDS)
def test_main_thing_is_in_focus(seed: int) -> None:
    scene = compose(Description((Entity("apple"),), surface="oak table", light="softbox"), seed)
    assert scene.camera is not None
    _, _, depth = projected(scene.camera, points_m(scene.things[0]))
    assert depth.min() * 0.97 < scene.camera.focus_distance_m < depth.max()


# --- settling ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3, 6, 9])
@pytest.mark.parametrize("rim_m", [0.06, 0.25])
def test_settled_balls_rest_in_the_vessel_without_overlap(count: int, rim_m: float) -> None:
    radii = np.random.default_rng(count).uniform(0.025, 0.03, count)
    p = settle(radii, 0.10, 0.01, rim_m, np.random.default_rng(1))
    assert (p[:, 2] >= 0.01 + radii - 1e-6).all()
    assert (np.hypot(p[:, 0], p[:, 1]) <= 0.1001).all()
    apart = np.linalg.norm(p[:, None] - p[None], axis=-1) + np.eye(count)
    assert (apart > 0.88 * (radii[:, None] + radii[None]) - np.eye(count)).all()
    assert (p[:, 2] - radii).min() < 0.05
