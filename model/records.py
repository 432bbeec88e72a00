"""The vocabulary of Chartloop: frozen types that pass between its modules.

Leaves out: behaviour that needs torch, SQL, or a page. Pictures are uint8 RGB arrays of shape (height, width, 3),
pixel coordinates have their origin at the top left, colours are lower-case "#rrggbb".
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


class Outcome(enum.StrEnum):
    """What became of one program."""

    OK = "ok"
    ERROR = "error"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out of memory"
    FORBIDDEN = "forbidden"
    NO_FIGURE = "no figure"
    BLANK = "blank"

    @property
    def ran(self) -> bool:
        """The program ended by itself and drew something."""
        return self is Outcome.OK


@dataclass(frozen=True, slots=True)
class TextBox:
    """A piece of text in a picture: its axis-aligned box in pixels, and whether it is set vertically."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    vertical: bool = False
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Region:
    """A connected painted area of one colour: its box in pixels, and for a thin one the line that it follows.

    `trace` holds (x, y) points in pixels, left to right; empty for solid areas.
    """

    x0: float
    y0: float
    x1: float
    y1: float
    area: int
    trace: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Paint:
    """One colour of a picture with the areas painted in it, largest first."""

    colour: str
    area: int
    regions: tuple[Region, ...] = ()


@dataclass(frozen=True, slots=True)
class Hints:
    """What was read from a picture without a model: texts in reading order, and colours with their areas."""

    texts: tuple[TextBox, ...] = ()
    paints: tuple[Paint, ...] = ()


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture to be turned into code. `sha256` is of the stored file's bytes."""

    sha256: str
    name: str
    pixels: Pixels = field(compare=False, repr=False)
    hints: Hints = field(default=Hints(), repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A model's answer, parsed: the reading of the chart, then the program.

    `raw` is the text as the model wrote it (for the built-in model: before its codec made Python of it).
    """

    reading: str
    code: str
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a generator returned for one conversation. Token ids and log-probabilities where it gives them."""

    answer: Answer
    model: str
    finish: str = "stop"  # stop | length | cancelled
    prompt_token_ids: tuple[int, ...] = ()
    token_ids: tuple[int, ...] = ()
    logprobs: tuple[float, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class AxesFacts:
    """One axes of an executed figure. `cell` is (nrows, ncols, row0, row1, col0, col1), ends inclusive, or None."""

    cell: tuple[int, int, int, int, int, int] | None
    box: tuple[float, float, float, float]  # x0, y0, x1, y1 in pixels
    projection: str  # rectilinear | polar | 3d
    x_scale: str
    y_scale: str
    x_limits: tuple[float, float]
    y_limits: tuple[float, float]
    title: str = ""
    x_label: str = ""
    y_label: str = ""
    legend: tuple[str, ...] = ()
    x_ticks: tuple[tuple[float, TextBox], ...] = ()  # value, its drawn label
    y_ticks: tuple[tuple[float, TextBox], ...] = ()
    grid: bool = False
    series: tuple[Series, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """Data of one artist or of one drawing call: `values` maps a role (x, y, height, ...) to numbers."""

    kind: str  # the drawing call that made it: bar, plot, scatter, pie, ...
    values: dict[str, tuple[float, ...]]
    label: str = ""
    colours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FigureFacts:
    """What an executed program drew, in the terms that scoring needs.

    `texts` are drawn strings with tick labels left out, as ChartMimic counts them; `tick_texts` the tick labels.
    `types` counts outermost drawing calls; `colours` groups hex colours or colormap names by drawing function, under
    ChartMimic's names. `layout` is one cell per axes that has a grid position.
    """

    width_px: int
    height_px: int
    texts: tuple[TextBox, ...]
    tick_texts: tuple[TextBox, ...]
    layout: tuple[tuple[int, int, int, int, int, int], ...]
    types: dict[str, int]
    colours: dict[str, tuple[str, ...]]
    axes: tuple[AxesFacts, ...] = ()

    def strings(self) -> tuple[str, ...]:
        return tuple(box.text for box in self.texts)


@dataclass(frozen=True, slots=True)
class Execution:
    """What came back from the sandbox for one program."""

    outcome: Outcome
    error: str = ""  # one plain sentence or a trimmed traceback; empty when it ran
    pixels: Pixels | None = field(default=None, compare=False, repr=False)
    facts: FigureFacts | None = field(default=None, repr=False)
    seconds: float = 0.0
    stdout: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Score:
    """Named components in [0, 1]; None where a component could not be judged (no reference, nothing to compare).

    Facts, not prices: what a component is worth is training/rewards.py's business.
    """

    execution: float
    text: float | None = None
    layout: float | None = None
    kind: float | None = None
    colour: float | None = None
    data: float | None = None
    visual: float | None = None

    COMPONENTS = ("text", "layout", "kind", "colour", "data", "visual")

    def judged(self) -> dict[str, float]:
        """The components that could be judged, by name, execution left out."""
        pairs = ((name, getattr(self, name)) for name in self.COMPONENTS)
        return {name: value for name, value in pairs if value is not None}

    @property
    def overall(self) -> float:
        """Plain mean of the judged components; 0 for a program that did not run. Ranks turns of one chart."""
        return self._mean(self.judged())

    @property
    def of_facts(self) -> float:
        """`overall` without the likeness of the pictures: what a chart says may be right in another look."""
        return self._mean({name: value for name, value in self.judged().items() if name != "visual"})

    def _mean(self, parts: dict[str, float]) -> float:
        return self.execution * sum(parts.values()) / len(parts) if parts else 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """One named difference between the chart and the rendering, e.g. part="text", detail='missing: "Sales (k$)"'."""

    part: str  # execution | text | layout | kind | colour | data | visual
    detail: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """What the model is told about its previous program: an error, or its picture with named differences."""

    error: str = ""
    pixels: Pixels | None = field(default=None, compare=False, repr=False)
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """One pass of the loop: an answer, what running it gave, and how close that came."""

    index: int  # from 1
    answer: Answer
    execution: Execution
    score: Score
    feedback: Feedback
    completion: Completion | None = None  # None for a program that a person wrote
    author: str = "model"  # model | person
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Conversation:
    """Everything that a model is asked with: the chart, and the turns so far, oldest first."""

    chart: Chart
    history: tuple[tuple[Answer, Feedback], ...] = ()


JsonDict = dict[str, Any]
