"""A studio of one's own, for as long as an audit lasts: this installation's models, policy and signing keys, and nothing of its past."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pochade.core.errors import ProviderUnavailableError

STARTS_WITHIN_S = 120.0


@contextmanager
def own_studio() -> Iterator[tuple[str, str]]:
    """The address and the key of a studio that is started for whoever asks, and thrown away afterwards.

    It listens on the loopback and wants its key, since it counts no strikes: the key is drawn here and known to nobody else. Decisions are
    noted in a log of its own, so that an audit, which is refused on purpose, stands in no log of what people asked for.

    Raises:
        ProviderUnavailableError: if it does not start.
    """
    import shutil
    import tempfile
    import threading
    import time
    from pathlib import Path

    import uvicorn

    from pochade.cli.serve import listen
    from pochade.trust import keys
    from pochade.trust.policy.installation import FILE
    from pochade.web.app import create_app
    from pochade.web.settings import load_settings

    with tempfile.TemporaryDirectory(prefix="pochade-audit-") as folder:
        policy = keys.key_folder().parent / FILE
        if policy.exists():
            shutil.copy(policy, folder)
        # whatever the environment says about the studio that people use, this one shares neither its database nor its address
        settings = load_settings(
            host="127.0.0.1",
            port=0,
            data=folder,
            database=f"sqlite:///{Path(folder) / 'studio.sqlite'}",
            blobs=(Path(folder) / "blobs").as_uri(),
            workers=1,
            public_url="http://127.0.0.1",
            login=True,
        )
        listener = listen(settings)
        app = create_app(settings)
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=5))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            until = time.monotonic() + STARTS_WITHIN_S
            while not server.started:
                if not thread.is_alive() or time.monotonic() > until:
                    raise ProviderUnavailableError("The studio for the audit does not start. `pochade serve` says why.")
                time.sleep(0.02)
            studio = app.state.studio
            studio.jobs.gate.strikes = None
            _, key = studio.store.keys.create(studio.owner, "audit")
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", key
        finally:
            server.should_exit = True
            thread.join()
            listener.close()
