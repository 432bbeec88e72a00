"""Uploads, good and bad, as real files' bytes."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from app.settings import UploadSettings
from app.uploads import MAX_SIDE_PX, check_upload
from model.errors import BadInput

LIMITS = UploadSettings()
RED, WHITE = (255, 0, 0), (255, 255, 255)


def picture(width: int = 64, height: int = 40, mode: str = "RGB") -> Image.Image:
    """White with a red left half."""
    image = Image.new("RGB", (width, height), WHITE)
    image.paste(RED, (0, 0, width // 2, height))
    return image.convert(mode)


def saved(image: Image.Image, format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format=format, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("format", "media"),
    [
        ("PNG", "image/png"),
        ("JPEG", "image/jpeg"),
        ("WEBP", "image/webp"),
        ("GIF", "image/gif"),
        ("BMP", "image/bmp"),
        ("TIFF", "image/tiff"),
    ],
)
def test_usual_formats_are_read(format: str, media: str) -> None:
    upload = check_upload(saved(picture(), format), LIMITS)
    assert upload.media == media
    assert upload.pixels.shape == (40, 64, 3) and upload.pixels.dtype == np.uint8
    assert np.abs(upload.pixels[20, 8].astype(int) - RED).max() < 16  # JPEG and WebP are not exact
    assert np.abs(upload.pixels[20, 56].astype(int) - WHITE).max() < 16


@pytest.mark.parametrize("mode", ["RGB", "P", "L", "1", "CMYK"])
def test_colour_modes_become_rgb(mode: str) -> None:
    upload = check_upload(saved(picture(mode=mode), "TIFF"), LIMITS)
    assert upload.pixels.shape == (40, 64, 3)
    assert tuple(upload.pixels[20, 56]) == WHITE and tuple(upload.pixels[20, 8]) != WHITE


def test_transparency_is_laid_on_white() -> None:
    image = Image.new("RGBA", (64, 40), (0, 0, 0, 0))
    image.paste((255, 0, 0, 128), (0, 0, 32, 40))
    pixels = check_upload(saved(image, "PNG"), LIMITS).pixels
    assert tuple(pixels[20, 50]) == WHITE
    assert tuple(pixels[20, 10]) == (255, 127, 127)


def test_a_transparent_palette_colour_is_white_too() -> None:
    drawn = picture()
    drawn.paste((0, 0, 0), (40, 10, 50, 30))
    image = drawn.convert("P")
    pixels = check_upload(saved(image, "GIF", transparency=image.getpixel((0, 0))), LIMITS).pixels
    assert tuple(pixels[20, 8]) == WHITE and tuple(pixels[20, 45]) == (0, 0, 0)


def test_sixteen_bit_grey_keeps_its_scale() -> None:
    levels = np.full((40, 64), 65535, np.uint16)
    levels[:, :32] = 32768
    pixels = check_upload(saved(Image.fromarray(levels), "PNG"), LIMITS).pixels
    assert tuple(pixels[20, 50]) == WHITE and tuple(pixels[20, 10]) == (128, 128, 128)


def test_a_photo_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: show it rotated by 90 degrees clockwise
    pixels = check_upload(saved(picture(), "PNG", exif=exif), LIMITS).pixels
    assert pixels.shape == (64, 40, 3)
    assert tuple(pixels[8, 20]) == RED and tuple(pixels[56, 20]) == WHITE  # left became top


def test_an_animation_gives_its_first_frame() -> None:
    second = Image.new("RGB", (64, 40), (0, 255, 0))
    pixels = check_upload(saved(picture(), "GIF", save_all=True, append_images=[second]), LIMITS).pixels
    assert tuple(pixels[20, 8]) == RED


def test_a_large_picture_is_made_smaller() -> None:
    pixels = check_upload(saved(picture(4800, 1200), "PNG"), LIMITS).pixels
    assert pixels.shape == (600, MAX_SIDE_PX, 3)


def claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header claims that size."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


PNG = saved(picture(), "PNG")
NOISE = np.random.default_rng(0).integers(0, 255, (300, 300, 3), np.uint8)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"x" * 20_000_001, "20 MB"),
        (b"hello", "not a picture"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "an SVG drawing"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
        (b"PK\x03\x04....", "an archive"),
        (PNG[:-30], "damaged"),
        (PNG[:20], "damaged"),
        (saved(Image.fromarray(NOISE), "JPEG")[:9000], "damaged"),
        (claims(60000, 60000), "too large"),
        (claims(8000, 8000), "40 megapixels"),
        (claims(600, 400), "damaged"),
        (saved(picture(20, 400), "PNG"), "20 x 400"),
        (saved(Image.new("RGB", (64, 64), RED), "PNG"), "one colour"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_wrong_is_said_in_plain_words(data: bytes, said: str) -> None:
    with pytest.raises(BadInput, match=said) as problem:
        check_upload(data, LIMITS)
    assert str(problem.value).endswith(".")


def test_the_limits_are_settings() -> None:
    with pytest.raises(BadInput, match="1 MB accepted"):
        check_upload(saved(Image.fromarray(np.tile(NOISE, (3, 3, 1))), "BMP"), UploadSettings(max_mb=1))
    with pytest.raises(BadInput, match="1 megapixels"):
        check_upload(claims(2000, 1000), UploadSettings(max_megapixels=1))
