import numpy as np
import pytest

from pochade.core.errors import InvalidRequestError
from pochade.world.compose import compose
from pochade.world.render.build import build
from pochade.world.render.features import features
from pochade.world.render.guide import SKY, guide
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
    assert plan.metalness[plan.thing == 0].mean() == pytest.approx(1.0)
    assert plan.metalness[plan.thing == 1].max() == 0.0
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
    assert not plan.specular[plan.thing == SKY].any()


@pytest.mark.parametrize("size", [(8, 8), (64, 4096)])
def test_size_out_of_range_is_refused(size):
    with pytest.raises(InvalidRequestError, match="16 to 1024"):
        guide(SCENE, *size)
