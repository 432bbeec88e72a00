"""Judged answers as rows: TRL's unpaired-preference form with pictures, in Parquet, and our own columns behind it.

`prompt` and `completion` are conversations, `images` the prompt's pictures in the order of their placeholders, `label`
says whether the answer is good: KTOTrainer takes the file as it is. The text is what the model itself reads and writes
(its codec's), not what people see, so that it is learnt token by token. Leaves out: which answers become rows
(snapshot.py, answers.py).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Dataset, Features, Image, List, Value, disable_progress_bars, load_dataset
from PIL import Image as Pictures

from model.prompt import Message, as_chat
from model.records import JsonDict, Pixels, Score

_MESSAGES = List({"role": Value("string"), "content": List({"type": Value("string"), "text": Value("string")})})
FEATURES = Features(
    {
        "prompt": _MESSAGES,
        "completion": _MESSAGES,
        "images": List(Image()),
        "label": Value("bool"),
        "chart": Value("string"),
        "family": Value("string"),
        "version": Value("string"),
        "source": Value("string"),
        "verdict_id": Value("int64"),
        "turn_id": Value("int64"),
        "rater": Value("string"),
        "program": Value("string"),
        "score": {name: Value("float64") for name in ("execution", *Score.COMPONENTS)},
        "copies": Value("int64"),
        "token_ids": List(Value("int64")),
        "logprobs": List(Value("float64")),
    }
)
"""`token_ids` and `logprobs` are what was logged when the answer was served, where it was."""

PROMPT_FEATURES = Features({name: FEATURES[name] for name in ("prompt", "images", "chart", "family")})
SFT_FEATURES = Features({name: FEATURES[name] for name in ("prompt", "completion", "images", "chart", "verdict_id")})


@dataclass(frozen=True, slots=True)
class Row:
    """One judged answer. `program` is what people saw of it, `score` what could be said of it without a reference."""

    prompt: tuple[JsonDict, ...]
    images: tuple[bytes, ...] = field(repr=False)  # PNG files
    completion: str
    label: bool
    chart: str  # sha256 of the picture
    family: str
    version: str  # label of the version that wrote it
    source: str  # verdict | sample | correction
    verdict_id: int = 0
    turn_id: int = 0
    rater: str = ""
    program: str = ""
    score: Score = Score(execution=0.0)  # noqa: RUF009 - frozen
    copies: int = 1  # equal answers that were drawn
    token_ids: tuple[int, ...] = ()
    logprobs: tuple[float, ...] = ()

    def values(self) -> JsonDict:
        """As the file holds it."""
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        return {**plain, **conversational(self.prompt, self.images, self.completion), "score": score_values(self.score)}


def score_values(score: Score) -> dict[str, float | None]:
    return {name: getattr(score, name) for name in ("execution", *Score.COMPONENTS)}


def conversational(prompt: Sequence[JsonDict], images: Sequence[bytes], completion: str) -> JsonDict:
    """The three columns that any trainer of TRL's asks for."""
    return {
        "prompt": list(prompt),
        "completion": [{"role": "assistant", "content": [{"type": "text", "text": completion}]}],
        "images": [{"bytes": image, "path": None} for image in images],
    }


def conversation(messages: Sequence[Message]) -> tuple[tuple[JsonDict, ...], tuple[bytes, ...]]:
    """Messages as JSON with placeholders, and their pictures as PNG files."""
    images = [png(part.pixels) for message in messages for part in message.parts if part.pixels is not None]
    return tuple(as_chat(messages, lambda _: {"text": ""})), tuple(images)


def png(pixels: Pixels) -> bytes:
    buffer = io.BytesIO()
    Pictures.fromarray(pixels).save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def write(path: Path, rows: Iterable[JsonDict], features: Features = FEATURES) -> int:
    """Write a Parquet file that appears when it is whole; the same rows give the same bytes. Returns how many."""
    found = list(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    schema = features.arrow_schema
    pq.write_table(pa.Table.from_pylist(found, schema), partial)
    partial.rename(path)
    return len(found)


def read(first: Path, *others: Path) -> Dataset:
    """The rows of files, as `datasets` reads them; pictures stay encoded until they are needed."""
    paths = [path for path in (first, *others) if pq.read_metadata(path).num_rows]
    if not paths:
        return Dataset(pq.read_table(first))  # an empty file is more than its reader can take
    disable_progress_bars()
    cache = first.parent / ".datasets"  # beside the data: a read-only home is no reason to fail
    return load_dataset("parquet", data_files=list(map(str, paths)), split="train", cache_dir=str(cache))
