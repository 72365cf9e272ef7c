"""Makes the virtual environment that the Makefile works in: standard library only, one calm line of progress.

    python dev/environment.py .venv ".[test]"
    python dev/environment.py .venv ".[test,train]"     # with PyTorch; without its CUDA packages where a CPU build can be had

Safe to interrupt and to repeat: what was finished is kept, what was not is done again.
"""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOG_LINES = 25
CPU_TORCH = ["torch==2.13.0", "--extra-index-url=https://download.pytorch.org/whl/cpu", "--retries=0", "--timeout=8"]
"""The build of PyTorch without CUDA is on an index of its own. Where that is out of reach, the usual one serves."""


def python_of(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


class Status:
    """A line that is rewritten every second on a terminal; elsewhere only the last word."""

    def __init__(self) -> None:
        self.live = sys.stderr.isatty()
        self.started_s = time.monotonic()
        self.text = "making the environment"
        self.finished = threading.Event()
        self.ticker = threading.Thread(target=self._tick, daemon=True)
        if self.live:
            self.ticker.start()

    def _tick(self) -> None:
        while not self.finished.is_set():
            seconds = int(time.monotonic() - self.started_s)
            print(f"\r\033[2K  {self.text[:60]}  {seconds} s", end="", file=sys.stderr, flush=True)
            self.finished.wait(0.5)

    def finish(self, text: str) -> None:
        self.finished.set()
        if self.live:
            self.ticker.join()
        print(f"\r\033[2K  {text}" if self.live else text, file=sys.stderr, flush=True)


def make(folder: Path) -> None:
    """An environment with pip in it."""
    if python_of(folder).exists() and subprocess.run([python_of(folder), "-m", "pip", "--version"], capture_output=True).returncode == 0:
        return
    try:
        venv.create(folder, with_pip=True, clear=True, symlinks=sys.platform != "win32")
    except (subprocess.CalledProcessError, OSError) as error:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(
            f"Cannot make the virtual environment {folder} with {sys.executable} ({error}).\n"
            f"On Debian and Ubuntu, `apt install python{version}-venv` brings what is missing; then run make again."
        )


def install(folder: Path, what: list[str], status: Status) -> None:
    """Installs `what`, arguments of `pip install`."""
    command = [python_of(folder), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--progress-bar=off", *what]
    log: list[str] = []
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            log.append(line.rstrip())
            found = re.match(r"\s*(Collecting|Downloading|Installing collected packages|Building)\S*\s*(\S*)(.*)", line)
            if found:
                verb = {"Collecting": "looking up", "Downloading": "fetching", "Building": "building"}.get(found[1], "unpacking")
                size = re.search(r"\([\d.]+ [kMG]B\)", line)
                name = "everything" if verb == "unpacking" else re.split(r"[\[<>=!~;(]|-\d", found[2].rsplit("/", 1)[-1])[0]
                status.text = f"{verb} {name} {size[0] if size else ''}"
    if pip.returncode:
        status.finish("Installation failed. The end of its log:")
        sys.exit(
            "\n".join(f"    {line}" for line in log[-LOG_LINES:]) + "\nCheck the connection to your package index, then run make again."
        )


def main(folder_name: str, what: str) -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 (an older Python may run this file)
        sys.exit(
            f"Got Python {sys.version.split()[0]}; 3.11 or newer is needed. Install one, or name it: make PYTHON=/path/to/python3.12 ..."
        )
    folder, status = Path(folder_name), Status()
    print(f"Setting up {folder} (once; fetches about 150 MB, and takes a minute or two)", file=sys.stderr, flush=True)
    make(folder)
    if re.search(r"\b(train|hub)\b", what):
        install(folder, CPU_TORCH, status)
    install(folder, ["-e", what], status)
    status.finish(f"Ready after {time.monotonic() - status.started_s:.0f} s.")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        print("\nStopped. Run make again to go on.", file=sys.stderr)
        sys.exit(130)
