"""Every word that the world claims to know can be painted."""

import numpy as np
import pytest

from pochade.world import vocabulary as words
from pochade.world.asset import AssetType
from pochade.world.assets import asset_types
from pochade.world.compose import compose
from pochade.world.lighting import rig
from pochade.world.materials import Material
from pochade.world.palette import COLOR_RGB, GLASS_RGB, MATERIALS, SURFACES, material
from pochade.world.places import PLACE_STAGES
from pochade.world.scene import RELATIONS, Description, Entity
from pochade.world.stage import AreaLight, SpotLight, Stage, SunLight
from pochade.world.staging import moody, stage

LEAST = {
    "PRODUCTS": 30, "FOOD": 24, "LANDSCAPES": 14, "PLACES": 6, "MATERIALS": 28, "COLORS": 18, "LIGHTS": 16, "VIEWS": 8, "SURFACES": 16,
    "MOODS": 6,
}  # fmt: skip
TYPES = asset_types()


@pytest.mark.parametrize(("name", "least"), LEAST.items(), ids=LEAST)
def test_list_is_long_enough_and_says_nothing_twice(name: str, least: int) -> None:
    listed = getattr(words, name)
    assert len(listed) >= least
    assert len(set(listed)) == len(listed)
    assert all(word == word.strip().lower() for word in listed)


def test_world_knows_every_word_it_was_asked_to() -> None:
    asked = {
        "PRODUCTS": "bottle,wine bottle,wine glass,tumbler,vase,bowl,plate,mug,cup and saucer,teapot,jug,jar,perfume bottle,soap bar,"
        "candle,candlestick,table lamp,"
        "lantern,book,stack of books,gift box,cardboard box,can,spoon,ring,watch face,ball,cube,cylinder,cone,pyramid,torus,chess pawn,"
        "dice,coin stack,gear,shell,"
        "pebble,crystal,feather,potted plant,flower in a vase",
        "FOOD": "apple,orange,lemon,lime,pear,peach,banana,cherry,grapes,strawberry,blueberry,watermelon slice,avocado half,tomato,"
        "carrot,egg,bread loaf,croissant,"
        "cookie,donut,cupcake,layer cake,pancake stack,burger,pizza,cheese wedge,sushi roll,ice-cream cone,cup of coffee,glass of juice,"
        "glass of red wine,bowl of soup",
        "LANDSCAPES": "mountain range,snowy peaks,rolling hills,meadow,desert dunes,canyon,sea,beach,cliffs,lake,island,river valley,"
        "pine forest,birch grove,lone tree,"
        "glacier,volcano,rice terraces",
        "LIGHTS": "noon,morning,golden hour,sunset,dusk,overcast,storm,moonlight,starry night,aurora,softbox,hard spotlight,rim light,"
        "backlight,candlelight,firelight,"
        "neon,window light,light through blinds,dappled shade,coloured gels,fog",
        "VIEWS": "close-up,macro,shallow depth of field,eye level,low angle,top-down,wide shot,three-quarter,symmetrical",
        "MOODS": "high key,low key,minimal,black and white,warm,cool",
        "MATERIALS": "gold,silver,copper,brass,bronze,chrome,brushed steel,aluminium,rusty iron,clear glass,frosted glass,"
        "coloured glass,cut glass,porcelain,"
        "glazed ceramic,terracotta,clay,matte plastic,glossy plastic,rubber,oak,walnut,pine,bamboo,white marble,black marble,granite,"
        "slate,concrete,sandstone,jade,"
        "wax,paper,cardboard,leather,velvet,linen,ice",
    }
    for name, listed in asked.items():
        assert set(listed.split(",")) <= set(getattr(words, name)), name
    assert set(RELATIONS) == {"left of", "right of", "next to", "in front of", "behind", "on top of", "inside", "on a plate", "between"}


def test_every_noun_has_an_asset_of_its_family_and_no_other_exists() -> None:
    assert {noun for noun, kind in TYPES.items() if kind.family == "products"} == set(words.PRODUCTS)
    assert {noun for noun, kind in TYPES.items() if kind.family == "food"} == set(words.FOOD)


def test_tables_hold_exactly_the_words() -> None:
    assert set(MATERIALS) == set(words.MATERIALS)
    assert set(COLOR_RGB) == set(GLASS_RGB) == set(words.COLORS)
    assert set(SURFACES) == set(words.SURFACES)
    assert set(PLACE_STAGES) == set(words.PLACES)
    assert set(words.TINTABLE_MATERIALS) <= set(words.MATERIALS)
    assert set(words.OUTDOOR_LIGHTS) <= set(words.LIGHTS)


@pytest.mark.parametrize("light", words.LIGHTS)
def test_every_light_gives_a_rig_that_shines(light: str) -> None:
    found = rig(light, np.random.default_rng(1), -70.0, 0.1, (0.0, 0.0, 0.05))
    assert found.environment.map.dtype == np.float32 and np.isfinite(found.environment.map).all()
    assert found.environment.map.min() >= 0
    assert found.environment.map.max() > 0 or found.lights
    for lamp in found.lights:
        if isinstance(lamp, AreaLight | SpotLight):
            assert lamp.position_m[2] > 0, "lamps hang above the table"
            assert min(getattr(lamp, "radiance", (1,)) + getattr(lamp, "intensity", (1,))) >= 0
        else:
            assert isinstance(lamp, SunLight)
            assert np.linalg.norm(lamp.direction) == pytest.approx(1.0, abs=1e-4)
            assert lamp.direction[2] > 0, "the sun is above the horizon"
            assert min(lamp.irradiance) >= 0 and max(lamp.irradiance) > 0
    assert (light in words.OUTDOOR_LIGHTS or light == "dappled shade") == (found.sky is not None)


def test_an_unknown_light_is_refused() -> None:
    with pytest.raises(KeyError):
        rig("disco", np.random.default_rng(1), 30.0, 0.1, (0.0, 0.0, 0.0))


@pytest.mark.parametrize("light", ["neon", "coloured gels"])
def test_stated_light_colours_shine(light: str) -> None:
    found = rig(light, np.random.default_rng(1), 30.0, 0.1, (0.0, 0.0, 0.05), ("red", "blue"))
    first, second = (lamp.radiance for lamp in found.lights[:2] if isinstance(lamp, AreaLight))
    assert first[0] > 2 * max(first[1:])
    assert second[2] > 2 * second[0]


def staged(description: Description, seed: int = 2) -> Stage:
    return stage(compose(description, seed))


def check(staged: Stage) -> None:
    assert staged.items
    assert staged.environment is not None or staged.lights
    for item in staged.items:
        assert np.isfinite(item.mesh.vertices).all() and np.isfinite(item.to_world).all()
        assert isinstance(item.material, Material)
        assert len(item.mesh.faces) and item.mesh.faces.max() < len(item.mesh.vertices)
    for group in staged.instances:
        assert group.to_world.shape[1:] == (4, 4) and np.isfinite(group.to_world).all()
    camera = staged.camera
    assert np.isfinite([*camera.position_m, *camera.target_m, camera.fov_deg, camera.focus_distance_m]).all()
    assert camera.position_m != camera.target_m
    assert 5 < camera.fov_deg < 120 and camera.focus_distance_m > 0 and camera.aperture_radius_m >= 0


@pytest.mark.parametrize("surface", words.SURFACES)
def test_every_surface_stages(surface: str) -> None:
    check(staged(Description((Entity("cube"),), surface=surface, light="softbox")))


@pytest.mark.parametrize("light", words.LIGHTS)
def test_every_light_stages(light: str) -> None:
    check(staged(Description((Entity("cube"),), surface="oak table", light=light)))


@pytest.mark.parametrize("setting", words.LANDSCAPES)
def test_every_landscape_stages(setting: str) -> None:
    check(staged(Description(setting=setting)))


@pytest.mark.parametrize("setting", words.PLACES)
def test_every_place_stages(setting: str) -> None:
    check(staged(Description(setting=setting)))
    check(staged(Description((Entity("apple"),), setting=setting)))


@pytest.mark.parametrize("mood", words.MOODS)
def test_every_mood_shows(mood: str) -> None:
    plain, changed = (
        Description((Entity("cube"),), surface="oak table", light="softbox"),
        Description((Entity("cube"),), surface="oak table", light="softbox", moods=(mood,)),
    )
    if mood == "minimal":  # a matter of framing: more room around the thing
        near, far = (compose(d, 3).camera for d in (plain, changed))
        assert near is not None and far is not None
        distances = [np.linalg.norm(np.subtract(c.position_m, c.target_m)) * np.tan(np.radians(c.fov_deg / 2)) for c in (near, far)]
        assert distances[1] > 1.4 * distances[0]
    else:
        assert staged(changed).exposure != staged(plain).exposure


def test_moods_go_the_way_they_say() -> None:
    from pochade.world.stage import Exposure

    e = {mood: moody(Exposure(), Description(moods=(mood,))) for mood in words.MOODS}
    assert e["high key"].key > 0.18 > e["low key"].key
    assert e["warm"].warmth > 0 > e["cool"].warmth
    assert e["black and white"].saturation == 0


@pytest.mark.parametrize("name", words.MATERIALS)
def test_every_material_becomes_a_bsdf(name: str) -> None:
    from pochade.world.render.bsdf import bsdf

    for color in (None, "teal"):
        assert bsdf(material(name, color)) is not None


def test_every_surface_becomes_a_bsdf() -> None:
    from pochade.world.render.bsdf import bsdf

    for m in SURFACES.values():
        assert bsdf(m) is not None


@pytest.mark.parametrize("kind", TYPES.values(), ids=TYPES)
def test_parts_of_every_noun_become_bsdfs(kind: AssetType) -> None:
    from pochade.world.render.bsdf import bsdf

    asset = kind.rand(np.random.default_rng(0))
    for m in {part.material for part in asset.parts if part.material is not None}:
        assert m.model in ("opaque", "metal", "glass", "frosted", "thin")
        assert bsdf(m) is not None


def test_no_noun_is_also_another_kind_of_word() -> None:
    """A prompt's word means one thing, apart from orange, a fruit and a colour."""
    kinds = {name: set(getattr(words, name)) for name in ("LANDSCAPES", "PLACES", "MATERIALS", "LIGHTS", "VIEWS", "SURFACES", "MOODS")}
    nouns = set(words.PRODUCTS) | set(words.FOOD)
    for name, listed in kinds.items():
        assert not nouns & listed, name
