"""Where pictures come from: a training sample rendered again from its ledger line, a delivered picture walked back to its data."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pochade.core.errors import DataError
from pochade.data import ledger
from pochade.data.folder import read_manifest
from pochade.data.packing import fitted
from pochade.data.pairs import NoisePair
from pochade.data.runs import RunRecord, run_of_weights
from pochade.studio.dataset import RenderOptions, as_drawn, rendered_pair, rendered_sample
from pochade.studio.drawing import draw
from pochade.studio.fingerprint import code, renderer
from pochade.studio.pictures import read_recipe
from pochade.trust.keys import trusted_roots
from pochade.trust.manifests import read


@dataclass(frozen=True)
class Replay:
    """A sample rendered again.

    Attributes:
        identical: whether its light is the same, bit for bit.
        psnr_db: of the stored picture against the new one, both as files; None where there is no picture or no difference.
        changes: what is another than when the sample was rendered, one phrase each.
    """

    sample_id: str
    identical: bool
    psnr_db: float | None
    changes: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """A delivered picture walked back.

    Attributes:
        weights: SHA-256 of the weights that painted it; empty: it was rendered, and nothing was learned.
        run: the run that made them, or None. before: the runs that it went on from, newest first.
        signature: what its C2PA manifest is worth: "trusted", "valid" (by someone unknown), "invalid", or "none".
        faults: what is wrong with an invalid one.
    """

    model_id: str
    prompt: str
    seed: int
    pixels_sha256: str
    versions: dict[str, str]
    weights: str
    run: RunRecord | None
    before: tuple[RunRecord, ...]
    signature: str
    faults: tuple[str, ...]


def replay(folder: Path, sample_id: str) -> Replay:
    """Renders a sample again from its seed, and compares; from its own description where the seed would draw another today.

    Raises:
        DataError: if there is no such sample, or it was not rendered.
    """
    found = ledger.find(folder, sample_id)
    manifest = read_manifest(folder)
    if manifest.kind == "photos":
        raise DataError(f"Got {sample_id!r}, which is a photograph; only what was rendered can be rendered again.")
    settings = manifest.settings
    options = RenderOptions(
        count=manifest.count,
        size_px=settings["size_px"],
        spp=settings["spp"],
        root_seed=settings["root_seed"],
        families=settings["families"],
        aspects=settings["aspects"],
        shard_rows=manifest.shard_rows,
        reference_spp=settings.get("reference_spp", 0),
    )
    then = as_drawn(found.sample)
    failures = tuple(found.entry["given_up"])
    now = draw(options.root_seed, then.index, options.size_px, options.families, options.aspects, attempt=len(failures))
    changes = [
        f"{what} {old} then, {new} now"
        for what, old, new in (
            ("code", found.entry["code"][:12], code()[:12]),
            ("renderer", found.entry["renderer"], renderer()),
        )
        if old != new
    ]
    if now != then:
        changes.append("the same seed draws another scene now, so the old one was rendered")
    if isinstance(found.sample, NoisePair):
        pair = rendered_pair(options, then, failures)
        same = all(np.array_equal(found.sample.planes[name], pair.planes[name]) for name in pair.planes)
        return Replay(sample_id, same, None, tuple(changes))
    sample = rendered_sample(options, then, failures)
    same = sample.ledger["pixels_sha256"] == found.entry["pixels_sha256"]
    stored, fresh = (fitted(one.picture, one.width_px, one.height_px).astype(np.float64) for one in (found.sample, sample))
    error = float(((stored - fresh) ** 2).mean()) if stored.shape == fresh.shape else float("inf")
    return Replay(sample_id, same, None if error == 0 else float(10 * np.log10(255**2 / error)), tuple(changes))


def explain(picture: Path, runs: Sequence[Path] = ()) -> Explanation:
    """Walks from a picture's manifest and recipe to the weights, to their run, to the root of the data.

    The recipe is only as good as the signature over it: an invalid one means that either may have been changed.

    Args:
        runs: folders to look for run records in, before those that come with the package.

    Raises:
        RecipeError: if the picture has no recipe. DataError: if nothing is known of its weights.
    """
    recipe = read_recipe(picture)
    manifest = read(picture.read_bytes(), trusted_roots())
    versions = dict(recipe.versions)
    weights = versions.get("weights", "")
    places = [*runs, *_shipped()]
    run = run_of_weights(weights, places) if weights else None
    before = () if run is None else tuple(_before(run, places))
    signature, faults = ("none", ()) if manifest is None else (manifest.state, manifest.faults if manifest.state == "invalid" else ())
    return Explanation(recipe.model_id, recipe.prompt, recipe.seed, recipe.sha256, versions, weights, run, before, signature, faults)


def _before(run: RunRecord, places: Sequence[Path]) -> Iterator[RunRecord]:
    for weights in run.parents:
        parent = run_of_weights(weights, places)
        yield parent
        yield from _before(parent, places)


def _shipped() -> list[Path]:
    """Folders of the package that may hold run records: found without importing what lies in them."""
    spec = importlib.util.find_spec("pochade")
    return [] if spec is None or spec.submodule_search_locations is None else [Path(place) for place in spec.submodule_search_locations]
