"""What all remote models share: where they are, their key, bounded answers, and errors that say what to do next."""

from __future__ import annotations

import base64
import binascii
import json
import os
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx

from pochade import __version__
from pochade.core.errors import ProviderUnavailableError
from pochade.providers.faults import RETRY_S, error_of, missing_key, shortened

if TYPE_CHECKING:
    from pochade.core.values import Picture

MAX_BYTES_PER_PICTURE = 64 * 2**20
"""Of an answer, in base64: an incompressible 4K picture takes 34 MB."""
MAX_ANSWER_PIXELS = 40_000_000


@dataclass(frozen=True)
class Answer:
    """A good answer, still arriving."""

    content_type: str
    chunks: AsyncIterator[bytes]

    async def body(self) -> bytes:
        return b"".join([chunk async for chunk in self.chunks])


@dataclass(frozen=True)
class Endpoint:
    """Where a remote model is reached.

    Attributes:
        model_id: the model's name here, for messages.
        base_url: http or https address; paths are put behind it.
        api_key_env: environment variable that holds the key; "" if none is needed.
        timeout_s: longest wait for one picture.
        transport: replaces the network in tests; None: the network.
    """

    model_id: str
    base_url: str
    api_key_env: str = ""
    timeout_s: float = 300.0
    transport: httpx.AsyncBaseTransport | None = None

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or self.base_url

    def key(self) -> str:
        """The key from the environment; "" if the model needs none.

        Raises:
            ProviderUnavailableError: if it is not set, or is no key; says how to set it.
        """
        key = os.environ.get(self.api_key_env, "").strip() if self.api_key_env else ""
        if self.api_key_env and not key:
            raise ProviderUnavailableError(missing_key(self.model_id, self.api_key_env))
        if not (key.isascii() and key.isprintable()):
            raise ProviderUnavailableError(
                f"The environment variable {self.api_key_env} holds characters that no key has. Set it anew for model {self.model_id!r}."
            )
        return key

    def redacted(self, text: str) -> str:
        """`text` without the key, which some servers repeat in their complaints."""
        key = os.environ.get(self.api_key_env, "").strip() if self.api_key_env else ""
        return text.replace(key, "[key]") if key else text

    def client(self, headers: Mapping[str, str], params: Mapping[str, str] | None = None) -> httpx.AsyncClient:
        """One client per request for pictures, since a pool would tie the adapter to one event loop.

        Follows no redirects: they could carry the key away.
        """
        return httpx.AsyncClient(
            # base64 of compressed pictures gains nothing from gzip, and without it nothing can unpack to a thousand times its size
            headers={"User-Agent": f"pochade/{__version__}", "Accept-Encoding": "identity", **headers},
            params=params,
            timeout=httpx.Timeout(self.timeout_s, connect=min(10.0, self.timeout_s)),
            transport=self.transport,
            verify=_tls(),
        )

    @asynccontextmanager
    async def answer(
        self, client: httpx.AsyncClient, method: str, path: str, max_bytes: int = MAX_BYTES_PER_PICTURE, **content: Any
    ) -> AsyncIterator[Answer]:
        """Sends a request; gives a good answer, at most `max_bytes` of it.

        Raises:
            PolicyRefusedError, UnsupportedRequestError, ProviderUnavailableError: see `error_of`; also for whatever the network does.
        """
        late = time.monotonic() + self.timeout_s
        try:
            async with client.stream(method, self.base_url.rstrip("/") + path, **content) as response:
                chunks = self._bounded(response, max_bytes, late)
                if not response.is_success:
                    raise error_of(self, response.status_code, response.headers, b"".join([chunk async for chunk in chunks]))
                yield Answer(response.headers.get("content-type", ""), chunks)
        except httpx.TimeoutException as error:
            raise self._late() from error
        except (httpx.HTTPError, ssl.SSLError) as error:
            raise ProviderUnavailableError(
                f"Model {self.model_id!r} cannot be reached at {self.host} ({_reason(error)}). "
                "Check that it runs and that the address is right, then try again.",
                retry_after_s=RETRY_S,
            ) from error
        except httpx.InvalidURL as error:
            raise ProviderUnavailableError(
                f"Model {self.model_id!r} has the address {self.base_url!r}, which is none ({error}). Correct its base_url."
            ) from error

    async def call(self, client: httpx.AsyncClient, method: str, path: str, max_bytes: int = MAX_BYTES_PER_PICTURE, **content: Any) -> Any:
        """Sends a request; gives the JSON of a good answer. Raises as `answer` does."""
        async with self.answer(client, method, path, max_bytes, **content) as answer:
            return self.parse(await answer.body())

    def parse(self, body: bytes) -> Any:
        """JSON of an answer, or of a part of one.

        Raises:
            ProviderUnavailableError: if it is none.
        """
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise self.garbled(f"no readable JSON: {shortened(body.decode('utf-8', 'replace'), 60)!r}") from error

    def garbled(self, what: str) -> ProviderUnavailableError:
        """The error for an answer that breaks the protocol."""
        return ProviderUnavailableError(
            f"Model {self.model_id!r} at {self.host} answered with {what}. Try again; if it stays so, check what serves that address.",
            retry_after_s=RETRY_S,
        )

    def picture(self, encoded: object) -> tuple[Picture, bytes]:
        """A base64 picture, bare or as a data URL: (H, W, 3) uint8, sRGB, and the file's bytes.

        Transparent parts become white.

        Raises:
            ProviderUnavailableError: if it is no PNG, JPEG or WebP, or too large.
        """
        if not isinstance(encoded, str):
            raise self.garbled(f"no picture but {shortened(repr(encoded), 60)}")
        text = encoded.partition(",")[2] if encoded.startswith("data:") else encoded
        try:
            file = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise self.garbled(f"no picture but {shortened(encoded, 40)!r}") from error
        return self._decoded(file), file

    def _decoded(self, file: bytes) -> Picture:
        import numpy as np
        from PIL import Image

        bombs = (Image.DecompressionBombError, Image.DecompressionBombWarning)
        try:
            with Image.open(BytesIO(file), formats=("PNG", "JPEG", "WEBP")) as image:
                if image.width * image.height > MAX_ANSWER_PIXELS:
                    raise self.garbled(f"a picture of {image.width}x{image.height}, larger than {MAX_ANSWER_PIXELS / 1e6:.0f} megapixels")
                if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
                    image = image.convert("RGBA")
                    image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
                return np.asarray(image.convert("RGB")).copy()
        except bombs as error:
            raise self.garbled("a picture of absurd size") from error
        except (OSError, ValueError, SyntaxError, EOFError) as error:
            raise self.garbled(f"bytes that are no PNG, JPEG or WebP picture, or only a part of one ({len(file):,} bytes)") from error

    async def _bounded(self, response: httpx.Response, max_bytes: int, late: float) -> AsyncIterator[bytes]:
        total = 0
        async for chunk in response.aiter_bytes():
            total += len(chunk)
            if total > max_bytes:
                raise self.garbled(f"more than {max_bytes / 2**20:.0f} MiB")
            if time.monotonic() > late:  # a server that sends a byte now and then never meets the read timeout
                raise self._late()
            yield chunk

    def _late(self) -> ProviderUnavailableError:
        return ProviderUnavailableError(
            f"Model {self.model_id!r} at {self.host} did not answer within {self.timeout_s:g} s. Try again, or ask for a smaller picture.",
            retry_after_s=RETRY_S,
        )


async def server_sent(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The `data` of each server-sent event, however the chunks are cut; stops at `[DONE]`.

    Source: WHATWG HTML, 9.2.6 "Interpreting an event stream"; lines that end in a lone CR are not supported, nobody sends them.
    """
    rest, searched = bytearray(), 0
    data: list[bytes] = []
    async for chunk in chunks:
        rest += chunk
        while (end := rest.find(b"\n", searched)) >= 0:
            line = bytes(rest[:end]).removesuffix(b"\r")
            del rest[: end + 1]
            searched = 0
            if line.startswith(b"data:"):
                data.append(line[5:].removeprefix(b" "))
            elif not line and data:
                whole, data = b"\n".join(data), []
                if whole == b"[DONE]":
                    return
                yield whole
        searched = len(rest)


def png(pixels: Any) -> bytes:
    """(H, W, 1 to 4 channels) or (H, W) uint8 as a PNG file."""
    from PIL import Image

    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1)
    return file.getvalue()


def fitted(picture: Picture, width_px: int, height_px: int) -> Picture:
    """`picture` cropped about its centre to the shape asked for and shrunk to that size; never enlarged."""
    import numpy as np
    from PIL import Image

    height, width = picture.shape[:2]
    scale = min(width / width_px, height / height_px)
    crop_w, crop_h = round(width_px * scale), round(height_px * scale)
    left, top = (width - crop_w) // 2, (height - crop_h) // 2
    if scale <= 1:
        return picture[top : top + crop_h, left : left + crop_w].copy()
    box = (left, top, left + crop_w, top + crop_h)
    return np.asarray(Image.fromarray(picture).resize((width_px, height_px), Image.Resampling.LANCZOS, box=box)).copy()


@cache
def _tls() -> ssl.SSLContext:
    # reading the certificates takes longer than a small answer
    return httpx.create_ssl_context()


def _reason(error: Exception) -> str:
    return shortened(str(error), 120) or type(error).__name__
