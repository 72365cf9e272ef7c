"""A stand-in for other people's servers: real sockets on 127.0.0.1, answers as a script tells, requests as they came."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image


@dataclass
class Request:
    """One request as it came in."""

    method: str
    path: str
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def form(self) -> dict[str, Any]:
        """The fields of a multipart form: text as str, files as bytes."""
        head = b"Content-Type: " + self.headers["Content-Type"].encode() + b"\r\n\r\n"
        fields: dict[str, Any] = {}
        for part in BytesParser().parsebytes(head + self.body).get_payload():
            payload = part.get_payload(decode=True)  # type: ignore[union-attr]
            name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
            fields[str(name)] = payload if part.get_filename() else payload.decode()  # type: ignore[union-attr]
        return fields


@dataclass
class Reply:
    """What to answer: a body at once, or `chunks` one write at a time; `cut` drops the connection after them."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    chunks: list[bytes] | None = None
    cut: bool = False
    wait_for: threading.Event | None = None


class StandIn:
    """Serves until closed. `script` maps a request to its reply, in a thread of its own.

    `gone` is set when a client has hung up while a reply was being written.
    """

    def __init__(self, script: Callable[[Request], Reply]):
        self.requests: list[Request] = []
        self.gone = threading.Event()
        standin = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                request = Request(self.command, self.path, self.headers, body)
                standin.requests.append(request)
                reply = script(request)
                try:
                    self._send(reply)
                except OSError:
                    standin.gone.set()
                self.close_connection = True

            def _send(self, reply: Reply) -> None:
                body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
                if reply.wait_for is not None and reply.chunks is None:
                    self._hold(reply.wait_for)
                self.send_response(reply.status)
                headers = {"Content-Type": "application/json", **reply.headers}
                if reply.chunks is None:
                    headers = {"Content-Length": str(len(body)), **headers}
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                for chunk in [body] if reply.chunks is None else reply.chunks:
                    self.wfile.write(chunk)
                    self.wfile.flush()
                if reply.wait_for is not None and reply.chunks is not None:
                    self._hold(reply.wait_for)

            def _hold(self, event: threading.Event) -> None:
                """Waits for the event, or until the client hangs up."""
                self.connection.settimeout(0.02)
                while not event.is_set():
                    try:
                        if self.connection.recv(1) == b"":
                            raise ConnectionResetError
                    except TimeoutError:
                        continue
                self.connection.settimeout(None)

            do_GET = do_POST = answer

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *failure: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def picture(width: int = 64, height: int = 64, seed: int = 0) -> np.ndarray:
    """(H, W, 3) uint8."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def file_of(pixels: np.ndarray, form: str = "PNG") -> bytes:
    file = BytesIO()
    Image.fromarray(pixels).save(file, form)
    return file.getvalue()


def b64(pixels: np.ndarray, form: str = "PNG") -> str:
    return base64.b64encode(file_of(pixels, form)).decode()


def pixels_of(file: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(file)))
