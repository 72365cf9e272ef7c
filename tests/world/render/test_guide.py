from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import binary_dilation, binary_erosion

from pochade.core.errors import InvalidRequestError
from pochade.world.compose import compose
from pochade.world.parser import parse
from pochade.world.render.build import build
from pochade.world.render.features import features
from pochade.world.render.film import develop
from pochade.world.render.guide import SKY, geometry, guide, looked_up
from pochade.world.render.paint import Quality, paint_stage
from pochade.world.render.trace import trace
from pochade.world.scene import Description, Entity
from pochade.world.stage import GROUND
from pochade.world.staging import stage

SCENE = compose(
    Description((Entity("ball", 1, material="gold"), Entity("cube", 1, material="oak")), surface="marble table", light="softbox"), 4
)


def test_guide_agrees_with_the_picture_it_guides():
    """Depth and albedo of the guide are those that the path tracer's camera sees."""
    size = 64
    plan = guide(SCENE, size)
    seen = features(build(stage(SCENE), size, size), size, size, 64)
    along = seen.directions @ (
        np.subtract(SCENE.camera.target_m, SCENE.camera.position_m)
        / np.linalg.norm(np.subtract(SCENE.camera.target_m, SCENE.camera.position_m))
    )
    flat = (seen.cover > 0.999) & (np.abs(np.gradient(plan.depth_m)[0]) < 0.02)
    assert np.median(np.abs(plan.depth_m - seen.depth_m * along)[flat] / plan.depth_m[flat]) < 0.01
    rough = (plan.metalness == 0) & (plan.transmission == 0) & flat
    pairs = np.stack([plan.albedo[rough].ravel(), seen.albedo[rough].ravel()])
    assert np.corrcoef(pairs)[0, 1] > 0.95


def test_guide_names_things_and_materials():
    plan = guide(SCENE, 48)
    assert {0, 1, GROUND} <= set(np.unique(plan.thing))
    assert np.median(plan.metalness[plan.thing == 0]) == 1 and np.median(plan.metalness[plan.thing == 1]) == 0
    assert np.linalg.norm(plan.normal[plan.thing != SKY], axis=-1) == pytest.approx(1.0, abs=1e-3)
    assert (plan.depth_m[plan.thing != SKY] > 0).all()


def test_mirrors_show_what_the_path_tracer_sees_in_them():
    size = 64
    plan = guide(SCENE, size, mirrors=True)
    *_, buffers = trace(build(stage(SCENE), size, size), size, size, 64, seed=1)
    assert plan.specular is not None and guide(SCENE, size).specular is None
    ball = (plan.thing == 0) & (plan.metalness == 1)
    shown, seen = (
        np.log(np.maximum(values[ball] @ np.float32([0.2126, 0.7152, 0.0722]), 1e-3)) for values in (plan.specular, buffers.radiance)
    )
    assert np.corrcoef(shown, seen)[0, 1] > 0.7 and abs(np.median(shown - seen)) < 0.35
    assert plan.draft is not None and plan.draft.shape == (size, size, 3)


def test_draft_is_nearly_the_path_tracers_picture():
    size, scene = 96, compose(parse("two red apples beside a brass kettle on an oak table, afternoon").description, 3)
    staged = stage(scene)
    plan = guide(scene, size, mirrors=True)
    *_, last = paint_stage(staged, size, size, Quality(64, denoise=1.0, max_depth=8), seed=1)
    error = (plan.draft.astype(float) - last.picture) / 255
    assert np.sqrt((error**2).mean()) < 0.09  # 21 dB
    level = np.corrcoef([plan.draft.mean(-1).ravel(), last.picture.mean(-1).ravel()])[0, 1]
    assert level > 0.85  # the plan has no depth of field


def test_albedo_times_light_is_what_is_seen_of_matte_things_and_of_the_sky():
    scene = compose(parse("a mountain range in fog").description, 2)
    plan = guide(scene, 64, mirrors=True)
    far = plan.thing == SKY
    assert far.any() and (plan.albedo[far] > 0.999).mean() > 0.95  # but where a ray in four meets a ridge
    seen = develop(plan.albedo * plan.light, stage(scene).exposure, plan.exposure)
    matte = (plan.metalness == 0) & (plan.transmission == 0) & (plan.specular.max(-1) == 0)
    assert matte.mean() > 0.3 and np.abs(seen[matte].astype(int) - plan.draft[matte]).max() <= 3


def test_edges_of_things_are_smooth():
    """A pixel that a thing covers in part tells of both surfaces."""
    scene = compose(parse("a white ball on a slate slab, overcast").description, 1)
    plan = guide(scene, 64)
    inside = plan.thing == 0
    bright = plan.albedo.mean(-1)
    edge = binary_dilation(inside) & ~binary_erosion(inside)
    between = (bright > np.median(bright[~inside]) + 0.1) & (bright < np.median(bright[inside]) - 0.1)
    assert (between & edge).sum() > 0.2 * edge.sum()


def test_a_plan_of_nothing_but_sky():
    staged = stage(SCENE)
    camera = replace(staged.camera, target_m=tuple(np.add(staged.camera.position_m, (0.0, 1.0, 4.0))))
    plan = looked_up(geometry(replace(staged, camera=camera, items=staged.items[:1])), 32, 32, mirrors=True)
    assert (plan.thing == SKY).all() and plan.draft is not None and not plan.depth_m.any() and np.isfinite(plan.light).all()


@pytest.mark.parametrize("size", [(8, 8), (64, 4096)])
def test_size_out_of_range_is_refused(size):
    with pytest.raises(InvalidRequestError, match="16 to 1024"):
        guide(SCENE, *size)
