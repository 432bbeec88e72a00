"""How many strings are read exactly, and what that costs, over charts with known texts; RapidOCR as it comes beside us.

    python -m benchmarks.ocr FOLDER [--limit N]     FOLDER holds NAME.png with NAME.json (reference facts)

Seconds are of the processor, over all threads, because other work on the machine does not change them much. A string
counts once for each time that it stands in the reference; strings of a formula or of several lines can hardly match.
Leaves out: tick labels, which reference facts do not hold.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from PIL import Image
from rapidocr import RapidOCR

from model.ocr import TextReader
from model.records import Pixels
from model.sandbox.wire import reference_from_json

Read = Callable[[Pixels], Iterable[str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int, help="read only so many charts, evenly chosen")
    asked = parser.parse_args()
    paths = sorted(asked.folder.glob("*.json"))
    paths = paths[:: max(1, len(paths) // asked.limit)][: asked.limit] if asked.limit else paths
    reader = TextReader()
    plain: Any = RapidOCR(params={"Global.log_level": "error"})
    readers: dict[str, Read] = {
        "Chartloop": lambda pixels: (box.text for box in reader.read(pixels)),
        "RapidOCR as it comes": lambda pixels: plain(np.ascontiguousarray(pixels[..., ::-1])).txts or (),
    }
    print(f"{len(paths)} charts of {asked.folder.name}")
    for name, read in readers.items():
        print(f"{name}: {measured(read, paths)}")


def measured(read: Read, paths: list[Path]) -> str:
    """One line: the share of strings read exactly, and the median and 90th percentile of seconds per chart."""
    exact = total = 0
    seconds = []
    for path in paths:
        wanted = Counter(reference_from_json(json.loads(path.read_text())).strings())
        pixels = np.asarray(Image.open(path.with_suffix(".png")).convert("RGB"))
        started = time.process_time()
        found = Counter(read(pixels))
        seconds.append(time.process_time() - started)
        exact += (wanted & found).total()
        total += wanted.total()
    high = float(np.quantile(seconds, 0.9))
    return f"{exact / total:.1%} of {total} strings exact, {median(seconds):.2f} s median, {high:.2f} s 90th percentile"


if __name__ == "__main__":
    main()
