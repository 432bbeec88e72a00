"""The built-in model's half of the conversation: hints become numbered slots, its compact answer becomes Python.

Same protocol as PlainCodec (model/prompt.py). Leaves out what the tokens mean (grammar.py, encode.py, decode.py).
"""

from __future__ import annotations

from model.nano import asking, decode, grammar
from model.nano.sight import Sight, picture, sight_of
from model.nano.writer import write
from model.nano.writing.literals import number
from model.prompt import Message, Part
from model.records import Answer, Conversation, Feedback

_MOST_DRAFT = 600  # tokens of the answer before that are shown again, so that the question always fits


class SlotCodec:
    """Prompt: picture, text slots, paints; after a turn its raw answer and what was wrong. Answer: raw tokens."""

    hints = True

    def messages(self, conversation: Conversation) -> tuple[Message, ...]:
        chart = conversation.chart
        asked = Message("user", (Part(pixels=picture(chart.pixels)), Part(asking.prompt(sight_of(chart)))))
        messages = [asked]
        for answer, feedback in conversation.history[-1:]:
            draft = "".join(grammar.pieces(answer.raw)[:_MOST_DRAFT]) or grammar.word("missing")
            messages.append(Message("assistant", (Part(draft),)))
            messages.append(Message("user", feedback_parts(feedback)))
        return tuple(messages)

    def parse(self, raw: str, conversation: Conversation) -> Answer:
        sight = sight_of(conversation.chart)
        spec = decode.decode(raw, sight)
        return Answer(reading(raw, sight), write(spec) if spec else "", raw)


def feedback_parts(feedback: Feedback) -> tuple[Part, ...]:
    """What was wrong, as tokens: an error, or the rendered picture and the parts that differ."""
    wrong = dict.fromkeys(grammar.word(f"wrong:{difference.part}") for difference in feedback.differences)
    if feedback.pixels is None:
        return (Part(grammar.word("turn") + grammar.word("error") + "".join(wrong)),)
    return (
        Part(grammar.word("turn") + grammar.word("drawn")),
        Part(pixels=picture(feedback.pixels)),
        Part("".join(wrong) or grammar.word("wrong:visual")),
    )


def reading(raw: str, sight: Sight) -> str:
    """The think block in plain words."""
    rows, cols, panels = decode.read(raw, sight)
    lines = [f"panels: {rows} x {cols}"] if panels else []
    for index, panel in enumerate(panels):
        where = f"panel {index + 1}: " if len(panels) > 1 else ""
        parts = [f"{panel.kind or 'unknown kind'}, {panel.count} series, {'legend' if panel.legend else 'no legend'}"]
        for name, axis, ends in (("x", panel.x, (0, 2)), ("y", panel.y, (3, 1))):
            if axis and panel.frame:
                low, high = (axis.rounded(sight.box(panel.frame)[end]) for end in ends)
                parts.append(f"{name} from {number(low)} to {number(high)}{' (log)' if axis.log else ''}")
        lines.append(where + ", ".join(parts))
    return "\n".join(lines)
