"""Refining a planned picture through its plan: what is said changes in the scene, so light, shadows and seams stay right."""

from __future__ import annotations

import re
from dataclasses import replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

import numpy as np

from pochade.core.errors import InvalidRequestError
from pochade.studio.plans import without
from pochade.studio.rewording import reworded, spoken_of
from pochade.world.lens import Lens

if TYPE_CHECKING:
    from pochade.core.values import Mask
    from pochade.world.scene import Scene, Thing


def changed(scene: Scene, prompt: str, words: str, aspect: float) -> tuple[Scene, str]:
    """The scene as `words` have it, and the prompt that says so: the words, or, where they name no thing and no setting, both.

    Args:
        prompt: what the scene was drawn for. words: the prompt edited, or only what is to be other: "at night". Things that were
            struck out of the prompt leave the scene; a phrase on its own takes nothing away.
        aspect: width over height of the picture.

    Raises:
        InvalidRequestError: if the words say nothing that this scene can take.
    """
    from pochade.world.parser import parse

    said = parse(words).description
    whole = said.entities or said.setting is not None
    gone = _struck_out(scene, prompt, words)
    try:
        found = reworded(scene, words, aspect)
    except InvalidRequestError as error:
        raise InvalidRequestError(str(error), "prompt") from error  # it is the prompt's field that holds the words
    for index in reversed(gone):
        found = without(found, index, aspect)
    return found, words if whole else f"{prompt}, {words}"


def _struck_out(scene: Scene, prompt: str, words: str) -> list[int]:
    """Entities of the scene that the prompt names and its edited words do not, for none of which another noun stands there."""
    from pochade.world.parser import parse

    before, after = (re.findall(r"\w+", text.lower()) for text in (prompt, words))
    kept = sum(block.size for block in SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks())
    said = parse(words).description
    if 2 * kept < len(before) or not said.entities:
        return []  # a phrase, not the prompt edited
    named = {entity.noun for entity in parse(prompt).description.entities}
    places = spoken_of(scene, said)
    return [index for index, entity in enumerate(scene.description.entities) if index not in places and entity.noun in named]


def reshaped(scene: Scene, seed: int) -> Scene:
    """The scene with another shape for each of its things, where they stood.

    Raises:
        InvalidRequestError: if it has none.
    """
    if not scene.things:
        raise InvalidRequestError(
            "Got the words that this picture was painted for, and a scene without things, whose shapes could be others; other words are "
            'accepted. Say what should be other, such as "at night".',
            "prompt",
        )
    rng = np.random.default_rng([seed, 0xB2])
    return replace(scene, things=tuple(replace(thing, seed=int(rng.integers(2**31))) for thing in scene.things))


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


def under_mask(scene: Scene, prompt: str, words: str, mask: Mask, seed: int) -> Scene:
    """The scene whose picture goes under the mask: with what the words change, or, where they are the prompt's, other shapes.

    Its camera stays, or the seam would show.

    Args:
        mask: (H, W), as for `brushed`.

    Raises:
        InvalidRequestError: if other words say nothing that this scene can take, or nothing of the scene would change.
    """
    height, width = mask.shape
    same = words.strip() == prompt.strip()
    found = brushed(scene, mask, seed) if same else replace(changed(scene, prompt, words, width / height)[0], camera=scene.camera)
    if same and found == scene:
        raise InvalidRequestError(
            "Got a mask that covers no thing of this picture by half, and no other words; with the same words, things that are brushed "
            "over get another shape. Brush over all of a thing, or say in other words what should be there.",
            "mask",
        )
    return found


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
