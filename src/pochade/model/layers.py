"""Building blocks shared by the text encoder and the painter.

Shapes: B batch, N tokens, D width, H heads, C channels.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class RMSNorm(nn.Module):
    """Root-mean-square norm over the last axis, with a learned scale. Source: arXiv:1910.07467."""

    def __init__(self, width: int):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        full = x.float()
        return (full * torch.rsqrt(full.square().mean(-1, keepdim=True) + 1e-6)).to(x.dtype) * self.scale


class ChannelNorm(nn.Module):
    """RMSNorm over the channels of (B, C, H, W)."""

    def __init__(self, channels: int):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(channels))

    def forward(self, x: Tensor) -> Tensor:
        full = x.float()
        return (full * torch.rsqrt(full.square().mean(1, keepdim=True) + 1e-6)).to(x.dtype) * self.scale[:, None, None]


class SwiGLU(nn.Module):
    """Gated feed-forward layer, its inner width 8/3 of the outer. Source: arXiv:2002.05202."""

    def __init__(self, width: int):
        super().__init__()
        inner = math.ceil(width * 8 / 3 / 32) * 32
        self.into = nn.Linear(width, 2 * inner, bias=False)
        self.out = nn.Linear(inner, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        gate, value = self.into(x).chunk(2, -1)
        return self.out(F.silu(gate) * value)


def attention(q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None) -> Tensor:
    """Explicit softmax attention over (B, H, N, D); on CPUs its backward pass is faster than the fused one's in bf16.

    Args:
        bias: (B, 1, 1, N) added to the logits, large and negative where a key is padding; None: none is.
    """
    logits = q @ k.transpose(-1, -2)
    logits = logits.float() * (q.shape[-1] ** -0.5)
    if bias is not None:
        logits = logits + bias
    return logits.softmax(-1).to(v.dtype) @ v


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary position embedding of x (B, H, N, D) by angles (N, D / 2). Source: arXiv:2104.09864."""
    a, b = x.chunk(2, -1)
    return torch.cat((a * cos - b * sin, a * sin + b * cos), -1)


def grid_angles(height: int, width: int, head_width: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines (height * width, head_width / 2): half of the angles turn with the row, half with the column.

    Positions are measured from the middle of the grid in eighths of its mean side, so larger pictures have the angles of smaller ones.
    """
    unit = 8 / math.sqrt(height * width)
    y = (torch.arange(height) - (height - 1) / 2) * unit
    x = (torch.arange(width) - (width - 1) / 2) * unit
    quarter = head_width // 4
    rates = math.pi * 0.5 * (1 / 16.0) ** (torch.arange(quarter) / quarter)
    rows = (y[:, None] * rates)[:, None].expand(height, width, quarter)
    columns = (x[:, None] * rates)[None].expand(height, width, quarter)
    angles = torch.cat((rows, columns), -1).reshape(height * width, 2 * quarter)
    return angles.cos(), angles.sin()


def line_angles(length: int, head_width: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines (length, head_width / 2) along a line of tokens."""
    half = head_width // 2
    rates = 1.0 / 1000.0 ** (torch.arange(half) / half)
    angles = torch.arange(length)[:, None] * rates
    return angles.cos(), angles.sin()


class SelfAttention(nn.Module):
    """Self-attention with query-key norm; with `context_width`, keys and values of a context are attended to as well.

    Source: QK-norm arXiv:2302.05442.
    """

    def __init__(self, width: int, heads: int, context_width: int = 0):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.context_kv = nn.Linear(context_width, 2 * width, bias=False) if context_width else None
        self.norm_q, self.norm_k = RMSNorm(width // heads), RMSNorm(width // heads)
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor, angles: tuple[Tensor, Tensor], bias: Tensor | None, context: Tensor | None = None) -> Tensor:
        """Maps x (B, N, D) to (B, N, D). `bias` spans the keys: the tokens, then the context (B, M, D')."""
        batch, count, width = x.shape
        q, k, v = self.qkv(x).reshape(batch, count, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        q, k = rotate(self.norm_q(q), *angles), rotate(self.norm_k(k), *angles)
        if self.context_kv is not None:
            assert context is not None
            ck, cv = self.context_kv(context).reshape(batch, -1, 2, self.heads, width // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
            k, v = torch.cat((k, self.norm_k(ck)), 2), torch.cat((v, cv), 2)
        return self.out(attention(q, k, v, bias).transpose(1, 2).reshape(batch, count, width))


class Block(nn.Module):
    """Pre-norm transformer block without time input and without adaLN (MiniT2I)."""

    def __init__(self, width: int, heads: int, context_width: int = 0):
        super().__init__()
        self.norm_attend, self.norm_feed = RMSNorm(width), RMSNorm(width)
        self.attend = SelfAttention(width, heads, context_width)
        self.feed = SwiGLU(width)

    def forward(self, x: Tensor, angles: tuple[Tensor, Tensor], bias: Tensor | None, context: Tensor | None = None) -> Tensor:
        """Maps x (B, N, D) to (B, N, D)."""
        x = x + self.attend(self.norm_attend(x), angles, bias, context)
        return x + self.feed(self.norm_feed(x))


class ConvPair(nn.Module):
    """Residual pair of 3x3 convolutions, pre-norm; starts as the identity."""

    def __init__(self, channels: int):
        super().__init__()
        self.norm = ChannelNorm(channels)
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.second.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Maps x (B, C, H, W) to (B, C, H, W)."""
        return x + self.second(F.silu(self.first(self.norm(x))))
