"""Error correction for the 64 bits of a watermark: a convolutional code, decoded softly over its whole trellis."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ID_BITS = 64
_MEMORY = 8
_GENERATORS = (0o463, 0o535, 0o733, 0o745)
"""Rate 1/4, constraint length 9, free distance 24. Source: Larsen, IEEE Trans. Inf. Theory 19 (1973), table of rate 1/4 codes."""
STEPS = ID_BITS + _MEMORY
CODED_BITS = STEPS * len(_GENERATORS)


@cache
def _outputs() -> NDArray[np.float32]:
    """(512, 4): what the encoder says, +1 or -1, when its register (newest bit lowest) holds the index."""
    registers = np.arange(2 << _MEMORY)
    parity = np.stack([np.bitwise_count(registers & generator) & 1 for generator in _GENERATORS], axis=1)
    return (1 - 2 * parity.astype(np.int8)).astype(np.float32)


def encode(number: int) -> NDArray[np.float32]:
    """The codeword of a number.

    Args:
        number: 0 to 2**64 - 1.

    Returns:
        (CODED_BITS,) float32, +1 or -1.

    Raises:
        ValueError: outside that range.
    """
    if not 0 <= number < 1 << ID_BITS:
        raise ValueError(f"`number` ({number}) must lie in 0 to 2**{ID_BITS} - 1")
    bits = np.zeros(STEPS + _MEMORY, np.int64)
    bits[_MEMORY : _MEMORY + ID_BITS] = [(number >> k) & 1 for k in range(ID_BITS)]
    registers = np.lib.stride_tricks.sliding_window_view(bits, _MEMORY + 1) @ (1 << np.arange(_MEMORY, -1, -1))
    return _outputs()[registers].ravel()


def decode(soft: NDArray[np.floating]) -> tuple[int, float]:
    """The number whose codeword lies nearest, by the Viterbi algorithm, always some number; and by how much the next one lies farther.

    Args:
        soft: (CODED_BITS,), each positive where +1 is likelier than -1, the surer the larger.

    Returns:
        The number, and the difference of the sums of `soft` along its codeword and along the one that comes next, 0 or more. The next
        best path leaves the best one and comes back to it once, so it was turned down where they meet.
        Source: Seshadri and Sundberg, IEEE Trans. Communications 42 (1994), the list Viterbi algorithm for a list of two.
    """
    states = 1 << _MEMORY
    registers = np.arange(2 * states)
    gains = soft.reshape(STEPS, -1).astype(np.float32) @ _outputs().T  # (STEPS, 512)
    score = np.full(states, -np.inf, np.float32)
    score[0] = 0
    choices, leads = np.empty((STEPS, states), bool), np.empty((STEPS, states), np.float32)
    for step in range(STEPS):
        reached = (score[registers >> 1] + gains[step]).reshape(2, states)  # the oldest bit, then the new state
        choices[step] = reached[1] > reached[0]
        score = np.maximum(reached[0], reached[1])
        leads[step] = score - np.where(np.isneginf(score), 0, np.minimum(reached[0], reached[1]))
        if step >= ID_BITS:  # the last bits are known to be 0
            score[1::2] = -np.inf
    state, number, lead = 0, 0, np.inf
    for step in range(STEPS - 1, -1, -1):
        if step < ID_BITS:
            number |= (state & 1) << step
        lead = min(lead, float(leads[step, state]))
        state = (int(choices[step, state]) << _MEMORY | state) >> 1
    return number, lead
