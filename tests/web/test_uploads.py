"""Uploaded files: what is accepted, what is refused in words, and what cannot hurt the server."""

from __future__ import annotations

import asyncio
import base64
import os
import struct
import zlib
from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pochade.core.errors import InvalidRequestError
from pochade.web import uploads
from pochade.web.decoder import Refused, decode
from pochade.web.uploads import Decoders, Upload
from web.conftest import pixels_of, png

MAX_PIXELS = 100_000


def decoded(*files: bytes, **options) -> list[Upload]:
    async def run() -> list[Upload]:
        decoders = Decoders(1_000_000, MAX_PIXELS, **options)
        try:
            return [await decoders.decode(file) for file in files]
        finally:
            await decoders.close()

    return asyncio.run(run())


def saved(image: Image.Image, kind: str, **options) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_formats(kind):
    image = Image.fromarray(pixels_of(png()))
    (upload,) = decoded(saved(image, kind, lossless=True) if kind == "WEBP" else saved(image, kind))
    assert upload.format == kind.lower()
    assert upload.picture.shape == (48, 64, 3)
    assert upload.alpha is None
    if kind != "JPEG":
        np.testing.assert_array_equal(upload.picture, np.asarray(image))


def test_alpha_is_kept_apart():
    alpha = np.zeros((48, 64), np.uint8)
    alpha[:, 10:] = 255
    (upload,) = decoded(png(alpha=alpha))
    np.testing.assert_array_equal(upload.alpha, alpha)
    assert upload.transparent.sum() == 48 * 10


def test_a_photograph_on_its_side_stands_up():
    exif = Image.Exif()
    exif[0x0112] = 6  # Orientation: rotate by 90 degrees
    (upload,) = decoded(saved(Image.fromarray(pixels_of(png())), "JPEG", exif=exif))
    assert upload.picture.shape == (64, 48, 3)


def bomb() -> bytes:
    """A PNG of 400 bytes or so that says it has a billion pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 50_000, 20_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100_000))) + chunk(b"IEND", b"")


def animated() -> bytes:
    frames = [Image.new("RGB", (8, 8), (shade, 0, 0)) for shade in (0, 255)]
    return saved(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "0 bytes"),
    "text": (lambda: b"<svg/>", "no PNG, JPEG or WebP"),
    "gif": (lambda: saved(Image.new("P", (8, 8)), "GIF"), "no PNG, JPEG or WebP"),
    "tiff": (lambda: saved(Image.new("RGB", (8, 8)), "TIFF"), "no PNG, JPEG or WebP"),
    "bomb": (bomb, "50000x20000"),
    "too many pixels": (lambda: png(400, 251), "0.1 megapixels"),
    "too many bytes": (lambda: bytes(1_000_001), "1,000,001 bytes"),
    "animated": (animated, "2 frames"),
    "cut off": (lambda: png()[:-60], "damaged"),
    "16 bits": (lambda: saved(Image.fromarray(np.zeros((8, 8), np.uint16)), "PNG"), "8 bits"),
}


@pytest.mark.parametrize("make, reason", REFUSED.values(), ids=REFUSED)
def test_refused_in_words(make, reason):
    with pytest.raises(InvalidRequestError, match=reason) as caught:
        decoded(make())
    assert caught.value.field == "image"


def test_a_process_that_dies_is_replaced():
    async def run() -> tuple[int, ...]:
        decoders = Decoders(1_000_000, MAX_PIXELS, processes=1)
        await decoders.decode(png())
        (child,) = decoders._idle
        os.kill(child.pid, 9)
        await child.wait()
        with pytest.raises(InvalidRequestError, match="breaks the decoder"):
            await decoders.decode(png())
        upload = await decoders.decode(png())
        await decoders.close()
        return upload.picture.shape

    assert asyncio.run(run()) == (48, 64, 3)


def test_a_process_that_takes_too_long_is_killed():
    async def run() -> None:
        decoders = Decoders(1_000_000, MAX_PIXELS, processes=1, timeout_s=0.001)
        with pytest.raises(InvalidRequestError, match="takes longer than"):
            await decoders.decode(png())
        assert decoders._idle == []

    asyncio.run(run())


def test_the_process_may_not_write_files_or_take_much_memory():
    from pathlib import Path

    async def run() -> str:
        decoders = Decoders(1_000_000, MAX_PIXELS, processes=1)
        await decoders.decode(png())
        limits = Path(f"/proc/{decoders._idle[0].pid}/limits").read_text()
        await decoders.close()
        return limits

    if not Path("/proc/self/limits").exists():
        pytest.skip("limits are read from /proc")
    lines = {line[:25].strip(): line[25:].split() for line in asyncio.run(run()).splitlines()[1:]}
    assert lines["Max address space"][0] == str(1 << 30)
    assert lines["Max file size"][0] == "0"


@pytest.mark.parametrize("text", ["http://127.0.0.1/x.png", " HTTPS://example.org/x", "file:///etc/passwd", "//example.org/x.png"])
def test_urls_are_refused_not_fetched(text):
    with pytest.raises(InvalidRequestError, match="fetches nothing"):
        asyncio.run(Decoders(1_000, 1_000).decode_base64(text))


def test_data_urls_and_plain_base64():
    async def run() -> list[Upload]:
        decoders = Decoders(1_000_000, MAX_PIXELS)
        encoded = base64.b64encode(png()).decode()
        try:
            return [await decoders.decode_base64(text) for text in (encoded, f"data:image/png;base64,{encoded}")]
        finally:
            await decoders.close()

    assert [upload.picture.shape for upload in asyncio.run(run())] == [(48, 64, 3)] * 2
    with pytest.raises(InvalidRequestError, match="no base64"):
        asyncio.run(Decoders(1_000, 1_000).decode_base64("not base64!"))


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_damaged_files_are_refused_or_read_but_never_crash_the_decoder(data):
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "WEBP"]))
    file = bytearray(saved(Image.fromarray(pixels_of(png(32, 24))), kind))
    for _ in range(data.draw(st.integers(1, 8))):
        file[data.draw(st.integers(0, len(file) - 1))] = data.draw(st.integers(0, 255))
    try:
        header, pixels = decode(bytes(file), MAX_PIXELS)
    except Refused:
        return
    assert len(pixels) == header["width"] * header["height"] * len(header["mode"])


def test_the_module_of_the_server_itself_decodes_nothing():
    assert not hasattr(uploads, "Image")
