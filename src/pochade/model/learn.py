"""What one step learns: the loss of a batch. Written so that one compiled graph holds it all."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pochade.core.flow import input_gain, loss_weight, mixed, noise_scale
from pochade.core.tokens import PAD
from pochade.model.batches import COARSE, EXACT, Batch
from pochade.model.painter import PADDING_BIAS


def text_bias(tokens: Tensor) -> Tensor:
    """Attention bias (B, 1, 1, M) of token ids (B, M): PADDING_BIAS at padding."""
    return (tokens == PAD)[:, None, None].float() * PADDING_BIAS


SHARP = 0.01
"""Below this difference, of pictures from -1 to 1, an absolute loss turns square, so that it has a slope everywhere."""


class Lesson(nn.Module):
    """Maps a batch, as it lies in memory, to losses per sample."""

    def __init__(self, net: Callable[..., tuple[Tensor, Tensor | None]], min_noise: float):
        super().__init__()
        self.net, self.min_noise = net, min_noise

    def forward(self, pictures: Tensor, guides: Tensor, modes: Tensor, tokens: Tensor, noise: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """Losses of the picture and of the auxiliary maps, (B,) each; arguments as in `Batch`, `noise` in the network's type."""
        dtype = noise.dtype
        x = pictures.permute(0, 3, 1, 2).to(dtype) * (1 / 127.5) - 1
        told = guides.permute(0, 3, 1, 2).to(dtype) * (1 / 127.5) - 1
        exact, coarse = (modes == EXACT)[:, None, None, None].to(dtype), (modes == COARSE)[:, None, None, None].to(dtype)
        flags = torch.ones_like(told[:, :1])
        guide = torch.cat((told * (exact + coarse), exact * flags, coarse * flags), 1)
        when = t[:, None, None, None]
        z = mixed(x, noise, when.to(dtype)) * input_gain(when, noise_scale(*x.shape[2:])).to(dtype)
        noisy = torch.cat((z, (2 * when - 1).to(dtype) * flags), 1)
        predicted, aux = self.net(noisy, guide, tokens, text_bias(tokens))
        off = (predicted - x).float()
        # one step has to be sharp at once: the mean that a square asks for is soft, and small errors at edges count little in it
        soft = off.square().mean((1, 2, 3)) * loss_weight(t, self.min_noise)
        sharp = _distance(off) + _distance(off.diff(dim=2)) + _distance(off.diff(dim=3))
        loss = torch.where((t == 0) & (modes == EXACT), sharp, soft)
        if aux is None:
            return loss, torch.zeros_like(loss)
        target = F.avg_pool2d(told[:, : aux.shape[1]].float(), told.shape[-1] // aux.shape[-1])
        return loss, (aux.float() - target).square().mean((1, 2, 3))


def _distance(off: Tensor) -> Tensor:
    """Mean absolute value of each sample, (B,)."""
    return (off.square() + SHARP**2).sqrt().mean((1, 2, 3))


def to_tensors(batch: Batch, dtype: torch.dtype, device: torch.device) -> tuple[Tensor, ...]:
    """A batch as the arguments of `Lesson.forward`."""
    noise = torch.from_numpy(batch.noise).to(device, dtype).contiguous(memory_format=torch.channels_last)
    rest = (torch.from_numpy(np.ascontiguousarray(array)).to(device) for array in (batch.pictures, batch.guides, batch.modes, batch.tokens))
    return *rest, noise, torch.from_numpy(batch.t).to(device)
