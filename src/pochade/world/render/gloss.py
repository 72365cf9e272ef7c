"""How smooth surfaces mirror: what share of light, where to, and the highlights of lamps.

Follows the BSDFs of `bsdf`: GGX for the base, a second and sharper gloss for a clear coat. Sources: B. Walter et al., "Microfacet Models
for Refraction through Rough Surfaces", 2007 (GGX); C. Schlick, "An Inexpensive BRDF Model", 1994; B. Burley, "Physically-Based Shading at
Disney", 2012 (clear coat).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pochade.world.mesh import Floats
from pochade.world.vectors import dots, lengths, unit

SOFT = 0.3
"""Roughness from which on lamps with a surface are asked for at points of theirs, and below which mirrored rays find them."""
TOLD = (0.4, 0.6)
"""Roughness up to which a mirrored ray tells what a surface that is not metal's mirrors, and from which on the light around it does."""
LEAST_ALPHA = 0.025
"""Least width of a highlight: a narrower one would fall between the rays."""
COAT_F0 = 0.04
BRUSHED = 0.35
"""Factor on a brushed metal's width along its grain; across it, the width is divided by it. `bsdf` gives Mitsuba the same."""


@dataclass(frozen=True, eq=False)
class Met:
    """What N rays meet.

    Attributes:
        hit: (N,) bool. distance: (N,) metres, inf where nothing is met.
        normal: (N, 3) shading normal as the mesh has it, unit length; 0 where nothing is met.
        albedo, shine: (N, 3) linear Rec. 709. roughness, metal, through: (N,) 0 to 1.
        ior: (N,) index of refraction of glass. gloss: (N,) share that what is neither metal nor glass mirrors head on.
        coat: (N,) strength of its clear coat, 0 to 1.
    """

    hit: NDArray[np.bool_]
    distance: Floats
    normal: Floats
    albedo: Floats
    shine: Floats
    roughness: Floats
    metal: Floats
    through: Floats
    ior: Floats
    gloss: Floats
    coat: Floats

    def at(self, rows: NDArray[np.int64] | NDArray[np.bool_] | slice) -> Met:
        """Some of them."""
        return Met(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    @classmethod
    def joined(cls, parts: Sequence[Met]) -> Met:
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__dataclass_fields__))


def base_share(met: Met, cosine: Floats) -> Floats:
    """Shares (N, 3) of light that surfaces mirror, without their clear coats."""
    return _base(met, (1 - cosine) ** 5)


def coat_share(met: Met, cosine: Floats) -> Floats:
    """Shares (N,) of light that clear coats mirror: as the renderer's, they lose their strength towards grazing angles."""
    return (met.coat * (COAT_F0 + (1 - COAT_F0) * (1 - cosine) ** 5) * cosine**2).astype(np.float32)


def told_by_rays(met: Met) -> Floats:
    """(N,) 0 to 1, how far a mirrored ray tells what surfaces mirror; what is left is about the light around them."""
    clear = (met.metal > 0.5) | (met.through > 0.5)
    return np.where(clear, 1, np.clip((TOLD[1] - met.roughness) / (TOLD[1] - TOLD[0]), 0, 1)).astype(np.float32)


def reflected(seen: Floats, facing: Floats, roughness: Floats, chances: Floats, grain: Floats | None = None) -> tuple[Floats, Floats]:
    """Directions (N, 3) that surfaces mirror, wider apart for rougher ones, and how much (N,) of it their facets do not hide.

    Args:
        seen: (N, 3) unit directions that they are seen along. facing: (N, 3) unit normals against them. roughness: (N,).
        chances: (N, 2), 0 to 1.
        grain: (N, 3) directions along which metal is brushed, unit length; 0 where it is not.
    """
    found = mirrored(seen, facets(seen, facing, roughness, chances, grain))
    level = dots(found, facing)
    shown = 2 / (1 + np.sqrt(1 + roughness**4 * (1 / np.maximum(level, 0.01) ** 2 - 1)))
    found -= 2 * np.minimum(level - 0.02, 0)[:, None] * facing
    return unit(found).astype(np.float32), np.where(level > 0, shown, 0).astype(np.float32)


def facets(seen: Floats, facing: Floats, roughness: Floats, chances: Floats, grain: Floats | None = None) -> Floats:
    """Normals (N, 3) of microfacets, one of each surface, of those that the eye sees. Arguments as for `reflected`.

    Source: E. Heitz, "Sampling the GGX Distribution of Visible Normals", 2018.
    """
    right, ahead = _frame(facing, grain)
    along, across = (np.maximum(width, 1e-4) for width in _widths(roughness**2, grain))
    eye = -np.stack([along * dots(seen, right), across * dots(seen, ahead), dots(seen, facing)], -1)
    eye = unit(eye)
    flat = np.hypot(eye[:, 0], eye[:, 1])
    x, y = (np.where(flat > 1e-6, value / np.maximum(flat, 1e-6), other) for value, other in ((-eye[:, 1], 1), (eye[:, 0], 0)))
    radius, turn = np.sqrt(chances[:, 0]), 2 * np.pi * chances[:, 1]
    a, b, share = radius * np.cos(turn), radius * np.sin(turn), (1 + eye[:, 2]) / 2
    b = (1 - share) * np.sqrt(np.maximum(1 - a**2, 0)) + share * b
    up = np.sqrt(np.maximum(1 - a**2 - b**2, 0))
    # the second direction across the eye's is the cross product of that and the first, (x, y, 0)
    facet = (
        (along * (a * x - b * eye[:, 2] * y + up * eye[:, 0]))[:, None] * right
        + (across * (a * y + b * eye[:, 2] * x + up * eye[:, 1]))[:, None] * ahead
        + np.maximum(b * (eye[:, 0] * y - eye[:, 1] * x) + up * eye[:, 2], 1e-6)[:, None] * facing
    )
    return unit(facet).astype(np.float32)


def highlights(
    met: Met, facing: Floats, seen: Floats, directions: Floats, arriving: Floats, sharp: bool, grain: Floats | None = None
) -> Floats:
    """Radiance (N, 3) that surfaces mirror of one lamp.

    Args:
        facing: (N, 3) normals towards the eye. seen: (N, 3) unit directions from the eye. directions: (N, 3) towards the lamp.
        arriving: (N, 3) irradiance on a surface that faces the lamp.
        sharp: whether to tell highlights that are narrow, too; mirrored rays find those of lamps with a surface.
        grain: see `reflected`.
    """
    half = unit(directions - seen, 1e-6)
    up, out = dots(half, facing), np.clip(-dots(seen, facing), 1e-3, 1)
    level, away = np.clip(dots(directions, facing), 0, 1), (1 - np.clip(dots(half, directions), 0, 1)) ** 5
    alpha = np.maximum(met.roughness**2, LEAST_ALPHA)
    along, across = _widths(alpha, grain)
    right, ahead = _frame(facing, grain)
    squeezed = (dots(half, right) / along) ** 2 + (dots(half, ahead) / across) ** 2 + up**2
    spread = 1 / (np.pi * along * across * np.maximum(squeezed, 1e-6) ** 2)
    shadowed = 1 / np.maximum(np.prod([x + np.sqrt(alpha**2 + (1 - alpha**2) * x**2) for x in (level, out)], 0), 1e-4)
    found = _base(met, away) * (spread * shadowed * level)[:, None]
    if sharp:
        width = np.float32(LEAST_ALPHA**2)
        narrow = width / (np.pi * (up**2 * (width - 1) + 1) ** 2)
        found += (met.coat * (COAT_F0 + (1 - COAT_F0) * away) * narrow * 0.25 * level)[:, None]
    else:
        found *= (met.roughness >= SOFT)[:, None]
    return np.where((level > 0)[:, None], found * arriving, 0).astype(np.float32)


def _base(met: Met, away: Floats) -> Floats:
    glass = met.through > 0.5
    plain = np.where(glass, ((met.ior - 1) / (met.ior + 1)) ** 2, met.gloss)
    at_normal = np.where(met.metal[:, None] > 0.5, met.albedo, plain[:, None])
    # rough surfaces hide their grazing parts from each other
    most = np.where(glass | (met.metal > 0.5), 1, np.clip(1 - met.roughness, plain, 1) * (plain > 0))[:, None]
    return (at_normal + np.maximum(most - at_normal, 0) * away[:, None]).astype(np.float32)


def _widths(alpha: Floats, grain: Floats | None) -> tuple[Floats, Floats]:
    """GGX widths (N,) along and across the grain."""
    if grain is None:
        return alpha, alpha
    stretch = np.where(grain.any(1), np.float32(BRUSHED), np.float32(1))
    return alpha * stretch, alpha / stretch


def _frame(facing: Floats, grain: Floats | None) -> tuple[Floats, Floats]:
    """Two directions (N, 3) across normals, the first along the grain where there is one. Source: T. Duff et al., 2017, of the frame."""
    sign = np.where(facing[:, 2] >= 0, 1, -1).astype(np.float32)
    a = -1 / (sign + facing[:, 2])
    b = facing[:, 0] * facing[:, 1] * a
    right = np.stack([1 + sign * facing[:, 0] ** 2 * a, sign * b, -sign * facing[:, 0]], -1)
    if grain is not None:
        level = grain - dots(grain, facing)[:, None] * facing
        right = np.where(lengths(level)[:, None] > 1e-3, unit(level, 1e-6), right)
    a, b, c = facing.T
    x, y, z = right.T
    return right, np.stack([b * z - c * y, c * x - a * z, a * y - b * x], -1)


def mirrored(directions: Floats, normals: Floats) -> Floats:
    """Directions (N, 3) as plane mirrors with unit normals (N, 3) send them on."""
    return directions - 2 * dots(directions, normals)[:, None] * normals


def towards(normal: Floats, directions: Floats) -> Floats:
    """Normals (N, 3) turned against the directions that they are seen along."""
    return np.where(dots(normal, directions)[:, None] > 0, -normal, normal)


GRAZING = 0.25


def outward(normal: Floats, seen: Floats) -> Floats:
    """Normals (N, 3) that the eye sees from outside: turned round on the back of sheets, tilted a little at the rims of round things.

    There, a normal between those of a triangle's corners may point away from the eye; turned round, it would point into the thing.
    """
    away = dots(normal, seen)
    tilted = normal - np.where(away > 0, away + 0.02, 0)[:, None] * seen
    found = np.where((away > GRAZING)[:, None], -normal, tilted)
    return unit(found).astype(np.float32)
