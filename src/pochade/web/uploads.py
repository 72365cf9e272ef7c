"""Uploaded pictures: limits, and decoding in guarded child processes."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pochade.core.errors import InvalidRequestError, ProviderUnavailableError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pochade.core.values import Mask, Picture

FRAME_BYTES = 8
ACCEPTED = "PNG, JPEG and WebP pictures of one frame are accepted"


@dataclass(frozen=True, eq=False)
class Upload:
    """A decoded picture.

    Attributes:
        picture: (H, W, 3) uint8, sRGB, upright.
        alpha: (H, W) uint8, 0 transparent to 255 opaque; None for a picture without transparency.
        format: "png", "jpeg" or "webp".
        recipe: Pochade's recipe inside it, JSON, or None.
        parameters: the text "parameters" inside it, as AUTOMATIC1111 writes it, or "".
    """

    picture: Picture
    alpha: NDArray[np.uint8] | None
    format: str
    recipe: str | None = None
    parameters: str = ""

    @property
    def transparent(self) -> Mask | None:
        """(H, W) bool, true where alpha is 0: what OpenAI's clients mean by "edit here"."""
        return None if self.alpha is None else self.alpha == 0


class Decoders:
    """A pool of decoding processes: started when first needed, kept, killed when they take too long or too much.

    Args:
        processes: how many pictures are decoded at once.
        timeout_s: for one picture.
    """

    def __init__(self, max_bytes: int, max_pixels: int, processes: int = 2, timeout_s: float = 10):
        self.max_bytes, self.max_pixels, self.timeout_s = max_bytes, max_pixels, timeout_s
        self._free = asyncio.Semaphore(processes)
        self._idle: list[Process] = []

    async def decode(self, data: bytes, field: str = "image") -> Upload:
        """The picture in a file.

        Raises:
            InvalidRequestError: if the file is no picture that is accepted; names `field`.
            ProviderUnavailableError: if no process can be started.
        """
        if not 0 < len(data) <= self.max_bytes:
            raise _refusal(f"it has {len(data):,} bytes, and 1 to {self.max_bytes:,} are accepted", field)
        async with self._free:
            child = self._idle.pop() if self._idle else await self._start()
            try:
                async with asyncio.timeout(self.timeout_s):
                    head, pixels = await self._ask(child, data)
            except TimeoutError as error:
                raise _refusal(f"decoding it takes longer than {self.timeout_s:g} s", field) from error
            except (asyncio.IncompleteReadError, OSError) as error:
                raise _refusal("decoding it takes too much memory, or breaks the decoder", field) from error
            else:
                self._idle.append(child)
                child = None
            finally:
                if child is not None:
                    await _kill(child)
        if "refused" in head:
            raise _refusal(head["refused"], field)
        return _upload(head, pixels)

    async def decode_base64(self, text: str, field: str = "image") -> Upload:
        """The picture in a base64 text or `data:` URL.

        Raises:
            InvalidRequestError: as `decode` does, for text that is no base64, and for any other URL.
        """
        if text[:200].lstrip().lower().startswith(("http:", "https:", "file:", "ftp:", "//")):
            raise InvalidRequestError(
                f"Got a URL as {field}; this server fetches nothing from the network. Send the picture itself, as base64.", field
            )
        encoded = text.partition(",")[2] if text.startswith("data:") else text
        try:
            data = base64.b64decode("".join(encoded.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidRequestError(f"Got a {field} that is no base64 ({error}). Send the file's bytes in base64.", field) from error
        return await self.decode(data, field)

    async def close(self) -> None:
        """Ends all processes."""
        while self._idle:
            await _kill(self._idle.pop())

    async def _start(self) -> Process:
        try:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-I", "-m", "pochade.web.decoder", stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=1 << 16
            )
        except OSError as error:
            raise ProviderUnavailableError(f"No process for decoding pictures can be started ({error}). Try again.", 5) from error

    async def _ask(self, child: Process, data: bytes) -> tuple[dict, bytes]:
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write(len(data).to_bytes(4, "big") + min(self.max_pixels, 2**32 - 1).to_bytes(4, "big"))
        child.stdin.write(data)
        await child.stdin.drain()
        frame = await child.stdout.readexactly(FRAME_BYTES)
        head = await child.stdout.readexactly(int.from_bytes(frame[:4], "big"))
        pixels = await child.stdout.readexactly(int.from_bytes(frame[4:], "big"))
        return json.loads(head), pixels


async def _kill(child: Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        child.kill()
    if child.stdin is not None:
        child.stdin.close()
    await child.wait()


def _refusal(reason: str, field: str) -> InvalidRequestError:
    what = "a file" if field == "file" else f"a file for {field}"
    return InvalidRequestError(f"Got {what} that is refused: {reason}. {ACCEPTED}. Choose another file.", field)


def _upload(head: dict, pixels: bytes) -> Upload:
    import numpy as np

    channels = len(head["mode"])
    values = np.frombuffer(pixels, np.uint8).reshape(head["height"], head["width"], channels)
    alpha = np.ascontiguousarray(values[..., 3]) if channels == 4 else None
    picture = np.ascontiguousarray(values[..., :3])
    return Upload(picture, alpha, head["format"], head.get("recipe"), head.get("parameters", ""))
