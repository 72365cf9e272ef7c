"""python -m pochade.trust.policy.training [FILE]: trains and writes the classifier, by default over the one in the package."""

from __future__ import annotations

import sys
from pathlib import Path

from pochade.trust.policy import training

target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "classifier.npz"
labelled = training.examples()
print(", ".join(f"{category} {len(prompts)}" for category, prompts in labelled.items()))
trained = training.train(labelled)
trained.save(target)
thresholds = ", ".join(f"{name} {value:.3f}" for name, value in zip(trained.categories, trained.thresholds, strict=True))
print(f"{target}: {target.stat().st_size:,} bytes; thresholds: {thresholds}")
