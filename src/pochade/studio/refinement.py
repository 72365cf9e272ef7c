"""Refining a planned picture through its plan: what is said changes in the scene, so light, shadows and seams stay right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from pochade.studio.rewording import reworded
from pochade.world.lens import Lens

if TYPE_CHECKING:
    from pochade.core.values import Mask
    from pochade.world.scene import Scene, Thing


def changed(scene: Scene, prompt: str, words: str, aspect: float) -> tuple[Scene, str]:
    """The scene as `words` have it, and the prompt that says so: the words, or, where they name no thing and no setting, both.

    Args:
        prompt: what the scene was drawn for. words: the prompt edited, or only what is to be other: "at night".
        aspect: width over height of the picture.

    Raises:
        InvalidRequestError: if the words say nothing that this scene can take.
    """
    from pochade.world.parser import parse

    said = parse(words).description
    whole = said.entities or said.setting is not None
    return reworded(scene, words, aspect), words if whole else f"{prompt}, {words}"


def brushed(scene: Scene, mask: Mask, seed: int) -> Scene:
    """The scene with other shapes for the things that were brushed over.

    Args:
        mask: (H, W), True where it was brushed; of the picture that the scene's camera sees.
        seed: draws the shapes.

    Returns:
        The scene itself where nothing of it was brushed over.
    """
    if scene.camera is None:
        return scene
    height, width = mask.shape
    lens, rng, things = Lens.of(scene.camera, width / height), np.random.default_rng([seed, 0xB2]), list(scene.things)
    for index, thing in enumerate(scene.things):
        drawn = int(rng.integers(2**31))  # for every thing, so that one's shape does not depend on whether another is marked
        if _covered(thing, lens, mask) > 0.5:
            things[index] = replace(thing, seed=drawn)
    return replace(scene, things=tuple(things))


def _covered(thing: Thing, lens: Lens, mask: Mask) -> float:
    """Share of a thing's outline, as a box in the picture, that is marked."""
    from pochade.world.compose import corners_m  # it brings scipy, which takes a third of a second to load

    outline, (height, width) = lens.seen(corners_m((thing,))), mask.shape
    (left, top), (right, bottom) = outline.min(0), outline.max(0)
    rows = slice(max(int(top * height), 0), max(int(np.ceil(bottom * height)), 0))
    columns = slice(max(int(left * width), 0), max(int(np.ceil(right * width)), 0))
    part = mask[rows, columns]
    return float(part.mean()) if part.size else 0.0


def under_mask(scene: Scene, prompt: str, words: str, mask: Mask, seed: int) -> Scene | None:
    """The scene whose picture goes under the mask: with what the words change, or, where they are the prompt's, other shapes.

    Its camera stays, or the seam would show.

    Args:
        mask: (H, W), as for `brushed`.

    Returns:
        None where nothing of the scene would change.

    Raises:
        InvalidRequestError: if other words say nothing that this scene can take.
    """
    height, width = mask.shape
    same = words.strip() == prompt.strip()
    found = brushed(scene, mask, seed) if same else replace(changed(scene, prompt, words, width / height)[0], camera=scene.camera)
    return None if found == scene else found


def extended(scene: Scene, width_px: int, height_px: int, left_px: int, top_px: int, right_px: int, bottom_px: int) -> Scene | None:
    """The scene seen by a camera whose picture goes on at the sides, and shows what it showed where it did.

    Args:
        width_px, height_px: of the picture as it is; the others are added to it.

    Returns:
        None where the scene has no camera of its own, but its place's.
    """
    if scene.camera is None:
        return None
    before, after = min(width_px, height_px), min(width_px + left_px + right_px, height_px + top_px + bottom_px)
    right, up = scene.camera.shift
    shift = (right * before + left_px - right_px) / after, (up * before + bottom_px - top_px) / after
    fov = 2 * np.degrees(np.arctan(np.tan(np.radians(scene.camera.fov_deg) / 2) * after / before))
    return replace(scene, camera=replace(scene.camera, fov_deg=float(fov), shift=shift))
