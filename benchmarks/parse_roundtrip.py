"""How much of a caption the parser recovers, and how long a parse takes.

    python benchmarks/parse_roundtrip.py [number of scenes, 5000] [seed, 0]

Each scene's description is drawn anew and put into words once; what the text states must come back from the parser.
"""

from __future__ import annotations

import sys
import time
from collections import Counter

import numpy as np

from pochade.world.captions import caption_rand
from pochade.world.describe import description_rand
from pochade.world.parser import parse
from pochade.world.scene import Description

FIELDS = ("entities", "relations", "setting", "surface", "light", "light_colors", "backdrop", "views", "moods")


def lost_fields(said: Description, stated: Description) -> list[str]:
    """Names of the fields that differ; the order of relations, views and moods does not count."""
    unordered = ("relations", "views", "moods")
    pairs = ((name, getattr(said, name), getattr(stated, name)) for name in FIELDS)
    return [name for name, a, b in pairs if (set(a) != set(b) if name in unordered else a != b)]


def main(number: int = 5000, seed: int = 0) -> None:
    parse("a red glass vase on a marble table at sunset")  # reads the lexicon
    lost: Counter[str] = Counter()
    failures: list[str] = []
    unknown = 0
    times_ms = []
    for index in range(number):
        rng = np.random.default_rng([seed, index])
        caption = caption_rand(description_rand(rng), rng)
        start = time.perf_counter()
        parsed = parse(caption.text)
        times_ms.append(1000 * (time.perf_counter() - start))
        fields = lost_fields(parsed.description, caption.stated)
        lost.update(fields)
        unknown += bool(parsed.unknown)
        if fields:
            failures.append(caption.text)
    print(f"recovered in full: {1 - len(failures) / number:.2%} of {number} captions; with a word not understood: {unknown}")
    print(f"fields lost: {dict(lost) or 'none'}")
    print(f"milliseconds per parse: median {np.median(times_ms):.2f}, 99th percentile {np.percentile(times_ms, 99):.2f}")
    for text in failures[:20]:
        print(f"  lost: {text}")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]))
