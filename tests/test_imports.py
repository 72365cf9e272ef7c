"""Imports point one way, start light, and never bring torch or the network along."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OFFLINE = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        raise RuntimeError(f"the network was used: {event} {arguments}")
sys.addaudithook(refuse)
"""


def python(code: str, timeout_s: float = 120) -> str:
    """Runs code in a fresh interpreter that refuses the network; gives its standard output."""
    done = subprocess.run(
        [sys.executable, "-c", OFFLINE + textwrap.dedent(code)], capture_output=True, text=True, timeout=timeout_s, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_contracts():
    command = "from importlinter.cli import lint_imports; import sys; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_package_imports_nothing_heavy():
    assert python("import pochade, sys; print([m for m in sys.modules if m.split('.')[0] in ('numpy', 'typer', 'PIL')])").strip() == "[]"


@pytest.mark.parametrize("arguments", [["--help"], ["paint", "--help"], ["world", "--help"], ["--version"]], ids=" ".join)
def test_help_loads_nothing_heavy(arguments):
    out = python(f"""
        from typer.testing import CliRunner
        from pochade.cli.app import app
        result = CliRunner().invoke(app, {arguments})
        assert result.exit_code == 0, result.output
        print(sorted({{m.split('.')[0] for m in sys.modules}} & {{'numpy', 'scipy', 'mitsuba', 'drjit', 'PIL', 'torch'}}))
    """)
    assert out.strip() == "[]"


def test_every_module_imports_without_torch_and_without_network():
    out = python("""
        import importlib, pkgutil, pochade
        for module in pkgutil.walk_packages(pochade.__path__, "pochade."):
            if not module.name.endswith("__main__") and not module.name.startswith("pochade.model."):
                importlib.import_module(module.name)
        print("torch" in sys.modules, "mitsuba" in sys.modules)
    """)
    # nothing happens at import: even the renderer is loaded on first use
    assert out.split() == ["False", "False"]
