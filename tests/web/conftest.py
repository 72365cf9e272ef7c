"""A server under test: the application in this process, or live on a free port of 127.0.0.1."""

from __future__ import annotations

import base64
import dataclasses
import threading
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from pochade.cli.serve import listen
from pochade.providers import registry
from pochade.store import User
from pochade.store.records import Scope
from pochade.web.app import create_app
from pochade.web.settings import Settings, load_settings
from pochade.web.state import Studio

registry.register("retoucher", "web.providers:Retoucher")


@dataclasses.dataclass
class Live:
    """A running server.

    Attributes:
        url: without a slash at the end.
        key: an API key of the administrator.
    """

    app: FastAPI
    url: str
    key: str = ""

    @property
    def studio(self) -> Studio:
        return self.app.state.studio

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"}


@pytest.fixture(scope="session", autouse=True)
def own_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keys that sign pictures are made in a folder of the tests' own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POCHADE_DATA", str(tmp_path_factory.mktemp("installation")))
        yield


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data=tmp_path / "data", default_model="gradient", port=0, drain_s=5)


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        yield client


@pytest.fixture
def studio(client: TestClient) -> Studio:
    return client.app.state.studio  # type: ignore[attr-defined]


@pytest.fixture
def key_of(studio: Studio) -> Callable[..., str]:
    """Makes API keys: for a user (default: the administrator) with scopes (default: paint and read)."""

    def make(user: User | None = None, *scopes: Scope) -> str:
        return studio.store.keys.create(user or studio.owner, "a test", scopes or ("paint", "read"))[1]

    return make


@pytest.fixture
def auth(key_of: Callable[..., str]) -> dict[str, str]:
    return {"authorization": f"Bearer {key_of()}"}


def serve(settings: Settings) -> Iterator[Live]:
    """Runs a server in a thread of its own; stops it in the end, and fails if it does not stop."""
    app, listener = create_app(settings), listen(settings)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=5))
    ready = threading.Event()
    startup = server.startup

    async def startup_then_tell(sockets: Any = None) -> None:
        await startup(sockets)
        ready.set()

    server.startup = startup_then_tell  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    assert ready.wait(20), "the server did not start"
    live = Live(app, f"http://127.0.0.1:{listener.getsockname()[1]}")
    live.key = live.studio.store.keys.create(live.studio.owner, "a test")[1]
    try:
        yield live
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()
        assert not thread.is_alive(), "the server did not stop"


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("live")
    yield from serve(load_settings(data=folder, default_model="gradient", port=0, drain_s=5))


def png(width_px: int = 64, height_px: int = 48, alpha: np.ndarray | None = None, **options: Any) -> bytes:
    """A PNG file with a slope of colours, and an alpha channel if one is given."""
    y, x = np.mgrid[0:height_px, 0:width_px]
    pixels = np.stack([x * 3 % 256, y * 4 % 256, (x + y) % 256], -1).astype(np.uint8)
    image = Image.fromarray(pixels if alpha is None else np.dstack([pixels, alpha]))
    file = BytesIO()
    image.save(file, "PNG", **options)
    return file.getvalue()


def pixels_of(data: bytes | str) -> np.ndarray:
    """The pixels of a picture file, or of one in base64."""
    with Image.open(BytesIO(base64.b64decode(data) if isinstance(data, str) else data)) as image:
        return np.asarray(image.convert("RGB"))


def assert_alike(found: np.ndarray, expected: np.ndarray, tolerance: int = 16) -> None:
    """The same picture, but for its watermark."""
    assert found.shape == expected.shape
    assert np.abs(found.astype(int) - expected).max() <= tolerance
