"""The one use case: policy first, watermark and signature on everything, or nothing."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import numpy as np
import pytest

import fakes
from pochade.core.errors import PolicyRefusedError, SigningError, UnsupportedRequestError
from pochade.core.values import FinishedImage, GenerationRequest
from pochade.studio.paint import Painted, check, digest, paint
from pochade.studio.pictures import encode
from pochade.trust import keys, manifests, regions
from pochade.trust.marking import Marking, marking_of, watermark_id, watermarked
from pochade.trust.policy.decision import refusal
from pochade.trust.policy.gate import Gate
from pochade.trust.regions import Region
from pochade.trust.watermark_search import detect
from trust.pictures import opened, saved, still_life

REQUEST = GenerationRequest("a red vase", 7, "gradient", width_px=256, height_px=256)


def painted(request: GenerationRequest = REQUEST, **options: Any) -> Painted:
    async def last() -> Painted:
        return [event async for event in paint(request, **options) if isinstance(event, Painted)][-1]

    return asyncio.run(last())


def test_the_picture_and_its_file_are_the_same_and_marked():
    result = painted()
    assert (opened(result.encoded) == result.picture).all() and digest(result.picture) == result.recipe.sha256
    found = detect(result.picture)
    assert found.number == watermark_id(result.recipe)
    assert (result.picture != fakes.paint("a red vase", 7, 256, 256)).any()


def test_painting_again_gives_the_same_bits_and_other_recipes_other_ids():
    first, again = painted(), painted()
    assert first.recipe == again.recipe and (first.picture == again.picture).all() and first.encoded != again.encoded
    assert watermark_id(painted(dataclasses.replace(REQUEST, seed=8)).recipe) != watermark_id(first.recipe)


def test_the_id_follows_from_the_recipe_alone():
    bare = dataclasses.replace(painted().recipe, sha256="0" * 64, versions={"pochade": "0.1.0", "fake": "1"})
    assert watermark_id(watermarked(still_life(64), bare)[1]) == watermark_id(bare)


def test_a_model_elsewhere_keeps_its_own_manifest_as_an_ingredient(monkeypatch):
    theirs = encode(still_life(64), dataclasses.replace(painted().recipe, model_id="theirs", versions={}), ".jpg")

    async def generate(self, request):
        yield FinishedImage(still_life(64), request.seed, original=theirs)

    monkeypatch.setattr(fakes.Gradient, "generate", generate)
    found = manifests.read(painted().encoded, keys.trusted_roots())
    assert found is not None and found.state == "trusted" and len(found.ingredients) == 1
    assert found.actions == ("c2pa.opened", "c2pa.edited", "c2pa.watermarked.bound")
    assert found.source_types == ("trainedAlgorithmicMedia",)


def test_files_that_a_request_started_from_are_kept_as_parents(monkeypatch):
    monkeypatch.setattr(fakes.Gradient, "capabilities", dataclasses.replace(fakes.Gradient.capabilities, from_image=True))
    parent = painted()
    result = painted(dataclasses.replace(REQUEST, image=parent.picture), parents=(parent.encoded, saved(still_life(64), "WEBP")))
    found = manifests.read(result.encoded, keys.trusted_roots())
    assert found is not None and found.source_types == ("compositeWithTrainedAlgorithmicMedia",) and len(found.ingredients) == 2
    unrelated = manifests.read(painted(parents=(parent.encoded,)).encoded)
    assert unrelated is not None and unrelated.ingredients == (), "without pixels to start from nothing is made from anything"
    assert result.recipe.parents == (parent.recipe.sha256,), "the chain of checksums leads to the picture as it was delivered"


def test_nothing_is_delivered_that_cannot_be_signed(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(keys.FOLDER, str(tmp_path / "file" / "keys"))
    with pytest.raises(SigningError, match="cannot be signed"):
        painted()


def test_the_policy_is_asked_before_the_model(monkeypatch):
    def never(*_):
        raise AssertionError("the model was asked")

    monkeypatch.setattr(fakes.Gradient, "generate", never)
    request = dataclasses.replace(REQUEST, prompt="naked photo of a child")
    for attempt in (painted, check):
        with pytest.raises(PolicyRefusedError) as caught:
            attempt(request)
        assert caught.value.rule_id and caught.value.appeal


def test_a_policy_that_breaks_refuses(monkeypatch):
    monkeypatch.setattr("pochade.trust.policy.gate._check", lambda *_: 1 / 0)
    with pytest.raises(PolicyRefusedError, match="could not be checked"):
        painted()


def test_a_finished_picture_may_still_be_refused():
    def look(picture: np.ndarray):
        assert picture.shape == (256, 256, 3)
        return refusal("test-001", "test", "A test", "Refused.", "Try another.", layer="output")

    with pytest.raises(PolicyRefusedError) as caught:
        painted(gate=Gate(output_checks=[look]))
    assert caught.value.rule_id == "test-001"


def region(**marks: bool) -> Region:
    return dataclasses.replace(
        regions.region("none"), marking=regions.Marking(**{"manifest": True, "metadata": True, "watermark": True, **marks})
    )


def test_less_is_put_on_only_where_a_region_asks_for_less():
    plain = painted(region=region(watermark=False, manifest=False, metadata=False))
    assert (plain.picture == fakes.paint("a red vase", 7, 256, 256)).all() and manifests.read(plain.encoded) is None
    assert "watermark" not in plain.recipe.versions and b"DigitalSourceType" not in plain.encoded
    signed = manifests.read(painted(region=region(watermark=False)).encoded)
    assert signed is not None and signed.watermark_ids == ()


@pytest.mark.parametrize("region_id", regions.REGIONS)
def test_every_region_there_is_asks_for_everything(region_id):
    assert marking_of(regions.region(region_id)) == Marking()


def test_models_that_a_region_withholds_are_not_asked():
    withheld = dataclasses.replace(region(), withheld=(regions.Withheld("gradient", "it is a test"),))
    with pytest.raises(UnsupportedRequestError, match="it is a test"):
        painted(region=withheld)


@pytest.mark.parametrize(("said", "signed"), [("allowed", "allowed"), ("", None)])
def test_the_policy_pack_decides_what_is_said_about_training(said, signed):
    pack = regions.region("none")
    other = dataclasses.replace(pack, marking=dataclasses.replace(pack.marking, training=said))
    assert marking_of(other).training == signed
