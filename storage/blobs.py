"""Pictures on disk by content: a PNG's name is the sha256 of its bytes, so a file never changes once it is there.

A file is written under another name, flushed to the disk and then renamed: a reader never sees half of one, and a power
cut leaves none. Leaves out: deleting (nothing is ever deleted yet) and checking uploads (app/uploads.py).
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from model.errors import StorageError
from model.records import Pixels

_SHA256 = re.compile(r"[0-9a-f]{64}")


class Blobs:
    """PNG files under `root`, in 256 folders by the first two digits of their names."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, data: bytes) -> str:
        """Keep these bytes; on return they are on the disk. Returns their sha256."""
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._place(sha256)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_durably(path, data)
        return sha256

    def put_pixels(self, pixels: Pixels) -> str:
        """Keep a picture (height, width, 3) as PNG; returns the sha256 of the file."""
        return self.put(encode_png(pixels))

    def path(self, sha256: str) -> Path:
        """Where the file lies. Raises StorageError if there is none of that name."""
        path = self._place(sha256) if _SHA256.fullmatch(sha256) else None
        if path is None or not path.is_file():
            raise StorageError(f'there is no stored picture "{sha256[:80]}"')
        return path

    def read(self, sha256: str) -> bytes:
        return self.path(sha256).read_bytes()

    def pixels(self, sha256: str) -> Pixels:
        """The picture as uint8 RGB of shape (height, width, 3)."""
        with Image.open(self.path(sha256)) as image:
            return np.asarray(image.convert("RGB"))

    def _place(self, sha256: str) -> Path:
        return self.root / sha256[:2] / f"{sha256}.png"


def encode_png(pixels: Pixels) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", compress_level=6)
    return buffer.getvalue()


def _write_durably(path: Path, data: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)
    _flush_folder(path.parent.parent)


def _flush_folder(folder: Path) -> None:
    """A rename is only durable once its folder is flushed too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
