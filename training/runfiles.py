"""Files of a run: each is there whole or not at all, and one that a kill cut off is cut to its whole lines."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from model.records import JsonDict


def write_json(path: Path, document: Any) -> None:
    """A file that is there whole or not at all."""
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    partial.rename(path)


def read_lines(path: Path) -> list[JsonDict]:
    """The whole lines of a file that a kill may have cut off, which is cut to them."""
    if not path.is_file():
        return []
    found, size = [], 0
    for line in path.read_bytes().splitlines(keepends=True):
        if not line.endswith(b"\n"):
            break
        found.append(json.loads(line))
        size += len(line)
    with path.open("r+b") as file:
        file.truncate(size)
    return found


def append_line(path: Path, document: JsonDict) -> None:
    """Add a line; when this returns, it is on the disk."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(document) + "\n")
        file.flush()
        os.fsync(file.fileno())
