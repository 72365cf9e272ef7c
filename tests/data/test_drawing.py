"""What samples show: every word often enough, held-out combinations kept apart, the same for ever for one seed."""

from __future__ import annotations

from collections import Counter

import pytest

from pochade.core.errors import InvalidRequestError
from pochade.data.formats import ASPECTS
from pochade.data.splits import any_held_out
from pochade.studio import labelling
from pochade.studio.dataset import RenderOptions
from pochade.studio.drawing import ASPECT_SHARES, FAMILY_SHARES, combinations, draw, words
from pochade.world import vocabulary
from pochade.world.compose import compose
from pochade.world.scene import Description, Entity, Relation

DRAWS = 20_000
RAREST = 0.002


@pytest.fixture(scope="module")
def draws():
    return [draw(11, index, 256, FAMILY_SHARES, ASPECT_SHARES) for index in range(DRAWS)]


@pytest.mark.parametrize(
    ("kind", "listed"),
    [
        ("noun", vocabulary.PRODUCTS + vocabulary.FOOD),
        ("material", vocabulary.MATERIALS),
        ("colour", vocabulary.COLORS),
        ("light", vocabulary.LIGHTS),
        ("view", vocabulary.VIEWS),
        ("setting", vocabulary.LANDSCAPES + vocabulary.PLACES),
        ("surface", vocabulary.SURFACES),
        ("mood", vocabulary.MOODS),
    ],
)
def test_every_word_is_seen_in_training(draws, kind, listed):
    training = [drawn for drawn in draws if drawn.split == "train"]
    seen = Counter(word for drawn in training for found, word in words(drawn.description) if found == kind)
    assert {word: seen[word] for word in listed if seen[word] < RAREST * len(training)} == {}


def test_training_never_shows_a_held_out_combination_and_its_own_split_always_does(draws):
    for drawn in draws:
        assert any_held_out(combinations(drawn.description)) == (drawn.split == "held-out-combination")


def test_crowded_scenes_are_as_common_in_training_as_elsewhere(draws):
    def crowded(split):
        found = [len(drawn.description.entities) for drawn in draws if drawn.split == split and drawn.family in ("products", "food")]
        return sum(number == 3 for number in found) / len(found)

    assert crowded("train") == pytest.approx(crowded("held-out"), abs=0.08) and crowded("train") > 0.1


def test_shares_are_as_asked(draws):
    families, aspects = Counter(drawn.family for drawn in draws), Counter((drawn.width_px, drawn.height_px) for drawn in draws)
    for name, share in FAMILY_SHARES.items():
        assert families[name] / DRAWS == pytest.approx(share, abs=0.02)
    assert aspects[256, 256] / DRAWS == pytest.approx(ASPECT_SHARES["1:1"], abs=0.02) and len(aspects) == len(ASPECTS)
    assert len({drawn.seed for drawn in draws}) == DRAWS


def test_a_draw_depends_on_seed_index_and_attempt_only():
    first = draw(5, 77, 256, FAMILY_SHARES, ASPECT_SHARES)
    assert first == draw(5, 77, 256, FAMILY_SHARES, ASPECT_SHARES)
    assert first != draw(6, 77, 256, FAMILY_SHARES, ASPECT_SHARES)
    assert first == draw(5, 77, 256, dict(reversed(FAMILY_SHARES.items())), dict(reversed(ASPECT_SHARES.items())))
    again = draw(5, 77, 256, FAMILY_SHARES, ASPECT_SHARES, attempt=1)
    assert again.split == first.split and again.seed != first.seed


def test_composing_keeps_to_the_split(draws):
    things = [drawn for drawn in draws[:100] if drawn.description.entities][:10]
    for drawn in [*things, *[drawn for drawn in draws if drawn.split == "held-out-combination"][:5]]:
        scene = compose(drawn.description, drawn.seed, drawn.width_px / drawn.height_px)
        assert any_held_out(combinations(scene.description)) == (drawn.split == "held-out-combination")


def test_one_family_alone_has_no_held_out_combinations_without_things():
    found = {draw(1, index, 256, {"landscape": 1.0}, {"1:1": 1.0}).split for index in range(300)}
    assert found == {"train", "held-out"}


FULL = Description(
    entities=(Entity("bowl", 1, material="copper"), Entity("strawberry", None, "pile", "red")),
    relations=(Relation("inside", 1, 0),),
    light="noon",
    surface="oak table",
)


def test_captions_come_in_all_styles_without_repetition_and_never_call_a_full_bowl_empty():
    for seed in range(40):
        found = labelling.wordings(FULL, seed)
        assert found[0][0] == "canonical" and {style for style, _ in found} == {"canonical", "short", "medium", "dense"}
        assert len({text for _, text in found}) == len(found) and not any("empty bowl" in text for _, text in found)
    assert labelling.wordings(FULL, 3) == labelling.wordings(FULL, 3) != labelling.wordings(FULL, 4)


def test_labels():
    found = labelling.labels(FULL)
    assert found["nouns"] == ("bowl", "strawberry") and found["materials"] == ("copper", "") and found["colours"] == ("", "red")
    assert found["counts"] == ("1", "pile") and found["relations"] == ("1:strawberry|inside|0:bowl",)
    plated = Description(entities=(Entity("donut"),), relations=(Relation("on a plate", 0),))
    assert labelling.labels(plated)["relations"] == ("0:donut|on a plate|",)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 0}, "Got 0 for count; 1 to 10000000"),
        ({"count": 1, "spp": 1}, "Got 1 for spp"),
        ({"count": 1, "size_px": 100}, "multiples of 16"),
        ({"count": 1, "families": {"people": 1.0}}, "products, food, landscape, place are accepted"),
        ({"count": 1, "families": {"food": 0.0}}, "not all 0"),
        ({"count": 1, "aspects": {}}, "1:1, 3:2"),
        ({"count": 1, "root_seed": -1}, "Got -1 for seed"),
        ({"count": 1, "reference_spp": 8}, "Got 8 for reference-spp"),
    ],
)
def test_options_that_are_refused(options, message):
    with pytest.raises(InvalidRequestError, match=message):
        RenderOptions(**options)
