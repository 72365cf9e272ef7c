"""Which licences allow a photograph to be trained on."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from pochade.core.errors import InvalidRequestError

OWNED = "LicenseRef-owned"
"""Of photographs whose importer states that he holds the rights."""


@dataclass(frozen=True)
class Licence:
    """Under what a photograph may be used: an SPDX identifier, whether credit is owed, and whether it rests on a statement."""

    spdx: str
    credit: bool
    stated: bool


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    return tomllib.loads(resources.files("pochade.data").joinpath("licences.toml").read_text(encoding="utf-8"))


def licence(spdx: str, holds_rights: bool = False) -> Licence:
    """Looks a licence up; case does not matter.

    Args:
        holds_rights: the importer states that he holds the rights, so that any licence will do.

    Raises:
        InvalidRequestError: for one that is unknown or does not allow training, unless `holds_rights`.
    """
    table = _table()
    known = {name.lower(): name for name in table["accepted"]}
    name = known.get(spdx.strip().lower())
    if name is not None:
        return Licence(name, table["accepted"][name]["credit"], False)
    if holds_rights:
        return Licence(spdx.strip() or OWNED, False, True)
    parts = spdx.upper().split("-")
    why = next((f"{clause}: {reason}" for clause, reason in table["refused"].items() if clause in parts), "it is not known here")
    raise InvalidRequestError(
        f"Got licence {spdx!r} ({why}); {', '.join(table['accepted'])} are accepted. "
        "If you hold the rights in these pictures yourself, say so with --i-hold-the-rights.",
        field="licence",
    )
