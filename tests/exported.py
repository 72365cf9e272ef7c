"""A tiny untrained network, exported; for tests of what paints with it."""

from __future__ import annotations

from pathlib import Path


def export_tiny(folder: Path) -> Path:
    """Writes snapshot and graphs; returns the folder of the graphs. Needs torch."""
    import torch

    torch.set_num_threads(1)
    from pochade.model import state
    from pochade.model.config import NetConfig, Recipe
    from pochade.model.export import export
    from pochade.model.painter import Pochade

    torch.manual_seed(0)
    net = NetConfig(widths=(8, 16), token_width=32, depth=2, heads=2, text_width=32, text_depth=1, text_tokens=24, aux_block=1)
    made = Pochade(net)
    for parameter in made.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.5 / parameter[0].numel() ** 0.5)
    recipe = Recipe("tiny", net, size_px=64)
    state.save_snapshot(folder / "snapshot.safetensors", dict(made.named_parameters()), recipe, state.Place())
    export(folder / "snapshot.safetensors", folder / "weights")
    return folder / "weights"
