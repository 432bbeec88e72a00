"""What can be read from a picture without a model: its texts, then its colours with the texts left out.

Leaves out: how each is read (model/ocr.py, model/paint.py), and how a model is told (model/prompt.py).
"""

from __future__ import annotations

from model.ocr import TextReader
from model.paint import paints
from model.records import Hints, Pixels


def read_hints(pixels: Pixels, reader: TextReader) -> Hints:
    """Texts and paints of an RGB picture; about a second, most of it OCR."""
    texts = reader.read(pixels)
    return Hints(texts, paints(pixels, ignore=texts))
