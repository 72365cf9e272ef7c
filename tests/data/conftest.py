"""Samples that nobody rendered, for what does not depend on how pictures come about."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pochade.data import folder as folders
from pochade.data import guide, shards
from pochade.data.records import LABELS, SINGLE_LABELS, Sample


@dataclass(frozen=True, eq=False)
class Maps:
    """Guide maps as the renderer gives them."""

    depth_m: np.ndarray
    normal: np.ndarray
    albedo: np.ndarray
    roughness: np.ndarray
    metalness: np.ndarray
    transmission: np.ndarray
    emission: np.ndarray
    light: np.ndarray
    thing: np.ndarray
    specular: np.ndarray | None = None
    exposure: float = 1.0
    draft: np.ndarray | None = None


def made_maps(width_px: int = 24, height_px: int = 16, seed: int = 0) -> Maps:
    """Sky above, ground below, one thing in the middle."""
    rng = np.random.default_rng(seed)
    thing = np.full((height_px, width_px), -1, np.int32)
    thing[: height_px // 4] = -3
    thing[height_px // 2 : -2, width_px // 3 : -width_px // 3] = 0
    depth = np.where(thing == -3, 0, np.linspace(9.0, 1.5, height_px)[:, None]).astype(np.float32)
    normal = rng.normal(size=(height_px, width_px, 3)).astype(np.float32)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    normal[thing == -3] = 0
    planes = rng.uniform(0, 1, (4, height_px, width_px)).astype(np.float32)
    albedo = rng.uniform(0, 1, (height_px, width_px, 3)).astype(np.float32)
    emission = np.where(thing[..., None] == 0, np.float32(3.0), np.float32(0)) * np.ones(3, np.float32)
    light = rng.uniform(0, 2, (height_px, width_px, 3)).astype(np.float32)
    return Maps(depth, normal, albedo, planes[0], np.round(planes[1]), np.round(planes[2]), emission, light, thing)


def made_sample(index: int, split: str = "train", width_px: int = 64, height_px: int = 64) -> Sample:
    ramp = np.linspace(0, 200, width_px)[None, :, None] + np.array([index % 50, 10, 0])
    picture = np.broadcast_to(ramp, (height_px, width_px, 3)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "WEBP", quality=95)
    kept = guide.stored(made_maps(width_px, height_px, index))
    labels = {**dict.fromkeys(LABELS, ()), **dict.fromkeys(SINGLE_LABELS, "")}
    return Sample(
        id=f"1-{index:08d}",
        seed=1000 + index,
        split=split,  # type: ignore[arg-type]
        family="food",
        width_px=width_px,
        height_px=height_px,
        picture=file.getvalue(),
        captions=(("canonical", f"{index} lemons"), ("short", "fruit – “lemons”")),
        labels={**labels, "nouns": ("lemon", "bowl"), "materials": ("", "oak"), "relations": ("0:lemon|inside|1:bowl",), "light": "noon"},
        ledger={"index": index, "licence": "CC0-1.0", "given_up": []},
        description='{"entities":[]}',
        scene="{}",
        guide=guide.encode(kept),
        near_m=kept.near_m,
        far_m=kept.far_m,
    )


@pytest.fixture
def data_folder(tmp_path: Path) -> Callable[..., Path]:
    """Makes a data folder of made-up samples: `data_folder(count, shard_rows)`; every fifth sample is held out."""
    pytest.importorskip("pyarrow")

    def made(count: int = 10, shard_rows: int = 4, name: str = "data", sizes: tuple[tuple[int, int], ...] = ((64, 64),)) -> Path:
        place = tmp_path / name
        manifest = folders.Manifest("samples", count, shard_rows, {"root_seed": 1, "world_version": 1})
        folders.prepare(place, manifest)
        samples = [made_sample(k, "held-out" if k % 5 == 4 else "train", *sizes[k % len(sizes)]) for k in range(count)]
        for index in range(manifest.num_shards):
            shards.write_shard(place, index, samples[index * shard_rows : (index + 1) * shard_rows])
        return place

    return made


@pytest.fixture
def maps() -> Maps:
    return made_maps()
