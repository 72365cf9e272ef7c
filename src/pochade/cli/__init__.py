"""The command line."""

from __future__ import annotations


def main() -> None:
    """Entry point of the `pochade` command."""
    import os
    import signal
    import sys

    # only tiny matrices are multiplied here, and OpenBLAS's threads would spin between them on cores that others need
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from pochade.cli.app import app

    def terminate(*_: object) -> None:
        raise SystemExit(128 + signal.SIGTERM)

    # so that a file being written is cleaned up on `kill` as on Ctrl-C
    signal.signal(signal.SIGTERM, terminate)
    try:
        app()
    except SystemExit as error:
        if isinstance(error.code, int) and error.code >= 128:
            # a render may still be in its last pass on another thread; nobody waits for it
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(error.code)
        raise
