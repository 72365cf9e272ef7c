"""The painter: predicts the clean picture from a noisy one, a guide and a caption.

A small convolutional encoder and decoder carries what is local (edges, albedo, texture) from the guide to the picture;
a transformer on the coarse grid between them carries what is not (light, shadow, reflection, what the words say).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pochade.core.conditions import ALBEDO, DRAFT, GUIDE_CHANNELS, GUIDE_INPUTS, SPECULAR, drafted
from pochade.core.flow import NOISY_INPUTS
from pochade.model.config import NetConfig
from pochade.model.layers import Block, ConvPair, RMSNorm, grid_angles, line_angles

PADDING_BIAS = -1e4
AUX_CHANNELS = 7
"""Depth, normal and albedo, predicted from tokens in training."""


class TextEncoder(nn.Module):
    """A transformer over the tokens of a caption, trained from nothing."""

    def __init__(self, config: NetConfig):
        super().__init__()
        self.embed = nn.Embedding(config.vocabulary, config.text_width)
        nn.init.normal_(self.embed.weight, std=0.5)
        self.blocks = nn.ModuleList(Block(config.text_width, config.heads) for _ in range(config.text_depth))
        self.norm = RMSNorm(config.text_width)
        cos, sin = line_angles(config.text_tokens, config.text_width // config.heads)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)

    def forward(self, tokens: Tensor, bias: Tensor) -> Tensor:
        """Maps token ids (B, M) and their padding bias (B, 1, 1, M) to states (B, M, text_width)."""
        x = self.embed(tokens)
        for block in self.blocks:
            x = block(x, (self.cos, self.sin), bias)
        return self.norm(x)


class Painter(nn.Module):
    """Predicts the clean picture x from z = t x + (1 - t) noise.

    It sees z times a gain that is 0 where z is pure noise: there it paints what guide and words tell. Given z itself, it
    learned only slowly to ignore it, and left blotches (experiments/LOG.md). Where a guide is exact, its draft is what an
    untrained painter answers: what is learned is what the draft lacks.
    """

    def __init__(self, config: NetConfig):
        super().__init__()
        self.config = config
        widths, width = config.widths, config.token_width
        self.into = nn.Conv2d(4 * (NOISY_INPUTS + GUIDE_INPUTS), widths[0], 1)
        self.first = nn.Conv2d(widths[0], widths[0], 3, padding=1)
        self.down = nn.ModuleList(nn.Conv2d(a, b, 2, stride=2) for a, b in zip(widths, (*widths[1:], width), strict=True))
        self.encode = nn.ModuleList(ConvPair(channels) for channels in widths[1:])
        self.blocks = nn.ModuleList(Block(width, config.heads, config.text_width) for _ in range(config.depth))
        self.norm = RMSNorm(width)
        self.up = nn.ModuleList(nn.Conv2d(b, 4 * a, 1) for a, b in zip(widths, (*widths[1:], width), strict=True))
        self.decode = nn.ModuleList(ConvPair(channels) for channels in widths)
        self.out = nn.Conv2d(widths[0], 4 * 3 * 4, 3, padding=1)
        self.bypass = nn.Conv2d(4 * GUIDE_INPUTS, 4 * 3, 1)  # not of z, whose share must depend on t
        for last in (self.out, self.bypass):
            nn.init.zeros_(last.weight)
            assert last.bias is not None  # both have one
            nn.init.zeros_(last.bias)
        self.aux = nn.Linear(width, AUX_CHANNELS, bias=False) if config.aux_block else None

    def forward(self, noisy: Tensor, guide: Tensor, text: Tensor, bias: Tensor) -> Tensor:
        """The clean picture (B, 3, H, W), range about -1 to 1.

        Args:
            noisy: (B, NOISY_INPUTS, H, W), see `noisy_inputs`; both sides multiples of `config.stride`.
            guide: (B, GUIDE_INPUTS, H, W), zero where there is none.
            text: (B, M, text_width) from `TextEncoder`. bias: (B, 1, 1, M), PADDING_BIAS where a token is padding.
        """
        return self._forward(noisy, guide, text, bias)[0]

    def with_aux(self, noisy: Tensor, guide: Tensor, text: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """The clean picture, and the maps (B, AUX_CHANNELS, h, w) that the tokens of an early block stand for."""
        x, aux = self._forward(noisy, guide, text, bias)
        assert aux is not None
        return x, aux

    def missing(self, noisy: Tensor, guide: Tensor, text: Tensor, bias: Tensor, angles: tuple[Tensor, Tensor]) -> Tensor:
        """What the draft lacks of the picture that `forward` predicts: small numbers, which lose less in half precision. See `drafted`.

        Args:
            angles: `grid_angles` of the token grid; without them traced graphs would hold one size only.
        """
        return self._missing(noisy, guide, text, bias, angles)[0]

    def _forward(self, noisy: Tensor, guide: Tensor, text: Tensor, bias: Tensor) -> tuple[Tensor, Tensor | None]:
        missing, aux = self._missing(noisy, guide, text, bias)
        return missing + drafted(guide), aux

    def _missing(
        self, noisy: Tensor, guide: Tensor, text: Tensor, bias: Tensor, angles: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor | None]:
        folded = F.pixel_unshuffle(torch.cat((noisy, guide), 1), 2)
        x = self.into(folded)
        x = x + self.first(F.silu(x))
        skips = []
        for index, down in enumerate(self.down):
            if index:
                x = self.encode[index - 1](x)
            skips.append(x)
            x = down(x)
        x, aux = self._over_tokens(x, text, bias, angles)
        for up, decode, skip in zip(reversed(self.up), reversed(self.decode), reversed(skips), strict=True):
            x = decode(F.pixel_shuffle(up(x), 2) + skip)
        return self._finished(self.out(F.silu(x)), self.bypass(folded[:, 4 * NOISY_INPUTS :]), guide), aux

    def _finished(self, made: Tensor, told: Tensor, guide: Tensor) -> Tensor:
        """What the draft lacks, as a sum: what was made of it, what the guide tells, and its draft, surfaces and mirrors times factors.

        The last multiplies, pixel by pixel, what the guide has at full resolution: fine texture need not pass the narrow layers.
        """
        offset, on_albedo, on_draft, on_specular = F.pixel_shuffle(made, 2).chunk(4, 1)
        exact = guide[:, GUIDE_CHANNELS : GUIDE_CHANNELS + 1]
        albedo, draft, mirrors = (guide[:, channels] + 1 for channels in (ALBEDO, DRAFT, SPECULAR))
        mapped = albedo * on_albedo + draft * on_draft + mirrors * on_specular
        return offset + F.pixel_shuffle(told, 2) + exact * mapped

    def _over_tokens(self, x: Tensor, text: Tensor, bias: Tensor, angles: tuple[Tensor, Tensor] | None) -> tuple[Tensor, Tensor | None]:
        batch, width, rows, columns = x.shape
        cos, sin = angles or grid_angles(rows, columns, width // self.config.heads)
        angles = cos.to(x), sin.to(x)
        keys = F.pad(bias, (rows * columns, 0))
        tokens, aux = x.flatten(2).transpose(1, 2), None
        for index, block in enumerate(self.blocks, 1):
            tokens = block(tokens, angles, keys, text)
            if index == self.config.aux_block and self.aux is not None:
                aux = self.aux(tokens).transpose(1, 2).reshape(batch, AUX_CHANNELS, rows, columns)
        return x + self.norm(tokens).transpose(1, 2).reshape(x.shape), aux


class Pochade(nn.Module):
    """Text encoder and painter, trained together."""

    def __init__(self, config: NetConfig):
        super().__init__()
        self.config = config
        self.text, self.painter = TextEncoder(config), Painter(config)

    def forward(self, noisy: Tensor, guide: Tensor, tokens: Tensor, bias: Tensor) -> tuple[Tensor, Tensor | None]:
        """See `Painter.with_aux`; `tokens` (B, M) are ids."""
        text = self.text(tokens, bias.to(noisy.dtype))
        return self.painter._forward(noisy, guide, text, bias.to(noisy.dtype))
