"""Manifests as c2pa's own reader sees them, in a process that has never loaded Pochade."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pochade.core.errors import SigningError
from pochade.core.recipe import Recipe
from pochade.studio.pictures import converted, encode, encode_sheet
from pochade.trust import keys, manifests
from pochade.trust.manifests import Claim, media_type, merged_sources
from pochade.trust.marking import Marking, watermark_id, watermarked
from trust.pictures import opened, saved, still_life

READER = """
import c2pa, io, json, sys
kind, roots = sys.argv[1:3]
settings = {"trust": {"user_anchors": roots}, "verify": {"verify_trust": True}} if roots else {}
context = c2pa.Context(c2pa.Settings.from_dict(settings)) if settings else c2pa.Context()
reader = c2pa.Reader(kind, io.BytesIO(sys.stdin.buffer.read()), context=context)
print(reader.json())
"""
BARE = Recipe("a red vase", 7, "gradient", 64, 64, "draft", "", None, {"pochade": "0.1.0"}, "numpy")
PICTURE, RECIPE = watermarked(still_life(64), BARE)


def elsewhere(data: bytes, roots: str | None = None) -> dict:
    """What c2pa's reader says; `roots` None: those of this installation."""
    roots = keys.trusted_roots() if roots is None else roots
    done = subprocess.run([sys.executable, "-I", "-c", READER, str(media_type(data)), roots], input=data, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def active(store: dict) -> dict:
    return store["manifests"][store["active_manifest"]]


def assertions(store: dict) -> dict:
    return {one["label"]: one["data"] for one in active(store)["assertions"]}


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_every_format_is_signed_and_valid(suffix):
    data = encode(PICTURE, RECIPE, suffix)
    store = elsewhere(data)
    assert store["validation_state"] == "Trusted" and "validation_status" not in store
    said = assertions(store)
    first, second = said["c2pa.actions.v2"]["actions"]
    assert first["action"] == "c2pa.created" and first["digitalSourceType"].endswith("/trainedAlgorithmicMedia")
    assert first["softwareAgent"]["name"] == "gradient" and second["action"] == "c2pa.watermarked.bound"
    assert said["c2pa.soft-binding"]["blocks"][0]["value"] == f"{watermark_id(RECIPE):016x}"
    assert said["c2pa.ai-disclosure"]["modelName"] == "gradient"
    assert {entry["use"] for entry in said["cawg.training-mining"]["entries"].values()} == {"notAllowed"}
    assert not any("thumbnail" in json.dumps(one) for one in active(store)["assertions"]) and "thumbnail" not in active(store)


def test_a_stranger_sees_a_valid_signature_of_somebody_unknown():
    store = elsewhere(encode(PICTURE, RECIPE), roots="")
    assert store["validation_state"] == "Valid"
    assert [status["code"] for status in store["validation_status"]] == ["signingCredential.untrusted"]


def test_path_traced_pictures_are_computed_not_learned():
    said = assertions(elsewhere(encode(PICTURE, dataclasses.replace(RECIPE, model_id="pathtracer"))))
    assert said["c2pa.actions.v2"]["actions"][0]["digitalSourceType"].endswith("/algorithmicMedia")
    assert "c2pa.ai-disclosure" not in said


def test_edits_are_composites_and_keep_what_their_parents_say():
    parent = encode(PICTURE, RECIPE)
    edit = dataclasses.replace(RECIPE, parents=("0" * 64,))
    store = elsewhere(encode(PICTURE, edit, parents=(parent, saved(PICTURE, "JPEG"))))
    assert store["validation_state"] == "Trusted" and len(store["manifests"]) == 2
    actions = assertions(store)["c2pa.actions.v2"]["actions"]
    assert [action["action"] for action in actions] == ["c2pa.opened", "c2pa.placed", "c2pa.edited", "c2pa.watermarked.bound"]
    assert actions[2]["digitalSourceType"].endswith("/compositeWithTrainedAlgorithmicMedia")
    first, second = active(store)["ingredients"]
    assert first["relationship"] == "parentOf" and "active_manifest" in first
    assert second["relationship"] == "componentOf" and "active_manifest" not in second


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_another_format_keeps_the_whole_history(suffix):
    kept = encode(PICTURE, dataclasses.replace(RECIPE, parents=("0" * 64,)), parents=(encode(PICTURE, RECIPE),))
    store = elsewhere(converted(kept, RECIPE, suffix))
    assert store["validation_state"] == "Trusted" and len(store["manifests"]) == 3
    assert [action["action"] for action in assertions(store)["c2pa.actions.v2"]["actions"]] == ["c2pa.opened", "c2pa.transcoded"]


def test_what_somebody_brought_is_not_called_generated():
    store = elsewhere(converted(saved(PICTURE), None, ".webp"))
    assert "digitalSourceType" not in json.dumps(active(store)) and "c2pa.soft-binding" not in assertions(store)


def test_contact_sheets_are_composites():
    said = assertions(elsewhere(encode_sheet(PICTURE, ["a.png"], ".jpg")))
    assert said["c2pa.actions.v2"]["actions"][0]["digitalSourceType"].endswith("/compositeSynthetic")


def test_what_policy_says_about_training_is_signed():
    allowed = assertions(elsewhere(encode(PICTURE, RECIPE, marking=Marking(training="allowed"))))
    assert allowed["cawg.training-mining"]["entries"]["cawg.ai_training"]["use"] == "allowed"
    assert "cawg.training-mining" not in assertions(elsewhere(encode(PICTURE, RECIPE, marking=Marking(training=None))))


@pytest.mark.parametrize(("suffix", "place"), [(".png", -300), (".jpg", -300), (".webp", 200)])
def test_one_changed_bit_of_the_picture_is_noticed(suffix, place):
    data = bytearray(encode(PICTURE, RECIPE, suffix))
    data[place] ^= 1
    found = manifests.read(bytes(data), keys.trusted_roots())
    assert found is not None and found.state == "invalid" and "assertion.dataHash.mismatch" in found.faults


def test_another_program_that_saves_it_strips_the_manifest():
    data = encode(PICTURE, RECIPE)
    assert manifests.read(saved(opened(data))) is None
    assert manifests.read(b"hello") is None and manifests.read(b"") is None


def test_parents_that_cannot_be_read_stop_the_delivery():
    with pytest.raises(SigningError, match="not delivered unsigned"):
        manifests.sign(saved(PICTURE), Claim("x", "trainedAlgorithmicMedia", parents=(b"\xff\xd8\xff broken",)), keys.credentials())
    with pytest.raises(SigningError, match="no PNG, JPEG or WebP"):
        manifests.sign(b"hello", Claim("x", "trainedAlgorithmicMedia"), keys.credentials())


def test_the_type_that_says_most_wins():
    assert merged_sources(["algorithmicMedia", "trainedAlgorithmicMedia", "digitalCapture"]) == "trainedAlgorithmicMedia"
    assert merged_sources([]) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["actions", "entries", "blocks", "name", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
LABELS = ["c2pa.actions", "c2pa.actions.v2", "c2pa.ai-disclosure", "c2pa.soft-binding", "cawg.training-mining", "other"]


@given(
    st.fixed_dictionaries(
        {
            "active_manifest": st.just("urn:1"),
            "manifests": st.fixed_dictionaries(
                {
                    "urn:1": st.fixed_dictionaries(
                        {
                            "assertions": st.lists(st.fixed_dictionaries({"label": st.sampled_from(LABELS), "data": JSON}), max_size=4)
                            | JSON,
                            "signature_info": JSON,
                            "ingredients": JSON,
                            "claim_generator_info": JSON,
                        }
                    )
                    | JSON
                }
            )
            | JSON,
            "validation_status": JSON,
            "validation_state": JSON,
        }
    )
    | JSON
)
def test_whatever_a_signer_writes_the_rest_of_the_file_is_still_looked_at(store):
    """A manifest of odd shape broke the reader, so that neither a change nor the watermark was told."""
    assert manifests._manifest(store).state in ("trusted", "valid", "invalid")
