"""What docs/store.md shows works as shown."""

from __future__ import annotations

import re
from pathlib import Path

GUIDE = (Path(__file__).parents[2] / "docs" / "store.md").read_text()


def test_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = re.search(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    assert code is not None
    scope: dict = {}
    exec(code[1], scope)
    scope["store"].close()
    assert (tmp_path / "pochade.db").exists() and (tmp_path / "pictures").is_dir()
