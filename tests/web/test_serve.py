"""`pochade serve` as a process: ready, light, reached by its link, and gone without losing work."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from pochade.cli.serve import listen
from pochade.core.errors import OutputError
from pochade.store import open_store
from pochade.web.settings import load_settings

TESTS = Path(__file__).parent.parent


@contextmanager
def process(folder: Path, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running server, and the link that it prints."""
    start = f"""
        import sys
        sys.path.insert(0, {str(TESTS)!r})
        from pochade.providers import registry
        registry.register("gradient", "fakes:Gradient")
        sys.argv = ["pochade", "serve", "--port", "0", "--data", {str(folder)!r}]
        from pochade.cli import main
        main()
    """
    environment = {**os.environ, "POCHADE_DEFAULT_MODEL": "gradient", "POCHADE_DRAIN_S": "10", **variables}
    command = [sys.executable, "-c", textwrap.dedent(start)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        assert running.stdout is not None
        link = next((line.strip() for line in running.stdout if "link=" in line), "")
        assert link, running.stderr.read() if running.stderr else ""
        yield running, link
    finally:
        running.kill()
        running.communicate(timeout=20)


def test_the_link_logs_in_once_and_heavy_software_is_not_loaded(tmp_path):
    with process(tmp_path / "data") as (running, link):
        base = link.partition("/login")[0]
        assert base.startswith("http://127.0.0.1:")
        with httpx.Client(base_url=base) as client:
            assert client.get("/readyz").status_code == 200
            first = client.get(link)
            cookie = first.headers["set-cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=lax" in cookie
            assert client.get("/gallery").status_code == 200
        with httpx.Client(base_url=base) as client:
            client.get(link)
            assert client.get("/gallery").status_code == 303
        maps = Path(f"/proc/{running.pid}/maps")
        if maps.exists():
            loaded = maps.read_text()
            assert not re.search(r"libtorch|mitsuba|drjit|openvino", loaded)


def test_what_is_being_painted_is_finished_before_the_server_stops(tmp_path):
    folder = tmp_path / "data"
    with process(folder, FAKE_STEP_S="0.3", POCHADE_LOGIN="false") as (running, link):
        base = link.partition("/login")[0]
        with httpx.Client(base_url=base, timeout=30) as client:
            page = client.get("/").text
            token = re.search(r'csrf[_-]token[^>]*?(?:value|content)="([0-9a-f]{64})"', page)
            assert token is not None
            body = {"prompt": "red", "size": "32x32", "stream": True, "partial_images": 1}
            lines = []
            with client.stream("POST", "/v1/images/generations", json=body, headers={"x-csrf-token": token[1]}) as answer:
                for line in answer.iter_lines():
                    if "partial_image" in line and not lines:
                        running.send_signal(signal.SIGTERM)
                        lines.append(line)
                    lines.append(line)
        running.wait(20)
    assert any("image_generation.completed" in line for line in lines)
    assert "data: [DONE]" in lines
    store = open_store(f"sqlite:///{folder / 'studio.sqlite'}", str(folder / "blobs"))
    assert store.queue.counts() == {"done": 1}
    store.close()


def test_a_port_that_is_taken_is_said_to_be(tmp_path):
    taken = listen(load_settings(data=tmp_path, port=0))
    taken.listen()
    with pytest.raises(OutputError, match="Choose another with --port"):
        listen(load_settings(data=tmp_path, port=taken.getsockname()[1]))
    taken.close()


def test_answers_are_sent_at_once(tmp_path):
    """Parts of an answer that wait for each other's acknowledgement cost 40 ms a request."""

    async def accepted_without_delay() -> bool:
        found: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            found.set_result(bool(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
            writer.close()

        listener = listen(load_settings(data=tmp_path, port=0))
        async with await asyncio.start_server(accept, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname())
            writer.close()
            return await found

    assert asyncio.run(accepted_without_delay())


def test_two_servers_on_one_folder_are_refused_in_words(tmp_path):
    with process(tmp_path / "data"), pytest.raises(AssertionError, match="is in use by process"), process(tmp_path / "data"):
        pass
