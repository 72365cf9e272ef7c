"""The denoiser of the path tracer: a small residual encoder and decoder over compressed light and first-hit features."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional as F

from pochade.core.denoising import INPUTS
from pochade.model.layers import ConvPair


@dataclass(frozen=True)
class DenoiserConfig:
    """Channels at 1/2, 1/4 and 1/8 of the resolution."""

    widths: tuple[int, ...] = (32, 48, 64)


class Denoiser(nn.Module):
    """Predicts clean compressed light (B, 3, H, W) from (B, INPUTS, H, W); both sides multiples of 8. Starts as the identity."""

    def __init__(self, config: DenoiserConfig):
        super().__init__()
        widths = config.widths
        self.into = nn.Conv2d(4 * INPUTS, widths[0], 3, padding=1)
        self.encode = nn.ModuleList(ConvPair(width) for width in widths)
        self.down = nn.ModuleList(nn.Conv2d(a, b, 2, stride=2) for a, b in pairwise(widths))
        self.up = nn.ModuleList(nn.Conv2d(b, 4 * a, 1) for a, b in pairwise(widths))
        self.decode = nn.ModuleList(ConvPair(width) for width in widths[:-1])
        self.out = nn.Conv2d(widths[0], 4 * 3, 3, padding=1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)  # type: ignore[arg-type]

    def forward(self, inputs: Tensor) -> Tensor:
        """See the class."""
        x, skips = self.into(F.pixel_unshuffle(inputs, 2)), []
        for index, encode in enumerate(self.encode):
            x = encode(x)
            if index < len(self.down):
                skips.append(x)
                x = self.down[index](x)
        for up, decode, skip in zip(reversed(self.up), reversed(self.decode), reversed(skips), strict=True):
            x = decode(F.pixel_shuffle(up(x), 2) + skip)
        return inputs[:, :3] + F.pixel_shuffle(self.out(F.silu(x)), 2)
