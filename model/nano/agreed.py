"""Holds an answer to the panels that are seen: tokens -> tokens with one panel for each frame that has ticks.

The small model sees a picture coarsely, and makes panels up or leaves some out more often than model/frames.py does.
Where the numbers differ and the frames are plain, each frame gets the panel that was told of it, else the one that was
told nearest to it, as if it were told of that frame: its kinds and words stay, its texts, places and colours go, since
those were another's. A layer on a second axis goes where nobody sees its ticks.
Leaves out: what tokens mean (decode.py). Works on a half-written answer, from the end of its think block on.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from model.boxes import Box, overlap
from model.layout import Frame
from model.nano import grammar
from model.nano.expected import BARE_KINDS
from model.nano.sight import Sight

PLAIN_TICKS = 2  # texts at an axis, from which on a frame is a panel for sure
ALIKE = 0.1  # by which share panels of one size may differ
SAME = 0.5  # intersection over union from which on a panel was told of a frame
_ENDS = ("<panel>", "</prog>", "<suptitle>")
_ANOTHERS = re.compile(
    r"<[spck]\d+>|<(missing|title|xlabel|ylabel|rlabel|suptitle|legend|loc:.*|notes|lab|x|y|lo|size|from|to|nl|sp)>"
)
_LAYER_ENDS = ("<kind:", "<title>", "<xlabel>", "<ylabel>", "<rlabel>", "<legend>", "<grid>", "<hline>", "<vline>",
               "<notes>", "<bare>", "<open>")  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Told:
    """What an answer says of one panel: its tokens in both blocks, the frame it names (-1 for none), and its box."""

    think: list[str]
    prog: list[str]
    frame: int
    box: Box | None


def agreed(tokens: list[str], sight: Sight) -> list[str]:
    """The tokens of an answer about the panels that are seen; as they are where those are not plain."""
    if "</think>" not in tokens or "<prog>" not in tokens:
        return tokens
    middle = tokens.index("<prog>")
    before, reading = _split(tokens[:middle])
    start, program = _split(tokens[middle:])
    told = [_told(panel, program[i] if i < len(program) else [], sight) for i, panel in enumerate(reading)]
    frames = [frame for frame in sight.layout.frames[: grammar.FRAMES] if not _inset(frame, sight)]
    if told and len(program) == len(told) and _plain(frames, sight) and _main(told) != len(frames):
        kept = [_for_frame(index, frame, told, sight) for index, frame in enumerate(sight.layout.frames[: len(frames)])]
        before, reading = ["<think>"], [one.think for one in kept]
        tail = program[-1][_body(program[-1]) :]
        program = [*(one.prog for one in kept), tail]
        told = kept
    seen = [*(_one_axis(panel, one, sight) for panel, one in zip(program, told, strict=False)), *program[len(told) :]]
    told_of = [token for token in (*before, *_joined(reading)) if token != "</think>"]
    return [*told_of, "</think>", *start, *_joined(seen)]


def _split(tokens: list[str]) -> tuple[list[str], list[list[str]]]:
    """What stands before the first panel, and each panel with its tokens."""
    places = [i for i, token in enumerate(tokens) if token == "<panel>"]
    ends = [*places, len(tokens)]
    return tokens[: ends[0]], [tokens[start:end] for start, end in itertools.pairwise(ends)]


def _joined(panels: Sequence[list[str]]) -> list[str]:
    return [token for panel in panels for token in panel]


def _body(panel: Sequence[str]) -> int:
    """Where the last panel's own tokens end."""
    return next((i for i, token in enumerate(panel) if i and token in _ENDS), len(panel))


def _told(think: list[str], prog: list[str], sight: Sight) -> _Told:
    think = [token for token in think if token != "</think>"]
    named = next((int(token[2:-1]) for token in think if re.fullmatch(r"<f\d+>", token)), -1)
    if 0 <= named < len(sight.layout.frames):
        return _Told(think, prog[: _body(prog)], named, sight.box(sight.layout.frames[named]))
    places = [grammar.fraction(token) for token in think if re.fullmatch(r"<p\d+>", token)][:4]
    box = (places[0], places[1], places[2], places[3]) if len(places) == 4 else None
    return _Told(think, prog[: _body(prog)], -1, box)


def _main(told: Sequence[_Told]) -> int:
    return sum("<inset>" not in one.think for one in told)


def _inset(frame: Frame, sight: Sight) -> bool:
    """Whether a frame stands in another one."""
    x, y = (frame.x0 + frame.x1) / 2, (frame.y0 + frame.y1) / 2
    others = (other for other in sight.layout.frames if other is not frame)
    area = (frame.x1 - frame.x0) * (frame.y1 - frame.y0)
    return any(
        other.x0 < x < other.x1 and other.y0 < y < other.y1 and area < (other.x1 - other.x0) * (other.y1 - other.y0)
        for other in others
    )


def _plain(frames: Sequence[Frame], sight: Sight) -> bool:
    """Whether all frames are panels for sure: round, with ticks, as large as such a one, or a full grid of one size."""
    ticked = [frame for frame in frames if max(len(frame.x_ticks), len(frame.y_ticks)) >= PLAIN_TICKS]
    sure = all(frame.round or any(_as_large(frame, other) for other in ticked) for frame in frames)
    full = 1 < len(frames) == sight.layout.rows * sight.layout.cols and all(_as_large(one, frames[0]) for one in frames)
    return (sure or full) and len({frame.cell for frame in frames}) == len(frames) == _main_frames(sight)


def _as_large(one: Frame, other: Frame) -> bool:
    sizes = [(frame.x1 - frame.x0, frame.y1 - frame.y0) for frame in (one, other)]
    return all(abs(a / b - 1) <= ALIKE for a, b in zip(*sizes, strict=True))


def _main_frames(sight: Sight) -> int:
    """How many frames come before the insets, which the layout has last."""
    flags = [_inset(frame, sight) for frame in sight.layout.frames[: grammar.FRAMES]]
    return flags.index(True) if True in flags else len(flags)


def _for_frame(index: int, frame: Frame, told: Sequence[_Told], sight: Sight) -> _Told:
    """What is told of a frame, else what is told of the panel nearest to it."""
    named = next((one for one in told if one.frame == index), None)
    if named is not None:
        return _Told(["<panel>", *_without_cell(named.think)], named.prog, index, named.box)
    box = sight.box(frame)
    best = max(told, key=lambda one: overlap(box, one.box) if one.box else 0.0)
    own = best.box is not None and overlap(box, best.box) >= SAME and best.frame < 0
    kind = [token for token in best.think if token.startswith("<kind:") or re.fullmatch(r"<n\d+>", token)]
    kind = kind[next((i for i, token in enumerate(kind) if token.startswith("<kind:")), len(kind)) :]
    scales = [token for token in best.think if own and re.fullmatch(r"<f:\w+>", token)]
    return _Told(["<panel>", f"<f{index}>", *kind, *scales], best.prog if own else _retold(best.prog), index, box)


def _without_cell(think: Sequence[str]) -> list[str]:
    """A panel's reading from its frame on: the frame knows its cell."""
    start = next((i for i, token in enumerate(think) if re.fullmatch(r"<f\d+>", token)), 1)
    return list(think[start:])


def _retold(prog: Sequence[str]) -> list[str]:
    """A panel's program for another frame: kinds and words stay, what was seen of its own frame goes."""
    kept: list[str] = []
    for token in prog:
        if _ANOTHERS.fullmatch(token):
            continue
        kept.append(token)
        if token == "<cats>":
            kept.append("<seen>")
    return [token for i, token in enumerate(kept) if not (token == "<seen>" and i and kept[i - 1] == "<seen>")]


def _one_axis(prog: list[str], told: _Told, sight: Sight) -> list[str]:
    """A panel's program without the layers on a second axis that has no ticks; the first layer stays."""
    frames = sight.layout.frames
    if told.frame < 0 or len(frames[told.frame].right_ticks) >= PLAIN_TICKS or "<twin>" not in prog:
        return prog
    if any(kind in prog for kind in (f"<kind:{kind}>" for kind in BARE_KINDS)):
        return prog
    starts = [i for i, token in enumerate(prog) if token.startswith("<kind:")]
    dropped: set[int] = set()
    for start in starts[1:]:
        stop = next((i for i in range(start + 1, len(prog)) if prog[i].startswith(_LAYER_ENDS)), len(prog))
        stop = min(stop, start + _body(prog[start:]))
        if "<twin>" in prog[start:stop]:
            dropped |= set(range(start, stop))
    return [token for i, token in enumerate(prog) if i not in dropped]
