"""What labels say of a picture, and what they leave open."""

from __future__ import annotations

import numpy as np
import pytest

from judging import LABELS, line
from pochade.core.labels import Labels, mirrored, truth

WITH_PLATE = Labels((*LABELS.nouns, "plate"), LABELS.colours, LABELS.materials, LABELS.lights, LABELS.settings, LABELS.surfaces)


def classes(said: dict, noun: str = "ball") -> list[int]:
    counts = truth(WITH_PLATE, [said]).counts[0]
    return np.flatnonzero(counts[WITH_PLATE.nouns.index(noun)]).tolist()


@pytest.mark.parametrize(("count", "allowed"), [("1", [1]), ("3", [3]), ("4", [4]), ("5", [4]), ("few", [3, 4]), ("pile", [4])])
def test_counts_allow_what_they_say(count: str, allowed: list[int]):
    said = line(0, ["ball"], counts=[count])
    assert classes(said) == allowed and classes(said, "cube") == [0]


def test_what_labels_do_not_count_is_left_open():
    assert classes(line(0, ["ball"], family="place")) == [1, 2, 3, 4]
    assert classes(line(0, [], family="place"), "cube") == [0, 1, 2, 3, 4]
    assert classes(line(0, ["ball"], relations=["0:ball|on a plate|"]), "plate") == [1]


def test_attributes_belong_to_their_nouns():
    said = truth(LABELS, [line(0, ["cube", "ball"], colours=["red", "blue"], materials=["", "rubber"], surface="sand")])
    assert said.colours.tolist() == [[2, 0]] and said.materials.tolist() == [[0, -1]]
    assert (said.lights.tolist(), said.settings.tolist(), said.surfaces.tolist()) == ([0], [0], [1])


def test_two_of_a_noun_are_counted_together_and_told_nothing_else_of():
    said = truth(LABELS, [line(0, ["ball", "ball"], colours=["red", "blue"], relations=["0:ball|left of|1:ball"])])
    assert np.flatnonzero(said.counts[0, 0]).tolist() == [2] and said.colours.tolist() == [[-1, -1]] and (said.orders == -1).all()


@pytest.mark.parametrize(
    ("relation", "order"),
    [
        ("0:ball|left of|1:cube", [0, 0, 1]),
        ("0:ball|right of|1:cube", [0, 1, 0]),
        ("1:cube|on top of|0:ball", [1, 0, 1]),
        ("0:ball|behind|1:cube", [2, 0, 1]),
        ("0:ball|next to|1:cube", [-1, -1, -1]),
        ("0:ball|on a plate|", [-1, -1, -1]),
    ],
)
def test_relations_say_which_end(relation: str, order: list[int]):
    said = truth(LABELS, [line(0, ["ball", "cube"], relations=[relation])])
    assert said.orders[0, 0].tolist() == order
    axis, low, high = order
    assert mirrored(said.orders)[0, 0].tolist() == ([0, high, low] if axis == 0 else order)


def test_labels_survive_json():
    assert Labels.from_plain(LABELS.plain()) == LABELS
