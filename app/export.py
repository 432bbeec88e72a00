"""Verdicts as a training set: what `chartloop verdicts export` writes.

One row per live verdict, in TRL's "unpaired preference" form: `prompt` and `completion` are conversations, `label` says
whether the completion is good, `images` holds the prompt's pictures in the order of their placeholders (KTOTrainer
takes it as it is). The prompt is what any vision-language model is asked with, so rows of different models fit
together. Our own columns come after. JSON lines beside a folder of PNGs, or one Parquet file that holds the pictures
too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.report import Json, score_json
from model.errors import BadInput
from model.prompt import Message, PlainCodec, as_chat, write_answer
from model.records import Answer
from storage.blobs import encode_png
from storage.records import Label, TurnRecord, VerdictRecord, pseudonym
from storage.repository import Store

PICTURES = "pictures"


@dataclass(frozen=True, slots=True)
class Row:
    """One verdict as a training example; `images` are PNG files' bytes."""

    values: Json
    images: tuple[bytes, ...]


def rows(store: Store) -> Iterator[Row]:
    """Live verdicts, oldest first."""
    codec = PlainCodec()
    for verdict in store.verdicts.all():
        turn = store.jobs.turn(verdict.turn_id)
        assert turn is not None, "the database keeps a verdict's turn"
        messages = codec.messages(store.jobs.conversation(turn.id))
        pixels = (part.pixels for message in messages for part in message.parts)
        images = tuple(encode_png(picture) for picture in pixels if picture is not None)
        yield Row(_values(messages, turn, verdict), images)


def _values(messages: tuple[Message, ...], turn: TurnRecord, verdict: VerdictRecord) -> Json:
    answer = write_answer(Answer(turn.reading, turn.code))
    return {
        "prompt": as_chat(messages, lambda _: {"text": ""}),
        "completion": [{"role": "assistant", "content": [{"type": "text", "text": answer}]}],
        "label": verdict.label is Label.CORRECT,
        "job_id": turn.job_id,
        "turn_id": turn.id,
        "turn": turn.number,
        "verdict_id": verdict.id,
        "author": turn.author,
        "model_version": turn.model,
        "outcome": turn.outcome.value,
        "score": score_json(turn.score),
        "tags": list(verdict.tags),
        "comment": verdict.comment,
        "corrected_code": verdict.corrected_code,
        "rater": pseudonym(verdict.rater),
        "time": verdict.created.isoformat(),
    }


def write_jsonl(store: Store, folder: Path) -> int:
    """verdicts.jsonl and the pictures that it names; returns the number of rows."""
    try:
        (folder / PICTURES).mkdir(parents=True, exist_ok=True)
        lines = [
            json.dumps({**row.values, "images": [_keep(image, folder) for image in row.images]}) for row in rows(store)
        ]
        (folder / "verdicts.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error.strerror}") from error
    return len(lines)


def _keep(image: bytes, folder: Path) -> str:
    name = f"{PICTURES}/{hashlib.sha256(image).hexdigest()}.png"
    (folder / name).write_bytes(image)
    return name


def write_parquet(store: Store, folder: Path) -> int:
    """verdicts.parquet with the pictures inside, as `datasets.load_dataset` reads it; returns the number of rows."""
    import pyarrow as arrow  # a second to import, and only this needs it
    from pyarrow import parquet

    found = list(rows(store))
    if not found:
        raise BadInput("There are no verdicts to export yet.")
    pictures = [[{"bytes": image, "path": None} for image in row.images] for row in found]
    picture = arrow.struct({"bytes": arrow.binary(), "path": arrow.string()})
    table = arrow.Table.from_pylist([row.values for row in found])
    table = table.append_column("images", arrow.array(pictures, arrow.list_(picture)))
    table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": _IMAGES}})})
    try:
        folder.mkdir(parents=True, exist_ok=True)
        parquet.write_table(table, folder / "verdicts.parquet")
    except OSError as error:
        raise BadInput(f"{folder} cannot be written: {error.strerror}") from error
    return len(found)


_IMAGES: dict[str, Any] = {"images": [{"_type": "Image"}]}
