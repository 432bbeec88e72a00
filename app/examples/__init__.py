"""The charts that come with the project: NAME.png, drawn by NAME.py beside it.

`solved.json` holds what the built-in model made of them, as `chartloop run app/examples/*.png --json` printed it; its
programs are run again when a data folder is new, so that the page opens with solved charts. Leaves out: running
anything (app/service.py).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from model.records import Answer, Completion, Difference, Execution, Feedback, Score, Turn

FOLDER = Path(__file__).resolve().parent
SOLVED = FOLDER / "solved.json"


@dataclass(frozen=True, slots=True)
class Recording:
    """One chart of solved.json. `turns` is as the command line prints them."""

    path: Path
    model: str
    reason: str
    turns: tuple[dict[str, Any], ...]


def pictures() -> tuple[Path, ...]:
    return tuple(sorted(FOLDER.glob("*.png")))


def title(path: Path) -> str:
    """grouped_bars.png -> Grouped bars."""
    return path.stem.replace("_", " ").capitalize()


def recordings() -> tuple[Recording, ...]:
    """What is recorded about pictures that are there; empty as long as nothing was."""
    if not SOLVED.is_file():
        return ()
    found = (
        Recording(FOLDER / Path(item["image"]).name, item["model"], item["stop_reason"], tuple(item["turns"]))
        for item in json.loads(SOLVED.read_text(encoding="utf-8"))
    )
    return tuple(recording for recording in found if recording.path.is_file())


def replay(recorded: dict[str, Any], index: int, execution: Execution, model: str) -> Turn:
    """A recorded turn with the picture that its program draws here; its score holds only if it still runs."""
    differences = tuple(Difference(part, detail) for part, detail in recorded["differences"])
    feedback = Feedback(execution.error, execution.pixels, differences)
    answer = Answer(recorded["reading"], recorded["code"])
    parts = {name: value for name, value in recorded["score"].items() if name != "overall"}  # which follows from them
    score = Score(**parts) if execution.outcome.ran else Score(execution=0.0)
    completion = Completion(answer, model)
    turn = Turn(index, answer, execution, score, feedback, completion)
    return replace(turn, seconds=recorded["seconds"])
