"""Tasks, what is looked for in their pictures, and what is made of the answers; with judges that know the truth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import judging
from pochade.cli.app import app
from pochade.cli.train import judge_labels
from pochade.core.labels import COUNTS, MOST
from pochade.data.thumbnails import thumbnail
from pochade.evals import compositional, judge
from pochade.evals.compositional import PER_PROMPT, TASKS, described, fulfilled, of_prompts, of_renders, prompts, reduced, result
from pochade.evals.judge import Judged
from pochade.world.parser import parse
from pochade.world.scene import Description, Entity, Relation

LABELS = judge_labels()
SIDES = {"left of": (0, -1), "right of": (0, 1), "on top of": (1, 1), "in front of": (2, 1), "behind": (2, -1)}


def seen(truth: Description) -> Judged:
    """What a judge without fault says of a picture of which `truth` is true."""
    sure = {kind: np.zeros((1, len(LABELS.nouns), len(getattr(LABELS, kind)))) for kind in ("colours", "materials")}
    counts, places = np.zeros((1, len(LABELS.nouns), len(COUNTS))), np.zeros((1, len(LABELS.nouns), 3))
    counts[..., 0] = 1
    at = LABELS.nouns.index
    for entity in truth.entities:
        counts[0, at(entity.noun)] = np.eye(len(COUNTS))[min(entity.count or 1, MOST)]
        for kind, word in (("colours", entity.color), ("materials", entity.material)):
            if word:
                sure[kind][0, at(entity.noun), getattr(LABELS, kind).index(word)] = 1
    for relation in truth.relations:
        axis, side = SIDES[relation.kind]
        places[0, at(truth.entities[relation.subject].noun), axis] = side
    around = {kind: np.zeros((1, len(getattr(LABELS, kind)))) for kind in ("lights", "settings", "surfaces")}
    around["lights"][0, LABELS.lights.index(truth.light or "noon")] = 1
    return Judged(LABELS, np.zeros((1, 4)), counts, **sure, places=places, **around)


class Oracle:
    """Reads what a picture shows from its first pixel, an index into `shown`."""

    snapshot_sha256 = "ab" * 32

    def __init__(self, shown: list[Description], name: str = "oracle"):
        self.shown, self.name = shown, name

    def __call__(self, pictures: np.ndarray) -> Judged:
        found = [seen(self.shown[picture[0, 0, 0]]) for picture in pictures]
        return Judged(LABELS, *(np.concatenate([getattr(entry, name) for entry in found]) for name in judge.ANSWERS))


def picture(index: int) -> np.ndarray:
    return np.full((8, 8, 3), index, np.uint8)


@pytest.mark.parametrize("task", TASKS)
def test_prompts_say_what_is_looked_for(task: str):
    found = prompts(task, 30)
    assert prompts(task, 10) == found[:10] and prompts(task, 10, seed=1) != found[:10] and len({entry.text for entry in found}) == 30
    for entry in found:
        read = parse(entry.text)
        assert not read.unknown and read.description == entry.wanted and fulfilled(seen(entry.wanted), entry.wanted).all()
        assert reduced(task, entry.wanted) == entry.wanted


def test_what_is_bound_wrongly_is_not_fulfilled():
    cube, ball = Entity("cube", color="red"), Entity("ball", color="blue")
    wanted = Description((cube, ball))
    exchanged = Description((Entity("cube", color="blue"), Entity("ball", color="red")))
    assert fulfilled(seen(wanted), wanted).all() and not fulfilled(seen(exchanged), wanted).any()
    assert not fulfilled(seen(Description((cube,))), wanted).any()


@pytest.mark.parametrize(
    ("wanted", "shown", "good"),
    [
        (Description((Entity("apple", 3),)), Description((Entity("apple", 2),)), False),
        (Description((Entity("apple", 4),)), Description((Entity("apple", 5),)), True),
        (Description((Entity("vase", material="gold"),)), Description((Entity("vase", material="brass"),)), False),
        (Description((Entity("vase"),), light="neon"), Description((Entity("vase"),), light="noon"), False),
        (
            Description((Entity("vase"), Entity("jar")), (Relation("left of", 0, 1),)),
            Description((Entity("jar"), Entity("vase")), (Relation("right of", 0, 1),)),
            True,
        ),
        (
            Description((Entity("vase"), Entity("jar")), (Relation("behind", 0, 1),)),
            Description((Entity("vase"), Entity("jar")), (Relation("in front of", 0, 1),)),
            False,
        ),
    ],
)
def test_each_part_is_looked_at(wanted: Description, shown: Description, good: bool):
    assert fulfilled(seen(shown), wanted).tolist() == [good]


def test_renders_are_asked_what_their_labels_say():
    said = {
        **judging.line(0, ["vase", "jar"], colours=["red", "teal"], materials=["porcelain", ""], counts=["1", "few"]),
        "relations": ["0:vase|next to|1:jar", "1:jar|behind|0:vase"],
    }
    full = described(said)
    assert reduced("position", full) == Description((Entity("jar"), Entity("vase")), (Relation("behind", 0, 1),))
    assert reduced("colour attribution", full) == Description((Entity("vase", color="red"), Entity("jar", color="teal")))
    assert reduced("material", full) == Description((Entity("vase", material="porcelain"),))
    assert reduced("counting", full) is None  # "a few" is no number
    assert reduced("single object", described(judging.line(0, ["jar", "jar"]))) is None
    right, wrong = Description((Entity("vase"), Entity("jar"))), Description((Entity("vase"),))
    samples = [(said, picture(0)), (said, picture(1)), (judging.line(1, ["jar"]), picture(0))]
    found = of_renders([Oracle([right, wrong])], "two objects", samples)  # type: ignore[list-item]
    assert found == {"oracle": [1, 0]}


def test_a_model_is_scored_by_prompts_and_beside_the_ceiling():
    asked = prompts("single object", 3)
    shown = [entry.wanted for entry in asked] + [Description((Entity("gear"),))]
    used: list[int] = []

    def paint(text: str, seeds: range) -> np.ndarray:
        used.extend(seeds)
        number = [entry.text for entry in asked].index(text)
        return np.stack([picture(number if k < 3 else 3) for k in range(len(seeds))])  # one of four is a gear

    found = of_prompts([Oracle(shown), Oracle(shown, "other")], asked, paint, seed=5)  # type: ignore[list-item, arg-type]
    assert found == {"oracle": [0.75] * 3, "other": [0.75] * 3} and used == list(range(5, 5 + 3 * PER_PROMPT))
    made = result("single object", found, {"oracle": [1, 1, 1], "other": [0.5, 0.5, 0.5]})
    assert (made.prompts, made.fulfilled, made.ceiling, made.share) == (3, 0.75, 0.75, pytest.approx(1))
    assert made.by_judge == {"oracle": (0.75, 1), "other": (0.75, 0.5)}
    assert result("single object", found).share is None


@pytest.fixture
def oracle(monkeypatch: pytest.MonkeyPatch) -> None:
    class Everything(Oracle):
        """Sees one vase in every picture; its features are what is left of the picture at 3 pixels a side."""

        def __init__(self, folder: Path):
            super().__init__([Description((Entity("vase"),))] * 256, folder.name)

        def __call__(self, pictures: np.ndarray) -> Judged:
            judged = super().__call__(pictures)
            features = np.stack([thumbnail(entry, 3).reshape(-1).astype(float) for entry in pictures])
            return Judged(judged.labels, features, *(getattr(judged, name) for name in judge.ANSWERS[1:]))

    monkeypatch.setattr(judge, "Judge", Everything)
    monkeypatch.setattr(compositional, "PER_PROMPT", 2)


def run(*arguments: str) -> object:
    return CliRunner().invoke(app, ["judge", "--judges", "one,two", "--model", "gradient", "--pictures", "8", *arguments])


def test_the_command_prints_and_keeps_its_figures(oracle: None, tmp_path: Path):
    pack = judging.write_pack(tmp_path / "pack", 40, 8)
    out = tmp_path / "found.json"
    done = run("--tasks", "single object, light", "--ceiling", "held-out", "--pack", str(pack), "--distribution", "4", "--out", str(out))
    assert done.exit_code == 0 and "single object" in done.stdout and "FDr" in done.stdout  # type: ignore[attr-defined]
    kept = json.loads(out.read_text())
    assert [entry["task"] for entry in kept["results"]] == ["single object", "light"] and kept["results"][0]["prompts"] == 4
    assert set(kept["judges"]) == set(kept["distribution"]) == {"one", "two"} and kept["distribution"]["one"]["FDr"] > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--tasks", "juggling"), "counting"),
        (("--ceiling", "sky"), "held-out"),
        (("--ceiling", "held-out"), "Add --pack"),
        (("--plan", "on"), "auto, off"),
        (("--judges", "one,one"), "one recipe"),
    ],
)
def test_what_cannot_be_judged_is_said(oracle: None, arguments: tuple[str, ...], said: str):
    done = run(*arguments)
    assert done.exit_code == 2 and said in done.stderr  # type: ignore[attr-defined]
