"""Pipelines of the real classes with random weights. Needs the extra `hub`; without it these tests are skipped."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pochade.core.errors import ProviderUnavailableError, UnsupportedRequestError
from pochade.core.values import FinishedImage, GenerationRequest, Preview, Progress

pytest.importorskip("torch")
pytest.importorskip("diffusers")
pytest.importorskip("transformers")

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # torch 2.13 and numpy 2.4

from pochade.providers.diffusers import FAMILIES, Diffusers  # noqa: E402

ASKED = GenerationRequest("red apple", 3, "tiny", width_px=64, height_px=64, num_steps=4)
CLASSES = {
    "sd15": "StableDiffusionPipeline",
    "sdxl": "StableDiffusionXLPipeline",
    "sd3": "StableDiffusion3Pipeline",
    "flux": "FluxPipeline",
    "sana": "SanaPipeline",
}
WITH_PICTURES = [name for name, class_name in CLASSES.items() if FAMILIES[class_name].from_image]
IMAGE = np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str, Path]:
    from providers import tiny

    root = tmp_path_factory.mktemp("pipelines")
    return {name: tiny.save(name, root / name) for name in CLASSES}


@pytest.fixture(scope="module")
def models(folders) -> dict[str, Diffusers]:
    """Each loaded once, by the first test that paints with it."""
    return {name: Diffusers("tiny", str(folder)) for name, folder in folders.items()}


@pytest.mark.parametrize("name", CLASSES)
def test_words_become_a_picture_that_its_seed_repeats(name, models, paint, finished):
    events = paint(models[name], replace(ASKED, num_images=2))
    first, second = [event for event in events if isinstance(event, FinishedImage)]
    assert first.picture.shape == (64, 64, 3) and first.picture.dtype == np.uint8 and first.picture.std() > 0
    assert [(image.index, image.seed) for image in (first, second)] == [(0, 3), (1, 4)]
    assert first.versions["pipeline"] == CLASSES[name] and first.original is None
    (again,) = finished(models[name], replace(ASKED, seed=4))
    assert (again.picture == second.picture).all() and (first.picture != second.picture).any()

    steps = [event.fraction for event in events if isinstance(event, Progress) and event.index == 0]
    assert steps == [0.0, 0.25, 0.5, 0.75, 1.0, 1.0]
    previews = [event.picture for event in events if isinstance(event, Preview) and event.index == 0]
    assert len(previews) == 3 and all(picture.ndim == 3 and picture.dtype == np.uint8 for picture in previews)


@pytest.mark.parametrize("name", WITH_PICTURES)
def test_a_picture_is_started_from(name, models, paint):
    asked = replace(ASKED, image=IMAGE, strength=0.5)
    events = paint(models[name], asked)
    (image,) = [event for event in events if isinstance(event, FinishedImage)]
    assert image.picture.shape == (64, 64, 3)
    # half the strength takes half the steps
    assert [event.fraction for event in events if isinstance(event, Progress)] == [0.0, 0.5, 1.0, 1.0]


@pytest.mark.parametrize("name", WITH_PICTURES)
def test_outside_the_mask_nothing_changes(name, models, finished):
    image = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    mask = np.zeros((64, 64), bool)
    mask[16:48, 16:48] = True
    (done,) = finished(models[name], replace(ASKED, image=image, mask=mask, strength=1.0))
    changed = (done.picture != image).any(-1)
    assert not changed[~mask].any() and changed[mask].mean() > 0.9


def test_no_strength_gives_the_picture_itself_and_little_takes_one_step(models, paint, finished):
    image = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    (done,) = finished(models["sd15"], replace(ASKED, image=image, strength=0.0))
    assert (done.picture == image).all()
    events = paint(models["sd15"], replace(ASKED, image=image, strength=0.05))
    assert [event.fraction for event in events if isinstance(event, Progress)] == [0.0, 1.0, 1.0]


def test_negative_prompt_and_guidance_are_heeded(models, finished):
    def painted(**asked: object) -> np.ndarray:
        return finished(models["sd15"], replace(ASKED, **asked))[0].picture

    plain = painted(guidance_scale=7.5)
    assert (painted(guidance_scale=7.5) == plain).all()
    assert (painted(guidance_scale=30.0) != plain).any()
    assert (painted(guidance_scale=7.5, negative_prompt="green pear") != plain).any()


def test_steps_follow_quality_and_the_models_own_number(folders, paint):
    few = Diffusers("tiny", str(folders["sana"]), steps=4)

    def steps(quality: str) -> int:
        events = paint(few, replace(ASKED, num_steps=None, quality=quality))
        return len([event for event in events if isinstance(event, Progress)]) - 2

    assert [steps(quality) for quality in ("draft", "standard", "best")] == [2, 4, 6]


def test_capabilities_are_known_without_loading(folders):
    code = "import sys; from pochade.providers.diffusers import Diffusers; c = Diffusers('x', sys.argv[1]).capabilities\n"
    code += "print(c.from_mask, c.side_multiple_px, 'torch' in sys.modules, 'diffusers' in sys.modules)"
    import subprocess

    done = subprocess.run([sys.executable, "-c", code, str(folders["sdxl"])], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "8", "False", "False"]
    sana = Diffusers("x", str(folders["sana"])).capabilities
    assert (sana.from_image, sana.negative_prompt, sana.side_multiple_px, sana.runs_at, sana.price_usd) == (
        False,
        True,
        32,
        "this machine",
        0.0,
    )
    assert Diffusers("x", "some/where", declared={"licence": "mine"}).capabilities.licence == "mine"


def test_what_a_pipeline_cannot_do_is_refused_before_it_is_loaded(folders, paint):
    fresh = Diffusers("tiny", str(folders["sana"]))
    with pytest.raises(UnsupportedRequestError, match="paints from words only"):
        paint(fresh, replace(ASKED, image=IMAGE))
    assert fresh._painter is None


def test_cancelling_stops_between_two_steps_and_leaves_the_model_usable(models, finished):
    asked = replace(ASKED, num_steps=150)

    async def stopped() -> int:
        events = models["sd15"].generate(asked)
        seen = 0
        async for event in events:
            seen += isinstance(event, Progress)
            if seen == 3:
                break
        await events.aclose()  # type: ignore[attr-defined]
        return seen

    assert asyncio.run(stopped()) == 3
    # the lock is free again after the step that was under way
    assert len(finished(models["sd15"], ASKED)) == 1


def test_two_requests_take_turns(models):
    async def both() -> list[list[str]]:
        async def one(seed: int) -> list[FinishedImage]:
            events = [event async for event in models["sd15"].generate(replace(ASKED, seed=seed))]
            return [event for event in events if isinstance(event, FinishedImage)]

        return await asyncio.gather(one(3), one(4))  # type: ignore[return-value]

    first, second = asyncio.run(both())
    alone = asyncio.run(both())
    assert (first[0].picture == alone[0][0].picture).all() and (second[0].picture == alone[1][0].picture).all()  # type: ignore[attr-defined]


def broken(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "broken"))


def test_pickles_are_refused_unread(folders, tmp_path, paint):
    folder = broken(folders["sd15"], tmp_path)
    for weights in (folder / "unet").glob("*.safetensors"):
        weights.unlink()
    (folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    with pytest.raises(ProviderUnavailableError, match="unet of model 'tiny' is stored as pickle"):
        paint(Diffusers("tiny", str(folder)), ASKED)


def test_code_from_the_model_is_refused_unread(folders, tmp_path, paint):
    folder = broken(folders["sd15"], tmp_path)
    mark = tmp_path / "ran"
    (folder / "unet" / "evil.py").write_text(f"open({str(mark)!r}, 'w')\nclass Evil: ...\n")
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps({**index, "unet": ["evil", "Evil"]}))
    with pytest.raises(ProviderUnavailableError, match="wants code from 'evil' for its unet"):
        paint(Diffusers("tiny", str(folder)), ASKED)
    (folder / "model_index.json").write_text(json.dumps({**index, "_class_name": ["evil", "Evil"]}))
    with pytest.raises(ProviderUnavailableError, match="a pipeline of its own code"):
        paint(Diffusers("tiny", str(folder)), ASKED)
    (folder / "model_index.json").write_text(json.dumps(index))
    config = json.loads((folder / "text_encoder" / "config.json").read_text())
    (folder / "text_encoder" / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModel": "evil.Evil"}}))
    with pytest.raises(ProviderUnavailableError, match="wants to run code of its own for its text_encoder"):
        paint(Diffusers("tiny", str(folder)), ASKED)
    assert not mark.exists()


def test_a_folder_that_is_damaged(folders, tmp_path, paint):
    folder = broken(folders["sd15"], tmp_path)
    weights = next((folder / "unet").glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(ProviderUnavailableError, match=r"cannot be loaded from .*Check that the folder is whole"):
        paint(Diffusers("tiny", str(folder)), ASKED)
    (folder / "model_index.json").write_text("{")
    with pytest.raises(ProviderUnavailableError, match="no readable model_index.json"):
        paint(Diffusers("tiny", str(folder)), ASKED)


def test_a_place_where_no_model_is(paint, tmp_path, monkeypatch):
    with pytest.raises(ProviderUnavailableError, match="is no folder"):
        paint(Diffusers("tiny", str(tmp_path / "nowhere")), ASKED)
    with pytest.raises(ProviderUnavailableError, match=r"not on this machine. Allow it to be fetched: set download = true"):
        paint(Diffusers("tiny", "nobody/nothing-at-all"), ASKED)


def test_missing_software_says_how_to_install_it(paint, monkeypatch):
    monkeypatch.setattr("pochade.providers.diffusers.find_spec", lambda name: None)
    with pytest.raises(ProviderUnavailableError, match=r'pip install "pochade\[hub\]"'):
        paint(Diffusers("tiny", "anywhere"), ASKED)
