"""Writes src/pochade/core/tokens.json: the words and phrases that are one token each. Known ids stay; new phrases go to the end.

python dev/tokens.py
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from pochade.core.tokens import key_phrase, pieces
from pochade.world.captions import canonical
from pochade.world.describe import description_rand
from pochade.world.lexicon import SECTIONS, lexicon
from pochade.world.words import known_words

TARGET = Path(__file__).parents[1] / "src/pochade/core/tokens.json"
DESCRIPTIONS = 4000
"""Random descriptions whose canonical wordings give the words of the grammar."""


def phrases() -> list[str]:
    """Canonical words of every kind, plurals of nouns, sides of the key light, every word of canonical captions; in a fixed order."""
    found: dict[str, None] = {}
    for kind in SECTIONS:
        for word in known_words(kind):
            for phrase in (word, lexicon().plural(word)) if kind == "noun" else (word,):
                found.setdefault(" ".join(pieces(phrase)))
    singles: set[str] = set()
    for phrase in found:
        singles.update(phrase.split())
    for seed in range(DESCRIPTIONS):
        singles.update(pieces(canonical(description_rand(np.random.default_rng(seed)))))
    for azimuth_deg in (-30, 30, -60, 60, -120, 120):
        found.setdefault(key_phrase(azimuth_deg))
    for word in sorted(singles):
        found.setdefault(word)
    return list(found)


def main() -> None:
    known = json.loads(TARGET.read_text())["phrases"] if TARGET.exists() else []
    merged = list(dict.fromkeys([*known, *phrases()]))
    TARGET.write_text(json.dumps({"phrases": merged}, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(merged)} phrases, {len(merged) - len(known)} of them new")


if __name__ == "__main__":
    main()
