"""The model card says what the records say."""

from __future__ import annotations

from dataclasses import replace

from pochade.data.census import Census
from pochade.data.folder import data_root
from pochade.data.runs import DataUsed, RunRecord
from pochade.evals.card import model_card

SHA = "ab" * 32
NET = {"widths": [8, 16], "depth": 2, "token_width": 32, "text_depth": 1, "text_width": 32, "text_tokens": 12}
MANIFEST = {
    "model_id": "pochade-1",
    "recipe": {"net": NET},
    "files": {"a": {"bytes": 1_500_000}, "b": {"bytes": 500_000}},
    "parameters": 1_234_567,
    "size_px": 256,
    "snapshot_sha256": SHA,
}
RUN = RunRecord("run-1", "pochade-1", "pochade-1", "2026-01-31T12:00:00Z", "2026-01-31T13:00:00Z",
                (DataUsed(data_root([]), ()),), {"lr_muon": 0.006}, {"snapshot.safetensors": SHA}, machine="2 cores",
                samples_seen=1000, seconds=3600)  # fmt: skip
SCORE = {"kind": "all", "pictures": 7, "psnr_db": 24.56, "psnr_low": 24.0, "psnr_high": 25.0, "color_difference": 5.04}
FOUND = {
    "split": "held-out",
    "backend": "openvino-bf16",
    "snapshot_sha256": SHA,
    "evaluations": [{"num_steps": 1, "scores": [SCORE], "sharpness": [1.0, 0.5]}],
}
OTHERS = {**FOUND, "split": "held-out-combination", "formats": ["16x9", "2x3"]}
CENSUS = Census("samples", 12, 1, {"family": {"food": 12}, "split": {"train": 11, "held-out": 1}})


def test_the_card_holds_every_figure():
    card = model_card(MANIFEST, [RUN, replace(RUN, name="run-2", seconds=1800)], [("cd" * 32, CENSUS)], [FOUND, OTHERS], 30)
    for part in ("1,234,567", "2.0 MB", SHA, "| run-2 | 2026-01-31 | 1,000 | 0.50 | 0.006 | 2 cores |", "2,000 samples in 1.50 hours",
                 "about 0.04 kWh, if the machine drew 30 W", "cd" * 32, "| food | 12 |", "11 train, 1 held-out", "24.6 (24.0 to 25.0)",
                 "1.00 0.50", "No people", "## Evaluation: held-out\n", "## Evaluation: held-out-combination, 16:9, 2:3\n"):  # fmt: skip
        assert part in card
    assert "of other weights" not in card


def test_figures_of_other_weights_and_missing_ones_are_called_that():
    assert "**These figures are of other weights.**" in model_card(MANIFEST, [RUN], [], [{**FOUND, "snapshot_sha256": "00" * 32}])
    card = model_card(MANIFEST, [RUN], [], [])
    assert "Not evaluated." in card and "Energy: not measured." in card
