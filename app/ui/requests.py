"""What the page's script sends, checked: anybody can send anything to an event of gr.HTML, so nothing is trusted.

Each reader raises BadInput for what the script would never send.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from app.ui import text
from model.errors import BadInput
from storage.records import TAGS

Data = dict[str, Any]
MAX_COMMENT = 500
MAX_NAME = 120


@dataclass(frozen=True, slots=True)
class Judgement:
    turn_id: int
    label: Literal["correct", "wrong"]
    tags: tuple[str, ...]
    comment: str
    rater: str


def number(data: Data, name: str) -> int:
    """A row's id: a positive whole number, perhaps as text."""
    value = data.get(name)
    if isinstance(value, bool) or not re.fullmatch(r"[1-9][0-9]{0,15}", str(value)):
        raise BadInput(text.BAD_REQUEST)
    return int(str(value))


def judgement(data: Data) -> Judgement:
    label, tags, comment, rater = (data.get(name) for name in ("label", "tags", "comment", "rater"))
    if label not in ("correct", "wrong") or not isinstance(tags, list) or not all(tag in TAGS for tag in tags):
        raise BadInput(text.BAD_REQUEST)
    if not isinstance(comment, str) or not isinstance(rater, str) or not re.fullmatch(r"[0-9a-f]{0,32}", rater):
        raise BadInput(text.BAD_REQUEST)
    chosen = tuple(tag for tag in TAGS if tag in tags)
    return Judgement(number(data, "turn_id"), label, chosen, comment[:MAX_COMMENT].strip(), rater)


def uploaded(data: Data, folder: Path) -> tuple[bytes, str]:
    """(bytes, name) of a file that the browser has just uploaded into `folder`; a path outside it is refused.

    The file is removed once read: the store keeps its own copy.
    """
    path, name = data.get("path"), data.get("name")
    if not isinstance(path, str) or not isinstance(name, str):
        raise BadInput(text.BAD_REQUEST)
    file = Path(path).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise BadInput(text.BAD_REQUEST)
    try:
        content = file.read_bytes()
        file.unlink()
    except OSError as gone:
        raise BadInput(text.UPLOAD_LOST) from gone
    return content, Path(name).name[:MAX_NAME] or "chart"
