"""Judges: networks that look at a picture and say what it shows. Painters are measured with them and never learn from them.

Shapes: B pictures, M cells of the grid, C channels, N nouns, D width of what is told about a noun.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pochade.core.labels import COUNTS, Labels
from pochade.model.layers import Block, ConvPair, RMSNorm, grid_angles

PATCH_PX = 8
USUALLY_NONE = 4.0
"""Bias of the count "0" at the start: of 74 nouns one or two are in a picture."""


@dataclass(frozen=True)
class JudgeConfig:
    """Shape of a judge.

    Attributes:
        body: "cnn" or "vit". size_px: side of the squares that it looks at.
        widths, pairs: of a CNN: channels at 1/2, 1/4, ... of the size, and residual pairs at each.
        width, depth, heads: of a ViT over patches of PATCH_PX; `width` a multiple of 4 * `heads`.
        noun_width: of what is told about each noun.
    """

    body: str = "cnn"
    size_px: int = 128
    widths: tuple[int, ...] = (32, 64, 128, 192)
    pairs: int = 2
    width: int = 192
    depth: int = 6
    heads: int = 6
    noun_width: int = 96

    def __post_init__(self) -> None:
        if self.body not in ("cnn", "vit"):
            raise ValueError(f"body {self.body!r} is neither cnn nor vit")
        if self.width % (4 * self.heads) or len(self.widths) < 2:
            raise ValueError(f"width {self.width} must be a multiple of {4 * self.heads}, and widths {self.widths} two or more")
        if self.size_px % self.stride:
            raise ValueError(f"size_px {self.size_px} must be a multiple of {self.stride}")

    @property
    def stride(self) -> int:
        """What the sides of a picture must be a multiple of."""
        return PATCH_PX if self.body == "vit" else 2 ** len(self.widths)


class Answers(NamedTuple):
    """What a judge says of B pictures, as logits; named and ordered as `core.labels.ANSWERS`.

    Attributes:
        features: (B, F), what all answers about the whole picture are read from.
        counts: (B, N, C). colours: (B, N, ...), materials: (B, N, ...), of each noun, whether it is there or not.
        places: (B, N, 3): of two nouns, the one with the greater number lies further right, further up, further in front.
        lights, settings, surfaces: (B, ...).
    """

    features: Tensor
    counts: Tensor
    colours: Tensor
    materials: Tensor
    places: Tensor
    lights: Tensor
    settings: Tensor
    surfaces: Tensor


class ConvBody(nn.Module):
    """Convolutions down to the coarsest grid, and back up once: cells that are fine enough to count, and have seen everything."""

    def __init__(self, config: JudgeConfig):
        super().__init__()
        widths = config.widths
        self.into = nn.Conv2d(3 * 4, widths[0], 3, padding=1)
        self.stages = nn.ModuleList(nn.Sequential(*(ConvPair(width) for _ in range(config.pairs))) for width in widths)
        self.down = nn.ModuleList(nn.Conv2d(a, b, 2, stride=2) for a, b in pairwise(widths))
        self.up = nn.Conv2d(widths[-1], 4 * widths[-2], 1)
        self.channels, self.rows = widths[-2], config.size_px // 2 ** (len(widths) - 1)

    def forward(self, x: Tensor) -> Tensor:
        """Maps pictures (B, 3, H, W) to cells (B, M, C), row by row."""
        x = before = self.stages[0](self.into(F.pixel_unshuffle(x, 2)))
        for down, stage in zip(self.down, self.stages[1:], strict=True):
            before = x
            x = stage(down(x))
        return (before + F.pixel_shuffle(self.up(x), 2)).flatten(2).transpose(1, 2)


class PatchBody(nn.Module):
    """A transformer over patches, embedded by two convolutions. Source: ViT arXiv:2010.11929; convolutional stem arXiv:2106.14881."""

    def __init__(self, config: JudgeConfig):
        super().__init__()
        width = config.width
        self.into = nn.Conv2d(3, width, PATCH_PX // 2, stride=PATCH_PX // 2)
        self.join = nn.Conv2d(width, width, 2, stride=2)
        self.blocks = nn.ModuleList(Block(width, config.heads) for _ in range(config.depth))
        self.channels, self.rows = width, config.size_px // PATCH_PX
        cos, sin = grid_angles(self.rows, self.rows, width // config.heads)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Maps pictures (B, 3, H, W) to cells (B, M, C), row by row."""
        x = self.join(F.silu(self.into(x))).flatten(2).transpose(1, 2)
        angles = self.cos.to(x), self.sin.to(x)
        for block in self.blocks:
            x = block(x, angles, None)
        return x


class NounHeads(nn.Module):
    """What is said of each noun: one query per noun looks for it in the cells, and the same heads read what all of them find.

    Colours and materials are told of what the noun's own query found, so "a red cube and a blue ball" differs from
    "a blue cube and a red ball"; and since the heads are shared, what is red is learned from all nouns.
    """

    middles: Tensor
    """Middles of the cells, (M, 2), -1 to 1."""

    def __init__(self, channels: int, rows: int, labels: Labels, width: int):
        super().__init__()
        self.embed = nn.Embedding(len(labels.nouns), width)
        nn.init.normal_(self.embed.weight, std=1.0)
        self.keys = nn.Linear(channels, width, bias=False)
        self.values = nn.Linear(channels + 2, width)
        self.norm = RMSNorm(width)
        self.mix = nn.Linear(2 * width + 1, width)
        self.counts_head, self.places_head = nn.Linear(width, len(COUNTS)), nn.Linear(width, 3)
        self.colours_head, self.materials_head = nn.Linear(width, len(labels.colours)), nn.Linear(width, len(labels.materials))
        with torch.no_grad():
            self.counts_head.bias[0] = USUALLY_NONE
        line = (torch.arange(rows) + 0.5) * (2 / rows) - 1
        self.register_buffer("middles", torch.stack((line.repeat(rows), line.repeat_interleave(rows)), -1), persistent=False)

    def forward(self, cells: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Logits of counts, colours and materials, and places, of each noun, from cells (B, M, C)."""
        batch, _, _ = cells.shape
        queries = self.embed.weight
        likeness = queries @ self.keys(cells).transpose(1, 2) * queries.shape[1] ** -0.5  # (B, N, M)
        middles = self.middles.to(cells).expand(batch, -1, -1)
        values = self.values(torch.cat((cells, middles), -1))
        seen = likeness.float().softmax(-1).to(cells.dtype) @ values
        # the softmax forgets how many cells there were
        area = likeness.float().sigmoid().sum(-1, keepdim=True).log1p().to(cells.dtype)
        told = F.silu(self.mix(torch.cat((self.norm(seen), queries.expand(batch, -1, -1), area), -1)))
        return self.counts_head(told), self.colours_head(told), self.materials_head(told), self.places_head(told)


class Judge(nn.Module):
    """Says of a picture how many there are of each noun, how they look and where they are, and what light and place it shows."""

    def __init__(self, config: JudgeConfig, labels: Labels):
        super().__init__()
        self.body = ConvBody(config) if config.body == "cnn" else PatchBody(config)
        channels = self.body.channels
        self.norm = RMSNorm(channels)
        self.nouns = NounHeads(channels, self.body.rows, labels, config.noun_width)
        self.lights_head, self.settings_head = nn.Linear(channels, len(labels.lights)), nn.Linear(channels, len(labels.settings))
        self.surfaces_head = nn.Linear(channels, len(labels.surfaces))

    def forward(self, x: Tensor) -> Answers:
        """Maps pictures (B, 3, size_px, size_px), range -1 to 1, to answers."""
        cells = self.norm(self.body(x))
        features = cells.mean(1)
        counts, colours, materials, places = self.nouns(cells)
        lights, settings, surfaces = self.lights_head(features), self.settings_head(features), self.surfaces_head(features)
        return Answers(features, counts, colours, materials, places, lights, settings, surfaces)


class JudgeLesson(nn.Module):
    """Maps a batch, as it lies in memory, to four losses (4,): counts, looks, places, circumstances; sums over what is said."""

    def __init__(self, net: Judge):
        super().__init__()
        self.net = net

    def forward(
        self,
        pictures: Tensor,
        counts: Tensor,
        colours: Tensor,
        materials: Tensor,
        orders: Tensor,
        lights: Tensor,
        settings: Tensor,
        surfaces: Tensor,
    ) -> Tensor:
        """Means over B pictures (B, H, W, 3) uint8 with labels as in `core.labels.Truth`."""
        dtype = self.net.lights_head.weight.dtype
        said = self.net(pictures.permute(0, 3, 1, 2).to(dtype) * (1 / 127.5) - 1)
        likely = said.counts.float().log_softmax(-1)
        how_many = -likely.masked_fill(~counts, -torch.inf).logsumexp(-1).sum()
        looks = _unlikely(said.colours, colours) + _unlikely(said.materials, materials)
        axes, low, high = orders.clamp(min=0).unbind(-1)
        number = torch.arange(len(orders), device=orders.device)[:, None]
        apart = (said.places[number, high, axes] - said.places[number, low, axes]).float()
        where = (F.softplus(-apart) * (orders[..., 0] >= 0)).sum()
        around = _unlikely(said.lights, lights) + _unlikely(said.settings, settings) + _unlikely(said.surfaces, surfaces)
        return torch.stack((how_many, looks, where, around)) / len(pictures)


def _unlikely(logits: Tensor, words: Tensor) -> Tensor:
    """Sum of the surprise at words, where they are said: logits (..., K), words (...)."""
    return F.cross_entropy(logits.float().flatten(0, -2), words.flatten(), ignore_index=-1, reduction="sum")
