"""Pictures from the command line through the repair loop, one after the other, without a database.

Leaves out: how progress looks (app/terminal.py) and which options there are (app/cli.py).
"""

from __future__ import annotations

import hashlib
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.jobs import REASONS
from app.report import Json, turn_json
from app.settings import UploadSettings
from app.uploads import check_upload
from app.workshop import Stage, Workshop
from model.errors import BadInput
from model.generators import Generator
from model.records import Chart, Pixels, Turn
from model.repair import Event, Finished, TurnDone
from storage.blobs import encode_png

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that was read and accepted. `image` is as the person named it; `stem` names what is made of it."""

    image: str
    stem: str
    sha256: str
    pixels: Pixels


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one picture. `best` is the turn that is kept, None if no program ran."""

    picture: Picture
    model: str
    seconds: float
    turns: tuple[Turn, ...]
    best: Turn | None
    stop_reason: str


def read_pictures(images: Iterable[str], limits: UploadSettings) -> list[Picture]:
    """Read all pictures before any is worked on. Raises BadInput that names the file."""
    pictures: list[Picture] = []
    taken: dict[str, int] = {}
    for image in images:
        data = _read(image)
        try:
            pixels = check_upload(data, limits).pixels
        except BadInput as problem:
            raise BadInput(f"{image}: {problem}") from problem
        stem = "chart" if image == STDIN else Path(image).stem
        taken[stem] = taken.get(stem, 0) + 1
        unique = stem if taken[stem] == 1 else f"{stem}-{taken[stem]}"
        pictures.append(Picture(image, unique, hashlib.sha256(data).hexdigest(), pixels))
    return pictures


def _read(image: str) -> bytes:
    if image == STDIN:
        return sys.stdin.buffer.read()
    try:
        return Path(image).read_bytes()
    except OSError as error:
        raise BadInput(f"{image} cannot be read: {error.strerror}") from error


def solve(
    picture: Picture, workshop: Workshop, generator: Generator, model: str, turns: int
) -> Iterator[Stage | Event | Result]:
    """Stages and events as they happen, the result last. Raises GeneratorError and SandboxUnavailable."""
    started = time.monotonic()
    yield Stage("reading")
    chart = Chart(picture.sha256, picture.image, picture.pixels, workshop.read(picture.pixels))
    done: list[Turn] = []
    for event in workshop.solve(chart, generator, turns, threading.Event()):
        if isinstance(event, TurnDone):
            done.append(event.turn)
        yield event
        if isinstance(event, Finished):
            best = event.best if event.best and event.best.execution.outcome.ran else None
            seconds = time.monotonic() - started
            yield Result(picture, model, seconds, tuple(done), best, REASONS[event.reason])


def write(result: Result, folder: Path) -> dict[int, Path]:
    """Write NAME.py and NAME.png of the best turn, and every turn's drawing; returns the drawings by turn index."""
    stem = result.picture.stem
    try:
        folder.mkdir(parents=True, exist_ok=True)
        renders: dict[int, Path] = {}
        for turn in result.turns:
            if turn.execution.pixels is not None:
                renders[turn.index] = folder / f"{stem}.turn{turn.index}.png"
                renders[turn.index].write_bytes(encode_png(turn.execution.pixels))
        if result.best is not None and result.best.execution.pixels is not None:
            (folder / f"{stem}.py").write_text(result.best.answer.code.rstrip("\n") + "\n", encoding="utf-8")
            (folder / f"{stem}.png").write_bytes(encode_png(result.best.execution.pixels))
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error.strerror}; name another folder with --out") from error
    return renders


def result_json(result: Result, renders: dict[int, Path]) -> Json:
    """One element of what `chartloop run --json` prints."""
    return {
        "image": result.picture.image,
        "model": result.model,
        "seconds": round(result.seconds, 3),
        "best": result.best.index if result.best else None,
        "code": result.best.answer.code if result.best else "",
        "stop_reason": result.stop_reason,
        "turns": [turn_json(turn, str(renders.get(turn.index, ""))) for turn in result.turns],
    }
