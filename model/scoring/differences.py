"""Named differences between a chart and a rendering, in words that a model and a person can act on.

At most one line per thing that differs, most important first, with examples rather than full lists.
Leaves out: how a program failed (model/repair.py tells that with the error) and how lines are worded for one model.
"""

from __future__ import annotations

from collections.abc import Iterable

from model.records import Chart, Difference, Execution, FigureFacts, Pixels, Score, TextBox
from model.scoring import colour, kind, text
from model.scoring.panels import rendered_panels, visible_panels

MAX_DIFFERENCES = 8
MAX_EXAMPLES = 6
MAX_CHARS = 60  # of one quoted string
ALIKE = 0.95  # a component from here on is not worth a line
SHAPE_TOLERANCE = 0.1  # of width / height


def differences(
    chart: Chart, execution: Execution, score: Score, reference: FigureFacts | None = None
) -> tuple[Difference, ...]:
    """What to change, at most 8 lines; empty for a program that did not run (its error says more)."""
    if not execution.outcome.ran or execution.facts is None or execution.pixels is None:
        return ()
    found = [
        *_panels(chart, execution.facts, reference),
        *_texts(chart, execution.facts, reference),
        *(_kinds(execution.facts, reference) if reference is not None else _seen_kinds(chart.pixels, execution)),
        *_colours(chart.pixels, execution.pixels, score),
        *_shape(chart.pixels, execution.pixels),
        *_similarity(score),
    ]
    return tuple(found[:MAX_DIFFERENCES])


def _panels(chart: Chart, facts: FigureFacts, reference: FigureFacts | None) -> Iterable[Difference]:
    wanted = len(reference.axes) if reference is not None else len(visible_panels(chart.pixels) or ())
    found = len(facts.axes) if reference is not None else len(rendered_panels(facts))
    if wanted and wanted != found:
        yield Difference("layout", f"the chart has {_count(wanted, 'panel')}, the rendering {found}")


def _texts(chart: Chart, facts: FigureFacts, reference: FigureFacts | None) -> Iterable[Difference]:
    read = (*reference.texts, *reference.tick_texts) if reference is not None else chart.hints.texts
    if not read:
        return
    reading = text.compare_with_picture(read, facts)
    if reading.missing:
        yield Difference("text", f"missing: {_quoted(reading.missing)}")
    misread = [(one, other) for one, other, similarity in reading.pairs if similarity < 0.9]
    if misread:
        pairs = ", ".join(f"{_quote(other)} should read {_quote(one)}" for one, other in misread[:MAX_EXAMPLES])
        yield Difference("text", f"different: {pairs}")
    words = [box for box in reading.extra if text.weight(box) == 1]
    if words:
        yield Difference("text", f"not in the chart: {_quoted(words)}")


def _seen_kinds(picture: Pixels, execution: Execution) -> Iterable[Difference]:
    assert execution.facts is not None and execution.pixels is not None, "asked of what ran"
    for wanted, drawn in kind.kinds_taken_for_others(picture, execution.facts, execution.pixels):
        yield Difference("kind", f"what the rendering draws as {drawn} looks like {wanted} in the chart")


def _kinds(facts: FigureFacts, reference: FigureFacts) -> Iterable[Difference]:
    if not reference.types:
        return
    missing = {name: count - facts.types.get(name, 0) for name, count in reference.types.items()}
    lacking = [f"{name} ({_count(count, 'call')})" for name, count in missing.items() if count > 0]
    surplus = [name for name in facts.types if name not in reference.types]
    if lacking:
        yield Difference("kind", f"missing: {', '.join(lacking[:MAX_EXAMPLES])}")
    if surplus:
        yield Difference("kind", f"not in the chart: {', '.join(surplus[:MAX_EXAMPLES])}")


def _colours(picture: Pixels, rendering: Pixels, score: Score) -> Iterable[Difference]:
    if score.colour is not None and score.colour >= ALIKE:
        return
    missing, extra = colour.unmatched(picture, rendering)
    if missing:
        yield Difference("colour", f"missing: {', '.join(missing[:MAX_EXAMPLES])}")
    if extra:
        yield Difference("colour", f"not in the chart: {', '.join(extra[:MAX_EXAMPLES])}")


def _shape(picture: Pixels, rendering: Pixels) -> Iterable[Difference]:
    (height, width), (other_height, other_width) = picture.shape[:2], rendering.shape[:2]
    ratio = (width / height) / (other_width / other_height)
    if abs(ratio - 1) > SHAPE_TOLERANCE:
        yield Difference(
            "visual", f"the chart is {width} x {height} pixels, the rendering {other_width} x {other_height}"
        )


def _similarity(score: Score) -> Iterable[Difference]:
    if score.data is not None and score.data < ALIKE:
        yield Difference("data", f"{score.data:.0%} of the drawn values agree")
    if score.visual is not None and score.visual < ALIKE:
        yield Difference("visual", f"similarity {score.visual:.2f} of 1")


def _quoted(boxes: Iterable[TextBox]) -> str:
    """The longest strings first: a title says more than a tick label."""
    ranked = sorted(dict.fromkeys(box.text for box in boxes), key=len, reverse=True)
    shown = ", ".join(_quote(string) for string in ranked[:MAX_EXAMPLES])
    return f"{shown} and {len(ranked) - MAX_EXAMPLES} more" if len(ranked) > MAX_EXAMPLES else shown


def _quote(string: TextBox | str) -> str:
    plain = " ".join((string.text if isinstance(string, TextBox) else string).split())
    return f'"{plain[: MAX_CHARS - 3]}..."' if len(plain) > MAX_CHARS else f'"{plain}"'


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
