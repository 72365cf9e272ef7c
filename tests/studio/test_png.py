"""PNG files: every bit comes back, whatever the picture, and other programs read them."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from pochade.studio import png


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 7), (5, 1), (64, 48), (256, 256)])
@pytest.mark.parametrize("kind", ["noise", "slope", "black", "white", "stripes"])
def test_every_bit_comes_back(height, width, kind):
    y, x = np.mgrid[0:height, 0:width]
    grey = {"slope": x + 2 * y, "black": 0 * x, "white": 0 * x + 255, "stripes": 255 * (x % 2)}.get(kind)
    noise = np.random.default_rng(7).integers(0, 256, (height, width, 3), np.uint8)
    picture = noise if grey is None else np.repeat((grey % 256).astype(np.uint8)[..., None], 3, 2)
    with Image.open(BytesIO(png.encode(picture))) as image:
        assert (image.format, image.mode, image.size) == ("PNG", "RGB", (width, height))
        assert np.array_equal(np.asarray(image), picture)


def test_a_picture_that_is_clear_in_places_comes_back():
    picture = np.random.default_rng(9).integers(0, 256, (33, 21, 4), np.uint8)
    with Image.open(BytesIO(png.encode(picture))) as image:
        assert image.mode == "RGBA" and np.array_equal(np.asarray(image), picture)


def test_a_picture_that_is_a_view_of_another_is_read_as_it_looks():
    whole = np.random.default_rng(8).integers(0, 256, (20, 30, 3), np.uint8)
    for view in (whole[::-1], whole[:, ::2], whole[3:9, 4:11]):
        with Image.open(BytesIO(png.encode(view))) as image:
            assert np.array_equal(np.asarray(image), view)


def test_each_row_is_filtered_by_what_leaves_least():
    picture = np.zeros((4, 6, 3), np.uint8)
    picture[0] = np.arange(6, dtype=np.uint8)[:, None] * 40  # nothing above: the left neighbour is nearest
    picture[1] = picture[0]  # the row above is the same
    picture[2, :, :] = 90
    picture[3] = 30
    rows = png.filtered(picture)
    assert rows[:2, 0].tolist() == [1, 2]
    assert not rows[1, 1:].any()


def test_chunks_stand_before_the_pixels_with_their_checksums():
    data = png.encode(np.zeros((2, 2, 3), np.uint8), [(b"sRGB", b"\0"), (b"tEXt", b"Software\0Pochade")])
    found, place = [], 8
    while place < len(data):
        (length,) = struct.unpack_from(">I", data, place)
        kind, content = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        assert struct.unpack_from(">I", data, place + 8 + length) == (zlib.crc32(kind + content),)
        found.append(kind)
        place += 12 + length
    assert found == [b"IHDR", b"sRGB", b"tEXt", b"IDAT", b"IEND"]
    with Image.open(BytesIO(data)) as image:
        image.load()
        assert image.info["Software"] == "Pochade"


def test_runs_are_packed():
    assert len(png.encode(np.full((512, 512, 3), 200, np.uint8))) < 8_000  # of 786,432
