"""Merkle trees over SHA-256.

Source: RFC 6962, section 2.1: leaves are hashed behind a zero byte, nodes behind a one byte; a tree of n leaves is split at the
largest power of two below n; the empty tree is the hash of nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, 32 bytes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    # bottom-up with odd nodes carried along gives the tree of the RFC
    level = list(leaves)
    while len(level) > 1:
        pairs = [_node(level[k], level[k + 1]) for k in range(0, len(level) - 1, 2)]
        level = pairs + level[len(level) - len(level) % 2 :]
    return level[0]


def proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The sibling hashes that lead from leaf `index` up to the root (the audit path of RFC 6962, section 2.1.1)."""
    path: list[bytes] = []
    level = list(leaves)
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        level = [_node(level[k], level[k + 1]) for k in range(0, len(level) - 1, 2)] + level[len(level) - len(level) % 2 :]
        index //= 2
    return path


def proven(leaf_hash: bytes, index: int, count: int, path: Sequence[bytes], root_hash: bytes) -> bool:
    """Whether `path` shows that `leaf_hash` is leaf `index` of `count` under `root_hash`."""
    steps = list(path)
    here = leaf_hash
    while count > 1:
        if index ^ 1 < count:
            if not steps:
                return False
            sibling = steps.pop(0)
            here = _node(sibling, here) if index % 2 else _node(here, sibling)
        index, count = index // 2, (count + 1) // 2
    return not steps and here == root_hash


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
