"""The conversation format, both halves: history -> messages, and what a model wrote -> Answer.

`PlainCodec` is for ordinary vision-language models; a model folder may ask for another codec in a file
`chartloop.json` (the built-in model does: its answers are a compact token stream, see model/nano/codec.py).
The turn structure is MM-ReCoder's (arXiv 2604.01600): picture and instruction; an answer that thinks, then
holds one Python block; feedback that is the rendered picture if the program ran, else the error text.

Leaves out: turning messages into one library's or server's form (model/generators), what feedback to give
(model/repair.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from model.errors import BadInput
from model.records import Answer, Conversation, Feedback, Hints, JsonDict, Pixels, TextBox

REMEMBERED_TURNS = 1
"""How many past turns a model sees: correction is trained on two-turn dialogues; a turn costs a picture."""

LONGEST_SIDE_PX = 1536
"""Larger pictures are made smaller for the prompt: in many models the price of a picture grows with its area."""

HINTED_TEXTS = 80
HINTED_COLOURS = 12


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a message: text, or a picture; exactly one of both."""

    text: str = ""
    pixels: Pixels | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        assert bool(self.text) != (self.pixels is not None), "a part is text or a picture"


@dataclass(frozen=True, slots=True)
class Message:
    role: str  # system | user | assistant
    parts: tuple[Part, ...]


def as_chat(messages: Sequence[Message], shown: Callable[[Pixels], JsonDict] = lambda _: {}) -> list[JsonDict]:
    """Messages as chat templates take them. `shown` gives what stands beside the word that there is a picture."""

    def content(part: Part) -> JsonDict:
        return {"type": "text", "text": part.text} if part.pixels is None else {"type": "image", **shown(part.pixels)}

    return [{"role": message.role, "content": [content(part) for part in message.parts]} for message in messages]


class Codec(Protocol):
    """Both halves of the conversation format for one family of models."""

    hints: bool  # whether the question needs Chart.hints

    def messages(self, conversation: Conversation) -> tuple[Message, ...]: ...

    def parse(self, raw: str, conversation: Conversation) -> Answer:
        """Read an answer, finished or still being written; never raises. code is "" while there is none."""
        ...


SYSTEM = """\
You turn a picture of a chart into one Python program that draws the same chart with matplotlib.
Answer in this form:
<think>
kind: what is drawn, e.g. grouped bars
panels: rows x columns
series: the names of the data series
legend: where it stands, or none
x: label, from, to
y: label, from, to
</think>

```python
the whole program
```
The program imports what it uses (matplotlib, numpy, pandas, seaborn, scipy, networkx are there), holds its
data as literals, and reads no files. Copy every title, label, tick and legend text exactly; match figure
size, layout, colours, line styles and value ranges."""

TASK = "Write the program that draws this chart."
CORRECT = """\
Correct the program so that it draws the chart of the first picture. Answer in the same form, with the whole
program."""


class PlainCodec:
    """For ordinary vision-language models: words and pictures, the program in a fenced block.

    With `hints` the question also says what OCR read, for models that read small print badly.
    """

    def __init__(self, hints: bool = False) -> None:
        self.hints = hints

    def messages(self, conversation: Conversation) -> tuple[Message, ...]:
        chart = conversation.chart
        pixels, scale = bounded(chart.pixels)
        hints = hint_text(chart.hints, scale) if self.hints else ""
        asked = Message("user", (Part(pixels=pixels), Part(f"{TASK}\n\n{hints}".strip())))
        messages = [Message("system", (Part(SYSTEM),)), asked]
        for answer, feedback in conversation.history[-REMEMBERED_TURNS:]:
            messages.append(Message("assistant", (Part(write_answer(answer) or "(nothing)"),)))
            messages.append(Message("user", feedback_parts(feedback)))
        return tuple(messages)

    def parse(self, raw: str, conversation: Conversation) -> Answer:  # noqa: ARG002 - other codecs need the chart
        return read_answer(raw)


def feedback_parts(feedback: Feedback) -> tuple[Part, ...]:
    """What a model is told about its last program: the error, or its picture with the differences by name."""
    named = "\n".join(f"- {difference.part}: {difference.detail}" for difference in feedback.differences)
    if feedback.pixels is None:
        problem = feedback.error or named or "It drew nothing."
        return (Part(f"The program failed:\n{problem}\n\n{CORRECT}"),)
    found = f"What differs from the chart:\n{named}\n\n" if named else ""
    drawn, _ = bounded(feedback.pixels)
    return (
        Part("The program ran and drew this picture:"),
        Part(pixels=drawn),
        Part(found + CORRECT),
    )


def bounded(pixels: Pixels) -> tuple[Pixels, float]:
    """The picture made small enough for a prompt, and the scale that it was brought to (1 for most)."""
    height, width = pixels.shape[:2]
    scale = min(1.0, LONGEST_SIDE_PX / max(height, width))
    if scale == 1.0:
        return pixels, scale
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS)), scale


def hint_text(hints: Hints, scale: float = 1.0) -> str:
    """What was read from the picture, a line each; "" for nothing. Boxes are x0, y0, x1, y1 in pixels."""
    lines = [_text_line(box, scale) for box in hints.texts[:HINTED_TEXTS]]
    if lines:
        lines.insert(0, "Texts that OCR read in the picture (it may err), with their boxes in pixels:")
    if hints.paints:
        colours = ", ".join(paint.colour for paint in hints.paints[:HINTED_COLOURS])
        lines.append(f"Colours by painted area: {colours}")
    return "\n".join(lines)


def _text_line(box: TextBox, scale: float) -> str:
    corners = ", ".join(f"{side * scale:.0f}" for side in (box.x0, box.y0, box.x1, box.y1))
    return f'- "{box.text}" ({corners}{", vertical" if box.vertical else ""})'


def write_answer(answer: Answer) -> str:
    """The answer as people and ordinary models read it: the reading in a think block, then the program."""
    reading = f"<think>\n{answer.reading}\n</think>" if answer.reading else ""
    code = f"```python\n{answer.code}\n```" if answer.code else ""
    return "\n\n".join(part for part in (reading, code) if part)


_FENCE = re.compile(r"^[ \t]*(?:```+|~~~+)[ \t]*(?P<language>[\w+-]*)[^\n]*$", re.MULTILINE)
_CODE_STARTS = re.compile(r"^(?:import|from)[ \t]+\w", re.MULTILINE)
_PYTHON = {"python", "py", "python3"}


def read_answer(raw: str) -> Answer:
    """Read reading and program from what a model wrote, finished or not.

    Tolerates a missing reading, a missing or doubled fence, fences of other languages before it, text after
    it, CRLF, and a tag or fence of which only the first characters have arrived.
    """
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    reading, rest = _split_reading(text)
    return Answer(reading=reading, code=_find_code(rest), raw=raw)


def _split_reading(text: str) -> tuple[str, str]:
    """(reading, what follows it). An unclosed think block ends at the first fence."""
    head, closed, rest = text.rpartition("</think>")
    if closed:
        return head.rpartition("<think>")[2].strip(), rest
    before, opened, body = text.partition("<think>")
    if not opened:
        return "", _without_half("<think>", text)
    fence = _FENCE.search(body)
    if fence is None:
        return _without_half("```", _without_half("</think>", body)).strip(), before
    return body[: fence.start()].strip(), body[fence.start() :]


def _without_half(tag: str, text: str) -> str:
    """The text without a beginning of the tag at its very end: the rest of it may be on its way."""
    for length in range(len(tag) - 1, 0, -1):
        if text.endswith(tag[:length]):
            return text[:-length]
    return text


def _find_code(text: str) -> str:
    """The first Python block, else the first block without a language, else what begins like a program."""
    blocks = _blocks(text)
    for wanted in (_PYTHON, {""}):
        for language, body in blocks:
            if language in wanted and body:
                return body
    if any(body for _, body in blocks):
        return ""
    start = _CODE_STARTS.search(text)
    return _tidy(_FENCE.split(text[start.start() :])[0]) if start else ""


def _blocks(text: str) -> list[tuple[str, str]]:
    """(language, body) of each fenced block; the last may still be open. A doubled fence counts once."""
    blocks: list[tuple[str, str]] = []
    opened: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opened is None:
            opened = fence
            continue
        body = _tidy(text[opened.end() : fence.start()])
        if not body and fence["language"]:
            opened = fence
            continue
        blocks.append((opened["language"].lower(), body))
        opened = None
    if opened is not None:
        blocks.append((opened["language"].lower(), _tidy(text[opened.end() :])))
    return blocks


def _tidy(body: str) -> str:
    """A program without blank lines around it and without a fence that has only half arrived."""
    return re.sub(r"\n[ \t]*[`~]{1,2}[ \t]*$", "", body.rstrip()).strip("\n").rstrip()


CODEC_FILE = "chartloop.json"


def codec_for(model_folder: str | Path) -> Codec:
    """The codec that a model folder asks for in chartloop.json, e.g. {"codec": "slots"}; plain without it."""
    asked = Path(model_folder) / CODEC_FILE
    if not asked.is_file():
        return PlainCodec()
    try:
        name = json.loads(asked.read_text(encoding="utf-8")).get("codec", "plain")
    except (json.JSONDecodeError, AttributeError) as error:
        raise BadInput(f'{asked} should hold an object like {{"codec": "plain"}} but does not ({error})') from error
    return codec_named(name)


def codec_named(name: str) -> Codec:
    """A codec by its name in settings and model folders: "plain", "plain+ocr" or "slots"."""
    if name in ("plain", "plain+ocr"):
        return PlainCodec(hints=name == "plain+ocr")
    if name == "slots":
        from model.nano.codec import SlotCodec  # only where it is asked for: it loads a vocabulary

        return SlotCodec()
    raise BadInput(f'there is no codec called "{name}"; the codecs are "plain", "plain+ocr" and "slots"')
