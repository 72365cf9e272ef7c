"""Merkle trees against the published vectors of Certificate Transparency."""

from __future__ import annotations

import pytest

from pochade.data import merkle

# the leaves and roots of the reference implementation of RFC 6962 (google/certificate-transparency, merkle_tree_test)
LEAVES = [
    bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


@pytest.mark.parametrize("count", range(9))
def test_roots(count):
    assert merkle.root([merkle.leaf(data) for data in LEAVES[:count]]).hex() == ROOTS[count]


@pytest.mark.parametrize("count", [1, 2, 3, 5, 6, 7, 8])
def test_every_leaf_can_be_proven_and_no_other(count):
    leaves = [merkle.leaf(data) for data in LEAVES[:count]]
    root = merkle.root(leaves)
    for index, leaf in enumerate(leaves):
        path = merkle.proof(leaves, index)
        assert merkle.proven(leaf, index, count, path, root)
        assert not merkle.proven(merkle.leaf(b"another"), index, count, path, root)
        assert not merkle.proven(leaf, index, count, [*path, leaf], root)
        if path:
            assert not merkle.proven(leaf, index, count, path[:-1], root)
