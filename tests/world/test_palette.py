"""Materials and colours: physical, told apart, and dyed as asked."""

import numpy as np
import pytest

from pochade.world.palette import COLOR_RGB, GLASS_RGB, MATERIALS, SURFACES, default_color, material, nearest_color
from pochade.world.textures import TEXTURES
from pochade.world.vocabulary import COLORS, TINTABLE_MATERIALS

EVERYTHING = {**MATERIALS, **SURFACES}
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


@pytest.mark.parametrize("name", EVERYTHING)
def test_material_is_physical(name: str) -> None:
    m = EVERYTHING[name]
    assert all(0 <= c <= 1 for c in m.color)
    for value in (m.roughness, m.specular, m.clearcoat, m.sheen, m.flatness, m.translucency):
        assert 0 <= value <= 1
    assert 1.0 < m.ior < 2.6
    assert m.texture is None or m.texture in TEXTURES
    assert (m.conductor is not None) == (m.model == "metal")
    assert m.emission is None


@pytest.mark.parametrize("color", COLORS)
def test_colour_is_named_after_itself(color: str) -> None:
    assert nearest_color(COLOR_RGB[color]) == color
    assert all(0 < c < 0.95 for c in COLOR_RGB[color])
    assert all(0 < c < 1 for c in GLASS_RGB[color])


def test_colours_can_be_told_apart() -> None:
    table = np.cbrt(np.array([COLOR_RGB[name] for name in COLORS]))
    apart = np.linalg.norm(table[:, None] - table[None], axis=-1) + 9 * np.eye(len(table))
    assert apart.min() > 0.05


@pytest.mark.parametrize("name", MATERIALS)
def test_dye_shows_and_stays_physical(name: str) -> None:
    plain = material(name)
    assert plain == MATERIALS[name]
    dyed = {color: material(name, color) for color in COLORS}
    for m in dyed.values():
        assert m.model == plain.model and m.texture == plain.texture and m.roughness == plain.roughness
        assert all(0 <= c <= 1.3 for c in m.color)
    assert len({m.color for m in dyed.values()}) == len(COLORS)
    red, blue = dyed["red"].color, dyed["blue"].color
    assert red[0] > red[2] and blue[2] > blue[0]
    assert LUMINANCE @ dyed["white"].color > LUMINANCE @ dyed["black"].color


@pytest.mark.parametrize("name", TINTABLE_MATERIALS)
def test_tintable_material_takes_the_very_colour(name: str) -> None:
    if MATERIALS[name].model == "opaque":
        assert material(name, "teal").color == COLOR_RGB["teal"]


def test_default_colours_are_colours() -> None:
    for name in MATERIALS:
        assert default_color(name) is None or default_color(name) in COLORS


def test_unknown_names_are_refused() -> None:
    with pytest.raises(KeyError):
        material("unobtainium")
    with pytest.raises(KeyError):
        material("gold", "octarine")
