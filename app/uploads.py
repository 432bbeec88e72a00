"""Checks of uploads: from a file's bytes to an upright, opaque picture, or to a plain sentence that says what is wrong.

Nothing is believed: not the name, not the declared type, not the size that a header claims. Only the first frame of an
animation is used; transparency is laid on white; the camera's rotation is applied; metadata is dropped. Pictures larger
than `MAX_SIDE_PX` are made smaller: no model or OCR here reads more. Leaves out: fetching from the web (nothing here
does).
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageOps

from app.settings import UploadSettings
from model.errors import BadInput
from model.records import Pixels

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
ACCEPTED = "PNG, JPEG, WebP, GIF, BMP or TIFF"
MIN_SIDE_PX = 32
MAX_SIDE_PX = 2400

_KNOWN_OTHERS = (
    (b"%PDF", "a PDF: export the page with the chart as a picture, or take a screenshot of it"),
    (b"<svg", "an SVG drawing: export it as PNG"),
    (b"<!doctype html", "a web page: save the picture of the chart itself"),
    (b"<html", "a web page: save the picture of the chart itself"),
    (b"ftypheic", "a HEIC photo: export it as JPEG or PNG"),
    (b"ftypavif", "an AVIF picture: export it as PNG"),
    (b"PK\x03\x04", "an archive or an office document: export the chart as a picture"),
)
_DAMAGED = (OSError, SyntaxError, ValueError, TypeError, LookupError, OverflowError, EOFError, struct.error, zlib.error)


@dataclass(frozen=True, slots=True)
class Upload:
    """An accepted picture: uint8 RGB of shape (height, width, 3), and the media type of the file it came in."""

    pixels: Pixels
    media: str


def check_upload(data: bytes, limits: UploadSettings) -> Upload:
    """Decode an uploaded file. Raises BadInput with a sentence for the person."""
    if not data:
        raise BadInput("The file is empty. Choose a picture of a chart.")
    if len(data) > limits.max_mb * 1_000_000:
        size_mb = len(data) / 1_000_000
        raise BadInput(f"The file has {size_mb:.0f} MB, more than the {limits.max_mb} MB accepted. Save it smaller.")
    image = _opened(data, limits)
    media = Image.MIME[str(image.format)]
    pixels = np.asarray(_upright_rgb(image))
    if not (pixels != pixels[0, 0]).any():
        raise BadInput("The picture has one colour only: there is no chart in it.")
    return Upload(pixels, media)


def _opened(data: bytes, limits: UploadSettings) -> Image.Image:
    """The picture with its header read and its size accepted, not decoded yet."""
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.UnidentifiedImageError as error:
        raise BadInput(_what_instead(data)) from error
    except Image.DecompressionBombError as error:
        raise BadInput(
            f"The picture is far too large; up to {limits.max_megapixels} megapixels are accepted."
        ) from error
    except _DAMAGED as error:
        raise BadInput("The file is damaged: it cannot be read as a picture. Save it again.") from error
    width, height = image.size
    if width * height > limits.max_megapixels * 1_000_000:
        raise BadInput(
            f"The picture has {width} x {height} pixels, more than the {limits.max_megapixels} megapixels accepted. "
            "Make it smaller."
        )
    if min(width, height) < MIN_SIDE_PX:
        raise BadInput(
            f"The picture has only {width} x {height} pixels; each side needs {MIN_SIDE_PX}. Use a larger one."
        )
    return image


def _what_instead(data: bytes) -> str:
    head = data[:1024].lower()
    for mark, advice in _KNOWN_OTHERS:
        if mark.lower() in head:
            return f"This is {advice}."
    return f"This file is not a picture that can be read. Use {ACCEPTED}."


def _upright_rgb(image: Image.Image) -> Image.Image:
    try:
        image.load()
        image = ImageOps.exif_transpose(image)
        image = _opaque(image)
        image.thumbnail((MAX_SIDE_PX, MAX_SIDE_PX), Image.Resampling.LANCZOS)
    except _DAMAGED as error:
        raise BadInput("The picture is damaged or cut off. Save it again, as PNG if you can.") from error
    return image


def _opaque(image: Image.Image) -> Image.Image:
    """RGB, with what is transparent laid on white and deep grey levels brought to 8 bits."""
    if image.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        return _from_deep_grey(np.asarray(image, dtype=np.float64))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        white = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(white, rgba).convert("RGB")
    return image.convert("RGB")


def _from_deep_grey(levels: np.ndarray) -> Image.Image:
    """16-bit levels keep their scale; others (32-bit, floating point) are stretched over what they use."""
    low, high = (0.0, 65535.0) if levels.min() >= 0 and 255 < levels.max() <= 65535 else (levels.min(), levels.max())
    scaled = (levels - low) / max(high - low, 1e-12) * 255
    return Image.fromarray(np.nan_to_num(scaled).round().astype(np.uint8)).convert("RGB")
